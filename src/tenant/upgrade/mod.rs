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

use super::nodes::{child, same, text};
use super::shape::{Kind, Shape};
use super::{Override, Path, Verb, show};
use crate::diagnostic::Report;
use crate::parse::tree::{Kind as Is, Node, Pair};
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
            let agree = match done.path.split_first() {
                Some((section, below)) => {
                    agree(child(new, section), child(tenant, section), below, true)
                }
                None => false,
            };
            match agree {
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

/// Whether two effective trees say the same at a path, be it nothing; they do not where only one of them has
/// what is around it.
fn agree(
    one: Option<&Node<'_>>,
    other: Option<&Node<'_>>,
    path: &[String],
    is_section: bool,
) -> bool {
    let Some((key, below)) = path.split_first() else {
        return match (one, other) {
            (Some(one), Some(other)) => same(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
    };
    match (one, other) {
        (None, None) => return true,
        (Some(_), None) | (None, Some(_)) if !is_section => return false,
        _ => {}
    }
    let [a, b] = [one, other].map(|node| node.and_then(|node| part(node, key)));
    if below.is_empty() && a.is_none() && b.is_none() {
        let [a, b] = [one, other].map(|node| node.is_some_and(|node| lists(node, key)));
        return a == b;
    }
    agree(a, b, below, false)
}

/// What stands under a key of a mapping, or in a row of a list.
fn part<'n, 's>(node: &'n Node<'s>, key: &str) -> Option<&'n Node<'s>> {
    match &node.kind {
        Is::List(rows) => rows.get(key.parse::<usize>().ok()?),
        _ => child(node, key),
    }
}

/// Whether a list of names, or the one that stands in its place, has a name.
fn lists(node: &Node<'_>, name: &str) -> bool {
    let names = names(Some(node), false).unwrap_or_default();
    names.iter().any(|item| text(item) == Some(name))
}

/// Notes the topmost parts that differ.
fn compare(
    old: Option<&Node<'_>>,
    new: Option<&Node<'_>>,
    shape: Shape,
    path: &mut Path,
    changes: &mut Vec<Change>,
) {
    // A section that one edition lacks has no parts there, as overrides see it.
    let is_section = path.len() == 1;
    if let (Shape::Names | Shape::Declared, Some(were), Some(are)) =
        (shape, names(old, is_section), names(new, is_section))
    {
        compare_names(&were, &are, path, changes);
        return;
    }
    if let (true, Some(before), Some(after)) = (
        shape.has_parts(),
        pairs(old, is_section),
        pairs(new, is_section),
    ) {
        compare_pairs((before, after), shape, path, changes);
        return;
    }
    let verb = match (old, new) {
        (Some(was), Some(is)) if same(was, is) => return,
        (Some(_), Some(_)) => Verb::Change,
        (None, Some(_)) => Verb::Add,
        (Some(_), None) => Verb::Remove,
        (None, None) => return,
    };
    changes.push(change(verb, path, old, new));
}

/// Notes what differs under the keys of two mappings.
fn compare_pairs(
    (before, after): (&[Pair<'_>], &[Pair<'_>]),
    shape: Shape,
    path: &mut Path,
    changes: &mut Vec<Change>,
) {
    let mut below = |key: &str, old: Option<&Node<'_>>, new: Option<&Node<'_>>| {
        path.push(key.to_owned());
        compare(old, new, shape.under(key), path, changes);
        path.pop();
    };
    let under =
        |pairs: &'_ [Pair<'_>], key: &str| pairs.iter().position(|pair| pair.key.text == *key);
    for pair in before {
        let key = &*pair.key.text;
        let new = under(after, key).and_then(|at| after.get(at));
        below(key, Some(&pair.value), new.map(|pair| &pair.value));
    }
    for pair in after {
        let key = &*pair.key.text;
        if under(before, key).is_none() {
            below(key, None, Some(&pair.value));
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

/// The keys and values of a mapping, be it empty; `None` for anything else, and for nothing unless nothing
/// is as good as an empty one.
fn pairs<'n, 's>(node: Option<&'n Node<'s>>, may_lack: bool) -> Option<&'n [Pair<'s>]> {
    match node.map(|node| &node.kind) {
        None => may_lack.then_some(&[]),
        Some(Is::Null) => Some(&[]),
        Some(Is::Map(pairs)) => Some(pairs),
        Some(_) => None,
    }
}

/// The names of a list, or the one that stands in its place; `None` for anything else, and for nothing
/// unless nothing is as good as an empty one.
fn names<'n, 's>(node: Option<&'n Node<'s>>, may_lack: bool) -> Option<Vec<&'n Node<'s>>> {
    let Some(node) = node else {
        return may_lack.then(Vec::new);
    };
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
