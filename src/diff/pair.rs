//! Two versions side by side, and the changes found so far.

use super::change::{Change, Class, Kind};
use crate::context::{Type, Value};
use crate::graph::{StateId, Workflow};
use crate::source::Span;

/// Two versions of a workflow.
pub(super) struct Pair<'w> {
    pub(super) old: &'w Workflow,
    pub(super) new: &'w Workflow,
    pub(super) changes: Vec<Change>,
}

impl Pair<'_> {
    pub(super) fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// The states that both have, by path.
    pub(super) fn states(&self) -> Vec<(StateId, StateId)> {
        let states = self.old.states.iter().skip(1);
        let both =
            states.filter_map(|(old, state)| Some((old, self.new.state_named(&state.path)?)));
        both.collect()
    }
}

/// What is there in both, gone, or new, by name: indexes into the two lists.
pub(super) struct Matched {
    pub(super) both: Vec<(usize, usize)>,
    pub(super) gone: Vec<usize>,
    pub(super) new: Vec<usize>,
}

/// Matches two lists of names.
pub(super) fn matched(old: &[&str], new: &[&str]) -> Matched {
    let place = |list: &[&str], name: &str| list.iter().position(|known| *known == name);
    let mut found = Matched {
        both: Vec::new(),
        gone: Vec::new(),
        new: Vec::new(),
    };
    for (index, name) in old.iter().enumerate() {
        match place(new, name) {
            Some(other) => found.both.push((index, other)),
            None => found.gone.push(index),
        }
    }
    let fresh = new.iter().enumerate();
    let fresh = fresh.filter(|(_, name)| place(old, name).is_none());
    found.new = fresh.map(|(index, _)| index).collect();
    found
}

/// Names in backticks, joined: `` `a`, `b` and `c` ``.
pub(super) fn names<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    let names: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// How a value is written in a sentence.
pub(super) fn shown(value: Option<&Value>) -> String {
    value.map_or("none".to_owned(), |value| format!("`{value}`"))
}

/// What a value of one type is to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is the same type, but for the words of an enum.
    Same,
    /// Every value fits.
    Wider,
    /// Some values do not.
    Other,
}

/// Whether values of an old type fit a new one. Words of enums are looked at on their own.
pub(crate) fn fit(old: &Type, new: &Type) -> Fit {
    match (old, new) {
        (old, new) if old == new => Fit::Same,
        (Type::Enum(_), Type::Enum(_)) => Fit::Same,
        (Type::Enum(_), Type::String) | (Type::Integer, Type::Decimal { .. }) => Fit::Wider,
        (Type::Decimal { scale: old }, Type::Decimal { scale: new }) => match new > old {
            true => Fit::Wider,
            false => Fit::Other,
        },
        (Type::List(old), Type::List(new)) => fit(old, new),
        _ => Fit::Other,
    }
}

/// The words of an enum, those of a list of them included.
pub(super) fn words_of(ty: &Type) -> &[String] {
    match ty {
        Type::Enum(words) => words,
        Type::List(of) => words_of(of),
        _ => &[],
    }
}

/// Words that an enum gained or lost. `what` says of what: `` the field `kind` ``.
pub(super) fn words(
    pair: &mut Pair<'_>,
    what: (&str, &str),
    (old, new): (&Type, &Type),
    places: (Option<Span>, Option<Span>),
    lost: Class,
) {
    let (about, what) = what;
    if words_of(old).is_empty() || words_of(new).is_empty() {
        return;
    }
    let missing = |from: &Type, others: &Type| -> Vec<String> {
        let words = words_of(from).iter();
        let words = words.filter(|word| !words_of(others).contains(word));
        words.cloned().collect()
    };
    let gone = missing(old, new);
    let fresh = missing(new, old);
    let (at_old, at_new) = places;
    if !gone.is_empty() {
        let message = format!("{what} can no longer be {}", either(&gone));
        let change = Change::new((Kind::WordRemoved, lost), about, message);
        let change = change.at(at_old, at_new);
        pair.push(match fresh.as_slice() {
            [only] if gone.len() == 1 => change.hint(format!("`{only}` is new: is it the same?")),
            _ => change,
        });
    }
    if !fresh.is_empty() {
        let message = format!("{what} can now be {}", either(&fresh));
        let change = Change::new((Kind::WordAdded, Class::Safe), about, message);
        pair.push(change.at(at_old, at_new));
    }
}

/// Words in backticks, joined by "or".
fn either(words: &[String]) -> String {
    names(words).replace(" and ", " or ")
}
