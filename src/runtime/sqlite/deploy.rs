//! Deployments.
//!
//! In: a deployment, or a tenant and a name. Out: what was deployed.

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use super::columns::{DEPLOYMENT, deployment, past};
use crate::runtime::row::DeploymentRow;

/// Adds one where it is not there, and makes it the current one.
pub(super) fn deploy(to: &mut Connection, row: &DeploymentRow) -> Result<()> {
    let both = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let at = past(row.at);
    both.prepare_cached(
        "INSERT INTO deployments (id, tenant, workflow, version, files, settings, at, at_rest) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        row.id,
        row.tenant,
        row.workflow,
        row.version,
        row.files,
        row.settings,
        at.0,
        at.1,
    ])?;
    both.prepare_cached("REPLACE INTO current (tenant, workflow, deployment) VALUES (?1, ?2, ?3)")?
        .execute(params![row.tenant, row.workflow, row.id])?;
    both.commit()
}

pub(super) fn by_id(from: &Connection, tenant: &str, id: &str) -> Result<Option<DeploymentRow>> {
    let sql = format!("SELECT {DEPLOYMENT} FROM deployments d WHERE d.tenant = ?1 AND d.id = ?2");
    let mut query = from.prepare_cached(&sql)?;
    query.query_row(params![tenant, id], deployment).optional()
}

pub(super) fn current(
    from: &Connection,
    tenant: &str,
    workflow: &str,
) -> Result<Option<DeploymentRow>> {
    let sql = format!(
        "SELECT {DEPLOYMENT} FROM current c \
         JOIN deployments d ON d.tenant = c.tenant AND d.id = c.deployment \
         WHERE c.tenant = ?1 AND c.workflow = ?2"
    );
    let mut query = from.prepare_cached(&sql)?;
    query
        .query_row(params![tenant, workflow], deployment)
        .optional()
}
