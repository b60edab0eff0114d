//! The rules that scripts and scenarios raise about what happens; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// A step does not say one clear thing.
    UNCLEAR_STEP = "unclear-step",
    /// A value is not of the kind that is needed.
    MISTYPED_VALUE = "mistyped-value",
    /// A step cannot be carried out.
    IMPOSSIBLE_STEP = "impossible-step",
}
