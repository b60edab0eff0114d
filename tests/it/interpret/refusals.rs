//! What is said, and what is left alone, where an event or an order is refused.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::graph::Workflow;
use flagstate::instance::{Came, Cause, Event, EventKind, Instance, Override, Refusal, Site};
use flagstate::interpret::{Answer, create, step};
use flagstate::time::Instant;

fn start(workflow: &Workflow, by: &str) -> Result<Instance, Refusal> {
    let site = Site::new(workflow, &BTreeMap::new()).unwrap();
    let now = super::at("2026-03-01T09:00:00Z");
    let created = create(workflow, &site, &BTreeMap::new(), &Actor::new(by), now);
    created.map(|created| created.instance)
}

fn later(minutes: i64) -> Instant {
    super::at("2026-03-01T09:00:00Z") + chrono::TimeDelta::minutes(minutes)
}

const FLAT: &str = include_str!("../../cases/interpret/flat/workflow.yaml");

#[test]
fn names_that_are_nearly_right_are_answered_with_the_right_ones() {
    let workflow = super::workflow(FLAT);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "customer").unwrap();
    let answer = |event: Event| step(&workflow, &site, &order, &event, later(0)).answer;
    assert_eq!(
        answer(Event::named("checkout", Actor::new("customer"))),
        Answer::Refused(Refusal::UnknownEvent {
            name: "checkout".to_owned(),
            did_you_mean: Some("check_out".to_owned()),
        })
    );
    assert_eq!(
        answer(Event::named("check_out", Actor::new("costumer"))),
        Answer::Refused(Refusal::UnknownActor {
            role: "costumer".to_owned(),
            did_you_mean: Some("customer".to_owned()),
        })
    );
    let refused = start(&workflow, "costumer").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there is no actor `costumer`: did you mean `customer`?"
    );
}

#[test]
fn a_new_order_with_values_that_do_not_fit_is_refused_with_all_of_them() {
    let workflow = super::workflow(FLAT);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let context = [
        ("origin", "shop".into()),
        ("payments", true.into()),
        ("orign", 1.into()),
    ];
    let context = context.map(|(name, value)| (name.to_owned(), value));
    let actor = Actor::new("manager");
    let refused = create(&workflow, &site, &BTreeMap::from(context), &actor, later(0));
    let Err(Refusal::Context { problems }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        problems,
        [
            "`origin`: expected one of online, manual, found the text `shop`",
            "`payments`: expected an integer, found `true`",
            "there is no field `orign`: did you mean `origin`?",
        ]
    );
}

/// Two lists that events may fill, and a field that every order brings.
const LISTS: &str = "
flagstate: 1
workflow: lists
actors: [user]
context:
  number: { type: integer, required: true }
  tags: { type: list, of: string }
  more: { type: list, of: string, default: [] }
initial: open
states: { open: , done: { final: true } }
transitions:
  tag:
    by: user
    from: open
    payload: { tags: { type: list, of: string }, more: { type: list, of: string } }
    guard: order.number == 1 && \"tags\" in event && \"more\" in order
    set: { tags: event.tags, more: event.more }
  finish: { by: user, from: open, to: done }
";

#[test]
fn lists_are_carried_up_to_their_length() {
    let workflow = super::workflow(LISTS);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let user = Actor::new("user");
    let context = BTreeMap::from([("number".to_owned(), 1.into())]);
    let order = create(&workflow, &site, &context, &user, later(0)).unwrap();
    let tag = |count: usize| {
        let text = "x".repeat(flagstate::context::MAX_TEXT);
        let list = serde_json::Value::from(vec![text; count]);
        let mut event = Event::named("tag", user.clone());
        if let flagstate::instance::EventKind::Named { payload, .. } = &mut event.kind {
            payload.insert("tags".to_owned(), list.clone());
            payload.insert("more".to_owned(), list);
        }
        step(&workflow, &site, &order.instance, &event, later(0))
    };
    let most = flagstate::context::MAX_LIST;
    assert_eq!(tag(0).answer, Answer::Accepted);
    let full = tag(most);
    assert_eq!(full.answer, Answer::Accepted);
    let lists = full.instance.context.iter().flatten().skip(1);
    let lengths = lists.map(|list| match list {
        flagstate::context::Value::List(entries) => entries.len(),
        other => panic!("{other}"),
    });
    assert_eq!(lengths.collect::<Vec<_>>(), [most, most]);
    let Answer::Refused(refusal) = tag(most + 1).answer else {
        panic!("not refused");
    };
    assert_eq!(
        refusal.to_string(),
        "the payload does not fit: `tags`: the list has 257 entries, and at most 256 are accepted; \
         `more`: the list has 257 entries, and at most 256 are accepted"
    );
}

