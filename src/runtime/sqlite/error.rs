//! What SQLite says is wrong, as the world's errors.
//!
//! In: errors of SQLite. Out: [`StoreError`]s, by what became of what was to be written.

use rusqlite::Error;
use rusqlite::ffi::{self, ErrorCode};

use crate::runtime::store::StoreError;

/// Which error of a store an error of SQLite is.
pub(super) fn error(from: &Error) -> StoreError {
    let text = from.to_string();
    let Some(failure) = from.sqlite_error() else {
        return match from {
            // What was read is not what is written: nobody but us writes, so somebody else did.
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..) => StoreError::Corrupt(text),
            _ => StoreError::Failed(text),
        };
    };
    match (failure.code, failure.extended_code) {
        // After a failed sync the system may have dropped what was to be written, and say so only once.
        (_, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => StoreError::Unsure(text),
        (ErrorCode::DiskFull, _) => StoreError::Full(text),
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => StoreError::Busy(text),
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => StoreError::Corrupt(text),
        (ErrorCode::ConstraintViolation, _) => {
            StoreError::Failed(format!("a row is there already: {text}"))
        }
        _ => StoreError::Failed(text),
    }
}

/// The same of a call upon an open store. The index of the log grows once a change is in the log: where it
/// cannot, whoever makes the index again finds the change, and this process does not.
pub(super) fn once_open(from: &Error) -> StoreError {
    let extended = from.sqlite_error().map(|failure| failure.extended_code);
    match extended {
        Some(ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP) => {
            StoreError::Unsure(from.to_string())
        }
        _ => error(from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(extended: i32) -> StoreError {
        error(&Error::SqliteFailure(ffi::Error::new(extended), None))
    }

    #[test]
    fn each_error_says_what_became_of_what_was_to_be_written() {
        assert!(matches!(of(ffi::SQLITE_FULL), StoreError::Full(_)));
        assert!(matches!(of(ffi::SQLITE_BUSY), StoreError::Busy(_)));
        assert!(matches!(of(ffi::SQLITE_BUSY_SNAPSHOT), StoreError::Busy(_)));
        assert!(matches!(of(ffi::SQLITE_LOCKED), StoreError::Busy(_)));
        assert!(matches!(of(ffi::SQLITE_IOERR_FSYNC), StoreError::Unsure(_)));
        assert!(matches!(
            of(ffi::SQLITE_IOERR_DIR_FSYNC),
            StoreError::Unsure(_)
        ));
        assert!(matches!(of(ffi::SQLITE_IOERR_WRITE), StoreError::Failed(_)));
        let growing = Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_SHMSIZE), None);
        assert!(matches!(once_open(&growing), StoreError::Unsure(_)));
        assert!(matches!(error(&growing), StoreError::Failed(_)));
        assert!(matches!(of(ffi::SQLITE_READONLY), StoreError::Failed(_)));
        assert!(matches!(of(ffi::SQLITE_CORRUPT), StoreError::Corrupt(_)));
        assert!(matches!(of(ffi::SQLITE_NOTADB), StoreError::Corrupt(_)));
    }
}
