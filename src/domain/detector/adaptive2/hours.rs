//! What happens between two hours: the one that is over is learnt from, and the next one is made ready.

use super::ingredient::Ingredient;
use super::memory::{Circumstances, Law};
use super::running::OpenHour;
use super::{Adaptive2, CHANNEL_PARTS, COUNT, Shift};
use crate::domain::gumbel::Quantile;
use crate::domain::hour::Hour;

impl Adaptive2 {
    /// Takes the finished hour into everything that is remembered; `next` is the hour that begins. Returns whether the
    /// level moved.
    pub(super) fn end_hour(&mut self, next: i64) -> bool {
        let (hour, zone, learning) = (self.hour, self.rules.zone, self.is_learning());
        let sums = std::mem::take(&mut self.running.sums);
        let largest = std::mem::take(&mut self.running.largest);
        let longest_gap = std::mem::take(&mut self.running.longest_gap);
        let count = sums.count as f64;
        let mean = sums.values / count;
        self.size.learn(sums.size / count, sums.spread / count, sums.step);
        let least = self.size.least_change();
        let away = mean - hour.usual[1].value - self.running.centres[0];
        self.history.learn_errors(hour.number, mean - self.running.centres[0], self.change.usual(least), zone);
        let usual_change = self.change.usual(least);
        self.change.learn(away, least, self.history.hours());
        let mut shift = self.level.learn(away, usual_change, hour.number);
        shift = shift.filter(|_| self.ingredients.has(Ingredient::LevelShift));
        self.history.store(hour.number, mean);
        if let Some(shift) = shift {
            self.take_over(shift);
        }

        if !learning {
            let surprises = largest.iter().zip(&self.laws).map(|(largest, law)| law.surprise(*largest));
            self.calibration.learn(hour.number, surprises.fold(0.0, f64::max));
        }
        self.remember(&largest, zone.slot(Hour::new(hour.number)) % 24, learning);
        self.recent.store(hour.number, largest);
        self.arrivals.end_hour(hour.number, next, longest_gap, (&self.history, zone), learning);
        shift.is_some()
    }

    /// Moves everything to a new level.
    fn take_over(&mut self, shift: Shift) {
        self.history.shift(shift.since.number(), shift.size);
        let running = &mut self.running;
        running.fast.lower(part_of(running.fast.value(), shift.size));
        running.long -= part_of(running.long, shift.size);
        self.untold = Some(shift);
    }

    /// Takes the finished hour's largest deviations into the memory, each relative to what is usual at this hour of the
    /// day.
    fn remember(&mut self, largest: &[f64; COUNT], hour_of_day: usize, learning: bool) {
        let floors = self.floors();
        let usual_root = self.memory.mean(0, floors[0]);
        self.spread.learn(hour_of_day, largest[0].sqrt() / usual_root, self.memory.hours());
        let mut relative = *largest;
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
    pub(super) fn begin_hour(&mut self, number: i64, follows: bool) {
        let look_up = |number| self.history.usual(number, self.rules.zone, self.ingredients);
        let usual = match self.hour.usual {
            [_, before, this] if follows => [before, this, look_up(number + 1)],
            _ => [look_up(number - 1), look_up(number), look_up(number + 1)],
        };
        self.hour = OpenHour { number, usual };
        self.prepare();
    }

    /// Derives what judging in this hour needs from what is remembered.
    pub(super) fn prepare(&mut self) {
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
        let factor = self.spread_factor(self.rules.zone.slot(Hour::new(number)) % 24);
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
