//! Every kind of problem that a caller can bring about.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use std::time::Duration;

use flagstate::runtime::{Clock, SystemClock};
use flagstate::time::format_instant;
use serde_json::json;

use super::{Server, cart, event, give_up, seed};

/// What `access` and `ends` bring about, and what takes 65,536 requests that wait.
const ELSEWHERE: [&str; 7] = [
    "effects-sent",
    "forbidden",
    "outcome-unknown",
    "overloaded",
    "store-failed",
    "too-many-requests",
    "unauthenticated",
];

#[test]
fn each_mistake_has_its_problem() {
    let server = Server::start(&["--body-limit", "4096", "--timeout", "1"]);
    seed(&server, &[]);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut expect = |told: super::Told, kind: &str| {
        let problem = told.problem(kind);
        seen.insert(kind.to_owned());
        // The type of a problem is a path that tells about it.
        let page = server.get(problem["type"].as_str().unwrap()).ok();
        assert_eq!(page["title"], problem["title"]);
        assert_eq!(page["status"], problem["status"]);
        problem
    };
    let post = |path: &str, body: &str| server.ask("POST", path, &[], Some(body));
    let fire = "/v1/orders/o4/events";

    expect(server.get("/v2/orders"), "not-found");
    let told = server.ask("PUT", "/v1/orders", &[], Some("{}"));
    assert!(
        told.header("allow")
            .is_some_and(|allow| allow.contains("POST"))
    );
    expect(told, "method-not-allowed");
    expect(server.get("/v1/orders/%ff"), "invalid-path");
    expect(
        server.get("/v1/orders?state=booked&sate=1"),
        "invalid-query",
    );
    expect(server.get("/v1/orders?flag=contracted"), "invalid-query");
    expect(server.get("/v1/orders?limit=0"), "invalid-query");
    expect(server.get("/v1/orders?limit=5000"), "invalid-query");
    expect(server.get("/v1/orders/o1?at=yesterday"), "invalid-query");
    expect(server.get("/v1/orders?state=boked"), "invalid-request");
    expect(server.get("/v1/orders/o77"), "unknown-order");
    expect(server.get("/v1/orders/o77/journal"), "unknown-order");
    expect(
        server.get("/v1/orders/o77/available?actor=clerk"),
        "unknown-order",
    );
    expect(server.get("/v1/workflows/shap"), "unknown-workflow");

    let problem = expect(post(fire, "{\"event\": "), "malformed-body");
    assert_eq!(problem["pointer"], "/event");
    expect(post(fire, "{} {}"), "invalid-body");
    let unknown = "{\"events\": [{\"order\": \"o1\", \"event\": \"pay\", \"actor\": \"clerk\", \"payload\": {}, \"tagret\": 1}]}";
    let problem = expect(post("/v1/events", unknown), "invalid-body");
    assert_eq!(problem["pointer"], "/events/0/tagret");
    // Whoever says something twice is not guessed at.
    let twice = "{\"events\": [{\"order\": \"o1\", \"event\": \"pay\", \"actor\": \"clerk\", \"payload\": {\"amount\": 1, \"amount\": 2}}]}";
    let problem = expect(post("/v1/events", twice), "invalid-body");
    assert_eq!(problem["pointer"], "/events/0/payload");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("`amount` stands twice"), "{detail}");
    let late = json!({ "event": "check_out", "actor": "customer", "at": "tomorrow" });
    let problem = expect(server.post(fire, late), "invalid-body");
    assert_eq!(problem["pointer"], "/at");
    // What is wrong with an action, and what is expected.
    let action = |action| json!({ "reason": "r", "actor": "clerk", "action": action });
    for (wrong, pointer, detail) in [
        (json!({}), "/action", "nothing is to be done, expected"),
        (json!("erase"), "/action", "expected an object with one of"),
        (
            json!({ "force": {} }),
            "/action",
            "there is no action `force`",
        ),
        (
            json!({ "force_state": {} }),
            "/action/force_state",
            "missing field `to`",
        ),
        (
            json!({ "move_timer": { "timer": "a.b", "due": "soon" } }),
            "/action/move_timer/due",
            "write for example",
        ),
        (
            json!({ "erase": {}, "force_state": { "to": "booked" } }),
            "/action",
            "`erase` and `force_state` at once",
        ),
    ] {
        let told = server.post("/v1/orders/o4/overrides", action(wrong));
        let problem = expect(told, "invalid-body");
        assert!(
            problem["pointer"].as_str().unwrap().starts_with(pointer),
            "{problem}"
        );
        assert!(
            problem["detail"].as_str().unwrap().contains(detail),
            "{problem}"
        );
    }
    let none = json!({ "events": [] });
    expect(server.post("/v1/events", none), "invalid-body");
    let text = [("content-type", "text/plain")];
    let told = server.ask("POST", fire, &text, Some("{}"));
    expect(told, "unsupported-media-type");
    expect(post(fire, &" ".repeat(5_000)), "body-too-large");
    let tag = [("if-match", "\"one\"")];
    let body = event("check_out", "customer");
    expect(server.post_with(fire, &tag, body.clone()), "invalid-header");
    let empty = [("idempotency-key", "\"\"")];
    expect(server.post_with(fire, &empty, body), "invalid-header");

    let told = server.post("/v1/orders", cart("o1"));
    assert_eq!(told.header("etag"), Some("\"2\""));
    expect(told, "order-exists");
    expect(server.post("/v1/orders", cart("a/b")), "invalid-request");
    let other = json!({ "order": "o9", "workflow": "shap", "actor": "customer" });
    expect(server.post("/v1/orders", other), "unknown-workflow");
    let problem = expect(server.post(fire, event("close", "clerk")), "refused");
    assert_eq!(problem["refusal"]["refusal"], "no_transition");
    assert_eq!(problem["order"]["status"], "in_cart");
    let used = [("idempotency-key", "k")];
    server.post_with(fire, &used, event("close", "clerk"));
    let told = server.post_with(fire, &used, event("check_out", "customer"));
    expect(told, "idempotency-key-reused");

    let wrong = json!({ "files": [{ "name": "a.yaml", "text": "flagstate: 1\nworkflow: a\n" }] });
    let problem = expect(server.post("/v1/deployments", wrong), "workflow-invalid");
    assert!(problem["report"]["findings"][0]["message"].is_string());
    let mut set = super::shop();
    set["settings"] = json!({ "cart_lifetime": "soon" });
    expect(server.post("/v1/deployments", set), "invalid-request");

    let attempt = json!({ "attempt": 2 });
    let settle = "/v1/orders/o1/effects/2.0/acknowledge";
    expect(server.post(settle, attempt), "effect-settled");
    let revive = |order: &str| {
        let path = format!("/v1/orders/{order}/effects/2.0/revive");
        server.ask("POST", &path, &[], None)
    };
    expect(revive("o3"), "unknown-effect");
    give_up(&server.store(), "main/o3/2.0");
    assert_eq!(revive("o3").status, 204);

    let conflict = [("if-match", "\"7\"")];
    let told = server.post_with(fire, &conflict, event("check_out", "customer"));
    assert_eq!(told.header("etag"), Some("\"1\""));
    let problem = expect(told, "version-conflict");
    assert_eq!(
        (&problem["expected"], &problem["version"]),
        (&json!(7), &json!(1))
    );

    // Somebody writes into the store what no program does.
    let rows = rusqlite::Connection::open(server.store()).unwrap();
    let basket =
        "update orders set body = replace(body, '\"in_cart\"', '\"basket\"') where id = 'o6'";
    assert_eq!(rows.execute(basket, []).unwrap(), 1);
    let problem = expect(server.get("/v1/orders/o6"), "order-unreadable");
    assert!(problem["detail"].as_str().unwrap().contains("basket"));
    let told = server.post("/v1/orders/o6/events", event("check_out", "customer"));
    expect(told, "order-stuck");
    // Somebody holds the store for longer than a request may take.
    rows.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pay = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": "1.00" } });
    let told = server.post("/v1/orders/o1/events", pay);
    expect(told, "timeout");
    // The same in pieces, whose body nobody can tell to be at its end beforehand: it was read, and is asked.
    let mut pieces = TcpStream::connect(server.address()).unwrap();
    let body = r#"{"event":"pay","actor":"clerk","payload":{"amount":"1.00"}}"#;
    let request = format!(
        "POST {fire} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    pieces.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 4096];
    let read = pieces.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.contains("/problems/timeout"), "{answer}");
    rows.execute_batch("ROLLBACK").unwrap();
    rows.execute("update deployments set files = 'none'", [])
        .unwrap();
    expect(server.get("/v1/workflows/shop"), "store-unreadable");

    // Half a body, and then nothing.
    let mut slow = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST {fire} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{"
    );
    slow.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 4096];
    let read = slow.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/request-timeout"), "{answer}");
    // A minute's timer, over a hundred days, on a server whose timers are busy with it.
    let busy = Server::start(&[]);
    let heart = "flagstate: 1\nworkflow: heart\nactors: [user]\ninitial: one\nstates:\n  \
        one: { timers: { beat: { after: 1m, to: one } } }\n  two: { final: true }\n\
        transitions: { go: { by: user, from: one, to: two } }\n";
    let deploy = json!({ "files": [{ "name": "heart.yaml", "text": heart }] });
    assert_eq!(busy.post("/v1/deployments", deploy).status, 201);
    let then = SystemClock.now() - Duration::from_secs(100 * 86_400);
    let old = json!({
        "order": "h1", "workflow": "heart", "actor": "user", "at": format_instant(then),
    });
    assert_eq!(busy.post("/v1/orders", old).status, 201);
    let told = busy.post("/v1/orders/h1/events", event("go", "user"));
    assert_eq!(told.header("retry-after"), Some("1"));
    let problem = expect(told, "order-behind");
    assert!(problem["order"]["version"].as_u64() > Some(10_000));
    let person = std::fs::read_to_string("tests/cases/runtime/person.yaml").unwrap();
    let deploy = json!({ "files": [{ "name": "person.yaml", "text": person }] });
    assert_eq!(busy.post("/v1/deployments", deploy).status, 201);
    let joe = json!({
        "order": "p1", "workflow": "person", "actor": "customer", "context": { "email": "joe@" },
    });
    assert_eq!(busy.post("/v1/orders", joe).status, 201);
    let learn = json!({
        "event": "learn", "actor": "customer", "payload": { "phone": "+47", "safe": true },
    });
    let key = [("idempotency-key", "k")];
    let learnt = busy.post_with("/v1/orders/p1/events", &key, learn.clone());
    assert_eq!(learnt.status, 200);
    let erase = json!({ "reason": "asked for", "actor": "clerk", "action": { "erase": {} } });
    assert_eq!(busy.post("/v1/orders/p1/overrides", erase).status, 200);
    let told = busy.post_with("/v1/orders/p1/events", &key, learn);
    expect(told, "answer-erased");
    drop(busy);

    seen.insert("request-timeout".to_owned());
    seen.extend(ELSEWHERE.map(str::to_owned));
    assert_eq!(seen, kinds());
}

