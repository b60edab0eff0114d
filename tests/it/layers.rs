//! The layering of `lib.rs` is the law: a module uses only those listed above it.

use std::fs;
use std::path::{Path, PathBuf};

/// Modules that may reach the clock, the disk, the network and the terminal.
const SHELLS: [&str; 4] = ["runtime", "http", "restate", "cli"];

/// What only a shell may touch.
const OUTSIDE: [&str; 9] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Utc::now",
    "println!",
    "eprintln!",
];

fn modules() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let lines = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    lines
        .map(|line| line.trim_end_matches(';').to_owned())
        .collect()
}

fn files(module: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let file = PathBuf::from(format!("src/{module}.rs"));
    if file.exists() {
        found.push(file);
    }
    let folder = PathBuf::from(format!("src/{module}"));
    if folder.exists() {
        walk(&folder, &mut found);
    }
    assert!(!found.is_empty(), "module `{module}` has no file");
    found
}

/// Code without comments, so that a doc link upward is allowed.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The names behind `crate::`, those in braces included.
fn uses(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in code.split("crate::").skip(1) {
        let listed = part
            .strip_prefix('{')
            .and_then(|list| list.split_once("};"));
        let names: Vec<&str> = match listed {
            Some((list, _)) => list.split(',').collect(),
            None => vec![part],
        };
        for name in names {
            let word: String = name
                .trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.push(word);
        }
    }
    found
}

#[test]
fn a_module_uses_only_those_above_it() {
    let modules = modules();
    assert!(
        modules.len() > 10,
        "the module list of lib.rs could not be read: {modules:?}"
    );
    let mut wrong = Vec::new();
    for (place, module) in modules.iter().enumerate() {
        for file in files(module) {
            for used in uses(&code(&file)) {
                let above = modules.iter().position(|name| *name == used);
                if above.is_some_and(|above| above > place) {
                    wrong.push(format!("{} uses crate::{used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "upward paths:\n{}", wrong.join("\n"));
}

#[test]
fn only_shells_touch_the_outside() {
    let mut wrong = Vec::new();
    for module in modules()
        .iter()
        .filter(|module| !SHELLS.contains(&module.as_str()))
    {
        for file in files(module) {
            let code = code(&file);
            for outside in OUTSIDE.iter().filter(|outside| code.contains(**outside)) {
                wrong.push(format!("{} uses {outside}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "the core touches the outside:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_folder_of_the_sources_is_in_the_list() {
    let modules = modules();
    for entry in fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let known = modules.contains(&name) || ["lib", "main"].contains(&name.as_str());
        assert!(
            known,
            "`{}` is not in the module list of lib.rs",
            path.display()
        );
    }
}
