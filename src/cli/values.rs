//! How values of flags are read. Errors say what is allowed; the flag and the bad value are put before them.

use std::path::PathBuf;

use clap::Args;

use crate::domain::budget::{Budget, Period};
use crate::domain::measurement::{HOUR, MINUTE, Millis};
use crate::domain::zone::Zone;

/// How rows are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table, for people
    Table,
    /// One document
    Json,
    /// A line for each row
    Csv,
}

/// Units of time, and their milliseconds.
const UNITS: [(&str, Millis); 6] =
    [("ms", 1), ("s", 1000), ("m", MINUTE), ("h", HOUR), ("d", 24 * HOUR), ("w", 168 * HOUR)];

/// A duration above zero: `10s`, `1.5h`.
///
/// # Errors
/// When it is none.
pub fn duration(text: &str) -> Result<Millis, String> {
    const ALLOWED: &str = "a duration is a number and ms, s, m, h, d or w, such as 10s, 5m or 1h";
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).ok_or(ALLOWED)?;
    let (number, unit) = text.split_at(unit);
    let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or(ALLOWED)?;
    let millis = number.parse::<f64>().map_err(|_| ALLOWED)? * millis as f64;
    if !(1.0..=1e14).contains(&millis) || millis.fract() != 0.0 {
        return Err("a duration is a whole number of milliseconds, at least 1ms".to_owned());
    }
    Ok(millis as Millis)
}

/// A duration as it is typed: `90s`, `1h`.
#[must_use]
pub fn duration_text(millis: Millis) -> String {
    let fits = UNITS.iter().rev().find(|(name, unit)| *name != "w" && millis % unit == 0);
    fits.map_or_else(String::new, |(name, unit)| format!("{}{name}", millis / unit))
}

/// A share from 0 up to, but without, 1: `2%` or `0.02`.
///
/// # Errors
/// When it is none.
pub fn share(text: &str) -> Result<f64, String> {
    let share = part(text).filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| "a share is from 0 to less than 1, or a percentage, such as 0.02 or 2%".to_owned())
}

/// A size relative to something, 0 or more: `5%` or `0.05`.
///
/// # Errors
/// When it is none.
pub fn relative(text: &str) -> Result<f64, String> {
    let size = part(text).filter(|size| (0.0..=100.0).contains(size));
    size.ok_or_else(|| "a relative size is from 0 to 100, or a percentage, such as 0.05 or 5%".to_owned())
}

/// Growth in a week: `0.5%/week`, `-1%/day`; a week where no time is given.
///
/// # Errors
/// When it is none.
pub fn growth(text: &str) -> Result<f64, String> {
    const ALLOWED: &str = "growth is a percentage per day or week, such as 0.5%/week or -1%/day";
    let (growth, time) = text.split_once('/').unwrap_or((text, "week"));
    let weeks = match time {
        "day" | "d" => 7.0,
        "week" | "w" => 1.0,
        _ => return Err(ALLOWED.to_owned()),
    };
    let growth = part(growth).map(|growth| growth * weeks).filter(|growth| growth.abs() <= 1000.0);
    growth.ok_or_else(|| ALLOWED.to_owned())
}

/// Occurrences in an hour: `3/h`, `100/min`, `5/s`, `2/day`; an hour where no time is given.
///
/// # Errors
/// When it is none.
pub fn rate(text: &str) -> Result<f64, String> {
    const ALLOWED: &str = "a rate is a number per s, min, h or day, at most 1,000,000 per hour, such as 3/h or 10/min";
    let (number, time) = text.split_once('/').unwrap_or((text, "h"));
    let in_an_hour = match time {
        "s" => 3600.0,
        "m" | "min" => 60.0,
        "h" | "hour" => 1.0,
        "d" | "day" => 1.0 / 24.0,
        _ => return Err(ALLOWED.to_owned()),
    };
    let rate = number.parse::<f64>().ok().map(|number| number * in_an_hour);
    rate.filter(|rate| (0.0..=1e6).contains(rate)).ok_or_else(|| ALLOWED.to_owned())
}

/// A budget of incidents: `1/week`, `3/day`, `0.5/month`.
///
/// # Errors
/// When it is none.
pub fn budget(text: &str) -> Result<Budget, String> {
    const ALLOWED: &str = "a budget is a number of incidents per day, week or month, such as 1/week";
    let (number, period) = text.split_once('/').ok_or(ALLOWED)?;
    let period = match period {
        "day" | "d" => Period::Day,
        "week" | "w" => Period::Week,
        "month" => Period::Month,
        _ => return Err(ALLOWED.to_owned()),
    };
    let incidents = number.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 1e6);
    incidents.map(|incidents| Budget { incidents, period }).ok_or_else(|| ALLOWED.to_owned())
}

