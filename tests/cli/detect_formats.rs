//! `detect` reads whatever has times and numbers: formats, compressions, encodings, forms of time.

use crate::data::{self, csv, gzip, zstd};
use crate::harness::Sandbox;

/// The result for a file with these bytes, without what names the file.
fn result(name: &str, bytes: &[u8], flags: &str) -> serde_json::Value {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path(name), bytes).unwrap();
    let outcome = sandbox.run(&format!("detect {name} --format json {flags}"));
    assert_eq!(outcome.code, 0, "{name} {flags}: {}", outcome.stderr);
    let mut json = outcome.json();
    for incident in json["incidents"].as_array_mut().unwrap() {
        incident["file"] = "".into();
        incident["id"] = "".into(); // it is made from the name of the file
    }
    json
}

#[test]
fn the_same_data_in_any_clothes() {
    let plain = csv(800);
    let expected = result("x", plain.as_bytes(), "");
    assert_eq!(expected["summary"]["incidents"], 1);
    let semicolon = plain.replace(',', ";").replace('.', ",");
    let json: Vec<String> =
        data::series(800).iter().map(|(time, value)| format!("{{\"time\":{time},\"value\":{value}}}")).collect();
    let array = format!("[{}]", json.join(","));
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&array).unwrap()).unwrap();
    let long = json.iter().map(|record| record.replace("\"value\"", "\"name\":\"value\",\"value\"") + "\n");
    for (what, text) in [
        ("CRLF", plain.replace('\n', "\r\n")),
        ("a byte order mark", format!("\u{feff}{plain}")),
        ("semicolons and decimal commas", semicolon),
        ("tabs", plain.replace(',', "\t")),
        ("pipes", plain.replace(',', "|")),
        ("no header", plain.replacen("time,value\n", "", 1)),
        ("blank lines", plain.replace('\n', "\n\n")),
        ("spaces", plain.replace(',', " , ")),
        ("quotes", plain.lines().map(|line| format!("\"{}\"\n", line.replace(',', "\",\""))).collect()),
        ("quoted newlines", plain.lines().map(|line| format!("{line},\"a\nb\"\n")).collect()),
        ("the header repeated", plain.replacen("\n1704140", "\ntime,value\n1704140", 1)),
        ("no newline at the end", plain.trim_end().to_owned()),
        ("NDJSON", json.join("\n")),
        ("a JSON array", array),
        ("pretty JSON", pretty),
        ("records one after another", json.join("")),
        ("long JSON", long.collect()),
    ] {
        let found = result("x", text.as_bytes(), "");
        assert_eq!(found["incidents"], expected["incidents"], "{what}");
        assert_eq!(found["summary"]["measurements"], 800, "{what}");
        for packed in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            assert_eq!(result("x", &packed, ""), found, "{what}, compressed");
        }
    }
}

