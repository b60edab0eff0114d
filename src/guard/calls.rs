//! Functions and methods: which there are, and what each takes and gives.
//!
//! In: calls by name. Out: their typed form, or findings for unknown names, wrong numbers of arguments,
//! wrong kinds, and states that nothing can be in.

use rhai::{Expr, FnCallExpr, Position};
use thin_vec::thin_vec;

use super::check::Check;
use super::habits;
use super::kind::{Kind, OF_TEXT};
use super::place;
use super::reads::insert;
use super::rules::{
    FORBIDDEN_IN_GUARD, UNKNOWN_CHILD_STATE, UNKNOWN_FUNCTION, UNKNOWN_STATE_IN_GUARD, UNLIKE_TYPES,
};
use super::tree::{Form, Function, Question, Tree};
use crate::context::Value;
use crate::diagnostic::closest;
use crate::time;

/// What a set of children can be asked.
pub(crate) const CHILD_METHODS: [&str; 4] = ["all", "some", "none", "count"];

/// Everything that is called by itself.
pub(crate) const FUNCTIONS: [&str; 15] = [
    "abs",
    "between",
    "date",
    "datetime",
    "days",
    "hours",
    "in_state",
    "max",
    "min",
    "minutes",
    "round",
    "seconds",
    "start_of",
    "time_of_day",
    "weekday",
];

fn text_method(name: &str) -> Option<Function> {
    Some(match name {
        "len" => Function::Length,
        "contains" => Function::Contains,
        "starts_with" => Function::StartsWith,
        "ends_with" => Function::EndsWith,
        _ => return None,
    })
}

