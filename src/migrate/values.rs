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

/// Every value of a type whose values are few.
fn all(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Enum(words) => Some(words.to_vec()),
        Type::Boolean => Some(vec!["true".to_owned(), "false".to_owned()]),
        Type::List(of) => all(of),
        _ => None,
    }
}

/// What a plan has to say of the values of a field that come to another one.
pub(super) enum Asked {
    /// Nothing: each fits as it is.
    Nothing,
    /// What becomes of each of these, which the other one does not have.
    Words(Vec<String>),
    /// That they are dropped: they are too many to say of each what becomes of it, and not all fit.
    Drop,
}

/// What a plan has to say of values of one type that come to another.
pub(super) fn asked(from: &Type, to: &Type) -> Asked {
    // One value becomes a list of one; of several no single one can be made.
    let known = match (from, to) {
        (Type::List(_), to) if !matches!(to, Type::List(_)) => None,
        _ => all(from),
    };
    match (known, fit(from, to)) {
        (None, Fit::Other) => Asked::Drop,
        (None, _) => Asked::Nothing,
        (Some(words), Fit::Other) => Asked::Words(words),
        (Some(mut words), _) => {
            let known = all(to);
            words.retain(|word| known.as_ref().is_some_and(|known| !known.contains(word)));
            match words.is_empty() {
                true => Asked::Nothing,
                false => Asked::Words(words),
            }
        }
    }
}

/// Whether every order must carry a field, while those under way may bring no value for it.
pub(super) fn may_lack(from: Option<&Field>, to: &Field) -> bool {
    let always = from.is_some_and(|from| from.required || from.default.is_some());
    to.required && !always && to.default.is_none()
}

fn typed(moved: &FieldMove, from: &Field, to: &Field, span: Span, report: &mut Report) {
    let mapped = |text: &String| moved.values.iter().any(|(known, _)| known == text);
    let (missing, listed) = match asked(&from.ty, &to.ty) {
        Asked::Nothing => return,
        Asked::Drop => (Vec::new(), false),
        Asked::Words(mut words) => {
            words.retain(|word| !mapped(word));
            if words.is_empty() {
                return;
            }
            (words, true)
        }
    };
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
        report.push(found.help(match listed {
            true => "say what each old value becomes under `values`",
            false => "drop the old field, and give the new one a `default`",
        }));
        return;
    }
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
