//! The baseline of a model: what is usual for a parameter at each hour of the week, from the moments of its hours.
//!
//! For each slot there are the plain figures of all values, `count`, `mean` and `std_dev`, as the platform defined them;
//! and beside them `baseline_mean`, the mean of the values in hours that can be trusted:
//!
//! 1. **Incomplete hours don't train**: those with less than half as many measurements as is usual there (see
//!    [`Rules::completeness`]).
//! 2. **Outlying weeks don't train**: those whose mean in the slot is further from the median of all weeks than 5 times
//!    their spread, by the median absolute deviation (see [`outlying`]).
//!
//! A baseline is a function of the hours' moments alone. They may come in any order, and in parts that are merged.

mod diff;
mod left_out;
pub mod outlying;

pub use diff::{Change, diff};
pub use left_out::{LeftOut, NotLeftOut, Reason};

use std::collections::BTreeMap;

use super::moments::Moments;
use super::zone::{SLOTS, Zone};
use crate::domain::hour::Hour;
use outlying::Scale;

/// What training leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The least share of the usual number of measurements with which an hour trains; 0 takes all hours. What is usual is
    /// the median of the same slot over two weeks before and after (of an even number the lower one), so that neither
    /// quiet nights nor a change of the sampling interval look like gaps.
    pub completeness: f64,
    /// How many spreads a week's mean may be from the median of all weeks.
    pub most_spreads: f64,
    /// With fewer weeks none is left out: of three there is no saying which one is wrong.
    pub least_weeks: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self { completeness: 0.5, most_spreads: 5.0, least_weeks: 4 }
    }
}

/// One slot of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// The hour of the week, 0 to 167.
    pub slot: u8,
    /// Count, mean and standard deviation (n−1) of all values.
    pub moments: Moments,
    /// How many weeks have values.
    pub weeks: u32,
    /// The mean of the values that train.
    pub baseline_mean: f64,
    /// How many weeks have values that train, at least 1.
    pub weeks_used: u32,
    /// What doesn't train, by time.
    pub left_out: Vec<LeftOut>,
}

/// How much stands behind a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The first hour with values.
    pub first: Hour,
    /// The hour after the last one with values.
    pub end: Hour,
    /// How many hours have values.
    pub hours: u64,
    /// How many values there are.
    pub measurements: u64,
    /// How many weeks have values.
    pub weeks: u32,
    /// How many hours were left out as incomplete.
    pub incomplete: u64,
    /// How many were left out in outlying weeks.
    pub outlying: u64,
}

/// The baseline of a parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// The slots that have values, in order.
    pub slots: Vec<Slot>,
    /// What stands behind them.
    pub history: History,
}

impl Baseline {
    /// Everything that was left out, by time.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut all: Vec<LeftOut> = self.slots.iter().flat_map(|slot| slot.left_out.iter().copied()).collect();
        all.sort_by_key(|left_out| left_out.hour);
        all
    }

    /// How many hours were left out in each week of this zone (see [`Zone::week_and_slot`]): incomplete ones, and
    /// outlying ones.
    #[must_use]
    pub fn left_out_by_week(&self, zone: Zone) -> BTreeMap<i64, (u32, u32)> {
        let mut weeks: BTreeMap<i64, (u32, u32)> = BTreeMap::new();
        for left_out in self.slots.iter().flat_map(|slot| &slot.left_out) {
            let (incomplete, outlying) = weeks.entry(zone.week_and_slot(left_out.hour).0).or_default();
            match left_out.reason {
                Reason::Incomplete { .. } => *incomplete += 1,
                Reason::Outlying { .. } => *outlying += 1,
            }
        }
        weeks
    }
}

/// The hours of a parameter, on the way to a baseline.
#[derive(Clone, Debug, Default)]
pub struct Training {
    hours: Vec<(Hour, Moments)>,
}

impl Training {
    /// Adds the moments of an hour.
    pub fn push(&mut self, hour: Hour, moments: Moments) {
        if moments.count() > 0 {
            self.hours.push((hour, moments));
        }
    }