impl Check<'_> {
    /// `datetime` of something that is not written out: what it is meant for.
    fn no_literal_datetime<T>(&mut self, arg: &Expr) -> Option<T> {
        let tree = self.tree(arg)?;
        let words = self.words(tree.at());
        let help = match tree.kind {
            Kind::Date => Some(format!(
                "the first instant of a date is `start_of({words})`"
            )),
            Kind::Datetime => Some(format!("it is a datetime already: write `{words}`")),
            _ => None,
        };
        let message = "`datetime` takes a text written out in double quotes";
        let found = self.diagnostic(&FORBIDDEN_IN_GUARD, tree.at(), message.to_owned());
        self.report.push(match help {
            Some(help) => found.help(help),
            None => found,
        });
        None
    }

    /// An operator, `in`, or a function called by itself.
    pub(super) fn call(&mut self, call: &FnCallExpr, at: Position) -> Option<(Form, Kind)> {
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
            ("days", [n]) => self.length(Function::Days, n, name),
            ("hours", [n]) => self.length(Function::Hours, n, name),
            ("minutes", [n]) => self.length(Function::Minutes, n, name),
            ("seconds", [n]) => self.length(Function::Seconds, n, name),
            ("date", [arg]) => self.date(arg),
            ("datetime", [arg]) if !matches!(arg, Expr::StringConstant(..)) => {
                self.no_literal_datetime(arg)
            }
            ("datetime", [arg]) => {
                let (text, token) = self.literal(arg, "`datetime`")?;
                match time::parse_instant(text) {
                    Ok(at) => Some((Form::Constant(Value::Datetime(at)), Kind::Datetime)),
                    Err(error) => self.find(&UNLIKE_TYPES, token, error.to_string()),
                }
            }
            ("start_of", [arg]) => {
                let tree = self.tree(arg);
                let tree = self.expect(tree, &Kind::Date, "`start_of` takes")?;
                self.reads.zone = true;
                Some((
                    Form::Call(Function::StartOf, thin_vec![tree]),
                    Kind::Datetime,
                ))
            }
            ("weekday", [arg]) => self.weekday(arg),
            ("time_of_day", [arg]) => {
                let tree = self.tree(arg);
                let tree = self.expect(tree, &Kind::Datetime, "`time_of_day` takes")?;
                self.reads.zone = true;
                let form = Form::Call(Function::TimeOfDay, thin_vec![tree]);
                Some((form, Kind::Length))
            }
            ("abs", [n]) => {
                let tree = self.tree(n);
                let tree = self.expect(tree, &Kind::Integer, "`abs` takes")?;
                let kind = tree.kind.clone();
                Some((Form::Call(Function::Abs, thin_vec![tree]), kind))
            }
            ("round", [n, digits]) => self.round(n, digits),
            ("min", [a, b]) => self.extreme(Function::Min, name, [a, b]),
            ("max", [a, b]) => self.extreme(Function::Max, name, [a, b]),
            ("between", [value, low, high]) => self.between([value, low, high]),
            ("in_state", [state]) => self.in_state(state),
            _ => self.unknown_function(name, call.args.len(), at),
        }
    }

    fn length(&mut self, function: Function, n: &Expr, name: &str) -> Option<(Form, Kind)> {
        let tree = self.tree(n)?;
        if tree.kind != Kind::Integer {
            let message = format!(
                "`{}` is {}, and `{name}` takes a whole number",
                self.words(tree.at()),
                tree.kind.name()
            );
            return self.find(&UNLIKE_TYPES, tree.at(), message);
        }
        Some((Form::Call(function, thin_vec![tree]), Kind::Length))
    }

    fn round(&mut self, n: &Expr, digits: &Expr) -> Option<(Form, Kind)> {
        let tree = self.tree(n);
        let tree = self.expect(tree, &Kind::Integer, "`round` takes");
        if matches!(digits, Expr::IntegerConstant(0..=28, _)) {
            let (tree, digits) = (tree?, self.tree(digits)?);
            let kind = tree.kind.clone();
            return Some((Form::Call(Function::Round, thin_vec![tree, digits]), kind));
        }
        let at = self.extent(digits);
        let message = "`round` takes a number of digits from 0 to 28, written out";
        self.find(&UNLIKE_TYPES, at, message.to_owned())
    }

    fn date(&mut self, arg: &Expr) -> Option<(Form, Kind)> {
        if let Expr::StringConstant(text, at) = arg {
            let token = self.token(*at);
            return match time::parse_date(text) {
                Ok(date) => Some((Form::Constant(Value::Date(date)), Kind::Date)),
                Err(error) => self.find(&UNLIKE_TYPES, token, error.to_string()),
            };
        }
        let tree = self.tree(arg);
        let tree = self.expect(tree, &Kind::Datetime, "`date` takes")?;
        self.reads.zone = true;
        Some((Form::Call(Function::DateOf, thin_vec![tree]), Kind::Date))
    }

    fn weekday(&mut self, arg: &Expr) -> Option<(Form, Kind)> {
        let tree = self.tree(arg)?;
        if tree.kind == Kind::Datetime {
            let words = self.words(tree.at());
            let message = format!("`{words}` is a datetime, and `weekday` takes a date");
            let help = format!("its date is `date({words})`");
            let found = self.diagnostic(&UNLIKE_TYPES, tree.at(), message);
            self.report.push(found.help(help));
            return None;
        }
        let tree = self.expect(Some(tree), &Kind::Date, "`weekday` takes")?;
        let form = Form::Call(Function::Weekday, thin_vec![tree]);
        Some((form, Kind::Integer))
    }

    /// The smaller or the larger one of two numbers, dates or datetimes.
    fn extreme(
        &mut self,
        function: Function,
        name: &str,
        [a, b]: [&Expr; 2],
    ) -> Option<(Form, Kind)> {
        let (left, right) = (self.tree(a), self.tree(b));
        let of_time = left.iter().chain(&right);
        let of_time = of_time.map(|tree| tree.kind.clone());
        let mut of_time = of_time.filter(|kind| matches!(kind, Kind::Date | Kind::Datetime));
        if let Some(kind) = of_time.next() {
            let who = format!("`{name}` takes two of a kind:");
            let left = self.expect(left, &kind, &who);
            let right = self.expect(right, &kind, &who);
            return Some((Form::Call(function, thin_vec![left?, right?]), kind));
        }
        let who = format!("`{name}` takes");
        let left = self.expect(left, &Kind::Integer, &who);
        let right = self.expect(right, &Kind::Integer, &who);
        let pair = thin_vec![left?, right?];
        let whole = pair.iter().all(|tree| tree.kind == Kind::Integer);
        let kind = if whole { Kind::Integer } else { Kind::Decimal };
        Some((Form::Call(function, pair), kind))
    }

    fn between(&mut self, args: [&Expr; 3]) -> Option<(Form, Kind)> {
        let [value, low, high] = args.map(|arg| self.tree(arg));
        let trees = [value?, low?, high?];
        let [value, ends @ ..] = &trees;
        let has_order = matches!(value.kind, Kind::Date | Kind::Datetime | Kind::Length);
        if !has_order && !value.kind.is_number() {
            let what = "`between` takes numbers, dates, datetimes or durations";
            let message = format!(
                "`{}` is {}, and {what}",
                self.words(value.at()),
                value.kind.name()
            );
            return self.find(&UNLIKE_TYPES, value.at(), message);
        }
        if let Some(end) = ends.iter().find(|end| !end.kind.is_like(&value.kind)) {
            let message = format!(
                "`{}` is {}, and `{}` is {}",
                self.words(value.at()),
                value.kind.name(),
                self.words(end.at()),
                end.kind.name()
            );
            return self.find(&UNLIKE_TYPES, end.at(), message);
        }
        self.reads.zone |= value.kind == Kind::Length;
        Some((Form::Call(Function::Between, trees.into()), Kind::Boolean))
    }

    fn in_state(&mut self, state: &Expr) -> Option<(Form, Kind)> {
        let (name, token) = self.literal(state, "`in_state`")?;
        let scope = self.scope;
        if scope.states.iter().any(|known| known == name.as_str()) {
            insert(&mut self.reads.states, name.to_string());
            return Some((Form::InState(name.as_str().into()), Kind::Boolean));
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
    pub(super) fn children(&mut self, index: usize, step: &Expr) -> Option<(Form, Kind)> {
        let scope = self.scope;
        let set = scope.children.get(index)?;
        let (name, args, at) = match step {
            Expr::MethodCall(call, at) => (call.name.as_str(), call.args.as_slice(), *at),
            Expr::Property(property, at) => (property.2.as_str(), [].as_slice(), *at),
            other => return self.forbid(other),
        };
        insert(&mut self.reads.children, index);
        let called = matches!(step, Expr::MethodCall(..));
        let question = match name {
            "all" => Some((Question::All, Kind::Boolean)),
            "some" => Some((Question::Some, Kind::Boolean)),
            "none" => Some((Question::None, Kind::Boolean)),
            "count" => Some((Question::Count, Kind::Integer)),
            _ => None,
        };
        match (question, args) {
            (Some((Question::Count, kind)), []) if called => {
                return Some((Form::Children(index, Question::Count, None), kind));
            }
            (Some((question, kind)), [state]) => {
                let (state, token) = self.literal(state, &format!("`{name}`"))?;
                self.child_state(index, state, token)?;
                let state = Some(state.as_str().into());
                return Some((Form::Children(index, question, state), kind));
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
        if let Some(method) = habits::of_children(name) {
            self.report
                .push(found.help(format!("write `{}.{method}(\"…\")`", set.name)));
            return None;
        }
        if name == "count" && !called {
            self.report
                .push(found.help(format!("write `{}.count()`", set.name)));
            return None;
        }
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
            let states = self.reads.child_states.entry(index).or_default();
            insert(states, state.to_owned());
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
    pub(super) fn method(
        &mut self,
        base: Tree,
        call: &FnCallExpr,
        at: Position,
    ) -> Option<(Form, Kind)> {
        let name = call.name.as_str();
        let function = text_method(name).filter(|_| base.kind.is_text());
        match (function, call.args.as_slice()) {
            (Some(Function::Length), []) => {
                return Some((Form::Call(Function::Length, thin_vec![base]), Kind::Integer));
            }
            (Some(Function::Length) | None, _) => {}
            (Some(function), [part]) => {
                let part = self.tree(part);
                let part = self.expect(part, &Kind::Text, &format!("`{name}` takes"))?;
                let how: (_, fn(&str, &str) -> bool) = match function {
                    Function::StartsWith => ("starts with", |word, text| word.starts_with(text)),
                    Function::EndsWith => ("ends with", |word, text| word.ends_with(text)),
                    _ => ("contains", |word, text| word.contains(text)),
                };
                self.found_in(&base, &part, how)?;
                return Some((Form::Call(function, thin_vec![base, part]), Kind::Boolean));
            }
            _ => {}
        }
        let message = match function {
            Some(Function::Length) => "`len` takes nothing: write `.len()`".to_owned(),
            Some(_) => format!("`{name}` takes one text"),
            None => format!("{} has no function `{name}`", base.kind.name()),
        };
        let found = self.diagnostic(&UNKNOWN_FUNCTION, self.token(at), message);
        let found = match () {
            () if function.is_some() => found,
            () if FUNCTIONS.contains(&name) => {
                found.help(format!("`{name}` is called by itself: `{name}(…)`"))
            }
            () if closest(name, OF_TEXT).is_some() && base.kind.is_text() => {
                found.did_you_mean(name, OF_TEXT)
            }
            () if let Some(hint) = habits::part(&base.kind, self.words(base.at()), name) => {
                found.help(hint)
            }
            () => match base.kind.methods() {
                [] => found,
                known => {
                    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
                    found.help(format!("it has {}", known.join(", ")))
                }
            },
        };
        self.report.push(found);
        None
    }

    fn unknown_function<T>(&mut self, name: &str, count: usize, at: Position) -> Option<T> {
        let token = self.token(at);
        if FUNCTIONS.contains(&name) {
            let wanted = match name {
                "between" => "three arguments",
                "min" | "max" | "round" => "two arguments",
                _ => "one argument",
            };
            let message = format!("`{name}` takes {wanted}, and {count} stand here");
            return self.find(&UNKNOWN_FUNCTION, token, message);
        }
        let found = self.diagnostic(
            &UNKNOWN_FUNCTION,
            token,
            format!("there is no function `{name}`"),
        );
        let found = if OF_TEXT.contains(&name) {
            found.help(format!(
                "it is written behind a text: `order.note.{name}(…)`"
            ))
        } else if name == "sum" || CHILD_METHODS.contains(&name) {
            found.help(format!(
                "it is written behind a list: `order.amounts.{name}(…)`"
            ))
        } else if let Some(hint) = habits::function(name) {
            found.help(hint)
        } else {
            found.did_you_mean(name, FUNCTIONS)
        };
        self.report.push(found);
        None
    }
}
