//! `ingest`: what comes into a store, whatever happens on the way.

use std::collections::BTreeMap;
use std::path::Path;

use trebuchet_ad::store::Store;
use trebuchet_ad::store::codec::rows::measurements::Measurements;
use trebuchet_ad::store::codec::rows::raw::RawRows;
use trebuchet_ad::store::layout::DataType;
use trebuchet_ad::store::runs::{self, Run};

use crate::data;
use crate::harness::{Outcome, Sandbox};

pub const NEW: &str = "ingest --init --store s --dataset acme/shop/1";

/// The files of a folder, by path; without `skip`.
pub fn tree(root: &Path, skip: &str) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found.retain(|name, _| {
        !name.starts_with(skip)
            && !name.starts_with("turns/")
            && !name.starts_with("checkpoints/")
            && !name.starts_with(".staging")
    });
    found
}

/// What readers see in a store: how often each record, and each measurement, is there.
pub fn content(place: &Path) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let store = Store::open(place.to_str().unwrap()).unwrap();
    let (mut records, mut measurements) = (BTreeMap::new(), BTreeMap::new());
    for dataset in store.datasets().unwrap() {
        let runs = runs::list(&store, &dataset).unwrap();
        for (_, object) in runs::visible_of(&store, &runs, DataType::Raw).unwrap() {
            let bytes = store.read_verified(&object.name, &object.sha256).unwrap();
            for text in RawRows::read_records(&object.name, bytes).unwrap().iter() {
                *records.entry(text.to_owned()).or_default() += 1;
            }
        }
        for (_, object) in runs::visible_of(&store, &runs, DataType::Measurements).unwrap() {
            let bytes = store.read_verified(&object.name, &object.sha256).unwrap();
            let read = Measurements::read(&object.name, bytes).unwrap();
            for (parameter, rows) in read.runs() {
                for row in rows {
                    let (name, aggregation) = (&parameter.name, parameter.aggregation);
                    let text = format!("{} {name} {aggregation:?} {}", read.times[row], read.values[row]);
                    *measurements.entry(text).or_default() += 1;
                }
            }
        }
    }
    (records, measurements)
}

pub fn runs_of(sandbox: &Sandbox) -> Vec<Run> {
    let store = Store::open(sandbox.path("s").to_str().unwrap()).unwrap();
    runs::list(&store, &"acme/shop/1".parse().unwrap()).unwrap()
}

fn ok(outcome: Outcome) -> Outcome {
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    outcome
}

fn refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
}

fn write(sandbox: &Sandbox, name: &str, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(sandbox.path(name).parent().unwrap()).unwrap();
    std::fs::write(sandbox.path(name), content).unwrap();
}

/// A thousand records over four days, as lines.
fn lines() -> Vec<String> {
    data::ndjson(1000).lines().map(str::to_owned).collect()
}

