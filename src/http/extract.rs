//! What a request says, or what is wrong with how it says it.
//!
//! In: the parts and the body of a request. Out: typed values; everything else is a [`Problem`] that
//! tells the place.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::app::Shared;
use super::problem::{Kind, Problem};
use crate::parse::{Once, inexact, too_long};
use crate::server::Object;

/// The header with the id of an event.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a part of a URL is not written with as it is (RFC 3986, `unreserved`).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as a part of a URL.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// A body of JSON.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send `Content-Type: application/json`, in UTF-8";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        if is_packed(request.headers()) {
            let detail = "send the body as it is, without `Content-Encoding`";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|rejection| {
                let status = rejection.into_response().status();
                if status == StatusCode::PAYLOAD_TOO_LARGE {
                    let detail = format!("a body may have {} bytes", app.options.body);
                    return Problem::new(Kind::BodyTooLarge, detail);
                }
                Problem::new(Kind::MalformedBody, "the body could not be read to its end")
            })?;
        let Object(value) = read(&bytes)?;
        Ok(Self(value))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    let mut parts = given
        .into_iter()
        .flat_map(|value| value.split(';'))
        .map(str::trim);
    let media = parts.next();
    // JSON is UTF-8, whatever is said (RFC 8259, section 8.1).
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, set)) if name.eq_ignore_ascii_case("charset") => {
            set.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    media.is_some_and(|media| media.eq_ignore_ascii_case("application/json")) && parts.all(is_utf8)
}

/// Whether a body is packed in a way that is not undone here.
fn is_packed(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all(header::CONTENT_ENCODING).iter();
    given.any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Reads a body; the problem says where it is.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let value = whole(bytes)?;
    whole::<Once>(bytes)?;
    if let Some(number) = inexact(bytes) {
        return Err(Problem::new(Kind::InvalidBody, too_long(number)));
    }
    Ok(value)
}

fn whole<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        let kind = match inner.is_data() {
            true => Kind::InvalidBody,
            false => Kind::MalformedBody,
        };
        Problem::new(kind, inner.to_string()).with("pointer", pointer)
    })?;
    let end = json.end();
    end.map_err(|error| Problem::new(Kind::MalformedBody, error.to_string()))?;
    Ok(value)
}

/// A place in a body, as RFC 6901 writes it.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.clone(),
            Segment::Enum { variant } => variant.clone(),
            Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer += &name.replace('~', "~0").replace('/', "~1");
    }
    pointer
}

/// The query of the URL.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        let query = query.map_err(|error| {
            let told = error.body_text();
            let told = told.trim_start_matches("Failed to deserialize query string: ");
            let has_plus = parts.uri.query().is_some_and(|query| query.contains('+'));
            let hint = match has_plus {
                true => "; a `+` in a query stands for a blank: write `%2B`",
                false => "",
            };
            Problem::new(Kind::InvalidQuery, format!("{told}{hint}"))
        })?;
        Ok(Self(query.0))
    }
}

/// The names in the path.
#[derive(Debug)]
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, app).await;
        let path = path.map_err(|error| Problem::new(Kind::InvalidPath, error.body_text()))?;
        Ok(Self(path.0))
    }
}

/// The id of an event: where it comes again, it gets its first answer again.
#[derive(Debug)]
pub(super) struct Key(pub(super) Option<String>);

impl FromRequestParts<Shared> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let Some(text) = only(&parts.headers, IDEMPOTENCY_KEY)? else {
            return Ok(Self(None));
        };
        // The draft has a quoted string, most clients send a bare one: both mean the same.
        let inner = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        match inner.unwrap_or(text) {
            "" => Err(bad(IDEMPOTENCY_KEY, "is empty")),
            key if key.len() > 200 => Err(bad(IDEMPOTENCY_KEY, "has more than 200 characters")),
            key if key
                .bytes()
                .any(|byte| byte == b'"' || !byte.is_ascii_graphic()) =>
            {
                let wrong = "has a character that is no visible one of ASCII, or a quote within";
                Err(bad(IDEMPOTENCY_KEY, wrong))
            }
            key => Ok(Self(Some(key.to_owned()))),
        }
    }
}

/// The version that the order must have.
#[derive(Debug)]
pub(super) struct Expected(pub(super) Option<u64>);

impl FromRequestParts<Shared> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        match only(&parts.headers, header::IF_MATCH.as_str())? {
            None | Some("*") => Ok(Self(None)),
            Some(tag) => {
                let version = version(tag);
                let wrong = || bad("if-match", "is no version as `ETag` tells it: `\"3\"`");
                version.map(|version| Self(Some(version))).ok_or_else(wrong)
            }
        }
    }
}

/// The versions that the caller knows already.
#[derive(Debug)]
pub(super) struct Known {
    any: bool,
    versions: Vec<u64>,
}

impl Known {
    /// Whether a version is one of them (RFC 9110, section 13.1.2: as weak ones, of which `*` is any).
    pub(super) fn contains(&self, version: u64) -> bool {
        self.any || self.versions.contains(&version)
    }
}

impl FromRequestParts<Shared> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        let given = parts.headers.get_all(header::IF_NONE_MATCH).iter();
        let tags = given.filter_map(|value| value.to_str().ok());
        let tags: Vec<&str> = tags
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        let strong = tags.iter().map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
        Ok(Self {
            any: tags.contains(&"*"),
            versions: strong.filter_map(version).collect(),
        })
    }
}

fn version(tag: &str) -> Option<u64> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    let version: u64 = inner.parse().ok()?;
    (version.to_string() == inner).then_some(version)
}

/// A header that may come once.
pub(super) fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Problem> {
    let mut given = headers.get_all(name).iter();
    let first = given.next();
    if given.next().is_some() {
        return Err(bad(name, "comes twice"));
    }
    let text = first.map(|value| value.to_str().map_err(|_| bad(name, "is no text")));
    text.transpose()
}

fn bad(name: &str, problem: &str) -> Problem {
    Problem::new(Kind::InvalidHeader, format!("`{name}` {problem}"))
}

/// How many entries of a list, from 1 to [`Limit::MOST`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit(usize);

impl Limit {
    /// The most entries of one answer.
    const MOST: usize = 1_000;

    /// What is asked, or 100.
    pub(super) fn or_default(limit: Option<Self>) -> usize {
        limit.map_or(100, |limit| limit.0)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = usize::deserialize(deserializer)?;
        let wrong = || format!("it must be from 1 to {}, not {count}", Self::MOST);
        match (1..=Self::MOST).contains(&count) {
            true => Ok(Self(count)),
            false => Err(serde::de::Error::custom(wrong())),
        }
    }
}

impl JsonSchema for Limit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Limit".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "integer",
            "minimum": 1,
            "maximum": Self::MOST,
        })
    }
}
