//! How wide text is at most, without a font at hand.

/// The widths of the printable ASCII characters in hundredths of the font's size, each that of the
/// widest of the sans-serif fonts in common use; a narrower font leaves a little space.
const ASCII: [u8; 95] = [
    35, 41, 46, 84, 64, 108, 78, 28, 46, 46, 64, 84, 37, 46, 37, 46, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 46, 46, 84, 84, 84, 56, 102, 69, 69, 72, 78, 67, 61, 79, 78, 43, 46, 70, 57, 87,
    79, 80, 67, 80, 72, 70, 62, 78, 69, 100, 69, 67, 69, 46, 46, 46, 84, 64, 64, 62, 64, 56, 64,
    62, 37, 64, 64, 29, 35, 60, 29, 98, 64, 62, 64, 64, 43, 56, 41, 64, 60, 83, 60, 60, 56, 64, 46,
    64, 84,
];

/// The width of a line of text in units of the picture, never less than it will be drawn.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let hundredths: u32 = text.chars().map(char_width).sum();
    let factor = if bold { 1.13 } else { 1.0 };
    f64::from(hundredths) / 100.0 * size * factor
}

fn char_width(c: char) -> u32 {
    let code = u32::from(c);
    let ascii = code
        .checked_sub(32)
        .and_then(|index| usize::try_from(index).ok());
    if let Some(width) = ascii.and_then(|index| ASCII.get(index)) {
        return u32::from(*width);
    }
    match code {
        0x00..=0x24f => 80,
        0x250..=0x52f => 90,
        0x2000..=0x206f => 100,
        // Symbols, emoji and the wide scripts of East Asia.
        _ => 140,
    }
}
