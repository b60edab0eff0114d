//! The file: whether it is ours, which form it has, and how it is brought to the newest.
//!
//! In: a path. Out: a connection to a store of the newest form. A file that is no store of ours, or that a
//! later version wrote, is refused before anything is written.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags, TransactionBehavior};

use super::error::error;
use super::log::Log;
use crate::runtime::store::StoreError;

/// `Flag` in ASCII: what marks a file as a store.
const APPLICATION: i64 = 0x466C_6167;

/// Each step brings a file from the form of its number to the next; form 0 is a new file.
const STEPS: [&str; 2] = [include_str!("1.sql"), include_str!("2.sql")];

/// How long another process may write before we give up.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often, and how far apart, a file that is not a store yet is looked at before it is refused.
const GLANCES: u32 = 25;
const GLANCE: Duration = Duration::from_millis(20);

/// What is kept in memory of the file, in KiB; it bounds what reading a large store takes.
const CACHE: i64 = 32 * 1024;

/// How a connection may find its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Created,
    Refused,
}

/// Opens a store. Where one could not be made, for want of room say, no empty file is left.
pub(super) fn open(path: &Path, missing: Missing) -> Result<(Connection, Log), StoreError> {
    let file = format!("`{}`", path.display());
    // An absolute path is a file: `:memory:` and the empty name are not.
    let path = std::path::absolute(path);
    let path = path.map_err(|wrong| StoreError::Failed(format!("{file}: {wrong}")))?;
    let is_new = !path.exists();
    let opened = open_at(&path, &file, missing);
    if opened.is_err() && is_new {
        discard(&path);
    }
    opened
}

/// Takes a file away in which no store came to stand. Whoever else makes one there holds its lock, or has written to it;
/// whoever only waits for the lock finds the file gone, and is told.
fn discard(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = Connection::open_with_flags(path, flags) else {
        return;
    };
    // Without a journal on the disk, which would take room.
    let lock = "PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE";
    let is_ours = connection.execute_batch(lock).is_ok();
    let is_empty = fs::metadata(path).is_ok_and(|known| known.len() == 0);
    if is_ours && is_empty {
        // Where it cannot be taken away, it is left as an empty file, which the next one makes a store of.
        let _ = fs::remove_file(path);
    }
}

fn open_at(path: &Path, file: &str, missing: Missing) -> Result<(Connection, Log), StoreError> {
    let say = |wrong: rusqlite::Error| named(file, error(&wrong));
    if path.exists() {
        // What cannot be read so is asked again below, where other processes are waited for.
        for glances in 1.. {
            let Ok(form) = glance(path) else { break };
            match judge(file, form, missing) {
                Ok(()) => break,
                // Another process may be making the store at this moment.
                Err(_) if form.application == 0 && glances < GLANCES => thread::sleep(GLANCE),
                Err(wrong) => return Err(wrong),
            }
        }
    } else if missing == Missing::Refused {
        return Err(StoreError::Failed(format!("there is no store at {file}")));
    }
    let create = match missing {
        Missing::Created => OpenFlags::SQLITE_OPEN_CREATE,
        Missing::Refused => OpenFlags::empty(),
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut connection = Connection::open_with_flags(path, flags).map_err(say)?;
    connection.busy_timeout(PATIENCE).map_err(say)?;
    if connection.is_readonly(MAIN_DB).map_err(say)? {
        return Err(unwritable(file));
    }
    let form = settled(&connection, file, missing)?;
    let log = patiently(&mut connection, |connection| prepare(connection, form)).map_err(say)?;
    let mode: String = patiently(&mut connection, |connection| {
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
    })
    .map_err(say)?;
    if mode != "wal" {
        let why = "its file system has no locks that processes share";
        return Err(StoreError::Failed(format!("{file} cannot be used: {why}")));
    }
    Ok((connection, log))
}

fn unwritable(file: &str) -> StoreError {
    let why = "it or its folder cannot be written to";
    StoreError::Failed(format!("{file} cannot be used to write: {why}"))
}

fn unreadable(file: &str) -> StoreError {
    StoreError::Failed(format!(
        "{file} cannot be read where nothing can be written: the log beside it must be brought into it \
         first; copy both to a place that can be written to"
    ))
}

/// Opens a store that must be there, to read it where it cannot be written to; whether that is so.
pub(super) fn open_to_read(path: &Path) -> Result<(Connection, Log, bool), StoreError> {
    let file = format!("`{}`", path.display());
    let say = |wrong: rusqlite::Error| named(&file, error(&wrong));
    let absolute = std::path::absolute(path);
    let absolute = absolute.map_err(|wrong| StoreError::Failed(format!("{file}: {wrong}")))?;
    let is_ours = |form| judge(&file, form, Missing::Refused).is_ok();
    let is_refused = glance(&absolute).is_ok_and(|form| !is_ours(form));
    if !absolute.exists() || is_refused || can_write(&absolute).map_err(say)? {
        let (connection, log) = open(path, Missing::Refused)?;
        return Ok((connection, log, true));
    }
    // Where nobody can write, SQLite reads the file as it stands, without locks. What stands in a log beside
    // it would be passed over: that is read along with its index, or not at all.
    let mut connection = match has_log(&absolute) {
        false => as_it_stands(&absolute).map_err(say)?,
        true => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(&absolute, flags).map_err(say)?
        }
    };
    connection.busy_timeout(PATIENCE).map_err(say)?;
    let form = form(&connection).map_err(|wrong| match wrong.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => unreadable(&file),
        _ if has_no_room(&wrong) => unreadable(&file),
        _ => say(wrong),
    })?;
    judge(&file, form, Missing::Refused)?;
    if form.version < newest() {
        return Err(StoreError::Failed(format!(
            "{file} has form {} of a store, and cannot be brought to form {} where it cannot be written to",
            form.version,
            newest()
        )));
    }
    let log = tune(&mut connection).map_err(say)?;
    Ok((connection, log, false))
}

