//! Compiled states.

use thin_vec::ThinVec;

use super::{
    ActorSet, Assign, ChildSetId, Condition, EffectId, EventId, Raise, SettingId, StartId, StateId,
    Target, TimerId, TransitionId,
};
use crate::context::Value;
use crate::document::{Idle, Rare};
use crate::source::Span;

/// A compiled state; what it inherits is worked out.
#[derive(Debug, Clone)]
pub struct State {
    /// Its id.
    pub id: StateId,
    /// Its own name; empty for the root.
    pub name: String,
    /// Its dotted path, `submitted.blocked`; empty for the root.
    pub path: String,
    /// What people call it.
    pub title: Title,
    /// What it means.
    pub doc: Option<String>,
    /// Its name in the file.
    pub span: Span,
    /// The state around it; `None` for the root alone.
    pub parent: Option<StateId>,
    /// How many states are around it; 0 for the root.
    pub depth: u32,
    /// Its last descendant in document order, itself where it has none: descendants are numbered
    /// from its own id to this.
    pub last: StateId,
    /// What it is made of.
    pub kind: Kind,
    /// The states directly within, in document order.
    pub children: ThinVec<StateId>,
    /// How it is entered where that is more than entering the `initial` of its kind.
    pub start: Option<StartId>,
    /// The event raised when what happens within has ended.
    pub done: Option<EventId>,
    /// The state it takes over from.
    pub like: Option<StateId>,
    /// The value of each flag, by flag id.
    pub flags: ThinVec<FlagValue>,
    /// The value of each attribute, by attribute id.
    pub attributes: ThinVec<Option<Value>>,
    /// When orders in it expire.
    pub expires: Expires,
    /// Its timers in document order, the one behind `expires` and the one of `at_most` included.
    pub timers: ThinVec<TimerId>,
    /// Whether orders should stay for moments only (`at_most`).
    pub transient: bool,
    /// What happens on the way in; `by` limits who may cause it.
    pub enter: Rare<Hook>,
    /// What happens on the way out.
    pub exit: Rare<Hook>,
    /// Whether lists leave it out.
    pub hidden: bool,
    /// Whether orders in it refuse changes of the context, by itself or by a group.
    pub immutable: bool,
    /// Whether it is switched off.
    pub inactive: bool,
    /// Whether it is kept for orders of earlier versions only.
    pub deprecated: Option<Deprecated>,
    /// What the vendor's page does not state.
    pub inferred: Inferred,
    /// The transitions out of it, in document order, whatever triggers them.
    pub outgoing: ThinVec<TransitionId>,
    /// Whether one of them is a way `back`.
    pub leads_back: bool,
    /// Whether it lies directly below the root, has nothing within and is no end, and nothing is done on the way
    /// in or out and nothing while an order is there: no timer runs, no transition is automatic, none leads back.
    pub quiet: bool,
    /// The first state that was found to have the same value for each flag, itself where none was.
    pub alike: StateId,
}

impl State {
    /// Whether it has no states within.
    pub fn is_atomic(&self) -> bool {
        matches!(self.kind, Kind::Atomic | Kind::Final)
    }

    /// Whether orders end here.
    pub fn is_final(&self) -> bool {
        self.kind == Kind::Final
    }
}

/// What a state is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing within.
    Atomic,
    /// Nothing within, and no way out.
    Final,
    /// States of which one is active; `initial` is entered first.
    Compound {
        /// The child entered first, or the one around what [`State::start`] enters first.
        initial: StateId,
    },
    /// Regions that are all active.
    Parallel,
}

/// What people call a state: the default, and others by audience or locale.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Title {
    /// The title for everyone else.
    pub text: String,
    /// Titles by audience or locale.
    pub by: ThinVec<(String, String)>,
}

/// The value that a state gives a flag.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagValue {
    /// The value, or the setting that holds it.
    pub value: Origin,
    /// Where it was written; `None` where no state says anything and the flag's default holds.
    pub span: Option<Span>,
}

/// A written value or a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// Written out.
    Literal(Value),
    /// The value of a setting.
    Setting(SettingId),
}

/// When orders in a state expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expires {
    /// The state says nothing.
    Unstated,
    /// Never, on purpose; the word in the file.
    Never(Span),
    /// By a timer.
    Timer(TimerId),
}

