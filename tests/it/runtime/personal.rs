//! What tells of a person: carried with the order, never in the journal, and gone once it is erased, while
//! the order is still made again from its journal. `FLAGSTATE_RUNTIME` multiplies how many orders.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::row::JournalRow;
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Fire, Memory, Migration, OrderKey, Request, Sqlite, Store,
};
use serde_json::{Value as Json, json};

use super::at;
use super::conformance::factor;
use crate::analysis::dice::Dice;
use crate::tell;

pub(super) const PERSON: &str = "tests/cases/runtime/person.yaml";

pub(crate) fn engine<S: Store>(store: S) -> Engine<S> {
    let mut engine = Engine::new(store);
    let text = std::fs::read_to_string(PERSON).unwrap();
    engine
        .deploy(&Deploy::file("t", "person.yaml", text), at(0))
        .unwrap();
    engine
}

pub(crate) fn create(order: &str, context: &[(&str, Json)]) -> Request {
    let mut create = Create::new("t", "person", order, Actor::new("customer"));
    let context = context.iter().cloned();
    create.context = context
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Request::Create(create)
}

fn event(order: &str, id: &str, by: &str, kind: EventKind) -> Request {
    let event = Event {
        id: Some(id.to_owned()),
        actor: Actor::new(by),
        kind,
    };
    Request::Fire(Fire::new("t", order, event))
}

fn learn(payload: Json) -> EventKind {
    EventKind::Named {
        name: "learn".to_owned(),
        payload: serde_json::from_value(payload).unwrap(),
        target: None,
    }
}

fn erase() -> EventKind {
    EventKind::Override {
        reason: "asked for on paper".to_owned(),
        action: Override::Erase,
    }
}

fn one<S: Store>(engine: &mut Engine<S>, request: &Request, now: i64) -> Answer {
    let replies = engine.handle(std::slice::from_ref(request), at(now));
    replies.unwrap().remove(0).answer
}

pub(crate) fn accepted<S: Store>(engine: &mut Engine<S>, request: &Request, now: i64) {
    let answer = one(engine, request, now);
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
}

fn context<S: Store>(engine: &mut Engine<S>, key: &OrderKey) -> Json {
    Json::Object(engine.get(key).unwrap().unwrap().context)
}

pub(super) fn verified<S: Store>(engine: &mut Engine<S>, key: &OrderKey) -> u64 {
    let verified = engine.verify(key).unwrap().unwrap();
    verified.unwrap_or_else(|error| panic!("{error}")).steps
}

/// Everything that a person of the tests is called by.
const SECRETS: [&str; 5] = ["joe@", "ann@", "+47 99", "1987-06-05", "veteran"];

pub(crate) fn tells(text: &str) -> Vec<&'static str> {
    SECRETS
        .into_iter()
        .filter(|secret| text.contains(secret))
        .collect()
}

/// One order of a person, up to its end.
pub(crate) fn life<S: Store>(engine: &mut Engine<S>, key: &OrderKey) -> Request {
    let first = [
        ("email", json!("joe@example.org")),
        ("kinds", json!(["veteran"])),
    ];
    accepted(engine, &create(&key.order, &first), 0);
    let phone = json!({ "phone": "+47 99 00", "born": "1987-06-05", "safe": false });
    let learnt = event(&key.order, "e1", "customer", learn(phone));
    accepted(engine, &learnt, 60);
    let wrong = json!({ "phone": ["+47 99 11"], "safe": true });
    let answer = one(
        engine,
        &event(&key.order, "e2", "customer", learn(wrong)),
        70,
    );
    assert!(matches!(answer, Answer::Refused { .. }), "{answer:?}");
    let changes = BTreeMap::from([("email".to_owned(), json!("ann@example.org"))]);
    let change = EventKind::ContextChanged { changes };
    accepted(engine, &event(&key.order, "e3", "clerk", change), 120);
    let phone = json!({ "phone": "+47 99 22", "safe": true });
    accepted(
        engine,
        &event(&key.order, "e4", "customer", learn(phone)),
        4_000,
    );
    accepted(
        engine,
        &event(
            &key.order,
            "e5",
            "clerk",
            EventKind::Named {
                name: "close".to_owned(),
                payload: BTreeMap::new(),
                target: None,
            },
        ),
        5_000,
    );
    learnt
}

