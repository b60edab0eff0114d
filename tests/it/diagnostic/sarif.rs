//! What the schema of SARIF 2.1.0 demands of the objects that are written here.

use serde_json::Value;

type Object = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// Each object: the names it must have, those it may have, and the object behind each name.
/// The schema allows no others.
const OBJECTS: &[Object] = &[
    (
        "log",
        &["version", "runs"],
        &[
            ("$schema", "string"),
            ("version", "string"),
            ("runs", "run*"),
        ],
    ),
    (
        "run",
        &["tool"],
        &[
            ("tool", "tool"),
            ("columnKind", "columnKind"),
            ("invocations", "invocation+"),
            ("results", "result*"),
        ],
    ),
    (
        "invocation",
        &["executionSuccessful"],
        &[
            ("executionSuccessful", "boolean"),
            ("toolExecutionNotifications", "notification+"),
        ],
    ),
    (
        "notification",
        &["message"],
        &[
            ("level", "level"),
            ("message", "text"),
            ("locations", "location+"),
        ],
    ),
    ("tool", &["driver"], &[("driver", "toolComponent")]),
    (
        "toolComponent",
        &["name"],
        &[
            ("name", "string"),
            ("semanticVersion", "string"),
            ("rules", "reportingDescriptor*"),
        ],
    ),
    (
        "reportingDescriptor",
        &["id"],
        &[
            ("id", "string"),
            ("shortDescription", "text"),
            ("help", "text"),
            ("defaultConfiguration", "configuration"),
        ],
    ),
    ("configuration", &[], &[("level", "level")]),
    (
        "text",
        &["text"],
        &[("text", "string"), ("markdown", "string")],
    ),
    (
        "result",
        &["message"],
        &[
            ("ruleId", "string"),
            ("ruleIndex", "natural"),
            ("level", "level"),
            ("message", "text"),
            ("locations", "location*"),
            ("relatedLocations", "location*"),
            ("fixes", "fix+"),
        ],
    ),
    (
        "location",
        &[],
        &[
            ("id", "natural"),
            ("physicalLocation", "physicalLocation"),
            ("message", "text"),
        ],
    ),
    (
        "physicalLocation",
        &["artifactLocation"],
        &[
            ("artifactLocation", "artifactLocation"),
            ("region", "region"),
        ],
    ),
    ("artifactLocation", &["uri"], &[("uri", "uri")]),
    (
        "region",
        &["startLine"],
        &[
            ("startLine", "positive"),
            ("startColumn", "positive"),
            ("endLine", "positive"),
            ("endColumn", "positive"),
        ],
    ),
    (
        "fix",
        &["artifactChanges"],
        &[
            ("description", "text"),
            ("artifactChanges", "artifactChange+"),
        ],
    ),
    (
        "artifactChange",
        &["artifactLocation", "replacements"],
        &[
            ("artifactLocation", "artifactLocation"),
            ("replacements", "replacement+"),
        ],
    ),
    (
        "replacement",
        &["deletedRegion"],
        &[("deletedRegion", "region"), ("insertedContent", "text")],
    ),
];

/// Panics where a log breaks a rule.
pub(super) fn check(log: &Value) {
    check_kind(log, "log");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    for result in run["results"].as_array().expect("results") {
        let index = result["ruleIndex"].as_u64().expect("an index");
        let index = usize::try_from(index).expect("a small index");
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

fn check_kind(value: &Value, kind: &str) {
    if let Some(kind) = kind.strip_suffix(['*', '+']) {
        let items = value.as_array().expect("an array");
        assert!(
            !items.is_empty() || ["run", "result", "reportingDescriptor"].contains(&kind),
            "{kind}"
        );
        for item in items {
            check_kind(item, kind);
        }
        return;
    }
    match kind {
        "string" => assert!(value.is_string(), "{value}"),
        "boolean" => assert!(value.is_boolean(), "{value}"),
        "natural" => assert!(value.is_u64(), "{value}"),
        "positive" => assert!(value.as_u64() > Some(0), "{value}"),
        "level" => {
            assert!(["error", "warning", "note"].contains(&value.as_str().expect("a level")));
        }
        "columnKind" => assert_eq!(value, "unicodeCodePoints"),
        "uri" => check_uri(value.as_str().expect("a URI")),
        _ => check_object(value, kind),
    }
}

/// A URI reference without scheme and host.
fn check_uri(uri: &str) {
    assert!(!uri.starts_with("//"), "{uri}");
    let mut rest = uri.chars();
    while let Some(c) = rest.next() {
        let hex = |c: Option<char>| c.is_some_and(|c| c.is_ascii_hexdigit());
        match c {
            '%' => assert!(hex(rest.next()) && hex(rest.next()), "{uri}"),
            _ => assert!(c.is_ascii_alphanumeric() || "-._~/".contains(c), "{uri}"),
        }
    }
}

fn check_object(value: &Value, kind: &str) {
    let object = value.as_object().expect("an object");
    let (_, required, allowed) = OBJECTS
        .iter()
        .find(|(name, ..)| *name == kind)
        .expect("a kind");
    for name in *required {
        assert!(
            object.contains_key(*name),
            "`{name}` is missing in {kind}: {value:#}"
        );
    }
    for (name, inner) in object {
        let known = allowed.iter().find(|(known, _)| known == name);
        let (_, inner_kind) = known.unwrap_or_else(|| panic!("`{name}` is unknown in {kind}"));
        check_kind(inner, inner_kind);
    }
}
