//! The objects of a file of JSON: each on a line of its own, or spread over several as people and tools write it.
//!
//! In: the lines of a file. Out: the text of one object after the other, with its lines. Nothing is read as JSON:
//! an object ends where its brackets are closed, and at the latest where the next begins at the start of a line.

use std::path::Path;

use super::{CliError, disk};

/// The text of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    /// Its first line, from 1.
    pub(super) line: usize,
    /// How many lines it has.
    pub(super) lines: u64,
    pub(super) text: String,
}

/// The objects of a file or of standard input, one after the other. Blank lines between them are passed over.
pub(super) fn objects(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Object, CliError>>, CliError> {
    Ok(Objects {
        lines: disk::lines(path)?,
        ahead: None,
    })
}

struct Objects<L> {
    lines: L,
    /// A line that was read, and belongs to the next object.
    ahead: Option<(usize, String)>,
}

impl<L: Iterator<Item = (usize, Result<String, CliError>)>> Objects<L> {
    fn line(&mut self) -> Option<Result<(usize, String), CliError>> {
        let ahead = self.ahead.take().map(Ok);
        ahead.or_else(|| {
            let (line, text) = self.lines.next()?;
            // Some editors mark UTF-8 so; it is no part of the text.
            Some(text.map(|text| match text.strip_prefix('\u{feff}') {
                Some(text) if line == 1 => (line, text.to_owned()),
                _ => (line, text),
            }))
        })
    }
}

impl<L: Iterator<Item = (usize, Result<String, CliError>)>> Iterator for Objects<L> {
    type Item = Result<Object, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut object: Option<Object> = None;
        let mut brackets = Brackets::default();
        loop {
            let (line, text) = match self.line() {
                None => return object.map(Ok),
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(read)) => read,
            };
            let object = match &mut object {
                None if text.trim().is_empty() => continue,
                None => object.insert(Object {
                    line,
                    lines: 0,
                    text: String::new(),
                }),
                Some(object) if text.starts_with('{') => {
                    self.ahead = Some((line, text));
                    return Some(Ok(std::mem::replace(object, EMPTY)));
                }
                Some(object) => object,
            };
            brackets.read(&text);
            object.lines += 1;
            object.text.push_str(&text);
            if object.text.len() as u64 > disk::LINE {
                let long = format!(
                    "line {}: an object has more than {} bytes",
                    object.line,
                    disk::LINE
                );
                return Some(Err(CliError::new(long)));
            }
            if brackets.are_closed() {
                return Some(Ok(std::mem::replace(object, EMPTY)));
            }
        }
    }
}

const EMPTY: Object = Object {
    line: 0,
    lines: 0,
    text: String::new(),
};

/// How many brackets are open.
#[derive(Debug, Default)]
struct Brackets(i64);

impl Brackets {
    /// Reads a line. No text of JSON goes on behind the end of a line.
    fn read(&mut self, line: &str) {
        let (mut is_text, mut is_escaped) = (false, false);
        for letter in line.bytes() {
            match letter {
                _ if is_escaped => is_escaped = false,
                b'\\' if is_text => is_escaped = true,
                b'"' => is_text = !is_text,
                b'{' | b'[' if !is_text => self.0 += 1,
                b'}' | b']' if !is_text => self.0 -= 1,
                _ => {}
            }
        }
    }

    fn are_closed(&self) -> bool {
        self.0 <= 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, u64, String)> {
        let lines = text.split_inclusive('\n').map(str::to_owned);
        let lines = lines.enumerate().map(|(at, line)| (at + 1, Ok(line)));
        let objects = Objects { lines, ahead: None };
        let objects = objects.map(|object| object.unwrap());
        let told = |object: Object| (object.line, object.lines, object.text.trim().to_owned());
        objects.map(told).collect()
    }

    #[test]
    fn an_object_has_one_line_or_several() {
        let text = "{\"a\": 1}\n\n{\n  \"b\": [\n    \"}\\\"{\"\n  ]\n}\n{\"c\": {}}";
        let read = read(text);
        assert_eq!(read.len(), 3);
        assert_eq!(read[0], (1, 1, "{\"a\": 1}".to_owned()));
        assert_eq!((read[1].0, read[1].1), (3, 5));
        assert_eq!(read[2], (8, 1, "{\"c\": {}}".to_owned()));
        let whole = serde_json::json!({ "b": ["}\"{"] });
        assert_eq!(serde_json::from_str(&read[1].2).ok(), Some(whole));
    }

    #[test]
    fn a_mark_of_utf8_is_no_part_of_an_object() {
        assert_eq!(read("\u{feff}{}\n"), [(1, 1, "{}".to_owned())]);
    }

    #[test]
    fn what_is_no_object_takes_no_other_with_it() {
        let text = "none\n{\"cut\": [\n{\"a\": 1}\n}\n{\"open\": \"x\n}\n{\"b\": 2}\n";
        let lines: Vec<usize> = read(text).iter().map(|object| object.0).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 7]);
    }
}
