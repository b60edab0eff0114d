//! Effects that are sent: a real receiver, whose answers are scripted, and the reference library of Standard
//! Webhooks, which verifies what it got.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use flagstate::http::Webhooks;
use flagstate::runtime::{Clock as _, Engine, Sqlite, SystemClock};
use serde_json::{Value as Json, json};

use super::{Server, cart, event, self_signed};
use crate::tell;

/// What a receiver got.
#[derive(Debug, Clone)]
struct Got {
    headers: BTreeMap<String, String>,
    body: String,
}

impl Got {
    fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A receiver that answers by a script: what comes after its end is taken.
struct Receiver {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

type Script = Box<dyn Fn(usize, &Got) -> &'static str + Send + Sync>;

impl Receiver {
    /// `answer` is asked with the number of the request and what it brings.
    fn start(answer: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let (known, answer) = (Arc::clone(&got), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (known, answer) = (Arc::clone(&known), Arc::clone(&answer));
                std::thread::spawn(move || receive(&mut stream.unwrap(), &known, &answer));
            }
        });
        Self { port, got }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn wait(&self, count: usize) -> Vec<Got> {
        for _ in 0..3_000 {
            let got = self.got();
            if got.len() >= count {
                return got;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{count} do not come: {:?}", self.got());
    }
}

/// Reads requests from a connection, and answers them.
fn receive(stream: &mut (impl Read + Write), known: &Mutex<Vec<Got>>, answer: &Script) {
    loop {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(1) => head.push(byte[0]),
                _ => return,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let headers = head.lines().filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<String, String> = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        let got = Got {
            headers,
            body: String::from_utf8(body).unwrap(),
        };
        let number = {
            let mut known = known.lock().unwrap();
            known.push(got.clone());
            known.len() - 1
        };
        let told = format!("HTTP/1.1 {}Content-Length: 0\r\n\r\n", answer(number, &got));
        if stream.write_all(told.as_bytes()).is_err() {
            return;
        }
    }
}

const OK: &str = "204 No Content\r\n";

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A server that sends the effects of `main` to an address.
fn serve(url: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = hooks(folder.path(), url);
    let server = Server::with_shop(&["--webhooks", file.to_str().unwrap()]);
    (server, folder)
}

/// The file that names the address.
fn hooks(folder: &Path, url: &str) -> PathBuf {
    let file = folder.join("webhooks.toml");
    let text = format!("[[webhook]]\ntenant = \"main\"\nurl = \"{url}\"\nsecret = \"{SECRET}\"\n");
    std::fs::write(&file, text).unwrap();
    file
}

/// Books an order, which asks for a mail.
fn book(server: &Server, order: &str) {
    server.post("/v1/orders", cart(order)).ok();
    let path = format!(
        "/v1/orders/{}/events",
        order.replace(' ', "%20").replace('ü', "%C3%BC")
    );
    server.post(&path, event("check_out", "customer")).ok();
}

/// Waits until an effect is counted as this.
fn counted(server: &Server, outcome: &str) {
    let line = format!("flagstate_webhook_deliveries_total{{outcome=\"{outcome}\"}}");
    for _ in 0..3_000 {
        if server.get("/metrics").text.contains(&line) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("none is {outcome}: {}", server.log());
}

/// What the reference library says of what was got; nothing where it is not installed.
fn verified(got: &[(Got, &str)]) -> Option<Vec<String>> {
    let folder = std::path::Path::new("tests/exports");
    if !folder.join("node_modules/standardwebhooks").exists() {
        tell::skipped("Standard Webhooks: its library is not installed");
        return None;
    }
    let mut node = Command::new("node")
        .current_dir(folder)
        .arg("webhooks.mjs")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    for (got, secret) in got {
        let line = json!({ "secret": secret, "headers": got.headers, "body": got.body });
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let lines = BufReader::new(node.stdout.take().unwrap()).lines();
    let told = lines.map(Result::unwrap).collect();
    assert!(node.wait().unwrap().success());
    Some(told)
}

#[test]
fn an_effect_is_sent_signed_until_it_is_taken() {
    let receiver = Receiver::start(Box::new(|number, _| match number {
        0 => "500 Internal Server Error\r\n",
        // Elsewhere it is not sent, since the signature is for whoever was named.
        1 => "302 Found\r\nLocation: http://127.0.0.1:1/\r\n",
        _ => OK,
    }));
    let (server, _folder) = serve(&format!("http://127.0.0.1:{}/hook?a=b", receiver.port));
    book(&server, "o ü1");
    let got = receiver.wait(3);
    counted(&server, "done");
    assert_eq!(got.len(), receiver.got().len(), "it is sent no more");
    let bodies: Vec<Json> = got.iter().map(Got::json).collect();
    for (attempt, (got, body)) in (1..).zip(got.iter().zip(&bodies)) {
        assert_eq!(got.headers["webhook-id"], "main%2Fo%20%C3%BC1%2F2.0");
        assert_eq!(got.headers["content-type"], "application/json");
        assert_eq!(body["type"], "order.effect");
        let data = &body["data"];
        assert_eq!(data["id"], "main/o ü1/2.0");
        let told = [
            &data["tenant"],
            &data["order"],
            &data["effect"],
            &data["state"],
        ];
        assert_eq!(told, ["main", "o ü1", "mail", "booked"]);
        assert_eq!(
            (&data["step"], &data["attempt"]),
            (&json!(2), &json!(attempt))
        );
    }
    let metrics = server.get("/metrics").text;
    for line in [
        "flagstate_webhook_deliveries_total{outcome=\"done\"} 1",
        "flagstate_webhook_deliveries_total{outcome=\"failed\"} 2",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(server.log().contains("HTTP 500"), "{}", server.log());
    let mut asked: Vec<(Got, &str)> = got.into_iter().map(|got| (got, SECRET)).collect();
    let mut changed = asked[0].0.clone();
    changed.body = changed.body.replace("booked", "closed");
    asked.push((changed, SECRET));
    asked.push((asked[0].0.clone(), "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
    if let Some(told) = verified(&asked) {
        let wrong = "wrong: No matching signature found";
        assert_eq!(told, ["ok", "ok", "ok", wrong, wrong]);
    }
}

#[test]
fn what_is_sent_cannot_be_claimed() {
    let (server, _folder) = serve("http://localhost:1/");
    let told = server.post("/v1/effects/claim", json!({}));
    told.problem("effects-sent");
}

#[test]
fn a_receiver_that_is_gone_gets_nothing_more() {
    let receiver = Receiver::start(Box::new(|_, _| "410 Gone\r\n"));
    let (server, _folder) = serve(&format!("http://localhost:{}/", receiver.port));
    book(&server, "o1");
    receiver.wait(1);
    counted(&server, "given_up");
    let dead = server.get("/v1/effects/dead").ok();
    let error = "HTTP 410: there is nobody any longer";
    assert_eq!(dead["effects"][0]["error"], error, "{dead}");
    assert_eq!(receiver.got().len(), 1);
}

#[test]
fn a_receiver_says_when_it_will_be_there_again() {
    let receiver = Receiver::start(Box::new(|number, _| match number {
        0 => "503 Service Unavailable\r\nRetry-After: 3600\r\n",
        1 => "503 Service Unavailable\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n",
        _ => OK,
    }));
    let (server, _folder) = serve(&format!("http://127.0.0.1:{}/", receiver.port));
    book(&server, "o1");
    receiver.wait(1);
    book(&server, "by_date");
    receiver.wait(2);
    // Others' effects go on meanwhile; these would have come again within two seconds.
    std::thread::sleep(Duration::from_secs(3));
    book(&server, "o2");
    let got = receiver.wait(3);
    let orders: Vec<Json> = got
        .iter()
        .map(|got| got.json()["data"]["order"].clone())
        .collect();
    assert_eq!(orders, ["o1", "by_date", "o2"]);
}

#[test]
fn a_slow_order_holds_up_no_other() {
    // The mail of `slow` is answered once those of the others have come.
    let (answer, answered) = mpsc::channel::<()>();
    let answered = Mutex::new(answered);
    let receiver = Receiver::start(Box::new(move |_, got| {
        if got.json()["data"]["order"] == "slow" {
            let _ = answered
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(14));
        }
        OK
    }));
    let (mut server, _folder) = serve(&format!("http://127.0.0.1:{}/", receiver.port));
    book(&server, "slow");
    receiver.wait(1);
    for order in ["o1", "o2", "o3"] {
        book(&server, order);
    }
    let got = receiver.wait(4);
    assert_eq!(got[0].json()["data"]["order"], "slow");
    answer.send(()).unwrap();
    // What is under way is finished before the server ends, and nothing is sent twice.
    server.terminate();
    assert_eq!(server.ended(), Some(0));
    assert_eq!(left(&server), [""; 0]);
    assert_eq!(receiver.got().len(), 4);
}

#[test]
fn the_effects_of_an_order_come_in_their_order_and_are_given_back_at_the_end() {
    let (answer, answered) = mpsc::channel::<()>();
    let answered = Mutex::new(answered);
    let receiver = Receiver::start(Box::new(move |number, _| {
        if number == 1 {
            let _ = answered
                .lock()
                .unwrap()
                .recv_timeout(Duration::from_secs(14));
        }
        OK
    }));
    let (mut server, _folder) = serve(&format!("http://127.0.0.1:{}/", receiver.port));
    let text = std::fs::read_to_string(super::SHOP).unwrap();
    let text = text.replace("effects: [mail]\n", "effects: [mail, pack, note]\n");
    let text = text.replace("effects: [mail] }", "effects: [mail, pack, note] }");
    let files = json!([{ "name": "shop.yaml", "text": text }]);
    server
        .post("/v1/deployments", json!({ "files": files }))
        .ok();
    book(&server, "o1");
    let got = receiver.wait(2);
    let effects: Vec<Json> = got
        .iter()
        .map(|got| got.json()["data"]["effect"].clone())
        .collect();
    assert_eq!(effects, ["mail", "pack"]);
    // The second is under way and is finished, the third is left to whoever comes next.
    server.terminate();
    while std::net::TcpStream::connect(server.address()).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    answer.send(()).unwrap();
    assert_eq!(server.ended(), Some(0));
    assert_eq!(left(&server), ["main/o1/2.2"]);
    assert_eq!(receiver.got().len(), 2);
}

/// The effects that can be had at once from what a server leaves.
fn left(server: &Server) -> Vec<String> {
    let mut engine = Engine::new(Sqlite::open(server.store()).unwrap());
    let (now, lease) = (SystemClock.now(), flagstate::time::Duration::seconds(60));
    let claimed = engine.claim(None, now, lease, 9).unwrap();
    claimed.into_iter().map(|effect| effect.id).collect()
}

/// A receiver behind TLS, with a certificate of its own for `localhost`; that is written into the folder.
fn behind_tls(folder: &Path) -> Receiver {
    let (config, root) = self_signed();
    std::fs::write(folder.join("root.pem"), root).unwrap();
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let got: Arc<Mutex<Vec<Got>>> = Arc::default();
    let known = Arc::clone(&got);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
            let known = Arc::clone(&known);
            std::thread::spawn(move || {
                let script: Script = Box::new(|_, _| OK);
                receive(&mut stream, &known, &script);
            });
        }
    });
    Receiver { port, got }
}

#[test]
fn a_receiver_must_be_who_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = behind_tls(folder.path());
    let serve = |url: &str| {
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_flagstate"));
        let name = format!("sqlite:{}", store.path().join("orders.db").display());
        command.args(["serve", "--listen", "127.0.0.1:0", "--store", &name]);
        command.arg("--webhooks").arg(hooks(store.path(), url));
        command.env("SSL_CERT_FILE", folder.path().join("root.pem"));
        let server = Server::begin(command, store);
        server.post("/v1/deployments", super::shop()).ok();
        book(&server, "o1");
        server
    };
    // The certificate is for another name.
    let server = serve(&format!("https://127.0.0.1:{}/", receiver.port));
    counted(&server, "failed");
    assert!(server.log().contains("certificate"), "{}", server.log());
    assert_eq!(receiver.got().len(), 0);
    let server = serve(&format!("https://localhost:{}/", receiver.port));
    let got = receiver.wait(1);
    counted(&server, "done");
    if let Some(told) = verified(&[(got[0].clone(), SECRET)]) {
        assert_eq!(told, ["ok"]);
    }
    // Without that root, nobody is believed.
    std::fs::remove_file(folder.path().join("root.pem")).unwrap();
    let server = serve(&format!("https://localhost:{}/", receiver.port));
    counted(&server, "failed");
    assert_eq!(receiver.got().len(), 1);
}

#[test]
fn a_file_of_webhooks_is_read_or_what_is_wrong_is_said() {
    let read = |text: &str| Webhooks::read(text).map(drop).map_err(|e| e.to_string());
    let entry = |tenant: &str, url: &str, secret: &str| {
        format!("[[webhook]]\ntenant = \"{tenant}\"\nurl = \"{url}\"\nsecret = \"{secret}\"\n")
    };
    let of = |url: &str| read(&entry("a", url, SECRET));
    for url in [
        "https://a.example/x",
        "http://localhost:9/",
        "http://[::1]:9/",
        "http://127.0.0.2/",
    ] {
        assert_eq!(of(url), Ok(()), "{url}");
    }
    let plain =
        "the webhook of `a` is read by others on the way: its `url` must begin with `https://`";
    assert_eq!(of("http://a.example/x"), Err(plain.to_owned()));
    assert_eq!(of("http://localhost.example/x"), Err(plain.to_owned()));
    for (url, problem) in [
        (
            "ftp://a.example/",
            "must have a `url` that begins with `https://`",
        ),
        ("https:///x", "has no `url` that can be read"),
        ("a b", "has no `url` that can be read"),
        ("/x", "has no host in its `url`"),
    ] {
        assert_eq!(
            of(url),
            Err(format!("the webhook of `a` {problem}")),
            "{url}"
        );
    }
    let url = "https://a.example/";
    for secret in [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_c2hvcnQ=",
        "whsec_!",
    ] {
        let told = read(&entry("a", url, secret)).unwrap_err();
        assert!(told.contains("has no `secret` of `whsec_`"), "{told}");
    }
    let twice = entry("a", url, SECRET).repeat(2);
    let told = read(&twice).unwrap_err();
    assert_eq!(
        told,
        "the webhook of `a` is there twice: a tenant's effects have one receiver"
    );
    assert_eq!(read("").unwrap_err(), "there is no `[[webhook]]` in it");
    // A line that cannot be read is named and not shown: it may be the secret's.
    let told = read("[[webhook]]\nsecret = whsec_abc\n").unwrap_err();
    assert!(
        told.starts_with("line 2: ") && !told.contains("abc"),
        "{told}"
    );
    let told = read(&entry("a", url, SECRET).replace("url", "uri")).unwrap_err();
    assert!(told.starts_with("line 3: unknown field `uri`"), "{told}");
    let new = flagstate::http::new_webhook("a \"shop\"").unwrap();
    assert_eq!(read(&new), Ok(()), "{new}");
    assert_ne!(new, flagstate::http::new_webhook("a \"shop\"").unwrap());
}
