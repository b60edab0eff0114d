//! YAML as a tree of nodes that know their places: what [`super::read`] builds and the listings decode.
//!
//! Invariants: keys of a mapping are unique, tags, anchors and aliases are gone (and reported), and
//! the tree is at most [`super::MAX_DEPTH`] deep, so that recursion over it is bounded.

use std::borrow::Cow;

use crate::source::Span;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A literal block, `|`.
    Literal,
    /// A folded block, `>`.
    Folded,
}

/// Text after unquoting.
#[derive(Debug, Clone)]
pub(crate) struct Scalar<'s> {
    /// The characters.
    pub(crate) text: Cow<'s, str>,
    /// How they were written.
    pub(crate) style: Style,
}

impl Scalar<'_> {
    /// Whether it was written without quotes and not as a block.
    pub(crate) fn is_plain(&self) -> bool {
        self.style == Style::Plain
    }
}

/// One key of a mapping with its value; the key's place is the `key` of the value.
#[derive(Debug)]
pub(crate) struct Pair<'s> {
    /// The key.
    pub(crate) key: Scalar<'s>,
    /// Its value.
    pub(crate) value: Node<'s>,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind<'s> {
    /// Nothing: an empty place, `~` or `null`.
    Null,
    /// Text.
    Scalar(Scalar<'s>),
    /// A list.
    List(Vec<Node<'s>>),
    /// A mapping.
    Map(Vec<Pair<'s>>),
    /// Something that was reported already, such as an alias.
    Refused,
}

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node<'s> {
    /// What it is.
    pub(crate) kind: Kind<'s>,
    /// Where it was written, without its key; empty where nothing was written.
    pub(crate) span: Span,
    /// The key it stands under; `None` for the items of a list and the whole file.
    pub(crate) key: Option<Span>,
    /// Whether all of it was read; `false` where reading stopped inside it.
    pub(crate) complete: bool,
}

impl Node<'_> {
    /// The key and everything under it.
    pub(crate) fn extent(&self) -> Span {
        self.key.map_or(self.span, |key| key.to(self.span))
    }
}
