//! Moments as people type them, and the range of hours that two of them make.

use std::ops::Range;

use crate::domain::hour::Hour;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime};
use clap::Args;

use super::values::duration;
use crate::domain::measurement::{END_OF_TIME, FIRST_TIME, Millis};
use crate::domain::zone::Zone;
use crate::error::{Error, Result};

/// The error for text that is no moment.
const ALLOWED: &str = "a time is such as 2026-01-31T12:00:00Z, 2026-01-31T12:00, 2026-01-31, 02:10 (the latest), 7d (ago), \
    yesterday, today or now";

/// From when to when.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct RangeArgs {
    /// From this time on: RFC 3339, a date, 02:10 (the latest), 7d (ago), yesterday; in the dataset's time zone, and
    /// with the whole UTC hour that it is in
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Moment>,
    /// Up to, but without, this time; a date is its beginning. The UTC hour that it is in is taken whole
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub to: Option<Moment>,
}

/// A moment as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// With an offset.
    Exact(Millis),
    /// Civil time; a date is its beginning.
    Civil(NaiveDateTime),
    /// The latest such time of the day.
    Latest(NaiveTime),
    /// So long ago.
    Ago(Millis),
    /// The beginning of the day so many days ago.
    DaysAgo(u64),
}

/// Reads a moment.
///
/// # Errors
/// When it is none.
pub fn moment(text: &str) -> Result<Moment, String> {
    let text = text.trim();
    let words = [("now", Moment::Ago(0)), ("today", Moment::DaysAgo(0)), ("yesterday", Moment::DaysAgo(1))];
    if let Some((_, moment)) = words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)) {
        return Ok(moment);
    }
    let exact = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"));
    if let Ok(time) = exact {
        return in_range(time.timestamp_millis()).map(Moment::Exact);
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let civil = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN));
    if let Some(civil) = civil.or_else(date) {
        in_range(civil.and_utc().timestamp_millis())?;
        return Ok(Moment::Civil(civil));
    }
    let time = ["%H:%M:%S", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
    if let Some(time) = time {
        return Ok(Moment::Latest(time));
    }
    match duration(text) {
        Ok(ago) if ago < END_OF_TIME => Ok(Moment::Ago(ago)),
        _ => Err(ALLOWED.to_owned()),
    }
}

fn in_range(time: Millis) -> Result<Millis, String> {
    let known = (FIRST_TIME..END_OF_TIME).contains(&time);
    if known { Ok(time) } else { Err("times are from the years 1900 to 2199".to_owned()) }
}

impl Moment {
    /// The time that is meant, where and when this is said.
    #[must_use]
    pub fn resolve(self, zone: Zone, now: Millis) -> Millis {
        let today = || zone.civil(now).date();
        let day = |ago: u64| today().checked_sub_days(Days::new(ago)).unwrap_or_default();
        match self {
            Self::Exact(time) => time,
            Self::Civil(civil) => zone.moment(civil),
            Self::Ago(ago) => now - ago,
            Self::DaysAgo(days) => zone.moment(day(days).and_time(NaiveTime::MIN)),
            Self::Latest(time) => {
                let of = |ago| zone.moment(day(ago).and_time(time));
                if of(0) <= now { of(0) } else { of(1) }
            }
        }
    }
}

