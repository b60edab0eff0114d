//! The keys of the file itself.

use crate::document::{Defaults, Document, Initial, InitialBranch};
use crate::parse::decode::{Decode, Decoder, record};
use crate::parse::tree::{Kind, Node};
use std::borrow::Cow;

record! {
    Document, "a workflow file", Reference
    fields {
        flagstate: "flagstate" needed,
        workflow: "workflow" id,
        version: "version" optional,
        title: "title" optional,
        doc: "doc" optional,
        settings: "settings" optional,
        context: "context" optional,
        actors: "actors" optional,
        flags: "flags" optional,
        attributes: "attributes" optional,
        slot: "slot" optional,
        mandatory: "mandatory" optional,
        guards: "guards" optional,
        effects: "effects" optional,
        groups: "groups" optional,
        partitions: "partitions" optional,
        children: "children" optional,
        defaults: "defaults" optional,
        initial: "initial" needed,
        states: "states" needed,
        always: "always" optional,
        transitions: "transitions" optional,
        sealed: "sealed" optional,
    }
    span { span }
}

record! {
    Defaults, "the defaults", Reference
    fields {
        by: "by" optional,
    }
}

record! {
    InitialBranch, "a branch of `initial`", Reference
    fields {
        guard: "guard" optional,
        to: "to" required,
        inferred: "inferred" optional,
    }
    span { span }
}

impl Decode for Initial {
    fn expected() -> Cow<'static, str> {
        "a state or a list of branches".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(items)
                if !items
                    .iter()
                    .any(|item| matches!(item.kind, Kind::Scalar(_))) =>
            {
                Vec::decode(node, decoder).map(Self::Branches)
            }
            Kind::List(_) | Kind::Scalar(_) => Decode::decode(node, decoder).map(Self::States),
            _ => {
                let diagnostic = decoder.unexpected(node, &Self::expected());
                let help = "write branches as a list: `- { guard: …, to: … }`, the last one without a guard";
                decoder.push_at(node, diagnostic.help(help));
                None
            }
        }
    }
}
