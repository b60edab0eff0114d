//! The rules about tenants' files; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// The file that is extended cannot be read.
    UNREADABLE_BASE = "unreadable-base",
    /// Files that extend each other.
    CYCLE_OF_BASES = "cycle-of-bases",
    /// The file that is extended has errors of its own.
    BROKEN_BASE = "broken-base",
    /// Something is added that the base has already.
    ALREADY_IN_BASE = "already-in-base",
    /// Something is changed or removed that the base does not have.
    NOT_IN_BASE = "not-in-base",
    /// One part of the base is overridden at two places of a file.
    OVERRIDDEN_TWICE = "overridden-twice",
    /// Something is removed that something else needs.
    REMOVED_BUT_USED = "removed-but-used",
    /// Something is overridden that the base seals.
    SEALED_OVERRIDE = "sealed-override",
    /// A sealed part means something else because of an override elsewhere.
    SEALED_MEANING = "sealed-meaning",
    /// A bound of a setting is widened or taken away.
    WIDER_BOUNDS = "wider-bounds",
    /// Something is sealed that does not exist.
    UNKNOWN_SEALED = "unknown-sealed",
    |
    Warning;
    /// An override that leaves everything as it is.
    IDLE_OVERRIDE = "idle-override",
}
