//! What a line of the prompt asks for.
//!
//! In: a line and how the family stands. Out: a [`Line`]; steps are mappings as a file of events has
//! them. Words that mean nothing are mistakes here, so that nothing is told by accident.

use std::path::PathBuf;

use serde_json::{Map, Value as Json, json};

use super::words::{Word, words};
use super::{CliError, menu};
use crate::context::{Actor, Type};
use crate::drive::{Family, OrderName, given_of};
use crate::time::format_instant;

/// What can be typed.
pub(super) const HELP: &str = "\
EVENT [by ACTOR] [to STATE] [NAME=VALUE ...]   tell the order an event; ACTOR may be ROLE:ID
fire EVENT ...                                 the same, whatever the event is called
wait [20m]                                     let time pass; without a time, until the next timer is due
at 2026-01-06T09:00:00Z                        let time pass until then
context NAME=VALUE ...                         the order's data changed outside; NAME=null unsets, or puts back the default
children SET NAME=STATE ...                    children that another system runs moved; NAME=null takes one away
create SET/NAME [by ACTOR] [NAME=VALUE ...]    create a child that runs this workflow
order SET/NAME, order root                     talk to another order
force STATE REASON                             an operator puts the order into a state
move STATE.TIMER DUE REASON                    an operator moves a running timer
{ event: EVENT, by: ACTOR, ... }               a step as in a file of events
why EVENT [by ACTOR]                           every reason for and against
state                                          how all orders stand
undo                                           take the last step back
save FILE                                      FILE.scenario.yaml: a scenario; other: a file of events
help, quit
Values with blanks stand in double quotes: reason=\"changed my mind\"; a list in brackets: tags=[a,b]
";

const COMMANDS: [&str; 14] = [
    "at", "children", "context", "create", "fire", "force", "help", "move", "order", "quit",
    "save", "state", "undo", "wait",
];

/// What a line asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line {
    Nothing,
    Help,
    Quit,
    State,
    Undo,
    Save(PathBuf),
    Order(OrderName),
    Why {
        event: String,
        actor: Option<String>,
    },
    /// Something that happens.
    Step(Json),
}

/// Where a line is read: how the family stands, which order it is about, who acts by default.
struct Reader<'a> {
    family: &'a Family<'a>,
    order: &'a OrderName,
    actor: &'a str,
}

/// Reads a line.
pub(super) fn read(
    line: &str,
    family: &Family<'_>,
    order: &OrderName,
    actor: &str,
) -> Result<Line, CliError> {
    let reader = Reader {
        family,
        order,
        actor,
    };
    if line.starts_with('{') {
        return raw(line);
    }
    let words = words(line)?;
    let Some((first, rest)) = words.split_first() else {
        return Ok(Line::Nothing);
    };
    match (first.text.as_str(), rest) {
        ("help" | "?", []) => Ok(Line::Help),
        ("quit" | "exit", []) => Ok(Line::Quit),
        ("state", []) => Ok(Line::State),
        ("undo", []) => Ok(Line::Undo),
        ("save", [file]) => Ok(Line::Save(PathBuf::from(&file.text))),
        ("why", rest) => reader.why(rest),
        ("order", [name]) => reader.other_order(name),
        ("fire", [event, rest @ ..]) => reader.event(event, rest),
        ("wait", []) => reader.until_due(),
        ("wait", [length]) => Ok(reader.step(json!({ "wait": length.text }))),
        ("at", [time]) => Ok(reader.step(json!({ "at": time.text }))),
        ("context", rest @ [_, ..]) => reader.context(rest),
        ("children", [set, rest @ ..]) => children(set, rest),
        ("create", [name, rest @ ..]) => reader.create(name, rest),
        ("force", [state, reason @ ..]) => {
            let step = json!({ "override": { "to": state.text, "reason": said(reason)? } });
            Ok(reader.step(step))
        }
        ("move", [timer, due, reason @ ..]) => {
            let said = said(reason)?;
            let step =
                json!({ "override": { "timer": timer.text, "due": due.text, "reason": said } });
            Ok(reader.step(step))
        }
        (name, rest) => match family.workflow().event_named(name) {
            Some(_) => reader.event(first, rest),
            None => Err(reader.unknown(name)),
        },
    }
}

