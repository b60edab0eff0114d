//! An order made again from its journal.
//!
//! In: the rows of a journal from the first on, and the deployments that they name. Out: the order as it
//! stood after the last of them, or the first step that does not come out as it was written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::record::{CauseForm, FORMAT, Record};
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Instance, Site, StepRecord};
use crate::interpret;
use crate::runtime::row::JournalRow;
use crate::time::{Instant, parse_instant};

/// Why an order could not be made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {sequence}: {problem}")]
pub struct ReplayError {
    /// Which step.
    pub sequence: u64,
    /// What is wrong.
    pub problem: String,
}

/// Makes an order again. `under` gives the workflow and the site of a deployment, or why it cannot be
/// had. Rows that several timers of one instant left behind must not be cut apart.
///
/// # Errors
/// The first step that cannot be read or that does not come out as it was written.
pub fn replay(
    rows: &[JournalRow],
    mut under: impl FnMut(&str) -> Result<(Arc<Workflow>, Arc<Site>), String>,
) -> Result<Option<Instance>, ReplayError> {
    let mut order: Option<Instance> = None;
    let mut made: VecDeque<StepRecord> = VecDeque::new();
    for row in rows {
        let fail = |problem: String| ReplayError {
            sequence: row.sequence,
            problem,
        };
        let written = read(row).map_err(fail)?;
        let (workflow, site) = under(&written.deployment).map_err(fail)?;
        if let (CauseForm::Imported { order: given }, None) = (&written.cause, &order) {
            let under = &written.deployment;
            let imported = Record::imported(&workflow, under, given, &written.actor());
            let (record, stands) = imported.map_err(|problems| fail(problems.join("; ")))?;
            if record != written {
                return Err(fail("it does not come out as it was written".to_owned()));
            }
            order = Some(stands);
            continue;
        }
        if made.is_empty() {
            let (after, records) =
                again(&workflow, &site, order.as_ref(), &written).map_err(fail)?;
            order = Some(after);
            made.extend(records);
        }
        let given = match &written.cause {
            CauseForm::Created { context } => context.clone(),
            _ => BTreeMap::new(),
        };
        let come_out = made
            .pop_front()
            .map(|record| Record::of(&workflow, &written.deployment, &record, &given));
        if come_out.as_ref() != Some(&written) {
            return Err(fail("it does not come out as it was written".to_owned()));
        }
    }
    Ok(order)
}

/// Reads a row.
pub(in crate::runtime) fn read(row: &JournalRow) -> Result<Record, String> {
    let record: Record = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
    if record.record != FORMAT {
        let form = record.record;
        return Err(format!(
            "the form `{form}` of steps is not read: it is {FORMAT}"
        ));
    }
    Ok(record)
}

/// Does again what a step did, with the timers of that instant.
fn again(
    workflow: &Workflow,
    site: &Site,
    before: Option<&Instance>,
    written: &Record,
) -> Result<(Instance, Vec<StepRecord>), String> {
    let at: Instant = parse_instant(&written.at).map_err(|error| error.to_string())?;
    let actor = written.actor();
    match (&written.cause, before) {
        (CauseForm::Created { context }, None) => {
            let created = interpret::create(workflow, site, context, &actor, at);
            let created = created.map_err(|refusal| refusal.to_string())?;
            let mut record = created.record;
            record.event_id.clone_from(&written.event_id);
            Ok((created.instance, vec![record]))
        }
        (cause, Some(before)) => {
            let kind = cause.event().ok_or("its cause cannot be read")?;
            let event = match kind {
                EventKind::Tick => Event::tick(),
                kind => Event {
                    id: written.event_id.clone(),
                    actor,
                    kind,
                },
            };
            let outcome = interpret::step(workflow, site, before, &event, at);
            Ok((outcome.instance, outcome.records))
        }
        (_, None) => Err("the order does not begin with it".to_owned()),
    }
}
