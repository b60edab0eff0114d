//! An expression as the engine runs it.
//!
//! In: a syntax tree, the names that it reads and the bodies of its closures; then [`Inputs`]. Out: what the engine says. Each field
//! that is named is a variable. One that is not set has none, and neither has a text that is too long: that is
//! an error only where it is read.

use std::sync::Arc;

use rhai::{AST, Dynamic, EvalAltResult, Identifier, Scope as Variables};

use super::entries::{Body, Lambda};
use super::flat::Flat;
use super::functions::{ChildSet, Fields};
use super::inputs::Inputs;
use super::names::Names;
use super::reads::Reads;
use super::tree::Home;
use super::{ChildCounts, GuardError, Limit, MAX_TEXT_BYTES};
use super::{closures, engine, error, values};

/// An expression with the variables that it needs.
#[derive(Debug)]
pub(super) struct Script {
    flat: Flat,
    variables: Box<[(Identifier, Stands)]>,
}

/// What a variable stands for.
#[derive(Debug)]
enum Stands {
    Field(Home, usize),
    Role,
    ActorId,
    Now,
    /// A set of children, of which these states are asked for.
    Children(usize, Box<[String]>),
    /// A root by itself, of whose fields these may be asked for.
    Fields(Home, Box<[(usize, Identifier)]>),
    /// The actor by itself.
    Actor,
}

impl Script {
    /// `None` for what is no expression.
    pub(super) fn of(
        ast: &AST,
        (names, reads): (&Names, &Reads),
        bodies: &[Arc<Body>],
    ) -> Option<Self> {
        let flat = Flat::of(ast)?;
        let stands_alone =
            |root: &str| flat.has(root) || bodies.iter().any(|body| body.flat.has(root));
        let mut variables: Vec<(Identifier, Stands)> = Vec::new();
        for (home, slots) in reads.homes() {
            let root = home.root();
            if stands_alone(root) {
                let fields = slots.iter();
                let fields = fields.map(|&slot| (slot, names.field(home, slot).into()));
                variables.push((root.into(), Stands::Fields(home, fields.collect())));
            }
            variables.extend(slots.iter().map(|&slot| {
                let name = names.path(home, slot).into();
                (name, Stands::Field(home, slot))
            }));
        }
        if stands_alone("actor") {
            variables.push(("actor".into(), Stands::Actor));
        }
        for part in &reads.actor_parts {
            let stands = match *part {
                "id" => Stands::ActorId,
                _ => Stands::Role,
            };
            variables.push((format!("actor.{part}").into(), stands));
        }
        if reads.now {
            variables.push(("now".into(), Stands::Now));
        }
        variables.extend(reads.children.iter().map(|&index| {
            let states = reads.child_states.get(&index).into_iter().flatten();
            let states = states.cloned().collect();
            (
                names.children(index).into(),
                Stands::Children(index, states),
            )
        }));
        let variables = variables.into();
        Some(Self { flat, variables })
    }

    /// What the engine says of inputs; `bodies` are those of the closures.
    pub(super) fn run(
        &self,
        bodies: &[Arc<Body>],
        inputs: &Inputs<'_>,
    ) -> Result<Dynamic, GuardError> {
        let mut variables = Variables::new();
        for (name, stands) in &self.variables {
            if let Some(value) = stands.value(inputs).filter(is_short) {
                variables.push_dynamic(name.clone(), value);
            }
        }
        if !bodies.is_empty() {
            let outer = match bodies.iter().any(|body| body.looks_out()) {
                true => variables.clone(),
                false => Variables::new(),
            };
            let outer = Arc::new(outer);
            for (index, body) in bodies.iter().enumerate() {
                let (body, outer) = (Arc::clone(body), Arc::clone(&outer));
                let lambda = Dynamic::from(Lambda { body, outer });
                variables.push_dynamic(closures::name(index), lambda);
            }
        }
        let result = engine::evaluate(&self.flat, &mut variables);
        result.map_err(|raised| self.error(*raised, inputs))
    }

    /// What was raised; where a variable was missing, why.
    fn error(&self, raised: EvalAltResult, inputs: &Inputs<'_>) -> GuardError {
        let EvalAltResult::ErrorVariableNotFound(name, _) = &raised else {
            return error::translate(raised);
        };
        let known = self.variables.iter().find(|(known, _)| known == name);
        match known.map(|(_, stands)| stands.value(inputs)) {
            Some(Some(_)) => GuardError::Limit(Limit::Text),
            Some(None) => GuardError::Missing(name.clone()),
            None => error::translate(raised),
        }
    }
}

impl Stands {
    /// Its value; `None` where it is not set.
    fn value(&self, inputs: &Inputs<'_>) -> Option<Dynamic> {
        Some(match self {
            Self::Field(home, slot) => return values::field(inputs.home(*home), *slot),
            Self::Role => inputs.actor.role.as_str().into(),
            Self::ActorId => inputs.actor.id.as_deref()?.into(),
            Self::Now => Dynamic::from(inputs.now.at()),
            Self::Children(index, states) => {
                let mut asked = ChildCounts::default();
                if let Some(counts) = inputs.children.get(*index) {
                    asked.total = counts.total;
                    for state in states {
                        asked.by_state.set(state, counts.by_state.get(state));
                    }
                }
                Dynamic::from(ChildSet(Arc::new(asked)))
            }
            Self::Fields(home, names) => {
                let set = names
                    .iter()
                    .filter(|(slot, _)| inputs.home(*home).is_set(*slot));
                Dynamic::from(Fields::new(set.map(|(_, name)| name.clone())))
            }
            Self::Actor => {
                let id = inputs.actor.id.as_ref().map(|_| "id".into());
                Dynamic::from(Fields::new(["role".into()].into_iter().chain(id)))
            }
        })
    }
}

/// Whether a value is no text that is too long.
fn is_short(value: &Dynamic) -> bool {
    let text = value.as_immutable_string_ref();
    text.map_or(true, |text| text.len() <= MAX_TEXT_BYTES)
}
