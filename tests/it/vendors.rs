//! The shipped workflows: they are clean, and they are what their vendors' pages say.

use std::collections::BTreeSet;
use std::path::PathBuf;

use flagstate::diagnostic::Report;
use flagstate::diagnostic::render::{Options, render};
use flagstate::drive::trace::text;
use flagstate::load;
use flagstate::scenario::{self, ScenarioFile};
use flagstate::source::{FileId, SourceFile, SourceMap};
use serde_yaml::Value;

/// The vendors whose workflows are shipped.
pub(crate) const VENDORS: [&str; 5] = [
    "vendasta",
    "appxite",
    "interworks",
    "orocommerce",
    "sharefox",
];

/// A file of the folder `workflows`.
pub(crate) fn shipped(name: &str) -> SourceFile {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("workflows")
        .join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    SourceFile::new(format!("workflows/{name}"), text)
}

#[test]
fn every_shipped_workflow_is_clean() {
    for vendor in VENDORS {
        let source = shipped(&format!("{vendor}.yaml"));
        assert!(
            !source.text().contains("flagstate: ignore"),
            "{vendor} suppresses a rule"
        );
        let loaded = load::load(FileId(0), &source);
        let sources = SourceMap::single(source);
        assert!(
            loaded.report.is_empty(),
            "{}",
            render(&loaded.report, &sources, &Options::default())
        );
        loaded.runnable().unwrap();
    }
}

/// The ids of the rules that a shipped workflow breaks once `change` is made to it.
fn broken_by(vendor: &str, change: impl FnOnce(&mut Value)) -> BTreeSet<&'static str> {
    let mut root: Value = serde_yaml::from_str(shipped(&format!("{vendor}.yaml")).text()).unwrap();
    change(&mut root);
    let changed = serde_yaml::to_string(&root).unwrap();
    let loaded = load::load(FileId(0), &SourceFile::new("changed.yaml", changed));
    loaded.report.iter().map(|found| found.rule.id).collect()
}

/// The states of interworks of which its page says "no deletion or deactivation is possible".
const LOCKED: [&str; 6] = [
    "draft",
    "submitted",
    "executed",
    "canceled",
    "executing",
    "scheduled",
];

/// The two that are only said to be mandatory and active.
const HELD_BY_SLOT: [&str; 2] = ["pending_reseller_approval", "canceled_by_reseller"];

#[test]
fn no_site_of_interworks_may_delete_a_default_status() {
    let without = |state: &'static str| {
        broken_by("interworks", |root| {
            root["states"]
                .as_mapping_mut()
                .unwrap()
                .shift_remove(state)
                .unwrap();
        })
    };
    for state in LOCKED {
        assert!(
            without(state).contains("missing-mandatory-default"),
            "{state}"
        );
    }
    for state in HELD_BY_SLOT {
        assert!(without(state).contains("empty-slot"), "{state}");
        assert!(
            !without(state).contains("missing-mandatory-default"),
            "{state}"
        );
    }
}

#[test]
fn no_site_of_interworks_may_deactivate_a_default_status() {
    let inactive = |state: &str| {
        broken_by("interworks", |root| {
            root["states"][state]["inactive"] = true.into();
        })
    };
    for state in LOCKED {
        assert!(
            inactive(state).contains("inactive-mandatory-default"),
            "{state}"
        );
    }
    for state in HELD_BY_SLOT {
        assert!(inactive(state).contains("empty-slot"), "{state}");
    }
}

#[test]
fn every_status_belongs_to_a_section_of_the_page() {
    let homeless = broken_by("sharefox", |root| {
        root["states"]["request"]
            .as_mapping_mut()
            .unwrap()
            .shift_remove("attributes")
            .unwrap();
    });
    assert_eq!(homeless, BTreeSet::from(["partition-gap"]));
    let twice = broken_by("appxite", |root| {
        root["groups"]["historical"]["in"]["not"] = "scheduled".into();
    });
    assert!(twice.contains("partition-overlap"), "{twice:?}");
}

#[test]
fn nobody_but_the_system_is_led_into_dropped() {
    let found = broken_by("sharefox", |root| {
        root["transitions"]["close"]["to"] = "dropped".into();
    });
    assert!(found.contains("system-only-target"), "{found:?}");
}

/// Reads the scenarios of a vendor.
pub(crate) fn scenarios(vendor: &str) -> (SourceFile, ScenarioFile) {
    let source = shipped(&format!("{vendor}.scenario.yaml"));
    let (file, report) = scenario::read(FileId(0), &source);
    let sources = SourceMap::single(source.clone());
    assert!(report.is_empty(), "{}", rendered(&report, &sources));
    (source, file.expect("a scenario file"))
}

fn rendered(report: &Report, sources: &SourceMap) -> String {
    render(report, sources, &Options::default())
}

/// Compares a text with the snapshot in the folder of a vendor.
pub(crate) fn beside(vendor: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../cases/vendors/{vendor}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn every_shipped_scenario_passes() {
    for vendor in VENDORS {
        let loaded = load::load(FileId(0), &shipped(&format!("{vendor}.yaml")));
        let workflow = loaded.runnable().unwrap();
        let (source, file) = scenarios(vendor);
        let ran = scenario::run(&workflow, &file);
        let sources = SourceMap::single(source);
        assert!(ran.passed(), "{}", rendered(&ran.report(), &sources));
        let traces = ran
            .scenarios
            .iter()
            .map(|story| format!("## {}\n\n{}", story.name, text(&story.trace)));
        let coverage = format!("## Coverage\n\n{}", ran.coverage.text());
        let all: Vec<String> = traces.chain([coverage]).collect();
        beside(vendor, "traces", &all.join("\n"));
    }
}
