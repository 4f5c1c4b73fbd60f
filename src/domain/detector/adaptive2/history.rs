//! The usual value: from the last weeks' hourly means, by hour of the week and what stands in for it.
//!
//! The means of the last four weeks' hours are all that is kept. The usual value of an hour is pooled from four *tiers*
//! of past hours: the same hour of the week, the same hour of other days of the same kind (working days, weekend), the
//! same hour of other days, and everything. Of each tier the median counts, so that an outage or a holiday in one week
//! moves nothing; tiers are weighted by how well each has predicted lately. A series without a weekly pattern so rests on
//! many days, one with a strong one on its own hour of the week alone, as soon as that is known.
//!
//! Hours that belong together are found by civil time. Where clocks have changed within the last weeks, a second
//! alignment, by UTC, competes with it: while it is open which of the two a series follows, what the two would make usual
//! is all ordinary ([`Usual::doubt`]), and a series that contradicts its zone keeps the alignment that fits.

use super::ingredient::{Ingredient, Ingredients};
use crate::domain::bytes::Fields;
use crate::domain::detector::Tier;
use crate::domain::hour::Hour;
use crate::domain::measurement::HOUR;
use crate::domain::zone::Zone;

/// Weeks that are remembered.
const WEEKS: i64 = 4;
/// Hours in a week.
const WEEK: i64 = 168;
/// Hours that are kept: those weeks, and an hour on either side for changes of the clock.
const KEPT: usize = (WEEKS * WEEK + 2) as usize;
/// Days that the tiers by hour of the day look back.
const DAYS: i64 = 7;
/// Memory of the tiers' errors, in hours.
const ERROR_HOURS: u16 = 336;
/// A tier's error grows by at most so many times what it was; before so many hours it grows freely.
const ERROR_CLIP: (f64, u16) = (5.0, 24);
/// Hours for which it counts that all tiers are equally good.
const PRIOR_HOURS: f64 = 7.2;
/// A single week is believed up to so many errors beyond what other days say: it may have been an outage.
const SINGLE: f64 = 4.0;
/// Memory of the overall mean, in hours.
const OVERALL_HOURS: u16 = 144;
/// An alignment has won when it was better by so many usual changes, no hour counting more than [`CONTEST_CLIP`].
const CONTEST: f64 = 12.0;
/// The most that an hour counts.
const CONTEST_CLIP: f64 = 3.0;
/// A kind of day that was never seen may differ by this share of the range of the last three days' hours …
const NEW_KIND: f64 = 0.5;
/// … between these quantiles, of at least so many hours.
const RANGE: (usize, usize) = (10, 3);

/// What is usual for one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usual {
    /// The usual mean.
    pub value: f64,
    /// How far from it an hour may lie because nobody knows better: of a kind of day that was never seen, or after a
    /// change of the clock.
    pub doubt: f64,
    /// The tier that counts most.
    pub tier: Tier,
}

impl Usual {
    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats([&mut self.value, &mut self.doubt]);
        let mut tier = Tier::ALL.iter().position(|tier| *tier == self.tier).unwrap_or(0) as u16;
        fields.counts([&mut tier]);
        self.tier = Tier::ALL[usize::from(tier).min(3)];
    }
}

/// The hours' means, and how well each tier predicts.
#[derive(Clone, Debug)]
pub(super) struct History {
    /// By hour modulo [`KEPT`]; NaN where there were no data.
    means: [f64; KEPT],
    /// The hour after the last one that is kept, in hours since 1970; meaningless while there is none.
    end: i64,
    /// Hours seen, with data or without, at most [`KEPT`].
    span: u16,
    overall: f64,
    overall_hours: u16,
    /// The mean absolute error of the tiers.
    errors: [f64; 3],
    error_hours: [u16; 3],
    /// How much better UTC was than civil time, in usual changes, since clocks last changed.
    contest: f64,
    /// Whether hours are aligned by UTC, though the zone says otherwise.
    by_utc: u16,
}

