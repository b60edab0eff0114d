//! `flagstate orders export`, and `import` of what it writes: orders come from one store to another.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use flagstate::context::Actor;
use flagstate::instance::{Event, Stored, StoredParent};
use flagstate::runtime::{Answer, Deploy, Engine, OrderKey, Sqlite};
use serde_json::{Value as Json, json};

use super::at;
use super::kin::{PARENT, PART, ask, create, fire};

fn store(folder: &Path, name: &str) -> Engine<Sqlite> {
    let mut engine = Engine::new(Sqlite::open(folder.join(name)).unwrap());
    for (name, text) in [("family.yaml", PARENT), ("part.yaml", PART)] {
        let deploy = Deploy::file("shop", name, text);
        engine.deploy(&deploy, at(0)).unwrap();
    }
    engine
}

/// Parents and parts, some of which stand before them by name.
fn families(folder: &Path) {
    let mut engine = store(folder, "from.db");
    for (workflow, order, parent) in [
        ("family", "f", None),
        ("part", "a", Some("f")),
        ("part", "z", Some("f")),
        ("family", "g", None),
        ("part", "alone", None),
    ] {
        let made = ask(&mut engine, create(workflow, order, parent));
        assert!(matches!(made, Answer::Accepted(_)), "{made:?}");
    }
    let shipped = ask(&mut engine, fire("a", by_clerk("ship")));
    assert!(matches!(shipped, Answer::Accepted(_)), "{shipped:?}");
}

fn by_clerk(event: &str) -> Event {
    Event::named(event, Actor::new("clerk"))
}

fn orders(folder: &Path, words: &str, store: &str, input: &str) -> Output {
    fs::write(folder.join("input"), input).unwrap();
    Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .arg("orders")
        .args(words.split(' '))
        .args(["--tenant", "shop", "--store", &format!("sqlite:{store}")])
        .stdin(Stdio::from(fs::File::open(folder.join("input")).unwrap()))
        .current_dir(folder)
        .output()
        .unwrap()
}

