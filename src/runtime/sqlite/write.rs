//! Units, in one transaction.
//!
//! In: units. Out: which of them won. A change first asks for what it may lose by, and then writes, so that
//! a unit of one change needs no way back; one of several has a savepoint.

use rusqlite::{Connection, Result, TransactionBehavior, params};

use super::columns::signed;
use crate::runtime::columns::{future, past};
use crate::runtime::row::{
    AnswerRow, Change, ERASED, EffectRow, JournalRow, OrderKey, OrderRow, Unit,
};

/// Writes the units that win.
pub(super) fn commit(connection: &mut Connection, units: &[Unit]) -> Result<Vec<bool>> {
    let mut all = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut won = Vec::with_capacity(units.len());
    for unit in units {
        won.push(match unit.as_slice() {
            [change] => write(&all, change)?,
            changes => {
                let together = all.savepoint()?;
                let mut wins = true;
                for change in changes {
                    wins = wins && write(&together, change)?;
                }
                if wins {
                    together.commit()?;
                }
                wins
            }
        });
    }
    all.commit()?;
    Ok(won)
}

/// Writes something and takes it back; a process that ends in between leaves it, and nobody finds it.
pub(super) fn check_room(to: &Connection) -> Result<()> {
    to.execute(
        "REPLACE INTO plans (tenant, id, text) VALUES ('', 'room', printf('%.*c', 16384, 'x'))",
        [],
    )?;
    to.execute("DELETE FROM plans WHERE tenant = '' AND id = 'room'", [])?;
    Ok(())
}

/// Writes a change; `false` where it has lost, and nothing of it is written.
fn write(to: &Connection, change: &Change) -> Result<bool> {
    let key = &change.row.key;
    for (place, answer) in change.answers.iter().enumerate() {
        let mut before = change.answers.iter().take(place);
        if before.any(|other| other.event_id == answer.event_id) || answered(to, key, answer)? {
            return Ok(false);
        }
    }
    let placed = match change.before() {
        None => create(to, &change.row)?,
        Some(before) if before.0 == change.row.sequence => stays(to, key, before)?,
        Some(before) => update(to, &change.row, before)?,
    };
    if !placed {
        return Ok(false);
    }
    if change.erases {
        erase(to, key)?;
    }
    for step in &change.journal {
        add_step(to, key, step)?;
    }
    for answer in &change.answers {
        add_answer(to, key, answer)?;
    }
    for effect in &change.effects {
        add_effect(to, effect)?;
    }
    Ok(true)
}

fn answered(to: &Connection, key: &OrderKey, answer: &AnswerRow) -> Result<bool> {
    to.prepare_cached(
        "SELECT 1 FROM answers WHERE tenant = ?1 AND order_id = ?2 AND event_id = ?3",
    )?
    .exists(params![key.tenant, key.order, answer.event_id])
}

/// Whether an order has a version, made by the step with a hash.
fn stays(to: &Connection, key: &OrderKey, (version, head): (u64, &str)) -> Result<bool> {
    to.prepare_cached(
        "SELECT 1 FROM orders WHERE tenant = ?1 AND id = ?2 AND sequence = ?3 AND head = ?4",
    )?
    .exists(params![key.tenant, key.order, signed(version)?, head])
}

fn create(to: &Connection, row: &OrderRow) -> Result<bool> {
    let sql = "INSERT INTO orders (tenant, id, root, parent, parent_set, deployment, sequence, status, \
         done, due, due_rest, created, created_rest, updated, updated_rest, head, stuck, body) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) \
         ON CONFLICT DO NOTHING";
    place(to, sql, row, None)
}

