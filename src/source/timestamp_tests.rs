use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone};
use proptest::prelude::*;

use super::*;

fn utc(text: &str) -> Result<Millis, TimeFault> {
    TimeReader::new(Zone::UTC, None).read(text.as_bytes())
}

fn moment(text: &str) -> Millis {
    DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
}

#[test]
fn the_same_moment_in_every_form() {
    let wanted = Ok(moment("2024-01-31T10:15:00Z"));
    for text in [
        "2024-01-31T10:15:00Z",
        "2024-01-31t10:15:00z",
        "2024-01-31 10:15:00",
        " 2024-01-31 10:15 ",
        "2024-01-31T10:15Z",
        "2024/01/31 10:15:00",
        "2024-01-31 10:15:00.000000000",
        "2024-01-31T12:15:00+02:00",
        "2024-01-31T12:15:00+0200",
        "2024-01-31 12:15:00 +02",
        "2024-01-31T04:45:00-05:30",
        "2024-01-31 10:15:00 UTC",
        "20240131T101500Z",
        "20240131T1015",
        "20240131T121500.000+0200",
        "1706696100",
        "1706696100.0",
        "1.7066961e9",
        "+1706696100",
        "1706696100000",
        "1706696100000000",
        "1706696100000000000",
    ] {
        assert_eq!(utc(text), wanted, "{text}");
    }
    assert_eq!(utc("2024-01-31"), Ok(moment("2024-01-31T00:00:00Z")));
}

#[test]
fn fractions_are_cut_towards_the_past() {
    assert_eq!(utc("2024-01-31T10:15:00.1239999Z"), Ok(moment("2024-01-31T10:15:00.123Z")));
    assert_eq!(utc("2024-01-31 10:15:00,5"), Ok(moment("2024-01-31T10:15:00.500Z")));
    assert_eq!(utc("1969-12-31T23:59:59.9999Z"), Ok(-1));
    assert_eq!(utc("-0.0001"), Ok(-1));
    assert_eq!(utc("-1.5"), Ok(-1500));
    assert_eq!(utc("1706696100.1239"), Ok(1_706_696_100_123));
    assert_eq!(utc("1706696100123999"), Ok(1_706_696_100_123));
    assert_eq!(TimeReader::new(Zone::UTC, None).read_f64(1_706_696_100.123), Ok(1_706_696_100_123));
    assert_eq!(TimeReader::new(Zone::UTC, None).read_i64(-1), Ok(-1000));
}

#[test]
fn a_leap_second_is_the_first_of_the_next_minute() {
    assert_eq!(utc("2016-12-31T23:59:60Z"), Ok(moment("2017-01-01T00:00:00Z")));
    assert_eq!(utc("2016-12-31T23:59:61Z"), Err(TimeFault::Unreadable));
}

#[test]
fn times_out_of_range_are_told_from_what_is_no_time() {
    for text in [
        "0000-01-01T00:00:00Z",
        "1899-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z",
        "9999-12-31",
        "99999-01-01",
        "+99999-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "99999999999999999999",
        "999999999999999999999999999999999999999999",
        "1e300",
        "-99999999999",
    ] {
        assert_eq!(utc(text), Err(TimeFault::OutOfRange), "{text}");
    }
    assert_eq!(utc("1900-01-01"), Ok(FIRST_TIME));
    assert_eq!(utc("2199-12-31T23:59:59.999Z"), Ok(END_OF_TIME - 1));
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "",
        "yesterday",
        "2024",
        "2024-13-01",
        "2024-02-30",
        "2023-02-29T00:00:00Z",
        "2024-01-31T24:00:00Z",
        "2024-01-31T10:60:00Z",
        "2024-01-31T10",
        "2024-01-31T10:15:0",
        "2024-01-31T10:15:00.",
        "2024-01-31T10:15:00X",
        "2024-01-31T10:15:00+2",
        "2024-01-31T10:15:00+02:0",
        "2024-01-31T10:15:00+24:00",
        "2024-01/31",
        "2024-1-31",
        "10:15:00",
        "Jan 31 10:15:00",
        "1.2.3.4",
        "-",
        ".",
        "nan",
        "inf",
        "20240131Tabcdef",
        "ö024-01-31",
    ] {
        assert!(matches!(utc(text), Err(TimeFault::Unreadable)) || text == "2024", "{text}: {:?}", utc(text));
    }
}

#[test]
fn ambiguous_times_are_refused_with_the_question() {
    for text in ["01/02/2024", "1/2/24 10:15", "31.01.2024", "01-02-2024 10:00:00"] {
        assert_eq!(utc(text), Err(TimeFault::Ambiguous(DAY_FIRST)), "{text}");
    }
    assert!(matches!(utc("20240131"), Err(TimeFault::Ambiguous(_))));
    assert_eq!(utc("20241331"), Ok(20_241_331_000)); // no date: seconds
    assert_eq!(TimeReader::new(Zone::UTC, Some(TimeUnit::Seconds)).read(b"20240131"), Ok(20_240_131_000));
    let message = TimeFault::Ambiguous(DAY_FIRST).message(b"01/02/2024");
    assert_eq!(message, "time \"01/02/2024\" is ambiguous: is the day first, or the month? write it as 2024-01-31");
}

