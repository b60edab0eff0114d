//! A state that reserves goods, and nothing says when they are released.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Expires, FlagId, State};
use crate::validate::facts::Facts;
use crate::validate::flags;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "reserved-without-expiry",
    level: Level::Warning,
    page: include_str!("reserved-without-expiry.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    if !facts.complete() {
        return;
    }
    let holding = facts.states().filter(|state| reserves(facts, state));
    for state in flags::carriers(facts, FlagId::RESERVED, holding) {
        let message = format!("`{}` reserves and does not say until when", state.path);
        let mut finding =
            Diagnostic::new(&RULE, state.span, message).label("neither a timer nor a waiver");
        if let Some(span) = flags::span(state, FlagId::RESERVED) {
            let label = match flags::is(state, FlagId::RESERVED, true) {
                true => "is true here",
                false => "may be true here",
            };
            finding = finding.also(span, label);
        }
        report.push(finding.help(
            "add `expires: { after: …, to: … }`, or `expires: never` where the reservation stays until somebody moves the order",
        ));
    }
}

/// Whether orders stay in a state that reserves, without a word on how long.
fn reserves(facts: &Facts<'_>, state: &State) -> bool {
    let workflow = facts.workflow;
    let stays = state.is_atomic() && !facts.is_end(state) && *facts.reachable.at(state.id);
    let around = || std::iter::once(state.id).chain(workflow.ancestors(state.id));
    let answers = |state: &State| state.expires != Expires::Unstated || state.transient;
    stays
        && flags::may_hold(state, FlagId::RESERVED)
        && !around().any(|id| answers(workflow.states.at(id)))
}
