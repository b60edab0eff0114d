//! Where a database is, and how it is reached.
//!
//! In: what people write, as a URL or as `name=value` words. Out: settings of the client, the schema that
//! the store is in, and how far the server is trusted. A password never comes out again.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::runtime::store::StoreError;

/// How long a server may take to answer that it is there.
const TO_CONNECT: Duration = Duration::from_secs(5);

/// How long a server may be silent before it is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(30);

/// How long it may take for what was sent to arrive: a way that broke without a word is given up then, and not
/// after the quarter of an hour that the system would try.
const TO_ARRIVE: Duration = Duration::from_secs(60);

/// How the server's certificate is looked at; the words are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// `prefer`, `require`: any will do, unless there are roots that it must come from.
    Any,
    /// `verify-ca`: it comes from a root that is trusted.
    Root,
    /// `verify-full`: and it is the host's.
    Host,
}

/// Where a store is: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?schema=NAME`, or the same as words,
/// `host=HOST user=USER dbname=DATABASE schema=NAME`.
///
/// The options are those of PostgreSQL's own clients: several hosts with commas between them (the one that
/// can be written to is used), `sslmode`, `sslrootcert`, `connect_timeout`, `application_name`, `options` and
/// so on; `schema` is ours, and `flagstate` where it is not given.
#[derive(Debug, Clone)]
pub struct Address {
    pub(super) config: Config,
    pub(super) schema: String,
    pub(super) trust: Trust,
    pub(super) roots: Option<PathBuf>,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`StoreError::Failed`] with what is wrong; nothing of the address but names of options is in it.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let (rest, ours) = match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => of_url(text)?,
            _ => of_words(text)?,
        };
        let config: Result<Config, _> = rest.parse();
        let mut config = config.map_err(|wrong| mistaken(&super::error::told(&wrong)))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(mistaken("it names no host"));
        }
        let trust = trust(&mut config, ours.mode.as_deref())?;
        let schema = ours.schema.unwrap_or_else(|| "flagstate".to_owned());
        if !is_name(&schema) {
            let why = "a schema's name is of lower-case letters, digits and `_`, at most 63";
            return Err(mistaken(why));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(TO_CONNECT);
        }
        if config.get_keepalives_idle() > SILENCE && !text.contains("keepalives_idle") {
            config.keepalives_idle(SILENCE);
            config.keepalives_interval(SILENCE / 3);
            config.keepalives_retries(3);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(TO_ARRIVE);
        }
        if config.get_application_name().is_none() {
            config.application_name("flagstate");
        }
        // A standby answers nothing that can be relied on.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self {
            config,
            schema,
            trust,
            roots: ours.roots.map(PathBuf::from),
        })
    }

    /// Whether it brings a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The password that a file of libpq's form (`~/.pgpass`) has for it, by its text.
    pub fn password_in(&self, passfile: &str) -> Option<String> {
        super::passfile::find(&self.config, passfile)
    }

    /// The same with a password, for where it brings none.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// Where it is, without who asks.
    pub(super) fn place(&self) -> String {
        let ports = self.config.get_ports();
        let host = |(place, host): (usize, &Host)| {
            let port = ports.get(place).or(ports.first()).unwrap_or(&5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{port}", path.display()),
            }
        };
        let hosts = self.config.get_hosts().iter().enumerate().map(host);
        let mut hosts: Vec<String> = hosts.collect();
        if hosts.is_empty() {
            hosts.extend(self.config.get_hostaddrs().iter().map(ToString::to_string));
        }
        let database = self.config.get_dbname().unwrap_or_default();
        format!("`{}/{database}`", hosts.join(","))
    }
}

fn mistaken(why: &str) -> StoreError {
    StoreError::Failed(format!("the address of the database is mistaken: {why}"))
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let all = text
        .bytes()
        .all(|byte| letter(byte) || byte.is_ascii_digit());
    all && text.len() <= 63 && text.bytes().next().is_some_and(letter) && !text.starts_with("pg_")
}

/// The options that the client does not know, or knows otherwise.
#[derive(Default)]
struct Ours {
    schema: Option<String>,
    mode: Option<String>,
    roots: Option<String>,
}

impl Ours {
    fn slot(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "schema" => Some(&mut self.schema),
            "sslmode" => Some(&mut self.mode),
            "sslrootcert" => Some(&mut self.roots),
            _ => None,
        }
    }
}

/// Takes our options out of a URL.
fn of_url(text: &str) -> Result<(String, Ours), StoreError> {
    let mut ours = Ours::default();
    let (before, query) = match text.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (text, None),
    };
    // What looks like a host or an option may be the rest of a password, and is not shown again.
    let (_, rest) = before.split_once("://").unwrap_or(("", before));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let names = query.into_iter().flat_map(|query| query.split('&'));
    let mut names = names.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    if authority.matches('@').count() > 1
        || path.contains('@')
        || names.any(|name| name.contains('@'))
    {
        return Err(mistaken(
            "write `@`, `/` and `?` in a user or a password as `%40`, `%2F` and `%3F`",
        ));
    }
    let Some(query) = query else {
        return Ok((text.to_owned(), ours));
    };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match ours.slot(name) {
            Some(slot) => *slot = Some(decoded(value)?),
            None => kept.push(pair),
        }
    }
    Ok((format!("{before}?{}", kept.join("&")), ours))
}

