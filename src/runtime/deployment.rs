//! A workflow as one tenant runs it: its files and the settings of its site.
//!
//! In: workflow files by name. Out: a [`DeploymentRow`] that can be loaded again without the disk, and
//! [`Deployed`], compiled. A deployment is named by what it says (SHA-256), so that the same one deployed
//! twice is one; orders stay under the deployment they were made under until they are migrated.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::journal::digest;
use super::row::DeploymentRow;
use super::store::StoreError;
use crate::diagnostic::Report;
use crate::diagnostic::render::{Options, render};
use crate::graph::Workflow;
use crate::instance::{SettingError, Site};
use crate::load::Library;
use crate::source::{SourceError, SourceFile, SourceMap, Sources};
use crate::time::Instant;

/// A workflow file with all that it extends, and one site's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Deploy {
    /// Whose it is.
    pub tenant: String,
    /// Names and texts: the file itself first, then what each extends.
    pub files: Vec<(String, String)>,
    /// The settings of the site that differ from their defaults.
    pub settings: BTreeMap<String, Json>,
}

impl Deploy {
    /// A file that stands alone, with the default settings.
    pub fn file(
        tenant: impl Into<String>,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            tenant: tenant.into(),
            files: vec![(name.into(), text.into())],
            settings: BTreeMap::new(),
        }
    }
}

/// Why a workflow cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The workflow has errors; they are rendered in the message, and nothing was deployed.
    #[error("the workflow has errors:\n{rendered}")]
    Findings {
        /// The findings.
        report: Box<Report>,
        /// The texts that they point into.
        files: Box<SourceMap>,
        /// The findings with their source lines.
        rendered: String,
    },
    /// The settings do not fit the workflow.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Settings(Vec<SettingError>),
    /// There is no file, or the tenant's name is not allowed.
    #[error("{0}")]
    Invalid(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeploymentRow {
    /// The files by name: the file itself first, then what each extends.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn sources(&self) -> Result<Vec<(String, String)>, StoreError> {
        serde_json::from_str(&self.files).map_err(|error| self.unreadable(&error))
    }

    /// The settings that were given.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn given(&self) -> Result<BTreeMap<String, Json>, StoreError> {
        serde_json::from_str(&self.settings).map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &serde_json::Error) -> StoreError {
        StoreError::Corrupt(format!(
            "the deployment `{}` cannot be read: {error}",
            self.id
        ))
    }
}

impl Deploy {
    /// The id that it has when it is deployed.
    pub fn id(&self) -> String {
        let (files, settings) = self.placed().written();
        digest([files.as_str(), settings.as_str()])
    }

    /// The files and the settings as they are stored.
    fn written(&self) -> (String, String) {
        let files = self.files.iter();
        let files: Json = files
            .map(|(name, text)| Json::from(vec![name.clone(), text.clone()]))
            .collect();
        let settings: serde_json::Map<String, Json> = self.settings.clone().into_iter().collect();
        (files.to_string(), Json::from(settings).to_string())
    }

    /// The same with each file named as it is seen from the folder of the first, so that it does not matter
    /// from where they were read.
    pub(super) fn placed(&self) -> Self {
        let first = self.files.first().map_or("", |(name, _)| name);
        let folder: Vec<&str> = parts(first)
            .split_last()
            .map_or(Vec::new(), |(_, f)| f.to_vec());
        let seen = |name: &String| {
            let parts = parts(name);
            let both = parts
                .iter()
                .zip(&folder)
                .take_while(|(a, b)| a == b)
                .count();
            let up = folder.iter().skip(both).map(|_| "..");
            let down = parts.iter().skip(both).copied();
            up.chain(down).collect::<Vec<_>>().join("/")
        };
        let files = self.files.iter();
        Self {
            files: files
                .map(|(name, text)| (seen(name), text.clone()))
                .collect(),
            ..self.clone()
        }
    }
}

/// The folders of a name and what is in them.
fn parts(name: &str) -> Vec<&str> {
    let parts = name.split('/').enumerate();
    let parts = parts.filter(|(at, part)| *part != "." && (!part.is_empty() || *at == 0));
    parts.map(|(_, part)| part).collect()
}

/// A deployment, compiled.
#[derive(Debug)]
pub(super) struct Deployed {
    pub(super) id: String,
    pub(super) workflow: Arc<Workflow>,
    pub(super) site: Arc<Site>,
    pub(super) settings: serde_json::Map<String, Json>,
}

/// Deployments that were compiled, each once, however many engines share them. A deployment is named by its
/// content, so that what is here is never out of date.
#[derive(Debug, Clone, Default)]
pub struct Compiled(Arc<Mutex<All>>);

/// Deployments by tenant and id.
type All = BTreeMap<(String, String), Arc<Deployed>>;

impl Compiled {
    /// The workflow of a deployment that was compiled.
    pub fn workflow(&self, tenant: &str, id: &str) -> Option<Arc<Workflow>> {
        let deployed = self.get(tenant, id)?;
        Some(Arc::clone(&deployed.workflow))
    }

