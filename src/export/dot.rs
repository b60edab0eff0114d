//! The workflow for Graphviz.
//!
//! In: a workflow. Out: a digraph whose nodes are the states' paths. A state with states within is a
//! cluster with an invisible node of its path in it, at which edges to and from it are tied.

use std::fmt::Write as _;

use super::label::{Drawing, End, Link, drawing, node_lines, past_parent};
use super::model::{Fate, Marker, Model, State, model};
use super::text::{clean, wrap};
use crate::graph::Workflow;

/// How many characters of a label stand in one line.
const WIDTH: usize = 40;

/// Writes the workflow in Graphviz' language.
pub fn dot(workflow: &Workflow) -> String {
    dot_of(&model(workflow))
}

/// Writes a model in Graphviz' language; what became of states and ways is coloured.
pub fn dot_of(model: &Model) -> String {
    let drawing = drawing(model);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_graph(&mut out, &Dot { model, drawing });
    out
}

struct Dot<'a> {
    model: &'a Model,
    drawing: Drawing<'a>,
}

fn write_graph(out: &mut String, dot: &Dot<'_>) -> std::fmt::Result {
    writeln!(out, "digraph {} {{", id(&dot.model.workflow))?;
    writeln!(
        out,
        "  graph [label={}, labelloc=t, compound=true, fontname=\"sans-serif\", fontsize=16, nodesep=0.4, ranksep=0.6];",
        label([clean(&dot.model.title)])
    )?;
    writeln!(
        out,
        "  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\", fontsize=11];"
    )?;
    writeln!(out, "  edge [fontname=\"sans-serif\", fontsize=9];")?;
    if !dot.model.starts.is_empty() {
        writeln!(
            out,
            "  {} [shape=point, width=0.15, fillcolor=black, label=\"\"];",
            id(&start(dot.model))
        )?;
    }
    write_within(out, dot, None, 1)?;
    for link in &dot.drawing.links {
        write_link(out, dot, link)?;
    }
    writeln!(out, "}}")
}

/// The states within a state, and the marks there.
fn write_within(
    out: &mut String,
    dot: &Dot<'_>,
    parent: Option<&str>,
    depth: usize,
) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    for state in dot.model.within(parent) {
        if state.has_within() {
            write_cluster(out, dot, state, depth)?;
        } else {
            writeln!(
                out,
                "{indent}{} [{}];",
                id(&state.path),
                attributes(dot.model, state)
            )?;
        }
    }
    for (number, past) in dot.drawing.pasts.iter().enumerate() {
        if past_parent(dot.model, *past) == parent {
            let node = id(&past_id(dot.model, number));
            let text = label([past.word().to_owned()]);
            writeln!(
                out,
                "{indent}{node} [shape=circle, margin=0.02, fontsize=9, label={text}];"
            )?;
        }
    }
    Ok(())
}

fn write_cluster(out: &mut String, dot: &Dot<'_>, state: &State, depth: usize) -> std::fmt::Result {
    let indent = "  ".repeat(depth);
    let path = &state.path;
    writeln!(
        out,
        "{indent}subgraph {} {{",
        id(&format!("cluster_{path}"))
    )?;
    let style = if state.region { "dashed" } else { "rounded" };
    let lines = lines(dot.model, state);
    let colour = state
        .fate
        .map(|fate| format!(", color=\"{}\"", colour(fate)));
    let colour = colour.unwrap_or_default();
    writeln!(
        out,
        "{indent}  graph [label={}, labelloc=t, style={style}, fontsize=11{colour}];",
        label(lines)
    )?;
    writeln!(
        out,
        "{indent}  {} [shape=point, style=invis, width=0.01, height=0.01, label=\"\"];",
        id(path)
    )?;
    let first = dot.model.within(Some(path)).find(|state| state.initial);
    if let Some(first) = first {
        let node = id(&initial_id(dot.model, path));
        writeln!(
            out,
            "{indent}  {node} [shape=point, width=0.1, fillcolor=black, label=\"\"];"
        )?;
        writeln!(out, "{indent}  {node} -> {};", id(&first.path))?;
    }
    write_within(out, dot, Some(path), depth + 1)?;
    writeln!(out, "{indent}}}")
}

