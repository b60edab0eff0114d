//! Branches without a default: whether some order matches none of them.

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::findings::{Branches, Findings, Gap};
use super::scene::at_rest;
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{Condition, Row, Trigger};

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    let initial: Vec<&[Condition]> = workflow
        .initial
        .iter()
        .map(|branch| branch.conditions.as_slice())
        .collect();
    if !initial.is_empty() && initial.iter().all(|conditions| !conditions.is_empty()) {
        let scene = Scene::beginning(workflow);
        let gap = judge(asker, &[(scene, Vec::new())], (&[], &initial), None);
        let span = workflow.initial.last().map(|branch| branch.span);
        if let (Gap::Unknown, Some(span)) = (&gap, span) {
            found.leave_open(span, "whether some order matches no branch");
        }
        found.gaps.push((Branches::Initial, gap));
    }
    for (id, row) in workflow.rows.iter().filter(|(_, row)| row.branched) {
        let branches: Vec<&[Condition]> = row
            .branches
            .iter()
            .map(|branch| branch.conditions.as_slice())
            .collect();
        if branches.iter().any(|conditions| conditions.is_empty()) {
            continue;
        }
        let scenes = scenes(asker, row);
        let gap = judge(asker, &scenes, (&row.conditions, &branches), Some(row));
        if let (Gap::Unknown, Some(last)) = (&gap, row.branches.last()) {
            found.leave_open(last.span, "whether some order matches no branch");
        }
        found.gaps.push((Branches::Row(id), gap));
    }
}

/// The scenes of a row, one for each source, with what is known of an order there.
pub(super) fn scenes<'w>(asker: &Asker<'w>, row: &'w Row) -> Vec<(Scene<'w>, Vec<Demand<'w>>)> {
    let workflow = asker.workflow;
    let sources = row
        .transitions
        .iter()
        .map(|id| workflow.transitions.at(id).source);
    let scene = |source| {
        let known = match row.trigger {
            Trigger::Always => Vec::new(),
            Trigger::Event(_) | Trigger::Timer(_) => at_rest(workflow, source),
        };
        (Scene::of_row(workflow, row, source), known)
    };
    sources.map(scene).collect()
}

fn judge<'w>(
    asker: &mut Asker<'w>,
    scenes: &[(Scene<'w>, Vec<Demand<'w>>)],
    (before, branches): (&'w [Condition], &[&'w [Condition]]),
    row: Option<&'w Row>,
) -> Gap {
    let mut closed = true;
    for (scene, known) in scenes {
        let mut demands = vec![Demand::hold(before)];
        demands.extend(branches.iter().map(|conditions| Demand::fail(*conditions)));
        demands.extend(known.iter().cloned());
        match asker.ask(scene, &demands, Wanted::Smallest) {
            Verdict::Never => {}
            Verdict::Unknown => closed = false,
            Verdict::Possible(moment) => {
                let asked = before.iter().chain(branches.iter().copied().flatten());
                let witness = Witness::of(scene, &moment, asked);
                let witness = match row {
                    Some(row) => witness.of_row(asker.workflow, row),
                    None => witness,
                };
                let conditions = branches.iter().copied().flatten();
                let fails = moment.failure(asker.workflow, &moment.actor, conditions);
                return Gap::Open(Box::new(witness), fails);
            }
        }
    }
    match closed {
        true => Gap::Closed,
        false => Gap::Unknown,
    }
}
