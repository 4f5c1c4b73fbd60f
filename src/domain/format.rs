//! Numbers, durations and times as people read them.

use super::measurement::{HOUR, MINUTE, Millis};
use super::zone::Zone;

/// Significant digits of a number that stands alone.
pub const DIGITS: usize = 4;

/// Significant digits that tell any two doubles apart.
const ALL_DIGITS: usize = 17;

/// So many significant digits of a number stay as they are when it becomes a double.
const EXACT_DIGITS: usize = 15;

/// A number with so many significant digits: whole numbers in full below a million, thousands separated, exponents only
/// for the very large and the very small.
#[must_use]
pub fn number(x: f64, digits: usize) -> String {
    let text = match scientific(x, digits) {
        Some(text) if digits <= EXACT_DIGITS => text,
        _ => format!("{:e}", round(x, digits)), // the shortest that is this number
    };
    let Some((mantissa, exponent)) = text.split_once('e') else { return text }; // infinite, or none
    let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |mantissa| (true, mantissa));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mantissa = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    if mantissa == "0" {
        return mantissa.to_owned();
    }
    let mut result = String::with_capacity(24);
    result.extend(negative.then_some('-'));
    if !(-4..12).contains(&exponent) {
        result.push_str(mantissa);
        result.push('e');
        result.push_str(&exponent.to_string());
        return result;
    }
    let mut digits = mantissa.chars().filter(|digit| *digit != '.').peekable();
    for place in (0..=exponent.max(0)).rev() {
        result.push(if place > exponent { '0' } else { digits.next().unwrap_or('0') });
        if place > 0 && place % 3 == 0 {
            result.push(',');
        }
    }
    if digits.peek().is_some() {
        result.push('.');
        result.extend((exponent..-1).map(|_| '0'));
        result.extend(digits);
    }
    result
}

/// A number rounded to so many significant digits; whole numbers below a million keep all of theirs.
fn round(x: f64, digits: usize) -> f64 {
    scientific(x, digits).and_then(|text| text.parse().ok()).unwrap_or(x)
}

/// The same as text, of the form `-1.20e-3`; `None` if it keeps all of its digits.
fn scientific(x: f64, digits: usize) -> Option<String> {
    if digits >= ALL_DIGITS || (x.fract() == 0.0 && x.abs() < 1e6) {
        return None;
    }
    let digits = if (10_f64.powi(digits as i32)..1e6).contains(&x.abs()) { 6.min(whole_digits(x)) } else { digits };
    Some(format!("{x:.*e}", digits.max(1) - 1))
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

/// An integer with thousands separators: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 file`, `3 files`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
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

    #[test]
    fn numbers_at_the_edges() {
        let all = [1e-4, 0.000_099_99, 999_999_999_999.4, 1e12, -0.0, -0.5, -1e-7, 1e5, 0.050_06, 1e300, 123_456.5];
        let texts = all.map(|x| number(x, DIGITS));
        assert_eq!(
            texts,
            ["0.0001", "9.999e-5", "1e12", "1e12", "0", "-0.5", "-1e-7", "100,000", "0.05006", "1e300", "123,456"]
        );
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(|x| number(x, 2)), ["inf", "-inf", "NaN"]);
        assert_eq!([0.1 + 0.2, 1e22].map(|x| number(x, ALL_DIGITS)), ["0.30000000000000004", "1e22"]);
    }

    proptest! {
        #[test]
        fn what_is_read_is_the_rounded_number(x in any::<f64>(), small in -1e13..1e13, digits in 1usize..18) {
            for x in [x, small, small / 1e10].into_iter().filter(|x| x.is_finite()) {
                let text = number(x, digits);
                let rounded = round(x, digits);
                prop_assert_eq!(text.replace(',', "").parse::<f64>().unwrap(), rounded, "{}", text);
                let plain = rounded.abs() == 0.0 || (1e-4..1e12).contains(&rounded.abs());
                prop_assert!(!plain || text.replace(',', "") == (rounded + 0.0).to_string(), "{} {}", text, rounded);
            }
        }

        #[test]
        fn what_lies_outside_reads_as_outside(limit in -1e9..1e9, step in 0u32..40) {
            let value: f64 = (0..=step).fold(limit, |x, _| x.next_up());
            let digits = telling_digits(value, f64::NEG_INFINITY, limit);
            let read = |x: f64| number(x, digits).replace(',', "").parse::<f64>().unwrap();
            prop_assert!(read(value) > read(limit));
        }
    }
}
