//! Whether the file of a store is still the one that stands at its path.
//!
//! In: a path. Out: whether what is written there is found again. A file that was removed or moved away goes
//! on to take what is written, and is gone with the process.

use std::fs;
use std::path::{Path, PathBuf};

/// Where a file was when it was opened.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    file: Option<Identity>,
}

#[cfg(unix)]
type Identity = (u64, u64);

/// Where files cannot be told apart, that there is one.
#[cfg(not(unix))]
type Identity = ();

impl Place {
    pub(super) fn of(path: &Path) -> Self {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let file = identity(&path);
        Self { path, file }
    }

    /// What is wrong with it.
    pub(super) fn trouble(&self) -> Option<String> {
        let is_there = self.file.is_some() && identity(&self.path) == self.file;
        let path = self.path.display();
        (!is_there).then(|| format!("`{path}` was removed or replaced while it was open"))
    }
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
