//! One group of requests, upon what they touch.
//!
//! In: requests, one after the other. Out: replies, and the units that must be written before these are
//! given. A child's step moves its parent, and what a parent sends reaches its children, before the
//! next request is looked at; all of it stands in one unit, that of the outermost order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::migrate::Family;
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::{Event, Refusal};
use crate::interpret::{self, Answer as Stepped};
use crate::runtime::deployment::Deployed;
use crate::runtime::journal::{CauseForm, Record, digest};
use crate::runtime::request::{Answer, Create, Fire, Import, Reply, Request};
use crate::runtime::row::{AnswerRow, OrderKey, Parent, Unit};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Bringing, Done, Working, counted, refused};
use crate::time::{Instant, format_instant};

/// The most messages between orders that one request sets off.
const MESSAGES: usize = 10_000;

/// The longest name of an order, a tenant or an event's id, in bytes.
const LONGEST: usize = 200;

/// A first answer as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    /// A digest of what was asked.
    asked: String,
    answer: Answer,
}

/// What an order is told by another.
enum Message {
    /// Children of this set have moved.
    Moved(OrderKey, String),
    /// A parent sends this.
    Sent(OrderKey, String),
}

/// An order that requests name.
enum Slot {
    Order(Box<Working>),
    Missing,
    Stuck(String),
}

/// A group that is being answered.
pub(super) struct Batch<'e, S> {
    engine: &'e mut Engine<S>,
    orders: BTreeMap<OrderKey, Slot>,
    /// Parents whose children are all here.
    families: BTreeSet<OrderKey>,
    kept: BTreeMap<(OrderKey, String), Kept>,
    current: BTreeMap<(String, String), Option<Arc<Deployed>>>,
}

