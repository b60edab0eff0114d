//! A question to the solver, and the smallest answer.
//!
//! In: what has to hold, and a [`Moment`] to stay close to. Out: a moment in which it does, that
//! differs from the given one in as little as possible, or a proof that there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

use batsat::Lit;

use super::circuit::Found;
use super::data::{Data, Listed, power};
use super::encode::Encoder;
use super::moment::{Moment, zero};
use super::number::Number;
use super::space::{Name, Scene, Space, Variable};
use super::text::Texts;
use crate::context::Value;
use crate::graph::{Condition, FieldId, Id, Kind as StateKind, StateId};
use crate::guard::Guard;
use crate::guard::kind::Kind;
use crate::guard::tree::{Form, Home, Tree};
use crate::time::Zone;

/// A question in the making.
pub(super) struct Query<'w> {
    pub(super) encoder: Encoder<'w>,
    base: Moment,
    /// What is assumed from now on.
    pub(super) assumed: Vec<Lit>,
    /// The zone of the base.
    zone: Zone,
    /// Whether it is that zone, once clocks matter.
    here: Option<Lit>,
    /// How often something was learned of its clocks.
    learned: usize,
    /// The most conflicts of one search where clocks matter.
    pub(super) most: u64,
    /// How many numbers of children are held together.
    related: usize,
    /// Whether some search was given up, so that an answer may not be the smallest.
    pub(super) gave_up: bool,
}

/// How often clocks are asked for one question.
const MOST_LEARNED: usize = 60;

/// The most conflicts of one search where clocks matter: what takes longer is rarely found out at all.
const MOST_CONFLICTS: u64 = 2_000;

/// The same where one question is asked, of one order.
pub(super) const MOST_OF_ONE: u64 = 10_000;

/// How few values are tried to differ before all may.
const MOST_FEWEST: usize = 32;

/// How a variable lies to the moment that the answer is to stay close to.
pub(super) struct Near {
    /// Whether it is as there.
    pub(super) same: Lit,
    /// Whether it has a value.
    pub(super) present: Lit,
    /// How far its value lies from the one there, or from nothing.
    pub(super) distance: Option<Number>,
    /// Whether it is no less than there.
    pub(super) above: Lit,
}

impl<'w> Query<'w> {
    /// A question about conditions.
    pub(super) fn new<'c>(
        scene: Scene<'w>,
        base: Moment,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> Self {
        let texts = texts(&scene, &base, conditions);
        let zone = base.zone(scene.workflow);
        let mut encoder = Encoder::new(Space::new(scene, texts));
        encoder.base = Some(base.clone());
        Self {
            zone,
            encoder,
            base,
            assumed: Vec::new(),
            here: None,
            learned: 0,
            most: MOST_CONFLICTS,
            related: 0,
            gave_up: false,
        }
    }

    /// Requires a literal.
    pub(super) fn require(&mut self, literal: Lit) {
        self.encoder.space.circuit.require(literal);
    }

    /// Leaves out numbers that nobody writes: beyond 10^15.
    pub(super) fn keep_numbers_small(&mut self) {
        for variable in self.encoder.space.variables.values() {
            let circuit = &mut self.encoder.space.circuit;
            if let Data::Number(number, scale) = &variable.data
                && let Some(most) = power(scale + 15)
            {
                let small = circuit.within(number, -most, most);
                circuit.clause(&[!variable.present, small]);
            }
        }
    }

    /// Whether a number lies in a range of units, or a duration in one of seconds; `None` for all else.
    pub(super) fn within(&mut self, name: &Name, low: i128, high: i128) -> Option<Lit> {
        let data = self.encoder.space.variable(name)?.data;
        let circuit = &mut self.encoder.space.circuit;
        let number = match data {
            Data::Number(number, _) => number,
            Data::Length { .. } => circuit.nominal(&data)?,
            _ => return None,
        };
        Some(circuit.within(&number, low, high))
    }

