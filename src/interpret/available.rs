//! What an actor may do with an order now, and why the rest is not possible.
//!
//! In: an order, an actor, the present. Out: one [`Action`] for each event. A guard that reads the
//! payload cannot be judged before there is one: it counts as open, not as failing. Timers that are
//! due do not fire here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::conditions::View;
use super::entry::{Targets, goal};
use super::reasons::{active_sources, candidate, misplaced, unreachable, wrong_actor};
use super::select::Attempt;
use super::target::{closed, resolve, sets};
use crate::context::{Actor, CellsView};
use crate::graph::{Branch, Condition, Event, Row, StateId, Target, Trigger, Workflow};
use crate::instance::{Candidate, Instance, Reason, Site};
use crate::time::Instant;

/// An event as an actor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Action {
    /// The event's name.
    pub event: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When a person would do this: of the first transition that may apply, else of the first that
    /// says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The paths of the states to which it may lead, sorted by document; empty where the order stays.
    pub targets: Vec<String>,
    /// Whether the caller names one of the targets.
    pub choose: bool,
    /// The values it takes.
    pub payload: Vec<Input>,
    /// Whether the vendor's page does not state the transitions that may apply.
    pub inferred: bool,
    /// Whether this actor may do it now.
    pub possible: Possible,
    /// The transitions that do not apply, each with its reasons.
    pub against: Vec<Candidate>,
}

/// Whether an action is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Possible {
    /// It is, whatever the payload: guards and actors are asked. A value that is set on the way and cannot be
    /// calculated, as one that grows too large, is met only when it is done.
    Yes,
    /// It depends on the payload.
    DependsOnEvent,
    /// It is not.
    No,
}

/// A value that an event takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type, in words.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What an actor may do with an order now, event by event in document order.
pub fn available(
    workflow: &Workflow,
    site: &Site,
    instance: &Instance,
    actor: &Actor,
    now: Instant,
) -> Vec<Action> {
    let view = View {
        workflow,
        site,
        instance,
        actor,
        event: CellsView::EMPTY,
        now: now.max(instance.updated_at),
    };
    let role = workflow.actor_named(&actor.role);
    let events = workflow.events.iter();
    let actions = events.map(|(id, event)| {
        let trigger = Trigger::Event(id);
        let named = None;
        action(
            &Attempt {
                view: &view,
                trigger,
                role,
                named,
            },
            event,
        )
    });
    actions.collect()
}

/// What a row comes to.
struct Prospect {
    targets: Vec<StateId>,
    choose: bool,
    /// Whether nothing but the payload stands against it.
    open: bool,
    /// Whether it depends on the payload.
    depends: bool,
    reasons: Vec<Reason>,
}

fn action(attempt: &Attempt<'_>, event: &Event) -> Action {
    let workflow = attempt.view.workflow;
    let rows = workflow.rows.rows().iter();
    let rows = rows.filter(|row| row.trigger == attempt.trigger);
    let prospects: Vec<(&Row, Prospect)> = rows.map(|row| (row, prospect(attempt, row))).collect();
    let open = || prospects.iter().filter(|(_, prospect)| prospect.open);
    let certain = open().any(|(_, prospect)| !prospect.depends);
    let mut targets: Vec<StateId> = open()
        .flat_map(|(_, p)| p.targets.iter().copied())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let advice = open()
        .chain(&prospects)
        .find_map(|(row, _)| row.remark.advice.as_deref())
        .map(str::to_owned);
    let blocked = prospects.iter().filter(|(_, prospect)| !prospect.open);
    Action {
        event: event.name.clone(),
        title: event.title.clone(),
        advice,
        targets: targets
            .into_iter()
            .map(|state| attempt.view.path(state))
            .collect(),
        choose: open().any(|(_, prospect)| prospect.choose),
        payload: inputs(event),
        inferred: open().next().is_some() && open().all(|(row, _)| row.inferred),
        possible: match (certain, open().next()) {
            (true, _) => Possible::Yes,
            (false, Some(_)) => Possible::DependsOnEvent,
            (false, None) => Possible::No,
        },
        against: blocked
            .map(|(row, prospect)| candidate(workflow, row, prospect.reasons.clone()))
            .collect(),
    }
}

