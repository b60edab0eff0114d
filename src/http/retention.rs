//! How long personal values are kept.
//!
//! In: a file in TOML that says for each tenant how many days after an order's end. Out: [`Retention`]; and, while
//! a server runs, the erasure of what was kept for so long, a page at a time.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinSet;

use super::app::Shared;
use crate::context::Actor;
use crate::runtime::{Answer, EngineError, Outlived, OutlivedPage};
use crate::time::{self, Instant, Zone};

/// How often is looked for what was kept long enough, as days are what is counted. All orders are looked at each
/// time: one that was brought in or written down late ended when it says, and not when that was.
const EVERY: Duration = Duration::from_secs(24 * 3_600);

/// How often is looked again when the store failed.
const TROUBLE: Duration = Duration::from_secs(60);

/// How long the engine has for others between two pages.
const PAUSE: Duration = Duration::from_millis(20);

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    retention: Vec<Entry>,
}

/// What is said of a tenant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tenant: String,
    days: NonZeroU16,
    reason: Option<String>,
}

/// How long personal values of tenants' orders are kept; those of others are kept until somebody erases them.
#[derive(Debug, Default)]
pub struct Retention(Vec<Arc<Keeping>>);

/// How long they are kept for a tenant.
#[derive(Debug)]
struct Keeping {
    tenant: String,
    days: NonZeroU16,
    reason: String,
}

/// What is wrong with a file of retention.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetentionError {
    /// It is no TOML, or not of this form.
    #[error("{0}")]
    Form(String),
    /// Nothing is said in it.
    #[error("there is no `[[retention]]` in it")]
    Empty,
    /// What it says of a tenant is mistaken.
    #[error("the retention of `{tenant}` {problem}")]
    Tenant {
        /// Of whom.
        tenant: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Retention {
    /// Reads a file of retention.
    ///
    /// # Errors
    /// When it is not of the form, or says something mistaken of a tenant, or something twice.
    pub fn read(text: &str) -> Result<Self, RetentionError> {
        let file: File =
            toml::from_str(text).map_err(|error| RetentionError::Form(error.to_string()))?;
        if file.retention.is_empty() {
            return Err(RetentionError::Empty);
        }
        let mut all: Vec<Arc<Keeping>> = Vec::new();
        for entry in file.retention {
            let problem = if entry.tenant.is_empty() || entry.tenant.contains('/') {
                Some("has no tenant that may be")
            } else if all.iter().any(|other| other.tenant == entry.tenant) {
                Some("is there twice")
            } else if entry
                .reason
                .as_ref()
                .is_some_and(|reason| reason.trim().is_empty())
            {
                Some("has an empty reason")
            } else {
                None
            };
            let (tenant, days) = (entry.tenant, entry.days);
            if let Some(problem) = problem {
                return Err(RetentionError::Tenant { tenant, problem });
            }
            let reason = entry.reason.unwrap_or_else(|| match days.get() {
                1 => "kept for 1 day".to_owned(),
                days => format!("kept for {days} days"),
            });
            all.push(Arc::new(Keeping {
                tenant,
                days,
                reason,
            }));
        }
        Ok(Self(all))
    }
}

impl Keeping {
    /// What was kept long enough at an instant; `None` where the calendar does not go back so far.
    fn outlived(&self, now: Instant) -> Option<Outlived> {
        let back = time::Duration::days(-i32::from(self.days.get()));
        Some(Outlived {
            tenant: self.tenant.clone(),
            before: Zone::default().add(now, back).ok()?,
            actor: Actor::system(),
            reason: self.reason.clone(),
        })
    }
}

/// Erases what tenants' orders kept long enough, now and every day, until it is dropped: then a page that was
/// begun is finished by the engine.
pub(super) fn keep_all(app: &Shared) -> JoinSet<()> {
    let mut keeping = JoinSet::new();
    for one in &app.options.retention.0 {
        let (tenant, days) = (&one.tenant, one.days);
        tracing::info!(tenant, days, "personal values are kept for so long");
        keeping.spawn(keep(Arc::clone(app), Arc::clone(one)));
    }
    keeping
}

async fn keep(app: Shared, keeping: Arc<Keeping>) {
    loop {
        let wait = match look_through(&app, &keeping).await {
            Ok(()) => EVERY,
            Err(Unseen) => TROUBLE,
        };
        tokio::time::sleep(wait).await;
    }
}

/// The orders could not be looked through; it was told why.
struct Unseen;

/// Erases what was kept long enough.
async fn look_through(app: &Shared, keeping: &Arc<Keeping>) -> Result<(), Unseen> {
    let (mut after, mut begun, mut erased) = (None, None, 0);
    let tenant = &keeping.tenant;
    loop {
        let (of, from, first) = (Arc::clone(keeping), after.take(), begun);
        let page = app.ask(move |engine, now| {
            // All pages are of the time of the first.
            let at = first.unwrap_or(now);
            let Some(outlived) = of.outlived(at) else {
                return Ok(None);
            };
            Ok(Some((engine.erase_outlived(&outlived, from, now)?, at)))
        });
        let (page, at) = match page.await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(()),
            Err(problem) => {
                let problem = problem.detail();
                tracing::warn!(tenant, problem, "personal values cannot be looked through");
                return Err(Unseen);
            }
        };
        begun = Some(at);
        erased += told(tenant, &page);
        after = page.next;
        if after.is_none() {
            if erased > 0 {
                tracing::info!(tenant, erased, "personal values were erased");
            }
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Says what was not erased; how many were.
fn told(tenant: &str, page: &OutlivedPage) -> usize {
    for unread in &page.unread {
        // What is wrong with it may be told with a value.
        if let EngineError::Order { key, .. } = unread {
            let order = &key.order;
            tracing::warn!(tenant, order, "an order cannot be read, and is not erased");
        }
    }
    let mut erased = 0;
    for (key, reply) in &page.replies {
        let order = &key.order;
        match &reply.answer {
            Answer::Accepted(_) => erased += 1,
            // It moved, or somebody else was faster.
            Answer::Conflict { .. } => {}
            Answer::Stuck { .. } => {
                tracing::warn!(tenant, order, "an order is stuck, and not erased");
            }
            _ => tracing::warn!(tenant, order, "an order is not erased"),
        }
    }
    erased
}
