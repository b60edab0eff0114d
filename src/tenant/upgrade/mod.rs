//! A tenant between two editions of its base: what the base changed, what the tenant overrides, and
//! where both touch the same part.
//!
//! In: the trees of the old and the new base, and what the tenant overrides of the old one. Out: an
//! [`Upgrade`]. Nothing is merged here: an override that collides is a matter for a person, and all
//! others mean the same upon the new base.

mod rule;
mod told;

pub use rule::{RULES, UPGRADE_COLLISION};

use std::collections::BTreeSet;

use super::merge::{child, same, text};
use super::shape::{Kind, Shape};
use super::{Override, Path, Verb, show};
use crate::diagnostic::Report;
use crate::parse::tree::{Kind as Is, Node};
use crate::source::Span;

/// One difference between two editions of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the new edition does.
    pub verb: Verb,
    /// To which part.
    pub path: Path,
    /// Where the old edition says it; `None` for what is new.
    pub old: Option<Span>,
    /// Where the new edition says it; `None` for what is gone.
    pub new: Option<Span>,
    /// What the old edition says, where that is a value or a list of them.
    pub from: Option<String>,
    /// What the new edition says, where that is a value or a list of them.
    pub to: Option<String>,
}

/// An override and a change of the base that concern the same part, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collision {
    /// Which of the overrides.
    pub mine: usize,
    /// Which of the changes.
    pub theirs: usize,
}

/// A tenant between two editions of its base.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// What is different in the new edition, in the order of the old one.
    pub changes: Vec<Change>,
    /// What the tenant overrides of the old edition.
    pub overrides: Vec<Override>,
    /// The pairs of them that concern the same part and do not agree.
    pub collisions: Vec<Collision>,
    /// The overrides that the new edition says by itself.
    pub needless: Vec<usize>,
}

impl Upgrade {
    /// A finding for each override that collides, with both sides.
    pub fn report(&self) -> Report {
        told::told(self)
    }
}

/// Compares two editions of a base, and what a tenant overrides of the old one.
pub(crate) fn upgrade(
    old: &Node<'_>,
    new: &Node<'_>,
    tenant: &Node<'_>,
    overrides: Vec<Override>,
) -> Upgrade {
    let mut changes = Vec::new();
    compare(
        Some(old),
        Some(new),
        Shape::Record(Kind::File),
        &mut Vec::new(),
        &mut changes,
    );
    // A tenant has an id and a version of its own, and words about itself.
    changes.retain(|change| {
        let own = ["flagstate", "workflow", "version", "title", "doc", "sealed"];
        !change.path.first().is_some_and(|key| own.contains(&&**key))
    });
    let mut collisions = Vec::new();
    let mut needless = BTreeSet::new();
    for (mine, done) in overrides.iter().enumerate() {
        for (theirs, change) in changes.iter().enumerate() {
            let touches =
                done.path.starts_with(&change.path) || change.path.starts_with(&done.path);
            if !touches {
                continue;
            }
            match agree(new, tenant, &done.path) {
                true => drop(needless.insert(mine)),
                false => collisions.push(Collision { mine, theirs }),
            }
        }
    }
    Upgrade {
        changes,
        overrides,
        collisions,
        needless: needless.into_iter().collect(),
    }
}

/// Whether two effective trees say the same at a path, be it nothing.
fn agree(one: &Node<'_>, other: &Node<'_>, path: &[String]) -> bool {
    match (at(one, path), at(other, path)) {
        (Found::Node(one), Found::Node(other)) => same(one, other),
        (Found::Listed, Found::Listed) | (Found::Nothing, Found::Nothing) => true,
        _ => false,
    }
}

enum Found<'n, 's> {
    Node(&'n Node<'s>),
    Listed,
    Nothing,
}

/// What stands at a path: a node, or a name in a list.
fn at<'n, 's>(tree: &'n Node<'s>, path: &[String]) -> Found<'n, 's> {
    let mut here = tree;
    for (number, key) in path.iter().enumerate() {
        let is_last = number + 1 == path.len();
        if let Some(below) = child(here, key) {
            here = below;
            continue;
        }
        let row = || key.parse::<usize>().ok();
        match &here.kind {
            Is::List(items) if is_last && items.iter().any(|item| text(item) == Some(key)) => {
                return Found::Listed;
            }
            Is::Scalar(only) if is_last && only.text == *key => return Found::Listed,
            Is::List(items) => match row().and_then(|row| items.get(row)) {
                Some(item) => here = item,
                None => return Found::Nothing,
            },
            _ => return Found::Nothing,
        }
    }
    Found::Node(here)
}

/// Notes the topmost parts that differ.
fn compare(
    old: Option<&Node<'_>>,
    new: Option<&Node<'_>>,
    shape: Shape,
    path: &mut Path,
    changes: &mut Vec<Change>,
) {
    let (was, is) = match (old, new) {
        (Some(was), Some(is)) => (was, is),
        (None, None) => return,
        (old, new) => {
            let verb = if old.is_none() {
                Verb::Add
            } else {
                Verb::Remove
            };
            changes.push(change(verb, path, old, new));
            return;
        }
    };
    if let (Shape::Names | Shape::Declared, Some(were), Some(are)) = (shape, names(was), names(is))
    {
        compare_names(&were, &are, path, changes);
        return;
    }
    let (Is::Map(before), Is::Map(after), true) = (&was.kind, &is.kind, shape.has_parts()) else {
        if !same(was, is) {
            changes.push(change(Verb::Change, path, old, new));
        }
        return;
    };
    for pair in before {
        let key = &*pair.key.text;
        path.push(key.to_owned());
        compare(
            Some(&pair.value),
            child(is, key),
            shape.under(key),
            path,
            changes,
        );
        path.pop();
    }
    for pair in after {
        let key = &*pair.key.text;
        if child(was, key).is_none() {
            path.push(key.to_owned());
            compare(None, Some(&pair.value), shape.under(key), path, changes);
            path.pop();
        }
    }
}

/// Notes the names that one list has and the other has not.
fn compare_names(
    were: &[&Node<'_>],
    are: &[&Node<'_>],
    path: &mut Path,
    changes: &mut Vec<Change>,
) {
    let has =
        |list: &[&Node<'_>], item: &Node<'_>| list.iter().any(|other| text(other) == text(item));
    let mut note = |verb, item: &Node<'_>, old, new| {
        path.push(text(item).unwrap_or_default().to_owned());
        changes.push(change(verb, path, old, new));
        path.pop();
    };
    for item in were.iter().filter(|item| !has(are, item)) {
        note(Verb::Remove, item, Some(*item), None);
    }
    for item in are.iter().filter(|item| !has(were, item)) {
        note(Verb::Add, item, None, Some(*item));
    }
}

/// The names of a list, or the one that stands in its place; `None` for anything else.
fn names<'n, 's>(node: &'n Node<'s>) -> Option<Vec<&'n Node<'s>>> {
    match &node.kind {
        Is::Scalar(_) => Some(vec![node]),
        Is::List(items) if items.iter().all(|item| text(item).is_some()) => {
            Some(items.iter().collect())
        }
        _ => None,
    }
}

fn change(verb: Verb, path: &Path, old: Option<&Node<'_>>, new: Option<&Node<'_>>) -> Change {
    Change {
        verb,
        path: path.clone(),
        old: old.map(Node::extent_of_key),
        new: new.map(Node::extent_of_key),
        from: old.and_then(show::value),
        to: new.and_then(show::value),
    }
}
