//! The order's types and values, and the names that a guard may use.
//!
//! In: declared types and plain JSON or YAML values. Out: typed [`Value`]s and the [`Scope`] against
//! which guards are checked. Decimals are exact; floats do not exist.

mod beginning;
mod cells;
pub(crate) mod meant;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use indexmap::IndexMap;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value as Json;

use crate::time::meant::Meant;
use crate::time::{self, Date, Duration, Instant};

pub(crate) use beginning::Beginning;
pub(crate) use cells::{BESIDE, Beside, NOTHING_BESIDE, UNSET, pack, unpack};
pub use cells::{Cells, CellsView, Layout};

/// The most characters that a text value may have.
pub const MAX_TEXT: usize = 4096;

/// The most entries that a list may have.
pub const MAX_LIST: usize = 256;

/// Which whole numbers there are.
const INTEGERS: &str = "integers go from -9223372036854775808 to 9223372036854775807";

/// The first whole number that is too large; a float from there on is whole.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// Which decimals there are.
const DECIMALS: &str =
    "decimals go from -79228162514264337593543950335 to 79228162514264337593543950335";

/// The type of a setting, a context field, a payload field, a flag or an attribute. Lists are for
/// context fields and payload fields only, and their entries are no lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// An exact decimal with at most `scale` digits behind the point.
    Decimal {
        /// Digits behind the point.
        scale: u8,
    },
    /// Text of at most [`MAX_TEXT`] characters.
    String,
    /// One of the listed words.
    Enum(Arc<[String]>),
    /// A calendar date.
    Date,
    /// A point in time.
    Datetime,
    /// A length of time.
    Duration,
    /// At most [`MAX_LIST`] entries of one type.
    List(Arc<Type>),
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::Decimal { scale } => write!(f, "decimal with {}", digits(*scale)),
            Self::String => f.write_str("string"),
            Self::Enum(values) => write!(f, "one of {}", values.join(", ")),
            Self::Date => f.write_str("date"),
            Self::Datetime => f.write_str("datetime"),
            Self::Duration => f.write_str("duration"),
            Self::List(of) => write!(f, "list of {}", of.several()),
        }
    }
}

/// A typed value. Enum values are held as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Of type boolean.
    Boolean(bool),
    /// Of type integer.
    Integer(i64),
    /// Of type decimal.
    Decimal(Decimal),
    /// Of type string or enum.
    Text(Arc<str>),
    /// Of type date.
    Date(Date),
    /// Of type datetime.
    Datetime(Instant),
    /// Of type duration.
    Duration(Duration),
    /// Of type list.
    List(Arc<[Value]>),
}

