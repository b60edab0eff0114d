//! From an expression as written to a program that may run.
//!
//! In: an [`Expression`] of the document and the [`Scope`] of names. Out: a [`Guard`] or [`Formula`],
//! or nothing and the findings why. The way: a scan for what has no place and for nesting, Rhai's own
//! parser, the walk over its tree.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rhai::{LexError, ParseError, ParseErrorType};
use thin_vec::ThinVec;

use super::check::Check;
use super::closures::{Closure, Parsed, expression};
use super::engine::ENGINE;
use super::entries::Body;
use super::flat::Flat;
use super::kind::Kind;
use super::missing::{self, Help};
use super::names::Names;
use super::program::{Formula, Guard, Program};
use super::reads::Reads;
use super::rules::{
    FORBIDDEN_IN_GUARD, GUARD_NOT_BOOLEAN, GUARD_SYNTAX, GUARD_TOO_LARGE, UNLIKE_TYPES,
};
use super::tree::{Form, Tree};
use super::{Known, MAX_FINDINGS, MAX_LIST, closures, failing, habits, hints, lower, place, scan};
use crate::context::{Scope, Type, Value};
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::document::Expression;

/// Compiles and checks a condition; every problem goes into the report. `None` when it cannot run.
pub fn compile_guard(expr: &Expression, scope: &Scope, report: &mut Report) -> Option<Guard> {
    let guard = compile_condition(expr, scope, report)?;
    guard.follow(expr, scope, &mut Known::default(), report);
    Some(guard)
}

