//! A cluster with the program beside it, as an operator would run them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{
    Answer, Clock, Create, Deploy, Engine, Fire, Request, Sqlite, SystemClock,
};
use serde_json::{Value as Json, json};

use super::cluster::{Cluster, free_ports};
use super::conformance::{reply, spoken};
use crate::runtime::SHOP;
use crate::runtime::kill::{ORDERS, cart};

/// How long carts are held.
pub(super) const HOLD: &str = "1s";

/// The program, as it is served to Restate.
pub(super) struct Program {
    child: Child,
    file: PathBuf,
    port: u16,
}

impl Program {
    fn start(file: &Path, port: u16) -> Self {
        let store = format!("sqlite:{}", file.display());
        let child = Command::new(env!("CARGO_BIN_EXE_flagstate"))
            .args(["restate", "serve", "--store", &store])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self {
            child: child.unwrap(),
            file: file.to_owned(),
            port,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A cluster with the program beside it.
pub(super) struct Shop {
    pub(super) cluster: Cluster,
    pub(super) program: Mutex<Program>,
    pub(super) file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Shop {
    /// So many nodes, and the shop deployed, where carts are given up after a second; none where none can be
    /// had, which is told.
    pub(super) fn open(nodes: usize) -> Option<Self> {
        let cluster = Cluster::start(nodes)?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.db");
        deploy(&file, HOLD);
        let port = free_ports(1)[0];
        let program = Program::start(&file, port);
        cluster.register(port);
        Some(Self {
            cluster,
            program: Mutex::new(program),
            file,
            _folder: folder,
        })
    }

    /// The same with orders that can be paid. Their carts are held longer, for as long as it takes to place them.
    pub(super) fn with_orders(nodes: usize) -> Option<Self> {
        let shop = Self::open(nodes)?;
        deploy(&shop.file, "1h");
        for order in 0..ORDERS {
            let name = format!("o{order}");
            let mut place = Event::named("place", Actor::new("customer"));
            place.id = Some(format!("place.{order}"));
            for request in [
                Request::Create(named_cart(&name)),
                Request::Fire(Fire::new("shop", name, place)),
            ] {
                accepted(shop.insist(&request).0);
            }
        }
        deploy(&shop.file, HOLD);
        Some(shop)
    }

    /// Kills the program, and starts it again.
    pub(super) fn restart_program(&self) {
        self.stop_program();
        self.start_program();
    }

    /// Kills the program (SIGKILL).
    pub(super) fn stop_program(&self) {
        let mut program = self.program.lock().unwrap();
        program.child.kill().unwrap();
        program.child.wait().unwrap();
    }

    /// Starts the program again.
    pub(super) fn start_program(&self) {
        let mut program = self.program.lock().unwrap();
        *program = Program::start(&program.file, program.port);
    }

    /// Asks until there is an answer; how often there was none.
    pub(super) fn insist(&self, request: &Request) -> (Json, usize) {
        insist(&self.cluster, request)
    }
}

/// A cart, asked for under an id, so that whoever asks again is not told that it is there.
pub(super) fn named_cart(name: &str) -> Create {
    Create {
        event_id: Some(name.to_owned()),
        ..cart(name)
    }
}

/// The version that an order has come to; nothing but yes counts as an answer.
pub(super) fn accepted(told: Json) -> u64 {
    match reply(told).answer {
        Answer::Accepted(receipt) => receipt.version,
        other => panic!("{other:?}"),
    }
}

/// Deploys the shop in a file, where carts are given up after so long.
pub(super) fn deploy(file: &Path, hold: &str) {
    let mut deploy = Deploy::file("shop", "shop.yaml", std::fs::read_to_string(SHOP).unwrap());
    deploy.settings = BTreeMap::from([("hold".to_owned(), json!(hold))]);
    let mut engine = Engine::new(Sqlite::open(file).unwrap());
    engine.deploy(&deploy, SystemClock.now()).unwrap();
}

/// Asks until there is an answer; how often there was none.
pub(super) fn insist(cluster: &Cluster, request: &Request) -> (Json, usize) {
    let (handler, body) = spoken(request);
    cluster.insist(&request.key().to_string(), handler, &body)
}
