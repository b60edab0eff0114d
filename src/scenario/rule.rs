//! The rules that scenario files raise; each page stands in `rules/`.

use crate::diagnostic::{Level, Rule};

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal,)*) => {
        $(
            $(#[$doc])*
            pub static $name: Rule = Rule {
                id: $id,
                level: Level::Error,
                page: include_str!(concat!("rules/", $id, ".md")),
            };
        )*

        /// Every rule that scenario files raise, besides those of reading and of what happens.
        pub const RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    /// A name that the workflow does not have.
    UNKNOWN_IN_SCENARIO = "unknown-in-scenario",
    /// A table says something else than the workflow.
    TABLE_MISMATCH = "table-mismatch",
    /// An order did something else than expected.
    UNMET_EXPECTATION = "unmet-expectation",
    /// A trace differs from the golden one.
    TRACE_MISMATCH = "trace-mismatch",
}
