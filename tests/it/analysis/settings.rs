//! What the checks say of all settings at once is what they say of each combination by itself.
//!
//! A random workflow reads settings in its guards, flags and timers. Each combination of their values is
//! put into it by hand: what can be taken is tried over all small orders, the rest is written out
//! without a setting in it, and the plain checks run over that. Nothing of the symbolic way is used.

mod model;
mod plain;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;

use flagstate::diagnostic::{Diagnostic, Report};
use flagstate::source::{SourceFile, Span};

use super::dice::Dice;
use super::{cases, loaded};
use crate::tell;
use model::{Model, Site};

/// What is compared, by the names that findings carry.
const RULES: [&str; 9] = [
    "unreachable-state",
    "unreachable-final",
    "dead-end",
    "no-way-to-end",
    "reserved-without-expiry",
    "revenue-without-contract",
    "transient-without-exit",
    "timer-race",
    "cycle-of-automatic-transitions",
];

/// A rule and the name of what it is raised for.
type Subject = (String, String);

/// The compared findings of a report: what each is about, and all the names that it shows.
fn found(text: &str, report: &Report) -> Vec<(Subject, BTreeSet<String>, Diagnostic)> {
    let file = SourceFile::new("workflow.yaml", text);
    let word = |span: Span| file.slice(span).to_owned();
    let known = report.iter().filter_map(|finding| {
        let rule = match finding.rule.id {
            "dead-end-by-settings" => "dead-end",
            id => RULES.into_iter().find(|rule| *rule == id)?,
        };
        let first = word(finding.primary.span);
        let mut names = BTreeSet::from([first.clone()]);
        names.extend(finding.secondary.iter().map(|label| word(label.span)));
        Some(((rule.to_owned(), first), names, finding.clone()))
    });
    known.collect()
}

/// The findings in short.
fn told(report: &Report) -> String {
    let lines = report
        .iter()
        .map(|finding| format!("{}: {}\n", finding.rule.id, finding.message));
    lines.collect()
}

/// What the checks say of one combination.
struct Said {
    findings: Vec<(Subject, BTreeSet<String>)>,
}

impl Said {
    fn of(text: &str) -> Self {
        let (workflow, report) = loaded(text);
        assert!(!workflow.incomplete, "{}\n{text}", told(&report));
        let findings = found(text, &report).into_iter();
        Self {
            findings: findings
                .map(|(subject, names, _)| (subject, names))
                .collect(),
        }
    }

    fn names(&self, (rule, name): &Subject) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|((found, first), names)| {
            let shown = match rule.as_str() {
                "no-way-to-end" | "cycle-of-automatic-transitions" => names.contains(name),
                _ => first == name,
            };
            found == rule && shown
        })
    }

    fn reaches(&self, name: &str) -> bool {
        let lost = |rule: &str| self.names(&(rule.to_owned(), name.to_owned()));
        !lost("unreachable-state") && !lost("unreachable-final")
    }
}

/// The combination that a finding names; `None` where it holds for all.
fn named(model: &Model, finding: &Diagnostic) -> Option<Site> {
    if !finding.message.starts_with("with ") {
        let is_solved = finding.message.contains("lead some orders");
        assert!(finding.witness.is_none() || is_solved, "{finding:?}");
        return None;
    }
    let witness = finding.witness.as_ref().expect("a witness");
    let settings = witness.get("settings").cloned().unwrap_or_default();
    let site = model.site(&settings);
    for (setting, value) in model.changed(&site) {
        let word = format!("`{setting}: {value}`");
        assert!(finding.message.contains(&word), "{word}: {finding:?}");
    }
    let named = finding.message.split(", ").next().unwrap();
    assert_eq!(
        model.changed(&site).is_empty(),
        named == "with the default settings"
    );
    Some(site)
}

