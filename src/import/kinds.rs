//! The types of variables and of what events bring, told by how they are used.

use std::collections::{BTreeMap, BTreeSet};

use super::script::{Expr, Op};

/// A type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    /// With so many digits behind the point.
    Decimal(u32),
    Text,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer | Self::Decimal(_) => "a number",
            Self::Text => "a text",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal(_))
    }
}

/// Said of `_event` in content that every event may set off.
const NO_EVENT: &str = "`_event` other than in a transition by events";

/// What is known of types.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    pub(super) variables: BTreeMap<String, Option<Kind>>,
    /// By event and name.
    pub(super) brought: BTreeMap<(String, String), Option<Kind>>,
    /// Variables that some expression names.
    pub(super) seen: BTreeSet<String>,
    /// Whether something was learnt since it was last asked.
    pub(super) learnt: bool,
}

impl Kinds {
    /// The type of an expression where `wanted` is expected, and what that tells of its names.
    pub(super) fn of(
        &mut self,
        expr: &Expr,
        event: Option<&str>,
        wanted: Option<Kind>,
    ) -> Result<Option<Kind>, String> {
        let found = match expr {
            Expr::Bool(_) | Expr::In(_) => Some(Kind::Boolean),
            Expr::Int(_) => Some(match wanted {
                Some(Kind::Decimal(scale)) => Kind::Decimal(scale),
                _ => Kind::Integer,
            }),
            Expr::Decimal(number) => Some(Kind::Decimal(number.normalize().scale().max(2))),
            Expr::Text(_) => Some(Kind::Text),
            // Where an event sets it off, its name stands in place of this.
            Expr::EventName => return Err(NO_EVENT.to_owned()),
            Expr::Var(name) => self.variable(name, wanted)?,
            Expr::EventData(name) => self.brought(name, event, wanted)?,
            Expr::Unset(of) => {
                self.of(of, event, None)?;
                Some(Kind::Boolean)
            }
            Expr::Not(of) => {
                self.of(of, event, Some(Kind::Boolean))?;
                Some(Kind::Boolean)
            }
            Expr::Minus(of) => self.of(of, event, wanted)?,
            Expr::Of(op, left, right) => self.joined(*op, (left, right), event, wanted)?,
        };
        match (found, wanted) {
            (Some(found), Some(wanted)) => merged(found, wanted).map(Some),
            (found, _) => Ok(found),
        }
    }

    fn joined(
        &mut self,
        op: Op,
        (left, right): (&Expr, &Expr),
        event: Option<&str>,
        wanted: Option<Kind>,
    ) -> Result<Option<Kind>, String> {
        if matches!(op, Op::And | Op::Or) {
            self.of(left, event, Some(Kind::Boolean))?;
            self.of(right, event, Some(Kind::Boolean))?;
            return Ok(Some(Kind::Boolean));
        }
        let common = if op.compares() { None } else { wanted };
        let first = self.of(left, event, common)?.or(common);
        let second = self.of(right, event, first)?;
        let both = match (first, second) {
            (Some(first), Some(second)) => Some(merged(first, second)?),
            (one, other) => one.or(other),
        };
        if first.is_none() && both.is_some() {
            self.of(left, event, both)?;
        }
        match (op.compares(), both) {
            (true, _) => Ok(Some(Kind::Boolean)),
            (false, Some(Kind::Boolean)) => Err("arithmetic with booleans".to_owned()),
            (false, Some(Kind::Text)) if op != Op::Add => Err("arithmetic with texts".to_owned()),
            (false, both) => Ok(both),
        }
    }

    fn variable(&mut self, name: &str, wanted: Option<Kind>) -> Result<Option<Kind>, String> {
        let Some(known) = self.variables.get(name).copied() else {
            return Err(format!("the variable `{name}`, which is not declared,"));
        };
        self.seen.insert(name.to_owned());
        let next = joined_kind(known, wanted)?;
        if next != known {
            self.learnt = true;
            self.variables.insert(name.to_owned(), next);
        }
        Ok(next)
    }

    fn brought(
        &mut self,
        name: &str,
        event: Option<&str>,
        wanted: Option<Kind>,
    ) -> Result<Option<Kind>, String> {
        let Some(event) = event else {
            return Err(NO_EVENT.to_owned());
        };
        self.brings(event, name, wanted)
    }

    /// Notes what an event brings.
    pub(super) fn brings(
        &mut self,
        event: &str,
        name: &str,
        kind: Option<Kind>,
    ) -> Result<Option<Kind>, String> {
        let key = (event.to_owned(), name.to_owned());
        let known = self.brought.get(&key).copied();
        let next = joined_kind(known.flatten(), kind)?;
        if known != Some(next) {
            self.learnt = true;
            self.brought.insert(key, next);
        }
        Ok(next)
    }
}

fn joined_kind(known: Option<Kind>, wanted: Option<Kind>) -> Result<Option<Kind>, String> {
    match (known, wanted) {
        (Some(known), Some(wanted)) => merged(known, wanted).map(Some),
        (one, other) => Ok(one.or(other)),
    }
}

fn merged(one: Kind, other: Kind) -> Result<Kind, String> {
    match (one, other) {
        (Kind::Decimal(a), Kind::Decimal(b)) => Ok(Kind::Decimal(a.max(b))),
        (Kind::Decimal(scale), Kind::Integer) | (Kind::Integer, Kind::Decimal(scale)) => {
            Ok(Kind::Decimal(scale))
        }
        _ if one == other => Ok(one),
        _ if one.is_number() && other.is_number() => Ok(one),
        _ => Err(format!("{} beside {}", one.name(), other.name())),
    }
}
