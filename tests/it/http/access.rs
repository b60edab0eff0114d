//! Who may ask for what.

use std::net::SocketAddr;
use std::process::{Command, Output};

use serde_json::json;

use super::{Server, Told, cart, event, seed, shop};

/// Runs the program to its end.
fn flagstate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
    command.args(arguments).output().unwrap()
}

/// A new token, and its lines for the file.
pub(super) fn token(tenant: &str, scopes: &str) -> (String, String) {
    let output = flagstate(&[
        "serve",
        "--new-token",
        tenant,
        "--scopes",
        scopes,
        "--quiet",
    ]);
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let (token, entry) = printed.split_once('\n').unwrap();
    assert!(token.starts_with("fst_") && token.len() == 68, "{token}");
    assert!(!entry.contains(token.trim_start_matches("fst_")));
    (token.to_owned(), entry.to_owned())
}

/// The value of the header of a token.
pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A server with these tokens.
pub(super) fn with_tokens(entries: &[&str], more: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.toml");
    std::fs::write(&path, entries.join("\n")).unwrap();
    let mut arguments = vec!["--tokens", path.to_str().unwrap()];
    arguments.extend(more);
    Server::on(folder, &arguments)
}

/// One request of each scope, with what it is answered where the token has it.
fn tried(server: &Server, token: &str) -> [(&'static str, Told); 11] {
    let token = bearer(token);
    let headers = [("authorization", token.as_str())];
    let get = |path: &str| server.ask("GET", path, &headers, None);
    let post = |path: &str, body| server.post_with(path, &headers, body);
    let force = json!({
        "reason": "a test",
        "actor": "clerk",
        "action": { "force_state": { "to": "booked" } },
    });
    let change = json!({ "actor": "clerk", "changes": { "paid": "1.00" } });
    let migration = json!({ "plan": "", "actor": "clerk" });
    let erasure = json!({ "reason": "a test", "actor": "clerk" });
    let mut dry = shop();
    dry["dry_run"] = true.into();
    [
        ("deploy", post("/v1/deployments", dry)),
        ("deploy", post("/v1/deployments", shop())),
        ("read", get("/v1/deployments")),
        (
            "write",
            post("/v1/orders/o1/events", event("check_out", "customer")),
        ),
        ("change", post("/v1/orders/o1/changes", change)),
        ("override", post("/v1/orders/o1/overrides", force)),
        ("read", get("/v1/orders/o1")),
        ("effects", post("/v1/effects/claim", json!({}))),
        ("erase", post("/v1/orders/o1/erasures", erasure)),
        ("migrate", post("/v1/migrations", migration)),
        ("metrics", get("/metrics")),
    ]
}

#[test]
fn a_token_may_do_what_its_scopes_say_and_no_more() {
    let all = "read,write,change,override,erase,effects,deploy,migrate,metrics";
    let (master, entry) = token("acme", all);
    let single: Vec<(String, String)> = all.split(',').map(|scope| token("acme", scope)).collect();
    let mut entries: Vec<&str> = single.iter().map(|(_, entry)| entry.as_str()).collect();
    entries.push(&entry);
    let server = with_tokens(&entries, &[]);
    let bearer = bearer(&master);
    seed(&server, &[("authorization", &bearer)]);
    for (scope, (token, _)) in all.split(',').zip(&single) {
        for (needed, told) in tried(&server, token) {
            if needed == scope {
                // Whether the workflow takes it is another question.
                assert!(
                    told.status != 401 && told.status != 403,
                    "{scope}: {told:?}"
                );
                continue;
            }
            let problem = told.problem("forbidden");
            assert_eq!(problem["scope"], needed);
            let challenge = told.header("www-authenticate").unwrap();
            assert!(
                challenge.contains(&format!("scope=\"{needed}\"")),
                "{challenge}"
            );
        }
    }
    // Nobody, and somebody made up.
    for path in ["/v1/orders/o1", "/metrics"] {
        let told = server.get(path);
        assert!(told.header("www-authenticate").is_some());
        told.problem("unauthenticated");
        for made_up in ["Bearer fst_0", "Basic YTpi", "Bearer"] {
            let told = server.ask("GET", path, &[("authorization", made_up)], None);
            told.problem("unauthenticated");
        }
    }
    for path in ["/healthz", "/readyz", "/openapi.json", "/problems/refused"] {
        server.get(path).ok();
    }
    assert!(!server.log().contains(&master), "the log has a token in it");
}

#[test]
fn tenants_see_their_own_orders_alone() {
    let scopes = "read,write,effects,deploy,override";
    let ((acme, first), (other, second)) = (token("acme", scopes), token("other", scopes));
    let limited = token("acme", "read,write");
    let actors = format!("{}actors = [\"customer\"]\n", limited.1);
    let server = with_tokens(&[&first, &second, &actors], &[]);
    let (acme, other) = (bearer(&acme), bearer(&other));
    seed(&server, &[("authorization", &acme)]);
    let as_other = [("authorization", other.as_str())];
    server.post_with("/v1/deployments", &as_other, shop()).ok();
    let get = |path: &str| server.ask("GET", path, &as_other, None);
    for path in [
        "",
        "/journal",
        "/available?actor=clerk",
        "?at=2100-01-01T00:00:00Z",
    ] {
        get(&format!("/v1/orders/o1{path}")).problem("unknown-order");
    }
    assert_eq!(get("/v1/orders").ok()["orders"], json!([]));
    let deployments = get("/v1/deployments").ok()["deployments"].clone();
    assert_eq!(deployments.as_array().map(Vec::len), Some(1));
    let none = json!({ "under_way": 0, "ended": 0, "stuck": 0 });
    assert_eq!(deployments[0]["orders"], none);
    let mut dry = shop();
    let text = dry["files"][0]["text"].as_str().unwrap();
    let text = text.replace("workflow: shop\n", "workflow: shop\nversion: 2\n");
    dry["files"][0]["text"] = text.into();
    dry["dry_run"] = true.into();
    let told = server.post_with("/v1/deployments", &as_other, dry).ok();
    assert_eq!(told["left"], json!([]));
    let post = |path: &str, body| server.post_with(path, &as_other, body);
    post("/v1/orders/o1/events", event("pay", "clerk")).problem("unknown-order");
    assert_eq!(
        post("/v1/effects/claim", json!({})).ok()["effects"],
        json!([])
    );
    let settle = "/v1/orders/o1/effects/2.0/acknowledge";
    post(settle, json!({ "attempt": 1 })).problem("effect-settled");
    let climb = "/v1/orders/..%2Facme%2Fo1/effects/2.0/acknowledge";
    post(climb, json!({ "attempt": 1 })).problem("effect-settled");
    let headers = [
        ("authorization", other.as_str()),
        ("flagstate-tenant", "acme"),
    ];
    server
        .ask("GET", "/v1/orders/o1", &headers, None)
        .problem("forbidden");
    // The same id is another order.
    post("/v1/orders", cart("o1")).ok();
    assert_eq!(get("/v1/orders/o1").ok()["status"], "in_cart");
    let headers = [("authorization", acme.as_str())];
    let own = server.ask("GET", "/v1/orders/o1", &headers, None).ok();
    assert_eq!(own["status"], "booked");
    // A token may be bound to roles.
    let limited = bearer(&limited.0);
    let headers = [("authorization", limited.as_str())];
    let fire = |actor| server.post_with("/v1/orders/o4/events", &headers, event("cancel", actor));
    fire("clerk:ann").problem("forbidden");
    assert_eq!(fire("customer:joe").ok()["status"], "cancelled");
    let many = json!({ "events": [{ "order": "o5", "event": "cancel", "actor": "system" }] });
    let problem = server
        .post_with("/v1/events", &headers, many)
        .problem("forbidden");
    assert_eq!(problem["pointer"], "/events/0/actor");
}

#[test]
fn a_server_listens_where_a_name_leads() {
    let folder = tempfile::tempdir().unwrap();
    let store = format!("sqlite:{}", folder.path().join("orders.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
    command.args(["serve", "--listen", "localhost:0", "--store", &store]);
    let server = Server::begin(command, folder);
    let address: SocketAddr = server.address().parse().unwrap();
    assert!(
        address.ip().is_loopback() && address.port() > 0,
        "{address}"
    );
    server.get("/healthz").ok();
}

#[test]
fn without_tokens_only_this_machine_is_heard() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("orders.db").display());
        let output = flagstate(&["serve", "--store", &store, "--listen", address]);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("would let anybody move orders"), "{told}");
        assert!(!folder.path().join("orders.db").exists());
    }
    // Nor where a name means others, or nobody.
    for (address, problem) in [
        ("nowhere.invalid:0", "`nowhere.invalid` has no address"),
        ("8080", "write it as HOST:PORT"),
        (":8080", "write it as HOST:PORT"),
        ("localhost:99999", "write it as HOST:PORT"),
    ] {
        let output = flagstate(&["serve", "--store", "sqlite:none.db", "--listen", address]);
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(problem), "{told}");
    }
    let server = Server::with_shop(&[]);
    // A page in a browser says where it comes from, or has the server under another name.
    let page = [("origin", "https://example.com")];
    server
        .ask("GET", "/v1/orders", &page, None)
        .problem("forbidden");
    let name = [("host", "shop.example.com")];
    server
        .ask("GET", "/v1/orders", &name, None)
        .problem("forbidden");
    for host in ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8080"] {
        server
            .ask("GET", "/v1/orders", &[("host", host)], None)
            .ok();
    }
    // A form cannot say that it sends JSON without asking first.
    let form = [("content-type", "text/plain")];
    let told = server.ask("POST", "/v1/orders", &form, Some(&cart("o1").to_string()));
    told.problem("unsupported-media-type");
    // Tenants are told apart by a header.
    server.post("/v1/orders", cart("o1")).ok();
    let other = [("flagstate-tenant", "other")];
    server
        .ask("GET", "/v1/orders/o1", &other, None)
        .problem("unknown-order");
}

