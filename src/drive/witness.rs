//! The situation of a finding, played: an order stands where it says, and what it says happens.
//!
//! In: a [`Witness`] of the analysis. Out: what became of its event, in the family's entries.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Action, DriveError, Family, Input, OrderName, Verdict, When};
use crate::analysis::Witness;
use crate::context::Actor;
use crate::graph::{TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::RunningTimer;
use crate::interpret::{self, Standing};

/// Plays a witness in a family without orders, whose clock stands at the time of the witness.
///
/// # Errors
/// When the witness does not belong to the workflow.
pub fn replay(family: &mut Family<'_>, witness: &Witness) -> Result<Verdict, DriveError> {
    let occurrence = witness.event.clone().unwrap_or_default();
    let actor = Actor {
        role: match occurrence.by.as_str() {
            "" => Actor::SYSTEM.to_owned(),
            role => role.to_owned(),
        },
        id: occurrence.id,
    };
    let context = given(&witness.context);
    let action = match &witness.state {
        None => Action::Create(context),
        Some(state) => {
            stand(family, state, &context, &witness.children)?;
            if let Some(timer) = &witness.timer {
                due_now(family, timer)?;
            }
            match (occurrence.name, &witness.timer) {
                (Some(event), _) => Action::Fire {
                    event,
                    payload: given(&occurrence.payload),
                    target: occurrence.target,
                },
                (None, Some(_)) => Action::Wait,
                // What the workflow does by itself, it does once the context was looked at.
                (None, None) => Action::Context(BTreeMap::new()),
            }
        }
    };
    family.apply(&Input {
        order: OrderName::Root,
        when: When::Now,
        actor,
        id: None,
        action,
    })
}

/// Puts the root of a family into a state.
///
/// # Errors
/// When it cannot stand there.
pub fn stand(
    family: &mut Family<'_>,
    state: &str,
    context: &BTreeMap<String, Json>,
    children: &BTreeMap<String, ChildCounts>,
) -> Result<(), DriveError> {
    let standing = Standing {
        state,
        context,
        children,
    };
    let placed = interpret::place(family.workflow(), family.site(), &standing, family.now());
    let placed = placed.map_err(|refusal| DriveError::Standing(refusal.to_string()))?;
    family.adopt(placed);
    Ok(())
}

/// The values of a witness by name.
pub fn given(values: &Map<String, Json>) -> BTreeMap<String, Json> {
    let values = values.iter();
    values
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Makes a timer of the root due at this very moment.
fn due_now(family: &mut Family<'_>, written: &str) -> Result<(), DriveError> {
    let workflow = family.workflow();
    let unknown = || DriveError::Standing(format!("there is no timer `{written}`"));
    let id = timer_named(workflow, written).ok_or_else(unknown)?;
    let root = family.instance(&OrderName::Root);
    let mut instance = root.cloned().ok_or_else(unknown)?;
    let timer = RunningTimer {
        due: family.now(),
        generation: instance.generations,
    };
    instance.generations += 1;
    instance.spent.remove(&id);
    instance.timers.insert(id, timer);
    family.adopt(instance);
    Ok(())
}

/// The timer of `STATE.TIMER`.
fn timer_named(workflow: &Workflow, written: &str) -> Option<TimerId> {
    let (state, name) = written.rsplit_once('.')?;
    let state = workflow.states.get(workflow.state_named(state)?)?;
    let mut timers = state.timers.iter().copied();
    timers.find(|&id| workflow.timers.at(id).name == name)
}
