//! The picture as SVG text.
//!
//! In: a scene, its placement and its lines. Out: SVG with a style sheet, without scripts, links or
//! anything that is loaded. It has a light background of its own, so that it looks alike on dark pages.

use std::fmt::{Result, Write};

use super::arrange::Placement;
use super::block::{Block, CHIP_SIZE, Front, GLYPH, Row};
use super::geometry::{Point, Rect};
use super::legend::{self, Legend};
use super::mark::{MARGIN, clock, escape, number, text};
use super::route::{Arrow, Route, Step};
use super::scene::{Figure, Item, PADDING, Scene, Tie};
use super::width::text_width;
use crate::export::label::Past;
use crate::export::model::{Fate, Kind, Marker, Model, State};
use crate::export::text::clean;

/// The height of the heading.
pub(super) const HEADING: f64 = 48.0;

/// What is drawn.
pub(super) struct Sheet<'a> {
    pub(super) model: &'a Model,
    pub(super) scene: &'a Scene<'a>,
    pub(super) placement: &'a Placement,
    pub(super) routes: &'a [Route],
}

/// Writes the picture.
pub(super) fn draw(out: &mut String, sheet: &Sheet<'_>) -> Result {
    let legend = Legend::of(sheet.scene);
    let (right, bottom) = extent(sheet);
    let title = clean(&sheet.model.title);
    let under = format!(
        "{}, version {}",
        clean(&sheet.model.workflow),
        sheet.model.version
    );
    let widths = [
        right + MARGIN,
        text_width(&title, 17.0, true) + 2.0 * MARGIN,
        text_width(&under, 11.0, false) + 2.0 * MARGIN,
        legend.width() + 2.0 * MARGIN,
    ];
    let width = widths.into_iter().fold(0.0, f64::max);
    let height = bottom + legend.height() + MARGIN;
    let (w, h) = (number(width), number(height));
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\">"
    )?;
    writeln!(out, "<title>{}</title>", escape(&title))?;
    writeln!(out, "<style>\n{}</style>", style(sheet))?;
    writeln!(out, "<rect class=\"paper\" width=\"{w}\" height=\"{h}\"/>")?;
    text(out, "heading", MARGIN, MARGIN + 14.0, &title)?;
    text(out, "under", MARGIN, MARGIN + 31.0, &under)?;
    let items = sheet.scene.items.iter().zip(&sheet.placement.boxes);
    for (item, rect) in items.clone().filter(|(item, _)| item.container) {
        let fate = match item.figure {
            Figure::State(state) => fate_class(state.fate),
            _ => String::new(),
        };
        let class = format!("{}{fate}", container_class(sheet.scene, item));
        boxed(out, &class, *rect, 10.0)?;
    }
    for (tie, route) in sheet.scene.ties.iter().zip(sheet.routes) {
        line(out, route, tie)?;
    }
    for (item, rect) in items {
        if item.container {
            heading(out, sheet.scene, item, *rect)?;
        } else {
            figure(out, item, *rect)?;
        }
    }
    for (tie, rect) in sheet.scene.ties.iter().zip(&sheet.placement.labels) {
        if let (Some(label), Some(rect)) = (&tie.label, rect) {
            let rect = *rect;
            boxed(out, "label", rect, 4.0)?;
            block(out, label, rect.x + 5.0, rect.y + 2.0)?;
        }
    }
    legend::draw(out, &legend, bottom + 14.0)?;
    writeln!(out, "</svg>")
}

/// The style sheet; that of two versions in one picture colours more.
fn style(sheet: &Sheet<'_>) -> String {
    let compares = sheet.model.states.iter().any(|state| state.fate.is_some())
        || sheet.scene.ties.iter().any(|tie| tie.fate.is_some());
    let fates = if compares {
        include_str!("fates.css")
    } else {
        ""
    };
    include_str!("style.css").to_owned() + fates
}

/// The right and the lower end of all that is drawn.
fn extent(sheet: &Sheet<'_>) -> (f64, f64) {
    let boxes = sheet
        .placement
        .boxes
        .iter()
        .chain(sheet.placement.labels.iter().flatten());
    let (mut right, mut bottom) = boxes.fold((MARGIN, HEADING), |(right, bottom), rect| {
        (
            f64::max(right, rect.right()),
            f64::max(bottom, rect.bottom()),
        )
    });
    for point in sheet.placement.bends.iter().flatten() {
        right = right.max(point.x);
        bottom = bottom.max(point.y);
    }
    (right, bottom)
}

fn container_class(scene: &Scene<'_>, item: &Item<'_>) -> &'static str {
    let region = matches!(item.figure, Figure::State(state) if state.region);
    let depth = std::iter::successors(item.parent, |&parent| scene.parent(parent)).count();
    match (region, depth % 2) {
        (true, 0) => "around region",
        (true, _) => "around deep region",
        (false, 0) => "around",
        (false, _) => "around deep",
    }
}

