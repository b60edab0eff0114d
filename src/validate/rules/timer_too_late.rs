//! A timer that never fires, because an earlier one of its state always leaves the state before.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Amount, Branch, Target, Timer, TimerKind, Workflow};
use crate::time::Duration;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "timer-too-late",
    level: Level::Warning,
    page: include_str!("timer-too-late.md"),
};

/// The shortest and the longest that a calendar day may be taken to be, in seconds.
const DAY: (i64, i64) = (20 * 3600, 28 * 3600);

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    // What a timer counts from may be a name that stands for nothing.
    if !facts.complete() {
        return;
    }
    for state in facts.states().filter(|state| state.timers.len() > 1) {
        let timers = || state.timers.iter().map(|&id| workflow.timers.at(id));
        let sure = timers().filter(|timer| surely_leaves(workflow, timer));
        let sure: Vec<&Timer> = sure.take(8).collect();
        for late in timers().filter(|timer| timer.kind != TimerKind::AtMost) {
            let Some(first) = sure.iter().find(|first| is_before(workflow, first, late)) else {
                continue;
            };
            let message = format!("the timer `{}` of `{}` never fires", late.name, state.path);
            let finding = Diagnostic::new(&RULE, late.span, message)
                .label("the order has left by then, whatever happens")
                .also(first.span, "leaves the state before");
            report.push(
                finding.help("give it an earlier time, or the other one a condition; or remove it"),
            );
        }
    }
}

/// Whether a timer is armed with every entry, and leaves its state when it is due.
fn surely_leaves(workflow: &Workflow, timer: &Timer) -> bool {
    let row = workflow.rows.at(timer.row);
    let leaves = |branch: &Branch| match branch.target {
        Target::State(to) => {
            let entered = workflow.entered_with(to);
            let may_enter = entered.iter().all(|&id| {
                let state = workflow.states.at(id);
                let does_nothing =
                    state.enter.deed.set.is_empty() && state.enter.branches.is_empty();
                !state.inactive && state.enter.by.is_none() && does_nothing
            });
            may_enter && !workflow.within(to, timer.state) && branch.deed.set.is_empty()
        }
        _ => false,
    };
    let left = workflow.states.at(timer.state);
    let conditions = row.conditions.len() + timer.when.len();
    let [branch] = row.branches.as_slice() else {
        return false;
    };
    conditions == 0
        && timer.kind != TimerKind::AtMost
        && row.deed.set.is_empty()
        && branch.conditions.is_empty()
        && leaves(branch)
        && left.exit.deed.set.is_empty()
        && left.exit.branches.is_empty()
}

/// Whether the first is always due before the second. What becomes of them in a state that is entered again through
/// its past must be the same.
fn is_before(workflow: &Workflow, first: &Timer, second: &Timer) -> bool {
    let together = first.due.anchor == second.due.anchor && first.restore == second.restore;
    let (_, Some(latest)) = bounds(workflow, first.due.after) else {
        return false;
    };
    let (earliest, _) = bounds(workflow, second.due.after);
    let longest = |length: Duration| length.seconds + i64::from(length.days) * DAY.1;
    let shortest = |length: Duration| length.seconds + i64::from(length.days) * DAY.0;
    let by_parts = latest.days <= earliest.days && latest.seconds <= earliest.seconds;
    // Of one instant, the one that stands first in the file fires first; where both lead elsewhere, they race.
    let stays = |branch: &Branch| branch.target == Target::Stay;
    let leads_nowhere = workflow.rows.at(second.row).branches.iter().all(stays);
    let at_once = first.due.after == second.due.after && first.row < second.row && leads_nowhere;
    let is_earlier = by_parts && latest != earliest || longest(latest) < shortest(earliest);
    together && (at_once || is_earlier)
}

/// The least and the most that a length may be, where there is a most.
fn bounds(workflow: &Workflow, amount: Amount) -> (Duration, Option<Duration>) {
    match amount {
        Amount::Literal(length) => (length, Some(length)),
        Amount::Setting(id) => {
            let setting = workflow.settings.at(id);
            let length = |value: &Option<crate::context::Value>| match value {
                Some(crate::context::Value::Duration(length)) => Some(*length),
                _ => None,
            };
            (
                length(&setting.min).unwrap_or_default(),
                length(&setting.max),
            )
        }
    }
}
