//! How what other languages say is said here.
//!
//! In: a name or a word that means nothing in a guard. Out: a hint, where it is known from elsewhere what is meant.

use super::kind::Kind;

/// For a function that is called by itself.
pub(super) fn function(name: &str) -> Option<&'static str> {
    Some(match plain(name).as_str() {
        "now" => "write `now`, without brackets",
        "today" | "currentdate" | "curdate" => "today is `date(now)`",
        "isset" | "exists" | "has" | "defined" | "isdefined" | "isnull" | "notnull" | "present" => {
            "ask whether a field is set: `\"total\" in order`"
        }
        "empty" | "isempty" | "blank" | "isblank" => {
            "a text is empty where `== \"\"` holds, a list where `.count() == 0` does"
        }
        "state" | "isstate" => "ask which state is active: `in_state(\"…\")`",
        "weeks" => "a week is `days(7)`",
        "dayofweek" | "dow" | "isodow" | "isweekend" | "isweekday" => {
            "the day of the week is `weekday(date(now))`: 1 for Monday to 7 for Sunday"
        }
        "time" | "timeof" | "hour" | "hourof" | "minute" | "clock" => {
            "what the clock shows is `time_of_day(now)`, a duration: `time_of_day(now) < hours(14)`"
        }
        _ => return None,
    })
}

/// For a variable.
pub(super) fn variable(name: &str) -> Option<&'static str> {
    Some(match plain(name).as_str() {
        "user" | "caller" | "role" => "who acts is `actor.role`, or `actor.id`",
        "state" | "status" => "ask which state is active: `in_state(\"…\")`",
        "today" => "today is `date(now)`",
        "true" => "write `true`",
        "false" => "write `false`",
        "context" | "ctx" | "data" | "self" | "this" => {
            "the order's fields are named as `order.total`"
        }
        "config" | "tenant" | "site" => "settings are named as `settings.limit`",
        "payload" | "input" | "params" => "what the event brings is named as `event.amount`",
        _ => return None,
    })
}

/// For a field of the order.
pub(super) fn field(name: &str) -> Option<&'static str> {
    matches!(plain(name).as_str(), "state" | "status")
        .then_some("ask which state is active: `in_state(\"…\")`")
}

/// For what a value, written as `path`, is asked.
pub(super) fn part(kind: &Kind, path: &str, name: &str) -> Option<String> {
    Some(match (kind, plain(name).as_str()) {
        (Kind::List(_), "len" | "length" | "size") => format!("write `{path}.count()`"),
        (Kind::List(_), "isempty" | "empty") => format!("write `{path}.count() == 0`"),
        (Kind::List(_), "contains" | "includes" | "has") => format!("write `… in {path}`"),
        (kind, "len" | "length" | "size") if kind.is_text() => format!("write `{path}.len()`"),
        (kind, "isempty" | "empty") if kind.is_text() => format!("write `{path} == \"\"`"),
        (kind, "includes" | "has" | "matches") if kind.is_text() => {
            format!("write `{path}.contains(\"…\")`")
        }
        (Kind::Date | Kind::Datetime, "year" | "month") => {
            "compare with a date: `date(\"2026-01-01\")`".to_owned()
        }
        (Kind::Date, "weekday" | "dayofweek") => format!("write `weekday({path})`"),
        (Kind::Datetime, "weekday" | "dayofweek") => format!("write `weekday(date({path}))`"),
        (Kind::Datetime, "hour" | "time" | "timeofday") => {
            format!("what the clock shows is `time_of_day({path})`, a duration")
        }
        _ => return None,
    })
}

/// For a question to children: the method that asks it.
pub(super) fn of_children(name: &str) -> Option<&'static str> {
    Some(match plain(name).as_str() {
        "every" | "each" => "all",
        "any" | "exists" | "has" | "contains" => "some",
        "no" | "never" => "none",
        _ => return None,
    })
}

/// For a word between two values: what is said of it, and how the question is written here.
pub(super) fn operator(asked: &str, word: &str, next: Option<&str>) -> Option<(String, String)> {
    let value = next.unwrap_or("…");
    let word_of = word.to_ascii_lowercase();
    let help = match word_of.as_str() {
        "contains" | "includes" | "has" => {
            format!("write `{asked}.contains({value})` of a text, `{value} in {asked}` of a list")
        }
        "like" | "ilike" | "matches" => {
            format!("a text has `{asked}.contains(\"…\")`, `starts_with` and `ends_with`")
        }
        "exists" | "exist" | "empty" | "missing"
            if let Some((root, field)) = asked.split_once('.') =>
        {
            let is_in = if word_of.starts_with("exist") {
                "in"
            } else {
                "!in"
            };
            format!("ask whether the field is set: `\"{field}\" {is_in} {root}`")
        }
        "in" if word != "in" => format!("write `{asked} in {value}`"),
        "mod" => format!("write `{asked} % {value}`"),
        "div" => format!("write `{asked} / {value}`"),
        "day" | "days" | "hour" | "hours" | "minute" | "minutes" | "second" | "seconds"
            if asked.chars().all(|c| c.is_ascii_digit()) =>
        {
            let unit = word_of.trim_end_matches('s');
            let message = format!("`{asked} {word}` is no duration");
            return Some((message, format!("write `{unit}s({asked})`")));
        }
        _ => return None,
    };
    Some((format!("`{word}` is no operator"), help))
}

/// For a sign that Rhai did not expect, or behind which it expected more: what stands before it ends with `before`.
pub(super) fn sign(word: &str, before: &str) -> Option<&'static str> {
    let amount = "an amount has no sign of its currency: `9.90`";
    match word {
        "€" | "£" | "¥" => Some(amount),
        "%" => Some(PERCENT),
        _ if before.trim_end().ends_with('%') => Some(PERCENT),
        _ => None,
    }
}

const PERCENT: &str = "`%` is the remainder of a division; fifty per cent are `0.5`";

/// A name as other languages may spell it, without what they differ in.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| *c != '_');
    letters.flat_map(char::to_lowercase).collect()
}
