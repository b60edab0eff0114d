//! From an expression as written to a program that may run.
//!
//! In: an [`Expression`] of the document and the [`Scope`] of names. Out: a [`Guard`] or [`Formula`],
//! or nothing and the findings why. The way: a scan for what has no place and for nesting, Rhai's own
//! parser, the walk over its tree.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rhai::{AST, Expr, Identifier, LexError, ParseError, ParseErrorType, Stmt};

use super::check::Check;
use super::engine::ENGINE;
use super::kind::Kind;
use super::program::{Formula, Guard, Names, Program};
use super::reads::Reads;
use super::rules::{
    FORBIDDEN_IN_GUARD, GUARD_NOT_BOOLEAN, GUARD_SYNTAX, GUARD_TOO_LARGE, UNLIKE_TYPES,
};
use super::tree::{Form, Tree};
use super::{MAX_LIST, code, place, scan};
use crate::context::{Scope, Slots, Type, Value};
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::document::Expression;

/// Compiles and checks a condition; every problem goes into the report. `None` when it cannot run.
pub fn compile_guard(expr: &Expression, scope: &Scope, report: &mut Report) -> Option<Guard> {
    let compiled = compile(expr, scope, Use::Guard, report, |check, tree| {
        let at = tree.at.clone();
        if tree.kind != Kind::Boolean {
            let kind = tree.kind.name();
            let message = format!("a guard is `true` or `false`, and this is {kind}");
            check.find::<()>(&GUARD_NOT_BOOLEAN, at, message);
        } else if let Form::Constant(Value::Boolean(value)) = &tree.form {
            let found = check.diagnostic(
                &GUARD_NOT_BOOLEAN,
                at,
                format!("a guard that is always `{value}` decides nothing"),
            );
            let help = if *value {
                "leave the guard out"
            } else {
                "remove what it guards"
            };
            check.report.push(found.help(help));
        }
    });
    compiled.map(|mut program| {
        program.code = code::compile(&program.tree, scope);
        Guard::new(program)
    })
}

/// Compiles and checks an expression whose result is for a field of type `ty`. `None` when it cannot run.
pub fn compile_formula(
    expr: &Expression,
    ty: &Type,
    scope: &Scope,
    report: &mut Report,
) -> Option<Formula> {
    let compiled = compile(expr, scope, Use::Value(ty), report, |check, tree| {
        let wanted = Kind::of(ty);
        let (at, kind) = (tree.at.clone(), &tree.kind);
        let fits = *kind == wanted
            || wanted.is_text() && kind.is_text()
            || wanted == Kind::Decimal && kind.is_number();
        match (&wanted, &tree.form) {
            (Kind::Enum(words), Form::Constant(Value::Text(text))) => {
                if !words.iter().any(|word| **word == **text) {
                    check.not_listed(text, "the field that is set", words, at);
                }
            }
            _ if fits => {}
            _ => {
                let words = check.words(at.clone()).to_owned();
                let (found, expected) = match (kind, &wanted) {
                    (Kind::Decimal, Kind::Integer) => ("a decimal", "a whole number"),
                    _ => (kind.name(), wanted.name()),
                };
                let message = format!("`{words}` is {found}, and {expected} is expected");
                let found = check.diagnostic(&UNLIKE_TYPES, at, message);
                let found = match wanted {
                    Kind::Date => found.help("a date is written `date(\"2026-03-01\")`"),
                    Kind::Datetime => {
                        found.help("a datetime is written `datetime(\"2026-03-01T09:00:00Z\")`")
                    }
                    Kind::Length => found.help("a duration is written `days(3)` or `hours(36)`"),
                    Kind::Text | Kind::Enum(_) => found.help("a text stands in double quotes"),
                    _ => found,
                };
                check.report.push(found);
            }
        }
    });
    compiled.map(|program| Formula::new(program, ty.clone()))
}

/// Whether a name cannot be read as `order.NAME`, because Rhai keeps the word for itself.
pub fn is_reserved(name: &str) -> bool {
    let plain = name.chars().all(place::is_word) && name.len() <= 64;
    !plain || ENGINE.compile_expression(format!("order.{name}")).is_err()
}

/// What an expression is for.
#[derive(Debug, Clone, Copy)]
enum Use<'a> {
    Guard,
    Value(&'a Type),
}

impl Use<'_> {
    /// What the expression is called in messages.
    fn noun(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Value(_) => "value",
        }
    }

    fn wants_text(self) -> bool {
        matches!(self, Self::Value(Type::String | Type::Enum(_)))
    }
}

fn compile(
    expr: &Expression,
    scope: &Scope,
    usage: Use<'_>,
    report: &mut Report,
    judge: impl FnOnce(&mut Check<'_>, &Tree),
) -> Option<Program> {
    let noun = usage.noun();
    if !scan::scan(expr, noun, report) {
        return None;
    }
    let ast = match ENGINE.compile_expression(&expr.text) {
        Ok(ast) => ast,
        Err(error) => {
            report.push(syntax(expr, noun, &error));
            return None;
        }
    };
    let before = report.len();
    let mut check = Check {
        expr,
        scope,
        report,
        reads: Reads::default(),
        wants_text: usage.wants_text(),
    };
    let Some(tree) = expression(&ast) else {
        let message = format!("a {noun} is one expression");
        return check.find(&FORBIDDEN_IN_GUARD, 0..expr.text.len(), message);
    };
    let tree = check.tree(&tree)?;
    judge(&mut check, &tree);
    let reads = check.reads;
    if report.len() > before {
        return None;
    }
    Some(program(expr, scope, ast, (reads, tree)))
}

/// The one expression of a tree; `None` where it holds anything else, functions included.
fn expression(ast: &AST) -> Option<Cow<'_, Expr>> {
    if ast.iter_fn_def().next().is_some() {
        return None;
    }
    match ast.statements() {
        [Stmt::Expr(expr)] => Some(Cow::Borrowed(expr)),
        [Stmt::FnCall(call, at)] => Some(Cow::Owned(Expr::FnCall(call.clone(), *at))),
        _ => None,
    }
}

