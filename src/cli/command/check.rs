//! `flagstate check`: what is wrong with workflow files.

use std::path::PathBuf;

use ignore::overrides::Override;

use super::guards::listed;
use crate::cli::config::ConfigArgs;
use crate::cli::discover::{self, Found, Input};
use crate::cli::disk::Disk;
use crate::cli::levels::{self, Levels};
use crate::cli::open::STDIN;
use crate::cli::parallel::side_by_side;
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk, plan, suite};
use crate::diagnostic::Report;
use crate::diagnostic::render::{self, Options, OutputFormat, Unjudged, Unread};
use crate::export::{self, GuardRow};
use crate::load::Library;
use crate::source::{FileId, SourceError, SourceFile};

/// Find what is wrong with workflow files
///
/// Every problem of every file is reported, with its place and a hint. Below a folder, YAML files count
/// that have a key `flagstate:` at their top, scenario files, whose names are looked up, and migration files, which
/// are judged between the two versions that they name; files that git ignores are left out.
///
/// A warning is suppressed by a comment on its line or on the line above it, `# flagstate:
/// ignore[RULE] reason`; one that suppresses nothing is reported. The nearest `flagstate.toml` from
/// the current folder upward may say `deny`, `allow` and `exclude` under `[check]`. A warning that is denied
/// is shown as an error, with what denies it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate check                                    everything below this folder
  flagstate check workflows/shop.yaml --deny warnings
  flagstate check 'workflows/**/*.yaml' --output-format concise
  flagstate check - --stdin-filename shop.yaml < shop.yaml
  flagstate check --output-format sarif -o findings.sarif

Exit codes:
  0  no error, and no warning that is denied
  1  errors or denied warnings
  2  wrong usage, or a file that cannot be read; the others are still checked")]
pub(in crate::cli) struct Check {
    /// Files, folders, patterns such as `**/*.yaml`, or `-` for standard input
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_name = "FORMAT", default_value = "full")]
    output_format: OutputFormat,
    /// Fail on all `warnings`, or on those of a rule
    #[arg(long, value_name = "RULE")]
    deny: Vec<String>,
    /// Leave out the warnings of a rule
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// List every guard and where it runs behind the findings; `flagstate guards` writes JSON
    #[arg(long)]
    guards: bool,
    /// List the questions about guards that stayed open, each with its place
    #[arg(long)]
    open: bool,
    /// Write the findings to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What findings call standard input
    #[arg(long, value_name = "NAME", default_value = STDIN, hide_default_value = true)]
    stdin_filename: String,
    #[command(flatten)]
    config: ConfigArgs,
}

/// What the checked files gave.
struct Checked {
    library: Library<'static>,
    names: Vec<String>,
    /// The workflow files, in the order of their names.
    workflows: Vec<FileId>,
    /// The scenario files.
    scenarios: Vec<FileId>,
    /// The migration files.
    plans: Vec<FileId>,
    report: Report,
    errors: Vec<CliError>,
    /// What was not judged as a whole, and how that is done.
    unjudged: Vec<Unjudged>,
    guards: Vec<GuardRow>,
}