fn text(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

#[test]
fn all_formats_give_their_records() {
    let csv = data::csv_of_three(50, false);
    let inputs: Vec<(&str, Vec<u8>, u64, u64)> = vec![
        ("a.ndjson", data::ndjson(50).into(), 50, 100),
        ("a.ndjson.gz", data::gzip(data::ndjson(50).as_bytes()), 50, 100),
        ("a.json", format!("[{}]", data::ndjson(50).trim().replace('\n', ",")).into(), 50, 100),
        ("a.csv", csv.clone().into(), 50, 150),
        ("a.csv.zst", data::zstd(csv.as_bytes()), 50, 150),
        ("long.csv", data::csv_of_three(50, true).into(), 150, 150),
    ];
    for (name, bytes, records, measurements) in inputs {
        let sandbox = Sandbox::new();
        write(&sandbox, name, bytes);
        let outcome = ok(sandbox.run(&format!("{NEW} {name} --format json")));
        let json = outcome.json();
        assert_eq!((json["new_records"].as_u64(), json["hours"].as_u64()), (Some(records), Some(5)), "{name}");
        assert_eq!(json["new_measurements"].as_u64(), Some(measurements), "{name}");
        assert!(outcome.stderr.ends_with("next: trebuchet-ad train --store s --dataset acme/shop/1\n"));
        let kilobytes = json["bytes"].as_u64().unwrap().div_ceil(1000);
        assert!(outcome.stderr.contains(&format!(" objects, {kilobytes} kB; ")), "{}", outcome.stderr);
        let (raw, values) = content(&sandbox.path("s"));
        assert_eq!(raw.values().sum::<usize>() as u64, records);
        assert_eq!(values.values().sum::<usize>() as u64, measurements);
        let before = tree(&sandbox.path("s"), "runs/");
        let again = ok(sandbox.run(&format!("ingest --store s {name} --format json"))).json();
        assert_eq!((again["new_records"].as_u64(), again["already_there"].as_u64()), (Some(0), Some(records)));
        assert_eq!(tree(&sandbox.path("s"), "runs/"), before, "{name}");
    }
}

#[test]
fn records_are_kept_verbatim_with_source_and_position() {
    let sandbox = Sandbox::new();
    let odd = r#"{"time": 1704067200 , "a.b" :1.50, "x":{"é":[1,2]}, "note":"\u00e9 \"q\" =1+1"}"#;
    write(&sandbox, "in/odd.ndjson", format!("\n  {odd}\t\n"));
    ok(sandbox.run(&format!("{NEW} in")));
    let store = Store::open(sandbox.path("s").to_str().unwrap()).unwrap();
    let listed = store.list("raw/").unwrap();
    let key = listed[0].name.key();
    assert!(key.ends_with("/date=2024-01-01/hour=00/000001.parquet"), "{key}");
    let rows = RawRows::read(&key, store.read(&key).unwrap()).unwrap();
    assert_eq!(rows.records.get(0), odd);
    assert_eq!((rows.sources.iter().next().unwrap(), rows.positions[0]), (Some("odd.ndjson"), 2));
    assert_eq!(content(&sandbox.path("s")).1.len(), 3);
}

#[test]
fn a_store_and_a_dataset_must_be_named() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a.ndjson", data::ndjson(5));
    refused(&sandbox.run("ingest a.ndjson"), 2, "which store?");
    refused(&sandbox.run("ingest a.ndjson --store s"), 1, "ingest --init");
    refused(&sandbox.run("ingest a.ndjson --store s --init"), 2, "--dataset CUSTOMER/APPLICATION/VERSION");
    refused(&sandbox.run("ingest a.ndjson --store s --layout full"), 2, "--init");
    assert!(!sandbox.path("s").exists());
    ok(sandbox.run(&format!("{NEW} a.ndjson")));
    write(&sandbox, "trebuchet.toml", "store = \"s\"\n");
    ok(sandbox.run("ingest a.ndjson"));
    let mut below = sandbox.command("ingest ../a.ndjson");
    std::fs::create_dir(sandbox.path("below")).unwrap();
    assert!(below.current_dir(sandbox.path("below")).status().unwrap().success());
    ok(sandbox.run("ingest a.ndjson --dataset acme/shop/2"));
    refused(&sandbox.run("ingest a.ndjson"), 2, "acme/shop/1, acme/shop/2");
    write(&sandbox, "trebuchet.toml", "store = \"s\"\ndataset = \"acme/shop/2\"\n");
    let outcome = ok(sandbox.run("ingest a.ndjson"));
    assert!(outcome.stderr.contains("next: trebuchet-ad train\n"), "{}", outcome.stderr);
    let output = sandbox.command("ingest a.ndjson").env("TREBUCHET_DATASET", "a/../1").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("TREBUCHET_DATASET: the application of the dataset"));
    for (bad, words) in [("a/b", "customer/application/version"), ("a/b=c/1", "has a '='"), ("a/%/1", "has a '%'")] {
        refused(&sandbox.run(&format!("ingest a.ndjson --dataset {bad}")), 2, words);
    }
    refused(&sandbox.run(&format!("ingest a.ndjson --dataset a/{}/1", "x".repeat(300))), 2, "300 characters");
    refused(&sandbox.run("ingest a.ndjson --dataset a/🔥/1"), 2, "has a '🔥'");
    write(&sandbox, "trebuchet.toml", "store = 5\n");
    refused(&sandbox.run("ingest a.ndjson"), 2, "store must be a text");
}

#[test]
fn order_growth_and_overlap_make_no_difference() {
    let lines = lines();
    let whole = Sandbox::new();
    write(&whole, "all.ndjson", text(&lines));
    ok(whole.run(&format!("{NEW} all.ndjson")));
    let wanted = content(&whole.path("s"));
    let mut dice = data::Dice(5);
    let mut shuffled = lines.clone();
    dice.shuffle(&mut shuffled);
    for inputs in [
        vec![text(&shuffled)],
        vec![text(&lines[..400]), text(&lines)], // a file that has grown
        vec![text(&lines[600..]), text(&shuffled[..700]), text(&lines[..700])],
    ] {
        // One after the other, and all at once; in memory, and by temporary files.
        for (at_once, memory) in [(false, "1G"), (true, "1G"), (true, "1K")] {
            let sandbox = Sandbox::new();
            let names: Vec<String> = (0..inputs.len()).map(|i| format!("{i}.ndjson")).collect();
            names.iter().zip(&inputs).for_each(|(name, input)| write(&sandbox, name, input));
            let commands = if at_once { vec![names.join(" ")] } else { names };
            for files in commands {
                ok(sandbox.run(&format!("{NEW} {files} --memory {memory}")));
            }
            assert!(content(&sandbox.path("s")) == wanted);
        }
    }
}

