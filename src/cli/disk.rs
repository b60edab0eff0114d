//! Files of the disk, within limits.
//!
//! In: paths as a user wrote or discovery found them. Out: [`SourceFile`]s, and files written whole
//! or not at all. Standard input counts as a file of its own.

use std::fs::{self, File};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::path::{Component, Path, PathBuf};

use super::CliError;
use crate::source::{SourceError, SourceFile, SourceMap, Sources};

/// The most bytes of one file that are read: 8 MiB.
pub(super) const LIMIT: u64 = 8 * 1024 * 1024;

/// The file that says how a folder is checked, and that references do not lead out of it.
pub(super) const CONFIG: &str = "flagstate.toml";

/// The disk, reached by paths relative to the current folder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Disk;

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        read_named(Path::new(path), path)
    }

    /// References stay within the folder of the nearest `flagstate.toml` around the file; without one,
    /// within the current folder, or that of the file where it lies elsewhere. Where a symbolic link
    /// leads counts, not where it lies.
    fn resolve(&self, from: &str, reference: &str) -> Result<String, SourceError> {
        let from = Path::new(from);
        let folder = match from.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let real = fs::canonicalize(folder).map_err(missing)?;
        let root = root(&real);
        if Path::new(reference).is_absolute() {
            return Err(SourceError::Outside);
        }
        if !clean(&real.join(reference)).starts_with(&root) {
            return Err(SourceError::Outside);
        }
        let target = fs::canonicalize(folder.join(reference)).map_err(missing)?;
        match target.starts_with(&root) {
            true => Ok(shown(&clean(&folder.join(reference)))),
            false => Err(SourceError::Outside),
        }
    }
}

/// The folder that references from files in `folder`, a real path, may not leave.
fn root(folder: &Path) -> PathBuf {
    let mut around = folder.ancestors();
    if let Some(configured) = around.find(|folder| folder.join(CONFIG).is_file()) {
        return configured.to_owned();
    }
    let here = std::env::current_dir().and_then(fs::canonicalize);
    match here {
        Ok(here) if folder.starts_with(&here) => here,
        _ => folder.to_owned(),
    }
}

/// A path with `.` and, where a folder stands before it, `..` worked out.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        let last = clean.components().next_back();
        match (part, last) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                clean.pop();
            }
            (part, _) => clean.push(part),
        }
    }
    clean
}

/// A path as a file in a folder names it: relative to that folder; the whole path where they have nothing in common.
pub(super) fn from_folder(folder: &Path, path: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).map(|path| clean(&path));
    let (Ok(folder), Ok(path)) = (whole(folder), whole(path)) else {
        return path.to_path_buf();
    };
    let common = folder
        .components()
        .zip(path.components())
        .take_while(|(a, b)| a == b)
        .count();
    if common == 0 {
        return path;
    }
    let out = folder
        .components()
        .skip(common)
        .map(|_| Component::ParentDir);
    out.chain(path.components().skip(common)).collect()
}

fn missing(error: io::Error) -> SourceError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => SourceError::Missing,
        _ => SourceError::Io(error),
    }
}

/// Reads a file that diagnostics call `name`.
pub(super) fn read_named(path: &Path, name: &str) -> Result<SourceFile, SourceError> {
    let metadata = fs::metadata(path).map_err(missing)?;
    if metadata.is_dir() {
        return Err(SourceError::Directory);
    }
    if metadata.len() > LIMIT {
        return Err(SourceError::TooLarge {
            size: metadata.len(),
            limit: LIMIT,
        });
    }
    text(File::open(path).map_err(missing)?, name)
}

/// Reads standard input as a file that diagnostics call `name`.
pub(super) fn read_stdin(name: &str) -> Result<SourceFile, SourceError> {
    text(io::stdin().lock(), name)
}

/// Reads text; what has no size beforehand (a pipe) is held to the limit as well.
fn text(reader: impl Read, name: &str) -> Result<SourceFile, SourceError> {
    let mut bytes = Vec::new();
    reader.take(LIMIT + 1).read_to_end(&mut bytes)?;
    let size = bytes.len() as u64;
    if size > LIMIT {
        return Err(SourceError::TooLarge { size, limit: LIMIT });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(error) => Err(SourceError::NotUtf8 {
            offset: error.utf8_error().valid_up_to(),
        }),
    }
}

/// Writes a file that somebody will go on to edit: one that is there is replaced on demand only.
pub(super) fn write_draft(path: &Path, text: &str, force: bool) -> Result<(), CliError> {
    match path.is_file() && !force {
        true => Err(exists(path)),
        false => write(path, text),
    }
}

/// There is such a file, which is not replaced unasked.
pub(super) fn exists(path: &Path) -> CliError {
    CliError::new(format!("`{}` exists already", shown(path))).help("`--force` replaces it")
}

