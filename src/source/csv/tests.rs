use std::collections::BTreeMap;

use super::super::text::tests::stream;
use super::*;

type Read = (BTreeMap<String, Vec<(Millis, f64)>>, Skipped);

fn read_with(text: &[u8], options: &ReadOptions) -> Read {
    let mut text_stream = stream(b"");
    text_stream.head = text.to_vec();
    let mut blocks = open(text_stream, options).unwrap().blocks;
    let (mut series, mut skipped) = (BTreeMap::<String, Vec<_>>::new(), Skipped::default());
    while let Some(job) = blocks.next().unwrap() {
        let parsed = job().unwrap();
        for chunk in parsed.chunks {
            let pairs = chunk.range.clone().map(|i| (chunk.times[i], chunk.values[i]));
            series.entry(chunk.parameter.to_string()).or_default().extend(pairs);
        }
        skipped.merge(parsed.skipped);
    }
    (series, skipped)
}

fn read(text: &str) -> Read {
    read_with(text.as_bytes(), &ReadOptions::default())
}

fn examples(read: &Read) -> Vec<(u64, Reason, &str)> {
    read.1.examples().iter().map(|example| (example.line, example.reason, example.message.as_str())).collect()
}

#[test]
fn wide_files_have_a_parameter_a_column() {
    let read = read("time,cpu,host,mem\n1700000000,1,a,2\n1700000060,3,b,4\r\n\n1700000120,5,c,6");
    assert_eq!(read.0.len(), 2);
    assert_eq!(read.0["cpu"], [(1_700_000_000_000, 1.0), (1_700_000_060_000, 3.0), (1_700_000_120_000, 5.0)]);
    assert_eq!(read.1.bad(), 0);
}

#[test]
fn columns_share_their_times_unless_values_are_missing() {
    let mut text_stream = stream(b"");
    text_stream.head = b"time,a,b,c\n1,1,1,1\n2,2,,2\n3,3,x,3\n".to_vec();
    let mut blocks = open(text_stream, &ReadOptions::default()).unwrap().blocks;
    let parsed = blocks.next().unwrap().unwrap()().unwrap();
    assert!(Arc::ptr_eq(&parsed.chunks[0].times, &parsed.chunks[2].times));
    assert_eq!(*parsed.chunks[1].times, [1000]);
    assert_eq!(parsed.skipped.counts()[&Reason::Missing], 1);
}

#[test]
fn long_files_name_the_parameter_in_each_row() {
    let text = "ts,metric,value,host\n1,cpu,1,a\n1,mem,2,a\n2,cpu,3,a\n2,\"m\"\"q\",4,a\n3,mem,,a\n3,,5,a\n";
    let read = read(text);
    assert_eq!(read.0.keys().collect::<Vec<_>>(), ["cpu", "m\"q", "mem"]);
    assert_eq!(read.0["cpu"], [(1000, 1.0), (2000, 3.0)]);
    assert_eq!(examples(&read), [(7, Reason::Nothing, "no parameter is named in column metric")]);
}

#[test]
fn bad_rows_and_cells_are_told_with_line_and_reason() {
    let read = read(
        "time,cpu,mem\n2024-01-01,1,1\n2024-01-02,abc,2\n2024-01-03\nyesterday,4,4\n0000-01-01,5,5\n\
         2024-01-06,inf,6\n2024-01-07,7,\"1,234\"\n2024-01-08,8,NaN\n",
    );
    assert_eq!(read.0["cpu"].len(), 3);
    assert_eq!(read.0["mem"].len(), 3);
    assert_eq!(
        examples(&read),
        [
            (3, Reason::NotANumber, "value \"abc\" in column cpu is not a number"),
            (4, Reason::Fields, "1 field, the header has 3"),
            (
                5,
                Reason::Time,
                "time \"yesterday\" can't be read; expected RFC 3339, YYYY-MM-DD HH:MM:SS or epoch seconds"
            ),
            (6, Reason::TimeRange, "time \"0000-01-01\" lies outside the years 1900 to 2199"),
            (7, Reason::Infinite, "value \"inf\" in column cpu is infinite"),
            (
                8,
                Reason::NotANumber,
                "value \"1,234\" in column mem is not a number: thousands separators and decimal commas are not read"
            ),
        ]
    );
    assert_eq!((read.1.bad(), read.1.counts()[&Reason::Missing]), (6, 1));
}

#[test]
fn text_that_is_not_utf8_matters_only_where_it_is_needed() {
    let read = read_with(b"time,cpu,host\n1,1,\xff\n2,\xff,a\n3,3,c\n\xff,4,d\n", &ReadOptions::default());
    assert_eq!(read.0["cpu"].len(), 2);
    assert_eq!(read.1.counts()[&Reason::NotUtf8], 2);
}

#[test]
fn repeated_headers_are_passed_over_and_stray_quotes_cost_one_row() {
    let read = read("time,v\n1,1\ntime,v\n2,2\n3,\"x\n4,4\n");
    assert_eq!(read.0["v"], [(1000, 1.0), (2000, 2.0), (4000, 4.0)]);
    assert_eq!(examples(&read), [(5, Reason::Fields, "a quote is opened and never closed")]);
}

#[test]
fn quoted_rows_are_counted_by_their_lines() {
    let read = read("time,note,v\n1,\"a\nb\",1\n2,c,oops\n3,d,3\n");
    assert_eq!(examples(&read), [(4, Reason::NotANumber, "value \"oops\" in column v is not a number")]);
}

#[test]
fn decimal_commas_are_read_between_semicolons() {
    assert_eq!(read("Zeit;v\n2024-01-01;3,25\n").0["v"], [(1_704_067_200_000, 3.25)]);
}

#[test]
fn a_row_of_10_mb_is_read() {
    let text = format!("time,note,v\n1,a,1\n2,{},2\n3,b,3\n", "x".repeat(10 << 20));
    assert_eq!(read(&text).0["v"].len(), 3);
}

#[test]
fn large_files_keep_their_order_and_lines() {
    let rows: String = (0..200_000).map(|i| format!("{},{i},{}\n", 1_700_000_000 + i, i * 2)).collect();
    let read = read(&format!("time,a,b\n{rows}bad,1,2\n"));
    assert_eq!(read.0["a"].len(), 200_000);
    assert!(read.0["b"].is_sorted());
    assert_eq!(read.1.examples()[0].line, 200_002);
}

#[test]
fn zones_and_units_are_those_of_the_options() {
    let zone = crate::domain::zone::Zone::parse("Europe/Zurich").unwrap();
    let options = ReadOptions { zone, ..ReadOptions::default() };
    let read_in_zone = read_with(b"time,v\n2024-01-01 01:00:00,1\n", &options);
    assert_eq!(read_in_zone.0["v"], [(1_704_067_200_000, 1.0)]);
}
