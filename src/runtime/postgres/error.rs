//! What PostgreSQL and the way to it say is wrong, as the world's errors.
//!
//! In: errors of the client. Out: what to do about them: ask again, on another connection, or give up.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::runtime::store::StoreError;

/// Why something was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The connection is gone and nothing was written: another one may serve.
    Lost(String),
    /// Others were in the way and nothing was written: it may be tried again.
    Beaten(String),
    /// There is nothing more to try.
    Wrong(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(wrong: StoreError) -> Self {
        Self::Wrong(wrong)
    }
}

/// An error before anything was written, or of what undoes itself when it fails.
impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let text = told(&error);
        match error.as_db_error() {
            Some(answer) => answered(answer, text),
            // Reading what was sent failed: it is not what is written by us.
            None if is_unread(&error) => StoreError::Corrupt(text).into(),
            None if is_lost(&error) => Self::Lost(text),
            None => StoreError::Failed(text).into(),
        }
    }
}

/// What the server said is wrong.
fn answered(answer: &DbError, text: String) -> Trouble {
    let code = answer.code();
    let table = answer.constraint().unwrap_or_default();
    // The classes of codes that are told by their beginnings: connections, and the operator's interventions.
    match (code.code().get(..2), code) {
        (_, &SqlState::DISK_FULL) => StoreError::Full(text).into(),
        (_, &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
            Trouble::Beaten(text)
        }
        // Somebody else made the order since we looked.
        (_, &SqlState::UNIQUE_VIOLATION) if table == "orders_pkey" => Trouble::Beaten(text),
        (_, &SqlState::UNIQUE_VIOLATION) => {
            StoreError::Failed(format!("a row is there already: {text}")).into()
        }
        (_, &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED) => {
            StoreError::Busy(text).into()
        }
        (_, &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED) => {
            StoreError::Corrupt(text).into()
        }
        // Another server may do; so may this one later. What was the primary may be a standby now.
        (_, &SqlState::TOO_MANY_CONNECTIONS | &SqlState::READ_ONLY_SQL_TRANSACTION)
        | (Some("08" | "57"), _) => Trouble::Lost(text),
        _ if is_end(answer) => Trouble::Lost(text),
        _ => StoreError::Failed(text).into(),
    }
}

/// Whether the server ends the connection with these words.
fn is_end(answer: &DbError) -> bool {
    let severity = answer.parsed_severity();
    matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// Why a transaction that was to be written may be written or not, where that is so: the connection broke
/// while it was.
pub(super) fn of_commit(error: Error) -> Trouble {
    let unknown = match error.as_db_error() {
        Some(answer) => is_end(answer),
        None => true,
    };
    if unknown {
        let why = "the connection was lost while it wrote";
        return StoreError::Unsure(format!("{why}: {}", told(&error))).into();
    }
    error.into()
}

/// The same of the statement before: what the server refused in words is not written, nor what was not sent.
pub(super) fn of_last_statement(error: Error) -> Trouble {
    let unsent = ["error serializing", "error encoding", "expected "];
    if error.as_db_error().is_some() || begins(&error, &unsent) {
        return error.into();
    }
    of_commit(error)
}

/// Whether a constraint of a table refuses what was to be written.
pub(super) fn is_refused(error: &Error) -> bool {
    // The class of codes that is told by its beginning.
    error
        .code()
        .is_some_and(|code| code.code().starts_with("23"))
}

/// Whether the server ended the connection with these words: it does nothing that was sent behind them.
pub(super) fn is_last_word(error: &Error) -> bool {
    error.as_db_error().is_some_and(is_end)
}

/// Reading what was sent failed.
fn is_unread(error: &Error) -> bool {
    begins(error, &["error deserializing"])
}

/// There is no connection any more, or none yet.
fn is_lost(error: &Error) -> bool {
    let words = ["error communicating", "error connecting", "timeout waiting"];
    error.is_closed() || begins(error, &words)
}

/// The client tells the kinds of its errors in words alone.
fn begins(error: &Error, words: &[&str]) -> bool {
    let text = error.to_string();
    words.iter().any(|words| text.starts_with(words))
}

/// An error with its causes, on one line.
pub(super) fn told(error: &Error) -> String {
    if let Some(answer) = error.as_db_error() {
        return format!("{} ({})", answer.message(), answer.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = inner.source();
    }
    text.replace('\n', " ")
}
