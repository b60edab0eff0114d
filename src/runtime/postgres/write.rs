//! Units, in one transaction and two round trips.
//!
//! In: units. Out: which of them won. First the orders are locked, in the order of their keys, so that
//! processes wait for each other in a line; what is stored of them is judged as every store judges it; then
//! all that won is written by one statement, behind which the commit is already on its way.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::types::ToSql;

use super::columns::{future, past, plain, signed, unsigned};
use super::error::Trouble;
use super::link::{Link, Values};
use super::read::keys_of;
use super::sql;
use super::text::kept;
use crate::runtime::judge::{Known, judge, there};
use crate::runtime::row::{Change, ERASED, EffectRow, OrderKey, OrderRow, Unit};
use crate::runtime::store::StoreError;

/// Writes the units that win.
pub(super) async fn commit(link: &mut Link, units: &[Unit]) -> Result<Vec<bool>, Trouble> {
    if units.iter().all(Vec::is_empty) {
        return Ok(vec![true; units.len()]);
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
    versions: BTreeMap<&'a OrderKey, u64>,
    answered: BTreeSet<(&'a OrderKey, &'a str)>,
}

impl Known for Stored<'_> {
    fn version(&self, key: &OrderKey) -> Option<u64> {
        self.versions.get(key).copied()
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
    let rows = link
        .begin(&[
            (sql::LOCK, &[&tenants, &ids]),
            (sql::ANSWERS, &[&owners, &orders, &names]),
        ])
        .await?;
    let mut stored = Stored {
        versions: BTreeMap::new(),
        answered: BTreeSet::new(),
    };
    let mut rows = rows.into_iter();
    for row in rows.next().iter().flatten() {
        let place: usize = unsigned(row, 0)?;
        if let Some(key) = place.checked_sub(1).and_then(|place| keys.get(place)) {
            stored.versions.insert(key, unsigned(row, 1)?);
        }
    }
    for row in rows.next().iter().flatten() {
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

/// All that is written, column by column.
#[derive(Default)]
struct Write<'a> {
    /// Orders of which what is personal is erased, and by which winner last.
    erased: BTreeMap<&'a OrderKey, usize>,
    made: Orders<'a>,
    moved: Orders<'a>,
    steps: Steps<'a>,
    answers: Answers<'a>,
    effects: Effects<'a>,
}

type Texts<'a> = Vec<Cow<'a, str>>;
type SomeTexts<'a> = Vec<Option<Cow<'a, str>>>;

#[derive(Default)]
struct Orders<'a> {
    keys: (Texts<'a>, Texts<'a>),
    roots: Texts<'a>,
    parents: SomeTexts<'a>,
    sets: SomeTexts<'a>,
    deployments: Texts<'a>,
    sequences: Vec<i64>,
    statuses: Texts<'a>,
    done: Vec<bool>,
    due: (Vec<Option<i64>>, Vec<Option<i16>>),
    created: (Vec<i64>, Vec<i16>),
    updated: (Vec<i64>, Vec<i16>),
    heads: Texts<'a>,
    stuck: SomeTexts<'a>,
    bodies: Texts<'a>,
}

#[derive(Default)]
struct Steps<'a> {
    keys: (Texts<'a>, Texts<'a>),
    sequences: Vec<i64>,
    bodies: Texts<'a>,
    hashes: Texts<'a>,
    personal: SomeTexts<'a>,
}

#[derive(Default)]
struct Answers<'a> {
    keys: (Texts<'a>, Texts<'a>),
    events: Texts<'a>,
    bodies: Texts<'a>,
}

#[derive(Default)]
struct Effects<'a> {
    ids: Texts<'a>,
    keys: (Texts<'a>, Texts<'a>),
    sequences: Vec<i64>,
    names: Texts<'a>,
    states: Texts<'a>,
    at: (Vec<i64>, Vec<i16>),
    due: (Vec<i64>, Vec<i16>),
    attempts: Vec<i64>,
    errors: SomeTexts<'a>,
    dead: Vec<bool>,
}

