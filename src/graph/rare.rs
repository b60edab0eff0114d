//! Values that mostly say nothing.

use std::ops::{Deref, DerefMut};

use super::Hook;

/// A value that mostly says nothing, and then takes no room of its own: read as what it holds, and made room for
/// when it is first changed.
#[derive(Debug, Clone)]
pub struct Rare<T>(Option<Box<T>>);

impl<T> Default for Rare<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<Option<T>> for Rare<T> {
    fn from(value: Option<T>) -> Self {
        Self(value.map(Box::new))
    }
}

impl Deref for Rare<Hook> {
    type Target = Hook;

    fn deref(&self) -> &Hook {
        static IDLE: Hook = Hook::new();
        self.0.as_deref().unwrap_or(&IDLE)
    }
}

impl DerefMut for Rare<Hook> {
    fn deref_mut(&mut self) -> &mut Hook {
        self.0.get_or_insert_default()
    }
}
