//! Whether a guard could still come true while the order stays as it is.
//!
//! In: a guard. Out: two literals over what stays (the context, the settings, the state): whether the
//! guard can be true, and whether it can be anything else, for some event, actor, time and children.
//! What is not calculated exactly can be either, so that what cannot be true here cannot be at all.

use batsat::Lit;

use super::encode::{Encoder, Truth, Who};
use crate::graph::Condition;
use crate::guard::tree::{Form, Home, Tree};

impl Encoder<'_> {
    /// Whether all of the conditions can come true. Where all of them are `lasting`, they say what they say, and what is
    /// not calculated of them has to be confirmed.
    pub(super) fn can_hold<'c>(
        &mut self,
        conditions: impl IntoIterator<Item = &'c Condition>,
        (who, lasting): (Who, bool),
    ) -> Lit {
        let mut all = self.space.circuit.yes();
        for condition in conditions {
            if let Some(guard) = &condition.guard {
                self.enter(guard.source(), who);
                let can = match lasting {
                    true => self.truth(guard.tree()).yes,
                    false => self.can(guard.tree()).yes,
                };
                all = self.space.circuit.and(all, can);
            }
        }
        all
    }

    /// `&&` over parts, each turned by `turn`.
    fn can_all(&mut self, parts: &[Tree], turn: impl Fn(Truth) -> Truth) -> Truth {
        let mut yes = self.space.circuit.yes();
        let mut no = self.space.circuit.no();
        for part in parts {
            let part = turn(self.can(part));
            let here = self.space.circuit.and(yes, part.no);
            no = self.space.circuit.or(no, here);
            yes = self.space.circuit.and(yes, part.yes);
        }
        Truth { yes, no }
    }

    /// Whether a boolean can be true, and whether it can be false.
    fn can(&mut self, tree: &Tree) -> Truth {
        let either = self.space.circuit.yes();
        let anything = Truth {
            yes: either,
            no: either,
        };
        match &tree.form {
            Form::Not(part) => {
                let part = self.can(part);
                Truth {
                    yes: part.no,
                    no: part.yes,
                }
            }
            Form::All(parts) => self.can_all(parts, |truth| truth),
            Form::Any(parts) => {
                let turn = |truth: Truth| Truth {
                    yes: truth.no,
                    no: truth.yes,
                };
                turn(self.can_all(parts, turn))
            }
            _ if moves(tree) => anything,
            _ => {
                let met = self.met;
                let truth = self.truth(tree);
                match self.met == met {
                    true => truth,
                    false => anything,
                }
            }
        }
    }
}

/// Whether a value may change while the order stays as it is.
fn moves(tree: &Tree) -> bool {
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
