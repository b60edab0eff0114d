//! The keys of states and of what hangs on them.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::document::{
    Deed, Deprecated, Enter, Exit, Expires, GuardedDeed, Inferred, Never, Otherwise, Restore,
    State, Timer, Title,
};
use crate::parse::decode::{Decode, Decoder, Fields, record, words};
use crate::parse::tree::{Kind, Node};
use crate::parse::{elsewhere, rule};
use crate::time::Duration;

record! {
    State, "a state", Declares
    fields {
        title: "title" optional,
        doc: "doc" optional,
        like: "like" optional,
        attributes: "attributes" optional,
        flags: "flags" optional,
        is_final: "final" optional,
        states: "states" optional,
        initial: "initial" optional,
        regions: "regions" optional,
        done: "done" optional,
        expires: "expires" optional,
        timers: "timers" optional,
        at_most: "at_most" optional,
        enter: "enter" optional,
        exit: "exit" optional,
        hidden: "hidden" optional,
        immutable: "immutable" optional,
        inactive: "inactive" optional,
        deprecated: "deprecated" optional,
        inferred: "inferred" optional,
    }
    span { span }
    check { nested_or_parallel }
    nullable { true }
}

record! {
    Timer, "a timer", Declares
    fields {
        after: "after" optional,
        at: "at" optional,
        anchor: "anchor" optional,
        when: "when" optional,
        otherwise: "otherwise" optional,
        guard: "guard" optional,
        to: "to" optional,
        event: "event" optional,
        set: "set" optional,
        effects: "effects" optional,
        restore: "restore" optional,
        inferred: "inferred" optional,
        doc: "doc" optional,
    }
    span { span }
    check { due_and_deed }
}

words! {
    Otherwise, "an answer to `otherwise`" {
        "never" = Never,
    }
}

words! {
    Restore, "a way to restore a timer" {
        "restart" = Restart,
        "deadline" = Deadline,
        "remaining" = Remaining,
    }
}

words! {
    Never, "`never` or a timer" {
        "never" = Never,
    }
}

record! {
    Enter, "what happens on entering", Reference
    fields {
        by: "by" optional,
        send: "send" optional,
        branches: "branches" optional,
    }
    flatten { deed: Deed }
}

record! {
    Exit, "what happens on leaving", Reference
    fields {
        send: "send" optional,
        branches: "branches" optional,
    }
    flatten { deed: Deed }
}

record! {
    GuardedDeed, "a deed", Reference
    fields {
        guard: "guard" optional,
    }
    flatten { deed: Deed }
}

record! {
    Deprecated, "a mapping with `successor` or `doc`", Reference
    fields {
        successor: "successor" optional,
        doc: "doc" optional,
    }
    span { span }
}

impl Decode for Title {
    fn expected() -> Cow<'static, str> {
        "text, or one text for each audience".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Map(pairs) = &node.kind else {
            return Decode::decode(node, decoder).map(Self::Text);
        };
        if node.complete && !pairs.iter().any(|pair| pair.key.text == "default") {
            decoder.missing(node, "`default` is missing in a title by audience");
        }
        Decode::decode(node, decoder).map(Self::By)
    }
}

impl Decode for Expires {
    fn expected() -> Cow<'static, str> {
        "`never` or a timer".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Scalar(scalar)
                if scalar.text != "never" && scalar.text.parse::<Duration>().is_ok() =>
            {
                let found = decoder.unexpected(node, &Self::expected());
                let told = elsewhere::expiry(&scalar.text);
                decoder.push_at(node, found.help(told));
                None
            }
            Kind::Scalar(_) => Decode::decode(node, decoder).map(Self::Never),
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Timer),
            _ => {
                decoder.wrong_type(node, &Self::expected());
                None
            }
        }
    }
}

impl Decode for Inferred {
    fn expected() -> Cow<'static, str> {
        "`true`, `false` or a list of properties".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Decode::decode(node, decoder).map(Self::Properties),
            Kind::Scalar(_) => Decode::decode(node, decoder).map(Self::Whole),
            _ => {
                decoder.wrong_type(node, &Self::expected());
                None
            }
        }
    }
}

fn nested_or_parallel(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    decoder.not_both(fields, "states", "regions");
    if let (Some(initial), Some(regions)) = (fields.key("initial"), fields.key("regions")) {
        decoder.misplaced(
            initial,
            "`initial` names one of `states`",
            regions,
            "each region has its own",
        );
    }
    if let (Some(initial), None, None) = (
        fields.key("initial"),
        fields.key("states"),
        fields.key("regions"),
    ) && fields.complete()
    {
        let message = "`initial` names one of `states`, and there are none";
        let found = Diagnostic::new(&rule::MISPLACED_KEY, initial, message);
        let help = "add `states`, or remove `initial`";
        decoder.problems.push(found.help(help));
    }
}

fn due_and_deed(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    decoder.one_of(fields, "after", "at");
    decoder.not_both(fields, "to", "event");
    if let (Some(anchor), Some(at)) = (fields.key("anchor"), fields.key("at")) {
        decoder.misplaced(
            anchor,
            "`anchor` is what `after` counts from",
            at,
            "`at` counts from nothing",
        );
    }
}
