//! Reads values: bytes of a field in, a double out.

use super::Reason;
use super::excerpt::{excerpt, name};
use crate::domain::measurement::LARGEST_VALUE;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// A finite value of at most [`LARGEST_VALUE`].
    Value(f64),
    /// Nothing: empty, or a word for it such as NaN, null, NA or `-`.
    Missing,
    /// An infinity.
    Infinite,
    /// A number that is too large to compute with.
    TooLarge,
    /// Something else.
    NotANumber,
}

impl Number {
    /// Sorts a double that has been read by someone else.
    #[must_use]
    pub fn of(value: f64) -> Self {
        if value.abs() <= LARGEST_VALUE {
            Self::Value(value)
        } else if value.is_nan() {
            Self::Missing
        } else if value.is_infinite() {
            Self::Infinite
        } else {
            Self::TooLarge
        }
    }

    /// Under what a field without a value is counted; `None` for a value.
    #[must_use]
    pub fn reason(self, text: &[u8]) -> Option<Reason> {
        match self {
            Self::Value(_) => None,
            Self::Missing => Some(Reason::Missing),
            Self::Infinite => Some(Reason::Infinite),
            Self::TooLarge => Some(Reason::TooLarge),
            Self::NotANumber if std::str::from_utf8(text).is_err() => Some(Reason::NotUtf8),
            Self::NotANumber => Some(Reason::NotANumber),
        }
    }

    /// What is wrong with the field, for the user.
    #[must_use]
    pub fn message(self, text: &[u8], column: &str) -> String {
        let (text, column) = (text.trim_ascii(), name(column));
        let what = match self {
            Self::Infinite => "is infinite",
            Self::TooLarge => "is too large",
            _ if std::str::from_utf8(text).is_err() => return format!("the text in column {column} is not UTF-8"),
            _ if has_separators(text) => "is not a number: thousands separators and decimal commas are not read",
            _ => "is not a number",
        };
        format!("value {} in column {column} {what}", excerpt(text))
    }
}

/// Powers of ten that are exact as doubles.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Reads a number with a decimal point or, in files where `decimal_comma` is the custom, a decimal comma.
#[must_use]
pub fn number(text: &[u8], decimal_comma: bool) -> Number {
    let text = text.trim_ascii();
    match plain(text) {
        Some(value) => Number::Value(value),
        None => unusual(text, decimal_comma),
    }
}

/// `-12.345`, by one exact division (W. D. Clinger, "How to Read Floating Point Numbers Accurately", 1990): a mantissa
/// below 2^53 and a power of ten up to 22 are both exact, so their quotient is the correctly rounded value.
fn plain(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut mantissa = 0u64;
    let mut point = None;
    for (i, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit); // 19 digits fit
        } else if *byte == b'.' && point.is_none() && i > 0 {
            point = Some(i);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    if point.is_some() && decimals == 0 {
        return None;
    }
    exact(mantissa, decimals).map(|value| if negative { -value } else { value })
}

/// The digits of a number, of which so many come after the point, as a double; where one division is exact.
#[inline]
pub(super) fn exact(mantissa: u64, decimals: usize) -> Option<f64> {
    (mantissa < 1 << 53).then(|| mantissa as f64 / POWERS[decimals])
}

#[cold]
fn unusual(text: &[u8], decimal_comma: bool) -> Number {
    const MISSING: [&[u8]; 7] = [b"", b"nan", b"null", b"na", b"n/a", b"none", b"-"];
    if MISSING.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Number::Missing;
    }
    let Ok(text) = std::str::from_utf8(text) else { return Number::NotANumber };
    let mut value = text.parse::<f64>();
    if value.is_err() && decimal_comma && text.matches(',').count() == 1 && !text.contains('.') {
        value = text.replace(',', ".").parse();
    }
    match value.map(Number::of) {
        Ok(Number::Infinite) if text.bytes().any(|byte| byte.is_ascii_digit()) => Number::TooLarge, // 1e400
        Ok(number) => number,
        Err(_) => Number::NotANumber,
    }
}

/// Whether the text would be a number but for its commas, apostrophes or spaces.
fn has_separators(text: &[u8]) -> bool {
    let bare: Vec<u8> = text.iter().copied().filter(|byte| !matches!(byte, b',' | b'\'' | b' ' | b'_')).collect();
    bare.len() < text.len() && matches!(number(&bare, false), Number::Value(_) | Number::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_with_spaces_signs_and_exponents() {
        for (text, value) in [
            ("1", 1.0),
            (" 1.5 ", 1.5),
            ("+1", 1.0),
            ("-0.25", -0.25),
            ("1e5", 1e5),
            ("1E-3", 1e-3),
            (".5", 0.5),
            ("5.", 5.0),
            ("9007199254740993", 9_007_199_254_740_992.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            ("0.1", 0.1),
        ] {
            assert_eq!(number(text.as_bytes(), false), Number::Value(value), "{text}");
        }
        assert!(matches!(number(b"-0", false), Number::Value(zero) if zero.is_sign_negative()));
    }

    #[test]
    fn words_for_nothing_are_missing() {
        for text in ["", "  ", "NaN", "nan", "-nan", "null", "NULL", "NA", "N/A", "n/a", "None", "-"] {
            assert_eq!(number(text.as_bytes(), false), Number::Missing, "{text:?}");
        }
    }

    #[test]
    fn infinite_and_huge_values_are_told_apart() {
        for text in ["inf", "-Infinity", "+inf"] {
            assert_eq!(number(text.as_bytes(), false), Number::Infinite, "{text}");
        }
        for text in ["1e151", "-1e200", "1e400"] {
            assert_eq!(number(text.as_bytes(), false), Number::TooLarge, "{text}");
        }
        assert_eq!(number(b"1e150", false), Number::Value(1e150));
    }

    #[test]
    fn everything_else_is_not_a_number_and_says_why() {
        for text in ["abc", "0x10", "1_000", "1 2", "--1", "1.2.3", "e5", ".", "true", "5%"] {
            assert_eq!(number(text.as_bytes(), false), Number::NotANumber, "{text}");
        }
        let message = |text: &[u8]| number(text, false).message(text, "cpu");
        assert_eq!(message(b"abc"), "value \"abc\" in column cpu is not a number");
        assert!(message(b"1,234").contains("thousands separators"));
        assert_eq!(message(b"\xff1"), "the text in column cpu is not UTF-8");
        assert_eq!(Number::NotANumber.reason(b"\xff"), Some(Reason::NotUtf8));
    }

    #[test]
    fn decimal_commas_only_where_they_are_the_custom() {
        assert_eq!(number(b"3,25", true), Number::Value(3.25));
        assert_eq!(number(b"3,25", false), Number::NotANumber);
        assert_eq!(number(b"1.234,5", true), Number::NotANumber);
    }

    proptest! {
        #[test]
        fn any_double_is_read_exactly(value in any::<f64>().prop_filter("readable", |v| v.abs() <= LARGEST_VALUE)) {
            prop_assert_eq!(number(format!("{value}").as_bytes(), false), Number::Value(value));
            prop_assert_eq!(number(format!("{value:e}").as_bytes(), false), Number::Value(value));
        }

        #[test]
        fn any_decimal_is_read_as_the_standard_library_does(text in "-?[0-9]{1,12}\\.[0-9]{1,9}") {
            prop_assert_eq!(number(text.as_bytes(), false), Number::Value(text.parse().unwrap()));
        }
    }
}
