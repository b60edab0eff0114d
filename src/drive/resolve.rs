//! What happens, as written, to what a family of orders is told.
//!
//! In: a [`Stimulus`] and the workflow whose declarations type its values. Out: an [`Input`], and a
//! finding for everything that is unclear. Names are not judged here: the order refuses what it does
//! not know, and says what was probably meant.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rule::{MISTYPED_VALUE, UNCLEAR_STEP};
use super::written::{By, Children, Given, Intervention, Stimulus};
use super::{Action, Input, OrderName, When};
use crate::context::{Actor, Type};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::{Entries, Literal, LiteralOrList};
use crate::graph::Workflow;
use crate::source::Span;
use crate::time::parse_instant;

/// Types what happens; `None` where it is unclear, which the report then says.
pub fn resolve(stimulus: &Stimulus, workflow: &Workflow, report: &mut Report) -> Option<Input> {
    let (order, when) = (order(stimulus, report), when(stimulus, report));
    let action = action(stimulus, workflow, report);
    let actor = actor(stimulus, report);
    Some(Input {
        order: order?,
        when: when?,
        actor: actor?,
        id: stimulus.id.as_ref().map(|id| id.value.clone()),
        action: action?,
    })
}

/// The actor as written.
pub fn actor_of(by: &By) -> Actor {
    match by {
        By::Role(role) => Actor::new(&role.value),
        By::Known(known) => Actor {
            role: known.role.value.clone(),
            id: Some(known.id.value.clone()),
        },
    }
}

/// The context of a new order, plain: typed where the workflow declares the field.
pub fn context_of(workflow: &Workflow, given: &Entries<Given>) -> BTreeMap<String, Json> {
    let types = workflow.fields.rows().iter();
    values_of(given, types.map(|field| (field.name.as_str(), &field.ty)))
}

/// Values by name, plain: typed where `types` has the name.
pub fn values_of<'t>(
    given: &Entries<Given>,
    types: impl IntoIterator<Item = (&'t str, &'t Type)>,
) -> BTreeMap<String, Json> {
    plain(given, &types.into_iter().collect())
}

/// A literal as the plain value that was meant; one that does not have the type stays what it looks
/// like, so that whoever reads it can say what is wrong.
pub fn plain_of(literal: &Literal, ty: Option<&Type>) -> Json {
    if let Some(value) = ty.and_then(|ty| literal.read(ty).ok()) {
        return value.to_json();
    }
    match literal.text.as_str() {
        text if literal.quoted => text.into(),
        "true" => true.into(),
        "false" => false.into(),
        "" | "~" | "null" => Json::Null,
        text => {
            let whole = text.parse::<i64>().map(Json::from).ok();
            whole.or_else(|| float(text, ty)).unwrap_or(text.into())
        }
    }
}

/// A number with a point, where that is as good as its text: decimals read texts, which keep every
/// digit.
fn float(text: &str, ty: Option<&Type>) -> Option<Json> {
    ty.filter(|ty| !matches!(ty, Type::Decimal { .. }))?;
    let number = Json::from(
        text.parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())?,
    );
    let written = number.to_string();
    (written == text).then_some(number)
}

/// What is written, plain as [`plain_of`] has it, entry by entry where it is a list.
pub fn given_of(written: &LiteralOrList, ty: Option<&Type>) -> Json {
    let entries = match written {
        LiteralOrList::Literal(literal) => return plain_of(literal, ty),
        LiteralOrList::List(entries, _) => entries,
    };
    let of = match ty {
        Some(Type::List(of)) => Some(&**of),
        _ => None,
    };
    entries.iter().map(|entry| plain_of(entry, of)).collect()
}

/// Reads a point in time or a length of time.
pub fn when_of(literal: &Literal) -> Option<When> {
    let duration = literal.text.parse().ok().map(When::After);
    duration.or_else(|| parse_instant(&literal.text).ok().map(When::At))
}

