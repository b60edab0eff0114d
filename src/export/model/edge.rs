//! Edges with names written out: one for each row, source, branch and target.

use serde::Serialize;

use super::{Fate, actor_names, effect_names};
use crate::graph::{
    self, Branch, Condition, Id, Row, StateId, Target, Transition, Trigger, Workflow,
};

/// One way in which an order starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Start {
    /// The path of the state; absent only in a workflow with errors.
    pub to: Option<String>,
    /// What must hold of the new order.
    pub guards: Vec<Guard>,
    /// Whether it is taken because none before it was.
    pub otherwise: bool,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// What became of it since an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
}

/// One way from a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The path of the state it leads out of.
    pub from: String,
    /// The path of the state it leads to: for `history` the state whose past is entered, absent
    /// for `stay`, `back` and `unresolved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How the target is meant.
    pub target: TargetKind,
    /// The number of its row in the file, from 0; rows of several sources make several edges.
    pub row: usize,
    /// What sets it off.
    pub trigger: TriggerKind,
    /// The name of the event or the timer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What people call the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Who may.
    pub actors: Vec<String>,
    /// What must hold; all of it.
    pub guards: Vec<Guard>,
    /// The number of the branch, from 0, where the row has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<usize>,
    /// Whether it is taken because no branch before it was.
    pub otherwise: bool,
    /// Whether none of those who may cause it may enter the target (`enter: { by: … }`): of several
    /// targets to choose from, it cannot be chosen.
    pub vetoed: bool,
    /// What is asked of the outside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The fields of the order that it changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// What is sent to children.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<Send>,
    /// The events that it raises, within the same step or later.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub raises: Vec<String>,
    /// When a person would do this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
    /// What became of it since an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
}

/// How a target is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A state.
    State,
    /// Nothing is left or entered.
    Stay,
    /// Where the order came from.
    Back,
    /// One of several states that the caller names.
    Choice,
    /// The child that was active when the state was last left.
    History,
    /// Every state within that was active when the state was last left.
    DeepHistory,
    /// A name that could not be resolved; only in a workflow with errors.
    Unresolved,
}

/// What sets an edge off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// An event.
    Event,
    /// Nothing but its guards.
    Always,
    /// A timer.
    Timer,
}

/// Something that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// The name of a named guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression.
    pub text: String,
    /// What is said when it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// An event for every child of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Send {
    /// The set.
    pub children: String,
    /// The event.
    pub event: String,
}

pub(super) fn guards(conditions: &[Condition]) -> Vec<Guard> {
    let described = conditions.iter().map(|condition| Guard {
        name: condition.name.as_deref().map(str::to_owned),
        text: condition.text.to_string(),
        refusal: condition.refusal.as_deref().map(str::to_owned),
    });
    described.collect()
}

pub(super) fn sends(workflow: &Workflow, sends: &[graph::Send]) -> Vec<Send> {
    let described = sends.iter().filter_map(|send| {
        let children = workflow.children.get(send.children)?;
        Some(Send {
            children: children.name.clone(),
            event: send.event.clone(),
        })
    });
    described.collect()
}

pub(super) fn starts(workflow: &Workflow) -> Vec<Start> {
    let branches = workflow.initial.iter().enumerate();
    let described = branches.flat_map(|(index, branch)| {
        let along = branch.along.iter().map(|&id| Some(id));
        std::iter::once(branch.target)
            .chain(along)
            .map(move |to| Start {
                to: to.map(|id| workflow.states.at(id).path.clone()),
                guards: guards(&branch.conditions),
                otherwise: index > 0 && branch.conditions.is_empty(),
                inferred: branch.inferred,
                fate: None,
            })
    });
    described.collect()
}

pub(super) fn edges(workflow: &Workflow) -> Vec<Edge> {
    let mut edges = Vec::new();
    for transition in workflow.transitions.rows() {
        let Some(row) = workflow.rows.get(transition.row) else {
            continue;
        };
        for (index, branch) in row.branches.iter().enumerate() {
            let plain = plain(workflow, transition, row, branch, index);
            let targets = targets(&branch.target).into_iter();
            edges.extend(targets.map(|(target, to)| Edge {
                to: to.map(|id| workflow.states.at(id).path.clone()),
                target,
                vetoed: to.is_some_and(|to| vetoed(workflow, transition.source, row, to)),
                ..plain.clone()
            }));
        }
    }
    edges
}

fn targets(target: &Target) -> Vec<(TargetKind, Option<StateId>)> {
    match target {
        Target::Stay => vec![(TargetKind::Stay, None)],
        Target::State(id) => vec![(TargetKind::State, Some(*id))],
        Target::Back => vec![(TargetKind::Back, None)],
        Target::Choose(ids) => ids
            .iter()
            .map(|&id| (TargetKind::Choice, Some(id)))
            .collect(),
        Target::History { state, deep, .. } => match deep {
            false => vec![(TargetKind::History, Some(*state))],
            true => vec![(TargetKind::DeepHistory, Some(*state))],
        },
        Target::Several(parts) => parts.iter().flat_map(targets).collect(),
        Target::Unresolved => vec![(TargetKind::Unresolved, None)],
    }
}

/// Whether some state that is entered on the way to `to` lets none of the row's actors in.
fn vetoed(workflow: &Workflow, source: StateId, row: &Row, to: StateId) -> bool {
    let entered = workflow.entered_with(to).into_iter();
    let mut entered = entered.filter(|&id| id == to || !workflow.within(source, id));
    entered.any(|id| {
        let by = workflow
            .states
            .get(id)
            .and_then(|state| state.enter.by.as_ref());
        by.is_some_and(|by| !row.by.members.iter().any(|&actor| by.contains(actor)))
    })
}

/// Everything about an edge but its target.
fn plain(
    workflow: &Workflow,
    transition: &Transition,
    row: &Row,
    branch: &Branch,
    index: usize,
) -> Edge {
    let (trigger, name, title) = match row.trigger {
        Trigger::Event(id) => {
            let event = workflow.events.get(id);
            let title = event.and_then(|event| event.title.clone());
            (
                TriggerKind::Event,
                event.map(|event| event.name.clone()),
                title,
            )
        }
        Trigger::Always => (TriggerKind::Always, None, None),
        Trigger::Timer(id) => {
            let timer = workflow.timers.get(id);
            (
                TriggerKind::Timer,
                timer.map(|timer| timer.name.clone()),
                None,
            )
        }
    };
    let mut holds = guards(&row.conditions);
    holds.extend(guards(&branch.conditions));
    let assigned = row.deed.set.iter().chain(&branch.deed.set);
    let assigned = assigned.filter_map(|assign| workflow.fields.get(assign.field));
    let mut effects = effect_names(workflow, &row.deed.effects);
    effects.extend(effect_names(workflow, &branch.deed.effects));
    let raised = row.deed.raise.iter().chain(&branch.deed.raise);
    let raised = raised.map(|raise| workflow.events.at(raise.event).name.clone());
    Edge {
        from: workflow.states.at(transition.source).path.clone(),
        to: None,
        target: TargetKind::Unresolved,
        row: transition.row.index(),
        trigger,
        name,
        title,
        actors: actor_names(workflow, &row.by),
        guards: holds,
        branch: (row.branches.len() > 1).then_some(index),
        otherwise: index > 0 && branch.conditions.is_empty(),
        vetoed: false,
        effects,
        sets: assigned.map(|field| field.name.clone()).collect(),
        sends: sends(workflow, &row.deed.send),
        raises: raised.collect(),
        advice: row.remark.advice.as_deref().map(str::to_owned),
        inferred: row.inferred || branch.inferred,
        fate: None,
    }
}
