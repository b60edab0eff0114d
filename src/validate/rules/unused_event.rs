//! An event that no row uses.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Id, Trigger};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unused-event",
    level: Level::Warning,
    page: include_str!("unused-event.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let mut used = vec![!facts.complete(); facts.workflow.events.len()];
    for row in facts.workflow.rows.rows() {
        if let Trigger::Event(event) = row.trigger
            && let Some(used) = used.get_mut(event.index())
        {
            *used |= !row.transitions.is_empty();
        }
    }
    let events = facts.workflow.events.rows().iter().zip(used);
    for (event, _) in events.filter(|(event, used)| !used && has_sources(facts, &event.name)) {
        let message = format!("the event `{}` does nothing in any state", event.name);
        let finding = Diagnostic::new(&RULE, event.span, message)
            .label("the groups in its `from:` hold no state");
        report.push(finding.help("name states in `from:`, or remove the event"));
    }
}

/// Whether every row of an event says from where; one that does not is found while compiling.
fn has_sources(facts: &Facts<'_>, event: &str) -> bool {
    let event = facts.document.transitions.get(event);
    event.is_some_and(|event| match event.moves.as_slice() {
        [] => !event.single.from.is_empty(),
        moves => moves.iter().all(|row| !row.from.is_empty()),
    })
}
