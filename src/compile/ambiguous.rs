//! Targets whose name means one state beside one source and another beside the next.
//!
//! In: the names of a row's sources and of its targets. Out: a finding for each target that is not one
//! state for all of them. Names of unknown states are another pass's business.

use super::Cx;
use super::rules::AMBIGUOUS_TARGET;
use crate::diagnostic::Diagnostic;
use crate::document::{Branch, Name, OneOrMany, Target};
use crate::graph::StateId;

/// Reports the targets of a row, or of its branches, that its sources disagree about.
pub(super) fn check<'a>(
    cx: &mut Cx<'a>,
    from: &OneOrMany<Name>,
    to: Option<&'a Target>,
    branches: &'a [Branch],
) {
    if from.0.len() < 2 {
        return;
    }
    let states = from
        .iter()
        .filter_map(|name| cx.names.state(&cx.workflow, StateId::ROOT, &name.value));
    let beside = states.filter_map(|id| cx.workflow.states.at(id).parent);
    let mut scopes: Vec<StateId> = Vec::new();
    for scope in beside {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.len() < 2 {
        return;
    }
    let targets = to
        .into_iter()
        .chain(branches.iter().filter_map(|branch| branch.to.as_ref()));
    for name in targets.flat_map(named) {
        judge(cx, &scopes, name);
    }
}

/// The names that are looked up beside the source.
fn named(target: &Target) -> Vec<&Name> {
    match target {
        Target::State(name) if name.value == "back" => Vec::new(),
        Target::State(name) => vec![name],
        Target::History(history) => vec![&history.history],
        Target::Choose(_) => Vec::new(),
        Target::Several(parts) => parts.iter().flat_map(named).collect(),
    }
}

fn judge(cx: &mut Cx<'_>, scopes: &[StateId], name: &Name) {
    let meanings = scopes.iter();
    let mut meanings =
        meanings.filter_map(|&scope| cx.names.state(&cx.workflow, scope, &name.value));
    let Some(one) = meanings.next() else { return };
    let Some(other) = meanings.find(|&other| other != one) else {
        return;
    };
    let states = &cx.workflow.states;
    let (one, other) = (states.at(one), states.at(other));
    let message = format!(
        "`{}` means `{}` from one source and `{}` from another",
        name.value, one.path, other.path
    );
    let found = Diagnostic::new(&AMBIGUOUS_TARGET, name.span, message)
        .also(one.span, "one")
        .also(other.span, "the other")
        .help("write the whole path, or a row for each source");
    cx.report.push(found);
}
