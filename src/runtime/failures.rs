//! What was due and failed.
//!
//! In: steps that are written, of which some say so. Out: each told once to whoever listens, since nobody is
//! answered where a timer fires by itself.

use std::collections::BTreeMap;
use std::fmt;

use super::row::OrderKey;
use crate::graph::Workflow;
use crate::instance::{Cause, StepRecord, timer_path};

/// A timer that was due, or an event raised for later, that failed. It is spent, and its order stands as before:
/// the journal says the same at this step. Or an order with something due that cannot go on: it stands as before,
/// and what is due waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Of which order.
    pub key: OrderKey,
    /// Which of its steps says so; `None` where the order cannot go on.
    pub step: Option<u64>,
    /// What was due: `STATE.TIMER`, or the event; where the order cannot go on, in a word.
    pub what: String,
    /// Why it failed, in a sentence.
    pub why: String,
}

impl Failure {
    /// What a step says about this.
    pub(super) fn of(key: &OrderKey, workflow: &Workflow, record: &StepRecord) -> Option<Self> {
        let (what, came) = match &record.cause {
            Cause::Timer { timer, came } => (timer_path(workflow, *timer), came),
            Cause::Raised { event, came, .. } => (workflow.events.at(*event).name.clone(), came),
            _ => return None,
        };
        Some(Self {
            key: key.clone(),
            step: Some(record.sequence),
            what,
            why: came.trouble()?,
        })
    }

    /// That an order cannot go on, although something is due.
    pub(super) fn stuck(key: OrderKey, why: String) -> Self {
        Self {
            key,
            step: None,
            what: "timers".to_owned(),
            why,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            step,
            what,
            why,
        } = self;
        match step {
            Some(step) => write!(
                f,
                "`{key}`, step {step}: `{what}` was due and failed: {why}"
            ),
            None => write!(f, "`{key}` cannot go on, and its {what} wait: {why}"),
        }
    }
}

/// Failures by the outermost order of the unit that tells of them.
pub(super) type Failures = BTreeMap<OrderKey, Vec<Failure>>;

/// What is done with a failure.
type Tell = Box<dyn FnMut(&Failure) + Send>;

/// Who listens.
#[derive(Default)]
pub(super) struct Listener(Option<Tell>);

impl Listener {
    pub(super) fn new(tell: impl FnMut(&Failure) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    pub(super) fn hear(&mut self, failure: &Failure) {
        if let Some(tell) = &mut self.0 {
            tell(failure);
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_there = self.0.is_some();
        f.debug_tuple("Listener").field(&is_there).finish()
    }
}
