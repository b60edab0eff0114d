//! How good a picture is, to choose between several.

use super::arrange::Placement;
use super::geometry::{Point, Rect};
use super::route::{Route, Step};
use super::scene::{Scene, Tie};

/// What a line that runs across a container costs, in units of length.
const ACROSS: f64 = 600.0;
/// What a line that runs into its container from the wrong side costs.
const WRONG_SIDE: f64 = 20_000.0;

/// The cost of a picture: the lower the better. Long ways to the side, lines across containers that
/// they have nothing to do with, and sheer size make it hard to read.
pub(super) fn cost(scene: &Scene<'_>, placement: &Placement, routes: &[Route]) -> f64 {
    let mut cost = 0.0;
    for (tie, route) in scene.ties.iter().zip(routes) {
        cost += sideways(route) + ACROSS * across(scene, placement, tie, route);
        cost += WRONG_SIDE * wrong_ends(scene, placement, tie, route);
    }
    let right = placement.boxes.iter().map(Rect::right).fold(0.0, f64::max);
    let bottom = placement.boxes.iter().map(Rect::bottom).fold(0.0, f64::max);
    cost + 2.0 * right + bottom
}

fn places(route: &Route) -> Vec<Point> {
    let steps = route.steps.iter().map(|step| match step {
        Step::Line(to) | Step::Curve(_, _, to) => *to,
    });
    std::iter::once(route.start).chain(steps).collect()
}

fn sideways(route: &Route) -> f64 {
    let places = places(route);
    let ways = places.windows(2).map(|pair| match pair {
        [a, b] => (b.x - a.x).abs(),
        _ => 0.0,
    });
    ways.sum()
}

/// How many pieces of a line run through a container around neither of its ends.
fn across(scene: &Scene<'_>, placement: &Placement, tie: &Tie, route: &Route) -> f64 {
    let foreign =
        scene
            .items
            .iter()
            .zip(&placement.boxes)
            .enumerate()
            .filter(|(index, (item, _))| {
                item.container
                    && !scene.contains(*index, tie.from)
                    && !scene.contains(*index, tie.to)
            });
    let foreign: Vec<Rect> = foreign.map(|(_, (_, rect))| *rect).collect();
    let places = places(route);
    let mut count = 0.0;
    for pair in places.windows(2) {
        let [a, b] = pair else { continue };
        let (x, y) = (a.x.min(b.x), a.y.min(b.y));
        let (width, height) = ((b.x - a.x).abs(), (b.y - a.y).abs());
        let way = Rect {
            x,
            y,
            width,
            height,
        };
        let met = foreign.iter().filter(|rect| rect.overlaps(&way));
        met.for_each(|_| count += 1.0);
    }
    count
}

/// How many ends of a line at a container are neither below it, going out, nor above it, coming in.
fn wrong_ends(scene: &Scene<'_>, placement: &Placement, tie: &Tie, route: &Route) -> f64 {
    let places = places(route);
    let second = places.get(1).copied();
    let last = places
        .len()
        .checked_sub(2)
        .and_then(|index| places.get(index).copied());
    let container = |item: usize| {
        let found = scene.items.get(item).is_some_and(|item| item.container);
        placement.boxes.get(item).filter(|_| found)
    };
    let mut count = 0.0;
    if let (Some(rect), Some(second)) = (container(tie.from), second) {
        count += if second.y < rect.bottom() { 1.0 } else { 0.0 };
    }
    if let (Some(rect), Some(last)) = (container(tie.to), last) {
        count += if last.y > rect.y { 1.0 } else { 0.0 };
    }
    count
}
