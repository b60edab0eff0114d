//! A branch that an earlier one always takes the place of.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::Condition;
use crate::source::Span;
use crate::validate::facts::Facts;
use crate::validate::precedence::guard_texts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "unreachable-branch",
    level: Level::Warning,
    page: include_str!("unreachable-branch.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let initial = &facts.workflow.initial;
    judge(
        initial.iter().map(|b| (b.conditions.as_slice(), b.span)),
        report,
    );
    for row in facts.workflow.rows.rows().iter().filter(|row| row.branched) {
        judge(
            row.branches
                .iter()
                .map(|b| (b.conditions.as_slice(), b.span)),
            report,
        );
    }
    let told: Vec<Span> = report.iter().map(|found| found.primary.span).collect();
    let covered = facts.guards.covered.iter().filter(|found| found.branch);
    for found in covered.filter(|found| !told.contains(&found.span)) {
        let mut finding = Diagnostic::new(&RULE, found.span, "this branch is never taken")
            .label("those before it take every order for which it holds");
        for &span in found.by.iter().take(SHOWN) {
            finding = finding.also(span, "holds first");
        }
        let finding = finding.help("put it first, or narrow the guards of those before it");
        report.push(match &found.witness {
            Some(witness) => {
                finding.witness(format!("it would hold for {witness}"), witness.to_json())
            }
            None => finding,
        });
    }
}

/// How many of the branches before are shown.
const SHOWN: usize = 4;

fn judge<'a>(branches: impl Iterator<Item = (&'a [Condition], Span)>, report: &mut Report) {
    let mut before: BTreeMap<Vec<&str>, Span> = BTreeMap::new();
    for (conditions, span) in branches {
        let texts = guard_texts(conditions);
        let unguarded = before.get(&Vec::new());
        if let Some(earlier) = unguarded.or_else(|| before.get(&texts)) {
            let why = if unguarded.is_some() {
                "has no guard"
            } else {
                "has the same guard"
            };
            let message = "this branch is never taken";
            let finding = Diagnostic::new(&RULE, span, message)
                .label("comes too late")
                .also(*earlier, format!("comes first and {why}"));
            report.push(
                finding.help("put the branch without a guard last, and give each other its own"),
            );
        }
        before.entry(texts).or_insert(span);
    }
}
