//! `detect list` and `ingest list`: what was recorded is there to be seen.

use std::collections::BTreeMap;

use serde_json::Value;

use super::harness::{Outcome, Sandbox};

const NEW: &str = "--store s --dataset acme/shop/1";

fn must(sandbox: &Sandbox, command: &str) -> Outcome {
    let outcome = sandbox.run(command);
    assert_eq!(outcome.code, 0, "{command}: {}", outcome.stderr);
    outcome
}

/// A store in which ten days were detected, a day at a time; and what each run said, by the id of the incident.
fn detected() -> (Sandbox, BTreeMap<String, Value>) {
    let sandbox = Sandbox::new();
    must(&sandbox, "generate --preset web --from 2024-02-20 --days 38 --every 10m --parameters 3 --output all.ndjson");
    must(&sandbox, &format!("ingest --init {NEW} all.ndjson"));
    must(&sandbox, "train --store s --to 2024-03-18");
    let mut said = BTreeMap::new();
    for day in 19..29 {
        let shown = must(&sandbox, &format!("detect --store s --to 2024-03-{day} --format json")).json();
        for incident in shown["incidents"].as_array().unwrap() {
            said.insert(incident["id"].as_str().unwrap().to_owned(), incident.clone());
        }
    }
    (sandbox, said)
}

#[test]
fn incidents_are_listed_as_they_were_said() {
    let (sandbox, said) = detected();
    assert!(said.len() >= 3, "{}", said.len());
    let all = must(&sandbox, "detect list --store s --format json").json();
    assert_eq!(all["dataset"], "acme/shop/1");
    let listed: BTreeMap<String, &Value> = all["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| (incident["incident"].as_str().unwrap().to_owned(), incident))
        .collect();
    assert_eq!(listed.keys().collect::<Vec<_>>(), said.keys().collect::<Vec<_>>());
    for (id, was) in &said {
        let is = listed[id];
        for (field, other) in
            [("parameter", "parameter"), ("since", "start"), ("kind", "kind"), ("aggregation", "aggregation")]
        {
            assert_eq!(is[field], was[other], "{id} {field}");
        }
    }
    // the newest first; CSV and the table have the same
    let since = |incident: &Value| incident["since"].as_str().unwrap().to_owned();
    let order: Vec<String> = all["incidents"].as_array().unwrap().iter().map(since).collect();
    assert!(order.is_sorted_by(|a, b| a >= b), "{order:?}");
    let csv = must(&sandbox, "detect list --store s --format csv");
    let table = must(&sandbox, "detect list --store s");
    for id in said.keys() {
        assert!(csv.text().contains(id.as_str()) && table.text().contains(&id[..8]), "{id}");
    }
    assert!(table.text().lines().all(|line| line.starts_with("  ") || line.chars().count() <= 80), "{}", table.text());
}

#[test]
fn incidents_can_be_chosen() {
    let (sandbox, said) = detected();
    let list = |flags: &str| {
        let shown = must(&sandbox, &format!("detect list --store s --format json {flags}")).json();
        shown["incidents"].as_array().unwrap().clone()
    };
    let all = list("");
    let parameter = all[0]["parameter"].as_str().unwrap().to_owned();
    let of = list(&format!("--parameter {parameter}"));
    assert!(!of.is_empty() && of.iter().all(|incident| incident["parameter"] == parameter.as_str()));
    assert_eq!(of.len(), all.iter().filter(|incident| incident["parameter"] == parameter.as_str()).count());
    let bad = list("--severity high");
    assert_eq!(bad.len(), all.iter().filter(|incident| incident["score"].as_f64().unwrap() >= 2.0).count());
    let status = must(&sandbox, "status --store s --format json").json().to_string();
    let open = list("--open");
    assert!(open.iter().all(|incident| incident["state"] == "open"));
    for incident in &all {
        let id = incident["incident"].as_str().unwrap();
        assert_eq!(status.contains(id), open.iter().any(|open| open["incident"] == id), "{id}");
    }
    // an incident that goes on over midnight is whole on both days
    let by_day: usize = (18..29).map(|day| list(&format!("--from 2024-03-{day} --to 2024-03-{}", day + 1)).len()).sum();
    assert!(by_day >= said.len());
    for day in 18..29 {
        for incident in list(&format!("--from 2024-03-{day} --to 2024-03-{}", day + 1)) {
            let whole = all.iter().find(|other| other["incident"] == incident["incident"]).unwrap();
            assert_eq!(whole["since"], incident["since"]);
        }
    }
    let late = sandbox
        .command("detect list --store s --last 36h --format json")
        .env("TREBUCHET_NOW", "2024-03-28T00:00:00Z")
        .output()
        .unwrap();
    let late = Outcome::from(&late).json();
    assert_eq!(late["incidents"], Value::Array(list("--from 2024-03-26T12:00")));
    for (flags, words) in
        [("--last yesterday", "--last is a duration"), ("--last 1d --from 2024-03-01", "cannot be used with")]
    {
        let outcome = sandbox.run(&format!("detect list --store s {flags}"));
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{}", outcome.stderr);
    }
}

#[test]
fn runs_of_ingest_are_listed_for_those_who_revoke() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("a.ndjson"), "{\"time\":\"2024-03-01T00:00:00Z\",\"v\":1}\n{\"no\":1}\n").unwrap();
    std::fs::write(sandbox.path("b.ndjson"), "{\"time\":\"2024-03-02T05:00:00Z\",\"v\":2}\n").unwrap();
    must(&sandbox, &format!("ingest --init {NEW} a.ndjson"));
    must(&sandbox, "ingest --store s b.ndjson");
    let list =
        |flags: &str| must(&sandbox, &format!("ingest list --store s --format json {flags}")).json()["runs"].clone();
    let runs = list("");
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(runs[0]["sources"], serde_json::json!(["b.ndjson"]));
    assert_eq!((&runs[1]["new"], &runs[1]["bad"]), (&1.into(), &1.into()));
    assert_eq!(runs[0]["first_hour"], "2024-03-02T05:00:00Z");
    assert_eq!(list("--last 1").as_array().unwrap().len(), 1);
    let id = runs[0]["run"].as_str().unwrap();
    must(&sandbox, &format!("ingest revoke --store s {id}"));
    let runs = list("");
    assert_eq!((&runs[0]["state"], &runs[1]["state"]), (&"revoked".into(), &"".into()));
    assert!(runs[0]["revoked_by"].is_string());
    let table = must(&sandbox, "ingest list --store s");
    assert!(
        table.text().contains(id) && table.text().lines().all(|line| line.chars().count() <= 80),
        "{}",
        table.text()
    );
}

