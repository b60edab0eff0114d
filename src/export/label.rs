//! What pictures say: flags, timers and edges in words, and the edges between the same two merged.
//!
//! In: a [`Model`]. Out: a [`Drawing`] of nodes' lines and [`Link`]s, as clean text that each exporter
//! escapes. Two states are joined by at most one link in each direction, whose lines are the ways.

use std::collections::BTreeMap;

use super::model::{
    Deadline, Edge, Fate, FlagOf, Guard, Kind, Marker, Model, Start, State, TargetKind, Timer,
    TriggerKind,
};
use super::text::{clean, shorten};
use crate::context::Value;

/// The longest guard that a picture shows whole, in characters.
const LONGEST_GUARD: usize = 120;

/// What a picture draws beside the states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawing<'a> {
    /// Marks for a past that is entered again.
    pub(super) pasts: Vec<Past<'a>>,
    /// The edges.
    pub(super) links: Vec<Link<'a>>,
}

/// A mark for a past that is entered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Past<'a> {
    /// The state whose past is entered; for `back`, the state that is left.
    pub(super) state: &'a str,
    /// Which past.
    pub(super) kind: TargetKind,
}

impl Past<'_> {
    /// What is written on the mark.
    pub(super) fn word(self) -> &'static str {
        match self.kind {
            TargetKind::History => "H",
            TargetKind::DeepHistory => "H*",
            _ => "back",
        }
    }
}

/// An end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End<'a> {
    /// Where orders start.
    Start,
    /// A state, by its path.
    State(&'a str),
    /// A mark, by its number.
    Past(usize),
}

/// Every way from one end to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link<'a> {
    /// From where.
    pub(super) from: End<'a>,
    /// To where.
    pub(super) to: End<'a>,
    /// The ways in words; a way that needs no words has none.
    pub(super) lines: Vec<Line>,
    /// Whether the vendor's page states none of them.
    pub(super) inferred: bool,
    /// What became of the ways since an earlier version, all in all.
    pub(super) fate: Option<Fate>,
}

/// One way in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// What happens and who may: `Check out (customer)`.
    pub(super) what: String,
    /// What must hold: `[paid]`, `otherwise`.
    pub(super) guard: Option<String>,
    /// Whether a timer does it.
    pub(super) timed: bool,
    /// Whether the vendor's page does not state it.
    pub(super) inferred: bool,
    /// What became of it since an earlier version.
    pub(super) fate: Option<Fate>,
}

impl Line {
    /// The way in one line: `Check out (customer) [paid]`.
    pub(super) fn text(&self) -> String {
        let fate = self.fate.map(Fate::word);
        let words = [fate, Some(self.what.as_str()), self.guard.as_deref()];
        let words: Vec<&str> = words
            .into_iter()
            .flatten()
            .filter(|word| !word.is_empty())
            .collect();
        words.join(" ")
    }
}

impl Link<'_> {
    /// The ways, a line each.
    pub(super) fn texts(&self) -> impl Iterator<Item = String> {
        self.lines.iter().map(Line::text)
    }
}

/// Collects what is drawn between the states.
pub(super) fn drawing(model: &Model) -> Drawing<'_> {
    let mut links: Vec<Link<'_>> = Vec::new();
    let mut at: BTreeMap<(End<'_>, End<'_>), usize> = BTreeMap::new();
    let mut pasts: Vec<Past<'_>> = Vec::new();
    for start in &model.starts {
        let Some(to) = &start.to else { continue };
        let line = start_line(start);
        add(
            &mut links,
            &mut at,
            (End::Start, End::State(to)),
            line,
            (start.inferred, start.fate),
        );
    }
    for edge in model.edges.iter().filter(|edge| !is_listed(model, edge)) {
        let to = match (&edge.to, edge.target) {
            (Some(to), TargetKind::State | TargetKind::Choice) => End::State(to),
            (Some(to), kind) => End::Past(mark(&mut pasts, Past { state: to, kind })),
            (None, TargetKind::Back) => {
                let state = edge.from.as_str();
                End::Past(mark(
                    &mut pasts,
                    Past {
                        state,
                        kind: edge.target,
                    },
                ))
            }
            (None, _) => continue,
        };
        let line = Some(line(model, edge));
        add(
            &mut links,
            &mut at,
            (End::State(&edge.from), to),
            line,
            (edge.inferred, edge.fate),
        );
    }
    Drawing { pasts, links }
}

