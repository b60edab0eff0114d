//! Effects that wait, that are handed out, and that were given up.
//!
//! In: what the store is told of them. Out: those that may be handed out, the oldest first.

use super::columns::{effect, future, plain, unsigned};
use super::error::Trouble;
use super::link::{Link, Values};
use super::sql;
use super::text::kept;
use crate::runtime::columns::limit;
use crate::runtime::micros::begun;
use crate::runtime::row::{EffectRow, Settlement};
use crate::time::Instant;

/// Hands out what is due and nobody else is handing out.
pub(super) async fn claim(
    link: &mut Link,
    tenant: Option<&str>,
    now: Instant,
    until: Instant,
    rows: usize,
) -> Result<Vec<EffectRow>, Trouble> {
    let (due, rest) = future(until);
    let (now, rows) = (begun(now), limit(rows));
    let rows = match tenant.map(kept) {
        None => link.ask(sql::CLAIM, &[&now, &due, &rest, &rows]).await?,
        Some(tenant) => {
            link.ask(sql::CLAIM_OF, &[&now, &due, &rest, &rows, &tenant])
                .await?
        }
    };
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let place: (i64, u64) = (plain(row, 13)?, unsigned(row, 14)?);
        claimed.push((place, effect(row)?));
    }
    claimed.sort_by_key(|(place, _)| *place);
    Ok(claimed.into_iter().map(|(_, row)| row).collect())
}

/// Settles one that is handed out at this attempt.
pub(super) async fn settle(
    link: &mut Link,
    id: &str,
    attempt: u32,
    settlement: &Settlement,
) -> Result<bool, Trouble> {
    let (id, attempt) = (kept(id), i64::from(attempt));
    match settlement {
        Settlement::Done => once(link, sql::SETTLE_DONE, &[&id, &attempt]).await,
        Settlement::Retry { due, error } => {
            let (due, rest) = future(*due);
            let values: &Values<'_> = &[&id, &attempt, &due, &rest, &kept(error)];
            once(link, sql::SETTLE_RETRY, values).await
        }
        Settlement::Dead { error } => {
            once(link, sql::SETTLE_DEAD, &[&id, &attempt, &kept(error)]).await
        }
    }
}

/// Those of a tenant that were given up, by id.
pub(super) async fn dead(
    link: &mut Link,
    tenant: &str,
    rows: usize,
) -> Result<Vec<EffectRow>, Trouble> {
    let rows = link.ask(sql::DEAD, &[&kept(tenant), &limit(rows)]).await?;
    rows.iter().map(effect).collect()
}

/// Lets one that was given up wait again.
pub(super) async fn revive(link: &mut Link, id: &str, due: Instant) -> Result<bool, Trouble> {
    let (due, rest) = future(due);
    once(link, sql::REVIVE, &[&kept(id), &due, &rest]).await
}

/// Changes one row, where a second time would answer otherwise: a connection that is lost meanwhile leaves
/// it open whether it was changed.
async fn once(link: &mut Link, sql: &'static str, values: &Values<'_>) -> Result<bool, Trouble> {
    let changed = link.make_once(sql, values).await?;
    Ok(changed == 1)
}
