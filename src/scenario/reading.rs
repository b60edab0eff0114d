//! The keys of scenario files.

use std::borrow::Cow;

use thin_vec::ThinVec;

use super::document::{
    Expectations, FlagsExpected, Refused, RefusedKind, Scenario, ScenarioFile, StateTable, Step,
    TimersExpected,
};
use super::table::{InferredRow, Marker, SettingRow, SlotTable, StateRow, TitleRow, TransitionRow};
use crate::document::{Entries, Entry, Name};
use crate::drive::Stimulus;
use crate::parse::decode::{Brief, Decode, Decoder, record, value, words};
use crate::parse::tree::{Kind, Node};

record! {
    ScenarioFile, "a scenario file", Reference
    fields {
        workflow: "workflow" optional,
        doc: "doc" optional,
        settings: "settings" optional,
        states: "states" optional,
        slot: "slot" optional,
        initial: "initial" optional,
        transitions: "transitions" optional,
        always: "always" optional,
        golden: "golden" optional,
        scenarios: "scenarios" optional,
    }
    span { span }
}

record! {
    Scenario, "a scenario", Reference
    fields {
        name: "name" required,
        doc: "doc" optional,
        settings: "settings" optional,
        context: "context" optional,
        by: "by" optional,
        at: "at" optional,
        refused: "refused" optional,
        created: "created" optional,
        golden: "golden" optional,
        steps: "steps" optional,
    }
    span { span }
}

record! {
    Step, "a step", Reference
    fields {}
    flatten { stimulus: Stimulus }
    flatten { expect: Expectations }
    span { span }
    brief { Brief::Value("event") }
}

record! {
    Expectations, "what is expected", Reference
    fields {
        state: "state" optional,
        flags: "flags" optional,
        refused: "refused" optional,
        repeated: "repeated" optional,
        effects: "effects" optional,
        sent: "sent" optional,
        fields: "fields" optional,
        timers: "timers" optional,
        pending: "pending" optional,
        available: "available" optional,
        unavailable: "unavailable" optional,
    }
}

record! {
    RefusedKind, "an expected refusal", Reference
    fields {
        kind: "kind" optional,
        says: "says" optional,
    }
}

record! {
    SettingRow, "a setting", Reference
    fields {
        default: "default" optional,
        min: "min" optional,
        max: "max" optional,
    }
}

record! {
    StateRow, "a state", Reference
    fields {
        title: "title" optional,
        attributes: "attributes" optional,
        flags: "flags" optional,
        timers: "timers" optional,
        is: "is" optional,
        inferred: "inferred" optional,
        groups: "groups" optional,
        enter: "enter" optional,
    }
    span { span }
    nullable { true }
}

record! {
    SlotTable, "the slots", Reference
    fields {
        by: "by" optional,
        rank: "rank" optional,
        required: "required" optional,
        shared: "shared" optional,
    }
}

record! {
    TransitionRow, "a row", Reference
    fields {
        from: "from" optional,
        to: "to" optional,
        by: "by" optional,
        guard: "guard" optional,
        effects: "effects" optional,
        inferred: "inferred" optional,
    }
    span { span }
}

words! {
    Marker, "a marker" {
        "final" = Final,
        "hidden" = Hidden,
        "immutable" = Immutable,
        "transient" = Transient,
        "inactive" = Inactive,
        "deprecated" = Deprecated,
        "undeletable" = Undeletable,
        "undeactivatable" = Undeactivatable,
    }
}

/// A mapping whose keys are paths, which may hold dots.
fn by_path<T: Decode>(
    node: &Node<'_>,
    decoder: &mut Decoder<'_>,
    expected: &str,
) -> Option<Entries<T>> {
    let Kind::Map(pairs) = &node.kind else {
        decoder.wrong_type(node, expected);
        return None;
    };
    let mut entries = ThinVec::with_capacity(pairs.len());
    for pair in pairs {
        if let Some(value) = value(&pair.value, decoder) {
            let span = pair.value.key.unwrap_or(pair.value.span);
            let name = Name::new(pair.key.text.to_string(), span);
            entries.push(Entry { name, value });
        }
    }
    Some(Entries(entries))
}

impl Decode for StateTable {
    fn expected() -> Cow<'static, str> {
        "a mapping from states to what is expected of them".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        by_path(node, decoder, &Self::expected()).map(Self)
    }
}

impl Decode for TimersExpected {
    fn expected() -> Cow<'static, str> {
        "a mapping from `STATE.TIMER` to when it is due".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        by_path(node, decoder, &Self::expected()).map(Self)
    }
}

impl Decode for FlagsExpected {
    fn expected() -> Cow<'static, str> {
        "a list of the flags that are true, or a mapping of flags and values".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Decode::decode(node, decoder).map(Self::True),
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Values),
            _ => {
                decoder.wrong_type(node, &Self::expected());
                None
            }
        }
    }
}

impl Decode for Refused {
    fn expected() -> Cow<'static, str> {
        "`true`, text that the refusal contains, or `{ kind: …, says: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Kind),
            Kind::Scalar(scalar)
                if scalar.is_plain() && matches!(&*scalar.text, "true" | "false") =>
            {
                Decode::decode(node, decoder).map(Self::Any)
            }
            _ => Decode::decode(node, decoder).map(Self::Says),
        }
    }
}

impl Decode for TitleRow {
    fn expected() -> Cow<'static, str> {
        "text, or a mapping of texts by audience".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::By),
            _ => Decode::decode(node, decoder).map(Self::Text),
        }
    }
}

impl Decode for InferredRow {
    fn expected() -> Cow<'static, str> {
        "`true`, `false`, or a list of properties".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(_) => Decode::decode(node, decoder).map(Self::Properties),
            _ => Decode::decode(node, decoder).map(Self::Whole),
        }
    }
}
