//! Workflow commands of GitHub Actions: each finding becomes an annotation at its lines.
//!
//! In: a report and its files. Out: one `::error …::…` or `::warning …::…` line a finding,
//! one `::error …::…` for each file that could not be read, and one `::notice …::…` for each that was not judged.
//! A command ends at its line end, so no text may bring one along: values are percent-encoded.

use super::{Options, Unjudged, Unread, place::Place, visible::visible_char};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::SourceMap;

/// Writes a report as workflow commands.
pub(super) fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    let findings = report
        .iter()
        .map(|diagnostic| command(diagnostic, sources, options));
    let unread = options.unread.iter().map(unread);
    let unjudged = options.unjudged.iter();
    let unjudged = unjudged.map(|unjudged| self::unjudged(unjudged, sources));
    findings.chain(unread).chain(unjudged).collect()
}

fn unjudged(unjudged: &Unjudged, sources: &SourceMap) -> String {
    let place = Place::of(sources, unjudged.span);
    format!(
        "::notice file={},line={},title=not judged::{}\n",
        property(place.path),
        place.start.line,
        data(&unjudged.message)
    )
}

fn unread(unread: &Unread) -> String {
    let file = unread.path.as_deref().map(property);
    let file = file.map_or(String::new(), |file| format!("file={file},"));
    format!(
        "::error {file}title=unreadable::{}\n",
        data(&unread.message)
    )
}

fn command(diagnostic: &Diagnostic, sources: &SourceMap, options: &Options) -> String {
    let place = Place::of(sources, diagnostic.primary.span);
    let (start, end) = (place.start, place.end);
    // An annotation may name columns only where it begins and ends on one line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    let denied = options.denied_by(diagnostic);
    let note = denied.map(|by| format!("\nnote: this warning is denied by {by}"));
    let message: String = std::iter::once(diagnostic.message.clone())
        .chain(note)
        .chain(help)
        .collect();
    format!(
        "::{level} file={file},line={line}{columns},endLine={end_line},title={title}::{message}\n",
        level = options.level(diagnostic).as_str(),
        file = property(place.path),
        line = start.line,
        end_line = place.last_line(),
        title = property(diagnostic.rule.id),
        message = data(&message),
    )
}

/// A text behind the second `::`.
fn data(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '%' => out.push_str("%25"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            _ => out.push(visible_char(c)),
        }
        out
    })
}

/// A value in the list before it, where `:` and `,` end things as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
