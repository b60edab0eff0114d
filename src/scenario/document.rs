//! The scenario file as written: what a workflow promises, as tables and as stories.
//!
//! In: nothing; these are the types that reading fills. Out: [`ScenarioFile`], from which the JSON
//! Schema is derived, so a doc comment here is also the hint an editor shows.
//! One law for all tables and expectations: what is left out is not compared, and what is given is
//! compared exactly.

use schemars::JsonSchema;

use super::table::{SettingRow, SlotTable, StateRow, TransitionRow};
use crate::document::Listed;
use crate::document::{Entries, Literal, Name};
use crate::drive::{By, Given, Stimulus};
use crate::source::{Span, Spanned};

/// A scenario file, `NAME.scenario.yaml` beside a workflow: the vendor's page as tables that the
/// workflow must match, and stories of orders with what is expected after each step. What is left out
/// is not compared; what is given is compared exactly.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct ScenarioFile {
    /// The workflow, as a path from this file; by default `NAME.yaml` beside `NAME.scenario.yaml`
    /// (`NAME.MORE.scenario.yaml` belongs to `NAME.yaml` as well).
    pub workflow: Option<Spanned<String>>,
    /// What the file is about, and where its facts come from.
    pub doc: Option<Spanned<String>>,
    /// Every setting of the workflow, by name (`timezone` only where the workflow declares it).
    pub settings: Option<Entries<SettingRow>>,
    /// Every top-level state of the workflow, by name; states within may be given by their path.
    pub states: Option<StateTable>,
    /// The slots of the workflow.
    pub slot: Option<SlotTable>,
    /// Where orders start: the states of all initial branches, in order.
    pub initial: Option<Listed<Name>>,
    /// Every event with its rows, in order.
    pub transitions: Option<Entries<Listed<TransitionRow>>>,
    /// Every automatic transition, in order.
    pub always: Option<Vec<TransitionRow>>,
    /// Whether the traces of all scenarios are compared with the file `NAME.trace` beside this one
    /// (written by `flagstate test --accept`).
    pub golden: Option<Spanned<bool>>,
    /// The stories.
    #[schemars(default)]
    pub scenarios: Vec<Scenario>,
    /// The whole text.
    #[schemars(skip)]
    pub span: Span,
}

/// States by their path.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StateTable(pub Entries<StateRow>);

/// The story of one order.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Scenario {
    /// What it shows, as a statement: `a cart expires after 20 minutes`.
    pub name: Spanned<String>,
    /// More about it.
    pub doc: Option<Spanned<String>>,
    /// Settings of the site that differ from their defaults.
    #[schemars(default)]
    pub settings: Entries<Literal>,
    /// What the new order carries.
    #[schemars(default)]
    pub context: Entries<Given>,
    /// Who creates the order; `system` where nothing is said.
    pub by: Option<By>,
    /// When the order is created; `2026-01-05T09:00:00Z` (a Monday) where nothing is said.
    pub at: Option<Literal>,
    /// The text that refusing the order's creation contains, or `true`; there are no steps then.
    pub refused: Option<Refused>,
    /// What is expected of the new order: where it is, which effects its creation asks for, and so on.
    #[schemars(default)]
    pub created: Expectations,
    /// Whether the trace is compared with the file `NAME.trace` beside this one.
    pub golden: Option<Spanned<bool>>,
    /// What happens, and what is expected then.
    #[schemars(default)]
    pub steps: Vec<Step>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

/// What happens, and what is expected then. A step without anything that happens looks at the order
/// as it is. A step without `refused` expects that what happens is accepted.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Step {
    /// What happens.
    #[schemars(flatten)]
    pub stimulus: Stimulus,
    /// What is expected then.
    #[schemars(flatten)]
    pub expect: Expectations,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

/// What is expected of the order that a step is about (`order:`).
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Expectations {
    /// Where the order is: a state's path, or all of them where several are active. A state with
    /// others within stands for whichever of them is active.
    pub state: Option<Listed<Name>>,
    /// Flags by name, `expires` among them; or the list of all boolean flags that are true.
    pub flags: Option<FlagsExpected>,
    /// That the step is refused: `true`, or text that the refusal contains, or its kind.
    pub refused: Option<Refused>,
    /// That the event is accepted without a step, since the order already is where it leads.
    pub repeated: Option<Spanned<bool>>,
    /// Every effect that the step asks for, in order: that of timers which fire on the way and of
    /// parents and children included.
    pub effects: Option<Listed<Name>>,
    /// Every event that the step sends to children, by set.
    pub sent: Option<Entries<Listed<Name>>>,
    /// Fields of the order's context; `null` for one that is not set.
    #[schemars(default)]
    pub fields: Entries<Given>,
    /// Timers by `STATE.TIMER`: how long from now they are due, at what instant, or `none`.
    pub timers: Option<TimersExpected>,
    /// Events that were raised for later and wait, by event: how long from now they come, at what instant, or `none`.
    /// Several of one event are a list.
    #[schemars(default)]
    pub pending: Entries<Listed<Literal>>,
    /// By actor, every event that it may fire now.
    #[schemars(default)]
    pub available: Entries<Listed<Name>>,
    /// By actor, events that it may not fire now.
    #[schemars(default)]
    pub unavailable: Entries<Listed<Name>>,
}

/// Flags that are expected.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum FlagsExpected {
    /// All boolean flags that are true, `expires` among them.
    True(Vec<Name>),
    /// Values by flag.
    Values(Entries<Literal>),
}

/// A refusal that is expected.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Refused {
    /// `true`: it is refused, whatever is said. `false`: it is accepted.
    Any(Spanned<bool>),
    /// What the refusal contains.
    Says(Listed<Spanned<String>>),
    /// Its kind, and what it contains.
    Kind(RefusedKind),
}

/// The kind of a refusal.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct RefusedKind {
    /// All kinds of refusal or of reasons that are expected, in any order: `wrong_state`,
    /// `wrong_actor`, `guard`, `may_not_enter`, `inactive`, `no_target`, `wrong_target`,
    /// `no_way_back`, `preempted`, `unknown_event`, `unknown_actor`, `payload`, `context`, `children`,
    /// `immutable`, `failed`, `restless`, `override`. The reasons are those of the candidates that
    /// leave the state the order is in.
    #[schemars(default)]
    pub kind: Listed<Spanned<String>>,
    /// What the refusal contains.
    #[schemars(default)]
    pub says: Listed<Spanned<String>>,
}

/// Timers by `STATE.TIMER`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TimersExpected(pub Entries<Literal>);
