//! The configuration of an XState machine (version 5), as JSON.
//!
//! JSON holds no functions, so what decides and what is done are three names for the host to fill in:
//! the guard `holds`, the action `do`, and the delays, whose milliseconds stand in `meta`. Where
//! XState's words mean something else than SCXML's, the configuration says so: a transition that leaves
//! its source has `reenter: true`.

use serde_json::{Map, Value as Json, json};
use thin_vec::ThinVec;

use super::{Edge, Past, Writer};
use crate::diagnostic::Report;
use crate::graph::{
    Assign, Condition, Deed, EffectId, EventId, Hook, Kind, Raise, State, StateId, Target, TimerId,
    Trigger, Workflow,
};

/// Writes a workflow as the configuration of an XState machine; the report says what is lost.
pub fn xstate(workflow: &Workflow) -> (String, Report) {
    let mut machine = Machine {
        writer: Writer::new(workflow),
        delays: Map::new(),
    };
    let config = machine.root();
    machine.writer.report.sort();
    let text = serde_json::to_string_pretty(&config).unwrap_or_default();
    (format!("{text}\n"), machine.writer.report)
}

/// The state in which an order is that has not yet come to its first.
const START: &str = "Start";

struct Machine<'w> {
    writer: Writer<'w>,
    /// Milliseconds by the name of a delay.
    delays: Map<String, Json>,
}

impl<'w> Machine<'w> {
    fn root(&mut self) -> Json {
        let workflow = self.writer.workflow;
        let mut states = Map::new();
        let start = self.writer.plain_start();
        let initial = match start {
            Some(state) => workflow.states.at(state).name.clone(),
            None => {
                states.insert(START.to_owned(), self.start());
                START.to_owned()
            }
        };
        for state in workflow.top_level() {
            states.insert(state.name.clone(), self.state(state));
        }
        let fields = workflow.fields.rows().iter();
        let context: Map<String, Json> = fields
            .map(|field| {
                let default = field.default.as_ref();
                (
                    field.name.clone(),
                    default.map_or(Json::Null, crate::context::Value::to_json),
                )
            })
            .collect();
        let settings = workflow.settings.rows().iter();
        let settings = settings.filter(|setting| setting.span.is_some());
        let settings = settings.filter_map(|setting| {
            Some((setting.name.clone(), setting.default.as_ref()?.to_json()))
        });
        let settings: Map<String, Json> = settings.collect();
        json!({
            "id": workflow.name,
            "initial": initial,
            "context": context,
            "meta": { "delays": self.delays, "settings": settings },
            "states": states,
        })
    }

    /// Where orders start, by what holds of them.
    fn start(&self) -> Json {
        let branches = self.writer.workflow.initial.iter().map(|branch| {
            let states = branch.target.iter().chain(&branch.along);
            let ids: Vec<String> = states.map(|&id| self.target(id)).collect();
            let mut transition = Map::new();
            if !branch.conditions.is_empty() {
                let guard = holds(branch.conditions.iter(), None, None);
                transition.insert("guard".into(), guard);
            }
            transition.insert("target".into(), json!(ids));
            Json::Object(transition)
        });
        json!({ "always": branches.collect::<Vec<_>>() })
    }

    fn target(&self, state: StateId) -> String {
        format!("#{}", self.writer.id(state))
    }

    fn state(&mut self, state: &'w State) -> Json {
        let workflow = self.writer.workflow;
        let mut node = Map::new();
        node.insert("id".into(), json!(self.writer.id(state.id)));
        match state.kind {
            Kind::Atomic => {}
            Kind::Final => _ = node.insert("type".into(), json!("final")),
            Kind::Parallel => _ = node.insert("type".into(), json!("parallel")),
            Kind::Compound { initial } => {
                let initial = self.initial(state, initial);
                node.insert("initial".into(), initial);
            }
        }
        for (key, hook) in [("entry", &state.enter), ("exit", &state.exit)] {
            node.extend(self.hook(hook).map(|action| (key.to_owned(), action)));
        }
        let edges = self.writer.edges(state.id, |_| true);
        let (mut on, mut always, mut after) = (Map::new(), Vec::new(), Map::new());
        for edge in &edges {
            let transition = self.transition(state.id, edge);
            match edge.row.trigger {
                Trigger::Always => always.push(transition),
                Trigger::Timer(id) => {
                    if let Some(name) = self.delay(id) {
                        push(&mut after, name, transition);
                    }
                }
                Trigger::Event(id) => {
                    for ending in self.writer.ends_with(id) {
                        let name = format!("xstate.done.state.{}", self.writer.id(ending));
                        push(&mut on, name, transition.clone());
                    }
                    push(&mut on, workflow.events.at(id).name.clone(), transition);
                }
            }
        }
        let parts = [("on", Json::Object(on)), ("always", Json::Array(always))];
        for (key, value) in parts.into_iter().chain([("after", Json::Object(after))]) {
            if value != json!({}) && value != json!([]) {
                node.insert(key.into(), value);
            }
        }
        let mut states = Map::new();
        for past in self.writer.pasts_of(state.id) {
            let id = self.writer.past_id(past);
            states.insert(id.clone(), self.past(&id, past));
        }
        for &child in &state.children {
            let child = workflow.states.at(child);
            states.insert(child.name.clone(), self.state(child));
        }
        if !states.is_empty() {
            node.insert("states".into(), Json::Object(states));
        }
        Json::Object(node)
    }

