//! Whether surprises are as rare as they should be in this series.
//!
//! The laws of the channels are approximations; where the tail of a series is heavier, large surprises come more often
//! than their name says. So it is remembered how often an episode went beyond a moderate surprise, and by how much on
//! average. Beyond it the surprise is taken for exponential with that rate and mean excess (peaks over threshold; Davison
//! and Smith, *Models for exceedances over high thresholds*, 1990), each drawn to what it would be if the laws held, and
//! half way back to that: an incident in the past is not to blind the detector.

use crate::domain::bytes::Fields;

/// The surprise beyond which hours are counted.
const MODERATE: f64 = 1.0;
/// If the laws held, the share of hours in which an episode goes beyond it …
const RATE: f64 = 0.08;
/// … and its mean excess: `1/ln 10`, for an exponential tail of the surprise.
const EXCESS: f64 = 0.434;
/// Hours for which the rate counts that there would be.
const RATE_HOURS: f64 = 168.0;
/// Episodes for which the mean excess counts that there would be.
const EXCESS_EPISODES: f64 = 7.0;
/// How far what was counted is believed.
const BELIEF: f64 = 0.5;
/// An excess counts at most this much.
const MOST: f64 = 3.0;
/// Memory, in hours.
const MEMORY: f64 = 1008.0;
/// Hours that end an episode.
const EPISODE: i64 = 12;

/// How often surprises come, and how large they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Calibration {
    hours: f64,
    episodes: f64,
    excess: f64,
    /// The last hour of the last episode, and the excess of its peak.
    last: i64,
    peak: f64,
}

/// Turns the laws' surprises into calibrated ones, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// What a moderate surprise is really.
    moderate: f64,
    /// By how much the surprise beyond that is stretched.
    stretch: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self { hours: 0.0, episodes: 0.0, excess: 0.0, last: i64::MIN / 2, peak: 0.0 }
    }
}

impl Calibration {
    /// Learns the largest surprise of an hour, by the laws.
    pub fn learn(&mut self, hour: i64, surprise: f64) {
        let keep = 1.0 - 1.0 / MEMORY;
        self.hours = self.hours * keep + 1.0;
        self.episodes *= keep;
        self.excess *= keep;
        if surprise < MODERATE {
            return;
        }
        let excess = (surprise - MODERATE).min(MOST);
        if hour - self.last > EPISODE {
            self.episodes += 1.0;
            self.excess += excess;
            self.peak = excess;
        } else if excess > self.peak {
            self.excess += excess - self.peak;
            self.peak = excess;
        }
        self.last = hour;
    }

    /// The scale that results.
    pub fn scale(&self) -> Scale {
        let rate = (self.episodes + RATE_HOURS * RATE) / (self.hours + RATE_HOURS);
        let excess = (self.excess + EXCESS_EPISODES * EXCESS) / (self.episodes + EXCESS_EPISODES);
        let (plain, counted) = (-libm::log10(RATE), -libm::log10(rate));
        Scale {
            moderate: BELIEF * counted + (1.0 - BELIEF) * plain,
            stretch: BELIEF * (EXCESS / excess) + (1.0 - BELIEF),
        }
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.hours, &mut self.episodes, &mut self.excess, &mut self.peak]);
        fields.hours([&mut self.last]);
    }
}

impl Scale {
    /// The calibrated surprise of one by the laws.
    pub fn calibrated(self, surprise: f64) -> f64 {
        if surprise < MODERATE {
            surprise * self.moderate / MODERATE
        } else {
            self.moderate + self.stretch * (surprise - MODERATE)
        }
    }

    /// The surprise by the laws whose calibrated one this is.
    pub fn by_the_laws(self, calibrated: f64) -> f64 {
        if calibrated < self.moderate {
            calibrated * MODERATE / self.moderate
        } else {
            MODERATE + (calibrated - self.moderate) / self.stretch
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_invertible_and_continuous() {
        let mut calibration = Calibration::default();
        for hour in 0..2000 {
            calibration.learn(hour, if hour % 40 == 0 { 2.0 } else { 0.2 });
        }
        let scale = calibration.scale();
        for surprise in [0.1, 0.9, 1.0, 1.1, 3.0, 40.0] {
            assert!((scale.by_the_laws(scale.calibrated(surprise)) - surprise).abs() < 1e-12 * surprise);
        }
        assert!((scale.calibrated(1.0 - 1e-12) - scale.calibrated(1.0)).abs() < 1e-9);
    }

    #[test]
    fn a_heavier_tail_makes_surprises_smaller_and_one_long_incident_hardly() {
        let after = |surprise: &dyn Fn(i64) -> f64| {
            let mut calibration = Calibration::default();
            (0..1000).for_each(|hour| calibration.learn(hour, surprise(hour)));
            calibration.scale().calibrated(4.0)
        };
        let calm = after(&|_| 0.3);
        let heavy = after(&|hour| if hour % 30 == 0 { 3.5 } else { 0.3 });
        let incident = after(&|hour| if (500..600).contains(&hour) { 9.0 } else { 0.3 });
        assert!(heavy < calm - 1.0, "{heavy} {calm}");
        assert!(incident > calm - 0.5, "{incident} {calm}");
    }
}
