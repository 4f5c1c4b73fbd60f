//! What deviations are usual: the memory of hourly maxima, and the laws made of it.

use super::state::Fields;
use crate::domain::gumbel::{Gumbel, Quantile};

/// The number of channels.
pub(super) const CHANNELS: usize = 4;

/// Memory of the hourly maxima, in hours.
const MEMORY: u16 = 672;
/// After two days, when every hour of the day has been seen once, …
const FIRST_HOURS: u16 = 48;
/// … the hours so far count for this many: their deviations were from a baseline that knew next to nothing.
const FIRST_WEIGHT: u16 = 2;
/// Hours for which the prior spread of the root maxima counts.
const PRIOR_HOURS: f64 = 5.0;
/// The prior spread of the root maxima, relative to their mean.
const PRIOR_SPREAD: f64 = 0.25;
/// The least spread of the root maxima, relative to their mean.
const LEAST_SPREAD: f64 = 0.05;
/// While there are few hours `n` the spread is wider by `√(1 + COLD/n)`: they come from the same one or two days.
const COLD: f64 = 24.0;
/// The surprise beyond which an hour enters the memory as if it had just reached it.
const CLIP_SURPRISE: f64 = 2.25;
/// An hour that is the n-th in a row beyond it counts `1/(1 + (n−1)·RUN)`: an outage, however long, counts like a few
/// hours, and still a spread that stays is learnt in the end.
const RUN: f64 = 0.25;
/// The scale of the series follows an hour to at most this many times what it was.
const SIZE_CLIP: f64 = 3.0;
/// Hours before it is clipped.
const CLIP_SIZE_AFTER: u16 = 24;
/// The least root of a deviation that is told from zero.
const TINY: f64 = 1e-150;

/// Deviations are never measured against less than this share of the mean absolute value …
const LEAST_SHARE: f64 = 0.01;
/// … or less than this share of it, but no more than …
const SHARE: f64 = 0.1;
/// … this share of the mean absolute residual.
const SPREAD_SHARE: f64 = 0.5;

/// Mean and variance of the square roots of the hourly maxima of `N` quantities.
#[derive(Clone, Debug)]
pub(super) struct Memory<const N: usize> {
    mean: [f64; N],
    variance: [f64; N],
    /// Hours in a row beyond the clip.
    run: [u16; N],
    /// Hours that the moments count for, at most [`MEMORY`].
    weight: u16,
    /// Hours seen, at most [`MEMORY`].
    hours: u16,
}

/// How a channel is judged during one hour: the root of a deviation, divided by `factor`, against a Gumbel law.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    gumbel: Gumbel,
    mean: f64,
    std_dev: f64,
    /// By how much larger the deviations of the same hour were on each of the last days; at least 1.
    factor: f64,
    /// The deviation at which the surprise reaches the threshold; negative infinity where even none would.
    pub limit: f64,
    /// Deviations up to this can't be exceedances, whatever the rounding.
    pub guard: f64,
    /// How far a deviation moves its centre at most.
    pub cap: f64,
}

impl<const N: usize> Default for Memory<N> {
    fn default() -> Self {
        Self { mean: [0.0; N], variance: [0.0; N], run: [0; N], weight: 0, hours: 0 }
    }
}

impl<const N: usize> Memory<N> {
    /// Hours seen, as far as is remembered.
    pub fn hours(&self) -> u16 {
        self.hours
    }

    /// Takes in the largest deviations of an hour (exponentially weighted moments: Finch, *Incremental calculation of
    /// weighted mean and variance*, 2009, formulas 124 and 143).
    ///
    /// The root makes the maxima of a heavy-tailed series more nearly symmetric (Tukey's ladder of powers), and with
    /// the clip bounds what one outage does to mean and variance.
    pub fn learn(&mut self, largest: &[f64; N], floor: f64, learning: bool) {
        if self.hours == FIRST_HOURS {
            self.weight = FIRST_WEIGHT;
        }
        self.hours = (self.hours + 1).min(MEMORY);
        self.weight = (self.weight + 1).min(MEMORY);
        let full = 1.0 / f64::from(self.weight);
        let clip = Quantile::of_surprise(CLIP_SURPRISE);
        for (channel, largest) in largest.iter().enumerate() {
            let mut root = largest.sqrt();
            let mut weight = full;
            if !learning {
                let (mean, std_dev) = self.scale(channel, floor);
                let most = Gumbel::from_moments(mean, std_dev).limit(clip);
                if root > most {
                    weight /= 1.0 + RUN * f64::from(self.run[channel]);
                    self.run[channel] = self.run[channel].saturating_add(1);
                    root = most;
                } else {
                    self.run[channel] = 0;
                }
            }
            let change = root - self.mean[channel];
            self.mean[channel] += weight * change;
            self.variance[channel] = (1.0 - weight) * (self.variance[channel] + weight * change * change);
        }
    }