/// Compares the findings of one workflow; how many of each rule depend on settings.
fn compare(model: &Model, counts: &mut BTreeMap<String, usize>, checked: &mut usize) {
    let text = model.text();
    let (workflow, report) = loaded(&text);
    assert!(!workflow.incomplete, "{}\n{text}", told(&report));
    let symbolic = found(&text, &report);
    let sites = model.sites();
    let plain = plain::Plain::of(model, &sites);
    // Many combinations come to the same text.
    let mut known: BTreeMap<String, Rc<Said>> = BTreeMap::new();
    let said: Vec<Rc<Said>> = (0..sites.len())
        .map(|index| {
            let text = plain.text(index);
            let said = known
                .entry(text)
                .or_insert_with_key(|text| Rc::new(Said::of(text)));
            Rc::clone(said)
        })
        .collect();
    *checked += sites.len();
    let context = |subject: &Subject| format!("{subject:?}\n{text}\n{}", told(&report));
    // Where each subject is named, and where it could be.
    let mut subjects: BTreeSet<Subject> = BTreeSet::new();
    for said in &said {
        subjects.extend(said.findings.iter().map(|(subject, _)| subject.clone()));
        let traps = said
            .findings
            .iter()
            .filter(|((rule, _), _)| rule == "no-way-to-end");
        subjects.extend(
            traps.flat_map(|((rule, _), names)| {
                names.iter().map(|name| (rule.clone(), name.clone()))
            }),
        );
    }
    subjects.extend(symbolic.iter().map(|(subject, ..)| subject.clone()));
    for subject in &subjects {
        let (rule, name) = subject;
        let state = Model::state_of(name);
        let reached: BTreeSet<usize> = (0..sites.len())
            .filter(|&site| said[site].reaches(&state))
            .collect();
        let raised: BTreeSet<usize> = (0..sites.len())
            .filter(|&site| said[site].names(subject))
            .collect();
        let (wrong, all) = match rule.as_str() {
            "unreachable-state" | "unreachable-final" => {
                let always = raised.len() == sites.len();
                (
                    if always {
                        raised.clone()
                    } else {
                        BTreeSet::new()
                    },
                    raised,
                )
            }
            "dead-end" | "no-way-to-end" | "reserved-without-expiry" | "transient-without-exit" => {
                (raised, reached)
            }
            // A circle that no order can come to is found where no setting has a part in it.
            "cycle-of-automatic-transitions" if raised.is_disjoint(&reached) => continue,
            "cycle-of-automatic-transitions" => (&raised & &reached, (0..sites.len()).collect()),
            _ if raised.len() == sites.len() => (raised.clone(), raised),
            _ => (&raised & &reached, (0..sites.len()).collect()),
        };
        let mine = symbolic.iter().filter(|((found, first), names, _)| {
            let shown = match rule.as_str() {
                "no-way-to-end" | "cycle-of-automatic-transitions" => names.contains(name),
                _ => first == name,
            };
            found == rule && shown
        });
        let mine: Vec<&Diagnostic> = mine.map(|(.., finding)| finding).collect();
        assert_eq!(
            mine.is_empty(),
            wrong.is_empty(),
            "{wrong:?} {}",
            context(subject)
        );
        for ((found, first), _, finding) in &symbolic {
            if (found, first) != (rule, name) {
                continue;
            }
            let Some(site) = named(model, finding) else {
                assert!(
                    wrong == all || rule == "cycle-of-automatic-transitions",
                    "{}",
                    context(subject)
                );
                continue;
            };
            let index = sites
                .iter()
                .position(|other| *other == site)
                .expect("a site");
            assert!(wrong.contains(&index), "{site:?} {}", context(subject));
            if rule != "cycle-of-automatic-transitions" {
                assert!(wrong != all, "{}", context(subject));
                let smallest = wrong.iter().min_by_key(|&&index| model.size(&sites[index]));
                assert_eq!(
                    smallest,
                    Some(&index),
                    "{:?} {}",
                    sites[*smallest.unwrap()],
                    context(subject)
                );
            }
            let kind = match model.changed(&site).is_empty() {
                true => "by default",
                false => "by settings",
            };
            *counts.entry(format!("{rule} {kind}")).or_default() += 1;
        }
    }
}

