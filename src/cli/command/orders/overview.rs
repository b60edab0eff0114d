//! `flagstate orders deployments` and `tenants`: what a store holds.

use super::{Format, Place, failed, for_whom};
use crate::cli::{CliErrors, Exit, Terminal, json, store, table};
use crate::runtime::engine::DeploymentView;

/// Show what is deployed, and how many orders stand under each version
///
/// Each workflow with every version of it that was ever deployed: new orders are made under the one that is current,
/// and those that are under way stay under theirs until `flagstate orders migrate` brings them over.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders deployments
  flagstate orders deployments --workflow shop --statuses
  flagstate orders deployments --format json | jq '.[] | select(.current | not) | select(.orders.under_way > 0)'")]
pub(super) struct Deployments {
    /// Of this workflow
    #[arg(long, value_name = "WORKFLOW")]
    workflow: Option<String>,
    /// Show how many orders have each status too; JSON always tells it
    #[arg(long)]
    statuses: bool,
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

/// Show whose orders a store holds, and how many
#[derive(Debug, clap::Args)]
pub(super) struct Tenants {
    /// How they are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// The store: `sqlite:PATH` or `postgresql://USER@HOST/DATABASE`
    #[arg(
        long,
        value_name = "STORE",
        env = "FLAGSTATE_STORE",
        hide_env_values = true
    )]
    store: String,
}

impl Deployments {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut reach = self.place.reach_to_read()?;
        let mut found = reach.deployments(self.place.tenant())?;
        // Of which workflow orders are whose deployment is not there, nobody knows.
        let is_meant = |view: &DeploymentView| match (&self.workflow, &view.workflow) {
            (Some(wanted), Some(workflow)) => wanted == workflow,
            (None, _) | (_, None) => true,
        };
        found.retain(is_meant);
        if found.is_empty() {
            let what = match &self.workflow {
                Some(workflow) => format!("no workflow `{workflow}`"),
                None => "no workflow".to_owned(),
            };
            let whose = for_whom(self.place.known());
            terminal.note(&format!("{what} is deployed{whose}"));
        }
        match self.format {
            Format::Json => terminal.line(&json(&found)),
            Format::Text => self.tell(&found, terminal),
        }
        Ok(Exit::Clean)
    }

    fn tell(&self, found: &[DeploymentView], terminal: &mut Terminal) {
        if found.is_empty() {
            return;
        }
        let rows = found.iter().map(row);
        let header = [
            "workflow",
            "version",
            "deployment",
            "deployed",
            "current",
            "under way",
            "ended",
            "stuck",
            "settings",
        ];
        let text = table::plain(header, rows, terminal.width());
        terminal.print(&text);
        if self.statuses {
            let rows = found.iter().flat_map(by_status);
            let header = [
                "workflow",
                "version",
                "deployment",
                "status",
                "orders",
                "stuck",
            ];
            let text = table::plain(header, rows, terminal.width());
            terminal.print(&format!("\n{text}"));
        }
        let is_there = |view: &&DeploymentView| view.deployed_at.is_some();
        let missing: u64 = found
            .iter()
            .filter(|view| !is_there(view))
            .map(|view| view.orders.under_way)
            .sum();
        if missing > 0 {
            let orders = super::count(missing, "order");
            terminal.summary(&format!(
                "{orders} under way under what is not there: deploy the same file with the same settings again"
            ));
        }
        let left = found.iter().filter(is_there);
        let left: Vec<_> = left.filter(|view| view.is_left()).collect();
        let orders: u64 = left.iter().map(|view| view.orders.under_way).sum();
        let versions = match left.len() {
            0 => return,
            1 => "a version that is not current".to_owned(),
            count => format!("{count} versions that are not current"),
        };
        let orders = super::count(orders, "order");
        terminal.summary(&format!(
            "{orders} under way under {versions}: `flagstate orders migrate` brings them over"
        ));
    }
}

fn row(view: &DeploymentView) -> [String; 9] {
    let settings = view.settings.iter().map(|(name, value)| {
        let value = super::plain(value);
        format!("{name}={value}")
    });
    let current = if view.current { "yes" } else { "" };
    let [workflow, version, deployment] = named(view);
    [
        workflow,
        version,
        deployment,
        view.deployed_at.as_deref().map_or(String::new(), second),
        current.to_owned(),
        view.orders.under_way.to_string(),
        view.orders.ended.to_string(),
        view.orders.stuck.to_string(),
        settings.collect::<Vec<_>>().join(" "),
    ]
}

/// An instant without the part of a second.
fn second(at: &str) -> String {
    let whole = at.split_once('.');
    whole.map_or(at.to_owned(), |(whole, _)| format!("{whole}Z"))
}

fn by_status(view: &DeploymentView) -> impl Iterator<Item = [String; 6]> {
    view.statuses.iter().map(|status| {
        let [workflow, version, deployment] = named(view);
        [
            workflow,
            version,
            deployment,
            status.status.clone(),
            status.orders.to_string(),
            status.stuck.to_string(),
        ]
    })
}

/// The workflow, the version and the beginning of the id, which says enough.
fn named(view: &DeploymentView) -> [String; 3] {
    let short = super::short(&view.deployment);
    match (&view.workflow, view.version) {
        (Some(workflow), Some(version)) => [workflow.clone(), version.to_string(), short],
        _ => ["(not there)".to_owned(), String::new(), short],
    }
}

impl Tenants {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = store::open_to_read(&self.store)?;
        let found = engine.tenants().map_err(|error| failed(&error))?;
        if self.format == Format::Json {
            terminal.line(&json(&found));
            return Ok(Exit::Clean);
        }
        let rows = found.iter().map(|view| {
            let (orders, deployments) = (&view.orders, view.deployments);
            [
                view.tenant.clone(),
                deployments.to_string(),
                orders.under_way.to_string(),
                orders.ended.to_string(),
                orders.stuck.to_string(),
            ]
        });
        let header = ["tenant", "deployments", "under way", "ended", "stuck"];
        let text = table::plain(header, rows, terminal.width());
        match found.is_empty() {
            true => terminal.note("the store holds nothing yet"),
            false => terminal.print(&text),
        }
        Ok(Exit::Clean)
    }
}
