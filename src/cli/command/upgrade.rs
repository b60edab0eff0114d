//! `flagstate upgrade`: a tenant between two editions of its base.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::cli::disk::{self, Disk};
use crate::cli::{CliError, CliErrors, Exit, Terminal, open, table};
use crate::diagnostic::{Level, Report};
use crate::load::{Library, Upgraded};
use crate::source::{FileId, SourceFile, SourceMap, Span};
use crate::tenant::Verb;

/// Compare what a new edition of a base changes with what a tenant overrides
///
/// Lists what the new edition changes and what the tenant overrides of the old one, and reports every
/// part that both touch, with both sides; then checks the tenant upon the new edition. Nothing is
/// merged: where nothing collides, `--write` makes the tenant extend the new edition.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate upgrade tenants/north.yaml --from shop.v1.yaml --to shop.v2.yaml
  flagstate upgrade tenants/north.yaml --from shop.v1.yaml --to shop.v2.yaml --format json
  flagstate upgrade tenants/north.yaml --from shop.v1.yaml --to shop.v2.yaml --write

Exit codes:
  0  nothing collides, and the tenant has no errors upon the new edition
  1  collisions or errors; nothing is written
  2  wrong usage, or a file that cannot be read or written")]
pub(in crate::cli) struct Upgrade {
    /// The tenant's file
    file: PathBuf,
    /// The edition of the base that the tenant was written for
    #[arg(long, value_name = "OLD_BASE")]
    from: PathBuf,
    /// The new edition
    #[arg(long, value_name = "NEW_BASE")]
    to: PathBuf,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Make the tenant extend the new edition, where nothing is in the way
    #[arg(long)]
    write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Tables for people
    Text,
    /// One object
    Json,
}

/// An upgrade as JSON.
#[derive(Debug, Serialize)]
struct Told {
    changes: Vec<Row>,
    overrides: Vec<Row>,
    collisions: Vec<Pair>,
    needless: Vec<usize>,
    errors: usize,
}

#[derive(Debug, Serialize)]
struct Row {
    verb: Verb,
    part: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

/// An override and a change that collide, by their places in the lists.
#[derive(Debug, Serialize)]
struct Pair {
    r#override: usize,
    change: usize,
}

impl Upgrade {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut library = Library::new(&Disk);
        let mut add = |path: &Path| open::read(path).map(|source| library.add(source));
        let (tenant, from, to) = (add(&self.file)?, add(&self.from)?, add(&self.to)?);
        if library.extends(tenant).is_none() {
            let message = format!("`{}` extends nothing", disk::shown(&self.file));
            let help = "a tenant's file names its base: `extends: shop.yaml`";
            return Err(CliError::new(message).help(help).into());
        }
        self.check_level(&library, tenant, from)?;
        let upgraded = library.upgrade(tenant, from, to);
        let files = library.files();
        let mut wrong = of_bases(&library, &[from, to]);
        if wrong.is_empty() {
            wrong = match upgraded.before.has_errors() {
                // Upon the base that it was written for, nothing can be said of the new one.
                true => upgraded.before.clone(),
                false => upgraded.after.clone(),
            };
        }
        wrong.retain(|found| found.level() == Level::Error);
        match self.format {
            Format::Text => self.tell(&upgraded, files, terminal),
            Format::Json => terminal.line(&crate::cli::json(&told(&upgraded, &wrong, files))),
        }
        let mut found = upgraded.upgrade.report();
        found.extend(wrong);
        open::show_errors(&found, files, terminal);
        if found.has_errors() {
            return Ok(Exit::Findings);
        }
        if self.write {
            self.rewrite(&library, tenant)?;
            let (tenant, to) = (disk::shown(&self.file), disk::shown(&self.to));
            terminal.note(&format!("`{tenant}` extends `{to}` now"));
        }
        Ok(Exit::Clean)
    }

    /// A tenant of a tenant is not put upon the base of that, which would leave out all that stands between them.
    fn check_level(
        &self,
        library: &Library<'_>,
        tenant: FileId,
        from: FileId,
    ) -> Result<(), CliErrors> {
        let Some(&named) = library.chain(tenant).first() else {
            return Ok(());
        };
        let (has, wants) = (library.extends(from), library.extends(named));
        if has.is_some() == wants.is_some() {
            return Ok(());
        }
        let name = library.files().get(named).map_or("", SourceFile::name);
        let (file, from) = (disk::shown(&self.file), disk::shown(&self.from));
        let why = match wants {
            Some(_) => "extends another file itself",
            None => "extends nothing",
        };
        let message =
            format!("`{file}` extends `{name}`, which {why}: `{from}` is no edition of it");
        let help = format!("name two editions of `{name}`, or upgrade that file");
        Err(CliError::new(message).help(help).into())
    }

