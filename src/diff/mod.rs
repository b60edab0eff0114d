//! What differs between two versions of a workflow, and what that means for orders under way.
//!
//! In: two compiled [`Workflow`]s. Out: a [`Difference`]: every change with its kind, what it means, its
//! places in both files and one sentence. What is written otherwise but means the same is told as such:
//! flags are compared by what they come to, durations by their length, guards by what they let
//! through, with a witness. Whether a plan has to say something about a change is asked of the orders that there
//! can be (`decided`). Deeds are compared in words: what rows, the hooks of states and starts set, ask
//! for, raise, now or later, and call off, and what is raised where a state is done. Where orders would be
//! stranded is found by following them through both versions ([`Travel`](crate::travel::Travel)). Names that are like one another are suggested, never assumed.

mod change;
mod decided;
mod declared;
mod events;
mod flags;
mod given;
mod guards;
mod pair;
mod picture;
mod render;
mod renamed;
mod settings;
mod starts;
mod states;
mod strands;
mod timers;
mod values;
mod waiting;
mod ways;
mod words;

pub use change::{Change, Class, Difference, Kind, Severity, Stranded, Why};
pub(crate) use declared::missing;
pub(crate) use given::{Given, OBLIGATIONS, given, may_lose};
pub use picture::picture;
pub(crate) use renamed::like;
pub use render::{JsonChange, JsonDifference, JsonPlace, JsonWitness, json, markdown, text};
pub use strands::{holding, image, status};
pub(crate) use timers::runs_alike;
pub(crate) use values::{Asked, asked, comes};
pub(crate) use waiting::{misfit, surplus, waiting};

use crate::graph::Workflow;
use pair::Pair;

/// Compares two versions. Both are to be free of errors: what could not be resolved is not compared.
pub fn compare(old: &Workflow, new: &Workflow) -> Difference {
    let mut pair = Pair {
        old,
        new,
        changes: Vec::new(),
    };
    settings::compare(&mut pair);
    declared::compare(&mut pair);
    events::compare(&mut pair);
    starts::compare(&mut pair);
    states::compare(&mut pair);
    flags::compare(&mut pair);
    timers::compare(&mut pair);
    ways::compare(&mut pair);
    let (found, held) = strands::compare(&mut pair);
    decided::mark(&mut pair, &held);
    let mut changes = pair.changes;
    changes.sort_by(|a, b| {
        let place = |change: &Change| change.old.or(change.new).map(|span| span.start);
        let key = |change: &Change| (std::cmp::Reverse(change.severity()), place(change));
        key(a).cmp(&key(b)).then_with(|| a.kind.cmp(&b.kind))
    });
    Difference { changes, ..found }
}
