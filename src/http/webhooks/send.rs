//! Effects on their way.
//!
//! In: the effects of tenants that have a receiver. Out: each acknowledged, or tried again later, or given up,
//! as what was answered says. One order's effects are sent one after the other, several orders' at once; a
//! tenant whose receiver is slow holds up no other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::Webhook;
use crate::http::app::Shared;
use crate::http::extract::escaped;
use crate::http::outward;
use crate::runtime::row::{EffectRow, Settlement};
use crate::runtime::{Backoff, Clock as _, EngineError, Store as _, SystemClock};
use crate::time::{self, Instant, Zone, format_instant};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How many effects of a tenant are under way: all of them can be sent within the lease, one after the other.
const PORTION: usize = 16;

/// How long they are kept from others, in seconds.
const LEASE: i64 = 300;

/// How often is looked whether there are effects.
const LOOK: Duration = Duration::from_millis(500);

/// How often is looked again when the store failed.
const TROUBLE: Duration = Duration::from_secs(5);

/// The longest that a receiver may have itself waited for, in seconds.
const LONGEST: i64 = 24 * 3_600;

/// What was answered.
enum Told {
    Done,
    Failed {
        why: String,
        /// In how many seconds it may be tried again.
        after: Option<i64>,
    },
    /// There is nobody any longer.
    Gone,
}

/// Sends the effects of all tenants that have a receiver, until the server ends; what is under way then is
/// finished.
pub(in crate::http) fn send_all(app: &Shared) -> JoinSet<()> {
    let mut sending = JoinSet::new();
    for hook in app.options.webhooks.iter() {
        let agent = outward::agent(&hook.url, TIMEOUT);
        sending.spawn(tend(Arc::clone(app), Arc::clone(hook), agent));
    }
    sending
}

