//! One suite for every store, and for whatever else runs orders: random sequences in random groups, each answer and each order compared
//! with the model. `FLAGSTATE_RUNTIME` multiplies how many.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Fire, Memory, Migration, OrderKey, OrderView, Parent, Reply,
    Request, Sqlite, Store,
};
use flagstate::time::{Duration, format_instant};
use serde_json::json;

use super::model::{Ask, Asked, Model, State, Told};
use super::{at, shop};
use crate::analysis::dice::Dice;
use crate::tell;

/// How much of what was tried.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    asked: u64,
    steps: u64,
    refused: u64,
    repeated: u64,
    duplicates: u64,
    conflicts: u64,
    ids_used: u64,
    timers: u64,
    overrides: u64,
    children: u64,
    effects: u64,
    migrations: u64,
}

#[cfg(all(feature = "restate", unix))]
impl Counts {
    /// What was tried by both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            asked: self.asked + other.asked,
            steps: self.steps + other.steps,
            refused: self.refused + other.refused,
            repeated: self.repeated + other.repeated,
            duplicates: self.duplicates + other.duplicates,
            conflicts: self.conflicts + other.conflicts,
            ids_used: self.ids_used + other.ids_used,
            timers: self.timers + other.timers,
            overrides: self.overrides + other.overrides,
            children: self.children + other.children,
            effects: self.effects + other.effects,
            migrations: self.migrations + other.migrations,
        }
    }
}

pub(crate) const NAMES: [&str; 6] = ["a", "b", "b1", "b2", "c", "c1"];

pub(super) fn asked(dice: &mut Dice, model: &Model, now: i64) -> Asked {
    let order = NAMES[dice.below(NAMES.len())].to_owned();
    let exists = model.orders.contains_key(&order);
    let ask = match dice.below(if exists { 20 } else { 3 }) {
        0 | 1 => {
            let parent = (order.len() > 1).then(|| order[..1].to_owned());
            Ask::Create { parent }
        }
        5..=7 => Ask::Pay {
            amount: 40 * (1 + i64::try_from(dice.below(3)).unwrap()),
        },
        8 => Ask::PayNothing,
        9..=11 => Ask::Ship,
        12 => Ask::Cancel,
        13 => Ask::SetPaid { paid: 100 },
        14 => {
            let states = [State::Cart, State::Placed, State::Shipped, State::Dropped];
            Ask::Force {
                to: states[dice.below(4)],
            }
        }
        15 => Ask::MoveTimer {
            due: now + i64::try_from(dice.below(3_000)).unwrap(),
        },
        16 | 17 => Ask::Tick,
        18 => Ask::Pay { amount: 100 },
        // The rest, four in twenty.
        _ => Ask::Place,
    };
    let by = match ask {
        Ask::Create { .. } | Ask::Place => "customer",
        _ => "clerk",
    };
    let by = if dice.below(15) == 0 { "customer" } else { by };
    let by = if matches!(ask, Ask::Tick) {
        "system"
    } else {
        by
    };
    let version = model.orders.get(&order).map_or(1, |order| order.version);
    let expected = match dice.below(6) {
        0 => Some(version),
        1 => Some(version + 1),
        _ => None,
    };
    let is_create = matches!(ask, Ask::Create { .. });
    let is_tick = matches!(ask, Ask::Tick);
    Asked {
        id: (!is_tick && dice.below(3) > 0).then(|| format!("e{}", dice.below(400))),
        expected: expected.filter(|_| !is_create && !is_tick),
        at: if is_tick {
            now
        } else {
            now - i64::try_from(dice.below(4) / 3 * dice.below(60)).unwrap()
        },
        order,
        ask,
        by,
    }
}

