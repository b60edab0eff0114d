//! What a server is asked without changing anything.
//!
//! In: names. Out: orders, what may be done with them, why not, and what happened; `None` where there is nothing of
//! the name.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::asked::{happened, path_of, written};
use super::told::{found, lacks, read, succeeded, taken};
use super::{Client, ClientError, PAGE};
use crate::context::Actor;
use crate::http::extract::escaped;
use crate::http::problem::Kind;
use crate::instance::{Event, EventKind};
use crate::runtime::{OrderPage, OrderView, Query};
use crate::time::format_instant;

/// A deployment under which new orders are made.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Its id.
    pub id: String,
    /// The author's version of the workflow.
    pub version: u32,
    /// The file with all that it extends, each with its name.
    pub files: Vec<(String, String)>,
    /// The settings that were given.
    pub settings: BTreeMap<String, Json>,
}

impl Client {
    /// An order as it stands; `None` where there is none.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn get(&self, order: &str) -> Result<Option<OrderView>, ClientError> {
        let view = self.look(Kind::UnknownOrder, &path_of(order, ""))?;
        view.map(read).transpose()
    }

    /// What an actor may do with an order now, as [`crate::interpret::Action`] is written.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn available(&self, order: &str, actor: &Actor) -> Result<Option<Json>, ClientError> {
        let path = path_of(order, "/available");
        let path = format!("{path}?actor={}", escaped(&written(actor)));
        let told = self.look(Kind::UnknownOrder, &path)?;
        told.map(|mut told| taken(&mut told, "actions")).transpose()
    }

    /// Why an event would be refused, as [`crate::why::Why`] is written, and in lines for people.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn why(&self, order: &str, event: &Event) -> Result<Option<(Json, String)>, ClientError> {
        let EventKind::Named { .. } = &event.kind else {
            return Err(ClientError::NotOffered);
        };
        let (body, path) = (happened(event)?, path_of(order, "/why"));
        let told = self.ask("POST", &path, &[], Some(&body))?;
        let Some(Json::Object(mut why)) = found(told, Kind::UnknownOrder)? else {
            return Ok(None);
        };
        // What is left stands in the order in which it was sent.
        let text = why.shift_remove("text").ok_or_else(|| lacks("text"))?;
        Ok(Some((why.into(), read(text)?)))
    }

    /// The steps of an order behind one, as [`crate::runtime::journal::Record`] is written, and whether there
    /// are more; `None` where there is no such order.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn journal(
        &self,
        order: &str,
        mut after: u64,
        limit: usize,
    ) -> Result<Option<(Vec<Json>, bool)>, ClientError> {
        let mut records = Vec::new();
        loop {
            let count = limit.saturating_sub(records.len()).min(PAGE);
            let path = path_of(order, "/journal");
            let path = format!("{path}?after={after}&limit={count}");
            let Some(mut told) = self.look(Kind::UnknownOrder, &path)? else {
                return Ok(None);
            };
            let has_more = told.get("next").is_some();
            let steps: Vec<Json> = read(taken(&mut told, "steps")?)?;
            for mut step in steps {
                records.push(taken(&mut step, "record")?);
            }
            let last = records
                .last()
                .and_then(|last| last.get("sequence")?.as_u64());
            match last {
                Some(last) if has_more && last > after && records.len() < limit => after = last,
                _ => return Ok(Some((records, has_more))),
            }
        }
    }

    /// Orders by what their status means; of the tenant that the token is of.
    ///
    /// # Errors
    /// When there is no answer, or what is asked is mistaken.
    pub fn query(&self, query: &Query) -> Result<OrderPage, ClientError> {
        let flag = query.flag.as_ref();
        let limit = query.limit.map(|limit| limit.clamp(1, PAGE).to_string());
        let asked = [
            ("workflow", query.workflow.clone()),
            ("state", query.state.clone()),
            ("group", query.group.clone()),
            ("flag", flag.map(|(name, value)| format!("{name}={value}"))),
            ("updated_before", query.updated_before.map(format_instant)),
            ("created_before", query.created_before.map(format_instant)),
            ("stuck", query.stuck.then(|| "true".to_owned())),
            ("after", query.after.clone()),
            ("limit", limit),
        ];
        let asked = asked.into_iter();
        let asked = asked.filter_map(|(name, value)| Some(format!("{name}={}", escaped(&value?))));
        let path = format!("/v1/orders?{}", asked.collect::<Vec<_>>().join("&"));
        let mut told = succeeded(self.ask("GET", &path, &[], None)?)?;
        let orders: Vec<OrderView> = read(taken(&mut told, "orders")?)?;
        let has_more = told.get("next").is_some();
        let last = orders.last().map(|view| view.order.clone());
        Ok(OrderPage {
            next: last.filter(|_| has_more),
            orders,
        })
    }

    /// The deployment under which new orders of a workflow are made; `None` where there is none.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn deployment(&self, workflow: &str) -> Result<Option<Current>, ClientError> {
        let path = format!("/v1/workflows/{}", escaped(workflow));
        let Some(mut told) = self.look(Kind::UnknownWorkflow, &path)? else {
            return Ok(None);
        };
        let listed: Vec<BTreeMap<String, String>> = read(taken(&mut told, "files")?)?;
        let mut files = Vec::new();
        for mut file in listed {
            let mut part = |name: &str| file.remove(name).ok_or_else(|| lacks(name));
            files.push((part("name")?, part("text")?));
        }
        Ok(Some(Current {
            id: read(taken(&mut told, "deployment")?)?,
            version: read(taken(&mut told, "version")?)?,
            files,
            settings: read(taken(&mut told, "settings")?)?,
        }))
    }

    /// Asks for something that may be missing.
    fn look(&self, missing: Kind, path: &str) -> Result<Option<Json>, ClientError> {
        found(self.ask("GET", path, &[], None)?, missing)
    }
}
