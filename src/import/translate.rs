//! A [`Machine`] to the keys of a workflow file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::events::{Events, matches};
use super::fold::{Meaning, fold};
use super::guard;
use super::kinds::{Kind, Kinds};
use super::machine::{Content, Kind as StateKind, Machine, Sent, Start, State, Transition};
use super::names::{Ids, Names};
use super::rules::{LEFT_OUT_OF_SCXML, UNSUPPORTED_SCXML};
use super::run::{Way, ways};
use super::script::Expr;
use crate::diagnostic::{Diagnostic, Report, Rule};
use crate::source::{Span, Spanned};

/// What is known of names.
pub(super) struct Known {
    pub(super) names: Names,
    pub(super) kinds: Kinds,
    /// Variables that always have a value.
    pub(super) always_set: BTreeSet<String>,
    /// What each event brings whenever it comes.
    pub(super) sure: BTreeSet<(String, String)>,
}

impl Known {
    /// The type of a name or a literal, where that is all an expression is.
    pub(super) fn kind(&self, expr: &Expr, event: Option<&str>) -> Option<Kind> {
        match expr {
            Expr::Int(_) => Some(Kind::Integer),
            Expr::Decimal(number) => Some(Kind::Decimal(number.scale())),
            Expr::Text(_) | Expr::EventName => Some(Kind::Text),
            Expr::Var(name) => self.kinds.variables.get(name).copied().flatten(),
            Expr::EventData(name) => {
                let key = (event?.to_owned(), name.clone());
                self.kinds.brought.get(&key).copied().flatten()
            }
            Expr::Minus(of) => self.kind(of, event),
            Expr::Of(op, left, right) if !op.compares() && op.rank() > 2 => {
                match (self.kind(left, event), self.kind(right, event)) {
                    (Some(Kind::Decimal(scale)), _) | (_, Some(Kind::Decimal(scale))) => {
                        Some(Kind::Decimal(scale))
                    }
                    (one, other) => one.or(other),
                }
            }
            _ => Some(Kind::Boolean),
        }
    }

    pub(super) fn is_brought(&self, event: &str, name: &str) -> bool {
        self.sure.contains(&(event.to_owned(), name.to_owned()))
    }

    /// What a value of an event is called.
    pub(super) fn payload_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.names.values.get(name).map_or(name, String::as_str)
    }
}

/// A state with what is around it.
struct Place<'m> {
    state: &'m State,
    parent: Option<String>,
}

pub(super) struct Translation<'m> {
    machine: &'m Machine,
    pub(super) known: Known,
    /// States by id.
    places: BTreeMap<String, Place<'m>>,
    /// Their ids, each before those within.
    order: Vec<String>,
    events: Events,
    pub(super) report: Report,
}

/// Translates a machine.
pub(super) fn translate(
    machine: &Machine,
    workflow: &str,
    outside: &[String],
) -> (Map<String, Json>, Names, Report) {
    let mut ids = Ids::default();
    let mut translation = Translation {
        machine,
        known: Known {
            names: Names::default(),
            kinds: Kinds::default(),
            always_set: BTreeSet::new(),
            sure: BTreeSet::new(),
        },
        places: BTreeMap::new(),
        order: Vec::new(),
        events: Events::default(),
        report: Report::new(),
    };
    for state in &machine.states {
        translation.place(state, None, "", &mut ids);
    }
    translation.variables();
    translation.events = Events::of(machine, outside);
    let mut event_ids = Ids::default();
    for event in translation.events.names() {
        let id = event_ids.like(event);
        translation.known.names.events.insert(event.clone(), id);
    }
    translation.learn();
    let mut value_ids = Ids::default();
    let brought: Vec<String> = translation.known.kinds.brought.keys().map(|(_, n)| n.clone()).collect();
    for name in brought {
        let values = &mut translation.known.names.values;
        if !values.contains_key(&name) {
            let id = value_ids.like(&name);
            values.insert(name, id);
        }
    }
    let file = translation.file(workflow);
    (file, translation.known.names, translation.report)
}

