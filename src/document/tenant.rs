//! A tenant's file: what it extends, and what it changes of that.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Document, Entries, Literal, Name, OneOrMany};
use crate::source::{Span, Spanned};

/// A tenant of a workflow: another file, with what it adds, changes and removes. What it says nothing
/// about is as in the file that it extends.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Tenant {
    /// The format version: `1`.
    pub flagstate: Spanned<u32>,
    /// The id of this workflow, for example `bergen_rental`.
    pub workflow: Name,
    /// The file that is extended, seen from this one; it may extend another one itself.
    pub extends: Spanned<String>,
    /// The author's version of this file, counted up with each published change.
    pub version: Option<Spanned<u32>>,
    /// What people call it.
    pub title: Option<Spanned<String>>,
    /// What it is for.
    pub doc: Option<Spanned<String>>,
    /// Values of settings that the base declares; they become the defaults.
    #[schemars(default)]
    pub settings: Entries<Literal>,
    /// What comes on top, under the same keys as in a workflow: things whose names the base does not
    /// have, names at the end of a list, rows behind those of the base (before a last branch without
    /// a guard). A name that the base has is the way to something new within it.
    pub add: Option<Part>,
    /// What is different, under the same keys as in a workflow. Mappings are changed key by key;
    /// texts and lists are replaced.
    pub change: Option<Part>,
    /// What goes: names under the keys of a workflow, `{ states: [offer], transitions: { cancel: [guard] } }`.
    pub remove: Option<Paths>,
    /// What those who extend this file may not change, in the form of `remove`; what the base seals
    /// stays sealed.
    pub sealed: Option<Paths>,
    /// The whole text.
    #[schemars(skip)]
    pub span: Span,
}

/// Some of the keys of a workflow, with some of what stands under them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The whole of it.
    pub span: Span,
}

/// Parts of a workflow by name: all of what is named in a list, or parts of it under its name.
#[derive(Debug, Clone, PartialEq)]
pub enum Paths {
    /// The whole of each.
    Names(OneOrMany<Name>),
    /// Parts of each.
    Parts(Entries<Paths>),
}

impl JsonSchema for Part {
    fn schema_name() -> Cow<'static, str> {
        "Part".into()
    }

    /// A workflow of which nothing is required.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Document::json_schema(generator);
        for key in ["flagstate", "workflow", "version", "title", "doc", "sealed"] {
            if let Some(serde_json::Value::Object(properties)) = schema.get_mut("properties") {
                properties.remove(key);
            }
        }
        schema.insert("description".to_owned(), "Parts of a workflow.".into());
        schema
    }
}

impl JsonSchema for Paths {
    fn schema_name() -> Cow<'static, str> {
        "Paths".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let parts = generator.subschema_for::<Self>();
        json_schema!({
            "description": "Parts of a workflow by name: all of what is named in a list, or parts of it under its name.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                { "type": "object", "additionalProperties": { "anyOf": [parts, { "type": "null" }] } },
            ],
        })
    }
}
