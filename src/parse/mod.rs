//! The text of a workflow file to a [`Document`], with every problem of the file in one run.
//!
//! In: a [`SourceFile`]. Out: [`Parsed`], what could be built, the comments, and a [`Report`].
//! The way: `read` turns YAML events into a tree that knows its places, the `listing`s decode it; each
//! of them names the keys of its types, once, and the compiler holds them complete.
//! Invariants: parsing never fails and never stops at the first problem; whatever the bytes, it ends
//! soon, with bounded memory and stack. Literals are not read against their types here and references
//! are not resolved: both need the whole document and belong to `compile`.

mod anchors;
pub(crate) mod decode;
mod duplicates;
mod elsewhere;
mod file;
pub(crate) mod id;
#[cfg(any(feature = "cli", feature = "serve", feature = "restate"))]
mod json;
mod kind;
mod listing;
mod placement;
pub(crate) mod problems;
mod read;
mod rule;
pub(crate) mod scalar;
mod shape;
mod swallowed;
mod syntax;
pub(crate) mod tree;

pub(crate) use file::{commented, lines, whole};
#[cfg(feature = "cli")]
pub(crate) use id::is_id;
#[cfg(any(feature = "cli", feature = "serve", feature = "restate"))]
pub(crate) use json::{Once, inexact, too_long};
pub use listing::known_keys;
pub use rule::*;

use crate::diagnostic::{Diagnostic, Report};
use crate::document::Document;
use crate::source::{Comment, FileId, SourceFile, Span, Texts};
use decode::Decoder;
use problems::Problems;
use read::Read;
use swallowed::Masked;
use tree::{Kind, Node};

/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 8 << 20;

/// The deepest nesting of lists and mappings that is read.
pub const MAX_DEPTH: usize = 64;

/// The longest text or expression that is read, in bytes.
pub const MAX_SCALAR: usize = 64 << 10;

/// The most values, and the most comments, that one file may have.
pub const MAX_VALUES: usize = 400_000;

/// The most states, events and other mappings of known keys that one file may have.
pub const MAX_RECORDS: usize = 100_000;

/// The one version of the format.
pub const FORMAT_VERSION: u32 = 1;

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// What could be built; `None` where the file holds no mapping at all, or another format version.
    /// It is complete only where `report` has no errors.
    pub document: Option<Document>,
    /// The comments in reading order.
    pub comments: Vec<Comment>,
    /// Every problem, by place.
    pub report: Report,
}

/// Reads a workflow file.
pub fn parse(file: FileId, source: &SourceFile) -> Parsed {
    let text = source.text();
    if text.len() > MAX_BYTES {
        return too_large(file, text.len());
    }
    reading(file, text, |read, problems| {
        decode(file, source, read, problems)
    })
}

/// Reads a text, with the guards masked that YAML would take apart, and hands on what was read.
fn reading<R>(file: FileId, text: &str, then: impl FnOnce(Read<'_>, Problems) -> R) -> R {
    let mut masked = Masked::new(text);
    loop {
        let mut problems = Problems::default();
        let read = read::read(file, &masked, &mut problems);
        let Some(range) = read.swallowed.clone() else {
            masked
                .diagnostics(file)
                .for_each(|found| problems.push(found));
            return then(read, problems);
        };
        drop(read);
        masked.add(range);
    }
}

fn decode(file: FileId, source: &SourceFile, read: Read<'_>, mut problems: Problems) -> Parsed {
    let root = written(file, read.root, &mut problems);
    let document = root.and_then(|root| document(file, source, &root, &mut problems));
    Parsed {
        document,
        comments: read.comments,
        report: problems.into_report(),
    }
}

/// What stands in a file, kept apart from its text.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The whole of it; `None` where the file holds nothing.
    pub(crate) root: Option<Node<'static>>,
    /// The comments in reading order.
    pub(crate) comments: Vec<Comment>,
    /// What is wrong with it as YAML.
    pub(crate) problems: Problems,
}

/// Reads a file as YAML, without decoding it.
pub(crate) fn tree(file: FileId, source: &SourceFile) -> Tree {
    let text = source.text();
    if text.len() > MAX_BYTES {
        let mut problems = Problems::default();
        problems.extend(&too_large(file, text.len()).report);
        return Tree {
            root: None,
            comments: Vec::new(),
            problems,
        };
    }
    reading(file, text, |read, mut problems| Tree {
        root: written(file, read.root, &mut problems).map(Node::into_owned),
        comments: read.comments,
        problems,
    })
}

/// The root of a file; where there is none, that is reported.
fn written<'s>(file: FileId, root: Option<Node<'s>>, problems: &mut Problems) -> Option<Node<'s>> {
    let root = root.filter(|root| !matches!(root.kind, Kind::Null));
    if root.is_none() && problems.is_empty() {
        problems.push(empty(file));
    }
    root
}

/// Decodes the tree of a workflow, whose places lie in `texts`; `file` is the file itself.
pub(crate) fn document<'a>(
    file: FileId,
    texts: impl Into<Texts<'a>>,
    root: &Node<'_>,
    problems: &mut Problems,
) -> Option<Document> {
    let other = kind::other_kind::<Document>(root);
    if let Some(diagnostic) = other.or_else(|| other_version(root)) {
        problems.push(diagnostic);
        return None;
    }
    let texts = texts.into();
    let mut document: Document = decode::value(root, &mut Decoder::new(texts, problems))?;
    let end = texts.get(file).map_or(0, |source| source.text().len());
    document.span = Span::new(file, 0, end);
    Some(document)
}

/// A file of another format version is not judged by the rules of this one.
fn other_version(root: &Node<'_>) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &root.kind else {
        return None;
    };
    let version = pairs.iter().find(|pair| pair.key.text == "flagstate")?;
    let Kind::Scalar(scalar) = &version.value.kind else {
        return None;
    };
    let number: u32 = scalar.text.parse().ok().filter(|_| scalar.is_plain())?;
    let span = version.value.span;
    let message = format!("the format version `{number}` is not read");
    let help = format!("this release reads version {FORMAT_VERSION}");
    let diagnostic = || Diagnostic::new(&UNSUPPORTED_VERSION, span, message).help(help);
    (number != FORMAT_VERSION).then(diagnostic)
}

fn empty(file: FileId) -> Diagnostic {
    Diagnostic::new(
        &EMPTY_FILE,
        Span::new(file, 0, 0),
        "the file holds no workflow",
    )
    .help("begin with `flagstate: 1`, `workflow:`, `initial:` and `states:`")
}

fn too_large(file: FileId, size: usize) -> Parsed {
    let mut report = Report::new();
    let message = format!("the file has {size} bytes, and at most {MAX_BYTES} are read");
    report.push(Diagnostic::new(&TOO_LARGE, Span::new(file, 0, 0), message));
    Parsed {
        document: None,
        comments: Vec::new(),
        report,
    }
}
