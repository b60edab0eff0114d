//! A timer that fails at a server is in its log and its metrics.

use super::{LOOK, PATIENCE, Server};
use serde_json::json;

#[test]
fn a_timer_that_fails_is_logged_and_counted() {
    let server = Server::start(&[]);
    let text = std::fs::read_to_string("tests/cmd/orders/share.yaml").unwrap();
    let files = json!([{ "name": "share.yaml", "text": text }]);
    server
        .post("/v1/deployments", json!({ "files": files }))
        .ok();
    let none = "flagstate_timers_failed_total 0\n";
    assert!(server.get("/metrics").text.contains(none));
    let order = json!({
        "order": "s1", "workflow": "share", "actor": "clerk", "context": { "among": 0 },
        "at": "2026-01-05T09:00:00Z",
    });
    server.post("/v1/orders", order).ok();
    let one = "flagstate_timers_failed_total 1\n";
    for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
        if server.get("/metrics").text.contains(one) {
            break;
        }
        std::thread::sleep(LOOK);
    }
    assert!(server.get("/metrics").text.contains(one));
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("what was due failed"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    for part in ["main", "s1", "open.share", "it divides by zero"] {
        assert!(line.contains(part), "{line}");
    }
}
