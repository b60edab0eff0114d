//! The keys of what happens, as scripts and scenarios write it.

use std::borrow::Cow;

use super::written::{By, Child, Children, Given, Intervention, Known, Stimulus};
use crate::document::{LiteralOrList, Name};
use crate::parse::decode::{Brief, Decode, Decoder, record, value};
use crate::parse::scalar::in_flow;
use crate::parse::tree::{Kind, Node};

record! {
    Stimulus, "what happens", Reference
    fields {
        order: "order" optional,
        event: "event" optional,
        by: "by" optional,
        actor: "actor" optional,
        payload: "payload" optional,
        target: "target" optional,
        id: "id" optional,
        context: "context" optional,
        children: "children" optional,
        create: "create" optional,
        intervention: "override" optional,
        wait: "wait" optional,
        at: "at" optional,
        after: "after" optional,
    }
    span { span }
    brief { Brief::With("event", "by", "ACTOR") }
}

record! {
    Known, "an actor", Reference
    fields {
        role: "role" required,
        id: "id" required,
    }
}

record! {
    Intervention, "an intervention", Reference
    fields {
        reason: "reason" required,
        to: "to" optional,
        timer: "timer" optional,
        due: "due" optional,
    }
    span { span }
}

impl Decode for By {
    fn expected() -> Cow<'static, str> {
        "an actor, or its `role` and `id`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Map(_) = &node.kind {
            return Decode::decode(node, decoder).map(Self::Known);
        }
        let role = Decode::decode(node, decoder).map(Self::Role);
        if let Some(written) = known(node) {
            let found = decoder.unexpected(node, &Self::expected());
            let found = found.help(format!("write `{written}`"));
            decoder.push_at(node, found.fix(node.span, written, "write a mapping"));
        }
        role
    }
}

/// An actor with an id as the command line takes it, `ROLE:ID`, as it is written in a file.
fn known(node: &Node<'_>) -> Option<String> {
    let Kind::Scalar(scalar) = &node.kind else {
        return None;
    };
    let (role, id) = scalar.text.split_once(':')?;
    let are_there = !role.is_empty() && !id.is_empty();
    are_there.then(|| format!("{{ role: {}, id: {} }}", in_flow(role), in_flow(id)))
}

impl Decode for Given {
    const NULLABLE: bool = true;

    fn expected() -> Cow<'static, str> {
        "a plain value, a list of them or `null`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Null => Some(Self(None)),
            _ => LiteralOrList::decode(node, decoder).map(|written| Self(Some(written))),
        }
    }
}

/// How children are written.
const EACH: &str =
    "name every child with its state, and they are counted: `SET: { a: STATE, b: STATE }`";

/// Whether a value may be the name of a state: neither a number of children nor anything nested.
fn may_be_state(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Scalar(scalar) => !scalar.text.starts_with(|c: char| c.is_ascii_digit()),
        Kind::Map(_) | Kind::List(_) => false,
        Kind::Null | Kind::Refused => true,
    }
}

impl Decode for Children {
    fn expected() -> Cow<'static, str> {
        "a mapping from each child's name to its state".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Map(pairs) = &node.kind else {
            let diagnostic = decoder.unexpected(node, &Self::expected());
            decoder.push_at(node, diagnostic.help(EACH));
            return None;
        };
        let child = |pair: &crate::parse::tree::Pair<'_>, decoder: &mut Decoder<'_>| {
            let span = pair.value.key.unwrap_or(pair.value.span);
            let state = match &pair.value.kind {
                Kind::Null => None,
                _ if !may_be_state(&pair.value) => {
                    let diagnostic = decoder.unexpected(&pair.value, "the state of a child");
                    decoder.push_at(&pair.value, diagnostic.help(EACH));
                    return None;
                }
                _ => Some(value::<Name>(&pair.value, decoder)?),
            };
            Some(Child {
                name: Name::new(pair.key.text.to_string(), span),
                state,
            })
        };
        let children = pairs.iter().filter_map(|pair| child(pair, decoder));
        Some(Self(children.collect()))
    }
}
