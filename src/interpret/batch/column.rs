//! What a trigger does in each state, as decisions.
//!
//! In: a trigger, a role, the target that a caller named. Out: a [`Column`]: for each state the first
//! [`Choice`], whose guard leads to further ones and at last to a passage, to a refusal, or to the
//! interpreter. Everything that does not depend on the order is decided here: who may, what may be
//! entered, what is immutable.

use super::super::conditions::View;
use super::super::entry::Targets;
use super::super::macrostep::World;
use super::super::named::leads_to;
use super::super::target::{closed, resolve, sets};
use super::hot::{WHOLE, small};
use super::passage::{Passage, standing};
use crate::context::{BESIDE, CellsView, SYSTEM};
use crate::document::Repeat;
use crate::graph::{ActorId, Branch, Condition, Id, Row, State, Target, Transition, Trigger};
use crate::guard::{Around, Bound, Guard, Inputs, TOGETHER};
use crate::time::Instant;

/// What a column is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) trigger: Trigger,
    pub(super) role: ActorId,
    /// The state that the caller named.
    pub(super) target: Option<String>,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A guard decides.
    Choice(u32),
    /// The order goes this way.
    Passage(u32),
    /// The order goes this way, which does no more than enter a state.
    Enter { passage: u32, to: u16 },
    /// The order already is where the trigger leads.
    Repeated,
    /// Nothing applies.
    Refused,
    /// The interpreter has to look at the order itself.
    Whole,
}

/// A guard, and what follows its answers.
#[derive(Debug)]
pub(super) struct Choice {
    guard: Option<Guard>,
    /// The same for orders whose words answer it.
    bound: Option<Bound>,
    pub(super) yes: Next,
    pub(super) no: Next,
}

impl Choice {
    pub(super) fn holds(&self, inputs: &Inputs<'_>) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.holds(inputs))
    }

    /// The answers of several orders: see [`Bound::hold_for`].
    #[inline]
    pub(super) fn by_words_of(
        &self,
        words: (&[i64], usize),
        nanos: i64,
    ) -> Option<[bool; TOGETHER]> {
        self.bound.as_ref()?.hold_for(words, around(nanos))
    }

    /// The answer for an order of these words; `None` where they do not tell.
    #[inline]
    pub(super) fn by_words(&self, words: &[i64], nanos: i64) -> Option<bool> {
        self.bound.as_ref()?.holds(words, around(nanos))
    }
}

/// What guards are asked besides words: their role is put in already.
fn around(nanos: i64) -> Around {
    Around {
        now: nanos,
        role: BESIDE,
    }
}

/// The decisions of a trigger by state.
#[derive(Debug)]
pub(super) struct Column {
    first: Vec<Next>,
    choices: Vec<Choice>,
    passages: Vec<Passage>,
}

impl Column {
    /// Compiles a column. `always` has the automatic transitions, for any other column.
    pub(super) fn compile(world: World<'_>, key: &Key, always: Option<&Self>) -> Self {
        let mut column = Self {
            first: Vec::new(),
            choices: Vec::new(),
            passages: Vec::new(),
        };
        let is_flat = world.workflow.is_flat();
        // Orders in states beyond are kept whole.
        let states = world.workflow.states.rows().iter();
        for state in states.take(usize::from(WHOLE)) {
            let waits = !state.timers.is_empty() || state.depth != 1;
            let first = match is_flat && !waits {
                true => column.decide(world, key, always, state),
                false => Next::Whole,
            };
            column.first.push(first);
        }
        column
    }

    /// What is done in the state of a number.
    #[inline]
    pub(super) fn first(&self, state: usize) -> Next {
        self.first.get(state).copied().unwrap_or(Next::Whole)
    }

    #[inline]
    pub(super) fn choice(&self, at: u32) -> Option<&Choice> {
        self.choices.get(at as usize)
    }

    pub(super) fn passage(&self, at: u32) -> Option<&Passage> {
        self.passages.get(at as usize)
    }

    /// What a trigger does in a state, written from the last transition to the first.
    fn decide(
        &mut self,
        world: World<'_>,
        key: &Key,
        always: Option<&Self>,
        state: &State,
    ) -> Next {
        let workflow = world.workflow;
        let order = standing(world, state.id);
        let view = View {
            workflow,
            site: world.site,
            instance: &order,
            actor: &SYSTEM,
            event: CellsView::EMPTY,
            now: Instant::UNIX_EPOCH,
        };
        let place = Place {
            world,
            key,
            always,
            view,
            repeats: repeats(world, key),
        };
        let mut next = place.nothing();
        let bind = Bind {
            settings: world.site.cells(),
            role: u32::try_from(key.role.index()).unwrap_or(u32::MAX),
        };
        let transitions = workflow.dispatch.transitions(state.id, key.trigger);
        for &id in transitions.iter().rev() {
            let transition = *workflow.transitions.at(id);
            let row = workflow.rows.at(transition.row);
            if !row.by.contains(key.role) {
                continue;
            }
            let fail = next;
            for (index, branch) in row.branches.iter().enumerate().rev() {
                let way = self.way(&place, transition, (row, index, branch));
                next = self.guarded(bind, &branch.conditions, way.unwrap_or(fail), next);
            }
            next = self.guarded(bind, &row.conditions, next, fail);
        }
        next
    }

