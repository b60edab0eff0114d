//! An order that a group of requests touches, as it will be once they are committed.
//!
//! In: rows as stored. Out: [`Working`] orders, each with the steps, answers and effects that are to be
//! written of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::deployment::Deployed;
use super::failures::Failure;
use super::journal::{CauseForm, Record, START, chained, set_apart};
use super::request::{Answer, Receipt};
use super::row::{AnswerRow, Change, ERASED, EffectRow, JournalRow, OrderKey, OrderRow, Parent};
use super::view::flags;
use crate::context::Actor;
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Instance, Refusal, StepRecord, Stored};
use crate::interpret::{self, Answer as Stepped};
use crate::migrate::{self, Counts, Fates, Plan, Sites};
use crate::time::{Instant, format_instant};

/// An order under way.
#[derive(Debug, Clone)]
pub(super) struct Working {
    pub(super) key: OrderKey,
    pub(super) root: String,
    pub(super) parent: Option<Parent>,
    pub(super) deployed: Arc<Deployed>,
    pub(super) instance: Instance,
    pub(super) created_at: Instant,
    /// The version that is stored; `None` where the order is new.
    pub(super) stored: Option<u64>,
    /// The hash of its last step that is stored, and of its last one.
    upon: String,
    head: String,
    journal: Vec<JournalRow>,
    erases: bool,
    pub(super) answers: Vec<AnswerRow>,
    effects: Vec<EffectRow>,
    pub(super) failures: Vec<Failure>,
}

/// A plan for the orders of one deployment.
pub(super) struct Bringing<'p> {
    pub(super) id: &'p str,
    pub(super) plan: &'p Plan<'p>,
    pub(super) old: &'p Arc<Deployed>,
    pub(super) new: &'p Arc<Deployed>,
    pub(super) actor: &'p Actor,
    pub(super) now: Instant,
}

/// What came of one event.
pub(super) struct Done {
    pub(super) answer: Stepped,
    pub(super) effects: Vec<String>,
    /// What is sent to children: the set and the event.
    pub(super) sends: Vec<(String, String)>,
    pub(super) moved: bool,
}

impl Default for Done {
    /// Nothing came of it yet.
    fn default() -> Self {
        Self {
            answer: Stepped::Accepted,
            effects: Vec::new(),
            sends: Vec::new(),
            moved: false,
        }
    }
}

impl Done {
    /// Whether the event was not reached, because too much was due before it.
    fn is_behind(&self) -> bool {
        matches!(self.answer, Stepped::Refused(Refusal::Behind { .. }))
    }
}

