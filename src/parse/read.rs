//! YAML events to a tree of nodes.
//!
//! In: the text of a file. Out: [`Read`], the tree as far as it could be built, with the problems of
//! YAML itself: syntax, tags, anchors, duplicate keys, several documents, limits. Reading stops at the
//! first syntax error; what was open then is marked as incomplete, so that nothing is missed there.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};

use super::anchors::Anchors;
use super::decode::shorten;
use super::problems::Problems;
use super::swallowed::{self, Masked};
use super::tree::{Kind, Node, Pair, Scalar, Style};
use super::{MAX_DEPTH, MAX_SCALAR, MAX_VALUES, rule, syntax};
use crate::diagnostic::Diagnostic;
use crate::source::{Comment, FileId, Span};

/// What was read of a text.
#[derive(Debug, Default)]
pub(super) struct Read<'s> {
    /// The first document; `None` where there is none.
    pub(super) root: Option<Node<'s>>,
    /// The comments in reading order.
    pub(super) comments: Vec<Comment>,
    /// A guard that YAML takes apart: mask it and read again, the rest is not to be trusted.
    pub(super) swallowed: Option<Range<usize>>,
}

/// Reads the first document of a text.
pub(super) fn read<'s>(file: FileId, masked: &'s Masked<'s>, problems: &mut Problems) -> Read<'s> {
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        max_buffered_comment_events: 10_000,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut reader = Reader {
        file,
        masked,
        problems,
        open: Vec::new(),
        items: Vec::new(),
        pairs: Vec::new(),
        done: Read::default(),
        anchors: Anchors::default(),
        values: 0,
        last_end: 0,
    };
    for event in Parser::new_from_str_with_options(masked.text(), options) {
        let next = match event {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => reader.stopped(&error),
        };
        if next == Next::Stop {
            break;
        }
    }
    reader.finish()
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

/// A key that waits for its value. What stands under an unusable key is read and dropped.
#[derive(Debug)]
struct Key<'s> {
    scalar: Scalar<'s>,
    span: Span,
    usable: bool,
}

/// What an open collection is; what it holds so far stands on the reader's stacks, from a place on.
#[derive(Debug)]
enum Body<'s> {
    List(usize),
    Map(usize, Option<Key<'s>>),
}

/// A collection that was opened and not closed yet.
#[derive(Debug)]
struct Open<'s> {
    /// The key it stands under, through lists.
    name: Cow<'s, str>,
    body: Body<'s>,
    span: Span,
    in_flow: bool,
}

struct Reader<'s, 'p> {
    file: FileId,
    masked: &'s Masked<'s>,
    problems: &'p mut Problems,
    open: Vec<Open<'s>>,
    /// What the open lists hold, each behind the list around it.
    items: Vec<Node<'s>>,
    /// The same of the open mappings.
    pairs: Vec<Pair<'s>>,
    done: Read<'s>,
    anchors: Anchors,
    values: usize,
    last_end: usize,
}

