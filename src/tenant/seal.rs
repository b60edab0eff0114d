//! What a base seals, and which overrides break a seal.

use super::nodes::{child, text};
use super::problem::{missing, noun, shown};
use super::shape::{Kind, Shape};
use super::{Override, Path, Verb, rules};
use crate::diagnostic::Diagnostic;
use crate::parse::problems::Problems;
use crate::parse::tree::{Kind as Is, Node, Pair};
use crate::source::{Span, Texts};

/// A part that may not be overridden, nor anything within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    /// The part.
    pub(crate) path: Path,
    /// Where it is sealed.
    pub(crate) place: Span,
}

/// What no tenant changes or removes, sealed or not: what every tenant keeps is said there.
const KEPT: [&str; 3] = ["mandatory", "slot", "sealed"];

/// Reads the value of `sealed:`.
pub(super) fn read(node: Option<&Node<'_>>) -> Vec<Seal> {
    let mut seals = Vec::new();
    if let Some(node) = node {
        gather(node, &mut Vec::new(), &mut seals);
    }
    seals
}

fn gather(node: &Node<'_>, path: &mut Path, seals: &mut Vec<Seal>) {
    let mut add = |name: &str, place: Span, path: &mut Path| {
        path.push(name.to_owned());
        let seal = Seal {
            path: path.clone(),
            place,
        };
        seals.push(seal);
        path.pop();
    };
    match &node.kind {
        Is::Map(pairs) => {
            for pair in pairs {
                path.push(pair.key.text.to_string());
                gather(&pair.value, path, seals);
                path.pop();
            }
        }
        Is::List(items) => {
            for item in items {
                if let Some(name) = text(item) {
                    add(name, item.span, path);
                }
            }
        }
        Is::Scalar(scalar) => add(&scalar.text, node.span, path),
        // A key alone seals what it names.
        Is::Null => {
            if let Some(name) = path.pop() {
                add(&name, node.extent_of_key(), path);
                path.push(name);
            }
        }
        Is::Refused => {}
    }
}

/// Paths in the form that two of them are united in: mappings, with nothing below what is named whole.
pub(super) fn named(node: &mut Node<'static>) {
    let items = match &node.kind {
        Is::Scalar(_) => vec![node.lend().into_owned()],
        Is::List(items) => items.iter().map(|item| item.lend().into_owned()).collect(),
        _ => return,
    };
    let pairs = items.into_iter().filter_map(|item| {
        let Is::Scalar(name) = item.kind else {
            return None;
        };
        let value = Node {
            kind: Is::Null,
            span: Span {
                start: item.span.end,
                ..item.span
            },
            key: Some(item.span),
            complete: true,
        };
        Some(Pair { key: name, value })
    });
    node.kind = Is::Map(pairs.collect());
}

/// Whether what is sealed exists; where not, that is reported.
pub(super) fn exists(
    seal: &Seal,
    tree: &Node<'_>,
    texts: Texts<'_>,
    problems: &mut Problems,
) -> bool {
    let mut here = tree;
    let mut shape = Shape::Record(Kind::File);
    for (at, name) in seal.path.iter().enumerate() {
        let is_last = at + 1 == seal.path.len();
        let listed = |items: &[Node<'_>]| items.iter().any(|item| text(item) == Some(name));
        match (&here.kind, child(here, name)) {
            (_, Some(below)) => here = below,
            (Is::List(items), _) if is_last && listed(items) => {}
            (Is::Scalar(only), _) if is_last && only.text == *name => {}
            // What the file does not say there is sealed as unsaid.
            _ if is_last && shape.has_key(name) => {}
            _ => {
                let names: Vec<&str> = match &here.kind {
                    Is::Map(pairs) => pairs.iter().map(|pair| &*pair.key.text).collect(),
                    Is::List(items) => items.iter().filter_map(text).collect(),
                    _ => Vec::new(),
                };
                let path = seal.path.get(..=at).unwrap_or_default();
                let mut found = missing(name, seal.place, noun(path), names);
                found.rule = &rules::UNKNOWN_SEALED;
                found.message = format!("there is no {} `{}` to seal", noun(path), shown(path));
                if texts.slice(seal.place) != name {
                    found.fix = None;
                }
                problems.push(found);
                return false;
            }
        }
        shape = shape.under(name);
    }
    true
}

/// Reports an override of what is sealed, or of what every tenant keeps.
pub(super) fn judge(done: &Override, seals: &[Seal], problems: &mut Problems) {
    let starts = |path: &[String], with: &[String]| path.starts_with(with);
    let broken = seals.iter().find(|seal| {
        let within = starts(&done.path, &seal.path);
        let around = done.verb != Verb::Add && starts(&seal.path, &done.path);
        within || around
    });
    let what = shown(&done.path);
    if let Some(seal) = broken {
        let message = match seal.path.len() > done.path.len() {
            true => format!("`{}` within `{what}` is sealed", shown(&seal.path)),
            false => format!("`{what}` is sealed"),
        };
        let found = Diagnostic::new(&rules::SEALED_OVERRIDE, done.place, message)
            .label(did(done.verb))
            .also(seal.place, "sealed here")
            .help("no file that extends the base may override it");
        problems.push(found);
        return;
    }
    let section = done.path.first().map_or("", String::as_str);
    let is_kept = KEPT.contains(&section);
    let is_type =
        matches!(done.path.as_slice(), [section, _, key] if section == "settings" && key == "type");
    if done.verb != Verb::Add && (is_kept || is_type) {
        let message = format!("`{what}` is kept by every file that extends the base");
        let mut found = Diagnostic::new(&rules::SEALED_OVERRIDE, done.place, message)
            .label(did(done.verb))
            .help(match section {
                "settings" => "declare a setting of another name under `add:`",
                "sealed" => "only more can be sealed, under `sealed:`",
                _ => "only more can be demanded, under `add:`",
            });
        if let Some(base) = done.base {
            found = found.also(base, "said here");
        }
        problems.push(found);
    }
}

fn did(verb: Verb) -> &'static str {
    match verb {
        Verb::Add => "added here",
        Verb::Change => "changed here",
        Verb::Remove => "removed here",
    }
}
