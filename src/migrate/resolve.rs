//! Names of a migration file to states, timers, events, fields, flags and effects of both versions.
//!
//! In: a [`PlanFile`] and both versions. Out: a [`Plan`] of all that could be resolved, and a finding
//! for each name that neither version has. Whether the plan is complete is judged elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::children;
use super::document::{EventRule, FieldRule, Mapping, PlanFile};
use super::plan::{Decision, Fate, FieldMove, Move, PastRule, Plan};
use super::rule::{BROKEN_KEEP, OTHER_VERSION, UNFIT_VALUE, UNKNOWN_IN_PLAN};
use crate::context::Type;
use crate::diagnostic::{Diagnostic, Report, closest};
use crate::document::Name;
use crate::graph::{Field, FieldId, Flag, StateId, TimerId, Workflow};
use crate::instance::{timer_at, timer_path};
use crate::travel::histories;

/// Resolves what a file says.
pub(super) fn resolve<'w>(
    file: &PlanFile,
    old: &'w Workflow,
    new: &'w Workflow,
    report: &mut Report,
) -> Plan<'w> {
    let mut plan = Plan {
        old,
        new,
        moves: BTreeMap::new(),
        outer: BTreeMap::new(),
        pasts: BTreeMap::new(),
        histories: histories(new),
        timers: BTreeMap::new(),
        fresh: BTreeMap::new(),
        events: BTreeMap::new(),
        children: BTreeMap::new(),
        fields: Vec::new(),
    };
    ends(file, (old, new), report);
    states(file, &mut plan, report);
    timers(file, &mut plan, report);
    events(file, &mut plan, report);
    children::resolve(file, &mut plan, report);
    fields(file, &mut plan, report);
    plan
}

/// Whether the files at hand are those that the plan is for.
fn ends(file: &PlanFile, (old, new): (&Workflow, &Workflow), report: &mut Report) {
    for (end, workflow, word) in [(&file.from, old, "from"), (&file.to, new, "to")] {
        if let Some(name) = end
            .workflow
            .as_ref()
            .filter(|name| name.value != workflow.name)
        {
            let message = format!(
                "the plan says {word} `{}`, and the file holds `{}`",
                name.value, workflow.name
            );
            report.push(Diagnostic::new(&OTHER_VERSION, name.span, message));
        }
        if let Some(version) = end
            .version
            .as_ref()
            .filter(|version| version.value != workflow.version)
        {
            let (planned, is) = (version.value, workflow.version);
            let message =
                format!("the plan says {word} version {planned}, and the file holds version {is}");
            report.push(Diagnostic::new(&OTHER_VERSION, version.span, message));
        }
    }
}

pub(super) fn unknown(
    what: &str,
    version: &str,
    name: &Name,
    known: &[String],
    report: &mut Report,
) {
    let message = format!("the {version} version has no {what} `{}`", name.value);
    let found = Diagnostic::new(&UNKNOWN_IN_PLAN, name.span, message);
    report.push(found.did_you_mean(&name.value, known.iter().map(String::as_str)));
}

fn paths(workflow: &Workflow) -> Vec<String> {
    let states = workflow.states.rows().iter().skip(1);
    states.map(|state| state.path.clone()).collect()
}

fn states(file: &PlanFile, plan: &mut Plan<'_>, report: &mut Report) {
    let (old, new) = (plan.old, plan.new);
    let mut written: BTreeMap<StateId, (Move, Vec<StateId>)> = BTreeMap::new();
    for entry in &file.states.0 {
        let found = mapping(plan, &entry.value, report);
        let from = old.state_named(&entry.name.value).or_else(|| {
            let known = paths(old);
            unknown("state", "old", &entry.name, &known, report);
            // What is meant is taken for said, so that no other finding tells of it.
            let meant = closest(&entry.name.value, known.iter().map(String::as_str))?;
            old.state_named(meant)
        });
        let Some(from) = from.filter(|from| !written.contains_key(from)) else {
            continue;
        };
        if let Some(rule) = past(plan, &entry.value, report) {
            plan.pasts.insert(from, rule);
        }
        let targets = found.to.clone();
        if let [only] = targets.as_slice() {
            plan.outer.insert(from, *only);
        }
        written.insert(from, (found, targets));
    }
    for state in old.states.rows().iter().skip(1) {
        if !state.is_atomic() {
            if let Some(same) = new.state_named(&state.path) {
                plan.outer.entry(state.id).or_insert(same);
            }
            continue;
        }
        let mut around = std::iter::once(state.id).chain(old.ancestors(state.id));
        let named = around.find_map(|id| Some((id, written.get(&id)?)));
        if let Some((key, (found, targets))) = named {
            let mut found = found.clone();
            found.to = targets
                .iter()
                .map(|&to| along(plan, state.id, key, to))
                .collect();
            plan.moves.insert(state.id, found);
            continue;
        }
        let same = new.state_named(&state.path);
        if let Some(same) = same.filter(|&id| new.states.at(id).is_atomic()) {
            let kept = Move {
                to: vec![same],
                keep: BTreeSet::new(),
                release: BTreeSet::new(),
                effects: None,
                back: None,
                span: None,
            };
            plan.moves.insert(state.id, kept);
        }
    }
}

