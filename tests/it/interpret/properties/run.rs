//! An order under way, with everything checked that holds after each step.

use std::collections::BTreeMap;

use flagstate::context::{Actor, Value};
use flagstate::graph::{EventId, FlagId, Kind, StateId, Workflow};
use flagstate::instance::{Cause, Event, EventKind, Instance, Refusal, Site, StepRecord};
use flagstate::interpret::{Answer, Outcome, Possible, available, create, flags, step};
use flagstate::time::Instant;

use super::{bulk, hops, kept, shipped};

/// SCXML, 3.11: one state of the whole and of each active compound state, all regions of each active
/// parallel state, and nothing else.
fn is_legal(workflow: &Workflow, instance: &Instance) -> bool {
    let active_within = |id: StateId| {
        let inner = workflow.states.at(id).children.iter();
        inner.filter(|&&inner| instance.is_active(inner)).count()
    };
    let complete = |id: &StateId| {
        let state = workflow.states.at(*id);
        let outer = state.parent.expect("an active state is not the root");
        let inside = match state.kind {
            Kind::Atomic | Kind::Final => true,
            Kind::Compound { .. } => active_within(*id) == 1,
            Kind::Parallel => active_within(*id) == state.children.len(),
        };
        inside && (outer == StateId::ROOT || instance.is_active(outer))
    };
    instance.configuration.is_sorted_by(|a, b| a < b)
        && active_within(StateId::ROOT) == 1
        && instance.configuration.iter().all(complete)
}

/// What belongs to active states belongs to them alone.
fn is_tidy(workflow: &Workflow, instance: &Instance) -> bool {
    let of_active = |id| instance.is_active(workflow.timers.at(id).state);
    instance.entered_at.keys().eq(&instance.configuration)
        && instance.timers.keys().all(|&id| of_active(id))
        && instance
            .spent
            .iter()
            .all(|&id| of_active(id) && !instance.timers.contains_key(&id))
        && instance.suspended.keys().all(|&id| !of_active(id))
        && instance
            .timers
            .values()
            .all(|timer| timer.generation < instance.generations)
}

/// An order under way, with all that was recorded.
pub(super) struct Run {
    pub(super) workflow: Workflow,
    /// The same, without knowledge of hops.
    unknown: Workflow,
    site: Site,
    pub(super) now: Instant,
    first: Instance,
    pub(super) instance: Instance,
    records: Vec<StepRecord>,
    flags: BTreeMap<Option<FlagId>, Value>,
}

impl Run {
    pub(super) fn begin(text: &str, by: &str) -> Option<Self> {
        let workflow = super::super::workflow(text);
        let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
        let now = super::super::at("2026-03-01T09:00:00Z");
        let user = Actor::new(by);
        let required = workflow.fields.rows().iter().filter(|field| field.required);
        let context = required.map(|field| (field.name.clone(), shipped::value(&field.ty, 0)));
        let created = create(&workflow, &site, &context.collect(), &user, now).ok()?;
        let mut run = Self {
            unknown: hops::unknown(&workflow),
            workflow,
            site,
            now,
            first: created.instance.clone(),
            instance: created.instance,
            records: Vec::new(),
            flags: BTreeMap::new(),
        };
        run.note(created.record);
        Some(run)
    }

    pub(super) fn step(&self, event: &Event) -> Outcome {
        step(&self.workflow, &self.site, &self.instance, event, self.now)
    }

    fn note(&mut self, record: StepRecord) {
        for change in &record.flags {
            let before = self.flags.insert(change.flag, change.to.clone());
            assert_eq!(before, change.from);
            assert_ne!(change.from.as_ref(), Some(&change.to));
        }
        self.records.push(record);
    }

