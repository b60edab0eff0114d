//! What is demanded of a situation.

use super::encode::Who;
use crate::graph::Condition;

/// Conditions that all hold, or of which at least one does not.
#[derive(Debug, Clone)]
pub(super) struct Demand<'w> {
    pub(super) conditions: Vec<&'w Condition>,
    pub(super) who: Who,
    pub(super) holds: bool,
}

impl<'w> Demand<'w> {
    /// All of them hold.
    pub(super) fn hold(conditions: impl IntoIterator<Item = &'w Condition>) -> Self {
        Self {
            conditions: conditions.into_iter().collect(),
            who: Who::Actor,
            holds: true,
        }
    }

    /// Not all of them hold.
    pub(super) fn fail(conditions: impl IntoIterator<Item = &'w Condition>) -> Self {
        Self {
            holds: false,
            ..Self::hold(conditions)
        }
    }
}
