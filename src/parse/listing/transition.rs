//! The keys of events, guards and targets.

use std::borrow::Cow;

use super::order::entries_of;
use crate::diagnostic::Diagnostic;
use crate::document::{
    Choose, Deed, Event, Guard, HistoryDepth, HistoryTarget, Move, NamedGuard, PayloadField, Raise,
    RaisedEvent, Repeat, Start, StartWay, Target, TypeName,
};
use crate::parse::decode::{Brief, Decode, Decoder, Fields, Words, record, words};
use crate::parse::rule;
use crate::parse::tree::{Kind, Node};

record! {
    Event, "an event", Declares
    fields {
        title: "title" optional,
        doc: "doc" optional,
        payload: "payload" optional,
        repeat: "repeat" optional,
        moves: "moves" optional,
    }
    flatten { single: Move }
    span { span }
    check { rows_or_single }
}

record! {
    NamedGuard, "a guard", Declares
    fields {
        condition: "if" required,
        refusal: "refusal" optional,
        doc: "doc" optional,
    }
    brief { Brief::Value("if") }
}

record! {
    PayloadField, "a payload field", Variable
    fields {
        ty: "type" required,
        of: "of" optional,
        values: "values" optional,
        scale: "scale" optional,
        optional: "optional" optional,
        personal: "personal" optional,
        doc: "doc" optional,
    }
    check { entries_of }
    brief { Brief::Word("type", TypeName::WORDS) }
}

record! {
    Choose, "a choice of states", Reference
    fields {
        choose: "choose" required,
    }
}

record! {
    HistoryTarget, "a history target", Reference
    fields {
        history: "history" required,
        depth: "depth" optional,
        default: "default" optional,
    }
}

record! {
    StartWay, "what is entered first", Reference
    fields {
        to: "to" required,
    }
    flatten { deed: Deed }
}

record! {
    RaisedEvent, "an event to raise", Reference
    fields {
        event: "event" required,
        with: "with" optional,
        after: "after" optional,
    }
}

words! {
    HistoryDepth, "a depth of history" {
        "shallow" = Shallow,
        "deep" = Deep,
    }
}

words! {
    Repeat, "an answer to a repetition" {
        "refuse" = Refuse,
        "accept" = Accept,
    }
}

impl Decode for Guard {
    fn expected() -> Cow<'static, str> {
        "an expression, the name of a guard, or `{ if: …, refusal: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Inline),
            _ => Decode::decode(node, decoder).map(Self::Written),
        }
    }
}

/// Whether a mapping has a key.
fn has(node: &Node<'_>, key: &str) -> bool {
    matches!(&node.kind, Kind::Map(pairs) if pairs.iter().any(|pair| pair.key.text == key))
}

impl Decode for Target {
    fn expected() -> Cow<'static, str> {
        "a state, a list of states, `{ choose: … }` or `{ history: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::List(items) if items.len() < 2 => {
                let diagnostic = decoder.unexpected(node, "several states");
                let help = "write one state without `[ ]`; a list names states of several regions";
                decoder.push_at(node, diagnostic.help(help));
                None
            }
            Kind::List(_) => Decode::decode(node, decoder).map(Self::Several),
            Kind::Map(_) if has(node, "choose") => Decode::decode(node, decoder).map(Self::Choose),
            Kind::Map(_) if has(node, "history") => {
                Decode::decode(node, decoder).map(Self::History)
            }
            Kind::Map(_) => {
                decoder.wrong_type(node, &Self::expected());
                None
            }
            _ => Decode::decode(node, decoder).map(Self::State),
        }
    }
}

impl Decode for Start {
    fn expected() -> Cow<'static, str> {
        "a state, a list of states, `{ history: … }` or `{ to: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match has(node, "to") {
            true => Decode::decode(node, decoder).map(Self::Way),
            false => Decode::decode(node, decoder).map(Self::Target),
        }
    }
}

impl Decode for Raise {
    fn expected() -> Cow<'static, str> {
        "an event, or `{ event: …, after: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Event),
            _ => Decode::decode(node, decoder).map(Self::Now),
        }
    }
}

/// What a move of one row has, beside `moves:` belongs to the rows; `by`, `set` and `effects` are for
/// all of them.
fn rows_or_single(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    const OF_ROWS: [&str; 10] = [
        "from", "guard", "to", "internal", "branches", "send", "raise", "cancel", "advice",
        "inferred",
    ];
    let Some(moves) = fields.key("moves") else {
        return;
    };
    for key in OF_ROWS {
        if let Some(span) = fields.key(key) {
            let message = format!("`{key}` stands beside `moves`");
            let diagnostic = Diagnostic::new(&rule::MISPLACED_KEY, span, message)
                .also(moves, "with several moves it belongs to each row")
                .help(format!("write `{key}` in each row of `moves`"));
            decoder.problems.push(diagnostic);
        }
    }
}