/// Whether a file, and what stands beside it, can be written to; nothing is.
fn can_write(path: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    if connection.is_readonly(MAIN_DB)? {
        return Ok(false);
    }
    // Whatever else it is, it is told by whoever opens it.
    Ok(!form(&connection).is_err_and(|wrong| {
        let code = wrong.sqlite_error_code();
        matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) || has_no_room(&wrong)
    }))
}

/// Whether the index of the log could not be made for want of room: it is a file of its own, made when a store is
/// opened.
fn has_no_room(wrong: &rusqlite::Error) -> bool {
    let failure = wrong.sqlite_error();
    failure.is_some_and(|failure| {
        failure.code == ErrorCode::DiskFull || failure.extended_code == SQLITE_IOERR_SHMSIZE
    })
}

/// Whether something stands in a log beside a file, or in what a change that was cut short left there.
pub(super) fn has_log(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|end| {
        let mut log = path.as_os_str().to_owned();
        log.push(end);
        std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
    })
}

/// What the file of a connection says it is, once no other process is making the store at this moment.
fn settled(connection: &Connection, file: &str, missing: Missing) -> Result<Form, StoreError> {
    let mut glances = 1;
    loop {
        let form = form(connection).map_err(|wrong| match wrong.sqlite_error_code() {
            // The file is there and open: what is missing is what stands beside it.
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => unwritable(file),
            _ if has_no_room(&wrong) => StoreError::Full(format!(
                "{file}: the disk has no room for the index of its log"
            )),
            _ => named(file, error(&wrong)),
        })?;
        match judge(file, form, missing) {
            Err(_) if form.application == 0 && glances < GLANCES => {
                glances += 1;
                thread::sleep(GLANCE);
            }
            judged => return judged.map(|()| form),
        }
    }
}