    fn tell(&self, upgraded: &Upgraded, files: &SourceMap, terminal: &mut Terminal) {
        let upgrade = &upgraded.upgrade;
        let (tenant, from, to) = (&self.file, &self.from, &self.to);
        let [tenant, from, to] = [tenant, from, to].map(|path| disk::shown(path));
        terminal.line(&format!("from `{from}` to `{to}`:"));
        match upgrade.changes.is_empty() {
            true => terminal.line("  nothing that a tenant could touch"),
            false => {
                let rows = changes(upgraded, files).into_iter().map(|row| {
                    let place = row.new.or(row.old).unwrap_or_default();
                    cells(row.verb, row.part, row.from, row.to, place)
                });
                let header = ["", "part", "from", "to", "place"];
                terminal.print(&table::plain(header, rows, terminal.width()));
            }
        }
        terminal.line(&format!("\n`{tenant}` overrides:"));
        match upgrade.overrides.is_empty() {
            true => terminal.line("  nothing"),
            false => {
                let needless = |number: usize| upgrade.needless.contains(&number);
                let rows = overrides(upgraded, files).into_iter().enumerate();
                let rows = rows.map(|(number, row)| {
                    let mut place = row.new.unwrap_or_default();
                    if needless(number) {
                        place += " (the new base says so itself)";
                    }
                    cells(row.verb, row.part, row.from, row.to, place)
                });
                let header = ["", "part", "from", "to", "place"];
                terminal.print(&table::plain(header, rows, terminal.width()));
            }
        }
        let collided: std::collections::BTreeSet<usize> =
            upgrade.collisions.iter().map(|pair| pair.mine).collect();
        let summary = match collided.len() {
            0 => "nothing collides".to_owned(),
            1 => "one override collides".to_owned(),
            many => format!("{many} overrides collide"),
        };
        terminal.line(&format!("\n{summary}"));
    }

    /// Writes the tenant's file with another base.
    fn rewrite(&self, library: &Library<'_>, tenant: FileId) -> Result<(), CliErrors> {
        let source = library.files().get(tenant).map_or("", SourceFile::text);
        let place = library.extends(tenant).unwrap_or_default();
        let range = place.start as usize..place.end as usize;
        let mut text = source.to_owned();
        if text.get(range.clone()).is_some() {
            text.replace_range(range, &reference(&self.file, &self.to));
        }
        Ok(disk::write(&self.file, &text)?)
    }
}

/// The errors of the editions themselves.
fn of_bases(library: &Library<'_>, bases: &[FileId]) -> Report {
    let mut report = Report::new();
    for base in bases {
        report.extend(library.load(*base).report);
    }
    report.retain(|found| found.level() == Level::Error);
    report
}

fn cells(
    verb: Verb,
    part: String,
    from: Option<String>,
    to: Option<String>,
    place: String,
) -> [String; 5] {
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    [verb.as_str().to_owned(), part, from, to, place]
}

/// The path from a file's folder to another file, with `/` between folders.
fn reference(from: &Path, to: &Path) -> String {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (from, to) = (real(from), real(to));
    let folder = from.parent().unwrap_or(Path::new(""));
    let path = disk::shown(&disk::from_folder(folder, &to));
    let is_clear = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    match path.chars().all(is_clear) && !path.starts_with('-') {
        true => path,
        false => serde_json::Value::from(path).to_string(),
    }
}

fn shown(span: Option<Span>, files: &SourceMap) -> Option<String> {
    let span = span?;
    let file = files.get(span.file)?;
    Some(format!(
        "{}:{}",
        file.name(),
        file.position(span.start).line
    ))
}

fn changes(upgraded: &Upgraded, files: &SourceMap) -> Vec<Row> {
    let changes = upgraded.upgrade.changes.iter();
    let row = |change: &crate::tenant::upgrade::Change| Row {
        verb: change.verb,
        part: change.path.join("."),
        from: change.from.clone(),
        to: change.to.clone(),
        old: shown(change.old, files),
        new: shown(change.new, files),
    };
    changes.map(row).collect()
}

fn overrides(upgraded: &Upgraded, files: &SourceMap) -> Vec<Row> {
    let overrides = upgraded.upgrade.overrides.iter();
    let row = |done: &crate::tenant::Override| Row {
        verb: done.verb,
        part: done.path.join("."),
        from: done.from.clone(),
        to: done.to.clone(),
        old: shown(done.base, files),
        new: shown(Some(done.place), files),
    };
    overrides.map(row).collect()
}

fn told(upgraded: &Upgraded, wrong: &Report, files: &SourceMap) -> Told {
    let pairs = upgraded.upgrade.collisions.iter();
    let pair = |pair: &crate::tenant::upgrade::Collision| Pair {
        r#override: pair.mine,
        change: pair.theirs,
    };
    Told {
        changes: changes(upgraded, files),
        overrides: overrides(upgraded, files),
        collisions: pairs.map(pair).collect(),
        needless: upgraded.upgrade.needless.clone(),
        errors: wrong.len(),
    }
}
