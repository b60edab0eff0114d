//! What would become of a deployment.
//!
//! In: what is to be deployed. Out: whether it is deployed already, what differs from the version that is current, and
//! which orders would be left under older ones. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::overview::DeploymentView;
use super::query::leaves;
use super::{Engine, Undeployed, batch};
use crate::diagnostic::render::{Options, json as report};
use crate::diff::{self, Difference, JsonDifference};
use crate::graph::Workflow;
use crate::instance::Site;
use crate::runtime::deployment::{self, Checked, Deploy, DeployError};
use crate::runtime::row::DeploymentRow;
use crate::runtime::store::{Store, StoreError};
use crate::time::format_instant;

/// What would become of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Preview {
    /// The id that it would have.
    pub deployment: String,
    /// The workflow.
    pub workflow: String,
    /// The author's version of it.
    pub version: u32,
    /// Whether these texts and settings are deployed already.
    pub known: Known,
    /// What is found in the files: warnings, since errors are refused.
    #[schemars(with = "report::JsonReport")]
    pub report: Json,
    /// The version that is current, where there is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Beside>,
    /// The deployments that would no longer be current and under which orders are under way, with these.
    pub left: Vec<Left>,
}

/// Whether something is deployed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// It was never deployed.
    New,
    /// It was deployed before, and is not current any more.
    Earlier,
    /// It is current: to deploy it again changes nothing.
    Current,
}

/// The version that is current, and what differs from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Beside {
    /// Its id.
    pub deployment: String,
    /// The author's version of it.
    pub version: u32,
    /// When it was deployed first.
    pub deployed_at: String,
    /// The settings that are given otherwise.
    pub settings: Vec<SettingChange>,
    /// What differs, as `flagstate diff --format json` writes it; absent where that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<JsonDifference>")]
    pub difference: Option<Json>,
    /// The same in lines for people; or why it cannot be told.
    pub text: String,
}

/// A setting that is given otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingChange {
    /// Its name.
    pub setting: String,
    /// What was given; absent where that was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Json>,
    /// What is given; absent where that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Json>,
}

/// Orders under way that would be left under a deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Left {
    /// Its id.
    pub deployment: String,
    /// The author's version of it.
    pub version: u32,
    /// How many orders are under way.
    pub under_way: u64,
    /// How many orders cannot go on: no migration brings those over before `resume` lets them.
    pub stuck: u64,
    /// Those under way by status.
    pub statuses: Vec<LeftStatus>,
}

/// Orders that would be left with one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftStatus {
    /// The paths of the innermost active states, joined by ` + `.
    pub status: String,
    /// How many orders have it.
    pub orders: u64,
    /// Why a migration has to say where they come to stand: `gone`, `incomplete` or `cut-off`, as `flagstate diff`
    /// says it; absent where they may stay where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub stranded: Option<diff::Why>,
}

impl<S: Store> Engine<S> {
    /// Tells what would become of a deployment, and writes nothing.
    ///
    /// # Errors
    /// As [`Engine::deploy`].
    pub fn preview(&mut self, deploy: &Deploy) -> Result<Preview, DeployError> {
        let tenant = &deploy.tenant;
        batch::check_name("the tenant", tenant).map_err(DeployError::Invalid)?;
        let placed = deploy.placed();
        let checked = deployment::check(&placed.files)?;
        let workflow = &checked.workflow;
        Site::new(workflow, &deploy.settings).map_err(DeployError::Settings)?;
        let id = deploy.id();
        let current = self.store.current(tenant, &workflow.name)?;
        let known = match &current {
            Some(current) if current.id == id => Known::Current,
            _ if self.store.deployment(tenant, &id)?.is_some() => Known::Earlier,
            _ => Known::New,
        };
        let other = current.filter(|current| current.id != id);
        let compared = other.as_ref().map(|row| Compared::of(row, &checked));
        let compared = compared.transpose()?;
        let mut left = Vec::new();
        for view in self.deployments(tenant)? {
            let is_other = view.workflow.as_ref() == Some(&workflow.name) && view.deployment != id;
            if is_other
                && view.orders.under_way > 0
                && let Some(version) = view.version
            {
                left.push(self.left(tenant, (view, version), (workflow, compared.as_ref()))?);
            }
        }
        let options = Options {
            checked: placed
                .files
                .iter()
                .take(1)
                .map(|(name, _)| name.clone())
                .collect(),
            ..Options::default()
        };
        let found = report::report(&checked.report, &checked.files, &options);
        Ok(Preview {
            known,
            version: workflow.version,
            workflow: workflow.name.clone(),
            deployment: id,
            report: json(&found),
            current: other
                .zip(compared)
                .map(|(row, compared)| compared.told(&row, deploy))
                .transpose()?,
            left,
        })
    }