pub(super) fn request(asked: &Asked) -> Request {
    let key = OrderKey::new("shop", asked.order.clone());
    let actor = Actor::new(asked.by);
    let named = |name: &str, payload: BTreeMap<String, serde_json::Value>| EventKind::Named {
        name: name.to_owned(),
        payload,
        target: None,
    };
    let reason = "asked by phone".to_owned();
    let kind = match &asked.ask {
        Ask::Create { parent } => {
            return Request::Create(Create {
                parent: parent.as_ref().map(|order| Parent {
                    order: order.clone(),
                    set: "parts".to_owned(),
                }),
                event_id: asked.id.clone(),
                at: Some(at(asked.at)),
                ..Create::new("shop", "shop", asked.order.clone(), actor)
            });
        }
        Ask::Tick => return Request::Tick(key),
        Ask::Place => named("place", BTreeMap::new()),
        Ask::Pay { amount } => named(
            "pay",
            BTreeMap::from([("amount".to_owned(), json!(amount))]),
        ),
        Ask::PayNothing => named("pay", BTreeMap::new()),
        Ask::Ship => named("ship", BTreeMap::new()),
        Ask::Cancel => named("cancel", BTreeMap::new()),
        Ask::SetPaid { paid } => EventKind::ContextChanged {
            changes: BTreeMap::from([("paid".to_owned(), json!(paid))]),
        },
        Ask::Force { to } => EventKind::Override {
            reason,
            action: Override::ForceState {
                to: to.name().to_owned(),
            },
        },
        Ask::MoveTimer { due } => EventKind::Override {
            reason,
            action: Override::MoveTimer {
                timer: "cart.expires".to_owned(),
                due: at(*due),
            },
        },
    };
    let event = Event {
        id: asked.id.clone(),
        actor,
        kind,
    };
    Request::Fire(Fire {
        expected: asked.expected,
        at: Some(at(asked.at)),
        ..Fire::new("shop", asked.order.clone(), event)
    })
}

/// A reply in the model's words.
pub(super) fn told(reply: &Reply) -> Told {
    let stands = |status: &str| {
        let states = [State::Cart, State::Placed, State::Shipped, State::Dropped];
        *states.iter().find(|state| state.name() == status).unwrap()
    };
    match &reply.answer {
        Answer::Accepted(receipt) => Told::Accepted(receipt.version, stands(&receipt.status)),
        Answer::Repeated(receipt) => Told::Repeated(receipt.version, stands(&receipt.status)),
        Answer::Refused {
            receipt,
            message,
            refusal,
        } => {
            assert!(!message.is_empty() && refusal.is_object());
            let receipt = receipt.as_ref();
            Told::Refused(receipt.map(|receipt| (receipt.version, stands(&receipt.status))))
        }
        Answer::Conflict { found, .. } => Told::Conflict(*found),
        Answer::UnknownOrder => Told::Unknown,
        Answer::Exists { version } => Told::Exists(*version),
        Answer::IdUsed => Told::IdUsed,
        Answer::Invalid { .. } => Told::Invalid,
        other => panic!("{other:?}"),
    }
}

/// What is compared with the model: an engine upon a store, or whatever else runs orders.
pub(crate) trait Subject {
    /// Answers requests in their order.
    fn ask(&mut self, requests: &[Request], now: i64) -> Vec<Reply>;

    /// How an order stands.
    fn get(&mut self, key: &OrderKey) -> Option<OrderView>;

    /// The orders with timers that are due, the longest due first.
    fn due(&mut self, now: i64) -> Vec<OrderKey>;

    /// Fires these timers.
    fn fire_due(&mut self, due: &[OrderKey], now: i64);

    /// Deploys a version and brings all orders over to it; how many came.
    fn bring(&mut self, deploy: &Deploy, migration: &Migration, now: i64) -> u64;

    /// Goes on as a new process would.
    fn reopen(&mut self);

    /// The ids and names of all effects that were not handed out.
    fn effects(&mut self, now: i64) -> Vec<String>;

    /// How many steps of an order are as they were written and make it again.
    fn verify(&mut self, key: &OrderKey) -> u64;
}

/// An engine upon a store; `reopen` gives the store back as a new process would find it.
pub(crate) struct Upon<'a, S> {
    engine: Option<Engine<S>>,
    reopen: &'a mut dyn FnMut(S) -> S,
}

impl<S: Store> Upon<'_, S> {
    fn engine(&mut self) -> &mut Engine<S> {
        self.engine.as_mut().unwrap()
    }
}

impl<S: Store> Subject for Upon<'_, S> {
    fn ask(&mut self, requests: &[Request], now: i64) -> Vec<Reply> {
        self.engine().handle(requests, at(now)).unwrap()
    }

    fn get(&mut self, key: &OrderKey) -> Option<OrderView> {
        self.engine().get(key).unwrap()
    }

    fn due(&mut self, now: i64) -> Vec<OrderKey> {
        self.engine().store().due(at(now), 100).unwrap()
    }

    fn fire_due(&mut self, _: &[OrderKey], now: i64) {
        self.engine().fire_due(at(now)).unwrap();
    }

    fn bring(&mut self, deploy: &Deploy, migration: &Migration, now: i64) -> u64 {
        self.engine().deploy(deploy, at(now)).unwrap();
        let report = self.engine().migrate(migration, at(now), &mut |_| {});
        let report = report.unwrap();
        assert_eq!(report.refused, BTreeMap::new());
        report.moved.values().sum()
    }

    fn reopen(&mut self) {
        let store = self.engine.take().unwrap().into_store();
        self.engine = Some(Engine::new((self.reopen)(store)));
    }

    fn effects(&mut self, now: i64) -> Vec<String> {
        let lease = Duration::seconds(60);
        let claimed = self.engine().claim(None, at(now), lease, 100_000).unwrap();
        let told = claimed.iter().map(|e| format!("{} {}", e.id, e.effect));
        told.collect()
    }

    fn verify(&mut self, key: &OrderKey) -> u64 {
        let verified = self.engine().verify(key).unwrap().unwrap();
        let verified = verified.unwrap_or_else(|error| panic!("{key}: {error}"));
        verified.steps
    }
}

