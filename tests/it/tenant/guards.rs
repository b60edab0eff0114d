//! A guard more or less: beside those that the base has there, in any of the forms they are written in.

use flagstate::load::Library;

use super::Files;

const BASE: &str = "\
flagstate: 1
workflow: shop
context:
  paid: { type: boolean, default: false }
  packed: { type: boolean, default: false }
  checked: { type: boolean, default: false }
actors: [clerk]
guards:
  packed: { if: order.packed, refusal: It is not packed }
  checked: { if: order.checked, refusal: It is not checked }
initial: open
states:
  open: { timers: { patience: { after: 3d, when: packed, to: done } } }
  done: { final: true }
transitions:
  named: { by: clerk, from: open, guard: packed, to: done }
  said: { by: clerk, from: open, guard: { if: order.paid, refusal: Pay first }, to: done }
  listed: { by: clerk, from: open, guard: [packed, checked], to: done }
  free: { by: clerk, from: open, to: done }
";

/// The lines of the effective workflow, without places, from the key of an event or timer on.
fn effective(overrides: &str, name: &str) -> (Vec<String>, Vec<&'static str>) {
    let tenant = format!("flagstate: 1\nworkflow: north\nextends: base.yaml\n{overrides}");
    let files = Files::of(&[("base.yaml", BASE), ("tenant.yaml", &tenant)]);
    let mut library = Library::new(&files);
    let file = library.open("tenant.yaml").expect("a file");
    let effective = library.effective(file);
    let text = effective.yaml(library.files());
    let lines = text.lines().map(|line| match line.split_once(" # ") {
        Some((line, _)) => line.trim().to_owned(),
        None => line.trim().to_owned(),
    });
    let lines = lines.skip_while(|line| *line != format!("{name}:"));
    let lines = lines.skip_while(|line| !line.starts_with("guard:") && !line.starts_with("when:"));
    let lines = lines.take_while(|line| !line.starts_with("to:"));
    let rules = effective.loaded.report.iter().map(|found| found.rule.id);
    (lines.collect(), rules.collect())
}

#[test]
fn a_guard_is_added_beside_those_of_the_base() {
    let cases = [
        ("named", "checked", vec!["guard:", "- packed", "- checked"]),
        (
            "named",
            "[checked]",
            vec!["guard:", "- packed", "- checked"],
        ),
        (
            "named",
            "order.paid",
            vec!["guard:", "- packed", "- order.paid"],
        ),
        ("free", "checked", vec!["guard: checked"]),
        (
            "said",
            "checked",
            vec![
                "guard:",
                "- if: order.paid",
                "refusal: Pay first",
                "- checked",
            ],
        ),
        (
            "listed",
            "{ if: order.paid, refusal: Pay first }",
            vec![
                "guard:",
                "- packed",
                "- checked",
                "- if: order.paid",
                "refusal: Pay first",
            ],
        ),
    ];
    for (event, guard, expected) in cases {
        let added = format!("add: {{ transitions: {{ {event}: {{ guard: {guard} }} }} }}\n");
        let (lines, rules) = effective(&added, event);
        assert_eq!(lines, expected, "{event}");
        assert!(rules.is_empty(), "{event}: {rules:?}");
    }
    let (lines, rules) = effective(
        "add: { states: { open: { timers: { patience: { when: checked } } } } }\n",
        "patience",
    );
    assert_eq!(lines, ["when:", "- packed", "- checked"]);
    assert!(rules.is_empty(), "{rules:?}");
}

#[test]
fn a_guard_is_not_added_twice() {
    let (_, rules) = effective(
        "add: { transitions: { named: { guard: packed } } }\n",
        "named",
    );
    assert_eq!(rules, ["already-in-base"]);
}

#[test]
fn a_guard_is_removed_by_name() {
    let (lines, rules) = effective(
        "remove: { transitions: { listed: { guard: packed } } }\n",
        "listed",
    );
    assert_eq!(lines, ["guard: [checked]"]);
    assert!(rules.is_empty(), "{rules:?}");
    let (lines, rules) = effective(
        "remove: { transitions: { named: { guard: [packed] } } }\n",
        "named",
    );
    assert!(!lines.concat().contains("packed"), "{lines:?}");
    assert!(rules.is_empty(), "{rules:?}");
}