/// An estimate of a tier, and how many hours it rests on.
type Estimate = Option<(f64, f64)>;

impl Default for History {
    fn default() -> Self {
        Self {
            means: [f64::NAN; KEPT],
            end: 0,
            span: 0,
            overall: 0.0,
            overall_hours: 0,
            errors: [0.0; 3],
            error_hours: [0; 3],
            contest: 0.0,
            by_utc: 0,
        }
    }
}

impl History {
    /// Takes the very first value for the mean of all.
    pub fn begin(&mut self, value: f64) {
        self.overall = value;
    }

    /// Hours with data that the overall mean has seen, as far as it remembers.
    pub fn hours(&self) -> u16 {
        self.overall_hours
    }

    /// Whether the data contradict the zone: they follow UTC where clocks have changed.
    pub fn contradicts_zone(&self) -> bool {
        self.by_utc > 0
    }

    /// The mean of an hour, if it is remembered.
    fn at(&self, hour: i64) -> Option<f64> {
        let known = hour < self.end && hour >= self.end - i64::from(self.span);
        let mean = self.means[hour.rem_euclid(KEPT as i64) as usize];
        (known && !mean.is_nan()).then_some(mean)
    }

    /// Whether there were data in an hour; `None` where it is not remembered.
    pub fn present(&self, hour: i64) -> Option<bool> {
        let known = hour < self.end && hour >= self.end - i64::from(self.span);
        known.then(|| !self.means[hour.rem_euclid(KEPT as i64) as usize].is_nan())
    }

    /// How the hours of this series are aligned: by the clock of its zone, or by UTC.
    fn clock(&self, zone: Zone) -> Zone {
        if self.contradicts_zone() { Zone::UTC } else { zone }
    }

    /// The hours of earlier weeks that correspond to an hour.
    pub fn same_hour_of_week(&self, hour: i64, zone: Zone) -> impl Iterator<Item = i64> + use<> {
        (1..=WEEKS).map(back(hour, WEEK, self.clock(zone)))
    }

    /// The hours of earlier days that correspond to an hour.
    pub fn same_hour_of_day(&self, hour: i64, zone: Zone) -> impl Iterator<Item = i64> + use<> {
        (1..=DAYS).map(back(hour, 24, self.clock(zone)))
    }

    /// The tiers' estimates, the best informed first, and whether this kind of day was ever seen; hours are aligned by
    /// this clock.
    fn tiers(&self, hour: i64, clock: Zone) -> ([Estimate; 3], bool) {
        let (mut week, mut kind, mut day) = (Few::default(), Few::default(), Few::default());
        let earlier_weeks = (1..=WEEKS).map(back(hour, WEEK, clock));
        earlier_weeks.filter_map(|there| self.at(there)).for_each(|mean| week.push(mean));
        let weekend = is_weekend(hour, clock);
        for there in (1..=DAYS).map(back(hour, 24, clock)) {
            if let Some(mean) = self.at(there) {
                day.push(mean);
                if is_weekend(there, clock) == weekend {
                    kind.push(mean);
                }
            }
        }
        let is_known = week.length > 0 || kind.length > 0;
        let is_single = week.length == 1;
        let (mut week, kind, day) = (week.median(), kind.median(), day.median());
        if let (true, Some((value, _)), Some((kind, _)), Some((day, _))) = (is_single, &mut week, kind, day) {
            let far = SINGLE * self.error(0).min(self.error(1));
            *value = value.clamp(kind.min(day) - far, kind.max(day) + far);
        }
        ([week, kind, day], is_known)
    }

    /// The mean absolute error of a tier, drawn to that of all tiers while it is young.
    fn error(&self, tier: usize) -> f64 {
        let hours = |tier: usize| f64::from(self.error_hours[tier]);
        let (mut sum, mut count) = (0.0, 0.0);
        for tier in 0..3 {
            sum += self.errors[tier] * hours(tier);
            count += hours(tier);
        }
        let all = if count > 0.0 { sum / count } else { 1.0 };
        (self.errors[tier] * hours(tier) + PRIOR_HOURS * all) / (hours(tier) + PRIOR_HOURS)
    }

