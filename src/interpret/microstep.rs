//! One microstep: states are left, transitions carried out, states entered (SCXML, exitStates,
//! executeTransitionContent, enterStates).
//!
//! In: the transitions that were selected together. Out: the order's copy changed, and the trace
//! longer. Every formula reads the order as it stood before the microstep.

use super::entry::{Goal, entry_of, inside};
use super::macrostep::Macrostep;
use super::select::Move;
use crate::context::{Actor, CellsView, Value};
use crate::document::Restore;
use crate::graph::{Assign, EffectId, FieldId, Id, Send, StateId, Target, Workflow};
use crate::instance::{EffectRequest, Refusal, SendRequest, SuspendedTimer, Taken};

impl Macrostep<'_> {
    /// Carries out transitions; fails without a trace where a formula fails.
    pub(super) fn microstep(
        &mut self,
        moves: &[Move],
        number: usize,
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<(), Refusal> {
        let assigned = self.assignments(moves, actor, event)?;
        let workflow = self.world.workflow;
        let exited = self.leave(|state| {
            let mut goals = moves.iter().filter_map(|taken| taken.goal.as_ref());
            goals.any(|goal| inside(workflow, state, goal.domain))
        });
        for taken in moves {
            self.perform(taken, number);
        }
        for (field, value) in assigned {
            self.instance.context.set(field.index(), Some(value));
        }
        for (state, goal) in entries(workflow, moves) {
            let left = exited.iter().copied();
            let left = left.filter(|&left| inside(workflow, left, goal.domain));
            self.enter(state, goal.restores, &left.collect::<Vec<_>>());
        }
        Ok(())
    }

    /// The new values of fields, all from the order as it stands before the microstep.
    fn assignments(
        &self,
        moves: &[Move],
        actor: &Actor,
        event: CellsView<'_>,
    ) -> Result<Vec<(FieldId, Value)>, Refusal> {
        let workflow = self.world.workflow;
        let view = self.view(actor, event);
        let mut assigned = Vec::new();
        for taken in moves {
            let row = workflow.rows.at(taken.transition.row);
            let branch = row.branches.get(taken.branch).map_or(&[][..], |b| &b.set);
            for assign in row.set.iter().chain(branch) {
                let failed = |why: &dyn std::fmt::Display| failed(workflow, assign, why);
                let Some(formula) = &assign.formula else {
                    return Err(failed(&"it does not compile"));
                };
                let value = view.value(formula).map_err(|error| failed(&error))?;
                assigned.push((assign.field, value));
            }
        }
        Ok(assigned)
    }

    /// Leaves the active states that `leaving` names, innermost and last ones first.
    pub(super) fn leave(&mut self, leaving: impl Fn(StateId) -> bool) -> Vec<StateId> {
        let active = self.instance.configuration.iter().rev().copied();
        let exited: Vec<StateId> = active.filter(|&state| leaving(state)).collect();
        for &state in &exited {
            self.remember(state);
        }
        for &state in &exited {
            let definition = self.world.workflow.states.at(state);
            self.ask(state, &definition.exit.effects, &definition.exit.send);
            for &timer in &definition.timers {
                let running = self.instance.timers.remove(&timer);
                self.instance.spent.remove(&timer);
                let restored = self.world.workflow.timers.at(timer).restore != Restore::Restart;
                if let Some(running) = running.filter(|_| restored) {
                    let (due, left_at) = (running.due, self.now);
                    let suspended = SuspendedTimer { due, left_at };
                    self.instance.suspended.insert(timer, suspended);
                }
            }
            self.instance.entered_at.remove(&state);
            self.fresh.retain(|(fresh, _)| *fresh != state);
        }
        self.instance.configuration.retain(|&state| !leaving(state));
        self.trace.exited.extend(&exited);
        exited
    }

    /// Keeps what is active within a state, for history.
    fn remember(&mut self, outer: StateId) {
        let workflow = self.world.workflow;
        if workflow.states.at(outer).is_atomic() {
            return;
        }
        let active = self.instance.configuration.iter().copied();
        let inner = active.filter(|&state| state != outer && workflow.within(state, outer));
        let inner = inner.collect();
        self.instance.past.insert(outer, inner);
    }

    /// What a transition does between leaving and entering.
    fn perform(&mut self, taken: &Move, microstep: usize) {
        let row = self.world.workflow.rows.at(taken.transition.row);
        self.trace.taken.push(Taken {
            transition: taken.transition.id,
            branch: taken.branch,
            microstep,
        });
        let source = taken.transition.source;
        self.ask(source, &row.effects, &row.send);
        if let Some(branch) = row.branches.get(taken.branch) {
            self.ask(source, &branch.effects, &[]);
        }
        self.raised.extend(row.raise);
    }

    /// Enters a state. `came_from` are the states that were left for it.
    pub(super) fn enter(&mut self, state: StateId, restores: bool, came_from: &[StateId]) {
        let workflow = self.world.workflow;
        let definition = workflow.states.at(state);
        if let Err(place) = self.instance.configuration.binary_search(&state) {
            self.instance.configuration.insert(place, state);
        }
        self.instance.entered_at.insert(state, self.now);
        let leaves = came_from
            .iter()
            .filter(|&&id| workflow.states.at(id).is_atomic());
        let mut leaves: Vec<StateId> = leaves.copied().collect();
        if !leaves.is_empty() && !came_from.contains(&state) && leads_back(workflow, state) {
            leaves.sort_unstable();
            self.instance.origins.insert(state, leaves);
        }
        self.trace.entered.push(state);
        self.fresh.push((state, restores));
        self.ask(state, &definition.enter.effects, &definition.enter.send);
    }

    /// Asks something of the outside and of children.
    fn ask(&mut self, state: StateId, effects: &[EffectId], sends: &[Send]) {
        let effects = effects
            .iter()
            .map(|&effect| EffectRequest { effect, state });
        self.trace.effects.extend(effects);
        let sends = sends.iter().map(|send| SendRequest {
            children: send.children,
            event: send.event.clone(),
        });
        self.trace.sends.extend(sends);
    }
}

/// The states that transitions enter, in document order, each with the goal that enters it.
fn entries<'m>(workflow: &Workflow, moves: &'m [Move]) -> Vec<(StateId, &'m Goal)> {
    let goals = moves.iter().filter_map(|taken| taken.goal.as_ref());
    let states = |goal: &'m Goal| {
        let states = entry_of(workflow, goal).into_iter();
        states.map(move |state| (state, goal))
    };
    let mut entered: Vec<_> = goals.flat_map(states).collect();
    entered.sort_by_key(|(state, _)| *state);
    entered
}

/// Whether a way `back` leads out of a state.
pub(crate) fn leads_back(workflow: &Workflow, state: StateId) -> bool {
    let mut outgoing = workflow.states.at(state).outgoing.iter();
    outgoing.any(|&id| {
        let row = workflow.rows.at(workflow.transitions.at(id).row);
        let mut branches = row.branches.iter();
        branches.any(|branch| branch.target == Target::Back)
    })
}

fn failed(workflow: &Workflow, assign: &Assign, why: &dyn std::fmt::Display) -> Refusal {
    let field = workflow
        .fields
        .get(assign.field)
        .map_or("", |field| &field.name);
    let source = assign
        .formula
        .as_ref()
        .map_or("", |formula| formula.source());
    Refusal::Failed {
        message: format!("`{field}` cannot be set to `{source}`: {why}"),
    }
}
