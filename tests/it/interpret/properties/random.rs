//! Random small workflows and events. Every choice consumes a byte, so that fewer bytes, which is
//! what shrinking tries, make a smaller workflow.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::instance::{Event, EventKind, Override};
use serde_json::{Map, Value as Json, json};

/// A workflow, and the words that events about it may use.
pub(super) struct Drawn {
    pub(super) text: String,
    paths: Vec<String>,
    timers: Vec<String>,
}

const EVENTS: usize = 4;

struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
    nested: bool,
    paths: Vec<String>,
    outer: Vec<String>,
    timers: Vec<String>,
}

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % end
    }

    fn path(&mut self) -> String {
        let index = self.below(self.paths.len());
        self.paths[index].clone()
    }

    fn children(&mut self, outer: &str, depth: usize, count: usize) -> Json {
        let mut states = Map::new();
        for _ in 0..count {
            let (name, state) = self.state(outer, depth);
            states.insert(name, state);
        }
        Json::Object(states)
    }

    fn state(&mut self, outer: &str, depth: usize) -> (String, Json) {
        let name = format!("s{}", self.paths.len());
        let path = match outer.is_empty() {
            true => name.clone(),
            false => format!("{outer}.{name}"),
        };
        self.paths.push(path.clone());
        let mut state = Map::new();
        match self.below(6) {
            1..=3 | 5 if !self.nested => {}
            1 | 2 if depth < 3 => {
                self.outer.push(path.clone());
                state.insert("states".into(), self.children(&path, depth + 1, 2));
            }
            3 | 5 if depth < 2 => {
                self.outer.push(path.clone());
                let mut regions = Map::new();
                for _ in 0..2 {
                    let name = format!("s{}", self.paths.len());
                    let region = format!("{path}.{name}");
                    self.paths.push(region.clone());
                    self.outer.push(region.clone());
                    let states = self.children(&region, depth + 2, 2);
                    regions.insert(name, json!({ "states": states }));
                }
                state.insert("regions".into(), Json::Object(regions));
            }
            4 => _ = state.insert("flags".into(), json!({ "reserved": true, "mood": "good" })),
            _ => {}
        }
        match self.below(12) {
            1 => _ = state.insert("inactive".into(), json!(true)),
            2 => _ = state.insert("enter".into(), json!({ "by": "robot" })),
            _ => {}
        }
        match self.below(10) {
            1 if state.get("enter").is_none() => {
                state.insert(
                    "enter".into(),
                    json!({ "set": { "count": "order.count + 1" } }),
                );
            }
            2 => _ = state.insert("exit".into(), json!({ "raise": "e0" })),
            3 => {
                let branch = json!({ "guard": "order.count > 2", "raise": self.raised() });
                state.insert(
                    "exit".into(),
                    json!({ "branches": [branch], "cancel": "e2" }),
                );
            }
            _ => {}
        }
        if self.below(3) == 1 {
            self.timers.push(format!("{path}.expires"));
            state.insert("expires".into(), json!("later"));
        }
        (name, Json::Object(state))
    }

    /// An event raised, most of them for later.
    fn raised(&mut self) -> Json {
        let event = format!("e{}", self.below(EVENTS));
        match self.below(3) {
            0 => json!(event),
            _ => json!({ "event": event, "after": format!("{}m", self.below(40)) }),
        }
    }

    /// Timers lead to states, which are all known only now.
    fn fill_timers(&mut self, state: &mut Json) {
        let Json::Object(members) = state else { return };
        if members.get("expires").is_some() {
            let restore = ["restart", "deadline", "remaining"][self.below(3)];
            let after = format!("{}m", self.below(90) * self.below(4));
            let mut timer = json!({ "restore": restore, "set": { "count": "order.count + 1" } });
            match self.below(4) {
                0 => timer["event"] = json!(format!("e{}", self.below(EVENTS))),
                _ => timer["to"] = json!(self.path()),
            }
            match self.below(4) {
                0 => timer["at"] = json!("order.date"),
                1 => {
                    timer["after"] = json!(after);
                    timer["when"] = json!("order.count % 2 == 0");
                }
                _ => timer["after"] = json!(after),
            }
            members.insert("expires".into(), timer);
        }
        for key in ["states", "regions"] {
            if let Some(Json::Object(inner)) = members.get_mut(key) {
                inner.values_mut().for_each(|state| self.fill_timers(state));
            }
        }
    }

    fn target(&mut self, row: &mut Json) {
        let to = match self.below(8) {
            0 => return,
            1 => json!("back"),
            2 if !self.outer.is_empty() => {
                let index = self.below(self.outer.len());
                let depth = ["shallow", "deep"][self.below(2)];
                json!({ "history": self.outer[index], "depth": depth })
            }
            3 => json!({ "choose": [self.path(), self.path()] }),
            _ => json!(self.path()),
        };
        row["to"] = to;
    }

    fn row(&mut self) -> Json {
        let by = [
            json!("user"),
            json!(["user", "robot"]),
            json!(["user", "system"]),
        ];
        let mut from = vec![self.path(), self.path(), self.path()];
        from.sort();
        from.dedup();
        let mut row = json!({ "by": by[self.below(3)], "from": from });
        match self.below(5) {
            1 => row["guard"] = json!("order.count % 2 == 0"),
            2 => row["guard"] = json!(format!("in_state(\"{}\")", self.path())),
            _ => {}
        }
        if self.below(2) == 1 {
            row["set"] = json!({ "count": "order.count + 1" });
        }
        match self.below(8) {
            1 => row["raise"] = self.raised(),
            2 => row["cancel"] = json!("e1"),
            _ => {}
        }
        self.target(&mut row);
        row
    }
}