    /// Mean and standard deviation of the root maxima: not below the floor, and the spread pooled with a prior.
    fn scale(&self, channel: usize, floor: f64) -> (f64, f64) {
        let mean = self.mean[channel].max(floor.sqrt()).max(TINY);
        let hours = f64::from(self.weight);
        let prior = PRIOR_SPREAD * mean;
        let pooled = (hours * self.variance[channel] + PRIOR_HOURS * (prior * prior)) / (hours + PRIOR_HOURS);
        (mean, pooled.sqrt().max(LEAST_SPREAD * mean))
    }

    /// The law for one hour. `known` is the deviation that the same hour reached on each of the last days.
    pub fn law(&self, channel: usize, floor: f64, known: f64, threshold: Quantile) -> Law {
        let (mean, spread) = self.scale(channel, floor);
        let std_dev = spread * (1.0 + COLD / f64::from(self.weight)).sqrt();
        let gumbel = Gumbel::from_moments(mean, std_dev);
        let factor = (known / (mean * mean)).max(1.0);
        let root = gumbel.limit(threshold);
        let limit = if root < 0.0 { f64::NEG_INFINITY } else { factor * (root * root) };
        let own = self.mean[channel];
        Law { gumbel, mean, std_dev, factor, limit, guard: limit * (1.0 - 1e-9), cap: own * own }
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.mean);
        fields.floats(&mut self.variance);
        fields.counts(&mut self.run);
        fields.counts([&mut self.weight, &mut self.hours]);
    }
}

impl Law {
    /// While there is too little history nothing is judged, and centres follow freely.
    pub const LEARNING: Self = Self {
        gumbel: Gumbel::STANDARD,
        mean: 0.0,
        std_dev: 0.0,
        factor: 1.0,
        limit: f64::INFINITY,
        guard: f64::INFINITY,
        cap: f64::INFINITY,
    };

    /// `−log10` of the probability that an ordinary hour's largest deviation is at least `q`.
    pub fn surprise(&self, q: f64) -> f64 {
        self.gumbel.surprise((q / self.factor).sqrt())
    }

    /// The usual largest deviation of an hour and its spread, in the unit of the values: if `√q` has mean m and
    /// standard deviation s then `q` has about m² and 2ms (delta method).
    pub fn usual(&self) -> (f64, f64) {
        (self.factor * self.mean * self.mean, self.factor * 2.0 * self.mean * self.std_dev)
    }
}

/// Days that are looked back for what recurs.
const DAYS: i64 = 2;
/// Hours that are kept: those days, and an hour on either side.
const RING: usize = 24 * DAYS as usize + 4;

/// The largest deviations of the last hours, for what recurs daily.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    hours: [i64; RING],
    largest: [[f64; CHANNELS]; RING],
}

impl Default for Ring {
    fn default() -> Self {
        Self { hours: [i64::MIN; RING], largest: [[0.0; CHANNELS]; RING] }
    }
}

impl Ring {
    fn index(hour: i64) -> usize {
        hour.rem_euclid(RING as i64) as usize
    }

    /// Keeps the largest deviations of an hour.
    pub fn store(&mut self, hour: i64, largest: [f64; CHANNELS]) {
        self.hours[Self::index(hour)] = hour;
        self.largest[Self::index(hour)] = largest;
    }

    /// What this hour of the day, or one beside it, reached on *each* of the last two days: the least of the days'
    /// largest deviations.
    pub fn known(&self, hour: i64) -> [f64; CHANNELS] {
        let mut known = [f64::INFINITY; CHANNELS];
        for day in 1..=DAYS {
            let mut reached = [0.0; CHANNELS];
            let middle = hour - 24 * day;
            for hour in (middle - 1)..=(middle + 1) {
                let index = Self::index(hour);
                if self.hours[index] == hour {
                    reached = std::array::from_fn(|channel| self.largest[index][channel].max(reached[channel]));
                }
            }
            known = std::array::from_fn(|channel| reached[channel].min(known[channel]));
        }
        known
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.hours(&mut self.hours);
        for largest in &mut self.largest {
            fields.floats(largest);
        }
    }
}

/// The scale of the series: mean absolute value, and mean absolute residual.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    value: f64,
    spread: f64,
    hours: u16,
}

impl Size {
    /// Takes in an hour; hours count alike, however many values they have.
    pub fn learn(&mut self, value: f64, spread: f64) {
        let (mut value, mut spread) = (value, spread);
        if self.hours >= CLIP_SIZE_AFTER {
            value = value.min(SIZE_CLIP * self.value);
            spread = spread.min(SIZE_CLIP * self.spread);
        }
        self.hours = (self.hours + 1).min(MEMORY);
        self.value += (value - self.value) / f64::from(self.hours);
        self.spread += (spread - self.spread) / f64::from(self.hours);
    }

    /// The least change of a baseline that counts.
    pub fn least(&self) -> f64 {
        LEAST_SHARE * self.value
    }

    /// The least largest deviation of an hour that is taken for usual. It keeps averages, which hardly move in a series
    /// of small noise, from being judged against next to nothing.
    pub fn floor(&self) -> f64 {
        self.least().max((SHARE * self.value).min(SPREAD_SHARE * self.spread))
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.value, &mut self.spread]);
        fields.counts([&mut self.hours]);
    }
}
