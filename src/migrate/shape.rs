//! The shapes that migration files have beyond those of workflow files: mappings by path, one or
//! several places, and the short forms.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use thin_vec::ThinVec;

use super::document::{
    ChildRule, End, EventRule, FieldRule, Mapping, PlanFile, TimerAction, TimerRule, Values,
};
use crate::document::{Entries, Entry, Listed, Literal, Name, OneOrMany};
use crate::parse::decode::{Decode, Decoder, record, value};
use crate::parse::scalar;
use crate::parse::tree::{Kind, Node};
use crate::source::{Span, Spanned};

/// Paths of states or timers: names joined by dots.
const PATH: &str = r"^[a-z][a-z0-9_]{0,63}(\.[a-z][a-z0-9_]{0,63})*$";

/// A mapping whose keys are paths.
#[derive(Debug, Clone, PartialEq)]
pub struct ByPath<T>(pub Entries<T>);

impl<T> Default for ByPath<T> {
    fn default() -> Self {
        Self(Entries::default())
    }
}

/// One state, or one in each of several regions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Places(pub Vec<Name>);

record! {
    PlanFile, "a migration file", Reference
    fields {
        flagstate_migration: "flagstate_migration" needed,
        from: "from" needed,
        to: "to" needed,
        doc: "doc" optional,
        states: "states" optional,
        timers: "timers" optional,
        events: "events" optional,
        children: "children" optional,
        context: "context" optional,
        drop: "drop" optional,
    }
    span { span }
}

record! {
    FieldRule, "where a value comes from", Reference
    fields {
        from: "from" optional,
        values: "values" optional,
        default: "default" optional,
        doc: "doc" optional,
    }
    span { span }
}

record! {
    EndMap, "a version", Reference
    fields {
        file: "file" optional,
        workflow: "workflow" optional,
        version: "version" optional,
    }
    span { span }
}

record! {
    MappingMap, "where orders come to stand", Reference
    fields {
        to: "to" needed,
        keep: "keep" optional,
        release: "release" optional,
        effects: "effects" optional,
        back: "back" optional,
        past: "past" optional,
        doc: "doc" optional,
    }
    span { span }
}

record! {
    TimerMap, "what becomes of a timer", Reference
    fields {
        keep: "keep" optional,
        restart: "restart" optional,
    }
    span { span }
}

record! {
    EventMap, "what becomes of an event", Reference
    fields {
        keep: "keep" needed,
    }
    span { span }
}

record! {
    ChildMap, "what becomes of children", Reference
    fields {
        to: "to" optional,
        states: "states" optional,
        doc: "doc" optional,
    }
    span { span }
}

/// The mapping form of [`ChildRule`].
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
struct ChildMap {
    /// The set of the new version; that of the same name where nothing is said.
    to: Option<Name>,
    /// By the name of a state of children that run another workflow, what it is called in the new version. Others keep
    /// their names; where children run this very workflow, `states` of the plan says what becomes of theirs.
    #[schemars(default)]
    states: ByPath<Name>,
    /// Why.
    doc: Option<Spanned<String>>,
    #[schemars(skip)]
    span: Span,
}

/// The mapping form of [`End`].
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
struct EndMap {
    /// The file, as a path from this one; it may be named on the command line instead.
    file: Option<Spanned<String>>,
    /// The id of the workflow, which is then compared with the file's.
    workflow: Option<Name>,
    /// The version of the workflow, which is then compared with the file's.
    version: Option<Spanned<u32>>,
    #[schemars(skip)]
    span: Span,
}

/// The mapping form of [`Mapping`].
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
struct MappingMap {
    /// The state, or one for each region.
    to: Places,
    /// Flags that the orders are known to keep: an order that would lose one is refused.
    #[schemars(default)]
    keep: Listed<Name>,
    /// Flags that the orders let go: stock is freed, revenue no longer counted, the contract ended.
    #[schemars(default)]
    release: Listed<Name>,
    /// What is asked of the outside when a flag is let go: effects of the new version; `[]` for nothing.
    effects: Option<Listed<Name>>,
    /// Where a way `to: back` takes those that bring no state to go back to: a state of the new version, or one for
    /// each region.
    back: Option<Places>,
    /// Of a state with others within: what a way to the history of the state that stands for it enters, for orders whose
    /// past has no place there. States within that one; `[]` for what is entered where there is no past.
    past: Option<Listed<Name>>,
    /// Why.
    doc: Option<Spanned<String>>,
    #[schemars(skip)]
    span: Span,
}

/// The mapping form of [`TimerRule`]: one of both.
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
struct TimerMap {
    /// The new timer, `STATE.TIMER`, which is due when the old one was.
    keep: Option<Name>,
    /// The new timer, `STATE.TIMER`, which begins anew at the time of the migration.
    restart: Option<Name>,
    #[schemars(skip)]
    span: Span,
}

/// The mapping form of [`EventRule`].
#[derive(Debug, Clone, PartialEq, Default, JsonSchema)]
struct EventMap {
    /// The event of the new version that comes when the old one would have, with the same values.
    keep: Name,
    #[schemars(skip)]
    span: Span,
}

impl Decode for End {
    fn expected() -> Cow<'static, str> {
        "a file, or a mapping with `file`, `workflow` and `version`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(_) = node.kind {
            return Some(Self {
                file: Some(Spanned::<String>::decode(node, decoder)?),
                span: node.span,
                ..Self::default()
            });
        }
        let map = EndMap::decode(node, decoder)?;
        Some(Self {
            file: map.file,
            workflow: map.workflow,
            version: map.version,
            span: map.span,
        })
    }
}

