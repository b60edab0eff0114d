//! Guards and changes of the context: named ones resolved, expressions compiled once.

use std::sync::Arc;

use thin_vec::ThinVec;

use super::Cx;
use super::rules::{self, UNKNOWN_GUARD};
use crate::context::{Scope, Type};
use crate::diagnostic::{Diagnostic, Report};
use crate::document::{self, Assigned, Entries, Expression, OneOrMany};
use crate::graph::{Assign, Condition, EventId, FieldId};
use crate::guard::{self, Guard, Known};
use crate::source::Span;

/// A guard that the file names.
#[derive(Debug, Clone)]
pub(super) struct NamedGuard {
    name: Arc<str>,
    guard: Option<Guard>,
    text: Arc<str>,
    refusal: Option<Arc<str>>,
}

/// Compiles the named guards. They see no payload, since any event may use them.
pub(super) fn named(cx: &mut Cx<'_>) {
    let document = cx.document;
    for entry in &document.guards {
        let written = &entry.value;
        let guard = expression(cx, &written.condition, None, &mut Known::default());
        let named = NamedGuard {
            name: entry.name.value.as_str().into(),
            text: text(guard.as_ref(), &written.condition),
            guard,
            refusal: refusal(written),
        };
        cx.names.guards.insert(&entry.name.value, named);
    }
}

/// What must hold, in the order written; `event` is the one whose payload may be named. They are asked
/// up to the first that does not hold, so each adds to what is `known` to be set for those behind it.
pub(super) fn conditions<'a>(
    cx: &mut Cx<'a>,
    written: Option<&'a OneOrMany<document::Guard>>,
    event: Option<EventId>,
    known: &mut Known,
) -> ThinVec<Condition> {
    let Some(OneOrMany(written)) = written else {
        return ThinVec::new();
    };
    let conditions = written
        .iter()
        .map(|guard| condition(cx, guard, event, known));
    conditions.collect()
}

fn condition<'a>(
    cx: &mut Cx<'a>,
    written: &'a document::Guard,
    event: Option<EventId>,
    known: &mut Known,
) -> Condition {
    match written {
        document::Guard::Inline(inline) => {
            let guard = expression(cx, &inline.condition, event, known);
            Condition {
                name: None,
                text: text(guard.as_ref(), &inline.condition),
                guard,
                refusal: refusal(inline),
                span: inline.condition.span,
            }
        }
        document::Guard::Written(expression) if is_name(&expression.text) => {
            use_named(cx, expression, known)
        }
        document::Guard::Written(written) => {
            let guard = expression(cx, written, event, known);
            Condition {
                name: None,
                text: text(guard.as_ref(), written),
                guard,
                refusal: None,
                span: written.span,
            }
        }
    }
}

/// The text of an expression, shared with what it was compiled to.
fn text(guard: Option<&Guard>, written: &Expression) -> Arc<str> {
    guard.map_or_else(|| written.text.as_str().into(), Guard::shared_source)
}

fn refusal(written: &document::NamedGuard) -> Option<Arc<str>> {
    let refusal = written.refusal.as_ref();
    refusal.map(|refusal| refusal.value.as_str().into())
}

/// A bare word is the name of a guard; `true` and `false` are expressions.
fn is_name(text: &str) -> bool {
    let word = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    word && text.starts_with(|c: char| c.is_ascii_lowercase()) && text != "true" && text != "false"
}

fn use_named(cx: &mut Cx<'_>, written: &Expression, known: &mut Known) -> Condition {
    let name = &written.text;
    let found = cx.names.guards.get(name.as_str()).cloned();
    match found.as_ref().map(|found| &found.guard) {
        None => {
            unknown(cx, written);
            known.doubt();
        }
        // What it reads is told where it is defined.
        Some(Some(guard)) => {
            let scope = &cx.workflow.scope;
            guard.follow(written, scope, known, &mut Report::new());
        }
        Some(None) => known.doubt(),
    }
    let named = found.unwrap_or_else(|| {
        let name: Arc<str> = name.as_str().into();
        NamedGuard {
            name: Arc::clone(&name),
            guard: None,
            text: name,
            refusal: None,
        }
    });
    Condition {
        name: Some(named.name),
        guard: named.guard,
        text: named.text,
        refusal: named.refusal,
        span: written.span,
    }
}

/// A bare word that names no guard may be a guard misspelt, or a field without `order.`.
fn unknown(cx: &mut Cx<'_>, written: &Expression) {
    let name = document::Name::new(written.text.clone(), written.span);
    let prefixed = if cx.names.fields.contains_key(name.value.as_str()) {
        Some("order")
    } else if cx.names.settings.contains_key(name.value.as_str()) {
        Some("settings")
    } else {
        None
    };
    match prefixed {
        Some(prefix) => {
            let message = format!("there is no guard `{}`", name.value);
            let full = format!("{prefix}.{}", name.value);
            let found = Diagnostic::new(&UNKNOWN_GUARD, name.span, message);
            let found = found.help(format!("did you mean `{full}`?"));
            cx.report
                .push(found.fix(name.span, full.clone(), format!("replace with `{full}`")));
        }
        None => {
            let known: Vec<&str> = cx.names.guards.keys().copied().collect();
            cx.unresolved(&UNKNOWN_GUARD, &name, "guard", known);
        }
    }
}

