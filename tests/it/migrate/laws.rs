//! What holds of migrations: a plan without findings refuses no order that there is, and what comes over
//! is an order of the new version.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use flagstate::context::Value;
use flagstate::diagnostic::Level;
use flagstate::graph::{FlagId, StateId, Workflow};
use flagstate::instance::{Event, EventKind, Instance, PendingEvent, Site, Stored};
use flagstate::interpret::{flags, step};
use flagstate::load::Library;
use flagstate::migrate::{EventFate, EventRule, PlanFile, Refused, Sites, apply, check, init};

use super::{decided, findings, nothing, plan_of};
use crate::analysis::dice::Dice;
use crate::diff::brute::{Space, noon};
use crate::diff::flow::Flow;
use crate::diff::{edition, pair, version};
use crate::tell;
use crate::tenant::Folder;

fn site(workflow: &Workflow) -> Site {
    Site::new(workflow, &BTreeMap::new()).unwrap()
}

/// One state of the whole and of each compound state, all regions of each parallel one: reading the line
/// back says so, and that all timers are those of active states.
fn is_order(workflow: &Workflow, order: &Instance) -> bool {
    Stored::of(workflow, order).read(workflow).as_ref() == Ok(order)
}

/// A random workflow; every other one raises an event for later.
fn flow(seed: u64, dice: &mut Dice) -> Flow {
    match seed % 2 {
        0 => Flow::new(dice, true),
        _ => Flow::raising(dice),
    }
}

#[test]
fn a_plan_that_says_nothing_changes_nothing() {
    let (mut count, mut waited) = (0, 0);
    let mut texts: Vec<String> = (0..60)
        .map(|seed| flow(seed, &mut Dice::new(seed)).to_yaml())
        .collect();
    texts.push(edition("2023.yaml"));
    texts.push(edition("2025.yaml"));
    for text in texts {
        let (old, new, _) = pair(&text, &text);
        let file = nothing(&old, &new);
        let (plan, report) = check(&file, &old, &new);
        assert!(report.is_empty(), "{report:?}\n{text}");
        let (before, after) = (site(&old), site(&new));
        let sites = Sites {
            old: &before,
            new: &after,
        };
        for order in Space::of(&old, &before, &[], true).orders {
            let moved = apply(&plan, sites, &order, noon()).unwrap();
            assert_eq!(moved.instance, order, "{text}");
            assert_eq!((moved.flags, moved.effects), (Vec::new(), Vec::new()));
            waited += moved.events.len();
            count += 1;
        }
    }
    tell::tried(&format!(
        "{count} orders brought over by a plan that says nothing, unchanged; {waited} events waited"
    ));
    assert!(waited > 100, "{waited}");
}

/// A plan that decides whatever is asked: orders of states without a place go to a state with an end.
fn complete(old: &Flow, new: &Flow, dice: &mut Dice) -> String {
    let mut text = format!(
        "flagstate_migration: 1\nfrom: {{ workflow: random, version: {} }}\nto: {{ workflow: random, version: {} }}\nstates:\n",
        old.version, new.version
    );
    for (at, name) in old.names.iter().enumerate() {
        let to = match dice.below(3) {
            0 => dice.below(new.names.len()),
            _ => at,
        };
        let lost = old.places[at].reserved && !new.places[to].reserved;
        let to = &new.names[to];
        match lost {
            true => writeln!(
                text,
                "  {name}: {{ to: {to}, release: reserved, effects: [] }}"
            ),
            false => writeln!(text, "  {name}: {to}"),
        }
        .unwrap();
    }
    if let Some(later) = &old.later {
        let now = new.later.as_ref().map_or("remind", |later| &later.event);
        match dice.below(4) {
            0 => writeln!(text, "events: {{ {}: drop }}", later.event),
            1 => writeln!(text, "events: {{ {}: {{ keep: {now} }} }}", later.event),
            _ => Ok(()),
        }
        .unwrap();
    }
    text += "timers:\n  s0.lapse: keep\n";
    let mut named = vec!["s0.lapse".to_owned()];
    let timers = |flow: &Flow| -> Vec<String> {
        let places = flow
            .places
            .iter()
            .zip(&flow.names)
            .filter(|(place, _)| place.timer.is_some());
        places.map(|(_, name)| format!("{name}.lapse")).collect()
    };
    for timer in timers(old).into_iter().chain(timers(new)) {
        if !named.contains(&timer) {
            let action = dice.pick(&["keep", "restart", "drop"]);
            writeln!(text, "  {timer}: {action}").unwrap();
            named.push(timer);
        }
    }
    if timers(old)
        .iter()
        .chain(&timers(new))
        .all(|timer| timer != "s0.lapse")
    {
        text = text.replace("  s0.lapse: keep\n", "");
        if text.ends_with("timers:\n") {
            text.truncate(text.len() - "timers:\n".len());
        }
    }
    text
}

