//! What is written, column by column.
//!
//! In: changes that win. Out: the values of the statements that write them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tokio_postgres::types::ToSql;

use super::columns::{future, past, signed};
use super::text::kept;
use crate::runtime::row::{Change, ERASED, EffectRow, OrderKey, OrderRow};
use crate::runtime::store::StoreError;

/// All that is written, column by column.
#[derive(Default)]
pub(super) struct Write<'a> {
    /// Orders of which what is personal is erased, and by which winner last.
    pub(super) erased: BTreeMap<&'a OrderKey, usize>,
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
    pub(super) fn of(winners: &[&'a Change]) -> Result<Self, StoreError> {
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

    /// The values of [`WRITE`](super::sql::WRITE).
    pub(super) fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let mut values = self.beside().to_vec();
        values.extend(self.made.values());
        values.extend(self.moved.values());
        values
    }

    /// The values of [`ALONE`](super::sql::ALONE), but for the version and the last step that its order must
    /// have; where it must not be there, the version is `None`.
    pub(super) fn alone(&self, expected: Option<i64>) -> Vec<&(dyn ToSql + Sync)> {
        let order = match expected {
            None => &self.made,
            Some(_) => &self.moved,
        };
        let mut values = self.beside().to_vec();
        values.extend(order.values());
        values
    }

    /// What is written beside the orders.
    fn beside(&self) -> [&(dyn ToSql + Sync); 23] {
        let steps = &self.steps;
        let (answers, effects) = (&self.answers, &self.effects);
        [
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
        ]
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
