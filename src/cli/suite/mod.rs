//! Running scenario files.
//!
//! In: scenario files, found on the disk. Out: a [`Suite`]: for each file what became of its tables,
//! its stories and its golden traces, all findings with their texts, and what of each workflow was
//! run. The library judges; this reads files, finds the workflow that a file belongs to, and keeps
//! golden traces.

mod golden;
pub(super) mod json;
pub(super) mod junit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::disk::Disk;
use super::{CliError, disk};
use crate::diagnostic::{Level, Report};
use crate::graph::Workflow;
use crate::load::{Library, Loaded};
use crate::scenario::{self, Coverage, ScenarioFile, ScenarioResult};
use crate::source::{FileId, SourceError, SourceFile};

/// What became of all files.
pub(super) struct Suite {
    /// The workflows, and every text that findings point into.
    pub(super) library: Library<'static>,
    /// The files that could be read, in order.
    pub(super) files: Vec<Ran>,
    /// Every finding, those of the workflows included.
    pub(super) report: Report,
    /// What could not be read or written.
    pub(super) errors: Vec<CliError>,
    /// What of each workflow was run, by its name.
    pub(super) coverage: IndexMap<String, Coverage>,
    /// Golden traces that were written.
    pub(super) accepted: Vec<String>,
    workflows: BTreeMap<PathBuf, Option<Arc<Workflow>>>,
}

/// What became of one scenario file.
pub(super) struct Ran {
    /// Its name.
    pub(super) name: String,
    /// What is wrong apart from the stories: its reading, its tables, its golden trace.
    pub(super) report: Report,
    /// The stories; empty where they could not be run.
    pub(super) scenarios: Vec<ScenarioResult>,
    /// Whether its workflow has errors, so that nothing was run.
    pub(super) unusable: bool,
}

impl Ran {
    /// Whether everything was as expected.
    pub(super) fn passed(&self) -> bool {
        !self.unusable
            && self.report.is_empty()
            && self.scenarios.iter().all(ScenarioResult::passed)
    }
}

impl Suite {
    /// Runs the scenario files at `paths`; `accept` writes golden traces that differ.
    pub(super) fn run(paths: &[PathBuf], accept: bool) -> Self {
        let mut suite = Self {
            library: Library::new(&Disk),
            files: Vec::new(),
            report: Report::new(),
            errors: Vec::new(),
            coverage: IndexMap::new(),
            accepted: Vec::new(),
            workflows: BTreeMap::new(),
        };
        for path in paths {
            if let Err(error) = suite.file(path, accept) {
                suite.errors.push(error);
            }
        }
        suite.report.sort();
        suite
    }

    fn file(&mut self, path: &Path, accept: bool) -> Result<(), CliError> {
        let name = disk::shown(path);
        let (source, file) = self.add(path, &name)?;
        let (document, mut report) = scenario::read(file, &source);
        let mut scenarios = Vec::new();
        let mut unusable = false;
        if let Some(document) = document {
            let named = workflow_of(path, &document);
            let workflow = match self.workflow(&named) {
                Ok(workflow) => workflow,
                // The key that names the workflow may be among what could not be read.
                Err(_) if report.has_errors() => None,
                Err(error) => {
                    self.report.extend(report);
                    let help = format!("`{name}` belongs to it; `workflow:` names another one");
                    return Err(error.help(help));
                }
            };
            match workflow {
                // What is broken is not run, but looked through.
                Some(workflow) if report.has_errors() => {
                    report.extend(scenario::check(&workflow, &document, &report));
                }
                Some(workflow) => {
                    let ran = scenario::run(&workflow, &document);
                    report.extend(ran.tables);
                    self.golden(path, ran.golden, accept, &mut report)?;
                    self.cover(&named, &ran.coverage);
                    scenarios = ran.scenarios;
                }
                None => unusable = !report.has_errors(),
            }
        }
        self.report.extend(report.clone());
        for scenario in &scenarios {
            self.report.extend(scenario.report.clone());
        }
        self.files.push(Ran {
            name,
            report,
            scenarios,
            unusable,
        });
        Ok(())
    }

    /// Reads a file and numbers it.
    fn add(&mut self, path: &Path, name: &str) -> Result<(SourceFile, FileId), CliError> {
        let read = disk::read_named(path, name);
        let source = read.map_err(|error| CliError::unreadable(name, &error))?;
        let file = self.library.add_other(source.clone());
        Ok((source, file))
    }

