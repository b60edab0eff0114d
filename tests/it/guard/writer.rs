//! Writes expressions that the check must accept, of every form that the language has.

/// Led by a list of choices: an empty list gives the simplest expression, so that a shorter list, or one
/// with smaller numbers, is a simpler case.
pub(super) struct Writer<'a> {
    choices: std::slice::Iter<'a, u16>,
    /// What `e` is, in the body of a closure.
    entry: Option<Entry>,
}

/// The kind of a list's entries.
#[derive(Clone, Copy, PartialEq)]
enum Entry {
    Number,
    Text,
    Word,
    Day,
    Length,
    Boolean,
}

/// Lists, and what they hold.
const LISTS: [(&str, Entry); 8] = [
    ("order.amounts", Entry::Number),
    ("order.prices", Entry::Number),
    ("order.tags", Entry::Text),
    ("event.codes", Entry::Text),
    ("order.allowed", Entry::Word),
    ("order.holidays", Entry::Day),
    ("order.spans", Entry::Length),
    ("order.checks", Entry::Boolean),
];

/// What an entry of `order.allowed` is compared with.
const WORDS: [&str; 5] = [
    "\"manual\"",
    "\"phone\"",
    "order.origin",
    "actor.role",
    "(order.note + \"\")",
];

const LEAVES: [&str; 24] = [
    "order.on_hold",
    "settings.online_payment",
    "suborders.all(\"executed\")",
    "suborders.some(\"draft\")",
    "suborders.none(\"draft\")",
    "in_state(\"submitted\")",
    "in_state(\"draft\")",
    "\"missing\" in order",
    "\"note\" !in order",
    "\"credit_limit\" in settings",
    "\"reason\" in event",
    "\"id\" in actor",
    "(\"role\" in actor) == true",
    "order.origin == \"manual\"",
    "\"online\" != order.origin",
    "order.origin in [\"manual\", \"online\"]",
    "order.origin !in [\"manual\"]",
    "actor.role in [\"customer\", \"system\"]",
    "actor.role == \"customer\"",
    "actor.role != \"manager\"",
    "actor.id == actor.role",
    "order.on_hold == true",
    "true == settings.online_payment",
    "order.on_hold != settings.online_payment",
];

const NUMBERS: [&str; 26] = [
    "0",
    "1",
    "-3",
    "0.01",
    "order.payments",
    "order.total",
    "order.missing",
    "order.big",
    "settings.credit_limit",
    "120.50",
    "-0.005",
    "119.999",
    "2.5",
    "9223372036854775807",
    "-9223372036854775807",
    "92233720368547758.07",
    "92233720368547758.075",
    "-92233720368547758.09",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "order.note.len()",
    "event.reason.len()",
    "suborders.count()",
    "suborders.count(\"executed\")",
    "suborders.count(\"draft\")",
];

const AMOUNTS: [&str; 9] = [
    "0",
    "1",
    "-1",
    "400",
    "36525",
    "2147483648",
    "9223372036854775807",
    "order.payments",
    "order.big",
];

const INSTANTS: [&str; 7] = [
    "now",
    "order.placed_at",
    "datetime(\"2026-10-25T00:30:00Z\")",
    "datetime(\"0001-01-01T00:00:00Z\")",
    "datetime(\"9999-12-31T23:59:59.999999999Z\")",
    "datetime(\"2026-03-29T01:59:59+01:00\")",
    "datetime(\"1677-09-21T00:12:43.145224192Z\")",
];

const DAYS: [&str; 5] = [
    "event.date",
    "order.execute_on",
    "date(\"2026-10-25\")",
    "date(\"0000-01-01\")",
    "date(\"9999-12-31\")",
];

const TEXTS: [&str; 10] = [
    "order.note",
    "event.reason",
    "\"\"",
    "\"a\\nb\"",
    "\"Grüße\"",
    "\"ring\"",
    "order.long",
    "(order.origin + \"\")",
    "actor.id",
    "(actor.role + \"\")",
];

impl<'a> Writer<'a> {
    pub(super) fn new(choices: &'a [u16]) -> Self {
        Self {
            choices: choices.iter(),
            entry: None,
        }
    }

    /// The next choice out of `n`; 0, the simplest, when there are no more.
    fn choose(&mut self, n: usize) -> usize {
        self.choices
            .next()
            .map_or(0, |choice| usize::from(*choice) % n)
    }

