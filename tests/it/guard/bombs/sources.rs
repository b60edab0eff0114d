//! Bombs that are written in a guard.

use flagstate::guard::{GuardError, MAX_SOURCE};

use super::Expected::{self, Answers, Fails, Finds};
use super::{Bomb, CALENDAR, OPERATIONS, OVERFLOW, TEXT, ZERO, bomb};

const LARGE: Expected = Finds("guard-too-large");
const SYNTAX: Expected = Finds("guard-syntax");
const FORBIDDEN: Expected = Finds("forbidden-in-guard");
const BOTH: Expected = Finds("guard-syntax, forbidden-in-guard");
const UNLIKE: Expected = Finds("unlike-types");
const CONSTANT: Expected = Finds("guard-not-boolean");
const NO_FUNCTION: Expected = Finds("unknown-function");
const NO_FIELD: Expected = Finds("unknown-field");
const NO_VARIABLE: Expected = Finds("unknown-variable");
const NO_STATE: Expected = Finds("unknown-state-in-guard");

pub(super) fn bombs() -> Vec<Bomb> {
    let topics = [
        sizes(),
        nesting(),
        chains(),
        numbers(),
        texts(),
        unicode(),
        lists(),
        words(),
        names(),
        times(),
    ];
    topics.into_iter().flatten().collect()
}

/// As much of a text as a source may have.
fn fill(part: &str) -> String {
    filled("", part, "")
}

/// Something between two others, repeated until the source is full.
fn filled(open: &str, part: &str, close: &str) -> String {
    let room = MAX_SOURCE - open.len() - close.len();
    format!("{open}{}{close}", part.repeat(room / part.len()))
}

/// Something around something, so many times.
fn around(n: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(n), close.repeat(n))
}

/// The same part so many times, joined.
fn joined(n: usize, part: &str, by: &str) -> String {
    vec![part; n].join(by)
}

#[rustfmt::skip]
fn sizes() -> Vec<Bomb> {
    let text = |bytes: usize| format!("order.note == \"{}\"", "x".repeat(bytes - 16));
    vec![
        bomb("four MiB of brackets", "(".repeat(4 << 20), LARGE),
        bomb("four MiB of space", " ".repeat(4 << 20), LARGE),
        bomb("half a million lines", "\n".repeat(1 << 19), LARGE),
        bomb("a text of four MiB", text(4 << 20), LARGE),
        bomb("the longest source", text(MAX_SOURCE), Answers("false")),
        bomb("one byte more", text(MAX_SOURCE + 1), LARGE),
        bomb("nothing but space", fill(" "), SYNTAX),
        bomb("nothing but lines", fill("\n"), SYNTAX),
        bomb("space before a guard", filled("", " ", "order.on_hold"), Answers("false")),
        bomb("lines before a guard", filled("", "\r\n", "order.on_hold"), Answers("false")),
        bomb("nested comments", around(1000, "/*", "", "*/") + "order.on_hold", Answers("false")),
        bomb("comments that do not close", fill("/*"), SYNTAX),
        bomb("comments that close twice", fill("/**/*/"), SYNTAX),
        bomb("a thousand comments", filled("", "/**/", "order.on_hold"), Answers("false")),
        bomb("a line of comment", filled("order.on_hold //", "/", ""), Answers("false")),
        bomb("comments in a sum", filled("0", "+/**/1", " > 0"), LARGE),
    ]
}

