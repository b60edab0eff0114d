//! What a family of orders can be told, typed: who is meant, when, and what happens.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde_json::Value as Json;

use crate::context::Actor;
use crate::instance::{EventKind, Override};
use crate::time::{Duration, Instant, TimeError, Zone};

/// The name of an order within its family; the root comes before all children.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum OrderName {
    /// The order that the others belong to, written `root`.
    #[default]
    Root,
    /// A child, written `SET/NAME`.
    Child {
        /// The set it belongs to.
        set: String,
        /// Its own name.
        name: String,
    },
}

impl fmt::Display for OrderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Child { set, name } => write!(f, "{set}/{name}"),
        }
    }
}

impl FromStr for OrderName {
    type Err = DriveError;

    fn from_str(text: &str) -> Result<Self, DriveError> {
        if text == "root" {
            return Ok(Self::Root);
        }
        let plain = |part: &str| {
            let mut chars = part.chars();
            !part.is_empty() && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        match text.split_once('/') {
            Some((set, name)) if plain(set) && plain(name) => Ok(Self::Child {
                set: set.to_owned(),
                name: name.to_owned(),
            }),
            _ => Err(DriveError::OrderName(text.to_owned())),
        }
    }
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    /// Now.
    #[default]
    Now,
    /// At an instant, not before now.
    At(Instant),
    /// After a length of time: calendar days in the site's zone, then exact seconds.
    After(Duration),
}

/// One thing that happens to one order of a family.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// To which.
    pub order: OrderName,
    /// When; timers due by then fire first.
    pub when: When,
    /// Who causes it.
    pub actor: Actor,
    /// The host's id of this occurrence.
    pub id: Option<String>,
    /// What happens.
    pub action: Action,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Nothing: only time passes.
    Wait,
    /// The order is created with this context.
    Create(BTreeMap<String, Json>),
    /// An event of the workflow.
    Fire {
        /// Its name.
        event: String,
        /// Its values, plain.
        payload: BTreeMap<String, Json>,
        /// The state that the caller names.
        target: Option<String>,
    },
    /// The order's data changed outside.
    Context(BTreeMap<String, Json>),
    /// Children that another system runs: by set, the state of each named child; `None` takes it away.
    Children(BTreeMap<String, Vec<(String, Option<String>)>>),
    /// An operator puts the order into a state.
    Force {
        /// Why.
        reason: String,
        /// The state's path.
        to: String,
    },
    /// An operator moves a running timer.
    MoveTimer {
        /// Why.
        reason: String,
        /// `STATE.TIMER`.
        timer: String,
        /// When it is due from now on; a length of time counts from now.
        due: When,
    },
}

impl When {
    /// The instant, as seen from `now`.
    ///
    /// # Errors
    /// When it lies outside the calendar.
    pub fn instant(self, now: Instant, zone: &Zone) -> Result<Instant, TimeError> {
        match self {
            Self::Now => Ok(now),
            Self::At(at) => Ok(at),
            Self::After(duration) => zone.add(now, duration),
        }
    }
}

impl Action {
    /// The event that the interpreter is given; `None` for what it is not told directly.
    pub(super) fn event(&self, now: Instant, zone: &Zone) -> Result<Option<EventKind>, TimeError> {
        let intervention = |reason: &String, action| EventKind::Override {
            reason: reason.clone(),
            action,
        };
        Ok(Some(match self {
            Self::Create(_) | Self::Children(_) => return Ok(None),
            Self::Wait => EventKind::Tick,
            Self::Fire {
                event,
                payload,
                target,
            } => EventKind::Named {
                name: event.clone(),
                payload: payload.clone(),
                target: target.clone(),
            },
            Self::Context(changes) => EventKind::ContextChanged {
                changes: changes.clone(),
            },
            Self::Force { reason, to } => {
                intervention(reason, Override::ForceState { to: to.clone() })
            }
            Self::MoveTimer { reason, timer, due } => {
                let timer = timer.clone();
                let due = due.instant(now, zone)?;
                intervention(reason, Override::MoveTimer { timer, due })
            }
        }))
    }
}

/// Why a family cannot do what it was told; unlike a refusal, this is a mistake in the telling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DriveError {
    /// Not the name of an order.
    #[error("`{0}` is not the name of an order: write `root` or `SET/NAME`")]
    OrderName(String),
    /// No such order.
    #[error("there is no order `{0}` yet")]
    UnknownOrder(String),
    /// The order is there already.
    #[error("the order `{0}` exists already")]
    Exists(String),
    /// No such set of children.
    #[error("there is no set of children `{name}`")]
    UnknownSet {
        /// What was given.
        name: String,
        /// A set with a name much like it.
        did_you_mean: Option<String>,
    },
    /// A child of this set runs this workflow.
    #[error("the children of `{0}` run this workflow: create and move them by events of their own")]
    OwnChildren(String),
    /// A child of this set is run by another system.
    #[error(
        "the children of `{0}` are run elsewhere: say which state they are in under `children`"
    )]
    ForeignChildren(String),
    /// Children of this set have no such state.
    #[error("children of `{set}` have no state `{state}`")]
    UnknownState {
        /// The set.
        set: String,
        /// What was given.
        state: String,
        /// A state with a name much like it.
        did_you_mean: Option<String>,
    },
    /// An order that cannot stand where it is put.
    #[error("{0}")]
    Standing(String),
    /// An instant before now.
    #[error("the clock stands at {now} and does not go back to {at}")]
    Backwards {
        /// Now.
        now: String,
        /// What was asked for.
        at: String,
    },
    /// A point in time outside the calendar.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// Timers or messages between orders went on and on.
    #[error("timers and messages between the orders did not come to rest within {0} steps")]
    Restless(usize),
}

impl DriveError {
    /// What was probably meant.
    pub fn did_you_mean(&self) -> Option<&str> {
        match self {
            Self::UnknownSet { did_you_mean, .. } | Self::UnknownState { did_you_mean, .. } => {
                did_you_mean.as_deref()
            }
            _ => None,
        }
    }
}
