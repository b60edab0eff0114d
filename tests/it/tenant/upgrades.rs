//! The collisions of an upgrade are those that a three-way comparison of the values finds.

use std::collections::{BTreeMap, BTreeSet};

use flagstate::load::Library;
use flagstate::source::SourceFile;
use serde_json::{Map, Value as Json};

use super::Files;
use super::overrides::{bases, make, text, times};
use crate::analysis::dice::Dice;

/// How many upgrades are tried of each base.
const UPGRADES: usize = 30;

/// Keys whose value is one name or a list of them.
const NAMES: [&str; 8] = [
    "by",
    "from",
    "effects",
    "values",
    "in",
    "undeletable",
    "undeactivatable",
    "actors",
];

/// Keys whose value counts as one, whatever it is made of.
const WHOLE: [&str; 9] = [
    "guard",
    "to",
    "moves",
    "branches",
    "initial",
    "always",
    "partitions",
    "required",
    "inferred",
];

/// An effective workflow as plain values.
fn plain(value: &Json) -> Json {
    match value {
        Json::Object(object) => match (text(value), object.get("quoted")) {
            (Some(text), Some(Json::Bool(false))) => {
                let typed = serde_json::from_str(text).ok();
                typed
                    .filter(|typed: &Json| !typed.is_string())
                    .unwrap_or_else(|| Json::from(text))
            }
            (Some(text), _) => Json::from(text),
            _ => object
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
        },
        Json::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// The names of a list, or the one that stands in its place.
fn names(value: &Json) -> Option<BTreeSet<&str>> {
    match value {
        Json::Array(items) => items.iter().map(Json::as_str).collect(),
        Json::String(name) => Some(BTreeSet::from([name.as_str()])),
        _ => None,
    }
}

/// The topmost places at which two workflows differ.
fn differences(
    one: &Json,
    other: &Json,
    path: &mut Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) {
    // What holds nothing is as good as an empty mapping.
    let empty = Json::Object(Map::new());
    let part = |value| {
        if matches!(value, &Json::Null) {
            &empty
        } else {
            value
        }
    };
    let (one, other) = (part(one), part(other));
    let key = path.last().map_or("", String::as_str);
    let (is_name, is_whole) = (NAMES.contains(&key), WHOLE.contains(&key));
    if let (true, Some(one), Some(other)) = (is_name, names(one), names(other)) {
        for name in one.symmetric_difference(&other) {
            let mut path = path.clone();
            path.push((*name).to_owned());
            found.insert(path);
        }
        return;
    }
    match (one, other) {
        (Json::Object(one), Json::Object(other)) if !is_whole => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                path.push(key.clone());
                // A section that one of them lacks is as good as an empty one.
                let is_section = path.len() == 1 && !WHOLE.contains(&key.as_str());
                let nothing = |other: &Json| match other {
                    Json::Array(_) => Json::Array(Vec::new()),
                    _ => Json::Null,
                };
                match (one.get(key), other.get(key)) {
                    (Some(a), Some(b)) => differences(a, b, path, found),
                    (Some(a), None) if is_section => differences(a, &nothing(a), path, found),
                    (None, Some(b)) if is_section => differences(&nothing(b), b, path, found),
                    _ => drop(found.insert(path.clone())),
                }
                path.pop();
            }
        }
        _ if one == other => {}
        _ => drop(found.insert(path.clone())),
    }
}

/// The topmost places at which two workflows differ, what a tenant has of its own aside.
fn between(one: &Json, other: &Json) -> BTreeSet<Vec<String>> {
    let own = ["flagstate", "workflow", "version", "title", "doc", "sealed"];
    let mut found = BTreeSet::new();
    differences(one, other, &mut Vec::new(), &mut found);
    found.retain(|path| !own.contains(&path[0].as_str()));
    found
}

/// The lists of names that a tenant replaces: one part each, whatever is in them.
fn replaced(change: &Json, path: &mut Vec<String>, lists: &mut BTreeSet<Vec<String>>) {
    let Json::Object(keys) = change else { return };
    for (key, value) in keys {
        path.push(key.clone());
        if NAMES.contains(&key.as_str()) {
            lists.insert(path.clone());
        }
        replaced(value, path, lists);
        path.pop();
    }
}

