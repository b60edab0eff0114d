//! The keys of what is declared about orders: settings, context, flags, attributes, groups, children.

use std::borrow::Cow;

use crate::diagnostic::Diagnostic;
use crate::document::{
    Attribute, ChildSet, Complement, Declaration, Field, Flag, Group, Mandatory, Members, Setting,
    Slot, TypeName,
};
use crate::parse::decode::{Brief, Decode, Decoder, Fields, Words, record, words};
use crate::parse::rule;
use crate::parse::tree::{Kind, Node};

words! {
    TypeName, "a type" {
        "boolean" = Boolean,
        "integer" = Integer,
        "decimal" = Decimal,
        "string" = String,
        "enum" = Enum,
        "date" = Date,
        "datetime" = Datetime,
        "duration" = Duration,
        "list" = List,
    }
}

record! {
    Setting, "a setting", Variable
    fields {
        ty: "type" required,
        values: "values" optional,
        scale: "scale" optional,
        default: "default" optional,
        min: "min" optional,
        max: "max" optional,
        title: "title" optional,
        doc: "doc" optional,
    }
    brief { Brief::Word("type", TypeName::WORDS) }
}

record! {
    Field, "a field", Variable
    fields {
        ty: "type" required,
        of: "of" optional,
        values: "values" optional,
        scale: "scale" optional,
        default: "default" optional,
        required: "required" optional,
        personal: "personal" optional,
        doc: "doc" optional,
    }
    check { typed_and_given }
    brief { Brief::Word("type", TypeName::WORDS) }
}

record! {
    Flag, "a flag", Variable
    fields {
        ty: "type" required,
        values: "values" optional,
        default: "default" optional,
        title: "title" optional,
        doc: "doc" optional,
    }
    brief { Brief::Word("type", TypeName::WORDS) }
}

record! {
    Attribute, "an attribute", Declares
    fields {
        ty: "type" required,
        values: "values" optional,
        unique: "unique" optional,
        default: "default" optional,
        doc: "doc" optional,
    }
    brief { Brief::Word("type", TypeName::WORDS) }
}

record! {
    Slot, "the slot", Reference
    fields {
        by: "by" required,
        rank: "rank" optional,
        required: "required" optional,
    }
}

record! {
    Mandatory, "the mandatory states", Reference
    fields {
        undeletable: "undeletable" optional,
        undeactivatable: "undeactivatable" optional,
    }
}

record! {
    Group, "a group", Declares
    fields {
        title: "title" optional,
        members: "in" required,
        immutable: "immutable" optional,
        hidden: "hidden" optional,
        doc: "doc" optional,
    }
}

record! {
    Complement, "the complement of a group", Reference
    fields {
        not: "not" required,
    }
}

record! {
    ChildSet, "a set of children", Variable
    fields {
        workflow: "workflow" optional,
        states: "states" optional,
        doc: "doc" optional,
    }
    span { span }
    check { own_or_foreign }
}

record! {
    Declaration, "a title and a text", Declares
    fields {
        title: "title" optional,
        doc: "doc" optional,
    }
    nullable { true }
    brief { Brief::Value("title") }
}

impl Decode for Members {
    fn expected() -> Cow<'static, str> {
        "states and groups, `not:` or values of attributes".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        match &node.kind {
            Kind::Map(pairs) if pairs.iter().any(|pair| pair.key.text == "not") => {
                Decode::decode(node, decoder).map(Self::Not)
            }
            Kind::Map(_) => Decode::decode(node, decoder).map(Self::Having),
            _ => Decode::decode(node, decoder).map(Self::Names),
        }
    }
}

/// A field with a default always has a value, and nobody is required to bring one. What can be erased may
/// be missing.
fn typed_and_given(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    entries_of(fields, decoder);
    let required = fields.get("required").filter(|node| is(node, "true"));
    let required = required.and_then(|node| node.key);
    if let (Some(required), Some(default)) = (required, fields.key("default")) {
        let message = "`default` stands beside `required: true`";
        decoder.misplaced(default, message, required, "every order must bring a value");
    }
    let personal = fields.get("personal").filter(|node| is(node, "true"));
    let personal = personal.and_then(|node| node.key);
    if let (Some(required), Some(personal)) = (required, personal) {
        let message = "`required: true` stands beside `personal: true`";
        decoder.misplaced(required, message, personal, "it can be erased");
    }
}

/// A list says what its entries are.
pub(super) fn entries_of(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    let list = fields.get("type").filter(|node| is(node, "list"));
    if let Some(list) = list.filter(|_| fields.key("of").is_none() && fields.complete()) {
        let message = format!("`of` is missing in {}", fields.what());
        let found = Diagnostic::new(&rule::MISSING_KEY, list.span, message);
        let help = "a list names the type of its entries: `of: string`";
        decoder.problems.push(found.help(help));
    }
}

fn is(node: &Node<'_>, word: &str) -> bool {
    matches!(&node.kind, Kind::Scalar(scalar) if scalar.text == word)
}

/// Children run this workflow, or have states of another system.
fn own_or_foreign(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) {
    decoder.one_of(fields, "workflow", "states");
}
