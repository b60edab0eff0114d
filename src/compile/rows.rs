//! Rows and transitions: moves of events, automatic transitions, the start.

use std::collections::BTreeSet;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};
use thin_vec::{ThinVec, thin_vec};

use super::Cx;
use super::conditions::{assigns, conditions};
use super::deeds::deed;
use super::rules::{INTERNAL_LEADS_OUT, MISSING_BY};
use super::targets::{Listed, actor_set, effect_ids, named, sends, sources, target, target_span};
use crate::diagnostic::Diagnostic;
use crate::document::{self, Entry, Idle, Move, Rare};
use crate::graph::{
    ActorId, ActorSet, Branch, EventId, Ids, InitialBranch, Remark, Row, RowId, StateId, Target,
    Transition, Trigger,
};
use crate::guard::Known;
use crate::source::{Span, Spanned};

pub(super) fn compile(cx: &mut Cx<'_>) {
    let document = cx.document;
    if let Some(defaults) = &document.defaults {
        // A wrong name is an error also where every row says who may itself.
        actor_set(cx, &defaults.by);
    }
    let events = document.transitions.iter();
    let moves = events.map(|event| event.value.moves.len().max(1));
    let rows = moves.sum::<usize>() + document.always.len();
    cx.workflow.rows.reserve(rows);
    cx.workflow.transitions.reserve(rows);
    initial(cx, &document.initial);
    for entry in &document.transitions {
        event(cx, entry);
    }
    for automatic in &document.always {
        automatic_row(cx, automatic);
    }
    cx.workflow.rows.fit();
    cx.workflow.transitions.fit();
}

fn initial<'a>(cx: &mut Cx<'a>, written: &'a document::Initial) {
    match written {
        document::Initial::States(names) => {
            let span = names.iter().map(|name| name.span).reduce(Span::to);
            let span = span.unwrap_or(cx.document.span);
            let branch = initial_branch(cx, names, ThinVec::new(), false, span);
            cx.workflow.initial.push(branch);
        }
        document::Initial::Branches(branches) => {
            for written in branches {
                let held = conditions(cx, written.guard.as_ref(), None, &mut Known::default());
                let inferred = written.inferred.as_ref().is_some_and(|marker| marker.value);
                let branch = initial_branch(cx, &written.to, held, inferred, written.span);
                cx.workflow.initial.push(branch);
            }
        }
    }
}

fn initial_branch(
    cx: &mut Cx<'_>,
    to: &document::OneOrMany<document::Name>,
    conditions: ThinVec<crate::graph::Condition>,
    inferred: bool,
    span: Span,
) -> InitialBranch {
    let mut found: Vec<StateId> = Vec::new();
    for name in to {
        match cx.names.state(&cx.workflow, StateId::ROOT, &name.value) {
            None => super::targets::unknown_state(cx, name),
            Some(state) => {
                super::targets::check_together(cx, &found, state, name.span);
                found.push(state);
            }
        }
    }
    let target_span = to.iter().map(|name| name.span).reduce(Span::to);
    let mut found = found.into_iter();
    InitialBranch {
        conditions,
        target: found.next(),
        along: found.collect(),
        target_span: target_span.unwrap_or(span),
        inferred,
        span,
    }
}

fn event<'a>(cx: &mut Cx<'a>, entry: &'a Entry<document::Event>) {
    let Some(&id) = cx.names.events.get(entry.name.value.as_str()) else {
        return;
    };
    let written = &entry.value;
    let default = cx.document.defaults.as_ref().map(|defaults| &defaults.by);
    let mut said = [Some(&written.single.by), default].into_iter().flatten();
    let by = said.find(|by| !by.is_empty());
    let by = by.map(|by| Arc::new(actor_set(cx, by)));
    let rows = written.moves.iter().chain([&written.single]);
    let of_their_own = match cx.likes.is_empty() {
        true => BTreeSet::new(),
        false => named(cx, rows.flat_map(|row| &row.from)),
    };
    let rows = Rows {
        event: id,
        by,
        common: (!written.moves.is_empty()).then_some(&written.single),
        of_their_own,
    };
    if written.moves.is_empty() {
        if says_anything(&written.single) {
            move_row(cx, &rows, &written.single, entry.name.span);
        }
        return;
    }
    for row in &written.moves {
        move_row(cx, &rows, row, row.span);
    }
}

fn says_anything(row: &Move) -> bool {
    let targets = row.to.is_some() || !row.branches.is_empty() || !row.from.is_empty();
    targets || !row.deed.is_idle() || !row.send.is_empty() || row.guard.is_some()
}

