//! What objects ask of each other, by name.
//!
//! In: the key of an object. Out: calls and messages to it. They go by name and not by the clients that the SDK
//! makes, so that no file here has to know one that knows it.

use std::time::Duration;

use restate_sdk::context::{Request, RequestTarget};
use restate_sdk::prelude::{ContextClient, HandlerError, Json, ObjectContext, SharedObjectContext};
use serde_json::Value;

use super::asked::Asked;
use crate::runtime::row::Change;

/// The object of an order.
fn order<'a, Q, R>(
    ctx: &impl ContextClient<'a>,
    key: &str,
    (handler, asked): (&str, Q),
) -> Request<'a, Q, R> {
    ctx.request(RequestTarget::object("Order", key, handler), asked)
}

/// Has the family of a root do what is asked.
pub(super) async fn act(
    ctx: &ObjectContext<'_>,
    root: &str,
    asked: Asked,
) -> Result<Json<Value>, HandlerError> {
    Ok(order(ctx, root, ("act", Json(asked))).call().await?)
}

/// Asks where the family of an order is kept.
pub(super) async fn root(
    ctx: &ObjectContext<'_>,
    key: &str,
) -> Result<Option<String>, HandlerError> {
    let found: Json<Option<String>> = order(ctx, key, ("root", ())).call().await?;
    Ok(found.0)
}

/// Looks at an order of the family of a root.
pub(super) async fn see(
    ctx: &SharedObjectContext<'_>,
    root: &str,
    asked: Asked,
) -> Result<Json<Value>, HandlerError> {
    Ok(order(ctx, root, ("see", Json(asked))).call().await?)
}

/// Has all that is known of an order's family written into the store again, some time.
pub(super) fn project(ctx: &ObjectContext<'_>, key: &str) {
    order::<(), ()>(ctx, key, ("project", ())).send();
}

/// Wakes this family after so long; the id of the call.
pub(super) async fn wake(ctx: &ObjectContext<'_>, after: Duration) -> Result<String, HandlerError> {
    let call = order::<(), ()>(ctx, ctx.key(), ("wake", ()));
    Ok(call.send_after(after).await?.invocation_id().to_owned())
}

/// Has what was changed in this family written into the store, some time.
pub(super) fn write(ctx: &ObjectContext<'_>, changes: Vec<Change>) {
    let target = RequestTarget::object("OrderProjection", ctx.key(), "write");
    let message: Request<'_, _, ()> = ctx.request(target, Json(changes));
    message.send();
}
