//! Closures: where they stand in a source, and the parts of it without each other.
//!
//! In: the text of an expression. Out: each closure with its parameter and its body, the text with a
//! name in place of every closure, and the body alone; in all of them every character keeps its line
//! and column, so that findings point at what was written. The engine never makes a closure of its
//! own: one that reads `order` would share it, and an `order` that is being read can then not be read
//! again. It evaluates a body as an expression, with the parameter beside the other names.

use std::borrow::Cow;
use std::ops::Range;

use rhai::{AST, Expr, Stmt};

use super::place::is_word;

/// The most closures of one expression.
pub(super) const MOST: usize = 32;

/// A closure as written, in bytes of the source.
#[derive(Debug, Clone)]
pub(super) struct Closure {
    /// From its first `|` to the end of its body.
    pub(super) at: Range<usize>,
    /// The name of its parameter.
    pub(super) parameter: Range<usize>,
    /// Its body.
    pub(super) body: Range<usize>,
}

/// A closure with the syntax tree of its body.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) closure: Closure,
    pub(super) ast: AST,
}

/// The parameter of a closure that starts with `text`, and where its body starts; else how much is
/// wrong, and what.
pub(super) fn header(text: &str) -> Result<(Range<usize>, usize), (usize, &'static str)> {
    const ONE: &str = "a closure has one parameter";
    let Some((inner, _)) = text.strip_prefix('|').and_then(|rest| rest.split_once('|')) else {
        return Err((1, "the parameter of a closure stands between two `|`"));
    };
    let end = inner.len() + 2;
    let name = inner.trim_matches([' ', '\t']);
    if name.trim().is_empty() || name.contains(',') {
        return Err((end, ONE));
    }
    let plain = name.chars().all(is_word) && name.starts_with(|c: char| c.is_ascii_lowercase());
    if !plain || !name.is_ascii() {
        let what = "the parameter of a closure is a name in small letters";
        return Err((end, what));
    }
    let start = 1 + inner.len() - inner.trim_start_matches([' ', '\t']).len();
    Ok((start..start + name.len(), end))
}

/// The name that stands for a closure; no name of a workflow has a capital letter.
pub(super) fn name(index: usize) -> String {
    format!("F{index}")
}

/// The text with names in place of closures.
pub(super) fn without<'t>(text: &'t str, closures: &[Closure]) -> Cow<'t, str> {
    if closures.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (index, closure) in closures.iter().enumerate() {
        out.push_str(text.get(from..closure.at.start).unwrap_or_default());
        let name = name(index);
        let written = text.get(closure.at.clone()).unwrap_or_default();
        out.push_str(&name);
        out.extend(written.chars().skip(name.len()).map(blank));
        from = closure.at.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// The body of a closure, behind as much blank space as there is text before it.
pub(super) fn alone(text: &str, closure: &Closure) -> String {
    let before = text.get(..closure.body.start).unwrap_or_default();
    let body = text.get(closure.body.clone()).unwrap_or_default();
    before.chars().map(blank).chain(body.chars()).collect()
}

fn blank(c: char) -> char {
    if c == '\n' { c } else { ' ' }
}

/// The one expression of a syntax tree; `None` where it holds anything else, functions included.
pub(super) fn expression(ast: &AST) -> Option<Cow<'_, Expr>> {
    if ast.iter_fn_def().next().is_some() {
        return None;
    }
    match ast.statements() {
        [Stmt::Expr(expr)] => Some(Cow::Borrowed(expr)),
        [Stmt::FnCall(call, at)] => Some(Cow::Owned(Expr::FnCall(call.clone(), *at))),
        _ => None,
    }
}
