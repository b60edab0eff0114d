//! The first placement: layers and their order, by dagre.
//!
//! In: a scene. Out: a middle for every box and label and the places where ties bend, in layers; boxes
//! may still be too close. Dagre cannot end a tie at a container, so a gate outside stands for it: one
//! above for ties that come in, one below for ties that go out.

use std::collections::BTreeSet;

use dagre::graph::{Graph, GraphOptions};
use dagre::layout::types::LabelPos;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};

use super::geometry::{Point, Rect};
use super::orient::{Ends, turned};
use super::scene::{Scene, Tie};

/// Space for the loop of a tie from a box to itself, between the box and the label.
pub(super) const LOOP: f64 = 24.0;

/// A placement.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Placement {
    /// The boxes, by item.
    pub(super) boxes: Vec<Rect>,
    /// The places between the ends of each tie, one for each layer.
    pub(super) bends: Vec<Vec<Point>>,
    /// The box of each tie's label.
    pub(super) labels: Vec<Option<Rect>>,
}

/// A way to place a scene; which of them is best depends on the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// Whether gates are tied to every box of their container, and not to the outermost only.
    pub(super) taut: bool,
    /// Whether ties that lead back to the start are found here, and not by dagre.
    pub(super) led: bool,
    /// Whether dagre keeps the first or the last of several equally good orders.
    pub(super) first: bool,
    /// Whether dagre is given the boxes from the last to the first.
    pub(super) reversed: bool,
}

impl Manner {
    /// Every manner, the plainest first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0_u8..16).map(|number| {
            let bit = |place: u8| number >> place & 1 == 1;
            Self {
                first: bit(0),
                reversed: bit(1),
                led: !bit(2),
                taut: bit(3),
            }
        })
    }
}

/// Places a scene.
pub(super) fn arrange(scene: &Scene<'_>, manner: Manner) -> Placement {
    let mut graph: Graph<NodeLabel, EdgeLabel> = Graph::with_options(GraphOptions {
        directed: true,
        multigraph: true,
        compound: true,
    });
    let mut ends: Vec<Ends> = scene.ties.iter().map(|tie| ends(scene, tie)).collect();
    let ropes = ropes(scene, manner.taut);
    let fixed: Vec<Ends> = ropes.iter().map(|(ends, _)| ends.clone()).collect();
    // The start of orders is the first box.
    let turned = match manner.led {
        true => turned(&node(0), &fixed, &ends),
        false => vec![false; ends.len()],
    };
    for ((from, to), _) in ends.iter_mut().zip(&turned).filter(|(_, turned)| **turned) {
        std::mem::swap(from, to);
    }
    add_items(scene, &mut graph, manner.reversed);
    for ((from, to), weight) in ropes {
        let label = EdgeLabel {
            weight,
            ..EdgeLabel::default()
        };
        graph.set_edge(from, to, Some(label), None);
    }
    add_ties(scene, &mut graph, &ends);
    let options = LayoutOptions {
        nodesep: 36.0,
        edgesep: 18.0,
        ranksep: 60.0,
        tie_keep_first: manner.first,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut graph, Some(options));
    read(scene, &graph, &ends, &turned)
}

fn is_container(scene: &Scene<'_>, item: usize) -> bool {
    scene.items.get(item).is_some_and(|item| item.container)
}

/// The nodes that a tie joins: the gates of containers, the boxes of all others.
fn ends(scene: &Scene<'_>, tie: &Tie) -> Ends {
    let from = if is_container(scene, tie.from) {
        below(tie.from)
    } else {
        node(tie.from)
    };
    let to = if is_container(scene, tie.to) {
        above(tie.to)
    } else {
        node(tie.to)
    };
    (from, to)
}

