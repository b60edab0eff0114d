//! Workflows: deployed, and seen.
//!
//! In: files and settings. Out: deployments.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::answer::{Sent, json, store_failed};
use super::app::Shared;
use super::caller::Caller;
use super::extract::{Body, Named, escaped};
use super::problem::{Kind, Problem};
use crate::diagnostic::Level;
use crate::diagnostic::render::{self, json as report};
use crate::runtime::engine::DeploymentView;
use crate::runtime::row::DeploymentRow;
use crate::runtime::{Deploy, DeployError, EngineError, Store as _, StoreError};
use crate::server::Object;
use crate::time::format_instant;

/// A workflow file with all that it extends, and the settings of a site.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDeployment {
    /// The file itself first, then what each extends.
    #[schemars(length(min = 1))]
    files: Vec<Object<File>>,
    /// The settings that differ from their defaults.
    #[serde(default)]
    settings: BTreeMap<String, Json>,
    /// Whether nothing is written, and it is told what would become of it.
    #[serde(default)]
    dry_run: bool,
}

/// A workflow file.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Its name, which findings are told with.
    name: String,
    /// Its text, in YAML.
    text: String,
}

/// A version of a workflow as a tenant runs it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deployment {
    /// SHA-256 of the texts and the settings, in hexadecimal.
    #[serde(rename = "deployment")]
    id: String,
    /// The workflow.
    workflow: String,
    /// The author's version of it.
    version: u32,
    /// When it was deployed first.
    deployed_at: String,
    /// The settings that were given.
    settings: BTreeMap<String, Json>,
    /// The file with all that it extends.
    files: Vec<File>,
}

impl Deployment {
    fn of(row: DeploymentRow) -> Result<Self, EngineError> {
        let files = row.sources()?.into_iter();
        let files = files.map(|(name, text)| File { name, text });
        Ok(Self {
            files: files.collect(),
            settings: row.given()?,
            deployed_at: format_instant(row.at),
            id: row.id,
            workflow: row.workflow,
            version: row.version,
        })
    }
}

pub(super) async fn deploy(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Body(new): Body<NewDeployment>,
) -> Result<Response, Problem> {
    let files = new.files.into_iter();
    let files = files.map(|Object(file)| (file.name, file.text));
    let files: Vec<(String, String)> = files.collect();
    let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let deploy = Deploy {
        tenant: caller.tenant,
        files,
        settings: new.settings,
    };
    if new.dry_run {
        let preview = app.look(move |engine, _| Ok(engine.preview(&deploy)));
        let preview = preview.await?.map_err(|error| refused(&error, names))?;
        return Ok(Sent(preview).into_response());
    }
    let deployed = app.ask(move |engine, now| {
        let id = match engine.deploy(&deploy, now) {
            Ok(id) => id,
            Err(error) => return Ok(Err(error)),
        };
        let row = engine.store().deployment(&deploy.tenant, &id)?;
        let missing = || StoreError::Corrupt(format!("there is no deployment `{id}`"));
        Ok(Ok(Deployment::of(row.ok_or_else(missing)?)?))
    });
    let deployment = deployed.await?.map_err(|error| refused(&error, names))?;
    let path = format!("/v1/workflows/{}", escaped(&deployment.workflow));
    let location = HeaderValue::from_str(&path);
    let mut response = (StatusCode::CREATED, Sent(deployment)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Why a workflow cannot be deployed.
fn refused(error: &DeployError, names: Vec<String>) -> Problem {
    match error {
        DeployError::Findings {
            report: found,
            files,
            ..
        } => {
            let count = found.count(Level::Error);
            let detail = match count {
                1 => "the workflow has an error".to_owned(),
                count => format!("the workflow has {count} errors"),
            };
            let options = render::Options {
                checked: names,
                ..render::Options::default()
            };
            let told = report::report(found, files, &options);
            Problem::new(Kind::WorkflowInvalid, detail).with("report", json(&told))
        }
        DeployError::Settings(_) => {
            let problem = Problem::new(Kind::InvalidRequest, error.to_string());
            problem.with("pointer", "/settings")
        }
        DeployError::Invalid(message) => Problem::new(Kind::InvalidRequest, message.clone()),
        DeployError::Store(error) => store_failed(error, false),
    }
}

/// All that is deployed.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Deployments {
    /// By workflow, and in the order in which they were deployed first.
    deployments: Vec<DeploymentView>,
}

pub(super) async fn list(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let found = app.look(move |engine, _| Ok(engine.deployments(&caller.tenant)?));
    let deployments = found.await?;
    Ok(Sent(Deployments { deployments }).into_response())
}

pub(super) async fn get(
    State(app): State<Shared>,
    Extension(caller): Extension<Caller>,
    Named(workflow): Named<String>,
) -> Result<Response, Problem> {
    let name = workflow.clone();
    let current = app.look(move |engine, _| {
        let row = engine.store().current(&caller.tenant, &name)?;
        row.map(Deployment::of).transpose()
    });
    let missing = || {
        let detail = format!("no workflow `{workflow}` is deployed");
        Problem::new(Kind::UnknownWorkflow, detail)
    };
    let deployment = current.await?.ok_or_else(missing)?;
    Ok(Sent(deployment).into_response())
}
