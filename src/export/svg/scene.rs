//! What is to be placed: boxes within boxes, and the ties between them.
//!
//! In: a model. Out: a [`Scene`] whose ties join boxes without boxes in them, as a layered layout
//! needs: a tie to or from a state with states within names that state and is brought to its border
//! later.

use std::collections::BTreeMap;

use super::block::Block;
use crate::export::label::{Drawing, End, Past, past_parent};
use crate::export::model::{Fate, Kind, Model, State};

/// Space between a box's border and what stands in it.
pub(super) const PADDING: f64 = 12.0;

/// Boxes and ties.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Scene<'a> {
    /// The boxes, each before those within it.
    pub(super) items: Vec<Item<'a>>,
    /// The ties.
    pub(super) ties: Vec<Tie>,
}

/// One box.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item<'a> {
    /// What it shows.
    pub(super) figure: Figure<'a>,
    /// The box around it.
    pub(super) parent: Option<usize>,
    /// Whether it has boxes within.
    pub(super) container: bool,
    /// Its text.
    pub(super) block: Block,
    /// Its width; of a container, the least.
    pub(super) width: f64,
    /// Its height; of a container, that of its heading.
    pub(super) height: f64,
}

/// What a box shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Figure<'a> {
    /// Where orders start, or which state within is entered first.
    Dot,
    /// The state around it, where a tie leads from or to one within it.
    Ring,
    /// A past that is entered again.
    Past(Past<'a>),
    /// A state.
    State(&'a State),
}

/// A line between two boxes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tie {
    /// From where.
    pub(super) from: usize,
    /// To where.
    pub(super) to: usize,
    /// What is written on it.
    pub(super) label: Option<Block>,
    /// Whether it is dashed.
    pub(super) inferred: bool,
    /// What became of it since an earlier version.
    pub(super) fate: Option<Fate>,
}

/// Collects boxes and ties.
pub(super) fn scene<'a>(model: &'a Model, drawing: &Drawing<'a>) -> Scene<'a> {
    let mut builder = Builder::default();
    let start = drawing.links.iter().any(|link| link.from == End::Start);
    let start = start.then(|| builder.mark(Figure::Dot, None, 16.0, Block::default()));
    for state in &model.states {
        builder.state(model, state);
    }
    for state in &model.states {
        let initial = state.parent.as_deref().filter(|_| state.initial);
        let around = initial.and_then(|path| builder.at.get(path).copied());
        if let (Some(around), Some(&to)) = (around, builder.at.get(state.path.as_str())) {
            let dot = builder.mark(Figure::Dot, Some(around), 11.0, Block::default());
            builder.dots.insert(around, dot);
            builder.tie((dot, to), None, (false, None));
        }
    }
    let pasts = drawing.pasts.iter().map(|&past| {
        let parent = past_parent(model, past).and_then(|path| builder.at.get(path).copied());
        let size = if past.kind == crate::export::model::TargetKind::Back {
            40.0
        } else {
            26.0
        };
        builder.mark(Figure::Past(past), parent, size, Block::default())
    });
    let pasts: Vec<usize> = pasts.collect();
    for link in &drawing.links {
        let end = |end: End<'a>| match end {
            End::Start => start,
            End::State(path) => builder.at.get(path).copied(),
            End::Past(number) => pasts.get(number).copied(),
        };
        if let (Some(from), Some(to)) = (end(link.from), end(link.to)) {
            let (from, to) = builder.gates(from, to);
            let label = Block::of_lines(&link.lines, link.inferred);
            builder.tie((from, to), label, (link.inferred, link.fate));
        }
    }
    builder.scene
}

#[derive(Default)]
struct Builder<'a> {
    scene: Scene<'a>,
    at: BTreeMap<&'a str, usize>,
    dots: BTreeMap<usize, usize>,
    rings: BTreeMap<usize, usize>,
}

impl<'a> Builder<'a> {
    fn add(&mut self, item: Item<'a>) -> usize {
        self.scene.items.push(item);
        self.scene.items.len() - 1
    }

    fn mark(
        &mut self,
        figure: Figure<'a>,
        parent: Option<usize>,
        size: f64,
        block: Block,
    ) -> usize {
        self.add(Item {
            figure,
            parent,
            container: false,
            block,
            width: size,
            height: size,
        })
    }

    fn state(&mut self, model: &'a Model, state: &'a State) {
        let parent = state
            .parent
            .as_deref()
            .and_then(|path| self.at.get(path).copied());
        let block = Block::of_state(model, state);
        let (width, height) = (block.width + 2.0 * PADDING, block.height + 1.5 * PADDING);
        let item = Item {
            figure: Figure::State(state),
            parent,
            container: matches!(state.kind, Kind::Compound | Kind::Parallel),
            block,
            width: width.max(70.0),
            height: height.max(36.0),
        };
        let index = self.add(item);
        self.at.insert(&state.path, index);
    }

    fn tie(
        &mut self,
        (from, to): (usize, usize),
        label: Option<Block>,
        (inferred, fate): (bool, Option<Fate>),
    ) {
        self.scene.ties.push(Tie {
            from,
            to,
            label,
            inferred,
            fate,
        });
    }

    /// A tie cannot lead between a box and one within it: a ring or the dot in it stands for the outer
    /// one.
    fn gates(&mut self, from: usize, to: usize) -> (usize, usize) {
        let outward = self.scene.contains(to, from) && self.is_container(to);
        let inward = self.scene.contains(from, to) && self.is_container(from);
        let gate = if inward { self.ring(from) } else { from };
        let goal = if outward {
            self.dots.get(&to).copied()
        } else {
            Some(to)
        };
        let goal = goal.unwrap_or_else(|| self.ring(to));
        (gate, goal)
    }

    fn is_container(&self, item: usize) -> bool {
        self.scene
            .items
            .get(item)
            .is_some_and(|item| item.container)
    }

    fn ring(&mut self, around: usize) -> usize {
        if let Some(&ring) = self.rings.get(&around) {
            return ring;
        }
        let ring = self.mark(Figure::Ring, Some(around), 12.0, Block::default());
        self.rings.insert(around, ring);
        ring
    }
}

impl Scene<'_> {
    /// Whether `inner` is `outer` or lies within it.
    pub(super) fn contains(&self, outer: usize, inner: usize) -> bool {
        std::iter::successors(Some(inner), |&item| self.parent(item)).any(|item| item == outer)
    }

    /// The box around a box.
    pub(super) fn parent(&self, item: usize) -> Option<usize> {
        self.items.get(item).and_then(|item| item.parent)
    }
}
