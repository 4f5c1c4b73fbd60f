//! `--budget`: so many incidents in a time, instead of a threshold.

use std::fs;

use serde_json::Value;

use crate::data::csv;
use crate::fixtures::fixture;
use crate::harness::Sandbox;

const METHODS: [&str; 3] = ["adaptive@1", "adaptive@2", "classic"];

/// A year with growth, both clock changes, and a week's cycle.
fn a_year(noise: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let range = "--days 366 --every 15m --timezone Europe/Zurich --trend 0.5%/week --parameters 4 --anomalies 0";
    let outcome = sandbox.run(&format!("generate -q {range} --noise {noise} --format csv --output year.csv"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    sandbox
}

fn budget(sandbox: &Sandbox, flags: &str) -> (Vec<Value>, Value) {
    let outcome = sandbox.run(&format!("detect year.csv --timezone Europe/Zurich --format json {flags}"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut json = outcome.json();
    (json["incidents"].as_array().unwrap().clone(), json["budget"].take())
}

#[test]
fn a_year_without_anomalies_keeps_to_the_budget() {
    for noise in ["normal", "heavy"] {
        let sandbox = a_year(noise);
        for (method, rate, incidents_a_year) in
            [("adaptive@2", "1/week", 52.0), ("adaptive@2", "1/month", 12.0), ("adaptive@1", "1/week", 52.0)]
        {
            let (incidents, budget) = budget(&sandbox, &format!("--method {method} --budget {rate}"));
            assert_eq!((budget["incidents"].as_f64(), budget["period"].as_str()), (Some(1.0), rate.strip_prefix("1/")));
            let series = budget["series"].as_array().unwrap();
            assert_eq!(series.len(), 4);
            let mut all = 0.0;
            for series in series {
                let of_it = |incident: &&Value| incident["parameter"] == series["parameter"];
                let count = incidents.iter().filter(of_it).count();
                assert_eq!(series["incidents"], count);
                assert!(incidents.iter().filter(of_it).all(|incident| incident["threshold"] == series["threshold"]));
                let realised = series["realised"].as_f64().unwrap();
                all += realised;
                assert!(realised <= 1.0 && series["enough_history"] == true, "{noise} {method} {rate}: {series}");
                assert!(count as f64 <= incidents_a_year);
                assert!(series["judged_seconds"].as_f64().unwrap() > 364.0 * 86_400.0, "{series}");
            }
            assert!(all / 4.0 > 1.0 / 1.5, "{noise} {method} {rate}: {budget}");
        }
    }
}

#[test]
fn with_too_little_history_the_threshold_stays_what_it_is() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("short.csv"), csv(288 * 5)).unwrap();
    for method in METHODS {
        let plain = sandbox.run(&format!("detect short.csv --format json --method {method}")).json();
        let outcome = sandbox.run(&format!("detect short.csv --format json --method {method} --budget 1/week"));
        let json = outcome.json();
        assert_eq!(json["incidents"], plain["incidents"]);
        let series = &json["budget"]["series"][0];
        assert_eq!((series["enough_history"].as_bool(), &series["threshold"]), (Some(false), &plain["threshold"]));
        let said = "too little history in 1 of 1 series (less than a week judged)";
        assert!(
            outcome.stderr.contains(said) && outcome.stderr.contains("keep the threshold 2."),
            "{}",
            outcome.stderr
        );
    }
    let json = sandbox.run("detect short.csv --format json --budget 1/day").json();
    assert_eq!(json["budget"]["series"][0]["enough_history"], true, "a day is enough for a budget of a day");
}

#[test]
fn thresholds_and_rates_are_shown() {
    let sandbox = Sandbox::new();
    let run = |flags: &str| {
        let mut command = sandbox.command(&format!("detect {flags}"));
        let output = command.arg(fixture("web.csv")).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    for method in METHODS {
        let [table, said] = run(&format!("--method {method} --budget 2/week"));
        let (_, budget) = table.split_once("\n\nbudget 2/week for each series\n").unwrap();
        let lines: Vec<&str> = budget.lines().collect();
        assert!(lines[0].starts_with("threshold  realised") && lines[0].ends_with("series"), "{budget}");
        assert_eq!(lines.len(), 6, "{budget}");
        assert!(lines[1..].iter().all(|line| line.contains("/week ")), "{budget}");
        assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
        assert!(said.contains("\nbudget 2/week for each series; threshold") && said.contains(", realised "), "{said}");
        // one series: the summary says all
        let [table, said] = run(&format!("--method {method} --budget 2/week --parameter cpu"));
        assert!(!table.contains("budget") && said.contains("budget 2/week for each series; threshold "), "{said}");
    }
}

#[test]
fn a_larger_budget_has_lower_thresholds() {
    let sandbox = a_year("heavy");
    for method in METHODS {
        let thresholds = |rate: &str| {
            let (_, budget) = budget(&sandbox, &format!("--method {method} --budget {rate}"));
            let series = budget["series"].as_array().unwrap().clone();
            series.iter().map(|series| series["threshold"].as_f64().unwrap()).collect::<Vec<_>>()
        };
        let (few, many) = (thresholds("1/month"), thresholds("2/week"));
        assert!(few.iter().zip(&many).all(|(few, many)| few >= many) && few != many, "{method}: {few:?} {many:?}");
    }
}

#[test]
fn rows_in_any_order_from_anywhere_give_the_same_budget() {
    let sandbox = Sandbox::new();
    let text = csv(288 * 20);
    fs::write(sandbox.path("x.csv"), &text).unwrap();
    let expected = sandbox.run("detect x.csv --format json --budget 1/week").json();
    let from_stdin = sandbox.run_with("detect - --format json --budget 1/week", text.as_bytes()).json();
    assert_eq!(from_stdin["budget"]["series"][0]["threshold"], expected["budget"]["series"][0]["threshold"]);
    assert_eq!(from_stdin["budget"]["series"][0]["judged_seconds"], expected["budget"]["series"][0]["judged_seconds"]);
    let mut rows: Vec<&str> = text.lines().skip(1).collect();
    crate::data::Dice(3).shuffle(&mut rows);
    fs::write(sandbox.path("x.csv"), format!("time,value\n{}\n", rows.join("\n"))).unwrap();
    assert_eq!(sandbox.run("detect x.csv --format json --budget 1/week").json(), expected);
}

#[test]
fn a_wrong_budget_is_named() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.path("x.csv"), csv(300)).unwrap();
    for (flags, said) in [
        ("--budget 1", "a budget is a number of incidents per day, week or month, such as 1/week"),
        ("--budget 0/week", "invalid value '0/week' for '--budget <N/day|week|month>'"),
        ("--budget 1/year", "invalid value '1/year' for '--budget <N/day|week|month>'"),
        (
            "--budget 1/week --threshold 3",
            "the argument '--budget <N/day|week|month>' cannot be used with '--threshold",
        ),
    ] {
        let outcome = sandbox.run(&format!("detect x.csv {flags}"));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{flags}");
        assert!(outcome.stderr.contains(said), "{flags}: {}", outcome.stderr);
    }
}
