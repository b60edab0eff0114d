//! The lines of ties.
//!
//! In: a scene and its final placement. Out: for each tie a path that crosses layers upright and bends
//! between them, and its arrowhead. Since boxes stand in layers, a line meets no box but its ends.

use std::collections::BTreeMap;

use super::arrange::{LOOP, Placement};
use super::geometry::{Point, Rect};
use super::scene::{Figure, Scene, Tie};
use super::settle::Bands;

/// How far from a box's corner a line may end.
const CORNER: f64 = 12.0;
/// The space that is kept between the ends of two lines, where there is enough.
const BETWEEN: f64 = 18.0;

/// How far a line that turns round goes beyond the place where it does.
const TURN: f64 = 20.0;

/// The line of a tie.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Route {
    /// Where the line begins.
    pub(super) start: Point,
    /// Its pieces.
    pub(super) steps: Vec<Step>,
    /// Which way its arrowhead points.
    pub(super) arrow: Arrow,
}

/// A piece of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    /// Straight to a place.
    Line(Point),
    /// In a curve to a place, by two control points.
    Curve(Point, Point, Point),
}

/// Which way an arrowhead points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Arrow {
    /// Down.
    #[default]
    Down,
    /// Up.
    Up,
    /// To the left.
    Left,
}

/// A side of a box at which lines end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Top,
    Bottom,
}

/// One end of a line: the box, the side, and the place that it comes from.
#[derive(Debug, Clone, Copy)]
struct Port {
    item: usize,
    side: Side,
    toward: f64,
}

/// Draws the lines.
pub(super) fn routes(scene: &Scene<'_>, placement: &Placement, bands: &Bands) -> Vec<Route> {
    let bends = &placement.bends;
    let ports: Vec<[Port; 2]> = scene
        .ties
        .iter()
        .zip(bends)
        .map(|(tie, bends)| ports(placement, tie, bends))
        .collect();
    let places = spread_ports(scene, placement, &ports);
    let mut routes = Vec::new();
    for (number, (tie, bends)) in scene.ties.iter().zip(bends).enumerate() {
        let ends = [0, 1].map(|end| places.get(&(number, end)).copied().unwrap_or_default());
        let label = placement.labels.get(number).copied().flatten();
        routes.push(match ports.get(number) {
            Some(_) if tie.from == tie.to => looped(rect(placement, tie.from), label),
            Some(ports) => route(placement, bands, ports, bends, ends),
            None => Route::default(),
        });
    }
    routes
}

fn rect(placement: &Placement, item: usize) -> Rect {
    placement.boxes.get(item).copied().unwrap_or_default()
}

fn ports(placement: &Placement, tie: &Tie, bends: &[Point]) -> [Port; 2] {
    let (from, to) = (rect(placement, tie.from), rect(placement, tie.to));
    let after = bends.first().copied().unwrap_or_else(|| to.middle());
    let before = bends.last().copied().unwrap_or_else(|| from.middle());
    let side = |rect: Rect, other: Point| {
        if other.y > rect.middle().y {
            Side::Bottom
        } else {
            Side::Top
        }
    };
    [
        Port {
            item: tie.from,
            side: side(from, after),
            toward: after.x,
        },
        Port {
            item: tie.to,
            side: side(to, before),
            toward: before.x,
        },
    ]
}

/// A line that ends at a side: its number, which of its ends, and where it comes from.
type Caller = (usize, usize, f64);

/// Gives every end a place of its own on its side, in the order in which the lines come.
fn spread_ports(
    scene: &Scene<'_>,
    placement: &Placement,
    ports: &[[Port; 2]],
) -> BTreeMap<(usize, usize), Point> {
    let mut sides: BTreeMap<(usize, Side), Vec<Caller>> = BTreeMap::new();
    for (number, ends) in ports.iter().enumerate() {
        for (end, port) in ends.iter().enumerate() {
            let side = sides.entry((port.item, port.side)).or_default();
            side.push((number, end, port.toward));
        }
    }
    let mut places = BTreeMap::new();
    for ((item, side), mut ends) in sides {
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let rect = rect(placement, item);
        let round = scene
            .items
            .get(item)
            .is_none_or(|item| !matches!(item.figure, Figure::State(_)));
        let room = if round {
            0.0
        } else {
            (rect.width - 2.0 * CORNER).max(0.0)
        };
        let y = if side == Side::Bottom {
            rect.bottom()
        } else {
            rect.y
        };
        let xs = spread(&ends, rect.middle().x - room / 2.0, room);
        for ((number, end, _), x) in ends.into_iter().zip(xs) {
            places.insert((number, end), Point { x, y });
        }
    }
    places
}

