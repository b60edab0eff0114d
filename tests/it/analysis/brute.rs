//! Small workflows whose situations can all be tried.

use flagstate::context::{Actor, Cells, Value};
use flagstate::graph::Workflow;
use flagstate::guard::{Guard, Inputs};
use flagstate::time::{Zone, parse_instant};

use super::dice::Dice;

/// What a random workflow declares, and its states.
pub(super) const HEAD: &str = "flagstate: 1
workflow: random
settings:
  low: { type: integer, default: 1, min: 0, max: 3 }
  high: { type: integer, default: 2, min: 1, max: 4 }
context:
  held: { type: boolean, default: false }
  seen: { type: boolean }
  kind: { type: enum, values: [a, b, c], default: a }
  mode: { type: enum, values: [b, c], default: b }
actors: [clerk, boss]
defaults: { by: [clerk, boss] }
initial: open
states:
  open:
  waiting:
  done: { final: true }
transitions:
";

/// A condition over what stays while an order stands still.
pub(super) fn lasting(dice: &mut Dice) -> String {
    let number = |dice: &mut Dice| match dice.below(5) {
        0 => "settings.low".to_owned(),
        1 => "settings.high".to_owned(),
        2 => "settings.low + settings.high".to_owned(),
        3 => format!("settings.low * {} - settings.high", dice.below(3) + 1),
        _ => dice.below(5).to_string(),
    };
    match dice.below(10) {
        0 => "order.held".to_owned(),
        1 => "order.seen".to_owned(),
        2 => "\"seen\" in order".to_owned(),
        3 => format!("order.kind == \"{}\"", dice.pick(&["a", "b", "c"])),
        4 => "order.kind == order.mode".to_owned(),
        5 => "order.kind in [\"a\", order.mode]".to_owned(),
        6 => format!("settings.low in {}..=3", dice.below(3)),
        7 => "order.held != order.seen".to_owned(),
        _ => {
            let (a, b) = (number(dice), number(dice));
            format!("{a} {} {b}", dice.pick(&["<", "<=", "==", "!=", ">", ">="]))
        }
    }
}

/// Any condition.
pub(super) fn any(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => format!("actor.role == \"{}\"", dice.pick(&["clerk", "boss"])),
        1 => "event.urgent".to_owned(),
        2 => "\"note\" in event".to_owned(),
        _ => lasting(dice),
    }
}

/// One situation of a random workflow.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    pub(super) order: Cells,
    pub(super) settings: Cells,
    event: Option<Cells>,
    pub(super) actor: Actor,
}

impl Situation {
    pub(super) fn holds(&self, guard: &Guard) -> bool {
        let event = self.event.as_ref();
        guard.holds(&Inputs {
            order: self.order.view(),
            settings: self.settings.view(),
            event: event.map_or(flagstate::context::CellsView::EMPTY, Cells::view),
            actor: &self.actor,
            role: None,
            children: &[],
            now: parse_instant("2026-01-05T09:00:00Z").unwrap().into(),
            zone: &Zone::default(),
            in_state: &|_| false,
        })
    }
}

/// Every situation: contexts and settings, and for an event also actors and payloads.
pub(super) fn situations(workflow: &Workflow, event: Option<&str>) -> Vec<Situation> {
    let texts = |words: &[&str]| -> Vec<Option<Value>> {
        let words = words.iter();
        words
            .map(|word| Some(Value::Text((*word).into())))
            .collect()
    };
    let truths = || [false, true].map(|truth| Some(Value::Boolean(truth)));
    let mut orders = vec![Cells::new(&workflow.layout)];
    let seen: Vec<Option<Value>> = truths().into_iter().chain([None]).collect();
    for (slot, values) in [
        truths().to_vec(),
        seen,
        texts(&["a", "b", "c"]),
        texts(&["b", "c"]),
    ]
    .iter()
    .enumerate()
    {
        orders = product(&orders, slot, values);
    }
    let (mut low, mut high) = (usize::MAX, usize::MAX);
    for (slot, setting) in workflow.settings.rows().iter().enumerate() {
        match setting.name.as_str() {
            "low" => low = slot,
            "high" => high = slot,
            _ => {}
        }
    }
    let mut settings = vec![Cells::new(&workflow.settings_layout)];
    let numbers = |range: std::ops::RangeInclusive<i64>| -> Vec<Option<Value>> {
        range.map(|number| Some(Value::Integer(number))).collect()
    };
    settings = product(&settings, low, &numbers(0..=3));
    settings = product(&settings, high, &numbers(1..=4));
    let mut payloads = vec![None];
    if let Some(event) = event {
        let event = workflow.events.at(workflow.event_named(event).unwrap());
        let mut cells = vec![Cells::new(&event.layout)];
        if !event.payload.is_empty() {
            cells = product(&cells, 0, &truths());
            cells = product(&cells, 1, &[None, Some(Value::Boolean(true))]);
        }
        payloads = cells.into_iter().map(Some).collect();
    }
    let actors: &[&str] = if event.is_some() {
        &["clerk", "boss"]
    } else {
        &["system"]
    };
    let mut found = Vec::new();
    for order in &orders {
        for settings in &settings {
            for event in &payloads {
                found.extend(actors.iter().map(|actor| Situation {
                    order: order.clone(),
                    settings: settings.clone(),
                    event: event.clone(),
                    actor: Actor::new(*actor),
                }));
            }
        }
    }
    found
}

fn product(cells: &[Cells], slot: usize, values: &[Option<Value>]) -> Vec<Cells> {
    let mut found = Vec::new();
    for cell in cells {
        for value in values {
            let mut next = cell.clone();
            next.set(slot, value.clone());
            found.push(next);
        }
    }
    found
}