    /// The workflow of a path, read once; `None` where it has errors, which are reported once.
    fn workflow(&mut self, path: &Path) -> Result<Option<Arc<Workflow>>, CliError> {
        if let Some(known) = self.workflows.get(path) {
            return Ok(known.clone());
        }
        let name = disk::shown(path);
        let file = self.library.open(&name);
        let file = file.map_err(|error| CliError::unreadable(&name, &error))?;
        let loaded = self.library.load(file);
        let mut errors = loaded.report.clone();
        errors.retain(|finding| finding.level() == Level::Error);
        self.report.extend(errors);
        let workflow = loaded.runnable().ok();
        self.workflows.insert(path.to_owned(), workflow.clone());
        Ok(workflow)
    }

    fn cover(&mut self, workflow: &Path, coverage: &Coverage) {
        let name = disk::shown(workflow);
        match self.coverage.get_mut(&name) {
            Some(known) => known.merge(coverage),
            None => drop(self.coverage.insert(name, coverage.clone())),
        }
    }

    /// How many scenarios passed, and how many there are.
    pub(super) fn counted(&self) -> (usize, usize) {
        let scenarios = || self.files.iter().flat_map(|file| &file.scenarios);
        let passed = scenarios().filter(|scenario| scenario.passed());
        (passed.count(), scenarios().count())
    }
}

/// The workflow that a scenario file belongs to: the one it names, else `NAME.yaml` beside it, where
/// the file is called `NAME.scenario.yaml` or `NAME.MORE.scenario.yaml`.
pub(super) fn workflow_of(path: &Path, document: &ScenarioFile) -> PathBuf {
    if let Some(named) = &document.workflow {
        return path.with_file_name("").join(&named.value);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or_default();
    let yaml = path.with_file_name(format!("{stem}.yaml"));
    let yml = path.with_file_name(format!("{stem}.yml"));
    match !yaml.exists() && yml.exists() {
        true => yml,
        false => yaml,
    }
}

/// A scenario file with the workflow that it is about.
pub(super) struct Read {
    /// `None` where it could not be read at all.
    pub(super) document: Option<ScenarioFile>,
    pub(super) report: Report,
    /// The workflow, where it could be read.
    pub(super) workflow: Option<FileId>,
    /// Why it could not.
    pub(super) error: Option<CliError>,
}

/// Reads a scenario file of a library, and opens its workflow.
pub(super) fn read(library: &mut Library<'_>, file: FileId) -> Read {
    let mut read = Read {
        document: None,
        report: Report::new(),
        workflow: None,
        error: None,
    };
    let Some(source) = library.files().get(file) else {
        return read;
    };
    let name = source.name().to_owned();
    (read.document, read.report) = scenario::read(file, source);
    let Some(document) = &read.document else {
        return read;
    };
    let path = disk::shown(&workflow_of(Path::new(&name), document));
    match library.open(&path) {
        Ok(workflow) => read.workflow = Some(workflow),
        // The key that names the workflow may be among what could not be read.
        Err(_) if read.report.has_errors() => {}
        Err(error) => {
            let error = CliError::unreadable(&path, &error);
            let help = format!("`{name}` belongs to it; `workflow:` names another one");
            read.error = Some(error.help(help));
        }
    }
    read
}

/// What is wrong with a scenario file that was read. Where the workflow has errors, they are its own, and nothing
/// can be said of the stories.
pub(super) fn check(read: &Read, workflow: Loaded) -> Report {
    let mut report = read.report.clone();
    if let (Some(document), Ok(workflow)) = (&read.document, workflow.runnable()) {
        let found = scenario::check(&workflow, document, &read.report);
        report.extend(found);
    }
    report
}

/// The scenario files beside a workflow file.
pub(super) fn beside(workflow: &Path) -> Result<Vec<PathBuf>, CliError> {
    let name = disk::shown(workflow);
    let unreadable = |error: std::io::Error| CliError::unreadable(&name, &SourceError::Io(error));
    let file = workflow.file_name().unwrap_or_default().to_string_lossy();
    let stem = file.split('.').next().unwrap_or_default();
    let parent = workflow
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(parent.unwrap_or(Path::new("."))).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy();
        let belongs = name
            .strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with('.'));
        if belongs && super::discover::is_scenario(&name) {
            found.push(workflow.with_file_name(name.as_ref()));
        }
    }
    found.sort_unstable();
    match found.is_empty() {
        true => Err(
            CliError::new(format!("there is no scenario file beside `{name}`"))
                .help(format!("its name would be `{stem}.scenario.yaml`")),
        ),
        false => Ok(found),
    }
}
