//! From nothing to alerts: `generate`, `ingest --init`, `train`, `detect`, against what was planted.

use super::harness::Sandbox;

#[test]
fn what_was_planted_is_found_in_a_store_as_it_is_in_files() {
    let sandbox = Sandbox::new();
    let run = |arguments: &str| {
        let outcome = sandbox.run(arguments);
        assert_eq!(outcome.code, 0, "{arguments}: {}", outcome.stderr);
        outcome
    };
    run("generate -q --days 45 --parameters 6 --every 5m --anomalies 6 --output d.ndjson");
    run("ingest --init --store s --dataset acme/shop/1 d.ndjson");
    run("train --store s --to 2024-01-31");
    let live = run("detect --store s --labels d.truth.ndjson --format json").json();
    let files = run("detect d.ndjson --format json").json();
    let share = |name: &str| live["evaluation"][name].as_f64().unwrap();
    assert!(share("recall") >= 0.9, "{:#}", live["evaluation"]);
    assert!(share("precision") >= 0.4, "{:#}", live["evaluation"]);
    // the same is found, but for incidents that had begun when training ended
    let key = |incident: &serde_json::Value| {
        let [parameter, start, end] = ["parameter", "start", "end"].map(|field| incident[field].to_string());
        (start, parameter, end, incident["surprise"].to_string())
    };
    let of = |document: &serde_json::Value| {
        let incidents = document["incidents"].as_array().unwrap();
        let mut keys: Vec<_> = incidents.iter().map(key).filter(|key| *key.0 >= *"\"2024-02-01").collect();
        keys.sort();
        keys
    };
    assert!(!of(&live).is_empty());
    assert_eq!(of(&live), of(&files));
}

#[test]
fn ingest_says_which_of_its_hours_had_been_detected() {
    let sandbox = Sandbox::new();
    let run = |arguments: &str| {
        let outcome = sandbox.run(arguments);
        assert_eq!(outcome.code, 0, "{arguments}: {}", outcome.stderr);
        outcome
    };
    let record = |name: &str, time: &str| {
        std::fs::write(sandbox.path(name), format!("{{\"timestamp\":\"{time}\",\"cpu\":7}}\n")).unwrap();
    };
    run("generate -q --from 2024-01-01 --days 21 --parameters 2 --every 10m --output d.ndjson");
    run("ingest --init --store s --dataset acme/shop/1 d.ndjson");
    run("train --store s --to 2024-01-15");
    record("early.ndjson", "2024-01-03T05:00:01Z");
    record("late.ndjson", "2024-01-18T05:00:01Z");
    record("new.ndjson", "2024-01-22T05:00:01Z");
    let before = run("ingest --store s early.ndjson");
    assert!(before.stderr.ends_with("next: trebuchet-ad detect --store s\n"), "{}", before.stderr);
    run("detect -q --store s");
    for (again, records) in [(false, 1), (true, 0)] {
        let late = run("ingest --store s late.ndjson early.ndjson new.ndjson --format json");
        assert!(
            late.stderr.contains("warning: data came late for 1 hour from 2024-01-18T05:00:00Z on"),
            "{}",
            late.stderr
        );
        assert!(late.stderr.ends_with("next: trebuchet-ad status --store s\n"), "{}", late.stderr);
        let document = late.json();
        assert_eq!(document["late_hours"].as_u64(), Some(1), "{again}");
        assert_eq!(document["new_records"].as_u64(), Some(2 * records));
    }
    let on_time = run("ingest --store s new.ndjson --format json");
    assert!(!on_time.stderr.contains("warning") && on_time.json()["late_hours"] == 0, "{}", on_time.stderr);
    assert!(on_time.stderr.ends_with("next: trebuchet-ad detect --store s\n"), "{}", on_time.stderr);
}
