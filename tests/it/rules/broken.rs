//! Workflows of which not everything is known: beside other errors, and where a proof is out of reach.

use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};

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

#[test]
fn what_may_always_hold_stays_open_and_how_long_a_text_is_does_not() {
    let text = "flagstate: 1\nworkflow: shop\ncontext:\n  tags: { type: list, of: string, default: [] }\n  \
        note: { type: string, default: '' }\nactors: [clerk]\ndefaults: { by: clerk }\ninitial: open\n\
        states:\n  open: {}\n  done: { final: true }\ntransitions:\n  \
        count: { from: open, guard: order.tags.count(|tag| tag.len() >= 0) >= 0, to: done }\n  \
        length: { from: open, guard: order.note.len() >= 0, to: done }\n  \
        close: { from: open, guard: order.note.contains(\"x\"), to: done }\n";
    let report = load(FileId(0), &SourceFile::new("workflow.yaml", text)).report;
    let found = report.iter().map(|found| found.message.as_str());
    assert_eq!(
        found.collect::<Vec<_>>(),
        ["the guard `order.note.len() >= 0` is always true"]
    );
    let open = report.open().iter().map(|open| open.question.as_str());
    assert_eq!(open.collect::<Vec<_>>(), ["whether it always holds"]);
}

#[test]
fn of_an_enum_without_words_nothing_more_is_said() {
    let text = workflow("'order.kind == \"x\"'", "to: low");
    let text = text.replace(
        "context:\n",
        "context:\n  kind: { type: enum, values: [] }\n",
    );
    let (text, raised) = findings(&text);
    assert_eq!(raised, ["bad-type"], "{text}");
}

#[test]
fn a_named_guard_within_an_expression_is_one_finding_at_its_name() {
    let guards = "guards: { low: { if: order.num < 5 } }\nactors:";
    for (second, written) in [
        ("order.num > 0 && low", "[order.num > 0, low]"),
        ("'!low'", "(order.num < 5)"),
    ] {
        let text = workflow(second, "to: low").replace("actors:", guards);
        let (shown, raised) = findings(&text);
        assert_eq!(raised, ["unknown-variable"], "{shown}");
        assert!(shown.contains(&format!(": `{written}`")), "{shown}");
        let report = load(FileId(0), &SourceFile::new("workflow.yaml", text.as_str())).report;
        let found = report.iter().next().expect("a finding").primary.span;
        let marked = text.get(found.start as usize..found.end as usize);
        assert_eq!(marked, Some("low"), "{shown}");
    }
}

#[test]
fn what_a_guard_names_is_missed_beside_what_was_not_read_elsewhere() {
    // `low` is a state, `num` a field: words that are declared as something else.
    let guards = [
        ("order.low > 1", "unknown-field"),
        ("settings.num > 1", "unknown-setting"),
        ("in_state(\"num\")", "unknown-state-in-guard"),
    ];
    for (guard, rule) in guards {
        let text = workflow("order.num < 5", &format!("guard: '{guard}', to: low"));
        let (shown, raised) = findings(&text);
        assert_eq!(raised, [rule], "{shown}");
        for (from, to, beside) in [
            ("actors: [clerk]", "actors: clerk", "wrong-type"),
            ("leave: {", "leave: { quux: 1,", "unknown-key"),
            ("states:\n", "effects: { ship: 1 }\nstates:\n", "wrong-type"),
        ] {
            let (shown, raised) = findings(&text.replace(from, to));
            assert!(
                raised.contains(&beside) && raised.contains(&rule),
                "{shown}"
            );
            assert_eq!(raised.len(), 2, "{shown}");
        }
    }
}

#[test]
fn what_a_guard_names_may_stand_in_what_was_not_read() {
    let declared = "context:\n  num: { type: integer, required: true }\n";
    for (context, raised) in [
        // The field itself, or the section around it, by another name or in another place.
        ("context:\n  num: integer\n", vec!["wrong-type"]),
        ("\"context\":\n  num: integer\n", vec!["wrong-type"]),
        (
            "variables:\n  num: { type: integer }\n",
            vec!["unknown-key"],
        ),
        (
            "settings:\n  context: { num: { type: integer } }\n",
            vec!["missing-key", "unknown-key"],
        ),
        ("context: { num: { type: integer }\n", vec!["yaml-syntax"]),
    ] {
        let text = workflow("order.num < 5", "to: low").replace(declared, context);
        let (shown, mut found) = findings(&text);
        found.sort_unstable();
        assert_eq!(found, raised, "{shown}");
    }
}
