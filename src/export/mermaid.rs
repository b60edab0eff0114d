//! The workflow as a Mermaid state diagram.
//!
//! In: a workflow. Out: a `stateDiagram-v2` with aliases for ids. Letters, digits and a few harmless
//! signs stand as they are; every other character of a text is an entity code, so that no text can end
//! a label, begin a comment or become markup.

use std::fmt::Write as _;

use super::alias::Aliases;
use super::label::{Drawing, End, Link, drawing, home, node_lines, past_parent};
use super::model::{Fate, Kind, Marker, Model, State, model};
use super::text::{clean, wrap};
use crate::graph::Workflow;

/// How many characters of a label stand in one line.
const WIDTH: usize = 40;

/// Writes the workflow in Mermaid's language.
pub fn mermaid(workflow: &Workflow) -> String {
    mermaid_of(&model(workflow))
}

/// Writes a model in Mermaid's language; what became of states is coloured, of ways written.
pub fn mermaid_of(model: &Model) -> String {
    let drawing = drawing(model);
    let aliases = Aliases::new(model);
    let mut out = String::new();
    let diagram = Diagram {
        model,
        drawing,
        aliases,
    };
    // Writing to a string cannot fail.
    let _ = write_diagram(&mut out, &diagram);
    out
}

struct Diagram<'a> {
    model: &'a Model,
    drawing: Drawing<'a>,
    aliases: Aliases<'a>,
}

fn write_diagram(out: &mut String, diagram: &Diagram<'_>) -> std::fmt::Result {
    let title = serde_json::Value::String(clean(&diagram.model.title));
    writeln!(out, "---\ntitle: {title}\n---\nstateDiagram-v2")?;
    write_within(out, diagram, None, 1)?;
    writeln!(out, "  classDef final stroke-width:4px")?;
    writeln!(out, "  classDef inferred stroke-dasharray:5 5")?;
    writeln!(out, "  classDef faded color:#777777")?;
    if diagram
        .model
        .states
        .iter()
        .any(|state| state.fate.is_some())
    {
        writeln!(out, "  classDef added stroke:#15803d,stroke-width:3px")?;
        writeln!(
            out,
            "  classDef removed stroke:#b91c1c,stroke-width:3px,stroke-dasharray:5 5"
        )?;
        writeln!(out, "  classDef changed stroke:#b45309,stroke-width:3px")?;
    }
    for state in &diagram.model.states {
        if let Some(class) = class(state) {
            writeln!(out, "  class {} {class}", diagram.aliases.of(&state.path))?;
        }
    }
    Ok(())
}

fn class(state: &State) -> Option<&'static str> {
    let marked = |mark| state.markers.contains(&mark);
    if state.has_within() {
        None
    } else if let Some(fate) = state.fate {
        Some(Fate::word(fate))
    } else if marked(Marker::Inferred) {
        Some("inferred")
    } else if marked(Marker::Final) {
        Some("final")
    } else if marked(Marker::Deprecated) || marked(Marker::Inactive) || marked(Marker::Hidden) {
        Some("faded")
    } else {
        None
    }
}

/// The states, marks and links within a state.
fn write_within(
    out: &mut String,
    diagram: &Diagram<'_>,
    parent: Option<&str>,
    depth: usize,
) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    let around = parent.and_then(|path| diagram.model.state(path));
    let parallel = around.is_some_and(|state| state.kind == Kind::Parallel);
    for (index, state) in diagram.model.within(parent).enumerate() {
        if parallel && index > 0 {
            writeln!(out, "{indent}--")?;
        }
        write_state(out, diagram, state, depth)?;
    }
    for (number, past) in diagram.drawing.pasts.iter().enumerate() {
        if past_parent(diagram.model, *past) == parent {
            writeln!(
                out,
                "{indent}state \"{}\" as past_{number}",
                encode(past.word())
            )?;
        }
    }
    for state in diagram.model.within(parent).filter(|state| state.initial) {
        writeln!(out, "{indent}[*] --> {}", diagram.aliases.of(&state.path))?;
    }
    for link in &diagram.drawing.links {
        if home(diagram.model, &diagram.drawing, link) == parent {
            write_link(out, diagram, link, &indent)?;
        }
    }
    for state in diagram.model.within(parent) {
        if state.kind == Kind::Final {
            writeln!(out, "{indent}{} --> [*]", diagram.aliases.of(&state.path))?;
        }
    }
    Ok(())
}

fn write_state(
    out: &mut String,
    diagram: &Diagram<'_>,
    state: &State,
    depth: usize,
) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    let alias = diagram.aliases.of(&state.path);
    if state.has_within() {
        let title = encode(&composite_title(diagram.model, state));
        writeln!(out, "{indent}state \"{title}\" as {alias} {{")?;
        write_within(out, diagram, Some(&state.path), depth + 1)?;
        return writeln!(out, "{indent}}}");
    }
    writeln!(
        out,
        "{indent}state \"{}\" as {alias}",
        encode(&clean(&state.label))
    )?;
    for line in node_lines(diagram.model, state) {
        for line in wrap(&line, WIDTH) {
            writeln!(out, "{indent}{alias} : {}", encode(&line))?;
        }
    }
    Ok(())
}

/// Mermaid draws one line over a state with states within.
fn composite_title(model: &Model, state: &State) -> String {
    let mut words = vec![clean(&state.label)];
    words.extend(node_lines(model, state));
    words.join(" · ")
}

fn write_link(
    out: &mut String,
    diagram: &Diagram<'_>,
    link: &Link<'_>,
    indent: &str,
) -> std::fmt::Result {
    let end = |end: End<'_>| match end {
        End::Start => "[*]".to_owned(),
        End::State(path) => diagram.aliases.of(path).to_owned(),
        End::Past(number) => format!("past_{number}"),
    };
    write!(out, "{indent}{} --> {}", end(link.from), end(link.to))?;
    let mut lines: Vec<String> = link.texts().flat_map(|line| wrap(&line, WIDTH)).collect();
    if link.inferred {
        // Mermaid cannot dash a single transition of a state diagram.
        lines.push("(inferred)".to_owned());
    }
    if !lines.is_empty() {
        let lines: Vec<String> = lines.iter().map(|line| encode(line)).collect();
        write!(out, " : {}", lines.join("<br/>"))?;
    }
    writeln!(out)
}

/// Writes a text with entity codes for all but letters, digits and harmless signs; a hyphen is
/// harmless within a word.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let plain = c.is_alphanumeric() || " _.,()/=!?+→·…".contains(c);
        if plain || (c == '-' && before.is_alphanumeric()) {
            out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "#{};", u32::from(c));
        }
        before = c;
    }
    out
}