impl<'m> Translation<'m> {
    fn place(&mut self, state: &'m State, parent: Option<&str>, around: &str, ids: &mut Ids) {
        // An id that repeats that of the state around it, as exports write it, is not repeated here.
        let own = parent.and_then(|parent| state.id.strip_prefix(parent));
        let own = own.and_then(|rest| rest.strip_prefix(['-', '.']));
        let name = ids.like(own.filter(|own| !own.is_empty()).unwrap_or(&state.id));
        let path = match around {
            "" => name,
            around => format!("{around}.{name}"),
        };
        let names = &mut self.known.names.states;
        if names.insert(state.id.clone(), path.clone()).is_some() {
            self.unsupported(state.span, format!("a second state `{}`", state.id));
        }
        self.order.push(state.id.clone());
        let place = Place {
            state,
            parent: parent.map(str::to_owned),
        };
        self.places.insert(state.id.clone(), place);
        for inner in &state.states {
            self.place(inner, Some(&state.id), &path, ids);
        }
    }

    fn variables(&mut self) {
        let mut ids = Ids::default();
        for data in &self.machine.data {
            let id = ids.like(&data.id);
            self.known.names.fields.insert(data.id.clone(), id);
            let kinds = &mut self.known.kinds.variables;
            if kinds.insert(data.id.clone(), None).is_some() {
                self.unsupported(data.span, format!("a second variable `{}`", data.id));
            }
            if data.value.is_some() {
                self.known.always_set.insert(data.id.clone());
            }
        }
    }

    pub(super) fn find(&mut self, rule: &'static Rule, span: Span, message: String) {
        self.report.push(Diagnostic::new(rule, span, message));
    }

