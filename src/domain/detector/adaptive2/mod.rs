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
mod ingredient;
mod level;
mod memory;
mod recent;
mod silence;
mod size;
mod spread;
mod state;
#[cfg(test)]
mod planted_tests;
#[cfg(test)]
mod tests;

pub use ingredient::Ingredient;
pub use level::Shift;
pub use silence::Silence;

use self::calibration::{Calibration, Scale};
use self::change::Change;
use self::history::{History, Usual};
use self::ingredient::Ingredients;
use self::level::Level;
use self::memory::{Circumstances, Law, Memory};
use self::recent::Recent;
use self::silence::Arrivals;
use self::size::Size;
use self::spread::Spread;
use super::{Channel, Deciding, Event, Limits, Rules, Tier, Verdict};
use crate::domain::ema::Ema;
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

/// The hour that is under way.
#[derive(Clone, Copy, Debug)]
struct Hour {
    number: i64,
    sum: f64,
    count: u64,
    /// The sum of the absolute values.
    size: f64,
    /// The sum of the absolute residuals.
    spread: f64,
    /// The smallest step between two values.
    step: f64,
    /// The usual value of the hour before, of this one, and of the next.
    usual: [Usual; 3],
}

/// What runs along with the values.
#[derive(Clone, Copy, Debug, Default)]
struct Averages {
    count: u64,
    fast: Ema<10>,
    long: f64,
    long_weight: f64,
    last_time: Millis,
    last_value: f64,
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

    /// Takes the finished hour into everything that is remembered; `next` is the hour that begins. Returns whether the
    /// level moved.
    fn end_hour(&mut self, next: i64) -> bool {
        let (hour, zone, learning) = (self.hour, self.rules.zone, self.is_learning());
        let count = hour.count as f64;
        let mean = hour.sum / count;
        self.size.learn(hour.size / count, hour.spread / count, hour.step);
        let least = self.size.least_change();
        let away = mean - hour.usual[1].value - self.centres[0];
        self.history.learn_errors(hour.number, mean - self.centres[0], self.change.usual(least), zone);
        let is_new = !self.history.knows_hour_of_week(hour.number, zone);
        let mut believed = self.change.clip(away, least, self.history.hours(), is_new);
        if !self.ingredients.has(Ingredient::ClippedBaseline) {
            believed = away;
        }
        let mut shift = self.level.learn(away, away - believed, self.change.usual(least), hour.number);
        shift = shift.filter(|_| self.ingredients.has(Ingredient::LevelShift));
        self.history.store(hour.number, mean - (away - believed));
        if let Some(found) = &shift {
            self.take_over(found);
        }

        if !learning {
            let largest = self.largest.iter().zip(&self.laws).map(|(largest, law)| law.surprise(*largest));
            self.calibration.learn(hour.number, largest.fold(0.0, f64::max));
        }
        self.remember(zone.slot(hour.number) % 24, learning);
        self.recent.store(hour.number, self.largest);
        self.largest = [0.0; COUNT];
        self.arrivals.end_hour(hour.number, next, &self.history, zone, learning);
        shift.is_some()
    }

    /// Moves everything to a new level.
    fn take_over(&mut self, found: &level::Move) {
        let shift = found.shift;
        self.history.shift(shift.since, shift.size);
        for (hour, disbelieved) in (shift.since..).zip(found.disbelieved) {
            self.history.amend(hour, disbelieved);
        }
        let averages = &mut self.averages;
        averages.fast.lower(part_of(averages.fast.value(), shift.size));
        averages.long -= part_of(averages.long, shift.size);
        self.untold = Some(shift);
    }

    /// Takes the finished hour's largest deviations into the memory, each relative to what is usual at this hour of the
    /// day.
    fn remember(&mut self, hour_of_day: usize, learning: bool) {
        let floors = self.floors();
        let usual_root = self.memory.mean(0, floors[0]);
        self.spread.learn(hour_of_day, self.largest[0].sqrt() / usual_root, self.memory.hours());
        let mut relative = self.largest;
        let factor = self.spread_factor(hour_of_day);
        relative[0] /= factor;
        relative[1] /= factor;
        self.memory.learn(&relative, &floors, learning, self.ingredients);
    }

