//! A file as it was at a revision of git.
//!
//! In: a revision, and the path of a file of the working tree. Out: its text at that revision, as the
//! program `git` gives it. Nothing is changed, and no shell sees what was typed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::disk::Disk;
use super::{CliError, disk};
use crate::source::{SourceError, SourceFile, Sources, beside};

/// Reads a file at a revision; diagnostics call it `REVISION:PATH`.
pub(super) fn show(revision: &str, path: &Path) -> Result<SourceFile, CliError> {
    let shown = disk::shown(path);
    // A revision that begins with a hyphen would be an option.
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        let error = CliError::new(format!("`{revision}` is no revision of git"));
        return Err(error.help("name a branch, a tag or a commit, for example `HEAD~1`"));
    }
    let name = path
        .file_name()
        .ok_or_else(|| CliError::new(format!("`{shown}` names no file")).about(shown.clone()))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let error = CliError::new(format!("there is no folder `{}`", disk::shown(folder)));
        return Err(error.about(shown));
    }
    let mut object = std::ffi::OsString::from(format!("{revision}:./"));
    object.push(name);
    let mut git = Command::new("git");
    git.current_dir(folder)
        .arg("show")
        .arg("--no-textconv")
        .arg("--end-of-options")
        .arg(object);
    // What git complains of is read, so it is to say it in one language.
    git.env("LC_ALL", "C").stdin(Stdio::null());
    let output = git.output().map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "git is not installed, or not on the path".to_owned(),
            _ => format!("git cannot be run: {error}"),
        };
        CliError::new(message).help("compare two files instead: `flagstate diff OLD NEW`")
    })?;
    let called = format!("{revision}:{shown}");
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(refused(revision, &shown, said.trim()));
    }
    if output.stdout.len() as u64 > disk::LIMIT {
        let error = crate::source::SourceError::TooLarge {
            size: output.stdout.len() as u64,
            limit: disk::LIMIT,
        };
        return Err(CliError::unreadable(&called, &error));
    }
    match String::from_utf8(output.stdout) {
        Ok(text) => Ok(SourceFile::new(called, text)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let error = crate::source::SourceError::NotUtf8 { offset };
            Err(CliError::unreadable(&called, &error))
        }
    }
}

/// The files of the disk, and those of a revision, which are called `REVISION:PATH`.
pub(super) struct Versions<'a> {
    pub(super) revision: Option<&'a str>,
}

impl Versions<'_> {
    /// The path behind the revision, where there is one.
    fn at<'p>(&self, path: &'p str) -> Option<(&str, &'p str)> {
        let revision = self.revision?;
        let rest = path.strip_prefix(revision)?.strip_prefix(':')?;
        Some((revision, rest))
    }
}

impl Sources for Versions<'_> {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        match self.at(path) {
            Some((revision, path)) => show(revision, Path::new(path))
                .map_err(|error| SourceError::Io(std::io::Error::other(error.message))),
            None => Disk.read(path),
        }
    }

    fn resolve(&self, from: &str, reference: &str) -> Result<String, SourceError> {
        match self.at(from) {
            // Where a file lies at a revision, it lies on the disk or did so.
            Some((revision, from)) => {
                let path = beside(from, reference).ok_or(SourceError::Outside)?;
                Ok(format!("{revision}:{path}"))
            }
            None => Disk.resolve(from, reference),
        }
    }
}

/// Why git does not show the file.
fn refused(revision: &str, path: &str, said: &str) -> CliError {
    let said_short = said.lines().next().unwrap_or_default();
    let said_short = said_short.strip_prefix("fatal: ").unwrap_or(said_short);
    if said.contains("not a git repository") {
        let error = CliError::new(format!("`{path}` is in no repository of git"));
        return error.help("compare two files instead: `flagstate diff OLD NEW`");
    }
    if said.contains("invalid object name")
        || said.contains("bad revision")
        || said.contains("unknown revision")
    {
        let error = CliError::new(format!("git knows no revision `{revision}`"));
        return error.help("`git log --oneline` lists commits; a shallow clone has few of them");
    }
    if said.contains("does not exist in") || said.contains("exists on disk, but not in") {
        let error = CliError::new(format!("there is no `{path}` at the revision `{revision}`"));
        return error.about(path);
    }
    CliError::new(format!(
        "git does not show `{revision}:{path}`: {said_short}"
    ))
}
