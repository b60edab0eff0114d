//! A database that is gone for a while: who asks is told soon, in words that fit, and goes on when it is back.

use std::process::Command;

use serde_json::json;

use super::{SHOP, Server, Told, cart, event};
use crate::server;
use crate::tell;

/// What a question is told: to ask again later, in words without keys.
fn is_told_to_wait(told: &Told, path: &str) {
    assert_eq!(told.status, 503, "{path}: {told:?}");
    told.problem("store-failed");
    assert!(told.header("retry-after").is_some(), "{path}: {told:?}");
    let text = told.text.to_lowercase();
    assert!(!text.contains("key"), "{path}: {told:?}");
}

/// A server whose database has no room takes no requests, until there is some.
fn is_ready_once_there_is_room(database: &server::Server, server: &Server) {
    let full = "CREATE FUNCTION served.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; \
         END $$; \
         CREATE TRIGGER full_one AFTER INSERT ON served.journal \
             FOR EACH ROW EXECUTE FUNCTION served.full(); \
         CREATE TRIGGER full_two AFTER INSERT ON served.plans \
             FOR EACH ROW EXECUTE FUNCTION served.full()";
    database.tell(full).unwrap();
    assert_eq!(server.get("/readyz").status, 200);
    assert_eq!(server.post("/v1/orders", cart("o3")).status, 503);
    for _ in 0..2 {
        let told = server.get("/readyz");
        assert_eq!(
            (told.status, &told.json()["status"]),
            (503, &json!("the store is full"))
        );
    }
    database
        .tell("DROP FUNCTION served.full() CASCADE")
        .unwrap();
    let told = server.get("/readyz");
    assert_eq!((told.status, &told.json()["status"]), (200, &json!("ok")));
}

#[test]
fn a_question_is_told_soon_that_the_database_is_gone() {
    let database = match server::Server::start(&[], |_| {}) {
        Ok(database) => database,
        Err(why) => return tell::skipped(&format!("a database that is gone: {why}")),
    };
    let port = database.port();
    let (_, name) = database.plain().rsplit_once("dbname=").unwrap();
    let store = format!("postgresql://flagstate@127.0.0.1:{port}/{name}?schema=served");
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
        command.env("PGPASSWORD", "it's s%cret");
        command
    };
    let mut serve = command();
    // What waits as long as changes may would not be answered within this.
    serve.args(["serve", "--listen", "127.0.0.1:0", "--timeout", "9"]);
    serve.args(["--store", &store]);
    let deployed = command()
        .args(["orders", "deploy", SHOP, "--tenant", "main", "--store"])
        .arg(&store)
        .output()
        .unwrap();
    assert!(deployed.status.success(), "{deployed:?}");
    let server = Server::begin(serve, tempfile::tempdir().unwrap());
    server.post("/v1/orders", cart("o1")).ok();
    database.crash();
    let paths = [
        "/v1/orders/o1",
        "/v1/orders/o1?at=2026-01-05T09:00:00Z",
        "/v1/orders",
        "/v1/orders/o1/journal",
        "/v1/workflows/shop",
        "/metrics",
    ];
    for path in paths {
        is_told_to_wait(&server.get(path), path);
    }
    // Also where a change waits for the database meanwhile.
    std::thread::scope(|scope| {
        let change = scope.spawn(|| {
            let path = "/v1/orders/o1/events";
            server.post_with(
                path,
                &[("idempotency-key", "k1")],
                event("check_out", "customer"),
            )
        });
        let other = scope.spawn(|| server.post("/v1/orders", cart("o2")));
        for path in paths {
            is_told_to_wait(&server.get(path), path);
        }
        let change = change.join().unwrap();
        assert_eq!(change.status, 503, "{change:?}");
        assert!(change.header("retry-after").is_some(), "{change:?}");
        let other = other.join().unwrap();
        assert_eq!(other.status, 503, "{other:?}");
        assert!(!other.text.contains("Idempotency-Key"), "{other:?}");
    });
    database.restart();
    let path = "/v1/orders/o1/events";
    let again = server.post_with(
        path,
        &[("idempotency-key", "k1")],
        event("check_out", "customer"),
    );
    assert_eq!(again.ok()["status"], json!("booked"));
    assert_eq!(server.get("/v1/orders/o1").ok()["version"], json!(2));
    is_ready_once_there_is_room(&database, &server);
    tell::tried(&format!(
        "{} questions, twice, of a database that is gone",
        paths.len()
    ));
}
