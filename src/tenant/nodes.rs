//! Parts of a tree, looked up, compared and brought to the form in which they can be overridden part by part.
//!
//! In: nodes. Out: nodes that say the same: one name as a list of it, a list of names as a mapping, an event of a
//! single move as one of several rows.

use super::shape::{OF_MOVE, Shape};
use crate::parse::tree::{Kind as Is, Node, Pair, Scalar, Style};
use crate::source::Span;

/// The value under a key.
pub(super) fn find<'n, 's>(node: &'n mut Node<'s>, key: &str) -> Option<&'n mut Node<'s>> {
    let Is::Map(pairs) = &mut node.kind else {
        return None;
    };
    let pair = pairs.iter_mut().find(|pair| pair.key.text == key)?;
    Some(&mut pair.value)
}

/// The value under a key.
pub(super) fn child<'n, 's>(node: &'n Node<'s>, key: &str) -> Option<&'n Node<'s>> {
    let Is::Map(pairs) = &node.kind else {
        return None;
    };
    let pair = pairs.iter().find(|pair| pair.key.text == key)?;
    Some(&pair.value)
}

/// The text of a scalar.
pub(super) fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match &node.kind {
        Is::Scalar(scalar) => Some(&scalar.text),
        _ => None,
    }
}

/// Whether two nodes say the same, wherever they stand; one value and a list of it do.
pub(super) fn same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (&one.kind, &other.kind) {
        (Is::Scalar(_), Is::List(items)) => matches!(items.as_slice(), [item] if same(one, item)),
        (Is::List(items), Is::Scalar(_)) => matches!(items.as_slice(), [item] if same(item, other)),
        (Is::Null, Is::Null) => true,
        (Is::Scalar(a), Is::Scalar(b)) => a.text == b.text && a.is_plain() == b.is_plain(),
        (Is::List(a), Is::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Is::Map(a), Is::Map(b)) => {
            let alike =
                |a: &Pair<'_>, b: &Pair<'_>| a.key.text == b.key.text && same(&a.value, &b.value);
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        _ => false,
    }
}

/// One name or one row as a list of it.
pub(super) fn as_list(node: &mut Node<'_>, shape: Shape) {
    let Is::Scalar(scalar) = &node.kind else {
        if matches!(node.kind, Is::Null) {
            node.kind = Is::List(Vec::new());
        } else if shape == Shape::Guards && matches!(node.kind, Is::Map(_)) {
            let only = Node {
                kind: std::mem::replace(&mut node.kind, Is::Null),
                span: node.span,
                key: None,
                complete: node.complete,
            };
            node.kind = Is::List(vec![only]);
        }
        return;
    };
    let item = Node {
        kind: Is::Scalar(scalar.lend().into_owned()),
        span: node.span,
        key: None,
        complete: node.complete,
    };
    let item = match shape {
        // `initial: open` is one branch without a guard.
        Shape::Rows => Node {
            kind: Is::Map(vec![Pair {
                key: Scalar::plain("to"),
                value: Node {
                    key: Some(node.span),
                    ..item
                },
            }]),
            span: node.span,
            key: None,
            complete: node.complete,
        },
        _ => item,
    };
    node.kind = Is::List(vec![item]);
}

/// Declared names in a list as a mapping of them.
pub(super) fn as_mapping(node: &mut Node<'_>) {
    let Is::List(items) = &node.kind else {
        return;
    };
    let pairs = items.iter().filter_map(|item| match &item.kind {
        Is::Scalar(scalar) => Some(declaration(scalar, item)),
        _ => None,
    });
    node.kind = Is::Map(pairs.collect());
}

/// A declared name of which nothing more is said.
pub(super) fn declaration(name: &Scalar<'_>, item: &Node<'_>) -> Pair<'static> {
    Pair {
        key: Scalar {
            text: name.text.clone().into_owned().into(),
            style: Style::Plain,
        },
        value: Node {
            kind: Is::Null,
            span: Span {
                start: item.span.end,
                ..item.span
            },
            key: Some(item.span),
            complete: item.complete,
        },
    }
}

/// An event of a single move as one of several rows, of which there is one.
pub(super) fn as_rows(event: &mut Node<'_>) {
    let Is::Map(pairs) = &mut event.kind else {
        return;
    };
    if pairs.iter().any(|pair| pair.key.text == "moves") {
        return;
    }
    let (row, mut rest): (Vec<Pair<'_>>, Vec<Pair<'_>>) = std::mem::take(pairs)
        .into_iter()
        .partition(|pair| OF_MOVE.contains(&&*pair.key.text));
    if !row.is_empty() {
        let place = Node {
            kind: Is::Map(row),
            span: event.span,
            key: None,
            complete: event.complete,
        };
        rest.push(Pair {
            key: Scalar::plain("moves"),
            value: Node {
                kind: Is::List(vec![place]),
                span: event.span,
                key: event.key,
                complete: event.complete,
            },
        });
    }
    *pairs = rest;
}