fn decoded(text: &str) -> Result<String, StoreError> {
    let wrong = || mistaken("a `%` in it stands before no two hexadecimal digits of a text");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

/// Takes our options out of `name=value` words.
fn of_words(text: &str) -> Result<(String, Ours), StoreError> {
    let mut ours = Ours::default();
    let mut kept = String::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, behind) = rest
            .split_once('=')
            .ok_or_else(|| mistaken("a word in it has no `=`"))?;
        let behind = behind.trim_start();
        let (value, length) = word(behind);
        let (written, next) = behind.split_at_checked(length).unwrap_or((behind, ""));
        match ours.slot(name.trim()) {
            Some(slot) => *slot = Some(value),
            None => kept.extend([name.trim(), "=", written, " "]),
        }
        rest = next.trim_start();
    }
    Ok((kept, ours))
}

/// The value that a text begins with, and how many bytes it takes there.
fn word(text: &str) -> (String, usize) {
    let mut value = String::new();
    let quoted = text.starts_with('\'');
    let mut letters = text.char_indices().skip(usize::from(quoted));
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            '\'' if quoted => return (value, place + 1),
            space if !quoted && space.is_whitespace() => return (value, place),
            other => value.push(other),
        }
    }
    (value, text.len())
}

fn trust(config: &mut Config, mode: Option<&str>) -> Result<Trust, StoreError> {
    let (mode, trust) = match mode.unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Trust::Any),
        "prefer" => (SslMode::Prefer, Trust::Any),
        "require" => (SslMode::Require, Trust::Any),
        "verify-ca" => (SslMode::Require, Trust::Root),
        "verify-full" => (SslMode::Require, Trust::Host),
        _ => {
            let why = "`sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`";
            return Err(mistaken(why));
        }
    };
    config.ssl_mode(mode);
    Ok(trust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_and_words_say_the_same() {
        let url = "postgresql://joe:se%40cret@db.example:6432/shop?schema=acme&sslmode=verify-full&sslrootcert=%2Ftmp%2Fca.pem&application_name=shop";
        let words = r"host=db.example port=6432 user=joe password='se@cret' dbname = shop schema='acme' sslmode=verify-full sslrootcert=/tmp/ca.pem application_name=shop";
        let (url, words) = (Address::parse(url).unwrap(), Address::parse(words).unwrap());
        assert_eq!(url.config, words.config);
        assert_eq!((&url.schema, &url.roots), (&words.schema, &words.roots));
        assert_eq!((url.trust, words.trust), (Trust::Host, Trust::Host));
        assert_eq!(url.schema, "acme");
        assert_eq!(url.config.get_password(), Some(b"se@cret".as_slice()));
        assert_eq!(url.place(), "`db.example:6432/shop`");
        assert!(!format!("{url:?}").contains("cret"));
    }

    #[test]
    fn how_long_is_waited_may_be_said() {
        let times = |address: &str| {
            let config = Address::parse(address).unwrap().config;
            let connect = config.get_connect_timeout().copied();
            (
                connect,
                config.get_keepalives_idle(),
                config.get_tcp_user_timeout().copied(),
            )
        };
        let ours = (Some(TO_CONNECT), SILENCE, Some(TO_ARRIVE));
        assert_eq!(times("postgresql://joe@h/shop"), ours);
        let seconds = Duration::from_secs;
        let theirs = (Some(seconds(1)), seconds(2), Some(seconds(3)));
        assert_eq!(
            times("host=h connect_timeout=1 keepalives_idle=2 tcp_user_timeout=3"),
            theirs
        );
    }

    #[test]
    fn quoted_words_keep_their_spaces() {
        let words = r"host=h schema='it''s' password='a \'b\\ c' user=joe\ b";
        assert!(Address::parse(words).is_err(), "no name of a schema");
        let words = r"host=h password='a \'b\\ c' user=joe\ b";
        let address = Address::parse(words).unwrap();
        assert_eq!(address.config.get_password(), Some(br"a 'b\ c".as_slice()));
        assert_eq!(address.config.get_user(), Some("joe b"));
        assert_eq!(address.schema, "flagstate");
    }

    #[test]
    fn what_is_mistaken_is_said_without_the_password() {
        let wrong = [
            "postgresql://u:hush@/db",
            "postgresql://u:hush@h/db?sslmode=perhaps",
            "postgresql://u:hush@h/db?schema=A",
            "postgresql://u:hush@h/db?schema=pg_x",
            "postgresql://u:hush@h/db?schema=%4",
            "postgresql://u:hush@h/db?no_such=1",
            "postgresql://u:hush@h:hush/db",
            "postgresql://u:hush@[h/db",
            "postgresql://u:a@hush@h/db",
            "postgresql://u:12/hush@h/db",
            "postgresql://u:a?hush@h/db",
            "postgresql://u:a?b=1&hush@h/db=2",
            "host=h password=hush nonsense",
            "host=h password='hush",
            "password=hush",
            "hush",
            "",
        ];
        for text in wrong {
            let StoreError::Failed(why) = Address::parse(text).unwrap_err() else {
                panic!("{text}");
            };
            assert!(!why.contains("hush"), "{why}");
        }
    }
}
