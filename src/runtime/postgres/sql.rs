//! What PostgreSQL is asked and told.
//!
//! In: nothing. Out: SQL. Each question is looked up by an index whatever the planner guesses about the
//! rows: those about many rows look up one after the other (`LATERAL … OFFSET 0`), in the order in which
//! they were asked. What a commit asks and writes behind its locks leaves no choice of an index: it goes by the
//! only one that a table has for it, or by the key of what is added.

use crate::runtime::row::elsewhere;

/// The columns of [`order`](super::columns::order), in its order.
macro_rules! order {
    () => {
        "o.tenant, o.id, o.root, o.parent, o.parent_set, o.deployment, o.sequence, o.status, o.done, \
         o.due, o.due_rest, o.created, o.created_rest, o.updated, o.updated_rest, o.head, o.stuck, o.body"
    };
}

/// The columns of [`effect`](super::columns::effect), in its order.
macro_rules! effect {
    () => {
        "id, tenant, order_id, sequence, effect, state, at, at_rest, due, due_rest, attempts, error, dead"
    };
}

/// The columns of [`deployment`](super::columns::deployment), in its order.
macro_rules! deployment {
    () => {
        "d.id, d.tenant, d.workflow, d.version, d.files, d.settings, d.at, d.at_rest"
    };
}

/// Locks orders in the order in which they are named, and tells their versions and the hashes of their last steps.
pub(super) const LOCK: &str = "SELECT a.place, o.sequence, o.head \
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (tenant, id, place), \
     LATERAL (SELECT x.sequence, x.head FROM orders x WHERE x.tenant = a.tenant AND x.id = a.id \
         FOR NO KEY UPDATE) o";

pub(super) const ANSWERS: &str = "SELECT a.place, o.body \
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY \
         AS a (tenant, order_id, event_id, place), \
     LATERAL (SELECT x.body FROM answers x \
         WHERE x.tenant = a.tenant AND x.order_id = a.order_id AND x.event_id = a.event_id OFFSET 0) o";

/// The hashes of steps.
pub(super) const HASHES: &str = "SELECT a.place, o.hash \
     FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY \
         AS a (tenant, order_id, sequence, place), \
     LATERAL (SELECT x.hash FROM journal x \
         WHERE x.tenant = a.tenant AND x.order_id = a.order_id AND x.sequence = a.sequence OFFSET 0) o";

/// Writes a mark into the server's log, and nothing into the database.
pub(super) const MARK: &str = "SELECT pg_logical_emit_message(TRUE, 'flagstate', ''::text)";

/// Whether there is one of these steps, or one of these effects.
pub(super) const THERE: &str = "SELECT \
     EXISTS (SELECT FROM unnest($1::text[], $2::text[], $3::bigint[]) AS a (tenant, id, sequence), \
         LATERAL (SELECT FROM journal x WHERE x.tenant = a.tenant AND x.order_id = a.id \
             AND x.sequence = a.sequence OFFSET 0) o) \
     OR EXISTS (SELECT FROM unnest($4::text[]) AS a (id), \
         LATERAL (SELECT FROM effects x WHERE x.id = a.id OFFSET 0) o)";

/// Takes what is personal out of the journal of an order, and out of the answers that it gave.
pub(super) const ERASE: &str = "WITH told AS (UPDATE journal SET personal = NULL \
         WHERE tenant = $1 AND order_id = $2 AND personal IS NOT NULL) \
     UPDATE answers SET body = $3 WHERE tenant = $1 AND order_id = $2";

/// The columns of an order but for its key and its version, with `EXCLUDED.` before each where that is said.
macro_rules! rest_of_order {
    ($of:literal) => {
        concat!(
            $of,
            "root, ",
            $of,
            "parent, ",
            $of,
            "parent_set, ",
            $of,
            "deployment, ",
            $of,
            "status, ",
            $of,
            "done, ",
            $of,
            "due, ",
            $of,
            "due_rest, ",
            $of,
            "created, ",
            $of,
            "created_rest, ",
            $of,
            "updated, ",
            $of,
            "updated_rest, ",
            $of,
            "head, ",
            $of,
            "stuck, ",
            $of,
            "body"
        )
    };
}

/// What becomes of an order that is there already.
macro_rules! moves {
    ($sequence:literal) => {
        concat!(
            "ON CONFLICT (tenant, id) DO UPDATE SET (",
            rest_of_order!(""),
            ", sequence) = (",
            rest_of_order!("EXCLUDED."),
            ", ",
            $sequence,
            ")"
        )
    };
}

