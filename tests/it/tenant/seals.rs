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
    let tenant = format!("flagstate: 1\nworkflow: north\nextends: base.yaml\n{overrides}");
    let files = Files::of(&[("base.yaml", BASE), ("tenant.yaml", &tenant)]);
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
