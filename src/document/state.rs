//! States and what hangs on them: flags, timers, what happens on entering and leaving.

use schemars::JsonSchema;

use super::{Assigned, Deed, Entries, Guard, Literal, Name, OneOrMany, Or, Rare, Start, Target};
use crate::source::{Span, Spanned};

/// A status. Substates inherit the title, flags and attributes of the state around them.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct State {
    /// What people call it; by default the id with its first letter in upper case.
    pub title: Option<Title>,
    /// What it means.
    pub doc: Option<Box<Spanned<String>>>,
    /// A state whose title, flags, attributes, timers, effects, markers and ways out this one takes
    /// over where it says nothing itself. A move that names this state stands in place of the moves
    /// of the same event that name the model.
    pub like: Option<Box<Name>>,
    /// Values of declared attributes.
    #[schemars(default)]
    pub attributes: Entries<Literal>,
    /// What the status decides: values of flags, or settings that hold them.
    #[schemars(default)]
    pub flags: Entries<Or<Literal>>,
    /// Whether orders end here. A final state has no way out.
    #[schemars(rename = "final")]
    pub is_final: Option<Spanned<bool>>,
    /// Substates, of which one is active at a time.
    #[schemars(default)]
    pub states: Entries<State>,
    /// What is entered first; by default the first substate written.
    pub initial: Option<Box<Start>>,
    /// Regions that are all active at once: states like any other, most of them with `states` of
    /// their own.
    #[schemars(default)]
    pub regions: Entries<State>,
    /// The event that is raised when what happens within has ended: a final substate was entered, or
    /// one in every region.
    pub done: Option<Box<Name>>,
    /// When an order in this state expires and where it goes; the flag `expires` is this timer.
    /// `never` is the waiver that a reserving state without a timer needs.
    pub expires: Option<Expires>,
    /// Further timers, armed on entering and cancelled on leaving.
    #[schemars(default)]
    pub timers: Entries<Timer>,
    /// The state is transient: an order still here after this long asks for the built-in effect
    /// `overdue`.
    pub at_most: Option<Box<Or<Literal>>>,
    /// What happens on every way in.
    pub enter: Option<Box<Enter>>,
    /// What happens on every way out.
    pub exit: Option<Box<Exit>>,
    /// Whether lists leave these orders out until asked for them.
    pub hidden: Option<Box<Spanned<bool>>>,
    /// Whether an order here refuses every change of its context, and every way out.
    pub immutable: Option<Box<Spanned<bool>>>,
    /// Whether the state is switched off: orders in it stay readable, none may enter.
    pub inactive: Option<Box<Spanned<bool>>>,
    /// Whether the state is kept only for orders of earlier versions.
    pub deprecated: Option<Box<Deprecated>>,
    /// Which properties the vendor's page does not state: `true` for the state as a whole, or a list
    /// such as `[flags]`.
    pub inferred: Option<Box<Inferred>>,
    /// The key and everything under it.
    #[schemars(skip)]
    pub span: Span,
}

/// What people call a thing: one text, or one for each audience or locale with `default` among them.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Title {
    /// The same for everyone.
    Text(Spanned<String>),
    /// By audience or locale (`storefront`, `de`); `default` is mandatory.
    By(Entries<Spanned<String>>),
}

/// The timer behind the flag `expires`.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Expires {
    /// `never`: the order stays until somebody moves it, on purpose.
    Never(
        /// The word.
        Spanned<Never>,
    ),
    /// The timer.
    Timer(Box<Timer>),
}

/// The word `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Never {
    /// `never`.
    Never,
}

/// A timer, armed when its state is entered and cancelled when it is left.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Timer {
    /// How long after the anchor it is due: a duration, or a setting of that type.
    pub after: Option<Or<Literal>>,
    /// A date or datetime of the order, `order.NAME`: due then (a date: at its start in the site's
    /// zone). Unset arms nothing; a change re-arms.
    pub at: Option<Name>,
    /// What `after` counts from: `entry` (default), `day` (the start of the day of entering, in the
    /// site's zone) or `order.NAME` (a date or datetime of the order).
    pub anchor: Option<Name>,
    /// Armed only while this holds: a setting or a guard, judged on entering and when the context changes.
    pub when: Option<OneOrMany<Guard>>,
    /// What the state says where `when` does not hold, for `expires` alone: with `never`, that orders then
    /// stay until somebody moves them.
    pub otherwise: Option<Spanned<Otherwise>>,
    /// Judged when due; where it does not hold the timer is spent without effect.
    pub guard: Option<OneOrMany<Guard>>,
    /// Where the order goes.
    pub to: Option<Target>,
    /// An event that is raised instead, by the actor `system`.
    pub event: Option<Name>,
    /// Changes of the context: by field, a value expression, or `null` to take the value away.
    #[schemars(default)]
    pub set: Entries<Assigned>,
    /// What the step asks the outside to do.
    #[schemars(default)]
    pub effects: OneOrMany<Name>,
    /// What becomes of the timer when its state is entered again through `history` or `back`.
    pub restore: Option<Spanned<Restore>>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Spanned<bool>>,
    /// What it is for.
    pub doc: Option<Spanned<String>>,
    /// The key and everything under it.
    #[schemars(skip)]
    pub span: Span,
}

/// What a state says where its timer is not armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Otherwise {
    /// Orders stay until somebody moves them.
    Never,
}

/// What becomes of a timer on re-entry through history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Restore {
    /// It begins anew (the default).
    #[default]
    Restart,
    /// It keeps the instant at which it was due.
    Deadline,
    /// It is due after what was left when the state was left.
    Remaining,
}

/// What happens on every way into a state.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Enter {
    /// Who alone may cause an order to enter, whatever the transition says.
    #[schemars(default)]
    pub by: OneOrMany<Name>,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
    /// Events sent to every child of a set: the event by child set.
    #[schemars(default)]
    pub send: Entries<Name>,
    /// Further deeds, of which the first whose guard holds is done, if any. All of it happens at once:
    /// guards and values are those of the moment before.
    #[schemars(default)]
    pub branches: Vec<GuardedDeed>,
}

/// What happens on every way out of a state.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Exit {
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
    /// Events sent to every child of a set: the event by child set.
    #[schemars(default)]
    pub send: Entries<Name>,
    /// Further deeds, of which the first whose guard holds is done, if any. All of it happens at once:
    /// guards and values are those of the moment before.
    #[schemars(default)]
    pub branches: Vec<GuardedDeed>,
}

/// What may be done on the way in or out where a guard holds.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct GuardedDeed {
    /// What must hold.
    pub guard: Option<OneOrMany<Guard>>,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
}

/// A state kept only for orders of earlier versions.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Deprecated {
    /// What is used in its place.
    pub successor: Option<Name>,
    /// Since when, and why.
    pub doc: Option<Spanned<String>>,
    /// The key and everything under it.
    #[schemars(skip)]
    pub span: Span,
}

/// What the vendor's page does not state.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Inferred {
    /// The whole of it, or nothing.
    Whole(Spanned<bool>),
    /// These properties.
    Properties(Vec<Name>),
}
