//! Where each name of a workflow is declared, and where it is used.
//!
//! In: a [`Document`], with what it extends already in it, and what a file overrides of that. Out: [`Symbols`], by
//! place and by name, which editors go to and list. Names are found where `compile` finds them: those of states from where they are
//! written outward. What is declared nowhere is no symbol; that it is unknown is for others to say.

mod declare;
mod note;
mod overridden;
mod walk;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Name};
use crate::source::{FileId, Span};

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A state; its name is its path, `submitted.blocked`.
    State,
    /// An event.
    Event,
    /// A value that an event brings; its name is `event.field`.
    Payload,
    /// A timer of a state; its name is `state.timer`.
    Timer,
    /// A field of the order.
    Field,
    /// A setting.
    Setting,
    /// An actor.
    Actor,
    /// A flag.
    Flag,
    /// An attribute.
    Attribute,
    /// A named guard.
    Guard,
    /// An effect.
    Effect,
    /// A group of states.
    Group,
    /// A set of children.
    Children,
}

impl Kind {
    /// The kind of the names under a key of a workflow file: `states`, `context`.
    pub fn of_section(key: &str) -> Option<Self> {
        Some(match key {
            "states" => Self::State,
            "transitions" => Self::Event,
            "settings" => Self::Setting,
            "context" => Self::Field,
            "actors" => Self::Actor,
            "flags" => Self::Flag,
            "attributes" => Self::Attribute,
            "guards" => Self::Guard,
            "effects" => Self::Effect,
            "groups" => Self::Group,
            "children" => Self::Children,
            _ => return None,
        })
    }

    /// What people call it: `state`, `field`.
    pub fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Event => "event",
            Self::Payload => "value of an event",
            Self::Timer => "timer",
            Self::Field => "field",
            Self::Setting => "setting",
            Self::Actor => "actor",
            Self::Flag => "flag",
            Self::Attribute => "attribute",
            Self::Guard => "guard",
            Self::Effect => "effect",
            Self::Group => "group",
            Self::Children => "set of children",
        }
    }
}

/// A declared name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// What it is the name of.
    pub kind: Kind,
    /// The whole name: paths are dotted.
    pub path: String,
    /// Where it is declared: the characters of its last word.
    pub declared: Span,
    /// What stands under it, the name included; only the name where that is not known.
    pub whole: Span,
    /// What the file says it means.
    pub doc: Option<String>,
    /// Where it is used, by place: the characters of its last word.
    pub uses: Vec<Span>,
}

impl Symbol {
    /// The last word of the path, as it is written where it is declared.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// All places of the name, where it is declared first.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        std::iter::once(self.declared).chain(self.uses.iter().copied())
    }
}

/// The declared names of a workflow.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    /// In the order in which they are declared.
    all: Vec<Symbol>,
    by_name: BTreeMap<(Kind, String), usize>,
    /// By place.
    places: Vec<(Span, usize)>,
    /// The sets of children that run this very workflow.
    own: BTreeSet<String>,
}

impl Symbols {
    /// Those of a document.
    pub fn of(document: &Document) -> Self {
        let mut symbols = Self::default();
        declare::declare(&mut symbols, document);
        walk::walk(&mut symbols, document);
        symbols.settle();
        symbols
    }

    /// Puts all in order of place, once all uses are noted.
    pub(crate) fn settle(&mut self) {
        for symbol in &mut self.all {
            let declared = symbol.declared;
            symbol.uses.retain(|span| *span != declared);
            symbol.uses.sort_unstable();
            symbol.uses.dedup();
        }
        let places = self.all.iter().enumerate();
        let places = places.flat_map(|(at, symbol)| symbol.places().map(move |span| (span, at)));
        self.places = places.collect();
        self.places.sort_unstable();
    }

    /// All of them, in the order in which they are declared.
    pub fn iter(&self) -> std::slice::Iter<'_, Symbol> {
        self.all.iter()
    }

    /// The symbol of a kind and name.
    pub fn get(&self, kind: Kind, path: &str) -> Option<&Symbol> {
        let at = self.by_name.get(&(kind, path.to_owned()))?;
        self.all.get(*at)
    }

    /// The symbol whose name stands at an offset of a file, or ends there, and the characters of it.
    pub fn at(&self, file: FileId, offset: u32) -> Option<(&Symbol, Span)> {
        let covers = |span: Span| span.file == file && span.start <= offset && offset <= span.end;
        let mut found = self.places.iter().filter(|(span, _)| covers(*span));
        let (span, at) = found.next_back()?;
        Some((self.all.get(*at)?, *span))
    }

    /// Whether the children of a set run this very workflow.
    pub(crate) fn runs_itself(&self, set: &str) -> bool {
        self.own.contains(set)
    }

    /// Notes a declaration; of one name the first counts.
    fn declare(&mut self, kind: Kind, path: String, name: &Name, (whole, doc): About<'_>) {
        if name.span.is_empty() || self.by_name.contains_key(&(kind, path.clone())) {
            return;
        }
        self.by_name.insert((kind, path.clone()), self.all.len());
        self.all.push(Symbol {
            kind,
            path,
            declared: inner(name.span, name.value.len()),
            whole: whole.filter(|span| !span.is_empty()).unwrap_or(name.span),
            doc: doc.map(str::to_owned),
            uses: Vec::new(),
        });
    }

    /// Notes a use, where the name is declared.
    fn used(&mut self, kind: Kind, path: &str, span: Span) -> bool {
        let Some(&at) = self.by_name.get(&(kind, path.to_owned())) else {
            return false;
        };
        if let Some(symbol) = self.all.get_mut(at)
            && !span.is_empty()
        {
            symbol.uses.push(span);
        }
        true
    }
}

impl<'a> IntoIterator for &'a Symbols {
    type Item = &'a Symbol;
    type IntoIter = std::slice::Iter<'a, Symbol>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// What a declaration covers, and what it says of itself.
type About<'a> = (Option<Span>, Option<&'a str>);

/// The characters of a name of so many bytes within those of its scalar: less its quotes.
fn inner(span: Span, length: usize) -> Span {
    match span.len() == length + 2 {
        true => Span {
            start: span.start + 1,
            end: span.end - 1,
            ..span
        },
        false => span,
    }
}
