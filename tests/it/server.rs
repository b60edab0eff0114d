//! A PostgreSQL server of our own: the real one, as it is installed here.
//!
//! It listens in a folder of its own and is gone with this process, however that ends: a shell watches over
//! it, and reads from us until there is nobody to read from. `FLAGSTATE_POSTGRES` names a server that is
//! used instead.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::{env, net, process, thread, time};

use flagstate::runtime::Postgres;
use flagstate::runtime::postgres::Address;
use tokio_postgres::NoTls;

/// Watches over a server: `crash` and `start` come by words, and the end of them is the end of it.
const WATCH: &str = r#"
start() { "$BIN/postgres" -D "$PLACE/data" -c port="$PORT" -k "$PLACE" "$@" >>"$PLACE/log" 2>&1 </dev/null & pid=$!; }
start "$@"
while read -r word; do
    case $word in
        crash) kill -QUIT "$pid"; wait "$pid" 2>/dev/null; echo crashed ;;
        start) start "$@"; echo started ;;
    esac
done
kill -INT "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; rm -rf "$PLACE"
"#;

/// A server.
pub(crate) struct Server {
    /// How it is reached, but for the schema.
    address: String,
    /// What is ours alone.
    own: Option<Own>,
}

struct Own {
    place: PathBuf,
    port: u16,
    watcher: Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

/// The server that tests share, each in a schema of its own; none where none can be had, which is told.
pub(crate) fn shared() -> Option<&'static Server> {
    static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
    let start = || match env::var("FLAGSTATE_POSTGRES") {
        Ok(address) => Ok(Server { address, own: None }),
        Err(_) => Server::start(&[], |_| {}),
    };
    match SHARED.get_or_init(start) {
        Ok(server) => Some(server),
        Err(why) => {
            crate::tell::skipped(&format!("PostgreSQL: {why}"));
            None
        }
    }
}

impl Server {
    /// A server for one test alone, with options; `prepare` adds to its folder of data before it starts.
    pub(crate) fn start(options: &[&str], prepare: impl FnOnce(&Path)) -> Result<Self, String> {
        let bin = binaries().ok_or("`initdb` and `postgres` are not installed")?;
        let (place, user) = new_place()?;
        let password = place.join("password");
        fs::write(&password, "it's s%cret\n").unwrap();
        give(&password, user.as_ref());
        let mut make = command(user.as_ref(), &bin.join("initdb"));
        make.arg("-D")
            .arg(place.join("data"))
            .args(["-U", "flagstate", "-E", "UTF8", "--locale=C"])
            .args(["--auth-local=trust", "--auth-host=scram-sha-256"])
            .arg(format!("--pwfile={}", password.display()));
        done(&mut make, &place)?;
        prepare(&place.join("data"));
        for entry in fs::read_dir(place.join("data")).unwrap() {
            give(&entry.unwrap().path(), user.as_ref());
        }
        let server = Self::run((&bin, place), user.as_ref(), options)?;
        Ok(server.sorted_otherwise())
    }

    /// One that follows this one, and stands in for it where it is asked to.
    pub(crate) fn standby(&self, options: &[&str]) -> Result<Self, String> {
        let bin = binaries().ok_or("`postgres` is not installed")?;
        let (place, user) = new_place()?;
        let mut copy = command(user.as_ref(), &bin.join("pg_basebackup"));
        copy.arg("-D").arg(place.join("data"));
        copy.args(["-R", "-c", "fast", "-X", "stream", "-d"]);
        done(copy.arg(self.plain()), &place)?;
        let mut server = Self::run((&bin, place), user.as_ref(), options)?;
        if self.address.ends_with("dbname=shop") {
            server.address = server.address.replace("dbname=postgres", "dbname=shop");
        }
        Ok(server)
    }

    /// Runs upon a folder of data.
    fn run(
        (bin, place): (&Path, PathBuf),
        user: Option<&User>,
        options: &[&str],
    ) -> Result<Self, String> {
        let port = free_port();
        let mut watcher = command(user, Path::new("/bin/sh"))
            .args(["-c", WATCH, "watch", "-c", "max_connections=200"])
            .args(options)
            .env("BIN", bin)
            .env("PLACE", &place)
            .env("PORT", port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| why.to_string())?;
        let words = watcher.stdin.take().unwrap();
        let answers = BufReader::new(watcher.stdout.take().unwrap());
        let host = place.display();
        let server = Self {
            address: format!("host={host} port={port} user=flagstate dbname=postgres"),
            own: Some(Own {
                port,
                watcher: Mutex::new((watcher, words, answers)),
                place,
            }),
        };
        server.ready()?;
        Ok(server)
    }

    /// Moves to a database that sorts texts in another order than their bytes', where the server can.
    fn sorted_otherwise(mut self) -> Self {
        let create = "CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8' \
             LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'";
        if self.tell(create).is_ok() {
            self.address = self.address.replace("dbname=postgres", "dbname=shop");
        }
        self
    }

    fn own(&self) -> &Own {
        self.own.as_ref().unwrap()
    }

    /// Where it answers on the network.
    pub(crate) fn port(&self) -> u16 {
        self.own().port
    }

    /// Its folder.
    pub(crate) fn place(&self) -> &Path {
        &self.own().place
    }

    /// How it is reached by other means than ours.
    pub(crate) fn plain(&self) -> &str {
        &self.address
    }

    /// A program that comes with a server.
    pub(crate) fn program(name: &str) -> PathBuf {
        let beside = binaries().map(|folder| folder.join(name));
        beside
            .filter(|path| path.exists())
            .unwrap_or_else(|| name.into())
    }

