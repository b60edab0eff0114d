//! The journal: every step of an order, hash-chained, from which the order can be made again.
//!
//! In: steps as `interpret` records them, and rows as they are stored. Out: rows whose hashes hold each
//! other, the first row that was tampered with ([`verify`]), and the order as it stood at any time
//! ([`replay`]). The form of a row is [`Record`]: names instead of ids, so that it outlives the version.

mod form;
mod personal;
mod record;
mod replay;

pub use form::{Asked, CauseForm, Changed, FORMAT, GuardForm, Intervention, Record, TakenForm};
pub use personal::is_mark;
pub(super) use personal::{is_erased, set_apart, tells};
pub(super) use replay::read;
pub use replay::{Named, ReplayError, replay};

use sha2::{Digest, Sha256};

use super::row::{JournalRow, OrderKey};

/// The hash before the first step of every order.
pub const START: &str = "";

/// The hash of a step: SHA-256 of the hash before it, the order, the number and the text of the step,
/// each with its length, in hexadecimal.
pub fn chained(before: &str, key: &OrderKey, sequence: u64, body: &str) -> String {
    let mut hasher = Sha256::new();
    let number = sequence.to_string();
    for part in [before, &key.tenant, &key.order, &number, body] {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

/// SHA-256 of texts, each with its length, in hexadecimal.
pub(super) fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.len().to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The first row of a journal that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("step {sequence} of `{key}`: {problem}")]
pub struct Broken {
    /// Whose journal.
    pub key: OrderKey,
    /// Which step, from 1.
    pub sequence: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// Follows the hashes from the one before the first row. Gives the last one, which is to be that of the
/// order itself.
///
/// # Errors
/// The first row that is missing, out of its place or changed.
pub fn verify<'a>(
    key: &OrderKey,
    before: (u64, &str),
    rows: impl IntoIterator<Item = &'a JournalRow>,
) -> Result<(u64, String), Broken> {
    let (mut last, mut head) = (before.0, before.1.to_owned());
    for row in rows {
        let broken = |sequence, problem: &str| Broken {
            key: key.clone(),
            sequence,
            problem: problem.to_owned(),
        };
        if row.sequence != last + 1 {
            return Err(broken(last + 1, "it is missing"));
        }
        if chained(&head, key, row.sequence, &row.body) != row.hash {
            return Err(broken(row.sequence, "its text is not what was written"));
        }
        last = row.sequence;
        head.clone_from(&row.hash);
    }
    Ok((last, head))
}
