//! The walk over Rhai's syntax tree that decides whether an expression may run.
//!
//! In: the tree, the source, and the [`Scope`] of names. Out: the kind of value it gives, what it
//! reads, and a finding at the exact characters for whatever is unknown, forbidden or cannot fit.
//! INVARIANT: only the forms named here pass; anything that Rhai may add is refused.

use std::ops::Range;

use rhai::{ASTFlags, Expr, ImmutableString, Position};

use super::kind::Kind;
use super::place;
use super::reads::Reads;
use super::rules::{
    FORBIDDEN_IN_GUARD, UNKNOWN_FIELD, UNKNOWN_FUNCTION, UNKNOWN_PAYLOAD_FIELD, UNKNOWN_SETTING,
    UNKNOWN_VARIABLE, UNLIKE_TYPES,
};
use crate::context::{Scope, Slots};
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::document::Expression;

/// One expression under check.
pub(super) struct Check<'a> {
    pub(super) expr: &'a Expression,
    pub(super) scope: &'a Scope,
    pub(super) report: &'a mut Report,
    pub(super) reads: Reads,
    /// Whether the result is for a text: a bare word then most likely lacks its quotes.
    pub(super) wants_text: bool,
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

impl Check<'_> {
    /// The kind of value that an expression gives; `None` once a finding says why not.
    pub(super) fn kind(&mut self, expr: &Expr) -> Option<Kind> {
        match expr {
            Expr::BoolConstant(..) => Some(Kind::Boolean),
            Expr::IntegerConstant(..) => Some(Kind::Integer),
            Expr::StringConstant(..) => Some(Kind::Text),
            Expr::DynamicConstant(value, _) if value.is_decimal() => Some(Kind::Decimal),
            Expr::Variable(variable, _, at) => self.variable(&variable.1, *at),
            Expr::And(parts, _) | Expr::Or(parts, _) => self.logic(parts),
            Expr::FnCall(call, at) => self.call(call, *at),
            Expr::Dot(pair, flags, _) if !flags.intersects(ASTFlags::NEGATED) => {
                self.chain(&pair.lhs, &pair.rhs)
            }
            other => self.forbid(other),
        }
    }

    /// Raises a finding at a range of the source and gives no kind.
    pub(super) fn find(
        &mut self,
        rule: &'static Rule,
        at: Range<usize>,
        message: String,
    ) -> Option<Kind> {
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
        place::extent(&self.expr.text, expr)
    }

    /// The characters of a range.
    pub(super) fn words(&self, at: Range<usize>) -> &str {
        self.expr.text.get(at).unwrap_or_default()
    }

    fn forbid(&mut self, expr: &Expr) -> Option<Kind> {
        let (what, help) = match expr {
            Expr::Array(..) => (
                "a list stands only behind `in`",
                "write `order.origin in [\"online\", \"manual\"]`",
            ),
            Expr::Index(..) => (
                "`[ ]` picks nothing in a guard",
                "name a field as `order.total`",
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
    fn variable(&mut self, name: &str, at: Position) -> Option<Kind> {
        let example = match self.root(name, at)? {
            Root::Now => {
                self.reads.now = true;
                return Some(Kind::Datetime);
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
        let message = format!("there is no `{name}` here");
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
                found.help(format!("text stands in double quotes: `\"{name}\"`"))
            }
            None => {
                let children = self.scope.children.iter().map(|set| set.name.as_str());
                found.did_you_mean(
                    name,
                    ["order", "settings", "event", "actor", "now"]
                        .into_iter()
                        .chain(children),
                )
            }
        };
        self.report.push(found);
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
    fn chain(&mut self, base: &Expr, rest: &Expr) -> Option<Kind> {
        let mut rest = rest;
        let mut kind = match (base, head(rest)) {
            (Expr::Variable(name, _, at), step) => match self.root(&name.1, *at)? {
                Root::Children(index) => {
                    let kind = self.children(index, step)?;
                    return self.steps(kind, tail(rest));
                }
                Root::Now => self.variable(&name.1, *at),
                root => {
                    let kind = self.part(root, &name.1, step);
                    return kind.and_then(|kind| self.steps(kind, tail(rest)));
                }
            },
            _ => self.kind(base),
        }?;
        loop {
            kind = self.step(&kind, head(rest))?;
            match tail(rest) {
                Some(next) => rest = next,
                None => return Some(kind),
            }
        }
    }

    fn steps(&mut self, kind: Kind, rest: Option<&Expr>) -> Option<Kind> {
        let (mut kind, mut rest) = (kind, rest);
        while let Some(next) = rest {
            kind = self.step(&kind, head(next))?;
            rest = tail(next);
        }
        Some(kind)
    }

    /// A method on a value, `order.note.len()`.
    fn step(&mut self, kind: &Kind, step: &Expr) -> Option<Kind> {
        match step {
            Expr::MethodCall(call, at) => self.method(kind, call, *at),
            Expr::Property(property, at) => {
                let message = format!("{} has no part `{}`", kind.name(), property.2);
                let found = self.diagnostic(&UNKNOWN_FIELD, self.token(*at), message);
                let is_method =
                    kind.is_text() && super::calls::TEXT_METHODS.contains(&property.2.as_str());
                self.report.push(if is_method {
                    found.help(format!("write `.{}()`", property.2))
                } else {
                    found
                });
                None
            }
            other => self.forbid(other),
        }
    }

    /// A field of `order`, `settings`, `event` or `actor`.
    fn part(&mut self, root: Root, name: &str, step: &Expr) -> Option<Kind> {
        match step {
            Expr::Property(property, at) => {
                let at = self.token(*at);
                self.field(root, &property.2, at)
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
    pub(super) fn field(&mut self, root: Root, name: &str, at: Range<usize>) -> Option<Kind> {
        let scope = self.scope;
        let (slots, rule, what): (&Slots, _, _) = match root {
            Root::Order => (&scope.order, &UNKNOWN_FIELD, "the order has no field"),
            Root::Settings => (&scope.settings, &UNKNOWN_SETTING, "there is no setting"),
            Root::Event => match &scope.event {
                Some(slots) => (slots, &UNKNOWN_PAYLOAD_FIELD, "the event's payload has no"),
                None => return self.no_event(at),
            },
            _ => return self.actor(name, at),
        };
        let Some((slot, _, ty)) = slots.get_full(name) else {
            let found = self.diagnostic(rule, at, format!("{what} `{name}`"));
            let names = slots.keys().map(String::as_str);
            self.report.push(found.did_you_mean(name, names));
            return None;
        };
        let read = match root {
            Root::Order => &mut self.reads.order,
            Root::Settings => &mut self.reads.settings,
            _ => &mut self.reads.event,
        };
        read.insert(slot);
        Some(Kind::of(ty))
    }

    fn no_event(&mut self, at: Range<usize>) -> Option<Kind> {
        let found = self.diagnostic(
            &UNKNOWN_PAYLOAD_FIELD,
            at,
            "there is no event here to read from".to_owned(),
        );
        self.report
            .push(found.help("initial branches, timers and `always` happen without an event"));
        None
    }

    fn actor(&mut self, name: &str, at: Range<usize>) -> Option<Kind> {
        match name {
            "role" => self.reads.actor_parts.insert("role"),
            "id" => self.reads.actor_parts.insert("id"),
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
        Some(if name == "role" {
            Kind::Enum(self.scope.actors.clone().into())
        } else {
            Kind::Text
        })
    }

    /// `&&` and `||`.
    fn logic(&mut self, parts: &[Expr]) -> Option<Kind> {
        let mut all = Some(Kind::Boolean);
        for part in parts {
            let kind = self.kind(part);
            if self
                .expect(part, kind, &Kind::Boolean, "what `&&` and `||` join is")
                .is_none()
            {
                all = None;
            }
        }
        all
    }

    /// Demands a kind; `who` needs it.
    pub(super) fn expect(
        &mut self,
        expr: &Expr,
        kind: Option<Kind>,
        wanted: &Kind,
        who: &str,
    ) -> Option<Kind> {
        let kind = kind?;
        if kind.is_like(wanted) {
            return Some(kind);
        }
        let at = self.extent(expr);
        let message = format!(
            "`{}` is {}, and {who} {}",
            self.words(at.clone()),
            kind.name(),
            wanted.name()
        );
        self.find(&UNLIKE_TYPES, at, message)
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
        let at = self.extent(expr);
        let found = self.diagnostic(
            &FORBIDDEN_IN_GUARD,
            at,
            format!("{who} takes a text written out in double quotes"),
        );
        self.report.push(found);
        None
    }
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
