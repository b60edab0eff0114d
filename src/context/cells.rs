//! The values of declared slots, packed: eight bytes a slot, and little else.
//!
//! In: typed [`Value`]s by slot. Out: the same values, and words that compare as the values do: the
//! compiled guards read those. A word holds a boolean, a whole number, a decimal scaled to its declared
//! digits, the place of an enum's word in its list, a date in days, a datetime in nanoseconds, or a
//! duration. What a word cannot hold (texts, lists, numbers and times at the far ends) is kept beside
//! the words, so that every value comes back exactly.

use std::fmt;
use std::sync::{Arc, LazyLock};

use rust_decimal::Decimal;

use super::{Type, Value};
use crate::time::{self, Duration};

/// The word of a slot without a value.
pub(crate) const UNSET: i64 = i64::MIN;
/// The word of a slot whose value is kept beside the words.
pub(crate) const BESIDE: i64 = i64::MIN + 1;

/// Bits of a duration's seconds; its days stand above them.
const SECOND_BITS: u32 = 42;

/// The types of slots, in their order: what it takes to read packed values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    types: Vec<Type>,
}

impl Layout {
    /// The layout of slots of these types.
    pub fn new(types: impl IntoIterator<Item = Type>) -> Arc<Self> {
        Arc::new(Self {
            types: types.into_iter().collect(),
        })
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// The type of a slot.
    fn ty(&self, slot: usize) -> Option<&Type> {
        self.types.get(slot)
    }

    /// The word of a value for a slot; [`BESIDE`] where no word holds it.
    pub(crate) fn pack(&self, slot: usize, value: &Value) -> i64 {
        self.ty(slot).map_or(BESIDE, |ty| pack(ty, value))
    }
}

/// Packed values: cheap to copy, to compare and to change.
#[derive(PartialEq)]
pub struct Cells {
    layout: Arc<Layout>,
    words: Box<[i64]>,
    beside: Beside,
}

/// Packed values of somebody else.
#[derive(Clone, Copy)]
pub struct CellsView<'a> {
    // Guards are asked by the million: a view is as small as can be, and nothing is looked up for it.
    layout: &'a Layout,
    words: &'a [i64],
    beside: &'a Beside,
}

/// Values that no word can hold, by slot, ascending.
pub(crate) type Beside = Vec<(usize, Value)>;

/// No values beside the words.
pub(crate) static NOTHING_BESIDE: Beside = Vec::new();

static NO_SLOTS: Layout = Layout { types: Vec::new() };
static NOTHING: LazyLock<Arc<Layout>> = LazyLock::new(Arc::default);

impl Clone for Cells {
    fn clone(&self) -> Self {
        Self {
            layout: Arc::clone(&self.layout),
            words: self.words.clone(),
            beside: self.beside.clone(),
        }
    }

    /// In the memory of the values before, where there are as many.
    fn clone_from(&mut self, source: &Self) {
        let Self {
            layout,
            words,
            beside,
        } = source;
        if !Arc::ptr_eq(&self.layout, layout) {
            self.layout = Arc::clone(layout);
        }
        self.words.clone_from(words);
        self.beside.clone_from(beside);
    }
}

impl Default for Cells {
    /// No slots.
    fn default() -> Self {
        Self::new(&NOTHING)
    }
}

impl Cells {
    /// Slots without values.
    pub fn new(layout: &Arc<Layout>) -> Self {
        Self {
            words: std::iter::repeat_n(UNSET, layout.len()).collect(),
            beside: Vec::new(),
            layout: Arc::clone(layout),
        }
    }

    /// Slots with values in their order; those that are left out have none.
    pub fn with(layout: &Arc<Layout>, values: impl IntoIterator<Item = Option<Value>>) -> Self {
        let mut cells = Self::new(layout);
        for (slot, value) in values.into_iter().enumerate() {
            cells.set(slot, value);
        }
        cells
    }

    /// How many slots there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no slots.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The value of a slot; `None` where it is not set.
    pub fn get(&self, slot: usize) -> Option<Value> {
        self.view().get(slot)
    }

    /// Sets or unsets a slot. A slot that does not exist stays so.
    pub fn set(&mut self, slot: usize, value: Option<Value>) {
        let (Some(ty), Some(word)) = (self.layout.ty(slot), self.words.get_mut(slot)) else {
            return;
        };
        if *word == BESIDE {
            self.beside.retain(|(known, _)| *known != slot);
        }
        *word = value.as_ref().map_or(UNSET, |value| pack(ty, value));
        if let (BESIDE, Some(value)) = (*word, value) {
            let at = self.beside.partition_point(|(known, _)| *known < slot);
            self.beside.insert(at, (slot, value));
        }
    }

