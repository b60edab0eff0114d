//! Units, in one transaction and two round trips; a change that is alone, in one (`alone`).
//!
//! In: units. Out: which of them won. First the orders are locked, in the order of their keys, so that
//! processes wait for each other in a line; what is stored of them is judged as every store judges it; then
//! all that won is written by one statement, behind which the commit is already on its way.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::alone;
use super::columns::{plain, signed, text, unsigned};
use super::error::Trouble;
use super::link::{Link, Values};
use super::read::keys_of;
use super::rows::Write;
use super::sql;
use super::text::kept;
use crate::runtime::judge::{Known, judge, there};
use crate::runtime::row::{Change, ERASED, OrderKey, Unit};

/// Writes the units that win.
pub(super) async fn commit(link: &mut Link, units: &[Unit]) -> Result<Vec<bool>, Trouble> {
    if units.iter().all(Vec::is_empty) {
        return Ok(vec![true; units.len()]);
    }
    if let Some(won) = alone::commit(link, units).await? {
        return Ok(vec![won]);
    }
    let stored = lock(link, units).await?;
    let judged = match judge(&stored, units) {
        Ok(verdict) => in_vain(link, &verdict.vain).await.map(|()| verdict),
        Err(wrong) => Err(wrong.into()),
    };
    let verdict = match judged {
        Ok(verdict) => verdict,
        Err(wrong) => {
            link.abandon().await?;
            return Err(wrong);
        }
    };
    let winners: Vec<&Change> = verdict.winners(units).collect();
    if winners.is_empty() {
        link.abandon().await?;
        return Ok(verdict.won);
    }
    let written = match Write::of(&winners) {
        Ok(write) => erase(link, &write.erased).await.map(|()| write),
        Err(wrong) => Err(wrong.into()),
    };
    match written {
        Ok(write) => link.finish(sql::WRITE, &write.values()).await?,
        Err(wrong) => {
            link.abandon().await?;
            return Err(wrong);
        }
    }
    Ok(verdict.won)
}

/// What is stored of the orders that units are about. Steps and effects are not asked for: where one is
/// there already, writing it fails.
struct Stored<'a> {
    versions: BTreeMap<&'a OrderKey, (u64, String)>,
    answered: BTreeSet<(&'a OrderKey, &'a str)>,
}

impl Known for Stored<'_> {
    fn version(&self, key: &OrderKey) -> Option<(u64, &str)> {
        let stored = self.versions.get(key);
        stored.map(|(version, head)| (*version, head.as_str()))
    }

    fn answered(&self, key: &OrderKey, event_id: &str) -> bool {
        self.answered.contains(&(key, event_id))
    }

    fn stepped(&self, _: &OrderKey, _: u64) -> bool {
        false
    }

    fn asked(&self, _: &str) -> bool {
        false
    }
}

/// Begins the transaction, and locks all orders that are there.
async fn lock<'a>(link: &mut Link, units: &'a [Unit]) -> Result<Stored<'a>, Trouble> {
    let changes = || units.iter().flatten();
    let keys: BTreeSet<&OrderKey> = changes().map(|change| &change.row.key).collect();
    let keys: Vec<&OrderKey> = keys.into_iter().collect();
    let events = changes().flat_map(|change| {
        let key = &change.row.key;
        let answers = change.answers.iter();
        answers.map(move |answer| (key, answer.event_id.as_str()))
    });
    let events: Vec<(&OrderKey, &str)> = events.collect();
    let (tenants, ids) = keys_of(keys.iter().copied());
    let (owners, orders) = keys_of(events.iter().map(|(key, _)| *key));
    let names: Vec<Cow<'_, str>> = events.iter().map(|(_, event)| kept(event)).collect();
    let (versions, answers) = link
        .begin(
            (sql::LOCK, &[&tenants, &ids]),
            (sql::ANSWERS, &[&owners, &orders, &names]),
        )
        .await?;
    let mut stored = Stored {
        versions: BTreeMap::new(),
        answered: BTreeSet::new(),
    };
    for row in &versions {
        let place: usize = unsigned(row, 0)?;
        if let Some(key) = place.checked_sub(1).and_then(|place| keys.get(place)) {
            let version = (unsigned(row, 1)?, text(row, 2)?);
            stored.versions.insert(key, version);
        }
    }
    for row in &answers {
        let place: usize = unsigned(row, 0)?;
        stored
            .answered
            .extend(place.checked_sub(1).and_then(|place| events.get(place)));
    }
    Ok(stored)
}

/// Fails where a change that is not written, since another of its unit lost, has a step or an effect that is
/// there already.
async fn in_vain(link: &mut Link, vain: &[&Change]) -> Result<(), Trouble> {
    if vain.is_empty() {
        return Ok(());
    }
    let steps = vain.iter().flat_map(|change| {
        let steps = change.journal.iter();
        steps.map(|step| (&change.row.key, step.sequence))
    });
    let (keys, sequences): (Vec<&OrderKey>, Vec<u64>) = steps.unzip();
    let (tenants, ids) = keys_of(keys);
    let sequences: Result<Vec<i64>, _> = sequences.into_iter().map(signed).collect();
    let effects = vain.iter().flat_map(|change| &change.effects);
    let effects: Vec<Cow<'_, str>> = effects.map(|effect| kept(&effect.id)).collect();
    let rows = link
        .ask(sql::THERE, &[&tenants, &ids, &sequences?, &effects])
        .await?;
    match rows.first().map(|row| plain(row, 0)).transpose()? {
        Some(true) => Err(there("a step or an effect").into()),
        _ => Ok(()),
    }
}

/// Erases what is personal of orders, as far as it is stored.
async fn erase(link: &mut Link, orders: &BTreeMap<&OrderKey, usize>) -> Result<(), Trouble> {
    for key in orders.keys() {
        let values: &Values<'_> = &[&kept(&key.tenant), &kept(&key.order), &ERASED];
        link.make(sql::ERASE, values).await?;
    }
    Ok(())
}

/// Writes something and takes it back.
pub(super) async fn check_room(link: &mut Link) -> Result<(), Trouble> {
    let written = link.client().transaction().await?;
    written.execute(sql::ROOM, &[]).await?;
    Ok(written.rollback().await?)
}

/// Says why an order cannot go on, or that it can.
pub(super) async fn set_stuck(
    link: &mut Link,
    key: &OrderKey,
    reason: Option<&str>,
) -> Result<bool, Trouble> {
    let (tenant, id, reason) = (kept(&key.tenant), kept(&key.order), reason.map(kept));
    let changed = link.make(sql::SET_STUCK, &[&tenant, &id, &reason]).await?;
    Ok(changed == 1)
}
