//! The SVG picture: nothing overlaps, whatever the workflow; texts are inert.

use flagstate::compile::compile;
use flagstate::export::{ExportError, Layout, MOST_STATES, layout, svg};
use flagstate::graph::Workflow;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile};
use proptest::prelude::*;

use super::drawn;

/// Whether one box lies somewhere within another, by their numbers.
fn within(layout: &Layout, outer: usize, inner: usize) -> bool {
    let around = |number: &usize| layout.boxes[*number].within;
    std::iter::successors(Some(inner), around).any(|number| number == outer)
}

/// What is wrong with a layout: boxes that overlap, boxes outside the one they are in, labels on boxes
/// or on each other.
fn faults(layout: &Layout) -> Vec<String> {
    let mut faults = Vec::new();
    let boxes: Vec<_> = layout.boxes.iter().enumerate().collect();
    for (a, first) in &boxes {
        assert!(
            first.rect.width > 0.0 && first.rect.height > 0.0,
            "{first:?}"
        );
        if let Some(outer) = first.within {
            let outer = &layout.boxes[outer].rect;
            let inside = outer.x <= first.rect.x
                && outer.y <= first.rect.y
                && first.rect.right() <= outer.right()
                && first.rect.bottom() <= outer.bottom();
            if !inside {
                faults.push(format!("{first:?} is not inside {outer:?}"));
            }
        }
        for (b, second) in boxes.iter().skip(a + 1) {
            let nested = within(layout, *a, *b) || within(layout, *b, *a);
            if !nested && first.rect.overlaps(&second.rect) {
                faults.push(format!("{first:?} overlaps {second:?}"));
            }
        }
        for label in layout.labels.iter().filter(|_| !first.container) {
            if label.overlaps(&first.rect) {
                faults.push(format!("the label {label:?} overlaps {first:?}"));
            }
        }
    }
    for (index, label) in layout.labels.iter().enumerate() {
        let others = layout.labels.iter().skip(index + 1);
        faults.extend(
            others
                .filter(|other| label.overlaps(other))
                .map(|other| format!("{label:?} overlaps {other:?}")),
        );
    }
    faults
}

#[test]
fn nothing_overlaps_in_the_pictures() {
    for (name, workflow) in drawn() {
        let layout = layout(&workflow).expect("a layout");
        assert_eq!(faults(&layout), Vec::<String>::new(), "{name}");
        let shown = layout
            .boxes
            .iter()
            .filter_map(|placed| placed.path.as_deref());
        assert_eq!(
            shown.count(),
            workflow.states.len() - 1,
            "{name}: every state has a box"
        );
    }
}

#[test]
fn a_picture_is_the_same_every_time_and_holds_nothing_active() {
    for (name, workflow) in drawn() {
        let picture = svg(&workflow).expect("a picture");
        assert_eq!(picture, svg(&workflow).expect("a picture"), "{name}");
        let (style, body) = picture.split_once("</style>").expect("a style sheet");
        for active in [
            "<script",
            "<a ",
            "<image",
            "<foreignObject",
            "href",
            " on",
            "@import",
            "url(",
        ] {
            assert!(!style.contains(active), "{name}: {active}");
        }
        for tag in body.split('<').skip(1) {
            let element = tag.split([' ', '>', '/']).find(|word| !word.is_empty());
            let known = ["rect", "text", "path", "circle", "svg"];
            assert!(
                known.contains(&element.expect("an element")),
                "{name}: <{tag}"
            );
        }
    }
}

#[test]
fn a_workflow_too_large_for_a_picture_is_refused() {
    let states: Vec<String> = (0..=MOST_STATES)
        .map(|number| format!("  s{number}:"))
        .collect();
    let states = states.join("\n");
    let text =
        format!("flagstate: 1\nworkflow: w\nversion: 1\ntitle: W\ninitial: s0\nstates:\n{states}");
    assert_eq!(
        svg(&compiled(&text)),
        Err(ExportError::TooManyStates(MOST_STATES + 1))
    );
}

