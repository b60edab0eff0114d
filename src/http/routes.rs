//! The table of operations, and the router that is made from it.
//!
//! In: the shared state. Out: a router that answers every request, also those that nothing is for.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use serde_json::json;

use super::answer::Done;
use super::app::Shared;
use super::operation::{Header, Operation};
use super::problem::{Kind, Problem};
use super::tokens::Scope;
use super::watch::{self, Rule};
use super::{
    about, effects, erasures, events, metrics, migrations, orders, resumptions, workflows,
};
use crate::instance::Stored;
use crate::runtime::OrderView;
use crate::runtime::engine::Preview;

/// A router for all that can be asked.
pub(super) fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for operation in operations() {
        let rule = Rule {
            path: operation.path,
            scope: operation.scope,
            // What needs no more than to read changes nothing, whatever its method.
            changes: !operation.method.is_safe() && operation.scope != Some(Scope::Read),
            asks: operation.query.is_some(),
            headers: operation.headers,
        };
        let admitted = from_fn_with_state((app.clone(), rule), watch::admitted);
        router = router.route(operation.path, operation.handler.route_layer(admitted));
    }
    router
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(app.options.body))
        .layer(from_fn_with_state(app.clone(), watch::observed))
        .with_state(app)
}

async fn nothing(uri: Uri) -> Problem {
    let detail = format!(
        "there is nothing at `{}`: `/openapi.json` tells what there is",
        uri.path()
    );
    Problem::new(Kind::NotFound, detail)
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("`{}` does not take {method}", uri.path());
    Problem::new(Kind::MethodNotAllowed, detail)
}

/// All operations, in the order in which they are documented.
pub(super) fn operations() -> Vec<Operation> {
    let parts = [
        of_workflows(),
        of_orders(),
        of_questions(),
        of_events(),
        of_interventions(),
        of_effects(),
        of_the_server(),
    ];
    parts.into_iter().flatten().collect()
}

fn of_workflows() -> Vec<Operation> {
    let example = "flagstate: 1\nworkflow: kiosk\nactors: [customer]\ninitial: in_cart\nstates:\n  in_cart: { expires: never }\n  booked: { final: true, flags: { contracted: true } }\ntransitions: { check_out: { by: customer, from: in_cart, to: booked } }\n";
    vec![
        Operation::post(
            "/v1/deployments",
            (
                "deploy",
                "Make a workflow the one under which new orders are made",
            ),
            workflows::deploy,
        )
        .needs(Scope::Deploy)
        .takes::<workflows::NewDeployment>(
            json!({ "files": [{ "name": "kiosk.yaml", "text": example }] }),
        )
        .gives::<Preview>(200, "What would become of it; nothing was written")
        .gives::<workflows::Deployment>(201, "The workflow is deployed")
        .with(&["Location"])
        .problems(&[Kind::InvalidRequest, Kind::WorkflowInvalid]),
        Operation::get(
            "/v1/deployments",
            (
                "listDeployments",
                "What is deployed, and how many orders stand under each version",
            ),
            workflows::list,
        )
        .needs(Scope::Read)
        .gives::<workflows::Deployments>(200, "All that was ever deployed"),
        Operation::get(
            "/v1/workflows/{workflow}",
            (
                "getWorkflow",
                "The version of a workflow under which new orders are made",
            ),
            workflows::get,
        )
        .needs(Scope::Read)
        .gives::<workflows::Deployment>(200, "The deployment")
        .problems(&[Kind::UnknownWorkflow, Kind::InvalidRequest]),
        Operation::post(
            "/v1/migrations",
            (
                "migrate",
                "Bring orders to the version that is deployed, some at a time",
            ),
            migrations::migrate,
        )
        .needs(Scope::Migrate)
        .takes::<migrations::Migration>(
            json!({ "plan": MIGRATION, "actor": "clerk:ann", "dry_run": true }),
        )
        .gives::<migrations::Migrated>(200, "What became of some orders, and where to go on")
        .problems(&[Kind::InvalidRequest, Kind::OrderUnreadable]),
    ]
}

/// A migration to the version that the orders of the examples have already.
const MIGRATION: &str = "flagstate_migration: 1\nfrom: { workflow: shop, version: 1 }\nto: { workflow: shop, version: 1 }\n";