impl Working {
    /// A new order.
    pub(super) fn new(
        (key, root, parent): (OrderKey, String, Option<Parent>),
        deployed: Arc<Deployed>,
        instance: Instance,
        created_at: Instant,
    ) -> Self {
        Self {
            key,
            root,
            parent,
            deployed,
            instance,
            created_at,
            stored: None,
            upon: START.to_owned(),
            head: START.to_owned(),
            journal: Vec::new(),
            erases: false,
            answers: Vec::new(),
            effects: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// An order that ran elsewhere, with its first step.
    pub(super) fn imported(
        who: (OrderKey, String, Option<Parent>),
        deployed: Arc<Deployed>,
        (record, instance): (&Record, Instance),
    ) -> Self {
        let created_at = instance.updated_at;
        let mut order = Self::new(who, deployed, instance, created_at);
        order.chain(record);
        order
    }

    /// The order as a plan brings it over, from where to where, and what became of what waited; the error is every
    /// reason against.
    ///
    /// `set` is what the set that it belongs to is called from then on, where that has another name; `counts` is how its
    /// children stand that are brought over with it.
    pub(super) fn brought(
        &self,
        bringing: &Bringing<'_>,
        (set, counts): (Option<String>, Counts),
    ) -> Result<(Self, (String, String), Fates), Vec<String>> {
        let sites = Sites {
            old: &bringing.old.site,
            new: &bringing.new.site,
        };
        let at = bringing.now.max(self.instance.updated_at);
        let counts = migrate::needed(bringing.plan, &self.instance.children, counts);
        let before = (&self.instance, &counts);
        let migrated = migrate::apply_counted(bringing.plan, sites, before, at);
        let migrated = migrated
            .map_err(|refused| refused.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let way = (migrated.from.clone(), migrated.to.clone());
        let mut fates = Fates::default();
        fates.add(&migrated);
        let cause = CauseForm::Migrated {
            from: bringing.old.id.clone(),
            plan: bringing.id.to_owned(),
            set: set.clone(),
            children: counts,
        };
        let made = (bringing.plan, cause);
        let who = (bringing.actor, at);
        let (record, instance) =
            Record::migrated(made, &bringing.new.id, (&self.instance, migrated), who);
        let mut order = self.clone();
        order.deployed = Arc::clone(bringing.new);
        order.instance = instance;
        if let (Some(parent), Some(set)) = (&mut order.parent, set) {
            parent.set = set;
        }
        order.chain(&record);
        for (place, asked) in record.effects.into_iter().enumerate() {
            order.effects.push(EffectRow {
                id: format!("{}/{}.{place}", order.key, record.sequence),
                key: order.key.clone(),
                sequence: record.sequence,
                effect: asked.effect,
                state: asked.state,
                at,
                due: at,
                attempts: 0,
                error: None,
                dead: false,
            });
        }
        Ok((order, way, fates))
    }

    /// An order as stored; the error is a sentence.
    pub(super) fn read(row: &OrderRow, deployed: Arc<Deployed>) -> Result<Self, String> {
        let stored: Stored = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
        let instance = stored.read(&deployed.workflow);
        let instance = instance.map_err(|problems| problems.join("; "))?;
        if instance.sequence != row.sequence {
            return Err("its text is of another version than its row".to_owned());
        }
        Ok(Self {
            key: row.key.clone(),
            root: row.root.clone(),
            parent: row.parent.clone(),
            instance,
            created_at: row.created_at,
            stored: Some(row.sequence),
            upon: row.head.clone(),
            head: row.head.clone(),
            journal: Vec::new(),
            erases: false,
            answers: Vec::new(),
            effects: Vec::new(),
            failures: Vec::new(),
            deployed,
        })
    }

    /// How many steps are to be written.
    pub(super) fn steps(&self) -> usize {
        self.journal.len()
    }

    /// Whether anything of it is to be written.
    pub(super) fn is_changed(&self) -> bool {
        self.stored != Some(self.instance.sequence) || !self.answers.is_empty()
    }

    /// Lets an event happen, and whatever was due before. Where too much was due for one call, it comes
    /// closer to the present and the event is refused: what was done so far can be written first.
    pub(super) fn step(&mut self, event: &Event, now: Instant) -> Done {
        let mut done = Done::default();
        self.portion(event, now, &mut done);
        done
    }

    /// Lets an event happen, and whatever was due before, however much that is.
    pub(super) fn step_through(&mut self, event: &Event, now: Instant) -> Done {
        let mut done = Done::default();
        while self.portion(event, now, &mut done) {}
        done
    }

    /// One call; whether it must be called again to reach the event.
    fn portion(&mut self, event: &Event, now: Instant, done: &mut Done) -> bool {
        let deployed = Arc::clone(&self.deployed);
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        let outcome = interpret::step(workflow, site, &self.instance, event, now);
        self.instance = outcome.instance;
        for record in &outcome.records {
            self.write(record, &BTreeMap::new(), done);
        }
        done.answer = outcome.answer;
        done.is_behind() && !outcome.records.is_empty()
    }

    /// Writes a step down.
    pub(super) fn write(
        &mut self,
        record: &StepRecord,
        given: &BTreeMap<String, Json>,
        done: &mut Done,
    ) {
        done.moved = true;
        let deployed = Arc::clone(&self.deployed);
        let workflow = &deployed.workflow;
        let parent = self.parent.as_ref().map(Parent::stored);
        let form = Record::of(workflow, &deployed.id, record, given).within(parent);
        self.chain(&form);
        let failure = Failure::of(&self.key, workflow, record);
        self.failures.extend(failure);
        for (place, request) in record.effects.iter().enumerate() {
            let id = format!("{}/{}.{place}", self.key, record.sequence);
            done.effects.push(id.clone());
            self.effects.push(EffectRow {
                id,
                key: self.key.clone(),
                sequence: record.sequence,
                effect: workflow.effects.at(request.effect).name.clone(),
                state: workflow.states.at(request.state).path.clone(),
                at: record.at,
                due: record.at,
                attempts: 0,
                error: None,
                dead: false,
            });
        }
        for send in &record.sends {
            let set = workflow.children.at(send.children).name.clone();
            done.sends.push((set, send.event.clone()));
        }
    }

    fn chain(&mut self, record: &Record) {
        let (record, personal) = set_apart(record, &self.deployed.workflow);
        if record.erases() {
            // What this very commit brought before is erased with the rest.
            self.erases = true;
            self.journal.iter_mut().for_each(|row| row.personal = None);
            let erased = |answer: &mut AnswerRow| ERASED.clone_into(&mut answer.body);
            self.answers.iter_mut().for_each(erased);
        }
        let body = serde_json::to_string(&record).unwrap_or_default();
        let hash = chained(&self.head, &self.key, record.sequence, &body);
        self.head.clone_from(&hash);
        self.journal.push(JournalRow {
            sequence: record.sequence,
            body,
            personal,
            hash,
        });
    }

    /// How it stands, with what was asked of the outside.
    pub(super) fn receipt(&self, effects: Vec<String>) -> Receipt {
        let workflow = &self.deployed.workflow;
        Receipt {
            version: self.instance.sequence,
            status: self.instance.status(workflow),
            done: self.instance.is_done(workflow),
            flags: flags(&self.deployed, &self.instance),
            effects,
            next_due: self.instance.next_due().map(format_instant),
            counted_at: None,
        }
    }

    /// The answer to an event.
    pub(super) fn answer(&self, done: Done) -> Answer {
        let is_behind = done.is_behind();
        let receipt = self.receipt(done.effects);
        match done.answer {
            _ if is_behind => Answer::Behind(receipt),
            Stepped::Accepted => Answer::Accepted(receipt),
            Stepped::Repeated => Answer::Repeated(receipt),
            Stepped::Refused(refusal) => refused(&refusal, Some(receipt)),
        }
    }

    /// What is to be written of it.
    pub(super) fn change(self) -> Change {
        let Deployed {
            id,
            workflow,
            settings,
            ..
        } = &*self.deployed;
        let stored = Stored {
            id: Some(self.key.order.clone()),
            settings: settings.clone(),
            ..Stored::of(workflow, &self.instance)
        };
        let row = OrderRow {
            root: self.root,
            parent: self.parent,
            deployment: id.clone(),
            sequence: self.instance.sequence,
            status: self.instance.status(workflow),
            done: self.instance.is_done(workflow),
            next_due: self.instance.next_due(),
            created_at: self.created_at,
            updated_at: self.instance.updated_at,
            head: self.head,
            stuck: None,
            body: serde_json::to_string(&stored).unwrap_or_default(),
            key: self.key,
        };
        Change {
            expected: self.stored,
            upon: self.upon,
            row,
            journal: self.journal,
            answers: self.answers,
            effects: self.effects,
            erases: self.erases,
        }
    }
}

/// A refusal as an answer.
pub(super) fn refused(refusal: &Refusal, receipt: Option<Receipt>) -> Answer {
    Answer::Refused {
        message: refusal.to_string(),
        refusal: serde_json::to_value(refusal).unwrap_or(Json::Null),
        receipt,
    }
}

/// The event by which a parent learns how the children of one set stand; `None` where it knows.
pub(super) fn counted<'a>(
    workflow: &Workflow,
    parent: &Instance,
    set: &str,
    children: impl Iterator<Item = &'a Working>,
) -> Option<Event> {
    let (id, _) = workflow
        .children
        .iter()
        .find(|(_, known)| known.name == set)?;
    let children = children.map(|child| (id, &*child.deployed.workflow, &child.instance));
    let mut event = interpret::cascade(workflow, parent, children)?;
    // The other sets may be the host's own: what it told of them stays.
    if let EventKind::ChildrenChanged { counts } = &mut event.kind {
        counts.retain(|name, _| name == set);
        if counts.is_empty() {
            return None;
        }
    }
    Some(event)
}