    /// The orders that would be left under a deployment.
    fn left(
        &mut self,
        tenant: &str,
        (view, version): (DeploymentView, u32),
        (new, compared): (&Workflow, Option<&Compared>),
    ) -> Result<Left, StoreError> {
        let old = match self.deployment(tenant, &view.deployment) {
            Ok(deployed) => Some(deployed),
            Err(Undeployed::Store(error)) => return Err(error),
            // Where its orders stand is not known, and so nothing is said of that.
            Err(Undeployed::Problem(_)) => None,
        };
        let compared = compared.filter(|compared| compared.deployment == view.deployment);
        let statuses = view.statuses.into_iter().filter(|status| !status.done);
        let statuses = statuses.map(|status| LeftStatus {
            stranded: compared
                .and_then(|compared| compared.stranded(&status.status))
                .or_else(|| {
                    let old = &old.as_ref()?.workflow;
                    diff::image(old, new, &leaves(old, &status.status)).err()
                }),
            status: status.status,
            orders: status.orders,
        });
        Ok(Left {
            statuses: statuses.collect(),
            deployment: view.deployment,
            version,
            under_way: view.orders.under_way,
            stuck: view.orders.stuck,
        })
    }
}

/// The version that is current beside the new one.
struct Compared {
    deployment: String,
    /// What differs, as data and in lines; or why that cannot be told.
    difference: Result<(Difference, Json, String), String>,
}

impl Compared {
    fn of(row: &DeploymentRow, new: &Checked) -> Result<Self, StoreError> {
        let (old, files) = deployment::beside(row, &new.files)?;
        let difference = old.map(|old| {
            let difference = diff::compare(&old, &new.workflow);
            let told = json(&diff::json(&difference, &files));
            let text = diff::text(&difference, &files);
            (difference, told, text)
        });
        Ok(Self {
            deployment: row.id.clone(),
            difference,
        })
    }

    /// Why orders with a status would be stranded.
    fn stranded(&self, status: &str) -> Option<diff::Why> {
        let (difference, ..) = self.difference.as_ref().ok()?;
        let mut all = difference.stranded.iter();
        all.find(|one| one.status == status).map(|one| one.why)
    }

    fn told(self, row: &DeploymentRow, deploy: &Deploy) -> Result<Beside, StoreError> {
        let (difference, text) = match self.difference {
            Ok((_, told, text)) => (Some(told), text),
            Err(problem) => (None, problem),
        };
        Ok(Beside {
            settings: settings(&row.given()?, &deploy.settings),
            deployment: self.deployment,
            version: row.version,
            deployed_at: format_instant(row.at),
            difference,
            text,
        })
    }
}

/// The settings that are given otherwise.
fn settings(from: &BTreeMap<String, Json>, to: &BTreeMap<String, Json>) -> Vec<SettingChange> {
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let changed = names
        .into_iter()
        .filter(|name| from.get(*name) != to.get(*name));
    let changed = changed.map(|name| SettingChange {
        setting: name.clone(),
        from: from.get(name).cloned(),
        to: to.get(name).cloned(),
    });
    changed.collect()
}

/// A value as it is written. Only structs, lists and maps with text keys are, which JSON always can say.
fn json(value: &impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
