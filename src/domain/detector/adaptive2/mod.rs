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
//! - a level that stays, further from the usual than hours mostly are ([`change`]), is taken over within twelve hours
//!   ([`level`]);
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
use self::running::{Gains, Line, OpenHour, Running};
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
    running: Running,
    hour: OpenHour,
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
            running: Running::default(),
            hour: OpenHour::default(),
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
        if now.saturating_sub(self.running.last_time) <= self.arrivals.patience {
            return None;
        }
        if !self.ingredients.has(Ingredient::Silence) || self.is_learning() {
            return None;
        }
        let level = Quantile::of_surprise(self.rules.threshold);
        self.arrivals.advance_to(now, self.running.last_time, &self.history, self.rules.zone, level)
    }

    /// Records whether those who listen from now on, the beginning of an hour that is taken in whole next, know of a silence
    /// under way; if not they are told of it then.
    pub fn begin_telling(&mut self, is_known: bool) {
        self.arrivals.begin_telling(is_known);
    }

    /// See [`super::Detector::push`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn push(&mut self, time: Millis, value: f64, mut tell: impl FnMut(Event, Millis)) -> Verdict {
        self.come_to(0, (time, value), &mut tell);
        let mut running = self.running;
        let (lines, usual) = running.take(time, value, &self.hour, &self.gains);
        let deviations = running.deviations(&lines);
        let verdict = self.judge(value, usual, &lines, (&running, &deviations));
        if self.is_notable(time, &verdict) {
            tell(Event::Value(0, verdict), self.usual_gap());
        }
        running.learn(&deviations, &self.caps, &self.gains);
        self.running = running;
        verdict
    }

    /// See [`super::Detector::scan`]; `tell` also hears the [`Self::usual_gap`] of the moment.
    pub fn scan(&mut self, times: &[Millis], values: &[f64], mut tell: impl FnMut(Event, Millis)) {
        let (mut index, end) = (0, times.len().min(values.len()));
        while index < end {
            self.come_to(index, (times[index], values[index]), &mut tell);
            // As long as values follow each other in one hour nothing but these changes, which can stay in registers.
            let mut running = self.running;
            let mut gains = self.gains;
            let (hour, guards, caps) = (self.hour, self.guards, self.caps);
            let (over, patience) = ((hour.number + 1) * HOUR, self.arrivals.patience);
            let mut time = times[index];
            loop {
                let value = values[index];
                let (lines, usual) = running.take(time, value, &hour, &gains);
                let deviations = running.deviations(&lines);
                let beyond = |channel: usize| deviations[channel].abs() > guards[channel];
                if beyond(0) | beyond(1) | beyond(2) | beyond(3) | (time <= self.attentive_until) {
                    let (now, lines, deviations) = (running, lines, deviations); // these have to be in memory
                    let verdict = self.judge(value, usual, &lines, (&now, &deviations));
                    if self.is_notable(time, &verdict) {
                        tell(Event::Value(index, verdict), self.usual_gap());
                    }
                }
                running.learn(&deviations, &caps, &gains);
                index += 1;
                if index == end || times[index] >= over {
                    break;
                }
                let interval = times[index] - time;
                if interval > patience {
                    break;
                }
                if interval != gains.interval {
                    gains = Gains::of(interval);
                }
                running.longest_gap = running.longest_gap.max(interval);
                time = times[index];
            }
            self.running = running;
            self.gains = gains;
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

    /// Comes to the time of the value with this index, and tells what lies between it and the one before.
    fn come_to(&mut self, index: usize, (time, value): (Millis, f64), tell: &mut impl FnMut(Event, Millis)) {
        self.arrivals.end_of_others();
        if let Some(silence) = self.advance_to(time) {
            tell(Event::Silence(silence), self.usual_gap());
        }
        if self.running.count == 0 {
            self.running.last_time = time;
            self.history.begin(value);
            self.begin_hour(time.div_euclid(HOUR), false);
        } else if time >= (self.hour.number + 1) * HOUR {
            let number = time.div_euclid(HOUR);
            let is_next = number == self.hour.number + 1;
            let moved = self.end_hour(number);
            self.begin_hour(number, is_next && !moved);
        }
        let interval = time - self.running.last_time;
        if interval != self.gains.interval {
            self.gains = Gains::of(interval);
        }
        let gap = self.arrivals.arrive(interval);
        self.running.longest_gap = self.running.longest_gap.max(gap);
        if let Some(shift) = self.untold.take() {
            tell(Event::LevelShift(index, shift), self.usual_gap());
        }
    }

    /// Compares the deviations of a value with what is usual.
    #[inline(never)]
    fn judge(
        &self,
        value: f64,
        usual: f64,
        lines: &[Line; COUNT],
        (running, deviations): (&Running, &[f64; COUNT]),
    ) -> Verdict {
        let (expected, tier) = (usual + running.centres[0], self.hour.usual[1].tier);
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
            lower = lower.max((running.centres[channel] - law.limit - line.rest) / line.gain);
            upper = upper.min((running.centres[channel] + law.limit - line.rest) / line.gain);
        }
        let surprise = self.scale.calibrated(surprise);
        let exceeds = surprise >= self.rules.threshold;
        let above = deciding.is_some_and(|deciding| deciding.quantity > 0.0);
        let limits = Limits::agreeing((lower, upper), value, exceeds, above, (&self.rules.attention, expected));
        Verdict { surprise, deciding, expected, limits, exceedance: !limits.contain(value), tier }
    }
}
