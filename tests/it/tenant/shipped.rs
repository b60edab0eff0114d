//! The tenants' files of the examples: clean, as their scenarios tell, and held by what their bases seal.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flagstate::diagnostic::render::{Options, render};
use flagstate::drive::trace;
use flagstate::load::{Effective, Library};
use flagstate::source::{FileId, SourceFile, SourceMap, Span};
use flagstate::{export, scenario};
use serde_yaml::Value;

use super::{Files, Folder, raised, snapshot};
use crate::vendors::{VENDORS, shipped};

/// The tenants of the examples, by name.
fn names() -> BTreeSet<String> {
    let entries = std::fs::read_dir("examples/tenants").expect("the examples");
    let names = entries.map(|entry| entry.expect("a file").file_name().into_string());
    let tenant = |name: String| name.strip_suffix(".scenario.yaml").map(str::to_owned);
    names
        .filter_map(|name| tenant(name.expect("a name")))
        .collect()
}

/// What a tenant's file says together with its bases, and all of their texts.
fn effective(name: &str) -> (Effective, SourceMap) {
    let root = Folder(PathBuf::from("."));
    let mut library = Library::new(&root);
    let path = format!("examples/tenants/{name}.yaml");
    let file = library.open(&path).expect(&path);
    let effective = library.effective(file);
    (effective, library.into_files())
}

/// The file itself and those that it extends, the last base last.
fn texts(files: &SourceMap) -> impl Iterator<Item = &SourceFile> {
    (0..).map_while(|number| files.get(FileId(number)))
}

/// Compares a text with the snapshot in the folder of a tenant.
fn beside(name: &str, what: &str, text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/tenants");
    snapshot(&folder.join(name), what, text);
}

#[test]
fn every_vendor_has_two_tenants() {
    let mut found: Vec<(String, String)> = Vec::new();
    for name in names() {
        let (effective, files) = effective(&name);
        assert!(effective.loaded.report.is_empty(), "{name}");
        let base = texts(&files).last().expect("a base").name().to_owned();
        found.push((base, name));
    }
    for vendor in VENDORS {
        let base = format!("workflows/{vendor}.yaml");
        let of_vendor = found.iter().filter(|(of, _)| *of == base);
        assert!(of_vendor.count() >= 2, "{vendor}: {found:?}");
    }
}

#[test]
fn every_tenant_of_the_examples_is_clean() {
    for name in names() {
        let (effective, files) = effective(&name);
        let report = &effective.loaded.report;
        assert!(
            report.is_empty(),
            "{}",
            render(report, &files, &Options::default())
        );
        let ignores = texts(&files).any(|file| file.text().contains("flagstate: ignore"));
        assert!(!ignores, "{name} suppresses a rule");
        effective.loaded.runnable().expect("a workflow");
    }
}

#[test]
fn what_each_tenant_overrides_is_listed() {
    for name in names() {
        let (effective, files) = effective(&name);
        let place = |span: Span| {
            let file = files.get(span.file).expect("a file");
            format!("{}:{}", file.name(), file.position(span.start).line)
        };
        let mut text = String::new();
        for done in effective.overrides() {
            let (verb, part) = (done.verb.as_str(), done.path.join("."));
            let from = done.from.as_deref().unwrap_or("-");
            let to = done.to.as_deref().unwrap_or("-");
            let base = done.base.map_or("-".to_owned(), place);
            let place = place(done.place);
            writeln!(text, "{verb} {part}: {from} -> {to} ({place}, base {base})").expect("text");
        }
        beside(&name, "overrides", &text);
    }
}

#[test]
fn the_states_of_each_tenant_are_as_the_snapshot_says() {
    for name in names() {
        let (effective, _) = effective(&name);
        let workflow = effective.loaded.workflow.expect("a workflow");
        beside(&name, "states", &export::markdown(&workflow));
    }
}

#[test]
fn every_scenario_of_the_tenants_passes() {
    for name in names() {
        let (effective, _) = effective(&name);
        let workflow = effective.loaded.runnable().expect("a workflow");
        let read =
            |ending: &str| std::fs::read_to_string(format!("examples/tenants/{name}.{ending}"));
        let text = read("scenario.yaml").expect("scenarios");
        let source = SourceFile::new(format!("{name}.scenario.yaml"), text);
        let (file, mut report) = scenario::read(FileId(0), &source);
        let ran = scenario::run(&workflow, &file.expect("a scenario file"));
        report.extend(ran.report());
        let golden = ran.golden.as_ref().expect("a golden trace");
        let kept = read("trace").expect("a trace");
        if let Some(differs) = scenario::compare_trace(golden.span, Some(&kept), &golden.text) {
            report.push(differs);
        }
        let sources = SourceMap::single(source);
        let traces = ran.scenarios.iter().map(|story| trace::text(&story.trace));
        assert!(
            report.is_empty() && ran.passed(),
            "{}{}",
            render(&report, &sources, &Options::default()),
            traces.collect::<String>()
        );
    }
}

