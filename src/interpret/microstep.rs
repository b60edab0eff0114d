//! One microstep: states are left, transitions carried out, states entered (SCXML, exitStates,
//! executeTransitionContent, enterStates).
//!
//! In: the transitions that were selected together. Out: the order's copy changed, and the trace
//! longer. What a state or a transition does sees what was done before it in the microstep.

use smallvec::SmallVec;

use super::deed::Act;
use super::entry::{Entry, Goal, Pasts, entry_of, inside};
use super::hop::Hop;
use super::macrostep::Macrostep;
use super::outlook::has_ended;
use super::select::Move;
use crate::context::{Actor, CellsView};
use crate::document::Restore;
use crate::graph::{Kind, StartId, StateId};
use crate::instance::{Place, Refusal, SuspendedTimer, Taken};

impl Macrostep<'_> {
    /// Carries out transitions; fails without a trace where a formula fails.
    pub(super) fn microstep(
        &mut self,
        moves: &[Move],
        number: usize,
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<(), Refusal> {
        if let [taken] = moves
            && self.hop(taken, number)
        {
            return Ok(());
        }
        let workflow = self.world.workflow;
        let leaves = |state| {
            let mut goals = moves.iter().filter_map(|taken| taken.goal.as_ref());
            goals.any(|goal| inside(workflow, state, goal.domain))
        };
        let first = self.leave(leaves, actor)?;
        for taken in moves {
            self.perform(taken, number, actor, event)?;
        }
        let goals = moves.iter().filter_map(|taken| taken.goal.as_ref());
        self.enter_all(goals, first, actor)
    }

    /// Carries out a transition from one quiet state to another, on which nothing is done; `false` where it is
    /// another one.
    fn hop(&mut self, taken: &Move, microstep: usize) -> bool {
        let workflow = self.world.workflow;
        let target = taken.goal.as_ref().and_then(|goal| goal.lone(workflow));
        let (Some(to), &[from]) = (target, self.instance.configuration.as_slice()) else {
            return false;
        };
        let (left, entered) = (workflow.states.at(from), workflow.states.at(to));
        if !(left.quiet && entered.quiet && workflow.rows.at(taken.transition.row).is_idle()) {
            return false;
        }
        let hop = Hop {
            transition: taken.transition.id,
            from,
            to,
        };
        hop.tell((taken.branch, microstep), self.record);
        hop.carry_out(self.instance, self.now);
        self.fresh.clear();
        true
    }

    /// Leaves the active states that `leaving` names, innermost and last ones first. Returns where they begin
    /// among those that the record says were left.
    pub(super) fn leave(
        &mut self,
        leaving: impl Fn(StateId) -> bool,
        actor: &Actor,
    ) -> Result<usize, Refusal> {
        let workflow = self.world.workflow;
        let first = self.record.exited.len();
        let active = self.instance.configuration.iter().rev().copied();
        let exited = active.filter(|&state| leaving(state));
        self.record.exited.extend(exited);
        let mut at = first;
        while let Some(&state) = self.record.exited.get(at) {
            self.remember(state);
            at += 1;
        }
        at = first;
        while let Some(&state) = self.record.exited.get(at) {
            at += 1;
            let definition = workflow.states.at(state);
            let place = |index| Place::Exit(state, index);
            self.hook(state, &definition.exit, place, actor)?;
            for &timer in &definition.timers {
                let running = self.instance.timers.remove(&timer);
                self.instance.spent.remove(&timer);
                let restored = workflow.timers.at(timer).restore != Restore::Restart;
                if let Some(running) = running.filter(|_| restored) {
                    let (due, left_at) = (running.due, self.now);
                    let suspended = SuspendedTimer { due, left_at };
                    self.instance.suspended.insert(timer, suspended);
                }
            }
            self.instance.entered_at.remove(&state);
            self.fresh.retain(|(fresh, _)| *fresh != state);
            if let Ok(place) = self.instance.configuration.binary_search(&state) {
                self.instance.configuration.remove(place);
            }
        }
        Ok(first)
    }

    /// Keeps what is active within a state, for history.
    fn remember(&mut self, outer: StateId) {
        let workflow = self.world.workflow;
        if workflow.states.at(outer).is_atomic() {
            return;
        }
        let active = self.instance.configuration.iter().copied();
        let inner = active.filter(|&state| inside(workflow, state, outer));
        let inner = inner.collect();
        self.instance.past.insert(outer, inner);
    }

    /// What a transition does between leaving and entering.
    fn perform(
        &mut self,
        taken: &Move,
        microstep: usize,
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<(), Refusal> {
        let row = self.world.workflow.rows.at(taken.transition.row);
        self.record.taken.push(Taken {
            transition: taken.transition.id,
            branch: taken.branch,
            microstep,
        });
        if row.is_idle() {
            return Ok(());
        }
        let mut act = Act::of(&row.deed);
        if let Some(branch) = row.branches.get(taken.branch) {
            act = act.and(&branch.deed);
        }
        self.act(taken.transition.source, act, actor, event)
    }

    /// Enters what goals lead to, in document order. `first` is where those begin, among the states that the
    /// record says were left, that were left for it.
    pub(super) fn enter_all<'g>(
        &mut self,
        goals: impl Iterator<Item = &'g Goal> + Clone,
        first: usize,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        let workflow = self.world.workflow;
        let mut each = goals.clone();
        let (Some(goal), further) = (each.next(), each.next()) else {
            return Ok(());
        };
        if let (Some(state), None) = (goal.lone(workflow), further) {
            return self.enter(state, (&[], goal), first, actor);
        }
        let pasts = Pasts::recorded(self.instance);
        let entries = goals.map(|goal| (entry_of(workflow, pasts, goal), goal));
        let entries: Vec<(Entry, &Goal)> = entries.collect();
        let mut states: SmallVec<[(StateId, &Entry, &Goal); 4]> = SmallVec::new();
        for (entry, goal) in &entries {
            states.extend(entry.states.iter().map(|&state| (state, entry, *goal)));
        }
        states.sort_by_key(|(state, ..)| *state);
        for (state, entry, goal) in states {
            self.enter(state, (&entry.starts, goal), first, actor)?;
        }
        Ok(())
    }

    /// Enters one state of a goal.
    fn enter(
        &mut self,
        state: StateId,
        (starts, goal): (&[(StateId, StartId)], &Goal),
        first: usize,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        let workflow = self.world.workflow;
        self.settle(state, goal.restores);
        if workflow.states.at(state).leads_back {
            self.note_origin(state, goal, first);
        }
        let place = |index| Place::Enter(state, index);
        self.hook(state, &workflow.states.at(state).enter, place, actor)?;
        for (_, start) in starts.iter().filter(|(at, _)| *at == state) {
            let act = Act::default().and(&workflow.starts.at(*start).deed);
            self.act(state, act, actor, CellsView::EMPTY)?;
        }
        self.ended(state);
        Ok(())
    }

    /// Makes a state active.
    pub(super) fn settle(&mut self, state: StateId, restores: bool) {
        if let Err(place) = self.instance.configuration.binary_search(&state) {
            self.instance.configuration.insert(place, state);
        }
        self.instance.entered_at.insert(state, self.now);
        self.record.entered.push(state);
        self.fresh.push((state, restores));
    }

    /// Keeps where the order came from, for a state with a way back.
    fn note_origin(&mut self, state: StateId, goal: &Goal, first: usize) {
        let workflow = self.world.workflow;
        let left = self.record.exited.iter().skip(first).copied();
        let left = left.filter(|&left| inside(workflow, left, goal.domain));
        if left.clone().any(|left| left == state) {
            return;
        }
        let leaves = left.filter(|&id| workflow.states.at(id).is_atomic());
        let mut leaves: Vec<StateId> = leaves.collect();
        if !leaves.is_empty() {
            leaves.sort_unstable();
            self.instance.origins.insert(state, leaves);
        }
    }

    /// Raises what a final state means for the states around it.
    fn ended(&mut self, state: StateId) {
        let workflow = self.world.workflow;
        let definition = workflow.states.at(state);
        let Some(parent) = definition.parent.filter(|_| definition.is_final()) else {
            return;
        };
        if let Some(event) = workflow.states.at(parent).done {
            self.raise_plain(event);
        }
        let Some(outer) = workflow.states.at(parent).parent else {
            return;
        };
        let around = workflow.states.at(outer);
        let mut regions = around.children.iter();
        if let Some(event) = around.done
            && around.kind == Kind::Parallel
            && regions.all(|&region| has_ended(workflow, &self.instance.configuration, region))
        {
            self.raise_plain(event);
        }
    }
}
