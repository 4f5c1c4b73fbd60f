//! Small JSON documents: one line, fields in a fixed order, so that the same content has the same bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// A document as one line.
///
/// # Errors
/// When it holds what JSON can't say.
pub fn to_line(document: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(document).map_err(|cause| Error::failed(format!("can't write JSON: {cause}")))?;
    line.push(b'\n');
    Ok(line)
}

/// Reads a document; `key` is for the message.
///
/// # Errors
/// When it is not one of this kind.
pub fn parse<T: DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|cause| {
        Error::failed(format!("{key} can't be understood: {cause}"))
            .hint("it was changed by hand or damaged, or a newer trebuchet-ad wrote it")
    })
}

/// Fields with what has a text form of its own.
pub mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the text.
    pub fn serialize<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    /// Reads the text.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Fields with a UTC hour, as its number since 1970-01-01T00Z.
pub mod hour {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::domain::hour::Hour;

    /// Writes the number.
    pub fn serialize<S: Serializer>(hour: &Hour, serializer: S) -> Result<S::Ok, S::Error> {
        hour.number().serialize(serializer)
    }

    /// Reads the number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hour, D::Error> {
        i64::deserialize(deserializer).map(Hour::new)
    }
}

/// Fields with a moment, in RFC 3339.
pub mod moment {
    use chrono::DateTime;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::measurement::Millis;
    use crate::domain::zone::Zone;

    /// Writes the moment in UTC.
    pub fn serialize<S: Serializer>(time: &Millis, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Zone::UTC.rfc3339(*time))
    }

    /// Reads a moment.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time =
            DateTime::parse_from_rfc3339(&text).map_err(|cause| D::Error::custom(format_args!("'{text}': {cause}")))?;
        Ok(time.timestamp_millis())
    }
}
