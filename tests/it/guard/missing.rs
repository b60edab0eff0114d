//! What may be missing: where asking first counts, and that a guard which passed meets nothing else.

use std::collections::BTreeSet;

use flagstate::context::Scope;
use flagstate::diagnostic::{Level, Report};
use flagstate::guard::{GuardError, Known, compile_condition, compile_guard};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile};
use proptest::prelude::*;

use super::writer::Writer;
use super::{expression, scope, world};

/// The scope, with every field of the order and of the event optional but for `payments`.
fn gaps() -> Scope {
    let mut scope = scope();
    scope.optional_order = (0..scope.order.len()).filter(|slot| *slot != 1).collect();
    let event = scope.event.as_ref().map_or(0, |event| event.len());
    scope.optional_event = (0..event).collect();
    scope
}

/// What is said to be read without being known, after guards that are known to hold.
fn unasked(earlier: &[&str], text: &str) -> Vec<String> {
    let (scope, mut known) = (gaps(), Known::default());
    for text in earlier {
        let guard = compile_condition(&expression(text), &scope, &mut Report::new()).unwrap();
        guard.follow(&expression(text), &scope, &mut known, &mut Report::new());
    }
    let mut report = Report::new();
    let guard = compile_condition(&expression(text), &scope, &mut report).unwrap();
    guard.follow(&expression(text), &scope, &mut known, &mut report);
    let found = report
        .iter()
        .filter(|found| found.rule.id != "always-fails");
    let found = found.map(|found| {
        assert_eq!(
            (found.rule.id, found.level()),
            ("possibly-missing", Level::Warning)
        );
        let (start, end) = (
            found.primary.span.start as usize,
            found.primary.span.end as usize,
        );
        assert_eq!(
            found.message,
            format!("`{}` may not be set", &text[start..end])
        );
        text[start..end].to_owned()
    });
    found.collect()
}

#[test]
fn asking_first_is_seen() {
    for (text, missing) in [
        ("order.total > 1", &["order.total"][..]),
        ("order.payments > 1 && settings.credit_limit > 1", &[]),
        ("\"total\" in order && order.total > 1", &[]),
        ("order.total > 1 && \"total\" in order", &["order.total"]),
        ("\"total\" in order || order.total > 1", &["order.total"]),
        ("\"total\" !in order || order.total > 1", &[]),
        ("\"total\" !in order && order.total > 1", &["order.total"]),
        ("!(\"total\" in order) || order.total > 1", &[]),
        (
            "!(\"total\" !in order || order.total > 1) || order.total < 1",
            &["order.total"],
        ),
        ("!(\"total\" in order && order.total > 1)", &[]),
        (
            "!(\"total\" !in order || \"note\" !in order) && order.note == \"\" && order.total > 1",
            &[],
        ),
        (
            "!(\"total\" in order || \"note\" in order) || order.note == \"\"",
            &["order.note"],
        ),
        (
            "(\"total\" in order && \"note\" in order) && (order.note == \"\" || order.total > 1)",
            &[],
        ),
        (
            "(\"total\" in order || \"note\" in order) && order.total > 1",
            &["order.total"],
        ),
        (
            "(\"total\" in order && order.on_hold || \"total\" in order) && order.total > 1",
            &["order.on_hold"],
        ),
        ("\"total\" in order == true && order.total > 1", &[]),
        ("(\"total\" in order) != false && order.total > 1", &[]),
        ("(\"total\" in order) == false || order.total > 1", &[]),
        (
            "(\"total\" in order) == order.on_hold || order.total > 1",
            &["order.on_hold", "order.total"],
        ),
        ("order.total > 1 && order.total < 9", &["order.total"]),
        ("order.total > 1 || order.total < -1", &["order.total"]),
        (
            "order.total + order.big > order.total",
            &["order.total", "order.big"],
        ),
        (
            "order.payments > 0 && order.total > 1 || order.total < 0",
            &["order.total", "order.total"],
        ),
        ("event.reason.len() > 0", &["event.reason"]),
        ("\"reason\" in event && event.reason.len() > 0", &[]),
        (
            "\"reason\" in order.tags || \"tags\" in order",
            &["order.tags"],
        ),
        ("actor.id == \"x\"", &["actor.id"]),
        ("\"id\" in actor && actor.id == actor.role", &[]),
        (
            "\"id\" !in actor || actor.id == \"x\" && actor.id != \"y\"",
            &[],
        ),
        ("order.payments in [1, order.big]", &["order.big"]),
        (
            "between(order.payments, order.big, 9) && order.big > 1",
            &["order.big"],
        ),
        ("order.amounts.all(|a| a > 0)", &["order.amounts"]),
        ("\"amounts\" in order && order.amounts.all(|a| a > 0)", &[]),
        (
            "\"amounts\" in order && order.amounts.all(|a| a > order.big)",
            &["order.big"],
        ),
        (
            "\"amounts\" in order && \"big\" in order && order.amounts.all(|a| a > order.big)",
            &[],
        ),
        (
            "\"amounts\" in order && order.amounts.some(|a| a > order.big) && order.big > 1",
            &["order.big", "order.big"],
        ),
        (
            "\"amounts\" in order && order.amounts.all(|a| \"big\" in order && a > order.big)",
            &[],
        ),
        ("order.tags.some(order.note)", &["order.note", "order.tags"]),
        (
            "order.note.contains(order.long)",
            &["order.long", "order.note"],
        ),
    ] {
        assert_eq!(unasked(&[], text), missing, "{text}");
    }
}