/// Places along a side: near where each line comes from, apart from each other, within the side.
fn spread(ends: &[Caller], left: f64, room: f64) -> Vec<f64> {
    let gaps = u32::try_from(ends.len().saturating_sub(1)).map_or(0.0, f64::from);
    let gap = if gaps > 0.0 {
        (room / gaps).min(BETWEEN)
    } else {
        0.0
    };
    let mut xs = Vec::new();
    let mut least = left;
    for (_, _, toward) in ends {
        let x = toward.clamp(least.min(left + room), left + room);
        least = x + gap;
        xs.push(x);
    }
    let mut most = left + room;
    for x in xs.iter_mut().rev() {
        *x = x.min(most);
        most = *x - gap;
    }
    xs
}

fn route(
    placement: &Placement,
    bands: &Bands,
    ports: &[Port; 2],
    bends: &[Point],
    [start, goal]: [Point; 2],
) -> Route {
    let [first, last] = ports;
    let leave = edge_of_band(placement, bands, first, start);
    let enter = edge_of_band(placement, bands, last, goal);
    let out = if first.side == Side::Bottom {
        Course::Down
    } else {
        Course::Up
    };
    let into = if last.side == Side::Top {
        Course::Down
    } else {
        Course::Up
    };
    let mut stops = vec![(start, out), (leave, out)];
    let mut before = leave;
    for (index, bend) in bends.iter().enumerate() {
        let after = bends.get(index + 1).copied().unwrap_or(enter);
        let (from, to) = (
            Course::between(before, *bend),
            Course::between(*bend, after),
        );
        let (top, bottom) = bands.at(bend.y);
        let (above, below) = (
            Point { x: bend.x, y: top },
            Point {
                x: bend.x,
                y: bottom,
            },
        );
        match (from, to) {
            (Course::Down, Course::Down) => stops.extend([(above, to), (below, to)]),
            (Course::Up, Course::Up) => stops.extend([(below, to), (above, to)]),
            // Only at the gate of a container does a line turn round.
            _ if index == 0 => stops.push((*bend, from)),
            _ => stops.push((*bend, to)),
        }
        before = *bend;
    }
    stops.extend([(enter, into), (goal, into)]);
    let steps = stops.windows(2).filter_map(|pair| match pair {
        [a, b] => step(*a, *b),
        _ => None,
    });
    let arrow = if into == Course::Down {
        Arrow::Down
    } else {
        Arrow::Up
    };
    Route {
        start,
        steps: steps.collect(),
        arrow,
    }
}

/// Which way a line runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Down,
    Up,
}

impl Course {
    fn between(a: Point, b: Point) -> Self {
        if b.y >= a.y { Self::Down } else { Self::Up }
    }

    /// A height further along.
    fn along(self, y: f64, by: f64) -> f64 {
        match self {
            Self::Down => y + by,
            Self::Up => y - by,
        }
    }
}

/// Above or below a place on a box's side, where the box's layer ends: lines are upright until there.
fn edge_of_band(placement: &Placement, bands: &Bands, port: &Port, place: Point) -> Point {
    let (top, bottom) = bands.at(rect(placement, port.item).middle().y);
    let y = match port.side {
        Side::Top => top.min(place.y),
        Side::Bottom => bottom.max(place.y),
    };
    Point { x: place.x, y }
}

fn step((a, out): (Point, Course), (b, into): (Point, Course)) -> Option<Step> {
    let (dx, dy) = ((b.x - a.x).abs(), (b.y - a.y).abs());
    if dx < 0.05 && dy < 0.05 {
        return None;
    }
    let turns = out != into || (dy >= 0.5 && Course::between(a, b) != out);
    if !turns && (dx < 0.5 || dy < 0.5) {
        return Some(Step::Line(b));
    }
    let reach = if turns { TURN } else { dy / 2.0 };
    let first = Point {
        x: a.x,
        y: out.along(a.y, reach),
    };
    let second = Point {
        x: b.x,
        y: into.along(b.y, -reach),
    };
    Some(Step::Curve(first, second, b))
}

/// A line from a box to itself, at its right side.
fn looped(rect: Rect, label: Option<Rect>) -> Route {
    let middle = rect.middle().y;
    let far = label.map_or(rect.right() + LOOP, |label| label.x) - 2.0;
    let half = (rect.height / 2.0 - 4.0).clamp(3.0, 9.0);
    let point = |x, y| Point { x, y };
    let start = point(rect.right(), middle - half);
    let goal = point(rect.right(), middle + half);
    let out = Step::Curve(start, point(far, middle - half), point(far, middle));
    let back = Step::Curve(point(far, middle + half), goal, goal);
    Route {
        start,
        steps: vec![out, back],
        arrow: Arrow::Left,
    }
}
