//! Asking: whether there is a situation in which some conditions hold and others do not.
//!
//! In: a [`Scene`] and [`Demand`]s. Out: a [`Verdict`]. The given situation is tried first, then those
//! at the edges of what the guards compare, by the real evaluator; then comes the solver. What it proves is
//! believed, what it finds only once the evaluator confirms it. Where it cannot say, for texts and lists and
//! products, a few situations are tried that the guards suggest.

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::change::Free;
use super::circuit::Found;
use super::demand::Demand;
use super::encode::Who;
use super::guess::guesses;
use super::memo::{self, Answer, Key, Memo};
use super::moment::Moment;
use super::probe::Probes;
use super::query::Query;
use super::scene::base;
use super::space::Scene;
use crate::context::SYSTEM;
use crate::graph::Workflow;

/// How much may be built and searched for one workflow: gates, and what searches look at.
const MOST_EFFORT: u64 = 3_000_000;

/// How many conditions one question may be about.
const MOST_CONDITIONS: usize = 400;

/// The answer to a question.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// There is no such situation: a proof.
    Never,
    /// There is, and it was confirmed.
    Possible(Box<Moment>),
    /// Neither could be shown.
    Unknown,
}

/// Whether the smallest situation is wanted, or any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Whether there is one.
    Any,
    /// The one that differs from a new order in as little as possible.
    Smallest,
}

impl Wanted {
    fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Smallest => "smallest",
        }
    }
}

/// Asks, and keeps count of what that costs.
pub(super) struct Asker<'w> {
    pub(super) workflow: &'w Workflow,
    effort: u64,
    /// The answers to questions about the same words.
    known: IndexMap<String, Option<bool>, RandomState>,
    /// The answers that were given before, and those of this workflow.
    pub(super) memo: Memo,
    /// How many questions were not asked for want of effort.
    pub(super) skipped: usize,
}

impl<'w> Asker<'w> {
    pub(super) fn new(workflow: &'w Workflow) -> Self {
        Self::with(workflow, Memo::default())
    }

    /// One that has answers from before.
    pub(super) fn with(workflow: &'w Workflow, memo: Memo) -> Self {
        Self {
            workflow,
            effort: 0,
            known: IndexMap::default(),
            memo,
            skipped: 0,
        }
    }

    /// Counts what was built elsewhere.
    pub(super) fn spend(&mut self, effort: u64) {
        self.effort += effort;
    }

    /// Whether there is effort left.
    pub(super) fn may_ask(&self) -> bool {
        self.effort < MOST_EFFORT
    }

    /// Looks for a situation that meets the demands.
    pub(super) fn ask(
        &mut self,
        scene: &Scene<'w>,
        demands: &[Demand<'w>],
        wanted: Wanted,
    ) -> Verdict {
        let base = base(scene);
        if meets(self.workflow, &base, demands) {
            return Verdict::Possible(Box::new(base));
        }
        if wanted == Wanted::Any {
            let conditions = demands.iter().flat_map(|demand| &demand.conditions);
            let probes = Probes::new(&base, conditions.copied());
            let is_met = |moment: &Moment| meets(self.workflow, moment, demands);
            if let Some(found) = probes.find(is_met) {
                return Verdict::Possible(Box::new(found));
            }
        }
        let count: usize = demands.iter().map(|demand| demand.conditions.len()).sum();
        if !self.may_ask() || count > MOST_CONDITIONS {
            self.skipped += 1;
            return Verdict::Unknown;
        }
        let key = memo::key(wanted.as_str(), scene, demands);
        if let Some(known) = key.and_then(|key| self.remembered(key, scene, demands)) {
            return known;
        }
        let verdict = self.solve(scene, &base, demands, wanted);
        let answer = match &verdict {
            Verdict::Never => Some(Answer::Never),
            Verdict::Possible(moment) => Some(Answer::Possible(moment.clone())),
            Verdict::Unknown => None,
        };
        if let (Some(key), Some(answer)) = (key, answer) {
            self.memo.keep(key, answer);
        }
        verdict
    }

    /// The answer that a question of the same words had; a situation is confirmed anew.
    fn remembered(&self, key: Key, scene: &Scene<'w>, demands: &[Demand<'w>]) -> Option<Verdict> {
        match self.memo.answer(key)? {
            Answer::Never => Some(Verdict::Never),
            Answer::Possible(moment) => {
                let moment = memo::transplant(moment, scene, demands);
                let holds = meets(self.workflow, &moment, demands);
                holds.then(|| Verdict::Possible(Box::new(moment)))
            }
        }
    }

