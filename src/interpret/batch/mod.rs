//! Many orders of one workflow on one site, stepped in bulk: replays, simulations, nightly runs.
//!
//! In: orders, and events prepared once as [`Signal`]s. Out: the orders after, and for each step what it
//! did. What a step means is what [`step`] says, to the byte (a property test compares the
//! two); it is only found faster: an order that is in one state and waits for nothing is kept in columns,
//! its state, its counters and its packed context, and a signal is compiled into one decision for each
//! state. Orders with running timers, nested states or a past are kept whole and stepped by the
//! interpreter itself, and return to the columns once they wait for nothing.
//!
//! Signals are events of the workflow. Timers of an order that are due fire before its next event, as ever; where none
//! comes, it is [`step`] that fires them, on the order itself.

mod column;
mod hot;
mod passage;
mod signal;
mod signals;
mod store;
mod times;
mod words;

use std::fmt;
use std::sync::Arc;

use super::macrostep::World;
use super::named::{find_actor, find_event};
use super::{Answer, Outcome, payload, step};
use crate::context::SYSTEM;
use crate::context::{CellsView, Value};
use crate::graph::{ActorId, Id, StateId, Trigger, Workflow};
use crate::guard::{Inputs, Present};
use crate::instance::{Event, EventKind, Instance, Refusal, Site};
use crate::time::Instant;

use passage::New;
pub use passage::Passage;
pub use signal::Signal;
pub use signals::{MOST_NAMED, Signals};

use column::{Column, Key, Next};
use signal::Asked;
use store::{LOOK_AHEAD, Store};
use times::Clock;
use words::{Quick, by_words, first, guarded, stretch};

/// Orders of one workflow on one site.
pub struct Batch<'w> {
    world: World<'w>,
    store: Store,
    columns: Vec<(Key, Arc<Column>)>,
    always: Arc<Column>,
    /// New values of fields, before they are all known.
    scratch: Vec<(usize, Option<Value>)>,
    /// When the last steps were taken: the next ones are often taken at the same time.
    clock: Clock,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub enum Done<'s> {
    /// The order went this way, in one step that left no timer and no automatic transition to do.
    Moved(&'s Passage),
    /// The interpreter carried the event out, with all that belongs to it.
    Stepped(Box<Outcome>),
    /// The order already is where the event leads: nothing was done.
    Repeated,
    /// No transition applied, or one failed: nothing was changed. [`Batch::try_out`] tells why.
    Refused,
}

/// How many steps of a run ended in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Steps that were carried out.
    pub moved: usize,
    /// Events that asked for what was so already.
    pub repeated: usize,
    /// Events that were refused.
    pub refused: usize,
}

impl<'w> Batch<'w> {
    /// No orders yet.
    pub fn new(workflow: &'w Workflow, site: &'w Site) -> Self {
        let world = World { workflow, site };
        let key = Key {
            trigger: Trigger::Always,
            role: ActorId::SYSTEM,
            target: None,
        };
        let mut store = Store::new(workflow);
        let now = Present::from(Instant::UNIX_EPOCH);
        let stamp = store.stamp(now.word());
        Self {
            world,
            store,
            columns: Vec::new(),
            always: Arc::new(Column::compile(world, &key, None)),
            scratch: Vec::new(),
            clock: Clock { now, stamp },
        }
    }

    /// Takes an order in and gives it the next number, from 0.
    ///
    /// # Panics
    /// Here or in a later step, where the order was made under another workflow.
    pub fn push(&mut self, order: &Instance) -> usize {
        self.store.push(order)
    }

