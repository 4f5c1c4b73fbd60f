//! The default method, `adaptive@1`.
//!
//! Four channels look at each value: a fast and a slow average of its residual against the hour of the week's usual, the
//! value against the hour of the day's usual, and its step. Each channel's deviation is judged against the largest
//! deviations that channel reached in the hours before, by a [`Gumbel`] law; the most surprised channel decides. A
//! channel's deviation is linear in the new value, so each gives an interval of values that would pass; their
//! intersection is the limits.
//!
//! The method is specified by an executable reference with which a test compares every figure. It is frozen: what
//! improves on it gets a version of its own.

mod state;

use super::{Attention, Channel, Deciding, Limits, Rules, Tier, Verdict};
use crate::domain::ema::Ema;
use crate::domain::gumbel::{Gumbel, Quantile};
use crate::domain::hour::Hour;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::zone::{SLOTS, Zone};

const CHANNELS: [Channel; 4] = [Channel::Fast, Channel::Slow, Channel::Point, Channel::Step];

/// Time constant of the slow average, in hours.
const SLOW_HOURS: f64 = 3.0;
/// Time constant of the centres of the channels, in hours.
const CENTRE_HOURS: f64 = 168.0;
/// Visits that the mean of the hour of the day counts for behind the hour of the week.
const DAY_VISITS: f64 = 1.0;
/// From so many visits on a slot's mean is exponentially weighted.
const VISITS: u16 = 8;
/// Memory of the hourly maxima, in hours.
const MEMORY: u16 = 336;
/// Hours for which the prior spread of the maxima counts.
const PRIOR_HOURS: f64 = 5.0;
/// The prior spread of the maxima, relative to their mean.
const PRIOR_SPREAD: f64 = 0.5;
/// The least spread of the maxima, relative to their mean.
const LEAST_SPREAD: f64 = 0.1;
/// Deviations are never measured against less than this share of the mean absolute value.
const FLOOR: f64 = 0.01;
/// The least scale of all.
const TINY: f64 = 1e-12;
/// Hours with data before there are limits.
const LEARNING_HOURS: u16 = 24;
/// Below this threshold a larger spread may lower a limit, and the shortcut of [`Adaptive::scan`] is not taken.
const LEAST_GUARDED_THRESHOLD: f64 = 0.5;

/// The detector of one series. Its state has a fixed size; a value costs a fixed number of operations.
#[derive(Clone, Debug)]
pub struct Adaptive {
    zone: Zone,
    threshold: f64,
    attention: Attention,
    quantile: Quantile,
    baseline: Baseline,
    hour: OpenHour,
    averages: Averages,
    memory: [Maxima; 4],
    /// Hours in the memory, at most [`MEMORY`].
    hours: u16,
    /// Where each channel's deviation is centred: a slow mean, by which the level follows trends.
    centres: [f64; 4],
    /// The largest deviation of each channel in the current hour.
    largest: [f64; 4],
    /// Deviations up to these can't be exceedances: the limits without the floor.
    guards: [f64; 4],
    /// How far a deviation moves its centre at most.
    caps: [f64; 4],
    gains: Gains,
}

/// Mean values by hour of the week, hour of the day, and overall.
#[derive(Clone, Debug)]
struct Baseline {
    week: [f64; SLOTS],
    week_visits: [u16; SLOTS],
    day: [f64; 24],
    day_visits: [u16; 24],
    all: f64,
    all_visits: u16,
}

/// The usual value around one hour: by hour of the day, and pooled by hour of the week.
#[derive(Clone, Copy, Debug, Default)]
struct Usual {
    day: f64,
    week: f64,
}

/// The hour that is under way.
#[derive(Clone, Copy, Debug)]
struct OpenHour {
    number: i64,
    slot: usize,
    sum: f64,
    count: u64,
    /// The usual of the hour before, of this one, and of the next.
    usual: [Usual; 3],
}

