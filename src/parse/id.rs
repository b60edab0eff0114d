//! What an id may be, and hints for names that are none.

use super::decode::{Decoder, Naming, shorten};
use super::rule;
use super::tree::Scalar;
use crate::diagnostic::lookalike::{self, is_hidden};
use crate::diagnostic::{Diagnostic, closest};
use crate::source::Span;

/// The most characters of an id.
const LONGEST: usize = 64;

/// Words that mean something in the format or to YAML.
const FORMAT_WORDS: [&str; 16] = [
    "actor", "any", "back", "day", "entry", "event", "false", "never", "not", "now", "null",
    "order", "root", "settings", "system", "true",
];

/// Words that Rhai keeps for itself, beside `self`.
const RHAI_WORDS: [&str; 57] = [
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "exit",
    "export",
    "fn",
    "for",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "yield",
];

/// Whether a word means something in the format or in guards, so that no id may be it.
pub(crate) fn is_word(text: &str) -> bool {
    let lists = [&FORMAT_WORDS[..], &RHAI_WORDS[..]];
    text == "self" || lists.iter().any(|words| words.contains(&text))
}

/// Words that some YAML readers turn into booleans.
const YAML_WORDS: [&str; 6] = ["n", "no", "off", "on", "y", "yes"];

/// Reports an id that may not be used.
pub(super) fn check(id: &Scalar<'_>, span: Span, naming: Naming, decoder: &mut Decoder<'_>) {
    let text = &*id.text;
    let is_id = is_id(text);
    let diagnostic = if !is_id {
        malformed(text, span)
    } else if naming != Naming::Reference && (text == "self" || FORMAT_WORDS.contains(&text)) {
        let message = format!("`{text}` is a word of the format and cannot be an id");
        Diagnostic::new(&rule::BAD_ID, span, message).help("choose another name")
    } else if naming == Naming::Variable && RHAI_WORDS.contains(&text) {
        let message = format!("`{text}` is a word of the guard language and cannot be an id");
        Diagnostic::new(&rule::BAD_ID, span, message).help("choose another name")
    } else {
        return;
    };
    decoder.problems.push(diagnostic);
}

/// Reports a key that may not be used as an id, or that YAML readers disagree about.
pub(super) fn check_key(id: &Scalar<'_>, span: Span, naming: Naming, decoder: &mut Decoder<'_>) {
    check(id, span, naming, decoder);
    let text = &*id.text;
    if id.is_plain() && YAML_WORDS.contains(&text) {
        let message = format!("YAML readers disagree about `{text}`: to some it is a boolean");
        let diagnostic = Diagnostic::new(&rule::BAD_ID, span, message)
            .help(format!("write `\"{text}\"`, or choose another name"))
            .fix(span, format!("\"{text}\""), "put it in quotes");
        decoder.problems.push(diagnostic);
    }
}

/// Whether a text is `[a-z][a-z0-9_]{0,63}`.
pub(crate) fn is_id(text: &str) -> bool {
    let tail = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(tail)
}

fn malformed(text: &str, span: Span) -> Diagnostic {
    const SHAPE: &str =
        "an id begins with a lower-case letter and has lower-case letters, digits and `_`";
    if let Some(hidden) = text.chars().find(|&c| is_hidden(c)) {
        let visible: String = text.chars().filter(|&c| !is_hidden(c)).collect();
        let message = format!(
            "an invisible character (U+{:04X}) stands in an id",
            u32::from(hidden)
        );
        let diagnostic = Diagnostic::new(&rule::BAD_ID, span, message).help(SHAPE);
        return if is_id(&visible) {
            diagnostic.fix(span, visible, "remove the invisible characters")
        } else {
            diagnostic
        };
    }
    if text.chars().count() > LONGEST {
        let message = format!(
            "the id `{}` has more than {LONGEST} characters",
            shorten(text)
        );
        return Diagnostic::new(&rule::BAD_ID, span, message).help("choose a shorter name");
    }
    let diagnostic = Diagnostic::new(
        &rule::BAD_ID,
        span,
        format!("`{}` is not an id", shorten(text)),
    )
    .help(SHAPE);
    if let Some(odd) = text.chars().find(|&c| lookalike::is_odd_sign(c)) {
        return diagnostic.help(format!("{} stands in it", lookalike::odd_sign(odd)));
    }
    let latin = lookalike::latin_word(text);
    if let Some((latin, other)) = latin.filter(|(latin, _)| is_id(latin)) {
        let replace = format!("replace with `{latin}`");
        return diagnostic
            .help(lookalike::told(other))
            .fix(span, latin, replace);
    }
    let own = text.strip_prefix("order.").filter(|field| is_id(field));
    let snake = own.map_or_else(|| snake_case(text), str::to_owned);
    if is_id(&snake) {
        let help = format!("write `{snake}`");
        diagnostic
            .help(help)
            .fix(span, snake.clone(), format!("replace with `{snake}`"))
    } else {
        diagnostic
    }
}

