//! What brute force finds in small random workflows is what the check finds, defect by defect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use flagstate::context::Value;
use flagstate::graph::{Condition, Row, Trigger, Workflow};
use flagstate::guard::Guard;
use flagstate::source::Span;

use super::brute::{HEAD, Situation, any, lasting, situations};
use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;

/// Of which rule, and where.
type Defect = (&'static str, Span);

/// The rules that the analysis decides.
const RULES: [&str; 9] = [
    "dead-end",
    "dead-end-by-settings",
    "guard-always-true",
    "guard-never-true",
    "overlapping-branches",
    "missing-default-branch",
    "unreachable-branch",
    "shadowed-transition",
    "stuck-order",
];

/// A workflow with an event of one guarded row, one of exclusive rows, one of exclusive branches, and
/// a state with two guarded ways out.
pub(super) fn workflow(dice: &mut Dice) -> String {
    let mut text = HEAD.to_owned();
    let depth = |dice: &mut Dice| dice.below(4);
    let payload = "payload: { urgent: { type: boolean }, note: { type: boolean, optional: true } }";
    let mut guard = |atom: &dyn Fn(&mut Dice) -> String| {
        let depth = depth(dice);
        dice.guard(depth, atom)
    };
    let mut add = |line: String| writeln!(text, "  {line}").unwrap();
    add(format!(
        "alone: {{ {payload}, from: open, to: done, guard: '{}' }}",
        guard(&any)
    ));
    add(format!(
        "rows:\n    {payload}\n    exclusive: true\n    moves:"
    ));
    for _ in 0..3 {
        add(format!(
            "    - {{ from: open, to: done, guard: '{}' }}",
            guard(&any)
        ));
    }
    add(format!(
        "branches:\n    {payload}\n    from: open\n    exclusive: true\n    branches:"
    ));
    for _ in 0..3 {
        add(format!("    - {{ to: done, guard: '{}' }}", guard(&any)));
    }
    add("wait: { from: open, to: waiting }".to_owned());
    add(format!(
        "leave: {{ from: waiting, to: done, guard: '{}' }}",
        guard(&lasting)
    ));
    add(format!(
        "return: {{ from: waiting, to: open, guard: '{}' }}",
        guard(&lasting)
    ));
    text
}

fn guard(conditions: &[Condition]) -> &Guard {
    conditions[0].guard.as_ref().unwrap()
}

/// Which of the guards hold in each situation.
fn table(situations: &[Situation], guards: &[&Guard]) -> Vec<Vec<bool>> {
    let row = |situation: &Situation| guards.iter().map(|guard| situation.holds(guard)).collect();
    situations.iter().map(row).collect()
}

/// The defects that trying everything shows.
fn tried(workflow: &Workflow) -> BTreeSet<Defect> {
    let mut found = BTreeSet::new();
    for (id, event) in workflow.events.iter() {
        let rows = workflow.rows.rows().iter();
        let rows: Vec<&Row> = rows
            .filter(|row| row.trigger == Trigger::Event(id))
            .collect();
        let branched = rows[0].branched;
        let places: Vec<(&[Condition], Span)> = match branched {
            true => rows[0]
                .branches
                .iter()
                .map(|b| (b.conditions.as_slice(), b.span))
                .collect(),
            false => rows
                .iter()
                .map(|row| (row.conditions.as_slice(), row.span))
                .collect(),
        };
        if places[0].0.is_empty() {
            continue;
        }
        let guards: Vec<&Guard> = places
            .iter()
            .map(|(conditions, _)| guard(conditions))
            .collect();
        let table = table(&situations(workflow, Some(&event.name)), &guards);
        for (index, (conditions, span)) in places.iter().enumerate() {
            let column = || table.iter().map(|row| row[index]);
            if column().all(|held| held) {
                found.insert(("guard-always-true", conditions[0].span));
            }
            let never = !column().any(|held| held);
            if never {
                found.insert(("guard-never-true", conditions[0].span));
            }
            let covered = !table
                .iter()
                .any(|row| row[index] && !row[..index].contains(&true));
            let repeated = places[..index]
                .iter()
                .any(|(other, _)| other[0].text == conditions[0].text);
            if index > 0 && (repeated || covered && !never) {
                let rule = if branched {
                    "unreachable-branch"
                } else {
                    "shadowed-transition"
                };
                found.insert((rule, *span));
            }
            if places.len() > 1
                && table
                    .iter()
                    .any(|row| row[index] && row[..index].contains(&true))
            {
                found.insert(("overlapping-branches", *span));
            }
        }
        if branched && table.iter().any(|row| !row.contains(&true)) {
            found.insert(("missing-default-branch", places.last().unwrap().1));
        }
    }
    let mut texts = Vec::new();
    let ways = ["leave", "return"].map(|name| {
        let trigger = Trigger::Event(workflow.event_named(name).unwrap());
        let mut rows = workflow.rows.rows().iter();
        let row = rows.find(|row| row.trigger == trigger).unwrap();
        texts.push(&row.conditions[0].text);
        guard(&row.conditions)
    });
    // Two ways for the same orders are a single condition that is waited for.
    let apart = texts[0] != texts[1];
    let state = workflow.states.at(workflow.state_named("waiting").unwrap());
    let situations = situations(workflow, None);
    let table = table(&situations, &ways);
    if let Some(rule) = dead_end(workflow, &situations, &table) {
        found.insert((rule, state.span));
    } else if apart && table.iter().any(|row| !row.contains(&true)) {
        found.insert(("stuck-order", state.span));
    }
    found
}

/// Whether some settings keep every order in a state; a way that never opens counts as open, since
/// that is another finding.
fn dead_end(
    workflow: &Workflow,
    situations: &[Situation],
    table: &[Vec<bool>],
) -> Option<&'static str> {
    if (0..2).any(|way| !table.iter().any(|row| row[way])) {
        return None;
    }
    let mut left: BTreeMap<String, bool> = BTreeMap::new();
    for (situation, row) in situations.iter().zip(table) {
        let site = format!("{:?}", situation.settings.view().get(0))
            + &format!("{:?}", situation.settings.view().get(1));
        *left.entry(site).or_default() |= row.contains(&true);
    }
    assert_eq!(workflow.settings.rows()[0].name, "low");
    let plain = format!("{:?}{:?}", Some(Value::Integer(1)), Some(Value::Integer(2)));
    let stuck = left.values().any(|left| !left);
    stuck.then(|| match left[&plain] {
        true => "dead-end-by-settings",
        false => "dead-end",
    })
}

#[test]
fn what_brute_force_finds_is_found_and_nothing_else() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=cases(400) {
        let text = workflow(&mut Dice::new(seed));
        let (workflow, report) = loaded(&text);
        assert!(
            report.open().is_empty(),
            "seed {seed}: {:?}\n{text}",
            report.open()
        );
        let found = report
            .iter()
            .map(|finding| (finding.rule.id, finding.primary.span));
        let found: BTreeSet<Defect> = found.filter(|(rule, _)| RULES.contains(rule)).collect();
        let tried = tried(&workflow);
        assert_eq!(found, tried, "seed {seed}:\n{text}");
        for (rule, _) in tried {
            *counts.entry(rule).or_default() += 1;
        }
    }
    let all: usize = counts.values().sum();
    assert!(all >= 1_000 && counts.len() == RULES.len(), "{counts:?}");
    tell::tried(&format!(
        "{all} defects in random workflows, all found: {counts:?}"
    ));
}
