//! On which sites each way can be taken: each branch of each transition, each start, each timer.
//!
//! In: a workflow. Out: [`Ways`]. A way is open on a site where some order, event, actor and time take
//! it, and nothing before it takes every one of them: earlier branches, earlier rows of the event for
//! the same actor, automatic transitions of the state. Guards that read settings alone are followed
//! exactly; others are asked of the solver for each combination of the settings that they read, where
//! these are few, and count as open where they are not. A way that is open on no site at all counts
//! as open everywhere: that it is never taken is another finding.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cells::{Cell, Extent};
use super::diagram::Sites;
use super::grid::{Axis, Grid};
use crate::analysis::ask::meets;
use crate::analysis::circuit::Found;
use crate::analysis::demand::Demand;
use crate::analysis::memo::{self, Answer, Memo};
use crate::analysis::moment::Moment;
use crate::analysis::probe::Probes;
use crate::analysis::query::Query;
use crate::analysis::scene::{at_rest_on_a_site, base, surely_taken};
use crate::analysis::space::{Name, Scene};
use crate::graph::{
    ActorId, Condition, Edge, Id, Row, SettingId, StateId, Table, TimerId, Transition,
    TransitionId, Trigger, Workflow,
};

/// The most combinations of settings that one way is asked for.
const MOST_COMBINATIONS: usize = 128;

/// How much may be built and searched for one workflow.
const MOST_EFFORT: u64 = 1_000_000;

/// The most rows before one that are looked at.
const MOST_BEFORE: usize = 40;

/// On which sites ways are open.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    initial: Vec<Sites>,
    branches: Table<TransitionId, Vec<Sites>>,
    armed: Table<TimerId, Sites>,
    /// The branches of transitions that are taken on no site.
    never: BTreeSet<(TransitionId, usize)>,
    /// How many ways were not asked for want of effort, and count as open.
    pub(crate) skipped: usize,
}

impl Ways {
    /// Where an edge can be taken.
    pub(crate) fn of(&self, edge: Edge) -> Sites {
        let branch = edge.branch as usize;
        match edge.transition {
            Some(transition) => self.branch(transition, branch),
            None => self.start(branch),
        }
    }

    /// Where an initial branch starts orders.
    pub(crate) fn start(&self, branch: usize) -> Sites {
        self.initial.get(branch).copied().unwrap_or(Sites::ALL)
    }

    /// Where a branch of a transition can be taken.
    pub(crate) fn branch(&self, transition: TransitionId, branch: usize) -> Sites {
        let branches = self.branches.get(transition);
        let found = branches.and_then(|branches| branches.get(branch));
        found.copied().unwrap_or(Sites::ALL)
    }

    /// Whether a branch of a transition is taken on no site, as far as that was looked at.
    pub(crate) fn is_never(&self, transition: TransitionId, branch: usize) -> bool {
        self.never.contains(&(transition, branch))
    }

    /// Where a timer can be armed.
    pub(crate) fn armed(&self, timer: TimerId) -> Sites {
        self.armed.get(timer).copied().unwrap_or(Sites::ALL)
    }
}

/// Finds the ways of a workflow.
pub(super) fn ways(grid: &Grid<'_>, memo: &mut Memo) -> Ways {
    let workflow = grid.workflow;
    let mut finder = Finder {
        grid,
        known: BTreeMap::new(),
        memo: std::mem::take(memo),
        effort: 0,
        skipped: 0,
    };
    let mut found = Ways::default();
    if grid.is_plain() {
        *memo = finder.memo;
        return found;
    }
    for index in 0..workflow.initial.len() {
        let sites = finder.start(index);
        found.initial.push(or_all(sites));
    }
    for timer in workflow.timers.rows() {
        let scene = Scene::within(workflow, timer.state);
        let sites = finder.sites(&scene, &[Demand::hold(&timer.when)]);
        found.armed.push(or_all(sites));
    }
    for &transition in workflow.transitions.rows() {
        let row = workflow.rows.at(transition.row);
        let armed = match row.trigger {
            Trigger::Timer(timer) => found.armed(timer),
            _ => Sites::ALL,
        };
        let mut branches = Vec::new();
        for branch in 0..row.branches.len() {
            let sites = finder.branch(transition, row, branch);
            let sites = grid.both(sites, armed);
            if sites.is_empty() {
                found.never.insert((transition.id, branch));
            }
            branches.push(if sites.is_empty() { armed } else { sites });
        }
        found.branches.push(branches);
    }
    found.skipped = finder.skipped;
    *memo = finder.memo;
    found
}

