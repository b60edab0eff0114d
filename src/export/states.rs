//! The state list: one row for each state, for tables and for people.
//!
//! In: a workflow. Out: [`StateRow`]s, which the command line renders, and a Markdown table. Texts are
//! clean: one line, no control characters.

use indexmap::IndexMap;
use serde::Serialize;

use super::label::{choices, edge_line, flag_words, goal, timer_words};
use super::model::{Edge, Inferred, Marker, Model, State, TargetKind, TriggerKind, model};
use super::text::clean;
use crate::context::Value;
use crate::graph::Workflow;

/// One state of the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StateRow {
    /// Its dotted path, which is its id.
    pub path: String,
    /// What people call it.
    pub title: String,
    /// How many states are around it.
    pub depth: usize,
    /// The flags by name: a value, or `settings.NAME` where a setting holds it.
    pub flags: IndexMap<String, Value>,
    /// The flags that differ from what holds around the state, in words.
    pub noted: Vec<String>,
    /// Its timers in words.
    pub timers: Vec<String>,
    /// Whether it never expires, on purpose.
    pub never_expires: bool,
    /// The ways out of it in document order, those of the states around it not included.
    pub ways_out: Vec<WayOut>,
    /// What marks it.
    pub markers: Vec<Marker>,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// The values of its attributes.
    pub attributes: IndexMap<String, Value>,
    /// The properties that the vendor's page does not state; all of them where `inferred` is among
    /// the markers.
    pub inferred: Vec<String>,
}

/// One way out of a state, or one thing that may happen in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayOut {
    /// What happens, who may and under which guards: `Check out (customer) [paid]`.
    pub what: String,
    /// Where it leads: a title, or several of which the caller chooses; absent where the order stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether the vendor's page does not state it.
    pub inferred: bool,
}

/// Lists the states in document order, each before the states within it.
pub fn states(workflow: &Workflow) -> Vec<StateRow> {
    let model = model(workflow);
    let states = model.states.iter();
    states.map(|state| row(&model, state)).collect()
}

fn row(model: &Model, state: &State) -> StateRow {
    let edges = model.edges.iter().filter(|edge| edge.from == state.path);
    let edges = edges.filter(|edge| edge.trigger != TriggerKind::Timer || edge.to.is_some());
    let plain = edges.filter(|edge| edge.target != TargetKind::Choice);
    let mut ways: Vec<(usize, WayOut)> = plain
        .map(|edge| {
            (
                edge.row,
                way_out(edge_line(model, edge), goal(model, edge), edge),
            )
        })
        .collect();
    for chosen in choices(model, state) {
        let goals: Vec<String> = chosen.iter().filter_map(|edge| goal(model, edge)).collect();
        let Some(first) = chosen.first() else {
            continue;
        };
        let way = way_out(edge_line(model, first), Some(goals.join(", ")), first);
        ways.push((first.row, way));
    }
    ways.sort_by_key(|(row, _)| *row);
    StateRow {
        path: state.path.clone(),
        title: clean(&state.title),
        depth: state.path.matches('.').count(),
        flags: flags(state),
        noted: state
            .flags
            .iter()
            .filter(|flag| flag.set)
            .map(flag_words)
            .collect(),
        timers: state
            .timers
            .iter()
            .map(|timer| timer_words(model, state, timer))
            .collect(),
        never_expires: state.expires == "never",
        ways_out: ways.into_iter().map(|(_, way)| way).collect(),
        markers: state.markers.clone(),
        groups: state.groups.clone(),
        attributes: state.attributes.clone(),
        inferred: match &state.inferred {
            Inferred::Properties(names) => names.clone(),
            Inferred::Nothing | Inferred::Whole => Vec::new(),
        },
    }
}

fn flags(state: &State) -> IndexMap<String, Value> {
    let flags = state.flags.iter().filter_map(|flag| {
        let setting = flag.setting.as_ref();
        let setting = setting.map(|name| Value::Text(format!("settings.{name}").into()));
        Some((flag.name.clone(), setting.or_else(|| flag.value.clone())?))
    });
    flags.collect()
}

fn way_out(what: String, to: Option<String>, edge: &Edge) -> WayOut {
    WayOut {
        what,
        to,
        inferred: edge.inferred,
    }
}

impl WayOut {
    /// The way in one line: `Check out (customer) → Booked`.
    pub fn line(&self) -> String {
        let to = self.to.as_ref().map_or("stays", String::as_str);
        let mark = if self.inferred { " (inferred)" } else { "" };
        format!("{} → {to}{mark}", self.what)
    }
}

/// Writes the state list as a Markdown table under the workflow's title.
pub fn markdown(workflow: &Workflow) -> String {
    let mut lines = vec![
        format!("# {}", escape(&clean(&workflow.title))),
        String::new(),
        "| state | title | flags | timers | ways out | marks | groups | attributes |".to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for row in states(workflow) {
        let ways: Vec<String> = row.ways_out.iter().map(WayOut::line).collect();
        let attributes = row.attributes.iter();
        let attributes = attributes.map(|(name, value)| format!("{name}: {value}"));
        let cells = [
            escape(&clean(&row.path)),
            escape(&row.title),
            cell(&row.noted),
            cell(&row.timer_cell()),
            cell(&ways),
            cell(&row.mark_cell()),
            cell(&row.groups),
            cell(&attributes.collect::<Vec<_>>()),
        ];
        lines.push(format!("| {} |", cells.join(" | ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

impl StateRow {
    /// The timers, or the waiver.
    pub fn timer_cell(&self) -> Vec<String> {
        let waiver = self.never_expires.then(|| "never expires".to_owned());
        self.timers.iter().cloned().chain(waiver).collect()
    }

    /// The markers, and which properties are inferred.
    pub fn mark_cell(&self) -> Vec<String> {
        let marks = self.markers.iter().map(|mark| mark.word().to_owned());
        let inferred = self.inferred.iter();
        marks
            .chain(inferred.map(|name| format!("{name} inferred")))
            .collect()
    }
}

fn cell(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escape(&clean(line))).collect();
    lines.join("<br>")
}

/// Writes a text so that Markdown shows it as it is.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' | ':' => {
                out.push('\\');
                out.push(c);
            }
            '_' => out.push_str("\\_"),
            c => out.push(c),
        }
    }
    out
}