fn exported(folder: &Path, store: &str) -> String {
    let output = orders(folder, "export", store, "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// What an import says last, and how it ends.
fn imported(folder: &Path, store: &str, text: &str) -> (String, Option<i32>) {
    let output = orders(folder, "import -", store, text);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    (told.trim().to_owned(), output.status.code())
}

fn read(text: &str) -> Vec<Stored> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The line of an order.
fn line_of(text: &str, id: &str) -> String {
    let mut lines = text.lines();
    let found = lines.find(|line| line.contains(&format!("\"id\":\"{id}\"")));
    found.unwrap().to_owned()
}

#[test]
fn families_come_from_one_store_to_another_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let text = exported(folder, "from.db");
    let before = read(&text);
    let ids = before.iter().map(|order| order.id.as_deref().unwrap());
    assert_eq!(ids.collect::<Vec<_>>(), ["alone", "f", "a", "z", "g"]);
    let parent = StoredParent {
        order: "f".to_owned(),
        set: "parts".to_owned(),
    };
    assert_eq!(before[2].parent, Some(parent));
    assert_eq!(before[2].states, ["shipped"]);

    drop(store(folder, "to.db"));
    let all = ("5 imported, 0 there already, 0 refused".to_owned(), Some(0));
    assert_eq!(imported(folder, "to.db", &text), all);
    let again = ("0 imported, 5 there already, 0 refused".to_owned(), Some(0));
    assert_eq!(imported(folder, "to.db", &text), again);
    let numbered_anew = |order: Stored| Stored {
        sequence: 1,
        ..order
    };
    let expected: Vec<Stored> = before.into_iter().map(numbered_anew).collect();
    assert_eq!(read(&exported(folder, "to.db")), expected);
    let verified = orders(folder, "verify", "to.db", "");
    assert_eq!(
        String::from_utf8_lossy(&verified.stdout),
        "as written: 5 orders with 5 steps\n"
    );

    // The parent hears of its children as before.
    let mut engine = Engine::new(Sqlite::open(folder.join("to.db")).unwrap());
    let early = ask(&mut engine, fire("f", by_clerk("finish")));
    assert!(matches!(early, Answer::Refused { .. }), "{early:?}");
    for (order, event) in [("z", "ship"), ("f", "finish")] {
        let answer = ask(&mut engine, fire(order, by_clerk(event)));
        assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
    }
}

#[test]
fn orders_written_over_several_lines_are_brought_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let at = orders(folder, "get f --at now", "from.db", "");
    let lines = exported(folder, "from.db");
    let alone = lines.lines().next().unwrap();
    let cut = "{ \"instance\": 1,\n  \"id\": \"cut\"";
    let text = format!(
        "{}\n{cut}\n{alone}\n",
        String::from_utf8(at.stdout).unwrap()
    );
    drop(store(folder, "to.db"));
    let (told, code) = imported(folder, "to.db", &text);
    let line = text.lines().position(|line| line == "{ \"instance\": 1,");
    let expected = format!("line {}: no JSON: EOF while parsing", line.unwrap() + 1);
    assert!(told.contains(&expected), "{told}");
    assert!(
        told.contains("2 imported, 0 there already, 1 refused"),
        "{told}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn a_child_is_brought_in_below_a_parent_that_knows_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let lines = exported(folder, "from.db");
    let line = |id: &str| line_of(&lines, id);
    let with = |line: &str, path: &str, value: Json| {
        let mut order: Json = serde_json::from_str(line).unwrap();
        *order.pointer_mut(path).unwrap() = value;
        format!("{order}\n")
    };
    drop(store(folder, "to.db"));
    let orphan = imported(folder, "to.db", &line("z"));
    assert!(
        orphan
            .0
            .contains("line 1: there is no order `f` to belong to"),
        "{orphan:?}"
    );
    let parent = line("f");
    let other = with(&line("z"), "/parent/set", "pieces".into());
    let lost = line("a").replace("\"shipped\"", "\"lost\"");
    let text = format!("{parent}\n{other}{lost}");
    let (told, code) = imported(folder, "to.db", &text);
    assert!(
        told.contains("line 2: `family` has no children `pieces`"),
        "{told}"
    );
    assert!(
        told.contains("line 3: the children do not fit: children of `parts` have no state `lost`"),
        "{told}"
    );
    assert!(
        told.contains("1 imported, 0 there already, 2 refused"),
        "{told}"
    );
    assert_eq!(code, Some(1));
}

#[test]
fn an_order_that_cannot_be_read_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let file = rusqlite::Connection::open(folder.join("from.db")).unwrap();
    let changed = file.execute("UPDATE orders SET body = '{' WHERE id = 'a'", []);
    assert_eq!(changed, Ok(1));
    file.close().unwrap();
    let output = orders(folder, "export", "from.db", "");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("`shop/a`: "), "{said}");
    assert_eq!(read(&String::from_utf8_lossy(&output.stdout)).len(), 4);
    let mut engine = Engine::new(Sqlite::open(folder.join("from.db")).unwrap());
    assert!(engine.get(&OrderKey::new("shop", "z")).unwrap().is_some());
}

#[test]
fn what_is_there_already_is_the_same_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let text = exported(folder, "from.db");
    let line = |id: &str| line_of(&text, id);
    // A parent that was made anew counts no children, and one that has all of them counts no more.
    let mut engine = store(folder, "to.db");
    let made = ask(&mut engine, create("family", "f", None));
    assert!(matches!(made, Answer::Accepted(_)), "{made:?}");
    drop(engine);
    let (told, code) = imported(folder, "to.db", &line("a"));
    assert!(
        told.contains("line 1: `f` counts 0 children of `parts`, and none of them is missing"),
        "{told}"
    );
    assert_eq!(code, Some(1));

    drop(store(folder, "other.db"));
    assert_eq!(imported(folder, "other.db", &text).1, Some(0));
    let renamed = |line: String, from: &str, to: &str| {
        line.replace(&format!("\"id\":\"{from}\""), &format!("\"id\":\"{to}\""))
    };
    let other = [
        renamed(line("g"), "g", "alone"),
        renamed(line("a"), "a", "alone"),
        line("g").replace("2026-01-05T09:00:01Z", "2026-01-05T09:00:00Z"),
        renamed(line("a"), "a", "third"),
    ];
    let (told, code) = imported(folder, "other.db", &(other.join("\n") + "\n"));
    for expected in [
        "line 1: there is an order of this id already, of the workflow `part`",
        "line 2: there is an order of this id already, which belongs elsewhere",
        "line 3: there is an order of this id already, which stands otherwise",
        "line 4: `f` counts 2 children of `parts`, and none of them is missing",
        "0 imported, 0 there already, 4 refused",
    ] {
        assert!(told.contains(expected), "{expected}\n{told}");
    }
    assert_eq!(code, Some(1));
}

