//! The settings that matter, cut into cells, and sets of sites over them.
//!
//! In: a workflow. Out: a [`Grid`]: for each setting that a guard, a flag or a race of timers reads,
//! the values that nothing tells apart. A value that a guard compares with a field cuts every setting
//! that is compared with that field too.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::unionfind::UnionFind;

use super::cells::{Cell, cells, units, written};
use super::diagram::{Diagram, Sites};
use crate::analysis::moment::Moment;
use crate::analysis::scene::base;
use crate::analysis::space::Scene;
use crate::analysis::witness::Witness;
use crate::context::{Type, Value};
use crate::graph::{Amount, Condition, Id, Origin, SettingId, StateId, Workflow};
use crate::guard::tree::{Form, Home, Tree};

/// The most settings that are looked at together.
const MOST_SETTINGS: usize = 200;

/// A setting with more than one cell.
#[derive(Debug)]
pub(super) struct Axis {
    pub(super) setting: SettingId,
    pub(super) ty: Type,
    pub(super) cells: Vec<Cell>,
}

/// The settings that matter, and the sets of sites that are made of their cells.
pub(crate) struct Grid<'w> {
    pub(super) workflow: &'w Workflow,
    pub(super) axes: Vec<Axis>,
    /// By setting, the number of its axis.
    pub(super) axis_of: BTreeMap<SettingId, usize>,
    /// By axis, its cells: the one with the default first, then the nearest.
    wishes: Vec<Vec<usize>>,
    pub(super) diagram: Diagram,
    /// A new order of a site that sets nothing.
    pub(super) base: Moment,
    /// Whether there are more settings than are looked at.
    pub(super) too_many: bool,
}

/// One value for each setting: a site.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Combination {
    /// What differs from the defaults, in the order of declaration.
    changed: Vec<(String, Value)>,
    settings: Vec<Value>,
}

impl<'w> Grid<'w> {
    pub(super) fn new(workflow: &'w Workflow) -> Self {
        let mut axes = Vec::new();
        let mut wishes = Vec::new();
        let compared = compared(workflow);
        for (&setting, values) in &compared {
            let declared = workflow.settings.at(setting);
            let found = cells(declared, values).filter(|(cells, _)| cells.len() > 1);
            if let Some((cells, default)) = found {
                wishes.push(nearest(&cells, default, &declared.ty));
                axes.push(Axis {
                    setting,
                    ty: declared.ty.clone(),
                    cells,
                });
            }
        }
        let too_many = axes.len() > MOST_SETTINGS;
        if too_many {
            axes.clear();
            wishes.clear();
        }
        let numbered = axes.iter().enumerate();
        Self {
            workflow,
            axis_of: numbered
                .map(|(index, axis)| (axis.setting, index))
                .collect(),
            diagram: Diagram::new(axes.iter().map(|axis| axis.cells.len()).collect()),
            base: base(&Scene::beginning(workflow)),
            axes,
            wishes,
            too_many,
        }
    }

    /// A grid without settings: there is one site.
    pub(super) fn plain(workflow: &'w Workflow) -> Self {
        Self {
            workflow,
            axes: Vec::new(),
            axis_of: BTreeMap::new(),
            wishes: Vec::new(),
            diagram: Diagram::default(),
            base: base(&Scene::beginning(workflow)),
            too_many: false,
        }
    }

    /// Whether no setting matters.
    pub(crate) fn is_plain(&self) -> bool {
        self.axes.is_empty()
    }

    pub(crate) fn both(&self, a: Sites, b: Sites) -> Sites {
        self.diagram.both(a, b)
    }

    pub(crate) fn either(&self, a: Sites, b: Sites) -> Sites {
        self.diagram.either(a, b)
    }

    /// The sites of the first set that are not in the second.
    pub(crate) fn without(&self, a: Sites, b: Sites) -> Sites {
        self.diagram.without(a, b)
    }

