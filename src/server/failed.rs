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
    let (tenant, order) = (&key.tenant, &key.order);
    match step {
        Some(step) => {
            tracing::warn!(
                tenant,
                order,
                step,
                what,
                why,
                "what was due failed, and is spent"
            );
        }
        None => tracing::error!(
            tenant,
            order,
            why,
            "an order cannot go on, and its {what} wait"
        ),
    }
}
