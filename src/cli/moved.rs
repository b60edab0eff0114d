//! What became of the orders of a migration: counts, refusals, effects.
//!
//! In: each order as it came over, or its reasons. Out: an account as text or data.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use super::terminal::on_one_line;
use crate::migrate::{EventRow, FateRows, Fates, Migrated, TimerRow};

/// The account of a migration.
#[derive(Default)]
pub(super) struct Account {
    counts: BTreeMap<(String, String), usize>,
    fates: Fates,
    effects: Vec<JsonAsked>,
    refused: Vec<JsonRefused>,
}

/// What `flagstate migrate --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct JsonAccount {
    /// The version of this form: 1.
    version: u32,
    /// How many orders come over.
    migrated: usize,
    /// How many come from where to where.
    counts: Vec<JsonCount>,
    /// How many timers were kept, restarted, dropped or started.
    timers: Vec<TimerRow>,
    /// How many events that waited for their time were kept or dropped.
    events: Vec<EventRow>,
    /// What is asked of the outside, because flags were let go.
    effects: Vec<JsonAsked>,
    /// The orders that do not come over.
    refused: Vec<JsonRefused>,
}

/// How many orders come from where to where.
#[derive(Debug, Serialize, JsonSchema)]
struct JsonCount {
    /// Where they were: the innermost states, joined by ` + `.
    from: String,
    /// Where they are.
    to: String,
    /// How many.
    orders: usize,
}

/// Effects that are asked for one order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct JsonAsked {
    /// The line of the order, from 1.
    line: usize,
    /// The host's id of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The effects, by name.
    effects: Vec<String>,
}

/// An order that does not come over.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct JsonRefused {
    /// The line of the order, from 1.
    line: usize,
    /// The host's id of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Every reason.
    reasons: Vec<String>,
}

impl Account {
    pub(super) fn add(&mut self, line: usize, id: Option<String>, moved: Migrated) {
        self.fates.add(&moved);
        *self.counts.entry((moved.from, moved.to)).or_default() += 1;
        if !moved.effects.is_empty() {
            self.effects.push(JsonAsked {
                line,
                id,
                effects: moved.effects,
            });
        }
    }

    pub(super) fn refuse(&mut self, line: usize, id: Option<String>, reasons: Vec<String>) {
        self.refused.push(JsonRefused { line, id, reasons });
    }

    pub(super) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }

    fn migrated(&self) -> usize {
        self.counts.values().sum()
    }

    pub(super) fn text(&self, dry: bool) -> String {
        let mut text = String::new();
        for ((from, to), count) in &self.counts {
            let to = if from == to { "(stays)" } else { to.as_str() };
            _ = writeln!(text, "{count:>7}  {from} -> {to}");
        }
        _ = write!(text, "{}", self.fates);
        for refused in &self.refused {
            let who = refused
                .id
                .as_ref()
                .map_or(String::new(), |id| format!(" `{id}`"));
            for reason in &refused.reasons {
                let told = format!("refused{who} (line {}): {reason}", refused.line);
                _ = writeln!(text, "{}", on_one_line(&told));
            }
        }
        let (would, written) = match (dry, self.refused.is_empty()) {
            (true, _) => ("would come", ""),
            (false, true) => ("came", ""),
            (false, false) => ("would come", "; nothing was written"),
        };
        let orders = match self.migrated() {
            1 => "1 order".to_owned(),
            count => format!("{count} orders"),
        };
        let refused = self.refused.len();
        _ = writeln!(text, "{orders} {would} over, {refused} refused{written}");
        text
    }

    pub(super) fn json(&self) -> JsonAccount {
        let counts = self.counts.iter().map(|((from, to), &orders)| JsonCount {
            from: from.clone(),
            to: to.clone(),
            orders,
        });
        let FateRows { timers, events, .. } = self.fates.rows();
        JsonAccount {
            version: 1,
            migrated: self.migrated(),
            counts: counts.collect(),
            timers,
            events,
            effects: self.effects.clone(),
            refused: self.refused.clone(),
        }
    }
}
