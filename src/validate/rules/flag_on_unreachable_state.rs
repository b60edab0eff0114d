//! A flag that only states give which no new order can reach.

use crate::analysis::Sites;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{FlagId, State};
use crate::validate::facts::Facts;
use crate::validate::flags;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "flag-on-unreachable-state",
    level: Level::Warning,
    page: include_str!("flag-on-unreachable-state.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    if !facts.complete() {
        return;
    }
    for (id, flag) in facts.workflow.flags.iter() {
        let decides = |state: &State| match flags::value(state, id) {
            Some(origin) if state.is_atomic() => facts.grid.valued_otherwise(origin, &flag.default),
            _ => Sites::NONE,
        };
        let decided = |state: &&State| {
            let here = facts.grid.both(decides(state), *facts.entered.at(state.id));
            !here.is_empty()
        };
        if facts.states().any(|state| decided(&state)) {
            continue;
        }
        // A state that no order at all can reach is found by itself.
        let kept = facts.states().filter(|state| !decides(state).is_empty());
        let mut kept = kept.filter(|state| *facts.reachable.at(state.id));
        if let Some(state) = kept.next() {
            report.push(describe(&flag.name, id, state));
        }
    }
}

fn describe(name: &str, id: FlagId, state: &State) -> Diagnostic {
    let message = format!("only states that no new order can reach decide the flag `{name}`");
    let span = flags::span(state, id).unwrap_or(state.span);
    Diagnostic::new(&RULE, span, message)
        .label("set here")
        .also(state.span, "no new order can reach this state")
        .help(format!(
            "give `{name}` to the states that are used now, or remove the flag"
        ))
}