    /// How many orders there are.
    pub fn len(&self) -> usize {
        self.store.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An order as the interpreter knows it; `None` where there is none of that number.
    pub fn order(&self, number: usize) -> Option<Instance> {
        self.store.instance(number)
    }

    /// The state of an order that is in the columns; `None` for one that is kept whole.
    pub fn state(&self, number: usize) -> Option<StateId> {
        self.store.state(number)
    }

    /// Prepares an event for many orders.
    ///
    /// # Errors
    /// When the workflow has no such event or actor, the payload does not fit, or the event is none of
    /// the workflow's own (those differ from order to order: use [`step`]).
    pub fn signal(&mut self, event: &Event) -> Result<Signal, Refusal> {
        let EventKind::Named {
            name,
            payload,
            target,
        } = &event.kind
        else {
            let message = "only events of the workflow are prepared for many orders".to_owned();
            return Err(Refusal::Failed { message });
        };
        let workflow = self.world.workflow;
        let id = find_event(workflow, name)?;
        let role = find_actor(workflow, &event.actor)?;
        let payload = payload::payload(workflow.events.at(id), payload);
        let payload = payload.map_err(|problems| Refusal::Payload { problems })?;
        let key = Key {
            trigger: Trigger::Event(id),
            role,
            target: target.clone(),
        };
        let known = self.columns.iter().find(|(known, _)| *known == key);
        let column = match known {
            Some((_, column)) => Arc::clone(column),
            None => {
                let column = Column::compile(self.world, &key, Some(&self.always));
                let column = Arc::new(column);
                self.columns.push((key, Arc::clone(&column)));
                column
            }
        };
        Ok(Signal {
            event: event.clone(),
            role,
            payload,
            column,
        })
    }

    /// Prepares several events, to be found by their names.
    ///
    /// # Errors
    /// As for [`Batch::signal`]; and where there are more than [`MOST_NAMED`].
    pub fn signals<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e Event>,
    ) -> Result<Signals, Refusal> {
        let signals: Result<Vec<Signal>, Refusal> =
            events.into_iter().map(|event| self.signal(event)).collect();
        let signals = signals?;
        if signals.len() > MOST_NAMED {
            let message = "too many events to be found by name".to_owned();
            return Err(Refusal::Failed { message });
        }
        Ok(Signals::new(signals))
    }

