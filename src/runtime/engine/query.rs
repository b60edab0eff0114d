//! Orders that are looked for by what their status means.
//!
//! In: a [`Query`]. Out: a page of orders. Of all statuses that a tenant's orders have, few however many
//! orders there are, the workflow says which are meant; the store looks those up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Engine, EngineError, Undeployed};
use crate::context::Type;
use crate::diagnostic::{closest, meant};
use crate::graph::{StateId, Workflow};
use crate::interpret;
use crate::runtime::deployment::Deployed;
use crate::runtime::row::{Find, OrderRow};
use crate::runtime::store::Store;
use crate::runtime::view::{OrderPage, OrderView, Query};
use crate::time::format_instant;

/// The flag that timers decide.
const EXPIRES: &str = "expires";

/// How many orders a page has where nothing is said, and at most.
const ORDERS: (usize, usize) = (100, 1_000);

impl<S: Store> Engine<S> {
    /// Orders of a tenant by id. Of one that cannot be read what its row alone tells, and why, as of one that is
    /// stuck.
    ///
    /// # Errors
    /// When a state, a group, a flag, its value or a workflow is not known to any order's workflow, or the store
    /// fails.
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
        let expiring = query.flag.as_ref().filter(|(name, _)| name == EXPIRES);
        let mut orders = Vec::new();
        loop {
            let rows = self.store.find(&find)?;
            let is_last = rows.len() < find.limit;
            for row in &rows {
                let view = self.found(row)?;
                if expiring.is_none_or(|(_, value)| view.flags.get(EXPIRES) == Some(value)) {
                    orders.push(view);
                }
            }
            // Whether an order expires is told by its timers: there may be more behind this page.
            if is_last || orders.len() > limit {
                break;
            }
            find.after = rows.into_iter().last().map(|row| row.key.order);
        }
        let has_more = orders.len() > limit;
        orders.truncate(limit);
        let next = orders.last().map(|view| view.order.clone());
        let next = next.filter(|_| has_more);
        Ok(OrderPage { orders, next })
    }

    fn found(&mut self, row: &OrderRow) -> Result<OrderView, EngineError> {
        match self.view(row) {
            // An order that cannot be read hides no other.
            Err(EngineError::Order { problem, .. }) => {
                let stuck = row.stuck.clone().or(Some(problem));
                Ok(OrderView {
                    stuck,
                    ..blind(row)
                })
            }
            view => view,
        }
    }

    /// The deployments and statuses that a query means: there are few, however many orders there are.
    fn where_it_holds(&mut self, query: &Query) -> Result<Vec<(String, String)>, EngineError> {
        let mut found = Vec::new();
        let mut is_known = false;
        for (deployment, status) in self.store.standing(&query.tenant)? {
            let Some(deployed) = self.usable(&query.tenant, &deployment)? else {
                continue;
            };
            let name = &deployed.workflow.name;
            if query.workflow.as_ref().is_some_and(|asked| asked != name) {
                continue;
            }
            if let Ok(holds) = holds(&deployed, &status, query) {
                is_known = true;
                if holds {
                    found.push((deployment, status));
                }
            }
        }
        match is_known {
            true => Ok(found),
            false => self.is_known(query).map(|()| found),
        }
    }

    /// A deployment; nothing where it cannot be compiled: orders under it are stuck, and are asked for as such.
    fn usable(&mut self, tenant: &str, id: &str) -> Result<Option<Arc<Deployed>>, EngineError> {
        match self.deployment(tenant, id) {
            Ok(deployed) => Ok(Some(deployed)),
            Err(Undeployed::Store(error)) => Err(error.into()),
            Err(Undeployed::Problem(_)) => Ok(None),
        }
    }

    /// Fails where no workflow that was ever deployed knows what a query names. Without any, nothing is known of
    /// names.
    fn is_known(&mut self, query: &Query) -> Result<(), EngineError> {
        let mut unknown = None;
        let mut names = BTreeSet::new();
        for id in self.store.deployments(&query.tenant)? {
            let Some(deployed) = self.usable(&query.tenant, &id)? else {
                continue;
            };
            let name = &deployed.workflow.name;
            if query.workflow.as_ref().is_some_and(|asked| asked != name) {
                names.insert(name.clone());
                continue;
            }
            match holds(&deployed, "", query) {
                Ok(_) => return Ok(()),
                Err(problem) => unknown = Some(problem),
            }
        }
        let other = query.workflow.as_ref().filter(|_| !names.is_empty());
        let other = other.map(|name| no("workflow", name, names.iter().map(String::as_str)));
        match unknown.or(other) {
            Some(problem) => Err(EngineError::Invalid(problem)),
            None => Ok(()),
        }
    }
}

/// The innermost active states that a status names.
pub(super) fn leaves(workflow: &Workflow, status: &str) -> Vec<StateId> {
    let paths = status.split(" + ");
    paths
        .filter_map(|path| workflow.state_named(path))
        .collect()
}

/// Whether orders with this status are meant; the error names what the workflow does not know.
fn holds(deployed: &Deployed, status: &str, query: &Query) -> Result<bool, String> {
    let workflow = &deployed.workflow;
    let leaves = leaves(workflow, status);
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
        holds &= has_flag(deployed, &leaves, (name, value))?;
    }
    Ok(holds)
}

/// Whether orders in these states have a value of a flag; of `expires`, whether they may.
fn has_flag(
    Deployed { workflow, site, .. }: &Deployed,
    leaves: &[StateId],
    (name, value): (&String, &Json),
) -> Result<bool, String> {
    let is_of = |ty: &Type| {
        ty.read(value)
            .map_err(|error| format!("the flag `{name}`: {error}"))
    };
    if name == EXPIRES {
        return is_of(&Type::Boolean).map(|_| true);
    }
    let known = || workflow.flags.rows().iter().map(|flag| flag.name.as_str());
    let flag = workflow.flags.iter().find(|(_, flag)| flag.name == *name);
    let (id, flag) = flag.ok_or_else(|| no("flag", name, known().chain([EXPIRES])))?;
    let told = interpret::flag_of(workflow, site, leaves.iter().copied(), id);
    Ok(is_of(&flag.ty)? == *told)
}

/// There is no such thing; what may have been meant.
pub(super) fn no<'a>(what: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let hint = meant(closest(name, known));
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
        pending: Vec::new(),
        children: BTreeMap::new(),
        parent: row.parent.as_ref().map(|parent| parent.order.clone()),
        created_at: format_instant(row.created_at),
        updated_at: format_instant(row.updated_at),
        ended_at: None,
        stuck: row.stuck.clone(),
    }
}
