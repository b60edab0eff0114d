//! Every key of every type of the document, once with a value that it cannot have.

use flagstate::diagnostic::Report;
use flagstate::load::Library;
use flagstate::parse::known_keys;
use flagstate::source::SourceFile;

use super::read;
use crate::tenant::Files;

/// A list of lists of lists, which no key takes.
const WRONG: &str = "[[[]]]";

/// A file in which a mapping of a type has one key with a wrong value.
fn file(of: &str, key: &str) -> String {
    let body = format!("{key}: {WRONG}");
    let named = |under: &str| format!("{under}: {{ x: {{ {body} }} }}");
    let in_state = |under: &str| format!("states: {{ s: {{ {under} }} }}");
    match of {
        "Attribute" => named("attributes"),
        "Automatic" => format!("always: [{{ {body} }}]"),
        "Branch" => format!("always: [{{ branches: [{{ {body} }}] }}]"),
        "ChildSet" => named("children"),
        "Choose" => format!("always: [{{ to: {{ {body} }} }}]"),
        "Complement" => format!("groups: {{ x: {{ in: {{ {body} }} }} }}"),
        "Declaration" => named("effects"),
        "Defaults" => format!("defaults: {{ {body} }}"),
        "Deprecated" => in_state(&format!("deprecated: {{ {body} }}")),
        "Document" => body,
        "Enter" => in_state(&format!("enter: {{ {body} }}")),
        "Event" => named("transitions"),
        "Exit" => in_state(&format!("exit: {{ {body} }}")),
        "Field" => named("context"),
        "Flag" => named("flags"),
        "Group" => named("groups"),
        "HistoryTarget" if key == "history" => format!("always: [{{ to: {{ {body} }} }}]"),
        "HistoryTarget" => format!("always: [{{ to: {{ history: s, {body} }} }}]"),
        "InitialBranch" => format!("initial: [{{ {body} }}]"),
        "Mandatory" => format!("mandatory: {{ {body} }}"),
        "Move" => format!("transitions: {{ x: {{ moves: [{{ {body} }}] }} }}"),
        "NamedGuard" => named("guards"),
        "PayloadField" => format!("transitions: {{ x: {{ {} }} }}", named("payload")),
        "GuardedDeed" => in_state(&format!("enter: {{ branches: [{{ {body} }}] }}")),
        "RaisedEvent" => format!("always: [{{ raise: {{ {body} }} }}]"),
        "StartWay" if key == "to" => in_state(&format!("states: {{ a: }}, initial: {{ {body} }}")),
        "StartWay" => in_state(&format!("states: {{ a: }}, initial: {{ to: a, {body} }}")),
        "Setting" => named("settings"),
        "Slot" => format!("slot: {{ {body} }}"),
        "State" => named("states"),
        "Tenant" if key == "extends" => body,
        "Tenant" => format!("extends: base.yaml\n{body}"),
        "Timer" => in_state(&named("timers")),
        other => panic!("no place is known for {other}"),
    }
}

/// What is found in a tenant's file upon a base that has nothing wrong.
fn of_tenant(text: &str) -> Report {
    let base = "flagstate: 1\nworkflow: shop\ninitial: open\nstates: { open: { final: true } }\n";
    let files = Files::of(&[("base.yaml", base)]);
    let mut library = Library::new(&files);
    let tenant = library.add(SourceFile::new("workflow.yaml", text));
    library.load(tenant).report
}

#[test]
fn every_key_refuses_a_value_of_another_kind_where_it_stands() {
    for (of, keys) in known_keys() {
        for key in keys {
            let text = file(of, key);
            let value = text.find(WRONG).expect("the value");
            let range = value..value + WRONG.len();
            let report = match of {
                "Tenant" => of_tenant(&text),
                _ => read(&text).report,
            };
            let found = report.iter().any(|found| {
                let (start, end) = (
                    found.primary.span.start as usize,
                    found.primary.span.end as usize,
                );
                found.rule.id == "wrong-type" && range.start <= start && end <= range.end
            });
            assert!(found, "{of}.{key}: {text}\n{report:?}");
        }
    }
}
