//! Orders made again from their journals, as they stood at any time, and compared with how they stand.
//!
//! In: keys and instants. Out: orders, or the first thing that is not what was written.

use std::sync::Arc;

use super::{Engine, EngineError, Undeployed};
use crate::graph::Workflow;
use crate::instance::{Site, Stored};
use crate::runtime::journal::{self, Record, START};
use crate::runtime::row::{JournalRow, OrderKey, OrderRow, Orphan, Parent};
use crate::runtime::store::{Store, StoreError};
use crate::time::{Instant, format_instant, parse_instant};

/// How many rows of a journal are read at once.
const PAGE: usize = 1_000;

/// That the outermost order of a family is another for one of it.
const OUTERMOST: &str = "what is looked up of it (its outermost order) is not that of its parent";

/// What a verification has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many orders.
    pub orders: u64,
    /// How many steps.
    pub steps: u64,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Tampered {
    /// A row of a journal is not what was written.
    #[error(transparent)]
    Journal(#[from] journal::Broken),
    /// The order is not what its journal makes of it.
    #[error("`{key}`: {problem}")]
    Order {
        /// Which order.
        key: OrderKey,
        /// What is wrong.
        problem: String,
    },
}

impl<S: Store> Engine<S> {
    pub(super) fn whole_journal(&mut self, key: &OrderKey) -> Result<Vec<JournalRow>, StoreError> {
        let mut rows: Vec<JournalRow> = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row| row.sequence);
            let page = self.store.journal(key, after, PAGE)?;
            let is_last = page.len() < PAGE;
            rows.extend(page);
            if is_last {
                return Ok(rows);
            }
        }
    }

    /// An order as it stood at a time, made again from its journal; `None` where there was none yet.
    ///
    /// # Errors
    /// When the journal cannot be read or does not make the order again, or the store fails.
    pub fn as_of(&mut self, key: &OrderKey, at: Instant) -> Result<Option<Stored>, EngineError> {
        let mut rows = self.whole_journal(key)?;
        let problem = |problem: String| EngineError::Order {
            key: key.clone(),
            problem,
        };
        let mut until = 0;
        let mut is_blind = false;
        for row in &rows {
            let record = journal::read(row).map_err(problem)?;
            let made_at = parse_instant(&record.at).map_err(|error| problem(error.to_string()))?;
            if made_at > at {
                break;
            }
            until += 1;
            is_blind = (is_blind || journal::is_erased(row)) && !record.erases();
        }
        rows.truncate(until);
        let mut then = self.again(key, &rows)?;
        if let (true, Some(then)) = (is_blind, &mut then) {
            self.forget(key, &rows, then)?;
        }
        Ok(then)
    }

    /// Takes out what stands in for personal values that were erased since.
    fn forget(
        &mut self,
        key: &OrderKey,
        rows: &[JournalRow],
        then: &mut Stored,
    ) -> Result<(), EngineError> {
        let problem = |problem: String| EngineError::Order {
            key: key.clone(),
            problem,
        };
        let Some(last) = rows.last() else {
            return Ok(());
        };
        let last = journal::read(last).map_err(problem)?;
        match self.deployment(&key.tenant, &last.deployment) {
            Ok(deployed) => {
                let fields = deployed.workflow.fields.rows().iter();
                for field in fields.filter(|field| field.personal) {
                    then.context.remove(&field.name);
                }
                Ok(())
            }
            Err(Undeployed::Store(error)) => Err(error.into()),
            Err(Undeployed::Problem(found)) => Err(problem(found)),
        }
    }

    /// The order that its journal makes, in the form in which orders are stored.
    fn again(
        &mut self,
        key: &OrderKey,
        rows: &[JournalRow],
    ) -> Result<Option<Stored>, EngineError> {
        let mut names = Names {
            engine: self,
            tenant: &key.tenant,
            failed: None,
        };
        let order = journal::replay(rows, &mut names);
        if let Some(error) = names.failed {
            return Err(EngineError::Store(error));
        }
        let problem = |problem: String| EngineError::Order {
            key: key.clone(),
            problem,
        };
        let Some(order) = order.map_err(|error| problem(error.to_string()))? else {
            return Ok(None);
        };
        let Some(last) = rows.last() else {
            return Ok(None);
        };
        let last = journal::read(last).map_err(problem)?;
        let deployed = match self.deployment(&key.tenant, &last.deployment) {
            Ok(deployed) => deployed,
            Err(Undeployed::Store(error)) => return Err(error.into()),
            Err(Undeployed::Problem(found)) => return Err(problem(found)),
        };
        Ok(Some(Stored {
            id: Some(key.order.clone()),
            settings: deployed.settings.clone(),
            ..Stored::of(&deployed.workflow, &order)
        }))
    }

    /// What the row of an order says otherwise than its text and its journal.
    fn differs(
        &mut self,
        row: &OrderRow,
        rows: &[JournalRow],
        stands: Option<&Stored>,
    ) -> Result<Option<String>, StoreError> {
        let record = |row: Option<&JournalRow>| row.and_then(|row| journal::read(row).ok());
        let (first, last) = (record(rows.first()), record(rows.last()));
        let (Some(first), Some(last), Some(stands)) = (first, last, stands) else {
            return Ok(Some("its journal cannot be read".to_owned()));
        };
        if last.deployment != row.deployment {
            return Ok(Some(
                "it runs under another deployment than its journal says".to_owned(),
            ));
        }
        let deployed = match self.deployment_of(row)? {
            Ok(deployed) => deployed,
            Err(problem) => return Ok(Some(problem)),
        };
        let workflow = &deployed.workflow;
        let Ok(instance) = stands.read(workflow) else {
            return Ok(Some("its text cannot be read".to_owned()));
        };
        let said = [
            ("status", row.status == instance.status(workflow)),
            ("end", row.done == instance.is_done(workflow)),
            ("next timer", row.next_due == instance.next_due()),
            ("last step", row.updated_at == instance.updated_at),
            ("creation", format_instant(row.created_at) == first.at),
        ];
        let wrong = said.iter().find(|(_, is_so)| !is_so);
        let wrong = wrong.map(|(what, _)| {
            format!("what is looked up of it (its {what}) is not what its journal makes")
        });
        match wrong {
            Some(wrong) => Ok(Some(wrong)),
            None => self.strays(row, rows),
        }
    }

    /// What its row says otherwise of its family than its first step and its parent.
    fn strays(
        &mut self,
        row: &OrderRow,
        rows: &[JournalRow],
    ) -> Result<Option<String>, StoreError> {
        let parent = row.parent.as_ref().map(Parent::stored);
        let steps = rows.iter().filter_map(|row| journal::read(row).ok());
        let steps: Vec<Record> = steps.collect();
        if Record::tell_of_another(&steps, parent.as_ref()) {
            let told = "it belongs to another order than its journal says";
            return Ok(Some(told.to_owned()));
        }
        let above = match &row.parent {
            None => return Ok((row.root != row.key.order).then(|| OUTERMOST.to_owned())),
            Some(parent) => OrderKey::new(&row.key.tenant, &parent.order),
        };
        let found = self.store.load(std::slice::from_ref(&above))?;
        Ok(match found.into_iter().next().flatten() {
            None => Some(format!("`{}`, to which it belongs, is gone", above.order)),
            Some(above) => (above.root != row.root).then(|| OUTERMOST.to_owned()),
        })
    }

    /// A step whose event would be carried out again, since its first answer is gone.
    fn forgotten(
        &mut self,
        key: &OrderKey,
        rows: &[JournalRow],
    ) -> Result<Option<String>, StoreError> {
        let steps = rows.iter().filter_map(|row| journal::read(row).ok());
        let events = steps.filter_map(|step| Some((step.sequence, step.event_id?)));
        let (steps, asked): (Vec<u64>, Vec<(OrderKey, String)>) =
            events.map(|(step, id)| (step, (key.clone(), id))).unzip();
        if asked.is_empty() {
            return Ok(None);
        }
        let answers = self.store.answers(&asked)?;
        let mut found = steps.iter().zip(&asked).zip(answers);
        let gone = found.find(|(_, answer)| answer.is_none());
        Ok(gone.map(|((step, (_, id)), _)| {
            format!("the answer to `{id}` (step {step}) is gone, and it would be carried out again")
        }))
    }

    /// Follows the hashes of an order's journal, and makes the order again from it. `Ok(None)` where
    /// there is no such order.
    ///
    /// # Errors
    /// The first thing that is not what was written, or an error of the store.
    pub fn verify(
        &mut self,
        key: &OrderKey,
    ) -> Result<Option<Result<Verified, Tampered>>, StoreError> {
        let Some(row) = self.store.load(std::slice::from_ref(key))?.pop().flatten() else {
            let has_steps = !self.store.journal(key, 0, 1)?.is_empty();
            let orphan = has_steps.then(|| Orphan {
                key: key.clone(),
                steps: true,
                answers: false,
                effects: false,
            });
            return Ok(orphan.map(|orphan| Err(orphan.into())));
        };
        let rows = self.whole_journal(key)?;
        let (last, head) = match journal::verify(key, (0, START), &rows) {
            Ok(found) => found,
            Err(broken) => return Ok(Some(Err(broken.into()))),
        };
        let tampered = |problem: &str| {
            let (key, problem) = (key.clone(), problem.to_owned());
            Ok(Some(Err(Tampered::Order { key, problem })))
        };
        if last != row.sequence {
            return tampered(&format!(
                "it has made {} steps, and its journal has {last}",
                row.sequence
            ));
        }
        if head != row.head {
            return tampered("its journal ends otherwise than it was written");
        }
        let again = match self.again(key, &rows) {
            Ok(again) => again,
            Err(EngineError::Store(error)) => return Err(error),
            Err(error) => return tampered(&error.to_string()),
        };
        let written: Option<Stored> = serde_json::from_str(&row.body).ok();
        if again.is_none() || again != written {
            return tampered("it stands otherwise than its journal makes it");
        }
        if let Some(problem) = self.differs(&row, &rows, again.as_ref())? {
            return tampered(&problem);
        }
        if let Some(problem) = self.forgotten(key, &rows)? {
            return tampered(&problem);
        }
        let steps = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Some(Ok(Verified { orders: 1, steps })))
    }
}

