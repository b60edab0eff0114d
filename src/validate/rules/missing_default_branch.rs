//! Branches of which the last has a guard.

use crate::analysis::{Branches, Gap};
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::Condition;
use crate::source::Span;
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "missing-default-branch",
    level: Level::Error,
    page: include_str!("missing-default-branch.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let initial = &facts.workflow.initial;
    if initial.is_empty() && facts.complete() {
        let place = facts.document.workflow.span;
        let finding = Diagnostic::new(&RULE, place, "no order can start")
            .label("`initial` has no branch")
            .help("write `initial:` with a state, or with branches of which the last has no guard");
        report.push(finding);
    }
    let branches = initial.iter().map(|b| (b.conditions.as_slice(), b.span));
    if let Some(finding) = judge(branches, "an order for which no branch holds cannot start") {
        push(facts, Branches::Initial, finding, report);
    }
    for (id, row) in facts.workflow.rows.iter().filter(|(_, row)| row.branched) {
        let branches = row
            .branches
            .iter()
            .map(|b| (b.conditions.as_slice(), b.span));
        if let Some(finding) = judge(
            branches,
            "an order for which no branch holds has nowhere to go",
        ) {
            push(facts, Branches::Row(id), finding, report);
        }
    }
}

/// Adds what is known of the gap: nothing is wrong where there is none, and nothing is said where
/// nobody looked, because other errors come first.
fn push(facts: &Facts<'_>, branches: Branches, finding: Diagnostic, report: &mut Report) {
    let mut gaps = facts.guards.gaps.iter();
    let gap = gaps
        .find(|(known, _)| *known == branches)
        .map(|(_, gap)| gap);
    match gap {
        Some(Gap::Closed) | None => {}
        Some(Gap::Open(witness, failure)) => {
            let line = format!("no branch holds for {witness}");
            let finding = finding.witness(line, witness.to_json());
            report.push(match failure {
                Some((guard, why)) => {
                    finding.help(format!("`{guard}` cannot be judged for it: {why}"))
                }
                None => finding,
            });
        }
        Some(Gap::Unknown) => report.push(finding.help(
            "whether there is such an order is open: none was found, and that there is none was not proved",
        )),
    }
}

fn judge<'a>(
    branches: impl Iterator<Item = (&'a [Condition], Span)> + Clone,
    message: &str,
) -> Option<Diagnostic> {
    if branches
        .clone()
        .any(|(conditions, _)| conditions.is_empty())
    {
        return None;
    }
    let (conditions, span) = branches.last()?;
    let finding = Diagnostic::new(&RULE, span, message).label("the last branch has a guard");
    let finding = conditions.iter().fold(finding, |finding, condition| {
        finding.also(condition.span, "it may not hold")
    });
    Some(finding.help("add a last branch without a guard: the default"))
}
