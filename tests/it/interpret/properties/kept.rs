//! Steps in memory that is kept do to an order what steps of a copy do, whatever was in that memory.

use flagstate::graph::Workflow;
use flagstate::instance::{Event, Instance, Site};
use flagstate::interpret::{Outcome, Stepper};
use flagstate::time::Instant;

/// Steps an order in place: in the memory of another order, and in its own.
pub(super) fn agrees(
    (workflow, site): (&Workflow, &Site),
    (other, before): (&Instance, &Instance),
    event: &Event,
    now: Instant,
    outcome: &Outcome,
) {
    let mut stepper = Stepper::new(workflow, site);
    stepper.step(&mut other.clone(), event, now);
    for _ in 0..2 {
        let mut order = before.clone();
        let stepped = stepper.step(&mut order, event, now);
        assert_eq!(stepped.answer, outcome.answer);
        assert_eq!(stepped.records, outcome.records);
        assert_eq!(order, outcome.instance);
    }
}