#[test]
fn a_record_is_there_as_often_as_in_its_richest_source() {
    let [a, b] = [r#"{"time":1704067200,"id":1,"v":1}"#, r#"{"time":1704067201,"id":2,"v":2}"#];
    let sandbox = Sandbox::new();
    write(&sandbox, "1", format!("{a}\n{b}\n{a}\n"));
    write(&sandbox, "2", format!("{b}\n{b}\n{a}\n{b}\n"));
    let counts = |a: usize, b: usize| content(&sandbox.path("s")).0.values().copied().collect::<Vec<_>>() == [a, b];
    ok(sandbox.run(&format!("{NEW} 1")));
    assert!(counts(2, 1));
    ok(sandbox.run("ingest --store s 1 2"));
    assert!(counts(2, 3));
    ok(sandbox.run("ingest --store s 2 1"));
    assert!(counts(2, 3));
    // By position all are different; by a field those are the same whose field is.
    ok(sandbox.run("ingest --store s --dataset a/b/1 --identity position 1 2"));
    ok(sandbox.run("ingest --store s --dataset a/b/1 1 2"));
    assert_eq!(content(&sandbox.path("s")).0.values().sum::<usize>(), 5 + 7);
    ok(sandbox.run("ingest --store s --dataset a/b/2 --identity id 1"));
    write(&sandbox, "3", r#"{"time":1704067209,"id":2,"v":9}"#);
    ok(sandbox.run("ingest --store s --dataset a/b/2 3"));
    assert_eq!(content(&sandbox.path("s")).0.values().sum::<usize>(), 5 + 7 + 3);
    // An empty field is no identity: such records are told apart by their texts.
    write(&sandbox, "4.csv", "time,id,v\n1704067300,,1\n1704067301,,2\n1704067301,,2\n");
    ok(sandbox.run("ingest --store s --dataset a/b/3 --identity id 4.csv"));
    write(
        &sandbox,
        "5",
        r#"{"time":1704067302,"id":"","v":1}"#.to_owned() + "\n" + r#"{"time":1704067303,"id":null,"v":2}"#,
    );
    ok(sandbox.run("ingest --store s --dataset a/b/3 5 4.csv"));
    assert_eq!(content(&sandbox.path("s")).0.values().sum::<usize>(), 5 + 7 + 3 + 5);
}

#[test]
fn threads_and_layouts_make_no_difference_to_what_is_there() {
    let sandbox = Sandbox::new();
    write(&sandbox, "a.ndjson", data::ndjson(3000));
    let mut trees = Vec::new();
    for (place, threads) in [("s", 1), ("t", 2), ("u", 7)] {
        let command = format!("ingest --init --store {place} --dataset a/b/1 a.ndjson --threads {threads}");
        let output = sandbox.command(&command).env("TREBUCHET_NOW", "2026-01-01T00:00:00Z").output().unwrap();
        assert!(output.status.success());
        trees.push(tree(&sandbox.path(place), "runs/"));
    }
    assert!(trees[0].len() > 100 && trees[0] == trees[1] && trees[1] == trees[2]);
    ok(sandbox.run("ingest --init --store f --layout full --dataset a/b/1 a.ndjson"));
    assert!(content(&sandbox.path("f")) == content(&sandbox.path("s")));
    refused(&sandbox.run("ingest --init --store f --layout compact a.ndjson"), 2, "is a store of layout full already");
    ok(sandbox.run("ingest --init --store f a.ndjson"));
}

#[test]
fn how_much_memory_there_is_makes_no_difference_to_what_is_there() {
    let sandbox = Sandbox::new();
    // 15 MB of a week and a half, by the minute at first: some of its hours have few records.
    let all = "generate --parameters 10 --seed 3 --from 2024-01-01";
    ok(sandbox.run(&format!("{all} --to 2024-01-04 --every 1m --output minutes.ndjson")));
    ok(sandbox.run(&format!("{all} --to 2024-01-11 --every 15s --output seconds.ndjson")));
    let late = sandbox.read("seconds.ndjson");
    let late: Vec<&[u8]> = late.split_inclusive(|byte| *byte == b'\n').step_by(97).collect();
    write(&sandbox, "late.ndjson", late.concat());
    let mut trees = Vec::new();
    for (place, memory) in [("s", "1G"), ("t", "8M"), ("u", "3M"), ("v", "1K")] {
        let sources = "minutes.ndjson seconds.ndjson late.ndjson";
        let command = format!("ingest --init --store {place} --dataset a/b/1 {sources} --memory {memory}");
        let output = sandbox.command(&command).env("TREBUCHET_NOW", "2026-01-01T00:00:00Z").output().unwrap();
        assert!(output.status.success());
        trees.push(tree(&sandbox.path(place), "runs/"));
    }
    assert!(trees[0].len() > 480 && trees.iter().all(|tree| *tree == trees[0]));
}

#[test]
fn parameters_may_have_any_name_in_both_layouts() {
    let long = "x".repeat(300);
    let names = ["a/b", "..", "a=b", "50%", "a b", "🔥", "__HIVE_DEFAULT_PARTITION__", &long];
    let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\":1.5")).collect();
    let record = format!("{{\"time\":1704067200,{}}}\n", fields.join(","));
    for layout in ["compact", "full"] {
        let sandbox = Sandbox::new();
        write(&sandbox, "a.ndjson", &record);
        ok(sandbox.run(&format!("{NEW} --layout {layout} a.ndjson")));
        let (_, measurements) = content(&sandbox.path("s"));
        for name in names {
            assert_eq!(measurements[&format!("1704067200000 {name} None 1.5")], 1, "{name}");
        }
    }
}