    /// The sites on which a flag's value is this one.
    pub(crate) fn valued(&self, origin: &Origin, wanted: &Value) -> Sites {
        let setting = match origin {
            Origin::Literal(value) if value == wanted => return Sites::ALL,
            Origin::Literal(_) => return Sites::NONE,
            Origin::Setting(setting) => *setting,
        };
        let Some(&index) = self.axis_of.get(&setting) else {
            return Sites::ALL;
        };
        let Some(axis) = self.axes.get(index) else {
            return Sites::ALL;
        };
        let number = units(wanted, &axis.ty).map(|(at, _)| at);
        self.diagram.having(index, |cell| {
            let cell = axis.cells.get(cell);
            cell.is_some_and(|cell| match (cell.range(&axis.ty), number) {
                (Some((low, high)), Some(at)) => low <= at && at <= high,
                _ => cell.value == *wanted,
            })
        })
    }

    /// The sites on which a flag's value may be another than this one.
    pub(crate) fn valued_otherwise(&self, origin: &Origin, than: &Value) -> Sites {
        match origin {
            Origin::Setting(setting) if !self.axis_of.contains_key(setting) => Sites::ALL,
            _ => self.without(Sites::ALL, self.valued(origin, than)),
        }
    }

    /// The sites on which two durations are surely the same.
    pub(crate) fn alike(&self, one: Amount, other: Amount) -> Sites {
        let value = |amount| match amount {
            Amount::Literal(duration) => Ok(duration),
            Amount::Setting(setting) => Err(setting),
        };
        let yes_or_no = |yes| if yes { Sites::ALL } else { Sites::NONE };
        match (value(one), value(other)) {
            (Ok(one), Ok(other)) => yes_or_no(one == other),
            (Err(one), Err(other)) if one == other => Sites::ALL,
            (Ok(literal), Err(setting)) | (Err(setting), Ok(literal)) => {
                let wanted = Value::Duration(literal);
                match self.axis_of.contains_key(&setting) {
                    true => self.valued(&Origin::Setting(setting), &wanted),
                    false => {
                        let only = &self.workflow.settings.at(setting).default;
                        yes_or_no(only.as_ref() == Some(&wanted))
                    }
                }
            }
            (Err(one), Err(other)) => self.same(one, other),
        }
    }

    /// The sites on which two settings surely have the same number.
    fn same(&self, one: SettingId, other: SettingId) -> Sites {
        let mut same = Sites::NONE;
        for number in self.single(one) {
            if self.single(other).contains(&number) {
                let (one, other) = (self.at(one, number), self.at(other, number));
                same = self.either(same, self.both(one, other));
            }
        }
        same
    }

    /// The numbers of a setting that have a cell of their own.
    fn single(&self, setting: SettingId) -> Vec<i128> {
        let Some(axis) = self.axis_of.get(&setting).and_then(|&at| self.axes.get(at)) else {
            let declared = self.workflow.settings.at(setting);
            let only = declared.default.as_ref();
            let only = only.and_then(|value| units(value, &declared.ty));
            return only.into_iter().map(|(at, _)| at).collect();
        };
        let single = axis.cells.iter().filter(|cell| cell.is_single());
        single
            .filter_map(|cell| cell.range(&axis.ty).map(|(at, _)| at))
            .collect()
    }

    /// The sites on which a setting has a number of its own.
    fn at(&self, setting: SettingId, number: i128) -> Sites {
        let Some(&index) = self.axis_of.get(&setting) else {
            return Sites::ALL;
        };
        let axis = self.axes.get(index);
        self.diagram.having(index, |cell| {
            let cell = axis.and_then(|axis| Some((axis.cells.get(cell)?, &axis.ty)));
            cell.is_some_and(|(cell, ty)| cell.range(ty) == Some((number, number)))
        })
    }