#[test]
fn files_of_tokens_are_checked() {
    let (_, good) = token("acme", "read");
    let twice = format!("{good}\n{good}");
    let cases = [
        ("", "there is no `[[token]]` in it"),
        (
            &good.replace("\"read\"", "\"reed\""),
            "unknown variant `reed`",
        ),
        (&good.replace("\"read\"", ""), "has no scopes"),
        (
            &good.replace("tenant = \"acme\"", "tenant = \"a/b\""),
            "has no tenant that may be",
        ),
        (
            &good.replace("sha256 = \"", "sha256 = \"g"),
            "has no SHA-256",
        ),
        (
            &good.replace("tenant", "tennant"),
            "unknown field `tennant`",
        ),
        (
            &good.replace("name = ", "name "),
            "TOML parse error at line 2",
        ),
        (&twice, "is that of"),
    ];
    for (text, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        std::fs::write(&path, text).unwrap();
        let store = format!("sqlite:{}", folder.path().join("orders.db").display());
        let tokens = path.to_str().unwrap();
        let output = flagstate(&["serve", "--store", &store, "--tokens", tokens]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let output = flagstate(&["serve", "--new-token", "acme", "--scopes", "read,rite"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn who_asks_too_much_is_told_to_wait_and_others_are_not() {
    let ((busy, first), (calm, second)) = (token("busy", "read"), token("calm", "read"));
    let server = with_tokens(&[&first, &second], &["--rate-limit", "1"]);
    let (busy, calm) = (bearer(&busy), bearer(&calm));
    let ask = |token: &str| server.ask("GET", "/v1/orders", &[("authorization", token)], None);
    assert_eq!(ask(&busy).status, 200);
    // How many of these come within a second is the machine's: of so many, some do.
    let told: Vec<Told> = (0..200).map(|_| ask(&busy)).collect();
    let refused = told.iter().filter(|told| told.status == 429);
    assert!(refused.clone().count() > 0);
    for told in refused {
        assert_eq!(told.header("retry-after"), Some("1"));
        told.problem("too-many-requests");
    }
    assert_eq!(ask(&calm).status, 200);
}
