//! Anchors, aliases and merge keys: refused, one finding for each anchor.

use std::collections::BTreeMap;

use super::rule;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How many uses of one anchor a finding shows.
const SHOWN: usize = 4;

const HELP: &str = "write the value where it is used; a state takes over another one by `like:`";

/// The anchors of a document and where they are used.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    defined: BTreeMap<usize, Anchor>,
}

#[derive(Debug)]
struct Anchor {
    name: String,
    span: Span,
    uses: Vec<Span>,
    more: usize,
}

impl Anchors {
    /// An anchor was defined.
    pub(super) fn define(&mut self, id: usize, name: &str, span: Span) {
        let name = name.to_owned();
        self.defined.insert(
            id,
            Anchor {
                name,
                span,
                uses: Vec::new(),
                more: 0,
            },
        );
    }

    /// An anchor was used.
    pub(super) fn refer(&mut self, id: usize, span: Span) {
        match self.defined.get_mut(&id) {
            Some(anchor) if anchor.uses.len() < SHOWN => anchor.uses.push(span),
            Some(anchor) => anchor.more += 1,
            None => {}
        }
    }

    /// One finding for each anchor.
    pub(super) fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        self.defined.values().map(|anchor| {
            let message = format!(
                "the anchor `{}`: anchors and aliases are not read",
                anchor.name
            );
            let mut diagnostic =
                Diagnostic::new(&rule::YAML_ANCHOR, anchor.span, message).label("defined here");
            for &span in &anchor.uses {
                diagnostic = diagnostic.also(span, "used here");
            }
            let more = (anchor.more > 0).then(|| format!("it is used {} more times", anchor.more));
            more.into_iter()
                .fold(diagnostic, Diagnostic::help)
                .help(HELP)
        })
    }
}

/// An alias of an anchor that is nowhere defined.
pub(super) fn unknown(name: &str, span: Span) -> Diagnostic {
    let message = format!("the alias `{name}`: anchors and aliases are not read");
    Diagnostic::new(&rule::YAML_ANCHOR, span, message)
        .help("where text begins with `*`, put it in quotes")
        .help(HELP)
}

/// The key `<<`.
pub(super) fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::new(&rule::YAML_ANCHOR, span, "the merge key `<<` is not read").help(HELP)
}
