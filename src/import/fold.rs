//! Expressions with variables replaced by what they stand for, and constants worked out.

use std::collections::BTreeMap;

use super::script::{Expr, Op};

/// What names stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Meaning {
    /// Variables that were assigned, in terms of their values before.
    pub(super) set: BTreeMap<String, Expr>,
    /// What is known of values before.
    pub(super) known: BTreeMap<String, Expr>,
}

/// An expression in terms of the values before.
pub(super) fn fold(expr: &Expr, meaning: &Meaning, event: Option<&str>) -> Expr {
    let inner = |expr: &Expr| fold(expr, meaning, event);
    match expr {
        Expr::Var(name) => match meaning.set.get(name).or_else(|| meaning.known.get(name)) {
            Some(value) => value.clone(),
            None => expr.clone(),
        },
        Expr::EventName => event.map_or(Expr::EventName, |name| Expr::Text(name.to_owned())),
        Expr::Not(of) => not(inner(of)),
        Expr::Minus(of) => match inner(of) {
            Expr::Int(number) => number
                .checked_neg()
                .map_or(Expr::Minus(Box::new(Expr::Int(number))), Expr::Int),
            Expr::Decimal(number) => Expr::Decimal(-number),
            other => Expr::Minus(Box::new(other)),
        },
        Expr::Unset(of) => match inner(of) {
            found @ (Expr::Var(_) | Expr::EventData(_)) => Expr::Unset(Box::new(found)),
            _ => Expr::Bool(false),
        },
        Expr::Of(op, left, right) => joined(*op, inner(left), inner(right)),
        _ => expr.clone(),
    }
}

/// The opposite of a condition.
pub(super) fn not(expr: Expr) -> Expr {
    match expr {
        Expr::Bool(value) => Expr::Bool(!value),
        Expr::Not(of) => *of,
        other => Expr::Not(Box::new(other)),
    }
}

fn joined(op: Op, left: Expr, right: Expr) -> Expr {
    let found = match (op, &left, &right) {
        (Op::And, Expr::Bool(true), _) | (Op::Or, Expr::Bool(false), _) => Some(right.clone()),
        (Op::And, _, Expr::Bool(true)) | (Op::Or, _, Expr::Bool(false)) => Some(left.clone()),
        (Op::And, Expr::Bool(false), _) => Some(Expr::Bool(false)),
        (Op::Or, Expr::Bool(true), _) => Some(Expr::Bool(true)),
        (Op::Equal, Expr::Bool(a), Expr::Bool(b)) => Some(Expr::Bool(a == b)),
        (Op::Unequal, Expr::Bool(a), Expr::Bool(b)) => Some(Expr::Bool(a != b)),
        (_, Expr::Int(a), Expr::Int(b)) => whole(op, *a, *b),
        (_, Expr::Text(a), Expr::Text(b)) => text(op, a, b),
        _ => None,
    };
    found.unwrap_or_else(|| Expr::Of(op, Box::new(left), Box::new(right)))
}

fn whole(op: Op, a: i64, b: i64) -> Option<Expr> {
    match op {
        Op::Add => a.checked_add(b).map(Expr::Int),
        Op::Subtract => a.checked_sub(b).map(Expr::Int),
        Op::Multiply => a.checked_mul(b).map(Expr::Int),
        Op::Rest => a.checked_rem(b).map(Expr::Int),
        _ => compared(op, &a, &b),
    }
}

fn text(op: Op, a: &str, b: &str) -> Option<Expr> {
    match op {
        Op::Add => Some(Expr::Text(format!("{a}{b}"))),
        Op::Equal | Op::Unequal => compared(op, a, b),
        _ => None,
    }
}

fn compared<T: PartialOrd + ?Sized>(op: Op, a: &T, b: &T) -> Option<Expr> {
    Some(Expr::Bool(match op {
        Op::Equal => a == b,
        Op::Unequal => a != b,
        Op::Less => a < b,
        Op::AtMost => a <= b,
        Op::More => a > b,
        Op::AtLeast => a >= b,
        _ => return None,
    }))
}
