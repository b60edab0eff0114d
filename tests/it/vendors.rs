//! The shipped workflows: they are clean, and they are what their vendors' pages say.

use std::path::PathBuf;

use flagstate::diagnostic::render::{Options, render};
use flagstate::load;
use flagstate::source::{FileId, SourceFile, SourceMap};

/// The vendors whose workflows are shipped.
pub(crate) const VENDORS: [&str; 5] = [
    "vendasta",
    "appxite",
    "interworks",
    "orocommerce",
    "sharefox",
];

/// A file of the folder `workflows`.
pub(crate) fn shipped(name: &str) -> SourceFile {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("workflows")
        .join(name);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    SourceFile::new(format!("workflows/{name}"), text)
}

#[test]
fn every_shipped_workflow_is_clean() {
    for vendor in VENDORS {
        let source = shipped(&format!("{vendor}.yaml"));
        assert!(
            !source.text().contains("flagstate: ignore"),
            "{vendor} suppresses a rule"
        );
        let loaded = load::load(FileId(0), &source);
        let sources = SourceMap::single(source);
        assert!(
            loaded.report.is_empty(),
            "{}",
            render(&loaded.report, &sources, &Options::default())
        );
        loaded.runnable().unwrap();
    }
}
