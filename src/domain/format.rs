//! Numbers, durations and times as people read them.

use super::measurement::{HOUR, MINUTE, Millis};
use super::zone::Zone;

/// Significant digits of a number that stands alone.
pub const DIGITS: usize = 4;

/// Significant digits that tell any two doubles apart.
const ALL_DIGITS: usize = 17;

/// A number with so many significant digits: whole numbers in full below a million, thousands separated, exponents only
/// for the very large and the very small.
#[must_use]
pub fn number(x: f64, digits: usize) -> String {
    let rounded = round(x, digits);
    let size = rounded.abs();
    if rounded == 0.0 {
        return "0".to_owned();
    }
    if !rounded.is_finite() || !(1e-4..1e12).contains(&size) {
        return format!("{rounded:e}");
    }
    let text = rounded.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |text| ("-", text));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut result = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    if let Some(fraction) = fraction {
        result.push('.');
        result.push_str(fraction);
    }
    result
}

/// A number rounded to so many significant digits; whole numbers below a million keep all of theirs.
fn round(x: f64, digits: usize) -> f64 {
    if digits >= ALL_DIGITS || (x.fract() == 0.0 && x.abs() < 1e6) {
        return x;
    }
    let digits = if (10_f64.powi(digits as i32)..1e6).contains(&x.abs()) { 6.min(whole_digits(x)) } else { digits };
    format!("{x:.*e}", digits.max(1) - 1).parse().unwrap_or(x)
}

/// How many digits stand before the decimal point.
fn whole_digits(x: f64) -> usize {
    format!("{:.0}", x.abs().trunc()).len()
}

/// The least number of digits, from [`DIGITS`] up, with which `value` reads as lying outside `lower` and `upper`.
#[must_use]
pub fn telling_digits(value: f64, lower: f64, upper: f64) -> usize {
    let tells = |digits: usize| {
        let shown = round(value, digits);
        shown < round(lower, digits) || shown > round(upper, digits)
    };
    (DIGITS..ALL_DIGITS).find(|&digits| tells(digits)).unwrap_or(ALL_DIGITS)
}

/// A duration in its two largest units: `45 s`, `30 min`, `5 h 30 min`, `2 d 4 h`.
#[must_use]
pub fn duration(millis: Millis) -> String {
    const DAY: Millis = 24 * HOUR;
    let two = |large: Millis, name: &str, small: Millis, small_name: &str| {
        let (whole, rest) = (millis / large, millis % large / small);
        if rest == 0 { format!("{whole} {name}") } else { format!("{whole} {name} {rest} {small_name}") }
    };
    match millis {
        ..1000 => format!("{millis} ms"),
        1000..MINUTE => format!("{} s", millis / 1000),
        MINUTE..HOUR => two(MINUTE, "min", 1000, "s"),
        HOUR..DAY => two(HOUR, "h", MINUTE, "min"),
        DAY.. => two(DAY, "d", HOUR, "h"),
    }
}

/// A moment in a zone, to the minute, or as finely as it is given: `2014-11-02 01:00`.
#[must_use]
pub fn moment(time: Millis, zone: Zone) -> String {
    let pattern = match time {
        _ if time.rem_euclid(MINUTE) == 0 => "%Y-%m-%d %H:%M",
        _ if time.rem_euclid(1000) == 0 => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.3f",
    };
    zone.civil(time).format(pattern).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_short_and_grouped() {
        let all = [39_197.0, 21_953.4, 0.123_456, 1_234_567.0, -5.5, 0.0, 1e-7, 2.5e15, 15_420.678, 999.96, 100.0];
        let texts = all.map(|x| number(x, DIGITS));
        assert_eq!(
            texts,
            ["39,197", "21,953", "0.1235", "1,235,000", "-5.5", "0", "1e-7", "2.5e15", "15,421", "1,000", "100"]
        );
    }

    #[test]
    fn durations_have_two_units() {
        let all = [500, 45_000, 30 * MINUTE, 90 * 1000, 5 * HOUR + 30 * MINUTE, 52 * HOUR, 24 * HOUR].map(duration);
        assert_eq!(all, ["500 ms", "45 s", "30 min", "1 min 30 s", "5 h 30 min", "2 d 4 h", "1 d"]);
    }

    proptest! {
        #[test]
        fn what_lies_outside_reads_as_outside(limit in -1e9..1e9, step in 0u32..40) {
            let value: f64 = (0..=step).fold(limit, |x, _| x.next_up());
            let digits = telling_digits(value, f64::NEG_INFINITY, limit);
            let read = |x: f64| number(x, digits).replace(',', "").parse::<f64>().unwrap();
            prop_assert!(read(value) > read(limit));
        }
    }
}
