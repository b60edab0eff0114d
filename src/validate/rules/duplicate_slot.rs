//! Two states of one slot with the same rank.

use std::collections::BTreeMap;

use crate::context::Value;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, Slot, State};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "duplicate-slot",
    level: Level::Error,
    page: include_str!("duplicate-slot.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let Some(slot) = &facts.workflow.slot else {
        return;
    };
    let rank = |state: &State| {
        let rank = slot
            .rank
            .and_then(|rank| state.attributes.get(rank.index())?.as_ref());
        rank.map(Value::to_string)
    };
    for (key, states) in slots(facts, slot) {
        let mut first: BTreeMap<Option<String>, &State> = BTreeMap::new();
        for state in states {
            let Some(other) = first.get(&rank(state)) else {
                first.insert(rank(state), state);
                continue;
            };
            let values = key.join(", ");
            let message = format!(
                "`{}` and `{}` fill the same slot `{values}`",
                other.path, state.path
            );
            let by = if slot.rank.is_some() {
                "with the same rank"
            } else {
                "and slots have no rank"
            };
            let finding = Diagnostic::new(&RULE, state.span, message)
                .label(format!("fills it too, {by}"))
                .also(other.span, "fills the slot")
                .also(slot.span, "slots are declared here");
            report.push(finding.help("give them different ranks or attributes"));
        }
    }
}

/// A slot's attribute values as text, and the top-level states that have them.
type Filled<'a> = (Vec<String>, Vec<&'a State>);

/// The top-level states in each slot, both in document order.
pub(super) fn slots<'a>(facts: &Facts<'a>, slot: &Slot) -> Vec<Filled<'a>> {
    let mut slots: indexmap::IndexMap<Vec<String>, Vec<&State>> = indexmap::IndexMap::new();
    for state in facts.workflow.top_level() {
        let value = |attribute: &crate::graph::AttributeId| {
            let value = state.attributes.get(attribute.index())?.as_ref();
            value.map(Value::to_string)
        };
        if let Some(key) = slot.by.iter().map(value).collect::<Option<Vec<String>>>() {
            slots.entry(key).or_default().push(state);
        }
    }
    slots.into_iter().collect()
}
