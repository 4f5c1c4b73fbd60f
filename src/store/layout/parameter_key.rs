//! `parameter_key=`: the name of a parameter as the name of a folder.
//!
//! Names are arbitrary text; Athena, Hive and S3 are safe with few letters. Every byte of UTF-8 but `[A-Za-z0-9._-]` is
//! written `~XX`. What gets longer than [`LONGEST`] is cut there, and `~~` and a digest of the whole name follow. The
//! folder only helps to find a parameter: the true name is in the column `parameter`.

use crate::domain::digest::Sha256;

/// The most characters before a name is cut.
pub const LONGEST: usize = 120;

/// What separates the start of a name that was cut from the digest.
const CUT: &str = "~~";

/// The hexadecimal digits of the digest.
const DIGITS: usize = 32;

/// The key of a parameter.
#[must_use]
pub fn escape(parameter: &str) -> String {
    let mut key = String::with_capacity(parameter.len());
    for (place, byte) in parameter.bytes().enumerate() {
        let start = key.len();
        // Hive takes a value of underscores for no value at all, in one spelling.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-') || (byte == b'_' && place > 0) {
            key.push(char::from(byte));
        } else {
            key.push('~');
            key.extend([byte >> 4, byte & 15].map(digit));
        }
        if key.len() > LONGEST {
            key.truncate(start);
            return cut(key, parameter);
        }
    }
    // An empty value is no value to Hive.
    if key.is_empty() { cut(key, parameter) } else { key }
}

fn cut(start: String, parameter: &str) -> String {
    let digest = Sha256::of(parameter.as_bytes()).to_string();
    format!("{start}{CUT}{}", &digest[..DIGITS])
}

/// The parameter of a key; `None` where the name was cut, or the key is none.
#[must_use]
pub fn unescape(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'~' {
            let digits = [rest.next()?, rest.next()?].map(|digit| char::from(digit).to_digit(16));
            bytes.push((digits[0]? << 4 | digits[1]?) as u8);
        } else {
            bytes.push(byte);
        }
    }
    let parameter = String::from_utf8(bytes).ok()?;
    (escape(&parameter) == key).then_some(parameter)
}

/// Whether [`escape`] may have made this key.
#[must_use]
pub fn is_valid(key: &str) -> bool {
    let cut = || {
        let (start, digest) = key.split_at_checked(key.len().checked_sub(DIGITS)?)?;
        let digest = digest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let start = start.strip_suffix(CUT)?;
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~');
        Some(digest && start.len() <= LONGEST && start.bytes().all(safe))
    };
    unescape(key).is_some() || cut().unwrap_or(false)
}

fn digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_names_stay_as_they_are() {
        for name in ["cpu", "http.latency.p95", "a-b_c", "..", "42"] {
            assert_eq!(escape(name), name);
        }
    }

    #[test]
    fn other_letters_are_escaped() {
        let names = ["a b", "a/b", "a=1", "50%", "~", "é", "__HIVE_DEFAULT_PARTITION__", "\0"];
        let keys = ["a~20b", "a~2Fb", "a~3D1", "50~25", "~7E", "~C3~A9", "~5F_HIVE_DEFAULT_PARTITION__", "~00"];
        assert_eq!(names.map(escape), keys);
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let long = "x".repeat(LONGEST);
        assert_eq!(escape(&long), long);
        let [a, b] = ["a", "b"].map(|end| escape(&format!("{long}{end}")));
        assert!(a != b && a.starts_with(&long) && a.len() == LONGEST + 34 && is_valid(&a));
        assert_eq!(unescape(&a), None);
        // not in the middle of an escape
        let pictures = escape(&"🔥".repeat(100));
        assert!(pictures.starts_with(&"~F0~9F~94~A5".repeat(10)) && pictures.len() == LONGEST + 34);
        let odd = escape(&format!("ab{}", "é".repeat(100)));
        assert_eq!(odd.find(CUT), Some(2 + 39 * 3));
        assert_eq!(escape("").len(), 34);
        assert!(is_valid(&escape("")) && unescape("").is_none() && !is_valid(""));
    }

    proptest! {
        #[test]
        fn keys_read_back(name in "\\PC{0,60}|[a-zA-Z~_%=/.]{1,130}") {
            let key = escape(&name);
            prop_assert!(is_valid(&key) && key.len() <= LONGEST + 34, "{}", key);
            match unescape(&key) {
                Some(read) => prop_assert_eq!(read, name),
                None => prop_assert!(key.contains(CUT)),
            }
        }

        #[test]
        fn keys_are_safe(name in any::<String>()) {
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte);
            prop_assert!(escape(&name).bytes().all(safe));
        }
    }
}
