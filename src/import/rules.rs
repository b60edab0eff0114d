//! The rules that reading SCXML raises; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// What is no SCXML.
    NOT_SCXML = "not-scxml",
    /// Something that a workflow file cannot say.
    UNSUPPORTED_SCXML = "unsupported-scxml",
    | Warning;
    /// Something that a workflow file does without.
    LEFT_OUT_OF_SCXML = "left-out-of-scxml",
}