    /// Pools the tiers: each weighs by the sixth power of its precision, which comes close to choosing the best.
    fn pool(&self, tiers: &[Estimate; 3]) -> (f64, Tier) {
        const TIERS: [Tier; 3] = [Tier::HourOfWeek, Tier::DayKind, Tier::HourOfDay];
        let precision = |tier: usize, count: f64| 1.0 / (self.error(tier) * (1.0 + 1.0 / count).sqrt()).max(1e-300);
        let mut precisions = [0.0; 3];
        for (tier, estimate) in tiers.iter().enumerate() {
            precisions[tier] = estimate.map_or(0.0, |(_, count)| precision(tier, count));
        }
        let most = precisions[0].max(precisions[1]).max(precisions[2]);
        let (mut sum, mut weights, mut best) = (0.0, 0.0, (0.0, Tier::Overall));
        for (tier, estimate) in tiers.iter().enumerate() {
            let Some((value, _)) = estimate else { continue };
            let ratio = precisions[tier] / most;
            let square = ratio * ratio;
            let weight = square * square * square;
            sum += weight * value;
            weights += weight;
            if weight > best.0 {
                best = (weight, TIERS[tier]);
            }
        }
        if weights > 0.0 { (sum / weights, best.1) } else { (self.overall, Tier::Overall) }
    }

    /// What is usual for an hour: none of its own data takes part.
    pub fn usual(&self, hour: i64, zone: Zone, parts: Ingredients) -> Usual {
        let (mut tiers, is_known) = self.tiers(hour, self.clock(zone));
        if tiers[0].is_some() && !parts.has(Ingredient::PooledTiers) {
            tiers[1..].fill(None);
        }
        let (value, tier) = self.pool(&tiers);
        let mut doubt = 0.0;
        if !parts.has(Ingredient::Doubt) {
            return Usual { value, doubt, tier };
        }
        if !is_known {
            doubt = NEW_KIND * self.range(hour);
        }
        if let Some(other) = self.other_alignment(hour, zone)
            && self.contest.abs() < CONTEST
        {
            doubt = f64::max(doubt, (value - other).abs());
        }
        Usual { value, doubt, tier }
    }

    /// The range of the last three days' hourly means, without the extremes.
    fn range(&self, hour: i64) -> f64 {
        let mut means = [0.0; 72];
        let mut count = 0;
        for mean in (1..=72).filter_map(|back| self.at(hour - back)) {
            means[count] = mean;
            count += 1;
        }
        if count < RANGE.1 {
            return 0.0;
        }
        means[..count].sort_unstable_by(f64::total_cmp);
        means[count * (RANGE.0 - 1) / RANGE.0] - means[count / RANGE.0]
    }

    /// What the other alignment would make usual, where clocks have changed within the last weeks.
    fn other_alignment(&self, hour: i64, zone: Zone) -> Option<f64> {
        if zone == Zone::UTC {
            return None;
        }
        let here = zone.offset(hour * HOUR + HOUR / 2);
        if (1..=WEEKS).all(|week| zone.offset((hour - week * WEEK) * HOUR + HOUR / 2) == here) {
            return None;
        }
        let other = if self.contradicts_zone() { zone } else { Zone::UTC };
        Some(self.pool(&self.tiers(hour, other).0).0)
    }