#[test]
fn what_is_said_of_all_settings_is_what_is_said_of_each_combination() {
    let (mut counts, mut checked) = (BTreeMap::new(), 0);
    let workflows = cases(100);
    for seed in 1..=workflows {
        let model = Model::random(&mut Dice::new(seed + 7_000_000));
        compare(&model, &mut counts, &mut checked);
    }
    let all: usize = counts.values().sum();
    let special = counts
        .iter()
        .filter(|(rule, _)| rule.ends_with("by settings"));
    let rules = special.clone().count();
    let special: usize = special.map(|(_, count)| count).sum();
    let tried = usize::try_from(workflows).unwrap();
    assert!(
        special >= tried && rules == RULES.len() - 2 && checked >= 10 * tried,
        "{counts:?}"
    );
    tell::tried(&format!(
        "{workflows} random workflows under {checked} combinations of settings: {all} findings that \
         depend on them, {special} of them not at the defaults, as enumeration has them: {counts:?}"
    ));
}

/// A workflow that asks for 24 settings: one way out for each pair of them.
fn large(settings: usize, pairs: impl Iterator<Item = (usize, usize)>) -> String {
    let mut text = "flagstate: 1\nworkflow: large\nsettings:\n".to_owned();
    for number in 0..settings {
        writeln!(text, "  a{number}: {{ type: boolean, default: true }}").unwrap();
    }
    text.push_str("actors: [clerk]\ninitial: open\nstates:\n  open:\n  closed: { final: true }\ntransitions:\n");
    for (number, (a, b)) in pairs.enumerate() {
        let guard = format!("settings.a{a} || settings.a{b}");
        writeln!(
            text,
            "  e{number}: {{ from: open, to: closed, by: clerk, guard: '{guard}' }}"
        )
        .unwrap();
    }
    text
}

#[test]
fn twenty_four_settings_are_told_apart_at_once() {
    let text = large(24, (0..12).map(|pair| (pair, pair + 12)));
    let (_, report) = loaded(&text);
    let finding = report
        .iter()
        .find(|finding| finding.rule.id == "dead-end-by-settings");
    let names = |finding: &Diagnostic| finding.message.matches(": false`").count();
    assert_eq!(finding.map(names), Some(24), "{}", told(&report));
    // The work is bounded by counting it; what is beyond the bound would be said here.
    assert!(report.open().is_empty(), "{:?}", report.open());

    // With any three of them on, all is well: 2^24 combinations, of which 301 are not.
    let mut text = text.split("transitions:").next().unwrap().to_owned();
    text.push_str("transitions:\n");
    let sum: Vec<String> = (0..24)
        .map(|number| format!("settings.a{number}"))
        .collect();
    for first in 0..24 {
        for second in 1..first {
            let rest = sum[..second].join(" || ");
            let guard = format!("settings.a{first} && settings.a{second} && ({rest})");
            writeln!(
                text,
                "  e{first}_{second}: {{ from: open, to: closed, by: clerk, guard: '{guard}' }}"
            )
            .unwrap();
        }
    }
    let (_, report) = loaded(&text);
    let finding = report
        .iter()
        .find(|finding| finding.rule.id == "dead-end-by-settings");
    let finding = finding.unwrap_or_else(|| panic!("{}", told(&report)));
    // Two stay on: the smallest of these switches off the last 22, which leave the first as they are.
    assert_eq!(names(finding), 22, "{}", finding.message);
    assert!(
        finding.message.starts_with("with `a2: false`, `a3: false`"),
        "{}",
        finding.message
    );
}

#[test]
fn too_many_combinations_are_said_and_nothing_is_made_of_them() {
    let settings: Vec<String> = (0..40)
        .map(|number| format!("settings.a{number}"))
        .collect();
    let pairs: Vec<String> = (0..20)
        .map(|pair| format!("{} && {}", settings[pair], settings[pair + 20]))
        .collect();
    let text = large(40, std::iter::once((0, 1)));
    let text = text.replace("settings.a0 || settings.a1", &pairs.join(" || "));
    let (_, report) = loaded(&text);
    let dead = |finding: &Diagnostic| finding.rule.id.starts_with("dead-end");
    assert!(!report.iter().any(dead), "{}", told(&report));
    let question = "settings were not told apart: there are too many combinations of them";
    assert!(
        report.open().iter().any(|open| open.question == question),
        "{:?}",
        report.open()
    );
}
