//! XML to a [`Machine`], and a finding for every element that has no place in one.

use roxmltree::{Attribute, Document, Node};

use super::content::executable;
use super::machine::{Data, History, Kind, Machine, Start, State, Transition};
use super::rules::{LEFT_OUT_OF_SCXML, NOT_SCXML, UNSUPPORTED_SCXML};
use super::script::{self, Expr, Foreign};
use crate::diagnostic::{Diagnostic, Report};
use crate::source::{FileId, SourceFile, Span, Spanned};

/// The namespace of SCXML.
const SCXML: &str = "http://www.w3.org/2005/07/scxml";
/// The most elements and attributes that are read.
const MOST_NODES: u32 = 200_000;
/// How deep states nest.
const DEEPEST: usize = 24;

/// What is read, with what was found on the way.
pub(super) struct Reader<'a> {
    file: FileId,
    source: &'a SourceFile,
    pub(super) report: Report,
    histories: Vec<History>,
    data: Vec<Data>,
    unnamed: usize,
    late: bool,
    /// Whether the document has no data model, so that conditions may only ask `In`.
    null: bool,
}

/// Reads a document; `None` where it is no SCXML at all.
pub(super) fn read(file: FileId, source: &SourceFile) -> (Option<Machine>, Report) {
    let mut reader = Reader {
        file,
        source,
        report: Report::new(),
        histories: Vec::new(),
        data: Vec::new(),
        unnamed: 0,
        late: false,
        null: false,
    };
    let options = roxmltree::ParsingOptions {
        nodes_limit: MOST_NODES,
        ..roxmltree::ParsingOptions::default()
    };
    let machine = match Document::parse_with_options(source.text(), options) {
        Ok(document) => reader.machine(document.root_element()),
        Err(error) => {
            let at = reader.offset(error.pos());
            let span = Span::new(file, at, at);
            let found = Diagnostic::new(&NOT_SCXML, span, format!("the XML is broken: {error}"));
            reader.report.push(found);
            None
        }
    };
    (machine, reader.report)
}

