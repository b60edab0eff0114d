//! Orders that belong together, as the object of their outermost order keeps them.
//!
//! In: requests for orders of one family. Out: their answers, once Restate has what they changed. A call is
//! carried out upon a store in memory that holds the family alone; what was committed there is then kept.
//! All that has to be waited for comes before the first value is set, so that a call that is cancelled while
//! it waits has changed nothing.

use std::collections::BTreeSet;

use restate_sdk::prelude::{
    ContextClient, ContextReadState, ContextWriteState, HandlerError, ObjectContext,
};

use super::calls;
use super::host::Host;
use super::kept::{self, Kept, read};
use super::waking::Timers;
use crate::runtime::journal::START;
use crate::runtime::row::{AnswerRow, Change, ERASED, JournalRow, OrderKey, OrderRow};
use crate::runtime::{Answer, Engine, Memory, Reply, Request, Store};
use crate::server::log_failure;
use crate::time::Instant;

/// Steps whose personal values are erased, and the keys of answers.
type Erased = (Vec<(String, JournalRow)>, Vec<String>);

/// The orders of a family that were read, and what they run under.
pub(super) struct Family {
    root: OrderKey,
    pub(super) memory: Memory,
    pub(super) members: Vec<String>,
}

impl Family {
    /// Reads a family from its object.
    pub(super) async fn fetch(
        kept: &impl Kept,
        host: &Host,
        root: OrderKey,
    ) -> Result<Self, HandlerError> {
        let members = read::<Vec<String>>(kept, kept::MEMBERS).await?;
        let members = members.unwrap_or_else(|| vec![root.order.clone()]);
        let mut memory = Memory::default();
        for member in &members {
            let Some(row) = read::<OrderRow>(kept, &kept::order(member)).await? else {
                continue;
            };
            host.provide(&mut memory, (&root.tenant, &row.deployment))
                .await?;
            let held = Change {
                expected: None,
                upon: START.to_owned(),
                row,
                journal: Vec::new(),
                answers: Vec::new(),
                effects: Vec::new(),
                erases: false,
            };
            memory.commit(&[vec![held]])?;
        }
        Ok(Self {
            root,
            memory,
            members,
        })
    }

    /// How an order stands.
    fn row(&mut self, key: &OrderKey) -> Result<Option<OrderRow>, HandlerError> {
        Ok(self.memory.load(std::slice::from_ref(key))?.pop().flatten())
    }

    /// Reads first answers to events too.
    async fn fetch_answer(
        &mut self,
        kept: &impl Kept,
        key: &OrderKey,
        event: &str,
    ) -> Result<(), HandlerError> {
        let Some(row) = self.row(key)? else {
            return Ok(());
        };
        let Some(body) = kept.text(&kept::answer(&key.order, event)).await? else {
            return Ok(());
        };
        let held = Change {
            expected: Some(row.sequence),
            upon: row.head.clone(),
            row,
            journal: Vec::new(),
            answers: vec![AnswerRow {
                event_id: event.to_owned(),
                body,
            }],
            effects: Vec::new(),
            erases: false,
        };
        self.memory.commit(&[vec![held]])?;
        Ok(())
    }

    /// The workflows that its orders run; none where there is no such order.
    pub(super) fn workflows(&mut self, host: &Host) -> Result<BTreeSet<String>, HandlerError> {
        let keys = self.members.iter();
        let keys: Vec<_> = keys
            .map(|member| OrderKey::new(self.root.tenant.clone(), member.clone()))
            .collect();
        let mut engine = Engine::sharing(std::mem::take(&mut self.memory), host.compiled.clone());
        let mut found = BTreeSet::new();
        for key in keys {
            if let Some(workflow) = engine.workflow_of(&key)? {
                found.insert(workflow.name.clone());
            }
        }
        self.memory = engine.into_store();
        Ok(found)
    }
}

/// Carries out requests for orders of one family, in their order.
pub(super) async fn carry_out(
    ctx: &ObjectContext<'_>,
    host: &Host,
    (root, requests, now): (OrderKey, &[Request], Instant),
) -> Result<Vec<Reply>, HandlerError> {
    let mut family = Family::fetch(ctx, host, root).await?;
    for request in requests {
        let (key, event) = match request {
            Request::Create(create) => {
                if family.row(&create.key)?.is_none()
                    && let Some(version) = host.taken(ctx, &create.key).await?
                {
                    let answer = Answer::Exists { version };
                    let duplicate = false;
                    return Ok(vec![Reply { answer, duplicate }]);
                }
                let current = (create.key.tenant.as_str(), create.workflow.as_str());
                host.provide_current(ctx, &mut family.memory, current)
                    .await?;
                (&create.key, &create.event_id)
            }
            Request::Fire(fire) => (&fire.key, &fire.event.id),
            Request::Import(_) | Request::Tick(_) => continue,
        };
        if let Some(event) = event {
            family.fetch_answer(ctx, key, event).await?;
        }
    }
    family.memory.record();
    let mut engine = Engine::sharing(family.memory, host.compiled.clone());
    engine.on_failure(log_failure);
    let replies = engine.handle(requests, now)?;
    let changes = engine.store().take_committed();
    // Who is stuck is not woken again; whatever is asked of it looks again.
    let stuck = requests
        .iter()
        .zip(&replies)
        .filter_map(|(request, reply)| {
            let is_stuck = matches!(reply.answer, Answer::Stuck { .. });
            match request {
                Request::Tick(key) if is_stuck => Some(key.order.clone()),
                _ => None,
            }
        });
    let stuck: Vec<String> = stuck.collect();
    if !changes.is_empty() || requests.iter().any(|r| matches!(r, Request::Tick(_))) {
        keep(ctx, host, (changes, &stuck), family.members).await?;
    }
    Ok(replies)
}

