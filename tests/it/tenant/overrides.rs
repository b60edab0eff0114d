//! Random overrides either fail with a finding, or give a workflow that keeps every promise of its base.

pub(super) mod make;
mod promises;

use std::collections::BTreeMap;

use flagstate::diagnostic::Level;
use flagstate::diagnostic::render::{Options, render};
use flagstate::load::Library;
use flagstate::source::SourceFile;
use serde_json::Value as Json;

use super::Files;
use crate::analysis::dice::Dice;

/// How many tenants are tried of each base.
const TENANTS: usize = 60;

/// The bases: the vendors' workflows, and one in which much is sealed.
pub(super) fn bases() -> Vec<(String, String)> {
    let vendors = [
        "appxite",
        "interworks",
        "orocommerce",
        "sharefox",
        "vendasta",
    ];
    let files = vendors.map(|vendor| format!("workflows/{vendor}.yaml"));
    let sealed = "tests/cases/tenant/everything/base.yaml".to_owned();
    files
        .into_iter()
        .chain([sealed.clone(), sealed])
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect(&path);
            (path, text)
        })
        .collect()
}

/// How many times as many, from the environment.
pub(super) fn times() -> usize {
    let times = std::env::var("FLAGSTATE_TENANTS").ok();
    times.map_or(1, |times| times.parse().expect("a number"))
}

#[test]
fn overrides_fail_or_keep_what_the_base_promises() {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (seed, (path, text)) in bases().iter().enumerate() {
        let files = Files::of(&[("base.yaml", text)]);
        let mut library = Library::new(&files);
        let file = library.open("base.yaml").expect(path);
        let base = library.effective(file);
        let tree = base.json(library.files());
        for number in 0..TENANTS * times() {
            let mut dice = Dice::new((seed * 1_000_003 + number) as u64 + 7);
            let (tenant, used) = make::tenant(&mut dice, &tree);
            let written = serde_json::to_string_pretty(&tenant).expect("JSON");
            let files = Files(vec![
                SourceFile::new("base.yaml", text.clone()),
                SourceFile::new("tenant.yaml", written.clone()),
            ]);
            let mut library = Library::new(&files);
            let file = library.open("tenant.yaml").expect("the tenant");
            let effective = library.effective(file);
            let report = &effective.loaded.report;
            let failed = report.has_errors();
            for kind in used {
                let counted = kinds.entry(kind).or_default();
                counted.0 += 1;
                counted.1 += usize::from(!failed);
            }
            if failed {
                *outcomes.entry("refused").or_default() += 1;
                for found in report.iter().filter(|found| found.level() == Level::Error) {
                    *refused.entry(found.rule.id).or_default() += 1;
                    // Every finding leads to some text.
                    let place = found.primary.span;
                    assert!(
                        library.files().get(place.file).is_some(),
                        "{written}\n{found:?}"
                    );
                }
                continue;
            }
            *outcomes.entry("kept").or_default() += 1;
            let now = effective.json(library.files());
            let workflow = effective.loaded.workflow.as_ref().expect("a workflow");
            let before = base.loaded.workflow.as_ref().expect("a workflow");
            let broken = promises::broken((&tree, before), (&now, workflow), &library, &effective);
            let report = render(report, library.files(), &Options::default());
            assert!(broken.is_empty(), "{path}: {broken:?}\n{written}\n{report}");
        }
    }
    let all: usize = outcomes.values().sum();
    let kept = outcomes.get("kept").copied().unwrap_or_default();
    crate::tell::tried(&format!(
        "{all} tenants of random overrides, {kept} of them kept every promise; refused for {refused:?}; overrides (tried, kept): {kinds:?}"
    ));
    assert!(kept * 100 >= all * 30, "only {kept} of {all} succeed");
    assert!(refused.len() >= 10, "{refused:?}");
    let unkept = kinds.iter().filter(|(_, (_, kept))| *kept == 0);
    assert_eq!(unkept.count(), 0, "{kinds:?}");
}

/// The value under keys, as the effective workflow tells it.
pub(super) fn at<'a>(tree: &'a Json, path: &[&str]) -> Option<&'a Json> {
    let mut here = tree;
    for key in path {
        here = here.get(key)?;
    }
    Some(here)
}

/// The text of a value.
pub(super) fn text(value: &Json) -> Option<&str> {
    value.get("value")?.as_str()
}