    /// Looks for an answer under the assumptions. There is none at all only where there is none in any zone.
    pub(super) fn search(&mut self) -> Found {
        match self.search_here() {
            Found::Nothing if !self.encoder.drifts.is_empty() => {
                let circuit = &mut self.encoder.space.circuit;
                match circuit.search_within(self.most, &self.assumed) {
                    Found::Nothing => Found::Nothing,
                    Found::Model | Found::GaveUp => Found::GaveUp,
                }
            }
            found => found,
        }
    }

    /// Looks for an answer in UTC or in the zone of the base, whose clocks are learned by the way.
    fn search_here(&mut self) -> Found {
        let found = self.searched();
        self.gave_up |= found == Found::GaveUp;
        found
    }

    fn searched(&mut self) -> Found {
        self.relate_children();
        self.encoder.relate_entries();
        if self.encoder.drifts.is_empty() {
            return self.encoder.space.circuit.search(&self.assumed);
        }
        let here = self.here();
        let utc = self.encoder.space.utc();
        let circuit = &mut self.encoder.space.circuit;
        let told = circuit.or(here, utc);
        self.assumed.push(told);
        let found = loop {
            let circuit = &mut self.encoder.space.circuit;
            let found = circuit.search_within(self.most, &self.assumed);
            if found != Found::Model || self.encoder.space.circuit.holds(utc) {
                break found;
            }
            match self.learn(here) {
                Some(true) => {}
                Some(false) => break Found::Model,
                None => break Found::GaveUp,
            }
        };
        self.assumed.pop();
        found
    }

    /// Takes the numbers of children as they are, whatever they are.
    pub(super) fn leave_children(&mut self) {
        self.related = usize::MAX;
    }

    /// Holds numbers of children together, once more of them were asked for.
    fn relate_children(&mut self) {
        let space = &mut self.encoder.space;
        let counts = space.variables.keys();
        let counts = counts
            .filter(|name| matches!(name, Name::Count(..)))
            .count();
        if counts > self.related {
            // Numbers that are too large to be added are left apart.
            space.relate_children();
            self.related = counts;
        }
    }

    /// Whether the zone is the one of the base. Where that is UTC, there is no other.
    pub(super) fn here(&mut self) -> Lit {
        if let Some(here) = self.here {
            return here;
        }
        let utc = self.encoder.space.utc();
        let here = match self.zone == Zone::default() {
            true => utc,
            false => {
                let here = self.encoder.space.circuit.fresh();
                let circuit = &mut self.encoder.space.circuit;
                circuit.clause(&[!here, !utc]);
                let offsets = self.zone.offsets();
                for drift in self.encoder.drifts.values() {
                    drift.bound(circuit, &offsets, here);
                }
                here
            }
        };
        self.here = Some(here);
        here
    }

    /// Holds the model to the clocks of the zone; whether there was a need to. `None` where they are not
    /// known, or were asked for too often.
    fn learn(&mut self, here: Lit) -> Option<bool> {
        let mut learned = false;
        for drift in self.encoder.drifts.values() {
            learned |= drift.learn(&mut self.encoder.space.circuit, &self.zone, here)?;
        }
        self.learned += usize::from(learned);
        (self.learned <= MOST_LEARNED).then_some(learned)
    }

    /// Looks for an answer under one assumption more, and keeps it where there is one.
    pub(super) fn prefer(&mut self, literal: Lit) -> bool {
        self.assumed.push(literal);
        if self.search_here() == Found::Model {
            return true;
        }
        self.assumed.pop();
        false
    }

    /// The names that were asked for.
    pub(super) fn names(&self) -> Vec<Name> {
        self.encoder.space.variables.keys().cloned().collect()
    }