/// What runs along with the values.
#[derive(Clone, Copy, Debug, Default)]
struct Averages {
    count: u64,
    mean_abs: f64,
    fast: Ema<10>,
    slow: f64,
    slow_weight: f64,
    last_value: f64,
    last_time: Millis,
}

/// Mean and variance of the hourly maxima of a channel.
#[derive(Clone, Copy, Debug, Default)]
struct Maxima {
    mean: f64,
    variance: f64,
}

/// The gains of the slow average and of the centres for one sampling interval.
#[derive(Clone, Copy, Debug)]
struct Gains {
    interval: Millis,
    slow: f64,
    centre: f64,
}

/// A channel's deviation as a line in the new value, `gain·x + rest`, and at the value that came.
#[derive(Clone, Copy, Debug)]
struct Line {
    gain: f64,
    rest: f64,
    at: f64,
}

impl Adaptive {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let Rules { threshold, zone, attention } = rules;
        Self {
            zone,
            threshold,
            attention,
            quantile: Quantile::of_surprise(threshold),
            baseline: Baseline {
                week: [0.0; SLOTS],
                week_visits: [0; SLOTS],
                day: [0.0; 24],
                day_visits: [0; 24],
                all: 0.0,
                all_visits: 0,
            },
            hour: OpenHour { number: i64::MIN, slot: 0, sum: 0.0, count: 0, usual: [Usual::default(); 3] },
            averages: Averages::default(),
            memory: [Maxima::default(); 4],
            hours: 0,
            centres: [0.0; 4],
            largest: [0.0; 4],
            guards: [f64::INFINITY; 4],
            caps: [f64::INFINITY; 4],
            gains: Gains { interval: Millis::MIN, slow: 0.0, centre: 0.0 },
        }
    }

    /// Whether there are no limits yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.hours < LEARNING_HOURS
    }

    /// Judges a value, then learns from it.
    pub fn push(&mut self, time: Millis, value: f64) -> Verdict {
        let (lines, expected) = self.view(time, value);
        let deviations = self.deviations(&lines);
        let verdict = self.judge(value, expected, &lines, &deviations);
        self.learn(&deviations);
        verdict
    }

    /// See [`super::Detector::scan`].
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut exceedance: impl FnMut(usize, Verdict)) {
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            let (lines, expected) = self.view(time, value);
            let deviations = self.deviations(&lines);
            let beyond = |channel: usize| deviations[channel].abs() > self.guards[channel];
            if beyond(0) | beyond(1) | beyond(2) | beyond(3) {
                let verdict = self.judge(value, expected, &lines, &deviations);
                if verdict.exceedance {
                    exceedance(index, verdict);
                }
            }
            self.learn(&deviations);
        }
    }

    /// Moves time on and takes the value into the averages. Returns each channel as a line in the value, whose terms
    /// were known before it, and the value that was expected.
    #[inline(always)]
    fn view(&mut self, time: Millis, value: f64) -> ([Line; 4], f64) {
        let first = self.averages.count == 0;
        if first {
            self.averages.last_value = value;
            self.averages.last_time = time;
            self.baseline.all = value;
            self.begin_hour(time.div_euclid(HOUR));
        } else if time >= (self.hour.number + 1) * HOUR {
            self.end_hour();
            self.begin_hour(time.div_euclid(HOUR));
        }
        let averages = &mut self.averages;
        let interval = time - averages.last_time;
        if interval != self.gains.interval {
            self.gains = Gains::of(interval);
        }
        averages.count += 1;
        averages.mean_abs += (value.abs() - averages.mean_abs) / averages.count as f64;

        let usual = self.hour.usual_at(time);
        let residual = value - usual.week;
        let (fast_gain, fast_rest) = averages.fast.next_as_line(usual.week);
        let fast = averages.fast.push(residual);

        let weight = if first { 1.0 } else { self.gains.slow };
        averages.slow_weight = averages.slow_weight * (1.0 - weight) + weight;
        let slow_gain = if averages.slow_weight < 1.0 { weight / averages.slow_weight } else { weight };
        let slow_rest = averages.slow - slow_gain * (usual.week + averages.slow);
        averages.slow += slow_gain * (residual - averages.slow);

        let lines = [
            Line { gain: fast_gain, rest: fast_rest, at: fast },
            Line { gain: slow_gain, rest: slow_rest, at: averages.slow },
            Line { gain: 1.0, rest: -usual.day, at: value - usual.day },
            Line { gain: 1.0, rest: -averages.last_value, at: value - averages.last_value },
        ];
        averages.last_value = value;
        averages.last_time = time;
        self.hour.sum += value;
        self.hour.count += 1;
        (lines, usual.week)
    }

    /// The deviations of the channels from their centres.
    #[inline(always)]
    fn deviations(&self, lines: &[Line; 4]) -> [f64; 4] {
        std::array::from_fn(|channel| lines[channel].at - self.centres[channel])
    }

    /// Learns from the deviations of a value.
    #[inline(always)]
    fn learn(&mut self, deviations: &[f64; 4]) {
        let gain = self.gains.centre.max(1.0 / self.averages.count as f64);
        for (channel, &deviation) in deviations.iter().enumerate() {
            let size = deviation.abs();
            if size > self.largest[channel] {
                self.largest[channel] = size;
            }
            let cap = self.caps[channel];
            self.centres[channel] += gain * deviation.min(cap).max(-cap);
        }
    }

    /// Compares the deviations of a value with what is usual.
    #[inline(never)]
    fn judge(&self, value: f64, expected: f64, lines: &[Line; 4], deviations: &[f64; 4]) -> Verdict {
        if self.is_learning() {
            return Verdict::learning(expected, Tier::HourOfWeek);
        }
        let (mut surprise, mut deciding) = (0.0, None);
        let (mut lower, mut upper) = (f64::NEG_INFINITY, f64::INFINITY);
        for (channel, (&line, &quantity)) in lines.iter().zip(deviations).enumerate() {
            let (usual, usual_std) = self.memory[channel].scale(self.hours, FLOOR * self.averages.mean_abs);
            let law = Gumbel::from_moments(usual, usual_std);
            let channel_surprise = law.surprise(quantity.abs());
            if channel_surprise > surprise {
                surprise = channel_surprise;
                deciding = Some(Deciding { channel: CHANNELS[channel], quantity, usual, usual_std });
            }
            let limit = law.limit(self.quantile);
            lower = lower.max((self.centres[channel] - limit - line.rest) / line.gain);
            upper = upper.min((self.centres[channel] + limit - line.rest) / line.gain);
        }
        let exceeds = surprise >= self.threshold;
        let above = deciding.is_some_and(|deciding| deciding.quantity > 0.0);
        let limits = Limits::agreeing((lower, upper), value, exceeds, above, (&self.attention, expected));
        let exceedance = !limits.contain(value);
        Verdict { surprise, deciding, expected, limits, exceedance, tier: Tier::HourOfWeek }
    }

    /// Takes the finished hour into the baseline and into the memory of maxima.
    fn end_hour(&mut self) {
        self.baseline.learn(self.hour.slot, self.hour.sum / self.hour.count as f64);
        self.hours = (self.hours + 1).min(MEMORY);
        for (maxima, largest) in self.memory.iter_mut().zip(&mut self.largest) {
            maxima.learn(*largest, 1.0 / f64::from(self.hours));
            *largest = 0.0;
        }
        self.prepare();
    }

    /// Derives guards and caps from the memory, for the hour that begins.
    fn prepare(&mut self) {
        if self.is_learning() {
            return;
        }
        for (channel, maxima) in self.memory.iter().enumerate() {
            let (usual, usual_std) = maxima.scale(self.hours, 0.0);
            let limit = Gumbel::from_moments(usual, usual_std).limit(self.quantile);
            let guarded = self.threshold >= LEAST_GUARDED_THRESHOLD;
            self.guards[channel] = if guarded { limit * (1.0 - 1e-9) } else { -1.0 };
            self.caps[channel] = maxima.mean;
        }
    }

    /// Begins an hour: looks up what is usual around it.
    fn begin_hour(&mut self, number: i64) {
        let usual = |hour: i64| self.baseline.usual(self.zone.slot(Hour::new(hour)));
        self.hour = OpenHour {
            number,
            slot: self.zone.slot(Hour::new(number)),
            sum: 0.0,
            count: 0,
            usual: [usual(number - 1), usual(number), usual(number + 1)],
        };
    }
}

