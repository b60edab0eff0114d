//! Whatever is written is compiled or refused, and whatever compiles answers, twice the same.

use flagstate::context::{Type, Value};
use flagstate::diagnostic::Report;
use flagstate::guard::{GuardError, compile_formula, compile_guard};
use proptest::prelude::*;
use proptest::sample::select;

use super::{World, expression, scope, world};

const TOKENS: [&str; 96] = [
    "order",
    "settings",
    "event",
    "actor",
    "now",
    "suborders",
    "origin",
    "payments",
    "total",
    "note",
    "on_hold",
    "execute_on",
    "placed_at",
    "grace",
    "missing",
    "big",
    "online_payment",
    "cart_lifetime",
    "credit_limit",
    "reason",
    "date",
    "role",
    "id",
    ".",
    ".",
    ".",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "!",
    "+",
    "-",
    "*",
    "/",
    "%",
    "in",
    "!in",
    "..",
    "..=",
    ",",
    ";",
    "=",
    "=>",
    "|",
    "&",
    "?",
    ":",
    "#",
    "\"",
    "'",
    "`",
    "\"online\"",
    "\"executed\"",
    "\"submitted\"",
    "\"x\"",
    "0",
    "1",
    "3",
    "0.5",
    "9223372036854775807",
    "true",
    "false",
    "days",
    "hours",
    "seconds",
    "min",
    "max",
    "abs",
    "round",
    "in_state",
    "start_of",
    "datetime",
    "len",
    "contains",
    "all",
    "some",
    "count",
    "//",
    "/*",
    "*/",
    "\n",
    "if",
    "let",
];

/// Compiles and, where that works, evaluates twice.
fn check(text: &str, world: &World) -> Result<(), TestCaseError> {
    let mut report = Report::new();
    let guard = compile_guard(&expression(text), &scope(), &mut report);
    prop_assert_eq!(
        guard.is_none(),
        report.has_errors(),
        "`{}`: {:#?}",
        text,
        report
    );
    for found in &report {
        let span = found.primary.span;
        prop_assert!(
            span.end as usize <= text.len() && span.start <= span.end,
            "`{}`: {:#?}",
            text,
            found
        );
        let (start, end) = (span.start as usize, span.end as usize);
        prop_assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "`{}`: {:#?}",
            text,
            found
        );
        prop_assert!(
            !found.message.contains('\n') || text.contains('\n'),
            "{}",
            found.message
        );
    }
    if let Some(guard) = guard {
        let answer = world.ask(|inputs| guard.eval(inputs));
        prop_assert_eq!(
            &answer,
            &world.ask(|inputs| guard.eval(inputs)),
            "`{}`",
            text
        );
        let bad = matches!(answer, Err(GuardError::NotBoolean | GuardError::Other(_)));
        prop_assert!(!bad, "`{}` passed the check and gave {:?}", text, answer);
    }
    let mut report = Report::new();
    let formula = compile_formula(&expression(text), &Type::String, &scope(), &mut report);
    prop_assert_eq!(formula.is_none(), report.has_errors());
    if let Some(formula) = formula {
        let answer = world.ask(|inputs| formula.eval(inputs));
        prop_assert!(
            !matches!(answer, Err(GuardError::Other(_))),
            "`{}`: {:?}",
            text,
            answer
        );
    }
    Ok(())
}

/// Writes expressions that the check must accept, led by a list of choices.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u16>,
}

