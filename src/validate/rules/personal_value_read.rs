//! A personal value that decides something, or that is copied to where it cannot be erased.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{
    Anchor, Assign, Condition, Deed, EventId, Hook, Id, PayloadField, Raise, Row, Trigger,
};
use crate::guard::{Formula, Reads};
use crate::source::Span;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "personal-value-read",
    level: Level::Error,
    page: include_str!("personal-value-read.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    let personal = |field: &PayloadField| field.personal;
    let mut events = workflow.events.rows().iter();
    if !workflow.fields.rows().iter().any(|field| field.personal)
        && !events.any(|event| event.payload.iter().any(personal))
    {
        return;
    }
    let mut looking = Looking {
        facts,
        report,
        told: BTreeSet::new(),
    };
    looking.all();
}

struct Looking<'l, 'a> {
    facts: &'l Facts<'a>,
    report: &'l mut Report,
    told: BTreeSet<Span>,
}

impl Looking<'_, '_> {
    fn all(&mut self) {
        let workflow = self.facts.workflow;
        for row in workflow.rows.rows() {
            self.row(row);
        }
        for state in workflow.states.rows() {
            self.hook(&state.enter);
            self.hook(&state.exit);
        }
        for start in workflow.starts.rows() {
            self.deed(&start.deed, None);
        }
        for branch in &workflow.initial {
            self.conditions(&branch.conditions, None);
        }
        for timer in workflow.timers.rows() {
            self.conditions(&timer.when, None);
            if let Anchor::Field(field) = timer.due.anchor
                && workflow.fields.at(field).personal
            {
                let name = &workflow.fields.at(field).name;
                self.tell(
                    timer.span,
                    &format!("`order.{name}`"),
                    "a timer counts from it",
                );
            }
        }
    }

    fn row(&mut self, row: &Row) {
        let event = match row.trigger {
            Trigger::Event(event) => Some(event),
            _ => None,
        };
        self.conditions(&row.conditions, event);
        self.deed(&row.deed, event);
        for branch in &row.branches {
            self.conditions(&branch.conditions, event);
            self.deed(&branch.deed, event);
        }
    }

    fn hook(&mut self, hook: &Hook) {
        self.deed(&hook.deed, None);
        for (conditions, deed) in &hook.branches {
            self.conditions(conditions, None);
            self.deed(deed, None);
        }
    }

    fn deed(&mut self, deed: &Deed, event: Option<EventId>) {
        self.assigns(&deed.set, event);
        self.raises(&deed.raise, event);
    }

    fn conditions(&mut self, conditions: &[Condition], event: Option<EventId>) {
        for condition in conditions {
            let guard = condition.guard.as_ref();
            let read = guard.and_then(|guard| self.read((guard.source(), guard.reads()), event));
            if let Some(read) = read {
                self.tell(condition.span, &read, "a guard decides by it");
            }
        }
    }

    fn assigns(&mut self, assigns: &[Assign], event: Option<EventId>) {
        for assign in assigns {
            let is_kept = self.facts.workflow.fields.at(assign.field).personal;
            let formula = assign.formula.as_ref();
            if let Some(read) = formula.and_then(|formula| self.carried(formula, is_kept, event)) {
                self.tell(
                    assign.span,
                    &read,
                    "what is set is more than a copy, or cannot be erased",
                );
            }
        }
    }

    fn raises(&mut self, raises: &[Raise], event: Option<EventId>) {
        for raise in raises {
            let mut formulas = raise
                .with
                .iter()
                .filter_map(|(_, formula)| formula.as_ref());
            let read =
                formulas.find_map(|formula| self.read((formula.source(), formula.reads()), event));
            if let Some(read) = read {
                self.tell(raise.span, &read, "the event that is raised brings it");
            }
        }
    }

    /// What a formula reads beyond a copy to where it can be erased.
    fn carried(&self, formula: &Formula, is_kept: bool, event: Option<EventId>) -> Option<String> {
        let read = self.read((formula.source(), formula.reads()), event)?;
        let is_copy = format!("`{}`", formula.source().trim()) == read;
        (!(is_kept && is_copy)).then_some(read)
    }

    /// The first personal value that is read; whether there is one may be asked.
    fn read(&self, (text, reads): (&str, &Reads), event: Option<EventId>) -> Option<String> {
        let workflow = self.facts.workflow;
        let named = |kind: &str, name: &str| {
            let full = format!("{kind}.{name}");
            let is_named = text.match_indices(&full).any(|(at, _)| {
                let rest = text
                    .get(at + full.len()..)
                    .and_then(|rest| rest.chars().next());
                rest.is_none_or(|next| next != '_' && !next.is_alphanumeric())
            });
            is_named.then(|| format!("`{full}`"))
        };
        let fields = workflow.fields.iter();
        let mut fields =
            fields.filter(|(id, field)| field.personal && reads.order.contains(&id.index()));
        let payload = || {
            let payload = workflow.events.at(event?).payload.iter().enumerate();
            let mut read =
                payload.filter(|(slot, field)| field.personal && reads.event.contains(slot));
            read.find_map(|(_, field)| named("event", &field.name))
        };
        let field = fields.find_map(|(_, field)| named("order", &field.name));
        field.or_else(payload)
    }

    fn tell(&mut self, span: Span, read: &str, label: &str) {
        if self.told.insert(span) {
            let message = format!("{read} is personal, and is more than carried here");
            let finding = Diagnostic::new(&RULE, span, message).label(label);
            let help =
                "copy it to a personal field as it is, or let a value decide that tells of nobody";
            self.report.push(finding.help(help));
        }
    }
}
