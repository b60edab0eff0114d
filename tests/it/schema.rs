//! The JSON Schemas: kept in the repository, equal to what the parser reads, and true of what ships.

pub(crate) mod instance;

use std::collections::BTreeMap;

use flagstate::parse::known_keys;
use flagstate::schema::{of_tenant, of_workflow, of_workflow_draft_07};
use serde_json::{Value as Json, json};

fn draft_2020() -> Json {
    of_workflow().to_value()
}

fn draft_07() -> Json {
    of_workflow_draft_07().to_value()
}

#[test]
fn the_schema_of_older_editors_is_current() {
    let path = "schemas/workflow.draft-07.schema.json";
    let text = serde_json::to_string_pretty(&of_workflow_draft_07()).expect("plain JSON") + "\n";
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(path, &text).expect("the file is written");
    }
    let kept = std::fs::read_to_string(path).expect("the schema's file");
    assert!(
        kept == text,
        "{path} is stale: UPDATE_SCHEMAS=1 cargo test writes it anew"
    );
}

/// The keys of every object type of a schema, sorted.
fn properties(schema: &Json) -> BTreeMap<String, Vec<String>> {
    let keys = |object: &Json| -> Option<Vec<String>> {
        let mut keys: Vec<String> = object
            .get("properties")?
            .as_object()?
            .keys()
            .cloned()
            .collect();
        keys.sort();
        Some(keys)
    };
    let definitions = schema["$defs"].as_object().expect("definitions");
    let mut all: BTreeMap<String, Vec<String>> = definitions
        .iter()
        .filter_map(|(name, definition)| Some((name.clone(), keys(definition)?)))
        .collect();
    all.insert(
        "Document".to_owned(),
        keys(schema).expect("the file's keys"),
    );
    all
}

#[test]
fn the_parser_reads_exactly_the_keys_of_the_schema() {
    let mut read: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, keys) in known_keys() {
        let mut keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        keys.sort();
        read.insert(name.to_owned(), keys);
    }
    let mut written = properties(&draft_2020());
    let mut tenant = properties(&of_tenant().to_value());
    let (own, part) = (tenant.remove("Document"), tenant.remove("Part"));
    written.insert(
        "Tenant".to_owned(),
        own.expect("the keys of a tenant's file"),
    );
    let mut of_workflow = written["Document"].clone();
    of_workflow.retain(|key| !read["Tenant"].contains(key) || key == "settings");
    assert_eq!(part, Some(of_workflow));
    assert_eq!(read, written);
}

/// Calls `visit` with every object of a schema that describes a value.
fn each_object(schema: &Json, visit: &mut impl FnMut(&serde_json::Map<String, Json>)) {
    match schema {
        Json::Object(object) => {
            visit(object);
            object.values().for_each(|value| each_object(value, visit));
        }
        Json::Array(items) => items.iter().for_each(|item| each_object(item, visit)),
        _ => {}
    }
}

#[test]
fn every_object_is_closed_and_every_key_has_a_text() {
    each_object(&draft_2020(), &mut |object| {
        let Some(properties) = object.get("properties").and_then(Json::as_object) else {
            return;
        };
        assert_eq!(object.get("additionalProperties"), Some(&json!(false)));
        for (name, property) in properties {
            assert!(property.get("description").is_some(), "{name}: {property}");
        }
    });
}

/// What a schema says about a workflow in YAML.
fn answer(schema: &Json, text: &str) -> Result<(), String> {
    let value: Json = serde_yaml::from_str(text).expect("YAML");
    instance::check(schema, schema, &value, "")
}

#[test]
fn the_shipped_workflows_fit_both_schemas() {
    let files = std::fs::read_dir("workflows").expect("the folder");
    for file in files.map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name").to_string_lossy();
        if name.ends_with("yaml") && !name.contains(".scenario.") {
            let text = std::fs::read_to_string(&file).expect("a workflow");
            assert_eq!(answer(&draft_2020(), &text), Ok(()), "{name}");
            assert_eq!(answer(&draft_07(), &text), Ok(()), "{name}");
        }
    }
}

#[test]
fn the_tenants_of_the_examples_fit_their_schema() {
    let schema = of_tenant().to_value();
    let mut files = 0;
    let folders = ["examples/tenants", "examples/upgrades/appxite"];
    let folders = folders.map(|folder| std::fs::read_dir(folder).expect(folder));
    for file in folders.into_iter().flatten() {
        let file = file.expect("a file").path();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if text.contains("\nextends:") {
            assert_eq!(answer(&schema, &text), Ok(()), "{}", file.display());
            files += 1;
        }
    }
    assert!(files > 0);
    let head = "flagstate: 1\nworkflow: shop\nextends: base.yaml\n";
    for bad in [
        "add: { stats: {} }",
        "change: { states: { open: { titel: Open } } }",
        "remove: { states: 1 }",
        "settings: [keep]",
        "title: ",
    ] {
        let text = format!("{head}{bad}\n");
        assert!(answer(&schema, &text).is_err(), "{bad}");
    }
}

#[test]
fn the_schema_refuses_what_the_parser_refuses() {
    let head = "flagstate: 1\nworkflow: shop\ninitial: open\n";
    let good = format!("{head}states: {{ open: , closed: {{ final: true }} }}\n");
    assert_eq!(answer(&draft_2020(), &good), Ok(()));
    let bad = [
        "states: { open: { titel: Open } }",
        "states: { open: { final: maybe } }",
        "states: { Open: }",
        "states: { open: { title: } }",
        "states: { open: { expires: nevr } }",
        "states: { open: }\nsettings: { days: { type: bolean } }",
        "states: { open: }\nactors: clerk",
        "states: { open: }\ntransitions: { close: { by: clerk, form: open } }",
        "states: { open: }\ntransitions: { close: { moves: [{ payload: {} }] } }",
        "states: { open: }\ntransitions: { close: { by: [] } }",
        "sates: { open: }",
    ];
    for rest in bad {
        let text = format!("{head}{rest}\n");
        assert!(answer(&draft_2020(), &text).is_err(), "{rest}");
        let report = super::parse::read(&text).report;
        assert!(report.has_errors(), "{rest}");
    }
}
