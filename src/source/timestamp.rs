//! Reads event times: bytes of a field in, milliseconds UTC out.
//!
//! Reading times is what most of the time of reading a narrow file goes into, so the usual forms are read by a
//! hand-written parser of fixed positions, without allocation. What could be understood in two ways is refused with a
//! reason rather than guessed: a wrong month is worse than a rejected row.

use chrono::DateTime;

use super::Reason;
use super::excerpt::excerpt;
use crate::domain::measurement::{END_OF_TIME, FIRST_TIME, HOUR, Millis};
use crate::domain::zone::Zone;

const DAY: Millis = 24 * HOUR;
const DAY_FIRST: &str = "is the day first, or the month? write it as 2024-01-31";
const COMPACT_DATE: &str = "it may be a date or epoch seconds; write 2024-01-31, or say --time-unit s";

/// The unit of a time that is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Millis,
    /// Microseconds since 1970.
    Micros,
    /// Nanoseconds since 1970.
    Nanos,
}

impl TimeUnit {
    /// The unit of this name: `s`, `ms`, `us` or `ns`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "s" => Some(Self::Seconds),
            "ms" => Some(Self::Millis),
            "us" | "µs" => Some(Self::Micros),
            "ns" => Some(Self::Nanos),
            _ => None,
        }
    }

    /// Its name, which [`Self::parse`] reads.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Millis => "ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
        }
    }

    /// The unit in which a moment of our time has this magnitude.
    #[must_use]
    pub fn of_magnitude(whole: u128) -> Self {
        match whole {
            0..100_000_000_000 => Self::Seconds,
            100_000_000_000..100_000_000_000_000 => Self::Millis,
            100_000_000_000_000..100_000_000_000_000_000 => Self::Micros,
            _ => Self::Nanos,
        }
    }
}

/// Why a text gives no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFault {
    /// It is not a time in any form that we read.
    Unreadable,
    /// It can be read in two ways: the question that is open.
    Ambiguous(&'static str),
    /// It is a time, but not from 1900 to 2199.
    OutOfRange,
}

impl TimeFault {
    /// Under what the fault is counted.
    #[must_use]
    pub fn reason(self) -> Reason {
        if self == Self::OutOfRange { Reason::TimeRange } else { Reason::Time }
    }

    /// What is wrong with `text`, for the user.
    #[must_use]
    pub fn message(self, text: &[u8]) -> String {
        if text.trim_ascii().is_empty() {
            return "the time is missing".into();
        }
        let text = excerpt(text);
        match self {
            Self::Unreadable => {
                format!("time {text} can't be read; expected RFC 3339, YYYY-MM-DD HH:MM:SS or epoch seconds")
            }
            Self::Ambiguous(question) => format!("time {text} is ambiguous: {question}"),
            Self::OutOfRange => format!("time {text} lies outside the years 1900 to 2199"),
        }
    }
}

/// Reads times of one file. It is cheap to make and remembers the last offset of its zone.
///
/// * RFC 3339 and its relatives: `2024-01-31T10:15:00.123Z`, a space or `T` in the middle, `/` for `-`, seconds and
///   fractions optional, offsets `Z`, `UTC`, `+02:00`, `+0200`, `+02`; plain dates; `20240131T101500Z`.
/// * Without an offset a time is civil time in the zone given.
/// * Fractions of any length are cut to milliseconds, towards the past.
/// * A leap second (`:60`) is the first second of the next minute, as POSIX and chrono have it.
/// * Numbers are time since 1970, in the unit given or else the one that their magnitude suggests. Eight digits that
///   spell a date are refused unless a unit is given.
#[derive(Clone, Debug)]
pub struct TimeReader {
    zone: Zone,
    unit: Option<TimeUnit>,
    /// A civil hour (since 1970) and the zone's offset during all of it.
    cached: (i64, Millis),
}

impl TimeReader {
    /// A reader of times in `zone` where they don't name one, and in `unit` where they are numbers.
    #[must_use]
    pub fn new(zone: Zone, unit: Option<TimeUnit>) -> Self {
        Self { zone, unit, cached: if zone == Zone::UTC { (0, 0) } else { (i64::MIN, 0) } }
    }

    /// The moment that `text` names.
    ///
    /// # Errors
    /// When it names none, or one out of range.
    pub fn read(&mut self, text: &[u8]) -> Result<Millis, TimeFault> {
        let text = text.trim_ascii();
        match self.textual(text) {
            Some(result) => result,
            None => self.number(text).unwrap_or_else(|| Err(fault(text))),
        }
    }

