//! What a step is expected to do, compared with what it did.
//!
//! In: a family after a step, what became of the step, and the expectations. Out: a finding for every
//! difference, with both sides in words.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Expectations, FlagsExpected, Refused};
use super::names::{effect_name, timer_names};
use super::refusals;
use super::rule::UNMET_EXPECTATION;
use crate::context::{Actor, Type, Value, ValueError};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Listed;
use crate::document::{Entries, Literal, Name};
use crate::drive::rule::MISTYPED_VALUE;
use crate::drive::{Entry, Family, OrderName, Verdict, when_of};
use crate::graph::{Id, TimerId};
use crate::instance::Instance;
use crate::interpret::{self, Possible};
use crate::source::Span;
use crate::time::format_instant;

/// A step that was told, with what came of it.
pub(super) struct Told<'a, 'w> {
    pub(super) family: &'a Family<'w>,
    /// The order that the step is about.
    pub(super) order: &'a OrderName,
    pub(super) verdict: &'a Verdict,
    /// What the step set off.
    pub(super) entries: &'a [Entry],
    /// The step, for expectations that it leaves out.
    pub(super) span: Span,
}

impl Told<'_, '_> {
    /// Compares everything that is expected.
    pub(super) fn compare(&self, expect: &Expectations, report: &mut Report) {
        self.answer(expect.refused.as_ref(), report);
        if !report.is_empty() {
            // Whatever else is not as expected follows from that.
            return;
        }
        if let Some(repeated) = &expect.repeated {
            let found = *self.verdict == Verdict::Repeated;
            let words = |repeated: bool| match repeated {
                true => "accepted without a step",
                false => "a step",
            };
            same(
                report,
                repeated.span,
                "the answer",
                words(repeated.value),
                words(found),
            );
        }
        self.asked(expect, report);
        let Some(instance) = self.family.instance(self.order) else {
            return;
        };
        if let Some(state) = &expect.state {
            self.state(instance, state, report);
        }
        if let Some(flags) = &expect.flags {
            self.flags(instance, flags, report);
        }
        self.fields(instance, expect, report);
        for entry in expect.timers.iter().flat_map(|timers| &timers.0) {
            self.timer(instance, &entry.name, &entry.value, report);
        }
        for entry in &expect.pending {
            self.pending(instance, (&entry.name, &entry.value), report);
        }
        self.available(instance, expect, report);
    }

    /// Whether the step was refused, and for what.
    pub(super) fn answer(&self, expected: Option<&Refused>, report: &mut Report) {
        let refusal = match self.verdict {
            Verdict::Refused(refusal) => Some(refusal),
            _ => None,
        };
        match (expected, refusal) {
            (None, None) => {}
            (Some(Refused::Any(any)), refusal) if any.value == refusal.is_some() => {}
            (None | Some(Refused::Any(_)), Some(refusal)) => {
                let span = match expected {
                    Some(Refused::Any(any)) => any.span,
                    _ => self.span,
                };
                let message = format!("the step is refused: {refusal}");
                report.push(Diagnostic::new(&UNMET_EXPECTATION, span, message));
            }
            (Some(expected), None) => {
                let message = "a refusal is expected, and the step is accepted";
                let span = place_of(expected).unwrap_or(self.span);
                report.push(Diagnostic::new(&UNMET_EXPECTATION, span, message));
            }
            (Some(Refused::Says(says)), Some(refusal)) => said(says, refusal, report),
            (Some(Refused::Kind(kind)), Some(refusal)) => {
                said(&kind.says, refusal, report);
                let here: BTreeSet<String> = kind.kind.iter().map(|k| k.value.clone()).collect();
                if let Some(first) = kind.kind.iter().next() {
                    let found = refusals::kinds(refusal);
                    let (here, found) = (quoted(&here), quoted(&found));
                    same(report, first.span, "the kind of refusal", &here, &found);
                }
            }
        }
    }

