//! Orders that are made and moved by the interpreter itself, until they come to where they never get out of.
//!
//! In: the configurations of a [`Travel`], and which of them are wanted. Out: those that new orders come to, those first
//! that the fewest steps lead to, with what happens on the way. The analysis gives the data that each next step needs, the
//! host may give it at any time; settings are what they are by default. What it cannot say, or what only an order of
//! another past does, is not found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value as Json;

use super::past::{Remembered, histories};
use super::taking::{Taking, at, attempts, together};
use super::{Cause, Configuration, Spot, Stand, Travel};
use crate::analysis::{At, Happening, Meeting, Moment, Occurrence, timer_name};
use crate::context::{Actor, Value};
use crate::graph::{ActorId, Condition, EventId, Id, StateId, Target, TimerId, Trigger, Workflow};
use crate::instance::{Event, EventKind, Instance, Site};
use crate::interpret::{self, Answer, outlook};
use crate::time::{Instant, format_instant};

/// The most orders that are followed.
const MOST_ORDERS: usize = 4_000;

/// The most timers that fire at one time.
const MOST_TIMERS: usize = 100;

/// What tells orders apart: what they carry, the host may change at any time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    active: Configuration,
    past: Remembered,
    running: Vec<TimerId>,
    spent: BTreeSet<TimerId>,
    pending: Vec<EventId>,
}

/// An order that was followed.
struct Met {
    order: Instance,
    now: Instant,
    before: Option<usize>,
    happened: Vec<Happening>,
}

/// Follows orders.
pub(super) struct Story<'t, 'w> {
    workflow: &'w Workflow,
    travel: &'t Travel,
    wanted: BTreeSet<usize>,
    meeting: Meeting<'w>,
    causes: Vec<Cause>,
    histories: BTreeSet<StateId>,
    /// A new order as the analysis sees it.
    plain: Moment,
    site: Site,
    known: BTreeSet<Kind>,
    met: Vec<Met>,
    open: VecDeque<usize>,
    /// Which of the wanted configurations orders came to.
    found: VecDeque<(usize, usize)>,
}

impl<'t, 'w> Story<'t, 'w> {
    /// Makes new orders; `None` where settings have no default.
    pub(super) fn of(
        travel: &'t Travel,
        workflow: &'w Workflow,
        wanted: BTreeSet<usize>,
    ) -> Option<Self> {
        let mut meeting = Meeting::new(workflow);
        let (plain, _) = meeting.moment(&beginning(ActorId::SYSTEM), &[], &[])?;
        let site = Site::new(workflow, &BTreeMap::new()).ok()?;
        let mut story = Self {
            workflow,
            travel,
            wanted,
            meeting,
            causes: outlook::causes(workflow),
            histories: histories(workflow),
            plain,
            site,
            known: BTreeSet::new(),
            met: Vec::new(),
            open: VecDeque::new(),
            found: VecDeque::new(),
        };
        story.begin();
        Some(story)
    }

    /// The next of the wanted configurations that orders come to.
    pub(super) fn next(&mut self) -> Option<(usize, Vec<Happening>)> {
        while self.found.is_empty() {
            let at = self.open.pop_front()?;
            self.follow(at);
        }
        let (node, at) = self.found.pop_front()?;
        let way = std::iter::successors(Some(at), |&at| self.met.get(at)?.before);
        let mut way: Vec<usize> = way.collect();
        way.reverse();
        let met = way.into_iter().filter_map(|at| self.met.get(at));
        let story = met.flat_map(|met| met.happened.iter().cloned());
        Some((node, story.collect()))
    }

    /// Makes an order of each kind.
    fn begin(&mut self) {
        let workflow = self.workflow;
        let mut before: Vec<Vec<&Condition>> = Vec::new();
        for branch in &workflow.initial {
            let conditions: Vec<&Condition> = branch.conditions.iter().collect();
            for actor in workflow.actors.ids() {
                let moment = self.meeting.moment(&beginning(actor), &conditions, &before);
                if let Some((moment, _)) = moment.filter(|(moment, _)| self.is_here(moment)) {
                    self.create(&moment);
                }
            }
            before.push(conditions);
        }
    }

    /// Whether a situation is one of the site at hand, without children.
    fn is_here(&self, moment: &Moment) -> bool {
        moment.settings == self.plain.settings && moment.children == self.plain.children
    }

