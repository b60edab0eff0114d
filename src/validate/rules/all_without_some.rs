//! A guard that holds when there are no children at all.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Condition, Id, Row};
use crate::guard::Guard;
use crate::guard::tree::{Form, Question, Tree};
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
    for (set, children) in facts.workflow.children.iter() {
        let tree = |condition: &'a Condition| condition.guard.as_ref().map(Guard::tree);
        let asks_more = |condition: &Condition| {
            let guard = condition.guard.as_ref();
            guard.is_some_and(|guard| counts(guard.tree(), set.index()))
        };
        let guarded = conditions.iter().chain(beside).any(asks_more);
        let all = conditions
            .iter()
            .filter(|c| tree(c).is_some_and(|tree| wants_all(tree, set.index(), true)));
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

/// Whether an expression asks how many children of a set there are, or whether there are some.
fn counts(tree: &Tree, set: usize) -> bool {
    let asks = matches!(
        tree.form,
        Form::Children(of, Question::Some | Question::Count, _) if of == set
    );
    asks || tree.parts().into_iter().any(|part| counts(part, set))
}

/// Whether an expression, which is `wanted` to be true or to be false, holds the more for all children being in
/// a state.
fn wants_all(tree: &Tree, set: usize, wanted: bool) -> bool {
    match &tree.form {
        Form::Not(part) => wants_all(part, set, !wanted),
        Form::All(parts) | Form::Any(parts) => {
            parts.iter().any(|part| wants_all(part, set, wanted))
        }
        Form::Children(of, Question::All, _) => *of == set && wanted,
        _ => false,
    }
}
