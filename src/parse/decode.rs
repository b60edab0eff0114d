//! A tree of nodes to the types of the document, one trait for all of them.
//!
//! In: nodes. Out: values, and a problem for each node that is none. [`record!`] is the one place
//! where the keys of a type stand: a field that is not listed does not compile.

use std::borrow::Cow;

use super::MAX_RECORDS;
use super::problems::Problems;
use super::tree::{Kind, Node, Pair};
use super::{rule, scalar};
use crate::diagnostic::{Diagnostic, lookalike};
use crate::source::{Span, Texts};

/// What decoding needs besides the node: the text, and a place for problems.
pub(crate) struct Decoder<'a> {
    pub(crate) source: Texts<'a>,
    pub(crate) problems: &'a mut Problems,
    /// How many records were read.
    records: usize,
}

/// What the names of entries of a type may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    /// An id that refers to something, or a locale: any id.
    Reference,
    /// It declares something: no word of the format.
    Declares,
    /// It declares something that guards name: no word of Rhai either.
    Variable,
}

/// A type that can be read from a node.
pub(crate) trait Decode: Sized {
    /// Whether nothing may be written for it.
    const NULLABLE: bool = false;
    /// What the keys of a mapping of such values are.
    const NAMING: Naming = Naming::Reference;

    /// What is expected: "a list", "`true` or `false`".
    fn expected() -> Cow<'static, str>;

    /// Reads a node, and reports what is wrong with it.
    fn decode(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<Self>;
}

/// A type that is a mapping with known keys.
pub(crate) trait Record: Decode {
    /// What a text in place of the mapping is most likely meant for.
    const BRIEF: Option<Brief> = None;

    /// The keys of the type, those of a flattened one included.
    fn keys() -> Vec<&'static str>;

    /// Whether a key is one of them.
    fn knows(key: &str) -> bool;

    /// Reads the values.
    fn fill(fields: &Fields<'_, '_>, decoder: &mut Decoder<'_>) -> Option<Self>;
}

/// What a text in place of a mapping is most likely meant for.
pub(crate) enum Brief {
    /// The value of this key.
    Value(&'static str),
    /// The value of this key, where it is one of these words or like one.
    Word(&'static str, &'static [&'static str]),
    /// The value of the first key, and the second is missing as well: what is to stand there is in capitals.
    With(&'static str, &'static str, &'static str),
}

/// A type that is one of several words.
pub(crate) trait Words {
    /// The words.
    const WORDS: &'static [&'static str];
}

/// Reads a node where a value must be.
pub(crate) fn value<T: Decode>(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<T> {
    match &node.kind {
        Kind::Refused => None,
        Kind::Null if !T::NULLABLE => {
            decoder.no_value(node, &T::expected());
            None
        }
        _ => T::decode(node, decoder),
    }
}

/// Reads a record: its keys are checked against those that it knows.
pub(crate) fn mapping<T: Record>(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<T> {
    let pairs: &[Pair<'_>] = match &node.kind {
        Kind::Map(pairs) => pairs,
        Kind::Null => &[],
        _ => {
            let found = decoder.unexpected(node, &T::expected());
            let found = decoder.braced::<T>(node, found);
            decoder.push_at(node, found);
            return None;
        }
    };
    if !decoder.has_room(node) {
        return None;
    }
    let mut unknown = pairs
        .iter()
        .filter(|pair| !T::knows(&pair.key.text))
        .peekable();
    let mut meant = Vec::new();
    if unknown.peek().is_some() {
        let mut free = T::keys();
        free.retain(|key| !pairs.iter().any(|pair| pair.key.text == *key));
        for pair in unknown {
            decoder.unknown_key(pair, &T::keys(), pairs, &T::expected());
            let full = decoder.problems.is_full();
            let elsewhere = || super::elsewhere::key(&pair.key.text, &pair.value, &T::keys());
            let key = match full || elsewhere().is_some() {
                true => None,
                false => super::id::meant(&pair.key.text, &free),
            };
            free.retain(|other| Some(*other) != key);
            meant.extend(key.map(|key| (key, pair)));
        }
    }
    let what = T::expected();
    T::fill(
        &Fields {
            node,
            pairs,
            meant,
            what: &what,
        },
        decoder,
    )
}

/// The pairs of a record.
pub(crate) struct Fields<'n, 's> {
    node: &'n Node<'s>,
    pairs: &'n [Pair<'s>],
    /// Misspelt keys with the key that each stands for: they are read as what was meant, so that one
    /// wrong letter is one finding.
    meant: Vec<(&'static str, &'n Pair<'s>)>,
    what: &'n str,
}

impl<'n, 's> Fields<'n, 's> {
    /// The value under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'n Node<'s>> {
        let found = self.pairs.iter().find(|pair| pair.key.text == key);
        let meant = || self.meant.iter().find(|(meant, _)| *meant == key);
        let found = found.or_else(|| meant().map(|(_, pair)| *pair));
        found.map(|pair| &pair.value)
    }

    /// The place of a key.
    pub(crate) fn key(&self, key: &str) -> Option<Span> {
        self.get(key)?.key
    }

    /// The mapping that the record is read from.
    pub(crate) fn node(&self) -> &'n Node<'s> {
        self.node
    }

    /// What the record is, as people call it.
    pub(crate) fn what(&self) -> &'n str {
        self.what
    }

    /// The record with its own key.
    pub(crate) fn extent(&self) -> Span {
        self.node.extent()
    }

    /// Whether all of the record was read.
    pub(crate) fn complete(&self) -> bool {
        self.node.complete
    }

    /// A value that may be left out.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the listings call every way of reading alike"
    )]
    pub(crate) fn optional<T: Decode + Default>(
        &self,
        key: &str,
        decoder: &mut Decoder<'_>,
    ) -> Option<T> {
        let written = self.get(key).and_then(|node| value(node, decoder));
        Some(written.unwrap_or_default())
    }

    /// A value without which there is no record.
    pub(crate) fn required<T: Decode>(&self, key: &str, decoder: &mut Decoder<'_>) -> Option<T> {
        let Some(node) = self.get(key) else {
            decoder.missing_key(self, key);
            return None;
        };
        value(node, decoder)
    }

    /// A value that must be there, but whose absence does not hide the rest of the record.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the listings call every way of reading alike"
    )]
    pub(crate) fn needed<T: Decode + Default>(
        &self,
        key: &str,
        decoder: &mut Decoder<'_>,
    ) -> Option<T> {
        Some(self.required(key, decoder).unwrap_or_default())
    }

