//! States: what they are made of, who may enter, what marks them. Which orders are stranded is told
//! elsewhere.

use super::change::{Change, Class, Kind};
use super::pair::{Pair, names, shown};
use super::ways;
use super::words::{assign_words, effects, raised_words, sends};
use crate::document::Idle as _;
use crate::graph::{Deed, Expires, Hook, State, StateId, Target, Workflow};
use crate::graph::{Kind as Made, Title};

/// Compares the states that both versions have, and tells those that are new.
pub(super) fn compare(pair: &mut Pair<'_>) {
    for state in pair.new.states.rows().iter().skip(1) {
        if pair.old.state_named(&state.path).is_none() {
            let message = format!("the state `{}` is new", state.path);
            let what = (Kind::StateAdded, Class::Safe);
            pair.push(Change::new(what, &state.path, message).at(None, state.span));
        }
    }
    for (old, new) in pair.states() {
        let (old, new) = (pair.old.states.at(old), pair.new.states.at(new));
        made(pair, old, new);
        marks(pair, old, new);
        entry(pair, old, new);
        hooks(pair, old, new);
        attributes(pair, old, new);
        title(pair, old, new);
    }
}

fn push(pair: &mut Pair<'_>, (old, new): (&State, &State), what: (Kind, Class), message: String) {
    pair.push(Change::new(what, &new.path, message).at(old.span, new.span));
}

/// Whether orders end there, and what is within.
fn made(pair: &mut Pair<'_>, old: &State, new: &State) {
    let path = &new.path;
    let at_top = |state: &State| state.is_final() && state.parent == Some(StateId::ROOT);
    let found = match (at_top(old), at_top(new)) {
        (false, true) => {
            let message = format!("orders end in `{path}`, where they did not");
            Some(((Kind::StateEnds, Class::Behaviour), message))
        }
        (true, false) => {
            let message =
                format!("orders no longer end in `{path}`: those that did are live again");
            Some(((Kind::StateReopens, Class::Behaviour), message))
        }
        (false, false) if old.is_final() != new.is_final() => {
            let word = match new.is_final() {
                true => "is final now",
                false => "is no longer final",
            };
            let message = format!("`{path}` {word} within `{}`", around(pair.new, new));
            Some(((Kind::StateReshaped, Class::Behaviour), message))
        }
        _ => None,
    };
    let within = within(pair, old, new);
    for (what, message) in found.into_iter().chain(within) {
        push(pair, (old, new), what, message);
    }
}

/// What differs in what a state is made of.
fn within(pair: &Pair<'_>, old: &State, new: &State) -> Option<((Kind, Class), String)> {
    let path = &new.path;
    let regions = |workflow: &Workflow, state: &State| -> Vec<String> {
        let children = state.children.iter();
        children
            .map(|&id| workflow.states.at(id).name.clone())
            .collect()
    };
    let word = |made: Made| match made {
        Made::Atomic | Made::Final => "nothing within",
        Made::Compound { .. } => "states within",
        Made::Parallel => "regions",
    };
    let (what, message) = match (old.kind, new.kind) {
        (Made::Compound { initial: a }, Made::Compound { initial: b }) => {
            let (a, b) = (&pair.old.states.at(a).path, &pair.new.states.at(b).path);
            let message = format!("`{path}` begins with `{b}`, and began with `{a}`");
            (
                (Kind::InitialChanged, Class::Behaviour),
                (a != b).then_some(message),
            )
        }
        (Made::Parallel, Made::Parallel) => {
            let (a, b) = (regions(pair.old, old), regions(pair.new, new));
            let (is, was) = (names(&b), names(&a));
            let message = format!("`{path}` has the regions {is}, and had {was}");
            (
                (Kind::StateReshaped, Class::Behaviour),
                (a != b).then_some(message),
            )
        }
        (a, b) => {
            let message = format!("`{path}` has {}, and had {}", word(b), word(a));
            let differs = word(a) != word(b);
            (
                (Kind::StateReshaped, Class::Behaviour),
                differs.then_some(message),
            )
        }
    };
    message.map(|message| (what, message))
}

fn around(workflow: &Workflow, state: &State) -> String {
    let outer = state.parent.filter(|&id| id != StateId::ROOT);
    outer.map_or_else(String::new, |id| workflow.states.at(id).path.clone())
}

