//! The method `adaptive@2`, which is to follow [`adaptive@1`](super::Adaptive). Not the default yet: the pipeline does
//! not tell of the level shifts and silences that it finds, and shifts of 3σ are mostly missed. What each part brings is
//! measured in `ablation.md` beside this file.
//!
//! Four channels look at each value's residual, which is what it differs from the hour of the week's usual: the residual
//! itself, its difference from the mean of the last hours, a fast and a long average of it. Each is judged against the
//! largest deviations it reached in the hours before, by a Gumbel law of their square roots; the most surprised
//! channel decides. What `adaptive@2` does differently from `adaptive@1`, each because it measured better:
//!
//! - maxima are remembered as their square roots, and none as larger than what one hour in 178 reaches: a past outage
//!   doesn't blind the detector, nor do the first two days, which knew no baseline ([`memory`]);
//! - what this hour of the day reached on each of the last two days is ordinary ([`memory::Ring`]);
//! - an hour moves the baseline by at most three times the usual change ([`baseline`]), but a level that stays is taken
//!   over within twelve hours ([`level`]);
//! - nothing is judged against less than the scale of the series ([`memory::Size`]); spreads start wide.
//!
//! All that a verdict needs beyond the value is settled when its hour begins. A channel's deviation is linear in the
//! new value, so each gives an interval of values that would pass; their intersection is the limits, and a value is
//! outside them exactly when its surprise reaches the threshold.

mod baseline;
mod level;
mod memory;
mod silence;
mod state;
#[cfg(test)]
mod tests;

pub use level::Shift;
pub use silence::Silence;

use self::baseline::Baseline;
use self::level::Level;
use self::memory::{CHANNELS as COUNT, Law, Memory, Ring, Size};
use self::silence::Arrivals;
use super::{Attention, Channel, Deciding, Event, Limits, Rules, Tier, Verdict};
use crate::domain::ema::Ema;
use crate::domain::gumbel::Quantile;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::zone::Zone;

const CHANNELS: [Channel; COUNT] = [Channel::Value, Channel::Local, Channel::Fast, Channel::Long];

/// Time constant of the long average, in hours.
const LONG_HOURS: f64 = 8.0;
/// Time constant of the centres of the channels, in hours.
const CENTRE_HOURS: f64 = 168.0;
/// Hours with data before there are limits.
const LEARNING_HOURS: u16 = 24;

/// The detector of one series. Its state has a fixed size; a value costs a fixed number of operations.
#[derive(Clone, Debug)]
pub struct Adaptive2 {
    zone: Zone,
    threshold: f64,
    attention: Attention,
    quantile: Quantile,
    baseline: Baseline,
    level: Level,
    memory: Memory<COUNT>,
    ring: Ring,
    size: Size,
    arrivals: Arrivals,
    averages: Averages,
    hour: Hour,
    /// Where each channel's deviation is centred: a slow mean, by which the level follows trends.
    centres: [f64; COUNT],
    /// The largest deviation of each channel in the current hour.
    largest: [f64; COUNT],
    /// How each channel is judged in the current hour.
    laws: [Law; COUNT],
    gains: Gains,
    /// A change of level that was just taken over.
    news: Option<Shift>,
}

/// The hour that is under way.
#[derive(Clone, Copy, Debug)]
struct Hour {
    number: i64,
    slot: usize,
    sum: f64,
    count: u64,
    /// The sum of the absolute values.
    size: f64,
    /// The sum of the absolute residuals.
    spread: f64,
    /// The usual value of the hour before, of this one, and of the next.
    usual: [f64; 3],
}

/// What runs along with the values.
#[derive(Clone, Copy, Debug, Default)]
struct Averages {
    count: u64,
    fast: Ema<10>,
    long: f64,
    long_weight: f64,
    last_time: Millis,
}

/// The gains of the long average and of the centres for one sampling interval.
#[derive(Clone, Copy, Debug)]
struct Gains {
    interval: Millis,
    long: f64,
    centre: f64,
}

/// A channel's deviation as a line in the new value, `gain·x + rest`, and at the value that came.
#[derive(Clone, Copy, Debug)]
struct Line {
    gain: f64,
    rest: f64,
    at: f64,
}

