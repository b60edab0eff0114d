//! Every promise of a shipped workflow is held: whatever is taken away from one, a check or a
//! scenario notices.

use std::collections::BTreeMap;
use std::fmt::Write;

use flagstate::load;
use flagstate::scenario::{self, ScenarioFile, ScenarioResult};
use flagstate::source::{FileId, SourceFile};
use serde_yaml::Value;

use crate::vendors::{beside, scenarios, shipped};

/// Keys whose values are for people, the format's own header, and what is sealed for tenants alone (a
/// test of tenants tries each seal): taking them away changes no promise.
const FOR_OTHERS: [&str; 7] = [
    "doc",
    "title",
    "advice",
    "flagstate",
    "version",
    "workflow",
    "sealed",
];

/// What leads from the root of a file to one of its parts.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Key(String),
    Item(usize),
}

/// Where a part stands, as `states.draft.enter.by[1]`.
fn written(path: &[Part]) -> String {
    let mut text = String::new();
    for part in path {
        match part {
            Part::Key(key) if text.is_empty() => text.push_str(key),
            Part::Key(key) => write!(text, ".{key}").unwrap(),
            Part::Item(index) => write!(text, "[{index}]").unwrap(),
        }
    }
    text
}

/// Every part of a file that may be taken away, outer ones first.
fn parts(value: &Value, path: &mut Vec<Part>, found: &mut Vec<Vec<Part>>) {
    let mut descend = |part: Part, inner: &Value| {
        path.push(part);
        found.push(path.clone());
        parts(inner, path, found);
        path.pop();
    };
    match value {
        Value::Mapping(entries) => {
            for (key, inner) in entries {
                let key = key.as_str().expect("keys are text");
                if !FOR_OTHERS.contains(&key) {
                    descend(Part::Key(key.to_owned()), inner);
                }
            }
        }
        Value::Sequence(items) => {
            for (index, inner) in items.iter().enumerate() {
                descend(Part::Item(index), inner);
            }
        }
        _ => {}
    }
}

/// The file without one part.
fn without(mut root: Value, path: &[Part]) -> Value {
    let (last, around) = path.split_last().expect("a part has a place");
    match (last, at(&mut root, around)) {
        (Part::Key(key), Value::Mapping(entries)) => drop(entries.shift_remove(key.as_str())),
        (Part::Item(index), Value::Sequence(items)) => drop(items.remove(*index)),
        _ => unreachable!("paths are made from the file"),
    }
    root
}

/// Every text in which one of several conditions joined by `&&` is left out.
fn weaker(text: &str) -> Vec<String> {
    let conditions: Vec<&str> = text.split(" && ").collect();
    let without = |left_out: usize| {
        let others = conditions.iter().enumerate();
        let others = others.filter(|(index, _)| *index != left_out);
        others
            .map(|(_, text)| *text)
            .collect::<Vec<_>>()
            .join(" && ")
    };
    match conditions.len() {
        0 | 1 => Vec::new(),
        several => (0..several).map(without).collect(),
    }
}

/// The value at a path.
fn at<'v>(mut value: &'v mut Value, path: &[Part]) -> &'v mut Value {
    for part in path {
        value = match part {
            Part::Key(key) => value.get_mut(key.as_str()),
            Part::Item(index) => value.get_mut(*index),
        }
        .expect("the path leads somewhere");
    }
    value
}

/// Whether a path leads to a state.
fn around_state(path: &[Part]) -> bool {
    match path {
        [.., Part::Key(states), Part::Key(_)] => {
            states == "states" && path.first() == Some(&Part::Key("states".to_owned()))
        }
        _ => false,
    }
}

