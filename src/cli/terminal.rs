//! Standard output and standard error.
//!
//! In: results, notes and errors as text. Out: bytes on the two streams, coloured only where the
//! stream and the user allow it. Results go to standard output, all else to standard error.
//! A reader that goes away (`| head`) is no error: what it does not want is not written. File names
//! and messages that hold control characters are shown escaped.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use super::progress::Progress;
use super::{CliError, Exit};
use crate::diagnostic::Report;
use crate::diagnostic::render::{Options, render};
use crate::source::SourceMap;

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<ColorWhen> for ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => Self::Auto,
            ColorWhen::Always => Self::Always,
            ColorWhen::Never => Self::Never,
        }
    }
}

/// The two streams of a run.
pub(super) struct Terminal {
    out: AutoStream<io::Stdout>,
    err: AutoStream<io::Stderr>,
    quiet: bool,
    color: bool,
    width: Option<usize>,
    failed: Option<io::Error>,
}

impl Terminal {
    /// Opens the streams; `quiet` leaves out notes.
    pub(super) fn new(when: ColorWhen, quiet: bool) -> Self {
        let choice = ColorChoice::from(when);
        let out = AutoStream::new(io::stdout(), choice);
        let color = out.current_choice() != ColorChoice::Never;
        let err = AutoStream::new(io::stderr(), choice);
        Self {
            out,
            err,
            quiet,
            color,
            width: terminal_size::terminal_size_of(io::stdout()).map(|size| size.0.0.into()),
            failed: None,
        }
    }

    /// Whether standard output is coloured.
    pub(super) fn color(&self) -> bool {
        self.color
    }

    /// How many columns standard output has; `None` where it is no terminal.
    pub(super) fn width(&self) -> Option<usize> {
        self.width
    }

    /// Whether a person types: standard input and output are a terminal.
    pub(super) fn is_interactive() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Writes a result as it is.
    pub(super) fn print(&mut self, text: &str) {
        if self.failed.is_some() {
            return;
        }
        let written = self.out.write_all(text.as_bytes());
        if let Err(error) = written.and_then(|()| self.out.flush()) {
            self.failed = Some(error);
        }
    }

    /// Writes a result and a line end.
    pub(super) fn line(&mut self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Writes a summary to standard output, unless notes are not wanted.
    pub(super) fn summary(&mut self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Shows how far a work of several parts is; only to a person, and only where it takes a while.
    /// Of how many parts may not be known.
    pub(super) fn progress(&self, parts: Option<u64>, what: &'static str) -> Progress {
        let shown = !self.quiet && self.width.is_some() && io::stderr().is_terminal();
        Progress::new(parts, what, shown)
    }

    /// Says something to the person, unless notes are not wanted.
    pub(super) fn note(&mut self, text: &str) {
        if !self.quiet {
            self.complain(&format!("{}\n", harmless(text)));
        }
    }

    /// Reports an error with its hints.
    pub(super) fn error(&mut self, error: &CliError) {
        for line in error_lines(error) {
            self.complain(&format!("{line}\n"));
        }
    }

    /// Tells a mistake in a conversation: on standard output, where the conversation is.
    pub(super) fn mistake(&mut self, error: &CliError) {
        for line in error_lines(error) {
            self.line(&line);
        }
    }

    /// Shows findings to the person; results stay what they are.
    pub(super) fn findings(&mut self, report: &Report, sources: &SourceMap) {
        let options = Options {
            color: self.err.current_choice() != ColorChoice::Never,
            width: self.width,
            ..Options::default()
        };
        let text = render(report, sources, &options);
        if !text.is_empty() {
            self.complain(&format!("{text}\n"));
        }
    }

    /// Writes to standard error. There is nobody to tell when that fails.
    fn complain(&mut self, text: &str) {
        let _ = self.err.write_all(text.as_bytes());
    }

    /// The exit code of the run, once everything was written.
    pub(super) fn finish(mut self, exit: Exit) -> Exit {
        match self.failed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.error(&CliError::unwritable("<stdout>", &error));
                Exit::World
            }
            _ => exit,
        }
    }
}

/// An error and its hints, styled.
fn error_lines(error: &CliError) -> Vec<String> {
    let red = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    let bold = Style::new().bold();
    let mut lines = vec![format!("{red}error{red:#}: {}", harmless(&error.message))];
    let help = error.help.iter();
    lines.extend(help.map(|help| format!("{bold}help{bold:#}: {}", harmless(help))));
    lines
}

/// A text whose control characters are shown, not sent; line ends stay.
pub(super) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            c if c.is_control() || is_bidi(c) => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

/// The same on one line: line ends are shown too.
pub(super) fn on_one_line(text: &str) -> String {
    harmless(text).replace('\n', "\\n")
}

/// Whether a character changes the direction in which text is shown.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
