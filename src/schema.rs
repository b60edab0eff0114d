//! JSON Schemas, for editors and for whoever reads what the program writes.
//!
//! In: a type whose doc comments describe its fields. Out: a JSON Schema of draft 2020-12. The types
//! are the law: what is said here holds for all of them alike.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use schemars::{JsonSchema, Schema};
use serde_json::Value as Json;

/// The schema of a file that people write: keys that mean nothing are refused, and a key that may be
/// left out has no `null` for it.
pub fn of_input<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = of_output::<T>(title);
    RecursiveTransform(strict).transform(&mut schema);
    schema
}

/// The schema of what the program writes.
pub fn of_output<T: JsonSchema>(title: &str) -> Schema {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Json::from(title));
    RecursiveTransform(unwrapped).transform(&mut schema);
    schema
}

/// Takes the line breaks of the source out of a description; an empty line still parts paragraphs.
fn unwrapped(schema: &mut Schema) {
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
fn without_null(property: &mut Json) {
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