impl Writer<'_> {
    /// The next choice out of `n`; 0, the simplest, when there are no more.
    fn choose(&mut self, n: u16) -> u16 {
        self.choices.next().map_or(0, |choice| choice % n)
    }

    fn pick(&mut self, list: &[&str]) -> String {
        let n = u16::try_from(list.len()).unwrap();
        list[usize::from(self.choose(n))].to_owned()
    }

    fn boolean(&mut self, depth: u8) -> String {
        let leaf = depth == 0;
        match self.choose(if leaf { 1 } else { 11 }) {
            1 => format!("!({})", self.boolean(depth - 1)),
            2 | 3 => {
                let op = self.pick(&["&&", "||", "==", "!="]);
                format!(
                    "({}) {op} ({})",
                    self.boolean(depth - 1),
                    self.boolean(depth - 1)
                )
            }
            4 | 5 => self.compare(Self::number, depth),
            6 => self.compare(Self::length, depth),
            7 => self.compare(Self::instant, depth),
            8 => self.compare(Self::day, depth),
            9 => self.compare(Self::text, depth),
            10 => self.membership(depth),
            _ => self.pick(&[
                "order.on_hold",
                "settings.online_payment",
                "suborders.all(\"executed\")",
                "suborders.some(\"draft\")",
                "suborders.none(\"draft\")",
                "in_state(\"submitted\")",
                "\"missing\" in order",
                "order.origin == \"manual\"",
                "actor.role in [\"customer\", \"system\"]",
                "order.note.contains(\"ring\")",
            ]),
        }
    }

    fn compare(&mut self, side: fn(&mut Self, u8) -> String, depth: u8) -> String {
        let op = self.pick(&["==", "!=", "<", "<=", ">", ">="]);
        format!("{} {op} {}", side(self, depth - 1), side(self, depth - 1))
    }

    fn membership(&mut self, depth: u8) -> String {
        let depth = depth - 1;
        match self.choose(4) {
            0 => format!("{} in {}..=9", self.number(depth), self.choose(9)),
            1 => format!(
                "{} in [{}, {}]",
                self.number(depth),
                self.number(depth),
                self.number(depth)
            ),
            2 => format!(
                "{} !in [{}, {}]",
                self.day(depth),
                self.day(depth),
                self.day(depth)
            ),
            _ => format!("{} in {}", self.text(depth), self.text(depth)),
        }
    }

    fn number(&mut self, depth: u8) -> String {
        let leaf = depth == 0;
        match self.choose(if leaf { 1 } else { 7 }) {
            1 | 2 => {
                let op = self.pick(&["+", "-", "*", "/", "%"]);
                format!(
                    "({} {op} {})",
                    self.number(depth - 1),
                    self.number(depth - 1)
                )
            }
            3 => {
                let function = self.pick(&["min", "max"]);
                format!(
                    "{function}({}, {})",
                    self.number(depth - 1),
                    self.number(depth - 1)
                )
            }
            4 => format!("abs({})", self.number(depth - 1)),
            5 => format!("-({})", self.number(depth - 1)),
            6 => format!("round({}, {})", self.number(depth - 1), self.choose(29)),
            _ => self.pick(&[
                "0",
                "1",
                "-3",
                "0.01",
                "79228162514264337593543950335",
                "9223372036854775807",
                "order.payments",
                "order.total",
                "order.missing",
                "order.big",
                "settings.credit_limit",
                "order.note.len()",
                "suborders.count()",
                "suborders.count(\"executed\")",
            ]),
        }
    }

    fn length(&mut self, depth: u8) -> String {
        match self.choose(4) {
            1 => {
                let function = self.pick(&["days", "hours", "minutes", "seconds"]);
                let number = self.pick(&[
                    "0",
                    "1",
                    "-1",
                    "400",
                    "2147483648",
                    "9223372036854775807",
                    "order.payments",
                ]);
                format!("{function}({number})")
            }
            2 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!(
                    "({} {op} {})",
                    self.length(depth - 1),
                    self.length(depth - 1)
                )
            }
            3 if depth > 0 => format!(
                "({} - {})",
                self.instant(depth - 1),
                self.instant(depth - 1)
            ),
            _ => self.pick(&[
                "order.grace",
                "settings.cart_lifetime",
                "(event.date - order.execute_on)",
            ]),
        }
    }

    fn instant(&mut self, depth: u8) -> String {
        match self.choose(3) {
            1 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!(
                    "({} {op} {})",
                    self.instant(depth - 1),
                    self.length(depth - 1)
                )
            }
            2 if depth > 0 => format!("start_of({})", self.day(depth - 1)),
            _ => self.pick(&[
                "now",
                "order.placed_at",
                "datetime(\"2026-10-25T00:30:00Z\")",
            ]),
        }
    }

    fn day(&mut self, depth: u8) -> String {
        match self.choose(3) {
            1 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!("({} {op} {})", self.day(depth - 1), self.length(depth - 1))
            }
            2 if depth > 0 => format!("date({})", self.instant(depth - 1)),
            _ => self.pick(&["event.date", "order.execute_on", "date(\"2026-10-25\")"]),
        }
    }

    fn text(&mut self, depth: u8) -> String {
        match self.choose(2) {
            1 if depth > 0 => format!("({} + {})", self.text(depth - 1), self.text(depth - 1)),
            _ => self.pick(&[
                "order.note",
                "event.reason",
                "\"\"",
                "\"a\\nb\"",
                "order.long",
            ]),
        }
    }
}

fn any_world() -> impl Strategy<Value = World> {
    let gaps = prop::collection::vec(prop::bool::weighted(0.2), 11);
    let zone = select(vec!["UTC", "Europe/Oslo", "Pacific/Apia", "America/Havana"]);
    (
        gaps,
        any::<i64>(),
        any::<i64>(),
        zone,
        any::<bool>(),
        0..4_000_000_000_i64,
    )
        .prop_map(|(gaps, payments, cents, zone, hold, at)| {
            let mut world = world();
            world.order[1] = Some(Value::Integer(payments));
            world.order[2] = Some(Value::Decimal(rust_decimal::Decimal::new(cents, 2)));
            world.order[4] = Some(Value::Boolean(hold));
            for (slot, gap) in world.order.iter_mut().zip(gaps) {
                if gap {
                    *slot = None;
                }
            }
            world.zone = zone.parse().unwrap();
            world.now = flagstate::time::Instant::from_timestamp(at, 0).unwrap();
            world
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(3_000)))]

    #[test]
    fn any_text_is_compiled_or_refused(text in "\\PC{0,40}|[ -~\\n\\t]{0,60}") {
        check(&text, &world())?;
    }

    #[test]
    fn any_tokens_are_compiled_or_refused(tokens in prop::collection::vec(select(TOKENS.to_vec()), 0..14), spaced in any::<bool>()) {
        check(&tokens.join(if spaced { " " } else { "" }), &world())?;
    }

    #[test]
    fn what_fits_together_is_accepted_and_answers_or_says_why(
        choices in prop::collection::vec(any::<u16>(), 0..40), world in any_world(),
    ) {
        let text = Writer { choices: choices.iter() }.boolean(4);
        let mut report = Report::new();
        let guard = compile_guard(&expression(&text), &scope(), &mut report);
        prop_assert!(guard.is_some(), "`{}`: {:#?}", text, report);
        check(&text, &world)?;
    }
}