impl Baseline {
    /// The usual of a slot: the mean of its hour of the day (of everything, before that hour was ever seen), and that
    /// of the hour of the week, pooled with the former while there are few weeks.
    fn usual(&self, slot: usize) -> Usual {
        let hour_of_day = slot % 24;
        let day = if self.day_visits[hour_of_day] > 0 { self.day[hour_of_day] } else { self.all };
        let visits = f64::from(self.week_visits[slot]);
        Usual { day, week: (visits * self.week[slot] + DAY_VISITS * day) / (visits + DAY_VISITS) }
    }

    /// Learns the mean of an hour.
    fn learn(&mut self, slot: usize, mean: f64) {
        let follow = |value: &mut f64, visits: &mut u16, most: u16| {
            *visits = (*visits + 1).min(most);
            *value += (mean - *value) / f64::from(*visits);
        };
        follow(&mut self.week[slot], &mut self.week_visits[slot], VISITS);
        follow(&mut self.day[slot % 24], &mut self.day_visits[slot % 24], VISITS);
        follow(&mut self.all, &mut self.all_visits, 24 * VISITS);
    }
}

impl OpenHour {
    /// The usual at a moment of this hour: interpolated between the middles of the hours.
    #[inline(always)]
    fn usual_at(&self, time: Millis) -> Usual {
        let part = (time - self.number * HOUR) as f64 / HOUR as f64;
        let away = (part - 0.5).abs();
        let (near, far) = (self.usual[1], self.usual[if part >= 0.5 { 2 } else { 0 }]);
        Usual { day: (1.0 - away) * near.day + away * far.day, week: (1.0 - away) * near.week + away * far.week }
    }
}

