//! The time of day, read in this one place so that tests can freeze it.

use chrono::{DateTime, Utc};

/// The current time, or that of the environment variable `TREBUCHET_NOW` (RFC 3339) where it is set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> DateTime<Utc> {
    std::env::var("TREBUCHET_NOW")
        .ok()
        .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
        .map_or_else(Utc::now, |time| time.with_timezone(&Utc))
}
