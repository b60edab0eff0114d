//! What an object keeps, by key.
//!
//! In: keys. Out: texts, as Restate has them. An order's row stands under `o/ORDER`, its steps under
//! `h/ORDER/STEP`, the first answers to its events under `a/ORDER/EVENT` (a name has no `/`; an event's id
//! may, and stands last). A child's object keeps nothing but `root`, which names the object of its family.

use std::future::Future;
use std::pin::Pin;

use restate_sdk::prelude::{
    ContextReadState, ContextSideEffects, HandlerError, HandlerResult, ObjectContext, RunFuture,
    SharedObjectContext,
};
use serde::de::DeserializeOwned;

/// The outermost order of the family, where that is another.
pub(super) const ROOT: &str = "root";

/// The orders of the family, where there are several.
pub(super) const MEMBERS: &str = "members";

/// When timers are due, and the call that wakes the family.
pub(super) const TIMERS: &str = "timers";

pub(super) fn order(order: &str) -> String {
    format!("o/{order}")
}

pub(super) fn step(order: &str, sequence: u64) -> String {
    format!("h/{order}/{sequence}")
}

pub(super) fn answer(order: &str, event: &str) -> String {
    format!("a/{order}/{event}")
}

/// What is waited for in a call. It is boxed, since the compiler cannot yet follow through several functions
/// which lifetimes what is not named has.
pub(super) type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, HandlerError>> + Send + 'a>>;

/// The object that is called, however it was called.
pub(super) trait Kept: Sync {
    /// A text that it keeps.
    fn text<'a>(&'a self, key: &'a str) -> Waiting<'a, Option<String>>;

    /// What is found outside, the same however often the call is tried.
    fn outside<'a, F>(
        &'a self,
        name: &'static str,
        find: impl FnOnce() -> F + Send + 'a,
    ) -> Waiting<'a, String>
    where
        F: Future<Output = HandlerResult<String>> + Send + 'a;
}

/// Both kinds of contexts have the same methods, and no common trait that could be named.
macro_rules! kept {
    ($context:ident) => {
        impl Kept for $context<'_> {
            fn text<'a>(&'a self, key: &'a str) -> Waiting<'a, Option<String>> {
                let narrow: &'a $context<'a> = self;
                Box::pin(async move { Ok(narrow.get::<String>(key).await?) })
            }

            fn outside<'a, F>(
                &'a self,
                name: &'static str,
                find: impl FnOnce() -> F + Send + 'a,
            ) -> Waiting<'a, String>
            where
                F: Future<Output = HandlerResult<String>> + Send + 'a,
            {
                let narrow: &'a $context<'a> = self;
                Box::pin(async move { Ok(narrow.run(find).name(name).await?) })
            }
        }
    };
}

kept!(ObjectContext);
kept!(SharedObjectContext);

/// A value by its key.
pub(super) async fn read<T: DeserializeOwned>(
    kept: &impl Kept,
    key: &str,
) -> Result<Option<T>, HandlerError> {
    let Some(text) = kept.text(key).await? else {
        return Ok(None);
    };
    let read = serde_json::from_str(&text);
    Ok(Some(read.map_err(|error| format!("`{key}`: {error}"))?))
}