impl<'a> Write<'a> {
    fn of(winners: &[&'a Change]) -> Result<Self, StoreError> {
        let mut write = Self::default();
        for (row, is_new) in last(winners).into_values() {
            let orders = if is_new {
                &mut write.made
            } else {
                &mut write.moved
            };
            orders.push(row)?;
        }
        let erasing = winners
            .iter()
            .enumerate()
            .filter(|(_, change)| change.erases);
        write.erased = erasing
            .map(|(place, change)| (&change.row.key, place))
            .collect();
        for (place, change) in winners.iter().enumerate() {
            let erased = write
                .erased
                .get(&change.row.key)
                .is_some_and(|by| place < *by);
            for step in &change.journal {
                add_key(&mut write.steps.keys, &change.row.key);
                write.steps.sequences.push(signed(step.sequence)?);
                write.steps.bodies.push(kept(&step.body));
                write.steps.hashes.push(kept(&step.hash));
                let personal = step.personal.as_deref().filter(|_| !erased);
                write.steps.personal.push(personal.map(kept));
            }
            for answer in &change.answers {
                add_key(&mut write.answers.keys, &change.row.key);
                write.answers.events.push(kept(&answer.event_id));
                let body = if erased { ERASED } else { &answer.body };
                write.answers.bodies.push(kept(body));
            }
            for effect in &change.effects {
                write.effects.push(effect)?;
            }
        }
        Ok(write)
    }

    /// The values of [`sql::WRITE`].
    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut values = self.made.values().to_vec();
        values.extend(self.moved.values());
        let steps = &self.steps;
        let (answers, effects) = (&self.answers, &self.effects);
        let rest: [&(dyn ToSql + Sync); 23] = [
            &steps.keys.0,
            &steps.keys.1,
            &steps.sequences,
            &steps.bodies,
            &steps.hashes,
            &steps.personal,
            &answers.keys.0,
            &answers.keys.1,
            &answers.events,
            &answers.bodies,
            &effects.ids,
            &effects.keys.0,
            &effects.keys.1,
            &effects.sequences,
            &effects.names,
            &effects.states,
            &effects.at.0,
            &effects.at.1,
            &effects.due.0,
            &effects.due.1,
            &effects.attempts,
            &effects.errors,
            &effects.dead,
        ];
        values.extend(rest);
        values
    }
}

/// Each order as it stands after all that won, and whether it was not there before; by key. One that stays as
/// it is is not among them.
fn last<'a>(winners: &[&'a Change]) -> BTreeMap<&'a OrderKey, (&'a OrderRow, bool)> {
    let mut last: BTreeMap<&OrderKey, (&OrderRow, bool)> = BTreeMap::new();
    for change in winners {
        if change.expected == Some(change.row.sequence) {
            continue;
        }
        let is_new = change.expected.is_none();
        let entry = last.entry(&change.row.key).or_insert((&change.row, is_new));
        entry.0 = &change.row;
    }
    last
}

fn add_key<'a>(keys: &mut (Texts<'a>, Texts<'a>), key: &'a OrderKey) {
    keys.0.push(kept(&key.tenant));
    keys.1.push(kept(&key.order));
}

fn add<A, B>(to: &mut (Vec<A>, Vec<B>), (a, b): (A, B)) {
    to.0.push(a);
    to.1.push(b);
}

impl<'a> Orders<'a> {
    fn push(&mut self, row: &'a OrderRow) -> Result<(), StoreError> {
        let parent = row.parent.as_ref();
        add_key(&mut self.keys, &row.key);
        self.roots.push(kept(&row.root));
        self.parents.push(parent.map(|parent| kept(&parent.order)));
        self.sets.push(parent.map(|parent| kept(&parent.set)));
        self.deployments.push(kept(&row.deployment));
        self.sequences.push(signed(row.sequence)?);
        self.statuses.push(kept(&row.status));
        self.done.push(row.done);
        add(&mut self.due, row.next_due.map(future).unzip());
        add(&mut self.created, past(row.created_at));
        add(&mut self.updated, past(row.updated_at));
        self.heads.push(kept(&row.head));
        self.stuck.push(row.stuck.as_deref().map(kept));
        self.bodies.push(kept(&row.body));
        Ok(())
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 18] {
        [
            &self.keys.0,
            &self.keys.1,
            &self.roots,
            &self.parents,
            &self.sets,
            &self.deployments,
            &self.sequences,
            &self.statuses,
            &self.done,
            &self.due.0,
            &self.due.1,
            &self.created.0,
            &self.created.1,
            &self.updated.0,
            &self.updated.1,
            &self.heads,
            &self.stuck,
            &self.bodies,
        ]
    }
}

impl<'a> Effects<'a> {
    fn push(&mut self, row: &'a EffectRow) -> Result<(), StoreError> {
        self.ids.push(kept(&row.id));
        add_key(&mut self.keys, &row.key);
        self.sequences.push(signed(row.sequence)?);
        self.names.push(kept(&row.effect));
        self.states.push(kept(&row.state));
        add(&mut self.at, past(row.at));
        add(&mut self.due, future(row.due));
        self.attempts.push(row.attempts.into());
        self.errors.push(row.error.as_deref().map(kept));
        self.dead.push(row.dead);
        Ok(())
    }
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
