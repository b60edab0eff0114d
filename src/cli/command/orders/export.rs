//! `flagstate orders export`: orders for another store.

use super::{Place, failed};
use crate::cli::{CliError, CliErrors, Exit, Terminal};

/// Write all orders of a tenant as JSON lines, for `orders import` or `flagstate migrate`
///
/// Each line is an order as it stands (`flagstate schema instance`), those that belong to another behind it. A
/// line has no journal, no answers to events and no effects that wait: a copy of the store has all of that. Orders
/// that move meanwhile are told as they stood when they were read: for families that fit together, export from a
/// store that nobody writes to, such as a copy. Values of persons are written like all others.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders export --store sqlite:orders.db --tenant acme > orders.jsonl
  flagstate orders import orders.jsonl --store postgresql://localhost/orders --tenant acme
  flagstate orders export | flagstate migrate plan.yaml --dry-run -")]
pub(super) struct Export {
    #[command(flatten)]
    place: Place,
}

impl Export {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = self.place.open_to_read()?;
        let tenant = self.place.tenant();
        let deployments = engine.store().deployments(tenant);
        if deployments.map_err(|error| failed(&error))?.is_empty() {
            return Err(self.place.no_tenant().into());
        }
        let count = engine.count(tenant).map_err(|error| failed(&error))?;
        let progress = terminal.progress(Some(count), "orders");
        let (mut after, mut unreadable) = (None, false);
        loop {
            let page = engine.export(tenant, after.as_deref());
            let page = page.map_err(|error| failed(&error))?;
            progress.advance(page.orders.len() as u64);
            let mut lines = String::new();
            for order in page.orders {
                match order {
                    Ok(order) => {
                        lines += &serde_json::to_string(&order).unwrap_or_default();
                        lines.push('\n');
                    }
                    Err(error) => {
                        unreadable = true;
                        let error = CliError::new(error.to_string());
                        progress.aside(|| terminal.error(&error));
                    }
                }
            }
            progress.aside(|| terminal.print(&lines));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        progress.finish();
        Ok(match unreadable {
            true => Exit::Findings,
            false => Exit::Clean,
        })
    }
}
