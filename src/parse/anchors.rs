//! Anchors, aliases and merge keys: refused, one finding for each anchor.

use std::collections::BTreeMap;

use super::decode::shorten;
use super::problems::Problems;
use super::rule;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// How many uses of one anchor a finding shows.
const SHOWN: usize = 2;

/// How many anchors are kept.
const MOST: usize = 500;

const HELP: &str = "write the value where it is used; a state takes over another one by `like:`";

/// The anchors of a document and where they are used.
#[derive(Debug, Default)]
pub(super) struct Anchors {
    defined: BTreeMap<usize, Anchor>,
    more: usize,
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
        if self.defined.len() >= MOST {
            self.more += 1;
            return;
        }
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

    /// Reports each anchor.
    pub(super) fn diagnostics(&self, problems: &mut Problems) {
        for anchor in self.defined.values() {
            problems.push_with(|| anchor.diagnostic());
        }
        problems.count(self.more);
    }
}

impl Anchor {
    fn diagnostic(&self) -> Diagnostic {
        let name = shorten(&self.name);
        let message = format!("the anchor `{name}`: anchors and aliases are not read");
        let mut diagnostic =
            Diagnostic::new(&rule::YAML_ANCHOR, self.span, message).label("defined here");
        for &span in &self.uses {
            diagnostic = diagnostic.also(span, "used here");
        }
        let more = (self.more > 0).then(|| format!("it is used {} more times", self.more));
        more.into_iter()
            .fold(diagnostic, Diagnostic::help)
            .help(HELP)
    }
}

/// An alias of an anchor that is nowhere defined.
pub(super) fn unknown(name: &str, span: Span) -> Diagnostic {
    let name = shorten(name);
    let message = format!("the alias `{name}`: anchors and aliases are not read");
    Diagnostic::new(&rule::YAML_ANCHOR, span, message)
        .help("where text begins with `*`, put it in quotes")
        .help(HELP)
}

/// The key `<<`.
pub(super) fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::new(&rule::YAML_ANCHOR, span, "the merge key `<<` is not read").help(HELP)
}
