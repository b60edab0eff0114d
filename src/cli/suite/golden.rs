//! Golden traces on the disk.

use std::path::{Path, PathBuf};

use super::Suite;
use crate::cli::{CliError, disk};
use crate::diagnostic::Report;
use crate::scenario::{Golden, compare_trace};
use crate::source::SourceError;

impl Suite {
    /// Compares a file's golden trace with the one beside it, or writes it.
    pub(super) fn golden(
        &mut self,
        scenario: &Path,
        golden: Option<Golden>,
        accept: bool,
        report: &mut Report,
    ) -> Result<(), CliError> {
        let Some(golden) = golden else {
            return Ok(());
        };
        let path = trace_of(scenario);
        let name = disk::shown(&path);
        let kept = match disk::read_named(&path, &name) {
            Ok(source) => Some(source.text().to_owned()),
            Err(SourceError::Missing) => None,
            Err(error) => return Err(CliError::unreadable(&name, &error)),
        };
        let Some(difference) = compare_trace(golden.span, kept.as_deref(), &golden.text) else {
            return Ok(());
        };
        if accept {
            disk::write(&path, &golden.text)?;
            self.accepted.push(name);
        } else {
            report.push(difference);
        }
        Ok(())
    }
}

/// `NAME.trace` beside `NAME.scenario.yaml`.
fn trace_of(scenario: &Path) -> PathBuf {
    let name = scenario.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".scenario.yaml");
    let stem = stem.or_else(|| name.strip_suffix(".scenario.yml"));
    scenario.with_file_name(format!("{}.trace", stem.unwrap_or(&name)))
}
