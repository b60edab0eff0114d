//! Every property of the format: a case that runs it, so that taking it away is noticed, and a case
//! that gets it wrong. Every bad file ends, within bounds.

mod bounds;
mod places;
mod used;
mod wrong;

use std::path::{Path, PathBuf};

use flagstate::load::{Loaded, load};
use flagstate::source::{FileId, SourceFile};

/// Takes a text through every pass.
fn loaded(text: &str) -> Loaded {
    load(FileId(0), &SourceFile::new("workflow.yaml", text))
}

/// The folders of an area's cases that hold a workflow and a file of that name, sorted.
fn cases(area: &str, beside: &str) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(Path::new("tests/cases").join(area)).expect("the cases");
    let folders = folders.map(|folder| folder.expect("a folder").path());
    let mut found: Vec<PathBuf> = folders
        .filter(|folder| folder.join(beside).is_file() && folder.join("workflow.yaml").is_file())
        .collect();
    found.sort();
    found
}
