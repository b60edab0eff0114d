//! The eight default statuses of interworks: no tenant takes one away or switches it off.

use super::{Files, raised};

/// Each default with what holds it: the lock, where the vendor's page forbids its deletion and
/// deactivation, and the slot, where the page only says that a status of the combination is mandatory.
const DEFAULTS: [(&str, bool); 8] = [
    ("draft", true),
    ("submitted", true),
    ("executed", true),
    ("canceled", true),
    ("pending_reseller_approval", false),
    ("canceled_by_reseller", false),
    ("executing", true),
    ("scheduled", true),
];

fn tried(overrides: &str) -> (Vec<&'static str>, String) {
    let base = std::fs::read_to_string("workflows/interworks.yaml").expect("the base");
    let tenant = format!("flagstate: 1\nworkflow: reseller\nextends: base.yaml\n{overrides}");
    raised(
        &Files::of(&[("base.yaml", &base), ("tenant.yaml", &tenant)]),
        "tenant.yaml",
    )
}

#[test]
fn no_default_of_interworks_can_be_removed() {
    for (state, locked) in DEFAULTS {
        let (rules, report) = tried(&format!("remove: {{ states: [{state}] }}\n"));
        let held_by = if locked {
            "missing-mandatory-default"
        } else {
            "empty-slot"
        };
        assert!(rules.contains(&held_by), "{state}: {report}");
        // Both places are told: the promise in the base, the removal in the tenant's file.
        let told = told(&report, held_by);
        assert!(
            told.contains("base.yaml:") && told.contains("tenant.yaml:"),
            "{told}"
        );
        assert!(told.contains("removed here"), "{told}");
    }
}

#[test]
fn no_default_of_interworks_can_be_switched_off() {
    for (state, locked) in DEFAULTS {
        let change = format!("change: {{ states: {{ {state}: {{ inactive: true }} }} }}\n");
        let (rules, report) = tried(&change);
        let held_by = if locked {
            "inactive-mandatory-default"
        } else {
            "empty-slot"
        };
        assert!(rules.contains(&held_by), "{state}: {report}");
        let told = told(&report, held_by);
        assert!(
            told.contains("base.yaml:") && told.contains("tenant.yaml:"),
            "{told}"
        );
        assert!(told.contains("changed here"), "{told}");
    }
}

/// The part of a report that tells of a rule.
fn told<'a>(report: &'a str, rule: &str) -> &'a str {
    let start = report.find(&format!("error[{rule}]")).expect("the finding");
    let rest = &report[start..];
    rest.split_once("\n\n").map_or(rest, |(told, _)| told)
}
