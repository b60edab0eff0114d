//! The questions, and how SQLite will look for their answers.
//!
//! In: nothing, or what is asked for. Out: SQL. Which index a question goes by is said in it: it must not
//! depend on what SQLite guesses about the rows.

use super::columns::ORDER;
use crate::runtime::row::ELSEWHERE;

pub(super) const ANSWER: &str =
    "SELECT body FROM answers WHERE tenant = ?1 AND order_id = ?2 AND event_id = ?3";

pub(super) const DUE: &str = "SELECT tenant, id FROM orders INDEXED BY orders_due \
     WHERE due <= ?1 AND stuck IS NULL ORDER BY due, tenant, id LIMIT ?2";

pub(super) const NEXT_DUE: &str = "SELECT due FROM orders INDEXED BY orders_due \
     WHERE due IS NOT NULL AND stuck IS NULL ORDER BY due LIMIT 1";

pub(super) const JOURNAL: &str = "SELECT sequence, body, hash, personal FROM journal \
     WHERE tenant = ?1 AND order_id = ?2 AND sequence > ?3 ORDER BY sequence LIMIT ?4";

pub(super) const KEYS: &str = "SELECT tenant, id FROM orders WHERE (tenant, id) >= (?1, ?2) \
     ORDER BY tenant, id LIMIT ?3";

/// Owners of rows of a table that are not there, behind a key. It looks through the table, in the order of its
/// key where that begins with the owner; of effects, which have no such index, it keeps as many as the limit.
pub(super) fn orphans(table: &str) -> String {
    let once = if table == "effects" { "" } else { "DISTINCT" };
    format!(
        "SELECT {once} tenant, order_id FROM {table} x WHERE (tenant, order_id) >= (?1, ?2) \
         AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.tenant = x.tenant AND o.id = x.order_id) \
         ORDER BY tenant, order_id LIMIT ?3"
    )
}

/// The next deployment and status behind one.
pub(super) const STANDING: &str = "SELECT deployment, status FROM orders \
     INDEXED BY orders_standing WHERE tenant = ?1 AND (deployment, status) > (?2, ?3) \
     ORDER BY deployment, status LIMIT 1";

pub(super) const STANDINGS: &str = "SELECT deployment, status, count(*) FROM orders \
     INDEXED BY orders_standing WHERE tenant = ?1 \
     GROUP BY deployment, status ORDER BY deployment, status";

/// The same of those that cannot go on: what is counted is sorted, and there is little of it.
pub(super) fn stuck_standings() -> String {
    format!(
        "SELECT deployment, status, count(*) FROM orders INDEXED BY orders_stuck \
         WHERE tenant = ?1 AND stuck IS NOT NULL AND stuck <> '{ELSEWHERE}' \
         GROUP BY deployment, status ORDER BY deployment, status"
    )
}

/// Each tenant is looked up behind the one before it.
pub(super) const TENANTS: &str = "WITH RECURSIVE found (tenant) AS ( \
         SELECT min(tenant) FROM (SELECT min(tenant) AS tenant FROM orders \
             UNION ALL SELECT min(tenant) FROM deployments) \
         UNION ALL SELECT (SELECT min(tenant) FROM ( \
             SELECT min(o.tenant) AS tenant FROM orders o WHERE o.tenant > found.tenant \
             UNION ALL SELECT min(d.tenant) FROM deployments d WHERE d.tenant > found.tenant)) \
         FROM found WHERE found.tenant IS NOT NULL \
     ) SELECT tenant FROM found WHERE tenant IS NOT NULL";

pub(super) fn load() -> String {
    format!("SELECT {ORDER} FROM orders WHERE tenant = ?1 AND id = ?2")
}

pub(super) fn children() -> String {
    format!(
        "SELECT {ORDER} FROM orders INDEXED BY orders_below \
         WHERE tenant = ?1 AND parent = ?2 ORDER BY id"
    )
}

