//! What can be asked: one value for each operation, from which the router and the OpenAPI document are
//! made.
//!
//! In: a method, a path, types and a handler. Out: [`Operation`].

use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value as Json;

use super::app::Shared;
use super::problem::Kind;
use super::tokens::Scope;

/// Makes the schema of a type.
pub(super) type Describe = fn(&mut SchemaGenerator) -> Schema;

pub(super) fn describe<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// A header that a request may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    /// The id of the event.
    Key,
    /// The version that the order must have.
    IfMatch,
    /// The versions that the caller knows.
    IfNoneMatch,
}

/// What an operation answers where all is well.
#[derive(Debug, Clone)]
pub(super) struct Gives {
    pub(super) status: u16,
    pub(super) what: &'static str,
    /// The media type and the schema of the body; nothing where there is none.
    pub(super) body: Option<(&'static str, Describe)>,
    /// The names of headers of the answer.
    pub(super) headers: &'static [&'static str],
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// What a token needs; nothing where anybody may ask.
    pub(super) scope: Option<Scope>,
    /// The type of the query, each of whose fields is a parameter.
    pub(super) query: Option<Describe>,
    /// The type of the body, and an example of it.
    pub(super) body: Option<(Describe, Json)>,
    pub(super) headers: &'static [Header],
    pub(super) gives: Vec<Gives>,
    /// What may go wrong besides what may with every operation of this form.
    pub(super) problems: &'static [Kind],
    /// Examples of parameters by name.
    pub(super) examples: &'static [(&'static str, &'static str)],
    pub(super) handler: MethodRouter<Shared>,
}

impl Operation {
    fn new<H: Handler<T, Shared>, T: 'static>(
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        (id, summary): (&'static str, &'static str),
        handler: H,
    ) -> Self {
        Self {
            method,
            path,
            id,
            summary,
            scope: None,
            query: None,
            body: None,
            headers: &[],
            gives: Vec::new(),
            problems: &[],
            examples: &[],
            handler: on(filter, handler),
        }
    }

    /// An operation that changes nothing.
    pub(super) fn get<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        name: (&'static str, &'static str),
        handler: H,
    ) -> Self {
        Self::new((Method::GET, MethodFilter::GET), path, name, handler)
    }

    /// An operation that may change something.
    pub(super) fn post<H: Handler<T, Shared>, T: 'static>(
        path: &'static str,
        name: (&'static str, &'static str),
        handler: H,
    ) -> Self {
        Self::new((Method::POST, MethodFilter::POST), path, name, handler)
    }

    pub(super) fn needs(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    pub(super) fn asks<T: JsonSchema>(mut self) -> Self {
        self.query = Some(describe::<T>);
        self
    }

    pub(super) fn takes<T: JsonSchema>(mut self, example: Json) -> Self {
        self.body = Some((describe::<T>, example));
        self
    }

    pub(super) fn headers(mut self, headers: &'static [Header]) -> Self {
        self.headers = headers;
        self
    }

    pub(super) fn gives<T: JsonSchema>(self, status: u16, what: &'static str) -> Self {
        self.gives_as(status, what, Some(("application/json", describe::<T>)))
    }

    pub(super) fn gives_text(self, media: &'static str, what: &'static str) -> Self {
        self.gives_as(200, what, Some((media, describe::<String>)))
    }

    pub(super) fn gives_nothing(self, status: u16, what: &'static str) -> Self {
        self.gives_as(status, what, None)
    }

    fn gives_as(
        mut self,
        status: u16,
        what: &'static str,
        body: Option<(&'static str, Describe)>,
    ) -> Self {
        self.gives.push(Gives {
            status,
            what,
            body,
            headers: &[],
        });
        self
    }

    /// Headers of the answer that was named last.
    pub(super) fn with(mut self, headers: &'static [&'static str]) -> Self {
        if let Some(gives) = self.gives.last_mut() {
            gives.headers = headers;
        }
        self
    }

    pub(super) fn problems(mut self, problems: &'static [Kind]) -> Self {
        self.problems = problems;
        self
    }

    pub(super) fn examples(mut self, examples: &'static [(&'static str, &'static str)]) -> Self {
        self.examples = examples;
        self
    }

    /// The names in braces in the path.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// All that may go wrong, by status.
    pub(super) fn all_problems(&self) -> Vec<Kind> {
        let mut kinds = self.problems.to_vec();
        if self.names().next().is_some() {
            kinds.push(Kind::InvalidPath);
        }
        if self.query.is_some() || self.scope.is_some() {
            kinds.push(Kind::InvalidQuery);
        }
        if !self.headers.is_empty() || self.scope.is_some() {
            kinds.push(Kind::InvalidHeader);
        }
        if self.body.is_some() {
            kinds.extend([
                Kind::MalformedBody,
                Kind::BodyTooLarge,
                Kind::RequestTimeout,
                Kind::UnsupportedMediaType,
                Kind::InvalidBody,
            ]);
        }
        if self.scope.is_some() {
            kinds.extend([
                Kind::Unauthenticated,
                Kind::Forbidden,
                Kind::TooManyRequests,
                Kind::StoreUnreadable,
                Kind::StoreFailed,
                Kind::Overloaded,
                Kind::OutcomeUnknown,
                Kind::Timeout,
            ]);
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}
