//! What the passing of time alone does to a guard.
//!
//! In: the typed form of a guard. Out: whether it closes, that is whether it stays false once it is, as
//! `now <= order.valid_until` does while nothing else changes, and the comparisons that it is made of. A guard that is
//! false and closes never holds again, and neither does one that data keeps false; of any other that reads the time nothing
//! is said. Clocks that are put back at midnight, so that a day comes twice, are not regarded.

use super::possible::moves;
use crate::context::Value;
use crate::guard::Inputs;
use crate::guard::kind::Kind;
use crate::guard::tree::{Arithmetic, Comparison, Form, Function, Home, Tree};

/// Where a value goes as time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// It stays.
    Steady,
    /// It grows, or stays.
    Rising,
    /// It falls, or stays.
    Falling,
    /// Nothing is said of it.
    Any,
}

impl Course {
    fn reversed(self) -> Self {
        match self {
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
            other => other,
        }
    }

    /// Where a sum goes.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Steady, course) | (course, Self::Steady) => course,
            (a, b) if a == b => a,
            _ => Self::Any,
        }
    }
}

fn course(tree: &Tree) -> Course {
    if tree.form == Form::Now {
        return Course::Rising;
    }
    if !moves(tree) {
        return Course::Steady;
    }
    match &tree.form {
        Form::Negate(part) => course(part).reversed(),
        Form::Arithmetic(Arithmetic::Add, pair) => {
            let [a, b] = &**pair;
            course(a).and(course(b))
        }
        Form::Arithmetic(Arithmetic::Subtract, pair) => {
            let [a, b] = &**pair;
            course(a).and(course(b).reversed())
        }
        Form::Call(Function::DateOf | Function::StartOf, parts) => match parts.as_slice() {
            [part] => course(part),
            _ => Course::Any,
        },
        Form::Call(Function::Min | Function::Max, parts) => {
            let courses = parts.iter().map(course);
            courses.fold(Course::Steady, Course::and)
        }
        _ => Course::Any,
    }
}

/// Whether a comparison reads the time and stays false once it is.
pub(super) fn closes(tree: &Tree) -> bool {
    let Form::Compare(comparison, pair) = &tree.form else {
        return false;
    };
    let [a, b] = &**pair;
    let ahead = course(a).and(course(b).reversed());
    match comparison {
        Comparison::Less | Comparison::AtMost => ahead == Course::Rising,
        Comparison::Greater | Comparison::AtLeast => ahead == Course::Falling,
        Comparison::Equal | Comparison::Unequal => false,
    }
}

/// Whether a comparison reads the time and stays true once it is.
pub(super) fn opens(tree: &Tree) -> bool {
    let Form::Compare(comparison, pair) = &tree.form else {
        return false;
    };
    let turned = match comparison {
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtMost => Comparison::Greater,
        Comparison::Greater => Comparison::AtMost,
        Comparison::AtLeast => Comparison::Less,
        Comparison::Equal | Comparison::Unequal => return false,
    };
    let form = Form::Compare(turned, pair.clone());
    closes(&Tree::new(form, Kind::Boolean, tree.at()))
}

/// What reads the time and is a window, as the two comparisons that it comes to: where it begins and where it ends.
pub(super) fn window(tree: &Tree) -> Option<[Tree; 2]> {
    let [low, item, high] = bounds(tree)?;
    let ends = [at_most(tree, low, item), at_most(tree, item, high)];
    ends.iter().any(closes).then_some(ends)
}

/// That a window does not end before it begins.
pub(super) fn ends(tree: &Tree) -> Option<Tree> {
    let [low, _, high] = bounds(tree)?;
    Some(at_most(tree, low, high))
}

/// Between what a value is to lie.
fn bounds(tree: &Tree) -> Option<[&Tree; 3]> {
    match &tree.form {
        Form::Call(Function::Between, parts) => match parts.as_slice() {
            [item, low, high] => Some([low, item, high]),
            _ => None,
        },
        Form::Compare(Comparison::Equal, pair) => {
            let [a, b] = &**pair;
            Some([a, b, a])
        }
        _ => None,
    }
}

/// The comparison of two parts of an expression.
fn at_most(tree: &Tree, a: &Tree, b: &Tree) -> Tree {
    let form = Form::Compare(Comparison::AtMost, Box::new([a.clone(), b.clone()]));
    Tree::new(form, Kind::Boolean, tree.at())
}

/// Whether some part of an expression closes or opens.
pub(super) fn ages(tree: &Tree) -> bool {
    let mut parts = tree.parts().into_iter();
    closes(tree) || opens(tree) || window(tree).is_some() || parts.any(ages)
}

/// Whether a comparison has a value and keeps it as time passes.
fn stays_as_it_is(tree: &Tree, value: bool, inputs: &Inputs<'_>) -> bool {
    let is = |tree: &Tree| tree.value(inputs) == Some(Value::Boolean(value));
    match value {
        true => opens(tree) && is(tree),
        false => {
            let is_over = |tree: &Tree| closes(tree) && is(tree);
            is_over(tree) || window(tree).is_some_and(|ends| ends.iter().any(is_over))
        }
    }
}

/// Whether an expression is false for good.
pub(super) fn is_barred(tree: &Tree, inputs: &Inputs<'_>) -> bool {
    stays(tree, false, &|tree, value| {
        is_of_data(tree, value, inputs) || stays_as_it_is(tree, value, inputs)
    })
}

/// The same whenever it was asked.
pub(super) fn is_barred_by_data(tree: &Tree, inputs: &Inputs<'_>) -> bool {
    stays(tree, false, &|tree, value| is_of_data(tree, value, inputs))
}

/// Whether a boolean has a value and keeps it, by what is known of its parts.
fn stays(tree: &Tree, value: bool, known: &impl Fn(&Tree, bool) -> bool) -> bool {
    let mut parts = tree.parts().into_iter();
    match (&tree.form, value) {
        (Form::Not(part), _) => stays(part, !value, known),
        (Form::All(_), true) | (Form::Any(_), false) => parts.all(|part| stays(part, value, known)),
        (Form::All(_), false) | (Form::Any(_), true) => parts.any(|part| stays(part, value, known)),
        _ => known(tree, value),
    }
}

/// Whether an expression has a value by data that neither time nor zone changes.
fn is_of_data(tree: &Tree, value: bool, inputs: &Inputs<'_>) -> bool {
    is_timeless(tree) && tree.value(inputs) == Some(Value::Boolean(value))
}

/// Whether an expression reads nothing but the order and the settings, of which neither time nor zone matters.
fn is_timeless(tree: &Tree) -> bool {
    let is_own = match &tree.form {
        Form::Field(home, _) | Form::IsSet(home, _) => *home != Home::Event,
        form => !matches!(
            form,
            Form::Role | Form::ActorId | Form::HasId | Form::Children(..)
        ),
    };
    let is_time = matches!(tree.kind, Kind::Datetime | Kind::Length);
    is_own && !is_time && tree.parts().into_iter().all(is_timeless)
}
