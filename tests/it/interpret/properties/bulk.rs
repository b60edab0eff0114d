//! A batch does to an order what the interpreter does.

use std::collections::BTreeMap;
use std::fmt::Write;

use flagstate::compile::compile;
use flagstate::context::{Actor, Value};
use flagstate::graph::Workflow;
use flagstate::instance::{Cause, Event, EventKind, Instance, Site, StepRecord};
use flagstate::interpret::batch::{Batch, Done, Passage, Signal, Tally};
use flagstate::interpret::{Answer, Outcome, create, step};
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile};
use flagstate::time::{Instant, format_instant};
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
    let mut many = Batch::new(workflow, site);
    let numbers: Vec<usize> = (0..SWEPT).map(|_| many.push(before)).collect();
    let signal = many.signal(event).expect("a signal");
    let tally = many.sweep(&signal, now);
    let expected = Tally {
        moved: expected.moved * SWEPT,
        repeated: expected.repeated * SWEPT,
        refused: expected.refused * SWEPT,
    };
    assert_eq!(tally, expected);
    for number in numbers {
        assert_eq!(many.order(number).as_ref(), Some(&outcome.instance));
    }
}

/// So many orders that a sweep looks at several of them at once.
const SWEPT: usize = 37;

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
        \x20 bill: { by: clerk, from: open, guard: order.paid < 3, to: billed, set: { paid: order.paid + 1, note: null } }\n\
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

/// Orders in several states, some of which the guards are for, some whose words do not answer them: a
/// sweep does to each what a single step does.
pub(super) fn mixed() {
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk, chief]\n\
        settings: { limit: { type: integer, default: 40 } }\n\
        context: { paid: { type: integer, default: 0 }, due: { type: integer }, at: { type: datetime } }\n\
        initial: open\n\
        states:\n  open:\n  billed:\n  late:\n  closed: { final: true }\n\
        transitions:\n\
        \x20 bill:\n    by: [clerk, chief]\n    moves:\n\
        \x20     - { from: open, guard: order.paid < settings.limit && order.paid != order.due, to: billed }\n\
        \x20     - { from: open, guard: actor.role == \"chief\", to: late }\n\
        \x20     - { from: billed, guard: order.at < now || order.paid > 90, to: closed }\n\
        \x20 check: { by: chief, from: [open, billed], guard: order.paid > 10 }\n\
        \x20 clear: { by: chief, from: [open, billed], set: { due: null, at: null } }\n\
        \x20 set: { by: chief, from: [open, billed], payload: { to: { type: integer } }, set: { paid: event.to } }\n";
    let workflow = super::super::workflow(text);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let now = super::super::at("2026-03-01T09:00:00Z");
    let later = super::super::at("2026-03-01T10:00:00Z");
    let by = |name: &str, role: &str| Event::named(name, Actor::new(role));
    let mut batch = Batch::new(&workflow, &site);
    for number in 0..300_i64 {
        let mut context = BTreeMap::from([("paid".to_owned(), json!(number % 100))]);
        // Runs of alike orders, and others between them.
        if number < 150 || number % 3 == 0 {
            context.insert("due".to_owned(), json!(number % 7));
        }
        if number == 170 {
            context.insert("paid".to_owned(), json!(i64::MIN));
        }
        let at = if number % 2 == 0 { now } else { later };
        if number % 5 > 0 {
            context.insert("at".to_owned(), json!(format_instant(at)));
        }
        let order = create(&workflow, &site, &context, &Actor::new("clerk"), now);
        batch.push(&order.expect("an order").instance);
    }
    let events = [
        by("bill", "clerk"),
        by("check", "chief"),
        by("bill", "chief"),
        by("bill", "clerk"),
        by("check", "chief"),
        by("clear", "chief"),
    ];
    for (round, event) in events.iter().enumerate() {
        let at = if round < 3 { now } else { later };
        let before: Vec<Instance> = (0..batch.len())
            .map(|n| batch.order(n).expect("one"))
            .collect();
        let signal = batch.signal(event).expect("a signal");
        let tally = batch.sweep(&signal, at);
        let mut moved = 0;
        for (number, before) in before.iter().enumerate() {
            let outcome = step(&workflow, &site, before, event, at);
            moved += usize::from(outcome.answer == Answer::Accepted);
            assert_eq!(
                batch.order(number),
                Some(outcome.instance),
                "{number} in round {round}"
            );
            assert!(batch.state(number).is_some(), "{number} left the columns");
        }
        assert_eq!(tally.moved, moved, "round {round}");
        assert!(
            (1..300).contains(&moved),
            "round {round} tells no orders apart"
        );
    }
}

