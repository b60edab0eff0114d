//! All places of a name, in the files that are open and in those below the folder, and another name at all of them.
//!
//! In: a symbol, and where its name is declared. Out: its places by file; edits that write another name there. Edits
//! are tried before they are told: where a file had something wrong that it has not now, there are none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ignore::overrides::Override;
use lsp_types::{Location, TextEdit, WorkspaceEdit};

use super::buffers::Buffers;
use super::findings::Shown;
use super::judged::{Judged, Names, Reading};
use crate::cli::discover::{self, Input};
use crate::diagnostic::Report;
use crate::parse;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::symbols::{Kind, Symbol};

/// A name that is looked for.
pub(super) struct Sought {
    kind: Kind,
    path: String,
    /// Where it is declared.
    file: String,
    declared: Span,
}

/// The places of a name in one file.
struct Places {
    source: SourceFile,
    spans: BTreeSet<Span>,
}

impl Sought {
    /// The name of a symbol.
    pub(super) fn of(symbol: &Symbol, names: &Names) -> Option<Self> {
        Some(Self {
            kind: symbol.kind,
            path: symbol.path.clone(),
            file: names.files.get(symbol.declared.file)?.name().to_owned(),
            declared: symbol.declared,
        })
    }

    fn word(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }

    /// The same symbol among the names of a file.
    fn among<'n>(&self, names: &'n Names) -> impl Iterator<Item = &'n Symbol> {
        let symbols = names.symbols().into_iter();
        let symbols = symbols.filter_map(|symbols| symbols.get(self.kind, &self.path));
        symbols.filter(|symbol| {
            let file = names.files.get(symbol.declared.file);
            file.is_some_and(|file| file.name() == self.file)
                && symbol.declared.start == self.declared.start
        })
    }
}

/// Where names are looked for.
#[derive(Clone, Copy)]
pub(super) struct Everywhere<'a> {
    pub(super) shown: Shown<'a>,
    /// What the configuration leaves out of the folder; `None` where the editor has none open.
    pub(super) folder: Option<&'a Override>,
}

