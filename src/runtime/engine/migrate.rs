//! A new version under live orders.
//!
//! In: a migration file, and the deployments that a tenant's orders run under. Out: every order of the
//! old version brought to the tenant's current deployment, family by family, each step in its journal;
//! or, of a family of which one order would be refused, none. Cut short, it is simply begun again: what
//! was brought over no longer runs under the old version. The way back is a plan like any other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::Batch;
use super::{ATTEMPTS, Engine, EngineError, GROUP, Undeployed};
use crate::context::Actor;
use crate::diagnostic::Report;
use crate::diagnostic::render::{Options, render};
use crate::migrate::{self, End};
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
    /// Who brings them over.
    pub actor: Actor,
    /// Whether nothing is to be written.
    pub dry_run: bool,
}

impl Migration {
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
    /// How the tenant's orders stood before.
    pub before: Vec<Standing>,
    /// How they stand now.
    pub after: Vec<Standing>,
}

/// The orders of a family that came over, from where to where; or those that are refused, and why.
pub(super) type Family = Result<Vec<(String, String)>, Vec<(String, Vec<String>)>>;

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
        let source = SourceFile::new("migration.yaml", migration.plan.clone());
        let (file, found) = migrate::read(PLAN, &source);
        let file = clean(file, &found, &source)?;
        let new = self.target(&migration.tenant, &file.to)?;
        let before = self.store.standings(&migration.tenant)?;
        let mut report = MigrationReport {
            before,
            ..MigrationReport::default()
        };
        let kept = migration.row();
        if !migration.dry_run {
            self.store.add_plan(&kept)?;
        }
        for old in self.sources(&migration.tenant, &file.from, &report.before)? {
            if old.id == new.id {
                continue;
            }
            let (plan, found) = migrate::check(&file, &old.workflow, &new.workflow);
            clean(Some(()), &found, &source)?;
            let bringing = Bringing {
                id: &kept.id,
                plan: &plan,
                old: &old,
                new: &new,
                actor: &migration.actor,
                now,
            };
            self.bring(migration, &bringing, (&mut report, progress))?;
        }
        report.after = self.store.standings(&migration.tenant)?;
        Ok(report)
    }

    /// The deployment that orders come to.
    fn target(&mut self, tenant: &str, to: &End) -> Result<Arc<Deployed>, EngineError> {
        let (name, version) = named(to, "to")?;
        let row = self.store.current(tenant, name)?;
        let row = row.filter(|row| row.version == version);
        let Some(row) = row else {
            let problem = format!("version {version} of `{name}` is not the one that is deployed");
            return Err(EngineError::Invalid(problem));
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
    fn sources(
        &mut self,
        tenant: &str,
        from: &End,
        standings: &[Standing],
    ) -> Result<Vec<Arc<Deployed>>, EngineError> {
        let (name, version) = named(from, "from")?;
        let mut ids: Vec<&str> = standings.iter().map(|s| s.deployment.as_str()).collect();
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

    /// Brings over the orders of one deployment, group by group, until none is left that can be.
    fn bring(
        &mut self,
        migration: &Migration,
        bringing: &Bringing<'_>,
        (report, progress): (&mut MigrationReport, &mut dyn FnMut(u64)),
    ) -> Result<(), EngineError> {
        let here = report.before.iter();
        let here = here.filter(|standing| standing.deployment == bringing.old.id);
        let standing: Vec<_> = here
            .map(|standing| (standing.deployment.clone(), standing.status.clone()))
            .collect();
        for _ in 0..ATTEMPTS {
            let mut lost_any = false;
            let mut find = Find {
                tenant: migration.tenant.clone(),
                standing: Some(standing.clone()),
                limit: GROUP,
                ..Find::default()
            };
            loop {
                let page = self.store.find(&find)?;
                let Some(last) = page.last() else { break };
                find.after = Some(last.key.order.clone());
                let keys: Vec<OrderKey> = page.into_iter().map(|row| row.key).collect();
                progress(u64::try_from(keys.len()).unwrap_or_default());
                lost_any |= self.group(migration, bringing, &keys, report)?;
            }
            if !lost_any {
                return Ok(());
            }
        }
        let busy = "others were faster every time".to_owned();
        Err(StoreError::Busy(busy).into())
    }

    /// Brings over the families of a group; whether one of them lost a race.
    fn group(
        &mut self,
        migration: &Migration,
        bringing: &Bringing<'_>,
        keys: &[OrderKey],
        report: &mut MigrationReport,
    ) -> Result<bool, EngineError> {
        let mut batch = Batch::of(self, keys)?;
        let mut moved: Vec<(OrderKey, String, String)> = Vec::new();
        for key in keys {
            let Some((root, family)) = batch.bring(key, bringing)? else {
                continue;
            };
            match family {
                Ok(orders) => {
                    let orders = orders.into_iter();
                    moved.extend(orders.map(|(from, to)| (root.clone(), from, to)));
                }
                Err(refused) => report.refused.extend(refused),
            }
        }
        let units = batch.close();
        let lost = match migration.dry_run {
            true => std::collections::BTreeSet::new(),
            false => self.commit(units)?,
        };
        for (root, from, to) in moved {
            if !lost.contains(&root) {
                *report.moved.entry((from, to)).or_default() += 1;
            }
        }
        Ok(!lost.is_empty())
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
