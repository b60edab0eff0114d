//! Ids that any diagram language accepts, whatever a state is called.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Model;

/// Aliases of paths.
#[derive(Debug, Clone)]
pub(super) struct Aliases<'a> {
    by_path: BTreeMap<&'a str, String>,
}

impl<'a> Aliases<'a> {
    /// Gives every state an alias of ASCII letters, digits and underscores that begins with `s_`, so
    /// that it is no reserved word, and that no other state has.
    pub(super) fn new(model: &'a Model) -> Self {
        let mut by_path = BTreeMap::new();
        let mut taken = BTreeSet::new();
        for state in &model.states {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let body: String = state.path.chars().map(plain).collect();
            let mut alias = format!("s_{body}");
            let mut number = 2;
            while !taken.insert(alias.clone()) {
                alias = format!("s_{body}_{number}");
                number += 1;
            }
            by_path.insert(state.path.as_str(), alias);
        }
        Self { by_path }
    }

    /// The alias of a path; a path without a state has none.
    pub(super) fn of(&self, path: &str) -> &str {
        self.by_path.get(path).map_or("", String::as_str)
    }
}
