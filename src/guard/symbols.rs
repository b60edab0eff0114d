//! Words and symbols of Rhai and of other languages that have no place in an expression.
//!
//! In: nothing; these are tables that the scan reads. Out: for each, the rule it breaks and what to
//! say. Words behind a dot are not looked up here: they are names of fields.

use super::rules::{FORBIDDEN_IN_GUARD, GUARD_SYNTAX};
use crate::diagnostic::Rule;

/// Words of Rhai that start statements, define or call functions, print, or look around.
pub(super) const FORBIDDEN: [&str; 36] = [
    "if",
    "else",
    "switch",
    "match",
    "case",
    "while",
    "loop",
    "for",
    "do",
    "until",
    "let",
    "const",
    "var",
    "fn",
    "private",
    "import",
    "export",
    "use",
    "return",
    "break",
    "continue",
    "throw",
    "try",
    "catch",
    "eval",
    "print",
    "debug",
    "call",
    "curry",
    "Fn",
    "this",
    "type_of",
    "is_shared",
    "is_def_var",
    "is_def_fn",
    "exit",
];

/// Words that other languages write for operators, with ours.
pub(super) const OTHER_WORDS: [(&str, &str); 6] = [
    ("and", "&&"),
    ("or", "||"),
    ("not", "!"),
    ("AND", "&&"),
    ("OR", "||"),
    ("NOT", "!"),
];

/// Symbols without a place in an expression, longest first: what to say, and what to write.
pub(super) const SYMBOLS: [(&str, &Rule, &str, &str); 31] = [
    ("===", &GUARD_SYNTAX, "is no operator", "did you mean `==`?"),
    ("!==", &GUARD_SYNTAX, "is no operator", "did you mean `!=`?"),
    ("<>", &GUARD_SYNTAX, "is no operator", "did you mean `!=`?"),
    ("=<", &GUARD_SYNTAX, "is no operator", "did you mean `<=`?"),
    ("=>", &GUARD_SYNTAX, "is no operator", "did you mean `>=`?"),
    (
        ":=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "+=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "-=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "*=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "/=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "%=",
        &FORBIDDEN_IN_GUARD,
        "assigns",
        "context changes only by `set:`",
    ),
    (
        "**",
        &FORBIDDEN_IN_GUARD,
        "is not available",
        "multiply instead",
    ),
    (
        "<<",
        &FORBIDDEN_IN_GUARD,
        "works on bits",
        "did you mean `<`?",
    ),
    (
        ">>",
        &FORBIDDEN_IN_GUARD,
        "works on bits",
        "did you mean `>`?",
    ),
    (
        "=~",
        &GUARD_SYNTAX,
        "is no operator",
        "a text has `contains`, `starts_with` and `ends_with`",
    ),
    (
        "::",
        &FORBIDDEN_IN_GUARD,
        "names a module",
        "there are none in an expression",
    ),
    (
        "??",
        &FORBIDDEN_IN_GUARD,
        "is not available",
        "ask first whether the field is set: `\"note\" in order && …`",
    ),
    (
        "?.",
        &FORBIDDEN_IN_GUARD,
        "is not available",
        "ask first whether the field is set: `\"note\" in order && …`",
    ),
    (
        "?",
        &FORBIDDEN_IN_GUARD,
        "is not available",
        "write `a && b || !a && c` for `a ? b : c`",
    ),
    (
        ":",
        &GUARD_SYNTAX,
        "has no meaning here",
        "in YAML, quote a guard that contains a colon",
    ),
    (
        ";",
        &FORBIDDEN_IN_GUARD,
        "ends a statement",
        "write one expression; join conditions with `&&` or `||`",
    ),
    (
        "{",
        &FORBIDDEN_IN_GUARD,
        "opens a block",
        "write one expression; group with `( )`",
    ),
    (
        "}",
        &FORBIDDEN_IN_GUARD,
        "closes a block",
        "write one expression; group with `( )`",
    ),
    ("#", &GUARD_SYNTAX, "has no meaning here", "remove it"),
    (
        "$",
        &GUARD_SYNTAX,
        "has no meaning here",
        "name a field as `order.total`",
    ),
    ("@", &GUARD_SYNTAX, "has no meaning here", "remove it"),
    (
        "~",
        &GUARD_SYNTAX,
        "has no meaning here",
        "did you mean `!`?",
    ),
    (
        "^",
        &FORBIDDEN_IN_GUARD,
        "works on bits",
        "did you mean `!=`?",
    ),
    (
        "|",
        &FORBIDDEN_IN_GUARD,
        "works on bits",
        "did you mean `||`?",
    ),
    (
        "&",
        &FORBIDDEN_IN_GUARD,
        "works on bits",
        "did you mean `&&`?",
    ),
    ("=", &FORBIDDEN_IN_GUARD, "assigns", "did you mean `==`?"),
];

/// Symbols that do have a place, so that their characters are not taken for the ones above.
pub(super) const KNOWN: [&str; 8] = ["==", "!=", "<=", ">=", "&&", "||", "..=", ".."];

/// Signs of print, as word processors and keyboards of other scripts write them, with those of the language.
pub(super) const SIGNS: [(char, &str); 12] = [
    ('≥', ">="),
    ('≤', "<="),
    ('≠', "!="),
    ('×', "*"),
    ('⋅', "*"),
    ('÷', "/"),
    ('−', "-"),
    ('–', "-"),
    ('—', "-"),
    ('∧', "&&"),
    ('∨', "||"),
    ('¬', "!"),
];

/// Quotes of print; each ends what another begins.
pub(super) const QUOTES: [char; 11] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '‚', '‛', '″'];