/// The compiled workflow of a text, whatever is found wrong with it.
fn compiled(text: &str) -> Workflow {
    let source = SourceFile::new("generated.yaml", text);
    let document = parse(FileId(0), &source).document.expect("a document");
    compile(&document, &source).workflow
}

/// States in a tree (each number names the state around the next, where it is small enough) and the
/// ways between them.
#[derive(Debug, Clone)]
struct Sketch {
    parents: Vec<Option<usize>>,
    regions: Vec<bool>,
    titles: Vec<String>,
    moves: Vec<(usize, usize, u8)>,
}

fn sketches() -> impl Strategy<Value = Sketch> {
    (2_usize..14).prop_flat_map(|count| {
        let parents = proptest::collection::vec(proptest::option::weighted(0.45, 0..count), count);
        let regions = proptest::collection::vec(proptest::bool::weighted(0.3), count);
        let titles = proptest::collection::vec("[A-Za-z ]{0,40}[A-Za-z]", count);
        let moves = proptest::collection::vec((0..count, 0..count, 0_u8..6), 0..(2 * count));
        (parents, regions, titles, moves).prop_map(|(parents, regions, titles, moves)| {
            let earlier =
                |(index, parent): (usize, Option<usize>)| parent.filter(|parent| *parent < index);
            let parents = parents.into_iter().enumerate().map(earlier).collect();
            Sketch {
                parents,
                regions,
                titles,
                moves,
            }
        })
    })
}

impl Sketch {
    fn path(&self, index: usize) -> String {
        let around = self.parents[index].map(|parent| format!("{}.", self.path(parent)));
        let region = self.parents[index].filter(|parent| self.regions[*parent]);
        let region = region.map(|_| format!("r{index}."));
        format!(
            "{}{}s{index}",
            around.unwrap_or_default(),
            region.unwrap_or_default()
        )
    }

    fn states(&self, parent: Option<usize>, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let regions = parent.is_some_and(|parent| self.regions[parent]);
        let mut text = String::new();
        for index in (0..self.parents.len()).filter(|&index| self.parents[index] == parent) {
            let title = &self.titles[index];
            let inner = self.states(Some(index), depth + if regions { 4 } else { 2 });
            let key = if self.regions[index] {
                "regions"
            } else {
                "states"
            };
            let depth = if regions {
                text.extend([format!("{indent}r{index}:\n{indent}  states:\n")]);
                depth + 2
            } else {
                depth
            };
            let indent = "  ".repeat(depth);
            text.extend([format!("{indent}s{index}:\n{indent}  title: \"{title}\"\n")]);
            if !inner.is_empty() {
                text.extend([format!("{indent}  {key}:\n{inner}")]);
            }
        }
        text
    }

    fn yaml(&self) -> String {
        let states = self.states(None, 1);
        let mut text = format!(
            "flagstate: 1\nworkflow: w\nversion: 1\ntitle: W\nactors: [user]\ninitial: s0\nstates:\n{states}"
        );
        if !self.moves.is_empty() {
            text += "transitions:\n";
        }
        for (index, (from, to, kind)) in self.moves.iter().enumerate() {
            let (from, to) = (self.path(*from), self.path(*to));
            let to = match kind {
                0 => "back".to_owned(),
                1 => format!("{{ history: {to} }}"),
                _ => to,
            };
            text.extend([format!(
                "  event_number_{index}: {{ by: user, from: {from}, to: {to} }}\n"
            )]);
        }
        text
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_overlaps_in_the_picture_of_any_graph(sketch in sketches()) {
        let workflow = compiled(&sketch.yaml());
        prop_assert_eq!(workflow.states.len() - 1, sketch.parents.len()
            + sketch.parents.iter().filter(|parent| parent.is_some_and(|parent| sketch.regions[parent])).count());
        let layout = layout(&workflow).expect("a layout");
        prop_assert_eq!(faults(&layout), Vec::<String>::new());
        prop_assert!(svg(&workflow).is_ok());
    }
}
