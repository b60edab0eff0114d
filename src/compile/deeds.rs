//! What is done on the way besides moving: events raised and called off, changes of the context on
//! entering and leaving, and what is entered first.

use thin_vec::{ThinVec, thin_vec};

use super::Cx;
use super::conditions::{assigns, conditions, formulas};
use super::rules::{BAD_VALUE, DONE_WITHOUT_END, UNKNOWN_STATE};
use super::states::{said, written};
use super::targets::{effect_ids, event, sends, setting, target, target_span};
use crate::context::Type;
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entries, Name, OneOrMany, Or};
use crate::graph::{
    Amount, Deed, Delay, EventId, Hook, Kind, Raise, Start, StartId, State, StateId, Target,
    Workflow,
};
use crate::guard::Known;
use crate::source::Span;
use crate::time::delay;

/// Fills in what states do: their hooks, what they enter first, and what they raise at their end.
pub(super) fn compile(cx: &mut Cx<'_>) {
    let ids: Vec<StateId> = cx.workflow.states.ids().skip(1).collect();
    for id in ids {
        enter(cx, id);
        exit(cx, id);
        first(cx, id);
        done(cx, id);
    }
}

/// What is done; `event` is the one whose payload may be read.
pub(super) fn deed<'a>(
    cx: &mut Cx<'a>,
    written: &'a document::Deed,
    (event, known): (Option<EventId>, &Known),
) -> Deed {
    Deed {
        set: assigns(cx, &written.set, event, known),
        effects: effect_ids(cx, &written.effects),
        send: ThinVec::new(),
        raise: raises(cx, &written.raise, event, known),
        cancel: cancels(cx, &written.cancel),
    }
}

fn branches<'a>(
    cx: &mut Cx<'a>,
    written: &'a [document::GuardedDeed],
) -> ThinVec<(ThinVec<crate::graph::Condition>, Deed)> {
    let mut found = ThinVec::new();
    for branch in written {
        let mut known = Known::default();
        let held = conditions(cx, branch.guard.as_ref(), None, &mut known);
        found.push((held, deed(cx, &branch.deed, (None, &known))));
    }
    found
}

/// A hook but for who may cause it, which is known from the states alone.
fn hooked<'a>(
    cx: &mut Cx<'a>,
    written: &'a document::Deed,
    send: &'a Entries<Name>,
    further: &'a [document::GuardedDeed],
) -> Hook {
    Hook {
        deed: Deed {
            send: sends(cx, send),
            ..deed(cx, written, (None, &Known::default()))
        },
        branches: branches(cx, further),
        ..Hook::default()
    }
}

fn enter(cx: &mut Cx<'_>, id: StateId) {
    let Some(hook) = said(cx, id, |state| state.enter.as_ref()) else {
        return;
    };
    let found = hooked(cx, &hook.deed, &hook.send, &hook.branches);
    let enter = &mut cx.workflow.states.at_mut(id).enter;
    let found = Hook {
        by: enter.by.clone(),
        by_span: enter.by_span,
        ..found
    };
    *enter = found.into();
}

fn exit(cx: &mut Cx<'_>, id: StateId) {
    let Some(hook) = said(cx, id, |state| state.exit.as_ref()) else {
        return;
    };
    let found = hooked(cx, &hook.deed, &hook.send, &hook.branches);
    cx.workflow.states.at_mut(id).exit = found.into();
}

/// Events raised by a row, a branch or a hook; `of` is the event whose payload may be read.
pub(super) fn raises<'a>(
    cx: &mut Cx<'a>,
    written: &'a OneOrMany<document::Raise>,
    of: Option<EventId>,
    known: &Known,
) -> ThinVec<Raise> {
    let mut found = ThinVec::new();
    for raise in written {
        let name = match raise {
            document::Raise::Now(name) => name,
            document::Raise::Event(raised) => &raised.event,
        };
        let Some(id) = event(cx, name) else { continue };
        let (with, after) = match raise {
            document::Raise::Now(_) => (ThinVec::new(), None),
            document::Raise::Event(raised) => (
                formulas(cx, &raised.with, id, (of, known)),
                raised.after.as_ref().map(|after| delay_of(cx, after)),
            ),
        };
        brings_all(cx, id, &with, name.span);
        let span = name.span;
        found.push(Raise {
            event: id,
            with,
            after,
            span,
        });
    }
    found
}

/// Reports a value that the event needs and is not raised with.
fn brings_all(
    cx: &mut Cx<'_>,
    id: EventId,
    with: &[(usize, Option<crate::guard::Formula>)],
    span: Span,
) {
    let event = cx.workflow.events.at(id);
    let mut fields = event.payload.iter().enumerate();
    let missing = fields
        .find(|(slot, field)| !field.optional && !with.iter().any(|(brought, _)| brought == slot));
    if let Some((_, field)) = missing {
        let (name, field) = (&event.name, field.name.clone());
        let message = format!("`{name}` needs the value `{field}`");
        let help = format!("write `{{ event: {name}, with: {{ {field}: … }} }}`");
        let found = Diagnostic::new(&BAD_VALUE, span, message).help(help);
        cx.report.push(found);
    }
}

/// Events called off.
pub(super) fn cancels(cx: &mut Cx<'_>, written: &OneOrMany<Name>) -> ThinVec<EventId> {
    written.iter().filter_map(|name| event(cx, name)).collect()
}

