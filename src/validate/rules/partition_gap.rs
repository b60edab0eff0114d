//! A state that is in none of the groups of a partition.

use super::partition_overlap::holders;
use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "partition-gap",
    level: Level::Error,
    page: include_str!("partition-gap.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for partition in facts
        .workflow
        .partitions
        .iter()
        .filter(|_| facts.complete())
    {
        for state in facts.workflow.top_level() {
            if holders(facts, partition, state.id).next().is_some() {
                continue;
            }
            let message = format!("`{}` is in none of the groups of a partition", state.path);
            let finding = Diagnostic::new(&RULE, state.span, message)
                .label("in no group")
                .also(partition.span, "these groups together hold every state");
            report.push(finding.help("add it to one of the groups"));
        }
    }
}
