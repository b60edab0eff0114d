//! Stranded orders, compared with all orders that there are.

use std::collections::{BTreeMap, BTreeSet};

use flagstate::diff::{Why, compare};
use flagstate::graph::Workflow;
use flagstate::instance::{Instance, Site, Stored, timer_at};
use flagstate::interpret::{Standing, place};

use super::brute::{Space, noon};
use super::flow::Flow;
use super::{edition, pair, version};
use crate::analysis::dice::Dice;
use crate::tell;

/// The order as it is, under the new version; `None` where that has no place for it.
pub(crate) fn kept(old: &Workflow, new: &Workflow, order: &Instance) -> Option<Instance> {
    let mut stored = Stored::of(old, order);
    stored.workflow.clone_from(&new.name);
    stored.version = new.version;
    // Timers that the new version has run on; what else the order remembers does not matter here.
    stored
        .timers
        .retain(|path, _| timer_at(new, path).is_some());
    stored.spent.retain(|path| timer_at(new, path).is_some());
    stored.suspended.clear();
    stored.past.clear();
    stored.origins.clear();
    stored.entered_at.clear();
    stored.read(new).ok()
}

/// What trying everything says.
struct Tried {
    /// Where orders are stranded, and how many.
    stranded: BTreeMap<String, usize>,
    orders: usize,
    /// Where some orders are stranded and others are not.
    torn: BTreeSet<String>,
}

fn tried(old: &Workflow, new: &Workflow) -> Tried {
    let site = |workflow: &Workflow| Site::new(workflow, &BTreeMap::new()).unwrap();
    let (before, after) = (site(old), site(new));
    // Orders of earlier days stand in states that are switched off.
    let kept_states = old
        .states
        .rows()
        .iter()
        .skip(1)
        .filter(|state| state.inactive);
    let starts: Vec<Instance> = kept_states
        .filter_map(|state| {
            let standing = Standing {
                state: &state.path,
                context: &BTreeMap::new(),
                children: &BTreeMap::new(),
            };
            place(old, &before, &standing, noon()).ok()
        })
        .collect();
    let orders = Space::of(old, &before, &starts, true);
    let ended = orders.ends(old);
    let images: Vec<Option<Instance>> = orders
        .orders
        .iter()
        .map(|order| kept(old, new, order))
        .collect();
    let there: Vec<Instance> = images.iter().flatten().cloned().collect();
    let moved = Space::of(new, &after, &there, false);
    let ends = moved.ends(new);
    let mut stranded: BTreeMap<String, usize> = BTreeMap::new();
    let mut safe: BTreeSet<String> = BTreeSet::new();
    for (at, (order, image)) in orders.orders.iter().zip(&images).enumerate() {
        let lost = match image {
            None => true,
            Some(image) => ended[at] && !ends[moved.find(image).unwrap()],
        };
        let status = order.status(old);
        match lost {
            true => *stranded.entry(status).or_default() += 1,
            false => _ = safe.insert(status),
        }
    }
    let torn = stranded.keys().filter(|status| safe.contains(*status));
    Tried {
        torn: torn.cloned().collect(),
        orders: orders.orders.len(),
        stranded,
    }
}

fn told(old: &Workflow, new: &Workflow) -> BTreeSet<String> {
    let difference = compare(old, new);
    assert!(difference.whole);
    difference
        .stranded
        .into_iter()
        .map(|stranded| stranded.status)
        .collect()
}

#[test]
fn the_stranded_orders_of_appxite_are_those_of_all_orders() {
    let (old, new, _) = pair(&edition("2023.yaml"), &edition("2025.yaml"));
    let all = tried(&old, &new);
    let found: BTreeSet<String> = all.stranded.keys().cloned().collect();
    assert_eq!(told(&old, &new), found);
    assert!(all.torn.is_empty());
    let counts: Vec<String> = all
        .stranded
        .iter()
        .map(|(at, count)| format!("{count} in {at}"))
        .collect();
    let sum: usize = all.stranded.values().sum();
    tell::tried(&format!(
        "AppXite 2023 to 2025: {} orders, {sum} stranded ({}), told alike",
        all.orders,
        counts.join(", ")
    ));
    let difference = compare(&old, &new);
    let why: Vec<(&str, Why)> = difference
        .stranded
        .iter()
        .map(|one| (one.status.as_str(), one.why))
        .collect();
    assert_eq!(why, [("draft", Why::CutOff), ("completed", Why::Gone)]);
    // And back: what the later edition alone has is gone, and nothing else.
    let back = tried(&new, &old);
    let found: BTreeSet<String> = back.stranded.keys().cloned().collect();
    assert_eq!(told(&new, &old), found);
    let sum: usize = back.stranded.values().sum();
    tell::tried(&format!(
        "AppXite 2025 to 2023: {} orders, {sum} stranded",
        back.orders
    ));
}

fn random(seeds: std::ops::Range<u64>, nested: bool) {
    let (mut orders, mut stranded, mut pairs) = (0, 0, 0);
    for seed in seeds {
        let mut dice = Dice::new(seed);
        let old = Flow::new(&mut dice, nested);
        let mut new = old.clone();
        for _ in 0..=dice.below(4) {
            new.change(&mut dice);
        }
        // A version of its own in the places of the rows: ways come and go.
        if dice.below(3) == 0 {
            new.rows.truncate(new.rows.len() / 2);
        }
        let (before, after) = (old.to_yaml(), new.to_yaml());
        let (old, new) = (
            version(0, "old.yaml", &before),
            version(1, "new.yaml", &after),
        );
        let all = tried(&old, &new);
        let found: BTreeSet<String> = all.stranded.keys().cloned().collect();
        assert_eq!(told(&old, &new), found, "seed {seed}\n{before}\n{after}");
        pairs += 1;
        orders += all.orders;
        stranded += all.stranded.values().sum::<usize>();
    }
    let kind = if nested { "nested" } else { "flat" };
    tell::tried(&format!(
        "{pairs} pairs of {kind} workflows: {stranded} of {orders} orders stranded, told alike"
    ));
    assert!(
        stranded * 20 > orders && stranded * 2 < orders,
        "{stranded} of {orders}"
    );
}

/// How many pairs are tried.
fn times(count: u64) -> u64 {
    let more = std::env::var("FLAGSTATE_VERSIONS").ok();
    count * more.and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[test]
fn the_stranded_orders_of_random_flat_versions_are_those_of_all_orders() {
    random(0..times(150), false);
}

#[test]
fn the_stranded_orders_of_random_nested_versions_are_those_of_all_orders() {
    random(1_000_000..1_000_000 + times(60), true);
}
