//! A compiled expression: its source, its syntax tree, and which values it needs.
//!
//! In: [`Inputs`], whose slots follow the [`Scope`](crate::context::Scope) it was compiled against.
//! Out: `true` or `false` of a [`Guard`], the value of a [`Formula`], or why there is none. Only the
//! values that the expression reads are handed to the engine. The same inputs give the same answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use rhai::{AST, Dynamic, Identifier, Map, Position, Scope as Variables};

use super::engine::ENGINE;
use super::functions::ChildSet;
use super::tree::Tree;
use super::{GuardError, Reads, error, frame, place, values};
use crate::context::{Actor, CellsView, Type, Value};
use crate::time::{Instant, Zone};

/// One set of children, seen as numbers: a child in a nested state counts in each of its active states.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChildCounts {
    /// How many children there are.
    pub total: u32,
    /// How many are in each state; a state that is not listed has none.
    pub by_state: BTreeMap<String, u32>,
}

/// Everything that an expression may read. Slots follow the scope's order; one that is not there is not set.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// The context.
    pub order: CellsView<'a>,
    /// The bound settings.
    pub settings: CellsView<'a>,
    /// The payload of the event.
    pub event: CellsView<'a>,
    /// Who caused the event.
    pub actor: &'a Actor,
    /// The child sets.
    pub children: &'a [ChildCounts],
    /// The time of the event.
    pub now: Instant,
    /// The tenant's zone.
    pub zone: &'a Zone,
    /// Whether the state of a dotted path is active.
    pub in_state: &'a dyn Fn(&str) -> bool,
}

/// A condition, ready to run. Cloning is cheap.
#[derive(Clone)]
pub struct Guard {
    program: Arc<Program>,
}

/// An expression whose result has a declared type, for `set:`. Cloning is cheap.
#[derive(Clone)]
pub struct Formula {
    program: Arc<Program>,
    ty: Type,
}

/// What guards and formulas share.
pub(super) struct Program {
    pub(super) source: String,
    pub(super) ast: AST,
    pub(super) reads: Reads,
    pub(super) tree: Tree,
    /// Slots and names of the fields to hand over.
    pub(super) order: Vec<(usize, Identifier)>,
    pub(super) settings: Vec<(usize, Identifier)>,
    pub(super) event: Vec<(usize, Identifier)>,
    /// Indexes and names of the child sets to hand over.
    pub(super) children: Vec<(usize, Identifier)>,
}

impl Guard {
    pub(super) fn new(program: Program) -> Self {
        Self {
            program: Arc::new(program),
        }
    }

    /// The source as written.
    pub fn source(&self) -> &str {
        &self.program.source
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// When a field that it needs is not set, a calculation fails, or a limit is met. Whoever asks
    /// then treats the guard as not holding.
    pub fn eval(&self, inputs: &Inputs<'_>) -> Result<bool, GuardError> {
        let result = self.program.run(inputs)?;
        result.as_bool().map_err(|_| GuardError::NotBoolean)
    }

    /// The names that it reads with their present values, for refusals: `order.payments`,
    /// `suborders.executed` (how many children are there), `in_state("a.b")`. `None` where not set.
    pub fn operands(&self, inputs: &Inputs<'_>) -> Vec<(String, Option<Value>)> {
        self.program.operands(inputs)
    }

    /// What it reads.
    pub fn reads(&self) -> &Reads {
        &self.program.reads
    }

    /// Its typed form.
    pub(crate) fn tree(&self) -> &Tree {
        &self.program.tree
    }
}

impl Formula {
    pub(super) fn new(program: Program, ty: Type) -> Self {
        Self {
            program: Arc::new(program),
            ty,
        }
    }

    /// The source as written.
    pub fn source(&self) -> &str {
        &self.program.source
    }

    /// The type of its result.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// The value, of the declared type.
    ///
    /// # Errors
    /// When a field that it needs is not set, a calculation fails, a limit is met, or the result does
    /// not fit the type.
    pub fn eval(&self, inputs: &Inputs<'_>) -> Result<Value, GuardError> {
        values::from_dynamic(&self.program.run(inputs)?, &self.ty)
    }

    /// The names that it reads with their present values; `None` where not set.
    pub fn operands(&self, inputs: &Inputs<'_>) -> Vec<(String, Option<Value>)> {
        self.program.operands(inputs)
    }

