//! Why nothing happened, complete: every candidate with its reasons.

use schemars::JsonSchema;
use serde::Serialize;

use crate::context::Value;
use crate::diagnostic::meant;
use crate::source::Span;

/// Why an event was refused. Names are spelt out: a refusal is for people and stands on its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The workflow has no such event.
    #[error("there is no event `{name}`{}", meant(did_you_mean.as_deref()))]
    UnknownEvent {
        /// What was sent.
        name: String,
        /// An event with a name much like it.
        did_you_mean: Option<String>,
    },
    /// The workflow has no such actor.
    #[error("there is no actor `{role}`{}", meant(did_you_mean.as_deref()))]
    UnknownActor {
        /// What was sent.
        role: String,
        /// An actor with a name much like it.
        did_you_mean: Option<String>,
    },
    /// The payload does not fit the event.
    #[error("the payload does not fit: {}", .problems.join("; "))]
    Payload {
        /// One sentence for each value that is missing, unknown or of another type.
        problems: Vec<String>,
    },
    /// The context of a new order, or a change of one, does not fit its declaration.
    #[error("the context does not fit: {}", .problems.join("; "))]
    Context {
        /// One sentence for each field that is missing, unknown or of another type, or cannot be unset.
        problems: Vec<String>,
    },
    /// The counts of children do not fit their declaration.
    #[error("the children do not fit: {}", .problems.join("; "))]
    Children {
        /// One sentence for each set or state that is unknown.
        problems: Vec<String>,
    },
    /// The order may no longer be changed.
    #[error("`{state}` is immutable")]
    Immutable {
        /// The active state that says so.
        state: String,
    },
    /// No transition applies.
    #[error("{}", first_reason(.candidates))]
    NoTransition {
        /// Every transition of the event, in document order, with the reasons against it.
        candidates: Vec<Candidate>,
    },
    /// No initial branch holds, or a new order may not enter where it starts.
    #[error("no initial branch applies: {}", first_reason(.candidates))]
    NoInitial {
        /// Every branch with the reasons against it.
        candidates: Vec<Candidate>,
    },
    /// A transition or a `set:` failed while it was carried out; nothing was changed.
    #[error("{message}")]
    Failed {
        /// What failed, and why.
        message: String,
    },
    /// Automatic transitions did not come to rest.
    #[error("automatic transitions did not come to rest within {limit} microsteps")]
    Restless {
        /// How many microsteps a step may have.
        limit: usize,
    },
    /// The order slept for so long that not every timer due has fired yet; those that did are kept.
    #[error("more than {limit} timers are due: send the event again")]
    Behind {
        /// How many timers fire before one event.
        limit: usize,
    },
    /// An intervention that cannot be carried out.
    #[error("the intervention is refused: {message}")]
    Override {
        /// Why.
        message: String,
    },
}

/// A transition that did not apply.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Candidate {
    /// From where, as states' paths.
    pub from: Vec<String>,
    /// To where, in words: a path, `back`, `one of …`, `stay`.
    pub to: String,
    /// Every reason against it; never empty.
    pub reasons: Vec<Reason>,
    /// The row in the file.
    #[serde(skip)]
    pub span: Span,
}

/// One reason against a transition.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The order is elsewhere.
    #[error("the order is in `{active}`, not in {}", quoted(.needs))]
    WrongState {
        /// Where it is.
        active: String,
        /// Where it would have to be.
        needs: Vec<String>,
    },
    /// Somebody else may.
    #[error("`{actor}` may not: only {} may", quoted(.allowed))]
    WrongActor {
        /// Who tried.
        actor: String,
        /// Who may.
        allowed: Vec<String>,
    },
    /// A guard does not hold.
    #[error("{0}")]
    Guard(GuardFailure),
    /// The target may be entered by others only.
    #[error("`{state}` may be entered by {} only", quoted(.allowed))]
    MayNotEnter {
        /// The target, or a state entered along with it.
        state: String,
        /// Who may.
        allowed: Vec<String>,
    },
    /// The target is switched off.
    #[error("`{state}` is inactive")]
    Inactive {
        /// The target, or a state entered along with it.
        state: String,
    },
    /// The caller has to name a target.
    #[error("name a target: {}", quoted(.allowed))]
    NoTarget {
        /// What may be named.
        allowed: Vec<String>,
    },
    /// The caller named a target that is not offered, or for a transition that offers none.
    #[error("{}", wrong_target(.target, .allowed))]
    WrongTarget {
        /// What was named.
        target: String,
        /// What may be named.
        allowed: Vec<String>,
    },
    /// The target does not exist; only in a workflow with errors.
    #[error("the target does not exist")]
    Unresolved,
    /// An active state refuses to be left and every change of the context.
    #[error("`{state}` is immutable")]
    Immutable {
        /// The state.
        state: String,
    },
    /// There is no state to go back to.
    #[error("the order did not come from anywhere: there is nothing to go back to")]
    NoWayBack,
    /// Another transition of the same step took precedence (only among parallel regions).
    #[error("another transition of the step took precedence")]
    Preempted,
}

/// A guard that does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct GuardFailure {
    /// The name of a named guard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The expression.
    pub guard: String,
    /// What its author says to the person who is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// The names it reads with their values; `None` where unset.
    #[schemars(with = "Vec<(String, serde_json::Value)>")]
    pub operands: Vec<(String, Option<Value>)>,
    /// Why it could not be evaluated, in which case it counts as not holding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl std::fmt::Display for GuardFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.refusal, &self.error) {
            (Some(refusal), _) => f.write_str(refusal)?,
            (None, Some(error)) => write!(f, "guard `{}` cannot be judged: {error}", self.guard)?,
            (None, None) => write!(f, "guard `{}` does not hold", self.guard)?,
        }
        let values: Vec<String> = self.operands.iter().map(operand).collect();
        let mut details = vec![values.join(", ")];
        details.extend(self.hidden_error());
        details.retain(|detail| !detail.is_empty());
        match details.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", details.join("; ")),
        }
    }
}

impl GuardFailure {
    /// What kept the guard from being judged, where neither the text nor the operands say so.
    fn hidden_error(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let told = self.refusal.is_none()
            || self
                .operands
                .iter()
                .any(|(name, value)| value.is_none() && *error == format!("`{name}` is not set"));
        (!told).then(|| format!("the guard cannot be judged: {error}"))
    }
}

fn operand((name, value): &(String, Option<Value>)) -> String {
    match value {
        Some(value) => format!("{name} = {}", value.shown()),
        None => format!("{name} is not set"),
    }
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nobody".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn wrong_target(target: &str, allowed: &[String]) -> String {
    match allowed.is_empty() {
        true => format!("`{target}` was named, but there is nothing to choose"),
        false => format!("`{target}` is not among the targets: {}", quoted(allowed)),
    }
}

/// The reason that tells most: that of the candidate which came closest, a failed guard before an
/// actor before a state.
fn first_reason(candidates: &[Candidate]) -> String {
    let closeness = |reason: &Reason| match reason {
        Reason::WrongState { .. } => 2,
        Reason::WrongActor { .. } => 1,
        _ => 0,
    };
    let worst = |c: &Candidate| c.reasons.iter().map(closeness).max().unwrap_or(3);
    let closest = candidates.iter().min_by_key(|candidate| worst(candidate));
    let reasons = closest.map_or(&[][..], |candidate| candidate.reasons.as_slice());
    let told: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    match told.is_empty() {
        true => "no transition of this event exists".to_owned(),
        false => told.join("; "),
    }
}
