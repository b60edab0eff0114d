//! Plain values and lists of them as written, before their declared type is known.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use crate::context::{MAX_LIST, Type, Value, ValueError};
use crate::source::Span;
use crate::time::meant::Meant;

/// A YAML scalar with its place. Numbers keep the digits that were written, so decimals stay exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// The text after unquoting.
    pub text: String,
    /// Whether it was quoted or a block, and therefore is text whatever it looks like.
    pub quoted: bool,
    /// Where it was written.
    pub span: Span,
}

/// A plain value, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiteralOrList {
    /// One value.
    Literal(Literal),
    /// A list, with its place.
    List(Vec<Literal>, Span),
}

impl LiteralOrList {
    /// Reads what is written as a value of a type.
    ///
    /// # Errors
    /// When it is not of that type.
    pub fn read(&self, ty: &Type) -> Result<Value, ValueError> {
        match (self, ty) {
            (Self::Literal(literal), ty) => literal.read(ty),
            (Self::List(entries, _), Type::List(of)) => {
                Type::read_entries(entries, |entry| entry.read(of))
            }
            (Self::List(..), ty) => Err(ValueError::Kind {
                expected: ty.noun(),
                found: "a list".to_owned(),
            }),
        }
    }

    /// Where it was written.
    pub fn span(&self) -> Span {
        match self {
            Self::Literal(literal) => literal.span,
            Self::List(_, span) => *span,
        }
    }
}

impl Literal {
    /// Reads the literal as a value of a type. Only `true` and `false` are booleans; what other YAML
    /// readers take for a boolean, null or number must be quoted where text is meant.
    ///
    /// # Errors
    /// When it is not of that type.
    pub fn read(&self, ty: &Type) -> Result<Value, ValueError> {
        if matches!(ty, Type::String) && !self.quoted && self.looks_typed() {
            return Err(ValueError::Kind {
                expected: "text".to_owned(),
                found: format!(
                    "`{}`, which YAML readers disagree about: put it in quotes",
                    self.text
                ),
            });
        }
        let is_number = matches!(ty, Type::Integer | Type::Decimal { .. }) && !self.quoted;
        if is_number && let Some(text) = without_leading_zeros(&self.text) {
            let bare = Self {
                text,
                ..self.clone()
            };
            let meant = match ty.read(&bare.plain(ty)) {
                Ok(_) => Some(Meant::Written(bare.text)),
                Err(_) => ty.meant(&bare.text),
            };
            let hint = meant.map_or(String::new(), |meant| format!(": {}", meant.told()));
            return Err(ValueError::Kind {
                expected: ty.noun(),
                found: format!("`{}`, which YAML readers disagree about{hint}", self.text),
            });
        }
        let read = ty.read(&self.plain(ty));
        read.map_err(|error| match error {
            ValueError::Kind { expected, .. } if !self.quoted => self.mistaken(ty, expected),
            error => error,
        })
    }

    /// Why a plain scalar, which to other readers may be a number or a boolean, is not of a type.
    fn mistaken(&self, ty: &Type, expected: String) -> ValueError {
        const MOST: usize = 60;
        let text = &self.text;
        let found = match text.chars().count() {
            0..=MOST => format!("`{text}`"),
            _ => "a long text".to_owned(),
        };
        let hint = ty.meant(text);
        let hint = hint.map_or(String::new(), |meant| format!(": {}", meant.told()));
        let found = found + &hint;
        ValueError::Kind { expected, found }
    }

    fn plain(&self, ty: &Type) -> Json {
        let text = || Json::String(self.text.clone());
        if self.quoted && !matches!(ty, Type::Decimal { .. }) {
            return text();
        }
        match (ty, self.text.as_str()) {
            (Type::String | Type::Enum(_) | Type::Decimal { .. }, _) => text(),
            (_, "true") => Json::Bool(true),
            (_, "false") => Json::Bool(false),
            (_, "" | "~" | "null") => Json::Null,
            (Type::Integer, digits) => digits.parse::<i64>().map_or_else(|_| text(), Json::from),
            _ => text(),
        }
    }

    fn looks_typed(&self) -> bool {
        const WORDS: [&str; 12] = [
            "true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "", "nan",
        ];
        let lower = self.text.to_ascii_lowercase();
        WORDS.contains(&lower.as_str()) || lower.replace('_', "").parse::<f64>().is_ok()
    }
}

/// A number without the sign and the zeros before it that make readers disagree: `012` is twelve to
/// some and ten to others. `None` where there are none.
fn without_leading_zeros(number: &str) -> Option<String> {
    let (minus, unsigned) = match number.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", number.strip_prefix('+').unwrap_or(number)),
    };
    let is_number = unsigned.starts_with(|c: char| c.is_ascii_digit())
        && unsigned.chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut bare = unsigned;
    while let Some(rest) = bare.strip_prefix('0') {
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        bare = rest;
    }
    let written = format!("{minus}{bare}");
    (is_number && written != number).then_some(written)
}

impl JsonSchema for Literal {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Literal".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["boolean", "integer", "number", "string"] })
    }
}

impl JsonSchema for LiteralOrList {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "LiteralOrList".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let entry = generator.subschema_for::<Literal>();
        json_schema!({
            "type": ["array", "boolean", "integer", "number", "string"],
            "items": entry,
            "maxItems": MAX_LIST,
        })
    }
}