fn delay_of(cx: &mut Cx<'_>, written: &Or<document::Literal>) -> Delay {
    let none = Delay {
        after: Amount::Literal(crate::time::Duration::default()),
        millis: 0,
    };
    match written {
        Or::Literal(literal) => match delay(&literal.text) {
            Ok((after, millis)) => Delay {
                after: Amount::Literal(after),
                millis,
            },
            Err(error) => {
                cx.raise(&BAD_VALUE, literal.span, error.to_string());
                none
            }
        },
        Or::Setting(name) => {
            let Some(id) = setting(cx, name) else {
                return none;
            };
            let ty = cx.workflow.settings.at(id).ty.clone();
            if ty != Type::Duration {
                let message = format!("setting `{}` is {ty}, not a duration", name.value);
                cx.raise(&BAD_VALUE, name.span, message);
            }
            Delay {
                after: Amount::Setting(id),
                millis: 0,
            }
        }
    }
}

/// What a state with substates enters first, where more is said than the name of a substate.
fn first(cx: &mut Cx<'_>, id: StateId) {
    let Some(start) = written(cx, id).initial() else {
        return;
    };
    // A name that means nothing was reported where the kind of the state was worked out.
    let is_told = |name: &Name| {
        let found = cx.names.state(&cx.workflow, id, &name.value);
        found.is_none_or(|found| cx.workflow.states.at(found).parent == Some(id))
    };
    if matches!(start, document::Start::Target(document::Target::State(name)) if is_told(name)) {
        return;
    }
    let found = self::start(cx, id, start);
    cx.workflow.states.at_mut(id).start = found;
}

/// A start within a state; `None` where it is not one.
pub(super) fn start<'a>(
    cx: &mut Cx<'a>,
    within: StateId,
    written: &'a document::Start,
) -> Option<StartId> {
    let (to, way) = match written {
        document::Start::Target(to) => (to, None),
        document::Start::Way(way) => (&way.to, Some(way)),
    };
    let span = target_span(Some(to), cx.workflow.states.at(within).span);
    let mut target = target(cx, within, Some(to));
    begin_somewhere(cx, within, &mut target, span);
    let deed = way.map(|way| deed(cx, &way.deed, (None, &Known::default())));
    let mut first = ThinVec::new();
    for part in target.parts() {
        let entered = part_enters(&cx.workflow, part)?;
        for &state in &entered {
            if state == within || !cx.workflow.within(state, within) {
                outside(cx, state, within, span);
                return None;
            }
        }
        first.extend(entered);
    }
    Some(cx.workflow.starts.push(Start {
        within,
        target,
        first,
        deed: deed.unwrap_or_default(),
        span,
    }))
}

/// A state that begins with its own past has none at first: it begins with its first substate then.
fn begin_somewhere(cx: &mut Cx<'_>, within: StateId, target: &mut Target, span: Span) {
    if let Target::History {
        state,
        otherwise: otherwise @ None,
        ..
    } = target
        && *state == within
        && let Some(&first) = cx.workflow.states.at(within).children.first()
    {
        *otherwise = Some(cx.workflow.starts.push(Start {
            within,
            target: Target::State(first),
            first: thin_vec![first],
            deed: Deed::default(),
            span,
        }));
    }
}

/// What a part of a start enters where nothing is known of the past.
fn part_enters(workflow: &Workflow, part: &Target) -> Option<ThinVec<StateId>> {
    match part {
        Target::History {
            otherwise: Some(start),
            ..
        } => Some(workflow.starts.at(*start).first.clone()),
        Target::State(state) | Target::History { state, .. } => Some(thin_vec![*state]),
        Target::Stay
        | Target::Back
        | Target::Choose(_)
        | Target::Several(_)
        | Target::Unresolved => None,
    }
}

fn outside(cx: &mut Cx<'_>, state: StateId, within: StateId, span: Span) {
    cx.workflow.incomplete = true;
    let path = |id: StateId| cx.workflow.states.at(id).path.clone();
    let message = format!("`{}` does not lie within `{}`", path(state), path(within));
    let found = Diagnostic::new(&UNKNOWN_STATE, span, message);
    cx.report
        .push(found.help("what is entered first is one of the states within"));
}

/// The child of a state that holds what is entered first.
pub(super) fn child_around(workflow: &Workflow, outer: StateId, inner: StateId) -> Option<StateId> {
    let mut around = std::iter::successors(Some(inner), |&id| workflow.states.at(id).parent);
    around.find(|&id| workflow.states.at(id).parent == Some(outer))
}

/// The event at the end of what happens within a state.
fn done(cx: &mut Cx<'_>, id: StateId) {
    let Some(name) = said(cx, id, |state| state.done.as_ref()) else {
        return;
    };
    let found = event(cx, name);
    cx.workflow.states.at_mut(id).done = found;
    if let Some(event) = found {
        brings_all(cx, event, &[], name.span);
    }
    let state = cx.workflow.states.at(id);
    let ends = |state: &State| {
        let mut children = state.children.iter();
        children.any(|&child| cx.workflow.states.at(child).kind == Kind::Final)
    };
    let reached = match state.kind {
        Kind::Parallel => {
            let mut regions = state.children.iter();
            regions.all(|&region| ends(cx.workflow.states.at(region)))
        }
        Kind::Atomic | Kind::Final | Kind::Compound { .. } => ends(state),
    };
    if !reached {
        let what = match state.kind {
            Kind::Parallel => "a region has no final state",
            Kind::Compound { .. } => "no state within is final",
            Kind::Atomic | Kind::Final => "nothing lies within",
        };
        let message = format!("`{}` never comes to an end: {what}", state.path);
        let found = Diagnostic::new(&DONE_WITHOUT_END, name.span, message);
        let help = "write `final: true` in a state within (in each region), or remove `done`";
        cx.report.push(found.help(help));
    }
}