#[rustfmt::skip]
fn nesting() -> Vec<Bomb> {
    vec![
        bomb("brackets", fill("("), LARGE),
        bomb("brackets that only close", fill(")"), SYNTAX),
        bomb("brackets that close", around(2000, "(", "order.on_hold", ")"), LARGE),
        bomb("the deepest brackets", around(17, "(", "order.on_hold", ")"), Answers("false")),
        bomb("brackets with a wrong end", around(1000, "(", "[", ")"), LARGE),
        bomb("brackets behind a comment", filled("1 == 1 //\r|| ", "(", ""), SYNTAX),
        bomb("square brackets", fill("["), LARGE),
        bomb("lists in lists", around(2000, "[", "1", "]") + " == 1", LARGE),
        bomb("lists in a list", format!("1 in {}", around(10, "[", "1", "]")), FORBIDDEN),
        bomb("braces", fill("{"), FORBIDDEN),
        bomb("maps in maps", around(600, "#{a:", "1", "}"), BOTH),
        bomb("signs", fill("-"), LARGE),
        bomb("signs and space", filled("", "- ", "1"), LARGE),
        bomb("signs and comments", filled("", "-/**/", "1"), LARGE),
        bomb("negations", filled("", "!", "order.on_hold"), LARGE),
        bomb("negated brackets", around(1000, "!(", "order.on_hold", ")"), LARGE),
        bomb("signs in brackets", around(10, "-(", "order.big", ")") + " > 0", Answers("true")),
        bomb("calls in calls", around(500, "min(1,", "1", ")") + " > 0", LARGE),
        bomb("every call", around(100, "abs(round(max(min(1,", "1", "),1),1))"), LARGE),
        bomb("methods in methods", around(150, "order.note.contains(", "\"\"", ")"), LARGE),
        bomb("everything mixed", around(300, "(!(-[", "1", "]))"), LARGE),
        bomb("closures in closures", fill("|x| "), FORBIDDEN),
        bomb("blocks in blocks", filled("", "if true { ", "1"), FORBIDDEN),
    ]
}

#[rustfmt::skip]
fn chains() -> Vec<Bomb> {
    vec![
        bomb("conditions", filled("true", "&&true", ""), LARGE),
        bomb("alternatives", filled("true", "||true", ""), LARGE),
        bomb("conditions and alternatives", filled("true", "||true&&true", ""), LARGE),
        bomb("comparisons", filled("true", "==true", ""), LARGE),
        bomb("memberships", filled("1", " in 1", ""), LARGE),
        bomb("a long sum", filled("0", "+1", " > 0"), LARGE),
        bomb("a long product", filled("1", "*9", " > 0"), LARGE),
        bomb("every precedence", filled("true", "||true&&true==1<1+1*1", ""), LARGE),
        bomb("alternating signs", filled("1", "-+-1", " > 0"), LARGE),
        bomb("lengths of lengths", filled("order.note", ".len()", " > 0"), LARGE),
        bomb("a long path", filled("order", ".order", ""), LARGE),
        bomb("indexes", filled("order", "[0]", ""), LARGE),
        bomb("calls of calls", filled("order", "()", ""), LARGE),
        bomb("dots", fill("."), SYNTAX),
        bomb("commas", filled("1 in [", ",", "]"), SYNTAX),
        bomb("ranges of ranges", filled("1 in 1", "..1", ""), LARGE).slow_in_debug(),
        bomb("fallbacks", filled("order.note", " ?? 1", ""), FORBIDDEN),
        bomb("questions", filled("order", "?.note", ""), FORBIDDEN),
        bomb("statements", filled("true", ";true", ""), FORBIDDEN),
        bomb("assignments", filled("order.big", "=order.big", ""), FORBIDDEN),
    ]
}

