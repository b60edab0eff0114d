//! Which declared names a file uses, and where not.
//!
//! In: a document. Out: [`Uses`], by the words as written. A word counts as used wherever an
//! expression may mean it, so that a check on unused names never accuses a used one.

use indexmap::IndexSet;

use crate::diagnostic::lookalike::latin;
use crate::document::{
    Branch, Deed, Document, Expires, Expression, Guard, GuardedDeed, Initial, Members, Move, Name,
    OneOrMany, Or, Raise, Start, State, Target, Timer,
};

/// The names that a file uses, by kind.
#[derive(Debug, Default)]
pub(crate) struct Uses<'a> {
    /// Settings read by expressions, flags and timers.
    pub(crate) settings: IndexSet<&'a str>,
    /// Fields read, set, or counted from.
    pub(crate) fields: IndexSet<&'a str>,
    /// Actors that may do something, or that an expression compares with.
    pub(crate) actors: IndexSet<&'a str>,
    /// Whether `any` actor may do something.
    pub(crate) any_actor: bool,
    /// Effects asked for.
    pub(crate) effects: IndexSet<&'a str>,
    /// Named guards.
    pub(crate) guards: IndexSet<&'a str>,
    /// Words that stand alone in expressions; none where no guard has a name.
    words: IndexSet<&'a str>,
    names_guards: bool,
    names_groups: bool,
    /// Groups named in sources, choices, other groups and partitions.
    pub(crate) groups: IndexSet<&'a str>,
    /// Attributes that a state, a group or a slot names.
    pub(crate) attributes: IndexSet<&'a str>,
    /// Flags that a state names.
    pub(crate) flags: IndexSet<&'a str>,
}

impl<'a> Uses<'a> {
    /// Reads a document.
    pub(crate) fn of(document: &'a Document) -> Self {
        let mut uses = Self {
            names_guards: !document.guards.is_empty(),
            names_groups: !document.groups.is_empty(),
            ..Self::default()
        };
        uses.declarations(document);
        uses.states(document.states.iter().map(|entry| &entry.value));
        if let Initial::Branches(branches) = &document.initial {
            for branch in branches {
                uses.guard(branch.guard.as_ref());
            }
        }
        for automatic in &document.always {
            uses.groups(&automatic.from);
            uses.guard(automatic.guard.as_ref());
            uses.target(automatic.to.as_ref());
            uses.branches(&automatic.branches);
            uses.deed(&automatic.deed);
        }
        for event in &document.transitions {
            uses.row(&event.value.single);
            event.value.moves.iter().for_each(|row| uses.row(row));
        }
        // A bare name that is no guard is found while compiling; it was meant for one of these.
        let declared: IndexSet<&str> = document.guards.names().collect();
        let bare = uses.guards.difference(&declared);
        uses.fields.extend(bare.clone());
        uses.settings.extend(bare);
        // So is the name of a guard within an expression.
        uses.guards.extend(declared.intersection(&uses.words));
        uses
    }

    fn declarations(&mut self, document: &'a Document) {
        for guard in &document.guards {
            self.expression(&guard.value.condition);
        }
        for group in &document.groups {
            match &group.value.members {
                Members::Names(names) => self.groups(names),
                Members::Not(complement) => self.groups.extend(words(&complement.not)),
                Members::Having(values) => self.attributes.extend(values.names()),
            }
        }
        for partition in &document.partitions {
            let names = partition.value.iter();
            self.groups.extend(names.map(|name| name.value.as_str()));
        }
        if let Some(slot) = &document.slot {
            self.attributes.extend(words(&slot.by));
            self.attributes
                .extend(slot.rank.iter().map(|rank| rank.value.as_str()));
        }
        if let Some(defaults) = &document.defaults {
            self.actors(&defaults.by);
        }
    }

    fn states(&mut self, states: impl Iterator<Item = &'a State>) {
        let mut open: Vec<&State> = states.collect();
        while let Some(state) = open.pop() {
            self.state(state);
            open.extend(state.states.iter().map(|entry| &entry.value));
            let regions = state.regions.iter();
            open.extend(regions.map(|region| &region.value));
        }
    }

    fn state(&mut self, state: &'a State) {
        self.attributes.extend(state.attributes.names());
        for flag in &state.flags {
            self.flags.insert(&flag.name.value);
            self.literal(Some(&flag.value));
        }
        if let Some(Expires::Timer(timer)) = &state.expires {
            self.timer(timer);
        }
        state
            .timers
            .iter()
            .for_each(|timer| self.timer(&timer.value));
        self.literal(state.at_most.as_deref());
        if let Some(enter) = &state.enter {
            self.actors(&enter.by);
            self.deed(&enter.deed);
            self.deeds(&enter.branches);
        }
        if let Some(exit) = &state.exit {
            self.deed(&exit.deed);
            self.deeds(&exit.branches);
        }
        self.start(state.initial.as_deref());
    }

