//! How the children of an order stand, in the words of the new version.
//!
//! In: the counts of the old version, and those that are known from the children's own orders. Out: the counts of the
//! new one, or why they cannot be had; and a finding for each set of which a plan has to say what becomes of it.

use std::collections::BTreeMap;

use super::apply::Refused;
use super::document::{ChildRule, PlanFile};
use super::plan::Plan;
use super::resolve::unknown;
use super::rule::{IDLE_STATES, UNKNOWN_IN_PLAN, UNMAPPED_CHILDREN};
use crate::diagnostic::{Diagnostic, Report};
use crate::diff::missing;
use crate::document::Name;
use crate::graph::{ChildSet, ChildSetId, Id, Kind, StateId, Workflow};
use crate::guard::{ChildCounts, StateCounts};
use crate::interpret::outlook;
use crate::source::Span;

/// What a plan says of a set of children.
#[derive(Debug, Clone, Default)]
pub(super) struct ChildMove {
    /// The set of the new version.
    to: Option<ChildSetId>,
    /// Whether the new version does not count them.
    drop: bool,
    /// Whether a set is named that the new version does not have.
    unknown: bool,
    /// States, as they are called in the old version and in the new one.
    states: BTreeMap<String, String>,
}

/// What becomes of a set of children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildFate {
    /// It is this set of the new version.
    To(ChildSetId),
    /// The new version does not count them.
    Drop,
    /// The new version has no set of its name.
    Gone,
    /// The plan names a set that the new version does not have.
    Unknown,
}

/// How the children of some sets stand, by the name of the set in the new version.
pub(crate) type Counts = BTreeMap<String, ChildCounts>;

fn set_named(workflow: &Workflow, name: &str) -> Option<ChildSetId> {
    let mut sets = workflow.children.iter();
    sets.find(|(_, set)| set.name == name).map(|(id, _)| id)
}

fn names(workflow: &Workflow) -> Vec<String> {
    let sets = workflow.children.rows().iter();
    sets.map(|set| set.name.clone()).collect()
}

/// Resolves what a file says of children.
pub(super) fn resolve(file: &PlanFile, plan: &mut Plan<'_>, report: &mut Report) {
    for entry in &file.children {
        let rule = &entry.value;
        let old = set_named(plan.old, &entry.name.value);
        if old.is_none() {
            let what = "set of children";
            unknown(what, "old", &entry.name, &names(plan.old), report);
        }
        let to = match &rule.to {
            Some(name) => {
                let found = set_named(plan.new, &name.value);
                if found.is_none() {
                    unknown("set of children", "new", name, &names(plan.new), report);
                }
                found
            }
            None => set_named(plan.new, &entry.name.value).filter(|_| !rule.drop),
        };
        let Some(old) = old else { continue };
        let states = states(plan, (old, to), rule, report);
        let moved = ChildMove {
            to,
            drop: rule.drop,
            unknown: rule.to.is_some() && to.is_none(),
            states,
        };
        plan.children.insert(old, moved);
    }
}

/// What a rule says of the states of children that another workflow runs.
fn states(
    plan: &Plan<'_>,
    (old, to): (ChildSetId, Option<ChildSetId>),
    rule: &ChildRule,
    report: &mut Report,
) -> BTreeMap<String, String> {
    let before = plan.old.children.at(old);
    let after = to.map(|to| plan.new.children.at(to));
    let mut found = BTreeMap::new();
    for entry in &rule.states.0 {
        let (from, to) = (&entry.name, &entry.value);
        if before.is_self {
            // States of this very workflow are told of as a whole.
            continue;
        }
        if !before.has_state(&from.value) {
            report.push(stateless(before, "old", from));
        }
        if let Some(after) = after.filter(|after| !after.has_state(&to.value)) {
            report.push(stateless(after, "new", to));
        }
        found.insert(from.value.clone(), to.value.clone());
    }
    found
}

/// A state that the children of a set do not have.
fn stateless(set: &ChildSet, version: &str, name: &Name) -> Diagnostic {
    let message = format!(
        "children of `{}` have no state `{}` in the {version} version",
        set.name, name.value
    );
    let known = set.states.iter().map(String::as_str);
    Diagnostic::new(&UNKNOWN_IN_PLAN, name.span, message).did_you_mean(&name.value, known)
}

impl Plan<'_> {
    /// What becomes of a set of children: what the plan says, else it is the one of the same name.
    pub(super) fn child_fate(&self, set: ChildSetId) -> ChildFate {
        match self.children.get(&set) {
            Some(moved) if moved.drop => ChildFate::Drop,
            Some(moved) if moved.unknown => ChildFate::Unknown,
            Some(moved) => moved.to.map_or(ChildFate::Gone, ChildFate::To),
            None => {
                let same = set_named(self.new, &self.old.children.at(set).name);
                same.map_or(ChildFate::Gone, ChildFate::To)
            }
        }
    }

    /// What a set of children is called in the new version; nothing where it does not have it.
    #[cfg(feature = "runtime")]
    pub(crate) fn child_set(&self, name: &str) -> Option<&str> {
        match self.child_fate(set_named(self.old, name)?) {
            ChildFate::To(id) => Some(&self.new.children.at(id).name),
            _ => None,
        }
    }

    /// What a state of children that another workflow runs is called in the new version.
    fn child_state<'s>(&'s self, set: ChildSetId, state: &'s str) -> &'s str {
        let said = self.children.get(&set);
        let said = said.and_then(|moved| moved.states.get(state));
        said.map_or(state, String::as_str)
    }
}

