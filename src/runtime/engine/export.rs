//! Orders in the form in which they are brought in elsewhere.
//!
//! In: a tenant. Out: its orders as they stand, page by page, each before those that belong to it, as
//! [`Import`](crate::runtime::Import) takes them.

use super::{Engine, EngineError};
use crate::instance::Stored;
use crate::runtime::row::{Find, OrderKey, OrderRow, Parent};
use crate::runtime::store::{Store, StoreError};

/// How many orders are looked up at once.
const PAGE: usize = 1_000;

/// Orders that are taken elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// Each as it stands; one that cannot be read says why.
    pub orders: Vec<Result<Stored, EngineError>>,
    /// What to ask for the next page with; absent on the last one.
    pub next: Option<String>,
}

impl<S: Store> Engine<S> {
    /// A page of a tenant's orders by id, those that belong to another behind it; of those behind an id. Each is
    /// told as it stood when it was read.
    ///
    /// # Errors
    /// When the store fails.
    pub fn export(&mut self, tenant: &str, after: Option<&str>) -> Result<Exported, StoreError> {
        let rows = self.store.find(&Find {
            tenant: tenant.to_owned(),
            standing: None,
            updated_before: None,
            created_before: None,
            stuck: false,
            after: after.map(str::to_owned),
            limit: PAGE,
        })?;
        let next = rows.last().filter(|_| rows.len() == PAGE);
        let next = next.map(|row| row.key.order.clone());
        let mut orders = Vec::new();
        for row in rows.into_iter().filter(|row| row.parent.is_none()) {
            let mut open = vec![row];
            while let Some(row) = open.pop() {
                orders.push(stored(&row));
                if self.may_have_children(&row)? {
                    open.extend(self.store.children(&row.key)?.into_iter().rev());
                }
            }
        }
        Ok(Exported { orders, next })
    }

    /// Whether orders may belong to one; they may where its workflow cannot be read.
    fn may_have_children(&mut self, row: &OrderRow) -> Result<bool, StoreError> {
        let deployed = self.deployment_of(row)?;
        Ok(deployed.map_or(true, |deployed| !deployed.workflow.children.is_empty()))
    }
}

/// An order as its row has it, with its place in a family.
fn stored(row: &OrderRow) -> Result<Stored, EngineError> {
    let OrderKey { tenant, order } = &row.key;
    let read: Result<Stored, _> = serde_json::from_str(&row.body);
    let stored = read.map_err(|error| EngineError::Order {
        key: OrderKey::new(tenant, order),
        problem: error.to_string(),
    })?;
    let parent = row.parent.as_ref().map(Parent::stored);
    Ok(Stored { parent, ..stored })
}
