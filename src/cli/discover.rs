//! Which files a command is about.
//!
//! In: the paths, globs and `-` of the command line. Out: [`Input`]s in a stable order, each once, and
//! an error for each path that leads nowhere. Folders are walked with the ignore files of git.
//! Files are not read here, apart from the ignore files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{Match, WalkBuilder};

use super::CliError;
use super::disk::shown;
use crate::source::SourceFile;

/// A file to work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File {
        /// Where it is.
        path: PathBuf,
        /// What diagnostics call it.
        name: String,
        /// Whether the user named it, rather than a folder or a pattern that holds it.
        explicit: bool,
    },
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files, in the order of the paths, those of a folder by name.
    pub(super) inputs: Vec<Input>,
    /// Paths that lead nowhere, and folders that cannot be read.
    pub(super) errors: Vec<CliError>,
    names: BTreeSet<String>,
}

/// Finds the files of `paths`. Of folders and patterns, those count whose name `accept` takes and that
/// `exclude` does not name.
pub(super) fn discover(paths: &[PathBuf], exclude: &Override, accept: fn(&str) -> bool) -> Found {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            found.add(Input::Stdin);
        } else if path.is_dir() {
            found.walk(path, &Override::empty(), exclude, accept);
        } else if path.exists() {
            found.add(file(path, true));
        } else if let Some((base, rest)) = glob(path) {
            match base.is_dir() {
                true => found.expand(path, &base, &rest, exclude),
                false => found.errors.push(unmatched(path)),
            }
        } else {
            found.errors.push(missing(path));
        }
    }
    found
}

impl Found {
    /// Adds an input that was not named before.
    fn add(&mut self, input: Input) {
        let name = match &input {
            Input::Stdin => "-",
            Input::File { name, .. } => name,
        };
        if self.names.insert(name.to_owned()) {
            self.inputs.push(input);
        }
    }

    /// Adds the files below a folder.
    fn walk(
        &mut self,
        folder: &Path,
        pattern: &Override,
        exclude: &Override,
        accept: fn(&str) -> bool,
    ) {
        let mut walk = WalkBuilder::new(folder);
        walk.sort_by_file_name(Ord::cmp);
        walk.overrides(pattern.clone());
        let exclude = exclude.clone();
        // What is excluded is named from the configuration's folder, whatever the walk begins with.
        let from = folder.to_owned();
        let real = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        walk.filter_entry(move |entry| {
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            let below = entry.path().strip_prefix(&from).unwrap_or(entry.path());
            !matches!(exclude.matched(real.join(below), is_dir), Match::Ignore(_))
        });
        for entry in walk.build() {
            match entry {
                Ok(entry) if entry.path().is_file() => {
                    let name = entry.file_name().to_string_lossy();
                    if accept(&name) {
                        self.add(file(entry.path(), false));
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let error = CliError::new(error.to_string());
                    self.errors.push(error.about(shown(folder)));
                }
            }
        }
    }

    /// Adds the files that a pattern matches.
    fn expand(&mut self, written: &Path, base: &Path, rest: &str, exclude: &Override) {
        let mut builder = OverrideBuilder::new(base);
        let pattern = builder
            .add(&format!("/{rest}"))
            .and_then(|builder| builder.build());
        match pattern {
            Ok(pattern) => {
                let before = self.inputs.len();
                self.walk(base, &pattern, exclude, is_yaml);
                if self.inputs.len() == before && self.errors.is_empty() {
                    self.errors.push(unmatched(written));
                }
            }
            Err(error) => {
                let message = format!("`{}` is not a pattern: {error}", shown(written));
                self.errors
                    .push(CliError::new(message).about(shown(written)));
            }
        }
    }
}

/// Whether a configuration leaves a file out, by itself or with a folder around it.
pub(super) fn is_excluded(exclude: &Override, path: &Path) -> bool {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut around = real.ancestors();
    let is_it = around
        .next()
        .is_some_and(|file| exclude.matched(file, false).is_ignore());
    is_it || around.any(|folder| exclude.matched(folder, true).is_ignore())
}

/// Whether a file that was found on the way is a workflow: it has a top-level key `flagstate:`.
pub(super) fn is_workflow(source: &SourceFile) -> bool {
    has_key(source, "flagstate")
}

/// Whether a file is a migration file: it has a top-level key `flagstate_migration:`, and is no workflow.
pub(super) fn is_plan(source: &SourceFile) -> bool {
    has_key(source, "flagstate_migration") && !is_workflow(source)
}

fn has_key(source: &SourceFile, key: &str) -> bool {
    let text = source.text().trim_start_matches('\u{feff}');
    let is_key = |line: &str| {
        let line = line.strip_prefix("--- ").unwrap_or(line);
        let line = line.trim_start_matches('{').trim_start();
        let quotes = ["", "\"", "'"];
        let mut rests = quotes.iter().filter_map(|quote| {
            let rest = line.strip_prefix(quote)?.strip_prefix(key)?;
            rest.strip_prefix(quote)
        });
        rests.any(|rest| rest.trim_start().starts_with(':'))
    };
    let in_braces = text.trim_start().starts_with('{');
    text.lines()
        .filter(|line| in_braces || !line.starts_with([' ', '\t']))
        .any(is_key)
}

/// Whether a file name is that of a YAML file.
pub(super) fn is_yaml(name: &str) -> bool {
    let extension = Path::new(name).extension();
    extension.is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Whether a file name is that of a scenario file.
pub(super) fn is_scenario(name: &str) -> bool {
    name.ends_with(".scenario.yaml") || name.ends_with(".scenario.yml")
}

fn file(path: &Path, explicit: bool) -> Input {
    Input::File {
        path: path.to_owned(),
        name: shown(path),
        explicit,
    }
}

/// A pattern as the folder before its first wildcard and the rest; `None` where there is no wildcard.
fn glob(path: &Path) -> Option<(PathBuf, String)> {
    let is_wild = |part: &str| part.contains(['*', '?', '[', '{']);
    let text = path.to_str()?;
    let parts: Vec<&str> = text.split('/').collect();
    let first = parts.iter().position(|part| is_wild(part))?;
    let (base, rest) = parts.split_at_checked(first)?;
    let base = match base {
        [] => PathBuf::from("."),
        [""] => PathBuf::from("/"),
        base => PathBuf::from(base.join("/")),
    };
    Some((base, rest.join("/")))
}

/// A pattern that no file matches.
fn unmatched(pattern: &Path) -> CliError {
    let pattern = shown(pattern);
    CliError::new(format!("no YAML file matches `{pattern}`")).about(pattern)
}

/// A path that leads nowhere, with a neighbour of a name much like it.
fn missing(path: &Path) -> CliError {
    let error = CliError::unreadable(&shown(path), &crate::source::SourceError::Missing);
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => return error,
    };
    // The ending that all workflow files share says nothing about how much two names are alike.
    let stem = |path: &Path| {
        path.file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let neighbours: BTreeMap<String, PathBuf> = entries
        .map(|entry| folder.join(entry.file_name()))
        .map(|path| (stem(&path), path))
        .collect();
    let stems = neighbours.keys().map(String::as_str);
    let near = crate::diagnostic::closest(&stem(path), stems);
    match near.and_then(|near| neighbours.get(near)) {
        Some(near) => error.help(format!("did you mean `{}`?", shown(near))),
        None => error,
    }
}
