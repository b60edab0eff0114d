//! The situation of a finding, played: an order stands where it says, and what it says happens.
//!
//! In: a [`Witness`] of the analysis. Out: what became of its event, in the family's entries.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{Action, DriveError, Family, Input, OrderName, Verdict, When};
use crate::analysis::{Happening, Occurrence, Witness};
use crate::context::Actor;
use crate::graph::{TimerId, Workflow};
use crate::guard::ChildCounts;
use crate::instance::RunningTimer;
use crate::interpret::{self, Standing};
use crate::time::parse_instant;

/// Plays a witness in a family without orders, whose clock stands at the time at which the witness begins, and whose
/// site is bound to the witness's settings.
///
/// ```
/// use flagstate::analysis::Witness;
/// use flagstate::drive::{self, Family, OrderName};
/// use flagstate::instance::Site;
/// use flagstate::load::load;
/// use flagstate::source::{FileId, SourceFile};
/// use flagstate::time::parse_instant;
///
/// # let text = r#"
/// # flagstate: 1
/// # workflow: shop
/// # actors: [clerk]
/// # context: { paid: { type: integer, default: 0 } }
/// # initial: booked
/// # states: { booked: , done: { final: true }, refunded: { final: true } }
/// # transitions:
/// #   finish: { by: clerk, from: booked, to: done, guard: order.paid > 10 }
/// #   refund: { by: clerk, from: booked, to: refunded, guard: order.paid < 10 }
/// # "#;
/// let loaded = load(FileId(0), &SourceFile::new("shop.yaml", text));
/// let found = loaded.report.iter().find_map(|finding| finding.witness.clone()).expect("a witness");
/// let witness: Witness = serde_json::from_value(*found)?;
/// let workflow = loaded.playable().expect("all of it was understood");
/// let site = Site::new(&workflow, &drive::given(&witness.settings)).expect("settings that fit");
/// let mut family = Family::new(&workflow, &site, parse_instant(witness.begins_at())?);
/// drive::replay(&mut family, &witness)?;
/// let order = family.instance(&OrderName::Root).expect("an order");
/// assert_eq!(order.status(&workflow), "booked");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When the witness does not belong to the workflow.
pub fn replay(family: &mut Family<'_>, witness: &Witness) -> Result<Verdict, DriveError> {
    let mut verdict = Verdict::Accepted;
    for happening in &witness.story {
        verdict = happens(family, happening)?;
        if let Verdict::Refused(refusal) = &verdict {
            let message = format!("the story ends before {happening}, which is refused: {refusal}");
            return Err(DriveError::Standing(message));
        }
    }
    if !witness.story.is_empty() {
        let order = family.instance(&OrderName::Root);
        let status = order.map(|order| order.status(family.workflow()));
        if let Some((state, status)) = witness.state.as_ref().zip(status)
            && *state != status
        {
            let message = format!("the order comes to `{status}` instead of `{state}`");
            return Err(DriveError::Standing(message));
        }
        if witness.event.is_none() && witness.timer.is_none() {
            return Ok(verdict);
        }
    }
    let occurrence = witness.event.clone().unwrap_or_default();
    let actor = whose(&occurrence);
    let context = given(&witness.context);
    let action = match &witness.state {
        None => Action::Create(context),
        Some(state) => {
            if witness.story.is_empty() {
                stand(family, state, &context, &witness.children)?;
            }
            if let Some(timer) = &witness.timer {
                due_now(family, timer)?;
            }
            match (&occurrence.name, &witness.timer) {
                (Some(event), _) => fire(event, &occurrence),
                (None, Some(_)) => Action::Wait,
                // What the workflow does by itself, it does once the context was looked at.
                (None, None) => Action::Context(BTreeMap::new()),
            }
        }
    };
    tell(family, When::Now, actor, action)
}

/// Lets one thing of a story happen.
fn happens(family: &mut Family<'_>, happening: &Happening) -> Result<Verdict, DriveError> {
    let when = When::At(parse_instant(&happening.at)?);
    let context = given(&happening.context);
    let Some(event) = &happening.event else {
        let action = match context.is_empty() {
            true => Action::Wait,
            false => Action::Context(context),
        };
        return tell(family, when, Actor::system(), action);
    };
    let actor = whose(event);
    let Some(name) = &event.name else {
        return tell(family, when, actor, Action::Create(context));
    };
    if !context.is_empty() {
        tell(family, when, Actor::system(), Action::Context(context))?;
    }
    tell(family, when, actor, fire(name, event))
}

/// Who causes something; the workflow itself where nobody is named.
fn whose(occurrence: &Occurrence) -> Actor {
    Actor {
        role: match occurrence.by.as_str() {
            "" => Actor::SYSTEM.to_owned(),
            role => role.to_owned(),
        },
        id: occurrence.id.clone(),
    }
}

fn fire(event: &str, occurrence: &Occurrence) -> Action {
    Action::Fire {
        event: event.to_owned(),
        payload: given(&occurrence.payload),
        target: occurrence.target.clone(),
    }
}

/// Tells the root of a family something.
fn tell(
    family: &mut Family<'_>,
    when: When,
    actor: Actor,
    action: Action,
) -> Result<Verdict, DriveError> {
    family.apply(&Input {
        order: OrderName::Root,
        when,
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
    if !instance.is_active(workflow.timers.at(id).state) {
        let status = instance.status(workflow);
        let message = format!("the timer `{written}` does not run in `{status}`");
        return Err(DriveError::Standing(message));
    }
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
