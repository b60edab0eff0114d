//! Executable content as written: what `<onentry>`, `<onexit>` and transitions do.

use roxmltree::Node;

use super::machine::{Content, Param, Sent};
use super::read::{Reader, name, shown};
use super::script::Expr;
use crate::source::Spanned;

/// The ways of writing SCXML's own event processor.
const OWN_PROCESSOR: [&str; 2] = ["http://www.w3.org/TR/scxml/#SCXMLEventProcessor", "scxml"];

/// How deep `<if>`s may stand within each other.
const DEEPEST: usize = 24;

/// The content of an element.
pub(super) fn executable(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Vec<Content> {
    let children = reader.children(node);
    sequence(reader, children)
}

fn sequence(reader: &mut Reader<'_>, nodes: Vec<Node<'_, '_>>) -> Vec<Content> {
    let found = nodes.into_iter().filter_map(|child| one(reader, child));
    found.collect()
}

fn one(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Content> {
    match name(node) {
        "assign" => assign(reader, node),
        "raise" => {
            reader.only(node, &["event"]);
            let event = reader.text(node, "event");
            let sent = event.map(|event| Sent {
                event,
                after: None,
                id: None,
                with: Vec::new(),
            });
            sent.map(Content::Raise)
        }
        "send" => send(reader, node).map(Content::Raise),
        "cancel" => cancel(reader, node),
        "if" => {
            let around = node.ancestors().filter(|around| name(*around) == "if");
            let depth = around.take(DEEPEST + 1).count();
            if depth > DEEPEST {
                let span = reader.span(node);
                reader.unsupported(span, format!("an `<if>` {depth} levels deep"));
                return None;
            }
            choice(reader, node)
        }
        "log" => {
            let span = reader.span(node);
            reader.left_out(span, "`<log>`");
            None
        }
        _ => {
            reader.misplaced(node);
            None
        }
    }
}

fn assign(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Content> {
    reader.only(node, &["location", "expr"]);
    let span = reader.span(node);
    if node.children().any(|child| child.is_element())
        || node.text().is_some_and(|text| !text.trim().is_empty())
    {
        reader.unsupported(span, "a value written as content");
        return None;
    }
    let value = reader.expression(node, "expr")?;
    let to = reader.text(node, "location")?;
    let is_name = to
        .value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if !is_name || to.value.starts_with('_') {
        reader.unsupported(to.span, format!("a place such as `{}`", shown(&to.value)));
        return None;
    }
    Some(Content::Assign { to, value })
}

/// A text that is written out, in one attribute or as a literal expression in another.
fn literal(
    reader: &mut Reader<'_>,
    node: Node<'_, '_>,
    plain: &str,
    expression: &str,
) -> Result<Option<Spanned<String>>, ()> {
    if let Some(text) = reader.text(node, plain) {
        return Ok(Some(text));
    }
    if node.attribute_node(expression).is_none() {
        return Ok(None);
    }
    let value = reader.expression(node, expression).ok_or(())?;
    match value.value {
        Expr::Text(text) => Ok(Some(Spanned::new(text, value.span))),
        _ => {
            let what = format!("`{expression}` other than a text");
            reader.unsupported(value.span, what);
            Err(())
        }
    }
}

fn send(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Sent> {
    const KNOWN: [&str; 11] = [
        "event",
        "eventexpr",
        "target",
        "targetexpr",
        "type",
        "typeexpr",
        "id",
        "delay",
        "delayexpr",
        "namelist",
        "xmlns",
    ];
    reader.only(node, &KNOWN);
    let span = reader.span(node);
    let event = literal(reader, node, "event", "eventexpr").ok()?;
    let kind = literal(reader, node, "type", "typeexpr").ok()?;
    if let Some(kind) = kind.filter(|kind| !OWN_PROCESSOR.contains(&kind.value.as_str())) {
        let what = format!("the event processor `{}`", shown(&kind.value));
        reader.unsupported(kind.span, what);
        return None;
    }
    let target = literal(reader, node, "target", "targetexpr").ok()?;
    let internal = match target {
        None => false,
        Some(target) if target.value == "#_internal" => true,
        Some(target) => {
            let what = format!("the event target `{}`", shown(&target.value));
            reader.unsupported(target.span, what);
            return None;
        }
    };
    let delay = literal(reader, node, "delay", "delayexpr").ok()?;
    let delay = match delay {
        None => 0,
        Some(delay) => match milliseconds(&delay.value) {
            Some(delay) => delay,
            None => {
                reader.unsupported(delay.span, format!("the delay `{}`", shown(&delay.value)));
                return None;
            }
        },
    };
    let Some(event) = event else {
        reader.unsupported(span, "`<send>` without an event");
        return None;
    };
    let with = brought(reader, node)?;
    let id = reader.text(node, "id").map(|id| id.value);
    let after = (!internal).then_some(delay);
    Some(Sent {
        event,
        after,
        id,
        with,
    })
}

/// The values in `namelist`, `<param>` and `<content>`.
fn brought(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Vec<Param>> {
    let mut with = Vec::new();
    if let Some(names) = reader.text(node, "namelist") {
        for name in names.value.split_whitespace() {
            with.push(Param {
                name: name.to_owned(),
                value: Spanned::new(Expr::Var(name.to_owned()), names.span),
            });
        }
    }
    params(reader, node, with)
}

fn params(reader: &mut Reader<'_>, node: Node<'_, '_>, mut with: Vec<Param>) -> Option<Vec<Param>> {
    for child in reader.children(node) {
        match name(child) {
            "param" => {
                reader.only(child, &["name", "expr", "location"]);
                let attribute = match child.attribute_node("expr") {
                    Some(_) => "expr",
                    None => "location",
                };
                let value = reader.expression(child, attribute)?;
                let name = reader.text(child, "name")?.value;
                with.push(Param { name, value });
            }
            "content" => with.push(content(reader, child)?),
            _ => reader.misplaced(child),
        }
    }
    Some(with)
}

/// Data that is one value.
fn content(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Param> {
    reader.only(node, &["expr"]);
    let name = "data".to_owned();
    if node.attribute_node("expr").is_some() {
        let value = reader.expression(node, "expr")?;
        return Some(Param { name, value });
    }
    let span = reader.span(node);
    let text = node.text().map(str::trim).unwrap_or_default();
    if node.children().any(|child| child.is_element()) || text.starts_with(['{', '[', '<']) {
        reader.unsupported(span, "structured content");
        return None;
    }
    let value = match text.parse() {
        Ok(number) => Expr::Int(number),
        Err(_) => Expr::Text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
    };
    let value = Spanned::new(value, span);
    Some(Param { name, value })
}

/// What a final state hands on.
pub(super) fn donedata(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Vec<Param> {
    reader.only(node, &[]);
    params(reader, node, Vec::new()).unwrap_or_default()
}

fn cancel(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Content> {
    reader.only(node, &["sendid", "sendidexpr"]);
    let id = literal(reader, node, "sendid", "sendidexpr").ok()??;
    Some(Content::Cancel(id))
}

fn choice(reader: &mut Reader<'_>, node: Node<'_, '_>) -> Option<Content> {
    reader.only(node, &["cond"]);
    let condition = reader.expression(node, "cond")?;
    let mut branches = Vec::new();
    let mut current = (Some(condition), Vec::new());
    for child in reader.children(node) {
        match name(child) {
            "elseif" => {
                reader.only(child, &["cond"]);
                let next = (Some(reader.expression(child, "cond")?), Vec::new());
                branches.push(std::mem::replace(&mut current, next));
            }
            "else" => {
                reader.only(child, &[]);
                branches.push(std::mem::take(&mut current));
            }
            _ => current.1.extend(one(reader, child)),
        }
    }
    branches.push(current);
    Some(Content::If(branches))
}

/// A delay of CSS: `10ms`, `.5s`, `1s`.
fn milliseconds(text: &str) -> Option<u64> {
    const LONGEST: u64 = 100 * 366 * 86_400_000;
    let text = text.trim();
    let (number, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1_u32),
        (None, Some(number)) => (number, 1_000),
        (None, None) => return None,
    };
    let number = rust_decimal::Decimal::from_str_exact(&format!("0{}", number.trim())).ok()?;
    let found = number.checked_mul(factor.into())?;
    let found: u64 = found.is_integer().then_some(found)?.try_into().ok()?;
    (found <= LONGEST).then_some(found)
}
