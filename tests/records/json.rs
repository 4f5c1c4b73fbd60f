//! JSON records are kept byte by byte.

use std::io::Write;

use proptest::prelude::*;
use trebuchet_ad::domain::record::Kind;
use trebuchet_ad::source::ReadOptions;

use crate::reading::{assert_as_detect, measured, read, texts};

const A: &str = r#"{"ts":1700000000, "v" : 1.50,"host":"a\"b\u00e9"}"#;
const B: &str = r#"{"v":-2e-3,"ts":"2023-11-14T22:13:21Z","t":"ü"}"#;

#[test]
fn texts_are_verbatim_whatever_is_between_them() {
    for (what, text, lines) in [
        ("NDJSON", format!("{A}\n{B}\n"), [1, 2]),
        ("no newline at the end", format!("{A}\n{B}"), [1, 2]),
        ("Windows", format!("{A}\r\n{B}\r\n"), [1, 2]),
        ("blank lines and blanks", format!("\n  \n {A}\t\n\r\n\n  {B} \n \n"), [3, 6]),
        ("a byte order mark", format!("\u{feff}{A}\n{B}\n"), [1, 2]),
        ("an array", format!("[{A},{B}]"), [1, 1]),
        ("an array over lines", format!("[\n  {A}\n,\n  {B} ]\n"), [2, 4]),
        ("one after another", format!("{A}{B}"), [1, 1]),
    ] {
        let whole = assert_as_detect(text.as_bytes(), &ReadOptions::default());
        assert_eq!(texts(&whole.batch), [A, B], "{what}");
        assert_eq!(whole.batch.records.positions, lines, "{what}");
        assert_eq!(whole.batch.records.event_times, [1_700_000_000_000, 1_700_000_001_000], "{what}");
        assert_eq!(whole.header, "");
    }
}

#[test]
fn records_over_several_lines_keep_them() {
    let pretty = "{\n  \"ts\": 1700000000,\n  \"v\": 1\n}";
    let whole = read(format!("[{pretty},\n{pretty}]"));
    assert_eq!(texts(&whole.batch), [pretty, pretty]);
    assert_eq!(whole.batch.records.positions, [1, 5]);
}

#[test]
fn compressed_files_are_the_same() {
    let text = format!("{A}\n{B}\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let expected = read(&text).batch;
    assert_eq!(read(gzip.finish().unwrap()).batch, expected);
    assert_eq!(read(zstd::encode_all(text.as_bytes(), 1).unwrap()).batch, expected);
}

#[test]
fn kinds_are_told_as_detect_does() {
    let text = "{\"ts\":1700000000,\"v\":1}\n\
                {\"ts\":1700000000,\"level\":\"ERROR\",\"message\":\"x\"}\n\
                {\"ts\":1700000000,\"severity\":\"Wärn\",\"msg\":\"x\",\"ms\":5}\n\
                {\"ts\":1700000000,\"event\":\" login \"}\n\
                {\"ts\":1700000000,\"type\":\"a\",\"n\":1}\n\
                {\"ts\":1700000000,\"kind\":\"event\",\"n\":2}\n\
                {\"ts\":1700000000,\"kind\":\"log\"}\n\
                {\"ts\":1700000000,\"http\":{\"latency\":{\"p95\":2}},\"load\":[0.5,{\"name\":\"x\",\"value\":3}]}\n";
    let whole = assert_as_detect(text.as_bytes(), &ReadOptions::default());
    use Kind::{Event, Log, Metric};
    assert_eq!(whole.batch.records.kinds, [Metric, Log, Log, Event, Metric, Event, Log, Metric]);
    let rows: Vec<(u32, String)> =
        whole.batch.records.rows().map(|(record, _, name, ..)| (record, name.to_owned())).collect();
    let expected = [
        (0, "v"),
        (1, "logs.error"),
        (2, "ms"),
        (2, "logs.wärn"),
        (3, "events.login"),
        (4, "n"),
        (5, "n"),
        (5, "events"),
        (6, "logs"),
        (7, "http.latency.p95"),
        (7, "load.0"),
        (7, "x"),
    ];
    assert_eq!(rows, expected.map(|(record, name)| (record, name.to_owned())));
}

#[test]
fn missing_values_are_no_error_and_huge_records_are_kept() {
    let huge = format!("{{\"ts\":1700000000,\"v\":1,\"text\":\"{}\"}}", "x".repeat(3 << 20));
    let null = "{\"ts\":1700000000,\"metric\":\"cpu\",\"value\":null}";
    let nulls = "{\"ts\":1700000000,\"cpu\":null,\"mem\":null}";
    let whole = read(format!("{huge}\n{null}\n{huge}\n{nulls}\n{nulls}"));
    assert_eq!(texts(&whole.batch), [huge.as_str(), null, &huge, nulls, nulls]);
    assert_eq!((whole.batch.missing, whole.batch.bad.len()), (3, 0));
    assert_eq!(measured(&whole.batch.records).len(), 2);
}

#[test]
fn many_blocks_come_in_order() {
    let text: String = (0..60_000).map(|i| format!("{{\"ts\":{},\"v\":{i},\"w\":1}}\n", 1_700_000_000 + i)).collect();
    let records = assert_as_detect(text.as_bytes(), &ReadOptions::default()).batch.records;
    assert!(records.positions.iter().copied().eq(1..=60_000));
    let values: Vec<f64> = records.rows().filter(|row| row.2 == "v").map(|row| row.4).collect();
    assert!(values.len() == 60_000 && values.is_sorted());
    let parts = records.by_hour();
    assert_eq!(parts.len(), 17);
    assert_eq!(parts.iter().map(|part| part.batch.len()).sum::<usize>(), 60_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Whatever a text is, the good records in it are those that detect sees, and what is kept reads again.
    #[test]
    fn any_text_is_read_as_detect_does(
        rows in prop::collection::vec(
            "\\{\"ts\":(17000000[0-9]{2}|\"2024-01-0[1-9]\"),\"(a|value|label|time|event)\":(-?[0-9]{1,3}(\\.[0-9])?|\"x\"|null)\
             (,\"(metric|b|level|msg)\":(\"[a-c]\"|[0-9]{1,2}))?\\}", 1..20),
    ) {
        let text = rows.join("\n");
        let whole = read(&text);
        crate::reading::assert_reads_again(&whole, &Default::default());
        let (expected, bad) = crate::reading::detected(text.as_bytes(), &ReadOptions::default());
        let mut found = measured(&whole.batch.records);
        found.sort();
        prop_assert_eq!((found, whole.batch.bad.len() as u64), (expected, bad));
    }
}