/// What the rows of one event share.
struct Rows<'a> {
    event: EventId,
    /// Who may where a row does not say: as the event around it says, or the file's default.
    by: Option<Arc<ActorSet>>,
    /// What stands beside `moves:`.
    common: Option<&'a Move>,
    /// The states that some row names itself: rows of their models do not count for them. Empty where no
    /// state has a model.
    of_their_own: BTreeSet<StateId>,
}

fn move_row<'a>(cx: &mut Cx<'a>, rows: &Rows<'a>, row: &'a Move, place: Span) {
    let &Rows { event, common, .. } = rows;
    let span = if row.span.is_empty() { place } else { row.span };
    let by = actors(cx, rows, row, place);
    let mut known = Known::default();
    let held = conditions(cx, row.guard.as_ref(), Some(event), &mut known);
    let mut found = sources(cx, &row.from, place, &rows.of_their_own);
    super::ambiguous::check(cx, &row.from, row.to.as_ref(), &row.branches);
    let before = common.map(|common| {
        let set = assigns(cx, &common.deed.set, Some(event), &known);
        (set, effect_ids(cx, &common.deed.effects))
    });
    let mut deed = deed(cx, &row.deed, (Some(event), &known));
    if let Some((set, effects)) = before {
        deed.set.splice(0..0, set);
        deed.effects.splice(0..0, effects);
    }
    deed.send = sends(cx, &row.send);
    let written = Targets {
        to: row.to.as_ref(),
        branches: &row.branches,
        span,
    };
    let branches = branches(cx, scope_of(cx, &found), &written, (Some(event), &known));
    leave_out_target(&mut found, &branches);
    let remark = Remark {
        exclusive: marked(row.exclusive.as_deref()).filter(|_| !row.branches.is_empty()),
        advice: row
            .advice
            .as_ref()
            .map(|advice| advice.value.as_str().into()),
    };
    let row = Row {
        trigger: Trigger::Event(event),
        conditions: held,
        branched: !row.branches.is_empty(),
        deed: deed.into(),
        internal: internal(cx, row.internal.as_deref(), &found, &branches),
        inferred: row.inferred.as_ref().is_some_and(|marker| marker.value),
        remark: remark.into(),
        ..plain_row(by, branches, span)
    };
    push(cx, row, found.iter().map(Listed::place));
}

/// `any` and groups do not mean the target itself: to enter it again, a row names it.
fn leave_out_target(sources: &mut Vec<Listed>, branches: &[Branch]) {
    sources.retain(|source| {
        let mut targets = branches.iter().map(|branch| &branch.target);
        source.named || !targets.all(|target| *target == Target::State(source.id))
    });
}

/// Who may: those that the row names, else those that may do all rows.
fn actors(cx: &mut Cx<'_>, rows: &Rows<'_>, row: &Move, place: Span) -> Arc<ActorSet> {
    // Where there are no `moves:`, the row is the event itself.
    if rows.common.is_some() && !row.by.is_empty() {
        return Arc::new(actor_set(cx, &row.by));
    }
    if let Some(by) = &rows.by {
        return Arc::clone(by);
    }
    let name = &cx.workflow.events.at(rows.event).name;
    let found = Diagnostic::new(&MISSING_BY, place, format!("`{name}` does not say who may"));
    let found = found.help("add `by:` here, or `defaults: { by: … }` for the whole file");
    cx.report.push(found);
    Arc::default()
}

fn automatic_row<'a>(cx: &mut Cx<'a>, written: &'a document::Automatic) {
    let mut found = sources(cx, &written.from, written.span, &BTreeSet::new());
    super::ambiguous::check(cx, &written.from, written.to.as_ref(), &written.branches);
    let targets = Targets {
        to: written.to.as_ref(),
        branches: &written.branches,
        span: written.span,
    };
    let mut known = Known::default();
    let held = conditions(cx, written.guard.as_ref(), None, &mut known);
    let branches = branches(cx, scope_of(cx, &found), &targets, (None, &known));
    let deed = deed(cx, &written.deed, (None, &known));
    leave_out_target(&mut found, &branches);
    let remark = Remark {
        exclusive: marked(written.exclusive.as_ref()),
        advice: None,
    };
    let row = Row {
        conditions: held,
        branched: !written.branches.is_empty(),
        deed: deed.into(),
        internal: internal(cx, written.internal.as_ref(), &found, &branches),
        inferred: written.inferred.as_ref().is_some_and(|marker| marker.value),
        remark: remark.into(),
        ..plain_row(system(), branches, written.span)
    };
    push(cx, row, found.iter().map(Listed::place));
}

