//! SCXML to a workflow file.
//!
//! In: an SCXML document (W3C Recommendation of 2015), without data model or with the part of the
//! ECMAScript data model that [`scxml`] tells of. Out: the text of a workflow file that means the same
//! to the interpreter, or a finding for each element, attribute or expression that such a file cannot
//! say, where it stands. Nothing is guessed: what cannot be said means that no file is written.

mod content;
mod deeds;
mod events;
mod fold;
mod guard;
mod kinds;
mod learn;
mod machine;
mod names;
mod read;
mod rows;
pub mod rules;
mod run;
mod script;
mod states;
mod translate;
mod yaml;

pub use names::Names;
pub use rules::RULES;

use crate::diagnostic::{Level, Report};
use crate::source::{FileId, SourceFile};

/// How a document is imported.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The id of the workflow; otherwise the document's name, or that of its file.
    pub workflow: Option<String>,
    /// Events that come from outside and that the document names by a pattern at most (`*`).
    pub events: Vec<String>,
}

/// What a document is imported as.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The workflow file; `None` where the report has errors.
    pub text: Option<String>,
    /// What cannot be said in one (errors), and what it does without (warnings).
    pub report: Report,
    /// What the document's names are called in it.
    pub names: Names,
}

/// Imports an SCXML document; `file` is its number in the caller's source map.
///
/// States, parallel states, final states, history, initial states, transitions (`event`, `cond`,
/// several targets, `type="internal"`), `<raise>`, `<send>` to the document itself with or without a
/// delay, `<cancel>`, `<assign>`, `<if>`, `<donedata>` and `<data>` with a literal are imported.
/// Expressions are those of booleans, numbers and texts: variables, `_event.name`, `_event.data.NAME`,
/// `In('state')`, `+ - * %`, comparisons, `&& || !`, `Math.pow` with a small whole exponent, and
/// whether something is `undefined`. `<log>` is left out. Scripts, other data models, `<foreach>`,
/// `<invoke>` and other event processors have no place in a workflow file.
pub fn scxml(file: FileId, source: &SourceFile, options: &Options) -> Imported {
    let (machine, mut report) = read::read(file, source);
    let mut names = Names::default();
    let mut text = None;
    if let Some(mut machine) = machine {
        machine.settle();
        let stem = source.name().rsplit(['/', '\\']).next();
        let stem = stem.and_then(|name| name.split('.').next());
        let given = options.workflow.as_deref().or(machine.name.as_deref());
        let called = given.or(stem).unwrap_or("imported");
        let workflow = names::Ids::default().like(called);
        let (written, found, more) = translate::translate(&machine, &workflow, &options.events);
        report.extend(more);
        names = found;
        text = Some(yaml::write(&written));
    }
    if report.has_errors() {
        // What would be left out of a file that is not written helps nobody.
        report.retain(|found| found.level() == Level::Error);
    }
    report.sort();
    Imported {
        text: text.filter(|_| !report.has_errors()),
        report,
        names,
    }
}