#[test]
fn children_that_are_counted_in_contradiction_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let line = line_of(&exported(folder, "from.db"), "f");
    let with = |total: u32, by_state: Json| {
        let mut order: Json = serde_json::from_str(&line).unwrap();
        let counted = &mut order["children"]["parts"];
        assert_eq!(counted["total"], 2);
        assert_eq!(counted["by_state"], json!({ "packing": 1, "shipped": 1 }));
        *counted = json!({ "total": total, "by_state": by_state });
        order.to_string() + "\n"
    };
    drop(store(folder, "to.db"));
    for (total, by_state, problem) in [
        (
            1,
            json!({ "packing": 2 }),
            "`parts`: 2 in `packing`, but 1 in all",
        ),
        (2, json!({}), "`parts`: 2 in all, but 0 in its states"),
        (
            3,
            json!({ "packing": 1, "shipped": 1 }),
            "`parts`: 3 in all, but 2 in its states",
        ),
    ] {
        let (told, code) = imported(folder, "to.db", &with(total, by_state));
        let expected = format!("line 1: the children do not fit: {problem}");
        assert!(told.contains(&expected), "{expected}\n{told}");
        assert_eq!(code, Some(1));
    }
    // One that is in a state within another counts in both.
    let both = with(2, json!({ "packing": 2, "shipped": 1 }));
    assert_eq!(imported(folder, "to.db", &both).1, Some(0));
}

#[test]
fn a_family_that_was_torn_apart_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let torn = |change: &str| {
        let copy = folder.join("torn.db");
        fs::copy(folder.join("from.db"), &copy).unwrap();
        let file = rusqlite::Connection::open(&copy).unwrap();
        assert_eq!(file.execute(change, []), Ok(1), "{change}");
        file.close().unwrap();
        let verified = orders(folder, "verify", "torn.db", "");
        assert_eq!(verified.status.code(), Some(1), "{change}");
        String::from_utf8([verified.stdout, verified.stderr].concat()).unwrap()
    };
    for (change, expected) in [
        (
            "UPDATE orders SET parent = NULL, parent_set = NULL, root = 'z' WHERE id = 'z'",
            "`shop/z`: it belongs to another order than its journal says",
        ),
        (
            "UPDATE orders SET parent = 'g', root = 'g' WHERE id = 'z'",
            "`shop/z`: it belongs to another order than its journal says",
        ),
        (
            "UPDATE orders SET root = 'g' WHERE id = 'z'",
            "`shop/z`: what is looked up of it (its outermost order) is not that of its parent",
        ),
        (
            "UPDATE orders SET root = 'f' WHERE id = 'g'",
            "`shop/g`: what is looked up of it (its outermost order) is not that of its parent",
        ),
        (
            "UPDATE orders SET id = 'h', root = 'h' WHERE id = 'f'",
            "`shop/z`: `f`, to which it belongs, is gone",
        ),
    ] {
        let told = torn(change);
        assert!(told.contains(expected), "{change}\n{told}");
    }
}

#[test]
fn a_list_of_orders_is_told_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    families(folder);
    let lines = exported(folder, "from.db");
    let list = format!("[{}]\n", lines.trim_end().replace('\n', ",\n"));
    drop(store(folder, "to.db"));
    let (told, code) = imported(folder, "to.db", &list);
    assert!(
        told.contains("line 1: a list; orders stand one after another"),
        "{told}"
    );
    assert!(told.contains("0 imported"), "{told}");
    assert_eq!(code, Some(1));
}
