//! What a migration does to the values of an order stands in its journal.

use std::sync::Arc;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::Site;
use flagstate::runtime::engine::Migration;
use flagstate::runtime::journal::{Named, Record, replay};
use flagstate::runtime::row::JournalRow;
use flagstate::runtime::{Answer, Create, Deploy, Engine, Memory, OrderKey, Request};
use flagstate::source::{FileId, SourceFile};
use serde_json::{Value as Json, json};

use super::at;

const OLD: &str = "
flagstate: 1
workflow: shop
version: 1
actors: [clerk]
context:
  paid: { type: decimal, default: 0 }
  note: { type: string }
  mail: { type: string, personal: true }
  same: { type: integer, default: 3 }
initial: open
states: { open: , closed: { final: true } }
transitions:
  close: { by: clerk, from: open, to: closed, guard: order.paid > 0 && order.same > 0 }
  told: { by: clerk, from: open, set: { note: '\"\"', mail: order.mail } }
";

const PLAN: &str = "
flagstate_migration: 1
from: { workflow: shop, version: 1 }
to: { workflow: shop, version: 2 }
states: { open: open, closed: closed }
context:
  received: { from: paid }
  remark: { default: moved }
drop: [note]
";

fn new() -> String {
    OLD.replace("version: 1", "version: 2")
        .replace("paid", "received")
        .replace("note", "remark")
}

/// The versions and the plan that journals name.
struct Versions {
    ids: [String; 2],
}

impl Named for Versions {
    fn deployment(&mut self, id: &str) -> Result<(Arc<Workflow>, Arc<Site>), String> {
        let text = match self.ids.iter().position(|known| known == id) {
            Some(0) => OLD.to_owned(),
            Some(_) => new(),
            None => return Err(format!("there is no deployment {id}")),
        };
        let loaded = flagstate::load::load(FileId(0), &SourceFile::new("shop.yaml", text));
        let workflow = loaded.runnable().map_err(|report| format!("{report:?}"))?;
        let site = Site::new(&workflow, &[].into()).unwrap();
        Ok((workflow, Arc::new(site)))
    }

    fn plan(&mut self, _: &str) -> Result<String, String> {
        Ok(PLAN.to_owned())
    }
}

fn brought_over() -> (Versions, Vec<JournalRow>) {
    let mut engine = Engine::new(Memory::default());
    let deploy = |engine: &mut Engine<Memory>, text: &str| {
        let deploy = Deploy::file("shop", "shop.yaml", text);
        engine.deploy(&deploy, at(0)).unwrap()
    };
    let old = deploy(&mut engine, OLD);
    let create = Create {
        context: [
            ("paid".to_owned(), json!("1.50")),
            ("note".to_owned(), json!("a note")),
            ("mail".to_owned(), json!("joe@example.org")),
        ]
        .into(),
        ..Create::new("shop", "shop", "o1", Actor::new("clerk"))
    };
    let made = engine.handle(&[Request::Create(create)], at(0)).unwrap();
    assert!(matches!(made[0].answer, Answer::Accepted(_)), "{made:?}");
    let new = deploy(&mut engine, &new());
    let migration = Migration {
        tenant: "shop".to_owned(),
        plan: PLAN.to_owned(),
        name: Migration::NAME.to_owned(),
        actor: Actor::system(),
        dry_run: false,
    };
    let report = engine.migrate(&migration, at(9), &mut |_| {}).unwrap();
    assert_eq!(report.moved.values().sum::<u64>(), 1, "{report:?}");
    let key = OrderKey::new("shop", "o1");
    engine.verify(&key).unwrap().unwrap().unwrap();
    let rows = engine.journal(&key, 0, 9).unwrap();
    (Versions { ids: [old, new] }, rows)
}

#[test]
fn the_values_that_are_others_are_told_and_what_is_personal_is_not() {
    let (_, rows) = brought_over();
    let record: Record = serde_json::from_str(&rows[1].body).unwrap();
    let told = serde_json::to_value(&record.context).unwrap();
    assert_eq!(
        told,
        json!([
            { "name": "paid", "from": "1.50" },
            { "name": "note", "from": "a note" },
            { "name": "received", "to": "1.50" },
            { "name": "remark", "to": "moved" },
        ])
    );
}

#[test]
fn a_journal_that_does_not_tell_of_them_still_makes_the_order_again() {
    let (mut versions, mut rows) = brought_over();
    let whole = replay(&rows, &mut versions).unwrap().unwrap();
    let mut body: Json = serde_json::from_str(&rows[1].body).unwrap();
    assert!(body.as_object_mut().unwrap().remove("context").is_some());
    rows[1].body = body.to_string();
    assert_eq!(replay(&rows, &mut versions).unwrap(), Some(whole));
    // What it tells must be so.
    body["context"] = json!([{ "name": "paid", "from": "1.50" }]);
    rows[1].body = body.to_string();
    assert!(replay(&rows, &mut versions).is_err());
}
