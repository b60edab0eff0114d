//! What a base seals keeps its meaning in every workflow that extends it.
//!
//! In: the base and the effective workflow, and what is sealed. Out: a finding for each sealed state or
//! event that means something else, though its own words were left alone, and for each bound of a
//! setting that is wider. What the base does not know (a further flag, actor or state) changes nothing
//! that it promises.

mod facets;

use crate::context::Value;
use crate::diagnostic::{Diagnostic, Report};
use crate::graph::{Setting, Workflow};
use crate::source::Span;
use crate::tenant::{Layer, Seal, rules};
use facets::{Facet, Part};

/// Compares a base with what a tenant makes of it: what `seals` name, by which the base is sealed. `place` is where
/// the tenant names the base.
pub(super) fn check(
    (before, seals): (&Workflow, &[Seal]),
    after: &Workflow,
    layer: &Layer,
    place: Span,
) -> Report {
    let mut report = Report::new();
    let touched = |part: &Part| {
        let path = part.path();
        let mut seals = seals.iter();
        seals.any(|seal| seal.path.starts_with(&path) || path.starts_with(&seal.path))
    };
    for part in Part::all(before).into_iter().filter(touched) {
        let sealed = |facet: &Facet| {
            let mut seals = seals.iter();
            let path = part.facet_path(facet);
            seals.find(|seal| path.starts_with(&seal.path))
        };
        let now = part.facets(after, before);
        for was in part.facets(before, before) {
            let Some(seal) = sealed(&was) else {
                continue;
            };
            // Of an event that is sealed as a whole, each of its moves is compared as it is.
            if matches!(was.key, "guard" | "by") && seal.path.len() <= part.path().len() {
                continue;
            }
            let is_same = |facet: &&Facet| (facet.key, &facet.of) == (was.key, &was.of);
            let same = now.iter().find(is_same);
            let now = same.map_or("", |facet| facet.text.as_str());
            if now == was.text {
                continue;
            }
            let name = part.name();
            let key = was.of.as_ref().map(|of| format!("{}.{of}", was.key));
            let key = key.as_deref().unwrap_or(was.key);
            let message = format!("`{name}` is sealed, and its `{key}` would change");
            let cause = was.causes.iter().find_map(|(section, name)| {
                let mut done = layer.overrides.iter();
                done.find(|done| {
                    matches!(done.path.as_slice(), [at, of, ..] if at == section && of == name)
                })
            });
            let found = Diagnostic::new(
                &rules::SEALED_MEANING,
                cause.map_or(place, |done| done.place),
                message,
            )
            .also(seal.place, "sealed here");
            let (from, to) = (beyond(&was.text, now), beyond(now, &was.text));
            report.push(found.help(format!("from {from} to {to}")));
        }
    }
    for (_, was) in before.settings.iter() {
        let mut settings = after.settings.iter().map(|(_, setting)| setting);
        if let Some(now) = settings.find(|setting| setting.name == was.name) {
            bounds(was, now, layer, place, &mut report);
        }
    }
    report
}

/// Reports bounds of a setting that are wider than those of the base.
fn bounds(was: &Setting, now: &Setting, layer: &Layer, place: Span, report: &mut Report) {
    let ends = [
        ("min", &was.min, &now.min, false),
        ("max", &was.max, &now.max, true),
    ];
    for (key, old, new, upper) in ends {
        let Some(old) = old else {
            continue;
        };
        let wider = |new: &Value| match new.compare(old) {
            Some(order) if upper => order.is_gt(),
            Some(order) => order.is_lt(),
            None => true,
        };
        if !new.as_ref().is_none_or(wider) {
            continue;
        }
        let path = ["settings", was.name.as_str(), key];
        let mut done = layer.overrides.iter();
        let done = done.find(|done| {
            path.iter()
                .copied()
                .eq(done.path.iter().map(String::as_str))
        });
        let message = format!(
            "`{}` of the setting `{}` is wider than in the base",
            key, was.name
        );
        let at = done.map_or(place, |done| done.place);
        let mut found = Diagnostic::new(&rules::WIDER_BOUNDS, at, message).help(format!(
            "the base allows {} `{old}`",
            if upper { "at most" } else { "at least" }
        ));
        if let Some(base) = done.and_then(|done| done.base) {
            found = found.also(base, "in the base");
        }
        report.push(found);
    }
}

/// The items of a list in words that another one does not have.
fn beyond(list: &str, other: &str) -> String {
    let others: Vec<&str> = other.split("; ").collect();
    let own = list
        .split("; ")
        .filter(|item| !others.contains(item) && !item.is_empty());
    let own: Vec<String> = own.map(|item| format!("`{item}`")).collect();
    match own.is_empty() {
        true => "nothing".to_owned(),
        false => own.join(", "),
    }
}
