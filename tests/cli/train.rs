//! `train` on stores.

use std::collections::BTreeMap;
use std::path::Path;

use trebuchet_ad::domain::measurement::HOUR;
use trebuchet_ad::store::layout::Layout;
use trebuchet_ad::store::settings::DatasetSettings;

use crate::harness::Sandbox;
use crate::stores::{FIRST, Making, START, records};

const WEEK: i64 = 168;

/// A sandbox with a store `s` of so many hours.
fn store(hours: i64, layout: Layout) -> (Sandbox, Making) {
    let sandbox = Sandbox::new();
    let making = Making::new(&sandbox.path("s"), layout, "acme/shop/1", DatasetSettings::default());
    making.ingest(0, START, records(hours));
    (sandbox, making)
}

/// All files below a folder but the run log, with their contents.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() && !["runs", "turns", "checkpoints", ".staging"].contains(&name.as_str()) {
                collect(root, &path, found);
            } else if path.is_file() {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

#[test]
fn a_model_is_made_once_listed_and_shown() {
    let (sandbox, _) = store(5 * WEEK, Layout::Compact);
    let outcome = sandbox.run("train --store s --dry-run");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("it would be model 1; nothing was written"), "{}", outcome.stderr);
    assert!(!sandbox.path("s/model").exists() && !sandbox.path("s/claims").exists());

    let outcome = sandbox.run("train --store s --format json");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let document = outcome.json();
    assert_eq!((&document["model_version"], &document["from"]), (&1.into(), &"2026-01-05T00:00:00Z".into()));
    assert_eq!(document["to"], "2026-02-09T00:00:00Z");
    let [cpu, deploy, memory] = [0, 1, 2].map(|place| &document["parameters"][place]);
    assert_eq!(cpu["parameter"], "cpu");
    assert_eq!(cpu["measurements"], 5 * WEEK * 12 - 10);
    assert_eq!((&cpu["hours"], &cpu["weeks"], &cpu["slots"]), (&(5 * WEEK).into(), &5.into(), &168.into()));
    assert_eq!((&cpu["incomplete"], &cpu["outlying"]), (&1.into(), &24.into()));
    assert_eq!((&memory["incomplete"], &memory["outlying"]), (&1.into(), &0.into()));
    // each minute from the first occurrence on
    assert_eq!(deploy["measurements"], 5 * WEEK * 60 - 35);
    let told = "left out of cpu: week of 2026-01-12 (1 incomplete hour); week of 2026-01-19 (24 outlying hours)";
    assert!(outcome.stderr.replace("\n  ", " ").contains(told), "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("next: trebuchet-ad detect --store s\n"), "{}", outcome.stderr);

    let before = tree(&sandbox.path("s"));
    let again = sandbox.run("train --store s");
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("model 1 is of the same data and settings already"), "{}", again.stderr);
    assert_eq!(tree(&sandbox.path("s")), before);

    let list = sandbox.run("train list --store s --format csv");
    let lines: Vec<&str> = list.text().lines().collect();
    assert_eq!(lines.len(), 2, "{}", list.stderr);
    assert!(lines[1].starts_with("1,2026-01-05T00:00:00Z,2026-02-09T00:00:00Z,3,"), "{}", lines[1]);

    let show = sandbox.run("train show 1 --store s --parameter c* --format json").json();
    assert_eq!(show["slots"].as_array().unwrap().len(), 168);
    let values: Vec<f64> = records(5 * WEEK)
        .filter(|record| record.1 == "cpu" && (record.0 - START) / HOUR % WEEK == 3)
        .map(|record| record.3)
        .collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let slot = &show["slots"][3];
    assert_eq!((&slot["slot"], &slot["count"]), (&3.into(), &values.len().into()));
    assert!((slot["mean"].as_f64().unwrap() - mean).abs() < 1e-9);
    assert!((slot["std_dev"].as_f64().unwrap() - (squares / (values.len() - 1) as f64).sqrt()).abs() < 1e-9);

    let left_out = sandbox.run("train show 1 --store s --left-out");
    assert!(left_out.text().contains("2 measurements, usual are 12"), "{}", left_out.text());
    assert_eq!(left_out.text().lines().filter(|line| line.contains("outlying")).count(), 24);
}