impl Decode for Mapping {
    fn expected() -> Cow<'static, str> {
        "a state, a list of states, or a mapping with `to`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(_) | Kind::List(_) = node.kind {
            return Some(Self {
                to: Places::decode(node, decoder)?,
                span: node.extent(),
                ..Self::default()
            });
        }
        let map = MappingMap::decode(node, decoder)?;
        Some(Self {
            to: map.to,
            keep: map.keep,
            release: map.release,
            effects: map.effects,
            back: map.back,
            past: map.past,
            doc: map.doc,
            span: map.span,
        })
    }
}

impl Decode for Places {
    fn expected() -> Cow<'static, str> {
        "a state or a list of states".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        OneOrMany::decode(node, decoder).map(|names| Self(names.0.into_iter().collect()))
    }
}

/// The words for what becomes of a timer.
const ACTIONS: &str = "`keep`, `restart` or `drop`";

impl Decode for TimerRule {
    fn expected() -> Cow<'static, str> {
        format!("{ACTIONS}, or `{{ keep: STATE.TIMER }}`").into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(_) = node.kind {
            let action = match scalar::word(node, ACTIONS, &["keep", "restart", "drop"], decoder)? {
                "keep" => TimerAction::Keep,
                "restart" => TimerAction::Restart,
                _ => TimerAction::Drop,
            };
            return Some(Self {
                action,
                target: None,
                span: node.extent(),
            });
        }
        let map = TimerMap::decode(node, decoder)?;
        let (action, target) = match (map.keep, map.restart) {
            (Some(keep), None) => (TimerAction::Keep, keep),
            (None, Some(restart)) => (TimerAction::Restart, restart),
            (both, _) => {
                let mut found = decoder.unexpected(node, "one of `keep` and `restart`");
                if both.is_some() {
                    "a timer is kept or restarted, not both".clone_into(&mut found.message);
                }
                decoder.push_at(node, found);
                return None;
            }
        };
        Some(Self {
            action,
            target: Some(target),
            span: map.span,
        })
    }
}

impl Decode for EventRule {
    fn expected() -> Cow<'static, str> {
        "`keep` or `drop`, or `{ keep: EVENT }`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(_) = node.kind {
            let words = ["keep", "drop"];
            return Some(
                match scalar::word(node, "`keep` or `drop`", &words, decoder)? {
                    "keep" => Self::Keep,
                    _ => Self::Drop,
                },
            );
        }
        EventMap::decode(node, decoder).map(|map| Self::As(map.keep))
    }
}

impl Decode for ChildRule {
    fn expected() -> Cow<'static, str> {
        "a set of children, `drop`, or a mapping with `to` and `states`".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        if let Kind::Scalar(_) = node.kind {
            let name = Name::decode(node, decoder)?;
            let drop = name.value == "drop";
            return Some(Self {
                to: Some(name).filter(|_| !drop),
                drop,
                span: node.extent(),
                ..Self::default()
            });
        }
        let map = ChildMap::decode(node, decoder)?;
        Some(Self {
            to: map.to,
            states: map.states,
            drop: false,
            doc: map.doc,
            span: map.span,
        })
    }
}

/// A mapping whose keys are texts of any kind.
fn by_text<T: Decode>(
    node: &Node<'_>,
    decoder: &mut Decoder<'_>,
    expected: &str,
) -> Option<Entries<T>> {
    let Kind::Map(pairs) = &node.kind else {
        decoder.wrong_type(node, expected);
        return None;
    };
    let mut entries = ThinVec::with_capacity(pairs.len());
    for pair in pairs {
        if let Some(value) = value(&pair.value, decoder) {
            let span = pair.value.key.unwrap_or(pair.value.span);
            let name = Name::new(pair.key.text.to_string(), span);
            entries.push(Entry { name, value });
        }
    }
    Some(Entries(entries))
}

impl<T: Decode> Decode for ByPath<T> {
    fn expected() -> Cow<'static, str> {
        "a mapping by path".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        by_text(node, decoder, &Self::expected()).map(Self)
    }
}

impl Decode for Values {
    fn expected() -> Cow<'static, str> {
        "a mapping from old values to new ones".into()
    }

    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self> {
        by_text(node, decoder, &Self::expected()).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for ByPath<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("ByPathOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": PATH },
            "additionalProperties": value,
        })
    }
}

impl JsonSchema for Values {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<Literal>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

impl JsonSchema for Places {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Places".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let path = json_schema!({ "type": "string", "pattern": PATH });
        json_schema!({ "anyOf": [path, { "type": "array", "items": path, "minItems": 1 }] })
    }
}

impl JsonSchema for End {
    fn schema_name() -> Cow<'static, str> {
        "End".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<EndMap>();
        json_schema!({ "anyOf": [{ "type": "string", "description": "The file." }, map] })
    }
}

impl JsonSchema for Mapping {
    fn schema_name() -> Cow<'static, str> {
        "Mapping".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let places = generator.subschema_for::<Places>();
        let map = generator.subschema_for::<MappingMap>();
        json_schema!({ "anyOf": [places, map] })
    }
}

impl JsonSchema for TimerRule {
    fn schema_name() -> Cow<'static, str> {
        "TimerRule".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<TimerMap>();
        json_schema!({ "anyOf": [{ "enum": ["keep", "restart", "drop"] }, map] })
    }
}

impl JsonSchema for ChildRule {
    fn schema_name() -> Cow<'static, str> {
        "ChildRule".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<Name>();
        let map = generator.subschema_for::<ChildMap>();
        json_schema!({ "anyOf": [{ "enum": ["drop"] }, name, map] })
    }
}

impl JsonSchema for EventRule {
    fn schema_name() -> Cow<'static, str> {
        "EventRule".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let map = generator.subschema_for::<EventMap>();
        json_schema!({ "anyOf": [{ "enum": ["keep", "drop"] }, map] })
    }
}