fn attributes(model: &Model, state: &State) -> String {
    let mut text = format!("label={}", label(lines(model, state)));
    if state.markers.contains(&Marker::Final) {
        text.push_str(", peripheries=2");
    }
    if state.markers.contains(&Marker::Inferred) {
        text.push_str(", style=\"rounded,filled,dashed\"");
    }
    let faded = [Marker::Deprecated, Marker::Inactive, Marker::Hidden];
    if state.markers.iter().any(|mark| faded.contains(mark)) {
        text.push_str(", fillcolor=gray95, fontcolor=gray35");
    }
    if let Some(fate) = state.fate {
        let dashed = match fate {
            Fate::Removed => ", style=\"rounded,filled,dashed\"",
            Fate::Added | Fate::Changed => "",
        };
        // Writing to a string cannot fail.
        let _ = write!(text, ", color=\"{}\", penwidth=2{dashed}", colour(fate));
    }
    text
}

/// The colour of what became of something.
fn colour(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "#15803d",
        Fate::Removed => "#b91c1c",
        Fate::Changed => "#b45309",
    }
}

fn lines(model: &Model, state: &State) -> Vec<String> {
    let mut lines = vec![clean(&state.label)];
    lines.extend(state.fate.map(|fate| fate.word().to_owned()));
    let details = node_lines(model, state);
    lines.extend(details.iter().flat_map(|line| wrap(line, WIDTH)));
    lines
}

fn write_link(out: &mut String, dot: &Dot<'_>, link: &Link<'_>) -> std::fmt::Result {
    let (from, to) = (end_id(dot.model, link.from), end_id(dot.model, link.to));
    let mut attributes = Vec::new();
    if !link.lines.is_empty() {
        let lines = link.texts().flat_map(|line| wrap(&line, WIDTH));
        attributes.push(format!("label={}", label(lines)));
    }
    if link.inferred || link.fate == Some(Fate::Removed) {
        attributes.push("style=dashed".to_owned());
    }
    if let Some(fate) = link.fate {
        let colour = colour(fate);
        attributes.push(format!("color=\"{colour}\", fontcolor=\"{colour}\""));
    }
    attributes.extend(cluster(dot.model, link.from, link.to).map(|name| format!("ltail={name}")));
    attributes.extend(cluster(dot.model, link.to, link.from).map(|name| format!("lhead={name}")));
    let attributes = attributes.join(", ");
    writeln!(out, "  {} -> {} [{attributes}];", id(&from), id(&to))
}

/// The cluster at whose border an edge is cut; none where the other end lies within it.
fn cluster(model: &Model, end: End<'_>, other: End<'_>) -> Option<String> {
    let End::State(path) = end else { return None };
    model.state(path).filter(|state| state.has_within())?;
    if let End::State(other) = other {
        let around = |state: &&State| state.parent.as_deref().and_then(|path| model.state(path));
        let mut chain = std::iter::successors(model.state(other), around);
        if chain.any(|state| state.path == path) {
            return None;
        }
    }
    if matches!(other, End::Past(_)) {
        return None;
    }
    Some(id(&format!("cluster_{path}")))
}

fn end_id(model: &Model, end: End<'_>) -> String {
    match end {
        End::Start => start(model),
        End::State(path) => path.to_owned(),
        End::Past(number) => past_id(model, number),
    }
}

fn start(model: &Model) -> String {
    free(model, "start".to_owned())
}

fn past_id(model: &Model, number: usize) -> String {
    free(model, format!("past {number}"))
}

fn initial_id(model: &Model, path: &str) -> String {
    free(model, format!("initial {path}"))
}

/// A node's id that is no state's path.
fn free(model: &Model, mut name: String) -> String {
    while model.state(&name).is_some() {
        name.push('\'');
    }
    name
}

/// A quoted id. Graphviz unescapes nothing in ids but quotes, and refuses zero bytes.
fn id(text: &str) -> String {
    let text = clean(text).replace('\\', "\u{2216}").replace('"', "\\\"");
    format!("\"{text}\"")
}

/// A quoted label of several lines. Labels know backslash escapes and HTML entities.
fn label(lines: impl IntoIterator<Item = String>) -> String {
    let escape = |line: String| {
        let line = line.replace('&', "&amp;").replace('\\', "\\\\");
        line.replace('"', "\\\"")
    };
    let lines: Vec<String> = lines.into_iter().map(escape).collect();
    format!("\"{}\"", lines.join("\\n"))
}