/// Orders whose counter is full, or nearly, between others: a sweep does to each what a single step does.
pub(super) fn counted() {
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\n\
        context: { paid: { type: integer, default: 0 } }\n\
        initial: open\nstates:\n  open:\n  billed:\n\
        transitions:\n\
        \x20 bill: { by: clerk, from: open, to: billed }\n\
        \x20 reopen: { by: clerk, from: billed, guard: order.paid == 0, to: open }\n";
    let workflow = super::super::workflow(text);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let (now, clerk) = (
        super::super::at("2026-03-01T09:00:00Z"),
        Actor::new("clerk"),
    );
    let order = create(&workflow, &site, &BTreeMap::new(), &clerk, now);
    let order = order.expect("an order").instance;
    for full in [0, 15, 16, 40, 63] {
        let mut batch = Batch::new(&workflow, &site);
        let counted = (0..64_u64).map(|number| Instance {
            sequence: match number == full {
                true => u64::from(u32::MAX) - 4,
                false => number,
            },
            ..order.clone()
        });
        let mut orders: Vec<Instance> = counted.collect();
        for order in &orders {
            batch.push(order);
        }
        for round in 0..8 {
            let name = if round % 2 == 0 { "bill" } else { "reopen" };
            let event = Event::named(name, clerk.clone());
            let signal = batch.signal(&event).expect("a signal");
            assert_eq!(batch.sweep(&signal, now).moved, 64, "round {round}");
            for (number, order) in orders.iter_mut().enumerate() {
                *order = step(&workflow, &site, order, &event, now).instance;
                assert_eq!(batch.order(number).as_ref(), Some(&*order), "{number}");
            }
        }
        let away: Vec<usize> = (0..64).filter(|&n| batch.state(n).is_none()).collect();
        assert_eq!(away, [usize::try_from(full).expect("few")]);
    }
}

/// More instants than a batch tells apart at once, some of them earlier than others before: alone, and for all
/// orders at once.
pub(super) fn timed() {
    let text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\n\
        context: { paid: { type: integer, default: 0 } }\n\
        initial: open\nstates:\n  open:\n  billed:\n\
        transitions:\n\
        \x20 turn:\n    by: clerk\n    moves:\n\
        \x20     - { from: open, to: billed }\n\
        \x20     - { from: billed, guard: order.paid == 0, to: open }\n\
        \x20 look: { by: clerk, from: [open, billed] }\n";
    let workflow = super::super::workflow(text);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let start = super::super::at("2026-03-01T09:00:00Z").timestamp();
    let at = |seconds: i64| Instant::from_timestamp(start + seconds, 7).expect("a time");
    let clerk = Actor::new("clerk");
    let events = ["turn", "look"].map(|name| Event::named(name, clerk.clone()));
    let mut batch = Batch::new(&workflow, &site);
    let signals = batch.signals(&events).expect("signals");
    let order = create(&workflow, &site, &BTreeMap::new(), &clerk, at(0));
    let mut orders = vec![order.expect("an order").instance; 20];
    for order in &orders {
        batch.push(order);
    }
    let mut earlier = 0;
    for round in 1..70_000_u32 {
        let number = round as usize % orders.len();
        let chosen = usize::from(round % 3 == 0);
        let (event, signal) = (&events[chosen], &signals.all()[chosen]);
        let back = if round % 101 == 0 { 3 } else { 0 };
        let now = at(i64::from(round) - back);
        earlier += usize::from(orders.iter().any(|order| order.updated_at > now));
        let stepped = if round % 1_000 < 20 {
            batch.sweep(signal, now);
            0..orders.len()
        } else {
            batch.step(number, signal, now);
            number..number + 1
        };
        for number in stepped {
            orders[number] = step(&workflow, &site, &orders[number], event, now).instance;
        }
        if round % 1_000 == 20 || round % 101 == 0 {
            let kept: Option<Vec<Instance>> = (0..batch.len()).map(|n| batch.order(n)).collect();
            assert_eq!(kept.as_ref(), Some(&orders), "after round {round}");
        }
    }
    assert!(earlier > 500, "{earlier}");
    assert!((0..batch.len()).all(|number| batch.state(number).is_some()));
}

