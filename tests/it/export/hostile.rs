//! Whatever titles, guards and names contain, an export says the same graph and runs nothing.

use std::collections::BTreeSet;

use flagstate::export;
use flagstate::graph::Workflow;
use proptest::prelude::*;

use super::workflow_at;

/// Pieces of text that mean something to one of the output languages.
const PIECES: [&str; 40] = [
    "\"",
    "\n",
    "\r\n",
    "]-->",
    "-->",
    "--",
    "---\n",
    "<script>alert(1)</script>",
    "</text>",
    "\u{202e}",
    "\u{200b}",
    "\u{0}",
    "\u{1b}[31m",
    ";",
    "#",
    ":",
    "#35;",
    "#quot;",
    "%%",
    "%%{init: {}}%%",
    "@enduml",
    "\n@enduml\n",
    "{",
    "}",
    "[*]",
    "\\",
    "\\\"",
    "\\n",
    "<br/>",
    "&lt;",
    "&amp;",
    "end note",
    "'",
    "!include x",
    "$x %date()",
    "ﬂ°°35¶ß",
    "style a fill:#f00;",
    "]]>",
    "|",
    "`*_~",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        1 => "[a-zäß€]{1,8}",
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// Puts texts in place of all that people wrote, in turn.
fn poison(workflow: &mut Workflow, texts: &[String]) {
    let mut texts = texts.iter().cycle();
    let mut next = || texts.next().expect("a text").clone();
    workflow.title = next();
    for id in workflow.states.ids() {
        workflow.states.at_mut(id).title.text = next();
    }
    for id in workflow.events.ids() {
        workflow.events.at_mut(id).title = Some(next());
    }
    for id in workflow.actors.ids() {
        workflow.actors.at_mut(id).title = Some(next());
    }
    for id in workflow.rows.ids() {
        let row = workflow.rows.at_mut(id);
        let conditions = row.conditions.iter_mut();
        let branched = row
            .branches
            .iter_mut()
            .flat_map(|branch| &mut branch.conditions);
        for condition in conditions.chain(branched) {
            condition.name = None;
            condition.text = next().into();
        }
    }
}

/// A DOT file as tokens: quoted texts apart from what stands between them.
fn dot_tokens(text: &str) -> Vec<(bool, String)> {
    let mut tokens = vec![(false, String::new())];
    let mut quoted = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let token = &mut tokens.last_mut().expect("a token").1;
        match c {
            '"' => {
                quoted = !quoted;
                tokens.push((quoted, String::new()));
            }
            '\\' if quoted => {
                token.push(c);
                token.extend(chars.next());
            }
            c => token.push(c),
        }
    }
    assert!(!quoted, "a quote is left open");
    tokens
}

/// A DOT file without its labels.
fn dot_skeleton(text: &str) -> Vec<String> {
    let tokens = dot_tokens(text);
    let mut skeleton = Vec::new();
    for (index, (quoted, token)) in tokens.iter().enumerate() {
        let label = index > 0 && tokens[index - 1].1.ends_with("label=");
        let blank = *quoted && label;
        skeleton.push(if blank { String::new() } else { token.clone() });
    }
    skeleton
}

/// A Mermaid or PlantUML file line by line, without titles, labels and descriptions.
fn line_skeleton(text: &str) -> Vec<String> {
    let mut skeleton: Vec<String> = Vec::new();
    for line in text.lines() {
        let trimmed = line.trim_start();
        let (head, label) = match line.split_once(" : ") {
            Some((head, label)) => (head, Some(label)),
            None => (line, None),
        };
        if trimmed.starts_with("title") {
            skeleton.push("title".to_owned());
        } else if label.is_some() && !head.contains("->") {
            // A line of a state, however it is called.
        } else if let Some(rest) = trimmed.strip_prefix("state \"") {
            let (_, rest) = rest.split_once('"').expect("a closing quote");
            skeleton.push(format!("state{rest}"));
        } else {
            skeleton.push(head.to_owned());
        }
    }
    skeleton
}

/// The kinds of elements of a picture.
fn elements(body: &str) -> BTreeSet<String> {
    let tags = body.split('<').skip(1);
    tags.filter_map(|tag| tag.split([' ', '>']).next().map(str::to_owned))
        .collect()
}

