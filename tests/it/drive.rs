//! The virtual clock: scripts that move an order and its children, and the traces people read.

use std::collections::BTreeMap;
use std::path::Path;

use flagstate::compile::compile;
use flagstate::context::Actor;
use flagstate::diagnostic::Report;
use flagstate::diagnostic::render::{Options, render};
use flagstate::drive::trace::{json_lines, rows, text};
use flagstate::drive::{
    Action, Family, Happened, Input, OrderName, RULES, Verdict, When, play, script,
};
use flagstate::graph::Workflow;
use flagstate::instance::Site;
use flagstate::parse::parse;
use flagstate::source::{FileId, SourceFile, SourceMap};
use flagstate::time::{Duration, Instant, parse_instant};
use proptest::prelude::*;

fn workflow(text: &str) -> Workflow {
    let source = SourceFile::new("workflow.yaml", text);
    let parsed = parse(FileId(0), &source);
    assert_eq!(findings(&source, &parsed.report), "");
    let compiled = compile(&parsed.document.expect("a document"), &source);
    let found = findings(&source, &compiled.report);
    assert!(!compiled.report.has_errors(), "{found}");
    compiled.workflow
}

fn site(workflow: &Workflow) -> Site {
    Site::new(workflow, &BTreeMap::new()).expect("defaults")
}

fn start() -> Instant {
    parse_instant("2026-03-01T09:00:00Z").expect("an instant")
}

/// Creates the root of a family.
fn created(action: Action) -> Input {
    Input {
        order: OrderName::Root,
        when: When::Now,
        actor: Actor::system(),
        id: None,
        action,
    }
}

/// Binds a snapshot to the folder of its case.
fn beside(case: &Path, check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(case.parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_suffix("");
    settings.set_omit_expression(true);
    settings.remove_input_file();
    settings.bind(check);
}

/// Plays a script against a workflow; the trace, and the findings where there are any.
fn played(workflow: &Workflow, name: &str, events: &str) -> (String, String) {
    let source = SourceFile::new(name, events);
    let (stimuli, mut report) = script(FileId(0), &source);
    let site = site(workflow);
    let mut family = Family::new(workflow, &site, start());
    let created = family.apply(&created(Action::Create(BTreeMap::new())));
    assert_eq!(created, Ok(Verdict::Accepted));
    play(&mut family, &stimuli, &mut report);
    let rows = rows(workflow, family.entries());
    for line in json_lines(&rows).lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(row["at"].is_string() && row["order"].is_string(), "{row}");
    }
    (text(&rows), findings(&source, &report))
}

fn findings(source: &SourceFile, report: &Report) -> String {
    let sources = SourceMap::single(source.clone());
    render(report, &sources, &Options::default())
}

#[test]
fn each_case_has_the_trace_of_its_snapshot() {
    insta::glob!("../cases/drive", "*/events.*", |path| {
        let folder = path.parent().expect("a folder");
        let read = |name: &Path| std::fs::read_to_string(name).expect("a case");
        let workflow = workflow(&read(&folder.join("workflow.yaml")));
        let name = path.file_name().expect("a name").to_string_lossy();
        let (trace, findings) = played(&workflow, &name, &read(path));
        beside(path, || {
            insta::assert_snapshot!("trace", format!("{trace}{findings}"));
        });
    });
}

/// An input for an order of the family.
fn input(order: &str, when: When, action: Action) -> Input {
    Input {
        order: order.parse().expect("a name"),
        when,
        actor: Actor::new("clerk"),
        id: None,
        action,
    }
}

fn fire(event: &str) -> Action {
    Action::Fire {
        event: event.to_owned(),
        payload: BTreeMap::new(),
        target: None,
    }
}

fn children(set: &str, name: &str, state: &str) -> Action {
    let child = (name.to_owned(), Some(state.to_owned()));
    Action::Children(BTreeMap::from([(set.to_owned(), vec![child])]))
}