/// Why a plain value does not have the declared type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// A value of another kind.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What was declared.
        expected: String,
        /// What was given, as a person would say it.
        found: String,
    },
    /// More digits behind the point than declared.
    #[error("`{}` has more than {}", .0, digits(*.1))]
    Scale(String, u8),
    /// A number that no value of the type can be, and which can.
    #[error("`{0}` is out of range: {1}")]
    Beyond(String, &'static str),
    /// A number in that range with too many digits before and behind the point.
    #[error("`{0}` has more digits than a decimal holds")]
    Digits(String),
    /// A number that a float cannot hold exactly.
    #[error("`{0}` has too many digits for a plain number: put it in quotes")]
    Inexact(String),
    /// A text that is too long.
    #[error("the text has {0} characters, and at most {MAX_TEXT} are accepted")]
    TooLong(usize),
    /// A list that is too long.
    #[error("the list has {0} entries, and at most {MAX_LIST} are accepted")]
    TooMany(usize),
    /// An entry of a list that does not have the type of the entries.
    #[error("entry {number}: {error}")]
    Entry {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        error: Box<ValueError>,
    },
    /// Not a time of the declared kind.
    #[error(transparent)]
    Time(#[from] time::TimeError),
    /// A value that is not told, since it tells of a person.
    #[error("expected {0}")]
    Untold(String),
}

impl ValueError {
    /// The same without the value, which tells of a person: what was expected alone.
    fn untold(self, ty: &Type) -> Self {
        match (self, ty) {
            (Self::Entry { number, error }, Type::List(of)) => Self::Entry {
                number,
                error: Box::new(error.untold(of)),
            },
            (error @ (Self::TooLong(_) | Self::TooMany(_)), _) => error,
            _ => Self::Untold(ty.noun()),
        }
    }
}

impl Type {
    /// Stands for a type that could not be read: an enum without words, to which no value is said not to fit.
    pub(crate) fn unknown() -> Self {
        Self::Enum([].into())
    }

    /// Whether what the type is could not be read, which was told already.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Enum(words) => words.is_empty(),
            Self::List(of) => of.is_unknown(),
            _ => false,
        }
    }

    /// The type with its article, as messages say what was expected.
    pub(crate) fn noun(&self) -> String {
        match self {
            Self::Enum(values) if values.is_empty() => "a word of an enum without values".into(),
            Self::Enum(_) => self.to_string(),
            Self::Integer => format!("an {self}"),
            _ => format!("a {self}"),
        }
    }

    /// What several values of the type are called.
    fn several(&self) -> String {
        match self {
            Self::Enum(values) if values.is_empty() => "words of an enum without values".into(),
            Self::Enum(values) => format!("words out of {}", values.join(", ")),
            Self::Decimal { scale } => format!("decimals with {}", digits(*scale)),
            Self::List(of) => format!("lists of {}", of.several()),
            _ => format!("{self}s"),
        }
    }

    /// Reads a plain value as this type. Decimals and times are written as text or, where exact, numbers.
    ///
    /// # Errors
    /// When the value is not of this type.
    pub fn read(&self, plain: &Json) -> Result<Value, ValueError> {
        let kind = || ValueError::Kind {
            expected: self.noun(),
            found: describe(plain) + &self.hint(plain),
        };
        match (self, plain) {
            (Self::Boolean, Json::Bool(value)) => Ok(Value::Boolean(*value)),
            (Self::Integer, Json::Number(number)) => {
                // Of what is neither, JSON's reader makes the nearest float.
                let is_beyond = |float: f64| number.is_u64() || float.abs() >= TWO_TO_63;
                let beyond = || match number.as_f64().is_some_and(is_beyond) {
                    true => ValueError::Beyond(number.to_string(), INTEGERS),
                    false => kind(),
                };
                number.as_i64().map(Value::Integer).ok_or_else(beyond)
            }
            // What no number of JSON or YAML holds comes as its text.
            (Self::Integer, Json::String(text))
                if is_whole(text) && text.parse::<i64>().is_err() =>
            {
                Err(ValueError::Beyond(text.clone(), INTEGERS))
            }
            (Self::Decimal { scale }, Json::Number(number)) => {
                let text = number.to_string();
                let digits = text.chars().filter(char::is_ascii_digit).count();
                if number.is_f64() && digits > 15 {
                    return Err(ValueError::Inexact(text));
                }
                read_decimal(&text, *scale).unwrap_or_else(|| Err(kind()))
            }
            (Self::Decimal { scale }, Json::String(text)) => {
                read_decimal(text, *scale).unwrap_or_else(|| Err(kind()))
            }
            (Self::String, Json::String(text)) => match text.chars().count() {
                length if length > MAX_TEXT => Err(ValueError::TooLong(length)),
                _ => Ok(Value::Text(text.as_str().into())),
            },
            (Self::Enum(values), Json::String(text)) => {
                let known = values.iter().any(|value| value == text);
                known
                    .then(|| Value::Text(text.as_str().into()))
                    .ok_or_else(kind)
            }
            (Self::Date, Json::String(text)) => Ok(Value::Date(time::parse_date(text)?)),
            (Self::Datetime, Json::String(text)) => Ok(Value::Datetime(time::parse_instant(text)?)),
            (Self::Duration, Json::String(text)) => Ok(Value::Duration(text.parse()?)),
            (Self::List(of), Json::Array(entries)) => Self::read_entries(entries, |e| of.read(e)),
            _ => Err(kind()),
        }
    }

    /// The same of a field, which may be personal: then the error does not tell the value.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_field(&self, plain: &Json, personal: bool) -> Result<Value, ValueError> {
        self.read(plain).map_err(|error| match personal {
            true => error.untold(self),
            false => error,
        })
    }

    /// What is to be written instead of a text, as the end of a sentence; nothing where nobody can tell.
    fn hint(&self, plain: &Json) -> String {
        let Json::String(text) = plain else {
            return String::new();
        };
        match (self, self.meant(text)) {
            // How a list is written depends on where it stands.
            (_, None) | (Self::List(_), _) => String::new(),
            (Self::Boolean | Self::Integer, Some(Meant::Written(meant))) => {
                format!(": write `{meant}`, without quotes")
            }
            (_, Some(meant)) => format!(": {}", meant.told()),
        }
    }

    /// Reads a list, entry by entry.
    ///
    /// # Errors
    /// When there are too many entries, or at the first that is not of their type.
    pub(crate) fn read_entries<T>(
        entries: &[T],
        read: impl Fn(&T) -> Result<Value, ValueError>,
    ) -> Result<Value, ValueError> {
        if entries.len() > MAX_LIST {
            return Err(ValueError::TooMany(entries.len()));
        }
        let values = entries.iter().zip(1..).map(|(entry, number)| {
            let read = read(entry);
            read.map_err(|error| ValueError::Entry {
                number,
                error: Box::new(error),
            })
        });
        values.collect::<Result<_, _>>().map(Value::List)
    }

    /// Whether a value is of this type.
    pub fn admits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_)) | (Self::Integer, Value::Integer(_)) => true,
            (Self::Date, Value::Date(date)) => time::is_writable(date),
            (Self::Datetime, Value::Datetime(at)) => time::is_writable(at),
            (Self::String, Value::Text(text)) => text.chars().count() <= MAX_TEXT,
            (Self::Duration, Value::Duration(duration)) => duration.is_writable(),
            (Self::Decimal { scale }, Value::Decimal(number)) => {
                number.normalize().scale() <= u32::from(*scale)
            }
            (Self::Enum(values), Value::Text(text)) => values.iter().any(|v| **v == **text),
            (Self::List(of), Value::List(entries)) => {
                entries.len() <= MAX_LIST && entries.iter().all(|entry| of.admits(entry))
            }
            _ => false,
        }
    }
}

