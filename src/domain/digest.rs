//! Digests: of what went into an hour, of the state after it, and of anything else that must be known again.

use std::fmt;
use std::str::FromStr;

use crate::domain::hour::Hour;
use sha2::Digest as _;
use xxhash_rust::xxh3::xxh3_128;

use super::measurement::Millis;

/// A SHA-256 digest (FIPS 180-4), written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The digest that has these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its first hexadecimal digits, for names that people type: 16, with which a million of them have two that are
    /// equal once in 37 million times.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..8], &mut [0; 2 * LONGEST]).to_owned()
    }
}

/// SHA-256 over fields, each preceded by its length, so that no two lists of fields look the same.
#[derive(Clone, Debug)]
pub struct Fields(sha2::Sha256);

impl Fields {
    /// Begins a digest of this purpose, so that equal fields have other digests elsewhere.
    #[must_use]
    pub fn of(purpose: &str) -> Self {
        Self(sha2::Sha256::new()).bytes(purpose.as_bytes())
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds text, as UTF-8.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a whole number.
    #[must_use]
    pub fn integer(self, number: i64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// The digest.
    #[must_use]
    pub fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

/// A digest of the measurements of a parameter in an hour, that doesn't depend on their order nor on how they were cut
/// to objects: the sum modulo 2¹²⁸ of a digest of each measurement.
///
/// Additive digests of multisets are due to Bellare and Micciancio (*A New Paradigm for Collision-Free Hashing*,
/// EUROCRYPT 1997: AdHash). Other than theirs this one only guards against accidents, not against forgers: it is there
/// to see late data, and is taken of every measurement. Raw objects have their SHA-256.
///
/// The digest of a measurement is XXH3 (128 bits, seed 0; xxhash specification 0.2.0) of its time, in milliseconds, and
/// the IEEE 754 bits of its value, 8 bytes each, little endian.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputDigest(u128);

impl InputDigest {
    /// Of no measurements.
    pub const EMPTY: Self = Self(0);

    /// Of a run of measurements.
    #[must_use]
    pub fn of(times: &[Millis], values: &[f64]) -> Self {
        let mut digest = Self::EMPTY;
        times.iter().zip(values).for_each(|(&time, &value)| digest.add(time, value));
        digest
    }

    /// Adds a measurement.
    #[inline]
    pub fn add(&mut self, time: Millis, value: f64) {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&time.to_le_bytes());
        bytes[8..].copy_from_slice(&value.to_bits().to_le_bytes());
        self.0 = self.0.wrapping_add(xxh3_128(&bytes));
    }

    /// Of the measurements of both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    /// Of what is left when the measurements of `other` are taken out.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// The digest that has these bytes, the most significant first.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// Its bytes, the most significant first.
    #[must_use]
    pub fn bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

/// A digest of the detector's state of a parameter after an hour, without looking into it: the state is a function of
/// the model it was started from and of all the measurements since, hour by hour, and so is this.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateDigest(Sha256);

impl StateDigest {
    /// Before the first hour of a parameter, `origin` being whatever else the state depends on: the method with its
    /// settings, how values come to be.
    #[must_use]
    pub fn before_all(parameter: &str, origin: &[&str]) -> Self {
        let begin = Fields::of("state before all hours").text(parameter);
        Self(origin.iter().fold(begin, |fields, text| fields.text(text)).finish())
    }

    /// After a further hour in which these measurements were judged by this version of the
    /// model, 0 for none.
    #[must_use]
    pub fn after(self, hour: Hour, input: InputDigest, model_version: u32) -> Self {
        let mut sha256 = sha2::Sha256::new();
        sha256.update(self.0.bytes());
        sha256.update(hour.number().to_le_bytes());
        sha256.update(input.bytes());
        sha256.update(model_version.to_le_bytes());
        Self(Sha256(sha256.finalize().into()))
    }

    /// The state digest that is this digest.
    #[must_use]
    pub fn from_sha256(digest: Sha256) -> Self {
        Self(digest)
    }

    /// Its digest.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        &self.0
    }
}

/// Text that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADigest(String);

impl fmt::Display for NotADigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a digest in lower-case hexadecimal digits", self.0.escape_debug())
    }
}

impl std::error::Error for NotADigest {}

macro_rules! as_hexadecimal {
    ($digest:ident, $to:expr, $from:expr) => {
        impl fmt::Display for $digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let bytes = $to(self);
                f.write_str(hex(&bytes, &mut [0; 2 * LONGEST]))
            }
        }

        impl fmt::Debug for $digest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $digest {
            type Err = NotADigest;

            fn from_str(text: &str) -> Result<Self, NotADigest> {
                unhex(text).map($from).ok_or_else(|| NotADigest(text.to_owned()))
            }
        }
    };
}

as_hexadecimal!(Sha256, |digest: &Self| digest.0, Self);
as_hexadecimal!(InputDigest, |digest: &Self| digest.bytes(), Self::from_bytes);
as_hexadecimal!(StateDigest, |digest: &Self| digest.0.0, |bytes| Self(Sha256(bytes)));

/// How many bytes the longest digest has.
const LONGEST: usize = 32;

/// The bytes as lower-case digits, which are written to `room`; those for which it has none are left out.
fn hex<'a>(bytes: &[u8], room: &'a mut [u8; 2 * LONGEST]) -> &'a str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (pair, byte) in room.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    let length = (2 * bytes.len()).min(room.len());
    str::from_utf8(&room[..length]).unwrap_or_default()
}

/// The bytes written as lower-case digits; `None` for anything else.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let digits = text.as_bytes();
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
