//! A rule's page on a terminal.
//!
//! In: the Markdown of a page. Out: the same lines with headings, code and `code spans` set apart by
//! style. Only what pages use is known: headings, fenced blocks and spans.

use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new().bold();
const CODE: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));

/// Styles a page.
pub(super) fn styled(page: &str) -> String {
    let mut fenced = false;
    let mut lines = String::with_capacity(page.len() * 2);
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let line = if fenced {
            format!("    {CODE}{line}{CODE:#}")
        } else if let Some(heading) = heading(line) {
            format!("{HEADING}{heading}{HEADING:#}")
        } else {
            spans(line)
        };
        lines += &line;
        lines.push('\n');
    }
    lines
}

/// The words of a heading.
fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    (words.len() < line.len()).then(|| words.strip_prefix(' '))?
}

/// A line with its code spans styled; the backticks stay, so that nothing hangs on colour.
fn spans(line: &str) -> String {
    let mut styled = String::new();
    for (index, part) in line.split('`').enumerate() {
        if index > 0 {
            styled.push('`');
        }
        match index % 2 {
            0 => styled += part,
            _ => styled.extend([
                &CODE.render().to_string(),
                part,
                &CODE.render_reset().to_string(),
            ]),
        }
    }
    styled
}
