//! Actors, flags, attributes, slots, effects, groups and children, as they are declared.

use std::fmt::Write as _;

use super::change::{Change, Class, Kind};
use super::pair::{Fit, Pair, fit, matched, names, words};
use crate::graph::{ChildSet, Group, Slot, Workflow};
use crate::source::Span;

/// Compares what is declared apart from settings, fields, events and states.
pub(super) fn compare(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let actors = |w: &Workflow| listed(w.actors.rows().iter().map(|a| (a.name.clone(), a.span)));
    let kinds = [
        (Kind::ActorRemoved, Class::Rights),
        (Kind::ActorAdded, Class::Safe),
    ];
    there(pair, ("the actor", kinds), &actors(old), &actors(new));
    let effects = |w: &Workflow| listed(w.effects.rows().iter().map(|e| (e.name.clone(), e.span)));
    let kinds = [
        (Kind::EffectRemoved, Class::Behaviour),
        (Kind::EffectAdded, Class::Safe),
    ];
    there(pair, ("the effect", kinds), &effects(old), &effects(new));
    flags(pair);
    attributes(pair);
    slots(pair);
    mandatory(pair);
    groups(pair);
    children(pair);
}

type Listed = Vec<(String, Option<Span>)>;

fn listed(rows: impl Iterator<Item = (String, Option<Span>)>) -> Listed {
    rows.collect()
}

/// What is gone and what is new, by name; what both have.
fn there(
    pair: &mut Pair<'_>,
    (what, [gone, fresh]): (&str, [(Kind, Class); 2]),
    old: &Listed,
    new: &Listed,
) -> Vec<(usize, usize)> {
    let found = matched(
        &old.iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
        &new.iter()
            .map(|(name, _)| name.as_str())
            .collect::<Vec<_>>(),
    );
    for (name, span) in found.gone.iter().filter_map(|&at| old.get(at)) {
        let message = format!("{what} `{name}` is gone");
        pair.push(Change::new(gone, name, message).at(*span, None));
    }
    for (name, span) in found.new.iter().filter_map(|&at| new.get(at)) {
        let message = format!("{what} `{name}` is new");
        pair.push(Change::new(fresh, name, message).at(None, *span));
    }
    found.both
}

fn flags(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.flags.rows(), pair.new.flags.rows());
    let list = |rows: &[crate::graph::Flag]| {
        listed(rows.iter().map(|flag| (flag.name.clone(), flag.span)))
    };
    let kinds = [
        (Kind::FlagDropped, Class::LosesFlag),
        (Kind::FlagDeclared, Class::Safe),
    ];
    for (before, after) in there(pair, ("the flag", kinds), &list(old), &list(new)) {
        let (Some(before), Some(after)) = (old.get(before), new.get(after)) else {
            continue;
        };
        let name = &after.name;
        if fit(&before.ty, &after.ty) != Fit::Same {
            let message = format!(
                "the flag `{name}` is {}, and was {}",
                after.ty.noun(),
                before.ty.noun()
            );
            let what = (Kind::FlagRetyped, Class::LosesFlag);
            pair.push(Change::new(what, name, message).at(before.span, after.span));
            continue;
        }
        let what = format!("the flag `{name}`");
        let places = (before.span, after.span);
        words(
            pair,
            (name, &what),
            (&before.ty, &after.ty),
            places,
            Class::LosesFlag,
        );
    }
}

