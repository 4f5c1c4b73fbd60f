//! The scale of a series, below which no deviation counts.

use super::memory::remembered;
use crate::domain::bytes::Fields;

/// Memory, in hours.
const MEMORY: u16 = 1008;
/// The scale follows an hour to at most this many times what it was …
const CLIP: f64 = 3.0;
/// … once so many hours have been seen.
const CLIP_AFTER: u16 = 24;
/// The floor is this share of the mean absolute residual …
const SPREAD_SHARE: f64 = 1.0;
/// … but no more than this share of the mean absolute value.
const SHARE: f64 = 0.1;
/// A series is constant when its mean absolute residual is below this share of the mean absolute value, …
const CONSTANT: f64 = 1e-5;
/// … and its floor is then this share of the mean absolute value.
const CONSTANT_SHARE: f64 = 0.003;
/// The floor is no less than this share of the smallest step between two values.
const STEP_SHARE: f64 = 0.5;
/// The floor of an average is this share of that of a value.
const AVERAGE_SHARE: f64 = 0.5;
/// The smallest step is forgotten at this rate an hour.
const FORGET_STEP: f64 = 1.01;
/// The least change of a baseline that counts, as a share of the mean absolute value.
const LEAST_CHANGE: f64 = 0.001;

/// Mean absolute value, mean absolute residual, and the resolution of the values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    value: f64,
    spread: f64,
    /// Hours seen, at most [`MEMORY`].
    hours: u16,
    /// The smallest step between two values; infinite where there was none.
    step: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self { value: 0.0, spread: 0.0, hours: 0, step: f64::INFINITY }
    }
}

impl Size {
    /// Learns an hour's mean absolute value and residual, and its smallest step; hours count alike, however many
    /// values they have.
    pub fn learn(&mut self, value: f64, spread: f64, step: f64) {
        let (mut value, mut spread) = (value, spread);
        if self.hours >= CLIP_AFTER {
            value = value.min(CLIP * self.value);
            spread = spread.min(CLIP * self.spread.max(CONSTANT * self.value));
        }
        self.hours = (self.hours + 1).min(MEMORY);
        let weight = 1.0 / remembered(u32::from(self.hours));
        self.value += (value - self.value) * weight;
        self.spread += (spread - self.spread) * weight;
        self.step = (self.step * FORGET_STEP).min(step);
    }

    /// The least change of a baseline that counts.
    pub fn least_change(&self) -> f64 {
        LEAST_CHANGE * self.value
    }

    /// The least largest deviation of an hour that is taken for usual: of a value, and of an average. It keeps averages,
    /// which hardly move in a series of small noise, from being judged against next to nothing, and the rounding of
    /// values from being taken for a change.
    pub fn floors(&self) -> (f64, f64) {
        let spread = (SPREAD_SHARE * self.spread).min(SHARE * self.value);
        let spread = if self.spread <= CONSTANT * self.value { CONSTANT_SHARE * self.value } else { spread };
        let floor = spread.max(self.resolution());
        (floor, AVERAGE_SHARE * floor)
    }

    /// The least deviation that is no rounding.
    pub fn resolution(&self) -> f64 {
        if self.step.is_finite() { STEP_SHARE * self.step } else { 0.0 }
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.value, &mut self.spread, &mut self.step]);
        fields.counts([&mut self.hours]);
    }
}