    /// Learns how well the tiers predicted an hour's mean (its centre taken off), and which alignment did better.
    pub fn learn_errors(&mut self, hour: i64, mean: f64, usual_change: f64, zone: Zone) {
        let (tiers, _) = self.tiers(hour, self.clock(zone));
        if let Some(other) = self.other_alignment(hour, zone) {
            let (value, _) = self.pool(&tiers);
            let better = ((mean - value).abs() - (mean - other).abs()) / usual_change.max(1e-300);
            let better = better.clamp(-CONTEST_CLIP, CONTEST_CLIP);
            self.contest = (self.contest + better).clamp(-2.0 * CONTEST, 2.0 * CONTEST);
            if self.contest >= CONTEST {
                self.by_utc = 1 - self.by_utc;
                self.contest = -CONTEST;
            }
        } else {
            self.contest = 0.0;
        }
        for (tier, estimate) in tiers.iter().enumerate() {
            let Some((value, _)) = estimate else { continue };
            let mut error = (mean - value).abs();
            if self.error_hours[tier] >= ERROR_CLIP.1 {
                error = error.min(ERROR_CLIP.0 * self.errors[tier].max(0.1 * usual_change));
            }
            self.error_hours[tier] = (self.error_hours[tier] + 1).min(ERROR_HOURS);
            self.errors[tier] += (error - self.errors[tier]) / f64::from(self.error_hours[tier]);
        }
    }

    /// Learns an hour's mean; hours between it and the one before had no data.
    pub fn store(&mut self, hour: i64, mean: f64) {
        if self.span == 0 {
            self.end = hour;
        }
        for empty in (self.end..hour).rev().take(KEPT) {
            self.means[empty.rem_euclid(KEPT as i64) as usize] = f64::NAN;
        }
        self.means[hour.rem_euclid(KEPT as i64) as usize] = mean;
        let passed = (hour + 1 - self.end).min(KEPT as i64) as u16;
        self.span = (self.span + passed).min(KEPT as u16);
        self.end = hour + 1;
        self.overall_hours = (self.overall_hours + 1).min(OVERALL_HOURS);
        self.overall += (mean - self.overall) / f64::from(self.overall_hours);
    }

    /// Moves all hours before `since` by `change`: the level has shifted.
    pub fn shift(&mut self, since: i64, change: f64) {
        for hour in self.end - i64::from(self.span)..since.min(self.end) {
            self.means[hour.rem_euclid(KEPT as i64) as usize] += change;
        }
        self.overall += change;
    }

    pub fn fields(&mut self, fields: &mut impl Fields) {
        fields.floats(&mut self.means);
        fields.hours([&mut self.end]);
        fields.counts([&mut self.span, &mut self.overall_hours, &mut self.by_utc]);
        fields.floats([&mut self.overall, &mut self.contest]);
        fields.floats(&mut self.errors);
        fields.counts(&mut self.error_hours);
    }
}

/// A handful of values.
#[derive(Default)]
struct Few {
    values: [f64; DAYS as usize],
    length: usize,
}

impl Few {
    fn push(&mut self, value: f64) {
        self.values[self.length] = value;
        self.length += 1;
    }

    /// The median, and the number of values.
    fn median(mut self) -> Estimate {
        let (values, length) = (&mut self.values[..self.length], self.length);
        values.sort_unstable_by(f64::total_cmp);
        let middle = *values.get(length / 2)?;
        let median = if length.is_multiple_of(2) { f64::midpoint(values[length / 2 - 1], middle) } else { middle };
        Some((median, length as f64))
    }
}

/// Whether an hour belongs to a Saturday or a Sunday.
fn is_weekend(hour: i64, zone: Zone) -> bool {
    zone.slot(Hour::new(hour)) >= 120
}

