//! Rows as columns, and back.
//!
//! In: rows, or a row of SQLite's. Out: the other. A number that no row can have is an error, never
//! another number.

use rusqlite::{Error, Result, Row};

use crate::runtime::micros;
use crate::runtime::row::{DeploymentRow, EffectRow, JournalRow, OrderKey, OrderRow, Parent};
use crate::time::Instant;

/// The columns of [`order`], in its order.
pub(super) const ORDER: &str = "tenant, id, root, parent, parent_set, deployment, sequence, status, \
     done, due, due_rest, created, created_rest, updated, updated_rest, head, stuck, body";

/// The columns of [`effect`], in its order.
pub(super) const EFFECT: &str = "id, tenant, order_id, sequence, effect, state, at, at_rest, due, \
     due_rest, attempts, error, dead";

/// The columns of [`deployment`], in its order.
pub(super) const DEPLOYMENT: &str =
    "d.id, d.tenant, d.workflow, d.version, d.files, d.settings, d.at, d.at_rest";

/// A number as a column.
pub(super) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|wrong| Error::ToSqlConversionFailure(wrong.into()))
}

/// A number of a column.
fn unsigned<T: TryFrom<i64>>(row: &Row<'_>, place: usize) -> Result<T> {
    let number: i64 = row.get(place)?;
    T::try_from(number).map_err(|_| Error::IntegralValueOutOfRange(place, number))
}

/// The instant of a column and the one behind it.
fn instant(row: &Row<'_>, place: usize) -> Result<Instant> {
    let micros: i64 = row.get(place)?;
    let found = micros::instant(micros, row.get(place + 1)?);
    found.ok_or(Error::IntegralValueOutOfRange(place, micros))
}

/// An order.
pub(super) fn order(row: &Row<'_>) -> Result<OrderRow> {
    let parent: Option<String> = row.get(3)?;
    let due: Option<i64> = row.get(9)?;
    Ok(OrderRow {
        key: OrderKey::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?),
        root: row.get(2)?,
        parent: match parent {
            Some(order) => Some(Parent {
                order,
                set: row.get(4)?,
            }),
            None => None,
        },
        deployment: row.get(5)?,
        sequence: unsigned(row, 6)?,
        status: row.get(7)?,
        done: row.get(8)?,
        next_due: due.map(|_| instant(row, 9)).transpose()?,
        created_at: instant(row, 11)?,
        updated_at: instant(row, 13)?,
        head: row.get(15)?,
        stuck: row.get(16)?,
        body: row.get(17)?,
    })
}

/// A step: `sequence, body, hash, personal`.
pub(super) fn step(row: &Row<'_>) -> Result<JournalRow> {
    Ok(JournalRow {
        sequence: unsigned(row, 0)?,
        body: row.get(1)?,
        hash: row.get(2)?,
        personal: row.get(3)?,
    })
}

/// An order's key: `tenant, id`.
pub(super) fn key(row: &Row<'_>) -> Result<OrderKey> {
    Ok(OrderKey::new(
        row.get::<_, String>(0)?,
        row.get::<_, String>(1)?,
    ))
}

/// An effect.
pub(super) fn effect(row: &Row<'_>) -> Result<EffectRow> {
    Ok(EffectRow {
        id: row.get(0)?,
        key: OrderKey::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
        sequence: unsigned(row, 3)?,
        effect: row.get(4)?,
        state: row.get(5)?,
        at: instant(row, 6)?,
        due: instant(row, 8)?,
        attempts: unsigned(row, 10)?,
        error: row.get(11)?,
        dead: row.get(12)?,
    })
}

/// A deployment.
pub(super) fn deployment(row: &Row<'_>) -> Result<DeploymentRow> {
    Ok(DeploymentRow {
        id: row.get(0)?,
        tenant: row.get(1)?,
        workflow: row.get(2)?,
        version: unsigned(row, 3)?,
        files: row.get(4)?,
        settings: row.get(5)?,
        at: instant(row, 6)?,
    })
}
