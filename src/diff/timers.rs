//! Timers: which there are, when they are due, when they run. What they do is compared as any way.

use std::cmp::Ordering;

use super::change::{Change, Class, Kind};
use super::pair::{Pair, matched};
use crate::context::Value;
use crate::document::Restore;
use crate::graph::{Amount, Anchor, State, Timer, TimerId, TimerKind, Workflow};
use crate::time::Duration;

/// Compares the timers of the states that both versions have.
pub(super) fn compare(pair: &mut Pair<'_>) {
    for (old, new) in pair.states() {
        let (old, new) = (pair.old.states.at(old), pair.new.states.at(new));
        let names = |workflow: &Workflow, state: &State| -> Vec<String> {
            let timers = state.timers.iter();
            timers
                .map(|&id| workflow.timers.at(id).name.clone())
                .collect()
        };
        let (before, after) = (names(pair.old, old), names(pair.new, new));
        let found = matched(
            &before.iter().map(String::as_str).collect::<Vec<_>>(),
            &after.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        for timer in found.gone.iter().filter_map(|&at| old.timers.get(at)) {
            let timer = pair.old.timers.at(*timer);
            let about = format!("{}.{}", old.path, timer.name);
            let message = format!(
                "the timer `{about}` is gone: it was due {}",
                due(pair.old, timer)
            );
            let what = (Kind::TimerRemoved, Class::ChangesTimer);
            pair.push(Change::new(what, &about, message).at(timer.span, new.span));
        }
        for timer in found.new.iter().filter_map(|&at| new.timers.get(at)) {
            let timer = pair.new.timers.at(*timer);
            let about = format!("{}.{}", new.path, timer.name);
            let message = format!(
                "the timer `{about}` is new: it is due {}",
                due(pair.new, timer)
            );
            let what = (Kind::TimerAdded, Class::ChangesTimer);
            pair.push(Change::new(what, &about, message).at(old.span, timer.span));
        }
        for (before, after) in found.both {
            if let (Some(&before), Some(&after)) = (old.timers.get(before), new.timers.get(after)) {
                timer(pair, before, after, &new.path);
            }
        }
    }
}

/// When a timer is due, in words.
pub(super) fn due(workflow: &Workflow, timer: &Timer) -> String {
    let length = length(workflow, timer.due.after);
    let setting = match timer.due.after {
        Amount::Setting(id) => format!(" (`settings.{}`)", workflow.settings.at(id).name),
        Amount::Literal(_) => String::new(),
    };
    let after = format!("`{length}`{setting}");
    match timer.due.anchor {
        Anchor::Entry => format!("{after} after entering"),
        Anchor::Day => format!("{after} after the start of the day"),
        Anchor::Field(id) if length == Duration::default() => {
            format!("at `order.{}`", workflow.fields.at(id).name)
        }
        Anchor::Field(id) => format!("{after} after `order.{}`", workflow.fields.at(id).name),
    }
}

/// The length of a duration; where a setting holds it, the setting's default.
fn length(workflow: &Workflow, amount: Amount) -> Duration {
    match amount {
        Amount::Literal(duration) => duration,
        Amount::Setting(id) => match workflow.settings.at(id).default {
            Some(Value::Duration(duration)) => duration,
            _ => Duration::default(),
        },
    }
}

/// What a timer counts from.
fn anchor(workflow: &Workflow, timer: &Timer) -> String {
    match timer.due.anchor {
        Anchor::Entry => "entry".to_owned(),
        Anchor::Day => "day".to_owned(),
        Anchor::Field(id) => format!("field {}", workflow.fields.at(id).name),
    }
}

fn setting(workflow: &Workflow, amount: Amount) -> Option<&str> {
    match amount {
        Amount::Literal(_) => None,
        Amount::Setting(id) => Some(&workflow.settings.at(id).name),
    }
}

/// What makes two timers run alike: equal for timers of which one may stand for the other as it is.
pub(crate) fn runs_alike(
    (old, before): (&Workflow, TimerId),
    (new, after): (&Workflow, TimerId),
) -> bool {
    let words = |workflow: &Workflow, id: TimerId| {
        let timer = workflow.timers.at(id);
        let when: Vec<&str> = timer.when.iter().map(|c| &*c.text).collect();
        // A date and a datetime of one name are not the same instant.
        let ty = match timer.due.anchor {
            Anchor::Field(field) => Some(&workflow.fields.at(field).ty),
            Anchor::Entry | Anchor::Day => None,
        };
        format!(
            "{:?} {} {ty:?} {} {:?} {:?} {when:?}",
            timer.kind,
            anchor(workflow, timer),
            length(workflow, timer.due.after),
            setting(workflow, timer.due.after),
            timer.restore
        )
    };
    words(old, before) == words(new, after)
}

fn timer(pair: &mut Pair<'_>, old: TimerId, new: TimerId, path: &str) {
    let (from, to) = (pair.old, pair.new);
    let (old, new) = (from.timers.at(old), to.timers.at(new));
    let about = format!("{path}.{}", new.name);
    let (was, is) = (due(from, old), due(to, new));
    let mut push = |kind, class, message: String| {
        pair.push(Change::new((kind, class), &about, message).at(old.span, new.span));
    };
    let message = format!("`{about}` is due {is}, and was due {was}");
    if anchor(from, old) == anchor(to, new) {
        let lengths = (length(from, old.due.after), length(to, new.due.after));
        let settings = (setting(from, old.due.after), setting(to, new.due.after));
        match lengths.1.partial_cmp(&lengths.0) {
            Some(Ordering::Less) => push(Kind::TimerShortened, Class::ShortensTimer, message),
            Some(Ordering::Greater) => push(Kind::TimerLengthened, Class::LengthensTimer, message),
            Some(Ordering::Equal) if settings.0 == settings.1 => {}
            _ => push(Kind::TimerChanged, Class::ChangesTimer, message),
        }
    } else {
        push(Kind::TimerChanged, Class::ChangesTimer, message);
    }
    let when = |timer: &Timer| -> Vec<String> {
        let when = timer.when.iter();
        when.map(|condition| condition.text.to_string()).collect()
    };
    if when(old) != when(new) {
        let said = |when: Vec<String>| match when.is_empty() {
            true => "always".to_owned(),
            false => format!("while `{}`", when.join("` and `")),
        };
        let message = format!(
            "`{about}` runs {}, and ran {}",
            said(when(new)),
            said(when(old))
        );
        push(Kind::TimerChanged, Class::ChangesTimer, message);
    }
    if old.restore != new.restore {
        let word = |restore: Restore| match restore {
            Restore::Restart => "it begins anew",
            Restore::Deadline => "it keeps its instant",
            Restore::Remaining => "it goes on with what was left",
        };
        let (is, was) = (word(new.restore), word(old.restore));
        let message =
            format!("when the state of `{about}` is entered again, {is}; before that, {was}");
        push(Kind::TimerChanged, Class::ChangesTimer, message);
    }
    if (old.kind == TimerKind::Expires) != (new.kind == TimerKind::Expires) {
        let message = format!("`{about}` is another kind of timer");
        push(Kind::TimerChanged, Class::ChangesTimer, message);
    }
}
