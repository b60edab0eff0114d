//! The store in PostgreSQL beside bare tokio-postgres.
//!
//! Bare means: the same rows in the same batches, by columns too (`unnest`), all statements of a batch sent at
//! once with the commit behind them; tables with primary keys and one index of what is due, no version
//! compared, no answer looked up, nothing else kept in order.

use flagstate::runtime::row::Unit;
use flagstate::time::nanoseconds;
use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Statement};

use super::{Way, compare};
use crate::server::Server;

const TABLES: &str = "
    CREATE TABLE orders (tenant TEXT, id TEXT, root TEXT, parent TEXT, parent_set TEXT,
        deployment TEXT, sequence BIGINT, status TEXT, done BOOLEAN, due BIGINT, created BIGINT,
        updated BIGINT, head TEXT, stuck TEXT, body TEXT, PRIMARY KEY (tenant, id));
    CREATE INDEX due ON orders (due);
    CREATE TABLE journal (tenant TEXT, id TEXT, sequence BIGINT, body TEXT, hash TEXT,
        PRIMARY KEY (tenant, id, sequence));
    CREATE TABLE answers (tenant TEXT, id TEXT, event TEXT, body TEXT,
        PRIMARY KEY (tenant, id, event));
    SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan;";

const STATEMENTS: [&str; 4] = [
    "INSERT INTO orders (tenant, id, root, deployment, sequence, status, done, due, created, updated, head, body) \
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], \
        $7::boolean[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[])",
    "UPDATE orders o SET root = n.root, deployment = n.deployment, sequence = n.sequence, status = n.status, \
        done = n.done, due = n.due, created = n.created, updated = n.updated, head = n.head, body = n.body \
     FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], \
        $7::boolean[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[]) \
        AS n (tenant, id, root, deployment, sequence, status, done, due, created, updated, head, body) \
     WHERE o.tenant = n.tenant AND o.id = n.id",
    "INSERT INTO journal SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[])",
    "INSERT INTO answers SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])",
];

struct Bare {
    client: Client,
    statements: Vec<Statement>,
}

impl Bare {
    async fn open(address: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(TABLES).await.unwrap();
        let mut statements = Vec::new();
        for sql in STATEMENTS {
            statements.push(client.prepare(sql).await.unwrap());
        }
        Self { client, statements }
    }

    async fn write(&self, units: &[Unit]) {
        let changes = || units.iter().flatten();
        let rows: Vec<_> = changes().map(|change| &change.row).collect();
        let tenants: Vec<&str> = rows.iter().map(|row| row.key.tenant.as_str()).collect();
        let ids: Vec<&str> = rows.iter().map(|row| row.key.order.as_str()).collect();
        let roots: Vec<&str> = rows.iter().map(|row| row.root.as_str()).collect();
        let deployments: Vec<&str> = rows.iter().map(|row| row.deployment.as_str()).collect();
        let sequences: Vec<i64> = rows.iter().map(|row| row.sequence.cast_signed()).collect();
        let statuses: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
        let done: Vec<bool> = rows.iter().map(|row| row.done).collect();
        let due: Vec<_> = rows
            .iter()
            .map(|row| row.next_due.and_then(nanoseconds))
            .collect();
        let created: Vec<_> = rows.iter().map(|row| nanoseconds(row.created_at)).collect();
        let updated: Vec<_> = rows.iter().map(|row| nanoseconds(row.updated_at)).collect();
        let heads: Vec<&str> = rows.iter().map(|row| row.head.as_str()).collect();
        let bodies: Vec<&str> = rows.iter().map(|row| row.body.as_str()).collect();
        let steps: Vec<_> = changes().map(|change| &change.journal[0]).collect();
        let told: Vec<&str> = steps.iter().map(|step| step.body.as_str()).collect();
        let answers: Vec<_> = changes().map(|change| &change.answers[0]).collect();
        let events: Vec<&str> = answers
            .iter()
            .map(|answer| answer.event_id.as_str())
            .collect();
        let said: Vec<&str> = answers.iter().map(|answer| answer.body.as_str()).collect();
        let orders: [&(dyn ToSql + Sync); 12] = [
            &tenants,
            &ids,
            &roots,
            &deployments,
            &sequences,
            &statuses,
            &done,
            &due,
            &created,
            &updated,
            &heads,
            &bodies,
        ];
        let journal: [&(dyn ToSql + Sync); 5] = [&tenants, &ids, &sequences, &told, &heads];
        let answers: [&(dyn ToSql + Sync); 4] = [&tenants, &ids, &events, &said];
        // A batch is all new or all there.
        let is_new = changes().all(|change| change.expected.is_none());
        let place = usize::from(!is_new);
        let begun = self.client.batch_execute("BEGIN");
        let written = join_all([
            self.client.execute(&self.statements[place], &orders),
            self.client.execute(&self.statements[2], &journal),
            self.client.execute(&self.statements[3], &answers),
        ]);
        let committed = self.client.batch_execute("COMMIT");
        let (begun, written, committed) =
            futures_util::future::join3(begun, written, committed).await;
        begun.unwrap();
        // An order that comes twice is changed once.
        for (place, rows) in written.into_iter().enumerate() {
            let rows = rows.unwrap();
            assert!(place == 0 || rows == units.len() as u64);
        }
        committed.unwrap();
    }
}

/// Prints how the store in a database goes on beside the bare client, upon one server.
pub(crate) fn run(orders: usize, ways: &[(&str, Way)]) {
    let server = match Server::start(&[], |_| {}) {
        Ok(server) => server,
        Err(why) => return println!("SKIPPED: PostgreSQL: {why}"),
    };
    let schema = server.schema();
    let executor: Runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let bare = executor.block_on(Bare::open(server.plain()));
    let write = |units: &[Unit]| executor.block_on(bare.write(units));
    compare(&mut schema.open(), orders, ways, write);
}
