//! `flagstate init`: a workflow to begin with.

use std::path::{Path, PathBuf};

use crate::cli::discover::is_yaml;
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk};
use crate::load::load;
use crate::source::{FileId, SourceFile};

/// The example that is written where nothing is said.
const EXAMPLE: &str = "my_shop";
const WORKFLOW: &str = include_str!("../init/my_shop.yaml");
const SCENARIO: &str = include_str!("../init/my_shop.scenario.yaml");

/// Write a small workflow to begin with, and its scenarios
///
/// With `--from`, a copy of the complete workflow of a vendor.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate init                           my_shop.yaml and my_shop.scenario.yaml
  flagstate init rentals -o workflows/     workflows/rentals.yaml and its scenarios
  flagstate init --from sharefox           sharefox.yaml
  flagstate init --from orocommerce b2b -o b2b.yaml")]
pub(in crate::cli) struct Init {
    /// The id of the workflow: lower-case letters, digits and `_`
    #[arg(value_parser = id)]
    name: Option<String>,
    /// Copy the workflow of a vendor
    #[arg(long, value_name = "VENDOR")]
    from: Option<Vendor>,
    /// The file to write, or the folder to write it in
    #[arg(long, short, value_name = "FILE|FOLDER")]
    output: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Vendor {
    #[value(help = "AppXite")]
    Appxite,
    /// interworks.cloud
    Interworks,
    #[value(help = "OroCommerce")]
    Orocommerce,
    /// Sharefox
    Sharefox,
    /// Vendasta
    Vendasta,
}

impl Vendor {
    /// The id and the text of its workflow.
    fn workflow(self) -> (&'static str, &'static str) {
        match self {
            Self::Appxite => ("appxite", include_str!("../../../workflows/appxite.yaml")),
            Self::Interworks => (
                "interworks",
                include_str!("../../../workflows/interworks.yaml"),
            ),
            Self::Orocommerce => (
                "orocommerce",
                include_str!("../../../workflows/orocommerce.yaml"),
            ),
            Self::Sharefox => ("sharefox", include_str!("../../../workflows/sharefox.yaml")),
            Self::Vendasta => ("vendasta", include_str!("../../../workflows/vendasta.yaml")),
        }
    }
}

impl Init {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let (id, text) = self.from.map_or((EXAMPLE, WORKFLOW), Vendor::workflow);
        let name = self.name.as_deref().unwrap_or(id);
        let path = self.path(name);
        let text = named(text, id, name);
        refuse_to_write(&path, name, &text)?;
        let mut files = vec![(path.clone(), text)];
        if self.from.is_none() {
            let beside = path.with_extension("scenario.yaml");
            files.push((beside, named(SCENARIO, id, name)));
        }
        self.refuse_to_replace(&files)?;
        for (path, text) in &files {
            if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
                std::fs::create_dir_all(folder)
                    .map_err(|error| CliError::unwritable(&disk::shown(folder), &error))?;
            }
            disk::write(path, text)?;
            terminal.summary(&format!("wrote `{}`", disk::shown(path)));
        }
        let path = disk::shown(&path);
        terminal.summary(&format!("\nnext: flagstate check {path}"));
        if self.from.is_none() {
            terminal.summary(&format!("      flagstate test {path}"));
        }
        terminal.summary(&format!("      flagstate run {path}"));
        Ok(Exit::Clean)
    }

    /// The workflow's file.
    fn path(&self, name: &str) -> PathBuf {
        let file = format!("{name}.yaml");
        match &self.output {
            None => PathBuf::from(file),
            Some(path) if is_folder(path) => path.join(file),
            Some(path) => path.clone(),
        }
    }

    fn refuse_to_replace(&self, files: &[(PathBuf, String)]) -> Result<(), CliErrors> {
        let existing = files.iter().filter(|(path, _)| path.exists());
        let errors = existing.map(|(path, _)| disk::exists(path));
        let errors: Vec<CliError> = errors.collect();
        match errors.is_empty() || self.force {
            true => Ok(()),
            false => Err(CliErrors(errors)),
        }
    }
}

/// Refuses a file that no command would take for a workflow, and an id that the format keeps for itself.
fn refuse_to_write(path: &Path, name: &str, text: &str) -> Result<(), CliError> {
    let shown = disk::shown(path);
    if !is_yaml(&shown) {
        let message = format!("a workflow file ends in `.yaml`, and `{shown}` does not");
        let help = "write a folder's name with a `/` behind it";
        return Err(CliError::new(message).help(help));
    }
    // The texts have no other findings than those that the name brings in.
    match load(FileId::default(), &SourceFile::new(&shown, text))
        .report
        .is_empty()
    {
        true => Ok(()),
        false => {
            let message = format!(
                "`{name}` cannot be the id of a workflow: it is a word of the format or of YAML"
            );
            Err(CliError::new(message).help("choose another name"))
        }
    }
}

/// Whether a path names a folder: one that exists, or one written with a `/` behind it.
fn is_folder(path: &Path) -> bool {
    path.is_dir()
        || path
            .to_string_lossy()
            .ends_with(['/', std::path::MAIN_SEPARATOR])
}

/// A text under another workflow id, without the line that names a schema by a relative path.
fn named(text: &str, id: &str, name: &str) -> String {
    let lines = text.lines().filter(|line| !line.contains("$schema="));
    let lines = lines.map(|line| match line == format!("workflow: {id}") {
        true => format!("workflow: {name}\n"),
        false => format!("{line}\n"),
    });
    lines.collect()
}

/// Reads a workflow's id.
fn id(text: &str) -> Result<String, String> {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_lowercase());
    let rest = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    match first && rest && text.len() <= 64 {
        true => Ok(text.to_owned()),
        false => Err(
            "an id begins with a lower-case letter and has at most 64 lower-case letters, digits and `_`"
                .to_owned(),
        ),
    }
}