#[test]
fn who_could_not_be_told_is_told_where_to_look() {
    let sandbox = Sandbox::new();
    must(&sandbox, "generate --preset web --from 2024-02-20 --days 38 --every 10m --parameters 3 --output all.ndjson");
    must(&sandbox, &format!("ingest --init {NEW} all.ndjson"));
    must(&sandbox, "train --store s --to 2024-03-18");
    let outcome = sandbox.run("detect --store s --output /dev/full");
    assert_eq!(outcome.code, 1);
    let hint = outcome.stderr.lines().find(|line| line.contains("what was found is recorded")).unwrap();
    let command = &hint[hint.find("detect list").unwrap()..];
    assert!(must(&sandbox, command).text().lines().count() >= 7, "{command}");
}

#[test]
fn each_incident_begins_once_and_ends_once() {
    let (sandbox, _) = detected();
    let whole = must(&sandbox, "detect list --store s --format json").json();
    let known: Vec<&str> =
        whole["incidents"].as_array().unwrap().iter().map(|incident| incident["incident"].as_str().unwrap()).collect();
    must(&sandbox, "ingest --init --store hourly --dataset acme/shop/1 all.ndjson");
    must(&sandbox, "train --store hourly --to 2024-03-18");
    let (mut began, mut ended, mut lines) = (Vec::new(), Vec::new(), 0);
    let mut open: Vec<String> = Vec::new();
    for hour in 1..=240 {
        let (day, of_day) = (18 + hour / 24, hour % 24);
        let to = format!("2024-03-{day}T{of_day:02}:00Z");
        let outcome = sandbox.run(&format!("detect --store hourly --to {to} --format json --exit-code"));
        let shown = outcome.json();
        let mut new = 0;
        for incident in shown["incidents"].as_array().unwrap() {
            let id = incident["id"].as_str().unwrap().to_owned();
            let goes_on = incident["goes_on"].as_bool().unwrap();
            match incident["state"].as_str().unwrap() {
                "new" => {
                    new += 1;
                    lines += 1;
                    began.push(id.clone());
                    open.push(id.clone());
                }
                "open" => assert!(open.contains(&id) && goes_on, "{to} {id}"),
                "ended" => {
                    lines += 1;
                    assert!(open.contains(&id) && !goes_on, "{to} {id}");
                }
                state => panic!("{state}"),
            }
            if !goes_on {
                open.retain(|other| *other != id);
                ended.push(id);
            }
        }
        assert_eq!(outcome.code, if new > 0 { 3 } else { 0 }, "{to}: {}", outcome.stderr);
        let listed = must(&sandbox, "detect list --store hourly --open --format json").json();
        assert_eq!(listed["incidents"].as_array().unwrap().len(), open.len(), "{to}");
    }
    began.sort();
    ended.sort();
    let mut known = known;
    known.sort_unstable();
    assert_eq!(began, known);
    ended.extend(open);
    ended.sort();
    assert_eq!(ended, known);
    assert!(lines <= 2 * known.len(), "{lines}");
}
