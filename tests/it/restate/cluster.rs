//! Restate itself, one node or three, as `npm` installs it below `tests/restate` and as `examples/restate`
//! sets it up.
//!
//! Each node is gone with this process, however that ends: a shell watches over it, and reads from us until
//! there is nobody to read from. `FLAGSTATE_RESTATE` names another program.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, iter, net, process};

use serde_json::{Value as Json, json};

use super::until;

/// Starts a node, and kills it when there is nothing more to read.
const WATCH: &str = r#""$@" >>"$LOG" 2>&1 </dev/null & pid=$!; read -r _; kill -9 "$pid"; wait "$pid" 2>/dev/null; exit 0"#;

/// Nodes of one cluster.
pub(super) struct Cluster {
    nodes: Vec<Node>,
    /// Where nodes find each other.
    addresses: String,
    agent: ureq::Agent,
    /// Which node is asked next.
    turn: AtomicUsize,
    _folder: tempfile::TempDir,
}

struct Node {
    name: String,
    folder: PathBuf,
    ingress: u16,
    admin: u16,
    inner: u16,
    watcher: Mutex<Option<Child>>,
}

/// Where the program is.
fn program() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("FLAGSTATE_RESTATE") {
        return Ok(path.into());
    }
    let installed = fs::read_dir("tests/restate/node_modules/@restatedev");
    let packages = installed.into_iter().flatten().flatten();
    let mut programs = packages.map(|package| package.path().join("bin/restate-server"));
    let found = programs.find(|program| program.exists());
    found.ok_or_else(|| "`npm ci --ignore-scripts` was not run in `tests/restate`".to_owned())
}

impl Cluster {
    /// So many nodes; none where none can be had, which is told.
    pub(super) fn start(count: usize) -> Option<Self> {
        let program = match program() {
            Ok(program) => program,
            Err(why) => {
                crate::tell::skipped(&format!("Restate: {why}"));
                return None;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let mut ports = free_ports(3 * count).into_iter();
        let mut port = || ports.next().unwrap();
        let nodes: Vec<Node> = (1..=count)
            .map(|number| Node {
                name: format!("n{number}"),
                folder: folder.path().join(format!("n{number}")),
                ingress: port(),
                admin: port(),
                inner: port(),
                watcher: Mutex::new(None),
            })
            .collect();
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)));
        let addresses = nodes.iter().map(|node| node.inner);
        let addresses = addresses.map(|port| format!("\"http://127.0.0.1:{port}\""));
        let addresses: Vec<String> = addresses.collect();
        let cluster = Self {
            addresses: format!("[{}]", addresses.join(", ")),
            nodes,
            agent: config.build().into(),
            turn: AtomicUsize::new(0),
            _folder: folder,
        };
        for place in 0..count {
            cluster.begin(place, &program);
        }
        for place in 0..count {
            cluster.ready(place);
        }
        Some(cluster)
    }

    fn begin(&self, place: usize, program: &PathBuf) {
        let node = &self.nodes[place];
        fs::create_dir_all(&node.folder).unwrap();
        let file = match self.nodes.len() {
            1 => "one",
            _ => "three",
        };
        let watcher = Command::new("/bin/sh")
            .args(["-c", WATCH, "watch"])
            .arg(program)
            .arg("--config-file")
            .arg(format!("examples/restate/{file}.toml"))
            .envs(node.settings(place == 0, &self.addresses))
            .env("LOG", node.folder.join("log"))
            .stdin(Stdio::piped())
            .spawn();
        *node.watcher.lock().unwrap() = Some(watcher.unwrap());
    }

    /// Kills a node (SIGKILL).
    pub(super) fn kill(&self, place: usize) {
        let watcher = self.nodes[place].watcher.lock().unwrap().take();
        let mut watcher = watcher.unwrap();
        drop(watcher.stdin.take());
        watcher.wait().unwrap();
    }

    /// Starts a node again upon what it has on its disk.
    pub(super) fn restart(&self, place: usize) {
        self.begin(place, &program().unwrap());
        self.ready(place);
    }

    fn ready(&self, place: usize) {
        let node = &self.nodes[place];
        let url = format!("http://127.0.0.1:{}/restate/health", node.ingress);
        let log = || fs::read_to_string(node.folder.join("log")).unwrap_or_default();
        until(&|| format!("{}: {}", node.name, log()), || {
            let answer = self.agent.get(&url).call();
            answer.is_ok_and(|answer| answer.status() == 200)
        });
    }

    /// Tells the cluster of a service.
    pub(super) fn register(&self, port: u16) {
        let url = format!("http://127.0.0.1:{}/deployments", self.nodes[0].admin);
        let body = json!({ "uri": format!("http://127.0.0.1:{port}"), "force": true });
        until(&|| "the service".to_owned(), || {
            let asked = self.agent.post(&url);
            let asked = asked.header("content-type", "application/json");
            let answer = asked.send(body.to_string());
            answer.is_ok_and(|answer| answer.status().is_success())
        });
    }

    /// Asks the first node about the cluster.
    pub(super) fn query(&self, sql: &str) -> Vec<Json> {
        let url = format!("http://127.0.0.1:{}/query", self.nodes[0].admin);
        let asked = self.agent.post(&url).header("accept", "application/json");
        let asked = asked.header("content-type", "application/json");
        let mut answer = asked.send(json!({ "query": sql }).to_string()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let read: Json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        let rows = read["rows"].as_array();
        rows.unwrap_or_else(|| panic!("{text}")).clone()
    }

    /// How much each node has done as the leader of partitions.
    pub(super) fn deeds(&self) -> Vec<u64> {
        let deeds = self.nodes.iter().map(|node| {
            let url = format!("http://127.0.0.1:{}/metrics", node.inner);
            let mut answer = self.agent.get(&url).call().unwrap();
            let text = answer.body_mut().read_to_string().unwrap();
            let lines = text.lines();
            let counts =
                lines.filter(|line| line.starts_with("restate_usage_leader_action_count_total"));
            let counts = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
            counts.sum()
        });
        deeds.collect()
    }

    /// Calls a handler of an order once; the error says that there is no answer.
    pub(super) fn call(&self, order: &str, handler: &str, body: &Json) -> Result<Json, String> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let node = &self.nodes[turn % self.nodes.len()];
        let order = order.replace('/', "%2F");
        let url = format!("http://127.0.0.1:{}/Order/{order}/{handler}", node.ingress);
        let sent = match body {
            Json::Null => self.agent.post(&url).send_empty(),
            body => {
                let asked = self
                    .agent
                    .post(&url)
                    .header("content-type", "application/json");
                asked.send(body.to_string())
            }
        };
        let mut answer = sent.map_err(|error| error.to_string())?;
        let text = answer.body_mut().read_to_string();
        let text = text.map_err(|error| error.to_string())?;
        match answer.status().as_u16() {
            200 if text.is_empty() => Ok(Json::Null),
            200 => serde_json::from_str(&text).map_err(|error| error.to_string()),
            404 if text.contains("has no order") => Ok(Json::Null),
            status => Err(format!("{status}: {text}")),
        }
    }

    /// Calls a handler until there is an answer; how often there was none.
    pub(super) fn insist(&self, order: &str, handler: &str, body: &Json) -> (Json, usize) {
        let (mut failed, mut found) = (0, None);
        until(&|| format!("{order} {handler} {body}"), || {
            match self.call(order, handler, body) {
                Ok(answer) => {
                    found = Some(answer);
                    true
                }
                Err(why) => {
                    assert!(!why.starts_with("400"), "{order} {handler}: {why}");
                    failed += 1;
                    false
                }
            }
        });
        (found.unwrap(), failed)
    }
}

