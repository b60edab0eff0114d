//! The keys of moves, branches and automatic transitions.

use crate::document::{Automatic, Branch, Deed, Move};
use crate::parse::decode::{Brief, Decoder, Fields, record};

record! {
    Deed, "a deed", Reference
    fields {
        set: "set" optional,
        effects: "effects" optional,
        raise: "raise" optional,
        cancel: "cancel" optional,
    }
}

record! {
    Move, "a move", Reference
    fields {
        by: "by" optional,
        from: "from" optional,
        guard: "guard" optional,
        to: "to" optional,
        internal: "internal" optional,
        branches: "branches" optional,
        exclusive: "exclusive" optional,
        send: "send" optional,
        advice: "advice" optional,
        inferred: "inferred" optional,
    }
    flatten { deed: Deed }
    span { span }
    check { one_way }
}

record! {
    Branch, "a branch", Reference
    fields {
        guard: "guard" optional,
        to: "to" optional,
        inferred: "inferred" optional,
    }
    flatten { deed: Deed }
    span { span }
    brief { Brief::Value("to") }
}

record! {
    Automatic, "an automatic transition", Reference
    fields {
        from: "from" needed,
        guard: "guard" optional,
        to: "to" optional,
        internal: "internal" optional,
        branches: "branches" optional,
        exclusive: "exclusive" optional,
        inferred: "inferred" optional,
    }
    flatten { deed: Deed }
    span { span }
    check { one_target }
}

fn one_way(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    one_target(fields, decoder);
    // An event of one row has the keys of a move, and `moves` in their place.
    let among: &[&str] = match fields.what() {
        "an event" => &["moves", "branches"],
        _ => &["branches"],
    };
    decoder.needs(fields, "exclusive", among);
}

fn one_target(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    decoder.not_both(fields, "to", "branches");
}
