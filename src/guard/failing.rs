//! What fails whatever the order carries, and values that may have more digits than their field.
//!
//! In: the typed form of an expression. Out: a finding for each part that never has a value (its constants overflow,
//! it divides by zero, it moves a date by a part of a day), for a value of `set:` that never fits its field, and for a
//! calculation whose result may have more digits than the field keeps.

use rust_decimal::Decimal;

use super::eval::{self, Env};
use super::inputs::Inputs;
use super::names::Names;
use super::present::Present;
use super::rules::{ALWAYS_FAILS, POSSIBLY_TOO_MANY_DIGITS};
use super::tree::{Arithmetic, Each, Form, Function, Home, Tree};
use super::values;
use crate::context::{Actor, CellsView, Scope, Type, Value};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Expression;
use crate::guard::kind::Kind;
use crate::time::{Instant, Zone};

/// Reports the parts of an expression that fail for every order.
pub(super) fn check(tree: &Tree, expr: &Expression, scope: &Scope, report: &mut Report) {
    let Some((part, why)) = failing(tree, scope) else {
        return;
    };
    let words = expr.text.get(part.at()).unwrap_or_default();
    let message = format!("`{words}` fails for every order: {why}");
    let at = expr.place(part.at().start, part.at().end);
    let found = Diagnostic::new(&ALWAYS_FAILS, at, message);
    report.push(match &part.form {
        Form::Arithmetic(_, pair) if part.kind == Kind::Date => {
            let [_, length] = &**pair;
            let length = expr.text.get(length.at()).unwrap_or_default();
            found.help(format!(
                "write `days(…)` in place of `{length}`, or calculate with a datetime"
            ))
        }
        _ => found,
    });
}

/// Reports a value that never fits its field, or may have too many digits for it.
pub(super) fn check_value(
    tree: &Tree,
    (expr, ty): (&Expression, &Type),
    scope: &Scope,
    report: &mut Report,
) {
    let at = || expr.place(tree.at().start, tree.at().end);
    let words = expr.text.get(tree.at()).unwrap_or_default();
    if is_constant(tree) {
        let fitted = constant(tree, scope)
            .and_then(|value| values::fit(value, ty).map_err(|error| error.to_string()));
        // A calculation that fails is told of as that.
        if let (Err(why), None) = (fitted, failing(tree, scope)) {
            let message = format!("`{words}` can never be set: {why}");
            report.push(Diagnostic::new(&ALWAYS_FAILS, at(), message));
        }
        return;
    }
    let Type::Decimal { scale } = ty else {
        return;
    };
    let many = match digits(tree, scope) {
        Some(digits) if digits > u32::from(*scale) => format!("{digits} digits"),
        None if divides(tree) => "any number of digits".to_owned(),
        _ => return,
    };
    let message = format!(
        "`{words}` may have {many} behind the point, and the field keeps {scale}: then the step is refused"
    );
    let found = Diagnostic::new(&POSSIBLY_TOO_MANY_DIGITS, at(), message);
    report.push(found.help(format!("round it: `round({words}, {scale})`")));
}

/// The first part that fails for every order, and why.
fn failing<'t>(tree: &'t Tree, scope: &Scope) -> Option<(&'t Tree, String)> {
    if let Some(found) = tree
        .parts()
        .into_iter()
        .find_map(|part| failing(part, scope))
    {
        return Some(found);
    }
    if is_constant(tree) {
        return constant(tree, scope).err().map(|why| (tree, why));
    }
    let Form::Arithmetic(operator, pair) = &tree.form else {
        return None;
    };
    let [_, right] = &**pair;
    let value = is_constant(right)
        .then(|| constant(right, scope).ok())
        .flatten()?;
    let divides = matches!(operator, Arithmetic::Divide | Arithmetic::Remainder);
    let is_zero = match &value {
        Value::Integer(number) => *number == 0,
        Value::Decimal(number) => *number == Decimal::ZERO,
        _ => false,
    };
    let why = match value {
        _ if divides && is_zero => "nothing can be divided by zero",
        Value::Duration(length) if tree.kind == Kind::Date && length.seconds != 0 => {
            "a date moves by whole days only"
        }
        _ => return None,
    };
    Some((tree, why.to_owned()))
}