/// Compiles an expression that must be boolean; equal ones of one event are compiled once, and each
/// place is told what it reads without being known to be set.
fn expression<'a>(
    cx: &mut Cx<'a>,
    written: &'a Expression,
    event: Option<EventId>,
    known: &mut Known,
) -> Option<Guard> {
    let Some(guard) = condition_of(cx, written, event) else {
        known.doubt();
        return None;
    };
    with_scope(cx, event, |scope, report| {
        guard.follow(written, scope, known, report);
    });
    Some(guard)
}

fn condition_of<'a>(
    cx: &mut Cx<'a>,
    written: &'a Expression,
    event: Option<EventId>,
) -> Option<Guard> {
    let key = (written.text.as_str(), event);
    if let Some(Some(guard)) = cx.guards.get(&key) {
        return Some(guard.clone());
    }
    if cx.report.is_full() {
        // The workflow will not run, and what is wrong with the guard would not be shown.
        return None;
    }
    let guard = with_scope(cx, event, |scope, report| {
        guard::compile_condition(written, scope, report)
    });
    cx.guards.insert(key, guard.clone());
    guard
}

/// Changes of the context, in the order written, where something is known to be set.
pub(super) fn assigns<'a>(
    cx: &mut Cx<'a>,
    written: &'a Entries<Assigned>,
    event: Option<EventId>,
    known: &Known,
) -> ThinVec<Assign> {
    let mut assigns = ThinVec::new();
    for entry in written {
        let Some(&field) = cx.names.fields.get(entry.name.value.as_str()) else {
            let known: Vec<&str> = cx.names.fields.keys().copied().collect();
            cx.unresolved(
                &guard::rules::UNKNOWN_FIELD,
                &entry.name,
                "field of the order",
                known,
            );
            continue;
        };
        let formula = match &entry.value {
            Assigned::Value(value) => {
                let ty: Type = cx.workflow.fields.at(field).ty.clone();
                with_scope(cx, event, |scope, report| {
                    guard::compile_formula_after(value, &ty, scope, known, report)
                })
            }
            Assigned::Unset(word) => {
                may_be_unset(cx, field, word.span);
                None
            }
        };
        assigns.push(Assign {
            field,
            formula,
            unset: matches!(entry.value, Assigned::Unset(_)),
            span: entry.name.span,
        });
    }
    assigns
}

/// Finds a field that always has a value and is to have none.
fn may_be_unset(cx: &mut Cx<'_>, id: FieldId, word: Span) {
    let field = cx.workflow.fields.at(id);
    let (name, why, help) = match &field.default {
        Some(default) => {
            let help = format!("set it to its default, `{default}`, or declare it without one");
            (&field.name, "it has a default", help)
        }
        None if field.required => {
            let help = "declare it without `required: true`".to_owned();
            (&field.name, "it is required", help)
        }
        None => return,
    };
    let message = format!("`{name}` always has a value: {why}");
    let found = Diagnostic::new(&rules::ALWAYS_SET, word, message);
    cx.report.push(found.help(help));
}

/// The values that an event is raised with, by slot of its payload. They may read what is `known`, and
/// the payload of the event that sets them off.
pub(super) fn formulas<'a>(
    cx: &mut Cx<'a>,
    written: &'a Entries<Expression>,
    raised: EventId,
    (of, known): (Option<EventId>, &Known),
) -> ThinVec<(usize, Option<guard::Formula>)> {
    let mut found = ThinVec::new();
    for entry in written {
        let fields = &cx.workflow.events.at(raised).payload;
        let slot = fields.iter().position(|f| f.name == entry.name.value);
        let Some(slot) = slot else {
            let known: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
            let known = known.iter().map(String::as_str);
            let what = "value of the event";
            cx.unresolved(
                &guard::rules::UNKNOWN_PAYLOAD_FIELD,
                &entry.name,
                what,
                known,
            );
            continue;
        };
        let ty = fields.get(slot).map(|field| field.ty.clone());
        let formula = ty.and_then(|ty| {
            with_scope(cx, of, |scope, report| {
                guard::compile_formula_after(&entry.value, &ty, scope, known, report)
            })
        });
        found.push((slot, formula));
    }
    found
}

/// Hands out the scope with the payload of an event, made once for all rows of it.
fn with_scope<T>(
    cx: &mut Cx<'_>,
    event: Option<EventId>,
    use_scope: impl FnOnce(&Scope, &mut Report) -> T,
) -> T {
    let Some(event) = event else {
        let mut found = Report::new();
        let answer = use_scope(&cx.workflow.scope, &mut found);
        cx.report.extend(&found);
        return answer;
    };
    if cx.event_scope.as_ref().is_none_or(|(of, _)| *of != event) {
        let scope = cx.workflow.scope_of(Some(event));
        cx.event_scope = Some((event, scope));
    }
    let mut found = Report::new();
    let answer = match &cx.event_scope {
        Some((_, scope)) => use_scope(scope, &mut found),
        None => use_scope(&cx.workflow.scope, &mut found),
    };
    cx.report.extend(&found);
    answer
}