/// Keeps what was changed, sees to it that the family is woken, and sends the same to the projection.
pub(super) async fn keep(
    ctx: &ObjectContext<'_>,
    host: &Host,
    (changes, stuck): (Vec<Change>, &[String]),
    mut members: Vec<String>,
) -> Result<(), HandlerError> {
    let before: Timers = read(ctx, kept::TIMERS).await?.unwrap_or_default();
    let mut timers = before.clone();
    for Change { row, .. } in &changes {
        match row.next_due {
            Some(due) => timers.due.insert(row.key.order.clone(), due),
            None => timers.due.remove(&row.key.order),
        };
    }
    for order in stuck {
        timers.due.remove(order);
    }
    let mut erased = Vec::new();
    for change in changes.iter().filter(|change| change.erases) {
        erased.push(erase(ctx, &change.row).await?);
    }
    let stale = timers.arm(ctx, host).await?;
    // From here on nothing is waited for.
    for (steps, answers) in erased {
        for (key, step) in steps {
            ctx.set(&key, text(&step)?);
        }
        for key in answers {
            ctx.set(&key, ERASED.to_owned());
        }
    }
    let known = members.len();
    for change in &changes {
        let order = &change.row.key.order;
        ctx.set(&kept::order(order), text(&change.row)?);
        for step in &change.journal {
            ctx.set(&kept::step(order, step.sequence), text(step)?);
        }
        for answer in &change.answers {
            ctx.set(&kept::answer(order, &answer.event_id), answer.body.clone());
        }
        if !members.contains(order) {
            members.push(order.clone());
        }
    }
    if members.len() > known {
        ctx.set(kept::MEMBERS, text(&members)?);
    }
    if timers != before {
        ctx.set(kept::TIMERS, text(&timers)?);
    }
    if let Some(stale) = stale {
        ctx.invocation_handle(stale).cancel();
    }
    if !changes.is_empty() {
        calls::write(ctx, changes);
    }
    Ok(())
}

/// What is kept of an order's personal values: the steps without them, and the keys of its answers.
async fn erase(ctx: &ObjectContext<'_>, row: &OrderRow) -> Result<Erased, HandlerError> {
    let order = &row.key.order;
    let mut steps = Vec::new();
    for sequence in 1..=row.sequence {
        let key = kept::step(order, sequence);
        if let Some(mut step) = read::<JournalRow>(ctx, &key).await?
            && step.personal.take().is_some()
        {
            steps.push((key, step));
        }
    }
    let prefix = kept::answer(order, "");
    let mut keys = keys(ctx).await?;
    keys.retain(|key| key.starts_with(&prefix));
    Ok((steps, keys))
}

/// All keys that an object keeps.
async fn keys<'a>(ctx: &'a ObjectContext<'_>) -> Result<Vec<String>, HandlerError> {
    let narrow: &'a ObjectContext<'a> = ctx;
    Ok(narrow.get_keys().await?)
}

/// A value as it is kept.
pub(super) fn text<T: serde::Serialize>(value: &T) -> Result<String, HandlerError> {
    Ok(serde_json::to_string(value)?)
}

/// All that is kept of a family, as changes from nothing.
pub(super) async fn everything(
    ctx: &ObjectContext<'_>,
    root: &OrderKey,
) -> Result<Vec<Change>, HandlerError> {
    let members = read::<Vec<String>>(ctx, kept::MEMBERS).await?;
    let members = members.unwrap_or_else(|| vec![root.order.clone()]);
    let keys = keys(ctx).await?;
    let mut all = Vec::new();
    for member in members {
        let Some(row) = read::<OrderRow>(ctx, &kept::order(&member)).await? else {
            continue;
        };
        let mut journal = Vec::new();
        for sequence in 1..=row.sequence {
            journal.extend(read(ctx, &kept::step(&member, sequence)).await?);
        }
        let prefix = kept::answer(&member, "");
        let mut answers = Vec::new();
        for key in &keys {
            let Some(event) = key.strip_prefix(&prefix) else {
                continue;
            };
            if let Some(body) = ctx.text(key).await? {
                let event_id = event.to_owned();
                answers.push(AnswerRow { event_id, body });
            }
        }
        all.push(Change {
            expected: None,
            upon: START.to_owned(),
            row,
            journal,
            answers,
            effects: Vec::new(),
            erases: false,
        });
    }
    Ok(all)
}
