//! The rules about suppressions themselves; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Warning;
    /// A suppression that suppresses nothing.
    UNUSED_SUPPRESSION = "unused-suppression",
    /// A suppression of a rule that does not exist.
    UNKNOWN_RULE = "unknown-rule",
    /// A suppression of a rule that raises errors.
    ERROR_CANNOT_BE_SUPPRESSED = "error-cannot-be-suppressed",
    /// A comment that is meant as a suppression and cannot be read as one.
    MALFORMED_SUPPRESSION = "malformed-suppression",
}
