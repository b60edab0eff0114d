//! What may stand where something is being written.
//!
//! In: the names of the workflow, and the cursor. Out: names of the kind that belongs there; in expressions, what may
//! follow. Keys are completed by the JSON Schema, and so not here, but for those that are names: flags, fields.

use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};

use super::cursor::Cursor;
use super::judged::Names;
use crate::context::Type;
use crate::graph::{Id, Table};
use crate::guard::{CHILD_METHODS, FUNCTIONS, OF_LIST, OF_TEXT};
use crate::symbols::Kind;

/// What is written at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A name of one of these kinds, or one of these words.
    Names(&'static [Kind], &'static [&'static str]),
    /// An expression.
    Expression,
    /// An expression, or the name of a guard.
    Guard,
    /// A value that a setting may hold.
    Value,
    /// A date of the order, or one of these words.
    Date(&'static [&'static str]),
    Nothing,
}

/// The items for a place.
pub(super) fn complete(names: &Names, cursor: &Cursor) -> Vec<CompletionItem> {
    let complete = Complete { names, cursor };
    let place = match names.is_scenario {
        true => place_in_scenario(cursor),
        false => place(cursor),
    };
    match place {
        Place::Names(kinds, words) => complete.named(kinds, words),
        Place::Expression => complete.expression(&[]),
        Place::Guard => complete.expression(&[Kind::Guard]),
        Place::Value => complete.setting(),
        Place::Date(words) => complete.date(words),
        Place::Nothing => Vec::new(),
    }
}

/// What stands at the cursor, by the keys around it.
fn place(cursor: &Cursor) -> Place {
    use Kind::{Actor, Attribute, Children, Effect, Event, Field, Flag, Group, Guard, State};
    if cursor.is_key {
        return match cursor.key() {
            "flags" => Place::Names(&[Flag], &["reserved", "counts_revenue", "contracted"]),
            "set" => Place::Names(&[Field], &[]),
            "attributes" => Place::Names(&[Attribute], &[]),
            "send" => Place::Names(&[Children], &[]),
            _ => Place::Nothing,
        };
    }
    if matches!(cursor.around(1), "set" | "with") {
        return Place::Expression;
    }
    if matches!(cursor.around(1), "flags") && cursor.keys.len() > 2 {
        return Place::Value;
    }
    match cursor.key() {
        "to" => Place::Names(&[State], &["back"]),
        "from" | "choose" => Place::Names(&[State, Group], &["any"]),
        "in" | "not" => Place::Names(&[State, Group], &[]),
        "like" | "initial" | "history" | "successor" | "undeletable" | "undeactivatable" => {
            Place::Names(&[State], &[])
        }
        "by" if cursor.around(1) == "slot" => Place::Names(&[Attribute], &[]),
        "rank" => Place::Names(&[Attribute], &[]),
        "by" => Place::Names(&[Actor], &["any", "system"]),
        "event" | "raise" | "cancel" | "done" => Place::Names(&[Event], &[]),
        "effects" if cursor.keys.len() > 1 => Place::Names(&[Effect], &[]),
        "guard" | "when" => Place::Guard,
        "if" => Place::Expression,
        "after" | "at_most" => Place::Value,
        "at" => Place::Date(&[]),
        "anchor" => Place::Date(&["entry", "day"]),
        _ if cursor.keys.len() == 2 && cursor.around(1) == "guards" => Place::Guard,
        _ if matches!(cursor.around(1), "send") => Place::Names(&[Event, Guard], &[]),
        _ => Place::Nothing,
    }
}

/// What stands at the cursor of a scenario file.
fn place_in_scenario(cursor: &Cursor) -> Place {
    use Kind::{Actor, Attribute, Children, Effect, Event, Field, Flag, Group, Setting, State};
    let flags = Place::Names(
        &[Flag],
        &["reserved", "counts_revenue", "contracted", "expires"],
    );
    if cursor.is_key {
        return match cursor.key() {
            "context" | "fields" => Place::Names(&[Field], &[]),
            "flags" => flags,
            "settings" => Place::Names(&[Setting], &[]),
            "attributes" => Place::Names(&[Attribute], &[]),
            "available" | "unavailable" => Place::Names(&[Actor], &["system"]),
            "children" | "sent" => Place::Names(&[Children], &[]),
            _ => Place::Nothing,
        };
    }
    if matches!(cursor.around(1), "available" | "unavailable") {
        return Place::Names(&[Event], &[]);
    }
    match cursor.key() {
        "event" => Place::Names(&[Event], &[]),
        "by" | "actor" | "role" => Place::Names(&[Actor], &["system"]),
        "enter" => Place::Names(&[Actor], &["any", "system"]),
        "state" | "target" | "from" | "initial" | "shared" => Place::Names(&[State], &[]),
        "to" => Place::Names(&[State], &["stay", "back"]),
        "flags" => flags,
        "effects" => Place::Names(&[Effect], &[]),
        "groups" => Place::Names(&[Group], &[]),
        _ => Place::Nothing,
    }
}

struct Complete<'a> {
    names: &'a Names,
    cursor: &'a Cursor,
}

