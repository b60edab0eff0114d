//! Tables for people.
//!
//! In: a header and rows of text. Out: aligned columns without frames, wrapped to the terminal where
//! there is one; elsewhere a row is one line, so that `grep` and `cut` work. Control characters are shown escaped,
//! and so are line ends, but for those of cells between lines.

use comfy_table::{ContentArrangement, Table};

use super::terminal::{harmless, on_one_line};

/// How many columns a framed table fills where there is no terminal.
const WIDTH: usize = 140;

/// A table with a header line; `width` is that of the terminal, if there is one.
pub(super) fn plain<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: Option<usize>,
) -> String {
    let rows = rows.into_iter();
    let rows = rows.map(|row| row.map(|cell| on_one_line(&cell)));
    let mut table = filled(header.map(str::to_uppercase), rows, width);
    table.load_style(comfy_table::presets::NOTHING);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    written(&table)
}

/// A table with lines between its rows, for cells of several lines.
pub(super) fn framed<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: Option<usize>,
) -> String {
    let width = width.unwrap_or(WIDTH);
    let mut table = filled(header.map(str::to_owned), rows, Some(width));
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    written(&table)
}

fn filled<const N: usize>(
    header: [String; N],
    rows: impl IntoIterator<Item = [String; N]>,
    width: Option<usize>,
) -> Table {
    let mut table = Table::new();
    table.set_header(header);
    for row in rows {
        table.add_row(row.map(|cell| harmless(&cell)));
    }
    if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
    }
    table
}

fn written(table: &Table) -> String {
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}
