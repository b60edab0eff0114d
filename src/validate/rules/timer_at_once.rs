//! A timer of no length: it is due as soon as its state is entered.

use crate::context::Value;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Amount, Anchor, Id, SettingId, Timer, TimerKind, Workflow};
use crate::time::Duration;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "timer-at-once",
    level: Level::Warning,
    page: include_str!("timer-at-once.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let workflow = facts.workflow;
    // How long a timer runs may be a name that stands for nothing.
    if !facts.complete() {
        return;
    }
    for timer in workflow.timers.rows() {
        // What counts from a date of the order is due when that comes.
        if matches!(timer.due.anchor, Anchor::Field(_)) {
            continue;
        }
        let told = match timer.due.after {
            Amount::Literal(length) if length == Duration::default() => {
                let help = match timer.kind {
                    TimerKind::AtMost => "say how long orders may stay, or remove `at_most`",
                    TimerKind::Expires | TimerKind::Named => {
                        "give it a length; what is done at once belongs to `always:` or `enter:`"
                    }
                };
                (String::new(), help.to_owned())
            }
            Amount::Setting(id) if is_zero(workflow, id) && !is_asked(workflow, timer, id) => {
                let name = &workflow.settings.at(id).name;
                let before = "with the default settings, ".to_owned();
                let help = match timer.kind {
                    TimerKind::AtMost => format!("give `{name}` a `min` and a default above zero"),
                    TimerKind::Expires | TimerKind::Named => format!(
                        "give `{name}` a `min` and a default above zero; where zero means that nothing runs, arm \
                         the timer `when: settings.{name} > days(0)`"
                    ),
                };
                (before, help)
            }
            _ => continue,
        };
        let (before, help) = told;
        let state = &workflow.states.at(timer.state).path;
        let message = format!(
            "{before}the timer `{}` of `{state}` is due as soon as an order enters",
            timer.name
        );
        report.push(Diagnostic::new(&RULE, timer.span, message).help(help));
    }
}

fn is_zero(workflow: &Workflow, id: SettingId) -> bool {
    workflow.settings.at(id).default == Some(Value::Duration(Duration::default()))
}

/// Whether what arms the timer, or lets it act, asks for the setting.
fn is_asked(workflow: &Workflow, timer: &Timer, id: SettingId) -> bool {
    let conditions = timer
        .when
        .iter()
        .chain(&workflow.rows.at(timer.row).conditions);
    let mut guards = conditions.filter_map(|condition| condition.guard.as_ref());
    guards.any(|guard| guard.reads().settings.contains(&id.index()))
}
