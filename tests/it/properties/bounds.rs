//! Bad files in a process of their own: each ends with the exit code 1, a finding of the right rule and
//! few words, within 64 MiB above what a small good file takes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flagstate::parse::MAX_BYTES;

const HEAD: &str = "flagstate: 1\nworkflow: shop\ninitial: open\n";

/// What a bad file may take beyond a good one, in KiB.
const MORE: usize = 64 << 10;

/// The most that is printed about a bad file, in bytes.
const MOST_PRINTED: usize = 400 << 10;

/// A folder of its own, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let unique = format!("flagstate-bounds-{}", std::process::id());
        let place = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&place).expect("a folder");
        Self(place)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left behind in the folder for temporary files harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Checks a file with an address space of so many KiB.
fn check(path: &Path, space: usize) -> Output {
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("ulimit -v {space}; exec \"$0\" check \"$1\""));
    shell.arg(env!("CARGO_BIN_EXE_flagstate")).arg(path);
    shell.env_clear().output().expect("a shell")
}

/// The least address space in which a good file is checked, to 2 MiB; `None` where no limit is kept.
fn least(good: &Path) -> Option<usize> {
    let fits = |space: usize| check(good, space).status.success();
    let (mut low, mut high) = (1 << 10, 4 << 20);
    if fits(low) || !fits(high) {
        return None;
    }
    while high - low > 2 << 10 {
        let middle = low.midpoint(high);
        *(if fits(middle) { &mut high } else { &mut low }) = middle;
    }
    Some(high)
}

/// Aliases that multiply.
fn alias_bomb() -> String {
    let mut text = format!("{HEAD}states: {{ open: }}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(text, "a{level}: &a{level} [{before}]").expect("a string");
    }
    text
}

/// States within states within states.
fn deep_states() -> String {
    let mut text = format!("{HEAD}states:\n");
    for level in 0..400 {
        let indent = "  ".repeat(2 * level + 1);
        writeln!(text, "{indent}s{level}:\n{indent}  states:").expect("a string");
    }
    text
}

/// Thousands of names, and thousands that are like all of them.
fn guesses() -> String {
    let mut text = format!("{HEAD}actors: [clerk]\ncontext:\n");
    for n in 0..4000 {
        writeln!(text, "  f{n}: {{ type: integer, default: 0 }}").expect("a string");
    }
    text.push_str("states: { open: , done: { final: true } }\ntransitions:\n");
    for n in 0..4000 {
        let guard = format!("order.x{n} > 1");
        writeln!(
            text,
            "  e{n}: {{ by: clerk, from: open, guard: {guard}, to: done }}"
        )
        .expect("a string");
    }
    text
}

/// The files, each with the rule that it breaks.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let line = |bytes: usize| format!("{HEAD}states: {{ open: }}\ndoc: {}\n", "x".repeat(bytes));
    let whole = line(0).len();
    let lines = |count: usize, line: fn(usize) -> String| -> String {
        (0..count).map(line).collect::<Vec<_>>().concat()
    };
    let keys = lines(100_000, |n| format!("key{n}: 1\n"));
    let names = lines(300_000, |n| format!("a{n}, "));
    let events = lines(20_000, |n| format!("  e{n}: {{ to: gone }}\n"));
    let texts = [
        ("aliases", alias_bomb(), "yaml-anchor"),
        ("deep", deep_states(), "too-deep"),
        ("brackets", "[".repeat(200 << 10), "too-deep"),
        (
            "pairs",
            format!("{HEAD}states: {}", "[]".repeat(100 << 10)),
            "yaml-syntax",
        ),
        ("braces", "{a: ".repeat(50 << 10), "too-deep"),
        ("dashes", "- ".repeat(100 << 10), "too-deep"),
        ("long_line", line(MAX_BYTES - whole), "too-large"),
        (
            "values",
            format!("{HEAD}effects: [{}", "a, ".repeat(2 << 20)),
            "too-large",
        ),
        ("names", format!("{HEAD}effects: [{names}]"), "too-large"),
        ("guesses", guesses(), "unknown-field"),
        ("keys", format!("{HEAD}{keys}"), "unknown-key"),
        (
            "events",
            format!("{HEAD}states: {{ open: }}\ntransitions:\n{events}"),
            "unknown-state",
        ),
        (
            "tag",
            format!("{HEAD}states: {{ open: !!binary aGk= }}\n"),
            "yaml-tag",
        ),
        (
            "two",
            format!("{HEAD}states: {{ open: }}\n---\n{HEAD}"),
            "several-documents",
        ),
        ("empty", String::new(), "empty-file"),
        (
            "twice",
            format!("{HEAD}initial: open\nstates: {{ open: }}\n"),
            "duplicate-key",
        ),
        (
            "unknown",
            format!("{HEAD}states: {{ open: {{ titel: Open }} }}\n"),
            "unknown-key",
        ),
        ("kind", format!("{HEAD}states: [open]\n"), "wrong-type"),
    ];
    let bytes = texts.map(|(name, text, rule)| (name, text.into_bytes(), rule));
    bytes.into()
}

#[test]
fn each_bad_file_ends_with_a_finding_within_its_memory() {
    let place = Place::new();
    let good = place.file(
        "good.yaml",
        format!("{HEAD}states: {{ open: {{ final: true }} }}\n"),
    );
    let Some(least) = least(&good) else {
        crate::tell::skipped("this system does not keep `ulimit -v`");
        return;
    };
    let mut wrong = Vec::new();
    for (name, bytes, rule) in bad_files() {
        let path = place.file(&format!("{name}.yaml"), bytes);
        let output = check(&path, least + MORE);
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        let code = output.status.code();
        if code != Some(1)
            || !printed.contains(&format!("[{rule}]"))
            || printed.len() > MOST_PRINTED
        {
            let start: String = printed.chars().take(300).collect();
            let complained = String::from_utf8_lossy(&output.stderr);
            let size = printed.len();
            wrong.push(format!(
                "{name}: {code:?}, {size} bytes: {start}\n{complained}"
            ));
        }
    }
    assert!(wrong.is_empty(), "above {least} KiB:\n{}", wrong.join("\n"));
}
