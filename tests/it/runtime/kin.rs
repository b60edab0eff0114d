//! A parent knows where its children stand, or they do not get there.

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use flagstate::runtime::{
    Answer, Create, Deploy, Engine, Fire, Memory, Migration, OrderKey, Parent, Request, Store,
};

use super::at;

pub(super) const PARENT: &str = "
flagstate: 1
workflow: family
actors: [clerk]
children:
  parts: { states: [packing, shipped] }
initial: open
states:
  open:
  done: { final: true }
transitions:
  finish: { by: clerk, from: open, to: done, guard: 'parts.none(\"packing\")' }
";

pub(super) const PART: &str = "
flagstate: 1
workflow: part
version: 1
actors: [clerk]
initial: packing.begun
states:
  packing:
    initial: begun
    states: { begun: , sealed:  }
    expires: never
  shipped: { final: true }
  lost: { final: true }
transitions:
  seal: { by: clerk, from: packing.begun, to: packing.sealed }
  ship: { by: clerk, from: packing, to: shipped }
  lose: { by: clerk, from: packing, to: lost }
";

fn family() -> Engine<Memory> {
    let mut engine = Engine::new(Memory::default());
    for (name, text) in [("family.yaml", PARENT), ("part.yaml", PART)] {
        let deploy = Deploy::file("shop", name, text);
        engine.deploy(&deploy, at(0)).unwrap();
    }
    let answer = ask(&mut engine, create("family", "f", None));
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
    let answer = ask(&mut engine, create("part", "p", Some("f")));
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
    engine
}

pub(super) fn create(workflow: &str, order: &str, parent: Option<&str>) -> Request {
    Request::Create(Create {
        parent: parent.map(|order| Parent {
            order: order.to_owned(),
            set: "parts".to_owned(),
        }),
        ..Create::new("shop", workflow, order, Actor::new("clerk"))
    })
}

pub(super) fn fire(order: &str, event: Event) -> Request {
    Request::Fire(Fire::new("shop", order, event))
}

pub(super) fn ask<S: Store>(engine: &mut Engine<S>, request: Request) -> Answer {
    engine.handle(&[request], at(1)).unwrap().remove(0).answer
}

fn refused(answer: &Answer) -> &str {
    match answer {
        Answer::Refused { message, .. } => message,
        other => panic!("{other:?}"),
    }
}

fn status(engine: &mut Engine<Memory>, order: &str) -> (String, u64) {
    let view = engine.get(&OrderKey::new("shop", order)).unwrap().unwrap();
    (view.status, view.version)
}

#[test]
fn a_child_does_not_come_to_a_state_that_its_parent_does_not_declare() {
    let mut engine = family();
    // Within a state that is declared, it is where the parent knows it.
    let seal = ask(
        &mut engine,
        fire("p", Event::named("seal", Actor::new("clerk"))),
    );
    assert!(matches!(seal, Answer::Accepted(_)), "{seal:?}");

    let lose = Event::named("lose", Actor::new("clerk"));
    let force = Event {
        kind: EventKind::Override {
            reason: "lost".to_owned(),
            action: Override::ForceState {
                to: "lost".to_owned(),
            },
        },
        ..lose.clone()
    };
    for event in [lose, force] {
        let answer = ask(&mut engine, fire("p", event));
        assert_eq!(
            refused(&answer),
            "the children do not fit: children of `parts` have no state `lost`"
        );
    }
    assert_eq!(status(&mut engine, "p"), ("packing.sealed".to_owned(), 2));
    let finish = Event::named("finish", Actor::new("clerk"));
    let answer = ask(&mut engine, fire("f", finish.clone()));
    assert!(refused(&answer).contains("parts.none"), "{answer:?}");

    let ship = ask(
        &mut engine,
        fire("p", Event::named("ship", Actor::new("clerk"))),
    );
    assert!(matches!(ship, Answer::Accepted(_)), "{ship:?}");
    let answer = ask(&mut engine, fire("f", finish));
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
}

#[test]
fn an_order_that_begins_where_its_parent_knows_nothing_is_not_made() {
    let mut engine = family();
    let answer = ask(&mut engine, create("family", "g", Some("f")));
    assert_eq!(
        refused(&answer),
        "the children do not fit: children of `parts` have no state `open`"
    );
    assert_eq!(engine.get(&OrderKey::new("shop", "g")).unwrap(), None);
    let parent = engine.get(&OrderKey::new("shop", "f")).unwrap().unwrap();
    assert_eq!(parent.children["parts"], 1);
}

#[test]
fn a_child_is_not_brought_over_to_a_state_that_its_parent_does_not_declare() {
    let mut engine = family();
    let renamed = PART
        .replace("version: 1", "version: 2")
        .replace("packing", "packed");
    engine
        .deploy(&Deploy::file("shop", "part.yaml", renamed), at(10))
        .unwrap();
    let plan = "
flagstate_migration: 1
from: { workflow: part, version: 1 }
to: { workflow: part, version: 2 }
states: { packing: packed, packing.begun: packed.begun, packing.sealed: packed.sealed }
";
    let migration = Migration {
        tenant: "shop".to_owned(),
        plan: plan.to_owned(),
        name: "plan.yaml".to_owned(),
        actor: Actor::system(),
        dry_run: false,
    };
    let report = engine.migrate(&migration, at(20), &mut |_| {}).unwrap();
    assert_eq!(report.moved.len(), 0, "{report:?}");
    assert_eq!(
        report.refused["p"],
        [
            "the children do not fit: children of `parts` have no state `packed.begun`: did you mean `packing`?"
        ]
    );
    assert_eq!(status(&mut engine, "p").0, "packing.begun");
}
