//! Guards: the API that the guard sandbox fills.

use std::collections::BTreeMap;

/// A boolean expression.
#[derive(Debug, Clone)]
pub struct Guard;

/// A value expression.
#[derive(Debug, Clone)]
pub struct Formula;

/// How many children of one set there are, and how many have each state active.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ChildCounts {
    /// All of them.
    pub total: u32,
    /// By state; a child within nested states counts in each of them.
    pub by_state: BTreeMap<String, u32>,
}