    /// The site of a set that differs from the defaults in the fewest settings; of these, setting by
    /// setting in the order of declaration, the one that differs by as little as can be.
    pub(crate) fn smallest(&self, sites: Sites) -> Option<Combination> {
        let cells = self.diagram.nearest(sites, &self.wishes)?;
        let mut settings = self.base.settings.clone();
        let mut changed = Vec::new();
        for (index, (axis, &cell)) in self.axes.iter().zip(&cells).enumerate() {
            let default = self.wishes.get(index).and_then(|wish| wish.first());
            let value = &axis.cells.get(cell)?.value;
            if default != Some(&cell) {
                let name = self.workflow.settings.at(axis.setting).name.clone();
                changed.push((name, value.clone()));
            }
            if let Some(place) = settings.get_mut(axis.setting.index()) {
                place.clone_from(value);
            }
        }
        Some(Combination { changed, settings })
    }

    /// Whether a set has a site.
    pub(crate) fn has(&self, sites: Sites, site: &Combination) -> bool {
        let axes = self.axes.iter();
        let cells = axes.map(|axis| {
            let value = site.settings.get(axis.setting.index());
            let found = axis
                .cells
                .iter()
                .position(|cell| Some(&cell.value) == value);
            found.unwrap_or(0)
        });
        self.diagram.holds(sites, &cells.collect::<Vec<_>>())
    }

    /// An order in a state on a site.
    pub(crate) fn order(&self, state: StateId, site: &Combination) -> Witness {
        let scene = Scene::within(self.workflow, state);
        let mut moment = base(&scene);
        moment.settings.clone_from(&site.settings);
        Witness::of(&scene, &moment, std::iter::empty::<&Condition>()).standing()
    }
}

impl Combination {
    /// The words that a message begins with: ``with `online_payment: false`, ``.
    pub(crate) fn words(&self) -> String {
        let changed = self.changed.iter();
        let parts: Vec<String> = changed
            .map(|(name, value)| match value.to_string() {
                text if text.is_empty() => format!("`{name}: ''`"),
                text => format!("`{name}: {text}`"),
            })
            .collect();
        match parts.as_slice() {
            [] => "with the default settings, ".to_owned(),
            [only] => format!("with {only}, "),
            [first @ .., last] => format!("with {} and {last}, ", first.join(", ")),
        }
    }

    /// Whether it is the site that sets nothing.
    pub(crate) fn is_default(&self) -> bool {
        self.changed.is_empty()
    }
}

/// The cells in the order in which they are wished for.
fn nearest(cells: &[Cell], default: usize, ty: &Type) -> Vec<usize> {
    let number = |index: usize| {
        let value = cells.get(index).map(|cell| &cell.value);
        value.and_then(|value| units(value, ty)).map(|(at, _)| at)
    };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by_key(|&index| {
        let distance = match (number(index), number(default)) {
            (Some(here), Some(there)) => here.abs_diff(there),
            _ => 0,
        };
        // Of two that are equally near, the larger reads better.
        let smaller = number(index) < number(default);
        (index != default, distance, smaller, index)
    });
    order
}

/// What is compared in one place.
type Place = (BTreeSet<(Home, usize)>, Vec<Value>);

/// The settings that matter, with the values that they are compared with.
fn compared(workflow: &Workflow) -> BTreeMap<SettingId, Vec<Value>> {
    let mut places: Vec<Place> = Vec::new();
    for condition in conditions(workflow) {
        if let Some(guard) = &condition.guard {
            gather(guard.tree(), &mut places);
        }
    }
    races(workflow, &mut places);
    let names: BTreeSet<(Home, usize)> = places
        .iter()
        .flat_map(|(names, _)| names)
        .copied()
        .collect();
    let numbers: BTreeMap<(Home, usize), usize> = names
        .iter()
        .enumerate()
        .map(|(number, &name)| (name, number))
        .collect();
    let mut joined = UnionFind::new(numbers.len());
    let number = |name: &(Home, usize)| numbers.get(name).copied().unwrap_or(0);
    for (names, _) in &places {
        let first = names.first().map(number);
        for name in names {
            joined.union(first.unwrap_or(0), number(name));
        }
    }
    let mut values: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for (names, written) in places {
        if let Some(first) = names.first() {
            let known = values.entry(joined.find(number(first))).or_default();
            known.extend(written);
        }
    }
    let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
    for name in &names {
        *sizes.entry(joined.find(number(name))).or_default() += 1;
    }
    let mut found: BTreeMap<SettingId, Vec<Value>> = BTreeMap::new();
    for name in &names {
        let (Home::Settings, slot) = *name else {
            continue;
        };
        let setting = SettingId::from_index(slot);
        let group = joined.find(number(name));
        let mut own = values.get(&group).cloned().unwrap_or_default();
        if sizes.get(&group).copied().unwrap_or(0) > 1 {
            let others = names
                .iter()
                .filter(|other| joined.find(number(other)) == group);
            own.extend(others.flat_map(|other| ends(workflow, *other)));
            own = with_neighbours(&own);
        }
        found.insert(setting, distinct(own));
    }
    let flags = workflow.states.rows().iter().flat_map(|state| &state.flags);
    for flag in flags {
        if let Origin::Setting(setting) = flag.value {
            found.entry(setting).or_default();
        }
    }
    for (id, values) in &mut found {
        let flags = workflow
            .states
            .rows()
            .iter()
            .flat_map(|state| state.flags.iter().zip(workflow.flags.rows()));
        let mine = flags.filter(|(value, _)| value.value == Origin::Setting(*id));
        values.extend(mine.map(|(_, flag)| flag.default.clone()).take(1));
    }
    found
}

