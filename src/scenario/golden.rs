//! Golden traces: what the orders of a scenario file did, approved once and compared ever after.

use super::rule::TRACE_MISMATCH;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Compares the trace of a run with the golden one, `NAME.trace`. `golden` is `None` where there is
/// no such file. `span` is what asked for the comparison.
pub fn compare_trace(span: Span, golden: Option<&str>, found: &str) -> Option<Diagnostic> {
    let help = "read the trace and, where it is right, accept it: `flagstate test --accept`";
    let Some(golden) = golden else {
        let message = "there is no golden trace yet";
        return Some(Diagnostic::new(&TRACE_MISMATCH, span, message).help(help));
    };
    // Line ends are not behaviour.
    let (mut golden, mut found) = (golden.lines(), found.lines());
    let mut line = 0;
    let (golden, found) = loop {
        line += 1;
        match (golden.next(), found.next()) {
            (None, None) => return None,
            (golden, found) if golden == found => {}
            differing => break differing,
        }
    };
    let shown = |side: Option<&str>| side.map_or("(the end)".to_owned(), |l| l.trim().to_owned());
    let message = format!("the trace differs from the golden one in line {line}");
    let diagnostic = Diagnostic::new(&TRACE_MISMATCH, span, message)
        .help(format!("golden: {}", shown(golden)))
        .help(format!("found:  {}", shown(found)));
    Some(diagnostic.help(help))
}