impl Check {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        self.for_people()?;
        let config = self.config.read(&levels::rules())?;
        let levels = self.levels(config.levels)?;
        let mut checked = self.check(&config.exclude, terminal)?;
        let failed = levels.judge(&mut checked.report);
        let options = Options {
            format: self.output_format,
            color: terminal.color() && self.output.is_none(),
            width: terminal.width(),
            checked: checked.names.clone(),
            unread: checked.errors.iter().map(unread).collect(),
            unjudged: checked.unjudged.clone(),
            denied: levels.denied(),
        };
        let text = render::render(&checked.report, checked.library.files(), &options);
        let to_file = self.output.is_some();
        match &self.output {
            Some(path) => disk::write(path, &text)?,
            None => terminal.print(&text),
        }
        if self.guards {
            let apart = if checked.report.is_empty() { "" } else { "\n" };
            let guards = listed(&checked.guards, terminal.width());
            terminal.print(&format!("{apart}{guards}"));
        }
        if self.open {
            terminal.print(&checked.open());
        }
        for error in &checked.errors {
            terminal.error(error);
        }
        for unjudged in &checked.unjudged {
            terminal.note(&checked.note(unjudged));
        }
        if !checked.names.is_empty() {
            let summary = summary(&checked, &options);
            let is_apart = !to_file && self.output_format == OutputFormat::Full;
            match is_apart && !checked.report.is_empty() {
                true => terminal.summary(&format!("\n{summary}")),
                false if is_apart => terminal.summary(&summary),
                false => terminal.note(&summary),
            }
        }
        Ok(match (checked.errors.is_empty(), failed) {
            (false, _) => Exit::World,
            (true, true) => Exit::Findings,
            (true, false) => Exit::Clean,
        })
    }

    /// What is listed behind the findings has no place in other formats.
    fn for_people(&self) -> Result<(), CliErrors> {
        let people = matches!(
            self.output_format,
            OutputFormat::Full | OutputFormat::Concise
        );
        let (flag, help) = match (self.guards, self.open) {
            (true, _) => (
                "guards",
                "`flagstate guards FILE --format json` writes JSON",
            ),
            (_, true) => ("open", "`--output-format json` lists them under `open`"),
            _ => return Ok(()),
        };
        match people {
            true => Ok(()),
            false => {
                let message = format!("`--{flag}` lists for people, not in this format");
                Err(CliError::new(message).help(help).into())
            }
        }
    }

    /// The levels of the configuration with those of the command line on top.
    fn levels(&self, mut levels: Levels) -> Result<Levels, CliErrors> {
        let rules = levels::rules();
        for word in &self.allow {
            levels.allow(word, &rules)?;
        }
        for word in &self.deny {
            if self.allow.contains(word) {
                return Err(levels::contradicted(word).into());
            }
            levels.deny(word, format!("`--deny {word}`"), &rules)?;
        }
        Ok(levels)
    }

    /// Reads and checks every file that can be read.
    fn check(&self, exclude: &Override, terminal: &Terminal) -> Result<Checked, CliErrors> {
        let Found { inputs, errors, .. } =
            discover::discover(&self.paths, exclude, discover::is_yaml);
        let mut checked = Checked {
            library: Library::new(&Disk),
            names: Vec::new(),
            workflows: Vec::new(),
            scenarios: Vec::new(),
            plans: Vec::new(),
            report: Report::new(),
            errors,
            unjudged: Vec::new(),
            guards: Vec::new(),
        };
        for input in inputs {
            match self.read(&input) {
                Ok(Some(source)) => checked.add(source),
                Ok(None) => {}
                Err(error) => checked.errors.push(error),
            }
        }
        if checked.names.is_empty() && checked.errors.is_empty() {
            let paths = self.paths.iter().map(|path| disk::shown(path));
            let paths: Vec<String> = paths.map(|path| format!("`{path}`")).collect();
            let message = format!("there is no workflow file in {}", paths.join(", "));
            let hint =
                "a workflow file has a key `flagstate:` at its top; `flagstate init` writes one";
            return Err(CliError::new(message).help(hint).into());
        }
        checked.load(terminal);
        checked.report.sort();
        Ok(checked)
    }

    /// The text of an input; `None` where it was found on the way and is no workflow.
    fn read(&self, input: &Input) -> Result<Option<SourceFile>, CliError> {
        let unreadable = |name: &str, error: &SourceError| CliError::unreadable(name, error);
        match input {
            Input::Stdin => disk::read_stdin(&self.stdin_filename)
                .map(Some)
                .map_err(|error| unreadable(STDIN, &error)),
            Input::File {
                path,
                name,
                explicit,
            } => {
                let read = disk::read_named(path, name);
                let source = read.map_err(|error| unreadable(name, &error))?;
                let is_ours = *explicit
                    || discover::is_scenario(name)
                    || discover::is_workflow(&source)
                    || discover::is_plan(&source);
                Ok(is_ours.then_some(source))
            }
        }
    }
}

