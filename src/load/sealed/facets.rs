//! What a state or an event means, in words that two workflows can be compared by.

use std::fmt::Write as _;

use crate::graph::Id as _;
use crate::graph::{
    ActorId, ActorSet, Amount, Anchor, Assign, Branch, Condition, EffectId, EventId, FlagValue,
    Hook, Kind, Origin, Raise, Row, Send, State, StateId, Target, TimerId, Trigger, Workflow,
};

/// A state or an event of the base.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// A state, with the keys and names that lead to it in the file.
    State { path: Vec<String>, name: String },
    /// An event.
    Event { name: String },
}

/// Sections of a file, and names in them.
type Causes = Vec<(&'static str, String)>;

/// One property of a part.
#[derive(Debug)]
pub(super) struct Facet {
    /// The key that it stands under.
    pub(super) key: &'static str,
    /// What it means, in words.
    pub(super) text: String,
    /// What it also depends on: sections and names in them.
    pub(super) causes: Causes,
}

impl Part {
    /// Every state and event of a workflow.
    pub(super) fn all(workflow: &Workflow) -> Vec<Self> {
        let states = workflow.states.iter().skip(1);
        let states = states.map(|(_, state)| Self::State {
            path: written(workflow, state),
            name: state.path.clone(),
        });
        let events = workflow.events.iter();
        let events = events.map(|(_, event)| Self::Event {
            name: event.name.clone(),
        });
        states.chain(events).collect()
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::State { name, .. } | Self::Event { name } => name,
        }
    }

    /// The way to it in the file.
    pub(super) fn path(&self) -> Vec<String> {
        match self {
            Self::State { path, .. } => path.clone(),
            Self::Event { name } => vec!["transitions".to_owned(), name.clone()],
        }
    }

    /// The way to one of its properties in the file.
    pub(super) fn facet_path(&self, key: &str) -> Vec<String> {
        let mut path = self.path();
        path.push(key.to_owned());
        path
    }

    /// What it means in a workflow; nothing where it is not there. What `known` does not know is left
    /// out.
    pub(super) fn facets(&self, workflow: &Workflow, known: &Workflow) -> Vec<Facet> {
        let words = Words { workflow, known };
        match self {
            Self::State { name, .. } => match workflow.state_named(name) {
                Some(id) => words.state(workflow.states.at(id)),
                None => Vec::new(),
            },
            Self::Event { name } => match workflow.event_named(name) {
                Some(id) => words.event(id),
                None => Vec::new(),
            },
        }
    }
}

/// The keys and names that lead to a state in the file.
fn written(workflow: &Workflow, state: &State) -> Vec<String> {
    let mut around: Vec<StateId> = workflow.ancestors(state.id).collect();
    around.reverse();
    around.push(state.id);
    let mut path = Vec::new();
    let mut outer = StateId::ROOT;
    for id in around {
        let regions = workflow.states.at(outer).kind == Kind::Parallel;
        path.push(if regions { "regions" } else { "states" }.to_owned());
        path.push(workflow.states.at(id).name.clone());
        outer = id;
    }
    path
}

/// A workflow, told in names that another one knows.
struct Words<'a> {
    workflow: &'a Workflow,
    known: &'a Workflow,
}

