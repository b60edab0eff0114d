//! What was probably meant by a text that is no value of its type.

use rust_decimal::Decimal;

use super::{Type, is_whole};
use crate::time::meant::{self, Meant};

/// The longest text that is looked at.
const LONGEST: usize = 48;

/// Signs and names of currencies that stand before or behind a number.
const CURRENCIES: [&str; 21] = [
    "€", "$", "£", "¥", "₹", "kr.", "kr", "aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "inr",
    "jpy", "nok", "nzd", "pln", "sek", "usd",
];

impl Type {
    /// What is to be written, without quotes, where a text is no value of this type; `None` where nobody can tell.
    pub(crate) fn meant(&self, text: &str) -> Option<Meant> {
        if text.len() > LONGEST {
            return None;
        }
        let fits = |number: &String| match self {
            Self::Integer => is_whole(number) && number.parse::<i64>().is_ok(),
            _ => matches!(super::read_decimal(number, self.scale()), Some(Ok(_))),
        };
        match self {
            Self::Boolean => {
                let word = match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" | "1" => "true",
                    "false" | "no" | "off" | "n" | "0" => "false",
                    _ => return Some(Meant::Unsure("write `true` or `false`")),
                };
                Some(Meant::Written(word.to_owned()))
            }
            Self::Integer | Self::Decimal { .. } if text.trim().ends_with('%') => {
                Some(Meant::Unsure(
                    "write a share as a plain number, `10` or `0.1`, as guards calculate with it",
                ))
            }
            // To some that is a thousand, to others one.
            Self::Integer
                if text
                    .rsplit_once('.')
                    .is_some_and(|(_, part)| part.len() == 3) =>
            {
                Some(Meant::Unsure("write a whole number without a point"))
            }
            Self::Integer | Self::Decimal { .. } => number(text).filter(fits).map(Meant::Written),
            Self::Duration => meant::duration(text),
            Self::Date => meant::date(text),
            Self::Datetime => meant::instant(text),
            Self::List(_) if !text.trim().is_empty() => Some(Meant::Written(format!("[{text}]"))),
            Self::String | Self::Enum(_) | Self::List(_) => None,
        }
    }

    fn scale(&self) -> u8 {
        match self {
            Self::Decimal { scale } => *scale,
            _ => 0,
        }
    }
}

/// A number as it is written here: without a currency, groups of digits, an exponent, and with a point for a comma.
fn number(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (minus, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let mut digits = text.trim();
    for currency in CURRENCIES {
        digits = digits.strip_prefix(currency).unwrap_or(digits).trim();
        digits = digits.strip_suffix(currency).unwrap_or(digits).trim();
    }
    let plain = grouped(digits).unwrap_or_else(|| digits.to_owned());
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '-' | '+');
    if !plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !plain.chars().all(is_number)
    {
        return None;
    }
    // `5.` and `.5`, which a decimal reads.
    let read = match plain.contains('e') {
        true => Decimal::from_scientific(&plain),
        false => Decimal::from_str_exact(plain.trim_end_matches('.')),
    };
    let number = read.ok()?;
    let number = match number.is_integer() {
        true => number.trunc(),
        false => number,
    };
    Some(format!("{minus}{number}"))
}

/// A number without what groups its digits, and with a point where a comma stands: `1,000.50`, `1.000,50`, `1 000`,
/// `1_000`, `10,5`; `None` where nothing groups them.
pub(crate) fn grouped(number: &str) -> Option<String> {
    let in_groups = |text: &str, is_sign: fn(char) -> bool| {
        let mut groups = text.split(is_sign);
        let is_group = |group: &str| group.bytes().all(|digit| digit.is_ascii_digit());
        groups
            .next()
            .is_some_and(|group| (1..=3).contains(&group.len()) && is_group(group))
            && groups.all(|group| group.len() == 3 && is_group(group))
    };
    let is_blank = |c: char| c == '_' || c == '\'' || c == '’' || c.is_whitespace();
    if number.contains(is_blank) {
        let (whole, behind) = match number.rfind(['.', ',']) {
            Some(at) => number.split_at_checked(at)?,
            None => (number, ""),
        };
        let is_grouped = in_groups(whole, is_blank);
        return is_grouped.then(|| whole.replace(is_blank, "") + &behind.replace(',', "."));
    }
    match (number.split_once('.'), number.split_once(',')) {
        // 1,000.00 and 1,000
        (Some((whole, part)), _)
            if in_groups(whole, |c| c == ',') && !part.contains([',', '.']) =>
        {
            Some(number.replace(',', ""))
        }
        (None, _) if in_groups(number, |c| c == ',') => Some(number.replace(',', "")),
        // 1.000,50 and 10,5
        (_, Some((whole, part)))
            if in_groups(whole, |c| c == '.') && !part.contains([',', '.']) =>
        {
            Some(format!("{}.{part}", whole.replace('.', "")))
        }
        _ => None,
    }
}