impl Reader<'_> {
    /// A step about the order that lines are about.
    fn step(&self, mut step: Json) -> Line {
        if let (Json::Object(step), OrderName::Child { .. }) = (&mut step, self.order) {
            step.insert("order".to_owned(), self.order.to_string().into());
        }
        Line::Step(step)
    }

    fn event(&self, event: &Word, rest: &[Word]) -> Result<Line, CliError> {
        let workflow = self.family.workflow();
        let declared = workflow.event_named(&event.text);
        let payload = declared.map(|id| workflow.events.at(id).payload.as_slice());
        let type_of = |name: &str| {
            let mut fields = payload.unwrap_or_default().iter();
            fields.find(|field| field.name == name).map(|f| &f.ty)
        };
        let parts = parts(rest, true, type_of)?;
        let mut step = Map::new();
        step.insert("event".to_owned(), event.text.clone().into());
        let by = match parts.by {
            Some(by) => by,
            None => self.who(&event.text)?,
        };
        step.insert("by".to_owned(), by);
        if let Some(target) = parts.to {
            step.insert("target".to_owned(), target.into());
        }
        if !parts.values.is_empty() {
            step.insert("payload".to_owned(), parts.values.into());
        }
        Ok(self.step(step.into()))
    }

    /// Who fires an event where nothing is said: the actor of the session, or the only one that may.
    fn who(&self, event: &str) -> Result<Json, CliError> {
        if self.actor != Actor::SYSTEM {
            return Ok(who(self.actor));
        }
        let able = menu::able(self.family, self.order, event);
        let declared = self.family.workflow().actors.rows().iter();
        let declared: Vec<String> = declared
            .map(|actor| actor.name.clone())
            .filter(|name| *name != Actor::SYSTEM)
            .collect();
        let all = if able.is_empty() { declared } else { able };
        if let [only] = all.as_slice() {
            return Ok(only.as_str().into());
        }
        let ways: Vec<String> = all
            .iter()
            .map(|actor| format!("`{event} by {actor}`"))
            .collect();
        let error = CliError::new(format!("say who does `{event}`"));
        Err(error.help(ways.join(", ")))
    }

    fn until_due(&self) -> Result<Line, CliError> {
        match self.family.next_due() {
            Some((due, _)) => Ok(Line::Step(json!({ "at": format_instant(due) }))),
            None => Err(CliError::new("no timer runs").help("say how long: `wait 20m`")),
        }
    }

    fn context(&self, rest: &[Word]) -> Result<Line, CliError> {
        let parts = parts(rest, false, |name| self.field(name))?;
        Ok(self.step(json!({ "context": parts.values })))
    }

    fn create(&self, name: &Word, rest: &[Word]) -> Result<Line, CliError> {
        let parts = parts(rest, true, |name| self.field(name))?;
        let by = parts.by.unwrap_or_else(|| who(self.actor));
        let step = json!({ "create": name.text, "by": by, "context": parts.values });
        Ok(Line::Step(step))
    }

    fn field(&self, name: &str) -> Option<&Type> {
        let mut fields = self.family.workflow().fields.rows().iter();
        fields.find(|field| field.name == name).map(|f| &f.ty)
    }

    fn other_order(&self, name: &Word) -> Result<Line, CliError> {
        let order: OrderName = name
            .text
            .parse()
            .map_err(|error: crate::drive::DriveError| CliError::new(error.to_string()))?;
        if self.family.instance(&order).is_some() {
            return Ok(Line::Order(order));
        }
        let orders = self.family.orders().into_iter();
        let orders: Vec<String> = orders.map(|order| format!("`{order}`")).collect();
        let error = CliError::new(format!("there is no order `{order}`"));
        Err(error.help(format!("there are {}", orders.join(", "))))
    }

    fn why(&self, rest: &[Word]) -> Result<Line, CliError> {
        let (event, actor) = match rest {
            [event] => (event, None),
            [event, by, actor] if by.is("by") => (event, Some(actor.text.clone())),
            _ => return Err(CliError::new("write `why EVENT` or `why EVENT by ACTOR`")),
        };
        let workflow = self.family.workflow();
        let known = workflow.events.rows().iter().map(|e| e.name.as_str());
        if workflow.event_named(&event.text).is_none() {
            let error = CliError::new(format!("there is no event `{}`", event.text));
            return Err(error.did_you_mean(&event.text, known, "`help` tells what can be typed"));
        }
        let actors = || workflow.actors.rows().iter().map(|a| a.name.as_str());
        match actor.as_deref() {
            Some(name) if workflow.actor_named(name).is_none() => {
                let known: Vec<String> = actors().map(|name| format!("`{name}`")).collect();
                let otherwise = format!("known: {}", known.join(", "));
                let error = CliError::new(format!("there is no actor `{name}`"));
                Err(error.did_you_mean(name, actors(), &otherwise))
            }
            _ => Ok(Line::Why {
                event: event.text.clone(),
                actor,
            }),
        }
    }

    fn unknown(&self, name: &str) -> CliError {
        if COMMANDS.contains(&name) || name == "why" {
            return CliError::new(format!("`{name}` is written another way"))
                .help("`help` tells what can be typed");
        }
        let events = self.family.workflow().events.rows().iter();
        let known = events.map(|event| event.name.as_str()).chain(COMMANDS);
        let error = CliError::new(format!("there is no event or command `{name}`"));
        error.did_you_mean(name, known, "`help` tells what can be typed")
    }
}

