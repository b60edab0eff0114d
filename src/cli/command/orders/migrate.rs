//! `flagstate orders migrate`: a new version under live orders.

use std::path::PathBuf;

use serde_json::json as object;

use super::reach::Reach;
use super::{Format, Place};
use crate::cli::plan::beside;
use crate::cli::terminal::{harmless, on_one_line};
use crate::cli::{CliError, CliErrors, Exit, Terminal, json, open, table};
use crate::context::Actor;
use crate::migrate;
use crate::runtime;
use crate::runtime::engine::{Migration, MigrationReport};
use crate::runtime::store::Standing;
use crate::source::{FileId, SourceFile};

/// Bring orders that are under way to the version that is deployed
///
/// The migration file (`flagstate migrate --init OLD NEW` writes a first one) names both versions; the new
/// one must be deployed already, so that no more orders are made under the old one. Orders come over
/// group by group, each with a step in its journal; of a family of which one order is refused, all stay.
/// Cut short, it is simply begun again. The way back is a migration file like any other. A server brings them over
/// some at a time, and answers others in between; it is asked with a token of the scope `migrate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders deploy shop.v2.yaml
  flagstate orders migrate plan.yaml --dry-run
  flagstate orders migrate plan.yaml

Exit codes:
  0  every order of the old version came over, or would
  1  orders are refused
  2  wrong usage, a plan with errors, or a store that cannot be used")]
pub(super) struct Migrate {
    /// The migration file
    plan: PathBuf,
    /// Write nothing, and tell what would become of the orders
    #[arg(long)]
    dry_run: bool,
    /// Who brings them over, and after a colon the id of the person
    #[arg(long, value_name = "ACTOR[:ID]", default_value = Actor::SYSTEM)]
    actor: String,
    /// How it is told
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

impl Migrate {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let source = open::read(&self.plan)?;
        let mut reach = self.place.reach()?;
        self.compare(&source, &mut reach, terminal)?;
        let migration = Migration {
            tenant: self.place.tenant().to_owned(),
            plan: source.text().to_owned(),
            name: source.name().to_owned(),
            actor: Actor::written(&self.actor),
            dry_run: self.dry_run,
        };
        let mut begin = |orders: u64| terminal.progress(Some(orders), "orders");
        let report = reach.migrate(&migration, &mut begin)?;
        match self.format {
            Format::Json => terminal.line(&json(&as_json(&report))),
            Format::Text => self.tell(&report, terminal),
        }
        Ok(match report.refused.is_empty() {
            true => Exit::Clean,
            false => Exit::Findings,
        })
    }

    /// Fails where the file that the plan comes to is not the one that is deployed: the plan was checked against the
    /// file, and orders come to what is deployed. What is wrong with the plan itself is told later.
    fn compare(
        &self,
        source: &SourceFile,
        reach: &mut Reach,
        terminal: &mut Terminal,
    ) -> Result<(), CliErrors> {
        let (plan, _) = migrate::read(FileId(0), source);
        let Some(to) = plan.map(|plan| plan.to) else {
            return Ok(());
        };
        let (Some(file), Some(workflow)) = (&to.file, &to.workflow) else {
            return Ok(());
        };
        let Some(current) = reach.current(self.place.tenant(), &workflow.value)? else {
            return Ok(());
        };
        let path = beside(&self.plan, &file.value);
        let Ok(opened) = open::open(&path) else {
            terminal.note(&format!(
                "`{}`, which the plan names, cannot be read: it is not compared with what is deployed",
                file.value
            ));
            return Ok(());
        };
        let named = runtime::Deploy {
            tenant: self.place.tenant().to_owned(),
            files: opened.files(),
            settings: current.settings,
        };
        if named.id() == current.id {
            return Ok(());
        }
        let (file, version, name) = (&file.value, current.version, &workflow.value);
        let planned = to.version.as_ref().map(|version| version.value);
        let (message, help) = match planned.filter(|planned| *planned < version) {
            // Deploying that again would make new orders under it.
            Some(planned) => (
                format!(
                    "the plan brings orders to version {planned} of `{name}`, and new ones are made under version {version}"
                ),
                format!(
                    "orders are brought to that: write a plan to version {version} (`flagstate migrate --init OLD NEW`)"
                ),
            ),
            None => (
                format!(
                    "`{file}`, to which the plan brings orders, is not what is deployed: that is version {version} of `{name}`"
                ),
                format!(
                    "deploy it first with `flagstate orders deploy {file}`, or name the file that is deployed"
                ),
            ),
        };
        let error = CliError::new(message);
        Err(error.help(help).into())
    }

    fn tell(&self, report: &MigrationReport, terminal: &mut Terminal) {
        let moved: u64 = report.moved.values().sum();
        if moved > 0 {
            let rows = report.moved.iter();
            let rows = rows.map(|((from, to), n)| [from.clone(), to.clone(), n.to_string()]);
            let text = table::plain(["from", "to", "orders"], rows, terminal.width());
            terminal.print(&text);
            terminal.print(&harmless(&report.fates.to_string()));
        }
        for (order, reasons) in &report.refused {
            let reasons = reasons.join("; ");
            terminal.line(&on_one_line(&format!("`{order}` is refused: {reasons}")));
        }
        let came = match self.dry_run {
            true => "would come over",
            false => "came over",
        };
        let refused = report.refused.len();
        terminal.line(&format!("{moved} {came}, {refused} refused"));
    }
}

fn as_json(report: &MigrationReport) -> serde_json::Value {
    let standings = |standings: &[Standing]| {
        let standings = standings.iter().map(|standing| {
            object!({
                "deployment": standing.deployment,
                "status": standing.status,
                "orders": standing.count,
            })
        });
        standings.collect::<Vec<_>>()
    };
    let moved = report.moved.iter();
    let moved = moved.map(|((from, to), n)| object!({ "from": from, "to": to, "orders": n }));
    let fates = report.fates.rows();
    object!({
        "moved": moved.collect::<Vec<_>>(),
        "timers": fates.timers,
        "events": fates.events,
        "effects": fates.effects,
        "refused": report.refused,
        "before": standings(&report.before),
        "after": standings(&report.after),
    })
}
