//! Random small workflows as data, and changes of them.

use std::fmt::Write as _;

use flagstate::diff::Kind;

use crate::analysis::dice::Dice;

#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) is_final: bool,
    pub(crate) immutable: bool,
    pub(crate) inactive: bool,
    pub(crate) robots_only: bool,
    pub(crate) reserved: bool,
    /// Minutes, and where the timer leads.
    pub(crate) timer: Option<(usize, usize)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) event: usize,
    pub(crate) by: &'static str,
    pub(crate) from: usize,
    pub(crate) guard: Option<String>,
    pub(crate) to: usize,
    pub(crate) set: Option<usize>,
}

/// An event that a state raises for later when it is entered; one that waits already is called off, so that
/// only so many orders differ.
#[derive(Debug, Clone)]
pub(crate) struct Later {
    pub(crate) event: String,
    pub(crate) raised_in: usize,
    minutes: usize,
    from: usize,
    to: usize,
    /// Names and types of what it brings, and whether it may lack it.
    payload: Vec<(&'static str, &'static str, bool)>,
}

impl Later {
    fn new(dice: &mut Dice, states: usize) -> Self {
        Self {
            event: "remind".to_owned(),
            raised_in: dice.below(states),
            minutes: 1 + dice.below(90),
            from: dice.below(states),
            to: dice.below(states),
            payload: match dice.below(3) {
                0 => Vec::new(),
                _ => vec![("number", "type: integer", dice.below(4) == 0)],
            },
        }
    }

    /// Its row.
    fn row(&self, names: &[String]) -> String {
        let payload = self.payload.iter().map(|(name, ty, optional)| {
            let optional = if *optional { ", optional: true" } else { "" };
            format!("{name}: {{ {ty}{optional} }}")
        });
        format!(
            "  {}: {{ by: [user, system], payload: {{ {} }}, from: {}, to: {} }}\n",
            self.event,
            payload.collect::<Vec<_>>().join(", "),
            names[self.from],
            names[self.to]
        )
    }

    /// What the state does that raises it.
    fn raise(&self) -> String {
        let with = self.payload.iter().map(|(name, ty, _)| {
            let value = match *ty {
                "type: integer" => "order.count",
                "type: decimal" => "1.5",
                "type: boolean" => "order.held",
                _ => "'\"long\"'",
            };
            format!("{name}: {value}")
        });
        format!(
            "cancel: {0}, raise: {{ event: {0}, after: {1}m, with: {{ {2} }} }}",
            self.event,
            self.minutes,
            with.collect::<Vec<_>>().join(", ")
        )
    }

    fn change(&mut self, dice: &mut Dice) {
        const TYPES: [&str; 4] = [
            "type: integer",
            "type: decimal",
            "type: boolean",
            "type: enum, values: [long, short]",
        ];
        match dice.below(6) {
            0 => "prompt".clone_into(&mut self.event),
            1 => self.payload.push(("word", TYPES[3], dice.below(2) == 0)),
            2 => drop(self.payload.pop()),
            3 => {
                if let Some((_, ty, _)) = self.payload.first_mut() {
                    *ty = TYPES[dice.below(4)];
                }
            }
            4 => {
                if let Some((_, _, optional)) = self.payload.first_mut() {
                    *optional = !*optional;
                }
            }
            _ => self.minutes += 1,
        }
    }
}

/// A workflow whose states are flat but for one that may hold two states, and one that may hold two
/// regions.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) version: usize,
    pub(crate) names: Vec<String>,
    pub(crate) places: Vec<Place>,
    pub(crate) rows: Vec<Row>,
    /// From, guard, to, and the number that is set so that the order comes to rest.
    pub(crate) always: Vec<(usize, usize, usize)>,
    pub(crate) nested: bool,
    /// Whether orders may leave the regions when both are at their second state.
    pub(crate) regions: bool,
    pub(crate) default: usize,
    /// Where it raises an event for later.
    pub(crate) later: Option<Later>,
}

const BY: [&str; 4] = ["user", "robot", "[user, robot]", "[user, system]"];

impl Flow {
    pub(crate) fn new(dice: &mut Dice, nested: bool) -> Self {
        let count = 4 + dice.below(3);
        let mut places: Vec<Place> = (0..count).map(|_| Place::default()).collect();
        for (index, place) in places.iter_mut().enumerate() {
            let timer = (dice.below(4) == 0).then(|| (1 + dice.below(90), dice.below(count)));
            place.is_final = index > 1 && dice.below(3) == 0;
            place.immutable = !place.is_final && index > 0 && dice.below(8) == 0;
            place.inactive = index > 0 && dice.below(12) == 0;
            place.robots_only = index > 0 && dice.below(8) == 0;
            place.reserved = dice.below(2) == 0;
            place.timer = timer.filter(|_| !place.is_final);
        }
        let mut flow = Self {
            version: 1,
            names: (0..count).map(|index| format!("s{index}")).collect(),
            places,
            rows: Vec::new(),
            always: Vec::new(),
            nested: nested && dice.below(2) == 0,
            regions: nested && dice.below(2) == 0,
            default: 0,
            later: None,
        };
        for _ in 0..count + dice.below(4) {
            let row = flow.row(dice);
            flow.rows.push(row);
        }
        if dice.below(3) == 0 {
            let from = flow.live(dice);
            let to = dice.below(count);
            flow.always.push((from, 1 + dice.below(3), to));
        }
        flow
    }

