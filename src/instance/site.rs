//! A workflow's settings as one site has bound them.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::context::{Cells, CellsView, Value, ValueError};
use crate::diagnostic::{closest, meant};
use crate::graph::{Amount, FlagId, FlagValue, Id, Origin, SettingId, StateId, Workflow};
use crate::time::{Duration, Zone};

/// The settings of one site, each with a value, and its time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The values, by setting.
    settings: Vec<Value>,
    /// The same values, as guards read them.
    cells: Cells,
    /// The value of the setting `timezone`.
    pub zone: Zone,
}

/// Why a site's settings do not fit a workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The workflow has no such setting.
    #[error("there is no setting `{name}`{}", meant(did_you_mean.as_deref()))]
    Unknown {
        /// What was given.
        name: String,
        /// A setting with a name much like it.
        did_you_mean: Option<String>,
    },
    /// The value is of another type.
    #[error("setting `{name}`: {error}")]
    Value {
        /// The setting.
        name: String,
        /// What is wrong.
        error: ValueError,
    },
    /// The value lies outside the bounds.
    #[error("setting `{name}`: `{value}` is {side} than `{bound}`")]
    Bound {
        /// The setting.
        name: String,
        /// What was given.
        value: String,
        /// `smaller` or `larger`.
        side: &'static str,
        /// The bound.
        bound: String,
    },
    /// The setting has neither a value nor a default.
    #[error("setting `{name}` has no default and no value")]
    Missing {
        /// The setting.
        name: String,
    },
}

impl Site {
    /// Binds settings: those given, and the defaults of all others.
    ///
    /// # Errors
    /// One for each setting that is unknown, of another type, out of bounds or without a value.
    pub fn new(
        workflow: &Workflow,
        given: &BTreeMap<String, Json>,
    ) -> Result<Self, Vec<SettingError>> {
        let mut errors = Vec::new();
        for name in given.keys() {
            let known = || workflow.settings.rows().iter().map(|s| s.name.as_str());
            if !known().any(|known| known == name) {
                errors.push(SettingError::Unknown {
                    name: name.clone(),
                    did_you_mean: closest(name, known()).map(str::to_owned),
                });
            }
        }
        let mut settings = Vec::new();
        for (id, _) in workflow.settings.iter() {
            match bind(workflow, id, given) {
                Ok(value) => settings.push(value),
                Err(error) => errors.push(error),
            }
        }
        let zone = workflow
            .settings
            .rows()
            .iter()
            .zip(&settings)
            .find(|(setting, _)| setting.name == "timezone")
            .map_or(Ok(Zone::default()), |(_, value)| value.to_string().parse());
        match zone {
            Ok(zone) if errors.is_empty() => {
                let values = settings.iter().cloned().map(Some);
                let cells = Cells::with(&workflow.settings_layout, values);
                Ok(Self {
                    settings,
                    cells,
                    zone,
                })
            }
            Ok(_) => Err(errors),
            Err(error) => {
                let name = "timezone".to_owned();
                let error = ValueError::Time(error);
                errors.push(SettingError::Value { name, error });
                Err(errors)
            }
        }
    }

    /// The value of a setting.
    pub fn setting(&self, id: SettingId) -> Option<&Value> {
        self.settings.get(id.index())
    }

    /// The values, as guards read them.
    pub fn cells(&self) -> CellsView<'_> {
        self.cells.view()
    }

    /// The value that a state gives a flag on this site.
    pub fn flag<'a>(&'a self, workflow: &'a Workflow, state: StateId, flag: FlagId) -> &'a Value {
        let default = &workflow.flags.at(flag).default;
        match workflow.states.at(state).flags.get(flag.index()) {
            Some(FlagValue {
                value: Origin::Literal(value),
                ..
            }) => value,
            Some(FlagValue {
                value: Origin::Setting(id),
                ..
            }) => self.setting(*id).unwrap_or(default),
            None => default,
        }
    }

    /// The length of a written duration or of the setting that holds it.
    pub fn duration(&self, amount: Amount) -> Duration {
        match amount {
            Amount::Literal(duration) => duration,
            Amount::Setting(id) => match self.setting(id) {
                Some(Value::Duration(duration)) => *duration,
                _ => Duration::default(),
            },
        }
    }
}

fn bind(
    workflow: &Workflow,
    id: SettingId,
    given: &BTreeMap<String, Json>,
) -> Result<Value, SettingError> {
    let setting = workflow.settings.at(id);
    let name = || setting.name.clone();
    let Some(plain) = given.get(&setting.name) else {
        return setting
            .default
            .clone()
            .ok_or_else(|| SettingError::Missing { name: name() });
    };
    let read = setting.ty.read(plain);
    let value = read.map_err(|error| SettingError::Value {
        name: name(),
        error,
    })?;
    let bounds = [(&setting.min, "smaller"), (&setting.max, "larger")];
    for (bound, side) in bounds {
        let beyond = |bound: &&Value| match value.compare(bound) {
            Some(order) => order.is_lt() == (side == "smaller") && order.is_ne(),
            None => false,
        };
        if let Some(bound) = bound.as_ref().filter(beyond) {
            let (value, bound) = (value.to_string(), bound.to_string());
            return Err(SettingError::Bound {
                name: name(),
                value,
                side,
                bound,
            });
        }
    }
    Ok(value)
}
