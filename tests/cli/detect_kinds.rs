//! What `detect` says of silences, of levels that change, and of what matters.

use std::fs;

use serde_json::Value;

use crate::data::{Dice, START};
use crate::harness::{Outcome, Sandbox};

const METHOD: &str = "--method adaptive@2";

/// When something happens, in hours: after two and a half weeks, at 02:10.
const AT: f64 = 18.0 * 24.0 + 2.0 + 10.0 / 60.0;

/// Three weeks of a value every five minutes: 100 with noise of standard deviation 1, changed by `plant`, which is given
/// the hours since the start.
fn csv(seed: u64, plant: impl Fn(f64, f64) -> Option<f64>) -> String {
    let mut dice = Dice(seed);
    let mut noise = || (0..12).map(|_| dice.below(10_000) as f64 / 10_000.0).sum::<f64>() - 6.0;
    let mut text = String::from("time,cpu\n");
    for row in 0..21 * 288 {
        let value = 100.0 + noise();
        if let Some(value) = plant(f64::from(row) / 12.0, value) {
            text += &format!("{},{value:.3}\n", START + i64::from(row) * 300);
        }
    }
    text
}

fn silent() -> String {
    csv(1, |hour, value| (hour <= AT || hour >= AT + 3.0).then_some(value))
}

/// The level changes by so much, and is back after so many hours.
fn shifted(size: f64, hours: f64) -> String {
    csv(4, |hour, value| Some(if (AT..AT + hours).contains(&hour) { value + size } else { value }))
}

fn sandbox(text: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("cpu.csv"), text).unwrap();
    sandbox
}

