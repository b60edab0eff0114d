//! The typed form of an expression: what the check makes of Rhai's syntax tree.
//!
//! In: an expression that passed the check. Out: names as slots, literals as values, every node with
//! its kind and its characters. The lowered code and the analysis of guards are made from it; its
//! meaning, errors included, is what the hardened engine gives for the same source.

use std::ops::Range;
use std::sync::Arc;

use thin_vec::ThinVec;

use super::kind::Kind;
use crate::context::Value;

/// One node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// What it is.
    pub(crate) form: Form,
    /// The kind of value that it gives.
    pub(crate) kind: Kind,
    /// From which byte of the source to which, as far as [`MAX_SOURCE`](super::MAX_SOURCE) goes.
    at: (u16, u16),
}

/// What a node is. Parts are evaluated in the order in which they stand here, but for methods.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// A value written out.
    Constant(Value),
    /// A field of the order, a setting, or a value of the event; an error where it is not set.
    Field(Home, usize),
    /// `actor.role`.
    Role,
    /// `actor.id`; an error where the actor has none.
    ActorId,
    /// The time of the event.
    Now,
    /// Whether a field is set.
    IsSet(Home, usize),
    /// Whether the actor has an id.
    HasId,
    /// `!`.
    Not(Box<Tree>),
    /// `&&`: ends at the first that is false.
    All(ThinVec<Tree>),
    /// `||`: ends at the first that is true.
    Any(ThinVec<Tree>),
    /// Two values of like kinds compared.
    Compare(Comparison, Box<[Tree; 2]>),
    /// `-` before a number.
    Negate(Box<Tree>),
    /// Two operands; `+` also joins texts, moves instants and dates, and adds durations.
    Arithmetic(Arithmetic, Box<[Tree; 2]>),
    /// Whether a value is one of a written list; the list stands first.
    OneOf(ThinVec<Tree>, Box<Tree>),
    /// Whether a number lies in a range of whole numbers; the ends stand first.
    InRange {
        /// The ends.
        ends: Box<[Tree; 2]>,
        /// Whether the second end belongs to it.
        closed: bool,
        /// The number.
        item: Box<Tree>,
    },
    /// Whether a value is among the entries of a list; the list stands first.
    Among(Box<[Tree; 2]>),
    /// A question to the entries of a list.
    Entries(Box<Entries>),
    /// The entry that a closure is asked about.
    Entry,
    /// A function with its arguments; for a method, what it is called on stands first.
    Call(Function, ThinVec<Tree>),
    /// A question to a set of children about one state, or about all of them.
    Children(usize, Question, Option<Arc<str>>),
    /// Whether a state is active.
    InState(Arc<str>),
}

/// What a list is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entries {
    /// The list.
    pub(crate) list: Tree,
    /// The question.
    pub(crate) ask: Ask,
    /// What is asked of each entry.
    pub(crate) each: Each,
}

/// A question to the entries of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ask {
    /// Whether it is so of every entry.
    All,
    /// Whether it is so of at least one.
    Some,
    /// Whether it is so of none.
    None,
    /// Of how many it is so.
    Count,
    /// What they add up to.
    Sum,
}

impl Ask {
    pub(super) fn named(method: &str) -> Option<Self> {
        Some(match method {
            "all" => Self::All,
            "some" => Self::Some,
            "none" => Self::None,
            "count" => Self::Count,
            "sum" => Self::Sum,
            _ => return None,
        })
    }
}

/// What is asked of each entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Each {
    /// Nothing: every entry counts, or is added, as it is.
    Itself,
    /// Whether it equals a value, which is evaluated before the list.
    Equals(Tree),
    /// The body of a closure, evaluated for one entry after the other.
    Body {
        /// The body.
        body: Tree,
        /// Its nodes, which each entry takes of the budget.
        cost: u32,
    },
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Home {
    /// The order's context.
    Order,
    /// The site's settings.
    Settings,
    /// The event's payload.
    Event,
}

impl Home {
    /// What its fields are written behind: `order` in `order.total`.
    pub(super) fn root(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Settings => "settings",
            Self::Event => "event",
        }
    }
}

/// One of the two comparisons that a range is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Half<'t> {
    pub(super) comparison: Comparison,
    pub(super) item: &'t Tree,
    pub(super) end: &'t Tree,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(super) fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            "==" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    /// Whether it holds for an order of the first value to the second.
    pub(crate) fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// What is done with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    pub(super) fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "%" => Self::Remainder,
            _ => return None,
        })
    }
}