/// A number of digits in words.
fn digits(scale: u8) -> String {
    let s = if scale == 1 { "" } else { "s" };
    format!("{scale} digit{s} behind the point")
}

/// `None` when the text is no decimal at all. Digits beyond those of a decimal are not rounded away.
fn read_decimal(text: &str, scale: u8) -> Option<Result<Value, ValueError>> {
    let plain = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    if !text.chars().all(plain) || !text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (sign, number) = match text.strip_prefix('-') {
        Some(number) => ("-", number),
        None => ("", text),
    };
    let (whole, behind) = number.split_once('.').unwrap_or((number, ""));
    if whole.contains('-') || behind.contains(['-', '.']) {
        return None;
    }
    let digits = behind.trim_end_matches('0');
    if digits.len() > usize::from(scale) {
        return Some(Err(ValueError::Scale(text.to_owned(), scale)));
    }
    let point = if digits.is_empty() { "" } else { "." };
    let number = Decimal::from_str_exact(&format!("{sign}0{whole}{point}{digits}"));
    let number = number.map(|number| Value::decimal(number, scale));
    Some(number.map_err(|_| match Decimal::from_str_exact(whole) {
        Ok(_) => ValueError::Digits(text.to_owned()),
        Err(_) => ValueError::Beyond(text.to_owned(), DECIMALS),
    }))
}

/// Whether a text is a whole number, however large.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn describe(plain: &Json) -> String {
    match plain {
        Json::Null => "nothing".to_owned(),
        Json::Bool(value) => format!("`{value}`"),
        Json::Number(number) => format!("the number `{number}`"),
        Json::String(text) if text.chars().count() <= 60 => format!("the text `{text}`"),
        Json::String(_) => "a long text".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "a mapping".to_owned(),
    }
}

impl Value {
    /// A decimal in its one form for a scale, so that equal values are written alike: `5` at scale 2
    /// is `5.00`. Digits beyond the scale are kept.
    pub fn decimal(number: Decimal, scale: u8) -> Self {
        let mut number = if number.is_zero() {
            Decimal::ZERO
        } else {
            number.normalize()
        };
        if number.scale() < u32::from(scale) {
            number.rescale(scale.into());
        }
        Self::Decimal(number)
    }

    /// Compares two values of one type; `None` where they have no order, as lists that differ.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Integer(a), Self::Integer(b)) => Some(a.cmp(b)),
            (Self::Decimal(a), Self::Decimal(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Datetime(a), Self::Datetime(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => a.partial_cmp(b),
            (Self::List(a), Self::List(b)) => {
                let equal = |(a, b): (&Self, &Self)| a.compare(b).is_some_and(Ordering::is_eq);
                let all = a.len() == b.len() && a.iter().zip(b.iter()).all(equal);
                all.then_some(Ordering::Equal)
            }
            _ => None,
        }
    }

    /// The plain form, which [`Type::read`] reads back: decimals and times become text.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Boolean(value) => Json::Bool(*value),
            Self::Integer(value) => Json::from(*value),
            Self::List(entries) => entries.iter().map(Self::to_json).collect(),
            other => Json::String(other.to_string()),
        }
    }
}

