//! What a commit does, said out: the same for every store.

use flagstate::runtime::row::{AnswerRow, Find, Settlement};
use flagstate::runtime::{Memory, Sqlite, Store, StoreError};

use super::{Folder, at, effect, head, key, nine, order, step};

/// Runs a story on every store.
fn on_each(story: impl Fn(&mut dyn Store)) {
    story(&mut Memory::default());
    let folder = Folder::new();
    story(&mut Sqlite::open(folder.file()).unwrap());
    #[cfg(all(feature = "postgres", unix))]
    if let Some(server) = crate::server::shared() {
        story(&mut server.schema().open());
    }
}

#[test]
fn each_unit_is_made_upon_those_before_it() {
    on_each(|store| {
        let units = [1, 2, 2, 3, 5].map(|sequence| vec![step("o", sequence)]);
        let won = store.commit(&units).unwrap();
        assert_eq!(won, [true, true, false, true, false]);
        let sequence = store.load(&[key("o")]).unwrap()[0]
            .clone()
            .map(|row| row.sequence);
        assert_eq!(sequence, Some(3));
        let journal = store.journal(&key("o"), 1, 10).unwrap();
        let steps: Vec<u64> = journal.iter().map(|step| step.sequence).collect();
        assert_eq!(steps, [2, 3]);
    });
}

#[test]
fn of_a_unit_that_loses_nothing_is_written() {
    on_each(|store| {
        store
            .commit(&[vec![step("a", 1)], vec![step("b", 1)]])
            .unwrap();
        let mut first = step("a", 2);
        first.effects.push(effect("a", "acme/a/2.0"));
        let won = store.commit(&[vec![first, step("b", 3)], vec![step("b", 2)]]);
        assert_eq!(won.unwrap(), [false, true]);
        let rows = store.load(&[key("a"), key("b")]).unwrap();
        let versions: Vec<_> = rows.iter().flatten().map(|row| row.sequence).collect();
        assert_eq!(versions, [1, 2]);
        assert_eq!(store.journal(&key("a"), 1, 10).unwrap(), []);
        let asked = (key("a"), "event 2".to_owned());
        assert_eq!(store.answers(&[asked]).unwrap(), [None]);
        assert_eq!(store.claim(None, nine(), nine(), 10).unwrap(), []);
    });
}

#[test]
fn an_event_that_was_answered_is_not_answered_again() {
    on_each(|store| {
        store.commit(&[vec![step("o", 1)]]).unwrap();
        let mut again = step("o", 2);
        again.answers[0].event_id = "event 1".to_owned();
        assert_eq!(store.commit(&[vec![again]]).unwrap(), [false]);
        let mut twice = step("o", 2);
        twice.answers.push(twice.answers[0].clone());
        assert_eq!(store.commit(&[vec![twice]]).unwrap(), [false]);
        let asked = ["event 1", "event 2"].map(|id| (key("o"), id.to_owned()));
        let answers = store.answers(&asked).unwrap();
        assert_eq!(answers, [Some("answer 1".to_owned()), None]);
    });
}

#[test]
fn an_order_that_is_not_there_has_no_version() {
    on_each(|store| {
        let mut change = step("o", 2);
        change.effects.push(effect("o", "acme/o/2.0"));
        assert_eq!(store.commit(&[vec![change.clone()]]).unwrap(), [false]);
        assert_eq!(store.load(&[key("o")]).unwrap(), [None]);
        assert_eq!(store.orphans(None, 9).unwrap(), []);
        // And one that is there is not made.
        store.commit(&[vec![step("o", 1)]]).unwrap();
        assert_eq!(store.commit(&[vec![step("o", 1)]]).unwrap(), [false]);
        assert_eq!(store.commit(&[vec![change]]).unwrap(), [true]);
    });
}

#[test]
fn what_goes_on_from_another_past_loses() {
    on_each(|store| {
        store.commit(&[vec![step("o", 1)]]).unwrap();
        let mut other = step("o", 2);
        "another head".clone_into(&mut other.upon);
        let mut answers = step("o", 1);
        answers.journal.clear();
        answers.answers[0].event_id = "refused".to_owned();
        answers.expected = Some(1);
        answers.upon.clone_from(&other.upon);
        for units in [
            vec![vec![other.clone()]],
            vec![vec![answers.clone()]],
            vec![vec![step("p", 1), other.clone()]],
        ] {
            assert_eq!(store.commit(&units).unwrap(), [false]);
        }
        assert_eq!(
            store.load(&[key("o"), key("p")]).unwrap(),
            [Some(order("o", 1, 100)), None]
        );
        // Nor does what goes on from a step that another makes in the same commit.
        let mut third = step("o", 3);
        third.upon.clone_from(&other.upon);
        let won = store.commit(&[vec![step("o", 2)], vec![third], vec![step("o", 3)]]);
        assert_eq!(won.unwrap(), [true, false, true]);
    });
}

