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

impl Scalar<'static> {
    /// A word of ours, without quotes.
    pub(crate) fn plain(word: &'static str) -> Self {
        Self {
            text: Cow::Borrowed(word),
            style: Style::Plain,
        }
    }
}

impl Scalar<'_> {
    /// The same characters, kept apart from the file.
    pub(crate) fn into_owned(self) -> Scalar<'static> {
        Scalar {
            text: Cow::Owned(self.text.into_owned()),
            style: self.style,
        }
    }

    /// The same characters, lent out.
    pub(crate) fn lend(&self) -> Scalar<'_> {
        Scalar {
            text: Cow::Borrowed(&self.text),
            style: self.style,
        }
    }
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
    /// The same tree, kept apart from the file.
    pub(crate) fn into_owned(self) -> Node<'static> {
        let place = self.place();
        let kind = match self.kind {
            Kind::Null => Kind::Null,
            Kind::Refused => Kind::Refused,
            Kind::Scalar(scalar) => Kind::Scalar(scalar.into_owned()),
            Kind::List(items) => Kind::List(items.into_iter().map(Node::into_owned).collect()),
            Kind::Map(pairs) => Kind::Map(
                pairs
                    .into_iter()
                    .map(|pair| Pair {
                        key: pair.key.into_owned(),
                        value: pair.value.into_owned(),
                    })
                    .collect(),
            ),
        };
        Node { kind, ..place }
    }

    /// The same tree over the same characters, for changes of its own.
    pub(crate) fn lend(&self) -> Node<'_> {
        let kind = match &self.kind {
            Kind::Null => Kind::Null,
            Kind::Refused => Kind::Refused,
            Kind::Scalar(scalar) => Kind::Scalar(scalar.lend()),
            Kind::List(items) => Kind::List(items.iter().map(Node::lend).collect()),
            Kind::Map(pairs) => Kind::Map(
                pairs
                    .iter()
                    .map(|pair| Pair {
                        key: pair.key.lend(),
                        value: pair.value.lend(),
                    })
                    .collect(),
            ),
        };
        Node {
            kind,
            ..self.place()
        }
    }

    /// The place, with nothing written there.
    fn place(&self) -> Node<'static> {
        Node {
            kind: Kind::Null,
            span: self.span,
            key: self.key,
            complete: self.complete,
        }
    }

    /// The key it stands under; its own place where it has none.
    pub(crate) fn extent_of_key(&self) -> Span {
        self.key.unwrap_or(self.span)
    }

    /// The key and everything under it.
    pub(crate) fn extent(&self) -> Span {
        self.key.map_or(self.span, |key| key.to(self.span))
    }
}
