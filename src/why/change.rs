//! The smallest change that would let an event through.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::{Case, asked, moment, name_of, offered, roles};
use crate::analysis::{Free, Moment, Nearest, Way, guesses, nearest};
use crate::context::{Actor, Value};
use crate::graph::Workflow;
use crate::instance::{Event, EventKind, Site};
use crate::interpret::{self, Answer, Ways};

/// A value that would have to be another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// What it is; `None` where it is not set.
    #[schemars(with = "serde_json::Value")]
    pub from: Option<Value>,
    /// What it would have to be; `None` where it may not be set.
    #[schemars(with = "serde_json::Value")]
    pub to: Option<Value>,
}

impl Changed {
    /// By how much a number changes; `None` for all else.
    fn distance(&self) -> Option<Decimal> {
        let number = |value: &Value| match value {
            Value::Integer(number) => Some(Decimal::from(*number)),
            Value::Decimal(number) => Some(*number),
            _ => None,
        };
        let (from, to) = (number(self.from.as_ref()?)?, number(self.to.as_ref()?)?);
        Some(from.checked_sub(to)?.abs())
    }
}

/// What would have to be different.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// Fields of the context.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Changed>,
    /// Values that the event brings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<Changed>,
    /// Settings of the site.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Changed>,
    /// Who would have to act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The id that who acts would need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// The target that would have to be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Change {
    /// The field of the context that alone would be another.
    fn only(&self) -> Option<&Changed> {
        let is_alone = self.size() == 1 && self.actor.is_none() && self.target.is_none();
        self.context.first().filter(|_| is_alone)
    }

    /// Whether a list would be another.
    fn changes_a_list(&self) -> bool {
        let mut values = self
            .context
            .iter()
            .chain(&self.payload)
            .chain(&self.settings);
        values.any(|changed| {
            let mut both = [&changed.from, &changed.to].into_iter().flatten();
            both.any(|value| matches!(value, Value::List(_)))
        })
    }

    /// How many values differ.
    fn size(&self) -> usize {
        let values = self.context.len() + self.payload.len() + self.settings.len();
        values + usize::from(self.actor_id.is_some())
    }
}

/// How a search for a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// The change is the smallest one.
    Smallest,
    /// There may be a smaller one: not all that the guards ask can be solved, and values were tried.
    Tried,
    /// It is proved that no context, payload, settings and actor let the event through while the order
    /// stands where it stands.
    Never,
    /// None was found, and there may be one.
    Open,
}

/// What became known while changes were looked for.
#[derive(Default)]
pub(super) struct Hunt {
    /// Whether there may be a change that was not found.
    open: bool,
    /// What could not be solved, in its words.
    pub(super) unsolved: BTreeSet<String>,
}

impl Hunt {
    pub(super) fn ended(&self, found: bool) -> Search {
        match (found, self.open) {
            (true, true) => Search::Tried,
            (true, false) => Search::Smallest,
            (false, true) => Search::Open,
            (false, false) => Search::Never,
        }
    }
}

/// The smallest change after which the event is accepted, as a step shows. Where the caller has named
/// no target that is offered, the first that is offered is part of it.
pub(super) fn smallest(case: Case<'_>, hunt: &mut Hunt) -> Option<Change> {
    let target = offered(case).map(|id| case.workflow.states.at(id).path.as_str());
    sought(case, hunt).or_else(|| {
        let event = aimed(case.event, target?);
        let case = Case {
            event: &event,
            ..case
        };
        let found = sought(case, hunt);
        found.map(|change| Change {
            target: target.map(str::to_owned),
            ..change
        })
    })
}

fn sought(case: Case<'_>, hunt: &mut Hunt) -> Option<Change> {
    let own = [Free::Payload, Free::Settings];
    let found = of_context(case, hunt);
    let found = found.or_else(|| own.into_iter().find_map(|free| attempt(case, free, hunt)));
    found.or_else(|| {
        let others = roles(case.workflow).filter_map(|role| by(case, role, hunt));
        others.min_by_key(Change::size)
    })
}

/// The smallest change of the context. Where it is not known to be that, each field is tried alone: what the others make
/// of a guard is known then.
fn of_context(case: Case<'_>, hunt: &mut Hunt) -> Option<Change> {
    let mut all = Hunt::default();
    let found = attempt(case, Free::Context, &mut all);
    if all.open {
        let mut alone = Hunt::default();
        let mut singles = singles(case, &mut alone);
        if let Some(mut change) = singles.pop() {
            least_first(&mut change, &mut singles);
            hunt.open |= alone.open;
            return Some(change);
        }
    }
    hunt.open |= all.open;
    hunt.unsolved.extend(all.unsolved);
    found
}

