//! How much memory it takes to load a large workflow file, beside the size of its text.
//!
//! `cargo bench --bench memory` prints, for generated workflows of 1,000 to 10,000 states, what each pass takes at
//! most and what it leaves, in sizes of the text, and how often it allocates for each state. A benchmark of its own,
//! since counting takes the place of the process's allocator.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "load/generate.rs"]
mod generate;

use std::hint::black_box;

use allocation_counter::{AllocationInfo, measure};
use flagstate::compile::compile;
use flagstate::load::load;
use flagstate::parse::parse;
use flagstate::source::FileId;
use flagstate::validate::validate;

use generate::generate;

/// How often a count contains another one, with one digit behind the point.
fn times(count: u64, of: usize) -> String {
    let tenths = (count * 10).checked_div(of as u64).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn main() {
    println!("states  KiB     pass    peak    kept  allocations/state");
    for states in [1_000, 2_000, 5_000, 10_000] {
        let source = generate(states);
        let size = source.text().len();
        let show = |pass: &str, found: &AllocationInfo| {
            println!(
                "{states:>6} {:>4} {pass:>8} {:>5} x {:>5} x  {:>6}",
                size / 1024,
                times(found.bytes_max, size),
                times(u64::try_from(found.bytes_current).unwrap_or(0), size),
                times(found.count_total, states),
            );
        };
        let mut parsed = None;
        show(
            "parse",
            &measure(|| parsed = Some(parse(FileId(0), &source))),
        );
        let Some(document) = parsed.as_ref().and_then(|parsed| parsed.document.as_ref()) else {
            println!("the generated file cannot be read");
            return;
        };
        let mut compiled = None;
        show(
            "compile",
            &measure(|| compiled = Some(compile(document, &source))),
        );
        if let Some(compiled) = &compiled {
            let workflow = &compiled.workflow;
            show(
                "validate",
                &measure(|| _ = black_box(validate(workflow, document))),
            );
        }
        let mut all = None;
        show("all", &measure(|| all = Some(load(FileId(0), &source))));
        black_box(&all);
    }
}
