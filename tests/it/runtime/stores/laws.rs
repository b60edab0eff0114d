//! Whatever is asked in whatever order, every store answers as the one in memory does.

use std::cell::RefCell;
use std::collections::BTreeMap;

use flagstate::runtime::{Memory, Sqlite, Store};
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::Folder;
use super::calls::{Aim, Call, Draw, ask, draws, everything};

/// What happened in all cases, and how often.
type Tally = BTreeMap<String, usize>;

/// How many random histories are tried: `FLAGSTATE_STORES` multiplies them.
fn cases() -> u32 {
    let times = std::env::var("FLAGSTATE_STORES").ok();
    320 * times.and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// One history; `open` gives the store as a process finds it that opens it.
fn run<S: Store>(
    draws: &[Draw],
    tally: &mut Tally,
    open: &mut dyn FnMut() -> S,
) -> Result<(), TestCaseError> {
    let mut memory = Memory::default();
    let mut store = open();
    let mut aim = Aim::default();
    for draw in draws {
        let call = match draw {
            Draw::Commit(units) => aim.commit(&mut memory, units),
            Draw::Other(which, seed) => aim.other(*which, *seed),
            Draw::Reopen => {
                drop(store);
                store = open();
                continue;
            }
        };
        let expected = ask(&mut memory, &call);
        let got = ask(&mut store, &call);
        if got != expected {
            let text = format!("{call:#?}\nin memory: {expected:?}\nstored: {got:?}");
            return Err(TestCaseError::fail(text));
        }
        note(&call, &expected, tally);
        if let (Call::Claim(..), Ok(text)) = (&call, &expected) {
            aim.claimed.extend(handed_out(text));
        }
    }
    for call in everything() {
        let (expected, got) = (ask(&mut memory, &call), ask(&mut store, &call));
        if got != expected {
            let text = format!("{call:?}\nin memory: {expected:?}\nstored: {got:?}");
            return Err(TestCaseError::fail(text));
        }
        note(&call, &expected, tally);
    }
    Ok(())
}

/// The ids and attempts in an answer to a claim.
fn handed_out(answer: &str) -> Vec<(String, u32)> {
    let between = |text: &str, from: &str, to: &str| {
        let rest = text.split_once(from)?.1;
        Some(rest.split_once(to)?.0.to_owned())
    };
    let effects = answer.split("EffectRow {").skip(1);
    let one = |text: &str| {
        let id = between(text, "id: \"", "\", key")?;
        let attempts = between(text, "attempts: ", ",")?;
        Some((id, attempts.parse().ok()?))
    };
    effects.filter_map(one).collect()
}

/// Counts which call had an answer, and whether it had something to say.
fn note(call: &Call, answer: &Result<String, &'static str>, tally: &mut Tally) {
    let name = format!("{call:?}");
    let name = match call {
        Call::Commit(units) if matches!(&units[..], [unit] if unit.len() == 1) => "Commit alone",
        _ => name.split(['(', '{']).next().unwrap_or_default(),
    };
    let mut count = |what: &str| *tally.entry(format!("{name} {what}")).or_default() += 1;
    match answer {
        Err(wrong) => count(wrong),
        Ok(text) if matches!(call, Call::Commit(_)) => {
            text.matches("true").for_each(|_| count("won"));
            text.matches("false").for_each(|_| count("lost"));
        }
        Ok(text) if ["[]", "None", "false"].contains(&text.as_str()) => count("nothing"),
        Ok(_) => count("something"),
    }
}

/// What must have happened for each call.
fn wanted() -> Vec<String> {
    let calls = [
        "Children",
        "Due",
        "NextDue",
        "Journal",
        "Keys",
        "Orphans",
        "Find",
        "SetStuck",
        "Deployment",
        "Current",
        "Claim",
        "Settle",
        "Dead",
        "Revive",
    ];
    let both = ["something", "nothing"].map(|what| calls.map(|call| format!("{call} {what}")));
    let mut wanted = both.concat();
    for call in ["Commit", "Commit alone"] {
        wanted.extend(["won", "lost", "failed"].map(|what| format!("{call} {what}")));
    }
    wanted
}

/// Tries so many histories, and as many again, a few times, as long as they have not come to everything
/// that a store can be asked: what is drawn seldom is not what the law is about.
fn histories(
    name: &str,
    cases: u32,
    mut history: impl FnMut(&[Draw], &mut Tally) -> Result<(), TestCaseError>,
) {
    let tally = RefCell::new(Tally::new());
    let history = RefCell::new(&mut history);
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let missed = || {
        let tally = tally.borrow();
        let mut wanted = wanted();
        wanted.retain(|what| !tally.contains_key(what));
        wanted
    };
    let mut tried = 0;
    while tried < 8 * cases && (tried == 0 || !missed().is_empty()) {
        let ran = TestRunner::new(config.clone()).run(&draws(), |draws| {
            (history.borrow_mut())(&draws, &mut tally.borrow_mut())
        });
        if let Err(TestError::Fail(why, draws)) = &ran {
            panic!("{why}\nafter {draws:?}");
        }
        ran.unwrap();
        tried += cases;
    }
    let missed = missed();
    let tally = tally.into_inner();
    let calls: usize = tally.values().sum();
    crate::tell::tried(&format!("{calls} answers of {name} in {tried} histories"));
    assert!(missed.is_empty(), "never happened: {missed:?}\n{tally:#?}");
}

#[test]
fn a_file_answers_as_memory_does() {
    histories("SQLite", cases(), |draws, tally| {
        let folder = Folder::quick();
        let mut open = || Sqlite::open(folder.file()).unwrap();
        run(draws, tally, &mut open)?;
        Sqlite::open_existing(folder.file())
            .unwrap()
            .check()
            .unwrap();
        Ok(())
    });
}

#[cfg(all(feature = "postgres", unix))]
#[test]
fn a_database_answers_as_memory_does() {
    let Some(server) = crate::server::shared() else {
        return;
    };
    let schema = server.schema();
    drop(schema.open());
    let tables = [
        "orders",
        "journal",
        "answers",
        "effects",
        "deployments",
        "plans",
        "current",
    ];
    let empty = tables
        .map(|table| format!("DELETE FROM {}.{table};", schema.name))
        .concat();
    histories("PostgreSQL", cases() / 2, |draws, tally| {
        server.tell(&empty).unwrap();
        run(draws, tally, &mut || schema.open_existing())
    });
}
