//! The values at which the settings that matter are cut.
//!
//! In: a workflow. Out: each setting that a guard, a flag or a race of timers reads, with the values that
//! it is compared with. A value that a guard compares with a field cuts every setting that is compared
//! with that field too.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;
use petgraph::unionfind::UnionFind;

use super::cells::written;
use crate::context::Value;
use crate::graph::{Amount, Condition, Id, Origin, SettingId, Workflow};
use crate::guard::tree::{Form, Home, Tree};

/// A field, a setting or a value of an event.
type Name = (Home, usize);

/// What is compared in one place.
type Place = (BTreeSet<Name>, Vec<Value>);

/// The settings that matter, with the values that they are compared with, each once, the first first.
pub(super) fn cuts(workflow: &Workflow) -> BTreeMap<SettingId, IndexSet<Value>> {
    let mut places: Vec<Place> = Vec::new();
    let guards = || conditions(workflow).filter_map(|condition| condition.guard.as_ref());
    // Where none reads a setting, none cuts one.
    if guards().any(|guard| !guard.reads().settings.is_empty()) {
        for guard in guards() {
            gather(guard.tree(), &mut places);
        }
    }
    races(workflow, &mut places);
    let mut found: BTreeMap<SettingId, IndexSet<Value>> = BTreeMap::new();
    for (names, mut values) in groups(places) {
        let settings = names.iter().filter(|(home, _)| *home == Home::Settings);
        let settings = settings.count();
        if settings == 0 {
            continue;
        }
        if settings > 1 {
            values.extend(names.iter().flat_map(|name| ends(workflow, *name)));
        }
        if names.len() > 1 {
            values = with_neighbours(&values);
        }
        let values: IndexSet<Value> = values.into_iter().collect();
        for (home, slot) in names {
            if home == Home::Settings {
                found.insert(SettingId::from_index(slot), values.clone());
            }
        }
    }
    for state in workflow.states.rows() {
        for (value, flag) in state.flags.iter().zip(workflow.flags.rows()) {
            if let Origin::Setting(setting) = value.value {
                let values = found.entry(setting).or_default();
                if !values.contains(&flag.default) {
                    values.insert(flag.default.clone());
                }
            }
        }
    }
    found
}

/// The names that are compared with each other, by way of others too, with all the values that any of
/// them is compared with.
fn groups(places: Vec<Place>) -> Vec<Place> {
    let names: BTreeSet<Name> = places
        .iter()
        .flat_map(|(names, _)| names)
        .copied()
        .collect();
    let numbered = names.iter().enumerate();
    let numbers: BTreeMap<Name, usize> = numbered.map(|(number, &name)| (name, number)).collect();
    let number = |name: &Name| numbers.get(name).copied().unwrap_or(0);
    let mut joined = UnionFind::new(numbers.len());
    for (names, _) in &places {
        if let Some(first) = names.first() {
            for name in names {
                joined.union(number(first), number(name));
            }
        }
    }
    let mut groups: BTreeMap<usize, Place> = BTreeMap::new();
    for (names, values) in places {
        if let Some(first) = names.first() {
            let group = groups.entry(joined.find(number(first))).or_default();
            group.0.extend(names);
            group.1.extend(values);
        }
    }
    groups.into_values().collect()
}

/// The default of a setting and its bounds, where settings are compared with each other.
fn ends(workflow: &Workflow, (home, slot): Name) -> Vec<Value> {
    let setting = match home {
        Home::Settings => workflow.settings.get(SettingId::from_index(slot)),
        _ => None,
    };
    let values = setting.map(|setting| [&setting.default, &setting.min, &setting.max]);
    values.into_iter().flatten().flatten().cloned().collect()
}

/// Whole numbers with those next to them: what lies between two of them may be nothing.
fn with_neighbours(values: &[Value]) -> Vec<Value> {
    let near = values.iter().flat_map(|value| match value {
        Value::Integer(number) => (-2..=2)
            .map(|step| Value::Integer(number.saturating_add(step)))
            .collect(),
        other => vec![other.clone()],
    });
    near.collect()
}

/// Adds what the comparisons of an expression compare, of those that read a setting or may meet one.
fn gather(tree: &Tree, places: &mut Vec<Place>) {
    if let Form::Not(_) | Form::All(_) | Form::Any(_) = tree.form {
        for part in tree.parts() {
            gather(part, places);
        }
        return;
    }
    let (mut names, mut values) = (BTreeSet::new(), Vec::new());
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        if let Form::Field(home, slot) = tree.form {
            names.insert((home, slot));
        }
        values.extend(written(tree));
        open.extend(tree.parts());
    }
    if !names.is_empty() {
        places.push((names, values));
    }
}

/// Adds the durations of timers of one state: two of them may be due together.
fn races(workflow: &Workflow, places: &mut Vec<Place>) {
    let states = workflow.states.rows().iter();
    for state in states.filter(|state| (2..64).contains(&state.timers.len())) {
        let (mut names, mut values) = (BTreeSet::new(), Vec::new());
        for &timer in &state.timers {
            match workflow.timers.at(timer).due.after {
                Amount::Literal(duration) => values.push(Value::Duration(duration)),
                Amount::Setting(setting) => _ = names.insert((Home::Settings, setting.index())),
            }
        }
        if !names.is_empty() {
            places.push((names, values));
        }
    }
}

/// Every condition of a workflow.
fn conditions(workflow: &Workflow) -> impl Iterator<Item = &Condition> {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let initial = workflow.initial.iter();
    let timers = workflow.timers.rows().iter();
    let initial = initial.flat_map(|branch| &branch.conditions);
    of_rows
        .chain(initial)
        .chain(timers.flat_map(|timer| &timer.when))
}