/// A mark: whether each version has it, and what it is to gain or to lose it.
type Mark = (
    (bool, bool),
    (Kind, Class, &'static str),
    (Kind, Class, &'static str),
);

fn marked(old: &State, new: &State) -> [Mark; 5] {
    use Class::{Behaviour, Safe};
    let waived = |state: &State| matches!(state.expires, Expires::Never(_));
    [
        (
            (old.inactive, new.inactive),
            (
                Kind::StateSwitchedOff,
                Behaviour,
                "is switched off: nothing enters it any longer",
            ),
            (Kind::StateSwitchedOn, Safe, "is switched on"),
        ),
        (
            (old.immutable, new.immutable),
            (
                Kind::StateLocked,
                Behaviour,
                "is immutable: orders there refuse changes and ways out",
            ),
            (Kind::StateUnlocked, Behaviour, "is no longer immutable"),
        ),
        (
            (old.hidden, new.hidden),
            (Kind::StateVisibilityChanged, Safe, "is left out of lists"),
            (Kind::StateVisibilityChanged, Safe, "is shown in lists"),
        ),
        (
            (old.deprecated.is_some(), new.deprecated.is_some()),
            (
                Kind::StateDeprecationChanged,
                Safe,
                "is kept for orders of earlier versions only",
            ),
            (
                Kind::StateDeprecationChanged,
                Safe,
                "is no longer deprecated",
            ),
        ),
        (
            (waived(old), waived(new)),
            (Kind::WaiverChanged, Safe, "says that it never expires"),
            (
                Kind::WaiverChanged,
                Safe,
                "no longer says that it never expires",
            ),
        ),
    ]
}

fn marks(pair: &mut Pair<'_>, old: &State, new: &State) {
    let path = &new.path;
    for ((before, after), on, off) in marked(old, new) {
        if before != after {
            let (kind, class, words) = if after { on } else { off };
            push(pair, (old, new), (kind, class), format!("`{path}` {words}"));
        }
    }
}

fn entry(pair: &mut Pair<'_>, old: &State, new: &State) {
    let by = |workflow: &Workflow, state: &State| -> Option<Vec<String>> {
        let by = state.enter.by.as_ref()?;
        let members = by.members.iter();
        Some(
            members
                .map(|&id| workflow.actors.at(id).name.clone())
                .collect(),
        )
    };
    let (before, after) = (by(pair.old, old), by(pair.new, new));
    if before == after {
        return;
    }
    let path = &new.path;
    let restricted = match (&before, &after) {
        (None, Some(_)) => true,
        (Some(before), Some(after)) => before.iter().any(|name| !after.contains(name)),
        _ => false,
    };
    let said = |by: &Option<Vec<String>>| match by {
        Some(by) => format!("for {} alone", names(by)),
        None => "for whoever may cause the way".to_owned(),
    };
    let message = format!(
        "`{path}` is open {}, and was {}",
        said(&after),
        said(&before)
    );
    let kind = match restricted {
        true => Kind::EntryRestricted,
        false => Kind::EntryOpened,
    };
    let place = (
        old.enter.by_span.unwrap_or(old.span),
        new.enter.by_span.unwrap_or(new.span),
    );
    pair.push(Change::new((kind, Class::Rights), path, message).at(place.0, place.1));
}

/// What a hook does, as `said` says it of a deed, and under which conditions.
fn hooked(hook: &Hook, said: impl Fn(&Deed) -> Vec<String>) -> Vec<String> {
    let mut words = match hook.deed.is_idle() {
        true => Vec::new(),
        false => said(&hook.deed),
    };
    for (conditions, deed) in &hook.branches {
        let done = said(deed);
        if !conditions.is_empty() && !done.is_empty() {
            let texts: Vec<&str> = conditions.iter().map(|one| &*one.text).collect();
            words.push(format!("if {}", texts.join(" && ")));
        }
        words.extend(done);
    }
    words
}

/// What is set, raised and called off, in words.
///
/// A deed that does nothing at all is told here: as a branch it keeps those behind it from being asked.
fn set(workflow: &Workflow, deed: &Deed) -> Vec<String> {
    if deed.is_idle() {
        return vec!["nothing".to_owned()];
    }
    let mut words: Vec<String> = Vec::new();
    words.extend(deed.set.iter().map(|one| assign_words(workflow, one)));
    words.extend(deed.raise.iter().map(|one| raised_words(workflow, one)));
    let canceled = deed.cancel.iter().map(|&id| &workflow.events.at(id).name);
    words.extend(canceled.map(|name| format!("no {name}")));
    words
}

/// What begins within a state, in words: a past with what is entered where there is none, and what is done on the way.
/// Another first state is told by itself.
fn beginning(workflow: &Workflow, state: &State) -> Vec<String> {
    let Some(start) = state.start.map(|start| workflow.starts.at(start)) else {
        return Vec::new();
    };
    let mut words = Vec::new();
    if !matches!(start.target, Target::State(_)) {
        let target = ways::target(workflow, &start.target);
        words.push(target.replace("leads to ", "").replace('`', ""));
    }
    if !start.deed.is_idle() {
        words.extend(set(workflow, &start.deed));
    }
    words
}

/// What is done on the way to what begins within a state.
fn started<'a>(workflow: &'a Workflow, state: &State) -> Option<&'a Deed> {
    state.start.map(|start| &workflow.starts.at(start).deed)
}

