//! What may stand where something is being written.
//!
//! In: the names of the workflow, and the cursor. Out: names of the kind that belongs there; in expressions, what may
//! follow. Keys are completed by the JSON Schema, and so not here, but for those that are names: flags, fields.

use std::collections::BTreeSet;

use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};

use super::cursor::Cursor;
use super::grammar::{self, End, Place};
use super::judged::{FileKind, Names, Version};
use crate::context::Type;
use crate::export::StateRow;
use crate::export::model::Marker;
use crate::graph::{Id, Table};
use crate::guard::{CHILD_METHODS, FUNCTIONS, OF_LIST, OF_TEXT};
use crate::instance::timer_path;
use crate::symbols::Kind;

/// The items for a place, and how many bytes before it each replaces.
pub(super) fn complete(names: &Names, cursor: &Cursor) -> (Vec<CompletionItem>, usize) {
    let (versions, place) = match names.kind {
        FileKind::Workflow => (vec![&names.version], grammar::place(cursor)),
        FileKind::Scenarios => (vec![&names.version], grammar::place_in_scenario(cursor)),
        FileKind::Plan => {
            let (ends, place) = grammar::place_in_plan(cursor);
            let versions = ends.iter().map(|end| match end {
                End::Old => &names.old,
                End::New => &names.version,
            });
            (versions.collect(), place)
        }
    };
    let (mut items, mut replaced): (Vec<CompletionItem>, usize) = (Vec::new(), 0);
    for version in versions {
        let (found, before) = Complete { version, cursor }.at(place.clone());
        let known: BTreeSet<String> = items.iter().map(|item| item.label.clone()).collect();
        items.extend(
            found
                .into_iter()
                .filter(|item| !known.contains(&item.label)),
        );
        replaced = before;
    }
    // What a list has is not wanted twice.
    items.retain(|item| !cursor.others.contains(&item.label));
    (items, replaced)
}

/// Whether a state has others within.
fn has_within(row: &StateRow, rows: &[StateRow]) -> bool {
    let within = |inner: &StateRow| {
        let rest = inner.path.strip_prefix(&row.path);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    rows.iter().any(within)
}

struct Complete<'a> {
    version: &'a Version,
    cursor: &'a Cursor,
}

