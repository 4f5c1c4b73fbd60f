//! What runs along with the values of an hour.

use super::history::Usual;
use super::{CENTRE_HOURS, LONG_HOURS};
use crate::domain::detector::Tier;
use crate::domain::ema::Ema;
use crate::domain::measurement::{HOUR, Millis};

/// The hour that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hour {
    pub number: i64,
    pub sum: f64,
    pub count: u64,
    /// The sum of the absolute values.
    pub size: f64,
    /// The sum of the absolute residuals.
    pub spread: f64,
    /// The smallest step between two values.
    pub step: f64,
    /// The usual value of the hour before, of this one, and of the next.
    pub usual: [Usual; 3],
}

/// What runs along with the values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Averages {
    pub count: u64,
    pub fast: Ema<10>,
    pub long: f64,
    pub long_weight: f64,
    pub last_time: Millis,
    pub last_value: f64,
}

/// The gains of the long average and of the centres for one sampling interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gains {
    pub interval: Millis,
    pub long: f64,
    pub centre: f64,
}

/// A channel's deviation as a line in the new value, `gain·x + rest`, and at the value that came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub gain: f64,
    pub rest: f64,
    pub at: f64,
}

impl Hour {
    pub const EMPTY: Self = Self {
        number: i64::MIN,
        sum: 0.0,
        count: 0,
        size: 0.0,
        spread: 0.0,
        step: f64::INFINITY,
        usual: [Usual { value: 0.0, doubt: 0.0, tier: Tier::Overall }; 3],
    };

    /// The usual value at a moment of this hour: interpolated between the middles of the hours.
    #[inline(always)]
    pub fn usual_at(&self, time: Millis) -> f64 {
        let part = (time - self.number * HOUR) as f64 / HOUR as f64;
        let away = (part - 0.5).abs();
        (1.0 - away) * self.usual[1].value + away * self.usual[if part >= 0.5 { 2 } else { 0 }].value
    }
}

impl Gains {
    /// The gains of exponential averages for an interval, `1 − exp(−Δt/τ)`.
    #[cold]
    pub fn of(interval: Millis) -> Self {
        let hours = interval as f64 / HOUR as f64;
        Self {
            interval,
            long: 1.0 - libm::exp(-hours.max(1e-9) / LONG_HOURS),
            centre: 1.0 - libm::exp(-hours.max(0.0) / CENTRE_HOURS),
        }
    }
}