impl<'e, S: Store> Batch<'e, S> {
    /// Reads what the requests name.
    pub(super) fn open<'r>(
        engine: &'e mut Engine<S>,
        requests: impl Iterator<Item = &'r Request>,
    ) -> Result<Self, StoreError> {
        let mut keys = BTreeSet::new();
        let mut asked = BTreeSet::new();
        for request in requests {
            let (key, id, _) = head(request);
            keys.insert(key.clone());
            asked.extend(id.map(|id| (key.clone(), id.to_owned())));
        }
        let asked: Vec<(OrderKey, String)> = asked.into_iter().collect();
        let answers = match asked.is_empty() {
            true => Vec::new(),
            false => engine.store.answers(&asked)?,
        };
        let mut kept = BTreeMap::new();
        for (asked, body) in asked.into_iter().zip(answers) {
            let Some(body) = body else { continue };
            let read = serde_json::from_str(&body);
            let read = read.map_err(|error| StoreError::Corrupt(format!("an answer: {error}")))?;
            kept.insert(asked, read);
        }
        let mut batch = Self {
            engine,
            orders: BTreeMap::new(),
            families: BTreeSet::new(),
            kept,
            current: BTreeMap::new(),
        };
        batch.load(&keys.into_iter().collect::<Vec<_>>())?;
        Ok(batch)
    }

    /// Reads orders that nobody asked anything of.
    pub(super) fn of(engine: &'e mut Engine<S>, keys: &[OrderKey]) -> Result<Self, StoreError> {
        let ticks: Vec<Request> = keys.iter().cloned().map(Request::Tick).collect();
        Self::open(engine, ticks.iter())
    }

    /// Brings the family of an order over, as far as it runs under the old deployment; with its
    /// outermost order. `None` where the order no longer does.
    pub(super) fn bring(
        &mut self,
        key: &OrderKey,
        bringing: &Bringing<'_>,
    ) -> Result<Option<(OrderKey, Family)>, StoreError> {
        match self.orders.get(key) {
            Some(Slot::Stuck(reason)) => {
                let refused = vec![(key.order.clone(), vec![reason.clone()])];
                return Ok(Some((key.clone(), Err(refused))));
            }
            Some(Slot::Order(order)) if order.deployed.id == bringing.old.id => {}
            _ => return Ok(None),
        }
        let top = self.top(key, &bringing.old.id)?;
        let mut members = Vec::new();
        let mut open = vec![top.clone()];
        while let Some(next) = open.pop() {
            if bringing.old.workflow.children.is_empty() {
                members.push(next);
                continue;
            }
            if let Err(reason) = self.bring_children(&next)? {
                let refused = vec![(key.order.clone(), vec![reason])];
                return Ok(Some((top, Err(refused))));
            }
            for slot in self.orders.values() {
                if let Slot::Order(child) = slot
                    && child.deployed.id == bringing.old.id
                    && child.key.tenant == next.tenant
                    && child
                        .parent
                        .as_ref()
                        .is_some_and(|at| at.order == next.order)
                {
                    open.push(child.key.clone());
                }
            }
            members.push(next);
        }
        let Some(root) = self.root(&top) else {
            return Ok(None);
        };
        Ok(Some((root, self.bring_all(&top, &members, bringing)?)))
    }

    /// The outermost order above one that runs under the same deployment.
    fn top(&mut self, key: &OrderKey, deployment: &str) -> Result<OrderKey, StoreError> {
        let mut top = key.clone();
        loop {
            let Some(Slot::Order(order)) = self.orders.get(&top) else {
                return Ok(top);
            };
            let Some(parent) = &order.parent else {
                return Ok(top);
            };
            let above = OrderKey::new(top.tenant.clone(), parent.order.clone());
            self.need(&above)?;
            match self.orders.get(&above) {
                Some(Slot::Order(order)) if order.deployed.id == deployment => top = above,
                _ => return Ok(top),
            }
        }
    }

    fn bring_all(
        &mut self,
        top: &OrderKey,
        members: &[OrderKey],
        bringing: &Bringing<'_>,
    ) -> Result<Family, StoreError> {
        let mut after = Vec::new();
        let mut refused = Vec::new();
        for key in members {
            let Some(Slot::Order(order)) = self.orders.get(key) else {
                continue;
            };
            match order.brought(bringing) {
                Ok(brought) => after.push(brought),
                Err(reasons) => refused.push((key.order.clone(), reasons)),
            }
        }
        if !refused.is_empty() {
            let names: Vec<&str> = refused.iter().map(|(name, _)| name.as_str()).collect();
            let reason = format!("`{}`, of the same family, is refused", names.join("`, `"));
            let others = members
                .iter()
                .filter(|key| !names.contains(&key.order.as_str()));
            let others: Vec<_> = others
                .map(|key| (key.order.clone(), vec![reason.clone()]))
                .collect();
            refused.extend(others);
            return Ok(Err(refused));
        }
        let root = self.root(top).map_or_else(String::new, |root| root.order);
        let before = self.kin(&top.tenant, &root);
        let mut moved = Vec::new();
        for (order, way) in after {
            moved.push(way);
            self.orders
                .insert(order.key.clone(), Slot::Order(Box::new(order)));
        }
        // An order of another workflow above them counts them by names that may have changed.
        let done = Done {
            moved: true,
            ..Done::accepted()
        };
        match self.settle(top, &done, bringing.now)? {
            Ok(()) => Ok(Ok(moved)),
            Err(answer) => {
                self.undo(&top.tenant, &root, before);
                let reason = match answer {
                    Answer::Stuck { reason } => reason,
                    Answer::Refused { message, .. } => message,
                    other => format!("{other:?}"),
                };
                Ok(Err(vec![(top.order.clone(), vec![reason])]))
            }
        }
    }

    fn load(&mut self, keys: &[OrderKey]) -> Result<(), StoreError> {
        let rows = self.engine.store.load(keys)?;
        for (key, row) in keys.iter().zip(rows) {
            let slot = match row {
                None => Slot::Missing,
                Some(row) => self.read(&row)?,
            };
            self.orders.insert(key.clone(), slot);
        }
        Ok(())
    }

    fn read(&mut self, row: &crate::runtime::row::OrderRow) -> Result<Slot, StoreError> {
        if let Some(reason) = &row.stuck {
            return Ok(Slot::Stuck(reason.clone()));
        }
        let working = self.engine.deployment_of(row)?;
        let working = working.and_then(|deployed| Working::read(row, deployed));
        Ok(match working {
            Ok(working) => Slot::Order(Box::new(working)),
            Err(reason) => Slot::Stuck(reason),
        })
    }

    /// What is to be written, by the outermost order.
    pub(super) fn close(self) -> BTreeMap<OrderKey, Unit> {
        let mut units: BTreeMap<OrderKey, Unit> = BTreeMap::new();
        for slot in self.orders.into_values() {
            if let Slot::Order(order) = slot
                && order.is_changed()
            {
                let root = OrderKey::new(order.key.tenant.clone(), order.root.clone());
                units.entry(root).or_default().push(order.change());
            }
        }
        units
    }

    /// Answers a request; with the outermost order whose unit must be written first.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        now: Instant,
    ) -> Result<(Reply, Option<OrderKey>), StoreError> {
        let (key, id, at) = head(request);
        let asked = id.map_or_else(String::new, |_| fingerprint(request));
        let plain = |answer| Reply {
            answer,
            duplicate: false,
        };
        if let Err(message) = check(key, id, at, now) {
            return Ok((plain(Answer::Invalid { message }), None));
        }
        let kept = id.and_then(|id| self.kept.get(&(key.clone(), id.to_owned())));
        if let Some(kept) = kept {
            let same = kept.asked == asked;
            let reply = Reply {
                answer: if same {
                    kept.answer.clone()
                } else {
                    Answer::IdUsed
                },
                duplicate: same,
            };
            return Ok((reply, self.root(key)));
        }
        let at = at.unwrap_or(now);
        let answer = match request {
            Request::Create(create) => self.create(create, at)?,
            Request::Fire(fire) => self.fire(fire, at)?,
            Request::Import(import) => self.import(import, at)?,
            Request::Tick(key) => self.happen(key, &Event::tick(), at)?,
        };
        if let Some(id) = id
            && answer.is_kept()
            && let Some(Slot::Order(order)) = self.orders.get_mut(key)
        {
            let kept = Kept {
                asked,
                answer: answer.clone(),
            };
            order.answers.push(AnswerRow {
                event_id: id.to_owned(),
                body: serde_json::to_string(&kept).unwrap_or_default(),
            });
            self.kept.insert((key.clone(), id.to_owned()), kept);
        }
        Ok((plain(answer), self.root(key)))
    }

    fn root(&self, key: &OrderKey) -> Option<OrderKey> {
        match self.orders.get(key) {
            Some(Slot::Order(order)) => Some(OrderKey::new(key.tenant.clone(), order.root.clone())),
            _ => None,
        }
    }

    fn fire(&mut self, fire: &Fire, at: Instant) -> Result<Answer, StoreError> {
        if let (Some(expected), Some(Slot::Order(order))) =
            (fire.expected, self.orders.get(&fire.key))
            && order.instance.sequence != expected
        {
            let found = order.instance.sequence;
            return Ok(Answer::Conflict { expected, found });
        }
        self.happen(&fire.key, &fire.event, at)
    }

    /// Lets something happen to an order and all that follows from it.
    fn happen(&mut self, key: &OrderKey, event: &Event, at: Instant) -> Result<Answer, StoreError> {
        let order = match self.orders.get_mut(key) {
            Some(Slot::Order(order)) => order,
            Some(Slot::Stuck(reason)) => {
                let reason = reason.clone();
                return Ok(Answer::Stuck { reason });
            }
            Some(Slot::Missing) | None => return Ok(Answer::UnknownOrder),
        };
        let has_kin = order.parent.is_some() || !order.deployed.workflow.children.is_empty();
        if !has_kin {
            let done = order.step(event, at);
            return Ok(order.answer(done));
        }
        let root = order.root.clone();
        let before = self.kin(&key.tenant, &root);
        let Some(Slot::Order(order)) = self.orders.get_mut(key) else {
            return Ok(Answer::UnknownOrder);
        };
        let done = order.step(event, at);
        match self.settle(key, &done, at)? {
            Ok(()) => Ok(self.told(key, done)),
            Err(answer) => {
                self.undo(&key.tenant, &root, before);
                Ok(answer)
            }
        }
    }

    fn told(&self, key: &OrderKey, done: Done) -> Answer {
        match self.orders.get(key) {
            Some(Slot::Order(order)) => order.answer(done),
            _ => Answer::UnknownOrder,
        }
    }

    fn create(&mut self, create: &Create, at: Instant) -> Result<Answer, StoreError> {
        if let Some(answer) = self.taken(&create.key) {
            return Ok(answer);
        }
        let (root, deployed) = match &create.parent {
            None => {
                let current = self.current(&create.key.tenant, &create.workflow)?;
                let Some(deployed) = current else {
                    return Ok(Answer::UnknownWorkflow);
                };
                (create.key.order.clone(), deployed)
            }
            Some(parent) => match self.below(create, parent)? {
                Ok(found) => found,
                Err(answer) => return Ok(answer),
            },
        };
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        let made = interpret::create(workflow, site, &create.context, &create.actor, at);
        let made = match made {
            Ok(made) => made,
            Err(refusal) => return Ok(refused(&refusal, None)),
        };
        let mut record = made.record;
        record.event_id.clone_from(&create.event_id);
        let before = self.kin(&create.key.tenant, &root);
        let who = (create.key.clone(), root.clone(), create.parent.clone());
        let mut order = Working::new(who, deployed, made.instance, at);
        let mut done = Done::accepted();
        order.write(&record, &create.context, &mut done);
        self.orders
            .insert(create.key.clone(), Slot::Order(Box::new(order)));
        match self.settle(&create.key, &done, at)? {
            Ok(()) => Ok(self.told(&create.key, done)),
            Err(answer) => {
                self.orders.insert(create.key.clone(), Slot::Missing);
                self.undo(&create.key.tenant, &root, before);
                Ok(answer)
            }
        }
    }

    fn import(&mut self, import: &Import, now: Instant) -> Result<Answer, StoreError> {
        if let Some(answer) = self.taken(&import.key) {
            return Ok(answer);
        }
        let Import { key, order, actor } = import;
        let Some(deployed) = self.current(&key.tenant, &order.workflow)? else {
            return Ok(Answer::UnknownWorkflow);
        };
        let invalid = |message: String| Ok(Answer::Invalid { message });
        if !order.settings.is_empty() && order.settings != deployed.settings {
            return invalid("its settings are not those of the deployment".to_owned());
        }
        let made = Record::imported(&deployed.workflow, &deployed.id, order, actor);
        let (record, instance) = match made {
            Ok(made) => made,
            Err(problems) => return invalid(problems.join("; ")),
        };
        if instance.updated_at > now {
            let at = format_instant(instance.updated_at);
            return invalid(format!("it was updated at {at}, which is in the future"));
        }
        let order = Working::imported(key.clone(), deployed, (&record, instance));
        let answer = Answer::Accepted(order.receipt(Vec::new()));
        self.orders
            .insert(key.clone(), Slot::Order(Box::new(order)));
        Ok(answer)
    }

    /// The answer where there is an order of this name already.
    fn taken(&self, key: &OrderKey) -> Option<Answer> {
        match self.orders.get(key)? {
            Slot::Order(order) => {
                let version = order.instance.sequence;
                Some(Answer::Exists { version })
            }
            Slot::Stuck(reason) => Some(Answer::Stuck {
                reason: reason.clone(),
            }),
            Slot::Missing => None,
        }
    }

    /// The outermost order above a new child, and what the child runs under.
    fn below(
        &mut self,
        create: &Create,
        parent: &Parent,
    ) -> Result<Result<(String, Arc<Deployed>), Answer>, StoreError> {
        let invalid = |message: String| Ok(Err(Answer::Invalid { message }));
        let key = OrderKey::new(create.key.tenant.clone(), parent.order.clone());
        self.need(&key)?;
        let above = match self.orders.get(&key) {
            Some(Slot::Order(above)) => above,
            Some(Slot::Stuck(reason)) => {
                let reason = reason.clone();
                return Ok(Err(Answer::Stuck { reason }));
            }
            Some(Slot::Missing) | None => {
                return invalid(format!("there is no order `{}` to belong to", parent.order));
            }
        };
        let (root, deployed) = (above.root.clone(), Arc::clone(&above.deployed));
        let mut sets = deployed.workflow.children.rows().iter();
        let Some(set) = sets.find(|set| set.name == parent.set) else {
            let set = &parent.set;
            return invalid(format!(
                "`{}` has no children `{set}`",
                deployed.workflow.name
            ));
        };
        if !set.is_self {
            let current = self.current(&create.key.tenant, &create.workflow)?;
            return Ok(current
                .map(|current| (root, current))
                .ok_or(Answer::UnknownWorkflow));
        }
        if create.workflow != deployed.workflow.name {
            let (set, name) = (&set.name, &deployed.workflow.name);
            return invalid(format!("children `{set}` run the workflow `{name}`"));
        }
        Ok(Ok((root, deployed)))
    }

    /// The deployment under which new orders are made.
    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<Arc<Deployed>>, StoreError> {
        let known = (tenant.to_owned(), workflow.to_owned());
        if let Some(found) = self.current.get(&known) {
            return Ok(found.clone());
        }
        let row = self.engine.store.current(tenant, workflow)?;
        let found = match row {
            None => None,
            Some(row) => match self.engine.deployment(tenant, &row.id) {
                Ok(deployed) => Some(deployed),
                Err(super::Undeployed::Store(error)) => return Err(error),
                Err(super::Undeployed::Problem(problem)) => {
                    return Err(StoreError::Corrupt(problem));
                }
            },
        };
        self.current.insert(known, found.clone());
        Ok(found)
    }

    /// Reads an order that is not here yet.
    fn need(&mut self, key: &OrderKey) -> Result<(), StoreError> {
        match self.orders.contains_key(key) {
            true => Ok(()),
            false => self.load(std::slice::from_ref(key)),
        }
    }

    /// Tells parents and children what a step means for them, until nothing is left to tell.
    fn settle(
        &mut self,
        key: &OrderKey,
        done: &Done,
        at: Instant,
    ) -> Result<Result<(), Answer>, StoreError> {
        let mut open = VecDeque::new();
        if let Err(reason) = self.spread(key, done, &mut open)? {
            return Ok(Err(Answer::Stuck { reason }));
        }
        for _ in 0..MESSAGES {
            let Some(message) = open.pop_front() else {
                return Ok(Ok(()));
            };
            let (to, event) = match message {
                Message::Sent(to, event) => (to, Some(Event::named(event, Actor::system()))),
                Message::Moved(to, set) => {
                    self.need(&to)?;
                    match self.counts(&to, &set)? {
                        Ok(event) => (to, event),
                        Err(reason) => return Ok(Err(Answer::Stuck { reason })),
                    }
                }
            };
            let Some(event) = event else { continue };
            let done = match self.orders.get_mut(&to) {
                Some(Slot::Order(order)) => order.step(&event, at),
                Some(Slot::Stuck(reason)) => {
                    let reason = format!("`{}`, which belongs to it: {reason}", to.order);
                    return Ok(Err(Answer::Stuck { reason }));
                }
                Some(Slot::Missing) | None => continue,
            };
            if let Err(reason) = self.spread(&to, &done, &mut open)? {
                return Ok(Err(Answer::Stuck { reason }));
            }
        }
        let restless = Refusal::Failed {
            message: format!("more than {MESSAGES} messages between orders"),
        };
        Ok(Err(refused(&restless, None)))
    }

    /// What is to be told after a step: its parent hears before anybody else.
    fn spread(
        &mut self,
        key: &OrderKey,
        done: &Done,
        open: &mut VecDeque<Message>,
    ) -> Result<Result<(), String>, StoreError> {
        if !done.moved {
            return Ok(Ok(()));
        }
        if !done.sends.is_empty() {
            if let Err(reason) = self.bring_children(key)? {
                return Ok(Err(reason));
            }
            for (set, event) in &done.sends {
                let sent = |child: &Working| Message::Sent(child.key.clone(), event.clone());
                open.extend(self.children(key, set).map(sent));
            }
        }
        if let Some(Slot::Order(order)) = self.orders.get(key)
            && let Some(parent) = &order.parent
        {
            let above = OrderKey::new(key.tenant.clone(), parent.order.clone());
            open.push_front(Message::Moved(above, parent.set.clone()));
        }
        Ok(Ok(()))
    }

    /// What a parent is told of one set of its children.
    fn counts(
        &mut self,
        parent: &OrderKey,
        set: &str,
    ) -> Result<Result<Option<Event>, String>, StoreError> {
        if let Err(reason) = self.bring_children(parent)? {
            return Ok(Err(reason));
        }
        let Some(Slot::Order(order)) = self.orders.get(parent) else {
            return Ok(Ok(None));
        };
        let workflow: &Workflow = &order.deployed.workflow;
        let children = self.children(parent, set);
        Ok(Ok(counted(workflow, &order.instance, set, children)))
    }

    /// Reads the children of an order; the inner error says which of them cannot go on, so that nobody
    /// knows how they stand.
    fn bring_children(&mut self, parent: &OrderKey) -> Result<Result<(), String>, StoreError> {
        if self.families.contains(parent) {
            return Ok(Ok(()));
        }
        for row in self.engine.store.children(parent)? {
            if !self.orders.contains_key(&row.key) {
                let slot = self.read(&row)?;
                self.orders.insert(row.key.clone(), slot);
            }
            if let Some(Slot::Stuck(reason)) = self.orders.get(&row.key) {
                let reason = format!("`{}`, which belongs to it: {reason}", row.key.order);
                return Ok(Err(reason));
            }
        }
        self.families.insert(parent.clone());
        Ok(Ok(()))
    }

    /// The children of a set that can go on, by id.
    fn children<'b>(&'b self, parent: &OrderKey, set: &str) -> impl Iterator<Item = &'b Working> {
        let (tenant, above, set) = (parent.tenant.clone(), parent.order.clone(), set.to_owned());
        self.orders.values().filter_map(move |slot| match slot {
            Slot::Order(order) => {
                let at = order.parent.as_ref()?;
                let belongs = order.key.tenant == tenant && at.order == above && at.set == set;
                belongs.then_some(&**order)
            }
            _ => None,
        })
    }

    /// The orders of a family that are here, as they are.
    fn kin(&self, tenant: &str, root: &str) -> Vec<Working> {
        let orders = self.orders.values().filter_map(|slot| match slot {
            Slot::Order(order) if order.key.tenant == tenant && order.root == root => {
                Some(Working::clone(order))
            }
            _ => None,
        });
        orders.collect()
    }

    /// Puts a family back to what it was; those that were read meanwhile are read again.
    fn undo(&mut self, tenant: &str, root: &str, before: Vec<Working>) {
        self.orders.retain(|key, slot| match slot {
            Slot::Order(order) => key.tenant != tenant || order.root != root,
            _ => true,
        });
        self.families.retain(|key| key.tenant != tenant);
        for order in before {
            self.orders
                .insert(order.key.clone(), Slot::Order(Box::new(order)));
        }
    }
}