/// Events are found by their names, and no others.
pub(super) fn named() {
    // Names of every length, of which many begin alike, end alike, or both.
    let numbered = (0..200).map(|n| format!("e{:02}x{}z", n % 20, n / 20));
    let short = (1..=40).map(|length| "ab".repeat(length)[..length].to_owned());
    let long = (0..20).map(|n| format!("begins_like_{}_ends_like", "x".repeat(n)));
    let alike = (0..20).map(|n| format!("begins_like_{n:02}_ends_like"));
    let names: Vec<String> = numbered.chain(short).chain(long).chain(alike).collect();
    let mut text = "flagstate: 1\nworkflow: shop\nactors: [clerk]\ninitial: open\n\
        states:\n  open:\n  shut: { final: true }\ntransitions:\n"
        .to_owned();
    text.extend(
        names
            .iter()
            .map(|name| format!("  {name}: {{ by: clerk, from: open, to: shut }}\n")),
    );
    let workflow = super::super::workflow(&text);
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let mut batch = Batch::new(&workflow, &site);
    let events: Vec<Event> = names
        .iter()
        .map(|name| Event::named(name, Actor::new("clerk")))
        .collect();
    let signals = batch.signals(&events).expect("signals");
    for (number, name) in names.iter().enumerate() {
        assert_eq!(signals.get(name).map(Signal::name), Some(name.as_str()));
        assert_eq!(signals.all()[number].name(), name);
    }
    for other in [
        "",
        "e",
        "e00x0",
        "e00x0zz",
        "f00x0z",
        "e00x99z",
        "b",
        "ba",
        "abaa",
        "begins_like_20_ends_like",
        "begins_like_xy_ends_like",
        "\u{1F4E6}",
    ] {
        assert!(signals.get(other).is_none(), "{other}");
    }
    assert!(batch.signals(&[]).expect("none").get("e00x0z").is_none());
    assert!(
        batch
            .signals(&[Event::named("nobody", Actor::new("clerk"))])
            .is_err()
    );
}

/// More states than columns number: orders in the others, and orders that wait, are kept whole.
pub(super) fn very_many_states() {
    let mut text =
        "flagstate: 1\nworkflow: many\nactors: [clerk]\ninitial: slow\nstates:\n".to_owned();
    for number in 0..32_768 {
        writeln!(text, "  s{number}:").expect("a text");
    }
    text.push_str(
        "  slow: { expires: { after: 1d, to: s0 } }\n  late:\n\
        transitions:\n\
        \x20 go: { by: clerk, from: [slow, s32766], to: late }\n\
        \x20 end: { by: clerk, from: late, to: s32765 }\n",
    );
    let source = SourceFile::new("many.yaml", text);
    let document = parse(FileId(0), &source).document.expect("a document");
    let workflow = compile(&document, &source).workflow;
    let site = Site::new(&workflow, &BTreeMap::new()).expect("defaults");
    let now = super::super::at("2026-03-01T09:00:00Z");
    let clerk = Actor::new("clerk");
    let order = create(&workflow, &site, &BTreeMap::new(), &clerk, now);
    let mut order = order.expect("an order").instance;
    let mut batch = Batch::new(&workflow, &site);
    let number = batch.push(&order);
    for name in ["go", "end", "end"] {
        let event = Event::named(name, clerk.clone());
        let outcome = step(&workflow, &site, &order, &event, now);
        agrees((&workflow, &site), &order, &event, now, &outcome);
        let signal = batch.signal(&event).expect("a signal");
        batch.step(number, &signal, now).expect("an order");
        order = outcome.instance;
        assert_eq!(batch.order(number).as_ref(), Some(&order), "{name}");
    }
    assert_eq!(order.status(&workflow), "s32765");
}
