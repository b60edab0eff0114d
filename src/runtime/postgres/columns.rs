//! Rows as columns, and back.
//!
//! In: rows, or a row of PostgreSQL's. Out: the other. A number that no row can have is an error, never
//! another number.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::error::Trouble;
use super::text::meant;
use crate::runtime::columns;
use crate::runtime::micros;
use crate::runtime::row::{
    DeploymentRow, EffectRow, JournalRow, OrderKey, OrderRow, Parent, PlanRow,
};
use crate::runtime::store::StoreError;
use crate::time::Instant;

type Read<T> = Result<T, Trouble>;

/// Parts of a second are less than a thousand: they fit.
fn small((micros, rest): (i64, i64)) -> (i64, i16) {
    (micros, i16::try_from(rest).unwrap_or_default())
}

/// The microsecond in which something was, and the nanoseconds on top.
pub(super) fn past(at: Instant) -> (i64, i16) {
    small(columns::past(at))
}

/// The microsecond at which something is due, and the nanoseconds that it is due before.
pub(super) fn future(at: Instant) -> (i64, i16) {
    small(columns::future(at))
}

/// A number as a column.
pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    let wrong = |_| StoreError::Failed(format!("{number} is more than a column holds"));
    i64::try_from(number).map_err(wrong)
}

fn corrupt(what: &str) -> Trouble {
    StoreError::Corrupt(format!("{what} in a column is none of a row's")).into()
}

/// Whatever PostgreSQL keeps as we do.
pub(super) fn plain<'a, T: FromSql<'a>>(row: &'a Row, place: usize) -> Read<T> {
    Ok(row.try_get(place)?)
}

/// A number of a column.
pub(super) fn unsigned<T: TryFrom<i64>>(row: &Row, place: usize) -> Read<T> {
    let number: i64 = plain(row, place)?;
    T::try_from(number).map_err(|_| corrupt(&number.to_string()))
}

/// A text of a column.
pub(super) fn text(row: &Row, place: usize) -> Read<String> {
    meant(plain(row, place)?).ok_or_else(|| corrupt("a text"))
}

fn some_text(row: &Row, place: usize) -> Read<Option<String>> {
    let kept: Option<String> = plain(row, place)?;
    kept.map(|kept| meant(kept).ok_or_else(|| corrupt("a text")))
        .transpose()
}

/// The instant so many nanoseconds after the begin of a microsecond.
pub(super) fn at(micros: i64, rest: i16) -> Read<Instant> {
    micros::instant(micros, rest.into()).ok_or_else(|| corrupt("an instant"))
}

/// The instant of a column and the one behind it.
fn instant(row: &Row, place: usize) -> Read<Instant> {
    at(plain(row, place)?, plain(row, place + 1)?)
}

/// An order.
pub(super) fn order(row: &Row) -> Read<OrderRow> {
    let due: Option<i64> = plain(row, 9)?;
    Ok(OrderRow {
        key: key(row)?,
        root: text(row, 2)?,
        parent: match some_text(row, 3)? {
            Some(order) => Some(Parent {
                order,
                set: text(row, 4)?,
            }),
            None => None,
        },
        deployment: text(row, 5)?,
        sequence: unsigned(row, 6)?,
        status: text(row, 7)?,
        done: plain(row, 8)?,
        next_due: due.map(|_| instant(row, 9)).transpose()?,
        created_at: instant(row, 11)?,
        updated_at: instant(row, 13)?,
        head: text(row, 15)?,
        stuck: some_text(row, 16)?,
        body: text(row, 17)?,
    })
}

/// A step: `sequence, body, hash, personal`.
pub(super) fn step(row: &Row) -> Read<JournalRow> {
    Ok(JournalRow {
        sequence: unsigned(row, 0)?,
        body: text(row, 1)?,
        hash: text(row, 2)?,
        personal: some_text(row, 3)?,
    })
}

/// An order's key: `tenant, id`.
pub(super) fn key(row: &Row) -> Read<OrderKey> {
    Ok(OrderKey::new(text(row, 0)?, text(row, 1)?))
}

/// An effect.
pub(super) fn effect(row: &Row) -> Read<EffectRow> {
    Ok(EffectRow {
        id: text(row, 0)?,
        key: OrderKey::new(text(row, 1)?, text(row, 2)?),
        sequence: unsigned(row, 3)?,
        effect: text(row, 4)?,
        state: text(row, 5)?,
        at: instant(row, 6)?,
        due: instant(row, 8)?,
        attempts: unsigned(row, 10)?,
        error: some_text(row, 11)?,
        dead: plain(row, 12)?,
    })
}

/// A deployment.
pub(super) fn deployment(row: &Row) -> Read<DeploymentRow> {
    Ok(DeploymentRow {
        id: text(row, 0)?,
        tenant: text(row, 1)?,
        workflow: text(row, 2)?,
        version: unsigned(row, 3)?,
        files: text(row, 4)?,
        settings: text(row, 5)?,
        at: instant(row, 6)?,
    })
}

/// A plan: `id, tenant, text`.
pub(super) fn plan(row: &Row) -> Read<PlanRow> {
    Ok(PlanRow {
        id: text(row, 0)?,
        tenant: text(row, 1)?,
        text: text(row, 2)?,
    })
}