    /// Applies an event, and checks what holds after each.
    pub(super) fn apply(&mut self, event: &Event) {
        let outcome = self.step(event);
        let again = self.step(event);
        assert_eq!(
            format!("{outcome:?}"),
            format!("{again:?}"),
            "not deterministic"
        );
        let ticked = self.step(&Event::tick());
        if !matches!(outcome.answer, Answer::Accepted) {
            assert_eq!(
                outcome.instance, ticked.instance,
                "a refusal changed the order"
            );
            assert_eq!(outcome.records, ticked.records);
        }
        self.foretold(&ticked.instance, event, &outcome.answer);
        bulk::agrees(
            (&self.workflow, &self.site),
            &self.instance,
            event,
            self.now,
            &outcome,
        );
        kept::agrees(
            (&self.workflow, &self.site),
            (&self.first, &self.instance),
            event,
            self.now,
            &outcome,
        );
        hops::agrees(
            (&self.unknown, &self.site),
            &self.instance,
            event,
            self.now,
            &outcome,
        );
        let steps = u64::try_from(outcome.records.len()).unwrap();
        assert_eq!(outcome.instance.sequence, self.instance.sequence + steps);
        if let Some(last) = outcome.records.last() {
            assert_eq!(last.sequence, outcome.instance.sequence);
            assert_eq!(last.at, outcome.instance.updated_at);
            assert_eq!(last.configuration, outcome.instance.configuration);
        }
        assert!(outcome.records.is_sorted_by_key(|record| record.at));
        outcome
            .records
            .into_iter()
            .for_each(|record| self.note(record));
        self.instance = outcome.instance;
        assert!(
            is_legal(&self.workflow, &self.instance),
            "{:?}",
            self.instance
        );
        assert!(
            is_tidy(&self.workflow, &self.instance),
            "{:?}",
            self.instance
        );
        let held: BTreeMap<_, _> = flags(&self.workflow, &self.site, &self.instance)
            .into_iter()
            .collect();
        assert_eq!(
            held, self.flags,
            "the flags are not the sum of their changes"
        );
    }

    /// What `available` says comes true.
    fn foretold(&self, before: &Instance, event: &Event, answer: &Answer) {
        let EventKind::Named { name, target, .. } = &event.kind else {
            return;
        };
        let actions = available(&self.workflow, &self.site, before, &event.actor, self.now);
        let action = actions
            .iter()
            .find(|action| action.event == *name)
            .expect("an action");
        let refused = matches!(answer, Answer::Refused(Refusal::NoTransition { .. }));
        let repeated = *answer == Answer::Repeated;
        if !action.choose && target.is_none() {
            match action.possible {
                Possible::Yes => assert!(!refused, "{action:?} {answer:?}"),
                Possible::No => assert!(refused || repeated, "{action:?} {answer:?}"),
                Possible::DependsOnEvent => {}
            }
        }
        for candidate in &action.against {
            assert!(!candidate.reasons.is_empty(), "{candidate:?}");
        }
    }

    /// Does again what the records say was done.
    pub(super) fn replayed(&self) -> Instance {
        let mut order = self.first.clone();
        for record in self.records.iter().skip(1).filter(|r| !is_timer(r)) {
            let event = told_again(&self.workflow, record);
            order = self.again(&order, &event, record.at);
            assert_eq!(order.sequence, record.sequence);
        }
        self.again(&order, &Event::tick(), self.now)
    }

    fn again(&self, order: &Instance, event: &Event, at: Instant) -> Instance {
        let outcome = step(&self.workflow, &self.site, order, event, at);
        match outcome.answer {
            Answer::Refused(Refusal::Behind { .. }) => self.again(&outcome.instance, event, at),
            _ => outcome.instance,
        }
    }
}

fn is_timer(record: &StepRecord) -> bool {
    matches!(record.cause, Cause::Timer { .. } | Cause::Raised { .. })
}

fn told_again(workflow: &Workflow, record: &StepRecord) -> Event {
    let kind = match record.cause.clone() {
        Cause::Event {
            event,
            payload,
            target,
        } => EventKind::Named {
            name: workflow.events.at(event).name.clone(),
            payload: told_payload(workflow, event, payload),
            target: target.map(|state| workflow.states.at(state).path.clone()),
        },
        Cause::ContextChanged { changes } => EventKind::ContextChanged { changes },
        Cause::ChildrenChanged { counts } => EventKind::ChildrenChanged { counts },
        Cause::Override { reason, action } => EventKind::Override { reason, action },
        Cause::Created | Cause::Timer { .. } | Cause::Raised { .. } => {
            unreachable!("not told by the host")
        }
    };
    Event {
        id: record.event_id.clone(),
        actor: record.actor.clone(),
        kind,
    }
}

fn told_payload(
    workflow: &Workflow,
    event: EventId,
    values: Vec<Option<Value>>,
) -> BTreeMap<String, serde_json::Value> {
    let fields = workflow.events.at(event).payload.iter().zip(values);
    let told = fields.filter_map(|(field, value)| Some((field.name.clone(), value?.to_json())));
    told.collect()
}