    /// By how much larger deviations of values and steps are at an hour of the day; never so small that rounding would be
    /// a deviation.
    fn spread_factor(&self, hour_of_day: usize) -> f64 {
        if !self.ingredients.has(Ingredient::SpreadByHour) {
            return 1.0;
        }
        let usual_root = self.memory.mean(0, self.floors()[0]);
        self.spread.factor(hour_of_day).max((self.size.resolution() / (usual_root * usual_root)).min(1.0))
    }

    /// The least usual deviation of each channel.
    fn floors(&self) -> [f64; COUNT] {
        if !self.ingredients.has(Ingredient::Floors) {
            return [0.0; COUNT];
        }
        let (value, average) = self.size.floors();
        [value, value, average, average]
    }

    /// Begins an hour: looks up what is usual around it, and how its values will be judged. If it `follows` the last one,
    /// and no level moved, what was looked up for that one still holds.
    fn begin_hour(&mut self, number: i64, follows: bool) {
        let look_up = |number| self.history.usual(number, self.rules.zone, self.ingredients);
        let usual = match self.hour.usual {
            [_, before, this] if follows => [before, this, look_up(number + 1)],
            _ => [look_up(number - 1), look_up(number), look_up(number + 1)],
        };
        self.hour = Hour { number, usual, ..Hour::EMPTY };
        self.prepare();
    }

    /// Derives what judging in this hour needs from what is remembered.
    fn prepare(&mut self) {
        if self.is_learning() {
            return;
        }
        let number = self.hour.number;
        if self.ingredients.has(Ingredient::Calibration) {
            self.scale = self.calibration.scale();
        }
        let threshold = self.rules.threshold;
        let level = Quantile::of_surprise(self.scale.by_the_laws(threshold));
        let level_of_gaps = Quantile::of_surprise(threshold);
        let known = self.recent.known(number);
        let floors = self.floors();
        let factor = self.spread_factor(self.rules.zone.slot(number) % 24);
        let doubt = self.hour.usual[1].doubt;
        self.laws = std::array::from_fn(|channel| {
            if !self.ingredients.has(CHANNEL_PARTS[channel]) {
                return Law::LEARNING;
            }
            let factor = if channel < 2 { factor } else { 1.0 };
            let circumstances = Circumstances { known: known[channel], factor, doubt };
            self.memory.law(channel, floors[channel], circumstances, level, self.ingredients)
        });
        self.guards = std::array::from_fn(|channel| self.laws[channel].guard);
        self.caps = std::array::from_fn(|channel| self.laws[channel].cap);
        self.arrivals.prepare(level_of_gaps);
    }
}

/// What of a shift an average has followed: it does not come to lie on the other side of the new level.
fn part_of(average: f64, shift: f64) -> f64 {
    let followed = average.abs().min(shift.abs());
    if average.is_sign_positive() == shift.is_sign_positive() { followed.copysign(shift) } else { 0.0 }
}

impl Hour {
    const EMPTY: Self = Self {
        number: i64::MIN,
        sum: 0.0,
        count: 0,
        size: 0.0,
        spread: 0.0,
        step: f64::INFINITY,
        usual: [Usual { value: 0.0, doubt: 0.0, tier: Tier::Overall }; 3],
    };

    /// The usual value at a moment of this hour: interpolated between the middles of the hours.
    #[inline(always)]
    fn usual_at(&self, time: Millis) -> f64 {
        let part = (time - self.number * HOUR) as f64 / HOUR as f64;
        let away = (part - 0.5).abs();
        (1.0 - away) * self.usual[1].value + away * self.usual[if part >= 0.5 { 2 } else { 0 }].value
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
