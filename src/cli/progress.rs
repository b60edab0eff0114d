//! How far a long work is, on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Works of fewer parts are done before anybody would read of them.
const FEW: u64 = 100;

/// How often a bar shows that it goes on, however long a part takes.
const BEAT: Duration = Duration::from_millis(200);

/// A bar on standard error that is gone when the work is done. Threads may share it.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for a work of so many parts, or a count where it is not known how many there are; where it is
    /// not `shown`, it only counts.
    pub(super) fn new(parts: Option<u64>, what: &'static str, shown: bool) -> Self {
        let target = match shown && parts.is_none_or(|parts| parts >= FEW) {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(parts, target).with_message(what);
        let bar = bar.with_finish(ProgressFinish::AndClear);
        let template = match parts {
            Some(_) => "{bar:30} {pos}/{len} {msg}, {eta} left",
            None => "{spinner} {pos} {msg}, {per_sec}",
        };
        // The template is ours, so that it is one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        if !bar.is_hidden() {
            bar.enable_steady_tick(BEAT);
        }
        Self(bar)
    }

    /// So many more parts are done.
    pub(super) fn advance(&self, parts: u64) {
        self.0.inc(parts);
    }

    /// Writes something else, with the bar out of its way.
    pub(super) fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.0.suspend(write)
    }

    /// All of it is done.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}
