//! The first look at a source, before Rhai parses it.
//!
//! In: the text of an expression. Out: its closures, findings for whatever has no place in it, each at
//! its characters, and the promise that brackets, signs and chains nest at most [`MAX_DEPTH`] deep, so
//! that Rhai's recursive parser stays within a small stack. What passes may still be wrong.

use super::closures::{self, Closure};
use super::place::{is_word, quoted};
use super::rules::{FORBIDDEN_IN_GUARD, GUARD_SYNTAX, GUARD_TOO_LARGE};
use super::symbols::{FORBIDDEN, KNOWN, OTHER_WORDS, QUOTES, SIGNS, SYMBOLS};
use super::{MAX_DEPTH, MAX_FINDINGS, MAX_SOURCE, hints};
use crate::diagnostic::lookalike::{self, is_hidden};
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::document::Expression;

/// Reports what has no place in an expression; its closures when Rhai may parse the rest.
pub(super) fn scan(expr: &Expression, noun: &str, report: &mut Report) -> Option<Vec<Closure>> {
    let text = expr.text.as_str();
    if text.len() > MAX_SOURCE {
        let message = format!(
            "the {noun} has {} bytes, and at most {MAX_SOURCE} are accepted",
            text.len()
        );
        report.push(
            Diagnostic::new(&GUARD_TOO_LARGE, expr.span, message)
                .help("split it into several named guards"),
        );
        return None;
    }
    let before = report.len();
    let mut scanner = Scanner {
        expr,
        noun,
        report,
        at: 0,
        chains: vec![0],
        run: 0,
        dotted: false,
        before: Before::Open,
        closures: Vec::new(),
        open: None,
        empty: true,
        stop: false,
    };
    while scanner.report.len() < before + MAX_FINDINGS && scanner.next() {}
    scanner.close();
    let (empty, closures) = (scanner.empty, scanner.closures);
    if empty && report.len() == before {
        let message = format!("the {noun} is empty");
        report.push(Diagnostic::new(&GUARD_SYNTAX, expr.span, message));
    }
    (report.len() == before).then_some(closures)
}

/// What stands before a character, as far as it tells what a `|` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A value, or a bracket that ends one.
    Value,
    /// The name of a method.
    Method,
    /// The bracket of a method's arguments.
    Call,
    /// Another bracket, a comma, or nothing.
    Open,
    /// An operator.
    Operator,
}