#[test]
fn a_refusal_is_told_as_plain_data() {
    let workflow = super::workflow(FLAT);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "customer").unwrap();
    let event = Event::named("drop", Actor::new("customer"));
    let Answer::Refused(refusal) = step(&workflow, &site, &order, &event, later(0)).answer else {
        panic!("not refused");
    };
    let reason = serde_json::json!({
        "reason": "may_not_enter", "state": "dropped", "allowed": ["system"],
    });
    assert_eq!(
        serde_json::to_value(&refusal).unwrap(),
        serde_json::json!({
            "refusal": "no_transition",
            "candidates": [{ "from": ["cart"], "to": "dropped", "reasons": [reason] }],
        })
    );
}

/// A timer that sets itself off again at once, beside an event.
const SPINNING: &str = "
flagstate: 1
workflow: spinning
actors: [user]
context: { count: { type: integer, default: 0 } }
initial: one
states:
  one: { timers: { spin: { after: AFTER, to: one, set: { count: order.count + 1 } } } }
  two:
transitions:
  go: { by: user, from: one, to: two }
";

#[test]
fn timers_that_never_let_time_pass_are_spent_and_the_event_goes_through() {
    let workflow = super::workflow(&SPINNING.replace("AFTER", "0s"));
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "user").unwrap();
    let event = Event::named("go", Actor::new("user"));
    let outcome = step(&workflow, &site, &order, &event, later(5));
    assert_eq!(outcome.answer, Answer::Accepted);
    assert_eq!(outcome.instance.status(&workflow), "two");
    let applied = outcome.records.iter().map(|record| match &record.cause {
        Cause::Timer { came, .. } => Some(came.is_applied()),
        _ => None,
    });
    let applied: Vec<_> = applied.collect();
    assert_eq!(applied, [Some(true), Some(false), None]);
}

/// An event that raises itself for the same instant.
const FLOOD: &str = "
flagstate: 1
workflow: flood
actors: [user]
context: { count: { type: integer, default: 0 } }
initial: one
states:
  one: { enter: { raise: { event: again, after: 0s } } }
  two:
transitions:
  again: { by: [user, system], from: one, set: { count: order.count + 1 }, raise: { event: again, after: 0s } }
  go: { by: user, from: one, to: two }
";

#[test]
fn events_that_never_let_time_pass_are_told_to_be_too_many_and_the_event_goes_through() {
    let workflow = super::workflow(FLOOD);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "user").unwrap();
    let event = Event::named("go", Actor::new("user"));
    let outcome = step(&workflow, &site, &order, &event, later(5));
    assert_eq!(outcome.answer, Answer::Accepted);
    let came = outcome
        .records
        .iter()
        .filter_map(|record| match &record.cause {
            Cause::Raised { came, .. } => Some(came.clone()),
            _ => None,
        });
    let came: Vec<_> = came.collect();
    let (last, before) = came.split_last().unwrap();
    assert!(before.iter().all(Came::is_applied));
    assert_eq!(
        (before.len(), last),
        (1_000, &Came::Crowded { limit: 1_000 })
    );
    let trouble = "more than 1000 events that were raised came at this very instant";
    assert_eq!(last.trouble().as_deref(), Some(trouble));
}

/// Each event raises two more: ever more of them wait, up to as many as may.
const SWARM: &str = "
flagstate: 1
workflow: swarm
actors: [user]
initial: one
states:
  one:
  two: { final: true }
transitions:
  again: { by: [user, system], from: one, to: one, raise: [{ event: again, after: 1m }, { event: again, after: 2m }] }
  go: { by: user, from: one, to: two }
";

#[test]
fn an_order_for_which_as_many_events_wait_as_may_goes_on_at_once() {
    let workflow = super::workflow(SWARM);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "user").unwrap();
    let user = || Actor::new("user");
    let order = step(
        &workflow,
        &site,
        &order,
        &Event::named("again", user()),
        later(0),
    );
    // Comparing all that wait with each other at each step would take some minutes here.
    let event = Event::named("go", user());
    let outcome = step(&workflow, &site, &order.instance, &event, later(1_000));
    assert_eq!(
        outcome.answer,
        Answer::Refused(Refusal::Behind { limit: 10_000 })
    );
    let most = outcome.instance.pending.len();
    assert!((900..=1_000).contains(&most), "{most} wait");
    let record = outcome.records.last().unwrap();
    assert!(record.called_off.is_empty(), "{:?}", record.called_off);
}

#[test]
fn an_order_that_slept_for_very_long_comes_to_the_present_in_several_calls() {
    let workflow = super::workflow(&SPINNING.replace("AFTER", "1m"));
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "user").unwrap();
    let event = Event::named("go", Actor::new("user"));
    let outcome = step(&workflow, &site, &order, &event, later(15_000));
    assert_eq!(
        outcome.answer,
        Answer::Refused(Refusal::Behind { limit: 10_000 })
    );
    assert_eq!(outcome.records.len(), 10_000);
    assert_eq!(outcome.instance.updated_at, later(10_000));
    let outcome = step(&workflow, &site, &outcome.instance, &event, later(15_000));
    assert_eq!(outcome.answer, Answer::Accepted);
    assert_eq!(outcome.instance.status(&workflow), "two");
}

