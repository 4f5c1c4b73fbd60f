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
