//! One tenant's `add`, `change`, `remove` and `settings` upon the tree of its base.
//!
//! In: the base's tree, and the sections of the tenant's. Out: the effective tree, and every
//! [`Override`]: what was done to which part, and where both sides stand. Each node keeps the place it
//! was written at, so that the effective tree knows where every value comes from.
//! An override that does not fit is reported and left out; nothing is replaced that was not named.

use super::nodes::{as_list, as_mapping, as_rows, child, declaration, find, same, text};
use super::problem;
use super::shape::{Kind, Shape};
use super::{Override, Path, Verb, show};
use crate::diagnostic::Diagnostic;
use crate::parse::problems::Problems;
use crate::parse::tree::{Kind as Is, Node, Pair, Scalar};
use crate::source::{Span, Texts};

/// The sections of a tenant's file that override something.
#[derive(Debug, Default)]
pub(super) struct Sections<'n, 's> {
    pub(super) settings: Option<&'n Node<'s>>,
    pub(super) add: Option<&'n Node<'s>>,
    pub(super) change: Option<&'n Node<'s>>,
    pub(super) remove: Option<&'n Node<'s>>,
}

/// Applies the sections to a tree: first what goes, then what is different, then what is new.
pub(super) fn apply(
    base: &mut Node<'_>,
    sections: &Sections<'_, '_>,
    texts: Texts<'_>,
    problems: &mut Problems,
) -> Vec<Override> {
    let mut merge = Merge {
        texts,
        problems,
        overrides: Vec::new(),
        path: Vec::new(),
    };
    let file = Shape::Record(Kind::File);
    if let Some(remove) = sections.remove {
        merge.remove(base, remove, file);
    }
    if let Some(settings) = sections.settings {
        merge.settings(base, settings);
    }
    if let Some(change) = sections.change {
        merge.change(base, change, file);
    }
    if let Some(add) = sections.add {
        merge.add(base, add, file);
    }
    merge.overrides
}

/// The keys that each file says of itself.
const OF_THE_FILE: [&str; 6] = ["flagstate", "workflow", "version", "title", "doc", "sealed"];

struct Merge<'a> {
    texts: Texts<'a>,
    problems: &'a mut Problems,
    overrides: Vec<Override>,
    path: Path,
}

