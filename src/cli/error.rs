//! What stops a command: the world, not the content of a workflow.

use crate::diagnostic::closest;

/// Why a command cannot go on, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct CliError {
    /// One line, lower case, the user's words in backticks.
    pub(super) message: String,
    /// What to do, one line each.
    pub(super) help: Vec<String>,
    /// The path or pattern that it is about, where there is one.
    pub(super) path: Option<String>,
}

impl CliError {
    /// An error without a hint.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Vec::new(),
            path: None,
        }
    }

    /// A file that cannot be read.
    pub(super) fn unreadable(name: &str, reason: &impl std::fmt::Display) -> Self {
        Self::new(format!("cannot read `{name}`: {reason}")).about(name)
    }

    /// A file that cannot be written.
    pub(super) fn unwritable(name: &str, reason: &impl std::fmt::Display) -> Self {
        Self::new(format!("cannot write `{name}`: {reason}"))
    }

    /// Names the path or pattern that it is about.
    pub(super) fn about(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a hint.
    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Adds `did you mean …?` where a candidate is close, and otherwise the given hint.
    pub(super) fn did_you_mean<'a>(
        self,
        written: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        otherwise: &str,
    ) -> Self {
        match closest(written, candidates) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self.help(otherwise),
        }
    }
}

/// All that stops a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CliErrors(pub(super) Vec<CliError>);

impl From<CliError> for CliErrors {
    fn from(error: CliError) -> Self {
        Self(vec![error])
    }
}
