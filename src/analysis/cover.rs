//! Rows and branches that are never taken, because those before them take every order.
//!
//! Rows and branches whose own guards never hold are told of elsewhere, and so is what the texts of
//! the guards alone show.

use smallvec::SmallVec;

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::findings::{Covered, Findings};
use super::gaps::scenes;
use super::scene::{at_rest, surely_taken};
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{ActorId, Condition, Row, RowId, Transition, Trigger, Workflow};
use crate::source::Span;

/// How many rows or branches before one are looked at.
const MOST_BEFORE: usize = 40;

/// In how many pairs of a state and an actor a row is looked at.
const MOST_SCENES: usize = 32;

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    let initial: Vec<(&[Condition], Span)> = workflow
        .initial
        .iter()
        .map(|branch| (branch.conditions.as_slice(), branch.span))
        .collect();
    let beginning = [(Scene::beginning(workflow), Vec::new())];
    branches(asker, &beginning, (&[], &initial), None, found);
    for row in workflow.rows.rows().iter().filter(|row| row.branched) {
        let listed: Vec<(&[Condition], Span)> = row
            .branches
            .iter()
            .map(|branch| (branch.conditions.as_slice(), branch.span))
            .collect();
        let scenes = scenes(asker, row);
        branches(asker, &scenes, (&row.conditions, &listed), Some(row), found);
    }
    for (id, row) in workflow.rows.iter() {
        if !matches!(row.trigger, Trigger::Timer(_)) {
            row_covered(asker, id, row, found);
        }
    }
}

fn branches<'w>(
    asker: &mut Asker<'w>,
    scenes: &[(Scene<'w>, Vec<Demand<'w>>)],
    (common, listed): (&'w [Condition], &[(&'w [Condition], Span)]),
    row: Option<&'w Row>,
    found: &mut Findings,
) {
    for (index, (conditions, span)) in listed.iter().enumerate().skip(1) {
        let before = listed.iter().take(index);
        if index > MOST_BEFORE || before.clone().any(|(before, _)| before.is_empty()) {
            return;
        }
        let own = || common.iter().chain(conditions.iter());
        let mut places = Vec::new();
        let covered = scenes.iter().all(|(scene, known)| {
            let mut demands = vec![Demand::hold(own())];
            demands.extend(known.iter().cloned());
            let held = demands.len();
            demands.extend(before.clone().map(|(before, _)| Demand::fail(*before)));
            let covered = is_never(asker, scene, &demands);
            if covered {
                let needed = needed(asker, scene, &demands, held);
                let spans = before.clone().map(|(_, span)| *span);
                places.extend(
                    spans
                        .zip(needed)
                        .filter_map(|(span, needed)| needed.then_some(span)),
                );
            }
            covered
        });
        let Some((scene, known)) = scenes.first().filter(|_| covered) else {
            continue;
        };
        let mut demands = vec![Demand::hold(own())];
        demands.extend(known.iter().cloned());
        if let Some(witness) = shown(asker, scene, &demands, row) {
            places.sort_unstable();
            places.dedup();
            found.covered.push(Covered {
                span: *span,
                by: places,
                branch: true,
                witness: Some(witness),
            });
        }
    }
}

fn is_never<'w>(asker: &mut Asker<'w>, scene: &Scene<'w>, demands: &[Demand<'w>]) -> bool {
    matches!(asker.ask(scene, demands, Wanted::Any), Verdict::Never)
}

/// Which of the demands behind the first `held` are needed for there to be no answer.
fn needed<'w>(
    asker: &mut Asker<'w>,
    scene: &Scene<'w>,
    demands: &[Demand<'w>],
    held: usize,
) -> Vec<bool> {
    let mut kept = vec![true; demands.len()];
    for index in (held..demands.len()).rev() {
        let without = |kept: &[bool], index: usize| -> Vec<Demand<'w>> {
            let demands = demands.iter().zip(kept).enumerate();
            let left = demands.filter(|(at, (_, kept))| **kept && *at != index);
            left.map(|(_, (demand, _))| demand.clone()).collect()
        };
        let fewer = without(&kept, index);
        if is_never(asker, scene, &fewer)
            && let Some(slot) = kept.get_mut(index)
        {
            *slot = false;
        }
    }
    kept.split_off(held)
}

/// An order that meets demands; `None` where there is none, or none was confirmed.
fn shown<'w>(
    asker: &mut Asker<'w>,
    scene: &Scene<'w>,
    demands: &[Demand<'w>],
    row: Option<&Row>,
) -> Option<Witness> {
    let Verdict::Possible(moment) = asker.ask(scene, demands, Wanted::Smallest) else {
        return None;
    };
    let asked = demands.iter().flat_map(|demand| &demand.conditions);
    let witness = Witness::of(scene, &moment, asked.copied());
    Some(match row {
        Some(row) => witness.of_row(asker.workflow, row),
        None => witness,
    })
}

