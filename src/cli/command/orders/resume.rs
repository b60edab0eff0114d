//! `flagstate orders resume`: orders that could not go on.

use super::reach::Reach;
use super::{Place, unknown};
use crate::cli::{CliError, CliErrors, Exit, Terminal};
use crate::runtime::Query;
use crate::runtime::engine::Resumed;

/// How many orders are asked for at once.
const PAGE: usize = 500;

/// Let orders go on that could not, once what was wrong is mended
///
/// An order that cannot be read, or whose deployment is gone, is held up: nothing happens to it, and its timers
/// wait. `flagstate orders query --stuck` tells which are, and why. Each is looked at anew; those that can be read
/// go on, and what is due fires with the next `tick`. A server is asked with a token of the scope `override`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  flagstate orders resume o1 o2
  flagstate orders resume --all

Exit codes:
  0  they go on
  1  one of them still cannot go on, or is not there
  2  wrong usage, or a store that cannot be used")]
pub(super) struct Resume {
    /// The orders
    #[arg(value_name = "ORDER", required_unless_present = "all")]
    orders: Vec<String>,
    /// All of the tenant that are held up
    #[arg(long, conflicts_with = "orders")]
    all: bool,
    #[command(flatten)]
    place: Place,
}

impl Resume {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut reach = self.place.reach()?;
        let mut told = (0, Exit::Clean);
        if self.all {
            let mut after = None;
            let mut is_any = false;
            loop {
                let page = reach.query(&Query {
                    tenant: self.place.tenant().to_owned(),
                    stuck: true,
                    after,
                    limit: Some(PAGE),
                    ..Query::default()
                })?;
                is_any |= !page.orders.is_empty();
                for view in &page.orders {
                    self.resume(&mut reach, &view.order, &mut told, terminal)?;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            if !is_any {
                self.place.doubt(&mut reach, terminal)?;
            }
        }
        for order in &self.orders {
            self.resume(&mut reach, order, &mut told, terminal)?;
        }
        let (resumed, exit) = told;
        terminal.summary(&match resumed {
            1 => "1 order goes on".to_owned(),
            resumed => format!("{resumed} orders go on"),
        });
        Ok(exit)
    }

    fn resume(
        &self,
        reach: &mut Reach,
        order: &str,
        (resumed, exit): &mut (usize, Exit),
        terminal: &mut Terminal,
    ) -> Result<(), CliError> {
        let key = self.place.key(order);
        match reach.resume(&key)? {
            Resumed::Resumed => *resumed += 1,
            Resumed::Going => terminal.note(&format!("`{order}` was not held up")),
            Resumed::Unknown => *exit = unknown(&key, terminal),
            Resumed::Stuck(reason) => {
                let error = format!("`{order}` still cannot go on: {reason}");
                terminal.mistake(&CliError::new(error));
                *exit = Exit::Findings;
            }
        }
        Ok(())
    }
}