/// What a caller would believe to be heeded, and what would be read as something else, is refused.
#[test]
fn nothing_is_passed_over_in_silence() {
    let server = Server::start(&[]);
    seed(&server, &[]);
    let fire = "/v1/orders/o4/events";
    let batch = json!({ "events": [{ "order": "o4", "event": "check_out", "actor": "customer" }] });
    let erase = json!({ "reason": "asked for", "actor": "clerk" });
    for (path, header, body) in [
        ("/v1/events", ("idempotency-key", "k"), &batch),
        ("/v1/events", ("if-match", "\"1\""), &batch),
        ("/v1/orders/o4/erasures", ("if-match", "\"77\""), &erase),
        ("/v1/orders", ("if-match", "\"1\""), &cart("o99")),
    ] {
        let told = server.post_with(path, &[header], body.clone());
        let problem = told.problem("invalid-header");
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains(header.0) && detail.contains("does not take"),
            "{detail}"
        );
    }
    let twice = [("flagstate-tenant", "main"), ("flagstate-tenant", "other")];
    server
        .ask("GET", "/v1/orders", &twice, None)
        .problem("invalid-header");
    server.get("/v1/orders?after=%ff").problem("invalid-query");
    let offset = server.get("/v1/orders?updated_before=2026-01-05T09:00:00+01:00");
    let problem = offset.problem("invalid-query");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("updated_before: ") && detail.contains("`%2B`"),
        "{detail}"
    );
    server
        .get("/v1/deployments?workflw=x")
        .problem("invalid-query");

    let body = event("check_out", "customer").to_string();
    for header in [
        ("content-encoding", "gzip"),
        ("content-type", "application/json; charset=iso-8859-1"),
    ] {
        let told = server.ask("POST", fire, &[header], Some(&body));
        told.problem("unsupported-media-type");
    }
    let pay = r#"{"event":"pay","actor":"clerk","payload":{"amount":1.10000000000000000001}}"#;
    let problem = server
        .ask("POST", fire, &[], Some(pay))
        .problem("invalid-body");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("`1.10000000000000000001` has too many digits"),
        "{detail}"
    );

    // Who asks is somebody, whatever is asked.
    let nobody = "a\u{0}b";
    let force = json!({ "force_state": { "to": "booked" } });
    for (path, body) in [
        (
            "changes",
            json!({ "actor": nobody, "changes": { "paid": "1.00" } }),
        ),
        (
            "overrides",
            json!({ "actor": nobody, "reason": "r", "action": force }),
        ),
        ("erasures", json!({ "actor": nobody, "reason": "r" })),
        ("erasures", json!({ "actor": "clerk", "reason": " " })),
        ("why", json!({ "actor": "clerk:", "event": "close" })),
    ] {
        let told = server.post(&format!("/v1/orders/o4/{path}"), body);
        told.problem("invalid-request");
    }
    server
        .get("/v1/orders/o4/available?actor=clerk:")
        .problem("invalid-request");

    // Nothing of all that happened.
    let order = server.get("/v1/orders/o4");
    assert_eq!(order.header("etag"), Some("\"1\""));
    for known in ["\"1\"", "W/\"1\"", "\"7\", W/\"1\"", "*"] {
        let told = server.ask("GET", "/v1/orders/o4", &[("if-none-match", known)], None);
        assert_eq!(told.status, 304, "{known}");
    }
    let broken = json!({ "files": [{ "name": "a.yaml", "text": "{{{" }] });
    let problem = server
        .post("/v1/deployments", broken)
        .problem("workflow-invalid");
    assert_eq!(problem["report"]["summary"]["files"], 1);
}