/// What stands behind an event.
#[derive(Default)]
struct Parts {
    by: Option<Json>,
    to: Option<String>,
    values: Map<String, Json>,
}

fn parts<'t>(
    words: &[Word],
    may_say_by: bool,
    type_of: impl Fn(&str) -> Option<&'t Type>,
) -> Result<Parts, CliError> {
    let mut parts = Parts::default();
    let mut rest = words;
    loop {
        rest = match rest {
            [] => return Ok(parts),
            [by, actor, rest @ ..] if may_say_by && by.is("by") => {
                parts.by = Some(who(&actor.text));
                rest
            }
            [to, state, rest @ ..] if may_say_by && to.is("to") => {
                parts.to = Some(state.text.clone());
                rest
            }
            [word, rest @ ..] => {
                let Some(name) = &word.name else {
                    let error = CliError::new(format!("`{}` is unexpected here", word.text));
                    return Err(error.help("values are written NAME=VALUE"));
                };
                let ty = type_of(name);
                let value = given_of(&word.written(ty), ty);
                parts.values.insert(name.clone(), value);
                rest
            }
        };
    }
}

/// `ROLE` or `ROLE:ID`.
pub(super) fn who(text: &str) -> Json {
    match text.split_once(':') {
        Some((role, id)) => json!({ "role": role, "id": id }),
        None => text.into(),
    }
}

fn children(set: &Word, rest: &[Word]) -> Result<Line, CliError> {
    let mut states = parts(rest, false, |_| None)?.values;
    if states.is_empty() {
        return Err(CliError::new("write `children SET NAME=STATE`"));
    }
    for state in states.values_mut() {
        if let Json::Bool(_) | Json::Number(_) = state {
            *state = state.to_string().into();
        }
    }
    Ok(Line::Step(json!({ "children": { &set.text: states } })))
}

/// The words of a reason.
fn said(words: &[Word]) -> Result<String, CliError> {
    let said: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    match said.is_empty() {
        true => Err(CliError::new("say why, for the journal")),
        false => Ok(said.join(" ")),
    }
}

/// A step as in a file of events.
fn raw(line: &str) -> Result<Line, CliError> {
    let read = serde_yaml::from_str::<Json>(line);
    let step = read.map_err(|error| CliError::new(format!("not a step: {error}")))?;
    Ok(Line::Step(step))
}
