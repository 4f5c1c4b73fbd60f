//! Rows of Parquet become JSON records that mean the same.

use polars::prelude::*;
use proptest::prelude::*;
use trebuchet_ad::domain::zone::Zone;
use trebuchet_ad::source::records::Mapping;
use trebuchet_ad::source::{ReadOptions, Reason};

use crate::reading::{assert_as_detect, assert_reads_again, said, texts, try_read};

fn file(columns: Vec<Column>) -> Vec<u8> {
    let mut frame = DataFrame::new(columns[0].len(), columns).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_row_group_size(Some(50)).finish(&mut frame).unwrap();
    bytes
}

fn times(name: &str, unit: TimeUnit, zone: Option<TimeZone>, times: &[Option<i64>]) -> Column {
    Column::new(name.into(), times).cast(&DataType::Datetime(unit, zone)).unwrap()
}

#[test]
fn every_type_has_its_form() {
    let bytes = file(vec![
        times("at", TimeUnit::Microseconds, Some(TimeZone::UTC), &[Some(1_700_000_000_123_456), Some(0)]),
        Column::new("f".into(), [Some(0.1), None]),
        Column::new("f32".into(), [0.1_f32, 3.0]),
        Column::new("i".into(), [Some(-5_i64), None]),
        Column::new("id".into(), [9_007_199_254_740_993_i64, i64::MIN]),
        Column::new("u".into(), [u64::MAX, 7]),
        Column::new("host".into(), [Some("a\"b"), None]),
        Column::new("up".into(), [Some(true), None]),
        times("civil", TimeUnit::Milliseconds, None, &[Some(5), None]),
        Column::new("day".into(), [19_000_i32, 1]).cast(&DataType::Date).unwrap(),
        Column::new("label".into(), [1_i64, 3]),
    ]);
    let options = ReadOptions { time_column: Some("at".into()), ..ReadOptions::default() };
    let whole = try_read(&bytes, &options, &Mapping::default()).unwrap();
    assert_reads_again(&whole, &Mapping::default());
    assert_eq!(
        texts(&whole.batch),
        [
            "{\"at\":\"2023-11-14T22:13:20.123Z\",\"f\":0.1,\"f32\":0.10000000149011612,\"i\":-5,\
             \"id\":9007199254740993,\"u\":18446744073709551615,\"host\":\"a\\\"b\",\"up\":true,\
             \"civil\":\"1970-01-01T00:00:00.005\",\"day\":\"2022-01-08T00:00:00.000\",\"label\":1}",
            "{\"at\":\"1970-01-01T00:00:00.000Z\",\"f\":null,\"f32\":3,\"i\":null,\"id\":-9223372036854775808,\"u\":7,\
             \"host\":null,\"up\":null,\"civil\":null,\"day\":\"1970-01-02T00:00:00.000\",\"label\":\"3\"}"
        ]
    );
    assert_eq!(whole.batch.records.positions, [1, 2]);
    assert_as_detect(&bytes, &options);
}

#[test]
fn civil_times_are_in_the_zone() {
    let bytes = file(vec![
        times("time", TimeUnit::Milliseconds, None, &[Some(1_711_843_200_000)]), // 2024-03-31 00:00
        Column::new("v".into(), [1.0]),
    ]);
    let options = ReadOptions { zone: Zone::parse("Europe/Zurich").unwrap(), ..ReadOptions::default() };
    let whole = assert_as_detect(&bytes, &options);
    assert_eq!(texts(&whole.batch), [r#"{"time":"2024-03-30T23:00:00.000Z","v":1}"#]);
}

#[test]
fn rows_that_can_not_be_used_are_written_for_mending() {
    let bytes = file(vec![
        times(
            "time",
            TimeUnit::Milliseconds,
            Some(TimeZone::UTC),
            &[Some(0), None, Some(1), Some(-9_999_999_999_999), Some(2)],
        ),
        Column::new("v".into(), [1.0, 2.0, f64::INFINITY, 4.0, 1e200]),
    ]);
    let whole = try_read(&bytes, &ReadOptions::default(), &Mapping::default()).unwrap();
    let expected = [
        (2, Reason::Time, r#"{"time":null,"v":2}"#),
        (3, Reason::Infinite, r#"{"time":"1970-01-01T00:00:00.001Z","v":"inf"}"#),
        (4, Reason::TimeRange, r#"{"time":"1653-02-10T06:13:20.001Z","v":4}"#),
        (5, Reason::TooLarge, r#"{"time":"1970-01-01T00:00:00.002Z","v":1e+200}"#),
    ];
    assert_eq!(said(&whole.batch.bad), expected.map(|(line, reason, text)| (line, reason, text.to_owned())));
}

#[test]
fn long_files_and_those_of_others_are_read_as_detect_does() {
    let names = ["cpu", "mem", "", "cpu"];
    let bytes = file(vec![
        Column::new("ts".into(), [1_700_000_000_i64, 1_700_000_001, 1_700_000_002, 1_700_000_003]),
        Column::new("metric".into(), names),
        Column::new("value".into(), [Some(1.5), Some(2.0), Some(3.0), None]),
        Column::new("other".into(), [1.0, 2.0, 3.0, 4.0]),
    ]);
    let whole = assert_as_detect(&bytes, &ReadOptions::default());
    assert_eq!(texts(&whole.batch)[0], r#"{"ts":1700000000,"metric":"cpu","value":1.5,"other":1}"#);
    assert_eq!((whole.batch.missing, whole.batch.bad[0].reason), (1, Reason::Nothing));
    let list = Series::new("".into(), [1, 2]);
    let bytes = file(vec![
        Column::new("ts".into(), [1_700_000_000_i64, 20_240_131]),
        Column::new("v".into(), [1.5, 2.5]),
        Column::new("nested".into(), [list.clone(), list]),
    ]);
    let whole = assert_as_detect(&bytes, &ReadOptions::default());
    assert_eq!(whole.notes, ["left out of the records, because they hold structures or bytes: nested"]);
    assert_eq!(
        (texts(&whole.batch), said(&whole.batch.bad)[0].1),
        (vec![r#"{"ts":1700000000,"v":1.5}"#], Reason::Time)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn records_mean_what_their_rows_mean(
        rows in prop::collection::vec((
            -3_000_000_000_000_i64..9_000_000_000_000, any::<f64>(), any::<i64>(), "[a-c\"]{0,2}", any::<bool>()
        ), 1..120),
        parameter in prop_oneof!["host", "metric"],
        level in any::<bool>(),
    ) {
        let bytes = file(vec![
            times("time", TimeUnit::Milliseconds, None, &rows.iter().map(|row| Some(row.0)).collect::<Vec<_>>()),
            Column::new("value".into(), rows.iter().map(|row| row.1).collect::<Vec<f64>>()),
            Column::new("n".into(), rows.iter().map(|row| row.2).collect::<Vec<i64>>()),
            Column::new(parameter.as_str().into(), rows.iter().map(|row| row.3.as_str()).collect::<Vec<_>>()),
            Column::new((if level { "level" } else { "up" }).into(), rows.iter().map(|row| row.4).collect::<Vec<_>>()),
        ]);
        let whole = try_read(&bytes, &ReadOptions::default(), &Mapping::default()).unwrap();
        assert_reads_again(&whole, &Mapping::default());
        if whole.batch.bad.is_empty() {
            assert_as_detect(&bytes, &ReadOptions::default());
        }
        prop_assert_eq!(whole.batch.records.len() + whole.batch.bad.len(), rows.len());
    }
}