impl Complete<'_> {
    /// Names of some kinds, and words.
    fn named(&self, kinds: &[Kind], words: &[&str]) -> Vec<CompletionItem> {
        let mut items: Vec<CompletionItem> = Vec::new();
        let symbols = self.names.symbols.iter();
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

    /// What people call a state.
    fn title(&self, kind: Kind, path: &str) -> Option<String> {
        let mut rows = self.names.states.iter();
        let row = rows.find(|row| kind == Kind::State && row.path == path)?;
        Some(row.title.clone())
    }

    /// What may follow in an expression.
    fn expression(&self, whole: &[Kind]) -> Vec<CompletionItem> {
        let value = self.cursor.value.as_str();
        let so_far = value
            .get(..value.len() - self.cursor.word)
            .unwrap_or_default();
        if let Some(quoted) = open_quote(value) {
            return self.quoted(quoted.trim_end());
        }
        if let Some(before) = so_far.strip_suffix('.') {
            return self.member(before);
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
        items.extend(self.named(&[Kind::Children], &[]));
        for name in FUNCTIONS {
            items.push(item(name, usage(name), CompletionItemKind::FUNCTION));
        }
        items
    }

    /// What may stand behind a dot.
    fn member(&self, before: &str) -> Vec<CompletionItem> {
        let root = last_word(before);
        let around = before.strip_suffix(root).unwrap_or_default();
        let (field, ty) = match around.strip_suffix('.').map(last_word) {
            Some(home) => (true, self.type_of(home, root)),
            None => (false, None),
        };
        let methods: &[&str] = match ty {
            Some(Type::List(_)) => &OF_LIST,
            Some(Type::String | Type::Enum(_)) => &OF_TEXT,
            _ if field => return Vec::new(),
            _ if self.names.symbols.get(Kind::Children, root).is_some() => &CHILD_METHODS,
            _ => &[],
        };
        if !methods.is_empty() {
            let items = methods.iter();
            return items
                .map(|name| item(name, "method", CompletionItemKind::METHOD))
                .collect();
        }
        let Some(workflow) = &self.names.workflow else {
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
            "event" => {
                let payload = self.payload();
                let items = payload
                    .iter()
                    .map(|(name, ty)| item(name, &ty.to_string(), CompletionItemKind::FIELD));
                items.collect()
            }
            "actor" => ["role", "id"]
                .map(|name| item(name, "text", CompletionItemKind::FIELD))
                .into(),
            _ => Vec::new(),
        }
    }

    fn docs(&self, kind: Kind) -> impl Fn(&str) -> Option<String> {
        move |name| self.names.symbols.get(kind, name)?.doc.clone()
    }

    /// The values that the event around the cursor brings; those of all where it stands within none.
    fn payload(&self) -> Vec<(String, Type)> {
        let Some(workflow) = &self.names.workflow else {
            return Vec::new();
        };
        let keys = &self.cursor.keys;
        let at = keys.iter().position(|key| key == "transitions");
        let event = at.and_then(|at| keys.get(at + 1));
        let events = workflow.events.rows().iter();
        let events = events.filter(|it| event.is_none_or(|event| *event == it.name));
        let fields = events.flat_map(|it| &it.payload);
        fields.map(|it| (it.name.clone(), it.ty.clone())).collect()
    }

    /// What may stand in quotes that are open, behind these words.
    fn quoted(&self, before: &str) -> Vec<CompletionItem> {
        if let Some(called) = before.strip_suffix('(') {
            let name = last_word(called);
            let around = called.strip_suffix(name).unwrap_or_default();
            let set = around.strip_suffix('.').map(last_word);
            let is_set =
                set.is_some_and(|set| self.names.symbols.get(Kind::Children, set).is_some());
            return match (name, is_set) {
                ("in_state", _) | (_, true) => self.named(&[Kind::State], &[]),
                _ => Vec::new(),
            };
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
        match self.type_of(home, name) {
            Some(Type::Enum(values)) => values
                .iter()
                .map(|value| {
                    item(
                        value,
                        &format!("{home}.{name}"),
                        CompletionItemKind::ENUM_MEMBER,
                    )
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn type_of(&self, home: &str, name: &str) -> Option<Type> {
        let workflow = self.names.workflow.as_ref()?;
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
                let payload = self.payload();
                payload
                    .into_iter()
                    .find(|(it, _)| it == name)
                    .map(|(_, ty)| ty)
            }
            "actor" => Some(Type::String),
            _ => None,
        }
    }

    /// `settings.NAME`.
    fn setting(&self) -> Vec<CompletionItem> {
        match self.cursor.value.rsplit_once('.') {
            Some(("settings", _)) => self.named(&[Kind::Setting], &[]),
            Some(_) => Vec::new(),
            None => vec![item(
                "settings",
                "the site's settings",
                CompletionItemKind::KEYWORD,
            )],
        }
    }

    /// `order.NAME` of a date.
    fn date(&self, words: &[&str]) -> Vec<CompletionItem> {
        let is_date = |ty: &Type| matches!(ty, Type::Date | Type::Datetime);
        match (self.cursor.value.rsplit_once('.'), &self.names.workflow) {
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

fn last_word(text: &str) -> &str {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}
