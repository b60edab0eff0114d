//! An effective tree as text and as data, each value with the place that it comes from.

use serde_json::{Map, Value as Json, json};

use crate::parse::tree::{Kind as Is, Node, Pair, Scalar, Style};
use crate::source::{SourceMap, Span};

/// The column that places stand in, where the text before them leaves room.
const COLUMN: usize = 64;

/// Characters that a plain text does not begin with.
const SPECIAL: &[char] = &[
    '!', '&', '*', '-', '?', '|', '>', '@', '`', '%', '#', '{', '}', '[', ']', ',', '"', '\'', ':',
    '=', ' ',
];

/// The tree as a YAML file that stands alone, with a comment behind each value: the file and the line
/// that it comes from.
pub(crate) fn yaml(tree: &Node<'_>, files: &SourceMap) -> String {
    let mut text = Yaml {
        files,
        text: String::new(),
    };
    if let Is::Map(pairs) = &tree.kind {
        for pair in pairs {
            text.pair(&pair.key, &pair.value, 0, "");
        }
    }
    text.text
}

/// The tree as JSON: an object for each value with its text and its place; a value that is not there
/// has none.
pub(crate) fn json(tree: &Node<'_>, files: &SourceMap) -> Json {
    match &tree.kind {
        Is::Map(pairs) => {
            let entries = pairs
                .iter()
                .map(|pair| (pair.key.text.to_string(), json(&pair.value, files)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        Is::List(items) => items.iter().map(|item| json(item, files)).collect(),
        Is::Scalar(scalar) => {
            let place = files.get(tree.span.file).map(|file| {
                let at = file.position(tree.span.start);
                (file.name(), at)
            });
            let mut value = json!({ "value": scalar.text, "quoted": !scalar.is_plain() });
            if let (Some((file, at)), Json::Object(value)) = (place, &mut value) {
                value.insert("file".to_owned(), file.into());
                value.insert("line".to_owned(), at.line.into());
                value.insert("column".to_owned(), at.column.into());
            }
            value
        }
        Is::Null | Is::Refused => Json::Null,
    }
}

/// A value or a list of values on one line; `None` for anything else.
pub(super) fn value(node: &Node<'_>) -> Option<String> {
    match &node.kind {
        Is::Scalar(scalar) => Some(written(scalar)),
        Is::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(scalar_in_flow).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Is::Map(_) | Is::Null | Is::Refused => None,
    }
}

/// A value, or a list or mapping of values, on one line; `None` for anything else.
pub(super) fn changed(node: &Node<'_>) -> Option<String> {
    let Is::Map(pairs) = &node.kind else {
        return value(node);
    };
    let entry = |pair: &Pair<'_>| {
        let value = scalar_in_flow(&pair.value)?;
        Some(format!("{}: {value}", written(&pair.key)))
    };
    let entries: Option<Vec<String>> = pairs.iter().map(entry).collect();
    Some(format!("{{ {} }}", entries?.join(", ")))
}

fn scalar_in_flow(node: &Node<'_>) -> Option<String> {
    match &node.kind {
        Is::Scalar(scalar) => Some(in_flow(scalar)),
        _ => None,
    }
}

struct Yaml<'a> {
    files: &'a SourceMap,
    text: String,
}

impl Yaml<'_> {
    /// A key with what stands under it; `lead` stands before the key in place of the indentation's end.
    fn pair(&mut self, key: &Scalar<'_>, value: &Node<'_>, depth: usize, lead: &str) {
        let key = written(key);
        let start = format!("{}{lead}{key}:", "  ".repeat(depth));
        // What begins behind a `- ` stands one level deeper than its line says.
        let depth = depth + usize::from(!lead.is_empty());
        match &value.kind {
            Is::Null | Is::Refused => self.line(&start, value.extent_of_key()),
            Is::Scalar(scalar) => self.scalar(&start, scalar, value.span, depth + 1),
            Is::Map(pairs) if pairs.is_empty() => {
                self.line(&format!("{start} {{}}"), value.extent_of_key());
            }
            Is::Map(pairs) => {
                self.open(&start);
                for pair in pairs {
                    self.pair(&pair.key, &pair.value, depth + 1, "");
                }
            }
            Is::List(items) => self.list(&start, items, value, depth + 1),
        }
    }

    /// A list: on one line where all of it comes from one line.
    fn list(&mut self, start: &str, items: &[Node<'_>], list: &Node<'_>, depth: usize) {
        let line = |span: Span| {
            let file = self.files.get(span.file);
            (
                span.file,
                file.map(|file| file.line_at(span.start as usize)),
            )
        };
        let scalars: Option<Vec<String>> = items
            .iter()
            .map(|item| match &item.kind {
                Is::Scalar(scalar) if !is_block(scalar) => Some(in_flow(scalar)),
                _ => None,
            })
            .collect();
        let first = items.first().map_or(list.span, |item| item.span);
        let together = items.iter().all(|item| line(item.span) == line(first));
        if let Some(scalars) = scalars.filter(|_| together) {
            self.line(&format!("{start} [{}]", scalars.join(", ")), first);
            return;
        }
        self.open(start);
        for item in items {
            self.item(item, depth);
        }
    }

    fn item(&mut self, item: &Node<'_>, depth: usize) {
        let start = format!("{}-", "  ".repeat(depth));
        match &item.kind {
            Is::Map(pairs) if !pairs.is_empty() => {
                let mut lead = "- ";
                for pair in pairs {
                    let depth = depth + usize::from(lead.is_empty());
                    self.pair(&pair.key, &pair.value, depth, lead);
                    lead = "";
                }
            }
            Is::Map(_) => self.line(&format!("{start} {{}}"), item.span),
            Is::Scalar(scalar) => self.scalar(&start, scalar, item.span, depth + 1),
            Is::List(items) => {
                let items: Vec<String> = items
                    .iter()
                    .filter_map(|item| match &item.kind {
                        Is::Scalar(scalar) => Some(in_flow(scalar)),
                        _ => None,
                    })
                    .collect();
                self.line(&format!("{start} [{}]", items.join(", ")), item.span);
            }
            Is::Null | Is::Refused => self.line(&start, item.span),
        }
    }

    fn scalar(&mut self, start: &str, scalar: &Scalar<'_>, span: Span, depth: usize) {
        if !is_block(scalar) {
            self.line(&format!("{start} {}", written(scalar)), span);
            return;
        }
        let (mark, lines) = match scalar.text.strip_suffix('\n') {
            Some(lines) => ("|", lines),
            None => ("|-", &*scalar.text),
        };
        self.line(&format!("{start} {mark}"), span);
        for line in lines.split('\n') {
            let indent = if line.is_empty() {
                String::new()
            } else {
                "  ".repeat(depth)
            };
            self.open(&format!("{indent}{line}"));
        }
    }

    /// A line with the place that its value comes from.
    fn line(&mut self, line: &str, span: Span) {
        let place = self.files.get(span.file).map(|file| {
            let line = file.line_at(span.start as usize);
            format!("# {}:{line}", file.name())
        });
        let place = place.unwrap_or_default();
        let width = COLUMN.max(line.chars().count() + 2);
        let pad = width - line.chars().count();
        self.text.push_str(line);
        self.text.push_str(&" ".repeat(pad));
        self.text.push_str(&place);
        self.text.push('\n');
    }

    fn open(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Whether a text is best written as a block of lines.
fn is_block(scalar: &Scalar<'_>) -> bool {
    let text = &*scalar.text;
    let lines = text.strip_suffix('\n').unwrap_or(text);
    let is_clear = |line: &str| !line.ends_with(' ') && !line.contains(char::is_control);
    let starts_clear = !lines.starts_with([' ', '\n']) && !lines.is_empty();
    !scalar.is_plain()
        && text.contains('\n')
        && !lines.ends_with('\n')
        && starts_clear
        && lines.split('\n').all(is_clear)
}

/// A scalar on one line: without quotes where it was written so, and in double ones otherwise.
fn written(scalar: &Scalar<'_>) -> String {
    let text = &*scalar.text;
    let is_long = matches!(scalar.style, Style::Folded | Style::Literal);
    let is_clear = !text.is_empty()
        && !text.starts_with(SPECIAL)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(char::is_control);
    match is_clear && scalar.is_plain() && !is_long {
        true => text.to_owned(),
        false if scalar.is_plain() && is_negative(text) => text.to_owned(),
        false => Json::from(text).to_string(),
    }
}

/// Whether it is a number with a sign.
fn is_negative(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or_default();
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == '_';
    !digits.is_empty() && digits.chars().all(is_number)
}

/// A scalar within brackets.
fn in_flow(scalar: &Scalar<'_>) -> String {
    match scalar.text.contains([',', '[', ']', '{', '}', '\n']) {
        true => Json::from(&*scalar.text).to_string(),
        false => written(scalar),
    }
}