    /// Like [`Self::read`], for times that are not mere numbers.
    ///
    /// # Errors
    /// When it names none, or one out of range.
    pub fn read_textual(&mut self, text: &[u8]) -> Result<Millis, TimeFault> {
        let text = text.trim_ascii();
        self.textual(text).unwrap_or_else(|| Err(fault(text)))
    }

    /// The moment of a number, which must be finite.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn read_f64(&self, number: f64) -> Result<Millis, TimeFault> {
        // through its shortest decimal: 1700000000.123 is a little less as a double, and would lose a millisecond
        self.number(format!("{number}").as_bytes()).unwrap_or(Err(TimeFault::Unreadable))
    }

    /// The moment of a whole number.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn read_i64(&self, number: i64) -> Result<Millis, TimeFault> {
        self.scaled(number < 0, u128::from(number.unsigned_abs()), 0, false)
    }

    /// `None` where the text doesn't have the shape of a date.
    fn textual(&mut self, text: &[u8]) -> Option<Result<Millis, TimeFault>> {
        let (date, rest, colons) = match text {
            [_, _, _, _, dash @ (b'-' | b'/'), _, _, other, _, _, rest @ ..] if dash == other => {
                (date(&text[..4], &text[5..7], &text[8..10]), rest, true)
            }
            [_, _, _, _, _, _, _, _, b'T' | b't', ..] => {
                (date(&text[..4], &text[4..6], &text[6..8]), &text[8..], false)
            }
            _ => return None,
        };
        let (year, days) = date?;
        let (time, zone) = match rest {
            [] => (0, rest),
            [b'T' | b't' | b' ', rest @ ..] => match time_of_day(rest, colons) {
                Some(parts) => parts,
                None => return Some(Err(TimeFault::Unreadable)),
            },
            _ => return Some(Err(TimeFault::Unreadable)),
        };
        if !(1899..=2200).contains(&year) {
            return Some(Err(TimeFault::OutOfRange));
        }
        let civil = days * DAY + time;
        let offset = match zone {
            [] => self.civil_offset(civil),
            _ => match offset(zone) {
                Some(offset) => offset,
                None => return Some(Err(TimeFault::Unreadable)),
            },
        };
        Some(in_range(civil - offset))
    }

    /// The offset of the zone at a civil time, in milliseconds east of UTC.
    fn civil_offset(&mut self, civil: Millis) -> Millis {
        if self.zone == Zone::UTC {
            return 0;
        }
        let hour = civil.div_euclid(HOUR);
        if self.cached.0 == hour {
            return self.cached.1;
        }
        let at = |civil: Millis| {
            let naive = DateTime::from_timestamp_millis(civil).unwrap_or_default().naive_utc();
            civil - self.zone.moment(naive)
        };
        let offset = at(civil);
        if at(hour * HOUR) == at(hour * HOUR + HOUR - 1) {
            self.cached = (hour, offset); // no clock change within this hour
        }
        offset
    }

    /// `None` where the text is not a number.
    fn number(&self, text: &[u8]) -> Option<Result<Millis, TimeFault>> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (whole, fraction) = digits.split_at(length);
        let fraction = match fraction {
            [] => fraction,
            [b'.', fraction @ ..] if fraction.iter().all(u8::is_ascii_digit) => fraction,
            _ => return self.exponent(text),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if self.unit.is_none() && text.len() == 8 && length == 8 && spells_date(text) {
            return Some(Err(TimeFault::Ambiguous(COMPACT_DATE)));
        }
        let mut whole = whole.iter().skip_while(|digit| **digit == b'0');
        let whole = whole.try_fold(0u128, |sum, digit| sum.checked_mul(10)?.checked_add(u128::from(digit - b'0')));
        let Some(whole) = whole else { return Some(Err(TimeFault::OutOfRange)) };
        let thousandths =
            (0..3).fold(0, |sum, i| sum * 10 + fraction.get(i).map_or(0, |digit| u128::from(digit - b'0')));
        let more = fraction.iter().skip(3).any(|digit| *digit != b'0');
        Some(self.scaled(negative, whole, thousandths, more))
    }

    /// Numbers like `1.7e9`, as some tools write large ones.
    fn exponent(&self, text: &[u8]) -> Option<Result<Millis, TimeFault>> {
        if !text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
            return None;
        }
        let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        if number.abs() < 1e30 { Some(self.read_f64(number)) } else { Some(Err(TimeFault::OutOfRange)) }
    }

    /// A number of thousandths of a unit (`more`: and a little more) as milliseconds, rounded towards the past.
    fn scaled(&self, negative: bool, whole: u128, thousandths: u128, more: bool) -> Result<Millis, TimeFault> {
        let divisor: u128 = match self.unit.unwrap_or(TimeUnit::of_magnitude(whole)) {
            TimeUnit::Seconds => 1,
            TimeUnit::Millis => 1000,
            TimeUnit::Micros => 1_000_000,
            TimeUnit::Nanos => 1_000_000_000,
        };
        let all = whole.checked_mul(1000).and_then(|all| all.checked_add(thousandths)).ok_or(TimeFault::OutOfRange)?;
        let cut = more || !all.is_multiple_of(divisor);
        let millis = i64::try_from(all / divisor).map_err(|_| TimeFault::OutOfRange)?;
        in_range(if negative { -millis - i64::from(cut) } else { millis })
    }
}

