//! Whether the file of a store is still the one that stands at its path.
//!
//! In: a path. Out: whether what is written there is found again, and whether what is read there without locks
//! stays as it is. A file that was removed or moved away goes on to take what is written, and is gone with the
//! process.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::schema::has_log;

/// Where a file was when it was opened.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    file: Option<Identity>,
    /// When it was changed last and how long it was, where it is read without locks.
    at_rest: Option<Stamp>,
}

type Stamp = (Option<SystemTime>, u64);

#[cfg(unix)]
type Identity = (u64, u64);

/// Where files cannot be told apart, that there is one.
#[cfg(not(unix))]
type Identity = ();

impl Place {
    pub(super) fn of(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let file = identity(&path);
        Self {
            path,
            file,
            at_rest: None,
        }
    }

    /// One that nobody may change while it is read.
    pub(super) fn at_rest(path: &Path) -> Self {
        let place = Self::of(path);
        let at_rest = (!has_log(&place.path)).then(|| stamp(&place.path));
        Self { at_rest, ..place }
    }

    /// What is wrong with it.
    pub(super) fn trouble(&self) -> Option<String> {
        let is_there = self.file.is_some() && identity(&self.path) == self.file;
        let path = self.path.display();
        if !is_there {
            return Some(format!(
                "`{path}` was removed or replaced while it was open"
            ));
        }
        let at_rest = self.at_rest.as_ref()?;
        let is_at_rest = stamp(&self.path) == *at_rest && !has_log(&self.path);
        (!is_at_rest).then(|| format!("somebody writes to `{path}`, which was read without locks"))
    }
}

fn stamp(path: &Path) -> Stamp {
    let file = fs::metadata(path);
    let length = file.as_ref().map_or(0, fs::Metadata::len);
    (file.and_then(|file| file.modified()).ok(), length)
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().map(drop)
}
