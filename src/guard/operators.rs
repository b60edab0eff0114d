//! The operators: which kinds each takes, and what it gives.
//!
//! In: calls whose name is an operator, and `in`. Out: their typed form, or findings for operands that
//! cannot go together and for words that an enum does not have.

use std::ops::Range;

use rhai::{Expr, FnCallExpr, Position};
use thin_vec::{ThinVec, thin_vec};

use super::check::{Check, Root};
use super::hints;
use super::kind::Kind;
use super::rules::{FORBIDDEN_IN_GUARD, UNKNOWN_ENUM_VALUE, UNLIKE_TYPES};
use super::tree::{Arithmetic, Comparison, Form, Function, Tree};
use crate::context::Value;
use crate::diagnostic::Diagnostic;
use crate::time::meant::Meant;
use crate::time::parse_date;

/// How many words of an enum a hint lists.
const LISTED: usize = 20;

impl Check<'_> {
    /// An operator between two operands, or before one.
    pub(super) fn operator(&mut self, call: &FnCallExpr, at: Position) -> Option<(Form, Kind)> {
        let name = call.name.as_str();
        match (name, call.args.as_slice()) {
            ("!", [operand]) => {
                let tree = self.tree(operand)?;
                if tree.kind != Kind::Boolean {
                    return self.denies(&tree, at);
                }
                Some((Form::Not(Box::new(tree)), Kind::Boolean))
            }
            ("-", [operand]) => {
                let tree = self.tree(operand);
                let tree = self.expect(tree, &Kind::Integer, "`-` takes")?;
                let kind = tree.kind.clone();
                Some((Form::Negate(Box::new(tree)), kind))
            }
            (_, [a, b]) if Comparison::named(name).is_some() => {
                let pair = self.pair(a, b)?;
                self.comparison(Comparison::named(name)?, pair, at)
            }
            (_, [a, b]) if Arithmetic::named(name).is_some() => {
                let pair = self.pair(a, b)?;
                self.arithmetic(Arithmetic::named(name)?, pair, at)
            }
            (name, _) => {
                let message = format!("`{name}` is not available here");
                let token = self.token(at);
                self.find(&FORBIDDEN_IN_GUARD, token, message)
            }
        }
    }

    /// Both operands; each is looked at, so that one run tells of both.
    fn pair(&mut self, a: &Expr, b: &Expr) -> Option<[Tree; 2]> {
        let (left, right) = (self.tree(a), self.tree(b));
        Some([left?, right?])
    }

    fn comparison(
        &mut self,
        comparison: Comparison,
        pair: [Tree; 2],
        at: Position,
    ) -> Option<(Form, Kind)> {
        let [left, right] = &pair;
        if !left.kind.is_like(&right.kind) {
            return self.unlike(&pair, at);
        }
        if matches!(comparison, Comparison::Equal | Comparison::Unequal) {
            self.listed(left, right)?;
            self.listed(right, left)?;
        } else if let Some(what) = unordered(left).or(unordered(right)) {
            let token = self.token(at);
            return self.find(&UNLIKE_TYPES, token, format!("{what} no order"));
        }
        // The stretch between two instants compares with days in the tenant's zone.
        self.reads.zone |= left.kind == Kind::Length;
        Some((Form::Compare(comparison, Box::new(pair)), Kind::Boolean))
    }

    fn unlike<T>(&mut self, pair: &[Tree; 2], at: Position) -> Option<T> {
        let [a, b] = pair;
        let (from, to) = (self.words(a.at()), self.words(b.at()));
        let operator = self.words(self.token(at));
        let is_day = |tree: &Tree| written(tree).is_some_and(|text| parse_date(text).is_ok());
        let message = format!(
            "`{from}` is {} and `{to}` is {}: `{operator}` cannot compare them",
            a.kind.name(),
            b.kind.name()
        );
        let help = match (&a.kind, &b.kind) {
            (Kind::Date, Kind::Datetime) => Some(format!("compare dates: `date({to})`")),
            (Kind::Datetime, Kind::Date) => Some(format!("compare dates: `date({from})`")),
            (Kind::Date, Kind::Text) if is_day(b) => Some(format!("write `date({to})`")),
            (Kind::Date, Kind::Text | Kind::Integer | Kind::Decimal) => {
                hints::day(to).map(|day| hints::day_hint(&day))
            }
            (Kind::Datetime, Kind::Text) if is_day(b) => Some(format!(
                "compare dates: `date({from}) {operator} date({to})`"
            )),
            (Kind::Datetime, Kind::Text | Kind::Integer | Kind::Decimal) => match hints::day(to) {
                Some(Meant::Written(day)) => Some(format!(
                    "compare dates: `date({from}) {operator} date(\"{day}\")`"
                )),
                Some(unsure) => Some(hints::day_hint(&unsure)),
                None if b.kind == Kind::Text => Some(format!("write `datetime({to})`")),
                None => None,
            },
            (Kind::Length, Kind::Integer) => Some(format!("write `days({to})` or `hours({to})`")),
            (Kind::Integer | Kind::Decimal, Kind::Text)
                if written(b).is_some_and(hints::is_number) =>
            {
                Some("write the number without quotes".to_owned())
            }
            (Kind::Length, Kind::Text) => Some(hints::length(to)),
            (Kind::Boolean, Kind::Text) if matches!(written(b), Some("true" | "false")) => {
                Some("write it without quotes".to_owned())
            }
            (Kind::Boolean, _) => self.chained(a, b, operator),
            (of, Kind::Integer | Kind::Decimal) if of.is_text() && hints::is_number(to) => {
                Some(format!("a text stands in double quotes: `\"{to}\"`"))
            }
            _ => None,
        };
        let found = self.diagnostic(&UNLIKE_TYPES, a.at().start..b.at().end, message);
        self.report.push(match help {
            Some(help) => found.help(help),
            None => found,
        });
        None
    }

    /// For a `!` before what is no boolean; of `!x in y`, what is denied stands in brackets.
    fn denies<T>(&mut self, operand: &Tree, at: Position) -> Option<T> {
        let message = format!(
            "`{}` is {}, and `!` takes a boolean",
            self.words(operand.at()),
            operand.kind.name()
        );
        let found = self.diagnostic(&UNLIKE_TYPES, operand.at(), message);
        let whole = hints::denied(&self.expr.text, self.token(at).end);
        self.report.push(match whole {
            Some((_, denied)) => found.help(format!("write `!({denied})`")),
            None => found,
        });
        None
    }

    /// For `0 < x < 10`: two comparisons.
    fn chained(&self, a: &Tree, b: &Tree, operator: &str) -> Option<String> {
        let Form::Compare(first, pair) = &a.form else {
            return None;
        };
        let [_, middle] = &**pair;
        let orders = |of: Comparison| !matches!(of, Comparison::Equal | Comparison::Unequal);
        let fits = orders(*first)
            && Comparison::named(operator).is_some_and(orders)
            && middle.kind.is_like(&b.kind);
        let words = |tree: &Tree| self.words(tree.at());
        let (first, middle, last) = (words(a), words(middle), words(b));
        fits.then(|| format!("write both: `{first} && {middle} {operator} {last}`"))
    }

    /// A part looked for in the words of an enum must be in one of them. `how` says where.
    pub(super) fn found_in(
        &mut self,
        whole: &Tree,
        part: &Tree,
        (how, is_in): (&str, fn(&str, &str) -> bool),
    ) -> Option<()> {
        let (Kind::Enum(words), Some(text)) = (&whole.kind, written(part)) else {
            return Some(());
        };
        if words.iter().any(|word| is_in(word, text)) {
            return Some(());
        }
        let path = self.words(whole.at());
        let message = format!("no value of `{path}` {how} `{text}`");
        let found = self.diagnostic(&UNKNOWN_ENUM_VALUE, part.at(), message);
        self.report.push(with_words(found, words));
        None
    }

    /// A literal compared with an enum must be one of its words.
    pub(super) fn listed(&mut self, field: &Tree, literal: &Tree) -> Option<()> {
        let (Kind::Enum(words), Some(text)) = (&field.kind, written(literal)) else {
            return Some(());
        };
        if words.iter().any(|word| word == text) {
            return Some(());
        }
        let path = self.words(field.at()).to_owned();
        self.not_listed(text, &format!("`{path}`"), words, literal.at());
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
        self.report.push(with_words(suggested, words));
    }

    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        pair: [Tree; 2],
        at: Position,
    ) -> Option<(Form, Kind)> {
        let [a, b] = &pair;
        let (plus, minus) = (
            operator == Arithmetic::Add,
            operator == Arithmetic::Subtract,
        );
        let kind = match (&a.kind, &b.kind) {
            (Kind::Integer, Kind::Integer) => Kind::Integer,
            (left, right) if left.is_number() && right.is_number() => Kind::Decimal,
            (Kind::Datetime, Kind::Datetime) | (Kind::Date, Kind::Date) if minus => Kind::Length,
            (Kind::Length, Kind::Length) if plus || minus => Kind::Length,
            (Kind::Datetime, Kind::Length) if plus || minus => {
                self.reads.zone = true;
                Kind::Datetime
            }
            (Kind::Date, Kind::Length) if plus || minus => Kind::Date,
            (left, right) if plus && left.is_text() && right.is_text() => Kind::Text,
            _ => {
                let word = self.words(self.token(at));
                let message = format!(
                    "`{}` is {} and `{}` is {}: `{word}` cannot take them",
                    self.words(a.at()),
                    a.kind.name(),
                    self.words(b.at()),
                    b.kind.name()
                );
                let at = a.at().start..b.at().end;
                let found = self.diagnostic(&UNLIKE_TYPES, at, message);
                let days = self.words(b.at());
                let is_moved = matches!(a.kind, Kind::Date | Kind::Datetime) && (plus || minus);
                self.report.push(match b.kind {
                    Kind::Integer if is_moved => found.help(format!("write `days({days})`")),
                    _ => found,
                });
                return None;
            }
        };
        Some((Form::Arithmetic(operator, Box::new(pair)), kind))
    }

    /// `item in list`, where the list is written out, a range, a text, or one of the roots.
    pub(super) fn membership(&mut self, call: &FnCallExpr) -> Option<(Form, Kind)> {
        let [list, item] = call.args.as_slice() else {
            return None;
        };
        let form = match list {
            Expr::Array(items, _) => self.in_list(item, items)?,
            Expr::FnCall(range, _) if matches!(range.name.as_str(), ".." | "..=") => {
                self.in_range(item, &range.args, range.name == "..=")?
            }
            _ if self.named_root(list).is_some() => {
                let (name, at) = self.named_root(list)?;
                let root = self.root(name, at)?;
                if matches!(root, Root::Now | Root::Children(_)) {
                    let message = format!("`in` does not look into `{name}`");
                    return self.find(&UNLIKE_TYPES, self.token(at), message);
                }
                let (field, token) = self.literal(item, "the question whether a field is set")?;
                let inner = token.start + 1..token.end.saturating_sub(1).max(token.start + 1);
                self.field(root, field, inner)?.0.is_set()
            }
            _ => {
                let (part, whole) = (self.tree(item), self.tree(list));
                if let Some(Kind::List(of)) = whole.as_ref().map(|whole| whole.kind.clone()) {
                    let form = self.among(whole?, &of, part?)?;
                    return Some((form, Kind::Boolean));
                }
                let who = "`in` looks into a list, a range, `order` or";
                let whole = self.expect(whole, &Kind::Text, who)?;
                let part = self.expect(part, &Kind::Text, "only a text can be in")?;
                self.found_in(
                    &whole,
                    &part,
                    ("contains", |word, text| word.contains(text)),
                )?;
                Form::Call(Function::Within, thin_vec![whole, part])
            }
        };
        Some((form, Kind::Boolean))
    }

    fn in_list(&mut self, item: &Expr, items: &[Expr]) -> Option<Form> {
        let item = self.tree(item);
        let mut list = Some(ThinVec::new());
        for each in items {
            let found = self.tree(each);
            let (Some(item), Some(found)) = (&item, found) else {
                list = None;
                continue;
            };
            if item.kind == Kind::Length {
                let message = "a duration cannot be looked up in a list";
                return self.find(&UNLIKE_TYPES, item.at(), message.to_owned());
            }
            if !item.kind.is_like(&found.kind) {
                let message = format!(
                    "`{}` is {}, and `{}` is {}",
                    self.words(item.at()),
                    item.kind.name(),
                    self.words(found.at()),
                    found.kind.name()
                );
                list = self.find(&UNLIKE_TYPES, found.at(), message);
            } else if self.listed(item, &found).is_none() {
                list = None;
            } else if let Some(list) = &mut list {
                list.push(found);
            }
        }
        Some(Form::OneOf(list?, Box::new(item?)))
    }

    fn in_range(&mut self, item: &Expr, ends: &[Expr], closed: bool) -> Option<Form> {
        let item = self.tree(item);
        let item = self.expect(item, &Kind::Integer, "a range holds");
        let ends: Vec<Option<Tree>> = ends.iter().map(|end| self.end(end)).collect();
        let ends: Option<Vec<Tree>> = ends.into_iter().collect();
        let ends: [Tree; 2] = ends?.try_into().ok()?;
        let (ends, item) = (Box::new(ends), Box::new(item?));
        Some(Form::InRange { ends, closed, item })
    }

    fn end(&mut self, end: &Expr) -> Option<Tree> {
        // Rhai reads `..9` as `0..9`, with the `0` at the dots.
        let at = self.extent(end);
        let written = !matches!(end, Expr::Unit(..)) && !self.words(at.clone()).starts_with("..");
        let tree = if written { Some(self.tree(end)?) } else { None };
        let whole = tree.filter(|tree| tree.kind == Kind::Integer);
        let message = "a range has two whole numbers, as in `1..=9`";
        whole.or_else(|| self.find(&UNLIKE_TYPES, at, message.to_owned()))
    }
}

/// Adds the words that an enum has.
fn with_words(found: Diagnostic, words: &[String]) -> Diagnostic {
    if words.is_empty() {
        return found;
    }
    let list = words.iter().take(LISTED).map(|word| format!("`{word}`"));
    let list = list.collect::<Vec<_>>().join(", ");
    let more = match words.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    found.help(format!("it is one of {list}{more}"))
}

/// The text of a literal.
fn written(tree: &Tree) -> Option<&str> {
    match &tree.form {
        Form::Constant(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// What is said of a value that has no order.
fn unordered(tree: &Tree) -> Option<&'static str> {
    match tree.kind {
        Kind::Boolean => Some("booleans have"),
        Kind::Enum(_) => Some("the words of an enum have"),
        _ => None,
    }
}