/// Whether an expression reads nothing.
fn is_constant(tree: &Tree) -> bool {
    match &tree.form {
        Form::Constant(_) => true,
        Form::Negate(_) | Form::Arithmetic(..) => tree.parts().into_iter().all(is_constant),
        Form::Call(function, parts) => !function.asks_zone() && parts.iter().all(is_constant),
        _ => false,
    }
}

/// The value of an expression that reads nothing; why it has none.
fn constant(tree: &Tree, scope: &Scope) -> Result<Value, String> {
    let (actor, zone) = (Actor::system(), Zone::default());
    let inputs = Inputs {
        order: CellsView::EMPTY,
        settings: CellsView::EMPTY,
        event: CellsView::EMPTY,
        actor: &actor,
        role: None,
        children: &[],
        now: Present::from(Instant::UNIX_EPOCH),
        zone: &zone,
        in_state: &|_| false,
    };
    super::frame::begin();
    match eval::value(tree, Env::new(&inputs)) {
        Ok(value) => Ok(value.into_value()),
        Err(fault) => Err(fault.into_error(&Names::of(scope)).to_string()),
    }
}

/// The most digits behind the point that a number can have by how it is calculated; `None` where that is not bounded.
fn digits(tree: &Tree, scope: &Scope) -> Option<u32> {
    let both = |pair: &[Tree]| -> Option<(u32, u32)> {
        let [a, b] = pair else { return None };
        Some((digits(a, scope)?, digits(b, scope)?))
    };
    match &tree.form {
        _ if tree.kind == Kind::Integer => Some(0),
        Form::Constant(Value::Decimal(number)) => Some(number.normalize().scale()),
        Form::Field(home, slot) => {
            let slots = match home {
                Home::Order => Some(&scope.order),
                Home::Settings => Some(&scope.settings),
                Home::Event => scope.event.as_ref(),
            };
            match slots.and_then(|slots| slots.get_index(*slot)) {
                Some((_, Type::Decimal { scale })) => Some(u32::from(*scale)),
                _ => None,
            }
        }
        Form::Negate(part) => digits(part, scope),
        Form::Arithmetic(Arithmetic::Multiply, pair) => both(&**pair).map(|(a, b)| a + b),
        Form::Arithmetic(Arithmetic::Divide, _) => None,
        Form::Arithmetic(_, pair) => both(&**pair).map(|(a, b)| a.max(b)),
        Form::Call(Function::Min | Function::Max, parts) => both(parts).map(|(a, b)| a.max(b)),
        Form::Call(Function::Abs, parts) => digits(parts.first()?, scope),
        Form::Call(Function::Round, parts) => {
            let [
                number,
                Tree {
                    form: Form::Constant(Value::Integer(to)),
                    ..
                },
            ] = parts.as_slice()
            else {
                return None;
            };
            let to = u32::try_from(*to).ok()?;
            Some(digits(number, scope).map_or(to, |digits| digits.min(to)))
        }
        Form::Entries(asked) => match (&asked.each, &asked.list.form) {
            (Each::Itself, _) => entry_digits(&asked.list, scope),
            _ => None,
        },
        _ => None,
    }
}

/// The digits behind the point that the entries of a list of decimals have.
fn entry_digits(list: &Tree, scope: &Scope) -> Option<u32> {
    let Form::Field(Home::Order, slot) = list.form else {
        return None;
    };
    match scope.order.get_index(slot) {
        Some((_, Type::List(of))) => match &**of {
            Type::Decimal { scale } => Some(u32::from(*scale)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the value of an expression is a quotient that is not rounded.
fn divides(tree: &Tree) -> bool {
    match &tree.form {
        _ if tree.kind != Kind::Decimal => false,
        Form::Arithmetic(Arithmetic::Divide, _) => true,
        Form::Call(Function::Round, _) => false,
        Form::Negate(_) | Form::Arithmetic(..) | Form::Call(..) => {
            tree.parts().into_iter().any(divides)
        }
        _ => false,
    }
}
