//! Events, the moves they cause, guards, targets and branches.

use schemars::JsonSchema;
use thin_vec::ThinVec;

use super::{Entries, Expression, Idle, Literal, Name, OneOrMany, Or, Rare, TypeName};
use crate::source::{Span, Spanned};

/// What an event does: one move written out, or several under `moves:` of which the first that
/// applies is taken. With `moves:`, `by` here is the default of each row, and `set` and `effects`
/// here come before those of the row; every other property of a move belongs to the rows.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Event {
    /// What people call the action.
    pub title: Option<Spanned<String>>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
    /// The values the event brings, read as `event.NAME`.
    #[schemars(default)]
    pub payload: Entries<PayloadField>,
    /// What happens when the order already is where the event leads: `refuse` (default) or `accept`
    /// without a step, for systems that repeat themselves.
    pub repeat: Option<Spanned<Repeat>>,
    /// Several rows, in order.
    #[schemars(default)]
    pub moves: Vec<Move>,
    /// The single move, where there are no rows.
    #[schemars(flatten)]
    pub single: Move,
    /// The key and everything under it.
    #[schemars(skip)]
    pub span: Span,
}

/// One row: who, from where, under which guard, to where.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Move {
    /// Who may: actors, or `any` for all declared ones. Required unless `defaults:` has it.
    #[schemars(default)]
    pub by: OneOrMany<Name>,
    /// From where: states, groups, or `any` for every top-level state that is neither final nor
    /// immutable. `any` and groups leave out the move's own target: to enter it again, name it.
    #[schemars(default)]
    pub from: OneOrMany<Name>,
    /// What must hold: named guards and expressions; all of them must, and every failing one is listed.
    pub guard: Option<OneOrMany<Guard>>,
    /// To where. Without `to` and `branches` the order stays and nothing is left or entered.
    pub to: Option<Target>,
    /// Whether the source itself stays, where all targets lie within it: neither left nor entered again.
    pub internal: Option<Box<Spanned<bool>>>,
    /// Targets in order, instead of `to`: the first whose guard holds; the last has none.
    #[schemars(default, with = "Vec<Branch>")]
    pub branches: ThinVec<Branch>,
    /// Whether at most one of the `branches` applies to an order, and beside `moves` at most one of
    /// these, so that their order does not matter. Those that overlap are reported.
    pub exclusive: Option<Box<Spanned<bool>>>,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
    /// Events sent to every child of a set: the event by child set.
    #[schemars(default)]
    pub send: Entries<Name>,
    /// When a person would do this: shown beside the action, never enforced.
    pub advice: Option<Box<Spanned<String>>>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Box<Spanned<bool>>>,
    /// The row.
    #[schemars(skip)]
    pub span: Span,
}

/// One of several targets.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Branch {
    /// What must hold; the last branch has no guard.
    pub guard: Option<OneOrMany<Guard>>,
    /// To where; without it the order stays.
    pub to: Option<Target>,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Spanned<bool>>,
    /// The row.
    #[schemars(skip)]
    pub span: Span,
}

/// What a field is set to.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Assigned {
    /// The value of an expression.
    Value(Expression),
    /// `null`: nothing, for a field that may be without a value.
    Unset(
        /// The word.
        Spanned<()>,
    ),
}

impl Assigned {
    /// The expression, where there is one.
    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Value(expression) => Some(expression),
            Self::Unset(_) => None,
        }
    }
}

/// What is done on the way, all at once.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Deed {
    /// Changes of the context: by field, a value expression, or `null` to take the value away.
    #[schemars(default)]
    pub set: Entries<Assigned>,
    /// What the step asks the outside to do.
    #[schemars(default)]
    pub effects: OneOrMany<Name>,
    /// Events raised in the order itself.
    #[schemars(default)]
    pub raise: OneOrMany<Raise>,
    /// Events raised for later that are called off, before new ones are raised.
    #[schemars(default)]
    pub cancel: OneOrMany<Name>,
}

impl Idle for Deed {
    const IDLE: &'static Self = &Self {
        set: Entries(ThinVec::new()),
        effects: OneOrMany(ThinVec::new()),
        raise: OneOrMany(ThinVec::new()),
        cancel: OneOrMany(ThinVec::new()),
    };

    fn is_idle(&self) -> bool {
        let is_quiet = self.raise.is_empty() && self.cancel.is_empty();
        is_quiet && self.set.is_empty() && self.effects.is_empty()
    }
}

/// An automatic transition, taken as soon as the order is in `from` and the guard holds.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Automatic {
    /// From where: states and groups.
    pub from: OneOrMany<Name>,
    /// What must hold.
    pub guard: Option<OneOrMany<Guard>>,
    /// To where.
    pub to: Option<Target>,
    /// Whether the source itself stays, where all targets lie within it: neither left nor entered again.
    pub internal: Option<Spanned<bool>>,
    /// Targets in order, instead of `to`.
    #[schemars(default)]
    pub branches: Vec<Branch>,
    /// Whether at most one of the branches applies to an order, so that their order does not matter.
    /// Those that overlap are reported.
    pub exclusive: Option<Spanned<bool>>,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Spanned<bool>>,
    /// The row.
    #[schemars(skip)]
    pub span: Span,
}