/// The changes of one field each that would be enough, in the order of declaration.
fn singles(case: Case<'_>, hunt: &mut Hunt) -> Vec<Change> {
    let ways = asked(case.event, case.now)
        .and_then(|asked| interpret::ways(case.workflow, case.site, case.instance, &asked).ok());
    let Some(ways) = ways else {
        return Vec::new();
    };
    let open = open_ways(case.workflow, &ways);
    let guards = open.iter().flat_map(Way::conditions);
    let guards = guards.filter_map(|condition| condition.guard.as_ref());
    let slots: BTreeSet<usize> = guards
        .flat_map(|guard| guard.reads().order.iter().copied())
        .collect();
    let slots = slots.into_iter();
    let found = slots.filter_map(|slot| attempt(case, Free::Field(slot), hunt));
    found.filter(|change| change.only().is_some()).collect()
}

/// The smallest change where an actor is asked about; of the actor at hand, one of the id.
fn by(case: Case<'_>, role: &str, hunt: &mut Hunt) -> Option<Change> {
    let all = [Free::Context, Free::Payload, Free::Settings, Free::Actor];
    if role == case.event.actor.role {
        return attempt(case, Free::Actor, hunt);
    }
    let mut event = case.event.clone();
    role.clone_into(&mut event.actor.role);
    let case = Case {
        event: &event,
        ..case
    };
    let found = all.into_iter().find_map(|free| attempt(case, free, hunt));
    found.map(|change| Change {
        actor: Some(role.to_owned()),
        ..change
    })
}

/// How many other changes are named.
const MOST_OTHERS: usize = 3;

/// What would be enough as well: what the event would have to bring, where the change is of the order; and where one
/// field is enough, the others of which each would be, too, by as little as can be. Of numbers, the change becomes the
/// one that changes by least.
pub(super) fn others(case: Case<'_>, change: &mut Change) -> Vec<Change> {
    let mut found = Vec::new();
    if let Some(only) = change.only() {
        found = singles(case, &mut Hunt::default());
        found.retain(|other| other.only().is_some_and(|other| other.name != only.name));
        least_first(change, &mut found);
    }
    // Whoever asks can bring something else more often than the order can be another.
    if change.payload.is_empty() && change.actor.is_none() {
        let brought = attempt(case, Free::Event, &mut Hunt::default());
        found.splice(0..0, brought);
    }
    found.truncate(MOST_OTHERS);
    found
}

/// Puts the change first that changes a number by least, where the first one is of a number as well.
fn least_first(change: &mut Change, others: &mut [Change]) {
    let distance = |change: &Change| change.only().and_then(Changed::distance);
    let Some(first) = distance(change) else {
        return;
    };
    let least = others
        .iter_mut()
        .filter_map(|other| Some((distance(other)?, other)));
    if let Some((least, other)) = least.min_by_key(|(distance, _)| *distance)
        && least < first
    {
        std::mem::swap(change, other);
    }
}

/// The event with another target.
pub(super) fn aimed(event: &Event, to: &str) -> Event {
    let mut event = event.clone();
    if let EventKind::Named { target, .. } = &mut event.kind {
        *target = Some(to.to_owned());
    }
    event
}

fn attempt(case: Case<'_>, free: Free, hunt: &mut Hunt) -> Option<Change> {
    let (workflow, instance) = (case.workflow, case.instance);
    let asked = asked(case.event, case.now)?;
    let ways = interpret::ways(workflow, case.site, instance, &asked).ok()?;
    let payload = (ways.event, ways.payload.iter().collect());
    let before = moment(case, &asked, payload);
    let open = open_ways(workflow, &ways);
    if open.is_empty() {
        return None;
    }
    let source = instance.leaves(workflow).next()?;
    let near = nearest(workflow, &before, (source, Some(ways.event)), &open, free);
    let Nearest::Perhaps {
        moment,
        sure,
        unsolved,
    } = near
    else {
        return None;
    };
    let change = |after: &Moment| difference(workflow, ways.event, &before, after);
    let smallest = moment.as_deref().map(change);
    if let Some(found) = smallest.filter(|change| works(case, change)) {
        // By how much two lists differ is not looked at.
        hunt.open |= !sure || found.changes_a_list();
        return Some(found);
    }
    let guessed = !unsolved.is_empty();
    hunt.open = true;
    hunt.unsolved.extend(unsolved);
    let bases: Vec<Moment> = [before.clone()]
        .into_iter()
        .chain(moment.map(|moment| *moment))
        .collect();
    let conditions = open.iter().flat_map(Way::conditions);
    let mut tried = guesses(workflow, &bases, conditions, free).into_iter();
    tried.find_map(|after| {
        let is_free = free.reaches(&before, &after);
        let fits = guessed && is_free && open.iter().any(|way| way.is_open(workflow, &after));
        let change = fits.then(|| change(&after))?;
        works(case, &change).then_some(change)
    })
}

