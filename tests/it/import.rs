//! SCXML imported as workflow files.

mod suite;

use flagstate::diagnostic::render::{Options as Shown, render};
use flagstate::diagnostic::{Level, Report};
use flagstate::import::{Imported, Options, RULES, scxml};
use flagstate::source::{FileId, SourceFile, SourceMap};

fn imported(name: &str, text: &str) -> (Imported, String) {
    let source = SourceFile::new(name, text);
    let imported = scxml(FileId(0), &source, &Options::default());
    let found = render(
        &imported.report,
        &SourceMap::single(source),
        &Shown::default(),
    );
    (imported, found)
}

#[test]
fn each_document_is_written_as_its_snapshot_says() {
    insta::glob!("../cases/import", "*/document.scxml", |path| {
        let text = std::fs::read_to_string(path).expect("a document");
        let (imported, found) = imported("document.scxml", &text);
        let written = imported.text.clone().unwrap_or_default();
        if imported.text.is_some() {
            let source = SourceFile::new("imported.yaml", written.clone());
            let loaded = flagstate::load::load(FileId(0), &source);
            let more = render(
                &loaded.report,
                &SourceMap::single(source),
                &Shown::default(),
            );
            assert!(!loaded.report.has_errors(), "{more}\n{written}");
        }
        let folder = path.parent().expect("a folder");
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true, snapshot_suffix => "" }, {
            insta::assert_snapshot!("imported", format!("{written}\n{found}"));
        });
    });
}

#[test]
fn each_page_shows_what_raises_its_rule_and_what_does_not() {
    for rule in RULES {
        let blocks: Vec<&str> = rule.page.split("```xml\n").skip(1).collect();
        let [bad, good] = blocks.as_slice() else {
            panic!("`{}` has {} blocks", rule.id, blocks.len());
        };
        let of = |block: &str| {
            let text = block.split("```").next().expect("an end");
            imported("document.scxml", text)
        };
        let ids = |report: &Report| -> Vec<&str> { report.iter().map(|f| f.rule.id).collect() };
        let (wrong, found) = of(bad);
        assert_eq!(ids(&wrong.report), [rule.id], "{found}");
        assert_eq!(wrong.text.is_none(), rule.level == Level::Error);
        let (right, found) = of(good);
        assert!(right.report.is_empty(), "{}: {found}", rule.id);
        assert!(right.text.is_some());
    }
}

/// Entities, deep nesting, broken markup: a finding, never a panic.
#[test]
fn hostile_documents_are_answered_with_findings() {
    let deep = format!(
        "<scxml>{}{}</scxml>",
        "<state>".repeat(5_000),
        "</state>".repeat(5_000)
    );
    let bomb =
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><scxml><state id='&b;'/></scxml>";
    let brackets = format!(
        "<scxml><state id='a'><transition cond='{}1{}' target='a'/></state></scxml>",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let ifs = format!(
        "<scxml><datamodel><data id='x' expr='0'/></datamodel><state id='a'><onentry>{}</onentry></state></scxml>",
        "<if cond='x &gt; 1'><assign location='x' expr='x + x'/></if>".repeat(40)
    );
    let doubling = format!(
        "<scxml><datamodel><data id='x' expr='1'/></datamodel><state id='a'><onentry>{}</onentry></state></scxml>",
        "<assign location='x' expr='x + x'/>".repeat(60)
    );
    let long = format!(
        "<scxml><state id='a'><transition cond='{}true' target='a'/></state></scxml>",
        "true || ".repeat(50_000)
    );
    let documents = [
        "",
        "<",
        "<scxml",
        "<scxml/>",
        "<scxml><state id='é'/><state id='é'/></scxml>",
        bomb,
    ];
    for text in documents
        .into_iter()
        .map(str::to_owned)
        .chain([deep, brackets, ifs, doubling, long])
    {
        let (imported, found) = imported("hostile.scxml", &text);
        let start = text.chars().take(60).collect::<String>();
        assert!(
            imported.text.is_none() && imported.report.has_errors(),
            "{start}: {found}"
        );
    }
}

#[test]
fn what_is_nested_too_deep_is_refused_where_it_stands() {
    let (open, close) = (
        "<if cond=\"v == 0\">".repeat(20_000),
        "</if>".repeat(20_000),
    );
    let text = format!(
        "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" version=\"1.0\" datamodel=\"ecmascript\">\
         <datamodel><data id=\"v\" expr=\"0\"/></datamodel><state id=\"a\">\
         <onentry>{open}<raise event=\"x\"/>{close}</onentry>\
         <transition event=\"x\" target=\"b\"/></state><final id=\"b\"/></scxml>"
    );
    let (imported, found) = imported("deep.scxml", &text);
    assert_eq!(imported.text, None);
    assert!(found.contains("an `<if>` 25 levels deep"), "{found}");
}
