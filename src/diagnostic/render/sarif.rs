//! SARIF 2.1.0, the form in which code scanning services take findings.
//!
//! In: a report and its files. Out: one log with one run. The structs hold the part of the standard
//! that is used here, under the standard's names; columns count Unicode characters, which the run
//! says. Paths become relative, percent-encoded URIs: where the root lies is the reader's matter.

use super::place::Place;
use super::{Options, Unjudged, Unread};
use crate::diagnostic::{Diagnostic, Fix, Label, Report, Rule};
use crate::source::{SourceMap, Span};
use indexmap::IndexMap;
use serde::Serialize;

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Outcome>,
}

/// Whether the run saw all that it was asked to see; findings do not make it a failure.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Whole>,
}

/// A file as such, without a place in it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    physical_location: WholeFile,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WholeFile {
    artifact_location: Artifact,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    short_description: Text,
    help: Page,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Page {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Spot; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Spot>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Spot {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

/// Writes a report as a SARIF log.
pub(super) fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    let mut rules: IndexMap<&str, &Rule> = IndexMap::new();
    let results = report.iter().map(|diagnostic| {
        let (rule_index, _) = rules.insert_full(diagnostic.rule.id, diagnostic.rule);
        outcome(diagnostic, rule_index, sources, options)
    });
    let results = results.collect();
    let unread = options.unread.iter().map(unread);
    let unjudged = options.unjudged.iter();
    let unjudged = unjudged.map(|unjudged| self::unjudged(unjudged, sources));
    super::pretty(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "flagstate",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.values().map(|rule| descriptor(rule)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: options.unread.is_empty(),
                tool_execution_notifications: unread.chain(unjudged).collect(),
            }],
            results,
        }],
    })
}

fn unread(unread: &Unread) -> Notification {
    notification("error", &unread.message, unread.path.as_deref())
}

fn unjudged(unjudged: &Unjudged, sources: &SourceMap) -> Notification {
    let path = Place::of(sources, unjudged.span).path;
    notification("note", &unjudged.message, Some(path))
}

fn notification(level: &'static str, message: &str, path: Option<&str>) -> Notification {
    let whole = |path: &str| Whole {
        physical_location: WholeFile {
            artifact_location: Artifact { uri: uri(path) },
        },
    };
    let paths = path.into_iter().filter(|path| !path.is_empty());
    Notification {
        level,
        message: text(message),
        locations: paths.map(whole).collect(),
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    Descriptor {
        id: rule.id,
        short_description: text(rule.summary()),
        help: Page {
            text: rule.page,
            markdown: rule.page,
        },
        default_configuration: Configuration {
            level: rule.level.as_str(),
        },
    }
}

fn outcome(
    diagnostic: &Diagnostic,
    rule_index: usize,
    sources: &SourceMap,
    options: &Options,
) -> Outcome {
    let mut message = diagnostic.message.clone();
    if let Some(by) = options.denied_by(diagnostic) {
        message.push_str("\nthis warning is denied by ");
        message.push_str(by);
    }
    for help in &diagnostic.help {
        message.push('\n');
        message.push_str(help);
    }
    let secondary = diagnostic.secondary.iter().enumerate();
    Outcome {
        rule_id: diagnostic.rule.id,
        rule_index,
        level: options.level(diagnostic).as_str(),
        message: Text { text: message },
        locations: [location(None, &diagnostic.primary, sources)],
        related_locations: secondary
            .map(|(id, label)| location(Some(id), label, sources))
            .collect(),
        fixes: diagnostic
            .fix
            .iter()
            .map(|fix| change(fix, sources))
            .collect(),
    }
}

fn location(id: Option<usize>, label: &Label, sources: &SourceMap) -> Spot {
    let (artifact_location, region) = region(label.span, sources);
    Spot {
        id,
        physical_location: PhysicalLocation {
            artifact_location,
            region,
        },
        message: (!label.text.is_empty()).then(|| text(&label.text)),
    }
}

fn change(fix: &Fix, sources: &SourceMap) -> Change {
    let (artifact_location, deleted_region) = region(fix.span, sources);
    Change {
        description: text(&fix.title),
        artifact_changes: [ArtifactChange {
            artifact_location,
            replacements: [Replacement {
                deleted_region,
                inserted_content: text(&fix.replacement),
            }],
        }],
    }
}

fn region(span: Span, sources: &SourceMap) -> (Artifact, Region) {
    let place = Place::of(sources, span);
    let region = Region {
        start_line: place.start.line,
        start_column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
    };
    (
        Artifact {
            uri: uri(place.path),
        },
        region,
    )
}

fn text(text: &str) -> Text {
    Text {
        text: text.to_owned(),
    }
}

/// A path as a URI reference: `/` between the parts, anything but unreserved characters
/// percent-encoded. A leading `//` would name a host and is written once.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let rest = path.trim_start_matches('/');
    let root = if rest.len() < path.len() { "/" } else { "" };
    let encoded = rest.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    std::iter::once(root.to_owned()).chain(encoded).collect()
}