/// Another edition: some values changed, some keys gone, some new.
fn edited(dice: &mut Dice, base: &Json) -> Json {
    let mut edition = base.clone();
    for number in 0..=dice.below(5) {
        let sections = [
            "settings",
            "states",
            "transitions",
            "guards",
            "groups",
            "context",
        ];
        let section = dice.pick(&sections).to_owned();
        let Some(Json::Object(things)) = edition.get_mut(&section) else {
            continue;
        };
        let all: Vec<String> = things.keys().cloned().collect();
        if all.is_empty() {
            continue;
        }
        let thing = all[dice.below(all.len())].clone();
        match dice.below(5) {
            0 => drop(things.shift_remove(&thing)),
            1 => drop(things.insert(format!("new_{number}"), things[&thing].clone())),
            _ => {
                if !things[&thing].is_object() {
                    things[&thing] = Json::Object(Map::new());
                }
                let Some(Json::Object(keys)) = things.get_mut(&thing) else {
                    continue;
                };
                edit(dice, keys, number);
            }
        }
    }
    edition
}

fn edit(dice: &mut Dice, keys: &mut Map<String, Json>, number: usize) {
    let all: Vec<String> = keys.keys().cloned().collect();
    if all.is_empty() || dice.below(4) == 0 {
        let key = dice.pick(&["doc", "title", "inactive"]).to_owned();
        let value = if key == "inactive" {
            Json::from(true)
        } else {
            Json::from("edited")
        };
        keys.insert(key, value);
        return;
    }
    let key = all[dice.below(all.len())].clone();
    let value = keys.get_mut(&key).expect("the key");
    match value {
        Json::Object(inner) if !WHOLE.contains(&key.as_str()) => edit(dice, inner, number),
        Json::Array(items) if NAMES.contains(&key.as_str()) => match dice.below(2) {
            0 => items.push(Json::from(format!("new_{number}"))),
            _ => drop(items.pop()),
        },
        Json::Bool(value) => *value = !*value,
        _ if dice.below(3) == 0 => drop(keys.shift_remove(&key)),
        value => *value = Json::from("edited"),
    }
}

/// What the edition does to a part that the tenant overrides: the same as the tenant, something else, or it
/// does away with the part; now and then to what is around it.
fn aimed(dice: &mut Dice, edition: &mut Json, mine: &Json, ours: &[String]) {
    let length = match dice.below(4) {
        0 => dice.below(ours.len()).max(1) + 1,
        _ => ours.len(),
    };
    let path = &ours[..length.min(ours.len())];
    let Some((key, around)) = path.split_last() else {
        return;
    };
    let Some(here) = around.iter().try_fold(edition, |here, part| match here {
        Json::Object(keys) => keys.get_mut(part),
        _ => None,
    }) else {
        return;
    };
    match here {
        Json::Object(keys) => {
            let theirs = path.iter().try_fold(mine, |here, part| here.get(part));
            match (dice.below(5), theirs) {
                (0, _) => drop(keys.shift_remove(key)),
                (1, Some(same)) => drop(keys.insert(key.clone(), same.clone())),
                _ => {
                    let other = another(dice, keys.get(key).or(theirs));
                    keys.insert(key.clone(), other);
                }
            }
        }
        // The part is a name in a list, or the one that stands in its place.
        list => {
            let names = names(list).unwrap_or_default();
            let mut names: Vec<String> = names.into_iter().map(str::to_owned).collect();
            match (names.iter().position(|name| name == key), dice.below(3)) {
                (_, 0) => names.push("edited".to_owned()),
                (Some(at), _) => drop(names.remove(at)),
                (None, _) => names.push(key.clone()),
            }
            *list = Json::from(names);
        }
    }
}

/// A value of the same shape that is another.
fn another(dice: &mut Dice, value: Option<&Json>) -> Json {
    match value {
        Some(Json::Object(keys)) => {
            let mut keys = keys.clone();
            edit(dice, &mut keys, 0);
            Json::Object(keys)
        }
        Some(Json::Array(items)) => items.iter().cloned().chain(["edited".into()]).collect(),
        Some(Json::Bool(value)) => Json::from(!value),
        Some(Json::Number(_)) => Json::from(7_777),
        _ => Json::from("edited"),
    }
}

/// What two paths come to that are compared thing by thing.
fn thing(path: &[String]) -> Vec<String> {
    path.iter().take(3).cloned().collect()
}