    fn pick(&mut self, list: &[&str]) -> String {
        list[self.choose(list.len())].to_owned()
    }

    /// One of a list, or the entry where it is of that kind.
    fn leaf(&mut self, list: &[&str], entry: Entry) -> String {
        if self.entry == Some(entry) && self.choose(2) == 0 {
            return "e".to_owned();
        }
        self.pick(list)
    }

    pub(super) fn boolean(&mut self, depth: u8) -> String {
        if self.entry == Some(Entry::Word) && self.choose(3) == 0 {
            let word = self.pick(&WORDS);
            let op = self.pick(&["==", "!="]);
            return format!("e {op} {word}");
        }
        if depth == 0 {
            return self.leaf(&LEAVES, Entry::Boolean);
        }
        let depth = depth - 1;
        match self.choose(18) {
            1 => format!("!({})", self.boolean(depth)),
            2 | 3 => {
                let op = self.pick(&["&&", "||", "==", "!="]);
                format!("({}) {op} ({})", self.boolean(depth), self.boolean(depth))
            }
            4 => {
                let op = self.pick(&["&&", "||"]);
                let parts = [self.boolean(depth), self.boolean(0), self.boolean(0)];
                format!("({}) {op} {} {op} {}", parts[0], parts[1], parts[2])
            }
            5 | 6 => self.compare(Self::number, depth),
            7 => self.compare(Self::length, depth),
            8 => self.compare(Self::instant, depth),
            9 => self.compare(Self::day, depth),
            10 => self.compare(Self::text, depth),
            11 | 12 => self.membership(depth),
            13 => {
                let method = self.pick(&["contains", "starts_with", "ends_with"]);
                format!("({}).{method}({})", self.text(depth), self.text(depth))
            }
            14 | 15 => {
                let method = self.pick(&["all", "some", "none"]);
                self.question(&method, depth)
            }
            16 => self.among(depth),
            17 => self.between(depth),
            _ => self.leaf(&LEAVES, Entry::Boolean),
        }
    }

    /// A value that an entry may equal.
    fn item(&mut self, entry: Entry, depth: u8) -> String {
        match entry {
            Entry::Number => self.number(depth),
            Entry::Text => self.text(depth),
            Entry::Word => self.pick(&WORDS),
            Entry::Day => self.day(depth),
            Entry::Length => self.length(depth),
            Entry::Boolean => format!("({})", self.boolean(0)),
        }
    }

    /// A question to a list by value or by closure; closures do not nest.
    fn question(&mut self, method: &str, depth: u8) -> String {
        let (list, entry) = LISTS[self.choose(LISTS.len())];
        let closure = self.entry.is_none() && (entry == Entry::Length || self.choose(3) > 0);
        if closure {
            self.entry = Some(entry);
            let body = self.boolean(depth);
            self.entry = None;
            return format!("{list}.{method}(|e| {body})");
        }
        if entry == Entry::Length {
            return format!("order.tags.{method}({})", self.text(depth));
        }
        format!("{list}.{method}({})", self.item(entry, depth))
    }

    fn among(&mut self, depth: u8) -> String {
        let (list, entry) = LISTS[self.choose(LISTS.len())];
        let op = self.pick(&["in", "!in"]);
        match entry {
            Entry::Length => format!("({}) {op} order.tags", self.text(depth)),
            _ => format!("({}) {op} {list}", self.item(entry, depth)),
        }
    }

    fn between(&mut self, depth: u8) -> String {
        let side: fn(&mut Self, u8) -> String = match self.choose(5) {
            0 | 1 => Self::number,
            2 => Self::day,
            3 => Self::instant,
            _ => Self::length,
        };
        let (item, low) = (side(self, depth), side(self, depth));
        format!("between({item}, {low}, {})", side(self, depth))
    }

    fn compare(&mut self, side: fn(&mut Self, u8) -> String, depth: u8) -> String {
        let op = self.pick(&["==", "!=", "<", "<=", ">", ">="]);
        format!("{} {op} {}", side(self, depth), side(self, depth))
    }