#[test]
fn an_earlier_guard_of_the_list_counts() {
    let asked = "order.total > order.big";
    for (earlier, missing) in [
        (&["\"total\" in order"][..], &["order.big"][..]),
        (&["\"total\" in order", "\"big\" in order"], &[]),
        (&["\"total\" in order && \"big\" in order"], &[]),
        (
            &["\"total\" in order || \"big\" in order"],
            &["order.total", "order.big"],
        ),
        (&["!(\"total\" !in order || \"big\" !in order)"], &[]),
        (&["order.total < 9"], &["order.big"]),
        (
            &["order.payments > 1 || order.total < 9"],
            &["order.total", "order.big"],
        ),
    ] {
        assert_eq!(unasked(earlier, asked), missing, "{earlier:?}");
    }
}

#[test]
fn the_guard_runs_all_the_same() {
    let mut report = Report::new();
    let guard = compile_guard(&expression("order.total > 1"), &gaps(), &mut report);
    assert!(report.iter().count() == 1 && !report.has_errors());
    let guard = guard.unwrap();
    assert_eq!(world().ask(|inputs| guard.eval(inputs)), Ok(true));
}

/// A file in which `placed` and `note` may be missing, with transitions put in.
fn found(transitions: &str) -> Vec<String> {
    let text = format!(
        "flagstate: 1
workflow: shop
context:
  placed: {{ type: date }}
  moved: {{ type: date }}
  count: {{ type: integer, default: 0 }}
  sent: {{ type: date, required: true }}
guards:
  has_date: {{ if: '\"placed\" in order' }}
  is_due: {{ if: order.placed <= date(now) }}
actors: [manager]
initial: open
states:
  open:
    timers:
      remind: {{ at: order.placed, set: {{ count: order.count + 1 }} }}
  closed: {{ final: true }}
transitions:
{transitions}"
    );
    let file = SourceFile::new("shop.yaml", text);
    let loaded = load(FileId(0), &file);
    let found = loaded
        .report
        .iter()
        .filter(|found| matches!(found.rule.id, "possibly-missing"));
    let found = found.map(|found| format!("{} {}", found.rule.id, file.slice(found.primary.span)));
    let mut found: Vec<String> = found.collect();
    assert!(!loaded.report.has_errors(), "{found:?}");
    // The named guard itself is told once, wherever it is used.
    let named = "possibly-missing order.placed".to_owned();
    assert_eq!(found.first(), Some(&named), "{found:?}");
    found.remove(0);
    found
}

