//! What is asked of orders.
//!
//! In: keys and limits. Out: rows. Every question is one statement, and so about one state of the database.

use std::borrow::Cow;
use std::collections::BTreeSet;

use tokio_postgres::Row;

use super::columns::{at, key, order, plain, step, text, unsigned};
use super::error::Trouble;
use super::link::Link;
use super::sql;
use super::text::kept;
use crate::runtime::columns::{self, behind, limit};
use crate::runtime::micros::begun;
use crate::runtime::row::{Find, JournalRow, OrderKey, OrderRow, Orphan};
use crate::runtime::store::Standing;
use crate::time::Instant;

type Read<T> = Result<T, Trouble>;

/// Tenants and ids, as two lists.
pub(super) fn keys_of<'a>(
    keys: impl IntoIterator<Item = &'a OrderKey>,
) -> (Vec<Cow<'a, str>>, Vec<Cow<'a, str>>) {
    let pair = |key: &'a OrderKey| (kept(&key.tenant), kept(&key.order));
    keys.into_iter().map(pair).unzip()
}

/// What was found, each where it was asked for; the place, from 1, stands in a column.
pub(super) fn placed<T>(
    rows: &[Row],
    count: usize,
    column: usize,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<Option<T>>> {
    let mut found: Vec<Option<T>> = (0..count).map(|_| None).collect();
    for row in rows {
        let place: usize = unsigned(row, column)?;
        if let Some(slot) = place.checked_sub(1).and_then(|place| found.get_mut(place)) {
            *slot = Some(read(row)?);
        }
    }
    Ok(found)
}

pub(super) async fn load(link: &mut Link, keys: &[OrderKey]) -> Read<Vec<Option<OrderRow>>> {
    let (tenants, ids) = keys_of(keys);
    let rows = link.ask(sql::LOAD, &[&tenants, &ids]).await?;
    placed(&rows, keys.len(), 18, order)
}

pub(super) async fn children(link: &mut Link, parent: &OrderKey) -> Read<Vec<OrderRow>> {
    let (tenant, id) = (kept(&parent.tenant), kept(&parent.order));
    let rows = link.ask(sql::CHILDREN, &[&tenant, &id]).await?;
    rows.iter().map(order).collect()
}

pub(super) async fn answers(
    link: &mut Link,
    asked: &[(OrderKey, String)],
) -> Read<Vec<Option<String>>> {
    let (tenants, ids) = keys_of(asked.iter().map(|(key, _)| key));
    let events: Vec<Cow<'_, str>> = asked.iter().map(|(_, event)| kept(event)).collect();
    let rows = link.ask(sql::ANSWERS, &[&tenants, &ids, &events]).await?;
    placed(&rows, asked.len(), 0, |row| text(row, 1))
}

pub(super) async fn due(link: &mut Link, now: Instant, rows: usize) -> Read<Vec<OrderKey>> {
    let rows = link.ask(sql::DUE, &[&begun(now), &limit(rows)]).await?;
    rows.iter().map(key).collect()
}

pub(super) async fn next_due(link: &mut Link) -> Read<Option<Instant>> {
    let rows = link.ask(sql::NEXT_DUE, &[]).await?;
    rows.first().map(|row| at(plain(row, 0)?, 0)).transpose()
}

pub(super) async fn journal(
    link: &mut Link,
    key: &OrderKey,
    after: u64,
    rows: usize,
) -> Read<Vec<JournalRow>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let (tenant, id) = (kept(&key.tenant), kept(&key.order));
    let rows = link
        .ask(sql::JOURNAL, &[&tenant, &id, &after, &limit(rows)])
        .await?;
    rows.iter().map(step).collect()
}

pub(super) async fn keys(
    link: &mut Link,
    after: Option<&OrderKey>,
    rows: usize,
) -> Read<Vec<OrderKey>> {
    let tenant = kept(after.map_or("", |key| &key.tenant));
    let id = behind(after.map(|key| key.order.as_str()));
    let rows = link
        .ask(sql::KEYS, &[&tenant, &kept(&id), &limit(rows)])
        .await?;
    rows.iter().map(key).collect()
}

/// One statement for each table, since none of them can tell something that is not so: an order and all that
/// belongs to it become visible at once.
pub(super) async fn orphans(
    link: &mut Link,
    after: Option<&OrderKey>,
    rows: usize,
) -> Read<Vec<Orphan>> {
    let tenant = kept(after.map_or("", |key| &key.tenant));
    let id = behind(after.map(|key| key.order.as_str()));
    let mut owners = [const { Vec::new() }; 3];
    for (owners, question) in owners.iter_mut().zip(sql::ORPHANS) {
        let found = link
            .ask(question, &[&tenant, &kept(&id), &limit(rows)])
            .await?;
        *owners = found.iter().map(key).collect::<Read<Vec<OrderKey>>>()?;
    }
    Ok(columns::orphans(owners, rows))
}

pub(super) async fn find(link: &mut Link, find: &Find) -> Read<Vec<OrderRow>> {
    let (tenant, from) = (kept(&find.tenant), behind(find.after.as_deref()));
    let from = kept(&from);
    let updated = find.updated_before.map(begun);
    let created = find.created_before.map(begun);
    let limit = limit(find.limit);
    // Each way to stand once, or its orders would be found twice.
    let pairs: BTreeSet<_> = find.standing.iter().flatten().collect();
    let pair = |(deployment, status): &'_ (String, String)| {
        (kept(deployment).into_owned(), kept(status).into_owned())
    };
    let (deployments, statuses): (Vec<_>, Vec<_>) = pairs.into_iter().map(pair).unzip();
    let rows = match (&find.standing, find.stuck) {
        (None, stuck) => {
            let sql = if stuck { sql::FIND_STUCK } else { sql::FIND };
            link.ask(sql, &[&tenant, &from, &updated, &created, &limit])
                .await?
        }
        (Some(_), stuck) => {
            let sql = if stuck {
                sql::FIND_STANDING_STUCK
            } else {
                sql::FIND_STANDING
            };
            let values: &super::link::Values<'_> = &[
                &tenant,
                &from,
                &updated,
                &created,
                &limit,
                &deployments,
                &statuses,
            ];
            link.ask(sql, values).await?
        }
    };
    rows.iter().map(order).collect()
}

pub(super) async fn standing(link: &mut Link, tenant: &str) -> Read<Vec<(String, String)>> {
    let rows = link.ask(sql::STANDING, &[&kept(tenant)]).await?;
    let one = |row: &Row| Ok((text(row, 0)?, text(row, 1)?));
    rows.iter().map(one).collect()
}

pub(super) async fn tenants(link: &mut Link) -> Read<Vec<String>> {
    let rows = link.ask(sql::TENANTS, &[]).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

/// What a question tells of a tenant's orders by deployment and status.
pub(super) async fn standings(
    link: &mut Link,
    (question, tenant): (&'static str, &str),
) -> Read<Vec<Standing>> {
    let rows = link.ask(question, &[&kept(tenant)]).await?;
    let one = |row: &Row| {
        Ok(Standing {
            deployment: text(row, 0)?,
            status: text(row, 1)?,
            count: unsigned(row, 2)?,
        })
    };
    rows.iter().map(one).collect()
}
