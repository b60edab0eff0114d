//! A database of two servers, of which one answers for what the other has written as well.

use std::thread;

use flagstate::runtime::{Postgres, Store};

use super::database::versions;
use super::step;
use crate::patience::until;
use crate::server::Server;
use crate::tell;

/// A server that waits for another one with each commit, until that can be asked for what it was told.
fn pair() -> Option<(Server, Server)> {
    let waits = ["-c", "synchronous_commit=remote_apply"];
    let pair = Server::start(&waits, |_| {}).and_then(|first| {
        let second = first.standby(&waits)?;
        Ok((first, second))
    });
    let told = |why: &String| tell::skipped(&format!("a server and its standby: {why}"));
    let (first, second) = pair.inspect_err(told).ok()?;
    let asked = "ALTER SYSTEM SET synchronous_standby_names = '*'; SELECT pg_reload_conf()";
    for asked in asked.split("; ") {
        first.tell(asked).unwrap();
    }
    let asked = "SELECT FROM pg_stat_replication WHERE sync_state = 'sync'";
    until(&|| "the standby".to_owned(), || {
        !first.tell(asked).unwrap().is_empty()
    });
    Some((first, second))
}

/// Whether a commit waits for the standby.
fn is_waited_for(server: &Server) -> bool {
    let asked = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    server.tell(asked).is_ok_and(|rows| !rows.is_empty())
}

#[test]
fn what_is_found_on_one_server_alone_is_told_once_the_other_has_it() {
    let Some((first, second)) = pair() else {
        return;
    };
    let mut store = Postgres::connect(&first.address("both_servers")).unwrap();
    let begin = [vec![step("o", 1)], vec![step("q", 1)]];
    assert_eq!(store.commit(&begin), Ok(vec![true; 2]));
    let many = vec![vec![step("q", 2)], vec![step("p", 1)]];
    for units in [vec![vec![step("o", 2)]], many] {
        second.crash();
        thread::scope(|scope| {
            let commit = scope.spawn(|| store.commit(&units));
            let waits = || {
                until(&|| "a commit that waits".to_owned(), || {
                    assert!(!commit.is_finished(), "the standby was not waited for");
                    is_waited_for(&first)
                });
            };
            waits();
            // It is in the log of the first one, and comes to be seen.
            first.crash();
            first.restart();
            waits();
            second.restart();
            assert_eq!(commit.join().unwrap(), Ok(vec![true; units.len()]));
        });
        for change in units.iter().flatten() {
            let asked = format!(
                "SELECT sequence FROM both_servers.orders WHERE id = '{}'",
                change.row.key.order
            );
            let there = change.row.sequence.to_string();
            assert_eq!(second.tell(&asked).unwrap(), [[Some(there)]]);
        }
    }
    assert_eq!(
        versions(&mut store, &["o", "p", "q"]),
        [Some(2), Some(1), Some(2)]
    );
}
