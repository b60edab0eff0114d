//! What fields can be at least, and at most, that steps of the workflow alone count up or down.
//!
//! In: a workflow. Out: for each whole number that every step sets to a constant, or moves one way by a constant, the
//! bounds that it keeps, everywhere and within one state. Taken for granted is that an order begins with the default,
//! and that nobody else sets what the workflow counts.

use std::collections::BTreeMap;

use petgraph::Direction;
use petgraph::visit::EdgeRef;

use super::moment::Moment;
use crate::context::Value;
use crate::graph::{Assign, Edge, FieldId, Id, StateId, Target, Workflow};
use crate::guard::Formula;
use crate::guard::tree::{Arithmetic, Form, Home, Tree};

/// What a step makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    To(i64),
    By(i64),
}

/// The bounds of one number; `None` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bounds {
    pub(super) low: Option<i64>,
    pub(super) high: Option<i64>,
}

impl Bounds {
    fn of(value: i64) -> Self {
        Self {
            low: Some(value),
            high: Some(value),
        }
    }

    /// The bounds behind a step.
    fn after(self, step: Step) -> Self {
        match step {
            Step::To(value) => Self::of(value),
            Step::By(by) => Self {
                low: self.low.and_then(|low| low.checked_add(by)),
                high: self.high.and_then(|high| high.checked_add(by)),
            },
        }
    }

    /// The bounds of what lies in either.
    fn or(self, other: Self) -> Self {
        let both = |a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64| Some(pick(a?, b?));
        Self {
            low: both(self.low, other.low, i64::min),
            high: both(self.high, other.high, i64::max),
        }
    }

    fn contains(self, value: i64) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }
}

/// The bounds of the numbers that a workflow counts, by field.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters(BTreeMap<FieldId, Bounds>);

impl Counters {
    /// Those that hold wherever an order is.
    pub(super) fn of(workflow: &Workflow) -> Self {
        let mut steps: BTreeMap<FieldId, Vec<Option<Step>>> = BTreeMap::new();
        for assign in workflow.assigns() {
            steps.entry(assign.field).or_default().push(step(assign));
        }
        let counted = steps.into_iter().filter_map(|(field, steps)| {
            let Some(Value::Integer(first)) = workflow.fields.at(field).default else {
                return None;
            };
            let steps: Vec<Step> = steps.into_iter().collect::<Option<_>>()?;
            let constants = steps.iter().filter_map(|step| match step {
                Step::To(value) => Some(*value),
                Step::By(_) => None,
            });
            let all = constants.fold(Bounds::of(first), |bounds, value| {
                bounds.or(Bounds::of(value))
            });
            let moves = |way: fn(i64) -> bool| {
                let mut steps = steps.iter();
                steps.any(|step| matches!(step, Step::By(by) if way(*by)))
            };
            let bounds = Bounds {
                low: all.low.filter(|_| !moves(i64::is_negative)),
                high: all.high.filter(|_| !moves(i64::is_positive)),
            };
            (bounds != Bounds::default()).then_some((field, bounds))
        });
        Self(counted.collect())
    }

    /// Those that hold in a state: what every way there makes of them.
    pub(super) fn within(&self, workflow: &Workflow, state: StateId) -> Self {
        let definition = workflow.states.at(state);
        let simple = definition.parent == Some(StateId::ROOT) && definition.is_atomic();
        let hooked = |id: FieldId| {
            let mut hooks = workflow.states.rows().iter();
            hooks.any(|state| {
                let mut sets = state.enter.sets().chain(state.exit.sets());
                sets.any(|assign| assign.field == id)
            })
        };
        let bounds = self.0.iter().map(|(&field, &all)| {
            let stays = simple && !hooked(field) && !is_set_within(workflow, state, field);
            let entered = stays
                .then(|| entered(workflow, state, field, all))
                .flatten();
            (field, entered.unwrap_or(all))
        });
        Self(bounds.collect())
    }

    /// The bounds of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FieldId, Bounds)> + '_ {
        self.0.iter().map(|(&field, &bounds)| (field, bounds))
    }

    /// Whether a moment keeps them.
    pub(super) fn allow(&self, moment: &Moment) -> bool {
        self.iter().all(|(field, bounds)| {
            let value = moment.order.get(field.index());
            !matches!(value, Some(Some(Value::Integer(value))) if !bounds.contains(*value))
        })
    }
}

/// The bounds of a number when an order enters a state.
fn entered(workflow: &Workflow, state: StateId, field: FieldId, all: Bounds) -> Option<Bounds> {
    let edges = workflow
        .graph
        .edges_directed(state.into(), Direction::Incoming);
    let mut found: Option<Bounds> = None;
    let mut meet = |bounds: Bounds| found = Some(found.map_or(bounds, |found| found.or(bounds)));
    for edge in edges {
        match behind(workflow, *edge.weight(), field) {
            // What stays enters nothing, and leaves as it is what it does not set.
            None if edge.source().index() == state.index() => {}
            None => meet(all),
            Some(step) => meet(all.after(step)),
        }
    }
    found
}

/// Whether some step sets a number while the order stays in a state.
fn is_set_within(workflow: &Workflow, state: StateId, field: FieldId) -> bool {
    let outgoing = workflow.states.at(state).outgoing.iter();
    let mut rows = outgoing.map(|&id| workflow.rows.at(workflow.transitions.at(id).row));
    rows.any(|row| {
        let mut branches = row.branches.iter();
        branches.any(|branch| {
            let mut sets = row.deed.set.iter().chain(&branch.deed.set);
            branch.target == Target::Stay && sets.any(|assign| assign.field == field)
        })
    })
}

/// What an edge makes of a number; `None` where it leaves it as it is.
fn behind(workflow: &Workflow, edge: Edge, field: FieldId) -> Option<Step> {
    let row = workflow
        .rows
        .at(workflow.transitions.at(edge.transition?).row);
    let branch = row.branches.get(edge.branch as usize);
    let sets = row.deed.set.iter();
    let mut sets = sets.chain(branch.into_iter().flat_map(|branch| &branch.deed.set));
    sets.find(|assign| assign.field == field).and_then(step)
}

fn step(assign: &Assign) -> Option<Step> {
    made(assign.field, assign.formula.as_ref().map(Formula::tree)?)
}

/// What an expression makes of a field; `None` where that is no constant step.
fn made(field: FieldId, tree: &Tree) -> Option<Step> {
    let constant = |tree: &Tree| match &tree.form {
        Form::Constant(Value::Integer(value)) => Some(*value),
        _ => None,
    };
    let itself =
        |tree: &Tree| matches!(tree.form, Form::Field(Home::Order, slot) if slot == field.index());
    if let Some(value) = constant(tree) {
        return Some(Step::To(value));
    }
    let Form::Arithmetic(operator, parts) = &tree.form else {
        return itself(tree).then_some(Step::By(0));
    };
    match (operator, &**parts) {
        (Arithmetic::Add, [one, other]) if itself(one) => constant(other).map(Step::By),
        (Arithmetic::Add, [one, other]) if itself(other) => constant(one).map(Step::By),
        (Arithmetic::Subtract, [one, other]) if itself(one) => {
            constant(other)?.checked_neg().map(Step::By)
        }
        _ => None,
    }
}
