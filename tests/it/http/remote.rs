//! `flagstate orders` against a server: what it tells and how it ends, beside the same upon a store.

mod deployed;
mod operate;
mod why;
mod wrong;

use std::io::{Read as _, Write as _};
use std::process::Command;

use super::access::{token, with_tokens};
use super::{SHOP, Server, shop};

const CLOCK: &str = "2026-01-05T09:00:00Z";

/// What a command wrote and how it ended, without hashes.
fn told(store: &str, token: Option<&str>, arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
    command.arg("orders").args(arguments);
    command
        .env_remove("FLAGSTATE_TENANT")
        .env_remove("FLAGSTATE_TOKEN");
    command
        // Nobody on the way is told of the token.
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("http_proxy", "http://127.0.0.1:1")
        .env("NO_PROXY", "localhost")
        .env("FLAGSTATE_STORE", store);
    if let Some(token) = token {
        command.env("FLAGSTATE_TOKEN", token);
    }
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        text(output.stdout),
        text(output.stderr),
        output.status.code(),
    )
}

/// A new store in a folder, with a workflow deployed.
fn stores(file: &str, more: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("orders.db").display());
    let (out, err, code) = told(&store, None, &[&["deploy", file], more].concat());
    assert_eq!(code, Some(0), "{out}{err}");
    (folder, store)
}

/// The commands that must tell the same.
const SAME: &[&[&str]] = &[
    &[
        "create",
        "o1",
        "--workflow",
        "shop",
        "--actor",
        "customer:joe",
        "--context",
        "{ paid: 12.50 }",
        "--id",
        "c1",
    ],
    &[
        "create",
        "o1",
        "--workflow",
        "shop",
        "--actor",
        "customer:joe",
        "--context",
        "{ paid: 12.50 }",
        "--id",
        "c1",
    ],
    &["create", "o1", "--workflow", "shop"],
    &["create", "o2", "--workflow", "shpo"],
    &[
        "create",
        "o2",
        "--workflow",
        "shop",
        "--context",
        "{ piad: 1 }",
    ],
    &["create", "ø2", "--workflow", "shop", "--actor", "customer"],
    &["fire", "o1", "check_out", "--actor", "clerk"],
    &[
        "fire",
        "o1",
        "check_out",
        "--actor",
        "customer",
        "--id",
        "k1",
    ],
    &[
        "fire",
        "o1",
        "check_out",
        "--actor",
        "customer",
        "--id",
        "k1",
    ],
    &["fire", "o1", "cancel", "--actor", "customer", "--id", "k1"],
    &["fire", "o9", "check_out"],
    &[
        "fire",
        "o1",
        "pay",
        "--actor",
        "clerk",
        "--payload",
        "{ amount: 20.50 }",
        "--expect",
        "9",
    ],
    &[
        "fire",
        "o1",
        "pay",
        "--actor",
        "clerk",
        "--payload",
        "{ amuont: 1 }",
    ],
    &[
        "fire",
        "o1",
        "pay",
        "--actor",
        "clerk",
        "--payload",
        "{ amount: 20.50 }",
        "--format",
        "json",
    ],
    &["change", "o1", "{ paid: 12.75 }", "--actor", "clerk:ann"],
    &["change", "o1", "{ paid: null }", "--id", "d1"],
    &["change", "o1", "{ paid: null }", "--id", "d1"],
    &["change", "o1", "{ piad: 1 }"],
    &["change", "o1", "{ paid: much }", "--format", "json"],
    &["change", "o1", "{ paid: 9 }", "--expect", "1"],
    &["change", "o1", "paid: 9"],
    &["change", "o9", "{ paid: 9 }"],
    &[
        "fire", "o1", "close", "--actor", "clerk", "--format", "json",
    ],
    &[
        "override",
        "o1",
        "--state",
        "closed",
        "--reason",
        "by hand",
        "--actor",
        "clerk:ann",
        "--id",
        "v1",
    ],
    &["override", "o1", "--state", "clsd", "--reason", "by hand"],
    &["get", "o1"],
    &["get", "o1", "--format", "json"],
    &["get", "ø2"],
    &["get", "o9"],
    &["available", "o1", "--actor", "clerk"],
    &["available", "ø2", "--actor", "customer"],
    &["available", "ø2", "--actor", "customer", "--format", "json"],
    &["available", "o1", "--actor", "clrk"],
    &["available", "o9", "--actor", "clerk"],
    &["why", "o1", "pay", "--actor", "clerk", "--format", "json"],
    &["why", "ø2", "cancel", "--actor", "clerk"],
    &["why", "o9", "pay", "--actor", "clerk"],
    &["journal", "o1"],
    &["journal", "o1", "--format", "json", "--limit", "2"],
    &["journal", "o1", "--after", "99"],
    &["journal", "o9"],
    &["query"],
    &["query", "--limit", "1", "--format", "json"],
    &["query", "--flag", "reserved=true"],
    &["query", "--state", "bkd"],
];

