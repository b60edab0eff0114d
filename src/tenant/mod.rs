//! A tenant's file upon its base: one effective tree, of which every value knows where it was written.
//!
//! In: the tree of a base and that of a file that extends it. Out: a layer, the effective tree with
//! every [`Override`] and every seal. Whatever was overridden was named: what is new stands under
//! `add`, what is different under `change`, what goes under `remove`, and each of them is an error where
//! the base is not as it says. What is sealed may not be overridden.
//! This module only merges: it reads no files, resolves no names, and decodes nothing but the tenant's
//! own keys.

mod merge;
mod nodes;
mod problem;
pub mod rules;
mod seal;
mod shape;
pub(crate) mod show;
pub mod upgrade;

pub use rules::RULES;

use merge::Sections;
use nodes::child;
pub(crate) use seal::Seal;

use crate::diagnostic::Report;
use crate::document::{Document, Tenant};
use crate::parse;
use crate::parse::decode::{self, Decoder, Record};
use crate::parse::problems::Problems;
use crate::parse::tree::{Kind as Is, Node, Pair, Scalar};
use crate::source::{FileId, SourceFile, Span, Spanned, Texts};

/// The way to a part of a workflow: keys and names from the top, a row by its number from 0.
pub type Path = Vec<String>;

/// What is done to a part of the base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// It is new.
    Add,
    /// It is different.
    Change,
    /// It goes.
    Remove,
}

impl Verb {
    /// The key that it stands under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
        }
    }
}

/// One thing that a tenant's file says about its base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// What is done.
    pub verb: Verb,
    /// To which part.
    pub path: Path,
    /// Where the tenant says so.
    pub place: Span,
    /// Where the part stands in the base; `None` where the base says nothing about it.
    pub base: Option<Span>,
    /// What the base says, where that is a value or a list of them.
    pub from: Option<String>,
    /// What the tenant says, where that is a value or a list of them.
    pub to: Option<String>,
}

/// A workflow as a tree: a file as it stands, or one with all that it extends.
#[derive(Debug)]
pub(crate) struct Layer {
    /// The effective tree; each node keeps the place where it was written.
    pub(crate) tree: Node<'static>,
    /// What the file itself overrides.
    pub(crate) overrides: Vec<Override>,
    /// What may not be overridden, that of all bases included.
    pub(crate) seals: Vec<Seal>,
}

impl Layer {
    /// A file that extends nothing.
    pub(crate) fn ground(tree: Node<'static>, texts: Texts<'_>, problems: &mut Problems) -> Self {
        let mut seals = seal::read(child(&tree, "sealed"));
        seals.retain(|seal| seal::exists(seal, &tree, texts, problems));
        Self {
            tree,
            overrides: Vec::new(),
            seals,
        }
    }

    /// A tenant's tree upon that of its base.
    pub(crate) fn upon(
        base: &Self,
        tenant: &Node<'static>,
        texts: Texts<'_>,
        problems: &mut Problems,
    ) -> Self {
        let mut tree = base.tree.lend().into_owned();
        let sections = Sections {
            settings: child(tenant, "settings"),
            add: child(tenant, "add"),
            change: child(tenant, "change"),
            remove: child(tenant, "remove"),
        };
        let overrides = merge::apply(&mut tree, &sections, texts, problems);
        for done in &overrides {
            seal::judge(done, &base.seals, problems);
        }
        head(&mut tree, tenant);
        let own = child(tenant, "sealed");
        let mut seals = seal::read(own);
        seals.retain(|seal| seal::exists(seal, &tree, texts, problems));
        if let (Is::Map(pairs), Some(own)) = (&mut tree.kind, own) {
            unite(pairs, "sealed", own);
        }
        let mut all = base.seals.clone();
        all.extend(seals);
        Self {
            tree,
            overrides,
            seals: all,
        }
    }
}

/// What is wrong with the seals of a file that extends nothing.
pub(crate) fn seals(file: FileId, source: &SourceFile) -> Report {
    let mut problems = Problems::default();
    if let Some(tree) = parse::tree(file, source).root {
        Layer::ground(tree, source.into(), &mut problems);
    }
    problems.into_report()
}

/// What a tenant's file extends, if it is one: the reference as written.
pub(crate) fn extends(root: &Node<'_>) -> Option<Spanned<String>> {
    let reference = child(root, "extends").or_else(|| nearly(root))?;
    let written = nodes::text(reference).unwrap_or_default().to_owned();
    Some(Spanned::new(written, reference.span))
}

/// The value of a key that is no other and was surely meant to be `extends`.
fn nearly<'n, 's>(root: &'n Node<'s>) -> Option<&'n Node<'s>> {
    let Is::Map(pairs) = &root.kind else {
        return None;
    };
    // A file with states of its own is a workflow.
    if child(root, "states").is_some() {
        return None;
    }
    let is_meant = |pair: &&Pair<'_>| {
        let key = &*pair.key.text;
        let is_key = Document::knows(key) || Tenant::knows(key);
        !is_key && parse::id::meant(key, &["extends"]).is_some()
    };
    pairs.iter().find(is_meant).map(|pair| &pair.value)
}

/// Reads the keys of a tenant's file, and reports those that mean nothing.
pub(crate) fn decode(root: &Node<'_>, texts: Texts<'_>, problems: &mut Problems) -> Option<Tenant> {
    decode::value(root, &mut Decoder::new(texts, problems))
}

/// The keys that a tenant says about itself.
fn head(tree: &mut Node<'static>, tenant: &Node<'static>) {
    let Is::Map(pairs) = &mut tree.kind else {
        return;
    };
    for key in ["doc", "title", "version", "workflow"] {
        let Some(own) = child(tenant, key) else {
            continue;
        };
        let value = own.lend().into_owned();
        match pairs.iter_mut().find(|pair| pair.key.text == key) {
            Some(known) => known.value = value,
            None => {
                let key = Scalar::plain(key);
                pairs.insert(pairs.len().min(2), Pair { key, value });
            }
        }
    }
}

/// Puts paths beside those that stand under a key.
fn unite(pairs: &mut Vec<Pair<'static>>, key: &str, own: &Node<'_>) {
    let value = own.lend().into_owned();
    let Some(known) = pairs.iter_mut().find(|pair| pair.key.text == key) else {
        let key = Scalar {
            text: key.to_owned().into(),
            style: crate::parse::tree::Style::Plain,
        };
        pairs.push(Pair { key, value });
        return;
    };
    seal::named(&mut known.value);
    let mut value = value;
    seal::named(&mut value);
    let (Is::Map(all), Is::Map(more)) = (&mut known.value.kind, value.kind) else {
        return;
    };
    for pair in more {
        unite(all, &pair.key.text, &pair.value);
    }
}
