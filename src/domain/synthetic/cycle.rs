//! Daily and weekly cycles in civil time, so that clock changes show.

use std::f64::consts::TAU;

use crate::domain::measurement::{HOUR, MINUTE, Millis};
use crate::domain::zone::Zone;

const WEEK: Millis = 168 * HOUR;
const QUARTER: Millis = 15 * MINUTE;
const QUARTERS: usize = (WEEK / QUARTER) as usize;
/// From the first Monday 00:00 after 1970-01-01, a Thursday.
const FIRST_MONDAY: Millis = 4 * 24 * HOUR;

/// What a week looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// People at work: busy from morning to evening, with less at the weekend.
    Business,
    /// Jobs that run at night, fewer of them at the weekend.
    Night,
    /// The sun: warmest in the afternoon, every day alike.
    Sun,
    /// Nothing changes.
    None,
}

/// The course of a week of civil time: a number for each quarter hour, joined by straight lines; its mean is 0, its
/// largest magnitude 1.
#[derive(Clone, Debug)]
pub struct Week(Vec<f64>);

impl Week {
    /// The week of a rhythm; `None` where nothing changes.
    #[must_use]
    pub fn new(rhythm: Rhythm) -> Option<Self> {
        let course = |quarter: usize| {
            let hour = quarter as f64 / 4.0;
            let weekend = hour >= 120.0; // Monday 00:00 is 0
            let wave = |peak: f64, per_day: f64| libm::cos(TAU * per_day * (hour - peak) / 24.0);
            match rhythm {
                Rhythm::Business => {
                    (1.0 + 0.75 * wave(14.5, 1.0) + 0.25 * wave(10.5, 2.0)) * if weekend { 0.45 } else { 1.0 }
                }
                Rhythm::Night => libm::exp(3.0 * (wave(2.5, 1.0) - 1.0)) * if weekend { 0.7 } else { 1.0 },
                Rhythm::Sun => wave(15.0, 1.0) + 0.15 * wave(13.0, 2.0),
                Rhythm::None => 0.0,
            }
        };
        if rhythm == Rhythm::None {
            return None;
        }
        let mut points: Vec<f64> = (0..QUARTERS).map(course).collect();
        let mean = points.iter().sum::<f64>() / QUARTERS as f64;
        points.iter_mut().for_each(|point| *point -= mean);
        let largest = points.iter().fold(0.0_f64, |largest, point| largest.max(point.abs()));
        points.iter_mut().for_each(|point| *point /= largest);
        points.push(points[0]); // the week begins again
        Some(Self(points))
    }

    /// The course at a civil time, in milliseconds since 1970-01-01T00:00 of the civil clock.
    #[must_use]
    pub fn at(&self, civil: Millis) -> f64 {
        let place = (civil - FIRST_MONDAY).rem_euclid(WEEK);
        let quarter = (place / QUARTER) as usize;
        let (from, to) = (self.0[quarter], self.0[quarter + 1]);
        from + (to - from) * ((place % QUARTER) as f64 / QUARTER as f64)
    }
}

/// The offsets of civil time from UTC over a range.
#[derive(Clone, Debug)]
pub struct Offsets(Vec<(Millis, Millis)>);

impl Offsets {
    /// The offsets of `zone` in `[from, to)`. Offsets are compared day by day, and a change is then searched for to the
    /// millisecond; two changes within a day are not in use anywhere.
    #[must_use]
    pub fn new(zone: Zone, from: Millis, to: Millis) -> Self {
        const DAY: Millis = 24 * HOUR;
        let offset = |time: Millis| zone.civil(time).and_utc().timestamp_millis() - time;
        let mut changes = vec![(from, offset(from))];
        let mut day = from;
        while zone != Zone::UTC && day < to {
            let next = day + DAY;
            let (before, after) = (offset(day), offset(next));
            if before != after {
                let (mut low, mut high) = (day, next);
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if offset(middle) == before {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                changes.push((high, after));
            }
            day = next;
        }
        Self(changes)
    }

    /// The offset at a time of the range, and the time until which it holds.
    #[must_use]
    pub fn at(&self, time: Millis) -> (Millis, Millis) {
        let next = self.0.partition_point(|(start, _)| *start <= time).max(1);
        let until = self.0.get(next).map_or(Millis::MAX, |(start, _)| *start);
        (self.0[next - 1].1, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn moment(text: &str) -> Millis {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn a_week_has_mean_0_and_largest_magnitude_1() {
        for rhythm in [Rhythm::Business, Rhythm::Night, Rhythm::Sun] {
            let week = Week::new(rhythm).unwrap();
            let points = &week.0[..QUARTERS];
            assert!(points.iter().sum::<f64>().abs() < 1e-9);
            assert_eq!(points.iter().fold(0.0_f64, |largest, point| largest.max(point.abs())), 1.0);
        }
        assert!(Week::new(Rhythm::None).is_none());
    }

    #[test]
    fn business_is_busy_on_weekday_afternoons_and_quiet_on_sunday_night() {
        let week = Week::new(Rhythm::Business).unwrap();
        let at = |text| week.at(moment(text));
        assert!(at("2024-01-03T14:00:00Z") > 0.7); // a Wednesday
        assert!(at("2024-01-07T14:00:00Z") < 0.3); // a Sunday
        assert!(at("2024-01-07T03:00:00Z") < -0.5);
    }

    #[test]
    fn clock_changes_are_found_to_the_millisecond() {
        let zurich = Zone::parse("Europe/Zurich").unwrap();
        let offsets = Offsets::new(zurich, moment("2024-01-01T00:00:00Z"), moment("2025-01-01T00:00:00Z"));
        let [spring, autumn] = [moment("2024-03-31T01:00:00Z"), moment("2024-10-27T01:00:00Z")];
        assert_eq!(offsets.0.len(), 3);
        assert_eq!(offsets.at(spring - 1), (HOUR, spring));
        assert_eq!(offsets.at(spring), (2 * HOUR, autumn));
        assert_eq!(offsets.at(autumn), (HOUR, Millis::MAX));
    }

    /// The same civil time before and after a clock change has the same level; the same UTC time has not.
    #[test]
    fn cycles_follow_civil_time_across_clock_changes() {
        let zurich = Zone::parse("Europe/Zurich").unwrap();
        let offsets = Offsets::new(zurich, moment("2024-03-01T00:00:00Z"), moment("2024-05-01T00:00:00Z"));
        let week = Week::new(Rhythm::Business).unwrap();
        let at = |text| {
            let time = moment(text);
            week.at(time + offsets.at(time).0)
        };
        assert_eq!(at("2024-03-27T07:10:00Z"), at("2024-04-03T06:10:00Z"));
        assert!((at("2024-03-27T07:10:00Z") - at("2024-04-03T07:10:00Z")).abs() > 0.05);
    }
}
