//! Random statecharts with all that SCXML's algorithm is about: nested states and regions, initial
//! states further within, pasts, final states and the events at their end, internal and external
//! transitions with one target, several or none, automatic ones, events raised now and later.

use serde_json::{Map, Value as Json, json};

use crate::analysis::dice::Dice;

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// All that a workflow file can say.
    All,
    /// What `XState` has words for.
    Xstate,
}

/// Events that come from outside.
pub(super) const EVENTS: [&str; 4] = ["e0", "e1", "e2", "e3"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Atomic,
    Final,
    Compound,
    Parallel,
}

struct Drawn {
    path: String,
    kind: Kind,
    parent: Option<usize>,
}

struct Drawing {
    dice: Dice,
    words: Words,
    states: Vec<Drawn>,
}

/// A workflow file; JSON is YAML.
pub(super) fn machine(seed: u64, words: Words) -> String {
    let mut drawing = Drawing {
        dice: Dice::new(seed),
        words,
        states: Vec::new(),
    };
    let mut states = Map::new();
    let count = 2 + drawing.dice.below(3);
    for _ in 0..count {
        let (name, state) = drawing.state(None, 0, Kind::Atomic);
        states.insert(name, state);
    }
    let first = drawing.states[0].path.clone();
    let mut tree = Json::Object(states);
    drawing.dress(&mut tree, "");
    let initial = match drawing.dice.below(4) {
        0 => json!([{ "guard": "order.y > 5", "to": first }, { "to": drawing.any() }]),
        1 => json!(drawing.any()),
        _ => json!(first),
    };
    let always: Vec<Json> = (0..=drawing.dice.below(3))
        .map(|_| drawing.automatic())
        .collect();
    let transitions = drawing.transitions();
    let file = json!({
        "flagstate": 1,
        "workflow": "drawn",
        "context": {
            "x": { "type": "integer", "default": 0 },
            "y": { "type": "integer", "default": 1 },
        },
        "actors": ["user"],
        "defaults": { "by": ["user", "system"] },
        "initial": initial,
        "states": tree,
        "always": always,
        "transitions": transitions,
    });
    serde_json::to_string_pretty(&file).expect("JSON")
}

impl Drawing {
    fn chance(&mut self, percent: usize) -> bool {
        self.dice.below(100) < percent
    }

    fn state(&mut self, parent: Option<usize>, depth: usize, around: Kind) -> (String, Json) {
        let index = self.states.len();
        let name = format!("s{index}");
        let path = match parent {
            None => name.clone(),
            Some(parent) => format!("{}.{name}", self.states[parent].path),
        };
        let kind = match self.dice.below(10) {
            0..=3 if depth < 3 && index < 14 => Kind::Compound,
            4 | 5 if depth < 2 && index < 10 => Kind::Parallel,
            6 if around == Kind::Compound && index > 0 => Kind::Final,
            _ => Kind::Atomic,
        };
        self.states.push(Drawn { path, kind, parent });
        let mut state = Map::new();
        let mut children = Map::new();
        let count = match kind {
            Kind::Atomic | Kind::Final => 0,
            Kind::Compound => 2 + self.dice.below(2),
            Kind::Parallel => 2,
        };
        for _ in 0..count {
            let (name, child) = self.state(Some(index), depth + 1, kind);
            children.insert(name, child);
        }
        match kind {
            Kind::Final => _ = state.insert("final".into(), json!(true)),
            Kind::Compound => _ = state.insert("states".into(), Json::Object(children)),
            Kind::Parallel => _ = state.insert("regions".into(), Json::Object(children)),
            Kind::Atomic => {}
        }
        (name, Json::Object(state))
    }