impl Everywhere<'_> {
    /// The files in which a name may stand: those in which the word does.
    fn files(self, word: &str) -> BTreeSet<String> {
        let mut names = self.all();
        names.retain(|name| {
            let source = self.shown.buffers.read(name);
            source.is_ok_and(|source| source.text().contains(word))
        });
        names
    }

    /// The files that are open, and those below the folder.
    fn all(self) -> BTreeSet<String> {
        let buffers = self.shown.buffers;
        let mut names: BTreeSet<String> = buffers.names().cloned().collect();
        if let Some(exclude) = self.folder {
            let found = discover::discover(&[PathBuf::from(".")], exclude, discover::is_yaml);
            let inputs = found.inputs.into_iter();
            names.extend(inputs.filter_map(|input| match input {
                Input::File { name, .. } => Some(name),
                Input::Stdin => None,
            }));
        }
        names
    }

    /// The files that belong to one of these: tenants, scenario files, migration files. One of them that cannot be read
    /// as it stands, and has the word, may have the name.
    fn dependents(self, edited: &BTreeSet<&str>, word: &str) -> Result<Vec<String>, String> {
        let buffers = self.shown.buffers;
        let mut found = Vec::new();
        for name in self.all() {
            let Some(read) = Reading::of(&name, buffers).filter(|_| !edited.contains(&*name))
            else {
                continue;
            };
            let belongs = read.files.iter().any(|file| edited.contains(file.as_str()));
            let source = buffers.read(&name);
            let text = source.as_ref().map_or("", SourceFile::text);
            let names = |file: &&str| text.contains(file.rsplit('/').next().unwrap_or(file));
            let may_belong = belongs || edited.iter().any(names);
            if read.is_torn && may_belong && text.contains(word) {
                return Err(format!(
                    "not done: `{name}` cannot be read as it stands, and has the word: mend it first"
                ));
            }
            if belongs {
                found.push(name);
            }
        }
        Ok(found)
    }

    /// All places of a name by file.
    fn places(self, sought: &Sought) -> BTreeMap<String, Places> {
        let mut found: BTreeMap<String, Places> = BTreeMap::new();
        for file in self.files(sought.word()) {
            let Some(names) = Names::of(&file, self.shown.buffers) else {
                continue;
            };
            for span in sought.among(&names).flat_map(Symbol::places) {
                let Some(source) = names.files.get(span.file) else {
                    continue;
                };
                let places = found.entry(source.name().to_owned());
                let places = places.or_insert_with(|| Places {
                    source: source.clone(),
                    spans: BTreeSet::new(),
                });
                // Numbers of files are those of one library.
                places.spans.insert(Span {
                    file: FileId(0),
                    ..span
                });
            }
        }
        found
    }

    /// All places of a name, that of its declaration first.
    pub(super) fn locations(self, sought: &Sought, with_declaration: bool) -> Vec<Location> {
        let mut found = Vec::new();
        let mut declared = None;
        for (name, places) in self.places(sought) {
            let Some(uri) = self.shown.buffers.uri(&name) else {
                continue;
            };
            for span in places.spans {
                let range = self.shown.encoding.range(&places.source, span);
                let location = Location::new(uri.clone(), range);
                match name == sought.file && span.start == sought.declared.start {
                    true => declared = Some(location),
                    false => found.push(location),
                }
            }
        }
        let declared = declared.filter(|_| with_declaration);
        declared.into_iter().chain(found).collect()
    }

    /// What writes another name at all places of a name, or why that cannot be.
    pub(super) fn renamed(self, sought: &Sought, new: &str) -> Result<WorkspaceEdit, String> {
        if !parse::is_id(new) {
            return Err(format!(
                "`{new}` is no name: a letter from a to z, then letters, digits and `_`, 64 at most"
            ));
        }
        let places = self.places(sought);
        let mut tried = Buffers::default();
        let buffers = self.shown.buffers;
        let open = buffers.names().filter_map(|name| buffers.get(name));
        open.for_each(|buffer| {
            tried.open(&buffer.uri, 0, buffer.source.text().to_owned());
        });
        let mut edits = Vec::new();
        for (name, Places { source, spans }) in &places {
            let uri = buffers.uri(name).ok_or("a file has no place")?;
            let mut text = source.text().to_owned();
            for span in spans.iter().rev() {
                if source.slice(*span) != sought.word() {
                    let at = source.position(span.start);
                    let place = format!("{name}:{}:{}", at.line, at.column);
                    return Err(format!(
                        "at {place} the name is written in another way: change it by hand"
                    ));
                }
                text.replace_range(source.clamp(*span), new);
            }
            tried.open(&uri, 0, text);
            let edit = |span: &Span| TextEdit {
                range: self.shown.encoding.range(source, *span),
                new_text: new.to_owned(),
            };
            edits.push((uri, spans.iter().map(edit).collect::<Vec<TextEdit>>()));
        }
        let edited: BTreeSet<&str> = places.keys().map(String::as_str).collect();
        let others = self.dependents(&edited, sought.word())?;
        for name in &others {
            if let (Some(uri), Ok(source)) = (buffers.uri(name), buffers.read(name)) {
                tried.open(&uri, 0, source.text().to_owned());
            }
        }
        self.keeps_all(places.keys().chain(&others), &tried)?;
        Ok(WorkspaceEdit {
            changes: Some(edits.into_iter().collect()),
            ..WorkspaceEdit::default()
        })
    }

    /// Whether nothing is wrong in files that was not before; else the first that is.
    fn keeps_all<'n>(
        self,
        files: impl Iterator<Item = &'n String>,
        tried: &Buffers,
    ) -> Result<(), String> {
        let mut before = Buffers::default();
        for name in tried.names() {
            if let (Some(uri), Ok(source)) = (tried.uri(name), self.shown.buffers.read(name)) {
                before.open(&uri, 0, source.text().to_owned());
            }
        }
        for name in files {
            let judged = |buffers| Judged::of(name, buffers, self.shown.levels, None);
            let (Some(before), Some(after)) = (judged(&before), judged(tried)) else {
                continue;
            };
            // Messages tell names; how often each rule is broken does not.
            let count = |report: &Report, rule: &str| {
                report.iter().filter(|found| found.rule.id == rule).count()
            };
            let mut found = after.report.iter();
            let new = found.find(|found| {
                let rule = found.rule.id;
                count(&after.report, rule) > count(&before.report, rule)
            });
            if let Some(new) = new {
                return Err(format!("not done: {} (in `{name}`)", new.message));
            }
        }
        Ok(())
    }
}
