//! The usual value: means by hour of the week, pooled with those by hour of the day.

use super::state::Fields;
use crate::domain::zone::SLOTS;

/// Visits that the mean of the hour of the day counts for behind the hour of the week.
const DAY_VISITS: f64 = 1.0;
/// From so many visits on a slot's mean is exponentially weighted.
const VISITS: u16 = 6;
/// An hour moves the baseline by at most so many usual changes.
const CLIP: f64 = 3.0;
/// Hours before changes are clipped.
const CLIP_AFTER: u16 = 24;
/// After two days, when every hour of the day has been seen once, …
const FIRST_HOURS: u16 = 48;
/// … the changes so far count for this many hours: they were from a baseline that knew next to nothing.
const FIRST_WEIGHT: u16 = 12;
/// Memory of the usual change, in hours.
const CHANGE_HOURS: u16 = 336;

/// Mean values by hour of the week, hour of the day, and overall, without the offset of the level.
#[derive(Clone, Debug)]
pub(super) struct Baseline {
    week: [f64; SLOTS],
    week_visits: [u16; SLOTS],
    day: [f64; 24],
    day_visits: [u16; 24],
    all: f64,
    all_visits: u16,
    /// The mean of how much an hour differs from its usual, in absolute value, each clipped.
    change: f64,
    changes: u16,
}

impl Default for Baseline {
    fn default() -> Self {
        Self {
            week: [0.0; SLOTS],
            week_visits: [0; SLOTS],
            day: [0.0; 24],
            day_visits: [0; 24],
            all: 0.0,
            all_visits: 0,
            change: 0.0,
            changes: 0,
        }
    }
}

impl Baseline {
    /// Takes the very first value for the mean of all.
    pub fn begin(&mut self, value: f64) {
        self.all = value;
    }

    /// The usual value of a slot: the mean of the hour of the week, pooled with that of the hour of the day (of
    /// everything, before that hour was ever seen) while there are few weeks.
    pub fn usual(&self, slot: usize) -> f64 {
        let hour_of_day = slot % 24;
        let day = if self.day_visits[hour_of_day] > 0 { self.day[hour_of_day] } else { self.all };
        let visits = f64::from(self.week_visits[slot]);
        (visits * self.week[slot] + DAY_VISITS * day) / (visits + DAY_VISITS)
    }

    /// How much an hour usually differs from the baseline.
    pub fn usual_change(&self, least: f64) -> f64 {
        self.change.max(least)
    }

    /// What of an hour's difference from its usual is believed: no more than three times the usual difference (a
    /// Huber-type score, which bounds the influence of an outlier; Huber 1964, "Robust estimation of a location
    /// parameter"). The usual difference follows with what is believed.
    pub fn clip(&mut self, away: f64, least: f64) -> f64 {
        if self.all_visits == FIRST_HOURS {
            self.changes = FIRST_WEIGHT;
        }
        let limit = if self.all_visits < CLIP_AFTER { f64::INFINITY } else { CLIP * self.usual_change(least) };
        let clipped = away.min(limit).max(-limit);
        self.changes = (self.changes + 1).min(CHANGE_HOURS);
        self.change += (clipped.abs() - self.change) / f64::from(self.changes);
        clipped
    }

    /// Takes in the mean of an hour.
    pub fn learn(&mut self, slot: usize, mean: f64) {
        let follow = |value: &mut f64, visits: &mut u16, most: u16| {
            *visits = (*visits + 1).min(most);
            *value += (mean - *value) / f64::from(*visits);
        };
        follow(&mut self.week[slot], &mut self.week_visits[slot], VISITS);
        follow(&mut self.day[slot % 24], &mut self.day_visits[slot % 24], VISITS);
        follow(&mut self.all, &mut self.all_visits, 24 * VISITS);
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.week);
        fields.counts(&mut self.week_visits);
        fields.floats(&mut self.day);
        fields.counts(&mut self.day_visits);
        fields.floats([&mut self.all, &mut self.change]);
        fields.counts([&mut self.all_visits, &mut self.changes]);
    }
}
