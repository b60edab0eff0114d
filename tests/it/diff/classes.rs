//! How grave a change is that looks harmless, and what looks like one and is none.

use flagstate::diff::{Class, compare, text};

use super::pair;

#[test]
fn a_default_that_only_reads_otherwise_in_another_type_is_no_change_of_its_own() {
    let version = |field: &str| {
        format!(
            "flagstate: 1\nworkflow: w\nactors: [clerk]\ncontext:\n  about: {{ {field} }}\n\
             initial: a\nstates:\n  a:\n  b: {{ final: true }}\ntransitions:\n  \
             go: {{ by: clerk, from: a, to: b }}\n"
        )
    };
    let all = [
        (
            "type: integer, default: 1",
            "type: string, default: \"1\"",
            false,
        ),
        (
            "type: integer, default: 1",
            "type: string, default: one",
            true,
        ),
        (
            "type: decimal, scale: 2, default: \"1.00\"",
            "type: integer, default: 1",
            false,
        ),
        (
            "type: decimal, scale: 2, default: \"1.50\"",
            "type: integer, default: 1",
            true,
        ),
        (
            "type: string, default: \"1\"",
            "type: string, default: \"1.0\"",
            true,
        ),
    ];
    for (from, to, changes) in all {
        let (old, new, _) = pair(&version(from), &version(to));
        let difference = compare(&old, &new);
        let kinds = difference.changes.iter().map(|change| change.kind.id());
        let told = kinds
            .filter(|kind| *kind == "field-default-changed")
            .count();
        assert_eq!(told, usize::from(changes), "{from} to {to}");
    }
}

#[test]
fn a_further_row_beside_a_guarded_one_is_not_safe() {
    let version = |rows: &str| {
        format!(
            "flagstate: 1\nworkflow: w\nactors: [clerk, chief]\ncontext:\n  paid: {{ type: integer, default: 0 }}\n\
             initial: a\nstates:\n  a:\n  b: {{ final: true }}\ntransitions:\n  go:\n    moves:\n      \
             - {{ by: clerk, from: a, to: b, guard: order.paid == 0 }}\n{rows}"
        )
    };
    let all = [
        (
            "      - { by: clerk, from: a, to: b }\n",
            Class::Behaviour,
            "has another way, for every order",
        ),
        (
            "      - { by: clerk, from: a, to: b, guard: order.paid > 5 }\n",
            Class::Behaviour,
            "has another way, under `order.paid > 5`",
        ),
        (
            "      - { by: chief, from: a, to: b }\n",
            Class::Rights,
            "is also for",
        ),
    ];
    for (rows, class, words) in all {
        let (old, new, sources) = pair(&version(""), &version(rows));
        let difference = compare(&old, &new);
        let classes: Vec<Class> = difference
            .changes
            .iter()
            .map(|change| change.class)
            .collect();
        assert_eq!(classes, [class], "{rows}");
        let told = text(&difference, &sources);
        assert!(told.contains(words), "{told}");
    }
}
