//! A Rhai expression as written inside YAML, with the way from its characters back to the file.

use crate::source::Span;

/// The source of a guard or of a value, and where each of its lines starts in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The Rhai source after YAML's own unquoting.
    pub text: String,
    /// The whole scalar in the file, quotes or block indicator included.
    pub span: Span,
    /// Where the lines of `text` start in the file: a byte offset of the text and one of the file, for
    /// each line, and for what follows wherever YAML left characters out (an escape, the indentation of
    /// a folded line). Where an escape begins or ends, the end of what stands before comes first. `None` where YAML changed the characters, so that only the whole scalar can be
    /// pointed at.
    pub lines: Option<Vec<(u32, u32)>>,
    /// The quote of YAML that the scalar stands in.
    pub quote: Option<char>,
}

impl Expression {
    /// The place in the file of `start..end`, a byte range of [`Expression::text`].
    /// Falls back to the whole scalar where characters cannot be traced.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let located = self.located(start).and_then(|from| {
            let to = match end.checked_sub(1).filter(|last| *last >= start) {
                Some(last) => self
                    .ended(end)
                    .map_or_else(|| Some(self.located(last)? + 1), Some)?,
                None => from,
            };
            Some(Span::new(self.span.file, from, to))
        });
        located.unwrap_or(self.span)
    }

    /// A change of the source, given by its place in the file, as it is made in the file: which characters are
    /// replaced by what. `None` where that cannot be said of the part alone.
    pub(crate) fn change(&self, at: Span, source: &str) -> Option<(Span, String)> {
        let lines = self.lines.as_ref()?;
        let written = match self.quote {
            Some('"') => source.replace('\\', r"\\").replace('"', "\\\""),
            Some(_) => source.replace('\'', "''"),
            // At the beginning both would be YAML's own: all of it needs quotes then.
            None if at.start == self.span.start && source.starts_with(['"', '!']) => {
                let is_plain = self.text.len() == (self.span.end - self.span.start) as usize;
                let rest = self.text.get((at.end - at.start) as usize..)?;
                let all = format!("{source}{rest}").replace('\'', "''");
                return is_plain.then(|| (self.span, format!("'{all}'")));
            }
            None => source.to_owned(),
        };
        let begun = lines.iter().find(|(_, file)| *file == at.start);
        let first = begun.and_then(|(text, _)| self.text.get(*text as usize..)?.chars().next());
        // What stands before an escaped character belongs to it.
        let is_escaped = match self.quote {
            Some('"') => matches!(first, Some('"' | '\\')),
            quote => quote.is_some() && first == quote,
        };
        let start = at.start - u32::from(is_escaped);
        Some((Span { start, ..at }, written))
    }

    /// The file offset of the end of what stands before a byte of the text, where an escape begins or ends there.
    fn ended(&self, at: usize) -> Option<usize> {
        let lines = self.lines.as_ref()?;
        let first = lines.partition_point(|(text, _)| (*text as usize) < at);
        let (text, file) = lines.get(first)?;
        (*text as usize == at).then_some(*file as usize)
    }

    /// The file offset of a byte of the text.
    fn located(&self, at: usize) -> Option<usize> {
        let lines = self.lines.as_ref()?;
        let behind = lines.partition_point(|(text, _)| *text as usize <= at);
        let (text, file) = lines.get(behind.checked_sub(1)?)?;
        Some(*file as usize + (at - *text as usize))
    }
}

impl schemars::JsonSchema for Expression {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expression".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "boolean", "number"],
            "maxLength": 4096,
        })
    }
}