    pub(super) fn unsupported(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} has no place in a workflow file", what.into());
        self.find(&UNSUPPORTED_SCXML, span, message);
    }

    fn left_out(&mut self, span: Span, what: impl Into<String>) {
        let message = format!("{} is left out", what.into());
        self.find(&LEFT_OUT_OF_SCXML, span, message);
    }

    /// Every transition with the state that it leads out of, in document order; those of the document
    /// itself last, from each of its states.
    fn transitions(&self) -> Vec<(&'m Transition, String)> {
        let mut found = Vec::new();
        for id in &self.order {
            if let Some(place) = self.places.get(id) {
                let own = place.state.transitions.iter();
                found.extend(own.map(|transition| (transition, id.clone())));
            }
        }
        for transition in &self.machine.transitions {
            let tops = self.machine.states.iter();
            found.extend(tops.map(|state| (transition, state.id.clone())));
        }
        found
    }

    /// The concrete events of a transition; `None` for one without any.
    fn triggers(&self, transition: &Transition) -> Vec<Option<String>> {
        if transition.events.is_empty() {
            return vec![None];
        }
        let names = self.events.names().iter();
        let any = |name: &str| transition.events.iter().any(|d| matches(&d.value, name));
        names.filter(|name| any(name)).cloned().map(Some).collect()
    }

    /// Learns the types of variables and of what events bring, until nothing is new.
    fn learn(&mut self) {
        for data in &self.machine.data {
            if let Some(value) = &data.value {
                self.judge(value, None, None, data.span, Some(&data.id));
            }
        }
        const MOST: usize = 20;
        for _ in 0..MOST {
            self.known.kinds.learnt = false;
            let before = self.report.len();
            self.look_at_all();
            if !self.known.kinds.learnt || self.report.len() > before {
                break;
            }
        }
        let kinds = &mut self.known.kinds;
        for name in &kinds.seen {
            if let Some(kind @ None) = kinds.variables.get_mut(name) {
                // It is only asked whether it is set, which it never is.
                *kind = Some(Kind::Text);
            }
        }
        self.sure();
    }

    fn look_at_all(&mut self) {
        for (transition, _) in self.transitions() {
            for event in self.triggers(transition) {
                let event = event.as_deref();
                if let Some(condition) = &transition.condition {
                    let wanted = Some(Kind::Boolean);
                    self.judge(&condition.value, event, wanted, condition.span, None);
                }
                self.look_at(&transition.content, event);
            }
        }
        let machine = self.machine;
        for id in self.order.clone() {
            let Some(state) = self.places.get(&id).map(|place| place.state) else {
                continue;
            };
            self.look_at(&state.enter, None);
            self.look_at(&state.exit, None);
            if let Some(start) = &state.initial {
                self.look_at(&start.content, None);
            }
            if let Some(parent) = self.places.get(&id).and_then(|place| place.parent.clone()) {
                let event = format!("done.state.{parent}");
                self.look_at_brought(&event, &state.done, None);
            }
        }
        for history in &machine.histories {
            if let Some(start) = &history.default {
                self.look_at(&start.content, None);
            }
        }
    }

    fn look_at(&mut self, content: &[Content], event: Option<&str>) {
        for part in content {
            match part {
                Content::Assign { to, value } => {
                    self.judge(&value.value, event, None, value.span, Some(&to.value));
                }
                Content::Raise(sent) => {
                    let name = sent.event.value.clone();
                    self.look_at_brought(&name, &sent.with, event);
                }
                Content::Cancel(_) => {}
                Content::If(branches) => {
                    for (condition, content) in branches {
                        if let Some(condition) = condition {
                            let wanted = Some(Kind::Boolean);
                            self.judge(&condition.value, event, wanted, condition.span, None);
                        }
                        self.look_at(content, event);
                    }
                }
            }
        }
    }

    fn look_at_brought(
        &mut self,
        raised: &str,
        with: &[super::machine::Param],
        event: Option<&str>,
    ) {
        for param in with {
            let key = (raised.to_owned(), param.name.clone());
            let known = self.known.kinds.brought.get(&key).copied().flatten();
            let value = fold(&param.value.value, &Meaning::default(), event);
            let found = self.known.kinds.of(&value, event, known);
            let found = found.and_then(|kind| self.known.kinds.brings(raised, &param.name, kind));
            if let Err(what) = found {
                self.unsupported(param.value.span, what);
            }
        }
    }

    /// Judges an expression, whose value a variable may take.
    fn judge(
        &mut self,
        expr: &Expr,
        event: Option<&str>,
        wanted: Option<Kind>,
        span: Span,
        variable: Option<&str>,
    ) {
        let expr = fold(expr, &Meaning::default(), event);
        let kinds = &mut self.known.kinds;
        let wanted = wanted.or_else(|| kinds.variables.get(variable?).copied().flatten());
        let mut found = kinds.of(&expr, event, wanted);
        if let (Ok(kind), Some(name)) = (&found, variable) {
            found = kinds.of(&Expr::Var(name.to_owned()), event, *kind);
        }
        if let Err(what) = found {
            self.unsupported(span, what);
        }
    }

    /// What every occurrence of an event brings; one from outside may bring nothing.
    fn sure(&mut self) {
        let mut brings: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        for sent in self.events.sent() {
            let with: BTreeSet<String> = sent.with.iter().map(|p| p.name.clone()).collect();
            let known = brings.entry(sent.event.value.clone()).or_insert(None);
            *known = Some(match known.take() {
                None => with,
                Some(known) => known.intersection(&with).cloned().collect(),
            });
        }
        for (event, with) in brings {
            if !self.events.comes_from_outside(&event) {
                let with = with.into_iter().flatten();
                let with = with.map(|name| (event.clone(), name));
                self.known.sure.extend(with);
            }
        }
    }

    fn file(&mut self, workflow: &str) -> Map<String, Json> {
        let mut file = Map::new();
        file.insert("flagstate".into(), json!(1));
        file.insert("workflow".into(), json!(workflow));
        let context = self.context();
        if !context.is_empty() {
            file.insert("context".into(), Json::Object(context));
        }
        file.insert("actors".into(), json!(["user"]));
        file.insert("defaults".into(), json!({ "by": ["user", "system"] }));
        let initial = self.machine.initial.clone();
        let initial: Vec<Json> = match initial.is_empty() {
            true => {
                let first = self.machine.states.first();
                let first = first.and_then(|state| self.known.names.states.get(&state.id));
                first.map(|path| json!(path)).into_iter().collect()
            }
            false => initial.iter().map(|id| self.first_state(id)).collect(),
        };
        let initial = match initial.as_slice() {
            [one] => one.clone(),
            _ => Json::Array(initial),
        };
        file.insert("initial".into(), initial);
        let tops: Vec<&State> = self.machine.states.iter().collect();
        let states = self.states(&tops, false);
        file.insert("states".into(), Json::Object(states));
        let always = self.always();
        if !always.is_empty() {
            file.insert("always".into(), Json::Array(always));
        }
        let transitions = self.rows();
        if !transitions.is_empty() {
            file.insert("transitions".into(), Json::Object(transitions));
        }
        file
    }

    /// Where the document starts: a state, not a past.
    fn first_state(&mut self, id: &Spanned<String>) -> Json {
        match self.known.names.states.get(&id.value) {
            Some(path) => json!(path),
            None => {
                self.unsupported(id.span, format!("a start in `{}`", id.value));
                Json::Null
            }
        }
    }

    fn context(&mut self) -> Map<String, Json> {
        let mut context = Map::new();
        for data in &self.machine.data {
            let kind = self.known.kinds.variables.get(&data.id).copied().flatten();
            let Some(kind) = kind else {
                self.left_out(data.span, format!("the variable `{}`, which nothing uses,", data.id));
                continue;
            };
            let mut field = typed(kind);
            if let Some(value) = &data.value {
                let plain = match value {
                    Expr::Bool(value) => json!(value),
                    Expr::Int(number) => json!(number),
                    Expr::Decimal(number) => {
                        number.to_string().parse().map_or(Json::Null, Json::Number)
                    }
                    Expr::Text(text) => json!(text),
                    _ => Json::Null,
                };
                field.insert("default".into(), plain);
            }
            if let Some(name) = self.known.names.fields.get(&data.id) {
                context.insert(name.clone(), Json::Object(field));
            }
        }
        context
    }

    fn states(&mut self, states: &[&'m State], titled: bool) -> Map<String, Json> {
        let mut found = Map::new();
        for state in states {
            let Some(path) = self.known.names.states.get(&state.id) else {
                continue;
            };
            let name = path.rsplit('.').next().unwrap_or(path).to_owned();
            let value = self.state(state, &name, titled);
            found.insert(name, value);
        }
        found
    }

    fn state(&mut self, state: &'m State, name: &str, titled: bool) -> Json {
        let mut found = Map::new();
        let path = self.known.names.states.get(&state.id);
        let titled = titled || path != Some(&state.id.replace('-', "."));
        if titled {
            found.insert("title".into(), json!(state.id));
        }
        if state.kind == StateKind::Final {
            found.insert("final".into(), json!(true));
        }
        if let Some(done) = self.done(state) {
            found.insert("done".into(), json!(done));
        }
        let raised = self.handed_on(state);
        for (key, content, raised) in [("enter", &state.enter, raised), ("exit", &state.exit, None)] {
            let hook = self.hook(content, raised, state.span);
            if !hook.is_empty() {
                found.insert(key.into(), Json::Object(hook));
            }
        }
        if let Some(initial) = self.initial(state) {
            found.insert("initial".into(), initial);
        }
        if !state.states.is_empty() {
            let inner: Vec<&State> = state.states.iter().collect();
            let key = match state.kind {
                StateKind::Parallel => "regions",
                StateKind::State | StateKind::Final => "states",
            };
            let states = self.states(&inner, titled);
            found.insert(key.into(), Json::Object(states));
        }
        match found.is_empty() {
            true => Json::Null,
            false => Json::Object(found),
        }
    }

    /// The event at the end of a state, where anything waits for it.
    fn done(&self, state: &State) -> Option<String> {
        let event = format!("done.state.{}", state.id);
        let id = self.known.names.events.get(&event).filter(|_| self.is_heard(&event))?;
        let ends = |state: &State| state.states.iter().any(|s| s.kind == StateKind::Final);
        let reached = match state.kind {
            StateKind::Parallel => state.states.iter().all(ends) && !state.states.is_empty(),
            StateKind::State => ends(state) && !hands_on(state),
            StateKind::Final => false,
        };
        reached.then(|| id.clone())
    }

    /// The event that a final state raises with what it hands on, in place of the one around it.
    fn handed_on(&self, state: &State) -> Option<Json> {
        let parent = self.places.get(&state.id)?.parent.as_ref()?;
        let around = self.places.get(parent)?.state;
        let event = format!("done.state.{parent}");
        let id = self.known.names.events.get(&event).filter(|_| self.is_heard(&event))?;
        let raises = state.kind == StateKind::Final && hands_on(around);
        raises.then(|| {
            let with = state.done.iter().map(|p| (p.name.clone(), p.value.value.clone()));
            self.raised_with(id, &event, with, None, None)
        })
    }

    fn raised_with(
        &self,
        id: &str,
        raised: &str,
        with: impl Iterator<Item = (String, Expr)>,
        after: Option<u64>,
        event: Option<&str>,
    ) -> Json {
        let mut values = Map::new();
        for (name, value) in with {
            let key = (raised.to_owned(), name.clone());
            let kind = self.known.kinds.brought.get(&key).copied().flatten();
            let text = guard::value(&value, kind, &self.known, event);
            values.insert(self.known.payload_name(&name).to_owned(), json!(text));
        }
        let mut found = Map::new();
        found.insert("event".into(), json!(id));
        if !values.is_empty() {
            found.insert("with".into(), Json::Object(values));
        }
        if let Some(after) = after {
            found.insert("after".into(), json!(delay(after)));
        }
        match found.len() {
            1 => json!(id),
            _ => Json::Object(found),
        }
    }

    fn hook(&mut self, content: &[Content], raised: Option<Json>, span: Span) -> Map<String, Json> {
        let Some(ways) = self.all_ways(content, None, span) else {
            return Map::new();
        };
        let mut hook = Map::new();
        if let [way] = ways.as_slice() {
            hook = self.deed(way, None);
        } else {
            let mut branches = Vec::new();
            for way in ways.iter().filter(|way| !way.is_idle()) {
                let mut branch = Map::new();
                let guard = guard::all(&way.when, &self.known, None);
                branch.insert("guard".into(), json!(guard));
                branch.extend(self.deed(way, None));
                branches.push(Json::Object(branch));
            }
            if !branches.is_empty() && raised.is_some() {
                self.unsupported(span, "`<if>` beside `<donedata>`");
            }
            if !branches.is_empty() {
                hook.insert("branches".into(), Json::Array(branches));
            }
        }
        if let Some(raised) = raised {
            let list = hook.entry("raise").or_insert_with(|| json!([]));
            match list {
                Json::Array(list) => list.push(raised),
                one => *one = json!([one.clone(), raised]),
            }
        }
        hook
    }

    fn all_ways(&mut self, content: &[Content], event: Option<&str>, at: Span) -> Option<Vec<Way>> {
        let found = ways(content, event);
        if found.is_none() {
            self.unsupported(at, "content with so many ways through its `<if>`s");
        }
        found
    }

    /// What a way does.
    fn deed(&mut self, way: &Way, event: Option<&str>) -> Map<String, Json> {
        let mut deed = Map::new();
        let mut set = Map::new();
        for (name, value) in &way.meaning.set {
            let kind = self.known.kinds.variables.get(name).copied().flatten();
            if *value == Expr::Var(name.clone()) || kind.is_none() {
                continue;
            }
            if let Some(field) = self.known.names.fields.get(name) {
                let text = guard::value(value, kind, &self.known, event);
                set.insert(field.clone(), json!(text));
            }
        }
        if !set.is_empty() {
            deed.insert("set".into(), Json::Object(set));
        }
        let cancelled = way.cancelled.iter();
        let mut cancel: Vec<Json> = Vec::new();
        for id in cancelled {
            cancel.extend(self.called_off(id).into_iter().map(Json::from));
        }
        let mut raise: Vec<Json> = Vec::new();
        for sent in &way.raised {
            raise.extend(self.raise(sent, event));
        }
        for (key, list) in [("cancel", cancel), ("raise", raise)] {
            match list.as_slice() {
                [] => {}
                [one] => _ = deed.insert(key.into(), one.clone()),
                _ => _ = deed.insert(key.into(), Json::Array(list)),
            }
        }
        deed
    }

    fn raise(&mut self, sent: &Sent, event: Option<&str>) -> Option<Json> {
        let raised = sent.event.value.clone();
        let names = &self.known.names.events;
        let Some(id) = names.get(&raised).filter(|_| self.is_heard(&raised)).cloned() else {
            self.left_out(sent.event.span, format!("the event `{raised}`, which nothing waits for,"));
            return None;
        };
        let with = sent.with.iter().map(|p| (p.name.clone(), p.value.value.clone()));
        let with = with.collect::<Vec<_>>().into_iter();
        Some(self.raised_with(&id, &raised, with, sent.after, event))
    }

    fn is_heard(&self, event: &str) -> bool {
        let transitions = self.transitions();
        let mut words = transitions.iter().flat_map(|(transition, _)| &transition.events);
        words.any(|word| matches(&word.value, event))
    }

    /// The events that an id of `<send>` stands for.
    fn called_off(&mut self, id: &Spanned<String>) -> Vec<String> {
        let sent: Vec<Sent> = self.events.sent().iter().filter(|s| s.after.is_some()).cloned().collect();
        let of_it: BTreeSet<&String> = sent
            .iter()
            .filter(|sent| sent.id.as_ref() == Some(&id.value))
            .map(|sent| &sent.event.value)
            .collect();
        let mut others = sent.iter().filter(|sent| sent.id.as_ref() != Some(&id.value));
        if others.any(|sent| of_it.contains(&sent.event.value)) {
            let what = format!("calling off `{}` alone of several of one event", id.value);
            self.unsupported(id.span, what);
        }
        let names = &self.known.names.events;
        let heard = of_it.into_iter().filter(|event| self.is_heard(event));
        heard.filter_map(|event| names.get(event).cloned()).collect()
    }

    /// What a state enters first, where that is not its first state.
    fn initial(&mut self, state: &'m State) -> Option<Json> {
        let start = state.initial.as_ref()?;
        let first = state.states.first()?;
        if let ([only], true) = (start.targets.as_slice(), start.content.is_empty()) {
            if only.value == first.id {
                return None;
            }
            let child = state.states.iter().find(|child| child.id == only.value);
            if let Some(path) = child.and_then(|child| self.known.names.states.get(&child.id)) {
                return Some(json!(path.rsplit('.').next()));
            }
        }
        Some(self.start(start, state.span))
    }

    fn start(&mut self, start: &'m Start, span: Span) -> Json {
        let to = self.target(&start.targets);
        let Some(ways) = self.all_ways(&start.content, None, span) else {
            return to;
        };
        let [way] = ways.as_slice() else {
            self.unsupported(span, "`<if>` on the way to an initial state");
            return to;
        };
        if way.is_idle() {
            return to;
        }
        let mut found = Map::new();
        found.insert("to".into(), to);
        found.extend(self.deed(way, None));
        Json::Object(found)
    }

    fn target(&mut self, ids: &[Spanned<String>]) -> Json {
        let parts: Vec<Json> = ids.iter().map(|id| self.one_target(id)).collect();
        match parts.as_slice() {
            [one] => one.clone(),
            _ => Json::Array(parts),
        }
    }

    fn one_target(&mut self, id: &Spanned<String>) -> Json {
        if let Some(path) = self.known.names.states.get(&id.value) {
            return json!(path);
        }
        let mut histories = self.machine.histories.iter();
        let Some(history) = histories.find(|history| history.id == id.value) else {
            self.unsupported(id.span, format!("the state `{}`, which does not exist,", id.value));
            return Json::Null;
        };
        let mut found = Map::new();
        let of = self.known.names.states.get(&history.of).cloned();
        found.insert("history".into(), json!(of));
        if history.deep {
            found.insert("depth".into(), json!("deep"));
        }
        if let Some(default) = &history.default {
            let default = self.start(default, id.span);
            found.insert("default".into(), default);
        }
        Json::Object(found)
    }

    fn always(&mut self) -> Vec<Json> {
        let mut rows = Vec::new();
        for (transition, from) in self.transitions() {
            if transition.events.is_empty() {
                rows.extend(self.row(transition, &from, None));
            }
        }
        rows
    }

    fn rows(&mut self) -> Map<String, Json> {
        let mut found = Map::new();
        let transitions = self.transitions();
        for (transition, from) in &transitions {
            let is_own = self.places.get(from).is_some();
            if is_own && !transition.events.is_empty() && self.triggers(transition).is_empty() {
                let words = transition.events.iter().map(|word| word.value.as_str());
                let words = words.collect::<Vec<_>>().join(" ");
                let what = format!("a transition by `{words}`, which never comes,");
                self.left_out(transition.span, what);
            }
        }
        for event in self.events.names().clone() {
            let mut rows = Vec::new();
            for (transition, from) in &transitions {
                if transition.events.iter().any(|word| matches(&word.value, &event)) {
                    rows.extend(self.row(transition, from, Some(&event)));
                }
            }
            if let Some(id) = self.known.names.events.get(&event).filter(|_| !rows.is_empty()) {
                let id = id.clone();
                let body = self.event(&event, &id, rows);
                found.insert(id, body);
            }
        }
        found
    }

    fn event(&self, event: &str, id: &str, mut rows: Vec<Json>) -> Json {
        let mut body = Map::new();
        if id != event {
            body.insert("title".into(), json!(event));
        }
        let mut payload = Map::new();
        for ((of, name), kind) in &self.known.kinds.brought {
            if let (true, Some(kind)) = (of == event, kind) {
                let mut field = typed(*kind);
                if !self.known.is_brought(event, name) {
                    field.insert("optional".into(), json!(true));
                }
                payload.insert(self.known.payload_name(name).to_owned(), Json::Object(field));
            }
        }
        if !payload.is_empty() {
            body.insert("payload".into(), Json::Object(payload));
        }
        match (rows.len(), rows.pop()) {
            (1, Some(Json::Object(row))) => body.extend(row),
            (_, last) => {
                rows.extend(last);
                body.insert("moves".into(), Json::Array(rows));
            }
        }
        Json::Object(body)
    }

    fn row(&mut self, transition: &'m Transition, from: &str, event: Option<&str>) -> Option<Json> {
        let condition = transition.condition.as_ref();
        let condition = condition.map(|c| fold(&c.value, &Meaning::default(), event));
        if condition == Some(Expr::Bool(false)) {
            self.left_out(transition.span, "a transition whose condition never holds");
            return None;
        }
        let mut row = Map::new();
        let path = self.known.names.states.get(from)?.clone();
        row.insert("from".into(), json!(path));
        if let Some(condition) = condition.filter(|c| *c != Expr::Bool(true)) {
            let text = guard::condition(&condition, &self.known, event);
            row.insert("guard".into(), json!(text));
        }
        let to = match transition.targets.is_empty() {
            true => None,
            false => Some(self.target(&transition.targets)),
        };
        if transition.internal && self.stays(transition, from) {
            row.insert("internal".into(), json!(true));
        }
        let mut ways = self.all_ways(&transition.content, event, transition.span)?;
        if ways.len() == 1 {
            row.extend(to.map(|to| ("to".to_owned(), to)));
            row.extend(ways.first().map(|way| self.deed(way, event)).unwrap_or_default());
            return Some(Json::Object(row));
        }
        let leaves = ways.iter().flat_map(|way| &way.when).any(asks_in) || self.sets_on_exit();
        if leaves {
            let what = "`<if>` in a transition beside `In` or assignments on leaving";
            self.unsupported(transition.span, what);
        }
        let last = ways.pop();
        let mut branches = Vec::new();
        for (way, is_last) in ways.iter().map(|way| (way, false)).chain(last.iter().map(|w| (w, true))) {
            let mut branch = Map::new();
            if !is_last {
                let guard = guard::all(&way.when, &self.known, event);
                branch.insert("guard".into(), json!(guard));
            }
            branch.extend(to.clone().map(|to| ("to".to_owned(), to)));
            branch.extend(self.deed(way, event));
            branches.push(Json::Object(branch));
        }
        row.insert("branches".into(), Json::Array(branches));
        Some(Json::Object(row))
    }

    fn sets_on_exit(&self) -> bool {
        let mut states = self.places.values();
        states.any(|place| !place.state.exit.is_empty())
    }

    /// Whether a transition keeps its source: that has states within, and all targets are among them.
    fn stays(&self, transition: &Transition, from: &str) -> bool {
        let Some(source) = self.places.get(from) else {
            return false;
        };
        let inside = |id: &str, or_itself: bool| {
            let mut around = Some(id.to_owned());
            if !or_itself {
                around = self.places.get(id).and_then(|place| place.parent.clone());
            }
            while let Some(id) = around {
                if id == source.state.id {
                    return true;
                }
                around = self.places.get(&id).and_then(|place| place.parent.clone());
            }
            false
        };
        let compound = source.state.kind == StateKind::State && !source.state.states.is_empty();
        let mut targets = transition.targets.iter();
        compound
            && targets.all(|target| {
                let mut histories = self.machine.histories.iter();
                match histories.find(|history| history.id == target.value) {
                    Some(history) => inside(&history.of, true),
                    None => inside(&target.value, false),
                }
            })
    }
}

/// Whether a final state within hands something on.
fn hands_on(state: &State) -> bool {
    state.states.iter().any(|inner| !inner.done.is_empty())
}

fn asks_in(expr: &Expr) -> bool {
    match expr {
        Expr::In(_) => true,
        Expr::Not(of) | Expr::Minus(of) | Expr::Unset(of) => asks_in(of),
        Expr::Of(_, left, right) => asks_in(left) || asks_in(right),
        _ => false,
    }
}

fn typed(kind: Kind) -> Map<String, Json> {
    let mut found = Map::new();
    let name = match kind {
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Decimal(_) => "decimal",
        Kind::Text => "string",
    };
    found.insert("type".into(), json!(name));
    if let Kind::Decimal(scale) = kind {
        found.insert("scale".into(), json!(scale));
    }
    found
}

/// Milliseconds as a duration.
fn delay(millis: u64) -> String {
    match (millis / 1_000, millis % 1_000) {
        (seconds, 0) => format!("{seconds}s"),
        (0, millis) => format!("{millis}ms"),
        (seconds, millis) => format!("{seconds}s{millis}ms"),
    }
}
