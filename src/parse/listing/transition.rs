//! The keys of events, guards and targets.

use std::borrow::Cow;

use super::order::entries_of;
use crate::diagnostic::Diagnostic;
use crate::document::{
    Choose, Event, Guard, HistoryDepth, HistoryTarget, Move, NamedGuard, PayloadField, Repeat,
    Target,
};
use crate::parse::decode::{Decode, Decoder, Fields, record, words};
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
}

record! {
    PayloadField, "a payload field", Variable
    fields {
        ty: "type" required,
        of: "of" optional,
        values: "values" optional,
        scale: "scale" optional,
        optional: "optional" optional,
        doc: "doc" optional,
    }
    check { entries_of }
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

impl Decode for Target {
    fn expected() -> Cow<'static, str> {
        "a state, `{ choose: … }` or `{ history: … }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        let Kind::Map(pairs) = &node.kind else {
            if matches!(&node.kind, Kind::List(_)) {
                let diagnostic = decoder.unexpected(node, &Self::expected());
                let help = "where the caller names the target, write `{ choose: [ … ] }`; guards decide in `branches:`";
                decoder.push_at(node, diagnostic.help(help));
                return None;
            }
            return Decode::decode(node, decoder).map(Self::State);
        };
        let has = |key: &str| pairs.iter().any(|pair| pair.key.text == key);
        if has("choose") {
            return Decode::decode(node, decoder).map(Self::Choose);
        }
        if has("history") {
            return Decode::decode(node, decoder).map(Self::History);
        }
        if node.complete {
            decoder.wrong_type(node, &Self::expected());
        }
        None
    }
}

/// What a move of one row has, beside `moves:` belongs to the rows; `by`, `set` and `effects` are for
/// all of them.
fn rows_or_single(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    const OF_ROWS: [&str; 7] = [
        "from", "guard", "to", "branches", "send", "advice", "inferred",
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
