//! States: the tree in document order, who is `like` whom, what each is made of.

use compact_str::CompactString;
use thin_vec::ThinVec;

use super::rules::{BAD_LIKE, BAD_VALUE, FINAL_WITH_SUBSTATES, UNKNOWN_STATE};
use super::targets::unknown_state;
use super::values::read_value;
use super::{Cx, rules};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entries, Literal, Name, Or, Rare};
use crate::graph::{
    Expires, Id, Inferred, Kind, State, StateId, Target, Title, Transition, TransitionId, Trigger,
    Workflow,
};
use crate::source::{Span, Spanned};

/// A state as written: the whole, a state, or a region.
#[derive(Clone, Copy)]
pub(super) enum Written<'a> {
    Root,
    State(&'a document::State),
    Region(&'a document::State),
}

impl<'a> Written<'a> {
    pub(super) fn state(self) -> Option<&'a document::State> {
        match self {
            Self::State(state) | Self::Region(state) => Some(state),
            Self::Root => None,
        }
    }

    pub(super) fn title(self) -> Option<&'a document::Title> {
        self.state().and_then(|state| state.title.as_ref())
    }

    pub(super) fn initial(self) -> Option<&'a document::Start> {
        self.state().and_then(|state| state.initial.as_deref())
    }
}

/// `in_cart` as people write it: `In cart`.
pub(super) fn title_of(name: &str) -> String {
    let spaced = name.replace('_', " ");
    let mut chars = spaced.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => spaced,
    }
}

pub(super) fn compile(cx: &mut Cx<'_>) {
    let document = cx.document;
    cx.workflow.states.reserve(document.states.len() + 1);
    cx.names.states.reserve(document.states.len());
    push(cx, None, "", document.span, Written::Root);
    push_all(cx, StateId::ROOT, &document.states);
    close(cx, StateId::ROOT);
    cx.workflow.states.fit();
    resolve_likes(cx);
    let ids: Vec<StateId> = cx.workflow.states.ids().collect();
    for &id in &ids {
        cx.workflow.states.at_mut(id).kind = kind(cx, id);
    }
    for &id in &ids {
        check_written_values(cx, id);
    }
}

fn push<'a>(
    cx: &mut Cx<'a>,
    parent: Option<StateId>,
    name: &str,
    span: Span,
    written: Written<'a>,
) -> StateId {
    let id = cx.workflow.states.next_id();
    let (path, depth) = match parent {
        None => (String::new(), 0),
        Some(StateId::ROOT) => (name.to_owned(), 1),
        Some(parent) => {
            let around = cx.workflow.states.at(parent);
            (format!("{}.{name}", around.path), around.depth + 1)
        }
    };
    let doc = written.state().and_then(|state| state.doc.as_ref());
    if parent.is_some() {
        cx.names.states.insert(CompactString::new(&path), id);
    }
    cx.written.push(written);
    cx.workflow.states.push(State {
        id,
        name: name.to_owned(),
        path,
        title: Title::default(),
        doc: doc.map(|doc| doc.value.clone()),
        span,
        parent,
        depth,
        last: id,
        kind: Kind::Atomic,
        children: ThinVec::new(),
        start: None,
        done: None,
        like: None,
        flags: ThinVec::new(),
        attributes: ThinVec::new(),
        expires: Expires::Unstated,
        timers: ThinVec::new(),
        transient: false,
        enter: Rare::default(),
        exit: Rare::default(),
        hidden: false,
        immutable: false,
        inactive: false,
        deprecated: None,
        inferred: Inferred::Nothing,
        outgoing: ThinVec::new(),
        leads_back: false,
        quiet: false,
        alike: id,
    });
    if let Some(parent) = parent {
        cx.workflow.states.at_mut(parent).children.push(id);
    }
    id
}

fn push_all<'a>(cx: &mut Cx<'a>, parent: StateId, states: &'a Entries<document::State>) {
    for entry in states {
        push_state(cx, parent, &entry.name, Written::State(&entry.value));
    }
}

fn push_state<'a>(cx: &mut Cx<'a>, parent: StateId, name: &Name, written: Written<'a>) {
    let id = push(cx, Some(parent), &name.value, name.span, written);
    if let Some(state) = written.state() {
        push_all(cx, id, &state.states);
        for region in &state.regions {
            push_state(cx, id, &region.name, Written::Region(&region.value));
        }
    }
    close(cx, id);
}

/// All descendants of a state are pushed.
fn close(cx: &mut Cx<'_>, id: StateId) {
    let last = cx.workflow.states.len().saturating_sub(1);
    cx.workflow.states.at_mut(id).last = StateId::from_index(last);
}

