//! `XState`, which runs in Node: its rounds are those that `xstate/bench.mjs` prints.

use std::path::Path;
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::measure::Time;
use crate::orders::{NOW, Order};

pub(super) fn send(orders: &[Order]) -> Time {
    time(orders, "send")
}

pub(super) fn transition(orders: &[Order]) -> Time {
    time(orders, "transition")
}

/// One of both ways; no rounds where Node or the package is missing.
fn time(orders: &[Order], way: &str) -> Time {
    let rounds = run(orders, way).unwrap_or_default();
    Time::new(rounds)
}

fn run(orders: &[Order], way: &str) -> Option<Vec<f64>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("xstate");
    if !folder.join("node_modules/xstate").is_dir() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        let installed = npm.current_dir(&folder).status().ok()?;
        installed.success().then_some(())?;
    }
    let orders: Vec<Json> = orders.iter().map(plain).collect();
    let path = std::env::temp_dir().join(format!("flagstate-peers-{}.json", std::process::id()));
    std::fs::write(&path, json!({ "now": NOW, "orders": orders }).to_string()).ok()?;
    let mut node = Command::new("node");
    let output = node
        .args(["bench.mjs", way])
        .arg(&path)
        .current_dir(&folder)
        .output();
    // What is left behind in the folder for temporary files harms nobody.
    let _ = std::fs::remove_file(&path);
    let output = output.ok()?;
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).ok()
}

fn plain(order: &Order) -> Json {
    json!({
        "total": order.total,
        "paid": order.paid,
        "creditLimit": order.credit_limit,
        "onHold": order.on_hold,
        "dueAt": order.due_at,
    })
}