#[rustfmt::skip]
fn numbers() -> Vec<Bomb> {
    let total = |part: &str| filled("order.total < ", part, "");
    let most = "79228162514264337593543950335.0";
    vec![
        bomb("four thousand digits", total("9"), SYNTAX),
        bomb("four thousand decimals", filled("order.total < 0.", "9", ""), LARGE),
        bomb("four thousand zeros", filled("order.total > ", "0", ""), Answers("true")),
        bomb("separated digits", total("1_"), SYNTAX),
        bomb("a hexadecimal without end", filled("order.total < 0x", "f", ""), SYNTAX),
        bomb("a huge exponent", "order.total < 1e4294967295", SYNTAX),
        bomb("a tiny exponent", "order.total < 1.0e-4294967295", SYNTAX),
        bomb("an exponent without end", filled("order.total < 1.0e", "9", ""), SYNTAX),
        bomb("one beyond 64 bits", "order.big < 9223372036854775808", Answers("true")),
        bomb("the least of 64 bits", "order.big > -9223372036854775808", Answers("true")),
        bomb("the largest decimal", format!("order.total < {most}"), Answers("true")),
        bomb("one beyond decimals", format!("order.total < 1{most}"), SYNTAX),
        bomb("a sum that overflows", "order.big + 1 > 0", OVERFLOW),
        bomb("a product that overflows", "order.big * order.big > 0", OVERFLOW),
        bomb("a chain that overflows", joined(10, "3037000499", " * ") + " > 0", OVERFLOW),
        bomb("a difference that overflows", "-2 - order.big > 0", OVERFLOW),
        bomb("the least, negated", "-(-order.big - 1) > 0", OVERFLOW),
        bomb("abs of the least", "abs(-order.big - 1) > 0", OVERFLOW),
        bomb("the least by minus one", "(-order.big - 1) / -1 > 0", OVERFLOW),
        bomb("the rest of the least", "(-order.big - 1) % -1 == 0", OVERFLOW),
        bomb("a division by zero", "order.big / (order.payments - 3) > 0", ZERO),
        bomb("a rest by zero", "order.total % (order.total - order.total) > 0", ZERO),
        bomb("decimals that overflow", format!("order.total * {most} > 0"), OVERFLOW),
        bomb("twice the largest decimal", format!("{most} + {most} > order.total"), OVERFLOW),
        bomb("a tiny divisor", format!("{most} / 0.0000000001 > order.total"), OVERFLOW),
        bomb("the largest, rounded", format!("round({most}, 28) > order.total"), Answers("true")),
        bomb("round to many digits", "round(order.total, 9223372036854775807) > 0", UNLIKE),
        bomb("round to less than none", "round(order.total, -1) > 0", UNLIKE),
        bomb("round to what is calculated", "round(order.total, order.big) > 0", UNLIKE),
        bomb("a huge power", "2 ** 9223372036854775807 > 0", FORBIDDEN),
        bomb("a huge shift", "1 << 9223372036854775807 > 0", FORBIDDEN),
    ]
}

#[rustfmt::skip]
fn texts() -> Vec<Bomb> {
    let sum = |n: usize| joined(n, "order.long", " + ");
    vec![
        bomb("a text that does not close", filled("order.note == \"", "x", ""), SYNTAX),
        bomb("quotes", fill("\""), CONSTANT),
        bomb("apostrophes", fill("'"), SYNTAX),
        bomb("backslashes", filled("order.note == \"", "\\\\", "\""), Answers("false")),
        bomb("an escape without an end", filled("order.note == \"x", "\\\\", "\\\""), SYNTAX),
        bomb("escapes of nothing", filled("order.note == \"", "\\u{", "\""), SYNTAX),
        bomb("an escape beyond unicode", "order.note == \"\\U7fffffff\"", SYNTAX),
        bomb("escapes of bytes", filled("order.note == \"", "\\x7f", "\""), Answers("false")),
        bomb("a text that grows", sum(2) + " == \"\"", TEXT),
        bomb("a text that grows and grows", sum(30) + " == \"\"", TEXT),
        bomb("a value that grows", sum(2), TEXT).for_a_text(),
        bomb("a value that grows by one", "order.long + \"x\"", TEXT).for_a_text(),
        bomb("the longest value", "order.long", Answers("🙂")).for_a_text(),
        bomb("a text of many parts", filled("\"\"", "+\"x\"", " == \"\""), LARGE),
        bomb("searches", joined(30, "order.long.contains(\"🙃\")", " || "), OPERATIONS),
        bomb("lengths", joined(30, "order.long.len()", " + ") + " > 0", OPERATIONS),
        bomb("a text in itself", "order.long in order.long", Answers("true")),
        bomb("interpolation", filled("`", "${order.note}", "`"), SYNTAX),
        bomb("interpolation in itself", around(500, "`${", "1", "}`"), BOTH),
        bomb("a raw text", "order.note == #\"x\"#", SYNTAX),
    ]
}