#[test]
fn a_plan_without_findings_refuses_no_order_and_keeps_what_it_says() {
    let (mut clean, mut orders, mut refused) = (0, 0, 0);
    let mut waiting: BTreeMap<EventFate, usize> = BTreeMap::new();
    for seed in 0..250 {
        let mut dice = Dice::new(seed);
        let old = flow(seed, &mut dice);
        let mut new = old.clone();
        new.version = 2;
        for _ in 0..dice.below(3) {
            new.change(&mut dice);
        }
        new.change_later(&mut dice);
        let text = complete(&old, &new, &mut dice);
        let (before, after) = (old.to_yaml(), new.to_yaml());
        let (old, new) = (
            version(0, "old.yaml", &before),
            version(1, "new.yaml", &after),
        );
        let file = plan_of(&text);
        let (plan, report) = check(&file, &old, &new);
        if report.has_errors() {
            refused += 1;
            continue;
        }
        clean += 1;
        let (before_site, after_site) = (site(&old), site(&new));
        let sites = Sites {
            old: &before_site,
            new: &after_site,
        };
        let space = Space::of(&old, &before_site, &[], true);
        let ended = space.ends(&old);
        let mut moved_orders = Vec::new();
        for order in &space.orders {
            let moved = apply(&plan, sites, order, noon());
            let moved =
                moved.unwrap_or_else(|refused| panic!("{refused:?}\n{text}\n{before}\n{after}"));
            assert!(
                is_order(&new, &moved.instance),
                "{text}\n{before}\n{after}\n{:?}",
                moved.instance
            );
            obligations(
                &file,
                (&old, &before_site, order),
                (&new, &after_site, &moved.instance),
            );
            for (_, fate) in &moved.events {
                *waiting.entry(*fate).or_default() += 1;
            }
            on_time(&file, (&old, order), (&new, &moved.instance));
            // The interpreter goes on with it.
            let ticked = step(&new, &after_site, &moved.instance, &Event::tick(), noon());
            assert!(is_order(&new, &ticked.instance));
            moved_orders.push(moved.instance);
            orders += 1;
        }
        // What could come to an end still can.
        let space_after = Space::of(&new, &after_site, &moved_orders, false);
        let ends = space_after.ends(&new);
        for (at, moved) in moved_orders.iter().enumerate() {
            let still = ends[space_after.find(moved).unwrap()];
            assert!(still || !ended[at], "{text}\n{before}\n{after}\n{moved:?}");
        }
    }
    tell::tried(&format!(
        "{orders} orders under {clean} plans without findings, none refused; {refused} plans had findings; events that waited: {waiting:?}"
    ));
    assert!(clean > 60 && refused > 20, "{clean} {refused}");
    assert!(
        waiting.len() == 2 && waiting.values().all(|&count| count > 50),
        "{waiting:?}"
    );
}

/// What waited comes when it would have, but for what the plan calls off and what would come after the end.
fn on_time(
    file: &PlanFile,
    (old, before): (&Workflow, &Instance),
    (new, after): (&Workflow, &Instance),
) {
    let kept = before.pending.iter().filter(|pending| {
        let rule = file.events.get(&old.events.at(pending.event).name);
        rule != Some(&EventRule::Drop) && !after.is_done(new)
    });
    let due = |pending: &PendingEvent| (pending.due, pending.generation);
    let expected: Vec<_> = kept.map(due).collect();
    assert_eq!(expected, after.pending.iter().map(due).collect::<Vec<_>>());
}

