//! Orders as lines: what is written is read back, and what does not fit is said.

use std::collections::BTreeMap;

use flagstate::instance::{Site, Stored};

use crate::analysis::dice::Dice;
use crate::diff::brute::Space;
use crate::diff::flow::Flow;
use crate::diff::version;
use crate::tell;

#[test]
fn every_order_is_read_back_as_it_was() {
    let mut count = 0;
    let mut texts: Vec<String> = (0..40)
        .flat_map(|seed| {
            let dice = &mut Dice::new(seed);
            [Flow::new(dice, true), Flow::raising(dice)]
        })
        .map(|flow| flow.to_yaml())
        .collect();
    texts.push(std::fs::read_to_string("workflows/appxite.yaml").unwrap());
    for text in texts {
        let workflow = version(0, "old.yaml", &text);
        let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
        for order in Space::of(&workflow, &site, &[], true).orders {
            let line = serde_json::to_string(&Stored::of(&workflow, &order)).unwrap();
            let stored: Stored = serde_json::from_str(&line).unwrap();
            assert_eq!(stored.read(&workflow), Ok(order), "{line}");
            count += 1;
        }
    }
    tell::tried(&format!("{count} orders written as lines and read back"));
}

#[test]
fn what_does_not_fit_is_said() {
    let text = std::fs::read_to_string("tests/cases/migrate/pages/old.yaml").unwrap();
    let workflow = version(0, "old.yaml", &text);
    let order = |rest: &str| {
        let head = "\"instance\": 1, \"workflow\": \"shop\", \"version\": 1, \"updated_at\": \"2026-01-05T09:00:00Z\"";
        let stored: Stored = serde_json::from_str(&format!("{{ {head}, {rest} }}")).unwrap();
        stored
            .read(&workflow)
            .map(|_| ())
            .map_err(|problems| problems.join("; "))
    };
    assert_eq!(order("\"states\": [\"booked\"]"), Ok(()));
    let wrong = [
        (
            "\"states\": [\"bookd\"]",
            "there is no state `bookd`: did you mean `booked`?",
        ),
        (
            "\"states\": [\"booked\", \"closed\"]",
            "an order cannot be in `booked + closed` at once",
        ),
        ("\"states\": []", "`states` names no state"),
        (
            "\"states\": [\"booked\", \"booked\"]",
            "`states` names `booked` twice",
        ),
        (
            "\"states\": [\"booked\"], \"sequence\": 18446744073709551615",
            "`sequence`: 18446744073709551615 is more than 9007199254740991",
        ),
        (
            "\"states\": [\"booked\"], \"generations\": 9007199254740992",
            "`generations`: 9007199254740992 is more than 9007199254740991",
        ),
        (
            "\"states\": [\"in_cart\"], \"timers\": { \"in_cart.expires\": { \"due\": \"2026-01-05T09:20:00Z\", \"generation\": 18446744073709551615 } }",
            "`generation`: 18446744073709551615 is more than 9007199254740991",
        ),
        (
            "\"states\": [\"in_cart\"], \"timers\": { \"in_cart.expires\": { \"due\": \"soon\" } }",
            "`due of in_cart.expires`: `soon` is not a point in time: write for example `2026-03-01T09:00:00Z`",
        ),
        (
            "\"states\": [\"booked\"], \"context\": { \"origin\": \"fax\" }",
            "`origin`: expected one of web, desk, phone, found the text `fax`",
        ),
        (
            "\"states\": [\"booked\"], \"context\": { \"orign\": \"web\" }",
            "there is no field `orign`: did you mean `origin`?",
        ),
        (
            "\"states\": [\"booked\"], \"timers\": { \"in_cart.expires\": { \"due\": \"2026-01-05T09:20:00Z\" } }",
            "the timer `in_cart.expires` runs, and its state is not active",
        ),
        (
            "\"states\": [\"booked\"], \"spent\": [\"booked.remind\"]",
            "there is no timer `booked.remind`",
        ),
        (
            "\"states\": [\"booked\"], \"entered_at\": { \"closed\": \"2026-01-05T09:00:00Z\" }",
            "`entered_at` names `closed`, which is not active",
        ),
    ];
    for (rest, message) in wrong {
        assert_eq!(order(rest), Err(message.to_owned()), "{rest}");
    }
}

#[test]
fn an_event_raised_for_later_is_read_back_or_what_is_wrong_with_it_is_said() {
    let text = std::fs::read_to_string("tests/cases/migrate/pending/old.yaml").unwrap();
    let workflow = version(0, "old.yaml", &text);
    let order = |pending: &str| {
        let line = format!(
            r#"{{ "instance": 1, "workflow": "shop", "version": 1, "states": ["open"],
            "updated_at": "2026-01-05T09:00:00Z", "pending": [{{ {pending} }}] }}"#
        );
        let stored: Stored = serde_json::from_str(&line).unwrap();
        let order = stored
            .read(&workflow)
            .map_err(|problems| problems.join("; "))?;
        assert_eq!(
            Stored::of(&workflow, &order).read(&workflow).as_ref(),
            Ok(&order)
        );
        let pending = &order.pending[0];
        assert!(order.generations > pending.generation, "{pending:?}");
        Ok(Stored::of(&workflow, &order).pending)
    };
    let due = r#""due": "2026-01-08T09:00:00Z""#;
    let whole =
        format!(r#""event": "remind", "payload": {{ "number": 3, "word": "first" }}, {due}"#);
    let read = order(&whole).unwrap();
    assert_eq!(read[0].event, "remind");
    assert_eq!(read[0].due, "2026-01-08T09:00:00Z");
    assert_eq!(read[0].payload["word"], "first");
    let wrong = [
        (
            format!(r#""event": "remnd", {due}"#),
            "there is no event `remnd`",
        ),
        (
            format!(r#""event": "rate", "payload": {{ "stars": 3, "moons": 1 }}, {due}"#),
            "`rate` knows no `moons`",
        ),
        (
            format!(r#""event": "rate", "payload": {{ "stars": "three" }}, {due}"#),
            "`stars`: expected an integer, found the text `three`",
        ),
        (
            format!(r#""event": "rate", {due}"#),
            "`rate` brings no `stars`, which is required",
        ),
    ];
    for (pending, message) in wrong {
        assert_eq!(order(&pending), Err(message.to_owned()), "{pending}");
    }
    // An event is known by its number: where two had one, both would go with the first.
    let twice = format!("{whole}, \"generation\": 4 }}, {{ {whole}, \"generation\": 4");
    assert_eq!(
        order(&twice),
        Err("`generation`: 4 stands for two".to_owned())
    );
}
