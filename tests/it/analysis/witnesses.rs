//! The witness of every finding, played, shows what the finding says.

use std::collections::BTreeMap;

use flagstate::analysis::Witness;
use flagstate::diagnostic::Diagnostic;
use flagstate::drive::{self, Family, Happened, OrderName};
use flagstate::graph::Workflow;
use flagstate::instance::{Judged, Site};
use flagstate::time::parse_instant;

use super::dice::Dice;
use super::{cases, loaded, planted};
use crate::tell;

/// What playing a witness showed.
struct Shown {
    accepted: bool,
    /// The spans of the branches and rows that were taken.
    taken: Vec<flagstate::source::Span>,
    judged: Vec<Judged>,
    ended: bool,
}

fn play(workflow: &Workflow, witness: &Witness) -> Shown {
    let site = Site::new(workflow, &drive::given(&witness.settings)).expect("settings in bounds");
    let at = parse_instant(&witness.at).unwrap();
    let mut family = Family::new(workflow, &site, at);
    let verdict = drive::replay(&mut family, witness).expect("a witness of this workflow");
    let mut shown = Shown {
        accepted: !matches!(verdict, drive::Verdict::Refused(_)),
        taken: Vec::new(),
        judged: Vec::new(),
        ended: family
            .instance(&OrderName::Root)
            .is_some_and(|order| order.is_done(workflow)),
    };
    for entry in family.entries() {
        shown.judged.extend(entry.judged().iter().cloned());
        if let Happened::Step(record) = &entry.happened {
            for taken in &record.taken {
                let row = workflow
                    .rows
                    .at(workflow.transitions.at(taken.transition).row);
                shown
                    .taken
                    .extend([row.span, row.branches[taken.branch].span]);
            }
        }
    }
    shown
}

/// Whether a played witness shows what its finding says.
fn confirms(workflow: &Workflow, finding: &Diagnostic, shown: &Shown) -> bool {
    let span = finding.primary.span;
    let mut said = shown.judged.iter().filter(|judged| {
        judged
            .condition(workflow)
            .is_some_and(|condition| condition.span == span)
    });
    match finding.rule.id {
        "guard-always-true" => said.all(|judged| judged.held),
        "guard-never-true" => said.all(|judged| !judged.held) && !shown.taken.contains(&span),
        "missing-default-branch" | "cycle-of-automatic-transitions" => !shown.accepted,
        "overlapping-branches" | "shadowed-transition" | "unreachable-branch" => {
            shown.accepted && !shown.taken.contains(&span)
        }
        "stuck-order" | "dead-end" | "dead-end-by-settings" => !shown.ended,
        other => panic!("{other} has a witness"),
    }
}

#[test]
fn every_witness_shows_what_its_finding_says() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let workflows = cases(1_000);
    for seed in 1..=workflows {
        let text = planted::workflow(&mut Dice::new(seed + 1_000_000));
        let (workflow, report) = loaded(&text);
        for finding in &report {
            let Some(witness) = &finding.witness else {
                continue;
            };
            let witness: Witness = serde_json::from_value((**witness).clone()).expect("a witness");
            let shown = play(&workflow, &witness);
            assert!(
                confirms(&workflow, finding, &shown),
                "seed {seed}: {finding:#?}\n{text}"
            );
            *counts.entry(finding.rule.id).or_default() += 1;
        }
    }
    assert!(counts.len() == 9, "{counts:?}");
    tell::tried(&format!(
        "witnesses of {workflows} random workflows, all confirmed: {counts:?}"
    ));
}