impl Node {
    /// What is otherwise than in the examples: names, ports, folders, and how much is taken of this machine.
    fn settings(&self, is_first: bool, addresses: &str) -> Vec<(String, String)> {
        let here = |port: u16| format!("127.0.0.1:{port}");
        let settings = [
            ("NODE_NAME", self.name.clone()),
            ("BASE_DIR", self.folder.display().to_string()),
            ("AUTO_PROVISION", is_first.to_string()),
            ("BIND_IP", "127.0.0.1".to_owned()),
            ("BIND_PORT", self.inner.to_string()),
            ("ADVERTISED_ADDRESS", format!("http://{}", here(self.inner))),
            ("ADMIN__BIND_ADDRESS", here(self.admin)),
            ("INGRESS__BIND_ADDRESS", here(self.ingress)),
            ("METADATA_CLIENT__ADDRESSES", addresses.to_owned()),
            ("DEFAULT_NUM_PARTITIONS", "4".to_owned()),
            ("ROCKSDB_TOTAL_MEMORY_SIZE", "256 MiB".to_owned()),
        ];
        let named = settings.map(|(name, value)| (format!("RESTATE_{name}"), value));
        named.into()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &self.nodes {
            let watcher = node.watcher.lock().unwrap().take();
            if let Some(mut watcher) = watcher {
                drop(watcher.stdin.take());
                let _ = watcher.wait();
            }
        }
    }
}

/// Ports that nobody has, never the same twice in this process. They lie below those that systems give to whoever
/// asks for any, so that nobody is given one while what listens there is killed and not started again yet.
pub(super) fn free_ports(count: usize) -> Vec<u16> {
    const FIRST: u16 = 15_000;
    const COUNT: u16 = 15_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Processes begin at different places.
    let begin = u16::try_from(process::id() % 150).unwrap() * 100;
    let ports = iter::repeat_with(|| {
        let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
        FIRST + (begin + taken) % COUNT
    });
    let is_free = |port: &u16| net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    ports.filter(is_free).take(count).collect()
}
