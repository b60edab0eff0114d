//! `flagstate test`: whether workflows keep what their scenario files promise.

use std::path::PathBuf;

use crate::cli::config::ConfigArgs;
use crate::cli::discover::{self, Found, Input};
use crate::cli::levels;
use crate::cli::suite::{self, Suite};
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk};
use crate::diagnostic::render::{self, Options, OutputFormat};
use crate::drive::trace;

/// Run the scenario files of workflows
///
/// A scenario file, `NAME.scenario.yaml` beside `NAME.yaml`, holds tables that the workflow must match
/// and stories of orders with what is expected after each step. Below a folder all of them are run; for
/// a workflow file, those beside it.
///
/// Scenarios with `golden: true` also compare their whole trace with the file `NAME.trace`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate test                              every scenario file below this folder
  flagstate test workflows/shop.yaml --coverage
  flagstate test --min-coverage 90
  flagstate test --accept                     keep the present traces as golden ones
  flagstate test --output-format junit -o results.xml

Exit codes:
  0  everything is as expected, and the coverage is high enough
  1  something is not as expected, or a file has errors
  2  wrong usage, or a file that cannot be read or written; the others are still run")]
pub(in crate::cli) struct Test {
    /// Scenario files, workflow files, folders or patterns
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Write golden traces that differ or do not exist yet
    #[arg(long)]
    accept: bool,
    /// Fail where less of a workflow is run, in percent: initial branches, states, transitions, timers,
    /// guards both ways, refusals, flags
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// List what of each workflow was not run
    #[arg(long)]
    coverage: bool,
    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "full")]
    output_format: Format,
    /// Write the results to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Each difference with its lines of the file, and the trace up to there
    Full,
    /// One line a difference
    Concise,
    /// One JSON object
    Json,
    #[value(help = "JUnit XML with one test case a scenario")]
    Junit,
}

impl Test {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let config = self.config.read(&levels::rules())?;
        let found = discover::discover(&self.paths, &config.exclude, discover::is_scenario);
        let Found {
            inputs, mut errors, ..
        } = found;
        let paths = scenario_files(inputs, &mut errors);
        if paths.is_empty() && errors.is_empty() {
            let error = CliError::new("there is no scenario file");
            let hint = "the name of a scenario file ends in `.scenario.yaml`";
            return Err(error.help(hint).into());
        }
        let suite = Suite::run(&paths, self.accept);
        errors.extend(suite.errors.iter().cloned());
        let text = self.text(&suite, terminal);
        match &self.output {
            Some(path) => disk::write(path, &text)?,
            None => terminal.print(&text),
        }
        for error in &errors {
            terminal.error(error);
        }
        let too_low = self.too_low(&suite);
        for line in self.summary(&suite).iter().chain(&too_low) {
            match self.output_format == Format::Full && self.output.is_none() {
                true => terminal.summary(line),
                false => terminal.note(line),
            }
        }
        let failed = !suite.files.iter().all(suite::Ran::passed) || suite.report.has_errors();
        Ok(match (errors.is_empty(), failed || !too_low.is_empty()) {
            (false, _) => Exit::World,
            (true, true) => Exit::Findings,
            (true, false) => Exit::Clean,
        })
    }

    fn text(&self, suite: &Suite, terminal: &Terminal) -> String {
        let options = |format| Options {
            format,
            color: terminal.color() && self.output.is_none(),
            width: terminal.width(),
            ..Options::default()
        };
        match self.output_format {
            Format::Full => full(suite, &options(OutputFormat::Full)),
            Format::Concise => render::render(
                &suite.report,
                suite.library.files(),
                &options(OutputFormat::Concise),
            ),
            Format::Json => suite::json::render(suite),
            Format::Junit => suite::junit::render(suite),
        }
    }

    /// What is said in the end: golden traces written, coverage, counts.
    fn summary(&self, suite: &Suite) -> Vec<String> {
        let accepted = suite.accepted.iter();
        let mut lines: Vec<String> = accepted.map(|name| format!("accepted `{name}`")).collect();
        for (workflow, coverage) in &suite.coverage {
            let (covered, total) = coverage.counted();
            let percent = coverage.percent();
            lines.push(format!(
                "{workflow}: {percent} % covered ({covered} of {total})"
            ));
            if self.coverage {
                let text = coverage.text();
                lines.extend(text.lines().map(|line| format!("  {line}")));
            }
        }
        if suite.files.is_empty() {
            return lines;
        }
        let (passed, total) = suite.counted();
        let total = match total {
            1 => "1 scenario".to_owned(),
            total => format!("{total} scenarios"),
        };
        let files = suite.files.len();
        let failed = suite.files.iter().filter(|ran| !ran.passed()).count();
        let in_files = match files {
            1 => "1 file".to_owned(),
            files => format!("{files} files"),
        };
        lines.push(match failed {
            0 => format!("all passed: {total} in {in_files}"),
            failed => {
                format!("{passed} of {total} passed; {failed} of {in_files} failed")
            }
        });
        lines
    }

    /// The workflows of which too little was run.
    fn too_low(&self, suite: &Suite) -> Vec<String> {
        let Some(least) = self.min_coverage.map(usize::from) else {
            return Vec::new();
        };
        let coverage = suite.coverage.iter();
        let low = coverage.filter(|(_, coverage)| coverage.percent() < least);
        low.map(|(workflow, coverage)| {
            let percent = coverage.percent();
            format!("{workflow}: {percent} % is less than {least} %; `--coverage` lists the rest")
        })
        .collect()
    }
}

/// The scenario files among the inputs, and those beside the workflow files among them.
fn scenario_files(inputs: Vec<Input>, errors: &mut Vec<CliError>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for input in inputs {
        match input {
            Input::Stdin => {
                errors.push(CliError::new("scenarios are not read from standard input"));
            }
            Input::File { path, name, .. } if discover::is_scenario(&name) => paths.push(path),
            Input::File { path, .. } => match suite::beside(&path) {
                Ok(beside) => paths.extend(beside),
                Err(error) => errors.push(error),
            },
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    paths.retain(|path| seen.insert(disk::shown(path)));
    paths
}

/// Every finding, and the trace of each scenario that failed.
fn full(suite: &Suite, options: &Options) -> String {
    let mut parts = Vec::new();
    let drawn = render::render(&suite.report, suite.library.files(), options);
    if !drawn.is_empty() {
        parts.push(drawn);
    }
    for ran in &suite.files {
        for scenario in ran.scenarios.iter().filter(|scenario| !scenario.passed()) {
            if !scenario.trace.is_empty() {
                let (file, name) = (&ran.name, &scenario.name);
                let trace = trace::text(&scenario.trace);
                parts.push(format!("{file}: {name}\n{trace}"));
            }
        }
    }
    let mut text = parts.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
