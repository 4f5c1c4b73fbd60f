//! The values of one parameter, of which any part can be made alone.

use super::anomaly::{Anomaly, Kind};
use super::noise::{Noise, heavy, normal, poisson};
use super::preset::Profile;
use super::random::{Purpose, Stream, uniform};
use super::{Clock, Plan};

/// A parameter: its name, how it behaves, and what happens to it.
#[derive(Clone, Debug)]
pub struct Series {
    /// The dotted name.
    pub name: String,
    /// Its place among the parameters, which decides its random numbers.
    pub index: usize,
    /// Its anomalies, in the order of time, not overlapping.
    pub anomalies: Vec<Anomaly>,
    /// How many decimals its values have.
    pub decimals: u32,
    level: f64,
    swing: f64,
    /// The standard deviation of the noise, in the parameter's unit.
    sigma: f64,
    /// 10 to the power of `decimals`.
    scale: f64,
    noise: Noise,
    seed: u64,
}

impl Series {
    /// Values are rounded to this share of the noise's standard deviation or finer, which adds less than a part in
    /// 10,000 to its variance (step²/12).
    const STEP: f64 = 1.0 / 30.0;

    /// A parameter without anomalies. `noise_size` replaces the profile's own share of the level; counts have none,
    /// their variance is their level.
    #[must_use]
    pub fn new(name: String, index: usize, profile: Profile, noise: Noise, noise_size: Option<f64>, seed: u64) -> Self {
        let sigma = match noise {
            Noise::Counts => profile.level.sqrt(),
            Noise::Normal | Noise::Heavy => profile.level * noise_size.unwrap_or(profile.noise),
        };
        let decimals = match noise {
            Noise::Counts => 0,
            _ if sigma == 0.0 => 6,
            _ => libm::ceil(-libm::log10(sigma * Self::STEP)).clamp(0.0, 9.0) as u32,
        };
        let scale = f64::from(10_u32.pow(decimals));
        let Profile { level, swing, .. } = profile;
        Self { name, index, anomalies: Vec::new(), decimals, level, swing, sigma, scale, noise, seed }
    }

    /// The standard deviation of the noise, in the parameter's unit; for counts at the mean level.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Fills `values` with the samples from number `first` on; also those that are missing.
    pub fn fill(&self, plan: &Plan, first: u64, values: &mut [f64]) {
        self.fill_raw(plan, first, values);
        for anomaly in self.within(first, values.len()) {
            self.apply(plan, anomaly, first, values);
        }
        for value in values {
            // nothing that is simulated can be negative; nor is it minus zero
            *value = (value.max(0.0) * self.scale).round() / self.scale + 0.0;
        }
    }

    /// Says of each sample from number `first` on whether there is one: none are in a silence, and the others are
    /// missing at random, but never within an anomaly, so that each can be seen.
    pub fn fill_present(&self, plan: &Plan, first: u64, present: &mut [bool]) {
        present.fill(true);
        if plan.recipe.missing > 0.0 {
            let mut stream = Stream::new(self.seed, Purpose::Missing, self.index, first);
            present.iter_mut().for_each(|present| *present = uniform(stream.bits()) >= plan.recipe.missing);
        }
        for anomaly in self.within(first, present.len()) {
            let (from, to) = overlap(anomaly, first, present.len());
            present[from..to].fill(anomaly.kind != Kind::Silence);
        }
    }

    /// Level and noise without anomalies, not rounded.
    fn fill_raw(&self, plan: &Plan, first: u64, values: &mut [f64]) {
        let mut stream = Stream::new(self.seed, Purpose::Noise, self.index, first);
        let mut clock = plan.clock(first);
        match self.noise {
            Noise::Normal => {
                values
                    .iter_mut()
                    .for_each(|value| *value = self.level(&mut clock) + self.sigma * normal(stream.bits()));
            }
            Noise::Heavy => {
                values.iter_mut().for_each(|value| *value = self.level(&mut clock) + self.sigma * heavy(stream.bits()));
            }
            Noise::Counts => {
                values.iter_mut().for_each(|value| *value = poisson(self.level(&mut clock), stream.bits()));
            }
        }
    }

    /// The level at the clock's step: cycle and trend, without noise. Moves the clock on.
    fn level(&self, clock: &mut Clock<'_>) -> f64 {
        let (trend, cycle) = clock.tick();
        self.level * trend * (1.0 + self.swing * cycle)
    }

    fn within(&self, first: u64, count: usize) -> impl Iterator<Item = &Anomaly> {
        let end = first + count as u64;
        let start = self.anomalies.partition_point(|anomaly| anomaly.end() <= first);
        self.anomalies[start..].iter().take_while(move |anomaly| anomaly.first < end)
    }

    fn apply(&self, plan: &Plan, anomaly: &Anomaly, first: u64, values: &mut [f64]) {
        let (from, to) = overlap(anomaly, first, values.len());
        let shift = anomaly.size * self.sigma;
        let shift = if self.noise == Noise::Counts { shift.round() } else { shift };
        let values = &mut values[from..to];
        match anomaly.kind {
            Kind::Spike | Kind::Dip | Kind::LevelShift => values.iter_mut().for_each(|value| *value += shift),
            Kind::Drift => {
                for (place, value) in values.iter_mut().enumerate() {
                    let done = (first + from as u64 - anomaly.first) as f64 + place as f64 + 1.0;
                    *value += shift * (done / anomaly.count as f64);
                }
            }
            Kind::VarianceBurst => {
                let mut clock = plan.clock(first + from as u64);
                for value in values.iter_mut() {
                    let level = self.level(&mut clock);
                    *value = level + anomaly.size * (*value - level);
                }
            }
            Kind::Flatline => {
                let mut frozen = [0.0];
                self.fill_raw(plan, anomaly.first, &mut frozen);
                values.fill(frozen[0]);
            }
            Kind::Silence => {}
        }
    }
}

/// The part of `count` samples from `first` on that lies in the anomaly, which overlaps them.
fn overlap(anomaly: &Anomaly, first: u64, count: usize) -> (usize, usize) {
    let from = anomaly.first.saturating_sub(first) as usize;
    let to = ((anomaly.end() - first) as usize).min(count);
    (from, to)
}
