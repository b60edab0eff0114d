//! How names begin, so that most are told apart by one comparison.

/// The first eight bytes of a name, as a number that orders names as they are ordered themselves. Of names
/// that begin alike the rest decides; those of eight bytes or fewer are the same where they are as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Beginning(u64);

impl Beginning {
    #[inline]
    pub(crate) fn of(name: &str) -> Self {
        let bytes = name.as_bytes();
        if let Some(first) = bytes.first_chunk() {
            return Self(u64::from_be_bytes(*first));
        }
        // Two halves that lie over each other where there are fewer than eight.
        if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
            let [first, last] = [first, last].map(|half| u64::from(u32::from_be_bytes(*half)));
            return Self(first << 32 | last << (64 - 8 * bytes.len()));
        }
        let few = bytes.iter().map(|&byte| u64::from(byte)).zip(1..);
        Self(few.fold(0, |all, (byte, place)| all | byte << (64 - 8 * place)))
    }

    /// The number itself.
    #[inline]
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// Whether two names are the same that begin alike.
    #[inline]
    pub(crate) fn same(one: &str, other: &str) -> bool {
        one.len() == other.len() && (one.len() <= 8 || one == other)
    }
}
