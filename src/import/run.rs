//! Executable content as what it does at once: each way through its `<if>`s, with the values before.

use super::fold::{Meaning, fold, not};
use super::machine::{Content, Param, Sent};
use super::script::{Expr, Op};

/// The most ways through the content of one element.
const MOST_WAYS: usize = 64;

/// The most parts of a value in terms of the values before.
const LARGEST: usize = 200;

/// One way through content.
#[derive(Debug, Clone, Default)]
pub(super) struct Way {
    /// What holds on it.
    pub(super) when: Vec<Expr>,
    pub(super) meaning: Meaning,
    pub(super) raised: Vec<Sent>,
    /// Ids of events that are called off.
    pub(super) cancelled: Vec<crate::source::Spanned<String>>,
}

impl Way {
    /// Whether it does nothing.
    pub(super) fn is_idle(&self) -> bool {
        self.meaning.set.is_empty() && self.raised.is_empty() && self.cancelled.is_empty()
    }
}

/// Every way through content; `None` where there are too many, or values grow too large. `event` is the one that set it off.
pub(super) fn ways(content: &[Content], event: Option<&str>) -> Option<Vec<Way>> {
    through(vec![Way::default()], content, event)
}

fn through(mut ways: Vec<Way>, content: &[Content], event: Option<&str>) -> Option<Vec<Way>> {
    for part in content {
        let mut next = Vec::new();
        for way in ways {
            next.extend(step(way, part, event)?);
        }
        if next.len() > MOST_WAYS {
            return None;
        }
        ways = next;
    }
    Some(ways)
}

fn step(mut way: Way, part: &Content, event: Option<&str>) -> Option<Vec<Way>> {
    match part {
        Content::Assign { to, value } => {
            let value = fold(&value.value, &way.meaning, event);
            if value.size() > LARGEST {
                return None;
            }
            way.meaning.set.insert(to.value.clone(), value);
            Some(vec![way])
        }
        Content::Raise(sent) => {
            let with = sent.with.iter().map(|param| {
                let mut param: Param = param.clone();
                param.value.value = fold(&param.value.value, &way.meaning, event);
                param
            });
            let with = with.collect();
            way.raised.push(Sent {
                with,
                ..sent.clone()
            });
            Some(vec![way])
        }
        Content::Cancel(id) => {
            let of_it = |sent: &Sent| sent.id.as_ref() == Some(&id.value) && sent.after.is_some();
            way.raised.retain(|sent| !of_it(sent));
            way.cancelled.push(id.clone());
            Some(vec![way])
        }
        Content::If(branches) => {
            let mut found = Vec::new();
            for (condition, content) in branches {
                let condition = condition
                    .as_ref()
                    .map_or(Expr::Bool(true), |c| fold(&c.value, &way.meaning, event));
                match condition {
                    Expr::Bool(false) => {}
                    Expr::Bool(true) => {
                        found.extend(through(vec![way], content, event)?);
                        return Some(found);
                    }
                    condition => {
                        let mut taken = way.clone();
                        learn(&mut taken, &condition);
                        taken.when.push(condition.clone());
                        found.extend(through(vec![taken], content, event)?);
                        way.when.push(not(condition));
                    }
                }
            }
            found.push(way);
            (found.len() <= MOST_WAYS).then_some(found)
        }
    }
}

/// What a condition that holds tells of a value before.
fn learn(way: &mut Way, condition: &Expr) {
    if let Expr::Of(Op::Equal, left, right) = condition {
        let ((Expr::Var(name), value) | (value, Expr::Var(name))) = (&**left, &**right) else {
            return;
        };
        if matches!(value, Expr::Int(_) | Expr::Text(_) | Expr::Bool(_)) {
            way.meaning.known.insert(name.clone(), value.clone());
        }
    }
    if let Expr::Of(Op::And, left, right) = condition {
        learn(way, left);
        learn(way, right);
    }
}
