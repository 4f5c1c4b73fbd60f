//! Parquet files as others write them.

use polars::prelude::*;

use crate::harness::{Outcome, Sandbox};

/// Three days, every half hour, from 2024-03-29, with a spike towards the end; Zurich changes its clocks on the 31st.
const ROWS: i64 = 144;
const START: i64 = 1_711_670_400_000;

fn value(row: i64) -> f64 {
    if row == 130 { 500.0 } else { 100.0 + (row % 5) as f64 }
}

fn values() -> Vec<f64> {
    (0..ROWS).map(value).collect()
}

fn millis() -> Vec<i64> {
    (0..ROWS).map(|row| START + row * 1_800_000).collect()
}

/// The event times as Parquet timestamps.
fn times(name: &str, unit: TimeUnit, zone: Option<TimeZone>) -> Column {
    let scale = match unit {
        TimeUnit::Nanoseconds => 1_000_000,
        TimeUnit::Microseconds => 1000,
        TimeUnit::Milliseconds => 1,
    };
    let ticks: Vec<i64> = millis().into_iter().map(|time| time * scale).collect();
    Column::new(name.into(), ticks).cast(&DataType::Datetime(unit, zone)).unwrap()
}

fn detect(columns: Vec<Column>, flags: &str) -> Outcome {
    let sandbox = Sandbox::new();
    let mut frame = DataFrame::new(columns[0].len(), columns).unwrap();
    let file = std::fs::File::create(sandbox.path("x.parquet")).unwrap();
    ParquetWriter::new(file).with_row_group_size(Some(50)).finish(&mut frame).unwrap();
    sandbox.run(&format!("detect x.parquet --format json {flags}"))
}

/// The summary, and parameter, start and value of each incident.
fn found(columns: Vec<Column>, flags: &str) -> (serde_json::Value, Vec<(String, String, f64)>) {
    let outcome = detect(columns, flags);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let text = |incident: &serde_json::Value, key: &str| incident[key].as_str().unwrap().to_owned();
    let incidents = report["incidents"].as_array().unwrap().iter();
    let incidents = incidents
        .map(|incident| (text(incident, "parameter"), text(incident, "start"), incident["value"].as_f64().unwrap()))
        .collect();
    (report["summary"].clone(), incidents)
}

fn spike(parameter: &str, start: &str) -> Vec<(String, String, f64)> {
    vec![(parameter.to_owned(), start.to_owned(), 500.0)]
}

#[test]
fn times_of_every_unit_and_kind_are_understood() {
    let utc = || Some(TimeZone::UTC);
    let texts: Vec<String> =
        millis().into_iter().map(|time| chrono::DateTime::from_timestamp_millis(time).unwrap().to_rfc3339()).collect();
    let seconds: Vec<i64> = millis().into_iter().map(|time| time / 1000).collect();
    let nanos: Vec<i64> = millis().into_iter().map(|time| time * 1_000_000).collect();
    for column in [
        times("at", TimeUnit::Milliseconds, utc()),
        times("at", TimeUnit::Microseconds, utc()),
        times("at", TimeUnit::Nanoseconds, None),
        Column::new("timestamp".into(), texts),
        Column::new("ts".into(), seconds),
        Column::new("time".into(), nanos),
    ] {
        let about = format!("{} {:?}", column.name(), column.dtype());
        let (summary, incidents) = found(vec![column, Column::new("cpu".into(), values())], "");
        assert_eq!(incidents, spike("cpu", "2024-03-31T17:00:00Z"), "{about}");
        assert_eq!(summary["measurements"], ROWS, "{about}");
    }
}

#[test]
fn times_without_a_zone_are_civil_times() {
    let columns = || vec![times("at", TimeUnit::Microseconds, None), Column::new("cpu".into(), values())];
    let (summary, incidents) = found(columns(), "--timezone Europe/Zurich");
    assert_eq!(incidents, spike("cpu", "2024-03-31T17:00:00+02:00"));
    assert_eq!(summary["from"], "2024-03-29T00:00:00+01:00");
}

