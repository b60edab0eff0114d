//! Where new orders start.

use super::change::{Change, Class, Kind};
use super::pair::Pair;
use crate::graph::{InitialBranch, Workflow};

/// Compares the initial branches, in their order.
pub(super) fn compare(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let words = |workflow: &Workflow| -> Vec<String> {
        let branches = workflow.initial.iter();
        branches.map(|branch| said(workflow, branch)).collect()
    };
    let (before, after) = (words(old), words(new));
    if before == after {
        return;
    }
    let differs = |at: &usize| before.get(*at) != after.get(*at);
    let first = (0..before.len().max(after.len()))
        .find(differs)
        .unwrap_or(0);
    let message = match (before.get(first), after.get(first)) {
        (Some(before), Some(after)) => format!("new orders start {after}, and started {before}"),
        (None, Some(after)) => format!("new orders may start {after}"),
        (Some(before), None) => format!("new orders no longer start {before}"),
        (None, None) => return,
    };
    let place = |workflow: &Workflow| workflow.initial.get(first).map(|branch| branch.span);
    let change = Change::new((Kind::StartChanged, Class::Behaviour), "initial", message);
    pair.push(change.at(place(old), place(new)));
}

fn said(workflow: &Workflow, branch: &InitialBranch) -> String {
    let to = branch.target.iter().chain(&branch.along);
    let to: Vec<&str> = to.map(|&id| workflow.states.at(id).path.as_str()).collect();
    let to = to.join("` and `");
    let guards: Vec<&str> = branch.conditions.iter().map(|c| &*c.text).collect();
    match guards.is_empty() {
        true => format!("in `{to}`"),
        false => format!("in `{to}` if `{}`", guards.join("` and `")),
    }
}
