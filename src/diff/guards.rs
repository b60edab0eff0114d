//! How a guard of the new version stands to the one it takes the place of.
//!
//! In: conditions of both versions, and where the new ones are asked. Out: the [`Relation`] that the
//! analysis proves or shows. Old conditions are compiled anew against the names of the new version:
//! where that fails, a name is gone, and nothing can be said.

use super::change::{Class, Kind};
use super::pair::{Pair, names};
use crate::analysis::{Relation, Witness, relation};
use crate::diagnostic::Report;
use crate::document::Expression;
use crate::graph::{ActorId, Condition, EventId, StateId, Workflow};
use crate::guard;

/// What was found out about two lists of conditions.
pub(super) enum Verdict {
    /// They are written alike.
    Same,
    /// They stand like this.
    Related(Relation),
    /// An old one names what the new version does not have.
    Foreign,
}

/// The texts of conditions.
pub(super) fn texts(conditions: &[&Condition]) -> Vec<String> {
    let texts = conditions.iter();
    texts.map(|condition| condition.text.to_string()).collect()
}

/// Compares conditions that hold together.
pub(super) fn compare(
    pair: &Pair<'_>,
    at: (&[StateId], Option<EventId>, &[ActorId]),
    old: &[&Condition],
    new: &[&Condition],
) -> Verdict {
    let (mut before, mut after) = (texts(old), texts(new));
    before.sort();
    after.sort();
    if before == after {
        return Verdict::Same;
    }
    let Some(translated) = translated(pair.new, at.1, old) else {
        return Verdict::Foreign;
    };
    let signature = |conditions: &[&Condition]| -> Vec<String> {
        let guards = conditions
            .iter()
            .filter_map(|condition| condition.guard.as_ref());
        let mut all: Vec<String> = guards.map(|guard| guard.tree().signature()).collect();
        all.sort();
        all
    };
    let translated: Vec<&Condition> = translated.iter().collect();
    if signature(&translated) == signature(new) {
        return Verdict::Related(Relation::Equal);
    }
    Verdict::Related(relation(pair.new, at, &translated, new))
}

/// Conditions compiled against the names of another version.
fn translated(
    workflow: &Workflow,
    event: Option<EventId>,
    conditions: &[&Condition],
) -> Option<Vec<Condition>> {
    let scope = workflow.scope_of(event);
    let each = conditions.iter().map(|condition| {
        let expression = Expression {
            text: condition.text.to_string(),
            span: condition.span,
            lines: None,
            quote: None,
        };
        let guard = guard::compile_condition(&expression, &scope, &mut Report::new())?;
        Some(Condition {
            guard: Some(guard),
            ..(*condition).clone()
        })
    });
    each.collect()
}

/// The kinds of changes of guards.
pub(super) const KINDS: [Kind; 5] = [
    Kind::GuardRewritten,
    Kind::GuardWeaker,
    Kind::GuardStronger,
    Kind::GuardDifferent,
    Kind::GuardUnknown,
];

/// A verdict in words.
pub(super) struct Said {
    pub(super) what: (Kind, Class),
    pub(super) words: String,
    pub(super) witnesses: Vec<(&'static str, Witness)>,
}

/// Says what was found out; nothing where the conditions are written alike.
pub(super) fn said(verdict: Verdict, old: &[&Condition], new: &[&Condition]) -> Option<Said> {
    let asked = |conditions: &[&Condition]| match conditions {
        [] => "nothing".to_owned(),
        _ => names(texts(conditions)),
    };
    let asks = format!("asks for {}, and asked for {}", asked(new), asked(old));
    let mut witnesses: Vec<(&'static str, Witness)> = Vec::new();
    let mut show = |no_longer: Option<Box<Witness>>, now: Option<Box<Witness>>| {
        witnesses.extend(no_longer.map(|witness| ("no longer let through", *witness)));
        witnesses.extend(now.map(|witness| ("let through now", *witness)));
    };
    let relation = match verdict {
        Verdict::Same => return None,
        Verdict::Foreign => None,
        Verdict::Related(relation) => Some(relation),
    };
    let (kind, words) = match relation {
        None => {
            let why = "the old guard names what is gone, so that nothing is known";
            (Kind::GuardUnknown, format!("{asks}: {why}"))
        }
        Some(Relation::Equal) => (Kind::GuardRewritten, format!("{asks}, which is the same")),
        Some(Relation::Weaker(now)) => {
            show(None, Some(now));
            (Kind::GuardWeaker, format!("{asks}: it lets more through"))
        }
        Some(Relation::Stronger(no_longer)) => {
            show(Some(no_longer), None);
            (Kind::GuardStronger, format!("{asks}: it lets less through"))
        }
        Some(Relation::Different { no_longer, now }) => {
            show(Some(no_longer), Some(now));
            (
                Kind::GuardDifferent,
                format!("{asks}: it lets others through"),
            )
        }
        Some(Relation::Unknown { no_longer, now }) => {
            show(no_longer, now);
            let why = "how the two stand could be neither proved nor shown";
            (Kind::GuardUnknown, format!("{asks}: {why}"))
        }
    };
    let class = match kind {
        Kind::GuardRewritten => Class::Safe,
        _ => Class::Behaviour,
    };
    Some(Said {
        what: (kind, class),
        words,
        witnesses,
    })
}
