//! Guards and formulas as expressions of ECMAScript.
//!
//! What may fail in a guard denies. So every condition is written as what is true of it and, where it is
//! turned round, what is false of it; a field that may not be set is asked for first.

use crate::context::Value;
use crate::graph::{EventId, Workflow};
use crate::guard::tree::{Arithmetic, Comparison, Form, Home, Tree};
use crate::guard::{Formula, Guard};

/// What an expression is written for.
#[derive(Clone, Copy)]
pub(super) struct Ecma<'w> {
    pub(super) workflow: &'w Workflow,
    /// The event whose payload may be read.
    pub(super) event: Option<EventId>,
}

impl Ecma<'_> {
    /// A condition; `None` where it has no words.
    pub(super) fn condition(self, guard: &Guard) -> Option<String> {
        let part = self.part(guard.tree(), true)?;
        Some(part.text)
    }

    /// A value; `None` where it has no words.
    pub(super) fn formula(self, formula: &Formula) -> Option<String> {
        let tree = formula.tree();
        match is_truth(tree) {
            true => Some(self.part(tree, true)?.text),
            false => Some(self.value(tree)?.text),
        }
    }

    /// Something that is true or false: what says that it is `wanted`.
    fn part(self, tree: &Tree, wanted: bool) -> Option<Part> {
        match &tree.form {
            Form::Not(of) => self.part(of, !wanted),
            Form::All(parts) if wanted => self.joined(parts, true, "&&", 2),
            Form::Any(parts) if !wanted => self.joined(parts, false, "&&", 2),
            Form::All(parts) | Form::Any(parts) => self.alternatives(parts, wanted),
            Form::InState(path) => {
                let id = path.replace('.', "-");
                Some(asked(format!("In('{id}')"), wanted))
            }
            Form::IsSet(home, slot) => {
                let name = self.name(*home, *slot)?;
                let sign = if wanted { "!==" } else { "===" };
                Some(Part::new(format!("typeof {name} {sign} 'undefined'"), 3))
            }
            Form::Constant(Value::Boolean(value)) => {
                Some(Part::new((*value == wanted).to_string(), 9))
            }
            Form::Field(..) => {
                let name = self.value(tree)?;
                Some(self.asked_first(&[tree], asked(name.text, wanted)))
            }
            Form::Compare(comparison, pair) => {
                let sign = sign(*comparison, wanted);
                let [left, right] = &**pair;
                let (one, other) = (self.value(left)?, self.value(right)?);
                let text = format!("{} {sign} {}", one.within(5), other.within(5));
                Some(self.asked_first(&[left, right], Part::new(text, 3)))
            }
            _ => None,
        }
    }

    /// A condition behind the question whether what it reads is set.
    fn asked_first(self, reads: &[&Tree], part: Part) -> Part {
        let mut names = Vec::new();
        for tree in reads {
            self.lacking(tree, &mut names);
        }
        if names.is_empty() {
            return part;
        }
        let mut parts: Vec<String> = names
            .iter()
            .map(|name| format!("typeof {name} !== 'undefined'"))
            .collect();
        parts.push(part.within(2));
        Part::new(parts.join(" && "), 2)
    }

    /// The names that may not be set.
    fn lacking(self, tree: &Tree, names: &mut Vec<String>) {
        if let Form::Field(home, slot) = tree.form
            && self.may_lack(home, slot)
            && let Some(name) = self.name(home, slot)
            && !names.contains(&name)
        {
            names.push(name);
        }
        for part in tree.parts() {
            self.lacking(part, names);
        }
    }

    fn may_lack(self, home: Home, slot: usize) -> bool {
        match home {
            Home::Settings => false,
            Home::Order => {
                let field = self.workflow.fields.rows().get(slot);
                field.is_none_or(|field| field.default.is_none() && !field.required)
            }
            Home::Event => {
                let event = self.event.map(|event| self.workflow.events.at(event));
                let field = event.and_then(|event| event.payload.get(slot));
                field.is_none_or(|field| field.optional)
            }
        }
    }

    fn joined(self, parts: &[Tree], wanted: bool, sign: &str, rank: u8) -> Option<Part> {
        let parts: Option<Vec<String>> = parts
            .iter()
            .map(|part| Some(self.part(part, wanted)?.within(rank)))
            .collect();
        Some(Part::new(parts?.join(&format!(" {sign} ")), rank))
    }

    /// The first part that is `wanted` decides, and those before it must not fail.
    fn alternatives(self, parts: &[Tree], wanted: bool) -> Option<Part> {
        let fails = parts.iter().any(|part| {
            let mut names = Vec::new();
            self.lacking(part, &mut names);
            !names.is_empty()
        });
        if !fails {
            return self.joined(parts, wanted, "||", 1);
        }
        let mut ways = Vec::new();
        let mut before: Vec<String> = Vec::new();
        for part in parts {
            let mut way = before.clone();
            way.push(self.part(part, wanted)?.within(2));
            ways.push(way.join(" && "));
            before.push(self.part(part, !wanted)?.within(2));
        }
        Some(Part::new(ways.join(" || "), 1))
    }

    /// A number, a text, or a boolean field.
    fn value(self, tree: &Tree) -> Option<Part> {
        match &tree.form {
            Form::Constant(Value::Integer(number)) => Some(Part::new(number.to_string(), 9)),
            Form::Constant(Value::Decimal(number)) => Some(Part::new(number.to_string(), 9)),
            Form::Constant(Value::Boolean(value)) => Some(Part::new(value.to_string(), 9)),
            Form::Constant(Value::Text(text)) => quoted(text).map(|text| Part::new(text, 9)),
            Form::Field(home, slot) => Some(Part::new(self.name(*home, *slot)?, 9)),
            Form::Negate(of) => Some(Part::new(format!("-{}", self.value(of)?.within(9)), 8)),
            Form::Arithmetic(operator, pair) => {
                let (sign, rank) = match operator {
                    Arithmetic::Add => ("+", 5),
                    Arithmetic::Subtract => ("-", 5),
                    Arithmetic::Multiply => ("*", 6),
                    Arithmetic::Remainder => ("%", 6),
                    // Ours divides whole numbers without a rest.
                    Arithmetic::Divide => return None,
                };
                let [left, right] = &**pair;
                let (left, right) = (self.value(left)?, self.value(right)?);
                let text = format!("{} {sign} {}", left.within(rank), right.within(rank + 1));
                Some(Part::new(text, rank))
            }
            _ => None,
        }
    }

    /// A name as the exported document calls it.
    fn name(self, home: Home, slot: usize) -> Option<String> {
        match home {
            Home::Order => Some(field(self.workflow, slot)),
            Home::Settings => Some(setting(self.workflow, slot)),
            Home::Event => {
                let event = self.workflow.events.at(self.event?);
                Some(format!("_event.data.{}", event.payload.get(slot)?.name))
            }
        }
    }
}

