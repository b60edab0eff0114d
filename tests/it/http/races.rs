//! Callers that are faster than others, and callers that ask again.

use serde_json::json;

use super::{Server, cart, event};

#[test]
fn of_many_that_expect_one_version_one_wins() {
    let server = Server::with_shop(&[]);
    server.post("/v1/orders", cart("o1")).ok();
    server
        .post("/v1/orders/o1/events", event("check_out", "customer"))
        .ok();
    let callers = 8;
    let rounds = 10;
    for round in 0..rounds {
        let tag = server
            .get("/v1/orders/o1")
            .header("etag")
            .unwrap()
            .to_owned();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let fire = || {
                let headers = [("if-match", tag.as_str())];
                let pay = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 1 } });
                server
                    .post_with("/v1/orders/o1/events", &headers, pay)
                    .status
            };
            let threads: Vec<_> = (0..callers).map(|_| scope.spawn(fire)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let count = |status| statuses.iter().filter(|one| **one == status).count();
        assert_eq!((count(200), count(412)), (1, callers - 1), "{statuses:?}");
        let order = server.get("/v1/orders/o1").ok();
        assert_eq!(order["version"], round + 3);
    }
    assert_eq!(server.get("/v1/orders/o1").ok()["context"]["paid"], "10.00");
}

#[test]
fn one_key_does_one_thing_however_often_it_comes() {
    let server = Server::with_shop(&[]);
    server.post("/v1/orders", cart("o1")).ok();
    server
        .post("/v1/orders/o1/events", event("check_out", "customer"))
        .ok();
    let answers: Vec<(u16, bool, String)> = std::thread::scope(|scope| {
        let fire = || {
            let headers = [("idempotency-key", "payment-1")];
            let pay = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": 1 } });
            let told = server.post_with("/v1/orders/o1/events", &headers, pay);
            let is_again = told.header("idempotency-replayed") == Some("true");
            (told.status, is_again, told.text)
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(fire)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        answers.iter().filter(|(_, is_again, _)| !is_again).count(),
        1
    );
    for (status, _, text) in &answers {
        assert_eq!((status, text), (&200, &answers[0].2));
    }
    assert_eq!(server.get("/v1/orders/o1").ok()["context"]["paid"], "1.00");
    // A refusal is an answer too: it comes again even where the event would pass by now.
    let headers = [("idempotency-key", "\"close-1\"")];
    let close = || server.post_with("/v1/orders/o1/events", &headers, event("close", "clerk"));
    close().problem("refused");
    let pay = json!({ "event": "pay", "actor": "clerk", "payload": { "amount": "49" } });
    server.post("/v1/orders/o1/events", pay).ok();
    let told = close();
    assert_eq!(told.header("idempotency-replayed"), Some("true"));
    told.problem("refused");
    server
        .post("/v1/orders/o1/events", event("close", "clerk"))
        .ok();
}
