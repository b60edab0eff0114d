//! What is asked of orders.
//!
//! In: keys and limits. Out: rows. No answer reads more of the store than it holds, but for those that
//! look through a tenant's orders for a time.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Result, Transaction, named_params, params};

use super::columns::{key, order, step};
use super::sql;
use crate::runtime::columns::{self, behind, limit};
use crate::runtime::micros::{begun, instant};
use crate::runtime::row::{Find, JournalRow, OrderKey, OrderRow, Orphan};
use crate::runtime::store::Standing;
use crate::time::Instant;

pub(super) fn load(from: &Transaction<'_>, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>> {
    let mut query = from.prepare_cached(&sql::load())?;
    let one = |key: &OrderKey| {
        query
            .query_row(params![key.tenant, key.order], order)
            .optional()
    };
    keys.iter().map(one).collect()
}

pub(super) fn children(from: &Connection, parent: &OrderKey) -> Result<Vec<OrderRow>> {
    let mut query = from.prepare_cached(&sql::children())?;
    query
        .query_map(params![parent.tenant, parent.order], order)?
        .collect()
}

pub(super) fn answers(
    from: &Transaction<'_>,
    asked: &[(OrderKey, String)],
) -> Result<Vec<Option<String>>> {
    let mut query = from.prepare_cached(sql::ANSWER)?;
    let one = |(key, id): &(OrderKey, String)| {
        let columns = params![key.tenant, key.order, id];
        query.query_row(columns, |row| row.get(0)).optional()
    };
    asked.iter().map(one).collect()
}

pub(super) fn due(from: &Connection, now: Instant, rows: usize) -> Result<Vec<OrderKey>> {
    let mut query = from.prepare_cached(sql::DUE)?;
    query
        .query_map(params![begun(now), limit(rows)], key)?
        .collect()
}

pub(super) fn next_due(from: &Connection) -> Result<Option<Instant>> {
    let mut query = from.prepare_cached(sql::NEXT_DUE)?;
    let due: Option<i64> = query.query_row([], |row| row.get(0)).optional()?;
    let at = |due| instant(due, 0).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, due));
    due.map(at).transpose()
}

pub(super) fn journal(
    from: &Connection,
    key: &OrderKey,
    after: u64,
    rows: usize,
) -> Result<Vec<JournalRow>> {
    let mut query = from.prepare_cached(sql::JOURNAL)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let columns = params![key.tenant, key.order, after, limit(rows)];
    query.query_map(columns, step)?.collect()
}

pub(super) fn keys(
    from: &Connection,
    after: Option<&OrderKey>,
    rows: usize,
) -> Result<Vec<OrderKey>> {
    let mut query = from.prepare_cached(sql::KEYS)?;
    let tenant = after.map_or("", |key| key.tenant.as_str());
    let id = behind(after.map(|key| key.order.as_str()));
    query
        .query_map(params![tenant, id, limit(rows)], key)?
        .collect()
}

pub(super) fn orphans(
    from: &Transaction<'_>,
    after: Option<&OrderKey>,
    rows: usize,
) -> Result<Vec<Orphan>> {
    let tenant = after.map_or("", |key| key.tenant.as_str());
    let id = behind(after.map(|key| key.order.as_str()));
    let of = |table| -> Result<Vec<OrderKey>> {
        let mut query = from.prepare(&sql::orphans(table))?;
        query
            .query_map(params![tenant, id, limit(rows)], key)?
            .collect()
    };
    let owners = [of("journal")?, of("answers")?, of("effects")?];
    Ok(columns::orphans(owners, rows))
}

/// Each standing has its own place in an index, so that what is found first is found by id.
pub(super) fn find(from: &Transaction<'_>, find: &Find) -> Result<Vec<OrderRow>> {
    let Some(pairs) = &find.standing else {
        return matching(from, find, None);
    };
    let mut found = BTreeMap::new();
    for pair in pairs {
        let rows = matching(from, find, Some(pair))?;
        found.extend(rows.into_iter().map(|row| (row.key.order.clone(), row)));
        while found.len() > find.limit {
            found.pop_last();
        }
    }
    Ok(found.into_values().collect())
}

fn matching(
    from: &Connection,
    find: &Find,
    standing: Option<&(String, String)>,
) -> Result<Vec<OrderRow>> {
    let (deployment, status) = standing.map(|(a, b)| (a.as_str(), b.as_str())).unzip();
    let columns = named_params! {
        ":tenant": find.tenant,
        ":from": behind(find.after.as_deref()),
        ":deployment": deployment,
        ":status": status,
        ":updated": find.updated_before.map(begun),
        ":created": find.created_before.map(begun),
        ":limit": limit(find.limit),
    };
    from.prepare_cached(&sql::find(standing.is_some(), find.stuck))?
        .query_map(columns, order)?
        .collect()
}

pub(super) fn standing(from: &Connection, tenant: &str) -> Result<Vec<(String, String)>> {
    let mut query = from.prepare_cached(sql::STANDING)?;
    let mut found: Vec<(String, String)> = Vec::new();
    loop {
        // The id of a deployment is never empty.
        let (deployment, status) = found.last().map_or(("", ""), |(a, b)| (a, b));
        let next = query.query_row(params![tenant, deployment, status], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        match next.optional()? {
            Some(next) => found.push(next),
            None => return Ok(found),
        }
    }
}

pub(super) fn tenants(from: &Connection) -> Result<Vec<String>> {
    let mut query = from.prepare_cached(sql::TENANTS)?;
    query.query_map([], |row| row.get(0))?.collect()
}

/// What a question tells of a tenant's orders by deployment and status.
pub(super) fn standings(
    from: &Connection,
    (question, tenant): (&str, &str),
) -> Result<Vec<Standing>> {
    let mut query = from.prepare_cached(question)?;
    let one = |row: &rusqlite::Row<'_>| {
        let count: i64 = row.get(2)?;
        Ok(Standing {
            deployment: row.get(0)?,
            status: row.get(1)?,
            count: count.unsigned_abs(),
        })
    };
    query.query_map(params![tenant], one)?.collect()
}