#[test]
fn a_server_tells_the_command_line_what_a_store_does() {
    // Orders from long ago whose carts have not expired by now.
    let server = Server::start(&[]);
    let mut deployment = shop();
    deployment["settings"] = serde_json::json!({ "cart_lifetime": "36500d" });
    server.post("/v1/deployments", deployment).ok();
    let (_folder, store) = stores(SHOP, &["--set", "cart_lifetime=36500d"]);
    let mut wrong = Vec::new();
    for arguments in SAME {
        // Steps happen at the same time in both, whichever is asked first.
        let mut arguments = arguments.to_vec();
        if ["create", "fire", "change", "override"].contains(&arguments[0]) {
            arguments.extend(["--at", CLOCK]);
        }
        let (here, there) = (
            told(&store, None, &arguments),
            told(server.url(), None, &arguments),
        );
        let plain = |(out, err, code): (String, String, Option<i32>)| (timeless(&out), err, code);
        let (here, there) = (plain(here), plain(there));
        if here != there {
            wrong.push(format!("{arguments:?}\n{here:#?}\n{there:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// A text without the ids of deployments, which name the file as it was given.
fn timeless(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| match line.contains("\"deployment\": \"") {
            true => "\"deployment\"",
            false => line,
        });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut parts = text.split("\"deployment\":\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "\"deployment\":\"" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit())
    })
}

#[test]
fn a_server_says_what_is_wrong_with_a_token() {
    let (reader, entry) = token("acme", "read");
    let server = with_tokens(&[&entry], &[]);
    let ask = |token: Option<&str>, arguments: &[&str]| told(server.url(), token, arguments);
    for wrong in [None, Some("fst_none")] {
        let (out, err, code) = ask(wrong, &["get", "o1"]);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{err}");
        assert!(
            err.contains("set `FLAGSTATE_TOKEN`") && !err.contains("fst_none"),
            "{err}"
        );
    }
    let (_, err, code) = ask(Some(&reader), &["fire", "o1", "pay", "--id", "x"]);
    assert_eq!(code, Some(1), "{err}");
    let (_, err, code) = ask(
        Some(&reader),
        &["override", "o1", "--state", "x", "--reason", "y"],
    );
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("has no scope `override`") && !err.contains(&reader),
        "{err}"
    );
    for tenant in ["other", "main"] {
        let (_, err, code) = ask(Some(&reader), &["get", "o1", "--tenant", tenant]);
        assert_eq!(code, Some(2), "{err}");
    }
    // Whose the token is, only the server knows.
    let (out, err, code) = ask(Some(&reader), &["get", "o1"]);
    assert_eq!(
        (out.as_str(), code),
        ("error: there is no order `o1`\n", Some(1)),
        "{err}"
    );
    let (out, ..) = ask(Some(&reader), &["get", "o1", "--tenant", "acme"]);
    assert_eq!(out, "error: `acme` has no order `o1`\n");
    let (out, err, code) = ask(Some(&reader), &["query", "--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("\"orders\": []"), "{out}");
}

#[test]
fn what_is_no_server_of_orders_is_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let page = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\n<ok>";
        stream.write_all(page.as_bytes()).unwrap();
    });
    let (_, err, code) = told(&url, None, &["get", "o1"]);
    answering.join().unwrap();
    assert!(
        code == Some(2) && err.contains("it answers 200 without JSON"),
        "{err}"
    );
    // The listener is gone: nobody answers there any longer.
    let (_, err, code) = told(&url, None, &["get", "o1"]);
    assert!(
        code == Some(2) && err.contains("the server cannot be reached"),
        "{err}"
    );
    let (_, err, code) = told("http://orders.example", None, &["get", "o1"]);
    assert!(
        code == Some(2) && err.contains("is read by others on the way"),
        "{err}"
    );
    for offered_by_stores in [&["verify"][..], &["tick"], &["get", "o1", "--at", CLOCK]] {
        let (_, err, code) = told("https://orders.example", None, offered_by_stores);
        assert!(
            code == Some(2) && err.contains("a server is not asked for this"),
            "{err}"
        );
    }
}
