//! Groups, partitions, slots and mandatory states: sets of top-level states.

use std::collections::BTreeSet;

use super::Cx;
use super::rules::{BAD_GROUP, UNKNOWN_ATTRIBUTE, UNKNOWN_GROUP};
use super::targets::unknown_state_or_group;
use super::values::read_value;
use crate::context::{Type, Value};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entries, Literal, Members, Name, OneOrMany};
use crate::graph::{AttributeId, Group, GroupId, Mandatory, Partition, Slot, StateId};
use crate::source::Span;

pub(super) fn compile(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.groups {
        let marked =
            |marker: Option<&crate::source::Spanned<bool>>| marker.is_some_and(|m| m.value);
        let id = cx.workflow.groups.push(Group {
            name: entry.name.value.clone(),
            title: entry.value.title.as_ref().map(|title| title.value.clone()),
            states: BTreeSet::new(),
            immutable: marked(entry.value.immutable.as_ref()),
            hidden: marked(entry.value.hidden.as_ref()),
            span: entry.name.span,
        });
        cx.names.groups.insert(&entry.name.value, id);
        clash(cx, &entry.name);
    }
    let mut done = BTreeSet::new();
    for entry in &document.groups {
        resolve(cx, &entry.name.value, &mut done, &mut Vec::new());
    }
    mark(cx);
    partitions(cx);
    slot(cx);
    mandatory(cx);
}

/// A group and a state of one name could not be told apart in `from:`.
fn clash(cx: &mut Cx<'_>, name: &Name) {
    if let Some(&state) = cx.names.states.get(name.value.as_str()) {
        let message = format!("`{}` is both a group and a state", name.value);
        let place = cx.workflow.states.at(state).span;
        let found = Diagnostic::new(&BAD_GROUP, name.span, message).also(place, "the state");
        cx.report
            .push(found.help("choose another name for the group"));
    }
}

/// Works out the members of a group, those of groups it names first.
fn resolve<'a>(
    cx: &mut Cx<'a>,
    name: &'a str,
    done: &mut BTreeSet<GroupId>,
    open: &mut Vec<&'a str>,
) {
    let document = cx.document;
    let (Some(&id), Some(group)) = (cx.names.groups.get(name), document.groups.get(name)) else {
        return;
    };
    if done.contains(&id) {
        return;
    }
    if open.contains(&name) {
        let message = format!("group `{name}` contains itself");
        cx.raise(&BAD_GROUP, cx.workflow.groups.at(id).span, message);
        done.insert(id);
        return;
    }
    open.push(name);
    let states = match &group.members {
        Members::Names(names) => union(cx, names, done, open),
        Members::Not(complement) => {
            let left_out = union(cx, &complement.not, done, open);
            let all = cx.workflow.top_level().map(|state| state.id);
            all.filter(|id| !left_out.contains(id)).collect()
        }
        Members::Having(entries) => having(cx, entries),
    };
    open.pop();
    cx.workflow.groups.at_mut(id).states = states;
    done.insert(id);
}

fn union<'a>(
    cx: &mut Cx<'a>,
    names: &'a OneOrMany<Name>,
    done: &mut BTreeSet<GroupId>,
    open: &mut Vec<&'a str>,
) -> BTreeSet<StateId> {
    let mut states = BTreeSet::new();
    for name in names {
        if let Some(&state) = cx.names.states.get(name.value.as_str()) {
            if cx.workflow.states.at(state).depth > 1 {
                let message = format!(
                    "`{}` lies within another state; groups hold top-level states",
                    name.value
                );
                cx.raise(&BAD_GROUP, name.span, message);
            }
            states.insert(state);
        } else if let Some(&group) = cx.names.groups.get(name.value.as_str()) {
            resolve(cx, &name.value, done, open);
            states.extend(cx.workflow.groups.at(group).states.iter().copied());
        } else {
            unknown_state_or_group(cx, name);
        }
    }
    states
}

/// The top-level states whose attributes have these values.
fn having(cx: &mut Cx<'_>, entries: &Entries<OneOrMany<Literal>>) -> BTreeSet<StateId> {
    let mut wanted: Vec<(AttributeId, Vec<Value>)> = Vec::new();
    for entry in entries {
        let Some(attribute) = attribute(cx, &entry.name) else {
            continue;
        };
        let ty = cx.workflow.attributes.at(attribute).ty.clone();
        let what = format!("attribute `{}`", entry.name.value);
        let values = entry
            .value
            .iter()
            .filter_map(|value| read_value(cx, value, &ty, &what));
        wanted.push((attribute, values.collect()));
    }
    let fits = |state: &&crate::graph::State| {
        wanted.iter().all(|(attribute, values)| {
            let value = state.attributes.get(crate::graph::Id::index(*attribute));
            value
                .and_then(Option::as_ref)
                .is_some_and(|value| values.contains(value))
        })
    };
    cx.workflow
        .top_level()
        .filter(fits)
        .map(|state| state.id)
        .collect()
}

