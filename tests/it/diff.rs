//! Differences between two versions: each kind on a case of its own, laws over random versions, and the
//! stranded orders beside all orders that there are.

pub(crate) mod brute;
mod classes;
pub(crate) mod flow;
pub(crate) mod kinds;
mod laws;
mod pictures;
mod strands;

use flagstate::compile::compile;
use flagstate::diagnostic::Level;
use flagstate::graph::Workflow;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile, SourceMap};

/// A version without errors in its text; `number` is 0 for the old and 1 for the new one. What the checks
/// say of it does not matter here.
pub(crate) fn version(number: u16, name: &str, text: &str) -> Workflow {
    let source = SourceFile::new(name, text);
    let parsed = parse(FileId(number), &source);
    let compiled = compile(&parsed.document.expect("a document"), &source);
    let mut report = parsed.report;
    report.extend(compiled.report);
    let errors = report.iter();
    let errors: Vec<&str> = errors
        .filter(|found| found.level() == Level::Error)
        .map(|found| found.message.as_str())
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    compiled.workflow
}

/// Both versions of a pair, and their files.
pub(crate) fn pair(old: &str, new: &str) -> (Workflow, Workflow, SourceMap) {
    let mut sources = SourceMap::single(SourceFile::new("old.yaml", old));
    sources.add(SourceFile::new("new.yaml", new));
    (
        version(0, "old.yaml", old),
        version(1, "new.yaml", new),
        sources,
    )
}

/// A file of the cases of this area.
pub(crate) fn case(name: &str) -> String {
    let path = format!("tests/cases/diff/{name}");
    std::fs::read_to_string(&path).expect(&path)
}

/// A file of the vendor in the walk through an upgrade: the editions of `appxite`, and its migration.
pub(crate) fn edition(name: &str) -> String {
    let path = format!("examples/upgrades/appxite/vendor/{name}");
    std::fs::read_to_string(&path).expect(&path)
}
