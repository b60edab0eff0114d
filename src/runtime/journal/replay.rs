//! An order made again from its journal.
//!
//! In: the rows of a journal from the first on, and the deployments that they name. Out: the order as it
//! stood after the last of them, or the first step that does not come out as it was written.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::form::{CauseForm, FORMAT, Record};
use super::personal;
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Instance, Site};
use crate::interpret;
use crate::migrate::{self, Sites};
use crate::runtime::row::JournalRow;
use crate::source::{FileId, SourceFile};
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

/// What a journal names without saying it.
pub trait Named {
    /// The workflow and the site of a deployment; the error is a sentence.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn deployment(&mut self, id: &str) -> Result<(Arc<Workflow>, Arc<Site>), String>;

    /// The text of a plan; the error is a sentence.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn plan(&mut self, id: &str) -> Result<String, String>;
}

/// Makes an order again. Rows that several timers of one instant left behind must not be cut apart.
///
/// # Errors
/// The first step that cannot be read or that does not come out as it was written.
pub fn replay(rows: &[JournalRow], named: &mut dyn Named) -> Result<Option<Instance>, ReplayError> {
    let mut order: Option<Instance> = None;
    let mut made: VecDeque<Record> = VecDeque::new();
    for row in rows {
        let fail = |problem: String| ReplayError {
            sequence: row.sequence,
            problem,
        };
        let written = read(row).map_err(fail)?;
        if made.is_empty() {
            let made_again = again((&written, row), order.as_ref(), named);
            let (after, records) = made_again.map_err(fail)?;
            order = Some(after);
            made.extend(records);
        }
        let again = made.pop_front();
        if !again.is_some_and(|again| personal::same(&again, &written)) {
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
    (written, row): (&Record, &JournalRow),
    before: Option<&Instance>,
    named: &mut dyn Named,
) -> Result<(Instance, Vec<Record>), String> {
    let at: Instant = parse_instant(&written.at).map_err(|error| error.to_string())?;
    let (actor, id) = (written.actor(), &written.deployment);
    let (workflow, site) = named.deployment(id)?;
    let told = personal::put_back(written, &workflow, row.personal.as_deref())?;
    let apart = |record: &Record| personal::set_apart(record, &workflow).0.into_owned();
    let nothing = BTreeMap::new();
    match (&told.cause, before) {
        (CauseForm::Created { context, parent }, None) => {
            let created = interpret::create(&workflow, &site, context, &actor, at);
            let created = created.map_err(|refusal| refusal.to_string())?;
            let mut record = created.record;
            record.event_id.clone_from(&written.event_id);
            let record = Record::of(&workflow, id, &record, context).within(parent.clone());
            Ok((created.instance, vec![apart(&record)]))
        }
        (CauseForm::Imported { order }, None) => {
            let imported = Record::imported(&workflow, id, order, &actor);
            let (record, order) = imported.map_err(|problems| problems.join("; "))?;
            Ok((order, vec![apart(&record)]))
        }
        (CauseForm::Migrated { .. }, Some(before)) => {
            let (record, after) =
                migrated(written, (&told.cause, before), (&workflow, &site), named)?;
            Ok((after, vec![apart(&record)]))
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
            let outcome = interpret::step(&workflow, &site, before, &event, at);
            let records = outcome.records.iter();
            let records = records.map(|record| apart(&Record::of(&workflow, id, record, &nothing)));
            Ok((outcome.instance, records.collect()))
        }
        (_, None) => Err("the order does not begin with it".to_owned()),
    }
}

/// Brings an order over again.
fn migrated(
    written: &Record,
    (cause, before): (&CauseForm, &Instance),
    (workflow, site): (&Workflow, &Site),
    named: &mut dyn Named,
) -> Result<(Record, Instance), String> {
    let CauseForm::Migrated {
        from,
        plan,
        children,
        ..
    } = cause
    else {
        return Err("it is no migration".to_owned());
    };
    let at = parse_instant(&written.at).map_err(|error| error.to_string())?;
    let (old, old_site) = named.deployment(from)?;
    let source = SourceFile::new("migration.yaml", named.plan(plan)?);
    let (file, _) = migrate::read(FileId(0), &source);
    let file = file.ok_or("its plan cannot be read")?;
    let plan = migrate::resolved(&file, &old, workflow);
    let sites = Sites {
        old: &old_site,
        new: site,
    };
    let migrated = migrate::apply_counted(&plan, sites, (before, children), at);
    let migrated = migrated.map_err(|_| "its plan refuses the order")?;
    let made = (&plan, written.cause.clone());
    let who = (&written.actor(), at);
    let (mut record, after) = Record::migrated(made, &written.deployment, (before, migrated), who);
    // Earlier versions did not write down which values were others.
    if written.context.is_empty() {
        record.context.clear();
    }
    Ok((record, after))
}
