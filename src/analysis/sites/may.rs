//! On which sites an expression may be true, false, or fail.
//!
//! In: the typed form of an expression. Out: three sets of sites. What reads settings alone is
//! evaluated for each combination of their cells, so that the sets are exact; whatever reads more can
//! be anything, and so can what a stretch of values does not tell.

use super::cells::{Cell, Extent, units, written};
use super::diagram::Sites;
use super::grid::{Axis, Grid};
use crate::context::{SYSTEM, Value};
use crate::graph::{Condition, Id, SettingId};
use crate::guard::Guard;
use crate::guard::tree::{Comparison, Form, Function, Home, Tree};

/// The most combinations of cells that one comparison is evaluated for.
const MOST_COMBINATIONS: usize = 1_024;

/// On which sites there is an order for which an expression is true, false, or fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct May {
    pub(super) yes: Sites,
    pub(super) no: Sites,
    pub(super) fails: Sites,
}

impl May {
    const ANYTHING: Self = Self {
        yes: Sites::ALL,
        no: Sites::ALL,
        fails: Sites::ALL,
    };

    const TRUE: Self = Self {
        yes: Sites::ALL,
        no: Sites::NONE,
        fails: Sites::NONE,
    };

    /// What one answer means.
    fn of(answer: Answer) -> Self {
        let all = |yes| if yes { Sites::ALL } else { Sites::NONE };
        match answer {
            Answer::Known(held) => Self {
                yes: all(held == Some(true)),
                no: all(held == Some(false)),
                fails: all(held.is_none()),
            },
            Answer::Open => Self::ANYTHING,
        }
    }

    fn turned(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
            ..self
        }
    }
}

/// What a comparison says for one combination of cells.
#[derive(Clone, Copy)]
enum Answer {
    /// The same for all values in the cells: whether it holds, `None` where it fails.
    Known(Option<bool>),
    /// One or another.
    Open,
}

/// An axis and one of its cells.
type Choice<'g> = (usize, &'g Axis, &'g Cell);

impl Grid<'_> {
    /// Where all of the conditions may hold, and where they may not.
    pub(super) fn may_all<'c>(&self, conditions: impl IntoIterator<Item = &'c Condition>) -> May {
        let mut all = May::TRUE;
        for condition in conditions {
            let next = match &condition.guard {
                Some(guard) => self.may(guard.tree()),
                None => May::ANYTHING,
            };
            all = self.and(all, next);
        }
        all
    }

    /// `&&`: the first that is false ends it, and so does an error.
    fn and(&self, one: May, next: May) -> May {
        let (no, fails) = (self.both(one.yes, next.no), self.both(one.yes, next.fails));
        May {
            yes: self.both(one.yes, next.yes),
            no: self.either(one.no, no),
            fails: self.either(one.fails, fails),
        }
    }

    fn may(&self, tree: &Tree) -> May {
        match &tree.form {
            Form::Not(part) => self.may(part).turned(),
            Form::All(parts) => {
                let parts = parts.iter().map(|part| self.may(part));
                parts.fold(May::TRUE, |all, part| self.and(all, part))
            }
            Form::Any(parts) => {
                let parts = parts.iter().map(|part| self.may(part).turned());
                parts
                    .fold(May::TRUE, |all, part| self.and(all, part))
                    .turned()
            }
            _ => self.compared(tree),
        }
    }

    /// What asks for values.
    fn compared(&self, tree: &Tree) -> May {
        let mut axes = Vec::new();
        let mut open = vec![tree];
        while let Some(tree) = open.pop() {
            match &tree.form {
                Form::Field(Home::Settings, slot) => {
                    match self.axis_of.get(&SettingId::from_index(*slot)) {
                        Some(&axis) => axes.push(axis),
                        None => return May::ANYTHING,
                    }
                }
                _ if is_outside(tree) => return May::ANYTHING,
                _ => {}
            }
            open.extend(tree.parts());
        }
        axes.sort_unstable();
        axes.dedup();
        let widths = axes.iter().filter_map(|&axis| self.axes.get(axis));
        let size = widths.map(|axis| axis.cells.len()).product::<usize>();
        if size > MOST_COMBINATIONS {
            return May::ANYTHING;
        }
        self.table(tree, &axes, &mut Vec::new())
    }

    /// Goes through the cells of all axes.
    fn table<'g>(&'g self, tree: &Tree, axes: &[usize], chosen: &mut Vec<Choice<'g>>) -> May {
        let [first, rest @ ..] = axes else {
            return May::of(self.answer(tree, chosen));
        };
        let Some(axis) = self.axes.get(*first) else {
            return May::ANYTHING;
        };
        let (mut yes, mut no, mut fails) = (Vec::new(), Vec::new(), Vec::new());
        for cell in &axis.cells {
            chosen.push((*first, axis, cell));
            let part = self.table(tree, rest, chosen);
            chosen.pop();
            yes.push(part.yes);
            no.push(part.no);
            fails.push(part.fails);
        }
        May {
            yes: self.diagram.node(*first, yes),
            no: self.diagram.node(*first, no),
            fails: self.diagram.node(*first, fails),
        }
    }

    fn answer(&self, tree: &Tree, chosen: &[Choice<'_>]) -> Answer {
        let single = chosen.iter().all(|(_, _, cell)| cell.is_single());
        if !single && !tells(tree, chosen) {
            return Answer::Open;
        }
        let mut moment = self.base.clone();
        for (_, axis, cell) in chosen {
            if let Some(place) = moment.settings.get_mut(axis.setting.index()) {
                place.clone_from(&cell.value);
            }
        }
        Answer::Known(moment.read(self.workflow, &SYSTEM, |inputs| tree.holds(inputs)))
    }

    /// The sites on which those of the conditions hold that read settings alone, and the others.
    pub(crate) fn split<'c>(
        &self,
        conditions: impl IntoIterator<Item = &'c Condition>,
    ) -> (Sites, Vec<&'c Condition>) {
        let (own, others): (Vec<&Condition>, Vec<&Condition>) = conditions
            .into_iter()
            .partition(|condition| self.is_pure(condition));
        (self.may_all(own).yes, others)
    }

    /// Whether a condition reads settings alone, all of which have cells.
    pub(super) fn is_pure(&self, condition: &Condition) -> bool {
        let mut open: Vec<&Tree> = condition.guard.iter().map(Guard::tree).collect();
        let mut reads = false;
        while let Some(tree) = open.pop() {
            match &tree.form {
                Form::Field(Home::Settings, slot) => {
                    reads = true;
                    if !self.axis_of.contains_key(&SettingId::from_index(*slot)) {
                        return false;
                    }
                }
                _ if is_outside(tree) => return false,
                _ => {}
            }
            open.extend(tree.parts());
        }
        reads
    }
}

