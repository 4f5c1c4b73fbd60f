//! UTC hours, told apart from moments: the one place where the arithmetic between the two stands.

use std::ops::{Add, Range, Sub};

use super::measurement::{HOUR, Millis};

/// Hours of a UTC day.
const DAY_HOURS: i64 = 24;

/// A UTC hour, by its number since 1970-01-01T00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(i64);

impl Hour {
    /// The hour of this number since 1970-01-01T00Z.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The hour that a moment belongs to.
    #[must_use]
    pub const fn of(time: Millis) -> Self {
        Self(time.div_euclid(HOUR))
    }

    /// The first hour that does not begin before a moment.
    #[must_use]
    pub const fn from(time: Millis) -> Self {
        Self(-(-time).div_euclid(HOUR))
    }

    /// The number since 1970-01-01T00Z.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }

    /// The first moment.
    #[must_use]
    pub const fn start(self) -> Millis {
        self.0 * HOUR
    }

    /// The first moment after the hour.
    #[must_use]
    pub const fn end(self) -> Millis {
        (self.0 + 1) * HOUR
    }

    /// The hour after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number of the UTC day that it belongs to, since 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY_HOURS)
    }

    /// Whether a UTC day begins with this hour.
    #[must_use]
    pub const fn begins_day(self) -> bool {
        self.0.rem_euclid(DAY_HOURS) == 0
    }
}

/// So many hours later.
impl Add<i64> for Hour {
    type Output = Self;

    fn add(self, hours: i64) -> Self {
        Self(self.0 + hours)
    }
}

/// So many hours earlier.
impl Sub<i64> for Hour {
    type Output = Self;

    fn sub(self, hours: i64) -> Self {
        Self(self.0 - hours)
    }
}

/// How many hours one is later than the other.
impl Sub for Hour {
    type Output = i64;

    fn sub(self, other: Self) -> i64 {
        self.0 - other.0
    }
}

/// The hours of a range, in order.
#[must_use]
pub fn each(hours: &Range<Hour>) -> impl DoubleEndedIterator<Item = Hour> + use<> {
    (hours.start.0..hours.end.0).map(Hour)
}

/// How many hours a range has.
#[must_use]
pub fn count(hours: &Range<Hour>) -> u64 {
    u64::try_from(hours.end - hours.start).unwrap_or(0)
}

/// The moments from the beginning of a range of hours to its end.
#[must_use]
pub fn moments(hours: &Range<Hour>) -> Range<Millis> {
    hours.start.start()..hours.end.start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_belong_to_the_hour_that_they_are_in() {
        for (time, hour, from) in [(0, 0, 0), (1, 0, 1), (HOUR - 1, 0, 1), (HOUR, 1, 1), (-1, -1, 0), (-HOUR, -1, -1)] {
            assert_eq!((Hour::of(time), Hour::from(time)), (Hour::new(hour), Hour::new(from)), "{time}");
            assert!((Hour::of(time).start()..Hour::of(time).end()).contains(&time));
        }
        assert!(Hour::new(-24).begins_day() && Hour::new(0).begins_day() && !Hour::new(23).begins_day());
    }

    #[test]
    fn ranges_have_their_hours() {
        let hours = Hour::new(-1)..Hour::new(2);
        assert_eq!(each(&hours).collect::<Vec<_>>(), [-1, 0, 1].map(Hour::new));
        assert_eq!((count(&hours), count(&(hours.end..hours.start)), moments(&hours)), (3, 0, -HOUR..2 * HOUR));
    }
}
