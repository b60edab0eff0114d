//! The collisions of an upgrade as findings.

use std::collections::BTreeMap;

use super::rule::UPGRADE_COLLISION;
use super::{Change, Upgrade};
use crate::diagnostic::{Diagnostic, Report};
use crate::tenant::{Override, Verb};

/// A finding for each override that collides, with both sides.
pub(super) fn told(upgrade: &Upgrade) -> Report {
    let mut mine: BTreeMap<usize, Vec<&Change>> = BTreeMap::new();
    for collision in &upgrade.collisions {
        if let Some(change) = upgrade.changes.get(collision.theirs) {
            mine.entry(collision.mine).or_default().push(change);
        }
    }
    let mut report = Report::new();
    for (mine, theirs) in mine {
        if let Some(done) = upgrade.overrides.get(mine) {
            report.push(finding(done, &theirs));
        }
    }
    report.sort();
    report
}

fn finding(done: &Override, theirs: &[&Change]) -> Diagnostic {
    let part = done.path.join(".");
    let did = match done.verb {
        Verb::Add => "added",
        Verb::Change => "changed",
        Verb::Remove => "removed",
    };
    let message = format!("`{part}` is {did} here, and the new base touches it too");
    let mut found = Diagnostic::new(&UPGRADE_COLLISION, done.place, message)
        .label(sides(done.from.as_ref(), done.to.as_ref(), did));
    for change in theirs {
        let path = change.path.join(".");
        if let Some(old) = change.old {
            found = found.also(old, format!("`{path}` in the old base"));
        }
        if let Some(new) = change.new {
            let to = sides(change.from.as_ref(), change.to.as_ref(), match change.verb {
                Verb::Add => "new",
                Verb::Change => "different",
                Verb::Remove => "gone",
            });
            found = found.also(new, format!("in the new base: {to}"));
        } else {
            found = found.help(format!("the new base has no `{path}` any more"));
        }
    }
    found.help("decide, and write the outcome as an override of the new base")
}

/// `20m → 45m`, or a word where there are no values to show.
fn sides(from: Option<&String>, to: Option<&String>, word: &str) -> String {
    match (from, to) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (None, Some(to)) => format!("{word}: {to}"),
        _ => word.to_owned(),
    }
}
