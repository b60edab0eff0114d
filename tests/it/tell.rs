//! What whoever runs the tests should see, past the harness, which keeps what a passing test prints.

use std::io::Write;

/// Says that a test checked nothing, and what is missing: a failure where `FLAGSTATE_NO_SKIP` is set.
pub(crate) fn skipped(what: &str) {
    line("SKIPPED", what);
    let may_skip = std::env::var_os("FLAGSTATE_NO_SKIP").is_none();
    assert!(
        may_skip,
        "`FLAGSTATE_NO_SKIP` is set, and this is skipped: {what}"
    );
}

/// Says how much a test tried.
pub(crate) fn tried(what: &str) {
    line("TRIED", what);
}

fn line(kind: &str, what: &str) {
    // Nobody is left to tell where even this fails.
    let _ = writeln!(std::io::stderr(), "{kind}: {what}");
}