    fn membership(&mut self, depth: u8) -> String {
        let op = self.pick(&["in", "!in"]);
        match self.choose(7) {
            0 => {
                let dots = self.pick(&["..", "..="]);
                format!("{} {op} {}{dots}9", self.number(depth), self.choose(9))
            }
            1 => {
                let (item, one, other) =
                    (self.number(depth), self.number(depth), self.number(depth));
                format!("{item} {op} [{one}, {other}]")
            }
            2 => {
                let (item, one, other) = (self.day(depth), self.day(depth), self.day(depth));
                format!("{item} {op} [{one}, {other}]")
            }
            3 => format!("{} {op} [{}]", self.instant(depth), self.instant(depth)),
            4 => {
                let (item, one) = (self.boolean(0), self.boolean(0));
                format!("({item}) {op} [{one}, true]")
            }
            5 => {
                let (item, one, other) = (self.text(depth), self.text(0), self.text(0));
                format!("{item} {op} [{one}, {other}]")
            }
            _ => format!("({}) {op} ({})", self.text(depth), self.text(depth)),
        }
    }

    pub(super) fn number(&mut self, depth: u8) -> String {
        if depth == 0 {
            return self.leaf(&NUMBERS, Entry::Number);
        }
        let depth = depth - 1;
        match self.choose(13) {
            12 => format!("weekday({})", self.day(depth)),
            1..=3 => {
                let op = self.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {op} {})", self.number(depth), self.number(depth))
            }
            4 => {
                let function = self.pick(&["min", "max"]);
                format!("{function}({}, {})", self.number(depth), self.number(depth))
            }
            5 => format!("abs({})", self.number(depth)),
            6 => format!("-({})", self.number(depth)),
            7 => format!("round({}, {})", self.number(depth), self.choose(29)),
            9 => self.question("count", depth),
            10 if self.entry.is_none() => {
                self.entry = Some(Entry::Number);
                let body = self.number(depth);
                self.entry = None;
                let list = self.pick(&["order.amounts", "order.prices"]);
                format!("{list}.sum(|e| {body})")
            }
            10 | 11 => self.pick(&[
                "order.amounts.sum()",
                "order.prices.sum()",
                "order.tags.count()",
                "event.codes.count()",
            ]),
            _ => self.leaf(&NUMBERS, Entry::Number),
        }
    }

    fn length(&mut self, depth: u8) -> String {
        let deeper = depth.saturating_sub(1);
        match self.choose(5) {
            4 if depth > 0 => format!("time_of_day({})", self.instant(deeper)),
            1 => {
                let function = self.pick(&["days", "hours", "minutes", "seconds"]);
                format!("{function}({})", self.pick(&AMOUNTS))
            }
            2 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!("({} {op} {})", self.length(deeper), self.length(deeper))
            }
            3 if depth > 0 => format!("({} - {})", self.instant(deeper), self.instant(deeper)),
            _ => {
                let list = [
                    "order.grace",
                    "settings.cart_lifetime",
                    "(event.date - order.execute_on)",
                    "days(3)",
                ];
                self.leaf(&list, Entry::Length)
            }
        }
    }

    fn instant(&mut self, depth: u8) -> String {
        let deeper = depth.saturating_sub(1);
        match self.choose(5) {
            1 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!("({} {op} {})", self.instant(deeper), self.length(deeper))
            }
            3 if depth > 0 => {
                let function = self.pick(&["min", "max"]);
                format!(
                    "{function}({}, {})",
                    self.instant(deeper),
                    self.instant(deeper)
                )
            }
            2 if depth > 0 => format!("start_of({})", self.day(deeper)),
            _ => self.pick(&INSTANTS),
        }
    }

    fn day(&mut self, depth: u8) -> String {
        let deeper = depth.saturating_sub(1);
        match self.choose(5) {
            1 if depth > 0 => {
                let op = self.pick(&["+", "-"]);
                format!("({} {op} {})", self.day(deeper), self.length(deeper))
            }
            3 if depth > 0 => {
                let function = self.pick(&["min", "max"]);
                format!("{function}({}, {})", self.day(deeper), self.day(deeper))
            }
            2 if depth > 0 => format!("date({})", self.instant(deeper)),
            _ => self.leaf(&DAYS, Entry::Day),
        }
    }

    fn text(&mut self, depth: u8) -> String {
        match self.choose(3) {
            1 if depth > 0 => format!("({} + {})", self.text(depth - 1), self.text(depth - 1)),
            _ => self.leaf(&TEXTS, Entry::Text),
        }
    }
}
