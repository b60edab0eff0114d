//! The orders of `tests/cases/runtime/shop.yaml` as a person would program them: what every store and
//! engine is compared with. It shares no code with the interpreter or the runtime.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Seconds since the beginning.
pub(super) type Seconds = i64;

const HOLD: Seconds = 20 * 60;
/// In the second version, twice as long.
const REMIND: Seconds = 60 * 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Cart,
    Placed,
    Shipped,
    Dropped,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cart => "cart",
            Self::Placed => "placed",
            Self::Shipped => "shipped",
            Self::Dropped => "dropped",
        }
    }

    fn is_final(self) -> bool {
        matches!(self, Self::Shipped | Self::Dropped)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    pub(super) state: State,
    pub(super) paid: i64,
    pub(super) version: u64,
    pub(super) at: Seconds,
    pub(super) due: Option<Seconds>,
    pub(super) parent: Option<String>,
    /// How its parts stand, as it was last told.
    parts: BTreeMap<State, u32>,
    pub(super) effects: Vec<String>,
    /// The version of the workflow that it runs under: 1 or 2.
    edition: i64,
}

/// What is asked of an order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ask {
    Create { parent: Option<String> },
    Place,
    Pay { amount: i64 },
    PayNothing,
    Ship,
    Cancel,
    SetPaid { paid: i64 },
    Force { to: State },
    MoveTimer { due: Seconds },
    Tick,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) order: String,
    pub(super) ask: Ask,
    pub(super) by: &'static str,
    pub(super) id: Option<String>,
    pub(super) expected: Option<u64>,
    pub(super) at: Seconds,
}

/// What is answered, and how the order stands then.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Accepted(u64, State),
    Repeated(u64, State),
    Refused(Option<(u64, State)>),
    Conflict(u64),
    Unknown,
    Exists(u64),
    IdUsed,
    Invalid,
}

#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) orders: BTreeMap<String, Order>,
    /// The version that new orders are made under.
    pub(super) edition: i64,
    answers: BTreeMap<(String, String), (Ask, &'static str, Told)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            orders: BTreeMap::new(),
            edition: 1,
            answers: BTreeMap::new(),
        }
    }
}

impl Model {
    /// Every order comes to the other version: a step each, and what runs goes on.
    pub(super) fn migrate(&mut self, at: Seconds) {
        self.edition = 3 - self.edition;
        for order in self.orders.values_mut() {
            order.edition = self.edition;
            order.version += 1;
            order.at = at.max(order.at);
        }
    }

    /// Answers, and whether the answer was given before.
    pub(super) fn ask(&mut self, asked: &Asked) -> (Told, bool) {
        let known = asked
            .id
            .as_ref()
            .map(|id| (asked.order.clone(), id.clone()));
        if let Some((ask, by, told)) = known.as_ref().and_then(|known| self.answers.get(known)) {
            let same = (ask, *by) == (&asked.ask, asked.by);
            return if same {
                (told.clone(), true)
            } else {
                (Told::IdUsed, false)
            };
        }
        let told = self.first(asked);
        let is_kept = matches!(
            told,
            Told::Accepted(..) | Told::Repeated(..) | Told::Refused(Some(_))
        );
        if let Some(known) = known.filter(|_| is_kept) {
            self.answers
                .insert(known, (asked.ask.clone(), asked.by, told.clone()));
        }
        (told, false)
    }

    fn first(&mut self, asked: &Asked) -> Told {
        let name = &asked.order;
        if let Ask::Create { parent } = &asked.ask {
            if let Some(order) = self.orders.get(name) {
                return Told::Exists(order.version);
            }
            if parent
                .as_ref()
                .is_some_and(|parent| !self.orders.contains_key(parent))
            {
                return Told::Invalid;
            }
            let order = Order {
                state: State::Cart,
                paid: 0,
                version: 1,
                at: asked.at,
                due: Some(asked.at + HOLD),
                parent: parent.clone(),
                parts: BTreeMap::new(),
                effects: Vec::new(),
                edition: self.edition,
            };
            self.orders.insert(name.clone(), order);
            self.spread(name, asked.at, None);
            return self.stands(name, Told::Accepted);
        }
        let Some(order) = self.orders.get(name) else {
            return Told::Unknown;
        };
        if asked
            .expected
            .is_some_and(|expected| expected != order.version)
        {
            return Told::Conflict(order.version);
        }
        let before = order.version;
        let done = self.step(name, &asked.ask, asked.by, asked.at);
        if self.orders[name].version != before {
            let cancelled = (done == Some(true) && asked.ask == Ask::Cancel).then_some(());
            self.spread(name, asked.at, cancelled);
        }
        match done {
            Some(true) => self.stands(name, Told::Accepted),
            Some(false) => self.stands(name, Told::Repeated),
            None => self.stands(name, |version, state| Told::Refused(Some((version, state)))),
        }
    }