/// Does what SQLite does not wait for by itself where several processes make a store at once: some locks it takes or
/// gives up.
fn patiently<T>(
    connection: &mut Connection,
    mut work: impl FnMut(&mut Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.busy_timeout(GLANCE)?;
    let is_busy = |wrong: &rusqlite::Error| {
        let code = wrong.sqlite_error_code();
        matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    };
    let mut waited = Duration::ZERO;
    let done = loop {
        match work(connection) {
            Err(wrong) if is_busy(&wrong) && waited < PATIENCE => {
                thread::sleep(GLANCE);
                waited += 2 * GLANCE;
            }
            done => break done,
        }
    };
    connection.busy_timeout(PATIENCE)?;
    done
}

/// What a file says it is, without locks, logs or anything else that would leave a trace beside it. It is
/// SQLite that reads it, since closing a file by another way would let go of the locks of this process.
fn glance(path: &Path) -> rusqlite::Result<Form> {
    form(&as_it_stands(path)?)
}

/// A file as it stands, for whoever knows that nobody writes to it.
fn as_it_stands(path: &Path) -> rusqlite::Result<Connection> {
    let text = path.to_string_lossy().replace('\\', "/");
    let text = text
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let root = if text.starts_with('/') { "" } else { "/" };
    let address = format!("file:{root}{text}?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(address, flags)
}

fn named(file: &str, wrong: StoreError) -> StoreError {
    match wrong {
        StoreError::Full(text) => StoreError::Full(format!("{file}: {text}")),
        StoreError::Busy(text) => StoreError::Busy(format!("{file}: {text}")),
        StoreError::Failed(text) => StoreError::Failed(format!("{file}: {text}")),
        StoreError::Unsure(text) => StoreError::Unsure(format!("{file}: {text}")),
        StoreError::Corrupt(text) => StoreError::Corrupt(format!("{file}: {text}")),
    }
}

/// What a file says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    application: i64,
    version: i64,
    pages: i64,
    /// How long the file is.
    bytes: u64,
}

fn form(connection: &Connection) -> rusqlite::Result<Form> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok(Form {
        application: number("application_id")?,
        version: number("user_version")?,
        pages: number("page_count")?,
        bytes: connection
            .path()
            .and_then(|path| fs::metadata(path).ok())
            .map_or(0, |file| file.len()),
    })
}

/// The steps that are there, as a number of SQLite's.
fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

fn judge(file: &str, form: Form, missing: Missing) -> Result<(), StoreError> {
    // SQLite takes a file that is shorter than its own header for an empty one, and would write over it.
    let is_empty = form.pages == 0 && form.bytes == 0;
    let wrong = if is_empty && missing == Missing::Created {
        return Ok(());
    } else if is_empty {
        format!("{file} is empty, and no store of orders")
    } else if form.application != APPLICATION {
        format!("{file} belongs to another program, and is no store of orders")
    } else if form.version > newest() {
        format!(
            "{file} has form {} of a store, and this version of flagstate knows forms up to {}",
            form.version,
            newest()
        )
    } else {
        return Ok(());
    };
    Err(StoreError::Corrupt(wrong))
}

/// Sets what holds for the connection, and brings the file to the newest form.
fn prepare(connection: &mut Connection, form: Form) -> rusqlite::Result<Log> {
    connection.pragma_update(None, "page_size", 4_096)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What is erased or replaced is not to be found in the file any more.
    connection.pragma_update(None, "secure_delete", true)?;
    let log = tune(connection)?;
    if form.version < newest() || form.pages == 0 {
        upgrade(connection)?;
    }
    Ok(log)
}

/// Sets what holds for the connection whether it writes or not.
fn tune(connection: &mut Connection) -> rusqlite::Result<Log> {
    connection.set_prepared_statement_cache_capacity(64);
    connection.pragma_update(None, "cache_size", -CACHE)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Log::of(connection)
}

/// All steps that are missing, in one transaction.
pub(super) fn upgrade(connection: &mut Connection) -> rusqlite::Result<()> {
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited.
    let form = form(&change)?;
    let missing = usize::try_from(form.version).unwrap_or(STEPS.len());
    for step in STEPS.iter().skip(missing) {
        change.execute_batch(step)?;
    }
    change.pragma_update(None, "application_id", APPLICATION)?;
    change.pragma_update(None, "user_version", newest().max(form.version))?;
    change.commit()?;
    // The form stands in the file itself, where a version that knows no such form looks first.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Bounds the file.
pub(super) fn limit_size(connection: &mut Connection, bytes: u64) -> rusqlite::Result<()> {
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(bytes).unwrap_or(i64::MAX) / size.max(1);
    // SQLite takes 32 bits, and nothing below what is there.
    let pages = pages.clamp(1, 0xFFFF_FFFE);
    let set = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    connection.pragma_update_and_check(None, "max_page_count", pages, set)?;
    Ok(())
}

/// The first damage that SQLite finds.
pub(super) fn damage(connection: &mut Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    Ok(Some(found).filter(|found| found != "ok"))
}
