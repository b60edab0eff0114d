//! How far a long work is, on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Works of fewer parts are done before anybody would read of them.
const FEW: usize = 100;

/// A bar on standard error that is gone when the work is done. Threads may share it.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for a work of so many parts; where it is not `shown`, it only counts.
    pub(super) fn new(parts: usize, shown: bool) -> Self {
        let target = match shown && parts >= FEW {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(parts as u64), target);
        // The template is ours, so that it is one.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// One more part is done.
    pub(super) fn advance(&self) {
        self.0.inc(1);
    }

    /// All of it is done.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}
