//! What an editor asks about a name: what it is, where it is declared, where else it stands, what a file declares.
//!
//! In: the names of a workflow and a place. Out: the answers of the protocol.

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentSymbol, Hover, HoverContents, Location,
    MarkupContent, MarkupKind, Position, Range, SymbolKind,
};

use super::buffers::Buffers;
use super::everywhere::Sought;
use super::judged::{Judged, Names};
use super::place::Encoding;
use crate::export::WayOut;
use crate::source::{SourceFile, Span};
use crate::symbols::{Kind, Symbol};

/// The most lines of a declaration that are shown.
const MOST_LINES: usize = 12;

/// Answers about one file.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) buffers: &'a Buffers,
    pub(super) judged: &'a Judged,
    pub(super) encoding: Encoding,
}

impl<'a> Asked<'a> {
    fn names(self) -> &'a Names {
        &self.judged.names
    }

    /// The symbol at a place, and the characters of its name.
    fn symbol(self, place: Position) -> Option<(&'a Symbol, Span)> {
        let names = self.names();
        let source = names.files.get(names.file)?;
        let offset = self.encoding.offset(source, place);
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let [new, old] = names.symbols();
        new.at(names.file, offset)
            .or_else(|| old.at(names.file, offset))
    }

    fn location(self, span: Span) -> Option<Location> {
        let source = self.names().files.get(span.file)?;
        Some(Location {
            uri: self.buffers.uri(source.name())?,
            range: self.encoding.range(source, span),
        })
    }

    /// Where the name at a place is declared.
    pub(super) fn definition(self, place: Position) -> Option<Location> {
        let (symbol, _) = self.symbol(place)?;
        self.location(symbol.declared)
    }

    /// The name at a place, for all the files in which it stands.
    pub(super) fn sought(self, place: Position) -> Option<Sought> {
        let (symbol, _) = self.symbol(place)?;
        Sought::of(symbol, self.names())
    }

    /// The characters of a name that another may be written for; why none may.
    pub(super) fn renamable(self, place: Position) -> Result<(Range, String), String> {
        let names = self.names();
        let source = names
            .files
            .get(names.file)
            .ok_or("nothing is known of the file")?;
        let as_it_stands = self.judged.files.get(self.judged.file);
        if as_it_stands.map(SourceFile::text) != Some(source.text()) {
            return Err("the file cannot be read as it stands: mend it first".to_owned());
        }
        let (symbol, span) = self.symbol(place).ok_or("there is no name here")?;
        if (symbol.kind, symbol.path.as_str()) == (Kind::Setting, "timezone") {
            return Err("`timezone` is built in".to_owned());
        }
        Ok((self.encoding.range(source, span), symbol.name().to_owned()))
    }

    /// Where in this file the name at a place stands.
    pub(super) fn highlights(self, place: Position) -> Vec<DocumentHighlight> {
        let names = self.names();
        let (Some((symbol, _)), Some(source)) = (self.symbol(place), names.files.get(names.file))
        else {
            return Vec::new();
        };
        let here = symbol.places().filter(|span| span.file == names.file);
        here.map(|span| DocumentHighlight {
            range: self.encoding.range(source, span),
            kind: Some(match span == symbol.declared {
                true => DocumentHighlightKind::WRITE,
                false => DocumentHighlightKind::READ,
            }),
        })
        .collect()
    }

    /// What the name at a place means, and the pages of the rules that what is there breaks.
    pub(super) fn hover(self, place: Position) -> Option<Hover> {
        let named = self.symbol(place);
        let mut parts: Vec<String> = named
            .map(|(symbol, _)| self.told(symbol))
            .into_iter()
            .collect();
        let source = self.judged.files.get(self.judged.file)?;
        let at = self.encoding.offset(source, place);
        let covers = |span: Span| {
            let (start, end) = (span.start as usize, span.end as usize);
            span.file == self.judged.file && start <= at && at <= end
        };
        let mut pages: Vec<&str> = Vec::new();
        for finding in &self.judged.report {
            if covers(finding.primary.span) && !pages.contains(&finding.rule.page) {
                pages.push(finding.rule.page);
            }
        }
        parts.extend(pages.into_iter().map(|page| page.trim_end().to_owned()));
        let value = Some(parts.join("\n\n---\n\n")).filter(|value| !value.is_empty())?;
        Some(Hover {
            contents: HoverContents::Markup(MarkupContent {
                kind: MarkupKind::Markdown,
                value,
            }),
            range: named.map(|(_, span)| self.encoding.range(source, span)),
        })
    }

    /// A symbol in words: its declaration, and of a state what it decides.
    fn told(self, symbol: &Symbol) -> String {
        let names = self.names();
        let mut lines = vec![format!("**{}** `{}`", symbol.kind.word(), symbol.path)];
        lines.extend(symbol.doc.clone());
        if let Some(row) = names.state(symbol) {
            let listed = |name: &str, values: Vec<String>| {
                let values = Some(values).filter(|values| !values.is_empty())?;
                let lines: Vec<String> = values.iter().map(|line| format!("- {line}")).collect();
                Some(format!("{name}:\n{}", lines.join("\n")))
            };
            lines.push(row.title.clone());
            lines.extend(listed("Decides", row.noted.clone()));
            lines.extend(listed("Timers", row.timer_cell()));
            let ways = row.ways_out.iter().map(WayOut::line).collect();
            lines.extend(listed("Ways out", ways));
        } else if let Some(source) = names.files.get(symbol.whole.file) {
            let code = declaration(source, symbol.declared);
            lines.push(format!("```yaml\n{code}\n```"));
        }
        if let Some(source) = names.files.get(symbol.declared.file)
            && symbol.declared.file != names.file
        {
            lines.push(format!("declared in `{}`", source.name()));
        }
        lines.join("\n\n")
    }

    /// The names that the file itself declares, those of states within each other.
    pub(super) fn outline(self) -> Vec<DocumentSymbol> {
        let names = self.names();
        let here = |symbol: &&Symbol| symbol.declared.file == names.file;
        let symbols = names.version.symbols.iter();
        let symbols: Vec<&Symbol> = symbols.filter(here).collect();
        let mut sections: Vec<DocumentSymbol> = Vec::new();
        for symbol in &symbols {
            let is_inner = symbol.path.contains('.');
            if !is_inner {
                sections.extend(self.outlined(symbol, &symbols));
            }
        }
        sections.sort_by_key(|symbol| symbol.range.start);
        sections
    }

    #[expect(deprecated, reason = "the field has to be named to be left out")]
    fn outlined(self, symbol: &Symbol, all: &[&Symbol]) -> Option<DocumentSymbol> {
        let source = self.names().files.get(symbol.declared.file)?;
        let within = all.iter().filter(|inner| {
            let around = inner.path.rsplit_once('.').map(|(around, _)| around);
            let fits = match symbol.kind {
                Kind::State => matches!(inner.kind, Kind::State | Kind::Timer),
                Kind::Event => inner.kind == Kind::Payload,
                _ => false,
            };
            fits && around == Some(symbol.path.as_str())
        });
        let mut within: Vec<DocumentSymbol> = within
            .filter_map(|inner| self.outlined(inner, all))
            .collect();
        within.sort_by_key(|symbol| symbol.range.start);
        Some(DocumentSymbol {
            name: symbol.name().to_owned(),
            detail: Some(symbol.kind.word().to_owned()),
            kind: kind_of(symbol.kind),
            tags: None,
            deprecated: None,
            range: self
                .encoding
                .range(source, symbol.whole.to(symbol.declared)),
            selection_range: self.encoding.range(source, symbol.declared),
            children: Some(within).filter(|within| !within.is_empty()),
        })
    }
}

