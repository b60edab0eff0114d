//! One way from one state, with all that it does on one site.

use super::super::macrostep::World;
use super::super::{create, flags};
use crate::context::Cells;
use crate::graph::{Assign, Branch, EffectId, Row, Send, StateId, TransitionId};
use crate::guard::Formula;
use crate::instance::{EffectRequest, FlagChange, Instance, SendRequest};
use crate::time::Instant;

/// A transition of a state in which nothing waits, worked out ahead: what a step by it does, but for the
/// values that it sets.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The transition.
    pub transition: TransitionId,
    /// Which branch of its row.
    pub branch: usize,
    /// The state that the order is in.
    pub from: StateId,
    /// The state that it enters; `None` where it stays, without leaving or entering anything.
    pub to: Option<StateId>,
    /// What is asked of the outside, in order.
    pub effects: Vec<EffectRequest>,
    /// What is sent to children, in order.
    pub sends: Vec<SendRequest>,
    /// Flags whose value differs afterwards.
    pub flags: Vec<FlagChange>,
    /// The choice among automatic transitions that have to be asked once the order is there.
    pub(super) always: Option<u32>,
    /// Whether it only leaves and enters: nothing is set, and nothing has to be asked afterwards.
    pub(super) is_plain: bool,
    /// Slots of the context that it sets, with what they are set to.
    pub(super) sets: Vec<(usize, New)>,
}

/// What a slot is set to.
#[derive(Debug, Clone)]
pub(super) enum New {
    /// The value of a formula.
    Value(Formula),
    /// Nothing.
    Unset,
    /// What does not compile.
    Broken,
}

impl PartialEq for Passage {
    fn eq(&self, other: &Self) -> bool {
        (self.transition, self.branch, self.from, self.to)
            == (other.transition, other.branch, other.from, other.to)
    }
}

impl Passage {
    pub(super) fn new(
        world: World<'_>,
        (transition, from): (TransitionId, StateId),
        (row, index, branch): (&Row, usize, &Branch),
        (to, always): (Option<StateId>, Option<u32>),
    ) -> Self {
        let mut passage = Self {
            transition,
            branch: index,
            from,
            to,
            effects: Vec::new(),
            sends: Vec::new(),
            flags: Vec::new(),
            always,
            is_plain: always.is_none() && row.deed.set.is_empty() && branch.deed.set.is_empty(),
            sets: sets(row, branch),
        };
        let states = &world.workflow.states;
        if to.is_some() {
            let exit = &states.at(from).exit;
            passage.ask(from, &exit.deed.effects, &exit.deed.send);
        }
        passage.ask(from, &row.deed.effects, &row.deed.send);
        passage.ask(from, &branch.deed.effects, &[]);
        if let Some(to) = to {
            let enter = &states.at(to).enter;
            passage.ask(to, &enter.deed.effects, &enter.deed.send);
            let (before, after) = (standing(world, from), standing(world, to));
            flags::changes(world, Some(&before), &after, &mut passage.flags);
        }
        passage
    }

    fn ask(&mut self, state: StateId, effects: &[EffectId], sends: &[Send]) {
        let effects = effects.iter();
        let effects = effects.map(|&effect| EffectRequest { effect, state });
        self.effects.extend(effects);
        let sends = sends.iter().map(|send| SendRequest {
            children: send.children,
            event: send.event.clone(),
        });
        self.sends.extend(sends);
    }
}

fn sets(row: &Row, branch: &Branch) -> Vec<(usize, New)> {
    use crate::graph::Id;
    let assigns = row.deed.set.iter().chain(&branch.deed.set);
    let new = |assign: &Assign| match &assign.formula {
        Some(formula) => New::Value(formula.clone()),
        None if assign.unset => New::Unset,
        None => New::Broken,
    };
    assigns
        .map(|assign| (assign.field.index(), new(assign)))
        .collect()
}

/// An order that stands in a state and has nothing else to it.
pub(super) fn standing(world: World<'_>, state: StateId) -> Instance {
    let context = Cells::new(&world.workflow.layout);
    let mut order = create::blank(world.workflow, context, Instant::UNIX_EPOCH);
    order.configuration.push(state);
    order
}
