//! Who may ask for what: tokens by tenant, with scopes.
//!
//! In: a file in TOML that keeps the SHA-256 of each token. Out: [`Tokens`], which knows a token when it
//! comes, in a time that does not depend on how much of it is right; and new tokens.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// With what a token begins, so that one that leaked is found by a search.
const PREFIX: &str = "fst_";

/// What a token allows.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To see orders, journals and workflows.
    Read,
    /// To create orders and let events happen to them.
    Write,
    /// To tell of data of orders that changed outside, whatever the workflow lets an actor do.
    Change,
    /// To put orders into states outside the transitions.
    Override,
    /// To erase what tells of a person, for good.
    Erase,
    /// To be handed effects and to settle them.
    Effects,
    /// To deploy workflows.
    Deploy,
    /// To bring orders to the version that is deployed.
    Migrate,
    /// To read the metrics, of all tenants.
    Metrics,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Write,
        Self::Change,
        Self::Override,
        Self::Erase,
        Self::Effects,
        Self::Deploy,
        Self::Migrate,
        Self::Metrics,
    ];

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Change => "change",
            Self::Override => "override",
            Self::Erase => "erase",
            Self::Effects => "effects",
            Self::Deploy => "deploy",
            Self::Migrate => "migrate",
            Self::Metrics => "metrics",
        }
    }

    /// What it allows.
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Read => "see orders, journals and workflows",
            Self::Write => "create orders and let events happen to them",
            Self::Change => "tell of data of orders that changed outside",
            Self::Override => "put orders into states outside the transitions",
            Self::Erase => "erase what tells of a person, for good",
            Self::Effects => "be handed effects, and settle them",
            Self::Deploy => "deploy workflows",
            Self::Migrate => "bring orders to the version that is deployed",
            Self::Metrics => "read the metrics",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or_else(|| format!("there is no scope `{text}`: {}", names(Self::ALL)))
    }
}

fn names(scopes: impl IntoIterator<Item = Scope>) -> String {
    let names: Vec<&str> = scopes.into_iter().map(Scope::name).collect();
    names.join(", ")
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Entry>,
}

/// One token.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    tenant: String,
    scopes: BTreeSet<Scope>,
    #[serde(default)]
    actors: Option<BTreeSet<String>>,
    sha256: String,
}

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grant {
    /// What people call it.
    pub(super) name: String,
    /// Whose orders.
    pub(super) tenant: String,
    /// What it allows.
    pub(super) scopes: BTreeSet<Scope>,
    /// As whom it may act; anybody where nothing is said.
    pub(super) actors: Option<BTreeSet<String>>,
}

/// The tokens of a server.
#[derive(Debug)]
pub struct Tokens(Vec<([u8; 32], Grant)>);

/// What is wrong with a file of tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokensError {
    /// It is no TOML, or not of this form.
    #[error("{0}")]
    Form(String),
    /// There is none in it.
    #[error("there is no `[[token]]` in it")]
    Empty,
    /// One of them is mistaken.
    #[error("the token `{name}` {problem}")]
    Token {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Tokens {
    /// Reads a file of tokens.
    ///
    /// # Errors
    /// When it is not of the form, or a token in it is mistaken or there twice.
    pub fn read(text: &str) -> Result<Self, TokensError> {
        let file: File = toml::from_str(text)
            .map_err(|error| TokensError::Form(error.to_string().trim_end().to_owned()))?;
        if file.token.is_empty() {
            return Err(TokensError::Empty);
        }
        let mut tokens: Vec<([u8; 32], Grant)> = Vec::new();
        for entry in file.token {
            let wrong = |problem: String| TokensError::Token {
                name: entry.name.clone(),
                problem,
            };
            if entry.scopes.is_empty() {
                return Err(wrong(format!("has no scopes: {}", names(Scope::ALL))));
            }
            if entry.tenant.is_empty() || entry.tenant.contains('/') {
                return Err(wrong("has no tenant that may be".to_owned()));
            }
            let digest = digest_of(&entry.sha256).ok_or_else(|| {
                wrong("has no SHA-256 of 64 hexadecimal digits: `flagstate serve --new-token TENANT` makes one".to_owned())
            })?;
            if let Some((_, other)) = tokens.iter().find(|(known, _)| *known == digest) {
                return Err(wrong(format!("is that of `{}`", other.name)));
            }
            if tokens.iter().any(|(_, other)| other.name == entry.name) {
                return Err(wrong("is there twice: names tell them apart".to_owned()));
            }
            let grant = Grant {
                name: entry.name,
                tenant: entry.tenant,
                scopes: entry.scopes,
                actors: entry.actors,
            };
            tokens.push((digest, grant));
        }
        Ok(Self(tokens))
    }

    /// Whom a token stands for. All are compared, each to its end.
    pub(super) fn find(&self, token: &str) -> Option<&Grant> {
        let digest = Sha256::digest(token.as_bytes());
        let mut found = None;
        for (known, grant) in &self.0 {
            if bool::from(known.as_slice().ct_eq(digest.as_slice())) {
                found = Some(grant);
            }
        }
        found
    }
}

/// A digest as it is written.
fn digest_of(text: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in digest.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(digest)
}

/// A new token, and the lines of the file that know it.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_token(tenant: &str, scopes: &BTreeSet<Scope>) -> Result<(String, String), String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let token = format!("{PREFIX}{}", hex(&random));
    let digest = hex(&Sha256::digest(token.as_bytes()));
    let scopes: Vec<String> = scopes
        .iter()
        .map(|scope| format!("\"{}\"", scope.name()))
        .collect();
    // TOML's basic strings are escaped as JSON's are.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let name = quoted(&format!("{tenant} {}", digest.get(..8).unwrap_or_default()));
    let tenant = quoted(tenant);
    let entry = format!(
        "[[token]]\nname = {name}\ntenant = {tenant}\nscopes = [{}]\nsha256 = \"{digest}\"\n",
        scopes.join(", ")
    );
    Ok((token, entry))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
