//! Bombs that are written in a guard.

use flagstate::guard::{GuardError, Limit, MAX_SOURCE};
use flagstate::time::TimeError;

use super::Expected::{self, Answers, Fails, Finds};
use super::{Bomb, bomb};

const TEXT: Expected = Fails(GuardError::Limit(Limit::Text));
const OPERATIONS: Expected = Fails(GuardError::Limit(Limit::Operations));
const OVERFLOW: Expected = Fails(GuardError::Overflow);
const ZERO: Expected = Fails(GuardError::DivisionByZero);
const CALENDAR: Expected = Fails(GuardError::Time(TimeError::OutOfRange));

const LARGE: Expected = Finds("guard-too-large");
const SYNTAX: Expected = Finds("guard-syntax");
const FORBIDDEN: Expected = Finds("forbidden-in-guard");
const UNLIKE: Expected = Finds("unlike-types");
const NO_FUNCTION: Expected = Finds("unknown-function");
const NO_FIELD: Expected = Finds("unknown-field");
const NO_VARIABLE: Expected = Finds("unknown-variable");

pub(super) fn bombs() -> Vec<Bomb> {
    [
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
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// As much of a text as a source may have.
fn fill(part: &str) -> String {
    part.repeat(MAX_SOURCE / part.len())
}

/// Something around something, so many times.
fn around(n: usize, open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(n), close.repeat(n))
}

/// Something between two others, repeated until the source is full.
fn filled(open: &str, part: &str, close: &str) -> String {
    let room = MAX_SOURCE - open.len() - close.len();
    format!("{open}{}{close}", part.repeat(room / part.len()))
}

fn sizes() -> Vec<Bomb> {
    let text = |bytes: usize| format!("order.note == \"{}\"", "x".repeat(bytes - 15));
    vec![
        bomb("four MiB of brackets", "(".repeat(4 << 20), LARGE),
        bomb("four MiB of space", " ".repeat(4 << 20), LARGE),
        bomb("a million lines", "\n".repeat(1 << 20), LARGE),
        bomb("a text of four MiB", text(4 << 20), LARGE),
        bomb("the longest source", text(MAX_SOURCE), Answers("false")),
        bomb("one byte more", text(MAX_SOURCE + 1), LARGE),
        bomb("nothing but space", fill(" "), SYNTAX),
        bomb("nothing but lines", fill("\n"), SYNTAX),
        bomb(
            "space before a guard",
            filled("", " ", "order.on_hold"),
            Answers("false"),
        ),
        bomb(
            "lines before a guard",
            filled("", "\r\n", "order.on_hold"),
            Answers("false"),
        ),
        bomb(
            "nested comments",
            around(1022, "/*", "", "*/") + "true",
            Finds("guard-not-boolean"),
        ),
        bomb("comments that do not close", fill("/*"), SYNTAX),
        bomb("comments that close twice", fill("/**/*/"), SYNTAX),
        bomb(
            "a thousand comments",
            filled("", "/**/", "order.on_hold"),
            Answers("false"),
        ),
        bomb(
            "a line of comment",
            filled("order.on_hold //", "/", ""),
            Answers("false"),
        ),
        bomb("comments in a sum", filled("0", "+/**/1", " > 0"), LARGE),
    ]
}

fn nesting() -> Vec<Bomb> {
    vec![
        bomb("round brackets", fill("("), LARGE),
        bomb("brackets that only close", fill(")"), SYNTAX),
        bomb(
            "round brackets, closed",
            around(2000, "(", "order.on_hold", ")"),
            LARGE,
        ),
        bomb(
            "the deepest brackets",
            around(31, "(", "order.on_hold", ")"),
            Answers("false"),
        ),
        bomb("square brackets", fill("["), LARGE),
        bomb(
            "lists in lists",
            around(2000, "[", "1", "]") + " == 1",
            LARGE,
        ),
        bomb(
            "lists in lists in a list",
            format!("1 in {}", around(30, "[", "1", "]")),
            FORBIDDEN,
        ),
        bomb("braces", fill("{"), FORBIDDEN),
        bomb("maps in maps", around(600, "#{a:", "1", "}"), SYNTAX),
        bomb("signs", fill("-"), LARGE),
        bomb("signs with space", filled("", "- ", "1"), LARGE),
        bomb("signs with comments", filled("", "-/**/", "1"), LARGE),
        bomb("negations", filled("", "!", "order.on_hold"), LARGE),
        bomb(
            "negated brackets",
            around(1000, "!(", "order.on_hold", ")"),
            LARGE,
        ),
        bomb(
            "signs in brackets",
            around(16, "-(", "order.big", ")") + " > 0",
            Answers("true"),
        ),
        bomb("calls", around(500, "min(1,", "1", ")") + " > 0", LARGE),
        bomb(
            "calls of everything",
            around(100, "abs(round(max(min(1,", "1", "),1),1))"),
            LARGE,
        ),
        bomb(
            "methods in methods",
            around(150, "order.note.contains(", "\"\"", ")"),
            LARGE,
        ),
        bomb("mixed", around(300, "(!(-[", "1", "]))"), LARGE),
        bomb(
            "brackets with a wrong end",
            around(1000, "(", "[", ")"),
            LARGE,
        ),
        bomb("closures", fill("|x| "), FORBIDDEN),
        bomb("blocks of an if", filled("", "if true { ", "1"), FORBIDDEN),
    ]
}

fn chains() -> Vec<Bomb> {
    vec![
        bomb("conditions", filled("true", "&&true", ""), LARGE),
        bomb("alternatives", filled("true", "||true", ""), LARGE),
        bomb("both", filled("true", "||true&&true", ""), LARGE),
        bomb("comparisons", filled("true", "==true", ""), LARGE),
        bomb("memberships", filled("1", " in 1", ""), LARGE),
        bomb("a long sum", filled("0", "+1", " > 0"), LARGE),
        bomb("a long product", filled("1", "*9", " > 0"), LARGE),
        bomb(
            "every precedence",
            filled("1", "||1&&1==1<1+1*1", ""),
            LARGE,
        ),
        bomb("alternating signs", filled("1", "-+-1", " > 0"), LARGE),
        bomb(
            "lengths of lengths",
            filled("order.note", ".len()", " > 0"),
            LARGE,
        ),
        bomb("a long path", filled("order", ".order", ""), LARGE),
        bomb("indexes", filled("order", "[0]", ""), LARGE),
        bomb("calls of calls", filled("order", "()", ""), LARGE),
        bomb("dots", fill("."), SYNTAX),
        bomb("commas", filled("1 in [", ",", "]"), SYNTAX),
        bomb("ranges of ranges", filled("1 in 1", "..1", ""), SYNTAX),
        bomb("fallbacks", filled("order.note", " ?? 1", ""), FORBIDDEN),
        bomb("questions", filled("order", "?.note", ""), FORBIDDEN),
        bomb("statements", filled("true", ";true", ""), FORBIDDEN),
        bomb(
            "assignments",
            filled("order.big", "=order.big", ""),
            FORBIDDEN,
        ),
    ]
}

fn numbers() -> Vec<Bomb> {
    let big = |rest: &str| format!("order.big {rest}");
    let digits = |part: &str| filled("order.total < ", part, "");
    let most = "79228162514264337593543950335";
    vec![
        bomb("four thousand digits", digits("9"), SYNTAX),
        bomb(
            "four thousand decimals",
            filled("order.total < 0.", "9", ""),
            SYNTAX,
        ),
        bomb("four thousand separators", digits("1_"), SYNTAX),
        bomb(
            "a hexadecimal without end",
            filled("order.total < 0x", "f", ""),
            SYNTAX,
        ),
        bomb("a huge exponent", "order.total < 1e4294967295", SYNTAX),
        bomb("a tiny exponent", "order.total < 1e-4294967295", SYNTAX),
        bomb(
            "an exponent of digits",
            filled("order.total < 1e", "9", ""),
            SYNTAX,
        ),
        bomb(
            "one beyond 64 bits",
            "order.big < 9223372036854775808",
            SYNTAX,
        ),
        bomb(
            "the least of 64 bits",
            "order.big > -9223372036854775808",
            Answers("true"),
        ),
        bomb(
            "the largest decimal",
            format!("order.total < {most}.0"),
            Answers("true"),
        ),
        bomb(
            "one beyond decimals",
            format!("order.total < {most}0.0"),
            SYNTAX,
        ),
        bomb("a sum that overflows", big("+ 1 > 0"), OVERFLOW),
        bomb("a product that overflows", big("* order.big > 0"), OVERFLOW),
        bomb(
            "a chain that overflows",
            big("* 2 * 2 * 2 * 2 * 2 * 2 > 0"),
            OVERFLOW,
        ),
        bomb(
            "a difference that overflows",
            "-2 - order.big > 0",
            OVERFLOW,
        ),
        bomb(
            "the negation of the least",
            "-(-order.big - 1) > 0",
            OVERFLOW,
        ),
        bomb("abs of the least", "abs(-order.big - 1) > 0", OVERFLOW),
        bomb(
            "the least through minus one",
            "(-order.big - 1) / -1 > 0",
            OVERFLOW,
        ),
        bomb(
            "the rest of the least",
            "(-order.big - 1) % -1 == 0",
            OVERFLOW,
        ),
        bomb(
            "a division by zero",
            "order.big / (order.payments - 3) > 0",
            ZERO,
        ),
        bomb(
            "a rest by zero",
            "order.total % (order.total - order.total) > 0",
            ZERO,
        ),
        bomb(
            "decimals that overflow",
            format!("order.total * {most}.0 > 0"),
            OVERFLOW,
        ),
        bomb(
            "a sum of the largest",
            format!("{most}.0 + {most}.0 > order.total"),
            OVERFLOW,
        ),
        bomb(
            "a tiny divisor",
            format!("{most}.0 / 0.0000000001 > order.total"),
            OVERFLOW,
        ),
        bomb(
            "round of the largest",
            format!("round({most}.0, 28) > order.total"),
            Answers("true"),
        ),
        bomb(
            "round to many digits",
            "round(order.total, 9223372036854775807) > 0",
            UNLIKE,
        ),
        bomb(
            "round to less than none",
            "round(order.total, -1) > 0",
            UNLIKE,
        ),
        bomb(
            "round as calculated",
            "round(order.total, order.big) > 0",
            UNLIKE,
        ),
        bomb("a huge power", "2 ** 9223372036854775807 > 0", FORBIDDEN),
        bomb("a huge shift", "1 << 9223372036854775807 > 0", FORBIDDEN),
    ]
}

fn texts() -> Vec<Bomb> {
    let joined = |n: usize| vec!["order.long"; n].join(" + ");
    let searches = |n: usize| vec!["order.long.contains(\"🙃\")"; n].join(" || ");
    vec![
        bomb(
            "a text that does not close",
            filled("order.note == ", "\"x", "\""),
            SYNTAX,
        ),
        bomb("quotes", fill("\""), SYNTAX),
        bomb("apostrophes", fill("'"), SYNTAX),
        bomb(
            "backslashes",
            filled("order.note == \"", "\\\\", "\""),
            Answers("false"),
        ),
        bomb(
            "an escape that does not end",
            filled("order.note == \"", "\\", ""),
            SYNTAX,
        ),
        bomb(
            "escapes of nothing",
            filled("order.note == \"", "\\u{", "\""),
            SYNTAX,
        ),
        bomb(
            "escapes beyond unicode",
            "order.note == \"\\U7fffffff\"",
            SYNTAX,
        ),
        bomb(
            "escapes of bytes",
            filled("order.note == \"", "\\x7f", "\""),
            Answers("false"),
        ),
        bomb("a text that grows", joined(30) + " == \"\"", TEXT),
        bomb(
            "a text that grows twice",
            "order.long + order.long == \"\"",
            TEXT,
        ),
        bomb("a value that grows", joined(2), TEXT).as_value(),
        bomb("a value that does not fit", "order.long + \"x\"", TEXT).as_value(),
        bomb("the longest value", "order.long", Answers("🙂")).as_value(),
        bomb(
            "a text in many parts",
            filled("\"\"", "+\"x\"", " == \"\""),
            LARGE,
        ),
        bomb("searches through long texts", searches(30), OPERATIONS),
        bomb(
            "lengths of long texts",
            vec!["order.long.len()"; 20].join(" + ") + " > 0",
            OPERATIONS,
        ),
        bomb(
            "a text in itself",
            "order.long in order.long",
            Answers("true"),
        ),
        bomb(
            "interpolation",
            filled("`", "${order.note}", "`") + "",
            SYNTAX,
        ),
        bomb(
            "nested interpolation",
            around(500, "`${", "1", "}`"),
            SYNTAX,
        ),
        bomb("a raw text", "order.note == #\"x\"#", SYNTAX),
    ]
}

fn unicode() -> Vec<Bomb> {
    vec![
        bomb(
            "pictures as a text",
            filled("order.note == \"", "🙂", "\""),
            Answers("false"),
        ),
        bomb("pictures", fill("🙂"), SYNTAX),
        bomb(
            "marks on one letter",
            filled("order.note == \"a", "\u{301}", "\""),
            Answers("false"),
        ),
        bomb(
            "marks on a name",
            filled("order.note", "\u{301}", " == 1"),
            SYNTAX,
        ),
        bomb(
            "letters from right to left",
            "order.note == \"\u{202e}dloh\u{202c}\"",
            Answers("false"),
        ),
        bomb(
            "a guard from right to left",
            "order.\u{202e}dloh_no\u{202c}",
            SYNTAX,
        ),
        bomb(
            "a letter of another script",
            "order.t\u{43e}tal > 0",
            SYNTAX,
        ),
        bomb("nothing of width", "order.on\u{200b}_hold", SYNTAX),
        bomb(
            "digits of another script",
            "order.payments == \u{663}",
            SYNTAX,
        ),
        bomb(
            "wide operators",
            "order.payments \u{ff1d}\u{ff1d} 3",
            SYNTAX,
        ),
        bomb("space of another script", "order.on_hold\u{3000}", SYNTAX),
        bomb(
            "a line end of another script",
            "order.on_hold\u{2028}",
            SYNTAX,
        ),
        bomb("a mark of byte order", "\u{feff}order.on_hold", SYNTAX),
        bomb("zeros", fill("\0"), SYNTAX),
        bomb("control characters", fill("\u{1b}[31m"), SYNTAX),
        bomb("a zero in a text", "order.note == \"\0\"", Answers("false")),
        bomb(
            "the last character",
            "order.note < \"\u{10ffff}\"",
            Answers("true"),
        ),
    ]
}

fn lists() -> Vec<Bomb> {
    let list = |n: usize| format!("order.payments in [{}]", vec!["9"; n].join(","));
    let long = format!(
        "order.long in [{}]",
        vec!["order.long + \"x\""; 100].join(",")
    );
    vec![
        bomb("the longest list", list(256), Answers("false")),
        bomb("a longer list", list(257), LARGE),
        bomb(
            "a list as long as can be",
            filled("1 in [1", ",1", "]"),
            LARGE,
        ),
        bomb("a list of long texts", long, TEXT),
        bomb(
            "lists of lists",
            format!("1 in [{}]", vec!["[1]"; 256].join(",")),
            FORBIDDEN,
        ),
        bomb(
            "a list of wrong kinds",
            filled("order.note in [1", ",1", "]"),
            LARGE,
        ),
        bomb("a map", "#{a: 1, b: #{c: 2}}.b.c == 2", SYNTAX),
        bomb("an index", "order[\"total\"] > 0", FORBIDDEN),
        bomb(
            "a negative index",
            "[1, 2, 3][-9223372036854775808] == 1",
            FORBIDDEN,
        ),
        bomb(
            "bits of a number",
            "order.big[9223372036854775807]",
            FORBIDDEN,
        ),
        bomb(
            "a range of everything",
            "order.big in 0..=9223372036854775807",
            Answers("true"),
        ),
        bomb(
            "a range backwards",
            "order.big in 9223372036854775807..0",
            Answers("false"),
        ),
        bomb("a range that overflows", "1 in 0..=order.big + 1", OVERFLOW),
        bomb("a range without ends", "order.big in ..", SYNTAX),
        bomb("a range without an end", "order.big in 0..", UNLIKE),
        bomb(
            "a range as a value",
            "0..9223372036854775807 == 1",
            FORBIDDEN,
        ),
        bomb(
            "the length of a range",
            "(0..9223372036854775807).len() > 0",
            FORBIDDEN,
        ),
        bomb("a blob", "blob(4000000000).len() > 0", NO_FUNCTION),
        bomb(
            "a padded list",
            "[].pad(4000000000, 0).len() > 0",
            FORBIDDEN,
        ),
        bomb(
            "a padded text",
            "order.note.pad(4000000000, \"x\") == \"\"",
            NO_FUNCTION,
        ),
        bomb("a repeated text", "order.note * 4000000000 == \"\"", UNLIKE),
        bomb("a sorted list", "[3, 2, 1].sort(|a, b| 0) == 1", FORBIDDEN),
        bomb(
            "a mapped range",
            "(0..4000000000).map(|x| x) == 1",
            FORBIDDEN,
        ),
    ]
}

fn words() -> Vec<Bomb> {
    let arms: String = (0..400).map(|n| format!("{n}=>1,")).collect();
    let forbidden = |name, source: &str| bomb(name, source, FORBIDDEN);
    let unknown = |name, source: &str| bomb(name, source, NO_FUNCTION);
    vec![
        forbidden("eval", "eval(\"loop { }\")"),
        forbidden("print", "print(order.note) == 1"),
        forbidden("debug", "debug(order.note) == 1"),
        forbidden("a loop", "loop { }"),
        forbidden("a while", "while true { } true"),
        forbidden("a do", "do { } until false"),
        forbidden("a for", "for i in 0..9223372036854775807 { }"),
        forbidden("a function", "fn f() { f() } f()"),
        forbidden("a private function", "private fn f() { f() } f()"),
        forbidden("an import", "import \"/etc/passwd\" as p; true"),
        forbidden("an export", "export order as o; true"),
        forbidden("a variable", "let x = order; x.total = 0; true"),
        forbidden("a constant", "const X = 1; X == 1"),
        forbidden("a throw", "throw order"),
        forbidden("a try", "try { throw 1 } catch (e) { true }"),
        forbidden("a return", "return true"),
        forbidden("an exit", "exit(true)"),
        forbidden("an if", "if order.on_hold { true } else { false }"),
        forbidden("a switch", "switch order.big { 1 => true, _ => false }"),
        bomb(
            "a switch of many arms",
            format!("switch 1 {{{arms}}}"),
            FORBIDDEN,
        ),
        forbidden("a closure", "|x| x"),
        forbidden(
            "a closure in a call",
            "suborders.all(|s| s.status == \"executed\")",
        ),
        forbidden("a closure that captures", "[1].all(|x| x == order.total)"),
        forbidden("a pointer to a function", "Fn(\"print\").call(1)"),
        forbidden("a call by name", "call(\"print\", 1)"),
        forbidden("a curried function", "curry(\"print\", 1)"),
        forbidden("this", "this == 1"),
        forbidden("the type of", "type_of(order) == \"map\""),
        forbidden("whether it is shared", "is_shared(order)"),
        forbidden("a module", "std::process::exit(1)"),
        forbidden("the global module", "global::order"),
        unknown("sleep", "sleep(9223372036854775807) == 1"),
        unknown("the clock", "timestamp() > 0"),
        unknown("chance", "rand() > 0"),
        unknown("parsing", "parse_json(order.note) == 1"),
        unknown(
            "a function with an operator's name",
            "to_string(order.big) == \"\"",
        ),
        unknown("how Rhai joins", "order.note.split(\"\").len() > 0"),
        unknown(
            "how Rhai replaces",
            "order.note.replace(\"\", order.long) == 1",
        ),
    ]
}

fn names() -> Vec<Bomb> {
    let calls = vec!["unheard(1)"; 300].join(",");
    vec![
        bomb("a long name", filled("order.", "x", ""), NO_FIELD),
        bomb("a long variable", fill("x"), NO_VARIABLE),
        bomb("a long function", filled("", "f", "()"), NO_FUNCTION),
        bomb("a thousand variables", filled("1 in [a", ",a", "]"), LARGE),
        bomb(
            "many variables",
            format!("1 in [{}]", vec!["a"; 250].join(",")),
            NO_VARIABLE,
        ),
        bomb("many functions", format!("1 in [{calls}]"), LARGE),
        bomb(
            "other words for operators",
            filled("true", " and true", ""),
            SYNTAX,
        ),
        bomb("odd characters", fill("#@~$"), SYNTAX),
        bomb("a keyword as a field", "order.if == 1", SYNTAX),
        bomb("another keyword as a field", "order.this == 1", SYNTAX),
        bomb("a keyword as a method", "order.eval(\"1\")", SYNTAX),
        bomb("a method as a field", "order.note.len > 0", NO_FIELD),
        bomb("a method of the whole order", "order.clear()", NO_FUNCTION),
        bomb("the whole order", "order == order", FORBIDDEN),
        bomb("the order in itself", "order in order", FORBIDDEN),
        bomb(
            "what objects have elsewhere",
            "order.__proto__ == 1",
            NO_FIELD,
        ),
        bomb("what is behind `now`", "now.year > 2000", NO_FIELD),
        bomb(
            "a child by its number",
            "suborders[0].status == \"executed\"",
            FORBIDDEN,
        ),
        bomb("a state as calculated", "in_state(order.note)", FORBIDDEN),
        bomb(
            "a state without end",
            filled("in_state(\"", "a.", "\")"),
            Finds("unknown-state-in-guard"),
        ),
    ]
}

fn times() -> Vec<Bomb> {
    let i64s = "9223372036854775807";
    vec![
        bomb(
            "days without end",
            format!("now + days({i64s}) > now"),
            OVERFLOW,
        ),
        bomb(
            "hours without end",
            format!("now + hours({i64s}) > now"),
            OVERFLOW,
        ),
        bomb(
            "seconds without end",
            format!("now + seconds({i64s}) > now"),
            CALENDAR,
        ),
        bomb(
            "seconds backwards",
            "now - seconds(-order.big - 1) > now",
            OVERFLOW,
        ),
        bomb("days of 32 bits", "now + days(2147483647) > now", CALENDAR),
        bomb(
            "days backwards",
            "now - days(-2147483647 - 1) > now",
            OVERFLOW,
        ),
        bomb(
            "a sum of days",
            "days(2147483647) + days(1) > days(1)",
            OVERFLOW,
        ),
        bomb(
            "a comparison without end",
            format!("days(2147483647) < seconds({i64s})"),
            Answers("true"),
        ),
        bomb(
            "a stretch and days without end",
            "now - order.placed_at < days(2147483647)",
            CALENDAR,
        ),
        bomb(
            "the last date",
            "date(\"9999-12-31\") + days(1) > order.execute_on",
            Answers("true"),
        ),
        bomb(
            "a date beyond dates",
            "order.execute_on + days(2147483647) > date(now)",
            CALENDAR,
        ),
        bomb(
            "a date before dates",
            "order.execute_on - days(2147483647) > date(now)",
            CALENDAR,
        ),
        bomb(
            "half a day of a date",
            "order.execute_on + seconds(1) > date(now)",
            Fails(GuardError::PartOfDay),
        ),
        bomb(
            "the first date",
            "date(\"0000-01-01\") < date(now)",
            Answers("true"),
        ),
        bomb(
            "a date of many digits",
            "date(\"+262142-12-31\") > date(now)",
            UNLIKE,
        ),
        bomb(
            "a day that is none",
            "date(\"2026-02-30\") > date(now)",
            UNLIKE,
        ),
        bomb(
            "a leap second",
            "datetime(\"2016-12-31T23:59:60Z\") < now",
            UNLIKE,
        ),
        bomb(
            "the last instant",
            "datetime(\"9999-12-31T23:59:59Z\") + days(1) > now",
            CALENDAR,
        ),
        bomb(
            "the start of the last date",
            "start_of(date(\"9999-12-31\")) > now",
            CALENDAR,
        ),
        bomb(
            "a date of a text",
            filled("date(\"", "9", "\") > date(now)"),
            UNLIKE,
        ),
        bomb(
            "a date as calculated",
            "date(order.note) > date(now)",
            UNLIKE,
        ),
    ]
}
