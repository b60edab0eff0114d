//! The OpenAPI document, made from the table of operations and the types that are read and written.
//!
//! In: [`Operation`]s. Out: OpenAPI 3.1 as JSON.

use std::collections::BTreeMap;

use schemars::SchemaGenerator;
use schemars::generate::Contract;
use schemars::transform::{RecursiveTransform, Transform as _};
use serde_json::{Map, Value as Json, json};

use super::operation::{Describe, Gives, Header, Operation, describe};
use super::problem::{self, Kind, ProblemForm};
use super::routes::operations;
use super::tokens::Scope;
use super::webhooks::Message;
use crate::schema;

/// Where the schemas stand.
const SCHEMAS: &str = "/components/schemas";

/// The document: the same for every server of this version.
pub fn document() -> Json {
    let mut maker = Maker::new();
    let mut paths: Map<String, Json> = Map::new();
    for operation in operations() {
        let told = maker.operation(&operation);
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Json::Object(path) = path {
            path.insert(operation.method.as_str().to_ascii_lowercase(), told);
        }
    }
    let sent = maker.message();
    let scopes = Scope::ALL.map(|scope| format!("`{}` to {}", scope.name(), scope.meaning()));
    let about = format!("A token of one tenant. Its scopes: {}.", scopes.join(", "));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Flagstate",
            "version": "1",
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/", "description": "The server that gave this document" }],
        "tags": TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "webhooks": { "effect": { "post": sent } },
        "components": {
            "schemas": maker.schemas(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": about },
            },
        },
    })
}

const DESCRIPTION: &str = "Orders that move through the workflows that tenants deployed. What is answered \
was written down first. Every error is a problem of RFC 9457, whose type is a path of this server. An order's \
version is its `ETag`; `If-Match` says which it must have. Where an operation takes an \
`Idempotency-Key`, the same request with the same key gets its first answer again, with `Idempotency-Replayed: \
true`, for as long as the order is kept; another order may have the same key, and of what is never carried out (a \
conflict of versions, a request that is mistaken) no answer is kept. A header of these two that an operation does \
not take is refused. The tenant is that of the token; a \
server without tokens, which only its own machine reaches, takes it from `Flagstate-Tenant`, or `main`. \
Every answer has an `X-Request-Id`, that of the request where it has one. What is no request of HTTP, has a path \
of more than 65,534 bytes or more than 100 headers is answered with a status alone (400, 414, 431). An id of an order has 1 \
to 200 bytes, no control characters and no `/`, and is neither `.` nor `..`; one of a person has 1 to 200 bytes and \
no control characters.";

/// The parts of the document: what begins a path, and what it is about.
const TAGS: [(&str, &str); 4] = [
    ("workflows", "Workflows, and what is deployed of them"),
    ("orders", "Orders: created, moved, seen, explained"),
    ("effects", "What steps ask of the outside"),
    ("server", "The server itself"),
];

fn tag(path: &str) -> &'static str {
    match path {
        path if path.contains("/effects") => "effects",
        "/v1/deployments" | "/v1/workflows/{workflow}" => "workflows",
        path if path.starts_with("/v1/") => "orders",
        _ => "server",
    }
}

/// Examples of parameters that must be given, where their operation names no others.
const EXAMPLES: [(&str, &str); 5] = [
    ("order", "o1"),
    ("workflow", "shop"),
    ("place", "2.0"),
    ("problem", "refused"),
    ("actor", "customer:joe"),
];

/// Makes schemas: what is read and what is written differ in what may be left out.
struct Maker {
    read: SchemaGenerator,
    written: SchemaGenerator,
}

impl Maker {
    fn new() -> Self {
        Self {
            read: schema::parts(SCHEMAS, Contract::Deserialize),
            written: schema::parts(SCHEMAS, Contract::Serialize),
        }
    }

    fn reads(&mut self, describe: Describe) -> Json {
        plain(describe(&mut self.read))
    }

    fn writes(&mut self, describe: Describe) -> Json {
        plain(describe(&mut self.written))
    }