fn mark<'a>(pasts: &mut Vec<Past<'a>>, past: Past<'a>) -> usize {
    let known = pasts.iter().position(|known| *known == past);
    known.unwrap_or_else(|| {
        pasts.push(past);
        pasts.len() - 1
    })
}

type Ends<'a> = (End<'a>, End<'a>);

fn add<'a>(
    links: &mut Vec<Link<'a>>,
    at: &mut BTreeMap<Ends<'a>, usize>,
    ends: Ends<'a>,
    line: Option<Line>,
    (inferred, fate): (bool, Option<Fate>),
) {
    let index = *at.entry(ends).or_insert(links.len());
    if let Some(link) = links.get_mut(index) {
        link.lines
            .extend(line.filter(|line| !link.lines.contains(line)));
        link.inferred &= inferred;
        if link.fate != fate {
            link.fate = Some(Fate::Changed);
        }
    } else {
        let lines = line.into_iter().collect();
        let (from, to) = ends;
        links.push(Link {
            from,
            to,
            lines,
            inferred,
            fate,
        });
    }
}

fn start_line(start: &Start) -> Option<Line> {
    let guards = guard_words(&start.guards).map(|guards| format!("[{guards}]"));
    let guard = guards.or_else(|| start.otherwise.then(|| "otherwise".to_owned()))?;
    Some(Line {
        what: String::new(),
        guard: Some(guard),
        timed: false,
        inferred: start.inferred,
        fate: start.fate,
    })
}

/// An edge in words: `Check out (customer) [paid]`.
pub(super) fn edge_line(model: &Model, edge: &Edge) -> String {
    line(model, edge).text()
}

fn line(model: &Model, edge: &Edge) -> Line {
    let name = edge.title.as_ref().or(edge.name.as_ref());
    let mut what = match edge.trigger {
        TriggerKind::Always => "always".to_owned(),
        TriggerKind::Timer | TriggerKind::Event => clean(name.map_or("", String::as_str)),
    };
    if edge.trigger == TriggerKind::Event {
        let actors = edge.actors.iter().map(|name| actor_word(model, name));
        what = format!("{what} ({})", actors.collect::<Vec<_>>().join(", "));
    }
    if edge.target == TargetKind::Choice {
        what.push_str(" as chosen");
    }
    let guards = guard_words(&edge.guards).map(|guards| format!("[{guards}]"));
    let otherwise = edge.otherwise.then(|| "otherwise".to_owned());
    let guard: Vec<String> = [guards, otherwise].into_iter().flatten().collect();
    Line {
        what,
        guard: (!guard.is_empty()).then(|| guard.join(" ")),
        timed: edge.trigger == TriggerKind::Timer,
        inferred: edge.inferred,
        fate: edge.fate,
    }
}

fn actor_word(model: &Model, name: &str) -> String {
    let actor = model.actors.iter().find(|actor| actor.name == name);
    let title = actor.and_then(|actor| actor.title.as_deref());
    clean(title.unwrap_or(name))
}

/// Guards by their names, or their text where they have none.
pub(super) fn guard_words(guards: &[Guard]) -> Option<String> {
    let word = |guard: &Guard| {
        let text = guard.name.as_ref().unwrap_or(&guard.text);
        shorten(&clean(text), LONGEST_GUARD)
    };
    let words: Vec<String> = guards.iter().map(word).collect();
    (!words.is_empty()).then(|| words.join(" and "))
}

/// A flag in words: `reserved`, `not reported`, `contract: active`, `reserved by reserve_drafts (true)`.
pub(super) fn flag_words(flag: &FlagOf) -> String {
    let name = clean(&flag.name);
    match (&flag.setting, &flag.value) {
        (Some(setting), Some(value)) => {
            format!(
                "{name} by {} ({})",
                clean(setting),
                clean(&value.to_string())
            )
        }
        (Some(setting), None) => format!("{name} by {}", clean(setting)),
        (None, Some(Value::Boolean(true))) => name,
        (None, Some(Value::Boolean(false)) | None) => format!("not {name}"),
        (None, Some(value)) => format!("{name}: {}", clean(&value.to_string())),
    }
}

