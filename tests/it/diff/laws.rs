//! What holds of any two versions.

use flagstate::diff::{Change, Severity, compare};

use super::flow::Flow;
use super::{case, pair, version};
use crate::analysis::dice::Dice;
use crate::tell;

#[test]
fn nothing_differs_from_itself() {
    let mut texts: Vec<String> = [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ]
    .iter()
    .map(|vendor| std::fs::read_to_string(format!("workflows/{vendor}.yaml")).unwrap())
    .collect();
    texts.push(case("base.yaml"));
    texts.extend((0..100).map(|seed| Flow::new(&mut Dice::new(seed), true).to_yaml()));
    for text in texts {
        let (old, new, _) = pair(&text, &text);
        let difference = compare(&old, &new);
        assert_eq!(difference.changes, [], "{text}");
        assert_eq!(difference.stranded, [], "{text}");
    }
}

#[test]
fn every_planted_change_is_found_and_named() {
    let (mut planted, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 0..700 {
        let mut dice = Dice::new(seed);
        let old = Flow::new(&mut dice, true);
        let mut new = old.clone();
        let Some((kind, about)) = new.change(&mut dice) else {
            continue;
        };
        planted += 1;
        kinds.insert(kind);
        let (before, after) = (old.to_yaml(), new.to_yaml());
        let found = compare(
            &version(0, "old.yaml", &before),
            &version(1, "new.yaml", &after),
        );
        let hit = found
            .changes
            .iter()
            .any(|change| change.kind == kind && change.about == about);
        assert!(
            hit,
            "{kind:?} {about}\n{:#?}\n{before}\n{after}",
            found.changes
        );
    }
    tell::tried(&format!(
        "{planted} planted changes of {} kinds, each found",
        kinds.len()
    ));
    assert!(planted > 400 && kinds.len() > 15, "{planted} {kinds:?}");
}

/// What only the old version has, only the new one has once they change places.
#[test]
fn what_is_added_one_way_is_removed_the_other() {
    let opposite = |id: &str| match id {
        "state-added" => Some("state-removed"),
        "timer-added" => Some("timer-removed"),
        "timer-shortened" => Some("timer-lengthened"),
        "flag-gained" => Some("flag-lost"),
        "event-added" => Some("event-removed"),
        "state-ends" => Some("state-reopens"),
        "state-locked" => Some("state-unlocked"),
        "entry-restricted" => Some("entry-opened"),
        _ => None,
    };
    for seed in 0..200 {
        let mut dice = Dice::new(seed);
        let old = Flow::new(&mut dice, true);
        let mut new = old.clone();
        for _ in 0..3 {
            new.change(&mut dice);
        }
        let (a, b) = (
            version(0, "a.yaml", &old.to_yaml()),
            version(1, "b.yaml", &new.to_yaml()),
        );
        let (there, back) = (compare(&a, &b), compare(&b, &a));
        for change in &there.changes {
            if let Some(opposite) = opposite(change.kind.id()) {
                let known = back
                    .changes
                    .iter()
                    .filter(|other| other.about == change.about);
                let mut known = known.map(|other| other.kind.id());
                assert!(known.any(|id| id == opposite), "{seed}: {change:?}");
            }
        }
    }
}

#[test]
fn changes_come_with_the_gravest_first_and_have_a_place() {
    for seed in 0..200 {
        let mut dice = Dice::new(seed);
        let old = Flow::new(&mut dice, true);
        let mut new = old.clone();
        for _ in 0..4 {
            new.change(&mut dice);
        }
        let (old, new) = (
            version(0, "a.yaml", &old.to_yaml()),
            version(1, "b.yaml", &new.to_yaml()),
        );
        let difference = compare(&old, &new);
        let severities: Vec<Severity> = difference.changes.iter().map(Change::severity).collect();
        assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
        for change in &difference.changes {
            assert!(change.old.is_some() || change.new.is_some(), "{change:?}");
            assert!(
                !change.message.ends_with('.') && !change.message.contains('\n'),
                "{change:?}"
            );
        }
    }
}