/// The lines of a declaration: the key with what is written under it, or the part of a line in braces.
fn declaration(source: &SourceFile, name: Span) -> String {
    let first = source.line_at(name.start as usize);
    let start = source.line_start(first);
    let before = source
        .text()
        .get(start..name.start as usize)
        .unwrap_or_default();
    if before.trim().is_empty() {
        let further = (first + 1..=source.line_count()).map(|line| source.line(line));
        let is_within = |line: &&str| {
            let indent = line.len() - line.trim_start().len();
            line.trim().is_empty() || indent > before.len()
        };
        let lines = std::iter::once(source.line(first)).chain(further.take_while(is_within));
        let lines = lines.map(|line| line.get(before.len()..).unwrap_or_default());
        let lines: Vec<&str> = lines.take(MOST_LINES).collect();
        return lines.join("\n").trim_end().to_owned();
    }
    // Up to what ends it, on its own depth.
    let rest = source.text().get(name.start as usize..).unwrap_or_default();
    let mut depth = 0_usize;
    let end = rest.find(|c| {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' if depth > 0 => depth -= 1,
            ',' | '}' | ']' if depth == 0 => return true,
            _ => {}
        }
        c == '\n'
    });
    rest.get(..end.unwrap_or(rest.len()))
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// What editors draw for a name.
fn kind_of(kind: Kind) -> SymbolKind {
    match kind {
        Kind::State => SymbolKind::CLASS,
        Kind::Event => SymbolKind::EVENT,
        Kind::Payload | Kind::Field | Kind::Attribute => SymbolKind::FIELD,
        Kind::Timer => SymbolKind::OBJECT,
        Kind::Setting => SymbolKind::CONSTANT,
        Kind::Actor => SymbolKind::INTERFACE,
        Kind::Flag => SymbolKind::BOOLEAN,
        Kind::Guard => SymbolKind::FUNCTION,
        Kind::Effect => SymbolKind::METHOD,
        Kind::Group => SymbolKind::NAMESPACE,
        Kind::Children => SymbolKind::ARRAY,
    }
}