/// Orders of a tenant by id: those that stand in one way, those that are stuck, those that are both, or all.
pub(super) fn find(standing: bool, stuck: bool) -> String {
    let (index, stuck) = match (standing, stuck) {
        // The first words are those of the index, which has what runs elsewhere too.
        (_, true) => (
            "INDEXED BY orders_stuck",
            format!("AND stuck IS NOT NULL AND stuck <> '{ELSEWHERE}'"),
        ),
        (true, false) => ("INDEXED BY orders_standing", String::new()),
        (false, false) => ("", String::new()),
    };
    let here = if standing {
        "AND deployment = :deployment AND status = :status"
    } else {
        "AND :deployment IS NULL AND :status IS NULL"
    };
    format!(
        "SELECT {ORDER} FROM orders {index} \
         WHERE tenant = :tenant AND id >= :from {here} {stuck} \
         AND (:updated IS NULL OR updated < :updated) \
         AND (:created IS NULL OR created < :created) \
         ORDER BY id LIMIT :limit"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::sqlite::schema;

    #[test]
    fn every_question_is_looked_up_and_none_is_sorted() {
        let mut file = rusqlite::Connection::open_in_memory().unwrap();
        schema::upgrade(&mut file).unwrap();
        let by_key = "SEARCH orders USING PRIMARY KEY";
        let by = |index: &str, columns| format!("SEARCH orders USING INDEX {index} ({columns})");
        let covered = "SEARCH orders USING COVERING INDEX orders_standing (tenant=?)";
        let next = "SEARCH orders USING COVERING INDEX orders_standing \
                    (tenant=? AND (deployment,status)>(?,?))";
        let asked = [
            (
                ANSWER.to_owned(),
                "SEARCH answers USING PRIMARY KEY (tenant=? AND order_id=? AND event_id=?)"
                    .to_owned(),
            ),
            (DUE.to_owned(), by("orders_due", "due<?")),
            (NEXT_DUE.to_owned(), by("orders_due", "due>?")),
            (
                JOURNAL.to_owned(),
                "SEARCH journal USING PRIMARY KEY (tenant=? AND order_id=? AND sequence>?)"
                    .to_owned(),
            ),
            (KEYS.to_owned(), format!("{by_key} ((tenant,id)>(?,?))")),
            (STANDING.to_owned(), next.to_owned()),
            (STANDINGS.to_owned(), covered.to_owned()),
            (load(), format!("{by_key} (tenant=? AND id=?)")),
            (children(), by("orders_below", "tenant=? AND parent=?")),
            (find(false, false), format!("{by_key} (tenant=? AND id>?)")),
            (
                find(true, false),
                by(
                    "orders_standing",
                    "tenant=? AND deployment=? AND status=? AND id>?",
                ),
            ),
            (find(false, true), by("orders_stuck", "tenant=? AND id>?")),
            (find(true, true), by("orders_stuck", "tenant=? AND id>?")),
        ];
        for (question, expected) in asked {
            assert_eq!(plan(&file, &question), [expected], "{question}");
        }
    }

    #[test]
    fn what_is_counted_of_few_and_who_the_tenants_are_is_looked_up_too() {
        let mut file = rusqlite::Connection::open_in_memory().unwrap();
        schema::upgrade(&mut file).unwrap();
        let stuck = plan(&file, &stuck_standings());
        assert_eq!(
            stuck.first().unwrap(),
            "SEARCH orders USING INDEX orders_stuck (tenant=?)"
        );
        let tenants = plan(&file, TENANTS);
        let of_tables = tenants.iter().filter(|line| {
            let mut words = line.split(' ').skip(1);
            matches!(words.next(), Some("orders" | "deployments" | "o" | "d"))
        });
        let of_tables: Vec<_> = of_tables.collect();
        assert_eq!(of_tables.len(), 4, "{tenants:#?}");
        for line in of_tables {
            assert!(line.starts_with("SEARCH "), "{line}");
        }
    }

    /// How SQLite would look for the answers.
    fn plan(file: &rusqlite::Connection, question: &str) -> Vec<String> {
        let mut query = file
            .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
            .unwrap();
        let (mut rows, mut lines) = (query.raw_query(), Vec::new());
        while let Some(row) = rows.next().unwrap() {
            lines.push(row.get::<_, String>(3).unwrap());
        }
        lines
    }
}