/// The new state for a state within one that is mapped: what is within moves along where the new
/// version has it.
fn along(plan: &Plan<'_>, leaf: StateId, key: StateId, to: StateId) -> StateId {
    if leaf == key {
        return to;
    }
    let (leaf, key) = (
        &plan.old.states.at(leaf).path,
        &plan.old.states.at(key).path,
    );
    let within = leaf.strip_prefix(key.as_str()).unwrap_or_default();
    let moved = format!("{}{within}", plan.new.states.at(to).path);
    plan.new.state_named(&moved).unwrap_or(to)
}

/// Reports flags that a mapping says are kept, and let go.
fn never_both(written: &Mapping, report: &mut Report) {
    for name in &written.release {
        if let Some(kept) = written.keep.iter().find(|kept| kept.value == name.value) {
            let message = format!("the mapping says that `{name}` is kept, and that it is let go");
            let found = Diagnostic::new(&BROKEN_KEEP, name.span, message);
            report.push(
                found
                    .also(kept.span, "kept here")
                    .help("leave one of them out"),
            );
        }
    }
}

fn mapping(plan: &Plan<'_>, written: &Mapping, report: &mut Report) -> Move {
    let (old, new) = (plan.old, plan.new);
    let mut places = |names: &[Name]| {
        let mut found = Vec::new();
        for name in names {
            match new.state_named(&name.value) {
                Some(id) => found.push(id),
                None => unknown("state", "new", name, &paths(new), report),
            }
        }
        found
    };
    let to = places(&written.to.0);
    let back = written.back.as_ref().map(|back| places(&back.0));
    let mut flags = |names: &[Name]| {
        let mut found = BTreeSet::new();
        for name in names {
            let mut known = old.flags.iter();
            let is_it = |flag: &Flag| flag.name == name.value && flag.ty == Type::Boolean;
            match known.find(|(_, flag)| is_it(flag)) {
                Some((id, _)) => _ = found.insert(id),
                None => {
                    let flags = old.flags.rows().iter();
                    let flags = flags.filter(|flag| matches!(flag.ty, Type::Boolean));
                    let known: Vec<String> = flags.map(|flag| flag.name.clone()).collect();
                    unknown("boolean flag", "old", name, &known, report);
                }
            }
        }
        found
    };
    let (keep, release) = (flags(&written.keep.0), flags(&written.release.0));
    never_both(written, report);
    let effects = written.effects.as_ref().map(|names| {
        let mut found = Vec::new();
        for name in names {
            let mut known = new.effects.iter();
            match known.find(|(_, effect)| effect.name == name.value) {
                Some((id, _)) => found.push(id),
                None => {
                    let known: Vec<String> =
                        new.effects.rows().iter().map(|e| e.name.clone()).collect();
                    unknown("effect", "new", name, &known, report);
                }
            }
        }
        found
    });
    Move {
        to,
        keep,
        release,
        effects,
        back,
        span: Some(written.span),
    }
}

/// What a mapping says in place of a past that has no place.
fn past(plan: &Plan<'_>, written: &Mapping, report: &mut Report) -> Option<PastRule> {
    let names = written.past.as_ref()?;
    let found = names.iter().map(|name| {
        let id = plan.new.state_named(&name.value);
        if id.is_none() {
            unknown("state", "new", name, &paths(plan.new), report);
        }
        id
    });
    let found: Vec<Option<StateId>> = found.collect();
    Some(PastRule {
        to: found.into_iter().collect(),
        span: written.span,
    })
}

/// The names of a workflow's timers.
fn timer_names(workflow: &Workflow) -> Vec<String> {
    let ids = workflow.timers.ids();
    ids.map(|id| timer_path(workflow, id)).collect()
}

fn timers(file: &PlanFile, plan: &mut Plan<'_>, report: &mut Report) {
    for entry in &file.timers.0 {
        let rule = &entry.value;
        let target = rule.target.as_ref().and_then(|name| {
            let found = timer_at(plan.new, &name.value);
            if found.is_none() {
                unknown("timer", "new", name, &timer_names(plan.new), report);
            }
            found
        });
        let path = &entry.name.value;
        let (before, after): (Option<TimerId>, Option<TimerId>) =
            (timer_at(plan.old, path), timer_at(plan.new, path));
        let decision = Decision {
            action: rule.action,
            target,
            span: rule.span,
        };
        if let Some(before) = before {
            plan.timers.insert(before, decision);
        }
        if let Some(after) = after {
            plan.fresh.insert(after, decision);
        }
        if before.is_none() && after.is_none() {
            let mut known = timer_names(plan.old);
            known.extend(timer_names(plan.new));
            let message = format!("neither version has a timer `{path}`");
            let found = Diagnostic::new(&UNKNOWN_IN_PLAN, entry.name.span, message);
            report.push(found.did_you_mean(path, known.iter().map(String::as_str)));
        }
    }
}