impl Value {
    /// As it stands in a sentence: a text of which that would not be seen (an empty one, one with blanks around it)
    /// is in quotes.
    pub fn shown(&self) -> String {
        let text = self.to_string();
        match text.trim() == text && !text.is_empty() {
            true => text,
            false => format!("\"{text}\""),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Decimal(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Date(value) => value.fmt(f),
            Self::Datetime(value) => f.write_str(&time::format_instant(*value)),
            Self::Duration(value) => value.fmt(f),
            Self::List(entries) => f.write_str(&in_brackets(entries.iter().map(Self::to_string))),
        }
    }
}

/// A list as people read it: `[fragile, "to the left, please"]`. Entries that could be taken for
/// several, or for none, stand in quotes.
pub(crate) fn in_brackets(entries: impl Iterator<Item = String>) -> String {
    let is_clear = |entry: &str| {
        !entry.is_empty() && entry.trim() == entry && !entry.contains([',', '[', ']', '"'])
    };
    let entries = entries.map(|entry| match is_clear(&entry) {
        true => entry,
        false => Json::String(entry).to_string(),
    });
    format!("[{}]", entries.collect::<Vec<_>>().join(", "))
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

/// Names with their types, in declaration order: the index of a name is its slot.
pub type Slots = IndexMap<String, Type>;

/// A declared set of children, as a guard sees it: how many there are in each state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildNames {
    /// The name of the set, for example `suborders`.
    pub name: String,
    /// The names of the children's states.
    pub states: Vec<String>,
}

/// The names that a guard may use, with their types. Slots of values follow the order of names.
/// Settings always have a value; what the order and the event may lack is told by slot. Cloning is cheap: what
/// was compiled against a scope shares its names.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `order.NAME`: the context.
    pub order: Arc<Slots>,
    /// Which fields of the order may be unset: those with neither a default nor `required`.
    pub optional_order: BTreeSet<usize>,
    /// `settings.NAME`.
    pub settings: Arc<Slots>,
    /// `event.NAME`: the payload; `None` where no event carries one (initial branches, timers, `always`).
    pub event: Option<Arc<Slots>>,
    /// Which values of the payload the event may come without.
    pub optional_event: BTreeSet<usize>,
    /// Child sets.
    pub children: Arc<[ChildNames]>,
    /// Names that `in_state("…")` accepts: every state's dotted path.
    pub states: Arc<[String]>,
    /// The actors, `system` included: what `actor.role` may be.
    pub actors: Arc<[String]>,
    /// The named guards with what each says: no expression may name them, but a hint tells what is meant.
    pub guards: Arc<BTreeMap<String, String>>,
}

impl Scope {
    /// Whether an expression names something whose type could not be read.
    pub(crate) fn is_doubtful(&self, expression: &str) -> bool {
        let slots = [Some(&self.order), Some(&self.settings), self.event.as_ref()];
        let all = slots.into_iter().flatten().flat_map(|slots| slots.iter());
        let mut doubtful = all.filter(|(_, ty)| ty.is_unknown());
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        doubtful.any(|(name, _)| {
            let mut words = expression.split(|c| !is_word(c));
            words.any(|word| word == name)
        })
    }
}

/// Who caused an event: the role is one of the declared actors, the id is the host's.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Actor {
    /// A declared actor, or `system`.
    pub role: String,
    /// Who it is, in the host's terms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The built-in actor: timers, automatic transitions and raised events act as it.
pub(crate) static SYSTEM: LazyLock<Actor> = LazyLock::new(Actor::system);

impl Clone for Actor {
    fn clone(&self) -> Self {
        Self {
            role: self.role.clone(),
            id: self.id.clone(),
        }
    }

    /// In the memory of the names before.
    fn clone_from(&mut self, source: &Self) {
        self.role.clone_from(&source.role);
        self.id.clone_from(&source.id);
    }
}

impl Actor {
    /// The name of the built-in actor as which timers, `always` and children act.
    pub const SYSTEM: &'static str = "system";

    /// An actor without an id.
    pub fn new(role: impl Into<String>) -> Self {
        Self {
            role: role.into(),
            id: None,
        }
    }

    /// The built-in actor.
    pub fn system() -> Self {
        Self::new(Self::SYSTEM)
    }

    /// An actor as it is written: `ROLE`, or `ROLE:ID` with the id of the person.
    pub fn written(text: &str) -> Self {
        match text.split_once(':') {
            None => Self::new(text),
            Some((role, id)) => Self {
                role: role.to_owned(),
                id: Some(id.to_owned()),
            },
        }
    }
}
