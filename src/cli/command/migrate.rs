//! `flagstate migrate`: orders of one version brought to another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::diff::Both;
use crate::cli::disk::Disk;
use crate::cli::moved::Account;
use crate::cli::objects::{Object, objects};
use crate::cli::{CliError, CliErrors, Exit, Terminal, disk, given, open, plan};
use crate::graph::Workflow;
use crate::instance::{Site, Stored};
use crate::load::Library;
use crate::migrate::{self, Migrated, Plan, PlanFile, Sites};
use crate::time::Instant;

/// Bring orders of one version of a workflow to another, by a plan
///
/// A plan says where orders of the old version come to stand, what becomes of their timers, of events that
/// wait for their time and of their values, and which obligations (stock, revenue, a contract) they keep
/// or let go. Without orders, only the plan is checked: each state that can hold orders has a place from
/// which an end can be reached, and nothing is left to chance. With `--dry-run`, counts are printed and
/// every order that would be refused, with its reasons; without it the orders are written to `--out`, all
/// of them or none.
///
/// Orders are JSON lines, described by `flagstate schema instance`; the least is `{"instance": 1,
/// "workflow": "shop", "version": 1, "states": ["booked"], "updated_at": "2026-01-05T09:00:00Z"}`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate migrate --init old.yaml new.yaml -o plan.yaml     a first plan, with what to decide
  flagstate migrate plan.yaml                                 check the plan
  flagstate migrate plan.yaml --dry-run orders.jsonl          what would become of these orders
  flagstate migrate plan.yaml orders.jsonl --out moved.jsonl
  flagstate migrate plan.yaml --dry-run orders.jsonl --format json | jq '.refused'

Exit codes:
  0  the plan is complete, and every order comes over
  1  the plan or a version has errors, or an order is refused: nothing was written
  2  wrong usage, or a file that cannot be read or written")]
pub(in crate::cli) struct Migrate {
    /// The plan; with `--init` the old version
    #[arg(value_name = "PLAN")]
    first: PathBuf,
    /// The orders, JSON lines, or `-` for standard input; with `--init` the new version
    #[arg(value_name = "ORDERS")]
    second: Option<PathBuf>,
    /// Write a first plan for two versions
    #[arg(long, requires = "second", conflicts_with_all = ["dry_run", "from", "to", "set", "at"])]
    init: bool,
    /// Tell what would become of the orders, and write nothing
    #[arg(long, requires = "second")]
    dry_run: bool,
    /// Where the orders, or with `--init` the plan, are written
    #[arg(
        long,
        short,
        value_name = "FILE",
        visible_alias = "output",
        conflicts_with = "dry_run"
    )]
    out: Option<PathBuf>,
    /// Replace the file that is written to
    #[arg(long, requires = "out", conflicts_with = "dry_run")]
    force: bool,
    /// The old version, where the plan does not name its file, or names another
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// The new version, likewise
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Give a setting another value than its default, in both versions; orders may bring their own
    #[arg(long, value_name = "SETTING=VALUE", value_parser = given::setting)]
    set: Vec<(String, String)>,
    /// When the orders are brought over: timers that begin anew count from then
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = given::instant)]
    at: Instant,
    /// How the account is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Counts, and every order that is refused
    Text,
    /// One JSON object, described by `flagstate schema migrated`
    Json,
}

