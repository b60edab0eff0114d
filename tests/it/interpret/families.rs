//! Children as their parent sees them.

use std::collections::BTreeMap;

use flagstate::context::Actor;
use flagstate::graph::{ChildSetId, Id, Workflow};
use flagstate::guard::ChildCounts;
use flagstate::instance::{Event, EventKind, Instance, Site};
use flagstate::interpret::{Answer, cascade, count_children, create, step};

fn family() -> (Workflow, Site) {
    let text = include_str!("../../cases/interpret/children/workflow.yaml");
    let workflow = super::workflow(text);
    let site = Site::new(&workflow, &BTreeMap::new()).unwrap();
    (workflow, site)
}

fn order(workflow: &Workflow, site: &Site, start: bool) -> Instance {
    let (user, now) = (Actor::new("user"), super::at("2026-03-01T09:00:00Z"));
    let created = create(workflow, site, &BTreeMap::new(), &user, now).unwrap();
    if !start {
        return created.instance;
    }
    let outcome = step(
        workflow,
        site,
        &created.instance,
        &Event::named("start", user),
        now,
    );
    assert_eq!(outcome.answer, Answer::Accepted);
    outcome.instance
}

#[test]
fn a_nested_child_counts_in_each_of_its_states() {
    let (workflow, site) = family();
    let children = [
        order(&workflow, &site, true),
        order(&workflow, &site, false),
    ];
    let counts = count_children(&workflow, &children);
    let by_state = [("open", 1), ("work", 1), ("work.running", 1)];
    let by_state = by_state.map(|(state, count)| (state.to_owned(), count));
    assert_eq!(
        counts,
        ChildCounts {
            total: 2,
            by_state: by_state.into()
        }
    );
}

#[test]
fn a_parent_is_told_of_what_differs_and_once() {
    let (workflow, site) = family();
    let parent = order(&workflow, &site, false);
    let child = order(&workflow, &site, true);
    let suborders = ChildSetId::from_index(0);
    let told = cascade(&workflow, &parent, [(suborders, &workflow, &child)]).unwrap();
    let EventKind::ChildrenChanged { counts } = &told.kind else {
        panic!("{told:?}");
    };
    assert_eq!(counts.keys().collect::<Vec<_>>(), ["suborders"]);
    let now = parent.updated_at;
    let parent = step(&workflow, &site, &parent, &told, now).instance;
    assert_eq!(
        cascade(&workflow, &parent, [(suborders, &workflow, &child)]),
        None
    );
    // The last child is gone.
    let told = cascade(&workflow, &parent, []).unwrap();
    let EventKind::ChildrenChanged { counts } = &told.kind else {
        panic!("{told:?}");
    };
    assert_eq!(counts["suborders"], ChildCounts::default());
}

#[test]
fn states_that_a_set_does_not_declare_are_not_counted() {
    let (workflow, site) = family();
    let parent = order(&workflow, &site, false);
    let child = order(&workflow, &site, true);
    let items = ChildSetId::from_index(1);
    let told = cascade(&workflow, &parent, [(items, &workflow, &child)]).unwrap();
    let EventKind::ChildrenChanged { counts } = &told.kind else {
        panic!("{told:?}");
    };
    assert_eq!(counts["items"].total, 1);
    assert!(counts["items"].by_state.is_empty());
    let outcome = step(&workflow, &site, &parent, &told, parent.updated_at);
    assert_eq!(outcome.answer, Answer::Accepted);
}
