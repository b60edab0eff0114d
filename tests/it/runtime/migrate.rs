//! A new version under live orders: all come over or their whole family stays, whatever fails on the
//! way; journals make the orders again across versions, and there is a way back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flagstate::context::Actor;
use flagstate::instance::{Event, Site, Stored};
use flagstate::migrate::{Sites, apply, check, read};
use flagstate::runtime::engine::{Migration, MigrationReport};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, EngineError, Fire, Import, Memory, OrderKey, Parent, Request,
    Store,
};
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, parse_instant};

use super::simulation::{Disk, Faulty};
use super::{SHOP, at, shop};
use crate::diff::brute::Space;
use crate::diff::version;
use crate::tell;

fn migration(plan: &str) -> Migration {
    Migration {
        tenant: "shop".to_owned(),
        plan: plan.to_owned(),
        name: Migration::NAME.to_owned(),
        actor: Actor {
            role: "system".to_owned(),
            id: Some("ann".to_owned()),
        },
        dry_run: false,
    }
}

/// How many orders of a version stand where.
fn census(report: &MigrationReport, deployment: &str) -> BTreeMap<String, u64> {
    let here = report
        .after
        .iter()
        .filter(|standing| standing.deployment == deployment);
    here.map(|standing| (standing.status.clone(), standing.count))
        .collect()
}

fn edition(name: &str) -> String {
    std::fs::read_to_string(format!("examples/upgrades/appxite/vendor/{name}")).unwrap()
}

#[test]
fn every_order_of_appxite_comes_over_however_often_the_store_fails() {
    let (first, second, plan) = (
        edition("2023.yaml"),
        edition("2025.yaml"),
        edition("migration.yaml"),
    );
    let (old, new) = (
        version(0, "2023.yaml", &first),
        version(1, "2025.yaml", &second),
    );
    let site = |workflow| Site::new(workflow, &BTreeMap::new()).unwrap();
    let (before, after) = (site(&old), site(&new));
    let now: Instant = parse_instant("2027-01-01T00:00:00Z").unwrap();
    let mut engine = Engine::new(Memory::default());
    engine
        .deploy(&Deploy::file("shop", "2023.yaml", first), now)
        .unwrap();
    let orders = Space::of(&old, &before, &[], true).orders;
    let imports: Vec<Request> = orders
        .iter()
        .enumerate()
        .map(|(number, order)| {
            Request::Import(Box::new(Import {
                key: OrderKey::new("shop", format!("o{number:04}")),
                order: Stored::of(&old, order),
                actor: Actor::system(),
            }))
        })
        .collect();
    for reply in engine.handle(&imports, now).unwrap() {
        assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
    }
    let target = engine
        .deploy(&Deploy::file("shop", "2025.yaml", second), now)
        .unwrap();

    // What each order comes to by itself.
    let (file, _) = read(FileId(0), &SourceFile::new("plan.yaml", plan.clone()));
    let (resolved, _) = check(file.as_ref().unwrap(), &old, &new);
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for order in &orders {
        let sites = Sites {
            old: &before,
            new: &after,
        };
        *expected
            .entry(apply(&resolved, sites, order, now).unwrap().to)
            .or_default() += 1;
    }

    let dry = Migration {
        dry_run: true,
        ..migration(&plan)
    };
    let told = engine.migrate(&dry, now, &mut |_| {}).unwrap();
    assert_eq!(
        told.moved.values().sum::<u64>(),
        u64::try_from(orders.len()).unwrap()
    );
    assert_eq!(told.before, told.after);

    let rows = engine.into_store();
    let mut failures = 0;
    let failing = |seed| Faulty(Arc::new(Mutex::new(Disk::failing(rows.clone(), 5, seed))));
    let mut disk = failing(0);
    for seed in 1..13 {
        disk = failing(seed);
        // A process that fails is started again.
        let report = loop {
            let mut engine = Engine::new(disk.clone());
            match engine.migrate(&migration(&plan), now, &mut |_| {}) {
                Ok(report) => break report,
                Err(EngineError::Store(_)) => failures += 1,
                Err(error) => panic!("{error}"),
            }
        };
        assert!(report.refused.is_empty(), "{report:?}");
        assert_eq!(census(&report, &target), expected, "seed {seed}");
    }
    disk.0.lock().unwrap().heal();
    let mut engine = Engine::new(disk);
    for number in 0..orders.len() {
        let key = OrderKey::new("shop", format!("o{number:04}"));
        let verified = engine.verify(&key).unwrap().unwrap();
        assert_eq!(verified.unwrap_or_else(|error| panic!("{error}")).steps, 2);
    }
    assert!(failures >= 12, "{failures}");
    tell::tried(&format!(
        "{} orders brought over under way, {failures} failures of the store: {expected:?}",
        orders.len()
    ));
}

/// The shop in its second version: the cart is a basket.
fn second() -> String {
    let text = std::fs::read_to_string(SHOP).unwrap();
    let text = text.replace("workflow: shop", "workflow: shop\nversion: 2");
    text.replace("workflow: self\nversion: 2", "workflow: self")
        .replace("cart", "basket")
}

