//! Timers of a family: one delayed call wakes it when the first of them is due.
//!
//! In: when timers are due. Out: the call that comes then, in place of the one that would have come. A call
//! that comes in vain, or too early, does nothing; the one that is not wanted any longer is cancelled all
//! the same, since calls that are overdue hold up others.

use std::collections::BTreeMap;

use restate_sdk::prelude::{HandlerError, ObjectContext};
use serde::{Deserialize, Serialize};

use super::calls;
use super::host::Host;
use crate::time::Instant;

/// When timers are due, and the call that comes for the first of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Timers {
    /// By order.
    pub(super) due: BTreeMap<String, Instant>,
    #[serde(default)]
    armed: Option<Armed>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Armed {
    due: Instant,
    invocation: String,
}

impl Timers {
    /// The orders with a timer that is due by now.
    pub(super) fn by(&self, now: Instant) -> Vec<String> {
        let due = self.due.iter().filter(|(_, due)| **due <= now);
        due.map(|(order, _)| order.clone()).collect()
    }

    /// The call that was to come has come.
    pub(super) fn woken(&mut self, invocation: &str) {
        self.armed.take_if(|armed| armed.invocation == invocation);
    }

    /// Sees to it that a call comes for the first timer; what is to be cancelled once that is kept.
    pub(super) async fn arm(
        &mut self,
        ctx: &ObjectContext<'_>,
        host: &Host,
    ) -> Result<Option<String>, HandlerError> {
        let next = self.due.values().min().copied();
        if self.armed.as_ref().map(|armed| armed.due) == next {
            return Ok(None);
        }
        let mut armed = None;
        if let Some(due) = next {
            let invocation = calls::wake(ctx, host.until(due)).await?;
            armed = Some(Armed { due, invocation });
        }
        let stale = std::mem::replace(&mut self.armed, armed);
        Ok(stale.map(|armed| armed.invocation))
    }
}
