//! The types of variables and of what events bring, learnt from how the document uses them.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::{Meaning, fold};
use super::kinds::Kind;
use super::machine::Content;
use super::script::Expr;
use super::translate::Translation;
use crate::source::Span;

/// So often the whole document is looked at; what is told of a name later is not learnt.
const MOST_ROUNDS: usize = 20;

impl Translation<'_> {
    /// Learns the types of variables and of what events bring, until nothing is new.
    pub(super) fn learn(&mut self) {
        for data in &self.machine.data {
            if let Some(value) = &data.value {
                self.judge(value, None, None, data.span, Some(&data.id));
            }
        }
        for _ in 0..MOST_ROUNDS {
            self.known.kinds.learnt = false;
            let before = self.report.len();
            self.look_at_all();
            if !self.known.kinds.learnt || self.report.len() > before {
                break;
            }
        }
        let kinds = &mut self.known.kinds;
        for name in &kinds.seen {
            if let Some(kind @ None) = kinds.variables.get_mut(name) {
                // It is only asked whether it is set, which it never is.
                *kind = Some(Kind::Text);
            }
        }
        self.sure();
    }

    pub(super) fn look_at_all(&mut self) {
        for (transition, _) in self.transitions() {
            for event in self.triggers(transition) {
                let event = event.as_deref();
                if let Some(condition) = &transition.condition {
                    let wanted = Some(Kind::Boolean);
                    self.judge(&condition.value, event, wanted, condition.span, None);
                }
                self.look_at(&transition.content, event);
            }
        }
        let machine = self.machine;
        for id in self.order.clone() {
            let Some(state) = self.places.get(&id).map(|place| place.state) else {
                continue;
            };
            self.look_at(&state.enter, None);
            self.look_at(&state.exit, None);
            if let Some(start) = &state.initial {
                self.look_at(&start.content, None);
            }
            if let Some(parent) = self.places.get(&id).and_then(|place| place.parent.clone()) {
                let event = format!("done.state.{parent}");
                self.look_at_brought(&event, &state.done, None);
            }
        }
        for history in &machine.histories {
            if let Some(start) = &history.default {
                self.look_at(&start.content, None);
            }
        }
    }

    pub(super) fn look_at(&mut self, content: &[Content], event: Option<&str>) {
        for part in content {
            match part {
                Content::Assign { to, value } => {
                    self.judge(&value.value, event, None, value.span, Some(&to.value));
                }
                Content::Raise(sent) => {
                    let name = sent.event.value.clone();
                    self.look_at_brought(&name, &sent.with, event);
                }
                Content::Cancel(_) => {}
                Content::If(branches) => {
                    for (condition, content) in branches {
                        if let Some(condition) = condition {
                            let wanted = Some(Kind::Boolean);
                            self.judge(&condition.value, event, wanted, condition.span, None);
                        }
                        self.look_at(content, event);
                    }
                }
            }
        }
    }

    pub(super) fn look_at_brought(
        &mut self,
        raised: &str,
        with: &[super::machine::Param],
        event: Option<&str>,
    ) {
        for param in with {
            let key = (raised.to_owned(), param.name.clone());
            let known = self.known.kinds.brought.get(&key).copied().flatten();
            let value = fold(&param.value.value, &Meaning::default(), event);
            let found = self.known.kinds.of(&value, event, known);
            let found = found.and_then(|kind| self.known.kinds.brings(raised, &param.name, kind));
            if let Err(what) = found {
                self.unsupported(param.value.span, what);
            }
        }
    }

    /// Judges an expression, whose value a variable may take.
    pub(super) fn judge(
        &mut self,
        expr: &Expr,
        event: Option<&str>,
        wanted: Option<Kind>,
        span: Span,
        variable: Option<&str>,
    ) {
        let expr = fold(expr, &Meaning::default(), event);
        let kinds = &mut self.known.kinds;
        let wanted = wanted.or_else(|| kinds.variables.get(variable?).copied().flatten());
        let mut found = kinds.of(&expr, event, wanted);
        if let (Ok(kind), Some(name)) = (&found, variable) {
            found = kinds.of(&Expr::Var(name.to_owned()), event, *kind);
        }
        if let Err(what) = found {
            self.unsupported(span, what);
        }
    }

    /// What every occurrence of an event brings; one from outside may bring nothing.
    pub(super) fn sure(&mut self) {
        let mut brings: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        for sent in self.events.sent() {
            let with: BTreeSet<String> = sent.with.iter().map(|p| p.name.clone()).collect();
            let known = brings.entry(sent.event.value.clone()).or_insert(None);
            *known = Some(match known.take() {
                None => with,
                Some(known) => known.intersection(&with).cloned().collect(),
            });
        }
        for (event, with) in brings {
            if !self.events.comes_from_outside(&event) {
                let with = with.into_iter().flatten();
                let with = with.map(|name| (event.clone(), name));
                self.known.sure.extend(with);
            }
        }
    }
}
