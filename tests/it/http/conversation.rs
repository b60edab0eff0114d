//! A conversation that a person can read: every operation once, from the deployment to the metrics.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use super::{Headers, Server, cart, event, give_up, shop};

/// The headers of an answer that tell something.
const TELLING: [&str; 8] = [
    "allow",
    "content-type",
    "etag",
    "idempotency-replayed",
    "link",
    "location",
    "retry-after",
    "x-request-id",
];

struct Conversation {
    server: Server,
    text: String,
    asked: usize,
}

impl Conversation {
    fn heading(&mut self, words: &str) {
        writeln!(self.text, "# {words}\n").unwrap();
    }

    fn get(&mut self, path: &str) -> Json {
        self.ask("GET", path, &[], None)
    }

    fn post(&mut self, path: &str, headers: Headers<'_>, body: Json) -> Json {
        self.ask("POST", path, headers, Some(body))
    }

    fn ask(&mut self, method: &str, path: &str, headers: Headers<'_>, body: Option<Json>) -> Json {
        self.asked += 1;
        let id = format!("r{}", self.asked);
        writeln!(self.text, "> {method} {path}").unwrap();
        for (name, value) in headers {
            writeln!(self.text, "> {name}: {value}").unwrap();
        }
        if let Some(body) = &body {
            writeln!(self.text, "{}", harmonised(&body.to_string())).unwrap();
        }
        let mut all = headers.to_vec();
        all.push(("x-request-id", &id));
        let sent = body.map(|body| body.to_string());
        let told = self.server.ask(method, path, &all, sent.as_deref());
        assert_eq!(told.header("x-request-id"), Some(id.as_str()));
        writeln!(self.text, "\n< {}", told.status).unwrap();
        for name in TELLING.iter().filter(|name| **name != "x-request-id") {
            if let Some(value) = told.header(name) {
                writeln!(self.text, "< {name}: {value}").unwrap();
            }
        }
        let is_json = told
            .header("content-type")
            .is_some_and(|media| media.ends_with("json"));
        let json = match is_json {
            true => told.json(),
            false => Json::from(told.text.clone()),
        };
        let shown = match is_json {
            true => serde_json::to_string_pretty(&json).unwrap(),
            false => told.text,
        };
        writeln!(self.text, "{}\n", harmonised(&shown)).unwrap();
        json
    }
}

/// Times and hashes as words, since they differ from run to run, and so whole files, which are long.
fn harmonised(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let mut parts = line.split('"');
        shown += parts.next().unwrap_or_default();
        for part in parts {
            let is_time = part.len() > 19 && part.starts_with("20") && part.ends_with('Z');
            // Behind a hash there may be an order.
            let (head, below) = part.split_at(part.find('/').unwrap_or(part.len()));
            let is_hash = head.len() == 64 && head.bytes().all(|byte| byte.is_ascii_hexdigit());
            shown.push('"');
            match (is_time, is_hash) {
                (true, _) => shown += "TIME",
                (_, true) => write!(shown, "HASH{below}").unwrap(),
                _ if part.len() > 500 => shown += "TEXT",
                _ => shown += part,
            }
        }
        shown.push('\n');
    }
    shown.trim_end().to_owned()
}

