//! Rows of CSV become JSON records that mean the same.

use proptest::prelude::*;
use trebuchet_ad::source::ReadOptions;
use trebuchet_ad::source::records::Mapping;

use crate::reading::{assert_as_detect, assert_reads_again, names, read, texts, try_read};

#[test]
fn a_row_is_a_record_with_the_header_as_keys() {
    let text = "time,cpu,host,\"a \"\"b\"\"\",label\n2024-01-01,1.50,\"x\ny\",7,0\n\n2024-01-02,+2,,,1\n";
    let whole = assert_as_detect(text.as_bytes(), &ReadOptions::default());
    assert_eq!(
        texts(&whole.batch),
        [
            r#"{"time":"2024-01-01","cpu":1.50,"host":"x\ny","a \"b\"":7,"label":0}"#,
            r#"{"time":"2024-01-02","cpu":2,"host":"","a \"b\"":null,"label":1}"#
        ]
    );
    assert_eq!(whole.batch.records.positions, [2, 5]);
    assert_eq!(whole.header, "time,cpu,host,\"a \"\"b\"\"\",label");
    assert_eq!(whole.notes, ["column label holds labels and is not a parameter"]);
    assert_eq!(whole.options.time_column.as_deref(), Some("time"));
    assert_eq!(whole.batch.missing, 0, "null in a wide record is nothing at all");
}

#[test]
fn long_tables_name_the_parameter_in_each_record() {
    let text =
        "when;metric;value;shard\n2024-01-01 10:00;cpu;1,5;3\n2024-01-01 10:00; mem ;2;x\n2024-01-02 10:00;cpu;;4\n";
    let whole = assert_as_detect(text.as_bytes(), &ReadOptions::default());
    assert_eq!(
        texts(&whole.batch),
        [
            r#"{"when":"2024-01-01 10:00","metric":"cpu","value":1.5,"shard":3}"#,
            r#"{"when":"2024-01-01 10:00","metric":"mem","value":2,"shard":"x"}"#,
            r#"{"when":"2024-01-02 10:00","metric":"cpu","value":null,"shard":4}"#
        ]
    );
    assert_eq!((names(&whole.batch), whole.batch.missing), (vec!["cpu".to_owned(), "mem".into()], 1));
    let options = &whole.options;
    let found = [&options.time_column, &options.parameter_column, &options.value_column];
    assert_eq!(found.map(|name| name.as_deref().unwrap()), ["when", "metric", "value"]);
}

#[test]
fn files_without_a_header_and_with_one_too_many() {
    let whole = assert_as_detect(b"1700000000,1,2\n1700000060,3,4\n", &ReadOptions::default());
    assert_eq!(texts(&whole.batch)[0], r#"{"time":1700000000,"value1":1,"value2":2}"#);
    assert_eq!(whole.header, "");
    let whole = assert_as_detect(b"\xef\xbb\xbftime,v\r\n1,1\r\ntime,v\r\n2,2", &ReadOptions::default());
    assert_eq!(texts(&whole.batch), [r#"{"time":1,"v":1}"#, r#"{"time":2,"v":2}"#]);
    assert_eq!(whole.batch.records.positions, [2, 4]);
}

#[test]
fn a_value_column_alone_is_the_only_parameter() {
    let options = ReadOptions { value_column: Some("b".into()), ..ReadOptions::default() };
    let whole = assert_as_detect(b"time,a,b\n1,2,3\n", &options);
    assert_eq!(names(&whole.batch), ["b"]);
    assert_as_detect(b"{\"time\":1,\"a\":2,\"b\":3}\n", &options);
}

#[test]
fn rows_may_tell_of_events_and_logs_too() {
    let whole = read("time,level,message,ms\n2024-01-01,ERROR,no,5\n2024-01-02,info,yes,6\n");
    assert_eq!(names(&whole.batch), ["logs.error", "logs.info", "ms"]);
    assert_reads_again(&whole, &Mapping::default());
}

/// A field, as it may be found in files.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "-?[0-9]{1,3}(\\.[0-9]{1,2})?",
        1 => "[+-]?[0-9]{0,2}\\.?[0-9]{0,2}(e[0-9])?",
        1 => prop_oneof!["", " ", "NaN", "null", "inf", "1e200", "1e999", "007", "-0", "1,5", "true", "20240131"],
        1 => "[a-zü\", \n\\\\]{0,4}",
    ]
}

fn time() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "2024-0[1-9]-1[0-9]( 10:1[0-9])?",
        2 => "17000[0-9]{5}(\\.[0-9]{1,9})?",
        1 => prop_oneof!["", "noon", "20240131", "1700000000123456789", "0000-01-01", " 1700000000 "],
    ]
}

/// A CSV file of these rows; the first column is the time.
fn table(delimiter: u8, names: &[String], rows: &[(String, Vec<String>)]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(std::iter::once("timestamp").chain(names.iter().map(String::as_str))).unwrap();
    for (time, cells) in rows {
        writer.write_record(std::iter::once(time).chain(&cells[..names.len()])).unwrap();
    }
    writer.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    /// What was measured in rows is measured again in the records that were made of them; and where nothing is bad, that is
    /// what detect sees in the file.
    #[test]
    fn records_mean_what_their_rows_mean(
        names in prop::collection::vec(
            prop_oneof!["[a-c]", "value", "metric", "name", "label", "kind", "level", "message", "a\\.b", "\"q\"", "date"],
            1..5),
        rows in prop::collection::vec((time(), prop::collection::vec(cell(), 5)), 1..12),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        chosen in prop::option::of(0usize..5),
        name_field in prop::option::of("[a-c]"),
    ) {
        let text = table(delimiter, &names, &rows);
        let value_column = chosen.and_then(|chosen| names.get(chosen).cloned());
        let options = ReadOptions { delimiter: Some(delimiter), value_column, ..ReadOptions::default() };
        let mapping = Mapping { name_field, ..Mapping::default() };
        let Ok(whole) = try_read(&text, &options, &mapping) else { return Ok(()) };
        assert_reads_again(&whole, &mapping);
        // detect reads neither logs in tables nor more than one time, and takes names of parameters from whole columns
        let is_odd = |name: &String| name == "date" || (chosen.is_some() && ["metric", "name"].contains(&name.as_str()));
        if whole.batch.bad.is_empty() && mapping.name_field.is_none() && !names.iter().any(is_odd) {
            let (expected, bad) = crate::reading::detected(&text, &options);
            let mut found = crate::reading::measured(&whole.batch.records);
            found.retain(|row| !row.1.starts_with("logs"));
            found.sort();
            prop_assert_eq!((found, 0), (expected, bad), "{}", String::from_utf8_lossy(&text));
        }
    }
}
