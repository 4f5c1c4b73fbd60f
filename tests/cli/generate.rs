//! `generate`.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use sha2::{Digest, Sha256};

use crate::harness::Sandbox;

/// Everything that makes data irregular.
const MESSY: &str = "--late 2% --duplicates 1% --missing 3% --events 2/h --logs 20/h --timezone Europe/Zurich \
    --from 2024-03-25 --days 9 --parameters 12 --trend 1%/week";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn data_and_truth_go_to_files_and_the_next_command_is_named() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run("generate --days 10 --output data.ndjson");
    assert_eq!((outcome.code, outcome.text()), (0, ""));
    assert_eq!(sandbox.names(), ["data.ndjson", "data.truth.ndjson"]);
    assert_eq!(
        outcome.stderr,
        "14,400 records with 71,642 measurements of 5 parameters, 2024-01-01T00:00:00Z to 2024-01-11T00:00:00Z every \
         1m, 15 anomalies (data.truth.ndjson)\n\
         next: trebuchet-ad detect data.ndjson --labels data.truth.ndjson\n"
    );
    let data = sandbox.read("data.ndjson");
    assert_eq!(data.iter().filter(|byte| **byte == b'\n').count(), 14_400);
    let truth = String::from_utf8(sandbox.read("data.truth.ndjson")).unwrap();
    assert_eq!(truth.lines().count(), 15);
    let mut last = (String::new(), String::new());
    for line in truth.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["end", "kind", "parameter", "size", "start"]);
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        assert!(text("start").as_str() >= "2024-01-04" && text("end") > text("start"), "{line}");
        assert!(last < (text("start"), text("parameter")));
        last = (text("start"), text("parameter"));
    }
}

/// The bytes themselves, so that a change of any of them, on any machine, is noticed.
#[test]
fn the_same_seed_gives_the_same_bytes_everywhere() {
    let sandbox = Sandbox::new();
    for (format, expected) in [
        ("ndjson", "facb0f311eb0a770f28fce65039524b0ea7f8d637757726112e634ba57bc1342"),
        ("csv", "9f9472f3f54143a9e21e31d0d75eb850e0bf69b867f2bc7d28e0f4a6a77d6601"),
        ("ndjson --noise heavy", "c1b997ec469dbefbb920c711e53544cf2fd98888bb45b3e7594f88129e68f8d4"),
        ("ndjson --noise counts --preset batch", "7aa237fc79bbe505ce1f51e7b06a8eaa54c6ab7a6576020b4edc7685139a4d50"),
    ] {
        let outcome = sandbox.run(&format!("generate -q {MESSY} --every 5m --format {format}"));
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert_eq!(sha256(&outcome.stdout), expected, "{format}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let sandbox = Sandbox::new();
    // Of Parquet more than one row group.
    for format in ["ndjson --every 1m", "csv --every 1m", "parquet --every 5s", "parquet --order time --every 5s"] {
        let run = |threads: usize| {
            let mut command = sandbox.command(&format!("generate -q {MESSY} --format {format} --threads {threads}"));
            command.env("POLARS_MAX_THREADS", threads.to_string()).output().unwrap().stdout
        };
        let one = run(1);
        assert!(one.len() > 10_000);
        assert!([2, 5].into_iter().all(|threads| run(threads) == one), "{format}");
    }
}

#[test]
fn another_seed_gives_other_data() {
    let sandbox = Sandbox::new();
    let run = |seed: u32| sandbox.run(&format!("generate --days 1 --seed {seed}")).stdout;
    assert_ne!(run(1), run(2));
}

#[test]
fn csv_is_a_table_with_empty_cells_for_what_is_missing() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run("generate --format csv --days 1 --every 1h --parameters 3 --missing 20% --logs 9/h");
    let mut lines = outcome.text().lines();
    assert_eq!(lines.next(), Some("timestamp,cpu,http.latency.p95,http.requests"));
    let cells: Vec<&str> = lines.clone().flat_map(|line| line.split(',').skip(1)).collect();
    assert_eq!((lines.count(), cells.len()), (24, 72));
    let empty = cells.iter().filter(|cell| cell.is_empty()).count();
    assert!((5..=24).contains(&empty), "{empty} are empty"); // 14.4 on average, sigma 3.4
    assert!(outcome.stderr.starts_with("note: --events and --logs are left out: CSV holds metrics only\n"));
}

#[test]
fn a_silence_has_no_samples_and_the_truth_says_when() {
    let sandbox = Sandbox::new();
    let flags = "--kinds silence --anomalies 2 --parameters 1 --days 10 --missing 10%";
    assert_eq!(sandbox.run(&format!("generate {flags} --output data.csv")).code, 0);
    let data = String::from_utf8(sandbox.read("data.csv")).unwrap();
    let times: Vec<&str> = data.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let truth = String::from_utf8(sandbox.read("data.truth.ndjson")).unwrap();
    assert_eq!(truth.lines().count(), 2);
    for line in truth.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let (start, end) = (line["start"].as_str().unwrap(), line["end"].as_str().unwrap());
        assert_eq!(line["kind"], "silence");
        assert!(times.iter().all(|time| *time < start || *time >= end), "{line}");
    }
}

