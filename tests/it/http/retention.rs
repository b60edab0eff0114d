//! A server that erases what was kept long enough.

use flagstate::http::{Retention, RetentionError};
use flagstate::runtime::{OrderKey, Sqlite};
use serde_json::json;

use super::Server;
use crate::runtime::personal;

/// Whether an order tells of a person yet.
fn is_told_of(server: &Server, order: &str) -> bool {
    let path = format!("/v1/orders/{order}");
    let told = server.ask("GET", &path, &[("flagstate-tenant", "t")], None);
    !personal::tells(&told.text).is_empty()
}

#[test]
fn orders_that_ended_long_ago_tell_of_nobody_any_longer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    let mut engine = personal::engine(Sqlite::open(path).unwrap());
    personal::life(&mut engine, &OrderKey::new("t", "ended"));
    let person = [("email", json!("joe@example.org"))];
    personal::accepted(&mut engine, &personal::create("cart", &person), 0);
    drop(engine);
    let file = folder.path().join("retention.toml");
    let text = "[[retention]]\ntenant = \"t\"\ndays = 30\nreason = \"a month is enough\"\n";
    std::fs::write(&file, text).unwrap();
    let mut server = Server::on(folder, &["--retention", file.to_str().unwrap()]);
    for _ in 0..3_000 {
        if !is_told_of(&server, "ended") {
            break;
        }
        std::thread::sleep(super::LOOK);
    }
    assert!(!is_told_of(&server, "ended"), "{}", server.log());
    assert!(is_told_of(&server, "cart"));
    let headers = [("flagstate-tenant", "t")];
    let journal = server.ask("GET", "/v1/orders/ended/journal", &headers, None);
    assert!(
        journal.text.contains("a month is enough"),
        "{}",
        journal.text
    );
    assert_eq!(personal::tells(&journal.text), [""; 0]);
    server.terminate();
    assert_eq!(server.ended(), Some(0));
    assert!(
        server.log().contains("personal values were erased"),
        "{}",
        server.log()
    );
}

#[test]
fn a_file_of_retention_says_what_is_wrong_with_it() {
    let read = |text: &str| Retention::read(text).map_err(|error| error.to_string());
    assert_eq!(Retention::read("").unwrap_err(), RetentionError::Empty);
    let one = |lines: &str| format!("[[retention]]\n{lines}\n");
    let acme = one("tenant = \"acme\"\ndays = 365");
    assert!(read(&acme).is_ok());
    let cases = [
        (
            format!("{acme}{acme}"),
            "the retention of `acme` is there twice",
        ),
        (
            one("tenant = \"\"\ndays = 1"),
            "the retention of `` has no tenant that may be",
        ),
        (
            one("tenant = \"a/b\"\ndays = 1"),
            "the retention of `a/b` has no tenant that may be",
        ),
        (
            one("tenant = \"a\"\ndays = 1\nreason = \" \""),
            "the retention of `a` has an empty reason",
        ),
    ];
    for (text, wrong) in cases {
        assert_eq!(read(&text).unwrap_err(), wrong);
    }
    for (lines, wrong) in [
        ("tenant = \"a\"\ndays = 0", "nonzero"),
        ("tenant = \"a\"\ndays = -1", "days"),
        ("tenant = \"a\"", "missing field `days`"),
        (
            "tenant = \"a\"\ndays = 1\nweeks = 1",
            "unknown field `weeks`",
        ),
    ] {
        let told = read(&one(lines)).unwrap_err();
        assert!(told.contains(wrong), "{told}");
    }
}