    /// All that was referred to, by name. What is both read and written must have one form.
    fn schemas(mut self) -> BTreeMap<String, Json> {
        let read = self.read.take_definitions(true);
        read.into_iter()
            .chain(self.written.take_definitions(true))
            .collect()
    }

    fn operation(&mut self, operation: &Operation) -> Json {
        let mut told = Map::new();
        let mut say = |key: &str, value: Json| told.insert(key.to_owned(), value);
        say("operationId", operation.id.into());
        say("summary", operation.summary.into());
        say("tags", json!([tag(operation.path)]));
        let security = operation
            .scope
            .map(|scope| json!({ "token": [scope.name()] }));
        say("security", security.into_iter().collect());
        let parameters = parameters(operation);
        if !parameters.is_empty() {
            say("parameters", parameters.into());
        }
        if let Some((describe, example)) = &operation.body {
            let schema = self.reads(*describe);
            let content = json!({ "application/json": { "schema": schema, "example": example } });
            say(
                "requestBody",
                json!({ "required": true, "content": content }),
            );
        }
        say("responses", self.responses(operation));
        told.into()
    }

    /// What is posted to the webhook of a tenant.
    fn message(&mut self) -> Json {
        let schema = self.writes(describe::<Message<'_>>);
        let headers = [
            (
                "webhook-id",
                "The effect's id, escaped as in a URL: the same however often it is sent",
            ),
            (
                "webhook-timestamp",
                "When it is sent, in seconds since 1970",
            ),
            (
                "webhook-signature",
                "`v1,` and the signature of id, timestamp and body, as Standard Webhooks says",
            ),
        ];
        let text = json!({ "type": "string" });
        let headers = headers.map(|(name, about)| parameter((name, "header", true), about, &text));
        json!({
            "operationId": "sendEffect",
            "summary": "An effect, sent to the webhook of its tenant",
            "tags": ["effects"],
            "security": [],
            "parameters": headers,
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": schema } },
            },
            "responses": {
                "2XX": { "description": "It was done" },
                "410": { "description": "There is nobody any longer: it is given up" },
                "default": { "description": "It is sent again later, and given up after 20 attempts" },
            },
        })
    }

    fn responses(&mut self, operation: &Operation) -> Json {
        let mut responses: BTreeMap<String, Json> = BTreeMap::new();
        for gives in &operation.gives {
            responses.insert(gives.status.to_string(), self.response(gives));
        }
        let mut problems: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
        for kind in operation.all_problems() {
            problems.entry(kind.status()).or_default().push(kind);
        }
        let schema = self.writes(SchemaGenerator::subschema_for::<ProblemForm>);
        for (status, kinds) in problems {
            let told = kinds
                .iter()
                .map(|kind| format!("`{}`: {}", kind.id(), kind.title()));
            let told: Vec<String> = told.collect();
            let content = json!({ problem::MEDIA: { "schema": schema } });
            let response = json!({ "description": told.join("; "), "content": content });
            responses.insert(status.to_string(), response);
        }
        json!(responses)
    }

    fn response(&mut self, gives: &Gives) -> Json {
        let mut response = Map::new();
        response.insert("description".to_owned(), gives.what.into());
        let headers = gives.headers.iter().map(|name| {
            let schema = json!({ "type": "string" });
            let told = json!({ "description": about_answer(name), "schema": schema });
            ((*name).to_owned(), told)
        });
        let headers: Map<String, Json> = headers.collect();
        if !headers.is_empty() {
            response.insert("headers".to_owned(), headers.into());
        }
        if let Some((media, describe)) = gives.body {
            let content = json!({ media: { "schema": self.writes(describe) } });
            response.insert("content".to_owned(), content);
        }
        response.into()
    }
}

