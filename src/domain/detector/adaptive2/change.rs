//! How much hours usually differ from what is usual.

use super::memory::remembered;
use crate::domain::bytes::Fields;

/// An hour counts for at most so many usual changes.
const CLIP: f64 = 4.0;
/// Hours before changes are clipped.
const CLIP_AFTER: u16 = 24;
/// After two days, when every hour of the day has been seen once, …
const FIRST_HOURS: u16 = 48;
/// … the changes so far count for this many hours: they were from a baseline that knew next to nothing.
const FIRST_WEIGHT: u16 = 12;
/// Memory, in hours.
const MEMORY: u16 = 1008;

/// The mean of how much an hour differs from its usual, in absolute value, each clipped.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    mean: f64,
    hours: u16,
}

impl Change {
    /// How much an hour usually differs from its usual.
    pub fn usual(&self, least: f64) -> f64 {
        self.mean.max(least)
    }

    /// Learns how far an hour was from its usual: no more than a few times the usual difference counts (a Huber-type
    /// score, which bounds the influence of an outlier; Huber 1964, "Robust estimation of a location parameter").
    /// `hours` have been seen before.
    pub fn learn(&mut self, away: f64, least: f64, hours: u16) {
        if hours == FIRST_HOURS {
            self.hours = FIRST_WEIGHT;
        }
        let limit = if hours < CLIP_AFTER { f64::INFINITY } else { CLIP * self.usual(least) };
        self.hours = (self.hours + 1).min(MEMORY);
        self.mean += (away.abs().min(limit) - self.mean) / remembered(u32::from(self.hours));
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.mean]);
        fields.counts([&mut self.hours]);
    }
}