const NESTED: &str = "
flagstate: 1
workflow: nested
actors: [clerk]
children: { suborders: { workflow: self }, parcels: { states: [packed, sent] } }
initial: a
states:
  a: { timers: { forth: { after: 7m, to: b } } }
  b: { timers: { home: { after: 11m, to: a } } }
  still: {}
always:
  - { from: a, guard: 'parcels.some(\"sent\") || suborders.some(\"still\")', to: still }
transitions:
  stop: { by: clerk, from: [a, b], to: still }
";

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let workflow = workflow(NESTED);
    let site = site(&workflow);
    let mut family = Family::new(&workflow, &site, start());
    let said = |family: &mut Family<'_>, input: Input| {
        let before = family.entries().len();
        let error = family.apply(&input).expect_err("a mistake");
        assert_eq!(family.entries().len(), before, "{error}");
        error.to_string()
    };
    let now = || When::Now;
    let create = || Action::Create(BTreeMap::new());
    let early = said(&mut family, input("root", now(), fire("stop")));
    assert_eq!(early, "there is no order `root` yet");
    let early = said(&mut family, input("suborders/a", now(), create()));
    assert_eq!(early, "there is no order `root` yet");
    family.apply(&created(create())).expect("a root");
    let cases = [
        ("root", create(), "the order `root` exists already"),
        (
            "subordres/a",
            create(),
            "there is no set of children `subordres`",
        ),
        (
            "suborders/a",
            fire("stop"),
            "there is no order `suborders/a` yet",
        ),
        (
            "parcels/a",
            create(),
            "the children of `parcels` are run elsewhere: say which state they are in under `children`",
        ),
        (
            "root",
            children("suborders", "a", "still"),
            "the children of `suborders` run this workflow: create and move them by events of their own",
        ),
        (
            "root",
            children("parcels", "a", "snet"),
            "children of `parcels` have no state `snet`",
        ),
    ];
    for (order, action, expected) in cases {
        assert_eq!(said(&mut family, input(order, now(), action)), expected);
    }
    let past = When::At(parse_instant("2026-03-01T08:59:59Z").expect("an instant"));
    assert_eq!(
        said(&mut family, input("root", past, Action::Wait)),
        "the clock stands at 2026-03-01T09:00:00Z and does not go back to 2026-03-01T08:59:59Z"
    );
    for name in ["", "a", "/a", "suborders/", "a/b/c", "a b/c"] {
        assert!(name.parse::<OrderName>().is_err(), "{name:?}");
    }
}

#[test]
fn a_child_that_is_run_elsewhere_moves_its_parent_and_can_be_taken_away() {
    let workflow = workflow(NESTED);
    let site = site(&workflow);
    let mut family = Family::new(&workflow, &site, start());
    family
        .apply(&created(Action::Create(BTreeMap::new())))
        .expect("a root");
    let status = |family: &Family<'_>| {
        let root = family.instance(&OrderName::Root).expect("a root");
        (root.status(&workflow), root.children[1].total)
    };
    family
        .apply(&input(
            "root",
            When::Now,
            children("parcels", "one", "packed"),
        ))
        .expect("a move");
    assert_eq!(status(&family), ("a".to_owned(), 1));
    let gone = vec![("one".to_owned(), None)];
    let gone = Action::Children(BTreeMap::from([("parcels".to_owned(), gone)]));
    family
        .apply(&input("root", When::Now, gone))
        .expect("a move");
    assert_eq!(status(&family), ("a".to_owned(), 0));
    family
        .apply(&input(
            "root",
            When::Now,
            children("parcels", "two", "sent"),
        ))
        .expect("a move");
    assert_eq!(status(&family), ("still".to_owned(), 1));
    let moved = family
        .entries()
        .iter()
        .filter(|e| matches!(e.happened, Happened::Moved { .. }));
    assert_eq!(moved.count(), 3);
}

