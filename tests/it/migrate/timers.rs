//! Timers of states that are merged: what a hint advises leads to a plan that is complete.

use std::collections::BTreeMap;

use flagstate::graph::Workflow;
use flagstate::instance::{Site, Stored};
use flagstate::migrate::{Sites, apply, check};

use super::{findings, plan_of};
use crate::diff::brute::noon;
use crate::diff::pair;

const APART: &str = "flagstate: 1\nworkflow: w\nversion: 1\nactors: [clerk]\ninitial: a\nstates:\n  \
     a: { expires: { after: 5d, to: end } }\n  b: { expires: never }\n  c: { expires: { after: 7d, to: end } }\n  \
     end: { final: true }\ntransitions:\n  next: { by: clerk, from: a, to: b }\n  \
     last: { by: clerk, from: b, to: c }\n  end: { by: clerk, from: b, to: end }\n";

const MERGED: &str = "flagstate: 1\nworkflow: w\nversion: 2\nactors: [clerk]\ninitial: m\nstates:\n  \
     m: { expires: { after: 6d, to: end } }\n  end: { final: true }\ntransitions:\n  \
     end: { by: clerk, from: m, to: end }\n";

const REGIONS: &str = "flagstate: 1\nworkflow: w\nversion: 1\nactors: [clerk]\ninitial: work\nstates:\n  work:\n    \
     regions:\n      left: { states: { x: { expires: { after: 5d, to: end } } } }\n      \
     right: { states: { z: { expires: { after: 7d, to: end } } } }\n  end: { final: true }\ntransitions:\n  \
     end: { by: clerk, from: work, to: end }\n";

fn plan(rest: &str) -> String {
    format!(
        "flagstate_migration: 1\nfrom: {{ workflow: w, version: 1 }}\nto: {{ workflow: w, version: 2 }}\n{rest}"
    )
}

/// What is told of timers, with what is advised.
fn told(old: &Workflow, new: &Workflow, rest: &str) -> Vec<String> {
    let report = findings(&plan_of(&plan(rest)), old, new);
    let told = report.iter().map(|found| {
        assert_eq!(found.rule.id, "undecided-timer", "{found:?}");
        found.message.clone()
    });
    told.collect()
}

#[test]
fn what_is_said_of_a_merged_timer_may_be_meant_for_orders_that_bring_none() {
    let (old, new, _) = pair(APART, MERGED);
    let states = "states: { a: m, b: m, c: m }\n";
    assert_eq!(
        told(&old, &new, states),
        [
            "`a.expires` goes on as `m.expires`, which runs otherwise",
            "`c.expires` goes on as `m.expires`, which runs otherwise",
            "`m.expires` is new to orders that come from `b`",
        ]
    );
    // Every hint is followed, and none leads to another.
    let all = ["keep", "restart", "drop"];
    for a in all {
        for c in all {
            for m in all {
                let timers = format!(
                    "{states}timers: {{ a.expires: {a}, c.expires: {c}, m.expires: {m} }}\n"
                );
                assert_eq!(told(&old, &new, &timers), [""; 0], "{timers}");
            }
        }
    }
    let rest =
        format!("{states}timers: {{ a.expires: keep, c.expires: drop, m.expires: restart }}\n");
    let due = |state: &str| {
        brought(
            (&old, &new),
            &rest,
            state,
            &[("a.expires", "2026-01-07T12:00:00Z")],
        )
    };
    assert_eq!(due("a"), ["m.expires 2026-01-07T12:00:00Z"]);
    assert_eq!(due("b").len(), 1, "it begins anew");
}

/// The timers of an order that comes over, and those that will not run.
fn brought(
    (old, new): (&Workflow, &Workflow),
    rest: &str,
    states: &str,
    timers: &[(&str, &str)],
) -> Vec<String> {
    let (plan, _) = check(&plan_of(&plan(rest)), old, new);
    let [before, after] = [old, new].map(|version| Site::new(version, &BTreeMap::new()).unwrap());
    let sites = Sites {
        old: &before,
        new: &after,
    };
    let states: Vec<String> = states.split(" + ").map(str::to_owned).collect();
    let timers = timers
        .iter()
        .filter(|(timer, _)| states.iter().any(|state| timer.starts_with(state.as_str())));
    let timers = timers.map(|(timer, due)| format!("\"{timer}\": {{ \"due\": \"{due}\" }}"));
    let timers: Vec<String> = timers.collect();
    let line = format!(
        "{{ \"instance\": 1, \"workflow\": \"w\", \"version\": 1, \"states\": {states:?}, \
         \"timers\": {{ {} }}, \"updated_at\": \"2026-01-02T12:00:00Z\" }}",
        timers.join(", ")
    );
    let order: Stored = serde_json::from_str(&line).unwrap();
    let moved = apply(&plan, sites, &order.read(old).unwrap(), noon()).unwrap();
    let stored = Stored::of(new, &moved.instance);
    let running = stored.timers.into_iter();
    let running = running.map(|(timer, running)| format!("{timer} {}", running.due));
    let spent = stored
        .spent
        .into_iter()
        .map(|timer| format!("{timer} spent"));
    running.chain(spent).collect()
}

#[test]
fn of_two_timers_that_run_at_once_one_goes_on() {
    let (old, new, _) = pair(REGIONS, MERGED);
    let states = "states: { work: m }\n";
    let rest = |timers: &str| format!("{states}timers: {{ {timers} }}\n");
    let both = rest("work.left.x.expires: keep, work.right.z.expires: keep");
    assert_eq!(
        told(&old, &new, &both),
        [
            "`m.expires` goes on for `work.left.x.expires` and for `work.right.z.expires` of the same orders"
        ]
    );
    let timers = [
        ("work.left.x.expires", "2026-01-07T12:00:00Z"),
        ("work.right.z.expires", "2026-01-09T12:00:00Z"),
    ];
    for (left, right, due) in [
        ("keep", "drop", "m.expires 2026-01-07T12:00:00Z"),
        ("drop", "keep", "m.expires 2026-01-09T12:00:00Z"),
        ("drop", "drop", "m.expires spent"),
    ] {
        let rest = rest(&format!(
            "work.left.x.expires: {left}, work.right.z.expires: {right}"
        ));
        assert_eq!(told(&old, &new, &rest), [""; 0], "{rest}");
        let found = brought((&old, &new), &rest, "work.left.x + work.right.z", &timers);
        assert_eq!(found, [due], "{rest}");
    }
}