/// When a timer is due, in words: `after cart_lifetime (20m)`.
pub(super) fn deadline_words(due: &Deadline) -> String {
    let length = match (&due.setting, &due.after) {
        (Some(setting), Some(after)) => Some(format!("{} ({after})", clean(setting))),
        (Some(setting), None) => Some(clean(setting)),
        (None, after) => after.clone(),
    };
    let anchor = match (due.anchor, &due.field) {
        ("day", _) => Some("the start of the day".to_owned()),
        (_, Some(field)) => Some(format!("order.{}", clean(field))),
        _ => None,
    };
    match (length, anchor) {
        (Some(length), Some(anchor)) => format!("{length} after {anchor}"),
        (Some(length), None) => format!("after {length}"),
        (None, Some(anchor)) => format!("at {anchor}"),
        (None, None) => "at once".to_owned(),
    }
}

/// A timer in words, with the titles of where it leads: `expires after 20m → Dropped`.
pub(super) fn timer_words(model: &Model, state: &State, timer: &Timer) -> String {
    let name = if timer.watch {
        "overdue".to_owned()
    } else {
        clean(&timer.name)
    };
    let mut words = format!("{name} {}", deadline_words(&timer.due));
    if let Some(when) = guard_words(&timer.when) {
        words = format!("{words}, while {when}");
    }
    if let Some(guards) = guard_words(&timer.guards) {
        words = format!("{words}, if {guards}");
    }
    let edges = model.edges.iter().filter(|edge| {
        edge.trigger == TriggerKind::Timer
            && edge.from == state.path
            && edge.name.as_deref() == Some(timer.name.as_str())
    });
    let mut goals: Vec<String> = edges.filter_map(|edge| goal(model, edge)).collect();
    goals.extend(timer.raises.iter().map(|event| clean(event)));
    if !goals.is_empty() {
        words = format!("{words} → {}", goals.join(" or "));
    }
    words
}

/// Where an edge leads, in words; `None` where the order stays.
pub(super) fn goal(model: &Model, edge: &Edge) -> Option<String> {
    let to = edge.to.as_deref().and_then(|path| model.state(path));
    let title = to.map(|state| full_label(model, state));
    match edge.target {
        TargetKind::State | TargetKind::Choice => title,
        TargetKind::Back => Some("back".to_owned()),
        TargetKind::History => title.map(|title| format!("{title} as it was")),
        TargetKind::DeepHistory => title.map(|title| format!("all of {title} as it was")),
        TargetKind::Stay | TargetKind::Unresolved => None,
    }
}

/// A state's label, with those of the states around it in front: `Submitted / Blocked`.
pub(super) fn full_label(model: &Model, state: &State) -> String {
    let around = |state: &&State| state.parent.as_deref().and_then(|path| model.state(path));
    let chain = std::iter::successors(Some(state), around);
    let mut labels: Vec<String> = chain.map(|state| clean(&state.label)).collect();
    labels.reverse();
    labels.join(" / ")
}

/// The markers that a picture writes out; being final is drawn.
pub(super) fn marker_words(state: &State) -> Vec<&'static str> {
    let marks = state.markers.iter().filter(|mark| **mark != Marker::Final);
    marks.map(|mark| mark.word()).collect()
}

/// What a picture writes under a state's label, a line each: flags, timers, what may happen without
/// leaving it, markers.
pub(super) fn node_lines(model: &Model, state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    let flags = state.flags.iter().filter(|flag| flag.set);
    let flags: Vec<String> = flags.map(flag_words).collect();
    if !flags.is_empty() {
        lines.push(flags.join(", "));
    }
    let timers = state.timers.iter();
    lines.extend(timers.map(|timer| timer_words(model, state, timer)));
    if state.expires == "never" {
        lines.push("never expires".to_owned());
    }
    lines.extend(listed_lines(model, state));
    let marks = marker_words(state);
    if !marks.is_empty() {
        lines.push(marks.join(", "));
    }
    lines
}

/// The most targets to choose from that are drawn as edges.
const MOST_CHOICES: usize = 3;