#[test]
fn an_upgrade_collides_where_three_ways_do() {
    let (mut upgrades, mut collided, mut needless) = (0, 0, 0);
    for (seed, (path, text)) in bases().iter().enumerate() {
        let files = Files::of(&[("base.yaml", text)]);
        let mut library = Library::new(&files);
        let file = library.open("base.yaml").expect(path);
        let effective = library.effective(file);
        let told = effective.json(library.files());
        let old = plain(&told);
        for number in 0..UPGRADES * times() {
            let mut dice = Dice::new((seed * 7_000_003 + number) as u64 + 13);
            let (tenant, used) = make::tenant(&mut dice, &told);
            // Rows turn a single move into one of several, which is no difference of values.
            if used.contains(&"add rows") {
                continue;
            }
            let written = |name: &str, value: &Json| {
                SourceFile::new(name, serde_json::to_string_pretty(value).expect("JSON"))
            };
            let mut files = Files(vec![
                written("base.yaml", &old),
                written("tenant.yaml", &tenant),
            ]);
            let mine = {
                let mut library = Library::new(&files);
                let file = library.open("tenant.yaml").expect("the tenant");
                plain(&library.effective(file).json(library.files()))
            };
            let mut lists = BTreeSet::new();
            replaced(&tenant["change"], &mut Vec::new(), &mut lists);
            let ours: BTreeSet<Vec<String>> = between(&old, &mine)
                .into_iter()
                .map(|our| {
                    let list = lists.iter().find(|list| our.starts_with(list));
                    list.cloned().unwrap_or(our)
                })
                .collect();
            let mut new = edited(&mut dice, &old);
            for our in &ours {
                if dice.below(2) == 0 {
                    aimed(&mut dice, &mut new, &mine, our);
                }
            }
            files.0.push(written("new.yaml", &new));
            let mut library = Library::new(&files);
            let open = ["tenant.yaml", "base.yaml", "new.yaml"];
            let [tenant_file, from, to] = open.map(|name| library.open(name).expect(name));
            let upgraded = library.upgrade(tenant_file, from, to);
            let upgrade = &upgraded.upgrade;
            let idle = upgraded
                .before
                .iter()
                .any(|found| found.rule.id == "idle-override");
            let refused = ["not-in-base", "already-in-base", "wrong-type"];
            let odd = upgraded
                .before
                .iter()
                .any(|found| refused.contains(&found.rule.id));
            let twice: BTreeSet<Vec<String>> = upgrade
                .overrides
                .iter()
                .map(|done| thing(&done.path))
                .collect();
            if idle || odd || twice.len() < upgrade.overrides.len() || mine.is_null() {
                continue;
            }
            upgrades += 1;

            let theirs = between(&old, &new);
            let apart = between(&new, &mine);
            let mut expected = BTreeSet::new();
            let mut agreed = 0;
            for our in &ours {
                for their in &theirs {
                    if our.starts_with(their) || their.starts_with(our) {
                        // Both came to the same where the two no longer differ there.
                        let differ = apart
                            .iter()
                            .any(|path| path.starts_with(our) || our.starts_with(path));
                        match differ {
                            true => drop(expected.insert(thing(our))),
                            false => agreed += 1,
                        }
                    }
                }
            }
            let found: BTreeSet<Vec<String>> = upgrade
                .collisions
                .iter()
                .map(|pair| thing(&upgrade.overrides[pair.mine].path))
                .collect();
            let changes: BTreeMap<String, String> = upgrade
                .changes
                .iter()
                .map(|change| (change.path.join("."), format!("{:?}", change.verb)))
                .collect();
            assert_eq!(
                found, expected,
                "{path} {number}\n{tenant:#}\nours {ours:?}\ntheirs {theirs:?}\nchanges {changes:?}"
            );
            assert_eq!(
                upgrade
                    .changes
                    .iter()
                    .map(|change| change.path.clone())
                    .collect::<BTreeSet<_>>(),
                theirs,
                "{path} {number}"
            );
            collided += usize::from(!found.is_empty());
            needless += usize::from(agreed > 0);
            assert_eq!(
                upgrade.report().len(),
                upgrade
                    .collisions
                    .iter()
                    .map(|pair| pair.mine)
                    .collect::<BTreeSet<_>>()
                    .len()
            );
        }
    }
    crate::tell::tried(&format!(
        "{upgrades} upgrades, {collided} with collisions, {needless} with overrides that the new base makes needless"
    ));
    let enough = upgrades > 75 && collided * 3 >= upgrades && needless > 10;
    assert!(enough, "{upgrades} {collided} {needless}");
}
