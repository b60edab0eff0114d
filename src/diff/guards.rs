//! How a guard of the new version stands to the one it takes the place of.
//!
//! In: conditions of both versions, and where the new ones are asked. Out: the [`Relation`] that the
//! analysis proves or shows. Old conditions are compiled anew against the names of the new version:
//! where that fails, a name is gone, and nothing can be said.

use super::pair::Pair;
use crate::analysis::{Relation, relation};
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
    texts.map(|condition| condition.text.clone()).collect()
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
            text: condition.text.clone(),
            span: condition.span,
            lines: None,
        };
        let guard = guard::compile_condition(&expression, &scope, &mut Report::new())?;
        Some(Condition {
            guard: Some(guard),
            ..(*condition).clone()
        })
    });
    each.collect()
}
