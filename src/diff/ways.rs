//! Ways: what each actor may do in each state, what happens by itself, what timers do when due.
//!
//! In: both versions. Out: a change for each way that is there, gone, leads elsewhere or does something
//! else. Ways are compared actor by actor and state by state, since rows may be written together in one
//! version and apart in the other; what is told of several states or actors alike is told once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Change, Class, Kind};
use super::guards;
use super::pair::{Pair, names};
use super::words::{assign_words, effects, raised_words, sends};
use crate::graph::{ActorId, Branch, Condition, EventId, Row, StateId, Target, Trigger, Workflow};
use crate::source::Span;

/// One way out of a state for one actor.
#[derive(Clone, Copy)]
struct Way<'w> {
    row: &'w Row,
    branch: &'w Branch,
}

impl<'w> Way<'w> {
    fn conditions(self) -> Vec<&'w Condition> {
        self.row
            .conditions
            .iter()
            .chain(&self.branch.conditions)
            .collect()
    }

    /// The branch where the row has several.
    fn span(self) -> Span {
        match self.row.branched {
            true => self.branch.span,
            false => self.row.span,
        }
    }
}

/// What sets ways off, by names, so that two versions can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Event(String),
    Always,
    Timer(String),
}

/// A way's place: the cause, the source, the actor.
type Place = (Cause, String, String);

type Ways<'w> = BTreeMap<Place, Vec<Way<'w>>>;

/// A change before it is put into words: told once for all states and actors that it is so of.
struct Raw {
    change: Change,
    /// The words behind what it is about.
    words: String,
    sources: Vec<String>,
    actors: Vec<String>,
    cause: Cause,
}

/// Compares the ways of states that both versions have.
pub(super) fn compare(pair: &mut Pair<'_>) {
    let (old, new) = (pair.old, pair.new);
    let (before, after) = (ways(old), ways(new));
    let mut raw: Vec<Raw> = Vec::new();
    let mut places: Vec<&Place> = before.keys().chain(after.keys()).collect();
    places.sort();
    places.dedup();
    for place in places {
        let (cause, source, actor) = place;
        let known = |workflow: &Workflow| match cause {
            Cause::Event(name) => workflow.event_named(name).is_some(),
            Cause::Always | Cause::Timer(_) => true,
        };
        let has_state = |workflow: &Workflow| workflow.state_named(source).is_some();
        let has_actor = |workflow: &Workflow| workflow.actor_named(actor).is_some();
        let both = [old, new].into_iter();
        if !both
            .into_iter()
            .all(|w| known(w) && has_state(w) && has_actor(w))
        {
            continue;
        }
        let none: &[Way<'_>] = &[];
        let a = before.get(place).map_or(none, Vec::as_slice);
        let b = after.get(place).map_or(none, Vec::as_slice);
        if let Cause::Timer(_) = cause
            && (a.is_empty() || b.is_empty())
        {
            continue;
        }
        let others = |ways: &Ways<'_>| {
            let mut same = ways.keys();
            same.any(|(other, from, _)| other == cause && from == source)
        };
        let shared = (others(&before), others(&after));
        list(pair, place, (a, b), shared, &mut raw);
    }
    for raw in raw {
        pair.push(worded(raw));
    }
}

/// The ways of a workflow; for a timer and for what happens by itself, the actor is `system`.
fn ways(workflow: &Workflow) -> Ways<'_> {
    let mut ways: Ways<'_> = BTreeMap::new();
    for transition in workflow.transitions.rows() {
        let row = workflow.rows.at(transition.row);
        let cause = match row.trigger {
            Trigger::Event(id) => Cause::Event(workflow.events.at(id).name.clone()),
            Trigger::Always => Cause::Always,
            Trigger::Timer(id) => Cause::Timer(workflow.timers.at(id).name.clone()),
        };
        let source = &workflow.states.at(transition.source).path;
        for &actor in &row.by.members {
            let actor = workflow.actors.at(actor).name.clone();
            let place = (cause.clone(), source.clone(), actor);
            let known = ways.entry(place).or_default();
            known.extend(row.branches.iter().map(|branch| Way { row, branch }));
        }
    }
    ways
}