/// Whether the source stays; reports where a target lies outside of it.
fn internal(
    cx: &mut Cx<'_>,
    marker: Option<&Spanned<bool>>,
    sources: &[Listed],
    branches: &[Branch],
) -> bool {
    let Some(span) = marked(marker) else {
        return false;
    };
    let stays = |source: StateId, target: &Target| match target {
        Target::Stay | Target::Unresolved => true,
        Target::State(state) => *state != source && cx.workflow.within(*state, source),
        Target::History { state, .. } => cx.workflow.within(*state, source),
        Target::Back | Target::Choose(_) | Target::Several(_) => false,
    };
    let compound = |id: StateId| {
        matches!(
            cx.workflow.states.at(id).kind,
            crate::graph::Kind::Compound { .. }
        )
    };
    let leaving = sources.iter().find_map(|source| {
        let mut targets = branches.iter().flat_map(|branch| branch.target.parts());
        let out = targets.any(|target| !stays(source.id, target)) || !compound(source.id);
        out.then_some(source.id)
    });
    if let Some(source) = leaving {
        let path = cx.workflow.states.at(source).path.clone();
        let message = format!("`internal` keeps `{path}`, and the move leads out of it");
        let place = cx.workflow.states.at(source).span;
        let found = Diagnostic::new(&INTERNAL_LEADS_OUT, span, message).also(place, "the source");
        let help = "name a state within the source, which has substates; or remove `internal`";
        cx.report.push(found.help(help));
    }
    true
}

/// Timers, automatic transitions and children act as this.
pub(super) fn system() -> Arc<ActorSet> {
    Arc::new(ActorSet {
        members: thin_vec![ActorId::SYSTEM],
        span: None,
    })
}

/// Where something was said to be so.
pub(super) fn marked(said: Option<&Spanned<bool>>) -> Option<Span> {
    said.filter(|said| said.value).map(|said| said.span)
}

/// Targets are looked up beside the first source.
fn scope_of(cx: &Cx<'_>, sources: &[Listed]) -> StateId {
    let first = sources
        .first()
        .and_then(|source| cx.workflow.states.at(source.id).parent);
    first.unwrap_or(StateId::ROOT)
}

/// A target, or several in order.
struct Targets<'a> {
    to: Option<&'a document::Target>,
    branches: &'a [document::Branch],
    span: Span,
}

fn branches<'a>(
    cx: &mut Cx<'a>,
    scope: StateId,
    written: &Targets<'a>,
    (event, known): (Option<EventId>, &Known),
) -> SmallVec<[Branch; 1]> {
    if written.branches.is_empty() {
        return smallvec![plain_branch(
            target(cx, scope, written.to),
            target_span(written.to, written.span),
            written.span,
        )];
    }
    let mut found = SmallVec::with_capacity(written.branches.len());
    for branch in written.branches {
        let mut known = known.clone();
        found.push(Branch {
            conditions: conditions(cx, branch.guard.as_ref(), event, &mut known),
            target: target(cx, scope, branch.to.as_ref()),
            target_span: target_span(branch.to.as_ref(), branch.span),
            deed: deed(cx, &branch.deed, (event, &known)).into(),
            inferred: branch.inferred.as_ref().is_some_and(|marker| marker.value),
            span: branch.span,
        });
    }
    found
}

/// The only branch of a row without `branches:`.
pub(super) fn plain_branch(target: Target, target_span: Span, span: Span) -> Branch {
    Branch {
        conditions: ThinVec::new(),
        target,
        target_span,
        deed: Rare::default(),
        inferred: false,
        span,
    }
}

/// A row that leads to one of some branches, whatever holds, and does nothing else on the way.
pub(super) fn plain_row(by: Arc<ActorSet>, branches: SmallVec<[Branch; 1]>, span: Span) -> Row {
    Row {
        trigger: Trigger::Always,
        by,
        conditions: ThinVec::new(),
        branches,
        branched: false,
        deed: Rare::default(),
        internal: false,
        inferred: false,
        remark: Rare::default(),
        transitions: Ids::default(),
        span,
    }
}

/// Adds a row and its transitions, one from each source.
pub(super) fn push(
    cx: &mut Cx<'_>,
    row: Row,
    sources: impl IntoIterator<Item = (StateId, Span)>,
) -> RowId {
    let (transitions, row_id) = (&mut cx.workflow.transitions, cx.workflow.rows.next_id());
    let first = transitions.next_id();
    let before = transitions.len();
    for (source, source_span) in sources {
        transitions.push(Transition {
            id: transitions.next_id(),
            row: row_id,
            source,
            source_span,
            hop: None,
        });
    }
    let transitions = Ids::new(first, transitions.len() - before);
    cx.workflow.rows.push(Row { transitions, ..row })
}
