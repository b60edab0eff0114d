//! Noting where names stand.
//!
//! In: a name, or a text with names in it, and its place. Out: a use at each symbol. What is declared nowhere is
//! passed over.

use std::ops::Range;

use super::words::{Of, Word, words};
use super::{Kind, Symbols, inner};
use crate::source::Span;

impl Symbols {
    /// Notes a name that is all of a scalar; of a timer and of an event's value, which have their path from what is
    /// around them, the last word. [`Symbols::settle`] follows once all are noted.
    pub(crate) fn note(&mut self, kind: Kind, path: &str, span: Span) {
        if kind == Kind::State {
            return self.of_path(path, path, span);
        }
        let name = path.rsplit('.').next().unwrap_or(path);
        self.used(kind, path, inner(span, name.len()));
    }

    /// Notes a timer and its state, which are all of a scalar, `STATE.TIMER`.
    pub(crate) fn note_timer(&mut self, path: &str, span: Span) {
        if let Some((state, _)) = path.rsplit_once('.') {
            self.note_within(Kind::State, state, (path, span), 0);
            let name = part((path, span), state.len() + 1..path.len());
            self.used(Kind::Timer, path, name.unwrap_or_default());
        }
    }

    /// Notes a name that stands in the text of a scalar from a byte on.
    pub(crate) fn note_within(&mut self, kind: Kind, name: &str, text: (&str, Span), at: usize) {
        let Some(span) = part(text, at..at + name.len()) else {
            return;
        };
        self.note(kind, name, span);
    }

    /// Notes the names of an expression that is the text of a scalar; `event` is the one whose values it may name.
    pub(crate) fn note_expression(&mut self, text: &str, span: Span, event: Option<&str>) {
        for word in words(text) {
            let place = |at: &Range<usize>| part((text, span), at.clone()).unwrap_or_default();
            self.word(&word, event, place);
        }
    }

    /// Notes a word of an expression.
    pub(super) fn word(
        &mut self,
        word: &Word<'_>,
        event: Option<&str>,
        place: impl Fn(&Range<usize>) -> Span,
    ) {
        match word {
            Word::Member("order", name, at) => {
                self.used(Kind::Field, name, place(at));
            }
            Word::Member("settings", name, at) => {
                self.used(Kind::Setting, name, place(at));
            }
            Word::Member("event", name, at) => {
                if let Some(event) = event {
                    self.used(Kind::Payload, &format!("{event}.{name}"), place(at));
                }
            }
            Word::Bare(name, at) => {
                if !self.used(Kind::Guard, name, place(at)) {
                    self.used(Kind::Children, name, place(at));
                }
            }
            Word::Quoted(Of::InState, path, at) => self.of_path(path, path, place(at)),
            Word::Quoted(Of::Children(set), path, at) if self.runs_itself(set) => {
                self.of_path(path, path, place(at));
            }
            Word::Quoted(Of::Role, name, at) => {
                self.used(Kind::Actor, name, place(at));
            }
            Word::Member(..) | Word::Quoted(..) => {}
        }
    }

    /// Notes a state by its path, as `written` at a place: each word of it is the name of a state.
    pub(super) fn of_path(&mut self, path: &str, written: &str, span: Span) {
        let span = inner(span, written.len());
        let (mut path, mut written) = (Some(path), Some(written));
        while let (Some(state), Some(name)) = (path, written) {
            let length = name.rsplit('.').next().unwrap_or(name).len();
            // Where YAML changed the characters, only all of them can be pointed at.
            let start = span.start + u32::try_from(name.len() - length).unwrap_or(u32::MAX);
            let end = start.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
            let place = Span { start, end, ..span };
            if end <= span.end {
                self.used(Kind::State, state, place);
            }
            path = state.rsplit_once('.').map(|(around, _)| around);
            written = name.rsplit_once('.').map(|(around, _)| around);
        }
    }
}

/// Some bytes of the text of a scalar; `None` where YAML changed the characters.
fn part((text, span): (&str, Span), bytes: Range<usize>) -> Option<Span> {
    let span = inner(span, text.len());
    let offset = |at: usize| {
        span.start
            .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
    };
    (span.len() == text.len()).then(|| Span {
        start: offset(bytes.start),
        end: offset(bytes.end),
        ..span
    })
}
