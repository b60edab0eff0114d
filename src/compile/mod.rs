//! Document to workflow: names become ids, inheritance is worked out, guards are compiled, edges drawn.
//!
//! In: a [`Document`] and its text. Out: a [`Workflow`] and a [`Report`] of every name that means
//! nothing and every value that does not fit. Compiling never stops and never fails: what cannot be
//! resolved is left out and marked ([`Workflow::incomplete`]). It does not judge whether the workflow
//! makes sense; `validate` does.

mod ambiguous;
mod conditions;
mod declared;
mod deeds;
mod edges;
mod groups;
mod inherit;
mod names;
mod rows;
pub mod rules;
mod states;
mod targets;
mod timers;
mod values;

pub use rules::RULES;

use std::collections::BTreeMap;
use std::fmt::Write;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::context::Scope;
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::document::{self, Document};
use crate::graph::{Dispatch, EventId, Lookup, StateId, Workflow};
use crate::guard::Guard;
use crate::parse::problems::Problems;
use crate::source::{SourceFile, Span, Texts};

use names::Names;

/// What a document compiles to.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The workflow, complete where the report has no error.
    pub workflow: Workflow,
    /// What could not be resolved.
    pub report: Report,
}

/// What the passes share: the document, the workflow so far, the names in it, and the findings.
struct Cx<'a> {
    document: &'a Document,
    /// The texts of the document.
    texts: Texts<'a>,
    workflow: Workflow,
    names: Names<'a>,
    /// The written form of each state, by id; the root and regions have a form of their own.
    written: Vec<states::Written<'a>>,
    /// For each state that others are `like`, those others.
    likes: BTreeMap<StateId, Vec<StateId>>,
    /// Guards by source and event, so that equal ones are compiled once.
    guards: IndexMap<(&'a str, Option<EventId>), Option<Guard>, RandomState>,
    /// The scope with the payload of the event whose rows are being compiled.
    event_scope: Option<(EventId, Scope)>,
    report: Problems,
}

impl Cx<'_> {
    /// Reports an error at a place and hands it back for labels and hints.
    fn raise(&mut self, rule: &'static Rule, span: Span, message: impl Into<String>) {
        self.report.push(Diagnostic::new(rule, span, message));
    }

    /// Reports a name that means nothing; edges may be missing from now on.
    fn unresolved<'n>(
        &mut self,
        rule: &'static Rule,
        name: &document::Name,
        what: &str,
        candidates: impl IntoIterator<Item = &'n str>,
    ) {
        self.workflow.incomplete = true;
        if self.report.is_full() {
            // Looking for what was meant takes time, and nobody would read it.
            self.report.count(1);
            return;
        }
        let written = &name.value;
        let found = Diagnostic::new(rule, name.span, format!("there is no {what} `{written}`"));
        let candidates: Vec<&str> = candidates.into_iter().collect();
        let hinted = found.did_you_mean(written, candidates.iter().copied());
        let listed = match (hinted.help.is_empty(), candidates.as_slice()) {
            (true, []) if what == "effect" => hinted.help(format!(
                "declare it: `effects: [{written}]` at the top of the file"
            )),
            (true, []) => hinted.help(format!("the file declares no {what}")),
            (true, few) if what == "effect" && few.len() <= 12 => hinted.help(format!(
                "known: {}; another is declared under `effects:` at the top of the file",
                few.join(", ")
            )),
            (true, few) if few.len() <= 12 => hinted.help(format!("known: {}", few.join(", "))),
            _ => hinted,
        };
        self.report.push(listed);
    }

    /// Reports a text where one name or a list may stand, if it is several known names with commas.
    /// Says whether it is.
    fn several(
        &mut self,
        rule: &'static Rule,
        name: &document::Name,
        what: &str,
        is_known: impl Fn(&Self, &str) -> bool,
    ) -> bool {
        let written = &name.value;
        let parts: Vec<&str> = written.split(',').map(str::trim).collect();
        if parts.len() < 2 || !parts.iter().all(|part| is_known(self, part)) {
            return false;
        }
        self.workflow.incomplete = true;
        let list = format!("[{}]", parts.join(", "));
        let found = Diagnostic::new(rule, name.span, format!("there is no {what} `{written}`"));
        let text = self.texts.get(name.span.file).map(SourceFile::text);
        let before = text.and_then(|text| text.get(..name.span.start as usize));
        // Within a list, another one would help nobody.
        let is_alone = before.is_some_and(|before| before.trim_end().ends_with(':'));
        self.report.push(match is_alone {
            true => {
                found
                    .help(format!("write a list: `{list}`"))
                    .fix(name.span, list, "write a list")
            }
            false => found.help("write each name as an item of its own"),
        });
        true
    }
}

