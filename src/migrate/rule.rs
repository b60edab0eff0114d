//! The rules that migration files raise; each page stands in `rules/`.

use crate::diagnostic::rules;

rules! {
    Error;
    /// The files are not those of the plan.
    OTHER_VERSION = "other-version",
    /// A name that neither version has.
    UNKNOWN_IN_PLAN = "unknown-in-plan",
    /// A state that holds orders has no place in the new version.
    UNMAPPED_STATE = "unmapped-state",
    /// Orders cannot rest where they are mapped to.
    UNFIT_TARGET = "unfit-target",
    /// Orders that could come to an end cannot where they are mapped to.
    TARGET_CUT_OFF = "target-cut-off",
    /// Orders end, or are live again, and no mapping says so.
    UNSTATED_END = "unstated-end",
    /// A mapping loses a flag that stands for an obligation, and does not say so.
    LOST_OBLIGATION = "lost-obligation",
    /// A mapping says that it keeps a flag which it loses.
    BROKEN_KEEP = "broken-keep",
    /// A flag is let go, and nothing is said about what that asks of the outside.
    RELEASE_WITHOUT_EFFECT = "release-without-effect",
    /// Nothing says what becomes of a timer.
    UNDECIDED_TIMER = "undecided-timer",
    /// An event that waits for its time has none to come as in the new version.
    UNDECIDED_EVENT = "undecided-event",
    /// Nothing fits what becomes of children.
    UNMAPPED_CHILDREN = "unmapped-children",
    /// Nothing says what becomes of the values of an old field.
    UNMAPPED_FIELD = "unmapped-field",
    /// A field has to have a value, and orders may bring none.
    MISSING_VALUE = "missing-value",
    /// Values do not fit the field that they are for.
    UNFIT_VALUE = "unfit-value",
    /// A word of an enum has no place in the new version.
    UNMAPPED_WORD = "unmapped-word",
    |
    Warning;
    /// A flag is let go that is not lost.
    IDLE_RELEASE = "idle-release",
    /// It is said where orders go back to that need no such word.
    IDLE_BACK = "idle-back",
    /// An event that waits comes where no state takes it.
    UNHEARD_EVENT = "unheard-event",
    /// States of children are mapped that the plan maps already.
    IDLE_STATES = "idle-states",
}
