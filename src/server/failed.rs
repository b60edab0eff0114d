//! What was due and failed, as a line of the log.
//!
//! In: failures. Out: of which order, and why, as its journal says too.

use crate::runtime::Failure;

/// Writes a line.
pub(crate) fn log_failure(failure: &Failure) {
    let Failure {
        key,
        step,
        what,
        why,
    } = failure;
    tracing::warn!(
        tenant = key.tenant,
        order = key.order,
        step,
        what,
        why,
        "what was due failed, and is spent"
    );
}
