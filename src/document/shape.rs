//! The few shapes the format is made of: names, entries in order, one-or-many, declarations.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use thin_vec::ThinVec;

use super::Declaration;
use crate::source::Spanned;

/// An id or a reference to one, where it was written.
pub type Name = Spanned<String>;

/// One key of a mapping with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// The key.
    pub name: Name,
    /// What stands under it.
    pub value: T,
}

/// A mapping in the order written. Keys are unique: the parser reports a repetition and keeps the first.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries<T>(pub ThinVec<Entry<T>>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(ThinVec::new())
    }
}

impl<T> Entries<T> {
    /// The entries in the order written.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry<T>> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value under a key.
    pub fn get(&self, name: &str) -> Option<&T> {
        let found = self.iter().find(|entry| entry.name.value == name);
        found.map(|entry| &entry.value)
    }

    /// The keys in the order written.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|entry| entry.name.value.as_str())
    }
}

impl<'a, T> IntoIterator for &'a Entries<T> {
    type Item = &'a Entry<T>;
    type IntoIter = std::slice::Iter<'a, Entry<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A scalar where there is one, a list where there are several.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMany<T>(pub ThinVec<T>);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(ThinVec::new())
    }
}

impl<T> OneOrMany<T> {
    /// The values in the order written.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a OneOrMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A scalar where there is one, a list where there are several or none.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T>(pub Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Listed<T> {
    /// The values in the order written.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, T> IntoIterator for &'a Listed<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Names that are only declared: a list of them, or a mapping with a title and a text for each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declared(pub Entries<Declaration>);

/// A literal or a reference to a setting (`settings.NAME`).
#[derive(Debug, Clone, PartialEq)]
pub enum Or<T> {
    /// Written out.
    Literal(T),
    /// `settings.NAME`: the name without the prefix; the span covers all of it.
    Setting(Name),
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("EntriesOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z][a-z0-9_]{0,63}$" },
            "additionalProperties": value,
        })
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrManyOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [value, { "type": "array", "items": value, "minItems": 1 }] })
    }
}

impl JsonSchema for Declared {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Declared".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names = json_schema!({ "type": "array", "items": { "type": "string" } });
        json_schema!({ "anyOf": [names, <Entries<Declaration>>::json_schema(generator)] })
    }
}

impl<T: JsonSchema> JsonSchema for Or<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrSetting", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let literal = generator.subschema_for::<T>();
        let setting = json_schema!({
            "type": "string",
            "pattern": r"^settings\.[a-z][a-z0-9_]{0,63}$",
            "description": "The value of a setting.",
        });
        json_schema!({ "anyOf": [literal, setting] })
    }
}

impl<T: JsonSchema> JsonSchema for Listed<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [value, { "type": "array", "items": value }] })
    }
}