#[test]
fn every_operation_is_carried_out() {
    let mut talk = Conversation {
        server: Server::start(&[]),
        text: String::new(),
        asked: 0,
    };
    talk.heading("A workflow is deployed, and an order created");
    talk.post("/v1/deployments", &[], shop());
    talk.get("/v1/workflows/shop");
    let key = [("Idempotency-Key", "cart-1")];
    talk.post("/v1/orders", &key, cart("o1"));
    talk.post("/v1/orders", &key, cart("o1"));

    talk.heading("What can be done with it, and what happens to it");
    talk.get("/v1/orders/o1/available?actor=customer");
    let once = [("Idempotency-Key", "click-17"), ("If-Match", "\"1\"")];
    talk.post(
        "/v1/orders/o1/events",
        &once,
        event("check_out", "customer:joe"),
    );
    let mut before = event("check_out", "customer:joe");
    before["at"] = json!("2026-01-05T09:00:00Z");
    talk.post("/v1/orders/o1/events", &[], before);
    talk.post(
        "/v1/orders/o1/events",
        &once,
        event("check_out", "customer:joe"),
    );
    let changes = json!({ "actor": "system", "changes": { "paid": "10.00" } });
    talk.post("/v1/orders/o1/changes", &[], changes);
    talk.post("/v1/orders/o1/events", &[], event("close", "clerk:ann"));
    talk.post("/v1/orders/o1/why", &[], event("close", "clerk:ann"));
    let pay = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": "50.00" } });
    talk.post("/v1/orders/o1/events", &[], pay);

    talk.heading("Many at once, each by itself");
    talk.post("/v1/orders", &[], cart("o2"));
    let events = json!({ "events": [
        { "order": "o2", "event": "check_out", "actor": "customer", "id": "click-18", "expected": 1 },
        { "order": "o2", "event": "close", "actor": "customer" },
        { "order": "o7", "event": "check_out", "actor": "customer" },
    ] });
    talk.post("/v1/events", &[], events);

    talk.heading("Outside the transitions");
    let force = json!({
        "reason": "the parcel was found",
        "actor": "clerk:ann",
        "action": { "force_state": { "to": "closed" } },
    });
    talk.post("/v1/orders/o2/overrides", &[("If-Match", "\"2\"")], force);

    let asked_for = json!({ "reason": "asked for", "actor": "clerk:ann" });
    talk.post("/v1/orders/o2/erasures", &[], asked_for);

    talk.heading("A new version under live orders, some at a time");
    let mut next = shop();
    let text = next["files"][0]["text"].as_str().unwrap();
    let text = text.replace("workflow: shop\n", "workflow: shop\nversion: 2\n");
    next["files"][0]["text"] = text.into();
    next["dry_run"] = true.into();
    talk.post("/v1/deployments", &[], next.clone());
    next["dry_run"] = false.into();
    talk.post("/v1/deployments", &[], next);
    talk.get("/v1/deployments");
    let plan = "flagstate_migration: 1\nfrom: { workflow: shop, version: 1 }\n\
                to: { workflow: shop, version: 2 }\n";
    let mut migration = json!({ "plan": plan, "actor": "clerk:ann", "dry_run": true, "limit": 1 });
    let told = talk.post("/v1/migrations", &[], migration.clone());
    migration["after"] = told["next"].clone();
    talk.post("/v1/migrations", &[], migration.clone());
    migration["dry_run"] = false.into();
    migration["after"] = Json::Null;
    migration["limit"] = 10.into();
    talk.post("/v1/migrations", &[], migration);

    talk.heading("Orders are seen and found");
    talk.get("/v1/orders/o1");
    talk.ask("GET", "/v1/orders/o1", &[("If-None-Match", "\"4\"")], None);
    talk.get("/v1/orders/o1?at=2100-01-01T00:00:00Z");
    talk.get("/v1/orders?flag=contracted=true&limit=1");
    talk.get("/v1/orders?flag=contracted=true&limit=1&after=o1");
    talk.get("/v1/orders/o1/journal?limit=1");
    talk.get("/v1/orders/o1/journal?limit=2&after=1");

    talk.heading("Effects are handed out and settled");
    talk.post("/v1/effects/claim", &[], json!({ "lease": "10m" }));
    let done = json!({ "attempt": 1 });
    talk.post("/v1/orders/o1/effects/2.0/acknowledge", &[], done.clone());
    talk.post("/v1/orders/o1/effects/2.0/acknowledge", &[], done);
    talk.post("/v1/orders", &[], cart("o3"));
    talk.post("/v1/orders/o3/events", &[], event("check_out", "customer"));
    talk.post("/v1/effects/claim", &[], json!({ "limit": 1 }));
    let failed = json!({ "attempt": 1, "error": "no answer" });
    talk.post("/v1/orders/o2/effects/2.0/fail", &[], failed);
    give_up(&talk.server.store(), "main/o3/2.0");
    talk.get("/v1/effects/dead");
    talk.ask("POST", "/v1/orders/o3/effects/2.0/revive", &[], None);

    talk.heading("The server itself");
    talk.get("/healthz");
    talk.get("/readyz");
    talk.get("/problems/refused");
    let document = talk.server.get("/openapi.json").ok();
    assert_eq!(document, flagstate::http::document());
    let metrics = talk.server.get("/metrics");
    let counts = metrics.text.lines().filter(|line| {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        name == "flagstate_http_requests_total" || name == "flagstate_answers_total"
    });
    let counts: Vec<&str> = counts.collect();
    writeln!(
        talk.text,
        "> GET /metrics\n\n< 200\n…\n{}",
        counts.join("\n")
    )
    .unwrap();

    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../cases/http");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("conversation", talk.text));
}
