//! What operators ask of a server.
//!
//! In: deployments, migrations, what became of effects. Out: what a store would have answered.

use serde_json::{Value as Json, json};

use super::asked::{path_of, written};
use super::told::{answered, read, succeeded, taken};
use super::{Client, ClientError, PAGE};
use crate::context::Actor;
use crate::http::erasures::Erasure;
use crate::http::migrations::Migrated;
use crate::http::problem::Kind;
use crate::http::resumptions::Resumption;
use crate::runtime::engine::{
    DeploymentView, Erased, Migration, MigrationReport, Preview, Resumed,
};
use crate::runtime::{Deploy, Reply};
use crate::time::Duration;

impl Client {
    /// Makes a workflow the one under which new orders are made; the id of the deployment.
    ///
    /// # Errors
    /// When there is no answer, or the workflow has errors.
    pub fn deploy(&self, deploy: &Deploy) -> Result<String, ClientError> {
        read(taken(&mut self.deployed(deploy, false)?, "deployment")?)
    }

    /// Tells what would become of a deployment, as [`crate::runtime::Engine::preview`] does.
    ///
    /// # Errors
    /// When there is no answer, or the workflow has errors.
    pub fn preview(&self, deploy: &Deploy) -> Result<Preview, ClientError> {
        read(self.deployed(deploy, true)?)
    }

    fn deployed(&self, deploy: &Deploy, dry_run: bool) -> Result<Json, ClientError> {
        let files = deploy.files.iter();
        let files = files.map(|(name, text)| json!({ "name": name, "text": text }));
        let body = json!({
            "files": files.collect::<Vec<_>>(),
            "settings": deploy.settings,
            "dry_run": dry_run,
        });
        succeeded(self.ask("POST", "/v1/deployments", &[], Some(&body))?)
    }

    /// What is deployed, and how many orders stand under it, as [`crate::runtime::Engine::deployments`] tells it.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn deployments(&self) -> Result<Vec<DeploymentView>, ClientError> {
        let mut told = succeeded(self.ask("GET", "/v1/deployments", &[], None)?)?;
        read(taken(&mut told, "deployments")?)
    }

    /// Brings over some of the orders behind those that were looked at before, as
    /// [`crate::runtime::Engine::migrate_some`] does; with behind which to go on.
    ///
    /// # Errors
    /// When there is no answer, or the plan has errors.
    pub fn migrate_some(
        &self,
        migration: &Migration,
        after: Option<&str>,
        limit: usize,
    ) -> Result<(MigrationReport, Option<String>), ClientError> {
        let body = json!({
            "plan": migration.plan,
            "name": migration.name,
            "actor": written(&migration.actor),
            "dry_run": migration.dry_run,
            "after": after,
            "limit": limit.clamp(1, PAGE),
        });
        let told = succeeded(self.ask("POST", "/v1/migrations", &[], Some(&body))?)?;
        Ok(read::<Migrated>(told)?.read())
    }

    /// Erases the personal values of an order, for good, as [`crate::runtime::Engine::erase`] does.
    ///
    /// # Errors
    /// When there is no answer of the runtime.
    pub fn erase(
        &self,
        order: &str,
        (actor, reason): (&Actor, &str),
    ) -> Result<Erased, ClientError> {
        let body = json!({ "actor": written(actor), "reason": reason });
        let path = path_of(order, "/erasures");
        let told = self.ask("POST", &path, &[], Some(&body))?;
        let duplicate = told.is_replayed;
        match told.is_success {
            true => Ok(read::<Erasure>(told.body)?.read()),
            false => {
                let answer = answered(told)?;
                Ok(Erased::Not(Box::new(Reply { answer, duplicate })))
            }
        }
    }

    /// Lets an order go on that could not, once what was wrong is mended.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn resume(&self, order: &str) -> Result<Resumed, ClientError> {
        match succeeded(self.ask("POST", &path_of(order, "/resume"), &[], None)?) {
            Ok(told) => Ok(read::<Resumption>(told)?.read()),
            Err(error) if error.is(Kind::UnknownOrder) => Ok(Resumed::Unknown),
            Err(ClientError::Problem { kind, detail, .. }) if kind == Kind::OrderStuck.id() => {
                Ok(Resumed::Stuck(detail))
            }
            Err(error) => Err(error),
        }
    }

    /// Hands out effects that are due, as the server writes them; no more than 1000.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn claim(&self, lease: Duration, limit: usize) -> Result<Vec<Json>, ClientError> {
        let body = json!({ "limit": limit.clamp(1, PAGE), "lease": lease.to_string() });
        let mut told = succeeded(self.ask("POST", "/v1/effects/claim", &[], Some(&body))?)?;
        read(taken(&mut told, "effects")?)
    }

    /// Effects that were given up, as the server writes them; no more than 1000.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn dead(&self, limit: usize) -> Result<Vec<Json>, ClientError> {
        let path = format!("/v1/effects/dead?limit={}", limit.clamp(1, PAGE));
        let mut told = succeeded(self.ask("GET", &path, &[], None)?)?;
        read(taken(&mut told, "effects")?)
    }

    /// The effect of a step's place (`STEP.PLACE`) was done; `false` where this attempt is not the last one it was
    /// handed out at.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn acknowledge(
        &self,
        (order, place): (&str, &str),
        attempt: u32,
    ) -> Result<bool, ClientError> {
        let body = json!({ "attempt": attempt });
        self.settle(
            (order, place, "acknowledge"),
            Some(&body),
            Kind::EffectSettled,
        )
    }

    /// The effect of a step's place failed; `false` where this attempt is not the last one it was handed out at.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn fail(
        &self,
        (order, place): (&str, &str),
        (attempt, error): (u32, &str),
    ) -> Result<bool, ClientError> {
        let body = json!({ "attempt": attempt, "error": error });
        self.settle((order, place, "fail"), Some(&body), Kind::EffectSettled)
    }

    /// Hands an effect out once more; `false` where none of the place was given up.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn revive(&self, (order, place): (&str, &str)) -> Result<bool, ClientError> {
        self.settle((order, place, "revive"), None, Kind::UnknownEffect)
    }

    fn settle(
        &self,
        (order, place, verb): (&str, &str, &str),
        body: Option<&Json>,
        otherwise: Kind,
    ) -> Result<bool, ClientError> {
        let place = crate::http::extract::escaped(place);
        let path = path_of(order, &format!("/effects/{place}/{verb}"));
        match succeeded(self.ask("POST", &path, &[], body)?) {
            Ok(_) => Ok(true),
            Err(error) if error.is(otherwise) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