    /// What is entered first: a child, or the past of the state itself.
    fn initial(&mut self, state: &State, child: StateId) -> Json {
        let workflow = self.writer.workflow;
        let Some(id) = state.start else {
            return json!(workflow.states.at(child).name);
        };
        let start = workflow.starts.at(id);
        let key = match &start.target {
            Target::State(inner) if workflow.states.at(*inner).parent == Some(state.id) => {
                Some(workflow.states.at(*inner).name.clone())
            }
            Target::History {
                state: of,
                deep,
                otherwise,
            } if *of == state.id => Some(self.writer.past_id((*of, *deep, *otherwise))),
            _ => None,
        };
        let Some(key) = key else {
            let what = format!("that `{}` begins further within", state.path);
            self.writer.lost(start.span, what);
            return json!(workflow.states.at(child).name);
        };
        match self.deed(&start.deed, &[]) {
            None => json!(key),
            Some(action) => json!({ "target": key, "actions": action }),
        }
    }

    fn past(&mut self, id: &str, past: Past) -> Json {
        let (state, deep, otherwise) = past;
        let workflow = self.writer.workflow;
        let definition = workflow.states.at(state);
        let start = otherwise
            .or(definition.start)
            .map(|start| workflow.starts.at(start));
        if let Some(start) = start
            && self.deed(&start.deed, &[]).is_some()
        {
            self.writer
                .lost(start.span, "what is done on the way where there is no past");
        }
        let targets = self.writer.ids_without_past(past);
        let targets: Vec<String> = targets.into_iter().map(|id| format!("#{id}")).collect();
        let kind = if deep { "deep" } else { "shallow" };
        json!({ "id": id, "type": "history", "history": kind, "target": targets })
    }

    /// The name of a timer's delay.
    fn delay(&mut self, id: TimerId) -> Option<String> {
        let timer = self.writer.workflow.timers.at(id);
        let after = self.writer.after(timer)?;
        let state = &self.writer.workflow.states.at(timer.state).path;
        let name = format!("{state}.{}", timer.name);
        self.delays.insert(name.clone(), json!(after));
        Some(name)
    }

    fn transition(&mut self, source: StateId, edge: &Edge<'w>) -> Json {
        let workflow = self.writer.workflow;
        let mut found = Map::new();
        let by = match edge.row.trigger {
            Trigger::Event(_) => Some(self.writer.actors(edge)),
            Trigger::Always | Trigger::Timer(_) => None,
        };
        let to = match (&edge.target, edge.chosen) {
            (Target::State(state), true) => Some(workflow.states.at(*state).path.clone()),
            _ => None,
        };
        if by.is_some() || to.is_some() || edge.conditions().next().is_some() {
            found.insert("guard".into(), holds(edge.conditions(), by, to));
        }
        let targets = self.writer.target_ids(&edge.target);
        if !targets.is_empty() {
            let targets: Vec<String> = targets.into_iter().map(|id| format!("#{id}")).collect();
            let target = match targets.as_slice() {
                [one] => json!(one),
                _ => json!(targets),
            };
            found.insert("target".into(), target);
            let compound = matches!(workflow.states.at(source).kind, Kind::Compound { .. });
            if !(edge.row.internal && compound) {
                found.insert("reenter".into(), json!(true));
            }
        }
        let action = self.action(
            edge.sets(),
            edge.effects(),
            edge.raises(),
            edge.cancels(),
            &[],
        );
        found.extend(action.map(|action| ("actions".to_owned(), action)));
        Json::Object(found)
    }

