//! Whether some order in a configuration meets conditions and fails others: one question at a time.
//!
//! In: where an order rests, what happens and by whom, and conditions. Out: yes, no, or that neither
//! could be shown; or a situation in which it is so. Whoever follows orders through a workflow asks this of every way.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::encode::Who;
use super::moment::Moment;
use super::scene::at_rest;
use super::space::Scene;
use crate::graph::{ActorId, Condition, EventId, StateId, Workflow};
use crate::guard::Guard;

/// Where an order is, what happens and who causes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    /// The active states; none for an order that is only about to start.
    pub(crate) active: &'a [StateId],
    /// The innermost active state that acts.
    pub(crate) leaf: Option<StateId>,
    /// The event.
    pub(crate) event: Option<EventId>,
    /// Who causes it.
    pub(crate) actor: ActorId,
    /// Whether the order had come to rest before.
    pub(crate) rested: bool,
}

/// Answers questions about one workflow, and remembers the answers.
pub(crate) struct Meeting<'w> {
    asker: Asker<'w>,
    moments: IndexMap<String, Option<Moment>>,
}

impl<'w> Meeting<'w> {
    pub(crate) fn new(workflow: &'w Workflow) -> Self {
        Self {
            asker: Asker::new(workflow),
            moments: IndexMap::new(),
        }
    }

    /// Whether all of `hold` may hold while in each of `fail` something does not; `None` where that
    /// could be neither proved nor shown.
    pub(crate) fn can(
        &mut self,
        at: &At<'_>,
        hold: &[&'w Condition],
        fail: &[Vec<&'w Condition>],
    ) -> Option<bool> {
        if fail.iter().any(Vec::is_empty) {
            return Some(false);
        }
        if hold.is_empty() && fail.is_empty() {
            return Some(true);
        }
        let (scene, demands) = self.question(at, hold, fail);
        let words = words(at, &demands);
        self.asker
            .is_never(&scene, &demands, words)
            .map(|never| !never)
    }

    /// A situation in which all of `hold` hold while in each of `fail` something does not, as much like a new order as
    /// can be, and the fields that were asked for; `None` where none was found.
    pub(crate) fn moment(
        &mut self,
        at: &At<'_>,
        hold: &[&'w Condition],
        fail: &[Vec<&'w Condition>],
    ) -> Option<(Moment, Vec<usize>)> {
        let (scene, demands) = self.question(at, hold, fail);
        let words = words(at, &demands);
        let known = match self.moments.get(&words) {
            Some(known) => known.clone(),
            None => {
                let found = match self.asker.ask(&scene, &demands, Wanted::Smallest) {
                    Verdict::Possible(moment) => Some(*moment),
                    Verdict::Never | Verdict::Unknown => None,
                };
                self.moments.insert(words, found.clone());
                found
            }
        };
        let conditions = demands.iter().flat_map(|demand| &demand.conditions);
        let guards = conditions.filter_map(|condition| condition.guard.as_ref());
        let read = guards.flat_map(|guard| guard.reads().order.iter().copied());
        Some((known?, read.collect()))
    }

    /// What is asked, and of whom.
    fn question(
        &self,
        at: &At<'_>,
        hold: &[&'w Condition],
        fail: &[Vec<&'w Condition>],
    ) -> (Scene<'w>, Vec<Demand<'w>>) {
        let workflow = self.asker.workflow;
        let scene = Scene {
            workflow,
            source: at.leaf,
            event: at.event,
            actors: [at.actor].into_iter().collect(),
            known: at.leaf.map(|_| at.active.to_vec()),
        };
        let mut demands = vec![Demand::hold(hold.iter().copied())];
        demands.extend(fail.iter().map(|all| Demand::fail(all.iter().copied())));
        if let Some(leaf) = at.leaf.filter(|_| at.rested) {
            demands.extend(at_rest(workflow, leaf));
        }
        (scene, demands)
    }
}

/// What makes two questions the same.
fn words(at: &At<'_>, demands: &[Demand<'_>]) -> String {
    let mut words = format!("{:?} {:?} {}", at.event, at.actor, at.leaf.is_some());
    let conditions = || demands.iter().flat_map(|demand| &demand.conditions);
    let mut guards = conditions().filter_map(|condition| condition.guard.as_ref());
    if guards.any(|guard: &Guard| !guard.reads().states.is_empty()) {
        // Writing to a string cannot fail.
        _ = write!(words, " {:?}", at.active);
    }
    for demand in demands {
        let who = matches!(demand.who, Who::System);
        _ = write!(words, "\n{who} {}", demand.holds);
        for condition in &demand.conditions {
            words.push('\n');
            words.push_str(&condition.text);
        }
    }
    words
}
