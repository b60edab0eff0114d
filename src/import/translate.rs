//! A [`Machine`] to the keys of a workflow file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::events::{Events, matches};
use super::kinds::{Kind, Kinds};
use super::machine::{Machine, State, Transition};
use super::names::{Ids, Names};
use super::rules::{LEFT_OUT_OF_SCXML, UNSUPPORTED_SCXML};
use super::script::Expr;
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::source::{Span, Spanned};

/// What is known of names.
pub(super) struct Known {
    pub(super) names: Names,
    pub(super) kinds: Kinds,
    /// Variables that always have a value.
    pub(super) always_set: BTreeSet<String>,
    /// What each event brings whenever it comes.
    pub(super) sure: BTreeSet<(String, String)>,
}

impl Known {
    /// The type of a name or a literal, where that is all an expression is.
    pub(super) fn kind(&self, expr: &Expr, event: Option<&str>) -> Option<Kind> {
        match expr {
            Expr::Int(_) => Some(Kind::Integer),
            Expr::Decimal(number) => Some(Kind::Decimal(number.scale())),
            Expr::Text(_) | Expr::EventName => Some(Kind::Text),
            Expr::Var(name) => self.kinds.variables.get(name).copied().flatten(),
            Expr::EventData(name) => {
                let key = (event?.to_owned(), name.clone());
                self.kinds.brought.get(&key).copied().flatten()
            }
            Expr::Minus(of) => self.kind(of, event),
            Expr::Of(op, left, right) if !op.compares() && op.rank() > 2 => {
                match (self.kind(left, event), self.kind(right, event)) {
                    (Some(Kind::Decimal(scale)), _) | (_, Some(Kind::Decimal(scale))) => {
                        Some(Kind::Decimal(scale))
                    }
                    (one, other) => one.or(other),
                }
            }
            _ => Some(Kind::Boolean),
        }
    }

    pub(super) fn is_brought(&self, event: &str, name: &str) -> bool {
        self.sure.contains(&(event.to_owned(), name.to_owned()))
    }

    /// What a value of an event is called.
    pub(super) fn payload_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.names.values.get(name).map_or(name, String::as_str)
    }
}

/// A state with what is around it.
pub(super) struct Place<'m> {
    pub(super) state: &'m State,
    pub(super) parent: Option<String>,
}

pub(super) struct Translation<'m> {
    pub(super) machine: &'m Machine,
    pub(super) known: Known,
    /// States by id.
    pub(super) places: BTreeMap<String, Place<'m>>,
    /// Their ids, each before those within.
    pub(super) order: Vec<String>,
    pub(super) events: Events,
    pub(super) report: Report,
    /// Histories whose defaults are being told.
    pub(super) open_histories: Vec<String>,
}

/// Translates a machine.
pub(super) fn translate(
    machine: &Machine,
    workflow: &str,
    outside: &[String],
) -> (Map<String, Json>, Names, Report) {
    let mut ids = Ids::default();
    let mut translation = Translation {
        machine,
        known: Known {
            names: Names::default(),
            kinds: Kinds::default(),
            always_set: BTreeSet::new(),
            sure: BTreeSet::new(),
        },
        places: BTreeMap::new(),
        order: Vec::new(),
        events: Events::default(),
        report: Report::new(),
        open_histories: Vec::new(),
    };
    for state in &machine.states {
        translation.place(state, None, "", &mut ids);
    }
    translation.variables();
    translation.events = Events::of(machine, outside);
    let mut event_ids = Ids::default();
    for event in translation.events.names() {
        let id = event_ids.like(event);
        translation.known.names.events.insert(event.clone(), id);
    }
    translation.learn();
    let mut value_ids = Ids::default();
    let brought: Vec<String> = translation
        .known
        .kinds
        .brought
        .keys()
        .map(|(_, n)| n.clone())
        .collect();
    for name in brought {
        let values = &mut translation.known.names.values;
        let id = || value_ids.like(&name);
        values.entry(name.clone()).or_insert_with(id);
    }
    let file = translation.file(workflow);
    (file, translation.known.names, translation.report)
}
impl<'m> Translation<'m> {
    pub(super) fn place(
        &mut self,
        state: &'m State,
        parent: Option<&str>,
        around: &str,
        ids: &mut Ids,
    ) {
        // An id that repeats that of the state around it, as exports write it, is not repeated here.
        let own = parent.and_then(|parent| state.id.strip_prefix(parent));
        let own = own.and_then(|rest| rest.strip_prefix(['-', '.']));
        let name = ids.like(own.filter(|own| !own.is_empty()).unwrap_or(&state.id));
        let path = match around {
            "" => name,
            around => format!("{around}.{name}"),
        };
        let names = &mut self.known.names.states;
        if names.insert(state.id.clone(), path.clone()).is_some() {
            self.unsupported(state.span, format!("a second state `{}`", state.id));
        }
        self.order.push(state.id.clone());
        let place = Place {
            state,
            parent: parent.map(str::to_owned),
        };
        self.places.insert(state.id.clone(), place);
        for inner in &state.states {
            self.place(inner, Some(&state.id), &path, ids);
        }
    }

