//! A row that is never taken, because earlier rows of its event always apply.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;
use crate::validate::precedence::Extent;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "shadowed-transition",
    level: Level::Warning,
    page: include_str!("shadowed-transition.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    let rows = &facts.workflow.rows;
    for overlap in &facts.overlaps {
        if overlap.extent == Extent::Whole {
            let finding =
                Diagnostic::new(&RULE, rows.at(overlap.row).span, "this row is never taken")
                    .label("an earlier row takes its place")
                    .also(rows.at(overlap.earlier).span, "applies first");
            report.push(
                finding.help("put it first, give the earlier row a guard, or remove one of them"),
            );
        }
    }
    let told = |span| {
        let mut overlaps = facts.overlaps.iter();
        overlaps.any(|overlap| rows.at(overlap.row).span == span)
    };
    let covered = facts.guards.covered.iter().filter(|found| !found.branch);
    for found in covered.filter(|found| !told(found.span)) {
        let mut finding = Diagnostic::new(&RULE, found.span, "this row is never taken")
            .label("earlier rows take every order for which it holds");
        for &span in found.by.iter().take(SHOWN) {
            finding = finding.also(span, "applies first");
        }
        let finding = finding.help("put it first, or narrow the guards of the earlier rows");
        report.push(match &found.witness {
            Some(witness) => {
                finding.witness(format!("it would hold for {witness}"), witness.to_json())
            }
            None => finding,
        });
    }
}

/// How many of the earlier rows are shown.
const SHOWN: usize = 4;