    fn create(&mut self, moment: &Moment) {
        let fields = self.workflow.fields.rows().iter().zip(&moment.order);
        let given = fields.filter(|(field, value)| field.default != **value);
        let context: BTreeMap<String, Json> = given
            .filter_map(|(field, value)| Some((field.name.clone(), value.as_ref()?.to_json())))
            .collect();
        let now = moment.now;
        let made = interpret::create(self.workflow, &self.site, &context, &moment.actor, now);
        if let Ok(made) = made {
            let happening = Happening {
                at: format_instant(now),
                context: context.into_iter().collect(),
                event: Some(caused(&moment.actor)),
                timer: None,
            };
            self.note(made.instance, now, None, vec![happening]);
        }
    }

    /// Notes an order, to be followed unless it is where one was wanted.
    fn note(
        &mut self,
        mut order: Instance,
        now: Instant,
        before: Option<usize>,
        happened: Vec<Happening>,
    ) {
        if !self.let_due(&mut order, now) {
            return;
        }
        let kind = Kind {
            active: order.configuration.clone(),
            past: self.past(&order),
            running: order.timers.keys().copied().collect(),
            spent: order.spent.clone(),
            pending: order.pending.iter().map(|pending| pending.event).collect(),
        };
        if self.met.len() >= MOST_ORDERS || self.known.contains(&kind) {
            return;
        }
        let spot = Spot {
            stand: Stand::whole(kind.active.clone()),
            past: match self.travel.remembers {
                true => kind.past.clone(),
                false => Remembered::default(),
            },
        };
        self.known.insert(kind);
        let node = self.travel.at.get(&spot).copied();
        let at = self.met.len();
        self.met.push(Met {
            order,
            now,
            before,
            happened,
        });
        match node.filter(|node| self.wanted.contains(node)) {
            Some(node) => self.found.push_back((node, at)),
            None => self.open.push_back(at),
        }
    }

    fn past(&self, order: &Instance) -> Remembered {
        Remembered::of(self.workflow, order, &self.histories)
    }

    /// Lets the timers fire that are due; `false` where they do not come to an end.
    fn let_due(&self, order: &mut Instance, now: Instant) -> bool {
        for _ in 0..MOST_TIMERS {
            if order.next_due().is_none_or(|due| due > now) {
                return true;
            }
            if !self.step(order, &Event::tick(), now) {
                return false;
            }
        }
        false
    }

    /// Moves an order; whether it accepted that.
    fn step(&self, order: &mut Instance, event: &Event, now: Instant) -> bool {
        let outcome = interpret::step(self.workflow, &self.site, order, event, now);
        *order = outcome.instance;
        outcome.answer == Answer::Accepted
    }

    /// Takes every step that an order can be brought to take.
    fn follow(&mut self, at: usize) {
        let Some(Met { order, now, .. }) = self.met.get(at) else {
            return;
        };
        let (order, now) = (order.clone(), *now);
        if order.is_done(self.workflow) {
            return;
        }
        let mut causes = vec![(Trigger::Always, ActorId::SYSTEM)];
        causes.extend(&self.causes);
        if let Some(due) = order.next_due() {
            let timer = first(&order).map(|timer| timer_name(self.workflow, timer));
            self.wait(at, order.clone(), (due.max(now), timer), Vec::new());
        }
        causes.extend(first(&order).map(|timer| (Trigger::Timer(timer), ActorId::SYSTEM)));
        for cause in causes {
            self.attempt(at, (&order, now), cause);
        }
    }

    /// Takes every step that a cause can bring an order to take.
    fn attempt(&mut self, from: usize, (order, now): (&Instance, Instant), cause: Cause) {
        let (workflow, active) = (self.workflow, &order.configuration);
        let attempts = attempts(workflow, active, cause, &self.past(order));
        let (takings, _) = together(&attempts);
        let at = at(workflow, active, cause);
        for taking in takings.iter().filter(|taking| !taking.taken.is_empty()) {
            let moment = self.meeting.moment(&at, &taking.hold, &taking.fail);
            let Some((moment, read)) = moment.filter(|(moment, _)| self.is_here(moment)) else {
                continue;
            };
            let changes = self.changes(order, &moment, &read);
            let now = now.max(moment.now);
            for target in choices(workflow, taking) {
                self.take(
                    from,
                    order.clone(),
                    (cause, target),
                    (&moment, &changes, now),
                );
            }
        }
    }