    /// The values in the order of the slots.
    pub fn iter(&self) -> impl Iterator<Item = Option<Value>> + '_ {
        (0..self.len()).map(|slot| self.get(slot))
    }

    /// The slots whose values differ from those of `other`, ascending.
    pub fn changes<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let same = self.words == other.words && self.beside.is_empty();
        let slots = if same { 0 } else { self.len().max(other.len()) };
        (0..slots).filter(|&slot| {
            let words = (self.words.get(slot), other.words.get(slot));
            match words {
                (Some(&BESIDE), Some(&BESIDE)) => self.get(slot) != other.get(slot),
                (mine, theirs) => mine != theirs,
            }
        })
    }

    /// The words of all slots.
    pub(crate) fn words(&self) -> &[i64] {
        &self.words
    }

    /// The values beside the words.
    pub(crate) fn all_beside(&self) -> &[(usize, Value)] {
        &self.beside
    }

    /// A view for whoever only reads.
    #[inline]
    pub fn view(&self) -> CellsView<'_> {
        CellsView {
            layout: &self.layout,
            words: &self.words,
            beside: &self.beside,
        }
    }
}

impl<'a> CellsView<'a> {
    /// No slots.
    pub const EMPTY: Self = Self {
        layout: &NO_SLOTS,
        words: &[],
        beside: &NOTHING_BESIDE,
    };

    /// A view of words and values that stand apart from their layout.
    pub(crate) fn of(layout: &'a Layout, words: &'a [i64], beside: &'a Beside) -> Self {
        Self {
            layout,
            words,
            beside,
        }
    }

    /// The words of all slots.
    #[inline]
    pub(crate) fn words(self) -> &'a [i64] {
        self.words
    }

    /// The word of a slot; [`UNSET`] where it does not exist.
    #[inline]
    pub(crate) fn word(self, slot: usize) -> i64 {
        self.words.get(slot).copied().unwrap_or(UNSET)
    }

    /// Whether a slot has a value.
    pub fn is_set(self, slot: usize) -> bool {
        self.word(slot) != UNSET
    }

    /// The value of a slot; `None` where it is not set.
    pub fn get(self, slot: usize) -> Option<Value> {
        match self.word(slot) {
            UNSET => None,
            BESIDE => self.beside(slot).cloned(),
            word => unpack(self.ty(slot)?, word),
        }
    }

    /// The value of a slot that is kept beside the words.
    pub(crate) fn beside(self, slot: usize) -> Option<&'a Value> {
        let found = self.beside.iter().find(|(known, _)| *known == slot);
        found.map(|(_, value)| value)
    }

    /// The type of a slot.
    pub(crate) fn ty(self, slot: usize) -> Option<&'a Type> {
        self.layout.ty(slot)
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The word of a value; [`BESIDE`] where no word holds it.
pub(crate) fn pack(ty: &Type, value: &Value) -> i64 {
    let word = match (ty, value) {
        (Type::Boolean, Value::Boolean(value)) => Some(i64::from(*value)),
        (Type::Integer, Value::Integer(value)) => Some(*value),
        (Type::Decimal { scale }, Value::Decimal(number)) => scaled(*number, *scale),
        (Type::Enum(words), Value::Text(text)) => {
            let place = words.iter().position(|word| **word == **text);
            place.and_then(|place| i64::try_from(place).ok())
        }
        (Type::Date, Value::Date(date)) => Some(time::day_number(*date)),
        (Type::Datetime, Value::Datetime(at)) => time::nanoseconds(*at),
        (Type::Duration, Value::Duration(duration)) => packed_duration(*duration),
        _ => None,
    };
    word.filter(|word| *word > BESIDE).unwrap_or(BESIDE)
}

/// A decimal as a whole number of its last declared digit; `None` where it is written otherwise.
fn scaled(number: Decimal, scale: u8) -> Option<i64> {
    let written =
        number.scale() == u32::from(scale) && !(number.is_zero() && number.is_sign_negative());
    written.then(|| i64::try_from(number.mantissa()).ok())?
}

fn packed_duration(duration: Duration) -> Option<i64> {
    let days = i64::from(duration.days);
    let fits = (0..1 << 20).contains(&days) && (0..1 << SECOND_BITS).contains(&duration.seconds);
    fits.then_some(days << SECOND_BITS | duration.seconds)
}

/// The value of a word; `None` where the word is of another type.
pub(crate) fn unpack(ty: &Type, word: i64) -> Option<Value> {
    Some(match ty {
        Type::Boolean => Value::Boolean(word != 0),
        Type::Integer => Value::Integer(word),
        Type::Decimal { scale } => Value::Decimal(Decimal::new(word, u32::from(*scale))),
        Type::Enum(words) => Value::Text(words.get(usize::try_from(word).ok()?)?.as_str().into()),
        Type::Date => Value::Date(time::day(word)?),
        Type::Datetime => Value::Datetime(time::at_nanoseconds(word)),
        Type::Duration => Value::Duration(Duration {
            days: i32::try_from(word >> SECOND_BITS).ok()?,
            seconds: word & ((1 << SECOND_BITS) - 1),
        }),
        Type::String | Type::List(_) => return None,
    })
}
