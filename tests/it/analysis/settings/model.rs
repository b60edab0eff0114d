//! Random workflows with settings, as data and as text.

use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::analysis::dice::Dice;

/// One value for each setting, by its place in the setting's list.
pub(super) type Site = Vec<usize>;

pub(super) struct Setting {
    pub(super) name: String,
    pub(super) ty: Ty,
    /// Every value that a site may choose, as it is written.
    pub(super) values: Vec<String>,
    pub(super) default: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ty {
    Boolean,
    Word,
    Number,
    Duration,
}

/// A guard.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    All(Vec<Ask>),
    Any(Vec<Ask>),
    Not(Box<Ask>),
    /// A boolean setting.
    On(usize),
    /// A setting compared with one of its values.
    Is(usize, &'static str, usize),
    /// Two numeric settings.
    Pair(usize, &'static str, usize),
    Flagged,
    /// `order.count` compared with a number.
    Count(&'static str, i64),
    /// `order.count` compared with a setting.
    CountTo(&'static str, usize),
    Role(&'static str),
}

pub(super) struct Row {
    pub(super) event: Option<usize>,
    pub(super) by: &'static str,
    pub(super) from: usize,
    pub(super) guards: Vec<Ask>,
    pub(super) branches: Vec<(Option<Ask>, usize)>,
}

#[derive(Debug, Clone)]
pub(super) enum Truth {
    Unsaid,
    Plain(bool),
    Set(usize),
}

#[derive(Debug, Clone)]
pub(super) enum Wait {
    Seconds(i64),
    Set(usize),
}

pub(super) struct Timer {
    pub(super) name: String,
    pub(super) after: Wait,
    pub(super) when: Option<Ask>,
    pub(super) otherwise: bool,
    pub(super) to: usize,
}

pub(super) struct State {
    pub(super) name: String,
    pub(super) last: bool,
    /// `reserved`, `counts_revenue`, `contracted`.
    pub(super) flags: [Truth; 3],
    pub(super) never: bool,
    pub(super) expires: Option<Timer>,
    pub(super) timers: Vec<Timer>,
    pub(super) transient: bool,
}

pub(super) struct Model {
    pub(super) settings: Vec<Setting>,
    pub(super) states: Vec<State>,
    pub(super) rows: Vec<Row>,
    pub(super) initial: Vec<(Option<Ask>, usize)>,
}

const OPERATORS: [&str; 6] = ["<", "<=", "==", "!=", ">", ">="];

pub(super) const FLAGS: [&str; 3] = ["reserved", "counts_revenue", "contracted"];

/// The most combinations of most workflows, and of some.
const MOST: [usize; 2] = [40, 256];

impl Model {
    pub(super) fn random(dice: &mut Dice) -> Self {
        let mut model = Self {
            settings: settings(dice),
            states: Vec::new(),
            rows: Vec::new(),
            initial: Vec::new(),
        };
        let open = 3 + dice.below(2);
        let all = open + 1 + dice.below(2);
        for index in 0..all {
            let state = model.state(dice, index, open, all);
            model.states.push(state);
        }
        for event in 0..3 + dice.below(4) {
            let from = dice.below(open);
            for _ in 0..1 + dice.below(2) {
                let from = if dice.below(4) == 0 {
                    dice.below(open)
                } else {
                    from
                };
                let row = model.row(dice, Some(event), from, all);
                model.rows.push(row);
            }
        }
        for _ in 0..dice.below(4) {
            let from = dice.below(open);
            let row = model.row(dice, None, from, open);
            model.rows.push(row);
        }
        for _ in 0..dice.below(3) {
            let guard = model.ask(dice, 1, false);
            let to = dice.below(all);
            model.initial.push((Some(guard), to));
        }
        model.initial.push((None, 0));
        model
    }

    fn state(&self, dice: &mut Dice, index: usize, open: usize, all: usize) -> State {
        let last = index >= open;
        let mut flag = |often: usize| match dice.below(often) {
            0 => Truth::Plain(true),
            1 => Truth::Plain(false),
            2 => self.boolean(dice).map_or(Truth::Unsaid, Truth::Set),
            _ => Truth::Unsaid,
        };
        let flags = [flag(5), flag(5), flag(4)];
        let name = format!("s{index}");
        let mut state = State {
            flags,
            last,
            never: false,
            expires: None,
            timers: Vec::new(),
            transient: false,
            name,
        };
        if last {
            return state;
        }
        match dice.below(8) {
            0 => state.never = true,
            1 | 2 => {
                let mut timer = self.timer(dice, "expires".to_owned(), all);
                timer.when = Some(self.ask(dice, 1, false));
                timer.otherwise = dice.below(4) == 0;
                state.expires = Some(timer);
            }
            3 => state.transient = true,
            4 | 5 => {
                for number in 0..2 {
                    let timer = self.timer(dice, format!("t{index}_{number}"), all);
                    state.timers.push(timer);
                }
            }
            _ => {}
        }
        state
    }

    fn timer(&self, dice: &mut Dice, name: String, all: usize) -> Timer {
        let waits: Vec<usize> = self.of(Ty::Duration);
        let after = match dice.below(3) {
            0 => Wait::Seconds(1 + i64::try_from(dice.below(4)).unwrap()),
            _ if waits.is_empty() => Wait::Seconds(2),
            _ => Wait::Set(waits[dice.below(waits.len())]),
        };
        Timer {
            name,
            after,
            when: None,
            otherwise: false,
            to: dice.below(all),
        }
    }

    /// A row of an event; without one an automatic transition, whose guards each read settings alone or
    /// the order alone.
    fn row(&self, dice: &mut Dice, event: Option<usize>, from: usize, all: usize) -> Row {
        let mut guards = Vec::new();
        let mut branches = Vec::new();
        if event.is_none() {
            if dice.below(8) > 0 {
                guards.push(self.ask(dice, 1, true));
            }
            let alone = !self
                .rows
                .iter()
                .any(|row| row.event.is_none() && row.from == from);
            if alone && dice.below(3) == 0 {
                guards.push(Ask::Flagged);
            }
            branches.push((None, dice.below(all)));
        } else {
            let deep = dice.below(3);
            if dice.below(5) > 0 {
                guards.push(self.ask(dice, deep, false));
            }
            for _ in 0..[0, 0, 0, 1, 2][dice.below(5)] {
                branches.push((Some(self.ask(dice, 1, false)), dice.below(all)));
            }
            branches.push((None, dice.below(all)));
        }
        Row {
            event,
            by: match event {
                Some(_) => ["clerk", "clerk", "boss", "system"][dice.below(4)],
                None => "system",
            },
            from,
            guards,
            branches,
        }
    }

    /// A guard; a pure one reads settings alone.
    fn ask(&self, dice: &mut Dice, depth: usize, pure: bool) -> Ask {
        let parts = |dice: &mut Dice| {
            (0..2)
                .map(|_| self.ask(dice, depth.saturating_sub(1), pure))
                .collect()
        };
        match dice.below(if depth == 0 { 1 } else { 6 }) {
            1 | 2 => Ask::All(parts(dice)),
            3 => Ask::Any(parts(dice)),
            4 => Ask::Not(Box::new(self.ask(dice, depth - 1, pure))),
            _ => self.atom(dice, pure),
        }
    }

    fn atom(&self, dice: &mut Dice, pure: bool) -> Ask {
        let operator = OPERATORS[dice.below(6)];
        let numbers = self.of(Ty::Number);
        let number = |dice: &mut Dice| numbers[dice.below(numbers.len())];
        match dice.below(if pure { 6 } else { 10 }) {
            0 if numbers.len() > 1 => Ask::Pair(number(dice), operator, number(dice)),
            6 => Ask::Flagged,
            7 => Ask::Count(operator, i64::try_from(dice.below(4)).unwrap()),
            8 if !numbers.is_empty() => Ask::CountTo(operator, number(dice)),
            9 => Ask::Role(["clerk", "boss"][dice.below(2)]),
            _ => {
                let setting = dice.below(self.settings.len());
                let values = self.settings[setting].values.len();
                match self.settings[setting].ty {
                    Ty::Boolean => Ask::On(setting),
                    Ty::Word => Ask::Is(setting, ["==", "!="][dice.below(2)], dice.below(values)),
                    Ty::Number | Ty::Duration => Ask::Is(setting, operator, dice.below(values)),
                }
            }
        }
    }

    fn boolean(&self, dice: &mut Dice) -> Option<usize> {
        let found = self.of(Ty::Boolean);
        (!found.is_empty()).then(|| found[dice.below(found.len())])
    }

    fn of(&self, ty: Ty) -> Vec<usize> {
        let settings = self.settings.iter().enumerate();
        settings
            .filter(|(_, setting)| setting.ty == ty)
            .map(|(index, _)| index)
            .collect()
    }

    /// Every combination.
    pub(super) fn sites(&self) -> Vec<Site> {
        let mut sites = vec![Vec::new()];
        for setting in &self.settings {
            let longer = sites.iter().flat_map(|site: &Site| {
                (0..setting.values.len()).map(move |value| {
                    let mut site = site.clone();
                    site.push(value);
                    site
                })
            });
            sites = longer.collect();
        }
        sites
    }

    /// The combination of what a witness sets.
    pub(super) fn site(&self, set: &Json) -> Site {
        let value = |setting: &Setting| match set.get(&setting.name) {
            None => setting.default,
            Some(value) => {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                setting
                    .values
                    .iter()
                    .position(|known| *known == text)
                    .expect("a value")
            }
        };
        self.settings.iter().map(value).collect()
    }

    /// What differs from the defaults.
    pub(super) fn changed(&self, site: &Site) -> Vec<(&str, &str)> {
        let settings = self.settings.iter().zip(site);
        let changed = settings.filter(|(setting, value)| setting.default != **value);
        changed
            .map(|(setting, &value)| (setting.name.as_str(), setting.values[value].as_str()))
            .collect()
    }

    /// How much a combination differs from the defaults: in how many settings, and in each by how much.
    pub(super) fn size(&self, site: &Site) -> (usize, Vec<(usize, bool, usize)>) {
        let settings = self.settings.iter().zip(site);
        let each = settings.map(|(setting, &value)| match setting.ty {
            _ if value == setting.default => (0, false, 0),
            Ty::Boolean | Ty::Word => (1, false, value),
            Ty::Number | Ty::Duration => {
                (value.abs_diff(setting.default), value < setting.default, 0)
            }
        });
        (self.changed(site).len(), each.collect())
    }

    /// The state that a name stands for: its own, or that of a timer.
    pub(super) fn state_of(&self, name: &str) -> String {
        match name.strip_prefix('t').and_then(|rest| rest.split_once('_')) {
            Some((state, _)) => format!("s{state}"),
            None => name.to_owned(),
        }
    }

    /// The workflow with its settings.
    pub(super) fn text(&self) -> String {
        let mut text = "flagstate: 1\nworkflow: random\nsettings:\n".to_owned();
        for setting in &self.settings {
            let values = &setting.values;
            let ty = match setting.ty {
                Ty::Boolean => "type: boolean".to_owned(),
                Ty::Word => format!("type: enum, values: [{}]", values.join(", ")),
                Ty::Number | Ty::Duration => {
                    let ty = if setting.ty == Ty::Number {
                        "integer"
                    } else {
                        "duration"
                    };
                    format!(
                        "type: {ty}, min: {}, max: {}",
                        values[0],
                        values[values.len() - 1]
                    )
                }
            };
            let default = &values[setting.default];
            writeln!(text, "  {}: {{ {ty}, default: {default} }}", setting.name).unwrap();
        }
        text.push_str(HEAD);
        for (guard, to) in &self.initial {
            let guard = guard.as_ref().map_or(String::new(), |guard| {
                self.guard(std::slice::from_ref(guard))
            });
            writeln!(text, "  - {{ to: s{to}{guard} }}").unwrap();
        }
        text.push_str("states:\n  ended: { final: true }\n");
        for state in &self.states {
            let mut parts = Vec::new();
            if state.last {
                parts.push("final: true".to_owned());
            }
            let flags = FLAGS
                .iter()
                .zip(&state.flags)
                .filter_map(|(name, truth)| match truth {
                    Truth::Unsaid => None,
                    Truth::Plain(value) => Some(format!("{name}: {value}")),
                    Truth::Set(setting) => {
                        Some(format!("{name}: settings.{}", self.settings[*setting].name))
                    }
                });
            parts.push(format!(
                "flags: {{ {} }}",
                flags.collect::<Vec<_>>().join(", ")
            ));
            if state.never {
                parts.push("expires: never".to_owned());
            }
            if let Some(timer) = &state.expires {
                parts.push(format!("expires: {}", self.timer_text(timer)));
            }
            if state.transient {
                parts.push("at_most: 1h".to_owned());
            }
            let timers = state
                .timers
                .iter()
                .map(|timer| format!("{}: {}", timer.name, self.timer_text(timer)));
            parts.push(format!(
                "timers: {{ {} }}",
                timers.collect::<Vec<_>>().join(", ")
            ));
            writeln!(text, "  {}: {{ {} }}", state.name, parts.join(", ")).unwrap();
        }
        text.push_str("always:\n");
        for row in self.rows.iter().filter(|row| row.event.is_none()) {
            let (from, to) = (row.from, row.branches[0].1);
            writeln!(
                text,
                "  - {{ from: s{from}, to: s{to}{} }}",
                self.guard(&row.guards)
            )
            .unwrap();
        }
        text.push_str("transitions:\n  note: { by: clerk, from: s0 }\n");
        for event in 0..8 {
            let rows: Vec<&Row> = self
                .rows
                .iter()
                .filter(|row| row.event == Some(event))
                .collect();
            if rows.is_empty() {
                continue;
            }
            writeln!(text, "  e{event}:\n    moves:").unwrap();
            for row in rows {
                let branches = row.branches.iter().map(|(guard, to)| {
                    let guard = guard.as_ref().map_or(String::new(), |guard| {
                        self.guard(std::slice::from_ref(guard))
                    });
                    format!("{{ to: s{to}{guard} }}")
                });
                let branches: Vec<String> = branches.collect();
                let (from, by) = (row.from, row.by);
                let guard = self.guard(&row.guards);
                writeln!(
                    text,
                    "      - {{ from: s{from}, by: {by}{guard}, branches: [{}] }}",
                    branches.join(", ")
                )
                .unwrap();
            }
        }
        text.replace("always:\ntransitions:", "transitions:")
    }

    fn timer_text(&self, timer: &Timer) -> String {
        let after = match timer.after {
            Wait::Seconds(seconds) => format!("{seconds}s"),
            Wait::Set(setting) => format!("settings.{}", self.settings[setting].name),
        };
        let when = timer.when.as_ref().map_or(String::new(), |when| {
            format!(", when: '{}'", self.words(when))
        });
        let otherwise = if timer.otherwise {
            ", otherwise: never"
        } else {
            ""
        };
        format!("{{ after: {after}, to: s{}{when}{otherwise} }}", timer.to)
    }

    fn guard(&self, guards: &[Ask]) -> String {
        let words: Vec<String> = guards
            .iter()
            .map(|guard| format!("'{}'", self.words(guard)))
            .collect();
        match words.is_empty() {
            true => String::new(),
            false => format!(", guard: [{}]", words.join(", ")),
        }
    }

    /// A guard as it is written.
    fn words(&self, ask: &Ask) -> String {
        let joined = |parts: &[Ask], by: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.words(part)).collect();
            format!("({})", parts.join(by))
        };
        let setting = |setting: &usize| format!("settings.{}", self.settings[*setting].name);
        match ask {
            Ask::All(parts) => joined(parts, " && "),
            Ask::Any(parts) => joined(parts, " || "),
            Ask::Not(part) => format!("!({})", self.words(part)),
            Ask::On(index) => setting(index),
            Ask::Is(index, operator, value) => {
                let value = &self.settings[*index].values[*value];
                let value = match self.settings[*index].ty {
                    Ty::Word => format!("\"{value}\""),
                    Ty::Duration => format!("seconds({})", value.trim_end_matches('s')),
                    Ty::Boolean | Ty::Number => value.clone(),
                };
                format!("{} {operator} {value}", setting(index))
            }
            Ask::Pair(one, operator, other) => {
                format!("{} {operator} {}", setting(one), setting(other))
            }
            Ask::Flagged => "order.held".to_owned(),
            Ask::Count(operator, number) => format!("order.count {operator} {number}"),
            Ask::CountTo(operator, index) => format!("order.count {operator} {}", setting(index)),
            Ask::Role(role) => format!("actor.role == \"{role}\""),
        }
    }
}

/// What stands between the settings and the states, and before the initial branches.
pub(super) const HEAD: &str = "context:
  count: { type: integer, default: 0 }
  held: { type: boolean, default: false }
actors: [clerk, boss]
initial:
  - { guard: order.count == 99, to: ended }
";

fn settings(dice: &mut Dice) -> Vec<Setting> {
    let count = 1 + dice.below(8);
    let mut settings: Vec<Setting> = Vec::new();
    let mut size = 1;
    let most = MOST[usize::from(dice.below(16) == 0)];
    for index in 0..count {
        let (ty, values): (Ty, Vec<String>) = match dice.below(6) {
            0 => (Ty::Word, ["red", "green", "blue"].map(str::to_owned).into()),
            1 => (
                Ty::Number,
                (0..=3).map(|number| number.to_string()).collect(),
            ),
            2 => (
                Ty::Duration,
                (1..=3).map(|number| format!("{number}s")).collect(),
            ),
            _ => (Ty::Boolean, ["false", "true"].map(str::to_owned).into()),
        };
        if size * values.len() > most {
            break;
        }
        size *= values.len();
        settings.push(Setting {
            name: format!("p{index}"),
            ty,
            default: dice.below(values.len()),
            values,
        });
    }
    settings
}
