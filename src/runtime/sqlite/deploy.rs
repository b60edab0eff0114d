//! Deployments, and the plans by which orders moved between them.
//!
//! In: a deployment or a plan, or a tenant and a name. Out: what was deployed or applied.

use rusqlite::{Connection, OptionalExtension, Result, TransactionBehavior, params};

use super::columns::{DEPLOYMENT, deployment};
use crate::runtime::columns::past;
use crate::runtime::row::{DeploymentRow, PlanRow};

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

pub(super) fn ids(from: &Connection, tenant: &str) -> Result<Vec<String>> {
    let mut query =
        from.prepare_cached("SELECT id FROM deployments WHERE tenant = ?1 ORDER BY id")?;
    query
        .query_map(params![tenant], |row| row.get(0))?
        .collect()
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

/// Keeps a plan where it is not there.
pub(super) fn add_plan(to: &mut Connection, row: &PlanRow) -> Result<()> {
    let sql = "INSERT INTO plans (tenant, id, text) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let mut insert = to.prepare_cached(sql)?;
    insert.execute(params![row.tenant, row.id, row.text])?;
    Ok(())
}

pub(super) fn plan(from: &Connection, tenant: &str, id: &str) -> Result<Option<PlanRow>> {
    let sql = "SELECT id, tenant, text FROM plans WHERE tenant = ?1 AND id = ?2";
    let mut query = from.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| {
        Ok(PlanRow {
            id: row.get(0)?,
            tenant: row.get(1)?,
            text: row.get(2)?,
        })
    };
    query.query_row(params![tenant, id], read).optional()
}
