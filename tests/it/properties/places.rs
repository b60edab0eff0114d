//! Where a workflow file has which property: the file, walked beside the schema.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::schema::instance;

/// A type of the format and one of its keys.
pub(super) type Property = (String, String);

/// The keys and indices that lead to a value.
pub(super) type Route = Vec<Step>;

/// One of them.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// What of the format a file uses.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Where each property stands.
    pub properties: BTreeMap<Property, Vec<Route>>,
    /// The words of enumerations, and texts, by the property they stand under: `Timer.restore=remaining`.
    pub words: BTreeSet<String>,
    /// The shapes of values that have several: `Target/1`.
    pub shapes: BTreeSet<String>,
}

/// Walks a file.
pub(super) fn places(schema: &Json, file: &Json) -> Places {
    let mut walk = Walk {
        root: schema,
        found: Places::default(),
        route: Vec::new(),
        property: String::new(),
    };
    walk.value(schema, "Document", file);
    walk.found
}

/// Every property of a schema.
pub(super) fn properties(schema: &Json) -> BTreeSet<Property> {
    let mut all = BTreeSet::new();
    let definitions = schema["$defs"].as_object().expect("definitions");
    let named = definitions.iter().map(|(name, one)| (name.as_str(), one));
    for (name, object) in named.chain([("Document", schema)]) {
        let keys = object.get("properties").and_then(Json::as_object);
        let keys = keys.into_iter().flat_map(serde_json::Map::keys);
        all.extend(keys.map(|key| (name.to_owned(), key.clone())));
    }
    all
}

/// The words and the shapes of values that a schema has, named as in [`Places`].
pub(super) fn possible(schema: &Json) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut words, mut shapes) = (BTreeSet::new(), BTreeSet::new());
    let definitions = schema["$defs"].as_object().expect("definitions");
    for (name, definition) in definitions {
        for index in 0..definition["anyOf"].as_array().map_or(0, Vec::len) {
            shapes.insert(format!("{name}/{index}"));
        }
    }
    for (of, key) in properties(schema) {
        let object = if of == "Document" {
            schema
        } else {
            &definitions[&of]
        };
        let property = &object["properties"][&key];
        let path = property["$ref"].as_str().unwrap_or_default();
        let definition = definitions.get(path.trim_start_matches("#/$defs/"));
        let variants = definition.and_then(|one| one["oneOf"].as_array());
        for variant in variants.into_iter().flatten() {
            let word = variant["const"].as_str().expect("a word");
            words.insert(format!("{of}.{key}={word}"));
        }
        let inner = property.get("additionalProperties").unwrap_or(property);
        let variants = inner["anyOf"].as_array().map_or(&[][..], Vec::as_slice);
        for (index, variant) in variants.iter().enumerate() {
            let shape = if is_reference(variant) {
                "setting".to_owned()
            } else {
                index.to_string()
            };
            shapes.insert(format!("{of}.{key}/{shape}"));
        }
    }
    (words, shapes)
}

/// Whether a variant is a reference to a setting.
fn is_reference(variant: &Json) -> bool {
    let pattern = variant["pattern"].as_str();
    pattern.is_some_and(|pattern| pattern.contains("settings"))
}

/// A file without what stands at a place.
pub(super) fn without(file: &Json, route: &[Step]) -> Json {
    let mut copy = file.clone();
    let (last, outer) = route.split_last().expect("a place");
    let mut at = &mut copy;
    for step in outer {
        at = match step {
            Step::Key(key) => &mut at[key.as_str()],
            Step::Index(index) => &mut at[*index],
        };
    }
    let Step::Key(key) = last else {
        panic!("a property has a key");
    };
    at.as_object_mut().expect("a mapping").shift_remove(key);
    copy
}

struct Walk<'a> {
    root: &'a Json,
    found: Places,
    route: Route,
    property: String,
}

impl<'a> Walk<'a> {
    /// Walks a value by a schema; `name` is that of the definition it stands in.
    fn value(&mut self, schema: &'a Json, name: &str, value: &Json) {
        if let Some(path) = schema.get("$ref").and_then(Json::as_str) {
            let path = path.trim_start_matches('#');
            let name = path.trim_start_matches("/$defs/");
            let definition = self.root.pointer(path).expect("a definition");
            return self.value(definition, name, value);
        }
        if let Some(variants) = schema.get("anyOf").and_then(Json::as_array) {
            let fits = |variant: &&Json| instance::check(self.root, variant, value, "").is_ok();
            let index = variants.iter().position(|variant| fits(&variant));
            let index = index.unwrap_or_else(|| panic!("{name}: {value} fits nothing"));
            // A setting also is a text, and so fits the literal before it.
            let refers = variants.iter().any(is_reference);
            let is_setting = value
                .as_str()
                .is_some_and(|text| text.starts_with("settings."));
            let of = if name.is_empty() {
                &self.property
            } else {
                name
            };
            let shape = if refers && is_setting {
                format!("{of}/setting")
            } else {
                format!("{of}/{index}")
            };
            self.found.shapes.insert(shape);
            return self.value(&variants[index], "", value);
        }
        if let Some(word) = value.as_str() {
            // What an anchor is counted from may be any field.
            let word = if word.starts_with("order.") {
                "order"
            } else {
                word
            };
            self.found.words.insert(format!("{}={word}", self.property));
        }
        match value {
            Json::Object(map) => map.iter().for_each(|(key, value)| {
                self.route.push(Step::Key(key.clone()));
                self.entry(schema, name, key, value);
                self.route.pop();
            }),
            Json::Array(items) => items.iter().enumerate().for_each(|(index, item)| {
                self.route.push(Step::Index(index));
                self.value(&schema["items"], "", item);
                self.route.pop();
            }),
            _ => {}
        }
    }

    fn entry(&mut self, schema: &'a Json, name: &str, key: &str, value: &Json) {
        if let Some(property) = schema.get("properties").and_then(|all| all.get(key)) {
            let outer = std::mem::replace(&mut self.property, format!("{name}.{key}"));
            let routes = self
                .found
                .properties
                .entry((name.to_owned(), key.to_owned()));
            routes.or_default().push(self.route.clone());
            self.value(property, "", value);
            self.property = outer;
        } else {
            self.value(&schema["additionalProperties"], "", value);
        }
    }
}
