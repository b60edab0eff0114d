//! As much of JSON Schema as the generated schemas use, to judge values by them.

use serde_json::{Map, Value as Json};

/// Why `value` does not fit `schema`; `root` is where references lead.
pub(crate) fn check(root: &Json, schema: &Json, value: &Json, place: &str) -> Result<(), String> {
    let object = match schema {
        Json::Bool(true) => return Ok(()),
        Json::Object(object) => object,
        _ => return Err(format!("{place}: nothing fits")),
    };
    let texts = ["$schema", "title", "description", "format"];
    for (keyword, rule) in object
        .iter()
        .filter(|(keyword, _)| !texts.contains(&keyword.as_str()))
    {
        let fits = match keyword.as_str() {
            "$ref" => {
                let path = rule.as_str().expect("a path").trim_start_matches('#');
                check(
                    root,
                    root.pointer(path).expect("a definition"),
                    value,
                    place,
                )?;
                true
            }
            "anyOf" | "oneOf" => any(root, rule, value, place)?,
            "allOf" => all(root, rule, value, place)?,
            "type" => has_type(rule, value),
            "const" => rule == value,
            "enum" => rule.as_array().expect("values").contains(value),
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 >= rule.as_u64().expect("a count")),
            "maxItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 <= rule.as_u64().expect("a count")),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| number >= rule.as_f64().expect("a number")),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| number <= rule.as_f64().expect("a number")),
            "maxLength" => value
                .as_str()
                .is_none_or(|text| text.len() as u64 <= rule.as_u64().expect("a length")),
            "pattern" => value
                .as_str()
                .is_none_or(|text| matches(rule.as_str().expect("a pattern"), text)),
            "items" => each(root, rule, value, place)?,
            "required" => value.as_object().is_none_or(|map| requires(rule, map)),
            "properties" | "propertyNames" | "additionalProperties" | "$defs" | "definitions" => {
                true
            }
            unknown => panic!("the keyword {unknown} is not judged"),
        };
        if !fits {
            return Err(format!("{place}: {value} breaks {keyword}: {rule}"));
        }
    }
    value
        .as_object()
        .map_or(Ok(()), |map| entries(root, object, map, place))
}

fn any(root: &Json, variants: &Json, value: &Json, place: &str) -> Result<bool, String> {
    let variants = variants.as_array().expect("variants");
    let answers: Vec<_> = variants
        .iter()
        .map(|one| check(root, one, value, place))
        .collect();
    if answers.iter().any(Result::is_ok) {
        return Ok(true);
    }
    let reasons: Vec<String> = answers.into_iter().filter_map(Result::err).collect();
    Err(reasons.join(" | "))
}

fn all(root: &Json, parts: &Json, value: &Json, place: &str) -> Result<bool, String> {
    for part in parts.as_array().expect("parts") {
        check(root, part, value, place)?;
    }
    Ok(true)
}

fn each(root: &Json, rule: &Json, value: &Json, place: &str) -> Result<bool, String> {
    for item in value.as_array().into_iter().flatten() {
        check(root, rule, item, &format!("{place}[]"))?;
    }
    Ok(true)
}

fn entries(
    root: &Json,
    schema: &Map<String, Json>,
    map: &Map<String, Json>,
    place: &str,
) -> Result<(), String> {
    for (key, value) in map {
        let place = format!("{place}/{key}");
        if let Some(names) = schema.get("propertyNames") {
            check(root, names, &Json::String(key.clone()), &place)?;
        }
        let property = schema.get("properties").and_then(|all| all.get(key));
        if let Some(rule) = property.or_else(|| schema.get("additionalProperties")) {
            check(root, rule, value, &place)?;
        }
    }
    Ok(())
}

fn requires(rule: &Json, map: &Map<String, Json>) -> bool {
    let names = rule.as_array().expect("names");
    names
        .iter()
        .all(|name| map.contains_key(name.as_str().expect("a name")))
}

fn has_type(rule: &Json, value: &Json) -> bool {
    let names = rule
        .as_array()
        .map_or(std::slice::from_ref(rule), Vec::as_slice);
    names
        .iter()
        .any(|name| match name.as_str().expect("a type") {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("no type {other}"),
        })
}

/// The two patterns that the schemas have.
fn matches(pattern: &str, text: &str) -> bool {
    let id = match pattern {
        "^[a-z][a-z0-9_]{0,63}$" => Some(text),
        r"^settings\.[a-z][a-z0-9_]{0,63}$" => text.strip_prefix("settings."),
        other => panic!("the pattern {other} is not judged"),
    };
    id.is_some_and(|id| {
        let is_tail = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        id.starts_with(|c: char| c.is_ascii_lowercase())
            && id.len() <= 64
            && id.chars().all(is_tail)
    })
}