/// The text of a container, on a ground of its own: lines may run below it.
fn heading(out: &mut String, scene: &Scene<'_>, item: &Item<'_>, rect: Rect) -> Result {
    let ground = Rect {
        x: rect.x + PADDING - 4.0,
        y: rect.y + 4.0,
        width: item.block.width + 8.0,
        height: item.block.height + 10.0,
    };
    let class = if container_class(scene, item).contains("deep") {
        "ground deep"
    } else {
        "ground"
    };
    boxed(out, class, ground, 4.0)?;
    block(out, &item.block, rect.x + PADDING, rect.y + PADDING * 0.75)
}

fn figure(out: &mut String, item: &Item<'_>, rect: Rect) -> Result {
    let middle = rect.middle();
    let (x, y) = (number(middle.x), number(middle.y));
    match item.figure {
        Figure::Dot => {
            let radius = number(rect.width / 2.0);
            writeln!(
                out,
                "<circle class=\"dot\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"
            )
        }
        Figure::Ring => writeln!(
            out,
            "<circle class=\"ring\" cx=\"{x}\" cy=\"{y}\" r=\"5\"/>"
        ),
        Figure::Past(past) => mark(out, past, rect),
        Figure::State(state) => state_box(out, item, state, rect),
    }
}

fn mark(out: &mut String, past: Past<'_>, rect: Rect) -> Result {
    let middle = rect.middle();
    boxed(out, "ring", rect, rect.width / 2.0)?;
    text(out, "past", middle.x, middle.y + 4.0, past.word())
}

fn state_box(out: &mut String, item: &Item<'_>, state: &State, rect: Rect) -> Result {
    let mut class = "state".to_owned();
    if state.markers.contains(&Marker::Inferred) {
        class.push_str(" inferred");
    }
    if Block::is_faint(state) {
        class.push_str(" faint");
    }
    class.push_str(&fate_class(state.fate));
    boxed(out, &class, rect, 8.0)?;
    if state.kind == Kind::Final {
        let inner = Rect::around(rect.middle(), rect.width - 6.0, rect.height - 6.0);
        boxed(out, "inner", inner, 6.0)?;
    }
    let top = rect.middle().y - item.block.height / 2.0;
    let left = rect.middle().x - item.block.width / 2.0;
    block(out, &item.block, left, top)
}

fn boxed(out: &mut String, class: &str, rect: Rect, radius: f64) -> Result {
    writeln!(
        out,
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        number(rect.x),
        number(rect.y),
        number(rect.width),
        number(rect.height),
        number(radius)
    )
}

/// Writes rows of text below each other.
pub(super) fn block(out: &mut String, block: &Block, x: f64, mut y: f64) -> Result {
    for row in &block.rows {
        match row {
            Row::Text {
                text: words,
                style,
                front,
            } => {
                if *front == Front::Clock {
                    clock(out, x + 5.5, y + style.height() / 2.0)?;
                }
                let inset = if *front == Front::Nothing { 0.0 } else { GLYPH };
                text(
                    out,
                    style.class(),
                    x + inset,
                    y + style.height() * 0.76,
                    words,
                )?;
            }
            Row::Chips(chips) => {
                let mut left = x;
                for chip in chips {
                    let rect = Rect {
                        x: left,
                        y: y + 2.0,
                        width: chip.width(),
                        height: 16.0,
                    };
                    boxed(out, chip.class, rect, 8.0)?;
                    text(
                        out,
                        "flag",
                        left + chip.width() / 2.0,
                        y + 2.0 + 8.0 + CHIP_SIZE * 0.36,
                        &chip.text,
                    )?;
                    left += chip.width() + 4.0;
                }
            }
            Row::Space => {}
        }
        y += row.height();
    }
    Ok(())
}

fn line(out: &mut String, route: &Route, tie: &Tie) -> Result {
    let mut path = format!("M{}", place(route.start));
    let mut end = route.start;
    for step in &route.steps {
        match step {
            Step::Line(to) => {
                write!(path, "L{}", place(*to))?;
                end = *to;
            }
            Step::Curve(a, b, to) => {
                write!(path, "C{} {} {}", place(*a), place(*b), place(*to))?;
                end = *to;
            }
        }
    }
    let inferred = if tie.inferred { " inferred" } else { "" };
    let fate = fate_class(tie.fate);
    writeln!(out, "<path class=\"tie{inferred}{fate}\" d=\"{path}\"/>")?;
    let (long, wide) = (8.0, 4.0);
    let corners = match route.arrow {
        Arrow::Down => [(0.0, 0.0), (-wide, -long), (wide, -long)],
        Arrow::Up => [(0.0, 0.0), (-wide, long), (wide, long)],
        Arrow::Left => [(0.0, 0.0), (long, -wide), (long, wide)],
    };
    let corners = corners.map(|(dx, dy)| {
        place(Point {
            x: end.x + dx,
            y: end.y + dy,
        })
    });
    writeln!(
        out,
        "<path class=\"head{fate}\" d=\"M{}Z\"/>",
        corners.join("L")
    )
}

/// The class of what became of something, behind another class.
fn fate_class(fate: Option<Fate>) -> String {
    fate.map_or_else(String::new, |fate| format!(" {}", fate.word()))
}

fn place(point: Point) -> String {
    format!("{} {}", number(point.x), number(point.y))
}
