//! The suite of the stores, over Restate: the same sequences, compared with the same model.
//!
//! Time stands where the test puts it, and no timer wakes by itself: when it does is what `faults` is about.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use flagstate::instance::{EventKind, Override};
use flagstate::runtime::{
    Answer, Deploy, Engine, Migration, OrderKey, OrderView, Reply, Request, Sqlite, Store,
};
use flagstate::time::{self, format_instant, parse_instant};
use serde_json::{Value as Json, json};

use super::cluster::Cluster;
use super::{Hand, Service, until};
use crate::analysis::dice::Dice;
use crate::runtime::conformance::{Counts, Subject, factor, subject_conforms};
use crate::runtime::{at, shop};

/// The handler and the body by which something is asked.
pub(super) fn spoken(request: &Request) -> (&'static str, Json) {
    let actor = |actor: &flagstate::context::Actor| match &actor.id {
        None => actor.role.clone(),
        Some(id) => format!("{}:{id}", actor.role),
    };
    let (handler, mut body) = match request {
        Request::Tick(_) => return ("tick", Json::Null),
        Request::Import(_) => panic!("nothing is imported here"),
        Request::Create(create) => {
            let parent = create.parent.as_ref();
            let parent = parent.map(|above| json!({ "order": above.order, "set": above.set }));
            let body = json!({
                "workflow": create.workflow, "actor": actor(&create.actor), "context": create.context,
                "parent": parent, "id": create.event_id, "at": create.at.map(format_instant),
            });
            ("create", body)
        }
        Request::Fire(fire) => {
            let (handler, mut body) = match &fire.event.kind {
                EventKind::Named {
                    name,
                    payload,
                    target,
                } => {
                    let body = json!({ "event": name, "payload": payload, "target": target });
                    ("fire", body)
                }
                EventKind::ContextChanged { changes } => ("change", json!({ "changes": changes })),
                EventKind::Override { reason, action } => {
                    let action = match action {
                        Override::ForceState { to } => json!({ "force_state": { "to": to } }),
                        Override::MoveTimer { timer, due } => {
                            json!({ "move_timer": { "timer": timer, "due": format_instant(*due) } })
                        }
                        Override::Erase => json!({ "erase": {} }),
                    };
                    ("override", json!({ "reason": reason, "action": action }))
                }
                other => panic!("{other:?}"),
            };
            body["actor"] = actor(&fire.event.actor).into();
            body["id"] = json!(fire.event.id);
            body["expected"] = json!(fire.expected);
            body["at"] = json!(fire.at.map(format_instant));
            (handler, body)
        }
    };
    body.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    (handler, body)
}

/// What was answered, as a reply of the runtime.
pub(super) fn reply(told: Json) -> Reply {
    let duplicate = told["duplicate"].as_bool().unwrap();
    let answer: Answer = serde_json::from_value(told).unwrap();
    Reply { answer, duplicate }
}

/// One cluster with one service, and the store of its projection.
struct OnRestate {
    cluster: Cluster,
    service: Option<Service>,
    clock: Arc<Hand>,
    file: PathBuf,
    store: Engine<Sqlite>,
    dice: Dice,
}

impl OnRestate {
    fn call(&self, key: &OrderKey, handler: &str, body: &Json) -> Json {
        self.cluster.insist(&key.to_string(), handler, body).0
    }

    /// Waits until the store has what Restate has.
    fn catch_up(&mut self, key: &OrderKey) {
        let version = self.get(key).unwrap().version;
        until(&|| key.to_string(), || {
            let row = self.store.store().load(std::slice::from_ref(key)).unwrap();
            row[0].as_ref().is_some_and(|row| row.sequence == version)
        });
    }
}

impl Subject for OnRestate {
    fn ask(&mut self, requests: &[Request], now: i64) -> Vec<Reply> {
        self.clock.put(now);
        let asked = requests.iter().map(|request| {
            let (handler, body) = spoken(request);
            reply(self.call(request.key(), handler, &body))
        });
        asked.collect()
    }

    fn get(&mut self, key: &OrderKey) -> Option<OrderView> {
        let view = self.call(key, "get", &Json::Null);
        (!view.is_null()).then(|| serde_json::from_value(view).unwrap())
    }

    fn due(&mut self, now: i64) -> Vec<OrderKey> {
        let mut due = Vec::new();
        for name in crate::runtime::conformance::NAMES {
            let key = OrderKey::new("shop", name);
            let timers = self.get(&key).map(|view| view.timers).unwrap_or_default();
            let first = timers.values().map(|due| parse_instant(due).unwrap()).min();
            due.extend(
                first
                    .filter(|first| *first <= at(now))
                    .map(|first| (first, key)),
            );
        }
        due.sort();
        due.into_iter().map(|(_, key)| key).collect()
    }

