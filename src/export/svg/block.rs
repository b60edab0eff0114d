//! Measured text: what stands in a state's box or on an edge, row by row.

use super::width::text_width;
use crate::context::Value;
use crate::export::label::{self, Line};
use crate::export::model::{FlagOf, Marker, Model, State};
use crate::export::text::{clean, humane, wrap};

/// The widest a row of chips may be.
const WIDEST_CHIPS: f64 = 250.0;
/// How many characters of a box's text stand in one line.
const BOX_TEXT: usize = 38;
/// How many characters of an edge's text stand in one line.
const EDGE_TEXT: usize = 28;
/// Size of a chip's text.
pub(super) const CHIP_SIZE: f64 = 10.0;
/// Space for a glyph in front of a text.
pub(super) const GLYPH: f64 = 15.0;

/// Rows of text with their size.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Block {
    /// The rows, from top to bottom.
    pub(super) rows: Vec<Row>,
    /// Width of the widest row.
    pub(super) width: f64,
    /// Height of all rows.
    pub(super) height: f64,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Row {
    /// Text, behind the glyph of a clock or the space of one.
    Text {
        /// The text.
        text: String,
        /// How it is written.
        style: Style,
        /// What stands in front of it.
        front: Front,
    },
    /// Flags.
    Chips(Vec<Chip>),
    /// A little space.
    Space,
}

/// What stands in front of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Front {
    /// Nothing.
    Nothing,
    /// A clock.
    Clock,
    /// The space of a clock.
    Indent,
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A state's label.
    Title,
    /// Its id.
    Id,
    /// What it says of itself.
    Note,
    /// What marks it.
    Mark,
    /// What happens.
    What,
    /// What must hold.
    Guard,
}

impl Style {
    /// The class of its rule in the style sheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Id => "id",
            Self::Note => "note",
            Self::Mark => "mark",
            Self::What => "what",
            Self::Guard => "guard",
        }
    }

    /// Size of the font.
    pub(super) fn size(self) -> f64 {
        match self {
            Self::Title => 13.0,
            Self::What => 11.0,
            Self::Note | Self::Guard => 10.5,
            Self::Id | Self::Mark => 10.0,
        }
    }

    /// Height of a line.
    pub(super) fn height(self) -> f64 {
        match self {
            Self::Title => 18.0,
            Self::What | Self::Note | Self::Guard => 14.0,
            Self::Id | Self::Mark => 13.0,
        }
    }
}

/// One flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chip {
    /// The flag in words.
    pub(super) text: String,
    /// The class of its colours in the style sheet.
    pub(super) class: &'static str,
}

impl Chip {
    /// Width of the chip.
    pub(super) fn width(&self) -> f64 {
        text_width(&self.text, CHIP_SIZE, false) + 14.0
    }
}

impl Row {
    /// Height of the row.
    pub(super) fn height(&self) -> f64 {
        match self {
            Self::Text { style, .. } => style.height(),
            Self::Chips(_) => 20.0,
            Self::Space => 4.0,
        }
    }

    fn width(&self) -> f64 {
        match self {
            Self::Text { text, style, front } => {
                let glyph = if *front == Front::Nothing { 0.0 } else { GLYPH };
                text_width(text, style.size(), *style == Style::Title) + glyph
            }
            Self::Chips(chips) => chips.iter().map(|chip| chip.width() + 4.0).sum::<f64>() - 4.0,
            Self::Space => 0.0,
        }
    }
}

impl Block {
    fn push(&mut self, row: Row) {
        self.width = self.width.max(row.width());
        self.height += row.height();
        self.rows.push(row);
    }

    fn text(&mut self, text: &str, width: usize, style: Style, clock: bool) {
        for (index, line) in wrap(text, width).into_iter().enumerate() {
            let front = match (clock, index) {
                (false, _) => Front::Nothing,
                (true, 0) => Front::Clock,
                (true, _) => Front::Indent,
            };
            self.push(Row::Text {
                text: line,
                style,
                front,
            });
        }
    }

    /// What stands in the box of a state.
    pub(super) fn of_state(model: &Model, state: &State) -> Self {
        let mut block = Self::default();
        let title = clean(&state.label);
        block.text(&title, 30, Style::Title, false);
        if !title.eq_ignore_ascii_case(&humane(&state.name)) {
            block.text(&clean(&state.name), BOX_TEXT, Style::Id, false);
        }
        if let Some(fate) = state.fate {
            block.text(fate.word(), BOX_TEXT, Style::Mark, false);
        }
        block.chips(state);
        for timer in &state.timers {
            let words = label::timer_words(model, state, timer);
            block.text(&words, BOX_TEXT, Style::Note, true);
        }
        if state.expires == "never" {
            block.text("never expires", BOX_TEXT, Style::Mark, false);
        }
        for line in label::listed_lines(model, state) {
            block.text(&line, BOX_TEXT, Style::Note, false);
        }
        let marks = label::marker_words(state);
        if !marks.is_empty() {
            block.text(&marks.join(", "), BOX_TEXT, Style::Mark, false);
        }
        block
    }

    fn chips(&mut self, state: &State) {
        let mut rows: Vec<Vec<Chip>> = Vec::new();
        let mut width = f64::INFINITY;
        for flag in state.flags.iter().filter(|flag| flag.set) {
            let chip = chip(flag);
            width += chip.width() + 4.0;
            if width > WIDEST_CHIPS {
                width = chip.width();
                rows.push(Vec::new());
            }
            if let Some(row) = rows.last_mut() {
                row.push(chip);
            }
        }
        for row in rows {
            self.push(Row::Chips(row));
        }
    }

    /// What stands on an edge; nothing where it has no words.
    pub(super) fn of_lines(lines: &[Line], all_inferred: bool) -> Option<Self> {
        let mut block = Self::default();
        for line in lines {
            if !block.rows.is_empty() {
                block.push(Row::Space);
            }
            block.text(&line.what, EDGE_TEXT, Style::What, line.timed);
            if let Some(fate) = line.fate {
                block.text(fate.word(), EDGE_TEXT, Style::Mark, false);
            }
            let guard = line.guard.as_deref().unwrap_or_default();
            block.text(guard, EDGE_TEXT, Style::Guard, false);
            if line.inferred && !all_inferred {
                block.text("inferred", EDGE_TEXT, Style::Mark, false);
            }
        }
        (!block.rows.is_empty()).then_some(block)
    }

    /// Whether a state in a box is written fainter than others.
    pub(super) fn is_faint(state: &State) -> bool {
        let faint = [Marker::Hidden, Marker::Deprecated, Marker::Inactive];
        state.markers.iter().any(|mark| faint.contains(mark))
    }
}

fn chip(flag: &FlagOf) -> Chip {
    let off = flag.value == Some(Value::Boolean(false));
    let class = match flag.name.as_str() {
        _ if flag.setting.is_some() => "chip by-setting",
        _ if off => "chip off",
        "reserved" => "chip reserved",
        "counts_revenue" => "chip revenue",
        "contracted" => "chip contracted",
        _ => "chip other",
    };
    Chip {
        text: crate::export::text::shorten(&label::flag_words(flag), 48),
        class,
    }
}