/// Draws a workflow. Automatic transitions change what sets them off, so that they come to rest.
pub(super) fn workflow(bytes: &[u8], nested: bool) -> Drawn {
    let mut choices = Choices {
        bytes: bytes.iter(),
        nested,
        paths: Vec::new(),
        outer: Vec::new(),
        timers: Vec::new(),
    };
    let mut states = choices.children("", 0, 4);
    let Json::Object(named) = &mut states else {
        unreachable!("an object")
    };
    named
        .values_mut()
        .for_each(|state| choices.fill_timers(state));
    named.insert("done".into(), json!({ "final": true }));
    let mut transitions = Map::new();
    for index in 0..EVENTS {
        let rows: Vec<Json> = (0..=choices.below(4)).map(|_| choices.row()).collect();
        let mut event = json!({ "moves": rows });
        if choices.below(3) == 1 {
            event["repeat"] = json!("accept");
        }
        transitions.insert(format!("e{index}"), event);
    }
    transitions.insert(
        "finish".into(),
        json!({ "by": "robot", "from": "s0", "to": "done" }),
    );
    let always = (3..5).map(|rest| {
        json!({
            "from": choices.path(),
            "guard": format!("order.count % 5 == {rest}"),
            "set": { "count": "order.count + 1" },
            "to": choices.path(),
        })
    });
    let always: Vec<Json> = always.collect();
    let document = json!({
        "flagstate": 1,
        "workflow": "random",
        "context": {
            "count": { "type": "integer", "default": 0 },
            "date": { "type": "datetime" },
        },
        "actors": ["user", "robot"],
        "flags": { "mood": { "type": "enum", "values": ["plain", "good"], "default": "plain" } },
        "initial": "s0",
        "states": states,
        "always": always,
        "transitions": transitions,
    });
    Drawn {
        text: serde_yaml::to_string(&document).expect("a document"),
        paths: choices.paths,
        timers: choices.timers,
    }
}

/// Draws an event and how many minutes after the last one it comes.
pub(super) fn event(drawn: &Drawn, [kind, what, who, when]: [u8; 4]) -> (Event, i64) {
    let pick = |from: &[String]| from.get(usize::from(what) % from.len().max(1)).cloned();
    let reason = "because".to_owned();
    let minutes = i64::from(when % 60);
    let kind = match kind % 16 {
        0 => EventKind::Tick,
        1 => EventKind::ContextChanged {
            changes: BTreeMap::from([("count".to_owned(), json!(what % 7))]),
        },
        2 => {
            let (hour, minute) = (9 + what % 6, what % 60);
            let date = json!(format!("2026-03-01T{hour:02}:{minute:02}:00Z"));
            let date = if who % 4 == 0 { Json::Null } else { date };
            EventKind::ContextChanged {
                changes: BTreeMap::from([("date".to_owned(), date)]),
            }
        }
        3 => EventKind::Override {
            reason,
            action: Override::ForceState {
                to: pick(&drawn.paths).expect("a state"),
            },
        },
        4 => EventKind::Override {
            reason,
            action: Override::MoveTimer {
                timer: pick(&drawn.timers).unwrap_or_default(),
                due: super::super::at("2026-03-01T12:00:00Z"),
            },
        },
        kind => EventKind::Named {
            name: format!("e{}", usize::from(what) % EVENTS),
            payload: BTreeMap::new(),
            target: (kind > 13).then(|| pick(&drawn.paths).expect("a state")),
        },
    };
    let actor = Actor::new(["user", "robot"][usize::from(who % 2)]);
    (
        Event {
            id: None,
            actor,
            kind,
        },
        minutes,
    )
}