fn of_orders() -> Vec<Operation> {
    vec![
        Operation::post(
            "/v1/orders",
            ("createOrder", "Create an order"),
            orders::create,
        )
        .needs(Scope::Write)
        .headers(&[Header::Key])
        .takes::<orders::NewOrder>(
            json!({ "order": "o9", "workflow": "shop", "actor": "customer:joe" }),
        )
        .gives::<Done>(201, "The order is created")
        .with(&["ETag", "Location", "Idempotency-Replayed"])
        .problems(&[
            Kind::UnknownWorkflow,
            Kind::OrderExists,
            Kind::OrderStuck,
            Kind::UnknownOrder,
            Kind::InvalidRequest,
            Kind::Refused,
            Kind::KeyReused,
            Kind::AnswerErased,
        ]),
        Operation::get(
            "/v1/orders",
            ("findOrders", "Find orders by what their status means"),
            orders::find,
        )
        .needs(Scope::Read)
        .asks::<orders::Sought>()
        .gives::<orders::Orders>(200, "A page of orders by id")
        .with(&["Link"])
        .problems(&[Kind::InvalidRequest, Kind::OrderUnreadable]),
        Operation::get(
            "/v1/orders/{order}",
            ("getOrder", "An order as it stands, or stood"),
            orders::get,
        )
        .needs(Scope::Read)
        .asks::<orders::When>()
        .headers(&[Header::IfNoneMatch])
        .gives::<Seen>(
            200,
            "The order; with `at`, in the form in which orders are stored",
        )
        .with(&["ETag"])
        .gives_nothing(304, "The order still has that version")
        .with(&["ETag"])
        .problems(&[Kind::UnknownOrder, Kind::OrderUnreadable]),
        Operation::get(
            "/v1/orders/{order}/journal",
            ("getJournal", "The steps of an order"),
            orders::journal,
        )
        .needs(Scope::Read)
        .asks::<orders::Steps>()
        .gives::<orders::Journal>(200, "Steps, oldest first")
        .with(&["Link"])
        .problems(&[Kind::UnknownOrder, Kind::OrderUnreadable]),
    ]
}

/// An order as it stands, or as it stood.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is described, and never made")]
enum Seen {
    /// As it stands.
    Now(Box<OrderView>),
    /// As it stood.
    Then(Box<Stored>),
}

fn of_questions() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/orders/{order}/available",
            ("getAvailable", "What an actor may do with an order now"),
            orders::available,
        )
        .needs(Scope::Read)
        .asks::<orders::Who>()
        .gives::<orders::Actions>(200, "Every event, and whether it is possible")
        .problems(&[
            Kind::UnknownOrder,
            Kind::InvalidRequest,
            Kind::OrderUnreadable,
        ]),
        Operation::post(
            "/v1/orders/{order}/why",
            (
                "askWhy",
                "Why an event would be refused, and what would let it through",
            ),
            orders::why,
        )
        .needs(Scope::Read)
        .takes::<orders::Doubt>(json!({ "event": "close", "actor": "customer:joe" }))
        .gives::<orders::Said>(200, "What speaks against it")
        .problems(&[Kind::UnknownOrder, Kind::OrderUnreadable]),
    ]
}

/// What may go wrong where something happens to an order.
const HAPPENS: &[Kind] = &[
    Kind::UnknownOrder,
    Kind::OrderStuck,
    Kind::OrderBehind,
    Kind::VersionConflict,
    Kind::InvalidRequest,
    Kind::Refused,
    Kind::KeyReused,
    Kind::AnswerErased,
];

/// An operation by which something happens to an order.
fn happens(operation: Operation) -> Operation {
    operation
        .headers(&[Header::Key, Header::IfMatch])
        .gives::<Done>(200, "How the order stands now")
        .with(&["ETag", "Idempotency-Replayed"])
        .problems(HAPPENS)
}

fn of_events() -> Vec<Operation> {
    vec![
        happens(
            Operation::post(
                "/v1/orders/{order}/events",
                ("fire", "Let an event happen to an order"),
                events::fire,
            )
            .needs(Scope::Write)
            .takes::<events::NewEvent>(json!({ "event": "check_out", "actor": "customer:joe" })),
        ),
        happens(
            Operation::post(
                "/v1/orders/{order}/changes",
                (
                    "changeContext",
                    "Tell that data of an order changed outside",
                ),
                events::change,
            )
            .needs(Scope::Change)
            .takes::<events::Change>(json!({ "actor": "system", "changes": { "paid": "10.00" } })),
        ),
        Operation::post(
            "/v1/events",
            ("fireMany", "Let events happen to many orders"),
            events::fire_many,
        )
        .needs(Scope::Write)
        .takes::<events::NewEvents>(json!({ "events": [
            { "order": "o5", "event": "check_out", "actor": "customer:joe", "id": "click-18" },
            { "order": "o6", "event": "check_out", "actor": "customer:eve" },
        ] }))
        .gives::<events::Results>(200, "What became of each, in their order"),
    ]
}

