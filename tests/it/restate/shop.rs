//! A cluster with the program beside it, as an operator would run them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use flagstate::context::Actor;
use flagstate::instance::Event;
use flagstate::runtime::{Clock, Deploy, Engine, Fire, Request, Sqlite, SystemClock};
use serde_json::{Value as Json, json};

use super::cluster::Cluster;
use super::conformance::spoken;
use crate::runtime::SHOP;
use crate::runtime::kill::{ORDERS, cart};

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
        deploy(&file);
        let found = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = found.local_addr().unwrap().port();
        drop(found);
        let program = Program::start(&file, port);
        cluster.register(port);
        Some(Self {
            cluster,
            program: Mutex::new(program),
            file,
            _folder: folder,
        })
    }

    /// The same with orders that can be paid.
    pub(super) fn with_orders(nodes: usize) -> Option<Self> {
        let shop = Self::open(nodes)?;
        for order in 0..ORDERS {
            let place = Event::named("place", Actor::new("customer"));
            let place = Fire::new("shop", format!("o{order}"), place);
            shop.insist(&Request::Create(cart(&format!("o{order}"))));
            shop.insist(&Request::Fire(place));
        }
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

/// Deploys the shop in a file; carts are given up after a second.
pub(super) fn deploy(file: &Path) {
    let mut deploy = Deploy::file("shop", "shop.yaml", std::fs::read_to_string(SHOP).unwrap());
    deploy.settings = BTreeMap::from([("hold".to_owned(), json!("1s"))]);
    let mut engine = Engine::new(Sqlite::open(file).unwrap());
    engine.deploy(&deploy, SystemClock.now()).unwrap();
}

/// Asks until there is an answer; how often there was none.
pub(super) fn insist(cluster: &Cluster, request: &Request) -> (Json, usize) {
    let (handler, body) = spoken(request);
    cluster.insist(&request.key().to_string(), handler, &body)
}
