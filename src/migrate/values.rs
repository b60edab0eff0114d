//! Whether the values of orders fit the new context.

use super::document::PlanFile;
use super::plan::{FieldMove, Plan};
use super::rule::{MISSING_VALUE, UNFIT_VALUE, UNKNOWN_IN_PLAN, UNMAPPED_FIELD, UNMAPPED_WORD};
use crate::context::Type;
use crate::diagnostic::{Diagnostic, Report};
use crate::diff::{Asked, asked, comes};
use crate::graph::Field;
use crate::source::Span;

/// Judges where every value comes from, and where every value goes.
pub(super) fn check(file: &PlanFile, plan: &Plan<'_>, report: &mut Report) {
    for (id, field) in plan.old.fields.iter() {
        let used = plan.fields.iter().any(|moved| moved.from == Some(id));
        let dropped = file.drop.iter().any(|name| name.value == field.name);
        if !used && !dropped {
            let name = &field.name;
            let message = format!("nothing says what becomes of `{name}`");
            let found = Diagnostic::new(&UNMAPPED_FIELD, file.from.span, message);
            report.push(found.also(field.span, "orders carry this").help(format!(
                "write `drop: {name}`, or `NEW_FIELD: {{ from: {name} }}` under `context`"
            )));
        }
    }
    for moved in &plan.fields {
        let to = plan.new.fields.at(moved.to);
        let entry = file
            .context
            .iter()
            .find(|entry| entry.name.value == to.name);
        let span = entry.map_or(file.to.span, |entry| entry.name.span);
        let from = moved.from.map(|id| plan.old.fields.at(id));
        // One that cannot be read is told as such.
        let written = entry.is_some_and(|entry| entry.value.default.is_some());
        if may_lack(from, to) && !written {
            let name = &to.name;
            let message =
                format!("every order carries `{name}`, and orders under way may bring none");
            let found =
                Diagnostic::new(&MISSING_VALUE, span, message).also(to.span, "required here");
            report.push(found.help(format!("write `{name}: {{ default: … }}` under `context`")));
        }
        if let Some(from) = from {
            typed(moved, from, to, span, report);
            if from.personal && !to.personal {
                report.push(exposed(from, to, span));
            }
        }
        if let (Some(entry), Some(from)) = (entry, from) {
            for value in &entry.value.values.0 {
                if !listed(&from.ty, &value.name.value) {
                    let message = format!(
                        "`{}` of the old version is never `{}`",
                        from.name, value.name.value
                    );
                    report.push(Diagnostic::new(&UNKNOWN_IN_PLAN, value.name.span, message));
                }
            }
        }
    }
}

/// A value that can be erased would come to where it cannot. Once it is, the journal could no longer make the
/// order again.
fn exposed(from: &Field, to: &Field, span: Span) -> Diagnostic {
    let (old, new) = (&from.name, &to.name);
    let message = format!("`{old}` is personal, and `{new}` of the new version is not");
    let found = Diagnostic::new(&UNFIT_VALUE, span, message)
        .also(from.span, "can be erased")
        .also(to.span, "stays for good");
    found.help(format!(
        "mark `{new}` as `personal: true`, or `drop` the old field"
    ))
}

/// Whether a text may be a value of a type, as far as that can be listed.
fn listed(ty: &Type, text: &str) -> bool {
    match ty {
        Type::Enum(words) => words.iter().any(|word| word == text),
        Type::Boolean => matches!(text, "true" | "false"),
        Type::List(of) => listed(of, text),
        _ => true,
    }
}

/// Whether every order must carry a field, while those under way may bring no value for it.
pub(super) fn may_lack(from: Option<&Field>, to: &Field) -> bool {
    let always = from.is_some_and(|from| from.required || from.default.is_some());
    to.required && !always && to.default.is_none()
}

fn typed(moved: &FieldMove, from: &Field, to: &Field, span: Span, report: &mut Report) {
    let mapped = |text: &String| moved.values.iter().any(|(known, _)| known == text);
    let missing = match asked(&from.ty, &to.ty) {
        Asked::Nothing => return,
        Asked::Drop => None,
        Asked::Words(mut words) => {
            words.retain(|word| !mapped(word));
            if words.is_empty() {
                return;
            }
            Some(words)
        }
    };
    if !comes(&from.ty, &to.ty) {
        let (new, old) = (to.ty.noun(), from.ty.noun());
        let message = match new == old {
            true => format!("`{}` has fewer digits than `{}` had", to.name, from.name),
            false => format!("`{}` is {new}, and `{}` was {old}", to.name, from.name),
        };
        let found = Diagnostic::new(&UNFIT_VALUE, span, message)
            .also(from.span, "the old field")
            .also(to.span, "the new field");
        report.push(found.help(match missing {
            Some(words) => format!(
                "write `{}: {{ {}values: {{ {} }} }}` under `context`, or {}",
                to.name,
                source(from, to),
                words
                    .iter()
                    .map(|word| format!("{word}: …"))
                    .collect::<Vec<_>>()
                    .join(", "),
                dropped(moved, from, to)
            ),
            None => format!(
                "there are too many values to say of each what it becomes: {}",
                dropped(moved, from, to)
            ),
        }));
        return;
    }
    for word in missing.into_iter().flatten() {
        let message = format!(
            "`{}` can be `{word}`, which the new version does not have",
            from.name
        );
        let found = Diagnostic::new(&UNMAPPED_WORD, span, message)
            .also(from.span, "the old field")
            .also(to.span, "the new field");
        report.push(found.help(format!(
            "write `values: {{ {word}: … }}` for `{}` under `context`",
            to.name
        )));
    }
}

/// Where a value comes from, where that has to be said.
fn source(from: &Field, to: &Field) -> String {
    match from.name == to.name {
        true => String::new(),
        false => format!("from: {}, ", from.name),
    }
}

/// What is written where old values do not come.
fn dropped(moved: &FieldMove, from: &Field, to: &Field) -> String {
    let (old, new) = (&from.name, &to.name);
    let from = match old == new {
        true => format!("write `drop: {old}`"),
        false => format!("leave `from: {old}` out and write `drop: {old}`"),
    };
    // Orders bring none then.
    match (&moved.default, may_lack(None, to)) {
        (Some(_), _) => format!("{from}: then all get the `default`"),
        (None, true) => format!("{from}, and `{new}: {{ default: … }}` under `context`"),
        (None, false) if to.default.is_some() => {
            format!("{from}: then all have the default of the new version")
        }
        (None, false) => format!("{from}: then none have `{new}`"),
    }
}