/// Steps that are written, as rows of their table: the first values of what writes.
macro_rules! steps {
    () => {
        "unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])"
    };
}

/// Answers that are written, as rows of their table: the next values.
macro_rules! answers {
    () => {
        "unnest($7::text[], $8::text[], $9::text[], $10::text[])"
    };
}

/// Effects that are written: the next values.
macro_rules! effects {
    () => {
        "unnest($11::text[], $12::text[], $13::text[], $14::bigint[], $15::text[], $16::text[], \
         $17::bigint[], $18::smallint[], $19::bigint[], $20::smallint[], $21::bigint[], $22::text[], \
         $23::boolean[])"
    };
}

/// Orders that are written, as rows of their table: the values behind those.
macro_rules! orders {
    () => {
        "unnest($24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[], \
         $30::bigint[], $31::text[], $32::boolean[], $33::bigint[], $34::smallint[], $35::bigint[], \
         $36::smallint[], $37::bigint[], $38::smallint[], $39::text[], $40::text[], $41::text[])"
    };
}

/// Everything that a group of units writes: orders that are locked and there, steps, answers and effects, and
/// new orders, which must not be there. New orders are made first, so that whoever makes them too waits for
/// them and for nothing that comes with them.
pub(super) const WRITE: &str = concat!(
    "WITH moved AS (INSERT INTO orders SELECT * FROM unnest($42::text[], $43::text[], $44::text[], \
         $45::text[], $46::text[], $47::text[], $48::bigint[], $49::text[], $50::boolean[], $51::bigint[], \
         $52::smallint[], $53::bigint[], $54::smallint[], $55::bigint[], $56::smallint[], $57::text[], \
         $58::text[], $59::text[]) ",
    moves!("EXCLUDED.sequence"),
    "), told AS (INSERT INTO journal SELECT * FROM ",
    steps!(),
    "), answered AS (INSERT INTO answers SELECT * FROM ",
    answers!(),
    "), asked AS (INSERT INTO effects (",
    effect!(),
    ") SELECT * FROM ",
    effects!(),
    ") INSERT INTO orders SELECT * FROM ",
    orders!()
);

/// Everything that one change writes, if its order has the version `$42` and its last step the hash `$43`, or is not
/// there where the version is null; tells of how many orders that is so. The steps, answers and effects come behind the order that they belong
/// to, and where there is none, none are written. An order that should be there and is not would be made at
/// version -1: then its steps have no hash, which the table refuses, and nothing is written.
pub(super) const ALONE: &str = concat!(
    "WITH moved AS (INSERT INTO orders AS o SELECT n.tenant, n.id, n.root, n.parent, n.parent_set, \
         n.deployment, CASE WHEN $42::bigint IS NULL THEN n.sequence ELSE -1 END, n.status, n.done, n.due, \
         n.due_rest, n.created, n.created_rest, n.updated, n.updated_rest, n.head, n.stuck, n.body FROM ",
    orders!(),
    " AS n (tenant, id, root, parent, parent_set, deployment, sequence, status, done, due, due_rest, \
         created, created_rest, updated, updated_rest, head, stuck, body) ",
    moves!("($30::bigint[])[1]"),
    " WHERE o.sequence = $42 AND o.head = $43 RETURNING o.sequence >= 0 AS stands), \
     told AS (INSERT INTO journal SELECT n.tenant, n.id, n.sequence, n.body, \
         CASE WHEN moved.stands THEN n.hash END, n.personal FROM moved, ",
    steps!(),
    " AS n (tenant, id, sequence, body, hash, personal)), \
     answered AS (INSERT INTO answers SELECT n.* FROM moved, ",
    answers!(),
    " AS n), asked AS (INSERT INTO effects (",
    effect!(),
    ") SELECT n.* FROM moved, ",
    effects!(),
    " AS n) SELECT count(*) FROM moved"
);

pub(super) const LOAD: &str = concat!(
    "SELECT ",
    order!(),
    ", a.place FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (tenant, id, place), \
     LATERAL (SELECT * FROM orders x WHERE x.tenant = a.tenant AND x.id = a.id OFFSET 0) o"
);

pub(super) const CHILDREN: &str = concat!(
    "SELECT ",
    order!(),
    " FROM orders o WHERE o.tenant = $1 AND o.parent = $2 ORDER BY o.id"
);