#[test]
fn a_long_table_is_split_by_its_parameter_column() {
    let twice = |name: &str| {
        let mut column = times(name, TimeUnit::Milliseconds, Some(TimeZone::UTC));
        column.append(&column.clone()).unwrap();
        column
    };
    let names: Vec<&str> =
        (0..2 * ROWS).map(|row| if row < ROWS { "a" } else { "a name of more than 12 bytes" }).collect();
    let doubled: Vec<f64> = (0..2 * ROWS).map(|row| if row < ROWS { 1.0 } else { value(row - ROWS) }).collect();
    let columns = |name: &str, number: &str| {
        vec![
            twice("event_time"),
            Column::new(name.into(), names.clone()),
            Column::new(number.into(), doubled.clone()),
            Column::new("note".into(), vec!["x"; 2 * ROWS as usize]),
        ]
    };
    let expected = spike("a name of more than 12 bytes", "2024-03-31T17:00:00Z");
    assert_eq!(found(columns("metric", "value"), "").1, expected);
    assert_eq!(found(columns("what", "reading"), "--parameter-column what").1, expected);
    let (summary, _) = found(columns("metric", "value"), "--parameter a");
    assert_eq!((&summary["series"], &summary["measurements"]), (&1.into(), &ROWS.into()));
}

#[test]
fn every_kind_of_number_is_a_parameter_and_a_label_is_none() {
    let of = |name: &str, dtype: &DataType| Column::new(name.into(), values()).cast(dtype).unwrap();
    let labels: Vec<i64> = (0..ROWS).map(|row| i64::from(row == 130)).collect();
    let columns = vec![
        times("at", TimeUnit::Milliseconds, None),
        of("f32", &DataType::Float32),
        of("i16", &DataType::Int16),
        of("u32", &DataType::UInt32),
        of("i64", &DataType::Int64),
        of("u64", &DataType::UInt64),
        of("decimal", &DataType::Decimal(20, 2)),
        Column::new("label".into(), labels),
    ];
    let (summary, incidents) = found(columns, "");
    let mut names: Vec<&str> = incidents.iter().map(|(name, ..)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["decimal", "f32", "i16", "i64", "u32", "u64"]);
    assert_eq!(summary["series"], 6);
}

#[test]
fn what_cannot_be_used_is_counted_by_row_and_the_rest_is_used() {
    let mut cpu: Vec<Option<f64>> = values().into_iter().map(Some).collect();
    (cpu[3], cpu[4], cpu[70], cpu[71]) = (None, Some(f64::NAN), Some(f64::INFINITY), Some(1e300));
    let mut ticks: Vec<Option<i64>> = millis().into_iter().map(Some).collect();
    (ticks[10], ticks[11]) = (None, Some(-99_999_999_999_999));
    let ticks = Column::new("at".into(), ticks).cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    let outcome = detect(vec![ticks, Column::new("cpu".into(), cpu)], "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let report: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    let skipped = serde_json::json!({
        "infinite": 1, "missing": 2, "time_out_of_range": 1, "too_large": 1, "unreadable_time": 1
    });
    assert_eq!(report["summary"]["skipped"], skipped);
    assert_eq!(report["summary"]["measurements"], ROWS - 6);
    for place in ["x.parquet:11: no time", "x.parquet:12: the time is outside", "x.parquet:71: "] {
        assert!(outcome.stderr.contains(place), "{place}: {}", outcome.stderr);
    }
}

#[test]
fn columns_that_can_be_understood_in_several_ways_or_none_are_refused() {
    let at = |name: &str| times(name, TimeUnit::Milliseconds, None);
    let cpu = || Column::new("cpu".into(), values());
    let text = || Column::new("host".into(), vec!["web-1"; ROWS as usize]);
    let cases = [
        (vec![at("made"), at("seen"), cpu()], "", 2, "--time-column"),
        (vec![text(), cpu()], "", 1, "no time column among: host, cpu"),
        (vec![at("at"), text()], "", 1, "no numeric column among: at, host"),
        (vec![at("at"), cpu()], "--time-column when", 1, "there is no column"),
        (vec![at("at").slice(0, 0), cpu().slice(0, 0)], "", 1, "no rows"),
    ];
    for (columns, flags, code, message) in cases {
        let outcome = detect(columns, flags);
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{message}: {}", outcome.stderr);
    }
    let (_, incidents) = found(vec![at("made"), at("seen"), cpu()], "--time-column seen");
    assert_eq!(incidents.len(), 1);
}
