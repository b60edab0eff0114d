//! No room: a clean error, the last good state, and it works again when there is room.

use std::process::Command;

use flagstate::runtime::{Sqlite, Store, StoreError};

use super::{Folder, key, order, step};

/// Commits orders of 20 KB until there is no room; how many there are.
fn fill(store: &mut Sqlite) -> (u64, StoreError) {
    for made in 0..10_000 {
        let mut unit = vec![
            step(&format!("o{made:05}"), 1),
            step(&format!("p{made:05}"), 1),
        ];
        unit[0].row.body = "x".repeat(20_000);
        match store.commit(&[unit]) {
            Ok(won) => assert_eq!(won, [true]),
            Err(wrong) => return (made, wrong),
        }
    }
    panic!("there was always room");
}

/// All that was committed is there, and nothing else; small changes work once there is room.
fn holds(store: &mut Sqlite, made: u64) {
    let keys = store.keys(None, usize::MAX).unwrap();
    assert_eq!(keys.len() as u64, made * 2);
    for name in ["o", "p"] {
        let lost = key(&format!("{name}{made:05}"));
        assert_eq!(store.load(std::slice::from_ref(&lost)).unwrap(), [None]);
        assert_eq!(store.journal(&lost, 0, 9).unwrap(), []);
        assert_eq!(
            store.answers(&[(lost, "event 1".to_owned())]).unwrap(),
            [None]
        );
    }
    assert_eq!(
        store.load(&[key("p00000")]).unwrap(),
        [Some(order("p00000", 1, 100))]
    );
}

#[test]
fn a_file_that_may_not_grow_is_full_and_works_again() {
    let folder = Folder::new();
    let mut store = Sqlite::open(folder.file()).unwrap();
    store.limit_size(1 << 20).unwrap();
    let (made, wrong) = fill(&mut store);
    assert!(matches!(wrong, StoreError::Full(_)), "{wrong:?}");
    assert!(made > 10, "only {made} orders had room");
    holds(&mut store, made);
    store.check().unwrap();
    // What fits is still written.
    let small = store.set_stuck(&key("p00001"), Some("why"));
    assert_eq!(small, Ok(true));
    // Not even for the smallest order is there room at last.
    let fits = |number| store.commit(&[vec![step(&format!("q{number:05}"), 1)]]);
    let fitted = (0..10_000).map(fits).take_while(Result::is_ok).count();
    let room = store.check_room();
    assert!(matches!(room, Err(StoreError::Full(_))), "{room:?}");
    // With room, so is what did not.
    store.limit_size(4 << 20).unwrap();
    assert_eq!(store.check_room(), Ok(()));
    assert_eq!(store.plan("", "room"), Ok(None));
    let again = step(&format!("o{made:05}"), 1);
    assert_eq!(store.commit(&[vec![again]]), Ok(vec![true]));
    drop(store);
    let mut store = Sqlite::open_existing(folder.file()).unwrap();
    store.check().unwrap();
    assert_eq!(
        store.keys(None, usize::MAX).unwrap().len(),
        usize::try_from(made).unwrap() * 2 + fitted + 1
    );
}

/// The story of a disk without room, on the disk of a folder that the environment names.
#[test]
fn a_full_disk_is_an_error_and_nothing_is_lost() {
    if let Some(disk) = std::env::var_os("FLAGSTATE_SMALL_DISK") {
        return on_a_small_disk(std::path::Path::new(&disk));
    }
    let folder = Folder::new();
    let script = "mount -t tmpfs -o size=3m none \"$FLAGSTATE_SMALL_DISK\" || exit 77; exec \"$@\"";
    let name = "runtime::stores::full::a_full_disk_is_an_error_and_nothing_is_lost";
    let ran = Command::new("unshare")
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            script,
            "sh",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("FLAGSTATE_SMALL_DISK", &folder.0)
        .output();
    match ran {
        Ok(ran) if ran.status.success() => {
            let said = String::from_utf8_lossy(&ran.stderr);
            let told = said.lines().find_map(|line| line.strip_prefix("TRIED: "));
            crate::tell::tried(told.expect("the story was told"));
        }
        Ok(ran) if ran.status.code() == Some(101) => {
            panic!("{}", String::from_utf8_lossy(&ran.stderr));
        }
        _ => {
            crate::tell::skipped("a full disk: `unshare` and `mount` cannot make a small one here");
        }
    }
}

fn on_a_small_disk(disk: &std::path::Path) {
    let ballast = disk.join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let file = disk.join("orders.db");
    let mut store = Sqlite::open(&file).unwrap();
    let (made, wrong) = fill(&mut store);
    assert!(matches!(wrong, StoreError::Full(_)), "{wrong:?}");
    crate::tell::tried(&format!("{made} orders until the disk was full: {wrong}"));
    assert!(made > 10, "only {made} orders had room");
    holds(&mut store, made);
    store.check().unwrap();
    let still = store.commit(&[vec![step("q", 1)]]);
    assert!(
        matches!(still, Ok(_) | Err(StoreError::Full(_))),
        "{still:?}"
    );
    std::fs::remove_file(&ballast).unwrap();
    is_read_on_a_full_disk(disk);
    let again = store.commit(&[vec![step(&format!("o{made:05}"), 1)]]);
    assert_eq!(again, Ok(vec![true]));
    drop(store);
    let mut store = Sqlite::open_existing(&file).unwrap();
    store.check().unwrap();
    assert!(store.load(&[key(&format!("o{made:05}"))]).unwrap()[0].is_some());
}

/// A store that was closed is read where there is room for nothing beside it, and writing to it says why not. One
/// whose log was left behind without an index is not read by half.
fn is_read_on_a_full_disk(disk: &std::path::Path) {
    let (file, cut) = (disk.join("closed.db"), disk.join("cut.db"));
    let mut store = Sqlite::open(&file).unwrap();
    store.commit(&[vec![step("o1", 1)]]).unwrap();
    for end in ["", "-wal"] {
        let beside = |path: &std::path::Path| format!("{}{end}", path.display());
        std::fs::copy(beside(&file), beside(&cut)).unwrap();
    }
    drop(store);
    let rest = disk.join("rest");
    let mut filling = std::fs::File::create(&rest).unwrap();
    while std::io::Write::write_all(&mut filling, &[0; 512]).is_ok() {}
    drop(filling);
    let mut store = Sqlite::open_to_read(&file).unwrap();
    assert_eq!(
        store.load(&[key("o1")]),
        Ok(vec![Some(order("o1", 1, 100))])
    );
    store.check().unwrap();
    let lost = store.commit(&[vec![step("o2", 1)]]);
    assert!(matches!(lost, Err(StoreError::Failed(_))), "{lost:?}");
    drop(store);
    for opened in [Sqlite::open(&file), Sqlite::open_existing(&file)] {
        let Err(StoreError::Full(why)) = opened else {
            panic!("{opened:?}");
        };
        assert!(why.ends_with("closed.db`: the disk has no room for the index of its log"));
    }
    let Err(StoreError::Failed(why)) = Sqlite::open_to_read(&cut) else {
        panic!("half of a store was read");
    };
    assert!(why.contains("must be brought into it first"), "{why}");
    std::fs::remove_file(&rest).unwrap();
    for file in [file, cut] {
        let mut store = Sqlite::open_to_read(&file).unwrap();
        assert_eq!(store.keys(None, 9), Ok(vec![key("o1")]));
    }
    crate::tell::tried("a store read on a full disk");
}