/// Compiles a document; `texts` are what it was read from: a file, and what that extends.
pub fn compile<'a>(document: &'a Document, texts: impl Into<Texts<'a>>) -> Compiled {
    let texts = texts.into();
    let mut cx = Cx {
        document,
        texts,
        workflow: empty_workflow(document, texts),
        names: Names::default(),
        written: Vec::new(),
        likes: BTreeMap::new(),
        guards: IndexMap::default(),
        event_scope: None,
        report: Problems::default(),
    };
    declared::compile(&mut cx);
    states::compile(&mut cx);
    inherit::compile(&mut cx);
    groups::compile(&mut cx);
    declared::finish_scope(&mut cx);
    conditions::named(&mut cx);
    deeds::compile(&mut cx);
    timers::compile(&mut cx);
    rows::compile(&mut cx);
    states::finish(&mut cx);
    edges::draw(&mut cx.workflow);
    let Workflow {
        states,
        events,
        actors,
        ..
    } = &cx.workflow;
    cx.workflow.lookup = Lookup::new(states, events, actors);
    cx.workflow.dispatch = dispatch(&cx.workflow);
    Compiled {
        workflow: cx.workflow,
        report: cx.report.into_report(),
    }
}

fn empty_workflow(document: &Document, texts: Texts<'_>) -> Workflow {
    let name = document.workflow.value.clone();
    let text =
        |text: &Option<crate::source::Spanned<String>>| text.as_ref().map(|t| t.value.clone());
    Workflow {
        title: text(&document.title).unwrap_or_else(|| states::title_of(&name)),
        doc: text(&document.doc),
        version: document.version.as_ref().map_or(1, |version| version.value),
        hash: hash(texts),
        name,
        settings: Default::default(),
        settings_layout: Default::default(),
        fields: Default::default(),
        layout: Default::default(),
        actors: Default::default(),
        flags: Default::default(),
        attributes: Default::default(),
        slot: None,
        mandatory: Default::default(),
        effects: Default::default(),
        groups: Default::default(),
        partitions: Vec::new(),
        children: Default::default(),
        events: Default::default(),
        states: Default::default(),
        rows: Default::default(),
        transitions: Default::default(),
        timers: Default::default(),
        starts: Default::default(),
        initial: Vec::new(),
        scope: Scope::default(),
        lookup: Default::default(),
        dispatch: Default::default(),
        graph: Default::default(),
        incomplete: false,
    }
}

fn dispatch(workflow: &Workflow) -> Dispatch {
    let (states, rows) = (&workflow.states, &workflow.rows);
    Dispatch::new(states, rows, &workflow.transitions, workflow.events.len())
}

/// Hexadecimal, over all texts; each but the last is closed by a byte that no text holds.
fn hash(texts: Texts<'_>) -> String {
    let mut digest = Sha256::new();
    for (index, file) in texts.iter().enumerate() {
        if index > 0 {
            digest.update([0xff]);
        }
        digest.update(file.text().as_bytes());
    }
    let digest = digest.finalize();
    digest.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