/// A function of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Function {
    /// How many characters a text has.
    Length,
    /// Whether the first text contains the second, asked as a method.
    Contains,
    /// The same, asked by `in`: the first text is evaluated first.
    Within,
    /// Whether the first text starts with the second.
    StartsWith,
    /// Whether the first text ends with the second.
    EndsWith,
    /// The smaller number.
    Min,
    /// The larger number.
    Max,
    /// A number without its sign.
    Abs,
    /// A number with so many digits behind the point.
    Round,
    /// Calendar days.
    Days,
    /// Exact hours.
    Hours,
    /// Exact minutes.
    Minutes,
    /// Exact seconds.
    Seconds,
    /// The calendar date of a datetime in the tenant's zone.
    DateOf,
    /// The first instant of a date in the tenant's zone.
    StartOf,
    /// The day of the week of a date, 1 for Monday to 7 for Sunday.
    Weekday,
    /// What clocks in the tenant's zone show at a datetime: a duration below a day, in whole seconds.
    TimeOfDay,
    /// Whether the first value lies between the two others, or is one of them.
    Between,
}

impl Function {
    /// Whether it is called on its first argument, which is then evaluated last.
    pub(super) fn is_method(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    /// Whether it depends on the tenant's zone, whatever it is given.
    pub(crate) fn asks_zone(self) -> bool {
        matches!(self, Self::DateOf | Self::StartOf | Self::TimeOfDay)
    }

    /// Whether it reads whole texts, which costs of the budget.
    pub(super) fn reads_text(self) -> bool {
        matches!(self, Self::Contains | Self::Within | Self::Length)
    }
}

/// What a set of children is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Question {
    /// Whether every child is in the state.
    All,
    /// Whether at least one is.
    Some,
    /// Whether none is.
    None,
    /// How many are.
    Count,
}

impl Question {
    /// The answer where so many of all are in the state; `None` for the question how many.
    pub(super) fn holds(self, count: u32, total: u32) -> Option<bool> {
        match self {
            Self::All => Some(count == total),
            Self::Some => Some(count > 0),
            Self::None => Some(count == 0),
            Self::Count => None,
        }
    }
}

impl Tree {
    /// A node; `at` are its characters in the source, without brackets around it.
    pub(crate) fn new(form: Form, kind: Kind, at: Range<usize>) -> Self {
        let byte = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        let at = (byte(at.start), byte(at.end));
        Self { form, kind, at }
    }

    /// Its characters in the source, without brackets around it.
    pub(crate) fn at(&self) -> Range<usize> {
        self.at.0.into()..self.at.1.into()
    }

    /// What makes two expressions the same wherever they stand: equal for equal forms.
    pub(crate) fn signature(&self) -> String {
        let head = match &self.form {
            Form::Constant(value) => format!("{value:?}"),
            Form::Field(home, slot) => format!("{home:?} {slot}"),
            Form::IsSet(home, slot) => format!("set {home:?} {slot}"),
            Form::Role => "role".to_owned(),
            Form::ActorId => "id".to_owned(),
            Form::HasId => "set id".to_owned(),
            Form::Now => "now".to_owned(),
            Form::Not(_) => "!".to_owned(),
            Form::Negate(_) => "-".to_owned(),
            Form::All(_) => "&&".to_owned(),
            Form::Any(_) => "||".to_owned(),
            Form::Compare(comparison, _) => format!("{comparison:?}"),
            Form::Arithmetic(operator, _) => format!("{operator:?}"),
            Form::OneOf(list, _) => format!("one of {}", list.len()),
            Form::InRange { closed, .. } => format!("range {closed}"),
            Form::Call(function, _) => format!("{function:?}"),
            Form::Children(set, question, state) => format!("{set} {question:?} {state:?}"),
            Form::InState(path) => format!("in {path:?}"),
            Form::Among(_) => "among".to_owned(),
            Form::Entries(asked) => {
                let each = match asked.each {
                    Each::Itself => "",
                    Each::Equals(_) => "equal",
                    Each::Body { .. } => "so",
                };
                format!("{:?} {each}", asked.ask)
            }
            Form::Entry => "entry".to_owned(),
        };
        let parts = self.parts().into_iter().map(Self::signature);
        format!("{head}({})", parts.collect::<Vec<_>>().join(", "))
    }