#[test]
fn orders_that_keep_each_other_busy_are_stopped() {
    let workflow = workflow(
        "
flagstate: 1
workflow: ping
actors: [clerk]
context: { is_child: { type: boolean, default: false } }
children: { suborders: { workflow: self } }
initial: [{ guard: order.is_child, to: x }, { to: p }]
states:
  p: { enter: { send: { suborders: flip } } }
  q: { enter: { send: { suborders: flip } } }
  x: {}
  \"y\": {}
always:
  - { from: p, guard: 'suborders.some(\"x\")', to: q }
  - { from: q, guard: 'suborders.some(\"y\")', to: p }
transitions:
  flip:
    by: system
    moves: [{ from: x, to: \"y\" }, { from: \"y\", to: x }]
",
    );
    let site = site(&workflow);
    let mut family = Family::new(&workflow, &site, start());
    family
        .apply(&created(Action::Create(BTreeMap::new())))
        .expect("a root");
    let child = BTreeMap::from([("is_child".to_owned(), true.into())]);
    let error = family.apply(&input("suborders/a", When::Now, Action::Create(child)));
    let error = error.expect_err("endless messages").to_string();
    assert!(error.contains("did not come to rest"), "{error}");
}

#[test]
fn many_timers_of_one_order_fire_without_a_word_about_it() {
    let text = NESTED.replace("7m", "1s").replace("11m", "1s");
    let workflow = workflow(&text);
    let site = site(&workflow);
    let mut family = Family::new(&workflow, &site, start());
    family
        .apply(&created(Action::Create(BTreeMap::new())))
        .expect("a root");
    let wait = When::After(Duration::seconds(12_345));
    family
        .apply(&input("root", wait, Action::Wait))
        .expect("time");
    assert_eq!(family.entries().len(), 1 + 12_345);
    assert!(
        family
            .entries()
            .iter()
            .all(|entry| entry.refusal().is_none())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However finely time is told, the same timers fire at the same times in the same order.
    #[test]
    fn the_trace_does_not_depend_on_how_time_is_told(waits in proptest::collection::vec(1..3_000i64, 1..12)) {
        let workflow = workflow(NESTED);
        let site = site(&workflow);
        let trace = |waits: &[i64]| {
            let mut family = Family::new(&workflow, &site, start());
            family.apply(&created(Action::Create(BTreeMap::new()))).expect("a root");
            for name in ["suborders/a", "suborders/b"] {
                let create = Action::Create(BTreeMap::new());
                let after = When::After(Duration::seconds(90));
                family.apply(&input(name, after, create)).expect("a child");
            }
            for &seconds in waits {
                let after = When::After(Duration::seconds(seconds));
                family.apply(&input("root", after, Action::Wait)).expect("time");
            }
            (text(&rows(&workflow, family.entries())), family.now())
        };
        let at_once: i64 = waits.iter().sum();
        prop_assert_eq!(trace(&waits), trace(&[at_once]));
    }
}

/// The YAML blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let parts = page.split("```yaml\n").skip(1);
    parts
        .map(|part| part.split("```").next().expect("an end").to_owned())
        .collect()
}

#[test]
fn each_page_shows_what_raises_its_rule_and_what_does_not() {
    let workflow = workflow(include_str!("../cases/drive/cart/workflow.yaml"));
    for rule in RULES {
        let blocks = blocks(rule.page);
        let [bad, good] = blocks.as_slice() else {
            panic!("`{}` has {} blocks", rule.id, blocks.len());
        };
        let (_, findings) = played(&workflow, "events.yaml", bad);
        assert_eq!(findings.matches("error[").count(), 1, "{findings}");
        assert!(
            findings.contains(&format!("error[{}]", rule.id)),
            "{findings}"
        );
        let (_, findings) = played(&workflow, "events.yaml", good);
        assert_eq!(findings, "", "{}", rule.id);
    }
}