/// A field of the order.
pub(super) fn field(workflow: &Workflow, slot: usize) -> String {
    let fields = workflow.fields.rows();
    fields
        .get(slot)
        .map(|field| field.name.clone())
        .unwrap_or_default()
}

/// A setting, which must not be taken for a field.
pub(super) fn setting(workflow: &Workflow, slot: usize) -> String {
    let settings = workflow.settings.rows();
    let name = settings.get(slot).map(|setting| setting.name.as_str());
    format!("settings_{}", name.unwrap_or_default())
}

/// A text; `None` where it has characters that would have to be escaped.
pub(super) fn quoted(text: &str) -> Option<String> {
    let plain = |c: char| c != '\'' && c != '\\' && !c.is_control();
    text.chars().all(plain).then(|| format!("'{text}'"))
}

fn is_truth(tree: &Tree) -> bool {
    !matches!(
        tree.form,
        Form::Constant(_) | Form::Field(..) | Form::Negate(_) | Form::Arithmetic(..)
    )
}

fn sign(comparison: Comparison, wanted: bool) -> &'static str {
    match (comparison, wanted) {
        (Comparison::Equal, true) | (Comparison::Unequal, false) => "===",
        (Comparison::Unequal, true) | (Comparison::Equal, false) => "!==",
        (Comparison::Less, true) | (Comparison::AtLeast, false) => "<",
        (Comparison::AtMost, true) | (Comparison::Greater, false) => "<=",
        (Comparison::Greater, true) | (Comparison::AtMost, false) => ">",
        (Comparison::AtLeast, true) | (Comparison::Less, false) => ">=",
    }
}

fn asked(text: String, wanted: bool) -> Part {
    match wanted {
        true => Part::new(text, 9),
        false => Part::new(format!("!{text}"), 8),
    }
}

/// A part of an expression, with how tightly it binds.
struct Part {
    text: String,
    rank: u8,
}

impl Part {
    fn new(text: String, rank: u8) -> Self {
        Self { text, rank }
    }

    /// The part where something binds so tightly.
    fn within(self, rank: u8) -> String {
        match self.rank < rank {
            true => format!("({})", self.text),
            false => self.text,
        }
    }
}
