//! What `detect` shows: the same for any number of threads, and consistent between formats.

use std::fs;

use crate::data::{csv, csv_of_three, ndjson};
use crate::harness::Sandbox;

fn inputs() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("folder")).unwrap();
    for (name, text) in [
        ("wide.csv", csv_of_three(20_000, false)),
        ("long.csv", csv_of_three(20_000, true)),
        ("records.ndjson", ndjson(20_000)),
        ("folder/a.csv", csv(2000)),
        ("folder/b.csv", csv_of_three(3000, false)),
        ("folder/c.ndjson", ndjson(1000)),
    ] {
        fs::write(sandbox.path(name), text).unwrap();
    }
    let anomalies = "--days 12 --parameters 4 --late 2% --duplicates 1% --events 2/h --logs 20/h";
    sandbox.run(&format!("generate -q {anomalies} --output generated.ndjson"));
    for order in ["parameter", "time"] {
        sandbox.run(&format!("generate -q --days 12 --format parquet --order {order} --output {order}.parquet"));
    }
    sandbox
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let sandbox = inputs();
    for input in
        ["wide.csv", "long.csv", "records.ndjson", "generated.ndjson", "parameter.parquet", "time.parquet", "folder"]
    {
        for flags in [
            "--format json",
            "--format csv",
            "--method classic",
            "--concat",
            "--method adaptive@2 --format json",
            "--method adaptive@2 --format json --budget 1/day",
        ] {
            let run = |threads: usize| {
                let outcome = sandbox.run(&format!("detect {input} {flags} --scores scores.csv --threads {threads}"));
                assert_eq!(outcome.code, 0, "{input} {flags}: {}", outcome.stderr);
                let scores = sandbox.path("scores.csv");
                let written = if scores.is_dir() {
                    let files =
                        ["a.csv", "b.csv", "c.ndjson.csv"].map(|name| sandbox.read(&format!("scores.csv/{name}")));
                    fs::remove_dir_all(scores).unwrap();
                    files.concat()
                } else {
                    let bytes = sandbox.read("scores.csv");
                    fs::remove_file(scores).unwrap();
                    bytes
                };
                (outcome.stdout, written)
            };
            let one = run(1);
            assert!(!one.0.is_empty() && one.1.len() > 10_000, "{input} {flags}");
            assert!([2, 7].into_iter().all(|threads| run(threads) == one), "{input} {flags}");
        }
    }
}

#[test]
fn both_orders_of_a_file_are_the_same_data() {
    let sandbox = inputs();
    let incidents = |input: &str| {
        let mut json = sandbox.run(&format!("detect {input} --format json")).json()["incidents"].take();
        for incident in json.as_array_mut().unwrap() {
            (incident["file"], incident["id"]) = ("".into(), "".into()); // the id is made from the name of the file
        }
        json
    };
    assert_eq!(incidents("wide.csv"), incidents("long.csv"));
    assert_eq!(incidents("parameter.parquet"), incidents("time.parquet"));
}

#[test]
fn formats_agree_and_values_lie_outside_their_limits() {
    let sandbox = inputs();
    for input in [
        "generated.ndjson",
        "time.parquet",
        "folder",
        "generated.ndjson --method classic",
        "generated.ndjson --method adaptive@2",
        "generated.ndjson --method adaptive@2 --budget 3/week",
    ] {
        let json = sandbox.run(&format!("detect {input} --format json")).json();
        assert_eq!((json["schema"].as_str(), json["version"].as_u64()), (Some("trebuchet-ad/detect"), Some(2)));
        let incidents = json["incidents"].as_array().unwrap();
        assert!(!incidents.is_empty());
        assert_eq!(json["summary"]["incidents"], incidents.len());
        let exceedances: u64 = incidents.iter().map(|incident| incident["exceedances"].as_u64().unwrap()).sum();
        assert_eq!(json["summary"]["exceedances"], exceedances);
        let severities: Vec<f64> = incidents.iter().map(|incident| incident["severity"].as_f64().unwrap()).collect();
        assert!(severities.is_sorted_by(|a, b| a >= b), "worst first");
        for point in incidents.iter().flat_map(|incident| [incident, &incident["peak"]]) {
            let number = |key: &str| point[key].as_f64();
            if let (Some(lower), Some(upper)) = (number("lower_limit"), number("upper_limit")) {
                let value = number("value").unwrap();
                assert!(value < lower || value > upper, "{point}");
            }
            assert_eq!(point["value"].is_null(), point["expected"].is_null(), "{point}");
            assert_eq!(point["value"].is_null(), point["tier"].is_null(), "{point}");
        }
        for incident in incidents {
            let threshold = incident["threshold"].as_f64();
            assert!(input.contains("--budget") || threshold == json["threshold"].as_f64(), "{incident}");
            assert!([incident, &incident["peak"]].iter().all(|point| point["surprise"].as_f64() >= threshold));
            let no_value = incident["value"].is_null();
            assert!(!no_value || incident["kind"] != "value", "{incident}");
            assert_eq!(incident["shift"].is_object(), incident["kind"] == "level_shift", "{incident}");
        }

        let ndjson = sandbox.run(&format!("detect {input} --format ndjson"));
        let lines: Vec<serde_json::Value> =
            ndjson.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&lines, incidents);
        let csv = sandbox.run(&format!("detect {input} --format csv"));
        let mut reader = csv::Reader::from_reader(csv.stdout.as_slice());
        let header = reader.headers().unwrap().clone();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), incidents.len());
        for (record, incident) in records.iter().zip(incidents) {
            for (key, field) in header.iter().zip(record) {
                match &incident[key] {
                    serde_json::Value::String(text) => assert_eq!(text, field, "{key}"),
                    serde_json::Value::Null if key.starts_with("peak_") || key.starts_with("shift_") => {}
                    serde_json::Value::Null => assert_eq!(field, "", "{key}"),
                    number => assert_eq!(number.as_f64(), field.parse().ok(), "{key}"),
                }
            }
        }
        let table = sandbox.run(&format!("detect {input}"));
        let lines = table.text().lines().take_while(|line| !line.is_empty());
        assert_eq!(lines.count(), 2 * incidents.len(), "two lines an incident");
        assert!(table.text().contains("\n\n") == input.contains("--budget"));
    }
}

#[test]
fn the_format_follows_the_ending_of_the_output() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("x.csv"), csv(600)).unwrap();
    for (ending, start) in [("json", "{\n"), ("ndjson", "{\"id\""), ("csv", "file,parameter"), ("txt", "2024-01-03")] {
        let outcome = sandbox.run(&format!("detect x.csv --output out.{ending}"));
        assert_eq!((outcome.code, outcome.text()), (0, ""), "{}", outcome.stderr);
        let written = String::from_utf8(sandbox.read(&format!("out.{ending}"))).unwrap();
        assert!(written.starts_with(start), "{ending}: {written}");
    }
    let outcome = sandbox.run("detect x.csv --exit-code");
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
}
