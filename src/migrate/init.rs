//! A first plan for two versions: what is certain is filled in, what needs a decision is asked.
//!
//! In: both versions, and what their files are called. Out: the text of a migration file. What the
//! plan leaves out is what both versions have alike. Suggestions stand in comments: nothing that has to
//! be decided is decided here.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::children;
use super::values;
use crate::diff::{self, Asked, Difference, Kind, Why};
use crate::graph::{Field, State, StateId, TimerId, Workflow};
use crate::instance::timer_path;
use crate::interpret::outlook;
use crate::travel::histories;

/// Writes a first plan.
pub fn init((old, old_file): (&Workflow, &str), (new, new_file): (&Workflow, &str)) -> String {
    let mut out = String::new();
    let writer = Writer {
        old,
        new,
        difference: diff::compare(old, new),
    };
    // Writing to a string cannot fail.
    let _ = writer.write(&mut out, (old_file, new_file));
    out
}

struct Writer<'w> {
    old: &'w Workflow,
    new: &'w Workflow,
    difference: Difference,
}

impl Writer<'_> {
    fn write(&self, out: &mut String, (old, new): (&str, &str)) -> std::fmt::Result {
        let head = |workflow: &Workflow, file: &str| {
            let file = serde_json::Value::from(file);
            format!(
                "{{ workflow: {}, version: {}, file: {file} }}",
                workflow.name, workflow.version
            )
        };
        writeln!(out, "# yaml-language-server: $schema=migration.schema.json")?;
        writeln!(out, "flagstate_migration: 1")?;
        writeln!(out, "from: {}", head(self.old, old))?;
        writeln!(out, "to: {}", head(self.new, new))?;
        section(out, "states", &self.states())?;
        section(out, "timers", &self.timers())?;
        section(out, "events", &self.events())?;
        section(out, "children", &self.children())?;
        section(out, "context", &self.context())?;
        self.drop(out)
    }

    /// A line for each state whose orders need a place, or a word about their end.
    fn states(&self) -> Vec<String> {
        let (old, new) = (self.old, self.new);
        let (holding, _) = diff::holding(old);
        let mut asked: BTreeSet<StateId> = BTreeSet::new();
        for active in &holding {
            let leaves = outlook::leaves(old, active);
            match diff::image(old, new, active) {
                Err(Why::Gone) => {
                    let gone = |id: &StateId| new.state_named(&old.states.at(*id).path).is_none();
                    asked.extend(leaves.iter().copied().filter(gone));
                }
                Err(_) => asked.extend(leaves),
                Ok(_) => {}
            }
        }
        let cut = self
            .difference
            .stranded
            .iter()
            .filter(|stranded| stranded.why == Why::CutOff);
        asked.extend(cut.filter_map(|stranded| old.state_named(&stranded.status)));
        let mut lines: Vec<String> = asked.into_iter().map(|id| self.place(id)).collect();
        for change in &self.difference.changes {
            let word = match change.kind {
                Kind::StateEnds => "orders end there now",
                Kind::StateReopens => "orders that ended are live again",
                _ => continue,
            };
            if !lines
                .iter()
                .any(|line| line.contains(&format!("{}: ", change.about)))
            {
                lines.push(format!(
                    "# {}: {}    # {word}: is that meant?",
                    change.about, change.about
                ));
            }
        }
        lines.extend(self.lost());
        lines.extend(self.nowhere());
        lines.extend(self.forgotten(&lines));
        lines
    }

    /// A line for each state whose orders would go back nowhere.
    fn nowhere(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for old in self.old.states.rows().iter().skip(1) {
            let next = self.counterpart(old.id).map(|id| self.new.states.at(id));
            let next = next.filter(|new| new.leads_back && !old.leads_back && old.is_atomic());
            if let Some(new) = next {
                lines.push(format!(
                    "# {}: {{ to: {}, back: STATE }}    # a way back leads from there: where to?",
                    old.path, new.path
                ));
            }
        }
        lines
    }

    /// A line for each state that is gone and whose past a way leads to in the new version, under another name.
    fn forgotten(&self, said: &[String]) -> Vec<String> {
        let (old, new) = (self.old, self.new);
        let histories = histories(new);
        let gone = old.states.rows().iter().skip(1);
        let gone =
            gone.filter(|state| !state.is_atomic() && new.state_named(&state.path).is_none());
        let line = |state: &State| {
            let inner = old.states.rows().iter().filter(|inner| {
                inner.is_atomic() && inner.id != state.id && old.within(inner.id, state.id)
            });
            let mut places = inner.filter_map(|inner| self.counterpart(inner.id));
            let place = places.find_map(|id| {
                let mut around = new.ancestors(id).chain([id]);
                around.find(|id| histories.contains(id))
            })?;
            let (path, place) = (&state.path, &new.states.at(place).path);
            Some(format!(
                "# {path}: {place}    # a way leads to the history of `{place}`: to what was active in `{path}`?"
            ))
        };
        let known = |line: &String| {
            let path = line.split_once(": ").map(|(path, _)| format!("{path}: "));
            said.iter()
                .any(|said| path.as_ref().is_some_and(|path| said.starts_with(path)))
        };
        gone.filter_map(line).filter(|line| !known(line)).collect()
    }

    /// A line for the orders of a state without a place.
    fn place(&self, id: StateId) -> String {
        let path = &self.old.states.at(id).path;
        match self.like(id) {
            Some(like) => {
                let like = &self.new.states.at(like).path;
                format!("# {path}: {like}    # much like it: is it the same?")
            }
            None => format!("# {path}: NEW_STATE    # where do its orders come to stand?"),
        }
    }

    /// The new state that an old one without a place most likely is: its successor, else one that is much like it.
    fn like(&self, id: StateId) -> Option<StateId> {
        let path = &self.old.states.at(id).path;
        let deprecated = self.new.state_named(path).and_then(|id| {
            let deprecated = self.new.states.at(id).deprecated.as_ref();
            deprecated?.successor
        });
        deprecated.or_else(|| diff::like(self.old, self.new, id))
    }

    /// The new state that stands for an old one, where its line is taken as it is suggested.
    fn counterpart(&self, id: StateId) -> Option<StateId> {
        let state = self.old.states.at(id);
        let same = self.new.state_named(&state.path);
        same.or_else(|| self.like(id)).or_else(|| {
            let around = self.counterpart(state.parent.filter(|id| *id != StateId::ROOT)?)?;
            let path = format!("{}.{}", self.new.states.at(around).path, state.name);
            self.new.state_named(&path)
        })
    }

    /// The new timer that goes on for an old one then.
    fn successor(&self, id: TimerId) -> Option<TimerId> {
        let timer = self.old.timers.at(id);
        let place = self.counterpart(timer.state)?;
        let mut timers = self.new.states.at(place).timers.iter().copied();
        timers.find(|id| self.new.timers.at(*id).name == timer.name)
    }

    /// A line for each state that no longer has a flag which stands for an obligation.
    fn lost(&self) -> Vec<String> {
        let lost = self.difference.changes.iter().filter(|change| {
            let kinds = [
                Kind::FlagLost,
                Kind::FlagBySetting,
                Kind::FlagFixed,
                Kind::FlagGained,
            ];
            kinds.contains(&change.kind) && change.mapping
        });
        let mut lines = Vec::new();
        for change in lost {
            let named = diff::OBLIGATIONS.iter().filter(|&&flag| {
                let name = &self.old.flags.at(flag).name;
                change.message.contains(&format!("`{name}`"))
            });
            // It can only be kept where some sites have it.
            let by_setting = change.kind != Kind::FlagLost;
            for &flag in named {
                let (path, name) = (&change.about, &self.old.flags.at(flag).name);
                let or = match by_setting {
                    true => format!("    # or `keep: {name}`"),
                    false => String::new(),
                };
                lines.push(format!(
                    "# {path}: {{ to: {path}, release: {name}, effects: EFFECT }}{or}"
                ));
            }
        }
        lines
    }

    /// A line for each timer that is gone, runs otherwise, or is new.
    fn timers(&self) -> Vec<String> {
        let (old, new) = (self.old, self.new);
        let (mut lines, mut taken) = (Vec::new(), BTreeSet::new());
        for id in old.timers.ids() {
            let (name, next) = (timer_path(old, id), self.successor(id));
            taken.extend(next);
            match next {
                Some(next) if diff::runs_alike((old, id), (new, next)) => {}
                Some(next) => {
                    let next = timer_path(new, next);
                    let how = match next == name {
                        true => "it runs otherwise now".to_owned(),
                        false => format!("`{next}` goes on for it, and runs otherwise"),
                    };
                    lines.push(format!("# {name}: keep    # or restart, or drop: {how}"));
                }
                None => lines.push(format!(
                    "# {name}: drop    # or {{ keep: STATE.TIMER }}: the new version does not have it"
                )),
            }
        }
        for id in new.timers.ids().filter(|id| !taken.contains(id)) {
            let name = timer_path(new, id);
            lines.push(format!(
                "# {name}: restart    # or keep (as if it had run since), or drop: it is new"
            ));
        }
        lines
    }

    /// A line for each event that may wait and cannot come as it is.
    fn events(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for id in diff::waiting(self.old).into_keys() {
            let name = &self.old.events.at(id).name;
            let new = self.new.event_named(name);
            let surplus = || {
                let new = self.new.events.at(new?);
                diff::surplus(self.old.events.at(id), new)
            };
            if let Some(why) = diff::misfit((self.old, id), (self.new, new)).or_else(surplus) {
                lines.push(format!("# {name}: drop    # or {{ keep: EVENT }}: {why}"));
            }
        }
        lines
    }

    /// A line for each set of children that is gone, or whose children have other states.
    fn children(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for set in self.old.children.rows() {
            let name = &set.name;
            let new = self.new.children.rows();
            let same = new.iter().find(|other| other.name == *name);
            let like = same.or_else(|| children::like(self.old, self.new, set));
            let Some(after) = like else {
                lines.push(format!(
                    "# {name}: drop    # or NEW_SET: the new version does not have it"
                ));
                continue;
            };
            if set.is_self != after.is_self {
                lines.push(format!("# {name}: drop    # they run another workflow now"));
                continue;
            }
            let states = diff::missing(set, after).into_iter();
            let states: Vec<String> = states.map(|state| format!("{state}: NEW")).collect();
            let states = format!("states: {{ {} }}", states.join(", "));
            let (to, renamed) = (&after.name, same.is_none());
            match (renamed, states.contains("NEW")) {
                (false, false) => {}
                (false, true) => lines.push(format!(
                    "# {name}: {{ {states} }}    # these have to become others"
                )),
                (true, false) => {
                    lines.push(format!("# {name}: {to}    # or drop: is it the same?"));
                }
                (true, true) => lines.push(format!(
                    "# {name}: {{ to: {to}, {states} }}    # or drop: is it the same?"
                )),
            }
        }
        lines
    }

    /// The fields of the new version, with those of the old one of the same name.
    fn fields(&self) -> impl Iterator<Item = (Option<&Field>, &Field)> {
        let old = self.old.fields.rows();
        let new = self.new.fields.rows().iter();
        new.map(move |to| (old.iter().find(|from| from.name == to.name), to))
    }

    /// The fields whose values cannot come to those of the same name.
    fn unfit(&self) -> Vec<&str> {
        let fields = self.fields();
        let unfit = fields.filter(|(from, to)| {
            let asked = from.map(|from| diff::asked(&from.ty, &to.ty));
            matches!(asked, Some(Asked::Drop))
        });
        unfit.map(|(_, to)| to.name.as_str()).collect()
    }

    /// A line for each field whose value does not come by itself.
    fn context(&self) -> Vec<String> {
        let line = |(from, to): (Option<&Field>, &Field)| {
            let (mut said, mut why) = (Vec::new(), Vec::new());
            let asked = from.map_or(Asked::Nothing, |from| diff::asked(&from.ty, &to.ty));
            let comes = from.filter(|_| !matches!(asked, Asked::Drop));
            if let Asked::Words(words) = asked {
                let mut each: Vec<String> = Vec::new();
                each.extend(words.iter().map(|word| format!("{word}: NEW")));
                said.push(format!("values: {{ {} }}", each.join(", ")));
                why.push("these have to become others");
            }
            if values::may_lack(comes, to) {
                said.push("default: VALUE".to_owned());
                why.push("every order carries it");
            }
            (!said.is_empty()).then(|| {
                let (said, why) = (said.join(", "), why.join("; "));
                format!("# {}: {{ {said} }}    # {why}", to.name)
            })
        };
        self.fields().filter_map(line).collect()
    }

    /// The fields that are gone, those whose values cannot come, and those whose values would come to where they
    /// cannot be erased.
    fn drop(&self, out: &mut String) -> std::fmt::Result {
        let gone = self.difference.changes.iter();
        let gone = gone.filter(|change| change.kind == Kind::FieldRemoved);
        let gone: Vec<&str> = gone.map(|change| change.about.as_str()).collect();
        let unfit = self.unfit();
        let mut exposed = self.exposed();
        let mut remarks = Vec::new();
        if !gone.is_empty() {
            remarks.push("or name them: `NEW: { from: OLD }` under `context`".to_owned());
        }
        for name in &unfit {
            remarks.push(format!("`{name}` has another type"));
        }
        for name in &exposed {
            remarks.push(format!(
                "`{name}` is personal, and in the new version it is not: mark it there, or drop it"
            ));
        }
        if remarks.is_empty() {
            return Ok(());
        }
        exposed.retain(|name| !unfit.contains(name));
        let all: Vec<&str> = gone.into_iter().chain(unfit).chain(exposed).collect();
        writeln!(
            out,
            "# drop: [{}]    # {}",
            all.join(", "),
            remarks.join("; ")
        )
    }

    /// The personal fields that the new version has and that are not personal in it.
    fn exposed(&self) -> Vec<&str> {
        let personal = self.old.fields.rows().iter().filter(|field| field.personal);
        let new = self.new.fields.rows();
        let is_exposed = |name: &str| {
            new.iter()
                .any(|field| field.name == name && !field.personal)
        };
        personal
            .map(|field| field.name.as_str())
            .filter(|name| is_exposed(name))
            .collect()
    }
}

/// A section whose lines are all still to be decided.
fn section(out: &mut String, name: &str, lines: &[String]) -> std::fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "# {name}:    # take the `#` away from what is so")?;
    for line in lines {
        let line = line.strip_prefix("# ").unwrap_or(line);
        writeln!(out, "#   {line}")?;
    }
    Ok(())
}
