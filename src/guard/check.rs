//! The walk over Rhai's syntax tree that decides whether an expression may run, and makes its typed
//! form.
//!
//! In: the tree, the source, and the [`Scope`] of names. Out: a [`Tree`], what it reads, and a finding
//! at the exact characters for whatever is unknown, forbidden or cannot fit.
//! INVARIANT: only the forms named here pass; anything that Rhai may add is refused.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rhai::{ASTFlags, Expr, ImmutableString, Position};
use rust_decimal::Decimal;
use thin_vec::ThinVec;

use super::closures::Parsed;
use super::habits;
use super::hints;
use super::kind::Kind;
use super::place;
use super::reads::{Reads, insert};
use super::rules::{
    FORBIDDEN_IN_GUARD, GUARD_TOO_LARGE, UNKNOWN_FIELD, UNKNOWN_FUNCTION, UNKNOWN_PAYLOAD_FIELD,
    UNKNOWN_SETTING, UNKNOWN_VARIABLE, UNLIKE_TYPES,
};
use super::tree::{Form, Home, Tree};
use crate::context::{Scope, Slots, Value};
use crate::diagnostic::{Diagnostic, Report, Rule, closest};
use crate::document::Expression;

/// One expression under check.
pub(super) struct Check<'a> {
    pub(super) expr: &'a Expression,
    pub(super) scope: &'a Scope,
    pub(super) report: &'a mut Report,
    pub(super) reads: Reads,
    /// Whether the result is for a text: a bare word then most likely lacks its quotes.
    pub(super) wants_text: bool,
    /// Whether it is a guard, which may stand in a list with others.
    pub(super) is_guard: bool,
    /// How many findings there may be before nothing more is looked at.
    pub(super) most: usize,
    pub(super) closures: &'a [Parsed],
    /// The parameter of the closure under check, and the kind of the entries.
    pub(super) entry: Option<(String, Kind)>,
    /// What each entry costs of the closures that were checked, and whether they give decimals.
    pub(super) costs: BTreeMap<usize, (u32, bool)>,
}

/// What a name behind a root stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Field(Home, usize),
    Role,
    ActorId,
}

impl Named {
    /// Its value.
    fn read(self) -> Form {
        match self {
            Self::Field(home, slot) => Form::Field(home, slot),
            Self::Role => Form::Role,
            Self::ActorId => Form::ActorId,
        }
    }

    /// Whether it has one.
    pub(super) fn is_set(self) -> Form {
        match self {
            Self::Field(home, slot) => Form::IsSet(home, slot),
            Self::Role => Form::Constant(Value::Boolean(true)),
            Self::ActorId => Form::HasId,
        }
    }
}

/// What a name at the start of a chain stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Order,
    Settings,
    Event,
    Actor,
    Now,
    Children(usize),
}

/// The names that every expression knows.
pub(super) const ROOTS: [&str; 5] = ["order", "settings", "event", "actor", "now"];