/// A connection goes on after a request whose body nobody read, or its answer says that it does not.
#[test]
fn an_unread_body_is_not_taken_for_the_next_request() {
    let server = Server::start(&[]);
    let mut wire = TcpStream::connect(server.address()).unwrap();
    let mut ask = |head: &str, body: &[u8]| {
        let text = format!("POST /nowhere HTTP/1.1\r\nHost: localhost\r\n{head}\r\n");
        wire.write_all(text.as_bytes()).unwrap();
        wire.write_all(body).unwrap();
        let mut answer = Vec::new();
        // The body ends with the one object in it.
        while !answer.ends_with(b"}") {
            let mut some = [0; 512];
            let read = wire.read(&mut some).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
            answer.extend(&some[..read]);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        answer.to_ascii_lowercase().contains("connection: close")
    };
    for size in [0, 1, 30_000] {
        assert!(!ask(
            &format!("Content-Length: {size}\r\n"),
            &vec![b'x'; size]
        ));
    }
    assert!(!ask(
        "Transfer-Encoding: chunked\r\n",
        b"3\r\nabc\r\n0\r\n\r\n"
    ));
    assert!(ask("Content-Length: 9\r\nExpect: 100-continue\r\n", b""));
}

/// All kinds that the document tells of.
fn kinds() -> BTreeSet<String> {
    let document = flagstate::http::document();
    let mut kinds = BTreeSet::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            for answer in operation["responses"].as_object().unwrap().values() {
                if answer["content"].get("application/problem+json").is_some() {
                    let told = answer["description"].as_str().unwrap().split("; `");
                    let names = told.map(|one| one.trim_start_matches('`'));
                    kinds.extend(names.map(|one| one.split('`').next().unwrap().to_owned()));
                }
            }
        }
    }
    kinds.insert("method-not-allowed".to_owned());
    kinds
}
