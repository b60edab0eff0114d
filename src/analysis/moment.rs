//! One concrete situation: all that a guard may read.
//!
//! In: values. Out: what real guards say about them. What the solver finds is believed only once a
//! guard, evaluated in the moment that it stands for, says the same.

use std::sync::{Arc, LazyLock};

use crate::context::{Actor, Cells, CellsView, Type, Value};
use crate::graph::{Condition, EventId, Id, StateId, Workflow};
use crate::guard::{ChildCounts, Inputs};
use crate::time::{self, Instant, Zone};

/// All that a guard may read at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// The context, by field.
    pub(crate) order: Vec<Option<Value>>,
    /// The settings, by setting.
    pub(crate) settings: Vec<Value>,
    /// The payload of the event, by slot.
    pub(crate) event: Vec<Option<Value>>,
    /// Who acts.
    pub(crate) actor: Actor,
    /// The children, by set.
    pub(crate) children: Vec<ChildCounts>,
    /// When.
    pub(crate) now: Instant,
    /// The active states.
    pub(crate) active: Vec<StateId>,
    /// The event that the payload belongs to.
    pub(crate) of: Option<EventId>,
}

impl Moment {
    /// The tenant's zone; UTC where the setting names none.
    pub(crate) fn zone(&self, workflow: &Workflow) -> Zone {
        let mut settings = workflow.settings.iter();
        let found = settings.find(|(_, setting)| setting.name == "timezone");
        let value = found.and_then(|(id, _)| self.settings.get(id.index()));
        let zone = value.and_then(|value| match value {
            Value::Text(name) => name.parse().ok(),
            _ => None,
        });
        zone.unwrap_or_default()
    }

    /// Whether an order has a number that nobody writes, beyond 10^15.
    pub(crate) fn is_huge(&self) -> bool {
        const MOST: i64 = 1_000_000_000_000_000;
        let values = self.order.iter().chain(&self.event).flatten();
        values.into_iter().any(|value| match value {
            Value::Integer(number) => number.unsigned_abs() > MOST.unsigned_abs(),
            Value::Decimal(number) => number.abs() > MOST.into(),
            _ => false,
        })
    }

    /// The same in the zone of another one; `None` where it is in that.
    pub(crate) fn at_home(&self, workflow: &Workflow, other: &Self) -> Option<Self> {
        let mut settings = workflow.settings.iter();
        let (id, _) = settings.find(|(_, setting)| setting.name == "timezone")?;
        let zone = other.settings.get(id.index())?;
        let mut home = self.clone();
        let own = home.settings.get_mut(id.index())?;
        (own != zone).then(|| own.clone_from(zone))?;
        Some(home)
    }

    /// What guards read of it, in the form in which they read it.
    pub(crate) fn packed<'m>(&'m self, workflow: &'m Workflow) -> Packed<'m> {
        let settings = self.settings.iter().cloned().map(Some);
        let layout = |event| &workflow.events.at(event).layout;
        let event = self.of.map(layout);
        Packed {
            moment: self,
            workflow,
            order: Cells::with(&workflow.layout, self.order.iter().cloned()),
            settings: Cells::with(&workflow.settings_layout, settings),
            event: event.map(|layout| Cells::with(layout, self.event.iter().cloned())),
            zone: self.zone(workflow),
        }
    }

    /// Hands over what guards read.
    pub(crate) fn read<T>(
        &self,
        workflow: &Workflow,
        actor: &Actor,
        read: impl FnOnce(&Inputs<'_>) -> T,
    ) -> T {
        self.packed(workflow).read(actor, read)
    }

    /// Whether all of the conditions hold for an actor; one that cannot be judged does not.
    pub(crate) fn holds<'c>(
        &self,
        workflow: &Workflow,
        actor: &Actor,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> bool {
        self.packed(workflow).holds(actor, conditions)
    }

    /// The first of the conditions that cannot be judged for an actor, and why.
    pub(crate) fn failure<'c>(
        &self,
        workflow: &Workflow,
        actor: &Actor,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Option<(String, String)> {
        self.read(workflow, actor, |inputs| {
            conditions.into_iter().find_map(|condition| {
                let error = condition.guard.as_ref()?.eval(inputs).err()?;
                Some((condition.text.to_string(), error.to_string()))
            })
        })
    }
}

/// A moment in the form in which guards read it: made once for all that are asked.
pub(crate) struct Packed<'m> {
    moment: &'m Moment,
    workflow: &'m Workflow,
    order: Cells,
    settings: Cells,
    event: Option<Cells>,
    zone: Zone,
}

impl Packed<'_> {
    /// Hands over what guards read.
    pub(crate) fn read<T>(&self, actor: &Actor, read: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let in_state = |path: &str| {
            let mut active = self.moment.active.iter();
            active.any(|&id| self.workflow.states.at(id).path == path)
        };
        read(&Inputs {
            order: self.order.view(),
            settings: self.settings.view(),
            event: self.event.as_ref().map_or(CellsView::EMPTY, Cells::view),
            actor,
            role: None,
            children: &self.moment.children,
            now: self.moment.now.into(),
            zone: &self.zone,
            in_state: &in_state,
        })
    }

    /// Whether all of the conditions hold for an actor; one that cannot be judged does not.
    pub(crate) fn holds<'c>(
        &self,
        actor: &Actor,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> bool {
        self.read(actor, |inputs| {
            let mut guards = conditions.into_iter().map(|c| c.guard.as_ref());
            guards.all(|guard| guard.is_some_and(|guard| guard.holds(inputs)))
        })
    }
}

/// What a value of a type is where nothing else is known.
pub(crate) fn zero(ty: &Type) -> Value {
    match ty {
        Type::Boolean => Value::Boolean(false),
        Type::Integer => Value::Integer(0),
        Type::Decimal { scale } => Value::decimal(0.into(), *scale),
        Type::String => Value::Text("".into()),
        Type::Enum(words) => Value::Text(words.first().map_or("", String::as_str).into()),
        Type::Date => Value::Date(start().date_naive()),
        Type::Datetime => Value::Datetime(start()),
        Type::Duration => Value::Duration(time::Duration::default()),
        Type::List(_) => Value::List(Arc::new([])),
    }
}

/// When a story begins where nothing else is known.
pub(crate) fn start() -> time::Instant {
    static START: LazyLock<time::Instant> = LazyLock::new(|| {
        time::parse_instant("2026-01-05T09:00:00Z").unwrap_or(time::Instant::UNIX_EPOCH)
    });
    *START
}