fn attributes(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.attributes.rows(), pair.new.attributes.rows());
    let list = |rows: &[crate::graph::Attribute]| {
        listed(rows.iter().map(|row| (row.name.clone(), Some(row.span))))
    };
    let kinds = [
        (Kind::AttributeRemoved, Class::Behaviour),
        (Kind::AttributeAdded, Class::Safe),
    ];
    for (before, after) in there(pair, ("the attribute", kinds), &list(old), &list(new)) {
        let (Some(before), Some(after)) = (old.get(before), new.get(after)) else {
            continue;
        };
        let name = &after.name;
        let places = (Some(before.span), Some(after.span));
        if fit(&before.ty, &after.ty) != Fit::Same || before.unique != after.unique {
            let message =
                format!("the attribute `{name}` has another type, or is unique otherwise");
            let what = (Kind::AttributeChanged, Class::Behaviour);
            pair.push(Change::new(what, name, message).at(places.0, places.1));
            continue;
        }
        let what = format!("the attribute `{name}`");
        words(
            pair,
            (name, &what),
            (&before.ty, &after.ty),
            places,
            Class::Behaviour,
        );
    }
}

/// A slot in names and words, so that two versions can be compared.
fn slot(workflow: &Workflow, slot: &Slot) -> String {
    let name = |id| workflow.attributes.at(id).name.as_str();
    let by: Vec<&str> = slot.by.iter().map(|&id| name(id)).collect();
    let mut words = format!("by {}", by.join(", "));
    if let Some(rank) = slot.rank {
        // Writing to a string cannot fail.
        _ = write!(words, ", ranked by {}", name(rank));
    }
    let required = slot.required.iter().map(|(values, _)| {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        values.join(" / ")
    });
    let mut required: Vec<String> = required.collect();
    required.sort();
    if !required.is_empty() {
        _ = write!(words, ", required: {}", required.join("; "));
    }
    words
}

fn slots(pair: &mut Pair<'_>) {
    let words = |workflow: &Workflow| workflow.slot.as_ref().map(|found| slot(workflow, found));
    let place = |workflow: &Workflow| workflow.slot.as_ref().map(|found| found.span);
    let (old, new) = (pair.old, pair.new);
    if words(old) == words(new) {
        return;
    }
    let said = |words: Option<String>| words.unwrap_or("none".to_owned());
    let message = format!(
        "the slots are {}, and were {}",
        said(words(new)),
        said(words(old))
    );
    let change = Change::new((Kind::SlotChanged, Class::Behaviour), "slot", message);
    pair.push(change.at(place(old), place(new)));
}

fn mandatory(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    for (verb, of) in [("deleted", 0), ("deactivated", 1)] {
        let list = |workflow: &Workflow| {
            let mandatory = &workflow.mandatory;
            let states = [&mandatory.undeletable, &mandatory.undeactivatable];
            let states = states.get(of).into_iter().copied().flatten();
            listed(states.map(|(name, span, _)| (name.clone(), Some(*span))))
        };
        let (before, after) = (list(old), list(new));
        let found = matched(
            &before
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            &after
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
        );
        for (name, span) in found.gone.iter().filter_map(|&at| before.get(at)) {
            let message = format!("a site may have `{name}` {verb} now");
            let what = (Kind::MandatoryRemoved, Class::Behaviour);
            pair.push(Change::new(what, name, message).at(*span, None));
        }
        for (name, span) in found.new.iter().filter_map(|&at| after.get(at)) {
            let message = format!("no site may have `{name}` {verb} any longer");
            let what = (Kind::MandatoryAdded, Class::Safe);
            pair.push(Change::new(what, name, message).at(None, *span));
        }
    }
}

fn groups(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let list = |workflow: &Workflow| {
        let rows = workflow.groups.rows().iter();
        listed(rows.map(|group| (group.name.clone(), Some(group.span))))
    };
    let kinds = [
        (Kind::GroupRemoved, Class::Behaviour),
        (Kind::GroupAdded, Class::Safe),
    ];
    for (before, after) in there(pair, ("the group", kinds), &list(old), &list(new)) {
        if let (Some(before), Some(after)) =
            (old.groups.rows().get(before), new.groups.rows().get(after))
        {
            group(pair, before, after);
        }
    }
    let partitions = |workflow: &Workflow| -> Vec<Vec<String>> {
        let partitions = workflow.partitions.iter().map(|partition| {
            let groups = partition.groups.iter();
            groups
                .map(|&id| workflow.groups.at(id).name.clone())
                .collect()
        });
        partitions.collect()
    };
    if partitions(old) != partitions(new) {
        let message = "other groups together hold every state once";
        let change = Change::new(
            (Kind::PartitionChanged, Class::Behaviour),
            "partitions",
            message,
        );
        let place = |workflow: &Workflow| workflow.partitions.first().map(|found| found.span);
        pair.push(change.at(place(old), place(new)));
    }
}

