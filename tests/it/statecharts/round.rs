//! Export to SCXML, import again: the same orders.

use std::collections::BTreeMap;

use flagstate::diagnostic::Level;
use flagstate::export;
use flagstate::graph::Workflow;
use flagstate::import::{self, Names, Options};
use flagstate::source::{FileId, SourceFile};

use super::machines::{Words, machine};
use super::play::{Played, Stands, compiled, several_at_once, story};

const MACHINES: u64 = 100;
const LENGTH: usize = 12;

#[test]
fn what_is_exported_to_scxml_and_imported_again_runs_alike() {
    let (mut machines, mut steps, mut restless) = (0, 0, 0);
    let wanted = super::times() * MACHINES;
    for seed in 0..wanted {
        let text = machine(seed, Words::All);
        let workflow = compiled(&text);
        let (scxml, lost) = export::scxml(&workflow);
        assert!(lost.is_empty(), "{seed}: {lost:?}\n{text}");
        let source = SourceFile::new("drawn.scxml", scxml.clone());
        let imported = import::scxml(FileId(0), &source, &Options::default());
        let errors = imported.report.iter().filter(|f| f.level() == Level::Error);
        let errors: Vec<&String> = errors.map(|found| &found.message).collect();
        assert!(errors.is_empty(), "{seed}: {errors:?}\n{scxml}");
        let again = imported.text.expect("a workflow");
        let imported_as = compiled(&again);
        machines += 1;
        match alike(seed, (&workflow, &imported_as), &imported.names) {
            Ok(compared) => steps += compared,
            Err(None) => restless += 1,
            Err(Some(why)) => panic!("{seed}: {why}\n{text}\n{scxml}\n{again}"),
        }
    }
    crate::tell::tried(&format!(
        "SCXML round trip: {machines} random machines, {steps} steps alike, {restless} stories of orders that never rest"
    ));
    assert!(steps as u64 > wanted * 5, "only {steps} steps");
}

/// Plays the same story in both; the error without words is an order that never rests.
fn alike(
    seed: u64,
    (one, other): (&Workflow, &Workflow),
    names: &Names,
) -> Result<usize, Option<String>> {
    let (begun, again) = (Played::begin(one), Played::begin(other));
    let (Some((mut order, _)), Some((mut copy, _))) = (begun, again) else {
        return Err(None);
    };
    let differs = |order: &Played<'_>, copy: &Played<'_>, what: &str| {
        let (order, copy) = (renamed(&order.stands(), names), known(copy.stands(), names));
        (order != copy).then(|| Some(format!("{what}: {order:?} and {copy:?}")))
    };
    if let Some(why) = differs(&order, &copy, "begun") {
        return Err(why);
    }
    let mut steps = 1;
    for happens in story(seed, LENGTH) {
        let (records, others) = (order.happen(&happens), copy.happen(&happens));
        let (Some(records), Some(_)) = (records, others) else {
            return Ok(steps);
        };
        // Of one instant, our timers come before what was raised; SCXML has one queue for both.
        if several_at_once(&records) {
            return Ok(steps);
        }
        if let Some(why) = differs(&order, &copy, &format!("step {steps}, {happens:?}")) {
            return Err(why);
        }
        steps += 1;
    }
    Ok(steps)
}

/// Where an order stands, in the words of what was imported.
fn renamed(stands: &Stands, names: &Names) -> Stands {
    let state = |path: &String| names.states[&path.replace('.', "-")].clone();
    let fields = stands.fields.iter();
    Stands {
        states: stands.states.iter().map(state).collect(),
        fields: fields
            .filter_map(|(name, value)| Some((names.fields.get(name)?.clone(), value.clone())))
            .collect(),
    }
}

/// What is only there to set values at once is left out.
fn known(stands: Stands, names: &Names) -> Stands {
    let named: BTreeMap<_, _> = names
        .fields
        .iter()
        .filter(|(name, _)| !name.starts_with("next_"))
        .collect();
    let mut fields = stands.fields;
    fields.retain(|name, _| named.values().any(|known| *known == name));
    Stands {
        states: stands.states,
        fields,
    }
}

#[test]
fn the_page_on_what_is_lost_shows_what_is_and_what_is_not() {
    for rule in export::RULES {
        let blocks: Vec<&str> = rule.page.split("```yaml\n").skip(1).collect();
        let lost = |block: &str| {
            let workflow = compiled(block.split("```").next().expect("an end"));
            let (_, one) = export::scxml(&workflow);
            let (_, other) = export::xstate(&workflow);
            let ids = |report: &flagstate::diagnostic::Report| -> Vec<&'static str> {
                report.iter().map(|found| found.rule.id).collect()
            };
            (ids(&one), ids(&other))
        };
        assert_eq!(lost(blocks[0]), (vec![rule.id], vec![rule.id]));
        assert_eq!(lost(blocks[1]), (vec![], vec![]));
    }
}
