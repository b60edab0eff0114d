//! Plans and orders, each with what is found and what comes over.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use flagstate::diagnostic::render::{Options, render};
use flagstate::instance::{Site, Stored};
use flagstate::migrate::{FlagMove, Sites, apply, check, read};
use flagstate::source::{FileId, SourceFile, SourceMap};

use crate::diff::brute::noon;
use crate::diff::version;

/// What a case says: findings, then each order as it comes over, or why it does not.
fn told(folder: &Path) -> String {
    let file = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
    let (old_text, new_text, plan_text) = (file("old.yaml"), file("new.yaml"), file("plan.yaml"));
    let (old, new) = (
        version(0, "old.yaml", &old_text),
        version(1, "new.yaml", &new_text),
    );
    let mut sources = SourceMap::single(SourceFile::new("old.yaml", old_text));
    sources.add(SourceFile::new("new.yaml", new_text));
    let source = SourceFile::new("plan.yaml", plan_text);
    let (plan_file, mut report) = read(FileId(2), &source);
    sources.add(source);
    let mut told = String::new();
    let plan = plan_file.filter(|_| !report.has_errors());
    let resolved = plan.as_ref().map(|plan| check(plan, &old, &new));
    if let Some((_, found)) = &resolved {
        report.extend(found.clone());
    }
    told += &render(&report, &sources, &Options::default());
    let Some((plan, _)) = resolved.filter(|_| !report.has_errors()) else {
        return told;
    };
    for line in file("orders.jsonl").lines() {
        let stored: Stored = serde_json::from_str(line).expect(line);
        let id = stored.id.clone().unwrap_or_default();
        let order = stored.read(&old).expect(line);
        let settings: BTreeMap<_, _> = stored.settings.clone().into_iter().collect();
        let (before, after) = (
            Site::new(&old, &settings).unwrap(),
            Site::new(&new, &settings).unwrap(),
        );
        let sites = Sites {
            old: &before,
            new: &after,
        };
        match apply(&plan, sites, &order, noon()) {
            Ok(moved) => {
                writeln!(told, "{id}: {} -> {}", moved.from, moved.to).unwrap();
                for change in &moved.flags {
                    let FlagMove {
                        flag,
                        before,
                        after,
                    } = change;
                    let after = after
                        .as_ref()
                        .map_or("gone".to_owned(), ToString::to_string);
                    writeln!(told, "  flag {flag}: {before} -> {after}").unwrap();
                }
                for (timer, fate) in &moved.timers {
                    writeln!(told, "  timer {timer}: {fate:?}").unwrap();
                }
                for (event, fate) in &moved.events {
                    writeln!(told, "  event {event}: {fate:?}").unwrap();
                }
                for effect in &moved.effects {
                    writeln!(told, "  effect {effect}").unwrap();
                }
                let line = serde_json::to_string(&Stored::of(&new, &moved.instance)).unwrap();
                writeln!(told, "  {line}").unwrap();
            }
            Err(refused) => {
                writeln!(told, "{id}: refused").unwrap();
                for reason in refused {
                    writeln!(told, "  {reason}").unwrap();
                }
            }
        }
    }
    told
}

#[test]
fn each_case_is_answered_as_its_snapshot_says() {
    insta::glob!("../../cases/migrate", "*/plan.yaml", |path| {
        let folder = path.parent().expect("a folder");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_suffix("");
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.bind(|| insta::assert_snapshot!("report", told(folder)));
    });
}
