//! Situations at the edges of what guards compare.
//!
//! In: a situation and conditions. Out: the first that serves of a few more situations, with the values that
//! the conditions write out, one less and one more, in the fields that they read. Most guards are seen both
//! true and false in them, which saves the solver.

use std::collections::BTreeMap;

use super::moment::Moment;
use crate::context::Value;
use crate::graph::Condition;
use crate::guard::Guard;
use crate::guard::kind::Kind;
use crate::guard::tree::{Form, Home, Tree};
use crate::time;

/// How many situations are tried.
const MOST: usize = 16;

/// Situations that differ from one in the fields that conditions read.
pub(super) struct Probes {
    base: Moment,
    /// The fields, with the values that are worth trying.
    choices: Vec<((Home, usize), Vec<Value>)>,
}

impl Probes {
    pub(super) fn new<'c>(
        base: &Moment,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Self {
        let mut fields: BTreeMap<(Home, usize), &Kind> = BTreeMap::new();
        let mut values: Vec<&Value> = Vec::new();
        let mut open: Vec<&Tree> = Vec::new();
        for condition in conditions {
            open.extend(condition.guard.iter().map(Guard::tree));
            while let Some(tree) = open.pop() {
                match &tree.form {
                    Form::Constant(value) if values.len() < 64 && !values.contains(&value) => {
                        values.push(value);
                    }
                    Form::Field(home, slot) => _ = fields.insert((*home, *slot), &tree.kind),
                    _ => {}
                }
                open.extend(tree.parts());
            }
        }
        let choices = fields.into_iter().map(|((home, slot), kind)| {
            let mut fitting = edges(kind, &values);
            fitting.extend(match home {
                Home::Order => base.order.get(slot).cloned().flatten(),
                _ => None,
            });
            ((home, slot), fitting)
        });
        Self {
            choices: choices.collect(),
            base: base.clone(),
        }
    }

    /// The first of the situations of which that is so.
    pub(super) fn find(mut self, mut is_so: impl FnMut(&Moment) -> bool) -> Option<Moment> {
        // Each writes over the values of the one before it.
        let found = (0..MOST).any(|round| {
            self.turn(round);
            is_so(&self.base)
        });
        found.then_some(self.base)
    }

    fn turn(&mut self, round: usize) {
        for (place, ((home, slot), fitting)) in self.choices.iter().enumerate() {
            let pick = (round * (place + 1) + round / 2) % fitting.len().max(1);
            let Some(value) = fitting.get(pick).cloned() else {
                continue;
            };
            match home {
                Home::Order => put(self.base.order.get_mut(*slot), Some(value)),
                Home::Event => put(self.base.event.get_mut(*slot), Some(value)),
                // The bounds of a setting are its own affair.
                Home::Settings => {}
            }
        }
    }
}

fn put<T>(slot: Option<&mut T>, value: T) {
    if let Some(slot) = slot {
        *slot = value;
    }
}

/// The values of a kind that are worth trying.
fn edges(kind: &Kind, written: &[&Value]) -> Vec<Value> {
    let mut found = Vec::new();
    match kind {
        Kind::Boolean => found.extend([true, false].map(Value::Boolean)),
        Kind::Enum(words) => {
            found.extend(words.iter().map(|word| Value::Text(word.as_str().into())));
        }
        _ => {}
    }
    for &value in written {
        match (kind, value) {
            (Kind::Integer, Value::Integer(n)) => {
                found.extend([*n, n.saturating_add(1), n.saturating_sub(1)].map(Value::Integer));
            }
            (Kind::Decimal, Value::Integer(n)) => {
                let numbers = [*n, n.saturating_add(1), n.saturating_sub(1)];
                found.extend(numbers.map(|n| Value::Decimal(n.into())));
            }
            (Kind::Decimal, Value::Decimal(n)) => {
                let one = rust_decimal::Decimal::ONE;
                let numbers = [Some(*n), n.checked_add(one), n.checked_sub(one)];
                found.extend(
                    numbers
                        .into_iter()
                        .flatten()
                        .map(|n| Value::decimal(n.trunc(), 0)),
                );
            }
            (Kind::Text, Value::Text(_))
            | (Kind::Date, Value::Date(_))
            | (Kind::Datetime, Value::Datetime(_)) => {
                found.push(value.clone());
                if let Value::Date(date) = value {
                    let near = [-1, 1].map(|days| time::shift_date(*date, days));
                    let near = near.into_iter().flatten().filter(time::is_writable);
                    found.extend(near.map(Value::Date));
                }
            }
            _ => {}
        }
    }
    found
}
