//! `flagstate orders verify`: whether journals and orders are what was written.

use super::{Place, failed};
use crate::cli::progress::Progress;
use crate::cli::store::AnyEngine;
use crate::cli::{CliError, CliErrors, Exit, Terminal};
use crate::runtime::{OrderKey, Store as _, Tampered};

/// How many orders are looked up at once.
const PAGE: usize = 1_000;

/// Find out whether journals were tampered with
///
/// The hashes of every journal are followed, and each order is made again from its journal and compared
/// with how it stands. The first row of an order that is not what was written is named. Where all orders
/// are asked for, so is what is there of orders that are gone.
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// The order; all orders of all tenants where none is named
    order: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Verify {
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<Exit, CliErrors> {
        let mut engine = self.place.open_to_read()?;
        let (mut orders, mut steps, mut wrong) = (0_u64, 0_u64, 0_u64);
        let mut after: Option<OrderKey> = None;
        let progress = terminal.progress(None, "orders");
        loop {
            let keys = match &self.order {
                Some(order) => vec![self.place.key(order)],
                None => engine
                    .store()
                    .keys(after.as_ref(), PAGE)
                    .map_err(|error| failed(&error))?,
            };
            for key in &keys {
                match engine.verify(key).map_err(|error| failed(&error))? {
                    Some(Ok(verified)) => {
                        orders += verified.orders;
                        steps += verified.steps;
                    }
                    Some(Err(tampered)) => {
                        wrong += 1;
                        let error = CliError::new(tampered.to_string());
                        progress.aside(|| terminal.mistake(&error));
                    }
                    None if self.order.is_some() => return Ok(super::unknown(key, terminal)),
                    None => {}
                }
                progress.advance(1);
            }
            after = keys.last().cloned();
            if self.order.is_some() || keys.len() < PAGE {
                break;
            }
        }
        if self.order.is_none() {
            wrong += orphans(&mut engine, (&progress, terminal))?;
        }
        progress.finish();
        if wrong > 0 {
            terminal.summary(&format!(
                "{wrong} of {} orders are not what was written",
                orders + wrong
            ));
            return Ok(Exit::Findings);
        }
        let counted = |count: u64, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let (orders, steps) = (counted(orders, "order"), counted(steps, "step"));
        terminal.line(&format!("as written: {orders} with {steps}"));
        Ok(Exit::Clean)
    }
}

/// Tells of orders that are gone while something of them is there; how many they are.
fn orphans(
    engine: &mut AnyEngine,
    (progress, terminal): (&Progress, &mut Terminal),
) -> Result<u64, CliError> {
    let mut count = 0;
    let mut after: Option<OrderKey> = None;
    loop {
        let found = engine.store().orphans(after.as_ref(), PAGE);
        let found = found.map_err(|error| failed(&error))?;
        let Some(last) = found.last() else {
            return Ok(count);
        };
        after = Some(last.key.clone());
        for orphan in found {
            count += 1;
            let error = CliError::new(Tampered::from(orphan).to_string());
            progress.aside(|| terminal.mistake(&error));
        }
    }
}
