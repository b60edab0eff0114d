//! What is asked without changing anything.
//!
//! In: keys. Out: orders as they stand, what may be done with them, why not, and what happened.

use std::sync::Arc;

use super::batch::check_who;
use super::query::no;
use super::{Engine, EngineError, Undeployed};
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::{Event, Instance, Stored, StoredEvent};
use crate::interpret::{self, Action};
use crate::runtime::deployment::Deployed;
use crate::runtime::row::{JournalRow, OrderKey, OrderRow};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::view::{self, OrderView};
use crate::time::{Instant, format_instant};
use crate::why::{Why, why};

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

    pub(super) fn read(
        &mut self,
        row: &OrderRow,
    ) -> Result<(Arc<Deployed>, Instance), EngineError> {
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

    pub(super) fn view(&mut self, row: &OrderRow) -> Result<OrderView, EngineError> {
        let (deployed, instance) = self.read(row)?;
        let workflow = &deployed.workflow;
        let stored = Stored::of(workflow, &instance);
        let timers = stored.timers.into_iter();
        let children = stored.children.into_iter();
        let pending = stored.pending.into_iter().map(|event| StoredEvent {
            generation: None,
            ..event
        });
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
            pending: pending.collect(),
            children: children.map(|(set, counts)| (set, counts.total)).collect(),
            parent: row.parent.as_ref().map(|parent| parent.order.clone()),
            created_at: format_instant(row.created_at),
            updated_at: stored.updated_at,
            ended_at: instance.ended_at(workflow).map(format_instant),
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
    /// When its workflow has no such actor, it cannot be read, or the store fails.
    pub fn available(
        &mut self,
        key: &OrderKey,
        actor: &Actor,
        now: Instant,
    ) -> Result<Option<Vec<Action>>, EngineError> {
        check_who(actor).map_err(EngineError::Invalid)?;
        let Some((_, deployed, instance)) = self.standing(key)? else {
            return Ok(None);
        };
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        if workflow.actor_named(&actor.role).is_none() {
            let known = workflow.actors.rows().iter();
            let known = known.map(|actor| actor.name.as_str());
            return Err(EngineError::Invalid(no("actor", &actor.role, known)));
        }
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
        check_who(&event.actor).map_err(EngineError::Invalid)?;
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
}
