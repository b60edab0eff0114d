//! States that are called otherwise: their timers go on as the plan says, and their children are counted.

use std::collections::BTreeMap;

use flagstate::graph::Workflow;
use flagstate::instance::{Site, Stored};
use flagstate::migrate::{Refused, Sites, TimerFate, apply, check, init};

use super::{decided, findings, plan_of};
use crate::diff::brute::noon;
use crate::diff::pair;

/// A version in which orders wait in a state of this name, for so long.
fn version(number: u32, waiting: &str, days: u32) -> String {
    format!(
        "flagstate: 1\nworkflow: w\nversion: {number}\nactors: [clerk]\ninitial: open\nstates:\n  open:\n  \
         {waiting}: {{ expires: {{ after: {days}d, to: gone }} }}\n  gone: {{ final: true }}\ntransitions:\n  \
         wait: {{ by: clerk, from: open, to: {waiting} }}\n  give_up: {{ by: clerk, from: {waiting}, to: gone }}\n"
    )
}

fn head(rest: &str) -> String {
    format!(
        "flagstate_migration: 1\nfrom: {{ workflow: w, version: 1 }}\nto: {{ workflow: w, version: 2 }}\n{rest}"
    )
}

/// When the timer of a waiting order is due after a plan, and what became of timers.
fn moved(old: &Workflow, new: &Workflow, plan: &str) -> (Option<String>, Vec<(String, TimerFate)>) {
    let plan = plan_of(plan);
    let report = findings(&plan, old, new);
    assert!(report.is_empty(), "{report:?}");
    let (plan, _) = check(&plan, old, new);
    let sites = [old, new].map(|version| Site::new(version, &BTreeMap::new()).unwrap());
    let [before, after] = &sites;
    let line = r#"{"instance":1,"workflow":"w","version":1,"sequence":2,"states":["packing"],
        "updated_at":"2026-01-02T12:00:00Z","timers":{"packing.expires":{"due":"2026-01-07T12:00:00Z"}}}"#;
    let order: Stored = serde_json::from_str(line).unwrap();
    let order = order.read(old).unwrap();
    let sites = Sites {
        old: before,
        new: after,
    };
    let moved = apply(&plan, sites, &order, noon()).unwrap();
    let stored = Stored::of(new, &moved.instance);
    let due = stored
        .timers
        .get("picking.expires")
        .map(|timer| timer.due.clone());
    (due, moved.timers)
}

#[test]
fn the_timer_of_a_renamed_state_goes_on_as_the_plan_says() {
    let kept = Some("2026-01-07T12:00:00Z".to_owned());
    let name = |name: &str, fate| (name.to_owned(), fate);
    let states = "states: { packing: picking }\n";
    for (days, rules, due, fates) in [
        (5, "", &kept, vec![name("packing.expires", TimerFate::Kept)]),
        (
            5,
            "timers: { packing.expires: keep, picking.expires: keep }\n",
            &kept,
            vec![name("packing.expires", TimerFate::Kept)],
        ),
        (
            5,
            "timers: { picking.expires: restart }\n",
            &Some("2026-01-10T12:00:00Z".to_owned()),
            vec![name("packing.expires", TimerFate::Restarted)],
        ),
        (
            2,
            "timers: { packing.expires: restart }\n",
            &Some("2026-01-07T12:00:00Z".to_owned()),
            vec![name("packing.expires", TimerFate::Restarted)],
        ),
        (
            9,
            "timers: { packing.expires: drop, picking.expires: keep }\n",
            &Some("2026-01-11T12:00:00Z".to_owned()),
            vec![
                name("packing.expires", TimerFate::Dropped),
                name("picking.expires", TimerFate::Started),
            ],
        ),
        (
            5,
            "timers: { packing.expires: drop }\n",
            &None,
            vec![name("packing.expires", TimerFate::Dropped)],
        ),
    ] {
        let (old, new, _) = pair(&version(1, "packing", 5), &version(2, "picking", days));
        let plan = head(&format!("{states}{rules}"));
        assert_eq!(moved(&old, &new, &plan), (due.clone(), fates), "{plan}");
    }
}

#[test]
fn two_rules_for_one_timer_are_told_of() {
    let (old, new, _) = pair(&version(1, "packing", 5), &version(2, "picking", 5));
    for (rules, contradict) in [
        ("packing.expires: keep, picking.expires: restart", true),
        (
            "packing.expires: { keep: picking.expires }, picking.expires: drop",
            true,
        ),
        ("packing.expires: restart, picking.expires: restart", false),
        ("packing.expires: drop, picking.expires: restart", false),
    ] {
        let plan = head(&format!(
            "states: {{ packing: picking }}\ntimers: {{ {rules} }}\n"
        ));
        let report = findings(&plan_of(&plan), &old, &new);
        let told: Vec<&str> = report.iter().map(|found| found.rule.id).collect();
        let expected: &[&str] = if contradict {
            &["undecided-timer"]
        } else {
            &[]
        };
        assert_eq!(told, expected, "{rules}: {report:?}");
    }
}