    fn hook(&mut self, hook: &'w Hook) -> Option<Json> {
        self.deed(&hook.deed, &hook.branches)
    }

    fn deed(&mut self, deed: &'w Deed, branches: &'w [(ThinVec<Condition>, Deed)]) -> Option<Json> {
        self.action(
            deed.set.iter(),
            deed.effects.iter().copied(),
            deed.raise.iter(),
            deed.cancel.iter().copied(),
            branches,
        )
    }

    /// The action `do` with all that is done at once; `None` where nothing is.
    fn action(
        &mut self,
        set: impl Iterator<Item = &'w Assign>,
        effects: impl Iterator<Item = EffectId>,
        raises: impl Iterator<Item = &'w Raise>,
        cancels: impl Iterator<Item = EventId>,
        branches: &'w [(ThinVec<Condition>, Deed)],
    ) -> Option<Json> {
        let params = self.params(set, effects, raises, cancels, branches);
        (!params.is_empty()).then(|| json!({ "type": "do", "params": params }))
    }

    fn params(
        &mut self,
        set: impl Iterator<Item = &'w Assign>,
        effects: impl Iterator<Item = EffectId>,
        raises: impl Iterator<Item = &'w Raise>,
        cancels: impl Iterator<Item = EventId>,
        branches: &'w [(ThinVec<Condition>, Deed)],
    ) -> Map<String, Json> {
        let workflow = self.writer.workflow;
        let set: Map<String, Json> = set
            .map(|assign| {
                let source = assign.source();
                (workflow.fields.at(assign.field).name.clone(), json!(source))
            })
            .collect();
        let effects: Vec<Json> = effects
            .map(|id| json!(workflow.effects.at(id).name))
            .collect();
        let raises: Vec<Json> = raises.map(|raise| self.raise(raise)).collect();
        let cancels: Vec<Json> = cancels
            .map(|id| json!(workflow.events.at(id).name))
            .collect();
        let mut found = Map::new();
        if !set.is_empty() {
            found.insert("set".into(), Json::Object(set));
        }
        let mut chosen = Vec::new();
        for (conditions, deed) in branches {
            let mut branch = self.params(
                deed.set.iter(),
                deed.effects.iter().copied(),
                deed.raise.iter(),
                deed.cancel.iter().copied(),
                &[],
            );
            branch.insert("all".into(), texts(conditions.iter()));
            chosen.push(Json::Object(branch));
        }
        let lists = [("effects", effects), ("cancel", cancels), ("raise", raises)];
        for (key, list) in lists.into_iter().chain([("branches", chosen)]) {
            if !list.is_empty() {
                found.insert(key.into(), Json::Array(list));
            }
        }
        found
    }

    fn raise(&mut self, raise: &'w Raise) -> Json {
        let event = self.writer.workflow.events.at(raise.event);
        let mut found = Map::new();
        found.insert("event".into(), json!(event.name));
        let with: Map<String, Json> = raise
            .with
            .iter()
            .filter_map(|(slot, formula)| {
                let name = event.payload.get(*slot)?.name.clone();
                Some((name, json!(formula.as_ref()?.source())))
            })
            .collect();
        if !with.is_empty() {
            found.insert("with".into(), Json::Object(with));
        }
        if let Some(after) = raise.after
            && let Some(millis) = self.writer.delay(after, raise.span)
        {
            found.insert("after".into(), json!(millis));
        }
        Json::Object(found)
    }
}

/// The guard `holds`: who may, which target the caller names, and what must hold.
fn holds<'c>(
    conditions: impl Iterator<Item = &'c Condition>,
    by: Option<Vec<String>>,
    to: Option<String>,
) -> Json {
    let mut params = Map::new();
    params.extend(by.map(|by| ("by".to_owned(), json!(by))));
    params.extend(to.map(|to| ("to".to_owned(), json!(to))));
    let all = texts(conditions);
    if all != json!([]) {
        params.insert("all".into(), all);
    }
    json!({ "type": "holds", "params": params })
}

fn texts<'c>(conditions: impl Iterator<Item = &'c Condition>) -> Json {
    conditions.map(|condition| json!(condition.text)).collect()
}

fn push(map: &mut Map<String, Json>, key: String, transition: Json) {
    if let Json::Array(list) = map.entry(key).or_insert_with(|| json!([])) {
        list.push(transition);
    }
}
