//! The rules that compiling a document may break.

use crate::diagnostic::rules;

rules! {
    Error;
    /// A field that always has a value and is to lose it.
    ALWAYS_SET = "always-set",
    /// A target that sources disagree about.
    AMBIGUOUS_TARGET = "ambiguous-target",
    /// A child set without states.
    BAD_CHILDREN = "bad-children",
    /// A group that is no set of top-level states.
    BAD_GROUP = "bad-group",
    /// A `like` that leads nowhere.
    BAD_LIKE = "bad-like",
    /// A timer that is incomplete.
    BAD_TIMER = "bad-timer",
    /// Properties of a type that do not fit together.
    BAD_TYPE = "bad-type",
    /// A value that its type does not admit.
    BAD_VALUE = "bad-value",
    /// A default outside its bounds.
    DEFAULT_OUT_OF_BOUNDS = "default-out-of-bounds",
    /// An end that what happens within a state never comes to.
    DONE_WITHOUT_END = "done-without-end",
    /// A final state that goes on.
    FINAL_WITH_SUBSTATES = "final-with-substates",
    /// A history of a state without substates.
    HISTORY_OF_ATOMIC_STATE = "history-of-atomic-state",
    /// A move that is to stay within its source and leads out of it.
    INTERNAL_LEADS_OUT = "internal-leads-out",
    /// A move without an actor.
    MISSING_BY = "missing-by",
    /// A flag without a default.
    MISSING_FLAG_DEFAULT = "missing-flag-default",
    /// A move without a source.
    MISSING_FROM = "missing-from",
    /// A setting without a default.
    MISSING_SETTING_DEFAULT = "missing-setting-default",
    /// A name that is built in.
    RESERVED_NAME = "reserved-name",
    /// Several targets that cannot be active together.
    TARGETS_APART = "targets-apart",
    /// An actor that is not declared.
    UNKNOWN_ACTOR = "unknown-actor",
    /// An attribute that is not declared.
    UNKNOWN_ATTRIBUTE = "unknown-attribute",
    /// A child set that is not declared.
    UNKNOWN_CHILD_SET = "unknown-child-set",
    /// An effect that is not declared.
    UNKNOWN_EFFECT = "unknown-effect",
    /// An event that does not exist.
    UNKNOWN_EVENT = "unknown-event",
    /// A flag that is not declared.
    UNKNOWN_FLAG = "unknown-flag",
    /// A group that is not declared.
    UNKNOWN_GROUP = "unknown-group",
    /// A guard that is not declared.
    UNKNOWN_GUARD = "unknown-guard",
    /// A name that is no state.
    UNKNOWN_STATE = "unknown-state",
    /// A type that this kind of declaration cannot have.
    UNSUITABLE_TYPE = "unsuitable-type",
}
