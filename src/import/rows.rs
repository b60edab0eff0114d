//! Transitions as rows: by event, and automatic ones.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::events::{first, matches};
use super::fold::{Meaning, fold};
use super::guard;
use super::machine::{Kind as StateKind, Transition};
use super::script::Expr;
use super::translate::{Translation, typed};

impl<'m> Translation<'m> {
    pub(super) fn always(&mut self) -> Vec<Json> {
        let mut rows = Vec::new();
        for (transition, from) in self.transitions() {
            if transition.events.is_empty() {
                rows.extend(self.row(transition, &from, None));
            }
        }
        rows
    }

    pub(super) fn rows(&mut self) -> Map<String, Json> {
        let mut found = Map::new();
        let transitions = self.transitions();
        let mut looked_at = BTreeSet::new();
        for (transition, from) in &transitions {
            if looked_at.insert(transition.span) {
                self.patterns(transition);
            }
            let is_own = self.places.contains_key(from);
            if is_own && !transition.events.is_empty() && self.triggers(transition).is_empty() {
                let words = transition.events.iter().map(|word| word.value.as_str());
                let words = words.collect::<Vec<_>>().join(" ");
                let what = format!("a transition by `{words}`, which never comes,");
                self.left_out(transition.span, what);
            }
        }
        for event in self.events.names().clone() {
            let mut rows = Vec::new();
            for (transition, from) in &transitions {
                if transition
                    .events
                    .iter()
                    .any(|word| matches(&word.value, &event))
                {
                    rows.extend(self.row(transition, from, Some(&event)));
                }
            }
            if let Some(id) = self
                .known
                .names
                .events
                .get(&event)
                .filter(|_| !rows.is_empty())
            {
                let id = id.clone();
                let body = self.event(&event, &id, rows);
                found.insert(id, body);
            }
        }
        found
    }

    /// Tells of patterns that stand for more events than anybody named.
    fn patterns(&mut self, transition: &Transition) {
        for word in &transition.events {
            let name = word.value.trim_end_matches('*').trim_end_matches('.');
            let is_pattern = name.len() < word.value.len();
            let platform = ["done", "error"].contains(&first(name));
            if is_pattern && !platform && !self.events.are_told(&word.value) {
                let what = format!(
                    "whatever else `{}` stands for than the events that are named (`--event` names more)",
                    word.value
                );
                self.left_out(word.span, what);
            }
        }
    }

    pub(super) fn event(&self, event: &str, id: &str, mut rows: Vec<Json>) -> Json {
        let mut body = Map::new();
        if id != event {
            body.insert("title".into(), json!(event));
        }
        let mut payload = Map::new();
        for ((of, name), kind) in &self.known.kinds.brought {
            if let (true, Some(kind)) = (of == event, kind) {
                let mut field = typed(*kind);
                if !self.known.is_brought(event, name) {
                    field.insert("optional".into(), json!(true));
                }
                payload.insert(
                    self.known.payload_name(name).to_owned(),
                    Json::Object(field),
                );
            }
        }
        if !payload.is_empty() {
            body.insert("payload".into(), Json::Object(payload));
        }
        match (rows.len(), rows.pop()) {
            (1, Some(Json::Object(row))) => body.extend(row),
            (_, last) => {
                rows.extend(last);
                body.insert("moves".into(), Json::Array(rows));
            }
        }
        Json::Object(body)
    }

    pub(super) fn row(
        &mut self,
        transition: &'m Transition,
        from: &str,
        event: Option<&str>,
    ) -> Option<Json> {
        let condition = transition.condition.as_ref();
        let condition = condition.map(|c| fold(&c.value, &Meaning::default(), event));
        if condition == Some(Expr::Bool(false)) {
            self.left_out(transition.span, "a transition whose condition never holds");
            return None;
        }
        let mut row = Map::new();
        let path = self.known.names.states.get(from)?.clone();
        row.insert("from".into(), json!(path));
        if let Some(condition) = condition.filter(|c| *c != Expr::Bool(true)) {
            let text = guard::condition(&condition, &self.known, event);
            row.insert("guard".into(), json!(text));
        }
        let to = match transition.targets.is_empty() {
            true => None,
            false => Some(self.target(&transition.targets)),
        };
        if transition.internal && self.stays(transition, from) {
            row.insert("internal".into(), json!(true));
        }
        let mut ways = self.all_ways(&transition.content, event, transition.span)?;
        if ways.len() == 1 {
            row.extend(to.map(|to| ("to".to_owned(), to)));
            row.extend(
                ways.first()
                    .map(|way| self.deed(way, event))
                    .unwrap_or_default(),
            );
            return Some(Json::Object(row));
        }
        let leaves = ways.iter().flat_map(|way| &way.when).any(asks_in) || self.sets_on_exit();
        if leaves {
            let what = "`<if>` in a transition beside `In` or assignments on leaving";
            self.unsupported(transition.span, what);
        }
        let last = ways.pop();
        let mut branches = Vec::new();
        for (way, is_last) in ways
            .iter()
            .map(|way| (way, false))
            .chain(last.iter().map(|w| (w, true)))
        {
            let mut branch = Map::new();
            if !is_last {
                let guard = guard::all(&way.when, &self.known, event);
                branch.insert("guard".into(), json!(guard));
            }
            branch.extend(to.clone().map(|to| ("to".to_owned(), to)));
            branch.extend(self.deed(way, event));
            branches.push(Json::Object(branch));
        }
        row.insert("branches".into(), Json::Array(branches));
        Some(Json::Object(row))
    }

    pub(super) fn sets_on_exit(&self) -> bool {
        let mut states = self.places.values();
        states.any(|place| !place.state.exit.is_empty())
    }

    /// Whether a transition keeps its source: that has states within, and all targets are among them.
    pub(super) fn stays(&self, transition: &Transition, from: &str) -> bool {
        let Some(source) = self.places.get(from) else {
            return false;
        };
        let inside = |id: &str, or_itself: bool| {
            let mut around = Some(id.to_owned());
            if !or_itself {
                around = self.places.get(id).and_then(|place| place.parent.clone());
            }
            while let Some(id) = around {
                if id == source.state.id {
                    return true;
                }
                around = self.places.get(&id).and_then(|place| place.parent.clone());
            }
            false
        };
        let compound = source.state.kind == StateKind::State && !source.state.states.is_empty();
        let mut targets = transition.targets.iter();
        compound
            && targets.all(|target| {
                let mut histories = self.machine.histories.iter();
                match histories.find(|history| history.id == target.value) {
                    Some(history) => inside(&history.of, true),
                    None => inside(&target.value, false),
                }
            })
    }
}

fn asks_in(expr: &Expr) -> bool {
    match expr {
        Expr::In(_) => true,
        Expr::Not(of) | Expr::Minus(of) | Expr::Unset(of) => asks_in(of),
        Expr::Of(_, left, right) => asks_in(left) || asks_in(right),
        _ => false,
    }
}
