//! Findings as the Rust compiler shows its own: the lines of the file, the words underlined.
//!
//! In: a report and its files. Out: text for a terminal, findings apart by an empty line.
//! The drawing library is handed only text that [`Excerpt`] or [`visible`] made harmless, and only
//! ranges within it.

use super::{Options, excerpt::Excerpt, place::Place, visible::visible};
use crate::diagnostic::{Diagnostic, Fix, Label, Level, Report};
use crate::source::{Position, SourceFile, SourceMap};
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Drawn, Patch, Renderer, Snippet,
};
use std::ops::Range;

/// How many lines a label may cover, and how far labels of one picture may lie apart.
const REACH: usize = 200;

/// How many bytes of new text a fix may show.
const PATCH: usize = 2_000;

/// How many columns are filled where the options do not say.
const WIDTH: usize = 140;

/// Writes a report for people.
pub(super) fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    let width = options.width.unwrap_or(WIDTH).max(40);
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.term_width(width);
    let findings: Vec<_> = report
        .iter()
        .map(|diagnostic| finding(diagnostic, sources, &renderer, options) + "\n")
        .collect();
    findings.join("\n")
}

fn finding(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    renderer: &Renderer,
    options: &Options,
) -> String {
    let level = match options.level(diagnostic) {
        Level::Error => Drawn::ERROR,
        Level::Warning => Drawn::WARNING,
    };
    let title = level
        .primary_title(visible(&diagnostic.message))
        .id(diagnostic.rule.id);
    let pictures = pictures(diagnostic, sources);
    let mut group = Group::with_title(title);
    for picture in &pictures {
        group = group.element(picture.draw());
    }
    if let Some(by) = options.denied_by(diagnostic) {
        let note = format!("this warning is denied by {}", visible(by));
        group = group.element(Drawn::NOTE.message(note));
    }
    let (patch_title, help) = patch_title(diagnostic);
    for line in help {
        group = group.element(Drawn::HELP.message(visible(line)));
    }
    let mut groups = vec![group];
    if let Some((fix, title)) = diagnostic.fix.as_ref().zip(patch_title) {
        groups.push(patch(fix, title, sources));
    }
    let drawn = renderer.render(&groups);
    pictures
        .first()
        .map_or(drawn.clone(), |first| first.true_column(drawn))
}

/// The line above a fix, and the other hints. A hint that already names the new text is that line:
/// `did you mean ...?` stands right above the change.
fn patch_title(diagnostic: &Diagnostic) -> (Option<&str>, Vec<&str>) {
    let mut help: Vec<_> = diagnostic.help.iter().map(String::as_str).collect();
    let Some(fix) = &diagnostic.fix else {
        return (None, help);
    };
    let named = format!("`{}`", fix.replacement);
    let at = help
        .iter()
        .position(|line| !fix.replacement.is_empty() && line.contains(&named));
    let title = at.map_or(fix.title.as_str(), |at| help.remove(at));
    (Some(title), help)
}

/// Labels of one file that are shown together.
struct Picture<'a> {
    path: String,
    labels: Vec<(AnnotationKind, &'a str)>,
    excerpt: Excerpt,
    /// Line and column of the first label.
    start: Position,
}

impl Picture<'_> {
    fn draw(&self) -> Snippet<'_, Annotation<'_>> {
        let annotations = self.labels.iter().zip(&self.excerpt.ranges);
        let annotations = annotations.map(|((kind, text), range)| {
            let text = (!text.is_empty()).then(|| visible(text));
            kind.span(range.clone()).label(text)
        });
        Snippet::source(self.excerpt.text.as_str())
            .line_start(self.excerpt.first_line)
            .path(self.path.as_str())
            .annotations(annotations)
    }

    /// Puts the file's column where the drawing library counted within a cut line.
    fn true_column(&self, drawn: String) -> String {
        if self.excerpt.cut == 0 {
            return drawn;
        }
        let place = format!("{}:{}:", self.path, self.start.line);
        let counted = self.start.column - self.excerpt.cut;
        drawn.replacen(
            &format!("{place}{counted}"),
            &format!("{place}{}", self.start.column),
            1,
        )
    }
}

/// The pictures of a finding: the primary label with all that is near it, then the others.
fn pictures<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Vec<Picture<'a>> {
    let mut near = vec![(AnnotationKind::Primary, &diagnostic.primary)];
    let mut far = Vec::new();
    let first = Place::of(sources, diagnostic.primary.span);
    for label in &diagnostic.secondary {
        let place = Place::of(sources, label.span);
        let same_file = label.span.file == diagnostic.primary.span.file;
        if same_file && place.start.line.abs_diff(first.start.line) <= REACH {
            near.push((AnnotationKind::Context, label));
        } else {
            far.push(vec![(AnnotationKind::Context, label)]);
        }
    }
    let groups = std::iter::once(near).chain(far);
    groups
        .filter_map(|labels| picture(&labels, sources))
        .collect()
}

/// One picture; none where the file is not at hand.
fn picture<'a>(labels: &[(AnnotationKind, &'a Label)], sources: &SourceMap) -> Option<Picture<'a>> {
    let places = labels
        .iter()
        .map(|(_, label)| Place::of(sources, label.span));
    let places: Vec<_> = places.collect();
    let first = places.first()?;
    let file = first.file?;
    let ranges: Vec<_> = places.iter().map(shown).collect();
    Some(Picture {
        path: visible(first.path),
        labels: labels
            .iter()
            .map(|(kind, label)| (*kind, label.text.as_str()))
            .collect(),
        excerpt: Excerpt::of(file, &ranges),
        start: first.start,
    })
}

/// The bytes of a place that are underlined: without the line ends and spaces behind the last word,
/// and no more than the first line where there is no word or a great many lines.
fn shown(place: &Place<'_>) -> Range<usize> {
    let file = place.file.map(SourceFile::text).unwrap_or_default();
    let text = file.get(place.bytes.clone()).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let words = text.trim_end();
    let lines = place.end.line - place.start.line;
    let text = if lines == 0 {
        text
    } else if words.is_empty() || lines > REACH {
        first
    } else {
        words
    };
    place.bytes.start..place.bytes.start + text.len()
}

/// A fix as the lines it changes, before and after.
fn patch<'a>(fix: &'a Fix, title: &str, sources: &'a SourceMap) -> Group<'a> {
    let group = Group::with_title(Drawn::HELP.secondary_title(visible(title)));
    let place = Place::of(sources, fix.span);
    let lines = place.end.line - place.start.line;
    let Some(file) = place
        .file
        .filter(|_| lines <= REACH && fix.replacement.len() <= PATCH)
    else {
        return group;
    };
    let mut excerpt = Excerpt::of(file, std::slice::from_ref(&place.bytes));
    let range = excerpt.ranges.pop().unwrap_or_default();
    let replacement = fix.replacement.split('\n').map(visible);
    let replacement: Vec<_> = replacement.collect();
    let patch = Patch::new(range, replacement.join("\n"));
    group.element(
        Snippet::source(excerpt.text)
            .line_start(excerpt.first_line)
            .path(visible(place.path))
            .patch(patch),
    )
}
