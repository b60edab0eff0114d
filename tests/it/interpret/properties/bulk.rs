//! A batch does to an order what the interpreter does.

use std::collections::BTreeMap;

use flagstate::context::{Actor, Value};
use flagstate::graph::Workflow;
use flagstate::instance::{Cause, Event, EventKind, Instance, Site, StepRecord};
use flagstate::interpret::batch::{Batch, Done, Passage, Tally};
use flagstate::interpret::{Answer, Outcome, create};
use flagstate::time::Instant;
use serde_json::json;

/// Steps one order alone and in a batch.
pub(super) fn agrees(
    (workflow, site): (&Workflow, &Site),
    before: &Instance,
    event: &Event,
    now: Instant,
    outcome: &Outcome,
) {
    let mut batch = Batch::new(workflow, site);
    let number = batch.push(before);
    assert_eq!(
        batch.order(number).as_ref(),
        Some(before),
        "an order does not come back"
    );
    let Ok(signal) = batch.signal(event) else {
        let refused = matches!(outcome.answer, Answer::Refused(_));
        assert!(refused || !matches!(event.kind, EventKind::Named { .. }));
        return;
    };
    assert_eq!(batch.try_out(number, &signal, now).as_ref(), Some(outcome));
    let done = batch.step(number, &signal, now).expect("an order");
    assert_eq!(
        batch.order(number),
        Some(outcome.instance.clone()),
        "{done:?}"
    );
    match done {
        Done::Moved(passage) => told(workflow, passage, &outcome.records),
        Done::Stepped(whole) => assert_eq!(*whole, *outcome),
        Done::Repeated => assert_eq!(outcome.answer, Answer::Repeated),
        Done::Refused => assert!(matches!(outcome.answer, Answer::Refused(_))),
    }
    let mut again = Batch::new(workflow, site);
    let number = u32::try_from(again.push(before)).expect("few orders");
    let signal = again.signal(event).expect("a signal");
    let tally = again.run(&[(number, 0), (number + 1, 0), (number, 1)], &[signal], now);
    let expected = match outcome.answer {
        Answer::Accepted => Tally {
            moved: 1,
            ..Tally::default()
        },
        Answer::Repeated => Tally {
            repeated: 1,
            ..Tally::default()
        },
        Answer::Refused(_) => Tally {
            refused: 1,
            ..Tally::default()
        },
    };
    assert_eq!(tally, expected);
}

/// A passage tells what the record does.
fn told(workflow: &Workflow, passage: &Passage, records: &[StepRecord]) {
    let [record] = records else {
        panic!("one step has one record: {records:?}");
    };
    assert!(matches!(record.cause, Cause::Event { .. }));
    let [taken] = record.taken.as_slice() else {
        panic!("one transition is taken: {record:?}");
    };
    assert_eq!(
        (taken.transition, taken.branch),
        (passage.transition, passage.branch)
    );
    assert_eq!(record.entered, passage.to.into_iter().collect::<Vec<_>>());
    assert_eq!(record.exited.is_empty(), passage.to.is_none());
    assert_eq!(record.effects, passage.effects);
    assert_eq!(record.sends, passage.sends);
    assert_eq!(record.flags, passage.flags);
    assert!(record.armed.is_empty() && record.cancelled.is_empty());
    assert_eq!(
        workflow.transitions.at(passage.transition).source,
        passage.from
    );
}

/// Where nothing waits, the columns do all of the work.
pub(super) fn enough() {
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\n\
        context: { paid: { type: integer, default: 0 }, note: { type: string } }\n\
        initial: open\n\
        states:\n  open: { flags: { reserved: true } }\n  billed:\n  closed: { final: true }\n\
        transitions:\n\
        \x20 bill: { by: clerk, from: open, guard: order.paid < 3, to: billed, set: { paid: order.paid + 1 } }\n\
        \x20 reopen: { by: clerk, from: billed, payload: { note: { type: string } }, set: { note: event.note }, to: open }\n\
        \x20 close: { by: clerk, from: [open, billed], to: closed }\n";
    let workflow = super::super::workflow(text);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let (now, clerk) = (
        super::super::at("2026-03-01T09:00:00Z"),
        Actor::new("clerk"),
    );
    let order = create(&workflow, &site, &BTreeMap::new(), &clerk, now).expect("an order");
    let mut batch = Batch::new(&workflow, &site);
    let numbers: Vec<usize> = (0..10).map(|_| batch.push(&order.instance)).collect();
    let bill = batch
        .signal(&Event::named("bill", clerk.clone()))
        .expect("a signal");
    let note = EventKind::Named {
        name: "reopen".to_owned(),
        payload: BTreeMap::from([("note".to_owned(), json!("again"))]),
        target: None,
    };
    let reopen = Event {
        id: None,
        actor: clerk,
        kind: note,
    };
    let reopen = batch.signal(&reopen).expect("a signal");
    for round in 1..=4 {
        for &number in &numbers {
            let done = batch.step(number, &bill, now).expect("an order");
            assert_eq!(matches!(done, Done::Moved(_)), round < 4, "{done:?}");
        }
        let tally = batch.sweep(&reopen, now);
        let expected = if round < 4 { (10, 0) } else { (0, 10) };
        assert_eq!((tally.moved, tally.refused), expected);
    }
    let order = batch.order(3).expect("an order");
    assert_eq!(order.sequence, 7);
    assert_eq!(order.status(&workflow), "open");
    let values: Vec<Option<Value>> = order.context.iter().collect();
    assert_eq!(
        values,
        [Some(Value::Integer(3)), Some(Value::Text("again".into()))]
    );
    assert!(batch.state(3).is_some(), "the order left the columns");
}
