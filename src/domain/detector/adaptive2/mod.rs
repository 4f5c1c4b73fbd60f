//! The default method, `adaptive@2`.
//!
//! Four channels look at each value: its residual, which is what it differs from the usual of its hour, a fast and a long
//! average of that, and its step from the value before. Each is judged against the largest deviations it reached in the hours before, by
//! a Gumbel law of their square roots; the most surprised channel decides. What it does beyond
//! [`adaptive@1`](super::Adaptive), each because it measured better (`ablation.md` beside this file):
//!
//! - the usual value is pooled from the same hour of the week, of the same kind of day, of the day, and everything, as well
//!   as each has predicted lately, by medians of the last weeks ([`history`]);
//! - maxima are remembered as their square roots, none as larger than what one hour in many reaches, and those of the first
//!   days, which knew no baseline, count little ([`memory`]): a past outage doesn't blind the detector;
//! - what this hour of the day reached on each of the last two days is ordinary ([`recent`]); hours of the day that are quieter
//!   or louder than others are judged so ([`spread`]);
//! - an hour moves the baseline by a few usual changes at most ([`change`]), but a level that stays is taken over within
//!   twelve hours ([`level`]);
//! - nothing is judged against less than the scale and the resolution of the series ([`size`]);
//! - the surprise is calibrated by how often the series surprised before ([`calibration`]);
//! - data that are expected and do not come are noticed ([`silence`]).
//!
//! All that a verdict needs beyond the value is settled when its hour begins. A channel's deviation is linear in the
//! new value, so each gives an interval of values that would pass; their intersection is the limits, and a value is
//! outside them exactly when its surprise reaches the threshold.

mod calibration;
mod change;
mod history;
mod hours;
mod ingredient;
mod level;
mod memory;
#[cfg(test)]
mod planted_tests;
mod recent;
mod running;
mod silence;
mod size;
mod spread;
mod state;
#[cfg(test)]
mod tests;

pub use ingredient::Ingredient;
pub use level::Shift;
pub use silence::Silence;

use self::calibration::{Calibration, Scale};
use self::change::Change;
use self::history::History;
use self::ingredient::Ingredients;
use self::level::Level;
use self::memory::{Law, Memory};
use self::recent::Recent;
use self::running::{Averages, Gains, Hour, Line};
use self::silence::Arrivals;
use self::size::Size;
use self::spread::Spread;
use super::{Channel, Deciding, Event, Limits, Rules, Verdict};
use crate::domain::gumbel::Quantile;
use crate::domain::measurement::{HOUR, Millis};

const CHANNELS: [Channel; COUNT] = [Channel::Value, Channel::Step, Channel::Fast, Channel::Long];
const COUNT: usize = 4;

/// The parts that the channels are.
const CHANNEL_PARTS: [Ingredient; COUNT] =
    [Ingredient::ValueChannel, Ingredient::StepChannel, Ingredient::FastChannel, Ingredient::LongChannel];

/// Time constant of the long average, in hours.
const LONG_HOURS: f64 = 6.0;
/// Time constant of the centres of the channels, in hours.
const CENTRE_HOURS: f64 = 168.0;
/// Hours with data before there are limits.
const LEARNING_HOURS: u32 = 24;

/// The detector of one series. Its state has a fixed size; a value costs a fixed number of operations.
#[derive(Clone, Debug)]
pub struct Adaptive2 {
    rules: Rules,
    ingredients: Ingredients,
    history: History,
    change: Change,
    level: Level,
    memory: Memory<COUNT>,
    recent: Recent,
    spread: Spread,
    size: Size,
    calibration: Calibration,
    arrivals: Arrivals,
    averages: Averages,
    hour: Hour,
    /// Where each channel's deviation is centred: a slow mean, by which the level follows trends.
    centres: [f64; COUNT],
    /// The largest deviation of each channel in the current hour.
    largest: [f64; COUNT],
    /// How each channel is judged in the current hour.
    laws: [Law; COUNT],
    /// Deviations up to these can't be exceedances, whatever the rounding.
    guards: [f64; COUNT],
    /// How far a deviation moves its centre at most.
    caps: [f64; COUNT],
    scale: Scale,
    gains: Gains,
    /// A shift that was found at the end of the last hour, and is not told yet.
    untold: Option<Shift>,
    /// Until then values that are half as surprising as the threshold are told: an incident may still go on.
    attentive_until: Millis,
}

