use std::collections::BTreeMap;

use super::super::text::tests::stream;
use super::*;

type Read = (BTreeMap<String, Vec<(Millis, f64)>>, Skipped);

fn all(opened: Result<Opened>) -> Read {
    let mut blocks = opened.unwrap().blocks;
    let (mut series, mut skipped) = (BTreeMap::<String, Vec<_>>::new(), Skipped::default());
    while let Some(job) = blocks.next().unwrap() {
        let parsed = job().unwrap();
        for chunk in parsed.chunks {
            let name = match chunk.aggregation {
                Aggregation::None => chunk.parameter.to_string(),
                Aggregation::Count => format!("count {}", chunk.parameter),
            };
            let pairs = chunk.range.clone().map(|i| (chunk.times[i], chunk.values[i]));
            series.entry(name).or_default().extend(pairs);
        }
        skipped.merge(parsed.skipped);
    }
    (series, skipped)
}

fn ndjson(text: &str) -> Read {
    all(open_lines(stream(text.as_bytes()), &ReadOptions::default()))
}

fn names(read: &Read) -> Vec<&str> {
    read.0.keys().map(String::as_str).collect()
}

fn bad(text: &[u8]) -> (Reason, String) {
    let (series, skipped) = all(open_lines(stream(text), &ReadOptions::default()));
    assert!(series.is_empty(), "{series:?}");
    let example = skipped.examples().first().unwrap();
    (example.reason, example.message.clone())
}

#[test]
fn numbers_are_measurements_by_their_path() {
    let read = ndjson(
        "{\"ts\":\"2024-01-01T00:00:00Z\",\"cpu\":1,\"http\":{\"latency\":{\"p95\":2.5}},\"load\":[1,2],\"odd key.%\":-3,\
         \"up\":true,\"text\":\"7\",\"none\":null,\"disks\":[{\"name\":\"sda\",\"value\":9,\"size\":5},{\"used\":4}]}\n",
    );
    assert_eq!(names(&read), ["cpu", "disks.1.used", "http.latency.p95", "load.0", "load.1", "odd key.%", "sda"]);
    assert_eq!(read.0["http.latency.p95"], [(1_704_067_200_000, 2.5)]);
    assert_eq!(read.0["sda"], [(1_704_067_200_000, 9.0)]);
    assert_eq!(read.1.bad(), 0);
}

#[test]
fn a_record_may_name_its_parameter() {
    let read = ndjson(
        "{\"time\":1700000000,\"metric\":\"cpu\",\"value\":3,\"host\":7}\n{\"time\":1700000001,\"metric\":\"mem\",\"value\":null}\n",
    );
    assert_eq!(names(&read), ["cpu"]);
    assert_eq!(read.0["cpu"], [(1_700_000_000_000, 3.0)]);
    assert_eq!(read.1.counts()[&Reason::Missing], 1);
}

#[test]
fn events_and_logs_are_counted() {
    let read = ndjson(
        "{\"ts\":1700000000,\"level\":\"ERROR\",\"message\":\"x\"}\n{\"ts\":1700000000,\"severity\":\"warn\",\"msg\":\"x\",\"ms\":5}\n\
         {\"ts\":1700000000,\"event\":\"login\"}\n{\"ts\":1700000000,\"type\":\"a\",\"n\":1}\n\
         {\"ts\":1700000000,\"kind\":\"event\",\"n\":2}\n{\"ts\":1700000000,\"kind\":\"log\"}\n",
    );
    assert_eq!(
        names(&read),
        ["count events", "count events.login", "count logs", "count logs.error", "count logs.warn", "ms", "n"]
    );
    assert_eq!(read.0["count logs.error"], [(1_700_000_000_000, 1.0)]);
    assert_eq!(read.0["n"].len(), 2);
}

#[test]
fn labels_and_times_are_no_measurements_but_a_duration_called_time_is() {
    let read = ndjson("{\"timestamp\":\"2024-01-01\",\"time\":0.5,\"is_anomaly\":1,\"label\":0,\"anomaly\":3}\n");
    assert_eq!(names(&read), ["anomaly", "time"]);
    let read = ndjson("{\"time\":0,\"value\":1}\n{\"time\":60,\"value\":2}\n");
    assert_eq!(read.0["value"], [(0, 1.0), (60_000, 2.0)]);
}

#[test]
fn two_different_times_are_refused_unless_one_is_chosen() {
    let text = b"{\"ts\":1700000000,\"created_at\":\"2024-01-01\",\"v\":1,\"meta\":{\"at\":1700000007}}\n";
    let error = open_lines(stream(text), &ReadOptions::default()).err().unwrap();
    assert_eq!(error.to_string(), "file: fields ts and created_at both hold times");
    assert_eq!(error.kind(), crate::error::Kind::Usage);
    for (chosen, time) in [("created_at", 1_704_067_200_000), ("ts", 1_700_000_000_000), ("meta.at", 1_700_000_007_000)]
    {
        let options = ReadOptions { time_column: Some(chosen.into()), ..ReadOptions::default() };
        let (series, _) = all(open_lines(stream(text), &options));
        assert_eq!(series["v"], [(time, 1.0)], "{chosen}");
        assert!(!series.contains_key(chosen));
    }
    assert_eq!(ndjson("{\"ts\":1700000000,\"time\":\"2023-11-14T22:13:20Z\",\"v\":1}\n").0["v"].len(), 1);
}