    /// What has to change about an order so that its guards read what they do in a moment.
    fn changes(&self, order: &Instance, moment: &Moment, read: &[usize]) -> BTreeMap<String, Json> {
        let fields = self.workflow.fields.iter();
        let fields = fields.filter(|(id, _)| read.contains(&id.index()));
        let changes = fields.filter_map(|(id, field)| {
            let value = moment.order.get(id.index())?;
            let plain = value.as_ref().map_or(Json::Null, Value::to_json);
            (order.field(id) != *value).then(|| (field.name.clone(), plain))
        });
        changes.collect()
    }

    /// Changes what an order carries, and then lets happen what is meant to.
    fn take(
        &mut self,
        from: usize,
        mut order: Instance,
        (cause, target): (Cause, Option<StateId>),
        (moment, changes, now): (&Moment, &BTreeMap<String, Json>, Instant),
    ) {
        let before = order.configuration.clone();
        if !changes.is_empty() {
            let event = Event {
                id: None,
                actor: Actor::system(),
                kind: EventKind::ContextChanged {
                    changes: changes.clone(),
                },
            };
            if !self.step(&mut order, &event, now) {
                return;
            }
        }
        let mut happening = Happening {
            at: format_instant(now),
            context: changes.clone().into_iter().collect(),
            event: None,
            timer: None,
        };
        match cause.0 {
            Trigger::Event(event) if order.configuration == before => {
                let event = self.workflow.events.at(event);
                let fields = event.payload.iter().zip(&moment.event);
                let payload: BTreeMap<String, Json> = fields
                    .filter_map(|(field, value)| {
                        Some((field.name.clone(), value.as_ref()?.to_json()))
                    })
                    .collect();
                let target = target.map(|target| self.workflow.states.at(target).path.clone());
                let happens = Event {
                    id: None,
                    actor: moment.actor.clone(),
                    kind: EventKind::Named {
                        name: event.name.clone(),
                        payload: payload.clone(),
                        target: target.clone(),
                    },
                };
                if !self.step(&mut order, &happens, now) {
                    return;
                }
                happening.event = Some(Occurrence {
                    name: Some(event.name.clone()),
                    payload: payload.into_iter().collect(),
                    target,
                    ..caused(&moment.actor)
                });
            }
            Trigger::Timer(_) if order.configuration == before => {
                if let Some((due, timer)) = order.next_due().zip(first(&order)) {
                    let timer = Some(timer_name(self.workflow, timer));
                    self.wait(from, order, (due.max(now), timer), vec![happening]);
                }
                return;
            }
            _ => {}
        }
        self.note(order, now, Some(from), vec![happening]);
    }

    /// Lets time pass until something is due.
    fn wait(
        &mut self,
        from: usize,
        order: Instance,
        (due, timer): (Instant, Option<String>),
        mut happened: Vec<Happening>,
    ) {
        happened.push(Happening {
            at: format_instant(due),
            timer,
            ..Happening::default()
        });
        self.note(order, due, Some(from), happened);
    }
}

/// Where a new order asks the guards of its start.
fn beginning(actor: ActorId) -> At<'static> {
    At {
        active: &[],
        leaf: None,
        event: None,
        actor,
        rested: false,
    }
}

/// Who causes something.
fn caused(actor: &Actor) -> Occurrence {
    Occurrence {
        by: actor.role.clone(),
        id: actor.id.clone(),
        ..Occurrence::default()
    }
}

/// The timer that is due first, unless an event comes before it that was raised for later.
fn first(order: &Instance) -> Option<TimerId> {
    let due = order.next_due()?;
    let mut timers = order.timers.iter();
    timers
        .find(|(_, timer)| timer.due == due)
        .map(|(&id, _)| id)
}

/// The states that a caller may name: each of them where there are any, otherwise none at all.
fn choices(workflow: &Workflow, taking: &Taking<'_, '_>) -> Vec<Option<StateId>> {
    let mut branches = taking
        .taken
        .iter()
        .filter_map(|taken| taken.taken(workflow).1);
    let offered = branches.find_map(|branch| match &branch.target {
        Target::Choose(states) => Some(states.iter().copied().map(Some).collect()),
        _ => None,
    });
    offered.unwrap_or_else(|| vec![None])
}
