//! An order and its children under one virtual clock.
//!
//! In: [`Input`]s. Out: the [`Entry`]s of all that happened, in order, and how every order stands.
//! Time passes only as told; on the way every timer of every order fires at its due time, the root's
//! before its children's. A child's step moves its parent in the same breath, and what a parent sends
//! reaches its children before anything else happens.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value as Json;

use super::members::{self, Members};
use super::refused;
use super::{Action, DriveError, Entry, Happened, Input, OrderName};
use crate::context::Actor;
use crate::graph::{Id, StateId, Workflow};
use crate::instance::{Event, EventKind, Instance, Refusal, Site, StepRecord};
use crate::interpret::{self, Answer};
use crate::time::{Instant, format_instant};

/// The most timers that fire while time passes once.
const TIMERS: usize = 100_000;

/// The most messages between orders that one step sets off.
const MESSAGES: usize = 10_000;

/// An order and its children.
#[derive(Debug, Clone)]
pub struct Family<'w> {
    workflow: &'w Workflow,
    site: &'w Site,
    now: Instant,
    root: Option<Instance>,
    members: Vec<Members>,
    entries: Vec<Entry>,
    /// What is still to be delivered, first come first served.
    open: VecDeque<(OrderName, Event)>,
}

/// What became of an input itself, whatever else it set off.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It was accepted.
    Accepted,
    /// It was accepted without a step: the order already is where it leads.
    Repeated,
    /// It was refused.
    Refused(Refusal),
}

impl<'w> Family<'w> {
    /// A family without orders, its clock at `now`.
    pub fn new(workflow: &'w Workflow, site: &'w Site, now: Instant) -> Self {
        Self {
            workflow,
            site,
            now,
            root: None,
            members: Members::of(workflow),
            entries: Vec::new(),
            open: VecDeque::new(),
        }
    }

    /// Puts an order that stands somewhere already in the place of the root. Its children are known as
    /// numbers alone.
    pub fn adopt(&mut self, instance: Instance) {
        self.root = Some(instance);
    }

