//! Whether units were written that were under way when the connection broke.
//!
//! In: the units, upon another connection. Out: which of them are there. A step is known by its hash, which all that
//! its order ever was goes into; a change without one by its answers. What is seen may be on this server alone, where
//! it started anew before a standby had it; so something is written behind it that waits as any commit does.

use super::columns::{signed, text};
use super::error::Trouble;
use super::link::Link;
use super::read::{answers, keys_of, placed};
use super::sql;
use crate::runtime::row::{Change, JournalRow, OrderKey, Unit};

/// Which units are there for good.
pub(super) async fn settled(link: &mut Link, units: &[Unit]) -> Result<Vec<bool>, Trouble> {
    let there = written(link, units).await?;
    if there.contains(&true) {
        link.make(sql::MARK, &[]).await?;
    }
    Ok(there)
}

/// Which units are there.
async fn written(link: &mut Link, units: &[Unit]) -> Result<Vec<bool>, Trouble> {
    let changes: Vec<&Change> = units.iter().flatten().collect();
    let steps = steps(link, &changes).await?;
    let answers = answered(link, &changes).await?;
    let mut found = steps.into_iter().zip(answers);
    let there = units.iter().map(|unit| {
        let changes = found.by_ref().take(unit.len());
        changes.fold(true, |all, (step, answer)| {
            all & step.or(answer).unwrap_or(true)
        })
    });
    Ok(there.collect())
}

/// Whether the last step of each change is there; `None` where a change makes none.
async fn steps(link: &mut Link, changes: &[&Change]) -> Result<Vec<Option<bool>>, Trouble> {
    let lasts = changes.iter().map(|change| change.journal.last());
    let lasts: Vec<Option<&JournalRow>> = lasts.collect();
    let (tenants, ids) = keys_of(changes.iter().map(|change| &change.row.key));
    let sequences = lasts
        .iter()
        .map(|step| signed(step.map_or(0, |step| step.sequence)));
    let sequences: Result<Vec<i64>, _> = sequences.collect();
    let rows = link
        .ask(sql::HASHES, &[&tenants, &ids, &sequences?])
        .await?;
    let hashes = placed(&rows, changes.len(), 0, |row| text(row, 1))?;
    let told = lasts.into_iter().zip(hashes);
    Ok(told
        .map(|(step, hash)| step.map(|step| hash.as_ref() == Some(&step.hash)))
        .collect())
}

/// Whether all first answers of each change are there; `None` where a change gives none.
async fn answered(link: &mut Link, changes: &[&Change]) -> Result<Vec<Option<bool>>, Trouble> {
    let asked = changes.iter().flat_map(|change| {
        let events = change.answers.iter().map(|answer| answer.event_id.clone());
        events.map(|event| (change.row.key.clone(), event))
    });
    let asked: Vec<(OrderKey, String)> = asked.collect();
    let mut found = answers(link, &asked).await?.into_iter();
    let told = changes.iter().map(|change| {
        let found = found.by_ref().take(change.answers.len());
        let same = change.answers.iter().zip(found);
        let same = same.map(|(answer, found)| found.as_ref() == Some(&answer.body));
        same.reduce(|all, one| all && one)
    });
    Ok(told.collect())
}