impl Merge<'_> {
    /// Does something below a key.
    fn within(&mut self, key: &str, act: impl FnOnce(&mut Self)) {
        self.path.push(key.to_owned());
        act(self);
        self.path.pop();
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// Notes what is done to the part at the current path, from what the base says to what the tenant
    /// says.
    fn note(&mut self, verb: Verb, place: Span, from: Option<&Node<'_>>, to: Option<&Node<'_>>) {
        if verb == Verb::Change
            && let Some(first) = self.done(Verb::Change)
        {
            self.push(problem::twice(place, first, &self.path));
        }
        // A thing that comes or goes as a whole is named by its path.
        let told = match verb {
            Verb::Change => show::changed,
            Verb::Add | Verb::Remove => show::value,
        };
        self.overrides.push(Override {
            verb,
            path: self.path.clone(),
            place,
            base: from.map(|node| problem::place(node, self.texts)),
            from: from.and_then(told),
            to: to.and_then(told),
        });
    }

    /// Where the part at the current path was overridden so.
    fn done(&self, verb: Verb) -> Option<Span> {
        let mut done = self.overrides.iter();
        let found = done.find(|done| done.verb == verb && done.path == self.path);
        found.map(|done| done.place)
    }

    /// Whether a key at the top is about the file itself; that is reported.
    fn is_of_the_file(&mut self, key: &str, place: Span, verb: Verb) -> bool {
        // Without a title or a text of its own, a file has those of its base, which may go.
        let most = if verb == Verb::Remove { 3 } else { 6 };
        let mut keys = OF_THE_FILE.iter().take(most);
        let is_told = self.path.is_empty() && keys.any(|own| *own == key);
        if is_told {
            self.push(problem::of_the_file(key, place, verb));
        }
        is_told
    }

    /// A value where a mapping must stand. Of a section as a whole the decoder of the file tells.
    fn no_mapping(&mut self, node: &Node<'_>) {
        if node.complete && !matches!(node.kind, Is::Refused) && !self.path.is_empty() {
            self.push(problem::no_mapping(node, &self.path, self.texts));
        }
    }

    /// The values of settings become their defaults.
    fn settings(&mut self, base: &mut Node<'_>, values: &Node<'_>) {
        let Is::Map(given) = &values.kind else {
            return;
        };
        let mut none = Vec::new();
        let declared = match find(base, "settings").map(|node| &mut node.kind) {
            Some(Is::Map(declared)) => declared,
            _ => &mut none,
        };
        let is_value = |pair: &&Pair<'_>| matches!(pair.value.kind, Is::Scalar(_));
        for pair in given.iter().filter(is_value) {
            let name = &*pair.key.text;
            self.within("settings", |merge| {
                merge.within(name, |merge| {
                    let known = declared.iter_mut().find(|known| known.key.text == name);
                    match known.map(|known| &mut known.value.kind) {
                        Some(Is::Map(keys)) => merge.within("default", |merge| {
                            let key = Scalar::plain("default");
                            merge.put(keys, key, &pair.value);
                        }),
                        _ => {
                            let known = declared.iter().map(|known| &*known.key.text);
                            let found = problem::not_in_base(pair, "setting", known);
                            let zone = match &pair.value.kind {
                                Is::Scalar(zone) if name == "timezone" => Some(&*zone.text),
                                _ => None,
                            };
                            merge.push(found.help(match zone {
                                Some(zone) => format!(
                                    "the zone is UTC where the base says nothing: write `timezone: {{ type: string, default: {zone} }}` under `add: settings:`"
                                ),
                                None => "`add:` declares settings of this file's own".to_owned(),
                            }));
                        }
                    }
                });
            });
        }
    }

    /// Puts a value under a key, in place of what stands there.
    fn put(&mut self, pairs: &mut Vec<Pair<'_>>, key: Scalar<'_>, value: &Node<'_>) {
        let known = pairs.iter_mut().find(|pair| pair.key.text == key.text);
        let place = value.extent();
        let copy = value.lend().into_owned();
        match known {
            Some(known) => {
                if same(&known.value, value) {
                    let base = problem::place(&known.value, self.texts);
                    self.problems
                        .push(problem::idle(value, base, &self.path, self.texts));
                }
                self.note(Verb::Change, place, Some(&known.value), Some(value));
                known.value = copy;
            }
            None => {
                self.note(Verb::Change, place, None, Some(value));
                let key = key.into_owned();
                pairs.push(Pair { key, value: copy });
            }
        }
    }

    fn change(&mut self, base: &mut Node<'_>, patch: &Node<'_>, shape: Shape) {
        let Is::Map(changes) = &patch.kind else {
            self.no_mapping(patch);
            return;
        };
        if changes.is_empty() {
            self.push(problem::nothing_said(patch, &self.path, self.texts));
        }
        if matches!(base.kind, Is::Null) {
            base.kind = Is::Map(Vec::new());
        }
        let declares = matches!(shape, Shape::Things(_) | Shape::Declared);
        if shape == Shape::Declared {
            as_mapping(base);
        }
        let Is::Map(pairs) = &mut base.kind else {
            self.no_mapping(patch);
            return;
        };
        for change in changes {
            let name = &*change.key.text;
            if self.is_of_the_file(name, change.value.extent_of_key(), Verb::Change) {
                continue;
            }
            self.within(name, |merge| {
                merge.change_key(pairs, change, shape.under(name), declares);
            });
        }
    }

    fn change_key(
        &mut self,
        pairs: &mut Vec<Pair<'_>>,
        change: &Pair<'_>,
        shape: Shape,
        declares: bool,
    ) {
        let name = &*change.key.text;
        let known = pairs.iter_mut().find(|pair| pair.key.text == name);
        let Some(known) = known else {
            if let Some(removed) = self.done(Verb::Remove) {
                self.push(problem::removed_here(change, removed, &self.path));
            } else if declares {
                let names = pairs.iter().map(|pair| &*pair.key.text);
                let what = problem::noun(&self.path);
                let found = problem::not_in_base(change, what, names);
                self.push(found.help("what is new stands under `add:`"));
            } else if let Shape::Things(_) | Shape::Declared = shape {
                let found = problem::not_in_base(change, "key", []);
                self.push(found.help("what is new stands under `add:`"));
            } else {
                self.put(pairs, change.key.lend(), &change.value);
            }
            return;
        };
        let both_maps = matches!(change.value.kind, Is::Map(_))
            && (shape == Shape::Declared || matches!(known.value.kind, Is::Map(_) | Is::Null));
        match (shape, &change.value.kind) {
            (_, Is::Refused) => {}
            (_, Is::Null) => {
                self.push(problem::nothing_said(&change.value, &self.path, self.texts));
            }
            (Shape::Record(_) | Shape::Values | Shape::Things(_) | Shape::Declared, _)
                if both_maps =>
            {
                self.change(&mut known.value, &change.value, shape);
            }
            (Shape::Things(_) | Shape::Declared, _) => self.no_mapping(&change.value),
            (Shape::Record(_), _) if declares => self.no_mapping(&change.value),
            _ => self.put(pairs, change.key.lend(), &change.value),
        }
    }

    fn add(&mut self, base: &mut Node<'_>, patch: &Node<'_>, shape: Shape) {
        if let Shape::Names | Shape::Guards | Shape::Rows = shape {
            self.append(base, patch, shape);
            return;
        }
        if shape == Shape::Declared && !matches!(patch.kind, Is::Map(_)) {
            self.declare(base, patch);
            return;
        }
        let Is::Map(additions) = &patch.kind else {
            self.no_mapping(patch);
            return;
        };
        if additions.is_empty() {
            self.push(problem::nothing_said(patch, &self.path, self.texts));
        }
        if matches!(base.kind, Is::Null) {
            base.kind = Is::Map(Vec::new());
        }
        if shape == Shape::Declared {
            as_mapping(base);
        }
        let is_event = shape == Shape::Record(Kind::Event);
        if is_event && additions.iter().any(|pair| pair.key.text == "moves") {
            as_rows(base);
        }
        let Is::Map(pairs) = &mut base.kind else {
            self.no_mapping(patch);
            return;
        };
        for addition in additions {
            let name = &*addition.key.text;
            if self.is_of_the_file(name, addition.value.extent_of_key(), Verb::Add) {
                continue;
            }
            self.within(name, |merge| {
                merge.add_key(pairs, addition, shape.under(name));
            });
        }
    }

    fn add_key(&mut self, pairs: &mut Vec<Pair<'_>>, addition: &Pair<'_>, shape: Shape) {
        let name = &*addition.key.text;
        let known = pairs.iter_mut().find(|pair| pair.key.text == name);
        let Some(known) = known else {
            self.add_new(pairs, addition, shape);
            return;
        };
        let is_way = is_way(&known.value, &addition.value, shape);
        let is_section = matches!(
            shape,
            Shape::Things(_) | Shape::Declared | Shape::Names | Shape::Guards | Shape::Rows
        );
        match &addition.value.kind {
            Is::Refused => {}
            Is::Null if is_section => {
                let found = problem::nothing_said(&addition.value, &self.path, self.texts);
                self.push(found);
            }
            Is::List(_) | Is::Scalar(_) if matches!(shape, Shape::Things(_)) => {
                self.no_mapping(&addition.value);
            }
            _ if is_way => self.add(&mut known.value, &addition.value, shape),
            _ => {
                let base = problem::place(&known.value, self.texts);
                self.push(problem::already(addition, base, &self.path));
            }
        }
    }

    /// Adds what the base has nothing of.
    fn add_new(&mut self, pairs: &mut Vec<Pair<'_>>, addition: &Pair<'_>, shape: Shape) {
        let is_section = self.path.len() == 1 && shape.has_parts();
        if is_section && matches!(addition.value.kind, Is::Null) {
            let found = problem::nothing_said(&addition.value, &self.path, self.texts);
            self.push(found);
            return;
        }
        if is_section && matches!(addition.value.kind, Is::Map(_) | Is::List(_)) {
            // The base lacks the whole section: each part of it is new.
            let mut section = Node {
                kind: Is::Null,
                ..addition.value.lend().into_owned()
            };
            self.add(&mut section, &addition.value, shape);
            if !matches!(section.kind, Is::Null) {
                let key = addition.key.lend().into_owned();
                pairs.push(Pair {
                    key,
                    value: section,
                });
            }
            return;
        }
        self.note(
            Verb::Add,
            addition.value.extent(),
            None,
            Some(&addition.value),
        );
        pairs.push(Pair {
            key: addition.key.lend().into_owned(),
            value: addition.value.lend().into_owned(),
        });
    }

    /// Adds names to a list of them, or rows behind the rows.
    fn append(&mut self, base: &mut Node<'_>, patch: &Node<'_>, shape: Shape) {
        as_list(base, shape);
        let one;
        let added: &[Node<'_>] = match &patch.kind {
            Is::List(items) => items,
            Is::Scalar(_) if matches!(shape, Shape::Names | Shape::Guards) => {
                one = [patch.lend()];
                &one
            }
            Is::Map(_) if shape == Shape::Guards => {
                one = [patch.lend()];
                &one
            }
            Is::Refused => return,
            _ => {
                self.push(problem::no_list(patch, &self.path, self.texts));
                return;
            }
        };
        let Is::List(items) = &mut base.kind else {
            self.push(problem::no_list(patch, &self.path, self.texts));
            return;
        };
        for item in added {
            let copy = item.lend().into_owned();
            let is_named = matches!(shape, Shape::Names | Shape::Guards);
            let Some(name) = text(item).filter(|_| is_named) else {
                let is_default = |row: &Node<'_>| child(row, "guard").is_none();
                // Branches end with one that has no guard; what is added comes before it.
                let branches = matches!(
                    self.path.last().map(String::as_str),
                    Some("initial" | "branches")
                );
                let ends = items.last().is_some_and(is_default);
                let at = items.len() - usize::from(branches && ends);
                self.within(&at.to_string(), |merge| {
                    merge.note(Verb::Add, item.span, None, None);
                });
                items.insert(at, copy);
                continue;
            };
            let known = items.iter().find(|known| text(known) == Some(name));
            let known = known.map(|known| known.span);
            self.within(name, |merge| match known {
                Some(known) => {
                    let found = problem::already_listed(item.span, known, &merge.path);
                    merge.push(found);
                }
                None => merge.note(Verb::Add, item.span, None, None),
            });
            if known.is_none() {
                items.push(copy);
            }
        }
    }

    /// Declares names that are only listed.
    fn declare(&mut self, base: &mut Node<'_>, patch: &Node<'_>) {
        let Is::Map(pairs) = &mut base.kind else {
            if matches!(base.kind, Is::Null) {
                base.kind = Is::List(Vec::new());
            }
            self.append(base, patch, Shape::Names);
            return;
        };
        let Is::List(items) = &patch.kind else {
            self.push(problem::no_list(patch, &self.path, self.texts));
            return;
        };
        for item in items {
            let Is::Scalar(scalar) = &item.kind else {
                self.push(problem::no_list(item, &self.path, self.texts));
                continue;
            };
            let known = pairs.iter().find(|pair| pair.key.text == scalar.text);
            let known = known.map(|known| known.value.extent());
            self.within(&scalar.text, |merge| match known {
                Some(known) => {
                    let found = problem::already_listed(item.span, known, &merge.path);
                    merge.push(found);
                }
                None => merge.note(Verb::Add, item.span, None, None),
            });
            if known.is_none() {
                pairs.push(declaration(scalar, item));
            }
        }
    }

    fn remove(&mut self, base: &mut Node<'_>, patch: &Node<'_>, shape: Shape) {
        match &patch.kind {
            Is::Scalar(name) => self.take(base, name, patch.span, shape),
            Is::List(names) => {
                for name in names {
                    // Of anything else the decoder of the tenant's file tells.
                    if let Is::Scalar(scalar) = &name.kind {
                        self.take(base, scalar, name.span, shape);
                    }
                }
            }
            Is::Map(parts) => {
                for part in parts {
                    let name = &*part.key.text;
                    let below = shape.under(name);
                    if matches!(part.value.kind, Is::Null) {
                        self.take(base, &part.key, part.value.extent_of_key(), shape);
                        continue;
                    }
                    match find(base, name) {
                        // What is sealed stays so, whichever part of it is named.
                        Some(known) if self.path.is_empty() && name == "sealed" => {
                            self.within(name, |merge| {
                                let place = part.value.extent_of_key();
                                merge.note(Verb::Remove, place, Some(known), None);
                            });
                        }
                        Some(known) => {
                            let known: &mut Node<'_> = known;
                            self.path.push(name.to_owned());
                            self.remove(known, &part.value, below);
                            let is_empty =
                                matches!(&known.kind, Is::List(items) if items.is_empty());
                            self.path.pop();
                            if is_empty && let Is::Map(pairs) = &mut base.kind {
                                // An empty list is none.
                                pairs.retain(|pair| pair.key.text != name);
                            }
                        }
                        None => self.missing(base, &part.key, part.value.extent_of_key()),
                    }
                }
            }
            Is::Null | Is::Refused => {}
        }
    }

    /// Takes one name out of a mapping or a list.
    fn take(&mut self, base: &mut Node<'_>, name: &Scalar<'_>, place: Span, shape: Shape) {
        if self.is_of_the_file(&name.text, place, Verb::Remove) {
            return;
        }
        let known = match (&mut base.kind, shape) {
            (Is::Map(pairs), _) => {
                let at = pairs.iter().position(|pair| pair.key.text == name.text);
                at.map(|at| pairs.remove(at).value)
            }
            (Is::List(items), Shape::Names | Shape::Guards | Shape::Declared) => {
                let at = items.iter().position(|item| text(item) == Some(&name.text));
                at.map(|at| items.remove(at))
            }
            (Is::Scalar(only), Shape::Names | Shape::Guards) if only.text == name.text => {
                let only = Node {
                    kind: Is::Null,
                    key: None,
                    ..*base
                };
                base.kind = Is::List(Vec::new());
                Some(only)
            }
            _ => None,
        };
        match known {
            Some(known) => self.within(&name.text, |merge| {
                merge.note(Verb::Remove, place, Some(&known), None);
            }),
            None => self.missing(base, name, place),
        }
    }

    /// Something that is to be removed, and is not there.
    fn missing(&mut self, base: &Node<'_>, name: &Scalar<'_>, place: Span) {
        let names: Vec<&str> = match &base.kind {
            Is::Map(pairs) => pairs.iter().map(|pair| &*pair.key.text).collect(),
            Is::List(items) => items.iter().filter_map(text).collect(),
            Is::Scalar(only) => vec![&*only.text],
            Is::Null | Is::Refused => Vec::new(),
        };
        let what = problem::noun_in(&self.path);
        let found = problem::missing(&name.text, place, what, names.iter().copied());
        self.problems.push(match &base.kind {
            Is::List(_) if names.is_empty() => {
                found.help("rows have no names: write the whole list under `change:`")
            }
            _ => found,
        });
    }
}

/// Whether what is added under a key that is there already can be added part by part.
fn is_way(known: &Node<'_>, added: &Node<'_>, shape: Shape) -> bool {
    match &added.kind {
        Is::Map(_) if shape == Shape::Guards => true,
        // `never` is a value, and nothing stands within it.
        Is::Map(_) if matches!(known.kind, Is::Scalar(_)) => false,
        Is::Map(keys) => {
            let whole = |key: &str| matches!(shape.under(key), Shape::Whole);
            !keys.is_empty()
                && !keys.iter().all(|pair| {
                    let there = child(known, &pair.key.text).is_some();
                    there && whole(&pair.key.text)
                })
        }
        Is::List(_) | Is::Scalar(_) => matches!(
            shape,
            Shape::Names | Shape::Guards | Shape::Rows | Shape::Declared
        ),
        Is::Null | Is::Refused => false,
    }
}
