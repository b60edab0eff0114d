//! What is seldom said.

use std::borrow::Cow;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};

/// A value that mostly says nothing, and then takes no room of its own: read as what it holds, and put there as a
/// whole.
#[derive(Debug, Clone)]
pub struct Rare<T>(Option<Box<T>>);

/// A type with a value that says nothing.
pub trait Idle: Sized + 'static {
    /// That value.
    const IDLE: &'static Self;

    /// Whether this one says nothing.
    fn is_idle(&self) -> bool;
}

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Idle> From<T> for Rare<T> {
    fn from(value: T) -> Self {
        Self((!value.is_idle()).then(|| Box::new(value)))
    }
}

impl<T: Idle> Deref for Rare<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::IDLE)
    }
}

impl<T: Idle + PartialEq> PartialEq for Rare<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: JsonSchema> JsonSchema for Rare<T> {
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
