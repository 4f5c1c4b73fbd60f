//! The intervals that aggregates are made for: UTC hours, days, ISO weeks, months and meteorological seasons.

use std::ops::Range;

use crate::domain::hour::Hour;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};

use super::measurement::{HOUR, Millis};

/// Milliseconds in a day.
pub const DAY: Millis = 24 * HOUR;

/// The kinds of intervals, from short to long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A UTC hour.
    Hour,
    /// A UTC day.
    Day,
    /// An ISO 8601 week: from Monday on.
    Week,
    /// A month.
    Month,
    /// A meteorological season: three whole months, winter from December to February.
    Season,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Season];

    /// Those whose figures are folded from hours.
    pub const FOLDED: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Season];

    /// The word for one of them.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Season => "season",
        }
    }

    /// The interval that a moment belongs to.
    #[must_use]
    pub fn containing(self, time: Millis) -> Interval {
        let (start, end) = match self {
            Self::Hour => periodic(time, HOUR, 0),
            Self::Day => periodic(time, DAY, 0),
            Self::Week => periodic(time, 7 * DAY, -3 * DAY), // 1970-01-01 was a Thursday
            Self::Month => {
                let month = month(time);
                (month_start(month), month_start(month + 1))
            }
            Self::Season => {
                // With December as the first month of the year that follows, seasons are quarters of a year.
                let first = (month(time) + 1).div_euclid(3) * 3 - 1;
                (month_start(first), month_start(first + 3))
            }
        };
        Interval { unit: self, start, end }
    }
}

/// An hour, a day, a week, a month or a season.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Millis,
    end: Millis,
    unit: Unit,
}

impl Interval {
    /// What kind of interval it is.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self) -> Millis {
        self.start
    }

    /// The first moment after it.
    #[must_use]
    pub fn end(self) -> Millis {
        self.end
    }

    /// The one of the same kind that follows.
    #[must_use]
    pub fn next(self) -> Self {
        self.unit.containing(self.end)
    }

    /// The one of the same kind before it.
    #[must_use]
    pub fn previous(self) -> Self {
        self.unit.containing(self.start - 1)
    }

    /// Whether a moment belongs to it.
    #[must_use]
    pub fn contains(self, time: Millis) -> bool {
        (self.start..self.end).contains(&time)
    }

    /// Its UTC hours, as hours since 1970-01-01T00Z.
    #[must_use]
    pub fn hours(self) -> Range<Hour> {
        Hour::of(self.start)..Hour::of(self.end)
    }

    /// The UTC date of its first day, by which it is filed: `2024-02-29`.
    #[must_use]
    pub fn date(self) -> String {
        date(self.start)
    }
}

/// The UTC date of a moment: `2024-02-29`.
#[must_use]
pub fn date(time: Millis) -> String {
    civil(time).format("%Y-%m-%d").to_string()
}

/// The first moment of a UTC date; `None` for what [`date`] doesn't write.
#[must_use]
pub fn parse_date(text: &str) -> Option<Millis> {
    let parsed = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    let start = midnight(parsed);
    (date(start) == text).then_some(start)
}

/// The UTC hour of the day of a moment.
#[must_use]
pub fn hour_of_day(time: Millis) -> u8 {
    (time.rem_euclid(DAY) / HOUR) as u8
}

/// The end of complete history: the first hour that is not complete.
///
/// History ends with the hour of the newest measurement, and no hour is complete that is not over `now`: measurements of
/// clocks or zones that are wrong may lie in the future, where everything else is yet to come.
#[must_use]
pub fn end_of_complete_history(newest: Millis, now: Millis) -> Hour {
    Hour::of(newest).next().min(Hour::of(now))
}

/// The period of this length that a moment belongs to, one of them beginning at `anchor`.
fn periodic(time: Millis, length: Millis, anchor: Millis) -> (Millis, Millis) {
    let start = time - (time - anchor).rem_euclid(length);
    (start, start + length)
}

fn civil(time: Millis) -> NaiveDate {
    DateTime::from_timestamp_millis(time).unwrap_or_default().date_naive()
}

fn midnight(date: NaiveDate) -> Millis {
    date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()
}

/// Months since the beginning of year 0.
fn month(time: Millis) -> i32 {
    let date = civil(time);
    date.year() * 12 + date.month0() as i32
}

