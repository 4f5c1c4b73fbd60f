//! Identities of alerts and incidents: made from what they are, so that finding them again gives the same.

use std::fmt;
use std::str::FromStr;

use super::digest::Fields;
use super::measurement::{Aggregation, Millis};

/// An identity that people can type: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

/// What an exceedance is known by, so that finding it again gives the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The dataset, as it is written: `acme/shop/2.1`.
    pub dataset: &'a str,
    /// The parameter.
    pub parameter: &'a str,
    /// Whether its values are measured or counted.
    pub aggregation: Aggregation,
    /// When.
    pub time: Millis,
    /// The recorded name of what judged it: `adaptive@2`.
    pub rule: &'a str,
    /// The model by which it was judged; 0 for none.
    pub model_version: u32,
    /// Its place among the exceedances for which all of the above are the same, from 0.
    pub place: u32,
}

impl Identity<'_> {
    /// The identity of the exceedance.
    #[must_use]
    pub fn alert(&self) -> Id {
        self.id("alert")
    }

    /// The identity of the incident that it opens.
    #[must_use]
    pub fn incident(&self) -> Id {
        self.id("incident")
    }

    fn id(&self, purpose: &str) -> Id {
        let Self { dataset, parameter, aggregation, time, rule, model_version, place } = *self;
        let fields = Fields::of(purpose).text(dataset).text(parameter).integer(time).text(rule);
        let fields = fields.integer(model_version.into()).integer(place.into());
        let fields = match aggregation {
            Aggregation::None => fields,
            Aggregation::Count => fields.text("count"),
        };
        let digest = fields.finish();
        let first = digest.bytes().iter().take(8);
        Id(first.fold(0, |id, &byte| id << 8 | u64::from(byte)))
    }
}

impl Id {
    /// The identity that has these bits.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The first digits, which are enough to tell a few thousand apart.
    #[must_use]
    pub fn short(self) -> String {
        format!("{:08x}", self.0 >> 32)
    }

    /// Its bits.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnId(String);

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not 16 lower-case hexadecimal digits", self.0.escape_debug())
    }
}

impl std::error::Error for NotAnId {}

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = u64::from_str_radix(text, 16).map(Self).ok();
        id.filter(|id| id.to_string() == text).ok_or_else(|| NotAnId(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const IDENTITY: Identity<'_> = Identity {
        dataset: "acme/shop/2.1",
        parameter: "cpu",
        aggregation: Aggregation::None,
        time: 1_704_067_200_000,
        rule: "adaptive@2",
        model_version: 3,
        place: 0,
    };

    #[test]
    fn everything_that_identifies_counts() {
        let all = [
            IDENTITY.alert(),
            IDENTITY.incident(),
            Identity { dataset: "acme/shop/2.2", ..IDENTITY }.alert(),
            Identity { parameter: "cpu2", ..IDENTITY }.alert(),
            Identity { aggregation: Aggregation::Count, ..IDENTITY }.alert(),
            Identity { time: 0, ..IDENTITY }.alert(),
            Identity { rule: "classic@1", ..IDENTITY }.alert(),
            Identity { model_version: 4, ..IDENTITY }.alert(),
            Identity { place: 1, ..IDENTITY }.alert(),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    }

    /// By Python's hashlib: identities are typed, noted down and compared, so they must never change.
    #[test]
    fn identities_are_fixed() {
        assert_eq!(IDENTITY.alert().to_string(), "4702712137f1a00c");
        assert_eq!(IDENTITY.incident().to_string(), "a366e55502e38b8f");
    }

    #[test]
    fn text_gives_an_identity_back() {
        for id in [IDENTITY.alert(), Id(0), Id(u64::MAX)] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for wrong in ["", "0", "+000000000000001", "00000000000000zz", "000000000000000A", "00000000000000000"] {
            assert!(wrong.parse::<Id>().is_err(), "{wrong}");
        }
    }
}
