//! States, what they do, and what is entered first.

use serde_json::{Map, Value as Json, json};

use super::machine::{Kind as StateKind, Start, State};
use super::translate::Translation;
use crate::source::{Span, Spanned};

impl<'m> Translation<'m> {
    pub(super) fn states(&mut self, states: &[&'m State], titled: bool) -> Map<String, Json> {
        let mut found = Map::new();
        for state in states {
            let Some(path) = self.known.names.states.get(&state.id) else {
                continue;
            };
            let name = path.rsplit('.').next().unwrap_or(path).to_owned();
            let value = self.state(state, titled);
            found.insert(name, value);
        }
        found
    }

    pub(super) fn state(&mut self, state: &'m State, titled: bool) -> Json {
        let mut found = Map::new();
        let path = self.known.names.states.get(&state.id);
        let titled = titled || path != Some(&state.id.replace('-', "."));
        if titled {
            found.insert("title".into(), json!(state.id));
        }
        if state.kind == StateKind::Final {
            found.insert("final".into(), json!(true));
        }
        if let Some(done) = self.done(state) {
            found.insert("done".into(), json!(done));
        }
        let raised = self.handed_on(state);
        for (key, content, raised) in [("enter", &state.enter, raised), ("exit", &state.exit, None)]
        {
            let hook = self.hook(content, raised, state.span);
            if !hook.is_empty() {
                found.insert(key.into(), Json::Object(hook));
            }
        }
        if let Some(initial) = self.initial(state) {
            found.insert("initial".into(), initial);
        }
        if !state.states.is_empty() {
            let inner: Vec<&State> = state.states.iter().collect();
            let key = match state.kind {
                StateKind::Parallel => "regions",
                StateKind::State | StateKind::Final => "states",
            };
            let states = self.states(&inner, titled);
            found.insert(key.into(), Json::Object(states));
        }
        match found.is_empty() {
            true => Json::Null,
            false => Json::Object(found),
        }
    }

    /// The event at the end of a state, where anything waits for it.
    pub(super) fn done(&self, state: &State) -> Option<String> {
        let event = format!("done.state.{}", state.id);
        let id = self
            .known
            .names
            .events
            .get(&event)
            .filter(|_| self.is_heard(&event))?;
        let ends = |state: &State| state.states.iter().any(|s| s.kind == StateKind::Final);
        let reached = match state.kind {
            StateKind::Parallel => state.states.iter().all(ends) && !state.states.is_empty(),
            StateKind::State => ends(state) && !hands_on(state),
            StateKind::Final => false,
        };
        reached.then(|| id.clone())
    }

    /// The event that a final state raises with what it hands on, in place of the one around it.
    pub(super) fn handed_on(&self, state: &State) -> Option<Json> {
        let parent = self.places.get(&state.id)?.parent.as_ref()?;
        let around = self.places.get(parent)?.state;
        let event = format!("done.state.{parent}");
        let id = self
            .known
            .names
            .events
            .get(&event)
            .filter(|_| self.is_heard(&event))?;
        let raises = state.kind == StateKind::Final && hands_on(around);
        raises.then(|| {
            let with = state
                .done
                .iter()
                .map(|p| (p.name.clone(), p.value.value.clone()));
            self.raised_with(id, &event, with, None, None)
        })
    }

    /// What a state enters first, where that is not its first state.
    pub(super) fn initial(&mut self, state: &'m State) -> Option<Json> {
        let start = state.initial.as_ref()?;
        let first = state.states.first()?;
        for target in &start.targets {
            self.must_lie_within(target, state);
        }
        if let ([only], true) = (start.targets.as_slice(), start.content.is_empty()) {
            if only.value == first.id {
                return None;
            }
            let child = state.states.iter().find(|child| child.id == only.value);
            if let Some(path) = child.and_then(|child| self.known.names.states.get(&child.id)) {
                return Some(json!(path.rsplit('.').next()));
            }
        }
        Some(self.start(start, state.span))
    }

    /// What is entered first lies within (SCXML, 3.3.2 and 3.6); what is nowhere is told of elsewhere.
    fn must_lie_within(&mut self, target: &Spanned<String>, state: &State) {
        let histories = &self.machine.histories;
        let history = histories.iter().find(|history| history.id == target.value);
        let mut inner = history.map_or(&target.value, |history| &history.of);
        if history.is_some() && *inner == state.id {
            return;
        }
        while let Some(place) = self.places.get(inner) {
            match &place.parent {
                Some(parent) if *parent == state.id => return,
                Some(parent) => inner = parent,
                None => {
                    let (outer, target_id) = (&state.id, &target.value);
                    let what =
                        format!("a start of `{outer}` in `{target_id}`, which is not within it,");
                    return self.unsupported(target.span, what);
                }
            }
        }
    }

    pub(super) fn start(&mut self, start: &'m Start, span: Span) -> Json {
        let to = self.target(&start.targets);
        let Some(ways) = self.all_ways(&start.content, None, span) else {
            return to;
        };
        let [way] = ways.as_slice() else {
            self.unsupported(span, "`<if>` on the way to an initial state");
            return to;
        };
        if way.is_idle() {
            return to;
        }
        let mut found = Map::new();
        found.insert("to".into(), to);
        found.extend(self.deed(way, None));
        Json::Object(found)
    }

    pub(super) fn target(&mut self, ids: &[Spanned<String>]) -> Json {
        let parts: Vec<Json> = ids.iter().map(|id| self.one_target(id)).collect();
        match parts.as_slice() {
            [one] => one.clone(),
            _ => Json::Array(parts),
        }
    }

    pub(super) fn one_target(&mut self, id: &Spanned<String>) -> Json {
        if let Some(path) = self.known.names.states.get(&id.value) {
            return json!(path);
        }
        let mut histories = self.machine.histories.iter();
        let Some(history) = histories.find(|history| history.id == id.value) else {
            self.unsupported(
                id.span,
                format!("the state `{}`, which does not exist,", id.value),
            );
            return Json::Null;
        };
        if self.open_histories.contains(&history.id) {
            let what = format!(
                "the history `{}`, whose default leads back to it,",
                history.id
            );
            self.unsupported(id.span, what);
            return Json::Null;
        }
        let mut found = Map::new();
        let of = self.known.names.states.get(&history.of).cloned();
        found.insert("history".into(), json!(of));
        if history.deep {
            found.insert("depth".into(), json!("deep"));
        }
        if let Some(default) = &history.default {
            self.open_histories.push(history.id.clone());
            let default = self.start(default, id.span);
            self.open_histories.pop();
            found.insert("default".into(), default);
        }
        Json::Object(found)
    }
}

/// Whether a final state within hands something on.
fn hands_on(state: &State) -> bool {
    state.states.iter().any(|inner| !inner.done.is_empty())
}