/// Whether a node reads anything but settings.
fn is_outside(tree: &Tree) -> bool {
    match &tree.form {
        Form::IsSet(home, _) => *home != Home::Settings,
        Form::Call(function, _) => function.asks_zone(),
        Form::Field(..)
        | Form::Role
        | Form::ActorId
        | Form::HasId
        | Form::Now
        | Form::Children(..)
        | Form::InState(_)
        | Form::Entry => true,
        _ => false,
    }
}

/// Whether a comparison says the same for all values in the cells.
fn tells(tree: &Tree, chosen: &[Choice<'_>]) -> bool {
    match &tree.form {
        Form::Compare(comparison, pair) => {
            let [one, other] = &**pair;
            let only_same = matches!(comparison, Comparison::Equal | Comparison::Unequal);
            apart(one, other, only_same, chosen)
        }
        Form::OneOf(list, item) => list.iter().all(|entry| apart(item, entry, true, chosen)),
        Form::InRange { ends, item, .. } => {
            let mut ends = ends.iter();
            ends.all(|end| apart(item, end, false, chosen))
        }
        Form::Call(Function::Between, parts) => match parts.as_slice() {
            [item, low, high] => {
                apart(item, low, false, chosen) && apart(item, high, false, chosen)
            }
            _ => false,
        },
        _ => false,
    }
}

/// What a side of a comparison is.
enum Side<'t> {
    Word(&'t Value),
    Others(&'t Axis),
    Range(i128, i128),
}

/// Whether two sides lie to each other in one way for all values in the cells.
fn apart(one: &Tree, other: &Tree, only_same: bool, chosen: &[Choice<'_>]) -> bool {
    let types = chosen.iter().map(|(_, axis, _)| &axis.ty);
    let Some(ty) = types
        .clone()
        .next()
        .filter(|first| types.clone().all(|ty| ty == *first))
    else {
        return false;
    };
    let side = |tree: &Tree| -> Option<Side<'_>> {
        if let Some(value) = written(tree) {
            if let Some((low, high)) = units(&value, ty) {
                return Some(Side::Range(low, high));
            }
            // A word that has a cell of its own.
            let mut cells = chosen.iter().flat_map(|(_, axis, _)| &axis.cells);
            let own = |cell: &&Cell| cell.value == value && cell.extent == Extent::One;
            return cells.find(own).map(|cell| Side::Word(&cell.value));
        }
        match &tree.form {
            Form::Field(Home::Settings, slot) => {
                let setting = SettingId::from_index(*slot);
                let (_, axis, cell) = chosen.iter().find(|(_, axis, _)| axis.setting == setting)?;
                Some(match (cell.range(ty), cell.extent) {
                    (Some((low, high)), _) => Side::Range(low, high),
                    (None, Extent::Others) => Side::Others(axis),
                    (None, _) => Side::Word(&cell.value),
                })
            }
            _ => None,
        }
    };
    match (side(one), side(other)) {
        (Some(Side::Range(a, b)), Some(Side::Range(c, d))) => {
            b < c || d < a || (a == b && c == d && a == c)
        }
        (Some(Side::Word(_)), Some(Side::Word(_))) => true,
        // A word with a cell of its own is none of the others.
        (Some(Side::Others(axis)), Some(Side::Word(word)))
        | (Some(Side::Word(word)), Some(Side::Others(axis))) => {
            let mut cells = axis.cells.iter();
            only_same && cells.any(|cell| cell.extent == Extent::One && cell.value == *word)
        }
        _ => false,
    }
}
