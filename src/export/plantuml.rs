//! The workflow as a PlantUML state diagram.
//!
//! In: a workflow. Out: a diagram with aliases for ids. Letters, digits and a few harmless signs stand
//! as they are; every other character of a text is a `<U+…>` code, so that no text can end the diagram,
//! call the preprocessor or become markup.

use std::fmt::Write as _;

use super::alias::Aliases;
use super::label::{Drawing, End, Link, drawing, full_label, home, node_lines, past_parent};
use super::model::{Kind, Marker, Model, State, TargetKind, model};
use super::text::{clean, wrap};
use crate::graph::Workflow;

/// How many characters of a label stand in one line.
const WIDTH: usize = 40;

/// Writes the workflow in PlantUML's language.
pub fn plantuml(workflow: &Workflow) -> String {
    let model = model(workflow);
    let drawing = drawing(&model);
    let aliases = Aliases::new(&model);
    let mut out = String::new();
    let diagram = Diagram {
        model: &model,
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
    writeln!(out, "@startuml")?;
    writeln!(out, "title {}", encode(&clean(&diagram.model.title)))?;
    writeln!(out, "hide empty description")?;
    write_within(out, diagram, None, 0)?;
    writeln!(out, "@enduml")
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
        let here = past_parent(diagram.model, *past) == parent;
        if here && past.kind == TargetKind::Back {
            writeln!(out, "{indent}state \"back\" as past_{number}")?;
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
    let style = if state.markers.contains(&Marker::Inferred) {
        " ##[dashed]"
    } else if state.markers.contains(&Marker::Final) {
        " ##[bold]"
    } else {
        ""
    };
    let title = encode(&clean(&state.label));
    if state.has_within() {
        writeln!(out, "{indent}state \"{title}\" as {alias}{style} {{")?;
        write_within(out, diagram, Some(&state.path), depth + 1)?;
        writeln!(out, "{indent}}}")?;
    } else {
        writeln!(out, "{indent}state \"{title}\" as {alias}{style}")?;
    }
    for line in node_lines(diagram.model, state) {
        for line in wrap(&line, WIDTH) {
            writeln!(out, "{indent}{alias} : {}", encode(&line))?;
        }
    }
    Ok(())
}

fn write_link(
    out: &mut String,
    diagram: &Diagram<'_>,
    link: &Link<'_>,
    indent: &str,
) -> std::fmt::Result {
    let arrow = if link.inferred { "-[dashed]->" } else { "-->" };
    let from = outside(diagram.model, link.from, link.to);
    let to = outside(diagram.model, link.to, link.from);
    let mut lines = Vec::new();
    lines.extend(hidden_end(diagram.model, link.from, from).map(|label| format!("from {label}:")));
    lines.extend(hidden_end(diagram.model, link.to, to).map(|label| format!("to {label}:")));
    lines.extend(link.texts().flat_map(|line| wrap(&line, WIDTH)));
    write!(
        out,
        "{indent}{} {arrow} {}",
        end(diagram, from),
        end(diagram, to)
    )?;
    let lines: Vec<String> = lines.iter().map(|line| encode(line)).collect();
    if !lines.is_empty() {
        write!(out, " : {}", lines.join("\\n"))?;
    }
    writeln!(out)
}

/// The end itself, or the parallel state around it where the other end is not in the same region:
/// PlantUML draws no links out of regions.
fn outside<'a>(model: &'a Model, end: End<'a>, other: End<'a>) -> End<'a> {
    let End::State(path) = end else { return end };
    let others: Vec<&str> = match other {
        End::State(other) => chain(model, other)
            .map(|state| state.path.as_str())
            .collect(),
        End::Start | End::Past(_) => Vec::new(),
    };
    let regions = chain(model, path).filter(|state| state.region);
    let left = regions
        .filter(|state| !others.contains(&state.path.as_str()))
        .last();
    let parallel = left.and_then(|region| region.parent.as_deref());
    parallel.map_or(end, End::State)
}

/// A state and those around it, innermost first.
fn chain<'a>(model: &'a Model, path: &str) -> impl Iterator<Item = &'a State> {
    let around = |state: &&State| state.parent.as_deref().and_then(|path| model.state(path));
    std::iter::successors(model.state(path), around)
}

/// The label of an end that is drawn at a state around it.
fn hidden_end<'a>(model: &Model, end: End<'a>, drawn: End<'a>) -> Option<String> {
    let End::State(path) = end else { return None };
    let state = model.state(path).filter(|_| end != drawn)?;
    Some(full_label(model, state))
}

fn end(diagram: &Diagram<'_>, end: End<'_>) -> String {
    match end {
        End::Start => "[*]".to_owned(),
        End::State(path) => diagram.aliases.of(path).to_owned(),
        End::Past(number) => match diagram.drawing.pasts.get(number) {
            Some(past) if past.kind != TargetKind::Back => {
                format!("{}[{}]", diagram.aliases.of(past.state), past.word())
            }
            _ => format!("past_{number}"),
        },
    }
}

/// Writes a text with codes for all but letters, digits and harmless signs; hyphens and
/// underscores are harmless within a word, doubled they are markup.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let joins = "_-".contains(c) && before.is_alphanumeric();
        if c.is_alphanumeric() || joins || " .,()=?+→·…".contains(c) {
            out.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "<U+{:04X}>", u32::from(c));
        }
        before = c;
    }
    out
}