    /// What states do, once all are known.
    fn dress(&mut self, tree: &mut Json, around: &str) {
        let Json::Object(states) = tree else { return };
        let names: Vec<String> = states.keys().cloned().collect();
        for name in names {
            let path = match around {
                "" => name.clone(),
                around => format!("{around}.{name}"),
            };
            let index = self
                .states
                .iter()
                .position(|s| s.path == path)
                .expect("drawn");
            let kind = self.states[index].kind;
            let state = states.get_mut(&name).expect("a state");
            for key in ["states", "regions"] {
                if let Some(inner) = state.get_mut(key) {
                    self.dress(inner, &path);
                }
            }
            if self.chance(30) {
                state["enter"] = self.hook();
            }
            if kind != Kind::Final && self.chance(25) {
                state["exit"] = self.hook();
            }
            if kind != Kind::Final && self.chance(15) {
                let after = format!("{}s", 1 + self.dice.below(9));
                let mut timer = json!({ "after": after });
                match self.dice.below(3) {
                    0 => timer["event"] = json!("r0"),
                    _ => timer["to"] = json!(self.any()),
                }
                state["timers"] = json!({ "t": timer });
            }
            if kind == Kind::Compound {
                self.begin(state, index);
            }
            if self.ends(index) && self.chance(70) {
                state["done"] = json!(["d0", "d1"][self.dice.below(2)]);
            }
        }
    }

    /// Whether what happens within a state can come to its end.
    fn ends(&self, index: usize) -> bool {
        let children = |index| move |state: &&Drawn| state.parent == Some(index);
        let has_final = |index| {
            let mut within = self.states.iter().filter(children(index));
            within.any(|state| state.kind == Kind::Final)
        };
        match self.states[index].kind {
            Kind::Compound => has_final(index),
            Kind::Parallel => {
                let ids =
                    (0..self.states.len()).filter(|&at| self.states[at].parent == Some(index));
                ids.into_iter().all(has_final)
            }
            Kind::Atomic | Kind::Final => false,
        }
    }

    fn begin(&mut self, state: &mut Json, index: usize) {
        let path = self.states[index].path.clone();
        let children: Vec<String> = self.within(index, true);
        let child = &children[self.dice.below(children.len())];
        let name = child.rsplit('.').next().expect("a name").to_owned();
        let depth = ["shallow", "deep"][self.dice.below(2)];
        let initial = match self.dice.below(8) {
            0 | 1 => json!(name),
            2 => json!({ "history": path, "depth": depth, "default": child }),
            3 if self.words == Words::All => json!({ "to": name, "raise": "r1" }),
            4 if self.words == Words::All => {
                let all = self.within(index, false);
                json!(all[self.dice.below(all.len())])
            }
            5 if self.words == Words::All => json!({ "history": path, "depth": depth }),
            _ => return,
        };
        state["initial"] = initial;
    }

    /// The paths of the states within one: its children, or all.
    fn within(&self, index: usize, children: bool) -> Vec<String> {
        let outer = format!("{}.", self.states[index].path);
        let states = self.states.iter();
        let within = states.filter(|state| match children {
            true => state.parent == Some(index),
            false => state.path.starts_with(&outer),
        });
        within.map(|state| state.path.clone()).collect()
    }

    fn any(&mut self) -> String {
        let index = self.dice.below(self.states.len());
        self.states[index].path.clone()
    }

    fn hook(&mut self) -> Json {
        let mut hook = json!({ "set": self.set() });
        match self.dice.below(6) {
            0 => hook["raise"] = json!("r0"),
            1 => hook["raise"] = json!(["r1", { "event": "w0", "after": self.after() }]),
            2 => {
                hook["branches"] = json!([
                    { "guard": "order.x > 3", "set": { "y": "order.y + 1" } },
                    { "guard": "order.y > 3", "set": { "x": "0" }, "raise": "r0" },
                ]);
            }
            _ => {}
        }
        hook
    }

    fn after(&mut self) -> String {
        match self.words == Words::All && self.chance(30) {
            true => format!("{}s500ms", self.dice.below(5)),
            false => format!("{}s", 1 + self.dice.below(9)),
        }
    }

    fn set(&mut self) -> Json {
        let (a, b) = (1 + self.dice.below(3), 1 + self.dice.below(5));
        match self.dice.below(4) {
            0 => json!({ "x": format!("(order.x + {a}) % 7") }),
            1 => json!({ "y": format!("(order.y * {a} + order.x) % 11") }),
            2 => json!({ "x": "order.y % 7", "y": "order.x" }),
            _ => {
                json!({ "x": format!("(order.x + {a}) % 7"), "y": format!("(order.y + {b}) % 11") })
            }
        }
    }