impl Maxima {
    /// Learns the largest deviation of an hour, with this weight (exponentially weighted moments: Finch, *Incremental
    /// calculation of weighted mean and variance*, 2009, formulas 124 and 143).
    fn learn(&mut self, largest: f64, weight: f64) {
        let change = largest - self.mean;
        self.mean += weight * change;
        self.variance = (1.0 - weight) * (self.variance + weight * change * change);
    }

    /// Mean and standard deviation to judge by: not below `floor`, and the spread pooled with a prior.
    fn scale(&self, hours: u16, floor: f64) -> (f64, f64) {
        let mean = self.mean.max(floor).max(TINY);
        let hours = f64::from(hours);
        let prior = PRIOR_SPREAD * mean;
        let pooled = ((hours * self.variance + PRIOR_HOURS * (prior * prior)) / (hours + PRIOR_HOURS)).sqrt();
        (mean, pooled.max(LEAST_SPREAD * mean))
    }
}

impl Gains {
    /// The gains of exponential averages for an interval, `1 − exp(−Δt/τ)`.
    #[cold]
    fn of(interval: Millis) -> Self {
        let hours = interval as f64 / HOUR as f64;
        Self {
            interval,
            slow: 1.0 - libm::exp(-hours.max(1e-9) / SLOW_HOURS),
            centre: 1.0 - libm::exp(-hours.max(0.0) / CENTRE_HOURS),
        }
    }
}
