//! The engine upon a store that fails, from a seed: commits that are refused, that are written and not
//! acknowledged, crashes, another engine that is faster, clocks that jump. Whoever got no answer asks
//! again with the same id; in the end every order is what the model says. A failure prints its seed.
//! `FLAGSTATE_RUNTIME` multiplies how many seeds.

use std::sync::{Arc, Mutex};

use flagstate::runtime::row::{
    DeploymentRow, EffectRow, Find, JournalRow, OrderRow, Orphan, PlanRow, Settlement, Unit,
};
use flagstate::runtime::store::Standing;
use flagstate::runtime::{Engine, Memory, OrderKey, Reply, Store, StoreError};
use flagstate::time::Instant;

use super::conformance::{asked, compare, factor, request, told};
use super::model::{Ask, Asked, Model};
use super::{at, shop};
use crate::analysis::dice::Dice;
use crate::tell;

/// How often which fault came.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    full: u64,
    unsure_written: u64,
    unsure_lost: u64,
    unread: u64,
    raced: u64,
}

/// What both engines work on.
pub(crate) struct Disk {
    rows: Memory,
    dice: Dice,
    /// One in so many calls fails; none where 0.
    rate: usize,
    faults: Faults,
    /// Whether it answers nothing more, until it is opened again, once something was left open.
    pub(crate) closes: bool,
    is_closed: bool,
    /// What somebody else does before the next commit.
    intruder: Option<Asked>,
}

/// A store that fails now and then.
#[derive(Clone)]
pub(crate) struct Faulty(pub(crate) Arc<Mutex<Disk>>);

impl Disk {
    /// Rows of which one commit in so many fails, in three ways.
    pub(crate) fn failing(rows: Memory, rate: usize, seed: u64) -> Self {
        Self {
            rows,
            dice: Dice::new(seed),
            rate,
            faults: Faults::default(),
            closes: false,
            is_closed: false,
            intruder: None,
        }
    }

    /// That it is not known what became of something.
    fn unsure(&mut self) -> StoreError {
        self.is_closed |= self.closes;
        StoreError::Unsure("the disk did not answer".to_owned())
    }

    /// From now on one commit in so many fails.
    #[cfg(feature = "serve")]
    pub(crate) fn fail(&mut self, rate: usize) {
        self.rate = rate;
    }

    /// Nothing fails any more.
    pub(crate) fn heal(&mut self) {
        self.rate = 0;
    }
}

impl Faulty {
    fn read<R>(&self, read: impl FnOnce(&mut Memory) -> R) -> Result<R, StoreError> {
        let mut disk = self.0.lock().unwrap();
        if disk.is_closed {
            return Err(disk.unsure());
        }
        let rate = disk.rate * 4;
        if rate > 0 && disk.dice.below(rate) == 0 {
            disk.faults.unread += 1;
            return Err(StoreError::Failed("a read failed".to_owned()));
        }
        Ok(read(&mut disk.rows))
    }
}

impl Store for Faulty {
    fn load(&mut self, keys: &[OrderKey]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        self.read(|rows| rows.load(keys))?
    }

    fn children(&mut self, parent: &OrderKey) -> Result<Vec<OrderRow>, StoreError> {
        self.read(|rows| rows.children(parent))?
    }

    fn answers(&mut self, asked: &[(OrderKey, String)]) -> Result<Vec<Option<String>>, StoreError> {
        self.read(|rows| rows.answers(asked))?
    }

    fn commit(&mut self, units: &[Unit]) -> Result<Vec<bool>, StoreError> {
        let mut disk = self.0.lock().unwrap();
        if disk.is_closed {
            return Err(disk.unsure());
        }
        if let Some(intruder) = disk.intruder.take() {
            // Another process, with an engine of its own, is faster.
            let mut other = Engine::new(disk.rows.clone());
            let now = at(intruder.at);
            other.handle(&[request(&intruder)], now).unwrap();
            disk.rows = other.into_store();
            disk.faults.raced += 1;
        }
        let rate = disk.rate;
        let dice = if rate > 0 { disk.dice.below(rate) } else { 9 };
        match dice {
            0 => {
                disk.faults.full += 1;
                Err(StoreError::Full("no room".to_owned()))
            }
            1 => {
                disk.faults.unsure_lost += 1;
                Err(disk.unsure())
            }
            2 => {
                disk.faults.unsure_written += 1;
                disk.rows.commit(units)?;
                Err(disk.unsure())
            }
            _ => disk.rows.commit(units),
        }
    }

    fn due(&mut self, now: Instant, limit: usize) -> Result<Vec<OrderKey>, StoreError> {
        self.read(|rows| rows.due(now, limit))?
    }

    fn next_due(&mut self) -> Result<Option<Instant>, StoreError> {
        self.read(Memory::next_due)?
    }

