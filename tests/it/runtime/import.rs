//! `flagstate orders import`, and what it tells of lines that are refused.

use std::path::Path;
use std::process::{Command, Output};

use flagstate::runtime::Sqlite;

use super::shop;
use crate::tell;

const REFUSED: usize = 50;

/// A store, and a file of orders that it refuses.
fn place(folder: &Path) {
    drop(shop(Sqlite::open(folder.join("orders.db")).unwrap()));
    std::fs::write(folder.join("orders.jsonl"), "no order\n".repeat(REFUSED)).unwrap();
}

fn run(folder: &Path, command: &mut Command) -> Output {
    command.current_dir(folder).output().unwrap()
}

/// How many lines are told of.
fn told(output: &Output) -> usize {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let told = text.lines().filter(|line| line.contains(": no JSON"));
    assert!(
        text.contains("0 imported, 0 there already, 50 refused"),
        "{text}"
    );
    told.count()
}

#[test]
fn a_person_is_told_of_some_refusals_and_a_program_of_all() {
    let folder = tempfile::tempdir().unwrap();
    place(folder.path());
    let program = env!("CARGO_BIN_EXE_flagstate");
    let import = [
        "orders",
        "import",
        "orders.jsonl",
        "--store",
        "sqlite:orders.db",
    ];
    let piped = run(folder.path(), Command::new(program).args(import));
    assert_eq!(piped.status.code(), Some(1));
    assert_eq!(told(&piped), REFUSED);
    let shown = |more: &str| {
        let line = format!(
            "stty cols 100 rows 30; '{program}' {} {more}",
            import.join(" ")
        );
        run(
            folder.path(),
            Command::new("script").args(["-qec", &line, "/dev/null"]),
        )
    };
    if Command::new("script").arg("--version").output().is_err() {
        return tell::skipped("what a person is told of an import: `script` is not installed");
    }
    let some = shown("");
    assert_eq!(told(&some), 20);
    let text = String::from_utf8_lossy(&some.stdout);
    assert!(
        text.contains("and 30 more: `--all` tells of each"),
        "{text}"
    );
    let all = shown("--all");
    assert_eq!(told(&all), REFUSED);
    assert!(!String::from_utf8_lossy(&all.stdout).contains("more"));
}
