//! What PostgreSQL is asked and told.
//!
//! In: nothing. Out: SQL. Each question is looked up by an index whatever the planner guesses about the
//! rows: those about many rows look up one after the other (`LATERAL … OFFSET 0`), in the order in which
//! they were asked.

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

/// Locks orders in the order in which they are named, and tells their versions.
pub(super) const LOCK: &str = "SELECT a.place, o.sequence \
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS a (tenant, id, place), \
     LATERAL (SELECT x.sequence FROM orders x WHERE x.tenant = a.tenant AND x.id = a.id \
         FOR NO KEY UPDATE) o";

pub(super) const ANSWERS: &str = "SELECT a.place, o.body \
     FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY \
         AS a (tenant, order_id, event_id, place), \
     LATERAL (SELECT x.body FROM answers x \
         WHERE x.tenant = a.tenant AND x.order_id = a.order_id AND x.event_id = a.event_id OFFSET 0) o";

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

/// Everything that a group of units writes: new orders (which must not be there), orders that are locked
/// and there, steps, answers and effects.
pub(super) const WRITE: &str = "WITH \
     made AS (INSERT INTO orders SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], \
         $5::text[], $6::text[], $7::bigint[], $8::text[], $9::boolean[], $10::bigint[], $11::smallint[], \
         $12::bigint[], $13::smallint[], $14::bigint[], $15::smallint[], $16::text[], $17::text[], \
         $18::text[])), \
     moved AS (INSERT INTO orders SELECT * FROM unnest($19::text[], $20::text[], $21::text[], \
         $22::text[], $23::text[], $24::text[], $25::bigint[], $26::text[], $27::boolean[], \
         $28::bigint[], $29::smallint[], $30::bigint[], $31::smallint[], $32::bigint[], $33::smallint[], \
         $34::text[], $35::text[], $36::text[]) \
         ON CONFLICT (tenant, id) DO UPDATE SET (root, parent, parent_set, deployment, sequence, status, \
             done, due, due_rest, created, created_rest, updated, updated_rest, head, stuck, body) = \
             (EXCLUDED.root, EXCLUDED.parent, EXCLUDED.parent_set, EXCLUDED.deployment, \
             EXCLUDED.sequence, EXCLUDED.status, EXCLUDED.done, EXCLUDED.due, EXCLUDED.due_rest, \
             EXCLUDED.created, EXCLUDED.created_rest, EXCLUDED.updated, EXCLUDED.updated_rest, \
             EXCLUDED.head, EXCLUDED.stuck, EXCLUDED.body)), \
     told AS (INSERT INTO journal SELECT * FROM unnest($37::text[], $38::text[], $39::bigint[], \
         $40::text[], $41::text[], $42::text[])), \
     answered AS (INSERT INTO answers SELECT * FROM unnest($43::text[], $44::text[], $45::text[], \
         $46::text[])) \
     INSERT INTO effects (id, tenant, order_id, sequence, effect, state, at, at_rest, due, due_rest, \
         attempts, error, dead) SELECT * FROM unnest($47::text[], $48::text[], $49::text[], \
         $50::bigint[], $51::text[], $52::text[], $53::bigint[], $54::smallint[], $55::bigint[], \
         $56::smallint[], $57::bigint[], $58::text[], $59::boolean[])";

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

pub(super) const STANDINGS: &str = "SELECT deployment, status, count(*) FROM orders \
     WHERE tenant = $1 GROUP BY deployment, status ORDER BY deployment, status";

/// Which orders of a tenant are asked for, but for how they stand: tenant, from, updated, created.
macro_rules! asked {
    () => {
        "o.tenant = $1 AND o.id >= $2 AND ($3::bigint IS NULL OR o.updated < $3) \
         AND ($4::bigint IS NULL OR o.created < $4)"
    };
}

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
    " AND o.stuck IS NOT NULL ORDER BY o.id LIMIT $5"
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
    " AND o.stuck IS NOT NULL \
     AND (o.deployment, o.status) IN (SELECT * FROM unnest($6::text[], $7::text[])) \
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

pub(super) const CURRENT: &str = concat!(
    "SELECT ",
    deployment!(),
    " FROM current c JOIN deployments d ON d.tenant = c.tenant AND d.id = c.deployment \
     WHERE c.tenant = $1 AND c.workflow = $2"
);

pub(super) const ADD_PLAN: &str =
    "INSERT INTO plans (tenant, id, text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

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
