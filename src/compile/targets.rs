//! Names that moves, hooks and timers use: actors, effects, settings, sources and targets.

use std::collections::BTreeSet;

use thin_vec::ThinVec;

use super::Cx;
use super::declared::OVERDUE;
use super::rules::{
    HISTORY_OF_ATOMIC_STATE, MISSING_FROM, TARGETS_APART, UNKNOWN_ACTOR, UNKNOWN_CHILD_SET,
    UNKNOWN_EFFECT, UNKNOWN_EVENT, UNKNOWN_STATE,
};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entries, HistoryDepth, Name, OneOrMany};
use crate::graph::{
    ActorId, ActorSet, EffectId, EventId, Kind, Send, SettingId, State, StateId, Target, Workflow,
};
use crate::guard::rules::UNKNOWN_SETTING;
use crate::source::Span;

/// The word for all of a kind.
const ANY: &str = "any";

/// Actors by name; `any` is all that the file declares, without `system`.
pub(super) fn actor_set(cx: &mut Cx<'_>, names: &OneOrMany<Name>) -> ActorSet {
    let mut members: ThinVec<ActorId> = ThinVec::with_capacity(names.0.len());
    for name in names {
        if name.value == ANY {
            members.extend(cx.workflow.actors.ids().filter(|&id| id != ActorId::SYSTEM));
            continue;
        }
        match cx.names.actors.get(name.value.as_str()).copied() {
            Some(id) => members.push(id),
            None if cx.several(&UNKNOWN_ACTOR, name, "actor", |cx, part| {
                cx.names.actors.contains_key(part)
            }) => {}
            None => {
                let known: Vec<&str> = cx.names.actors.keys().copied().collect();
                cx.unresolved(&UNKNOWN_ACTOR, name, "actor", known);
            }
        }
    }
    members.sort_unstable();
    members.dedup();
    ActorSet {
        members,
        span: names.iter().map(|name| name.span).reduce(Span::to),
    }
}

/// Who alone may enter; nobody is barred where a name is unknown.
pub(super) fn enterers(cx: &mut Cx<'_>, names: &OneOrMany<Name>) -> Option<ActorSet> {
    let is_known =
        |name: &Name| name.value == ANY || cx.names.actors.contains_key(name.value.as_str());
    let are_known = names.iter().all(is_known);
    let found = actor_set(cx, names);
    (are_known && !names.is_empty()).then_some(found)
}

/// Effects by name.
pub(super) fn effect_ids(cx: &mut Cx<'_>, names: &OneOrMany<Name>) -> ThinVec<EffectId> {
    let mut found = ThinVec::new();
    for name in names {
        match cx.names.effects.get(name.value.as_str()).copied() {
            Some(id) => found.push(id),
            None if cx.several(&UNKNOWN_EFFECT, name, "effect", |cx, part| {
                cx.names.effects.contains_key(part)
            }) => {}
            None => {
                let known = cx.names.effects.keys().copied();
                let known: Vec<&str> = known.filter(|&known| known != OVERDUE).collect();
                cx.unresolved(&UNKNOWN_EFFECT, name, "effect", known);
            }
        }
    }
    found
}

/// Events sent to children; where these run this workflow, the event must exist.
pub(super) fn sends(cx: &mut Cx<'_>, entries: &Entries<Name>) -> ThinVec<Send> {
    let mut found = ThinVec::new();
    for entry in entries {
        let Some(&children) = cx.names.children.get(entry.name.value.as_str()) else {
            let known: Vec<&str> = cx.names.children.keys().copied().collect();
            cx.unresolved(&UNKNOWN_CHILD_SET, &entry.name, "child set", known);
            continue;
        };
        if cx.workflow.children.at(children).is_self {
            event(cx, &entry.value);
        }
        found.push(Send {
            children,
            event: entry.value.value.clone(),
            span: entry.value.span,
        });
    }
    found
}

/// An event by name.
pub(super) fn event(cx: &mut Cx<'_>, name: &Name) -> Option<EventId> {
    let found = cx.names.events.get(name.value.as_str()).copied();
    if found.is_none() {
        let known: Vec<&str> = cx.names.events.keys().copied().collect();
        cx.unresolved(&UNKNOWN_EVENT, name, "event", known);
    }
    found
}

/// A setting by name.
pub(super) fn setting(cx: &mut Cx<'_>, name: &Name) -> Option<SettingId> {
    let found = cx.names.settings.get(name.value.as_str()).copied();
    if found.is_none() {
        let known: Vec<&str> = cx.names.settings.keys().copied().collect();
        let name = Name::new(name.value.clone(), behind_root(name));
        cx.unresolved(&UNKNOWN_SETTING, &name, "setting", known);
    }
    found
}

/// The characters of a setting's name behind `settings.`; all where that cannot be said.
fn behind_root(name: &Name) -> Span {
    let root = "settings.".len();
    let quote = match name.span.len().checked_sub(root + name.value.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return name.span,
    };
    let (start, end) = (name.span.start as usize, name.span.end as usize);
    Span::new(name.span.file, start + root + quote, end - quote)
}