    /// How a variable lies to the base.
    pub(super) fn near(&mut self, name: &Name) -> Option<Near> {
        let variable = self.encoder.space.variable(name)?;
        let base = self.base_of(name);
        let zero = base.clone().unwrap_or_else(|| zero(&variable.ty));
        let space = &mut self.encoder.space;
        let anchor = space.circuit.data(&zero, &space.texts);
        let circuit = &mut space.circuit;
        let equal = circuit.identical(&variable.data, &anchor);
        let same = match base {
            Some(_) => circuit.and(variable.present, equal),
            None => !variable.present,
        };
        let above = match circuit.comparable(&variable.data, &anchor) {
            Some((value, anchor)) => circuit.at_most(&anchor, &value),
            None => circuit.yes(),
        };
        Some(Near {
            same,
            above,
            present: variable.present,
            distance: circuit.distance(&variable.data, &anchor),
        })
    }

    /// How the lists lie to those of the base: how many entries they have, then what these add up to.
    fn near_lists(&mut self) -> Vec<Near> {
        let lists: Vec<(Name, Listed)> = self.encoder.lists.clone().into_iter().collect();
        let mut found = Vec::new();
        for (name, listed) in lists {
            let base = match self.base_of(&name) {
                Some(Value::List(entries)) => entries.len() as i128,
                _ => 0,
            };
            let circuit = &mut self.encoder.space.circuit;
            let count = Data::Number(listed.count, 0);
            let (base, nothing) = (circuit.number(base), circuit.number(0));
            let scale = match &listed.sum {
                Some((_, Data::Number(_, scale))) => *scale,
                _ => 0,
            };
            let anchors = [Data::Number(base, 0), Data::Number(nothing, scale)];
            let sum = listed.sum.map(|(_, sum)| sum);
            for (value, anchor) in [Some(count), sum].into_iter().zip(anchors) {
                let Some(value) = value else { continue };
                let same = circuit.identical(&value, &anchor);
                found.push(Near {
                    same,
                    above: circuit.yes(),
                    present: circuit.yes(),
                    distance: circuit.distance(&value, &anchor),
                });
            }
        }
        found
    }

    /// Makes the answer as much like the base as it can be: variable by variable, as it is there or as
    /// near as can be.
    pub(super) fn shrink(&mut self) {
        let mut differ = Vec::new();
        for name in self.names() {
            if matches!(name, Name::Order(_) | Name::Event(_) | Name::Settings(_))
                && let Some(near) = self.near(&name)
            {
                differ.push(!near.same);
            }
        }
        self.fewest(&differ);
        let mut moved = Vec::new();
        for name in self.names() {
            let Some(near) = self.near(&name) else {
                continue;
            };
            if self.prefer(near.same) {
                continue;
            }
            self.approach(&near);
            moved.push(near.above);
        }
        for near in self.near_lists() {
            if !self.prefer(near.same) {
                self.approach(&near);
            }
        }
        // Of two values that are equally near, the larger reads better.
        for above in moved {
            self.prefer(above);
        }
        self.search_here();
    }

    /// The smallest answer that is confirmed, once there is one at all. Where the very nearest values are
    /// not what they seem, further ones are tried.
    pub(super) fn confirmed(&mut self, confirm: impl Fn(&Moment) -> bool) -> Option<Moment> {
        let any = self.moment();
        self.shrink();
        if let Some(nearest) = self.moment().filter(&confirm) {
            return Some(nearest);
        }
        self.assumed.clear();
        for name in self.names() {
            if let Some(near) = self.near(&name) {
                self.prefer(near.same);
            }
        }
        self.search_here();
        self.moment()
            .filter(&confirm)
            .or_else(|| any.filter(&confirm))
    }

    /// Lets as few literals hold as can be.
    pub(super) fn fewest(&mut self, literals: &[Lit]) {
        let circuit = &mut self.encoder.space.circuit;
        let (one, zero) = (circuit.number(1), circuit.number(0));
        let mut count = circuit.number(0);
        for &literal in literals {
            let each = circuit.either(literal, &one, &zero);
            if let Some(sum) = circuit.sum(&count, &each) {
                count = sum;
            }
        }
        for most in 0..=MOST_FEWEST.min(literals.len()) {
            let within = self.bound(&count, i128::try_from(most).unwrap_or(i128::MAX));
            if self.prefer(within) {
                return;
            }
        }
    }

