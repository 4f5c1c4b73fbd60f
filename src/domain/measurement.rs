//! Measurements: (event time, parameter, value).

use std::cmp::Ordering;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// Milliseconds in an hour.
pub const HOUR: Millis = 3_600_000;

/// Milliseconds in a minute.
pub const MINUTE: Millis = 60_000;

/// The first time that is accepted: 1900-01-01T00:00:00Z. Earlier ones are mistakes of their writer.
pub const FIRST_TIME: Millis = -2_208_988_800_000;

/// The end of the accepted times, exclusive: 2200-01-01T00:00:00Z.
pub const END_OF_TIME: Millis = 7_258_118_400_000;

/// The largest magnitude of a value that is accepted: its square, and sums of squares, still fit a double.
pub const LARGEST_VALUE: f64 = 1e150;

/// How the values of a parameter come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aggregation {
    /// A measured value, taken as it is.
    None,
    /// An occurrence: values are counted by minute, and a minute without any counts as 0.
    Count,
}

/// The canonical order of a parameter's measurements: by time, then by value in IEEE 754 total order.
#[must_use]
pub fn canonical_order(a: (Millis, f64), b: (Millis, f64)) -> Ordering {
    a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1))
}
