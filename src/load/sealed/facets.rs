//! What a state or an event means, in words that two workflows can be compared by.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::graph::Id as _;
use crate::graph::{
    ActorId, ActorSet, Amount, Anchor, Assign, Branch, Condition, EffectId, EventId, FlagId,
    FlagValue, Hook, Kind, Origin, Raise, Row, Send, State, StateId, Target, TimerId, Trigger,
    Workflow,
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
    /// Which of several under that key.
    pub(super) of: Option<String>,
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
    pub(super) fn facet_path(&self, facet: &Facet) -> Vec<String> {
        let mut path = self.path();
        path.push(facet.key.to_owned());
        path.extend(facet.of.clone());
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
            let of = None;
            facets.push(Facet {
                key,
                of,
                text,
                causes,
            });
        };
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
        let inner = self.added_within(state);
        let within = inner.flat_map(|inner| &inner.timers);
        for &id in state.timers.iter().chain(within) {
            use crate::graph::TimerKind;
            let at = match self.workflow.timers.at(id).kind {
                TimerKind::Expires => 0,
                TimerKind::Named => 1,
                TimerKind::AtMost => 2,
            };
            if let Some((_, text, causes)) = timers.get_mut(at) {
                self.timer(id, text, causes);
                let of = self.workflow.states.at(self.workflow.timers.at(id).state);
                causes.extend((of.id != state.id).then(|| self.place_of(of)));
            }
        }
        for (key, text, causes) in timers {
            add(key, text, causes);
        }
        facets.extend(self.flags(state));
        facets
    }

    /// The states within one that the base does not know.
    fn added_within(&self, state: &State) -> impl Iterator<Item = &State> {
        let rows = self.workflow.states.rows().iter();
        let last = state.last;
        let within = rows
            .skip(state.id.index() + 1)
            .take_while(move |inner| inner.id <= last);
        within.filter(|inner| self.known.state_named(&inner.path).is_none())
    }

    /// The section and the name in it under which a state stands in the file.
    fn place_of(&self, state: &State) -> (&'static str, String) {
        let top = self.workflow.top_of(state.id);
        ("states", self.workflow.states.at(top).name.clone())
    }

    /// The flags that the base knows, one by one, with those of added states within that have another value.
    fn flags<'s>(&'s self, state: &'s State) -> impl Iterator<Item = Facet> + 's {
        let known = |name: &str| self.known.flags.iter().any(|(_, flag)| flag.name == name);
        let flags = self.workflow.flags.iter();
        let flags = flags.filter(move |(_, flag)| known(&flag.name));
        flags.filter_map(move |(id, flag)| {
            let own = self.flag(state, id)?;
            let mut text = own.clone();
            let mut causes = vec![("flags", flag.name.clone())];
            let model = state.like.map(|id| &self.workflow.states.at(id).name);
            causes.extend(model.map(|name| ("states", name.clone())));
            for inner in self.added_within(state) {
                let value = self.flag(inner, id).filter(|value| *value != own);
                if let Some(value) = value {
                    item(&mut text, &format!("{value} in {}", inner.name));
                    causes.push(self.place_of(inner));
                }
            }
            Some(Facet {
                key: "flags",
                of: Some(flag.name.clone()),
                text,
                causes,
            })
        })
    }

    /// The value of a flag, in words.
    fn flag(&self, state: &State, id: FlagId) -> Option<String> {
        let FlagValue { value, .. } = state.flags.get(id.index())?;
        Some(match value {
            Origin::Literal(value) => value.to_string(),
            Origin::Setting(id) => format!("settings.{}", self.workflow.settings.at(*id).name),
        })
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
        self.done(&hook.deed.set, &hook.deed.effects, &mut text);
        self.raised(&hook.deed.raise, &hook.deed.cancel, &mut text);
        self.sent(&hook.deed.send, &mut text);
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
        let rows = self.workflow.rows.rows().iter();
        let rows = || rows.clone().filter(|row| row.trigger == Trigger::Event(id));
        for row in rows() {
            self.row(row, &mut text, &mut causes);
        }
        // What an order has to meet, by whichever row it goes: one that is added would be a way around.
        let known = rows().filter(|row| self.leads_from_known(row));
        let (mut guards, mut named) = (BTreeSet::new(), Vec::new());
        for row in known.clone() {
            for branch in &row.branches {
                let mut all = String::new();
                conditions("if", &row.conditions, &mut all, &mut named);
                conditions("if", &branch.conditions, &mut all, &mut named);
                guards.insert(match all.is_empty() {
                    true => "always".to_owned(),
                    false => all.replace("; ", " and "),
                });
            }
        }
        let actors: BTreeSet<String> = known.map(|row| self.actors(&row.by)).collect();
        let mut payload = String::new();
        for field in &event.payload {
            let optional = if field.optional { ", optional" } else { "" };
            item(
                &mut payload,
                &format!("{}: {}{optional}", field.name, field.ty),
            );
        }
        let own = |name: &String| ("transitions", name.clone());
        vec![
            Facet {
                key: "guard",
                of: None,
                text: listed(&guards),
                causes: named.into_iter().chain([own(&event.name)]).collect(),
            },
            Facet {
                key: "by",
                of: None,
                text: listed(&actors),
                causes: vec![own(&event.name)],
            },
            Facet {
                key: "moves",
                of: None,
                text,
                causes,
            },
            Facet {
                key: "payload",
                of: None,
                text: payload,
                causes: Vec::new(),
            },
        ]
    }

    /// Whether a row leads from a state that the base knows.
    fn leads_from_known(&self, row: &Row) -> bool {
        let mut sources = row.transitions.iter().map(|id| {
            let source = self.workflow.transitions.at(id).source;
            &self.workflow.states.at(source).path
        });
        sources.any(|path| self.known.state_named(path).is_some())
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
        self.done(&row.deed.set, &row.deed.effects, &mut line);
        self.sent(&row.deed.send, &mut line);
        self.raised(&row.deed.raise, &row.deed.cancel, &mut line);
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
        self.done(&branch.deed.set, &branch.deed.effects, text);
        self.raised(&branch.deed.raise, &branch.deed.cancel, text);
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
            let value = assign.source();
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

/// Each of several words once, in their order.
fn listed(words: &BTreeSet<String>) -> String {
    let mut text = String::new();
    for word in words {
        item(&mut text, word);
    }
    text
}

/// Adds one more item to a list in words.
fn item(text: &mut String, item: &str) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(item);
}