/// Compiles and checks a condition, but for what may be missing: [`Guard::follow`] tells that.
pub fn compile_condition(expr: &Expression, scope: &Scope, report: &mut Report) -> Option<Guard> {
    let compiled = compile(expr, scope, Use::Guard, report, |check, tree| {
        let at = tree.at();
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
        failing::check(&program.tree, expr, scope, report);
        program.code = lower::lower(&program.tree, scope);
        program.bound = program.code.as_ref().and_then(|code| code.bind(None));
        if program.code.is_none() {
            // So that no evaluation parses it.
            _ = program.script();
        }
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
    compile_formula_after(expr, ty, scope, &Known::default(), report)
}

/// The same where something is [`Known`] to be set.
pub fn compile_formula_after(
    expr: &Expression,
    ty: &Type,
    scope: &Scope,
    known: &Known,
    report: &mut Report,
) -> Option<Formula> {
    let program = checked_formula(expr, ty, scope, report)?;
    failing::check(&program.tree, expr, scope, report);
    failing::check_value(&program.tree, (expr, ty), scope, report);
    missing::check(
        &program.tree,
        (expr, Help::Value),
        scope,
        &mut known.clone(),
        report,
    );
    Some(Formula::new(program, ty.clone()))
}

fn checked_formula(
    expr: &Expression,
    ty: &Type,
    scope: &Scope,
    report: &mut Report,
) -> Option<Program> {
    compile(expr, scope, Use::Value(ty), report, |check, tree| {
        let wanted = Kind::of(ty);
        let (at, kind) = (tree.at(), &tree.kind);
        let fits = kind.fits(&wanted);
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
    })
}

/// Whether a name cannot be read as `order.NAME`, because Rhai keeps the word for itself.
pub fn is_reserved(name: &str) -> bool {
    let plain = name.chars().all(place::is_word) && name.len() <= 64;
    !plain || ENGINE.compile_expression(format!("order.{name}")).is_err()
}

/// The rules that take an expression at its types.
const OF_TYPES: [&str; 3] = ["guard-not-boolean", "unknown-enum-value", "unlike-types"];

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
    let mut found = Report::new();
    let program = checked(expr, scope, usage, &mut found, judge);
    if scope.is_doubtful(&expr.text) {
        // Nobody knows the types of all that it reads.
        found.retain(|found| !OF_TYPES.contains(&found.rule.id));
    }
    // Where one word cannot be pointed at, replacing it would replace all of them.
    found.change_fixes(|fix| expr.change(fix.span, &fix.replacement));
    report.extend(found);
    program
}

fn checked(
    expr: &Expression,
    scope: &Scope,
    usage: Use<'_>,
    report: &mut Report,
    judge: impl FnOnce(&mut Check<'_>, &Tree),
) -> Option<Program> {
    let noun = usage.noun();
    let closures = scan::scan(expr, noun, report)?;
    let outer = closures::without(&expr.text, &closures);
    let parsed = ENGINE.compile_expression(&*outer);
    let parsed = parsed.map_err(|error| report.push(syntax(expr, &expr.text, noun, &error)));
    let closures = bodies(expr, closures, report);
    let (Ok(ast), Some(closures)) = (parsed, closures) else {
        return None;
    };
    let before = report.len();
    let mut check = Check {
        expr,
        scope,
        report,
        reads: Reads::default(),
        wants_text: usage.wants_text(),
        is_guard: matches!(usage, Use::Guard),
        most: before + MAX_FINDINGS,
        closures: &closures,
        entry: None,
        costs: BTreeMap::new(),
    };
    let Some(tree) = expression(&ast) else {
        let message = format!("a {noun} is one expression");
        return check.find(&FORBIDDEN_IN_GUARD, 0..expr.text.len(), message);
    };
    let tree = check.tree(&tree)?;
    judge(&mut check, &tree);
    let (reads, costs) = (check.reads, check.costs);
    if report.len() > before {
        return None;
    }
    let bodies = closures.into_iter().enumerate();
    let bodies = bodies.filter_map(|(index, parsed)| {
        let &(cost, decimal) = costs.get(&index)?;
        let parameter = expr.text.get(parsed.closure.parameter)?.into();
        let flat = Flat::of(&parsed.ast)?;
        Some(Arc::new(Body {
            parameter,
            flat,
            cost,
            decimal,
        }))
    });
    let program = program(expr, scope, bodies.collect(), (reads, tree));
    // Closures do not stand in the text that the engine can parse.
    if !program.bodies.is_empty() {
        _ = program.script.set(program.script_of(&ast).ok()?);
    }
    Some(program)
}

/// The syntax trees of closures; `None` once a finding says why one has none.
fn bodies(expr: &Expression, closures: Vec<Closure>, report: &mut Report) -> Option<Vec<Parsed>> {
    let parsed = closures.into_iter().map(|closure| {
        let name = expr.text.get(closure.parameter.clone()).unwrap_or_default();
        if is_reserved(name) {
            let place = expr.place(closure.parameter.start, closure.parameter.end);
            let message = format!("`{name}` is a word of the language and cannot be a name");
            report.push(Diagnostic::new(&GUARD_SYNTAX, place, message));
            return None;
        }
        if closure.body.is_empty() {
            let place = expr.place(closure.at.start, closure.at.end);
            let message = "the closure says nothing of its entries";
            let found = Diagnostic::new(&GUARD_SYNTAX, place, message);
            report.push(found.help(format!("write a condition: `|{name}| {name} > 0`")));
            return None;
        }
        match ENGINE.compile_expression(closures::alone(&expr.text, &closure)) {
            Ok(ast) => Some(Parsed { closure, ast }),
            Err(error) => {
                let text = expr.text.get(..closure.body.end).unwrap_or_default();
                report.push(syntax(expr, text, "closure", &error));
                None
            }
        }
    });
    let parsed: Vec<Option<Parsed>> = parsed.collect();
    parsed.into_iter().collect()
}

fn program(
    expr: &Expression,
    scope: &Scope,
    bodies: ThinVec<Arc<Body>>,
    (mut reads, tree): (Reads, Tree),
) -> Program {
    reads.fit();
    Program {
        names: Names::of(scope),
        source: expr.text.as_str().into(),
        script: OnceLock::new(),
        bodies,
        is_charged: tree.is_charged(),
        reads,
        tree,
        code: None,
        bound: None,
    }
}

/// Rhai's complaint in our words, at the token where it stopped.
fn syntax(expr: &Expression, text: &str, noun: &str, error: &ParseError) -> Diagnostic {
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
    let exponent = hints::exponent(text, token.start).filter(|_| glued);
    let before = text.get(..token.start).unwrap_or_default();
    let sign = || habits::sign(word, before).map(str::to_owned);
    let unit = || hints::unit(text, &token).filter(|_| glued);
    let half = || hints::half_number(text, token.start);
    let list = || hints::round_list(text, token.start).filter(|_| word == ",");
    let meant = hints::unset(text, &token)
        .or(exponent)
        .or_else(sign)
        .or_else(unit)
        .or_else(half)
        .or_else(list);
    let found = Diagnostic::new(rule, expr.place(token.start, token.end), message);
    match meant.or(help.map(str::to_owned)) {
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
            let is_text = word.starts_with('"');
            let help = is_text.then_some("a condition stands without quotes of its own");
            (&UNLIKE_TYPES, message, help)
        }
        ParseErrorType::BadInput(LexError::MalformedNumber(_)) => (
            &GUARD_SYNTAX,
            format!("`{word}` is no number that can be calculated with"),
            Some("a whole number has up to 18 digits, a decimal up to 28"),
        ),
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
            let help = "a decimal has a point, as `1.5`, and thousands have no sign: `1000`";
            (&GUARD_SYNTAX, message, Some(help))
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