    /// An id that must be there.
    pub(crate) fn id(&self, key: &str, decoder: &mut Decoder<'_>) -> Option<crate::document::Name> {
        let name: crate::document::Name = self.needed(key, decoder)?;
        if let Some(Node {
            kind: Kind::Scalar(scalar),
            ..
        }) = self.get(key)
        {
            super::id::check(scalar, name.span, Naming::Declares, decoder);
        }
        Some(name)
    }
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(source: impl Into<Texts<'a>>, problems: &'a mut Problems) -> Self {
        Self {
            source: source.into(),
            problems,
            records: 0,
        }
    }

    /// Counts one more record or declared name, and says whether it may be read. The first that is
    /// too many is reported; the others are dropped with it.
    pub(crate) fn has_room(&mut self, node: &Node<'_>) -> bool {
        self.records += 1;
        if self.records == MAX_RECORDS + 1 {
            let message =
                format!("the file has more than {MAX_RECORDS} states, events and other mappings");
            let diagnostic = Diagnostic::new(&rule::TOO_LARGE, self.point(node), message);
            self.problems.push(diagnostic.label("the rest is not read"));
        }
        self.records <= MAX_RECORDS
    }

    /// The place that stands for a node: its text, or its key where it takes several lines.
    pub(crate) fn point(&self, node: &Node<'_>) -> Span {
        let text = self.source.slice(node.span);
        let Some(line) = text.find('\n') else {
            return if text.is_empty() {
                node.extent()
            } else {
                node.span
            };
        };
        let first = Span::new(
            node.span.file,
            node.span.start as usize,
            node.span.start as usize + line,
        );
        node.key.unwrap_or(first)
    }

    /// `` under `key` `` for what stands under a key.
    pub(crate) fn under(&self, node: &Node<'_>) -> String {
        node.key.map_or(String::new(), |key| {
            format!(" under `{}`", shorten(self.source.slice(key)))
        })
    }

