//! The variables of a question: every name that a guard may read, within the values that it can have.
//!
//! In: a workflow, the state at hand, the event, who acts. Out: a [`Variable`] for each name that is
//! asked for, made when it is. Fields with a default are always set; a setting lies within its bounds;
//! what an event requires is there; `now` lies between 1970 and 2200.

use std::collections::BTreeMap;
use std::sync::Arc;

use batsat::Lit;
use smallvec::SmallVec;

use super::circuit::Circuit;
use super::data::{DAY, Data, NANO};
use super::number::Number;
use super::text::Texts;
use crate::context::Type;
use crate::graph::{ActorId, EventId, FieldId, Id, Kind, Raise, SettingId, StateId, Workflow};

/// What a variable stands for, in the order in which the smallest assignment looks at them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// Whether the tenant's zone is UTC.
    Utc,
    State(StateId),
    Total(usize),
    Count(usize, Arc<str>),
    Role,
    ActorId,
    Now,
    Event(usize),
    Settings(usize),
    Order(usize),
}

/// A name that may have one value or another, or none.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    /// Whether it has a value.
    pub(super) present: Lit,
    /// Its value.
    pub(super) data: Data,
    /// The type of its value.
    pub(super) ty: Type,
}

/// Where, on what and by whom a guard is asked.
#[derive(Debug, Clone)]
pub(super) struct Scene<'w> {
    pub(super) workflow: &'w Workflow,
    /// The state in which the order stands; `None` where it is only about to start.
    pub(super) source: Option<StateId>,
    /// The event.
    pub(super) event: Option<EventId>,
    /// Who may act.
    pub(super) actors: SmallVec<[ActorId; 4]>,
    /// The active states, where all of them are known.
    pub(super) known: Option<Vec<StateId>>,
}

/// The variables that were asked for.
pub(super) struct Space<'w> {
    pub(super) scene: Scene<'w>,
    pub(super) circuit: Circuit,
    pub(super) texts: Texts,
    pub(super) variables: BTreeMap<Name, Variable>,
}

impl<'w> Space<'w> {
    pub(super) fn new(scene: Scene<'w>, texts: Texts) -> Self {
        Self {
            scene,
            circuit: Circuit::new(),
            texts,
            variables: BTreeMap::new(),
        }
    }

    /// The variable of a name; `None` where the workflow has nothing of that name.
    pub(super) fn variable(&mut self, name: &Name) -> Option<Variable> {
        if let Some(known) = self.variables.get(name) {
            return Some(known.clone());
        }
        let made = self.make(name)?;
        self.variables.insert(name.clone(), made.clone());
        Some(made)
    }

    fn make(&mut self, name: &Name) -> Option<Variable> {
        let workflow = self.scene.workflow;
        match name {
            Name::Order(slot) => {
                let field = workflow.fields.get(FieldId::from_index(*slot))?;
                Some(self.field(&field.ty, field.default.is_none() && !field.required))
            }
            Name::Event(slot) => {
                let event = self.scene.event?;
                let field = workflow.events.at(event).payload.get(*slot)?;
                let without = |raise: &Raise| {
                    let mut brought = raise.with.iter();
                    raise.event == event && !brought.any(|(brought, _)| brought == slot)
                };
                let missing = workflow.raises().any(without);
                Some(self.field(&field.ty, field.optional || missing))
            }
            Name::Settings(slot) => self.setting(SettingId::from_index(*slot)),
            Name::Role => Some(self.role()),
            Name::ActorId => Some(self.field(&Type::String, true)),
            Name::Now => {
                let days = (0, 84_005);
                let (low, high) = (days.0 * DAY * NANO, days.1 * DAY * NANO);
                let now = self.circuit.unknown(low, high);
                Some(self.always(Data::Datetime(now), Type::Datetime))
            }
            Name::Total(_) => {
                // A new order has no children.
                let most = self.scene.source.map_or(0, |_| u32::MAX);
                let total = self.circuit.unknown(0, most.into());
                Some(self.always(Data::Number(total, 0), Type::Integer))
            }
            Name::Count(set, _) => {
                let count = self.circuit.unknown(0, u32::MAX.into());
                let total = self.count(&Name::Total(*set))?;
                let within = self.circuit.at_most(&count, &total);
                self.circuit.require(within);
                Some(self.always(Data::Number(count, 0), Type::Integer))
            }
            Name::Utc | Name::State(_) => {
                let holds = self.circuit.fresh();
                Some(self.always(Data::Truth(holds), Type::Boolean))
            }
        }
    }