/// Whether the text is a time of day without a date (`10:15`, `9:05:00.5`).
#[must_use]
pub fn is_time_of_day(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let mut padded = vec![b'0'];
    padded.extend_from_slice(text);
    let padded = if text.get(1) == Some(&b':') { padded.as_slice() } else { text };
    matches!(time_of_day(padded, true), Some((_, [])))
}

fn in_range(time: Millis) -> Result<Millis, TimeFault> {
    if (FIRST_TIME..END_OF_TIME).contains(&time) { Ok(time) } else { Err(TimeFault::OutOfRange) }
}

/// A number of two digits.
fn two(text: &[u8]) -> Option<i64> {
    let (tens, ones) = (text.first()?.wrapping_sub(b'0'), text.get(1)?.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens) * 10 + i64::from(ones))
}

/// The year, and the days since 1970-01-01 of a date of the Gregorian calendar; `None` where there is no such date.
fn date(year: &[u8], month: &[u8], day: &[u8]) -> Option<(i64, i64)> {
    let (year, month, day) = (two(year)? * 100 + two(&year[2..])?, two(month)?, two(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some((year, era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468))
}

/// Milliseconds since midnight, and what follows the time.
fn time_of_day(text: &[u8], colons: bool) -> Option<(Millis, &[u8])> {
    let (hour, mut rest) = (two(text)?, &text[2..]);
    let next = |rest: &[u8]| if colons { (rest.first() == Some(&b':')).then_some(1) } else { Some(0) };
    let at = next(rest)?;
    let minute = two(&rest[at..])?;
    rest = &rest[at + 2..];
    let mut millis = 0;
    if let Some(at) = next(rest).filter(|at| rest.get(*at).is_some_and(u8::is_ascii_digit)) {
        let second = two(&rest[at..]).filter(|second| *second <= 60)?;
        rest = &rest[at + 2..];
        millis = second * 1000;
        if let [b'.' | b',', digits @ ..] = rest {
            let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if length == 0 {
                return None;
            }
            let digit = |i: usize| if i < length { i64::from(digits[i] - b'0') } else { 0 };
            millis += digit(0) * 100 + digit(1) * 10 + digit(2);
            rest = &digits[length..];
        }
    }
    (hour < 24 && minute < 60).then_some((hour * HOUR + minute * 60_000 + millis, rest))
}

/// The offset from UTC that the text names, in milliseconds.
fn offset(text: &[u8]) -> Option<Millis> {
    let text = text.trim_ascii_start();
    let (sign, digits) = match text {
        [b'Z' | b'z'] | b"UTC" | b"GMT" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let hours = two(digits)?;
    let minutes = match &digits[2..] {
        [] => 0,
        [b':', minutes @ ..] | minutes if minutes.len() == 2 => two(minutes)?,
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * HOUR + minutes * 60_000))
}

fn spells_date(text: &[u8]) -> bool {
    date(&text[..4], &text[4..6], &text[6..8]).is_some_and(|(year, _)| (1900..2200).contains(&year))
}

/// Why a text that is neither a date nor a number is no time.
fn fault(text: &[u8]) -> TimeFault {
    let unsigned = text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text);
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let year = digits(unsigned);
    if (year > 4 || (year == 4 && text.first() == Some(&b'-')))
        && matches!(unsigned[year..], [b'-', a, b, b'-', c, d, ..] if [a, b, c, d].iter().all(u8::is_ascii_digit))
    {
        return TimeFault::OutOfRange;
    }
    let first = digits(text);
    if let (1..=2, Some(separator @ (b'/' | b'.' | b'-'))) = (first, text.get(first)) {
        let rest = &text[first + 1..];
        let second = digits(rest);
        if matches!(second, 1..=2)
            && rest.get(second) == Some(separator)
            && matches!(digits(&rest[second + 1..]), 2 | 4)
        {
            return TimeFault::Ambiguous(DAY_FIRST);
        }
    }
    TimeFault::Unreadable
}

#[cfg(test)]
#[path = "timestamp_tests.rs"]
mod tests;