/// Where a way leads, in words.
pub(super) fn target(workflow: &Workflow, target: &Target) -> String {
    let path = |id: StateId| workflow.states.at(id).path.as_str();
    match target {
        Target::Stay => "stays".to_owned(),
        Target::State(id) => format!("leads to `{}`", path(*id)),
        Target::Back => "leads back".to_owned(),
        Target::Choose(ids) => format!("leads to one of {}", names(ids.iter().map(|&id| path(id)))),
        Target::History {
            state,
            deep,
            otherwise,
        } => {
            let all = if *deep { "all of " } else { "" };
            let first = otherwise.map_or(&[][..], |start| &workflow.starts.at(start).first);
            let first = match first {
                [] => String::new(),
                first => format!(", else to {}", names(first.iter().map(|&id| path(id)))),
            };
            format!("leads to {all}`{}` as it was{first}", path(*state))
        }
        Target::Several(parts) => {
            let parts: Vec<String> = parts
                .iter()
                .map(|part| self::target(workflow, part))
                .collect();
            parts.join(" and ")
        }
        Target::Unresolved => "leads nowhere".to_owned(),
    }
}

/// Which ways stand for each other, by their places in both lists: the same target and guard first,
/// then the same target. What is left of the new ones is told as well.
fn matching(pair: &Pair<'_>, old: &[Way<'_>], new: &[Way<'_>]) -> (Vec<Option<usize>>, Vec<usize>) {
    let goal = |workflow: &Workflow, way: &Way<'_>| target(workflow, &way.branch.target);
    let text = |way: &Way<'_>| guards::texts(&way.conditions());
    let mut free: Vec<usize> = (0..new.len()).collect();
    let mut matched: Vec<Option<usize>> = vec![None; old.len()];
    for by_text in [true, false] {
        for (way, slot) in old.iter().zip(&mut matched) {
            if slot.is_some() {
                continue;
            }
            let fits = |at: &usize| {
                new.get(*at).is_some_and(|other| {
                    goal(pair.old, way) == goal(pair.new, other)
                        && (!by_text || text(way) == text(other))
                })
            };
            *slot = free.iter().position(fits).map(|at| free.remove(at));
        }
    }
    (matched, free)
}

/// Compares the ways of one place.
fn list(
    pair: &Pair<'_>,
    place: &Place,
    (old, new): (&[Way<'_>], &[Way<'_>]),
    shared: (bool, bool),
    raw: &mut Vec<Raw>,
) {
    let (matched, free) = matching(pair, old, new);
    let left: Vec<Way<'_>> = old
        .iter()
        .zip(&matched)
        .filter(|(_, found)| found.is_none())
        .map(|(way, _)| *way)
        .collect();
    let came_in: Vec<Way<'_>> = free.iter().filter_map(|&at| new.get(at).copied()).collect();
    // What is left on both sides stands in each other's place.
    for (a, b) in left.iter().zip(&came_in) {
        let is = target(pair.new, &b.branch.target);
        let was = past(&target(pair.old, &a.branch.target));
        let what = (Kind::TransitionRetargeted, Class::Behaviour);
        let words = format!("{is}, and {was}");
        note(raw, place, what, (Some(*a), Some(*b)), words);
        within(pair, place, *a, *b, raw);
    }
    let together = left.len().min(came_in.len());
    for a in left.iter().skip(together) {
        gone(pair, place, *a, shared.1 && new.is_empty(), raw);
    }
    for b in came_in.iter().skip(together) {
        came(pair, place, *b, (shared.0, !old.is_empty()), raw);
    }
    for (a, found) in old.iter().zip(&matched) {
        if let Some(b) = found.and_then(|at| new.get(at)) {
            within(pair, place, *a, *b, raw);
        }
    }
    if !matched.iter().flatten().is_sorted()
        && let (Some(a), Some(b)) = (old.first(), new.first())
    {
        let what = (Kind::TransitionReordered, Class::Behaviour);
        let words = "tries its ways in another order".to_owned();
        note(raw, place, what, (Some(*a), Some(*b)), words);
    }
}

fn past(words: &str) -> String {
    words
        .replacen("leads", "led", 1)
        .replacen("stays", "stayed", 1)
}