fn is_carried_and_erased<S: Store>(engine: &mut Engine<S>) {
    let key = OrderKey::new("t", "o1");
    let learnt = life(engine, &key);
    let all = json!({
        "email": "ann@example.org", "phone": "+47 99 22", "born": "1987-06-05",
        "kinds": ["veteran"], "reachable": true,
    });
    assert_eq!(context(engine, &key), all);
    let rows = engine.journal(&key, 0, 100).unwrap();
    let bodies = |rows: &[JournalRow]| {
        let bodies = rows.iter().map(|row| row.body.as_str());
        bodies.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(tells(&bodies(&rows)), [""; 0]);
    let reminded = rows.iter().any(|row| row.body.contains("open.remind"));
    assert!(reminded, "whether there is an address may be asked");
    assert_eq!(verified(engine, &key), 6);
    let then = engine.as_of(&key, at(100)).unwrap().unwrap().context;
    assert_eq!(then["email"], "joe@example.org");
    assert_eq!(then["phone"], "+47 99 00");

    // The order is immutable by now: only an operator may.
    accepted(engine, &event("o1", "e6", "clerk", erase()), 6_000);
    let none = json!({ "phone": "", "reachable": true });
    assert_eq!(context(engine, &key), none);
    let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
    assert_eq!(tells(&format!("{row:?}")), [""; 0]);
    let after = engine.journal(&key, 0, 100).unwrap();
    assert_eq!(tells(&format!("{after:?}")), [""; 0]);
    assert_eq!(bodies(&after[..6]), bodies(&rows));
    let asked = ["e1", "e2", "e3", "e4", "e5"].map(|id| (key.clone(), id.to_owned()));
    let answers = engine.store().answers(&asked).unwrap();
    assert_eq!(tells(&format!("{answers:?}")), [""; 0]);
    assert!(answers.iter().all(Option::is_some));
    assert_eq!(verified(engine, &key), 7);
    // As it stood before, but for what nobody knows any more.
    let then = engine.as_of(&key, at(100)).unwrap().unwrap();
    assert_eq!(Json::Object(then.context), json!({ "reachable": false }));
    // What came then does not come again.
    assert_eq!(one(engine, &learnt, 6_100), Answer::Erased);
}

#[test]
fn what_is_personal_is_carried_beside_the_journal_and_erased() {
    is_carried_and_erased(&mut engine(Memory::default()));
}

#[test]
fn what_is_wrong_with_a_personal_value_is_told_without_it() {
    let types = [
        ("enum, values: [veteran, student]", json!("widow")),
        ("integer", json!("1987")),
        ("integer", json!(u64::MAX)),
        ("decimal, scale: 1", json!("19.87")),
        ("decimal", json!(1_987.060_504_030_201_7)),
        ("date", json!("1987-06-05x")),
        ("datetime", json!("1987-06-05")),
        ("duration", json!("1987")),
        ("boolean", json!("1987")),
        ("string", json!(1987)),
        ("list, of: integer", json!([1, "1987"])),
        ("list, of: date", json!(["1987-06-05", "1987-06"])),
    ];
    let mut plainly = 0;
    for (ty, value) in &types {
        let told = |personal: bool| {
            let text = format!(
                "flagstate: 1\nworkflow: w\nactors: [customer]\ncontext:\n  \
                 x: {{ type: {ty}, personal: {personal} }}\ninitial: a\nstates:\n  a:\n  b: {{ final: true }}\n\
                 transitions:\n  learn: {{ by: customer, from: a, to: b, payload: {{ x: {{ type: {ty}, \
                 personal: {personal} }} }} }}\n"
            );
            let mut engine = Engine::new(Memory::default());
            let deploy = Deploy::file("t", "w.yaml", text);
            engine.deploy(&deploy, at(0)).unwrap();
            let of = |context: &[(&str, Json)]| match create("o1", context) {
                Request::Create(create) => Request::Create(Create {
                    workflow: "w".to_owned(),
                    ..create
                }),
                other => other,
            };
            let created = one(&mut engine, &of(&[("x", value.clone())]), 1);
            accepted(&mut engine, &of(&[]), 2);
            let learn = event("o1", "e1", "customer", learn(json!({ "x": value })));
            let learnt = one(&mut engine, &learn, 3);
            let changes = BTreeMap::from([("x".to_owned(), value.clone())]);
            let change = EventKind::ContextChanged { changes };
            let changed = one(&mut engine, &event("o1", "e2", "customer", change), 4);
            let told = format!("{:?}", [created, learnt, changed]);
            assert_eq!(told.matches("Refused").count(), 3, "{told}");
            told
        };
        let sent = ["widow", "1987", "19.87", "18446744073709551615"];
        let is_told = |text: &str| sent.iter().any(|sent| text.contains(sent));
        assert!(!is_told(&told(true)), "{ty}: {}", told(true));
        assert!(told(true).contains("expected"), "{ty}: {}", told(true));
        plainly += usize::from(is_told(&told(false)));
    }
    assert!(
        plainly > 8,
        "{plainly} are told where they are not personal"
    );
    tell::tried(&format!(
        "{} wrong values of personal fields, each in three places",
        types.len()
    ));
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn what_is_personal_is_erased_from_a_database() {
    if let Some(server) = crate::server::shared() {
        let schema = server.schema();
        is_carried_and_erased(&mut engine(schema.open()));
        verified(
            &mut Engine::new(schema.open_existing()),
            &OrderKey::new("t", "o1"),
        );
    }
}

#[test]
fn what_is_erased_is_not_in_the_file_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut engine = engine(Sqlite::open(&path).unwrap());
    is_carried_and_erased(&mut engine);
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        bytes += file.len();
        let text = String::from_utf8_lossy(&file);
        // The workflow itself has no such words.
        assert_eq!(tells(&text), [""; 0]);
    }
    assert!(bytes > 10_000);
    drop(engine);
    let mut engine = Engine::new(Sqlite::open(&path).unwrap());
    assert_eq!(verified(&mut engine, &OrderKey::new("t", "o1")), 7);
}

