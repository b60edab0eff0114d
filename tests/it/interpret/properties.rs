//! What holds whatever happens: random small workflows, and the shipped ones, under random events.

mod bulk;
mod hops;
mod kept;
mod random;
mod run;
mod shipped;

use flagstate::instance::Event;
use proptest::prelude::*;

use run::Run;

/// An order is left alone once more events wait for it than this.
const MOST_PENDING: usize = 100;

/// An order of a random workflow after random events; `None` where it does not start.
fn played(drawn: &random::Drawn, script: Vec<[u8; 4]>) -> Option<Run> {
    let mut run = Run::begin(&drawn.text, "user")?;
    for choice in script {
        // Each call would make thousands of steps, each of which copies them.
        if run.instance.pending.len() > MOST_PENDING {
            break;
        }
        let (event, minutes) = random::event(drawn, choice);
        run.now += chrono::TimeDelta::minutes(minutes);
        run.apply(&event);
    }
    Some(run)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_order_stays_legal_deterministic_and_replayable(
        shape in prop::collection::vec(any::<u8>(), 60..400),
        script in prop::collection::vec(any::<[u8; 4]>(), 1..25),
    ) {
        let Some(mut run) = played(&random::workflow(&shape, true), script) else {
            return Ok(());
        };
        // What is due already would fire with the next event.
        run.apply(&Event::tick());
        prop_assert_eq!(run.step(&Event::tick()).records, vec![]);
        prop_assert_eq!(run.replayed(), run.instance);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn flat_orders_step_alike_alone_and_in_bulk(
        shape in prop::collection::vec(any::<u8>(), 60..200),
        script in prop::collection::vec(any::<[u8; 4]>(), 10..60),
    ) {
        played(&random::workflow(&shape, false), script);
    }
}

#[test]
fn a_hop_is_a_step_like_any_other() {
    hops::known();
}

#[test]
fn columns_do_most_of_the_work() {
    bulk::enough();
}

#[test]
fn orders_of_more_states_than_columns_number_are_kept_whole() {
    bulk::very_many_states();
}

#[test]
fn a_sweep_does_what_single_steps_do() {
    bulk::mixed();
}

#[test]
fn a_sweep_over_orders_with_full_counters_steps_each_as_alone() {
    bulk::counted();
}

#[test]
fn orders_keep_their_times_however_many_there_are() {
    bulk::timed();
}

#[test]
fn prepared_events_are_found_by_name() {
    bulk::named();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_shipped_workflows_stay_legal_deterministic_and_replayable(
        script in prop::collection::vec(any::<[u8; 6]>(), 10..80),
    ) {
        for (name, text) in shipped::workflows() {
            let Some(mut run) = Run::begin(&text, "system") else {
                panic!("{name} does not start");
            };
            for choice in &script {
                let (event, minutes) = shipped::event(&run, *choice);
                run.now += chrono::TimeDelta::minutes(minutes);
                run.apply(&event);
            }
            run.apply(&Event::tick());
            prop_assert_eq!(run.replayed(), run.instance, "{}", name);
        }
    }
}