    /// One that raises an event for later.
    pub(crate) fn raising(dice: &mut Dice) -> Self {
        let mut flow = Self::new(dice, true);
        let mut later = Later::new(dice, flow.places.len());
        (later.raised_in, later.from) = (flow.live(dice), flow.live(dice));
        flow.later = Some(later);
        flow
    }

    /// Changes the event that is raised for later, or no longer raises it.
    pub(crate) fn change_later(&mut self, dice: &mut Dice) {
        match dice.below(6) {
            0 => self.later = None,
            _ => self.later.iter_mut().for_each(|later| later.change(dice)),
        }
    }

    /// A state with ways out.
    fn live(&self, dice: &mut Dice) -> usize {
        let live: Vec<usize> = (0..self.places.len())
            .filter(|&at| !self.places[at].is_final)
            .collect();
        live[dice.below(live.len())]
    }

    pub(crate) fn guard(dice: &mut Dice) -> String {
        let atom = |dice: &mut Dice| match dice.below(3) {
            0 => "order.held".to_owned(),
            1 => format!("order.count > {}", dice.below(3)),
            _ => format!("order.count == {}", dice.below(4)),
        };
        dice.guard(2, &atom)
    }

    fn row(&self, dice: &mut Dice) -> Row {
        Row {
            event: dice.below(3),
            by: BY[dice.below(4)],
            from: self.live(dice),
            guard: (dice.below(2) == 0).then(|| Self::guard(dice)),
            to: dice.below(self.places.len()),
            set: (dice.below(4) == 0).then(|| dice.below(4)),
        }
    }

    /// The path of a state as a source or a target.
    fn path(&self, at: usize) -> &str {
        &self.names[at]
    }

    pub(crate) fn to_yaml(&self) -> String {
        let mut text = format!(
            "flagstate: 1\nworkflow: random\nversion: {}\ncontext:\n  count: {{ type: integer, default: {} }}\n  held: {{ type: boolean, default: false }}\nactors: [user, robot]\ninitial: {}\nstates:\n",
            self.version,
            self.default,
            self.path(0)
        );
        for (at, place) in self.places.iter().enumerate() {
            write!(
                text,
                "  {}:\n    flags: {{ reserved: {} }}\n",
                self.names[at], place.reserved
            )
            .unwrap();
            for (key, holds) in [
                ("final", place.is_final),
                ("immutable", place.immutable),
                ("inactive", place.inactive),
            ] {
                if holds {
                    writeln!(text, "    {key}: true").unwrap();
                }
            }
            let later = self.later.iter().find(|later| later.raised_in == at);
            let enter = [
                place.robots_only.then(|| "by: [robot, system]".to_owned()),
                later.map(Later::raise),
            ];
            let enter: Vec<String> = enter.into_iter().flatten().collect();
            if !enter.is_empty() {
                writeln!(text, "    enter: {{ {} }}", enter.join(", ")).unwrap();
            }
            if let Some((minutes, to)) = place.timer {
                writeln!(
                    text,
                    "    timers: {{ lapse: {{ after: {minutes}m, to: {} }} }}",
                    self.path(to)
                )
                .unwrap();
            }
        }
        if self.nested {
            text += "  box:\n    states: { one: , two: }\n";
        }
        if self.regions {
            text += "  both:\n    regions:\n      left: { states: { a: , b: } }\n      right: { states: { c: , d: } }\n";
        }
        if !self.always.is_empty() || self.regions {
            text += "always:\n";
        }
        for (from, number, to) in &self.always {
            writeln!(
                text,
                "  - {{ from: {}, guard: order.count == {number}, set: {{ count: '0' }}, to: {} }}",
                self.path(*from),
                self.path(*to)
            )
            .unwrap();
        }
        if self.regions {
            writeln!(
                text,
                "  - {{ from: both, guard: 'in_state(\"both.left.b\") && in_state(\"both.right.d\")', to: {} }}",
                self.path(1)
            )
            .unwrap();
        }
        text += "transitions:\n";
        for event in 0..3 {
            let rows: Vec<&Row> = self.rows.iter().filter(|row| row.event == event).collect();
            if rows.is_empty() {
                continue;
            }
            writeln!(text, "  e{event}:\n    moves:").unwrap();
            for row in rows {
                write!(
                    text,
                    "      - {{ by: {}, from: {}, to: {}",
                    row.by,
                    self.path(row.from),
                    self.path(row.to)
                )
                .unwrap();
                if let Some(guard) = &row.guard {
                    write!(text, ", guard: '{guard}'").unwrap();
                }
                if let Some(number) = row.set {
                    write!(text, ", set: {{ count: '{number}' }}").unwrap();
                }
                text += " }\n";
            }
        }
        text.extend(self.later.iter().map(|later| later.row(&self.names)));
        if self.nested {
            writeln!(
                text,
                "  enter_box: {{ by: user, from: {}, to: box }}",
                self.path(0)
            )
            .unwrap();
            writeln!(
                text,
                "  turn: {{ by: user, from: box.one, guard: order.held, to: box.two }}"
            )
            .unwrap();
            writeln!(
                text,
                "  leave_box: {{ by: robot, from: box.two, to: {} }}",
                self.path(1)
            )
            .unwrap();
        }
        if self.regions {
            writeln!(
                text,
                "  enter_both: {{ by: user, from: {}, to: both }}",
                self.path(0)
            )
            .unwrap();
            text += "  go_left: { by: user, from: both.left.a, to: both.left.b }\n";
            text += "  go_right: { by: robot, from: both.right.c, guard: order.count > 1, to: both.right.d }\n";
        }
        text
    }

