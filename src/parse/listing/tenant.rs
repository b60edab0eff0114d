//! The keys of a tenant's file.

use std::borrow::Cow;

use crate::document::{Entries, Part, Paths, Tenant};
use crate::parse::decode::{Decode, Decoder, record};
use crate::parse::tree::{Kind, Node};

record! {
    Tenant, "a tenant's file", Reference
    fields {
        flagstate: "flagstate" needed,
        workflow: "workflow" id,
        extends: "extends" required,
        version: "version" optional,
        title: "title" optional,
        doc: "doc" optional,
        settings: "settings" optional,
        add: "add" optional,
        change: "change" optional,
        remove: "remove" optional,
        sealed: "sealed" optional,
    }
    span { span }
}

impl Decode for Part {
    fn expected() -> Cow<'static, str> {
        "keys of a workflow".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Map(_) = &node.kind else {
            decoder.wrong_type(node, &Self::expected());
            return None;
        };
        Some(Self { span: node.span })
    }
}

impl Decode for Paths {
    // A key alone names all of it.
    const NULLABLE: bool = true;

    fn expected() -> Cow<'static, str> {
        "names, or a mapping of names".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Entries::decode(node, decoder).map(Self::Parts),
            Kind::Null => Some(Self::Parts(Entries::default())),
            _ => Decode::decode(node, decoder).map(Self::Names),
        }
    }
}