impl Check<'_> {
    /// The typed form of an expression; `None` once a finding says why there is none.
    pub(super) fn tree(&mut self, expr: &Expr) -> Option<Tree> {
        if self.report.len() >= self.most {
            return None;
        }
        let (form, kind) = match expr {
            Expr::BoolConstant(value, _) => constant(Value::Boolean(*value), Kind::Boolean),
            Expr::IntegerConstant(value, _) => constant(Value::Integer(*value), Kind::Integer),
            Expr::StringConstant(text, _) => {
                constant(Value::Text(text.as_str().into()), Kind::Text)
            }
            Expr::DynamicConstant(value, at) if value.is_decimal() => {
                self.exact(*at)?;
                constant(Value::Decimal(value.as_decimal().ok()?), Kind::Decimal)
            }
            Expr::Variable(..) if self.closure(expr).is_some() => return self.misplaced(expr),
            Expr::Variable(variable, _, at) => self.variable(&variable.1, *at)?,
            Expr::And(parts, _) => (Form::All(self.logic(parts)?), Kind::Boolean),
            Expr::Or(parts, _) => (Form::Any(self.logic(parts)?), Kind::Boolean),
            Expr::FnCall(call, at) => self.call(call, *at)?,
            Expr::Dot(pair, flags, _) if !flags.intersects(ASTFlags::NEGATED) => {
                self.chain(&pair.lhs, &pair.rhs)?
            }
            other => return self.forbid(other),
        };
        Some(Tree::new(form, kind, self.extent(expr)))
    }

    /// A decimal must be what is written: Rhai would round it.
    fn exact(&mut self, at: Position) -> Option<()> {
        let start = place::offset(&self.expr.text, at);
        let number = self.expr.text.get(start..).unwrap_or_default();
        let start = start + number.len() - number.trim_start_matches('-').trim_start().len();
        let token = place::token(&self.expr.text, start);
        let written = self.words(token.clone()).replace('_', "");
        // Zeros behind the point say nothing.
        let digits = match written.contains('.') {
            true => written.trim_end_matches('0').trim_end_matches('.'),
            false => &written,
        };
        if Decimal::from_str_exact(digits).is_ok() {
            return Some(());
        }
        let message = "the number has more digits than a decimal holds, which are 28";
        self.find(&GUARD_TOO_LARGE, token, message.to_owned())
    }

    /// Raises a finding at a range of the source and gives nothing.
    pub(super) fn find<T>(
        &mut self,
        rule: &'static Rule,
        at: Range<usize>,
        message: String,
    ) -> Option<T> {
        let found = self.diagnostic(rule, at, message);
        self.report.push(found);
        None
    }

    pub(super) fn diagnostic(
        &self,
        rule: &'static Rule,
        at: Range<usize>,
        message: String,
    ) -> Diagnostic {
        Diagnostic::new(rule, self.expr.place(at.start, at.end), message)
    }

    /// The token at a position.
    pub(super) fn token(&self, at: Position) -> Range<usize> {
        place::token(&self.expr.text, place::offset(&self.expr.text, at))
    }

    /// The whole of an expression.
    pub(super) fn extent(&self, expr: &Expr) -> Range<usize> {
        match self.closure(expr) {
            Some((_, parsed)) => parsed.closure.at.clone(),
            None => place::extent(&self.expr.text, expr),
        }
    }

    /// The characters of a range.
    pub(super) fn words(&self, at: Range<usize>) -> &str {
        self.expr.text.get(at).unwrap_or_default()
    }

    pub(super) fn forbid<T>(&mut self, expr: &Expr) -> Option<T> {
        let (what, help) = match expr {
            Expr::Array(entries, _) if entries.is_empty() => (
                "a list stands only behind `in`",
                "ask how many entries there are: `order.amounts.count() == 0`",
            ),
            Expr::Array(..) => (
                "a list stands only behind `in`",
                "write `order.origin in [\"online\", \"manual\"]`",
            ),
            Expr::Index(..) => (
                "`[ ]` picks nothing in a guard",
                "name a field as `order.total`; a list is asked by `some`, `all`, `none`, `count` and `sum`",
            ),
            Expr::InterpolatedString(..) => {
                ("text with `${ }` is not available", "join texts with `+`")
            }
            Expr::CharConstant(..) => ("text stands in double quotes", "write `\"x\"`"),
            Expr::Unit(..) => (
                "`()` is no value",
                "ask whether a field is set: `\"note\" in order`",
            ),
            Expr::Coalesce(..) | Expr::Dot(..) => (
                "`?` forms are not available",
                "ask first whether the field is set: `\"note\" in order && …`",
            ),
            Expr::DynamicConstant(..) | Expr::ThisPtr(..) => (
                "functions of your own are not available",
                "write one expression",
            ),
            _ => (
                "this form is not available",
                "write one expression, without statements",
            ),
        };
        let at = self.extent(expr);
        let found = self
            .diagnostic(&FORBIDDEN_IN_GUARD, at, what.to_owned())
            .help(help);
        self.report.push(found);
        None
    }

    /// A name that stands alone.
    fn variable(&mut self, name: &str, at: Position) -> Option<(Form, Kind)> {
        if let Some((_, kind)) = self.entry.as_ref().filter(|(entry, _)| entry == name) {
            return Some((Form::Entry, kind.clone()));
        }
        let example = match self.root(name, at)? {
            Root::Now => {
                self.reads.now = true;
                return Some((Form::Now, Kind::Datetime));
            }
            Root::Children(_) => format!("`{name}.all(\"…\")` or `{name}.count()`"),
            Root::Actor => "`actor.role`".to_owned(),
            Root::Order | Root::Settings | Root::Event => format!("`{name}.…`"),
        };
        let token = self.token(at);
        let found = self.diagnostic(
            &FORBIDDEN_IN_GUARD,
            token,
            format!("`{name}` as a whole is no value"),
        );
        self.report.push(found.help(format!("write {example}")));
        None
    }

    /// What a name stands for; a finding where it stands for nothing.
    pub(super) fn root(&mut self, name: &str, at: Position) -> Option<Root> {
        match name {
            "order" => return Some(Root::Order),
            "settings" => return Some(Root::Settings),
            "event" => return Some(Root::Event),
            "actor" => return Some(Root::Actor),
            "now" => return Some(Root::Now),
            _ => {}
        }
        if let Some(index) = self.scope.children.iter().position(|set| set.name == name) {
            return Some(Root::Children(index));
        }
        self.unknown_variable(name, at);
        None
    }

    fn unknown_variable(&mut self, name: &str, at: Position) {
        let guards = &self.scope.guards;
        let message = match guards.contains_key(name) {
            true => format!("`{name}` is the name of a guard, which stands in no expression"),
            false => format!("there is no `{name}` here"),
        };
        let found = self.diagnostic(&UNKNOWN_VARIABLE, self.token(at), message);
        let homes = [
            ("order", Some(&self.scope.order)),
            ("settings", Some(&self.scope.settings)),
            ("event", self.scope.event.as_ref()),
        ];
        let home = homes
            .into_iter()
            .find(|(_, slots)| slots.is_some_and(|slots| slots.contains_key(name)));
        let found = match home {
            Some((root, _)) => {
                let whole = format!("{root}.{name}");
                let span = found.primary.span;
                found.help(format!("did you mean `{whole}`?")).fix(
                    span,
                    whole.clone(),
                    format!("replace with `{whole}`"),
                )
            }
            None if self.wants_text || self.is_word_of_an_enum(name) => {
                let (span, text) = (found.primary.span, format!("\"{name}\""));
                found
                    .help(format!("text stands in double quotes: `{text}`"))
                    .fix(span, text, "write double quotes")
            }
            None if guards.contains_key(name) => found,
            None => {
                let children = self.scope.children.iter().map(|set| set.name.as_str());
                let entry = self.entry.iter().map(|(name, _)| name.as_str());
                let own = children.chain(entry);
                match habits::variable(name) {
                    Some(hint) if closest(name, own.clone()).is_none() => found.help(hint),
                    _ => found.did_you_mean(name, ROOTS.into_iter().chain(own)),
                }
            }
        };
        let text = self.is_guard.then_some(self.expr.text.as_str());
        let hints = hints::named_guard(name, text, guards);
        self.report
            .push(hints.into_iter().fold(found, Diagnostic::help));
    }

    fn is_word_of_an_enum(&self, name: &str) -> bool {
        let slots = [
            Some(&self.scope.order),
            Some(&self.scope.settings),
            self.scope.event.as_ref(),
        ];
        let mut types = slots.into_iter().flatten().flat_map(|slots| slots.values());
        let listed = types.any(
            |ty| matches!(Kind::of(ty), Kind::Enum(words) if words.iter().any(|word| word == name)),
        );
        listed || self.scope.actors.iter().any(|actor| actor == name)
    }

    /// `base.step.step…`: fields first, then methods.
    fn chain(&mut self, base: &Expr, rest: &Expr) -> Option<(Form, Kind)> {
        let Some((name, at)) = self.named_root(base) else {
            let base = self.tree(base)?;
            return self.steps(base, Some(rest));
        };
        let step = head(rest);
        let token = self.token(at);
        let with_step = token.start..self.extent(step).end;
        let ((form, kind), at, rest) = match self.root(name, at)? {
            Root::Now => (self.variable(name, at)?, token, Some(rest)),
            Root::Children(index) => (self.children(index, step)?, with_step, tail(rest)),
            root => (self.part(root, name, step)?, with_step, tail(rest)),
        };
        self.steps(Tree::new(form, kind, at), rest)
    }

    /// A name that is no value by itself, where an expression is one.
    pub(super) fn named_root<'e>(&self, expr: &'e Expr) -> Option<(&'e str, Position)> {
        let Expr::Variable(name, _, at) = expr else {
            return None;
        };
        let name = name.1.as_str();
        let is_entry = self.entry.as_ref().is_some_and(|(entry, _)| entry == name);
        (!is_entry && self.closure(expr).is_none()).then_some((name, *at))
    }

    fn steps(&mut self, mut base: Tree, mut rest: Option<&Expr>) -> Option<(Form, Kind)> {
        let start = base.at().start;
        while let Some(next) = rest {
            let step = head(next);
            let (form, kind) = self.step(base, step)?;
            rest = tail(next);
            let at = start..self.extent(step).end;
            base = Tree::new(form, kind, at);
        }
        Some((base.form, base.kind))
    }

    /// A method on a value, `order.note.len()`.
    fn step(&mut self, base: Tree, step: &Expr) -> Option<(Form, Kind)> {
        let kind = &base.kind;
        match step {
            Expr::MethodCall(call, at) if matches!(kind, Kind::List(_)) => {
                self.list_method(base, call, *at)
            }
            Expr::MethodCall(call, at) => self.method(base, call, *at),
            Expr::Property(property, at) => {
                let message = format!("{} has no part `{}`", kind.name(), property.2);
                let found = self.diagnostic(&UNKNOWN_FIELD, self.token(*at), message);
                let name = property.2.as_str();
                let path = self.words(base.at());
                let hint = match kind.methods().contains(&name) {
                    true => Some(format!("write `.{name}()`")),
                    false => habits::part(kind, path, name),
                };
                self.report
                    .push(hint.into_iter().fold(found, Diagnostic::help));
                None
            }
            other => self.forbid(other),
        }
    }

    /// A field of `order`, `settings`, `event` or `actor`.
    fn part(&mut self, root: Root, name: &str, step: &Expr) -> Option<(Form, Kind)> {
        match step {
            Expr::Property(property, at) => {
                let at = self.token(*at);
                let (field, kind) = self.field(root, &property.2, at)?;
                Some((field.read(), kind))
            }
            Expr::MethodCall(call, at) => {
                let message = format!("`{name}` has no function `{}`", call.name);
                let at = self.token(*at);
                self.find(&UNKNOWN_FUNCTION, at, message)
            }
            other => self.forbid(other),
        }
    }

    /// Looks a field up and notes that it is read.
    pub(super) fn field(
        &mut self,
        root: Root,
        name: &str,
        at: Range<usize>,
    ) -> Option<(Named, Kind)> {
        let scope = self.scope;
        let (home, slots, rule, what): (_, &Arc<Slots>, _, _) = match root {
            Root::Order => {
                let what = "the order has no field";
                (Home::Order, &scope.order, &UNKNOWN_FIELD, what)
            }
            Root::Settings => {
                let what = "there is no setting";
                (Home::Settings, &scope.settings, &UNKNOWN_SETTING, what)
            }
            Root::Event => match &scope.event {
                Some(slots) => {
                    let what = "the event's payload has no";
                    (Home::Event, slots, &UNKNOWN_PAYLOAD_FIELD, what)
                }
                None => return self.no_event(at),
            },
            _ => return self.actor(name, at),
        };
        let Some((slot, _, ty)) = slots.get_full(name) else {
            let found = self.diagnostic(rule, at, format!("{what} `{name}`"));
            let names = slots.keys().map(String::as_str);
            let is_set = self.scope.children.iter().any(|set| *set.name == *name);
            let found = match habits::field(name).filter(|_| root == Root::Order) {
                None if is_set && root == Root::Order => found.help(format!(
                    "children are asked by their own name: `{name}.all(\"…\")`"
                )),
                Some(hint) if closest(name, names.clone()).is_none() => found.help(hint),
                _ => found.did_you_mean(name, names),
            };
            self.report.push(found);
            return None;
        };
        let read = match home {
            Home::Order => &mut self.reads.order,
            Home::Settings => &mut self.reads.settings,
            Home::Event => &mut self.reads.event,
        };
        insert(read, slot);
        Some((Named::Field(home, slot), Kind::of(ty)))
    }

    fn no_event<T>(&mut self, at: Range<usize>) -> Option<T> {
        let found = self.diagnostic(
            &UNKNOWN_PAYLOAD_FIELD,
            at,
            "there is no event here to read from".to_owned(),
        );
        self.report
            .push(found.help("named guards, initial branches, timers and `always` know no event"));
        None
    }

    fn actor(&mut self, name: &str, at: Range<usize>) -> Option<(Named, Kind)> {
        let found = match name {
            "role" => {
                insert(&mut self.reads.actor_parts, "role");
                (Named::Role, Kind::Enum(Arc::clone(&self.scope.actors)))
            }
            "id" => {
                insert(&mut self.reads.actor_parts, "id");
                (Named::ActorId, Kind::Text)
            }
            _ => {
                let found =
                    self.diagnostic(&UNKNOWN_VARIABLE, at, format!("an actor has no `{name}`"));
                self.report.push(
                    found
                        .did_you_mean(name, ["role", "id"])
                        .help("an actor has `role` and `id`"),
                );
                return None;
            }
        };
        self.reads.actor = true;
        Some(found)
    }

    /// What `&&` and `||` join.
    fn logic(&mut self, parts: &[Expr]) -> Option<ThinVec<Tree>> {
        let trees = parts.iter().map(|part| {
            let tree = self.tree(part);
            self.expect(tree, &Kind::Boolean, "what `&&` and `||` join is")
        });
        // Every part is looked at, so that one run tells of each.
        let trees: Vec<Option<Tree>> = trees.collect();
        trees.into_iter().collect()
    }

    /// Demands a kind; `who` needs it.
    pub(super) fn expect(&mut self, tree: Option<Tree>, wanted: &Kind, who: &str) -> Option<Tree> {
        let tree = tree?;
        if tree.kind.is_like(wanted) {
            return Some(tree);
        }
        let message = format!(
            "`{}` is {}, and {who} {}",
            self.words(tree.at()),
            tree.kind.name(),
            wanted.name()
        );
        let found = self.diagnostic(&UNLIKE_TYPES, tree.at(), message);
        let day = hints::day(self.words(tree.at())).filter(|_| tree.kind.is_number());
        self.report.push(match (wanted, day) {
            (Kind::Date | Kind::Datetime, Some(day)) => found.help(hints::day_hint(&day)),
            _ => found,
        });
        None
    }

    /// The text of a literal; a finding where it is none.
    pub(super) fn literal<'e>(
        &mut self,
        expr: &'e Expr,
        who: &str,
    ) -> Option<(&'e ImmutableString, Range<usize>)> {
        if let Expr::StringConstant(text, at) = expr {
            return Some((text, self.token(*at)));
        }
        if self.closure(expr).is_some() {
            return self.misplaced(expr);
        }
        let at = self.extent(expr);
        let found = self.diagnostic(
            &FORBIDDEN_IN_GUARD,
            at,
            format!("{who} takes a text written out in double quotes"),
        );
        self.report.push(match expr {
            Expr::Variable(..) => {
                let name = self.words(self.extent(expr));
                found.help(format!("write `\"{name}\"`"))
            }
            Expr::FnCall(call, _) if call.name == "!" => {
                let name = call.args.first().map(|name| self.words(self.extent(name)));
                found.help(format!("write `{} !in …`", name.unwrap_or_default()))
            }
            _ => found,
        });
        None
    }
}

fn constant(value: Value, kind: Kind) -> (Form, Kind) {
    (Form::Constant(value), kind)
}

/// The first step of a right-nested chain.
fn head(expr: &Expr) -> &Expr {
    match expr {
        Expr::Dot(pair, ..) => &pair.lhs,
        other => other,
    }
}

/// The steps behind the first.
fn tail(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Dot(pair, ..) => Some(&pair.rhs),
        _ => None,
    }
}
