//! Whether the values of orders fit the new context.

use super::document::PlanFile;
use super::plan::{FieldMove, Plan};
use super::rule::{MISSING_VALUE, UNFIT_VALUE, UNKNOWN_IN_PLAN, UNMAPPED_FIELD, UNMAPPED_WORD};
use crate::context::Type;
use crate::diagnostic::{Diagnostic, Report};
use crate::diff::{Fit, fit};
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
        let always = from.is_some_and(|from| from.required || from.default.is_some());
        // One that cannot be read is told as such.
        let written = entry.is_some_and(|entry| entry.value.default.is_some());
        let has_default = written || to.default.is_some();
        if to.required && !always && !has_default {
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

/// Every value of a type whose values are few.
fn all(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Enum(words) => Some(words.to_vec()),
        Type::Boolean => Some(vec!["true".to_owned(), "false".to_owned()]),
        Type::List(of) => all(of),
        _ => None,
    }
}

fn typed(moved: &FieldMove, from: &Field, to: &Field, span: Span, report: &mut Report) {
    let mapped = |text: &String| moved.values.iter().any(|(known, _)| known == text);
    let words = all(&from.ty);
    let covered = words.as_ref().is_some_and(|words| words.iter().all(mapped));
    if covered {
        return;
    }
    if fit(&from.ty, &to.ty) == Fit::Other {
        let message = format!(
            "`{}` is {}, and `{}` was {}",
            to.name,
            to.ty.noun(),
            from.name,
            from.ty.noun()
        );
        let found = Diagnostic::new(&UNFIT_VALUE, span, message)
            .also(from.span, "the old field")
            .also(to.span, "the new field");
        report.push(found.help(match words {
            Some(_) => "say what each old value becomes under `values`",
            None => "drop the old field, and give the new one a `default`",
        }));
        return;
    }
    let known = all(&to.ty);
    let missing = words
        .into_iter()
        .flatten()
        .filter(|word| !mapped(word) && known.as_ref().is_some_and(|known| !known.contains(word)));
    for word in missing {
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