#[test]
fn what_is_personal_stays_so_from_version_to_version() {
    let text = std::fs::read_to_string(PERSON).unwrap();
    let second = text.replace("workflow: person\n", "workflow: person\nversion: 2\n");
    let plan = |more: &str| Migration {
        tenant: "t".to_owned(),
        plan: format!(
            "flagstate_migration: 1\nfrom: {{ workflow: person, version: 1 }}\n\
             to: {{ workflow: person, version: 2 }}\n\
             timers: {{ open.remind: {{ keep: open.remind }} }}\n{more}"
        ),
        name: Migration::NAME.to_owned(),
        actor: Actor::system(),
        dry_run: false,
    };
    let migrate = |email: &str, more: &str| {
        let mut engine = engine(Memory::default());
        let first = [("email", json!("joe@example.org"))];
        accepted(&mut engine, &create("o1", &first), 0);
        let text = second.replace("  email: { type: string, personal: true }\n", email);
        engine
            .deploy(&Deploy::file("t", "person.yaml", text), at(1))
            .unwrap();
        let report = engine.migrate(&plan(more), at(60), &mut |_| {});
        report.map(|report| {
            assert_eq!(report.moved.values().sum::<u64>(), 1);
            let key = OrderKey::new("t", "o1");
            accepted(&mut engine, &event("o1", "e1", "clerk", erase()), 120);
            assert_eq!(verified(&mut engine, &key), 3);
            let all = format!(
                "{:?} {:?}",
                engine.store().load(std::slice::from_ref(&key)),
                engine.journal(&key, 0, 10)
            );
            assert_eq!(tells(&all), [""; 0]);
        })
    };
    let kept = "  email: { type: string, personal: true }\n";
    migrate(kept, "").unwrap();
    let exposed = migrate("  email: { type: string }\n", "").unwrap_err();
    let why = "`email` is personal, and `email` of the new version is not";
    assert!(exposed.to_string().contains(why), "{exposed}");
    // The texts of the versions are not at hand, and nothing is drawn upon the plan in their place.
    assert!(!exposed.to_string().contains("stays for good"), "{exposed}");
}

#[test]
fn an_order_is_made_again_whatever_was_erased_of_it() {
    let mut engine = engine(Memory::default());
    let mut dice = Dice::new(21);
    let (mut steps, mut erased, mut known) = (0, 0, 0);
    for order in 0..60 * factor() {
        let name = format!("o{order}");
        let key = OrderKey::new("t", name.clone());
        let context = [
            ("email", json!("joe@example.org")),
            ("kinds", json!(["veteran"])),
        ];
        let given = dice.below(3);
        accepted(&mut engine, &create(&name, &context[..given]), 0);
        let mut is_erased = false;
        for number in 0..12_i64 {
            let id = format!("e{number}");
            let texts = ["", "+47 99", "joe@", "false"];
            let (phone, safe) = (texts[dice.below(4)], dice.below(2) == 0);
            let kind = match dice.below(6) {
                0 => learn(json!({ "phone": phone, "safe": safe })),
                1 => learn(json!({ "phone": phone, "born": "1987-06-05", "safe": safe })),
                2 => EventKind::ContextChanged {
                    changes: BTreeMap::from([
                        (
                            "email".to_owned(),
                            [json!("ann@"), Json::Null][dice.below(2)].clone(),
                        ),
                        (
                            "kinds".to_owned(),
                            [json!([]), json!(["veteran"])][dice.below(2)].clone(),
                        ),
                    ]),
                },
                3 => erase(),
                4 => EventKind::Tick,
                _ => EventKind::Named {
                    name: "close".to_owned(),
                    payload: BTreeMap::new(),
                    target: None,
                },
            };
            is_erased = match &kind {
                EventKind::Override { .. } => true,
                EventKind::Named { name, .. } if name == "close" => is_erased,
                EventKind::Tick => is_erased,
                _ => false,
            };
            erased += usize::from(is_erased);
            let now = number * 1_000 + i64::try_from(dice.below(900)).unwrap();
            one(&mut engine, &event(&name, &id, "customer", kind), now);
            steps += verified(&mut engine, &key);
            let stands = format!("{:?}", engine.store().load(std::slice::from_ref(&key)));
            if is_erased {
                assert_eq!(tells(&stands), [""; 0], "{name} at {now}");
            }
            known += usize::from(!tells(&stands).is_empty());
            // Made again as of any time, with what is known or without.
            engine.as_of(&key, at(now / 2)).unwrap().unwrap();
        }
    }
    tell::tried(&format!(
        "personal values: {steps} steps made again, {erased} times after an erasure, {known} times with values"
    ));
    assert!(erased > 50 && known > 100, "{erased} {known}");
}