    pub(super) fn get(&self, tenant: &str, id: &str) -> Option<Arc<Deployed>> {
        let known = (tenant.to_owned(), id.to_owned());
        self.all().get(&known).cloned()
    }

    pub(super) fn add(&self, tenant: &str, deployed: Arc<Deployed>) {
        let known = (tenant.to_owned(), deployed.id.clone());
        self.all().insert(known, deployed);
    }

    fn all(&self) -> MutexGuard<'_, All> {
        // What is added is added whole: nobody can have left it half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Files by name, each of which extends the next.
struct Files<'a>(&'a [(String, String)]);

impl Sources for Files<'_> {
    fn read(&self, path: &str) -> Result<SourceFile, SourceError> {
        let found = self.0.iter().find(|(name, _)| name == path);
        let (name, text) = found.ok_or(SourceError::Missing)?;
        Ok(SourceFile::new(name.clone(), text.clone()))
    }

    fn resolve(&self, from: &str, _reference: &str) -> Result<String, SourceError> {
        let at = self.0.iter().position(|(name, _)| name == from);
        let next = at.and_then(|at| self.0.get(at + 1));
        next.map(|(name, _)| name.clone())
            .ok_or(SourceError::Missing)
    }
}

/// A workflow that may be deployed.
pub(super) struct Checked {
    pub(super) workflow: Arc<Workflow>,
    /// What was found, warnings included.
    pub(super) report: Report,
    /// The texts that the findings point into.
    pub(super) files: SourceMap,
}

/// Checks and compiles what is to be deployed.
pub(super) fn compile(
    deploy: &Deploy,
    at: Instant,
) -> Result<(DeploymentRow, Deployed), DeployError> {
    let workflow = check(&deploy.files)?.workflow;
    let site = Site::new(&workflow, &deploy.settings).map_err(DeployError::Settings)?;
    let settings: serde_json::Map<String, Json> = deploy.settings.clone().into_iter().collect();
    let (files, written) = deploy.written();
    let id = digest([files.as_str(), written.as_str()]);
    let row = DeploymentRow {
        id: id.clone(),
        tenant: deploy.tenant.clone(),
        workflow: workflow.name.clone(),
        version: workflow.version,
        files,
        settings: written,
        at,
    };
    let deployed = Deployed {
        id,
        workflow,
        site: Arc::new(site),
        settings,
    };
    Ok((row, deployed))
}

/// Compiles a deployment that was stored; the error is a sentence.
pub(super) fn restore(row: &DeploymentRow) -> Result<Deployed, String> {
    let files = serde_json::from_str(&row.files).map_err(|error| error.to_string())?;
    let settings = serde_json::from_str(&row.settings).map_err(|error| error.to_string())?;
    let deploy = Deploy {
        tenant: row.tenant.clone(),
        files,
        settings,
    };
    let (again, deployed) = compile(&deploy, row.at).map_err(|error| error.to_string())?;
    match again.id == row.id {
        true => Ok(deployed),
        false => Err(format!(
            "the deployment `{}` is not what was stored",
            row.id
        )),
    }
}

/// Takes a file, with what it extends, through every pass.
pub(super) fn check(files: &[(String, String)]) -> Result<Checked, DeployError> {
    let Some((first, _)) = files.first() else {
        return Err(DeployError::Invalid(
            "there is no file to deploy".to_owned(),
        ));
    };
    let sources = Files(files);
    let mut library = Library::new(&sources);
    let file = library.open(first);
    let file =
        file.map_err(|error| DeployError::Invalid(format!("cannot read `{first}`: {error}")))?;
    let loaded = library.load(file);
    let files = library.into_files();
    let report = loaded.report.clone();
    match loaded.runnable() {
        Ok(workflow) => Ok(Checked {
            workflow,
            report,
            files,
        }),
        Err(report) => Err(DeployError::Findings {
            rendered: render(&report, &files, &Options::default()),
            report: Box::new(report),
            files: Box::new(files),
        }),
    }
}

/// The workflow of a deployment, with files that its differences from a new one point into: those of the new one keep
/// their numbers, and its own are named behind its id. Or why it cannot be compiled.
pub(super) fn beside(
    row: &DeploymentRow,
    new: &SourceMap,
) -> Result<(Result<Arc<Workflow>, String>, SourceMap), StoreError> {
    let short: String = row.id.chars().take(12).collect();
    let files = row.sources()?.into_iter();
    let files: Vec<_> = files
        .map(|(name, text)| (format!("{short}:{name}"), text))
        .collect();
    let sources = Files(&files);
    let mut library = Library::new(&sources);
    for file in new.iter() {
        library.add_other(file.clone());
    }
    let first = files.first().map_or("", |(name, _)| name);
    let old = match library.open(first) {
        Ok(file) => library.load(file).runnable().map_err(|report| {
            let rendered = render(&report, library.files(), &Options::default());
            format!("the workflow has errors:\n{rendered}")
        }),
        Err(error) => Err(format!("cannot read `{first}`: {error}")),
    };
    Ok((old, library.into_files()))
}