fn incidents(sandbox: &Sandbox, flags: &str) -> Vec<Value> {
    let outcome = sandbox.run(&format!("detect cpu.csv --format json {METHOD} {flags}"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome.json()["incidents"].as_array().unwrap().clone()
}

/// The incidents that begin when it happens.
fn then(incidents: &[Value]) -> Vec<&Value> {
    let begins = |incident: &&Value| {
        let start = incident["start"].as_str().unwrap();
        ("2024-01-19T02:10:00Z".."2024-01-19T14:00:00Z").contains(&start)
    };
    incidents.iter().filter(begins).collect()
}

fn seconds(incident: &Value, key: &str) -> f64 {
    incident[key].as_f64().unwrap()
}

/// The table, of which each line fits 80 columns.
fn table(sandbox: &Sandbox) -> Outcome {
    let outcome = sandbox.run(&format!("detect cpu.csv {METHOD}"));
    let wide = outcome.text().lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
    outcome
}

#[test]
fn a_series_that_falls_silent() {
    let sandbox = sandbox(&silent());
    let all = incidents(&sandbox, "");
    let [silence] = then(&all)[..] else { panic!("{all:#?}") };
    assert_eq!((silence["kind"].as_str(), silence["direction"].as_str()), (Some("silence"), None));
    for key in ["value", "expected", "lower_limit", "upper_limit", "channel", "tier", "shift"] {
        assert!(silence[key].is_null(), "{key}: {silence}");
    }
    let gap = seconds(silence, "quantity");
    assert!((600.0..=900.0).contains(&gap), "known after three intervals at most: {silence}");
    assert!((seconds(silence, "usual") - 300.0).abs() < 60.0 && seconds(silence, "usual_std") < 300.0, "{silence}");
    assert_eq!(silence["end"], "2024-01-19T05:10:00Z", "when data come again");
    assert!((seconds(silence, "duration_seconds") - (3.0 * 3600.0 - gap)).abs() < 1e-6);
    assert!(
        silence["text"].as_str().unwrap().starts_with("no data since 02:10; the longest gap of an hour is usually")
    );
    let table = table(&sandbox);
    assert!(table.text().contains("\n  no data since 02:10; ") || table.text().contains("  no data since 02:10; "));
    // in another zone it is another time
    let zoned = incidents(&sandbox, "--timezone Europe/Zurich");
    assert!(zoned.iter().any(|incident| incident["text"].as_str().unwrap().starts_with("no data since 03:10; ")));

    let scores = sandbox.run(&format!("detect cpu.csv {METHOD} --format json --scores scores.csv"));
    assert_eq!(scores.json()["incidents"].as_array(), Some(&all), "scores change nothing");
    let scores = String::from_utf8(sandbox.read("scores.csv")).unwrap();
    let alerts = scores.lines().filter(|line| line.ends_with(",1")).count();
    let of_values = all.iter().filter(|incident| incident["kind"] != "silence").count();
    assert_eq!(alerts, of_values, "scores speak of values: a silence has no row");
    assert!(scores.lines().any(|line| line.starts_with("2024-01-19T05:10:00Z,") && line.ends_with(",0")));
}

#[test]
fn a_silence_counts_in_an_evaluation() {
    let sandbox = sandbox(&silent());
    let truth = |from: &str, to: &str| {
        let line = format!("{{\"parameter\":\"cpu\",\"kind\":\"silence\",\"start\":\"{from}\",\"end\":\"{to}\"}}\n");
        fs::write(sandbox.path("truth.ndjson"), line).unwrap();
        sandbox.run(&format!("detect cpu.csv {METHOD} --format json --labels truth.ndjson")).json()["evaluation"].take()
    };
    let evaluation = truth("2024-01-19T02:15:00Z", "2024-01-19T05:05:00Z");
    assert_eq!((evaluation["found_windows"].as_u64(), evaluation["recall"].as_f64()), (Some(1), Some(1.0)));
    assert!(evaluation["mean_delay_seconds"].as_f64().unwrap() <= 600.0, "{evaluation}");
    // what counts is when it was noticed, not that it lasted
    let evaluation = truth("2024-01-19T03:15:00Z", "2024-01-19T04:05:00Z");
    assert_eq!(evaluation["found_windows"], 0, "{evaluation}");
}

#[test]
fn data_that_end_are_no_silence_but_a_parameter_that_ends_before_the_others_is() {
    let all = csv(3, |_, value| Some(value));
    let sandbox = sandbox(&all);
    assert!(incidents(&sandbox, "").iter().all(|incident| incident["kind"] != "silence"));
    // in the form of one row a value, with another parameter that goes on for five hours more
    let rows: Vec<&str> = all.lines().skip(1).collect();
    let more = rows.iter().enumerate().flat_map(|(index, row)| {
        let (time, value) = row.split_once(',').unwrap();
        let other = format!("{time},memory,{value}\n");
        let cpu = (index + 60 < rows.len()).then(|| format!("{time},cpu,{value}\n"));
        cpu.into_iter().chain([other])
    });
    let long = format!("time,parameter,value\n{}", more.collect::<String>());
    let mut shuffled: Vec<&str> = long.lines().skip(1).collect();
    Dice(7).shuffle(&mut shuffled);
    for text in [long.clone(), format!("time,parameter,value\n{}\n", shuffled.join("\n"))] {
        fs::write(sandbox.path("cpu.csv"), text).unwrap();
        let all = incidents(&sandbox, "");
        let silences: Vec<&Value> = all.iter().filter(|incident| incident["kind"] == "silence").collect();
        let [silence] = silences[..] else { panic!("{all:#?}") };
        assert_eq!(
            (silence["parameter"].as_str(), silence["end"].as_str()),
            (Some("cpu"), Some("2024-01-21T23:55:00Z"))
        );
        assert!(silence["text"].as_str().unwrap().starts_with("no data since 18:55; "), "{silence}");
    }
}

#[test]
fn a_level_that_stays_is_one_incident_and_taken_over() {
    let sandbox = sandbox(&shifted(15.0, 1e6));
    let all = incidents(&sandbox, "");
    let [shift] = then(&all)[..] else { panic!("{all:#?}") };
    assert_eq!((shift["kind"].as_str(), shift["direction"].as_str()), (Some("level_shift"), Some("above")));
    assert_eq!(shift["start"], "2024-01-19T02:10:00Z", "values have opened it");
    assert!(seconds(shift, "value") > seconds(shift, "upper_limit"));
    let change = &shift["shift"];
    assert!((seconds(change, "size") - 15.0).abs() < 2.0 && seconds(change, "usual") < 2.0, "{change}");
    assert_eq!((change["returned"].as_bool(), change["back"].as_str()), (Some(false), None));
    let since = change["since"].as_str().unwrap();
    assert!(["2024-01-19T02:00:00Z", "2024-01-19T03:00:00Z"].contains(&since), "{change}");
    assert!(change["taken_over"].as_str() <= Some("2024-01-19T16:00:00Z"), "{change}");
    let text = shift["text"].as_str().unwrap();
    assert!(
        text.starts_with("the level rose by 1") && text.contains(" and stayed: taken over as usual after "),
        "{text}"
    );
    assert!(table(&sandbox).text().contains("; level rose by 1"), "{}", table(&sandbox).text());
}

#[test]
fn a_level_that_returns_is_said_to() {
    let sandbox = sandbox(&shifted(-15.0, 40.0));
    let all = incidents(&sandbox, "");
    let returned = all.iter().any(|incident| {
        let (text, shift) = (incident["text"].as_str().unwrap(), &incident["shift"]);
        let within = text.contains(" and returned (") && shift["back"].is_string();
        within || text.starts_with("the level returned to what it was before: it rose by") && shift["returned"] == true
    });
    assert!(returned, "{all:#?}");
    table(&sandbox);
}

#[test]
fn only_the_side_and_the_amount_that_matter() {
    let spikes = |size: f64| csv(5, |hour, value| Some(if (hour - AT).abs() < 0.01 { value + size } else { value }));
    for (size, flags, told) in [
        (20.0, "", true),
        (20.0, "--direction above", true),
        (20.0, "--direction below", false),
        (-20.0, "--direction below", true),
        (-20.0, "--direction above", false),
        (-20.0, "--direction above --direction both", true),
        (20.0, "--direction below --direction c*=above", true),
        (20.0, "--direction cpu=above --direction below", false),
        (20.0, "--direction memory=below", true),
        (20.0, "--min-change 30", false),
        (20.0, "--min-change 30%", false),
        (20.0, "--min-change cpu=10%", true),
        (20.0, "--min-change 30 --min-change *pu=5", true),
        (20.0, "--min-change 5 --min-change cpu=30%", false),
        (-20.0, "--min-change 10 --direction below", true),
        (-20.0, "--min-change 10 --direction above", false),
    ] {
        let sandbox = sandbox(&spikes(size));
        for method in ["adaptive@1", "adaptive@2", "classic"] {
            let outcome = sandbox.run(&format!("detect cpu.csv --format json --method {method} {flags}"));
            let all = outcome.json()["incidents"].as_array().unwrap().clone();
            let at = all.iter().any(|incident| incident["start"] == "2024-01-19T02:10:00Z");
            assert_eq!(at, told, "{size} {flags} {method}: {all:#?}");
            for incident in &all {
                let (value, expected) = (seconds(incident, "value"), seconds(incident, "expected"));
                let alone = flags.matches("--").count() == 1;
                assert!(!(alone && flags.ends_with(" above")) || value > expected, "{flags}: {incident}");
                assert!(!(alone && flags.ends_with(" below")) || value < expected, "{flags}: {incident}");
                assert!(!flags.ends_with("=5") || (value - expected).abs() >= 5.0, "{flags}: {incident}");
            }
        }
    }
}

#[test]
fn wrong_wishes_are_named() {
    let sandbox = sandbox("time,cpu\n2024-01-01,1\n2024-01-02,2\n");
    for (flags, said) in [
        ("--direction up", "error: --direction can't be 'up': 'up' is not above, below or both"),
        ("--direction cpu=", "error: --direction can't be 'cpu=': '' is not above, below or both"),
        ("--direction [=both", "error: --direction can't be '[=both': "),
        ("--min-change -5", "error: --min-change can't be '-5': '-5' is not a number or a percentage, 0 or more"),
        ("--min-change cpu=5€", "error: --min-change can't be 'cpu=5€': '5€' is not a number"),
    ] {
        let outcome = sandbox.run(&format!("detect cpu.csv {flags}"));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{flags}");
        assert!(outcome.stderr.starts_with(said), "{flags}: {}", outcome.stderr);
    }
    let outcome = sandbox.run("detect cpu.csv --direction memory=above --min-change c*=5");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: --direction memory=above: no parameter matches"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("--min-change"), "{}", outcome.stderr);
}

#[test]
fn every_version_of_the_method_has_its_name() {
    let sandbox = sandbox(&silent());
    for (name, id) in [("adaptive@1", "adaptive@1"), ("adaptive@2", "adaptive@2"), ("classic", "classic@1")] {
        assert_eq!(sandbox.run(&format!("detect cpu.csv --format json --method {name}")).json()["method"], id);
    }
    let default = sandbox.run("detect cpu.csv --format json");
    assert_eq!(default.text(), sandbox.run("detect cpu.csv --format json --method adaptive").text());
    assert!(default.json()["method"].as_str().unwrap().starts_with("adaptive@"));
}