fn attribute(cx: &mut Cx<'_>, name: &Name) -> Option<AttributeId> {
    let found = cx.names.attributes.get(name.value.as_str()).copied();
    if found.is_none() {
        let known: Vec<&str> = cx.names.attributes.keys().copied().collect();
        cx.unresolved(&UNKNOWN_ATTRIBUTE, name, "attribute", known);
    }
    found
}

/// Hands the markers of groups on to their states.
fn mark(cx: &mut Cx<'_>) {
    let workflow = &mut cx.workflow;
    for group in workflow.groups.ids().collect::<Vec<_>>() {
        let Group {
            states,
            immutable,
            hidden,
            ..
        } = workflow.groups.at(group).clone();
        for state in states {
            workflow.states.at_mut(state).immutable |= immutable;
            workflow.states.at_mut(state).hidden |= hidden;
        }
    }
}

fn partitions(cx: &mut Cx<'_>) {
    let document = cx.document;
    for list in &document.partitions {
        let mut groups = Vec::new();
        for name in &list.value {
            match cx.names.groups.get(name.value.as_str()) {
                Some(&id) => groups.push(id),
                None => {
                    let known: Vec<&str> = cx.names.groups.keys().copied().collect();
                    cx.unresolved(&UNKNOWN_GROUP, name, "group", known);
                }
            }
        }
        cx.workflow.partitions.push(Partition {
            groups,
            span: list.span,
        });
    }
}

fn slot(cx: &mut Cx<'_>) {
    let document = cx.document;
    let Some(written) = &document.slot else {
        return;
    };
    let by: Vec<AttributeId> = written
        .by
        .iter()
        .filter_map(|name| attribute(cx, name))
        .collect();
    let rank = written.rank.as_ref().and_then(|name| attribute(cx, name));
    if let (Some(rank), Some(name)) = (rank, &written.rank)
        && cx.workflow.attributes.at(rank).ty != Type::Integer
    {
        let message = format!("the rank `{}` must be an integer", name.value);
        cx.raise(&super::rules::UNSUITABLE_TYPE, name.span, message);
    }
    let mut required = Vec::new();
    for combination in &written.required {
        if let Some(values) = combination_of(cx, written, &by, &combination.value, combination.span)
        {
            required.push((values, combination.span));
        }
    }
    let is_whole =
        by.len() == written.by.iter().count() && rank.is_some() == written.rank.is_some();
    if !is_whole {
        // Slots by other attributes than those meant would only seem to collide.
        return;
    }
    let spans = written.by.iter().map(|name| name.span);
    let span = spans.reduce(Span::to).unwrap_or(document.span);
    cx.workflow.slot = Some(Slot {
        by,
        rank,
        required,
        span,
    });
}

/// The values of a required combination in the order of `by`.
fn combination_of(
    cx: &mut Cx<'_>,
    slot: &document::Slot,
    by: &[AttributeId],
    written: &Entries<Literal>,
    span: Span,
) -> Option<Vec<Value>> {
    for entry in written {
        if !slot.by.iter().any(|name| name.value == entry.name.value) {
            let names: Vec<&str> = slot.by.iter().map(|name| name.value.as_str()).collect();
            cx.unresolved(
                &UNKNOWN_ATTRIBUTE,
                &entry.name,
                "attribute of the slot",
                names,
            );
        }
    }
    let mut values = Vec::new();
    for &attribute in by {
        let (name, ty) = {
            let declared = cx.workflow.attributes.at(attribute);
            (declared.name.clone(), declared.ty.clone())
        };
        let Some(literal) = written.get(&name) else {
            let message = format!("this combination does not say `{name}`");
            cx.raise(&super::rules::BAD_VALUE, span, message);
            return None;
        };
        values.push(read_value(
            cx,
            literal,
            &ty,
            &format!("attribute `{name}`"),
        )?);
    }
    Some(values)
}

fn mandatory(cx: &mut Cx<'_>) {
    let document = cx.document;
    let Some(written) = &document.mandatory else {
        return;
    };
    let find = |names: &[Name]| {
        let entries = names.iter().map(|name| {
            let state = cx.names.states.get(name.value.as_str()).copied();
            (name.value.clone(), name.span, state)
        });
        entries.collect::<Vec<_>>()
    };
    cx.workflow.mandatory = Mandatory {
        undeletable: find(&written.undeletable),
        undeactivatable: find(&written.undeactivatable),
    };
}