/// The ways to everything that is named under `sealed:`.
fn seals(value: &Value, path: &[&str], found: &mut Vec<Vec<String>>) {
    let whole = |name: &str| {
        let path = path.iter().copied().chain([name]);
        path.map(str::to_owned).collect()
    };
    match value {
        Value::Mapping(parts) => {
            for (name, part) in parts {
                let name = name.as_str().expect("names are text");
                seals(part, &[path, &[name]].concat(), found);
            }
        }
        Value::Sequence(names) => {
            let names = names.iter().filter_map(Value::as_str);
            found.extend(names.map(whole));
        }
        _ => panic!("a list of names at {path:?}"),
    }
}

/// A file that removes one part of its base, or adds something within it.
fn against(base: &str, verb: &str, path: &[String]) -> String {
    let (last, around) = path.split_last().expect("a path");
    let leaf = match verb {
        "remove" => format!("[{last}]"),
        _ => format!("{{ {last}: {{ zz: zz }} }}"),
    };
    let part = around
        .iter()
        .rev()
        .fold(leaf, |inner, key| format!("{{ {key}: {inner} }}"));
    format!("flagstate: 1\nworkflow: zz\nextends: {base}\n{verb}: {part}\n")
}

#[test]
fn every_seal_of_every_base_holds() {
    let workflows = VENDORS.map(|vendor| shipped(&format!("{vendor}.yaml")));
    let bergen = std::fs::read_to_string("examples/tenants/bergen_rental.yaml").expect("a tenant");
    let bergen = SourceFile::new("examples/tenants/bergen_rental.yaml", bergen);
    let bases: Vec<SourceFile> = workflows.into_iter().chain([bergen]).collect();
    for base in &bases {
        let root: Value = serde_yaml::from_str(base.text()).expect("YAML");
        let mut found = Vec::new();
        seals(&root["sealed"], &[], &mut found);
        assert!(found.len() >= 3, "{} seals {found:?}", base.name());
        for path in &found {
            for verb in ["remove", "change"] {
                let tenant = SourceFile::new("zz.yaml", against(base.name(), verb, path));
                let files = Files([bases.clone(), vec![tenant]].concat());
                let (rules, report) = raised(&files, "zz.yaml");
                // What the base does not say cannot be removed in the first place.
                let unsaid = verb == "remove" && rules == ["not-in-base"];
                if unsaid {
                    continue;
                }
                assert!(
                    rules.contains(&"sealed-override"),
                    "{verb} {path:?}: {report}"
                );
                let (here, there) = ("--> zz.yaml:4:", format!("::: {}:", base.name()));
                assert!(report.contains(here) && report.contains(&there), "{report}");
            }
        }
    }
}

/// What is raised by a file that extends the reseller with two cancellations of its own.
fn upon_aegean(overrides: &str) -> (Vec<&'static str>, String) {
    let name = "examples/tenants/aegean_cloud.yaml";
    let aegean = std::fs::read_to_string(name).expect("a tenant");
    let tenant = format!("flagstate: 1\nworkflow: zz\nextends: {name}\n{overrides}");
    let interworks = shipped("interworks.yaml");
    let others = [
        SourceFile::new(name, aegean),
        SourceFile::new("zz.yaml", tenant),
    ];
    raised(
        &Files([vec![interworks], others.into()].concat()),
        "zz.yaml",
    )
}

#[test]
fn a_status_of_ones_own_may_go_and_may_be_inactive() {
    let (rules, report) =
        upon_aegean("remove: { states: [canceled_denial], transitions: [deny] }\n");
    assert!(rules.is_empty(), "{report}");
    let (rules, report) = upon_aegean(
        "change: { states: { canceled_denial: { inactive: true } } }\nremove: { transitions: [deny] }\n",
    );
    assert!(rules.is_empty(), "{report}");
}

#[test]
fn statuses_of_one_slot_have_different_numbers() {
    for number in [4, 42] {
        let (rules, report) = upon_aegean(&format!(
            "change: {{ states: {{ canceled_denial: {{ attributes: {{ number: {number} }} }} }} }}\n"
        ));
        assert_eq!(rules, ["duplicate-slot"], "{report}");
    }
}