impl Checked {
    /// A line for each question that stayed open.
    fn open(&self) -> String {
        let lines = self.report.open().iter().filter_map(|open| {
            let source = self.library.files().get(open.span.file)?;
            let at = source.position(open.span.start);
            let (name, question) = (source.name(), &open.question);
            Some(format!(
                "{name}:{}:{}: open: {question}\n",
                at.line, at.column
            ))
        });
        lines.collect()
    }

    /// A line for what was not judged.
    fn note(&self, unjudged: &Unjudged) -> String {
        let message = &unjudged.message;
        let place = self.library.files().get(unjudged.span.file).map(|source| {
            let at = source.position(unjudged.span.start);
            format!("{}:{}:{}: ", source.name(), at.line, at.column)
        });
        format!("{}{message}", place.unwrap_or_default())
    }

    fn add(&mut self, source: SourceFile) {
        self.names.push(source.name().to_owned());
        if discover::is_scenario(source.name()) {
            self.scenarios.push(self.library.add_other(source));
        } else if discover::is_plan(&source) {
            self.plans.push(self.library.add_other(source));
        } else {
            self.workflows.push(self.library.add(source));
        }
    }

    /// Takes every file through its passes, workflows side by side.
    fn load(&mut self, terminal: &Terminal) {
        let progress = terminal.progress(Some(self.workflows.len() as u64), "files");
        let library = &self.library;
        let all = side_by_side(&self.workflows, |&file| {
            let loaded = library.load(file);
            progress.advance(1);
            loaded
        });
        progress.finish();
        for loaded in all {
            if let Some(workflow) = &loaded.workflow {
                self.guards
                    .extend(export::guards(workflow, self.library.files()));
            }
            self.report.extend(loaded.report);
        }
        for file in std::mem::take(&mut self.scenarios) {
            self.scenario(file);
        }
        for file in std::mem::take(&mut self.plans) {
            self.plan(file);
        }
    }

    fn scenario(&mut self, file: FileId) {
        let read = suite::read(&mut self.library, file);
        let report = match read.workflow {
            Some(workflow) => suite::check(&read, self.library.load(workflow)),
            None => read.report,
        };
        self.report.extend(report);
        self.errors.extend(read.error);
    }

    fn plan(&mut self, file: FileId) {
        let read = plan::read(&mut self.library, file);
        let versions = [read.old, read.new];
        let loaded = versions.map(|version| Some(self.library.load(version?)));
        let apart = read.stands_apart(loaded.each_ref().map(Option::as_ref));
        let unjudged = apart.map(|(span, message)| Unjudged { span, message });
        self.unjudged.extend(unjudged);
        self.report.extend(plan::check(&read, loaded));
        let errors = read.errors.into_iter();
        self.errors.extend(errors.map(|(_, error)| error));
    }
}

fn unread(error: &CliError) -> Unread {
    Unread {
        path: error.path.clone(),
        message: error.message.clone(),
    }
}

fn summary(checked: &Checked, options: &Options) -> String {
    let mut summary = render::summary(&checked.report, options);
    match checked.report.open().len() {
        0 => {}
        1 => summary += "; one question about a guard stayed open (`--open` lists it)",
        more => {
            let open = format!("; {more} questions about guards stayed open (`--open` lists them)");
            summary += &open;
        }
    }
    match checked.unjudged.len() {
        0 => {}
        1 => summary += "; 1 was not judged as a whole",
        more => {
            let unjudged = format!("; {more} were not judged as a whole");
            summary += &unjudged;
        }
    }
    match checked.errors.len() {
        0 => summary,
        1 => summary + "; 1 could not be read",
        more => format!("{summary}; {more} could not be read"),
    }
}
