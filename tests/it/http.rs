//! `flagstate serve`: the real program on a free port of this machine, asked by a real client.

mod access;
mod conversation;
mod document;
mod ends;
mod failures;
#[cfg(all(feature = "postgres", unix))]
mod outages;
mod problems;
mod races;
mod remote;
mod retention;
mod webhooks;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

/// The workflow that orders here run under.
pub(crate) const SHOP: &str = "tests/cases/http/shop.yaml";

/// How long is waited for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often is looked whether it has come.
const LOOK: Duration = Duration::from_millis(10);

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
    agent: ureq::Agent,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Told {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Json {
        let read = serde_json::from_str(&self.text);
        read.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body, which must be a problem of this kind and have its status.
    pub(crate) fn problem(&self, kind: &str) -> Json {
        let json = self.json();
        assert_eq!(json["type"], format!("/problems/{kind}"), "{self:?}");
        assert_eq!(json["status"], self.status, "{self:?}");
        let media = self.header("content-type");
        assert_eq!(media, Some("application/problem+json"), "{self:?}");
        assert!(self.header("x-request-id").is_some(), "{self:?}");
        json
    }

    /// The body of what went well.
    pub(crate) fn ok(self) -> Json {
        assert!(self.status < 300, "{self:?}");
        match self.text.is_empty() {
            true => Json::Null,
            false => self.json(),
        }
    }
}

/// Headers of a request.
pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

impl Server {
    /// A server upon a new store, with these arguments besides.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::on(tempfile::tempdir().unwrap(), arguments)
    }

    /// A server upon the store in a folder.
    pub(crate) fn on(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
        let store = format!("sqlite:{}", store_in(folder.path()).display());
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", &store]);
        command.args(arguments);
        Self::begin(command, folder)
    }

    /// Whatever program says on its first line where it listens.
    pub(crate) fn begin(mut command: Command, folder: tempfile::TempDir) -> Self {
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = command.stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| {
            let line = line.unwrap();
            line.strip_prefix("listening on ").map(str::to_owned)
        });
        // Its output is read to the end, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        let server = Self {
            url: url.unwrap_or_default(),
            child,
            folder,
            agent: config.build().into(),
        };
        assert!(!server.url.is_empty(), "{}", server.log());
        server
    }

    /// A server with the shop deployed.
    pub(crate) fn with_shop(arguments: &[&str]) -> Self {
        let server = Self::start(arguments);
        server.post("/v1/deployments", shop()).ok();
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens, as `HOST:PORT`.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn store(&self) -> PathBuf {
        store_in(self.folder.path())
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> Told {
        self.ask("GET", path, &[], None)
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<Json>) -> Told {
        self.post_with(path, &[], body)
    }

    pub(crate) fn post_with(
        &self,
        path: &str,
        headers: Headers<'_>,
        body: impl Into<Json>,
    ) -> Told {
        self.ask("POST", path, headers, Some(&body.into().to_string()))
    }

    /// Asks for anything. A body is JSON, unless a header says otherwise.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: Option<&str>,
    ) -> Told {
        self.try_ask(method, path, headers, body).unwrap()
    }

    pub(crate) fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: Headers<'_>,
        body: Option<&str>,
    ) -> Result<Told, ureq::Error> {
        let url = format!("{}{path}", self.url);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let has_type = headers.iter().any(|(name, _)| *name == "content-type");
        if body.is_some() && !has_type {
            request = request.header("content-type", "application/json");
        }
        let mut answer = match body {
            Some(body) => self.agent.run(request.body(body).unwrap())?,
            None => self.agent.run(request.body(()).unwrap())?,
        };
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = value.to_str().unwrap().to_owned();
            (name.as_str().to_owned(), value)
        });
        Ok(Told {
            status: answer.status().as_u16(),
            headers: headers.collect(),
            text: answer.body_mut().read_to_string()?,
        })
    }

    /// Tells the server to end.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends the server at once, and gives its folder with the store.
    pub(crate) fn kill(mut self) -> tempfile::TempDir {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let other = tempfile::tempdir().unwrap();
        std::mem::replace(&mut self.folder, other)
    }

    /// Waits until it ends by itself; its exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(LOOK);
        }
        panic!("it does not end: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn store_in(folder: &Path) -> PathBuf {
    folder.join("orders.db")
}

/// The shop as it is deployed.
pub(crate) fn shop() -> Json {
    let text = std::fs::read_to_string(SHOP).unwrap();
    json!({ "files": [{ "name": "shop.yaml", "text": text }] })
}

/// A new cart.
pub(crate) fn cart(order: &str) -> Json {
    json!({ "order": order, "workflow": "shop", "actor": "customer:joe" })
}

/// An event without values.
pub(crate) fn event(name: &str, actor: &str) -> Json {
    json!({ "event": name, "actor": actor })
}

/// What a server behind TLS needs, with a certificate of its own for `localhost`, and that certificate.
pub(crate) fn self_signed() -> (Arc<rustls::ServerConfig>, String) {
    use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from_pem_slice(made.signing_key.serialize_pem().as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

/// What the examples of the document speak of: `o1` to `o3` are booked, with an effect that is handed
/// out, and one that was given up; `o4` to `o6` are carts.
pub(crate) fn seed(server: &Server, headers: Headers<'_>) {
    let post = |path: &str, body| server.post_with(path, headers, body).ok();
    post("/v1/deployments", shop());
    for number in 1..=6 {
        post("/v1/orders", cart(&format!("o{number}")));
    }
    for number in 1..=3 {
        let path = format!("/v1/orders/o{number}/events");
        post(&path, event("check_out", "customer"));
    }
    let claimed = post("/v1/effects/claim", json!({}));
    assert_eq!(claimed["effects"].as_array().unwrap().len(), 3);
}

/// Gives up the effect of an order, which takes as many attempts as one gets.
pub(crate) fn give_up(store: &Path, effect: &str) {
    use flagstate::runtime::row::Settlement;
    use flagstate::runtime::{Sqlite, Store as _};
    let mut store = Sqlite::open(store).unwrap();
    let error = "no answer".to_owned();
    assert!(
        store
            .settle(effect, 1, &Settlement::Dead { error })
            .unwrap()
    );
}