    /// Effects and events for children, of all orders.
    fn asked(&self, expect: &Expectations, report: &mut Report) {
        let workflow = self.family.workflow();
        let records = || self.entries.iter().filter_map(Entry::record);
        if let Some(effects) = &expect.effects {
            let here: Vec<String> = effects.iter().map(|name| name.value.clone()).collect();
            let found = records().flat_map(|record| &record.effects);
            let found: Vec<String> = found.map(|e| effect_name(workflow, e.effect)).collect();
            let span = effects.iter().next().map_or(self.span, |name| name.span);
            same(report, span, "the effects", &quoted(&here), &quoted(&found));
        }
        if let Some(sent) = &expect.sent {
            let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for send in records().flat_map(|record| &record.sends) {
                let set = workflow.children.at(send.children).name.clone();
                found.entry(set).or_default().push(send.event.clone());
            }
            let here = sent.iter().map(|entry| {
                let events: Vec<String> = entry.value.iter().map(|e| e.value.clone()).collect();
                (entry.name.value.clone(), events)
            });
            let words = |pairs: BTreeMap<String, Vec<String>>| {
                let pairs = pairs.into_iter().filter(|(_, events)| !events.is_empty());
                let pairs = pairs.map(|(set, events)| format!("{} to {set}", events.join(", ")));
                quoted(&pairs.collect::<Vec<_>>())
            };
            let span = sent
                .iter()
                .next()
                .map_or(self.span, |entry| entry.name.span);
            let here = words(here.collect());
            same(
                report,
                span,
                "what is sent to children",
                &here,
                &words(found),
            );
        }
    }

    /// Each named state is active, and each innermost active state is named or lies in a named one.
    fn state(&self, instance: &Instance, expected: &Listed<Name>, report: &mut Report) {
        let workflow = self.family.workflow();
        let named: Vec<_> = expected
            .iter()
            .filter_map(|name| workflow.state_named(&name.value))
            .collect();
        let active = named.iter().all(|&id| instance.is_active(id));
        let mut leaves = instance.leaves(workflow);
        let covered = leaves.all(|leaf| named.iter().any(|&outer| workflow.within(leaf, outer)));
        if !(active && covered) {
            let here: Vec<&str> = expected.iter().map(|name| name.value.as_str()).collect();
            let span = expected.iter().next().map_or(self.span, |name| name.span);
            let here = format!("`{}`", here.join(" + "));
            same(
                report,
                span,
                "the state",
                &here,
                &format!("`{}`", instance.status(workflow)),
            );
        }
    }

    fn flags(&self, instance: &Instance, expected: &FlagsExpected, report: &mut Report) {
        let workflow = self.family.workflow();
        let flags = interpret::flags(workflow, self.family.site(), instance);
        let name = |id: Option<crate::graph::FlagId>| {
            id.map_or("expires", |id| workflow.flags.at(id).name.as_str())
        };
        match expected {
            FlagsExpected::True(names) => {
                let here: BTreeSet<String> = names.iter().map(|name| name.value.clone()).collect();
                let held = flags
                    .iter()
                    .filter(|(_, value)| *value == Value::Boolean(true));
                let found: BTreeSet<String> = held.map(|(id, _)| name(*id).to_owned()).collect();
                let span = names.first().map_or(self.span, |name| name.span);
                same(
                    report,
                    span,
                    "the flags that are true",
                    &quoted(&here),
                    &quoted(&found),
                );
            }
            FlagsExpected::Values(values) => {
                for entry in values {
                    let flag = flags.iter().find(|(id, _)| name(*id) == entry.name.value);
                    let Some((id, found)) = flag else {
                        continue;
                    };
                    let ty = id.map_or(&Type::Boolean, |id| &workflow.flags.at(id).ty);
                    let what = format!("flag `{}`", entry.name);
                    let here = (entry.value.span, entry.value.read(ty));
                    typed(report, &what, here, Some(found));
                }
            }
        }
    }

    fn fields(&self, instance: &Instance, expect: &Expectations, report: &mut Report) {
        for entry in &expect.fields {
            let mut fields = self.family.workflow().fields.iter();
            let Some((id, field)) = fields.find(|(_, field)| field.name == entry.name.value) else {
                continue;
            };
            let found = instance.field(id);
            let what = format!("field `{}`", entry.name);
            match &entry.value.0 {
                Some(written) => {
                    let here = (written.span(), written.read(&field.ty));
                    typed(report, &what, here, found.as_ref());
                }
                None => same(
                    report,
                    entry.name.span,
                    &what,
                    "not set",
                    &shown(found.as_ref()),
                ),
            }
        }
    }

    fn timer(&self, instance: &Instance, name: &Name, due: &Literal, report: &mut Report) {
        let names = timer_names(self.family.workflow());
        let Some(index) = names.iter().position(|known| *known == name.value) else {
            return;
        };
        let running = instance.timers.get(&TimerId::from_index(index));
        let found = running.map_or("none".to_owned(), |timer| format_instant(timer.due));
        if let Some(here) = self.due(due, "a timer is due", report) {
            let what = format!("timer `{name}`");
            same(report, due.span, &what, &here, &found);
        }
    }

