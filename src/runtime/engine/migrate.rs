//! A new version under live orders.
//!
//! In: a migration file, and the deployments that a tenant's orders run under. Out: every order of the
//! old version brought to the tenant's current deployment, family by family, each step in its journal;
//! or, of a family of which one order would be refused, none. All at once, or some at a time. Cut short, it is
//! simply begun again: what was brought over no longer runs under the old version. The way back is a plan like
//! any other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::batch::{Batch, check_who};
use super::{ATTEMPTS, Engine, EngineError, GROUP, Undeployed};
use crate::context::Actor;
use crate::diagnostic::Report;
use crate::diagnostic::render::{Options, render};
use crate::migrate::{self, End, Fates, Plan, PlanFile};
use crate::runtime::deployment::Deployed;
use crate::runtime::journal::digest;
use crate::runtime::row::{Find, OrderKey, PlanRow};
use crate::runtime::store::{Standing, Store, StoreError};
use crate::runtime::working::Bringing;
use crate::source::{FileId, SourceFile, SourceMap};
use crate::time::Instant;

/// The number of the plan among the files that findings point into; the versions have numbers of their own,
/// and their texts are not at hand.
const PLAN: FileId = FileId(u16::MAX);

/// Orders that are to be brought to another version.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Whose.
    pub tenant: String,
    /// The migration file.
    pub plan: String,
    /// What the file is called where its errors are told.
    pub name: String,
    /// Who brings them over.
    pub actor: Actor,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

impl Migration {
    /// What a migration file is called of which only the text is known.
    pub const NAME: &str = "migration.yaml";

    /// The migration file as a store keeps it.
    pub fn row(&self) -> PlanRow {
        PlanRow {
            id: digest([self.plan.as_str()]),
            tenant: self.tenant.clone(),
            text: self.plan.clone(),
        }
    }
}

/// What became of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MigrationReport {
    /// How many orders came from where to where, by status.
    pub moved: BTreeMap<(String, String), u64>,
    /// Orders that stay where they are, with the reasons; where only another order of the family is
    /// refused, that one is named.
    pub refused: BTreeMap<String, Vec<String>>,
    /// What became of their timers and of the events that waited, and what is asked because flags were let go.
    pub fates: Fates,
    /// How the tenant's orders stood before; where some are brought over at a time, before the first.
    pub before: Vec<Standing>,
    /// How they stand now; where some are brought over at a time, behind the last.
    pub after: Vec<Standing>,
}

/// Where a migration goes on: behind an order of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The deployment.
    pub deployment: String,
    /// The order; empty before the first.
    pub order: String,
}

/// An order that came over, from where to where.
pub(super) struct Brought {
    pub(super) key: OrderKey,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) fates: Fates,
}

/// The orders of a family that came over; or those that are refused, and why.
pub(super) type Family = Result<Vec<Brought>, Vec<(String, Vec<String>)>>;

/// A migration of which the plan was read.
struct Begun {
    source: SourceFile,
    file: PlanFile,
    kept: PlanRow,
    new: Arc<Deployed>,
    /// The deployments that orders come from, by id.
    sources: Vec<Arc<Deployed>>,
}

impl Begun {
    /// The plan for the orders of each deployment.
    fn plans(&self) -> Result<Vec<(&Arc<Deployed>, Plan<'_>)>, EngineError> {
        let plans = self.sources.iter().map(|old| {
            let (plan, found) = migrate::check(&self.file, &old.workflow, &self.new.workflow);
            let plan = clean(Some(plan), &found, &self.source);
            Ok((old, plan.map_err(|error| self.of_one(old, error))?))
        });
        plans.collect()
    }

    /// Why the plan does not fit the orders of one deployment, where there are several of that version.
    fn of_one(&self, old: &Deployed, error: EngineError) -> EngineError {
        let count = self.sources.len();
        let EngineError::Invalid(problem) = error else {
            return error;
        };
        if count < 2 {
            return EngineError::Invalid(problem);
        }
        let short: String = old.id.chars().take(12).collect();
        let (name, version) = (&old.workflow.name, old.workflow.version);
        EngineError::Invalid(format!(
            "orders are under {count} deployments of version {version} of `{name}`, and for those under {short} \
             {problem}\nBring them to one first: deploy one of them again, and migrate by a plan from version \
             {version} to version {version}."
        ))
    }

    fn bringing<'b>(
        &'b self,
        (old, plan): (&'b Arc<Deployed>, &'b Plan<'b>),
        migration: &'b Migration,
        now: Instant,
    ) -> Bringing<'b> {
        Bringing {
            id: &self.kept.id,
            plan,
            old,
            new: &self.new,
            actor: &migration.actor,
            now,
        }
    }
}