const THERE: &str = "
flagstate_migration: 1
from: { workflow: shop, version: 1 }
to: { workflow: shop, version: 2 }
states: { cart: basket }
timers: { cart.expires: { keep: basket.expires } }
";

const BACK: &str = "
flagstate_migration: 1
from: { workflow: shop, version: 2 }
to: { workflow: shop, version: 1 }
states: { basket: cart }
timers: { basket.expires: { keep: cart.expires } }
";

/// A shop with a family, an order alone and one that has ended.
fn family() -> Engine<Memory> {
    let mut engine = shop(Memory::default());
    let create = |order: &str, parent: Option<&str>| {
        Request::Create(Create {
            parent: parent.map(|order| Parent {
                order: order.to_owned(),
                set: "parts".to_owned(),
            }),
            ..Create::new("shop", "shop", order, Actor::new("customer"))
        })
    };
    let fire = |order: &str, event: &str| {
        let event = Event::named(event, Actor::new("customer"));
        Request::Fire(Fire::new("shop", order, event))
    };
    let requests = [
        create("a", None),
        create("a1", Some("a")),
        create("a2", Some("a")),
        create("b", None),
        create("c", None),
        fire("a", "place"),
        fire("a1", "place"),
        fire("c", "cancel"),
    ];
    for reply in engine.handle(&requests, at(0)).unwrap() {
        assert!(matches!(reply.answer, Answer::Accepted(_)), "{reply:?}");
    }
    engine
}

fn status(engine: &mut Engine<Memory>, order: &str) -> (String, u32) {
    let view = engine.get(&OrderKey::new("shop", order)).unwrap().unwrap();
    (view.status, view.workflow_version)
}

