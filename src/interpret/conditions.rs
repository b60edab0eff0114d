//! Conditions and formulas, evaluated at one moment of an order.
//!
//! In: a [`View`], the order as it stands together with who acts, when, and what the event brought.
//! Out: whether conditions hold, or why they do not. A guard that errs does not hold.

use crate::context::{Actor, CellsView, Value};
use crate::graph::{Condition, StateId, Workflow};
use crate::guard::{Formula, GuardError, Inputs};
use crate::instance::{GuardFailure, Instance, Judged, Place, Reason, Site};
use crate::time::Instant;

/// Said of expressions that did not compile; a workflow with errors is not meant to be run.
const BROKEN: &str = "it does not compile";

/// All that an expression may read.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) site: &'a Site,
    pub(super) instance: &'a Instance,
    pub(super) actor: &'a Actor,
    /// The payload of the event by slot; empty where nothing brought one.
    pub(super) event: CellsView<'a>,
    pub(super) now: Instant,
}

impl View<'_> {
    /// Whether all of the conditions hold, for those who tell of reasons: a step asks by [`View::judge`].
    pub(super) fn holds(&self, conditions: &[Condition]) -> bool {
        conditions.is_empty()
            || self.read(|inputs| conditions.iter().all(|c| answer(c, inputs) == Ok(true)))
    }

    /// Whether all conditions of a place hold. They are asked up to the first that does not, and each
    /// answer is written down.
    pub(super) fn judge(&self, place: Place, judged: &mut Vec<Judged>) -> bool {
        let conditions = place.conditions(self.workflow);
        if conditions.is_empty() {
            return true;
        }
        self.read(|inputs| {
            conditions.iter().enumerate().all(|(index, condition)| {
                let (held, error) = match answer(condition, inputs) {
                    Ok(held) => (held, None),
                    Err(error) => (false, Some(error)),
                };
                judged.push(Judged {
                    place,
                    index,
                    held,
                    error,
                    decided: true,
                });
                held
            })
        })
    }

    /// One reason for each condition that does not hold.
    pub(super) fn failures<'c>(
        &self,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Vec<Reason> {
        self.read(|inputs| {
            let failed = conditions.into_iter().filter_map(|c| failure(c, inputs));
            failed.map(Reason::Guard).collect()
        })
    }

    /// The value of a formula.
    pub(super) fn value(&self, formula: &Formula) -> Result<Value, GuardError> {
        self.read(|inputs| formula.eval(inputs))
    }

    /// The path of a state.
    pub(super) fn path(&self, state: StateId) -> String {
        self.workflow.states.at(state).path.clone()
    }

    fn read<T>(&self, read: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let in_state = |path: &str| {
            let mut active = self.instance.configuration.iter();
            active.any(|&id| self.workflow.states.at(id).path == path)
        };
        read(&Inputs {
            order: self.instance.context.view(),
            settings: self.site.cells(),
            event: self.event,
            actor: self.actor,
            role: None,
            children: &self.instance.children,
            now: self.now.into(),
            zone: &self.site.zone,
            in_state: &in_state,
        })
    }
}

/// What a condition says, or why it cannot be judged.
fn answer(condition: &Condition, inputs: &Inputs<'_>) -> Result<bool, String> {
    let guard = condition.guard.as_ref().ok_or(BROKEN)?;
    guard.eval(inputs).map_err(|error| error.to_string())
}

fn failure(condition: &Condition, inputs: &Inputs<'_>) -> Option<GuardFailure> {
    let error = match answer(condition, inputs) {
        Ok(true) => return None,
        Ok(false) => None,
        Err(error) => Some(error),
    };
    let operands = condition.guard.as_ref().map(|g| g.operands(inputs));
    Some(GuardFailure {
        name: condition.name.as_deref().map(str::to_owned),
        guard: condition.text.to_string(),
        refusal: condition.refusal.as_deref().map(str::to_owned),
        operands: operands.unwrap_or_default(),
        error,
    })
}
