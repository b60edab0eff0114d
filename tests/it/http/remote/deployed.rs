//! What is deployed, and what would become of a deployment, at a server beside the same upon a store.

use super::operate::{Both, second, written};
use super::told;

/// A text without when something was deployed, which differs between a store and a server, as the width of its column
/// does.
fn timeless(text: &str) -> String {
    let word = |word: &str| {
        let is_time = |part: &&str| part.starts_with("20") && part.ends_with('Z');
        let time = word.split('"').find(is_time).map(str::to_owned);
        time.map_or(word.to_owned(), |time| word.replace(&time, "TIME"))
    };
    let line = |line: &str| {
        let words: Vec<String> = line.split_whitespace().map(word).collect();
        words.join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

#[test]
fn what_is_deployed_and_what_would_become_of_it_is_told_at_a_server_as_in_a_store() {
    let both = Both::new();
    let same = |arguments: &[&str]| {
        let tell = |store: &str| {
            let (out, err, code) = told(store, None, arguments);
            (timeless(&out), err, code)
        };
        let (here, there) = (tell(&both.store), tell(both.server.url()));
        assert_eq!(here, there, "{arguments:?}");
        here
    };
    both.create("o1");
    both.create("o2");
    both.check_out("o2");
    let (out, _, code) = same(&["deployments", "--statuses"]);
    assert!(
        code == Some(0) && out.contains("cart_lifetime=36500d"),
        "{out}"
    );
    assert!(!out.contains("migrate"), "{out}");

    let path = written(both.folder.path(), "second.yaml", &second());
    let dry = ["deploy", &path, "--dry-run"];
    let (out, err, code) = same(&dry);
    assert!(code == Some(0) && err.is_empty(), "{err}");
    for words in [
        "would be made under version 2 for `main`",
        "nothing was written",
        "beside version 1, which is current",
        "strands orders [state-removed]: `booked` is gone",
        "`cart_lifetime` would be at its default instead of 36500d: `--set cart_lifetime=36500d` keeps it",
        "2 orders under way stay under the version",
        "which must say where those in `booked` come to stand",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (out, _, code) = same(&[&dry[..], &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &json["known"]), (Some(0), &"new".into()));
    assert_eq!(json["left"][0]["statuses"][0]["stranded"], "gone");

    assert_eq!(both.told(&["deploy", &path]).2, Some(0));
    let (out, ..) = same(&dry);
    assert!(out.contains("already"), "{out}");
    let (out, ..) = same(&["deployments"]);
    let left = "2 orders under way under a version that is not current: `flagstate orders migrate`";
    assert!(out.contains(left), "{out}");
    let (out, ..) = same(&["deployments", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        json[0]["orders"],
        serde_json::json!({ "under_way": 2, "ended": 0, "stuck": 0 })
    );
    assert_eq!(json[0]["statuses"][0]["status"], "booked");
    assert_eq!(
        (&json[0]["current"], &json[1]["current"]),
        (&false.into(), &true.into())
    );

    let wrong = second().replace("to: closed", "to: clsd");
    let path = written(both.folder.path(), "wrong.yaml", &wrong);
    let (out, err, code) = same(&["deploy", &path, "--dry-run"]);
    assert!(
        code == Some(1) && out.is_empty() && err.contains("unknown-state"),
        "{err}"
    );
    let (out, _, code) = same(&["deploy", &path, "--dry-run", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &json["report"]["summary"]["errors"]),
        (Some(1), &1.into())
    );
    let (_, err, code) = same(&["deploy", &path, "--format", "json"]);
    assert!(code == Some(2) && err.contains("--dry-run"), "{err}");
    let (out, err, code) = same(&["deployments", "--workflow", "shpo"]);
    assert_eq!((out.as_str(), code), ("", Some(0)));
    assert!(
        err.contains("no workflow `shpo` is deployed for `main`"),
        "{err}"
    );
    // Whose orders there are is told where the store is.
    let (out, _, code) = told(&both.store, None, &["tenants"]);
    assert!(code == Some(0) && out.contains("main"), "{out}");
    let (_, err, code) = told(both.server.url(), None, &["tenants"]);
    assert!(
        code == Some(2) && err.contains("a server is not asked for this"),
        "{err}"
    );
}
