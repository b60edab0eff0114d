//! The final placement: headings get their space, and whatever is too close is moved to the right.
//!
//! In: a scene and dagre's placement. Out: a placement in which no two boxes or labels overlap but a
//! container and what is in it, for any input: within each container, from the innermost outwards,
//! boxes, labels and bends are taken from left to right and moved behind all before them that they
//! share a height with. Layers keep their heights, and their order from left to right.

use std::collections::BTreeMap;

use super::arrange::Placement;
use super::geometry::{Point, Rect};
use super::scene::{PADDING, Scene};

/// The heights that a layer takes, by the height of its middle.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Bands(BTreeMap<i64, (f64, f64)>);

impl Bands {
    /// The upper and the lower end of the layer whose middle is at `y`.
    pub(super) fn at(&self, y: f64) -> (f64, f64) {
        let half = self.0.get(&key(y)).map_or(0.0, |(_, half)| *half);
        (y - half, y + half)
    }

    /// The same layers, moved down.
    pub(super) fn moved(&self, by: f64) -> Self {
        let moved = self
            .0
            .values()
            .map(|(y, half)| (key(y + by), (y + by, *half)));
        Self(moved.collect())
    }

    fn of(scene: &Scene<'_>, placement: &Placement) -> Self {
        let mut bands = BTreeMap::new();
        let leaves = scene
            .items
            .iter()
            .zip(&placement.boxes)
            .filter(|(item, _)| !item.container);
        let boxes = leaves
            .map(|(_, rect)| rect)
            .chain(placement.labels.iter().flatten());
        for rect in boxes {
            let y = rect.middle().y;
            let band: &mut (f64, f64) = bands.entry(key(y)).or_insert((y, 0.0));
            band.1 = band.1.max(rect.height / 2.0);
        }
        Self(bands)
    }
}

/// Layers lie far apart: a tenth of a unit tells them from each other.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a picture is smaller than 2^63 units"
)]
fn key(y: f64) -> i64 {
    (y * 10.0).round() as i64
}

/// Settles a placement.
pub(super) fn settle(scene: &Scene<'_>, mut placement: Placement) -> (Placement, Bands) {
    make_room_for_headings(scene, &mut placement);
    let bands = Bands::of(scene, &placement);
    let mut pieces = Pieces::of(scene, &placement, &bands);
    pieces.spread(scene);
    pieces.write(&mut placement);
    (placement, bands)
}

/// Moves everything below the top of a container down by the height of its heading.
fn make_room_for_headings(scene: &Scene<'_>, placement: &mut Placement) {
    let mut cuts: Vec<(f64, f64)> = Vec::new();
    for (item, rect) in scene.items.iter().zip(&placement.boxes) {
        if item.container {
            match cuts.iter_mut().find(|(top, _)| key(*top) == key(rect.y)) {
                Some((_, height)) => *height = height.max(item.height),
                None => cuts.push((rect.y, item.height)),
            }
        }
    }
    cuts.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (top, height) in cuts {
        let below = |y: f64| key(y) > key(top);
        for (item, rect) in scene.items.iter().zip(&mut placement.boxes) {
            if item.container && !below(rect.y) && below(rect.bottom()) {
                rect.height += height;
            } else if below(if item.container {
                rect.y
            } else {
                rect.middle().y
            }) {
                rect.y += height;
            }
        }
        for rect in placement.labels.iter_mut().flatten() {
            if below(rect.middle().y) {
                rect.y += height;
            }
        }
        for point in placement.bends.iter_mut().flatten() {
            if below(point.y) {
                point.y += height;
            }
        }
    }
}

/// What must not overlap.
#[derive(Debug, Clone, Copy)]
struct Piece {
    rect: Rect,
    margin: f64,
    what: What,
    /// The container it is moved in, by its item.
    home: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    Item(usize),
    Label(usize),
    Bend(usize, usize),
}

struct Pieces(Vec<Piece>);

impl Pieces {
    fn of(scene: &Scene<'_>, placement: &Placement, bands: &Bands) -> Self {
        let mut pieces = Vec::new();
        for (index, (item, rect)) in scene.items.iter().zip(&placement.boxes).enumerate() {
            let what = What::Item(index);
            pieces.push(Piece {
                rect: *rect,
                margin: 28.0,
                what,
                home: item.parent,
            });
        }
        for (number, bends) in placement.bends.iter().enumerate() {
            let label = placement.labels.get(number).copied().flatten();
            let home = |point| home(scene, placement, number, point);
            if let Some(rect) = label {
                let what = What::Label(number);
                pieces.push(Piece {
                    rect,
                    margin: 16.0,
                    what,
                    home: home(rect.middle()),
                });
            }
            for (index, point) in bends.iter().enumerate() {
                if label.is_some_and(|label| key(label.middle().y) == key(point.y)) {
                    continue;
                }
                let (top, bottom) = bands.at(point.y);
                let rect = Rect {
                    x: point.x,
                    y: top,
                    width: 0.0,
                    height: bottom - top,
                };
                let what = What::Bend(number, index);
                pieces.push(Piece {
                    rect,
                    margin: 10.0,
                    what,
                    home: home(*point),
                });
            }
        }
        Self(pieces)
    }