/// Invisible lines that keep a gate above each container that ties lead to, and one below each that
/// ties lead out of, with their weights.
fn ropes(scene: &Scene<'_>, taut: bool) -> Vec<(Ends, i32)> {
    let mut ropes = Vec::new();
    let all = || 0..scene.items.len();
    for container in all().filter(|&item| is_container(scene, item)) {
        let within = all().filter(|&item| item != container && scene.contains(container, item));
        let (inner, leaves): (Vec<usize>, Vec<usize>) =
            within.partition(|&item| is_container(scene, item));
        for outward in [false, true] {
            let gate = if outward {
                below(container)
            } else {
                above(container)
            };
            let tied = ties_at(scene, container, outward);
            if tied == 0 {
                continue;
            }
            let rope = |node: String, weight| {
                let ends = if outward {
                    (node, gate.clone())
                } else {
                    (gate.clone(), node)
                };
                (ends, weight)
            };
            for &leaf in &leaves {
                let last = is_outermost(scene, &leaves, leaf, outward);
                if last || taut {
                    // The last boxes weigh more than the ties at the gate, which so stays close.
                    ropes.push(rope(node(leaf), if last { tied + 1 } else { 1 }));
                }
            }
            for &inner in &inner {
                let gates = [(above(inner), false), (below(inner), true)].into_iter();
                let gates = gates.filter(|(_, side)| ties_at(scene, inner, *side) > 0);
                ropes.extend(gates.map(|(node, _)| rope(node, 1)));
            }
        }
    }
    ropes
}

/// How many ties lead out of a container, or into it where not `outward`.
fn ties_at(scene: &Scene<'_>, container: usize, outward: bool) -> i32 {
    let end = |tie: &&Tie| (if outward { tie.from } else { tie.to }) == container;
    i32::try_from(scene.ties.iter().filter(end).count()).unwrap_or(i32::MAX)
}

/// Whether a box is one of the last of its container: ties among these boxes lead from it to none from
/// which they do not lead back. Or one of the first, where not `outward`.
fn is_outermost(scene: &Scene<'_>, leaves: &[usize], leaf: usize, outward: bool) -> bool {
    let reached = |start: usize, outward: bool| {
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            for tie in &scene.ties {
                let (near, far) = if outward {
                    (tie.from, tie.to)
                } else {
                    (tie.to, tie.from)
                };
                if scene.contains(near, at) && far != near {
                    let inside = leaves.iter().filter(|&&leaf| scene.contains(far, leaf));
                    open.extend(inside.copied().filter(|&leaf| seen.insert(leaf)));
                }
            }
        }
        seen
    };
    reached(leaf, outward).is_subset(&reached(leaf, !outward))
}

fn add_items(scene: &Scene<'_>, graph: &mut Graph<NodeLabel, EdgeLabel>, reversed: bool) {
    let mut order: Vec<usize> = (0..scene.items.len()).collect();
    if reversed {
        order.reverse();
    }
    for index in order {
        let Some(item) = scene.items.get(index) else {
            continue;
        };
        let (width, height) = if item.container {
            (0.0, 0.0)
        } else {
            let (beside, height) = looped(scene, index);
            (item.width + beside, item.height.max(height))
        };
        let label = NodeLabel {
            width,
            height,
            ..NodeLabel::default()
        };
        graph.set_node(node(index), Some(label));
    }
    for (index, item) in scene.items.iter().enumerate() {
        let mut nodes = vec![node(index)];
        if scene
            .ties
            .iter()
            .any(|tie| item.container && tie.to == index)
        {
            nodes.push(above(index));
        }
        if scene
            .ties
            .iter()
            .any(|tie| item.container && tie.from == index)
        {
            nodes.push(below(index));
        }
        for name in nodes {
            if !graph.has_node(&name) {
                graph.set_node(name.clone(), Some(NodeLabel::default()));
            }
            if let Some(parent) = item.parent {
                graph.set_parent(&name, Some(&node(parent)));
            }
        }
    }
}

