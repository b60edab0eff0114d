//! What orders that stand somewhere have for certain, whatever the site: stock, revenue, a contract.

use std::collections::BTreeSet;

use crate::context::Value;
use crate::graph::{FlagId, Id, Origin, StateId, Workflow};
use crate::interpret::outlook;

/// The flags that stand for obligations: stock, revenue, a contract.
pub(crate) const OBLIGATIONS: [FlagId; 3] =
    [FlagId::RESERVED, FlagId::COUNTS_REVENUE, FlagId::CONTRACTED];

/// What a configuration gives a flag, whatever the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Yes,
    No,
    /// These settings decide.
    By(BTreeSet<String>),
}

pub(crate) fn given(workflow: &Workflow, active: &[StateId], flag: FlagId) -> Given {
    let mut by = BTreeSet::new();
    for leaf in outlook::leaves(workflow, active) {
        let value = workflow.states.at(leaf).flags.get(flag.index());
        match value.map(|given| &given.value) {
            Some(Origin::Literal(Value::Boolean(true))) => return Given::Yes,
            Some(Origin::Setting(id)) => {
                let setting = workflow.settings.at(*id);
                let fixed = setting.min.is_some() && setting.min == setting.max;
                match (fixed, &setting.min) {
                    (true, Some(Value::Boolean(true))) => return Given::Yes,
                    (true, _) => {}
                    (false, _) => _ = by.insert(setting.name.clone()),
                }
            }
            _ => {}
        }
    }
    match by.is_empty() {
        true => Given::No,
        false => Given::By(by),
    }
}

/// Whether some site has the flag before and not after.
pub(crate) fn may_lose(before: &Given, after: &Given) -> bool {
    match (before, after) {
        (Given::No, _) | (_, Given::Yes) => false,
        (Given::By(before), Given::By(after)) => !before.is_subset(after),
        _ => true,
    }
}