/// Goes back so many times so many hours, to the hour at which the clock showed the same.
fn back(hour: i64, hours: i64, clock: Zone) -> impl Fn(i64) -> i64 + use<> {
    let offset = move |hour: i64| if clock == Zone::UTC { 0 } else { clock.offset(hour * HOUR + HOUR / 2) };
    let here = offset(hour);
    move |times| {
        let there = hour - times * hours;
        there + (here - offset(there) + HOUR / 2).div_euclid(HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-01T00Z, a Monday, in hours since 1970.
    const MONDAY: i64 = 473_352;

    fn weeks(count: i64, mean: impl Fn(i64) -> f64) -> History {
        let mut history = History::default();
        for hour in 0..count * WEEK {
            let mean = mean(hour);
            history.learn_errors(MONDAY + hour, mean, 1.0, Zone::UTC);
            history.store(MONDAY + hour, mean);
        }
        history
    }

    #[test]
    fn a_weekly_pattern_is_known_after_a_week_and_exact() {
        let pattern = |hour: i64| ((hour % WEEK) as f64 * 0.7).sin() * 100.0;
        let history = weeks(2, pattern);
        for hour in 2 * WEEK..3 * WEEK {
            let usual = history.usual(MONDAY + hour, Zone::UTC, Ingredients::ALL);
            assert_eq!(usual.tier, Tier::HourOfWeek);
            assert!((usual.value - pattern(hour)).abs() < 5.0, "{hour}: {} for {}", usual.value, pattern(hour));
        }
    }

    #[test]
    fn an_outage_in_one_of_three_weeks_moves_nothing() {
        let history = weeks(3, |hour| if hour / WEEK == 1 { 1e6 } else { 5.0 });
        let usual = history.usual(MONDAY + 3 * WEEK + 30, Zone::UTC, Ingredients::ALL);
        assert!((usual.value - 5.0).abs() < 1e-12, "{usual:?}");
    }

    #[test]
    fn a_new_kind_of_day_is_doubted_by_half_the_range_of_days() {
        let mut history = History::default();
        for hour in 0..120 {
            history.store(MONDAY + hour, if hour % 24 < 12 { 0.0 } else { 10.0 });
        }
        let saturday = history.usual(MONDAY + 120, Zone::UTC, Ingredients::ALL);
        assert_eq!((saturday.value, saturday.doubt, saturday.tier), (0.0, 5.0, Tier::HourOfDay));
        let friday = history.usual(MONDAY + 119, Zone::UTC, Ingredients::ALL);
        assert_eq!((friday.value, friday.doubt), (10.0, 0.0));
    }

    #[test]
    fn hours_without_data_are_passed_over_and_forgotten() {
        let mut history = weeks(1, |_| 1.0);
        history.store(MONDAY + WEEK + 3, 2.0);
        assert_eq!(history.present(MONDAY + WEEK + 2), Some(false));
        assert_eq!(history.present(MONDAY + WEEK + 3), Some(true));
        assert_eq!(history.present(MONDAY + WEEK + 4), None);
        history.store(MONDAY + 100 * WEEK, 2.0);
        assert_eq!(history.present(MONDAY + WEEK + 3), None);
        assert_eq!(history.usual(MONDAY + 100 * WEEK + 2, Zone::UTC, Ingredients::ALL).tier, Tier::Overall);
    }

    /// Zurich's clocks change on 2024-03-31 at 01:00Z; one series follows them, the other follows UTC.
    #[test]
    fn after_a_change_of_the_clock_the_alignment_that_fits_is_found() {
        let zurich = Zone::parse("Europe/Zurich").unwrap();
        let start = 474_648 + 168; // 2024-03-01T00Z and a week
        for follows_utc in [false, true] {
            let shape = |hour: i64| {
                let clock = if follows_utc { hour } else { hour + zurich.offset(hour * HOUR + HOUR / 2) / HOUR };
                ((clock % 24) as f64 * 0.5).sin() * 100.0
            };
            let mut history = History::default();
            let mut worst = 0.0_f64;
            for hour in start - 168..start + 49 * 24 {
                let usual = history.usual(hour, zurich, Ingredients::ALL);
                if hour >= start + 14 * 24 {
                    worst = worst.max((shape(hour) - usual.value).abs() - usual.doubt);
                }
                history.learn_errors(hour, shape(hour), 1.0, zurich);
                history.store(hour, shape(hour));
            }
            assert_eq!(history.contradicts_zone(), follows_utc);
            assert!(worst < 15.0, "follows UTC {follows_utc}: off by {worst}");
        }
    }
}