    fn stands(&self, name: &str, told: impl Fn(u64, State) -> Told) -> Told {
        let order = &self.orders[name];
        told(order.version, order.state)
    }

    /// One step, after the timer that is due: `None` where it is refused, `Some(false)` where nothing
    /// is to be done.
    fn step(&mut self, name: &str, ask: &Ask, by: &str, at: Seconds) -> Option<bool> {
        let order = self.orders.get_mut(name).unwrap();
        let at = at.max(order.at);
        order.advance(name, at);
        match ask {
            Ask::Tick => return Some(true),
            Ask::Place if by == "customer" && order.state == State::Cart => {
                order.step(name, at, Some(State::Placed));
            }
            Ask::Place if by == "customer" && order.state == State::Placed => return Some(false),
            Ask::Pay { amount } if by == "clerk" && order.state == State::Placed => {
                order.paid += amount;
                order.step(name, at, None);
            }
            Ask::Ship if by == "clerk" && order.state == State::Placed => {
                let all = order
                    .parts
                    .iter()
                    .all(|(state, n)| *state == State::Shipped || *n == 0);
                if order.paid < 100 || !all {
                    return None;
                }
                order.step(name, at, Some(State::Shipped));
            }
            Ask::Cancel if !order.state.is_final() => order.step(name, at, Some(State::Dropped)),
            Ask::SetPaid { paid } if !order.state.is_final() => {
                order.paid = *paid;
                order.step(name, at, None);
            }
            Ask::Force { to } => order.step(name, at, Some(*to)),
            Ask::MoveTimer { due } if order.state == State::Cart => {
                order.due = Some(*due);
                order.step(name, at, None);
            }
            _ => return None,
        }
        Some(true)
    }

    /// Tells the parent, and the parts of an order that was cancelled.
    fn spread(&mut self, name: &str, at: Seconds, cancelled: Option<()>) {
        let mut open: VecDeque<(String, bool)> = VecDeque::new();
        let spread = |model: &Self, name: &str, cancelled: bool, open: &mut VecDeque<_>| {
            if cancelled {
                let parts = model
                    .orders
                    .iter()
                    .filter(|(_, part)| part.parent.as_deref() == Some(name));
                open.extend(parts.map(|(part, _)| (part.clone(), true)));
            }
            if let Some(parent) = model.orders[name].parent.clone() {
                open.push_front((parent, false));
            }
        };
        spread(self, name, cancelled.is_some(), &mut open);
        while let Some((to, is_sent)) = open.pop_front() {
            let before = self.orders[&to].version;
            let done = if is_sent {
                self.step(&to, &Ask::Cancel, "system", at)
            } else {
                self.count(&to, at);
                None
            };
            if self.orders[&to].version != before {
                spread(self, &to, done == Some(true), &mut open);
            }
        }
    }

    fn count(&mut self, name: &str, at: Seconds) {
        let mut parts = BTreeMap::new();
        for part in self
            .orders
            .values()
            .filter(|part| part.parent.as_deref() == Some(name))
        {
            *parts.entry(part.state).or_default() += 1;
        }
        let order = self.orders.get_mut(name).unwrap();
        if order.parts != parts {
            let at = at.max(order.at);
            order.advance(name, at);
            order.parts = parts;
            order.step(name, at, None);
        }
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.orders.keys().cloned().collect()
    }
}

impl Order {
    /// The timer that is due: of the cart, or the reminder.
    fn advance(&mut self, name: &str, now: Seconds) {
        let Some(due) = self.due.filter(|due| *due <= now) else {
            return;
        };
        let at = due.max(self.at);
        self.due = None;
        match self.state {
            State::Cart => self.step(name, at, Some(State::Dropped)),
            _ => {
                self.version += 1;
                self.at = at;
                self.ask(name, "mail", 0);
            }
        }
    }

    fn step(&mut self, name: &str, at: Seconds, to: Option<State>) {
        self.version += 1;
        self.at = at;
        let mut place = 0;
        if let Some(to) = to {
            self.state = to;
            self.due = match to {
                State::Cart => Some(at + HOLD),
                State::Placed => Some(at + REMIND * self.edition),
                _ => None,
            };
            match to {
                State::Placed => {
                    self.ask(name, "mail", 0);
                    place = 1;
                }
                State::Shipped => self.ask(name, "pack", 0),
                _ => {}
            }
        }
        let total: u32 = self.parts.values().sum();
        let shipped = self.parts.get(&State::Shipped).copied().unwrap_or(0);
        let all = shipped > 0 && shipped == total;
        if self.state == State::Placed && all && self.paid >= 100 {
            self.state = State::Shipped;
            self.due = None;
            self.ask(name, "pack", place);
        }
    }

    fn ask(&mut self, name: &str, effect: &str, place: usize) {
        let version = self.version;
        self.effects
            .push(format!("shop/{name}/{version}.{place} {effect}"));
    }
}