#[test]
fn threads_cuts_and_layouts_change_nothing() {
    let (sandbox, making) = store(2 * WEEK, Layout::Compact);
    let full = Making::new(&sandbox.path("full"), Layout::Full, "acme/shop/1", DatasetSettings::default());
    full.ingest(0, START, records(2 * WEEK).filter(|record| record.0 / 60_000 % 10 == 0));
    full.ingest(1, START + 1, records(2 * WEEK).filter(|record| record.0 / 60_000 % 10 != 0));
    assert_eq!(sandbox.run("train --store s --threads 1").code, 0);
    assert_eq!(sandbox.run("train --store full --threads 3").code, 0);
    let slots = |store: &str| {
        let outcome = sandbox.run(&format!("train show 1 --store {store} --parameter * --format csv"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout
    };
    assert_eq!(slots("s"), slots("full"));
    let of = |store: &str, folder: &str| {
        let tree = tree(&sandbox.path(store));
        tree.into_iter().filter(|(name, _)| name.starts_with(folder)).collect::<Vec<_>>()
    };
    assert_eq!(of("s", "state/"), of("full", "state/"));
    assert_eq!(of("s", "claims/"), of("full", "claims/"));
    drop(making);
}

#[test]
fn ranges_give_other_models_which_can_be_compared() {
    let (sandbox, _) = store(4 * WEEK, Layout::Compact);
    assert_eq!(sandbox.run("train --store s --to 2026-01-19").code, 0);
    let outcome = sandbox.run("train --store s --from 2025-01-01 --to 2027-01-01");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("there are no measurements before 2026-01-05T00:00:00Z"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("history is complete until 2026-02-02T00:00:00Z"), "{}", outcome.stderr);
    let diff = sandbox.run("train diff 1 2 --store s --parameter cpu --format json").json();
    let changes = diff["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 168);
    let sizes: Vec<f64> = changes.iter().map(|change| change["in_std_devs"].as_f64().unwrap_or(-1.0).abs()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b));
    assert!(sandbox.run("train diff 1 1 --store s").stderr.contains("the baselines of models 1 and 1 are the same"));
    // the newest hour is not over yet
    let mut command = sandbox.command("train --store s --dry-run --format json");
    let output = command.env("TREBUCHET_NOW", "2026-02-01T23:59:59Z").output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["to"], "2026-02-01T23:00:00Z");
}

#[test]
fn a_crash_leaves_what_the_same_command_completes() {
    let (sandbox, _) = store(WEEK, Layout::Compact);
    assert_eq!(sandbox.run("train --store s").code, 0);
    let whole = tree(&sandbox.path("s"));
    // as after a crash before the run document: the claim is there, and some of the objects
    let (again, _) = store(WEEK, Layout::Compact);
    for (name, bytes) in whole.iter().filter(|(name, _)| name.starts_with("claims/") || name.starts_with("model/")) {
        let path = again.path("s").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let status = again.run("status --store s");
    assert!(status.text().contains("1 object in model, model 1 was claimed, but not made"), "{}", status.text());
    assert_eq!(again.run("train list --store s --format csv").text().lines().count(), 1);
    assert_eq!(again.run("train --store s").code, 0);
    assert_eq!(tree(&again.path("s")), whole);
}

#[test]
fn bad_input_is_told_and_nothing_is_written() {
    let (sandbox, making) = store(48, Layout::Compact);
    let refused = |arguments: &str, code: i32, words: &[&str]| {
        let before = tree(&sandbox.path("s"));
        let outcome = sandbox.run(arguments);
        let stderr = outcome.stderr.replace("\n  ", " ");
        assert_eq!(outcome.code, code, "{arguments}: {stderr}");
        words.iter().for_each(|words| assert!(stderr.contains(words), "{arguments}: {stderr}"));
        assert_eq!(tree(&sandbox.path("s")), before);
    };
    refused("train show 7 --store s", 1, &["acme/shop/1 has no model 7", "trebuchet-ad train"]);
    refused("train diff 1 2 --store s", 1, &["acme/shop/1 has no model 1"]);
    refused("train --store nowhere", 1, &["there is no store at nowhere"]);
    refused("train --store s --dataset a/b/3", 1, &["there is no dataset a/b/3", "acme/shop/1"]);
    refused("train --store s --dataset a/../3", 2, &["can't be '..'"]);
    refused("train --store s --from x", 2, &["a time is such as"]);
    refused("train --store s --from 2026-01-06 --to 2026-01-06", 2, &["there is nothing from"]);
    refused(
        "train --store s --from 2027-01-01",
        1,
        &[
            "acme/shop/1 has no measurements from 2027-01-01T00:00:00Z",
            "there are some from 2026-01-05T00:00:00Z to 2026-01-07T00:00:00Z",
        ],
    );
    assert_eq!(sandbox.run("train --store s").code, 0);
    refused("train show 1 --store s --parameter x", 2, &["no parameter of model 1 matches", "it has: cpu"]);
    refused("train show 2 --store s", 1, &["acme/shop/1 has no model 2", "it has: 1"]);

    // two objects that changed places
    let keys = |hour: i64| {
        let name = format!("hour={hour:02}/000000.parquet");
        let tree = tree(&sandbox.path("s"));
        tree.into_keys().find(|key| key.starts_with("measurements/") && key.ends_with(&name)).unwrap()
    };
    let [one, two] = [3, 4].map(|hour| sandbox.path("s").join(keys(hour)));
    let bytes = std::fs::read(&one).unwrap();
    std::fs::copy(&two, &one).unwrap();
    refused("train --store s --to 2026-01-06", 1, &[&format!("{} is not what was written", keys(3)), "restore it"]);
    refused("status --store s", 1, &["is not what was written"]);
    std::fs::write(&one, &bytes[..bytes.len() / 2]).unwrap();
    refused("train --store s --to 2026-01-06", 1, &["is not what was written"]);
    std::fs::write(&one, bytes).unwrap();
    assert_eq!(sandbox.run("train --store s --to 2026-01-06").code, 0);
    drop(making);
}

#[test]
fn methods_without_a_state_are_refused() {
    let sandbox = Sandbox::new();
    let mut settings = DatasetSettings::default();
    settings.detection.method = "classic@1".to_owned();
    let making = Making::new(&sandbox.path("s"), Layout::Compact, "acme/shop/1", settings);
    let outcome = sandbox.run("train --store s");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("stores need the method adaptive@2"), "{}", outcome.stderr);
    drop(making);
}

#[test]
fn status_tells_what_came_late() {
    let (sandbox, making) = store(72, Layout::Compact);
    let empty = sandbox.run("status --store s");
    assert!(empty.text().contains("model       none yet") && empty.stderr.contains("next: trebuchet-ad train"));
    assert_eq!(sandbox.run("train --store s --to 2026-01-06").code, 0);
    making.detect(FIRST + 24..FIRST + 60, START + 1, records(72));
    let fresh = sandbox.run("status --store s --format json").json();
    assert_eq!((fresh["stale"].as_array().unwrap().len(), &fresh["new_hours"]), (2, &12.into()));
    // only cpu was detected here; what of it is stale after one late record?
    let late = [(START + 40 * HOUR + 30, "cpu", trebuchet_ad::domain::measurement::Aggregation::None, 1.0)];
    making.ingest(1, START + 2, late.into_iter());
    let outcome = sandbox.run("status --store s --format json");
    let stale =
        outcome.json()["stale"].as_array().unwrap().iter().find(|stale| stale["parameter"] == "cpu").cloned().unwrap();
    assert_eq!(stale["causes"], serde_json::json!([{"cause": "changed", "hour": "2026-01-06T16:00:00Z"}]));
    assert_eq!(stale["hours"].as_array().unwrap().len(), 20);
    let text = sandbox.run("status --store s");
    assert!(text.text().contains("has other data now"), "{}", text.text());
    assert!(text.stderr.contains("next: trebuchet-ad detect --store s"), "{}", text.stderr);
}

#[test]
fn status_of_several_datasets_has_a_line_for_each() {
    let sandbox = Sandbox::new();
    trebuchet_ad::store::Store::init(&sandbox.path("s").display().to_string(), Layout::Compact).unwrap();
    let none = sandbox.run("status --store s");
    assert_eq!(none.code, 0, "{}", none.stderr);
    assert!(none.text().contains("datasets    0") && none.stderr.contains("ingest FILES --dataset"));
    let one = Making::new(&sandbox.path("s"), Layout::Compact, "acme/shop/1", DatasetSettings::default());
    one.ingest(0, START, records(2));
    Making::new(&sandbox.path("s"), Layout::Compact, "lab/acme/shop/2", DatasetSettings::default());
    let all = sandbox.run("status --store s");
    assert!(all.text().contains("acme/shop/1      2026-01-05 02:00"), "{}", all.text());
    assert!(all.text().contains("lab/acme/shop/2"));
    assert_eq!(sandbox.run("status --store s --format json").json()["datasets"].as_array().unwrap().len(), 2);
    assert_eq!(sandbox.run("status --store s --format csv").code, 2);
    let named = sandbox.run("status --store s --dataset lab/acme/shop/2");
    assert!(named.text().contains("data        none yet") && named.stderr.contains("next: trebuchet-ad ingest FILES"));
}
