//! What operators do at a server, beside the same upon a store.

use std::path::Path;

use super::super::access::{token, with_tokens};
use super::super::{SHOP, Server, give_up};
use super::{CLOCK, stores, told};

/// A second version of the shop, with one state more.
pub(super) fn second() -> String {
    let first = std::fs::read_to_string(SHOP).unwrap();
    first
        .replace("workflow: shop\n", "workflow: shop\nversion: 2\n")
        .replace("  booked:\n", "  ordered:\n")
        .replace("[in_cart, booked]", "[in_cart, ordered]")
        .replace("to: booked", "to: ordered")
        .replace("from: booked", "from: ordered")
}

/// Orders of which those that were paid too much stay.
const PLAN: &str = "flagstate_migration: 1\n\
    from: { workflow: shop, version: 1 }\n\
    to: { workflow: shop, version: 2 }\n\
    states:\n  booked: { to: ordered }\n";

pub(super) fn written(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A store and a server, with the same deployed from the command line.
pub(super) struct Both {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: String,
    pub(super) server: Server,
    token: Option<String>,
}

impl Both {
    pub(super) fn new() -> Self {
        Self::at(Server::start(&[]), None)
    }

    fn at(server: Server, token: Option<String>) -> Self {
        let long = ["--set", "cart_lifetime=36500d"];
        let (folder, store) = stores(SHOP, &long);
        let deploy = [&["deploy", SHOP][..], &long].concat();
        let (out, err, code) = told(server.url(), token.as_deref(), &deploy);
        assert_eq!(code, Some(0), "{out}{err}");
        Self {
            folder,
            store,
            server,
            token,
        }
    }

    /// What both tell, which must be the same.
    pub(super) fn told(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        let here = told(&self.store, None, arguments);
        let there = told(self.server.url(), self.token.as_deref(), arguments);
        assert_eq!(here, there, "{arguments:?}");
        here
    }

    pub(super) fn create(&self, order: &str) {
        let create = ["create", order, "--workflow", "shop", "--actor", "customer"];
        let create = [&create[..], &["--at", CLOCK]].concat();
        assert_eq!(self.told(&create).2, Some(0));
    }

    pub(super) fn check_out(&self, order: &str) {
        let fire = ["fire", order, "check_out", "--actor", "customer"];
        assert_eq!(
            self.told(&[&fire[..], &["--at", CLOCK]].concat()).2,
            Some(0)
        );
    }
}

#[test]
fn a_workflow_is_deployed_at_a_server_as_in_a_store() {
    let both = Both::new();
    let (out, ..) = both.told(&["deploy", SHOP]);
    assert!(out.contains("for `main` (deployment "), "{out}");
    // The same version with other content is pointed out, by whoever keeps the first.
    let changed = second().replace("version: 2\n", "version: 1\n");
    let path = written(both.folder.path(), "changed.yaml", &changed);
    let (_, err, code) = both.told(&["deploy", &path]);
    assert!(
        code == Some(0) && err.contains("raise its `version`"),
        "{err}"
    );
    let wrong = changed.replace("to: closed", "to: clsd");
    let path = written(both.folder.path(), "wrong.yaml", &wrong);
    let (_, err, code) = both.told(&["deploy", &path]);
    assert!(code == Some(1) && err.contains("unknown-state"), "{err}");
    let (_, err, code) = both.told(&["deploy", SHOP, "--set", "cart_lifetime=soon"]);
    assert!(code == Some(2) && err.contains("cart_lifetime"), "{err}");
    let (_, err, code) = both.told(&["deploy", "nowhere.yaml"]);
    assert_eq!(code, Some(2), "{err}");
}

#[test]
fn orders_come_over_at_a_server_as_in_a_store() {
    let both = Both::new();
    // More than come over at once.
    let events: Vec<_> = (0..1_100).map(|number| format!("o{number:04}")).collect();
    let store = both.store.strip_prefix("sqlite:").unwrap();
    for path in [Path::new(store), &both.server.store()] {
        fill(path, &events);
    }
    both.create("p1");
    both.check_out("o0007");
    both.check_out("o1042");
    let plan = written(both.folder.path(), "plan.yaml", PLAN);
    let (_, err, code) = both.told(&["migrate", &plan]);
    assert!(
        code == Some(2) && err.contains("is not the one that is deployed"),
        "{err}"
    );
    let two = written(both.folder.path(), "two.yaml", &second());
    let long = ["--set", "cart_lifetime=36500d"];
    both.told(&[&["deploy", two.as_str()][..], &long].concat());
    let bad = written(
        both.folder.path(),
        "bad.yaml",
        &PLAN.replace("ordered", "odered"),
    );
    let (_, err, code) = both.told(&["migrate", &bad]);
    let place = format!("{bad}:");
    assert!(
        code == Some(2) && err.contains("did you mean `ordered`?") && err.contains(&place),
        "{err}"
    );
    let gaps = written(
        both.folder.path(),
        "gaps.yaml",
        PLAN.split("states").next().unwrap(),
    );
    let (_, err, code) = both.told(&["migrate", &gaps]);
    assert!(code == Some(2) && err.contains("booked"), "{err}");
    let dry = ["migrate", &plan, "--dry-run"];
    let (out, ..) = both.told(&dry);
    assert!(out.ends_with("1101 would come over, 0 refused\n"), "{out}");
    let (json, ..) = both.told(&[&dry[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["before"], json["after"]);
    let run = ["migrate", &plan, "--actor", "clerk:ann", "--format", "json"];
    let (json, _, code) = both.told(&run);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let counts = json["after"].as_array().unwrap().iter();
    let counts: Vec<_> = counts
        .map(|at| {
            (
                at["status"].as_str().unwrap(),
                at["orders"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        (code, counts),
        (Some(0), vec![("in_cart", 1_099), ("ordered", 2)])
    );
    assert_ne!(json["before"], json["after"]);
    let (out, ..) = both.told(&["migrate", &plan]);
    assert_eq!(out, "0 came over, 0 refused\n");
    let (out, ..) = told(both.server.url(), None, &["journal", "o0007"]);
    assert!(
        out.contains("migrated") && out.contains("clerk:ann"),
        "{out}"
    );
}

#[test]
fn refused_orders_stay_at_a_server_as_in_a_store() {
    let both = Both::new();
    for order in ["a", "b", "c"] {
        both.create(order);
    }
    // What is stored of an order is none: it cannot go on anywhere.
    let store = both.store.strip_prefix("sqlite:").unwrap();
    for path in [Path::new(store), &both.server.store()] {
        let rows = rusqlite::Connection::open(path).unwrap();
        let basket =
            "update orders set body = replace(body, '\"in_cart\"', '\"basket\"') where id = 'b'";
        assert_eq!(rows.execute(basket, []).unwrap(), 1);
    }
    let two = written(both.folder.path(), "two.yaml", &second());
    both.told(&["deploy", &two]);
    let plan = written(both.folder.path(), "plan.yaml", PLAN);
    for arguments in [
        &["migrate", plan.as_str(), "--dry-run"][..],
        &["migrate", &plan],
        &["migrate", &plan, "--format", "json"],
    ] {
        let (out, err, code) = both.told(arguments);
        assert!(code == Some(1) && out.contains("basket"), "{out}{err}");
    }
}

/// Puts carts into a store, each as a request would.
fn fill(path: &Path, orders: &[String]) {
    use flagstate::runtime::{Create, Engine, Request, Sqlite};
    let mut engine = Engine::new(Sqlite::open_existing(path).unwrap());
    let now = flagstate::time::parse_instant(CLOCK).unwrap();
    let create = orders.iter().map(|order| {
        let actor = flagstate::context::Actor::new("customer");
        Request::Create(Create::new("main", "shop", order, actor))
    });
    let create: Vec<_> = create.collect();
    let replies = engine.handle(&create, now).unwrap();
    assert_eq!(replies.len(), orders.len());
}

#[test]
fn a_token_brings_orders_over_only_with_its_scope() {
    let (limited, reader) = token("acme", "read,deploy,write");
    let (mover, moving) = token("acme", "migrate");
    let server = with_tokens(&[&reader, &moving], &[]);
    let (out, err, code) = told(server.url(), Some(&limited), &["deploy", SHOP]);
    assert_eq!(code, Some(0), "{out}{err}");
    // Nobody said whose the token is.
    assert!(!out.contains("main"), "{out}");
    let folder = tempfile::tempdir().unwrap();
    let same = PLAN.replace("version: 2", "version: 1");
    let plan = written(folder.path(), "plan.yaml", &same);
    let migrate = ["migrate", plan.as_str()];
    let (_, err, code) = told(server.url(), Some(&limited), &migrate);
    assert!(
        code == Some(2) && err.contains("no scope `migrate`"),
        "{err}"
    );
    for (arguments, scope) in [(&["get", "o1"][..], "read"), (&["deploy", SHOP], "deploy")] {
        let (_, err, code) = told(server.url(), Some(&mover), arguments);
        let lacks = format!("no scope `{scope}`");
        assert!(code == Some(2) && err.contains(&lacks), "{err}");
    }
    let (out, err, code) = told(server.url(), Some(&mover), &migrate);
    assert_eq!(
        (out.as_str(), code),
        ("0 came over, 0 refused\n", Some(0)),
        "{err}"
    );
}

#[test]
fn effects_are_settled_at_a_server_as_in_a_store() {
    let both = Both::new();
    for order in ["o1", "o2", "ø3"] {
        both.create(order);
        both.check_out(order);
    }
    let effects = |arguments: &[&str]| both.told(&[&["effects"], arguments].concat());
    assert_eq!(effects(&["claim", "--limit", "0"]).2, Some(0));
    let (out, ..) = effects(&["claim", "--limit", "2", "--format", "json"]);
    assert!(
        out.contains("\"main/o2/2.0\"") && !out.contains("ø3"),
        "{out}"
    );
    let (out, ..) = effects(&["claim", "--lease", "1h30m"]);
    assert!(out.contains("main/ø3/2.0"), "{out}");
    let (out, _, code) = effects(&["ack", "main/ø3/2.0", "--attempt", "1"]);
    assert!(code == Some(0) && out.contains("is done"), "{out}");
    for (wrong, part) in [
        (&["ack", "main/ø3/2.0", "--attempt", "1"][..], "settled"),
        (
            &["ack", "acme/o1/2.0", "--attempt", "1"],
            "no effect of `main`",
        ),
        (
            &["ack", "main/o1", "--attempt", "1"],
            "not handed out at this attempt",
        ),
        (
            &["fail", "main/o1/2.0", "--attempt", "2", "--error", "no"],
            "settled",
        ),
        (&["revive", "main/o1/2.0"], "was not given up"),
    ] {
        let (out, _, code) = effects(wrong);
        assert!(code == Some(1) && out.contains(part), "{out}");
    }
    effects(&[
        "fail",
        "main/o1/2.0",
        "--attempt",
        "1",
        "--error",
        "no answer",
    ]);
    assert_eq!(effects(&["dead"]).0, "none\n");
    let store = both.store.strip_prefix("sqlite:").unwrap();
    for path in [Path::new(store), &both.server.store()] {
        give_up(path, "main/o2/2.0");
    }
    for format in ["text", "json"] {
        let (out, ..) = effects(&["dead", "--format", format]);
        assert!(out.contains("no answer"), "{out}");
    }
    let (out, ..) = effects(&["revive", "main/o2/2.0"]);
    assert!(out.contains("is handed out again"), "{out}");
}

#[test]
fn an_effect_of_another_tenant_is_not_settled() {
    let (acme, entry) = token("acme", "read,write,deploy,effects");
    let server = with_tokens(&[&entry], &[]);
    let ask = |arguments: &[&str]| told(server.url(), Some(&acme), arguments);
    assert_eq!(ask(&["deploy", SHOP]).2, Some(0));
    let create = ["create", "o1", "--workflow", "shop", "--actor", "customer"];
    assert_eq!(ask(&create).2, Some(0));
    assert_eq!(
        ask(&["fire", "o1", "check_out", "--actor", "customer"]).2,
        Some(0)
    );
    let (out, ..) = ask(&["effects", "claim", "--format", "json"]);
    assert!(out.contains("\"tenant\": \"acme\""), "{out}");
    let settle = |effect: &str| ask(&["effects", "ack", effect, "--attempt", "1"]);
    let (_, err, code) = settle("other/o1/2.0");
    assert!(code == Some(2) && err.contains("is one of `acme`"), "{err}");
    let (out, err, code) = settle("acme/o1/2.0");
    assert!(code == Some(0) && out.contains("is done"), "{out}{err}");
}

#[test]
fn personal_values_are_erased_at_a_server_as_in_a_store() {
    const PERSON: &str = "tests/cases/runtime/person.yaml";
    let server = Server::start(&[]);
    let (folder, store) = stores(PERSON, &[]);
    let both = |arguments: &[&str]| {
        let here = told(&store, None, arguments);
        assert_eq!(here, told(server.url(), None, arguments), "{arguments:?}");
        here
    };
    both(&["deploy", PERSON]);
    for (order, context) in [
        ("p1", "{ kinds: [joe] }"),
        ("p2", "{}"),
        ("p3", "{ kinds: [eve] }"),
    ] {
        let create = [
            "create",
            order,
            "--workflow",
            "person",
            "--actor",
            "customer",
        ];
        let create = [&create[..], &["--context", context, "--at", CLOCK]].concat();
        assert_eq!(both(&create).2, Some(0));
    }
    let erase = |more: &[&str]| both(&[&["erase", "--reason", "asked for"], more].concat());
    let (out, err, code) = erase(&["p1", "p2", "p9", "--actor", "clerk:ann"]);
    assert_eq!(err, "nothing more can be erased of `p2`\n");
    let told_of = "error: `main` has no order `p9`\npersonal values of 1 order were erased\n";
    assert_eq!((out.as_str(), code), (told_of, Some(1)));
    let (_, err, code) = erase(&["p1"]);
    assert!(
        code == Some(0) && err.contains("nothing more can be erased of `p1`"),
        "{err}"
    );
    let (out, ..) = told(server.url(), None, &["journal", "p1"]);
    assert!(
        out.contains("erased: asked for") && out.contains("clerk:ann"),
        "{out}"
    );
    let (out, ..) = told(server.url(), None, &["get", "p1"]);
    assert!(!out.contains("joe"), "{out}");
    // Of those that have ended, whichever they are.
    let ended = ["--ended-before", "2100-01-01T00:00:00Z"];
    let (out, ..) = erase(&ended);
    assert_eq!(out, "personal values of 0 orders were erased\n");
    let force = [
        "override", "p3", "--state", "closed", "--reason", "by hand", "--at", CLOCK,
    ];
    assert_eq!(both(&force).2, Some(0));
    let (out, _, code) = erase(&ended);
    assert_eq!(
        (out.as_str(), code),
        ("personal values of 1 order were erased\n", Some(0))
    );
    drop(folder);
}

#[test]
fn a_token_erases_only_with_its_scope() {
    let (overrider, one) = token("acme", "read,write,override,deploy");
    let (eraser, two) = token("acme", "erase");
    let server = with_tokens(&[&one, &two], &[]);
    let ask = |token: &str, arguments: &[&str]| told(server.url(), Some(token), arguments);
    assert_eq!(ask(&overrider, &["deploy", SHOP]).2, Some(0));
    let create = ["create", "o1", "--workflow", "shop", "--actor", "customer"];
    assert_eq!(ask(&overrider, &create).2, Some(0));
    let erase = ["erase", "o1", "--reason", "r"];
    let (_, err, code) = ask(&overrider, &erase);
    assert!(code == Some(2) && err.contains("no scope `erase`"), "{err}");
    let bearer = format!("Bearer {overrider}");
    let action = serde_json::json!({ "reason": "r", "actor": "clerk", "action": { "erase": {} } });
    let headers = [("authorization", bearer.as_str())];
    let answer = server.post_with("/v1/orders/o1/overrides", &headers, action);
    assert_eq!(answer.problem("forbidden")["scope"], "erase");
    let (_, err, code) = ask(&eraser, &erase);
    assert!(
        code == Some(0) && err.contains("nothing more can be erased"),
        "{err}"
    );
    let (_, err, code) = ask(
        &eraser,
        &["erase", "--ended-before", "now", "--reason", "r"],
    );
    assert!(code == Some(2) && err.contains("no scope `read`"), "{err}");
}

#[test]
fn orders_that_could_not_go_on_are_let_go_on_at_a_server_as_in_a_store() {
    use flagstate::runtime::{OrderKey, Sqlite, Store as _};
    let both = Both::new();
    for order in ["o1", "o2"] {
        both.create(order);
    }
    let here = both.store.strip_prefix("sqlite:").unwrap().to_owned();
    for path in [Path::new(&here), &both.server.store()] {
        let mut store = Sqlite::open(path).unwrap();
        for order in ["o1", "o2"] {
            let key = OrderKey::new("main", order);
            assert!(store.set_stuck(&key, Some("on hold")).unwrap());
        }
    }
    let fire = ["fire", "o1", "check_out", "--actor", "customer"];
    let (out, err, code) = both.told(&[&fire[..], &["--at", CLOCK]].concat());
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("flagstate orders resume"), "{out}{err}");
    let (_, _, code) = both.told(&["resume", "o1", "o3"]);
    assert_eq!(code, Some(1));
    let (out, _, code) = both.told(&["resume", "--all"]);
    assert_eq!((out.as_str(), code), ("1 order goes on\n", Some(0)));
    let (_, err, _) = both.told(&["resume", "o2"]);
    assert!(err.contains("`o2` was not held up"), "{err}");
    both.check_out("o1");
}