pub(super) const DUE: &str = "SELECT tenant, id FROM orders \
     WHERE due <= $1 AND stuck IS NULL ORDER BY due, tenant, id LIMIT $2";

pub(super) const NEXT_DUE: &str = "SELECT due FROM orders \
     WHERE due IS NOT NULL AND stuck IS NULL ORDER BY due LIMIT 1";

pub(super) const JOURNAL: &str = "SELECT sequence, body, hash, personal FROM journal \
     WHERE tenant = $1 AND order_id = $2 AND sequence > $3 ORDER BY sequence LIMIT $4";

pub(super) const KEYS: &str = "SELECT tenant, id FROM orders WHERE (tenant, id) >= ($1, $2) \
     ORDER BY tenant, id LIMIT $3";

/// Owners of rows of a table that are not there, behind a key. It looks through the table, in the order of its
/// key where that begins with the owner; of effects, which have no such index, it keeps as many as the limit.
macro_rules! orphans {
    ($once:literal, $table:literal) => {
        concat!(
            "SELECT ",
            $once,
            " tenant, order_id FROM ",
            $table,
            " x WHERE (tenant, order_id) >= ($1, $2) AND NOT EXISTS \
             (SELECT FROM orders o WHERE o.tenant = x.tenant AND o.id = x.order_id OFFSET 0) \
             ORDER BY tenant, order_id LIMIT $3"
        )
    };
}

pub(super) const ORPHANS: [&str; 3] = [
    orphans!("DISTINCT", "journal"),
    orphans!("DISTINCT", "answers"),
    orphans!("", "effects"),
];

/// Each deployment and status is looked up behind the one before it.
pub(super) const STANDING: &str = "WITH RECURSIVE found AS ( \
         (SELECT deployment, status FROM orders WHERE tenant = $1 \
             ORDER BY deployment, status LIMIT 1) \
         UNION ALL SELECT o.deployment, o.status FROM found f, \
         LATERAL (SELECT x.deployment, x.status FROM orders x WHERE x.tenant = $1 \
             AND (x.deployment, x.status) > (f.deployment, f.status) \
             ORDER BY x.deployment, x.status LIMIT 1) o \
     ) SELECT deployment, status FROM found";

pub(super) const STANDINGS: &str = "SELECT deployment, status, count(*) FROM orders \
     WHERE tenant = $1 GROUP BY deployment, status ORDER BY deployment, status";

/// Which orders of a tenant are asked for, but for how they stand: tenant, from, updated, created.
macro_rules! asked {
    () => {
        "o.tenant = $1 AND o.id >= $2 AND ($3::bigint IS NULL OR o.updated < $3) \
         AND ($4::bigint IS NULL OR o.created < $4)"
    };
}

/// Which of them cannot go on: the first words are those of the index, which has what runs elsewhere too.
macro_rules! stuck {
    () => {
        concat!("o.stuck IS NOT NULL AND o.stuck <> '", elsewhere!(), "'")
    };
}

/// How many of those stand where: the inner question goes by their index, as [`FIND_STUCK`] does.
pub(super) const STUCK_STANDINGS: &str = concat!(
    "SELECT deployment, status, count(*) FROM (SELECT o.deployment, o.status FROM orders o \
     WHERE o.tenant = $1 AND ",
    stuck!(),
    " ORDER BY o.id OFFSET 0) o GROUP BY deployment, status ORDER BY deployment, status"
);

/// Each tenant is looked up behind the one before it.
pub(super) const TENANTS: &str = "WITH RECURSIVE found AS ( \
         SELECT least((SELECT o.tenant FROM orders o ORDER BY o.tenant LIMIT 1), \
             (SELECT d.tenant FROM deployments d ORDER BY d.tenant LIMIT 1)) AS tenant \
         UNION ALL SELECT least( \
             (SELECT o.tenant FROM orders o WHERE o.tenant > f.tenant ORDER BY o.tenant LIMIT 1), \
             (SELECT d.tenant FROM deployments d WHERE d.tenant > f.tenant ORDER BY d.tenant LIMIT 1)) \
         FROM found f WHERE f.tenant IS NOT NULL \
     ) SELECT tenant FROM found WHERE tenant IS NOT NULL";

pub(super) const FIND: &str = concat!(
    "SELECT ",
    order!(),
    " FROM orders o WHERE ",
    asked!(),
    " ORDER BY o.id LIMIT $5"
);