/// What an order has and may not lose, it still has, or the plan lets it go.
fn obligations(
    file: &PlanFile,
    (old, before_site, before): (&Workflow, &Site, &Instance),
    (new, after_site, after): (&Workflow, &Site, &Instance),
) {
    let reserved = |workflow: &Workflow, site: &Site, order: &Instance| {
        let all = flags(workflow, site, order);
        all.iter()
            .any(|(flag, value)| *flag == Some(FlagId::RESERVED) && *value == Value::Boolean(true))
    };
    if reserved(old, before_site, before) && !reserved(new, after_site, after) {
        let leaves: Vec<StateId> = before.leaves(old).collect();
        let let_go = file.states.0.iter().any(|entry| {
            let named = old.state_named(&entry.name.value);
            let about = leaves
                .iter()
                .any(|&leaf| named.is_some_and(|outer| old.within(leaf, outer)));
            about
                && entry
                    .value
                    .release
                    .iter()
                    .any(|flag| flag.value == "reserved")
        });
        assert!(let_go, "{}", before.status(old));
    }
}

#[test]
fn a_plan_with_an_order_that_would_be_refused_has_a_finding() {
    // Whatever states are left out of a plan: a homeless order is foretold.
    let (mut foretold, mut by_event) = (0, 0);
    for seed in 0..250 {
        let mut dice = Dice::new(seed + 5_000);
        let old = flow(seed, &mut dice);
        let mut new = old.clone();
        new.version = 2;
        for _ in 0..2 {
            new.change(&mut dice);
        }
        new.change_later(&mut dice);
        let (old, new) = (
            version(0, "old.yaml", &old.to_yaml()),
            version(1, "new.yaml", &new.to_yaml()),
        );
        let file = nothing(&old, &new);
        let (plan, report) = check(&file, &old, &new);
        let (before, after) = (site(&old), site(&new));
        let sites = Sites {
            old: &before,
            new: &after,
        };
        let orders = Space::of(&old, &before, &[], true).orders;
        let refused = orders
            .iter()
            .filter_map(|order| apply(&plan, sites, order, noon()).err());
        let refused: Vec<Refused> = refused.flatten().collect();
        if !refused.is_empty() {
            assert!(report.has_errors(), "seed {seed}");
            foretold += 1;
        }
        if refused
            .iter()
            .any(|why| matches!(why, Refused::Pending { .. }))
        {
            let told = report
                .iter()
                .any(|found| found.rule.id == "undecided-event");
            assert!(told, "seed {seed}");
            by_event += 1;
        }
    }
    tell::tried(&format!(
        "{foretold} plans that refuse an order, each with a finding; {by_event} of them for an event that waits"
    ));
    assert!(foretold > 20 && by_event > 20, "{foretold} {by_event}");
}

/// Brings every order that there is over, and tells how many come from where to where. Timers run on to
/// the same instants, and all orders can still come to an end.
fn all_come_over(plan: &str, (old, before): (&Workflow, &Site), (new, after): (&Workflow, &Site)) {
    let file = plan_of(plan);
    let (plan, report) = check(&file, old, new);
    assert!(report.is_empty(), "{report:?}");
    let sites = Sites {
        old: before,
        new: after,
    };
    let orders = Space::of(old, before, &[], true).orders;
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut moved_orders = Vec::new();
    for order in &orders {
        let moved = apply(&plan, sites, order, noon()).unwrap();
        assert!(is_order(new, &moved.instance));
        let due = |order: &Instance| {
            let timers = order.timers.values().map(|timer| timer.due);
            timers.collect::<Vec<_>>()
        };
        assert_eq!(due(order), due(&moved.instance));
        *counts.entry((moved.from, moved.to)).or_default() += 1;
        moved_orders.push(moved.instance);
    }
    let space = Space::of(new, after, &moved_orders, false);
    let ends = space.ends(new);
    assert!(
        moved_orders
            .iter()
            .all(|order| ends[space.find(order).unwrap()])
    );
    // Each state that orders can be in was tried.
    let tried = |path: &str| counts.keys().any(|(from, _)| from == path);
    let (holding, _) = flagstate::diff::holding(old);
    for active in holding {
        let status = flagstate::diff::status(old, &active);
        assert!(tried(&status), "{status}");
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|((from, to), count)| format!("{count} {from} -> {to}"))
        .collect();
    tell::tried(&format!(
        "{}: {} orders brought over, none refused: {}",
        old.name,
        orders.len(),
        counts.join(", ")
    ));
}

