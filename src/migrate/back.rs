//! Where ways `to: back` take orders that are brought over.
//!
//! In: where orders were and where they come to stand. Out: a finding for each that would go back nowhere, or in a
//! circle or into an end, and for each `back` that is of no use.

use super::check::Check;
use super::plan::{Astray, Move};
use super::rule::{IDLE_BACK, UNFIT_TARGET};
use crate::diagnostic::Diagnostic;
use crate::graph::StateId;
use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::Configuration;

/// What orders bring that cannot go back.
enum Bring {
    Nothing,
    /// What they left, and why they cannot go there.
    Left(Configuration, Astray),
}

impl Check<'_, '_> {
    /// Whether orders can go back from each place with a way back.
    pub(super) fn back(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let moves = plan.moves_of(active);
        let Some(&(leaf, found)) = moves.first() else {
            return;
        };
        let leads_back = |id: &StateId| plan.new.states.at(*id).leads_back;
        let places: Vec<StateId> = target.iter().copied().filter(leads_back).collect();
        if let Some(back) = plan.back(active) {
            let said = moves.iter().find(|(_, found)| found.back.is_some());
            let (leaf, found) = said.copied().unwrap_or((leaf, found));
            let astray = |&place: &StateId| self.astray(active, place).is_some();
            let needed = !self.before.whole || places.iter().any(astray);
            let known = self.backs.entry(leaf).or_default();
            *known |= needed;
            return self.said(leaf, found, &places, back);
        }
        // A state that is none is told as such.
        if moves.iter().any(|(_, found)| found.back.is_some()) {
            return;
        }
        for place in places {
            self.unsaid((leaf, found), active, place);
        }
    }

    /// Whether what the plan says can be gone back to.
    fn said(&mut self, leaf: StateId, found: &Move, places: &[StateId], back: &[StateId]) {
        let plan = self.plan;
        let (span, from) = (self.span(Some(found)), self.old_span(leaf));
        let old = &plan.old.states.at(leaf).path;
        let path = |id: StateId| plan.new.states.at(id).path.as_str();
        let together: Vec<&str> = back.iter().map(|&id| path(id)).collect();
        let closed = back.iter().find(|&&id| plan.new.states.at(id).inactive);
        let circle = places.iter().find(|&&place| {
            let mut back = back.iter();
            back.any(|&id| plan.new.within(id, place))
        });
        let (message, help) = match circle {
            Some(&place) => {
                let place = path(place);
                let message =
                    format!("orders in `{old}` would go back from `{place}` to where they are");
                (message, "name another state under `back`")
            }
            None if outlook::standing(plan.new, back).is_none() => {
                let message = format!(
                    "an order cannot go back to `{}` at once",
                    together.join(" + ")
                );
                (
                    message,
                    "name states under `back` that can be active together",
                )
            }
            None => match closed {
                Some(&closed) => {
                    let message = format!("`{}` is inactive: nothing may enter it", path(closed));
                    (message, "name another state under `back`")
                }
                None => return,
            },
        };
        self.raise(format!("back said {old}"), || {
            Diagnostic::new(&UNFIT_TARGET, span, message)
                .also(from, "they are here")
                .help(help)
        });
    }

    /// What orders of a configuration bring that cannot go back from a place; `None` where all can.
    fn astray(&self, active: &[StateId], place: StateId) -> Option<Bring> {
        let plan = self.plan;
        let sources = active.iter().filter(|&&id| {
            plan.old.states.at(id).leads_back && plan.counterpart(id) == Some(place)
        });
        let mut nowhere = true;
        for &source in sources {
            nowhere = false;
            let mut left = self.before.left_for(source);
            let astray = left
                .find_map(|left| Some(Bring::Left(left.clone(), plan.origin(place, left).err()?)));
            if astray.is_some() {
                return astray;
            }
        }
        nowhere.then_some(Bring::Nothing)
    }

    /// Tells each `back` that no order needs.
    pub(super) fn idle_backs(&mut self) {
        let plan = self.plan;
        let backs = std::mem::take(&mut self.backs);
        let of = |leaf: StateId| plan.moves.get(&leaf);
        // A mapping may be that of several states.
        let serves = |span: Option<Span>| {
            let mut needed = backs.iter().filter(|(_, needed)| **needed);
            needed.any(|(leaf, _)| of(*leaf).and_then(|found| found.span) == span)
        };
        for &leaf in backs.keys() {
            let Some(found) = of(leaf).filter(|found| !serves(found.span)) else {
                continue;
            };
            let (span, from) = (self.span(Some(found)), self.old_span(leaf));
            let old = &plan.old.states.at(leaf).path;
            let mut to = found
                .to
                .iter()
                .flat_map(|&id| plan.new.ancestors(id).chain([id]));
            let message = match to.any(|id| plan.new.states.at(id).leads_back) {
                true => format!(
                    "`back` serves nobody: all orders in `{old}` bring a state to go back to"
                ),
                false => format!("no way leads back where orders in `{old}` come to stand"),
            };
            self.raise(format!("back idle {span:?}"), || {
                Diagnostic::new(&IDLE_BACK, span, message)
                    .also(from, "they are here")
                    .help("leave `back` out")
            });
        }
    }

    /// Whether orders bring a state to go back to.
    fn unsaid(&mut self, (leaf, found): (StateId, &Move), active: &[StateId], place: StateId) {
        let plan = self.plan;
        let Some(astray) = self.astray(active, place) else {
            return;
        };
        let (old, new) = (
            &plan.old.states.at(leaf).path,
            &plan.new.states.at(place).path,
        );
        let message = match &astray {
            Bring::Nothing => format!(
                "orders in `{old}` would go back nowhere from `{new}`: they bring no state that they came from"
            ),
            Bring::Left(_, Astray::Lost(id)) => {
                let lost = &plan.old.states.at(*id).path;
                let nowhere = plan.moves.get(id).is_some_and(|found| found.to.is_empty());
                if nowhere || self.is_unmapped(lost) {
                    return;
                }
                format!(
                    "orders in `{old}` may go back to `{lost}`, and no one state of the new version stands for it"
                )
            }
            Bring::Left(left, Astray::Round) => {
                let left = left.first().map_or("", |&id| &plan.old.states.at(id).path);
                format!(
                    "orders in `{old}` that came from `{left}` would go back from `{new}` to where they are"
                )
            }
            Bring::Left(left, Astray::Ended(id)) => {
                let left = left.first().map_or("", |&id| &plan.old.states.at(id).path);
                let end = &plan.new.states.at(*id).path;
                format!(
                    "orders in `{old}` that came from `{left}` would go back from `{new}` into the final state `{end}`"
                )
            }
        };
        let (span, from) = (self.span(Some(found)), self.old_span(leaf));
        let to = plan.new.states.at(place).span;
        let help = match found.span {
            Some(_) => "say where to: add `back: STATE` to the mapping".to_owned(),
            None => {
                format!("say where to: write `{old}: {{ to: {old}, back: STATE }}` under `states`")
            }
        };
        self.raise(format!("back {old} {new}"), || {
            Diagnostic::new(&UNFIT_TARGET, span, message)
                .also(from, "they are here")
                .also(to, "a way `to: back` leads from here")
                .help(help)
        });
    }
}