/// Compares every order of an engine with the model's.
pub(super) fn compare<S: Store>(engine: &mut Engine<S>, model: &Model, about: &str) {
    compare_with(&mut |key| engine.get(key).unwrap(), model, about);
}

/// Compares every order with the model's.
fn compare_with(get: &mut dyn FnMut(&OrderKey) -> Option<OrderView>, model: &Model, about: &str) {
    for name in NAMES {
        let view = get(&OrderKey::new("shop", name));
        let order = model.orders.get(name);
        assert_eq!(view.is_some(), order.is_some(), "{about}: {name}");
        let (Some(view), Some(order)) = (view, order) else {
            continue;
        };
        assert_eq!(view.status, order.state.name(), "{about}: {name}");
        assert_eq!(view.version, order.version, "{about}: {name}");
        assert_eq!(view.context["paid"], json!(order.paid), "{about}: {name}");
        assert_eq!(
            view.updated_at,
            format_instant(at(order.at)),
            "{about}: {name}"
        );
        let due: Vec<String> = order
            .due
            .iter()
            .map(|due| format_instant(at(*due)))
            .collect();
        assert_eq!(
            view.timers.into_values().collect::<Vec<_>>(),
            due,
            "{about}: {name}"
        );
    }
}

/// A sequence of one seed upon a store; `reopen` gives it back as a new process would find it.
pub(crate) fn conforms<S: Store>(
    seed: u64,
    store: S,
    reopen: &mut dyn FnMut(S) -> S,
    counts: &mut Counts,
) {
    let engine = Some(shop(store));
    subject_conforms(seed, &mut Upon { engine, reopen }, counts);
}

/// A sequence of one seed, upon what has the shop deployed and no orders.
pub(crate) fn subject_conforms(seed: u64, subject: &mut impl Subject, counts: &mut Counts) {
    let mut dice = Dice::new(seed);
    let mut model = Model::default();
    let mut now = 100;
    let mut sent: Vec<Asked> = Vec::new();
    for round in 0..60 {
        let about = format!("seed {seed}, round {round}");
        now += i64::try_from(dice.below(5) / 4 * dice.below(2_000)).unwrap();
        let mut group: Vec<Asked> = Vec::new();
        let mut expected = Vec::new();
        for _ in 0..=dice.below(6) {
            // Three of ten come again, as they were or a little changed.
            let again = (!sent.is_empty() && dice.below(10) < 3).then(|| {
                let mut again = sent[dice.below(sent.len())].clone();
                again.at = again.at.min(now);
                again
            });
            let next = again.unwrap_or_else(|| asked(&mut dice, &model, now));
            let next = Asked {
                at: if next.ask == Ask::Tick { now } else { next.at },
                ..next
            };
            expected.push(model.ask(&next));
            group.push(next.clone());
            sent.push(next);
        }
        let replies = subject.ask(&group.iter().map(request).collect::<Vec<_>>(), now);
        assert_eq!(replies.len(), group.len());
        for ((asked, reply), (expected, duplicate)) in group.iter().zip(&replies).zip(&expected) {
            assert_eq!(
                (told(reply), reply.duplicate),
                (expected.clone(), *duplicate),
                "{about}: {asked:?}"
            );
            counts.tally(asked, reply);
        }
        if dice.below(4) == 0 {
            let due = subject.due(now);
            for key in &due {
                let tick = Asked {
                    order: key.order.clone(),
                    ask: Ask::Tick,
                    by: "system",
                    id: None,
                    expected: None,
                    at: now,
                };
                model.ask(&tick);
                counts.timers += 1;
            }
            subject.fire_due(&due, now);
            assert_eq!(subject.due(now), [], "{about}");
        }
        compare_with(&mut |key| subject.get(key), &model, &about);
        if dice.below(10) == 0 {
            counts.migrations += migrated(subject, &mut model, now, &about);
            compare_with(&mut |key| subject.get(key), &model, &about);
        }
        if dice.below(8) == 0 {
            subject.reopen();
        }
    }
    let mut handed = subject.effects(now + 100_000);
    let mut effects: Vec<String> = model
        .orders
        .values()
        .flat_map(|o| o.effects.clone())
        .collect();
    handed.sort();
    effects.sort();
    assert_eq!(handed, effects, "seed {seed}");
    counts.effects += u64::try_from(handed.len()).unwrap();
    for name in model.names() {
        let steps = subject.verify(&OrderKey::new("shop", name.clone()));
        assert_eq!(steps, model.orders[&name].version, "seed {seed}, {name}");
        counts.steps += steps;
        counts.children += u64::from(model.orders[&name].parent.is_some());
    }
}