struct Scanner<'a> {
    expr: &'a Expression,
    noun: &'a str,
    report: &'a mut Report,
    /// Byte offset of the next character.
    at: usize,
    /// Steps of the chain being read, `a.b(c).d`, for each open bracket and outside of all.
    chains: Vec<usize>,
    /// Signs and `!` in a row.
    run: usize,
    /// Whether the last token was the dot of a chain.
    dotted: bool,
    before: Before,
    closures: Vec<Closure>,
    /// How many brackets stood open where the closure began whose body is being read.
    open: Option<usize>,
    /// Whether nothing but space and comments was met.
    empty: bool,
    /// Whether what was met makes the rest another language: more findings would not help.
    stop: bool,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        self.expr.text.get(self.at..).unwrap_or_default()
    }

    fn find(&mut self, rule: &'static Rule, length: usize, message: String, help: String) {
        let span = self.expr.place(self.at, self.at + length);
        self.report
            .push(Diagnostic::new(rule, span, message).help(help));
    }

    /// Reads one token; `false` at the end, or where reading on makes no sense.
    fn next(&mut self) -> bool {
        let text: &str = &self.expr.text;
        let rest = text.get(self.at..).unwrap_or_default();
        let Some(c) = rest.chars().next().filter(|_| !self.stop) else {
            return false;
        };
        if c == '\r' && !rest.starts_with("\r\n") {
            let (what, help) = ("a carriage return alone ends no line", "remove it");
            self.find(&GUARD_SYNTAX, 1, what.to_owned(), help.to_owned());
            return false;
        }
        if !c.is_ascii() && (c.is_whitespace() || is_hidden(c)) {
            self.no_space(c);
        }
        if c.is_whitespace() || is_hidden(c) {
            self.at += c.len_utf8();
            return true;
        }
        if rest.starts_with("//") || rest.starts_with("/*") {
            self.at += comment(rest);
            return true;
        }
        self.empty = false;
        let length = match c {
            '"' => quoted(rest),
            '\'' | '`' => self.other_quote(c, |end| end == c),
            _ if QUOTES.contains(&c) => self.other_quote(c, |end| QUOTES.contains(&end)),
            _ if c.is_ascii_digit() => super::place::token(rest, 0).end,
            _ if is_word(c) => self.word(),
            '|' if self.opens_closure(rest) => self.closure(rest),
            _ => match self.symbol(c) {
                Some(length) => length,
                None => return false,
            },
        };
        if c.is_ascii_digit() || is_word(c) || c == '"' {
            self.before = match self.dotted {
                true => Before::Method,
                false => Before::Value,
            };
            self.run = 0;
            self.dotted = false;
        }
        self.at += length.max(c.len_utf8());
        true
    }

    /// Where the text of the expression begins.
    fn before_text(&self) -> usize {
        let text = &self.expr.text;
        text.len() - text.trim_start().len()
    }

    /// Text in the wrong quotes.
    fn other_quote(&mut self, quote: char, ends: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        let end = rest.char_indices().skip(1).find(|(_, c)| ends(*c));
        let length = end.map_or(rest.len(), |(at, c)| at + c.len_utf8());
        let inner = rest.get(quote.len_utf8()..end.map_or(rest.len(), |(at, _)| at));
        let inner = inner.unwrap_or_default().trim_end();
        let span = self.expr.place(self.at, self.at + length);
        if self.noun == "guard" && rest.trim_end().len() == length && self.at == self.before_text()
        {
            let message = "a condition stands without quotes of its own".to_owned();
            let found = Diagnostic::new(&GUARD_SYNTAX, span, message);
            let replace = "leave the quotes out";
            self.report.push(found.fix(span, inner.trim(), replace));
            return length;
        }
        let before = self.expr.text.get(..self.at).unwrap_or_default();
        let is_digit = |c: char| c.is_ascii_digit();
        if before.ends_with(is_digit) && inner.chars().all(is_digit) && quote == '\'' {
            let message = format!("`{quote}` is not expected within a number");
            let found = Diagnostic::new(&GUARD_SYNTAX, span, message);
            let help = "thousands have no sign: `1000`";
            self.report.push(found.help(help));
            return length;
        }
        let text = format!("\"{}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
        let message = format!("text stands in double quotes, not in `{quote}`");
        let found = Diagnostic::new(&GUARD_SYNTAX, span, message).help(format!("write `{text}`"));
        // What else would end the text, or what is no end of it, is for the author to write.
        let is_plain = end.is_some() && !inner.contains(['"', '\\', '\n']);
        self.report.push(match is_plain {
            true => found.fix(span, text, "write double quotes"),
            false => found,
        });
        length
    }

    /// A space that the language has none of, or a character that is not seen.
    fn no_space(&mut self, c: char) {
        let (message, write, fix) = match c.is_whitespace() {
            true => (lookalike::odd_sign(c), " ", "write a plain space"),
            false => {
                let hidden = format!("an invisible character (U+{:04X})", u32::from(c));
                (hidden, "", "remove it")
            }
        };
        let span = self.expr.place(self.at, self.at + c.len_utf8());
        let found = Diagnostic::new(&GUARD_SYNTAX, span, message);
        self.report.push(found.fix(span, write, fix));
    }

    /// What was meant by characters that look like others.
    fn meant(&mut self, length: usize, message: String, meant: &str) {
        let span = self.expr.place(self.at, self.at + length);
        let replace = format!("replace with `{meant}`");
        let found = Diagnostic::new(&GUARD_SYNTAX, span, message);
        let found = found.help(format!("did you mean `{meant}`?"));
        self.report.push(found.fix(span, meant, replace));
    }

    fn word(&mut self) -> usize {
        let text: &str = &self.expr.text;
        let rest = text.get(self.at..).unwrap_or_default();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if let Some((latin, other)) = lookalike::latin_word(word) {
            self.meant(length, lookalike::told(other), &latin);
            return length;
        }
        if self.dotted {
            return length;
        }
        if let Some((message, help)) = hints::other_form(text, self.at, word) {
            self.find(&GUARD_SYNTAX, length, message, help);
            self.stop = true;
        } else if let Some((_, operator)) = OTHER_WORDS.iter().find(|(other, _)| *other == word) {
            let message = format!("`{word}` is no operator");
            if let Some(length) = hints::not_in(text, self.at).filter(|_| *operator == "!") {
                self.meant(length, message, "!in");
                return length;
            }
            match hints::denied(text, self.at + length).filter(|_| *operator == "!") {
                Some((end, denied)) => {
                    // How lines are indented in the file is not known here.
                    let lines: Vec<&str> = denied.lines().map(str::trim).collect();
                    let meant = format!("!({})", lines.join(" "));
                    self.meant(end - self.at, message, &meant);
                    return end - self.at;
                }
                None if *operator == "!" && hints::ends(text, self.at + length) => {
                    self.find(
                        &GUARD_SYNTAX,
                        length,
                        message,
                        "write `!` before what is denied".to_owned(),
                    );
                }
                None => self.meant(length, message, operator),
            }
        } else if FORBIDDEN.contains(&word) {
            let message = format!("`{word}` is not allowed in a {}", self.noun);
            self.find(
                &FORBIDDEN_IN_GUARD,
                length,
                message,
                "write one expression, without statements or functions of your own".to_owned(),
            );
            self.stop = true;
        }
        length
    }

    /// Whether a `|` there begins a closure: behind a value it is an operator.
    fn opens_closure(&self, rest: &str) -> bool {
        match self.before {
            Before::Value | Before::Method => false,
            Before::Call | Before::Open => true,
            Before::Operator => !rest.starts_with("||"),
        }
    }

    /// The head of a closure.
    fn closure(&mut self, rest: &str) -> usize {
        let called = self.before == Before::Call;
        let found = closures::header(rest);
        let (rule, what, help) = match found {
            _ if !called => (
                &FORBIDDEN_IN_GUARD,
                "a closure stands only in the brackets of a list's method",
                "write `order.amounts.all(|a| a > 0)`, or `||` for `or`",
            ),
            _ if self.open.is_some() => (
                &FORBIDDEN_IN_GUARD,
                "a closure holds no other closure",
                "ask two questions, joined by `&&` or `||`",
            ),
            Err((_, what)) => (
                &FORBIDDEN_IN_GUARD,
                what,
                "write `order.amounts.all(|a| a > 0)`",
            ),
            Ok(_) if self.closures.len() == closures::MOST => {
                (&GUARD_TOO_LARGE, "too many closures", SPLIT)
            }
            Ok((parameter, length)) => {
                let at = self.at;
                self.closures.push(Closure {
                    at: at..at,
                    parameter: at + parameter.start..at + parameter.end,
                    body: at + length..at,
                });
                self.open = Some(self.chains.len());
                self.before = Before::Operator;
                return length;
            }
        };
        let length = found.map_or_else(|(length, _)| length, |(_, length)| length);
        self.find(rule, length, what.to_owned(), help.to_owned());
        self.stop = true;
        length
    }

    /// Ends the closure that is being read.
    fn close(&mut self) {
        if let (Some(_), Some(closure)) = (self.open.take(), self.closures.last_mut()) {
            let body = self.expr.text.get(closure.body.start..self.at);
            let body = body.unwrap_or_default();
            let end = closure.body.start + body.trim_end().len();
            closure.body.end = end;
            closure.at.end = end;
        }
    }

    /// Brackets, signs, dots and operators; `None` where the nesting is too deep to go on.
    fn symbol(&mut self, c: char) -> Option<usize> {
        let text: &str = &self.expr.text;
        let rest = text.get(self.at..).unwrap_or_default();
        self.nest(c, rest)?;
        if let Some((_, sign)) = SIGNS.iter().find(|(other, _)| *other == c) {
            self.meant(c.len_utf8(), format!("`{c}` is no operator"), sign);
            return Some(c.len_utf8());
        }
        if let Some(latin) = lookalike::latin(c) {
            self.meant(c.len_utf8(), lookalike::told(c), &latin.to_string());
            return Some(c.len_utf8());
        }
        if let Some(known) = KNOWN.iter().find(|known| rest.starts_with(**known)) {
            let longer = SYMBOLS
                .iter()
                .any(|(s, ..)| s.len() > known.len() && rest.starts_with(s));
            if !longer {
                return Some(known.len());
            }
        }
        if let Some((symbol, rule, what, help)) = SYMBOLS.iter().find(|(s, ..)| rest.starts_with(s))
        {
            let meant = match *symbol {
                "=>" => hints::closure(text, self.at),
                ":" => hints::moment(text, self.at),
                "?" if self.noun != "guard" => Some(
                    "there is no choice within a value: write `branches:`, each with a `guard` and a `set` of its own"
                        .to_owned(),
                ),
                _ => None,
            };
            self.stop = meant.is_some() || matches!(*symbol, "{" | "?" | "|" | ";");
            let help = meant.unwrap_or_else(|| (*help).to_owned());
            self.find(rule, symbol.len(), format!("`{symbol}` {what}"), help);
            return Some(symbol.len());
        }
        Some(c.len_utf8())
    }

    fn nest(&mut self, c: char, rest: &str) -> Option<()> {
        if matches!(c, ')' | ']' | ',') && self.open == Some(self.chains.len()) {
            self.close();
        }
        self.before = match c {
            ')' | ']' => Before::Value,
            '(' if self.before == Before::Method => Before::Call,
            '(' | '[' | ',' => Before::Open,
            _ => Before::Operator,
        };
        self.dotted = c == '.' && !rest.starts_with("..");
        let mut chain = self.chains.pop().unwrap_or(0);
        self.run = if matches!(c, '!' | '-' | '+') {
            self.run + 1
        } else {
            0
        };
        match c {
            ')' | ']' if !self.chains.is_empty() => {}
            ')' | ']' => self.chains.push(chain),
            '(' | '[' => {
                chain += 1;
                self.chains.extend([chain, 0]);
            }
            _ => {
                chain = if self.dotted { chain + 1 } else { 0 };
                self.chains.push(chain);
            }
        }
        if self.chains.len() + self.run <= MAX_DEPTH + 1 && chain <= MAX_DEPTH {
            return Some(());
        }
        let message = too_deep(self.noun);
        self.find(&GUARD_TOO_LARGE, c.len_utf8(), message, SPLIT.to_owned());
        None
    }
}

/// What to do about nesting.
pub(super) const SPLIT: &str =
    "split it into several named guards: a list of guards means all must hold";

/// What is said about nesting.
pub(super) fn too_deep(noun: &str) -> String {
    format!(
        "the {noun} nests deeper than {MAX_DEPTH} levels, of which brackets are two and more, or joins more than \
         {MAX_DEPTH} operators"
    )
}

/// The length of a comment, which may nest.
fn comment(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find(['\n', '\r']).unwrap_or(text.len());
    }
    let (mut at, mut open) = (0, 0_usize);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") {
            open += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            open -= 1;
            at += 2;
            if open == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}