pub(super) fn written<'a>(cx: &Cx<'a>, id: StateId) -> Written<'a> {
    cx.written.get(id.index()).copied().unwrap_or(Written::Root)
}

fn resolve_likes(cx: &mut Cx<'_>) {
    let ids: Vec<StateId> = cx.workflow.states.ids().collect();
    for &id in &ids {
        let Some(name) = written(cx, id)
            .state()
            .and_then(|state| state.like.as_ref())
        else {
            continue;
        };
        let scope = cx.workflow.states.at(id).parent.unwrap_or(StateId::ROOT);
        match cx.names.state(&cx.workflow, scope, &name.value) {
            Some(found) => cx.workflow.states.at_mut(id).like = Some(found),
            None => unknown_state(cx, name),
        }
    }
    for &id in &ids {
        check_like(cx, id);
    }
    for &id in &ids {
        let mut model = cx.workflow.states.at(id).like;
        while let Some(other) = model {
            cx.likes.entry(other).or_default().push(id);
            model = cx.workflow.states.at(other).like;
        }
    }
}

/// Takes a `like` away that runs in a circle or names a state with states within.
fn check_like(cx: &mut Cx<'_>, id: StateId) {
    let Some(model) = cx.workflow.states.at(id).like else {
        return;
    };
    let Some(name) = written(cx, id)
        .state()
        .and_then(|state| state.like.as_ref())
    else {
        return;
    };
    let steps = std::iter::successors(Some(model), |&other| cx.workflow.states.at(other).like);
    let circular = steps
        .take(cx.workflow.states.len())
        .any(|other| other == id);
    let message = if circular {
        format!("`{}` is like itself", cx.workflow.states.at(id).path)
    } else if !cx.workflow.states.at(model).children.is_empty() {
        format!("`{}` has states within and cannot be a model", name.value)
    } else {
        return;
    };
    cx.workflow.states.at_mut(id).like = None;
    let model = cx.workflow.states.at(model).span;
    cx.report
        .push(Diagnostic::new(&BAD_LIKE, name.span, message).also(model, "the model"));
}

/// The state itself, then the states it is `like`, nearest first.
pub(super) fn models(cx: &Cx<'_>, id: StateId) -> impl Iterator<Item = StateId> {
    std::iter::successors(Some(id), |&other| cx.workflow.states.at(other).like)
}

/// What the state says, or the first of its models that says anything.
pub(super) fn said<'a, T>(
    cx: &Cx<'a>,
    id: StateId,
    property: impl Fn(&'a document::State) -> Option<T>,
) -> Option<T> {
    models(cx, id).find_map(|model| written(cx, model).state().and_then(&property))
}

fn kind(cx: &mut Cx<'_>, id: StateId) -> Kind {
    let is_final = said(cx, id, |state| state.is_final.as_ref());
    let state = cx.workflow.states.at(id);
    let within = state.children.clone();
    let Some(&first) = within.first() else {
        return match is_final {
            Some(Spanned { value: true, .. }) => Kind::Final,
            _ => Kind::Atomic,
        };
    };
    if let Some(marker) = is_final.filter(|marker| marker.value) {
        let path = state.path.clone();
        let message = format!("final state `{path}` has states within");
        let found = Diagnostic::new(&FINAL_WITH_SUBSTATES, marker.span, message);
        let inner = cx.workflow.states.at(first).span;
        cx.report.push(
            found
                .also(inner, "the first of them")
                .help("make one of the states within final"),
        );
    }
    if matches!(written(cx, first), Written::Region(_)) {
        return Kind::Parallel;
    }
    let Some(start) = written(cx, id).initial() else {
        return Kind::Compound { initial: first };
    };
    let to = match start {
        document::Start::Target(to) => to,
        document::Start::Way(way) => &way.to,
    };
    let initial = inner(to).and_then(|name| {
        let found = cx.names.state(&cx.workflow, id, &name.value);
        let child = found.and_then(|inner| super::deeds::child_around(&cx.workflow, id, inner));
        if found.is_none() && matches!(start, document::Start::Target(document::Target::State(_))) {
            let names = within
                .iter()
                .map(|&child| cx.workflow.states.at(child).name.clone());
            let names: Vec<String> = names.collect();
            let names = names.iter().map(String::as_str);
            cx.unresolved(&UNKNOWN_STATE, name, "state within", names);
        }
        child
    });
    Kind::Compound {
        initial: initial.unwrap_or(first),
    }
}