    fn journal(
        &mut self,
        key: &OrderKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<JournalRow>, StoreError> {
        self.read(|rows| rows.journal(key, after, limit))?
    }

    fn keys(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<OrderKey>, StoreError> {
        self.read(|rows| rows.keys(after, limit))?
    }

    fn orphans(
        &mut self,
        after: Option<&OrderKey>,
        limit: usize,
    ) -> Result<Vec<Orphan>, StoreError> {
        self.read(|rows| rows.orphans(after, limit))?
    }

    fn find(&mut self, find: &Find) -> Result<Vec<OrderRow>, StoreError> {
        self.read(|rows| rows.find(find))?
    }

    fn standing(&mut self, tenant: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|rows| rows.standing(tenant))?
    }

    fn standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.read(|rows| rows.standings(tenant))?
    }

    fn stuck_standings(&mut self, tenant: &str) -> Result<Vec<Standing>, StoreError> {
        self.read(|rows| rows.stuck_standings(tenant))?
    }

    fn tenants(&mut self) -> Result<Vec<String>, StoreError> {
        self.read(Store::tenants)?
    }

    fn set_stuck(&mut self, key: &OrderKey, reason: Option<&str>) -> Result<bool, StoreError> {
        self.read(|rows| rows.set_stuck(key, reason))?
    }

    fn deploy(&mut self, row: &DeploymentRow) -> Result<(), StoreError> {
        self.read(|rows| rows.deploy(row))?
    }

    fn deployment(&mut self, tenant: &str, id: &str) -> Result<Option<DeploymentRow>, StoreError> {
        self.read(|rows| rows.deployment(tenant, id))?
    }

    fn deployments(&mut self, tenant: &str) -> Result<Vec<String>, StoreError> {
        self.read(|rows| rows.deployments(tenant))?
    }

    fn current(
        &mut self,
        tenant: &str,
        workflow: &str,
    ) -> Result<Option<DeploymentRow>, StoreError> {
        self.read(|rows| rows.current(tenant, workflow))?
    }

    fn add_plan(&mut self, row: &PlanRow) -> Result<(), StoreError> {
        self.read(|rows| rows.add_plan(row))?
    }

    fn plan(&mut self, tenant: &str, id: &str) -> Result<Option<PlanRow>, StoreError> {
        self.read(|rows| rows.plan(tenant, id))?
    }

    fn claim(
        &mut self,
        tenant: Option<&str>,
        now: Instant,
        until: Instant,
        limit: usize,
    ) -> Result<Vec<EffectRow>, StoreError> {
        self.read(|rows| rows.claim(tenant, now, until, limit))?
    }

    fn settle(
        &mut self,
        id: &str,
        attempt: u32,
        settlement: &Settlement,
    ) -> Result<bool, StoreError> {
        self.read(|rows| rows.settle(id, attempt, settlement))?
    }

    fn dead(&mut self, tenant: &str, limit: usize) -> Result<Vec<EffectRow>, StoreError> {
        self.read(|rows| rows.dead(tenant, limit))?
    }

    fn revive(&mut self, id: &str, due: Instant) -> Result<bool, StoreError> {
        self.read(|rows| rows.revive(id, due))?
    }
}

/// Asks until there is an answer; after a failure a new engine is made, as after a crash.
fn answered(engine: &mut Engine<Faulty>, disk: &Faulty, asked: &Asked, now: i64) -> (Reply, u64) {
    for failures in 0..10_000 {
        match engine.handle(&[request(asked)], at(now)) {
            Ok(mut replies) => return (replies.remove(0), failures),
            Err(_) => *engine = Engine::new(disk.clone()),
        }
    }
    panic!("no answer to {asked:?}");
}