    /// Whether no situation meets the demands, where that is known; the answer of equal `words` is kept.
    pub(super) fn is_never(
        &mut self,
        scene: &Scene<'w>,
        demands: &[Demand<'w>],
        words: String,
    ) -> Option<bool> {
        if let Some(&known) = self.known.get(&words) {
            return known;
        }
        let never = match self.ask(scene, demands, Wanted::Any) {
            Verdict::Never => Some(true),
            Verdict::Possible(_) => Some(false),
            Verdict::Unknown => None,
        };
        self.known.insert(words, never);
        never
    }

    /// A situation of those that the guards suggest, where the solver cannot say.
    pub(super) fn tried(&mut self, base: &Moment, demands: &[Demand<'w>]) -> Option<Moment> {
        let conditions = demands.iter().flat_map(|demand| &demand.conditions);
        let bases = std::slice::from_ref(base);
        let tried = guesses(self.workflow, bases, conditions.copied(), Free::Payload);
        self.effort += tried.len() as u64;
        let mut tried = tried.into_iter();
        tried.find(|moment| meets(self.workflow, moment, demands))
    }

    fn solve(
        &mut self,
        scene: &Scene<'w>,
        base: &Moment,
        demands: &[Demand<'w>],
        wanted: Wanted,
    ) -> Verdict {
        let conditions = || {
            demands
                .iter()
                .flat_map(|demand| &demand.conditions)
                .copied()
        };
        let mut query = Query::new(scene.clone(), base.clone(), conditions());
        for demand in demands {
            let holds = query
                .encoder
                .holds(demand.conditions.iter().copied(), demand.who);
            query.require(holds.apply_sign(demand.holds));
        }
        let found = query.search();
        let confirmed = match found {
            Found::Model => {
                let confirm = |moment: &Moment| meets(self.workflow, moment, demands);
                let any = match wanted {
                    Wanted::Any => query.moment().filter(confirm),
                    Wanted::Smallest => None,
                };
                any.or_else(|| query.confirmed(confirm))
            }
            Found::Nothing | Found::GaveUp => None,
        };
        self.effort += query.encoder.space.circuit.effort();
        let open = found != Found::Nothing && !query.encoder.unsolved.is_empty();
        let confirmed = match confirmed {
            None if open => self.tried(base, demands),
            // Of what is not calculated, values that the guards suggest read better than numbers nobody writes.
            Some(moment) if open && wanted == Wanted::Smallest && moment.is_huge() => {
                self.tried(base, demands).or(Some(moment))
            }
            confirmed => confirmed,
        };
        match (found, confirmed) {
            (Found::Nothing, _) => Verdict::Never,
            (_, Some(moment)) => {
                // The zone was looked for with all else, and may not matter.
                let home = moment.at_home(self.workflow, base);
                let home = home.filter(|home| meets(self.workflow, home, demands));
                Verdict::Possible(Box::new(home.unwrap_or(moment)))
            }
            _ => Verdict::Unknown,
        }
    }
}

/// Whether a moment meets the demands, as the evaluator says.
pub(super) fn meets(workflow: &Workflow, moment: &Moment, demands: &[Demand<'_>]) -> bool {
    let packed = moment.packed(workflow);
    demands.iter().all(|demand| {
        if demand.conditions.is_empty() {
            return demand.holds;
        }
        let actor = match demand.who {
            Who::Actor => &moment.actor,
            Who::System => &*SYSTEM,
        };
        packed.holds(actor, demand.conditions.iter().copied()) == demand.holds
    })
}
