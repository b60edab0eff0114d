//! How long a thousand tenants take that extend five bases, each file read, merged, compiled and
//! checked, beside the least that any reader must do: plain YAML of the same files into untyped values,
//! in the same run.
//!
//! `cargo bench --bench tenants` prints milliseconds of one thread for the 200 tenants of each vendor's
//! workflow, and for all of them. Every tenant overrides nine things: seven labels (five
//! where a workflow has no more statuses), a state and a way into it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use flagstate::export;
use flagstate::load::{Library, load};
use flagstate::source::{FileId, SourceError, SourceFile, Sources};

/// How many tenants each base has.
const TENANTS: usize = 200;

/// How many labels each tenant changes.
const LABELS: usize = 7;

struct Files(Vec<SourceFile>);

impl Sources for Files {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        let found = self.0.iter().find(|file| file.name() == path);
        found.cloned().ok_or(SourceError::Missing)
    }
}

/// A tenant of a base: its number decides which states it calls otherwise, and from where the one that
/// it adds is entered.
fn tenant(
    base: &str,
    states: &[String],
    open: &[String],
    (actor, like): (&str, &str),
    number: usize,
) -> SourceFile {
    let mut text = format!(
        "flagstate: 1\nworkflow: tenant_{number}\nextends: {base}\ntitle: Tenant {number}\nchange:\n  states:\n"
    );
    let labels = LABELS.min(states.len());
    for label in 0..labels {
        let state = states.get((number + label) % states.len());
        let _ = writeln!(
            text,
            "    {}: {{ title: Label {label} of {number} }}",
            state.map_or("", String::as_str)
        );
    }
    let from = open.get(number % open.len()).map_or("", String::as_str);
    let _ = write!(
        text,
        "add:\n  states:\n    parked_{number}: {{ final: true, title: Parked {number}{like} }}\n  transitions:\n    \
         park_{number}: {{ by: {actor}, from: {from}, to: parked_{number} }}\n"
    );
    SourceFile::new(format!("tenants/{base}.{number}.yaml"), text)
}

/// A base with its tenants; `None` where it cannot be read.
fn family(vendor: &str) -> Option<Files> {
    let name = format!("{vendor}.yaml");
    let text = std::fs::read_to_string(format!("workflows/{name}")).ok()?;
    let base = SourceFile::new(name.clone(), text);
    let workflow = load(FileId(0), &base).workflow?;
    let rows = export::states(&workflow);
    let top = rows.iter().filter(|row| row.depth == 0);
    let states: Vec<String> = top.clone().map(|row| row.path.clone()).collect();
    let open = top.filter(|row| !row.ways_out.is_empty());
    let open: Vec<String> = open.map(|row| row.path.clone()).collect();
    let actor = workflow.actors.iter().nth(1);
    let actor = actor.map_or("system", |(_, actor)| actor.name.as_str());
    // Where groups part the states, a new one is in the groups of a state that it is like.
    let ends = rows
        .iter()
        .find(|row| row.depth == 0 && row.ways_out.is_empty());
    let like = match ends.filter(|_| !workflow.partitions.is_empty()) {
        Some(end) => format!(", like: {}", end.path),
        None => String::new(),
    };
    let mut files = vec![SourceFile::new(format!("tenants/{name}"), base.text())];
    let tenants = 0..TENANTS;
    files.extend(tenants.map(|number| tenant(&name, &states, &open, (actor, &like), number)));
    Some(Files(files))
}

/// Milliseconds that a work takes.
fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1000.0
}

fn main() {
    let (mut plain_total, mut total) = (0.0, 0.0);
    println!("base            tenants   plain ms    all ms  all/plain  ms/tenant  findings");
    for vendor in [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ] {
        let Some(files) = family(vendor) else {
            println!("the workflow of {vendor} cannot be read");
            return;
        };
        let (mut plain, mut all, mut findings) = (f64::INFINITY, f64::INFINITY, 0);
        for _ in 0..3 {
            plain = plain.min(timed(|| {
                for file in &files.0 {
                    black_box(serde_yaml::from_str::<serde_yaml::Value>(file.text()).ok());
                }
            }));
            all = all.min(timed(|| {
                let mut library = Library::new(&files);
                let opened = files.0.iter().map(|file| library.open(file.name()));
                let opened: Vec<_> = opened.flatten().collect();
                let reports = opened.into_iter().map(|file| library.load(file).report);
                findings = reports.map(|report| report.len()).sum();
            }));
        }
        total += all;
        plain_total += plain;
        println!(
            "{vendor:<15} {TENANTS:>7} {plain:>10.1} {all:>9.1} {:>10.1} {:>10.3} {findings:>9}",
            all / plain,
            all / 200.0
        );
    }
    println!(
        "{:<15} {:>7} {plain_total:>10.1} {total:>9.1} {:>10.1} {:>10.3}",
        "all",
        TENANTS * 5,
        total / plain_total,
        total / 1000.0
    );
}
