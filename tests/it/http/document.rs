//! The OpenAPI document: kept in the repository, read by a linter, and held to by a tool that makes up
//! requests from it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::{access, give_up, seed};
use crate::tell;

const KEPT: &str = "schemas/openapi.json";

#[test]
fn the_document_is_current() {
    let output = Command::new(env!("CARGO_BIN_EXE_flagstate"))
        .args(["serve", "--openapi"])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    if printed != kept && std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(KEPT, printed).unwrap();
        return;
    }
    assert!(
        printed == kept,
        "`{KEPT}` is stale: UPDATE_SCHEMAS=1 cargo test --all-features writes it anew"
    );
}

/// Each operation of the document, as method and path.
fn operations(document: &Json) -> BTreeMap<(String, String), Json> {
    let mut found = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let key = (method.to_ascii_uppercase(), path.clone());
            found.insert(key, operation.clone());
        }
    }
    found
}

#[test]
fn the_document_leaves_nothing_out() {
    let document = flagstate::http::document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for piece in text.split("\"#/components/schemas/").skip(1) {
        let name = piece.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "there is no schema `{name}`");
    }
    for ((method, path), operation) in operations(&document) {
        let has = |status: &str| operation["responses"].get(status).is_some();
        let is_open = operation["security"] == serde_json::json!([]);
        assert_eq!(
            is_open,
            !path.starts_with("/v1/") && path != "/metrics",
            "{path}"
        );
        for status in ["401", "403", "429", "503"] {
            assert!(
                is_open || has(status),
                "{method} {path} says nothing of {status}"
            );
        }
        if let Some(body) = operation.get("requestBody") {
            let example = &body["content"]["application/json"]["example"];
            assert!(example.is_object(), "{method} {path} has no example");
        }
    }
}

#[test]
fn a_linter_finds_nothing_in_the_document() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports");
    let linter = folder.join("node_modules/@redocly/cli/bin/cli.js");
    if !linter.is_file() {
        tell::skipped("the OpenAPI document is not linted: run `npm ci` in tests/exports");
        return;
    }
    let output = Command::new("node")
        .arg(linter)
        .args([
            "lint",
            "../../schemas/openapi.json",
            "--config",
            "redocly.yaml",
        ])
        .current_dir(&folder)
        .envs([
            ("REDOCLY_TELEMETRY", "off"),
            ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        ])
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("validated"), "{told}");
}

/// Where `tests/run` installs what makes up requests.
fn schemathesis() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("schemathesis/bin/schemathesis")
}

/// What is held to: no answer that the document does not tell of, none of the server's own mistakes, and
/// nothing taken that the document does not allow.
const CHECKS: [&str; 10] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
];

#[test]
fn the_server_keeps_to_the_document() {
    let program = schemathesis();
    if !program.is_file() {
        tell::skipped(
            "no requests are made up from the OpenAPI document: tests/run installs schemathesis",
        );
        return;
    }
    let all = "read,write,change,override,erase,effects,deploy,migrate,metrics";
    let (token, entry) = access::token("main", all);
    let server = access::with_tokens(&[&entry], &["--rate-limit", "1000000"]);
    let bearer = access::bearer(&token);
    let headers = [("authorization", bearer.as_str())];
    seed(&server, &headers);
    give_up(&server.store(), "main/o3/2.0");
    let folder = tempfile::tempdir().unwrap();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT);
    let output = Command::new(program)
        .arg("run")
        .arg(document)
        .args(["--url", server.url(), "--checks", &CHECKS.join(",")])
        .args(["--header", &format!("Authorization: {bearer}")])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            "15",
            "--seed",
            "1",
        ])
        .args([
            "--max-time",
            "45",
            "--generation-database",
            "none",
            "--no-color",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counted = counted(&server.ask("GET", "/metrics", &headers, None).text);
    let document = flagstate::http::document();
    let mut requests = 0;
    for (operation, _) in operations(&document) {
        let statuses = counted
            .get(&operation)
            .unwrap_or_else(|| panic!("{operation:?} was never tried"));
        let well = statuses.keys().any(|status| (200..300).contains(status));
        assert!(well, "{operation:?} never went well: {statuses:?}");
        let badly = statuses.keys().any(|status| *status >= 500);
        assert!(!badly, "{operation:?}: {statuses:?}");
        requests += statuses.values().sum::<u64>();
    }
    tell::tried(&format!(
        "{requests} requests made up from the OpenAPI document"
    ));
}

/// How often each operation got which status, as the server counts.
fn counted(metrics: &str) -> BTreeMap<(String, String), BTreeMap<u16, u64>> {
    let mut found: BTreeMap<(String, String), BTreeMap<u16, u64>> = BTreeMap::new();
    for line in metrics.lines() {
        let Some(rest) = line.strip_prefix("flagstate_http_requests_total{") else {
            continue;
        };
        let parts: Vec<&str> = rest.split('"').collect();
        let key = (parts[1].to_owned(), parts[3].to_owned());
        let count = parts[6].trim_start_matches("} ").parse().unwrap();
        found
            .entry(key)
            .or_default()
            .insert(parts[5].parse().unwrap(), count);
    }
    found
}
