//! Texts as PostgreSQL can keep them.
//!
//! In: any text. Out: one without the character NUL, which PostgreSQL refuses, and back. Texts keep their
//! order, so that what is written is found and listed as in every other store; all but those with NUL or
//! U+0001 stay as they are.

use std::borrow::Cow;

const MARK: char = '\u{1}';

/// NUL becomes U+0001 twice, and U+0001 itself is followed by U+0002: what was less is less.
pub(super) fn kept(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < 2) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '\0' => kept.extend([MARK, MARK]),
            MARK => kept.extend([MARK, '\u{2}']),
            other => kept.push(other),
        }
    }
    Cow::Owned(kept)
}

/// The text that was kept; `None` where none is kept so.
pub(super) fn meant(kept: String) -> Option<String> {
    if !kept.contains(MARK) {
        return Some(kept);
    }
    let mut meant = String::with_capacity(kept.len());
    let mut letters = kept.chars();
    while let Some(letter) = letters.next() {
        meant.push(match letter {
            MARK => match letters.next()? {
                MARK => '\0',
                '\u{2}' => MARK,
                _ => return None,
            },
            other => other,
        });
    }
    Some(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_and_keep_their_order() {
        let letters = ["", "\0", "\u{1}", "\u{2}", "a", "\u{1F4E6}"];
        let mut texts: Vec<String> = Vec::new();
        for first in letters {
            for second in letters {
                texts.extend(letters.map(|third| format!("{first}{second}{third}")));
            }
        }
        for one in &texts {
            let kept_one = kept(one);
            assert!(!kept_one.contains('\0'));
            assert_eq!(meant(kept_one.to_string()).as_ref(), Some(one));
            for other in &texts {
                assert_eq!(kept_one.cmp(&kept(other)), one.cmp(other));
            }
        }
        assert_eq!(meant("\u{1}a".to_owned()), None);
        assert_eq!(meant("a\u{1}".to_owned()), None);
    }
}
