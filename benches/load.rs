//! How long a large workflow file takes from text to checked workflow, beside the least that any
//! reader of the file must do: plain YAML into untyped values, in the same run.
//!
//! `cargo bench --bench load` prints, for 1,000 to 10,000 generated states with five transitions each
//! (one in five guarded, every guard distinct), milliseconds for each pass and the ratio to the plain
//! reader. Each figure is the least of several runs on one thread, so it is close to CPU time.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

#[path = "load/generate.rs"]
mod generate;

use std::hint::black_box;
use std::time::Instant;

use flagstate::compile::compile;
use flagstate::load::load;
use flagstate::parse::parse;
use flagstate::source::FileId;

use generate::generate;

/// The least of `runs` durations, in milliseconds.
fn least(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64() * 1000.0);
    }
    best
}

fn main() {
    println!("states  KiB    plain   parse  compile    all  all/plain  µs/state");
    for states in [1_000, 2_000, 5_000, 10_000] {
        let source = generate(states);
        let text = source.text();
        let parsed = parse(FileId(0), &source);
        let Some(document) = &parsed.document else {
            println!("the generated file cannot be read");
            return;
        };
        let runs = if states > 2_000 { 3 } else { 7 };
        let plain = least(runs, || {
            black_box(serde_yaml::from_str::<serde_yaml::Value>(text).ok());
        });
        let parsing = least(runs, || {
            black_box(parse(FileId(0), &source));
        });
        let compiling = least(runs, || {
            black_box(compile(document, &source));
        });
        let all = least(runs, || {
            black_box(load(FileId(0), &source));
        });
        println!(
            "{states:>6} {:>4} {plain:>8.1} {parsing:>7.1} {compiling:>8.1} {all:>6.1} {:>10.2} {:>9.1}",
            text.len() / 1024,
            all / plain,
            all * 1000.0 / f64::from(u32::try_from(states).unwrap_or(u32::MAX)),
        );
        let found = load(FileId(0), &source).report.len();
        println!("        {found} findings");
    }
}