    /// Adds to a finding how a text of one line is written as the mapping that it is short for.
    fn braced<T: Record>(&self, node: &Node<'_>, found: Diagnostic) -> Diagnostic {
        let Kind::Scalar(scalar) = &node.kind else {
            return found;
        };
        let text = &*scalar.text;
        if T::knows(text) {
            return found.help(format!("`{text}` is a key: write `{{ {text}: VALUE }}`"));
        }
        let written = self.source.slice(node.span);
        if let Some(Brief::Word("type", _)) = T::BRIEF
            && let Some(told) = super::elsewhere::declared(written)
        {
            return found.help(told);
        }
        if written.contains('\n') || scalar.is_plain() && scalar::looks_typed(written) {
            return found;
        }
        let value = match scalar.is_plain() {
            true => scalar::in_flow(written),
            false => written.to_owned(),
        };
        let (mapping, is_whole) = match T::BRIEF {
            Some(Brief::Value(key)) => (format!("{{ {key}: {value} }}"), true),
            Some(Brief::Word(key, words)) => match super::id::meant(text, words) {
                Some(word) => (format!("{{ {key}: {word} }}"), true),
                None => {
                    let words = scalar::listed(words);
                    return found.help(format!("write `{{ {key}: … }}` with one of {words}"));
                }
            },
            Some(Brief::With(key, other, what)) => {
                (format!("{{ {key}: {value}, {other}: {what} }}"), false)
            }
            None => return found,
        };
        let found = found.help(format!("write `{mapping}`"));
        match is_whole {
            true => found.fix(node.span, mapping, "write a mapping"),
            false => found,
        }
    }

    /// A value of another kind than expected.
    pub(crate) fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        let diagnostic = self.unexpected(node, expected);
        self.push_at(node, diagnostic);
    }

    /// Reports what is wrong with a node, unless the rest of the node was not read.
    pub(crate) fn push_at(&mut self, node: &Node<'_>, diagnostic: Diagnostic) {
        if node.complete {
            self.problems.push(diagnostic);
        }
    }

    /// The finding for a value of another kind than expected, for the caller to add a hint.
    pub(crate) fn unexpected(&self, node: &Node<'_>, expected: &str) -> Diagnostic {
        let found = match &node.kind {
            Kind::Null | Kind::Refused => "nothing".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Scalar(scalar) if scalar.is_plain() => format!("`{}`", shorten(&scalar.text)),
            Kind::Scalar(scalar) => format!("the text `{}`", shorten(&scalar.text)),
        };
        let message = format!("expected {expected}{}, found {found}", self.under(node));
        Diagnostic::new(&rule::WRONG_TYPE, self.point(node), message)
    }

    /// Whether a key stands in `{ }` without a colon, behind a `,`: the rest of a text that had one.
    fn is_torn(&self, key: Span) -> bool {
        let Some(file) = self.source.get(key.file) else {
            return false;
        };
        let (before, behind) = (
            file.text().get(..key.start as usize),
            file.text().get(key.end as usize..),
        );
        let is_behind_comma = before.is_some_and(|text| text.trim_end().ends_with(','));
        let ends = behind.is_some_and(|text| text.trim_start().starts_with(['}', ',']));
        is_behind_comma && ends
    }

    pub(super) fn no_value(&mut self, node: &Node<'_>, expected: &str) {
        let message = match node.key {
            Some(key) => format!("`{}` has no value", shorten(self.source.slice(key))),
            None => "there is no value here".to_owned(),
        };
        let help = match node.key {
            Some(_) => format!("give it {expected}, or remove the key"),
            None => format!("write {expected}"),
        };
        self.problems
            .push(Diagnostic::new(&rule::WRONG_TYPE, self.point(node), message).help(help));
    }

    fn missing_key(&mut self, fields: &Fields<'_, '_>, key: &str) {
        if fields.complete() {
            let message = format!("`{key}` is missing in {}", fields.what);
            let span = self.point(fields.node);
            let mut diagnostic = Diagnostic::new(&rule::MISSING_KEY, span, message);
            if key == "flagstate" {
                diagnostic = diagnostic.help("begin the file with `flagstate: 1`");
            }
            self.problems.push(diagnostic);
        }
    }

