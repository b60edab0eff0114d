//! Expressions as a workflow file writes them.

use super::kinds::Kind;
use super::names::Names;
use super::script::{Expr, Op};
use super::translate::Known;

/// Writes a condition.
pub(super) fn condition(expr: &Expr, known: &Known, event: Option<&str>) -> String {
    Writer { known, event }.truth(expr, 0)
}

/// Writes conditions that must all hold.
pub(super) fn all(conditions: &[Expr], known: &Known, event: Option<&str>) -> String {
    let writer = Writer { known, event };
    let rank = if conditions.len() > 1 {
        Op::And.rank()
    } else {
        0
    };
    let parts = conditions.iter().map(|part| writer.truth(part, rank));
    parts.collect::<Vec<_>>().join(" && ")
}

/// Writes a value of a type.
pub(super) fn value(expr: &Expr, kind: Option<Kind>, known: &Known, event: Option<&str>) -> String {
    Writer { known, event }.value(expr, kind, 0)
}

struct Writer<'a> {
    known: &'a Known,
    event: Option<&'a str>,
}

impl Writer<'_> {
    /// Something that is true or false; `around` is how tightly what stands around it binds.
    fn truth(&self, expr: &Expr, around: u8) -> String {
        match expr {
            Expr::Bool(value) => value.to_string(),
            Expr::In(state) => match self.known.names.states.get(state) {
                Some(path) => format!("in_state(\"{path}\")"),
                // A state that does not exist is never active.
                None => "false".to_owned(),
            },
            Expr::Unset(of) => match self.presence(of) {
                Some(present) => format!("!({present})"),
                None => "false".to_owned(),
            },
            Expr::Not(of) => match &**of {
                Expr::Unset(of) => self.presence(of).unwrap_or_else(|| "true".to_owned()),
                of => format!("!({})", self.truth(of, 0)),
            },
            Expr::Of(op @ (Op::And | Op::Or), left, right) => {
                let (left, right) = (
                    self.truth(left, op.rank()),
                    self.truth(right, op.rank() + 1),
                );
                let joined = format!("{left} {} {right}", op.sign());
                within(joined, op.rank() < around)
            }
            Expr::Of(Op::Unequal, left, right) if !self.lacking(&[left, right]).is_empty() => {
                let equal = Expr::Of(Op::Equal, left.clone(), right.clone());
                format!("!({})", self.truth(&equal, 0))
            }
            Expr::Of(op, left, right) => {
                let kind = self
                    .known
                    .kind(left, self.event)
                    .or(self.known.kind(right, self.event));
                let other = self.known.kind(right, self.event);
                let kind = match (kind, other) {
                    (_, Some(Kind::Decimal(scale))) => Some(Kind::Decimal(scale)),
                    (kind, _) => kind,
                };
                let side = |expr: &Expr, rank| self.value(expr, kind, rank);
                let (left_text, right_text) = (side(left, op.rank()), side(right, op.rank() + 1));
                let joined = format!("{left_text} {} {right_text}", op.sign());
                self.guarded(joined, op.rank(), &[left, right], around)
            }
            other => {
                let text = self.value(other, Some(Kind::Boolean), 0);
                self.guarded(text, u8::MAX, &[other], around)
            }
        }
    }

    /// A comparison, behind the question whether all that it reads is set.
    fn guarded(&self, text: String, rank: u8, reads: &[&Expr], around: u8) -> String {
        let mut parts = self.lacking(reads);
        if parts.is_empty() {
            return within(text, rank < around);
        }
        parts.push(text);
        within(parts.join(" && "), Op::And.rank() < around)
    }

    /// The questions whether names are set that may not be.
    fn lacking(&self, reads: &[&Expr]) -> Vec<String> {
        let mut found = Vec::new();
        for expr in reads {
            self.questions(expr, &mut found);
        }
        found
    }

    fn questions(&self, expr: &Expr, found: &mut Vec<String>) {
        match expr {
            Expr::Var(_) | Expr::EventData(_) => {
                found.extend(
                    self.presence(expr)
                        .filter(|question| !found.contains(question)),
                );
            }
            Expr::Minus(of) | Expr::Not(of) => self.questions(of, found),
            Expr::Of(_, left, right) => {
                self.questions(left, found);
                self.questions(right, found);
            }
            _ => {}
        }
    }

    /// The question whether a name is set; `None` where it always is.
    fn presence(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Var(name) if !self.known.always_set.contains(name) => {
                Some(format!("\"{}\" in order", field(&self.known.names, name)))
            }
            Expr::EventData(name) => {
                let event = self.event?;
                let is_sure = self.known.is_brought(event, name);
                (!is_sure).then(|| format!("\"{}\" in event", self.known.payload_name(name)))
            }
            _ => None,
        }
    }

    fn value(&self, expr: &Expr, kind: Option<Kind>, around: u8) -> String {
        match expr {
            Expr::Int(number) => match kind {
                Some(Kind::Decimal(_)) => format!("{number}.0"),
                _ => number.to_string(),
            },
            Expr::Decimal(number) => match number.scale() {
                0 => format!("{number}.0"),
                _ => number.to_string(),
            },
            Expr::EventName => "event".to_owned(),
            Expr::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
            Expr::Var(name) => format!("order.{}", field(&self.known.names, name)),
            Expr::EventData(name) => format!("event.{}", self.known.payload_name(name)),
            Expr::Minus(of) => format!("-{}", self.value(of, kind, u8::MAX)),
            Expr::Of(op, left, right) if !op.compares() && op.rank() > 2 => {
                let left = self.value(left, kind, op.rank());
                let right = self.value(right, kind, op.rank() + 1);
                within(format!("{left} {} {right}", op.sign()), op.rank() < around)
            }
            other => self.truth(other, around),
        }
    }
}

fn within(text: String, brackets: bool) -> String {
    match brackets {
        true => format!("({text})"),
        false => text,
    }
}

fn field<'n>(names: &'n Names, variable: &'n str) -> &'n str {
    names.fields.get(variable).map_or(variable, String::as_str)
}
