//! Settings and fields of the context.

use rust_decimal::Decimal;

use super::change::{Change, Class, Kind};
use super::pair::{Fit, Pair, fit, matched, shown, words};
use super::values::{Asked, asked};
use crate::context::Value;
use crate::graph::{Field, Setting, StateId, Workflow};
use crate::source::Span;

/// Compares what sites choose and what orders carry.
pub(super) fn compare(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    if old.name != new.name {
        let message = format!(
            "the workflow is called `{}`, and was `{}`",
            new.name, old.name
        );
        let what = (Kind::WorkflowRenamed, Class::Behaviour);
        pair.push(Change::new(what, &new.name, message).at(head(old), head(new)));
    }
    if old.title != new.title {
        let message = format!("the title is \"{}\", and was \"{}\"", new.title, old.title);
        let what = (Kind::WordingChanged, Class::Safe);
        pair.push(Change::new(what, &new.name, message).at(head(old), head(new)));
    }
    settings(pair);
    fields(pair);
}

/// The beginning of a version's file.
fn head(workflow: &Workflow) -> Span {
    let file = workflow.states.at(StateId::ROOT).span.file;
    Span::new(file, 0, 0)
}

fn settings(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.settings.rows(), pair.new.settings.rows());
    let found = matched(
        &old.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
        &new.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
    );
    for setting in found.gone.iter().filter_map(|&at| old.get(at)) {
        let message = format!(
            "the setting `{}` is gone: sites that chose it say nothing",
            setting.name
        );
        let what = (Kind::SettingRemoved, Class::Behaviour);
        pair.push(Change::new(what, &setting.name, message).at(setting.span, None));
    }
    for setting in found.new.iter().filter_map(|&at| new.get(at)) {
        let default = shown(setting.default.as_ref());
        let message = format!(
            "the setting `{}` is new, by default {default}",
            setting.name
        );
        let what = (Kind::SettingAdded, Class::Safe);
        pair.push(Change::new(what, &setting.name, message).at(None, setting.span));
    }
    for (before, after) in found.both {
        if let (Some(before), Some(after)) = (old.get(before), new.get(after)) {
            setting(pair, before, after);
        }
    }
}

fn setting(pair: &mut Pair<'_>, old: &Setting, new: &Setting) {
    let name = &new.name;
    let of = |kind, class, message: String| {
        Change::new((kind, class), name, message).at(old.span, new.span)
    };
    if fit(&old.ty, &new.ty) != Fit::Same {
        let message = format!(
            "the setting `{name}` is {}, and was {}",
            new.ty.noun(),
            old.ty.noun()
        );
        pair.push(of(Kind::SettingRetyped, Class::Behaviour, message));
        return;
    }
    let what = format!("the setting `{name}`");
    words(
        pair,
        (name, &what),
        (&old.ty, &new.ty),
        (old.span, new.span),
        Class::Behaviour,
    );
    if old.default != new.default {
        let (now, before) = (shown(new.default.as_ref()), shown(old.default.as_ref()));
        let message = format!("the setting `{name}` is {now} by default, and was {before}");
        pair.push(of(Kind::SettingDefaultChanged, Class::Behaviour, message));
    }
    let (narrowed, widened) = bounds(old, new);
    let range = |setting: &Setting| {
        let side =
            |bound: &Option<Value>| bound.as_ref().map_or("any".to_owned(), Value::to_string);
        format!("from {} to {}", side(&setting.min), side(&setting.max))
    };
    let message = format!(
        "the setting `{name}` lies {}, and lay {}",
        range(new),
        range(old)
    );
    if narrowed {
        pair.push(of(
            Kind::SettingBoundsNarrowed,
            Class::Behaviour,
            message.clone(),
        ));
    }
    if widened && !narrowed {
        pair.push(of(Kind::SettingBoundsWidened, Class::Safe, message));
    }
}

/// Whether the bounds leave less, and whether they leave more.
fn bounds(old: &Setting, new: &Setting) -> (bool, bool) {
    let side = |old: &Option<Value>, new: &Option<Value>, lower: bool| match (old, new) {
        (None, None) => (false, false),
        (None, Some(_)) => (true, false),
        (Some(_), None) => (false, true),
        (Some(old), Some(new)) => match new.compare(old) {
            Some(order) => (
                (lower && order.is_gt()) || (!lower && order.is_lt()),
                (lower && order.is_lt()) || (!lower && order.is_gt()),
            ),
            None => (true, true),
        },
    };
    let (low, high) = (
        side(&old.min, &new.min, true),
        side(&old.max, &new.max, false),
    );
    (low.0 || high.0, low.1 || high.1)
}

