//! What is told where a server does not answer as one of orders does: what is wrong, what to do, and an exit code
//! that says that nothing was found out.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use super::super::access::{token, with_tokens};
use super::super::{SHOP, Server, cart, event, self_signed, shop};
use super::{CLOCK, stores, told};

/// Reads a request to its end, and answers it.
fn answer(stream: &mut (impl Read + Write), text: &str) -> String {
    let mut head = String::new();
    let mut length = 0;
    let mut reader = BufReader::new(&mut *stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(told) = lower.strip_prefix("content-length:") {
            length = told.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    drop(reader);
    // Whoever does not believe the certificate is gone.
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
    head + &String::from_utf8(body).unwrap()
}

/// A server that gives these answers, one for each connection; what it was asked.
fn fake(answers: &[&str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<String> = answers.iter().map(|&text| text.to_owned()).collect();
    let asked = std::thread::spawn(move || {
        let answers = answers.iter();
        let asked = answers.map(|text| answer(&mut listener.accept().unwrap().0, text));
        asked.collect()
    });
    (url, asked)
}

/// An answer with a body.
fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn problem(status: u16, kind: &str, headers: &str) -> String {
    let body = format!(
        "{{\"type\":\"/problems/{kind}\",\"title\":\"t\",\"status\":{status},\"detail\":\"what went wrong\"}}"
    );
    let headers = format!("content-type: application/problem+json\r\n{headers}");
    http(&format!("{status} Told"), &headers, &body)
}

const GET: &[&str] = &["get", "o1"];
const FORCE: &[&str] = &["override", "o1", "--state", "x", "--reason", "y"];

/// Asked once, answered so, with these parts of what is told.
fn tells(arguments: &[&str], text: &str, parts: &[&str]) {
    let (url, asked) = fake(&[text]);
    let (out, err, code) = told(&url, Some("fst_secret"), arguments);
    let asked = asked.join().unwrap();
    assert_eq!((out.as_str(), code), ("", Some(2)), "{text}\n{err}");
    for part in parts {
        assert!(err.contains(part), "{part}\n{err}");
    }
    assert!(
        err.contains("help: ") && !err.contains("fst_secret"),
        "{err}"
    );
    assert!(asked[0].contains("Bearer fst_secret"), "{asked:?}");
}

#[test]
fn an_answer_of_something_else_is_told_apart() {
    let page = "<html><body>Welcome</body></html>";
    let media = "content-type: text/html\r\n";
    for status in ["200 OK", "404 Not Found", "500 Internal Server Error"] {
        let number = status.split(' ').next().unwrap();
        let answers = format!("no server of orders: it answers {number} without JSON");
        let text = http(status, media, page);
        tells(
            GET,
            &text,
            &[&answers, "is it the address of `flagstate serve`?"],
        );
    }
    let other = "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404}";
    let text = http("404 Not Found", "", other);
    tells(GET, &text, &["no server of orders: its problem is none"]);
    tells(
        GET,
        &http("200 OK", "", "{}"),
        &["no server of orders: missing field"],
    );
    tells(FORCE, &http("200 OK", "", "[1]"), &["no server of orders"]);
    tells(GET, &http("200 OK", "", ""), &["without JSON"]);
    let unknown = problem(404, "not-found", "");
    tells(GET, &unknown, &["what went wrong", "of another version"]);
}

#[test]
fn what_stands_before_a_server_is_told_apart() {
    for status in [
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        let number = status.split(' ').next().unwrap();
        let answers = format!("stands before the server: it answers {number}");
        let text = http(status, "retry-after: 7\r\n", "<h1>");
        tells(
            FORCE,
            &text,
            &[
                &answers,
                "ask again in 7 seconds; an order is not moved twice by an event with the same `--id`",
            ],
        );
        tells(GET, &http(status, "", ""), &[&answers, "ask again later"]);
    }
}

#[test]
fn who_asks_too_much_is_told_when_to_ask_again() {
    for (after, when) in [
        ("", "ask again later;"),
        ("retry-after: 1\r\n", "ask again in a second;"),
        ("retry-after: 120\r\n", "ask again in 120 seconds;"),
        (
            "retry-after: Mon, 05 Jan 2026 09:00:00 GMT\r\n",
            "ask again now;",
        ),
        ("retry-after: soon\r\n", "ask again later;"),
    ] {
        let text = problem(429, "too-many-requests", after);
        tells(FORCE, &text, &["what went wrong", when]);
        let text = problem(503, "store-failed", after);
        tells(GET, &text, &["what went wrong", when]);
    }
    let text = problem(500, "store-unreadable", "");
    tells(
        GET,
        &text,
        &["what went wrong", "`flagstate orders verify`"],
    );
}

#[test]
fn a_migration_waits_until_it_may_go_on() {
    let portion = |next: &str| {
        let body = format!(
            "{{\"moved\":[{{\"from\":\"a\",\"to\":\"b\",\"orders\":2}}],\"refused\":{{}},\"before\":[],\"after\":[]{next}}}"
        );
        http("200 OK", "", &body)
    };
    let (first, last) = (portion(",\"next\":\"abc/o2\""), portion(""));
    let wait = problem(429, "too-many-requests", "retry-after: 0\r\n");
    let (url, asked) = fake(&[&first, &wait, &last]);
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    std::fs::write(&plan, "a plan").unwrap();
    let (out, err, code) = told(&url, None, &["migrate", plan.to_str().unwrap()]);
    assert!(out.ends_with("4 came over, 0 refused\n"), "{out}{err}");
    assert_eq!(code, Some(0));
    let asked = asked.join().unwrap();
    assert!(asked[0].contains("\"after\":null"), "{asked:?}");
    assert_eq!(asked[1], asked[2]);
    assert!(asked[1].contains("\"after\":\"abc/o2\""), "{asked:?}");
}

#[test]
fn nobody_is_followed_elsewhere() {
    let elsewhere = http(
        "301 Moved Permanently",
        "location: https://other.example/v1\r\n",
        "",
    );
    tells(
        GET,
        &elsewhere,
        &[
            "it answers 301 and names `https://other.example/v1`",
            "name that address",
        ],
    );
    let text = http("302 Found", "", "<a>");
    tells(FORCE, &text, &["it answers 302 and names no address"]);
}

#[test]
fn a_connection_that_closes_leaves_open_what_was_done() {
    for cut in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let open = "not known whether this was carried out";
        tells(FORCE, cut, &["the server did not answer", open]);
        tells(GET, cut, &["the server did not answer", "ask again later"]);
    }
}

#[test]
fn what_a_server_finds_in_a_workflow_is_told() {
    let finding = |line: u32, message: &str| {
        format!(
            "{{\"message\":\"{message}\",\"path\":\"shop.yaml\",\"start\":{{\"line\":{line},\"column\":1}}}}"
        )
    };
    let found = [finding(3, "there is no `a`"), finding(4, "nor `b`")].join(",");
    let body = format!(
        "{{\"type\":\"/problems/workflow-invalid\",\"title\":\"t\",\"status\":422,\"detail\":\"it has 2 errors\",\"report\":{{\"findings\":[{found}]}}}}"
    );
    let none = problem(404, "unknown-workflow", "");
    let (url, asked) = fake(&[&none, &http("422 Unprocessable Content", "", &body)]);
    let (out, err, code) = told(&url, None, &["deploy", SHOP]);
    assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
    let lines =
        "error: it has 2 errors\nhelp: shop.yaml:3: there is no `a`\nhelp: shop.yaml:4: nor `b`\n";
    assert_eq!(err, lines);
    let asked = asked.join().unwrap();
    assert!(asked[0].starts_with("GET /v1/workflows/shop "), "{asked:?}");
    assert!(asked[1].starts_with("POST /v1/deployments "), "{asked:?}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_believed() {
    let (config, _) = self_signed();
    let listener = TcpListener::bind("localhost:0").unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let asked = std::thread::spawn(move || {
        let connection = rustls::ServerConnection::new(config).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, listener.accept().unwrap().0);
        answer(&mut stream, "")
    });
    let (out, err, code) = told(&url, Some("fst_secret"), FORCE);
    assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
    assert!(
        err.contains("the server's certificate is not believed"),
        "{err}"
    );
    assert!(err.contains("SSL_CERT_FILE"), "{err}");
    // Nothing was said to it.
    assert_eq!(asked.join().unwrap(), "");
}

#[test]
fn an_id_that_no_header_takes_is_told_of_the_option() {
    let server = Server::start(&[]);
    server.post("/v1/deployments", shop()).ok();
    server.post("/v1/orders", cart("o1")).ok();
    for id in ["ø1", "a\"b", "click 17", "\"click\""] {
        let fire = ["fire", "o1", "check_out", "--actor", "customer", "--id", id];
        let (_, err, code) = told(server.url(), None, &fire);
        assert_eq!(code, Some(2), "{err}");
        assert!(
            err.contains("visible ASCII") && err.contains("`--id`"),
            "{err}"
        );
    }
    assert_eq!(server.get("/v1/orders/o1").json()["version"], 1);
}

#[test]
fn an_address_that_cannot_be_asked_is_told_of_the_option() {
    for (address, part) in [
        (
            "http://orders.example",
            "`http://` is read by others on the way",
        ),
        ("https://", "it cannot be read"),
        ("https://a b", "it cannot be read"),
        (
            "https://orders.example/v1",
            "it has more than a host and a port",
        ),
        (
            "https://joe:secret@orders.example",
            "it has more than a host and a port",
        ),
    ] {
        let (_, err, code) = told(address, None, GET);
        assert!(code == Some(2) && err.contains(part), "{address}: {err}");
        assert!(
            err.contains("name it as `--store https://HOST[:PORT]`"),
            "{err}"
        );
        assert!(!err.contains("url") && !err.contains("secret"), "{err}");
    }
    let (_, err, code) = told("https://orders.invalid", None, GET);
    assert!(
        code == Some(2) && err.contains("cannot be reached"),
        "{err}"
    );
    let (_, err, code) = told("http://localhost:1", Some("tok\u{e9}n"), GET);
    assert!(code == Some(2) && err.contains("--new-token"), "{err}");
}

/// Both a store and a server, in which the same was done.
#[test]
fn what_became_of_an_order_is_told_as_of_a_store() {
    const PERSON: &str = "tests/cases/runtime/person.yaml";
    let server = Server::start(&[]);
    let (_folder, store) = stores(PERSON, &[]);
    let both = |arguments: &[&str]| {
        let here = told(&store, None, arguments);
        assert_eq!(here, told(server.url(), None, arguments), "{arguments:?}");
        here
    };
    assert_eq!(both(&["deploy", PERSON]).2, Some(0));
    let long = ["deploy", SHOP, "--set", "cart_lifetime=36500d"];
    assert_eq!(both(&long).2, Some(0));
    // Erased: an id that was used before is not carried out again.
    let at = ["--at", CLOCK];
    let joe = [
        "create",
        "p1",
        "--workflow",
        "person",
        "--actor",
        "customer",
    ];
    both(&[&joe[..], &at].concat());
    let learn = ["fire", "p1", "learn", "--actor", "customer", "--id", "k"];
    let learn = [
        &learn[..],
        &["--payload", "{ phone: '+47', safe: true }"],
        &at,
    ]
    .concat();
    assert_eq!(both(&learn).2, Some(0));
    let erase = ["erase", "p1", "--reason", "r", "--actor", "clerk"];
    assert_eq!(both(&erase).2, Some(0));
    let (out, _, code) = both(&learn);
    assert!(
        code == Some(1) && out.contains("the answer went with"),
        "{out}"
    );
    // Stuck: what is stored of it is none.
    let cart = ["create", "s1", "--workflow", "shop", "--actor", "customer"];
    both(&[&cart[..], &at].concat());
    for path in [
        store.strip_prefix("sqlite:").unwrap().as_ref(),
        &*server.store(),
    ] {
        let rows = rusqlite::Connection::open(path).unwrap();
        let basket =
            "update orders set body = replace(body, '\"in_cart\"', '\"basket\"') where id = 's1'";
        assert_eq!(rows.execute(basket, []).unwrap(), 1);
    }
    let force = ["override", "s1", "--state", "booked", "--reason", "r"];
    let (out, _, code) = both(&[&force[..], &at].concat());
    assert!(
        code == Some(1) && out.contains("`s1` cannot go on"),
        "{out}"
    );
    let (_, err, code) = told(server.url(), None, &["get", "s1"]);
    assert!(code == Some(2) && err.contains("basket"), "{err}");
    assert!(err.contains("`flagstate orders verify`"), "{err}");
}

#[test]
fn an_order_that_is_behind_is_told_of() {
    let receipt = "{\"version\":10001,\"status\":\"one\",\"done\":false,\"flags\":{},\"next_due\":\"2026-01-05T09:00:00Z\"}";
    let body = format!(
        "{{\"type\":\"/problems/order-behind\",\"title\":\"t\",\"status\":503,\"detail\":\"d\",\"order\":{receipt}}}"
    );
    let (url, asked) = fake(&[&http(
        "503 Service Unavailable",
        "retry-after: 1\r\n",
        &body,
    )]);
    let (out, _, code) = told(&url, None, FORCE);
    asked.join().unwrap();
    assert!(
        code == Some(1) && out.contains("ask again, or run"),
        "{out}"
    );
    assert!(
        out.contains("`o1` is in `one` (version 10001 of the order)"),
        "{out}"
    );
}

#[test]
fn a_token_that_is_missing_or_wrong_is_told_of_for_every_command() {
    let (_, entry) = token("acme", "metrics");
    let server = with_tokens(&[&entry], &[]);
    let plan = tempfile::NamedTempFile::new().unwrap();
    let plan = plan.path().to_str().unwrap();
    let commands: &[&[&str]] = &[
        GET,
        FORCE,
        &["why", "o1", "pay", "--actor", "clerk"],
        &["create", "o1", "--workflow", "shop"],
        &["fire", "o1", "pay"],
        &["available", "o1", "--actor", "clerk"],
        &["journal", "o1"],
        &["query"],
        &["deploy", SHOP],
        &["migrate", plan],
        &["erase", "o1", "--reason", "r"],
        &["erase", "--ended-before", "now", "--reason", "r"],
        &["effects", "claim"],
        &["effects", "dead"],
        &["effects", "revive", "main/o1/2.0"],
    ];
    for arguments in commands {
        for wrong in [None, Some("fst_none")] {
            let (out, err, code) = told(server.url(), wrong, arguments);
            assert_eq!((out.as_str(), code), ("", Some(2)), "{arguments:?}: {err}");
            assert!(
                err.contains("set `FLAGSTATE_TOKEN`"),
                "{arguments:?}: {err}"
            );
        }
    }
    let told = server.post("/v1/migrations", event("pay", "clerk"));
    told.problem("unauthenticated");
}
