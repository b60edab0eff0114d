//! The moment at which a timer is due, as what its guards are asked about.
//!
//! In: a timer. Out: when it is due, in the words of the guard language, to stand in place of `now`. One that counts from
//! when its state was entered is due at any time.

use thin_vec::thin_vec;

use super::moment::Moment;
use crate::context::{Type, Value};
use crate::graph::{Amount, Anchor, Id, TimerId, Workflow};
use crate::guard::kind::Kind;
use crate::guard::tree::{Arithmetic, Form, Function, Home, Tree};

/// A timer whose guards are judged at the moment that is asked about, since it is due then.
pub(super) struct Due {
    pub(super) timer: TimerId,
    /// When that is; `None` at any time.
    at: Option<Tree>,
}

impl Due {
    /// When a timer is due; `None` where that is at the start of days, of which not every moment is one.
    pub(super) fn of(workflow: &Workflow, timer: TimerId) -> Option<Self> {
        let due = &workflow.timers.at(timer).due;
        let node = |form, kind| Tree::new(form, kind, 0..0);
        let at = match due.anchor {
            Anchor::Day => return None,
            Anchor::Entry => None,
            Anchor::Field(field) => {
                let ty = &workflow.fields.at(field).ty;
                let from = node(Form::Field(Home::Order, field.index()), Kind::of(ty));
                let from = match ty {
                    Type::Date => {
                        let call = Form::Call(Function::StartOf, thin_vec![from]);
                        node(call, Kind::Datetime)
                    }
                    _ => from,
                };
                let after = match due.after {
                    Amount::Literal(length) if length.nominal_seconds() == 0 => None,
                    Amount::Literal(length) => Some(Form::Constant(Value::Duration(length))),
                    Amount::Setting(id) => Some(Form::Field(Home::Settings, id.index())),
                };
                Some(match after {
                    None => from,
                    Some(after) => {
                        let pair = Box::new([from, node(after, Kind::Length)]);
                        node(Form::Arithmetic(Arithmetic::Add, pair), Kind::Datetime)
                    }
                })
            }
        };
        Some(Self { timer, at })
    }

    /// What has to be known of an order for the timer to be due.
    pub(super) fn at(&self) -> Option<&Tree> {
        self.at.as_ref()
    }

    /// What a guard asks when it is due. The day that begins then is the day that it counts from.
    pub(super) fn judged(&self, guard: &Tree) -> Tree {
        let Some(at) = &self.at else {
            return guard.clone();
        };
        let day = match &at.form {
            Form::Call(Function::StartOf, parts) => parts.first(),
            _ => None,
        };
        guard.with(&|part| {
            let is_now = |part: &Tree| part.form == Form::Now;
            match (&part.form, day) {
                (Form::Now, _) => Some(at.clone()),
                (Form::Call(Function::DateOf, parts), Some(day)) if parts.iter().all(is_now) => {
                    Some(day.clone())
                }
                (Form::Call(Function::TimeOfDay, parts), Some(_)) if parts.iter().all(is_now) => {
                    let midnight =
                        Form::Constant(Value::Duration(crate::time::Duration::default()));
                    Some(Tree::new(midnight, Kind::Length, part.at()))
                }
                _ => None,
            }
        })
    }

    /// A moment, at the time when it is due then.
    pub(super) fn moment(&self, workflow: &Workflow, moment: &Moment) -> Moment {
        let mut moment = moment.clone();
        if let Some(at) = &self.at
            && let Some(Value::Datetime(at)) =
                moment.read(workflow, &moment.actor, |inputs| at.value(inputs))
        {
            moment.now = at;
        }
        moment
    }
}
