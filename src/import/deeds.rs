//! What is done on the way: values set, events raised and called off.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::events::matches;
use super::guard;
use super::machine::{Content, Sent};
use super::run::{Way, ways};
use super::script::Expr;
use super::translate::Translation;
use crate::source::{Span, Spanned};

impl Translation<'_> {
    pub(super) fn raised_with(
        &self,
        id: &str,
        raised: &str,
        with: impl Iterator<Item = (String, Expr)>,
        after: Option<u64>,
        event: Option<&str>,
    ) -> Json {
        let mut values = Map::new();
        for (name, value) in with {
            let key = (raised.to_owned(), name.clone());
            let kind = self.known.kinds.brought.get(&key).copied().flatten();
            let text = guard::value(&value, kind, &self.known, event);
            values.insert(self.known.payload_name(&name).to_owned(), json!(text));
        }
        let mut found = Map::new();
        found.insert("event".into(), json!(id));
        if !values.is_empty() {
            found.insert("with".into(), Json::Object(values));
        }
        if let Some(after) = after {
            found.insert("after".into(), json!(delay(after)));
        }
        match found.len() {
            1 => json!(id),
            _ => Json::Object(found),
        }
    }

    pub(super) fn hook(
        &mut self,
        content: &[Content],
        raised: Option<Json>,
        span: Span,
    ) -> Map<String, Json> {
        let Some(ways) = self.all_ways(content, None, span) else {
            return Map::new();
        };
        let mut hook = Map::new();
        if let [way] = ways.as_slice() {
            hook = self.deed(way, None);
        } else {
            let mut branches = Vec::new();
            for way in ways.iter().filter(|way| !way.is_idle()) {
                let mut branch = Map::new();
                let guard = guard::all(&way.when, &self.known, None);
                branch.insert("guard".into(), json!(guard));
                branch.extend(self.deed(way, None));
                branches.push(Json::Object(branch));
            }
            if !branches.is_empty() && raised.is_some() {
                self.unsupported(span, "`<if>` beside `<donedata>`");
            }
            if !branches.is_empty() {
                hook.insert("branches".into(), Json::Array(branches));
            }
        }
        if let Some(raised) = raised {
            let list = hook.entry("raise").or_insert_with(|| json!([]));
            match list {
                Json::Array(list) => list.push(raised),
                one => *one = json!([one.clone(), raised]),
            }
        }
        hook
    }

    pub(super) fn all_ways(
        &mut self,
        content: &[Content],
        event: Option<&str>,
        at: Span,
    ) -> Option<Vec<Way>> {
        let found = ways(content, event);
        if found.is_none() {
            self.unsupported(
                at,
                "content with so many ways through its `<if>`s, or values that grow so large,",
            );
        }
        found
    }

    /// What a way does.
    pub(super) fn deed(&mut self, way: &Way, event: Option<&str>) -> Map<String, Json> {
        let mut deed = Map::new();
        let mut set = Map::new();
        for (name, value) in &way.meaning.set {
            let kind = self.known.kinds.variables.get(name).copied().flatten();
            if *value == Expr::Var(name.clone()) || kind.is_none() {
                continue;
            }
            if let Some(field) = self.known.names.fields.get(name) {
                let text = guard::value(value, kind, &self.known, event);
                set.insert(field.clone(), json!(text));
            }
        }
        if !set.is_empty() {
            deed.insert("set".into(), Json::Object(set));
        }
        let cancelled = way.cancelled.iter();
        let mut cancel: Vec<Json> = Vec::new();
        for id in cancelled {
            cancel.extend(self.called_off(id).into_iter().map(Json::from));
        }
        let mut raise: Vec<Json> = Vec::new();
        for sent in &way.raised {
            raise.extend(self.raise(sent, event));
        }
        for (key, list) in [("cancel", cancel), ("raise", raise)] {
            match list.as_slice() {
                [] => {}
                [one] => _ = deed.insert(key.into(), one.clone()),
                _ => _ = deed.insert(key.into(), Json::Array(list)),
            }
        }
        deed
    }

    pub(super) fn raise(&mut self, sent: &Sent, event: Option<&str>) -> Option<Json> {
        let raised = sent.event.value.clone();
        let names = &self.known.names.events;
        let Some(id) = names
            .get(&raised)
            .filter(|_| self.is_heard(&raised))
            .cloned()
        else {
            self.left_out(
                sent.event.span,
                format!("the event `{raised}`, which nothing waits for,"),
            );
            return None;
        };
        let with = sent
            .with
            .iter()
            .map(|p| (p.name.clone(), p.value.value.clone()));
        let with = with.collect::<Vec<_>>().into_iter();
        Some(self.raised_with(&id, &raised, with, sent.after, event))
    }

    pub(super) fn is_heard(&self, event: &str) -> bool {
        let transitions = self.transitions();
        let mut words = transitions
            .iter()
            .flat_map(|(transition, _)| &transition.events);
        words.any(|word| matches(&word.value, event))
    }

    /// The events that an id of `<send>` stands for.
    pub(super) fn called_off(&mut self, id: &Spanned<String>) -> Vec<String> {
        let sent: Vec<Sent> = self
            .events
            .sent()
            .iter()
            .filter(|s| s.after.is_some())
            .cloned()
            .collect();
        let of_it: BTreeSet<&String> = sent
            .iter()
            .filter(|sent| sent.id.as_ref() == Some(&id.value))
            .map(|sent| &sent.event.value)
            .collect();
        let mut others = sent
            .iter()
            .filter(|sent| sent.id.as_ref() != Some(&id.value));
        if others.any(|sent| of_it.contains(&sent.event.value)) {
            let what = format!("calling off `{}` alone of several of one event", id.value);
            self.unsupported(id.span, what);
        }
        let names = &self.known.names.events;
        let heard = of_it.into_iter().filter(|event| self.is_heard(event));
        heard
            .filter_map(|event| names.get(event).cloned())
            .collect()
    }
}

/// Milliseconds as a duration.
fn delay(millis: u64) -> String {
    match (millis / 1_000, millis % 1_000) {
        (seconds, 0) => format!("{seconds}s"),
        (0, millis) => format!("{millis}ms"),
        (seconds, millis) => format!("{seconds}s{millis}ms"),
    }
}
