//! One line a finding: `path:line:column: error[rule]: message`.
//!
//! In: a report and its files. Out: as many lines as findings, for editors and for `grep`.

use super::{Options, place::Place, visible::visible};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::SourceMap;

/// Writes a report, one line a finding.
pub(super) fn render(report: &Report, sources: &SourceMap, options: &Options) -> String {
    report
        .iter()
        .map(|diagnostic| line(diagnostic, sources, options) + "\n")
        .collect()
}

/// One finding without a line end.
pub(super) fn line(diagnostic: &Diagnostic, sources: &SourceMap, options: &Options) -> String {
    let place = Place::of(sources, diagnostic.primary.span);
    format!(
        "{}:{}:{}: {}[{}]: {}",
        visible(place.path),
        place.start.line,
        place.start.column,
        options.level(diagnostic).as_str(),
        diagnostic.rule.id,
        visible(&diagnostic.message),
    )
}
