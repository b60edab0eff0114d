//! What a store holds is counted as it stands, and what would become of a deployment is told without writing: on every
//! store.

use flagstate::context::Actor;
use flagstate::diff::Why;
use flagstate::instance::Event;
use flagstate::runtime::engine::{Counts, DeploymentView, Known, Preview};
use flagstate::runtime::row::ELSEWHERE;
use flagstate::runtime::{
    Create, Deploy, DeployError, Engine, Fire, Memory, OrderKey, Request, Sqlite, Store, StoreError,
};

use super::at;

const DESK: &str = "
flagstate: 1
workflow: desk
version: 1
settings: { wait: { type: duration, default: 20m } }
actors: [clerk]
initial: open
states:
  open: { expires: { after: settings.wait, to: gone } }
  picked: { expires: never }
  sent: { final: true }
  gone: { final: true, enter: { by: system } }
transitions:
  pick: { by: clerk, from: open, to: picked }
  send: { by: clerk, from: picked, to: sent }
";

/// The same without `picked`.
const LATER: &str = "
flagstate: 1
workflow: desk
version: 2
settings: { wait: { type: duration, default: 20m } }
actors: [clerk]
initial: open
states:
  open: { expires: { after: settings.wait, to: gone } }
  sent: { final: true }
  gone: { final: true, enter: { by: system } }
transitions:
  send: { by: clerk, from: open, to: sent }
";

const NOTE: &str = "
flagstate: 1
workflow: note
actors: [clerk]
initial: written
states: { written: { expires: never }, read: { final: true } }
transitions: { read: { by: clerk, from: written, to: read } }
";

/// Tells a story of an engine on every store.
fn on_each(story: impl Fn(&mut Engine<Box<dyn Store>>)) {
    story(&mut Engine::new(Box::new(Memory::default())));
    let folder = tempfile::tempdir().unwrap();
    let file = Sqlite::open(folder.path().join("orders.db")).unwrap();
    story(&mut Engine::new(Box::new(file)));
    #[cfg(all(feature = "postgres", unix))]
    if let Some(server) = crate::server::shared() {
        let schema = server.schema();
        story(&mut Engine::new(Box::new(schema.open())));
    }
}

fn file(tenant: &str, text: &str) -> Deploy {
    Deploy::file(tenant, "desk.yaml", text)
}

/// Makes orders `A1`, `A2` … and lets an event happen to each.
fn made(
    engine: &mut Engine<Box<dyn Store>>,
    (tenant, workflow): (&str, &str),
    orders: &[(&str, &[&str])],
) {
    for (order, events) in orders {
        let create = Create::new(tenant, workflow, *order, Actor::new("clerk"));
        let mut requests = vec![Request::Create(create)];
        requests.extend(events.iter().map(|event| {
            let event = Event::named(*event, Actor::new("clerk"));
            Request::Fire(Fire::new(tenant, *order, event))
        }));
        engine.handle(&requests, at(10)).unwrap();
    }
}

fn counts(under_way: u64, ended: u64, stuck: u64) -> Counts {
    Counts {
        under_way,
        ended,
        stuck,
    }
}

/// What is told of a deployment, on one line.
fn line(view: &DeploymentView) -> String {
    let statuses = view.statuses.iter().map(|status| {
        let done = if status.done { ", done" } else { "" };
        let stuck = match status.stuck {
            0 => String::new(),
            stuck => format!(", {stuck} stuck"),
        };
        format!("{} {}{done}{stuck}", status.orders, status.status)
    });
    let statuses: Vec<String> = statuses.collect();
    let current = if view.current { " current" } else { "" };
    let name = view.workflow.as_deref().unwrap_or("?");
    let version = view.version.unwrap_or_default();
    format!("{name} {version}{current}: {}", statuses.join("; "))
}

