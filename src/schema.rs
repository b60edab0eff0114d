//! JSON Schemas, for editors and for whoever reads what the program writes.
//!
//! In: a type whose doc comments describe its fields. Out: a JSON Schema of draft 2020-12. The types
//! are the law: what is said here holds for all of them alike.

use schemars::generate::SchemaSettings;
#[cfg(feature = "serve")]
use schemars::generate::{Contract, SchemaGenerator};
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::{Value as Json, json};

use crate::document::{Document, Tenant};

/// The schema of workflow files. Besides what the types say, `name:` with nothing behind it stands
/// for a state or a declaration that says no more.
pub fn of_workflow() -> Schema {
    workflow(SchemaSettings::draft2020_12())
}

/// The schema of workflow files in draft-07, for editors that know no later one.
pub fn of_workflow_draft_07() -> Schema {
    workflow(SchemaSettings::draft07())
}

/// The schema of tenants' files, which say some of what a workflow says: nothing is required of the
/// things in it, for the base may say it.
pub fn of_tenant() -> Schema {
    let mut schema = input::<Tenant>(
        SchemaSettings::draft2020_12(),
        "A tenant of a Flagstate workflow",
    );
    RecursiveTransform(allow_empty).transform(&mut schema);
    versioned(&mut schema);
    if let Some(Json::Object(definitions)) = schema.get_mut("$defs") {
        for definition in definitions.values_mut() {
            if let Json::Object(definition) = definition {
                definition.remove("required");
            }
        }
    }
    schema
}

/// The schema of a file that people write: keys that mean nothing are refused, and a key that may be
/// left out has no `null` for it.
pub fn of_input<T: JsonSchema>(title: &str) -> Schema {
    input::<T>(SchemaSettings::draft2020_12(), title)
}

/// The schema of what the program writes.
pub fn of_output<T: JsonSchema>(title: &str) -> Schema {
    output::<T>(SchemaSettings::draft2020_12(), title)
}

/// What makes schemas of parts of a document, whose definitions stand under `path` in it.
#[cfg(feature = "serve")]
pub(crate) fn parts(path: &'static str, contract: Contract) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = path.into();
        settings.meta_schema = None;
        settings.contract = contract;
    });
    let settings = settings.with_transform(RecursiveTransform(unwrapped));
    settings
        .with_transform(RecursiveTransform(spelt_out))
        .into_generator()
}

/// Writes "anything" as an object, since not every reader of a document takes `true` for a schema.
#[cfg(feature = "serve")]
fn spelt_out(schema: &mut Schema) {
    if schema.as_bool() == Some(true) {
        *schema = Schema::default();
    }
}

fn workflow(settings: SchemaSettings) -> Schema {
    let mut schema = input::<Document>(settings, "A Flagstate workflow");
    RecursiveTransform(allow_empty).transform(&mut schema);
    versioned(&mut schema);
    schema
}

/// Says which format version is read, and what the id may be.
fn versioned(schema: &mut Schema) {
    let Some(Json::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    if let Some(Json::Object(version)) = properties.get_mut("flagstate") {
        version.retain(|key, _| key == "description");
        version.insert("const".to_owned(), json!(1));
    }
    if let Some(Json::Object(id)) = properties.get_mut("workflow") {
        id.insert("pattern".to_owned(), json!("^[a-z][a-z0-9_]{0,63}$"));
    }
}

fn input<T: JsonSchema>(settings: SchemaSettings, title: &str) -> Schema {
    let mut schema = output::<T>(settings, title);
    RecursiveTransform(strict).transform(&mut schema);
    schema
}

fn output<T: JsonSchema>(settings: SchemaSettings, title: &str) -> Schema {
    let generator = settings.into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Json::from(title));
    RecursiveTransform(unwrapped).transform(&mut schema);
    schema
}

/// Lets entries of these types be empty.
fn allow_empty(schema: &mut Schema) {
    let may_be_empty = |value: &&mut Json| {
        let name = value.get("$ref").and_then(Json::as_str).unwrap_or_default();
        name.ends_with("/State") || name.ends_with("/Declaration")
    };
    if let Some(value) = schema.get_mut("additionalProperties").filter(may_be_empty) {
        *value = json!({ "anyOf": [value.take(), { "type": "null" }] });
    }
}

/// Takes the line breaks of the source out of a description; an empty line still parts paragraphs.
pub(crate) fn unwrapped(schema: &mut Schema) {
    let Some(Json::String(text)) = schema.get_mut("description") else {
        return;
    };
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    *text = paragraphs.join("\n\n");
}

/// Refuses unknown keys of a mapping whose keys are listed, and `null` as the value of one of them.
fn strict(schema: &mut Schema) {
    let joined = ["allOf", "anyOf", "oneOf", "$ref"];
    let is_joined = joined.iter().any(|key| schema.get(*key).is_some());
    let Some(Json::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for property in properties.values_mut() {
        without_null(property);
    }
    let more = match is_joined {
        true => "unevaluatedProperties",
        false => "additionalProperties",
    };
    if schema.get(more).is_none() {
        schema.insert(more.to_owned(), Json::Bool(false));
    }
}

/// Takes `null` out of the values of a property.
pub(crate) fn without_null(property: &mut Json) {
    let Json::Object(property) = property else {
        return;
    };
    if let Some(Json::Array(types)) = property.get_mut("type") {
        types.retain(|word| word != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    let is_null = |schema: &Json| schema.get("type").is_some_and(|word| word == "null");
    let Some(Json::Array(any)) = property.get_mut("anyOf") else {
        return;
    };
    any.retain(|schema| !is_null(schema));
    if let [Json::Object(only)] = any.as_slice() {
        let only = only.clone();
        property.remove("anyOf");
        property.extend(only);
    }
}
