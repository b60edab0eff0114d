//! Plain text for pictures: invisible characters made harmless, ids made readable, lines wrapped.
//!
//! In: text of the workflow file. Out: text of one line, or several short ones. Escaping for an output
//! language is that exporter's own.

/// One line without control characters and without characters that reorder or hide text: white space
/// becomes a space, the others the replacement character.
pub(super) fn clean(text: &str) -> String {
    let visible = |c: char| match c {
        c if c.is_whitespace() => ' ',
        c if is_treacherous(c) => '\u{fffd}',
        c => c,
    };
    text.chars().map(visible).collect()
}

/// Whether a character is invisible, or changes how the text around it looks. The two joiners and the
/// two selectors of pictures are let through: Persian, Hindi and emoji cannot be written without them.
pub(super) fn is_treacherous(c: char) -> bool {
    let ranges = [
        '\u{00ad}'..='\u{00ad}',
        '\u{061c}'..='\u{061c}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200b}',
        '\u{200e}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{fe00}'..='\u{fe0d}',
        '\u{feff}'..='\u{feff}',
        '\u{fff0}'..='\u{fffb}',
        '\u{fffe}'..='\u{ffff}',
        '\u{e000}'..='\u{f8ff}',
        '\u{e0000}'..='\u{10ffff}',
    ];
    c.is_control() || ranges.iter().any(|range| range.contains(&c))
}

/// An id as a person would write it: `awaiting_approval` is `Awaiting approval`.
pub(super) fn humane(name: &str) -> String {
    let mut words = name.replace('_', " ").chars().collect::<Vec<_>>();
    if let Some(first) = words.first_mut() {
        *first = first.to_uppercase().next().unwrap_or(*first);
    }
    words.into_iter().collect()
}

/// At most `limit` characters; what is longer ends in an ellipsis.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut letters: Vec<char> = word.chars().collect();
        if length > 0 && length + 1 + letters.len() > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        while letters.len() > width.max(1) {
            let rest = letters.split_off(width.max(1));
            lines.push(letters.into_iter().collect());
            letters = rest;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        length += letters.len();
        line.extend(letters);
    }
    if length > 0 {
        lines.push(line);
    }
    lines
}
