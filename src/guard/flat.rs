//! What the engine runs: an expression in which each field is a variable of its own.
//!
//! In: the syntax tree of an expression that the check let pass. Out: the same with one variable for
//! `order.total`, under that name, which no variable can have that somebody wrote. The engine finds
//! a variable at once; of a part of a value it asks whether there is a function for it, and then for an
//! index. A root that stands by itself, as in `"note" in order`, stays what it is.

use std::collections::BTreeSet;

use rhai::{AST, BinaryExpr, Expr, ImmutableString, StaticVec, Stmt};

use super::closures::expression;

/// An expression, ready for the engine.
#[derive(Debug)]
pub(super) struct Flat {
    statements: [Stmt; 1],
    /// The names of its variables.
    names: BTreeSet<ImmutableString>,
}

impl Flat {
    /// `None` for what is no expression.
    pub(super) fn of(ast: &AST) -> Option<Self> {
        let mut expr = expression(ast)?.into_owned();
        let mut names = BTreeSet::new();
        flatten(&mut expr, &mut names);
        let statements = [Stmt::Expr(Box::new(expr))];
        Some(Self { statements, names })
    }

    pub(super) fn statements(&self) -> &[Stmt] {
        &self.statements
    }

    /// Whether there is a variable of a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether there is one of another name.
    pub(super) fn has_other_than(&self, name: &str) -> bool {
        self.names.iter().any(|known| known != name)
    }
}

/// Puts variables in the place of fields, and notes the names of all.
fn flatten(expr: &mut Expr, names: &mut BTreeSet<ImmutableString>) {
    match expr {
        Expr::And(parts, _) | Expr::Or(parts, _) => flatten_all(parts, names),
        Expr::Array(parts, _) => flatten_all(parts, names),
        Expr::MethodCall(call, _) => flatten_all(&mut call.args, names),
        Expr::FnCall(call, _) => {
            let was_field = matches!(call.args.first(), Some(Expr::Dot(..)));
            flatten_all(&mut call.args, names);
            if let [first @ Expr::Variable(..), _, ..] = &mut *call.args
                && was_field
                && call.op_token.is_none()
            {
                in_its_turn(first);
            }
        }
        Expr::Dot(pair, ..) => {
            if let Some(whole) = with_variable(pair) {
                *expr = whole;
                return flatten(expr, names);
            }
            flatten(&mut pair.lhs, names);
            flatten(&mut pair.rhs, names);
        }
        Expr::Variable(variable, ..) => {
            names.insert(variable.1.clone());
        }
        _ => {}
    }
}

fn flatten_all(parts: &mut [Expr], names: &mut BTreeSet<ImmutableString>) {
    for part in parts {
        flatten(part, names);
    }
}

/// Has the first argument of a function evaluated before the others, as a field is: the engine keeps a variable
/// for last.
fn in_its_turn(first: &mut Expr) {
    let at = first.position();
    let parts: StaticVec<Expr> = [std::mem::take(first)].into_iter().collect();
    *first = Expr::Coalesce(Box::new(parts), at);
}

/// A chain that begins with `root.name`, with one variable in place of that; `None` for any other.
fn with_variable(pair: &mut BinaryExpr) -> Option<Expr> {
    let Expr::Variable(root, _, at) = &pair.lhs else {
        return None;
    };
    let variable = |name: &str| {
        let name = format!("{}.{name}", root.1).into();
        Expr::Variable(Box::new((None, name)), None, *at)
    };
    match &mut pair.rhs {
        Expr::Property(name, _) => Some(variable(&name.2)),
        Expr::Dot(next, flags, place) => {
            let Expr::Property(name, _) = &next.lhs else {
                return None;
            };
            let (lhs, rhs) = (variable(&name.2), std::mem::take(&mut next.rhs));
            Some(Expr::Dot(BinaryExpr { lhs, rhs }.into(), *flags, *place))
        }
        _ => None,
    }
}
