//! Who asks: a tenant, and what it may.
//!
//! In: a token's grant, or a name. Out: [`Caller`], from which keys of orders and actors are made.

use std::collections::BTreeSet;

use super::problem::{Kind, Problem};
use super::tokens::{Grant, Scope};
use crate::context::Actor;
use crate::runtime::OrderKey;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// Whose orders.
    pub(super) tenant: String,
    /// What people call the token.
    pub(super) name: String,
    /// Whose limit counts: that of the tenant, or one for all without tokens, whatever they call themselves.
    pub(super) limited_as: String,
    scopes: BTreeSet<Scope>,
    actors: Option<BTreeSet<String>>,
}

impl Caller {
    /// Whom a token stands for.
    pub(super) fn granted(grant: &Grant) -> Self {
        Self {
            tenant: grant.tenant.clone(),
            name: grant.name.clone(),
            limited_as: grant.tenant.clone(),
            scopes: grant.scopes.clone(),
            actors: grant.actors.clone(),
        }
    }

    /// Somebody on this machine, who may do anything.
    pub(super) fn nearby(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            name: String::new(),
            limited_as: String::new(),
            scopes: Scope::ALL.into(),
            actors: None,
        }
    }

    pub(super) fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// One of its orders.
    pub(super) fn key(&self, order: &str) -> OrderKey {
        OrderKey::new(self.tenant.clone(), order)
    }

    /// Who acts, written as `ROLE` or `ROLE:ID`; the caller must be allowed to act as that.
    pub(super) fn actor(&self, written: &str) -> Result<Actor, Problem> {
        let actor = Actor::written(written);
        let role = actor.role.as_str();
        let is_allowed = self
            .actors
            .as_ref()
            .is_none_or(|actors| actors.contains(role));
        if !is_allowed {
            let detail = format!("the token `{}` may not act as `{role}`", self.name);
            return Err(Problem::new(Kind::Forbidden, detail));
        }
        Ok(actor)
    }
}