#[test]
fn parquet_is_read_as_csv_is() {
    let sandbox = Sandbox::new();
    let generate = |format: &str| {
        let outcome = sandbox.run(&format!("generate -q --days 4 --every 5m --parameters 2 --format {format}"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    let expected = result("x", &generate("csv"), "");
    assert!(expected["summary"]["incidents"].as_u64().unwrap() > 0);
    for format in ["parquet", "parquet --order time", "ndjson"] {
        let bytes = generate(format);
        for bytes in [gzip(&bytes), zstd(&bytes), bytes] {
            assert_eq!(result("x", &bytes, "")["incidents"], expected["incidents"], "{format}");
        }
    }
}

#[test]
fn standard_input_may_be_anything() {
    let sandbox = Sandbox::new();
    let parquet = sandbox.run("generate -q --days 3 --parameters 1 --format parquet").stdout;
    for bytes in [parquet, csv(800).into_bytes(), gzip(csv(800).as_bytes())] {
        std::fs::write(sandbox.path("stdin"), &bytes).unwrap();
        let from_file = sandbox.run("detect stdin --format json");
        let from_stdin = sandbox.run_with("detect - --format json", &bytes);
        assert_eq!((from_stdin.code, from_stdin.text()), (0, from_file.text()));
    }
}

#[test]
fn times_of_any_unit_and_offset() {
    let expected = result("x", csv(800).as_bytes(), "");
    let with = |time: &dyn Fn(i64) -> String| {
        let rows = data::series(800);
        let rows = rows.iter().map(|(seconds, value)| format!("{},{value}\n", time(*seconds)));
        format!("time,value\n{}", rows.collect::<String>())
    };
    let civil = |seconds: i64, hours: i64, pattern: &str| {
        chrono::DateTime::from_timestamp(seconds + hours * 3600, 0).unwrap().format(pattern).to_string()
    };
    for (what, text) in [
        ("ms", with(&|seconds| format!("{seconds}000"))),
        ("µs", with(&|seconds| format!("{seconds}000000"))),
        ("ns", with(&|seconds| format!("{seconds}000000000"))),
        ("fractions", with(&|seconds| format!("{seconds}.000"))),
        ("RFC 3339", with(&|seconds| civil(seconds, 0, "%Y-%m-%dT%H:%M:%SZ"))),
        ("an offset", with(&|seconds| civil(seconds, 2, "%Y-%m-%dT%H:%M:%S+02:00"))),
        ("a negative offset", with(&|seconds| civil(seconds, -5, "%Y-%m-%d %H:%M:%S-0500"))),
        ("naive", with(&|seconds| civil(seconds, 0, "%Y-%m-%d %H:%M:%S"))),
    ] {
        assert_eq!(result("x", text.as_bytes(), ""), expected, "{what}");
    }
}

/// Zurich changes at 01:00Z, to +02:00 on 2024-03-31 and back on 2024-10-27.
#[test]
fn civil_times_across_clock_changes() {
    let text = b"time,value\n2024-03-31 01:30,1\n2024-03-31 02:30,2\n2024-03-31 03:00,3\n2024-10-27 01:30,4\n\
        2024-10-27 02:30,5\n2024-10-27 03:00,6\n";
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("x.csv"), text).unwrap();
    let outcome = sandbox.run("detect x.csv --timezone Europe/Zurich --scores scores.csv");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let scores = String::from_utf8(sandbox.read("scores.csv")).unwrap();
    let rows: Vec<(&str, &str)> = scores
        .lines()
        .skip(1)
        .map(|line| line.split_once(",value,").unwrap())
        .map(|(time, rest)| (time, rest.split(',').next().unwrap()))
        .collect();
    let expected = [
        ("2024-03-31T01:30:00+01:00", "1.0"),
        ("2024-03-31T03:00:00+02:00", "3.0"),
        ("2024-03-31T03:30:00+02:00", "2.0"), // 02:30 does not exist: with the offset before the change
        ("2024-10-27T01:30:00+02:00", "4.0"),
        ("2024-10-27T02:30:00+02:00", "5.0"), // 02:30 comes twice: the earlier one
        ("2024-10-27T03:00:00+01:00", "6.0"),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn columns_of_the_same_name_and_thousands_of_them() {
    let sandbox = Sandbox::new();
    let columns: String = (0..5000).map(|i| format!(",p{i}")).collect();
    let mut text = format!("time{columns}\n");
    for (row, (time, value)) in data::series(60).into_iter().enumerate() {
        text += &format!("{time}{}\n", format!(",{}", value + row as f64).repeat(5000));
    }
    std::fs::write(sandbox.path("wide.csv"), text).unwrap();
    let outcome = sandbox.run("detect wide.csv --format json --scores scores.csv");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.json()["summary"]["series"], 5000);
    let scores = sandbox.read("scores.csv");
    assert_eq!(scores.iter().filter(|byte| **byte == b'\n').count(), 300_001);

    std::fs::write(sandbox.path("twice.csv"), "time,a,a\n2024-01-01,1,2\n2024-01-02,3,4\n").unwrap();
    sandbox.run("detect twice.csv --scores scores.csv");
    let scores = String::from_utf8(sandbox.read("scores.csv")).unwrap();
    assert!(scores.contains(",a,1.0,") && scores.contains(",a#2,2.0,"), "{scores}");
}

#[test]
fn records_events_and_logs() {
    let mut text = String::new();
    for minute in 0..3000_i64 {
        let time = data::START + minute * 60;
        text +=
            &format!("{{\"time\":{time},\"http\":{{\"latency\":{{\"p95\":{}}}}},\"load\":[1,2]}}\n", 20 + minute % 7);
        let burst = if minute == 2500 { 60 } else { i64::from(minute % 3 == 0) };
        for i in 0..burst {
            text += &format!("{{\"time\":{},\"level\":\"ERROR\",\"message\":\"no\"}}\n", time + i % 60);
        }
        if minute % 10 == 0 {
            text += &format!("{{\"time\":{time},\"kind\":\"event\",\"event\":\"deploy\"}}\n");
        }
    }
    let json = result("x", text.as_bytes(), "");
    assert_eq!(json["summary"]["series"], 5, "{json}");
    let worst = &json["incidents"][0];
    assert_eq!((worst["parameter"].as_str(), worst["aggregation"].as_str()), (Some("logs.error"), Some("count")));
    assert_eq!((worst["value"].as_f64(), worst["start"].as_str()), (Some(60.0), Some("2024-01-02T17:40:00Z")));
    // 3,000 records of three numbers, and a count for each minute from the first to the last log or event
    assert_eq!(json["summary"]["measurements"], 9000 + 2998 + 2991);
    let one = result("x", b"{\"time\":1704067200,\"a\":{\"b\":1},\"c\":[2,3]}", "");
    assert_eq!(one["summary"]["measurements"], 3);
    // two events two centuries apart: 100 million minutes, in little memory and a few seconds
    let apart = b"{\"time\":\"1999-01-01\",\"event\":\"a\"}\n{\"time\":\"2024-01-01\",\"event\":\"a\"}\n";
    assert_eq!(result("x", apart, "")["summary"]["measurements"], 13_148_641);
}