/// The text that Mermaid shows for an encoded one.
fn mermaid_text(encoded: &str) -> String {
    let mut shown = String::new();
    let mut rest = encoded;
    while let Some((before, after)) = rest.split_once('#') {
        shown.push_str(before);
        let (code, after) = after.split_once(';').expect("an entity code");
        let code: u32 = code.parse().expect("a number");
        shown.push(char::from_u32(code).expect("a character"));
        rest = after;
    }
    shown + rest
}

/// A text as a picture shows it: one line, nothing invisible.
fn visible(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| c.is_alphanumeric() || c.is_ascii_punctuation())
        .collect()
}

#[test]
fn joiners_that_scripts_and_emoji_need_are_kept() {
    let mut workflow = workflow_at("tests/cases/export/nested/workflow.yaml");
    let title =
        "\u{645}\u{6cc}\u{200c}\u{634}\u{648}\u{62f} \u{1f469}\u{200d}\u{1f467} \u{2714}\u{fe0f}";
    workflow.title = title.to_owned();
    assert!(export::dot(&workflow).contains(title));
    assert!(export::svg(&workflow).expect("a picture").contains(title));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn hostile_text_changes_no_structure(texts in proptest::collection::vec(text(), 3..9)) {
        let plain = workflow_at("tests/cases/export/nested/workflow.yaml");
        let mut hostile = plain.clone();
        poison(&mut hostile, &texts);
        prop_assert_eq!(dot_skeleton(&export::dot(&hostile)), dot_skeleton(&export::dot(&plain)));
        for exporter in [export::mermaid, export::plantuml] {
            let (hostile, plain) = (exporter(&hostile), exporter(&plain));
            prop_assert_eq!(line_skeleton(&hostile), line_skeleton(&plain));
        }
    }

    #[test]
    fn hostile_text_adds_no_element_to_a_picture(texts in proptest::collection::vec(text(), 1..9)) {
        let plain = workflow_at("workflows/orocommerce.yaml");
        let mut hostile = plain.clone();
        poison(&mut hostile, &texts);
        let names = |workflow: &Workflow| {
            let picture = export::svg(workflow).expect("a picture");
            picture.split("</style>").nth(1).map(elements)
        };
        prop_assert_eq!(names(&hostile), names(&plain));
    }

    #[test]
    fn hostile_text_is_shown_as_it_is(texts in proptest::collection::vec(text(), 1..4)) {
        let mut hostile = workflow_at("tests/cases/export/nested/workflow.yaml");
        poison(&mut hostile, &texts);
        let model = export::model(&hostile);
        let drawn = export::mermaid(&hostile);
        let titles = drawn.lines().filter_map(|line| {
            let (title, rest) = line.trim_start().strip_prefix("state \"")?.split_once('"')?;
            rest.starts_with(" as s_").then_some(title)
        });
        for (title, state) in titles.zip(&model.states) {
            let shown = mermaid_text(title);
            prop_assert!(visible(&shown).starts_with(&visible(&state.label)), "{} is not {}", shown, state.label);
        }
        let json: serde_json::Value = serde_json::from_str(&export::json(&hostile)).expect("JSON");
        prop_assert_eq!(json["title"].as_str(), Some(hostile.title.as_str()));
    }

    #[test]
    fn nothing_but_plain_text_and_codes_leaves_an_exporter(texts in proptest::collection::vec(text(), 1..4)) {
        let mut hostile = workflow_at("tests/cases/export/nested/workflow.yaml");
        poison(&mut hostile, &texts);
        for (extension, text) in super::exports(&hostile) {
            let joiner = |c: &char| ('\u{200c}'..='\u{200d}').contains(c);
            let reordering = |c: &char| ('\u{200b}'..='\u{202e}').contains(c) && !joiner(c);
            let hidden = |c: &char| *c != '\n' && (c.is_control() || reordering(c));
            prop_assert_eq!(text.chars().find(hidden), None, "in {}", extension);
            if extension == "puml" {
                prop_assert_eq!(text.matches('@').count(), 2);
                prop_assert!(!text.contains(['!', '$', '%', '\'', '~', '`']));
            }
            if extension == "mmd" {
                let body = text.split("\n---\n").nth(1).expect("a diagram");
                prop_assert!(!body.contains(['%', '&', '\'', '`', '\\']));
                let marked = body.replace("<br/>", "").replace("-->", "");
                prop_assert!(!marked.contains(['<', '>']));
            }
            if extension == "md" {
                prop_assert!(!text.replace("<br>", "").contains('<'));
            }
        }
    }
}
