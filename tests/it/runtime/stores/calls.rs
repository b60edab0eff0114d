//! Random calls of a store, drawn so that they meet: few tenants, orders, events and instants.

use flagstate::runtime::row::{
    AnswerRow, Change, DeploymentRow, ELSEWHERE, EffectRow, Find, JournalRow, OrderKey, OrderRow,
    Parent, Settlement, Unit,
};
use flagstate::runtime::{Memory, Store, StoreError};
use flagstate::time::{Instant, at_nanoseconds, last_instant};
use proptest::prelude::*;

/// Numbers that a call is made of.
pub(super) type Seed = [u8; 12];

/// What is drawn. Versions and attempts are said in relation to what is stored then.
#[derive(Debug, Clone)]
pub(super) enum Draw {
    Commit(Vec<Vec<Seed>>),
    Other(u8, Seed),
    Reopen,
}

pub(super) fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let seed = any::<Seed>();
    let unit = prop_oneof![
        5 => prop::collection::vec(seed, 1),
        2 => prop::collection::vec(seed, 0..4),
    ];
    let draw = prop_oneof![
        5 => prop::collection::vec(unit, 0..5).prop_map(Draw::Commit),
        2 => seed.prop_map(|seed| Draw::Commit(vec![vec![seed]])),
        9 => (any::<u8>(), any::<Seed>()).prop_map(|(which, seed)| Draw::Other(which, seed)),
        1 => Just(Draw::Reopen),
    ];
    prop::collection::vec(draw, 1..80)
}

/// A call with all that it is given.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Load(Vec<OrderKey>),
    Children(OrderKey),
    Answers(Vec<(OrderKey, String)>),
    Commit(Vec<Unit>),
    Due(Instant, usize),
    NextDue,
    Journal(OrderKey, u64, usize),
    Keys(Option<OrderKey>, usize),
    /// All of them behind a key, so many at once.
    Orphans(Option<OrderKey>, usize),
    Find(Find),
    Standing(String),
    Standings(String),
    StuckStandings(String),
    Tenants,
    SetStuck(OrderKey, Option<String>),
    Deploy(DeploymentRow),
    Deployment(String, String),
    Deployments(String),
    Current(String, String),
    Claim(Option<String>, Instant, Instant, usize),
    Settle(String, u32, Settlement),
    Dead(String, usize),
    Revive(String, Instant),
    CheckRoom,
}

/// The tenants; one is a beginning of another, one would leave the text if it were written into it.
const TENANTS: [&str; 4] = ["a", "a/b", "", "x' OR 1 --"];
const ORDERS: [&str; 6] = ["1", "10", "2", "\u{1F4E6}", "a\0b", ""];
const EVENTS: [&str; 4] = ["e1", "e2", "E1", ""];
const STATES: [&str; 3] = ["in_cart", "booked", "booked + paid"];

fn pick<T: Copy, const N: usize>(from: [T; N], number: u8) -> T {
    from[usize::from(number) % N]
}

/// Most calls are about one tenant, so that they meet.
fn tenant(number: u8) -> String {
    let tenant = if number < 180 {
        "a"
    } else {
        pick(TENANTS, number)
    };
    tenant.to_owned()
}

fn key(owner: u8, id: u8) -> OrderKey {
    OrderKey::new(tenant(owner), pick(ORDERS, id))
}

/// Instants within a few microseconds, some of them before 1970, and the last one.
fn instant(number: u8) -> Instant {
    match number {
        0..=180 => at_nanoseconds(1_767_603_600_000_000_000 + i64::from(number) * 250),
        181..=254 => at_nanoseconds((i64::from(number) - 218) * 250),
        255 => last_instant(),
    }
}

fn some<T>(number: u8, value: T) -> Option<T> {
    (!number.is_multiple_of(3)).then_some(value)
}

/// Why an order does not go on here.
fn reason(number: u8) -> String {
    let reason = if number < 100 {
        ELSEWHERE
    } else {
        "no such deployment"
    };
    reason.to_owned()
}

/// The hash of a step; orders have one past of two.
fn head(sequence: u64, number: u8) -> String {
    format!("head {sequence} {}", u8::from(number > 230))
}

