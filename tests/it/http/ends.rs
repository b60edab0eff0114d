//! How a server ends: told to, killed, and by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flagstate::http::{Options, Retention, Webhooks, serve};
use flagstate::runtime::{Engine, Memory, OrderKey, Sqlite, journal};
use flagstate::server::{LogForm, log_to_stderr};
use serde_json::{Value as Json, json};

use super::{Server, cart, event};
use crate::runtime::simulation::{Disk, Faulty};
use crate::tell;

/// Tells a child that it is to serve.
const TASK: &str = "FLAGSTATE_SERVES";

#[test]
fn what_is_under_way_is_answered_before_the_end() {
    let mut server = Server::with_shop(&["--log", "json"]);
    server.post("/v1/orders", cart("o1")).ok();
    let body = event("check_out", "customer").to_string();
    let mut slow = TcpStream::connect(server.address()).unwrap();
    let head = format!(
        "POST /v1/orders/o1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).unwrap();
    // It is under way once the server asks for the body.
    let asks = "HTTP/1.1 100 Continue\r\n\r\n";
    let mut asked = vec![0; asks.len()];
    slow.read_exact(&mut asked).unwrap();
    assert_eq!(asked, asks.as_bytes());
    server.terminate();
    // Nobody else is let in.
    while TcpStream::connect(server.address()).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    slow.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\"status\":\"booked\""), "{answer}");
    assert_eq!(server.ended(), Some(0), "{}", server.log());
    let mut engine = Engine::new(Sqlite::open(server.store()).unwrap());
    let view = engine.get(&OrderKey::new("main", "o1")).unwrap().unwrap();
    assert_eq!(view.status, "booked");
    // Each line of the log is an object, with the request's id in it.
    let log = server.log();
    let lines: Vec<Json> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<&Json> = lines
        .iter()
        .filter(|line| line["message"] == "answered")
        .collect();
    assert_eq!(answered.len(), 3, "{log}");
    let last = answered[2];
    assert_eq!(
        (&last["status"], &last["route"]),
        (&json!(200), &json!("/v1/orders/{order}/events"))
    );
    assert!(answer.contains(last["request"].as_str().unwrap()));
}

