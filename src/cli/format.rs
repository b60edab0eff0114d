//! The output formats as words of the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::diagnostic::render::OutputFormat;

impl ValueEnum for OutputFormat {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Full => "Each finding with its lines of the file",
            Self::Concise => "One line a finding: `path:line:column: error[rule]: message`",
            Self::Json => "One JSON object, described by `flagstate schema report`",
            Self::Sarif => "SARIF 2.1.0, for code scanning services",
            Self::Github => "Annotations of GitHub Actions",
            Self::Junit => "JUnit XML with one test case a file",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}
