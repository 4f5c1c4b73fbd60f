//! A progress bar that only shows on a terminal, and only when the work takes over a second.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Parts of a thousand, the bar's scale.
const SCALE: u64 = 1000;

/// A progress bar. Any thread may move it.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    shown: Mutex<bool>,
}

impl Progress {
    /// How long the work must take before the bar appears.
    const PATIENCE: Duration = Duration::from_secs(1);

    /// A bar for `what`, which stays invisible unless `visible`.
    #[must_use]
    pub fn new(what: &'static str, visible: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(SCALE), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} %  {elapsed}, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        Self { bar, started: Instant::now(), shown: Mutex::new(!visible) }
    }

    /// Moves the bar to `share` of the work, from 0 to 1.
    pub fn set(&self, share: f64) {
        if let Ok(mut shown) = self.shown.lock()
            && !*shown
            && self.started.elapsed() > Self::PATIENCE
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            *shown = true;
        }
        self.bar.set_position((share.clamp(0.0, 1.0) * SCALE as f64) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