    fn fire_due(&mut self, due: &[OrderKey], now: i64) {
        self.clock.put(now);
        for key in due {
            self.call(key, "tick", &Json::Null);
        }
    }

    fn bring(&mut self, deploy: &Deploy, migration: &Migration, now: i64) -> u64 {
        self.clock.put(now);
        self.store.deploy(deploy, at(now)).unwrap();
        let body = json!({ "plan": migration.plan, "actor": migration.actor.role });
        let mut moved = 0;
        for name in crate::runtime::conformance::NAMES {
            let key = OrderKey::new("shop", name);
            if self.get(&key).is_none() {
                continue;
            }
            // Whoever comes over brings the family along: then nothing is left to do for the others.
            let told = self.call(&key, "migrate", &body);
            assert_eq!(told["refused"], json!({}), "{told}");
            let ways = told["moved"].as_array().unwrap().iter();
            moved += ways.map(|way| way["orders"].as_u64().unwrap()).sum::<u64>();
        }
        moved
    }

    fn reopen(&mut self) {
        // The service ends, or Restate is killed; the other goes on without it.
        if self.dice.below(2) == 0 {
            let port = self.service.take().unwrap().port;
            let clock = Arc::clone(&self.clock) as Arc<_>;
            self.service = Some(Service::start(&self.file, clock, port));
        } else {
            self.cluster.kill(0);
            self.cluster.restart(0);
        }
    }

    fn effects(&mut self, now: i64) -> Vec<String> {
        for name in crate::runtime::conformance::NAMES {
            let key = OrderKey::new("shop", name);
            if self.get(&key).is_some() {
                self.catch_up(&key);
            }
        }
        let lease = time::Duration::seconds(60);
        let claimed = self.store.claim(None, at(now), lease, 100_000).unwrap();
        let told = claimed.iter().map(|e| format!("{} {}", e.id, e.effect));
        told.collect()
    }

    fn verify(&mut self, key: &OrderKey) -> u64 {
        let verified = self.store.verify(key).unwrap().unwrap();
        let steps = verified
            .unwrap_or_else(|error| panic!("{key}: {error}"))
            .steps;
        // Restate has the same steps, and tells them in portions.
        let (mut after, mut hashes) = (0, Vec::new());
        loop {
            let told = self.call(key, "journal", &json!({ "after": after, "limit": 7 }));
            let page = told["steps"].as_array().unwrap().iter();
            hashes.extend(page.map(|step| step["hash"].as_str().unwrap().to_owned()));
            match told["next"].as_u64() {
                Some(next) => after = next,
                None => break,
            }
        }
        let rows = self.store.journal(key, 0, 100_000).unwrap();
        let stored: Vec<String> = rows.into_iter().map(|row| row.hash).collect();
        assert_eq!(hashes, stored, "{key}");
        steps
    }
}

/// Tries sequences, each upon a cluster of its own; `None` where none can be had, which is told.
fn sequences(seeds: impl Iterator<Item = u64>) -> Option<Counts> {
    let mut counts = Counts::default();
    for seed in seeds {
        let cluster = Cluster::start(1)?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.db");
        let store = shop(Sqlite::open(&file).unwrap());
        let clock = Arc::new(Hand::default());
        let service = Service::start(&file, Arc::clone(&clock) as Arc<_>, 0);
        cluster.register(service.port);
        let mut subject = OnRestate {
            cluster,
            service: Some(service),
            clock,
            file,
            store,
            dice: Dice::new(seed),
        };
        subject_conforms(seed, &mut subject, &mut counts);
    }
    Some(counts)
}

#[test]
fn restate_answers_as_the_model_does() {
    // Most of the time is waited for what starts: three at a time.
    const SIDE_BY_SIDE: u64 = 3;
    let seeds = |first| (first..12 * factor()).step_by(usize::try_from(SIDE_BY_SIDE).unwrap());
    let tried: Vec<Option<Counts>> = thread::scope(|scope| {
        let start = |first| scope.spawn(move || sequences(seeds(first)));
        let threads: Vec<_> = (0..SIDE_BY_SIDE).map(start).collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    if let Some(tried) = tried.into_iter().collect::<Option<Vec<_>>>() {
        let all = tried.into_iter().reduce(|all, more| all.and(&more));
        all.unwrap_or_default().report("Restate", 12);
    }
}
