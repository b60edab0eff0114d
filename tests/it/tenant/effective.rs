//! The effective workflow: it stands alone, and every value in it is where it says.

use std::path::PathBuf;

use flagstate::export;
use flagstate::load::{Library, load};
use flagstate::source::{FileId, SourceFile, SourceMap};
use serde_json::Value as Json;

use super::Folder;

/// The tenants' files of the examples and of the cases that have no error: the folder that references
/// may not leave, and the path below it.
fn tenants() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("examples/tenants").expect("the examples") {
        let name = entry
            .expect("a file")
            .file_name()
            .into_string()
            .expect("a name");
        let is_other = [".scenario.", ".migration.", ".md"]
            .iter()
            .any(|part| name.contains(part));
        if name.contains(".yaml") && !is_other {
            found.push((PathBuf::from("."), format!("examples/tenants/{name}")));
        }
    }
    for case in ["everything", "no_sections", "idle"] {
        let folder = PathBuf::from("tests/cases/tenant").join(case);
        found.push((folder, "tenant.yaml".to_owned()));
    }
    found.sort();
    found
}

#[test]
fn the_effective_workflow_stands_alone() {
    for (root, path) in tenants() {
        let folder = Folder(root);
        let mut library = Library::new(&folder);
        let file = library.open(&path).expect(&path);
        let effective = library.effective(file);
        let text = effective.yaml(library.files());
        let alone = load(FileId(0), &SourceFile::new("alone.yaml", text.clone()));
        assert!(!alone.report.has_errors(), "{path}: {:#?}", alone.report);
        let (before, after) = (
            effective.loaded.workflow.expect("a workflow"),
            alone.workflow.expect("a workflow"),
        );
        let rows = |workflow| serde_json::to_value(export::states(workflow)).expect("JSON");
        assert_eq!(rows(&before), rows(&after), "{path}");
        let mut exported = [&before, &after]
            .map(|workflow| serde_json::from_str::<Json>(&export::json(workflow)).expect("JSON"));
        exported.iter_mut().for_each(without_places);
        assert_eq!(exported[0], exported[1], "{path}");
    }
}

/// Takes out what tells where something stands.
fn without_places(value: &mut Json) {
    match value {
        Json::Object(object) => {
            object.retain(|key, _| !matches!(key.as_str(), "hash" | "span" | "line" | "file"));
            object.values_mut().for_each(without_places);
        }
        Json::Array(items) => items.iter_mut().for_each(without_places),
        _ => {}
    }
}

#[test]
fn every_value_traces_to_the_text_that_set_it() {
    let mut values = 0;
    for (root, path) in tenants() {
        let folder = Folder(root);
        let mut library = Library::new(&folder);
        let file = library.open(&path).expect(&path);
        let effective = library.effective(file);
        values += traced(&effective.json(library.files()), library.files(), &path);
    }
    crate::tell::tried(&format!(
        "{values} values of effective workflows, traced to their texts"
    ));
    assert!(values > 300, "{values}");
}

fn traced(value: &Json, files: &SourceMap, path: &str) -> usize {
    match value {
        Json::Array(items) => items.iter().map(|item| traced(item, files, path)).sum(),
        Json::Object(object) => match (object.get("value"), object.get("file")) {
            (Some(Json::String(text)), Some(Json::String(name))) => {
                let number = |key: &str| {
                    let number = object[key].as_u64().expect(key);
                    usize::try_from(number).expect(key)
                };
                let (line, column) = (number("line"), number("column"));
                let mut numbers = 0..u16::MAX;
                let source =
                    numbers.find_map(|id| files.get(FileId(id)).filter(|file| file.name() == name));
                let source = source.expect(name);
                let from = source.line_start(line);
                let rest: String = source.text()[from..].chars().skip(column - 1).collect();
                assert!(
                    begins(&rest, text),
                    "{path}: {name}:{line}:{column}: {text}"
                );
                1
            }
            _ => object
                .values()
                .map(|value| traced(value, files, path))
                .sum(),
        },
        _ => 0,
    }
}

/// Whether a piece of YAML begins with a scalar of this text, but for quotes and folds.
fn begins(yaml: &str, text: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\'))
            .collect()
    };
    let yaml = yaml.trim_start_matches(['>', '|', '-', '+']);
    letters(yaml).starts_with(&letters(text))
        || letters(&format!("-{yaml}")).starts_with(&letters(text))
}