    /// The hours of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.hours.extend(other.hours);
        self
    }

    /// Makes the baseline. It doesn't depend on the order in which hours came, as long as each came in one piece.
    #[must_use]
    pub fn finish(mut self, zone: Zone, rules: &Rules) -> Baseline {
        self.hours.sort_by_key(|&(hour, _)| hour);
        let mut slots: Vec<Vec<TrainingHour>> = vec![Vec::new(); SLOTS];
        let mut history = History::default();
        let mut last_week = None;
        for (hour, moments) in merged(self.hours) {
            let (week, slot) = zone.week_and_slot(hour);
            slots[slot].push(TrainingHour { hour, week, moments });
            history.first = if history.hours == 0 { hour } else { history.first };
            history.end = hour.next();
            history.hours += 1;
            history.measurements += moments.count();
            history.weeks += u32::from(last_week.replace(week) != Some(week));
        }
        let prepared: Vec<Prepared> =
            (0..).zip(&slots).filter_map(|(slot, hours)| prepare(slot, hours, rules)).collect();
        let enough = prepared.iter().filter(|slot| slot.complete.len() >= rules.least_weeks);
        let least = outlying::usual_spread(enough.map(|slot| slot.scale));
        let slots: Vec<Slot> = prepared.into_iter().map(|slot| slot.finish(least, rules)).collect();
        for left_out in slots.iter().flat_map(|slot| &slot.left_out) {
            match left_out.reason {
                Reason::Incomplete { .. } => history.incomplete += 1,
                Reason::Outlying { .. } => history.outlying += 1,
            }
        }
        Baseline { slots, history }
    }
}

/// An hour of a slot.
#[derive(Clone, Copy, Debug)]
struct TrainingHour {
    hour: Hour,
    week: i64,
    moments: Moments,
}

/// A slot whose incomplete hours are known, but not yet its outlying weeks.
struct Prepared<'a> {
    slot: u8,
    moments: Moments,
    weeks: u32,
    /// The complete hours of each week that has any: two where the clocks were put back.
    complete: Vec<Vec<&'a TrainingHour>>,
    scale: Scale,
    left_out: Vec<LeftOut>,
}

/// Parts of the same hour, one after the other, made one.
fn merged(hours: Vec<(Hour, Moments)>) -> Vec<(Hour, Moments)> {
    let mut merged: Vec<(Hour, Moments)> = Vec::with_capacity(hours.len());
    for (hour, moments) in hours {
        match merged.last_mut() {
            Some((last, before)) if *last == hour => *before = before.merge(moments),
            _ => merged.push((hour, moments)),
        }
    }
    merged
}

/// Looks at the hours of a slot, which are in order; `None` where there are none.
fn prepare<'a>(slot: u8, hours: &'a [TrainingHour], rules: &Rules) -> Option<Prepared<'a>> {
    let moments = hours.iter().map(|hour| hour.moments).reduce(Moments::merge)?;
    let weeks = hours.chunk_by(|a, b| a.week == b.week).count() as u32;
    let mut complete: Vec<Vec<&TrainingHour>> = Vec::new();
    let mut left_out = Vec::new();
    for (index, hour) in hours.iter().enumerate() {
        let (count, usual) = (hour.moments.count(), usual_count(hours, index));
        if (count as f64) < rules.completeness * usual as f64 {
            left_out.push(LeftOut { hour: hour.hour, reason: Reason::Incomplete { count, usual } });
            continue;
        }
        match complete.last_mut() {
            Some(week) if week[0].week == hour.week => week.push(hour),
            _ => complete.push(vec![hour]),
        }
    }
    let means: Vec<f64> = complete.iter().map(|week| mean(week)).collect();
    Some(Prepared { slot, moments, weeks, complete, scale: Scale::of(&means), left_out })
}

/// The mean of all values in these hours.
fn mean(hours: &[&TrainingHour]) -> f64 {
    hours.iter().fold(Moments::default(), |moments, hour| moments.merge(hour.moments)).mean()
}

/// The median number of measurements of the hours from two before this one to two after; of an even number the lower one.
fn usual_count(hours: &[TrainingHour], index: usize) -> u64 {
    let around = &hours[index.saturating_sub(2)..hours.len().min(index + 3)];
    let mut counts: Vec<u64> = around.iter().map(|hour| hour.moments.count()).collect();
    counts.sort_unstable();
    counts[(counts.len() - 1) / 2]
}

impl Prepared<'_> {
    /// Leaves out outlying weeks, no spread being smaller than `least`.
    fn finish(self, least: f64, rules: &Rules) -> Slot {
        let Self { slot, moments, weeks, complete, scale, mut left_out } = self;
        let most =
            if complete.len() < rules.least_weeks { f64::INFINITY } else { scale.most(rules.most_spreads, least) };
        let mut used = Moments::default();
        let mut weeks_used = 0;
        for week in complete {
            let mean = mean(&week);
            if (mean - scale.median).abs() > most {
                let reason = Reason::Outlying { mean, median: scale.median, most };
                left_out.extend(week.iter().map(|hour| LeftOut { hour: hour.hour, reason }));
            } else {
                used = week.iter().fold(used, |used, hour| used.merge(hour.moments));
                weeks_used += 1;
            }
        }
        left_out.sort_by_key(|left_out| left_out.hour);
        Slot { slot, moments, weeks, baseline_mean: used.mean(), weeks_used, left_out }
    }
}

#[cfg(test)]
mod tests;