/// Sends a tenant's effects, until the server ends; what was not begun then is given back.
async fn tend(app: Shared, hook: Arc<Webhook>, agent: ureq::Agent) {
    let under_way = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let mut turns = Turns::default();
    while !app.is_draining() {
        while tasks.try_join_next().is_some() {}
        let free = PORTION.saturating_sub(under_way.load(Ordering::Relaxed));
        let claimed = match free {
            0 => Vec::new(),
            free => claimed(&app, &hook, free).await,
        };
        if claimed.is_empty() {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                Some(_) = tasks.join_next() => {}
            }
            continue;
        }
        under_way.fetch_add(claimed.len(), Ordering::Relaxed);
        let mut orders: BTreeMap<String, Vec<EffectRow>> = BTreeMap::new();
        for effect in claimed {
            let order = effect.key.order.clone();
            orders.entry(order).or_default().push(effect);
        }
        for (order, effects) in orders {
            let (app, hook, turn) = (Arc::clone(&app), Arc::clone(&hook), turns.of(&order));
            let (agent, under_way) = (agent.clone(), Arc::clone(&under_way));
            tasks.spawn(async move {
                // Those who came before are first.
                let _turn = turn.lock().await;
                for effect in effects {
                    match app.is_draining() {
                        true => give_back(&app, effect).await,
                        false => deliver(&app, &hook, (&agent, effect)).await,
                    }
                    under_way.fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Whose turn it is, by order: the effects of an order are sent one after the other.
#[derive(Default)]
struct Turns(BTreeMap<String, Arc<Mutex<()>>>);

impl Turns {
    fn of(&mut self, order: &str) -> Arc<Mutex<()>> {
        // Nobody waits for a turn that is held here alone.
        self.0.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(self.0.entry(order.to_owned()).or_default())
    }
}

/// Takes effects that are due.
async fn claimed(app: &Shared, hook: &Webhook, limit: usize) -> Vec<EffectRow> {
    let (tenant, lease) = (hook.tenant.clone(), time::Duration::seconds(LEASE));
    let claimed = app.ask(move |engine, now| engine.claim(Some(&tenant), now, lease, limit));
    match claimed.await {
        Ok(claimed) => claimed,
        Err(problem) => {
            let problem = problem.detail();
            tracing::warn!(tenant = hook.tenant, problem, "effects cannot be had");
            tokio::time::sleep(TROUBLE).await;
            Vec::new()
        }
    }
}

/// Leaves an effect to whoever comes next: it was not sent.
async fn give_back(app: &Shared, effect: EffectRow) {
    let error = "it was not sent before the server ended".to_owned();
    let due = SystemClock.now();
    settle(app, &effect, Settlement::Retry { due, error }).await;
}

/// Sends an effect, and settles it by what was answered.
async fn deliver(app: &Shared, hook: &Arc<Webhook>, (agent, effect): (&ureq::Agent, EffectRow)) {
    let (to, by, what) = (Arc::clone(hook), agent.clone(), effect.clone());
    let sent = tokio::task::spawn_blocking(move || send(&by, &to, &what));
    let told = sent.await.unwrap_or_else(|error| Told::Failed {
        why: error.to_string(),
        after: None,
    });
    let now = SystemClock.now();
    let (settlement, outcome) = settled(told, effect.attempts, now);
    app.metrics.delivered(outcome);
    if let Settlement::Retry { error, .. } | Settlement::Dead { error } = &settlement {
        tracing::warn!(
            effect = effect.id,
            attempt = effect.attempts,
            outcome,
            error,
            "an effect was not taken"
        );
    }
    settle(app, &effect, settlement).await;
}

/// Writes down what became of an effect.
async fn settle(app: &Shared, effect: &EffectRow, settlement: Settlement) {
    let (id, attempt) = (effect.id.clone(), effect.attempts);
    let settled = app.ask(move |engine, _| {
        let settled = engine.store().settle(&id, attempt, &settlement);
        settled.map_err(EngineError::from)
    });
    if let Err(problem) = settled.await {
        // It is handed out again when its lease ends.
        let problem = problem.detail();
        tracing::warn!(effect = effect.id, problem, "an effect was not settled");
    }
}

/// What becomes of an effect, and how that is counted.
fn settled(told: Told, attempt: u32, now: Instant) -> (Settlement, &'static str) {
    match told {
        Told::Done => (Settlement::Done, "done"),
        Told::Gone => {
            let error = "HTTP 410: there is nobody any longer".to_owned();
            (Settlement::Dead { error }, "given_up")
        }
        Told::Failed { why, after } => match Backoff::default().settle(attempt, why, now) {
            Settlement::Retry { due, error } => {
                let after = time::Duration::seconds(after.unwrap_or_default().clamp(0, LONGEST));
                let asked = Zone::default().add(now, after).unwrap_or(due);
                let due = due.max(asked);
                (Settlement::Retry { due, error }, "failed")
            }
            settlement => (settlement, "given_up"),
        },
    }
}

/// What messages are about.
const ORDER_EFFECT: &str = "order.effect";

/// What is posted to a webhook.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EffectMessage")]
pub(in crate::http) struct Message<'e> {
    /// What it is about.
    #[serde(rename = "type")]
    #[schemars(extend("const" = ORDER_EFFECT))]
    kind: &'static str,
    /// When the effect was asked for.
    timestamp: String,
    /// The effect.
    data: Asked<'e>,
}

/// The effect that a message is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EffectAsked")]
struct Asked<'e> {
    /// Its id, the same however often it is sent: whoever performs it tells repetitions by it. `webhook-id` is the
    /// same, escaped as in a URL.
    id: &'e str,
    /// Whose order.
    tenant: &'e str,
    /// The order.
    order: &'e str,
    /// The step that asked for it.
    step: u64,
    /// The effect's name.
    effect: &'e str,
    /// The state whose entry, exit, transition or timer asked for it.
    state: &'e str,
    /// When it was asked for.
    at: String,
    /// How often it was sent: which attempt this is.
    attempt: u32,
}

impl<'e> Message<'e> {
    fn of(effect: &'e EffectRow) -> Self {
        Self {
            kind: ORDER_EFFECT,
            timestamp: format_instant(effect.at),
            data: Asked {
                id: &effect.id,
                tenant: &effect.key.tenant,
                order: &effect.key.order,
                step: effect.sequence,
                effect: &effect.effect,
                state: &effect.state,
                at: format_instant(effect.at),
                attempt: effect.attempts,
            },
        }
    }
}

/// Sends an effect once.
fn send(agent: &ureq::Agent, hook: &Webhook, effect: &EffectRow) -> Told {
    let body = match serde_json::to_string(&Message::of(effect)) {
        Ok(body) => body,
        Err(error) => {
            return Told::Failed {
                why: error.to_string(),
                after: None,
            };
        }
    };
    let at = SystemClock.now().timestamp();
    // Headers take visible ASCII alone.
    let id = escaped(&effect.id);
    let failed = |why: String| Told::Failed { why, after: None };
    let signature = match hook.secret.sign(&id, at, &body) {
        Ok(signature) => signature,
        Err(why) => return failed(why),
    };
    let sent = agent
        .post(&hook.url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .send(&body);
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return failed(error.to_string()),
    };
    let status = answer.status();
    if status.is_success() {
        return Told::Done;
    }
    if status.as_u16() == 410 {
        return Told::Gone;
    }
    let after = outward::retry_after(answer.headers());
    Told::Failed {
        why: format!("HTTP {}", status.as_u16()),
        after: after.map(|after| i64::try_from(after).unwrap_or(LONGEST)),
    }
}