#[rustfmt::skip]
fn unicode() -> Vec<Bomb> {
    vec![
        bomb("a text of pictures", filled("order.note == \"", "🙂", "\""), Answers("false")),
        bomb("pictures", fill("🙂"), SYNTAX),
        bomb("marks on a letter", filled("order.note == \"a", "\u{301}", "\""), Answers("false")),
        bomb("marks on a name", filled("order.note", "\u{301}", " == 1"), SYNTAX),
        bomb("a text from right to left", "order.note == \"\u{202e}dloh\"", Answers("false")),
        bomb("a name from right to left", "order.\u{202e}dloh_no\u{202c}", SYNTAX),
        bomb("a letter of another script", "order.t\u{43e}tal > 0", SYNTAX),
        bomb("a space without width", "order.on\u{200b}_hold", SYNTAX),
        bomb("a digit of another script", "order.payments == \u{663}", SYNTAX),
        bomb("wide operators", "order.payments \u{ff1d}\u{ff1d} 3", SYNTAX),
        bomb("a wide space", "order.on_hold\u{3000}", SYNTAX),
        bomb("another line end", "order.on_hold\u{2028}", SYNTAX),
        bomb("a mark of byte order", "\u{feff}order.on_hold", SYNTAX),
        bomb("zero characters", fill("\0"), SYNTAX),
        bomb("control characters", fill("\u{1b}"), SYNTAX),
        bomb("a zero character in a text", "order.note == \"\0\"", Answers("false")),
        bomb("the last character", "order.note < \"\u{10ffff}\"", Answers("true")),
    ]
}

#[rustfmt::skip]
fn lists() -> Vec<Bomb> {
    let list = |n: usize| format!("order.payments in [{}]", joined(n, "9", ","));
    let long_text = format!("\"{}\" in [{}]", "x".repeat(3500), joined(256, "1", ","));
    let long = format!("order.long in [{}]", joined(100, "order.long + \"x\"", ","));
    vec![
        bomb("the longest list", list(256), Answers("false")),
        bomb("one entry more", list(257), LARGE),
        bomb("a list without end", filled("1 in [1", ",1", "]"), LARGE),
        bomb("a list of long texts", long, TEXT),
        bomb("a list of lists", format!("1 in [{}]", joined(256, "[1]", ",")), FORBIDDEN),
        bomb("a list and a long text", long_text, UNLIKE),
        bomb("a list of wrong kinds", format!("1 in [{}]", joined(256, "\"\"", ",")), UNLIKE),
        bomb("a map", "#{a: 1, b: #{c: 2}}.b.c == 2", BOTH),
        bomb("an index", "order[\"total\"] > 0", FORBIDDEN),
        bomb("a negative index", "[1, 2, 3][-9223372036854775808] == 1", FORBIDDEN),
        bomb("a bit of a number", "order.big[9223372036854775807]", FORBIDDEN),
        bomb("a range of everything", "order.big in 0..=9223372036854775807", Answers("true")),
        bomb("a range backwards", "order.big in 9223372036854775807..0", Answers("false")),
        bomb("a range that overflows", "1 in 0..=order.big + 1", OVERFLOW),
        bomb("a range without ends", "order.big in ..", SYNTAX),
        bomb("a range without an end", "order.big in 0..", SYNTAX),
        bomb("a range as a value", "0..9223372036854775807 == 1", FORBIDDEN),
        bomb("a range's length", "(0..9223372036854775807).len() > 0", FORBIDDEN),
        bomb("a range, mapped", "(0..4000000000).map(|x| x) == 1", FORBIDDEN),
        bomb("a blob", "blob(4000000000).len() > 0", NO_FUNCTION),
        bomb("a padded list", "[].pad(4000000000, 0).len() > 0", FORBIDDEN),
        bomb("a padded text", "order.note.pad(4000000000, \"x\") == \"\"", NO_FUNCTION),
        bomb("a repeated text", "order.note * 4000000000 == \"\"", UNLIKE),
        bomb("a sorted list", "[3, 2, 1].sort(|a, b| 0) == 1", FORBIDDEN),
    ]
}

