//! How two lists of conditions stand to each other: which lets more orders through.
//!
//! In: conditions that were compiled against one workflow, and where they are asked. Out: a
//! [`Relation`], each claim proved or shown by a witness.

use super::ask::{Asker, Verdict, Wanted};
use super::demand::Demand;
use super::space::Scene;
use super::witness::Witness;
use crate::graph::{ActorId, Condition, EventId, StateId, Workflow};

/// How new conditions stand to old ones.
#[derive(Debug, Clone)]
pub(crate) enum Relation {
    /// They let the same orders through: a proof.
    Equal,
    /// They let all of them through, and this one as well.
    Weaker(Box<Witness>),
    /// They let no other one through, and not this one.
    Stronger(Box<Witness>),
    /// They let other orders through: this one no longer, that one now.
    Different {
        /// Let through by the old conditions alone.
        no_longer: Box<Witness>,
        /// Let through by the new conditions alone.
        now: Box<Witness>,
    },
    /// One side could be neither proved nor shown; what was shown of the other.
    Unknown {
        /// Let through by the old conditions alone.
        no_longer: Option<Box<Witness>>,
        /// Let through by the new conditions alone.
        now: Option<Box<Witness>>,
    },
}

/// What one side lets through alone.
enum Side {
    Nothing,
    This(Box<Witness>),
    Unknown,
}

impl Side {
    fn witness(self) -> Option<Box<Witness>> {
        match self {
            Self::This(witness) => Some(witness),
            _ => None,
        }
    }
}

/// Compares conditions where they are asked: in each of `sources` (none for a new order), on an event,
/// by one of `actors`.
pub(crate) fn relation(
    workflow: &Workflow,
    (sources, event, actors): (&[StateId], Option<EventId>, &[ActorId]),
    old: &[&Condition],
    new: &[&Condition],
) -> Relation {
    let place = |source| Scene {
        workflow,
        source,
        event,
        actors: actors.iter().copied().collect(),
        known: None,
    };
    let mut scenes: Vec<Scene<'_>> = sources.iter().map(|&id| place(Some(id))).collect();
    if scenes.is_empty() {
        scenes.push(place(None));
    }
    let mut asker = Asker::new(workflow);
    let gone = alone(&mut asker, &scenes, old, new);
    let came = alone(&mut asker, &scenes, new, old);
    match (gone, came) {
        (Side::Nothing, Side::Nothing) => Relation::Equal,
        (Side::Nothing, Side::This(now)) => Relation::Weaker(now),
        (Side::This(no_longer), Side::Nothing) => Relation::Stronger(no_longer),
        (Side::This(no_longer), Side::This(now)) => Relation::Different { no_longer, now },
        (gone, came) => Relation::Unknown {
            no_longer: gone.witness(),
            now: came.witness(),
        },
    }
}

/// The smallest order that `holds` lets through and `fails` does not.
fn alone<'w>(
    asker: &mut Asker<'w>,
    scenes: &[Scene<'w>],
    holds: &[&'w Condition],
    fails: &[&'w Condition],
) -> Side {
    if fails.is_empty() {
        return Side::Nothing;
    }
    let demands = [
        Demand::hold(holds.iter().copied()),
        Demand::fail(fails.iter().copied()),
    ];
    let mut known = true;
    for scene in scenes {
        match asker.ask(scene, &demands, Wanted::Smallest) {
            Verdict::Never => {}
            Verdict::Unknown => known = false,
            Verdict::Possible(moment) => {
                let asked = holds.iter().chain(fails).copied();
                return Side::This(Box::new(Witness::of(scene, &moment, asked)));
            }
        }
    }
    match known {
        true => Side::Nothing,
        false => Side::Unknown,
    }
}