#[test]
fn a_first_plan_keeps_the_timer_of_a_renamed_state() {
    for (days, due) in [(5, "2026-01-07T12:00:00Z"), (7, "2026-01-07T12:00:00Z")] {
        let (old, new, _) = pair(&version(1, "packing", 5), &version(2, "picking", days));
        let text = init((&old, "old.yaml"), (&new, "new.yaml"));
        let (found, fates) = moved(&old, &new, &decided(&text));
        assert_eq!(found.as_deref(), Some(due), "{text}");
        assert_eq!(fates, [("packing.expires".to_owned(), TimerFate::Kept)]);
    }
}

#[test]
fn children_in_a_renamed_state_are_counted_although_others_have_regions() {
    let version = |number: u32, packing: &str, first: &str| {
        format!(
            "flagstate: 1\nworkflow: w\nversion: {number}\nactors: [clerk]\nchildren: {{ parcels: {{ workflow: self }} }}\n\
             initial: open\nstates:\n  open:\n  {packing}:\n  sent:\n    regions:\n      \
             way: {{ initial: {first}, states: {{ {first}: , there: {{ final: true }} }} }}\n      \
             bill: {{ initial: due, states: {{ due: , paid: {{ final: true }} }} }}\n  gone: {{ final: true }}\n\
             transitions:\n  pack: {{ by: clerk, from: open, to: {packing} }}\n  send: {{ by: clerk, from: {packing}, to: sent }}\n  \
             arrive: {{ by: clerk, from: sent.way.{first}, to: sent.way.there }}\n  \
             pay: {{ by: clerk, from: sent.bill.due, to: sent.bill.paid }}\n  end: {{ by: clerk, from: any, to: gone }}\n"
        )
    };
    let order = |old: &Workflow| {
        let line = r#"{"instance":1,"workflow":"w","version":1,"sequence":2,"states":["packing"],
            "updated_at":"2026-01-02T12:00:00Z","children":{"parcels":{"total":3,"by_state":{"packing":2,
            "sent":1,"sent.way":1,"sent.way.going":1,"sent.bill":1,"sent.bill.paid":1}}}}"#;
        let order: Stored = serde_json::from_str(line).unwrap();
        order.read(old).unwrap()
    };
    let renamed = "states: { packing: picking }\n";
    let within = "states: { packing: picking, sent.way.going: sent.way.rolling }\n";
    for (first, states, counted) in [("going", renamed, true), ("rolling", within, false)] {
        let (old, new, _) = pair(
            &version(1, "packing", "going"),
            &version(2, "picking", first),
        );
        let plan = plan_of(&head(states));
        assert!(findings(&plan, &old, &new).is_empty());
        let (plan, _) = check(&plan, &old, &new);
        let sites = [&old, &new].map(|version| Site::new(version, &BTreeMap::new()).unwrap());
        let [before, after] = &sites;
        let sites = Sites {
            old: before,
            new: after,
        };
        match apply(&plan, sites, &order(&old), noon()) {
            Ok(moved) => {
                assert!(counted);
                let stored = Stored::of(&new, &moved.instance);
                let parcels = serde_json::to_value(&stored.children["parcels"]).unwrap();
                let expected = serde_json::json!({"total": 3, "by_state": {"picking": 2, "sent": 1,
                    "sent.bill": 1, "sent.bill.paid": 1, "sent.way": 1, "sent.way.going": 1}});
                assert_eq!(parcels, expected);
            }
            Err(refused) => {
                assert!(!counted, "{refused:?}");
                assert!(
                    matches!(refused.as_slice(), [Refused::Children { .. }]),
                    "{refused:?}"
                );
            }
        }
    }
}

#[test]
fn a_first_plan_asks_which_sets_children_come_to_and_what_their_states_are_called() {
    let case = |name: &str| {
        std::fs::read_to_string(format!("tests/cases/migrate/children/{name}.yaml")).unwrap()
    };
    let (old, new, _) = pair(&case("old"), &case("new"));
    let text = init((&old, "old.yaml"), (&new, "new.yaml"));
    let lines = [
        "subs: kids    # or drop: is it the same?",
        "parcels: { states: { packed: NEW, lost: NEW } }    # these have to become others",
        "bills: invoices    # or drop: is it the same?",
        "calls: { to: invoices, states: { open: NEW, done: NEW } }    # or drop: is it the same?",
    ];
    for line in lines {
        assert!(text.contains(&format!("#   {line}\n")), "{text}");
    }
    let decided = decided(&text);
    let decided = decided.replace("packed: NEW, lost: NEW", "packed: ready, lost: ready");
    let decided = decided.replace("NEW", "due");
    let report = findings(&plan_of(&decided), &old, &new);
    assert!(report.is_empty(), "{report:?}\n{decided}");
}
