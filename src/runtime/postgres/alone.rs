//! A change that is alone, in one round trip.
//!
//! In: units. Out: whether the change won, where one statement can do it. It is the same transaction as that of
//! many units, with all that a change may lose by in the conditions of what is written: its order is locked first,
//! moves where it has the version and the last step that were expected, and all else is written behind it. Where a constraint
//! refuses it (an answer, a step or an effect that is there already), nothing is written, and the change goes the
//! way of many, which tells lost from wrong.

use super::columns::{signed, unsigned};
use super::error::Trouble;
use super::link::Link;
use super::rows::Write;
use super::sql;
use super::text::kept;
use crate::runtime::row::{Change, Unit};

/// Writes a change if it is the only one; `None` where it must go the way of many.
pub(super) async fn commit(link: &mut Link, units: &[Unit]) -> Result<Option<bool>, Trouble> {
    let [unit] = units else { return Ok(None) };
    let [change] = unit.as_slice() else {
        return Ok(None);
    };
    // A number that no column holds is judged there as well.
    let expected = change.expected.map(signed).transpose();
    let (true, Ok(write), Ok(expected)) = (moves(change), Write::of(&[change]), expected) else {
        return Ok(None);
    };
    let mut values = write.alone(expected);
    let upon = kept(&change.upon);
    values.push(&expected);
    values.push(&upon);
    let made = link.make_whole(sql::ALONE, &values).await?;
    let Some(rows) = made else { return Ok(None) };
    let moved: Option<u64> = rows.first().map(|row| unsigned(row, 0)).transpose()?;
    Ok(Some(moved == Some(1)))
}

/// Whether a change moves its order by steps, and nothing else.
fn moves(change: &Change) -> bool {
    let stays = change.expected == Some(change.row.sequence);
    !stays && !change.erases && !change.journal.is_empty()
}
