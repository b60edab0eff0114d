//! Tenants made at random: sensible overrides and silly ones.

use serde_json::{Map, Value as Json, json};

use super::{at, text};
use crate::analysis::dice::Dice;

/// The kinds of overrides that are made.
const KINDS: [&str; 20] = [
    "set a setting",
    "retitle a state",
    "title by locale",
    "change a flag",
    "change an attribute",
    "change an expiry",
    "change a guard",
    "change who may",
    "switch a state off",
    "remove a thing",
    "remove a property",
    "add a final state",
    "add a like state",
    "add a timer",
    "add a transition",
    "add a group",
    "add to a list",
    "add an effect",
    "add rows",
    "change a bound",
];

/// A tenant's file, and the kinds of overrides in it.
pub(in crate::tenant) fn tenant(dice: &mut Dice, base: &Json) -> (Json, Vec<&'static str>) {
    let mut file = json!({ "flagstate": 1, "workflow": "random", "extends": "base.yaml" });
    let mut used = Vec::new();
    for number in 0..=dice.below(4) {
        let kind = KINDS[dice.below(KINDS.len())];
        let mut maker = Maker { dice, base, number };
        if maker.make(kind, &mut file).is_some() {
            used.push(kind);
        }
    }
    (file, used)
}

struct Maker<'a> {
    dice: &'a mut Dice,
    base: &'a Json,
    number: usize,
}

