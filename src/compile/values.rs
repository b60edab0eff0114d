//! Types and literals: a written value becomes a typed one, or a finding.

use std::sync::Arc;

use super::Cx;
use super::rules::{BAD_TYPE, BAD_VALUE};
use crate::context::{MAX_LIST, Type, Value};
use crate::diagnostic::Diagnostic;
use crate::document::{Literal, LiteralOrList, Name, TypeName};
use crate::source::{Span, Spanned};
use crate::time::meant::Meant;

/// The properties that together say a type.
pub(super) struct TypeParts<'a> {
    pub(super) name: &'a Spanned<TypeName>,
    pub(super) of: Option<&'a Spanned<TypeName>>,
    pub(super) values: &'a [Name],
    pub(super) scale: Option<&'a Spanned<u8>>,
}

/// The largest number of digits behind the point.
const MAX_SCALE: u8 = 18;

/// Reads a type; where its properties do not fit together, says so and goes on with what is meant.
pub(super) fn read_type(cx: &mut Cx<'_>, parts: &TypeParts<'_>) -> Type {
    if parts.name.value == TypeName::List {
        return Type::List(Arc::new(read_entry(cx, parts)));
    }
    if let Some(of) = parts.of {
        cx.raise(&BAD_TYPE, of.span, "`of` belongs to `type: list` only");
    }
    read_scalar(cx, parts, parts.name, "type")
}

/// Reads the type of what cannot be a list; that it is one is told by whoever asks.
pub(super) fn read_single(cx: &mut Cx<'_>, parts: &TypeParts<'_>) -> Type {
    read_scalar(cx, parts, parts.name, "type")
}

/// Reads the type of a list's entries.
fn read_entry(cx: &mut Cx<'_>, parts: &TypeParts<'_>) -> Type {
    let Some(of) = parts.of else {
        return Type::unknown();
    };
    if of.value == TypeName::List {
        let message = "the entries of a list cannot be lists";
        let found = Diagnostic::new(&BAD_TYPE, of.span, message);
        cx.report
            .push(found.help("name the type of one entry: `of: string`"));
    }
    read_scalar(cx, parts, of, "of")
}

/// Whether a type has the properties of a certain one; of a list where none may be, nothing more is
/// said.
fn has(name: &Spanned<TypeName>, wanted: TypeName) -> bool {
    name.value == wanted || name.value == TypeName::List
}

/// Reads a type that is no list; `key` is the one that names it.
fn read_scalar(
    cx: &mut Cx<'_>,
    parts: &TypeParts<'_>,
    name: &Spanned<TypeName>,
    key: &str,
) -> Type {
    let (values, scale) = (parts.values.first(), parts.scale);
    if let (false, Some(first)) = (has(name, TypeName::Enum), values) {
        let message = format!("`values` belongs to `{key}: enum` only");
        cx.raise(&BAD_TYPE, first.span, message);
    }
    if let (false, Some(scale)) = (has(name, TypeName::Decimal), scale) {
        let message = format!("`scale` belongs to `{key}: decimal` only");
        cx.raise(&BAD_TYPE, scale.span, message);
    }
    match name.value {
        TypeName::Boolean => Type::Boolean,
        TypeName::Integer => Type::Integer,
        TypeName::Decimal => Type::Decimal {
            scale: read_scale(cx, parts.scale),
        },
        TypeName::String => Type::String,
        TypeName::Enum => Type::Enum(read_words(cx, name.span, parts.values)),
        TypeName::Date => Type::Date,
        TypeName::Datetime => Type::Datetime,
        TypeName::Duration => Type::Duration,
        TypeName::List => Type::unknown(),
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

fn read_words(cx: &mut Cx<'_>, at: Span, values: &[Name]) -> Arc<[String]> {
    if values.is_empty() {
        let found = Diagnostic::new(&BAD_TYPE, at, "an enum needs `values`");
        cx.report
            .push(found.help("list its words: `values: [first, second]`"));
    }
    let mut words: Vec<String> = Vec::new();
    for word in values {
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
        // That the type could not be read is told where it is declared.
        Err(_) if ty.is_unknown() => None,
        Err(error) => {
            let found = Diagnostic::new(&BAD_VALUE, literal.span, format!("{what}: {error}"));
            let found = match (ty, ty.meant(&literal.text)) {
                (Type::Enum(words), _) => {
                    found.did_you_mean(&literal.text, words.iter().map(String::as_str))
                }
                (_, Some(Meant::Written(meant))) => {
                    let replace = format!("replace with `{meant}`");
                    found.fix(literal.span, meant, replace)
                }
                _ => found,
            };
            cx.report.push(found);
            None
        }
    }
}

/// Reads a default as a value of a type; every entry of a list that does not fit is told.
pub(super) fn read_default(
    cx: &mut Cx<'_>,
    written: &LiteralOrList,
    ty: &Type,
    what: &str,
) -> Option<Value> {
    let (entries, of) = match (written, ty) {
        (LiteralOrList::Literal(literal), _) => return read_value(cx, literal, ty, what),
        (LiteralOrList::List(entries, _), Type::List(of)) if entries.len() <= MAX_LIST => {
            (entries, of)
        }
        _ => {
            let error = written.read(ty).err().filter(|_| !ty.is_unknown())?;
            cx.raise(&BAD_VALUE, written.span(), format!("{what}: {error}"));
            return None;
        }
    };
    let values = entries.iter().zip(1..).map(|(entry, number)| {
        let what = format!("entry {number} of {what}");
        read_value(cx, entry, of, &what)
    });
    // All of them are read, before the first that does not fit decides.
    let values: Vec<Option<Value>> = values.collect();
    let values: Option<Vec<Value>> = values.into_iter().collect();
    values.map(|values| Value::List(values.into()))
}

/// The place of a key that may be missing.
pub(super) fn or_span(literal: Option<&Literal>, otherwise: Span) -> Span {
    literal.map_or(otherwise, |literal| literal.span)
}
