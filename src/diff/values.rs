//! Values of a field: what a plan has to say where they come to one of another type.

use super::pair::{Fit, fit};
use crate::context::Type;

/// What a plan has to say of the values of a field that come to another one.
pub(crate) enum Asked {
    /// Nothing: each fits as it is.
    Nothing,
    /// What becomes of each of these, which the other one does not have.
    Words(Vec<String>),
    /// That they are dropped: they are too many to say of each what becomes of it, and not all fit.
    Drop,
}

/// Every value of a type whose values are few.
fn all(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Enum(words) => Some(words.to_vec()),
        Type::Boolean => Some(vec!["true".to_owned(), "false".to_owned()]),
        Type::List(of) => all(of),
        _ => None,
    }
}

/// Whether values of a type come to another, but for words that it may not have: as they are, as their text, or as a
/// list of one.
pub(crate) fn comes(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::List(from), Type::List(to)) => comes(from, to),
        (Type::List(_), _) => false,
        (from, Type::List(to)) => comes(from, to),
        (_, Type::String) => true,
        (from, to) => fit(from, to) != Fit::Other,
    }
}

/// What a plan has to say of values of one type that come to another.
pub(crate) fn asked(from: &Type, to: &Type) -> Asked {
    // Of several values no single one can be made.
    let known = match (from, to) {
        (Type::List(_), to) if !matches!(to, Type::List(_)) => None,
        _ => all(from),
    };
    match (known, comes(from, to)) {
        (None, false) => Asked::Drop,
        (None, true) => Asked::Nothing,
        (Some(words), false) => Asked::Words(words),
        (Some(mut words), true) => {
            let known = all(to);
            words.retain(|word| known.as_ref().is_some_and(|known| !known.contains(word)));
            match words.is_empty() {
                true => Asked::Nothing,
                false => Asked::Words(words),
            }
        }
    }
}