    pub(super) fn variables(&mut self) {
        let mut ids = Ids::default();
        for data in &self.machine.data {
            let id = ids.like(&data.id);
            self.known.names.fields.insert(data.id.clone(), id);
            let kinds = &mut self.known.kinds.variables;
            if kinds.insert(data.id.clone(), None).is_some() {
                self.unsupported(data.span, format!("a second variable `{}`", data.id));
            }
            if data.value.is_some() {
                self.known.always_set.insert(data.id.clone());
            }
        }
    }

    pub(super) fn find(&mut self, rule: &'static Rule, span: Span, message: String) {
        self.report.push(Diagnostic::new(rule, span, message));
    }

    pub(super) fn unsupported(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} has no place in a workflow file", what.into());
        self.find(&UNSUPPORTED_SCXML, span, message);
    }

    pub(super) fn left_out(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} is left out", what.into());
        self.find(&LEFT_OUT_OF_SCXML, span, message);
    }

    /// Every transition with the state that it leads out of, in document order; those of the document
    /// itself last, from each of its states.
    pub(super) fn transitions(&self) -> Vec<(&'m Transition, String)> {
        let mut found = Vec::new();
        for id in &self.order {
            if let Some(place) = self.places.get(id) {
                let own = place.state.transitions.iter();
                found.extend(own.map(|transition| (transition, id.clone())));
            }
        }
        for transition in &self.machine.transitions {
            let tops = self.machine.states.iter();
            found.extend(tops.map(|state| (transition, state.id.clone())));
        }
        found
    }

    /// The concrete events of a transition; `None` for one without any.
    pub(super) fn triggers(&self, transition: &Transition) -> Vec<Option<String>> {
        if transition.events.is_empty() {
            return vec![None];
        }
        let names = self.events.names().iter();
        let any = |name: &str| transition.events.iter().any(|d| matches(&d.value, name));
        names.filter(|name| any(name)).cloned().map(Some).collect()
    }

    pub(super) fn file(&mut self, workflow: &str) -> Map<String, Json> {
        let mut file = Map::new();
        file.insert("flagstate".into(), json!(1));
        file.insert("workflow".into(), json!(workflow));
        let context = self.context();
        if !context.is_empty() {
            file.insert("context".into(), Json::Object(context));
        }
        file.insert("actors".into(), json!(["user"]));
        file.insert("defaults".into(), json!({ "by": ["user", "system"] }));
        let initial = self.machine.initial.clone();
        let initial: Vec<Json> = match initial.is_empty() {
            true => {
                let first = self.machine.states.first();
                let first = first.and_then(|state| self.known.names.states.get(&state.id));
                first.map(|path| json!(path)).into_iter().collect()
            }
            false => initial.iter().map(|id| self.first_state(id)).collect(),
        };
        let initial = match initial.as_slice() {
            [one] => one.clone(),
            _ => Json::Array(initial),
        };
        file.insert("initial".into(), initial);
        let tops: Vec<&State> = self.machine.states.iter().collect();
        let states = self.states(&tops, false);
        file.insert("states".into(), Json::Object(states));
        let always = self.always();
        if !always.is_empty() {
            file.insert("always".into(), Json::Array(always));
        }
        let transitions = self.rows();
        if !transitions.is_empty() {
            file.insert("transitions".into(), Json::Object(transitions));
        }
        file
    }

    /// Where the document starts: a state, not a past.
    pub(super) fn first_state(&mut self, id: &Spanned<String>) -> Json {
        match self.known.names.states.get(&id.value) {
            Some(path) => json!(path),
            None => {
                self.unsupported(id.span, format!("a start in `{}`", id.value));
                Json::Null
            }
        }
    }

    pub(super) fn context(&mut self) -> Map<String, Json> {
        let mut context = Map::new();
        for data in &self.machine.data {
            let kind = self.known.kinds.variables.get(&data.id).copied().flatten();
            let Some(kind) = kind else {
                self.left_out(
                    data.span,
                    format!("the variable `{}`, which nothing uses,", data.id),
                );
                continue;
            };
            let mut field = typed(kind);
            if let Some(value) = &data.value {
                let plain = match value {
                    Expr::Bool(value) => json!(value),
                    Expr::Int(number) => json!(number),
                    Expr::Decimal(number) => {
                        number.to_string().parse().map_or(Json::Null, Json::Number)
                    }
                    Expr::Text(text) => json!(text),
                    _ => Json::Null,
                };
                field.insert("default".into(), plain);
            }
            if let Some(name) = self.known.names.fields.get(&data.id) {
                context.insert(name.clone(), Json::Object(field));
            }
        }
        context
    }
}

pub(super) fn typed(kind: Kind) -> Map<String, Json> {
    let mut found = Map::new();
    let name = match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Decimal(_) => "decimal",
        Kind::Text => "string",
    };
    found.insert("type".into(), json!(name));
    if let Kind::Decimal(scale) = kind {
        found.insert("scale".into(), json!(scale));
    }
    found
}
