//! Answers that were given before, for a workflow of which another one is a tenant.
//!
//! In: a question in the words of the file: what its guards say, and the declarations of all that they
//! read. Out: the answer that a question of the same words had. A proof holds wherever the words are
//! the same; a situation is tried by the evaluator before it counts, as any other is. Questions about
//! the states that are active are always asked anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::demand::Demand;
use super::moment::Moment;
use super::scene::base;
use super::space::Scene;
use crate::graph::{EventId, FieldId, Id, SettingId, Workflow};
use crate::guard::Reads;

/// The words of a question, shortened so that no two different ones are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; 32]);

/// What is known of a question.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// There is no such situation: a proof.
    Never,
    /// There is, and it was confirmed where it was found.
    Possible(Box<Moment>),
}

/// Answers to questions, those of bases included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memo {
    before: Option<Arc<Memo>>,
    answers: BTreeMap<Key, Answer>,
}

impl Memo {
    /// An empty one on top of that of a base.
    pub(crate) fn upon(before: &Arc<Self>) -> Self {
        Self {
            before: Some(Arc::clone(before)),
            answers: BTreeMap::new(),
        }
    }

    /// The answer to a question, where it was asked before.
    pub(super) fn answer(&self, key: Key) -> Option<&Answer> {
        let memos = std::iter::successors(Some(self), |memo| memo.before.as_deref());
        memos.into_iter().find_map(|memo| memo.answers.get(&key))
    }

    /// Keeps an answer.
    pub(super) fn keep(&mut self, key: Key, answer: Answer) {
        self.answers.insert(key, answer);
    }
}

/// The key of a question of some kind; `None` where its words do not tell all that it is about.
pub(super) fn key(kind: &str, scene: &Scene<'_>, demands: &[Demand<'_>]) -> Option<Key> {
    let workflow = scene.workflow;
    if scene.known.is_some() {
        return None;
    }
    let mut words = format!("{kind}\n{}\n", scene.source.is_some());
    for &actor in &scene.actors {
        _ = writeln!(words, "by {}", workflow.actors.at(actor).name);
    }
    let mut told = Told::default();
    for demand in demands {
        _ = writeln!(words, "{:?} {}", demand.who, demand.holds);
        for condition in &demand.conditions {
            let guard = condition.guard.as_ref()?;
            if !guard.reads().states.is_empty() {
                return None;
            }
            _ = writeln!(words, "{}\0", guard.source());
            told.declarations(workflow, scene.event, guard.reads(), &mut words);
        }
    }
    Some(Key(Sha256::digest(words.as_bytes()).into()))
}

/// What was told already.
#[derive(Default)]
struct Told {
    children: bool,
}

impl Told {
    /// Writes the declarations of what a guard reads, with the places at which it reads them.
    fn declarations(
        &mut self,
        workflow: &Workflow,
        event: Option<EventId>,
        reads: &Reads,
        words: &mut String,
    ) {
        for &slot in &reads.order {
            if let Some(field) = workflow.fields.get(FieldId::from_index(slot)) {
                let is_set = field.default.is_some() || field.required;
                _ = writeln!(words, "order {slot} {} {:?} {is_set}", field.name, field.ty);
            }
        }
        for &slot in &reads.settings {
            if let Some(setting) = workflow.settings.get(SettingId::from_index(slot)) {
                let (min, max) = (&setting.min, &setting.max);
                _ = writeln!(
                    words,
                    "settings {slot} {} {:?} {min:?} {max:?}",
                    setting.name, setting.ty
                );
            }
        }
        if let Some(event) = event.filter(|_| !reads.event.is_empty()) {
            let mut brings: BTreeSet<Vec<usize>> = BTreeSet::new();
            for raise in workflow.raises().filter(|raise| raise.event == event) {
                brings.insert(raise.with.iter().map(|(slot, _)| *slot).collect());
            }
            _ = writeln!(words, "raised {brings:?}");
            for (slot, field) in workflow.events.at(event).payload.iter().enumerate() {
                _ = writeln!(
                    words,
                    "event {slot} {} {:?} {}",
                    field.name, field.ty, field.optional
                );
            }
        }
        if !reads.children.is_empty() && !self.children {
            self.children = true;
            for (_, set) in workflow.children.iter() {
                _ = writeln!(words, "children {} {:?}", set.name, set.states);
            }
        }
    }
}

/// A situation that was found elsewhere, in a scene: a new order there, with what the guards read.
pub(super) fn transplant(found: &Moment, scene: &Scene<'_>, demands: &[Demand<'_>]) -> Moment {
    let mut here = base(scene);
    let conditions = demands.iter().flat_map(|demand| &demand.conditions);
    for guard in conditions.filter_map(|condition| condition.guard.as_ref()) {
        let reads = guard.reads();
        copy(&mut here.order, &found.order, &reads.order);
        copy(&mut here.settings, &found.settings, &reads.settings);
        copy(&mut here.event, &found.event, &reads.event);
        copy(&mut here.children, &found.children, &reads.children);
    }
    here.actor.clone_from(&found.actor);
    here.now = found.now;
    here
}

fn copy<T: Clone>(here: &mut [T], found: &[T], slots: &[usize]) {
    for &slot in slots {
        if let (Some(place), Some(value)) = (here.get_mut(slot), found.get(slot)) {
            place.clone_from(value);
        }
    }
}
