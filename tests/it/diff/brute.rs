//! Every order that there is: all events by all actors, all values of small fields, all timers.

use std::collections::{BTreeMap, VecDeque};

use flagstate::context::{Actor, Type};
use flagstate::graph::{Target, Workflow};
use flagstate::instance::{Event, EventKind, Instance, Site};
use flagstate::interpret::{create, step};
use flagstate::time::{Instant, parse_instant};
use serde_json::{Value as Json, json};

/// Orders and the steps between them. Orders that differ only in when something happened count as one.
pub(crate) struct Space {
    pub(crate) orders: Vec<Instance>,
    pub(crate) next: Vec<Vec<usize>>,
    at: BTreeMap<String, usize>,
}

/// The values that are tried for a type; `null` for a field that may be unset.
fn values(ty: &Type) -> Vec<Json> {
    match ty {
        Type::Boolean => vec![json!(false), json!(true)],
        Type::Integer => (0..4).map(|n| json!(n)).collect(),
        Type::Decimal { .. } => vec![json!("0"), json!("1")],
        Type::Enum(words) => words.iter().map(|word| json!(word)).collect(),
        Type::Date => vec![json!("2026-06-01")],
        Type::Datetime => vec![json!("2026-06-01T00:00:00Z")],
        Type::String => vec![json!(""), json!("x")],
        Type::Duration => vec![json!("1h")],
        Type::List(of) => vec![json!([]), Json::Array(values(of))],
    }
}

/// All that may happen to an order, apart from time.
fn events(workflow: &Workflow) -> Vec<Event> {
    let mut all = Vec::new();
    for actor in workflow.actors.rows() {
        for event in workflow.events.rows() {
            let mut payloads = vec![BTreeMap::new()];
            for field in &event.payload {
                let mut each: Vec<Option<Json>> = values(&field.ty).into_iter().map(Some).collect();
                if field.optional {
                    each.push(None);
                }
                let before = std::mem::take(&mut payloads);
                for known in before {
                    for value in &each {
                        let mut more = known.clone();
                        more.extend(value.clone().map(|value| (field.name.clone(), value)));
                        payloads.push(more);
                    }
                }
            }
            let mut targets = vec![None];
            for row in workflow.rows.rows() {
                for branch in &row.branches {
                    if let Target::Choose(ids) = &branch.target {
                        targets.extend(
                            ids.iter()
                                .map(|&id| Some(workflow.states.at(id).path.clone())),
                        );
                    }
                }
            }
            for payload in payloads {
                for target in &targets {
                    let kind = EventKind::Named {
                        name: event.name.clone(),
                        payload: payload.clone(),
                        target: target.clone(),
                    };
                    all.push(event_of(&actor.name, kind));
                }
            }
        }
    }
    for field in workflow.fields.rows() {
        let mut each = values(&field.ty);
        if !field.required && field.default.is_none() {
            each.push(Json::Null);
        }
        for value in each {
            let changes = BTreeMap::from([(field.name.clone(), value)]);
            all.push(event_of(
                Actor::SYSTEM,
                EventKind::ContextChanged { changes },
            ));
        }
    }
    all
}

fn event_of(actor: &str, kind: EventKind) -> Event {
    Event {
        id: None,
        actor: Actor::new(actor),
        kind,
    }
}

pub(crate) fn noon() -> Instant {
    parse_instant("2026-01-05T12:00:00Z").expect("an instant")
}

/// What makes two orders the same here.
fn key(order: &Instance) -> String {
    let timers: Vec<_> = order.timers.keys().collect();
    let suspended: Vec<_> = order.suspended.keys().collect();
    let pending: Vec<_> = order
        .pending
        .iter()
        .map(|pending| (pending.event, &pending.payload))
        .collect();
    format!(
        "{:?} {:?} {timers:?} {:?} {suspended:?} {:?} {:?} {pending:?}",
        order.configuration, order.context, order.spent, order.past, order.origins
    )
}

impl Space {
    /// All new orders of a workflow, and all that can become of these and of `starts`.
    pub(crate) fn of(workflow: &Workflow, site: &Site, starts: &[Instance], fresh: bool) -> Self {
        let mut space = Self {
            orders: Vec::new(),
            next: Vec::new(),
            at: BTreeMap::new(),
        };
        let mut open = VecDeque::new();
        for start in starts {
            space.add(start.clone(), &mut open);
        }
        if fresh {
            for order in beginnings(workflow, site) {
                space.add(order, &mut open);
            }
        }
        let events = events(workflow);
        while let Some(at) = open.pop_front() {
            let order = space.orders[at].clone();
            let now = order.updated_at;
            let mut after: Vec<Instance> = Vec::new();
            for event in &events {
                after.push(step(workflow, site, &order, event, now).instance);
            }
            if let Some(due) = order.next_due() {
                let ticked = step(workflow, site, &order, &Event::tick(), due);
                after.push(ticked.instance);
            }
            for order in after {
                let to = space.add(order, &mut open);
                if to != at && !space.next[at].contains(&to) {
                    space.next[at].push(to);
                }
            }
            assert!(
                space.orders.len() < 60_000,
                "the workflow is too large to try all"
            );
        }
        space
    }

    fn add(&mut self, order: Instance, open: &mut VecDeque<usize>) -> usize {
        let key = key(&order);
        if let Some(&known) = self.at.get(&key) {
            return known;
        }
        let at = self.orders.len();
        self.at.insert(key, at);
        self.orders.push(order);
        self.next.push(Vec::new());
        open.push_back(at);
        at
    }

    pub(crate) fn find(&self, order: &Instance) -> Option<usize> {
        self.at.get(&key(order)).copied()
    }

    /// From which orders an end can be reached.
    pub(crate) fn ends(&self, workflow: &Workflow) -> Vec<bool> {
        let mut ends: Vec<bool> = self
            .orders
            .iter()
            .map(|order| order.is_done(workflow))
            .collect();
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); ends.len()];
        for (from, next) in self.next.iter().enumerate() {
            for &to in next {
                before[to].push(from);
            }
        }
        let mut open: Vec<usize> = (0..ends.len()).filter(|&at| ends[at]).collect();
        while let Some(at) = open.pop() {
            for &from in &before[at] {
                if !std::mem::replace(&mut ends[from], true) {
                    open.push(from);
                }
            }
        }
        ends
    }
}

/// Every new order: all actors, all values of all fields.
fn beginnings(workflow: &Workflow, site: &Site) -> Vec<Instance> {
    let mut contexts: Vec<BTreeMap<String, Json>> = vec![BTreeMap::new()];
    for field in workflow.fields.rows() {
        let mut each: Vec<Option<Json>> = values(&field.ty).into_iter().map(Some).collect();
        if !field.required {
            each.push(None);
        }
        let before = std::mem::take(&mut contexts);
        for known in before {
            for value in &each {
                let mut more = known.clone();
                more.extend(value.clone().map(|value| (field.name.clone(), value)));
                contexts.push(more);
            }
        }
    }
    let mut found = Vec::new();
    for actor in workflow.actors.rows() {
        for context in &contexts {
            let actor = Actor::new(actor.name.clone());
            let created = create(workflow, site, context, &actor, noon());
            found.extend(created.ok().map(|created| created.instance));
        }
    }
    found
}
