//! What kind of value an expression gives, as far as the check tells them apart.

use std::sync::Arc;

use crate::context::Type;

/// The kind of a value. Whole numbers and decimals mix; words of an enum are text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Decimal,
    Text,
    Enum(Arc<[String]>),
    Date,
    Datetime,
    Length,
    List(Box<Kind>),
}

/// What a text can be asked.
pub(crate) const OF_TEXT: [&str; 4] = ["len", "contains", "starts_with", "ends_with"];

/// What a list can be asked.
pub(crate) const OF_LIST: [&str; 5] = ["all", "some", "none", "count", "sum"];

impl Kind {
    /// The methods of its values.
    pub(super) fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::List(_) => &OF_LIST,
            kind if kind.is_text() => &OF_TEXT,
            _ => &[],
        }
    }

    pub(crate) fn of(ty: &Type) -> Self {
        match ty {
            Type::Boolean => Self::Boolean,
            Type::Integer => Self::Integer,
            Type::Decimal { .. } => Self::Decimal,
            Type::String => Self::Text,
            Type::Enum(values) => Self::Enum(Arc::clone(values)),
            Type::Date => Self::Date,
            Type::Datetime => Self::Datetime,
            Type::Duration => Self::Length,
            Type::List(of) => Self::List(Box::new(Self::of(of))),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Enum(_))
    }

    /// Whether an operator may take values of the two. None takes lists.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match self {
            Self::List(_) => false,
            _ if self.is_number() => other.is_number(),
            _ if self.is_text() => other.is_text(),
            _ => self == other,
        }
    }

    /// Whether a field of the other kind may be set to such a value, as far as the kinds tell.
    pub(super) fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::List(of), Self::List(wanted)) => of.fits(wanted),
            _ => {
                self == wanted
                    || self.is_text() && wanted.is_text()
                    || self.is_number() && *wanted == Self::Decimal
            }
        }
    }

    /// How it is called in a message, with its article.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer | Self::Decimal => "a number",
            Self::Text | Self::Enum(_) => "a text",
            Self::Date => "a date",
            Self::Datetime => "a datetime",
            Self::Length => "a duration",
            Self::List(of) => match **of {
                Self::Boolean => "a list of booleans",
                Self::Integer => "a list of whole numbers",
                Self::Decimal => "a list of decimals",
                Self::Text | Self::Enum(_) => "a list of texts",
                Self::Date => "a list of dates",
                Self::Datetime => "a list of datetimes",
                Self::Length => "a list of durations",
                Self::List(_) => "a list",
            },
        }
    }
}
