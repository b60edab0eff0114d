//! With which settings a finding shows.
//!
//! In: the sites on which something is wrong, and those on which it could be. Out: [`Showing`], with
//! the smallest of these sites, the words that a message begins with, and the witness.

use super::facts::Facts;
use crate::analysis::{Combination, Sites};
use crate::diagnostic::Diagnostic;
use crate::graph::StateId;

/// With which settings a finding shows.
pub(crate) struct Showing {
    /// The smallest site on which it does.
    pub(crate) site: Combination,
    /// Whether it shows on every site where it could.
    pub(crate) everywhere: bool,
}

impl Showing {
    /// Where something is wrong on the sites `wrong` and could be on `all`; `None` where it is on none.
    pub(crate) fn of(facts: &Facts<'_>, wrong: Sites, all: Sites) -> Option<Self> {
        Some(Self {
            site: facts.grid.smallest(wrong)?,
            everywhere: wrong == all,
        })
    }

    /// Whether sites that set nothing are spared.
    pub(crate) fn is_special(&self) -> bool {
        !self.everywhere && !self.site.is_default()
    }

    /// A message behind the settings with which it is so.
    pub(crate) fn message(&self, text: &str) -> String {
        match self.everywhere {
            true => text.to_owned(),
            false => format!("{}{text}", self.site.words()),
        }
    }

    /// Adds an order in a state on the site, where settings decide.
    pub(crate) fn shown(
        &self,
        facts: &Facts<'_>,
        state: StateId,
        finding: Diagnostic,
    ) -> Diagnostic {
        if self.everywhere {
            return finding;
        }
        let witness = facts.grid.order(state, &self.site);
        finding.witness(format!("for example {witness}"), witness.to_json())
    }
}
