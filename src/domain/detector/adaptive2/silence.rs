//! Silence: data that are expected and do not come.
//!
//! The longest gap of an hour is remembered and judged like a deviation. Only hours in which data are expected count: a
//! series that is still every night is not silent then. So a silence begins after a gap that is surprising, and longer
//! than two and a half usual ones, of expected time.

use super::memory::Memory;
use super::state::Fields;
use crate::domain::gumbel::Quantile;
use crate::domain::measurement::{HOUR, Millis};
use crate::domain::zone::{SLOTS, Zone};

/// From so many visits on a slot's presence is exponentially weighted.
const VISITS: u16 = 6;
/// Data are expected in an hour whose presence is at least this share of the overall presence.
const EXPECTED: f64 = 0.5;
/// A silence is longer than so many usual longest gaps.
const LEAST_GAPS: f64 = 2.5;
/// Hours that are looked at to excuse a gap or to find an onset: two weeks.
const HORIZON: i64 = 336;

/// Data were expected and did not come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silence {
    /// The last value came then.
    pub since: Millis,
    /// From then on it is a silence.
    pub onset: Millis,
    /// The longest gap of an hour is usually this long, in hours.
    pub usual: f64,
    /// The standard deviation of that, in hours.
    pub usual_std: f64,
    /// `−log10` of the probability that an ordinary hour has a gap as long as this one was at its onset.
    pub surprise: f64,
}

/// When data come: the share of hours with data by hour of the week, and the longest gaps.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    week: [f64; SLOTS],
    week_visits: [u16; SLOTS],
    day: [f64; 24],
    day_visits: [u16; 24],
    all: f64,
    all_visits: u16,
    gaps: Memory<1>,
    /// The longest gap that ended in the current hour.
    longest: Millis,
    /// The part of the gap under way in which no data were expected.
    excused: Millis,
    told: bool,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self {
            week: [0.0; SLOTS],
            week_visits: [0; SLOTS],
            day: [0.0; 24],
            day_visits: [0; 24],
            all: 0.0,
            all_visits: 0,
            gaps: Memory::default(),
            longest: 0,
            excused: 0,
            told: false,
        }
    }
}

impl Arrivals {
    /// How long the longest gap of an hour usually is.
    pub fn usual_gap(&self) -> Millis {
        let law = self.gaps.law(0, 0.0, 0.0, Quantile::of_surprise(1.0));
        (law.usual().0 * HOUR as f64) as Millis
    }

    /// Takes in that a value came after this interval.
    #[inline(always)]
    pub fn arrive(&mut self, interval: Millis) {
        self.longest = self.longest.max(interval - self.excused);
        self.excused = 0;
        self.told = false;
    }

    /// Takes in that data came in `hour`, and none until the hour `next`.
    pub fn end_hour(&mut self, hour: i64, next: i64, zone: Zone, learning: bool) {
        let gap = self.longest as f64 / HOUR as f64;
        self.gaps.learn(&[gap], 0.0, learning);
        self.longest = 0;
        self.learn(zone.slot(hour), 1.0);
        for empty in (hour + 1..next).take(HORIZON as usize) {
            let slot = zone.slot(empty);
            if !self.expects(slot) {
                self.excused += HOUR;
            }
            self.learn(slot, 0.0);
        }
    }

    fn learn(&mut self, slot: usize, present: f64) {
        let follow = |value: &mut f64, visits: &mut u16, most: u16| {
            *visits = (*visits + 1).min(most);
            *value += (present - *value) / f64::from(*visits);
        };
        follow(&mut self.week[slot], &mut self.week_visits[slot], VISITS);
        follow(&mut self.day[slot % 24], &mut self.day_visits[slot % 24], VISITS);
        follow(&mut self.all, &mut self.all_visits, SLOTS as u16 * VISITS);
    }

    /// Whether data usually come at this hour of the week, pooled like the means with the hour of the day; nothing is
    /// expected at an hour of the day that was never seen.
    fn expects(&self, slot: usize) -> bool {
        let visits = f64::from(self.week_visits[slot]);
        let presence = (visits * self.week[slot] + self.day[slot % 24]) / (visits + 1.0);
        self.day_visits[slot % 24] > 0 && presence >= EXPECTED * self.all
    }

    /// The silence whose onset has come by `now`, the first time that it is asked for.
    pub fn advance_to(&mut self, now: Millis, last: Millis, zone: Zone, threshold: Quantile) -> Option<Silence> {
        if self.told || now <= last {
            return None;
        }
        let law = self.gaps.law(0, 0.0, 0.0, threshold);
        let (usual, usual_std) = law.usual();
        let limit = law.limit.max(LEAST_GAPS * usual).max(0.0);
        let mut left = libm::ceil(limit * HOUR as f64) as Millis + 1;
        let mut at = last;
        let first = last.div_euclid(HOUR);
        for hour in first..first + HORIZON {
            let end = (hour + 1) * HOUR;
            if hour == first || self.expects(zone.slot(hour)) {
                let onset = at + left;
                if onset > now && end > now {
                    return None;
                }
                if onset <= end {
                    self.told = true;
                    let surprise = law.surprise(limit);
                    return Some(Silence { since: last, onset, usual, usual_std, surprise });
                }
                left -= end - at;
            }
            at = end;
        }
        None
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.week);
        fields.counts(&mut self.week_visits);
        fields.floats(&mut self.day);
        fields.counts(&mut self.day_visits);
        fields.floats([&mut self.all]);
        fields.counts([&mut self.all_visits]);
        self.gaps.fields(fields);
        fields.hours([&mut self.longest, &mut self.excused]);
        let mut told = u16::from(self.told);
        fields.counts([&mut told]);
        self.told = told > 0;
    }
}
