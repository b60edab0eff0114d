//! Effects that wait, that are handed out, and that were given up.
//!
//! In: what the store is told of them. Out: those that may be handed out, the oldest first.

use rusqlite::{Connection, Result, Row, TransactionBehavior, params};

use super::columns::{EFFECT, effect};
use crate::runtime::columns::{future, limit};
use crate::runtime::micros::begun;
use crate::runtime::row::{EffectRow, Settlement};
use crate::time::Instant;

/// Hands out what is due, so that no other process does.
pub(super) fn claim(
    to: &mut Connection,
    tenant: Option<&str>,
    now: Instant,
    until: Instant,
    rows: usize,
) -> Result<Vec<EffectRow>> {
    let all = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut claimed = waiting(&all, tenant, now, rows)?;
    let due = future(until);
    for row in &mut claimed {
        row.due = until;
        row.attempts = row.attempts.saturating_add(1);
        all.prepare_cached(
            "UPDATE effects SET due = ?2, due_rest = ?3, attempts = ?4, handed_out = 1 WHERE id = ?1",
        )?
        .execute(params![row.id, due.0, due.1, row.attempts])?;
    }
    all.commit()?;
    Ok(claimed)
}

fn waiting(
    from: &Connection,
    tenant: Option<&str>,
    now: Instant,
    rows: usize,
) -> Result<Vec<EffectRow>> {
    let (index, theirs) = match tenant {
        Some(_) => ("effects_due_by_tenant", "tenant = ?3"),
        None => ("effects_due", "?3 IS NULL"),
    };
    let sql = format!(
        "SELECT {EFFECT} FROM effects INDEXED BY {index} \
         WHERE dead = 0 AND due <= ?1 AND {theirs} ORDER BY due, added LIMIT ?2"
    );
    let mut query = from.prepare_cached(&sql)?;
    let columns = params![begun(now), limit(rows), tenant];
    query.query_map(columns, effect)?.collect()
}

/// Settles one that is handed out at this attempt.
pub(super) fn settle(
    to: &Connection,
    id: &str,
    attempt: u32,
    settlement: &Settlement,
) -> Result<bool> {
    let changed = match settlement {
        Settlement::Done => to
            .prepare_cached(
                "DELETE FROM effects WHERE id = ?1 AND attempts = ?2 AND handed_out = 1",
            )?
            .execute(params![id, attempt])?,
        Settlement::Retry { due, error } => {
            let due = future(*due);
            to.prepare_cached(
                "UPDATE effects SET due = ?3, due_rest = ?4, error = ?5, handed_out = 0 \
                 WHERE id = ?1 AND attempts = ?2 AND handed_out = 1",
            )?
            .execute(params![id, attempt, due.0, due.1, error])?
        }
        Settlement::Dead { error } => to
            .prepare_cached(
                "UPDATE effects SET dead = 1, error = ?3, handed_out = 0 \
                 WHERE id = ?1 AND attempts = ?2 AND handed_out = 1",
            )?
            .execute(params![id, attempt, error])?,
    };
    Ok(changed == 1)
}

/// Those of a tenant that were given up, by id.
pub(super) fn dead(from: &Connection, tenant: &str, rows: usize) -> Result<Vec<EffectRow>> {
    let sql = format!(
        "SELECT {EFFECT} FROM effects INDEXED BY effects_dead \
         WHERE dead = 1 AND tenant = ?1 ORDER BY id LIMIT ?2"
    );
    let mut query = from.prepare_cached(&sql)?;
    let one = |row: &Row<'_>| effect(row);
    query
        .query_map(params![tenant, limit(rows)], one)?
        .collect()
}

/// Lets one that was given up wait again.
pub(super) fn revive(to: &Connection, id: &str, due: Instant) -> Result<bool> {
    let due = future(due);
    let mut change = to.prepare_cached(
        "UPDATE effects SET dead = 0, due = ?2, due_rest = ?3 WHERE id = ?1 AND dead = 1",
    )?;
    Ok(change.execute(params![id, due.0, due.1])? == 1)
}
