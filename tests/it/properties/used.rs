//! Each property runs in a case of `tests/cases/scenario` that notices when it is taken away.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flagstate::export;
use flagstate::load::Loaded;
use flagstate::parse::parse;
use flagstate::scenario::{ScenarioFile, read, run};
use flagstate::schema::of_workflow;
use flagstate::source::{FileId, SourceFile};
use serde_json::Value as Json;

use super::places::{Property, places, possible, properties, without};
use super::{cases, loaded};

/// What only people read, or only a list shows: no order behaves otherwise without it, but the
/// workflow as JSON differs.
const SHOWN: &str = "
    Branch.inferred Deprecated.successor Document.doc Document.title Document.version Event.advice Event.doc Event.title Field.doc Flag.title 
    PayloadField.personal Group.title InitialBranch.inferred Move.advice Declaration.title Setting.doc Setting.title
    State.doc Timer.inferred
";

/// What stands in the file for whoever reads, edits or extends it, and goes no further than the
/// document.
const READ: &str = "
    Attribute.doc ChildSet.doc Declaration.doc Deprecated.doc Document.sealed Flag.doc Group.doc
    NamedGuard.doc PayloadField.doc Timer.doc
";

/// What asks for a check of the file and changes nothing else: its case is that of the check.
const CHECKED: &str = "
    Attribute.unique Automatic.exclusive Document.partitions Event.exclusive Move.exclusive
    Timer.otherwise
";

fn listed(list: &str) -> BTreeSet<&str> {
    list.split_whitespace().collect()
}

/// A workflow that keeps every promise of its scenarios.
struct Case {
    name: String,
    file: Json,
    scenarios: Option<ScenarioFile>,
    /// The rules that the file as it is raises.
    raised: Vec<&'static str>,
    exported: String,
}

fn raised(loaded: &Loaded) -> Vec<&'static str> {
    loaded.report.iter().map(|found| found.rule.id).collect()
}

fn exported(loaded: &Loaded) -> String {
    let json = loaded
        .workflow
        .as_ref()
        .map(export::json)
        .unwrap_or_default();
    // The hash is that of the text.
    let lines = json.lines().filter(|line| !line.contains("\"hash\":"));
    lines.collect()
}

impl Case {
    fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("workflow.yaml")).expect("a workflow");
        let file: Json = serde_yaml::from_str(&text).expect("YAML");
        let scenarios = std::fs::read_to_string(folder.join("case.scenario.yaml")).ok();
        let scenarios = scenarios.map(|text| {
            let (file, report) = read(FileId(0), &SourceFile::new("case.scenario.yaml", text));
            assert!(report.is_empty(), "{}", folder.display());
            file.expect("scenarios")
        });
        // JSON is YAML: a mutant is written as JSON, and so is the file it is compared with.
        let loaded = loaded(&file.to_string());
        Self {
            name: folder
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned(),
            file,
            scenarios,
            raised: raised(&loaded),
            exported: exported(&loaded),
        }
    }

    /// What notices that the file was changed.
    fn notices(&self, mutant: &Json) -> Option<&'static str> {
        let text = mutant.to_string();
        let changed = loaded(&text);
        let is_broken = changed.report.has_errors();
        let Some(scenarios) = &self.scenarios else {
            return (raised(&changed) != self.raised).then_some("check");
        };
        if is_broken {
            return Some("refused");
        }
        let (warned, shown) = (raised(&changed) != self.raised, exported(&changed));
        let workflow = changed.workflow?;
        if !run(&workflow, scenarios).report().is_empty() {
            return Some("story");
        }
        if warned {
            return Some("warned");
        }
        if shown != self.exported {
            return Some("shown");
        }
        let document = |text: &str| {
            let parsed = parse(FileId(0), &SourceFile::new("workflow.yaml", text));
            parsed.document
        };
        (document(&text) != document(&self.file.to_string())).then_some("read")
    }
}

/// The cases of this module: those whose scenarios are all kept.
fn scenario_cases() -> Vec<Case> {
    let folders = cases("scenario", "case.scenario.yaml").into_iter();
    let own = folders.filter(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("property_"))
    });
    own.map(|folder| Case::read(&folder)).collect()
}

#[test]
fn each_case_of_a_property_is_kept_without_a_finding() {
    for case in scenario_cases() {
        assert!(case.raised.is_empty(), "{}: {:?}", case.name, case.raised);
        assert_eq!(case.notices(&case.file), None, "{}", case.name);
    }
}

/// How each property is noticed at best, over all its places in all cases.
fn noticed(all: &[Case]) -> BTreeMap<Property, BTreeSet<&'static str>> {
    let schema = of_workflow().to_value();
    let mut found: BTreeMap<Property, BTreeSet<&'static str>> = BTreeMap::new();
    for case in all {
        for (property, routes) in places(&schema, &case.file).properties {
            let noticed = found.entry(property).or_default();
            for route in routes {
                if noticed.contains("story") {
                    break;
                }
                noticed.extend(case.notices(&without(&case.file, &route)));
            }
        }
    }
    found
}

#[test]
fn each_property_runs_in_a_case_that_notices_when_it_is_taken_away() {
    let folders = cases("rules", "workflow.yaml").into_iter();
    let checks: Vec<Case> = folders.map(|folder| Case::read(&folder)).collect();
    let checked = noticed(&checks);
    let ran = noticed(&scenario_cases());
    let (shown, read, check) = (listed(SHOWN), listed(READ), listed(CHECKED));
    let mut wrong = Vec::new();
    for property in properties(&of_workflow().to_value()) {
        let name = format!("{}.{}", property.0, property.1);
        let by = ran.get(&property).cloned().unwrap_or_default();
        let by_check = checked
            .get(&property)
            .is_some_and(|by| by.contains("check"));
        let is_run = by.contains("story") || by.contains("refused");
        let is_held = match name.as_str() {
            name if shown.contains(name) => !is_run && by.contains("shown"),
            name if read.contains(name) => by == BTreeSet::from(["read"]),
            name if check.contains(name) => !by.is_empty() && by_check,
            _ => is_run,
        };
        if !is_held {
            wrong.push(format!("{name}: noticed by {by:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words that mean something although the schema takes any text there.
const WORDS: &str = "
    Timer.anchor=entry Timer.anchor=day Timer.anchor=order Event.by=any Move.from=any Event.to=back
    Choose.choose=any ChildSet.workflow=self
";

/// The types that are refused there: by the checks, not by the schema.
const REFUSED: &str = "
    Flag.type=decimal Flag.type=date Flag.type=datetime Flag.type=duration Flag.type=list
    Setting.type=date Setting.type=datetime Setting.type=list Attribute.type=list
    Field.of=list PayloadField.of=list
";

#[test]
fn each_word_and_each_shape_of_a_value_stands_in_a_case() {
    let schema = of_workflow().to_value();
    let (mut words, mut shapes) = (BTreeSet::new(), BTreeSet::new());
    for case in scenario_cases() {
        let places = places(&schema, &case.file);
        words.extend(places.words);
        shapes.extend(places.shapes);
    }
    let (wanted_words, wanted_shapes) = possible(&schema);
    let refused = listed(REFUSED);
    let wanted_words = wanted_words
        .into_iter()
        .chain(listed(WORDS).into_iter().map(str::to_owned));
    let missing_words =
        wanted_words.filter(|word| !words.contains(word) && !refused.contains(word.as_str()));
    let missing_shapes = wanted_shapes
        .into_iter()
        .filter(|shape| !shapes.contains(shape));
    let missing: Vec<String> = missing_words.chain(missing_shapes).collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
