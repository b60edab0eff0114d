//! What is stored: one row for each order, step, answer, effect and deployment.
//!
//! In: nothing; these are data. Out: the rows that every [`Store`](super::Store) keeps. Texts in them
//! (`body`) are JSON whose form carries a number of its own, so that they outlive this version. Where rows
//! are themselves kept as JSON, the names of their fields stay, and what is added has a default.

use serde::{Deserialize, Serialize};

use crate::instance::StoredParent;
use crate::time::Instant;

/// Which order: ids are the host's, unique within a tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrderKey {
    /// Whose order it is.
    pub tenant: String,
    /// Its id.
    pub order: String,
}

impl OrderKey {
    /// The order of a tenant.
    pub fn new(tenant: impl Into<String>, order: impl Into<String>) -> Self {
        Self {
            tenant: tenant.into(),
            order: order.into(),
        }
    }
}

impl std::fmt::Display for OrderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.tenant, self.order)
    }
}

/// The order that another belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id, of the same tenant.
    pub order: String,
    /// The child set, as its workflow names it.
    pub set: String,
}

impl Parent {
    /// As a line of orders tells it.
    pub(in crate::runtime) fn stored(&self) -> StoredParent {
        StoredParent {
            order: self.order.clone(),
            set: self.set.clone(),
        }
    }
}

/// One order as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Which order.
    pub key: OrderKey,
    /// The outermost order above it; its own id where there is none.
    pub root: String,
    /// The order right above it.
    pub parent: Option<Parent>,
    /// The id of the deployment that it runs under.
    pub deployment: String,
    /// How many steps it has made: its version.
    pub sequence: u64,
    /// The paths of its innermost active states, joined by ` + `.
    pub status: String,
    /// Whether it has ended.
    pub done: bool,
    /// When its next timer is due.
    pub next_due: Option<Instant>,
    /// When it was created.
    pub created_at: Instant,
    /// When it made its last step.
    pub updated_at: Instant,
    /// The hash of its last journal row.
    pub head: String,
    /// Why it cannot go on; its timers wait until that is mended.
    pub stuck: Option<String>,
    /// All of it, as a line of the form [`Stored`](crate::instance::Stored).
    pub body: String,
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalRow {
    /// Which step, from 1.
    pub sequence: u64,
    /// What happened, as JSON of the form [`Record`](super::journal::Record), with marks for what is
    /// personal.
    pub body: String,
    /// The personal values that it brought, as a JSON object, until they are erased. They are not in the
    /// hash.
    pub personal: Option<String>,
    /// The hash of the order, this body and the hash before it, in hexadecimal.
    pub hash: String,
}

/// The first answer to an event that has an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRow {
    /// The id of the event, unique within the order.
    pub event_id: String,
    /// The answer, with an [`Answer`](super::Answer) in it, as JSON.
    pub body: String,
}

/// Something asked of the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectRow {
    /// Its id, the same however often it is handed out: `TENANT/ORDER/STEP.PLACE`.
    pub id: String,
    /// Whose it is.
    pub key: OrderKey,
    /// The step that asked for it.
    pub sequence: u64,
    /// The effect's name.
    pub effect: String,
    /// The state whose entry, exit, transition or timer asked for it.
    pub state: String,
    /// When it was asked for.
    pub at: Instant,
    /// When it may be handed out; while it is, when it may be again.
    pub due: Instant,
    /// How often it was handed out.
    pub attempts: u32,
    /// What went wrong the last time.
    pub error: Option<String>,
    /// Whether it was given up.
    pub dead: bool,
}

/// What becomes of an effect that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// It was done: it is forgotten.
    Done,
    /// It failed, and is handed out again later.
    Retry {
        /// When.
        due: Instant,
        /// What went wrong.
        error: String,
    },
    /// It failed, and is kept for an operator.
    Dead {
        /// What went wrong.
        error: String,
    },
}

/// A version of a workflow as one tenant runs it, with the settings of its site. Never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentRow {
    /// SHA-256 of the texts and the settings, in hexadecimal.
    pub id: String,
    /// Whose it is.
    pub tenant: String,
    /// The id of the workflow.
    pub workflow: String,
    /// The author's version.
    pub version: u32,
    /// The files with what they extend, as JSON: `[[name, text], …]`, each extending the next.
    pub files: String,
    /// The settings that were given, as a JSON object.
    pub settings: String,
    /// When it was deployed.
    pub at: Instant,
}

/// A migration file as it was applied. Never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// SHA-256 of the text, in hexadecimal.
    pub id: String,
    /// Whose orders it moved.
    pub tenant: String,
    /// The file.
    pub text: String,
}

/// What one step, or several of one order, change. All of it is written or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The version that the order must still have; `None` where it must not be there yet.
    pub expected: Option<u64>,
    /// The hash of the last step that the order must still have: the one that the first of these steps is chained
    /// on. Nothing is asked of it where the order must not be there yet.
    // Messages of Restate hold changes, and are the same as before there was this; the store tells it there.
    #[serde(default, skip_serializing)]
    pub upon: String,
    /// The order after.
    pub row: OrderRow,
    /// The steps, oldest first.
    pub journal: Vec<JournalRow>,
    /// First answers to events.
    pub answers: Vec<AnswerRow>,
    /// What is asked of the outside.
    pub effects: Vec<EffectRow>,
    /// Whether the personal values of its earlier steps are erased: they are taken out of the journal, and
    /// [`ERASED`] stands in place of each answer, since answers may tell what was asked.
    pub erases: bool,
}

impl Change {
    /// The version that the order must still have, with the hash of the step that made it.
    pub(super) fn before(&self) -> Option<(u64, &str)> {
        self.expected.map(|version| (version, self.upon.as_str()))
    }
}

/// The text of [`ELSEWHERE`], for what is put together when compiling. It is in stores, and stays.
macro_rules! elsewhere {
    () => {
        "it runs on Restate, which alone can move it"
    };
}
#[cfg(feature = "postgres")]
pub(super) use elsewhere;

/// What a store says of an order that runs elsewhere, so that nobody moves it there: nothing is wrong with it.
pub const ELSEWHERE: &str = elsewhere!();

/// What stands in place of the first answers to an order's events once its personal values are erased:
/// they were answered before.
pub const ERASED: &str = r#"{"asked":"","answer":{"answer":"erased"}}"#;

/// Changes of orders that belong together: all are written, or none where one of them lost a race.
pub type Unit = Vec<Change>;

/// What is there of an order that is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The order.
    pub key: OrderKey,
    /// Whether there are steps of it.
    pub steps: bool,
    /// Whether there are answers to its events.
    pub answers: bool,
    /// Whether it asks something of the outside.
    pub effects: bool,
}

/// Which orders are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Find {
    /// Whose.
    pub tenant: String,
    /// Those under one of these deployments with one of these statuses; all where nothing is said.
    pub standing: Option<Vec<(String, String)>>,
    /// Those whose last step was made before.
    pub updated_before: Option<Instant>,
    /// Those that were created before.
    pub created_before: Option<Instant>,
    /// Those that cannot go on, alone, without those that run [elsewhere](ELSEWHERE).
    pub stuck: bool,
    /// Those whose ids stand behind this one.
    pub after: Option<String>,
    /// At most so many, by id.
    pub limit: usize,
}
