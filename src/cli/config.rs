//! The configuration file `flagstate.toml`.
//!
//! In: the file named by `--config`, or the first one found from the current folder upward. Out: a
//! [`Config`]. A key, a rule or a value that means nothing is an error with its place, so that no
//! misspelling goes unnoticed. What the command line says counts on top, never here.
//!
//! ```toml
//! [check]
//! deny = ["warnings"]          # or single rules
//! allow = ["unused-field"]
//! exclude = ["drafts/**"]      # relative to the folder of this file
//! ```

use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::levels::{self, Levels};
use super::{CliError, CliErrors, disk};
use crate::diagnostic::Rule;
use crate::source::SourceFile;

/// What the configuration says.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Which warnings count, and how.
    pub(super) levels: Levels,
    /// What discovery leaves out.
    pub(super) exclude: Override,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            levels: Levels::default(),
            exclude: Override::empty(),
        }
    }
}

/// Which file is read.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ConfigArgs {
    /// Read this configuration instead of searching for `flagstate.toml` from here upward
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    no_config: bool,
}

impl ConfigArgs {
    /// The same from whatever folder they are read.
    pub(super) fn absolute(&self) -> Self {
        let config = self.config.as_ref();
        let whole = config.map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        Self {
            config: whole,
            no_config: self.no_config,
        }
    }

    /// Reads the configuration; the default one where there is no file.
    pub(super) fn read(&self, rules: &[&'static Rule]) -> Result<Config, CliErrors> {
        if self.no_config {
            return Ok(Config::default());
        }
        let Some(path) = self.config.clone().or_else(find) else {
            return Ok(Config::default());
        };
        let name = disk::shown(&path);
        let source =
            disk::read_named(&path, &name).map_err(|error| CliError::unreadable(&name, &error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Reader::new(&source, rules).read(folder)
    }
}

/// The nearest file in the current folder or one above it, as a path from the current folder.
fn find() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let mut folders = here.ancestors();
    let above = folders.position(|folder| folder.join(disk::CONFIG).is_file())?;
    let mut path: PathBuf = std::iter::repeat_n("..", above).collect();
    path.push(disk::CONFIG);
    Some(path)
}

/// Reads one file and gathers what is wrong with it.
struct Reader<'a> {
    source: &'a SourceFile,
    rules: &'a [&'static Rule],
    /// What is wrong, by offset.
    errors: Vec<(usize, CliError)>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a SourceFile, rules: &'a [&'static Rule]) -> Self {
        Self {
            source,
            rules,
            errors: Vec::new(),
        }
    }

    fn read(mut self, folder: &Path) -> Result<Config, CliErrors> {
        let mut config = Config::default();
        match DeTable::parse(self.source.text()) {
            Ok(table) => self.document(table.get_ref(), folder, &mut config),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.raise(at, error.message());
            }
        }
        match self.errors.is_empty() {
            true => Ok(config),
            false => {
                // A TOML table is read by key; people read by line.
                self.errors.sort_by_key(|(at, _)| *at);
                let errors = self.errors.into_iter().map(|(_, error)| error);
                Err(CliErrors(errors.collect()))
            }
        }
    }

    fn document(&mut self, table: &DeTable<'_>, folder: &Path, config: &mut Config) {
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("check", DeValue::Table(check)) => self.check(check, folder, config),
                ("check", _) => self.wrong(value, "a table, `[check]`"),
                (other, _) => self.unknown(key.span().start, other, &["check"]),
            }
        }
    }

    fn check(&mut self, table: &DeTable<'_>, folder: &Path, config: &mut Config) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "deny" => {
                    let by = format!("`deny` in `{}`", self.source.name());
                    for (at, word) in self.words(value) {
                        // What is allowed was read before: tables are read in the order of their keys.
                        let denied = match config.levels.allows(&word) {
                            true => Err(levels::contradicted(&word)),
                            false => config.levels.deny(&word, by.clone(), self.rules),
                        };
                        self.keep(at, denied);
                    }
                }
                "allow" => {
                    for (at, word) in self.words(value) {
                        let allowed = config.levels.allow(&word, self.rules);
                        self.keep(at, allowed);
                    }
                }
                "exclude" => config.exclude = self.exclude(value, folder),
                other => self.unknown(key.span().start, other, &["allow", "deny", "exclude"]),
            }
        }
    }

    /// The patterns of a list, which hold below `folder`.
    fn exclude(&mut self, value: &Spanned<DeValue<'_>>, folder: &Path) -> Override {
        let folder = match folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => folder,
        };
        let real = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let mut builder = OverrideBuilder::new(real);
        for (at, pattern) in self.words(value) {
            if let Err(error) = builder.add(&format!("!{pattern}")) {
                self.raise(at, &error.to_string());
            }
        }
        builder.build().unwrap_or_else(|_| Override::empty())
    }

    /// The texts of a list with their places.
    fn words(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(usize, String)> {
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(value, "a list of strings");
            return Vec::new();
        };
        let mut words = Vec::new();
        for item in list {
            match item.get_ref().as_str() {
                Some(word) => words.push((item.span().start, word.to_owned())),
                None => self.wrong(item, "a string"),
            }
        }
        words
    }

    fn keep(&mut self, at: usize, result: Result<(), CliError>) {
        if let Err(error) = result {
            let mut placed = self.at(at, &error.message);
            placed.help = error.help;
            self.errors.push((at, placed));
        }
    }

    fn wrong(&mut self, value: &Spanned<DeValue<'_>>, expected: &str) {
        let found = value.get_ref().type_str();
        let message = format!("expected {expected}, found a value of type {found}");
        self.raise(value.span().start, &message);
    }

    fn unknown(&mut self, at: usize, key: &str, known: &[&str]) {
        let error = self.at(at, &format!("unknown key `{key}`"));
        let known_keys = known.iter().map(|key| format!("`{key}`"));
        let known_keys: Vec<String> = known_keys.collect();
        let otherwise = format!("known here: {}", known_keys.join(", "));
        let error = error.did_you_mean(key, known.iter().copied(), &otherwise);
        self.errors.push((at, error));
    }

    fn raise(&mut self, at: usize, message: &str) {
        let error = self.at(at, message);
        self.errors.push((at, error));
    }

    /// An error at a place of the file.
    fn at(&self, offset: usize, message: &str) -> CliError {
        let position = self
            .source
            .position(u32::try_from(offset).unwrap_or(u32::MAX));
        let name = self.source.name();
        let (line, column) = (position.line, position.column);
        CliError::new(format!("{name}:{line}:{column}: {}", message.trim_end()))
    }
}