/// The order of a request, the id of what is asked, and when it happened.
fn head(request: &Request) -> (&OrderKey, Option<&str>, Option<Instant>) {
    match request {
        Request::Create(create) => (&create.key, create.event_id.as_deref(), create.at),
        Request::Fire(fire) => (&fire.key, fire.event.id.as_deref(), fire.at),
        Request::Import(import) => (&import.key, None, None),
        Request::Tick(key) => (key, None, None),
    }
}

/// A digest of what is asked, by which a repetition is told from another use of its id.
fn fingerprint(request: &Request) -> String {
    let (actor, cause, more) = match request {
        Request::Create(create) => {
            let parent = create.parent.as_ref().map(|at| (&at.order, &at.set));
            let cause = CauseForm::Created {
                context: create.context.clone(),
            };
            let more = format!("{:?}", (&create.workflow, &parent));
            (&create.actor, cause, more)
        }
        Request::Fire(fire) => {
            let cause = CauseForm::told(&fire.event.kind);
            (&fire.event.actor, cause, String::new())
        }
        // Neither has an id that could come again.
        Request::Import(_) | Request::Tick(_) => return String::new(),
    };
    let cause = serde_json::to_string(&cause).unwrap_or_default();
    let id = actor.id.as_deref().unwrap_or_default();
    digest([actor.role.as_str(), id, &cause, &more])
}