impl<S: Store> Engine<S> {
    /// Brings a tenant's orders over by a plan, to the deployment that is current. `progress` is told how
    /// many orders were looked at with each group.
    ///
    /// # Errors
    /// When the plan has errors (rendered in the message) or names a version that is not deployed, or the
    /// store fails; groups that were written stay written.
    pub fn migrate(
        &mut self,
        migration: &Migration,
        now: Instant,
        progress: &mut dyn FnMut(u64),
    ) -> Result<MigrationReport, EngineError> {
        let begun = self.begin(migration)?;
        let plans = begun.plans()?;
        let mut report = MigrationReport {
            before: self.store.standings(&migration.tenant)?,
            ..MigrationReport::default()
        };
        self.keep(migration, &begun)?;
        for (old, plan) in &plans {
            let bringing = begun.bringing((old, plan), migration, now);
            let mut after = None;
            loop {
                let page = self.page(&begun, old, after, GROUP)?;
                let Some(last) = page.last() else { break };
                after = Some(last.order.clone());
                progress(u64::try_from(page.len()).unwrap_or_default());
                self.group(migration, &bringing, &page, &mut report)?;
            }
        }
        report.after = self.store.standings(&migration.tenant)?;
        Ok(report)
    }

    /// Brings over no more than `limit` orders, behind those that were looked at before, so that others are
    /// answered in between; with where to go on, or nothing where all were looked at. How orders stand afterwards is
    /// told then.
    ///
    /// # Errors
    /// As [`Engine::migrate`].
    pub fn migrate_some(
        &mut self,
        migration: &Migration,
        (after, limit): (Option<&Place>, usize),
        now: Instant,
    ) -> Result<(MigrationReport, Option<Place>), EngineError> {
        let limit = limit.max(1);
        let mut begun = self.begin(migration)?;
        let is_left = |old: &Arc<Deployed>| after.is_none_or(|at| old.id >= at.deployment);
        begun.sources.retain(is_left);
        let plans = begun.plans()?;
        let mut report = MigrationReport::default();
        if after.is_none() {
            report.before = self.store.standings(&migration.tenant)?;
        }
        self.keep(migration, &begun)?;
        let mut next = None;
        let mut left = plans.iter().peekable();
        while let Some((old, plan)) = left.next() {
            let behind = after.filter(|at| at.deployment == old.id);
            let behind = behind.map(|at| at.order.clone());
            let page = self.page(&begun, old, behind, limit)?;
            let Some(last) = page.last() else { continue };
            let bringing = begun.bringing((old, plan), migration, now);
            self.group(migration, &bringing, &page, &mut report)?;
            let place = |old: &Deployed, order: &str| Place {
                deployment: old.id.clone(),
                order: order.to_owned(),
            };
            next = match page.len() < limit {
                true => left.peek().map(|(old, _)| place(old, "")),
                false => Some(place(old, &last.order)),
            };
            break;
        }
        if next.is_none() {
            report.after = self.store.standings(&migration.tenant)?;
        }
        Ok((report, next))
    }

    /// Keeps a plan that is carried out, so that steps made by it can be verified.
    fn keep(&mut self, migration: &Migration, begun: &Begun) -> Result<(), StoreError> {
        match migration.dry_run || begun.sources.is_empty() {
            true => Ok(()),
            false => self.store.add_plan(&begun.kept),
        }
    }

    /// Reads a plan, and finds out what it is about.
    fn begin(&mut self, migration: &Migration) -> Result<Begun, EngineError> {
        check_who(&migration.actor).map_err(EngineError::Invalid)?;
        let source = SourceFile::new(migration.name.clone(), migration.plan.clone());
        let (file, found) = migrate::read(PLAN, &source);
        let file = clean(file, &found, &source)?;
        let new = self.target(&migration.tenant, &file.to)?;
        let mut sources = self.sources(&migration.tenant, &file.from)?;
        sources.retain(|old| old.id != new.id);
        Ok(Begun {
            source,
            file,
            kept: migration.row(),
            new,
            sources,
        })
    }

    /// The deployment that orders come to.
    fn target(&mut self, tenant: &str, to: &End) -> Result<Arc<Deployed>, EngineError> {
        let (name, version) = named(to, "to")?;
        let row = match self.store.current(tenant, name)? {
            Some(row) if row.version == version => row,
            other => {
                let is = match other {
                    Some(row) => format!("it is version {}", row.version),
                    None => format!("there is none for `{tenant}`"),
                };
                let problem =
                    format!("version {version} of `{name}` is not the one that is deployed: {is}");
                return Err(EngineError::Invalid(problem));
            }
        };
        self.deployed(tenant, &row.id)
    }

