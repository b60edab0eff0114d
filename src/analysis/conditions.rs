//! Conditions that decide nothing: always true, or never.

use std::fmt::Write as _;

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::findings::{Constant, Findings, Finer};
use super::gaps::scenes;
use super::space::Scene;
use super::witness::Witness;
use crate::context::{Type, Value};
use crate::graph::{Condition, Id, Row};
use crate::guard::tree::{Comparison, Form, Home, Tree};

/// Conditions that stand in one place, and where they are asked.
struct Stand<'w> {
    scenes: Vec<(Scene<'w>, Vec<Demand<'w>>)>,
    /// What held before they are asked.
    before: &'w [Condition],
    conditions: &'w [Condition],
    row: Option<&'w Row>,
}

pub(super) fn find(asker: &mut Asker<'_>, found: &mut Findings) {
    let workflow = asker.workflow;
    for branch in &workflow.initial {
        let stand = Stand {
            scenes: vec![(Scene::beginning(workflow), Vec::new())],
            before: &[],
            conditions: &branch.conditions,
            row: None,
        };
        judge(asker, &stand, found);
    }
    for row in workflow.rows.rows() {
        let guarded = row
            .branches
            .iter()
            .any(|branch| !branch.conditions.is_empty());
        if row.conditions.is_empty() && !guarded {
            continue;
        }
        let mut stand = Stand {
            scenes: scenes(asker, row),
            before: &[],
            conditions: &row.conditions,
            row: Some(row),
        };
        if judge(asker, &stand, found) {
            stand.before = &row.conditions;
            for branch in &row.branches {
                stand.conditions = &branch.conditions;
                judge(asker, &stand, found);
            }
        }
    }
    for timer in workflow.timers.rows() {
        let stand = Stand {
            scenes: vec![(Scene::within(workflow, timer.state), Vec::new())],
            before: &[],
            conditions: &timer.when,
            row: None,
        };
        judge(asker, &stand, found);
    }
}

/// Judges the conditions of a place; whether they can hold together.
fn judge<'w>(asker: &mut Asker<'w>, stand: &Stand<'w>, found: &mut Findings) -> bool {
    if stand.conditions.is_empty() {
        return true;
    }
    let scenes = scenes_that_matter(stand);
    if never(asker, stand, &scenes, stand.conditions.len(), found) {
        // Where no order rests, nothing is asked: that is another finding.
        if scenes
            .iter()
            .all(|(scene, known)| !known.is_empty() && is_impossible(asker, scene, known))
        {
            return false;
        }
        let count =
            (1..=stand.conditions.len()).find(|&count| never(asker, stand, &scenes, count, found));
        let culprit = count.and_then(|count| stand.conditions.get(count - 1));
        if let Some(condition) = culprit {
            found.never.push(constant(asker, stand, condition, false));
        }
        return false;
    }
    for (index, condition) in stand.conditions.iter().enumerate() {
        let before = stand
            .before
            .iter()
            .chain(stand.conditions.iter().take(index));
        let demands = vec![Demand::hold(before), Demand::fail([condition])];
        match is_always(asker, &scenes, &demands) {
            Some(true) => found.always.push(constant(asker, stand, condition, true)),
            Some(false) => {}
            None => found.leave_open(condition.span, "whether it always holds"),
        }
    }
    true
}

/// Whether it is proved that no order meets the demands.
fn is_impossible<'w>(asker: &mut Asker<'w>, scene: &Scene<'w>, demands: &[Demand<'w>]) -> bool {
    matches!(asker.ask(scene, demands, Wanted::Any), Verdict::Never)
}

/// Whether no order of any scene meets the demands, where that is known.
fn is_always<'w>(
    asker: &mut Asker<'w>,
    scenes: &[&(Scene<'w>, Vec<Demand<'w>>)],
    demands: &[Demand<'w>],
) -> Option<bool> {
    let mut known = Some(!scenes.is_empty());
    for (scene, _) in scenes {
        match asker.is_never(scene, demands, words(scene, demands)) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => known = None,
        }
    }
    known
}

/// Whether the first conditions of a place never hold, wherever they are asked.
fn never<'w>(
    asker: &mut Asker<'w>,
    stand: &Stand<'w>,
    scenes: &[&(Scene<'w>, Vec<Demand<'w>>)],
    count: usize,
    found: &mut Findings,
) -> bool {
    let mut open = false;
    for (scene, known) in scenes {
        let conditions = stand
            .before
            .iter()
            .chain(stand.conditions.iter().take(count));
        let mut demands = vec![Demand::hold(conditions)];
        demands.extend(known.iter().cloned());
        let words = words(scene, &demands);
        match asker.is_never(scene, &demands, words) {
            Some(true) => {}
            Some(false) => return false,
            None => open = true,
        }
    }
    if let (true, Some(condition)) = (open, stand.conditions.get(count - 1)) {
        found.leave_open(condition.span, "whether it can hold");
    }
    !open && !scenes.is_empty()
}

