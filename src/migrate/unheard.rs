//! Events that wait, and come where no state of the new version takes them.
//!
//! In: where orders were and where they come to stand. Out: a warning for each event that some orders wait for in vain.

use super::check::{Check, stand};
use super::plan::Fate;
use super::rule::UNHEARD_EVENT;
use crate::diagnostic::Diagnostic;
use crate::diff::{status, waiting};
use crate::graph::{ActorId, EventId, StateId, Trigger, Workflow};
use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::{Configuration, Stand};

/// Whether some active state takes an event that the order itself raises.
fn takes(workflow: &Workflow, event: EventId, active: &[StateId]) -> bool {
    let mut transitions = workflow.transitions.rows().iter();
    transitions.any(|transition| {
        let row = workflow.rows.at(transition.row);
        row.trigger == Trigger::Event(event)
            && row.by.contains(ActorId::SYSTEM)
            && active.contains(&transition.source)
    })
}

impl Check<'_, '_> {
    /// Tells the events that are kept and that nothing takes any longer.
    pub(super) fn unheard(&mut self, moved: &[(Configuration, Option<Configuration>)]) {
        let plan = self.plan;
        // Where orders are to come to stand elsewhere, or an event comes as another, it may be taken.
        if self.report.has_errors() {
            return;
        }
        for (event, raised) in waiting(plan.old) {
            let Fate::As(new) = plan.event(event) else {
                continue;
            };
            let heard = |(active, target): &&(Configuration, Option<Configuration>)| {
                let there = target.as_ref();
                there.is_some_and(|target| !outlook::is_end(plan.new, target))
                    && takes(plan.old, event, active)
            };
            let heard: Vec<_> = moved.iter().filter(heard).collect();
            let stands = heard
                .iter()
                .filter_map(|(active, target)| Some(stand(plan, active, target.as_ref()?)));
            let stands: Vec<Stand> = stands.collect();
            let answers = self
                .after
                .comes_to(&stands, |active| takes(plan.new, new, active));
            let in_vain = heard.iter().zip(&stands).zip(answers);
            let in_vain = in_vain.filter(|(_, answer)| *answer == Some(false));
            for (((active, _), there), _) in in_vain {
                self.in_vain((event, new), raised, (active, &there.active));
            }
        }
    }

    fn in_vain(
        &mut self,
        (event, new): (EventId, EventId),
        raised: Span,
        (active, target): (&[StateId], &[StateId]),
    ) {
        let plan = self.plan;
        let name = &plan.old.events.at(event).name;
        let to = &plan.new.events.at(new).name;
        let (old, there) = (status(plan.old, active), status(plan.new, target));
        let said = plan.events.get(&event).map(|(_, span)| *span);
        let span = said.unwrap_or(self.file.from.span);
        let from = outlook::leaves(plan.old, active).first().copied();
        let from = from.map_or(span, |leaf| self.old_span(leaf));
        self.raise(format!("unheard {name} {old}"), || {
            let come = match to == name {
                true => String::new(),
                false => format!(" and come as `{to}`"),
            };
            let message = format!(
                "`{name}` may wait in `{old}`{come}, and from `{there}` on no state takes it"
            );
            Diagnostic::new(&UNHEARD_EVENT, span, message)
                .also(raised, "raised for later here")
                .also(from, "takes it")
                .help(format!(
                    "write `{name}: drop` under `events` where it is to come no more"
                ))
        });
    }
}
