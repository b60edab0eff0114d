//! What each state takes over from `like` and from the states around it: flags, attributes, title,
//! markers, and what happens on the way in and out.

use thin_vec::ThinVec;

use super::Cx;
use super::rules::BAD_VALUE;
use super::states::{Written, models, said, title_of, written};
use super::targets::{enterers, unknown_state};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entries, Literal, Or};
use crate::graph::{Deprecated, FlagValue, Hook, Inferred, Origin, State, StateId, Table, Title};
use crate::source::{Span, Spanned};

pub(super) fn compile(cx: &mut Cx<'_>) {
    let ids: Vec<StateId> = cx.workflow.states.ids().collect();
    for id in ids {
        inherit(cx, id);
    }
    liken(&mut cx.workflow.states);
}

/// So many kinds of states are told apart by their flags.
const MOST_KINDS: usize = 32;

/// Finds states that no flag tells apart: a step between them changes none.
fn liken(states: &mut Table<StateId, State>) {
    let mut kinds: Vec<StateId> = Vec::new();
    for id in states.ids() {
        let values = |id: StateId| states.at(id).flags.iter().map(|flag| &flag.value);
        let known = kinds.iter().copied();
        match known.clone().find(|&kind| values(kind).eq(values(id))) {
            Some(kind) => states.at_mut(id).alike = kind,
            None if kinds.len() < MOST_KINDS => kinds.push(id),
            None => {}
        }
    }
}

fn inherit(cx: &mut Cx<'_>, id: StateId) {
    let flags = cx.workflow.flags.ids().map(|flag| {
        let name = &cx.workflow.flags.at(flag).name;
        stated_flag(cx, id, name).unwrap_or_else(|| FlagValue {
            value: Origin::Literal(cx.workflow.flags.at(flag).default.clone()),
            span: None,
        })
    });
    let flags = flags.collect();
    let attributes = cx.workflow.attributes.ids().map(|attribute| {
        let declared = cx.workflow.attributes.at(attribute);
        let stated = stated_attribute(cx, id, &declared.name);
        stated
            .and_then(|literal| literal.read(&declared.ty).ok())
            .or_else(|| declared.default.clone())
    });
    let attributes = attributes.collect();
    let title = title(cx, id);
    let enter = said(cx, id, |state| state.enter.as_ref());
    let enter = enter.map_or_else(Hook::default, |enter| Hook {
        by: enterers(cx, &enter.by),
        by_span: enter.by.iter().map(|name| name.span).reduce(Span::to),
        ..Hook::default()
    });
    let marked = |marker: fn(&document::State) -> Option<&Spanned<bool>>| {
        said(cx, id, marker).is_some_and(|marker| marker.value)
    };
    let hidden = marked(|state| state.hidden.as_deref());
    let immutable = marked(|state| state.immutable.as_deref());
    let own = written(cx, id).state();
    let inactive = own.and_then(|state| state.inactive.as_ref());
    let inactive = inactive.is_some_and(|marker| marker.value);
    let transient = said(cx, id, |state| state.at_most.as_ref()).is_some();
    let deprecated = own.and_then(|state| state.deprecated.as_ref());
    let deprecated = deprecated.map(|deprecated| deprecation(cx, id, deprecated));
    let inferred = inferred(cx, own.and_then(|state| state.inferred.as_deref()));
    let state = cx.workflow.states.at_mut(id);
    state.flags = flags;
    state.attributes = attributes;
    state.title = title;
    state.enter = enter.into();
    state.hidden = hidden;
    state.immutable = immutable;
    state.inactive = inactive;
    state.transient = transient;
    state.deprecated = deprecated;
    state.inferred = inferred;
}

/// What the state, its models or the states around say of a flag, in this order.
fn stated_flag(cx: &Cx<'_>, id: StateId, name: &str) -> Option<FlagValue> {
    let flag = *cx.names.flags.get(name)?;
    let ty = &cx.workflow.flags.at(flag).ty;
    let around = std::iter::successors(Some(id), |&id| cx.workflow.states.at(id).parent);
    let mut around = around.flat_map(|id| models_and_around(cx, id));
    around.find_map(|id| match written(cx, id).state()?.flags.get(name)? {
        Or::Literal(literal) => Some(FlagValue {
            value: Origin::Literal(literal.read(ty).ok()?),
            span: Some(literal.span),
        }),
        Or::Setting(setting) => {
            let found = *cx.names.settings.get(setting.value.as_str())?;
            let fits = cx.workflow.settings.at(found).ty == *ty;
            fits.then_some(FlagValue {
                value: Origin::Setting(found),
                span: Some(setting.span),
            })
        }
    })
}