/// Every file that differs from this one by one change, with the change in words.
fn mutants(root: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    parts(root, &mut Vec::new(), &mut found);
    let mut mutants = Vec::new();
    for path in &found {
        mutants.push((
            format!("without {}", written(path)),
            without(root.clone(), path),
        ));
        let mut changed = root.clone();
        let guard = at(&mut changed, path);
        for text in guard.as_str().map(weaker).unwrap_or_default() {
            *at(&mut changed, path) = text.clone().into();
            mutants.push((
                format!("{} weakened to {text}", written(path)),
                changed.clone(),
            ));
        }
        if path.last() == Some(&Part::Key("if".to_owned())) {
            *at(&mut changed, path) = "true".into();
            mutants.push((format!("{} always true", written(path)), changed));
        }
        let state = around_state(path) && at(&mut root.clone(), path).is_mapping();
        if state {
            let mut changed = root.clone();
            at(&mut changed, path)["title"] = "Renamed".into();
            mutants.push((format!("{} renamed", written(path)), changed));
        }
    }
    mutants
}

/// Who notices a change, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Noticed {
    Check,
    Story,
    Table,
    Nobody,
}

/// Who notices what a workflow has become.
fn noticed(value: &Value, scenarios: &ScenarioFile) -> Noticed {
    let text = serde_yaml::to_string(value).unwrap();
    let loaded = load::load(FileId(0), &SourceFile::new("mutant.yaml", text));
    let Some(workflow) = loaded.workflow.filter(|_| loaded.report.is_empty()) else {
        return Noticed::Check;
    };
    let ran = scenario::run(&workflow, scenarios);
    match (
        ran.scenarios.iter().all(ScenarioResult::passed),
        ran.tables.is_empty(),
    ) {
        (false, _) => Noticed::Story,
        (true, false) => Noticed::Table,
        (true, true) => Noticed::Nobody,
    }
}

/// Whether a change only takes away the note that the vendor's page does not state something.
fn is_note(change: &str) -> bool {
    change.contains(".inferred")
}

/// What is noticed by a table alone, or by nobody, for reviewers.
fn account(found: &BTreeMap<Noticed, Vec<String>>) -> String {
    let all = |who| found.get(&who).map_or(&[][..], Vec::as_slice);
    let mut text = format!(
        "noticed by a check: {}\nnoticed by a story: {}\n",
        all(Noticed::Check).len(),
        all(Noticed::Story).len()
    );
    for (who, words) in [
        (Noticed::Table, "by a table alone"),
        (Noticed::Nobody, "by nobody"),
    ] {
        let (notes, rest): (Vec<_>, Vec<_>) = all(who).iter().partition(|change| is_note(change));
        writeln!(
            text,
            "\n{words}: {}, and {} notes `inferred`",
            rest.len(),
            notes.len()
        )
        .unwrap();
        for change in rest {
            writeln!(text, "  {change}").unwrap();
        }
    }
    text
}

/// Nothing of a vendor's workflow can be taken away without a finding or a failing scenario, but notes
/// that no table has a column for, and partitions, which a test of their own holds
/// (`every_status_belongs_to_a_section_of_the_page`).
fn check(vendor: &str) {
    let source = shipped(&format!("{vendor}.yaml"));
    let root: Value = serde_yaml::from_str(source.text()).unwrap();
    let (_, scenarios) = scenarios(vendor);
    assert_eq!(
        noticed(&root, &scenarios),
        Noticed::Nobody,
        "{vendor}, written anew"
    );
    let mut found: BTreeMap<Noticed, Vec<String>> = BTreeMap::new();
    for (change, mutant) in mutants(&root) {
        found
            .entry(noticed(&mutant, &scenarios))
            .or_default()
            .push(change);
    }
    beside(vendor, "held", &account(&found));
    let missed = found.remove(&Noticed::Nobody).unwrap_or_default();
    let spared = |change: &String| is_note(change) || change.starts_with("without partitions");
    let missed: Vec<String> = missed
        .into_iter()
        .filter(|change| !spared(change))
        .collect();
    assert_eq!(
        missed,
        Vec::<String>::new(),
        "{vendor}: nobody misses these"
    );
}

#[test]
fn every_part_of_vendasta_is_held() {
    check("vendasta");
}

#[test]
fn every_part_of_appxite_is_held() {
    check("appxite");
}

#[test]
fn every_part_of_interworks_is_held() {
    check("interworks");
}

#[test]
fn every_part_of_orocommerce_is_held() {
    check("orocommerce");
}

#[test]
fn every_part_of_sharefox_is_held() {
    check("sharefox");
}
