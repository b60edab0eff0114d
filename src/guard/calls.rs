//! Functions and methods: which there are, and what each takes and gives.
//!
//! In: calls by name. Out: their kind, or findings for unknown names, wrong numbers of arguments,
//! wrong kinds, and states that nothing can be in.

use rhai::{Expr, FnCallExpr, Position};

use super::check::Check;
use super::kind::Kind;
use super::place;
use super::rules::{UNKNOWN_CHILD_STATE, UNKNOWN_FUNCTION, UNKNOWN_STATE_IN_GUARD, UNLIKE_TYPES};
use crate::time;

/// What a text can be asked.
pub(super) const TEXT_METHODS: [&str; 4] = ["len", "contains", "starts_with", "ends_with"];

/// What a set of children can be asked.
const CHILD_METHODS: [&str; 4] = ["all", "some", "none", "count"];

/// Everything that is called by itself.
const FUNCTIONS: [&str; 12] = [
    "abs", "date", "datetime", "days", "hours", "in_state", "max", "min", "minutes", "round",
    "seconds", "start_of",
];

impl Check<'_> {
    /// An operator, `in`, or a function called by itself.
    pub(super) fn call(&mut self, call: &FnCallExpr, at: Position) -> Option<Kind> {
        let name = call.name.as_str();
        if name == "contains"
            && place::is_membership(&self.expr.text, place::offset(&self.expr.text, at))
        {
            return self.membership(call);
        }
        if call.op_token.is_some() {
            return self.operator(call, at);
        }
        match (name, call.args.as_slice()) {
            ("days" | "hours" | "minutes" | "seconds", [n]) => {
                let kind = self.kind(n);
                self.whole(n, kind, name)?;
                Some(Kind::Length)
            }
            ("date", [arg]) => self.date(arg),
            ("datetime", [arg]) => {
                let (text, token) = self.literal(arg, "`datetime`")?;
                match time::parse_instant(text) {
                    Ok(_) => Some(Kind::Datetime),
                    Err(error) => self.find(&UNLIKE_TYPES, token, error.to_string()),
                }
            }
            ("start_of", [arg]) => {
                let kind = self.kind(arg);
                self.expect(arg, kind, &Kind::Date, "`start_of` takes")?;
                self.reads.zone = true;
                Some(Kind::Datetime)
            }
            ("abs", [n]) => {
                let kind = self.kind(n);
                self.expect(n, kind, &Kind::Integer, "`abs` takes")
            }
            ("round", [n, digits]) => self.round(n, digits),
            ("min" | "max", [a, b]) => self.extreme(name, a, b),
            ("in_state", [state]) => self.in_state(state),
            _ => self.unknown_function(name, call.args.len(), at),
        }
    }

    fn whole(&mut self, expr: &Expr, kind: Option<Kind>, name: &str) -> Option<Kind> {
        match kind? {
            Kind::Integer => Some(Kind::Integer),
            other => {
                let at = self.extent(expr);
                let message = format!(
                    "`{}` is {}, and `{name}` takes a whole number",
                    self.words(at.clone()),
                    other.name()
                );
                self.find(&UNLIKE_TYPES, at, message)
            }
        }
    }

    fn round(&mut self, n: &Expr, digits: &Expr) -> Option<Kind> {
        let kind = self.kind(n);
        let kind = self.expect(n, kind, &Kind::Integer, "`round` takes");
        if matches!(digits, Expr::IntegerConstant(0..=28, _)) {
            return kind;
        }
        let at = self.extent(digits);
        let message = "`round` takes a number of digits from 0 to 28, written out";
        self.find(&UNLIKE_TYPES, at, message.to_owned())
    }

    fn date(&mut self, arg: &Expr) -> Option<Kind> {
        if let Expr::StringConstant(text, at) = arg {
            let token = self.token(*at);
            return match time::parse_date(text) {
                Ok(_) => Some(Kind::Date),
                Err(error) => self.find(&UNLIKE_TYPES, token, error.to_string()),
            };
        }
        let kind = self.kind(arg);
        self.expect(arg, kind, &Kind::Datetime, "`date` takes")?;
        self.reads.zone = true;
        Some(Kind::Date)
    }

    fn extreme(&mut self, name: &str, a: &Expr, b: &Expr) -> Option<Kind> {
        let (left, right) = (self.kind(a), self.kind(b));
        let who = format!("`{name}` takes");
        let left = self.expect(a, left, &Kind::Integer, &who);
        let right = self.expect(b, right, &Kind::Integer, &who);
        let whole = left? == Kind::Integer && right? == Kind::Integer;
        Some(if whole { Kind::Integer } else { Kind::Decimal })
    }

    fn in_state(&mut self, state: &Expr) -> Option<Kind> {
        let (name, token) = self.literal(state, "`in_state`")?;
        let scope = self.scope;
        if scope.states.iter().any(|known| known == name.as_str()) {
            self.reads.states.insert(name.to_string());
            return Some(Kind::Boolean);
        }
        let inner = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
        let found = self.diagnostic(
            &UNKNOWN_STATE_IN_GUARD,
            inner,
            format!("there is no state `{name}`"),
        );
        let ending = format!(".{name}");
        let nested = scope.states.iter().find(|known| known.ends_with(&ending));
        let found = match nested {
            Some(path) => found.help(format!("did you mean `{path}`?")),
            None => found.did_you_mean(name, scope.states.iter().map(String::as_str)),
        };
        self.report.push(found);
        None
    }

    /// A question to a set of children.
    pub(super) fn children(&mut self, index: usize, step: &Expr) -> Option<Kind> {
        let scope = self.scope;
        let set = scope.children.get(index)?;
        let (name, args, at) = match step {
            Expr::MethodCall(call, at) => (call.name.as_str(), call.args.as_slice(), *at),
            Expr::Property(property, at) => (property.2.as_str(), [].as_slice(), *at),
            other => return self.kind(other),
        };
        self.reads.children.insert(index);
        let called = matches!(step, Expr::MethodCall(..));
        match (name, args) {
            ("count", []) if called => return Some(Kind::Integer),
            ("all" | "some" | "none" | "count", [state]) => {
                let (state, token) = self.literal(state, &format!("`{name}`"))?;
                self.child_state(index, state, token)?;
                return Some(if name == "count" {
                    Kind::Integer
                } else {
                    Kind::Boolean
                });
            }
            _ => {}
        }
        let token = self.token(at);
        let known = CHILD_METHODS.contains(&name);
        let message = if known {
            format!("`{name}` takes one state")
        } else {
            format!("children have no `{name}`")
        };
        let found = self.diagnostic(&UNKNOWN_FUNCTION, token, message);
        let found = if known {
            found
        } else {
            found.did_you_mean(name, CHILD_METHODS)
        };
        self.report.push(found.help(format!(
            "write `{0}.all(\"…\")`, `some`, `none` or `count`, or `{0}.count()`",
            set.name
        )));
        None
    }

    fn child_state(
        &mut self,
        index: usize,
        state: &str,
        token: std::ops::Range<usize>,
    ) -> Option<()> {
        let scope = self.scope;
        let set = scope.children.get(index)?;
        if set.states.iter().any(|known| known == state) {
            self.reads
                .child_states
                .entry(index)
                .or_default()
                .insert(state.to_owned());
            return Some(());
        }
        let inner = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
        let found = self.diagnostic(
            &UNKNOWN_CHILD_STATE,
            inner,
            format!("`{}` have no state `{state}`", set.name),
        );
        self.report
            .push(found.did_you_mean(state, set.states.iter().map(String::as_str)));
        None
    }

    /// A method on a value.
    pub(super) fn method(&mut self, kind: &Kind, call: &FnCallExpr, at: Position) -> Option<Kind> {
        let name = call.name.as_str();
        match (name, call.args.as_slice()) {
            ("len", []) if kind.is_text() => Some(Kind::Integer),
            ("contains" | "starts_with" | "ends_with", [part]) if kind.is_text() => {
                let part_kind = self.kind(part);
                self.expect(part, part_kind, &Kind::Text, &format!("`{name}` takes"))?;
                Some(Kind::Boolean)
            }
            _ => {
                let known = kind.is_text() && TEXT_METHODS.contains(&name);
                let message = match known {
                    true if name == "len" => "`len` takes nothing: write `.len()`".to_owned(),
                    true => format!("`{name}` takes one text"),
                    false => format!("{} has no function `{name}`", kind.name()),
                };
                let found = self.diagnostic(&UNKNOWN_FUNCTION, self.token(at), message);
                let found = match () {
                    () if known => found,
                    () if FUNCTIONS.contains(&name) => {
                        found.help(format!("`{name}` is called by itself: `{name}(…)`"))
                    }
                    () if kind.is_text() => found.did_you_mean(name, TEXT_METHODS),
                    () => found,
                };
                self.report.push(found);
                None
            }
        }
    }

    fn unknown_function(&mut self, name: &str, count: usize, at: Position) -> Option<Kind> {
        let token = self.token(at);
        if FUNCTIONS.contains(&name) {
            let wanted = if matches!(name, "min" | "max" | "round") {
                "two arguments"
            } else {
                "one argument"
            };
            let message = format!("`{name}` takes {wanted}, and {count} stand here");
            return self.find(&UNKNOWN_FUNCTION, token, message);
        }
        let found = self.diagnostic(
            &UNKNOWN_FUNCTION,
            token,
            format!("there is no function `{name}`"),
        );
        let found = if TEXT_METHODS.contains(&name) {
            found.help(format!(
                "it is written behind a text: `order.note.{name}(…)`"
            ))
        } else {
            found.did_you_mean(name, FUNCTIONS)
        };
        self.report.push(found);
        None
    }
}
