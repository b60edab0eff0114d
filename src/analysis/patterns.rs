//! How questions about one text lie to each other.
//!
//! In: whether a text starts with, ends with or contains others that are written out. Out: what follows from that for
//! each of them: a text that starts with `AB` starts with `A`, and not with `B`; and what is known of every text that is
//! written out itself. Whether there is a text for all that is answered has to be confirmed.

use std::collections::BTreeMap;
use std::sync::Arc;

use batsat::Lit;

use super::encode::{Encoder, Who};
use super::number::Number;
use crate::context::Value;
use crate::guard::tree::{Form, Function, Tree};

/// What texts were asked, by their signatures.
pub(super) type Patterns = BTreeMap<(Who, String), Vec<Pattern>>;

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    function: Function,
    part: Arc<str>,
    holds: Lit,
}

impl Pattern {
    fn of(function: Function, part: &Arc<str>, holds: Lit) -> Option<Self> {
        let function = match function {
            Function::Within => Function::Contains,
            other => other,
        };
        let is_known = function == Function::Contains || is_end(function);
        is_known.then(|| Self {
            function,
            part: Arc::clone(part),
            holds,
        })
    }

    /// What a text answers.
    fn answer(&self, text: &str) -> bool {
        match self.function {
            Function::StartsWith => text.starts_with(&*self.part),
            Function::EndsWith => text.ends_with(&*self.part),
            _ => text.contains(&*self.part),
        }
    }

    /// Whether every text that is so is also as another question asks.
    fn implies(&self, other: &Self) -> bool {
        let is_alike = self.function == other.function || other.function == Function::Contains;
        is_alike && other.answer(&self.part)
    }

    /// Whether no text is both.
    fn excludes(&self, other: &Self) -> bool {
        let is_alike = self.function == other.function && is_end(self.function);
        is_alike && !self.answer(&other.part) && !other.answer(&self.part)
    }
}

fn is_end(function: Function) -> bool {
    matches!(function, Function::StartsWith | Function::EndsWith)
}

impl Encoder<'_> {
    /// Says how the answer to a question lies to those before it; `code` is that of the text.
    pub(super) fn relate_pattern(
        &mut self,
        function: Function,
        [text, part]: [&Tree; 2],
        code: &Number,
        holds: Lit,
    ) {
        let Form::Constant(Value::Text(part)) = &part.form else {
            return;
        };
        let Some(asked) = Pattern::of(function, part, holds) else {
            return;
        };
        let circuit = &mut self.space.circuit;
        if part.is_empty() {
            circuit.require(holds);
        }
        for (known, text) in self.space.texts.known() {
            let is_it = circuit.within(code, known, known);
            circuit.clause(&[!is_it, if asked.answer(text) { holds } else { !holds }]);
        }
        let others = self
            .patterns
            .entry((self.who, text.signature()))
            .or_default();
        for other in others.iter() {
            for (one, two) in [(&asked, other), (other, &asked)] {
                if one.implies(two) {
                    circuit.clause(&[!one.holds, two.holds]);
                }
            }
            if asked.excludes(other) {
                circuit.clause(&[!holds, !other.holds]);
            }
        }
        others.push(asked);
    }
}
