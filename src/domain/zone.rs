//! Time zones: how times are read and shown, and which hour of the week a moment belongs to.

use crate::domain::hour::Hour;
use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, Offset, SecondsFormat, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::measurement::{HOUR, Millis};

/// The number of slots: hours of a week.
pub const SLOTS: usize = 168;

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone of this IANA name (`Europe/Zurich`), in any case; `None` where there is no such zone.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Tz::from_str_insensitive(name.trim()).ok().map(Self)
    }

    /// The names most like `name`, at most three, for a message.
    #[must_use]
    pub fn suggestions(name: &str) -> Vec<&'static str> {
        let wanted = name.trim().to_ascii_lowercase().replace(' ', "_");
        let wanted = wanted.rsplit('/').next().unwrap_or_default();
        if wanted.len() < 3 {
            return Vec::new();
        }
        let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        names.filter(|name| name.to_ascii_lowercase().contains(wanted)).take(3).collect()
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The slot of a UTC hour: the hour of the week, 0 to 167 with Monday 00:00 first,
    /// of the civil time in this zone of the middle of that hour.
    #[must_use]
    pub fn slot(self, hour: Hour) -> usize {
        if self.0 == Tz::UTC {
            return (hour.number() + 72).rem_euclid(SLOTS as i64) as usize; // 1970-01-01 was a Thursday: slot 72
        }
        let middle = self.civil(hour.start() + HOUR / 2);
        middle.weekday().num_days_from_monday() as usize * 24 + middle.hour() as usize
    }

    /// The week of a UTC hour, and its [slot](Self::slot) in it. Weeks begin on Monday and are counted from that of
    /// 1970-01-01.
    #[must_use]
    pub fn week_and_slot(self, hour: Hour) -> (i64, usize) {
        if self.0 == Tz::UTC {
            return ((hour.number() + 72).div_euclid(SLOTS as i64), self.slot(hour));
        }
        let middle = self.civil(hour.start() + HOUR / 2);
        let day = i64::from(middle.num_days_from_ce()) - 719_163; // 1970-01-01
        ((day + 3).div_euclid(7), self.slot(hour))
    }

    /// The moment of a civil time in this zone. A time that a clock change repeats is taken as the earlier one; a time
    /// that a clock change skips is taken with the offset before the change, so that it lies after it.
    #[must_use]
    pub fn moment(self, civil: NaiveDateTime) -> Millis {
        let millis = match self.0.offset_from_local_datetime(&civil) {
            LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix().local_minus_utc(),
            LocalResult::None => {
                let before = civil - chrono::Duration::hours(3);
                let offset = self.0.offset_from_local_datetime(&before).earliest();
                offset.map_or(0, |offset| offset.fix().local_minus_utc())
            }
        };
        civil.and_utc().timestamp_millis() - i64::from(millis) * 1000
    }

    /// By how much civil time is ahead of UTC at a moment.
    #[must_use]
    pub fn offset(self, time: Millis) -> Millis {
        i64::from(self.zoned(time).offset().fix().local_minus_utc()) * 1000
    }

    /// The civil time of a moment in this zone.
    #[must_use]
    pub fn civil(self, time: Millis) -> NaiveDateTime {
        self.zoned(time).naive_local()
    }

    /// RFC 3339 with this zone's offset, `Z` for UTC; milliseconds only where there are any.
    #[must_use]
    pub fn rfc3339(self, time: Millis) -> String {
        let digits = if time.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        self.zoned(time).to_rfc3339_opts(digits, self.0 == Tz::UTC)
    }

    fn zoned(self, time: Millis) -> DateTime<Tz> {
        let utc = DateTime::<Utc>::from_timestamp_millis(time).unwrap_or_default();
        utc.with_timezone(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Millis {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    fn slot(zone: &str, text: &str) -> usize {
        Zone::parse(zone).unwrap().slot(Hour::of(moment(text)))
    }

    #[test]
    fn monday_midnight_is_slot_0_and_sunday_23_is_slot_167() {
        assert_eq!(slot("UTC", "2024-01-01T00:30:00Z"), 0); // a Monday
        assert_eq!(slot("UTC", "2023-12-31T23:59:59Z"), 167);
        assert_eq!(slot("UTC", "1969-12-31T23:00:00Z"), 2 * 24 + 23); // a Wednesday, before the epoch
    }

    /// Zurich changes from +01:00 to +02:00 on 2024-03-31 at 01:00Z and back on 2024-10-27 at 01:00Z, both Sundays.
    #[test]
    fn slots_follow_civil_time_across_clock_changes() {
        let sunday = 6 * 24;
        assert_eq!(slot("Europe/Zurich", "2024-03-31T00:00:00Z"), sunday + 1);
        assert_eq!(slot("Europe/Zurich", "2024-03-31T01:00:00Z"), sunday + 3); // 02:00 does not exist
        assert_eq!(slot("Europe/Zurich", "2024-10-27T00:00:00Z"), sunday + 2);
        assert_eq!(slot("Europe/Zurich", "2024-10-27T01:00:00Z"), sunday + 2); // 02:00 comes twice
        assert_eq!(slot("Europe/Zurich", "2024-10-27T02:00:00Z"), sunday + 3);
    }

    #[test]
    fn weeks_begin_on_monday_by_civil_time() {
        let place = |zone: &str, text: &str| {
            let (week, slot) = Zone::parse(zone).unwrap().week_and_slot(Hour::of(moment(text)));
            week * SLOTS as i64 + slot as i64
        };
        let thursday = 3 * 24;
        for zone in ["UTC", "Etc/UTC", "Europe/London"] {
            assert_eq!(place(zone, "1970-01-05T00:00:00Z"), 168 + i64::from(zone == "Europe/London"));
            assert_eq!(place(zone, "2024-01-01T00:00:00Z"), 2818 * 168); // 19,723 days after that Thursday
        }
        assert_eq!(place("UTC", "1970-01-01T00:00:00Z"), thursday);
        assert_eq!(place("UTC", "1969-12-28T23:00:00Z"), -1);
        assert_eq!(place("Europe/Zurich", "2023-12-31T23:00:00Z"), 2818 * 168);
        assert_eq!(place("America/New_York", "2024-01-01T04:00:00Z"), 2818 * 168 - 1);
    }

    #[test]
    fn half_hour_zones_take_the_slot_of_the_middle_of_the_hour() {
        // 00:30Z is 06:00 in Kolkata (+05:30)
        assert_eq!(slot("Asia/Kolkata", "2024-01-01T00:00:00Z"), 6);
    }

    #[test]
    fn skipped_and_repeated_civil_times_have_a_moment() {
        let zurich = Zone::parse("europe/zurich").unwrap();
        let civil = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        assert_eq!(zurich.moment(civil("2024-03-31 02:30")), moment("2024-03-31T01:30:00Z"));
        assert_eq!(zurich.moment(civil("2024-10-27 02:30")), moment("2024-10-27T00:30:00Z"));
        assert_eq!(zurich.rfc3339(moment("2024-03-31T01:30:00Z")), "2024-03-31T03:30:00+02:00");
    }

    #[test]
    fn unknown_zones_have_suggestions() {
        assert!(Zone::parse("Mars/Olympus").is_none());
        assert_eq!(Zone::suggestions("zurich"), ["Europe/Zurich"]);
    }
}
