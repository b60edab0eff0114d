//! Timers: when they are due, and the row of what happens then.

use smallvec::smallvec;
use thin_vec::{ThinVec, thin_vec};

use super::Cx;
use super::conditions::{assigns, conditions};
use super::rows::{plain_branch, plain_row, push, system};
use super::rules::{BAD_TIMER, BAD_VALUE};
use super::states::said;
use super::targets::{effect_ids, event, setting, target, target_span};
use crate::context::{Type, Value};
use crate::diagnostic::{Diagnostic, closest};
use crate::document::{self, Literal, Name, Or};
use crate::graph::{
    Amount, Anchor, Deed, Due, EffectId, Expires, FieldId, Raise, Row, StateId, Target, Timer,
    TimerKind, Trigger,
};
use crate::guard::Known;
use crate::guard::rules::UNKNOWN_FIELD;
use crate::source::Span;
use crate::time::Duration;

pub(super) fn compile(cx: &mut Cx<'_>) {
    let states: Vec<StateId> = cx.workflow.states.ids().skip(1).collect();
    for state in states {
        expires(cx, state);
        named(cx, state);
        at_most(cx, state);
    }
}

/// Where names of a state's timers are looked up: beside the state that wrote them.
fn scope(cx: &Cx<'_>, state: StateId, wrote: impl Fn(&document::State) -> bool) -> StateId {
    let models = std::iter::successors(Some(state), |&id| cx.workflow.states.at(id).like);
    let mut wrote_it = models.filter(|&id| {
        let written = cx
            .written
            .get(crate::graph::Id::index(id))
            .and_then(|w| w.state());
        written.is_some_and(&wrote)
    });
    let wrote_it = wrote_it.next().unwrap_or(state);
    cx.workflow
        .states
        .at(wrote_it)
        .parent
        .unwrap_or(StateId::ROOT)
}

fn expires(cx: &mut Cx<'_>, state: StateId) {
    match said(cx, state, |written| written.expires.as_ref()) {
        None => {}
        Some(document::Expires::Never(word)) => {
            cx.workflow.states.at_mut(state).expires = Expires::Never(word.span);
        }
        Some(document::Expires::Timer(written)) => {
            let scope = scope(cx, state, |written| written.expires.is_some());
            if written.to.is_none() && written.event.is_none() {
                let found = Diagnostic::new(
                    &BAD_TIMER,
                    written.span,
                    "`expires` does not say where the order goes",
                );
                cx.report
                    .push(found.help("add `to:` with a state, or `event:` with an event"));
            }
            let timer = timer(
                cx,
                state,
                scope,
                "expires",
                written.span,
                written,
                TimerKind::Expires,
            );
            let id = cx.workflow.timers.push(timer);
            link(cx, id);
            cx.workflow.states.at_mut(state).expires = Expires::Timer(id);
        }
    }
}

/// The trigger of a timer's row is the timer itself, known once it has an id.
fn link(cx: &mut Cx<'_>, id: crate::graph::TimerId) {
    let (row, state) = {
        let timer = cx.workflow.timers.at(id);
        (timer.row, timer.state)
    };
    cx.workflow.rows.at_mut(row).trigger = Trigger::Timer(id);
    cx.workflow.states.at_mut(state).timers.push(id);
}

fn named(cx: &mut Cx<'_>, state: StateId) {
    let models: Vec<StateId> =
        std::iter::successors(Some(state), |&id| cx.workflow.states.at(id).like).collect();
    for model in models {
        let written = cx
            .written
            .get(crate::graph::Id::index(model))
            .and_then(|w| w.state());
        let Some(written) = written else { continue };
        let scope = cx.workflow.states.at(model).parent.unwrap_or(StateId::ROOT);
        for entry in &written.timers {
            let name = &entry.name;
            let key = (state, name.value.as_str());
            // The state's own timer replaces a model's of the same name.
            if cx.names.timers.contains(&key) {
                continue;
            }
            if matches!(name.value.as_str(), "expires" | "at_most") {
                let message = format!("a timer cannot be called `{}`", name.value);
                let found = Diagnostic::new(&super::rules::RESERVED_NAME, name.span, message);
                cx.report
                    .push(found.help("that is a property of the state itself"));
                continue;
            }
            let timer = timer(
                cx,
                state,
                scope,
                &name.value,
                name.span,
                &entry.value,
                TimerKind::Named,
            );
            let id = cx.workflow.timers.push(timer);
            cx.names.timers.insert(key);
            link(cx, id);
        }
    }
}