    fn guard(&mut self) -> String {
        match self.dice.below(6) {
            0 => format!("order.x % 2 == {}", self.dice.below(2)),
            1 => format!("order.y < {}", 2 + self.dice.below(6)),
            2 => format!("in_state(\"{}\")", self.any()),
            3 => format!("!(in_state(\"{}\")) && order.x != 3", self.any()),
            4 => "order.x > 2 || order.y > 4".to_owned(),
            _ => format!("order.x >= {}", self.dice.below(4)),
        }
    }

    fn source(&mut self) -> usize {
        loop {
            let index = self.dice.below(self.states.len());
            if self.states[index].kind != Kind::Final {
                return index;
            }
        }
    }

    fn history(&mut self) -> Option<Json> {
        let outer = |at: &usize| !matches!(self.states[*at].kind, Kind::Atomic | Kind::Final);
        let outers: Vec<usize> = (0..self.states.len()).filter(outer).collect();
        if outers.is_empty() {
            return None;
        }
        let index = outers[self.dice.below(outers.len())];
        let depth = ["shallow", "deep"][self.dice.below(2)];
        let mut target = json!({ "history": self.states[index].path, "depth": depth });
        if self.states[index].kind == Kind::Compound && self.chance(50) {
            let all = self.within(index, false);
            target["default"] = json!(all[self.dice.below(all.len())]);
        }
        Some(target)
    }

    /// Two states in different regions.
    fn several(&mut self) -> Option<Json> {
        let parallel = |at: &usize| self.states[*at].kind == Kind::Parallel;
        let parallels: Vec<usize> = (0..self.states.len()).filter(parallel).collect();
        if parallels.is_empty() {
            return None;
        }
        let index = parallels[self.dice.below(parallels.len())];
        let regions: Vec<usize> = (0..self.states.len())
            .filter(|&at| self.states[at].parent == Some(index))
            .collect();
        let mut targets = Vec::new();
        for region in regions {
            let mut all = self.within(region, false);
            all.push(self.states[region].path.clone());
            targets.push(json!(all[self.dice.below(all.len())]));
        }
        Some(Json::Array(targets))
    }

    fn row(&mut self) -> Json {
        let source = self.source();
        let mut row = json!({ "from": self.states[source].path });
        if self.chance(50) {
            row["guard"] = json!(self.guard());
        }
        let inner = self.within(source, false);
        let to = match self.dice.below(10) {
            0 | 1 => None,
            2 => self.history(),
            3 => self.several(),
            4 | 5 if !inner.is_empty() && self.states[source].kind == Kind::Compound => {
                row["internal"] = json!(self.chance(60));
                Some(json!(inner[self.dice.below(inner.len())]))
            }
            _ => Some(json!(self.any())),
        };
        if let Some(to) = to {
            row["to"] = to;
        }
        if self.chance(40) {
            row["set"] = self.set();
        }
        match self.dice.below(12) {
            0 => row["raise"] = json!("r0"),
            1 => row["raise"] = json!([{ "event": "p0", "with": { "n": "order.x + 2" } }, "r1"]),
            2 => row["raise"] = json!({ "event": "w0", "after": self.after() }),
            3 => row["cancel"] = json!("w0"),
            4 => {
                row["raise"] =
                    json!({ "event": "p0", "with": { "n": "1" }, "after": self.after() });
            }
            _ => {}
        }
        row
    }

    fn automatic(&mut self) -> Json {
        let mut row = self.row();
        let guard = format!("order.x == {} && order.y < 8", self.dice.below(7));
        row["guard"] = json!(guard);
        if row.get("to").is_none() {
            row["set"] = json!({ "x": "(order.x + 1) % 7" });
        }
        row
    }

    fn transitions(&mut self) -> Json {
        let mut events = Map::new();
        for name in EVENTS.iter().chain(&["r0", "r1", "d0", "d1", "w0", "p0"]) {
            let count = 2 + self.dice.below(4);
            let rows: Vec<Json> = (0..count).map(|_| self.row()).collect();
            let mut event = json!({ "moves": rows });
            if *name == "p0" {
                event["payload"] = json!({ "n": { "type": "integer" } });
                for row in event["moves"].as_array_mut().expect("rows") {
                    if self.chance(50) {
                        row["guard"] = json!("event.n > 2");
                    }
                    if self.chance(50) {
                        row["set"] = json!({ "y": "event.n % 11" });
                    }
                }
            }
            events.insert((*name).to_owned(), event);
        }
        Json::Object(events)
    }
}
