//! What happens to an order, as written in a script or a scenario: every word with its place.
//!
//! In: nothing; these are the types that reading fills. Out: [`Stimulus`], which
//! [`super::resolve`] types against a workflow. A doc comment here is also the hint an editor shows.

use schemars::JsonSchema;

use crate::document::{Entries, Literal, LiteralOrList, Name};
use crate::source::{Span, Spanned};

/// One thing that happens: an event, a change of the context, the passing of time, … Exactly one of
/// `event`, `wait`, `context`, `children`, `create` and `override` says what; `at` alone passes the
/// time until then.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
pub struct Stimulus {
    /// To which order: `root` (the default) or a child, `SET/NAME`, for example `suborders/a`.
    pub order: Option<Name>,
    /// An event of the workflow.
    pub event: Option<Name>,
    /// Who causes it: an actor, or a mapping of its `role` and the `id` the host knows it by. An
    /// event needs it; everything else happens by `system` where nothing is said.
    pub by: Option<By>,
    /// Another word for `by`, as hosts write it in their events.
    pub actor: Option<By>,
    /// The values that the event brings.
    #[schemars(default)]
    pub payload: Entries<Given>,
    /// The state that the caller names, where the transition lets it choose.
    pub target: Option<Name>,
    /// The host's id of this occurrence, kept in the record.
    pub id: Option<Spanned<String>>,
    /// The order's data changed outside: new values by field; `null` puts a field back to its default,
    /// or unsets it where it has none. Beside `create`: the context of the new order.
    #[schemars(default)]
    pub context: Entries<Given>,
    /// Children that another system runs: by set and by the child's name, the state it is in from
    /// now on; `null` takes the child away.
    #[schemars(default)]
    pub children: Entries<Children>,
    /// A new child that runs this very workflow: `SET/NAME`.
    pub create: Option<Name>,
    /// An operator's intervention.
    #[schemars(rename = "override")]
    pub intervention: Option<Intervention>,
    /// Only time passes: this long, `20m`.
    pub wait: Option<Literal>,
    /// When it happens: `2026-03-01T09:00:00Z`. Timers due by then fire first.
    pub at: Option<Literal>,
    /// How long after the last step it happens: `20m`. Timers due by then fire first.
    pub after: Option<Literal>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

/// A plain value or a list of them, or `null` for none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Given(pub Option<LiteralOrList>);

/// Children of one set: the state by the child's name.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Children(pub Vec<Child>);

/// A child that another system runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// Its name, as the host calls it.
    pub name: Name,
    /// The state it is in; `None` where it is taken away.
    pub state: Option<Name>,
}

/// Who causes something.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum By {
    /// An actor of the workflow, or `system`.
    Role(Name),
    /// An actor and who it is.
    Known(Known),
}

/// An actor and who it is.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Known {
    /// An actor of the workflow, or `system`.
    pub role: Name,
    /// Who it is, in the host's terms.
    pub id: Spanned<String>,
}

/// An operator's intervention: `to` forces a state, `timer` with `due` moves a running timer.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
pub struct Intervention {
    /// Why, for the journal.
    pub reason: Spanned<String>,
    /// The state that the order is put into, whatever the transitions, guards and `enter.by` say.
    pub to: Option<Name>,
    /// The running timer that is moved, `STATE.TIMER`, for example `in_cart.expires`.
    pub timer: Option<Name>,
    /// When the timer is due from now on: a point in time, or how long from now.
    pub due: Option<Literal>,
    /// All of it.
    #[schemars(skip)]
    pub span: Span,
}

impl JsonSchema for Given {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Given".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = LiteralOrList::json_schema(generator);
        if let Some(serde_json::Value::Array(types)) = schema.get_mut("type") {
            types.push("null".into());
        }
        schema
    }
}

impl JsonSchema for Children {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Children".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "additionalProperties": { "type": ["string", "null"] },
        })
    }
}