impl Adaptive2 {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let Rules { threshold, zone, attention } = rules;
        Self {
            zone,
            threshold,
            attention,
            quantile: Quantile::of_surprise(threshold),
            baseline: Baseline::default(),
            level: Level::default(),
            memory: Memory::default(),
            ring: Ring::default(),
            size: Size::default(),
            arrivals: Arrivals::default(),
            averages: Averages::default(),
            hour: Hour::EMPTY,
            centres: [0.0; COUNT],
            largest: [0.0; COUNT],
            laws: [Law::LEARNING; COUNT],
            gains: Gains { interval: Millis::MIN, long: 0.0, centre: 0.0 },
            news: None,
        }
    }

    /// Whether there are no limits yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.memory.hours() < LEARNING_HOURS
    }

    /// The last level shift that was taken over, while the level before it is kept.
    #[must_use]
    pub fn level_shift(&self) -> Option<Shift> {
        self.level.shift()
    }

    /// How long the longest interval between two values in an hour usually is.
    #[must_use]
    pub fn usual_gap(&self) -> Millis {
        self.arrivals.usual_gap()
    }

    /// Tells of the time. Returns the silence in which data are expected and not there, once, when its onset has come.
    /// What is learnt does not depend on it.
    pub fn advance_to(&mut self, now: Millis) -> Option<Silence> {
        if self.is_learning() {
            return None;
        }
        self.arrivals.advance_to(now, self.averages.last_time, self.zone, self.quantile)
    }

    /// See [`super::Detector::push`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn push(&mut self, time: Millis, value: f64, mut tell: impl FnMut(Event, Millis)) -> Verdict {
        self.look_around(time, &mut tell);
        let (lines, expected) = self.view(time, value);
        if let Some(shift) = self.news.take() {
            tell(Event::LevelShift(0, shift), self.usual_gap());
        }
        let deviations = self.deviations(&lines);
        let verdict = self.judge(value, expected, &lines, &deviations);
        if verdict.exceedance {
            tell(Event::Value(0, verdict), self.usual_gap());
        }
        self.learn(&deviations);
        verdict
    }

    /// Tells of what lies between the last value and one that comes at this time.
    fn look_around(&mut self, time: Millis, tell: &mut impl FnMut(Event, Millis)) {
        if let Some(silence) = self.advance_to(time) {
            tell(Event::Silence(silence), self.usual_gap());
        }
    }

    /// See [`super::Detector::scan`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut tell: impl FnMut(Event, Millis)) {
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            self.look_around(time, &mut tell);
            let (lines, expected) = self.view(time, value);
            if let Some(shift) = self.news.take() {
                tell(Event::LevelShift(index, shift), self.usual_gap());
            }
            let deviations = self.deviations(&lines);
            let beyond = |channel: usize| deviations[channel].abs() > self.laws[channel].guard;
            if beyond(0) | beyond(1) | beyond(2) | beyond(3) {
                let verdict = self.judge(value, expected, &lines, &deviations);
                if verdict.exceedance {
                    tell(Event::Value(index, verdict), self.usual_gap());
                }
            }
            self.learn(&deviations);
        }
    }

    /// Moves time on and takes the value into the averages. Returns each channel as a line in the value, whose terms
    /// were known before it, and the value that was expected.
    #[inline(always)]
    fn view(&mut self, time: Millis, value: f64) -> ([Line; COUNT], f64) {
        let first = self.averages.count == 0;
        if first {
            self.averages.last_time = time;
            self.baseline.begin(value);
            self.begin_hour(time.div_euclid(HOUR));
        } else if time >= (self.hour.number + 1) * HOUR {
            let number = time.div_euclid(HOUR);
            self.end_hour(number);
            self.begin_hour(number);
        }
        let averages = &mut self.averages;
        let interval = time - averages.last_time;
        if interval != self.gains.interval {
            self.gains = Gains::of(interval);
        }
        self.arrivals.arrive(interval);
        averages.last_time = time;
        averages.count += 1;

        let usual = self.hour.usual_at(time);
        let residual = value - usual;
        let (fast_gain, fast_rest) = averages.fast.next_as_line(usual);
        let fast = averages.fast.push(residual);

        let weight = if first { 1.0 } else { self.gains.long };
        averages.long_weight = averages.long_weight * (1.0 - weight) + weight;
        let long_gain = if averages.long_weight < 1.0 { weight / averages.long_weight } else { weight };
        let before = averages.long;
        let local = residual - before;
        averages.long += long_gain * local;

        let lines = [
            Line { gain: 1.0, rest: -usual, at: residual },
            Line { gain: 1.0, rest: -usual - before, at: local },
            Line { gain: fast_gain, rest: fast_rest, at: fast },
            Line { gain: long_gain, rest: before - long_gain * (usual + before), at: averages.long },
        ];
        self.hour.sum += value;
        self.hour.count += 1;
        self.hour.size += value.abs();
        self.hour.spread += residual.abs();
        (lines, usual)
    }

    /// The deviations of the channels from their centres.
    #[inline(always)]
    fn deviations(&self, lines: &[Line; COUNT]) -> [f64; COUNT] {
        std::array::from_fn(|channel| lines[channel].at - self.centres[channel])
    }

    /// Learns from the deviations of a value.
    #[inline(always)]
    fn learn(&mut self, deviations: &[f64; COUNT]) {
        let gain = self.gains.centre.max(1.0 / self.averages.count as f64);
        for (channel, &deviation) in deviations.iter().enumerate() {
            let size = deviation.abs();
            if size > self.largest[channel] {
                self.largest[channel] = size;
            }
            let cap = self.laws[channel].cap;
            self.centres[channel] += gain * deviation.min(cap).max(-cap);
        }
    }

    /// Compares the deviations of a value with what is usual.
    #[inline(never)]
    fn judge(&self, value: f64, expected: f64, lines: &[Line; COUNT], deviations: &[f64; COUNT]) -> Verdict {
        if self.is_learning() {
            return Verdict::learning(expected, Tier::HourOfWeek);
        }
        let (mut surprise, mut deciding) = (0.0, None);
        let (mut lower, mut upper) = (f64::NEG_INFINITY, f64::INFINITY);
        for (channel, (&line, &quantity)) in lines.iter().zip(deviations).enumerate() {
            let law = &self.laws[channel];
            let channel_surprise = law.surprise(quantity.abs());
            if channel_surprise > surprise {
                surprise = channel_surprise;
                let (usual, usual_std) = law.usual();
                deciding = Some(Deciding { channel: CHANNELS[channel], quantity, usual, usual_std });
            }
            lower = lower.max((self.centres[channel] - law.limit - line.rest) / line.gain);
            upper = upper.min((self.centres[channel] + law.limit - line.rest) / line.gain);
        }
        let exceeds = surprise >= self.threshold;
        let above = deciding.is_some_and(|deciding| deciding.quantity > 0.0);
        let limits = Limits::agreeing((lower, upper), value, exceeds, above, (&self.attention, expected));
        let exceedance = !limits.contain(value);
        Verdict { surprise, deciding, expected, limits, exceedance, tier: Tier::HourOfWeek }
    }

    /// Takes the finished hour into everything that is remembered; `next` is the hour that begins.
    fn end_hour(&mut self, next: i64) {
        let hour = &self.hour;
        let count = hour.count as f64;
        self.size.learn(hour.size / count, hour.spread / count);
        let mean = hour.sum / count;
        let offset = self.level.offset();
        let away = mean - (self.baseline.usual(hour.slot) + offset) - self.centres[0];
        let clipped = self.baseline.clip(away, self.size.least());
        let usual = self.baseline.usual_change(self.size.least());
        let change = self.level.learn(away, usual, hour.number);
        // what is left of the difference once the level has moved is believed as a whole
        let disbelieved = if change.is_some() { 0.0 } else { away - clipped };
        self.baseline.learn(hour.slot, mean - disbelieved - self.level.offset());
        if let Some(change) = change {
            self.averages.fast.lower(change);
            self.averages.long -= change;
            self.news = self.level.shift().map(|shift| Shift { usual, ..shift });
        }
        self.ring.store(hour.number, self.largest);
        let learning = self.is_learning();
        self.memory.learn(&self.largest, self.size.floor(), learning);
        self.largest = [0.0; COUNT];
        self.arrivals.end_hour(self.hour.number, next, self.zone, learning);
    }

    /// Begins an hour: looks up what is usual around it, and how its values will be judged.
    fn begin_hour(&mut self, number: i64) {
        self.hour = Hour { number, slot: self.zone.slot(number), ..Hour::EMPTY };
        self.prepare();
    }

    /// Derives what the hour needs from what is remembered.
    fn prepare(&mut self) {
        let (number, offset) = (self.hour.number, self.level.offset());
        self.hour.usual = [number - 1, number, number + 1].map(|n| self.baseline.usual(self.zone.slot(n)) + offset);
        if self.is_learning() {
            return;
        }
        let known = self.ring.known(number);
        let floor = self.size.floor();
        self.laws = std::array::from_fn(|channel| self.memory.law(channel, floor, known[channel], self.quantile));
    }
}

impl Hour {
    const EMPTY: Self = Self { number: i64::MIN, slot: 0, sum: 0.0, count: 0, size: 0.0, spread: 0.0, usual: [0.0; 3] };

    /// The usual value at a moment of this hour: interpolated between the middles of the hours.
    #[inline(always)]
    fn usual_at(&self, time: Millis) -> f64 {
        let part = (time - self.number * HOUR) as f64 / HOUR as f64;
        let away = (part - 0.5).abs();
        (1.0 - away) * self.usual[1] + away * self.usual[if part >= 0.5 { 2 } else { 0 }]
    }
}

impl Gains {
    /// The gains of exponential averages for an interval, `1 − exp(−Δt/τ)`.
    #[cold]
    fn of(interval: Millis) -> Self {
        let hours = interval as f64 / HOUR as f64;
        Self {
            interval,
            long: 1.0 - libm::exp(-hours.max(1e-9) / LONG_HOURS),
            centre: 1.0 - libm::exp(-hours.max(0.0) / CENTRE_HOURS),
        }
    }
}
