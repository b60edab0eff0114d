//! Files of another kind than is read: that is told, and not what is wrong with each of their keys.

use super::decode::Decode;
use super::rule::OTHER_KIND_OF_FILE;
use super::tree::{Kind as Is, Node};
use crate::diagnostic::Diagnostic;

/// A kind of file.
struct Kind {
    /// What it is, as its listing calls it.
    what: &'static str,
    /// Keys at the top that no other kind has.
    keys: &'static [&'static str],
    /// What reads it.
    read_by: &'static str,
    /// What whoever takes another file for one is to know of it.
    begun: Option<&'static str>,
}

const KINDS: [Kind; 3] = [
    Kind {
        what: "a workflow file",
        keys: &["flagstate"],
        read_by: "`flagstate check FILE` checks a workflow file",
        begun: None,
    },
    Kind {
        what: "a migration file",
        keys: &["flagstate_migration"],
        read_by: "`flagstate migrate FILE` checks a migration file",
        begun: Some("`flagstate migrate --init OLD NEW` writes a first migration file"),
    },
    Kind {
        what: "a scenario file",
        keys: &["scenarios", "golden"],
        read_by: "`flagstate check FILE` checks a scenario file by its name, `NAME.scenario.yaml`",
        begun: Some("`NAME.scenario.yaml` is the name of scenario files alone"),
    },
];

/// What files a key at the top says that it is in, where that is more than a name.
pub(super) fn said_by(key: &str) -> Option<&'static str> {
    let kind = KINDS.iter().find(|kind| kind.keys.contains(&key))?;
    key.starts_with("flagstate").then_some(kind.what)
}

/// The finding about a file that is of another kind than `T`, by the keys at its top.
pub(super) fn other_kind<T: Decode>(root: &Node<'_>) -> Option<Diagnostic> {
    let Is::Map(pairs) = &root.kind else {
        return None;
    };
    let expected = T::expected();
    let wanted = KINDS.iter().find(|kind| kind.what == expected)?;
    let first = |kind: &Kind| {
        let mut pairs = pairs.iter();
        pairs.find(|pair| kind.keys.contains(&&*pair.key.text))
    };
    if first(wanted).is_some() {
        return None;
    }
    // No key is that of two kinds.
    let (kind, pair) = KINDS.iter().find_map(|kind| Some((kind, first(kind)?)))?;
    let span = pair.value.key.unwrap_or(pair.value.span);
    let message = format!("this is {}, and not {}", kind.what, wanted.what);
    let found = Diagnostic::new(&OTHER_KIND_OF_FILE, span, message);
    let hints = wanted.begun.into_iter().chain([kind.read_by]);
    Some(hints.fold(found, Diagnostic::help))
}