fn hooks(pair: &mut Pair<'_>, old: &State, new: &State) {
    let path = &new.path;
    let (a, b) = (beginning(pair.old, old), beginning(pair.new, new));
    if new.start.or(old.start).is_some() {
        let words = (format!("`{path}` begins with"), "began with");
        told(pair, (old, new), Kind::SetsChanged, words, (a, b));
    }
    let ended = |workflow: &Workflow, state: &State| -> Vec<String> {
        let done = state.done.iter();
        done.map(|&event| workflow.events.at(event).name.clone())
            .collect()
    };
    let words = (format!("the end of `{path}` raises"), "raised");
    let both = (ended(pair.old, old), ended(pair.new, new));
    told(pair, (old, new), Kind::SetsChanged, words, both);
    let asked = |workflow, state| {
        started(workflow, state).map_or_else(Vec::new, |deed| effects(workflow, &deed.effects))
    };
    let words = (format!("beginning `{path}` asks for"), "asked for");
    let both = (asked(pair.old, old), asked(pair.new, new));
    told(pair, (old, new), Kind::EffectsChanged, words, both);
    let sent = |workflow, state| {
        started(workflow, state).map_or_else(Vec::new, |deed| sends(workflow, &deed.send))
    };
    let words = (format!("beginning `{path}` sends"), "sent");
    let both = (sent(pair.old, old), sent(pair.new, new));
    told(pair, (old, new), Kind::SendsChanged, words, both);
    let sides = [
        ("entering", &old.enter, &new.enter),
        ("leaving", &old.exit, &new.exit),
    ];
    for (verb, before, after) in sides {
        let asked = |workflow, hook| hooked(hook, |deed| effects(workflow, &deed.effects));
        let words = (format!("{verb} `{path}` asks for"), "asked for");
        let both = (asked(pair.old, before), asked(pair.new, after));
        told(pair, (old, new), Kind::EffectsChanged, words, both);
        let done = |workflow, hook| hooked(hook, |deed| set(workflow, deed));
        let words = (format!("{verb} `{path}` does"), "did");
        let both = (done(pair.old, before), done(pair.new, after));
        told(pair, (old, new), Kind::SetsChanged, words, both);
        let sent = |workflow, hook| hooked(hook, |deed| sends(workflow, &deed.send));
        let words = (format!("{verb} `{path}` sends"), "sent");
        let both = (sent(pair.old, before), sent(pair.new, after));
        told(pair, (old, new), Kind::SendsChanged, words, both);
    }
}

/// Tells what is done now and what was done, where these differ.
fn told(
    pair: &mut Pair<'_>,
    states: (&State, &State),
    kind: Kind,
    (now, once): (String, &str),
    (before, after): (Vec<String>, Vec<String>),
) {
    if before != after {
        let (before, after) = (names(&before), names(&after));
        let message = format!("{now} {after}, and {once} {before}");
        push(pair, states, (kind, Class::Behaviour), message);
    }
}

fn attributes(pair: &mut Pair<'_>, old: &State, new: &State) {
    let rows = pair.new.attributes.rows().iter().zip(&new.attributes);
    let mut changed = Vec::new();
    for (attribute, after) in rows {
        let known = pair.old.attributes.rows().iter();
        let Some(at) = known
            .into_iter()
            .position(|known| known.name == attribute.name)
        else {
            continue;
        };
        let before = old.attributes.get(at).cloned().flatten();
        if before != *after {
            changed.push(format!(
                "the attribute `{}` of `{}` is {}, and was {}",
                attribute.name,
                new.path,
                shown(after.as_ref()),
                shown(before.as_ref())
            ));
        }
    }
    for message in changed {
        push(
            pair,
            (old, new),
            (Kind::AttributeChanged, Class::Behaviour),
            message,
        );
    }
}

fn title(pair: &mut Pair<'_>, old: &State, new: &State) {
    if old.title == new.title {
        return;
    }
    let message = match old.title.text == new.title.text {
        true => format!("`{}` has other titles for some", new.path),
        false => {
            let Title { text, .. } = &new.title;
            format!(
                "`{}` is called \"{text}\", and was \"{}\"",
                new.path, old.title.text
            )
        }
    };
    push(
        pair,
        (old, new),
        (Kind::WordingChanged, Class::Safe),
        message,
    );
}
