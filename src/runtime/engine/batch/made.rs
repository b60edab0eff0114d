//! New orders: created here, or come from elsewhere.
//!
//! In: a creation or an import. Out: the order with its first step, or why there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Batch, Slot};
use crate::interpret;
use crate::runtime::deployment::Deployed;
use crate::runtime::engine::Undeployed;
use crate::runtime::journal::Record;
use crate::runtime::request::{Answer, Create, Import};
use crate::runtime::row::{OrderKey, Parent};
use crate::runtime::store::{Store, StoreError};
use crate::runtime::working::{Done, Working, refused};
use crate::time::{Instant, format_instant};

impl<S: Store> Batch<'_, S> {
    pub(super) fn create(&mut self, create: &Create, at: Instant) -> Result<Answer, StoreError> {
        if let Some(answer) = self.taken(&create.key) {
            return Ok(answer);
        }
        let parent = create.parent.as_ref();
        let (root, deployed) = match self.place(&create.key, &create.workflow, parent)? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let (workflow, site) = (&deployed.workflow, &deployed.site);
        let made = interpret::create(workflow, site, &create.context, &create.actor, at);
        let made = match made {
            Ok(made) => made,
            Err(refusal) => return Ok(refused(&refusal, None)),
        };
        let mut record = made.record;
        record.event_id.clone_from(&create.event_id);
        let before = self.kin(&create.key.tenant, &root);
        let who = (create.key.clone(), root.clone(), create.parent.clone());
        let mut order = Working::new(who, deployed, made.instance, at);
        let mut done = Done::default();
        order.write(&record, &create.context, &mut done);
        self.orders
            .insert(create.key.clone(), Slot::Order(Box::new(order)));
        match self.settle(&create.key, &done, at)? {
            Ok(()) => Ok(self.told(&create.key, done)),
            Err(answer) => {
                self.orders.insert(create.key.clone(), Slot::Missing);
                self.undo(&create.key.tenant, &root, before);
                Ok(answer)
            }
        }
    }

    pub(super) fn import(&mut self, import: &Import, now: Instant) -> Result<Answer, StoreError> {
        if let Some(answer) = self.taken(&import.key) {
            return Ok(match self.is_another(import) {
                Some(problem) => Answer::Invalid { message: problem },
                None => answer,
            });
        }
        let Import { key, order, actor } = import;
        let parent = order.parent.as_ref().map(|above| Parent {
            order: above.order.clone(),
            set: above.set.clone(),
        });
        let (root, deployed) = match self.place(key, &order.workflow, parent.as_ref())? {
            Ok(found) => found,
            Err(answer) => return Ok(answer),
        };
        let invalid = |message: String| Ok(Answer::Invalid { message });
        if !order.settings.is_empty() && order.settings != deployed.settings {
            let names = order.settings.keys().chain(deployed.settings.keys());
            let names: BTreeSet<&String> = names
                .filter(|name| order.settings.get(*name) != deployed.settings.get(*name))
                .collect();
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            return invalid(format!(
                "its settings are not those of the deployment: {}",
                names.join(", ")
            ));
        }
        let made = Record::imported(&deployed.workflow, &deployed.id, order, actor);
        let (record, instance) = match made {
            Ok(made) => made,
            Err(problems) if order.version != deployed.workflow.version => {
                return invalid(format!("{}, which is deployed", problems.join("; ")));
            }
            Err(problems) => return invalid(problems.join("; ")),
        };
        if instance.updated_at > now {
            let at = format_instant(instance.updated_at);
            return invalid(format!("it was updated at {at}, which is in the future"));
        }
        if let Err(refusal) = interpret::check_counts(&deployed.workflow, &instance) {
            return invalid(refusal.to_string());
        }
        if let Some(Parent { order, set }) = &parent {
            let above = OrderKey::new(&key.tenant, order);
            let stands = (&*deployed.workflow, &instance);
            if let Err(refusal) = self.is_known_to(&above, set, stands) {
                return invalid(refusal.to_string());
            }
            if let Err(problem) = self.is_counted(&above, set)? {
                return invalid(problem);
            }
        }
        let who = (key.clone(), root, parent);
        let order = Working::imported(who, deployed, (&record, instance));
        let answer = Answer::Accepted(order.receipt(Vec::new()));
        self.orders
            .insert(key.clone(), Slot::Order(Box::new(order)));
        Ok(answer)
    }

    /// How an order that is there already is another than one that comes from elsewhere.
    fn is_another(&self, import: &Import) -> Option<String> {
        let Slot::Order(known) = self.orders.get(&import.key)? else {
            return None;
        };
        let (workflow, order) = (&known.deployed.workflow, &import.order);
        let there = "there is an order of this id already";
        if order.workflow != workflow.name {
            return Some(format!("{there}, of the workflow `{}`", workflow.name));
        }
        if order.parent != known.parent.as_ref().map(Parent::stored) {
            return Some(format!("{there}, which belongs elsewhere"));
        }
        // One that has moved since is no other for that.
        let stands = (known.instance.sequence == 1).then(|| order.read(workflow).ok());
        let is_other = stands.flatten().is_some_and(|mut order| {
            order.sequence = 1;
            order != known.instance
        });
        is_other.then(|| format!("{there}, which stands otherwise"))
    }

    /// Whether a parent counts one child more of a set than there are.
    fn is_counted(
        &mut self,
        above: &OrderKey,
        set: &str,
    ) -> Result<Result<(), String>, StoreError> {
        if let Err(reason) = self.bring_children(above)? {
            return Ok(Err(reason));
        }
        let Some(Slot::Order(parent)) = self.orders.get(above) else {
            return Ok(Ok(()));
        };
        let sets = parent.deployed.workflow.children.rows().iter();
        let mut counted = sets.zip(&parent.instance.children);
        let counted = counted.find(|(known, _)| known.name == set);
        let total = counted.map_or(0, |(_, counts)| counts.total as usize);
        let there = self.children(above, set).count();
        Ok(match there < total {
            true => Ok(()),
            false => Err(format!(
                "`{}` counts {total} children of `{set}`, and none of them is missing",
                above.order
            )),
        })
    }

    /// The answer where there is an order of this name already.
    fn taken(&self, key: &OrderKey) -> Option<Answer> {
        match self.orders.get(key)? {
            Slot::Order(order) => {
                let version = order.instance.sequence;
                Some(Answer::Exists { version })
            }
            Slot::Stuck(reason) => Some(Answer::Stuck {
                reason: reason.clone(),
            }),
            Slot::Missing => None,
        }
    }

    /// The outermost order above a new one, itself where it belongs to none, and what it runs under.
    fn place(
        &mut self,
        key: &OrderKey,
        workflow: &str,
        parent: Option<&Parent>,
    ) -> Result<Result<(String, Arc<Deployed>), Answer>, StoreError> {
        match parent {
            Some(parent) => self.below(key, workflow, parent),
            None => {
                let current = self.current(&key.tenant, workflow)?;
                let found = current.map(|deployed| (key.order.clone(), deployed));
                Ok(found.ok_or(Answer::UnknownWorkflow))
            }
        }
    }

    /// The same of a child.
    fn below(
        &mut self,
        child: &OrderKey,
        workflow: &str,
        parent: &Parent,
    ) -> Result<Result<(String, Arc<Deployed>), Answer>, StoreError> {
        let invalid = |message: String| Ok(Err(Answer::Invalid { message }));
        let key = OrderKey::new(child.tenant.clone(), parent.order.clone());
        self.need(&key)?;
        let above = match self.orders.get(&key) {
            Some(Slot::Order(above)) => above,
            Some(Slot::Stuck(reason)) => {
                let reason = reason.clone();
                return Ok(Err(Answer::Stuck { reason }));
            }
            Some(Slot::Missing) | None => {
                return invalid(format!("there is no order `{}` to belong to", parent.order));
            }
        };
        let (root, deployed) = (above.root.clone(), Arc::clone(&above.deployed));
        let mut sets = deployed.workflow.children.rows().iter();
        let Some(set) = sets.find(|set| set.name == parent.set) else {
            let set = &parent.set;
            return invalid(format!(
                "`{}` has no children `{set}`",
                deployed.workflow.name
            ));
        };
        if !set.is_self {
            let current = self.current(&child.tenant, workflow)?;
            return Ok(current
                .map(|current| (root, current))
                .ok_or(Answer::UnknownWorkflow));
        }
        if workflow != deployed.workflow.name {
            let (set, name) = (&set.name, &deployed.workflow.name);
            return invalid(format!("children `{set}` run the workflow `{name}`"));
        }
        Ok(Ok((root, deployed)))
    }

    /// The deployment under which new orders are made.
    pub(super) fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<Arc<Deployed>>, StoreError> {
        let known = (tenant.to_owned(), workflow.to_owned());
        if let Some(found) = self.current.get(&known) {
            return Ok(found.clone());
        }
        let row = self.engine.store.current(tenant, workflow)?;
        let found = match row {
            None => None,
            Some(row) => match self.engine.deployment(tenant, &row.id) {
                Ok(deployed) => Some(deployed),
                Err(Undeployed::Store(error)) => return Err(error),
                Err(Undeployed::Problem(problem)) => {
                    return Err(StoreError::Corrupt(problem));
                }
            },
        };
        self.current.insert(known, found.clone());
        Ok(found)
    }
}