#[rustfmt::skip]
fn words() -> Vec<Bomb> {
    let arms: Vec<_> = (0..400).map(|n| format!("{n}=>1")).collect();
    vec![
        bomb("eval", "eval(\"loop { }\")", FORBIDDEN),
        bomb("print", "print(order.note) == 1", FORBIDDEN),
        bomb("debug", "debug(order.note) == 1", FORBIDDEN),
        bomb("loop", "loop { }", FORBIDDEN),
        bomb("a loop behind a comment", "order.on_hold //\rloop { }", SYNTAX),
        bomb("while", "while true { } true", FORBIDDEN),
        bomb("do", "do { } until false", FORBIDDEN),
        bomb("for", "for i in 0..9223372036854775807 { }", FORBIDDEN),
        bomb("fn", "fn f() { f() } f()", FORBIDDEN),
        bomb("private fn", "private fn f() { f() } f()", FORBIDDEN),
        bomb("import", "import \"/etc/passwd\" as p; true", FORBIDDEN),
        bomb("export", "export order as o; true", FORBIDDEN),
        bomb("let", "let x = order; x.total = 0; true", FORBIDDEN),
        bomb("const", "const X = 1; X == 1", FORBIDDEN),
        bomb("throw", "throw order", FORBIDDEN),
        bomb("try", "try { throw 1 } catch (e) { true }", FORBIDDEN),
        bomb("return", "return true", FORBIDDEN),
        bomb("exit", "exit(true)", FORBIDDEN),
        bomb("if", "if order.on_hold { true } else { false }", FORBIDDEN),
        bomb("switch", "switch order.big { 1 => true, _ => false }", FORBIDDEN),
        bomb("a switch of many arms", format!("switch 1 {{{}}}", arms.join(",")), FORBIDDEN),
        bomb("a closure", "|x| x", FORBIDDEN),
        bomb("a closure in a call", "suborders.all(|s| s.status == \"executed\")", FORBIDDEN),
        bomb("a closure that captures", "[1].all(|x| x == order.total)", FORBIDDEN),
        bomb("a closure behind a comment", "1 == 1 //\r && [1].all(|x| true)", SYNTAX),
        bomb("a pointer to a function", "Fn(\"print\").call(1)", FORBIDDEN),
        bomb("call", "call(\"print\", 1)", FORBIDDEN),
        bomb("curry", "curry(\"print\", 1)", FORBIDDEN),
        bomb("this", "this == 1", FORBIDDEN),
        bomb("type_of", "type_of(order) == \"map\"", FORBIDDEN),
        bomb("is_shared", "is_shared(order)", FORBIDDEN),
        bomb("a module", "std::process::abort()", FORBIDDEN),
        bomb("the global module", "global::order", FORBIDDEN),
        bomb("sleep", "sleep(9223372036854775807) == 1", NO_FUNCTION),
        bomb("timestamp", "timestamp() > 0", NO_FUNCTION),
        bomb("rand", "rand() > 0", NO_FUNCTION),
        bomb("parse_json", "parse_json(order.note) == 1", NO_FUNCTION),
        bomb("to_string", "to_string(order.big) == \"\"", NO_FUNCTION),
        bomb("split", "order.note.split(\"\").len() > 0", NO_FUNCTION),
        bomb("replace", "order.note.replace(\"\", order.long) == \"\"", NO_FUNCTION),
    ]
}