    /// What it reads.
    pub fn reads(&self) -> &Reads {
        &self.program.reads
    }
}

impl Program {
    fn run(&self, inputs: &Inputs<'_>) -> Result<Dynamic, GuardError> {
        let states = self.reads.states.iter();
        let states = states
            .map(|name| (name.clone(), (inputs.in_state)(name)))
            .collect();
        let mut variables = self.variables(inputs);
        let _entered = frame::enter(self.reads.zone.then_some(inputs.zone), states);
        let result = ENGINE.eval_ast_with_scope::<Dynamic>(&mut variables, &self.ast);
        result.map_err(|raised| error::translate(*raised, |name, at| self.path(name, at)))
    }

    fn variables(&self, inputs: &Inputs<'_>) -> Variables<'static> {
        let mut variables = Variables::new();
        if !self.order.is_empty() {
            variables.push_dynamic("order", fields(&self.order, inputs.order));
        }
        if !self.settings.is_empty() {
            variables.push_dynamic("settings", fields(&self.settings, inputs.settings));
        }
        if !self.event.is_empty() {
            variables.push_dynamic("event", fields(&self.event, inputs.event));
        }
        if self.reads.actor {
            let mut map = Map::new();
            map.insert("role".into(), inputs.actor.role.as_str().into());
            if let Some(id) = &inputs.actor.id {
                map.insert("id".into(), id.as_str().into());
            }
            variables.push_dynamic("actor", Dynamic::from_map(map));
        }
        if self.reads.now {
            variables.push_dynamic("now", Dynamic::from(inputs.now));
        }
        for (index, name) in &self.children {
            let counts = inputs.children.get(*index).cloned().unwrap_or_default();
            variables.push_dynamic(name.as_str(), Dynamic::from(ChildSet(Arc::new(counts))));
        }
        variables
    }

    /// The dotted name of a property that was not found: the word before its dot is in the source.
    fn path(&self, name: &str, at: Position) -> String {
        let before = self
            .source
            .get(..place::offset(&self.source, at))
            .unwrap_or_default();
        let owner = before
            .trim_end()
            .strip_suffix('.')
            .unwrap_or_default()
            .trim_end();
        let start = owner.rfind(|c| !place::is_word(c)).map_or(0, |at| at + 1);
        let owner = owner.get(start..).filter(|owner| !owner.is_empty());
        owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}.{name}"))
    }

    fn operands(&self, inputs: &Inputs<'_>) -> Vec<(String, Option<Value>)> {
        let mut list = Vec::new();
        for (slot, name) in &self.order {
            list.push((format!("order.{name}"), inputs.order.get(*slot)));
        }
        for (slot, name) in &self.settings {
            list.push((format!("settings.{name}"), inputs.settings.get(*slot)));
        }
        for (slot, name) in &self.event {
            list.push((format!("event.{name}"), inputs.event.get(*slot)));
        }
        if self.reads.actor_parts.contains("role") {
            list.push((
                "actor.role".to_owned(),
                Some(Value::Text(inputs.actor.role.as_str().into())),
            ));
        }
        if self.reads.actor_parts.contains("id") {
            let id = inputs.actor.id.as_deref();
            list.push(("actor.id".to_owned(), id.map(|id| Value::Text(id.into()))));
        }
        if self.reads.now {
            list.push(("now".to_owned(), Some(Value::Datetime(inputs.now))));
        }
        for (index, name) in &self.children {
            let counts = inputs.children.get(*index);
            let states = self.reads.child_states.get(index).into_iter().flatten();
            for state in states {
                let count = counts
                    .and_then(|counts| counts.by_state.get(state))
                    .copied()
                    .unwrap_or(0);
                list.push((
                    format!("{name}.{state}"),
                    Some(Value::Integer(count.into())),
                ));
            }
            let total = counts.map_or(0, |counts| counts.total);
            list.push((
                format!("{name}.count()"),
                Some(Value::Integer(total.into())),
            ));
        }
        for state in &self.reads.states {
            list.push((
                format!("in_state(\"{state}\")"),
                Some(Value::Boolean((inputs.in_state)(state))),
            ));
        }
        list
    }
}

fn fields(names: &[(usize, Identifier)], cells: CellsView<'_>) -> Dynamic {
    let set = names
        .iter()
        .filter_map(|(slot, name)| Some((name.clone(), values::to_dynamic(&cells.get(*slot)?))));
    Dynamic::from_map(set.collect::<Map>())
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Guard").field(&self.program.source).finish()
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Formula")
            .field(&self.program.source)
            .field(&self.ty)
            .finish()
    }
}
