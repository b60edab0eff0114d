//! Random events for the shipped workflows, with payloads of the declared types.

use flagstate::context::{Actor, Type};
use flagstate::graph::{Event as Declared, Target, Trigger, Workflow};
use flagstate::guard::ChildCounts;
use flagstate::instance::{Event, EventKind, Override};
use serde_json::{Value as Json, json};

use super::run::Run;

/// Names and texts of the shipped workflows.
pub(super) fn workflows() -> Vec<(&'static str, String)> {
    let names = [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ];
    let read = names.map(|name| {
        let text = std::fs::read_to_string(format!("workflows/{name}.yaml"));
        (name, text.expect(name))
    });
    read.into()
}

/// An event, and how many minutes after the last one it comes.
pub(super) fn event(run: &Run, [kind, what, who, how, when, long]: [u8; 6]) -> (Event, i64) {
    let workflow = &run.workflow;
    let pick = |count: usize| usize::from(what) % count.max(1);
    let minutes = i64::from(when) * if long.is_multiple_of(16) { 1_440 } else { 1 };
    let kind = match kind % 12 {
        0 => EventKind::Tick,
        1 | 2 => context(workflow, pick(workflow.fields.len()), how),
        3 => children(workflow, pick(workflow.children.len()), how),
        4 if how.is_multiple_of(8) => {
            let states = workflow.states.rows();
            let to = states[1 + pick(states.len() - 1)].path.clone();
            let (reason, action) = ("because".to_owned(), Override::ForceState { to });
            EventKind::Override { reason, action }
        }
        _ => named(
            workflow,
            &workflow.events.rows()[pick(workflow.events.len())],
            how,
        ),
    };
    let actors = workflow.actors.rows();
    let actor = Actor::new(&actors[usize::from(who) % actors.len()].name);
    (
        Event {
            id: None,
            actor,
            kind,
        },
        minutes,
    )
}

fn named(workflow: &Workflow, event: &Declared, how: u8) -> EventKind {
    let fields = event
        .payload
        .iter()
        .filter(|field| !field.optional || how.is_multiple_of(2));
    let payload = fields.map(|field| (field.name.clone(), value(&field.ty, how)));
    let id = workflow.event_named(&event.name);
    let rows = workflow.rows.rows().iter();
    let mut rows = rows.filter(|row| Some(row.trigger) == id.map(Trigger::Event));
    let offered = rows.find_map(|row| match row.branches.first().map(|b| &b.target) {
        Some(Target::Choose(states)) => Some(states[usize::from(how) % states.len()]),
        _ => None,
    });
    EventKind::Named {
        name: event.name.clone(),
        payload: payload.collect(),
        target: offered.map(|state| workflow.states.at(state).path.clone()),
    }
}

fn context(workflow: &Workflow, index: usize, how: u8) -> EventKind {
    let field = workflow.fields.rows().get(index);
    let change = field.map(|field| match how % 8 {
        0 => (field.name.clone(), Json::Null),
        _ => (field.name.clone(), value(&field.ty, how)),
    });
    EventKind::ContextChanged {
        changes: change.into_iter().collect(),
    }
}

fn children(workflow: &Workflow, index: usize, how: u8) -> EventKind {
    let set = workflow.children.rows().get(index);
    let counts = set.map(|set| {
        let state = set.states[usize::from(how) % set.states.len()].clone();
        let (total, there) = (
            u32::from(how % 4),
            u32::from(how % 3).min(u32::from(how % 4)),
        );
        let by_state = [(state, there)].into();
        (set.name.clone(), ChildCounts { total, by_state })
    });
    EventKind::ChildrenChanged {
        counts: counts.into_iter().collect(),
    }
}

/// A plain value of a type.
pub(super) fn value(ty: &Type, how: u8) -> Json {
    match ty {
        Type::Boolean => json!(how.is_multiple_of(2)),
        Type::Integer => json!(how % 5),
        Type::Decimal { .. } => json!(how),
        Type::String => json!(["", "some words"][usize::from(how % 2)]),
        Type::Enum(words) => json!(words[usize::from(how) % words.len()]),
        Type::Date => json!(format!("2026-03-{:02}", 1 + how % 28)),
        Type::Datetime => json!(format!("2026-03-{:02}T10:00:00Z", 1 + how % 28)),
        Type::Duration => json!(format!("{how}m")),
        Type::List(of) => (0..how % 4).map(|more| value(of, how + more)).collect(),
    }
}
