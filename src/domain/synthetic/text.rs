//! Times and numbers as text, fast.

use crate::domain::measurement::{HOUR, Millis};
use crate::domain::zone::Zone;

/// Writes times as RFC 3339 in UTC, and keeps the date from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Stamp {
    day: Option<i64>,
    text: Vec<u8>,
}

impl Stamp {
    const DATE: usize = "2024-01-01T".len();

    /// The text of a time in the years 0 to 9999, with milliseconds only where there are any.
    pub fn at(&mut self, time: Millis) -> &[u8] {
        const DAY: Millis = 24 * HOUR;
        let day = time.div_euclid(DAY);
        if self.day != Some(day) {
            self.text = Zone::UTC.rfc3339(day * DAY).into_bytes();
            self.day = Some(day);
        }
        self.text.truncate(Self::DATE);
        let rest = time.rem_euclid(DAY) as u64;
        let (seconds, millis) = (rest / 1000, rest % 1000);
        let digits = |number: u64| [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        for (number, after) in [(seconds / 3600, b":"), (seconds / 60 % 60, b":"), (seconds % 60, b".")] {
            self.text.extend_from_slice(&digits(number));
            self.text.extend_from_slice(after);
        }
        if millis == 0 {
            self.text.pop();
        } else {
            self.text.push(b'0' + (millis / 100) as u8);
            self.text.extend_from_slice(&digits(millis % 100));
        }
        self.text.push(b'Z');
        &self.text
    }
}

/// Writes a value that is a multiple of 10^-`decimals` as the shortest decimal number that reads back as the same
/// value.
pub fn write_decimal(text: &mut Vec<u8>, value: f64, decimals: u32) {
    const EXACT: f64 = (1_u64 << 53) as f64;
    let scaled = (value.abs() * f64::from(10_u32.pow(decimals))).round();
    if scaled >= EXACT {
        return text.extend_from_slice(value.to_string().as_bytes());
    }
    if value < 0.0 {
        text.push(b'-');
    }
    let mut number = scaled as u64;
    let mut decimals = decimals;
    while decimals > 0 && number.is_multiple_of(10) {
        number /= 10;
        decimals -= 1;
    }
    // The longest is "9007199254740991", with a point.
    let mut digits = [0; 20];
    let mut place = digits.len();
    let mut written = 0;
    while number > 0 || written <= decimals {
        if written == decimals && decimals > 0 {
            place -= 1;
            digits[place] = b'.';
        }
        place -= 1;
        digits[place] = b'0' + (number % 10) as u8;
        number /= 10;
        written += 1;
    }
    text.extend_from_slice(&digits[place..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: f64, decimals: u32) -> String {
        let mut text = Vec::new();
        write_decimal(&mut text, value, decimals);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(written(0.0, 0), "0");
        assert_eq!(written(0.0, 3), "0");
        assert_eq!(written(12.3, 3), "12.3");
        assert_eq!(written(-0.007, 3), "-0.007");
        assert_eq!(written(1_200.0, 2), "1200");
        assert_eq!(written(1e18, 2), "1000000000000000000");
        assert_eq!(written(9_007_199_254_740.99, 2), "9007199254740.99");
    }

    #[test]
    fn numbers_read_back_as_they_were() {
        for step in -20_000..20_000 {
            for decimals in 0..=9 {
                let value = f64::from(step) * 7.0 / f64::from(10_u32.pow(decimals));
                assert_eq!(written(value, decimals).parse::<f64>().unwrap(), value + 0.0);
            }
        }
    }

    #[test]
    fn times_are_as_the_zone_writes_them() {
        let mut stamp = Stamp::default();
        for time in [0, 1, 999, 1_000, 86_399_999, 86_400_000, 1_711_846_800_050, -1, -86_400_000] {
            assert_eq!(stamp.at(time), Zone::UTC.rfc3339(time).as_bytes());
        }
    }
}
