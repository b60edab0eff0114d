//! The rules that scripts and scenarios raise about what happens; each page stands in `rules/`.

use crate::diagnostic::{Level, Rule};

/// A step does not say one clear thing.
pub static UNCLEAR_STEP: Rule = Rule {
    id: "unclear-step",
    level: Level::Error,
    page: include_str!("rules/unclear-step.md"),
};

/// A value is not of the kind that is needed.
pub static MISTYPED_VALUE: Rule = Rule {
    id: "mistyped-value",
    level: Level::Error,
    page: include_str!("rules/mistyped-value.md"),
};

/// A step cannot be carried out.
pub static IMPOSSIBLE_STEP: Rule = Rule {
    id: "impossible-step",
    level: Level::Error,
    page: include_str!("rules/impossible-step.md"),
};

/// Every rule that scripts raise.
pub const RULES: &[&Rule] = &[&UNCLEAR_STEP, &MISTYPED_VALUE, &IMPOSSIBLE_STEP];
