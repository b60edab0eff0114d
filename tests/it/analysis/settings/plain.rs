//! One combination put into a workflow by hand: what cannot be taken is left out, and no setting is left.

use std::fmt::Write as _;

use super::model::{Ask, FLAGS, HEAD, Model, Row, Site, Truth, Ty, Wait};

/// An order that guards are tried on.
#[derive(Debug, Clone, Copy)]
struct Order<'m> {
    n: i64,
    b: bool,
    role: &'m str,
}

/// What can be taken under each combination. What never can under any counts as if it always could.
pub(super) struct Plain<'m> {
    model: &'m Model,
    sites: &'m [Site],
    /// By combination, by row, by branch.
    rows: Vec<Vec<Vec<bool>>>,
    /// By combination, by initial branch.
    initial: Vec<Vec<bool>>,
    /// By combination, by state: whether the timers of the state fire.
    timers: Vec<Vec<bool>>,
    /// The rows of which some branch is never taken.
    never: Vec<usize>,
}

fn compared<T: PartialOrd>(a: &T, operator: &str, b: &T) -> bool {
    match operator {
        "<" => a < b,
        "<=" => a <= b,
        "==" => a == b,
        "!=" => a != b,
        ">" => a > b,
        ">=" => a >= b,
        other => panic!("{other}"),
    }
}

impl<'m> Plain<'m> {
    pub(super) fn of(model: &'m Model, sites: &'m [Site]) -> Self {
        let try_all = |site: &Site| {
            let rows = model.rows.iter().enumerate();
            let rows = rows.map(|(index, row)| {
                let branches = 0..row.branches.len();
                branches
                    .map(|branch| open(model, site, index, branch))
                    .collect()
            });
            rows.collect()
        };
        let mut plain = Self {
            model,
            sites,
            rows: sites.iter().map(try_all).collect(),
            initial: sites.iter().map(|site| starts(model, site)).collect(),
            timers: Vec::new(),
            never: Vec::new(),
        };
        let mut armed: Vec<Vec<bool>> = sites.iter().map(|site| armed(model, site)).collect();
        always_or_some(&mut armed);
        let fire = |(site, armed): (&Site, &Vec<bool>)| {
            let states = armed.iter().enumerate();
            states
                .map(|(state, armed)| *armed && rests(model, site, state))
                .collect()
        };
        plain.timers = sites.iter().zip(&armed).map(fire).collect();
        for row in 0..model.rows.len() {
            for branch in 0..model.rows[row].branches.len() {
                if !plain.rows.iter().any(|rows| rows[row][branch]) {
                    plain.never.push(row);
                    for rows in &mut plain.rows {
                        rows[row][branch] = true;
                    }
                }
            }
        }
        always_or_some(&mut plain.initial);
        for state in 0..model.states.len() {
            if !plain.timers.iter().any(|timers| timers[state]) {
                let both = plain.timers.iter_mut().zip(&armed);
                both.for_each(|(timers, armed)| timers[state] = armed[state]);
            }
        }
        plain
    }

    /// The workflow of one combination.
    pub(super) fn text(&self, index: usize) -> String {
        let (model, site) = (self.model, &self.sites[index]);
        let mut text = format!("flagstate: 1\nworkflow: random\n{HEAD}");
        let initial = model.initial.iter().zip(&self.initial[index]);
        for (number, ((_, to), _)) in initial.filter(|(_, open)| **open).enumerate() {
            writeln!(text, "  - {{ to: s{to}, guard: order.count == {number} }}").unwrap();
        }
        text.push_str("  - { to: ended }\nstates:\n  ended: { final: true }\n");
        for (number, state) in model.states.iter().enumerate() {
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
                    Truth::Set(setting) => Some(format!(
                        "{name}: {}",
                        model.settings[*setting].values[site[*setting]]
                    )),
                });
            parts.push(format!(
                "flags: {{ {} }}",
                flags.collect::<Vec<_>>().join(", ")
            ));
            let after = |wait: &Wait| match wait {
                Wait::Seconds(seconds) => format!("{seconds}s"),
                Wait::Set(setting) => model.settings[*setting].values[site[*setting]].clone(),
            };
            let never = match &state.expires {
                Some(timer) if self.timers[index][number] => {
                    parts.push(format!(
                        "expires: {{ after: {}, to: s{} }}",
                        after(&timer.after),
                        timer.to
                    ));
                    false
                }
                Some(timer) => timer.otherwise,
                None => state.never,
            };
            if never {
                parts.push("expires: never".to_owned());
            }
            if state.transient {
                parts.push("at_most: 1h".to_owned());
            }
            let timers = state
                .timers
                .iter()
                .filter(|_| self.timers[index][number])
                .map(|timer| {
                    format!(
                        "{}: {{ after: {}, to: s{} }}",
                        timer.name,
                        after(&timer.after),
                        timer.to
                    )
                });
            parts.push(format!(
                "timers: {{ {} }}",
                timers.collect::<Vec<_>>().join(", ")
            ));
            writeln!(text, "  {}: {{ {} }}", state.name, parts.join(", ")).unwrap();
        }
        text.push_str("always:\n");
        let rows = || model.rows.iter().zip(&self.rows[index]);
        // A row that is never taken closes no circle, and leads all the same.
        let automatic =
            |number: usize, row: &Row| row.event.is_none() && !self.never.contains(&number);
        let numbered = || rows().enumerate();
        for (number, (row, open)) in numbered() {
            if !automatic(number, row) || !open[0] {
                continue;
            }
            let mixed = row.guards.iter().any(|guard| matches!(guard, Ask::Flagged));
            let guard = if mixed { ", guard: order.held" } else { "" };
            let (from, to) = (row.from, row.branches[0].1);
            writeln!(text, "  - {{ from: s{from}, to: s{to}{guard} }}").unwrap();
        }
        text.push_str("transitions:\n  note: { by: clerk, from: s0 }\n");
        for (number, (row, open)) in numbered() {
            if automatic(number, row) {
                continue;
            }
            for (branch, (_, to)) in row.branches.iter().enumerate().filter(|(at, _)| open[*at]) {
                let (from, by) = (row.from, row.by);
                writeln!(
                    text,
                    "  e{number}_{branch}: {{ from: s{from}, by: {by}, to: s{to} }}"
                )
                .unwrap();
            }
        }
        text.replace("always:\ntransitions:", "transitions:")
    }
}

