//! The virtual object of an order, and what may be asked of it.
//!
//! In: calls, by `TENANT/ORDER`. Out: answers as JSON. The orders of a family are kept together in the object
//! of the outermost one, so that a child's step moves its parent at once; a child's own object hands on what
//! it is asked. Only a root is ever waited for, and a root waits for nobody.

use restate_sdk::prelude::{
    ContextWriteState, HandlerError, Json, ObjectContext, SharedObjectContext, TerminalError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::{Asked, Verb, wrong};
use super::bring::bring;
use super::calls;
use super::family::{carry_out, everything, keep, text};
use super::host::Host;
use super::kept::{self, Kept, Waiting, read};
use super::look::look;
use super::waking::Timers;
use crate::runtime::row::OrderKey;
use crate::runtime::{Answer, Request};

/// An answer, and whether it was given before.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    #[serde(flatten)]
    answer: Answer,
    duplicate: bool,
}

/// An order.
pub(super) struct Order(pub(super) Host);

#[restate_sdk::object(
    name = "Order",
    lazy_state,
    invocation_retry_policy(initial_interval = "50ms", factor = 2, max_interval = "5s")
)]
impl Order {
    /// Creates the order: `{workflow, actor, context?, parent?: {order, set}, id?, at?}`.
    #[handler]
    async fn create(
        &self,
        ctx: ObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Create, body).await
    }

    /// Lets an event happen: `{event, actor, payload?, target?, id?, expected?, at?}`.
    #[handler]
    async fn fire(
        &self,
        ctx: ObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Fire, body).await
    }

    /// Tells of data that changed outside: `{changes, actor, id?, expected?, at?}`.
    #[handler]
    async fn change(
        &self,
        ctx: ObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Change, body).await
    }

    /// An operator's intervention: `{reason, actor, action, id?, expected?, at?}` with the action
    /// `{"force_state": {to}}`, `{"move_timer": {timer, due}}` or `{"erase": {}}`.
    #[handler(name = "override")]
    async fn intervene(
        &self,
        ctx: ObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Override, body).await
    }

    /// Fires the timers that are due.
    #[handler]
    async fn tick(&self, ctx: ObjectContext<'_>) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Tick, Vec::new()).await
    }

    /// Brings the order with its family to the deployed version: `{plan, actor, dry_run?}`, where the plan
    /// is the text of a migration file.
    #[handler]
    async fn migrate(
        &self,
        ctx: ObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.ask(&ctx, Verb::Migrate, body).await
    }

    /// Writes all that is known of the order and its family into the store again; effects are not handed
    /// out again.
    #[handler]
    async fn project(&self, ctx: ObjectContext<'_>) -> Result<(), HandlerError> {
        let key = key_of(ctx.key())?;
        match ctx.text(kept::ROOT).await? {
            Some(root) => calls::project(&ctx, &format!("{}/{root}", key.tenant)),
            None => calls::write(&ctx, everything(&ctx, &key).await?),
        }
        Ok(())
    }

    /// How the order stands.
    #[handler(invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2,
        max_interval = "5s",
        max_attempts = 20,
        on_max_attempts = "kill"
    ))]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> Result<Json<Value>, HandlerError> {
        self.see_there(&ctx, Verb::Get, Vec::new()).await
    }

    /// What an actor may do now: `{actor}`.
    #[handler(invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2,
        max_interval = "5s",
        max_attempts = 20,
        on_max_attempts = "kill"
    ))]
    async fn available(
        &self,
        ctx: SharedObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.see_there(&ctx, Verb::Available, body).await
    }

    /// Why an event would be refused: `{event, actor, payload?, target?}`.
    #[handler(invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2,
        max_interval = "5s",
        max_attempts = 20,
        on_max_attempts = "kill"
    ))]
    async fn why(
        &self,
        ctx: SharedObjectContext<'_>,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        self.see_there(&ctx, Verb::Why, body).await
    }

    /// Its steps, oldest first: `{after?, limit?}`.
    #[handler(invocation_retry_policy(
        initial_interval = "50ms",
        factor = 2,
        max_interval = "5s",
        max_attempts = 20,
        on_max_attempts = "kill"
    ))]
    async fn journal(
        &self,
        ctx: SharedObjectContext<'_>,
        body: Option<Vec<u8>>,
    ) -> Result<Json<Value>, HandlerError> {
        self.see_there(&ctx, Verb::Journal, body.unwrap_or_default())
            .await
    }

    /// Where the family of the order is kept; nothing where there is no such order.
    #[handler(ingress_private)]
    async fn root(
        &self,
        ctx: SharedObjectContext<'_>,
    ) -> Result<Json<Option<String>>, HandlerError> {
        let key = key_of(ctx.key())?;
        if let Some(root) = ctx.text(kept::ROOT).await? {
            return Ok(Json(Some(root)));
        }
        let row = ctx.text(&kept::order(&key.order)).await?;
        Ok(Json(row.map(|_| key.order)))
    }

    /// Does what was asked of an order of this family.
    #[handler(ingress_private)]
    async fn act(
        &self,
        ctx: ObjectContext<'_>,
        asked: Json<Asked>,
    ) -> Result<Json<Value>, HandlerError> {
        self.here(&ctx, key_of(ctx.key())?, &asked.0).await
    }

    /// Tells of an order of this family.
    #[handler(ingress_private)]
    async fn see(
        &self,
        ctx: SharedObjectContext<'_>,
        asked: Json<Asked>,
    ) -> Result<Json<Value>, HandlerError> {
        look(&ctx, &self.0, (key_of(ctx.key())?, &asked.0)).await
    }

    /// A timer of this family is due.
    #[handler(ingress_private)]
    async fn wake(&self, ctx: ObjectContext<'_>) -> Result<(), HandlerError> {
        let root = key_of(ctx.key())?;
        let now = self.0.now(&ctx).await?;
        let mut timers: Timers = read(&ctx, kept::TIMERS).await?.unwrap_or_default();
        timers.woken(ctx.invocation_id());
        ctx.set(kept::TIMERS, text(&timers)?);
        let due = timers.by(now).into_iter();
        let due = due.map(|order| Request::Tick(OrderKey::new(root.tenant.clone(), order)));
        let due: Vec<Request> = due.collect();
        match due.is_empty() {
            // The clocks of the machines differ: what is left is waited for.
            true => keep(&ctx, &self.0, (Vec::new(), &[]), Vec::new()).await,
            false => carry_out(&ctx, &self.0, (root, &due, now))
                .await
                .map(|_| ()),
        }
    }
}