/// A connection that sent something.
fn begun(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

#[test]
fn whoever_has_not_asked_yet_is_not_waited_for() {
    let mut server = Server::with_shop(&["--drain", "9"]);
    let whole = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let half = "GET /healthz HTTP/1.1\r\nHost: loc";
    let mut open = ["", half, whole].map(|text| begun(&server, text));
    let second = open.last_mut().unwrap();
    let mut answer = [0; 1_024];
    let read = second.read(&mut answer).unwrap();
    assert!(answer[..read].ends_with(b"{\"status\":\"ok\"}"));
    second.write_all(half.as_bytes()).unwrap();
    // Whatever was sent before is read by then.
    server.get("/healthz").ok();
    server.terminate();
    for mut stream in open {
        // Closed, or cut off where something was not read.
        let end = stream.read(&mut answer);
        assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    }
    assert_eq!(server.ended(), Some(0), "{}", server.log());
    let log = server.log();
    assert!(!log.contains("were not answered in time"), "{log}");
}

/// Ids with the versions that they were told.
type Acknowledged = Mutex<BTreeMap<String, u64>>;

/// Pays orders from several threads until the server is gone; what was sent, by id.
fn pay(
    server: &Server,
    round: usize,
    acknowledged: &Acknowledged,
    count: &AtomicUsize,
) -> BTreeMap<String, String> {
    let sent = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sent = &sent;
            scope.spawn(move || {
                for number in 0.. {
                    let id = format!("{round}.{thread}.{number}");
                    let order = format!("o{}", (number + thread) % 6);
                    sent.lock().unwrap().insert(id.clone(), order.clone());
                    let Some(told) = send(server, &order, &id) else {
                        return;
                    };
                    acknowledged.lock().unwrap().insert(id, told);
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    sent.into_inner().unwrap()
}

/// Pays one order once; the version that it has then, where there is an answer.
fn send(server: &Server, order: &str, id: &str) -> Option<u64> {
    let path = format!("/v1/orders/{order}/events");
    let body = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 1 } });
    let headers = [("idempotency-key", id)];
    let told = server.try_ask("POST", &path, &headers, Some(&body.to_string()));
    let told = told.ok()?;
    assert_eq!(told.status, 200, "{told:?}");
    Some(told.json()["version"].as_u64().unwrap())
}

#[test]
fn what_was_acknowledged_outlives_kills_under_load() {
    let mut server = Server::with_shop(&["--rate-limit", "1000000"]);
    for number in 0..6 {
        server.post("/v1/orders", cart(&format!("o{number}"))).ok();
        let path = format!("/v1/orders/o{number}/events");
        server.post(&path, event("check_out", "customer")).ok();
    }
    let acknowledged = Acknowledged::default();
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    let (mut open, mut kept) = (0, 0);
    let rounds = 10;
    for round in 0..rounds {
        let count = AtomicUsize::new(0);
        let id = server.child.id().to_string();
        let tried = std::thread::scope(|scope| {
            scope.spawn(|| {
                while count.load(Ordering::SeqCst) < 20 + round * 7 {
                    std::thread::yield_now();
                }
                let killed = Command::new("kill").args(["-KILL", &id]).status().unwrap();
                assert!(killed.success());
            });
            pay(&server, round, &acknowledged, &count)
        });
        let folder = server.kill();
        server = Server::on(folder, &["--rate-limit", "1000000"]);
        let known: BTreeSet<String> = acknowledged.lock().unwrap().keys().cloned().collect();
        for (id, order) in tried.iter().filter(|(id, _)| !known.contains(*id)) {
            // Whoever was not answered asks again.
            open += 1;
            let before = server.get(&format!("/v1/orders/{order}")).ok()["version"].as_u64();
            let told = send(&server, order, id);
            kept += usize::from(told <= before);
        }
        sent.extend(tried);
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    let folder = server.kill();
    let mut engine = Engine::new(Sqlite::open(super::store_in(folder.path())).unwrap());
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for number in 0..6 {
        let key = OrderKey::new("main", format!("o{number}"));
        engine.verify(&key).unwrap().unwrap().unwrap();
        for row in engine.journal(&key, 0, 1_000_000).unwrap() {
            let record: journal::Record = serde_json::from_str(&row.body).unwrap();
            if let Some(id) = record.event_id {
                found.entry(id).or_default().push(row.sequence);
            }
        }
    }
    for (id, version) in &acknowledged {
        assert_eq!(found.get(id), Some(&vec![*version]), "{id}");
    }
    for id in sent.keys() {
        assert_eq!(found.get(id).map(Vec::len), Some(1), "{id}");
    }
    assert!(open > 0);
    tell::tried(&format!(
        "{rounds} kills of a server under load: {} events acknowledged and found, {open} under way ({kept} written)",
        acknowledged.len()
    ));
}

/// Runs in a process of its own until its store fails.
#[test]
#[ignore = "another test of this file starts it in a process of its own"]
fn a_child_serves_until_its_store_fails() {
    let Ok(seed) = std::env::var(TASK) else {
        return;
    };
    let mut disk = Disk::failing(Memory::default(), 3, seed.parse().unwrap());
    disk.heal();
    disk.closes = true;
    let disk = Arc::new(Mutex::new(disk));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    writeln!(std::io::stdout(), "\nlistening on http://{address}").unwrap();
    log_to_stderr(LogForm::Text);
    let options = Options {
        tokens: None,
        rate: 1_000_000,
        body: 1 << 20,
        timeout: Duration::from_secs(30),
        drain: Duration::from_secs(5),
        connections: 64,
        webhooks: Webhooks::default(),
        retention: Retention::default(),
    };
    let store = Faulty(Arc::clone(&disk));
    std::thread::spawn(move || {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        disk.lock().unwrap().fail(3);
    });
    let error = serve(listener, Box::new(store), options).unwrap_err();
    writeln!(std::io::stderr(), "ended: {error}").unwrap();
    std::process::exit(1);
}

#[test]
fn a_store_that_cannot_be_relied_on_ends_the_server() {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for seed in 0..6 {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "--ignored", "--nocapture", "--test-threads=1"]);
        command.arg("http::ends::a_child_serves_until_its_store_fails");
        command.env(TASK, seed.to_string());
        command.stdin(std::process::Stdio::piped());
        let mut server = Server::begin(command, tempfile::tempdir().unwrap());
        server.post("/v1/deployments", super::shop()).ok();
        server.post("/v1/orders", cart("o1")).ok();
        server
            .post("/v1/orders/o1/events", event("check_out", "customer"))
            .ok();
        let mut input = server.child.stdin.take().unwrap();
        input.write_all(b"fail\n").unwrap();
        let pay =
            json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 1 } }).to_string();
        // Each request fails from then on, or finds nobody, until the server is gone.
        while let Ok(answer) = server.try_ask("POST", "/v1/orders/o1/events", &[], Some(&pay)) {
            if answer.status == 200 {
                continue;
            }
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(answer.header("retry-after").is_some());
            let kind = answer.json()["type"].as_str().unwrap().to_owned();
            let is_last = kind == "/problems/outcome-unknown";
            told.insert(kind);
            if is_last && let Ok(ready) = server.try_ask("GET", "/readyz", &[], None) {
                assert_eq!(ready.status, 503, "{ready:?}");
            }
        }
        assert_eq!(server.ended(), Some(1), "{}", server.log());
        assert!(
            server.log().contains("ended: the engine has stopped"),
            "{}",
            server.log()
        );
    }
    let expected = ["/problems/outcome-unknown", "/problems/store-failed"];
    assert_eq!(told, expected.map(str::to_owned).into());
}