    /// Spreads the pieces of every container, the innermost first, and of the whole last.
    fn spread(&mut self, scene: &Scene<'_>) {
        let containers = scene
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.container);
        let mut homes: Vec<Option<usize>> = containers.map(|(index, _)| Some(index)).collect();
        homes.reverse();
        homes.push(None);
        for home in homes {
            self.spread_within(scene, home);
            let Some(container) = home else { continue };
            let mut within = self
                .0
                .iter()
                .filter(|piece| piece.home == home)
                .map(|piece| piece.rect);
            let Some(first) = within.next() else { continue };
            let (left, right, bottom) = within.fold(
                (first.x, first.right(), first.bottom()),
                |(left, right, bottom), rect| {
                    (
                        left.min(rect.x),
                        right.max(rect.right()),
                        bottom.max(rect.bottom()),
                    )
                },
            );
            let least = scene.items.get(container).map_or(0.0, |item| item.width);
            if let Some(piece) = self.0.get_mut(container) {
                piece.rect.x = left - PADDING;
                piece.rect.width = (right - left + 2.0 * PADDING).max(least);
                piece.rect.height = piece.rect.height.max(bottom + PADDING - piece.rect.y);
            }
        }
    }

    fn spread_within(&mut self, scene: &Scene<'_>, home: Option<usize>) {
        let pieces = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, piece)| piece.home == home);
        let mut order: Vec<(usize, f64)> = pieces
            .map(|(index, piece)| (index, piece.rect.middle().x))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut before: Vec<Piece> = Vec::new();
        for (index, _) in order {
            let Some(piece) = self.0.get(index).copied() else {
                continue;
            };
            let close = before
                .iter()
                .filter(|other| other.rect.overlaps_in_height(&piece.rect));
            let least =
                close.map(|other| other.rect.right() + f64::midpoint(other.margin, piece.margin));
            let x = least.fold(piece.rect.x, f64::max);
            self.shift(scene, index, x - piece.rect.x);
            before.extend(self.0.get(index));
        }
    }

    /// Moves a piece and what is in it to the right.
    fn shift(&mut self, scene: &Scene<'_>, index: usize, by: f64) {
        if by <= 0.0 {
            return;
        }
        let Some(what) = self.0.get(index).map(|piece| piece.what) else {
            return;
        };
        for piece in &mut self.0 {
            let inside = match (what, piece.home) {
                (What::Item(outer), Some(home)) => scene.contains(outer, home),
                _ => false,
            };
            if inside || piece.what == what {
                piece.rect.x += by;
            }
        }
    }

    fn write(&self, placement: &mut Placement) {
        for piece in &self.0 {
            match piece.what {
                What::Item(item) => {
                    if let Some(rect) = placement.boxes.get_mut(item) {
                        *rect = piece.rect;
                    }
                }
                What::Label(tie) => {
                    if let Some(rect) = placement.labels.get_mut(tie) {
                        *rect = Some(piece.rect);
                    }
                    for bend in placement.bends.get_mut(tie).into_iter().flatten() {
                        if key(bend.y) == key(piece.rect.middle().y) {
                            bend.x = piece.rect.middle().x;
                        }
                    }
                }
                What::Bend(tie, index) => {
                    let bend = placement
                        .bends
                        .get_mut(tie)
                        .and_then(|bends| bends.get_mut(index));
                    if let Some(bend) = bend {
                        bend.x = piece.rect.x;
                    }
                }
            }
        }
    }
}

/// The innermost container around a place, of those around the ends of a tie.
fn home(scene: &Scene<'_>, placement: &Placement, tie: usize, place: Point) -> Option<usize> {
    let tie = scene.ties.get(tie)?;
    let around = |item: usize| std::iter::successors(Some(item), |&item| scene.parent(item));
    let containers = around(tie.from).chain(around(tie.to)).filter(|&item| {
        scene.items.get(item).is_some_and(|item| item.container)
            && placement
                .boxes
                .get(item)
                .is_some_and(|rect| rect.holds(place))
    });
    // A container's number is higher than those of the containers around it.
    containers.max()
}
