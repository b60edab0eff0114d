//! What a base promises, looked up in the texts and the state lists rather than in what merged them.

use std::collections::{BTreeMap, BTreeSet};

use flagstate::export::{self, StateRow};
use flagstate::graph::Workflow;
use flagstate::instance::Site;
use flagstate::load::{Effective, Library, load};
use flagstate::source::{FileId, SourceFile};
use serde_json::Value as Json;

use super::{at, text};

/// The promises that a tenant breaks, in words.
pub(super) fn broken(
    (base, before): (&Json, &Workflow),
    (now, after): (&Json, &Workflow),
    library: &Library<'_>,
    effective: &Effective,
) -> Vec<String> {
    let mut broken = Vec::new();
    let rows = export::states(after);
    let old = export::states(before);
    mandatory(base, now, &mut broken);
    slots(base, &rows, &mut broken);
    settings(base, now, after, &mut broken);
    seals(base, now, &old, &rows, &mut broken);
    let states = rows.iter().filter(|row| {
        let flags = after
            .flags
            .iter()
            .all(|(_, flag)| row.flags.contains_key(&flag.name));
        !flags
    });
    broken.extend(states.map(|row| format!("`{}` lacks a flag", row.path)));
    let alone = effective.yaml(library.files());
    let alone = load(FileId(0), &SourceFile::new("alone.yaml", alone));
    if alone.report.has_errors() {
        broken.push(format!(
            "the effective workflow has errors: {:?}",
            alone.report
        ));
    }
    broken
}

/// The names of a list, or the one that stands in its place.
fn names(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(items)) => items.iter().filter_map(text).map(str::to_owned).collect(),
        Some(value) => text(value).map(str::to_owned).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Mandatory states exist and are active.
fn mandatory(base: &Json, now: &Json, broken: &mut Vec<String>) {
    for key in ["undeletable", "undeactivatable"] {
        for name in names(at(base, &["mandatory", key])) {
            match at(now, &["states", &name]) {
                None => broken.push(format!("`{name}` is gone")),
                Some(state) => {
                    let inactive = state.get("inactive").and_then(text);
                    if key == "undeactivatable" && inactive == Some("true") {
                        broken.push(format!("`{name}` is switched off"));
                    }
                }
            }
        }
    }
}

/// Each required slot has an active state, and exactly one of the lowest rank.
fn slots(base: &Json, rows: &[StateRow], broken: &mut Vec<String>) {
    let by = names(at(base, &["slot", "by"]));
    let Some(Json::Array(required)) = at(base, &["slot", "required"]) else {
        return;
    };
    let rank = at(base, &["slot", "rank"]).and_then(text);
    for slot in required {
        let is_in = |row: &&StateRow| {
            row.depth == 0
                && by.iter().all(|name| {
                    let wanted = slot.get(name).and_then(text);
                    row.attributes.get(name).map(ToString::to_string).as_deref() == wanted
                })
        };
        let members: Vec<&StateRow> = rows.iter().filter(is_in).collect();
        let is_active = |row: &&&StateRow| {
            !serde_json::to_string(&row.markers)
                .expect("JSON")
                .contains("inactive")
        };
        if !members.iter().any(|row| is_active(&row)) {
            broken.push(format!("no active state in the slot {slot}"));
        }
        if let Some(rank) = rank {
            let ranks = members.iter().filter_map(|row| row.attributes.get(rank));
            let ranks: Vec<String> = ranks.map(ToString::to_string).collect();
            let different: BTreeSet<&String> = ranks.iter().collect();
            if different.len() != ranks.len() {
                broken.push(format!("two states of one rank in the slot {slot}"));
            }
        }
    }
}

/// Every setting exists with its type, and its value lies within the bounds of the base.
fn settings(base: &Json, now: &Json, after: &Workflow, broken: &mut Vec<String>) {
    let Some(Json::Object(settings)) = base.get("settings") else {
        return;
    };
    let site = Site::new(after, &BTreeMap::new());
    if site.is_err() {
        broken.push("a setting has no value".to_owned());
    }
    for (name, declared) in settings {
        let Some(setting) = at(now, &["settings", name]) else {
            // A setting that nothing uses may go.
            continue;
        };
        if setting.get("type").and_then(text) != declared.get("type").and_then(text) {
            broken.push(format!("the type of `{name}` is another"));
        }
        let value = setting.get("default").and_then(text);
        for (key, upper) in [("min", false), ("max", true)] {
            let Some(bound) = declared.get(key).and_then(text) else {
                continue;
            };
            let (Some(value), bound) = (value.and_then(measured), measured(bound)) else {
                continue;
            };
            let within = bound.is_none_or(|bound| {
                if upper {
                    value <= bound
                } else {
                    value >= bound
                }
            });
            if !within {
                broken.push(format!("`{name}` lies beyond its {key}"));
            }
        }
    }
}

/// A number, or a duration in seconds.
fn measured(text: &str) -> Option<f64> {
    let (digits, unit) =
        text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let number: f64 = digits.parse().ok()?;
    let unit = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return None,
    };
    Some(number * unit)
}

/// What is sealed says the same, and sealed states mean the same.
fn seals(base: &Json, now: &Json, old: &[StateRow], rows: &[StateRow], broken: &mut Vec<String>) {
    let Some(sealed) = base.get("sealed") else {
        return;
    };
    let mut paths = Vec::new();
    gather(sealed, &mut Vec::new(), &mut paths);
    for path in paths {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        let values = [base, now].map(|tree| at(tree, &keys).map(said));
        if values[0] != values[1] {
            broken.push(format!("`{}` is sealed and changed", path.join(".")));
        }
        if let ["states", name] = keys.as_slice() {
            let row = |rows: &[StateRow]| {
                let row = rows
                    .iter()
                    .find(|row| row.path == *name)
                    .expect(name)
                    .clone();
                (row.flags, row.attributes, row.timers, row.never_expires)
            };
            let (was, is) = (row(old), row(rows));
            let same = was
                .0
                .iter()
                .all(|(name, value)| is.0.get(name) == Some(value));
            if !same || was.2 != is.2 || was.3 != is.3 {
                broken.push(format!("`{name}` is sealed and means something else"));
            }
        }
    }
}

/// The paths that are sealed.
fn gather(value: &Json, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let mut whole = |name: &str, path: &Vec<String>| {
        let mut path = path.clone();
        path.push(name.to_owned());
        paths.push(path);
    };
    match value {
        Json::Array(items) => items
            .iter()
            .filter_map(text)
            .for_each(|name| whole(name, path)),
        Json::Null => paths.push(path.clone()),
        Json::Object(object) => match text(value) {
            Some(name) => whole(name, path),
            None => {
                for (key, value) in object {
                    path.push(key.clone());
                    gather(value, path, paths);
                    path.pop();
                }
            }
        },
        _ => {}
    }
}

/// What a value says, without the places.
fn said(value: &Json) -> Json {
    match value {
        Json::Object(object) => match text(value) {
            Some(text) => Json::from(text),
            None => object
                .iter()
                .map(|(key, value)| (key.clone(), said(value)))
                .collect(),
        },
        Json::Array(items) => items.iter().map(said).collect(),
        other => other.clone(),
    }
}
