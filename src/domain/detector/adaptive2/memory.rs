//! What deviations are usual: the memory of hourly maxima, and the laws made of it.

use super::ingredient::{Ingredient, Ingredients};
use crate::domain::bytes::Fields;
use crate::domain::gumbel::{Gumbel, Quantile};

/// Memory of the hourly maxima, in hours …
const MEMORY: u32 = 1008;
/// … but no longer than this share of the hours seen: what is known in the first weeks soon gets better …
const SHARE: f64 = 0.33;
/// … and no shorter than so many hours.
const SHORTEST: f64 = 48.0;
/// At these numbers of hours the past counts for no more than so many hours: after two days every hour of the day has
/// been seen, after eight the baseline knows the week. Deviations before that were from one that knew less.
const LESS: [(u32, f64); 2] = [(48, 6.0), (192, 12.0)];
/// Hours for which the prior spread of the root maxima counts.
const PRIOR_HOURS: f64 = 5.0;
/// The prior spread of the root maxima, relative to their mean.
const PRIOR_SPREAD: f64 = 0.2;
/// The least spread of the root maxima, relative to their mean.
const LEAST_SPREAD: f64 = 0.05;
/// While the memory is of few hours `n` the spread is wider by `√(1 + COLD/n)`: they come from the same one or two days.
const COLD: f64 = 6.0;
/// The surprise beyond which an hour enters the memory as if it had just reached it.
const CLIP_SURPRISE: f64 = 2.75;
/// An hour that is the n-th in a row beyond it counts `1/(1 + (n−1)·RUN)`, so that an outage counts like a few hours …
const RUN: f64 = 1.0;
/// … unless it is longer than this: then it is what is usual now.
const LONGEST_RUN: u16 = 48;
/// The least root of a deviation that is told from zero.
const TINY: f64 = 1e-150;

/// How many of the hours seen are remembered.
pub(super) fn remembered(hours: u32) -> f64 {
    f64::from(hours.min(MEMORY)).min((SHARE * f64::from(hours)).max(SHORTEST))
}

/// Mean and variance of the square roots of the hourly maxima of `N` quantities.
#[derive(Clone, Debug)]
pub(super) struct Memory<const N: usize> {
    mean: [f64; N],
    variance: [f64; N],
    /// Hours in a row beyond the clip.
    run: [u16; N],
    /// Hours that the moments count for.
    weight: f64,
    /// Hours seen.
    hours: u32,
}

/// How a channel is judged during one hour: the root of a deviation, less the doubt and divided by `factor`, against a
/// Gumbel law.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    gumbel: Gumbel,
    mean: f64,
    std_dev: f64,
    /// By how much larger deviations are at this hour.
    factor: f64,
    /// What is added to what is usual because the usual value is in doubt.
    doubt: f64,
    /// The deviation at which the surprise reaches the threshold; negative infinity where even none would.
    pub limit: f64,
    /// Deviations up to this can't be exceedances, whatever the rounding.
    pub guard: f64,
    /// How far a deviation moves its centre at most.
    pub cap: f64,
}

/// What the laws of one hour depend on besides the memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Circumstances {
    /// The deviation that the same hour reached on each of the last days.
    pub known: f64,
    /// By how much larger deviations are at this hour of the day.
    pub factor: f64,
    /// How far the usual value is in doubt.
    pub doubt: f64,
}

impl<const N: usize> Default for Memory<N> {
    fn default() -> Self {
        Self { mean: [0.0; N], variance: [0.0; N], run: [0; N], weight: 0.0, hours: 0 }
    }
}

impl<const N: usize> Memory<N> {
    /// Hours seen.
    pub fn hours(&self) -> u32 {
        self.hours
    }

    /// The mean of the roots, not below that of the floor.
    pub fn mean(&self, channel: usize, floor: f64) -> f64 {
        self.mean[channel].max(floor.sqrt()).max(TINY)
    }