/// The first state that a target names, or enters where there is no past.
fn inner(target: &document::Target) -> Option<&Name> {
    match target {
        document::Target::State(name) => Some(name),
        document::Target::Choose(_) => None,
        document::Target::Several(parts) => parts.first().and_then(inner),
        document::Target::History(history) => match history.default.as_deref() {
            None => Some(&history.history),
            Some(document::Start::Target(to)) => inner(to),
            Some(document::Start::Way(way)) => inner(&way.to),
        },
    }
}

/// Reports flags and attributes that do not exist, and literals that do not fit.
fn check_written_values(cx: &mut Cx<'_>, id: StateId) {
    let Some(state) = written(cx, id).state() else {
        return;
    };
    for entry in &state.flags {
        let name = &entry.name;
        if name.value == "expires" {
            let message = "the flag `expires` is the timer of that name";
            let found = Diagnostic::new(&rules::RESERVED_NAME, name.span, message);
            cx.report
                .push(found.help("write `expires: { after: …, to: … }` in the state"));
        } else if !cx.names.flags.contains_key(name.value.as_str()) {
            let known: Vec<&str> = cx.names.flags.keys().copied().collect();
            cx.unresolved(&rules::UNKNOWN_FLAG, name, "flag", known);
        } else {
            own_flag(cx, name, &entry.value);
        }
    }
    for entry in &state.attributes {
        let name = &entry.name;
        match cx.names.attributes.get(name.value.as_str()) {
            None => {
                let known: Vec<&str> = cx.names.attributes.keys().copied().collect();
                cx.unresolved(&rules::UNKNOWN_ATTRIBUTE, name, "attribute", known);
            }
            Some(&attribute) => {
                let ty = cx.workflow.attributes.at(attribute).ty.clone();
                let what = format!("attribute `{}`", name.value);
                read_value(cx, &entry.value, &ty, &what);
            }
        }
    }
}

/// Reports a flag's literal or setting that does not fit.
fn own_flag(cx: &mut Cx<'_>, name: &Name, value: &Or<Literal>) {
    let Some(&flag) = cx.names.flags.get(name.value.as_str()) else {
        return;
    };
    let ty = cx.workflow.flags.at(flag).ty.clone();
    match value {
        Or::Literal(literal) => {
            read_value(cx, literal, &ty, &format!("flag `{}`", name.value));
        }
        Or::Setting(setting) => {
            let Some(id) = super::targets::setting(cx, setting) else {
                return;
            };
            let found = cx.workflow.settings.at(id).ty.clone();
            if found != ty {
                let message = format!(
                    "flag `{}` is {ty}, and setting `{}` is {found}",
                    name.value, setting.value
                );
                cx.raise(&BAD_VALUE, setting.span, message);
            }
        }
    }
}

/// The value of each flag is known; what leads out of each state is noted with it.
pub(super) fn finish(cx: &mut Cx<'_>) {
    let workflow = &mut cx.workflow;
    for transition in workflow.transitions.rows() {
        let row = workflow.rows.at(transition.row);
        let mut branches = row.branches.iter();
        let leads_back = branches.any(|branch| branch.target == Target::Back);
        let source = workflow.states.at_mut(transition.source);
        source.outgoing.push(transition.id);
        source.leads_back |= leads_back;
    }
    for id in workflow.states.ids() {
        let quiet = is_quiet(workflow, workflow.states.at(id));
        workflow.states.at_mut(id).quiet = quiet;
    }
    for id in workflow.transitions.ids() {
        let hop = hop(workflow, workflow.transitions.at(id));
        workflow.transitions.at_mut(id).hop = hop;
    }
}

/// See [`Transition::hop`].
fn hop(workflow: &Workflow, transition: &Transition) -> Option<StateId> {
    let row = workflow.rows.at(transition.row);
    let [branch] = row.branches.as_slice() else {
        return None;
    };
    let Target::State(target) = branch.target else {
        return None;
    };
    let (from, to) = (
        workflow.states.at(transition.source),
        workflow.states.at(target),
    );
    let is_open = !(from.immutable || to.inactive) && to.enter.by.is_none();
    let is_hop = from.quiet && to.quiet && is_open && branch.conditions.is_empty() && row.is_idle();
    is_hop.then_some(target)
}

/// See [`State::quiet`].
fn is_quiet(workflow: &Workflow, state: &State) -> bool {
    let automatic = |id: &TransitionId| {
        let row = workflow.transitions.at(*id).row;
        workflow.rows.at(row).trigger == Trigger::Always
    };
    state.kind == Kind::Atomic
        && state.parent == Some(StateId::ROOT)
        && state.timers.is_empty()
        && state.enter.does_nothing()
        && state.exit.does_nothing()
        && !state.leads_back
        && !state.outgoing.iter().any(automatic)
}