fn stated_attribute<'a>(cx: &Cx<'a>, id: StateId, name: &str) -> Option<&'a Literal> {
    let around = std::iter::successors(Some(id), |&id| cx.workflow.states.at(id).parent);
    let mut around = around.flat_map(|id| models_and_around(cx, id));
    around.find_map(|id| written(cx, id).state()?.attributes.get(name))
}

/// The state, then each of its models with the states around that model.
fn models_and_around(cx: &Cx<'_>, id: StateId) -> impl Iterator<Item = StateId> {
    let of_models = models(cx, id).skip(1).flat_map(|model| {
        let around = std::iter::successors(Some(model), |&id| cx.workflow.states.at(id).parent);
        around.filter(|&id| id != StateId::ROOT)
    });
    std::iter::once(id).chain(of_models)
}

fn title(cx: &Cx<'_>, id: StateId) -> Title {
    if id == StateId::ROOT {
        return Title::default();
    }
    let own = models(cx, id).find_map(|id| written(cx, id).title());
    match own {
        Some(document::Title::Text(text)) => Title {
            text: text.value.clone(),
            by: ThinVec::new(),
        },
        Some(document::Title::By(entries)) => audience_title(cx, id, entries),
        None => inherited_title(cx, id),
    }
}

fn audience_title(cx: &Cx<'_>, id: StateId, entries: &Entries<Spanned<String>>) -> Title {
    let default = entries.get("default").map(|text| text.value.clone());
    let name = cx.workflow.states.at(id).name.clone();
    let others = entries.iter().filter(|entry| entry.name.value != "default");
    Title {
        text: default.unwrap_or_else(|| title_of(&name)),
        by: others
            .map(|entry| (entry.name.value.clone(), entry.value.value.clone()))
            .collect(),
    }
}

/// A substate carries the title written around it; what lies in a region does not.
fn inherited_title(cx: &Cx<'_>, id: StateId) -> Title {
    let state = cx.workflow.states.at(id);
    let own = || Title {
        text: title_of(&state.name),
        by: ThinVec::new(),
    };
    match state.parent.map(|parent| (parent, written(cx, parent))) {
        Some((parent, Written::State(around))) if around.title.is_some() => match written(cx, id) {
            Written::State(_) => cx.workflow.states.at(parent).title.clone(),
            Written::Root | Written::Region(_) => own(),
        },
        _ => own(),
    }
}

fn deprecation(cx: &mut Cx<'_>, id: StateId, deprecated: &document::Deprecated) -> Deprecated {
    let scope = cx.workflow.states.at(id).parent.unwrap_or(StateId::ROOT);
    let successor = deprecated.successor.as_ref().and_then(|name| {
        let found = cx.names.state(&cx.workflow, scope, &name.value);
        if found.is_none() {
            unknown_state(cx, name);
        }
        found
    });
    Deprecated {
        successor,
        span: deprecated.span,
    }
}

/// The properties of a state that may be marked as inferred.
const INFERRABLE: [&str; 15] = [
    "title",
    "attributes",
    "flags",
    "final",
    "states",
    "regions",
    "done",
    "expires",
    "timers",
    "at_most",
    "enter",
    "exit",
    "hidden",
    "immutable",
    "deprecated",
];

fn inferred(cx: &mut Cx<'_>, written: Option<&document::Inferred>) -> Inferred {
    match written {
        Some(document::Inferred::Whole(Spanned { value: true, .. })) => Inferred::Whole,
        Some(document::Inferred::Properties(names)) => {
            for name in names {
                if !INFERRABLE.contains(&name.value.as_str()) {
                    let message =
                        format!("`{}` is not a property that can be inferred", name.value);
                    let found = Diagnostic::new(&BAD_VALUE, name.span, message);
                    cx.report.push(found.did_you_mean(&name.value, INFERRABLE));
                }
            }
            Inferred::Properties(names.iter().map(|name| name.value.clone()).collect())
        }
        _ => Inferred::Nothing,
    }
}