impl Adaptive2 {
    /// A detector that has seen nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            ingredients: Ingredients::ALL,
            history: History::default(),
            change: Change::default(),
            level: Level::default(),
            memory: Memory::default(),
            recent: Recent::default(),
            spread: Spread::default(),
            size: Size::default(),
            calibration: Calibration::default(),
            arrivals: Arrivals::default(),
            averages: Averages::default(),
            hour: Hour::EMPTY,
            centres: [0.0; COUNT],
            largest: [0.0; COUNT],
            laws: [Law::LEARNING; COUNT],
            guards: [f64::INFINITY; COUNT],
            caps: [f64::INFINITY; COUNT],
            scale: Calibration::default().scale(),
            gains: Gains { interval: Millis::MIN, long: 0.0, centre: 0.0 },
            untold: None,
            attentive_until: Millis::MIN,
        }
    }

    /// A detector that has seen nothing, and lacks a part: to see what that part brings.
    #[must_use]
    pub fn without(ingredient: Ingredient, rules: Rules) -> Self {
        Self { ingredients: Ingredients::without(ingredient), ..Self::new(rules) }
    }

    /// Whether there are no limits yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.memory.hours() < LEARNING_HOURS
    }

    /// How long the longest interval between two values in an hour usually is.
    #[must_use]
    pub fn usual_gap(&self) -> Millis {
        self.arrivals.usual_gap()
    }

    /// Whether the series keeps to UTC, though its zone has changed clocks.
    #[must_use]
    pub fn contradicts_zone(&self) -> bool {
        self.history.contradicts_zone()
    }

    /// Tells of the time. Returns the silence in which data are expected and not there, once, when its onset has come.
    /// What is learnt does not depend on it.
    pub fn advance_to(&mut self, now: Millis) -> Option<Silence> {
        if now.saturating_sub(self.averages.last_time) <= self.arrivals.patience {
            return None;
        }
        if !self.ingredients.has(Ingredient::Silence) || self.is_learning() {
            return None;
        }
        let level = Quantile::of_surprise(self.rules.threshold);
        self.arrivals.advance_to(now, self.averages.last_time, &self.history, self.rules.zone, level)
    }

    /// See [`super::Detector::push`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn push(&mut self, time: Millis, value: f64, mut tell: impl FnMut(Event, Millis)) -> Verdict {
        let (lines, usual) = self.step(0, time, value, &mut tell);
        let deviations = self.deviations(&lines);
        let verdict = self.judge(value, usual, &lines, &deviations);
        if self.is_notable(time, &verdict) {
            tell(Event::Value(0, verdict), self.usual_gap());
        }
        self.learn(&deviations);
        verdict
    }

    /// See [`super::Detector::scan`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut tell: impl FnMut(Event, Millis)) {
        for (index, (&time, &value)) in times.iter().zip(values).enumerate() {
            let (lines, usual) = self.step(index, time, value, &mut tell);
            let deviations = self.deviations(&lines);
            let beyond = |channel: usize| deviations[channel].abs() > self.guards[channel];
            if beyond(0) | beyond(1) | beyond(2) | beyond(3) | (time <= self.attentive_until) {
                let verdict = self.judge(value, usual, &lines, &deviations);
                if self.is_notable(time, &verdict) {
                    tell(Event::Value(index, verdict), self.usual_gap());
                }
            }
            self.learn(&deviations);
        }
    }

    /// Whether a verdict is told: of an exceedance, or of a value that keeps an incident going.
    #[inline(never)]
    fn is_notable(&mut self, time: Millis, verdict: &Verdict) -> bool {
        let goes_on = time <= self.attentive_until && verdict.surprise >= 0.5 * self.rules.threshold;
        let notable = verdict.exceedance || (goes_on && verdict.deciding.is_some());
        if notable {
            self.attentive_until = time.saturating_add(HOUR);
        }
        notable
    }

    /// Until when values that are half as surprising as the threshold are told. It is no part of the state, since what is
    /// learnt does not depend on the threshold.
    #[must_use]
    pub fn attentive_until(&self) -> Millis {
        self.attentive_until
    }

    /// Goes on with an incident that was open when the state was taken.
    pub fn attend_until(&mut self, time: Millis) {
        self.attentive_until = time;
    }

    /// Comes to the value of this index, and tells what lies between it and the one before.
    #[inline(always)]
    fn step(
        &mut self,
        index: usize,
        time: Millis,
        value: f64,
        tell: &mut impl FnMut(Event, Millis),
    ) -> ([Line; COUNT], f64) {
        if let Some(silence) = self.advance_to(time) {
            tell(Event::Silence(silence), self.usual_gap());
        }
        let result = self.view(time, value);
        if let Some(shift) = self.untold.take() {
            tell(Event::LevelShift(index, shift), self.usual_gap());
        }
        result
    }

    /// Moves time on and takes the value into the averages. Returns each channel as a line in the value, whose terms
    /// were known before it, and the usual value.
    #[inline(always)]
    fn view(&mut self, time: Millis, value: f64) -> ([Line; COUNT], f64) {
        let first = self.averages.count == 0;
        if first {
            self.averages.last_time = time;
            self.averages.last_value = value;
            self.history.begin(value);
            self.begin_hour(time.div_euclid(HOUR), false);
        } else if time >= (self.hour.number + 1) * HOUR {
            let number = time.div_euclid(HOUR);
            let is_next = number == self.hour.number + 1;
            let moved = self.end_hour(number);
            self.begin_hour(number, is_next && !moved);
        }
        let averages = &mut self.averages;
        let interval = time - averages.last_time;
        if interval != self.gains.interval {
            self.gains = Gains::of(interval);
        }
        self.arrivals.arrive(interval);
        averages.last_time = time;
        averages.count += 1;
        let last_value = averages.last_value;
        averages.last_value = value;
        let step = value - last_value;
        if step.abs() < self.hour.step && step != 0.0 {
            self.hour.step = step.abs();
        }

        let usual = self.hour.usual_at(time);
        let residual = value - usual;
        let (fast_gain, fast_rest) = averages.fast.next_as_line(usual);
        let fast = averages.fast.push(residual);

        let weight = if first { 1.0 } else { self.gains.long };
        averages.long_weight = averages.long_weight * (1.0 - weight) + weight;
        let long_gain = if averages.long_weight < 1.0 { weight / averages.long_weight } else { weight };
        let before = averages.long;
        averages.long += long_gain * (residual - before);

        let lines = [
            Line { gain: 1.0, rest: -usual, at: residual },
            Line { gain: 1.0, rest: -last_value, at: step },
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
            let cap = self.caps[channel];
            self.centres[channel] += gain * deviation.min(cap).max(-cap);
        }
    }

    /// Compares the deviations of a value with what is usual.
    #[inline(never)]
    fn judge(&self, value: f64, usual: f64, lines: &[Line; COUNT], deviations: &[f64; COUNT]) -> Verdict {
        let (expected, tier) = (usual + self.centres[0], self.hour.usual[1].tier);
        if self.is_learning() {
            return Verdict::learning(expected, tier);
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
        let surprise = self.scale.calibrated(surprise);
        let exceeds = surprise >= self.rules.threshold;
        let above = deciding.is_some_and(|deciding| deciding.quantity > 0.0);
        let limits = Limits::agreeing((lower, upper), value, exceeds, above, (&self.rules.attention, expected));
        Verdict { surprise, deciding, expected, limits, exceedance: !limits.contain(value), tier }
    }
}
