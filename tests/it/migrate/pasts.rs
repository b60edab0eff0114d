//! What orders remember of states that they left comes over, or the plan says what becomes of it.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::diagnostic::Level;
use flagstate::instance::{Event, EventKind, Site};
use flagstate::interpret::step;
use flagstate::migrate::{Refused, Sites, apply, check, init};

use super::{decided, findings, plan_of};
use crate::diff::brute::{Space, noon};
use crate::diff::version;
use crate::tell;

const OLD: &str = "flagstate: 1\nworkflow: w\nversion: 1\nactors: [clerk]\ninitial: work\nstates:\n  \
     work: { states: { a: , b: } }\n  paused:\n  idle:\n  closed: { final: true }\ntransitions:\n  \
     next: { by: clerk, from: work.a, to: work.b }\n  pause: { by: clerk, from: work, to: paused }\n  \
     resume: { by: clerk, from: [paused, idle], to: { history: work, depth: deep } }\n  \
     rest: { by: clerk, from: paused, to: idle }\n  close: { by: clerk, from: [work, idle], to: closed }\n";

const NEW: &str = "flagstate: 1\nworkflow: w\nversion: 2\nactors: [clerk]\ninitial: work\nstates:\n  \
     work: { states: { m: , p: { states: { s: , t: } } } }\n  paused:\n  idle:\n  closed: { final: true }\ntransitions:\n  \
     next: { by: clerk, from: work.m, to: work.p }\n  further: { by: clerk, from: work.p.s, to: work.p.t }\n  \
     pause: { by: clerk, from: work, to: paused }\n  \
     resume: { by: clerk, from: [paused, idle], to: { history: work, depth: deep } }\n  \
     rest: { by: clerk, from: paused, to: idle }\n  close: { by: clerk, from: [work, idle], to: closed }\n";

/// Where orders can be mapped to, and where history takes those that were left there; nothing outside of `work`.
const TO: [(&str, Option<&str>); 6] = [
    ("work", Some("work.m")),
    ("work.m", Some("work.m")),
    ("work.p", Some("work.p.s")),
    ("work.p.s", Some("work.p.s")),
    ("work.p.t", Some("work.p.t")),
    ("idle", None),
];

/// What is said in place of a past, and where history takes those then.
const PAST: [(&str, Option<&str>); 4] = [
    ("work", None),
    ("{ to: work, past: work.p }", Some("work.p.s")),
    ("{ to: work, past: work.p.t }", Some("work.p.t")),
    ("{ to: work, past: [] }", Some("work.m")),
];

#[test]
fn history_enters_what_the_plan_makes_of_what_was_left_or_the_plan_has_a_finding() {
    let (old, new) = (version(0, "old.yaml", OLD), version(1, "new.yaml", NEW));
    let site = |workflow| Site::new(workflow, &BTreeMap::new()).unwrap();
    let (before, after) = (site(&old), site(&new));
    let sites = Sites {
        old: &before,
        new: &after,
    };
    let orders = Space::of(&old, &before, &[], true).orders;
    let (mut refused, mut resumed) = (0, 0);
    for (a, a_to) in TO {
        for (b, b_to) in TO {
            for (past, said) in PAST {
                let plan = plan_of(&format!(
                    "flagstate_migration: 1\nfrom: {{ workflow: w, version: 1 }}\nto: {{ workflow: w, version: 2 }}\n\
                     states: {{ work: {past}, work.a: {a}, work.b: {b} }}\n"
                ));
                let (plan, report) = check(&plan, &old, &new);
                let errors = report.count(Level::Error);
                let lost = a_to.is_none() || b_to.is_none();
                assert_eq!(
                    errors > 0,
                    lost && said.is_none(),
                    "{a} {b} {past}: {report:?}"
                );
                let idle = report.iter().any(|found| found.rule.id == "idle-back");
                assert_eq!(idle, !lost && said.is_some(), "{a} {b} {past}: {report:?}");
                let mut any = false;
                for order in &orders {
                    let moved = match apply(&plan, sites, order, noon()) {
                        Ok(moved) => moved.instance,
                        Err(why) => {
                            assert!(matches!(why.as_slice(), [Refused::Past { .. }]), "{why:?}");
                            any = true;
                            continue;
                        }
                    };
                    let left = order.past.values().flatten().next();
                    let Some(&left) = left.filter(|_| order.status(&old) == "paused") else {
                        continue;
                    };
                    let expected = match old.states.at(left).path.as_str() {
                        "work.a" => a_to,
                        _ => b_to,
                    };
                    let event = Event {
                        id: None,
                        actor: Actor::new("clerk"),
                        kind: EventKind::Named {
                            name: "resume".to_owned(),
                            payload: BTreeMap::new(),
                            target: None,
                        },
                    };
                    let there = step(&new, &after, &moved, &event, noon()).instance;
                    let expected = expected.or(said).unwrap();
                    assert_eq!(there.status(&new), expected, "{a} {b} {past}");
                    resumed += 1;
                }
                assert_eq!(any, errors > 0, "{a} {b} {past}");
                refused += usize::from(any);
            }
        }
    }
    tell::tried(&format!(
        "{resumed} orders went back to what they had left under the old version; {refused} plans refuse some, each with a finding"
    ));
    assert!(refused > 5 && resumed > 100, "{refused} {resumed}");
}

#[test]
fn a_first_plan_asks_whose_history_a_renamed_state_brings() {
    let renamed = OLD
        .replace("work", "job")
        .replace("jobflow", "workflow")
        .replace("version: 1", "version: 2");
    let (old, new) = (
        version(0, "old.yaml", OLD),
        version(1, "new.yaml", &renamed),
    );
    let text = init((&old, "old.yaml"), (&new, "new.yaml"));
    assert!(
        text.contains("#   work: job    # a way leads to the history of `job`"),
        "{text}"
    );
    let decided = decided(&text);
    let report = findings(&plan_of(&decided), &old, &new);
    assert!(report.is_empty(), "{report:?}\n{decided}");
}