fn order(key: &OrderKey, sequence: u64, seed: Seed) -> OrderRow {
    let parent = Parent {
        order: pick(ORDERS, seed[4]).to_owned(),
        set: "parcels".to_owned(),
    };
    OrderRow {
        key: key.clone(),
        root: pick(ORDERS, seed[4] / 2).to_owned(),
        parent: some(seed[4] / 8, parent),
        deployment: format!("d{}", seed[5] % 2),
        sequence,
        status: pick(STATES, seed[5] / 2).to_owned(),
        done: seed[5].is_multiple_of(5),
        next_due: some(seed[6], instant(seed[6])),
        created_at: instant(seed[7]),
        updated_at: instant(seed[8]),
        head: head(sequence, seed[8]),
        stuck: seed[9].is_multiple_of(7).then(|| reason(seed[4])),
        body: "{}\n".repeat(usize::from(seed[9]) * usize::from(seed[9] / 8)),
    }
}

/// What a draw is now that it is known what is stored.
#[derive(Default)]
pub(super) struct Aim {
    /// Effects that were handed out, at which attempt.
    pub(super) claimed: Vec<(String, u32)>,
    added: usize,
}

impl Aim {
    pub(super) fn commit(&mut self, store: &mut Memory, units: &[Vec<Seed>]) -> Call {
        let mut change = |seed: &Seed| self.change(store, *seed);
        let unit = |seeds: &Vec<Seed>| seeds.iter().map(&mut change).collect();
        Call::Commit(units.iter().map(unit).collect())
    }

    fn change(&mut self, store: &mut Memory, seed: Seed) -> Change {
        let key = key(seed[0], seed[1]);
        let stored = store.load(std::slice::from_ref(&key)).unwrap().remove(0);
        let version = stored.as_ref().map(|row| row.sequence);
        // Mostly what is stored, or what an earlier change of the same commit may have made of it.
        let expected = match seed[2] {
            0..=159 => version,
            160..=199 => Some(version.unwrap_or_default() + 1),
            200..=229 => Some(version.unwrap_or_default() + 2),
            230..=243 => None,
            244..=255 => Some(version.unwrap_or_default().saturating_sub(1)),
        };
        // Mostly the last step that is stored, or the one that an earlier change may have made.
        let upon = match stored {
            Some(row) if expected == version => row.head,
            _ => head(expected.unwrap_or_default(), seed[8]),
        };
        let upon = if seed[11] < 240 {
            upon
        } else {
            "another".to_owned()
        };
        let steps = if expected.is_none() {
            1
        } else {
            u64::from(seed[3] % 4)
        };
        let first = expected.unwrap_or_default() + 1;
        let sequence = first - 1 + steps;
        // Now and then a step that is there already.
        let first = if seed[10] == 1 {
            first.saturating_sub(1)
        } else {
            first
        };
        let step = |sequence| JournalRow {
            sequence,
            body: format!("step {sequence} {}", seed[8]),
            personal: seed[7]
                .is_multiple_of(2)
                .then(|| format!("personal {}", seed[8])),
            hash: head(sequence, seed[8]),
        };
        let answers = (0..seed[11] % 3).map(|place| AnswerRow {
            event_id: format!("{}{}", pick(EVENTS, seed[11] / 4 + place), seed[10] % 8),
            body: format!("answer {}", seed[8]),
        });
        let effects = if steps == 0 { 0 } else { seed[10] / 4 % 3 };
        let answers = answers.collect();
        Change {
            expected,
            upon,
            row: order(&key, sequence, seed),
            journal: (first..=sequence).map(step).collect(),
            answers,
            effects: (0..effects)
                .map(|_| self.effect(&key, sequence, seed))
                .collect(),
            erases: seed[9].is_multiple_of(8),
        }
    }

