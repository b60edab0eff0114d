//! The exports as read by the tools they are meant for. They come from npm (`npm ci` in
//! `tests/exports`); where they are not installed the test says so and checks nothing.

use std::path::Path;
use std::process::Command;

use super::{drawn, exports};
use flagstate::export::{Model, model, svg};
use serde_json::Value;

#[test]
fn mermaid_and_graphviz_read_the_exports_as_the_same_graph() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    if !folder.join("node_modules/mermaid").is_dir() {
        crate::tell::skipped(
            "exports are not read by Mermaid and Graphviz: run `npm ci` in tests/exports",
        );
        return;
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exports");
    std::fs::create_dir_all(&out).expect("a folder");
    let mut files = Vec::new();
    for (name, workflow) in drawn() {
        let picture = ("svg", svg(&workflow).expect("a picture"));
        for (extension, text) in exports(&workflow).into_iter().chain([picture]) {
            if matches!(extension, "dot" | "mmd" | "svg") {
                let path = out.join(format!("{name}.{extension}"));
                std::fs::write(&path, text).expect("written");
                files.push((path, extension, model(&workflow)));
            }
        }
    }
    let mut node = Command::new("node");
    node.current_dir(&folder).arg("check.mjs");
    node.args(files.iter().map(|(path, _, _)| path));
    let output = node.output().expect("node runs");
    let lines = String::from_utf8(output.stdout).expect("text");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(lines.lines().count(), files.len(), "{lines}\n{errors}");
    for (line, (path, extension, model)) in lines.lines().zip(&files) {
        let read: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(read["ok"], true, "{}: {read}", path.display());
        if *extension != "svg" {
            compare(&read, model, extension);
        }
    }
}

/// Every state, and nothing that is neither a state nor a mark, was read.
fn compare(read: &Value, model: &Model, extension: &str) {
    let names = read["states"].as_array().expect("states");
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    for state in &model.states {
        let name = match extension {
            "dot" => state.path.clone(),
            _ => format!("s_{}", state.path.replace('.', "_")),
        };
        assert!(names.contains(&name.as_str()), "{name} in {names:?}");
    }
    let marks = ["start", "initial ", "past", "root_", "divider-", "id-"];
    let others = names.iter().filter(|name| match extension {
        "dot" => model.state(name).is_none(),
        _ => !name.starts_with("s_"),
    });
    for other in others {
        assert!(
            marks.iter().any(|mark| other.starts_with(mark)),
            "{other} is no mark"
        );
    }
}
