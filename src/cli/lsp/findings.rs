//! Findings as an editor shows them, and what mends them.
//!
//! In: a judged file. Out: diagnostics by file, and code actions. A comment that has a finding ignored is offered only
//! where it was tried and does.

use std::collections::BTreeMap;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, Location, NumberOrString, Range, TextEdit, WorkspaceEdit,
};

use super::buffers::Buffers;
use super::judged::Judged;
use super::place::Encoding;
use crate::cli::levels::{Levels, Verdict};
use crate::diagnostic::{self, Level};
use crate::source::{SourceFile, Span};

/// What all of this is shown for.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) buffers: &'a Buffers,
    pub(super) levels: &'a Levels,
    pub(super) encoding: Encoding,
}

impl Shown<'_> {
    /// The findings of a file, by the name of the file that each is in.
    pub(super) fn diagnostics(self, judged: &Judged) -> BTreeMap<String, Vec<Diagnostic>> {
        let mut found: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let name = |file| judged.files.get(file).map(|file| file.name().to_owned());
        for finding in &judged.report {
            let name = name(finding.primary.span.file);
            if let (Some(name), Some(shown)) = (name, self.diagnostic(judged, finding)) {
                found.entry(name).or_default().push(shown);
            }
        }
        let unread = judged
            .unread
            .iter()
            .map(|told| (told, DiagnosticSeverity::ERROR));
        let apart = judged
            .apart
            .iter()
            .map(|told| (told, DiagnosticSeverity::INFORMATION));
        for ((span, message), severity) in unread.chain(apart) {
            let (Some(name), Some(source)) = (name(judged.file), judged.files.get(judged.file))
            else {
                continue;
            };
            found.entry(name).or_default().push(Diagnostic {
                range: self.encoding.range(source, *span),
                severity: Some(severity),
                source: Some("flagstate".to_owned()),
                message: message.clone(),
                ..Diagnostic::default()
            });
        }
        found
    }

    /// A finding at its place.
    fn diagnostic(self, judged: &Judged, finding: &diagnostic::Diagnostic) -> Option<Diagnostic> {
        let source = judged.files.get(finding.primary.span.file)?;
        let related = finding.secondary.iter().filter_map(|label| {
            Some(DiagnosticRelatedInformation {
                location: self.location(judged, label.span)?,
                message: label.text.clone(),
            })
        });
        let related: Vec<DiagnosticRelatedInformation> = related.collect();
        let is_error = self.levels.verdict(finding.rule) == Verdict::Denied;
        Some(Diagnostic {
            range: self.encoding.range(source, finding.primary.span),
            severity: Some(match is_error {
                true => DiagnosticSeverity::ERROR,
                false => DiagnosticSeverity::WARNING,
            }),
            code: Some(NumberOrString::String(finding.rule.id.to_owned())),
            source: Some("flagstate".to_owned()),
            message: message(finding),
            related_information: Some(related).filter(|related| !related.is_empty()),
            tags: tag(finding.rule.id).map(|tag| vec![tag]),
            ..Diagnostic::default()
        })
    }

    fn location(self, judged: &Judged, span: Span) -> Option<Location> {
        let source = judged.files.get(span.file)?;
        Some(Location {
            uri: self.buffers.uri(source.name())?,
            range: self.encoding.range(source, span),
        })
    }

    /// What mends the findings of the file that are in a range, or silences them.
    pub(super) fn actions(self, judged: &Judged, range: Range) -> Vec<CodeActionOrCommand> {
        let Some(source) = judged.files.get(judged.file) else {
            return Vec::new();
        };
        let mut actions = Vec::new();
        for finding in &judged.report {
            let span = finding.primary.span;
            let there = self.encoding.range(source, span);
            let touches = there.start <= range.end && range.start <= there.end;
            let Some(shown) = self.diagnostic(judged, finding) else {
                continue;
            };
            if span.file != judged.file || !touches {
                continue;
            }
            if let Some(fix) = &finding.fix
                && let Some(edited) = judged.files.get(fix.span.file)
            {
                let edit = (fix.span, fix.replacement.clone());
                let action = self.action(&fix.title, edited, edit, &shown);
                actions.extend(action.map(|action| CodeAction {
                    is_preferred: Some(true),
                    ..action
                }));
            }
            if finding.level() == Level::Warning
                && let Some(edit) = self.silenced(judged, source, finding)
            {
                let title = format!("ignore `{}` here", finding.rule.id);
                actions.extend(self.action(&title, source, edit, &shown));
            }
        }
        actions
            .into_iter()
            .map(CodeActionOrCommand::CodeAction)
            .collect()
    }

    fn action(
        self,
        title: &str,
        source: &SourceFile,
        (span, text): (Span, String),
        shown: &Diagnostic,
    ) -> Option<CodeAction> {
        let edit = TextEdit {
            range: self.encoding.range(source, span),
            new_text: text,
        };
        let uri = self.buffers.uri(source.name())?;
        Some(CodeAction {
            title: capital(title),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![shown.clone()]),
            edit: Some(WorkspaceEdit {
                changes: Some([(uri, vec![edit])].into()),
                ..WorkspaceEdit::default()
            }),
            ..CodeAction::default()
        })
    }

    /// A comment above a finding's line that has it ignored; `None` where that does not do.
    fn silenced(
        self,
        judged: &Judged,
        source: &SourceFile,
        finding: &diagnostic::Diagnostic,
    ) -> Option<(Span, String)> {
        let (rule, span) = (finding.rule.id, finding.primary.span);
        let line = source.line_at(span.start as usize);
        let start = source.line_start(line);
        let indent: String = source
            .line(line)
            .chars()
            .take_while(|c| *c == ' ')
            .collect();
        let end = if source.text().contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let comment = format!("{indent}# flagstate: ignore[{rule}]{end}");
        let mut text = source.text().to_owned();
        text.insert_str(start, &comment);
        let mut tried = Buffers::default();
        for name in self.buffers.names() {
            if let Some(buffer) = self.buffers.get(name) {
                let is_it = name == source.name();
                let text = if is_it { &text } else { buffer.source.text() };
                tried.open(&buffer.uri, 0, text.to_owned());
            }
        }
        let after = Judged::of(source.name(), &tried, self.levels, None)?;
        (after.report.len() < judged.report.len())
            .then(|| (Span::new(judged.file, start, start), comment))
    }
}

/// The message, what is said beside the place, and the hints.
fn message(finding: &diagnostic::Diagnostic) -> String {
    let label = Some(&finding.primary.text).filter(|text| !text.is_empty());
    let help = finding.help.iter().map(|help| format!("help: {help}"));
    let lines = std::iter::once(finding.message.clone()).chain(label.cloned());
    let lines: Vec<String> = lines.chain(help).collect();
    lines.join("\n")
}

fn tag(rule: &str) -> Option<DiagnosticTag> {
    if rule.starts_with("unused-") || rule == "unreachable-state" {
        Some(DiagnosticTag::UNNECESSARY)
    } else {
        rule.starts_with("deprecated-")
            .then_some(DiagnosticTag::DEPRECATED)
    }
}

/// A sentence with its first letter in upper case.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}