fn plain(given: &Entries<Given>, types: &BTreeMap<&str, &Type>) -> BTreeMap<String, Json> {
    let pairs = given.iter().map(|entry| {
        let name = &entry.name.value;
        let ty = types.get(name.as_str()).copied();
        let value = entry.value.0.as_ref().map(|written| given_of(written, ty));
        (name.clone(), value.unwrap_or(Json::Null))
    });
    pairs.collect()
}

fn unclear(report: &mut Report, span: Span, message: impl Into<String>, help: &str) {
    report.push(Diagnostic::new(&UNCLEAR_STEP, span, message).help(help));
}

/// The order that a step is about: that of `create`, that of `order`, else the root.
fn order(stimulus: &Stimulus, report: &mut Report) -> Option<OrderName> {
    let written = match (&stimulus.create, &stimulus.order) {
        (Some(create), Some(order)) => {
            let message = "`order` stands beside `create`";
            unclear(
                report,
                order.span,
                message,
                &format!("`create: {create}` names the order"),
            );
            return None;
        }
        (create, order) => create.as_ref().or(order.as_ref()),
    };
    let Some(name) = written else {
        return Some(OrderName::Root);
    };
    let is_child = name.value != "root" && stimulus.create.is_none();
    if is_child && !stimulus.children.is_empty() {
        let message = format!("`{}` has no children of its own here", name.value);
        let help = "children are those of the first order: leave `order` out";
        unclear(report, name.span, message, help);
        return None;
    }
    match name.value.parse::<OrderName>() {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            report.push(Diagnostic::new(
                &MISTYPED_VALUE,
                name.span,
                error.to_string(),
            ));
            None
        }
    }
}

fn when(stimulus: &Stimulus, report: &mut Report) -> Option<When> {
    let times = [&stimulus.wait, &stimulus.at, &stimulus.after];
    let mut given = times.into_iter().flatten();
    let Some(literal) = given.next() else {
        return Some(When::Now);
    };
    if let Some(second) = given.next() {
        let help = "say it once: `at` a point in time, `after` a while, or only `wait`";
        unclear(report, second.span, "the time is given twice", help);
        return None;
    }
    let parsed = match stimulus.at.is_some() {
        true => parse_instant(&literal.text).map(When::At),
        false => literal.text.parse().map(When::After),
    };
    match parsed {
        Ok(when) => Some(when),
        Err(error) => {
            report.push(Diagnostic::new(
                &MISTYPED_VALUE,
                literal.span,
                error.to_string(),
            ));
            None
        }
    }
}

fn actor(stimulus: &Stimulus, report: &mut Report) -> Option<Actor> {
    match (
        stimulus.by.as_ref().or(stimulus.actor.as_ref()),
        &stimulus.event,
    ) {
        (Some(by), _) => Some(actor_of(by)),
        (None, Some(event)) => {
            let message = format!("nobody causes `{event}`");
            let help = "say who: `by: ACTOR`, or `by: system` for the system itself";
            unclear(report, event.span, message, help);
            None
        }
        (None, None) => Some(Actor::system()),
    }
}

fn action(stimulus: &Stimulus, workflow: &Workflow, report: &mut Report) -> Option<Action> {
    lonely(stimulus, report)?;
    if let Some(event) = &stimulus.event {
        return Some(Action::Fire {
            event: event.value.clone(),
            payload: payload(stimulus, workflow, &event.value),
            target: stimulus.target.as_ref().map(|target| target.value.clone()),
        });
    }
    if stimulus.create.is_some() {
        return Some(Action::Create(context_of(workflow, &stimulus.context)));
    }
    if let Some(intervention) = &stimulus.intervention {
        return intervene(intervention, report);
    }
    if !stimulus.children.is_empty() {
        return Some(Action::Children(children(&stimulus.children)));
    }
    Some(match stimulus.context.is_empty() {
        true => Action::Wait,
        false => Action::Context(context_of(workflow, &stimulus.context)),
    })
}