    fn effect(&mut self, key: &OrderKey, sequence: u64, seed: Seed) -> EffectRow {
        self.added += 1;
        let id = if seed[10] == 11 { 0 } else { self.added };
        EffectRow {
            id: format!("{key}/{sequence}.{id}"),
            // Now and then of an order that there is not.
            key: match seed[6] % 8 {
                0 => OrderKey::new(key.tenant.clone(), format!("gone {}", seed[1] % 4)),
                _ => key.clone(),
            },
            sequence,
            effect: "mail".to_owned(),
            state: pick(STATES, seed[5]).to_owned(),
            at: instant(seed[7]),
            due: instant(seed[8]),
            attempts: 0,
            error: None,
            dead: false,
        }
    }

    /// One that was handed out, at that attempt or another.
    fn claimed(&self, seed: Seed) -> (String, u32) {
        let count = self.claimed.len().max(1);
        let from_the_end = usize::from(seed[0]) % count.min(6) + 1;
        let place = self.claimed.len().checked_sub(from_the_end);
        let found = place.map(|place| self.claimed[place].clone());
        let (id, attempt) = found.unwrap_or_default();
        (
            id,
            if seed[1].is_multiple_of(5) {
                attempt + 1
            } else {
                attempt
            },
        )
    }

    pub(super) fn other(&self, which: u8, seed: Seed) -> Call {
        let here = key(seed[0], seed[1]);
        let whose = tenant(seed[0]);
        let limit = usize::from(seed[2] % 5);
        let deployment = DeploymentRow {
            id: format!("d{}", seed[3] % 3),
            tenant: whose.clone(),
            workflow: format!("w{}", seed[4] % 2),
            version: u32::from(seed[3] % 3),
            files: format!("[[\"{}\", \"\"]]", seed[3] % 3),
            settings: "{}".to_owned(),
            at: instant(seed[5]),
        };
        let error = format!("refused {}", seed[6]);
        match which % 24 {
            0 => Call::Load(vec![here, key(seed[3], seed[4]), key(seed[5], seed[6])]),
            1 => Call::Children(here),
            2 => {
                let id = |seed: u8| format!("{}{}", pick(EVENTS, seed), seed / 4 % 8);
                Call::Answers(vec![(here.clone(), id(seed[3])), (here, id(seed[4]))])
            }
            3 => Call::Due(instant(seed[3]), limit),
            4 => Call::NextDue,
            5 => Call::Journal(here, u64::from(seed[3] % 8), limit),
            6 => Call::Keys(some(seed[3], here), limit),
            7 | 8 => Call::Find(find(whose, seed)),
            9 if seed[3].is_multiple_of(2) => Call::Standing(whose),
            9 if seed[3].is_multiple_of(3) => Call::StuckStandings(whose),
            9 if seed[3].is_multiple_of(5) => Call::Tenants,
            9 => Call::Standings(whose),
            10 => Call::SetStuck(here, some(seed[3], reason(seed[4]))),
            11 => Call::Deploy(deployment),
            12 => Call::Deployment(whose, deployment.id),
            13 if seed[3].is_multiple_of(2) => Call::Deployments(whose),
            13 => Call::Current(whose, deployment.workflow),
            14 | 15 => Call::Claim(
                some(seed[3], whose),
                instant(seed[4]),
                instant(seed[5]),
                limit,
            ),
            16..=18 => {
                let (id, attempt) = self.claimed(seed);
                let settlement = match seed[3] % 4 {
                    0 => Settlement::Done,
                    1 => Settlement::Retry {
                        due: instant(seed[4]),
                        error,
                    },
                    _ => Settlement::Dead { error },
                };
                Call::Settle(id, attempt, settlement)
            }
            19 => Call::Dead(whose, limit),
            21 => Call::CheckRoom,
            20 => Call::Orphans(some(seed[3], here), limit + 1),
            _ => Call::Revive(self.claimed(seed).0, instant(seed[4])),
        }
    }
}

fn find(tenant: String, seed: Seed) -> Find {
    let pair = |seed: u8| (format!("d{}", seed % 2), pick(STATES, seed / 2).to_owned());
    let pairs = seed[3..].iter().take(usize::from(seed[3] % 4));
    Find {
        tenant,
        standing: some(seed[4], pairs.copied().map(pair).collect()),
        updated_before: seed[5].is_multiple_of(3).then(|| instant(seed[6])),
        created_before: seed[7].is_multiple_of(3).then(|| instant(seed[8])),
        stuck: seed[9].is_multiple_of(4),
        after: seed[10]
            .is_multiple_of(3)
            .then(|| pick(ORDERS, seed[10]).to_owned()),
        limit: usize::from(seed[11] % 5),
    }
}

