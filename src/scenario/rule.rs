//! The rules that scenario files raise; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// A name that the workflow does not have.
    UNKNOWN_IN_SCENARIO = "unknown-in-scenario",
    /// Two scenarios of one file have the same name.
    DUPLICATE_SCENARIO = "duplicate-scenario",
    /// A scenario expects nothing.
    IDLE_SCENARIO = "idle-scenario",
    /// A table says something else than the workflow.
    TABLE_MISMATCH = "table-mismatch",
    /// An order did something else than expected.
    UNMET_EXPECTATION = "unmet-expectation",
    /// A trace differs from the golden one.
    TRACE_MISMATCH = "trace-mismatch",
}