fn of_interventions() -> Vec<Operation> {
    vec![
        happens(
            Operation::post(
                "/v1/orders/{order}/overrides",
                (
                    "override",
                    "Put an order into a state, or move a timer, outside the transitions",
                ),
                events::intervene,
            )
            .needs(Scope::Override)
            .takes::<events::Override>(json!({
                "reason": "the parcel was found",
                "actor": "clerk:ann",
                "action": { "force_state": { "to": "booked" } },
            })),
        ),
        Operation::post(
            "/v1/orders/{order}/resume",
            (
                "resume",
                "Let an order go on that could not, once what was wrong is mended",
            ),
            resumptions::resume,
        )
        .needs(Scope::Override)
        .gives::<resumptions::Resumption>(200, "It goes on")
        .problems(&[Kind::UnknownOrder, Kind::OrderStuck]),
        Operation::post(
            "/v1/orders/{order}/erasures",
            ("erase", "Erase what an order tells of a person, for good"),
            erasures::erase,
        )
        .needs(Scope::Erase)
        .takes::<erasures::NewErasure>(json!({ "reason": "asked for", "actor": "clerk:ann" }))
        .gives::<erasures::Erasure>(200, "It is erased, or there was nothing to erase")
        .problems(&[
            Kind::UnknownOrder,
            Kind::OrderStuck,
            Kind::OrderBehind,
            Kind::OrderUnreadable,
            Kind::InvalidRequest,
            Kind::Refused,
        ]),
    ]
}

fn of_effects() -> Vec<Operation> {
    vec![
        Operation::post(
            "/v1/effects/claim",
            ("claimEffects", "Hand out what steps ask of the outside"),
            effects::claim,
        )
        .needs(Scope::Effects)
        .takes::<effects::Claim>(json!({ "limit": 10, "lease": "5m" }))
        .gives::<effects::Effects>(200, "Effects that are due, kept from others for a while")
        .problems(&[Kind::InvalidRequest, Kind::EffectsSent]),
        Operation::get(
            "/v1/effects/dead",
            ("getDeadEffects", "Effects that were given up"),
            effects::dead,
        )
        .needs(Scope::Effects)
        .asks::<effects::HowMany>()
        .gives::<effects::Effects>(200, "Effects by id"),
        Operation::post(
            "/v1/orders/{order}/effects/{place}/acknowledge",
            ("acknowledgeEffect", "Say that an effect was done"),
            effects::acknowledge,
        )
        .needs(Scope::Effects)
        .takes::<effects::Acknowledged>(json!({ "attempt": 1 }))
        .gives_nothing(204, "It is forgotten")
        .problems(&[Kind::EffectSettled]),
        Operation::post(
            "/v1/orders/{order}/effects/{place}/fail",
            ("failEffect", "Say that an effect failed"),
            effects::fail,
        )
        .needs(Scope::Effects)
        .takes::<effects::Failed>(json!({ "attempt": 1, "error": "no answer" }))
        .gives_nothing(204, "It is handed out again later, or given up")
        .problems(&[Kind::EffectSettled])
        .examples(&[("order", "o2")]),
        Operation::post(
            "/v1/orders/{order}/effects/{place}/revive",
            ("reviveEffect", "Hand out once more what was given up"),
            effects::revive,
        )
        .needs(Scope::Effects)
        .gives_nothing(204, "It is handed out again")
        .problems(&[Kind::UnknownEffect])
        .examples(&[("order", "o3")]),
    ]
}

fn of_the_server() -> Vec<Operation> {
    vec![
        Operation::get(
            "/healthz",
            ("isAlive", "Whether the process lives"),
            about::lives,
        )
        .gives::<about::Health>(200, "It does"),
        Operation::get(
            "/readyz",
            ("isReady", "Whether the store answers"),
            about::is_ready,
        )
        .gives::<about::Health>(200, "It does")
        .gives::<about::Health>(503, "It does not, or the server is about to end"),
        Operation::get(
            "/metrics",
            ("getMetrics", "Metrics in the text format of Prometheus"),
            about::metrics,
        )
        .needs(Scope::Metrics)
        .gives_text(metrics::MEDIA, "The metrics"),
        Operation::get(
            "/openapi.json",
            ("getDocument", "This document"),
            about::document,
        )
        .gives::<serde_json::Map<String, serde_json::Value>>(200, "The document"),
        Operation::get(
            "/problems/{problem}",
            ("getProblem", "What kind of problem it is"),
            about::problem,
        )
        .gives::<about::ProblemKind>(200, "The kind of problem")
        .problems(&[Kind::NotFound]),
    ]
}
