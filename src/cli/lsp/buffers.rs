//! The files that are open in an editor, over those of the disk.
//!
//! In: what the editor tells of its files. Out: their texts, by the names that the rest of the command knows files by:
//! paths from the current folder. A file that is open is as it stands in the editor, saved or not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::{TextDocumentContentChangeEvent, Uri, VersionedTextDocumentIdentifier};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::place::Encoding;
use crate::cli::disk::{self, Disk};
use crate::source::{SourceError, SourceFile, Sources};

/// What stands in the path of a URI as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An open file.
#[derive(Debug, Clone)]
pub(super) struct Buffer {
    pub(super) uri: Uri,
    /// The editor's number of what it says.
    pub(super) version: i32,
    pub(super) source: SourceFile,
}

/// The open files by name.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    open: BTreeMap<String, Buffer>,
}

impl Buffers {
    /// Opens a file, or has all of its text replaced.
    pub(super) fn open(&mut self, uri: &Uri, version: i32, text: String) -> String {
        let name = name_of(uri);
        let source = SourceFile::new(name.clone(), text);
        let uri = uri.clone();
        let buffer = Buffer {
            uri,
            version,
            source,
        };
        self.open.insert(name.clone(), buffer);
        name
    }

    /// Makes changes, one after the other; the name of the file, where it is open.
    pub(super) fn change(
        &mut self,
        document: &VersionedTextDocumentIdentifier,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<String> {
        let name = name_of(&document.uri);
        let buffer = self.open.get_mut(&name)?;
        buffer.version = document.version;
        for change in changes {
            let text = match change.range {
                None => change.text,
                Some(range) => {
                    let source = &buffer.source;
                    let start = encoding.offset(source, range.start);
                    let end = encoding.offset(source, range.end).max(start);
                    let mut text = source.text().to_owned();
                    text.replace_range(start..end, &change.text);
                    text
                }
            };
            buffer.source = SourceFile::new(name.clone(), text);
        }
        Some(name)
    }

    /// Closes a file; its name.
    pub(super) fn close(&mut self, uri: &Uri) -> String {
        let name = name_of(uri);
        self.open.remove(&name);
        name
    }

    /// An open file.
    pub(super) fn get(&self, name: &str) -> Option<&Buffer> {
        self.open.get(name)
    }

    /// The names of the open files.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.open.keys()
    }

    /// How an editor calls a file.
    pub(super) fn uri(&self, name: &str) -> Option<Uri> {
        match self.open.get(name) {
            Some(buffer) => Some(buffer.uri.clone()),
            None => uri_of(name),
        }
    }
}

impl Sources for Buffers {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        match self.open.get(path) {
            Some(buffer) => Ok(buffer.source.clone()),
            None => Disk.read(path),
        }
    }

    fn resolve(&self, from: &str, reference: &str) -> Result<String, SourceError> {
        Disk.resolve(from, reference)
    }
}

/// The path that a URI names; `None` for what is no file.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    // A host, which is empty or this machine.
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = percent_decode_str(path).decode_utf8().ok()?;
    match cfg!(windows) {
        true => Some(PathBuf::from(path.trim_start_matches('/'))),
        false => Some(PathBuf::from(path.as_ref())),
    }
}

/// What the rest of the command calls a file: its path from the current folder, or all of it where it lies elsewhere.
/// What is no file, as a text that was never saved, goes by its URI.
pub(super) fn name_of(uri: &Uri) -> String {
    let Some(path) = path_of(uri) else {
        return uri.as_str().to_owned();
    };
    let here = std::env::current_dir().unwrap_or_default();
    let below = path.strip_prefix(&here).map(Path::to_owned);
    disk::shown(&below.unwrap_or(path))
}

fn uri_of(name: &str) -> Option<Uri> {
    let path = match Path::new(name).is_absolute() {
        true => name.to_owned(),
        false => disk::shown(&std::env::current_dir().ok()?.join(name)),
    };
    let path = utf8_percent_encode(&path, PATH).to_string();
    let root = if path.starts_with('/') { "" } else { "/" };
    Uri::from_str(&format!("file://{root}{path}")).ok()
}