impl Migrate {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        match (&self.second, self.init) {
            (Some(second), true) => self.first_plan(second, terminal),
            (orders, _) => self.by_plan(orders.as_deref(), terminal),
        }
    }

    /// Writes a first plan.
    fn first_plan(&self, new: &Path, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let (before, after) = (open::read(&self.first)?, open::read(new)?);
        let Some(both) = Both::of(Library::new(&Disk), before, after, terminal) else {
            return Ok(Exit::Findings);
        };
        // The plan names its versions from where it will be.
        let folder = self.out.as_deref().and_then(Path::parent);
        let name = |path: &Path| match folder {
            Some(folder) if path.is_relative() => disk::shown(&disk::from_folder(folder, path)),
            _ => disk::shown(path),
        };
        let text = migrate::init((&both.old, &name(&self.first)), (&both.new, &name(new)));
        match &self.out {
            Some(path) => disk::write_draft(path, &text, self.force)?,
            None => terminal.print(&text),
        }
        Ok(Exit::Clean)
    }

    fn by_plan(&self, orders: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let source = open::read(&self.first)?;
        let mut library = Library::new(&Disk);
        let number = library.add_other(source.clone());
        let (file, mut report) = migrate::read(number, &source);
        let Some(file) = file else {
            terminal.findings(&report, library.files());
            return Ok(Exit::Findings);
        };
        let (from, to) = match (self.end(&file, true), self.end(&file, false)) {
            (Ok(from), Ok(to)) => (open::read(&from)?, open::read(&to)?),
            // What cannot be read of the plan may be what names the files.
            _ if report.has_errors() => {
                terminal.findings(&report, library.files());
                return Ok(Exit::Findings);
            }
            (Err(error), _) | (_, Err(error)) => return Err(error.into()),
        };
        let Some(both) = Both::of(library, from, to, terminal) else {
            return Ok(Exit::Findings);
        };
        let plan = (!report.has_errors()).then(|| {
            let (plan, found) = migrate::check(&file, &both.old, &both.new);
            report.extend(found);
            report = migrate::suppress(std::mem::take(&mut report), number, &source);
            plan
        });
        terminal.findings(&report, &both.sources);
        let Some(plan) = plan.filter(|_| !report.has_errors()) else {
            return Ok(Exit::Findings);
        };
        match orders {
            Some(orders) => self.bring(&plan, orders, terminal),
            None => {
                terminal.note("the plan is complete");
                Ok(Exit::Clean)
            }
        }
    }

    /// The file of a version: that of the command line, else that of the plan, from where the plan is.
    fn end(&self, file: &PlanFile, old: bool) -> Result<PathBuf, CliError> {
        let (given, end, word) = match old {
            true => (&self.from, &file.from, "from"),
            false => (&self.to, &file.to, "to"),
        };
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let Some(named) = &end.file else {
            let error = CliError::new(format!("the plan does not name the file it is {word}"));
            return Err(error.help(format!(
                "write `file:` under `{word}:`, or give `--{word} FILE`"
            )));
        };
        Ok(plan::beside(&self.first, &named.value))
    }

    /// Brings every order over, or tells what would become of it.
    fn bring(
        &self,
        plan: &Plan<'_>,
        orders: &Path,
        terminal: &mut Terminal,
    ) -> Result<Exit, CliErrors> {
        if !self.dry_run && self.out.is_none() {
            let error = CliError::new("nothing says where the orders are written");
            return Err(error
                .help("give `--out FILE`, or `--dry-run` to write nothing")
                .into());
        }
        let bound = Bound::of(plan, &self.set)?;
        let draft = self.out.as_deref();
        let mut draft = draft
            .map(|path| disk::Draft::new(path, self.force))
            .transpose()?;
        let mut account = Account::default();
        let mut lines = BTreeMap::new();
        for object in objects(orders)? {
            let Object { line, text, .. } = object?;
            let brought = one(plan, &bound, &text, self.at);
            let id = match &brought {
                Ok((stored, _)) => stored.id.as_ref(),
                Err((id, _)) => id.as_ref(),
            };
            let earlier = id.and_then(|id| lines.insert(id.clone(), line));
            let again =
                earlier.map(|at| vec![format!("an order of this id stands in line {at} already")]);
            match brought {
                Ok((stored, _)) if let Some(again) = again => {
                    account.refuse(line, stored.id, again);
                }
                Ok((stored, moved)) => {
                    if let Some(draft) = &mut draft {
                        draft.line(&serde_json::to_string(&stored).unwrap_or_default())?;
                    }
                    account.add(line, stored.id, moved);
                }
                Err((id, reasons)) => account.refuse(line, id, reasons),
            }
        }
        let refused = account.is_refused();
        match self.format {
            Format::Text => {
                terminal.print(&crate::cli::terminal::harmless(&account.text(self.dry_run)));
            }
            Format::Json => terminal.line(&crate::cli::json(&account.json())),
        }
        match draft {
            Some(draft) if !refused => draft.keep()?,
            _ => {}
        }
        Ok(match refused {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }
}

/// The settings of the command line, bound in both versions.
struct Bound {
    old: BTreeMap<String, Json>,
    new: BTreeMap<String, Json>,
}

impl Bound {
    fn of(plan: &Plan<'_>, set: &[(String, String)]) -> Result<Self, CliErrors> {
        let known = |workflow: &Workflow, name: &str| {
            workflow
                .settings
                .rows()
                .iter()
                .any(|setting| setting.name == name)
        };
        for (name, _) in set {
            if !known(plan.old, name) && !known(plan.new, name) {
                let error = CliError::new(format!("neither version has a setting `{name}`"));
                return Err(error.into());
            }
        }
        let typed = |workflow: &Workflow| {
            let set = set.iter().filter(|(name, _)| known(workflow, name));
            given::settings(workflow, set)
        };
        let bound = Self {
            old: typed(plan.old)?,
            new: typed(plan.new)?,
        };
        // What does not fit is told once, and not with every order.
        for (workflow, given) in [(plan.old, &bound.old), (plan.new, &bound.new)] {
            site(workflow, given)
                .map_err(|problems| CliErrors(problems.into_iter().map(CliError::new).collect()))?;
        }
        Ok(bound)
    }
}

fn site(workflow: &Workflow, given: &BTreeMap<String, Json>) -> Result<Site, Vec<String>> {
    Site::new(workflow, given).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

type RefusedLine = (Option<String>, Vec<String>);

/// Brings the order of a line over.
fn one(
    plan: &Plan<'_>,
    bound: &Bound,
    text: &str,
    at: Instant,
) -> Result<(Stored, Migrated), RefusedLine> {
    let stored = given::order(text)
        .map_err(|problem| (None, vec![format!("the line is no order: {problem}")]))?;
    let id = stored.id.clone();
    let fail = |reasons: Vec<String>| (id.clone(), reasons);
    let instance = stored.read(plan.old).map_err(fail)?;
    let (mut old, mut new) = (bound.old.clone(), bound.new.clone());
    let mut kept = serde_json::Map::new();
    for (name, value) in &stored.settings {
        old.insert(name.clone(), value.clone());
        // What the new version does not let sites choose any longer, they do not choose.
        if plan
            .new
            .settings
            .rows()
            .iter()
            .any(|setting| setting.name == *name)
        {
            new.insert(name.clone(), value.clone());
            kept.insert(name.clone(), value.clone());
        }
    }
    let (old, new) = (
        site(plan.old, &old).map_err(fail)?,
        site(plan.new, &new).map_err(fail)?,
    );
    let sites = Sites {
        old: &old,
        new: &new,
    };
    let migrated = migrate::apply(plan, sites, &instance, at)
        .map_err(|refused| fail(refused.iter().map(ToString::to_string).collect()))?;
    let after = Stored {
        id,
        parent: stored.parent,
        settings: kept,
        ..Stored::of(plan.new, &migrated.instance)
    };
    Ok((after, migrated))
}