    /// The events of a name that wait, each with when it comes.
    fn pending(
        &self,
        instance: &Instance,
        (name, dues): (&Name, &Listed<Literal>),
        report: &mut Report,
    ) {
        let workflow = self.family.workflow();
        let Some(event) = workflow.event_named(&name.value) else {
            return;
        };
        let words = |mut dues: Vec<String>| {
            dues.sort();
            match dues.is_empty() {
                true => "none".to_owned(),
                false => dues.join(", "),
            }
        };
        let waiting = instance.pending.iter().filter(|one| one.event == event);
        let found = words(waiting.map(|one| format_instant(one.due)).collect());
        let here: Option<Vec<String>> = dues
            .iter()
            .map(|due| self.due(due, "an event comes", report))
            .collect();
        if let Some(here) = here {
            let here = words(here.into_iter().filter(|due| due != "none").collect());
            let what = format!("event `{name}` that waits");
            same(report, name.span, &what, &here, &found);
        }
    }

    /// When something is expected, or `none`; that it is not understood is told.
    fn due(&self, due: &Literal, what: &str, report: &mut Report) -> Option<String> {
        if due.text == "none" {
            return Some("none".to_owned());
        }
        let instant = when_of(due).and_then(|when| {
            let (now, zone) = (self.family.now(), &self.family.site().zone);
            when.instant(now, zone).ok()
        });
        if instant.is_none() {
            let message = format!("`{}` does not say when {what}", due.text);
            let help = "write how long from now (`20m`), a point in time, or `none`";
            report.push(Diagnostic::new(&MISTYPED_VALUE, due.span, message).help(help));
        }
        instant.map(format_instant)
    }

    fn available(&self, instance: &Instance, expect: &Expectations, report: &mut Report) {
        let events = |entries: &Entries<Listed<Name>>| -> Vec<(Name, BTreeSet<String>)> {
            let entries = entries.iter();
            entries
                .map(|entry| {
                    let events = entry.value.iter().map(|event| event.value.clone());
                    (entry.name.clone(), events.collect())
                })
                .collect()
        };
        for (actor, here) in events(&expect.available) {
            let found = self.possible(instance, &actor);
            let what = format!("what `{actor}` may do");
            same(report, actor.span, &what, &quoted(&here), &quoted(&found));
        }
        for (actor, here) in events(&expect.unavailable) {
            let found = self.possible(instance, &actor);
            let possible: BTreeSet<String> = here.intersection(&found).cloned().collect();
            if !possible.is_empty() {
                let message = format!(
                    "`{actor}` may do {}, which is not expected",
                    quoted(&possible)
                );
                report.push(Diagnostic::new(&UNMET_EXPECTATION, actor.span, message));
            }
        }
    }

    fn possible(&self, instance: &Instance, actor: &Name) -> BTreeSet<String> {
        let (workflow, site) = (self.family.workflow(), self.family.site());
        let actor = Actor::new(&actor.value);
        let actions = interpret::available(workflow, site, instance, &actor, self.family.now());
        let possible = actions
            .into_iter()
            .filter(|action| action.possible != Possible::No);
        possible.map(|action| action.event).collect()
    }
}

/// Every text is contained in something that the refusal says.
fn said(
    says: &Listed<crate::source::Spanned<String>>,
    refusal: &crate::instance::Refusal,
    report: &mut Report,
) {
    let words = refusals::words(refusal);
    for text in says {
        if !words.iter().any(|said| said.contains(&text.value)) {
            let message = format!("the refusal does not say `{text}`: {refusal}");
            report.push(Diagnostic::new(&UNMET_EXPECTATION, text.span, message));
        }
    }
}

fn place_of(refused: &Refused) -> Option<Span> {
    match refused {
        Refused::Any(any) => Some(any.span),
        Refused::Says(says) => says.iter().next().map(|text| text.span),
        Refused::Kind(kind) => {
            let mut words = kind.kind.iter().chain(&kind.says);
            words.next().map(|text| text.span)
        }
    }
}

/// Compares a value, read from its place in the file, with what was found.
fn typed(
    report: &mut Report,
    what: &str,
    (span, here): (Span, Result<Value, ValueError>),
    found: Option<&Value>,
) {
    match here {
        Ok(here) if Some(&here) == found => {}
        Ok(here) => same(report, span, what, &shown(Some(&here)), &shown(found)),
        Err(error) => {
            let message = format!("{what}: {error}");
            report.push(Diagnostic::new(&MISTYPED_VALUE, span, message));
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("not set".to_owned(), |value| format!("`{value}`"))
}

fn quoted<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    }
}

fn same(report: &mut Report, span: Span, what: &str, here: &str, found: &str) {
    if here != found {
        let message = format!("{what}: expected {here}, found {found}");
        report.push(Diagnostic::new(&UNMET_EXPECTATION, span, message));
    }
}