/// Where a new order starts.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Initial {
    /// Always here: a state, or several that are active together.
    States(OneOrMany<Name>),
    /// The first branch whose guard holds; the last has none.
    Branches(Vec<InitialBranch>),
}

impl Default for Initial {
    fn default() -> Self {
        Self::Branches(Vec::new())
    }
}

/// One way in which an order starts.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct InitialBranch {
    /// What must hold of the new order; the last branch has no guard.
    pub guard: Option<OneOrMany<Guard>>,
    /// The state, or several that are active together.
    pub to: OneOrMany<Name>,
    /// Whether the vendor's page does not state it.
    pub inferred: Option<Spanned<bool>>,
    /// The row.
    #[schemars(skip)]
    pub span: Span,
}

/// Where a move leads.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Target {
    /// A state; `back` is the state the order came from when it entered the source.
    State(Name),
    /// The caller names the state, out of these.
    Choose(Choose),
    /// What was active in a state when it was last left (an SCXML history state); its initial state
    /// where it never was.
    History(Box<HistoryTarget>),
    /// States and pasts that are entered together, each in a region of its own.
    Several(Vec<Target>),
}

/// What is entered first: in a state with substates, or where there is no past to go back to.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Start {
    /// A state within, or several in regions of their own, or a past.
    Target(Target),
    /// The same, with something to do on the way.
    Way(Box<StartWay>),
}

/// What is entered first, and what is done on the way.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct StartWay {
    /// A state within, or several in regions of their own, or a past.
    pub to: Target,
    /// What is done on the way.
    #[schemars(flatten)]
    pub deed: Rare<Deed>,
}

/// An event raised in the order itself, by the actor `system`.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Raise {
    /// Within the step, before the order rests.
    Now(Name),
    /// With values, or later.
    Event(RaisedEvent),
}

/// An event with values, or one for later.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct RaisedEvent {
    /// The event.
    pub event: Name,
    /// The values that it brings: an expression by payload field.
    #[schemars(default)]
    pub with: Entries<Expression>,
    /// How long after this step it comes, wherever the order is then: a duration, down to
    /// milliseconds (`3d`, `500ms`), or a setting. `0s` is right after the step; without `after` the
    /// event belongs to the step.
    pub after: Option<Or<Literal>>,
}

/// The key `choose:`.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Choose {
    /// The states and groups the caller may name, or `any`.
    pub choose: OneOrMany<Name>,
}

/// The key `history:`.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct HistoryTarget {
    /// The state whose past is entered.
    pub history: Name,
    /// `shallow` (default): its own child; `deep`: every state within it.
    pub depth: Option<Spanned<HistoryDepth>>,
    /// What is entered where the state never was left; by default, the state as always.
    pub default: Option<Box<Start>>,
}

/// How much of the past is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum HistoryDepth {
    /// The child that was active.
    #[default]
    Shallow,
    /// Every descendant that was active.
    Deep,
}

/// What must hold. A bare name is a named guard; anything else is an expression of Rhai.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Guard {
    /// A name or an expression.
    Written(Expression),
    /// An expression with the text that a refusal shows.
    Inline(Box<NamedGuard>),
}

/// An expression with the text that a refusal shows.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct NamedGuard {
    /// The expression; it must be boolean.
    #[schemars(rename = "if")]
    pub condition: Expression,
    /// What is said when it does not hold: the reason, and what to do instead.
    pub refusal: Option<Spanned<String>>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
}

/// A value that an event brings.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct PayloadField {
    /// Its type.
    #[schemars(rename = "type")]
    pub ty: Spanned<TypeName>,
    /// The type of a list's entries: any but a list.
    pub of: Option<Spanned<TypeName>>,
    /// The words of an enum, or of a list's entries that are one.
    #[schemars(default)]
    pub values: Vec<Name>,
    /// Digits behind the point of a decimal, or of a list's entries that are one, 0 to 18 (default 2).
    pub scale: Option<Spanned<u8>>,
    /// Whether the event may come without it, or with `null`.
    pub optional: Option<Spanned<bool>>,
    /// Whether it tells of a person: nothing decides by it, and it is kept apart from the journal.
    pub personal: Option<Spanned<bool>>,
    /// What it means.
    pub doc: Option<Spanned<String>>,
}

/// What happens when an event leads to where the order already is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Repeat {
    /// It is refused like any event that does not apply.
    #[default]
    Refuse,
    /// It is accepted and changes nothing.
    Accept,
}

/// Values for properties that moves leave out.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Defaults {
    /// Who may, where a move does not say.
    #[schemars(default)]
    pub by: OneOrMany<Name>,
}
