//! Where text comes from and how a place in it is named.
//!
//! In: file names and bytes. Out: [`SourceFile`]s with line indexes, and [`Span`]s that every later
//! pass carries along, so that any finding can point at the characters that caused it.
//! This module does not read YAML and does not touch the disk: files are reached through [`Sources`].

use std::fmt;

/// The number of a file within one [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u16);

/// A half-open range of bytes, `start..end`, in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The file the range lies in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// A span over `start..end` of `file`; offsets beyond `u32::MAX` are clamped.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            file,
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// The smallest span that covers both; the file is that of `self`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A value together with the place it was written at.
///
/// Two of them are equal when their values are: where a thing stands does not change what it says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Keeps the place and changes the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(change(self.value), self.span)
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// A line and a column as people count them: both start at 1; the column counts characters, not bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file's name and text, with an index of its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Indexes `text`; `name` is what diagnostics show, usually a relative path.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let newlines = text.bytes().enumerate().filter(|&(_, b)| b == b'\n');
        let line_starts = std::iter::once(0)
            .chain(newlines.map(|(at, _)| at + 1))
            .collect();
        Self {
            name: name.into(),
            text,
            line_starts,
        }
    }

    /// The name that diagnostics show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under a span; empty where the span does not fit this file.
    pub fn slice(&self, span: Span) -> &str {
        let range = span.start as usize..span.end as usize;
        self.text.get(range).unwrap_or_default()
    }

    /// The bytes of a span that lie in this file, widened to whole characters.
    ///
    /// Offsets behind the end are the end, so that the range always fits [`SourceFile::text`].
    pub fn clamp(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.floor(span.start as usize);
        let mut end = (span.end as usize).min(self.text.len()).max(start);
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }

    /// The start of the character that `offset` lies in; an offset behind the end is the end.
    fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The line (from 1) of a byte offset; an offset behind the end is on the last line.
    pub fn line_at(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }

    /// The offset of the first byte of a line (from 1); the end of the text where there is none.
    pub fn line_start(&self, line: usize) -> usize {
        let start = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index));
        start.copied().unwrap_or(self.text.len())
    }

    /// Line and column of a byte offset; an offset behind the end is the end, and one within a
    /// character is that character's start.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.floor(offset as usize);
        let line = self.line_at(offset);
        let before = self.text.get(self.line_start(line)..offset);
        Position {
            line,
            column: before.unwrap_or_default().chars().count() + 1,
        }
    }

    /// The text of a line (from 1) without its line end; empty where there is no such line.
    pub fn line(&self, line: usize) -> &str {
        let Some(&start) = line
            .checked_sub(1)
            .and_then(|index| self.line_starts.get(index))
        else {
            return "";
        };
        let end = self.line_starts.get(line).copied();
        let text = self.text.get(start..end.unwrap_or(self.text.len()));
        text.unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// How many lines the file has; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

/// A comment of a file: the characters from its `#` to the end of the line.
///
/// Its text is what [`SourceFile::slice`] gives for the span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
}

/// The files of one run, by number.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// A map of one file, whose number is `FileId(0)`.
    pub fn single(file: SourceFile) -> Self {
        Self { files: vec![file] }
    }

    /// Adds a file and numbers it; beyond 65,535 files the last number is reused.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        let id = FileId(u16::try_from(self.files.len()).unwrap_or(u16::MAX));
        self.files.push(file);
        id
    }

    /// The file of a number.
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(usize::from(id.0))
    }

    /// The files, by number.
    pub fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }
}

/// The files whose places one document names: a single file, or one with what it extends.
#[derive(Debug, Clone, Copy)]
pub enum Texts<'a> {
    /// One file; every place lies in it, whatever its number.
    One(&'a SourceFile),
    /// Several files by number: the file itself first, then what it extends, base by base.
    Chain(&'a [(FileId, &'a SourceFile)]),
}

impl<'a> Texts<'a> {
    /// The file of a number.
    pub fn get(self, id: FileId) -> Option<&'a SourceFile> {
        match self {
            Self::One(file) => Some(file),
            Self::Chain(files) => {
                let mut numbered = files.iter();
                numbered.find(|(of, _)| *of == id).map(|(_, file)| *file)
            }
        }
    }

    /// The text under a span; empty where there is none.
    pub fn slice(self, span: Span) -> &'a str {
        self.get(span.file)
            .map_or("", |file: &'a SourceFile| file.slice(span))
    }

    /// The texts, the file itself first.
    pub fn iter(self) -> impl Iterator<Item = &'a SourceFile> {
        let (one, chain) = match self {
            Self::One(file) => (Some(file), [].as_slice()),
            Self::Chain(files) => (None, files),
        };
        one.into_iter().chain(chain.iter().map(|(_, file)| *file))
    }
}

impl<'a> From<&'a SourceFile> for Texts<'a> {
    fn from(file: &'a SourceFile) -> Self {
        Self::One(file)
    }
}

/// How files are reached: the disk in the command line, a table in tests, an editor's buffers.
pub trait Sources {
    /// Reads one file by the path a user wrote.
    ///
    /// # Errors
    /// When there is no such file, it is no file, it is not UTF-8, or it is larger than allowed.
    fn read(&self, path: &str) -> Result<SourceFile, SourceError>;

    /// The path that a reference in the file `from` leads to: relative to that file's folder.
    ///
    /// By default, paths are relative to a root that they may not leave, with `/` between folders.
    ///
    /// # Errors
    /// Where the reference leaves the root.
    fn resolve(&self, from: &str, reference: &str) -> Result<String, SourceError> {
        beside(from, reference).ok_or(SourceError::Outside)
    }
}

/// The path of a reference in the file `from`, with `.` and `..` worked out; `None` where it is
/// absolute, or leads out of the folder that all paths start from.
pub fn beside(from: &str, reference: &str) -> Option<String> {
    let is_absolute = reference.starts_with('/') || reference.contains(['\\', ':']);
    if is_absolute {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').filter(|part| *part != ".").collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.pop() {
                Some("..") | None => return None,
                Some(_) => {}
            },
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Why a file could not be read. Each message ends a line `cannot read PATH: …`.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No such file.
    #[error("there is no such file")]
    Missing,
    /// A directory where a file was expected.
    #[error("it is a directory, not a file")]
    Directory,
    /// The bytes are not UTF-8.
    #[error("it is not UTF-8 text (first bad byte at offset {offset})")]
    NotUtf8 {
        /// Offset of the first byte that is not UTF-8.
        offset: usize,
    },
    /// The file is larger than is read.
    #[error("it has {size} bytes, and at most {limit} are read")]
    TooLarge {
        /// Size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A reference leads out of the folder that files may come from.
    #[error(
        "it lies outside of the folder that workflow files may come from: that of the nearest `flagstate.toml` above, else the one the command runs in"
    )]
    Outside,
    /// Anything else that the system said.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}