fn fields(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old.fields.rows(), pair.new.fields.rows());
    let found = matched(
        &old.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        &new.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
    );
    let gone: Vec<&Field> = found.gone.iter().filter_map(|&at| old.get(at)).collect();
    let fresh: Vec<&Field> = found.new.iter().filter_map(|&at| new.get(at)).collect();
    for field in &gone {
        let message = format!("orders no longer carry `{}`", field.name);
        let what = (Kind::FieldRemoved, Class::NeedsMapping);
        let change = Change::new(what, &field.name, message).at(field.span, None);
        let like = fresh
            .iter()
            .filter(|other| fit(&field.ty, &other.ty) != Fit::Other);
        let like = crate::diagnostic::closest(&field.name, like.map(|other| other.name.as_str()));
        pair.push(match like {
            Some(like) => change.hint(format!("`{like}` is new: is it the same?")),
            None => change,
        });
    }
    for field in &fresh {
        let name = &field.name;
        let (kind, class, message) = match (field.required, &field.default) {
            (true, None) => {
                let message = format!("every order carries `{name}`, which orders under way lack");
                (Kind::FieldRequired, Class::NeedsMapping, message)
            }
            (_, Some(default)) => {
                let message = format!("orders carry `{name}`, by default `{default}`");
                (Kind::FieldAdded, Class::Safe, message)
            }
            (false, None) => {
                let message = format!("orders may carry `{name}`");
                (Kind::FieldAdded, Class::Safe, message)
            }
        };
        pair.push(Change::new((kind, class), name, message).at(None, field.span));
    }
    for (before, after) in found.both {
        if let (Some(before), Some(after)) = (old.get(before), new.get(after)) {
            field(pair, before, after);
        }
    }
}

/// What it means that a value tells of a person now, or no longer does.
pub(super) fn personal(name: &str, old: bool, new: bool) -> Option<(Class, String)> {
    match (old, new) {
        (false, true) => {
            let message = format!("{name} is personal: journals written before keep what they say");
            Some((Class::Safe, message))
        }
        (true, false) => {
            let message = format!("{name} is no longer personal: it stands in journals for good");
            Some((Class::Behaviour, message))
        }
        _ => None,
    }
}

/// Whether two values of different types are written alike, or are the same number.
fn reads_alike(old: Option<&Value>, new: Option<&Value>) -> bool {
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let (old, new) = (old.to_string(), new.to_string());
    let number = |text: &str| text.parse::<Decimal>().ok();
    old == new || number(&old).is_some_and(|old| number(&new) == Some(old))
}

fn field(pair: &mut Pair<'_>, old: &Field, new: &Field) {
    let name = &new.name;
    let of = |kind, class, message: String| {
        Change::new((kind, class), name, message).at(old.span, new.span)
    };
    let types = || format!("`{name}` is {}, and was {}", new.ty.noun(), old.ty.noun());
    match fit(&old.ty, &new.ty) {
        Fit::Same => {
            let what = format!("`{name}`");
            let places = (Some(old.span), Some(new.span));
            words(
                pair,
                (name, &what),
                (&old.ty, &new.ty),
                places,
                Class::NeedsMapping,
            );
        }
        Fit::Wider => pair.push(of(Kind::FieldWidened, Class::Safe, types())),
        Fit::Other => match asked(&old.ty, &new.ty) {
            Asked::Nothing => pair.push(of(Kind::FieldWidened, Class::Safe, types())),
            _ => pair.push(of(Kind::FieldRetyped, Class::NeedsMapping, types())),
        },
    }
    if let Some((class, message)) = personal(&format!("`{name}`"), old.personal, new.personal) {
        // What can be erased must not come to where it cannot.
        let class = match new.personal {
            true => class,
            false => Class::NeedsMapping,
        };
        pair.push(of(Kind::PersonalChanged, class, message));
    }
    let set = |field: &Field| field.required || field.default.is_some();
    match (set(old), set(new)) {
        (false, true) if new.required => {
            let message = format!("every order carries `{name}`, which orders under way may lack");
            // Those that lack it get the default.
            let class = match new.default {
                Some(_) => Class::Behaviour,
                None => Class::NeedsMapping,
            };
            pair.push(of(Kind::FieldRequired, class, message));
            return;
        }
        (true, false) => {
            let message = format!("`{name}` may be unset, and always had a value");
            pair.push(of(Kind::FieldOptional, Class::Behaviour, message));
            return;
        }
        _ => {}
    }
    // A default that only fits the new type is the same.
    let fitted = old
        .default
        .as_ref()
        .map(|value| new.ty.read(&value.to_json()));
    let fitted = fitted.and_then(Result::ok).or(old.default.clone());
    let retyped = fit(&old.ty, &new.ty) == Fit::Other;
    let alike = retyped && reads_alike(old.default.as_ref(), new.default.as_ref());
    if fitted != new.default && !alike {
        let (now, before) = (shown(new.default.as_ref()), shown(old.default.as_ref()));
        let message = format!("`{name}` is {now} by default, and was {before}");
        pair.push(of(Kind::FieldDefaultChanged, Class::Behaviour, message));
    }
}