#[test]
fn bad_records_say_what_is_wrong() {
    assert_eq!(bad(b"{\"v\":1}").0, Reason::Time);
    assert_eq!(
        bad(b"{\"time\":\"yesterday\",\"v\":1}"),
        (
            Reason::Time,
            "time \"yesterday\" can't be read; expected RFC 3339, YYYY-MM-DD HH:MM:SS or epoch seconds".into()
        )
    );
    assert_eq!(bad(b"{\"time\":\"0000-01-01T00:00:00Z\",\"v\":1}").0, Reason::TimeRange);
    assert_eq!(bad(b"{\"time\":\"2024-01-01\"}").0, Reason::Nothing);
    assert_eq!(bad(b"{\"time\":\"2024-01-01\",\"v\":1e151}").0, Reason::TooLarge);
    assert_eq!(bad(b"{\"time\":\"2024-01-01\",\"v\":1e999}").0, Reason::TooLarge);
    assert_eq!(
        bad(b"{\"time\":\"2024-01-01\",\"v\":1e5").1,
        "the JSON ends early, in \"{\"time\":\"2024-01-01\",\"v\":1e5\""
    );
    assert_eq!(bad(b"{\"time\":\"\xff\",\"v\":1}").0, Reason::NotUtf8);
    assert_eq!(bad(b"{\"time\":1700000000,\"v\":NaN}").0, Reason::Json);
    assert!(bad(b"[1]\n").1.contains("expected a record"));
    assert_eq!(bad(b"{\"a.csv\": [[\"2014-01-01\",\"2014-01-02\"]]}").0, Reason::Time);
}

#[test]
fn deep_nesting_neither_crashes_nor_takes_long() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        let line = format!("{{\"time\":1700000000,\"v\":{deep}}}");
        assert_eq!(bad(line.as_bytes()), (Reason::Json, "nested more than 128 levels deep".into()));
        let (_, skipped) = all(open_values(stream(deep.as_bytes()), &ReadOptions::default()));
        assert!(skipped.bad() > 0);
    }
}

#[test]
fn a_bad_record_spoils_no_other() {
    let good = "{\"time\":1700000000,\"v\":1}";
    let read = ndjson(&format!("{good}\n{{\"time\":17000\n\n{good}\r\n{good}"));
    assert_eq!((read.0["v"].len(), read.1.bad(), read.1.examples()[0].line), (3, 1, 2));
    for text in [
        format!("[{good},\n{{\"time\":[1}},\n{good}]"),
        format!("{good} oops {good}"),
        format!("[\n  {good},\n 7,{good}\n]\n"),
    ] {
        let read = all(open_values(stream(text.as_bytes()), &ReadOptions::default()));
        assert_eq!((read.0["v"].len(), read.1.bad()), (2, 1), "{text}");
    }
}

#[test]
fn large_arrays_are_cut_into_blocks_in_order() {
    let records: Vec<_> =
        (0..60_000).map(|i| format!("{{\"time\":{},\n\"v\":{i},\"w\":1}}", 1_700_000_000 + i)).collect();
    let text = format!("[{}, 5]", records.join(",\n"));
    let read = all(open_values(stream(text.as_bytes()), &ReadOptions::default()));
    assert_eq!(read.0["v"].len(), 60_000);
    assert!(read.0["v"].is_sorted());
    assert_eq!(read.1.examples()[0].line, 120_000);
}

#[test]
fn a_record_that_is_too_long_is_passed_over_in_bounded_memory() {
    let text = format!("[{{\"a\":\"{}\"}},\n{{\"time\":1700000000,\"v\":1}}]", "x\n".repeat(34 << 20));
    let read = all(open_values(stream(text.as_bytes()), &ReadOptions::default()));
    assert_eq!(read.0["v"].len(), 1);
    assert_eq!((read.1.counts()[&Reason::TooLong], read.1.examples()[0].line), (1, 1));
}

#[test]
fn a_record_with_too_many_numbers_is_passed_over() {
    let many = |count: usize, last: &str| {
        let numbers = vec!["1"; count].join(",");
        format!("[{{\"time\":1700000000,\"v\":1}},\n{{\"time\":1700000060,\"a\":[{numbers}]{last}}}]")
    };
    for (text, found) in [(many(249_999, ""), 250_000), (many(250_001, ""), 1), (many(250_000, ",\"b\":2"), 1)] {
        let read = all(open_values(stream(text.as_bytes()), &ReadOptions::default()));
        assert_eq!(read.0.len(), found);
        assert_eq!(read.1.counts().get(&Reason::TooLong), (found == 1).then_some(&1));
    }
}

#[test]
fn records_before_an_error_are_delivered() {
    let mut cut = stream(b"");
    cut.head = b"[{\"time\":1700000000,\"v\":1},\n{\"time\":17".to_vec();
    cut.compression = super::super::sniff::Compression::Zstd;
    cut.error = Some(std::io::ErrorKind::UnexpectedEof.into());
    let mut blocks = open_values(cut, &ReadOptions::default()).unwrap().blocks;
    assert_eq!(blocks.next().unwrap().unwrap()().unwrap().chunks.len(), 1);
    let error = blocks.next().err().unwrap();
    assert!(error.to_string().starts_with("file: line 2: the zstd stream ends early"), "{error}");
    assert!(blocks.next().unwrap().is_none());
}