impl Reader<'_> {
    fn offset(&self, at: roxmltree::TextPos) -> usize {
        let line = self.source.line_start(at.row as usize);
        let text = self.source.line(at.row as usize);
        let column = text.char_indices().nth((at.col as usize).saturating_sub(1));
        line + column.map_or(text.len(), |(at, _)| at)
    }

    /// The name of an element, where it was opened.
    pub(super) fn span(&self, node: Node<'_, '_>) -> Span {
        let range = node.range();
        let opened = self.source.text().get(range.start..range.end);
        let opened = opened.unwrap_or_default();
        let end = opened.find([' ', '\n', '\r', '\t', '>', '/']);
        Span::new(
            self.file,
            range.start,
            range.start + end.unwrap_or(1).max(1),
        )
    }

    pub(super) fn value_span(&self, attribute: &Attribute<'_, '_>) -> Span {
        let range = attribute.range_value();
        Span::new(self.file, range.start, range.end)
    }

    /// Says that something cannot be said in a workflow file.
    pub(super) fn unsupported(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} has no place in a workflow file", what.into());
        self.report
            .push(Diagnostic::new(&UNSUPPORTED_SCXML, span, message));
    }

    /// Says that something is done without.
    pub(super) fn left_out(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} is left out", what.into());
        self.report
            .push(Diagnostic::new(&LEFT_OUT_OF_SCXML, span, message));
    }

    pub(super) fn text(&self, node: Node<'_, '_>, name: &str) -> Option<Spanned<String>> {
        let attribute = node.attribute_node(name)?;
        let value = attribute.value().trim().to_owned();
        Some(Spanned::new(value, self.value_span(&attribute)))
    }

    /// An expression of an attribute.
    pub(super) fn expression(&mut self, node: Node<'_, '_>, name: &str) -> Option<Spanned<Expr>> {
        let attribute = node.attribute_node(name)?;
        let span = self.value_span(&attribute);
        let text = attribute.value();
        match script::parse(text) {
            Ok(expr) => Some(Spanned::new(expr, span)),
            Err(Foreign { at, what }) => {
                // Entities make the value shorter than what is written.
                let plain = self.source.slice(span) == text;
                let start = span.start as usize + at;
                let place = match plain && start < span.end as usize {
                    true => Span::new(self.file, start, start + 1),
                    false => span,
                };
                self.unsupported(place, format!("{what}, in `{}`,", shown(text)));
                None
            }
        }
    }

    /// Reports attributes of an element that have no place.
    pub(super) fn only(&mut self, node: Node<'_, '_>, known: &[&str]) {
        for attribute in node.attributes() {
            let foreign = attribute.namespace().is_some();
            if !foreign && !known.contains(&attribute.name()) {
                let span = self.value_span(&attribute);
                let what = format!("`{}` of `<{}>`", attribute.name(), name(node));
                self.unsupported(span, what);
            }
        }
    }

    /// The elements of SCXML within one; reports others.
    pub(super) fn children<'d, 'i>(&mut self, node: Node<'d, 'i>) -> Vec<Node<'d, 'i>> {
        let mut found = Vec::new();
        for child in node.children() {
            if child.is_element() && is_scxml(child) {
                found.push(child);
            } else if child.is_element() {
                let span = self.span(child);
                self.unsupported(span, format!("the foreign element `<{}>`", name(child)));
            }
        }
        found
    }

    fn machine(&mut self, root: Node<'_, '_>) -> Option<Machine> {
        if !is_scxml(root) || root.tag_name().name() != "scxml" {
            let span = self.span(root);
            let message = "the file does not begin with `<scxml>`";
            self.report.push(Diagnostic::new(&NOT_SCXML, span, message));
            return None;
        }
        self.only(
            root,
            &["initial", "name", "version", "datamodel", "binding"],
        );
        if let Some(model) = self.text(root, "datamodel") {
            self.null = model.value == "null";
            if !["null", "ecmascript"].contains(&model.value.as_str()) {
                self.unsupported(model.span, format!("the data model `{}`", model.value));
            }
        }
        self.late = self
            .text(root, "binding")
            .is_some_and(|b| b.value == "late");
        let mut machine = Machine {
            name: self.text(root, "name").map(|name| name.value),
            initial: self.words(root, "initial"),
            span: self.span(root),
            ..Machine::default()
        };
        for child in self.children(root) {
            match child.tag_name().name() {
                "state" | "parallel" | "final" => machine.states.extend(self.state(child, 1)),
                "datamodel" => self.datamodel(child, true),
                "transition" => machine.transitions.extend(self.transition(child)),
                _ => self.misplaced(child),
            }
        }
        machine.data = std::mem::take(&mut self.data);
        machine.histories = std::mem::take(&mut self.histories);
        if machine.states.is_empty() {
            let message = "the document has no states";
            self.report
                .push(Diagnostic::new(&NOT_SCXML, machine.span, message));
            return None;
        }
        Some(machine)
    }

    pub(super) fn misplaced(&mut self, node: Node<'_, '_>) {
        let span = self.span(node);
        self.unsupported(span, format!("`<{}>`", name(node)));
    }

    /// Names separated by spaces.
    fn words(&mut self, node: Node<'_, '_>, attribute: &str) -> Vec<Spanned<String>> {
        let Some(found) = node.attribute_node(attribute) else {
            return Vec::new();
        };
        let span = self.value_span(&found);
        let words = found.value().split_whitespace();
        words
            .map(|word| Spanned::new(word.to_owned(), span))
            .collect()
    }

    fn datamodel(&mut self, node: Node<'_, '_>, of_document: bool) {
        for child in self.children(node) {
            if child.tag_name().name() != "data" {
                self.misplaced(child);
                continue;
            }
            self.only(child, &["id", "expr"]);
            let span = self.span(child);
            if self.null {
                self.unsupported(span, "a variable of a document without data model");
            }
            if child.children().any(|inner| inner.is_element())
                || child.text().is_some_and(|text| !text.trim().is_empty())
            {
                self.unsupported(span, "a value written as content");
            }
            let value = self.expression(child, "expr");
            let literal = value.as_ref().is_none_or(|value| is_literal(&value.value));
            if let Some(value) = value.as_ref().filter(|_| !literal) {
                self.unsupported(value.span, "a first value that is calculated");
            }
            if self.late && !of_document && value.is_some() {
                self.unsupported(span, "a value bound late");
            }
            match self.text(child, "id") {
                None => self.unsupported(span, "a variable without a name"),
                Some(id) => self.data.push(Data {
                    id: id.value,
                    value: value.map(|value| value.value),
                    span,
                }),
            }
        }
    }

    fn state(&mut self, node: Node<'_, '_>, depth: usize) -> Option<State> {
        let span = self.span(node);
        if depth > DEEPEST {
            self.unsupported(span, format!("a state {depth} levels deep"));
            return None;
        }
        let kind = match node.tag_name().name() {
            "parallel" => Kind::Parallel,
            "final" => Kind::Final,
            _ => Kind::State,
        };
        let known: &[&str] = match kind {
            Kind::State => &["id", "initial"],
            Kind::Parallel | Kind::Final => &["id"],
        };
        self.only(node, known);
        let id = self.text(node, "id").map(|id| id.value);
        let id = id.unwrap_or_else(|| self.unnamed(node));
        let initial = self.words(node, "initial");
        let mut state = State {
            id,
            kind,
            initial: (!initial.is_empty()).then(|| Start {
                targets: initial,
                content: Vec::new(),
            }),
            enter: Vec::new(),
            exit: Vec::new(),
            transitions: Vec::new(),
            done: Vec::new(),
            states: Vec::new(),
            span,
        };
        for child in self.children(node) {
            match (child.tag_name().name(), kind) {
                ("onentry", _) => {
                    let content = executable(self, child);
                    state.enter.extend(content);
                }
                ("onexit", _) => {
                    let content = executable(self, child);
                    state.exit.extend(content);
                }
                ("donedata", Kind::Final) => state.done = super::content::donedata(self, child),
                ("state" | "parallel", Kind::State | Kind::Parallel) | ("final", Kind::State) => {
                    state.states.extend(self.state(child, depth + 1));
                }
                ("transition", Kind::State | Kind::Parallel) => {
                    state.transitions.extend(self.transition(child));
                }
                ("history", Kind::State | Kind::Parallel) => self.history(child, &state.id),
                ("initial", Kind::State) => state.initial = self.start(child),
                ("datamodel", Kind::State | Kind::Parallel) => self.datamodel(child, false),
                _ => self.misplaced(child),
            }
        }
        Some(state)
    }

    fn unnamed(&mut self, node: Node<'_, '_>) -> String {
        self.unnamed += 1;
        format!("{}_{}", node.tag_name().name(), self.unnamed)
    }

    fn history(&mut self, node: Node<'_, '_>, of: &str) {
        self.only(node, &["id", "type"]);
        let deep = self.text(node, "type").is_some_and(|t| t.value == "deep");
        let default = self.start(node);
        match self.text(node, "id") {
            None => self.misplaced(node),
            Some(id) => self.histories.push(History {
                id: id.value,
                of: of.to_owned(),
                deep,
                default,
            }),
        }
    }

    /// The one transition within `<initial>` or `<history>`.
    fn start(&mut self, node: Node<'_, '_>) -> Option<Start> {
        let mut start = None;
        for child in self.children(node) {
            match child.tag_name().name() {
                "transition" if start.is_none() => {
                    self.only(child, &["target"]);
                    let targets = self.words(child, "target");
                    let content = executable(self, child);
                    start = Some(Start { targets, content });
                }
                _ => self.misplaced(child),
            }
        }
        start.filter(|start| !start.targets.is_empty())
    }

    fn transition(&mut self, node: Node<'_, '_>) -> Option<Transition> {
        self.only(node, &["event", "cond", "target", "type"]);
        let events = self.words(node, "event");
        let condition = match node.attribute_node("cond") {
            None => None,
            Some(_) => Some(self.expression(node, "cond")?),
        };
        if self.null
            && let Some(condition) = &condition
            && !asks_only_in(&condition.value)
        {
            let what = "a condition other than `In` without data model";
            self.unsupported(condition.span, what);
        }
        Some(Transition {
            events,
            condition,
            targets: self.words(node, "target"),
            internal: self
                .text(node, "type")
                .is_some_and(|t| t.value == "internal"),
            content: executable(self, node),
            span: self.span(node),
        })
    }
}

fn asks_only_in(expr: &Expr) -> bool {
    match expr {
        Expr::In(_) => true,
        Expr::Not(of) => asks_only_in(of),
        Expr::Of(op, left, right) => {
            !op.compares() && op.rank() < 3 && asks_only_in(left) && asks_only_in(right)
        }
        _ => false,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Bool(_) | Expr::Int(_) | Expr::Decimal(_) | Expr::Text(_)
    )
}

fn is_scxml(node: Node<'_, '_>) -> bool {
    node.tag_name()
        .namespace()
        .is_none_or(|space| space == SCXML)
}

/// The name of an element as written.
pub(super) fn name<'n>(node: Node<'n, '_>) -> &'n str {
    node.tag_name().name()
}

/// The beginning of a text on one line.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > MOST {
        true => line.chars().take(MOST).chain(['…']).collect(),
        false => line,
    }
}
