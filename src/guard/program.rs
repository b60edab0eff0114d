//! A compiled expression: its source, its syntax tree, and which values it needs.
//!
//! In: [`Inputs`], whose slots follow the [`Scope`](crate::context::Scope) it was compiled against.
//! Out: `true` or `false` of a [`Guard`], the value of a [`Formula`], or why there is none. The same inputs
//! give the same answer.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rhai::{AST, Dynamic};
use thin_vec::ThinVec;

use super::bound::Bound;
use super::code::Code;
use super::engine::ENGINE;
use super::entries::Body;
use super::eval::{self, Env, Fault, Val};
use super::inputs::Inputs;
use super::missing::{self, Help};
use super::names::Names;
use super::script::Script;
use super::tree::Tree;
use super::{GuardError, Known, Reads, error, frame, values};
use crate::context::{CellsView, Scope, Type, Value};
use crate::diagnostic::Report;
use crate::document::Expression;

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

/// Where an expression is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// By code of our own.
    Lowered {
        /// How many tests it has.
        tests: usize,
        /// How many of them are calculated; the others compare packed words.
        calculated: usize,
    },
    /// By the hardened engine, for the reason given.
    Engine(&'static str),
}

/// What guards and formulas share.
pub(super) struct Program {
    pub(super) source: Arc<str>,
    /// What the engine runs; where the source alone makes it, that is when the engine is first asked.
    pub(super) script: OnceLock<Box<Script>>,
    /// The bodies of its closures, in their order.
    pub(super) bodies: ThinVec<Arc<Body>>,
    pub(super) reads: Reads,
    pub(super) tree: Tree,
    pub(super) names: Names,
    /// Jump code of a condition.
    pub(super) code: Option<Code>,
    /// The same of those that ask no more than words of the order.
    pub(super) bound: Option<Bound>,
    /// Whether evaluating it takes of the budget.
    pub(super) is_charged: bool,
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

    /// The same, to be shared.
    pub(crate) fn shared_source(&self) -> Arc<str> {
        Arc::clone(&self.program.source)
    }

    /// Whether the condition holds.
    ///
    /// # Errors
    /// When a field that it needs is not set, a calculation fails, or a limit is met. Whoever asks
    /// then treats the guard as not holding.
    pub fn eval(&self, inputs: &Inputs<'_>) -> Result<bool, GuardError> {
        let Some(code) = &self.program.code else {
            return self.eval_in_engine(inputs);
        };
        match code.quick(inputs) {
            Ok(answer) => Ok(answer),
            Err(stuck) => match self.program.calculate(code, stuck, inputs) {
                Ok(answer) => Ok(answer),
                Err(Fault::Unlike) => self.eval_in_engine(inputs),
                Err(fault) => Err(fault.into_error(&self.program.names)),
            },
        }
    }

    /// Whether the condition holds; one that cannot be judged does not. Says no more than that, and
    /// where it [runs](Guard::runs) lowered, allocates nothing unless it makes texts or lists.
    #[inline]
    pub fn holds(&self, inputs: &Inputs<'_>) -> bool {
        match &self.program.bound {
            Some(bound) if bound.is_plain() => {
                let said = bound.plainly_holds(inputs.order.words(), || inputs.around());
                said.unwrap_or_else(|| self.holds_by_code(inputs))
            }
            Some(bound) => self.holds_by_words(bound, inputs),
            None => self.holds_by_code(inputs),
        }
    }

    // Apart, as is the next one, so that what is asked of one word stays short.
    #[inline(never)]
    fn holds_by_words(&self, bound: &Bound, inputs: &Inputs<'_>) -> bool {
        let said = bound.holds(inputs.order.words(), inputs.around());
        said.unwrap_or_else(|| self.holds_by_code(inputs))
    }

    #[inline(never)]
    fn holds_by_code(&self, inputs: &Inputs<'_>) -> bool {
        let code = self.program.code.as_ref();
        match code.map(|code| (code, code.quick(inputs))) {
            Some((_, Ok(answer))) => answer,
            Some((code, Err(stuck))) => self.holds_from(code, stuck, inputs),
            None => self.holds_in_engine(inputs),
        }
    }

    #[cold]
    fn holds_in_engine(&self, inputs: &Inputs<'_>) -> bool {
        self.eval_in_engine(inputs) == Ok(true)
    }

    // Apart, so that what words answer stays short.
    #[inline(never)]
    fn holds_from(&self, code: &Code, stuck: u16, inputs: &Inputs<'_>) -> bool {
        match self.program.calculate(code, stuck, inputs) {
            Ok(answer) => answer,
            Err(Fault::Unlike) => self.holds_in_engine(inputs),
            Err(_) => false,
        }
    }

    /// The condition for many orders that are asked about by one role, under one site's settings; `None`
    /// where each has to be asked by itself. What it answers, [`Guard::holds`] does.
    pub(crate) fn bind(&self, settings: CellsView<'_>, role: u32) -> Option<Bound> {
        self.program.code.as_ref()?.bind(Some((settings, role)))
    }