fn timer<'a>(
    cx: &mut Cx<'a>,
    state: StateId,
    scope: StateId,
    name: &str,
    span: Span,
    written: &'a document::Timer,
    kind: TimerKind,
) -> Timer {
    let due = due(cx, written);
    let idle = written.to.is_none() && written.event.is_none();
    if idle && written.set.is_empty() && written.effects.is_empty() && kind == TimerKind::Named {
        let message = format!("timer `{name}` does nothing when it is due");
        let found = Diagnostic::new(&BAD_TIMER, span, message);
        cx.report
            .push(found.help("add `to`, `event`, `effects` or `set`"));
    }
    // It is armed at one time and due at another: what was set then may not be any more.
    let when = conditions(cx, written.when.as_ref(), None, &mut Known::default());
    let mut known = Known::default();
    let place = target_span(written.to.as_ref(), span);
    let branch = plain_branch(target(cx, scope, written.to.as_ref()), place, span);
    let raised = written.event.as_ref();
    let raised = raised.and_then(|name| Some((event(cx, name)?, name.span)));
    let raise = raised.map(|(event, span)| Raise {
        event,
        with: ThinVec::new(),
        after: None,
        span,
    });
    let inferred = written.inferred.as_ref().is_some_and(|marker| marker.value);
    let held = conditions(cx, written.guard.as_ref(), None, &mut known);
    let deed = Deed {
        set: assigns(cx, &written.set, None, &known),
        effects: effect_ids(cx, &written.effects),
        raise: raise.into_iter().collect(),
        ..Deed::new()
    };
    let row = Row {
        conditions: held,
        deed: deed.into(),
        inferred,
        ..plain_row(system(), smallvec![branch], span)
    };
    Timer {
        name: name.to_owned(),
        state,
        kind,
        due,
        when,
        otherwise: otherwise(cx, written, kind),
        row: push(cx, row, [(state, span)]),
        restore: written
            .restore
            .as_ref()
            .map(|restore| restore.value)
            .unwrap_or_default(),
        inferred,
        span,
    }
}

/// Where a timer says what holds where it is not armed: only `expires` with a condition may.
fn otherwise(cx: &mut Cx<'_>, written: &document::Timer, kind: TimerKind) -> Option<Span> {
    let span = written.otherwise.as_ref()?.span;
    let message = match (kind, &written.when) {
        (TimerKind::Expires, Some(_)) => return Some(span),
        (TimerKind::Expires, None) => "`otherwise` needs a `when`: the timer is always armed",
        (TimerKind::Named | TimerKind::AtMost, _) => "`otherwise` belongs to `expires` alone",
    };
    let found = Diagnostic::new(&BAD_TIMER, span, message);
    cx.report.push(found.help("leave it out"));
    None
}

fn due(cx: &mut Cx<'_>, written: &document::Timer) -> Due {
    let zero = Amount::Literal(Duration::default());
    match (&written.after, &written.at) {
        (Some(after), None) => Due {
            anchor: written
                .anchor
                .as_ref()
                .map_or(Anchor::Entry, |name| anchor(cx, name)),
            after: amount(cx, after),
        },
        (None, Some(at)) => {
            let field = date_field(cx, at);
            Due {
                anchor: field.map_or(Anchor::Entry, Anchor::Field),
                after: field.map_or(UNREAD, |_| zero),
            }
        }
        // The parser has reported that one of the two is missing or too much.
        (_, _) => Due {
            anchor: Anchor::Entry,
            after: UNREAD,
        },
    }
}

fn anchor(cx: &mut Cx<'_>, name: &Name) -> Anchor {
    match name.value.as_str() {
        "entry" => Anchor::Entry,
        "day" => Anchor::Day,
        _ => date_field(cx, name).map_or(Anchor::Entry, Anchor::Field),
    }
}

/// Whether a text is a time such as `18:00`.
fn is_time_of_day(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(hours, minutes)| {
        hours.parse::<u8>().is_ok() && minutes.split(':').all(|part| part.parse::<u8>().is_ok())
    })
}

