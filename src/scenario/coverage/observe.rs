//! What happened in families, counted.

use super::{Coverage, Key};
use crate::drive::{Entry, Happened};
use crate::graph::{Id, Workflow};
use crate::instance::{Cause, Place, Reason, Refusal, StepRecord};
use crate::scenario::refusals::here;

impl Coverage {
    /// Counts what happened in a family.
    pub fn observe(&mut self, workflow: &Workflow, entries: &[Entry]) {
        for entry in entries {
            for judged in entry.judged() {
                self.count(&Key::Guard(judged.place, judged.index, judged.held));
            }
            if let Some(record) = entry.record() {
                self.step(workflow, entry, record);
            }
            if let Some(refusal) = entry.refusal() {
                self.refusal(entry, refusal);
            }
        }
    }

    fn step(&mut self, workflow: &Workflow, entry: &Entry, record: &StepRecord) {
        if record.cause == Cause::Created
            && let Some(index) = initial_of(workflow, entry)
        {
            self.count(&Key::Initial(index));
        }
        for &state in &record.entered {
            self.count(&Key::State(state));
        }
        for taken in &record.taken {
            self.count(&Key::Transition(taken.transition.index(), taken.branch));
        }
        if let Cause::Timer { timer, .. } = record.cause {
            self.count(&Key::Timer(timer.index()));
        }
        for change in &record.flags {
            if let Some(id) = change.flag {
                let flag = workflow.flags.at(id);
                if flag.default != change.to {
                    self.count(&Key::Flag(flag.name.clone()));
                }
            }
        }
    }

    fn refusal(&mut self, entry: &Entry, refusal: &Refusal) {
        if let Refusal::Immutable { state } = refusal {
            self.count(&Key::Immutable(state.clone()));
        }
        for reason in here(refusal)
            .into_iter()
            .flat_map(|candidate| &candidate.reasons)
        {
            match reason {
                Reason::Guard(failure) => {
                    if let Some(words) = &failure.refusal {
                        self.count(&Key::Words(words.clone()));
                    }
                }
                Reason::WrongActor { .. } => {
                    if let Happened::Refused { what, .. } = &entry.happened {
                        self.count(&Key::WrongActor(what.clone()));
                    }
                }
                Reason::MayNotEnter { state, .. } => self.count(&Key::Enter(state.clone())),
                _ => {}
            }
        }
    }
}

/// Which initial branch a new order took: the first whose conditions held.
fn initial_of(workflow: &Workflow, entry: &Entry) -> Option<usize> {
    (0..workflow.initial.len()).find(|&index| {
        let at = Place::Initial(index);
        let mut judged = entry.judged().iter().filter(|judged| judged.place == at);
        judged.all(|judged| judged.held)
    })
}