/// What happens on the way in or out.
#[derive(Debug, Clone, Default)]
pub struct Hook {
    /// Who alone may cause it; `None` means whoever may cause the transition.
    pub by: Option<ActorSet>,
    /// Where `by` was written.
    pub by_span: Option<Span>,
    /// What is done.
    pub deed: Deed,
    /// Of these, the first whose conditions hold is done as well.
    pub branches: ThinVec<(ThinVec<Condition>, Deed)>,
}

impl Idle for Hook {
    const IDLE: &'static Self = &Self {
        by: None,
        by_span: None,
        deed: Deed::new(),
        branches: ThinVec::new(),
    };

    fn is_idle(&self) -> bool {
        self.by.is_none() && self.does_nothing()
    }
}

impl Hook {
    /// Whether nothing is done, whoever may cause it.
    pub fn does_nothing(&self) -> bool {
        self.branches.is_empty() && self.deed.is_idle()
    }

    /// Whether no more is done than to ask something of the outside.
    pub fn asks_at_most(&self) -> bool {
        self.branches.is_empty() && self.deed.asks_at_most()
    }

    /// Everything that it may do.
    fn deeds(&self) -> impl Iterator<Item = &Deed> {
        let branches = self.branches.iter().map(|(_, deed)| deed);
        std::iter::once(&self.deed).chain(branches)
    }

    /// Every change of the context that it may make.
    pub fn sets(&self) -> impl Iterator<Item = &Assign> {
        self.deeds().flat_map(|deed| &deed.set)
    }

    /// Every event that it may raise.
    pub fn raises(&self) -> impl Iterator<Item = &Raise> {
        self.deeds().flat_map(|deed| &deed.raise)
    }

    /// What it asks of the outside, whatever holds and where it does.
    pub fn asks(&self) -> impl Iterator<Item = EffectId> + '_ {
        self.deeds().flat_map(|deed| &deed.effects).copied()
    }
}

/// What is done on the way, all at once.
#[derive(Debug, Clone, Default)]
pub struct Deed {
    /// Changes of the context.
    pub set: ThinVec<Assign>,
    /// What is asked of the outside.
    pub effects: ThinVec<EffectId>,
    /// What is sent to children.
    pub send: ThinVec<Send>,
    /// Events raised in the order itself (that of a timer with `event:` among them).
    pub raise: ThinVec<Raise>,
    /// Events raised for later that are called off, before new ones are raised.
    pub cancel: ThinVec<EventId>,
}

impl Idle for Deed {
    const IDLE: &'static Self = &Self::new();

    fn is_idle(&self) -> bool {
        self.asks_at_most() && self.effects.is_empty() && self.send.is_empty()
    }
}

impl Deed {
    /// Nothing.
    pub const fn new() -> Self {
        Self {
            set: ThinVec::new(),
            effects: ThinVec::new(),
            send: ThinVec::new(),
            raise: ThinVec::new(),
            cancel: ThinVec::new(),
        }
    }

    /// Whether no more is done than to ask something of the outside.
    pub fn asks_at_most(&self) -> bool {
        self.set.is_empty() && self.raise.is_empty() && self.cancel.is_empty()
    }
}

/// What is entered first within a state, or where it has no past.
#[derive(Debug, Clone)]
pub struct Start {
    /// The state that holds it.
    pub within: StateId,
    /// A state, several, or a past.
    pub target: Target,
    /// The states it enters where nothing is known of the past.
    pub first: ThinVec<StateId>,
    /// What is done on the way.
    pub deed: Deed,
    /// Where it was written.
    pub span: Span,
}

/// An event for every child of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Send {
    /// The set.
    pub children: ChildSetId,
    /// The event's name, in the children's workflow.
    pub event: String,
    /// Where it was written.
    pub span: Span,
}

/// A state kept for orders of earlier versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deprecated {
    /// What is used in its place.
    pub successor: Option<StateId>,
    /// Where it was written.
    pub span: Span,
}

/// What the vendor's page does not state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Inferred {
    /// The page states all of it.
    #[default]
    Nothing,
    /// The page states none of it.
    Whole,
    /// The page does not state these properties.
    Properties(Vec<String>),
}
