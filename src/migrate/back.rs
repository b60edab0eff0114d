//! Where ways `to: back` take orders that are brought over.
//!
//! In: where orders were and where they come to stand. Out: a finding for each that would go back nowhere, or in a
//! circle, and for each `back` that is of no use.

use super::check::Check;
use super::plan::{Astray, Move};
use super::rule::UNFIT_TARGET;
use crate::diagnostic::Diagnostic;
use crate::graph::StateId;
use crate::interpret::outlook;
use crate::travel::Configuration;

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
            None if places.is_empty() => {
                let message = format!("no way leads back where orders in `{old}` come to stand");
                (message, "leave `back` out")
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

    /// Whether orders bring a state to go back to.
    fn unsaid(&mut self, (leaf, found): (StateId, &Move), active: &[StateId], place: StateId) {
        let plan = self.plan;
        let sources = active.iter().filter(|&&id| {
            plan.old.states.at(id).leads_back && plan.counterpart(id) == Some(place)
        });
        let mut nowhere = true;
        let mut astray = None;
        for &source in sources {
            nowhere = false;
            let left = self.before.left_for(source);
            astray = astray.or_else(|| {
                left.into_iter()
                    .find_map(|left| Some((left.clone(), plan.origin(place, left).err()?)))
            });
        }
        let (old, new) = (
            &plan.old.states.at(leaf).path,
            &plan.new.states.at(place).path,
        );
        let message = match &astray {
            None if !nowhere => return,
            None => format!(
                "orders in `{old}` would go back nowhere from `{new}`: they bring no state that they came from"
            ),
            Some((_, Astray::Lost(id))) => {
                let lost = &plan.old.states.at(*id).path;
                let nowhere = plan.moves.get(id).is_some_and(|found| found.to.is_empty());
                if nowhere || self.is_unmapped(lost) {
                    return;
                }
                format!(
                    "orders in `{old}` may go back to `{lost}`, and no one state of the new version stands for it"
                )
            }
            Some((left, Astray::Round)) => {
                let left = left.first().map_or("", |&id| &plan.old.states.at(id).path);
                format!(
                    "orders in `{old}` that came from `{left}` would go back from `{new}` to where they are"
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