    fn deployed(&mut self, tenant: &str, id: &str) -> Result<Arc<Deployed>, EngineError> {
        match self.deployment(tenant, id) {
            Ok(deployed) => Ok(deployed),
            Err(Undeployed::Store(error)) => Err(error.into()),
            Err(Undeployed::Problem(problem)) => Err(EngineError::Invalid(problem)),
        }
    }

    /// The deployments of a version under which there are orders.
    fn sources(&mut self, tenant: &str, from: &End) -> Result<Vec<Arc<Deployed>>, EngineError> {
        let (name, version) = named(from, "from")?;
        let standing = self.store.standing(tenant)?;
        let mut ids: Vec<&str> = standing.iter().map(|(id, _)| id.as_str()).collect();
        ids.dedup();
        let mut found = Vec::new();
        for id in ids {
            let deployed = self.deployed(tenant, id)?;
            let workflow = &deployed.workflow;
            if (workflow.name.as_str(), workflow.version) == (name, version) {
                found.push(deployed);
            }
        }
        Ok(found)
    }

    /// Orders of a deployment behind one, by id, whatever status they have come to meanwhile.
    fn page(
        &mut self,
        begun: &Begun,
        old: &Deployed,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        let mut standing = self.store.standing(&begun.kept.tenant)?;
        standing.retain(|(deployment, _)| *deployment == old.id);
        let rows = self.store.find(&Find {
            tenant: begun.kept.tenant.clone(),
            standing: Some(standing),
            after,
            limit,
            ..Find::default()
        })?;
        Ok(rows.into_iter().map(|row| row.key).collect())
    }

    /// Brings over the families of a group. Those that lost a race are brought anew.
    fn group(
        &mut self,
        migration: &Migration,
        bringing: &Bringing<'_>,
        keys: &[OrderKey],
        report: &mut MigrationReport,
    ) -> Result<(), EngineError> {
        for _ in 0..ATTEMPTS {
            let mut batch = Batch::of(self, keys)?;
            let mut moved = Vec::new();
            let mut refused = Vec::new();
            for key in keys {
                let Some((root, family)) = batch.bring(key, bringing)? else {
                    continue;
                };
                match family {
                    Ok(orders) => {
                        moved.extend(orders.into_iter().map(|order| (root.clone(), order)));
                    }
                    Err(reasons) => refused.extend(reasons),
                }
            }
            let (units, failures) = batch.close();
            let lost = match migration.dry_run {
                true => {
                    // Nothing is written: whoever of a family is in another group is brought there again.
                    moved.retain(|(_, order)| keys.contains(&order.key));
                    BTreeSet::new()
                }
                false => self.commit(units, failures)?,
            };
            for (_, order) in moved.into_iter().filter(|(root, _)| !lost.contains(root)) {
                *report.moved.entry((order.from, order.to)).or_default() += 1;
                report.fates.join(order.fates);
            }
            if lost.is_empty() {
                report.refused.extend(refused);
                return Ok(());
            }
        }
        let busy = "others were faster every time".to_owned();
        Err(StoreError::Busy(busy).into())
    }
}

/// The workflow and the version that an end of a plan names.
fn named<'f>(end: &'f End, word: &str) -> Result<(&'f str, u32), EngineError> {
    match (&end.workflow, end.version) {
        (Some(workflow), Some(version)) => Ok((workflow.value.as_str(), version.value)),
        _ => Err(EngineError::Invalid(format!(
            "the plan must name `workflow:` and `version:` under `{word}:`"
        ))),
    }
}

fn clean<T>(read: Option<T>, found: &Report, source: &SourceFile) -> Result<T, EngineError> {
    match read.filter(|_| !found.has_errors()) {
        Some(read) => Ok(read),
        None => {
            let files = SourceMap::single(source.clone());
            let mut own = Report::new();
            for finding in found {
                let mut finding = finding.clone();
                finding.secondary.retain(|label| label.span.file == PLAN);
                let labels = finding.secondary.iter_mut().chain([&mut finding.primary]);
                labels.for_each(|label| label.span.file = FileId::default());
                own.push(finding);
            }
            let rendered = render(&own, &files, &Options::default());
            Err(EngineError::Invalid(format!(
                "the plan has errors:\n{rendered}"
            )))
        }
    }
}