fn gone(pair: &Pair<'_>, place: &Place, way: Way<'_>, others: bool, raw: &mut Vec<Raw>) {
    let was = past(&target(pair.old, &way.branch.target));
    let (what, words) = match others {
        true => (
            (Kind::RightLost, Class::Rights),
            format!("is no longer for ACTORS: it {was}"),
        ),
        false => (
            (Kind::TransitionRemoved, Class::Behaviour),
            format!("is gone: it {was}"),
        ),
    };
    note(raw, place, what, (Some(way), None), words);
}

/// A way that is new; before it, there were others for other actors, or for this one.
fn came(
    pair: &Pair<'_>,
    place: &Place,
    way: Way<'_>,
    (others, own): (bool, bool),
    raw: &mut Vec<Raw>,
) {
    let is = target(pair.new, &way.branch.target);
    let (what, words) = match (others && !own, &place.0) {
        (true, _) => (
            (Kind::RightGained, Class::Rights),
            format!("is also for ACTORS: it {is}"),
        ),
        // Orders that were refused may go there, or go there in place of elsewhere.
        (false, Cause::Event(_)) if own => {
            let conditions = way.conditions();
            let texts = guards::texts(&conditions);
            let when = match texts.is_empty() {
                true => "for every order".to_owned(),
                false => format!("under {}", names(&texts)),
            };
            (
                (Kind::TransitionAdded, Class::Behaviour),
                format!("has another way, {when}: it {is}"),
            )
        }
        // What happens by itself moves orders that nobody touches.
        (false, Cause::Always) => (
            (Kind::TransitionAdded, Class::Behaviour),
            format!("is new: it {is}"),
        ),
        (false, _) => (
            (Kind::TransitionAdded, Class::Safe),
            format!("is new: it {is}"),
        ),
    };
    note(raw, place, what, (None, Some(way)), words);
}

/// Compares two ways that stand for each other.
fn within(pair: &Pair<'_>, place: &Place, old: Way<'_>, new: Way<'_>, raw: &mut Vec<Raw>) {
    let both = (Some(old), Some(new));
    let (a, b) = (old.conditions(), new.conditions());
    let said = |conditions: &[&Condition]| -> Vec<Option<Arc<str>>> {
        conditions.iter().map(|c| c.refusal.clone()).collect()
    };
    if guards::texts(&a) == guards::texts(&b) {
        if said(&a) != said(&b) || old.row.remark.advice != new.row.remark.advice {
            let words = "is refused, or advised, in other words".to_owned();
            note(raw, place, (Kind::WordingChanged, Class::Safe), both, words);
        }
    } else {
        guard(pair, place, (old, new), raw);
    }
    stays(place, (old, new), raw);
    let asked = |workflow: &Workflow, way: Way<'_>| {
        let mut all = effects(workflow, &way.row.deed.effects);
        all.extend(effects(workflow, &way.branch.deed.effects));
        all
    };
    let (a, b) = (asked(pair.old, old), asked(pair.new, new));
    if a != b {
        let words = format!("asks for {}, and asked for {}", names(&b), names(&a));
        let what = (Kind::EffectsChanged, Class::Behaviour);
        note(raw, place, what, both, words);
    }
    let (a, b) = (assigned(pair.old, old), assigned(pair.new, new));
    if a != b {
        let words = format!("sets {}, and set {}", names(&b), names(&a));
        note(
            raw,
            place,
            (Kind::SetsChanged, Class::Behaviour),
            both,
            words,
        );
    }
    let (a, b) = (
        sends(pair.old, &old.row.deed.send),
        sends(pair.new, &new.row.deed.send),
    );
    if a != b {
        let words = format!("sends {}, and sent {}", names(&b), names(&a));
        let what = (Kind::SendsChanged, Class::Behaviour);
        note(raw, place, what, both, words);
    }
    let raised = |workflow: &Workflow, way: Way<'_>| -> Vec<String> {
        let raised = way.row.deed.raise.iter().chain(&way.branch.deed.raise);
        let canceled = way.row.deed.cancel.iter().chain(&way.branch.deed.cancel);
        let canceled = canceled.map(|&id| format!("no {}", workflow.events.at(id).name));
        raised
            .map(|raise| raised_words(workflow, raise))
            .chain(canceled)
            .collect()
    };
    let (a, b) = (raised(pair.old, old), raised(pair.new, new));
    if a != b {
        let words = format!("raises {}, and raised {}", names(&b), names(&a));
        let what = (Kind::SendsChanged, Class::Behaviour);
        note(raw, place, what, both, words);
    }
}