/// What the guards of each way say.
pub(super) fn open_ways<'w>(workflow: &'w Workflow, ways: &Ways) -> Vec<Way<'w>> {
    ways.open
        .iter()
        .map(|&(row, branch)| {
            let row = workflow.rows.at(row);
            let chosen = row.branches.get(branch);
            let own = chosen.iter().flat_map(|branch| &branch.conditions);
            let earlier = row.branches.iter().take(branch);
            Way {
                held: row.conditions.iter().chain(own).collect(),
                before: earlier
                    .map(|branch| branch.conditions.iter().collect())
                    .collect(),
            }
        })
        .collect()
}

fn difference(
    workflow: &Workflow,
    event: crate::graph::EventId,
    before: &Moment,
    after: &Moment,
) -> Change {
    let changed = |before: &[Option<Value>], after: &[Option<Value>]| -> Vec<(usize, Changed)> {
        let pairs = before.iter().zip(after).enumerate();
        pairs
            .filter(|(_, (from, to))| from != to)
            .map(|(slot, (from, to))| {
                let changed = Changed {
                    name: String::new(),
                    from: from.clone(),
                    to: to.clone(),
                };
                (slot, changed)
            })
            .collect()
    };
    let name = |found: Vec<(usize, Changed)>, name: &dyn Fn(usize) -> String| {
        let named = found.into_iter().map(|(slot, changed)| Changed {
            name: name(slot),
            ..changed
        });
        named.collect()
    };
    let some =
        |values: &[Value]| -> Vec<Option<Value>> { values.iter().cloned().map(Some).collect() };
    let payload = &workflow.events.at(event).payload;
    Change {
        context: name(changed(&before.order, &after.order), &|slot| {
            name_of(&workflow.fields, slot, |field| &field.name)
        }),
        payload: name(changed(&before.event, &after.event), &|slot| {
            payload
                .get(slot)
                .map_or(String::new(), |field| field.name.clone())
        }),
        settings: name(
            changed(&some(&before.settings), &some(&after.settings)),
            &|slot| name_of(&workflow.settings, slot, |setting| &setting.name),
        ),
        actor: None,
        actor_id: other_id(before, after),
        target: None,
    }
}

/// The id that who acts would need; where any would do, one that can be read.
fn other_id(before: &Moment, after: &Moment) -> Option<String> {
    let differs = before.actor.id != after.actor.id;
    let id = after.actor.id.clone().filter(|_| differs)?;
    Some(match id.is_empty() {
        true => "1".to_owned(),
        false => id,
    })
}

/// Whether an order that was changed so accepts the event.
fn works(case: Case<'_>, change: &Change) -> bool {
    let (workflow, site, now) = (case.workflow, case.site, case.now);
    let plain = |changed: &Changed| {
        let value = changed.to.as_ref().map_or(Json::Null, Value::to_json);
        (changed.name.clone(), value)
    };
    let settings = workflow
        .settings
        .iter()
        .filter_map(|(id, setting)| Some((setting.name.clone(), site.setting(id)?.to_json())));
    let settings: BTreeMap<String, Json> =
        settings.chain(change.settings.iter().map(plain)).collect();
    let Ok(site) = Site::new(workflow, &settings) else {
        return false;
    };
    let mut order = case.instance.clone();
    if !change.context.is_empty() {
        let told = Event {
            id: None,
            actor: Actor::system(),
            kind: EventKind::ContextChanged {
                changes: change.context.iter().map(plain).collect(),
            },
        };
        let outcome = interpret::step(workflow, &site, &order, &told, now);
        if outcome.answer != Answer::Accepted {
            return false;
        }
        order = outcome.instance;
    }
    let mut event = case.event.clone();
    if let Some(id) = &change.actor_id {
        event.actor.id = Some(id.clone());
    }
    if let EventKind::Named { payload, .. } = &mut event.kind {
        payload.extend(change.payload.iter().map(plain));
    }
    let outcome = interpret::step(workflow, &site, &order, &event, now);
    outcome.answer == Answer::Accepted
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (
            self.from.as_ref().map(Value::shown),
            self.to.as_ref().map(Value::shown),
        ) {
            (Some(from), Some(to)) => write!(f, "`{}` from {from} to {to}", self.name),
            (None, Some(to)) => write!(f, "`{}` to {to}", self.name),
            (_, None) => write!(f, "`{}` to nothing", self.name),
        }
    }
}

impl fmt::Display for Change {
    /// One line: what has to change, in the order in which it is looked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.context.iter().map(ToString::to_string).collect();
        parts.extend(
            self.payload
                .iter()
                .map(|changed| format!("the event's {changed}")),
        );
        parts.extend(
            self.settings
                .iter()
                .map(|changed| format!("the setting {changed}")),
        );
        parts.extend(
            self.actor
                .iter()
                .map(|actor| format!("the actor to `{actor}`")),
        );
        parts.extend(
            self.actor_id
                .iter()
                .map(|id| format!("the actor's id to `{id}`")),
        );
        parts.extend(
            self.target
                .iter()
                .map(|target| format!("the target to `{target}`")),
        );
        f.write_str(&parts.join(", "))
    }
}