#[test]
fn a_given_unit_overrides_the_magnitude() {
    let read = |unit, text: &str| TimeReader::new(Zone::UTC, Some(unit)).read(text.as_bytes());
    assert_eq!(read(TimeUnit::Millis, "1000"), Ok(1000));
    assert_eq!(read(TimeUnit::Micros, "-1"), Ok(-1));
    assert_eq!(read(TimeUnit::Nanos, "1999999"), Ok(1));
    assert_eq!(read(TimeUnit::Seconds, "1706696100000"), Err(TimeFault::OutOfRange));
    assert_eq!(read(TimeUnit::Seconds, "2024-01-31"), Ok(moment("2024-01-31T00:00:00Z")));
    assert_eq!(TimeUnit::parse("ms"), Some(TimeUnit::Millis));
}

#[test]
fn numbers_are_not_textual_times_and_times_of_day_no_times() {
    let mut reader = TimeReader::new(Zone::UTC, None);
    assert!(reader.read_textual(b"1706696100").is_err());
    assert!(reader.read_textual(b"2024-01-31").is_ok());
    assert!(is_time_of_day(b"10:15") && is_time_of_day(b"9:05:00.5") && is_time_of_day(b"10:15:00"));
    assert!(
        !is_time_of_day(b"2024-01-31") && !is_time_of_day(b"25:00") && !is_time_of_day(b"") && !is_time_of_day(b"1:")
    );
}

/// Around clock changes of an hour, of half an hour (Lord Howe), and one at an odd second (Monrovia, 1972).
#[test]
fn naive_times_are_civil_times_of_the_zone_also_around_clock_changes() {
    for (zone, around) in [
        ("Europe/Zurich", "2024-03-31T01:00:00Z"),
        ("Europe/Zurich", "2024-10-27T01:00:00Z"),
        ("Australia/Lord_Howe", "2024-10-05T15:30:00Z"),
        ("Australia/Lord_Howe", "2024-04-06T15:00:00Z"),
        ("Africa/Monrovia", "1972-01-07T00:44:30Z"),
        ("Asia/Kolkata", "2024-01-01T00:00:00Z"),
    ] {
        let zone = Zone::parse(zone).unwrap();
        let mut reader = TimeReader::new(zone, None);
        let middle = zone.civil(moment(around));
        for step in -300..300 {
            let civil = middle + chrono::Duration::seconds(step * 61);
            let text = civil.format("%Y-%m-%d %H:%M:%S").to_string();
            assert_eq!(reader.read(text.as_bytes()), Ok(zone.moment(civil)), "{} {text}", zone.name());
        }
    }
}

proptest! {
    #[test]
    fn rfc3339_is_read_as_chrono_does(
        seconds in FIRST_TIME / 1000..END_OF_TIME / 1000, nanos in 0u32..1_000_000_000, minutes in -1439i32..1440, z: bool
    ) {
        let offset = FixedOffset::east_opt(minutes * 60).unwrap();
        let time = DateTime::from_timestamp(seconds, nanos).unwrap().with_timezone(&offset);
        let text = time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, z);
        prop_assert_eq!(utc(&text), Ok(time.timestamp_millis()));
    }

    #[test]
    fn naive_times_are_read_as_chrono_does(seconds in FIRST_TIME / 1000..END_OF_TIME / 1000, millis in 0u32..1000) {
        let time = DateTime::from_timestamp(seconds, millis * 1_000_000).unwrap();
        prop_assert_eq!(utc(&time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()), Ok(time.timestamp_millis()));
        prop_assert_eq!(utc(&time.format("%Y%m%dT%H%M%S%.3fZ").to_string()), Ok(time.timestamp_millis()));
        let zone = Zone::parse("America/New_York").unwrap();
        let civil: NaiveDateTime = time.naive_utc();
        let read = TimeReader::new(zone, None).read(time.format("%Y-%m-%d %H:%M:%S%.3f").to_string().as_bytes());
        if (FIRST_TIME..END_OF_TIME).contains(&zone.moment(civil)) {
            prop_assert_eq!(read, Ok(zone.moment(civil)));
        }
    }

    #[test]
    fn dates_are_valid_exactly_when_chrono_says_so(year in 1900i32..2200, month in 0u32..15, day in 0u32..34) {
        let wanted = NaiveDate::from_ymd_opt(year, month, day)
            .map(|date| chrono::Utc.from_utc_datetime(&date.and_hms_opt(0, 0, 0).unwrap()).timestamp_millis());
        prop_assert_eq!(utc(&format!("{year:04}-{month:02}-{day:02}")).ok(), wanted);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,30}", digits in "[-+0-9T:. Z/]{0,30}") {
        let _ = (utc(&text), utc(&digits), is_time_of_day(text.as_bytes()), is_time_of_day(digits.as_bytes()));
    }
}