/// The space that the loop of a box takes beside it, with its label, and its height.
fn looped(scene: &Scene<'_>, item: usize) -> (f64, f64) {
    let mut ties = scene
        .ties
        .iter()
        .filter(|tie| tie.from == item && tie.to == item);
    ties.next().map_or((0.0, 0.0), |tie| {
        let (width, height) = label_size(tie);
        (width + LOOP, height)
    })
}

/// The size of the box of a tie's label.
fn label_size(tie: &Tie) -> (f64, f64) {
    let size = tie
        .label
        .as_ref()
        .map(|label| (label.width + 10.0, label.height + 4.0));
    size.unwrap_or_default()
}

fn add_ties(scene: &Scene<'_>, graph: &mut Graph<NodeLabel, EdgeLabel>, ends: &[(String, String)]) {
    for (number, (tie, (from, to))) in scene.ties.iter().zip(ends).enumerate() {
        if tie.from == tie.to {
            continue;
        }
        let (width, height) = label_size(tie);
        let label = EdgeLabel {
            width,
            height,
            labelpos: LabelPos::Center,
            ..EdgeLabel::default()
        };
        graph.set_edge(
            from.as_str(),
            to.as_str(),
            Some(label),
            Some(&number.to_string()),
        );
    }
}

fn above(container: usize) -> String {
    format!("above{container}")
}

fn below(container: usize) -> String {
    format!("below{container}")
}

fn node(index: usize) -> String {
    format!("n{index}")
}

fn read(
    scene: &Scene<'_>,
    graph: &Graph<NodeLabel, EdgeLabel>,
    ends: &[Ends],
    turned: &[bool],
) -> Placement {
    let mut placement = Placement::default();
    for (index, item) in scene.items.iter().enumerate() {
        let label = graph.node(&node(index));
        let whole = label.map(|label| Rect::around(middle(label), label.width, label.height));
        let mut rect = whole.unwrap_or_default();
        if !item.container {
            let y = rect.middle().y - item.height / 2.0;
            rect = Rect {
                y,
                width: item.width,
                height: item.height,
                ..rect
            };
        }
        placement.boxes.push(rect);
    }
    for (number, (tie, (from, to))) in scene.ties.iter().zip(ends).enumerate() {
        if tie.from == tie.to {
            let rect = placement.boxes.get(tie.from).copied().unwrap_or_default();
            let (width, height) = label_size(tie);
            let (x, y) = (rect.right() + LOOP, rect.middle().y - height / 2.0);
            placement.labels.push(Some(Rect {
                x,
                y,
                width,
                height,
            }));
            placement.bends.push(Vec::new());
            continue;
        }
        let edge = graph.edge(from, to, Some(&number.to_string()));
        let points = edge.map(|edge| edge.points.as_slice()).unwrap_or_default();
        // The first and the last point lie on the borders of the boxes, which are drawn elsewhere.
        let inner = points
            .get(1..points.len().saturating_sub(1))
            .unwrap_or_default();
        let inner = inner.iter().map(|point| Point {
            x: point.x,
            y: point.y,
        });
        let gate = |name: String| graph.node(&name).map(middle);
        let first = gate(below(tie.from)).filter(|_| is_container(scene, tie.from));
        let last = gate(above(tie.to)).filter(|_| is_container(scene, tie.to));
        let mut bends: Vec<Point> = inner.collect();
        if turned.get(number) == Some(&true) {
            bends.reverse();
        }
        let bends = first.into_iter().chain(bends).chain(last);
        placement.bends.push(bends.collect());
        let label = edge.and_then(|edge| {
            let middle = Point {
                x: edge.x?,
                y: edge.y?,
            };
            Some(Rect::around(middle, edge.width, edge.height))
        });
        placement.labels.push(label.filter(|_| tie.label.is_some()));
    }
    placement
}

fn middle(label: &NodeLabel) -> Point {
    Point {
        x: label.x.unwrap_or(0.0),
        y: label.y.unwrap_or(0.0),
    }
}
