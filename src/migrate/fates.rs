//! What became of what waited, and what is asked because of a migration: counted over orders.
//!
//! In: orders as they came over. Out: [`Fates`], as lines for people and as rows for programs.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::apply::{EventFate, Migrated, TimerFate};

/// What became of the timers and the events of orders, and the effects that are asked for, with how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "FateRows", into = "FateRows")]
#[schemars(with = "FateRows")]
pub struct Fates {
    /// Timers by their old names, new ones by their new ones: of how many orders.
    timers: BTreeMap<(String, TimerFate), u64>,
    /// Events that waited for their time, by their old names: how many.
    events: BTreeMap<(String, EventFate), u64>,
    /// Effects by name: for how many orders.
    effects: BTreeMap<String, u64>,
}

impl Fates {
    /// Counts an order.
    pub fn add(&mut self, order: &Migrated) {
        count(
            &mut self.timers,
            order.timers.iter().map(|timer| (timer.clone(), 1)),
        );
        count(
            &mut self.events,
            order.events.iter().map(|event| (event.clone(), 1)),
        );
        count(
            &mut self.effects,
            order.effects.iter().map(|effect| (effect.clone(), 1)),
        );
    }

    /// Counts what was counted elsewhere.
    pub fn join(&mut self, other: Self) {
        count(&mut self.timers, other.timers);
        count(&mut self.events, other.events);
        count(&mut self.effects, other.effects);
    }

    /// The same as rows.
    pub fn rows(&self) -> FateRows {
        let timers = self
            .timers
            .iter()
            .map(|((timer, became), orders)| TimerRow {
                timer: timer.clone(),
                became: *became,
                orders: *orders,
            });
        let events = self
            .events
            .iter()
            .map(|((event, became), events)| EventRow {
                event: event.clone(),
                became: *became,
                events: *events,
            });
        let effects = self.effects.iter().map(|(effect, orders)| EffectRow {
            effect: effect.clone(),
            orders: *orders,
        });
        FateRows {
            timers: timers.collect(),
            events: events.collect(),
            effects: effects.collect(),
        }
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, more: impl IntoIterator<Item = (K, u64)>) {
    for (counted, times) in more {
        *counts.entry(counted).or_default() += times;
    }
}

/// A line for each, with the count in front.
impl fmt::Display for Fates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((timer, became), orders) in &self.timers {
            writeln!(f, "{orders:>7}  timer {timer} {}", became.as_str())?;
        }
        for ((event, became), events) in &self.events {
            writeln!(f, "{events:>7}  event {event} {}", became.as_str())?;
        }
        for (effect, orders) in &self.effects {
            writeln!(f, "{orders:>7}  effect {effect} asked for")?;
        }
        Ok(())
    }
}

/// What became of timers, events and effects, as rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FateRows {
    /// How many timers were kept, restarted, dropped or started.
    pub timers: Vec<TimerRow>,
    /// How many events that waited for their time were kept or dropped.
    pub events: Vec<EventRow>,
    /// What is asked of the outside, because flags were let go.
    pub effects: Vec<EffectRow>,
}

/// What became of a timer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimerRow {
    /// The timer, `STATE.TIMER`.
    pub timer: String,
    /// `kept`, `restarted`, `dropped` or `started`.
    pub became: TimerFate,
    /// Of how many orders.
    pub orders: u64,
}

/// What became of an event that was raised for later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventRow {
    /// The event, by its old name.
    pub event: String,
    /// `kept` or `dropped`.
    pub became: EventFate,
    /// How many of them.
    pub events: u64,
}

/// An effect that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EffectRow {
    /// The effect.
    pub effect: String,
    /// For how many orders.
    pub orders: u64,
}

impl From<Fates> for FateRows {
    fn from(fates: Fates) -> Self {
        fates.rows()
    }
}

impl From<FateRows> for Fates {
    fn from(rows: FateRows) -> Self {
        let timers = rows.timers.into_iter();
        let events = rows.events.into_iter();
        let effects = rows.effects.into_iter();
        Self {
            timers: timers
                .map(|row| ((row.timer, row.became), row.orders))
                .collect(),
            events: events
                .map(|row| ((row.event, row.became), row.events))
                .collect(),
            effects: effects.map(|row| (row.effect, row.orders)).collect(),
        }
    }
}
