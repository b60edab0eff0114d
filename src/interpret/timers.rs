//! Which timers run once a step has come to rest, and when they are due.
//!
//! In: the order before and after, and the states that were entered. Out: timers armed, with a new
//! generation each, and cancelled. A timer is looked at when its state was entered, when the field
//! that it counts from changed, and when something changed that its `when` reads.

use smallvec::SmallVec;

use super::conditions::View;
use super::macrostep::Macrostep;
use crate::context::SYSTEM;
use crate::context::{CellsView, Value};
use crate::document::Restore;
use crate::graph::{Anchor, Condition, FieldId, Id, StateId, Timer, TimerId, Workflow};
use crate::guard::{Guard, Reads};
use crate::instance::{Instance, Judged, Place, RunningTimer, Site, SuspendedTimer};
use crate::time::{Instant, last_instant};

/// Arms and cancels timers at the end of a step.
pub(super) fn arm(step: &mut Macrostep<'_>) {
    let workflow = step.world.workflow;
    let mut active = step.instance.configuration.iter();
    if active.all(|&state| workflow.states.at(state).timers.is_empty())
        && step.instance.suspended.is_empty()
    {
        return;
    }
    let changed = Changes::between(step.before, step.instance);
    forget(workflow, step.instance, &changed);
    let mut verdicts: SmallVec<[(TimerId, Verdict); 4]> = SmallVec::new();
    let mut judged = Vec::new();
    let view = step.view(&SYSTEM, CellsView::EMPTY);
    for &state in &step.instance.configuration {
        let fresh = step.fresh.iter().find(|(fresh, _)| *fresh == state);
        let restores = fresh.map(|(_, restores)| *restores);
        for &id in &workflow.states.at(state).timers {
            let verdict = judge(&view, id, restores, &changed, &mut judged);
            if verdict != Verdict::Leave {
                verdicts.push((id, verdict));
            }
        }
    }
    // Whether a timer runs is what follows the step.
    for judged in &mut judged {
        judged.decided = false;
    }
    step.record.judged.append(&mut judged);
    for (id, verdict) in verdicts {
        match verdict {
            Verdict::Arm(due) => start(step.instance, id, due),
            Verdict::Stop => _ = step.instance.timers.remove(&id),
            Verdict::Leave => {}
        }
    }
    for (state, _) in &step.fresh {
        for timer in &workflow.states.at(*state).timers {
            step.instance.suspended.remove(timer);
        }
    }
}

/// Starts a timer, as an arming of its own.
pub(super) fn start(instance: &mut Instance, id: TimerId, due: Instant) {
    let generation = instance.generations;
    instance.generations += 1;
    instance.spent.remove(&id);
    instance.timers.insert(id, RunningTimer { due, generation });
}

/// What differs from before the step, as far as timers may depend on it.
struct Changes {
    fields: SmallVec<[FieldId; 4]>,
    children: bool,
    configuration: bool,
}

impl Changes {
    fn between(before: Option<&Instance>, after: &Instance) -> Self {
        let Some(before) = before else {
            // Every active state of a new order was entered just now.
            return Self {
                fields: SmallVec::new(),
                children: true,
                configuration: true,
            };
        };
        let differing = after.context.changes(&before.context);
        Self {
            fields: differing.map(FieldId::from_index).collect(),
            children: before.children != after.children,
            configuration: before.configuration != after.configuration,
        }
    }

    fn touch(&self, conditions: &[Condition]) -> bool {
        let mut reads = conditions
            .iter()
            .filter_map(|c| c.guard.as_ref())
            .map(Guard::reads);
        reads.any(|reads: &Reads| {
            reads.now
                || (self.children && !reads.children.is_empty())
                || (self.configuration && !reads.states.is_empty())
                || self
                    .fields
                    .iter()
                    .any(|field| reads.order.contains(&field.index()))
        })
    }
}

/// A deadline that came from a field does not outlive the field's value.
fn forget(workflow: &Workflow, instance: &mut Instance, changed: &Changes) {
    let outdated = |id: &TimerId| match workflow.timers.at(*id).due.anchor {
        Anchor::Field(field) => changed.fields.contains(&field),
        Anchor::Entry | Anchor::Day => false,
    };
    instance.suspended.retain(|id, _| !outdated(id));
}

/// What becomes of a timer of an active state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It runs, or does not, as before.
    Leave,
    /// It does not run.
    Stop,
    /// It runs anew.
    Arm(Instant),
}

impl From<Option<Instant>> for Verdict {
    fn from(due: Option<Instant>) -> Self {
        due.map_or(Self::Stop, Self::Arm)
    }
}

/// Judges a timer of an active state. `restores` is set where the state was entered in this step.
fn judge(
    view: &View<'_>,
    id: TimerId,
    restores: Option<bool>,
    changed: &Changes,
    judged: &mut Vec<Judged>,
) -> Verdict {
    let timer = view.workflow.timers.at(id);
    let mut holds = || view.judge(Place::When(id), judged);
    let anew = |holds, suspended| match holds {
        true => Verdict::from(due(view, timer, suspended)),
        false => Verdict::Stop,
    };
    if let Some(restores) = restores {
        let suspended = view.instance.suspended.get(&id);
        return anew(holds(), suspended.filter(|_| restores));
    }
    if matches!(timer.due.anchor, Anchor::Field(field) if changed.fields.contains(&field)) {
        return anew(holds(), None);
    }
    if !changed.touch(&timer.when) || view.instance.spent.contains(&id) {
        return Verdict::Leave;
    }
    match view.instance.timers.contains_key(&id) {
        true if holds() => Verdict::Leave,
        true => Verdict::Stop,
        false => anew(holds(), None),
    }
}

/// When a timer is due; `None` where the field that it counts from is not set. One that would be due
/// after the end of the calendar is due at its end: it runs, and shows that it does.
fn due(view: &View<'_>, timer: &Timer, suspended: Option<&SuspendedTimer>) -> Option<Instant> {
    match (timer.restore, suspended) {
        (Restore::Deadline, Some(suspended)) => return Some(suspended.due),
        (Restore::Remaining, Some(suspended)) => {
            let rest = suspended.due - suspended.left_at;
            let due = view.now.checked_add_signed(rest);
            return Some(due.map_or_else(last_instant, |due| due.min(last_instant())));
        }
        _ => {}
    }
    let zone = &view.site.zone;
    let entered = |state: StateId| view.instance.entered_at.get(&state).copied();
    let anchor = match timer.due.anchor {
        Anchor::Entry => entered(timer.state)?,
        Anchor::Day => zone
            .start_of(zone.date_of(entered(timer.state)?).ok()?)
            .ok()?,
        Anchor::Field(field) => match view.instance.field(field)? {
            Value::Date(date) => zone.start_of(date).unwrap_or_else(|_| last_instant()),
            Value::Datetime(at) => at,
            _ => return None,
        },
    };
    Some(zone.due(anchor, view.site.duration(timer.due.after)))
}

/// When a timer of an active state would be due if it were armed now, counted from when its state was
/// entered; `None` where it does not run.
pub(crate) fn due_now(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    id: TimerId,
    now: Instant,
) -> Option<Instant> {
    let view = View {
        workflow,
        site,
        instance,
        actor: &SYSTEM,
        event: CellsView::EMPTY,
        now,
    };
    let timer = workflow.timers.at(id);
    view.holds(&timer.when).then(|| due(&view, timer, None))?
}
