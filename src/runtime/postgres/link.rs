//! One connection to the server, and what holds for it.
//!
//! In: an address. Out: a connection upon which statements are prepared once, as they are first asked.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::{join, join_all, join3, join4};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::address::Address;
use super::error::{Trouble, is_last_word, is_refused, of_commit, of_last_statement};
use super::tls;
use crate::runtime::store::StoreError;

/// Parameters of a statement.
pub(super) type Values<'a> = [&'a (dyn ToSql + Sync)];

/// A statement with its parameters.
pub(super) type Question<'a> = (&'static str, &'a Values<'a>);

/// The oldest server that is known to do what is asked.
const OLDEST: i32 = 150_000;

/// How long a server may take to let us in.
const TO_OPEN: Duration = Duration::from_secs(15);

/// Another process that stops while it holds what we want is waited for this long (`lock_timeout`), and
/// loses it after so long without a word (`idle_in_transaction_session_timeout`). Every question goes by
/// an index, whatever the planner guesses about the rows, and is planned for the tables as they are: a plan
/// that was made while they were empty may take any index. But for those behind [`PLANNED_ONCE`].
const SESSION: &str = "SET client_min_messages = warning; \
     SET default_transaction_isolation = 'read committed'; \
     SET default_transaction_read_only = off; \
     SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '30s'; \
     SET jit = off; \
     SET enable_seqscan = off; \
     SET enable_bitmapscan = off; \
     SET enable_sort = off; \
     SET plan_cache_mode = force_custom_plan";

const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Up to the end of the transaction, plans are made once: for what has no choice of an index, planning takes
/// longer than all the rest.
const PLANNED_ONCE: &str = "SET LOCAL plan_cache_mode = force_generic_plan";

/// A connection.
pub(super) struct Link {
    client: Client,
    statements: BTreeMap<&'static str, Statement>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Link {
    /// The same as [`open`](Self::open), given up after so long.
    pub(super) async fn open_within(
        address: &Address,
        most: Option<Duration>,
    ) -> Result<Self, Trouble> {
        let Some(most) = most else {
            return Self::open(address).await;
        };
        let opened = timeout(most, Self::open(address)).await;
        opened.unwrap_or_else(|_| Err(Trouble::Lost("the server does not answer".to_owned())))
    }

    /// Connects, and sets what must hold.
    pub(super) async fn open(address: &Address) -> Result<Self, Trouble> {
        let encryption = tls::encryption(address)?;
        let connected = timeout(TO_OPEN, address.config.connect(encryption)).await;
        let silent = |_| Trouble::Lost("the server does not answer".to_owned());
        let (client, connection) = connected.map_err(silent)??;
        // It ends with the client; what is wrong with it is told to whoever asks the client.
        tokio::spawn(async move { connection.await.is_ok() });
        let link = Self {
            client,
            statements: BTreeMap::new(),
        };
        link.judge().await?;
        let session = format!(
            "{SESSION}; SET search_path = \"{}\", pg_temp",
            address.schema
        );
        link.client.batch_execute(&session).await?;
        Ok(link)
    }

    /// Refuses a server that cannot keep what the store promises, and asks it to.
    async fn judge(&self) -> Result<(), Trouble> {
        let asked = "SELECT current_setting('server_version_num')::int, \
             current_setting('server_encoding'), current_setting('synchronous_commit')";
        let row = self.client.query_one(asked, &[]).await?;
        let version: i32 = row.try_get(0)?;
        if version < OLDEST {
            let why = format!(
                "the server is PostgreSQL {}, and {} or later is needed",
                version / 10_000,
                OLDEST / 10_000
            );
            return Err(StoreError::Failed(why).into());
        }
        let encoding: String = row.try_get(1)?;
        if encoding != "UTF8" {
            let why = format!("the encoding of the database is {encoding}, and UTF8 is needed");
            return Err(StoreError::Failed(why).into());
        }
        // Whoever asks for more than the disk gets more.
        let commits: String = row.try_get(2)?;
        if !["on", "remote_apply"].contains(&commits.as_str()) {
            self.client
                .batch_execute("SET synchronous_commit = on")
                .await?;
        }
        Ok(())
    }