    fn deeds(&mut self, deeds: &'a [GuardedDeed]) {
        for deed in deeds {
            self.guard(deed.guard.as_ref());
            self.deed(&deed.deed);
        }
    }

    fn deed(&mut self, deed: &'a Deed) {
        self.assigned(&deed.set);
        self.effects.extend(words(&deed.effects));
        self.raised(&deed.raise);
    }

    fn start(&mut self, start: Option<&'a Start>) {
        match start {
            None => {}
            Some(Start::Target(target)) => self.target(Some(target)),
            Some(Start::Way(way)) => {
                self.target(Some(&way.to));
                self.deed(&way.deed);
            }
        }
    }

    fn raised(&mut self, raised: &'a OneOrMany<Raise>) {
        for raise in raised {
            if let Raise::Event(event) = raise {
                event
                    .with
                    .iter()
                    .for_each(|entry| self.expression(&entry.value));
                self.literal(event.after.as_ref());
            }
        }
    }

    fn timer(&mut self, timer: &'a Timer) {
        self.literal(timer.after.as_ref());
        for anchor in timer.at.iter().chain(&timer.anchor) {
            self.text(&anchor.value);
        }
        self.guard(timer.when.as_ref());
        self.guard(timer.guard.as_ref());
        self.target(timer.to.as_ref());
        self.assigned(&timer.set);
        self.effects.extend(words(&timer.effects));
    }

    fn row(&mut self, row: &'a Move) {
        self.actors(&row.by);
        self.groups(&row.from);
        self.guard(row.guard.as_ref());
        self.target(row.to.as_ref());
        self.branches(&row.branches);
        self.deed(&row.deed);
    }

    fn branches(&mut self, branches: &'a [Branch]) {
        for branch in branches {
            self.guard(branch.guard.as_ref());
            self.target(branch.to.as_ref());
            self.deed(&branch.deed);
        }
    }

    fn groups(&mut self, names: &'a OneOrMany<Name>) {
        if self.names_groups {
            self.groups.extend(words(names));
        }
    }

    fn actors(&mut self, names: &'a OneOrMany<Name>) {
        self.any_actor |= names.iter().any(|name| name.value == "any");
        self.actors.extend(words(names));
    }

    fn target(&mut self, target: Option<&'a Target>) {
        match target {
            Some(Target::Choose(choose)) => self.groups(&choose.choose),
            Some(Target::History(history)) => self.start(history.default.as_deref()),
            Some(Target::Several(parts)) => {
                for part in parts {
                    self.target(Some(part));
                }
            }
            Some(Target::State(_)) | None => {}
        }
    }

    fn assigned(&mut self, set: &'a crate::document::Entries<crate::document::Assigned>) {
        for entry in set {
            self.fields.insert(&entry.name.value);
            if let Some(value) = entry.value.expression() {
                self.expression(value);
            }
        }
    }

    fn literal<T>(&mut self, value: Option<&'a Or<T>>) {
        if let Some(Or::Setting(name)) = value {
            self.settings.insert(&name.value);
        }
    }

    fn guard(&mut self, guards: Option<&'a OneOrMany<Guard>>) {
        for guard in guards.into_iter().flatten() {
            match guard {
                Guard::Written(expression) => {
                    let text = expression.text.trim();
                    if text.chars().all(is_word) {
                        self.guards.insert(text);
                    }
                    self.expression(expression);
                }
                Guard::Inline(guard) => self.expression(&guard.condition),
            }
        }
    }

    fn expression(&mut self, expression: &'a Expression) {
        self.text(&expression.text);
    }

    /// Whatever follows `settings` or `order` is a name of that kind; a quoted word may be an actor, or a
    /// field that is asked for with `in order`.
    fn text(&mut self, text: &'a str) {
        let mut before = "";
        for word in text.split(|c| !is_word(c)).filter(|word| !word.is_empty()) {
            match before {
                "settings" => self.settings.insert(word),
                "order" => self.fields.insert(word),
                _ => false,
            };
            before = word;
        }
        if self.names_guards {
            let unquoted = text.split('"').step_by(2);
            let words = unquoted.flat_map(|part| part.split(|c| !is_word(c) && c != '.'));
            self.words.extend(words);
        }
        // Where letters only look like others, `order` and `settings` may be among the words.
        let unquoted = text.split('"').step_by(2);
        for part in unquoted.filter(|part| part.chars().any(|c| latin(c).is_some())) {
            let words = || part.split(|c| !is_word(c));
            self.settings.extend(words());
            self.fields.extend(words());
        }
        let quoted = || text.split('"').skip(1).step_by(2);
        self.actors.extend(quoted());
        self.fields.extend(quoted());
    }
}

/// Whether a character may stand in a name.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn words(names: &OneOrMany<Name>) -> impl Iterator<Item = &str> {
    names.iter().map(|name| name.value.as_str())
}