/// What is never true counts as always true.
fn always_or_some(table: &mut [Vec<bool>]) {
    for column in 0..table[0].len() {
        if !table.iter().any(|row| row[column]) {
            table.iter_mut().for_each(|row| row[column] = true);
        }
    }
}

/// Whether some order rests in a state: no automatic transition takes it.
fn rests(model: &Model, site: &Site, state: usize) -> bool {
    let automatic = |row: &&Row| row.event.is_none() && row.from == state;
    orders("system").any(|order| {
        let mut rows = model.rows.iter().filter(automatic);
        !rows.any(|row| applies(model, site, order, row))
    })
}

/// Whether a guard holds.
fn holds(model: &Model, site: &Site, order: Order<'_>, ask: &Ask) -> bool {
    let value = |setting: usize| model.settings[setting].values[site[setting]].as_str();
    let number = |text: &str| text.trim_end_matches('s').parse::<i64>().unwrap();
    match ask {
        Ask::All(parts) => parts.iter().all(|part| holds(model, site, order, part)),
        Ask::Any(parts) => parts.iter().any(|part| holds(model, site, order, part)),
        Ask::Not(part) => !holds(model, site, order, part),
        Ask::On(setting) => value(*setting) == "true",
        Ask::Is(setting, operator, other) => {
            let (here, there) = (
                value(*setting),
                model.settings[*setting].values[*other].as_str(),
            );
            match model.settings[*setting].ty {
                Ty::Boolean | Ty::Word => compared(&here, operator, &there),
                Ty::Number | Ty::Duration => compared(&number(here), operator, &number(there)),
            }
        }
        Ask::Pair(one, operator, other) => {
            compared(&number(value(*one)), operator, &number(value(*other)))
        }
        Ask::Flagged => order.b,
        Ask::Count(operator, to) => compared(&order.n, operator, to),
        Ask::CountTo(operator, setting) => compared(&order.n, operator, &number(value(*setting))),
        Ask::Role(role) => order.role == *role,
    }
}

/// Every order that guards tell apart.
fn orders(role: &str) -> impl Iterator<Item = Order<'_>> {
    let numbers = -2..=6;
    numbers.flat_map(move |n| [false, true].map(|b| Order { n, b, role }))
}

/// Whether a row takes an order.
fn applies(model: &Model, site: &Site, order: Order<'_>, row: &Row) -> bool {
    let all = |guards: &[Ask]| guards.iter().all(|guard| holds(model, site, order, guard));
    let one = |guard: &Option<Ask>| {
        guard
            .as_ref()
            .is_none_or(|guard| holds(model, site, order, guard))
    };
    all(&row.guards) && row.branches.iter().any(|(guard, _)| one(guard))
}

/// Whether some order comes to a branch of a row: nothing before it takes the order, and no automatic
/// transition keeps it from resting in the state.
fn open(model: &Model, site: &Site, index: usize, branch: usize) -> bool {
    let row = &model.rows[index];
    let one = |order: Order<'_>, guard: &Option<Ask>| {
        guard
            .as_ref()
            .is_none_or(|guard| holds(model, site, order, guard))
    };
    orders(row.by).any(|order| {
        let own = row
            .guards
            .iter()
            .all(|guard| holds(model, site, order, guard));
        let before = row.branches[..branch]
            .iter()
            .any(|(guard, _)| one(order, guard));
        let mut rivals = model.rows[..index].iter();
        let rival = rivals.any(|other| {
            (other.event, other.from, other.by) == (row.event, row.from, row.by)
                && applies(model, site, order, other)
        });
        let mut automatic = model
            .rows
            .iter()
            .filter(|other| other.event.is_none() && other.from == row.from);
        let system = Order {
            role: "system",
            ..order
        };
        let restless =
            row.event.is_some() && automatic.any(|other| applies(model, site, system, other));
        own && one(order, &row.branches[branch].0) && !before && !rival && !restless
    })
}

fn starts(model: &Model, site: &Site) -> Vec<bool> {
    let holds = |order: Order<'_>, guard: &Option<Ask>| {
        guard
            .as_ref()
            .is_none_or(|guard| holds(model, site, order, guard))
    };
    let branches = 0..model.initial.len();
    let open = branches.map(|index| {
        let mut orders = ["clerk", "boss", "system"].into_iter().flat_map(orders);
        orders.any(|order| {
            let before = model.initial[..index]
                .iter()
                .any(|(guard, _)| holds(order, guard));
            holds(order, &model.initial[index].0) && !before
        })
    });
    open.collect()
}

fn armed(model: &Model, site: &Site) -> Vec<bool> {
    let states = model.states.iter().map(|state| match &state.expires {
        Some(timer) => orders("system").any(|order| {
            timer
                .when
                .as_ref()
                .is_none_or(|when| holds(model, site, order, when))
        }),
        None => true,
    });
    states.collect()
}