    /// A range of constants as its two comparisons, each of which words may answer.
    pub(super) fn halves(&self) -> Option<[Half<'_>; 2]> {
        let Form::InRange { ends, closed, item } = &self.form else {
            return None;
        };
        let is_word = matches!(item.form, Form::Now | Form::Field(..));
        let is_constant = |end: &Tree| matches!(end.form, Form::Constant(_));
        let [low, high] = &**ends;
        let upper = match closed {
            true => Comparison::AtMost,
            false => Comparison::Less,
        };
        let half = |comparison, end| Half {
            comparison,
            item,
            end,
        };
        (is_word && is_constant(low) && is_constant(high))
            .then(|| [half(Comparison::AtLeast, low), half(upper, high)])
    }

    /// How many nodes it has.
    pub(super) fn nodes(&self) -> u32 {
        let parts = self.parts().into_iter().map(Self::nodes);
        parts.fold(1, u32::saturating_add)
    }

    /// Whether evaluating it takes of the budget: whole texts and lists do.
    pub(super) fn is_charged(&self) -> bool {
        let here = match &self.form {
            Form::Call(function, _) => function.reads_text(),
            Form::Among(_) | Form::Entries(_) => true,
            _ => false,
        };
        here || self.parts().into_iter().any(Self::is_charged)
    }

    /// What the body of a closure says of one entry.
    pub(crate) fn with_entry(&self, entry: &Value) -> Self {
        self.with(&|part| {
            let is_entry = part.form == Form::Entry;
            is_entry.then(|| Self {
                form: Form::Constant(entry.clone()),
                ..part.clone()
            })
        })
    }

    /// The same with parts in place of others: whatever `other` has something for.
    pub(crate) fn with(&self, other: &dyn Fn(&Self) -> Option<Self>) -> Self {
        if let Some(other) = other(self) {
            return other;
        }
        let one = |part: &Tree| part.with(other);
        let boxed = |part: &Tree| Box::new(one(part));
        let pair = |pair: &[Tree; 2]| Box::new(pair.each_ref().map(one));
        let all = |parts: &[Tree]| parts.iter().map(one).collect();
        let form = match &self.form {
            Form::Not(part) => Form::Not(boxed(part)),
            Form::Negate(part) => Form::Negate(boxed(part)),
            Form::All(parts) => Form::All(all(parts)),
            Form::Any(parts) => Form::Any(all(parts)),
            Form::Call(function, parts) => Form::Call(*function, all(parts)),
            Form::Compare(comparison, both) => Form::Compare(*comparison, pair(both)),
            Form::Arithmetic(operator, both) => Form::Arithmetic(*operator, pair(both)),
            Form::Among(both) => Form::Among(pair(both)),
            Form::OneOf(list, item) => Form::OneOf(all(list), boxed(item)),
            Form::InRange { ends, closed, item } => Form::InRange {
                ends: pair(ends),
                closed: *closed,
                item: boxed(item),
            },
            Form::Entries(asked) => {
                let Entries { list, ask, each } = &**asked;
                let each = match each {
                    Each::Equals(value) => Each::Equals(one(value)),
                    Each::Body { body, cost } => Each::Body {
                        body: one(body),
                        cost: *cost,
                    },
                    Each::Itself => Each::Itself,
                };
                Form::Entries(Box::new(Entries {
                    list: one(list),
                    ask: *ask,
                    each,
                }))
            }
            Form::Constant(_)
            | Form::Field(..)
            | Form::Role
            | Form::ActorId
            | Form::Now
            | Form::Entry
            | Form::IsSet(..)
            | Form::HasId
            | Form::Children(..)
            | Form::InState(_) => self.form.clone(),
        };
        Self {
            form,
            kind: self.kind.clone(),
            at: self.at,
        }
    }

    /// The parts in the order in which they are evaluated.
    pub(crate) fn parts(&self) -> Vec<&Tree> {
        match &self.form {
            Form::Constant(_)
            | Form::Field(..)
            | Form::Role
            | Form::ActorId
            | Form::Now
            | Form::IsSet(..)
            | Form::HasId
            | Form::Entry
            | Form::Children(..)
            | Form::InState(_) => Vec::new(),
            Form::Not(part) | Form::Negate(part) => vec![part],
            Form::All(parts) | Form::Any(parts) | Form::Call(_, parts) => parts.iter().collect(),
            Form::Compare(_, pair) | Form::Arithmetic(_, pair) | Form::Among(pair) => {
                pair.iter().collect()
            }
            Form::Entries(asked) => match &asked.each {
                Each::Itself => vec![&asked.list],
                Each::Equals(value) => vec![value, &asked.list],
                Each::Body { body, .. } => vec![&asked.list, body],
            },
            Form::OneOf(list, item) => list.iter().chain([&**item]).collect(),
            Form::InRange { ends, item, .. } => ends.iter().chain([&**item]).collect(),
        }
    }
}
