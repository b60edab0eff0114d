//! Findings: what is wrong, where, and what to do about it.
//!
//! In: findings raised by any pass. Out: a [`Report`] in a stable order, and its renderings.
//! A finding is data; nothing here prints, and no check knows of suppression or of output formats.

mod declare;
pub(crate) mod lookalike;
mod report;
pub mod render;
pub mod suppress;

pub(crate) use declare::rules;
pub use report::{OpenQuestion, Report};

use std::fmt;

use crate::source::Span;

/// How much a finding matters.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The workflow cannot be run.
    Error,
    /// The workflow runs, but probably not as meant.
    Warning,
}

impl Level {
    /// `error` or `warning`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One kind of finding. Each pass declares its own as constants, beside the code that raises them.
#[derive(PartialEq, Eq)]
pub struct Rule {
    /// Kebab-case name of the bad pattern, for example `unreachable-state`.
    pub id: &'static str,
    /// The level at which it is raised.
    pub level: Level,
    /// The page that `flagstate explain` prints, in Markdown. Its first YAML block raises exactly
    /// this rule; the block under `## Use instead` raises nothing.
    pub page: &'static str,
}

impl fmt::Debug for Rule {
    /// Its name alone: the page is long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

impl Rule {
    /// What the rule finds, in one sentence: the first paragraph of the page below its title.
    pub fn summary(&self) -> &'static str {
        let mut lines = self
            .page
            .lines()
            .skip(1)
            .skip_while(|l| l.trim().is_empty());
        lines.next().unwrap_or_default()
    }
}

/// A marked place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The characters that are underlined.
    pub span: Span,
    /// What is said beside them; may be empty on the primary label.
    pub text: String,
}

/// A change of the text that would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The characters to replace.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
    /// What the change does, as an imperative: "quote this guard".
    pub title: String,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that was broken.
    pub rule: &'static Rule,
    /// One line, lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// The characters that caused it.
    pub primary: Label,
    /// Further places that explain it, in reading order.
    pub secondary: Vec<Label>,
    /// What to do, one line each: "did you mean `booked`?".
    pub help: Vec<String>,
    /// A change that would mend it.
    pub fix: Option<Fix>,
    /// A situation that shows it: a [`Witness`](crate::analysis::Witness) as data, which `flagstate run --witness` and
    /// [`drive::replay`](crate::drive::replay) play.
    pub witness: Option<Box<serde_json::Value>>,
}

impl Diagnostic {
    /// A finding of `rule` at `span`.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: Vec::new(),
            fix: None,
            witness: None,
        }
    }

    /// Says something beside the underlined characters.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Marks a further place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds `did you mean …?` with a fix, where one of `candidates` is close to `written`.
    #[must_use]
    pub fn did_you_mean<'a>(
        self,
        written: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let span = self.primary.span;
        match closest(written, candidates) {
            Some(name) => {
                let lookalike = lookalike::latin_word(written).filter(|(latin, _)| latin == name);
                let help = match lookalike {
                    Some((_, other)) => {
                        format!("did you mean `{name}`? {}", lookalike::told(other))
                    }
                    None => format!("did you mean `{name}`?"),
                };
                let fixed = self.help(help);
                fixed.fix(span, name, format!("replace with `{name}`"))
            }
            None => self,
        }
    }

    /// Adds a change that would mend it.
    #[must_use]
    pub fn fix(
        mut self,
        span: Span,
        replacement: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix {
            span,
            replacement: replacement.into(),
            title: title.into(),
        });
        self
    }

    /// Adds a situation that shows it: one line for people, and the data.
    #[must_use]
    pub fn witness(mut self, line: impl Into<String>, data: serde_json::Value) -> Self {
        self.witness = Some(Box::new(data));
        self.help(line)
    }

    /// The level of its rule.
    pub fn level(&self) -> Level {
        self.rule.level
    }
}

/// The most that is compared for one hint, in pairs of letters: hints are not worth more time.
const MOST_COMPARED: usize = 1 << 19;

/// How like an abbreviation is to its name, at least.
const ABBREVIATED: f64 = 0.805;

/// Whether a word is a name with letters left out, and has at least half of them: `lmt` for `limit`.
fn abbreviates(word: &str, name: &str) -> bool {
    let mut letters = name.chars();
    let left_out = word.chars().all(|c| letters.any(|letter| letter == c));
    let same_start = word.chars().next() == name.chars().next();
    left_out && same_start && word.len() > 2 && word.len() * 2 >= name.len()
}

/// Whether names differ only in case and in what separates their words: `inCart` and `in_cart`.
fn same_letters(a: &str, b: &str) -> bool {
    let letters = |name| {
        let letters = str::chars(name).filter(|c| !matches!(c, '_' | '-' | ' '));
        letters.flat_map(char::to_lowercase)
    };
    letters(a).eq(letters(b))
}

/// The name that may have been meant, as the end of a sentence; nothing where there is none.
pub fn meant(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!(": did you mean `{name}`?"))
}

/// The candidate most like `written`, if one is like enough (Jaro-Winkler above 0.8, that name with letters left out,
/// or with others large and other separators). Of very many candidates only the first are looked at: some 2,000 where names have ten letters.
pub fn closest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let mut pairs = 0_usize;
    let scored = candidates
        .into_iter()
        .take_while(|name| {
            // To compare two names takes time even where they are short.
            pairs += (written.len() + 6) * (name.len() + 6);
            pairs <= MOST_COMPARED
        })
        .map(|name| {
            let alike = match same_letters(written, name) {
                true => 1.0,
                false => strsim::jaro_winkler(written, name),
            };
            match abbreviates(written, name) {
                true => (alike.max(ABBREVIATED), name),
                false => (alike, name),
            }
        });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| *score > 0.8).map(|(_, name)| name)
}