/// What an operation takes besides its body.
fn parameters(operation: &Operation) -> Vec<Json> {
    let example = |name: &str| {
        let own = operation.examples.iter().chain(&EXAMPLES);
        let mut own = own.filter(|(of, _)| *of == name);
        own.next().map(|(_, example)| Json::from(*example))
    };
    let mut parameters: Vec<Json> = Vec::new();
    for name in operation.names() {
        let schema = json!({ "type": "string", "minLength": 1, "pattern": "^[^/]+$" });
        parameters.push(parameter((name, "path", true), about_name(name), &schema));
    }
    if let Some(describe) = operation.query {
        parameters.extend(of_query(describe));
    }
    for header in operation.headers {
        let (name, about, pattern) = about_header(*header);
        let schema = match pattern {
            Some(pattern) => json!({ "type": "string", "pattern": pattern }),
            None => json!({ "type": "string" }),
        };
        parameters.push(parameter((name, "header", false), about, &schema));
    }
    for parameter in &mut parameters {
        let name = parameter
            .get("name")
            .and_then(Json::as_str)
            .unwrap_or_default();
        // What an example of a condition or a filter would have to be depends on the order.
        let is_needed = parameter.get("required") == Some(&Json::Bool(true));
        if let Some(example) = example(name).filter(|_| is_needed)
            && let Json::Object(parameter) = parameter
        {
            parameter.insert("example".to_owned(), example);
        }
    }
    parameters
}

/// A parameter for each field of the query's type.
fn of_query(describe: Describe) -> Vec<Json> {
    // The type itself is taken apart: only its fields are told.
    let mut apart = schema::parts(SCHEMAS, Contract::Deserialize);
    let reference = plain(describe(&mut apart));
    let name = reference
        .get("$ref")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut types = apart.take_definitions(true);
    let Some(Json::Object(mut ty)) = types.remove(&name) else {
        return Vec::new();
    };
    let required = ty.remove("required").unwrap_or_default();
    let is_required = |name: &str| {
        let names = required.as_array().into_iter().flatten();
        names.filter_map(Json::as_str).any(|one| one == name)
    };
    let Some(Json::Object(fields)) = ty.remove("properties") else {
        return Vec::new();
    };
    let fields = fields.into_iter().map(|(name, mut field)| {
        schema::without_null(&mut field);
        let about = match &mut field {
            Json::Object(field) => {
                field.remove("default");
                field.remove("description")
            }
            _ => None,
        };
        let about = about.unwrap_or_default();
        let about = about.as_str().unwrap_or_default();
        parameter((&name, "query", is_required(&name)), about, &field)
    });
    fields.collect()
}

fn plain(mut schema: schemars::Schema) -> Json {
    RecursiveTransform(schema::unwrapped).transform(&mut schema);
    schema.to_value()
}

fn parameter((name, place, required): (&str, &str, bool), about: &str, schema: &Json) -> Json {
    json!({
        "name": name,
        "in": place,
        "required": required,
        "description": about,
        "schema": schema,
    })
}

fn about_name(name: &str) -> &'static str {
    match name {
        "order" => "The order's id, the host's own",
        "workflow" => "The workflow's name",
        "place" => "The place of the step that asked for the effect, as a claim tells it",
        _ => "The last part of the problem's type",
    }
}

fn about_header(header: Header) -> (&'static str, &'static str, Option<&'static str>) {
    match header {
        Header::Key => (
            "Idempotency-Key",
            "The id of this request: where it comes again, it gets its first answer again",
            Some("^(\"[!#-~]{1,200}\"|[!#-~]{1,200})$"),
        ),
        Header::IfMatch => (
            "If-Match",
            "The version that the order must have, as `ETag` tells it",
            Some("^\"[1-9][0-9]{0,8}\"$"),
        ),
        Header::IfNoneMatch => (
            "If-None-Match",
            "The version that the caller has already, as `ETag` tells it",
            None,
        ),
    }
}

fn about_answer(name: &str) -> &'static str {
    match name {
        "ETag" => "The version of the order, where the answer is about the order as it stands",
        "Location" => "Where it is",
        "Link" => "Where the next page is (`rel=\"next\"`)",
        _ => "`true` where this is the first answer, given again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_and_written_under_one_name_has_one_form() {
        let mut maker = Maker::new();
        for operation in operations() {
            maker.operation(&operation);
        }
        let read = maker.read.take_definitions(true);
        let written = maker.written.take_definitions(true);
        let mut both = 0;
        for (name, schema) in read {
            if let Some(other) = written.get(&name) {
                assert_eq!(*other, schema, "{name}");
                both += 1;
            }
        }
        assert!(both > 0);
    }
}