/// The names of a workflow's events.
fn event_names(workflow: &Workflow) -> Vec<String> {
    let events = workflow.events.rows().iter();
    events.map(|event| event.name.clone()).collect()
}

fn events(file: &PlanFile, plan: &mut Plan<'_>, report: &mut Report) {
    for entry in &file.events {
        let target = match &entry.value {
            EventRule::As(name) => {
                let found = plan.new.event_named(&name.value);
                if found.is_none() {
                    unknown("event", "new", name, &event_names(plan.new), report);
                }
                found
            }
            EventRule::Keep | EventRule::Drop => None,
        };
        let Some(event) = plan.old.event_named(&entry.name.value) else {
            unknown("event", "old", &entry.name, &event_names(plan.old), report);
            continue;
        };
        let fate = match &entry.value {
            EventRule::Drop => Fate::Drop,
            EventRule::Keep => plan.same_event(event),
            EventRule::As(_) => target.map_or(Fate::Unknown, Fate::As),
        };
        plan.events.insert(event, (fate, entry.name.span));
    }
}

fn field_named(workflow: &Workflow, name: &str) -> Option<FieldId> {
    let mut fields = workflow.fields.iter();
    fields
        .find(|(_, field)| field.name == name)
        .map(|(id, _)| id)
}

fn field_names(workflow: &Workflow) -> Vec<String> {
    let fields = workflow.fields.rows().iter();
    fields.map(|field| field.name.clone()).collect()
}

/// The old field that a plan names.
fn old_field(old: &Workflow, name: &Name, report: &mut Report) -> Option<FieldId> {
    let found = field_named(old, &name.value);
    if found.is_none() {
        unknown("field", "old", name, &field_names(old), report);
    }
    found
}

/// The fields whose values do not come.
fn dropped(file: &PlanFile, old: &Workflow, report: &mut Report) {
    for name in &file.drop {
        if field_named(old, &name.value).is_none() {
            unknown("field", "old", name, &field_names(old), report);
        }
        let mut rules = file.context.iter();
        let taken = rules.find(|entry| {
            let from = entry.value.from.as_ref();
            from.is_some_and(|from| from.value == name.value)
        });
        if let Some(taken) = taken {
            let (old, new) = (&name.value, &taken.name.value);
            let message = format!("`{old}` is dropped, and `{new}` takes its value");
            let found = Diagnostic::new(&UNFIT_VALUE, name.span, message);
            let found = found.also(taken.name.span, "takes it");
            report.push(found.help("leave one of them out"));
        }
    }
}

/// Reads the values that a plan writes out for a field.
fn written(rule: &FieldRule, field: &Field, moved: &mut FieldMove, report: &mut Report) {
    let ty = match &field.ty {
        Type::List(of) => of,
        ty => ty,
    };
    for value in &rule.values.0 {
        let read = value.value.read(ty);
        if let Err(error) = &read {
            let message = format!("`{}`: {error}", field.name);
            let found = Diagnostic::new(&UNFIT_VALUE, value.value.span, message);
            report.push(match ty {
                Type::Enum(words) => {
                    let words = words.iter().map(String::as_str);
                    found.did_you_mean(&value.value.text, words)
                }
                _ => found,
            });
        }
        let name = value.name.value.clone();
        moved.values.push((name, read.ok()));
    }
    if let Some(default) = &rule.default {
        match default.read(&field.ty) {
            Ok(read) => moved.default = Some(read),
            Err(error) => {
                let message = format!("`{}`: {error}", field.name);
                report.push(Diagnostic::new(&UNFIT_VALUE, default.span(), message));
            }
        }
    }
}

fn fields(file: &PlanFile, plan: &mut Plan<'_>, report: &mut Report) {
    let (old, new) = (plan.old, plan.new);
    for entry in &file.context {
        if field_named(new, &entry.name.value).is_none() {
            unknown("field", "new", &entry.name, &field_names(new), report);
            let from = entry.value.from.as_ref();
            _ = from.and_then(|from| old_field(old, from, report));
        }
    }
    dropped(file, old, report);
    for (to, field) in new.fields.iter() {
        let rule = file.context.get(&field.name);
        let dropped = file.drop.iter().any(|name| name.value == field.name);
        let named = rule.and_then(|rule| rule.from.as_ref());
        let from = match named {
            Some(name) => old_field(old, name, report),
            None => field_named(old, &field.name).filter(|_| !dropped),
        };
        let mut moved = FieldMove {
            to,
            from,
            values: Vec::new(),
            default: None,
        };
        if let Some(rule) = rule {
            written(rule, field, &mut moved, report);
        }
        plan.fields.push(moved);
    }
}