/// Brings every order to the other version of the shop; how many there were.
fn migrated(subject: &mut impl Subject, model: &mut Model, now: i64, about: &str) -> u64 {
    let (from, to) = (model.edition, 3 - model.edition);
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    let text = match to {
        1 => text,
        _ => text
            .replace("workflow: shop\n", "workflow: shop\nversion: 2\n")
            .replace("after: 1h", "after: 2h"),
    };
    let deploy = Deploy::file("shop", "shop.yaml", text);
    let plan = format!(
        "flagstate_migration: 1\nfrom: {{ workflow: shop, version: {from} }}\n\
         to: {{ workflow: shop, version: {to} }}\ntimers:\n  \
         cart.expires: {{ keep: cart.expires }}\n  placed.remind: {{ keep: placed.remind }}\n"
    );
    let migration = Migration {
        tenant: "shop".to_owned(),
        plan,
        name: Migration::NAME.to_owned(),
        actor: Actor::system(),
        dry_run: false,
    };
    let moved = subject.bring(&deploy, &migration, now);
    assert_eq!(moved, model.orders.len() as u64, "{about}");
    model.migrate(now);
    moved
}

impl Counts {
    fn tally(&mut self, asked: &Asked, reply: &Reply) {
        self.asked += 1;
        self.duplicates += u64::from(reply.duplicate);
        self.overrides += u64::from(matches!(
            asked.ask,
            Ask::Force { .. } | Ask::MoveTimer { .. }
        ));
        match reply.answer {
            Answer::Refused { .. } => self.refused += 1,
            Answer::Repeated(_) => self.repeated += 1,
            Answer::Conflict { .. } => self.conflicts += 1,
            Answer::IdUsed => self.ids_used += 1,
            _ => {}
        }
    }

    /// Each kind of thing must have happened, or the suite shows nothing.
    pub(crate) fn report(&self, store: &str, floor: u64) {
        tell::tried(&format!("runtime on {store}: {self:?}"));
        let kinds = [
            self.refused,
            self.repeated,
            self.duplicates,
            self.conflicts,
            self.ids_used,
            self.timers,
            self.overrides,
            self.children,
            self.effects,
            self.migrations,
        ];
        assert!(kinds.iter().all(|kind| *kind >= floor), "{self:?}");
    }
}

pub(crate) fn factor() -> u64 {
    let knob = std::env::var("FLAGSTATE_RUNTIME");
    knob.map_or(1, |text| text.parse().expect("a number"))
}

#[test]
fn the_memory_store_answers_as_the_model_does() {
    let mut counts = Counts::default();
    for seed in 0..100 * factor() {
        conforms(seed, Memory::default(), &mut |store| store, &mut counts);
    }
    counts.report("memory", 100);
}

#[test]
fn the_sqlite_store_answers_as_the_model_does() {
    let mut counts = Counts::default();
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..25 * factor() {
        let path = folder.path().join(format!("{seed}.db"));
        let store = Sqlite::open(&path).unwrap();
        let mut reopen = |store: Sqlite| {
            drop(store);
            Sqlite::open(&path).unwrap()
        };
        conforms(seed, store, &mut reopen, &mut counts);
    }
    counts.report("SQLite", 25);
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn the_postgres_store_answers_as_the_model_does() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let mut counts = Counts::default();
    for seed in 0..25 * factor() {
        let schema = server.schema();
        let mut reopen = |store| {
            drop(store);
            schema.open_existing()
        };
        conforms(seed, schema.open(), &mut reopen, &mut counts);
    }
    counts.report("PostgreSQL", 25);
}