/// A state that a list of names stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub(super) id: StateId,
    /// The word that stands for it.
    pub(super) span: Span,
    /// Whether the word is its own name, rather than a group's, `any`, or that of a model.
    pub(super) named: bool,
}

impl Listed {
    /// The state with the word that stands for it.
    pub(super) fn place(&self) -> (StateId, Span) {
        (self.id, self.span)
    }
}

/// States by name, for `from:` and `choose:`: a state, a group, or `any`, each once.
fn listed(cx: &mut Cx<'_>, names: &OneOrMany<Name>, any: impl Fn(&State) -> bool) -> Vec<Listed> {
    let mut found: Vec<Listed> = Vec::new();
    let mut add = |ids: &mut dyn Iterator<Item = StateId>, span: Span, named: bool| {
        ids.for_each(|id| found.push(Listed { id, span, named }));
    };
    for name in names {
        if name.value == ANY {
            let all = cx.workflow.top_level().filter(|state| any(state));
            add(&mut all.map(|state| state.id), name.span, false);
        } else if let Some(id) = cx.names.state(&cx.workflow, StateId::ROOT, &name.value) {
            add(&mut std::iter::once(id), name.span, true);
        } else if let Some(&group) = cx.names.groups.get(name.value.as_str()) {
            let states = &cx.workflow.groups.at(group).states;
            add(&mut states.iter().copied(), name.span, false);
        } else if !cx.several(&UNKNOWN_STATE, name, "state or group", |cx, part| {
            let state = cx.names.state(&cx.workflow, StateId::ROOT, part);
            state.is_some() || cx.names.groups.contains_key(part)
        }) {
            unknown_state_or_group(cx, name);
        }
    }
    each_once(found)
}

/// The states in the order listed, each where it stands first.
fn each_once(mut listed: Vec<Listed>) -> Vec<Listed> {
    if listed.len() > 1 {
        let mut seen = BTreeSet::new();
        listed.retain(|listed| seen.insert(listed.id));
    }
    listed
}

/// Reports a name that is neither a state nor a group.
pub(super) fn unknown_state_or_group(cx: &mut Cx<'_>, name: &Name) {
    let groups = cx.names.groups.keys().copied();
    match crate::diagnostic::closest(&name.value, groups) {
        Some(group) => cx.unresolved(&UNKNOWN_STATE, name, "state or group", [group]),
        None => unknown_state(cx, name),
    }
}

/// The states that a list of names names themselves, neither by group nor by `any`.
pub(super) fn named<'n>(
    cx: &Cx<'_>,
    names: impl IntoIterator<Item = &'n Name>,
) -> BTreeSet<StateId> {
    let names = names.into_iter();
    let states = names.filter_map(|name| cx.names.state(&cx.workflow, StateId::ROOT, &name.value));
    states.collect()
}

/// The sources of a row: the states named, and those that are `like` one of them, but for states of
/// which the event says something itself.
pub(super) fn sources(
    cx: &mut Cx<'_>,
    names: &OneOrMany<Name>,
    row: Span,
    of_their_own: &BTreeSet<StateId>,
) -> Vec<Listed> {
    if names.is_empty() {
        cx.workflow.incomplete = true;
        let found = Diagnostic::new(&MISSING_FROM, row, "this move does not say from where");
        cx.report
            .push(found.help("add `from:` with states, groups, or `any`"));
    }
    let mut found = listed(cx, names, |state| !state.is_final() && !state.immutable);
    let mut alike = Vec::new();
    for model in &found {
        let copies = cx.likes.get(&model.id).into_iter().flatten();
        alike.extend(
            copies
                .filter(|id| !of_their_own.contains(id))
                .map(|&id| Listed {
                    id,
                    named: false,
                    ..*model
                }),
        );
    }
    found.extend(alike);
    each_once(found)
}

/// A target, its names looked up among the children of `scope` and outward.
pub(super) fn target<'a>(
    cx: &mut Cx<'a>,
    scope: StateId,
    written: Option<&'a document::Target>,
) -> Target {
    match written {
        None => Target::Stay,
        Some(document::Target::State(name)) if name.value == "back" => Target::Back,
        Some(document::Target::State(name)) => {
            match cx.names.state(&cx.workflow, scope, &name.value) {
                Some(id) => Target::State(id),
                None => {
                    unknown_state(cx, name);
                    Target::Unresolved
                }
            }
        }
        Some(document::Target::Choose(choose)) => {
            let found = listed(cx, &choose.choose, |_| true);
            Target::Choose(found.into_iter().map(|listed| listed.id).collect())
        }
        Some(document::Target::History(history)) => past(cx, scope, history),
        Some(document::Target::Several(parts)) => several(cx, scope, parts),
    }
}

