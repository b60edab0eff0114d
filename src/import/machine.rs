//! SCXML as written: states, transitions and executable content, each with its place.

use std::collections::BTreeSet;

use super::script::Expr;
use crate::source::{Span, Spanned};

/// A document.
#[derive(Debug, Default)]
pub(super) struct Machine {
    pub(super) name: Option<String>,
    pub(super) initial: Vec<Spanned<String>>,
    pub(super) data: Vec<Data>,
    pub(super) states: Vec<State>,
    /// Histories, wherever they stand.
    pub(super) histories: Vec<History>,
    /// Transitions of the document itself, which some engines allow.
    pub(super) transitions: Vec<Transition>,
    pub(super) span: Span,
}

/// A variable of the data model.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) id: String,
    pub(super) value: Option<Expr>,
    pub(super) span: Span,
}

/// What a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    State,
    Parallel,
    Final,
}

/// A state.
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) initial: Option<Start>,
    pub(super) enter: Vec<Content>,
    pub(super) exit: Vec<Content>,
    pub(super) transitions: Vec<Transition>,
    pub(super) done: Vec<Param>,
    pub(super) states: Vec<State>,
    pub(super) span: Span,
}

/// A history state.
#[derive(Debug)]
pub(super) struct History {
    pub(super) id: String,
    /// The state that holds it.
    pub(super) of: String,
    pub(super) deep: bool,
    pub(super) default: Option<Start>,
}

/// What is entered first.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) targets: Vec<Spanned<String>>,
    pub(super) content: Vec<Content>,
}

/// A transition.
#[derive(Debug)]
pub(super) struct Transition {
    pub(super) events: Vec<Spanned<String>>,
    pub(super) condition: Option<Spanned<Expr>>,
    pub(super) targets: Vec<Spanned<String>>,
    pub(super) internal: bool,
    pub(super) content: Vec<Content>,
    pub(super) span: Span,
}

/// Executable content.
#[derive(Debug)]
pub(super) enum Content {
    Assign {
        to: Spanned<String>,
        value: Spanned<Expr>,
    },
    Raise(Sent),
    Cancel(Spanned<String>),
    If(Vec<(Option<Spanned<Expr>>, Vec<Content>)>),
}

/// An event that the document itself sends.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) event: Spanned<String>,
    /// After how many milliseconds; `None` for the internal queue.
    pub(super) after: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) with: Vec<Param>,
}

/// A value that an event brings.
#[derive(Debug, Clone)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) value: Spanned<Expr>,
}

impl Machine {
    /// Settles what is asked of states that do not exist: they are never active.
    pub(super) fn settle(&mut self) {
        let mut known = BTreeSet::new();
        self.states.iter().for_each(|state| state.list(&mut known));
        let settle = |expr: &mut Expr| expr.settle(&known);
        self.states.iter_mut().for_each(|state| state.each(&settle));
        let of_document = self.transitions.iter_mut();
        of_document.for_each(|transition| transition.each(&settle));
        let starts = self.histories.iter_mut();
        for start in starts.filter_map(|history| history.default.as_mut()) {
            each(&mut start.content, &settle);
        }
    }
}

impl State {
    fn list(&self, ids: &mut BTreeSet<String>) {
        ids.insert(self.id.clone());
        self.states.iter().for_each(|state| state.list(ids));
    }

    fn each(&mut self, change: &impl Fn(&mut Expr)) {
        each(&mut self.enter, change);
        each(&mut self.exit, change);
        if let Some(start) = &mut self.initial {
            each(&mut start.content, change);
        }
        let transitions = self.transitions.iter_mut();
        transitions.for_each(|transition| transition.each(change));
        self.states.iter_mut().for_each(|state| state.each(change));
    }
}

impl Transition {
    fn each(&mut self, change: &impl Fn(&mut Expr)) {
        if let Some(condition) = &mut self.condition {
            change(&mut condition.value);
        }
        each(&mut self.content, change);
    }
}

/// Changes every expression of some content.
fn each(content: &mut [Content], change: &impl Fn(&mut Expr)) {
    for part in content {
        match part {
            Content::Assign { value, .. } => change(&mut value.value),
            Content::Raise(sent) => {
                sent.with
                    .iter_mut()
                    .for_each(|param| change(&mut param.value.value));
            }
            Content::Cancel(_) => {}
            Content::If(branches) => {
                for (condition, inner) in branches {
                    if let Some(condition) = condition {
                        change(&mut condition.value);
                    }
                    each(inner, change);
                }
            }
        }
    }
}
