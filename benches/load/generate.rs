//! The workflow files that are loaded.

use std::fmt::Write;

use flagstate::source::SourceFile;

/// A workflow of `states` states on a ring; five events lead from each to others.
pub(crate) fn generate(states: usize) -> SourceFile {
    let mut text = String::from(
        "flagstate: 1\nworkflow: generated\nversion: 1\nactors: [clerk]\n\
         context:\n  amount: { type: integer, default: 0 }\ninitial: s0\nstates:\n",
    );
    for state in 0..states {
        let _ = writeln!(text, "  s{state}:\n    title: State {state}");
    }
    text.push_str(
        "  closed: { final: true }\ntransitions:\n  close: { by: clerk, from: any, to: closed }\n",
    );
    for event in 0..5 {
        let _ = writeln!(text, "  e{event}:\n    by: clerk\n    moves:");
        for state in 0..states {
            let to = (state * 7 + event * 13 + 1) % states;
            let to = if event == 0 { (state + 1) % states } else { to };
            let _ = write!(text, "      - {{ from: s{state}, to: s{to}");
            if event == 4 {
                let _ = write!(text, ", guard: order.amount > {state}");
            }
            text.push_str(" }\n");
        }
    }
    SourceFile::new(format!("generated-{states}.yaml"), text)
}