/// What a store answers, in words: an error by its kind alone.
pub(super) fn ask(store: &mut dyn Store, call: &Call) -> Result<String, &'static str> {
    fn told<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> Result<String, &'static str> {
        match answer {
            Ok(answer) => Ok(format!("{answer:?}")),
            Err(StoreError::Full(_)) => Err("full"),
            Err(StoreError::Busy(_)) => Err("busy"),
            Err(StoreError::Failed(_)) => Err("failed"),
            Err(StoreError::Unsure(_)) => Err("unsure"),
            Err(StoreError::Corrupt(_)) => Err("corrupt"),
        }
    }
    match call {
        Call::Load(keys) => told(store.load(keys)),
        Call::Children(parent) => told(store.children(parent)),
        Call::Answers(asked) => told(store.answers(asked)),
        Call::Commit(units) => told(store.commit(units)),
        Call::Due(now, limit) => told(store.due(*now, *limit)),
        Call::NextDue => told(store.next_due()),
        Call::Journal(key, after, limit) => told(store.journal(key, *after, *limit)),
        Call::Keys(after, limit) => told(store.keys(after.as_ref(), *limit)),
        Call::Orphans(after, limit) => {
            let (mut all, mut after) = (Vec::new(), after.clone());
            loop {
                match store.orphans(after.as_ref(), *limit) {
                    Ok(found) if found.is_empty() => return told(Ok(all)),
                    Ok(found) => {
                        assert!(found.len() <= *limit);
                        after = found.last().map(|orphan| orphan.key.clone());
                        all.extend(found);
                    }
                    Err(wrong) => return told::<()>(Err(wrong)),
                }
            }
        }
        Call::Find(find) => told(store.find(find)),
        Call::Standing(tenant) => told(store.standing(tenant)),
        Call::Standings(tenant) => told(store.standings(tenant)),
        Call::StuckStandings(tenant) => told(store.stuck_standings(tenant)),
        Call::Tenants => told(store.tenants()),
        Call::SetStuck(key, reason) => told(store.set_stuck(key, reason.as_deref())),
        Call::Deploy(row) => told(store.deploy(row)),
        Call::Deployment(tenant, id) => told(store.deployment(tenant, id)),
        Call::Deployments(tenant) => told(store.deployments(tenant)),
        Call::Current(tenant, workflow) => told(store.current(tenant, workflow)),
        Call::Claim(tenant, now, until, limit) => {
            told(store.claim(tenant.as_deref(), *now, *until, *limit))
        }
        Call::Settle(id, attempt, settlement) => told(store.settle(id, *attempt, settlement)),
        Call::Dead(tenant, limit) => told(store.dead(tenant, *limit)),
        Call::Revive(id, due) => told(store.revive(id, *due)),
        Call::CheckRoom => told(store.check_room()),
    }
}

/// All that a store can be asked without being changed.
pub(super) fn everything() -> Vec<Call> {
    let mut calls = vec![
        Call::NextDue,
        Call::Tenants,
        Call::Keys(None, usize::MAX),
        Call::Orphans(None, 2),
        Call::Due(last_instant(), usize::MAX),
    ];
    for tenant in TENANTS {
        let whole = Find {
            tenant: tenant.to_owned(),
            limit: usize::MAX,
            ..Find::default()
        };
        calls.push(Call::Find(whole));
        calls.push(Call::Standing(tenant.to_owned()));
        calls.push(Call::Standings(tenant.to_owned()));
        calls.push(Call::StuckStandings(tenant.to_owned()));
        calls.push(Call::Dead(tenant.to_owned(), usize::MAX));
        for order in ORDERS {
            let key = OrderKey::new(tenant, order);
            calls.push(Call::Children(key.clone()));
            calls.push(Call::Journal(key, 0, usize::MAX));
        }
    }
    calls
}
