//! Whether a guard could still come true while the order stays as it is.
//!
//! In: a guard. Out: two literals over what stays (the context, the settings, the state): whether the
//! guard can be true, and whether it can be anything else, for some event, actor, time and children.
//! Where the time goes on from a moment, what closes then and is false can not be true again ([`ageing`]).
//! What is not calculated exactly can be either, so that what cannot be true here cannot be at all.

use batsat::Lit;

use super::ageing::{self, closes, opens};
use super::due::Due;
use super::encode::{Encoder, Truth, Who};
use crate::graph::Condition;
use crate::guard::tree::{Form, Home, Tree};

/// When conditions are judged of which it is asked whether they can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// Whenever: they read nothing that changes. They say what they say, and what is not calculated of them has to be
    /// confirmed.
    Alike,
    /// At some time, of which nothing is known.
    Sometime,
    /// At the moment or any time after it.
    Henceforth,
}

impl Encoder<'_> {
    /// Whether all of the conditions can come true.
    pub(super) fn can_hold<'c>(
        &mut self,
        conditions: impl IntoIterator<Item = &'c Condition>,
        (who, judged): (Who, Judged),
    ) -> Lit {
        let mut all = self.space.circuit.yes();
        for condition in conditions {
            if let Some(guard) = &condition.guard {
                self.enter(guard.source(), who);
                let can = match judged {
                    Judged::Alike => self.truth(guard.tree()).yes,
                    Judged::Sometime => self.can(guard.tree(), false).yes,
                    Judged::Henceforth => self.can(guard.tree(), true).yes,
                };
                all = self.space.circuit.and(all, can);
            }
        }
        all
    }

    /// Whether all of the conditions of a timer hold when it is due.
    pub(super) fn hold_when<'c>(
        &mut self,
        due: &Due,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Lit {
        let mut all = self.space.circuit.yes();
        for guard in conditions.into_iter().filter_map(|one| one.guard.as_ref()) {
            self.enter(guard.source(), Who::Actor);
            let holds = self.truth(&due.judged(guard.tree())).yes;
            all = self.space.circuit.and(all, holds);
        }
        all
    }

    /// `&&` over parts, each turned by `turn`.
    fn can_all(&mut self, parts: &[Tree], ages: bool, turn: impl Fn(Truth) -> Truth) -> Truth {
        let mut yes = self.space.circuit.yes();
        let mut no = self.space.circuit.no();
        for part in parts {
            let part = turn(self.can(part, ages));
            let here = self.space.circuit.and(yes, part.no);
            no = self.space.circuit.or(no, here);
            yes = self.space.circuit.and(yes, part.yes);
        }
        Truth { yes, no }
    }

    /// Whether a boolean can be true, and whether it can be false; where it `ages`, from the moment on.
    fn can(&mut self, tree: &Tree, ages: bool) -> Truth {
        let either = self.space.circuit.yes();
        let anything = Truth {
            yes: either,
            no: either,
        };
        match &tree.form {
            Form::Not(part) => {
                let part = self.can(part, ages);
                Truth {
                    yes: part.no,
                    no: part.yes,
                }
            }
            Form::All(parts) => self.can_all(parts, ages, |truth| truth),
            Form::Any(parts) => {
                let turn = |truth: Truth| Truth {
                    yes: truth.no,
                    no: truth.yes,
                };
                turn(self.can_all(parts, ages, turn))
            }
            _ if moves(tree) && ages => {
                let mut can = anything;
                if closes(tree) {
                    can.yes = self.plain(tree).map_or(either, |truth| truth.yes);
                } else if opens(tree) {
                    can.no = self.plain(tree).map_or(either, |truth| truth.no);
                } else if let Some(ends) = ageing::window(tree) {
                    let ends = ends.each_ref().map(|end| self.can(end, ages).yes);
                    let length = self.has_length(tree);
                    can.yes = self.space.circuit.all(ends.into_iter().chain([length]));
                }
                can
            }
            _ if moves(tree) => Truth {
                yes: self.has_length(tree),
                no: either,
            },
            _ => self.plain(tree).unwrap_or(anything),
        }
    }

    /// Whether a window does not end before it begins; true of all else.
    fn has_length(&mut self, tree: &Tree) -> Lit {
        let ordered = ageing::ends(tree).filter(|ordered| !moves(ordered));
        let truth = ordered.and_then(|ordered| self.plain(&ordered));
        truth.map_or(self.space.circuit.yes(), |truth| truth.yes)
    }

    /// A boolean, where it is calculated exactly.
    fn plain(&mut self, tree: &Tree) -> Option<Truth> {
        let met = self.met;
        let truth = self.truth(tree);
        (self.met == met).then_some(truth)
    }
}

/// Whether a value may change while the order stays as it is.
pub(super) fn moves(tree: &Tree) -> bool {
    let own = matches!(
        tree.form,
        Form::Field(Home::Event, _)
            | Form::IsSet(Home::Event, _)
            | Form::Role
            | Form::ActorId
            | Form::HasId
            | Form::Now
            | Form::Children(..)
    );
    own || tree.parts().into_iter().any(moves)
}
