//! Which ties run upwards: a layered layout needs a graph without cycles.
//!
//! In: lines that must run downwards, and ties in the order in which they matter. Out: which ties must be
//! turned so that no cycle is left. Ties are taken from the start of orders on, each turned if it would
//! close a cycle with those before it, so that what leads back is turned and what leads on is not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A line between two nodes.
pub(super) type Ends = (String, String);

/// Says for each tie whether it must be turned. The fixed lines must be free of cycles.
pub(super) fn turned(start: &str, fixed: &[Ends], ties: &[Ends]) -> Vec<bool> {
    let distance = distances(start, fixed, ties);
    let mut order: Vec<(usize, usize, &Ends)> = Vec::new();
    for (number, tie) in ties.iter().enumerate() {
        let far = distance.get(tie.0.as_str()).copied().unwrap_or(usize::MAX);
        order.push((far, number, tie));
    }
    order.sort_unstable();
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in fixed {
        next.entry(from).or_default().push(to);
    }
    let mut turned = vec![false; ties.len()];
    for (_, number, (from, to)) in order {
        let back = from != to && reaches(&next, to, from);
        let (from, to) = if back { (to, from) } else { (from, to) };
        next.entry(from).or_default().push(to);
        if let Some(turned) = turned.get_mut(number) {
            *turned = back;
        }
    }
    turned
}

/// How many lines lie between the start and each node.
fn distances<'a>(start: &'a str, fixed: &'a [Ends], ties: &'a [Ends]) -> BTreeMap<&'a str, usize> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in ties.iter().chain(fixed) {
        next.entry(from).or_default().push(to);
    }
    let mut found = BTreeMap::from([(start, 0)]);
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        let far = found.get(node).copied().unwrap_or(0) + 1;
        for &to in next.get(node).into_iter().flatten() {
            if !found.contains_key(to) {
                found.insert(to, far);
                open.push_back(to);
            }
        }
    }
    found
}

fn reaches(next: &BTreeMap<&str, Vec<&str>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from]);
    let mut open = vec![from];
    while let Some(node) = open.pop() {
        if node == to {
            return true;
        }
        let further = next.get(node).into_iter().flatten();
        open.extend(further.filter(|node| seen.insert(**node)));
    }
    false
}