#[test]
fn every_order_of_appxite_comes_over_by_its_migration() {
    let (old, new, _) = pair(&edition("2023.yaml"), &edition("2025.yaml"));
    let (before, after) = (site(&old), site(&new));
    all_come_over(&edition("migration.yaml"), (&old, &before), (&new, &after));
    // Without its mappings every stranded order is told of.
    let bare = findings(&nothing(&old, &new), &old, &new);
    let ids: Vec<&str> = bare.iter().map(|found| found.rule.id).collect();
    assert_eq!(ids.len(), 3);
    for id in ["target-cut-off", "unmapped-state", "unstated-end"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
}

#[test]
fn every_order_of_the_upgraded_tenant_comes_over_by_its_migration() {
    let folder = Path::new("examples/upgrades/appxite");
    let files = Folder(folder.to_owned());
    let mut library = Library::new(&files);
    let [old, new] = ["nordlys.2023.yaml", "nordlys.2025.yaml"].map(|name| {
        let file = library.open(name).expect(name);
        let effective = library.effective(file);
        assert!(effective.loaded.report.is_empty(), "{name}");
        assert!(effective.overrides().len() >= 5, "{name}");
        effective.loaded.runnable().expect(name)
    });
    // A limit that the amounts tried go beyond.
    let settings = BTreeMap::from([("approval_limit".to_owned(), serde_json::json!("0"))]);
    let [before, after] = [&old, &new].map(|version| Site::new(version, &settings).unwrap());
    let plan = std::fs::read_to_string(folder.join("migration.yaml")).unwrap();
    all_come_over(&plan, (&old, &before), (&new, &after));
}

#[test]
fn a_first_plan_is_readable_and_is_complete_once_its_comments_are_taken_away() {
    let (old, new, _) = pair(&edition("2023.yaml"), &edition("2025.yaml"));
    let text = init((&old, "2023.yaml"), (&new, "2025.yaml"));
    let bare = plan_of(&text);
    let errors = findings(&bare, &old, &new).count(Level::Error);
    assert_eq!(errors, 3, "what is to be decided is not decided");
    let decided = decided(&text);
    let report = findings(&plan_of(&decided), &old, &new);
    assert!(report.is_empty(), "{report:?}\n{decided}");
    // Versions that are alike need no plan.
    for seed in 0..30 {
        let text = flow(seed, &mut Dice::new(seed)).to_yaml();
        let (old, new, _) = pair(&text, &text);
        let plan = init((&old, "a.yaml"), (&new, "b.yaml"));
        assert!(!plan.contains("states:"), "{plan}");
        assert!(findings(&plan_of(&plan), &old, &new).is_empty());
    }
}

#[test]
fn a_first_plan_says_what_is_personal_and_would_no_longer_be() {
    let version = |field: &str| {
        format!(
            "flagstate: 1\nworkflow: w\nactors: [clerk]\ncontext:\n  gone: {{ type: string }}\n  \
             email: {field}\ninitial: a\nstates:\n  a:\n  b: {{ final: true }}\ntransitions:\n  \
             go: {{ by: clerk, from: a, to: b }}\n"
        )
    };
    let old = version("{ type: string, personal: true }");
    for gone in [false, true] {
        let new = version("{ type: string }");
        let new = match gone {
            true => new.replace("  gone: { type: string }\n", ""),
            false => new,
        };
        let (old, new, _) = pair(&old, &new);
        let text = init((&old, "old.yaml"), (&new, "new.yaml"));
        let remark =
            "`email` is personal, and in the new version it is not: mark it there, or drop it";
        assert!(text.contains(remark), "{text}");
        let decided = text.replace("# drop: ", "drop: ");
        let report = findings(&plan_of(&decided), &old, &new);
        assert!(report.is_empty(), "{report:?}\n{decided}");
    }
}

#[test]
fn a_first_plan_of_a_field_of_another_type_is_complete_once_it_is_decided() {
    // Types, with a value of each.
    let types = [
        ("type: boolean", "true"),
        ("type: integer", "7"),
        ("type: decimal, scale: 2", "\"1.50\""),
        ("type: string", "text"),
        ("type: enum, values: [web, shop]", "web"),
        ("type: enum, values: [web, fax, telex]", "web"),
        ("type: date", "\"2026-03-01\""),
        ("type: datetime", "\"2026-03-01T09:00:00Z\""),
        ("type: duration", "2d"),
        ("type: list, of: integer", "[7]"),
        ("type: list, of: enum, values: [web, fax]", "[web]"),
        ("type: list, of: enum, values: [web, shop]", "[web]"),
    ];
    let version = |field: &str, required: bool| {
        format!(
            "flagstate: 1\nworkflow: w\nactors: [clerk]\ncontext:\n  \
             about: {{ {field}, required: {required} }}\ninitial: a\nstates:\n  a:\n  \
             b: {{ final: true }}\ntransitions:\n  go: {{ by: clerk, from: a, to: b }}\n"
        )
    };
    let mut said = 0;
    for (from, written) in types {
        for (to, value) in types {
            for required in [(false, false), (false, true), (true, true)] {
                let (old, new, _) = pair(&version(from, required.0), &version(to, required.1));
                let text = init((&old, "old.yaml"), (&new, "new.yaml"));
                // An entry of a list becomes an entry.
                let entry = value.trim_matches(['[', ']']);
                let decided = decided(&text);
                let decided = decided.replace("NEW", entry).replace("VALUE", value);
                let file = plan_of(&decided);
                let report = findings(&file, &old, &new);
                assert!(report.is_empty(), "{from} to {to}: {report:?}\n{decided}");
                said += usize::from(decided.contains("values:"));
                // What comes over can be read again.
                let (plan, _) = check(&file, &old, &new);
                let (before, after) = (site(&old), site(&new));
                let sites = Sites {
                    old: &before,
                    new: &after,
                };
                let brought: serde_json::Value = serde_yaml::from_str(written).unwrap();
                let order = Stored {
                    instance: 1,
                    workflow: "w".to_owned(),
                    version: 1,
                    states: vec!["a".to_owned()],
                    updated_at: "2026-01-05T12:00:00Z".to_owned(),
                    context: [("about".to_owned(), brought)].into_iter().collect(),
                    ..Stored::default()
                };
                let moved = apply(&plan, sites, &order.read(&old).unwrap(), noon());
                let moved = moved
                    .unwrap_or_else(|refused| panic!("{from} to {to}: {refused:?}\n{decided}"));
                assert!(is_order(&new, &moved.instance), "{from} to {to}: {moved:?}");
            }
        }
    }
    assert!(said > 50, "{said}");
}

#[test]
fn events_go_on_after_a_migration() {
    let (old, new, _) = pair(&edition("2023.yaml"), &edition("2025.yaml"));
    let file = plan_of(&edition("migration.yaml"));
    let (plan, _) = check(&file, &old, &new);
    let (before, after) = (site(&old), site(&new));
    let sites = Sites {
        old: &before,
        new: &after,
    };
    let stored = |state: &str| Stored {
        instance: 1,
        workflow: "appxite".to_owned(),
        version: 1,
        states: vec![state.to_owned()],
        updated_at: "2026-01-05T12:00:00Z".to_owned(),
        ..Stored::default()
    };
    let goes_on = [
        ("draft", "accept_quote", "seller", "start"),
        ("deleted", "restore", "customer", "start"),
        ("provisioning_finished", "proceed", "system", "in_progress"),
    ];
    for (state, event, by, to) in goes_on {
        let order = stored(state).read(&old).unwrap();
        let moved = apply(&plan, sites, &order, noon()).unwrap().instance;
        let kind = EventKind::Named {
            name: event.to_owned(),
            payload: BTreeMap::new(),
            target: None,
        };
        let event = Event {
            id: None,
            actor: flagstate::context::Actor::new(by),
            kind,
        };
        assert_eq!(
            step(&new, &after, &moved, &event, noon())
                .instance
                .status(&new),
            to
        );
    }
}