fn month_start(month: i32) -> Millis {
    let first = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
    midnight(first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::measurement::{END_OF_TIME, FIRST_TIME};
    use super::*;
    use crate::domain::hour;

    fn moment(text: &str) -> Millis {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    /// First day and the day after the last, of the interval that a moment belongs to.
    fn dates(unit: Unit, text: &str) -> [String; 2] {
        let interval = unit.containing(moment(text));
        [interval.date(), date(interval.end())]
    }

    #[test]
    fn weeks_are_iso_weeks() {
        // 2020 has a week 53, which ends in 2021; the first week of 2026 begins in 2025.
        assert_eq!(dates(Unit::Week, "2021-01-03T23:59:59.999Z"), ["2020-12-28", "2021-01-04"]);
        assert_eq!(dates(Unit::Week, "2021-01-04T00:00:00Z"), ["2021-01-04", "2021-01-11"]);
        assert_eq!(dates(Unit::Week, "2026-01-01T12:00:00Z"), ["2025-12-29", "2026-01-05"]);
        assert_eq!(dates(Unit::Week, "1970-01-01T00:00:00Z"), ["1969-12-29", "1970-01-05"]);
    }

    #[test]
    fn months_know_leap_years_and_year_ends() {
        assert_eq!(dates(Unit::Month, "2024-02-29T23:59:59Z"), ["2024-02-01", "2024-03-01"]);
        assert_eq!(dates(Unit::Month, "2000-02-29T00:00:00Z"), ["2000-02-01", "2000-03-01"]);
        assert_eq!(dates(Unit::Month, "2023-12-31T23:59:59.999Z"), ["2023-12-01", "2024-01-01"]);
        assert_eq!(hour::count(&Unit::Month.containing(moment("1900-02-28T12:00:00Z")).hours()), 28 * 24);
        assert_eq!(hour::count(&Unit::Month.containing(moment("2024-02-28T12:00:00Z")).hours()), 29 * 24);
    }

    #[test]
    fn december_belongs_to_the_winter_that_follows() {
        assert_eq!(dates(Unit::Season, "2023-12-01T00:00:00Z"), ["2023-12-01", "2024-03-01"]);
        assert_eq!(dates(Unit::Season, "2024-02-29T23:59:59Z"), ["2023-12-01", "2024-03-01"]);
        assert_eq!(dates(Unit::Season, "2023-11-30T23:59:59.999Z"), ["2023-09-01", "2023-12-01"]);
        assert_eq!(dates(Unit::Season, "2024-05-31T23:00:00Z"), ["2024-03-01", "2024-06-01"]);
        assert_eq!(dates(Unit::Season, "2024-06-01T00:00:00Z"), ["2024-06-01", "2024-09-01"]);
        assert_eq!(hour::count(&Unit::Season.containing(moment("2024-01-01T00:00:00Z")).hours()), 91 * 24);
    }

    #[test]
    fn times_before_1970_belong_to_the_interval_before() {
        assert_eq!(Unit::Hour.containing(-1).start(), -HOUR);
        assert_eq!(Unit::Day.containing(-1).start(), -DAY);
        assert_eq!(Unit::Hour.containing(-1).hours(), Hour::new(-1)..Hour::new(0));
        assert_eq!(hour_of_day(-1), 23);
        assert_eq!(dates(Unit::Season, "1969-12-31T23:59:59.999Z"), ["1969-12-01", "1970-03-01"]);
        assert_eq!(dates(Unit::Month, "1900-01-01T00:00:00Z"), ["1900-01-01", "1900-02-01"]);
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        assert_eq!(parse_date("1970-01-02"), Some(DAY));
        for wrong in ["2023-02-29", "2024-2-9", "2024-02-29 ", "20240229", "+2024-02-29", "", "2024-02-29T00"] {
            assert_eq!(parse_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_last_hour_is_complete_when_it_is_over() {
        assert_eq!(end_of_complete_history(10 * HOUR + 5, 11 * HOUR - 1), Hour::new(10));
        assert_eq!(end_of_complete_history(10 * HOUR + 5, 11 * HOUR), Hour::new(11));
        assert_eq!(end_of_complete_history(10 * HOUR, 5000 * HOUR), Hour::new(11));
        assert_eq!(end_of_complete_history(10 * HOUR + 1, 10 * HOUR - 1), Hour::new(9)); // by a clock that is two milliseconds fast
        assert_eq!(end_of_complete_history(5000 * HOUR, 10 * HOUR + 5), Hour::new(10)); // from the future
        assert_eq!(end_of_complete_history(-1, HOUR), Hour::new(0));
    }

    proptest! {
        #[test]
        fn intervals_tile_time(time in FIRST_TIME..END_OF_TIME) {
            for unit in Unit::ALL {
                let interval = unit.containing(time);
                prop_assert!(interval.contains(time));
                prop_assert_eq!(unit.containing(interval.start()), interval);
                prop_assert_eq!(unit.containing(interval.end() - 1), interval);
                prop_assert_eq!(interval.next().start(), interval.end());
                prop_assert_eq!(interval.previous().end(), interval.start());
                prop_assert_eq!(interval.next().previous(), interval);
                prop_assert_eq!(parse_date(&interval.date()), Some(interval.start() - interval.start().rem_euclid(DAY)));
            }
        }

        /// Against chrono's own calendar.
        #[test]
        fn units_agree_with_the_calendar(time in FIRST_TIME..END_OF_TIME) {
            let at = |time: Millis| DateTime::from_timestamp_millis(time).unwrap();
            let (now, week) = (at(time), Unit::Week.containing(time));
            prop_assert_eq!(at(week.start()).iso_week(), now.iso_week());
            prop_assert_ne!(at(week.end()).iso_week(), now.iso_week());
            let month = at(Unit::Month.containing(time).start());
            prop_assert_eq!((month.year(), month.month(), month.day()), (now.year(), now.month(), 1));
            let season = at(Unit::Season.containing(time).start());
            prop_assert_eq!(season.month() % 12 / 3, now.month() % 12 / 3);
            prop_assert_eq!(season.year(), now.year() - i32::from(now.month() < 3));
        }
    }
}
