//! statig: the workflow as Rust code, which the compiler turns into a match.

use std::hint::black_box;

use statig::prelude::*;

use super::LAP;
use crate::measure::{self, Time};
use crate::orders::{NOW, Order};

#[derive(Debug)]
pub(super) enum Event {
    Submit,
    Approve,
    Reserve,
    Pick,
    Pack,
    Ship,
    Deliver,
    Invoice,
    Reopen,
    /// The one that is not part of a lap.
    Cancel,
}

const EVENTS: [Event; LAP.len()] = [
    Event::Submit,
    Event::Approve,
    Event::Reserve,
    Event::Pick,
    Event::Pack,
    Event::Ship,
    Event::Deliver,
    Event::Invoice,
    Event::Reopen,
];

#[derive(Debug)]
pub(super) struct Workflow {
    order: Order,
    now: i64,
}

#[state_machine(
    initial = "State::draft()",
    state(derive(Debug, PartialEq, Eq)),
    visibility = "pub(super)"
)]
impl Workflow {
    #[state]
    fn draft(event: &Event) -> Outcome<State> {
        match event {
            Event::Submit => Transition(State::submitted()),
            Event::Cancel => Transition(State::cancelled()),
            _ => Super,
        }
    }

    #[state]
    fn submitted(&self, event: &Event) -> Outcome<State> {
        let order = &self.order;
        match event {
            Event::Approve if order.total <= order.credit_limit && !order.on_hold => {
                Transition(State::approved())
            }
            Event::Cancel => Transition(State::cancelled()),
            _ => Super,
        }
    }

    #[state]
    fn approved(event: &Event) -> Outcome<State> {
        match event {
            Event::Reserve => Transition(State::reserved()),
            Event::Cancel => Transition(State::cancelled()),
            _ => Super,
        }
    }

    #[state]
    fn reserved(event: &Event) -> Outcome<State> {
        match event {
            Event::Pick => Transition(State::picked()),
            _ => Super,
        }
    }

    #[state]
    fn picked(event: &Event) -> Outcome<State> {
        match event {
            Event::Pack => Transition(State::packed()),
            _ => Super,
        }
    }

    #[state]
    fn packed(&self, event: &Event) -> Outcome<State> {
        match event {
            Event::Ship if self.order.paid >= self.order.total => Transition(State::shipped()),
            _ => Super,
        }
    }

    #[state]
    fn shipped(event: &Event) -> Outcome<State> {
        match event {
            Event::Deliver => Transition(State::delivered()),
            _ => Super,
        }
    }

    #[state]
    fn delivered(&self, event: &Event) -> Outcome<State> {
        match event {
            Event::Invoice if self.now < self.order.due_at => Transition(State::invoiced()),
            _ => Super,
        }
    }

    #[state]
    fn invoiced(event: &Event) -> Outcome<State> {
        match event {
            Event::Reopen => Transition(State::draft()),
            _ => Super,
        }
    }

    #[state]
    fn cancelled() -> Outcome<State> {
        Super
    }
}

pub(super) fn measure(orders: &[Order]) -> Time {
    let machine = |order: &Order| Workflow {
        order: order.clone(),
        now: NOW,
    };
    let machines = orders.iter().map(|order| machine(order).state_machine());
    let mut machines: Vec<_> = machines.collect();
    for machine in &mut machines {
        machine.handle(&Event::Reopen);
        assert_eq!(
            *machine.state(),
            State::Draft {},
            "another event changes nothing"
        );
    }
    // The events come from elsewhere: the compiler must not know which is next.
    let events = black_box(EVENTS);
    let time = measure::time(machines.len() * LAP.len(), |_| {
        for machine in &mut machines {
            for event in &events {
                machine.handle(black_box(event));
            }
        }
    });
    let laps = machines
        .iter()
        .all(|machine| *machine.state() == State::Draft {});
    assert!(laps, "every lap ends where it began");
    let mut cancelled = machine(&orders[0]).state_machine();
    cancelled.handle(&Event::Cancel);
    assert_eq!(
        *cancelled.state(),
        State::Cancelled {},
        "the tenth state can be reached"
    );
    time
}
