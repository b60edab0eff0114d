//! A service that deploys the workflows of a folder before it serves.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use flagstate::runtime::{Engine, Sqlite, Store as _};

use crate::runtime::SHOP;

fn serve(folder: &Path, workflows: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
    command
        .current_dir(folder)
        .args(["restate", "serve", "--listen", "127.0.0.1:0"])
        .args(["--store", "sqlite:orders.db"])
        .args(["--workflows", workflows, "--tenant", "acme"]);
    command
}

/// How a service ends that never serves, and what it says.
fn refused(folder: &Path, workflows: &str) -> (Option<i32>, String) {
    let output = serve(folder, workflows).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!folder.join("orders.db").exists(), "{said}");
    (output.status.code(), said)
}

#[test]
fn the_workflows_of_a_folder_are_deployed_before_anything_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shop = std::fs::read_to_string(SHOP).unwrap();
    for name in ["shops", "none", "twice", "wrong"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("none/notes.yaml", "note: nothing of ours\n");
    write("twice/a.yaml", &shop);
    write("twice/b.yaml", &shop);
    write("wrong/shop.yaml", &shop.replace("initial:", "initials:"));
    let (code, said) = refused(folder, "none");
    assert_eq!(
        (code, said.contains("no workflow in `none`")),
        (Some(2), true),
        "{said}"
    );
    let (code, said) = refused(folder, "nowhere");
    assert_eq!((code, said.contains("nowhere")), (Some(2), true), "{said}");
    let (code, said) = refused(folder, "twice");
    assert_eq!(
        (code, said.contains("`shop` is the workflow of")),
        (Some(2), true),
        "{said}"
    );
    let (code, said) = refused(folder, "wrong");
    assert_eq!(
        (code, said.contains("shop.yaml:")),
        (Some(1), true),
        "{said}"
    );

    write("shops/shop.yaml", &shop);
    write("shops/notes.yaml", "note: nothing of ours\n");
    // Twice, as a service that is started again: nothing changes.
    let mut deployments = Vec::new();
    for _ in 0..2 {
        let mut child = serve(folder, "shops")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        assert!(
            line.starts_with("serving Restate on http://127.0.0.1:"),
            "{line}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
        let mut engine = Engine::new(Sqlite::open(folder.join("orders.db")).unwrap());
        let store = engine.store();
        assert_eq!(store.current("main", "shop").unwrap(), None);
        deployments.push(store.current("acme", "shop").unwrap().unwrap().id);
    }
    assert_eq!(deployments[0], deployments[1]);
}
