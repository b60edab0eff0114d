//! What `diff` says that a plan has to decide is what a plan which says nothing is not complete without.

use std::fmt::Write as _;

use flagstate::diff::{Severity, compare};
use flagstate::graph::Workflow;

use super::{findings, nothing};
use crate::analysis::dice::Dice;
use crate::diff::flow::Flow;
use crate::diff::kinds::edited;
use crate::diff::{edition, version};
use crate::tell;

/// Whether `diff` says so of two versions, and what is found about the plan that says nothing.
fn both(old: &Workflow, new: &Workflow) -> (bool, Vec<String>, Vec<String>) {
    let difference = compare(old, new);
    let grave = |change: &&flagstate::diff::Change| change.severity() >= Severity::Mapping;
    let changes = difference.changes.iter().filter(grave);
    let changes: Vec<String> = changes.map(|change| change.message.clone()).collect();
    let report = findings(&nothing(old, new), old, new);
    let found: Vec<String> = report.iter().map(|found| found.message.clone()).collect();
    let asked = difference.severity() >= Some(Severity::Mapping);
    (asked == report.has_errors(), changes, found)
}

fn versions(old: &str, new: &str) -> (Workflow, Workflow) {
    (version(0, "old.yaml", old), version(1, "new.yaml", new))
}

#[test]
fn a_change_needs_mapping_if_and_only_if_a_plan_that_says_nothing_is_not_complete() {
    let mut wrong = String::new();
    let mut pairs = edited();
    let cases = std::fs::read_dir("tests/cases/migrate").unwrap();
    for case in cases {
        let folder = case.unwrap().path();
        let file = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        if folder.join("old.yaml").exists() {
            pairs.push(("case", file("old.yaml"), file("new.yaml")));
        }
    }
    pairs.push(("appxite", edition("2023.yaml"), edition("2025.yaml")));
    let (mut asked, mut all) = (0, 0);
    for (kind, old, new) in pairs {
        let (old, new) = versions(&old, &new);
        for (old, new) in [(&old, &new), (&new, &old)] {
            let (alike, changes, found) = both(old, new);
            asked += usize::from(!changes.is_empty());
            all += 1;
            if !alike {
                writeln!(wrong, "{kind}: {changes:?}, but {found:?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    tell::tried(&format!(
        "{all} pairs of versions, of which {asked} need a plan"
    ));
}

#[test]
fn random_versions_need_mapping_if_and_only_if_a_plan_that_says_nothing_is_not_complete() {
    let (mut asked, mut all) = (0, 0);
    for seed in 0..300 {
        let mut dice = Dice::new(seed + 20_000);
        let old = match seed % 2 {
            0 => Flow::new(&mut dice, true),
            _ => Flow::raising(&mut dice),
        };
        let mut new = old.clone();
        new.version = 2;
        for _ in 0..=seed % 2 {
            new.change(&mut dice);
        }
        if seed % 3 == 0 {
            new.change_later(&mut dice);
        }
        let (old, new) = (old.to_yaml(), new.to_yaml());
        let (before, after) = versions(&old, &new);
        let (alike, changes, found) = both(&before, &after);
        asked += usize::from(!changes.is_empty());
        all += 1;
        assert!(
            alike,
            "seed {seed}: {changes:?}, but {found:?}\n{old}\n{new}"
        );
    }
    tell::tried(&format!(
        "{all} pairs of random versions, of which {asked} need a plan"
    ));
    assert!(asked > 50 && all - asked > 20, "{asked} of {all}");
}