impl Words<'_> {
    fn state(&self, state: &State) -> Vec<Facet> {
        let mut facets = Vec::new();
        let model = state.like.map(|id| &self.workflow.states.at(id).name);
        let mut add = |key, text: String, causes: Causes| {
            let model = model.iter().map(|name| ("states", (*name).clone()));
            let causes = causes.into_iter().chain(model).collect();
            facets.push(Facet { key, text, causes });
        };
        let (flags, causes) = self.flags(state);
        add("flags", flags, causes);
        let (attributes, causes) = self.attributes(state);
        add("attributes", attributes, causes);
        let yes = |is: bool| if is { "true" } else { "" }.to_owned();
        add("final", yes(state.is_final()), Vec::new());
        add("inactive", yes(state.inactive), Vec::new());
        let groups = self.workflow.groups.iter();
        let groups =
            groups.filter(|(_, group)| group.immutable && group.states.contains(&state.id));
        let groups = groups.map(|(_, group)| ("groups", group.name.clone()));
        add("immutable", yes(state.immutable), groups.collect());
        let enter = self.hook(&state.enter);
        add("enter", enter, Vec::new());
        let exit = self.hook(&state.exit);
        add("exit", exit, Vec::new());
        let mut timers: [(&'static str, String, Causes); 3] = [
            ("expires", String::new(), Vec::new()),
            ("timers", String::new(), Vec::new()),
            ("at_most", String::new(), Vec::new()),
        ];
        for &id in &state.timers {
            use crate::graph::TimerKind;
            let at = match self.workflow.timers.at(id).kind {
                TimerKind::Expires => 0,
                TimerKind::Named => 1,
                TimerKind::AtMost => 2,
            };
            if let Some((_, text, causes)) = timers.get_mut(at) {
                self.timer(id, text, causes);
            }
        }
        for (key, text, causes) in timers {
            add(key, text, causes);
        }
        facets
    }

    fn flags(&self, state: &State) -> (String, Causes) {
        let mut text = String::new();
        let mut causes = Vec::new();
        for (id, flag) in self.workflow.flags.iter() {
            let is_known = self
                .known
                .flags
                .iter()
                .any(|(_, other)| other.name == flag.name);
            let Some(FlagValue { value, .. }) = state.flags.get(id.index()).filter(|_| is_known)
            else {
                continue;
            };
            let value = match value {
                Origin::Literal(value) => value.to_string(),
                Origin::Setting(id) => format!("settings.{}", self.workflow.settings.at(*id).name),
            };
            item(&mut text, &format!("{}: {value}", flag.name));
            causes.push(("flags", flag.name.clone()));
        }
        (text, causes)
    }

    fn attributes(&self, state: &State) -> (String, Causes) {
        let mut text = String::new();
        let mut causes = Vec::new();
        for (id, attribute) in self.workflow.attributes.iter() {
            let mut known = self.known.attributes.iter();
            let is_known = known.any(|(_, other)| other.name == attribute.name);
            let value = state.attributes.get(id.index()).filter(|_| is_known);
            if let Some(Some(value)) = value {
                item(&mut text, &format!("{}: {value}", attribute.name));
                causes.push(("attributes", attribute.name.clone()));
            }
        }
        (text, causes)
    }

    fn hook(&self, hook: &Hook) -> String {
        let mut text = String::new();
        if let Some(by) = &hook.by {
            item(&mut text, &format!("by: {}", self.actors(by)));
        }
        self.done(&hook.set, &hook.effects, &mut text);
        self.raised(&hook.raise, &hook.cancel, &mut text);
        self.sent(&hook.send, &mut text);
        for (conditions, deed) in &hook.branches {
            self::conditions("if", conditions, &mut text, &mut Vec::new());
            self.done(&deed.set, &deed.effects, &mut text);
            self.raised(&deed.raise, &deed.cancel, &mut text);
        }
        text
    }

    fn timer(&self, id: TimerId, text: &mut String, causes: &mut Causes) {
        let timer = self.workflow.timers.at(id);
        let anchor = match timer.due.anchor {
            Anchor::Entry => "entry".to_owned(),
            Anchor::Day => "day".to_owned(),
            Anchor::Field(field) => format!("order.{}", self.workflow.fields.at(field).name),
        };
        let after = match timer.due.after {
            Amount::Literal(duration) => duration.to_string(),
            Amount::Setting(id) => format!("settings.{}", self.workflow.settings.at(id).name),
        };
        item(text, &format!("{}: {after} after {anchor}", timer.name));
        conditions("when", &timer.when, text, causes);
        self.row(self.workflow.rows.at(timer.row), text, causes);
    }

    fn event(&self, id: EventId) -> Vec<Facet> {
        let event = self.workflow.events.at(id);
        let mut text = String::new();
        let mut causes = vec![("defaults", "by".to_owned())];
        for row in self.workflow.rows.rows() {
            if row.trigger == Trigger::Event(id) {
                self.row(row, &mut text, &mut causes);
            }
        }
        let mut payload = String::new();
        for field in &event.payload {
            let optional = if field.optional { ", optional" } else { "" };
            item(
                &mut payload,
                &format!("{}: {}{optional}", field.name, field.ty),
            );
        }
        vec![
            Facet {
                key: "moves",
                text,
                causes,
            },
            Facet {
                key: "payload",
                text: payload,
                causes: Vec::new(),
            },
        ]
    }

    fn row(&self, row: &Row, text: &mut String, causes: &mut Causes) {
        let mut line = format!("by {}", self.actors(&row.by));
        let sources = row
            .transitions
            .iter()
            .map(|id| self.workflow.transitions.at(id).source);
        let sources: Vec<StateId> = sources.collect();
        let _ = write!(line, " from {}", self.states(&sources));
        for (_, group) in self.workflow.groups.iter() {
            causes.push(("groups", group.name.clone()));
        }
        conditions("if", &row.conditions, &mut line, causes);
        self.done(&row.set, &row.effects, &mut line);
        self.sent(&row.send, &mut line);
        self.raised(&row.raise, &row.cancel, &mut line);
        for branch in &row.branches {
            self.branch(branch, &mut line, causes);
        }
        item(text, &line);
    }

    fn branch(&self, branch: &Branch, text: &mut String, causes: &mut Causes) {
        conditions("if", &branch.conditions, text, causes);
        let path = |id: &StateId| self.workflow.states.at(*id).path.clone();
        let target = match &branch.target {
            Target::Stay => "stay".to_owned(),
            Target::State(id) => path(id),
            Target::Back => "back".to_owned(),
            Target::Choose(states) => format!("any of {}", self.states(states)),
            Target::History {
                state,
                deep,
                otherwise,
            } => {
                let first =
                    otherwise.map_or(&[][..], |start| &self.workflow.starts.at(start).first);
                format!("history of {} {deep} {}", path(state), self.states(first))
            }
            Target::Several(_) => format!("all of {}", self.parts(&branch.target)),
            Target::Unresolved => String::new(),
        };
        item(text, &format!("to {target}"));
        self.done(&branch.set, &branch.effects, text);
        self.raised(&branch.raise, &branch.cancel, text);
    }

    /// The states and pasts that a target is made of.
    fn parts(&self, target: &Target) -> String {
        let parts = target.parts().iter().filter_map(|part| match part {
            Target::State(id) => Some(self.states(&[*id])),
            Target::History { state, .. } => Some(format!("past of {}", self.states(&[*state]))),
            _ => None,
        });
        parts.collect::<Vec<_>>().join(" and ")
    }

    /// What is raised and called off.
    fn raised(&self, raise: &[Raise], cancel: &[EventId], text: &mut String) {
        for raise in raise {
            let event = self.workflow.events.at(raise.event);
            let mut words = format!("raise {}", event.name);
            for (slot, formula) in &raise.with {
                let value = formula.as_ref().map_or("", |formula| formula.source());
                let _ = write!(words, " {slot}: {value}");
            }
            if let Some(delay) = raise.after {
                let _ = write!(words, " after {:?} {}", delay.after, delay.millis);
            }
            item(text, &words);
        }
        for &event in cancel {
            item(
                text,
                &format!("cancel {}", self.workflow.events.at(event).name),
            );
        }
    }

    fn done(&self, set: &[Assign], effects: &[EffectId], text: &mut String) {
        for assign in set {
            let value = assign
                .formula
                .as_ref()
                .map_or("", |formula| formula.source());
            let field = &self.workflow.fields.at(assign.field).name;
            item(text, &format!("set {field} = {value}"));
        }
        self.effects(effects, text);
    }

    fn effects(&self, effects: &[EffectId], text: &mut String) {
        for &effect in effects {
            item(
                text,
                &format!("effect {}", self.workflow.effects.at(effect).name),
            );
        }
    }

    fn sent(&self, send: &[Send], text: &mut String) {
        for send in send {
            let children = &self.workflow.children.at(send.children).name;
            item(text, &format!("send {} to {children}", send.event));
        }
    }

    /// Actors by name, without those that the base does not know.
    fn actors(&self, by: &ActorSet) -> String {
        let name = |id: &ActorId| self.workflow.actors.at(*id).name.clone();
        let names = by.members.iter().map(name);
        let known = names.filter(|name| self.known.actor_named(name).is_some());
        let mut known: Vec<String> = known.collect();
        known.sort();
        known.join(", ")
    }

    /// States by path, without those that the base does not know.
    fn states(&self, states: &[StateId]) -> String {
        let paths = states
            .iter()
            .map(|id| self.workflow.states.at(*id).path.clone());
        let known = paths.filter(|path| self.known.state_named(path).is_some());
        let mut known: Vec<String> = known.collect();
        known.sort();
        known.join(", ")
    }
}

fn conditions(word: &str, all: &[Condition], text: &mut String, causes: &mut Causes) {
    for condition in all {
        item(text, &format!("{word} {}", condition.text));
        if let Some(name) = &condition.name {
            causes.push(("guards", name.to_string()));
        }
    }
}

/// Adds one more item to a list in words.
fn item(text: &mut String, item: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(item);
}