    fn always(&self, data: Data, ty: Type) -> Variable {
        let present = self.circuit.yes();
        Variable { present, data, ty }
    }

    fn field(&mut self, ty: &Type, optional: bool) -> Variable {
        let present = match optional {
            true => self.circuit.fresh(),
            false => self.circuit.yes(),
        };
        Variable {
            present,
            data: self.circuit.any_of(ty, &self.texts),
            ty: ty.clone(),
        }
    }

    fn setting(&mut self, id: SettingId) -> Option<Variable> {
        let setting = self.scene.workflow.settings.get(id)?;
        let variable = self.field(&setting.ty, false);
        for (bound, is_min) in [(&setting.min, true), (&setting.max, false)] {
            let bound = bound
                .as_ref()
                .map(|bound| self.circuit.data(bound, &self.texts));
            let pair = bound.and_then(|bound| self.circuit.comparable(&variable.data, &bound));
            if let Some((value, bound)) = pair {
                let within = match is_min {
                    true => self.circuit.at_most(&bound, &value),
                    false => self.circuit.at_most(&value, &bound),
                };
                self.circuit.require(within);
            }
        }
        Some(variable)
    }

    fn role(&mut self) -> Variable {
        let actors = self.scene.actors.iter();
        let names = actors.map(|&id| self.scene.workflow.actors.at(id).name.clone());
        let ty = Type::Enum(names.collect());
        self.field(&ty, false)
    }

    /// The number of a count of children.
    pub(super) fn count(&mut self, name: &Name) -> Option<Number> {
        match self.variable(name)?.data {
            Data::Number(number, 0) => Some(number),
            _ => None,
        }
    }

    /// Whether the tenant's zone is UTC.
    pub(super) fn utc(&mut self) -> Lit {
        match self.variable(&Name::Utc) {
            Some(Variable {
                data: Data::Truth(utc),
                ..
            }) => utc,
            _ => self.circuit.no(),
        }
    }

    /// Whether a state is active, as far as the state at hand tells; of what it does not tell, one
    /// state of each compound one is, and every region of a parallel one.
    pub(super) fn active(&mut self, state: StateId) -> Lit {
        let workflow = self.scene.workflow;
        if let Some(known) = &self.scene.known {
            return self.circuit.constant(known.contains(&state));
        }
        let Some(source) = self.scene.source else {
            return self.circuit.no();
        };
        let Some(parent) = workflow.states.at(state).parent else {
            return self.circuit.yes();
        };
        if workflow.within(source, state) {
            return self.circuit.yes();
        }
        let around = self.active(parent);
        match workflow.states.at(parent).kind {
            Kind::Parallel => around,
            _ if workflow.within(source, parent) && source != parent => self.circuit.no(),
            _ => {
                let others = &workflow.states.at(parent).children;
                if !self.variables.contains_key(&Name::State(state)) {
                    self.split(around, others);
                }
                match self.variables.get(&Name::State(state)) {
                    Some(Variable {
                        data: Data::Truth(active),
                        ..
                    }) => *active,
                    _ => self.circuit.no(),
                }
            }
        }
    }

    /// Exactly one of the states within a compound state is active where that is.
    fn split(&mut self, around: Lit, states: &[StateId]) {
        let mut before = self.circuit.no();
        for &state in states {
            let Some(Variable {
                data: Data::Truth(active),
                ..
            }) = self.variable(&Name::State(state))
            else {
                continue;
            };
            self.circuit.clause(&[!active, around]);
            self.circuit.clause(&[!active, !before]);
            before = self.circuit.or(before, active);
        }
        self.circuit.clause(&[!around, before]);
    }
}
