//! The operators: which kinds each takes, and what it gives.
//!
//! In: calls whose name is an operator, and `in`. Out: their kind, or findings for operands that
//! cannot go together and for words that an enum does not have.

use std::ops::Range;

use rhai::{Expr, FnCallExpr, Position};

use super::check::{Check, Root};
use super::kind::Kind;
use super::rules::{FORBIDDEN_IN_GUARD, UNKNOWN_ENUM_VALUE, UNLIKE_TYPES};

impl Check<'_> {
    /// An operator between two operands, or before one.
    pub(super) fn operator(&mut self, call: &FnCallExpr, at: Position) -> Option<Kind> {
        match (call.name.as_str(), call.args.as_slice()) {
            ("!", [operand]) => {
                let kind = self.kind(operand);
                self.expect(operand, kind, &Kind::Boolean, "`!` takes")
            }
            ("-", [operand]) => {
                let kind = self.kind(operand)?;
                if kind.is_number() {
                    return Some(kind);
                }
                self.expect(operand, Some(kind), &Kind::Integer, "`-` takes")
            }
            ("==" | "!=", [a, b]) => self.equality(a, b, at),
            ("<" | "<=" | ">" | ">=", [a, b]) => self.order(a, b, at),
            ("+" | "-" | "*" | "/" | "%", [a, b]) => self.arithmetic(call.name.as_str(), a, b, at),
            (name, _) => {
                let message = format!("`{name}` is not available here");
                let token = self.token(at);
                self.find(&FORBIDDEN_IN_GUARD, token, message)
            }
        }
    }

    fn equality(&mut self, a: &Expr, b: &Expr, at: Position) -> Option<Kind> {
        let (left, right) = (self.kind(a), self.kind(b));
        let (left, right) = (left?, right?);
        if !left.is_like(&right) {
            return self.unlike(a, &left, b, &right, at);
        }
        self.listed(a, &left, b)?;
        self.listed(b, &right, a)?;
        self.note_zone(&left);
        Some(Kind::Boolean)
    }

    fn order(&mut self, a: &Expr, b: &Expr, at: Position) -> Option<Kind> {
        let (left, right) = (self.kind(a), self.kind(b));
        let (left, right) = (left?, right?);
        if !left.is_like(&right) {
            return self.unlike(a, &left, b, &right, at);
        }
        if left == Kind::Boolean
            || matches!((&left, &right), (Kind::Enum(_), _) | (_, Kind::Enum(_)))
        {
            let what = if left == Kind::Boolean {
                "booleans have"
            } else {
                "the words of an enum have"
            };
            let token = self.token(at);
            return self.find(&UNLIKE_TYPES, token, format!("{what} no order"));
        }
        self.note_zone(&left);
        Some(Kind::Boolean)
    }

    /// The stretch between two instants compares with days in the tenant's zone.
    fn note_zone(&mut self, kind: &Kind) {
        if *kind == Kind::Length {
            self.reads.zone = true;
        }
    }

    fn unlike(
        &mut self,
        a: &Expr,
        left: &Kind,
        b: &Expr,
        right: &Kind,
        at: Position,
    ) -> Option<Kind> {
        let (from, to) = (self.extent(a), self.extent(b));
        let operator = self.words(self.token(at)).to_owned();
        let message = format!(
            "`{}` is {} and `{}` is {}: `{operator}` cannot compare them",
            self.words(from.clone()),
            left.name(),
            self.words(to.clone()),
            right.name()
        );
        let mut found = self.diagnostic(&UNLIKE_TYPES, from.start..to.end, message);
        found = match (left, right) {
            (Kind::Date, Kind::Datetime) => {
                found.help(format!("compare dates: `date({})`", self.words(to)))
            }
            (Kind::Datetime, Kind::Date) => {
                found.help(format!("compare dates: `date({})`", self.words(from)))
            }
            (Kind::Date, Kind::Text) => found.help(format!("write `date({})`", self.words(to))),
            (Kind::Datetime, Kind::Text) => {
                found.help(format!("write `datetime({})`", self.words(to)))
            }
            (Kind::Length, Kind::Integer) => found.help(format!(
                "write `days({})` or `hours({})`",
                self.words(to.clone()),
                self.words(to)
            )),
            (Kind::Integer | Kind::Decimal, Kind::Text) if is_literal(b) => {
                found.help("write the number without quotes")
            }
            _ => found,
        };
        self.report.push(found);
        None
    }

    /// A literal compared with an enum must be one of its words.
    fn listed(&mut self, field: &Expr, kind: &Kind, literal: &Expr) -> Option<()> {
        let (Kind::Enum(words), Expr::StringConstant(text, at)) = (kind, literal) else {
            return Some(());
        };
        if words.iter().any(|word| word == text.as_str()) {
            return Some(());
        }
        let path = self.words(self.extent(field)).to_owned();
        let token = self.token(*at);
        self.not_listed(text, &format!("`{path}`"), words, token);
        None
    }

    /// Says that a word is not one of those of the enum `owner`.
    pub(super) fn not_listed(
        &mut self,
        text: &str,
        owner: &str,
        words: &[String],
        token: Range<usize>,
    ) {
        let inner = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
        let exact = self.words(inner.clone()) == text;
        let found = self.diagnostic(
            &UNKNOWN_ENUM_VALUE,
            if exact { inner } else { token },
            format!("`{text}` is no value of {owner}"),
        );
        let suggested = if exact {
            found.did_you_mean(text, words.iter().map(String::as_str))
        } else {
            found
        };
        let list = words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
        self.report
            .push(suggested.help(format!("it is one of {list}")));
    }

    fn arithmetic(&mut self, operator: &str, a: &Expr, b: &Expr, at: Position) -> Option<Kind> {
        let (left, right) = (self.kind(a), self.kind(b));
        let (left, right) = (left?, right?);
        if left.is_number() && right.is_number() {
            let whole = left == Kind::Integer && right == Kind::Integer;
            return Some(if whole { Kind::Integer } else { Kind::Decimal });
        }
        let result = match (&left, operator, &right) {
            (Kind::Datetime, "-", Kind::Datetime) | (Kind::Date, "-", Kind::Date) => {
                Some(Kind::Length)
            }
            (Kind::Length, "+" | "-", Kind::Length) => Some(Kind::Length),
            (Kind::Datetime, "+" | "-", Kind::Length) => Some(Kind::Datetime),
            (Kind::Date, "+" | "-", Kind::Length) => Some(Kind::Date),
            (Kind::Text | Kind::Enum(_), "+", Kind::Text | Kind::Enum(_)) => Some(Kind::Text),
            _ => None,
        };
        if result.is_some() {
            self.reads.zone |= left == Kind::Datetime && right == Kind::Length;
            return result;
        }
        let (from, to) = (self.extent(a), self.extent(b));
        let word = self.words(self.token(at)).to_owned();
        let message = format!(
            "`{}` is {} and `{}` is {}: `{word}` cannot take them",
            self.words(from.clone()),
            left.name(),
            self.words(to.clone()),
            right.name()
        );
        self.find(&UNLIKE_TYPES, from.start..to.end, message)
    }

    /// `item in list`, where the list is written out, a range, a text, or one of the roots.
    pub(super) fn membership(&mut self, call: &FnCallExpr) -> Option<Kind> {
        let [list, item] = call.args.as_slice() else {
            return None;
        };
        match list {
            Expr::Array(items, _) => self.in_list(item, items),
            Expr::FnCall(range, _) if matches!(range.name.as_str(), ".." | "..=") => {
                self.in_range(item, &range.args)
            }
            Expr::Variable(name, _, at) => {
                let root = self.root(&name.1, *at)?;
                if matches!(root, Root::Now | Root::Children(_)) {
                    let at = self.token(*at);
                    let message = format!("`in` does not look into `{}`", name.1);
                    return self.find(&UNLIKE_TYPES, at, message);
                }
                let (field, token) = self.literal(item, "the question whether a field is set")?;
                let inner = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
                self.field(root, field, inner)?;
                Some(Kind::Boolean)
            }
            _ => {
                let (part, whole) = (self.kind(item), self.kind(list));
                self.expect(
                    list,
                    whole,
                    &Kind::Text,
                    "`in` looks into a list, a range, `order` or",
                )?;
                self.expect(item, part, &Kind::Text, "only a text can be in")?;
                Some(Kind::Boolean)
            }
        }
    }

    fn in_list(&mut self, item: &Expr, items: &[Expr]) -> Option<Kind> {
        let kind = self.kind(item);
        let mut fits = Some(Kind::Boolean);
        for each in items {
            let found = self.kind(each);
            let (Some(kind), Some(found)) = (&kind, found) else {
                fits = None;
                continue;
            };
            if *kind == Kind::Length {
                let at = self.extent(item);
                let message = "a duration cannot be looked up in a list";
                return self.find(&UNLIKE_TYPES, at, message.to_owned());
            }
            if !kind.is_like(&found) {
                let at = self.extent(each);
                let name = self.words(self.extent(item)).to_owned();
                let message = format!(
                    "`{name}` is {}, and `{}` is {}",
                    kind.name(),
                    self.words(at.clone()),
                    found.name()
                );
                fits = self.find(&UNLIKE_TYPES, at, message);
            } else if self.listed(item, kind, each).is_none() {
                fits = None;
            }
        }
        kind.and(fits)
    }

    fn in_range(&mut self, item: &Expr, ends: &[Expr]) -> Option<Kind> {
        let kind = self.kind(item);
        let mut fits = self
            .expect(item, kind, &Kind::Integer, "a range holds")
            .map(|_| Kind::Boolean);
        for end in ends {
            // Rhai reads `..9` as `0..9`, with the `0` at the dots.
            let at = self.extent(end);
            let written =
                !matches!(end, Expr::Unit(..)) && !self.words(at.clone()).starts_with("..");
            if !written || self.kind(end)? != Kind::Integer {
                let message = "a range has two whole numbers, as in `1..=9`";
                fits = self.find(&UNLIKE_TYPES, at, message.to_owned());
            }
        }
        fits
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::StringConstant(..))
}
