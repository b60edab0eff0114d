//! What a trigger makes orders take together, and what that demands of guards.
//!
//! In: what each innermost state tries. Out: every way in which they can be taken together, and what must and must
//! not hold for it.

use super::Cause;
use crate::analysis::At;
use crate::graph::{Condition, StateId, Trigger, Workflow};
use crate::interpret::outlook::{self, Attempted, Past, Prospect};

/// The most ways of taking transitions together that are tried for one trigger.
pub(super) const MOST_TOGETHER: usize = 256;

/// What is taken together, and what that demands of guards.
#[derive(Clone, Default)]
pub(super) struct Taking<'t, 'w> {
    pub(super) taken: Vec<&'t Prospect<'w>>,
    pub(super) hold: Vec<&'w Condition>,
    pub(super) fail: Vec<Vec<&'w Condition>>,
}

impl<'t, 'w> Taking<'t, 'w> {
    /// With one more transition.
    fn with(&self, prospect: &'t Prospect<'w>) -> Self {
        let mut more = self.clone();
        more.taken.push(prospect);
        more.hold.extend(&prospect.hold);
        more.fail.extend(prospect.before.iter().cloned());
        more
    }

    /// Without any branch of a transition; what a closed branch may take the place of stays open.
    pub(super) fn without(&mut self, attempted: &[Prospect<'w>]) {
        let open = attempted.iter().take_while(|branch| !branch.is_closed());
        self.fail.extend(open.map(|branch| branch.hold.clone()));
    }

    fn names(&self, source: StateId) -> bool {
        self.taken.iter().any(|taken| taken.source() == source)
    }
}

/// What each innermost active state tries for a cause.
pub(super) fn attempts<'w>(
    workflow: &'w Workflow,
    active: &[StateId],
    cause: Cause,
    past: &dyn Past,
) -> Vec<Vec<Attempted<'w>>> {
    let leaves = outlook::leaves(workflow, active).into_iter();
    leaves
        .map(|leaf| outlook::attempts(workflow, active, leaf, cause, past))
        .collect()
}

/// Where what a cause sets off asks its guards.
pub(super) fn at<'a>(
    workflow: &Workflow,
    active: &'a [StateId],
    (trigger, actor): Cause,
) -> At<'a> {
    At {
        active,
        leaf: outlook::leaves(workflow, active).first().copied(),
        event: match trigger {
            Trigger::Event(event) => Some(event),
            Trigger::Always | Trigger::Timer(_) => None,
        },
        actor,
        rested: trigger != Trigger::Always,
    }
}

/// Every way in which the leaves can take transitions together, and whether those are all.
pub(super) fn together<'t, 'w>(attempts: &'t [Vec<Attempted<'w>>]) -> (Vec<Taking<'t, 'w>>, bool) {
    let mut takings = vec![Taking::default()];
    let mut all = true;
    for of_leaf in attempts {
        let mut more = Vec::new();
        for taking in takings {
            let mut passed = taking;
            for attempted in of_leaf {
                let source = attempted.first().map(Prospect::source);
                // Another leaf has come to the same answer.
                if source.is_some_and(|source| passed.names(source)) {
                    break;
                }
                let open = attempted.iter().filter(|branch| !branch.is_closed());
                more.extend(open.map(|branch| passed.with(branch)));
                passed.without(attempted);
            }
            more.push(passed);
        }
        all &= more.len() <= MOST_TOGETHER;
        more.truncate(MOST_TOGETHER);
        takings = more;
    }
    (takings, all)
}