/// What is wrong with what is there of an order that is not.
impl From<Orphan> for Tampered {
    fn from(orphan: Orphan) -> Self {
        let kinds = [
            (orphan.steps, "steps"),
            (orphan.answers, "answers"),
            (orphan.effects, "effects"),
        ];
        let kinds = kinds.iter().filter(|(is_there, _)| *is_there);
        let kinds: Vec<&str> = kinds.map(|(_, kind)| *kind).collect();
        Self::Order {
            key: orphan.key,
            problem: format!(
                "there is no such order, and there are {} of it",
                kinds.join(" and ")
            ),
        }
    }
}

/// What the journals of a tenant name.
struct Names<'e, S> {
    engine: &'e mut Engine<S>,
    tenant: &'e str,
    failed: Option<StoreError>,
}

impl<S: Store> journal::Named for Names<'_, S> {
    fn deployment(&mut self, id: &str) -> Result<(Arc<Workflow>, Arc<Site>), String> {
        match self.engine.deployment(self.tenant, id) {
            Ok(deployed) => Ok((Arc::clone(&deployed.workflow), Arc::clone(&deployed.site))),
            Err(Undeployed::Problem(problem)) => Err(problem),
            Err(Undeployed::Store(error)) => {
                let problem = error.to_string();
                self.failed = Some(error);
                Err(problem)
            }
        }
    }

    fn plan(&mut self, id: &str) -> Result<String, String> {
        match self.engine.store.plan(self.tenant, id) {
            Ok(Some(row)) => Ok(row.text),
            Ok(None) => Err(format!("there is no plan `{id}`")),
            Err(error) => {
                let problem = error.to_string();
                self.failed = Some(error);
                Err(problem)
            }
        }
    }
}
