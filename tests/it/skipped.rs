//! Saying that a test checked nothing, past the harness, which keeps what a passing test prints.

use std::io::Write;

/// Tells whoever runs the tests what is missing.
pub(crate) fn say(what: &str) {
    // Nobody is left to tell where even this fails.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}
