//! In which states children can be at once, where they run this very workflow.
//!
//! In: the variables that count children in states. Out: clauses that hold them together: a child in a state is
//! in those around it, in one child at most of a compound state, and in any of each region of a parallel one.

use std::collections::BTreeMap;

use super::data::Data;
use super::number::Number;
use super::space::{Name, Space};
use crate::graph::{Id, Kind, StateId};

/// The states of a set that are asked for, with how many are in each.
type Counts = BTreeMap<StateId, Number>;

impl Space<'_> {
    /// Holds the numbers of children together that are asked for; `None` where a sum of them is too large.
    pub(super) fn relate_children(&mut self) -> Option<()> {
        let workflow = self.scene.workflow;
        for (set, declared) in workflow.children.iter() {
            let set = set.index();
            let mut counts = Counts::new();
            for (name, variable) in &self.variables {
                if let (Name::Count(of, path), Data::Number(count, 0)) = (name, &variable.data)
                    && *of == set
                    && let Some(state) = workflow.state_named(path)
                {
                    counts.insert(state, count.clone());
                }
            }
            if !declared.is_self || counts.is_empty() {
                continue;
            }
            let total = self.count(&Name::Total(set))?;
            let mut whole = vec![(StateId::ROOT, total)];
            whole.extend(counts.clone());
            for (state, count) in whole {
                for part in self.parts(&counts, state)? {
                    let within = self.circuit.at_most(&part, &count);
                    self.circuit.require(within);
                }
            }
        }
        Some(())
    }

    /// What a state's number is at least: as many as are in the states within it, for each of its regions.
    fn parts(&mut self, counts: &Counts, state: StateId) -> Option<Vec<Number>> {
        let workflow = self.scene.workflow;
        let state = workflow.states.at(state);
        let mut parts = Vec::new();
        for &child in &state.children {
            self.least(counts, child, &mut parts)?;
        }
        if state.kind == Kind::Parallel || parts.len() < 2 {
            return Some(parts);
        }
        // Of the children of a compound state, a child order is in one.
        let mut sum = self.circuit.number(0);
        for part in parts {
            sum = self.circuit.sum(&sum, &part)?;
        }
        Some(vec![sum])
    }

    /// Adds how many are in a state at least; nothing where neither it nor a state within it is asked for.
    fn least(&mut self, counts: &Counts, state: StateId, found: &mut Vec<Number>) -> Option<()> {
        if let Some(count) = counts.get(&state) {
            found.push(count.clone());
            return Some(());
        }
        let parts = self.parts(counts, state)?;
        if parts.len() < 2 {
            found.extend(parts);
            return Some(());
        }
        let around = self.circuit.unknown(0, u32::MAX.into());
        for part in &parts {
            let within = self.circuit.at_most(part, &around);
            self.circuit.require(within);
        }
        found.push(around);
        Some(())
    }
}