fn program(expr: &Expression, scope: &Scope, ast: AST, (reads, tree): (Reads, Tree)) -> Program {
    let names = |slots: &Slots, read: &BTreeSet<usize>| -> Vec<(usize, Identifier)> {
        let named = read
            .iter()
            .filter_map(|slot| Some((*slot, slots.get_index(*slot)?.0.as_str().into())));
        named.collect()
    };
    let none = Slots::new();
    let children = reads.children.iter();
    let children = children
        .filter_map(|index| Some((*index, scope.children.get(*index)?.name.as_str().into())));
    let names = Names {
        order: names(&scope.order, &reads.order),
        settings: names(&scope.settings, &reads.settings),
        event: names(scope.event.as_ref().unwrap_or(&none), &reads.event),
        children: children.collect(),
    };
    Program {
        names,
        source: expr.text.clone(),
        ast,
        reads_text: reads_text(&tree),
        reads,
        tree,
        code: None,
    }
}

/// Whether a function reads whole texts.
fn reads_text(tree: &Tree) -> bool {
    let here = matches!(&tree.form, Form::Call(function, _) if function.reads_text());
    here || tree.parts().into_iter().any(reads_text)
}

/// Rhai's complaint in our words, at the token where it stopped.
fn syntax(expr: &Expression, noun: &str, error: &ParseError) -> Diagnostic {
    let text = expr.text.as_str();
    let start = place::offset(text, error.position());
    let at_end = text.get(start..).is_none_or(|rest| rest.trim().is_empty());
    let token = if at_end {
        place::last_token(text)
    } else {
        place::token(text, start)
    };
    let word = text.get(token.clone()).unwrap_or_default();
    let place = if at_end {
        "at the end".to_owned()
    } else {
        format!("before `{word}`")
    };
    let behind_digit = text
        .get(..token.start)
        .is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
    let glued = behind_digit && (word == "," || word.starts_with(char::is_alphabetic));
    let (rule, message, help) = complaint(error.err_type(), noun, word, &place, glued);
    let found = Diagnostic::new(rule, expr.place(token.start, token.end), message);
    match help {
        Some(help) => found.help(help),
        None => found,
    }
}

/// The rule, the message and the hint for one kind of complaint.
fn complaint(
    kind: &ParseErrorType,
    noun: &str,
    word: &str,
    place: &str,
    glued: bool,
) -> (&'static Rule, String, Option<&'static str>) {
    let syntax = |message: String| (&GUARD_SYNTAX, message, None);
    match kind {
        ParseErrorType::ExprTooDeep => (&GUARD_TOO_LARGE, scan::too_deep(noun), Some(scan::SPLIT)),
        ParseErrorType::LiteralTooLarge(..) => {
            let message = format!("the list has more than {MAX_LIST} entries");
            (&GUARD_TOO_LARGE, message, Some(scan::SPLIT))
        }
        ParseErrorType::UnexpectedEOF => syntax(format!(
            "the {noun} ends too early: a value is missing at the end"
        )),
        ParseErrorType::Reserved(name) => syntax(format!(
            "`{name}` is a word of the language and cannot be a name"
        )),
        ParseErrorType::PropertyExpected if word.starts_with(char::is_alphabetic) => syntax(
            format!("`{word}` is a word of the language and cannot be a name"),
        ),
        ParseErrorType::PropertyExpected => syntax(format!("a name is missing {place}")),
        ParseErrorType::MissingToken(wanted, _) => syntax(format!("`{wanted}` is missing {place}")),
        ParseErrorType::MismatchedType(..) => {
            let message = format!("`{word}` is no condition: `&&` and `||` join booleans");
            (&UNLIKE_TYPES, message, None)
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => (
            &GUARD_SYNTAX,
            "a text is not closed".to_owned(),
            Some("a `\"` is missing"),
        ),
        ParseErrorType::BadInput(LexError::MalformedEscapeSequence(sequence)) => {
            let message = format!("`{sequence}` means nothing in a text");
            (
                &GUARD_SYNTAX,
                message,
                Some("write `\\\\` for one backslash"),
            )
        }
        ParseErrorType::UnknownOperator(operator) => syntax(format!("`{operator}` is no operator")),
        _ if glued && word == "," => {
            let message = "`,` is not expected behind a number".to_owned();
            (&GUARD_SYNTAX, message, Some("a decimal has a point: `1.5`"))
        }
        _ if glued => {
            let help = "a duration is written `days(3)`, a date `date(\"2026-03-01\")`";
            (
                &GUARD_SYNTAX,
                format!("`{word}` is not expected behind a number"),
                Some(help),
            )
        }
        _ => syntax(format!("`{word}` is not expected here")),
    }
}
