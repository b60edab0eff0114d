//! Branches without a default, beside errors that have nothing to do with them.

use super::findings;

/// A workflow whose branches cover every order, or leave some out.
fn workflow(second: &str, elsewhere: &str) -> String {
    format!(
        "flagstate: 1\nworkflow: shop\ncontext:\n  num: {{ type: integer, required: true }}\nactors: [clerk]\n\
         defaults: {{ by: clerk }}\ninitial: open\nstates:\n  open: {{}}\n  low: {{ final: true }}\n  \
         high: {{ final: true }}\ntransitions:\n  close:\n    from: open\n    branches:\n      \
         - {{ guard: order.num >= 5, to: high }}\n      - {{ guard: {second}, to: low }}\n  \
         leave: {{ from: open, {elsewhere} }}\n"
    )
}

const RULE: &str = "missing-default-branch";

#[test]
fn branches_are_judged_only_where_nothing_else_is_wrong() {
    for (second, elsewhere, expected) in [
        ("order.num < 5", "to: low", vec![]),
        ("order.num < 4", "to: low", vec![RULE]),
        ("order.num < 5", "to: lwo", vec!["unknown-state"]),
        ("order.num < 4", "to: lwo", vec!["unknown-state"]),
        (
            "order.num < 5",
            "guard: order.nmu > 1, to: low",
            vec!["unknown-field"],
        ),
        ("order.nmu < 5", "to: low", vec!["unknown-field"]),
    ] {
        let (text, raised) = findings(&workflow(second, elsewhere));
        assert_eq!(raised, expected, "{text}");
    }
}