/// The default of a setting and its bounds, where settings are compared with each other.
fn ends(workflow: &Workflow, (home, slot): (Home, usize)) -> Vec<Value> {
    let setting = match home {
        Home::Settings => workflow.settings.get(SettingId::from_index(slot)),
        _ => None,
    };
    let values = setting.map(|setting| [&setting.default, &setting.min, &setting.max]);
    values.into_iter().flatten().flatten().cloned().collect()
}

/// Whole numbers with those next to them: what lies between two of them may be nothing.
fn with_neighbours(values: &[Value]) -> Vec<Value> {
    let near = values.iter().flat_map(|value| match value {
        Value::Integer(number) => (-2..=2)
            .map(|step| Value::Integer(number.saturating_add(step)))
            .collect(),
        other => vec![other.clone()],
    });
    near.collect()
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for value in values {
        if !found.contains(&value) {
            found.push(value);
        }
    }
    found
}

/// Adds what the comparisons of an expression compare, of those that read a setting or may meet one.
fn gather(tree: &Tree, places: &mut Vec<Place>) {
    if let Form::Not(_) | Form::All(_) | Form::Any(_) = tree.form {
        for part in tree.parts() {
            gather(part, places);
        }
        return;
    }
    let (mut names, mut values) = (BTreeSet::new(), Vec::new());
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        if let Form::Field(home, slot) = tree.form {
            names.insert((home, slot));
        }
        values.extend(written(tree));
        open.extend(tree.parts());
    }
    if !names.is_empty() {
        places.push((names, values));
    }
}

/// Adds the durations of timers of one state: two of them may be due together.
fn races(workflow: &Workflow, places: &mut Vec<Place>) {
    let states = workflow.states.rows().iter();
    for state in states.filter(|state| (2..64).contains(&state.timers.len())) {
        let (mut names, mut values) = (BTreeSet::new(), Vec::new());
        for &timer in &state.timers {
            match workflow.timers.at(timer).due.after {
                Amount::Literal(duration) => values.push(Value::Duration(duration)),
                Amount::Setting(setting) => _ = names.insert((Home::Settings, setting.index())),
            }
        }
        if !names.is_empty() {
            places.push((names, values));
        }
    }
}

/// Every condition of a workflow.
fn conditions(workflow: &Workflow) -> impl Iterator<Item = &Condition> {
    let rows = workflow.rows.rows().iter();
    let of_rows = rows.flat_map(|row| {
        let branches = row.branches.iter().flat_map(|branch| &branch.conditions);
        row.conditions.iter().chain(branches)
    });
    let initial = workflow.initial.iter();
    let timers = workflow.timers.rows().iter();
    let initial = initial.flat_map(|branch| &branch.conditions);
    of_rows
        .chain(initial)
        .chain(timers.flat_map(|timer| &timer.when))
}