/// Tells where one of two ways stays in its source, and the other leaves it and enters it again.
fn stays(place: &Place, (old, new): (Way<'_>, Way<'_>), raw: &mut Vec<Raw>) {
    if old.row.internal == new.row.internal || new.branch.target == Target::Stay {
        return;
    }
    let words = match new.row.internal {
        true => "stays in its source, and left it",
        false => "leaves its source, and stayed in it",
    };
    let what = (Kind::TransitionRetargeted, Class::Behaviour);
    note(raw, place, what, (Some(old), Some(new)), words.to_owned());
}

fn assigned(workflow: &Workflow, way: Way<'_>) -> Vec<String> {
    let sets = way.row.deed.set.iter().chain(&way.branch.deed.set);
    sets.map(|assign| assign_words(workflow, assign)).collect()
}

/// Says how the new guards stand to the old ones. The same two rows are asked about once.
fn guard(pair: &Pair<'_>, place: &Place, (old, new): (Way<'_>, Way<'_>), raw: &mut Vec<Raw>) {
    let (cause, source, actor) = place;
    let spans = (old.span(), new.span());
    let known = raw.iter_mut().find(|raw| {
        guards::KINDS.contains(&raw.change.kind)
            && raw.cause == *cause
            && (raw.change.old, raw.change.new) == (Some(spans.0), Some(spans.1))
    });
    if let Some(known) = known {
        add(&mut known.sources, source);
        add(&mut known.actors, actor);
        return;
    }
    let event: Option<EventId> = match cause {
        Cause::Event(name) => pair.new.event_named(name),
        _ => None,
    };
    let sources: Vec<StateId> = pair.new.state_named(source).into_iter().collect();
    let actors: Vec<ActorId> = new.row.by.members.to_vec();
    let (a, b) = (old.conditions(), new.conditions());
    let verdict = guards::compare(pair, (&sources, event, &actors), &a, &b);
    let Some(said) = guards::said(verdict, &a, &b) else {
        return;
    };
    note(raw, place, said.what, (Some(old), Some(new)), said.words);
    if let Some(last) = raw.last_mut() {
        last.change.witnesses = said.witnesses;
    }
}

fn add(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}

/// Notes a change; one that was told of another state or actor alike is told of this one as well.
fn note(
    raw: &mut Vec<Raw>,
    (cause, source, actor): &Place,
    what: (Kind, Class),
    (old, new): (Option<Way<'_>>, Option<Way<'_>>),
    words: String,
) {
    let (old, new) = (old.map(Way::span), new.map(Way::span));
    let known = raw.iter_mut().find(|raw| {
        raw.change.kind == what.0
            && raw.cause == *cause
            && raw.words == words
            && (raw.change.old, raw.change.new) == (old, new)
    });
    if let Some(known) = known {
        add(&mut known.sources, source);
        add(&mut known.actors, actor);
        return;
    }
    let about = match cause {
        Cause::Event(name) => name.clone(),
        Cause::Always => source.clone(),
        Cause::Timer(name) => format!("{source}.{name}"),
    };
    raw.push(Raw {
        change: Change::new(what, about, "").at(old, new),
        words,
        sources: vec![source.clone()],
        actors: vec![actor.clone()],
        cause: cause.clone(),
    });
}

fn worded(raw: Raw) -> Change {
    let mut change = raw.change;
    let who = match &raw.cause {
        Cause::Event(name) => format!("`{name}` from {}", names(&raw.sources)),
        Cause::Always => format!("what happens by itself in {}", names(&raw.sources)),
        Cause::Timer(_) => format!("the timer `{}`", change.about),
    };
    let rest = raw.words.replace("ACTORS", &names(&raw.actors));
    change.message = format!("{who} {rest}");
    change
}
