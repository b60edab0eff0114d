//! The rules that writing a workflow as a statechart raises; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Warning;
    /// Something that the format has no words for.
    LOST_IN_EXPORT = "lost-in-export",
}
