//! The platform's rule to the letter: mean ± 3 stdDev of the hour of the week.

use super::{Attention, Channel, Deciding, Limits, Rules, Tier, Verdict};
use crate::domain::bytes::{Reader, Writer};
use crate::domain::hour::Hour;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::moments::Moments;
use crate::domain::zone::{SLOTS, Zone};

/// The first bytes of a state: the method and the version of this layout.
const HEADER: &[u8; 4] = b"cl\x00\x01";

/// A value is an exceedance when it lies outside mean ± k·stdDev (n−1) of all earlier values of its slot, of which there
/// must be at least ten. Its surprise is that of a normal law, `−log10 erfc(|z|/√2)`.
#[derive(Clone, Debug)]
pub struct Classic {
    zone: Zone,
    attention: Attention,
    /// k, in standard deviations.
    width: f64,
    slots: Box<[Moments; SLOTS]>,
    hour: i64,
    slot: usize,
}

impl Classic {
    /// The surprise of three standard deviations: `−log10 erfc(3/√2)`.
    pub const THREE_SIGMA: f64 = 2.568_669_040_265_387;

    /// How many values a slot needs before it judges.
    pub const ENOUGH: u64 = 10;

    /// The largest surprise that is told apart.
    const CERTAIN: f64 = 300.0;

    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let Rules { threshold, zone, attention } = rules;
        let slots = Box::new([Moments::default(); SLOTS]);
        Self { zone, attention, width: width_of(threshold), slots, hour: i64::MIN, slot: 0 }
    }

    /// The state: the moments of each slot. The hour is found again from the next value.
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut writer = Writer::new(HEADER);
        for slot in &*self.slots {
            writer.count(slot.count());
            writer.float(slot.mean());
            writer.float(slot.squares());
        }
        writer.finish()
    }

    /// A detector that goes on from a state; `None` where the bytes are none of this version.
    #[must_use]
    pub fn from_state(state: &[u8], rules: Rules) -> Option<Self> {
        let mut detector = Self::new(rules);
        let mut reader = Reader::new(state, HEADER)?;
        for slot in &mut *detector.slots {
            *slot = Moments::from_parts(reader.count()?, reader.float()?, reader.float()?);
        }
        reader.is_at_end().then_some(detector)
    }

    /// Judges a value, then learns from it.
    pub fn push(&mut self, time: Millis, value: f64) -> Verdict {
        let hour = time.div_euclid(HOUR);
        if hour != self.hour {
            self.hour = hour;
            self.slot = self.zone.slot(Hour::new(hour));
        }
        let moments = &mut self.slots[self.slot];
        let verdict = judge(moments, value, self.width, &self.attention);
        moments.push(value);
        verdict
    }

    /// See [`super::Detector::scan`].
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut exceedance: impl FnMut(usize, Verdict)) {
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            let verdict = self.push(time, value);
            if verdict.exceedance {
                exceedance(index, verdict);
            }
        }
    }

    /// Whether no slot has enough history.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.slots.iter().all(|moments| moments.count() < Self::ENOUGH)
    }
}

/// Judges a value by what the slot has learned.
fn judge(slot: &Moments, value: f64, width: f64, attention: &Attention) -> Verdict {
    let mean = slot.mean();
    let std_dev = match slot.std_dev() {
        Some(std_dev) if slot.count() >= Classic::ENOUGH => std_dev,
        _ => {
            let expected = if slot.count() == 0 { value } else { mean };
            return Verdict::learning(expected, Tier::HourOfWeek);
        }
    };
    let quantity = value - mean;
    let exceeds = quantity.abs() > width * std_dev;
    let z = if quantity == 0.0 { 0.0 } else { quantity.abs() / std_dev };
    let ends = (mean - width * std_dev, mean + width * std_dev);
    let limits = Limits::agreeing(ends, value, exceeds, quantity > 0.0, (attention, mean));
    Verdict {
        surprise: surprise_of(z),
        deciding: Some(Deciding { channel: Channel::Slot, quantity, usual: mean, usual_std: std_dev }),
        expected: mean,
        limits,
        exceedance: !limits.contain(value),
        tier: Tier::HourOfWeek,
    }
}

/// `−log10` of the probability that a normal variable deviates by more than `z` standard deviations.
fn surprise_of(z: f64) -> f64 {
    let probability = libm::erfc(z / std::f64::consts::SQRT_2);
    if probability < 1e-300 { Classic::CERTAIN } else { -libm::log10(probability) }
}

/// The inverse of [`surprise_of`], by bisection; 3 exactly for three standard deviations.
fn width_of(surprise: f64) -> f64 {
    if surprise == Classic::THREE_SIGMA {
        return 3.0;
    }
    let (mut low, mut high) = (0.0, 38.0);
    for _ in 0..64 {
        let middle = 0.5 * (low + high);
        if surprise_of(middle) < surprise { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Millis = 4 * 24 * HOUR;
    const WEEK: Millis = 168 * HOUR;

    /// Ten values of one slot, in ten weeks: mean 10.5, stdDev 1.080123449734643 (Python's `statistics`).
    fn after_ten_weeks() -> Classic {
        let mut detector = Classic::new(Rules::new(Classic::THREE_SIGMA, Zone::UTC));
        for (week, value) in [9.0, 10.0, 11.0, 12.0, 10.0, 11.0, 9.0, 11.0, 12.0, 10.0].into_iter().enumerate() {
            let verdict = detector.push(MONDAY + week as Millis * WEEK, value);
            assert_eq!(verdict.limits, Limits::Learning);
        }
        detector
    }

    #[test]
    fn limits_are_mean_and_three_standard_deviations() {
        let verdict = after_ten_weeks().push(MONDAY + 10 * WEEK, 14.0);
        let (lower, upper) = verdict.limits.ends().unwrap();
        assert!((lower - (10.5 - 3.0 * 1.080_123_449_734_643)).abs() < 1e-12);
        assert!((upper - (10.5 + 3.0 * 1.080_123_449_734_643)).abs() < 1e-12);
        assert!(verdict.exceedance && verdict.expected == 10.5);
    }

    #[test]
    fn other_slots_are_not_judged_by_this_one() {
        let mut detector = after_ten_weeks();
        assert_eq!(detector.push(MONDAY + 10 * WEEK + HOUR, 1000.0).limits, Limits::Learning);
    }

    #[test]
    fn a_constant_slot_alerts_when_it_moves_and_only_then() {
        let mut detector = Classic::new(Rules::new(Classic::THREE_SIGMA, Zone::UTC));
        for _ in 0..10 {
            detector.push(MONDAY, 5.0);
        }
        assert!(!detector.push(MONDAY, 5.0).exceedance);
        let verdict = detector.push(MONDAY, 5.000_001);
        assert!(verdict.exceedance && verdict.surprise == Classic::CERTAIN && !verdict.limits.contain(5.000_001));
    }

    #[test]
    fn the_threshold_is_three_standard_deviations() {
        assert!((surprise_of(3.0) - Classic::THREE_SIGMA).abs() < 1e-14, "{}", surprise_of(3.0));
        assert!((width_of(surprise_of(2.0)) - 2.0).abs() < 1e-12);
    }
}
