//! A disk that fails at the Nth call below SQLite, for every N: each call of the store either answers or says
//! what became of it, nothing that was answered is lost, and it works again once the disk does.

mod command;
mod story;

use std::collections::BTreeMap;

use super::faults::{self, Control, EIO, ENOSPC, Fault, SYNC, TRUNCATE, WRITE};
use crate::tell;
use story::{Story, Tally};

/// How the calls of one sort fail.
const WAYS: [(&str, Fault); 8] = {
    const fn way(calls: u32, error: u32, lasting: bool, half: bool) -> Fault {
        Fault {
            calls,
            at: 0,
            error,
            lasting,
            half,
        }
    }
    [
        ("writes, EIO once", way(WRITE, EIO, false, false)),
        ("writes, EIO lasting", way(WRITE, EIO, true, false)),
        ("writes, ENOSPC once", way(WRITE, ENOSPC, false, false)),
        ("writes, half and EIO", way(WRITE, EIO, false, true)),
        (
            "writes, half and ENOSPC lasting",
            way(WRITE, ENOSPC, true, true),
        ),
        ("syncs, EIO once", way(SYNC, EIO, false, false)),
        ("syncs, EIO lasting", way(SYNC, EIO, true, false)),
        ("truncations, EIO lasting", way(TRUNCATE, EIO, true, false)),
    ]
};

#[test]
fn whichever_call_of_the_disk_fails_nothing_that_was_answered_is_lost() {
    let Some(control) = Control::here() else {
        let name =
            "runtime::failing::whichever_call_of_the_disk_fails_nothing_that_was_answered_is_lost";
        return faults::within(name, faults::FAULTY, "a disk that fails");
    };
    let story = Story::told(&control);
    let mut tallies = BTreeMap::new();
    for (name, way) in WAYS {
        let mut tally = Tally::default();
        for at in 1.. {
            // Behind the last call of the story there is nothing left to fail.
            if !story.again(&control, Fault { at, ..way }, &mut tally) {
                break;
            }
        }
        assert!(tally.faults > 0, "{name}: nothing failed");
        tallies.insert(name, tally);
    }
    for (name, tally) in tallies {
        tell::tried(&format!("{name}: {tally}"));
    }
}