/// A field of the order that holds a date or a datetime, written `order.NAME`.
fn date_field(cx: &mut Cx<'_>, name: &Name) -> Option<FieldId> {
    let Some(field) = name.value.strip_prefix("order.") else {
        let message = format!("`{}` is not a field of the order", name.value);
        let found = Diagnostic::new(&BAD_TIMER, name.span, message);
        let own = format!("order.{}", name.value);
        let help = format!("write `{own}`");
        cx.report.push(match cx.names.fields.contains_key(name.value.as_str()) {
            true => found.help(help.clone()).fix(name.span, own, help),
            false if is_time_of_day(&name.value) => found.help("there are no times of day by themselves: `at` names a date or datetime of the order, and `{ after: 18h, anchor: day }` counts from the beginning of the day on which the state was entered"),
            false => found.help("write `order.NAME` with a date or datetime of the order; `anchor` may also be `entry` or `day`"),
        });
        return None;
    };
    let Some(&id) = cx.names.fields.get(field) else {
        if !field.chars().all(|c| c.is_alphanumeric() || c == '_') {
            let message = format!("`{}` is no field: nothing is calculated here", name.value);
            let found = Diagnostic::new(&BAD_TIMER, name.span, message);
            let help = "count from a field: `{ after: 1d, anchor: order.NAME }`";
            cx.report.push(found.help(help));
            return None;
        }
        let known = cx.names.fields.keys();
        let known: Vec<String> = known.map(|field| format!("order.{field}")).collect();
        let known = known.iter().map(String::as_str);
        cx.unresolved(&UNKNOWN_FIELD, name, "field of the order", known);
        return None;
    };
    let declared = cx.workflow.fields.at(id);
    if !matches!(declared.ty, Type::Date | Type::Datetime) {
        let message = format!("field `{field}` is {}, not a date or datetime", declared.ty);
        let place = declared.span;
        cx.report
            .push(Diagnostic::new(&BAD_TIMER, name.span, message).also(place, "declared here"));
        return None;
    }
    Some(id)
}

/// What stands for a length that cannot be read, so that nothing else is said of it than that.
const UNREAD: Amount = Amount::Literal(Duration {
    days: 1,
    seconds: 0,
});

fn amount(cx: &mut Cx<'_>, written: &Or<Literal>) -> Amount {
    match written {
        Or::Literal(literal) if is_name(literal) => {
            no_duration(cx, literal);
            UNREAD
        }
        Or::Literal(literal) => {
            let value = super::values::read_value(cx, literal, &Type::Duration, "the timer");
            match value {
                Some(Value::Duration(duration)) => Amount::Literal(duration),
                _ => UNREAD,
            }
        }
        Or::Setting(name) => {
            let Some(id) = setting(cx, name) else {
                return UNREAD;
            };
            let declared = cx.workflow.settings.at(id);
            if declared.ty != Type::Duration {
                let message = format!(
                    "setting `{}` is {}, not a duration",
                    name.value, declared.ty
                );
                let found = Diagnostic::new(&BAD_VALUE, name.span, message);
                let place = declared.span;
                cx.report.push(match place {
                    Some(place) => found.also(place, "declared here"),
                    None => found,
                });
            }
            Amount::Setting(id)
        }
    }
}

/// Whether what stands where a length of time should is a name.
fn is_name(literal: &Literal) -> bool {
    let text = literal.text.as_str();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    // `p1d` is a length in another writing.
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() && c != 'p');
    let begins = begins || text.starts_with('p') && !text.contains(|c: char| c.is_ascii_digit());
    begins && text.chars().all(is_word)
}

/// Says what a name is that stands where a length of time should.
fn no_duration(cx: &mut Cx<'_>, literal: &Literal) {
    let text = literal.text.as_str();
    let message = format!("`{text}` is not a duration");
    let found = Diagnostic::new(&BAD_VALUE, literal.span, message);
    let found = found.help("a timer counts a duration that is written out (`3d`), or a setting");
    let settings: Vec<&str> = cx.names.settings.keys().copied().collect();
    let written = text.strip_prefix("setting.").unwrap_or(text);
    let meant = closest(written, settings.iter().copied());
    let meant = settings
        .iter()
        .copied()
        .find(|name| *name == written)
        .or(meant);
    cx.report.push(match meant {
        Some(name) => {
            let whole = format!("settings.{name}");
            found.help(format!("did you mean `{whole}`?")).fix(
                literal.span,
                whole.clone(),
                format!("replace with `{whole}`"),
            )
        }
        None => found,
    });
}

/// The watch of a transient state: it moves nothing, and asks for the effect `overdue`.
fn at_most(cx: &mut Cx<'_>, state: StateId) {
    let Some(written) = said(cx, state, |written| written.at_most.as_deref()) else {
        return;
    };
    let span = match written {
        Or::Literal(literal) => literal.span,
        Or::Setting(name) => name.span,
    };
    let after = amount(cx, written);
    let deed = Deed {
        effects: thin_vec![EffectId::OVERDUE],
        ..Deed::new()
    };
    let row = Row {
        deed: deed.into(),
        ..plain_row(
            system(),
            smallvec![plain_branch(Target::Stay, span, span)],
            span,
        )
    };
    let timer = Timer {
        name: "at_most".to_owned(),
        state,
        kind: TimerKind::AtMost,
        due: Due {
            anchor: Anchor::Entry,
            after,
        },
        when: ThinVec::new(),
        otherwise: None,
        row: push(cx, row, [(state, span)]),
        restore: document::Restore::Restart,
        inferred: false,
        span,
    };
    let id = cx.workflow.timers.push(timer);
    link(cx, id);
}
