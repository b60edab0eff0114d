//! The command upon a disk that fails: an exit code, a line that says what is wrong, and the same id tells the
//! rest.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::super::SHOP;
use super::faults::{self, Control, EIO, ENOSPC, FAULTY, Fault, SYNC, WRITE};
use crate::tell;

fn orders(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
    command
        .arg("orders")
        .args(arguments)
        .args(["--store", &format!("sqlite:{}", store.display())])
        .args(["--tenant", "shop"]);
    command
}

fn done(mut command: Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
}

fn said(ran: &Output) -> String {
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

const FIRE: [&str; 7] = ["fire", "o1", "place", "--actor", "customer", "--id", "k1"];

#[test]
fn the_command_says_that_the_disk_failed_and_what_it_told_was_done_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let control_file = folder.path().join("control");
    let control = Control::at(&control_file);
    let first = folder.path().join("orders.db");
    done(orders(&first, &["deploy", SHOP]));
    let create = ["create", "o1", "--workflow", "shop", "--actor", "customer"];
    done(orders(&first, &create));
    let place = folder.path().join(FAULTY);
    let store = place.join("orders.db");
    let (mut failed, mut told, mut lines) = (0, 0, std::collections::BTreeSet::new());
    let ways = [
        (WRITE, EIO, false),
        (WRITE, ENOSPC, true),
        (SYNC, EIO, true),
    ];
    for (calls, error, lasting) in ways {
        for at in 1.. {
            fs::create_dir(&place).unwrap();
            fs::copy(&first, &store).unwrap();
            control.set(Fault {
                calls,
                at,
                error,
                lasting,
                half: false,
            });
            let mut command = orders(&store, &FIRE);
            if let Err(why) = faults::preload(&mut command, FAULTY, &control_file) {
                return tell::skipped(&format!("the command upon a disk that fails: {why}"));
            }
            let ran = command.output().unwrap();
            let is_over = control.failed() == 0;
            match ran.status.code() {
                Some(0) => told += 1,
                Some(2) if !is_over => {
                    let said = said(&ran).replace(&store.display().to_string(), "FILE");
                    assert!(
                        said.starts_with("error: ") && said.contains("the store"),
                        "{said}"
                    );
                    lines.insert(said.lines().next().unwrap().to_owned());
                    failed += 1;
                }
                _ => panic!("{}: {}", ran.status, said(&ran)),
            }
            let was_told = ran.status.success();
            let get = orders(&store, &["get", "o1"]).output().unwrap();
            let is_placed = String::from_utf8_lossy(&get.stdout).contains("placed");
            assert!(is_placed || !was_told, "it was told, and is gone");
            done(orders(&store, &FIRE));
            done(orders(&store, &["verify"]));
            fs::remove_dir_all(&place).unwrap();
            if is_over {
                break;
            }
        }
    }
    assert!(failed > 0 && told > 0);
    tell::tried(&format!(
        "the command upon a disk that fails: {failed} times exit code 2, {told} times done: {lines:?}"
    ));
}

#[test]
fn a_deployment_that_finds_no_room_leaves_no_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let control_file = folder.path().join("control");
    let control = Control::at(&control_file);
    let place = folder.path().join(FAULTY);
    let store = place.join("orders.db");
    let mut failed = 0;
    for at in 1.. {
        fs::create_dir(&place).unwrap();
        control.set(Fault {
            calls: WRITE,
            at,
            error: ENOSPC,
            lasting: true,
            half: false,
        });
        let mut command = orders(&store, &["deploy", SHOP]);
        if let Err(why) = faults::preload(&mut command, FAULTY, &control_file) {
            return tell::skipped(&format!("a new store upon a disk that is full: {why}"));
        }
        let ran = command.output().unwrap();
        if control.failed() == 0 {
            assert!(ran.status.success(), "{}", said(&ran));
            break;
        }
        if !ran.status.success() {
            failed += 1;
            // Behind the file there is the index of its log, which is another place that may find no room.
            assert_eq!(ran.status.code(), Some(2), "{}", said(&ran));
            assert!(said(&ran).starts_with("error: the store"), "{}", said(&ran));
            let left = fs::metadata(&store).map(|file| file.len());
            assert_ne!(
                left.ok(),
                Some(0),
                "an empty file is left, where call {at} failed"
            );
        }
        control.lift();
        done(orders(&store, &["deploy", SHOP]));
        fs::remove_dir_all(&place).unwrap();
    }
    assert!(failed > 0);
    // A file that was there before is not ours to take away.
    let own = folder.path().join("own.db");
    fs::write(&own, "").unwrap();
    let ran = orders(&own, &["query"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(own.exists());
    tell::tried(&format!(
        "a new store upon a disk that is full: {failed} times"
    ));
}