/// Exactly one thing happens, or only time passes.
fn lonely(stimulus: &Stimulus, report: &mut Report) -> Option<()> {
    let first = |name: &'static str, span: Option<Span>| span.map(|span| (name, span));
    let context = match stimulus.create {
        // Beside `create` it is that of the new order.
        Some(_) => None,
        None => stimulus.context.iter().next().map(|entry| entry.name.span),
    };
    let children = stimulus.children.iter().next();
    let things = [
        first("event", stimulus.event.as_ref().map(|event| event.span)),
        first("wait", stimulus.wait.as_ref().map(|wait| wait.span)),
        first("context", context),
        first("children", children.map(|entry| entry.name.span)),
        first("create", stimulus.create.as_ref().map(|create| create.span)),
        first(
            "override",
            stimulus.intervention.as_ref().map(|what| what.span),
        ),
    ];
    let mut given = things.into_iter().flatten();
    let Some((one, _)) = given.next() else {
        return idle(stimulus, report);
    };
    if let Some((other, span)) = given.next() {
        let message = format!("`{one}` and `{other}` in one step");
        unclear(
            report,
            span,
            message,
            "one thing happens in a step: write two steps",
        );
        return None;
    }
    let stray = match stimulus.event {
        Some(_) => None,
        None => stray(stimulus),
    };
    if let Some((name, span)) = stray {
        let message = format!("`{name}` without an event");
        unclear(report, span, message, "it belongs to `event`");
        return None;
    }
    Some(())
}

/// Nothing happens: only `at` may stand there, which lets the time pass until then.
fn idle(stimulus: &Stimulus, report: &mut Report) -> Option<()> {
    if let Some(after) = &stimulus.after {
        let message = "`after` without anything that happens";
        unclear(
            report,
            after.span,
            message,
            &format!("write `wait: {}`", after.text),
        );
        return None;
    }
    if let Some((name, span)) = stray(stimulus) {
        let message = format!("`{name}` without an event");
        unclear(report, span, message, "say which: `event: NAME`");
        return None;
    }
    Some(())
}

fn stray(stimulus: &Stimulus) -> Option<(&'static str, Span)> {
    let payload = stimulus.payload.iter().next();
    let payload = payload.map(|entry| ("payload", entry.name.span));
    let target = stimulus
        .target
        .as_ref()
        .map(|target| ("target", target.span));
    payload.or(target)
}

fn payload(stimulus: &Stimulus, workflow: &Workflow, event: &str) -> BTreeMap<String, Json> {
    let declared = workflow.event_named(event).map(|id| workflow.events.at(id));
    let fields = declared.map_or(&[][..], |event| &event.payload);
    let types = fields.iter().map(|field| (field.name.as_str(), &field.ty));
    plain(&stimulus.payload, &types.collect())
}

fn children(written: &Entries<Children>) -> BTreeMap<String, Vec<(String, Option<String>)>> {
    let sets = written.iter().map(|entry| {
        let children = entry.value.0.iter().map(|child| {
            let state = child.state.as_ref().map(|state| state.value.clone());
            (child.name.value.clone(), state)
        });
        (entry.name.value.clone(), children.collect())
    });
    sets.collect()
}

fn intervene(written: &Intervention, report: &mut Report) -> Option<Action> {
    let reason = written.reason.value.clone();
    match (&written.to, &written.timer, &written.due) {
        (Some(to), None, None) => Some(Action::Force {
            reason,
            to: to.value.clone(),
        }),
        (None, Some(timer), Some(due)) => {
            let Some(when) = when_of(due) else {
                let message = format!("`{}` is neither a point in time nor a duration", due.text);
                let diagnostic = Diagnostic::new(&MISTYPED_VALUE, due.span, message);
                report.push(diagnostic.help("write `2026-03-01T09:00:00Z` or `20m`"));
                return None;
            };
            Some(Action::MoveTimer {
                reason,
                timer: timer.value.clone(),
                due: when,
            })
        }
        _ => {
            let help = "write `to: STATE` to force a state, or `timer: STATE.TIMER` with `due:`";
            unclear(
                report,
                written.span,
                "the intervention does not say one thing",
                help,
            );
            None
        }
    }
}