#[test]
fn rows_branches_and_values_follow_their_guards() {
    let placed = "possibly-missing order.placed";
    for (row, expected) in [
        (
            "  close: { by: manager, from: open, to: closed, guard: is_due }",
            &[][..],
        ),
        (
            "  close: { by: manager, from: open, to: closed, guard: [has_date, is_due, order.placed > order.sent] }",
            &[],
        ),
        (
            "  close: { by: manager, from: open, to: closed, guard: order.placed > order.sent }",
            &[placed],
        ),
        (
            "  close: { by: manager, from: open, to: closed, guard: [order.placed > order.sent, has_date] }",
            &[placed],
        ),
        (
            "  close: { by: manager, from: open, to: closed, set: { moved: order.placed + days(1) } }",
            &[placed],
        ),
        (
            "  close: { by: manager, from: open, to: closed, guard: has_date, set: { moved: order.placed + days(1) } }",
            &[],
        ),
        (
            "  close: { by: manager, from: open, to: closed, guard: is_due, set: { moved: order.placed + days(1) } }",
            &[],
        ),
        (
            "  close:\n    by: manager\n    moves:\n      - { from: open, to: closed, guard: has_date }\n    set: { moved: order.placed }",
            &[],
        ),
        (
            "  close:\n    by: manager\n    from: open\n    guard: has_date\n    branches:\n      - { guard: order.placed > order.sent, to: closed, set: { moved: order.placed } }\n      - { to: closed, set: { moved: order.placed } }",
            &[],
        ),
        (
            "  close:\n    by: manager\n    from: open\n    branches:\n      - { guard: has_date, to: closed, set: { moved: order.placed } }\n      - { to: closed, set: { moved: order.placed } }",
            &[placed],
        ),
        (
            "  close: { by: manager, from: open, to: closed, payload: { due_on: { type: date } }, set: { moved: event.due_on } }",
            &[],
        ),
        (
            "  close: { by: manager, from: open, to: closed, payload: { due_on: { type: date, optional: true } }, set: { moved: event.due_on } }",
            &["possibly-missing event.due_on"],
        ),
        (
            "  close: { by: manager, from: open, to: closed, payload: { due_on: { type: date, optional: true } }, guard: '\"due_on\" in event', set: { moved: event.due_on } }",
            &[],
        ),
    ] {
        assert_eq!(found(row), expected, "{row}");
    }
}

/// The same guard behind questions for all that it reads without asking.
fn asked_first(text: &str) -> String {
    let unknown: BTreeSet<String> = unasked(&[], text).into_iter().collect();
    let questions = unknown.iter().map(|path| {
        let (root, name) = path.split_once('.').unwrap();
        format!("\"{name}\" in {root}")
    });
    questions
        .chain([format!("({text})")])
        .collect::<Vec<_>>()
        .join(" && ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(6_000)))]

    /// What the page promises: the errors that are left are of numbers, times and limits.
    #[test]
    fn guards_without_a_finding_fail_only_for_the_reasons_of_the_page(
        choices in prop::collection::vec(any::<u16>(), 0..40),
        gap in prop::collection::vec(any::<bool>(), 22),
    ) {
        let written = Writer::new(&choices).boolean(3);
        let text = asked_first(&written);
        let mut report = Report::new();
        let Some(guard) = compile_guard(&expression(&text), &gaps(), &mut report) else {
            // The questions may be more than can be joined.
            prop_assert!(report.iter().all(|found| found.rule.id == "guard-too-large"), "{:#?}", report);
            return Ok(());
        };
        // A part that fails for every order may never be asked.
        let mut found = report.iter();
        prop_assert!(found.all(|found| found.rule.id == "always-fails"), "`{}`: {:#?}", text, report);
        let mut world = world();
        let slots = world.order.iter_mut().enumerate().filter(|(slot, _)| *slot != 1);
        let slots = slots.map(|(_, value)| value).chain(&mut world.event);
        for (slot, _) in slots.zip(gap).filter(|(_, gap)| *gap) {
            *slot = None;
        }
        let answer = world.ask(|inputs| guard.eval(inputs));
        let (engine, held) = world.ask(|inputs| (guard.eval_in_engine(inputs), guard.holds(inputs)));
        prop_assert_eq!(&answer, &engine, "`{}`", text);
        prop_assert_eq!(held, answer == Ok(true));
        match answer {
            Ok(_)
            | Err(
                GuardError::Overflow
                | GuardError::DivisionByZero
                | GuardError::Time(_)
                | GuardError::PartOfDay
                | GuardError::Limit(_),
            ) => {}
            Err(other) => prop_assert!(false, "`{}` gave {:?}", text, other),
        }
    }
}