/// `In Cart`, `in-cart`, `InCart` and `IN_CART` to `in_cart`.
pub(super) fn snake_case(text: &str) -> String {
    let mut snake = String::with_capacity(text.len());
    let mut before = None;
    for c in text.trim().chars() {
        if c.is_ascii_uppercase() && before.is_some_and(|last: char| last.is_ascii_lowercase()) {
            snake.push('_');
        }
        before = Some(c);
        snake.push(if matches!(c, ' ' | '-' | '.' | '/') {
            '_'
        } else {
            c.to_ascii_lowercase()
        });
    }
    snake
}

/// A key or a type for the same thing in other tools, and what this format says.
const SYNONYMS: [(&str, &str); 52] = [
    ("action", "effects"),
    ("actions", "effects"),
    ("actor", "by"),
    ("actors", "by"),
    ("array", "list"),
    ("assign", "set"),
    ("bool", "boolean"),
    ("comment", "doc"),
    ("condition", "if"),
    ("condition", "guard"),
    ("conditions", "guard"),
    ("conditions", "if"),
    ("description", "doc"),
    ("double", "decimal"),
    ("element", "of"),
    ("end", "final"),
    ("events", "transitions"),
    ("expression", "if"),
    ("fields", "context"),
    ("float", "decimal"),
    ("guard", "if"),
    ("guards", "guard"),
    ("id", "workflow"),
    ("if", "guard"),
    ("int", "integer"),
    ("is_final", "final"),
    ("interval", "duration"),
    ("items", "of"),
    ("label", "title"),
    ("long", "integer"),
    ("message", "refusal"),
    ("money", "decimal"),
    ("name", "workflow"),
    ("name", "title"),
    ("next", "to"),
    ("options", "values"),
    ("parallel", "regions"),
    ("places", "states"),
    ("role", "by"),
    ("roles", "actors"),
    ("roles", "by"),
    ("source", "from"),
    ("str", "string"),
    ("target", "to"),
    ("terminal", "final"),
    ("text", "string"),
    ("timeout", "expires"),
    ("timestamp", "datetime"),
    ("timezone", "string"),
    ("when", "guard"),
    ("when", "if"),
    ("who", "by"),
];

/// The key or word that one of other tools stands for.
pub(super) fn synonym(written: &str, known: &[&'static str]) -> Option<&'static str> {
    let written = snake_case(written);
    let mut meant = SYNONYMS.iter().filter(|(word, _)| *word == written);
    meant
        .find(|(_, meant)| known.contains(meant))
        .map(|(_, meant)| *meant)
}

/// The type that a word stands for, in this format or another.
pub(super) fn type_word(written: &str) -> Option<&'static str> {
    use super::decode::Words as _;
    let words = crate::document::TypeName::WORDS;
    let same = words.iter().find(|word| **word == written).copied();
    same.or_else(|| synonym(written, words))
}

/// The key that was probably meant by one that is not known.
pub(crate) fn meant(written: &str, known: &[&'static str]) -> Option<&'static str> {
    if super::kind::said_by(written).is_some() {
        return None;
    }
    synonym(written, known).or_else(|| closest(written, known.iter().copied()))
}

/// Adds to a finding what was probably meant by a word that is not known.
pub(super) fn guess(diagnostic: Diagnostic, written: &str, known: &[&'static str]) -> Diagnostic {
    let Some(meant) = synonym(written, known) else {
        return diagnostic.did_you_mean(written, known.iter().copied());
    };
    let span = diagnostic.primary.span;
    let title = format!("replace with `{meant}`");
    diagnostic
        .help(format!("the format calls it `{meant}`"))
        .fix(span, meant, title)
}

/// Adds to a finding about an unknown key what was probably meant.
pub(super) fn hint(diagnostic: Diagnostic, written: &str, known: &[&'static str]) -> Diagnostic {
    if let Some(what) = super::kind::said_by(written) {
        return diagnostic.help(format!("`{written}` begins {what}, which stands by itself"));
    }
    let built_in = ["reserved", "counts_revenue", "contracted"].contains(&written);
    if built_in && known.contains(&"flags") {
        return diagnostic.help("flags stand under `flags:`");
    }
    if written == "required" && known.contains(&"optional") {
        return diagnostic.help(
            "what an event brings must be given, unless `optional: true` stands there: remove it",
        );
    }
    if matches!(written, "min" | "max") && known.contains(&"personal") {
        return diagnostic
            .help("which values are fine is asked by a guard, as in `order.paid >= 0`");
    }
    if matches!(written, "timezone" | "time_zone" | "tz") && known.contains(&"settings") {
        let setting = "`timezone: { type: string, default: Europe/Oslo }`";
        return diagnostic.help(format!(
            "the zone is a setting: write {setting} under `settings:`"
        ));
    }
    if meant(written, known).is_some() {
        return guess(diagnostic, written, known);
    }
    let latin = lookalike::latin_word(written);
    if let Some((latin, other)) = latin.filter(|(latin, _)| known.contains(&latin.as_str())) {
        let span = diagnostic.primary.span;
        let replace = format!("replace with `{latin}`");
        return diagnostic
            .help(lookalike::told(other))
            .fix(span, latin, replace);
    }
    diagnostic.help(format!("the keys are {}", super::scalar::listed(known)))
}