    /// Brings a variable that has to differ as near to the base as can be.
    pub(super) fn approach(&mut self, near: &Near) {
        if !self.prefer(near.present) {
            self.prefer(!near.present);
            return;
        }
        let Some(distance) = &near.distance else {
            return;
        };
        let (mut low, mut high) = (0, self.encoder.space.circuit.value(distance));
        // Near values come first: most answers are a small step away.
        let mut reach = 1;
        while reach < high && !self.reaches(distance, reach) {
            low = reach + 1;
            reach *= 8;
        }
        high = high.min(reach);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.reaches(distance, middle) {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        let within = self.bound(distance, high);
        self.prefer(within);
    }

    fn bound(&mut self, distance: &Number, most: i128) -> Lit {
        let circuit = &mut self.encoder.space.circuit;
        let most = circuit.number(most);
        circuit.at_most(distance, &most)
    }

    /// Whether there is an answer within a distance.
    fn reaches(&mut self, distance: &Number, most: i128) -> bool {
        let within = self.bound(distance, most);
        self.assumed.push(within);
        let found = self.search_here();
        self.assumed.pop();
        found == Found::Model
    }

    /// The value that the base has for a name.
    fn base_of(&self, name: &Name) -> Option<Value> {
        let base = &self.base;
        let count = |set: usize| base.children.get(set);
        match name {
            Name::Utc => Some(Value::Boolean(self.zone == Zone::default())),
            Name::State(state) => Some(Value::Boolean(base.active.contains(state))),
            Name::Total(set) => {
                let total = count(*set).map_or(0, |counts| counts.total);
                Some(Value::Integer(total.into()))
            }
            Name::Count(set, state) => {
                let found = count(*set).map_or(0, |counts| counts.by_state.get(state));
                Some(Value::Integer(found.into()))
            }
            Name::Role => Some(Value::Text(base.actor.role.as_str().into())),
            Name::ActorId => base.actor.id.as_deref().map(|id| Value::Text(id.into())),
            Name::Now => Some(Value::Datetime(base.now)),
            Name::Event(slot) => base.event.get(*slot).cloned().flatten(),
            Name::Settings(slot) => base.settings.get(*slot).cloned(),
            Name::Order(slot) => base.order.get(*slot).cloned().flatten(),
        }
    }

    /// The moment of the model that was found last; `None` where a value cannot be written.
    pub(super) fn moment(&self) -> Option<Moment> {
        let mut moment = self.base.clone();
        for (name, variable) in &self.encoder.space.variables {
            self.put(&mut moment, name, variable)?;
        }
        moment.active = self.configuration();
        Some(moment)
    }

    fn put(&self, moment: &mut Moment, name: &Name, variable: &Variable) -> Option<()> {
        let space = &self.encoder.space;
        let circuit = &space.circuit;
        let before = self.base_of(name);
        let value = match circuit.holds(variable.present) {
            false => None,
            true if matches!(variable.data, Data::Lost) => {
                let list = self.encoder.list(name, before.as_ref());
                list.or_else(|| Some(before.unwrap_or_else(|| zero(&variable.ty))))
            }
            true => Some(circuit.value_of(&variable.data, &variable.ty, &space.texts)?),
        };
        let number = |value: &Option<Value>| match value {
            Some(Value::Integer(number)) => u32::try_from(*number).ok(),
            _ => None,
        };
        match name {
            Name::State(_) => {}
            Name::Utc => self.put_zone(moment, value == Some(Value::Boolean(true))),
            Name::Total(set) => moment.children.get_mut(*set)?.total = number(&value)?,
            Name::Count(set, state) => {
                let counts = &mut moment.children.get_mut(*set)?.by_state;
                counts.set(state, number(&value)?);
                counts.retain(|_, count| count > 0);
            }
            Name::Role => moment.actor.role = value?.to_string(),
            Name::ActorId => moment.actor.id = value.map(|value| value.to_string()),
            Name::Now => match value? {
                Value::Datetime(at) => moment.now = at,
                _ => return None,
            },
            Name::Event(slot) => *moment.event.get_mut(*slot)? = value,
            Name::Settings(slot) => *moment.settings.get_mut(*slot)? = value?,
            Name::Order(slot) => *moment.order.get_mut(*slot)? = value,
        }
        Some(())
    }

    /// Puts the tenant in UTC, where the answer counts days as there.
    fn put_zone(&self, moment: &mut Moment, utc: bool) {
        let workflow = self.encoder.space.scene.workflow;
        let mut settings = workflow.settings.iter();
        let found = settings.find(|(_, setting)| setting.name == "timezone");
        let slot = found.and_then(|(id, _)| moment.settings.get_mut(id.index()));
        if let Some(slot) = slot.filter(|_| utc) {
            *slot = Value::Text("UTC".into());
        }
    }

    /// The active states: those around the state at hand, and within it what the model says.
    fn configuration(&self) -> Vec<StateId> {
        let workflow = self.encoder.space.scene.workflow;
        if let Some(known) = &self.encoder.space.scene.known {
            return known.clone();
        }
        let Some(source) = self.encoder.space.scene.source else {
            return Vec::new();
        };
        let mut active = Vec::new();
        let mut open = vec![StateId::ROOT];
        while let Some(id) = open.pop() {
            if id != StateId::ROOT {
                active.push(id);
            }
            let state = workflow.states.at(id);
            match state.kind {
                StateKind::Atomic | StateKind::Final => {}
                StateKind::Parallel => open.extend(&state.children),
                StateKind::Compound { initial } => {
                    let mut children = state.children.iter().copied();
                    let chosen = children.find(|&child| self.chosen(child, source));
                    open.push(chosen.unwrap_or(initial));
                }
            }
        }
        active.sort_unstable();
        active
    }

    fn chosen(&self, child: StateId, source: StateId) -> bool {
        let space = &self.encoder.space;
        if space.scene.workflow.within(source, child) {
            return true;
        }
        match space
            .variables
            .get(&Name::State(child))
            .map(|found| &found.data)
        {
            Some(Data::Truth(active)) => space.circuit.holds(*active),
            _ => false,
        }
    }
}

/// The texts that matter to a question.
fn texts<'c>(
    scene: &Scene<'_>,
    base: &Moment,
    conditions: impl IntoIterator<Item = &'c Condition>,
) -> Texts {
    let mut known: BTreeSet<Arc<str>> = BTreeSet::from(["".into()]);
    let mut room = 1;
    let roles = scene.actors.iter();
    known.extend(roles.map(|&id| Arc::from(scene.workflow.actors.at(id).name.as_str())));
    known.insert(base.actor.role.as_str().into());
    known.extend(base.actor.id.as_deref().map(Arc::from));
    let mut read: BTreeSet<(Home, usize)> = BTreeSet::new();
    for condition in conditions {
        let mut open: Vec<&Tree> = condition.guard.iter().map(Guard::tree).collect();
        while let Some(tree) = open.pop() {
            match (&tree.form, &tree.kind) {
                (Form::Constant(Value::Text(text)), _) => _ = known.insert(Arc::clone(text)),
                (_, Kind::Enum(words)) => known.extend(words.iter().map(|w| Arc::from(w.as_str()))),
                (_, Kind::Text) => room += 1,
                _ => {}
            }
            if let Form::Field(home, slot) = tree.form {
                read.insert((home, slot));
            }
            open.extend(tree.parts());
        }
    }
    for (home, slot) in read {
        let value = match home {
            Home::Order => base.order.get(slot).cloned().flatten(),
            Home::Settings => base.settings.get(slot).cloned(),
            Home::Event => base.event.get(slot).cloned().flatten(),
        };
        if let Some(Value::Text(text)) = value {
            known.insert(text);
        }
        debug_assert!(
            scene
                .workflow
                .fields
                .get(FieldId::from_index(slot))
                .is_some()
                || home != Home::Order
        );
    }
    Texts::new(known, room)
}
