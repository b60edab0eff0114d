//! Exported machines in the real `XState` (npm, `tests/exports/xstate.mjs`): the same story, step by step.
//!
//! Three things `XState` does otherwise than SCXML, and no configuration changes that. A story that comes
//! to one of them ends there, and is counted:
//! - it asks the states around regions only where no region answers at all ("outer beside inner");
//! - it keeps a parallel state where a transition leads from one region to another, or back into its
//!   own from its edge ("region to region"), although SCXML's findLCCA passes over parallel states;
//! - what is due at one instant comes in the order in which it was armed ("due at once").

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use flagstate::export;
use flagstate::graph::{Kind, StateId, Target, Workflow};
use flagstate::instance::StepRecord;
use serde_json::{Value as Json, json};

use super::machines::{Words, machine};
use super::play::{Happens, Played, Stands, compiled, several_at_once, story};

const MACHINES: u64 = 150;
const LENGTH: usize = 14;

/// A machine with its story, and what our interpreter makes of it.
struct Expected {
    seed: u64,
    text: String,
    config: String,
    /// Where the order stands at first and after each part, as far as both can agree.
    stands: Vec<Stands>,
    story: Vec<Happens>,
}

#[test]
fn exported_machines_run_in_xstate_as_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    if !folder.join("node_modules/xstate").is_dir() {
        crate::tell::skipped(
            "exported machines are not run in XState: run `npm ci` in tests/exports",
        );
        return;
    }
    let mut ended: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = Vec::new();
    let machines = super::times() * MACHINES;
    for seed in 10_000..10_000 + machines {
        all.extend(expected(seed, &mut ended));
    }
    let lines: Vec<String> = all.iter().map(line).collect();
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("machines.jsonl");
    std::fs::write(&out, lines.join("\n")).expect("written");
    let output = Command::new("node")
        .current_dir(&folder)
        .arg("xstate.mjs")
        .arg(&out)
        .output()
        .expect("node runs");
    let answers = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(answers.lines().count(), all.len(), "{errors}");
    let mut steps = 0;
    for (answer, expected) in answers.lines().zip(&all) {
        steps += compare(expected, &serde_json::from_str(answer).expect("JSON"));
    }
    let ended: Vec<String> = ended
        .iter()
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    crate::tell::tried(&format!(
        "XState: {} random machines, {steps} steps alike; stories cut short: {}",
        all.len(),
        ended.join(", ")
    ));
    assert!(steps as u64 > machines * 5, "only {steps} steps");
}

/// The machine and the story as our interpreter plays it; `None` where the order never rests.
fn expected(seed: u64, ended: &mut BTreeMap<&'static str, usize>) -> Option<Expected> {
    let text = machine(seed, Words::Xstate);
    let workflow = compiled(&text);
    let (config, lost) = export::xstate(&workflow);
    assert!(lost.is_empty(), "{seed}: {lost:?}\n{text}");
    let mut end = |why| *ended.entry(why).or_default() += 1;
    let Some((mut order, record)) = Played::begin(&workflow) else {
        end("never at rest");
        return None;
    };
    if let Some(why) = differs(&workflow, std::slice::from_ref(&record)) {
        end(why);
        return None;
    }
    let (mut stands, mut played) = (vec![order.stands()], Vec::new());
    for happens in story(seed, LENGTH) {
        let Some(records) = order.happen(&happens) else {
            end("never at rest");
            break;
        };
        if let Some(why) = differs(&workflow, &records) {
            end(why);
            break;
        }
        stands.push(order.stands());
        played.push(happens);
    }
    Some(Expected {
        seed,
        text,
        config,
        stands,
        story: played,
    })
}

/// Why `XState` does otherwise from here on.
fn differs(workflow: &Workflow, records: &[StepRecord]) -> Option<&'static str> {
    if several_at_once(records) {
        return Some("due at once");
    }
    for taken in records.iter().flat_map(|record| &record.taken) {
        let source = workflow.transitions.at(taken.transition).source;
        let row = workflow
            .rows
            .at(workflow.transitions.at(taken.transition).row);
        if keeps_parallel(workflow, source, &row.branches[taken.branch].target) {
            return Some("region to region");
        }
    }
    for record in records {
        for (index, one) in record.taken.iter().enumerate() {
            for other in &record.taken[index + 1..] {
                let source = |taken: &flagstate::instance::Taken| {
                    workflow.transitions.at(taken.transition).source
                };
                let (a, b) = (source(one), source(other));
                let nested = workflow.within(a, b) || workflow.within(b, a);
                if one.microstep == other.microstep && a != b && nested {
                    return Some("outer beside inner");
                }
            }
        }
    }
    None
}

/// Whether the innermost state around a source and its targets is a parallel one.
fn keeps_parallel(workflow: &Workflow, source: StateId, target: &Target) -> bool {
    // What a past stands for lies within its state.
    let within = |outer: StateId| {
        target.parts().iter().all(|part| match part {
            Target::State(state) => *state != outer && workflow.within(*state, outer),
            Target::History { state, .. } => workflow.within(*state, outer),
            _ => false,
        })
    };
    if *target == Target::Stay {
        return false;
    }
    let mut outers = workflow.ancestors(source);
    let common = outers.find(|&outer| within(outer));
    common.is_some_and(|outer| workflow.states.at(outer).kind == Kind::Parallel)
}

fn line(expected: &Expected) -> String {
    let story = expected.story.iter().map(|happens| match happens {
        Happens::Event(name) => json!({ "event": { "type": name } }),
        Happens::Brought(n) => json!({ "event": { "type": "p0", "n": n } }),
        Happens::Wait(seconds) => json!({ "wait": seconds }),
    });
    let machine: Json = serde_json::from_str(&expected.config).expect("JSON");
    json!({ "machine": machine, "story": story.collect::<Vec<_>>() }).to_string()
}

fn compare(expected: &Expected, answer: &Json) -> usize {
    let Expected {
        seed,
        text,
        config,
        stands,
        story,
    } = expected;
    let seen = answer.as_array();
    let seen = seen.unwrap_or_else(|| panic!("{seed}: {answer}\n{text}\n{config}"));
    for (index, (ours, theirs)) in stands.iter().zip(seen).enumerate() {
        if theirs == "never at rest" {
            // What a timer or an event raised for later cannot carry out does nothing here.
            return index;
        }
        let states: Vec<String> = ours
            .states
            .iter()
            .map(|path| path.replace('.', "-"))
            .collect();
        let fields: Json = serde_json::to_value(&ours.fields).expect("JSON");
        let alike = json!(states) == theirs["states"] && fields == theirs["context"];
        let before = index
            .checked_sub(1)
            .map(|before| (&story[before], &stands[before]));
        assert!(
            alike,
            "{seed}, step {index} after {before:?}: {ours:?}, and XState {theirs}\n{text}\n{config}"
        );
    }
    stands.len()
}
