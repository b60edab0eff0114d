//! Why an event is refused, told by a server as it is told of a store.

use serde_json::json;

use super::super::Server;
use super::{CLOCK, stores, told};

const FILE: &str = "tests/cases/http/doubts.yaml";

/// What is asked, and a part of the answer as text.
const DOUBTS: &[(&[&str], &str)] = &[
    (&["close", "--actor", "clerk"], "smallest change: `paid`"),
    (&["close", "--actor", "customer:joe"], "with the id `joe`"),
    (&["close", "--actor", "system"], "the actor to `clerk`"),
    (&["close", "--actor", "clrk"], "clrk"),
    (&["pack", "--actor", "clerk"], "`seals`"),
    (&["hand_over", "--actor", "clerk:ann"], "is not set"),
    (&["pay", "--actor", "clerk"], "amount"),
    (
        &["pay", "--actor", "clerk", "--payload", "{ amount: 41 }"],
        "No more than 40.50 at once",
    ),
    (
        &["pay", "--actor", "clerk", "--payload", "{ amount: 12.50 }"],
        "the event would be accepted as `clerk`",
    ),
    (
        &["pay", "--actor", "clerk", "--payload", "{ amuont: 1 }"],
        "amuont",
    ),
    (&["pay", "--actor", "clerk", "--payload", "{ amount: "], ""),
    (&["reopen", "--actor", "clerk"], "reopen"),
    (
        &["close", "--actor", "clerk", "--target", "packed"],
        "there is nothing to choose",
    ),
];

#[test]
fn why_is_told_to_the_byte_as_of_a_store() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let server = Server::start(&[]);
    let files = json!({ "files": [{ "name": "doubts.yaml", "text": text }] });
    server.post("/v1/deployments", files).ok();
    let (_folder, store) = stores(FILE, &[]);
    let both = |arguments: &[&str]| {
        let (here, there) = (
            told(&store, None, arguments),
            told(server.url(), None, arguments),
        );
        assert_eq!(here, there, "{arguments:?}");
        here
    };
    let create = ["create", "o1", "--workflow", "doubts", "--at", CLOCK];
    assert_eq!(both(&create).2, Some(0));
    let mut lengths = Vec::new();
    for round in 0..2 {
        for (doubt, part) in DOUBTS {
            let (mut text, mut json) = (vec!["why", "o1"], Vec::new());
            text.extend_from_slice(doubt);
            json.extend(text.iter().copied().chain(["--format", "json"]));
            let (out, err, _) = both(&text);
            assert!(out.contains(part), "{doubt:?}\n{out}{err}");
            lengths.push(out.len());
            both(&json);
        }
        // After an event, the same is another question.
        if round == 0 {
            let pay = ["fire", "o1", "pay", "--actor", "clerk", "--payload"];
            let pay = [&pay[..], &["{ amount: 40 }", "--at", CLOCK]].concat();
            assert_eq!(both(&pay).2, Some(0));
        }
    }
    let (first, second) = lengths.split_at(DOUBTS.len());
    assert_ne!(first, second);
    let gone = ["why", "o9", "close", "--actor", "clerk"];
    assert_eq!(both(&gone).2, Some(1));
    let gone = [&gone[..], &["--payload", "{}"]].concat();
    assert_eq!(both(&gone).2, Some(1));
}
