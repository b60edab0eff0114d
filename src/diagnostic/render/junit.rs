//! `JUnit` XML, as build servers show it: one test case a file, failed where findings fail the run.
//!
//! In: a report, its files and the names of all files that were checked. Out: an XML document.
//! A case has at most one failure, which lists all findings of the file: many readers take no more.
//! Where they are warnings that nobody denied, the case passes and they are its output. What could not
//! be read is a case with an error, and what was not judged one that was skipped.

use super::{Options, Unjudged, Unread, concise, counts, place::Place, visible::visible_char};
use crate::diagnostic::{Diagnostic, Level, Report};
use crate::source::SourceMap;
use indexmap::IndexMap;

/// Writes a report as a `JUnit` document.
pub(super) fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    let checked = options.checked.iter();
    let mut cases: IndexMap<&str, Vec<&Diagnostic>> =
        checked.map(|name| (name.as_str(), Vec::new())).collect();
    for diagnostic in report {
        let path = Place::of(sources, diagnostic.primary.span).path;
        cases.entry(path).or_default().push(diagnostic);
    }
    let is_error = |d: &&Diagnostic| options.level(d) == Level::Error;
    let fails = |found: &Vec<&Diagnostic>| found.iter().any(is_error);
    let totals = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        cases.len() + options.unread.len(),
        cases.values().filter(|found| fails(found)).count(),
        options.unread.len(),
    );
    // What is wrong with a file matters more than that it was not judged as a whole.
    let unjudged = options.unjudged.iter();
    let unjudged = unjudged.map(|unjudged| (Place::of(sources, unjudged.span).path, unjudged));
    let unjudged: IndexMap<&str, &Unjudged> = unjudged
        .filter(|(path, _)| cases.get(path).is_some_and(Vec::is_empty))
        .collect();
    let read = cases.iter().map(|(path, found)| match unjudged.get(path) {
        Some(unjudged) => skipped(path, unjudged),
        None => case(path, found, fails(found), sources, options),
    });
    let cases: String = read.chain(options.unread.iter().map(unread)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"flagstate\" {totals}>\n  \
         <testsuite name=\"flagstate check\" {totals} skipped=\"{}\">\n\
         {cases}  </testsuite>\n</testsuites>\n",
        unjudged.len()
    )
}

/// One file.
fn case(
    path: &str,
    found: &[&Diagnostic],
    fails: bool,
    sources: &SourceMap,
    options: &Options,
) -> String {
    let name = escape(path);
    if found.is_empty() {
        return format!("    <testcase classname=\"flagstate\" name=\"{name}\"/>\n");
    }
    let levels = found.iter().map(|d| options.level(d));
    let worst = levels.min().map_or("", Level::as_str);
    let lines: Vec<_> = found.iter().map(|d| lines(d, sources, options)).collect();
    let (counts, text) = (counts(found.iter().copied(), options), lines.join("\n"));
    let inner = match fails {
        true => format!("<failure type=\"{worst}\" message=\"{counts}\">{text}</failure>"),
        false => format!("<system-out>{text}</system-out>"),
    };
    format!(
        "    <testcase classname=\"flagstate\" name=\"{name}\">\n      {inner}\n    </testcase>\n"
    )
}

/// What was not judged.
fn skipped(path: &str, unjudged: &Unjudged) -> String {
    let (name, message) = (escape(path), escape(&unjudged.message));
    format!(
        "    <testcase classname=\"flagstate\" name=\"{name}\">\n      \
         <skipped message=\"{message}\"/>\n    </testcase>\n"
    )
}

/// What could not be read.
fn unread(unread: &Unread) -> String {
    let name = escape(unread.path.as_deref().unwrap_or("<unknown>"));
    let message = escape(&unread.message);
    format!(
        "    <testcase classname=\"flagstate\" name=\"{name}\">\n      \
         <error type=\"unreadable\" message=\"{message}\"/>\n    </testcase>\n"
    )
}

/// One finding with its hints, escaped.
fn lines(diagnostic: &Diagnostic, sources: &SourceMap, options: &Options) -> String {
    let help = diagnostic.help.iter().map(|help| format!("  help: {help}"));
    let lines = std::iter::once(concise::line(diagnostic, sources, options)).chain(help);
    let lines: Vec<_> = lines.map(|line| escape(&line)).collect();
    lines.join("\n")
}

/// Text for an element or a quoted attribute. Control characters, which XML cannot carry even as
/// references, are shown by their pictures, and the two non-characters it forbids are replaced.
pub(crate) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(visible_char(c)),
        }
        out
    })
}