    fn unknown_key(
        &mut self,
        pair: &Pair<'_>,
        known: &[&'static str],
        beside: &[Pair<'_>],
        what: &str,
    ) {
        let written = &*pair.key.text;
        let message = format!("unknown key `{}` in {what}", shorten(written));
        let span = pair.value.key.unwrap_or(pair.value.span);
        let mut diagnostic = Diagnostic::new(&rule::UNKNOWN_KEY, span, message);
        if let Some(odd) = written.chars().find(|&c| lookalike::is_odd_sign(c)) {
            let told = format!("{} stands in it", lookalike::odd_sign(odd));
            self.problems.push(diagnostic.help(told));
            return;
        }
        if pair.key.is_plain()
            && matches!(pair.value.kind, Kind::Null)
            && let Some(number) = scalar::torn_number(self.source, span)
        {
            let (torn, meant) = (self.source.slice(number.0), number.1);
            let message = format!("`{torn}` is no number: a `,` within `{{ }}` ends a value");
            let diagnostic = Diagnostic::new(&rule::WRONG_TYPE, number.0, message);
            let fix = format!("replace with `{meant}`");
            let help = format!("did you mean `{meant}`?");
            // The first part tells of the others.
            let before = Span {
                end: span.start,
                ..number.0
            };
            if self.source.slice(before).matches(',').count() == 1 {
                self.problems
                    .push(diagnostic.help(help).fix(number.0, meant, fix));
            }
            return;
        }
        if pair.key.is_plain()
            && matches!(pair.value.kind, Kind::Null)
            && (written.contains(' ')
                || self.is_torn(span) && super::id::meant(written, known).is_none())
        {
            diagnostic = diagnostic
                .help("a `,` within `{ }` ends a value: put a text that contains one in quotes");
        } else if let Some(told) = super::elsewhere::key(written, &pair.value, known) {
            diagnostic = diagnostic.help(told);
        } else if !self.problems.is_full()
            && let Some(meant) = super::id::synonym(written, known)
            && beside.iter().any(|pair| pair.key.text == meant)
        {
            let told =
                format!("the format calls it `{meant}`, which stands there: remove one of them");
            diagnostic = diagnostic.help(told);
        } else if !self.problems.is_full() {
            diagnostic = super::id::hint(diagnostic, written, known);
        }
        self.problems.push(diagnostic);
    }
}

/// The beginning of a text on one line, for messages.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= MOST && line.len() == text.trim_end().len() {
        return line.to_owned();
    }
    line.chars().take(MOST).chain(['…']).collect()
}

/// Lists the keys of a struct of the document, and how each is read: `optional`, `required` (without
/// it the record is dropped), `needed` (without it the record keeps a default) or `id`. `brief` is the [`Brief`] of
/// the type.
macro_rules! record {
    (
        $type:ident, $what:literal, $naming:ident
        fields { $($field:ident: $key:literal $mode:ident,)* }
        $(flatten { $flat:ident: $flat_type:ident })*
        $(span { $span:ident })?
        $(check { $check:expr })?
        $(nullable { $nullable:literal })?
        $(brief { $brief:expr })?
    ) => {
        impl $crate::parse::decode::Record for $type {
            $(const BRIEF: Option<$crate::parse::decode::Brief> = Some($brief);)?

            fn keys() -> Vec<&'static str> {
                let own = [$($key),*];
                own.into_iter()$(.chain(<$flat_type as $crate::parse::decode::Record>::keys()))*.collect()
            }

            fn knows(key: &str) -> bool {
                const OWN: &[&str] = &[$($key),*];
                OWN.contains(&key) $(|| <$flat_type as $crate::parse::decode::Record>::knows(key))*
            }

            fn fill(
                fields: &$crate::parse::decode::Fields<'_, '_>,
                decoder: &mut $crate::parse::decode::Decoder<'_>,
            ) -> Option<Self> {
                $($check(fields, decoder);)?
                $(let $field = fields.$mode($key, decoder);)*
                $(let $flat = <$flat_type as $crate::parse::decode::Record>::fill(fields, decoder);)*
                Some(Self {
                    $($field: $field?,)*
                    $($flat: $flat?.into(),)*
                    $($span: fields.extent(),)?
                })
            }
        }

        impl $crate::parse::decode::Decode for $type {
            const NAMING: $crate::parse::decode::Naming = $crate::parse::decode::Naming::$naming;
            $(const NULLABLE: bool = $nullable;)?

            fn expected() -> std::borrow::Cow<'static, str> {
                $what.into()
            }

            fn decode(
                node: &$crate::parse::tree::Node<'_>,
                decoder: &mut $crate::parse::decode::Decoder<'_>,
            ) -> Option<Self> {
                $crate::parse::decode::mapping(node, decoder)
            }
        }
    };
}
pub(crate) use record;

/// Lists the words of an enum of the document.
macro_rules! words {
    ($type:ident, $what:literal { $($word:literal = $variant:ident,)* }) => {
        impl $crate::parse::decode::Words for $type {
            const WORDS: &'static [&'static str] = &[$($word),*];
        }

        impl $crate::parse::decode::Decode for $type {
            fn expected() -> std::borrow::Cow<'static, str> {
                $what.into()
            }

            fn decode(
                node: &$crate::parse::tree::Node<'_>,
                decoder: &mut $crate::parse::decode::Decoder<'_>,
            ) -> Option<Self> {
                use $crate::parse::decode::Words;
                // No variant may be left out of the list.
                const _: fn($type) = |word| match word { $($type::$variant)|* => () };
                match $crate::parse::scalar::word(node, $what, Self::WORDS, decoder)? {
                    $($word => Some($type::$variant),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use words;
