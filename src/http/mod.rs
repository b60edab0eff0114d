//! Orders over HTTP: the same that [`crate::runtime`] does, for callers on other machines.
//!
//! In: a socket, a store, tokens. Out: JSON, and a problem of RFC 9457 for everything that goes wrong. This
//! module decides nothing about orders: it finds out who asks, reads what is asked, and says in HTTP what
//! the engine answers.
//!
//! - `operation` and `routes`: the table of operations, from which the router and `openapi` are made;
//! - `watch`, `leftover`, `app`, `caller`, `tokens` and `limit`: what happens around a request, and who may make it;
//! - `extract`, `answer` and `problem`: how requests are read and answers written;
//! - `workflows`, `orders`, `events`, `erasures`, `migrations`, `effects` and `about`: what is done;
//! - `webhooks`: effects that are sent instead of being asked for;
//! - `outward` and `client`: requests that go out, and a server of orders that is asked by them;
//! - `server`: connections, and how it ends.

mod about;
mod answer;
mod app;
mod caller;
mod client;
mod effects;
mod erasures;
mod events;
mod extract;
mod leftover;
mod limit;
mod metrics;
mod migrations;
mod openapi;
mod operation;
mod orders;
mod outward;
mod problem;
mod resumptions;
mod retention;
mod routes;
mod server;
mod tokens;
mod watch;
mod webhooks;
mod workflows;

pub use app::Options;
pub use client::{Client, ClientError, Current};
pub use openapi::document;
pub use retention::{Retention, RetentionError};
pub use server::{ServeError, serve};
pub use tokens::{Scope, Tokens, TokensError, new_token};
pub use webhooks::{Webhooks, WebhooksError, new_webhook};