fn update(to: &Connection, row: &OrderRow, before: (u64, &str)) -> Result<bool> {
    let sql = "UPDATE orders SET root = ?3, parent = ?4, parent_set = ?5, deployment = ?6, \
         sequence = ?7, status = ?8, done = ?9, due = ?10, due_rest = ?11, created = ?12, \
         created_rest = ?13, updated = ?14, updated_rest = ?15, head = ?16, stuck = ?17, body = ?18 \
         WHERE tenant = ?1 AND id = ?2 AND sequence = ?19 AND head = ?20";
    place(to, sql, row, Some(before))
}

/// Runs a statement with the columns of an order, and the version and the last step it must have. Whether it did
/// something.
fn place(to: &Connection, sql: &str, row: &OrderRow, before: Option<(u64, &str)>) -> Result<bool> {
    let parent = row.parent.as_ref();
    let due = row.next_due.map(future).unzip();
    let (created, updated) = (past(row.created_at), past(row.updated_at));
    let mut statement = to.prepare_cached(sql)?;
    let columns = params![
        row.key.tenant,
        row.key.order,
        row.root,
        parent.map(|parent| &parent.order),
        parent.map(|parent| &parent.set),
        row.deployment,
        signed(row.sequence)?,
        row.status,
        row.done,
        due.0,
        due.1,
        created.0,
        created.1,
        updated.0,
        updated.1,
        row.head,
        row.stuck,
        row.body,
    ];
    let changed = match before {
        None => statement.execute(columns)?,
        Some((version, head)) => {
            let version = signed(version)?;
            let mut columns = columns.to_vec();
            columns.push(&version);
            columns.push(&head);
            statement.execute(columns.as_slice())?
        }
    };
    Ok(changed == 1)
}

/// Takes what is personal out of the journal of an order, and out of the answers that it gave.
fn erase(to: &Connection, key: &OrderKey) -> Result<()> {
    let journal = "UPDATE journal SET personal = NULL WHERE tenant = ?1 AND order_id = ?2 AND personal IS NOT NULL";
    to.prepare_cached(journal)?
        .execute(params![key.tenant, key.order])?;
    let answers = "UPDATE answers SET body = ?3 WHERE tenant = ?1 AND order_id = ?2";
    let columns = params![key.tenant, key.order, ERASED];
    to.prepare_cached(answers)?.execute(columns).map(drop)
}

fn add_step(to: &Connection, key: &OrderKey, step: &JournalRow) -> Result<()> {
    let sql = "INSERT INTO journal (tenant, order_id, sequence, body, hash, personal) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let sequence = signed(step.sequence)?;
    let columns = params![
        key.tenant,
        key.order,
        sequence,
        step.body,
        step.hash,
        step.personal
    ];
    to.prepare_cached(sql)?.execute(columns).map(drop)
}

fn add_answer(to: &Connection, key: &OrderKey, answer: &AnswerRow) -> Result<()> {
    let sql = "INSERT INTO answers (tenant, order_id, event_id, body) VALUES (?1, ?2, ?3, ?4)";
    let columns = params![key.tenant, key.order, answer.event_id, answer.body];
    to.prepare_cached(sql)?.execute(columns).map(drop)
}

fn add_effect(to: &Connection, row: &EffectRow) -> Result<()> {
    let sql = "INSERT INTO effects (id, tenant, order_id, sequence, effect, state, at, at_rest, due, \
         due_rest, attempts, error, dead, handed_out) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)";
    let (at, due) = (past(row.at), future(row.due));
    let columns = params![
        row.id,
        row.key.tenant,
        row.key.order,
        signed(row.sequence)?,
        row.effect,
        row.state,
        at.0,
        at.1,
        due.0,
        due.1,
        row.attempts,
        row.error,
        row.dead,
    ];
    to.prepare_cached(sql)?.execute(columns).map(drop)
}

pub(super) fn set_stuck(to: &Connection, key: &OrderKey, reason: Option<&str>) -> Result<bool> {
    let mut change =
        to.prepare_cached("UPDATE orders SET stuck = ?3 WHERE tenant = ?1 AND id = ?2")?;
    Ok(change.execute(params![key.tenant, key.order, reason])? == 1)
}
