//! Types and literals: a written value becomes a typed one, or a finding.

use std::sync::Arc;

use super::Cx;
use super::rules::{BAD_TYPE, BAD_VALUE};
use crate::context::{Type, Value};
use crate::diagnostic::Diagnostic;
use crate::document::{Literal, Name, TypeName};
use crate::source::{Span, Spanned};

/// The properties that together say a type.
pub(super) struct TypeParts<'a> {
    pub(super) name: &'a Spanned<TypeName>,
    pub(super) values: &'a [Name],
    pub(super) scale: Option<&'a Spanned<u8>>,
}

/// The largest number of digits behind the point.
const MAX_SCALE: u8 = 18;

/// Reads a type; where its properties do not fit together, says so and goes on with what is meant.
pub(super) fn read_type(cx: &mut Cx<'_>, parts: &TypeParts<'_>) -> Type {
    let is_enum = parts.name.value == TypeName::Enum;
    if let (false, Some(first)) = (is_enum, parts.values.first()) {
        cx.raise(
            &BAD_TYPE,
            first.span,
            "`values` belongs to `type: enum` only",
        );
    }
    if let (true, Some(scale)) = (parts.name.value != TypeName::Decimal, parts.scale) {
        cx.raise(
            &BAD_TYPE,
            scale.span,
            "`scale` belongs to `type: decimal` only",
        );
    }
    match parts.name.value {
        TypeName::Boolean => Type::Boolean,
        TypeName::Integer => Type::Integer,
        TypeName::Decimal => Type::Decimal {
            scale: read_scale(cx, parts.scale),
        },
        TypeName::String => Type::String,
        TypeName::Enum => Type::Enum(read_words(cx, parts)),
        TypeName::Date => Type::Date,
        TypeName::Datetime => Type::Datetime,
        TypeName::Duration => Type::Duration,
    }
}

fn read_scale(cx: &mut Cx<'_>, scale: Option<&Spanned<u8>>) -> u8 {
    match scale {
        Some(scale) if scale.value > MAX_SCALE => {
            let message = format!("a decimal has at most {MAX_SCALE} digits behind the point");
            cx.raise(&BAD_TYPE, scale.span, message);
            MAX_SCALE
        }
        Some(scale) => scale.value,
        None => 2,
    }
}

fn read_words(cx: &mut Cx<'_>, parts: &TypeParts<'_>) -> Arc<[String]> {
    if parts.values.is_empty() {
        let found = Diagnostic::new(&BAD_TYPE, parts.name.span, "an enum needs `values`");
        cx.report
            .push(found.help("list its words: `values: [first, second]`"));
    }
    let mut words: Vec<String> = Vec::new();
    for word in parts.values {
        if words.contains(&word.value) {
            let message = format!("`{}` stands twice in `values`", word.value);
            cx.raise(&BAD_TYPE, word.span, message);
        } else {
            words.push(word.value.clone());
        }
    }
    words.into()
}

/// Reads a literal as a value of a type.
pub(super) fn read_value(
    cx: &mut Cx<'_>,
    literal: &Literal,
    ty: &Type,
    what: &str,
) -> Option<Value> {
    match literal.read(ty) {
        Ok(value) => Some(value),
        // That the enum has no words is told where it is declared.
        Err(_) if matches!(ty, Type::Enum(words) if words.is_empty()) => None,
        Err(error) => {
            let found = Diagnostic::new(&BAD_VALUE, literal.span, format!("{what}: {error}"));
            let found = match ty {
                Type::Enum(words) => {
                    found.did_you_mean(&literal.text, words.iter().map(String::as_str))
                }
                _ => found,
            };
            cx.report.push(found);
            None
        }
    }
}

/// The place of a key that may be missing.
pub(super) fn or_span(literal: Option<&Literal>, otherwise: Span) -> Span {
    literal.map_or(otherwise, |literal| literal.span)
}
