//! The workflow as an SVG picture.
//!
//! In: a workflow of at most [`MOST_STATES`] states. Out: an SVG text, or the [`Layout`] behind it. No
//! two boxes or labels overlap, but a state and those within it, whatever the workflow; the same
//! workflow gives the same bytes. Texts are measured with the widest of the common fonts, so that they
//! fit into their boxes with any of them.

mod arrange;
mod block;
mod draw;
mod geometry;
mod judge;
mod legend;
mod mark;
mod orient;
mod route;
mod scene;
mod settle;
mod width;

pub use geometry::Rect;

use self::arrange::Placement;
use self::geometry::Point;
use self::route::{Route, Step};
use self::scene::{Figure, Scene};
use super::label::{Drawing, drawing};
use super::model::{Model, model};
use crate::graph::Workflow;

/// The most states that a picture shows; larger ones are not readable.
pub const MOST_STATES: usize = 200;

/// The most boxes of a scene that is placed in every manner.
const MANY: usize = 48;

/// The most lines that a picture shows.
pub const MOST_LINES: usize = 800;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// Too many states.
    #[error(
        "the workflow has {0} states, and a picture shows at most {MOST_STATES}: use `dot` or `json`"
    )]
    TooManyStates(usize),
    /// Too many lines between them.
    #[error(
        "the workflow has {0} ways between states, and a picture shows at most {MOST_LINES}: use `dot` or `json`"
    )]
    TooManyLines(usize),
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// States and marks.
    pub boxes: Vec<Placed>,
    /// The texts on the lines between them.
    pub labels: Vec<Rect>,
    /// The lines, as the places that they run through.
    pub lines: Vec<Vec<(f64, f64)>>,
}

/// A state or a mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The path of the state; absent for a mark.
    pub path: Option<String>,
    /// The number of the box around it.
    pub within: Option<usize>,
    /// Whether it has boxes within.
    pub container: bool,
    /// Where it stands.
    pub rect: Rect,
}

/// Draws the workflow.
///
/// # Errors
/// When the workflow is too large for a picture.
pub fn svg(workflow: &Workflow) -> Result<String, ExportError> {
    svg_of(&model(workflow))
}

/// Draws a model; what became of states and ways is coloured.
///
/// # Errors
/// When the model is too large for a picture.
pub fn svg_of(model: &Model) -> Result<String, ExportError> {
    let drawing = drawing(model);
    let (scene, placement, routes) = place(model, &drawing)?;
    let sheet = draw::Sheet {
        model,
        scene: &scene,
        placement: &placement,
        routes: &routes,
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = draw::draw(&mut out, &sheet);
    Ok(out)
}

/// Says where everything stands in the picture of the workflow.
///
/// # Errors
/// When the workflow is too large for a picture.
pub fn layout(workflow: &Workflow) -> Result<Layout, ExportError> {
    let model = model(workflow);
    let drawing = drawing(&model);
    let (scene, placement, routes) = place(&model, &drawing)?;
    let items = scene.items.iter().zip(&placement.boxes);
    let boxes = items.map(|(item, rect)| Placed {
        path: match item.figure {
            Figure::State(state) => Some(state.path.clone()),
            _ => None,
        },
        within: item.parent,
        container: item.container,
        rect: *rect,
    });
    Ok(Layout {
        boxes: boxes.collect(),
        labels: placement.labels.iter().flatten().copied().collect(),
        lines: routes.iter().map(places).collect(),
    })
}

fn places(route: &Route) -> Vec<(f64, f64)> {
    let start = std::iter::once(route.start);
    let steps = route.steps.iter().map(|step| match step {
        Step::Line(to) | Step::Curve(_, _, to) => *to,
    });
    start.chain(steps).map(|place| (place.x, place.y)).collect()
}

type Picture<'a> = (Scene<'a>, Placement, Vec<Route>);

fn place<'a>(model: &'a Model, drawing: &Drawing<'a>) -> Result<Picture<'a>, ExportError> {
    if model.states.len() > MOST_STATES {
        return Err(ExportError::TooManyStates(model.states.len()));
    }
    if drawing.links.len() > MOST_LINES {
        return Err(ExportError::TooManyLines(drawing.links.len()));
    }
    let scene = scene::scene(model, drawing);
    // Each try takes a second for the largest scenes, in which none would be much better than another.
    let count = if scene.items.len() > MANY {
        1
    } else {
        usize::MAX
    };
    let tries = arrange::Manner::all().take(count).map(|manner| {
        let (placement, routes) = try_place(&scene, manner);
        (judge::cost(&scene, &placement, &routes), placement, routes)
    });
    // The first of several equally good ones is taken, so that the choice is always the same.
    let best = tries.reduce(|best, other| if other.0 < best.0 { other } else { best });
    let (_, placement, routes) = best.unwrap_or_default();
    Ok((scene, placement, routes))
}

fn try_place(scene: &Scene<'_>, manner: arrange::Manner) -> (Placement, Vec<Route>) {
    let (mut placement, bands) = settle::settle(scene, arrange::arrange(scene, manner));
    let left = leftmost(&placement);
    let corner = Point {
        x: mark::MARGIN - left,
        y: mark::MARGIN + draw::HEADING,
    };
    let bands = bands.moved(corner.y);
    shift(&mut placement, corner);
    let routes = route::routes(scene, &placement, &bands);
    (placement, routes)
}

fn leftmost(placement: &Placement) -> f64 {
    let boxes = placement
        .boxes
        .iter()
        .chain(placement.labels.iter().flatten());
    let sides = boxes.map(|rect| rect.x);
    let bends = placement.bends.iter().flatten().map(|point| point.x);
    let left = sides.chain(bends).fold(f64::INFINITY, f64::min);
    if left.is_finite() { left } else { 0.0 }
}

fn shift(placement: &mut Placement, by: Point) {
    let labels = placement.labels.iter_mut().flatten();
    for rect in placement.boxes.iter_mut().chain(labels) {
        rect.x += by.x;
        rect.y += by.y;
    }
    for point in placement.bends.iter_mut().flatten() {
        point.x += by.x;
        point.y += by.y;
    }
}