fn check(
    key: &OrderKey,
    id: Option<&str>,
    at: Option<Instant>,
    now: Instant,
) -> Result<(), String> {
    check_name("the tenant", &key.tenant)?;
    check_name("the order", &key.order)?;
    if let Some(id) = id {
        check_text("the event", id)?;
    }
    match at.filter(|at| *at > now) {
        Some(at) => Err(format!(
            "it happens at {}, which is in the future",
            format_instant(at)
        )),
        None => Ok(()),
    }
}

/// Whether an id that the host gives may be stored; the error is a sentence. Ids of tenants and orders
/// are parts of those of effects, and so may not have a `/`.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), String> {
    check_text(what, name)?;
    match name.contains('/') {
        true => Err(format!("the id of {what} has a `/` in it")),
        false => Ok(()),
    }
}

fn check_text(what: &str, id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err(format!("the id of {what} is empty"));
    }
    if id.len() > LONGEST {
        return Err(format!("the id of {what} has more than {LONGEST} bytes"));
    }
    match id.chars().any(char::is_control) {
        true => Err(format!("the id of {what} has a control character in it")),
        false => Ok(()),
    }
}

impl Done {
    fn accepted() -> Self {
        Self {
            answer: Stepped::Accepted,
            effects: Vec::new(),
            sends: Vec::new(),
            moved: false,
        }
    }
}