    /// The workflow that its orders run.
    pub fn workflow(&self) -> &'w Workflow {
        self.workflow
    }

    /// The settings that its orders run with.
    pub fn site(&self) -> &'w Site {
        self.site
    }

    /// Where the clock stands.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// All that happened so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How an order stands; `None` where there is none of this name.
    pub fn instance(&self, name: &OrderName) -> Option<&Instance> {
        match name {
            OrderName::Root => self.root.as_ref(),
            OrderName::Child { .. } => members::order(self.workflow, &self.members, name),
        }
    }

    /// The names of all orders that run this workflow, the root first.
    pub fn orders(&self) -> Vec<OrderName> {
        let mut names: Vec<OrderName> = self.root.iter().map(|_| OrderName::Root).collect();
        for (set, members) in self.workflow.children.rows().iter().zip(&self.members) {
            if let Members::Own(orders) = members {
                names.extend(orders.keys().map(|name| OrderName::Child {
                    set: set.name.clone(),
                    name: name.clone(),
                }));
            }
        }
        names
    }

    /// The earliest due time among all timers of all orders, and whose it is.
    pub fn next_due(&self) -> Option<(Instant, OrderName)> {
        let due = |name: OrderName| Some((self.instance(&name)?.next_due()?, name));
        // The first of several equal ones is the root's, then that of the earlier child.
        let mut timers = self.orders().into_iter().filter_map(due);
        let first = timers.next()?;
        Some(timers.fold(
            first,
            |best, next| if next.0 < best.0 { next } else { best },
        ))
    }

    /// Does what an input says, after the timers due by then, and all that follows from it at once.
    ///
    /// # Errors
    /// When the input itself is mistaken (no such order, a time before now); a refusal is no error.
    pub fn apply(&mut self, input: &Input) -> Result<Verdict, DriveError> {
        self.advance(input.when.instant(self.now, &self.site.zone)?)?;
        let verdict = match &input.action {
            Action::Create(context) => self.create(input, context)?,
            Action::Children(moves) => self.move_children(input, moves)?,
            other => self.tell(input, other)?,
        };
        // A timer may have been armed for now, or for a time that has passed.
        self.advance(self.now)?;
        Ok(verdict)
    }

    /// Lets time pass, firing every timer due by `at`.
    ///
    /// # Errors
    /// When `at` lies before now, or timers do not come to rest.
    pub fn advance(&mut self, at: Instant) -> Result<(), DriveError> {
        if at < self.now {
            let (now, at) = (format_instant(self.now), format_instant(at));
            return Err(DriveError::Backwards { now, at });
        }
        for _ in 0..TIMERS {
            let Some((due, order)) = self.next_due().filter(|(due, _)| *due <= at) else {
                self.now = at;
                return Ok(());
            };
            self.now = self.now.max(due);
            self.deliver(&order, &Event::tick())?;
            self.settle()?;
        }
        Err(DriveError::Restless(TIMERS))
    }

    fn create(
        &mut self,
        input: &Input,
        context: &BTreeMap<String, Json>,
    ) -> Result<Verdict, DriveError> {
        self.check_new(&input.order)?;
        let (workflow, site) = (self.workflow, self.site);
        let made = interpret::create(workflow, site, context, &input.actor, self.now);
        let (instance, mut record) = match made {
            Ok(created) => (created.instance, created.record),
            Err(refusal) => {
                self.refuse(&input.order, &input.actor, "create", &refusal);
                return Ok(Verdict::Refused(refusal));
            }
        };
        record.event_id.clone_from(&input.id);
        self.queue_sends(&input.order, &record);
        self.entries.push(Entry {
            order: input.order.clone(),
            at: record.at,
            actor: record.actor.clone(),
            from: Vec::new(),
            happened: Happened::Step(Box::new(record)),
        });
        self.put(&input.order, instance);
        self.tell_parent(&input.order);
        self.settle()?;
        Ok(Verdict::Accepted)
    }

    fn check_new(&self, order: &OrderName) -> Result<(), DriveError> {
        if let OrderName::Child { set, .. } = order {
            let (_, set) = members::set_named(self.workflow, set)?;
            if !set.is_self {
                return Err(DriveError::ForeignChildren(set.name.clone()));
            }
            self.need(&OrderName::Root)?;
        }
        match self.instance(order) {
            Some(_) => Err(DriveError::Exists(order.to_string())),
            None => Ok(()),
        }
    }

    fn need(&self, order: &OrderName) -> Result<&Instance, DriveError> {
        if let OrderName::Child { set, .. } = order {
            let (_, set) = members::set_named(self.workflow, set)?;
            if !set.is_self {
                return Err(DriveError::ForeignChildren(set.name.clone()));
            }
        }
        let found = self.instance(order);
        found.ok_or_else(|| DriveError::UnknownOrder(order.to_string()))
    }

    fn put(&mut self, order: &OrderName, instance: Instance) {
        match order {
            OrderName::Root => self.root = Some(instance),
            OrderName::Child { set, name } => {
                let Ok((id, _)) = members::set_named(self.workflow, set) else {
                    return;
                };
                if let Some(Members::Own(orders)) = self.members.get_mut(id.index()) {
                    orders.insert(name.clone(), instance);
                }
            }
        }
    }

    fn tell(&mut self, input: &Input, action: &Action) -> Result<Verdict, DriveError> {
        let Some(kind) = action.event(self.now, &self.site.zone)? else {
            return Ok(Verdict::Accepted);
        };
        let event = Event {
            id: input.id.clone(),
            actor: input.actor.clone(),
            kind,
        };
        let verdict = self.deliver(&input.order, &event)?;
        self.settle()?;
        Ok(verdict)
    }

    fn move_children(
        &mut self,
        input: &Input,
        moves: &BTreeMap<String, Vec<(String, Option<String>)>>,
    ) -> Result<Verdict, DriveError> {
        self.need(&OrderName::Root)?;
        for (set, children) in moves {
            let (_, set) = members::set_named(self.workflow, set)?;
            if set.is_self {
                return Err(DriveError::OwnChildren(set.name.clone()));
            }
            let states = children.iter().filter_map(|(_, state)| state.as_ref());
            for state in states {
                members::check_state(set, state)?;
            }
        }
        for (set, children) in moves {
            for (name, state) in children {
                self.move_child(input, set, name, state.as_ref())?;
            }
        }
        let Some(event) = self.counts_changed(&input.actor) else {
            return Ok(Verdict::Accepted);
        };
        let event = Event {
            id: input.id.clone(),
            ..event
        };
        let verdict = self.deliver(&OrderName::Root, &event)?;
        self.settle()?;
        Ok(verdict)
    }

    fn move_child(
        &mut self,
        input: &Input,
        set: &str,
        name: &str,
        state: Option<&String>,
    ) -> Result<(), DriveError> {
        let (id, _) = members::set_named(self.workflow, set)?;
        let Some(Members::Foreign(states)) = self.members.get_mut(id.index()) else {
            return Err(DriveError::OwnChildren(set.to_owned()));
        };
        let from = match state {
            Some(state) => states.insert(name.to_owned(), state.clone()),
            None => states.shift_remove(name),
        };
        self.entries.push(Entry {
            order: OrderName::Child {
                set: set.to_owned(),
                name: name.to_owned(),
            },
            at: self.now,
            actor: input.actor.clone(),
            from: Vec::new(),
            happened: Happened::Moved {
                from,
                to: state.cloned(),
            },
        });
        Ok(())
    }

    /// The event by which the root learns how its children stand; `None` where it knows.
    fn counts_changed(&self, actor: &Actor) -> Option<Event> {
        let root = self.root.as_ref()?;
        let sets = self.workflow.children.iter().zip(&self.members);
        let counts: BTreeMap<_, _> = sets
            .map(|((id, set), members)| (id, set, members.counts(self.workflow)))
            .filter(|(id, _, counts)| root.children.get(id.index()) != Some(counts))
            .map(|(_, set, counts)| (set.name.clone(), counts))
            .collect();
        (!counts.is_empty()).then(|| Event {
            id: None,
            actor: actor.clone(),
            kind: EventKind::ChildrenChanged { counts },
        })
    }

    /// After a child's step, its parent hears of it before anybody else is told anything.
    fn tell_parent(&mut self, order: &OrderName) {
        if matches!(order, OrderName::Child { .. })
            && let Some(event) = self.counts_changed(&Actor::system())
        {
            self.open.push_front((OrderName::Root, event));
        }
    }

    /// What a root's step sends goes to every child of the set that runs this workflow.
    fn queue_sends(&mut self, order: &OrderName, record: &StepRecord) {
        if *order != OrderName::Root {
            return;
        }
        for send in &record.sends {
            let Some(Members::Own(orders)) = self.members.get(send.children.index()) else {
                continue;
            };
            let set = &self.workflow.children.at(send.children).name;
            for name in orders.keys() {
                let child = OrderName::Child {
                    set: set.clone(),
                    name: name.clone(),
                };
                let event = Event::named(&send.event, Actor::system());
                self.open.push_back((child, event));
            }
        }
    }

    fn settle(&mut self) -> Result<(), DriveError> {
        for _ in 0..MESSAGES {
            let Some((order, event)) = self.open.pop_front() else {
                return Ok(());
            };
            self.deliver(&order, &event)?;
        }
        self.open.clear();
        Err(DriveError::Restless(MESSAGES))
    }

    /// One step of one order, with what it asks of others put in the queue.
    fn deliver(&mut self, order: &OrderName, event: &Event) -> Result<Verdict, DriveError> {
        let (workflow, site) = (self.workflow, self.site);
        let before = self.need(order)?;
        let outcome = interpret::step(workflow, site, before, event, self.now);
        let mut from = before.configuration.clone();
        for record in outcome.records {
            self.queue_sends(order, &record);
            let next = record.configuration.clone();
            self.entries.push(Entry {
                order: order.clone(),
                at: record.at,
                actor: record.actor.clone(),
                from: std::mem::replace(&mut from, next),
                happened: Happened::Step(Box::new(record)),
            });
        }
        self.put(order, outcome.instance);
        self.tell_parent(order);
        // Time that passes asks for nothing; an order far behind has come closer and is told again.
        if event.kind == EventKind::Tick {
            return Ok(Verdict::Accepted);
        }
        Ok(self.answer(order, event, from, outcome.answer))
    }

    fn answer(
        &mut self,
        order: &OrderName,
        event: &Event,
        from: Vec<StateId>,
        answer: Answer,
    ) -> Verdict {
        match answer {
            Answer::Accepted => Verdict::Accepted,
            Answer::Repeated => {
                let event_name = label(&event.kind);
                self.entries.push(Entry {
                    order: order.clone(),
                    at: self.now,
                    actor: event.actor.clone(),
                    from,
                    happened: Happened::Repeated { event: event_name },
                });
                Verdict::Repeated
            }
            Answer::Refused(refusal) => {
                self.refuse(order, &event.actor, &label(&event.kind), &refusal);
                Verdict::Refused(refusal)
            }
        }
    }

    fn refuse(&mut self, order: &OrderName, actor: &Actor, what: &str, refusal: &Refusal) {
        let from = self.instance(order);
        let from = from.map_or(Vec::new(), |instance| instance.configuration.clone());
        self.entries.push(Entry {
            order: order.clone(),
            at: self.now,
            actor: actor.clone(),
            from,
            happened: Happened::Refused {
                what: what.to_owned(),
                refusal: Box::new(refusal.clone()),
                judged: refused::judged(self.workflow, refusal),
            },
        });
    }
}

/// What an order was told, in words.
fn label(kind: &EventKind) -> String {
    match kind {
        EventKind::Named { name, .. } => name.clone(),
        EventKind::ContextChanged { .. } => "context".to_owned(),
        EventKind::ChildrenChanged { .. } => "children".to_owned(),
        EventKind::Tick => "wait".to_owned(),
        EventKind::Override { .. } => "override".to_owned(),
    }
}
