//! A state that is in more than one of the groups of a partition.

use crate::diagnostic::{Diagnostic, Level, Report, Rule};
use crate::graph::{Group, Partition, StateId};
use crate::validate::facts::Facts;

/// The rule.
pub(super) static RULE: Rule = Rule {
    id: "partition-overlap",
    level: Level::Error,
    page: include_str!("partition-overlap.md"),
};

pub(crate) fn check(facts: &Facts<'_>, report: &mut Report) {
    for partition in facts
        .workflow
        .partitions
        .iter()
        .filter(|_| facts.complete())
    {
        for state in facts.workflow.top_level() {
            let groups: Vec<&Group> = holders(facts, partition, state.id).collect();
            let [first, second, ..] = groups.as_slice() else {
                continue;
            };
            let message = format!(
                "`{}` is in two groups of a partition: `{}` and `{}`",
                state.path, first.name, second.name
            );
            let finding = Diagnostic::new(&RULE, state.span, message)
                .label("in both groups")
                .also(first.span, "holds it")
                .also(second.span, "holds it too")
                .also(partition.span, "each state is in one of these groups");
            report.push(finding.help(
                "take it out of one of them, or write the one as `in: { not: … }` of the other",
            ));
        }
    }
}

/// The groups of a partition that hold a state.
pub(super) fn holders<'a>(
    facts: &Facts<'a>,
    partition: &'a Partition,
    state: StateId,
) -> impl Iterator<Item = &'a Group> {
    let workflow = facts.workflow;
    let groups = partition.groups.iter().map(|&id| workflow.groups.at(id));
    groups.filter(move |group| group.states.contains(&state))
}
