//! What a store holds: tenants, what is deployed for each, and how many orders stand under that.
//!
//! In: a tenant, or nothing. Out: counts, which the store makes: no order is read but one for each deployment and
//! status.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Engine;
use crate::runtime::row::{DeploymentRow, Find};
use crate::runtime::store::{Standing, Store, StoreError};
use crate::time::{Instant, format_instant};

/// How many orders there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Those that have not ended.
    pub under_way: u64,
    /// Those that have ended.
    pub ended: u64,
    /// How many of all these cannot go on.
    pub stuck: u64,
}

/// Orders of a deployment with one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusView {
    /// The paths of the innermost active states, joined by ` + `.
    pub status: String,
    /// Whether orders have ended with it.
    pub done: bool,
    /// How many have it.
    pub orders: u64,
    /// How many of them cannot go on.
    pub stuck: u64,
}

/// A version of a workflow as a tenant runs it, and how many orders stand under it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeploymentView {
    /// The workflow; not known where orders name a deployment that is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// The author's version of it; not known either there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// SHA-256 of the texts and the settings, in hexadecimal.
    pub deployment: String,
    /// When it was deployed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployed_at: Option<String>,
    /// The settings that were given.
    pub settings: BTreeMap<String, Json>,
    /// Whether new orders of the workflow are made under it.
    pub current: bool,
    /// The orders under it.
    pub orders: Counts,
    /// The same by status.
    pub statuses: Vec<StatusView>,
}

/// A tenant, and how many orders it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantView {
    /// Its name.
    pub tenant: String,
    /// How many deployments it has, of all workflows.
    pub deployments: u64,
    /// Its orders.
    pub orders: Counts,
}

impl Counts {
    fn of<'a>(statuses: impl IntoIterator<Item = &'a StatusView>) -> Self {
        let mut counts = Self::default();
        for status in statuses {
            match status.done {
                true => counts.ended += status.orders,
                false => counts.under_way += status.orders,
            }
            counts.stuck += status.stuck;
        }
        counts
    }
}

impl DeploymentView {
    /// A deployment with what stands under it, and when it was deployed first.
    fn of(
        row: DeploymentRow,
        current: bool,
        statuses: Vec<StatusView>,
    ) -> Result<(Instant, Self), StoreError> {
        let view = Self {
            current,
            settings: row.given()?,
            orders: Counts::of(&statuses),
            workflow: Some(row.workflow),
            version: Some(row.version),
            deployment: row.id,
            deployed_at: Some(format_instant(row.at)),
            statuses,
        };
        Ok((row.at, view))
    }

    /// What orders name that is not there.
    fn missing(id: String, statuses: Vec<StatusView>) -> Self {
        Self {
            workflow: None,
            version: None,
            deployment: id,
            deployed_at: None,
            settings: BTreeMap::new(),
            current: false,
            orders: Counts::of(&statuses),
            statuses,
        }
    }

    /// Whether orders are under way that only a migration brings to what new orders are made under.
    pub fn is_left(&self) -> bool {
        !self.current && self.orders.under_way > 0
    }
}

impl<S: Store> Engine<S> {
    /// What is deployed for a tenant, by workflow and in the order in which it was deployed first, each with how many
    /// orders stand under it. What orders name without its being there comes last.
    ///
    /// # Errors
    /// When the store fails, or what is stored cannot be read.
    pub fn deployments(&mut self, tenant: &str) -> Result<Vec<DeploymentView>, StoreError> {
        let mut statuses = self.statuses(tenant)?;
        let mut found = Vec::new();
        let mut current: BTreeMap<String, Option<String>> = BTreeMap::new();
        for id in self.store.deployments(tenant)? {
            let Some(row) = self.store.deployment(tenant, &id)? else {
                continue;
            };
            if !current.contains_key(&row.workflow) {
                let row_of_new = self.store.current(tenant, &row.workflow)?;
                current.insert(row.workflow.clone(), row_of_new.map(|row| row.id));
            }
            let is_current = current.get(&row.workflow) == Some(&Some(id.clone()));
            let here = statuses.remove(&id).unwrap_or_default();
            found.push(DeploymentView::of(row, is_current, here)?);
        }
        let key = |(at, view): &(Instant, DeploymentView)| {
            (view.workflow.clone(), *at, view.deployment.clone())
        };
        found.sort_by_key(key);
        let missing = statuses.into_iter();
        let missing = missing.map(|(id, here)| DeploymentView::missing(id, here));
        Ok(found
            .into_iter()
            .map(|(_, view)| view)
            .chain(missing)
            .collect())
    }

    /// The tenants that have something in the store, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tenants(&mut self) -> Result<Vec<TenantView>, StoreError> {
        let mut found = Vec::new();
        for tenant in self.store.tenants()? {
            let deployments = self.store.deployments(&tenant)?.len();
            let statuses = self.statuses(&tenant)?;
            found.push(TenantView {
                deployments: u64::try_from(deployments).unwrap_or(u64::MAX),
                orders: Counts::of(statuses.values().flatten()),
                tenant,
            });
        }
        Ok(found)
    }

    /// How a tenant's orders stand, by deployment. Whether they have ended is the same for all of one deployment and
    /// status, and asked of one.
    fn statuses(&mut self, tenant: &str) -> Result<BTreeMap<String, Vec<StatusView>>, StoreError> {
        let stuck = self.store.stuck_standings(tenant)?;
        let of_one = |standing: &Standing| (standing.deployment.clone(), standing.status.clone());
        let stuck: BTreeMap<_, u64> = stuck.iter().map(|one| (of_one(one), one.count)).collect();
        let mut found: BTreeMap<String, Vec<StatusView>> = BTreeMap::new();
        for standing in self.store.standings(tenant)? {
            let place = of_one(&standing);
            let stuck = stuck.get(&place).copied().unwrap_or_default();
            let one = self.store.find(&Find {
                tenant: tenant.to_owned(),
                standing: Some(vec![place]),
                limit: 1,
                ..Find::default()
            })?;
            found
                .entry(standing.deployment)
                .or_default()
                .push(StatusView {
                    done: one.first().is_some_and(|row| row.done),
                    status: standing.status,
                    orders: standing.count,
                    stuck,
                });
        }
        Ok(found)
    }
}
