//! Rows and branches that hold together although their order is said not to matter.

use smallvec::SmallVec;

use super::ask::{Asker, Verdict, Wanted, meets};
use super::demand::Demand;
use super::findings::{Findings, Overlapping};
use super::gaps::scenes;
use super::scene::at_rest;
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{ActorId, Condition, Event, EventId, Row, StateId, Trigger, Workflow};
use crate::source::Span;

/// How many pairs of one event or row are looked at.
const MOST_PAIRS: usize = 2_000;

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    for row in workflow.rows.rows() {
        if row.remark.exclusive.is_some() {
            branches(asker, row, found);
        }
    }
    for (id, event) in workflow.events.iter() {
        if event.exclusive.is_some() {
            rows(asker, id, event, found);
        }
    }
}

fn branches<'w>(asker: &mut Asker<'w>, row: &'w Row, found: &mut Findings) {
    let scenes = scenes(asker, row);
    let branches = || row.branches.iter().enumerate();
    let pairs = branches().flat_map(|(index, first)| {
        branches()
            .skip(index + 1)
            .map(move |(_, second)| (first, second))
    });
    // The default is what remains: it overlaps with all others, and is meant to.
    let pairs = pairs.filter(|(_, second)| !second.conditions.is_empty());
    for (count, (first, second)) in pairs.enumerate() {
        if count >= MOST_PAIRS {
            asker.skipped += 1;
            return;
        }
        let both = first.conditions.iter().chain(&second.conditions);
        let all: Vec<&Condition> = row.conditions.iter().chain(both).collect();
        let places = (first.span, second.span);
        let before = row
            .branches
            .iter()
            .take_while(|other| other.span != first.span);
        let before: Vec<Demand<'_>> = before
            .map(|other| Demand::fail(&other.conditions))
            .collect();
        let mut open = true;
        for (scene, known) in &scenes {
            if open {
                let asked = (all.as_slice(), before.as_slice());
                open = !together(asker, (scene, known), asked, (places, Some(row)), found);
            }
        }
    }
}

/// Whether conditions hold together in a scene, which is noted. What comes `before` them is shown not to hold, where
/// that can be.
fn together<'w>(
    asker: &mut Asker<'w>,
    (scene, known): (&Scene<'w>, &[Demand<'w>]),
    (all, before): (&[&'w Condition], &[Demand<'w>]),
    ((first, second), row): ((Span, Span), Option<&Row>),
    found: &mut Findings,
) -> bool {
    let mut demands = vec![Demand::hold(all.iter().copied())];
    demands.extend(known.iter().cloned());
    match asker.ask(scene, &demands, Wanted::Smallest) {
        Verdict::Never => false,
        Verdict::Unknown => {
            found.leave_open(second, "whether it overlaps with one before it");
            false
        }
        Verdict::Possible(mut moment) => {
            if !meets(asker.workflow, &moment, before) {
                demands.extend(before.iter().cloned());
                if let Verdict::Possible(alone) = asker.ask(scene, &demands, Wanted::Smallest) {
                    moment = alone;
                }
            }
            let witness = Witness::of(scene, &moment, all.iter().copied());
            found.overlaps.push(Overlapping {
                first,
                second,
                branches: row.is_some(),
                witness: match row {
                    Some(row) => witness.of_row(asker.workflow, row),
                    None => witness,
                },
            });
            true
        }
    }
}

fn rows(asker: &mut Asker<'_>, id: EventId, event: &Event, found: &mut Findings) {
    let workflow = asker.workflow;
    let rows = workflow.rows.rows().iter();
    let rows: Vec<&Row> = rows
        .filter(|row| row.trigger == Trigger::Event(id))
        .collect();
    let mut count = 0;
    for (index, first) in rows.iter().copied().enumerate() {
        for second in rows.iter().copied().skip(index + 1) {
            count += 1;
            if count > MOST_PAIRS || !asker.may_ask() {
                asker.skipped += 1;
                found.leave_open(event.span, "whether its rows overlap");
                return;
            }
            let earlier = rows.get(..index).unwrap_or_default();
            pair(asker, id, (first, second), (earlier, found));
        }
    }
}

/// Looks at two rows of an event, in every state and for every actor that both have.
fn pair<'w>(
    asker: &mut Asker<'w>,
    event: EventId,
    (first, second): (&'w Row, &'w Row),
    (earlier, found): (&[&'w Row], &mut Findings),
) {
    let workflow = asker.workflow;
    let actors: SmallVec<[ActorId; 4]> = first
        .by
        .members
        .iter()
        .copied()
        .filter(|&actor| second.by.contains(actor))
        .collect();
    if actors.is_empty() {
        return;
    }
    for source in shared(workflow, first, second) {
        let scene = Scene {
            workflow,
            source: Some(source),
            event: Some(event),
            actors: actors.clone(),
            known: None,
        };
        let known = at_rest(workflow, source);
        let before: Vec<Demand<'_>> = earlier
            .iter()
            .filter(|row| leads_out(workflow, row, source))
            .filter(|row| actors.iter().all(|&actor| row.by.contains(actor)))
            .copied()
            .flat_map(|row| row.branches.iter().map(move |branch| (row, branch)))
            .map(|(row, branch)| Demand::fail(row.conditions.iter().chain(&branch.conditions)))
            .collect();
        for a in &first.branches {
            for b in &second.branches {
                let of_first = first.conditions.iter().chain(&a.conditions);
                let of_second = second.conditions.iter().chain(&b.conditions);
                let all: Vec<&Condition> = of_first.chain(of_second).collect();
                let places = (first.span, second.span);
                let asked = (all.as_slice(), before.as_slice());
                if together(asker, (&scene, &known), asked, (places, None), found) {
                    return;
                }
            }
        }
    }
}

/// Whether a row leads out of a state.
fn leads_out(workflow: &Workflow, row: &Row, state: StateId) -> bool {
    let mut transitions = row.transitions.iter();
    transitions.any(|id| workflow.transitions.at(id).source == state)
}

/// The states that two rows both lead out of.
fn shared(workflow: &Workflow, first: &Row, second: &Row) -> Vec<StateId> {
    let sources = |row: &Row| -> Vec<StateId> {
        let transitions = row.transitions.iter();
        transitions
            .map(|id| workflow.transitions.at(id).source)
            .collect()
    };
    let others = sources(second);
    let mut both = sources(first);
    both.retain(|source| others.contains(source));
    both
}