    /// The same answer from the hardened engine, which is the reference of the language.
    ///
    /// # Errors
    /// As for [`Guard::eval`].
    pub fn eval_in_engine(&self, inputs: &Inputs<'_>) -> Result<bool, GuardError> {
        let result = self.program.run(inputs)?;
        result.as_bool().map_err(|_| GuardError::NotBoolean)
    }

    /// Where it is evaluated.
    pub fn runs(&self) -> Runs {
        match &self.program.code {
            Some(code) => Runs::Lowered {
                tests: code.tests(),
                calculated: code.calculated(),
            },
            None => Runs::Engine("it has too many parts"),
        }
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

    /// Reports what it reads at a place without being known to be set there, and adds to `known` what
    /// is set once it holds. `expr` and `scope` are those that it was compiled from.
    pub fn follow(&self, expr: &Expression, scope: &Scope, known: &mut Known, report: &mut Report) {
        missing::check(self.tree(), (expr, Help::Guard), scope, known, report);
    }

    /// Its typed form.
    pub(crate) fn tree(&self) -> &Tree {
        &self.program.tree
    }

    /// The names that it reads.
    pub(super) fn names(&self) -> &Names {
        &self.program.names
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

    pub(crate) fn tree(&self) -> &Tree {
        &self.program.tree
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
        match self.program.value(inputs) {
            Ok(value) => values::fit(value.into_value(), &self.ty),
            Err(Fault::Unlike) => self.eval_in_engine(inputs),
            Err(fault) => Err(fault.into_error(&self.program.names)),
        }
    }

    /// The same value from the hardened engine, which is the reference of the language.
    ///
    /// # Errors
    /// As for [`Formula::eval`].
    pub fn eval_in_engine(&self, inputs: &Inputs<'_>) -> Result<Value, GuardError> {
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
    /// Whether a condition holds, from a test on that words do not answer.
    fn calculate(&self, code: &Code, stuck: u16, inputs: &Inputs<'_>) -> Result<bool, Fault> {
        if self.is_charged {
            frame::begin();
        }
        code.resume(stuck, &self.tree, inputs)
    }

    fn value<'a>(&'a self, inputs: &'a Inputs<'a>) -> Result<Val<'a>, Fault> {
        if self.is_charged {
            frame::begin();
        }
        eval::value(&self.tree, Env::new(inputs))
    }

    fn run(&self, inputs: &Inputs<'_>) -> Result<Dynamic, GuardError> {
        let states = self.reads.states.iter();
        let states = states
            .map(|name| (name.clone(), (inputs.in_state)(name)))
            .collect();
        let script = self.script()?;
        let _entered = frame::enter(self.reads.zone.then_some(inputs.zone), states);
        script.run(&self.bodies, inputs)
    }

    /// What the engine runs.
    ///
    /// # Errors
    /// For what is no expression, which no checked one is.
    pub(super) fn script(&self) -> Result<&Script, GuardError> {
        if let Some(script) = self.script.get() {
            return Ok(script);
        }
        let parsed = ENGINE.compile_expression(&self.source);
        let ast = parsed.map_err(|error| error::translate(error.into()))?;
        let script = self.script_of(&ast)?;
        Ok(self.script.get_or_init(|| script))
    }

    /// The same from the syntax tree.
    pub(super) fn script_of(&self, ast: &AST) -> Result<Box<Script>, GuardError> {
        let script = Script::of(ast, (&self.names, &self.reads), &self.bodies).map(Box::new);
        script.ok_or_else(|| GuardError::Other("it is no expression".to_owned()))
    }

    fn operands(&self, inputs: &Inputs<'_>) -> Vec<(String, Option<Value>)> {
        let mut list = Vec::new();
        for (home, slots) in self.reads.homes() {
            let cells = inputs.home(home);
            let named = |&slot: &usize| (self.names.path(home, slot), cells.get(slot));
            list.extend(slots.iter().map(named));
        }
        if self.reads.actor_parts.contains(&"role") {
            list.push((
                "actor.role".to_owned(),
                Some(Value::Text(inputs.actor.role.as_str().into())),
            ));
        }
        if self.reads.actor_parts.contains(&"id") {
            let id = inputs.actor.id.as_deref();
            list.push(("actor.id".to_owned(), id.map(|id| Value::Text(id.into()))));
        }
        if self.reads.now {
            list.push(("now".to_owned(), Some(Value::Datetime(inputs.now.at()))));
        }
        for index in &self.reads.children {
            let name = self.names.children(*index);
            let counts = inputs.children.get(*index);
            let states = self.reads.child_states.get(index).into_iter().flatten();
            for state in states {
                let count = counts.map_or(0, |counts| counts.by_state.get(state));
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
