//! Effects that are sent to whoever performs them, instead of being asked for.
//!
//! In: a file in TOML that names an address and a secret for each tenant. Out: [`Webhooks`]; and, while a
//! server runs, requests signed as Standard Webhooks 1.0 says, repeated until they are answered with success.

mod send;
mod sign;

pub(super) use send::{Message, send_all};

use serde::Deserialize;

use super::outward::check_url;
use sign::Secret;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    webhook: Vec<Entry>,
}

/// One address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tenant: String,
    url: String,
    secret: String,
}

/// Where a tenant's effects are sent.
pub(super) struct Webhook {
    tenant: String,
    url: String,
    secret: Secret,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An address may have a password in it.
        f.debug_struct("Webhook")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// Where the effects of tenants are sent.
#[derive(Debug, Default)]
pub struct Webhooks(Vec<std::sync::Arc<Webhook>>);

/// What is wrong with a file of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhooksError {
    /// It is no TOML, or not of this form.
    #[error("{0}")]
    Form(String),
    /// There is none in it.
    #[error("there is no `[[webhook]]` in it")]
    Empty,
    /// One of them is mistaken.
    #[error("the webhook of `{tenant}` {problem}")]
    Webhook {
        /// Whose it is.
        tenant: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Webhooks {
    /// Reads a file of webhooks.
    ///
    /// # Errors
    /// When it is not of the form, or an entry in it is mistaken or there twice.
    pub fn read(text: &str) -> Result<Self, WebhooksError> {
        // What TOML shows of a line that it cannot read may be a secret.
        let file: File =
            toml::from_str(text).map_err(|error| WebhooksError::Form(told(&error, text)))?;
        if file.webhook.is_empty() {
            return Err(WebhooksError::Empty);
        }
        let mut hooks: Vec<std::sync::Arc<Webhook>> = Vec::new();
        for entry in file.webhook {
            let wrong = |problem: &str| WebhooksError::Webhook {
                tenant: entry.tenant.clone(),
                problem: problem.to_owned(),
            };
            if entry.tenant.is_empty() || entry.tenant.contains('/') {
                return Err(wrong("has no tenant that may be"));
            }
            if hooks.iter().any(|other| other.tenant == entry.tenant) {
                return Err(wrong(
                    "is there twice: a tenant's effects have one receiver",
                ));
            }
            check_url(&entry.url).map_err(|bad| wrong(bad.of_webhook()))?;
            let secret = Secret::read(&entry.secret).map_err(wrong)?;
            hooks.push(std::sync::Arc::new(Webhook {
                tenant: entry.tenant,
                url: entry.url,
                secret,
            }));
        }
        Ok(Self(hooks))
    }

    /// Whether the effects of a tenant are sent.
    pub(super) fn takes(&self, tenant: &str) -> bool {
        self.iter().any(|webhook| webhook.tenant == tenant)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &std::sync::Arc<Webhook>> {
        self.0.iter()
    }
}

/// What is wrong and where, without the line itself.
fn told(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    match before {
        Some(before) => format!(
            "line {}: {}",
            before.matches('\n').count() + 1,
            error.message()
        ),
        None => error.message().to_owned(),
    }
}

/// The lines of the file for a tenant, with a new secret.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_webhook(tenant: &str) -> Result<String, String> {
    let secret = Secret::random()?;
    // TOML's basic strings are escaped as JSON's are.
    let tenant = serde_json::Value::from(tenant);
    Ok(format!(
        "[[webhook]]\ntenant = {tenant}\nurl = \"https://example.org/orders\"\nsecret = \"{secret}\"\n"
    ))
}
