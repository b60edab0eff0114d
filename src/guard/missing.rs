//! Values that may be missing, read without asking first.
//!
//! In: the typed form of an expression, the [`Scope`], and what is [`Known`] to be set where it
//! stands. Out: a finding for every other read, and what is known once the expression holds. What
//! `&&`, `||` and `!` say is followed; so is that a value which was read is there, since the guard
//! would have failed.

use std::collections::BTreeSet;
use std::ops::Range;

use super::rules::POSSIBLY_MISSING;
use super::tree::{Comparison, Each, Form, Home, Tree};
use crate::context::{Scope, Value};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::Expression;

/// What is known to be set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    set: BTreeSet<Missing>,
    /// Whether a condition could not be read, which may have asked for anything.
    anything: bool,
}

/// What may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Missing {
    Field(Home, usize),
    ActorId,
}

impl Known {
    fn and(&self, more: Missing) -> Self {
        let mut known = self.clone();
        known.set.insert(more);
        known
    }

    /// Takes note of a condition that could not be read: what it asked is not known.
    pub(crate) fn doubt(&mut self) {
        self.anything = true;
    }

    /// What is known either way.
    fn common(self, other: &Self) -> Self {
        let both = self.set.into_iter();
        let both = both.filter(|known| other.set.contains(known));
        Self {
            set: both.collect(),
            anything: self.anything && other.anything,
        }
    }
}

/// Where there is room for the question.
#[derive(Debug, Clone, Copy)]
pub(super) enum Help {
    /// In the expression itself.
    Guard,
    /// In the guard around it.
    Value,
}

/// What is known where a condition holds, and where it does not. Of other values the two are the same.
struct After {
    yes: Known,
    no: Known,
}

impl After {
    fn both(known: Known) -> Self {
        let yes = known.clone();
        Self { yes, no: known }
    }

    fn either(self) -> Known {
        self.yes.common(&self.no)
    }
}

/// Reports what is read of an expression without being known, and adds to `known` what is set once
/// the expression holds, or has given its value.
pub(super) fn check(
    tree: &Tree,
    (expr, help): (&Expression, Help),
    scope: &Scope,
    known: &mut Known,
    report: &mut Report,
) {
    let mut walk = Walk {
        scope,
        found: Vec::new(),
    };
    *known = walk.follow(tree, known).yes;
    for (at, missing) in walk.found {
        let Some((root, name)) = missing.path(scope) else {
            continue;
        };
        let message = format!("`{root}.{name}` may not be set");
        let place = expr.place(at.start, at.end);
        let found = Diagnostic::new(&POSSIBLY_MISSING, place, message);
        report.push(found.help(match help {
            Help::Guard => format!("ask first: `\"{name}\" in {root} && …`"),
            Help::Value => format!("ask in the guard of the row: `\"{name}\" in {root}`"),
        }));
    }
}

impl Missing {
    fn is_optional(self, scope: &Scope) -> bool {
        match self {
            Self::Field(Home::Order, slot) => scope.optional_order.contains(&slot),
            Self::Field(Home::Event, slot) => scope.optional_event.contains(&slot),
            Self::Field(Home::Settings, _) => false,
            Self::ActorId => true,
        }
    }

    fn path(self, scope: &Scope) -> Option<(&'static str, &str)> {
        let (root, slots, slot) = match self {
            Self::Field(Home::Order, slot) => ("order", &scope.order, slot),
            Self::Field(Home::Event, slot) => ("event", scope.event.as_ref()?, slot),
            Self::Field(Home::Settings, slot) => ("settings", &scope.settings, slot),
            Self::ActorId => return Some(("actor", "id")),
        };
        slots.get_index(slot).map(|(name, _)| (root, name.as_str()))
    }
}

struct Walk<'s> {
    scope: &'s Scope,
    found: Vec<(Range<usize>, Missing)>,
}

impl Walk<'_> {
    fn follow(&mut self, tree: &Tree, known: &Known) -> After {
        match &tree.form {
            Form::Field(home, slot) => self.read(Missing::Field(*home, *slot), tree, known),
            Form::ActorId => self.read(Missing::ActorId, tree, known),
            Form::IsSet(home, slot) => After {
                yes: known.and(Missing::Field(*home, *slot)),
                no: known.clone(),
            },
            Form::HasId => After {
                yes: known.and(Missing::ActorId),
                no: known.clone(),
            },
            Form::Not(part) => self.follow(part, known).swapped(),
            Form::All(parts) => self.chain(parts, known, |after| after),
            Form::Any(parts) => self.chain(parts, known, After::swapped).swapped(),
            Form::Compare(comparison, pair) => match compared(*comparison, pair) {
                Some((part, true)) => self.follow(part, known),
                Some((part, false)) => self.follow(part, known).swapped(),
                None => self.one_by_one(pair.iter(), known),
            },
            Form::Call(function, args) if function.is_method() => {
                self.one_by_one(args.iter().rev(), known)
            }
            Form::Entries(asked) => {
                let Each::Body { body, .. } = &asked.each else {
                    return self.one_by_one(tree.parts(), known);
                };
                let known = self.follow(&asked.list, known).either();
                // An empty list asks nothing of the body.
                self.follow(body, &known);
                After::both(known)
            }
            _ => self.one_by_one(tree.parts(), known),
        }
    }

    fn read(&mut self, missing: Missing, tree: &Tree, known: &Known) -> After {
        let is_known = known.anything || known.set.contains(&missing);
        if missing.is_optional(self.scope) && !is_known {
            self.found.push((tree.at(), missing));
        }
        After::both(known.and(missing))
    }

    /// Conditions up to the first that fails; `turned` tells which answer that is.
    fn chain(&mut self, parts: &[Tree], known: &Known, turned: fn(After) -> After) -> After {
        let mut yes = known.clone();
        let mut no: Option<Known> = None;
        for part in parts {
            let after = turned(self.follow(part, &yes));
            no = Some(match no {
                Some(no) => no.common(&after.no),
                None => after.no,
            });
            yes = after.yes;
        }
        let no = no.unwrap_or_else(|| known.clone());
        After { yes, no }
    }

    /// Parts that are evaluated whatever they give.
    fn one_by_one<'t>(
        &mut self,
        parts: impl IntoIterator<Item = &'t Tree>,
        known: &Known,
    ) -> After {
        let parts = parts.into_iter();
        After::both(parts.fold(known.clone(), |known, part| {
            self.follow(part, &known).either()
        }))
    }
}

impl After {
    fn swapped(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
        }
    }
}

/// A condition that is compared with `true` or `false`, and which of its answers makes it hold.
fn compared(comparison: Comparison, pair: &[Tree; 2]) -> Option<(&Tree, bool)> {
    let equal = match comparison {
        Comparison::Equal => true,
        Comparison::Unequal => false,
        _ => return None,
    };
    match pair {
        [
            part,
            Tree {
                form: Form::Constant(Value::Boolean(value)),
                ..
            },
        ]
        | [
            Tree {
                form: Form::Constant(Value::Boolean(value)),
                ..
            },
            part,
        ] => Some((part, *value == equal)),
        _ => None,
    }
}
