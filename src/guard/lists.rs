//! What the lists of the order and of the event are asked, and closures.
//!
//! In: methods on lists, and `in`. Out: their typed form, or findings for unknown methods, values that
//! no entry can equal, and closures that are none or stand in the wrong place.

use rhai::{Expr, FnCallExpr, Position};

use super::check::{Check, ROOTS};
use super::closures::{self, Parsed};
use super::habits;
use super::kind::{Kind, OF_LIST};
use super::place;
use super::rules::{FORBIDDEN_IN_GUARD, UNKNOWN_FUNCTION, UNLIKE_TYPES};
use super::tree::{Ask, Each, Entries, Form, Tree};
use crate::diagnostic::closest;

impl Check<'_> {
    /// The closure that a name stands for.
    pub(super) fn closure(&self, expr: &Expr) -> Option<(usize, &Parsed)> {
        let Expr::Variable(_, _, at) = expr else {
            return None;
        };
        let start = place::offset(&self.expr.text, *at);
        let mut closures = self.closures.iter().enumerate();
        closures.find(|(_, parsed)| parsed.closure.at.start == start)
    }

    /// Says that a closure cannot stand there.
    pub(super) fn misplaced<T>(&mut self, expr: &Expr) -> Option<T> {
        let what = "a closure stands only in the brackets of a list's method";
        let at = self.extent(expr);
        let found = self.diagnostic(&FORBIDDEN_IN_GUARD, at, what.to_owned());
        self.report.push(found.help(
            "write `order.amounts.all(|a| a > 0)`; children are asked by state: \
             `suborders.all(\"executed\")`",
        ));
        None
    }

    /// Whether a value is among the entries of a list.
    pub(super) fn among(&mut self, list: Tree, of: &Kind, item: Tree) -> Option<Form> {
        self.can_be_entry(&list, of, &item)?;
        Some(Form::Among(Box::new([list, item])))
    }

    /// A method on a list.
    pub(super) fn list_method(
        &mut self,
        list: Tree,
        call: &FnCallExpr,
        at: Position,
    ) -> Option<(Form, Kind)> {
        let Kind::List(of) = list.kind.clone() else {
            return None;
        };
        let name = call.name.as_str();
        let each = match (Ask::named(name), call.args.as_slice()) {
            (Some(Ask::Count | Ask::Sum), []) => Each::Itself,
            (Some(ask), [arg]) if self.closure(arg).is_some() => self.body(ask, name, &of, arg)?,
            (Some(Ask::All | Ask::Some | Ask::None | Ask::Count), [arg]) => {
                let value = self.tree(arg)?;
                self.can_be_entry(&list, &of, &value)?;
                Each::Equals(value)
            }
            _ => return self.no_list_method(&list, name, at),
        };
        let ask = Ask::named(name)?;
        let kind = match (ask, &each) {
            (Ask::All | Ask::Some | Ask::None, _) => Kind::Boolean,
            (Ask::Count, _) => Kind::Integer,
            (Ask::Sum, Each::Body { body, .. }) => body.kind.clone(),
            (Ask::Sum, _) if of.is_number() => *of,
            (Ask::Sum, _) => {
                let message = format!(
                    "`{}` is {}, and `sum` adds numbers",
                    self.words(list.at()),
                    list.kind.name()
                );
                return self.find(&UNLIKE_TYPES, list.at(), message);
            }
        };
        let entries = Entries { list, ask, each };
        Some((Form::Entries(Box::new(entries)), kind))
    }

    /// Demands that an entry of a list could equal a value.
    fn can_be_entry(&mut self, list: &Tree, of: &Kind, value: &Tree) -> Option<()> {
        let path = self.words(list.at()).to_owned();
        if !value.kind.is_like(of) {
            let message = format!(
                "`{}` is {}, and an entry of `{path}` is {}",
                self.words(value.at()),
                value.kind.name(),
                of.name()
            );
            return self.find(&UNLIKE_TYPES, value.at(), message);
        }
        if *of == Kind::Length {
            let message = "a duration cannot be looked up in a list".to_owned();
            let found = self.diagnostic(&UNLIKE_TYPES, value.at(), message);
            let help = format!("compare each: `{path}.some(|d| d == days(3))`");
            self.report.push(found.help(help));
            return None;
        }
        let entry = Tree::new(Form::Entry, of.clone(), list.at());
        self.listed(&entry, value)?;
        self.listed(value, &entry)
    }

    /// A closure that is asked about each entry.
    fn body(&mut self, ask: Ask, name: &str, of: &Kind, arg: &Expr) -> Option<Each> {
        let closures = self.closures;
        let (index, _) = self.closure(arg)?;
        let Parsed { closure, ast } = closures.get(index)?;
        let parameter = self.words(closure.parameter.clone()).to_owned();
        let children = self.scope.children.iter();
        let mut taken = ROOTS.into_iter().chain(children.map(|set| &*set.name));
        if taken.any(|name| name == parameter) {
            let message = format!("`{parameter}` has a meaning already");
            let at = closure.parameter.clone();
            let found = self.diagnostic(&FORBIDDEN_IN_GUARD, at, message);
            self.report
                .push(found.help("give the parameter a name of its own"));
            return None;
        }
        let Some(expr) = closures::expression(ast) else {
            let message = "a closure is one expression".to_owned();
            return self.find(&FORBIDDEN_IN_GUARD, closure.body.clone(), message);
        };
        self.entry = Some((parameter, of.clone()));
        let body = self.tree(&expr);
        self.entry = None;
        let wanted = match ask {
            Ask::Sum => Kind::Integer,
            _ => Kind::Boolean,
        };
        let body = self.expect(body, &wanted, &format!("what `{name}` asks of an entry is"))?;
        let cost = body.nodes();
        let decimal = body.kind == Kind::Decimal;
        self.costs.insert(index, (cost, decimal));
        Some(Each::Body { body, cost })
    }

    fn no_list_method<T>(&mut self, list: &Tree, name: &str, at: Position) -> Option<T> {
        let path = self.words(list.at()).to_owned();
        let message = match name {
            "all" | "some" | "none" => format!("`{name}` takes one value or one closure"),
            "count" => "`count` takes nothing, one value or one closure".to_owned(),
            "sum" => "`sum` takes nothing or one closure".to_owned(),
            _ => format!("a list has no function `{name}`"),
        };
        let found = self.diagnostic(&UNKNOWN_FUNCTION, self.token(at), message);
        let found = match name {
            "sum" => found.help(format!("write `{path}.sum()` or `{path}.sum(|a| a * 2)`")),
            _ if OF_LIST.contains(&name) => found.help(format!(
                "write `{path}.{name}(|a| …)` or `{path}.{name}(…)`"
            )),
            "any" => found.help(format!("write `{path}.some(…)`")),
            "every" => found.help(format!("write `{path}.all(…)`")),
            _ if let Some(hint) = habits::part(&list.kind, &path, name) => found.help(hint),
            _ if closest(name, OF_LIST).is_some() => found.did_you_mean(name, OF_LIST),
            _ => found.help(format!("it has `{}`", OF_LIST.join("`, `"))),
        };
        self.report.push(found);
        None
    }
}
