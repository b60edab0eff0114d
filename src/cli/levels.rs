//! Which findings count, and how.
//!
//! In: rules to deny and to allow, from the configuration and the command line. Out: a [`Verdict`] on
//! each finding. An error always counts; a rule that is allowed stays so when all warnings are denied.

use std::collections::{BTreeMap, BTreeSet};

use super::CliError;
use crate::diagnostic::{Level, Report, Rule};
use crate::{drive, export, import, load, migrate, scenario, tenant};

/// The word for all warnings.
const WARNINGS: &str = "warnings";

/// What a finding means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not shown.
    Allowed,
    /// It is shown, and the run passes.
    Shown,
    /// The run fails.
    Denied,
}

/// The rules that are denied and allowed.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    /// What denies all warnings.
    all_warnings: Option<String>,
    /// What denies each rule.
    denied: BTreeMap<&'static str, String>,
    allowed: BTreeSet<&'static str>,
}

impl Levels {
    /// Denies a rule, or all warnings; `by` is what says so.
    pub(super) fn deny(
        &mut self,
        word: &str,
        by: String,
        rules: &[&'static Rule],
    ) -> Result<(), CliError> {
        if word == WARNINGS {
            self.all_warnings = Some(by);
            return Ok(());
        }
        let rule = rule(word, rules, &[WARNINGS])?;
        self.allowed.remove(rule.id);
        self.denied.insert(rule.id, by);
        Ok(())
    }

    /// Allows a rule that raises warnings.
    pub(super) fn allow(&mut self, word: &str, rules: &[&'static Rule]) -> Result<(), CliError> {
        let rule = rule(word, rules, &[])?;
        if rule.level == Level::Error {
            let message = format!("`{word}` is an error, and only warnings can be allowed");
            return Err(CliError::new(message));
        }
        self.denied.remove(rule.id);
        self.allowed.insert(rule.id);
        Ok(())
    }

    /// Whether a rule was allowed by its name.
    pub(super) fn allows(&self, word: &str) -> bool {
        self.allowed.contains(word)
    }

    /// What a rule's findings mean.
    pub(super) fn verdict(&self, rule: &Rule) -> Verdict {
        if rule.level == Level::Error || self.denied.contains_key(rule.id) {
            Verdict::Denied
        } else if self.allowed.contains(rule.id) {
            Verdict::Allowed
        } else if self.all_warnings.is_some() {
            Verdict::Denied
        } else {
            Verdict::Shown
        }
    }

    /// The names of the rules whose warnings fail the run, each with what says so.
    pub(super) fn denied(&self) -> BTreeMap<String, String> {
        let rules = rules().into_iter();
        let denied = rules.filter(|rule| self.verdict(rule) == Verdict::Denied);
        let told = denied.filter_map(|rule| {
            let by = self.denied.get(rule.id).or(self.all_warnings.as_ref())?;
            Some((rule.id.to_owned(), by.clone()))
        });
        told.collect()
    }

    /// Takes out what is allowed, and says whether the rest fails the run.
    pub(super) fn judge(&self, report: &mut Report) -> bool {
        report.retain(|finding| self.verdict(finding.rule) != Verdict::Allowed);
        let mut rules = report.iter().map(|finding| finding.rule);
        rules.any(|rule| self.verdict(rule) == Verdict::Denied)
    }
}

/// A rule cannot be both.
pub(super) fn contradicted(word: &str) -> CliError {
    CliError::new(format!("`{word}` is both denied and allowed")).help("leave one of them out")
}

/// Every rule: those of workflow files, of what happens to orders, of scenario files, of migrations.
pub(super) fn rules() -> Vec<&'static Rule> {
    let mut rules = load::rules();
    rules.extend(drive::RULES);
    rules.extend(scenario::RULES);
    rules.extend(tenant::upgrade::RULES);
    rules.extend(migrate::RULES);
    rules.extend(import::RULES);
    rules.extend(export::RULES);
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// The rule of a name; `more` are other words that are understood.
pub(super) fn rule(
    word: &str,
    rules: &[&'static Rule],
    more: &[&str],
) -> Result<&'static Rule, CliError> {
    let found = rules.iter().find(|rule| rule.id == word);
    found.copied().ok_or_else(|| {
        let meant = word.to_lowercase().replace('_', "-");
        let known = rules.iter().map(|rule| rule.id).chain(more.iter().copied());
        CliError::new(format!("there is no rule `{word}`")).did_you_mean(
            &meant,
            known,
            "`flagstate rules` lists them all",
        )
    })
}