    /// Changes something; tells what is to be found, and about what. `None` where nothing was changed.
    pub(crate) fn change(&mut self, dice: &mut Dice) -> Option<(Kind, String)> {
        let at = dice.below(self.places.len());
        let name = self.names[at].clone();
        match dice.below(12) {
            0 => {
                // The state goes by another name.
                self.names[at] = format!("{name}_new");
                Some((Kind::StateRemoved, name))
            }
            1 => {
                let place = &mut self.places[at];
                place.reserved = !place.reserved;
                Some((
                    if place.reserved {
                        Kind::FlagGained
                    } else {
                        Kind::FlagLost
                    },
                    name,
                ))
            }
            2 => {
                let place = &mut self.places[at];
                let (minutes, _) = place.timer.as_mut()?;
                let about = format!("{name}.lapse");
                if dice.below(2) == 0 && *minutes > 1 {
                    *minutes -= 1;
                    return Some((Kind::TimerShortened, about));
                }
                *minutes += 1;
                Some((Kind::TimerLengthened, about))
            }
            3 => {
                self.places[at].timer.take()?;
                Some((Kind::TimerRemoved, format!("{name}.lapse")))
            }
            4 if !self.places[at].is_final && self.places[at].timer.is_none() => {
                self.places[at].timer = Some((30, dice.below(self.places.len())));
                Some((Kind::TimerAdded, format!("{name}.lapse")))
            }
            5 if at > 0 => {
                let place = &mut self.places[at];
                if place.is_final {
                    place.is_final = false;
                    return Some((Kind::StateReopens, name));
                }
                if place.immutable || place.timer.is_some() {
                    return None;
                }
                let goes_out = self.rows.iter().any(|row| row.from == at)
                    || self.always.iter().any(|(from, ..)| *from == at)
                    || self.later.iter().any(|later| later.from == at);
                if goes_out {
                    return None;
                }
                self.places[at].is_final = true;
                Some((Kind::StateEnds, name))
            }
            6 if at > 0 && !self.places[at].is_final => {
                let place = &mut self.places[at];
                place.immutable = !place.immutable;
                Some((
                    if place.immutable {
                        Kind::StateLocked
                    } else {
                        Kind::StateUnlocked
                    },
                    name,
                ))
            }
            7 if at > 0 => {
                let place = &mut self.places[at];
                place.inactive = !place.inactive;
                let kind = if place.inactive {
                    Kind::StateSwitchedOff
                } else {
                    Kind::StateSwitchedOn
                };
                Some((kind, name))
            }
            8 if at > 0 => {
                let place = &mut self.places[at];
                place.robots_only = !place.robots_only;
                let kind = if place.robots_only {
                    Kind::EntryRestricted
                } else {
                    Kind::EntryOpened
                };
                Some((kind, name))
            }
            9 => {
                let index = dice.below(self.rows.len().max(1));
                if index >= self.rows.len() {
                    return None;
                }
                let row = self.rows.remove(index);
                // Another row may give the same right, and the event may be gone with its last row.
                let others = self
                    .rows
                    .iter()
                    .any(|other| other.event == row.event && other.from == row.from);
                let remains = self.rows.iter().any(|other| other.event == row.event);
                let kind = match (remains, others) {
                    (false, _) => Kind::EventRemoved,
                    (true, false) => Kind::TransitionRemoved,
                    (true, true) => return None,
                };
                Some((kind, format!("e{}", row.event)))
            }
            10 => {
                self.default = (self.default + 1) % 4;
                Some((Kind::FieldDefaultChanged, "count".to_owned()))
            }
            _ => {
                let index = dice.below(self.rows.len().max(1));
                let row = self.rows.get(index)?;
                let alone = self
                    .rows
                    .iter()
                    .filter(|other| other.event == row.event && other.from == row.from);
                if alone.count() != 1 {
                    return None;
                }
                let to = (row.to + 1) % self.places.len();
                let row = &mut self.rows[index];
                row.to = to;
                Some((Kind::TransitionRetargeted, format!("e{}", row.event)))
            }
        }
    }
}