impl Maker<'_> {
    fn make(&mut self, kind: &str, file: &mut Json) -> Option<()> {
        let state = self.state()?;
        let other = self.state()?;
        let actor = self.name("actors").unwrap_or_else(|| "system".to_owned());
        let new = format!("new_{}", self.number);
        match kind {
            "set a setting" => {
                let setting = self.key("settings")?;
                let value = self.value_of(&["settings", &setting])?;
                put(file, &["settings", &setting], value);
            }
            "retitle a state" => put(
                file,
                &["change", "states", &state, "title"],
                json!("Renamed"),
            ),
            "title by locale" => {
                let title = json!({ "default": "Renamed", "nb": "Omdøpt" });
                let value = at(self.base, &["states", &state])?;
                // A title that is a text already becomes a mapping as a whole.
                let _ = value;
                put(file, &["change", "states", &state, "title"], title);
            }
            "change a flag" => {
                let flag = self
                    .dice
                    .pick(&["reserved", "contracted", "counts_revenue"])
                    .to_owned();
                let value = json!(self.dice.below(2) == 0);
                put(file, &["change", "states", &state, "flags", &flag], value);
            }
            "change an attribute" => {
                let attribute = self.key("attributes")?;
                let value = self.value_of(&["attributes", &attribute])?;
                put(
                    file,
                    &["change", "states", &state, "attributes", &attribute],
                    value,
                );
            }
            "change an expiry" => {
                let states = self.keys("states");
                let expiring = states.iter().find(|state| {
                    let after = at(self.base, &["states", state, "expires", "after"]);
                    after.is_some()
                })?;
                let after = json!(self.dice.pick(&["10m", "2h", "3d"]));
                put(
                    file,
                    &["change", "states", expiring, "expires", "after"],
                    after,
                );
            }
            "change a guard" => {
                let guard = self.key("guards")?;
                let condition = match self.dice.below(3) {
                    0 => json!("true"),
                    1 => json!(text(at(self.base, &["guards", &guard, "if"])?)?),
                    _ => json!("now > now"),
                };
                put(file, &["change", "guards", &guard, "if"], condition);
            }
            "change who may" => {
                let event = self.key("transitions")?;
                put(
                    file,
                    &["change", "transitions", &event, "by"],
                    json!([actor]),
                );
            }
            "switch a state off" => {
                put(file, &["change", "states", &state, "inactive"], json!(true));
            }
            "remove a thing" => {
                let sections = [
                    "states",
                    "transitions",
                    "groups",
                    "guards",
                    "actors",
                    "settings",
                    "context",
                ];
                let section = self.dice.pick(&sections).to_owned();
                let name = self.name(&section)?;
                put(file, &["remove", &section], json!([name]));
            }
            "remove a property" => {
                let mut keys = Vec::new();
                if let Some(Json::Object(state)) = at(self.base, &["states", &state]) {
                    keys.extend(state.keys().cloned());
                }
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                if keys.is_empty() {
                    return None;
                }
                let key = self.dice.pick(&keys).to_owned();
                put(file, &["remove", "states", &state], json!([key]));
            }
            "add a final state" => {
                put(
                    file,
                    &["add", "states", &new],
                    self.unique(json!({ "final": true })),
                );
                let transition = json!({ "by": actor, "from": state, "to": new });
                put(
                    file,
                    &["add", "transitions", &format!("to_{new}")],
                    transition,
                );
            }
            "add a like state" => {
                let like = self.unique(json!({ "like": other, "title": "Another" }));
                put(file, &["add", "states", &new], like);
                let transition = json!({ "by": actor, "from": state, "to": new });
                put(
                    file,
                    &["add", "transitions", &format!("to_{new}")],
                    transition,
                );
            }
            "add a timer" => {
                let timer = json!({ "after": "36h", "to": other });
                put(file, &["add", "states", &state, "timers", &new], timer);
            }
            "add a transition" => {
                let transition = json!({ "by": actor, "from": state, "to": other });
                put(file, &["add", "transitions", &new], transition);
            }
            "add a group" => {
                let group = json!({ "title": "A view", "in": [state] });
                put(file, &["add", "groups", &new], group);
            }
            "add to a list" => {
                let event = self.key("transitions")?;
                put(file, &["add", "transitions", &event, "by"], json!(actor));
            }
            "add an effect" => {
                put(file, &["add", "effects"], json!([new]));
                put(
                    file,
                    &["add", "states", &state, "enter", "effects"],
                    json!(new),
                );
            }
            "add rows" => {
                let event = self.key("transitions")?;
                let row = json!([{ "by": actor, "from": state, "to": other }]);
                put(file, &["add", "transitions", &event, "moves"], row);
            }
            _ => {
                let setting = self.key("settings")?;
                let bound = self.dice.pick(&["min", "max"]).to_owned();
                let value = self.value_of(&["settings", &setting])?;
                put(file, &["change", "settings", &setting, &bound], value);
            }
        }
        Some(())
    }

    /// The names of a section.
    fn keys(&self, section: &str) -> Vec<String> {
        match self.base.get(section) {
            Some(Json::Object(names)) => names.keys().cloned().collect(),
            Some(Json::Array(names)) => names.iter().filter_map(text).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    fn key(&mut self, section: &str) -> Option<String> {
        let keys = self.keys(section);
        (!keys.is_empty()).then(|| keys[self.dice.below(keys.len())].clone())
    }

    fn name(&mut self, section: &str) -> Option<String> {
        self.key(section)
    }

    fn state(&mut self) -> Option<String> {
        self.key("states")
    }

    /// A value of a declared type, within its bounds or not.
    fn value_of(&mut self, declared: &[&str]) -> Option<Json> {
        let declared = at(self.base, declared)?;
        Some(match text(declared.get("type")?)? {
            "boolean" => json!(self.dice.below(2) == 0),
            "duration" => json!(self.dice.pick(&["1s", "5m", "45m", "90m", "30d", "400d"])),
            "integer" | "decimal" => json!(self.dice.below(50)),
            "enum" => {
                let values = declared.get("values")?.as_array()?;
                json!(text(&values[self.dice.below(values.len())])?)
            }
            _ => json!("words"),
        })
    }

    /// Attributes by which a new state takes no place of another.
    fn unique(&mut self, mut state: Json) -> Json {
        let attributes = self.keys("attributes");
        let numbered = attributes.iter().find(|name| *name == "number");
        if let Some(number) = numbered.filter(|_| self.dice.below(5) > 0) {
            let value = json!({ number: 100 + self.number });
            state["attributes"] = value;
        }
        state
    }
}

/// Puts a value under keys, beside what stands there.
fn put(file: &mut Json, path: &[&str], value: Json) {
    let mut here = file;
    for key in path {
        if !here.is_object() {
            *here = Json::Object(Map::new());
        }
        here = &mut here[*key];
    }
    *here = value;
}
