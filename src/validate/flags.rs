//! What states decide, and where that was written.

use std::collections::BTreeMap;

use super::facts::Facts;
use crate::analysis::Sites;
use crate::context::Value;
use crate::graph::{FlagId, Origin, State, StateId};

/// Whether a boolean flag can be true in a state: it says so, or a setting may.
pub(crate) fn may_hold(state: &State, flag: FlagId) -> bool {
    match value(state, flag) {
        Some(Origin::Literal(value)) => *value == Value::Boolean(true),
        Some(Origin::Setting(_)) => true,
        None => false,
    }
}

/// The sites on which a boolean flag has this value in a state.
pub(crate) fn on(facts: &Facts<'_>, state: &State, flag: FlagId, wanted: bool) -> Sites {
    match value(state, flag) {
        Some(origin) => facts.grid.valued(origin, &Value::Boolean(wanted)),
        None => Sites::NONE,
    }
}

/// Whether a boolean flag has this value in a state on every site.
pub(crate) fn is(state: &State, flag: FlagId, wanted: bool) -> bool {
    value(state, flag) == Some(&Origin::Literal(Value::Boolean(wanted)))
}

/// What a state says of a flag.
pub(crate) fn value(state: &State, flag: FlagId) -> Option<&Origin> {
    let found = state.flags.get(crate::graph::Id::index(flag));
    found.map(|flag| &flag.value)
}

/// Where a state's value of a flag was written.
pub(crate) fn span(state: &State, flag: FlagId) -> Option<crate::source::Span> {
    let found = state.flags.get(crate::graph::Id::index(flag));
    found.and_then(|flag| flag.span)
}

/// The states to report where `states` share a mistake about a flag: the outermost one that the value
/// comes from, once, with the states that have it from there.
pub(crate) fn carriers<'a>(
    facts: &Facts<'a>,
    flag: FlagId,
    states: impl Iterator<Item = &'a State>,
) -> Vec<(&'a State, Vec<&'a State>)> {
    let mut places: BTreeMap<StateId, usize> = BTreeMap::new();
    let mut found: Vec<(&State, Vec<&State>)> = Vec::new();
    for state in states {
        let written = span(state, flag);
        let outer = facts.workflow.ancestors(state.id);
        let from = outer
            .map(|id| facts.workflow.states.at(id))
            .take_while(|outer| written.is_some() && span(outer, flag) == written)
            .last()
            .unwrap_or(state);
        let place = *places.entry(from.id).or_insert(found.len());
        match found.get_mut(place) {
            Some((_, states)) => states.push(state),
            None => found.push((from, vec![state])),
        }
    }
    found
}
