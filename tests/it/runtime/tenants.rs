//! A tenant that tries everything with the names of others reads nothing of theirs and changes nothing.
//! `FLAGSTATE_RUNTIME` multiplies how many calls.

use std::fmt::Write as _;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::{
    Create, Deploy, Engine, Fire, Import, Memory, OrderKey, Parent, Query, Request, Store,
};
use flagstate::time::Duration;
use serde_json::json;

use super::at;
use super::conformance::factor;
use crate::analysis::dice::Dice;
use crate::tell;

const NOTES: &str = "
flagstate: 1
workflow: NAME
actors: [user]
effects: [mail]
children: { parts: { workflow: self } }
context: { note: { type: string, required: true } }
initial: open
states:
  open: { enter: { effects: mail }, timers: { remind: { after: 1h, effects: mail } } }
  closed: { final: true }
transitions: { close: { by: user, from: open, to: closed } }
";

/// Whom the intruder is after: names that begin alike, differ by case or by a space, or look like it.
const OTHERS: [&str; 5] = ["mallor", "mallory ", "Mallory", "mallory2", "maIlory"];
const INTRUDER: &str = "mallory";

fn user() -> Actor {
    Actor::new("user")
}

fn create(tenant: &str, order: &str) -> Create {
    let mut create = Create::new(tenant, "notes", order, user());
    let note = json!(format!("secret of {tenant}"));
    create.context.insert("note".to_owned(), note);
    create
}

fn orders(tenant: &str) -> [String; 4] {
    ["o1", "o2", "part", tenant].map(str::to_owned)
}

/// All that is stored of the others.
fn theirs(engine: &mut Engine<Memory>) -> String {
    let mut all = String::new();
    for tenant in OTHERS {
        for order in orders(tenant) {
            let key = OrderKey::new(tenant, order);
            let row = engine.store().load(std::slice::from_ref(&key)).unwrap();
            let journal = engine.store().journal(&key, 0, 100).unwrap();
            writeln!(all, "{row:?} {journal:?}").unwrap();
        }
        let current = engine.store().current(tenant, "notes").unwrap();
        let standings = engine.store().standings(tenant).unwrap();
        writeln!(all, "{current:?} {standings:?}").unwrap();
    }
    let keys = engine.store().keys(None, 1_000).unwrap();
    let keys: Vec<&OrderKey> = keys.iter().filter(|key| key.tenant != INTRUDER).collect();
    all + &format!("{keys:?}")
}

/// How many calls are made upon the same orders: their journals would grow, and be read again by each.
const CALLS: u64 = 20_000;

#[test]
fn whatever_a_tenant_asks_it_sees_and_changes_its_own_alone() {
    let rounds = factor();
    let mut changed = 0;
    for round in 0..rounds {
        changed += intrude(14 + round);
    }
    let calls = CALLS * rounds;
    tell::tried(&format!(
        "{calls} calls with the names of others, {changed} of which changed the caller's own orders"
    ));
}

/// How many of some calls changed orders of the caller, who tries everything.
fn intrude(seed: u64) -> u64 {
    let mut engine = Engine::new(Memory::default());
    let text = NOTES.replace("NAME", "notes");
    for tenant in OTHERS.into_iter().chain([INTRUDER]) {
        let deploy = Deploy::file(tenant, "notes.yaml", text.clone());
        engine.deploy(&deploy, at(0)).unwrap();
    }
    // What others deployed beside, and the ids of their deployments, are no names of the intruder.
    let hidden = Deploy::file(OTHERS[0], "hidden.yaml", NOTES.replace("NAME", "hidden"));
    engine.deploy(&hidden, at(0)).unwrap();
    for tenant in OTHERS {
        for order in orders(tenant) {
            let create = Request::Create(create(tenant, &order));
            engine.handle(&[create], at(0)).unwrap();
        }
    }
    let before = theirs(&mut engine);
    let mut dice = Dice::new(seed);
    let (mut accepted, mut claimed) = (0, 0);
    for call in 0..CALLS {
        let other = OTHERS[dice.below(OTHERS.len())];
        let names = orders(other);
        let named = [
            names[dice.below(4)].clone(),
            format!("../{other}/o1"),
            format!("{other}/o1"),
            format!("o1\0{other}"),
            format!("own{}", dice.below(50)),
        ];
        let order = named[dice.below(5)].clone();
        let key = OrderKey::new(INTRUDER, order.clone());
        let now = at(i64::try_from(call / 100).unwrap());
        let told = match dice.below(12) {
            0 => {
                let mut new = create(INTRUDER, &order);
                new.event_id = Some(format!("e{}", dice.below(100)));
                new.parent = (dice.below(3) == 0).then(|| Parent {
                    order: names[dice.below(4)].clone(),
                    set: "parts".to_owned(),
                });
                ["notes", "hidden"][dice.below(2)].clone_into(&mut new.workflow);
                format!("{:?}", engine.handle(&[Request::Create(new)], now))
            }
            1 => {
                let mut event = Event::named("close", user());
                event.id = Some(format!("e{}", dice.below(100)));
                let fire = Request::Fire(Fire::new(INTRUDER, order, event));
                format!("{:?}", engine.handle(&[fire], now))
            }
            2 => {
                let action = Override::ForceState {
                    to: "closed".to_owned(),
                };
                let kind = EventKind::Override {
                    reason: "mine".to_owned(),
                    action,
                };
                let event = Event {
                    id: None,
                    actor: user(),
                    kind,
                };
                let fire = Request::Fire(Fire::new(INTRUDER, order, event));
                format!("{:?}", engine.handle(&[fire], now))
            }
            3 => match engine.as_of(&OrderKey::new(INTRUDER, "own1"), now) {
                Ok(Some(stored)) => {
                    let import = Request::Import(Box::new(Import {
                        key,
                        order: stored,
                        actor: user(),
                    }));
                    format!("{:?}", engine.handle(&[import], now))
                }
                other => format!("{other:?}"),
            },
            4 => format!("{:?}", engine.get(&key)),
            5 => format!("{:?}", engine.as_of(&key, now)),
            6 => format!("{:?}", engine.available(&key, &user(), now)),
            7 => format!(
                "{:?}",
                engine.why(&key, &Event::named("close", user()), now)
            ),
            8 => format!("{:?}", engine.journal(&key, 0, 100)),
            9 => {
                let query = Query {
                    tenant: INTRUDER.to_owned(),
                    after: Some(named[dice.below(5)].clone()).filter(|_| dice.below(2) == 0),
                    state: (dice.below(2) == 0).then(|| "open".to_owned()),
                    limit: Some(10),
                    ..Query::default()
                };
                format!("{:?}", engine.query(&query))
            }
            10 => {
                let lease = Duration::seconds(1);
                let found = engine.claim(Some(INTRUDER), now, lease, 3).unwrap();
                assert!(found.iter().all(|effect| effect.key.tenant == INTRUDER));
                claimed += found.len();
                format!("{found:?}")
            }
            _ => format!(
                "{:?} {:?} {:?}",
                engine.workflow(INTRUDER, "hidden"),
                engine.verify(&key),
                engine.count(INTRUDER)
            ),
        };
        accepted += u64::from(told.contains("Accepted"));
        for tenant in OTHERS {
            let secret = format!("secret of {tenant}\"");
            assert!(!told.contains(&secret), "call {call}: {told}");
        }
        assert!(!told.contains("hidden.yaml"), "call {call}: {told}");
    }
    assert_eq!(theirs(&mut engine), before);
    assert!(accepted > 100 && claimed > 100, "{accepted} {claimed}");
    accepted
}
