//! SCXML (W3C Recommendation of 2015) with the ECMAScript data model.
//!
//! What happens at once in a workflow happens in order in SCXML, so values are worked out before any is
//! set. Effects are `<log>`s labelled `effect`. Who may cause an event is not part of the document.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use thin_vec::ThinVec;

use super::ecma::{self, Ecma};
use super::{Edge, Past, Writer};
use crate::context::Value;
use crate::diagnostic::Report;
use crate::export::text::is_treacherous;
use crate::graph::{
    Assign, Condition, Deed, EffectId, EventId, Hook, Id, Kind, Raise, StartId, State, StateId,
    Target, Trigger, Workflow,
};
use crate::source::Span;

/// Writes a workflow as SCXML; the report says what is lost.
pub fn scxml(workflow: &Workflow) -> (String, Report) {
    let mut document = Document {
        writer: Writer::new(workflow),
        out: String::new(),
        indent: 0,
        waiting: BTreeSet::new(),
    };
    document.write();
    document.writer.report.sort();
    let data = document.data();
    let out = document.out.replacen(DATA, &data, 1);
    (out, document.writer.report)
}

/// Where the data model is put once it is known what waits to be set.
const DATA: &str = "<!--data-->\n";
/// The state in which an order is that has not yet come to its first.
const START: &str = "Start";

struct Document<'w> {
    writer: Writer<'w>,
    out: String,
    indent: usize,
    /// Fields whose new value waits until all values are worked out.
    waiting: BTreeSet<usize>,
}

/// Everything that is done at once.
#[derive(Default)]
struct Deeds<'w> {
    set: Vec<&'w Assign>,
    effects: Vec<EffectId>,
    raise: Vec<&'w Raise>,
    cancel: Vec<EventId>,
    branches: &'w [(ThinVec<Condition>, Deed)],
}

impl<'w> Deeds<'w> {
    fn of_hook(hook: &'w Hook) -> Self {
        Self {
            branches: &hook.branches,
            ..Self::of(&hook.deed)
        }
    }

    fn of(deed: &'w Deed) -> Self {
        Self {
            set: deed.set.iter().collect(),
            effects: deed.effects.to_vec(),
            raise: deed.raise.iter().collect(),
            cancel: deed.cancel.to_vec(),
            branches: &[],
        }
    }
}

