//! Characters that look like others, and those that are not seen at all.
//!
//! In: what a person wrote. Out: the Latin letters and signs that were meant. They come from a keyboard of another
//! script, from a word processor or from a page that was copied. The letters are those of the Cyrillic and the Greek
//! alphabet that Unicode calls confusable with Latin ones (UTS 39), the wide forms those of the block FF00.

/// Letters of other alphabets beside the Latin ones that they look like.
const LETTERS: [(char, char); 40] = [
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('α', 'a'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('υ', 'u'),
    ('ν', 'v'),
    ('γ', 'y'),
    ('Α', 'A'),
    ('Ο', 'O'),
];

/// The character that one looks like; `None` where it looks like no other.
pub(crate) fn latin(c: char) -> Option<char> {
    let letter = LETTERS.iter().find(|(other, _)| *other == c);
    letter.map(|(_, latin)| *latin).or_else(|| {
        let is_wide = matches!(c, '\u{FF01}'..='\u{FF5E}');
        let code = u32::from(c).checked_sub(0xFEE0);
        code.and_then(char::from_u32).filter(|_| is_wide)
    })
}

/// A word in Latin letters, and the first that only looks like one; `None` where none does.
pub(crate) fn latin_word(word: &str) -> Option<(String, char)> {
    let first = word.chars().find(|&c| latin(c).is_some())?;
    let letters = word.chars().map(|c| latin(c).unwrap_or(c));
    Some((letters.collect(), first))
}

/// What is said of a character that looks like another.
pub(crate) fn told(c: char) -> String {
    let latin = latin(c).unwrap_or(c);
    format!("`{c}` (U+{:04X}) only looks like `{latin}`", u32::from(c))
}

/// A space of another kind than YAML and guards know, or a wide form of a sign of theirs.
pub(crate) fn is_odd_sign(c: char) -> bool {
    !c.is_ascii() && c.is_whitespace()
        || matches!(c, '：' | '，' | '｛' | '｝' | '［' | '］' | '＃')
}

/// What is said of such a character.
pub(crate) fn odd_sign(c: char) -> String {
    match c.is_whitespace() {
        true => format!("a space of another kind (U+{:04X})", u32::from(c)),
        false => told(c),
    }
}

/// Characters that are not seen, or that turn the direction of what is seen.
pub(crate) fn is_hidden(c: char) -> bool {
    let ranges = [
        '\u{200b}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
    ];
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || ranges.iter().any(|r| r.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_in_latin_letters() {
        assert_eq!(latin_word("оrdеr"), Some(("order".to_owned(), 'о')));
        assert_eq!(
            latin_word("ｏｐｅｎ＿１"),
            Some(("open_1".to_owned(), 'ｏ'))
        );
        assert_eq!(latin_word("order"), None);
        assert_eq!(latin_word("żółw"), None);
    }

    #[test]
    fn every_letter_stands_for_an_ascii_one_and_once() {
        for (at, (other, latin)) in LETTERS.iter().enumerate() {
            assert!(!other.is_ascii() && latin.is_ascii_alphabetic());
            let again = LETTERS.iter().skip(at + 1).any(|(c, _)| c == other);
            assert!(!again, "{other}");
        }
    }
}
