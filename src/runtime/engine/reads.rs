//! What is asked without changing anything.
//!
//! In: keys and queries. Out: orders as they stand or stood, what may be done, why not, and whether the
//! journals are what was written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Engine, EngineError, Undeployed};
use crate::context::Actor;
use crate::diagnostic::closest;
use crate::graph::{StateId, Workflow};
use crate::instance::{Event, Instance, Site, Stored};
use crate::interpret::{self, Action};
use crate::runtime::deployment::Deployed;
use crate::runtime::journal::{self, START};
use crate::runtime::row::{Find, JournalRow, OrderKey, OrderRow};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::view::{self, OrderPage, OrderView, Query};
use crate::time::{Instant, format_instant, parse_instant};
use crate::why::{Why, why};

/// How many rows of a journal are read at once.
const PAGE: usize = 1_000;

/// How many orders a page has where nothing is said, and at most.
const ORDERS: (usize, usize) = (100, 1_000);

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
    /// How many orders a tenant has.
    ///
    /// # Errors
    /// When the store fails.
    pub fn count(&mut self, tenant: &str) -> Result<u64, StoreError> {
        let standings = self.store.standings(tenant)?;
        Ok(standings.iter().map(|standing| standing.count).sum())
    }

    /// An order as it stands; `None` where there is none. Timers that are due have not fired yet.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn get(&mut self, key: &OrderKey) -> Result<Option<OrderView>, EngineError> {
        let row = self.store.load(std::slice::from_ref(key))?.pop().flatten();
        row.map(|row| self.view(&row)).transpose()
    }

    /// The settings and the workflow of an order, and the order.
    fn standing(
        &mut self,
        key: &OrderKey,
    ) -> Result<Option<(OrderRow, Arc<Deployed>, Instance)>, EngineError> {
        let Some(row) = self.store.load(std::slice::from_ref(key))?.pop().flatten() else {
            return Ok(None);
        };
        let (deployed, instance) = self.read(&row)?;
        Ok(Some((row, deployed, instance)))
    }

    fn read(&mut self, row: &OrderRow) -> Result<(Arc<Deployed>, Instance), EngineError> {
        let problem = |problem: String| EngineError::Order {
            key: row.key.clone(),
            problem,
        };
        let deployed = self.deployment_of(row)?.map_err(problem)?;
        let stored: Stored =
            serde_json::from_str(&row.body).map_err(|error| problem(error.to_string()))?;
        let instance = stored.read(&deployed.workflow);
        let instance = instance.map_err(|problems| problem(problems.join("; ")))?;
        Ok((deployed, instance))
    }

    fn view(&mut self, row: &OrderRow) -> Result<OrderView, EngineError> {
        let (deployed, instance) = self.read(row)?;
        let workflow = &deployed.workflow;
        let stored = Stored::of(workflow, &instance);
        let timers = stored.timers.into_iter();
        let children = stored.children.into_iter();
        Ok(OrderView {
            order: row.key.order.clone(),
            tenant: row.key.tenant.clone(),
            workflow: workflow.name.clone(),
            workflow_version: workflow.version,
            deployment: row.deployment.clone(),
            version: row.sequence,
            status: row.status.clone(),
            done: row.done,
            flags: view::flags(&deployed, &instance),
            context: stored.context,
            timers: timers.map(|(name, timer)| (name, timer.due)).collect(),
            children: children.map(|(set, counts)| (set, counts.total)).collect(),
            parent: row.parent.as_ref().map(|parent| parent.order.clone()),
            created_at: format_instant(row.created_at),
            updated_at: stored.updated_at,
            stuck: row.stuck.clone(),
        })
    }

    /// The workflow under which a tenant's new orders are made; `None` where none of that name is
    /// deployed.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn workflow(
        &mut self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<Arc<Workflow>>, EngineError> {
        let Some(row) = self.store.current(tenant, name)? else {
            return Ok(None);
        };
        match self.deployment(tenant, &row.id) {
            Ok(deployed) => Ok(Some(Arc::clone(&deployed.workflow))),
            Err(Undeployed::Store(error)) => Err(error.into()),
            Err(Undeployed::Problem(problem)) => Err(EngineError::Invalid(problem)),
        }
    }

    /// The workflow that an order runs under; `None` where there is no such order.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn workflow_of(&mut self, key: &OrderKey) -> Result<Option<Arc<Workflow>>, EngineError> {
        let standing = self.standing(key)?;
        Ok(standing.map(|(_, deployed, _)| Arc::clone(&deployed.workflow)))
    }

    /// What an actor may do with an order now, after the timers that are due; `None` where there is no
    /// such order.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn available(
        &mut self,
        key: &OrderKey,
        actor: &Actor,
        now: Instant,
    ) -> Result<Option<Vec<Action>>, EngineError> {
        let Some((_, deployed, instance)) = self.standing(key)? else {
            return Ok(None);
        };
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        let instance = interpret::step(workflow, site, &instance, &Event::tick(), now).instance;
        Ok(Some(interpret::available(
            workflow, site, &instance, actor, now,
        )))
    }

    /// Why an event would be refused now, and the smallest change of the order that would let it pass;
    /// `None` where there is no such order.
    ///
    /// # Errors
    /// When it cannot be read, or the store fails.
    pub fn why(
        &mut self,
        key: &OrderKey,
        event: &Event,
        now: Instant,
    ) -> Result<Option<Why>, EngineError> {
        let Some((_, deployed, instance)) = self.standing(key)? else {
            return Ok(None);
        };
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        Ok(Some(why(workflow, site, &instance, event, now)))
    }

    /// The steps of an order behind a sequence number, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.store.journal(key, after, limit)
    }

    fn whole_journal(&mut self, key: &OrderKey) -> Result<Vec<JournalRow>, StoreError> {
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
        for row in &rows {
            let record = journal::read(row).map_err(problem)?;
            let made_at = parse_instant(&record.at).map_err(|error| problem(error.to_string()))?;
            if made_at > at {
                break;
            }
            until += 1;
        }
        rows.truncate(until);
        self.again(key, &rows)
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
            return Ok(None);
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
        let steps = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        Ok(Some(Ok(Verified { orders: 1, steps })))
    }

    /// Orders of a tenant by id.
    ///
    /// # Errors
    /// When a state, a group, a flag or a workflow is not known to any order's workflow, an order cannot
    /// be read, or the store fails.
    pub fn query(&mut self, query: &Query) -> Result<OrderPage, EngineError> {
        let limit = query.limit.unwrap_or(ORDERS.0).clamp(1, ORDERS.1);
        let mut find = Find {
            tenant: query.tenant.clone(),
            standing: None,
            updated_before: query.updated_before,
            created_before: query.created_before,
            stuck: query.stuck,
            after: query.after.clone(),
            limit: limit + 1,
        };
        let is_about_states = query.state.is_some()
            || query.group.is_some()
            || query.flag.is_some()
            || query.workflow.is_some();
        if is_about_states {
            find.standing = Some(self.where_it_holds(query)?);
        }
        let mut rows = self.store.find(&find)?;
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().map(|row| row.key.order.clone());
        let orders = rows.iter().map(|row| match self.view(row) {
            // An order that cannot be read is found all the same, when it is asked for.
            Err(EngineError::Order { .. }) if row.stuck.is_some() => Ok(blind(row)),
            view => view,
        });
        Ok(OrderPage {
            orders: orders.collect::<Result<_, _>>()?,
            next: next.filter(|_| has_more),
        })
    }

    /// The deployments and statuses that a query means: there are few, however many orders there are.
    fn where_it_holds(&mut self, query: &Query) -> Result<Vec<(String, String)>, EngineError> {
        let mut found = Vec::new();
        let mut unknown: Option<String> = None;
        let mut is_known = false;
        for standing in self.store.standings(&query.tenant)? {
            let deployed = match self.deployment(&query.tenant, &standing.deployment) {
                Ok(deployed) => deployed,
                Err(Undeployed::Store(error)) => return Err(error.into()),
                // Orders under it are stuck, and are asked for as such.
                Err(Undeployed::Problem(_)) => continue,
            };
            if query
                .workflow
                .as_ref()
                .is_some_and(|name| *name != deployed.workflow.name)
            {
                continue;
            }
            match holds(&deployed, &standing.status, query) {
                Ok(holds) => {
                    is_known = true;
                    if holds {
                        found.push((standing.deployment, standing.status));
                    }
                }
                Err(problem) => unknown = Some(problem),
            }
        }
        match unknown.filter(|_| !is_known) {
            Some(problem) => Err(EngineError::Invalid(problem)),
            None => Ok(found),
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

/// Whether orders with this status are meant; the error names what the workflow does not know.
fn holds(deployed: &Deployed, status: &str, query: &Query) -> Result<bool, String> {
    let Deployed { workflow, site, .. } = deployed;
    let leaves: Vec<StateId> = status
        .split(" + ")
        .filter_map(|path| workflow.state_named(path))
        .collect();
    let mut active = leaves.clone();
    active.extend(leaves.iter().flat_map(|&leaf| workflow.ancestors(leaf)));
    let mut holds = true;
    if let Some(path) = &query.state {
        let known = || {
            workflow
                .states
                .rows()
                .iter()
                .skip(1)
                .map(|state| state.path.as_str())
        };
        let id = workflow.state_named(path);
        let id = id.ok_or_else(|| no("state", path, known()))?;
        holds &= active.contains(&id);
    }
    if let Some(name) = &query.group {
        let known = || {
            workflow
                .groups
                .rows()
                .iter()
                .map(|group| group.name.as_str())
        };
        let group = workflow
            .groups
            .rows()
            .iter()
            .find(|group| group.name == *name);
        let group = group.ok_or_else(|| no("group", name, known()))?;
        holds &= active.iter().any(|id| group.states.contains(id));
    }
    if let Some((name, value)) = &query.flag {
        let known = || workflow.flags.rows().iter().map(|flag| flag.name.as_str());
        let flag = workflow.flags.iter().find(|(_, flag)| flag.name == *name);
        let (id, _) = flag.ok_or_else(|| no("flag", name, known()))?;
        let told = interpret::flag_of(workflow, site, leaves.iter().copied(), id);
        holds &= told.to_json() == *value;
    }
    Ok(holds)
}

fn no<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let close = closest(name, known);
    let hint = close.map_or(String::new(), |close| format!(": did you mean `{close}`?"));
    format!("there is no {what} `{name}`{hint}")
}

/// What its row alone tells of an order.
fn blind(row: &OrderRow) -> OrderView {
    OrderView {
        order: row.key.order.clone(),
        tenant: row.key.tenant.clone(),
        workflow: String::new(),
        workflow_version: 0,
        deployment: row.deployment.clone(),
        version: row.sequence,
        status: row.status.clone(),
        done: row.done,
        flags: BTreeMap::new(),
        context: serde_json::Map::new(),
        timers: BTreeMap::new(),
        children: BTreeMap::new(),
        parent: row.parent.as_ref().map(|parent| parent.order.clone()),
        created_at: format_instant(row.created_at),
        updated_at: format_instant(row.updated_at),
        stuck: row.stuck.clone(),
    }
}
