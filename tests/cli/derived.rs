//! What is derived from records is the same, however they came in.

use std::collections::BTreeMap;
use std::path::Path;

use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::alerts;
use trebuchet_ad::store::codec::rows::raw::RawRows;
use trebuchet_ad::store::layout::DataType;
use trebuchet_ad::store::runs;

use super::data::{self, Dice, START};
use super::harness::Sandbox;
use super::ingest::tree;

const DAYS: i64 = 12;

/// Records of twelve days: metrics, logs that are counted, and two lines that are there twice.
fn lines() -> Vec<String> {
    let mut lines: Vec<String> = data::ndjson(DAYS * 288).lines().map(str::to_owned).collect();
    for index in 0..DAYS * 24 * 6 {
        let burst = if (1500..1503).contains(&index) { 40 } else { 1 };
        let time = START + index * 600;
        lines.extend((0..burst).map(|i| format!(r#"{{"time":{},"level":"error","message":"{i}"}}"#, time + i)));
    }
    lines.sort_by_cached_key(|line| line[..20].to_owned());
    lines.insert(700, lines[699].clone());
    lines.insert(3300, lines[3299].clone());
    lines
}

fn text(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

/// Eight parts of a file, each of which overlaps with the next, the last one with the first.
fn overlapping(lines: &[String]) -> Vec<String> {
    let size = lines.len().div_ceil(8);
    let part = |i: usize| {
        let mut part = lines[i * size..((i + 1) * size + size / 2).min(lines.len())].to_vec();
        part.extend_from_slice(if i == 7 { &lines[..size / 2] } else { &[] });
        text(&part)
    };
    (0..8).map(part).collect()
}

/// A store into which files were ingested by these commands, at the same time or one after the other; then a model was
/// trained and everything after it detected.
fn made(files: &[String], commands: &[Vec<usize>], at_once: bool) -> Sandbox {
    let sandbox = Sandbox::new();
    for (i, content) in files.iter().enumerate() {
        std::fs::write(sandbox.path(&format!("{i}.ndjson")), content).unwrap();
    }
    let start = |arguments: &str| {
        let mut command = sandbox.command(arguments);
        command.env("TREBUCHET_NOW", "2024-02-01T00:00:00Z").stderr(std::process::Stdio::piped());
        command.spawn().unwrap()
    };
    let finish = |child: std::process::Child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let mut running = Vec::new();
    for names in commands {
        let names: Vec<String> = names.iter().map(|i| format!("{i}.ndjson")).collect();
        let child = start(&format!("ingest --init --store s --dataset acme/shop/1 -q {}", names.join(" ")));
        if at_once { running.push(child) } else { finish(child) }
    }
    running.into_iter().for_each(finish);
    for arguments in ["train -q --store s --to 2024-01-07", "detect -q --store s"] {
        let mut command = sandbox.command(arguments);
        let output = command.env("TREBUCHET_NOW", "2024-02-01T00:00:00Z").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    sandbox
}

/// The objects that were derived, by name. Of alerts only the names, which do not speak of pointers to raw objects.
fn derived(place: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = tree(place, "runs/");
    found.retain(|name, _| !["raw/", "measurements/"].iter().any(|folder| name.starts_with(folder)));
    found.iter_mut().filter(|(name, _)| name.starts_with("alerts/")).for_each(|(_, bytes)| bytes.clear());
    found
}

/// The alerts, each with the record that it points to.
fn alerts_and_records(place: &Path) -> Vec<String> {
    let store = Store::open(place.to_str().unwrap()).unwrap();
    let runs = runs::list(&store, &"acme/shop/1".parse().unwrap()).unwrap();
    let mut all = Vec::new();
    for (name, used) in runs::visible_of(&store, &runs, DataType::Alerts).unwrap() {
        let bytes = store.read_verified(&name.key(), &used.sha256).unwrap();
        for mut alert in alerts::read(&name.key(), bytes).unwrap() {
            let record = alert.origin.take().map(|origin| {
                let rows = RawRows::read(&origin.object, store.read_verified(&origin.object, &origin.sha256).unwrap());
                rows.unwrap().records.get(origin.row as usize).to_owned()
            });
            all.push(format!("{alert:?} {record:?}"));
        }
    }
    all
}

#[test]
fn whatever_way_records_came_in_the_same_is_derived() {
    let lines = lines();
    let whole = made(&[text(&lines)], &[vec![0]], false);
    let (wanted, alerts) = (derived(&whole.path("s")), alerts_and_records(&whole.path("s")));
    for folder in ["model/", "state/", "hourly/", "daily/", "weekly/", "alerts/", "learned/"] {
        assert!(wanted.keys().any(|name| name.starts_with(folder)), "{folder}: {:?}", wanted.keys());
    }
    assert!(alerts.iter().any(|alert| alert.contains("cpu.user") && alert.contains("Some(\"{")), "{alerts:#?}");
    assert!(alerts.iter().any(|alert| alert.contains("level") || alert.contains("log")), "{alerts:#?}");

    let parts = overlapping(&lines);
    let (each, backwards) =
        ((0..8).map(|i| vec![i]).collect::<Vec<_>>(), (0..8).rev().map(|i| vec![i]).collect::<Vec<_>>());
    let mut shuffled = lines.clone();
    Dice(3).shuffle(&mut shuffled);
    let grown = [text(&lines[..lines.len() / 3]), text(&lines)];
    for (what, files, commands, at_once) in [
        ("eight at once", &parts[..], &each[..], true),
        ("one after the other, the last first", &parts, &backwards, false),
        ("together, in another order", &parts, &[vec![5, 2, 7, 0, 1, 6, 3, 4]], false),
        ("twice", &[text(&lines)], &[vec![0], vec![0]], false),
        ("grown", &grown, &[vec![0], vec![1]], false),
        ("shuffled", &[text(&shuffled)], &[vec![0]], false),
    ] {
        let sandbox = made(files, commands, at_once);
        let found = derived(&sandbox.path("s"));
        assert!(found.keys().eq(wanted.keys()), "{what}: {:?} {:?}", found.keys(), wanted.keys());
        let differ: Vec<&String> =
            found.iter().filter(|(name, bytes)| wanted[*name] != **bytes).map(|(name, _)| name).collect();
        assert!(differ.is_empty(), "{what}: {differ:?}");
        assert_eq!(alerts_and_records(&sandbox.path("s")), alerts, "{what}");
    }
}
