//! Characters that act on a terminal, or that cannot be seen, made visible.
//!
//! In: any text. Out: the same number of characters, so that columns stay true. This does not quote
//! for any format: that is each format's own matter.

/// The text on one line, with every invisible character made visible: line ends and tabs too.
pub(super) fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

/// The picture of a control character, the replacement character for one that hides or reorders
/// text, and any other character as it is.
pub(super) fn visible_char(c: char) -> char {
    match c {
        '\0'..='\x1f' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\x7f' => '\u{2421}',
        _ if is_hidden(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

/// Whether a character has no shape of its own and changes how its neighbours are shown.
fn is_hidden(c: char) -> bool {
    matches!(c,
        // C1 controls, the soft hyphen and the letter mark of Arabic.
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}'
        // Zero-width characters, direction marks, line and paragraph separators, bidi embeddings.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        // Invisible operators and bidi isolates.
        | '\u{2060}'..='\u{206f}'
        // The byte order mark, interlinear annotations, and the tag block.
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
