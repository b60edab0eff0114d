//! Deployments, and the plans by which orders moved between them.
//!
//! In: a deployment or a plan, or a tenant and a name. Out: what was deployed or applied.

use super::columns::{deployment, past, plan as plan_row, text};
use super::error::Trouble;
use super::link::{Link, Values};
use super::sql;
use super::text::kept;
use crate::runtime::row::{DeploymentRow, PlanRow};

/// Adds one where it is not there, and makes it the current one.
pub(super) async fn deploy(link: &mut Link, row: &DeploymentRow) -> Result<(), Trouble> {
    let (at, rest) = past(row.at);
    let values: &Values<'_> = &[
        &kept(&row.id),
        &kept(&row.tenant),
        &kept(&row.workflow),
        &i64::from(row.version),
        &kept(&row.files),
        &kept(&row.settings),
        &at,
        &rest,
    ];
    link.make(sql::DEPLOY, values).await.map(drop)
}

pub(super) async fn by_id(
    link: &mut Link,
    tenant: &str,
    id: &str,
) -> Result<Option<DeploymentRow>, Trouble> {
    one(link, sql::DEPLOYMENT, tenant, id).await
}

pub(super) async fn ids(link: &mut Link, tenant: &str) -> Result<Vec<String>, Trouble> {
    let rows = link.ask(sql::DEPLOYMENTS, &[&kept(tenant)]).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

pub(super) async fn current(
    link: &mut Link,
    tenant: &str,
    workflow: &str,
) -> Result<Option<DeploymentRow>, Trouble> {
    one(link, sql::CURRENT, tenant, workflow).await
}

async fn one(
    link: &mut Link,
    sql: &'static str,
    tenant: &str,
    name: &str,
) -> Result<Option<DeploymentRow>, Trouble> {
    let rows = link.ask(sql, &[&kept(tenant), &kept(name)]).await?;
    rows.first().map(deployment).transpose()
}

/// Keeps a plan where it is not there.
pub(super) async fn add_plan(link: &mut Link, row: &PlanRow) -> Result<(), Trouble> {
    let values: &Values<'_> = &[&kept(&row.tenant), &kept(&row.id), &kept(&row.text)];
    link.make(sql::ADD_PLAN, values).await.map(drop)
}

pub(super) async fn plan(
    link: &mut Link,
    tenant: &str,
    id: &str,
) -> Result<Option<PlanRow>, Trouble> {
    let rows = link.ask(sql::PLAN, &[&kept(tenant), &kept(id)]).await?;
    rows.first().map(plan_row).transpose()
}
