//! Keys that may not stand beside each other, and keys of which one must stand.

use super::decode::{Decoder, Fields};
use super::rule;
use super::tree::Node;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

impl Decoder<'_> {
    /// Reports `second` where `first` stands too.
    pub(super) fn not_both(&mut self, fields: &Fields<'_, '_>, first: &str, second: &str) {
        if let (Some(one), Some(other)) = (fields.key(first), fields.key(second)) {
            let message = format!("`{first}` and `{second}` exclude each other");
            let diagnostic = Diagnostic::new(&rule::MISPLACED_KEY, other, message)
                .also(one, format!("`{first}` stands here"))
                .help("keep one of them");
            self.problems.push(diagnostic);
        }
    }

    /// Reports where neither or both stand.
    pub(super) fn one_of(&mut self, fields: &Fields<'_, '_>, first: &str, second: &str) {
        self.not_both(fields, first, second);
        if fields.key(first).is_none() && fields.key(second).is_none() && fields.complete() {
            let message = format!("`{first}` or `{second}` is missing in {}", fields.what());
            self.missing(fields.node(), &message);
        }
    }

    /// Reports a key that makes no sense beside another.
    pub(super) fn misplaced(&mut self, span: Span, message: &str, other: Span, why: &str) {
        let diagnostic = Diagnostic::new(&rule::MISPLACED_KEY, span, message);
        self.problems
            .push(diagnostic.also(other, why).help("remove one of them"));
    }

    /// Reports a key that needs one of others beside it.
    pub(super) fn needs(&mut self, fields: &Fields<'_, '_>, key: &str, others: &[&str]) {
        let alone = others.iter().all(|other| fields.key(other).is_none());
        if let Some(span) = fields.key(key).filter(|_| alone && fields.complete()) {
            let named: Vec<String> = others.iter().map(|other| format!("`{other}`")).collect();
            let named = named.join(" or ");
            let message = format!("`{key}` says something of {named}, and there are none");
            let diagnostic = Diagnostic::new(&rule::MISPLACED_KEY, span, message);
            let help = format!("remove `{key}`, or write {named}");
            self.problems.push(diagnostic.help(help));
        }
    }

    /// Reports something that must stand in a mapping and does not.
    pub(super) fn missing(&mut self, node: &Node<'_>, message: &str) {
        let span = self.point(node);
        self.problems
            .push(Diagnostic::new(&rule::MISSING_KEY, span, message));
    }
}
