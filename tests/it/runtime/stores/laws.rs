//! Whatever is asked in whatever order, the file answers as the store in memory does.

use std::cell::RefCell;
use std::collections::BTreeMap;

use flagstate::runtime::{Memory, Sqlite};
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

fn run(draws: &[Draw], tally: &mut Tally) -> Result<(), TestCaseError> {
    let folder = Folder::quick();
    let mut memory = Memory::default();
    let mut file = Sqlite::open(folder.file()).unwrap();
    let mut aim = Aim::default();
    for draw in draws {
        let call = match draw {
            Draw::Commit(units) => aim.commit(&mut memory, units),
            Draw::Other(which, seed) => aim.other(*which, *seed),
            Draw::Reopen => {
                drop(file);
                file = Sqlite::open_existing(folder.file()).unwrap();
                continue;
            }
        };
        let expected = ask(&mut memory, &call);
        let got = ask(&mut file, &call);
        if got != expected {
            let text = format!("{call:#?}\nin memory: {expected:?}\nin a file: {got:?}");
            return Err(TestCaseError::fail(text));
        }
        note(&call, &expected, tally);
        if let (Call::Claim(..), Ok(text)) = (&call, &expected) {
            aim.claimed.extend(handed_out(text));
        }
    }
    for call in everything() {
        let (expected, got) = (ask(&mut memory, &call), ask(&mut file, &call));
        if got != expected {
            let text = format!("{call:?}\nin memory: {expected:?}\nin a file: {got:?}");
            return Err(TestCaseError::fail(text));
        }
        note(&call, &expected, tally);
    }
    file.check().unwrap();
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
    let name = name.split(['(', '{']).next().unwrap_or_default();
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

#[test]
fn a_file_answers_as_memory_does() {
    let tally = RefCell::new(Tally::new());
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&draws(), |draws| run(&draws, &mut tally.borrow_mut()));
    if let Err(TestError::Fail(why, draws)) = &ran {
        panic!("{why}\nafter {draws:?}");
    }
    ran.unwrap();
    let tally = tally.into_inner();
    let calls: usize = tally.values().sum();
    crate::tell::tried(&format!(
        "{calls} answers of stores in {} histories",
        cases()
    ));
    let calls = [
        "Children",
        "Due",
        "NextDue",
        "Journal",
        "Keys",
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
    let mut expected = both.concat();
    expected.extend(["Commit won", "Commit lost", "Commit failed"].map(str::to_owned));
    let missed: Vec<_> = expected
        .iter()
        .filter(|what| !tally.contains_key(*what))
        .collect();
    assert!(missed.is_empty(), "never happened: {missed:?}\n{tally:#?}");
}
