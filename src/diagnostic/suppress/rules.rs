//! The rules about suppressions themselves.

use crate::diagnostic::{Level, Rule};

/// A suppression that suppresses nothing.
pub static UNUSED_SUPPRESSION: Rule = Rule {
    id: "unused-suppression",
    level: Level::Warning,
    page: include_str!("../rules/unused-suppression.md"),
};

/// A suppression of a rule that does not exist.
pub static UNKNOWN_RULE: Rule = Rule {
    id: "unknown-rule",
    level: Level::Warning,
    page: include_str!("../rules/unknown-rule.md"),
};

/// A suppression of a rule that raises errors.
pub static ERROR_CANNOT_BE_SUPPRESSED: Rule = Rule {
    id: "error-cannot-be-suppressed",
    level: Level::Warning,
    page: include_str!("../rules/error-cannot-be-suppressed.md"),
};

/// A comment that is meant as a suppression and cannot be read as one.
pub static MALFORMED_SUPPRESSION: Rule = Rule {
    id: "malformed-suppression",
    level: Level::Warning,
    page: include_str!("../rules/malformed-suppression.md"),
};

/// All of them.
pub static RULES: [&Rule; 4] = [
    &UNUSED_SUPPRESSION,
    &UNKNOWN_RULE,
    &ERROR_CANNOT_BE_SUPPRESSED,
    &MALFORMED_SUPPRESSION,
];