#[test]
fn whatever_fails_every_order_is_what_the_model_says() {
    let mut faults = Faults::default();
    let (mut events, mut crashes, mut steps) = (0, 0, 0);
    for seed in 0..60 * factor() {
        let mut dice = Dice::new(seed);
        let rate = 4 + dice.below(12);
        let rows = shop(Memory::default()).into_store();
        let disk = Disk::failing(rows, rate, seed + 1_000_000);
        let disk = Faulty(Arc::new(Mutex::new(disk)));
        let mut engine = Engine::new(disk.clone());
        let mut model = Model::default();
        let mut now = 100;
        for number in 0..150 {
            // The clock jumps: ahead by up to an hour, now and then back.
            now += i64::try_from(dice.below(6) / 5 * dice.below(3_600)).unwrap();
            now -= i64::try_from(dice.below(20) / 19 * dice.below(300)).unwrap();
            now = now.max(100);
            let mut next = asked(&mut dice, &model, now);
            next.at = next.at.min(now);
            // Whoever wants to know whether it was done must ask with an id; time needs none.
            next.id = (next.ask != Ask::Tick).then(|| format!("n{number}"));
            next.expected = None;
            let pay = Asked {
                ask: Ask::SetPaid { paid: 60 },
                by: "clerk",
                id: Some(format!("i{number}")),
                at: now,
                ..next.clone()
            };
            let is_threatened = dice.below(6) == 0 && model.orders.contains_key(&next.order);
            // It commits before this request does, whichever attempt that is.
            disk.0.lock().unwrap().intruder = is_threatened.then(|| pay.clone());
            let (reply, failed) = answered(&mut engine, &disk, &next, now);
            let waits = disk.0.lock().unwrap().intruder.take();
            if is_threatened && waits.is_none() {
                model.ask(&pay);
            }
            let (expected, _) = model.ask(&next);
            let about = format!("seed {seed}, event {number}, {failed} failures: {next:?}");
            assert_eq!(told(&reply), expected, "{about}");
            if dice.below(10) == 0 {
                crashes += due(&mut engine, &disk, &mut model, now);
            }
            events += 1;
            crashes += failed;
        }
        disk.0.lock().unwrap().heal();
        let mut engine = Engine::new(disk.clone());
        compare(&mut engine, &model, &format!("seed {seed}"));
        for name in model.names() {
            let verified = engine
                .verify(&OrderKey::new("shop", name.clone()))
                .unwrap()
                .unwrap();
            steps += verified
                .unwrap_or_else(|error| panic!("seed {seed}, {name}: {error}"))
                .steps;
        }
        let disk = disk.0.lock().unwrap();
        faults.full += disk.faults.full;
        faults.unsure_lost += disk.faults.unsure_lost;
        faults.unsure_written += disk.faults.unsure_written;
        faults.unread += disk.faults.unread;
        faults.raced += disk.faults.raced;
    }
    tell::tried(&format!(
        "simulation: {events} events, {steps} steps, {crashes} failures survived: {faults:?}"
    ));
    let kinds = [
        faults.full,
        faults.unsure_lost,
        faults.unsure_written,
        faults.unread,
        faults.raced,
    ];
    assert!(kinds.iter().all(|kind| *kind > 50), "{faults:?}");
}

/// Fires what is due, however often that fails.
fn due(engine: &mut Engine<Faulty>, disk: &Faulty, model: &mut Model, now: i64) -> u64 {
    for key in disk.0.lock().unwrap().rows.due(at(now), 1_000).unwrap() {
        let tick = Asked {
            order: key.order,
            ask: Ask::Tick,
            by: "system",
            id: None,
            expected: None,
            at: now,
        };
        model.ask(&tick);
    }
    let failures = (0..10_000).find(|_| match engine.fire_due(at(now)) {
        Ok(_) => true,
        Err(_) => {
            *engine = Engine::new(disk.clone());
            false
        }
    });
    failures.unwrap()
}

#[test]
fn whoever_is_told_that_nothing_was_written_is_told_the_truth() {
    let pay = |order: &str, id: &str| Asked {
        order: order.to_owned(),
        ask: Ask::Pay { amount: 1 },
        by: "clerk",
        id: Some(id.to_owned()),
        expected: None,
        at: 100,
    };
    let mut engine = shop(Memory::default());
    for order in ["a", "b"] {
        for ask in [Ask::Create { parent: None }, Ask::Place] {
            let begun = Asked {
                ask,
                by: "customer",
                id: None,
                ..pay(order, "")
            };
            engine.handle(&[request(&begun)], at(100)).unwrap();
        }
    }
    let rows = engine.into_store();
    let (mut halves, mut failed) = (0, 0);
    for seed in 0..400 {
        let mut disk = Disk::failing(rows.clone(), 5, seed);
        // Somebody else is faster with one of two, so that it is tried again once the other is written.
        disk.intruder = Some(pay("b", "theirs"));
        let disk = Faulty(Arc::new(Mutex::new(disk)));
        let mut engine = Engine::new(disk.clone());
        let asked = [pay("a", "x"), pay("b", "y")];
        let replies = engine.handle_each(&asked.each_ref().map(request), at(100));
        disk.0.lock().unwrap().heal();
        let mut engine = Engine::new(disk);
        let mut is_half = replies.iter().any(Result::is_ok);
        for (asked, reply) in asked.iter().zip(&replies) {
            let key = OrderKey::new("shop", asked.order.clone());
            let id = format!("\"event_id\":\"{}\"", asked.id.as_deref().unwrap());
            let rows = engine.journal(&key, 0, 99).unwrap();
            let is_there = rows.iter().any(|row| row.body.contains(&id));
            match reply {
                Ok(_) => assert!(is_there, "seed {seed}: {replies:?}"),
                Err(StoreError::Unsure(_)) => {}
                Err(_) => assert!(!is_there, "seed {seed}: {replies:?}"),
            }
        }
        let is_failed = replies.iter().any(Result::is_err);
        is_half &= is_failed;
        halves += u64::from(is_half);
        failed += u64::from(is_failed);
    }
    assert!(halves > 10 && failed > 50, "{halves} {failed}");
    tell::tried(&format!(
        "two requests upon a store that fails: {failed} times one of them failed, {halves} times one alone"
    ));
}