pub(super) const FIND_STUCK: &str = concat!(
    "SELECT ",
    order!(),
    " FROM orders o WHERE ",
    asked!(),
    " AND ",
    stuck!(),
    " ORDER BY o.id LIMIT $5"
);

/// Each standing has its own place in an index, where what is found first is found by id.
pub(super) const FIND_STANDING: &str = concat!(
    "SELECT ",
    order!(),
    " FROM unnest($6::text[], $7::text[]) AS a (deployment, status), \
     LATERAL (SELECT * FROM orders o WHERE ",
    asked!(),
    " AND o.deployment = a.deployment AND o.status = a.status ORDER BY o.id LIMIT $5) o \
     ORDER BY o.id LIMIT $5"
);

pub(super) const FIND_STANDING_STUCK: &str = concat!(
    "SELECT ",
    order!(),
    " FROM orders o WHERE ",
    asked!(),
    " AND ",
    stuck!(),
    " AND (o.deployment, o.status) IN (SELECT * FROM unnest($6::text[], $7::text[])) \
     ORDER BY o.id LIMIT $5"
);

pub(super) const SET_STUCK: &str = "UPDATE orders SET stuck = $3 WHERE tenant = $1 AND id = $2";

/// Adds a deployment where it is not there, and makes it the current one.
pub(super) const DEPLOY: &str = "WITH added AS (INSERT INTO deployments \
         (id, tenant, workflow, version, files, settings, at, at_rest) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING) \
     INSERT INTO current (tenant, workflow, deployment) VALUES ($2, $3, $1) \
     ON CONFLICT (tenant, workflow) DO UPDATE SET deployment = EXCLUDED.deployment";

pub(super) const DEPLOYMENT: &str = concat!(
    "SELECT ",
    deployment!(),
    " FROM deployments d WHERE d.tenant = $1 AND d.id = $2"
);

pub(super) const DEPLOYMENTS: &str = "SELECT id FROM deployments WHERE tenant = $1 ORDER BY id";

pub(super) const CURRENT: &str = concat!(
    "SELECT ",
    deployment!(),
    " FROM current c JOIN deployments d ON d.tenant = c.tenant AND d.id = c.deployment \
     WHERE c.tenant = $1 AND c.workflow = $2"
);

pub(super) const ADD_PLAN: &str =
    "INSERT INTO plans (tenant, id, text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

/// As much as a small commit takes, in a form that is not packed: the table must grow for it.
pub(super) const ROOM: &str = "INSERT INTO plans (tenant, id, text) \
     SELECT '', 'room', string_agg(encode(sha256(n::text::bytea), 'hex'), '') \
     FROM generate_series(1, 256) AS n";

pub(super) const PLAN: &str = "SELECT id, tenant, text FROM plans WHERE tenant = $1 AND id = $2";

/// Hands out what is due and what nobody else is handing out at the same moment.
macro_rules! claim {
    ($whose:literal) => {
        concat!(
            "UPDATE effects SET handed_out = due, due = $2, due_rest = $3, \
             attempts = least(attempts + 1, 4294967295) \
             WHERE added = ANY (ARRAY(SELECT x.added FROM effects x WHERE NOT x.dead AND x.due <= $1",
            $whose,
            " ORDER BY x.due, x.added LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED)) RETURNING ",
            effect!(),
            ", handed_out, added"
        )
    };
}

pub(super) const CLAIM: &str = claim!("");

pub(super) const CLAIM_OF: &str = claim!(" AND x.tenant = $5");

pub(super) const SETTLE_DONE: &str =
    "DELETE FROM effects WHERE id = $1 AND attempts = $2 AND handed_out IS NOT NULL";

pub(super) const SETTLE_RETRY: &str = "UPDATE effects SET due = $3, due_rest = $4, error = $5, \
     handed_out = NULL WHERE id = $1 AND attempts = $2 AND handed_out IS NOT NULL";

pub(super) const SETTLE_DEAD: &str = "UPDATE effects SET dead = TRUE, error = $3, handed_out = NULL \
     WHERE id = $1 AND attempts = $2 AND handed_out IS NOT NULL";

pub(super) const DEAD: &str = concat!(
    "SELECT ",
    effect!(),
    " FROM effects WHERE dead AND tenant = $1 ORDER BY id LIMIT $2"
);

pub(super) const REVIVE: &str =
    "UPDATE effects SET dead = FALSE, due = $2, due_rest = $3 WHERE id = $1 AND dead";