/// Of counts that are known from the children's own orders, those that the plan alone does not tell.
#[cfg(feature = "runtime")]
pub(crate) fn needed(plan: &Plan<'_>, before: &[ChildCounts], mut known: Counts) -> Counts {
    known.retain(|name, counts| {
        let Some(id) = set_named(plan.new, name) else {
            return false;
        };
        let told = joined(plan, id, before);
        !told.is_ok_and(|told| told == *counts)
    });
    known
}

/// The counts of each set of the new version; those that are known hold.
///
/// # Errors
/// One refusal for each set of which they cannot be had.
pub(super) fn moved(
    plan: &Plan<'_>,
    before: &[ChildCounts],
    known: &Counts,
) -> Result<Vec<ChildCounts>, Vec<Refused>> {
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for (id, set) in plan.new.children.iter() {
        if let Some(counts) = known.get(&set.name) {
            found.push(counts.clone());
            continue;
        }
        match joined(plan, id, before) {
            Ok(counts) => found.push(counts),
            Err(why) => refused.push(why),
        }
    }
    for (id, set) in plan.old.children.iter() {
        let total = before.get(id.index()).map_or(0, |counts| counts.total);
        let problem = match plan.child_fate(id) {
            _ if total == 0 => continue,
            ChildFate::To(_) => continue,
            ChildFate::Drop if !set.is_self => continue,
            ChildFate::Drop => {
                format!("there are {total}, which run this very workflow: they cannot be dropped")
            }
            ChildFate::Gone | ChildFate::Unknown => {
                format!("there are {total}, and the new version has no such children")
            }
        };
        let set = set.name.clone();
        refused.push(Refused::Children { set, problem });
    }
    match refused.is_empty() {
        true => Ok(found),
        false => Err(refused),
    }
}

/// The counts of one set of the new version: those of all sets that come to it.
fn joined(
    plan: &Plan<'_>,
    set: ChildSetId,
    before: &[ChildCounts],
) -> Result<ChildCounts, Refused> {
    let mut all = ChildCounts::default();
    for (id, old) in plan.old.children.iter() {
        if plan.child_fate(id) != ChildFate::To(set) {
            continue;
        }
        let counts = before.get(id.index()).cloned().unwrap_or_default();
        let moved = match (old.is_self, plan.new.children.at(set).is_self) {
            _ if counts.total == 0 => Ok(counts),
            (true, true) => own(plan, &counts),
            (false, false) => others(plan, (id, set), &counts),
            _ => Err("they run another workflow in the new version".to_owned()),
        };
        let counts = moved.map_err(|problem| Refused::Children {
            set: old.name.clone(),
            problem,
        })?;
        all.total = all.total.saturating_add(counts.total);
        for (state, count) in counts.by_state.iter() {
            all.by_state.add(state, count);
        }
    }
    Ok(all)
}

/// Children that another workflow runs stand where the plan says that their states are.
fn others(
    plan: &Plan<'_>,
    (old, new): (ChildSetId, ChildSetId),
    counts: &ChildCounts,
) -> Result<ChildCounts, String> {
    let set = plan.new.children.at(new);
    let mut moved = ChildCounts {
        total: counts.total,
        by_state: StateCounts::default(),
    };
    for (state, count) in counts.by_state.iter() {
        let to = plan.child_state(old, state);
        if !set.has_state(to) {
            return Err(format!("some are in `{state}`, which they no longer have"));
        }
        moved.by_state.add(to, count);
    }
    if let Some((state, _)) = moved
        .by_state
        .iter()
        .find(|(_, count)| *count > counts.total)
    {
        return Err(format!(
            "some are in several of the states that come to `{state}`: it is not known how many"
        ));
    }
    Ok(moved)
}

