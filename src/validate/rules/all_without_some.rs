//! A guard that holds when there are no children at all.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Condition, Row};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "all-without-some",
    level: Level::Warning,
    page: include_str!("all-without-some.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let mut told = BTreeSet::new();
    for row in facts.workflow.rows.rows() {
        judge(facts, &row.conditions, &[], &mut told, report);
        for branch in &row.branches {
            judge(
                facts,
                &branch.conditions,
                &row.conditions,
                &mut told,
                report,
            );
        }
    }
    for timer in facts.workflow.timers.rows() {
        judge(
            facts,
            &timer.when,
            row_conditions(facts.workflow.rows.at(timer.row)),
            &mut told,
            report,
        );
    }
}

fn row_conditions(row: &Row) -> &[Condition] {
    &row.conditions
}

/// Judges `conditions`; `beside` must hold as well.
fn judge<'a>(
    facts: &Facts<'a>,
    conditions: &'a [Condition],
    beside: &[Condition],
    told: &mut BTreeSet<&'a str>,
    report: &mut Report,
) {
    for children in facts.workflow.children.rows() {
        let asks = |condition: &Condition, what: &str| calls(&condition.text, &children.name, what);
        let guarded = conditions
            .iter()
            .chain(beside)
            .any(|c| ["some", "count"].iter().any(|what| asks(c, what)));
        let all = conditions.iter().filter(|c| asks(c, "all"));
        for condition in all.filter(|_| !guarded) {
            if !told.insert(&condition.text) {
                continue;
            }
            let name = &children.name;
            let message = format!("this guard holds while there are no `{name}` at all");
            let finding = Diagnostic::new(&RULE, condition.span, message)
                .label(format!("`{name}.all(…)` is true of none"))
                .also(children.span, "there may be none");
            report.push(finding.help(format!(
                "add `{name}.some(…) &&`, or `{name}.count() == 0 ||` where that is meant"
            )));
        }
    }
}

/// Whether an expression calls a function of a set of children.
fn calls(text: &str, children: &str, function: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words: Vec<&str> = text
        .split(|c| !is_word(c))
        .filter(|w| !w.is_empty())
        .collect();
    words.windows(2).any(|pair| pair == [children, function])
}