/// The rows before a transition that compete for the same orders and are surely taken where they hold.
fn rivals<'w>(asker: &Asker<'w>, transition: Transition, actor: ActorId) -> Vec<(RowId, &'w Row)> {
    let workflow = asker.workflow;
    let own = workflow.rows.at(transition.row);
    let outgoing = workflow.states.at(transition.source).outgoing.iter();
    let before = outgoing.take_while(|&&id| id != transition.id);
    let rows = before.map(|&id| workflow.transitions.at(id).row);
    let rows = rows.map(|id| (id, workflow.rows.at(id)));
    rows.filter(|(id, row)| {
        *id != transition.row
            && row.trigger == own.trigger
            && row.by.contains(actor)
            && surely_taken(workflow, row)
    })
    .collect()
}

/// The transitions of a row with each actor that may cause them; `None` where there are too many.
fn served<'w>(
    workflow: &'w Workflow,
    row: &'w Row,
) -> Option<impl Iterator<Item = (Transition, ActorId)> + 'w> {
    let count = row.transitions.len() * row.by.members.len();
    (1..=MOST_SCENES).contains(&count).then(|| {
        let transitions = row.transitions.iter();
        let transitions = transitions.map(|id| *workflow.transitions.at(id));
        transitions.flat_map(|transition| {
            let actors = row.by.members.iter();
            actors.map(move |&actor| (transition, actor))
        })
    })
}

fn row_covered<'w>(asker: &mut Asker<'w>, id: RowId, row: &'w Row, found: &mut Findings) {
    let Some(pairs) = served(asker.workflow, row) else {
        return;
    };
    let pairs: SmallVec<[(Transition, ActorId); 4]> = pairs.collect();
    let mut all = pairs.iter();
    if all.all(|&(transition, actor)| rivals(asker, transition, actor).is_empty()) {
        return;
    }
    let mut by: Vec<RowId> = Vec::new();
    let mut witness = None;
    for (transition, actor) in pairs {
        let Some((rows, shown)) = covered_for(asker, row, transition, actor) else {
            return;
        };
        by.extend(rows);
        witness = witness.or(shown);
    }
    by.sort_unstable();
    by.dedup();
    by.retain(|&rival| rival != id);
    if witness.is_some() && !by.is_empty() {
        let rows = &asker.workflow.rows;
        found.covered.push(Covered {
            span: row.span,
            by: by.iter().map(|&rival| rows.at(rival).span).collect(),
            branch: false,
            witness,
        });
    }
}

/// The rows before a transition that together take every order of an actor for which it would hold,
/// and such an order; nothing where it holds for no order of the actor. `None` where it takes some order itself, or
/// that was not shown.
fn covered_for<'w>(
    asker: &mut Asker<'w>,
    row: &'w Row,
    transition: Transition,
    actor: ActorId,
) -> Option<(Vec<RowId>, Option<Witness>)> {
    let rivals = rivals(asker, transition, actor);
    if rivals.len() > MOST_BEFORE {
        return None;
    }
    let mut scene = Scene::of_row(asker.workflow, row, transition.source);
    scene.actors = [actor].into_iter().collect();
    let known = match row.trigger {
        Trigger::Always => Vec::new(),
        _ => at_rest(asker.workflow, transition.source),
    };
    let failing = rivals.iter().flat_map(|(rival, before)| {
        before.branches.iter().map(|branch| {
            let conditions = before.conditions.iter().chain(&branch.conditions);
            (*rival, Demand::fail(conditions))
        })
    });
    let failing: Vec<(RowId, Demand<'w>)> = failing.collect();
    let (mut by, mut witness) = (Vec::new(), None);
    for branch in &row.branches {
        let own = row.conditions.iter().chain(&branch.conditions);
        let mut demands = vec![Demand::hold(own)];
        demands.extend(known.iter().cloned());
        let alone = demands.clone();
        demands.extend(failing.iter().map(|(_, demand)| demand.clone()));
        if !is_never(asker, &scene, &demands) {
            return None;
        }
        let needed = needed(asker, &scene, &demands, alone.len());
        let used = failing.iter().zip(needed).filter(|(_, needed)| *needed);
        by.extend(used.map(|((rival, _), _)| *rival));
        witness = witness.or_else(|| shown(asker, &scene, &alone, Some(row)));
    }
    Some((by, witness))
}