    /// How a schema on it is named.
    pub(crate) fn address(&self, schema: &str) -> String {
        let (joint, address) = match self.address.contains("://") {
            true if self.address.contains('?') => ("&", &self.address),
            true => ("?", &self.address),
            false => (" ", &self.address),
        };
        format!("{address}{joint}schema={schema}")
    }

    /// A schema for one test.
    pub(crate) fn schema(&self) -> Schema<'_> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        Schema {
            server: self,
            name: format!("test_{}_{number}", process::id()),
        }
    }

    /// Lets the server do something, by other means than ours.
    pub(crate) fn tell(
        &self,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
        let executor = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        executor.block_on(async {
            let (client, connection) = tokio_postgres::connect(self.plain(), NoTls).await?;
            tokio::spawn(connection);
            let messages = client.simple_query(sql).await?;
            let row = |message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    let columns = (0..row.len()).map(|column| row.get(column).map(str::to_owned));
                    Some(columns.collect())
                }
                _ => None,
            };
            Ok(messages.into_iter().filter_map(row).collect())
        })
    }

    /// Waits until it answers.
    fn ready(&self) -> Result<(), String> {
        for _ in 0..600 {
            if self.tell("SELECT 1").is_ok() {
                return Ok(());
            }
            thread::sleep(time::Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.place().join("log")).unwrap_or_default();
        Err(format!("the server does not answer: {log}"))
    }

    fn word(&self, word: &str) {
        let mut watcher = self.own().watcher.lock().unwrap();
        writeln!(watcher.1, "{word}").unwrap();
        let mut answer = String::new();
        watcher.2.read_line(&mut answer).unwrap();
        assert!(answer.starts_with(word), "{answer}");
    }

    /// Stops it as a crash does: what was not synced is gone, and it must recover.
    pub(crate) fn crash(&self) {
        self.word("crash");
    }

    /// Starts it again.
    pub(crate) fn restart(&self) {
        self.word("start");
        self.ready().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(own) = self.own.take() {
            let (mut watcher, words, _) = own.watcher.into_inner().unwrap();
            drop(words);
            watcher.wait().unwrap();
        }
    }
}

/// A schema that is gone when the test is.
pub(crate) struct Schema<'a> {
    server: &'a Server,
    pub(crate) name: String,
}

impl Schema<'_> {
    pub(crate) fn address(&self) -> String {
        self.server.address(&self.name)
    }

    pub(crate) fn open(&self) -> Postgres {
        Postgres::connect(&self.address()).unwrap()
    }

    pub(crate) fn open_existing(&self) -> Postgres {
        Postgres::open_existing(Address::parse(&self.address()).unwrap()).unwrap()
    }
}

impl Drop for Schema<'_> {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name);
        let gone = self.server.tell(&sql);
        assert!(thread::panicking() || gone.is_ok(), "{gone:?}");
    }
}

/// Where `initdb` and `postgres` are: the newest that Debian has, or whatever is on the path.
fn binaries() -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    let version = |place: &PathBuf| {
        let name = place.parent()?.file_name()?.to_str()?.to_owned();
        name.parse::<u32>().ok()
    };
    places.sort_by_key(|place| std::cmp::Reverse(version(place)));
    places.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    places.push(PathBuf::from("/usr/local/bin"));
    let both = |place: &&PathBuf| {
        ["initdb", "postgres"]
            .iter()
            .all(|name| place.join(name).exists())
    };
    places.iter().find(both).cloned()
}

/// Whom the server runs as: nobody's superuser.
struct User {
    name: String,
    id: u32,
    group: u32,
}

/// A folder for a server, and whom that runs as.
fn new_place() -> Result<(PathBuf, Option<User>), String> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let place = env::temp_dir().join(format!("flagstate-postgres-{}-{number}", process::id()));
    fs::create_dir_all(&place).map_err(|why| why.to_string())?;
    fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).unwrap();
    let user = user(&place)?;
    Ok((place, user))
}

/// Makes what a server begins with; where that fails, nothing of it remains.
fn done(make: &mut Command, place: &Path) -> Result<(), String> {
    let made = make.output().map_err(|why| why.to_string())?;
    if made.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    let _ = fs::remove_dir_all(place);
    let program = Path::new(make.get_program()).display();
    Err(format!("`{program}` failed: {said}"))
}

/// Another user where we are root, who owns the place then.
fn user(place: &Path) -> Result<Option<User>, String> {
    let id = Command::new("id")
        .arg("-u")
        .output()
        .map_err(|why| why.to_string())?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|why| why.to_string())?;
    let user = |name: &str| {
        let line = users
            .lines()
            .find(|line| line.starts_with(&format!("{name}:")))?;
        let mut parts = line.split(':').skip(2);
        Some(User {
            name: name.to_owned(),
            id: parts.next()?.parse().ok()?,
            group: parts.next()?.parse().ok()?,
        })
    };
    let user = user("postgres").or_else(|| user("nobody"));
    let user = user.ok_or("there is no user but root")?;
    chown(place, Some(user.id), Some(user.group)).map_err(|why| why.to_string())?;
    Ok(Some(user))
}

fn give(path: &Path, user: Option<&User>) {
    if let Some(user) = user {
        chown(path, Some(user.id), Some(user.group)).unwrap();
    }
    if path.is_file() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// A command as that user.
fn command(user: Option<&User>, program: &Path) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", &user.name, "--"]).arg(program);
            command
        }
    };
    command.current_dir("/");
    command
}

fn free_port() -> u16 {
    let found = net::TcpListener::bind("127.0.0.1:0").unwrap();
    found.local_addr().unwrap().port()
}
