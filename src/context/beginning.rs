//! How names begin, so that most are told apart by one comparison.

/// The first eight bytes of a name, as a number that orders names as they are ordered themselves. Of names
/// that begin alike the rest decides; those of eight bytes or fewer are the same where they are as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Beginning(u64);

impl Beginning {
    pub(crate) fn of(name: &str) -> Self {
        if let Some(first) = name.as_bytes().first_chunk() {
            return Self(u64::from_be_bytes(*first));
        }
        let short = name.bytes().map(u64::from).zip(1..);
        Self(short.fold(0, |all, (byte, place)| all | byte << (64 - 8 * place)))
    }

    /// Whether two names are the same that begin alike.
    #[inline]
    pub(crate) fn same(one: &str, other: &str) -> bool {
        one.len() == other.len() && (one.len() <= 8 || one == other)
    }
}
