//! A migration file with the two versions that it names.
//!
//! In: a file of a library. Out: what it says, its versions, and what is wrong with it.

use std::path::{Path, PathBuf};

use super::{CliError, disk};
use crate::diagnostic::{Level, Report};
use crate::load::{Library, Loaded};
use crate::migrate::{self, End, PlanFile};
use crate::source::{FileId, SourceFile, Span, Spanned};

/// A migration file with the versions that it names.
pub(super) struct Read {
    number: FileId,
    source: SourceFile,
    /// `None` where it could not be read at all.
    pub(super) file: Option<PlanFile>,
    pub(super) report: Report,
    /// The old version, where the file names it and it could be read.
    pub(super) old: Option<FileId>,
    /// The new one, likewise.
    pub(super) new: Option<FileId>,
    /// Why one could not, and where it is named.
    pub(super) errors: Vec<(Span, CliError)>,
}

impl Read {
    /// Why a file was not judged between its versions, which are known as far as they could be read, and where it
    /// says which they are; `None` where it was, or where what keeps it from that is wrong with it.
    pub(super) fn stands_apart(&self, [old, new]: [Option<&Loaded>; 2]) -> Option<(Span, String)> {
        let file = self.file.as_ref().filter(|_| !self.report.has_errors())?;
        for (end, loaded) in [(&file.from, old), (&file.to, new)] {
            let Some(named) = named(end) else {
                let message = "the files of both versions are not named (`file:`), and so this is not judged between \
                               them: `flagstate migrate` does that with `--from` and `--to`";
                return Some((end.span, message.to_owned()));
            };
            if loaded.is_some_and(|loaded| loaded.report.has_errors()) {
                let message = format!(
                    "`{}` has errors, and so this is not judged between both versions",
                    named.value
                );
                return Some((named.span, message));
            }
        }
        None
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.source.name()
    }
}

/// Reads a migration file of a library, and opens the versions that it names.
pub(super) fn read(library: &mut Library<'_>, file: FileId) -> Read {
    let source = library.files().get(file).cloned();
    let source = source.unwrap_or_else(|| SourceFile::new("", ""));
    let (plan, report) = migrate::read(file, &source);
    let mut read = Read {
        number: file,
        source,
        file: plan,
        report,
        old: None,
        new: None,
        errors: Vec::new(),
    };
    let name = read.name().to_owned();
    let Some(plan) = &read.file else {
        return read;
    };
    let mut open = |end: &End, word: &str| {
        let named = named(end)?;
        let path = disk::shown(&beside(Path::new(&name), &named.value));
        match library.open(&path) {
            Ok(version) => Some(version),
            // What names the file may be among what could not be read.
            Err(_) if read.report.has_errors() => None,
            Err(error) => {
                let error = CliError::unreadable(&path, &error);
                let help = format!("`{name}` names it under `{word}:`");
                read.errors.push((named.span, error.help(help)));
                None
            }
        }
    };
    (read.old, read.new) = (open(&plan.from, "from"), open(&plan.to, "to"));
    read
}

/// How a version's file is named; an empty name is none.
fn named(end: &End) -> Option<&Spanned<String>> {
    end.file.as_ref().filter(|named| !named.value.is_empty())
}

/// What is wrong with a migration file that was read, and the errors of its versions: where there are any, nothing
/// more can be said of it. Of one that does not name both files only what it says by itself is looked at.
pub(super) fn check(read: &Read, [old, new]: [Option<Loaded>; 2]) -> Report {
    let mut report = read.report.clone();
    for version in [&old, &new].into_iter().flatten() {
        let mut errors = version.report.clone();
        errors.retain(|finding| finding.level() == Level::Error);
        report.extend(errors);
    }
    let (Some(plan), Some(old), Some(new)) = (&read.file, old, new) else {
        return report;
    };
    if let (false, Ok(old), Ok(new)) = (read.report.has_errors(), old.runnable(), new.runnable()) {
        report.extend(migrate::check(plan, &old, &new).1);
        return migrate::suppress(report, read.number, &read.source);
    }
    report.sort();
    report
}

/// A file that a migration file names, from where that is.
pub(super) fn beside(plan: &Path, named: &str) -> PathBuf {
    let folder = plan.parent().filter(|_| plan.as_os_str() != "-");
    let path = folder.map_or_else(|| PathBuf::from(named), |folder| folder.join(named));
    match disk::clean(&path) {
        // The folder itself, which is no file.
        clean if clean.as_os_str().is_empty() => path,
        clean => clean,
    }
}