    /// The client, for what is asked once.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Prepares statements that were not yet.
    async fn prepare(&mut self, all: &[&'static str]) -> Result<(), Trouble> {
        let missing = all
            .iter()
            .filter(|sql| !self.statements.contains_key(**sql));
        let missing: Vec<&'static str> = missing.copied().collect();
        let prepared = join_all(missing.iter().map(|sql| self.client.prepare(sql))).await;
        for (sql, statement) in missing.into_iter().zip(prepared) {
            self.statements.insert(sql, statement?);
        }
        Ok(())
    }

    /// A statement that was prepared.
    fn statement(&self, sql: &'static str) -> Result<&Statement, Trouble> {
        let found = self.statements.get(sql);
        found.ok_or_else(|| StoreError::Failed("a statement is not prepared".to_owned()).into())
    }

    /// Asks one question.
    pub(super) async fn ask(
        &mut self,
        sql: &'static str,
        values: &Values<'_>,
    ) -> Result<Vec<Row>, Trouble> {
        self.prepare(&[sql]).await?;
        Ok(self.client.query(self.statement(sql)?, values).await?)
    }

    /// Does one thing that is whole by itself; to how many rows.
    pub(super) async fn make(
        &mut self,
        sql: &'static str,
        values: &Values<'_>,
    ) -> Result<u64, Trouble> {
        self.prepare(&[sql]).await?;
        Ok(self.client.execute(self.statement(sql)?, values).await?)
    }

    /// The same of what would be done otherwise a second time: where the connection is lost meanwhile, it is
    /// not known whether it was done.
    pub(super) async fn make_once(
        &mut self,
        sql: &'static str,
        values: &Values<'_>,
    ) -> Result<u64, Trouble> {
        self.prepare(&[sql]).await?;
        let made = self.client.execute(self.statement(sql)?, values).await;
        made.map_err(of_last_statement)
    }

    /// Begins a transaction and asks two questions in it, all in one go. From the second one on plans are made
    /// once.
    pub(super) async fn begin(
        &mut self,
        first: Question<'_>,
        second: Question<'_>,
    ) -> Result<(Vec<Row>, Vec<Row>), Trouble> {
        self.prepare(&[first.0, second.0]).await?;
        // Futures are polled in their order, and what is polled is sent.
        let (begun, first, set, second) = join4(
            self.client.batch_execute(BEGIN),
            self.client.query(self.statement(first.0)?, first.1),
            self.client.batch_execute(PLANNED_ONCE),
            self.client.query(self.statement(second.0)?, second.1),
        )
        .await;
        let answers = begun.and(first).and_then(|first| {
            set?;
            Ok((first, second?))
        });
        match answers {
            Ok(answers) => Ok(answers),
            Err(wrong) => {
                self.abandon().await?;
                Err(wrong.into())
            }
        }
    }

    /// Ends a transaction of which nothing is to remain.
    pub(super) async fn abandon(&self) -> Result<(), Trouble> {
        Ok(self.client.batch_execute("ROLLBACK").await?)
    }

    /// Writes by one statement, and commits, in one go.
    pub(super) async fn finish(
        &mut self,
        sql: &'static str,
        values: &Values<'_>,
    ) -> Result<(), Trouble> {
        if let Err(wrong) = self.prepare(&[sql]).await {
            self.abandon().await?;
            return Err(wrong);
        }
        let written = self.client.execute(self.statement(sql)?, values);
        let committed = self.client.batch_execute("COMMIT");
        let (written, committed) = join(written, committed).await;
        // Where the statement failed, its transaction was rolled back.
        written.map_err(of_last_statement)?;
        committed.map_err(of_commit)
    }

    /// Does everything in a transaction by one statement whose plan is made once, in one go; nothing where
    /// a constraint refuses it.
    pub(super) async fn make_whole(
        &mut self,
        sql: &'static str,
        values: &Values<'_>,
    ) -> Result<Option<Vec<Row>>, Trouble> {
        self.prepare(&[sql]).await?;
        self.look().await?;
        let begin = format!("{BEGIN}; {PLANNED_ONCE}");
        let begun = self.client.batch_execute(&begin);
        let made = self.client.query(self.statement(sql)?, values);
        let committed = self.client.batch_execute("COMMIT");
        let (begun, made, committed) = join3(begun, made, committed).await;
        match (begun, made) {
            // Where it does not begin, the statement is a transaction by itself.
            (_, Ok(rows)) => committed.map_err(of_commit).map(|()| Some(rows)),
            (Ok(()), Err(wrong)) if is_refused(&wrong) => Ok(None),
            (Err(end), Err(_)) if is_last_word(&end) => Err(end.into()),
            (_, Err(wrong)) => Err(of_last_statement(wrong)),
        }
    }

    /// Fails where the connection is known to be gone before anything is sent: what is sent in one go with the
    /// commit would leave it open whether it was done.
    async fn look(&self) -> Result<(), Trouble> {
        // Once for the news to come in, and once for the connection to read them.
        yield_now().await;
        yield_now().await;
        match self.client.is_closed() {
            true => Err(Trouble::Lost("the connection was closed".to_owned())),
            false => Ok(()),
        }
    }
}