#[test]
fn a_family_comes_over_and_goes_back_and_its_journals_tell_of_both() {
    let mut engine = family();
    let there = engine
        .deploy(&Deploy::file("shop", "two.yaml", second()), at(10))
        .unwrap();
    let report = engine
        .migrate(&migration(THERE), at(100), &mut |_| {})
        .unwrap();
    assert!(report.refused.is_empty(), "{report:?}");
    let moved: Vec<_> = report
        .moved
        .iter()
        .map(|((from, to), n)| format!("{from} -> {to}: {n}"))
        .collect();
    assert_eq!(
        moved,
        [
            "cart -> basket: 2",
            "dropped -> dropped: 1",
            "placed -> placed: 2"
        ]
    );
    let by_status = [("basket", 2), ("dropped", 1), ("placed", 2)];
    let by_status = by_status.map(|(status, count)| (status.to_owned(), count));
    assert_eq!(census(&report, &there), by_status.into());
    // Nothing is left to bring over.
    let again = engine
        .migrate(&migration(THERE), at(101), &mut |_| {})
        .unwrap();
    assert_eq!((again.moved.len(), again.refused.len()), (0, 0));

    // Timers go on, children are counted, orders of before are made again.
    let key = |order: &str| OrderKey::new("shop", order);
    let before = engine.as_of(&key("b"), at(50)).unwrap().unwrap();
    assert_eq!(
        (before.version, before.states),
        (1, vec!["cart".to_owned()])
    );
    let view = engine.get(&key("b")).unwrap().unwrap();
    assert_eq!(view.timers["basket.expires"], "2026-01-05T09:20:00Z");
    assert_eq!(engine.fire_due(at(1_200)).unwrap().orders, 2);
    assert_eq!(status(&mut engine, "a2"), ("dropped".to_owned(), 2));
    let parent = engine.as_of(&key("a"), at(1_200)).unwrap().unwrap();
    assert_eq!(parent.children["parts"].by_state.get("dropped"), 1);

    let text = std::fs::read_to_string(SHOP).unwrap();
    engine
        .deploy(&Deploy::file("shop", "shop.yaml", text), at(1_300))
        .unwrap();
    let report = engine
        .migrate(&migration(BACK), at(1_400), &mut |_| {})
        .unwrap();
    assert_eq!(report.moved.values().sum::<u64>(), 5);
    for order in ["a", "a1", "a2", "b", "c"] {
        assert_eq!(status(&mut engine, order).1, 1, "{order}");
        let verified = engine.verify(&key(order)).unwrap().unwrap();
        verified.unwrap_or_else(|error| panic!("{error}"));
    }
    let last = engine.journal(&key("b"), 0, 10).unwrap().pop().unwrap();
    assert!(
        last.body
            .contains(r#""by":"system","by_id":"ann","cause":{"kind":"migrated""#),
        "{}",
        last.body
    );
}

#[test]
fn a_family_of_which_one_is_refused_stays_as_a_whole() {
    let mut engine = family();
    engine
        .deploy(&Deploy::file("shop", "two.yaml", second()), at(10))
        .unwrap();
    engine
        .store()
        .set_stuck(&OrderKey::new("shop", "a2"), Some("on hold"))
        .unwrap();
    let report = engine
        .migrate(&migration(THERE), at(100), &mut |_| {})
        .unwrap();
    let refused: Vec<&str> = report.refused.keys().map(String::as_str).collect();
    assert_eq!(refused, ["a", "a1", "a2"]);
    assert!(report.refused["a1"][0].contains("on hold"), "{report:?}");
    assert_eq!(status(&mut engine, "a1"), ("placed".to_owned(), 1));
    assert_eq!(status(&mut engine, "b"), ("basket".to_owned(), 2));
    engine
        .store()
        .set_stuck(&OrderKey::new("shop", "a2"), None)
        .unwrap();
    let report = engine
        .migrate(&migration(THERE), at(200), &mut |_| {})
        .unwrap();
    assert_eq!(
        (report.moved.values().sum::<u64>(), report.refused.len()),
        (3, 0)
    );
}

#[test]
fn a_plan_with_errors_or_for_what_is_not_deployed_moves_nothing() {
    let mut engine = family();
    let wrong = |engine: &mut Engine<Memory>, plan: &str| {
        let error = engine
            .migrate(&migration(plan), at(100), &mut |_| {})
            .unwrap_err();
        error.to_string()
    };
    let not = wrong(&mut engine, THERE);
    assert_eq!(
        not,
        "version 2 of `shop` is not the one that is deployed: it is version 1"
    );
    let none = Migration {
        tenant: "nobody".to_owned(),
        ..migration(THERE)
    };
    let none = engine.migrate(&none, at(100), &mut |_| {}).unwrap_err();
    assert_eq!(
        none.to_string(),
        "version 2 of `shop` is not the one that is deployed: there is none for `nobody`"
    );
    engine
        .deploy(&Deploy::file("shop", "two.yaml", second()), at(10))
        .unwrap();
    let missing = THERE.replace("states: { cart: basket }\n", "");
    let told = wrong(&mut engine, &missing);
    assert!(
        told.contains("unmapped-state") && told.contains("migration.yaml:"),
        "{told}"
    );
    let kept = engine.store().plan("shop", &migration(&missing).row().id);
    assert_eq!(kept, Ok(None));
    let unnamed = THERE.replace("from: { workflow: shop, version: 1 }", "from: one.yaml");
    let unnamed = wrong(&mut engine, &unnamed);
    assert_eq!(
        unnamed,
        "the plan must name `workflow:` and `version:` under `from:`"
    );
    assert_eq!(status(&mut engine, "b"), ("cart".to_owned(), 1));
}

/// Some orders at a time, as a server is asked for.
fn in_portions(
    engine: &mut Engine<Memory>,
    migration: &Migration,
    limit: usize,
) -> (MigrationReport, usize) {
    let (mut report, mut next) = engine
        .migrate_some(migration, (None, limit), at(100))
        .unwrap();
    let mut portions = 1;
    while let Some(place) = next {
        let (portion, behind) = engine
            .migrate_some(migration, (Some(&place), limit), at(100))
            .unwrap();
        for (way, count) in portion.moved {
            *report.moved.entry(way).or_default() += count;
        }
        report.fates.join(portion.fates);
        report.refused.extend(portion.refused);
        report.after = portion.after;
        next = behind;
        portions += 1;
    }
    (report, portions)
}

#[test]
fn some_at_a_time_come_to_the_same_as_all_at_once() {
    for is_stuck in [false, true] {
        let mut begun = family();
        // Orders of two deployments of the old version.
        let text = std::fs::read_to_string(SHOP).unwrap();
        let mut longer = Deploy::file("shop", "shop.yaml", text);
        longer.settings.insert("hold".to_owned(), "2h".into());
        begun.deploy(&longer, at(1)).unwrap();
        let create = |order: &str| {
            Request::Create(Create::new("shop", "shop", order, Actor::new("customer")))
        };
        begun.handle(&[create("d"), create("e")], at(2)).unwrap();
        begun
            .deploy(&Deploy::file("shop", "two.yaml", second()), at(10))
            .unwrap();
        let stuck = is_stuck.then_some("on hold");
        let order = OrderKey::new("shop", "a2");
        begun.store().set_stuck(&order, stuck).unwrap();
        let rows = begun.into_store();
        for dry_run in [true, false] {
            let migration = Migration {
                dry_run,
                ..migration(THERE)
            };
            let mut whole = Engine::new(rows.clone());
            let expected = whole.migrate(&migration, at(100), &mut |_| {}).unwrap();
            let moved: u64 = expected.moved.values().sum();
            let stay = if is_stuck { 3 } else { 0 };
            assert_eq!(
                (moved, expected.refused.len()),
                (7 - stay, usize::try_from(stay).unwrap())
            );
            let whole = format!("{:?}", whole.into_store());
            for limit in [1, 2, 3, 100] {
                let mut engine = Engine::new(rows.clone());
                let (report, portions) = in_portions(&mut engine, &migration, limit);
                assert_eq!(report, expected, "{limit} at a time, dry: {dry_run}");
                // Each deployment takes one, however many orders it has.
                assert!(portions == 2 || limit < 4 && portions > 2, "{portions}");
                let became = format!("{:?}", engine.into_store());
                assert_eq!(became, whole, "{limit} at a time, dry: {dry_run}");
            }
        }
    }
}
