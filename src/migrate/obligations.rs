//! Flags that stand for obligations: kept, or let go in so many words.
//!
//! In: where orders were and where they come to stand. Out: a finding for each flag that is lost in
//! silence, kept in words alone, or let go without saying what that asks of the outside.

use super::check::Check;
use super::plan::Move;
use super::rule::{BROKEN_KEEP, IDLE_RELEASE, LOST_OBLIGATION, RELEASE_WITHOUT_EFFECT};
use crate::diagnostic::Diagnostic;
use crate::diff::{self, Given, OBLIGATIONS, given, may_lose};

use crate::interpret::outlook;
use crate::source::Span;
use crate::travel::Configuration;

/// One flag of orders that are brought over.
struct Fate<'a> {
    name: &'a str,
    /// The first innermost state that the orders were in.
    leaf: &'a str,
    /// Where the orders were, and where they come to stand.
    old: String,
    new: String,
    before: Given,
    after: Given,
    from: Span,
    there: Span,
}

impl Check<'_, '_> {
    /// Judges each flag of the orders of a configuration.
    pub(super) fn flags(&mut self, active: &Configuration, target: &Configuration) {
        let plan = self.plan;
        let moves = plan.moves_of(active);
        let Some(&(leaf, first)) = moves.first() else {
            return;
        };
        let from = self.old_span(leaf);
        let place = outlook::leaves(plan.new, target).first().copied();
        for (flag, declared) in plan.old.flags.iter() {
            let mut known = plan.new.flags.iter();
            let after = known.find(|(_, other)| other.name == declared.name);
            let fate = Fate {
                name: &declared.name,
                leaf: &plan.old.states.at(leaf).path,
                old: diff::status(plan.old, active),
                new: diff::status(plan.new, target),
                before: given(plan.old, active, flag),
                after: after.map_or(Given::No, |(id, _)| given(plan.new, target, id)),
                from,
                there: place.map_or(from, |id| plan.new.states.at(id).span),
            };
            let keep = moves.iter().find(|(_, found)| found.keep.contains(&flag));
            let release = moves
                .iter()
                .find(|(_, found)| found.release.contains(&flag));
            if let Some((_, found)) = keep {
                self.kept(&fate, found);
            }
            if let Some((_, found)) = release {
                self.let_go(&fate, found);
            }
            if keep.is_none() && release.is_none() && OBLIGATIONS.contains(&flag) {
                self.silent(&fate, first);
            }
        }
    }

    /// What is said to be kept is there.
    fn kept(&mut self, fate: &Fate<'_>, found: &Move) {
        if fate.before != Given::Yes || fate.after != Given::No {
            return;
        }
        let Fate { name, old, new, .. } = fate;
        let span = self.span(Some(found));
        self.raise(format!("keep {name} {old}"), || {
            let message = format!(
                "the mapping says that orders in `{old}` keep `{name}`, which `{new}` does not have"
            );
            Diagnostic::new(&BROKEN_KEEP, span, message)
                .also(fate.from, format!("has `{name}`"))
                .also(fate.there, format!("has no `{name}`"))
                .help(format!(
                    "map them to a state with `{name}`, or write `release: {name}`"
                ))
        });
    }

    /// What is let go is lost, and it is said what that asks of the outside.
    fn let_go(&mut self, fate: &Fate<'_>, found: &Move) {
        let Fate { name, old, .. } = fate;
        let span = self.span(Some(found));
        if !may_lose(&fate.before, &fate.after) {
            self.raise(format!("idle {name} {old}"), || {
                let message = format!("`{name}` is let go, and orders in `{old}` do not lose it");
                Diagnostic::new(&IDLE_RELEASE, span, message).help(format!("leave `{name}` out"))
            });
        } else if found.effects.is_none() {
            self.raise(format!("effect {name} {old}"), || {
                let message =
                    format!("`{name}` is let go, and nothing says what that asks of the outside");
                let help = "name effects of the new version under `effects`, or write `effects: []` \
                            where nothing has to be done";
                Diagnostic::new(&RELEASE_WITHOUT_EFFECT, span, message)
                    .also(fate.from, format!("has `{name}`"))
                    .help(help)
            });
        }
    }

    /// An obligation is not lost in silence.
    fn silent(&mut self, fate: &Fate<'_>, first: &Move) {
        if !may_lose(&fate.before, &fate.after) {
            return;
        }
        let Fate { name, old, new, .. } = fate;
        let span = self.span(Some(first));
        self.raise(format!("lost {name} {old}"), || {
            let how = match (&fate.before, &fate.after) {
                (Given::Yes, Given::No) => "lose",
                _ => "may lose",
            };
            let message = format!(
                "orders in `{old}` {how} `{name}` in `{new}`, and the plan does not say so"
            );
            let to = first
                .to
                .iter()
                .map(|&id| self.plan.new.states.at(id).path.as_str());
            let to: Vec<&str> = to.collect();
            let to = match to.as_slice() {
                [only] => (*only).to_owned(),
                several => format!("[{}]", several.join(", ")),
            };
            let help = format!(
                "write `{}: {{ to: {to}, release: {name}, effects: EFFECT }}`, or `keep: {name}` \
                 where it holds all the same",
                fate.leaf
            );
            Diagnostic::new(&LOST_OBLIGATION, span, message)
                .also(fate.from, format!("has `{name}`"))
                .also(fate.there, format!("need not have `{name}`"))
                .help(help)
        });
    }
}