fn or_all(sites: Sites) -> Sites {
    match sites.is_empty() {
        true => Sites::ALL,
        false => sites,
    }
}

struct Finder<'g, 'w> {
    grid: &'g Grid<'w>,
    /// The answers to questions about the same words.
    memo: Memo,
    known: BTreeMap<String, Sites>,
    effort: u64,
    skipped: usize,
}

impl<'w> Finder<'_, 'w> {
    fn start(&mut self, index: usize) -> Sites {
        let workflow: &'w Workflow = self.grid.workflow;
        let branches = || workflow.initial.iter().map(|branch| &branch.conditions);
        let mut demands: Vec<Demand<'w>> =
            branches().skip(index).take(1).map(Demand::hold).collect();
        demands.extend(branches().take(index).map(Demand::fail));
        self.sites(&Scene::beginning(workflow), &demands)
    }

    /// Where some actor can take a branch of a transition.
    fn branch(&mut self, transition: Transition, row: &'w Row, branch: usize) -> Sites {
        let workflow: &'w Workflow = self.grid.workflow;
        let mut demands: Vec<Demand<'w>> = Vec::new();
        let of_branch = row.branches.iter().skip(branch).take(1);
        let own = of_branch.flat_map(|branch| &branch.conditions);
        demands.push(Demand::hold(row.conditions.iter().chain(own)));
        let before = row.branches.iter().take(branch);
        demands.extend(before.map(|before| Demand::fail(&before.conditions)));
        if row.trigger != Trigger::Always {
            demands.extend(at_rest_on_a_site(workflow, transition.source));
        }
        let mut scene = Scene::of_row(workflow, row, transition.source);
        let rivals: Vec<&Row> = rivals(workflow, transition, row);
        if rivals.is_empty() {
            return self.sites(&scene, &demands);
        }
        let mut sites = Sites::NONE;
        // Actors with the same rows before them fare alike, unless guards tell them apart.
        let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
        let asks = |row: &&Row| {
            row.branches
                .iter()
                .flat_map(|branch| &branch.conditions)
                .chain(&row.conditions)
                .any(asks_the_actor)
        };
        let told_apart = asks(&row) || rivals.iter().any(asks);
        for &actor in &row.by.members {
            let before: Vec<bool> = rivals
                .iter()
                .map(|rival| rival.by.contains(actor))
                .collect();
            if !told_apart && !seen.insert(before.clone()) {
                continue;
            }
            scene.actors = [actor].into_iter().collect();
            let mut all = demands.clone();
            let before = rivals.iter().zip(before).filter(|(_, before)| *before);
            for (rival, _) in before {
                all.extend(
                    rival.branches.iter().map(|branch| {
                        Demand::fail(rival.conditions.iter().chain(&branch.conditions))
                    }),
                );
            }
            sites = self.grid.either(sites, self.sites(&scene, &all));
        }
        sites
    }

    /// Where some order meets the demands.
    fn sites(&mut self, scene: &Scene<'w>, demands: &[Demand<'w>]) -> Sites {
        let conditions = || {
            demands
                .iter()
                .flat_map(|demand| demand.conditions.iter().copied())
        };
        let axes = self.axes(conditions());
        if axes.is_empty() {
            return Sites::ALL;
        }
        let words = words(scene, demands);
        if let Some(&known) = self.known.get(&words) {
            return known;
        }
        let grid = self.grid;
        let mut sites = Sites::ALL;
        for demand in demands {
            let may = grid.may_all(demand.conditions.iter().copied());
            sites = match demand.holds {
                true => grid.both(sites, may.yes),
                false => grid.both(sites, grid.either(may.no, may.fails)),
            };
        }
        if !conditions().all(|condition| grid.is_pure(condition)) {
            sites = self.refined(scene, demands, &axes, sites);
        }
        self.known.insert(words, sites);
        sites
    }

    /// The axes of the settings that conditions read.
    fn axes<'c>(&self, conditions: impl Iterator<Item = &'c Condition>) -> Vec<usize> {
        let guards = conditions.filter_map(|condition| condition.guard.as_ref());
        let slots = guards.flat_map(|guard| &guard.reads().settings);
        let axes = slots.filter_map(|&slot| self.grid.axis_of.get(&SettingId::from_index(slot)));
        let mut axes: Vec<usize> = axes.copied().collect();
        axes.sort_unstable();
        axes.dedup();
        axes
    }

    /// Leaves out the combinations of cells with which no order meets the demands.
    fn refined(
        &mut self,
        scene: &Scene<'w>,
        demands: &[Demand<'w>],
        axes: &[usize],
        sites: Sites,
    ) -> Sites {
        let grid = self.grid;
        let widths = || {
            axes.iter()
                .map(|&axis| grid.axes.get(axis).map_or(1, |axis| axis.cells.len()))
        };
        let size = widths().try_fold(1_usize, usize::checked_mul);
        let Some(size) = size.filter(|size| *size <= MOST_COMBINATIONS) else {
            self.skipped += 1;
            return sites;
        };
        let mut refined = sites;
        // What met the demands with some settings often does with others.
        let mut seen: Vec<Moment> = Vec::new();
        for number in 0..size {
            let (mut rest, mut cells) = (number, vec![0; grid.axes.len()]);
            for (&axis, width) in axes.iter().zip(widths()) {
                if let Some(cell) = cells.get_mut(axis) {
                    *cell = rest % width;
                }
                rest /= width;
            }
            if grid.diagram.holds(sites, &cells)
                && self.never(scene, demands, (axes, &cells), &mut seen)
            {
                let mut cube = Sites::ALL;
                for &axis in axes {
                    let chosen = cells.get(axis).copied();
                    let here = grid.diagram.having(axis, |cell| Some(cell) == chosen);
                    cube = grid.both(cube, here);
                }
                refined = grid.without(refined, cube);
            }
        }
        refined
    }

    /// Whether it is proved that no order meets the demands where the settings lie in these cells.
    fn never(
        &mut self,
        scene: &Scene<'w>,
        demands: &[Demand<'w>],
        (axes, cells): (&[usize], &[usize]),
        seen: &mut Vec<Moment>,
    ) -> bool {
        let grid = self.grid;
        let workflow = grid.workflow;
        let axes = axes.iter().filter_map(|&index| {
            let axis = grid.axes.get(index)?;
            Some((axis, axis.cells.get(*cells.get(index)?)?))
        });
        let chosen: Vec<_> = axes.collect();
        let mut plain = base(scene);
        for (axis, cell) in &chosen {
            if let Some(place) = plain.settings.get_mut(axis.setting.index()) {
                place.clone_from(&cell.value);
            }
        }
        let conditions = || {
            demands
                .iter()
                .flat_map(|demand| demand.conditions.iter().copied())
        };
        let known = seen.iter().map(|moment| Moment {
            settings: plain.settings.clone(),
            ..moment.clone()
        });
        let is_met = |moment: &Moment| meets(workflow, moment, demands);
        let mut tried = std::iter::once(plain.clone()).chain(known);
        let probed = || Probes::new(&plain, conditions()).find(is_met);
        if tried.any(|moment| is_met(&moment)) || probed().is_some() {
            return false;
        }
        if self.effort > MOST_EFFORT {
            self.skipped += 1;
            return false;
        }
        let key = memo::key(&site(workflow, &chosen), scene, demands);
        match key.and_then(|key| self.memo.answer(key)) {
            Some(Answer::Never) => return true,
            // That it is possible only leaves the way open.
            Some(Answer::Possible(_)) => return false,
            None => {}
        }
        let mut query = Query::new(scene.clone(), plain.clone(), conditions());
        for (axis, cell) in &chosen {
            require_within(&mut query, axis.setting, cell.extent);
        }
        require(&mut query, demands);
        let found = query.search();
        self.effort += query.encoder.space.circuit.effort();
        if let Some(key) = key {
            let answer = match found {
                Found::Nothing => Some(Answer::Never),
                Found::Model => Some(Answer::Possible(Box::new(plain.clone()))),
                Found::GaveUp => None,
            };
            if let Some(answer) = answer {
                self.memo.keep(key, answer);
            }
        }
        if found == Found::Model {
            seen.extend(query.moment());
        }
        found == Found::Nothing
    }
}

/// The settings of a site, in words.
fn site(workflow: &Workflow, chosen: &[(&Axis, &Cell)]) -> String {
    let mut words = "site".to_owned();
    for (axis, cell) in chosen {
        let name = &workflow.settings.at(axis.setting).name;
        _ = write!(words, "\n{name} {:?} {:?}", cell.value, cell.extent);
    }
    words
}

/// Requires that a setting lies in a cell.
fn require_within(query: &mut Query<'_>, setting: SettingId, extent: Extent) {
    let name = Name::Settings(setting.index());
    let within = match extent {
        Extent::One => query.near(&name).map(|near| near.same),
        Extent::Between(low, high) => query.within(&name, low, high),
        Extent::Others => None,
    };
    if let Some(within) = within {
        query.require(within);
    }
}

/// Requires that demands are met.
fn require<'w>(query: &mut Query<'w>, demands: &[Demand<'w>]) {
    for demand in demands {
        let conditions = demand.conditions.iter().copied();
        let holds = query.encoder.holds(conditions, demand.who);
        query.require(holds.apply_sign(demand.holds));
    }
}

/// The rows before a transition that compete for the same orders and are surely taken where they hold.
fn rivals<'w>(workflow: &'w Workflow, transition: Transition, own: &Row) -> Vec<&'w Row> {
    let same = workflow
        .dispatch
        .transitions(transition.source, own.trigger)
        .iter();
    let before = same.take_while(|&&id| id != transition.id);
    let rows = before.map(|&id| workflow.transitions.at(id).row);
    let rows = rows.filter(|&row| row != transition.row);
    let shares = |row: &&Row| {
        let mut actors = own.by.members.iter();
        actors.any(|&actor: &ActorId| row.by.contains(actor))
    };
    rows.map(|row| workflow.rows.at(row))
        .filter(|row| shares(row) && surely_taken(workflow, row))
        .take(MOST_BEFORE)
        .collect()
}

fn asks_the_actor(condition: &Condition) -> bool {
    let guard = condition.guard.as_ref();
    guard.is_some_and(|guard| guard.reads().actor)
}

/// What makes two questions the same.
fn words(scene: &Scene<'_>, demands: &[Demand<'_>]) -> String {
    let conditions = || demands.iter().flat_map(|demand| &demand.conditions);
    let guards = || conditions().filter_map(|condition| condition.guard.as_ref());
    let mut words = format!("{:?} {}", scene.event, scene.source.is_some());
    if guards().any(|guard| !guard.reads().states.is_empty()) {
        _ = write!(words, " {:?}", scene.source.map(StateId::index));
    }
    if guards().any(|guard| guard.reads().actor) {
        _ = write!(words, " {:?}", scene.actors);
    }
    for demand in demands {
        _ = write!(words, "\n{:?} {}", demand.who, demand.holds);
        for condition in &demand.conditions {
            words.push('\n');
            words.push_str(&condition.text);
        }
    }
    words
}
