//! A naive model of reachability, dead ends and traps, against which random workflows are judged.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use proptest::prelude::*;

/// A flat workflow: how many states there are, which are final, and which lead where.
#[derive(Debug, Clone)]
struct Flat {
    finals: Vec<bool>,
    initial: Vec<usize>,
    edges: Vec<(usize, usize)>,
}

fn flat() -> impl Strategy<Value = Flat> {
    (1usize..9).prop_flat_map(|states| {
        let edges = prop::collection::vec((0..states, 0..states), 0..14);
        let finals = prop::collection::vec(prop::bool::weighted(0.3), states);
        let initial = prop::collection::vec(0..states, 1..3);
        (finals, initial, edges).prop_map(|(finals, initial, mut edges)| {
            edges.retain(|&(from, _)| !finals[from]);
            Flat {
                finals,
                initial,
                edges,
            }
        })
    })
}

impl Flat {
    /// Written as a file. The last initial branch has no guard; events alternate with timers and
    /// guarded automatic transitions, so that every kind of edge takes part.
    fn to_yaml(&self) -> String {
        let mut text = String::from("flagstate: 1\nworkflow: random\nactors: [clerk]\n");
        text += "context: { number: { type: integer, default: 0 } }\ninitial:\n";
        for (index, state) in self.initial.iter().enumerate() {
            let guard = if index + 1 < self.initial.len() {
                "guard: order.number == 7, "
            } else {
                ""
            };
            writeln!(text, "  - {{ {guard}to: s{state} }}").unwrap();
        }
        text += "states:\n";
        for (state, is_final) in self.finals.iter().enumerate() {
            writeln!(text, "  s{state}:\n    final: {is_final}").unwrap();
            let timers = self.edges.iter().enumerate();
            let timers: Vec<_> = timers.filter(|(i, e)| i % 3 == 1 && e.0 == state).collect();
            if !timers.is_empty() {
                text += "    timers:\n";
            }
            for (index, (_, to)) in timers {
                writeln!(
                    text,
                    "      t{index}: {{ after: {}m, to: s{to} }}",
                    index + 1
                )
                .unwrap();
            }
        }
        text += "always:\n  - { from: s0, guard: order.number == 99, set: { number: order.number + 1 } }\n";
        for (index, (from, to)) in self.edges.iter().enumerate().filter(|(i, _)| i % 3 == 2) {
            writeln!(
                text,
                "  - {{ from: s{from}, guard: order.number == {index}, to: s{to} }}"
            )
            .unwrap();
        }
        text += "transitions:\n  note: { by: clerk, from: s0, set: { number: order.number } }\n";
        for (index, (from, to)) in self.edges.iter().enumerate().filter(|(i, _)| i % 3 == 0) {
            writeln!(
                text,
                "  e{index}: {{ by: clerk, from: s{from}, to: s{to} }}"
            )
            .unwrap();
        }
        text
    }

    /// The states that can be come to from `starts`, by trying every edge until nothing changes.
    fn closure(&self, starts: &[usize]) -> Vec<bool> {
        let mut found = vec![false; self.finals.len()];
        for &start in starts {
            found[start] = true;
        }
        for _ in 0..found.len() {
            for &(from, to) in &self.edges {
                found[to] |= found[from];
            }
        }
        found
    }

    /// What the checks must find: rule and state.
    fn expected(&self) -> BTreeSet<(&'static str, String)> {
        let reached = self.closure(&self.initial);
        let is_end = |state: usize| self.finals[state] && reached[state];
        let any_end = (0..reached.len()).any(is_end);
        let leaves = |state: usize| {
            self.edges
                .iter()
                .any(|&(from, to)| from == state && to != state)
        };
        let dead = |state: usize| reached[state] && !self.finals[state] && !leaves(state);
        let ends = |state: usize| {
            let comes_to = self.closure(&[state]);
            let states = comes_to.iter().enumerate().filter(|(_, found)| **found);
            states.map(|(at, _)| at).any(|at| is_end(at) || dead(at))
        };
        let rule = |state: usize| match (reached[state], self.finals[state]) {
            (false, true) => Some("unreachable-final"),
            (false, false) => Some("unreachable-state"),
            (true, true) => None,
            (true, false) if dead(state) => Some("dead-end"),
            (true, false) => (any_end && !ends(state)).then_some("no-way-to-end"),
        };
        let states = 0..self.finals.len();
        let broken = states.filter_map(|state| Some((rule(state)?, format!("s{state}"))));
        broken.collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn reachability_agrees_with_a_naive_model(flat in flat()) {
        let text = flat.to_yaml();
        let source = SourceFile::new("workflow.yaml", text.clone());
        let report = load(FileId(0), &source).report;
        let mut found = BTreeSet::new();
        for finding in &report {
            let judged = ["unreachable-final", "unreachable-state", "dead-end", "no-way-to-end"];
            if judged.contains(&finding.rule.id) {
                let others = finding.secondary.iter().map(|label| label.span);
                // A trap is told once, with the other states in it as further places.
                let all = std::iter::once(finding.primary.span).chain(others);
                let told = if finding.rule.id == "no-way-to-end" { 4 } else { 1 };
                found.extend(all.take(told).map(|s| (finding.rule.id, source.slice(s).to_owned())));
            }
        }
        let mut expected = flat.expected();
        // Of a large trap only some states are named.
        let traps = |set: &BTreeSet<(&'static str, String)>| {
            set.iter().filter(|(rule, _)| *rule == "no-way-to-end").count()
        };
        if traps(&expected) > 4 {
            prop_assert!(traps(&found) > 0, "{}", text);
            found.retain(|(rule, _)| *rule != "no-way-to-end");
            expected.retain(|(rule, _)| *rule != "no-way-to-end");
        }
        prop_assert_eq!(found, expected, "{}", text);
    }
}