/// One scene for all, where the conditions do not ask for the state.
fn scenes_that_matter<'s, 'w>(stand: &'s Stand<'w>) -> Vec<&'s (Scene<'w>, Vec<Demand<'w>>)> {
    let mut conditions = stand.before.iter().chain(stand.conditions);
    let asks = conditions.any(|condition| {
        let guard = condition.guard.as_ref();
        guard.is_some_and(|guard| !guard.reads().states.is_empty())
    });
    let known = stand.scenes.iter().any(|(_, known)| !known.is_empty());
    let most = if asks || known { stand.scenes.len() } else { 1 };
    stand.scenes.iter().take(most).collect()
}

/// What makes two questions the same.
fn words(scene: &Scene<'_>, demands: &[Demand<'_>]) -> String {
    let placed = scene.source.is_some();
    let event = scene.event.map_or(0, |event| event.index() + 1);
    let conditions = || demands.iter().flat_map(|demand| &demand.conditions);
    let texts: usize = conditions().map(|condition| condition.text.len() + 1).sum();
    let mut words = String::with_capacity(texts + 16 * (1 + demands.len() + scene.actors.len()));
    _ = write!(words, "{event} {placed}");
    for actor in &scene.actors {
        _ = write!(words, " {}", actor.index());
    }
    let guards = || conditions().filter_map(|condition| condition.guard.as_ref());
    if guards().any(|guard| !guard.reads().states.is_empty()) {
        _ = write!(words, " {:?}", scene.source);
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

fn constant<'w>(
    asker: &mut Asker<'w>,
    stand: &Stand<'w>,
    condition: &'w Condition,
    holds: bool,
) -> Constant {
    let single = match holds {
        true => Demand::fail([condition]),
        false => Demand::hold([condition]),
    };
    let alone = stand
        .scenes
        .iter()
        .all(|(scene, _)| is_impossible(asker, scene, std::slice::from_ref(&single)));
    // An order for which it is asked: all before it holds.
    let index = stand
        .conditions
        .iter()
        .position(|other| std::ptr::eq(other, condition));
    let before = stand.conditions.iter().take(index.unwrap_or(0));
    let before: Vec<&Condition> = stand.before.iter().chain(before).collect();
    let first = stand.scenes.first();
    // Whether an order would meet it that does not rest there.
    let by_rest = !holds
        && first.is_some_and(|(scene, known)| {
            let asked = before.iter().copied().chain([condition]);
            !known.is_empty() && !is_impossible(asker, scene, &[Demand::hold(asked)])
        });
    let witness = first.and_then(|(scene, known)| {
        let mut demands = vec![Demand::hold(before.iter().copied())];
        demands.extend(known.iter().cloned());
        match asker.ask(scene, &demands, Wanted::Smallest) {
            Verdict::Possible(moment) => {
                let asked = before.iter().copied().chain([condition]);
                let witness = Witness::of(scene, &moment, asked);
                Some(match stand.row {
                    Some(row) => witness.of_row(asker.workflow, row),
                    None => witness,
                })
            }
            _ => None,
        }
    });
    Constant {
        span: condition.span,
        text: condition.text.to_string(),
        alone,
        by_rest,
        finer: first.and_then(|(scene, _)| {
            let guard = condition.guard.as_ref().filter(|_| !holds)?;
            finer(scene, guard.tree(), guard.source())
        }),
        witness,
    }
}

/// A number that a field is to equal, and has more digits behind the point than the field: both as written, and
/// how many digits the field has.
fn finer(scene: &Scene<'_>, tree: &Tree, text: &str) -> Option<Finer> {
    let within = || {
        let parts = tree.parts();
        parts.iter().find_map(|part| finer(scene, part, text))
    };
    let Form::Compare(Comparison::Equal, pair) = &tree.form else {
        return within();
    };
    let [a, b] = &**pair;
    let found = [(a, b), (b, a)].into_iter().find_map(|(field, number)| {
        let (Form::Field(home, slot), Form::Constant(Value::Decimal(value))) =
            (&field.form, &number.form)
        else {
            return None;
        };
        let workflow = scene.workflow;
        let ty = match home {
            Home::Order => workflow.fields.rows().get(*slot).map(|field| &field.ty),
            Home::Settings => workflow
                .settings
                .rows()
                .get(*slot)
                .map(|setting| &setting.ty),
            Home::Event => {
                let payload = &workflow.events.at(scene.event?).payload;
                payload.get(*slot).map(|field| &field.ty)
            }
        };
        let Type::Decimal { scale } = ty? else {
            return None;
        };
        let is_finer = value.normalize().scale() > u32::from(*scale);
        is_finer.then(|| Finer {
            field: text.get(field.at()).unwrap_or_default().to_owned(),
            number: text.get(number.at()).unwrap_or_default().to_owned(),
            digits: *scale,
        })
    });
    found.or_else(within)
}
