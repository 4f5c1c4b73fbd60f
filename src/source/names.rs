//! The names by which fields are known, in CSV, JSON and Parquet alike.

/// Names of event times, the most usual first.
pub const TIME: &[&str] = &[
    "timestamp",
    "@timestamp",
    "event_time",
    "eventtime",
    "time",
    "ts",
    "datetime",
    "date_time",
    "_time",
    "date",
    "created_at",
    "createdat",
    "time_stamp",
    "timestamp_ms",
    "epoch",
    "event_timestamp",
    "eventtimestamp",
];

/// Names of what holds the name of a parameter.
pub const PARAMETER: &[&str] =
    &["parameter", "metric", "metric_name", "metricname", "name", "series", "variable", "measurement"];

/// Names of what holds the value of the parameter so named.
pub const VALUE: &[&str] = &["value", "val", "metric_value"];

/// Names of what says whether a row is anomalous.
pub const LABEL: &[&str] = &["label", "is_anomaly", "anomaly"];

/// Whether the name is one of these, in any case.
#[must_use]
pub fn is_one_of(name: &str, known: &[&str]) -> bool {
    rank(name, known).is_some()
}

/// The place of the name among these, in any case.
#[must_use]
pub fn rank(name: &str, known: &[&str]) -> Option<usize> {
    known.iter().position(|known| known.len() == name.len() && known.eq_ignore_ascii_case(name))
}