/// Whether an edge is one of so many choices that it is written in its state instead of drawn.
fn is_listed(model: &Model, edge: &Edge) -> bool {
    edge.target == TargetKind::Choice
        && (edge.vetoed || siblings(model, edge).count() > MOST_CHOICES)
}

/// The targets that may be chosen along with that of an edge, it included.
fn siblings<'a>(model: &'a Model, edge: &'a Edge) -> impl Iterator<Item = &'a Edge> {
    model.edges.iter().filter(move |other| {
        !other.vetoed
            && other.target == TargetKind::Choice
            && (&other.from, other.row, other.branch) == (&edge.from, edge.row, edge.branch)
    })
}

/// The targets that may be chosen in a state, together for each row and branch.
pub(super) fn choices<'a>(model: &'a Model, state: &State) -> Vec<Vec<&'a Edge>> {
    let mut found: BTreeMap<(usize, Option<usize>), Vec<&Edge>> = BTreeMap::new();
    let edges = model.edges.iter().filter(|edge| {
        edge.from == state.path && edge.target == TargetKind::Choice && !edge.vetoed
    });
    for edge in edges {
        found.entry((edge.row, edge.branch)).or_default().push(edge);
    }
    found.into_values().collect()
}

/// Several targets in words: `Select a status (manager) as chosen → Open, Closed`.
fn choice_words(model: &Model, edges: &[&Edge]) -> String {
    let what = edges.first().map(|edge| edge_line(model, edge));
    let goals: Vec<String> = edges.iter().filter_map(|edge| goal(model, edge)).collect();
    format!("{} → {}", what.unwrap_or_default(), goals.join(", "))
}

/// What is written in a state instead of drawn: what may happen without leaving it, and where one of
/// many states is chosen.
pub(super) fn listed_lines(model: &Model, state: &State) -> Vec<String> {
    let mut lines = stay_lines(model, state);
    let chosen = choices(model, state).into_iter();
    let listed = chosen.filter(|edges| edges.iter().any(|edge| is_listed(model, edge)));
    lines.extend(listed.map(|edges| choice_words(model, &edges)));
    lines
}

/// What may happen in a state without leaving it; timers have their own line.
fn stay_lines(model: &Model, state: &State) -> Vec<String> {
    let edges = model.edges.iter().filter(|edge| {
        edge.target == TargetKind::Stay
            && edge.trigger != TriggerKind::Timer
            && edge.from == state.path
    });
    let mut lines: Vec<String> = Vec::new();
    for edge in edges {
        let line = format!("stays: {}", edge_line(model, edge));
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The state within which a link is drawn: the innermost one around both ends, `None` at the top.
/// Parallel states are skipped, since a link cannot stand between regions.
pub(super) fn home<'a>(
    model: &'a Model,
    drawing: &Drawing<'a>,
    link: &Link<'a>,
) -> Option<&'a str> {
    let from = surroundings(model, drawing, link.from);
    let to = surroundings(model, drawing, link.to);
    let mut common = from.into_iter().filter(|path| to.contains(path));
    common.find(|path| {
        model
            .state(path)
            .is_some_and(|state| state.kind != Kind::Parallel)
    })
}

/// The states around an end, innermost first.
fn surroundings<'a>(model: &'a Model, drawing: &Drawing<'a>, end: End<'a>) -> Vec<&'a str> {
    let first = match end {
        End::Start => None,
        End::State(path) => model.state(path).and_then(|state| state.parent.as_deref()),
        End::Past(number) => drawing
            .pasts
            .get(number)
            .and_then(|past| past_parent(model, *past)),
    };
    let parent = |path: &&str| model.state(path).and_then(|state| state.parent.as_deref());
    std::iter::successors(first, parent).collect()
}

/// The state within which a mark is drawn: that whose past is meant, and for `back` that around the
/// state which is left.
pub(super) fn past_parent<'a>(model: &'a Model, past: Past<'a>) -> Option<&'a str> {
    let state = model.state(past.state)?;
    match past.kind {
        TargetKind::Back => state.parent.as_deref(),
        _ if state.has_within() => Some(past.state),
        _ => state.parent.as_deref(),
    }
}