    /// Learns the largest deviations of an hour (exponentially weighted moments: Finch, *Incremental calculation of
    /// weighted mean and variance*, 2009, formulas 124 and 143).
    ///
    /// The root makes the maxima of a heavy-tailed series more nearly symmetric (Tukey's ladder of powers), and with
    /// the clip bounds what one outage does to mean and variance.
    pub fn learn(&mut self, largest: &[f64; N], floors: &[f64; N], learning: bool, parts: Ingredients) {
        let forgets = parts.has(Ingredient::Forgetting);
        for (hours, weight) in LESS {
            if self.hours == hours && forgets {
                self.weight = self.weight.min(weight);
            }
        }
        self.hours = self.hours.saturating_add(1);
        let longest = if forgets { remembered(self.hours) } else { f64::from(self.hours.min(MEMORY)) };
        self.weight = (self.weight + 1.0).min(longest);
        let full = 1.0 / self.weight;
        let clip = Quantile::of_surprise(CLIP_SURPRISE);
        for (channel, largest) in largest.iter().enumerate() {
            let mut root = largest.sqrt();
            let mut weight = full;
            if !learning && parts.has(Ingredient::ClippedMemory) {
                let (mean, std_dev) = self.scale(channel, floors[channel]);
                let most = Gumbel::from_moments(mean, std_dev).limit(clip);
                if root > most {
                    if self.run[channel] < LONGEST_RUN {
                        weight /= 1.0 + RUN * f64::from(self.run[channel]);
                    }
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
        let mean = self.mean(channel, floor);
        let prior = PRIOR_SPREAD * mean;
        let pooled =
            (self.weight * self.variance[channel] + PRIOR_HOURS * (prior * prior)) / (self.weight + PRIOR_HOURS);
        (mean, pooled.sqrt().max(LEAST_SPREAD * mean))
    }

    /// The law for one hour.
    pub fn law(
        &self,
        channel: usize,
        floor: f64,
        circumstances: Circumstances,
        level: Quantile,
        parts: Ingredients,
    ) -> Law {
        let (mean, spread) = self.scale(channel, floor);
        let cold = if parts.has(Ingredient::ColdStart) { COLD } else { 0.0 };
        let std_dev = spread * (1.0 + cold / self.weight.max(1.0)).sqrt();
        let gumbel = Gumbel::from_moments(mean, std_dev);
        let mut factor = circumstances.factor;
        if parts.has(Ingredient::Recurrence) {
            factor *= recurrence(circumstances.known / circumstances.factor, mean);
        }
        let doubt = circumstances.doubt;
        let root = gumbel.limit(level);
        let limit = if root < 0.0 { f64::NEG_INFINITY } else { factor * (root * root) + doubt };
        let guard = limit * (1.0 - 1e-9);
        let own = self.mean[channel];
        Law { gumbel, mean, std_dev, factor, doubt, limit, guard, cap: own * own }
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.mean);
        fields.floats(&mut self.variance);
        fields.counts(&mut self.run);
        fields.floats([&mut self.weight]);
        let mut hours = u64::from(self.hours);
        fields.bits(&mut hours);
        self.hours = hours as u32;
    }
}

/// By how much more than usual is ordinary where the same hour reached `known` on each of the last days, for a usual
/// root of `mean`: what recurs daily is less surprising, but not quite usual.
fn recurrence(known: f64, mean: f64) -> f64 {
    const POWER: f64 = 0.65;
    let ratio = known / (mean * mean);
    if ratio > 1.0 { libm::pow(ratio, POWER) } else { 1.0 }
}

impl Law {
    /// While there is too little history nothing is judged, and centres follow freely.
    pub const LEARNING: Self = Self {
        gumbel: Gumbel::NEVER,
        mean: 0.0,
        std_dev: 0.0,
        factor: 1.0,
        doubt: 0.0,
        limit: f64::INFINITY,
        guard: f64::INFINITY,
        cap: f64::INFINITY,
    };

    /// `−log10` of the probability that an ordinary hour's largest deviation is at least `q`.
    pub fn surprise(&self, q: f64) -> f64 {
        self.gumbel.surprise(((q - self.doubt).max(0.0) / self.factor).sqrt())
    }

    /// The usual largest deviation of an hour and its spread, in the unit of the values: if `√q` has mean m and
    /// standard deviation s then `q` has about m² and 2ms (delta method).
    pub fn usual(&self) -> (f64, f64) {
        (self.factor * self.mean * self.mean + self.doubt, self.factor * 2.0 * self.mean * self.std_dev)
    }
}