fn inputs(event: &Event) -> Vec<Input> {
    let fields = event.payload.iter();
    fields
        .map(|field| Input {
            name: field.name.clone(),
            ty: field.ty.to_string(),
            optional: field.optional,
        })
        .collect()
}

/// Judges a row as if the payload could be anything.
fn prospect(attempt: &Attempt<'_>, row: &Row) -> Prospect {
    let view = attempt.view;
    let mut found = Prospect {
        targets: Vec::new(),
        choose: false,
        open: false,
        depends: row.conditions.iter().any(reads_event),
        reasons: misplaced(attempt, row).into_iter().collect(),
    };
    let elsewhere = !found.reasons.is_empty();
    if !attempt.role.is_some_and(|role| row.by.contains(role)) {
        found.reasons.push(wrong_actor(attempt, &row.by));
    }
    if !elsewhere {
        let judged = row.conditions.iter().filter(|c| !reads_event(c));
        found.reasons.extend(view.failures(judged));
        follow(attempt, row, &mut found);
        found.open = found.reasons.is_empty();
    }
    found
}

/// Adds where the branches of a row may lead, or why they lead nowhere.
fn follow(attempt: &Attempt<'_>, row: &Row, found: &mut Prospect) {
    let view = attempt.view;
    let (branches, decided) = open_branches(view, row);
    if branches.is_empty() {
        let conditions = row.branches.iter().flat_map(|branch| &branch.conditions);
        let judged = conditions.filter(|condition| !reads_event(condition));
        found.reasons.extend(view.failures(judged));
    }
    let mut certain = false;
    let mut leads = false;
    let mut obstacles: Vec<Reason> = Vec::new();
    for source in active_sources(attempt, row) {
        let before = obstacles.len();
        for branch in &branches {
            let (targets, against) = destinations(attempt, source, row, branch);
            leads |= against.is_empty();
            found.targets.extend(targets);
            found.choose |= matches!(branch.target, Target::Choose(_));
            obstacles.extend(against);
        }
        certain |= decided && obstacles.len() == before;
    }
    found.depends |= !certain;
    if !leads {
        for obstacle in obstacles {
            if !found.reasons.contains(&obstacle) {
                found.reasons.push(obstacle);
            }
        }
    }
}

/// The branches that may be taken, and whether one of them surely is.
fn open_branches<'r>(view: &View<'_>, row: &'r Row) -> (Vec<&'r Branch>, bool) {
    let mut open = Vec::new();
    for branch in &row.branches {
        let judged = branch.conditions.iter().filter(|c| !reads_event(c));
        if view.failures(judged).is_empty() {
            open.push(branch);
            if !branch.conditions.iter().any(reads_event) {
                return (open, true);
            }
        }
    }
    (open, false)
}

/// Where a branch may lead; where it cannot, why.
fn destinations(
    attempt: &Attempt<'_>,
    source: StateId,
    row: &Row,
    branch: &Branch,
) -> (Vec<StateId>, Vec<Reason>) {
    let view = attempt.view;
    let sets = sets(row, branch);
    let target = &branch.target;
    if let Target::Choose(offered) = target {
        let against = |state: StateId| {
            let goal = goal(view.workflow, source, Targets::One(state), false);
            closed(view, attempt.role, Some(&goal), sets)
        };
        let offered = offered.iter().copied();
        let free: Vec<StateId> = offered.clone().filter(|&s| against(s).is_empty()).collect();
        let reasons = match free.is_empty() {
            true => offered.flat_map(against).collect(),
            false => Vec::new(),
        };
        return (free, reasons);
    }
    let reasons = unreachable(attempt, source, (target, row.internal), sets);
    let goal = resolve(view, source, (target, row.internal), None)
        .ok()
        .flatten();
    match (reasons.is_empty(), goal) {
        (true, Some(goal)) => (goal.targets.as_slice().to_vec(), reasons),
        _ => (Vec::new(), reasons),
    }
}

/// Whether a condition cannot be judged without the payload.
fn reads_event(condition: &Condition) -> bool {
    let guard = condition.guard.as_ref();
    guard.is_some_and(|guard| !guard.reads().event.is_empty())
}