#[rustfmt::skip]
fn names() -> Vec<Bomb> {
    vec![
        bomb("a long field", filled("order.", "x", ""), NO_FIELD),
        bomb("a long variable", fill("x"), NO_VARIABLE),
        bomb("a long function", filled("", "f", "()"), NO_FUNCTION),
        bomb("a long state", filled("in_state(\"", "a.", "\")"), NO_STATE),
        bomb("many variables", format!("1 in [{}]", joined(256, "a", ",")), NO_VARIABLE),
        bomb("many functions", format!("1 in [{}]", joined(256, "f(1)", ",")), NO_FUNCTION),
        bomb("words for operators", filled("true", " and true", ""), SYNTAX),
        bomb("odd characters", fill("#@~$"), SYNTAX),
        bomb("odd characters on many lines", fill("@\n"), SYNTAX).slow_in_debug(),
        bomb("if as a field", "order.if == 1", SYNTAX),
        bomb("this as a field", "order.this == 1", SYNTAX),
        bomb("eval as a method", "order.eval(\"1\")", SYNTAX),
        bomb("a method as a field", "order.note.len > 0", NO_FIELD),
        bomb("a method of the order", "order.clear()", NO_FUNCTION),
        bomb("the whole order", "order == order", FORBIDDEN),
        bomb("the order in itself", "order in order", FORBIDDEN),
        bomb("a prototype", "order.__proto__ == 1", NO_FIELD),
        bomb("a part of now", "now.year > 2000", NO_FIELD),
        bomb("a child by its number", "suborders[0].status == \"executed\"", FORBIDDEN),
        bomb("a state that is calculated", "in_state(order.note)", FORBIDDEN),
    ]
}

#[rustfmt::skip]
fn times() -> Vec<Bomb> {
    let half = Fails(GuardError::PartOfDay);
    vec![
        bomb("days without end", "now + days(order.big) > now", OVERFLOW),
        bomb("hours without end", "now + hours(order.big) > now", OVERFLOW),
        bomb("seconds without end", "now + seconds(order.big) > now", CALENDAR),
        bomb("seconds backwards", "now - seconds(-order.big - 1) > now", OVERFLOW),
        bomb("days of 32 bits", "now + days(2147483647) > now", CALENDAR),
        bomb("days backwards", "now - days(-2147483648) > now", OVERFLOW),
        bomb("a sum of days", "days(2147483647) + days(1) > days(1)", OVERFLOW),
        bomb("lengths without end", "days(2147483647) < seconds(order.big)", Answers("true")),
        bomb("a stretch and all days", "now - order.placed_at < days(2147483647)", CALENDAR),
        bomb("a day after the last", "date(\"9999-12-31\") + days(1) > date(now)", Answers("true")),
        bomb("a date after dates", "date(now) + days(2147483647) > date(now)", CALENDAR),
        bomb("a date before dates", "date(now) - days(2147483647) > date(now)", CALENDAR),
        bomb("part of a day", "date(now) + seconds(1) > date(now)", half),
        bomb("the first date", "date(\"0000-01-01\") < date(now)", Answers("true")),
        bomb("a date of many digits", "date(\"+262142-12-31\") > date(now)", UNLIKE),
        bomb("a date without end", filled("date(\"", "9", "\") > date(now)"), UNLIKE),
        bomb("a date that is none", "date(\"2026-02-30\") > date(now)", UNLIKE),
        bomb("a date that is calculated", "date(order.note) > date(now)", UNLIKE),
        bomb("a leap second", "datetime(\"2016-12-31T23:59:60Z\") < now", UNLIKE),
        bomb("the last instant", "datetime(\"9999-12-31T23:59:59Z\") + days(1) > now", Answers("true")),
        bomb("the last date's start", "start_of(date(\"9999-12-31\")) > now", Answers("true")),
    ]
}