#[test]
fn orders_are_counted_under_what_they_were_made_under() {
    on_each(|engine| {
        assert_eq!(engine.tenants(), Ok(Vec::new()));
        assert_eq!(engine.deployments("acme"), Ok(Vec::new()));
        engine.deploy(&file("acme", DESK), at(0)).unwrap();
        let orders: &[(&str, &[&str])] = &[
            ("o1", &[]),
            ("o2", &["pick"]),
            ("o3", &["pick"]),
            ("o4", &["pick", "send"]),
        ];
        made(engine, ("acme", "desk"), orders);
        let mut slower = file("acme", DESK);
        slower.settings.insert("wait".to_owned(), "40m".into());
        engine.deploy(&slower, at(20)).unwrap();
        made(engine, ("acme", "desk"), &[("o5", &[])]);
        let later = engine.deploy(&file("acme", LATER), at(30)).unwrap();
        made(engine, ("acme", "desk"), &[("o6", &["send"]), ("o7", &[])]);
        engine.deploy(&file("acme", NOTE), at(40)).unwrap();
        engine.deploy(&file("other", NOTE), at(40)).unwrap();
        made(engine, ("other", "note"), &[("n1", &["read"])]);
        for (order, reason) in [("o3", "broken"), ("o4", "broken"), ("o1", ELSEWHERE)] {
            let key = OrderKey::new("acme", order);
            assert!(engine.store().set_stuck(&key, Some(reason)).unwrap());
        }

        let found = engine.deployments("acme").unwrap();
        let lines: Vec<String> = found.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "desk 1: 1 open; 2 picked, 1 stuck; 1 sent, done, 1 stuck",
                "desk 1: 1 open",
                "desk 2 current: 1 open; 1 sent, done",
                "note 1 current: ",
            ]
        );
        let orders: Vec<Counts> = found.iter().map(|view| view.orders).collect();
        let expected = [
            counts(3, 1, 2),
            counts(1, 0, 0),
            counts(1, 1, 0),
            counts(0, 0, 0),
        ];
        assert_eq!(orders, expected);
        assert_eq!(found[2].deployment, later);
        assert_eq!(found[1].settings["wait"], "40m");
        assert_eq!(
            found[1].deployed_at.as_deref(),
            Some("2026-01-05T09:00:20Z")
        );
        let left: Vec<bool> = found.iter().map(DeploymentView::is_left).collect();
        assert_eq!(left, [true, true, false, false]);

        let tenants = engine.tenants().unwrap();
        let tenants: Vec<_> = tenants
            .iter()
            .map(|view| (view.tenant.as_str(), view.deployments, view.orders))
            .collect();
        assert_eq!(
            tenants,
            [("acme", 4, counts(5, 2, 2)), ("other", 1, counts(0, 1, 0))]
        );
        // What was deployed before is current again, and nothing else has changed.
        engine.deploy(&file("acme", DESK), at(50)).unwrap();
        let again = engine.deployments("acme").unwrap();
        let current: Vec<bool> = again.iter().map(|view| view.current).collect();
        assert_eq!(current, [true, false, false, true]);
        assert_eq!(again[0].deployed_at, found[0].deployed_at);
    });
}

#[test]
fn orders_of_a_deployment_that_is_not_there_are_counted_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut engine = Engine::new(Box::new(Sqlite::open(&path).unwrap()) as Box<dyn Store>);
    let id = engine.deploy(&file("acme", NOTE), at(0)).unwrap();
    made(
        &mut engine,
        ("acme", "note"),
        &[("n1", &["read"]), ("n2", &[])],
    );
    drop(engine);
    let rows = rusqlite::Connection::open(&path).unwrap();
    rows.execute_batch("DELETE FROM deployments; DELETE FROM current")
        .unwrap();
    drop(rows);
    let mut engine = Engine::new(Sqlite::open(&path).unwrap());
    let found = engine.deployments("acme").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].deployment.as_str(), found[0].orders),
        (id.as_str(), counts(1, 1, 0))
    );
    assert_eq!(
        (&found[0].workflow, found[0].version, &found[0].deployed_at),
        (&None, None, &None)
    );
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!(json.get("workflow").or(json.get("version")), None, "{json}");
    // Whoever asks for one workflow is told of them too: of which one they are, nobody knows.
    let told = std::process::Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args([
            "orders",
            "deployments",
            "--tenant",
            "acme",
            "--workflow",
            "other",
            "--store",
        ])
        .arg(format!("sqlite:{}", path.display()))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("(not there)"), "{told}");
    assert_eq!(engine.tenants().unwrap()[0].orders, counts(1, 1, 0));
    // What cannot be read is told.
    let rows = rusqlite::Connection::open(&path).unwrap();
    rows.execute(
        "INSERT INTO deployments VALUES ('acme', 'd', 'note', 1, '[]', 'none', 0, 0)",
        [],
    )
    .unwrap();
    assert!(matches!(
        engine.deployments("acme"),
        Err(StoreError::Corrupt(_))
    ));
}

