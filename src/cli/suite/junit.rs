//! A suite as `JUnit` XML: one suite a file, one test case a scenario, and one for what is wrong with
//! the file apart from its scenarios.

use super::{Ran, Suite};
use crate::diagnostic::Report;
use crate::diagnostic::render::{Options, OutputFormat, render as rendered, xml};
use crate::drive::trace;

/// Writes a suite.
pub(in crate::cli) fn render(suite: &Suite) -> String {
    let suites: Vec<String> = suite.files.iter().map(|ran| file(suite, ran)).collect();
    let (passed, total) = suite.counted();
    let failed = suite
        .files
        .iter()
        .filter(|ran| has_own_failure(ran))
        .count();
    let (tests, failures) = (total + suite.files.len(), total - passed + failed);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"flagstate\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n\
         {}</testsuites>\n",
        suites.concat()
    )
}

fn has_own_failure(ran: &Ran) -> bool {
    ran.unusable || !ran.report.is_empty()
}

fn file(suite: &Suite, ran: &Ran) -> String {
    let own = match (ran.unusable, ran.report.is_empty()) {
        (true, _) => Some("its workflow has errors".to_owned()),
        (false, true) => None,
        (false, false) => Some(findings(suite, &ran.report)),
    };
    let scenarios = ran.scenarios.iter().map(|scenario| {
        let failure = (!scenario.passed()).then(|| {
            let trace = trace::text(&scenario.trace);
            findings(suite, &scenario.report) + &trace
        });
        case(&ran.name, &scenario.name, failure.as_deref())
    });
    let failed = ran.scenarios.iter().filter(|scenario| !scenario.passed());
    let failures = failed.count() + usize::from(has_own_failure(ran));
    format!(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n\
         {}{}  </testsuite>\n",
        xml(&ran.name),
        ran.scenarios.len() + 1,
        case(&ran.name, "the file and its tables", own.as_deref()),
        scenarios.collect::<String>(),
    )
}

fn case(class: &str, name: &str, failure: Option<&str>) -> String {
    let (class, name) = (xml(class), xml(name));
    let Some(failure) = failure else {
        return format!("    <testcase classname=\"{class}\" name=\"{name}\"/>\n");
    };
    let message = xml(failure.lines().next().unwrap_or_default());
    let lines: Vec<String> = failure.lines().map(xml).collect();
    format!(
        "    <testcase classname=\"{class}\" name=\"{name}\">\n      \
         <failure message=\"{message}\">{}</failure>\n    \
         </testcase>\n",
        lines.join("\n")
    )
}

fn findings(suite: &Suite, report: &Report) -> String {
    let options = Options {
        format: OutputFormat::Concise,
        ..Options::default()
    };
    rendered(report, suite.library.files(), &options)
}
