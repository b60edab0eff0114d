//! All passes over one file: what could not be read is said once, and not echoed by later passes.

use std::fmt::Write as _;

use flagstate::diagnostic::render::{Options, render};
use flagstate::load::load;
use flagstate::source::{FileId, SourceFile, SourceMap};

/// The rules that a file raises, in the order of the file.
fn raised(text: &str) -> Vec<&'static str> {
    let report = load(FileId(0), &SourceFile::new("shop.yaml", text)).report;
    report.iter().map(|found| found.rule.id).collect()
}

#[test]
fn guards_are_told_which_fields_may_be_unset() {
    let text = format!(
        "{HEAD}states: {{ open: , closed: {{ final: true }} }}\n{CLOSE}context:\n  note: {{ type: string }}\n  \
         items: {{ type: integer, default: 0 }}\n  tags: {{ type: list, of: string, required: false }}\n  \
         number: {{ type: string, required: true }}\n  wrong: {{ type: integer, default: many }}\n"
    );
    let loaded = load(FileId(0), &SourceFile::new("shop.yaml", text));
    let scope = loaded.workflow.expect("a workflow").scope;
    let unset = scope
        .optional_order
        .iter()
        .map(|&slot| scope.order.get_index(slot));
    let unset: Vec<&str> = unset.flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(unset, ["note", "tags"]);
}

const HEAD: &str = "flagstate: 1\nworkflow: shop\nactors: [clerk]\ninitial: open\n";
const CLOSE: &str = "transitions:\n  close: { by: clerk, from: open, to: closed }\n";

#[test]
fn names_of_a_section_that_cannot_be_read_are_not_reported_as_unknown() {
    let brackets = format!("{HEAD}{CLOSE}states: {}", "[".repeat(200_000));
    assert_eq!(raised(&brackets), ["too-deep"]);
    let number = format!("{HEAD}{CLOSE}states: 7\n");
    assert_eq!(raised(&number), ["wrong-type"]);
}

#[test]
fn a_name_is_still_unknown_where_its_section_is_read_or_absent() {
    let states =
        "states: { open: { titel: Open, flags: { reservd: true } }, closed: { final: true } }\n";
    let misspelt = format!("{HEAD}{states}{CLOSE}");
    assert_eq!(raised(&misspelt), ["unknown-key", "unknown-flag"]);
    let states = "states: { open: { titel: Open, expires: { after: settings.life, to: closed } }, closed: { final: true } }\n";
    let absent = format!("{HEAD}{states}{CLOSE}");
    assert_eq!(raised(&absent), ["unknown-key", "unknown-setting"]);
}

#[test]
fn a_name_that_was_misspelt_where_it_is_used_is_not_said_to_be_unused() {
    let text = format!(
        "{HEAD}states: {{ open: , closed: {{ final: true }} }}\n\
         context:\n  total: {{ type: integer, default: 0 }}\n  other: {{ type: integer, default: 0 }}\n\
         settings:\n  limit: {{ type: integer, default: 5 }}\n\
         guards: {{ small: {{ if: order.totl < settings.limt }} }}\n\
         transitions:\n  close: {{ by: clerk, from: open, to: closed, guard: small }}\n"
    );
    let mut rules = raised(&text);
    rules.sort_unstable();
    // `other` is used nowhere, however it is spelt.
    assert_eq!(rules, ["unknown-field", "unknown-setting", "unused-field"]);
}

#[test]
fn events_and_states_are_found_by_names_however_they_begin() {
    let all: Vec<String> = ["a", "ab", "pack", "packed", "reserved", "reserved_1"]
        .into_iter()
        .map(str::to_owned)
        .chain((10..40).map(|number| format!("reserved_{number}")))
        .collect();
    for names in [&all[..6], &all[..]] {
        let mut text =
            "flagstate: 1\nworkflow: names\nactors: [clerk]\ninitial: a\nstates:\n".to_owned();
        for name in names {
            writeln!(text, "  {name}:").expect("a text");
        }
        text += "transitions:\n";
        for name in names {
            writeln!(text, "  {name}: {{ by: clerk, from: a, to: {name} }}").expect("a text");
        }
        let source = SourceFile::new("names.yaml", text);
        let workflow = load(FileId(0), &source).workflow.expect("a workflow");
        for name in names {
            let event = workflow.event_named(name).expect(name);
            assert_eq!(workflow.events.at(event).name, *name);
            let state = workflow.state_named(name).expect(name);
            assert_eq!(workflow.states.at(state).path, *name);
        }
        let others = ["", "b", "pac", "reserve", "reserved_", "reserved\0", "a\0"];
        for name in others {
            assert_eq!(workflow.event_named(name), None, "{name}");
            assert_eq!(workflow.state_named(name), None, "{name}");
        }
    }
}

#[test]
fn each_case_of_mistakes_tells_each_of_them_once() {
    insta::glob!("../cases/load", "*/workflow.yaml", |path| {
        let text = std::fs::read_to_string(path).expect("a case");
        let files = SourceMap::single(SourceFile::new("workflow.yaml", text.as_str()));
        let source = SourceFile::new("workflow.yaml", text);
        let report = load(FileId::default(), &source).report;
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_suffix => "",
            snapshot_path => path.parent().expect("a folder"),
            input_file => path,
        }, {
            insta::assert_snapshot!("report", render(&report, &files, &Options::default()));
        });
    });
}

#[test]
fn a_file_that_extends_another_is_not_loaded_alone() {
    let text = "flagstate: 1\nextends: ./shop.yaml\nsettings: { cart_lifetime: 1h }\n";
    let source = SourceFile::new("acme.yaml", text);
    let loaded = load(FileId(0), &source);
    let found: Vec<_> = loaded.report.iter().collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule.id, "unreadable-base");
    assert_eq!(source.slice(found[0].primary.span), "./shop.yaml");
    assert!(found[0].help[0].contains("load::Library"));
    // What a finding is, is told without the page of its rule.
    let told = format!("{:?}", loaded.report);
    assert!(told.len() < 1_000, "{told}");
    loaded.runnable().unwrap_err();
}

#[test]
fn what_does_not_show_itself_is_written_down_where_it_is_told() {
    let text = "flagstate: 1\nworkflow: \0shop\n";
    let report = load(FileId(0), &SourceFile::new("shop.yaml", text)).report;
    let messages: Vec<&str> = report.iter().map(|found| found.message.as_str()).collect();
    assert!(
        messages.iter().any(|message| message.contains("`\\u{0}`")),
        "{messages:?}"
    );
    assert!(
        !messages.iter().any(|message| message.contains('\0')),
        "{messages:?}"
    );
}
