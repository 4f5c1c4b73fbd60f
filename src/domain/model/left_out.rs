//! What training left out, and why; as text for a column that people read too.

use std::fmt;
use std::str::FromStr;

use crate::domain::hour::Hour;
use crate::domain::interval::{self, hour_of_day};

/// An hour that doesn't train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// Hours since 1970-01-01T00Z.
    pub hour: Hour,
    /// Why.
    pub reason: Reason,
}

/// Why an hour doesn't train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    /// It has too few measurements.
    Incomplete {
        /// So many.
        count: u64,
        /// So many are usual.
        usual: u64,
    },
    /// Its week's mean, in this slot, is too far from those of the other weeks.
    Outlying {
        /// The mean.
        mean: f64,
        /// The median of all weeks' means.
        median: f64,
        /// How far from that a mean may be.
        most: f64,
    },
}

/// `2024-03-04T08Z incomplete 12 360` (count, usual) or `2024-03-04T08Z outlying 812.5 510 38.2` (mean, median, most).
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.hour.start();
        write!(f, "{}T{:02}Z ", interval::date(start), hour_of_day(start))?;
        match self.reason {
            Reason::Incomplete { count, usual } => write!(f, "incomplete {count} {usual}"),
            Reason::Outlying { mean, median, most } => write!(f, "outlying {mean:?} {median:?} {most:?}"),
        }
    }
}

/// Text that doesn't say what was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLeftOut(String);

impl fmt::Display for NotLeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an hour that was left out", self.0.escape_debug())
    }
}

impl std::error::Error for NotLeftOut {}

impl FromStr for LeftOut {
    type Err = NotLeftOut;

    fn from_str(text: &str) -> Result<Self, NotLeftOut> {
        parse(text).ok_or_else(|| NotLeftOut(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<LeftOut> {
    let words: Vec<&str> = text.split(' ').collect();
    let (date, hour) = words.first()?.strip_suffix('Z')?.split_once('T')?;
    let hour_of_day = hour.parse().ok().filter(|hour| (0..24_i64).contains(hour))?;
    let hour = Hour::of(interval::parse_date(date)?) + hour_of_day;
    let reason = match words[1..] {
        ["incomplete", count, usual] => Reason::Incomplete { count: count.parse().ok()?, usual: usual.parse().ok()? },
        ["outlying", mean, median, most] => {
            Reason::Outlying { mean: mean.parse().ok()?, median: median.parse().ok()?, most: most.parse().ok()? }
        }
        _ => return None,
    };
    Some(LeftOut { hour, reason })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_reads_like_a_note() {
        let hour = Hour::of(1_709_539_200_000);
        let incomplete = LeftOut { hour, reason: Reason::Incomplete { count: 12, usual: 360 } };
        let outlying = LeftOut { hour, reason: Reason::Outlying { mean: 812.5, median: 510.0, most: 38.25 } };
        assert_eq!(incomplete.to_string(), "2024-03-04T08Z incomplete 12 360");
        assert_eq!(outlying.to_string(), "2024-03-04T08Z outlying 812.5 510.0 38.25");
        for wrong in
            ["", "2024-03-04T08Z", "2024-03-04T24Z incomplete 1 2", "2024-03-04T08Z incomplete 1", "T incomplete 1 2"]
        {
            assert!(wrong.parse::<LeftOut>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn text_gives_it_back(hour in -500_000..2_000_000_i64, a in -1e300..1e300, b in -1.0..1.0, count in any::<u64>()) {
            for reason in [
                Reason::Incomplete { count, usual: count / 3 },
                Reason::Outlying { mean: a, median: b, most: a.abs() / 3.0 },
            ] {
                let left_out = LeftOut { hour: Hour::new(hour), reason };
                prop_assert_eq!(left_out.to_string().parse(), Ok(left_out));
            }
        }
    }
}
