//! A family comes to another version of its workflow.
//!
//! In: a migration file. Out: each of its orders brought over, or why none of them is; each step is in its
//! journal, and the file in the store, where the steps can be verified.

use restate_sdk::prelude::{HandlerError, Json, ObjectContext};
use serde_json::{Value, json};

use super::asked::{Asked, wrong};
use super::family::{Family, keep};
use super::host::Host;
use super::look::{failed, unknown};
use crate::migrate;
use crate::runtime::row::OrderKey;
use crate::runtime::{Engine, Migration};
use crate::source::{FileId, SourceFile};
use crate::time::Instant;

/// Brings the family over.
pub(super) async fn bring(
    ctx: &ObjectContext<'_>,
    host: &Host,
    (root, asked, now): (OrderKey, &Asked, Instant),
) -> Result<Json<Value>, HandlerError> {
    let (told, actor) = asked.migration().map_err(wrong)?;
    let migration = Migration {
        tenant: root.tenant.clone(),
        plan: told.plan,
        name: Migration::NAME.to_owned(),
        actor,
        dry_run: told.dry_run,
    };
    let mut family = Family::fetch(ctx, host, root).await?;
    let mut workflows = family.workflows(host)?;
    if workflows.is_empty() {
        let key = OrderKey::new(migration.tenant, asked.order.clone());
        return Err(unknown(&key).into());
    }
    // Where the plan is for others, it is read all the same.
    let source = SourceFile::new(Migration::NAME, migration.plan.clone());
    let (plan, _) = migrate::read(FileId::default(), &source);
    let to = plan.and_then(|plan| plan.to.workflow);
    workflows.extend(to.map(|to| to.value));
    for workflow in workflows {
        let current = (migration.tenant.as_str(), workflow.as_str());
        host.provide_current(ctx, &mut family.memory, current)
            .await?;
    }
    family.memory.record();
    let mut engine = Engine::sharing(family.memory, host.compiled.clone());
    let report = engine.migrate(&migration, now, &mut |_| {});
    let report = report.map_err(failed)?;
    let changes = engine.store().take_committed();
    if !changes.is_empty() {
        host.keep_plan(migration.row()).await?;
        keep(ctx, host, (changes, &[]), family.members).await?;
    }
    let moved = report.moved.iter();
    let moved =
        moved.map(|((from, to), orders)| json!({ "from": from, "to": to, "orders": orders }));
    let moved: Vec<Value> = moved.collect();
    Ok(Json(json!({ "moved": moved, "refused": report.refused })))
}
