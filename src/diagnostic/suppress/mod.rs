//! Suppression of warnings by comments: `# flagstate: ignore[rule-a, rule-b] reason`.
//!
//! In: a report, one file with its comments, and the rules that exist. Out: the report without the
//! warnings that the comments suppress, and with findings about the comments themselves.
//! `ignore` holds for the line it stands on, or for the line below where it has a line of its own;
//! `ignore-file` holds for the file and stands in its head comment, above the first key. What counts
//! is the line on which a finding's primary label begins.
//! Errors are never suppressed, and every rule named in a directive either suppresses something or
//! is reported, the latter only where nothing else is wrong. No check knows of any of this.

mod directive;
mod rules;

pub use rules::{
    ERROR_CANNOT_BE_SUPPRESSED, MALFORMED_SUPPRESSION, RULES, UNKNOWN_RULE, UNUSED_SUPPRESSION,
};

use super::{Diagnostic, Level, Report, Rule};
use crate::source::{Comment, SourceFile, Span, Spanned};
use directive::{Directive, Verb};
use std::collections::{BTreeMap, BTreeSet};

/// Applies the directives among `comments` to the findings of `file`, and sorts the report.
///
/// The comments carry the file's number. Of findings in other files, those of what the file extends,
/// only what is ignored in the whole file is left out. `known` are all
/// rules that any pass may raise; [`RULES`] need not be among them.
pub fn suppress(
    mut report: Report,
    file: &SourceFile,
    comments: &[Comment],
    known: &[&'static Rule],
) -> Report {
    let Some(id) = comments.first().map(|comment| comment.span.file) else {
        return report;
    };
    let mut raised = Report::new();
    let mut marks = Marks::default();
    for directive in placed(file, comments, &mut raised) {
        marks.add(&directive, known, &mut raised);
    }
    report.retain(|finding| {
        let here = finding.primary.span.file == id;
        let line = here.then(|| file.line_at(finding.primary.span.start as usize));
        finding.level() == Level::Error || !marks.hit(line, finding.rule.id)
    });
    // Where there are errors, not every check was made: what there is to suppress may not have been found.
    let complete = !report.has_errors();
    let unused_marks = marks.list.iter().filter(|mark| !mark.used);
    for mark in unused_marks.filter(|mark| complete || mark.repeats.is_some()) {
        raised.push(unused(mark, file));
    }
    report.extend(raised);
    report.sort();
    report
}

/// A directive and the line it holds for; no line where it holds for the file.
struct Placed {
    directive: Directive,
    line: Option<usize>,
}

/// The directives that can be read and stand where they mean something; the others are raised.
fn placed(file: &SourceFile, comments: &[Comment], raised: &mut Report) -> Vec<Placed> {
    let line_of = |comment: &Comment| file.line_at(comment.span.start as usize);
    let own_lines: BTreeSet<usize> = comments
        .iter()
        .map(line_of)
        .filter(|&line| words(file, line).starts_with('#'))
        .collect();
    let head = head(file);
    let mut placed = Vec::new();
    for comment in comments {
        let Some(directive) = directive::read(file, *comment, raised) else {
            continue;
        };
        let mut line = line_of(comment);
        if directive.verb == Verb::IgnoreFile && line > head {
            let message = "`ignore-file` stands below the head comment of the file";
            raised.push(directive::malformed(directive.verb_span, message));
            continue;
        }
        while own_lines.contains(&line) {
            line += 1;
        }
        let line = (directive.verb == Verb::Ignore).then_some(line);
        placed.push(Placed { directive, line });
    }
    placed
}

/// The last line of the head comment: of the lines above the first that is neither empty, nor a
/// comment, nor the start of the document.
fn head(file: &SourceFile) -> usize {
    let is_head = |line: usize| {
        let text = words(file, line);
        text.is_empty() || text.starts_with(['#', '%']) || text == "---"
    };
    (1..=file.line_count())
        .take_while(|&line| is_head(line))
        .count()
}

/// A line without the spaces around it, nor a byte order mark before it.
fn words(file: &SourceFile, line: usize) -> &str {
    file.line(line).trim_start_matches('\u{feff}').trim()
}

/// One rule of one directive.
struct Mark {
    rule: Spanned<String>,
    /// What to take out where the mark is unused.
    removal: Span,
    /// Whether the rule holds for the whole file.
    whole_file: bool,
    /// The mark that says the same already.
    repeats: Option<Span>,
    used: bool,
}

/// All rules that are suppressed, and where.
#[derive(Default)]
struct Marks {
    list: Vec<Mark>,
    /// The first mark for a rule on a line, or in the whole file.
    places: BTreeMap<(Option<usize>, String), usize>,
}

impl Marks {
    /// Adds the rules of a directive that exist and raise warnings; the others are raised.
    fn add(&mut self, placed: &Placed, known: &[&'static Rule], raised: &mut Report) {
        let exists = |id: &str| RULES.iter().chain(known).find(|rule| rule.id == id);
        for (index, name) in placed.directive.rules.iter().enumerate() {
            match exists(&name.value).map(|rule| rule.level) {
                None => raised.push(unknown(name, known)),
                Some(Level::Error) => raised.push(of_error(name)),
                Some(Level::Warning) => {
                    let place = (placed.line, name.value.clone());
                    let first = *self.places.entry(place).or_insert(self.list.len());
                    self.list.push(Mark {
                        rule: name.clone(),
                        removal: removal(&placed.directive, index),
                        whole_file: placed.line.is_none(),
                        repeats: self.list.get(first).map(|mark| mark.rule.span),
                        used: false,
                    });
                }
            }
        }
    }

    /// Whether a rule is suppressed on a line, or, where there is none, in the whole file. The narrower
    /// directive counts as used.
    fn hit(&mut self, line: Option<usize>, rule: &str) -> bool {
        let at = |line: Option<usize>| self.places.get(&(line, rule.to_owned())).copied();
        let index = at(line).or_else(|| at(None));
        let mark = index.and_then(|index| self.list.get_mut(index));
        mark.is_some_and(|mark| {
            mark.used = true;
            true
        })
    }
}

/// What to take out so that a directive no longer names its rule at `index`: the rule and a comma,
/// or the whole comment.
fn removal(directive: &Directive, index: usize) -> Span {
    let span_of = |index: usize| directive.rules.get(index).map(|rule| rule.span);
    let own = span_of(index).unwrap_or(directive.comment);
    let before = index.checked_sub(1).and_then(span_of);
    match (before, span_of(index + 1)) {
        (_, Some(next)) => Span {
            end: next.start,
            ..own
        },
        (Some(previous), None) => Span {
            start: previous.end,
            ..own
        },
        (None, None) => directive.comment,
    }
}

fn unused(mark: &Mark, file: &SourceFile) -> Diagnostic {
    let rule = &mark.rule;
    let reach = if mark.whole_file {
        "in this file"
    } else {
        "here"
    };
    let removal = with_space(mark.removal, file);
    let raise = |message: String| {
        Diagnostic::new(&UNUSED_SUPPRESSION, rule.span, message).fix(
            removal,
            "",
            "remove the suppression",
        )
    };
    match mark.repeats {
        Some(first) => raise(format!("`{rule}` is suppressed twice {reach}"))
            .also(first, "first suppressed here"),
        None => raise(format!(
            "`{rule}` is suppressed {reach}, but there is nothing to suppress"
        )),
    }
}

/// A removed comment takes the spaces before it along, and the line where it had one of its own.
fn with_space(removal: Span, file: &SourceFile) -> Span {
    let bytes = file.clamp(removal);
    let line = file.line_at(bytes.start);
    let from = file.line_start(line);
    let before = file.text().get(from..bytes.start).unwrap_or_default();
    if !file
        .text()
        .get(bytes.clone())
        .is_some_and(|text| text.starts_with('#'))
    {
        removal
    } else if before.trim().is_empty() {
        Span::new(removal.file, from, file.line_start(line + 1))
    } else {
        Span::new(removal.file, from + before.trim_end().len(), bytes.end)
    }
}

fn unknown(name: &Spanned<String>, known: &[&'static Rule]) -> Diagnostic {
    // One of an error is not meant: it cannot be suppressed.
    let rules = RULES.iter().chain(known);
    let ids = rules
        .filter(|rule| rule.level == Level::Warning)
        .map(|rule| rule.id);
    let message = format!("there is no rule `{name}`");
    let finding = Diagnostic::new(&UNKNOWN_RULE, name.span, message).did_you_mean(&name.value, ids);
    if finding.help.is_empty() {
        finding.help("`flagstate rules` lists them all")
    } else {
        finding
    }
}

fn of_error(name: &Spanned<String>) -> Diagnostic {
    let message = format!("`{name}` is an error, and only warnings can be suppressed");
    Diagnostic::new(&ERROR_CANNOT_BE_SUPPRESSED, name.span, message)
        .help("mend what it finds: a workflow with an error cannot be run")
}