/// Children that run this very workflow stand where their states are mapped to. Of those within regions it is not
/// known which state goes with which: they have to stay where they are.
fn own(plan: &Plan<'_>, counts: &ChildCounts) -> Result<ChildCounts, String> {
    let as_it_was = |path: &str| {
        let id = plan.old.state_named(path);
        let moved = id.and_then(|id| plan.counterpart(id));
        moved.is_some_and(|id| plan.new.states.at(id).path == *path)
    };
    if counts.by_state.states().all(as_it_was) {
        return Ok(counts.clone());
    }
    let has_regions = |id: StateId| {
        let top = plan.old.top_of(id);
        let last = plan.old.states.at(top).last;
        let states = plan.old.states.rows().iter();
        let mut within = states
            .skip(top.index())
            .take_while(|state| state.id <= last);
        within.any(|state| state.kind == Kind::Parallel)
    };
    let mut moved = ChildCounts {
        total: counts.total,
        by_state: StateCounts::default(),
    };
    for (path, count) in counts.by_state.iter() {
        let Some(id) = plan.old.state_named(path) else {
            return Err(format!("there is no state `{path}`"));
        };
        if has_regions(id) {
            if !as_it_was(path) {
                return Err(format!(
                    "some are in `{path}` and within regions, and how they stand is known from their own orders \
                     alone: bring them over in a store"
                ));
            }
            moved.by_state.add(path, count);
            continue;
        }
        if !plan.old.states.at(id).is_atomic() {
            continue;
        }
        let place = plan
            .moves
            .get(&id)
            .and_then(|found| outlook::standing(plan.new, &found.to));
        let Some(place) = place else {
            return Err(format!("`{path}` has no place in the new version"));
        };
        for id in place {
            moved.by_state.add(&plan.new.states.at(id).path, count);
        }
    }
    Ok(moved)
}

/// Judges what becomes of each set of children.
pub(super) fn check(file: &PlanFile, plan: &Plan<'_>, report: &mut Report) {
    for (id, set) in plan.old.children.iter() {
        let name = &set.name;
        let written = file.children.iter().find(|entry| entry.name.value == *name);
        let span = written.map_or(file.from.span, |entry| entry.name.span);
        if let Some(rule) = written.filter(|entry| !entry.value.states.0.is_empty())
            && set.is_self
        {
            let first = rule.value.states.0.iter().next();
            let place = first.map_or(span, |state| state.name.span);
            let message = format!("children of `{name}` run this very workflow");
            report.push(Diagnostic::new(&IDLE_STATES, place, message).help(
                "leave `states` out here: what the plan says under `states` holds for them as well",
            ));
        }
        match plan.child_fate(id) {
            ChildFate::Drop | ChildFate::Unknown => {}
            ChildFate::Gone => {
                let message = format!("nothing says what becomes of the children of `{name}`");
                let found = Diagnostic::new(&UNMAPPED_CHILDREN, span, message);
                report.push(
                    found
                        .also(set.span, "orders can have these")
                        .help(gone(plan, set)),
                );
            }
            ChildFate::To(to) => {
                let after = plan.new.children.at(to);
                if set.is_self == after.is_self {
                    lost(plan, (id, to), span, report);
                    continue;
                }
                let (own, other) = match set.is_self {
                    true => ((name, set.span), (&after.name, after.span)),
                    false => ((&after.name, after.span), (name, set.span)),
                };
                let message = format!(
                    "children of `{}` run this very workflow, and those of `{}` another one",
                    own.0, other.0
                );
                let found = Diagnostic::new(&UNMAPPED_CHILDREN, span, message)
                    .also(own.1, "run this workflow")
                    .also(other.1, "run another");
                report.push(found.help(format!(
                    "name another set under `children`, or write `{name}: drop` where the new version does not count them"
                )));
            }
        }
    }
}

/// What may be written for a set that is gone.
fn gone(plan: &Plan<'_>, set: &ChildSet) -> String {
    let name = &set.name;
    let like = like(plan.old, plan.new, set);
    let to = like.map_or("NEW_SET", |like| like.name.as_str());
    match set.is_self {
        true => format!(
            "write `{name}: {to}` under `children`, or `{name}: drop` where no order has any left"
        ),
        false => format!(
            "write `{name}: {to}` under `children`, or `{name}: drop` where the new version does not count them"
        ),
    }
}

/// The one set of the new version that an old one may be which is gone.
pub(super) fn like<'n>(old: &Workflow, new: &'n Workflow, set: &ChildSet) -> Option<&'n ChildSet> {
    let fresh =
        |other: &&ChildSet| other.is_self == set.is_self && set_named(old, &other.name).is_none();
    let mut all = new.children.rows().iter().filter(fresh);
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// Tells the states that children may be in and that the new version does not have.
fn lost(plan: &Plan<'_>, (old, new): (ChildSetId, ChildSetId), span: Span, report: &mut Report) {
    let (set, after) = (plan.old.children.at(old), plan.new.children.at(new));
    let said = plan.children.get(&old);
    let name = &set.name;
    for state in missing(set, after) {
        // What it is mapped to is looked at by itself.
        if said.is_some_and(|moved| moved.states.contains_key(state)) {
            continue;
        }
        let message = format!(
            "children of `{name}` can be in `{state}`, which those of `{}` do not have",
            after.name
        );
        let found = Diagnostic::new(&UNMAPPED_CHILDREN, span, message)
            .also(set.span, "the old set")
            .also(after.span, "the new set");
        let to = match set.name == after.name {
            true => String::new(),
            false => format!("to: {}, ", after.name),
        };
        report.push(found.help(format!(
            "write `{name}: {{ {to}states: {{ {state}: … }} }}` under `children`"
        )));
    }
}
