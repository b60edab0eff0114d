//! The ids of a workflow's parts.

use super::Id;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A state; a lower number comes earlier in the document, and before its descendants.
    StateId
    /// A row as written.
    RowId
    /// A transition: one row from one source.
    TransitionId
    /// An event.
    EventId
    /// A timer.
    TimerId
    /// A way of starting within a state.
    StartId
    /// A setting.
    SettingId
    /// A field of the context.
    FieldId
    /// A flag.
    FlagId
    /// An attribute.
    AttributeId
    /// An actor.
    ActorId
    /// An effect.
    EffectId
    /// A group.
    GroupId
    /// A set of children.
    ChildSetId
}

impl StateId {
    /// The state around all states; it is never left and has no name.
    pub const ROOT: Self = Self(0);
}

impl ActorId {
    /// The built-in actor `system`.
    pub const SYSTEM: Self = Self(0);
}

impl FlagId {
    /// `reserved`: whether stock is held.
    pub const RESERVED: Self = Self(0);
    /// `counts_revenue`: whether reports count the order as revenue.
    pub const COUNTS_REVENUE: Self = Self(1);
    /// `contracted`: whether there is a contract.
    pub const CONTRACTED: Self = Self(2);
}

impl EffectId {
    /// The built-in effect `overdue`: an order stayed in a transient state for too long.
    pub const OVERDUE: Self = Self(0);
}