/// A size in bytes, at least a kilobyte: `64M`, `1.5G`.
///
/// # Errors
/// When it is none.
pub fn size(text: &str) -> Result<usize, String> {
    const ALLOWED: &str = "a size is a number and K, M or G, such as 64M or 1.5G";
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic()).ok_or(ALLOWED)?;
    let (number, unit) = text.split_at(unit);
    let bytes = match unit.to_ascii_uppercase().as_str() {
        "K" | "KB" | "KIB" => 1024.0,
        "M" | "MB" | "MIB" => 1_048_576.0,
        "G" | "GB" | "GIB" => 1_073_741_824.0,
        _ => return Err(ALLOWED.to_owned()),
    };
    let bytes = number.parse::<f64>().map_err(|_| ALLOWED)? * bytes;
    if (1024.0..1e15).contains(&bytes) { Ok(bytes as usize) } else { Err(ALLOWED.to_owned()) }
}

/// The name of a time zone.
///
/// # Errors
/// When there is no such zone.
pub fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).ok_or_else(|| match Zone::suggestions(text) {
        names if names.is_empty() => "not an IANA time zone, such as Europe/Zurich or UTC".to_owned(),
        names => format!("not an IANA time zone; did you mean {}?", names.join(" or ")),
    })
}

/// A number, or a percentage.
fn part(text: &str) -> Option<f64> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// Flags of everything that shows rows.
#[derive(Args, Clone, Debug, Default)]
pub struct ShowArgs {
    /// Write it as [default: by the ending of --output, else a table]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write it to a file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(
            ["10s", "5m", "1h", "1.5h", "250ms", "2d", "1w"].map(duration),
            [Ok(10_000), Ok(300_000), Ok(3_600_000), Ok(5_400_000), Ok(250), Ok(172_800_000), Ok(604_800_000)]
        );
        for bad in ["", "10", "s", "-1s", "0s", "1.0001ms", "1 y", "NaNs", "infs", "1e99h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!([1, 90_000, 60_000, 3_600_000, 86_400_000].map(duration_text), ["1ms", "90s", "1m", "1h", "1d"]);
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(["1K", "64M", "1.5G", "2MiB"].map(size), [Ok(1024), Ok(64 << 20), Ok(3 << 29), Ok(2 << 20)]);
        assert!(["", "1", "M", "0G", "-1M", "NaNM", "1T", "1e99G"].iter().all(|bad| size(bad).is_err()));
    }

    #[test]
    fn shares_are_numbers_or_percentages() {
        assert_eq!(["0", "2%", "0.5"].map(share), [Ok(0.0), Ok(0.02), Ok(0.5)]);
        assert!(["1", "100%", "-1%", "NaN", "%", "many"].iter().all(|bad| share(bad).is_err()));
        assert_eq!(relative("150%"), Ok(1.5));
        assert!(["-1%", "inf", "101"].iter().all(|bad| relative(bad).is_err()));
    }

    #[test]
    fn growth_and_rates_are_per_time() {
        assert_eq!(["0.5%/week", "-1%/day", "2%"].map(growth), [Ok(0.005), Ok(-0.07), Ok(0.02)]);
        assert!(["1%/year", "x/week", "inf"].iter().all(|bad| growth(bad).is_err()));
        assert_eq!(
            ["3/h", "2/min", "1/s", "12/day", "0"].map(rate),
            [Ok(3.0), Ok(120.0), Ok(3600.0), Ok(0.5), Ok(0.0)]
        );
        assert!(["-1/h", "3/year", "1e9/s", "NaN"].iter().all(|bad| rate(bad).is_err()));
    }

    #[test]
    fn budgets_are_incidents_per_time() {
        let some = |incidents, period| Ok(Budget { incidents, period });
        assert_eq!(
            ["1/week", "3/d", "0.5/month"].map(budget),
            [some(1.0, Period::Week), some(3.0, Period::Day), some(0.5, Period::Month)]
        );
        for bad in ["1", "0/week", "-1/week", "1/year", "/week", "NaN/day", "inf/day", "1 /week"] {
            assert!(budget(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn zones_are_suggested() {
        assert_eq!(zone("zurich"), Err("not an IANA time zone; did you mean Europe/Zurich?".to_owned()));
        assert_eq!(zone("utc").map(Zone::name), Ok("UTC"));
    }
}