impl<'w> Document<'w> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", self.indent * 2);
    }

    /// An element; `inner` writes what stands within.
    fn element(&mut self, tag: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        let mut opened = format!("<{tag}");
        for (name, value) in attributes {
            let _ = write!(opened, " {name}=\"{}\"", escaped(value));
        }
        let before = std::mem::take(&mut self.out);
        self.indent += 1;
        inner(self);
        self.indent -= 1;
        let within = std::mem::replace(&mut self.out, before);
        match within.is_empty() {
            true => self.line(&format!("{opened}/>")),
            false => {
                self.line(&format!("{opened}>"));
                self.out.push_str(&within);
                self.line(&format!("</{tag}>"));
            }
        }
    }

    fn write(&mut self) {
        let workflow = self.writer.workflow;
        self.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        let start = self.writer.plain_start();
        let initial = start.map_or(START.to_owned(), |state| self.writer.id(state));
        let attributes = [
            ("xmlns", "http://www.w3.org/2005/07/scxml"),
            ("version", "1.0"),
            ("datamodel", "ecmascript"),
            ("name", workflow.name.as_str()),
            ("initial", initial.as_str()),
        ];
        self.element("scxml", &attributes, |document| {
            document.out.push_str(DATA);
            if start.is_none() {
                document.start();
            }
            for state in workflow.top_level() {
                document.state(state);
            }
        });
    }

    /// The fields, the settings with their defaults, and the values that wait to be set.
    fn data(&self) -> String {
        let workflow = self.writer.workflow;
        let mut lines = Vec::new();
        for (slot, field) in workflow.fields.rows().iter().enumerate() {
            lines.push((ecma::field(workflow, slot), field.default.as_ref()));
        }
        let settings = workflow.settings.rows().iter().enumerate();
        for (slot, setting) in settings.filter(|(_, setting)| setting.span.is_some()) {
            lines.push((ecma::setting(workflow, slot), setting.default.as_ref()));
        }
        for &slot in &self.waiting {
            lines.push((format!("next_{}", ecma::field(workflow, slot)), None));
        }
        let body: String = lines
            .iter()
            .map(|(name, value)| match value.and_then(literal) {
                Some(value) => {
                    format!("    <data id=\"{name}\" expr=\"{}\"/>\n", escaped(&value))
                }
                None => format!("    <data id=\"{name}\"/>\n"),
            })
            .collect();
        match body.is_empty() {
            true => String::new(),
            false => format!("  <datamodel>\n{body}  </datamodel>\n"),
        }
    }

    /// Where orders start, by what holds of them.
    fn start(&mut self) {
        let workflow = self.writer.workflow;
        self.element("state", &[("id", START)], |document| {
            for branch in &workflow.initial {
                let states = branch.target.iter().chain(&branch.along);
                let ids: Vec<String> = states.map(|&id| document.writer.id(id)).collect();
                let ids = ids.join(" ");
                let condition = document.condition(branch.conditions.iter(), None);
                let mut attributes = Vec::new();
                if let Some(condition) = &condition {
                    attributes.push(("cond", condition.as_str()));
                }
                attributes.push(("target", ids.as_str()));
                document.element("transition", &attributes, |_| {});
            }
        });
    }

    fn state(&mut self, state: &'w State) {
        let workflow = self.writer.workflow;
        let id = self.writer.id(state.id);
        let tag = match state.kind {
            Kind::Parallel => "parallel",
            Kind::Final => "final",
            Kind::Atomic | Kind::Compound { .. } => "state",
        };
        let initial = match (state.kind, state.start) {
            (Kind::Compound { initial }, None) => Some(self.writer.id(initial)),
            _ => None,
        };
        let mut attributes = vec![("id", id.as_str())];
        attributes.extend(
            initial
                .as_ref()
                .map(|initial| ("initial", initial.as_str())),
        );
        self.element(tag, &attributes, |document| {
            if let Some(start) = state.start {
                document.element("initial", &[], |document| document.way(start));
            }
            for past in document.writer.pasts_of(state.id) {
                document.past(past);
            }
            document.hooks(state);
            document.transitions(state);
            for &child in &state.children {
                document.state(workflow.states.at(child));
            }
        });
    }

    /// The transition to what is entered first.
    fn way(&mut self, start: StartId) {
        let start = self.writer.workflow.starts.at(start);
        let target = self.writer.target_ids(&start.target).join(" ");
        self.element("transition", &[("target", &target)], |document| {
            document.deeds(&Deeds::of(&start.deed), None);
        });
    }

    fn past(&mut self, past: Past) {
        let (state, deep, otherwise) = past;
        let id = self.writer.past_id(past);
        let kind = if deep { "deep" } else { "shallow" };
        let workflow = self.writer.workflow;
        let start = otherwise.or(workflow.states.at(state).start);
        let target = self.writer.ids_without_past(past).join(" ");
        self.element("history", &[("id", &id), ("type", kind)], |document| {
            document.element("transition", &[("target", &target)], |document| {
                if let Some(start) = start {
                    let deed = &workflow.starts.at(start).deed;
                    document.deeds(&Deeds::of(deed), None);
                }
            });
        });
    }

    /// What a state does on the way in and out, its timers among it.
    fn hooks(&mut self, state: &'w State) {
        let workflow = self.writer.workflow;
        self.element_if_any("onentry", |document| {
            document.deeds(&Deeds::of_hook(&state.enter), None);
            for &id in &state.timers {
                let timer = workflow.timers.at(id);
                if let Some(after) = document.writer.after(timer) {
                    let name = document.timer_event(id);
                    let after = format!("{after}ms");
                    let attributes = [("event", name.as_str()), ("id", &name), ("delay", &after)];
                    document.element("send", &attributes, |_| {});
                }
            }
        });
        self.element_if_any("onexit", |document| {
            document.deeds(&Deeds::of_hook(&state.exit), None);
            for &id in &state.timers {
                let name = document.timer_event(id);
                document.element("cancel", &[("sendid", &name)], |_| {});
            }
        });
    }

    fn timer_event(&self, id: crate::graph::TimerId) -> String {
        let timer = self.writer.workflow.timers.at(id);
        format!("timer-{}-{}", self.writer.id(timer.state), timer.name)
    }

    fn element_if_any(&mut self, tag: &str, inner: impl FnOnce(&mut Self)) {
        let before = self.out.len();
        self.element(tag, &[], inner);
        let written = self.out.get(before..).unwrap_or_default();
        if written.trim_end().ends_with("/>") && written.lines().count() == 1 {
            self.out.truncate(before);
        }
    }

    fn transitions(&mut self, state: &'w State) {
        for edge in self.writer.edges(state.id, |_| true) {
            self.transition(state.id, &edge);
        }
    }

    fn transition(&mut self, source: StateId, edge: &Edge<'w>) {
        let workflow = self.writer.workflow;
        if edge.chosen {
            let path = match &edge.target {
                Target::State(state) => workflow.states.at(*state).path.clone(),
                _ => String::new(),
            };
            let what = format!("that the caller chooses `{path}`");
            self.writer.lost(edge.branch.target_span, what);
        }
        let (event, words) = match edge.row.trigger {
            Trigger::Always => (None, None),
            Trigger::Timer(id) => (None, Some(self.timer_event(id))),
            Trigger::Event(id) => {
                let ends = self.writer.ends_with(id);
                let ends = ends.iter().map(|&state| {
                    // Nothing else may begin like it: `.` would separate words.
                    format!("done.state.{}", self.writer.id(state))
                });
                let name = workflow.events.at(id).name.clone();
                let words: Vec<String> = std::iter::once(name).chain(ends).collect();
                (Some(id), Some(words.join(" ")))
            }
        };
        let condition = self.condition(edge.conditions(), event);
        let target = self.writer.target_ids(&edge.target).join(" ");
        let mut attributes = Vec::new();
        attributes.extend(words.as_ref().map(|words| ("event", words.as_str())));
        attributes.extend(condition.as_ref().map(|text| ("cond", text.as_str())));
        if !target.is_empty() {
            attributes.push(("target", &target));
        }
        if edge.row.internal && self.keeps(source, &edge.target) {
            attributes.push(("type", "internal"));
        }
        let deeds = Deeds {
            set: edge.sets().collect(),
            effects: edge.effects().collect(),
            raise: edge.raises().collect(),
            cancel: edge.cancels().collect(),
            branches: &[],
        };
        self.element("transition", &attributes, |document| {
            document.deeds(&deeds, event);
        });
    }

    fn keeps(&self, source: StateId, target: &Target) -> bool {
        let workflow = self.writer.workflow;
        !target.parts().is_empty()
            && *target != Target::Stay
            && matches!(workflow.states.at(source).kind, Kind::Compound { .. })
    }

    /// Conditions that must all hold; `None` where there is none.
    fn condition(
        &mut self,
        conditions: impl Iterator<Item = &'w Condition>,
        event: Option<EventId>,
    ) -> Option<String> {
        let workflow = self.writer.workflow;
        let mut parts = Vec::new();
        for condition in conditions {
            let guard = condition.guard.as_ref();
            match guard.and_then(|guard| Ecma { workflow, event }.condition(guard)) {
                Some(text) => parts.push(text),
                None => {
                    let what = format!(
                        "the guard `{}`, which never holds in its place,",
                        condition.text
                    );
                    self.writer.lost(condition.span, what);
                    parts.push("false".to_owned());
                }
            }
        }
        match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => {
                let parts: Vec<String> = parts.iter().map(|part| format!("({part})")).collect();
                Some(parts.join(" && "))
            }
        }
    }

    fn deeds(&mut self, deeds: &Deeds<'w>, event: Option<EventId>) {
        for &effect in &deeds.effects {
            let name = &self.writer.workflow.effects.at(effect).name;
            let text = format!("'{name}'");
            self.element("log", &[("label", "effect"), ("expr", &text)], |_| {});
        }
        for &event in &deeds.cancel {
            let name = self.writer.workflow.events.at(event).name.clone();
            self.element("cancel", &[("sendid", &name)], |_| {});
        }
        let in_branches = deeds.branches.iter().flat_map(|(_, deed)| &deed.set);
        let all: BTreeSet<usize> = deeds
            .set
            .iter()
            .copied()
            .chain(in_branches)
            .map(|assign| assign.field.index())
            .collect();
        let waits = !deeds.branches.is_empty() && !all.is_empty() || reads_what_is_set(&deeds.set);
        if !waits {
            deeds
                .raise
                .iter()
                .for_each(|raise| self.raise(raise, event));
            self.branches(deeds.branches);
            self.assigns(&deeds.set, "", event);
            return;
        }
        let set: BTreeSet<usize> = deeds.set.iter().map(|set| set.field.index()).collect();
        for &slot in all.difference(&set) {
            let field = ecma::field(self.writer.workflow, slot);
            self.assign(&format!("next_{field}"), &field);
        }
        self.assigns(&deeds.set, "next_", event);
        deeds
            .raise
            .iter()
            .for_each(|raise| self.raise(raise, event));
        self.branches(deeds.branches);
        for slot in all {
            let field = ecma::field(self.writer.workflow, slot);
            self.assign(&field, &format!("next_{field}"));
            self.waiting.insert(slot);
        }
    }

    fn assign(&mut self, place: &str, value: &str) {
        self.element("assign", &[("location", place), ("expr", value)], |_| {});
    }

    fn branches(&mut self, branches: &'w [(ThinVec<Condition>, Deed)]) {
        let Some(((first, deed), rest)) = branches.split_first() else {
            return;
        };
        let always = "true".to_owned();
        let condition = self.condition(first.iter(), None).unwrap_or(always.clone());
        self.element("if", &[("cond", &condition)], |document| {
            document.branch(deed);
            for (conditions, deed) in rest {
                let condition = document.condition(conditions.iter(), None);
                document.indent -= 1;
                match condition {
                    None => document.element("else", &[], |_| {}),
                    Some(condition) => {
                        document.element("elseif", &[("cond", &condition)], |_| {});
                    }
                }
                document.indent += 1;
                document.branch(deed);
            }
        });
    }

    /// What is done in a branch; what it sets waits until every value is worked out.
    fn branch(&mut self, deed: &'w Deed) {
        let rest = Deeds {
            set: Vec::new(),
            ..Deeds::of(deed)
        };
        let set: Vec<&Assign> = deed.set.iter().collect();
        self.assigns(&set, "next_", None);
        self.deeds(&rest, None);
    }

    fn assigns(&mut self, set: &[&Assign], prefix: &str, event: Option<EventId>) {
        let workflow = self.writer.workflow;
        for assign in set {
            let formula = assign.formula.as_ref();
            let text = match assign.unset {
                true => Some("undefined".to_owned()),
                false => formula.and_then(|formula| Ecma { workflow, event }.formula(formula)),
            };
            match text {
                Some(text) => {
                    let field = ecma::field(workflow, assign.field.index());
                    let place = format!("{prefix}{field}");
                    self.assign(&place, &text);
                }
                None => self.no_words(assign.span, formula.map_or("", |f| f.source())),
            }
        }
    }

    fn no_words(&mut self, span: Span, source: &str) {
        self.writer.lost(span, format!("the value `{source}`"));
    }

    fn raise(&mut self, raise: &'w Raise, event: Option<EventId>) {
        let workflow = self.writer.workflow;
        let declared = workflow.events.at(raise.event);
        let delay = raise
            .after
            .and_then(|after| self.writer.delay(after, raise.span));
        let delay = delay.map(|delay| format!("{delay}ms"));
        if delay.is_none() && raise.with.is_empty() {
            self.element("raise", &[("event", &declared.name)], |_| {});
            return;
        }
        let mut attributes = vec![("event", declared.name.as_str())];
        match &delay {
            None => attributes.push(("target", "#_internal")),
            Some(delay) => {
                attributes.push(("id", declared.name.as_str()));
                attributes.push(("delay", delay.as_str()));
            }
        }
        self.element("send", &attributes, |document| {
            for (slot, formula) in &raise.with {
                let name = declared.payload.get(*slot).map(|field| field.name.clone());
                let text = formula.as_ref();
                let text = text.and_then(|formula| Ecma { workflow, event }.formula(formula));
                match (name, text) {
                    (Some(name), Some(text)) => {
                        document.element("param", &[("name", &name), ("expr", &text)], |_| {});
                    }
                    _ => {
                        let source = formula.as_ref().map_or("", |f| f.source());
                        document.no_words(raise.span, source);
                    }
                }
            }
        });
    }
}

/// Whether some value reads what another of them sets.
fn reads_what_is_set(set: &[&Assign]) -> bool {
    let reads = |assign: &Assign, field: usize| {
        let formula = assign.formula.as_ref();
        formula.is_some_and(|formula| formula.reads().order.contains(&field))
    };
    set.iter().enumerate().any(|(index, assign)| {
        let mut others = set.iter().enumerate();
        others.any(|(other, later)| other > index && reads(later, assign.field.index()))
    })
}

/// A value written out; dates, durations and lists have no literals.
fn literal(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
        Value::Text(text) => ecma::quoted(text),
        _ => None,
    }
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if is_treacherous(c) => _ = write!(out, "&#{};", u32::from(c)),
            c => out.push(c),
        }
    }
    out
}
