//! The editions of `appxite` side by side: as text, as a table, as data, in pictures.

use flagstate::diff::{compare, json, markdown, picture, text};
use flagstate::export::model::Fate;
use flagstate::export::{dot_of, json_of, mermaid_of, svg_of};
use flagstate::source::SourceMap;

use super::{edition, pair};
use flagstate::graph::Workflow;

fn editions() -> (Workflow, Workflow, SourceMap) {
    pair(&edition("2023.yaml"), &edition("2025.yaml"))
}

fn settled(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../cases/diff/appxite");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(check);
}

#[test]
fn the_editions_of_appxite_differ_as_their_snapshot_says() {
    let (old, new, sources) = editions();
    let difference = compare(&old, &new);
    settled(|| {
        insta::assert_snapshot!("difference", text(&difference, &sources));
        insta::assert_snapshot!("markdown", markdown(&difference, &sources));
    });
    let json = serde_json::to_value(json(&difference, &sources)).unwrap();
    assert_eq!(json["severity"], "strands");
    assert_eq!(json["stranded"][0]["status"], "draft");
    assert_eq!(json["stranded"][0]["why"], "cut-off");
    assert_eq!(
        json["changes"].as_array().unwrap().len(),
        difference.changes.len()
    );
    assert_eq!(json["changes"][0]["old"]["file"], "old.yaml");
}

#[test]
fn the_picture_holds_both_versions_coloured() {
    let (old, new, _) = editions();
    let model = picture(&old, &new);
    let fate = |path: &str| model.state(path).expect(path).fate;
    assert_eq!(fate("completed"), Some(Fate::Removed));
    assert_eq!(fate("completed_successfully"), Some(Fate::Added));
    assert_eq!(fate("draft"), Some(Fate::Changed));
    assert_eq!(fate("provisioning_started"), None);
    let all = old.states.rows().iter().chain(new.states.rows()).skip(1);
    for state in all.filter(|state| !state.path.is_empty()) {
        assert!(model.state(&state.path).is_some(), "{}", state.path);
    }
    settled(|| {
        insta::assert_snapshot!("mermaid", mermaid_of(&model));
        insta::assert_snapshot!("dot", dot_of(&model));
    });
    let svg = svg_of(&model).unwrap();
    assert!(svg.contains("class=\"state added\"") && svg.contains("class=\"tie removed\""));
    assert!(json_of(&model).contains("\"fate\": \"removed\""));
}

#[test]
fn a_picture_of_the_same_twice_is_the_picture_of_one() {
    let text = edition("2023.yaml");
    let (old, new, _) = pair(&text, &text);
    let mut both = picture(&old, &new);
    both.title = new.title.clone();
    assert_eq!(json_of(&both), flagstate::export::json(&new));
    assert_eq!(svg_of(&both), flagstate::export::svg(&new));
    assert_eq!(dot_of(&both), flagstate::export::dot(&new));
}