impl RangeArgs {
    /// Whether anything was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// The first UTC hour that is asked for, and the one after the last, where they are.
    ///
    /// # Errors
    /// When the range ends before it begins.
    pub fn hours(&self, zone: Zone, now: Millis) -> Result<(Option<Hour>, Option<Hour>)> {
        let [from, to] = [self.from, self.to].map(|moment| moment.map(|moment| moment.resolve(zone, now)));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let [from, to] = [from, to].map(|time| zone.rfc3339(time));
            return Err(Error::usage(format!("there is nothing from {from} to {to}"))
                .hint("--to is the first moment that is not wanted any more; a date is its beginning"));
        }
        Ok((from.map(Hour::of), to.map(Hour::from)))
    }

    /// The UTC hours that are asked for, `all` where nothing is said.
    ///
    /// # Errors
    /// When the range ends before it begins, by itself or because `all` begins later or ends sooner.
    pub fn hours_within(&self, all: &Range<Hour>, zone: Zone, now: Millis) -> Result<Range<Hour>> {
        let (from, to) = self.hours(zone, now)?;
        let hours = from.unwrap_or(all.start)..to.unwrap_or(all.end);
        if hours.is_empty() {
            let [from, to, first, end] =
                [hours.start, hours.end, all.start, all.end].map(|hour| zone.rfc3339(hour.start()));
            return Err(Error::usage(format!("there is nothing from {from} to {to}"))
                .hint(format!("there is something from {first} to {end}")));
        }
        Ok(hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-29T13:10:00Z, a Sunday, on which Zurich put its clocks forward.
    const NOW: Millis = 1_774_789_800_000;

    fn zurich() -> Zone {
        Zone::parse("Europe/Zurich").unwrap()
    }

    fn resolved(text: &str, zone: Zone) -> String {
        zone.rfc3339(moment(text).unwrap().resolve(zone, NOW))
    }

    #[test]
    fn times_are_read_in_the_zone() {
        for (text, expected) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T00:00:00+01:00"),
            ("2026-03-28T23:00:00.5-02:00", "2026-03-29T03:00:00.500+02:00"),
            ("2026-03-28T23:00Z", "2026-03-29T00:00:00+01:00"),
            ("2026-03-28 23:00", "2026-03-28T23:00:00+01:00"),
            ("2026-03-28T23:00:10", "2026-03-28T23:00:10+01:00"),
            ("2026-03-30", "2026-03-30T00:00:00+02:00"),
            ("today", "2026-03-29T00:00:00+01:00"),
            ("Yesterday", "2026-03-28T00:00:00+01:00"),
            ("now", "2026-03-29T15:10:00+02:00"),
            ("1d", "2026-03-28T14:10:00+01:00"),
            ("1.5h", "2026-03-29T13:40:00+02:00"),
            ("15:10", "2026-03-29T15:10:00+02:00"),
            ("15:11", "2026-03-28T15:11:00+01:00"),
            ("02:10:30", "2026-03-29T03:10:30+02:00"), // skipped: with the offset before
            (" 7d ", "2026-03-22T14:10:00+01:00"),
        ] {
            assert_eq!(resolved(text, zurich()), expected, "{text}");
        }
        assert_eq!(resolved("13:10", Zone::UTC), "2026-03-29T13:10:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "x", "-7d", "7", "25:00", "2026-02-30", "2026-13-01T00:00:00Z", "tomorrow", "9999999w", "-"] {
            assert_eq!(moment(text), Err(ALLOWED.to_owned()), "{text}");
        }
        assert!(moment("1776-07-04").unwrap_err().contains("1900 to 2199"));
    }

    #[test]
    fn ranges_are_whole_hours() {
        let range = |from: &str, to: &str| {
            let [from, to] = [from, to].map(|text| (!text.is_empty()).then(|| moment(text).unwrap()));
            RangeArgs { from, to }
        };
        let of = |from, to| range(from, to).hours(Zone::UTC, NOW);
        let hour = Hour::of(NOW);
        assert_eq!(
            of("13:10", "now").unwrap_err().to_string(),
            "there is nothing from 2026-03-29T13:10:00Z to 2026-03-29T13:10:00Z"
        );
        assert_eq!(of("13:05", "now").unwrap(), (Some(hour), Some(hour.next())));
        assert_eq!(of("1d", "13:00").unwrap(), (Some(hour - 24), Some(hour)));
        assert_eq!(of("", "").unwrap(), (None, None));
        assert!(range("", "").is_empty() && !range("", "now").is_empty());
        let within = |from, to| range(from, to).hours_within(&(hour - 5..hour), Zone::UTC, NOW);
        assert_eq!(within("", "").unwrap(), hour - 5..hour);
        assert_eq!(within("2h", "").unwrap(), hour - 2..hour);
        assert_eq!(within("", "6h").unwrap_err().hints().len(), 1);
    }
}