    /// Conditions that must all hold for `yes` to follow.
    fn guarded(&mut self, bind: Bind<'_>, conditions: &[Condition], yes: Next, no: Next) -> Next {
        let mut next = yes;
        for condition in conditions.iter().rev() {
            let guard = condition.guard.clone();
            let at = u32::try_from(self.choices.len()).unwrap_or(u32::MAX);
            let yes = next;
            let bound = guard.as_ref().and_then(|guard| bind.bound(guard));
            self.choices.push(Choice {
                guard,
                bound,
                yes,
                no,
            });
            next = Next::Choice(at);
        }
        next
    }

    /// Where a branch leads once its conditions hold; `None` where the way is closed.
    fn way(
        &mut self,
        place: &Place<'_>,
        transition: Transition,
        (row, index, branch): (&Row, usize, &Branch),
    ) -> Option<Next> {
        let Place { world, key, .. } = *place;
        if matches!(branch.target, Target::Back | Target::History { .. }) || does_more(row, branch)
        {
            return Some(Next::Whole);
        }
        let goal = resolve(
            &place.view,
            transition.source,
            (&branch.target, row.internal),
            key.target.as_deref(),
        );
        let goal = goal.ok()?;
        let sets = sets(row, branch);
        if !closed(&place.view, Some(key.role), goal.as_ref(), sets).is_empty() {
            return None;
        }
        let to = match goal.map(|goal| goal.targets) {
            None => None,
            Some(Targets::One(state)) => Some(state),
            Some(Targets::Several(_)) => return Some(Next::Whole),
        };
        if place.repeats && to == Some(transition.source) {
            return Some(Next::Repeated);
        }
        let rest = to.unwrap_or(transition.source);
        let target = world.workflow.states.at(rest);
        let source = world.workflow.states.at(transition.source);
        if to.is_some() && (!source.exit.asks_at_most() || !target.enter.asks_at_most()) {
            return Some(Next::Whole);
        }
        let always = match place.always.map(|always| always.first(rest.index())) {
            None | Some(Next::Refused) => Some(None),
            Some(Next::Choice(first)) if !sets => Some(Some(first)),
            Some(_) => None,
        };
        let Some(always) = always else {
            return Some(Next::Whole);
        };
        if !target.timers.is_empty() || world.workflow.states.at(rest).leads_back {
            return Some(Next::Whole);
        }
        let at = u32::try_from(self.passages.len()).unwrap_or(u32::MAX);
        let from = (transition.id, transition.source);
        let passage = Passage::new(world, from, (row, index, branch), (to, always));
        let enters = to.filter(|_| passage.is_plain).and_then(small);
        self.passages.push(passage);
        Some(match enters {
            Some(to) => Next::Enter { passage: at, to },
            None => Next::Passage(at),
        })
    }
}

/// What guards are bound to.
#[derive(Clone, Copy)]
struct Bind<'a> {
    settings: CellsView<'a>,
    role: u32,
}

impl Bind<'_> {
    fn bound(self, guard: &Guard) -> Option<Bound> {
        guard.bind(self.settings, self.role)
    }
}

/// Whether a way does what only the interpreter can: raising events, and setting what depends on which
/// states are active meanwhile.
fn does_more(row: &Row, branch: &Branch) -> bool {
    [&row.deed, &branch.deed].into_iter().any(|deed| {
        let mut formulas = deed.set.iter().filter_map(|set| set.formula.as_ref());
        let asks = formulas.any(|formula| !formula.reads().states.is_empty());
        asks || !deed.raise.is_empty() || !deed.cancel.is_empty()
    })
}

/// A state for which a column is compiled.
struct Place<'a> {
    world: World<'a>,
    key: &'a Key,
    always: Option<&'a Column>,
    view: View<'a>,
    /// Whether an event that leads to where the order is counts as done.
    repeats: bool,
}

impl Place<'_> {
    /// What follows where no transition applies.
    fn nothing(&self) -> Next {
        let there = self.repeats && {
            let (key, named) = (self.key, self.key.target.as_deref());
            let rows = self.world.workflow.rows.rows().iter();
            let mut rows =
                rows.filter(|row| row.trigger == key.trigger && row.by.contains(key.role));
            rows.any(|row| leads_to(&self.view, row, named))
        };
        match there {
            true => Next::Repeated,
            false => Next::Refused,
        }
    }
}

fn repeats(world: World<'_>, key: &Key) -> bool {
    match key.trigger {
        Trigger::Event(event) => world.workflow.events.at(event).repeat == Repeat::Accept,
        Trigger::Always | Trigger::Timer(_) => false,
    }
}
