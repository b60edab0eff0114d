//! A waiver of expiry on a state that reserves nothing.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Expires, FlagId};
use crate::validate::facts::{Facts, per_state};
use crate::validate::flags;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "useless-waiver",
    level: Level::Warning,
    page: include_str!("useless-waiver.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    let mut reserves = per_state(workflow, |state| {
        state.is_atomic() && flags::may_hold(state, FlagId::RESERVED)
    });
    for state in workflow.states.rows().iter().rev() {
        if let Some(outer) = state.parent {
            *reserves.at_mut(outer) |= *reserves.at(state.id);
        }
    }
    let states = facts.states().filter(|_| facts.complete());
    for state in states.filter(|state| !*reserves.at(state.id)) {
        let Expires::Never(span) = state.expires else {
            continue;
        };
        let message = format!(
            "`{}` waives an expiry although it reserves nothing",
            state.path
        );
        let finding = Diagnostic::new(&RULE, span, message)
            .label("nothing would expire")
            .also(state.span, "`reserved` is never true here");
        report.push(finding.help("remove it, or set the flag `reserved`"));
    }
}
