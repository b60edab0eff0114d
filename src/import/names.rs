//! Names of SCXML as ids of a workflow file.

use std::collections::{BTreeMap, BTreeSet};

use crate::parse::id::is_word;

/// The longest id, with room for a number.
const LONGEST: usize = 56;

/// What SCXML's names are called in the workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The dotted path of each state, by its id.
    pub states: BTreeMap<String, String>,
    /// Each event.
    pub events: BTreeMap<String, String>,
    /// Each variable of the data model, by the name of its field.
    pub fields: BTreeMap<String, String>,
    /// Each value that events bring.
    pub values: BTreeMap<String, String>,
}

/// Ids that are given out once each.
#[derive(Default)]
pub(super) struct Ids {
    given: BTreeSet<String>,
}

impl Ids {
    /// An id like a name: `Order.Placed` becomes `order_placed`.
    pub(super) fn like(&mut self, name: &str) -> String {
        let mut id = plain(name);
        if is_word(&id) {
            id.push('_');
        }
        let mut number = 2;
        let base = id.clone();
        while !self.given.insert(id.clone()) {
            id = format!("{base}_{number}");
            number += 1;
        }
        id
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    });
    let id: String = letters.take(LONGEST).collect();
    match id.starts_with(|c: char| c.is_ascii_lowercase()) {
        true => id,
        false => format!("s{}{id}", if id.starts_with('_') { "" } else { "_" }),
    }
}