/// Writes what was made of other files, which it must not replace.
pub(super) fn write_result(path: &Path, text: &str, inputs: &SourceMap) -> Result<(), CliError> {
    let place = fs::canonicalize(path).ok();
    let is_it =
        |input: &SourceFile| place.is_some() && fs::canonicalize(input.name()).ok() == place;
    if inputs.iter().any(is_it) {
        let message = format!("`{}` is read, and would be replaced", shown(path));
        return Err(CliError::new(message).help("name another file"));
    }
    write(path, text)
}

/// Writes a file beside its place and moves it there, so that a reader finds the old text or the new
/// one and never a part. A device or a pipe is written as it is.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let unwritable = |error: io::Error| CliError::unwritable(&shown(path), &error);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(CliError::unwritable(&shown(path), &SourceError::Directory));
        }
        Ok(metadata) if !metadata.is_file() => {
            return fs::write(path, text).map_err(unwritable);
        }
        _ => {}
    }
    // A symbolic link keeps its place: the file behind it is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&target);
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Ok(metadata) = fs::metadata(&target) {
            fs::set_permissions(&beside, metadata.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &target)
    });
    written.map_err(|error| {
        // The half-written file is ours alone; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&beside);
        unwritable(error)
    })
}

/// A name in the same folder that no other run uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// A path as it is shown: with `/` between folders and without a leading `./`.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '\\' {
        text.replace('\\', "/")
    } else {
        text.into_owned()
    };
    let short = text.trim_start_matches("./");
    if short.is_empty() {
        text
    } else {
        short.to_owned()
    }
}

/// A file that is written beside its place, and moved there once all of it is written.
pub(super) struct Draft {
    target: PathBuf,
    beside: PathBuf,
    file: io::BufWriter<File>,
}

impl Draft {
    /// Begins a file; one that is there is replaced on demand only.
    pub(super) fn new(path: &Path, force: bool) -> Result<Self, CliError> {
        let unwritable = |error: io::Error| CliError::unwritable(&shown(path), &error);
        if path.as_os_str() == "-" {
            let error = CliError::new("what is written appears at once, which `-` cannot");
            return Err(error.help("name a file"));
        }
        let known = fs::metadata(path).ok();
        if known.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(CliError::unwritable(&shown(path), &SourceError::Directory));
        }
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            let reason = "it is a device or a pipe, and what is written appears at once";
            return Err(CliError::unwritable(&shown(path), &reason).help("name a file"));
        }
        if known.is_some() && !force {
            return Err(exists(path));
        }
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let beside = beside(&target);
        let file = File::create_new(&beside).map_err(unwritable)?;
        if let Some(known) = known {
            fs::set_permissions(&beside, known.permissions()).map_err(unwritable)?;
        }
        Ok(Self {
            target,
            beside,
            file: io::BufWriter::new(file),
        })
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: &str) -> Result<(), CliError> {
        let written = self.file.write_all(text.as_bytes());
        let written = written.and_then(|()| self.file.write_all(b"\n"));
        written.map_err(|error| CliError::unwritable(&shown(&self.target), &error))
    }

    /// Moves the file to its place.
    pub(super) fn keep(mut self) -> Result<(), CliError> {
        let kept = self.file.flush();
        let kept = kept.and_then(|()| self.file.get_ref().sync_all());
        let kept = kept.and_then(|()| fs::rename(&self.beside, &self.target));
        kept.map_err(|error| CliError::unwritable(&shown(&self.target), &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After `keep` it is not there any more; before, it is ours alone.
        let _ = fs::remove_file(&self.beside);
    }
}

/// The most bytes of one line: 1 MiB.
pub(super) const LINE: u64 = 1024 * 1024;

/// The lines of a file or of standard input, one after the other, with their numbers from 1. The file
/// may be of any size.
pub(super) fn lines(
    path: &Path,
) -> Result<impl Iterator<Item = (usize, Result<String, CliError>)>, CliError> {
    let name = shown(path);
    let reader: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(io::stdin()),
        false => {
            let missing = |error: io::Error| match error.kind() {
                ErrorKind::NotFound => CliError::unreadable(&name, &SourceError::Missing),
                _ => CliError::unreadable(&name, &error),
            };
            let metadata = fs::metadata(path).map_err(missing)?;
            if metadata.is_dir() {
                return Err(CliError::unreadable(&name, &SourceError::Directory));
            }
            Box::new(File::open(path).map_err(missing)?)
        }
    };
    let mut reader = io::BufReader::new(reader);
    let mut numbers = 1..;
    let next = move || {
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(LINE).read_until(b'\n', &mut bytes);
        let number = numbers.next()?;
        let wrong = |problem: &str| {
            let reason = format!("line {number} {problem}");
            Err(CliError::unreadable(&name, &reason))
        };
        let line = match read {
            Ok(0) => return None,
            Err(error) => Err(CliError::unreadable(&name, &error)),
            Ok(_) if bytes.len() as u64 == LINE && !bytes.ends_with(b"\n") => {
                wrong(&format!("has more than {LINE} bytes"))
            }
            Ok(_) => String::from_utf8(bytes).or_else(|_| wrong("is not UTF-8 text")),
        };
        Some((number, line))
    };
    Ok(std::iter::from_fn(next))
}