impl Complete<'_> {
    /// The items for a place, and how many bytes before it each replaces.
    fn at(&self, place: Place<'_>) -> (Vec<CompletionItem>, usize) {
        let (cursor, dotted) = (self.cursor, self.cursor.dotted());
        match place {
            Place::Names(kinds, words) => (self.named(kinds, words), dotted),
            Place::Kind(kind) => (self.named(&[kind], &[]), dotted),
            Place::Source => (self.sources(), dotted),
            Place::Within(path) => (self.further_within(&path), cursor.word),
            Place::Compound => (self.states(has_within), dotted),
            Place::Member => {
                let mut items = self.within("");
                items.extend(self.named(&[Kind::Group], &[]));
                (items, dotted)
            }
            Place::Expression(event) => self.expression(&[], event),
            Place::Guard(event) => self.expression(&[Kind::Guard], event),
            Place::Set(field, event) => self.set(field, event),
            Place::Default(kind, name) => (self.default(kind, name), cursor.word),
            Place::Timer => (self.timers(), dotted),
            Place::TimerOf(path) => (self.timers_of(&path), cursor.word),
            Place::PayloadOf(event) => (self.brought(Some(event)), cursor.word),
            Place::Duration => (self.setting(&Type::Duration), cursor.word),
            Place::Flag(flag) => (self.flag(flag), cursor.word),
            Place::Date(words) => (self.date(words), cursor.word),
            Place::Nothing => (Vec::new(), 0),
        }
    }

    /// Names of some kinds, and words.
    fn named(&self, kinds: &[Kind], words: &[&str]) -> Vec<CompletionItem> {
        let mut items: Vec<CompletionItem> = Vec::new();
        let symbols = self.version.symbols.iter();
        for symbol in symbols.filter(|symbol| kinds.contains(&symbol.kind)) {
            let title = self.title(symbol.kind, &symbol.path);
            let detail = title.unwrap_or_else(|| symbol.kind.word().to_owned());
            items.push(CompletionItem {
                documentation: symbol.doc.as_deref().map(text),
                ..item(&symbol.path, &detail, kind_of(symbol.kind))
            });
        }
        let words = words.iter();
        items.extend(words.map(|word| item(word, "built in", CompletionItemKind::KEYWORD)));
        items
    }

    /// States of which something holds.
    fn states(&self, of: impl Fn(&StateRow, &[StateRow]) -> bool) -> Vec<CompletionItem> {
        let all = &self.version.states;
        let rows = all.iter().filter(|row| of(row, all));
        let items = rows.map(|row| item(&row.path, &row.title, kind_of(Kind::State)));
        items.collect()
    }

    /// States that orders can leave, and groups.
    fn sources(&self) -> Vec<CompletionItem> {
        let mut items = self.states(|row, _| !row.markers.contains(&Marker::Final));
        items.extend(self.named(&[Kind::Group], &["any"]));
        items
    }

    /// The states within another, or within that state in it whose name is written before a dot.
    fn further_within(&self, path: &str) -> Vec<CompletionItem> {
        let value = &self.cursor.value;
        let written = value.get(value.len() - self.cursor.dotted()..);
        let before = written.and_then(|written| written.rsplit_once('.'));
        match before {
            Some((before, _)) if path.is_empty() => self.within(before),
            Some((before, _)) => self.within(&format!("{path}.{before}")),
            None => self.within(path),
        }
    }

    /// The states directly within another.
    fn within(&self, path: &str) -> Vec<CompletionItem> {
        let rows = self.version.states.iter().filter_map(|row| {
            let (around, name) = row.path.rsplit_once('.').unwrap_or(("", &row.path));
            (around == path).then(|| item(name, &row.title, kind_of(Kind::State)))
        });
        rows.collect()
    }

    /// All timers by their paths.
    fn timers(&self) -> Vec<CompletionItem> {
        let Some(workflow) = &self.version.workflow else {
            return self.named(&[Kind::Timer], &[]);
        };
        let timers = workflow.timers.ids();
        let items = timers.map(|id| {
            let path = timer_path(workflow, id);
            item(&path, Kind::Timer.word(), kind_of(Kind::Timer))
        });
        items.collect()
    }

    /// The timers of a state by their names.
    fn timers_of(&self, path: &str) -> Vec<CompletionItem> {
        let symbols = self.version.symbols.iter();
        let timers = symbols.filter(|symbol| symbol.kind == Kind::Timer);
        let names = timers.filter_map(|symbol| {
            let (state, name) = symbol.path.rsplit_once('.')?;
            (state == path).then_some(name)
        });
        names
            .map(|name| item(name, Kind::Timer.word(), kind_of(Kind::Timer)))
            .collect()
    }

    /// What people call a state.
    fn title(&self, kind: Kind, path: &str) -> Option<String> {
        Some(self.version.state(kind, path)?.title.clone())
    }

    /// What may follow in an expression, and how much of it is replaced.
    fn expression(&self, whole: &[Kind], event: Option<&str>) -> (Vec<CompletionItem>, usize) {
        let value = self.cursor.value.as_str();
        let so_far = value
            .get(..value.len() - self.cursor.word)
            .unwrap_or_default();
        if let Some(before) = open_quote(value) {
            return (self.quoted(before.trim_end(), event), self.cursor.dotted());
        }
        if let Some(before) = so_far.strip_suffix('.') {
            return (self.member(before, event), self.cursor.word);
        }
        let mut items: Vec<CompletionItem> = Vec::new();
        if so_far.trim_matches(['"', '\'', ' ']).is_empty() {
            items.extend(self.named(whole, &[]));
        }
        for (word, detail) in [
            ("order", "the order's fields"),
            ("settings", "the site's settings"),
            ("event", "what the event brings"),
            ("actor", "who acts: `role`, `id`"),
            ("now", "the present"),
            ("true", "boolean"),
            ("false", "boolean"),
        ] {
            items.push(item(word, detail, CompletionItemKind::KEYWORD));
        }
        if let Some(entry) = entry_of(value) {
            items.push(item(
                entry,
                "an entry of the list",
                CompletionItemKind::VARIABLE,
            ));
        }
        items.extend(self.named(&[Kind::Children], &[]));
        for name in FUNCTIONS {
            items.push(item(name, usage(name), CompletionItemKind::FUNCTION));
        }
        (items, self.cursor.word)
    }

    /// What a field is set to: a word of an enum is a text, in the quotes that YAML wants around such.
    fn set(&self, field: &str, event: Option<&str>) -> (Vec<CompletionItem>, usize) {
        let words = match self.type_of("order", field, event) {
            Some(Type::Enum(words)) => words.to_vec(),
            _ => Vec::new(),
        };
        let value = self.cursor.value.as_str();
        let is_text = open_quote(value).is_some_and(|before| before.trim_matches('\'').is_empty());
        let word = |word: &str| item(word, field, CompletionItemKind::ENUM_MEMBER);
        if is_text {
            return (
                words.iter().map(|it| word(it)).collect(),
                self.cursor.dotted(),
            );
        }
        let (others, replaced) = self.expression(&[], event);
        let whole = words.iter().filter(|_| value.is_empty());
        let mut items: Vec<CompletionItem> = whole.map(|it| word(&format!("'\"{it}\"'"))).collect();
        items.extend(others);
        (items, replaced)
    }

    /// The default of a field or a setting.
    fn default(&self, kind: Kind, name: &str) -> Vec<CompletionItem> {
        let home = if kind == Kind::Setting {
            "settings"
        } else {
            "order"
        };
        let ty = self.type_of(home, name, None);
        ty.map(|ty| words_of(&ty, name)).unwrap_or_default()
    }

    /// What may stand behind a dot.
    fn member(&self, before: &str, event: Option<&str>) -> Vec<CompletionItem> {
        let root = last_word(before);
        let around = before.strip_suffix(root).unwrap_or_default();
        let (field, ty) = match around.strip_suffix('.').map(last_word) {
            Some(home) => (true, self.type_of(home, root, event)),
            None => (false, None),
        };
        let methods: &[&str] = match ty {
            Some(Type::List(_)) => &OF_LIST,
            Some(Type::String | Type::Enum(_)) => &OF_TEXT,
            _ if field => return Vec::new(),
            _ if self.version.symbols.get(Kind::Children, root).is_some() => &CHILD_METHODS,
            _ => &[],
        };
        if !methods.is_empty() {
            let items = methods.iter();
            // What is no number has no sum.
            let adds = |of: &Type| matches!(of, Type::Integer | Type::Decimal { .. });
            let has_sum = matches!(&ty, Some(Type::List(of)) if adds(of));
            return items
                .filter(|name| **name != "sum" || has_sum)
                .map(|name| item(name, "method", CompletionItemKind::METHOD))
                .collect();
        }
        let Some(workflow) = &self.version.workflow else {
            return Vec::new();
        };
        match root {
            "order" => fields(
                &workflow.fields,
                |it| (&it.name, &it.ty),
                self.docs(Kind::Field),
            ),
            "settings" => fields(
                &workflow.settings,
                |it| (&it.name, &it.ty),
                self.docs(Kind::Setting),
            ),
            "event" => self.brought(event),
            "actor" => ["role", "id"]
                .map(|name| item(name, "text", CompletionItemKind::FIELD))
                .into(),
            _ => Vec::new(),
        }
    }

    /// What an event brings.
    fn brought(&self, event: Option<&str>) -> Vec<CompletionItem> {
        let payload = self.payload(event);
        let items = payload.iter();
        items
            .map(|(name, ty)| item(name, &ty.to_string(), CompletionItemKind::FIELD))
            .collect()
    }

    fn docs(&self, kind: Kind) -> impl Fn(&str) -> Option<String> {
        move |name| self.version.symbols.get(kind, name)?.doc.clone()
    }

    /// The values that an event brings; there are none outside of one.
    fn payload(&self, event: Option<&str>) -> Vec<(String, Type)> {
        let Some(workflow) = &self.version.workflow else {
            return Vec::new();
        };
        let events = workflow.events.rows().iter();
        let events = events.filter(|it| event == Some(it.name.as_str()));
        let fields = events.flat_map(|it| &it.payload);
        fields.map(|it| (it.name.clone(), it.ty.clone())).collect()
    }

    /// What may stand in quotes that are open, behind these words.
    fn quoted(&self, before: &str, event: Option<&str>) -> Vec<CompletionItem> {
        let called = before.strip_suffix('(');
        if let Some(called) = called.filter(|called| !last_word(called).is_empty()) {
            let name = last_word(called);
            let around = called.strip_suffix(name).unwrap_or_default();
            let set = around.strip_suffix('.').map(last_word);
            return match (name, set) {
                ("in_state", _) => self.named(&[Kind::State], &[]),
                (_, Some(set)) => self.of_children(set),
                _ => Vec::new(),
            };
        }
        // `"note" in order`, which asks whether a field is set; also in brackets, `!("note" in order)`.
        let opened = before.trim_end_matches(['(', '!', ' ']);
        let is_first = opened.ends_with("&&") || opened.ends_with("||");
        if is_first
            || before.ends_with('!')
            || before.trim_matches(['(', '!', '\'', '"', ' ']).is_empty()
        {
            let set = self.member("order", None).into_iter();
            return set.chain(self.brought(event)).collect();
        }
        // `order.channel == "`, or one of several: `order.channel in ["a", "`.
        let compared = before.trim_end_matches(|c| "=! ".contains(c));
        let listed = before.rsplit_once('[').map(|(left, _)| {
            let left = left.trim_end();
            left.strip_suffix("in")
                .unwrap_or(left)
                .trim_end()
                .trim_end_matches('!')
                .trim_end()
        });
        let left = if compared.len() < before.len() {
            compared
        } else {
            listed.unwrap_or("")
        };
        let name = last_word(left);
        let home = left.strip_suffix(name).and_then(|it| it.strip_suffix('.'));
        let home = home.map_or("", last_word);
        if (home, name) == ("actor", "role") {
            return self.named(&[Kind::Actor], &["system"]);
        }
        match self.type_of(home, name, event) {
            Some(Type::Enum(words)) => {
                // Those that the list has already are not wanted twice.
                let has =
                    |word: &&String| listed.is_some() && before.contains(&format!("\"{word}\""));
                let told = format!("{home}.{name}");
                let words = words.iter().filter(|word| !has(word));
                words
                    .map(|word| item(word, &told, CompletionItemKind::ENUM_MEMBER))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn type_of(&self, home: &str, name: &str, event: Option<&str>) -> Option<Type> {
        let workflow = self.version.workflow.as_ref()?;
        match home {
            "order" => {
                let mut fields = workflow.fields.rows().iter();
                Some(fields.find(|it| it.name == name)?.ty.clone())
            }
            "settings" => {
                let mut settings = workflow.settings.rows().iter();
                Some(settings.find(|it| it.name == name)?.ty.clone())
            }
            "event" => {
                let payload = self.payload(event);
                payload
                    .into_iter()
                    .find(|(it, _)| it == name)
                    .map(|(_, ty)| ty)
            }
            "actor" => Some(Type::String),
            _ => None,
        }
    }

    /// The states that children of a set may be in.
    fn of_children(&self, set: &str) -> Vec<CompletionItem> {
        let sets = self
            .version
            .workflow
            .iter()
            .flat_map(|it| it.children.rows());
        let states = sets.filter(|it| it.name == set).flat_map(|it| &it.states);
        let items = states.map(|state| {
            let title = self.title(Kind::State, state);
            let detail = title.unwrap_or_else(|| format!("a state of `{set}`"));
            item(state, &detail, kind_of(Kind::State))
        });
        items.collect()
    }

    /// `settings.NAME` of a type.
    fn setting(&self, ty: &Type) -> Vec<CompletionItem> {
        match (self.cursor.value.rsplit_once('.'), &self.version.workflow) {
            (Some(("settings", _)), Some(workflow)) => {
                let settings = workflow.settings.rows().iter().filter(|it| it.ty == *ty);
                let items = settings.map(|it| {
                    let doc = self.docs(Kind::Setting)(&it.name);
                    CompletionItem {
                        documentation: doc.as_deref().map(text),
                        ..item(&it.name, &it.ty.to_string(), CompletionItemKind::CONSTANT)
                    }
                });
                items.collect()
            }
            (Some(_), _) => Vec::new(),
            (None, _) => vec![item(
                "settings",
                "the site's settings",
                CompletionItemKind::KEYWORD,
            )],
        }
    }

    /// The value of a flag.
    fn flag(&self, name: &str) -> Vec<CompletionItem> {
        let workflow = self.version.workflow.as_ref();
        let mut flags = workflow.into_iter().flat_map(|it| it.flags.rows());
        let Some(flag) = flags.find(|it| it.name == name) else {
            return Vec::new();
        };
        let mut items = self.setting(&flag.ty);
        if !self.cursor.value.contains('.') {
            items.extend(words_of(&flag.ty, name));
        }
        items
    }

    /// `order.NAME` of a date.
    fn date(&self, words: &[&str]) -> Vec<CompletionItem> {
        let is_date = |ty: &Type| matches!(ty, Type::Date | Type::Datetime);
        match (self.cursor.value.rsplit_once('.'), &self.version.workflow) {
            (Some(("order", _)), Some(workflow)) => {
                let dates = workflow.fields.rows().iter().filter(|it| is_date(&it.ty));
                let items =
                    dates.map(|it| item(&it.name, &it.ty.to_string(), CompletionItemKind::FIELD));
                items.collect()
            }
            (Some(_), _) => Vec::new(),
            (None, _) => {
                let words = words.iter().chain(&["order"]);
                words
                    .map(|word| item(word, "built in", CompletionItemKind::KEYWORD))
                    .collect()
            }
        }
    }
}

/// The words that a value may be, where they are few; of a list, an entry.
fn words_of(ty: &Type, name: &str) -> Vec<CompletionItem> {
    let word = |word: &str| item(word, name, CompletionItemKind::ENUM_MEMBER);
    match ty {
        Type::Boolean => ["true", "false"].map(word).into(),
        Type::Enum(words) => words.iter().map(|it| word(it)).collect(),
        Type::List(of) => words_of(of, name),
        _ => Vec::new(),
    }
}

/// How a function is called.
fn usage(name: &str) -> &'static str {
    match name {
        "abs" => "abs(number)",
        "between" => "between(value, low, high)",
        "date" => "date(\"2026-03-01\"), date(now)",
        "datetime" => "datetime(\"2026-03-01T09:00:00Z\")",
        "days" => "days(3)",
        "hours" => "hours(36)",
        "in_state" => "in_state(\"booked\")",
        "max" => "max(a, b)",
        "min" => "min(a, b)",
        "minutes" => "minutes(20)",
        "round" => "round(number, digits)",
        "seconds" => "seconds(30)",
        "start_of" => "start_of(date)",
        "time_of_day" => "time_of_day(now) < hours(14)",
        "weekday" => "weekday(date(now)) <= 5",
        _ => "function",
    }
}

/// Fields with their types.
fn fields<I: Id, T>(
    table: &Table<I, T>,
    told: impl Fn(&T) -> (&String, &Type),
    doc: impl Fn(&str) -> Option<String>,
) -> Vec<CompletionItem> {
    let items = table.rows().iter().map(|row| {
        let (name, ty) = told(row);
        CompletionItem {
            documentation: doc(name).as_deref().map(text),
            ..item(name, &ty.to_string(), CompletionItemKind::FIELD)
        }
    });
    items.collect()
}

fn item(label: &str, detail: &str, kind: CompletionItemKind) -> CompletionItem {
    CompletionItem {
        label: label.to_owned(),
        detail: Some(detail.to_owned()),
        kind: Some(kind),
        ..CompletionItem::default()
    }
}

fn text(doc: &str) -> Documentation {
    Documentation::MarkupContent(MarkupContent {
        kind: MarkupKind::PlainText,
        value: doc.to_owned(),
    })
}

fn kind_of(kind: Kind) -> CompletionItemKind {
    match kind {
        Kind::State => CompletionItemKind::CLASS,
        Kind::Event => CompletionItemKind::EVENT,
        Kind::Setting => CompletionItemKind::CONSTANT,
        Kind::Actor => CompletionItemKind::INTERFACE,
        Kind::Guard => CompletionItemKind::FUNCTION,
        Kind::Effect => CompletionItemKind::METHOD,
        Kind::Group => CompletionItemKind::MODULE,
        _ => CompletionItemKind::FIELD,
    }
}

/// What stands before the quote of a text that is still open, where one is.
fn open_quote(value: &str) -> Option<&str> {
    let quotes = value.match_indices('"').map(|(at, _)| at);
    let quotes: Vec<usize> = quotes.collect();
    let open = quotes.len() % 2 == 1;
    let last = quotes.last().filter(|_| open)?;
    value.get(..*last)
}

/// The name of the entry in a closure that is still open, `order.tags.all(|tag| …`.
fn entry_of(value: &str) -> Option<&str> {
    let (_, closure) = value.rsplit_once("(|")?;
    let (name, body) = closure.split_once('|')?;
    let count = |sign: char| body.matches(sign).count();
    let is_open = count(')') <= count('(');
    Some(name.trim()).filter(|name| is_open && !name.is_empty())
}

fn last_word(text: &str) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}