fn group(pair: &mut Pair<'_>, old: &Group, new: &Group) {
    let members = |workflow: &Workflow, group: &Group| -> Vec<String> {
        let states = group.states.iter();
        states
            .map(|&id| workflow.states.at(id).path.clone())
            .collect()
    };
    let (before, after) = (members(pair.old, old), members(pair.new, new));
    // States that are gone or new are told on their own.
    let (from, to) = (pair.old, pair.new);
    let left: Vec<&String> = before
        .iter()
        .filter(|path| !after.contains(path) && to.state_named(path).is_some())
        .collect();
    let came: Vec<&String> = after
        .iter()
        .filter(|path| !before.contains(path) && from.state_named(path).is_some())
        .collect();
    let name = &new.name;
    let mut said = Vec::new();
    if !left.is_empty() {
        said.push(format!("no longer holds {}", names(&left)));
    }
    if !came.is_empty() {
        said.push(format!("now holds {}", names(&came)));
    }
    if !said.is_empty() {
        let message = format!("the group `{name}` {}", said.join(" and "));
        let change = Change::new((Kind::GroupChanged, Class::Behaviour), name, message);
        pair.push(change.at(old.span, new.span));
    }
    if old.title != new.title {
        let title = |group: &Group| group.title.clone().unwrap_or_default();
        let message = format!(
            "the group `{name}` is called \"{}\", and was \"{}\"",
            title(new),
            title(old)
        );
        let change = Change::new((Kind::WordingChanged, Class::Safe), name, message);
        pair.push(change.at(old.span, new.span));
    }
}

fn children(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.children.rows(), pair.new.children.rows());
    let list =
        |rows: &[ChildSet]| listed(rows.iter().map(|set| (set.name.clone(), Some(set.span))));
    let kinds = [
        (Kind::ChildSetRemoved, Class::NeedsMapping),
        (Kind::ChildSetAdded, Class::Safe),
    ];
    for (before, after) in there(pair, ("the set of children", kinds), &list(old), &list(new)) {
        let (Some(before), Some(after)) = (old.get(before), new.get(after)) else {
            continue;
        };
        let name = &after.name;
        let of = |class, message: String| {
            Change::new((Kind::ChildSetChanged, class), name, message).at(before.span, after.span)
        };
        // Sets that run this very workflow have its states, which are compared on their own.
        if before.is_self != after.is_self {
            let word = |is_self: bool| match is_self {
                true => "this very workflow",
                false => "another workflow",
            };
            let (is, was) = (word(after.is_self), word(before.is_self));
            let message = format!("the children of `{name}` run {is}, and ran {was}");
            pair.push(of(Class::NeedsMapping, message));
            continue;
        }
        let (gone, fresh) = (missing(before, after), missing(after, before));
        if !gone.is_empty() {
            let message = format!("the children of `{name}` are no longer in {}", names(&gone));
            pair.push(of(Class::NeedsMapping, message));
        }
        if !fresh.is_empty() {
            let message = format!("the children of `{name}` can be in {}", names(&fresh));
            pair.push(of(Class::Safe, message));
        }
    }
}

/// The states of children that another workflow runs which a set of the new version does not have.
pub(crate) fn missing<'s>(set: &'s ChildSet, after: &ChildSet) -> Vec<&'s str> {
    let states = set.states.iter().filter(|state| !after.has_state(state));
    match set.is_self {
        true => Vec::new(),
        false => states.map(String::as_str).collect(),
    }
}
