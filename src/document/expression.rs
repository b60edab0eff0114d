//! A Rhai expression as written inside YAML, with the way from its characters back to the file.

use crate::source::Span;

/// The source of a guard or of a value, and where each of its lines starts in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The Rhai source after YAML's own unquoting.
    pub text: String,
    /// The whole scalar in the file, quotes or block indicator included.
    pub span: Span,
    /// For each line of `text`, the file offset of its first byte. `None` where YAML changed the
    /// characters (escapes, folding), so that only the whole scalar can be pointed at.
    pub lines: Option<Vec<u32>>,
}

impl Expression {
    /// The place in the file of `start..end`, a byte range of [`Expression::text`].
    /// Falls back to the whole scalar where characters cannot be traced.
    pub fn place(&self, start: usize, end: usize) -> Span {
        let located = self.lines.as_ref().and_then(|lines| {
            let before = self.text.get(..start)?;
            let line = before.matches('\n').count();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let base = *lines.get(line)? as usize;
            let from = base + (start - line_start);
            Some(Span::new(
                self.span.file,
                from,
                from + end.saturating_sub(start),
            ))
        });
        located.unwrap_or(self.span)
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
