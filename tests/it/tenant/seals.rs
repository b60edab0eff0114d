//! What a base says nothing about can be sealed as well.

use super::{Files, raised};

const BASE: &str = "\
flagstate: 1
workflow: shop
actors: [clerk]
groups:
  recent: { in: [open] }
  past: { in: { not: recent }, immutable: true }
initial: open
states:
  open:
  done: { final: true }
transitions:
  close: { by: clerk, from: open, to: done }
sealed: { states: { done: [immutable], open: [expires] }, transitions: { close: [guard] } }
";

/// The rules that a tenant of the base raises.
fn upon(overrides: &str) -> Vec<&'static str> {
    upon_base(BASE, overrides)
}

fn upon_base(base: &str, overrides: &str) -> Vec<&'static str> {
    let tenant = format!("flagstate: 1\nworkflow: north\nextends: base.yaml\n{overrides}");
    let files = Files::of(&[("base.yaml", base), ("tenant.yaml", &tenant)]);
    raised(&files, "tenant.yaml").0
}

#[test]
fn a_property_is_sealed_as_unsaid() {
    let overrides = [
        "change: { states: { done: { immutable: false } } }\n",
        "add: { states: { open: { expires: { after: 3d, to: done } } } }\n",
        "add: { transitions: { close: { guard: '1 == 1' } } }\n",
    ];
    for overrides in overrides {
        let rules = upon(overrides);
        assert!(rules.contains(&"sealed-override"), "{overrides}: {rules:?}");
    }
    assert_eq!(
        upon("change: { states: { done: { title: Finished } } }\n"),
        Vec::<&str>::new()
    );
}

#[test]
fn a_sealed_property_is_not_changed_from_elsewhere() {
    // Out of the group that makes it immutable.
    assert_eq!(
        upon("add: { groups: { recent: { in: done } } }\n"),
        ["sealed-meaning"]
    );
}

#[test]
fn a_property_that_no_state_has_is_not_sealed() {
    let base = BASE.replace("[immutable]", "[imutable]");
    let files = Files::of(&[("base.yaml", &base)]);
    assert_eq!(raised(&files, "base.yaml").0, ["unknown-sealed"]);
}

/// A base whose promises could be gone around without a word of it being changed.
const KEPT: &str = "\
flagstate: 1
workflow: shop
actors: [clerk, manager]
context: { paid: { type: integer, default: 0 } }
guards: { never_paid: { if: order.paid == 0 } }
initial: open
states:
  open: { flags: { reserved: true }, expires: { after: 3d, to: dropped } }
  booked:
  dropped: { final: true }
transitions:
  book: { by: clerk, from: open, to: booked }
  cancel: { by: clerk, from: booked, to: dropped, guard: never_paid }
sealed:
  states: { open: { flags: [reserved] }, booked: [expires] }
  transitions: { cancel: [guard], book: [by] }
";

fn upon_kept(overrides: &str) -> Vec<&'static str> {
    upon_base(KEPT, overrides)
}

#[test]
fn a_sealed_guard_is_not_gone_around() {
    let row = |row: &str| format!("add: {{ transitions: {{ cancel: {{ moves: [{row}] }} }} }}\n");
    let around = [
        row("{ by: manager, from: booked, to: dropped }"),
        row("{ by: clerk, from: booked, to: dropped, guard: order.paid < 5 }"),
        row("{ by: clerk, from: open, to: dropped }"),
        "change: { guards: { never_paid: { if: order.paid < 5 } } }\n".to_owned(),
    ];
    for overrides in around {
        let rules = upon_kept(&overrides);
        assert!(rules.contains(&"sealed-meaning"), "{overrides}: {rules:?}");
    }
    // The same guard for somebody else, and whatever is done from a state of one's own.
    let own = "add: { states: { held: }, transitions: { \
               hold: { by: clerk, from: booked, to: held }, \
               cancel: { moves: [{ by: clerk, from: held, to: dropped }] } } }\n";
    for overrides in [
        &row("{ by: manager, from: booked, to: dropped, guard: never_paid }"),
        own,
    ] {
        let rules = upon_kept(overrides);
        assert!(!rules.contains(&"sealed-meaning"), "{overrides}: {rules:?}");
    }
}

#[test]
fn who_may_is_not_widened_by_a_further_row() {
    let other =
        "add: { transitions: { book: { moves: [{ by: manager, from: open, to: booked }] } } }\n";
    let rules = upon_kept(other);
    assert!(rules.contains(&"sealed-meaning"), "{rules:?}");
}

#[test]
fn a_state_within_keeps_what_is_sealed_of_the_one_around_it() {
    let within = |state: &str, inner: &str| {
        format!("add: {{ states: {{ {state}: {{ states: {{ a: {{ {inner} }} }} }} }} }}\n")
    };
    for overrides in [
        within("open", "flags: { reserved: false }"),
        within("booked", "expires: { after: 1h, to: dropped }"),
    ] {
        let rules = upon_kept(&overrides);
        assert!(rules.contains(&"sealed-meaning"), "{overrides}: {rules:?}");
    }
    let rules = upon_kept(&within("open", "title: First"));
    assert!(!rules.contains(&"sealed-meaning"), "{rules:?}");
}

#[test]
fn a_base_without_a_name_is_told_of() {
    for name in ["\"\"", "''"] {
        let tenant = format!("flagstate: 1\nworkflow: north\nextends: {name}\n");
        let files = Files::of(&[("tenant.yaml", &tenant)]);
        assert_eq!(
            raised(&files, "tenant.yaml").0,
            ["unreadable-base"],
            "{name}"
        );
    }
}
