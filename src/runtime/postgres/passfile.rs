//! Passwords in a file of libpq's form: lines of `HOST:PORT:DATABASE:USER:PASSWORD`.
//!
//! In: the text of a file (`~/.pgpass`) and what is connected to. Out: the password of the first line that fits.
//! A field is `*` for any, and `\` stands before a `:` or a `\` that belongs to it. Source: "The Password
//! File" in PostgreSQL's documentation.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The password that a file has for an address. Of several hosts each is told the same, so it must be that of all.
pub(super) fn find(config: &Config, text: &str) -> Option<String> {
    let mut hosts: Vec<String> = config.get_hosts().iter().map(name_of).collect();
    if hosts.is_empty() {
        hosts.extend(config.get_hostaddrs().iter().map(ToString::to_string));
    }
    let ports = config.get_ports();
    let places = hosts.iter().enumerate().map(|(place, host)| {
        let port = ports.get(place).or(ports.first());
        of_host(config, (host, port.copied().unwrap_or(5432)), text)
    });
    let mut passwords = places.collect::<Option<Vec<String>>>()?;
    passwords.dedup();
    passwords.pop().filter(|_| passwords.is_empty())
}

/// A host as the file calls it.
fn name_of(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(_) => "localhost".to_owned(),
    }
}

fn of_host(config: &Config, (host, port): (&str, u16), text: &str) -> Option<String> {
    let user = config.get_user()?;
    // A database is called as its user where nothing is said.
    let database = config.get_dbname().unwrap_or(user);
    let asked = [host, &port.to_string(), database, user];
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.find_map(|line| password_of(line, &asked))
}

fn password_of(line: &str, asked: &[&str]) -> Option<String> {
    let mut rest = line;
    for wanted in asked {
        let (field, after) = field(rest)?;
        if !is_any(rest) && field != *wanted {
            return None;
        }
        rest = after;
    }
    // Behind the password there may be a `:`, and nothing that is read.
    let (password, _) = field(rest).unwrap_or_else(|| (plain(rest), ""));
    Some(password).filter(|password| !password.is_empty())
}

/// Whether a field is the one word that fits all.
fn is_any(text: &str) -> bool {
    text.starts_with("*:")
}

/// A field, and what stands behind its `:`.
fn field(text: &str) -> Option<(String, &str)> {
    let mut is_escaped = false;
    let end = text.find(|letter| {
        let ends = letter == ':' && !is_escaped;
        is_escaped = letter == '\\' && !is_escaped;
        ends
    })?;
    let (field, rest) = text.split_at_checked(end)?;
    Some((plain(field), rest.strip_prefix(':')?))
}

/// The same without the `\` before what they protect.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(address: &str, text: &str) -> Option<String> {
        find(&address.parse().unwrap(), text)
    }

    #[test]
    fn the_first_line_that_fits_is_taken() {
        let file = "# for the shop\nother:*:*:*:no\ndb.example:5432:shop:joe:one\n\
                    db.example:*:*:joe:two\n*:6432:*:*:three\nlocalhost:*:*:*:four\n";
        let cases = [
            ("postgresql://joe@db.example/shop", Some("one")),
            ("postgresql://joe@db.example:5433/shop", Some("two")),
            ("postgresql://joe@db.example", Some("two")),
            ("postgresql://ann@db.example:6432/shop", Some("three")),
            ("postgresql://ann@db.example/shop", None),
            ("host=/run/postgresql user=ann", Some("four")),
            ("postgresql://db.example/shop", None),
            // Of several hosts, where all have the same.
            ("postgresql://ann@a:6432,b:6432/shop", Some("three")),
            ("postgresql://joe@db.example,other/shop", None),
            (
                "postgresql://joe@db.example:5432,db.example:6432/shop",
                None,
            ),
        ];
        for (address, password) in cases {
            assert_eq!(found(address, file).as_deref(), password, "{address}");
        }
    }

    #[test]
    fn what_is_escaped_belongs_to_the_field() {
        let file = r"h:5432:a\:b\\c:joe:it\:s\\x
h:5432:\*:joe:star
h:5432:last:joe:x:unread
h:5432:none:joe:
h:5432
";
        let of = |database: &str| {
            let mut config = Config::new();
            config.host("h").user("joe").dbname(database);
            find(&config, file)
        };
        assert_eq!(of(r"a:b\c").as_deref(), Some(r"it:s\x"));
        assert_eq!(of("*").as_deref(), Some("star"));
        assert_eq!(of("last").as_deref(), Some("x"));
        assert_eq!(of("none"), None);
        assert_eq!(of("elsewhere"), None);
    }
}