impl<'s> Reader<'s, '_> {
    fn event(&mut self, event: Event<'s>, at: &granit_parser::Span) -> Next {
        let range = at.byte_range().unwrap_or_default();
        let place = |at| syntax::boundary(self.masked.original(), at);
        let span = Span::new(self.file, place(range.start), place(range.end));
        if let Some(tag) = at.tag_span().and_then(|tag| tag.byte_range()) {
            if self.may_mask() && self.is_expression() && self.swallow(tag.start) {
                return Next::Stop;
            }
            self.tag(Span::new(self.file, tag.start, tag.end));
        }
        let next = match event {
            Event::DocumentStart(..) if self.done.root.is_some() => {
                self.several_documents(span);
                return Next::Stop;
            }
            Event::Comment(..) => self.comment(span),
            Event::Anchor(id, name) => {
                self.anchors.define(id, &name, span);
                Next::Go
            }
            Event::Alias(id) => {
                self.anchors.refer(id, span);
                self.place(Kind::Refused, span)
            }
            Event::UnresolvedAlias(name) => {
                self.problems
                    .push_with(|| super::anchors::unknown(&name, span));
                self.place(Kind::Refused, span)
            }
            Event::Scalar(text, style, ..) => self.scalar(text, style, span),
            Event::SequenceStart(style, ..) => {
                self.enter(style, span, Body::List(self.items.len()))
            }
            Event::MappingStart(style, ..) => {
                self.enter(style, span, Body::Map(self.pairs.len(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.close(Some(span), true);
                Next::Go
            }
            _ => return Next::Go,
        };
        self.last_end = range.end;
        next
    }

    fn scalar(&mut self, text: Cow<'s, str>, style: ScalarStyle, span: Span) -> Next {
        let start = span.start as usize;
        let whole = self.masked.original_at(start);
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let is_plain = style == Style::Plain && whole.is_none();
        if is_plain
            && self.is_expression()
            && !swallowed::is_closed(&text)
            && self.may_mask()
            && self.swallow(start)
        {
            return Next::Stop;
        }
        let is_null =
            is_plain && (span.is_empty() || matches!(&*text, "~" | "null" | "Null" | "NULL"));
        if is_null {
            return self.place(Kind::Null, span);
        }
        if text.len() > MAX_SCALAR {
            self.problems
                .push_with(|| syntax::too_long(text.len(), span));
            return self.place(Kind::Refused, span);
        }
        let text = whole.map_or(text, Cow::Borrowed);
        let span = match style {
            Style::Literal | Style::Folded => self.block_span(span),
            Style::Plain | Style::Quoted => span,
        };
        self.place(Kind::Scalar(Scalar { text, style }), span)
    }

    /// The span of a block scalar with its indicator and without the blank lines behind it.
    fn block_span(&self, span: Span) -> Span {
        let text = self.masked.text();
        let before = text
            .get(self.last_end..span.start as usize)
            .unwrap_or_default();
        let start = before
            .find(['|', '>'])
            .map_or(span.start as usize, |at| self.last_end + at);
        let through = text.get(start..span.end as usize).unwrap_or_default();
        Span::new(self.file, start, start + through.trim_end().len())
    }

    fn comment(&mut self, span: Span) -> Next {
        self.done.comments.push(Comment { span });
        if self.done.comments.len() > MAX_VALUES {
            self.problems.push(syntax::too_many("comments", span));
            return Next::Stop;
        }
        Next::Go
    }

    fn enter(&mut self, style: StructureStyle, span: Span, body: Body<'s>) -> Next {
        if self.count(span) == Next::Stop {
            return Next::Stop;
        }
        if self.open.len() >= MAX_DEPTH {
            self.problems.push(syntax::too_deep(span));
            return Next::Stop;
        }
        let name = match self.open.last() {
            Some(Open {
                body: Body::Map(_, Some(key)),
                ..
            }) => key.scalar.text.clone(),
            Some(Open {
                name,
                body: Body::List(_),
                ..
            }) => name.clone(),
            _ => Cow::Borrowed(""),
        };
        let in_flow = style == StructureStyle::Flow;
        self.open.push(Open {
            name,
            body,
            span,
            in_flow,
        });
        Next::Go
    }

    /// Closes the innermost collection. `end` is its closing bracket; blocks have none and end with
    /// their last value.
    fn close(&mut self, end: Option<Span>, complete: bool) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let (kind, last) = match open.body {
            Body::List(from) => {
                let items: Vec<Node<'s>> = self.items.drain(from..).collect();
                let last = items.last().map(Node::extent);
                (Kind::List(items), last)
            }
            Body::Map(from, _) => {
                let pairs: Vec<Pair<'s>> = self.pairs.drain(from..).collect();
                let last = pairs.last().map(|pair| pair.value.extent());
                (
                    Kind::Map(super::duplicates::refuse(pairs, self.problems)),
                    last,
                )
            }
        };
        let end = if open.in_flow { end } else { None };
        let span = open.span.to(end.or(last).unwrap_or(open.span));
        self.put(Node {
            kind,
            span,
            key: None,
            complete,
        });
    }

    /// Counts one more value, and reports the one that is too many.
    fn count(&mut self, span: Span) -> Next {
        let is_key = matches!(
            self.open.last(),
            Some(Open {
                body: Body::Map(_, None),
                ..
            })
        );
        self.values += usize::from(!is_key);
        if self.values <= MAX_VALUES {
            return Next::Go;
        }
        self.problems.push(syntax::too_many("values", span));
        // Nothing of it is decoded: that would take as much memory again.
        self.open.clear();
        self.items.clear();
        self.pairs.clear();
        Next::Stop
    }

    fn place(&mut self, kind: Kind<'s>, span: Span) -> Next {
        let next = self.count(span);
        if next == Next::Go {
            self.put(Node {
                kind,
                span,
                key: None,
                complete: true,
            });
        }
        next
    }

    /// Puts a finished node where it belongs: under the waiting key, into the list, or as a key.
    fn put(&mut self, mut node: Node<'s>) {
        match self.open.last_mut().map(|open| &mut open.body) {
            None => self.done.root = Some(node),
            Some(Body::List(_)) => self.items.push(node),
            Some(Body::Map(_, waiting)) => match waiting.take() {
                Some(key) => {
                    node.key = Some(key.span);
                    if key.usable {
                        self.pairs.push(Pair {
                            key: key.scalar,
                            value: node,
                        });
                    }
                }
                None => *waiting = Some(key(node, self.problems)),
            },
        }
    }

    fn may_mask(&self) -> bool {
        self.masked.may_grow()
    }

    /// Whether the next value is an expression, by the keys around it.
    fn is_expression(&self) -> bool {
        const KEYS: [&str; 3] = ["guard", "if", "when"];
        match self.open.last() {
            Some(Open {
                name,
                body: Body::Map(_, Some(key)),
                ..
            }) => KEYS.contains(&&*key.scalar.text) || name == "set",
            Some(Open {
                name,
                body: Body::List(_),
                ..
            }) => KEYS.contains(&&**name),
            _ => false,
        }
    }

    /// Asks to mask the expression at `start`, if that helps.
    fn swallow(&mut self, start: usize) -> bool {
        let in_flow = self.open.last().is_some_and(|open| open.in_flow);
        self.done.swallowed = swallowed::extent(self.masked.text(), start, in_flow);
        self.done.swallowed.is_some()
    }

    /// The syntax ended here: because of an unquoted guard, or for another reason.
    fn stopped(&mut self, error: &ScanError) -> Next {
        let at = error.marker().byte_offset().unwrap_or(self.last_end);
        if self.may_mask() && self.swallow_before(at) {
            return Next::Stop;
        }
        let brackets = self.open.iter().rev().find(|open| open.in_flow);
        let unclosed = brackets.map(|open| open.span);
        self.problems.push(syntax::diagnostic(
            error,
            self.file,
            self.masked.original(),
            unclosed,
        ));
        Next::Stop
    }

    /// Whether the value being read at a syntax error is an expression that reaches that far.
    fn swallow_before(&mut self, at: usize) -> bool {
        let text = self.masked.text();
        let last = match self.open.last_mut().map(|open| &mut open.body) {
            Some(Body::Map(from, None)) if self.pairs.len() == *from => None,
            Some(Body::Map(_, waiting @ None)) => self.pairs.pop().map(|pair| {
                let start = pair.value.span.start as usize;
                let span = pair.value.key.unwrap_or_default();
                *waiting = Some(Key {
                    scalar: pair.key,
                    span,
                    usable: true,
                });
                start
            }),
            Some(_) => {
                let rest = text.get(self.last_end..).unwrap_or_default();
                let blank =
                    rest.find(|c: char| !c.is_whitespace() && !matches!(c, ':' | '-' | ',' | '['));
                blank.map(|skipped| self.last_end + skipped)
            }
            None => None,
        };
        let Some(start) = last else {
            return false;
        };
        let found = self.is_expression() && self.swallow(start);
        let reached = self
            .done
            .swallowed
            .as_ref()
            .is_some_and(|range| range.start <= at && at <= range.end);
        if !(found && reached) {
            self.done.swallowed = None;
        }
        found && reached
    }

    fn tag(&mut self, span: Span) {
        let text = self.masked.text();
        self.problems.push_with(|| {
            let tag = text.get(span.start as usize..span.end as usize);
            let message = format!("the tag `{}` is not read", shorten(tag.unwrap_or_default()));
            Diagnostic::new(&rule::YAML_TAG, span, message)
                .help("remove the tag; where text begins with `!`, put it in quotes")
        });
    }

    fn several_documents(&mut self, span: Span) {
        let diagnostic = Diagnostic::new(
            &rule::SEVERAL_DOCUMENTS,
            span,
            "the file holds more than one document",
        )
        .label("a second document begins here")
        .help(
            "one file holds one document: move the rest to files of their own, or remove this line",
        );
        self.problems.push(diagnostic);
    }

    /// Closes what is still open and reports what is known only at the end.
    fn finish(mut self) -> Read<'s> {
        while !self.open.is_empty() {
            self.close(None, false);
        }
        self.anchors.diagnostics(self.problems);
        self.done
    }
}

/// Takes a node as a key, and reports one that cannot be.
fn key<'s>(node: Node<'s>, problems: &mut Problems) -> Key<'s> {
    let span = node.span;
    let refused = |scalar| Key {
        scalar,
        span,
        usable: false,
    };
    let nothing = || Scalar {
        text: Cow::Borrowed(""),
        style: Style::Plain,
    };
    let (message, help) = match node.kind {
        Kind::Scalar(scalar) if scalar.is_plain() && scalar.text == "<<" => {
            problems.push(super::anchors::merge_key(span));
            return refused(scalar);
        }
        Kind::Scalar(scalar) => {
            return Key {
                scalar,
                span,
                usable: true,
            };
        }
        Kind::Refused => return refused(nothing()),
        _ if !node.complete => return refused(nothing()),
        Kind::Null => ("a key is missing", "write a name before the `:`"),
        Kind::List(_) => ("a list is used as a key", "a key is a name"),
        Kind::Map(_) => ("a mapping is used as a key", "a key is a name"),
    };
    problems.push(Diagnostic::new(&rule::WRONG_TYPE, span, message).help(help));
    refused(nothing())
}
