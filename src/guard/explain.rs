//! Which parts of a guard speak against it.
//!
//! In: a guard and inputs for which it does not hold. Out: its smallest boolean parts that would have
//! to change, each with the values in it, in the order in which they are written.

use super::eval::{self, Env, Fault};
use super::frame;
use super::inputs::Inputs;
use super::program::Guard;
use super::tree::{Form, Question, Tree};
use crate::context::Value;

/// A part of a guard that speaks against it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Part {
    /// The part as written.
    pub text: String,
    /// What it says; `None` where it cannot be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<bool>,
    /// Why it cannot be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The expressions in it that are no constants, with their values; of one that fails, its names.
    /// `None` where a name is not set.
    #[schemars(with = "Vec<(String, serde_json::Value)>")]
    pub values: Vec<(String, Option<Value>)>,
}

impl Guard {
    /// The parts that keep it from holding; empty where it holds.
    pub fn explain(&self, inputs: &Inputs<'_>) -> Vec<Part> {
        let mut found = Vec::new();
        frame::begin();
        self.against(self.tree(), true, inputs, &mut found);
        found
    }

    /// Adds what keeps a part from being `wanted`.
    fn against(&self, tree: &Tree, wanted: bool, inputs: &Inputs<'_>, found: &mut Vec<Part>) {
        let is = eval::holds(tree, Env::new(inputs));
        if is == Ok(wanted) {
            return;
        }
        match &tree.form {
            // What `!in` denies has no words of its own.
            Form::Not(part) if part.at() != tree.at() => {
                self.against(part, !wanted, inputs, found);
            }
            Form::All(parts) | Form::Any(parts) => {
                for part in parts {
                    self.against(part, wanted, inputs, found);
                }
            }
            _ => {
                let (is, error) = match is {
                    Ok(is) => (Some(is), None),
                    Err(fault) => (None, Some(self.said(fault))),
                };
                let mut values = Vec::new();
                let asked = match &tree.form {
                    Form::Not(part) => part,
                    _ => tree,
                };
                self.values(asked, inputs, &mut values);
                found.push(Part {
                    text: self.words(tree).to_owned(),
                    is,
                    error,
                    values,
                });
            }
        }
    }

    /// Adds the values of the operands of a part that are no constants.
    fn values(&self, tree: &Tree, inputs: &Inputs<'_>, values: &mut Vec<(String, Option<Value>)>) {
        let operands = match &tree.form {
            Form::Children(set, question, Some(state)) if *question != Question::Count => {
                return self.counts(*set, state, inputs, values);
            }
            Form::Compare(..)
            | Form::OneOf(..)
            | Form::InRange { .. }
            | Form::Among(_)
            | Form::Call(..) => tree.parts(),
            Form::Entries(asked) => vec![&asked.list],
            Form::IsSet(..) | Form::HasId => Vec::new(),
            _ => vec![tree],
        };
        for operand in operands {
            let words = self.words(operand).to_owned();
            let known = values.iter().any(|(known, _)| *known == words);
            if is_constant(operand) || known {
                continue;
            }
            match (eval::value(operand, Env::new(inputs)), &operand.form) {
                (Ok(value), _) => values.push((words, Some(value.into_value()))),
                (Err(_), Form::Field(..) | Form::ActorId) => values.push((words, None)),
                // Only a name is set or not; of an expression that fails, its names are told.
                (Err(_), _) => self.names_in(operand, inputs, values),
            }
        }
    }

    /// Adds how many children of a set are in a state, and how many there are, as refusals call them.
    fn counts(
        &self,
        set: usize,
        state: &str,
        inputs: &Inputs<'_>,
        values: &mut Vec<(String, Option<Value>)>,
    ) {
        let (count, total) = eval::counted(set, Some(state), inputs);
        let name = self.names().children(set);
        let value = |count: u32| Some(Value::Integer(count.into()));
        values.push((format!("{name}.{state}"), value(count)));
        values.push((format!("{name}.count()"), value(total)));
    }

    /// Adds the names in an expression with their values.
    fn names_in(
        &self,
        tree: &Tree,
        inputs: &Inputs<'_>,
        values: &mut Vec<(String, Option<Value>)>,
    ) {
        if !matches!(
            tree.form,
            Form::Field(..) | Form::ActorId | Form::Role | Form::Now
        ) {
            for part in tree.parts() {
                self.names_in(part, inputs, values);
            }
            return;
        }
        let words = self.words(tree).to_owned();
        if !values.iter().any(|(known, _)| *known == words) {
            let value = eval::value(tree, Env::new(inputs)).ok();
            values.push((words, value.map(super::eval::Val::into_value)));
        }
    }

    fn words(&self, tree: &Tree) -> &str {
        self.source().get(tree.at()).unwrap_or_default()
    }

    fn said(&self, fault: Fault) -> String {
        fault.into_error(self.names()).to_string()
    }
}

fn is_constant(tree: &Tree) -> bool {
    match &tree.form {
        Form::Constant(_) => true,
        Form::Negate(_) | Form::Arithmetic(..) | Form::Call(..) => {
            tree.parts().into_iter().all(is_constant)
        }
        _ => false,
    }
}
