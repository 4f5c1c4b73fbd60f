//! What runs along with the values of an hour.

use super::history::Usual;
use super::{CENTRE_HOURS, COUNT, LONG_HOURS};
use crate::domain::detector::Tier;
use crate::domain::ema::Ema;
use crate::domain::measurement::{HOUR, Millis};

/// The hour that is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenHour {
    pub number: i64,
    /// The usual value of the hour before, of this one, and of the next.
    pub usual: [Usual; 3],
}

/// What changes with every value. It is small, so that a run of values can be worked on in a copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    /// Values seen.
    pub count: u64,
    pub last_time: Millis,
    pub last_value: f64,
    pub fast: Ema<10>,
    pub long: f64,
    pub long_weight: f64,
    /// Where each channel's deviation is centred: a slow mean, by which the level follows trends.
    pub centres: [f64; COUNT],
    /// The largest deviation of each channel in the current hour.
    pub largest: [f64; COUNT],
    /// The longest interval between two values that ended in the current hour.
    pub longest_gap: Millis,
    pub sums: Sums,
}

/// Sums over the values of the current hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    pub count: u64,
    pub values: f64,
    /// Of the absolute values.
    pub size: f64,
    /// Of the absolute residuals.
    pub spread: f64,
    /// The smallest step between two values.
    pub step: f64,
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

impl Default for OpenHour {
    fn default() -> Self {
        Self { number: i64::MIN, usual: [Usual { value: 0.0, doubt: 0.0, tier: Tier::Overall }; 3] }
    }
}

impl OpenHour {
    /// The usual value at a moment of this hour: interpolated between the middles of the hours.
    #[inline(always)]
    fn usual_at(&self, time: Millis) -> f64 {
        let part = (time - self.number * HOUR) as f64 / HOUR as f64;
        let away = (part - 0.5).abs();
        let beside = if part >= 0.5 { self.usual[2].value } else { self.usual[0].value };
        (1.0 - away) * self.usual[1].value + away * beside
    }
}

impl Default for Sums {
    fn default() -> Self {
        Self { count: 0, values: 0.0, size: 0.0, spread: 0.0, step: f64::INFINITY }
    }
}

impl Default for Running {
    fn default() -> Self {
        Self {
            count: 0,
            last_time: 0,
            last_value: 0.0,
            fast: Ema::default(),
            long: 0.0,
            long_weight: 0.0,
            centres: [0.0; COUNT],
            largest: [0.0; COUNT],
            longest_gap: 0,
            sums: Sums::default(),
        }
    }
}

impl Running {
    /// Takes the value into the averages. Returns each channel as a line in the value, whose terms were known before
    /// it, and the usual value.
    #[inline(always)]
    pub fn take(&mut self, time: Millis, value: f64, hour: &OpenHour, gains: &Gains) -> ([Line; COUNT], f64) {
        let (last_value, weight) = if self.count == 0 { (value, 1.0) } else { (self.last_value, gains.long) };
        self.count += 1;
        self.last_time = time;
        self.last_value = value;
        let step = value - last_value;
        let usual = hour.usual_at(time);
        let residual = value - usual;

        let (fast_gain, fast_rest) = self.fast.next_as_line(usual);
        let fast = self.fast.push(residual);

        self.long_weight = self.long_weight * (1.0 - weight) + weight;
        let long_gain = if self.long_weight < 1.0 { weight / self.long_weight } else { weight };
        let before = self.long;
        self.long += long_gain * (residual - before);

        let sums = &mut self.sums;
        sums.count += 1;
        sums.values += value;
        sums.size += value.abs();
        sums.spread += residual.abs();
        if step.abs() < sums.step && step != 0.0 {
            sums.step = step.abs();
        }
        let lines = [
            Line { gain: 1.0, rest: -usual, at: residual },
            Line { gain: 1.0, rest: -last_value, at: step },
            Line { gain: fast_gain, rest: fast_rest, at: fast },
            Line { gain: long_gain, rest: before - long_gain * (usual + before), at: self.long },
        ];
        (lines, usual)
    }

    /// The deviations of the channels from their centres.
    #[inline(always)]
    pub fn deviations(&self, lines: &[Line; COUNT]) -> [f64; COUNT] {
        std::array::from_fn(|channel| lines[channel].at - self.centres[channel])
    }

    /// Learns from the deviations of a value, none of which moves its centre by more than its cap.
    #[inline(always)]
    pub fn learn(&mut self, deviations: &[f64; COUNT], caps: &[f64; COUNT], gains: &Gains) {
        let count = self.count as f64;
        let gain = if gains.centre * count >= 1.0 { gains.centre } else { 1.0 / count };
        for channel in 0..COUNT {
            let (deviation, cap) = (deviations[channel], caps[channel]);
            let size = deviation.abs();
            let largest = self.largest[channel];
            self.largest[channel] = if size > largest { size } else { largest };
            let capped = if deviation < cap { deviation } else { cap };
            self.centres[channel] += gain * if capped > -cap { capped } else { -cap };
        }
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
