//! Rows and branches that hold together although their order is said not to matter.

use smallvec::SmallVec;

use super::ask::{Asker, Verdict, Wanted};
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
        let mut open = true;
        for (scene, known) in &scenes {
            if open {
                open = !together(asker, (scene, known), &all, (places, Some(row)), found);
            }
        }
    }
}

/// Whether conditions hold together in a scene, which is noted.
fn together<'w>(
    asker: &mut Asker<'w>,
    (scene, known): (&Scene<'w>, &[Demand<'w>]),
    all: &[&'w Condition],
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
        Verdict::Possible(moment) => {
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
            pair(asker, id, (first, second), found);
        }
    }
}

/// Looks at two rows of an event, in every state and for every actor that both have.
fn pair<'w>(
    asker: &mut Asker<'w>,
    event: EventId,
    (first, second): (&'w Row, &'w Row),
    found: &mut Findings,
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
        for a in &first.branches {
            for b in &second.branches {
                let of_first = first.conditions.iter().chain(&a.conditions);
                let of_second = second.conditions.iter().chain(&b.conditions);
                let all: Vec<&Condition> = of_first.chain(of_second).collect();
                let places = (first.span, second.span);
                if together(asker, (&scene, &known), &all, (places, None), found) {
                    return;
                }
            }
        }
    }
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
