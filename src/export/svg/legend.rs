//! What the signs of a picture mean: only those that it shows.

use std::fmt::{Result, Write};

use super::block::{Front, Row};
use super::mark::{MARGIN, clock, text};
use super::scene::{Figure, Scene};
use super::width::text_width;
use crate::export::model::{Kind, Marker};

/// The signs of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Legend {
    signs: Vec<Sign>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Start,
    Final,
    Inferred,
    Timer,
    Setting,
    Past,
}

impl Sign {
    fn words(self) -> &'static str {
        match self {
            Self::Start => "begins here",
            Self::Final => "final",
            Self::Inferred => "inferred: the vendor's page does not state it",
            Self::Timer => "timer",
            Self::Setting => "flag by a setting (its default)",
            Self::Past => "H: as it was when last left",
        }
    }

    fn width(self) -> f64 {
        30.0 + text_width(self.words(), 10.0, false) + 18.0
    }
}

impl Legend {
    /// The signs that a scene shows.
    pub(super) fn of(scene: &Scene<'_>) -> Self {
        let states = || {
            scene.items.iter().filter_map(|item| match item.figure {
                Figure::State(state) => Some(state),
                _ => None,
            })
        };
        let rows = || {
            let boxes = scene.items.iter().map(|item| &item.block);
            let labels = scene.ties.iter().filter_map(|tie| tie.label.as_ref());
            boxes.chain(labels).flat_map(|block| &block.rows)
        };
        let clock = |row: &Row| {
            matches!(
                row,
                Row::Text {
                    front: Front::Clock,
                    ..
                }
            )
        };
        let setting = |row: &Row| matches!(row, Row::Chips(chips) if chips.iter().any(|chip| chip.class.contains("setting")));
        let inferred = scene.ties.iter().any(|tie| tie.inferred)
            || states().any(|state| state.markers.contains(&Marker::Inferred));
        let shown = [
            (
                scene.items.iter().any(|item| item.figure == Figure::Dot),
                Sign::Start,
            ),
            (states().any(|state| state.kind == Kind::Final), Sign::Final),
            (rows().any(clock), Sign::Timer),
            (rows().any(setting), Sign::Setting),
            (inferred, Sign::Inferred),
            (
                scene
                    .items
                    .iter()
                    .any(|item| matches!(item.figure, Figure::Past(_))),
                Sign::Past,
            ),
        ];
        let signs = shown.into_iter().filter(|(shown, _)| *shown);
        Self {
            signs: signs.map(|(_, sign)| sign).collect(),
        }
    }

    /// Its width.
    pub(super) fn width(&self) -> f64 {
        self.signs.iter().map(|sign| sign.width()).sum()
    }

    /// Its height.
    pub(super) fn height(&self) -> f64 {
        if self.signs.is_empty() { 0.0 } else { 38.0 }
    }
}

/// Writes the legend in one line.
pub(super) fn draw(out: &mut String, legend: &Legend, y: f64) -> Result {
    let mut x = MARGIN;
    let middle = y + 12.0;
    for sign in &legend.signs {
        sample(out, *sign, x, middle)?;
        text(out, "id", x + 30.0, middle + 3.6, sign.words())?;
        x += sign.width();
    }
    Ok(())
}

fn sample(out: &mut String, sign: Sign, x: f64, y: f64) -> Result {
    match sign {
        Sign::Start => writeln!(
            out,
            "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5.5\"/>",
            x + 18.0
        ),
        Sign::Final => {
            for (class, inset, radius) in [("state", 0.0, 4.0), ("inner", 3.0, 2.0)] {
                writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{radius}\"/>",
                    x + inset,
                    y - 7.0 + inset,
                    24.0 - 2.0 * inset,
                    14.0 - 2.0 * inset
                )?;
            }
            Ok(())
        }
        Sign::Inferred => writeln!(
            out,
            "<path class=\"tie inferred\" d=\"M{x:.1} {y:.1}h25\"/>"
        ),
        Sign::Timer => clock(out, x + 17.0, y),
        Sign::Setting => writeln!(
            out,
            "<rect class=\"chip by-setting\" x=\"{x:.1}\" y=\"{:.1}\" width=\"25\" height=\"12\" rx=\"6\"/>",
            y - 6.0
        ),
        Sign::Past => writeln!(
            out,
            "<circle class=\"ring\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"7\"/>",
            x + 17.0
        ),
    }
}