/// What a preview says of orders that would be left.
fn left(preview: &Preview) -> Vec<(u32, &str, u64, Option<Why>)> {
    let left = preview.left.iter().flat_map(|left| {
        let one = |status| (left.version, status);
        left.statuses.iter().map(one)
    });
    left.map(|(version, status)| {
        (
            version,
            status.status.as_str(),
            status.orders,
            status.stranded,
        )
    })
    .collect()
}

#[test]
fn what_would_become_of_a_deployment_is_told_and_nothing_is_written() {
    on_each(|engine| {
        let first = engine.preview(&file("acme", DESK)).unwrap();
        assert_eq!(
            (first.known, &first.current, first.left.len()),
            (Known::New, &None, 0)
        );
        assert_eq!(engine.store().tenants(), Ok(Vec::new()));
        let id = engine.deploy(&file("acme", DESK), at(0)).unwrap();
        assert_eq!(first.deployment, id);
        let orders: &[(&str, &[&str])] = &[
            ("o1", &[]),
            ("o2", &["pick"]),
            ("o3", &["pick"]),
            ("o4", &["pick", "send"]),
        ];
        made(engine, ("acme", "desk"), orders);
        let same = engine.preview(&file("acme", DESK)).unwrap();
        assert_eq!(
            (same.known, &same.current, same.left.len()),
            (Known::Current, &None, 0)
        );

        let mut later = file("acme", LATER);
        later.settings.insert("wait".to_owned(), "40m".into());
        let before = engine.deployments("acme").unwrap();
        let told = engine.preview(&later).unwrap();
        assert_eq!(engine.deployments("acme").unwrap(), before);
        assert_eq!((told.known, told.version), (Known::New, 2));
        let beside = told.current.as_ref().unwrap();
        assert_eq!(
            (beside.deployment.as_str(), beside.version),
            (id.as_str(), 1)
        );
        assert_eq!(beside.deployed_at, "2026-01-05T09:00:00Z");
        let setting = &beside.settings[0];
        assert_eq!(
            (&setting.from, setting.to.as_ref().unwrap()),
            (&None, &"40m".into())
        );
        let difference = beside.difference.as_ref().unwrap();
        assert_eq!(difference["severity"], "strands");
        assert_eq!(difference["stranded"][0]["status"], "picked");
        let place = &difference["changes"][0]["old"]["file"];
        assert_eq!(*place, format!("{}:desk.yaml", &id[..12]));
        assert!(beside.text.contains("`picked` is gone"), "{}", beside.text);
        assert_eq!(
            left(&told),
            [(1, "open", 1, None), (1, "picked", 2, Some(Why::Gone))]
        );

        // Orders under what was current before that are told of too.
        engine.deploy(&later, at(20)).unwrap();
        let third = LATER.replace("version: 2", "version: 3");
        let told = engine.preview(&file("acme", &third)).unwrap();
        assert_eq!(
            left(&told),
            [(1, "open", 1, None), (1, "picked", 2, Some(Why::Gone))]
        );
        assert_eq!(told.current.unwrap().version, 2);
        let back = engine.preview(&file("acme", DESK)).unwrap();
        assert_eq!((back.known, left(&back)), (Known::Earlier, Vec::new()));

        let wrong = engine.preview(&file("acme", &DESK.replace("to: sent", "to: snet")));
        assert!(
            matches!(wrong, Err(DeployError::Findings { .. })),
            "{wrong:?}"
        );
        let mut wrong = file("acme", DESK);
        wrong.settings.insert("wait".to_owned(), 7.into());
        let wrong = engine.preview(&wrong);
        assert!(matches!(wrong, Err(DeployError::Settings(_))), "{wrong:?}");
        let wrong = engine.preview(&file("", DESK));
        assert!(matches!(wrong, Err(DeployError::Invalid(_))), "{wrong:?}");
    });
}

#[test]
fn a_warning_is_told_and_keeps_nothing_from_being_deployed() {
    let mut engine = Engine::new(Memory::default());
    let told = engine.preview(&file("acme", NOTE)).unwrap();
    assert_eq!(told.report["summary"]["warnings"], 1);
    assert_eq!(told.report["findings"][0]["rule"], "useless-waiver");
    engine.deploy(&file("acme", NOTE), at(0)).unwrap();
}