    /// Steps one order; `None` where there is none of that number. It is fastest where `now` is that of the call
    /// before: every 65,535 times that it is another one, the times of all orders are gone through once.
    pub fn step<'s>(
        &mut self,
        number: usize,
        signal: &'s Signal,
        now: Instant,
    ) -> Option<Done<'s>> {
        if now != self.clock.now.at() {
            return self.step_at(number, signal, now);
        }
        // Most steps end here. All others go on elsewhere, so that this needs no more than a few registers.
        let (hot, times) = self.store.hot(number)?;
        let column = &*signal.column;
        let past = times.is_past(number, *hot, self.clock);
        match first(column, *hot, past) {
            Next::Enter { passage, to } => {
                hot.enter(to, self.clock.stamp);
                column.passage(passage).map(Done::Moved)
            }
            Next::Choice(at) => self.step_guarded(number, signal, at),
            _ => self.step_further(number, signal),
        }
    }

    /// Steps one order at another time than the one before.
    #[inline(never)]
    fn step_at<'s>(&mut self, number: usize, signal: &'s Signal, now: Instant) -> Option<Done<'s>> {
        self.set_clock(now);
        self.step(number, signal, now)
    }

    fn set_clock(&mut self, now: Instant) {
        if now != self.clock.now.at() {
            let now = Present::from(now);
            let stamp = self.store.stamp(now.word());
            self.clock = Clock { now, stamp };
        }
    }

    /// Steps one order where a guard decides, at the time of the clock.
    #[inline(never)]
    fn step_guarded<'s>(&mut self, number: usize, signal: &'s Signal, at: u32) -> Option<Done<'s>> {
        let (hot, words, _) = self.store.all(number)?;
        let column = &*signal.column;
        match guarded(column, at, hot, words.of(number), self.clock) {
            Some(passage) => column.passage(passage).map(Done::Moved),
            None => self.step_further(number, signal),
        }
    }

    /// Steps one order at the time of the clock.
    #[inline(never)]
    fn step_further<'s>(&mut self, number: usize, signal: &'s Signal) -> Option<Done<'s>> {
        let (clock, column) = (self.clock, &*signal.column);
        let (hot, words, times) = self.store.all(number)?;
        let past = times.is_past(number, *hot, clock);
        let quick = by_words(column, (hot, past), words.of(number), clock);
        match quick.unwrap_or_else(|| self.quick(number, signal)) {
            Quick::Moved(at) => column.passage(at).map(Done::Moved),
            Quick::Repeated => Some(Done::Repeated),
            Quick::Refused => Some(Done::Refused),
            Quick::Whole => self.whole(number, signal),
        }
    }

    /// What the interpreter says to an event without the order taking part: the records, and every reason
    /// of a refusal.
    pub fn try_out(&self, number: usize, signal: &Signal, now: Instant) -> Option<Outcome> {
        let order = self.order(number)?;
        let World { workflow, site } = self.world;
        Some(step(workflow, site, &order, &signal.event, now))
    }

    /// Steps orders by number, each with one of the signals, in the order given. Pairs of numbers that do
    /// not exist are passed over. Steps of one order keep their order; sorted by order they run fastest.
    pub fn run(&mut self, steps: &[(u32, u16)], signals: &[Signal], now: Instant) -> Tally {
        let mut tally = Tally::default();
        self.set_clock(now);
        for chunk in steps.chunks(LOOK_AHEAD) {
            self.store.look_ahead(chunk);
            for &(number, signal) in chunk {
                let (number, signal) = (number as usize, signals.get(usize::from(signal)));
                if let Some(signal) = signal.filter(|_| number < self.len()) {
                    self.count(number, signal, &mut tally);
                }
            }
        }
        tally
    }

    /// Sends one signal to every order.
    pub fn sweep(&mut self, signal: &Signal, now: Instant) -> Tally {
        let mut tally = Tally::default();
        self.set_clock(now);
        let mut number = self.stretch(0, signal, &mut tally);
        while number < self.len() {
            self.count_further(number, signal, &mut tally);
            number = self.stretch(number + 1, signal, &mut tally);
        }
        tally
    }

    /// Steps orders one after the other as long as their words tell what to do; the first for which they
    /// do not.
    fn stretch(&mut self, from: usize, signal: &Signal, tally: &mut Tally) -> usize {
        let (clock, column) = (self.clock, &*signal.column);
        let (orders, words, times) = self.store.from(from);
        // No look at each order's time where that is known of all: less comes from memory then.
        from + match times.all_past(clock) {
            true => stretch(column, orders, words, clock, |_, _| true, tally),
            false => {
                let past = |at, hot| times.is_past(from + at, hot, clock);
                stretch(column, orders, words, clock, past, tally)
            }
        }
    }

    #[inline]
    fn count(&mut self, number: usize, signal: &Signal, tally: &mut Tally) {
        let (clock, column) = (self.clock, &*signal.column);
        let Some((hot, words, times)) = self.store.all(number) else {
            return;
        };
        let moved = match first(column, *hot, times.is_past(number, *hot, clock)) {
            Next::Enter { to, .. } => {
                hot.enter(to, clock.stamp);
                true
            }
            Next::Choice(at) => guarded(column, at, hot, words.of(number), clock).is_some(),
            _ => false,
        };
        match moved {
            true => tally.moved += 1,
            false => self.count_further(number, signal, tally),
        }
    }

    #[inline(never)]
    fn count_further(&mut self, number: usize, signal: &Signal, tally: &mut Tally) {
        match self.quick(number, signal) {
            Quick::Moved(_) => tally.moved += 1,
            Quick::Repeated => tally.repeated += 1,
            Quick::Refused => tally.refused += 1,
            Quick::Whole => self.count_whole(number, signal, tally),
        }
    }

    #[cold]
    fn count_whole(&mut self, number: usize, signal: &Signal, tally: &mut Tally) {
        let answer = match self.whole(number, signal) {
            Some(Done::Moved(_)) => Answer::Accepted,
            Some(Done::Repeated) => Answer::Repeated,
            Some(Done::Stepped(outcome)) => outcome.answer,
            Some(Done::Refused) | None => return tally.refused += 1,
        };
        match answer {
            Answer::Accepted => tally.moved += 1,
            Answer::Repeated => tally.repeated += 1,
            Answer::Refused(_) => tally.refused += 1,
        }
    }

    /// Steps an order in the columns.
    fn quick(&mut self, number: usize, signal: &Signal) -> Quick {
        let clock = self.clock;
        let Some(state) = self.store.ready(number, clock) else {
            return Quick::Whole;
        };
        let column = &*signal.column;
        let next = match column.first(state.index()) {
            Next::Choice(at) => self.decide(column, at, (number, state), &signal.asked(clock.now)),
            known => known,
        };
        match next {
            Next::Enter { passage: at, .. } | Next::Passage(at) => match column.passage(at) {
                Some(passage) if passage.is_plain => {
                    self.store.commit(number, passage.to, clock);
                    Quick::Moved(at)
                }
                Some(passage) => self.pass(number, signal, (at, passage)),
                None => Quick::Whole,
            },
            Next::Repeated => Quick::Repeated,
            Next::Refused => Quick::Refused,
            Next::Whole | Next::Choice(_) => Quick::Whole,
        }
    }

    /// Carries a decision out that sets fields, or after which automatic transitions have to be asked.
    fn pass(&mut self, number: usize, signal: &Signal, (at, passage): (u32, &Passage)) -> Quick {
        let clock = self.clock;
        if let Some(first) = passage.always {
            // The order has not moved yet, and a passage that sets fields never comes here.
            let to = passage.to.unwrap_or(passage.from);
            let asked = Asked {
                actor: &SYSTEM,
                role: Some(0),
                event: CellsView::EMPTY,
                now: clock.now,
            };
            if self.decide(&self.always, first, (number, to), &asked) != Next::Refused {
                return Quick::Whole;
            }
        }
        if !passage.sets.is_empty() {
            let mut values = std::mem::take(&mut self.scratch);
            let known = self.evaluate(passage, number, &signal.asked(clock.now), &mut values);
            for (slot, value) in values.drain(..).filter(|_| known) {
                self.store.set(number, slot, value);
            }
            self.scratch = values;
            if !known {
                return Quick::Refused;
            }
        }
        self.store.commit(number, passage.to, clock);
        Quick::Moved(at)
    }

    /// The new values of fields, all from the order as it stands; `false` where one cannot be had.
    fn evaluate(
        &self,
        passage: &Passage,
        number: usize,
        asked: &Asked<'_>,
        values: &mut Vec<(usize, Option<Value>)>,
    ) -> bool {
        self.read(number, passage.from, asked, |inputs| {
            passage.sets.iter().all(|(slot, new)| {
                let value = match new {
                    New::Value(formula) => formula.eval(inputs).ok().map(Some),
                    New::Unset => Some(None),
                    New::Broken => None,
                };
                let known = value.is_some();
                values.extend(value.map(|value| (*slot, value)));
                known
            })
        })
    }

    /// Follows the choices of a column from one of them.
    fn decide(
        &self,
        column: &Column,
        first: u32,
        (number, state): (usize, StateId),
        asked: &Asked<'_>,
    ) -> Next {
        self.read(number, state, asked, |inputs| {
            let mut next = Next::Choice(first);
            // A choice is written after those that it leads to, so that this ends.
            while let Next::Choice(at) = next {
                let Some(choice) = column.choice(at) else {
                    return Next::Whole;
                };
                next = match choice.holds(inputs) {
                    true => choice.yes,
                    false => choice.no,
                };
            }
            next
        })
    }

    /// Reads an order as guards see it.
    fn read<T>(
        &self,
        number: usize,
        state: StateId,
        asked: &Asked<'_>,
        read: impl FnOnce(&Inputs<'_>) -> T,
    ) -> T {
        let World { workflow, site } = self.world;
        let in_state = |path: &str| workflow.states.at(state).path == path;
        read(&Inputs {
            order: self.store.view(number),
            settings: site.cells(),
            event: asked.event,
            actor: asked.actor,
            role: asked.role,
            children: self.store.children(number),
            now: asked.now,
            zone: &site.zone,
            in_state: &in_state,
        })
    }

    /// Steps an order by the interpreter, at the time of the clock.
    fn whole(&mut self, number: usize, signal: &Signal) -> Option<Done<'static>> {
        let outcome = self.try_out(number, signal, self.clock.now.at())?;
        // Timers may have fired before an event that was refused.
        if !outcome.records.is_empty() {
            self.store.replace(number, &outcome.instance);
        }
        Some(match outcome.answer {
            Answer::Refused(_) if outcome.records.is_empty() => Done::Refused,
            Answer::Repeated if outcome.records.is_empty() => Done::Repeated,
            _ => Done::Stepped(Box::new(outcome)),
        })
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, columns, .. } = self;
        f.debug_struct("Batch")
            .field("orders", &store.len())
            .field("columns", &columns.len())
            .finish_non_exhaustive()
    }
}