#[test]
fn compressed_text_holds_the_same_as_plain_text() {
    let sandbox = Sandbox::new();
    for name in ["a.ndjson", "b.ndjson.gz", "c.ndjson.zst"] {
        assert_eq!(sandbox.run(&format!("generate --days 1 --output {name}")).code, 0);
    }
    let plain = sandbox.read("a.ndjson");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&sandbox.read("b.ndjson.gz")[..]).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == plain);
    assert!(zstd::decode_all(&sandbox.read("c.ndjson.zst")[..]).unwrap() == plain);
    assert!(sandbox.names().contains(&"c.truth.ndjson".to_owned()));
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would() {
    let sandbox = Sandbox::new();
    let outcome = sandbox.run("generate --dry-run --days 10 --output data.ndjson");
    assert_eq!(
        outcome.stderr,
        "would write to data.ndjson: 14,400 records with 71,642 measurements of 5 parameters, 2024-01-01T00:00:00Z to \
         2024-01-11T00:00:00Z every 1m, 15 anomalies (data.truth.ndjson)\n"
    );
    assert_eq!((outcome.code, outcome.text(), sandbox.names()), (0, "", vec![]));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    for format in ["ndjson", "csv", "parquet"] {
        let mut command = sandbox.command(&format!("generate --days 1000 --anomalies 0 --format {format}"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = Vec::new();
        BufReader::new(child.stdout.take().unwrap()).read_until(b'\n', &mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_the_flag_and_the_value() {
    let sandbox = Sandbox::new();
    for (flags, complaint) in [
        ("--every 10", "invalid value '10' for '--every <DURATION>': a duration is a number and ms, s, m, h, d or w"),
        ("--missing 120%", "invalid value '120%' for '--missing <SHARE>': a share is from 0 to less than 1"),
        ("--logs 5/year", "invalid value '5/year' for '--logs <RATE>': a rate is a number per s, min, h or day"),
        ("--timezone zurich", "invalid value 'zurich' for '--timezone <ZONE>': not an IANA time zone; did you mean"),
        ("--trend 1%/year", "invalid value '1%/year' for '--trend <GROWTH>': growth is a percentage per day or week"),
        ("--kinds spike,boom", "invalid value 'boom' for '--kinds <KINDS>'"),
        ("--parameters 0", "invalid value '0' for '--parameters <N>': 0 is not in 1..=10000"),
        ("--from today", "error: --from 'today' is not a time"),
        ("--to 2023-12-31", "error: --to 2023-12-31T00:00:00Z is not after --from 2024-01-01T00:00:00Z"),
        ("--to 2024-02-01 --days 3", "the argument '--to <TIME>' cannot be used with '--days <N>'"),
        ("--days 100000", "error: --days 100000 ends after the year 2199"),
        ("--days 1 --anomalies 9", "error: --anomalies 9 do not fit: the range has room for 0 of each parameter"),
        ("--size -3", "unexpected argument '-3' found"),
        ("--size 0", "error: --size must be above 0 and at most 1,000,000, not 0"),
        ("--trend -30%/week", "error: --trend of -30%/week takes the levels below zero within the range"),
        ("--noise counts --noise-size 5%", "error: --noise-size does not go with --noise counts"),
        ("--order time", "error: --order is for Parquet; ndjson is in the order of time"),
        ("--output a.csv --format ndjson", "error: --format ndjson contradicts the ending of --output a.csv, csv"),
        ("--output a.parquet.gz", "error: --format parquet is compressed by itself"),
        ("--output a.tsv", "error: --output a.tsv: cannot write .tsv"),
        ("--output a.csv --truth a.csv", "error: --truth and --output are the same file"),
        ("--truth -", "error: --truth and --output can't both be standard output"),
    ] {
        let outcome = sandbox.run(&format!("generate {flags}"));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{flags}");
        assert!(outcome.stderr.contains(complaint), "{flags}: {}", outcome.stderr);
    }
    let outcome = sandbox.run("generate --output nowhere/data.ndjson");
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("there is no folder nowhere"), "{}", outcome.stderr);
    assert!(sandbox.names().is_empty());
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_an_error_and_devices_have_no_truth_beside_them() {
    let sandbox = Sandbox::new();
    for format in ["ndjson", "parquet"] {
        let outcome = sandbox.run(&format!("generate --days 1 --format {format} --output /dev/full"));
        assert_eq!(outcome.code, 1, "{format}");
        assert!(outcome.stderr.contains("cannot write /dev/full: no space left on device"), "{}", outcome.stderr);
    }
    let outcome = sandbox.run("generate --days 10 --output /dev/null");
    assert!(outcome.stderr.starts_with("note: no truth about the anomalies is written"), "{}", outcome.stderr);
    assert!(!std::path::Path::new("/dev/null.truth.ndjson").exists());
}

#[test]
fn verbose_says_how_many_records_are_late_and_how_many_are_copies() {
    let sandbox = Sandbox::new();
    let flags = "generate -v --days 1 --late 10% --duplicates 5% --output 'a.ndjson";
    let outcome = sandbox.run(&format!("{flags} --truth my.truth --timezone Asia/Tokyo"));
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    assert!(lines[0].contains("2024-01-01T00:00:00+09:00 to 2024-01-02T00:00:00+09:00"), "{}", lines[0]);
    assert_eq!(lines[1], "of the records 164 come late, and 83 are copies");
    assert_eq!(lines[2], r"next: trebuchet-ad detect ''\''a.ndjson' --labels my.truth --timezone Asia/Tokyo");
}
