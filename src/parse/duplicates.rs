//! Keys that stand twice in one mapping.

use std::collections::BTreeMap;

use indexmap::IndexSet;

use super::problems::Problems;
use super::rule;
use super::tree::Pair;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Below this size, comparing every key with those before it is quicker than an index.
const SMALL: usize = 8;

/// Reports each repeated key with both places, and keeps the first.
pub(super) fn refuse<'s>(pairs: Vec<Pair<'s>>, problems: &mut Problems) -> Vec<Pair<'s>> {
    let is_clean = if pairs.len() <= SMALL {
        let before = |at: usize| pairs.iter().take(at);
        let mut numbered = pairs.iter().enumerate();
        numbered.all(|(at, pair)| before(at).all(|other| other.key.text != pair.key.text))
    } else {
        let names: IndexSet<&str> = pairs.iter().map(|pair| &*pair.key.text).collect();
        names.len() == pairs.len()
    };
    if is_clean {
        pairs
    } else {
        without_repetitions(pairs, problems)
    }
}

fn without_repetitions<'s>(pairs: Vec<Pair<'s>>, problems: &mut Problems) -> Vec<Pair<'s>> {
    let mut first: BTreeMap<String, Span> = BTreeMap::new();
    let mut kept = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let span = pair.value.key.unwrap_or(pair.value.span);
        if let Some(&earlier) = first.get(&*pair.key.text) {
            problems.push_with(|| repeated(&pair.key.text, earlier, span));
        } else {
            first.insert(pair.key.text.to_string(), span);
            kept.push(pair);
        }
    }
    kept
}

/// A name that was written twice where it may stand once.
pub(super) fn repeated(name: &str, first: Span, again: Span) -> Diagnostic {
    Diagnostic::new(
        &rule::DUPLICATE_KEY,
        again,
        format!("`{name}` stands twice"),
    )
    .label("repeated here")
    .also(first, "first written here")
    .help("remove one of them, or rename it")
}
