//! Synthetic data: parameters with daily and weekly cycles, a trend, noise and gaps; events and log lines; and
//! anomalies of which it is known where they are.
//!
//! Everything is a function of the [`Plan`] and of a place in it. Any part can be made alone and is the same bit for
//! bit whatever made it: random numbers come from counter-based streams, transcendental functions from `libm`.

pub mod anomaly;
pub mod arrival;
pub mod cycle;
pub mod noise;
pub mod occurrence;
pub mod preset;
pub mod random;
pub mod record;
pub mod series;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;

use self::anomaly::{Anomaly, Kind, Room, Wanted};
use self::arrival::Counts;
use self::cycle::{Offsets, Week};
use self::noise::Noise;
use self::preset::Preset;
use self::series::Series;
use super::measurement::{HOUR, Millis};
use super::zone::Zone;

/// What a data set is made from.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// What is simulated.
    pub preset: Preset,
    /// The same seed gives the same data.
    pub seed: u64,
    /// The start of the range, and the time of the first sample.
    pub from: Millis,
    /// The end of the range, exclusive.
    pub to: Millis,
    /// The time from one sample to the next.
    pub every: Millis,
    /// The number of parameters.
    pub parameters: usize,
    /// In whose civil time days and weeks begin.
    pub zone: Zone,
    /// The growth of levels in a week, as a share of the level at the start; negative for a decline.
    pub trend: f64,
    /// How values scatter.
    pub noise: Noise,
    /// The standard deviation of the noise as a share of the level; the preset's where `None`.
    pub noise_size: Option<f64>,
    /// The share of samples that are missing.
    pub missing: f64,
    /// The share of records that come late.
    pub late: f64,
    /// The share of records that come twice.
    pub duplicates: f64,
    /// Events in an hour.
    pub events: f64,
    /// Log lines in an hour.
    pub logs: f64,
    /// The anomalies.
    pub anomalies: Wanted,
}

/// A data set, ready to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is made from.
    pub recipe: Recipe,
    /// The number of samples of a parameter, missing ones included.
    pub steps: u64,
    /// The parameters.
    pub series: Vec<Series>,
    week: Option<Week>,
    offsets: Offsets,
}

impl Recipe {
    /// Data of `every` so many milliseconds that are complete, on time and ordinary: no trend, nothing missing or late,
    /// no events and logs, nothing planted.
    #[must_use]
    pub fn plain(preset: Preset, (from, to): (Millis, Millis), every: Millis, parameters: usize) -> Self {
        Self {
            preset,
            seed: 1,
            from,
            to,
            every,
            parameters,
            zone: Zone::UTC,
            trend: 0.0,
            noise: Noise::Normal,
            noise_size: None,
            missing: 0.0,
            late: 0.0,
            duplicates: 0.0,
            events: 0.0,
            logs: 0.0,
            anomalies: Wanted { per_parameter: 0, kinds: Vec::new(), size: 0.0 },
        }
    }

    /// The number of samples of a parameter.
    #[must_use]
    pub fn steps(&self) -> u64 {
        ((self.to - self.from).max(0) as u64).div_ceil(self.every as u64)
    }
}

impl Plan {
    /// Plants the anomalies and makes ready. The recipe's range must not be empty, and must have room for the
    /// anomalies: see [`Room::most`].
    #[must_use]
    pub fn new(recipe: Recipe) -> Self {
        let steps = recipe.steps();
        let room = Room::new(steps, recipe.every);
        let series = |(index, (name, profile))| {
            let mut series = Series::new(name, index, profile, recipe.noise, recipe.noise_size, recipe.seed);
            series.anomalies = room.plant(&recipe.anomalies, recipe.seed, index);
            series
        };
        Self {
            steps,
            series: recipe.preset.parameters(recipe.parameters).into_iter().enumerate().map(series).collect(),
            week: Week::new(recipe.preset.rhythm()),
            offsets: Offsets::new(recipe.zone, recipe.from, recipe.to),
            recipe,
        }
    }

    /// The time of a step.
    #[must_use]
    pub fn time(&self, step: u64) -> Millis {
        self.recipe.from + step as Millis * self.recipe.every
    }

    /// The first step at or after a time.
    #[must_use]
    pub fn step_from(&self, time: Millis) -> u64 {
        ((time - self.recipe.from).max(0) as u64).div_ceil(self.recipe.every as u64).min(self.steps)
    }

    /// The groups of parameters that make a record together: those of one host.
    pub fn groups(&self) -> impl Iterator<Item = &[Series]> {
        self.series.chunks(self.recipe.preset.profiles().len())
    }

    /// The place of a series' group among all.
    #[must_use]
    pub fn group_of(&self, series: &Series) -> usize {
        series.index / self.recipe.preset.profiles().len()
    }

    /// All anomalies with the series they belong to, by start and then name.
    #[must_use]
    pub fn truth(&self) -> Vec<(&Series, &Anomaly)> {
        let mut truth: Vec<_> = self
            .series
            .iter()
            .flat_map(|series| series.anomalies.iter().map(move |anomaly| (series, anomaly)))
            .collect();
        truth.sort_by(|(a, x), (b, y)| x.first.cmp(&y.first).then_with(|| a.name.cmp(&b.name)));
        truth
    }

    /// Whether it is known beforehand how much there will be.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        let Recipe { missing, duplicates, events, logs, .. } = &self.recipe;
        missing + duplicates + events + logs == 0.0
    }

    /// How much there will be, on average: as records by host with events and log lines (`by_host`), or by step.
    /// Records of which all parameters are missing are not taken off.
    #[must_use]
    pub fn expected(&self, by_host: bool) -> Counts {
        let Recipe { missing, duplicates, late, events, logs, .. } = self.recipe;
        let silent = |series: &Series| -> u64 {
            series.anomalies.iter().filter(|anomaly| anomaly.kind == Kind::Silence).map(|anomaly| anomaly.count).sum()
        };
        let samples: u64 = self.series.iter().map(|series| self.steps - silent(series)).sum();
        let hours = (self.recipe.to - self.recipe.from) as f64 / HOUR as f64;
        let records = match by_host {
            true => (self.steps * self.groups().count() as u64) as f64 + hours * (events + logs),
            false => self.steps as f64,
        };
        Counts {
            records: (records * (1.0 + duplicates)).round() as u64,
            measurements: (samples as f64 * (1.0 - missing) * (1.0 + duplicates)).round() as u64,
            late: (records * late).round() as u64,
            duplicates: (records * duplicates).round() as u64,
        }
    }

    /// A clock that begins at a step.
    fn clock(&self, step: u64) -> Clock<'_> {
        Clock { plan: self, time: self.time(step), offset: 0, until: Millis::MIN }
    }
}

/// Walks through the steps and says how levels move with time, all but the parameter's own part.
#[derive(Debug)]
struct Clock<'a> {
    plan: &'a Plan,
    time: Millis,
    offset: Millis,
    until: Millis,
}

impl Clock<'_> {
    /// The factor of the trend, and the cycle's course between -1 and 1, at the current step; moves on to the next.
    fn tick(&mut self) -> (f64, f64) {
        const WEEK: f64 = (168 * HOUR) as f64;
        let plan = self.plan;
        let trend = 1.0 + plan.recipe.trend * ((self.time - plan.recipe.from) as f64 / WEEK);
        let cycle = plan.week.as_ref().map_or(0.0, |week| {
            if self.time >= self.until {
                (self.offset, self.until) = plan.offsets.at(self.time);
            }
            week.at(self.time + self.offset)
        });
        self.time += plan.recipe.every;
        (trend, cycle)
    }
}