#[test]
fn an_answer_alone_leaves_the_order_as_it_is_and_needs_its_version() {
    on_each(|store| {
        store.commit(&[vec![step("o", 1)]]).unwrap();
        let mut refused = step("o", 1);
        refused.row.body = "not written".to_owned();
        refused.journal.clear();
        refused.answers = vec![AnswerRow {
            event_id: "refused".to_owned(),
            body: "no".to_owned(),
        }];
        refused.expected = Some(1);
        refused.upon = head(1);
        let mut late = refused.clone();
        late.expected = Some(2);
        late.upon = head(2);
        late.row.sequence = 2;
        let won = store.commit(&[vec![late], vec![refused]]).unwrap();
        assert_eq!(won, [false, true]);
        assert_eq!(store.load(&[key("o")]).unwrap(), [Some(order("o", 1, 100))]);
        let asked = (key("o"), "refused".to_owned());
        assert_eq!(store.answers(&[asked]).unwrap(), [Some("no".to_owned())]);
    });
}

#[test]
fn a_step_or_an_effect_that_is_there_is_an_error_and_nothing_is_written() {
    on_each(|store| {
        let mut first = step("o", 1);
        first.effects.push(effect("o", "acme/o/1.0"));
        store.commit(&[vec![first]]).unwrap();
        let mut same_step = step("o", 2);
        same_step.journal[0].sequence = 1;
        let mut same_effect = step("o", 2);
        same_effect.effects.push(effect("o", "acme/o/1.0"));
        for wrong in [same_step, same_effect] {
            for units in [
                vec![vec![wrong.clone()]],
                vec![vec![step("other", 1)], vec![wrong.clone()]],
            ] {
                let failed = store.commit(&units);
                assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
                let rows = store.load(&[key("o"), key("other")]).unwrap();
                assert_eq!(rows, [Some(order("o", 1, 100)), None]);
            }
            // What has lost is not looked at.
            let mut lost = wrong;
            lost.expected = Some(7);
            assert_eq!(store.commit(&[vec![lost.clone()]]).unwrap(), [false]);
            lost.expected = Some(1);
            lost.answers[0].event_id = "event 1".to_owned();
            assert_eq!(store.commit(&[vec![lost]]).unwrap(), [false]);
        }
        assert_eq!(store.commit(&[vec![step("o", 2)]]).unwrap(), [true]);
    });
}

#[test]
fn nothing_is_due_early_and_next_due_says_when() {
    on_each(|store| {
        let mut change = step("o", 1);
        change.row.next_due = Some(at("2026-01-05T09:00:00.000000001Z"));
        store.commit(&[vec![change]]).unwrap();
        assert_eq!(
            store.due(at("2026-01-05T09:00:00.000000999Z"), 9).unwrap(),
            []
        );
        let next = store.next_due().unwrap().unwrap();
        assert_eq!(next, at("2026-01-05T09:00:00.000001Z"));
        assert_eq!(store.due(next, 9).unwrap(), [key("o")]);
        let row = store.load(&[key("o")]).unwrap()[0].clone().unwrap();
        assert_eq!(row.next_due, Some(at("2026-01-05T09:00:00.000000001Z")));
        store.set_stuck(&key("o"), Some("why")).unwrap();
        assert_eq!(
            (store.due(next, 9).unwrap(), store.next_due().unwrap()),
            (vec![], None)
        );
    });
}

#[test]
fn an_effect_is_settled_once_and_by_whom_it_was_given_to_last() {
    on_each(|store| {
        let mut change = step("o", 1);
        change.effects.push(effect("o", "acme/o/1.0"));
        store.commit(&[vec![change]]).unwrap();
        let id = "acme/o/1.0";
        assert!(
            !store.settle(id, 0, &Settlement::Done).unwrap(),
            "not yet handed out"
        );
        let later = at("2026-01-05T09:05:00Z");
        assert_eq!(store.claim(Some("other"), nine(), later, 9).unwrap(), []);
        assert_eq!(store.claim(None, nine(), later, 9).unwrap()[0].attempts, 1);
        assert_eq!(store.claim(None, nine(), later, 9).unwrap(), []);
        assert_eq!(store.claim(None, later, later, 9).unwrap()[0].attempts, 2);
        assert!(
            !store.settle(id, 1, &Settlement::Done).unwrap(),
            "given to another"
        );
        let error = "no such address".to_owned();
        let given_up = Settlement::Dead { error };
        assert!(store.settle(id, 2, &given_up).unwrap());
        assert!(!store.settle(id, 2, &Settlement::Done).unwrap(), "settled");
        assert_eq!(store.dead("acme", 9).unwrap()[0].id, id);
        assert_eq!(store.dead("other", 9).unwrap(), []);
        assert!(store.revive(id, nine()).unwrap());
        assert_eq!(
            store.claim(Some("acme"), nine(), later, 9).unwrap()[0].attempts,
            3
        );
        assert!(store.settle(id, 3, &Settlement::Done).unwrap());
        assert!(!store.revive(id, nine()).unwrap(), "forgotten");
    });
}

#[test]
fn a_tenant_sees_its_own_alone() {
    on_each(|store| {
        let theirs = step("o", 1);
        let mut ours = theirs.clone();
        ours.row.key.tenant = "acm".to_owned();
        store.commit(&[vec![theirs], vec![ours.clone()]]).unwrap();
        let find = Find {
            tenant: "acm".to_owned(),
            limit: 9,
            ..Find::default()
        };
        assert_eq!(store.find(&find).unwrap(), [ours.row.clone()]);
        assert_eq!(store.standings("acm").unwrap()[0].count, 1);
        assert_eq!(store.standings("nobody").unwrap(), []);
        let ours = (ours.row.deployment, ours.row.status);
        assert_eq!(store.standing("acm").unwrap(), [ours]);
        assert_eq!(store.standing("nobody").unwrap(), []);
    });
}