#[test]
fn steps_that_the_check_of_raised_events_reports_never_end_and_the_others_do() {
    let text = include_str!("../../cases/rules/cycle-of-raised-events/workflow.yaml");
    let workflow = super::workflow(text);
    assert_eq!(
        start(&workflow, "clerk"),
        Err(Refusal::Restless { limit: 1_000 })
    );
    // The others begin where nothing is raised.
    let workflow = super::workflow(&text.replace("open: { enter: { raise: hail } }", "open:"));
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let order = start(&workflow, "clerk").unwrap();
    for (event, ends) in [
        ("ask", None),
        ("knock", None),
        ("dive", None),
        ("try", Some("trying")),
        ("wait", Some("later")),
        ("hide", Some("deaf")),
        ("finish", Some("closed")),
    ] {
        let event = Event::named(event, Actor::new("clerk"));
        let outcome = step(&workflow, &site, &order, &event, later(0));
        let expected = match ends {
            Some(_) => Answer::Accepted,
            None => Answer::Refused(Refusal::Restless { limit: 1_000 }),
        };
        assert_eq!(outcome.answer, expected, "{event:?}");
        let status = outcome.instance.status(&workflow);
        assert_eq!(status, ends.unwrap_or("open"), "{event:?}");
    }
}

/// What reaches beyond the year 9999: a field that is set, and a timer and an event that is raised.
const FAR: &str = r#"
flagstate: 1
workflow: far
actors: [user]
context: { end: { type: date, default: 9999-12-31 }, at: { type: datetime }, last: { type: date } }
initial: open
states:
  open: { timers: { lapse: { at: order.end, to: done } } }
  done: { final: true }
transitions:
  later: { by: user, from: open, set: { at: "now + seconds(900000000000)" } }
  next: { by: user, from: open, set: { last: order.end + days(1) } }
  wait: { by: user, from: open, raise: { event: late, after: 36525d } }
  late: { by: system, from: open, to: done }
  end: { by: user, from: open, guard: start_of(order.end) > now, to: done }
"#;

#[test]
fn no_order_takes_a_time_that_it_could_not_be_read_with_again() {
    let workflow = super::workflow(FAR);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let user = Actor::new("user");
    let last = flagstate::time::last_instant();
    let near_the_end = super::at("9999-12-01T00:00:00Z");
    let created = create(&workflow, &site, &BTreeMap::new(), &user, near_the_end);
    let order = created.unwrap().instance;
    assert_eq!(order.next_due(), Some(last));
    let answer = |name: &str| {
        let event = Event::named(name, user.clone());
        let outcome = step(&workflow, &site, &order, &event, near_the_end);
        (outcome.answer, outcome.instance)
    };
    for (name, told) in [
        (
            "later",
            "`+38519-10-12T16:00:00Z` does not fit: datetime of a year of four digits is expected",
        ),
        (
            "next",
            "`+10000-01-01` does not fit: date of a year of four digits is expected",
        ),
    ] {
        let (Answer::Refused(refusal), unchanged) = answer(name) else {
            panic!("{name} is accepted");
        };
        assert!(refusal.to_string().contains(told), "{refusal}");
        assert_eq!(unchanged, order);
    }
    let (accepted, waits) = answer("wait");
    assert_eq!(accepted, Answer::Accepted);
    assert_eq!(waits.pending.first().map(|event| event.due), Some(last));
    assert_eq!(answer("end").0, Answer::Accepted);
}

#[test]
fn what_could_not_be_written_down_is_refused_before_it_happens() {
    let workflow = super::workflow(FLAT);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    let customer = Actor::new("customer");
    let refused = create(
        &workflow,
        &site,
        &BTreeMap::new(),
        &customer,
        Instant::MAX_UTC,
    );
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("only the years 0 to 9999"), "{refused}");
    let order = start(&workflow, "customer").unwrap();
    let timer = *order.timers.keys().next().expect("a timer runs");
    let timer = flagstate::instance::timer_path(&workflow, timer);
    let move_to = |due| Event {
        id: None,
        actor: Actor::system(),
        kind: EventKind::Override {
            reason: "the customer asked".to_owned(),
            action: Override::MoveTimer {
                timer: timer.clone(),
                due,
            },
        },
    };
    let outcome = step(
        &workflow,
        &site,
        &order,
        &move_to(Instant::MAX_UTC),
        later(0),
    );
    assert!(matches!(outcome.answer, Answer::Refused(_)), "{outcome:?}");
    assert_eq!(outcome.instance, order);
    let outcome = step(&workflow, &site, &order, &move_to(later(5)), later(0));
    assert_eq!(outcome.answer, Answer::Accepted);
}