/// Several targets, each in a region of its own.
fn several<'a>(cx: &mut Cx<'a>, scope: StateId, written: &'a [document::Target]) -> Target {
    let mut parts = ThinVec::new();
    let mut states = Vec::new();
    for part in written {
        let found = target(cx, scope, Some(part));
        let place = target_span(Some(part), Span::default());
        match &found {
            Target::State(state) | Target::History { state, .. } => {
                if !check_together(cx, &states, *state, place) {
                    return Target::Unresolved;
                }
                states.push(*state);
            }
            Target::Unresolved => return Target::Unresolved,
            _ => {
                let message = "only states and their history can be entered together";
                cx.workflow.incomplete = true;
                cx.raise(&TARGETS_APART, place, message);
                return Target::Unresolved;
            }
        }
        parts.push(found);
    }
    Target::Several(parts)
}

/// Reports a state that cannot be active together with one of `others`.
pub(super) fn check_together(
    cx: &mut Cx<'_>,
    others: &[StateId],
    state: StateId,
    place: Span,
) -> bool {
    let mut others = others.iter().copied();
    let Some(other) = others.find(|&other| !together(&cx.workflow, state, other)) else {
        return true;
    };
    let path = |id: StateId| cx.workflow.states.at(id).path.clone();
    let message = format!(
        "an order cannot be in `{}` and in `{}` at once",
        path(other),
        path(state)
    );
    cx.workflow.incomplete = true;
    let found = Diagnostic::new(&TARGETS_APART, place, message);
    let help = "a list names states of different regions; where the caller names the target, write `{ choose: [ … ] }`, and where guards decide, `branches:`";
    cx.report.push(found.help(help));
    false
}

/// Whether two states lie in different regions, so that both may be active.
fn together(workflow: &Workflow, one: StateId, other: StateId) -> bool {
    if workflow.within(one, other) || workflow.within(other, one) {
        return false;
    }
    let mut outers = workflow.ancestors(one);
    let common = outers.find(|&outer| workflow.within(other, outer));
    common.is_some_and(|outer| workflow.states.at(outer).kind == Kind::Parallel)
}

fn past<'a>(cx: &mut Cx<'a>, scope: StateId, written: &'a document::HistoryTarget) -> Target {
    let name = &written.history;
    let Some(state) = cx.names.state(&cx.workflow, scope, &name.value) else {
        unknown_state(cx, name);
        return Target::Unresolved;
    };
    if cx.workflow.states.at(state).is_atomic() {
        let message = format!("`{}` has no states within, and so no history", name.value);
        let found = Diagnostic::new(&HISTORY_OF_ATOMIC_STATE, name.span, message);
        cx.report
            .push(found.help("write `to:` with the state itself"));
    }
    let depth = written
        .depth
        .as_ref()
        .map(|depth| depth.value)
        .unwrap_or_default();
    Target::History {
        state,
        deep: depth == HistoryDepth::Deep,
        otherwise: written
            .default
            .as_deref()
            .and_then(|start| super::deeds::start(cx, state, start)),
    }
}

/// The characters of a target.
pub(super) fn target_span(written: Option<&document::Target>, otherwise: Span) -> Span {
    match written {
        None => otherwise,
        Some(document::Target::State(name)) => name.span,
        Some(document::Target::Choose(choose)) => {
            let spans = choose.choose.iter().map(|name| name.span);
            spans.reduce(Span::to).unwrap_or(otherwise)
        }
        Some(document::Target::History(history)) => history.history.span,
        Some(document::Target::Several(parts)) => {
            let spans = parts.iter().map(|part| target_span(Some(part), otherwise));
            spans.reduce(Span::to).unwrap_or(otherwise)
        }
    }
}

pub(super) fn unknown_state(cx: &mut Cx<'_>, name: &Name) {
    if matches!(name.value.as_str(), "*" | "all" | "**") {
        cx.workflow.incomplete = true;
        let found = Diagnostic::new(
            &UNKNOWN_STATE,
            name.span,
            format!("there is no state `{}`", name.value),
        );
        let help = "write `any` for every state in which no order ends";
        cx.report
            .push(found.help(help).fix(name.span, ANY, "replace with `any`"));
        return;
    }
    if cx.report.is_full() {
        cx.unresolved(&UNKNOWN_STATE, name, "state", []);
        return;
    }
    let paths: BTreeSet<String> = cx
        .names
        .states
        .keys()
        .filter(|path| !path.is_empty())
        .map(ToString::to_string)
        .collect();
    let inner = paths
        .iter()
        .find(|path| path.rsplit('.').next() == Some(&name.value));
    match inner {
        Some(path) => {
            cx.workflow.incomplete = true;
            let message = format!("there is no state `{}` here", name.value);
            let found = Diagnostic::new(&UNKNOWN_STATE, name.span, message);
            let found = found.help(format!("did you mean `{path}`?"));
            let title = format!("replace with `{path}`");
            cx.report.push(found.fix(name.span, path.clone(), title));
        }
        None if matches!(name.value.as_str(), "stay" | "self") => {
            cx.workflow.incomplete = true;
            let message = format!("there is no state `{}`", name.value);
            let found = Diagnostic::new(&UNKNOWN_STATE, name.span, message);
            let stays = "a transition without `to:` leaves an order where it is";
            cx.report.push(found.help(stays));
        }
        None => cx.unresolved(
            &UNKNOWN_STATE,
            name,
            "state",
            paths.iter().map(String::as_str),
        ),
    }
}
