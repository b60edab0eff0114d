//! What statuses decide, compared by what it comes to: a written value, or that of a setting.

use super::change::{Change, Class, Kind};
use super::pair::{Pair, shown};
use crate::context::Value;
use crate::graph::{FlagId, Id, Origin, State, Workflow};
use crate::source::Span;

/// Compares the flags of the innermost states that both versions have.
pub(super) fn compare(pair: &mut Pair<'_>) {
    for (old, new) in pair.states() {
        let (old, new) = (pair.old.states.at(old), pair.new.states.at(new));
        // What is within takes flags over, and is compared itself.
        if !old.is_atomic() || !new.is_atomic() {
            continue;
        }
        for (before, flag) in pair.old.flags.iter() {
            let mut known = pair.new.flags.iter();
            let found = known.find(|(_, other)| other.name == flag.name);
            if let Some((after, other)) = found
                && std::mem::discriminant(&other.ty) == std::mem::discriminant(&flag.ty)
            {
                let (a, b) = (
                    Meant::of(pair.old, old, before),
                    Meant::of(pair.new, new, after),
                );
                judge(pair, (old, new), &flag.name, &a, &b);
            }
        }
    }
}

/// What a state gives a flag.
struct Meant {
    /// The value; where a setting holds it, the setting's default.
    value: Option<Value>,
    /// The setting that holds it.
    setting: Option<String>,
    /// Whether a site may choose another value.
    free: bool,
    span: Option<Span>,
}

impl Meant {
    fn of(workflow: &Workflow, state: &State, flag: FlagId) -> Self {
        let default = &workflow.flags.at(flag).default;
        let given = state.flags.get(flag.index());
        match given.map(|given| (&given.value, given.span)) {
            Some((Origin::Setting(id), span)) => {
                let setting = workflow.settings.at(*id);
                let fixed = setting.min.is_some() && setting.min == setting.max;
                Self {
                    value: setting.default.clone(),
                    setting: Some(setting.name.clone()),
                    free: !fixed,
                    span,
                }
            }
            Some((Origin::Literal(value), span)) => Self {
                value: Some(value.clone()),
                setting: None,
                free: false,
                span,
            },
            None => Self {
                value: Some(default.clone()),
                setting: None,
                free: false,
                span: None,
            },
        }
    }

    fn words(&self) -> String {
        match &self.setting {
            Some(setting) => format!(
                "what `settings.{setting}` says, by default {}",
                shown(self.value.as_ref())
            ),
            None => shown(self.value.as_ref()),
        }
    }
}

fn judge(pair: &mut Pair<'_>, (old, new): (&State, &State), flag: &str, a: &Meant, b: &Meant) {
    let path = &new.path;
    let truth = |meant: &Meant| match meant.value {
        Some(Value::Boolean(value)) => Some(value),
        _ => None,
    };
    let said = |verb: &str| {
        format!(
            "`{path}` {verb} `{flag}`: it is {}, and was {}",
            b.words(),
            a.words()
        )
    };
    let (kind, class, message) = match (truth(a), truth(b)) {
        (Some(true), Some(false)) => (Kind::FlagLost, Class::LosesFlag, said("loses")),
        (Some(false), Some(true)) => (Kind::FlagGained, Class::GainsFlag, said("gains")),
        _ if a.value != b.value => (Kind::FlagChanged, Class::LosesFlag, said("changes")),
        (before, _) => match (a.free, b.free) {
            (false, true) => {
                let class = match before {
                    Some(false) => Class::GainsFlag,
                    _ => Class::LosesFlag,
                };
                let words = format!(
                    "sites decide about `{flag}` of `{path}`: it is {}, and was {}",
                    b.words(),
                    a.words()
                );
                (Kind::FlagBySetting, class, words)
            }
            (true, false) => {
                let class = match before {
                    Some(false) => Class::LosesFlag,
                    _ => Class::GainsFlag,
                };
                let words = format!(
                    "sites no longer decide about `{flag}` of `{path}`: it is {}, and was {}",
                    b.words(),
                    a.words()
                );
                (Kind::FlagFixed, class, words)
            }
            (true, true) if a.setting != b.setting => {
                let words = format!(
                    "another setting decides about `{flag}` of `{path}`: it is {}, and was {}",
                    b.words(),
                    a.words()
                );
                (Kind::FlagBySetting, Class::LosesFlag, words)
            }
            _ => return,
        },
    };
    let places = (a.span.unwrap_or(old.span), b.span.unwrap_or(new.span));
    pair.push(Change::new((kind, class), path, message).at(places.0, places.1));
}