impl Order {
    /// Asks an order to do something, wherever its family is kept.
    fn ask<'a>(
        &'a self,
        ctx: &'a ObjectContext<'a>,
        verb: Verb,
        body: Vec<u8>,
    ) -> Waiting<'a, Json<Value>> {
        Box::pin(async move { self.ask_there(ctx, verb, body).await })
    }

    async fn ask_there<'a>(
        &'a self,
        ctx: &'a ObjectContext<'a>,
        verb: Verb,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        let (key, asked) = asked(ctx.key(), verb, body)?;
        let at = |order: &str| format!("{}/{order}", key.tenant);
        if let Some(root) = ctx.text(kept::ROOT).await? {
            return calls::act(ctx, &at(&root), asked).await;
        }
        let above = match verb {
            Verb::Create => match asked.request(&key.tenant).map_err(wrong)? {
                Request::Create(create) => create.parent,
                _ => None,
            },
            _ => None,
        };
        if let Some(above) = above
            && above.order != key.order
            && ctx.text(&kept::order(&key.order)).await?.is_none()
            && let Some(root) = calls::root(ctx, &at(&above.order)).await?
        {
            let told = calls::act(ctx, &at(&root), asked).await?;
            let answer = told.0.get("answer").and_then(Value::as_str);
            if answer == Some("accepted") {
                ctx.set(kept::ROOT, root);
            }
            return Ok(told);
        }
        self.here(ctx, key, &asked).await
    }

    /// Does what is asked of an order whose family is kept here.
    async fn here(
        &self,
        ctx: &ObjectContext<'_>,
        root: OrderKey,
        asked: &Asked,
    ) -> Result<Json<Value>, HandlerError> {
        let now = self.0.now(ctx).await?;
        if asked.verb == Verb::Migrate {
            return bring(ctx, &self.0, (root, asked, now)).await;
        }
        let request = asked.request(&root.tenant).map_err(wrong)?;
        let replies = carry_out(ctx, &self.0, (root, &[request], now)).await?;
        let reply = replies.into_iter().next().ok_or("there is no answer")?;
        let told = Told {
            answer: reply.answer,
            duplicate: reply.duplicate,
        };
        Ok(Json(serde_json::to_value(told)?))
    }

    /// Looks at an order, wherever its family is kept.
    async fn see_there(
        &self,
        ctx: &SharedObjectContext<'_>,
        verb: Verb,
        body: Vec<u8>,
    ) -> Result<Json<Value>, HandlerError> {
        let (key, asked) = asked(ctx.key(), verb, body)?;
        match ctx.text(kept::ROOT).await? {
            None => look(ctx, &self.0, (key, &asked)).await,
            Some(root) => calls::see(ctx, &format!("{}/{root}", key.tenant), asked).await,
        }
    }
}

/// The order that an object is of.
fn key_of(key: &str) -> Result<OrderKey, TerminalError> {
    match key.split_once('/') {
        Some((tenant, order)) => Ok(OrderKey::new(tenant, order)),
        None => Err(wrong(format!("`{key}` is no order: write TENANT/ORDER"))),
    }
}

/// What is asked of an object, by its text.
fn asked(key: &str, verb: Verb, body: Vec<u8>) -> Result<(OrderKey, Asked), TerminalError> {
    let key = key_of(key)?;
    let text = String::from_utf8(body);
    let text = text.map_err(|_| wrong("the body is no text".to_owned()))?;
    let asked = Asked {
        order: key.order.clone(),
        verb,
        text,
    };
    Ok((key, asked))
}
